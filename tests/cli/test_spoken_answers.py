"""`--lang` of `screen`, `coverage` and `alert show`: answers in nine languages, with English beside drafts."""

import json
import re
from pathlib import Path

import click
import feedparser
import pytest
import shapely
from click.testing import CliRunner, Result

from merestone.alerts import Reason, refuse_assurance
from merestone.cli import argument
from merestone.cli.main import merestone
from merestone.geodesy import PositionRefused
from merestone.languages import LANGUAGES, gettext, speaking, unreviewed_safety_messages
from merestone.register import Actor, AlertDesk, Declaration, Entry, Register, Role
from merestone.register.sidecars import AlertKeys
from merestone.terms import RecordKind, Visibility

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
QUESTIONS = {
    "points": ("p.csv", POINTS),
    "tracks": ("r.gpx", ROUTE),
    "footprints": ("f.geojson", PLOTS),
    "area": ("f.geojson", PLOTS),
}
"""Options with a file: of `screen`, and the last of `coverage`."""


def is_draft(tag: str) -> bool:
    return tag != "en" and bool(unreviewed_safety_messages(tag))


def asked(register: Path, folder: Path, option: str, *more: str) -> Result:
    name, content = QUESTIONS[option]
    (folder / name).write_text(content)
    accuracy = () if option in ("points", "area") else ("--accuracy-m", "5")
    command = "coverage" if option == "area" else "screen"
    arguments = [command, str(register), f"--{option}", str(folder / name), *accuracy, *more]
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
    above, *beside = spoken.output.split("\nIn English:\n")
    assert len(beside) == is_draft(tag)
    assert not beside or beside[0].splitlines() == english.output.splitlines()
    sentences = {line.strip() for line in english.output.splitlines() if re.search(r"[a-z]+ [a-z]+ [a-z]+", line)}
    assert sentences
    assert not sentences & {line.strip() for line in above.splitlines()}
    refuse_assurance("answer", above.replace("synthetic exercise data", ""))
    assert ".." not in above, "2026-11-29: a day of Lithuanian ends with a full stop, and another followed"


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


UNREADABLE = ("somewhere", "95N 20E", "33T XK 1234 567", "geo:200,10", "45,123", "44.9 N, 17.1 E, 5 N", "9F")


@pytest.fixture(scope="module")
def refused_in_english(exercise: Path) -> list[str]:
    return [refusal_of(exercise, text, "en") for text in UNREADABLE]


def refusal_of(register: Path, text: str, tag: str) -> str:
    arguments = ["screen", str(register), "--position", text, "--accuracy-m", "5", "--lang", tag]
    result = CliRunner().invoke(merestone, arguments, standalone_mode=False)
    assert isinstance(result.exception, PositionRefused), text
    return str(result.exception)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_position_that_cannot_be_read_is_refused_in_the_language(
    exercise: Path, refused_in_english: list[str], tag: str
) -> None:
    for text, english in zip(UNREADABLE, refused_in_english, strict=True):
        spoken = refusal_of(exercise, text, tag)
        assert repr(text) in spoken
        phrases = re.findall(r"[a-z]+ [a-z]+ [a-z]+", english.replace(text, ""))
        assert phrases
        assert not [phrase for phrase in phrases if phrase in spoken]


PLACE = ("--lon", "1", "--lat", "1")
MISUSED = (
    (), ("--lon", "1"), (*PLACE, "--position", "1, 1"), (*PLACE, "--accuracy-m", "-5"), (*PLACE, "--width-m", "5"),
    ("--tracks", "x.gpx", "--width-m", "nan"), (*PLACE, "-o", "x.csv"), (*PLACE, "--pack", "x.pack"),
    (*PLACE, "--rebuild-cells"), (*PLACE, "--columns", "id"), ("--points", "x.csv", "-o", "y.csv", "--columns", ","),
    ("--points", "x.csv", "--spark"), ("--tracks", "x.gpx", "--footprints", "y.gpx", "--json"),
)  # fmt: skip
"""Options that do not go together, or whose value cannot be used."""


def misuse(options: tuple[str, ...]) -> str:
    result = CliRunner().invoke(merestone, ["screen", "x.gpkg", *options], standalone_mode=False)
    assert isinstance(result.exception, click.UsageError), options
    return result.exception.message


@pytest.mark.parametrize("options", MISUSED)
def test_what_is_wrong_with_a_question_is_said_in_the_language(
    options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-29: it was English, whatever --lang named. In brackets stands what the catalogues have."""
    assert misuse((*options, "--lang", "lt")) != misuse(options)
    monkeypatch.setattr(argument, "speaking", lambda _: speaking("en-XA"))
    assert re.fullmatch("⟦[^⟦⟧]*⟧", misuse(options))


@pytest.fixture(scope="module")
def alerts(folder: Path) -> tuple[Path, dict[str, str]]:
    """A register with a published alert, its end, and a draft; the identity of each."""
    path, ids = folder / "alerts.gpkg", {}
    with Register.create(path) as register:
        with register.batch(by="test", why="a test", source="made up") as batch:
            forest = batch.record(
                Entry(RecordKind.SUSPECTED, shapely.box(24.1, 54.0, 24.11, 54.01), 5.0, visibility=Visibility.PUBLIC)
            )
            batch.configure(
                "alert_authority",
                "{source: s, sender: a@mines.example.org, sender_name: Centre, contact: x, "
                "web: 'https://mines.example.org', languages: [lt]}",
            )

        def desk(role: Role) -> AlertDesk:
            actor = Actor(role.value, "Org 1", "north", frozenset({role}))
            return AlertDesk(register, actor, AlertKeys.beside(path))

        def declare(name: str, reason: Reason, *records: str, **more: str) -> None:
            declaration = Declaration(reason, "Dainavos giria", records, **more)  # type: ignore[arg-type]
            ids[name] = desk(Role.SURVEYOR).declare(declaration, why="w", source="s")

        declare("published", Reason.NEW_FINDING, forest)
        for to, role in (("approved", Role.APPROVER), ("published", Role.PUBLISHER)):
            desk(role).advance(ids["published"], to, why="w")
        declare("end", Reason.ALL_OVER, earlier=ids["published"])
        declare("draft", Reason.DECREE, forest)
    return path, ids


@pytest.mark.parametrize("name", ["published", "end", "draft"])
@pytest.mark.parametrize("tag", [language.tag for language in LANGUAGES])
def test_an_alert_is_shown_in_every_language_as_the_public_reads_it(
    alerts: tuple[Path, dict[str, str]], name: str, tag: str
) -> None:
    path, ids = alerts
    arguments = ["alert", "show", str(path), ids[name], "--lang", tag]
    spoken = CliRunner().invoke(merestone, arguments, standalone_mode=False)
    fields = json.loads(CliRunner().invoke(merestone, [*arguments, "--json"], standalone_mode=False).stdout)
    assert spoken.exception is None
    above, *beside = spoken.output.split("\nIn English:\n")
    assert len(beside) == is_draft(tag)
    assert "Dainavos giria" in above
    for said in (fields["headline"], fields["instruction"], fields["description"], fields["sms"]["text"]):
        assert said in above
    assert f"https://mines.example.org/alerts/alert-{ids[name]}" in fields["sms"]["text"]
    assert bool(fields["in_english"]) == is_draft(tag)
    if beside:
        english = fields["in_english"]
        assert english["instruction"] in beside[0]
        assert not [word for word in ("headline", "instruction", "description") if english[word] in above]
    with speaking(tag):
        assert (gettext("This is not published: it warns nobody yet.") in above) == (name != "published")
    refuse_assurance("answer", above)


def test_a_language_whose_words_were_reviewed_stands_alone(
    alerts: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, ids = alerts
    monkeypatch.setattr("merestone.languages.catalogue.unreviewed_safety_messages", lambda _: ())
    arguments = ["alert", "show", str(path), ids["published"], "--lang", "lt"]
    assert "In English" not in CliRunner().invoke(merestone, arguments).output
    assert json.loads(CliRunner().invoke(merestone, [*arguments, "--json"]).stdout)["in_english"] is None


def test_no_word_of_an_alert_is_past_the_catalogue(
    alerts: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of the area is the authority's own."""
    monkeypatch.setattr(argument, "speaking", lambda _: speaking("en-XA"))
    path, ids = alerts
    outside = CliRunner().invoke(merestone, ["alert", "show", str(path), ids["draft"]]).output.split("In English:")[0]
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", outside)) != outside:
        outside = inner
    assert not re.findall(r"[a-z]{3,} [a-z]{2,}.*", outside.replace("Dainavos giria", "")), outside


@pytest.mark.parametrize("tag", [None, "lt", "uk"])
def test_exported_feeds_are_in_the_language_asked_for(
    alerts: tuple[Path, dict[str, str]], tmp_path: Path, tag: str | None
) -> None:
    path, ids = alerts
    chosen = () if tag is None else ("--lang", tag)
    done = CliRunner().invoke(merestone, ["alert", "export", str(path), str(tmp_path), *chosen], standalone_mode=False)
    assert done.exception is None
    shown = CliRunner().invoke(
        merestone, ["alert", "show", str(path), ids["published"], "--lang", tag or "lt", "--json"]
    )
    (entry,) = feedparser.parse((tmp_path / "alerts.atom").read_bytes()).entries
    assert entry.title == json.loads(shown.stdout)["headline"]
