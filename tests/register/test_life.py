"""Random lives of random records: the register always answers as a plain list of all that was said would."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from shapely import box
from shapely.geometry.base import BaseGeometry

from merestone.register import Entry, Register, VersionMoved
from merestone.terms import RecordKind
from tests.register.conftest import Clock
from tests.register.lives import run_lives

DAYS = st.none() | st.dates(date(2000, 1, 1), date(2025, 12, 31))
KINDS = st.sampled_from(list(RecordKind))
OUTLINES = st.builds(lambda west, width: box(west, 0, west + width, 1), st.integers(-90, 90), st.integers(1, 9))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    first, second = draw(DAYS), draw(DAYS)
    if first is not None and second is not None and second <= first:
        first, second = second, first + timedelta(days=1)
    accuracy_m = draw(st.none() | st.integers(0, 500).map(float))
    return Entry(draw(KINDS), draw(OUTLINES), accuracy_m, {"n": draw(st.integers(0, 9))}, first, second)


@dataclass
class Said:
    """One thing that was said, as a person with a pencil would list it."""

    record_id: str
    entry: Entry | None
    true_from: date | None
    true_until: date | None
    at: datetime


def holds(said: list[Said], day: date, known_at: datetime | None) -> dict[str, Entry]:
    """The oracle: go through the list in order; whoever speaks of the day replaces what was said of it before."""
    state: dict[str, Entry | None] = {}
    for one in said:
        known = known_at is None or one.at <= known_at
        speaks = (one.true_from or date.min) <= day < (one.true_until or date.max)
        if known and speaks:
            state[one.record_id] = one.entry
    return {record_id: entry for record_id, entry in state.items() if entry is not None}


class Lives(RuleBasedStateMachine):
    """Record, revise and withdraw, in batches that are kept and batches that fail; ask for any pair of times."""

    records = Bundle("records")

    def __init__(self, blank: Path) -> None:
        super().__init__()
        self.blank = blank

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
        path = Path(shutil.copy(self.blank, Path(self.folder.name) / "r.gpkg"))
        self.register = Register.open(path, clock=self.clock)
        self.said: list[Said] = []
        self.versions: dict[str, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "register"):
            self.register.close()
            self.folder.cleanup()

    def heard(self, record_id: str, entry: Entry | None, true_from: date | None, true_until: date | None) -> None:
        at = self.register.head().recorded_at
        self.said.append(Said(record_id, entry, true_from, true_until, at))
        self.versions[record_id] = self.versions.get(record_id, 0) + 1

    @rule(target=records, new=st.lists(entries(), min_size=1, max_size=4))
    def record(self, new: list[Entry]) -> object:
        with self.register.batch(by="a", why="w", source="s") as batch:
            ids = [batch.record(entry) for entry in new]
        for record_id, entry in zip(ids, new, strict=True):
            self.heard(record_id, entry, entry.true_from, entry.true_until)
        return multiple(*ids)

    @rule(record_id=records, entry=entries())
    def revise(self, record_id: str, entry: Entry) -> None:
        with self.register.batch(by="b", why="w", source="s") as batch:
            version = batch.revise(record_id, entry, seen_version=self.versions[record_id])
        self.heard(record_id, entry, entry.true_from, entry.true_until)
        assert version == self.versions[record_id]

    @rule(record_id=records, entry=entries(), behind=st.integers(1, 3))
    def revise_what_moved(self, record_id: str, entry: Entry, behind: int) -> None:
        with pytest.raises(VersionMoved), self.register.batch(by="c", why="w", source="s") as batch:
            batch.revise(record_id, entry, seen_version=self.versions[record_id] + behind)

    @rule(record_id=records, day=DAYS)
    def withdraw(self, record_id: str, day: date | None) -> None:
        with self.register.batch(by="d", why="w", source="s") as batch:
            batch.withdraw(record_id, true_from=day)
        self.heard(record_id, None, day, None)

    @rule(record_id=consumes(records), entry=entries())
    def revise_and_withdraw_in_one_batch(self, record_id: str, entry: Entry) -> None:
        with self.register.batch(by="e", why="w", source="s") as batch:
            batch.revise(record_id, entry)
            batch.withdraw(record_id, true_from=date(2020, 1, 1))
        self.heard(record_id, entry, entry.true_from, entry.true_until)
        self.heard(record_id, None, date(2020, 1, 1), None)

    @rule(new=entries())
    def fail(self, new: Entry) -> None:
        def write() -> None:
            with self.register.batch(by="f", why="w", source="s") as batch:
                batch.record(new)
                raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            write()

    @rule(day=st.dates(date(1999, 1, 1), date(2027, 1, 1)), back=st.none() | st.integers(0, 20))
    def ask(self, day: date, back: int | None) -> None:
        known_at = None if back is None or back >= len(self.said) else self.said[-1 - back].at
        records = self.register.as_of(true_on=day, known_on=known_at).records
        expected = holds(self.said, day, known_at)
        assert {record.record_id: facts(record.kind, record.geometry, record.accuracy_m) for record in records} == {
            record_id: facts(entry.kind, entry.geometry, entry.accuracy_m) for record_id, entry in expected.items()
        }
        if known_at is None:
            assert all(record.version == self.versions[record.record_id] for record in records)

    @invariant()
    def projection_is_the_fold_of_the_events(self) -> None:
        if hasattr(self, "register"):
            verification = self.register.verify()
            assert verification.is_sound, verification.breaks
            assert verification.records == len(self.versions)

    @invariant()
    def layers_show_what_was_said_of_the_last_days(self) -> None:
        if not hasattr(self, "register"):
            return
        shown: dict[str, tuple[str, float | None]] = {}
        with closing(sqlite3.connect(self.register.path)) as connection:
            for kind in RecordKind:
                for record_id, accuracy_m in connection.execute(f"SELECT record_id, accuracy_m FROM {kind}"):
                    assert record_id not in shown, "a record stands in two layers"
                    shown[record_id] = (kind.value, accuracy_m)
        expected = {}
        for record_id in self.versions:
            mine = [one for one in self.said if one.record_id == record_id]
            last_day = max(one.true_until or date.max for one in mine) - timedelta(days=1)
            entry = holds(mine, last_day, None).get(record_id)
            if entry is not None:
                expected[record_id] = (entry.kind.value, entry.accuracy_m)
        assert shown == expected


def facts(kind: RecordKind, outline: BaseGeometry, accuracy_m: float | None) -> tuple[str, bytes, float | None]:
    wkb: bytes = outline.wkb
    return kind.value, wkb, accuracy_m


def test_random_lives_answer_as_a_plain_list_would(blank_register: Path) -> None:
    run_lives(Lives, blank_register, examples=12, steps=20)


@pytest.mark.slow
def test_many_random_lives_answer_as_a_plain_list_would(blank_register: Path) -> None:
    run_lives(Lives, blank_register, examples=300, steps=50)
