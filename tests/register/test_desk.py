"""From draft to published through four pairs of hands; hubs do not see each other's drafts, and nobody goes alone."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box

from merestone.register import (
    PUBLIC,
    Actor,
    Change,
    DraftUnknown,
    Entry,
    Register,
    RightMissing,
    Role,
    TableBroken,
    VersionMoved,
)
from merestone.register.programme.approval import approval_from, default_approval, default_table
from merestone.terms import RecordKind, Visibility

FIELD = box(0.0, 0.0, 0.01, 0.01)
SMALLER = box(0.0, 0.0, 0.005, 0.01)


def person(name: str, *roles: Role, organisation: str = "Org 1", hub: str = "north") -> Actor:
    return Actor(name, organisation, hub, frozenset(roles))


ANNA = person("Anna", Role.SURVEYOR)
BRUNO = person("Bruno", Role.QUALITY)
CARLA = person("Carla", Role.APPROVER, organisation="Centre")
DIANA = person("Diana", Role.PUBLISHER, organisation="Centre", hub="capital")
SHARES = "{source: s, public_source: the centre, survey_year: false, hubs_share_restricted: true}"
SOUTH = person("Simon", *Role, organisation="Org 2", hub="south")
CHAIN = ((ANNA, "submitted"), (BRUNO, "reviewed"), (CARLA, "approved"), (DIANA, "published"))


def drafted(register: Register, visibility: Visibility = Visibility.RESTRICTED, **more: object) -> str:
    entry = Entry(RecordKind.SUSPECTED, FIELD, 25.0, {"name": "new"}, visibility=visibility)
    return register.desk(ANNA).draft(entry, why="survey", source="synthetic", **more)  # type: ignore[arg-type]


def walk(register: Register, draft_id: str, *, until: str) -> None:
    for actor, to in CHAIN:
        register.desk(actor).advance(draft_id, to, why=f"{to} by {actor.name}")
        if to == until:
            return


def test_draft_becomes_a_record_only_when_it_is_published(register: Register) -> None:
    draft_id = drafted(register)
    for actor, to in CHAIN:
        assert register.as_of().records == register.as_of(viewer=PUBLIC).records == ()
        done = register.desk(actor).advance(draft_id, to, why="looked at it")
        assert done.stage == to
    (record,) = register.as_of().records
    assert (record.record_id, record.geometry, record.accuracy_m) == (done.record_id, FIELD, 25.0)
    changes = [(event.change, event.by) for event in register.desk(ANNA).history(draft_id)]
    assert changes == [(Change.DRAFTED, "Anna"), *((Change.ADVANCED, actor.name) for actor, _ in CHAIN)]
    assert register.verify().is_sound


def test_hubs_do_not_see_each_others_drafts(register: Register) -> None:
    draft_id = drafted(register)
    assert [draft.draft_id for draft in register.desk(ANNA).drafts()] == [draft_id]
    assert register.desk(SOUTH).drafts() == ()
    for ask in (register.desk(SOUTH).show, register.desk(SOUTH).history):
        with pytest.raises(DraftUnknown):
            ask(draft_id)
    with pytest.raises(DraftUnknown):
        register.desk(SOUTH).advance(draft_id, "submitted", why="w")


def test_draft_is_its_organisations_alone_until_it_is_submitted(register: Register) -> None:
    draft_id = drafted(register, Visibility.PUBLIC)
    assert register.desk(CARLA).drafts() == ()
    walk(register, draft_id, until="submitted")
    assert len(register.desk(CARLA).drafts("submitted")) == 1
    assert register.desk(DIANA).drafts() == (), "the publisher of another hub sees only what is approved"
    walk_on = register.desk(BRUNO).advance(draft_id, "reviewed", why="w")
    assert walk_on.stage == "reviewed"
    register.desk(CARLA).advance(draft_id, "approved", why="w")
    assert len(register.desk(DIANA).drafts()) == 1


def test_restricted_draft_is_seen_by_another_organisation_only_while_a_step_is_theirs(register: Register) -> None:
    """2026-11-28: other organisations of the hub saw a restricted outline exactly from submission on, and for ever."""
    draft_id = drafted(register)
    colleague = person("Cem", Role.SURVEYOR, organisation="Centre")
    for actor, to in CHAIN:
        register.desk(actor).advance(draft_id, to, why="w")
        assert [draft.draft_id for draft in register.desk(ANNA).drafts()] == [draft_id]
        assert register.desk(colleague).drafts() == ()
        assert bool(register.desk(CARLA).drafts()) is (to == "reviewed"), to
        assert bool(register.desk(DIANA).drafts()) is (to == "approved"), to
    record_id = register.desk(ANNA).show(draft_id).record_id
    assert record_id is not None
    opened = Entry(RecordKind.SUSPECTED, SMALLER, 25.0, visibility=Visibility.PUBLIC)
    register.desk(ANNA).draft(opened, why="w", source="s", record_id=record_id, seen_version=1)
    assert register.desk(CARLA).drafts() == (), "a revision shows the restricted outline that stands"
    with register.batch(by="head", why="we share", source="programme") as batch:
        batch.configure("public", SHARES)
    assert [draft.draft_id for draft in register.desk(CARLA).drafts()] == [draft_id]


def test_nobody_reviews_what_they_wrote(register: Register) -> None:
    both = person("Anna", Role.SURVEYOR, Role.QUALITY)
    draft_id = drafted(register)
    walk(register, draft_id, until="submitted")
    with pytest.raises(RightMissing, match="not whoever wrote it"):
        register.desk(both).advance(draft_id, "reviewed", why="w")


def test_stage_cannot_be_jumped(register: Register) -> None:
    draft_id = drafted(register)
    with pytest.raises(RightMissing, match="submitted"):
        register.desk(DIANA_IN_NORTH).advance(draft_id, "published", why="w")


DIANA_IN_NORTH = person("Dora", *Role)


def test_draft_that_was_returned_is_written_anew_by_its_organisation(register: Register) -> None:
    draft_id = drafted(register)
    walk(register, draft_id, until="submitted")
    with pytest.raises(RightMissing, match="while a draft"):
        register.desk(ANNA).redraft(draft_id, Entry(RecordKind.SUSPECTED, SMALLER), why="w", source="s")
    register.desk(BRUNO).advance(draft_id, "draft", why="the outline is too large")
    register.desk(ANNA).redraft(
        draft_id, Entry(RecordKind.SUSPECTED, SMALLER), why="measured again", source="synthetic"
    )
    walk(register, draft_id, until="published")
    assert register.as_of().records[0].geometry == SMALLER
    assert register.verify().is_sound


def test_published_record_stands_while_its_revision_waits(register: Register) -> None:
    with register.batch(by="a", why="w", source="s") as batch:
        record_id = batch.record(Entry(RecordKind.SUSPECTED, SMALLER))
    draft_id = drafted(register, record_id=record_id, seen_version=1)
    walk(register, draft_id, until="approved")
    assert register.as_of().records[0].geometry == SMALLER
    register.desk(DIANA).advance(draft_id, "published", why="w")
    (record,) = register.as_of().records
    assert (record.record_id, record.version, record.geometry) == (record_id, 2, FIELD)


def test_draft_of_a_version_that_moved_is_not_published_and_not_lost(register: Register) -> None:
    with register.batch(by="a", why="w", source="s") as batch:
        record_id = batch.record(Entry(RecordKind.SUSPECTED, FIELD))
    draft_id = drafted(register, record_id=record_id, seen_version=1)
    walk(register, draft_id, until="approved")
    with register.batch(by="b", why="w", source="s") as batch:
        batch.revise(record_id, Entry(RecordKind.CONFIRMED, SMALLER), seen_version=1)
    with pytest.raises(VersionMoved) as moved:
        register.desk(DIANA).advance(draft_id, "published", why="w")
    assert moved.value.theirs.by == "b"
    assert register.desk(DIANA).show(draft_id).stage == "approved"
    assert register.as_of().records[0].geometry == SMALLER
    register.desk(DIANA).advance(draft_id, "draft", why="look at the new version first")
    new = Entry(RecordKind.CONFIRMED, FIELD)
    register.desk(ANNA).redraft(draft_id, new, why="on the new version", source="s", seen_version=2)
    walk(register, draft_id, until="published")
    assert register.as_of().records[0].version == 3


def test_only_a_surveyor_drafts(register: Register) -> None:
    with pytest.raises(RightMissing, match="surveyor"):
        register.desk(BRUNO).draft(Entry(RecordKind.SUSPECTED, FIELD), why="w", source="s")


def test_drafts_row_that_was_edited_by_hand_is_found(register: Register) -> None:
    drafted(register)
    with closing(sqlite3.connect(register.path)) as connection, connection:
        connection.execute("UPDATE merestone_draft SET stage = 'approved'")
    assert ["stage" in found.what for found in register.verify().breaks] == [True]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("to: published", "to: filed", "no steps lead"),
        (", not_author: true", "", "alone"),
        ("role: quality", "role: friend", "friend"),
        ("source: ", "origin: ", "source"),
        ("role: quality", "role: reader", "cannot write"),
    ],
)
def test_chain_that_publishes_nothing_or_lets_one_go_alone_is_refused(before: str, after: str, told: str) -> None:
    with pytest.raises(TableBroken, match=told):
        approval_from(default_table().replace(before, after), origin="test")


def test_programme_shortens_its_chain(register: Register) -> None:
    own = """
source: board of 3 May
steps:
  - {from: draft, to: published, role: publisher, within: hub, not_author: true}
"""
    draft_id = drafted(register)
    with register.batch(by="director", why="board", source="synthetic") as batch:
        batch.configure("approval", own)
    register.desk(person("Dora", Role.PUBLISHER, organisation="Org 1")).advance(draft_id, "published", why="w")
    assert len(register.as_of().records) == 1


PEOPLE = st.builds(
    Actor,
    st.sampled_from(["Anna", "Bruno", "Carla"]),
    st.sampled_from(["Org 1", "Org 2"]),
    st.sampled_from(["north", "south"]),
    st.frozensets(st.sampled_from(list(Role)), max_size=2),
)
STAGES = ["draft", "submitted", "reviewed", "approved", "published", "dropped"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(st.tuples(PEOPLE, st.sampled_from(STAGES)), max_size=12))
def test_whoever_wishes_what_a_draft_is_published_only_by_four_eyes_in_the_right_roles(
    register: Register, wishes: list[tuple[Actor, str]]
) -> None:
    draft_id, before = drafted(register), len(register.as_of().records)
    taken = []
    for actor, to in wishes:
        try:
            register.desk(actor).advance(draft_id, to, why="w")
        except (RightMissing, DraftUnknown):
            continue
        taken.append((actor, to))
    events = register.desk(ANNA).history(draft_id)[1:]
    assert [(event.by, event.body["to"]) for event in events] == [(actor.name, to) for actor, to in taken]
    for event, (actor, _) in zip(events, taken, strict=True):
        assert Role(event.body["role"]) in actor.roles
        assert Role(event.body["role"]) is Role.PUBLISHER or actor.hub == "north"
    published = [to for _, to in taken].count("published")
    assert len(register.as_of().records) == before + published
    if published:
        assert {"submitted", "reviewed", "approved"} <= {to for _, to in taken}
        assert len({actor.name for actor, _ in taken} | {"Anna"}) > 1


def test_default_chain_is_the_packaged_one() -> None:
    assert approval_from(default_table(), origin="x") == default_approval()
