"""No command destroys: every option that names a file to write, against everything that may stand under that name.

2026-11-28, reviewers in the role of new users: `import --dry-run --report-json R.gpkg` replaced the register R.gpkg;
`brief -o`, `law timeline -o`, `law calendar -o`, `plan --plot` replaced
whatever stood there; `--force` took a register.
The options are enumerated from the tree of commands, so that a new one is tested by itself, or fails without a recipe.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from merestone.cli.argument import DRAWING_ENDINGS, OutputPath
from merestone.cli.main import main, merestone
from merestone.cli.plan import EXAMPLE
from merestone.register import Register
from merestone.register.sidecars.attachment_store import AttachmentStore
from tests.architecture.test_commands import ALL

RECIPES: dict[tuple[str, str], str] = {
    ("form", "output"): "form activity --blank -o OUT",
    ("import", "report_json"): "import R.gpkg areas.geojson TAKEN --dry-run --report-json OUT",
    ("import", "report_csv"): "import R.gpkg areas.geojson TAKEN --report-csv OUT",
    ("import", "preview_map"): "import R.gpkg areas.geojson TAKEN --preview --preview-map OUT",
    ("import", "update_map"): "import R.gpkg areas.geojson TAKEN --update-by name --yes --dry-run --update-map OUT",
    ("import", "write_mapping"): "import R.gpkg areas.geojson TAKEN --preview --write-mapping OUT",
    ("law parties", "output"): "law parties --treaty ccm --on 2026-02-20 -o OUT",
    ("screen", "output"): "screen R.gpkg --footprints areas.geojson --accuracy-m 5 -o OUT",
    ("coverage", "output"): "coverage R.gpkg --area areas.geojson -o OUT",
    ("pack", "output"): "pack R.gpkg -o OUT",
    ("public", "picture"): "public R.gpkg --picture OUT",
    ("export", "output"): "export R.gpkg -o OUT",
    ("plan", "plot_path"): "plan plan.yaml --seconds 1 --plans 50 --plot OUT",
    ("priority", "plot_path"): "priority criteria.csv --weights people=1 --draws 50 --plot OUT",
    ("burden", "output"): "burden areas.geojson --set m2_per_team_day=250 --set teams=4 --set people_per_team=10 "
    "--set days_per_year=180 --source own --draws 50 -o OUT",
    ("border curve", "output"): "border curve LTU-BLR -o OUT",
    ("border length", "output"): "border length LTU-BLR -o OUT",
    ("law calendar", "output"): "law calendar --states FIN -o OUT",
    ("law sources", "output"): "law sources --states FIN -o OUT",
    ("law timeline", "output"): "law timeline --states FIN -o OUT",
    ("report", "output"): "report donor R.gpkg --period 2025 -o OUT",
    ("brief", "output"): "brief --register R.gpkg -o OUT",
    ("attach get", "output"): "attach get R.gpkg SHA256 -o OUT",
    ("merge", "into"): "merge R.gpkg S.gpkg --why w -o OUT",
    ("backup", "output"): "backup R.gpkg -o OUT",
    ("restore", "output"): "restore S.gpkg -o OUT",
    ("person key", "path"): "person key OUT",
    ("alert authority", "certificate"): "alert authority R.gpkg --certificate OUT",
    ("basemap build", "output"): "basemap build region.osm -o OUT",
}  # fmt: skip
TAKEN = "--as suspected --source s --accuracy-m 5 --again"
"""How each output option is used; the words are files of the fixture `world`."""
ENDINGS = {
    "form": ".csv",
    "screen": ".csv",
    "coverage": ".csv",
    "export": ".csv",
    "report": ".html",
    "brief": ".html",
    "merge": ".gpkg",
}
ALSO = {
    "form": [".xlsx"],
    "screen": [".geojson", ".gpkg", ".fgb", ".kml", ".parquet", ".arrow", ".gpx", ".xlsx", ".html"],
    "export": [".geojson", ".gpkg", ".fgb", ".kml", ".pmtiles"],
}
"""Further endings, each of a writer of its own, tried against the disk."""
NEVER_REPLACES = {"merge", "backup", "restore", "person key"}
"""Commands without --force."""
OPTIONS = [
    (" ".join(path), str(param.name))
    for path, command in ALL
    for param in command.params
    if isinstance(param.type, OutputPath)
]
on_every_option = pytest.mark.parametrize(
    ("command", "option"), OPTIONS, ids=lambda value: str(value).replace(" ", "_")
)
LOCK_OF_KEYS = ".R.alert-keys.json.lock"
"""It stays: who removed a lock could let two in at once."""
RING = [[17.0, 45.0], [17.01, 45.0], [17.01, 45.01], [17.0, 45.0]]

REGION = """<osm version="0.6">
<bounds minlat="45" minlon="17" maxlat="45.1" maxlon="17.1"/>
<node id="1" lat="45.01" lon="17.01" version="1"><tag k="place" v="village"/><tag k="name" v="Synthetic"/></node>
<node id="2" lat="45.02" lon="17.02" version="1"/>
<way id="3" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="track"/></way>
</osm>"""


def endings_of(command: str, option: str) -> tuple[str, ...]:
    """The endings that an option knows; none where any name will do."""
    [kind] = [
        param.type
        for path, found in ALL
        for param in found.params
        if " ".join(path) == command and param.name == option and isinstance(param.type, OutputPath)
    ]
    return kind.endings


def ending_of(command: str, option: str) -> str:
    if (endings := endings_of(command, option)) and command not in ENDINGS:
        return endings[0]
    if option == "preview_map":
        return ".svg"
    return ENDINGS.get(command, ".dat")


def test_every_option_that_writes_is_known_as_such_and_has_a_recipe() -> None:
    assert set(OPTIONS) == set(RECIPES), "give a recipe for the new option"
    for path, command in ALL:
        for param in command.params:
            help_text = (getattr(param, "help", None) or "").lower()
            writes = {"-o", "--output", "--plot"} & set(param.opts) or (
                "write" in help_text and isinstance(param.type, click.Path)
            )
            assert not writes or isinstance(param.type, OutputPath), f"{path} {param.opts}: use output_option"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two copies of a register and every input, made once."""
    before = Path.cwd()
    folder = tmp_path_factory.mktemp("made")
    feature = {"type": "Feature", "properties": {"name": "a"}, "geometry": {"type": "Polygon", "coordinates": [RING]}}
    (folder / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (folder / "region.osm").write_text(REGION)
    (folder / "plan.yaml").write_text(EXAMPLE)
    (folder / "criteria.csv").write_text("area,people\na,3\nb,5\n")
    (folder / "photo.bin").write_bytes(os.urandom(5000))
    os.chdir(folder)
    taken = ["--as", "suspected", "--source", "s", "--accuracy-m", "5", "--true-on", "2025-03-01"]
    assert code_of(["init", "R.gpkg"]) == 0
    assert code_of(["import", "R.gpkg", "areas.geojson", *taken]) == 0
    with Register.open("R.gpkg", read_only=True) as register:
        [record] = register.as_of().records
    assert code_of(["attach", "add", "R.gpkg", record.record_id, "photo.bin", "--why", "w", "--source", "s"]) == 0
    named = ["--sender", "alerts@mines.example.org", "--name", "Centre", "--certificate", "first.pem"]
    assert code_of(["alert", "authority", "R.gpkg", *named]) == 0
    (folder / "S.gpkg").write_bytes((folder / "R.gpkg").read_bytes())
    os.chdir(before)  # whoever comes next may start Python's modules by their names
    return folder


@pytest.fixture
def world(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which the test stands."""
    subprocess.run(["cp", "-r", f"{made}/.", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def code_of(words: list[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


def recipe(command: str, option: str) -> list[str]:
    return RECIPES[command, option].replace("TAKEN", TAKEN).split()


def words_for(command: str, option: str, output: Path | str, *more: str) -> list[str]:
    [sha256] = AttachmentStore.beside("R.gpkg").names()
    words = [{"OUT": str(output), "SHA256": sha256}.get(word, word) for word in recipe(command, option)]
    return [*words, *(["--force"] if "force" in more and command not in NEVER_REPLACES else [])]


def all_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_refused(world: Path, words: list[str], output: Path | str, capsys: pytest.CaptureFixture[str]) -> None:
    before = all_files(world)
    capsys.readouterr()
    assert code_of(words) == 3
    err = capsys.readouterr().err
    assert Path(output).name in err, "the message names the user's file"
    assert ".part" not in err
    assert "Traceback" not in err
    assert all_files(world) == before


@on_every_option
@pytest.mark.parametrize("way", ["itself", "other", "relative", "symlink", "hard link", "log"])
def test_a_register_is_never_replaced_not_even_by_force(
    world: Path, command: str, option: str, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = f"out{ending_of(command, option)}"
    if way == "itself":
        output = "R.gpkg"
    elif way == "other":
        Path(output).write_bytes(Path("R.gpkg").read_bytes())
    elif way == "relative":
        output = f"../{world.name}/R.gpkg"
    elif way == "symlink":
        Path(output).symlink_to("R.gpkg")
    elif way == "hard link":
        Path(output).hardlink_to("R.gpkg")
    else:
        output = "S.gpkg-wal"
        Path(output).write_bytes(b"what was committed last")
    assert_refused(world, words_for(command, option, output, "force"), output, capsys)


@on_every_option
def test_an_input_is_never_replaced_not_even_by_force(
    world: Path, command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = [word for word in recipe(command, option) if Path(word).is_file()]
    for source in inputs:
        Path("link").unlink(missing_ok=True)
        Path("link").symlink_to(source)
        for output in (source, "link", f"../{world.name}/{source}"):
            assert_refused(world, words_for(command, option, output, "force"), output, capsys)


@on_every_option
@pytest.mark.parametrize("what", ["file", "folder", "link to a file", "no folder"])
def test_what_stands_there_stays(
    world: Path, command: str, option: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = Path(f"out{ending_of(command, option)}")
    if what == "file":
        output.write_text("somebody's work")
    elif what == "folder":
        output.mkdir()
        (output / "work.txt").write_text("somebody's work")
        assert_refused(world, words_for(command, option, output, "force"), output, capsys)
    elif what == "link to a file":
        Path("work.txt").write_text("somebody's work")
        output.symlink_to("work.txt")
    else:
        output = Path("nowhere") / output
    assert_refused(world, words_for(command, option, output), output, capsys)


@on_every_option
def test_force_replaces_another_file_and_leftovers_of_killed_runs_go(world: Path, command: str, option: str) -> None:
    output = Path(f"out{ending_of(command, option)}")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, living = Path(f".{output.name}.{gone.pid}.part"), Path(f".{output.name}.{os.getpid()}.part")
    for part in (left, living):
        part.write_text("unfinished")
    if command not in NEVER_REPLACES:
        output.write_text("other work")
    words = [word for word in words_for(command, option, output, "force") if word != "--dry-run"]
    assert code_of(words) in {0, 4, 5}
    assert output.read_bytes() != b"other work"
    if command not in NEVER_REPLACES:
        assert not left.exists()
    assert living.exists(), "its process may still be writing"
    assert {path.name for path in world.glob(".*")} <= {left.name, living.name, LOCK_OF_KEYS}


ON_DISK: list[Any] = [(*one, ending_of(*one)) for one in OPTIONS]
# Each starts an interpreter of its own, which takes a second: the further endings are tried by `make slow`.
ON_DISK += [pytest.param(*one, ending, marks=pytest.mark.slow) for one in OPTIONS for ending in ALSO.get(one[0], [])]


@pytest.mark.parametrize(("command", "option", "ending"), ON_DISK, ids=lambda value: str(value).replace(" ", "_"))
def test_a_full_disk_is_told_and_nothing_is_half_written(world: Path, command: str, option: str, ending: str) -> None:
    output = Path(f"out{ending}")
    words = words_for(command, option, output)
    if option == "report_csv":
        words.append("--dry-run")  # or the import itself would not fit
    before = all_files(world)
    code = (
        "import resource, sys; from merestone.cli.main import main; import merestone.exchange.imports.intake, pyogrio\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY)); main(sys.argv[1:])"
    )
    done = subprocess.run([sys.executable, "-Bc", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert output.name in done.stderr
    assert ".part" not in done.stderr
    assert "Traceback" not in done.stderr
    assert all_files(world) == before


MAGIC = {
    ".pem": (b"-----BEGIN CERTIFICATE-----",),
    ".svg": (b"<svg", b"<?xml"),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".pdf": (b"%PDF-",),
    ".xlsx": (b"PK\x03\x04",),
    ".html": (b"<!doctype html>",),
    ".htm": (b"<!doctype html>",),
    ".ics": (b"BEGIN:VCALENDAR",),
    ".bib": (b"@misc{",),
}
DRAWN = [(*one, ending) for one in OPTIONS for ending in endings_of(*one)]


@pytest.mark.parametrize(("command", "option", "ending"), DRAWN, ids=lambda value: str(value).replace(" ", "_"))
def test_a_file_holds_what_its_ending_says(world: Path, command: str, option: str, ending: str) -> None:
    """2026-11-28: `law timeline -o tl.png` wrote an SVG into a .png."""
    output = Path(f"out{ending}")
    assert code_of(words_for(command, option, output)) == 0
    content = output.read_bytes()
    if ending == ".csv":
        rows = list(csv.reader(content.decode("utf-8").splitlines()))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1
    else:
        assert content.startswith(MAGIC[ending])
    if ending == ".svg":
        assert b"</svg>" in content


@pytest.mark.parametrize(
    ("command", "option"), [one for one in OPTIONS if endings_of(*one)], ids=lambda value: str(value).replace(" ", "_")
)
def test_an_ending_that_says_nothing_is_refused_before_the_work(
    world: Path, command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("out.docx", "out", "out.svgz"):
        assert_refused(world, words_for(command, option, name), name, capsys)
        assert code_of(words_for(command, option, name)) == 3
        assert all(ending in capsys.readouterr().err for ending in endings_of(command, option)[:1])


def test_every_command_that_draws_knows_the_same_endings() -> None:
    drawing = {command for command, option in OPTIONS if set(DRAWING_ENDINGS) == set(endings_of(command, option))}
    assert drawing >= {"law timeline", "law parties", "plan", "priority", "border curve", "border length", "burden"}


@pytest.fixture
def read_only_folder(world: Path) -> Iterator[Path]:
    folder = world / "locked"
    folder.mkdir()
    if os.geteuid() == 0:  # root may write everywhere but on a file system that is read-only
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("root, and no file system may be mounted here")
        yield folder
        subprocess.run(["umount", folder], check=True)
    else:
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@on_every_option
def test_a_read_only_folder_is_told(
    read_only_folder: Path, world: Path, command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = read_only_folder / f"out{ending_of(command, option)}"
    words = words_for(command, option, output)
    if option == "report_csv":
        words.append("--dry-run")
    assert_refused(world, words, output, capsys)


def test_a_dry_run_writes_nothing_at_all(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The register is not even opened for writing; a report that is asked for stands only where no file stood."""
    before = {path: path.stat() for path in world.rglob("*")}
    words = [
        "import",
        "R.gpkg",
        "areas.geojson",
        "--as",
        "suspected",
        "--source",
        "s",
        "--accuracy-m",
        "5",
        "--dry-run",
    ]
    assert code_of(words) == 0
    assert {path: path.stat() for path in world.rglob("*")} == before
    Path("report.json").write_text("earlier")
    assert code_of([*words, "--force", "--report-json", "report.json"]) == 3
    assert Path("report.json").read_text() == "earlier"
    capsys.readouterr()
    assert code_of([*words, "--report-json", "new.json"]) == 0
    assert json.loads(Path("new.json").read_text())["dry_run"] is True
    assert "nothing was written to the register\nreport: new.json\n" in capsys.readouterr().out
    Path("new.json").unlink()
    assert {path: path.stat() for path in world.rglob("*") if path.name != "report.json"} == before


def test_one_file_does_not_take_two_outputs(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["import", "R.gpkg", "areas.geojson", "--as", "suspected", "--source", "s", "--accuracy-m", "5"]
    assert_refused(world, [*words, "--report-json", "x", "--report-csv", "x"], "x", capsys)


def test_the_group_of_commands_is_read() -> None:
    assert isinstance(merestone, click.Group)
    assert len(OPTIONS) >= 15
