"""Alerts from draft to publication: four eyes, and no more shown than the public map does."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.alerts import Reason, Status, cap_bytes, cap_document, is_signed_by
from merestone.register import (
    PUBLIC,
    Actor,
    Alert,
    AlertDesk,
    AlertUnknown,
    AuthorityMissing,
    Declaration,
    Entry,
    RecordUnknown,
    Register,
    RightMissing,
    Role,
    TableBroken,
    VersionMoved,
    all_alerts,
    backup,
    published_alerts,
)
from merestone.register.sidecars.alert_keys import AlertKeys
from merestone.terms import FieldRefused, FileRefused, RecordKind, Visibility
from tests.register.conftest import Clock

ANNA = Actor("anna", "Org 1", "north", frozenset({Role.SURVEYOR}))
BERTA = Actor("berta", "Org 1", "north", frozenset({Role.APPROVER}))
CARLA = Actor("carla", "Centre", "capital", frozenset({Role.PUBLISHER}))
EVERY = Actor("every", "Org 1", "north", frozenset(Role))
SOUTH = Actor("south", "Org 2", "south", frozenset(Role))
FIELD = shapely.Polygon([(24.1, 54.0), (24.104, 54.0003), (24.1035, 54.004), (24.0998, 54.003)])
FOREST = shapely.box(24.3, 54.2, 24.31, 54.21)
TABLE = """{source: test, sender: alerts@mines.example.org, sender_name: Synthetic Centre, contact: "112",
web: "https://mines.example.org/", languages: [en]}"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> AlertKeys:
    return AlertKeys(tmp_path_factory.mktemp("keys") / "areas.alert-keys.json")


@pytest.fixture
def register(register_path: Path, clock: Clock) -> Iterator[Register]:
    with Register.open(register_path, clock=clock) as opened:
        with opened.batch(by="test", why="a test", source="made up") as batch:
            batch.configure("alert_authority", TABLE)
        yield opened


def hazard(register: Register, visibility: Visibility = Visibility.PUBLIC, outline: shapely.Polygon = FIELD) -> str:
    with register.batch(by="test", why="a test", source="made up") as batch:
        return batch.record(Entry(RecordKind.SUSPECTED, outline, 5.0, {"name": "canary"}, visibility=visibility))


def desk(register: Register, actor: Actor, keys: AlertKeys) -> AlertDesk:
    return AlertDesk(register, actor, keys)


def published(register: Register, keys: AlertKeys, declaration: Declaration) -> Alert:
    alert_id = desk(register, ANNA, keys).declare(declaration, why="why", source="source")
    desk(register, BERTA, keys).advance(alert_id, "approved", why="looked at it")
    return desk(register, CARLA, keys).advance(alert_id, "published", why="public")


def of(*hazards: str, **more: object) -> Declaration:
    return Declaration(Reason.NEW_FINDING, "Forest north of the lake", hazards, **more)  # type: ignore[arg-type]


def test_the_public_has_an_alert_only_once_three_people_agreed(register: Register, keys: AlertKeys) -> None:
    alert_id = desk(register, ANNA, keys).declare(of(hazard(register)), why="find", source="team 3")
    for actor, to in ((BERTA, "approved"), (CARLA, "published")):
        assert not published_alerts(register).board.messages
        done = desk(register, actor, keys).advance(alert_id, to, why="looked at it")
    found = published_alerts(register)
    (message,) = found.board.messages
    assert message == done.message
    assert message.identifier == f"alert-{alert_id}"
    assert message.status is Status.EXERCISE  # the register is labelled synthetic
    assert message.web == f"https://mines.example.org/alerts/{message.identifier}"
    certificate = keys.certificate_pem()
    assert certificate is not None
    assert is_signed_by(found.cap[message.identifier], certificate)
    assert cap_bytes(cap_document(message))[:60] == found.cap[message.identifier][:60]
    assert register.verify().is_sound


def test_nobody_goes_alone(register: Register, keys: AlertKeys) -> None:
    own = desk(register, EVERY, keys)
    alert_id = own.declare(of(hazard(register)), why="find", source="team 3")
    with pytest.raises(RightMissing):
        own.advance(alert_id, "approved", why="myself")
    with pytest.raises(RightMissing):
        own.advance(alert_id, "published", why="myself")
    desk(register, BERTA, keys).advance(alert_id, "approved", why="looked at it")
    with pytest.raises(RightMissing):
        own.advance(alert_id, "published", why="myself")
    for actor in (BERTA, CARLA):
        with pytest.raises(RightMissing):
            desk(register, actor, keys).declare(of(declared_area=FOREST), why="w", source="s")


def test_others_see_an_alert_at_the_desk_only_while_a_step_is_theirs(register: Register, keys: AlertKeys) -> None:
    """Who wrote it and why is its organisation's; 2026-11-28, found by the walk with canary words."""
    alert_id = desk(register, ANNA, keys).declare(of(declared_area=FOREST), why="w", source="s")
    south = desk(register, SOUTH, keys)
    neighbour = desk(register, Actor("n", "Org 2", "north", frozenset({Role.APPROVER})), keys)
    assert [alert.alert_id for alert in neighbour.alerts()] == [alert_id]
    assert not south.alerts()
    with pytest.raises(AlertUnknown):
        south.advance(alert_id, "approved", why="w")
    desk(register, BERTA, keys).advance(alert_id, "approved", why="w")
    assert not neighbour.alerts()
    assert [alert.alert_id for alert in south.alerts()] == [alert_id]  # a publisher of the programme publishes it
    desk(register, CARLA, keys).advance(alert_id, "published", why="w")
    for other in (south, neighbour, desk(register, CARLA, keys)):
        assert not other.alerts()
        end = Declaration(Reason.ALL_OVER, "Forest", earlier=alert_id)
        with pytest.raises((AlertUnknown, RightMissing)):
            other.declare(end, why="w", source="s")


def test_a_step_is_about_what_was_looked_at(register: Register, keys: AlertKeys) -> None:
    alert_id = desk(register, ANNA, keys).declare(of(declared_area=FOREST), why="w", source="s")
    berta = desk(register, BERTA, keys)
    seen = berta.show(alert_id).version
    berta.advance(alert_id, "approved", why="w", seen_version=seen)
    desk(register, CARLA, keys).advance(alert_id, "draft", why="wrong")
    with pytest.raises(VersionMoved):
        berta.advance(alert_id, "approved", why="w", seen_version=seen)


# What the public sees ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", [Visibility.RESTRICTED, Visibility.PUBLIC, Visibility.OPEN])
def test_the_area_contains_the_truth_and_shows_no_more_than_the_public_map(
    register: Register, keys: AlertKeys, visibility: Visibility
) -> None:
    record_id = hazard(register, visibility)
    alert = published(register, keys, of(record_id))
    assert alert.area.covers(FIELD)
    (public,) = register.as_of(viewer=PUBLIC).records
    assert alert.area.covers(public.geometry)
    if visibility is not Visibility.OPEN:
        # Corners, and some metres around each; of their single numbers one in twenty registers shares one by chance.
        corners = shapely.points(shapely.get_coordinates(FIELD))
        assert not shapely.dwithin(shapely.MultiPoint(shapely.get_coordinates(alert.area)), corners, 2e-5).any()
        assert shapely.distance(alert.area.boundary, corners).min() > 2e-5
    told = (published_alerts(register).cap[f"alert-{alert.alert_id}"]).decode()
    assert "canary" not in told
    assert record_id not in told


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(shift=st.floats(-0.00004, 0.00004), grow=st.floats(0, 0.00005))
def test_an_exact_outline_that_was_copied_into_an_alert_does_not_come_out(
    register: Register, keys: AlertKeys, shift: float, grow: float
) -> None:
    """The public outline of the hazard is joined to it, so the alert is as large as that and shows nothing within."""
    if not register.as_of().records:
        hazard(register, Visibility.RESTRICTED)
    copied = shapely.affinity.translate(FIELD, shift).buffer(grow)
    (public,) = register.as_of(viewer=PUBLIC).records
    assert public.geometry.covers(copied)
    alert_id = desk(register, ANNA, keys).declare(of(declared_area=copied), why="w", source="s")
    assert desk(register, ANNA, keys).show(alert_id).area == _area_of(register, keys, public.geometry)


def _area_of(register: Register, keys: AlertKeys, outline: BaseGeometry) -> shapely.MultiPolygon:
    alert_id = desk(register, ANNA, keys).declare(of(declared_area=outline), why="w", source="s")
    return desk(register, ANNA, keys).show(alert_id).area


def test_an_outline_that_has_grown_since_it_was_drafted_is_not_published(register: Register, keys: AlertKeys) -> None:
    """Else an alert would leave out ground that is known to be dangerous."""
    record_id = hazard(register)
    alert_id = desk(register, ANNA, keys).declare(of(record_id), why="w", source="s")
    desk(register, BERTA, keys).advance(alert_id, "approved", why="w")
    with register.batch(by="test", why="a test", source="made up") as batch:
        batch.revise(record_id, Entry(RecordKind.SUSPECTED, FIELD.buffer(0.02), 5.0, visibility=Visibility.PUBLIC))
    with pytest.raises(FieldRefused, match="has grown"):
        desk(register, CARLA, keys).advance(alert_id, "published", why="w")
    assert not published_alerts(register).board.messages


# Updates and ends ----------------------------------------------------------------------------------------------------


def test_updates_and_the_end_name_all_that_went_before(register: Register, keys: AlertKeys) -> None:
    first = published(register, keys, of(hazard(register)))
    second = published(
        register, keys, Declaration(Reason.CORRECTION, "Forest", declared_area=FOREST, earlier=first.alert_id)
    )
    third = published(register, keys, Declaration(Reason.ALL_OVER, "Forest", earlier=second.alert_id))
    assert first.message is not None
    assert second.message is not None
    assert third.message is not None
    assert third.message.references == (first.message.reference, second.message.reference)
    assert third.area == second.area
    board = published_alerts(register).board
    assert not board.in_force(third.message.sent)
    assert board.chain_of(first.message.identifier) == (first.message, second.message, third.message)
    with pytest.raises(FieldRefused, match="was followed by"):
        desk(register, ANNA, keys).declare(
            Declaration(Reason.ALL_OVER, "Forest", earlier=first.alert_id), why="w", source="s"
        )
    with pytest.raises(FieldRefused, match="has ended"):
        desk(register, ANNA, keys).declare(
            Declaration(Reason.CORRECTION, "Forest", earlier=third.alert_id), why="w", source="s"
        )


@pytest.mark.parametrize("is_own_area", [False, True])
def test_a_correction_of_the_times_leaves_the_area_as_it_was(
    register: Register, keys: AlertKeys, is_own_area: bool
) -> None:
    """2026-11-29: the published area was joined anew with each hazard that it touched, and grew with every update."""
    steps = [shapely.affinity.translate(FIELD, 0.0035 * step) for step in range(5)]  # each touches the next
    first_id, *_ = (hazard(register, outline=outline) for outline in steps)
    area = shapely.box(24.1005, 54.0005, 24.101, 54.001)  # within the first of them
    alert = published(register, keys, of(declared_area=area) if is_own_area else of(first_id))
    areas = [alert.area]
    for _ in range(2):
        alert = published(register, keys, Declaration(Reason.CORRECTION, "Forest", earlier=alert.alert_id))
        areas.append(alert.area)
    assert areas[0] == areas[1] == areas[2]
    assert not areas[0].intersects(steps[3]), "it is two hazards away"


def test_a_correction_after_a_record_was_withdrawn_warns_of_the_area_as_it_was(
    register: Register, keys: AlertKeys
) -> None:
    record_id = hazard(register)
    alert = published(register, keys, of(record_id))
    with register.batch(by="test", why="a mistake", source="made up") as batch:
        batch.withdraw(record_id)
    corrected = published(register, keys, Declaration(Reason.CORRECTION, "Forest", earlier=alert.alert_id))
    assert corrected.area.covers(alert.area)


def test_of_two_corrections_of_one_alert_the_second_is_not_published(register: Register, keys: AlertKeys) -> None:
    first = published(register, keys, of(declared_area=FOREST))
    waiting = []
    for name in ("Forest", "Forest road"):
        declaration = Declaration(Reason.CORRECTION, name, earlier=first.alert_id)
        waiting.append(desk(register, ANNA, keys).declare(declaration, why="w", source="s"))
        desk(register, BERTA, keys).advance(waiting[-1], "approved", why="w")
    desk(register, CARLA, keys).advance(waiting[0], "published", why="w")
    with pytest.raises(FieldRefused, match="was followed by"):
        desk(register, CARLA, keys).advance(waiting[1], "published", why="w")


def test_a_clock_that_was_reset_does_not_turn_the_order_round(
    register: Register, keys: AlertKeys, clock: Clock
) -> None:
    first = published(register, keys, of(declared_area=FOREST))
    clock.at -= timedelta(days=30)
    second = published(register, keys, Declaration(Reason.ALL_OVER, "Forest", earlier=first.alert_id))
    assert first.message is not None
    assert second.message is not None
    assert second.message.sent > first.message.sent


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declaration", "words"),
    [
        (of(), "is missing"),
        (of(declared_area=shapely.Point(24, 54)), "is not an area"),
        (Declaration(Reason.ALL_OVER, "Forest"), "none is named"),
        (Declaration(Reason.NEW_FINDING, "Forest", earlier="AAAA-AAAA-AAAA"), "names an earlier one"),
        (of(declared_area=FOREST, texts={"en": "The forest is safe."}), "no alert may do"),
        (Declaration(Reason.DECREE, "The safe forest", declared_area=FOREST), "no alert may do"),
        (of(declared_area=FOREST, expires=datetime(2030, 1, 1)), "has no offset"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_published_is_not_drafted(
    register: Register, keys: AlertKeys, declaration: Declaration, words: str
) -> None:
    with pytest.raises(FieldRefused, match=words):
        desk(register, ANNA, keys).declare(declaration, why="w", source="s")
    assert not all_alerts(register)


def test_an_alert_that_has_expired_meanwhile_is_not_published(
    register: Register, keys: AlertKeys, clock: Clock
) -> None:
    ends = of(declared_area=FOREST, expires=clock.at + timedelta(hours=1))
    alert_id = desk(register, ANNA, keys).declare(ends, why="w", source="s")
    desk(register, BERTA, keys).advance(alert_id, "approved", why="w")
    clock.at += timedelta(hours=2)
    with pytest.raises(FieldRefused, match="expires"):
        desk(register, CARLA, keys).advance(alert_id, "published", why="w")


def test_only_what_is_published_is_corrected(register: Register, keys: AlertKeys) -> None:
    draft = desk(register, ANNA, keys).declare(of(declared_area=FOREST), why="w", source="s")
    correction = Declaration(Reason.CORRECTION, "Forest", earlier=draft)
    with pytest.raises(FieldRefused, match="is not a published alert"):
        desk(register, ANNA, keys).declare(correction, why="w", source="s")
    with pytest.raises(AlertUnknown):
        desk(register, ANNA, keys).declare(
            Declaration(Reason.CORRECTION, "Forest", earlier="AAAA-AAAA-AAAA"), why="w", source="s"
        )


def test_only_hazards_are_warned_of(register: Register, keys: AlertKeys) -> None:
    with register.batch(by="test", why="a test", source="made up") as batch:
        cleared = batch.record(Entry(RecordKind.CLEARED, FIELD, 5.0))
    for record_id in (cleared, "AAAA-AAAA-AAAA"):
        with pytest.raises(RecordUnknown):
            desk(register, ANNA, keys).declare(of(record_id), why="w", source="s")


def test_without_an_authority_nothing_is_published(register_path: Path, keys: AlertKeys) -> None:
    with Register.open(register_path) as register, pytest.raises(AuthorityMissing, match="alert authority"):
        published(register, keys, of(declared_area=FOREST))


def test_no_other_command_changes_an_alert(register: Register, keys: AlertKeys) -> None:
    """A withdrawal would take it out of the feeds without a word to those who have read it (2026-11-28)."""
    alert = published(register, keys, of(declared_area=FOREST))
    batch = register.batch(by="test", why="a test", source="made up")
    with pytest.raises(FieldRefused, match="use `merestone alert`"), batch:
        batch.withdraw(alert.alert_id)
    assert published_alerts(register).board.messages


@pytest.mark.parametrize(
    "table",
    [
        "[]",
        "{}",
        TABLE.replace("[en]", "[tlh]"),
        TABLE.replace("alerts@mines", "a b@mines"),
        TABLE.replace("https", "ftp"),
    ],
)
def test_a_table_that_names_no_authority_is_refused(register: Register, table: str) -> None:
    batch = register.batch(by="test", why="a test", source="made up")
    with pytest.raises(TableBroken, match="the authority that issues alerts"), batch:
        batch.configure("alert_authority", table)


# Keys ----------------------------------------------------------------------------------------------------------------


def test_the_keys_are_their_owners_alone_and_only_a_backup_carries_them_beside_the_copy(
    register: Register, register_path: Path, tmp_path: Path, keys: AlertKeys
) -> None:
    published(register, keys, of(declared_area=FOREST))
    assert stat.S_IMODE(os.stat(keys.path).st_mode) == 0o600
    beside = AlertKeys.beside(register_path)
    assert beside.path.name == "register.alert-keys.json"
    beside.path.write_bytes(keys.path.read_bytes())
    backup(register_path, tmp_path / "copy.gpkg")
    secret = keys.signing_key("x", datetime.now(UTC)).private_pem.splitlines()[1]
    carried = AlertKeys.beside(tmp_path / "copy.gpkg").path
    assert stat.S_IMODE(os.stat(carried).st_mode) == 0o600
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path not in (beside.path, carried)]
    assert tmp_path / "copy.gpkg" in others
    assert not any(secret in path.read_bytes() for path in others)


def test_a_damaged_file_of_keys_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    """Readers trust the certificate that they compared; another one must not come by itself."""
    path = tmp_path / "areas.alert-keys.json"
    path.write_text("{")
    with pytest.raises(FileRefused, match="restore your copy"):
        AlertKeys(path).signing_key("Centre", datetime.now(UTC))
    assert path.read_text() == "{"
