"""Every mistake can be put right: imports undone, rows settled, conflicts decided; and nothing is lost by it.

2026-11-28, reviewers in the role of new users: an import without its reference system stayed for ever, the same file
was "already imported", rows in quarantine counted for ever, and no command withdrew, revised or decided anything.
"""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from merestone.register import (
    Entry,
    Register,
    SettledAs,
    StillDependedOn,
    entry_of,
    merge,
)
from merestone.terms import FieldRefused, RecordKind

SQUARE = shapely.box(17.0, 45.0, 17.01, 45.01)
WIDER = shapely.box(17.0, 45.0, 17.02, 45.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "R.gpkg"
    Register.create(path).close()
    return path


def take_in(register: Register, count: int = 2, quarantined: int = 1) -> list[str]:
    with register.batch(
        by="n", why="w", source="survey", kind=RecordKind.SUSPECTED, file_name="f.csv", file_sha256="0" * 64
    ) as batch:
        ids = [batch.record(Entry(RecordKind.SUSPECTED, SQUARE, 5.0, {"n": i})) for i in range(count)]
        for row in range(quarantined):
            batch.quarantine(row, "raw", ["no geometry"])
    return ids


def test_an_import_is_undone_whole_and_what_was_known_before_stays_known(path: Path) -> None:
    with Register.open(path) as register:
        take_in(register)
        before = register.head()
        snapshot = register.as_of()
        [taken] = register.imports()
        with register.batch(by="m", why="wrong file", source="ops") as batch:
            undone = batch.undo_import(taken.batch_id)
        assert (undone.withdrawn, undone.restored, undone.rows_settled) == (2, 0, 1)
        assert register.as_of().records == ()
        assert register.as_of().quarantined_count == 0
        then = register.as_of(known_on=before.recorded_at)
        assert (then.records, then.quarantined_count) == (snapshot.records, 1)
        [after] = register.imports()
        assert after.undone_by == "m"
        assert register.find_import("0" * 64, RecordKind.SUSPECTED) is None
        assert register.verify().is_sound
        with (
            register.batch(by="m", why="again", source="ops") as batch,
            pytest.raises(FieldRefused, match="was undone"),
        ):
            batch.undo_import(taken.batch_id)


def test_what_rests_on_an_import_is_told_and_has_to_be_insisted_on(path: Path) -> None:
    with Register.open(path) as register:
        moved, joined, other, named = take_in(register, count=4, quarantined=0)
        [taken] = register.imports()
        with register.batch(by="ops", why="w", source="s") as batch:
            batch.move(moved, "in_work")
            batch.withdraw(other)  # a plain withdrawal is nothing that rests on it
        with register.batch(by="ops", why="w", source="s") as batch:
            heirs = batch.divide(
                joined, [shapely.box(17.0, 45.0, 17.005, 45.01), shapely.box(17.005, 45.0, 17.01, 45.01)]
            )
        with register.batch(by="ops", why="w", source="s") as batch:
            entry = entry_of(register.present(heirs[0]))
            assert isinstance(entry, Entry)
            batch.revise(heirs[0], replace(entry, evidence=(named,)))
        head = register.head().seq
        with pytest.raises(StillDependedOn) as refused, register.batch(by="m", why="w", source="s") as batch:
            batch.undo_import(taken.batch_id)
        whats = {(dependent.record_id, dependent.what) for dependent in refused.value.dependents}
        assert (moved, "was moved to in_work") in whats
        assert (joined, "was divided or joined") in whats
        assert any(record_id == named and what.startswith("is named by") for record_id, what in whats)
        assert not any(record_id == other for record_id, _ in whats)
        assert register.head().seq == head
        with register.batch(by="m", why="w", source="s") as batch:
            undone = batch.undo_import(taken.batch_id, force=True)
        assert undone.withdrawn == 3  # what was divided held until then; one was withdrawn before
        assert {record.record_id for record in register.as_of().records} == set(heirs)
        assert register.verify().is_sound


def test_a_revision_by_an_import_is_taken_back_day_by_day(path: Path) -> None:
    with Register.open(path) as register:
        [record_id] = take_in(register, count=1, quarantined=0)
        with register.batch(by="n", why="w", source="s") as batch:
            batch.revise(record_id, Entry(RecordKind.SUSPECTED, WIDER, 7.0, true_from=date(2025, 1, 1)))
        days = [date(2024, 1, 1), date(2025, 6, 1), date(2026, 6, 1)]
        before = [register.as_of(day).records for day in days]
        with register.batch(
            by="n", why="w", source="s", kind=RecordKind.SUSPECTED, file_name="g", file_sha256="1"
        ) as batch:
            batch.revise(record_id, Entry(RecordKind.SUSPECTED, SQUARE, 9.0, true_from=date(2024, 6, 1)))
        assert [r.accuracy_m for r in register.as_of(days[1]).records] == [9.0]
        with register.batch(by="n", why="w", source="s") as batch:
            undone = batch.undo_import(register.imports()[1].batch_id)
        assert (undone.withdrawn, undone.restored) == (0, 1)
        after = [register.as_of(day).records for day in days]
        for one, other in zip(before, after, strict=True):
            assert [(r.accuracy_m, r.geometry, r.source) for r in one] == [
                (r.accuracy_m, r.geometry, r.source) for r in other
            ]
        assert register.verify().is_sound


def test_a_settled_row_no_longer_counts_and_can_be_reopened(path: Path) -> None:
    with Register.open(path) as register:
        [record_id] = take_in(register, count=1, quarantined=3)
        known = register.head().recorded_at
        first, second, third = register.quarantined()
        with register.batch(by="m", why="looked", source="s") as batch:
            batch.settle([first.event_id], SettledAs.TAKEN_OTHERWISE, records={first.event_id: record_id})
            batch.settle([second.event_id], SettledAs.WITHOUT_PLACE)
        assert [row.event_id for row in register.quarantined()] == [third.event_id]
        assert register.as_of().quarantined_count == 1
        assert register.as_of(known_on=known).quarantined_count == 3
        settled = {row.event_id: row.settled for row in register.quarantined(settled_too=True)}
        decision = settled[first.event_id]
        assert decision is not None
        assert decision.record_id == record_id
        with register.batch(by="m", why="w", source="s") as batch:
            with pytest.raises(FieldRefused, match="was settled before"):
                batch.settle([first.event_id], SettledAs.NO_RECORD)
            with pytest.raises(FieldRefused, match="waits already"):
                batch.settle([third.event_id], SettledAs.REOPENED)
            with pytest.raises(FieldRefused, match="not in quarantine"):
                batch.settle(["ab"], SettledAs.NO_RECORD)
            batch.settle([second.event_id], SettledAs.REOPENED)
        assert register.as_of().quarantined_count == 2
        assert register.verify().is_sound


@pytest.mark.parametrize("taken", [0, 1])
def test_a_conflict_is_decided_for_one_side_on_every_day_on_which_the_sides_differ(path: Path, taken: int) -> None:
    other, merged = path.with_name("S.gpkg"), path.with_name("M.gpkg")
    with Register.open(path) as register:
        [record_id] = take_in(register, count=1, quarantined=0)
    shutil.copy(path, other)
    spans = [(path, 7.0, date(2025, 1, 1)), (other, 9.0, date(2026, 1, 1))]
    for copy, accuracy_m, true_from in spans:
        with Register.open(copy) as register, register.batch(by=copy.name, why="w", source="s") as batch:
            batch.revise(record_id, Entry(RecordKind.SUSPECTED, WIDER, accuracy_m, true_from=true_from))
    days = [date(2024, 1, 1), date(2025, 6, 1), date(2026, 6, 1)]
    with Register.open(spans[taken][0], read_only=True) as register:
        wanted = [register.as_of(day).records[0].accuracy_m for day in days]
    merge([path, other], merged, by="m", why="back")
    with Register.open(merged) as register:
        assert register.conflicts() == (record_id,)
        sides = register.sides(record_id)
        assert {side.by for side in sides} == {"R.gpkg", "S.gpkg"}
        [side] = [one for one in sides if one.by == spans[taken][0].name]
        with register.batch(by="m", why="decided", source="s") as batch:
            with pytest.raises(FieldRefused, match="not a side"):
                batch.resolve(record_id, register.head().event_id)
            batch.resolve(record_id, side.event_id)
        assert register.conflicts() == ()
        assert [register.as_of(day).records[0].accuracy_m for day in days] == wanted
        assert register.verify().is_sound


class Corrections(RuleBasedStateMachine):
    """All corrections at random against a plain model: a table of records, one of rows, and a copy after each step."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.register = Register.create(Path(self.folder.name) / "R.gpkg", clock=lambda: self.now)
        self.shown: dict[str, float] = {}
        self.imports: dict[str, tuple[list[str], list[str]]] = {}
        self.touched: set[str] = set()
        # Kept in the order in which they came: identities are drawn at random, and so would be the order of a set.
        self.waiting: dict[str, None] = {}
        self.settled: dict[str, None] = {}
        self.past: list[tuple[datetime, dict[str, float], int]] = []
        self.events = 1

    def teardown(self) -> None:
        """Every event of every step is there, and the register is sound."""
        assert self.register.verify().is_sound
        assert self.register.head().seq >= self.events
        self.register.close()
        self.folder.cleanup()

    def batch(self) -> Any:
        self.now += timedelta(hours=1)
        return self.register.batch(by="n", why="w", source="s")

    @initialize()
    def begin(self) -> None:
        self.take(1, 1)

    @rule(records=st.integers(0, 3), rows=st.integers(0, 2))
    def take(self, records: int, rows: int) -> None:
        self.now += timedelta(hours=1)
        before = {row.event_id for row in self.register.quarantined(settled_too=True)}
        with self.register.batch(
            by="n", why="w", source="s", kind=RecordKind.SUSPECTED, file_name="f", file_sha256="0"
        ) as batch:
            ids = [batch.record(Entry(RecordKind.SUSPECTED, SQUARE, 5.0)) for _ in range(records)]
            for row in range(rows):
                batch.quarantine(row, "raw", ["r"])
        new = [row.event_id for row in self.register.quarantined() if row.event_id not in before]
        self.shown |= dict.fromkeys(ids, 5.0)
        self.waiting |= dict.fromkeys(new)
        self.imports[batch.batch_id] = (ids, new)

    @rule(data=st.data(), accuracy_m=st.integers(0, 100))
    @precondition(lambda self: self.shown)
    def revise(self, data: st.DataObject, accuracy_m: int) -> None:
        record_id = data.draw(st.sampled_from(list(self.shown)))
        entry = entry_of(self.register.present(record_id))
        assert isinstance(entry, Entry)
        with self.batch() as batch:
            batch.revise(record_id, replace(entry, accuracy_m=float(accuracy_m)))
        self.shown[record_id] = float(accuracy_m)
        self.touched.add(record_id)

    @rule(data=st.data())
    @precondition(lambda self: self.shown)
    def withdraw(self, data: st.DataObject) -> None:
        record_id = data.draw(st.sampled_from(list(self.shown)))
        with self.batch() as batch:
            batch.withdraw(record_id)
        del self.shown[record_id]

    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        gone = [one for ids, _ in self.imports.values() for one in ids if one not in self.shown]
        if not gone:
            return
        record_id = data.draw(st.sampled_from(gone))
        entry = entry_of(self.register.last_stated(record_id))
        assert isinstance(entry, Entry)
        with self.batch() as batch:
            batch.revise(record_id, entry)
        self.shown[record_id] = float(entry.accuracy_m or 0.0)
        self.touched.add(record_id)

    @rule(data=st.data(), force=st.booleans())
    @precondition(lambda self: self.imports)
    def undo(self, data: st.DataObject, force: bool) -> None:
        batch_id = data.draw(st.sampled_from(list(self.imports)))
        ids, rows = self.imports[batch_id]
        if self.touched & set(ids) and not force:
            with pytest.raises(StillDependedOn), self.batch() as batch:
                batch.undo_import(batch_id)
            return
        with self.batch() as batch:
            undone = batch.undo_import(batch_id, force=force)
        assert undone.withdrawn == len(self.shown.keys() & set(ids))
        assert undone.rows_settled == len(self.waiting.keys() & set(rows))
        for record_id in ids:
            self.shown.pop(record_id, None)
        for row in rows:
            if row in self.waiting:
                del self.waiting[row]
                self.settled[row] = None
        del self.imports[batch_id]

    @rule(data=st.data())
    @precondition(lambda self: self.waiting)
    def settle(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(list(self.waiting)))
        with self.batch() as batch:
            batch.settle([row], SettledAs.WITHOUT_PLACE)
        del self.waiting[row]
        self.settled[row] = None

    @rule(data=st.data())
    @precondition(lambda self: self.settled)
    def reopen(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(list(self.settled)))
        with self.batch() as batch:
            batch.settle([row], SettledAs.REOPENED)
        del self.settled[row]
        self.waiting[row] = None

    @invariant()
    def what_is_shown_is_the_model_s_and_the_past_stays_as_it_was_known(self) -> None:
        snapshot = self.register.as_of()
        assert {record.record_id: record.accuracy_m for record in snapshot.records} == self.shown
        assert snapshot.quarantined_count == len(self.waiting)
        assert {row.event_id for row in self.register.quarantined()} == self.waiting.keys()
        self.past.append((self.now, dict(self.shown), len(self.waiting)))
        for known_on, shown, waiting in self.past[-6:]:
            then = self.register.as_of(known_on=known_on)
            assert {record.record_id: record.accuracy_m for record in then.records} == shown
            assert then.quarantined_count == waiting
        self.events = self.register.head().seq


TestCorrections = Corrections.TestCase
TestCorrections.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
