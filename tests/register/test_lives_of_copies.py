"""Random lives of copies: two go on apart, come together in either order, and go on, again and again.

Whatever is merged holds every event of both, answers the same in both orders, and warns of all that either warned of.
"""

import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest
import shapely
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from merestone.register import (
    Actor,
    DraftUnknown,
    Entry,
    RecordUnknown,
    Register,
    RightMissing,
    Role,
    Sheet,
    StepRefused,
    VersionMoved,
    merge,
)
from merestone.register.programme.life_cycle import default_life_cycle
from merestone.release import SHARE_OF_KIND, Parcel, balance
from merestone.terms import FieldRefused, RecordKind
from tests.register.conftest import Clock
from tests.register.lives import run_lives
from tests.register.test_lives_of_land import CELLS, OPEN, Cells, State, area_m2, cells_of, outline, shares

COPY = st.integers(0, 1)
BACK = st.just(0) | st.integers(0, 9000)
PAST = st.none() | st.dates(date(2000, 1, 1), date(2025, 12, 31))
KINDS = st.sampled_from(sorted(SHARE_OF_KIND))
ASKED = [date(1999, 6, 1), date(2005, 6, 1), date(2015, 6, 1), date(2024, 6, 1), date(2030, 6, 1)]
CHAIN = (
    (Actor("Anna", "Org", "north", frozenset({Role.SURVEYOR})), "submitted"),
    (Actor("Bruno", "Org", "north", frozenset({Role.QUALITY})), "reviewed"),
    (Actor("Carla", "Org", "north", frozenset({Role.APPROVER})), "approved"),
    (Actor("Diana", "Org", "north", frozenset({Role.PUBLISHER})), "published"),
)

TABLES = {
    name: (files("merestone.register.programme") / f"{name}.yaml").read_text(encoding="utf-8")
    for name in ("approval", "evidence", "life_cycle")
}

Answer = dict[str, State]


class Word(NamedTuple):
    """What a copy was told of a table; the number tells apart what was said twice."""

    number: int
    setting: str
    table: str


def answers(register: Register, known_on: datetime | None = None) -> dict[date, Answer]:
    return {
        day: {
            record.record_id: State(str(record.status), record.kind.value, cells_of(record.geometry), "")
            for record in register.as_of(day, known_on).records
        }
        for day in ASKED
    }


class LivesOfCopies(RuleBasedStateMachine):
    """Acts on either copy; those that the register refuses are refused in peace, for other tests look at that."""

    records = Bundle("records")

    def __init__(self, blank: Path) -> None:
        super().__init__()
        self.blank = blank

    @initialize(target=records, cells=st.tuples(*[CELLS] * 9), kinds=st.tuples(*[KINDS] * 6))
    def begin(self, cells: tuple[Cells, ...], kinds: tuple[RecordKind, ...]) -> object:
        """Three areas, each already revised in both copies: otherwise few lives would hold a conflict."""
        self.folder = tempfile.TemporaryDirectory()
        self.merges = 0
        self.heard: list[set[Word]] = [set(), set()]
        self.replaces: dict[Word, set[Word]] = {}
        # The tablet's clock runs as the office's does, so that instants often coincide.
        self.clocks = [Clock(datetime(2026, 1, 1, tzinfo=UTC)) for _ in range(2)]
        base = Path(shutil.copy(self.blank, Path(self.folder.name) / "base.gpkg"))
        with (
            Register.open(base, clock=self.clocks[0]) as register,
            register.batch(by="a", why="survey", source="synthetic") as batch,
        ):
            finding = {"local_id": "E1", "finding": "seen_ordnance"}
            self.evidence = batch.record(Sheet("evidence", finding, true_from=date(1990, 1, 1)))
            ids = [
                batch.record(Entry(RecordKind.SUSPECTED, outline(mine), 5.0, true_from=date(2001, 1, 1)))
                for mine in cells[:3]
            ]
        self.part(base)
        for place, (record_id, which) in enumerate((record_id, which) for record_id in ids for which in range(2)):
            self.revise_one(which, record_id, cells[3 + place], kinds[place], date(2010 + place, 1, 1))
        return multiple(*ids)

    def part(self, base: Path) -> None:
        """Two copies of one file."""
        self.copies: list[Register] = []
        for name in ("office", "tablet"):
            path = Path(shutil.copy(base, base.with_name(f"{name}{self.merges}.gpkg")))
            self.copies.append(Register.open(path, clock=self.clocks[len(self.copies)]))
        self.parted_at = self.copies[0].head().recorded_at
        self.parted_seq = self.copies[0].head().seq
        self.then = answers(self.copies[0], self.parted_at)
        self.drafts = sorted({draft.draft_id for draft in self.copies[0].desk(CHAIN[1][0]).drafts()})

    def teardown(self) -> None:
        if hasattr(self, "copies"):
            self.come_together()
            for copy in self.copies:
                copy.close()
            self.folder.cleanup()

    # What each copy does ---------------------------------------------------------------------------------------------

    @rule(which=COPY, days=st.integers(1, 400))
    def time_passes(self, which: int, days: int) -> None:
        self.clocks[which].at += timedelta(days=days)

    @rule(target=records, which=COPY, kind=st.sampled_from(sorted(OPEN)), cells=CELLS, day=PAST)
    def report(self, which: int, kind: str, cells: Cells, day: date | None) -> str:
        with self.copies[which].batch(by=f"copy {which}", why="survey", source="s") as batch:
            return batch.record(Entry(RecordKind(kind), outline(cells), true_from=day))

    @rule(which=COPY, record_id=records, along=st.integers(0, 9), back=BACK)
    def move(self, which: int, record_id: str, along: int, back: int) -> None:
        copy, day = self.copies[which], self.clocks[which].at.date() - timedelta(days=back)
        present = {record.record_id: record.status for record in copy.as_of(day).records}.get(record_id)
        steps = [] if present is None else default_life_cycle().next_steps(present)
        if steps:
            to = steps[along % len(steps)].after
            self.attempt(which, lambda batch: batch.move(record_id, to, evidence=(self.evidence,), true_from=day))

    def attempt(self, which: int, act: object) -> object:
        assert callable(act)
        try:
            with self.copies[which].batch(by=f"copy {which}", why="w", source="s") as batch:
                return act(batch)
        except (FieldRefused, RecordUnknown, StepRefused):
            return None

    @rule(which=COPY, record_id=records, cells=CELLS, kind=KINDS, day=PAST)
    def revise(self, which: int, record_id: str, cells: Cells, kind: RecordKind, day: date | None) -> None:
        self.revise_one(which, record_id, cells, kind, day)

    def revise_one(self, which: int, record_id: str, cells: Cells, kind: RecordKind, day: date | None) -> None:
        self.attempt(which, lambda batch: batch.revise(record_id, Entry(kind, outline(cells), true_from=day)))

    @rule(record_id=records, cells=st.tuples(CELLS, CELLS), kinds=st.tuples(KINDS, KINDS), days=st.tuples(PAST, PAST))
    def revise_apart(
        self,
        record_id: str,
        cells: tuple[Cells, Cells],
        kinds: tuple[RecordKind, RecordKind],
        days: tuple[date | None, date | None],
    ) -> None:
        """Both copies, of one record: what conflicts are made of."""
        for which in range(2):
            self.revise_one(which, record_id, cells[which], kinds[which], days[which])

    @rule(which=COPY, record_id=records, day=PAST)
    def withdraw(self, which: int, record_id: str, day: date | None) -> None:
        self.attempt(which, lambda batch: batch.withdraw(record_id, true_from=day))

    @rule(target=records, which=COPY, record_id=records, back=BACK)
    def divide(self, which: int, record_id: str, back: int) -> object:
        day = self.clocks[which].at.date() - timedelta(days=back)
        found = [one for one in self.copies[which].as_of(day).records if one.record_id == record_id]
        cells = sorted(cells_of(found[0].geometry)) if found else []
        if len(cells) < 2:
            return multiple()
        halves = [outline(frozenset(cells[: len(cells) // 2])), outline(frozenset(cells[len(cells) // 2 :]))]
        made = self.attempt(which, lambda batch: batch.divide(record_id, halves, true_from=day))
        return multiple(*(made if isinstance(made, tuple) else ()))

    @rule(target=records, which=COPY, one=records, other=records)
    def join(self, which: int, one: str, other: str) -> object:
        made = self.attempt(which, lambda batch: batch.join([one, other]))
        return multiple(*([made] if isinstance(made, str) else []))

    @rule(which=COPY, cells=CELLS, record_id=st.none() | records, steps=st.integers(0, 4))
    def draft(self, which: int, cells: Cells, record_id: str | None, steps: int) -> None:
        copy = self.copies[which]
        try:
            seen = None if record_id is None else len(copy.history(record_id))
        except RecordUnknown:
            return
        new = Entry(RecordKind.SUSPECTED, outline(cells), true_from=date(2003, 1, 1))
        draft_id = copy.desk(CHAIN[0][0]).draft(new, why="w", source="s", record_id=record_id, seen_version=seen)
        for actor, to in CHAIN[:steps]:
            copy.desk(actor).advance(draft_id, to, why="w")

    @rule(which=COPY, nth=st.integers(0, 9), back_to_draft=st.booleans())
    def take_a_shared_draft_further(self, which: int, nth: int, back_to_draft: bool) -> None:
        """Also what the other copy takes elsewhere."""
        if not self.drafts:
            return
        draft_id = self.drafts[nth % len(self.drafts)]
        for actor, to in CHAIN:
            with suppress(RightMissing, DraftUnknown, VersionMoved):
                self.copies[which].desk(actor).advance(draft_id, "draft" if back_to_draft else to, why="w")

    @rule(which=COPY, setting=st.sampled_from(sorted(TABLES)), number=st.integers(0, 2))
    def set_a_table(self, which: int, setting: str, number: int) -> None:
        """A word about a table replaces all that its copy knows of; nothing else does."""
        table = f"{TABLES[setting]}# {number}\n"
        with self.copies[which].batch(by=f"copy {which}", why="board", source="s") as batch:
            batch.configure(setting, table)
        word = Word(len(self.replaces), setting, table)
        self.replaces[word] = {one for one in self.heard[which] if one.setting == setting}
        self.heard[which].add(word)

    @rule(setting=st.sampled_from(sorted(TABLES)), numbers=st.tuples(st.integers(0, 2), st.integers(0, 2)))
    def set_a_table_apart(self, setting: str, numbers: tuple[int, int]) -> None:
        for which in range(2):
            self.set_a_table(which, setting, numbers[which])

    def tables_wait_that_were_set_apart(self, merged: Register) -> None:
        heard = self.heard[0] | self.heard[1]
        stand = heard - {old for word in heard for old in self.replaces[word]}
        expected = {
            setting: {word.table for word in stand if word.setting == setting}
            for setting in TABLES
            if len({word.table for word in stand if word.setting == setting}) > 1
        }
        found = merged.table_conflicts()
        assert {one.setting: {side.body["value"] for side in one.sides} for one in found} == expected
        for one in found:
            assert merged._programme.setting(one.setting) == one.holds.body["value"]
        self.heard = [set(heard), set(heard)]

    # Coming together -------------------------------------------------------------------------------------------------

    @rule()
    def come_together_and_go_on(self) -> None:
        merged = self.come_together()
        for copy in self.copies:
            copy.close()
        self.part(merged)

    def come_together(self) -> Path:
        folder = Path(self.folder.name)
        self.merges += 1
        paths = [copy.path for copy in self.copies]
        for copy in self.copies:
            copy.settle()
        both = []
        for name, order in (("forth", paths), ("back", paths[::-1])):
            into = folder / f"{name}{self.merges}.gpkg"
            merge(order, into, by="m", why="back from the field")
            both.append(into)
        with Register.open(both[0], read_only=True) as forth, Register.open(both[1], read_only=True) as back:
            events = tuple(forth.events())
            assert events == tuple(back.events()), "the order of the copies made a difference"
            for register in (forth, back):
                verification = register.verify()
                assert verification.is_sound, verification.breaks
            held = {event.event_id for event in events}
            for copy in self.copies:
                assert {event.event_id for event in copy.events()} <= held, "an event was lost"
            instants = sorted({event.recorded_at for event in events})
            for known_on in (None, *instants[-3:]):
                assert answers(forth, known_on) == answers(back, known_on)
                self.adds_up(answers(forth, known_on)[ASKED[-1]], forth, known_on)
            assert answers(forth, self.parted_at) == self.then, "what was known before they parted is what it was"
            self.no_danger_is_merged_away(answers(forth))
            self.tables_wait_that_were_set_apart(forth)
            assert {draft.draft_id: draft.stage for draft in forth.desk(CHAIN[1][0]).drafts()} == {
                draft.draft_id: draft.stage for draft in back.desk(CHAIN[1][0]).drafts()
            }
        for copy in self.copies:
            assert answers(copy, self.parted_at) == self.then, "what was known then is no longer what was known then"
        return both[0]

    def no_danger_is_merged_away(self, merged: dict[date, Answer]) -> None:
        changed = [
            {event.record_id for event in copy.events(after=self.parted_seq) if event.record_id} for copy in self.copies
        ]
        for which, copy in enumerate(self.copies):
            mine, theirs = changed[which], changed[1 - which]
            for day, answer in answers(copy).items():
                for record_id in {*answer, *(one for one in merged[day] if one in mine)}:
                    here, there = answer.get(record_id), merged[day].get(record_id)
                    if record_id not in theirs:
                        assert here == there, "nobody else touched it"
                    elif record_id in mine and here is not None and here.layer in OPEN:
                        assert there is not None
                        assert there.layer in OPEN, "danger was merged away"
                        assert there.cells >= here.cells

    def adds_up(self, states: Answer, register: Register, known_on: datetime | None) -> None:
        records = register.as_of(ASKED[-1], known_on).records
        found = balance([Parcel(one.record_id, SHARE_OF_KIND[one.kind], one.geometry) for one in records])
        for share, cells in shares(states.values()).items():
            assert getattr(found, f"{share}_m2") == pytest.approx(area_m2(cells), rel=1e-9, abs=1e-3)
        whole = shapely.union_all([record.geometry for record in records])
        assert found.reported_m2 == pytest.approx(area_m2(cells_of(whole)), rel=1e-9, abs=1e-3)


def test_random_lives_of_copies_come_together_whole_in_any_order(blank_register: Path) -> None:
    run_lives(LivesOfCopies, blank_register, examples=3, steps=10)


@pytest.mark.slow
def test_many_random_lives_of_copies_come_together_whole_in_any_order(blank_register: Path) -> None:
    run_lives(LivesOfCopies, blank_register, examples=200, steps=40)
