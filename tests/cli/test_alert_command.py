"""`merestone alert` as three people use it, from the declaration to the files that the public reads."""

import json
from pathlib import Path
from typing import Any

import feedparser
import pytest
import shapely
from click.testing import CliRunner, Result

from merestone.alerts import is_signed_by
from merestone.cli.main import merestone
from merestone.register import Actor, Entry, Register, Role
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.terms import FileRefused, RecordKind, Visibility

FIELD = shapely.box(24.1, 54.0, 24.11, 54.01)
LINE = shapely.LineString([(24.1, 54.0), (24.2, 54.0)])
DECREE = ("declare", "--as", "anna", "--reason", "decree", "--area-name", "F", "--why", "w")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "areas.gpkg"
    with (
        Register.create(path, label="synthetic") as register,
        register.batch(by="test", why="a test", source="made up") as batch,
    ):
        batch.record(Entry(RecordKind.SUSPECTED, FIELD, 5.0, visibility=Visibility.PUBLIC))
    accounts = Accounts(path.with_suffix(".accounts.json"), cost=Cost(n=2**4, r=1, p=1))
    for name, role in (("anna", Role.SURVEYOR), ("berta", Role.APPROVER), ("carla", Role.PUBLISHER)):
        accounts.add(Actor(name, "Org 1", "north", frozenset({role})), "four quiet words here")
    return path


def run(command: str, path: Path, *words: object) -> Result:
    return CliRunner().invoke(merestone, ["alert", command, str(path), *map(str, words)], catch_exceptions=True)


def told(command: str, path: Path, *words: object) -> dict[str, Any]:
    result = run(command, path, *words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_an_alert_goes_from_the_declaration_to_the_feed_and_ends(path: Path, tmp_path: Path) -> None:
    told("authority", path, "--sender", "a@mines.example.org", "--name", "Centre", "--web", "https://mines.example.org")
    area = tmp_path / "forest.geojson"
    area.write_text(shapely.to_geojson(FIELD))
    words = ["--area-name", "Forest", "--text", "en=The road to the mill is closed.", "--why", "find"]
    drafted = told("declare", path, "--as", "anna", "--reason", "decree", "--area", area, *words)
    alert_id = drafted["alert_id"]
    told("approve", path, alert_id, "--as", "berta", "--why", "looked at it")
    done = told("publish", path, alert_id, "--as", "carla", "--why", "public")
    assert shapely.geometry.shape(done["area"]).covers(FIELD)
    certificate = tmp_path / "alerts.pem"
    assert "SHA-256" in run("authority", path, "--certificate", certificate).output
    public = tmp_path / "public"
    assert "1 alert in force" in run("export", path, public).output
    (entry,) = feedparser.parse((public / "alerts.atom").read_bytes()).entries
    assert "The road to the mill is closed." in entry.summary
    assert is_signed_by((public / "alert-files" / f"alert-{alert_id}.cap").read_bytes(), certificate.read_bytes())
    assert "Keep out" in (public / "alert-files" / f"alert-{alert_id}.txt").read_text()

    update = told("update", path, alert_id, "--as", "anna", "--area-name", "Forest road", "--why", "smaller")
    dropped = told("drop", path, update["alert_id"], "--as", "anna", "--why", "not needed")
    assert dropped["stage"] == "dropped"
    end = told("cancel", path, alert_id, "--as", "anna", "--why", "over")
    told("approve", path, end["alert_id"], "--as", "berta", "--why", "looked at it")
    told("return", path, end["alert_id"], "--as", "carla", "--why", "not yet")
    told("approve", path, end["alert_id"], "--as", "berta", "--why", "looked at it")
    told("publish", path, end["alert_id"], "--as", "carla", "--why", "public")
    assert "0 alerts in force" in run("export", path, public).output
    assert json.loads((public / "alerts" / "now.json").read_text())["alerts"] == []
    lines = run("list", path, "--published").output
    assert "in force" not in lines
    assert "all_over" in lines


WEB = ("--base", "https://mines.example.org")


@pytest.mark.parametrize(
    ("name", "what", "may_be_forced"),
    [
        ("alerts.geojson", "another file", True),
        ("alerts/now.json", "another file", True),
        ("alerts.rss", "a register", False),
        ("alerts.rss", "the register itself", False),
        ("alerts.rss", "a link to it", True),
        ("alerts.rss", "a folder", False),
        ("alerts", "another file", False),
    ],
)
def test_an_export_replaces_nothing_that_it_did_not_make(
    path: Path, tmp_path: Path, name: str, what: str, may_be_forced: bool
) -> None:
    """2026-11-29, a stranger in the list of issue 18: `alert export` replaced a map of the same name, unasked."""
    told("authority", path, "--sender", "a@mines.example.org", "--name", "Centre")
    public, other = tmp_path / "public", tmp_path / "other"
    place = public / name
    place.parent.mkdir(parents=True)
    other.write_text("of somebody")
    if what == "a folder":
        place.mkdir()
    elif what == "a link to it":
        place.symlink_to(other)
    else:
        place.write_bytes({"another file": other, "a register": path}.get(what, path).read_bytes())
    if what == "the register itself":
        place.unlink()
        place.hardlink_to(path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    refused = run("export", path, public, *WEB)
    assert isinstance(refused.exception, FileRefused), refused.output
    assert str(place) in str(refused.exception)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    forced = run("export", path, public, *WEB, "--force")
    assert (forced.exception is None) is may_be_forced
    if may_be_forced:
        assert run("export", path, public, *WEB).exit_code == 0, "what it wrote is its own from now on"
    else:
        assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_a_file_that_was_changed_after_the_export_is_no_longer_its_own(path: Path, tmp_path: Path) -> None:
    told("authority", path, "--sender", "a@mines.example.org", "--name", "Centre")
    public = tmp_path / "public"
    for _ in range(2):
        assert run("export", path, public, *WEB).exit_code == 0
    (public / "alerts.atom").write_text("written by hand")
    assert isinstance(run("export", path, public, *WEB).exception, FileRefused)
    assert (public / "alerts.atom").read_text() == "written by hand"
    (public / "alerts.atom").unlink()
    for listed in ("[1]", "{", '{"alerts.atom": 1}'):
        (public / ".merestone-files.json").write_text(listed)
        assert isinstance(run("export", path, public, *WEB).exception, FileRefused)
    assert run("export", path, public, *WEB, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("declare", "--as", "nobody", "--reason", "decree", "--area-name", "F", "--why", "w"), 3, "account add"),
        (("declare", "--as", "berta", "--reason", "decree", "--area-name", "F", "--why", "w"), 3, "requires the role"),
        (DECREE, 3, "name a record"),
        (("declare", "--as", "anna", "--reason", "all_over", "--area-name", "F", "--why", "w"), 2, "all_over"),
        ((*DECREE, "--expires", "2030-01-01T10:00"), 2, "offset"),
        ((*DECREE, "--text", "closed"), 2, "language"),
        ((*DECREE, "--area", "line.geojson"), 3, "is not an area"),
        ((*DECREE, "--area", "mixed.geojson"), 3, "row 2 is not an area"),
        (("approve", "AAAA-AAAA-AAAA", "--as", "berta", "--why", "w"), 3, "no such alert, or you may not see it"),
        (("export", "public"), 3, "--base|base"),
        (("authority",), 3, "--sender"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_what_to_do(path: Path, words: tuple[str, ...], code: int, says: str) -> None:
    from merestone.cli.main import main

    for name, shapes in (("line", [LINE]), ("mixed", [FIELD, LINE])):
        features = [
            {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)} for shape in shapes
        ]
        collection = {"type": "FeatureCollection", "features": features}
        path.with_name(f"{name}.geojson").write_text(json.dumps(collection))
    command, *given = words
    others = [str(path.with_name(word)) if word.endswith(".geojson") else word for word in given]
    result = run(command, path, *others)
    text = result.output + str(result.exception)
    assert any(part in text for part in says.split("|")), text
    with pytest.raises(SystemExit) as left:
        main(["alert", command, str(path), *others])
    assert left.value.code == code
