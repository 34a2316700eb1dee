"""Random lives of drafts, among people of several hubs: each takes only the steps that are theirs, and sees no others'.

The oracle is the chain read as text, and a plain dict of who wrote what and where it stands.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from shapely import box

from merestone.exchange.publication.publish import publish_layer
from merestone.register import (
    PARTNER,
    PUBLIC,
    Actor,
    DraftMoved,
    DraftUnknown,
    Entry,
    Register,
    RightMissing,
    Role,
    Snapshot,
    VersionMoved,
    Viewer,
)
from merestone.register.programme.approval import default_table
from merestone.terms import RecordKind, Visibility
from tests.register.conftest import Clock
from tests.register.lives import run_lives

STEPS = [
    (before, after, Role(role), within, "not_author: true" in rest)
    for before, after, role, within, rest in re.findall(
        r"- {from: (\w+), to: (\w+), role: (\w+), within: (\w+)(.*)}", default_table()
    )
]
STAGES = sorted({stage for before, after, *_ in STEPS for stage in (before, after)})


def person(name: str, organisation: str, hub: str, *roles: Role) -> Actor:
    return Actor(name, organisation, hub, frozenset(roles))


PEOPLE = [
    person("Anna", "Org 1", "north", Role.SURVEYOR),
    person("Bruno", "Org 1", "north", Role.SURVEYOR, Role.QUALITY),
    person("Carla", "Org 2", "north", Role.SURVEYOR, Role.QUALITY, Role.APPROVER),
    person("Diana", "Centre", "capital", Role.PUBLISHER),
    person("Egon", "Org 1", "south", Role.SURVEYOR, Role.QUALITY),
    person("Freya", "Org 3", "south", *Role),
]
SOMEBODY = st.sampled_from(PEOPLE)
PLACES = st.integers(0, 9)
MARK = "nobody-outside-the-hub-may-read-this"


@dataclass(frozen=True)
class Told:
    """A draft, as a person with a pencil would keep it."""

    stage: str
    author: str
    organisation: str
    hub: str
    place: int
    record_id: str | None
    seen: int | None

    def is_seen_by(self, actor: Actor) -> bool:
        if actor.hub == self.hub and (self.stage != "draft" or actor.organisation == self.organisation):
            return True
        return self.stage == "approved" and Role.PUBLISHER in actor.roles

    def may(self, actor: Actor, to: str) -> bool:
        def near(within: str) -> bool:
            mine = (self.hub, self.organisation)
            return {
                "programme": True,
                "hub": actor.hub == self.hub,
                "organisation": (actor.hub, actor.organisation) == mine,
            }[within]

        return any(
            (before, after) == (self.stage, to)
            and role in actor.roles
            and near(within)
            and not (not_author and actor.name == self.author)
            for before, after, role, within, not_author in STEPS
        )


def entry(place: int) -> Entry:
    outline = box(place * 0.01, 0.0, place * 0.01 + 0.008, 0.008)
    return Entry(
        RecordKind.SUSPECTED, outline, 5.0, {"name": f"{MARK} {place}"}, date(2000, 1, 1), visibility=Visibility.PUBLIC
    )


class LivesOfDrafts(RuleBasedStateMachine):
    """Everybody tries everything."""

    drafts = Bundle("drafts")

    def __init__(self, blank: Path) -> None:
        super().__init__()
        self.blank = blank

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
        path = Path(shutil.copy(self.blank, Path(self.folder.name) / "drafts.gpkg"))
        self.register = Register.open(path, clock=self.clock)
        self.told: dict[str, Told] = {}
        self.records: dict[str, list[int]] = {}
        """The places that were said of each record, one for each version."""
        self.seen_outside = self.outside()

    def teardown(self) -> None:
        if hasattr(self, "register"):
            self.register.close()
            self.folder.cleanup()

    def outside(self) -> tuple[list[Snapshot], str, list[str]]:
        """All that is shown to those who are no part of a hub: at once, of the past, and published."""
        viewers: list[Viewer] = [PUBLIC, PARTNER]
        asked = [self.register.as_of(date(2026, 1, 1), viewer=viewer) for viewer in viewers]
        asked += [self.register.as_of(date(2010, 1, 1), self.clock.at, viewer) for viewer in viewers]
        path = Path(self.folder.name) / "public.geojson"
        publish_layer(asked[0], path, overwrite=True)
        histories = [event.event_id for record_id in self.records for event in self.register.history(record_id)]
        plain = [replace(one, known_on=None) for one in asked]
        return plain, path.read_text(encoding="utf-8"), histories

    @rule(days=st.integers(1, 90))
    def days_pass(self, days: int) -> None:
        """So that a date of the data that moves with a draft is seen."""
        self.clock.at += timedelta(days=days)

    # What people do --------------------------------------------------------------------------------------------------

    @rule(target=drafts, actor=SOMEBODY, place=PLACES, which=st.none() | st.integers(0, 5))
    def draft(self, actor: Actor, place: int, which: int | None) -> str:
        record_id = None if which is None or not self.records else sorted(self.records)[which % len(self.records)]
        seen = None if record_id is None else len(self.records[record_id])
        desk = self.register.desk(actor)
        if Role.SURVEYOR not in actor.roles:
            with pytest.raises(RightMissing):
                desk.draft(entry(place), why="w", source=MARK, record_id=record_id, seen_version=seen)
            return "D-none"
        draft_id = desk.draft(entry(place), why="w", source=MARK, record_id=record_id, seen_version=seen)
        self.told[draft_id] = Told("draft", actor.name, actor.organisation, actor.hub, place, record_id, seen)
        return draft_id

    @rule(draft_id=drafts, actor=SOMEBODY, place=PLACES, look_again=st.booleans())
    def redraft(self, draft_id: str, actor: Actor, place: int, look_again: bool) -> None:
        told, before = self.told.get(draft_id), self.register.head()
        current = None if told is None or told.record_id is None else len(self.records[told.record_id])
        seen = current if look_again else None

        def act() -> None:
            self.register.desk(actor).redraft(draft_id, entry(place), why="w", source=MARK, seen_version=seen)

        refused: type[Exception] | None = None
        if told is None or not told.is_seen_by(actor):
            refused = DraftUnknown
        elif (
            told.stage != "draft"
            or (told.organisation, told.hub) != (actor.organisation, actor.hub)
            or Role.SURVEYOR not in actor.roles
        ):
            refused = RightMissing
        if refused is not None:
            with pytest.raises(refused):
                act()
            assert self.register.head() == before
            return
        assert told is not None
        act()
        self.told[draft_id] = replace(told, author=actor.name, place=place, seen=told.seen if seen is None else seen)

    @rule(draft_id=drafts, actor=SOMEBODY, wish=st.sampled_from(STAGES), along=st.none() | st.integers(0, 9))
    def advance(self, draft_id: str, actor: Actor, wish: str, along: int | None) -> None:
        """Half of the wishes are for somebody's step, or few drafts would go far."""
        told, before = self.told.get(draft_id), self.register.head()
        if told is not None and along is not None:
            open_to = [(one, after) for one in PEOPLE for _, after, *_ in STEPS if told.may(one, after)]
            if open_to:
                actor, wish = open_to[along % len(open_to)]
        self.step(draft_id, actor, wish, before.seq)

    def step(self, draft_id: str, actor: Actor, to: str, seq: int) -> None:
        told = self.told.get(draft_id)
        desk = self.register.desk(actor)
        refused: type[Exception] | None = None
        if told is None or not told.is_seen_by(actor):
            refused = DraftUnknown
        elif not told.may(actor, to):
            refused = RightMissing
        elif to == "published" and told.record_id is not None and told.seen != len(self.records[told.record_id]):
            refused = VersionMoved
        if refused is not None:
            with pytest.raises(refused):
                desk.advance(draft_id, to, why="w")
            assert self.register.head().seq == seq, "a refused step left a trace"
            return
        assert told is not None
        with pytest.raises(DraftMoved):
            desk.advance(draft_id, to, why="w", seen_seq=desk.show(draft_id).seq - 1)
        done = desk.advance(draft_id, to, why="looked at it", seen_seq=desk.show(draft_id).seq)
        record_id = told.record_id
        if to == "published":
            record_id = done.record_id
            assert record_id is not None
            self.records.setdefault(record_id, []).append(told.place)
            self.seen_outside = self.outside()
        self.told[draft_id] = replace(told, stage=to, record_id=record_id)

    @rule(which=st.integers(0, 5), place=PLACES)
    def somebody_else_revises(self, which: int, place: int) -> None:
        if not self.records:
            return
        record_id = sorted(self.records)[which % len(self.records)]
        with self.register.batch(by="z", why="w", source="s") as batch:
            batch.revise(record_id, entry(place))
        self.records[record_id].append(place)
        self.seen_outside = self.outside()

    # What must always be so ------------------------------------------------------------------------------------------

    @invariant()
    def everybody_sees_theirs_and_no_others(self) -> None:
        if not hasattr(self, "register"):
            return
        for actor in PEOPLE:
            desk = self.register.desk(actor)
            mine = {draft_id: told for draft_id, told in self.told.items() if told.is_seen_by(actor)}
            found = {draft.draft_id: draft for draft in desk.drafts()}
            assert set(found) == set(mine)
            for stage in STAGES:
                at_stage = {draft.draft_id for draft in desk.drafts(stage)}
                assert at_stage == {one for one, told in mine.items() if told.stage == stage}
            for draft_id, told in mine.items():
                draft = found[draft_id]
                assert (draft.stage, draft.author, draft.record_id) == (told.stage, told.author, told.record_id)
                assert draft.entry.geometry.equals(entry(told.place).geometry)
                may = {step.after for step in desk.steps(draft_id)}
                assert may == {after for _, after, *_ in STEPS if told.may(actor, after)}
            for draft_id in {*self.told, "D-000000000000"} - set(mine):
                for ask in (desk.show, desk.history, desk.steps):
                    with pytest.raises(DraftUnknown) as told_so:
                        ask(draft_id)
                    assert str(told_so.value).replace(draft_id, "") == str(DraftUnknown("")), "it tells that it exists"

    @invariant()
    def nothing_of_a_draft_reaches_anybody_outside(self) -> None:
        if not hasattr(self, "register"):
            return
        now = self.outside()
        assert now == self.seen_outside
        assert MARK not in now[1] or any(self.records.values())

    @invariant()
    def records_are_what_was_published(self) -> None:
        if not hasattr(self, "register"):
            return
        found = {record.record_id: record for record in self.register.as_of().records}
        assert set(found) == set(self.records)
        for record_id, places in self.records.items():
            assert found[record_id].geometry.equals(entry(places[-1]).geometry)
            assert found[record_id].version == len(places)
        verification = self.register.verify()
        assert verification.is_sound, verification.breaks


def test_random_lives_of_drafts_stay_within_their_hub_until_they_are_published(blank_register: Path) -> None:
    run_lives(LivesOfDrafts, blank_register, examples=4, steps=20)


@pytest.mark.slow
def test_many_random_lives_of_drafts_stay_within_their_hub_until_they_are_published(blank_register: Path) -> None:
    run_lives(LivesOfDrafts, blank_register, examples=200, steps=50)
