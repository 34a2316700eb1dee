"""`merestone screen --lang`: every way of asking answers in nine languages, with English beside drafts."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from merestone.alerts import refuse_assurance
from merestone.cli import argument
from merestone.cli.main import merestone
from merestone.languages import LANGUAGES, speaking

TRANSLATED = [language.tag for language in LANGUAGES if language.tag != "en"]
ROUTE = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><rte><name>1</name>
<rtept lat="0.001" lon="-0.03"/><rtept lat="0.001" lon="0.03"/></rte><rte><name>2</name>
<rtept lat="0.801" lon="-0.8"/><rtept lat="0.801" lon="0.8"/></rte></gpx>"""
PLOTS = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"name": "1"}, "geometry": {"type": "Polygon", "coordinates":
 [[[0.5, 0.5], [0.501, 0.5], [0.501, 0.501], [0.5, 0.5]]]}},
{"type": "Feature", "properties": {"name": "2"}, "geometry": {"type": "Polygon", "coordinates":
 [[[-0.001, 0], [0.001, 0], [0.001, 0.001], [-0.001, 0.001], [-0.001, 0]]]}}]}"""
POINTS = "id,lon,lat,accuracy_m\n1,0,0,5\n2,0.8,0.8,5\n3,0.8,0.8,\n4,,,5\n"
QUESTIONS = {"points": ("p.csv", POINTS), "tracks": ("r.gpx", ROUTE), "footprints": ("f.geojson", PLOTS)}


def asked(register: Path, folder: Path, option: str, *more: str) -> Result:
    name, content = QUESTIONS[option]
    (folder / name).write_text(content)
    accuracy = () if option == "points" else ("--accuracy-m", "5")
    arguments = ["screen", str(register), f"--{option}", str(folder / name), *accuracy, *more]
    return CliRunner().invoke(merestone, arguments, standalone_mode=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("asked")


@pytest.fixture(scope="module")
def in_english(exercise: Path, folder: Path) -> dict[str, Result]:
    return {option: asked(exercise, folder, option) for option in QUESTIONS}


@pytest.mark.parametrize("option", QUESTIONS)
@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_file_s_answers_are_in_the_language_and_then_in_english(
    exercise: Path, folder: Path, in_english: dict[str, Result], option: str, tag: str
) -> None:
    """2026-11-29: --lang was refused beside --points, --tracks and --footprints."""
    english = in_english[option]
    spoken = asked(exercise, folder, option, "--lang", tag)
    assert spoken.exception is None
    assert spoken.return_value == english.return_value
    above, beside = spoken.output.split("\nIn English:\n")
    assert beside.splitlines() == english.output.splitlines()
    sentences = {line.strip() for line in beside.splitlines() if re.search(r"[a-z]+ [a-z]+ [a-z]+", line)}
    assert sentences
    assert not sentences & {line.strip() for line in above.splitlines()}
    refuse_assurance("answer", above.replace("synthetic exercise data", ""))


@pytest.mark.parametrize("option", QUESTIONS)
def test_what_a_file_holds_is_the_same_in_every_language(exercise: Path, tmp_path: Path, option: str) -> None:
    """Programs read the columns of files; only what is printed speaks."""
    for tag in ("en", "lt"):
        asked(exercise, tmp_path, option, "--lang", tag, "-o", str(tmp_path / f"{tag}.csv"), "--force")
    assert (tmp_path / "lt.csv").read_text() == (tmp_path / "en.csv").read_text()


@pytest.mark.parametrize("option", QUESTIONS)
def test_json_says_its_language_and_has_english_beside_a_draft(exercise: Path, tmp_path: Path, option: str) -> None:
    spoken = json.loads(asked(exercise, tmp_path, option, "--lang", "uk", "--json").output)
    english = json.loads(asked(exercise, tmp_path, option, "--json").output)
    assert (spoken["language"], english["language"], english["in_english"]) == ("uk", "en", None)
    words = "summary" if option == "points" else "sentences"
    assert spoken["in_english"][words] == english[words] != spoken[words]


@pytest.mark.parametrize("option", QUESTIONS)
def test_no_word_of_an_answer_is_past_the_catalogue(
    exercise: Path, tmp_path: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a made-up language every message stands in brackets: what is outside them nobody could translate."""
    monkeypatch.setattr(argument, "speaking", lambda _: speaking("en-XA"))
    outside = asked(exercise, tmp_path, option).output.split("In English:")[0]
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", outside)) != outside:
        outside = inner
    assert not re.findall(r"[a-z]{3,} [a-z]{2,}.*", outside)
