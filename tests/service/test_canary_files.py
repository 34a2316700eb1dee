"""No word that somebody wrote of a record reaches the public in a file, or in what a command shows beside it.

Formats, reports, endings and commands are taken from their own tables: one that is new and that this walk does not know
makes it fail.
"""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from merestone.bulk.answer_file import ENDINGS
from merestone.cli.main import merestone
from merestone.documents.reports import REPORTS
from merestone.exchange import publish_layer
from merestone.exchange.formats import known_formats
from merestone.exchange.publication.publish import TILES_ENDING
from merestone.register import PUBLIC, Register
from tests.architecture.test_commands import ALL
from tests.cli.test_outputs import OPTIONS, endings_of
from tests.service.canary import CANARY, Canaries, contents, make_canaries, refuse

FOR_PUBLIC = {"export", "pack", "report", "brief", "screen", "coverage"}
"""Commands that write or show what the public may have; each is walked below."""
FOR_HOLDER = {
    *("import", "attach get", "merge", "backup", "restore", "person key", "public"),  # of the register, exactly
    *("form", "plan", "priority", "burden"),  # of no register, or of the holder's own areas
    "basemap build",  # of an extract of OpenStreetMap
    "alert authority",  # its certificate, which names no record
    *("law parties", "law calendar", "law sources", "law timeline", "border curve", "border length"),  # of public facts
}
"""Commands that write for whoever holds the register, or nothing of a register."""


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    return make_canaries(tmp_path_factory.mktemp("files") / "areas.gpkg")


def test_every_command_that_writes_a_file_or_knows_tiers_is_walked_or_the_holders() -> None:
    with_tier = {" ".join(path) for path, command in ALL if any(param.name == "tier" for param in command.params)}
    writing = {command for command, _ in OPTIONS}
    assert writing == (writing & FOR_PUBLIC) | FOR_HOLDER, "say whether the public gets what the new command writes"
    assert with_tier - {"serve"} <= FOR_PUBLIC, "a command with a tier is walked"


def walked(canaries: Canaries, folder: Path, words: str, target: Path | None = None, *, code: int = 0) -> None:
    """Run a command, and search what it shows and what it writes."""
    named = {"PATH": str(canaries.path), "OUT": str(target), "FOLDER": str(folder)}
    ran = CliRunner().invoke(merestone, [named.get(word, word) for word in words.split()])
    assert ran.exit_code in (code, 4, 5), f"{words}: {ran.output}"
    refuse(ran.output.replace(str(canaries.path.parent), "").encode(), words)
    if target is not None:
        found = [content for path in folder.glob(f"{target.name}*") for content in contents(path)]
        assert found, words
        for content in found:
            refuse(content.replace(str(canaries.path.parent).encode(), b""), f"{words}: {target.name}")


WRITTEN = {known.name: known.suffixes[0] for known in known_formats().values() if known.writes}
WRITTEN |= {"PMTiles": TILES_ENDING}


@pytest.mark.parametrize("name", WRITTEN)
def test_no_export_says_a_word(canaries: Canaries, tmp_path: Path, name: str) -> None:
    ending = WRITTEN[name]
    for number, more in enumerate(("", "--cell-m 500", "--layer restricted --layer suspected")):
        target = tmp_path / f"{number}{ending}"
        walked(canaries, tmp_path, f"export PATH {more} -o OUT", target)
    with Register.open(canaries.path, read_only=True) as register:
        ever = register.as_of(known_on=register.head().recorded_at, viewer=PUBLIC)
    target = tmp_path / f"library{ending}"
    publish_layer(ever, target)
    for content in contents(target):
        refuse(content, f"publish_layer {name}")


@pytest.mark.parametrize("name", WRITTEN)
def test_search_finds_the_words_in_the_holders_file(canaries: Canaries, tmp_path: Path, name: str) -> None:
    """Else the walk above would find nothing because it cannot read the format."""
    target = tmp_path / f"exact{WRITTEN[name]}"
    words = ["export", str(canaries.path), "--tier", "exact", "-o", str(target)]
    assert CliRunner().invoke(merestone, words).exit_code == 0
    assert any(CANARY.search(content) for content in contents(target))


@pytest.mark.parametrize("ending", [".xlsx", ".html"])
def test_search_finds_the_words_in_the_holders_report(canaries: Canaries, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"exact{ending}"
    words = ["report", "apmbc-art7", str(canaries.path), "--state", "BIH", "--period", "2024", "--tier", "exact"]
    assert CliRunner().invoke(merestone, [*words, "-o", str(target)]).exit_code == 0
    assert any(CANARY.search(content) for content in contents(target))


def test_no_pack_and_no_answer_from_it_says_a_word(canaries: Canaries, tmp_path: Path) -> None:
    pack = tmp_path / "hazards.pack"
    walked(canaries, tmp_path, "pack PATH -o OUT", pack)
    (tmp_path / "places.csv").write_text("name,lat,lon\na,44.01,17.01\nb,44.21,17.21\n", encoding="utf-8")
    where = "--lon 17.01 --lat 44.01 --accuracy-m 10"
    for source in (f"--pack {pack}", "PATH --tier public"):
        for form in ("", "--json"):
            walked(canaries, tmp_path, f"screen {source} {where} {form}")
    for ending in ENDINGS:
        target = tmp_path / f"answers{ending}"
        places = f"--points {tmp_path / 'places.csv'} --accuracy-m 10"
        walked(canaries, tmp_path, f"screen --pack {pack} {places} -o OUT", target)


def test_no_coverage_says_a_word(canaries: Canaries, tmp_path: Path) -> None:
    area = tmp_path / "area.geojson"
    ring = "[[17.0,44.0],[17.1,44.0],[17.1,44.1],[17.0,44.0]]"
    area.write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}', encoding="utf-8")
    walked(canaries, tmp_path, f"coverage PATH --tier public --area {area} -o OUT", tmp_path / "cover.csv")


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_no_report_says_a_word(canaries: Canaries, tmp_path: Path, name: str) -> None:
    endings = endings_of("report", "output")
    assert set(endings) == {".xlsx", ".pdf", ".html"}
    for ending in endings if name == "donor" else (".xlsx", ".html"):
        words = f"report {name} PATH --state BIH --period 2024 --tier public -o OUT"
        walked(canaries, tmp_path, words, tmp_path / f"report{ending}")


def test_no_briefing_says_a_word(canaries: Canaries, tmp_path: Path) -> None:
    walked(canaries, tmp_path, "brief --register PATH -o OUT", tmp_path / "brief.html")


def test_no_refusal_says_a_word(canaries: Canaries, tmp_path: Path) -> None:
    """A refused command shows no more than one that went well."""
    target = tmp_path / "there.geojson"
    target.write_text("x", encoding="utf-8")
    for words in (f"export PATH -o {target}", f"export PATH -o {tmp_path / 'x.unknown'}", f"pack PATH -o {target}"):
        ran = CliRunner().invoke(merestone, [str(canaries.path) if word == "PATH" else word for word in words.split()])
        assert ran.exit_code != 0
        refuse(ran.output.encode() + str(ran.exception).encode(), words)


def test_programme_chooses_what_stands_for_the_source(canaries: Canaries, tmp_path: Path) -> None:
    path = canaries.path
    copy = Path(shutil.copy(path, tmp_path / "copy.gpkg"))
    words = ["public", str(copy), "--source", "Mine Action Centre", "--survey-year"]
    assert CliRunner().invoke(merestone, words).exit_code == 0
    assert "Mine Action Centre, and the year" in CliRunner().invoke(merestone, ["public", str(copy)]).output
    with Register.open(copy, read_only=True) as register:
        sources = {record.source for record in register.as_of(viewer=PUBLIC).records}
        assert sources == {"Mine Action Centre", "Mine Action Centre, 2024"}
        assert register.verify().is_sound
    with Register.open(path, read_only=True) as register:
        assert {record.source for record in register.as_of(viewer=PUBLIC).records} == {
            "the programme that keeps this register"
        }
