"""A hazard that is stated to begin later warns in every command that warns, and each says so."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from shapely.geometry import box

from merestone.cli.exit_codes import DANGER
from merestone.cli.main import merestone
from merestone.documents.reports import gather
from merestone.documents.reports.period import period_from
from merestone.register import Entry, Register
from merestone.terms import RecordKind, Visibility

TOLD = "1 hazard is stated to begin on 2062-05-01; it is warned of already."


def run(*args: object) -> Result:
    return CliRunner().invoke(merestone, [str(arg) for arg in args], standalone_mode=False, catch_exceptions=False)


@pytest.fixture(scope="module")
def register_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("days") / "r.gpkg"
    later = Entry(
        RecordKind.ACCIDENT,
        box(17.0, 45.0, 17.01, 45.01),
        accuracy_m=5.0,
        true_from=date(2062, 5, 1),
        visibility=Visibility.PUBLIC,
    )
    with Register.create(path) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.record(later)
    return path


@pytest.fixture(params=["register", "pack"])
def source(request: pytest.FixtureRequest, register_path: Path, tmp_path: Path) -> list[object]:
    if request.param == "register":
        return [register_path]
    pack = tmp_path / "h.pack"
    assert TOLD in run("pack", register_path, "-o", pack).output
    return ["--pack", pack]


def test_one_place_warns_and_says_so(source: list[object]) -> None:
    """2026-11-28: `--true-on 2062-05-01`, mistyped, hid an accident: "None recorded" at its place."""
    result = run("screen", *source, "--lon", "17.005", "--lat", "45.005", "--accuracy-m", "5")
    assert result.return_value == DANGER
    assert "It is stated to begin on 2062-05-01; it is warned of already." in result.output
    assert TOLD in result.output


def test_files_of_places_ways_and_areas_warn_and_say_so(source: list[object], tmp_path: Path) -> None:
    points, way, area = tmp_path / "p.csv", tmp_path / "way.geojson", tmp_path / "area.geojson"
    points.write_text("lon,lat\n17.005,45.005\n")
    way.write_text('{"type": "LineString", "coordinates": [[16.99, 45.005], [17.02, 45.005]]}')
    area.write_text(
        '{"type": "Polygon", "coordinates": [[[17, 45], [17.01, 45], [17.01, 45.01], [17, 45.01], [17, 45]]]}'
    )
    asked = ["--accuracy-m", "5"]
    for given in (
        ["screen", *source, "--points", points, "-o", tmp_path / "out.csv", *asked],
        ["screen", *source, "--tracks", way, *asked],
        ["screen", *source, "--footprints", area, *asked],
        ["coverage", *source, "--area", area],
    ):
        result = run(*given)
        assert result.return_value == DANGER, given
        assert TOLD in result.output, given


@pytest.mark.parametrize("tier", ["public", "exact"])
def test_exports_and_lists_show_it_with_its_day(register_path: Path, tmp_path: Path, tier: str) -> None:
    out = tmp_path / "layer.geojson"
    assert TOLD in run("export", register_path, "-o", out, "--tier", tier).output
    (feature,) = json.loads(out.read_text())["features"]
    assert feature["properties"]["begins_on"] == "2062-05-01"
    listed = run("list", register_path)
    assert "stated to begin on 2062-05-01" in listed.output
    assert "1 of 1 record" in listed.output


def test_a_report_says_so_and_doubts_the_clock(register_path: Path, tmp_path: Path) -> None:
    """2026-11-28: a report went by the register's newest word where the clock lay behind it, and did not say so."""
    out = tmp_path / "report.html"
    result = run("report", "reconciliation", register_path, "--period", "2025", "-o", out)
    assert TOLD in result.output
    assert TOLD in out.read_text().replace("\u2011", "-"), "dates are not broken at their hyphens"
    with Register.open(register_path, read_only=True, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC)) as register:
        made = gather(register, period_from("2025"))
        known = gather(register, period_from("2025"), known_on=register.head().recorded_at)
    assert "clock" in made.doubts_of_days[0]
    assert "2000-01-01" in made.doubts_of_days[0]
    assert known.doubts_of_days == (), "a stated moment is answered exactly"


def test_a_stated_day_is_answered_exactly(register_path: Path) -> None:
    assert "no records" in run("list", register_path, "--true-on", "2026-01-01").output


def told(*args: object) -> Any:
    return json.loads(run(*args, "--json").output)


def test_what_begins_later_is_updated_named_and_moved_like_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-28: a delivery, a link and a step did not see an area whose first day was mistyped into the future."""
    monkeypatch.chdir(tmp_path)
    run("init", "R.gpkg")
    square = box(17.0, 45.0, 17.01, 45.01).wkt
    said = ["--wkt", square, "--accuracy-m", "5", "--source", "s", "--from", "2062-05-01"]
    ids = [told("add", "suspected", "R.gpkg", "--local-id", name, *said)["record_id"] for name in ("H-1", "H-2")]
    later = ["--local-id", "ORG", "--name", "n", "--source", "s", "--from", "2062-05-01"]
    told("add", "organisation", "R.gpkg", *later)
    Path("d.csv").write_text(f'local_id,wkt\nH-1,"{square}"\n')
    words = ["--as", "suspected", "--accuracy-m", "5", "--source", "s", "--update-by", "local_id", "--yes"]
    report = run("import", "R.gpkg", "d.csv", *words, "--true-on", "2025-01-01").output
    assert "changed H-1: first day 2062-05-01 -> 2025-01-01" in report
    shown = told("show", "R.gpkg", ids[0])
    assert shown["properties"]["true_from"] == "2025-01-01"
    Path("o.csv").write_text("local_id,name\nORG,m\n")
    words = ["--as", "organisation", "--source", "s", "--update-by", "local_id", "--yes", "--true-on", "2025-01-01"]
    assert "name n -> m; first day" in run("import", "R.gpkg", "o.csv", *words).output
    assert "sha" in run("move", "R.gpkg", ids[1]).output
    finding = ["--local-id", "E", "--finding", "scrap", "--hazardous-area", "H-2", "--source", "s"]
    evidence = told("add", "evidence", "R.gpkg", *finding)["record_id"]
    run("move", "R.gpkg", ids[1], "cancelled", "--evidence", evidence, "--why", "w", "--source", "s")
    assert [row["record_id"] for row in told("list", "R.gpkg", "--kind", "cancelled")] == [ids[1]]
    finding[1], finding[5] = "E2", ids[1]  # released since: the same record, and a reason to open it again
    again = told("add", "evidence", "R.gpkg", *finding)["record_id"]
    run("move", "R.gpkg", ids[1], "reopened", "--evidence", again, "--why", "w", "--source", "s")
    assert run("verify", "R.gpkg").return_value in (0, None)


@pytest.mark.parametrize("kind", ["suspected", "accident", "restricted", "organisation"])
def test_an_import_says_that_its_day_is_still_to_come(tmp_path: Path, kind: str) -> None:
    """2026-11-28: `--true-on 2062-01-01`, a typing error, was taken without a word."""
    register, rows = tmp_path / "areas.gpkg", tmp_path / "rows.csv"
    rows.write_text("local_id,name,lon,lat\nA,Centre,17.1,44.1\n")
    assert run("init", register).exit_code == 0
    accuracy = ["--accuracy-m", "5"] if kind != "organisation" else []
    words = ["import", register, rows, "--as", kind, "--source", "s", *accuracy]
    mistyped = run(*words, "--true-on", "2062-01-01", "--dry-run")
    assert "2062-01-01, lies after today" in mistyped.output, mistyped.output
    right = run(*words, "--true-on", "2024-01-01", "--dry-run")
    assert "lies after today" not in right.output
    assert right.exit_code == mistyped.exit_code == 0
