"""The register's commands as a script meets them: output, exit codes, and errors that say what to do."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from merestone.cli.main import main, merestone

RING = [[17.0, 45.0], [17.01, 45.0], [17.01, 45.01], [17.0, 45.0]]
ACCURATE = ["--source", "a test", "--accuracy-m", "25"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(merestone, list(arguments), catch_exceptions=False)


def exit_code(*arguments: str) -> int:
    """The exit code that a shell sees."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    features = [
        {"type": "Feature", "properties": {"name": "a"}, "geometry": {"type": "Polygon", "coordinates": [RING]}},
        {"type": "Feature", "properties": {"name": "lost"}, "geometry": None},
    ]
    (tmp_path / "survey.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert run("init", "areas.gpkg").exit_code == 0
    return tmp_path


@pytest.fixture
def imported(folder: Path) -> str:
    """The identity of the one record."""
    told = json.loads(run("import", "areas.gpkg", "survey.geojson", "--as", "suspected", *ACCURATE, "--json").output)
    assert (told["accepted"], told["quarantined"]) == (1, 1)
    [record] = json.loads(run("list", "areas.gpkg", "--json").output)
    return str(record["record_id"])


def test_init_never_touches_a_file_that_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "areas.gpkg").read_bytes()
    assert exit_code("init", "areas.gpkg") == 3
    assert exit_code("init", "areas.gpkg", "--exercise") == 3
    assert "a file already exists here" in capsys.readouterr().err
    assert (folder / "areas.gpkg").read_bytes() == before


def test_import_asks_for_the_accuracy_one_way_or_the_other(folder: Path) -> None:
    for accuracy in ([], ["--accuracy-m", "5", "--accuracy-unknown"]):
        result = run("import", "areas.gpkg", "survey.geojson", "--as", "suspected", "--source", "a test", *accuracy)
        assert result.exit_code == 2
        assert "--accuracy-unknown if it is not stated" in result.output


def test_import_writes_its_reports(folder: Path) -> None:
    reports = ["--report-json", "r.json", "--report-csv", "r.csv"]
    result = run("import", "areas.gpkg", "survey.geojson", "--as", "suspected", *ACCURATE, *reports)
    assert result.exit_code == 0
    assert "quarantined 1" in " ".join(result.output.split())
    assert json.loads((folder / "r.json").read_text())["total"] == 2
    assert (folder / "r.csv").read_text().splitlines()[2].startswith("2,quarantined,,null_geometry,")


def test_import_with_nowhere_to_report_changes_nothing(folder: Path) -> None:
    head = run("verify", "areas.gpkg").output
    given = ["import", "areas.gpkg", "survey.geojson", "--as", "suspected", *ACCURATE, "--report-csv", "nowhere/r.csv"]
    assert exit_code(*given) == 3
    assert run("verify", "areas.gpkg").output == head


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "areas.gpkg", "none.geojson", "--as", "suspected", *ACCURATE], 3, "none.geojson: No such file"),
        (["import", "none.gpkg", "survey.geojson", "--as", "suspected", *ACCURATE], 3, "there is no register here"),
        (
            ["import", "areas.gpkg", "survey.geojson", "--as", "suspected", "--source", " ", "--accuracy-unknown"],
            3,
            "source",
        ),
        (["list", "survey.geojson"], 3, "not a GeoPackage"),
        (["show", "areas.gpkg", "AAAA-AAAA-AAAA"], 3, "holds no such record"),
        (["history", "areas.gpkg", "AAAA-AAAA-AAAA"], 3, "holds no such record"),
        (["export", "areas.gpkg", "-o", "out.dwg"], 3, "its file extension is not supported"),
        (["list", "areas.gpkg", "--true-on", "3 May"], 3, "write YYYY-MM-DD"),
        (["list", "areas.gpkg", "--known-on", "noon"], 3, "2026-05-03T14:00:00"),
    ],
)
def test_errors_are_one_readable_line_with_an_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert exit_code(*arguments) == code
    told = capsys.readouterr()
    assert words in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_list_filters(imported: str) -> None:
    def ids(*filters: str) -> list[str]:
        return [row["record_id"] for row in json.loads(run("list", "areas.gpkg", "--json", *filters).output)]

    assert ids("--kind", "suspected") == [imported]
    assert ids("--kind", "cleared") == []
    assert ids("--bbox", "17.005", "45.0", "18", "46") == [imported]
    assert ids("--bbox", "18", "45", "19", "46") == []
    assert ids("--source", "TEST") == [imported]
    assert ids("--known-on", "2001-01-01") == []
    assert run("list", "areas.gpkg", "--csv").output.splitlines()[1].startswith(f"{imported},suspected,")
    assert "1 of 1 record; 1 row in quarantine is on no map" in run("list", "areas.gpkg").output


def test_show_gives_the_record_and_its_outline(imported: str) -> None:
    told: dict[str, Any] = json.loads(run("show", "areas.gpkg", imported.lower(), "--json").output)
    assert told["properties"]["attributes"] == {"name": "a"}
    assert told["geometry"]["coordinates"] == [RING]
    shown = run("show", "areas.gpkg", imported, "--wkt").output
    assert "POLYGON ((17" in shown
    assert "accuracy_m    25" in shown


def test_history_tells_who_and_why(imported: str) -> None:
    shown = run("history", "areas.gpkg", imported).output
    assert "recorded, from ever until further notice" in shown
    assert "why: import of survey.geojson; source: a test" in shown
    [event] = json.loads(run("history", "areas.gpkg", imported, "--json").output)
    assert event["change"] == "recorded"


def test_quarantine_shows_the_row_and_the_reason(imported: str) -> None:
    assert "survey.geojson, row 2: there is no geometry" in run("quarantine", "areas.gpkg").output
    [row] = json.loads(run("quarantine", "areas.gpkg", "--json").output)
    assert json.loads(row["raw"])["properties"] == {"name": "lost"}
    assert '"lost"' in run("quarantine", "areas.gpkg", "--raw").output
    assert "0 of 0 rows" in run("quarantine", "areas.gpkg", "--file", "other").output


def test_verify_says_where_somebody_edited_by_hand(folder: Path, imported: str) -> None:
    assert run("verify", "areas.gpkg").exit_code == 0
    connection = sqlite3.connect(folder / "areas.gpkg")
    triggers = "SELECT name FROM sqlite_master WHERE tbl_name = 'merestone_event' AND type = 'trigger'"
    for (name,) in connection.execute(triggers).fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')  # whoever edits by hand can also do this
    connection.execute("UPDATE merestone_event SET body = replace(body, 'a test', 'a lie') WHERE seq = 2")
    connection.commit()
    connection.close()
    result = run("verify", "areas.gpkg")
    assert result.exit_code == 1
    assert "event 2" in result.output
    assert json.loads(run("verify", "areas.gpkg", "--json").output)["is_sound"] is False


def test_export_is_public_unless_asked_otherwise(folder: Path, imported: str) -> None:
    shown = run("export", "areas.gpkg", "--layer", "suspected", "-o", "public.geojson")
    assert (
        "1 record, GeoJSON, public tier (hazards larger than the true ones on purpose, released land smaller)"
        in shown.output
    )
    exact = json.loads(run("export", "areas.gpkg", "-o", "exact.fgb", "--tier", "exact", "--json").output)
    assert exact["features"] == 1
    assert exit_code("export", "areas.gpkg", "-o", "public.geojson") == 3
    assert run("export", "areas.gpkg", "-o", "public.geojson", "--force").exit_code == 0


def test_help_starts_without_any_heavy_library() -> None:
    code = (
        "import sys\nfrom merestone.cli.main import merestone\n"
        "try:\n    merestone(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'shapely', 'pyproj', 'sqlalchemy', 'pyogrio', 'pyarrow', 'numba'} & set(sys.modules)\n"
        "sys.exit(f'help imports {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("init", "import", "list", "screen", "export", "verify", "serve"):
        assert f"merestone {command}" in done.stdout
