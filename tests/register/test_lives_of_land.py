"""Random lives of random land: states, divisions, joins, corrections and reopenings, against sets and plain lists.

The land is a lattice of cells, each measured once with GeographicLib. A record is a set of cells, so the balance that
must come out is a count over sets; the register's answers, and `merestone balance`, must say the same.
"""

import functools
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner
from geographiclib.geodesic import Geodesic
from hypothesis import HealthCheck
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
from shapely.geometry.base import BaseGeometry

from merestone.cli.balance import balance_command
from merestone.register import Entry, RecordUnknown, Register, Sheet, StepRefused
from merestone.register.programme.life_cycle import default_table
from merestone.register.write.lineage import lineage_of
from merestone.terms import Activity, FieldRefused, RecordKind
from tests.register.conftest import Clock
from tests.register.lives import QUIET, run_lives

# The land ------------------------------------------------------------------------------------------------------------

CELL_DEG = 0.01
COLUMNS, ROWS = 4, 3
Cell = tuple[int, int]
Cells = frozenset[Cell]
LAND: Cells = frozenset((column, row) for column in range(COLUMNS) for row in range(ROWS))


@functools.cache
def cell_m2(row: int) -> float:
    """GeographicLib's area of one cell. Its edges are geodesics and ours parallels: hence many short ones."""
    west, south, pieces = 0, row, 64
    along = [number / pieces for number in range(pieces)]
    ring = (
        [(west + part, south) for part in along]
        + [(west + 1, south + part) for part in along]
        + [(west + 1 - part, south + 1) for part in along]
        + [(west, south + 1 - part) for part in along]
    )
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in ring:
        polygon.AddPoint(lat * CELL_DEG, lon * CELL_DEG)
    return float(polygon.Compute(False, True)[2])


def area_m2(cells: Iterable[Cell]) -> float:
    return sum(cell_m2(row) for _, row in cells)


@functools.cache
def outline(cells: Cells) -> BaseGeometry:
    corners = [CELL_DEG * number for number in range(max(COLUMNS, ROWS) + 1)]
    boxes = [shapely.box(corners[x], corners[y], corners[x + 1], corners[y + 1]) for x, y in sorted(cells)]
    return shapely.union_all(boxes)


def cells_of(shape: BaseGeometry) -> Cells:
    """The cells that an outline covers; it must be made of whole ones."""
    return _cells_of(shape.wkb)


@functools.cache
def _cells_of(wkb: bytes) -> Cells:
    shape = shapely.from_wkb(wkb)
    found = frozenset(cell for cell in LAND if shape.intersection(outline(frozenset({cell}))).area > CELL_DEG**2 / 2)
    assert shape.symmetric_difference(outline(found)).area < 1e-12
    return found


# The table, read as text, and what IMAS 07.11 says of each state ----------------------------------------------------

STEPS = {
    (before, after): ("needs_evidence: true" in rest, re.search(r"activity: (\w+)", rest))
    for before, after, rest in re.findall(r"- {from: (\w+), to: (\w+)(.*)}", default_table())
}
LAYERS = {
    "indication": ["suspected"],
    "sha": ["suspected"],
    "cha": ["confirmed"],
    "in_work": ["suspected", "confirmed"],
    "cancelled": ["cancelled"],
    "reduced": ["reduced"],
    "cleared": ["cleared"],
    "handed_over": ["cancelled", "reduced", "cleared"],
    "reopened": ["suspected", "confirmed"],
}
OPEN = {"suspected", "confirmed"}
STRONGEST_FIRST = ("cleared", "reduced", "cancelled", "open")


@dataclass(frozen=True)
class State:
    """What is said of a record: its place in its life, and its cells."""

    status: str
    layer: str
    cells: Cells
    donor: str
    accuracy_m: float | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """One thing that was said of one record, as a person with a pencil would list it."""

    record_id: str
    state: State | None
    true_from: date | None
    true_until: date | None
    at: datetime

    def speaks_of(self, day: date) -> bool:
        return (self.true_from or date.min) <= day < (self.true_until or date.max)


def holding(said: Iterable[Said], day: date) -> dict[str, State]:
    """Go through the list in order; whoever speaks of the day replaces what was said of it before."""
    found: dict[str, State | None] = {}
    for one in said:
        if one.speaks_of(day):
            found[one.record_id] = one.state
    return {record_id: state for record_id, state in found.items() if state is not None}


def shares(states: Iterable[State]) -> dict[str, Cells]:
    """Each cell once: to the strongest that claims it."""
    claimed: dict[str, set[Cell]] = {share: set() for share in STRONGEST_FIRST}
    for state in states:
        claimed["open" if state.layer in OPEN else state.layer] |= state.cells
    given: dict[str, Cells] = {}
    taken: set[Cell] = set()
    for share in STRONGEST_FIRST:
        given[share] = frozenset(claimed[share] - taken)
        taken |= claimed[share]
    return given


CELLS = st.frozensets(st.sampled_from(sorted(LAND)), min_size=1, max_size=6)
DONORS = st.sampled_from(["", "A", "B"])
PAST = st.none() | st.dates(date(2000, 1, 1), date(2025, 12, 31))
BACK = st.just(0) | st.integers(0, 9000)
"""Days before today."""


class LivesOfLand(RuleBasedStateMachine):
    """Every act on an area's life, allowed and forbidden, and questions about any pair of times."""

    records = Bundle("records")

    def __init__(self, blank: Path) -> None:
        super().__init__()
        self.blank = blank

    @initialize(target=records, cells=st.tuples(*[CELLS] * 4))
    def begin(self, cells: tuple[Cells, ...]) -> object:
        """A register in mid-life: one area of each share, lying across each other as they happen to."""
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
        path = Path(shutil.copy(self.blank, Path(self.folder.name) / "land.gpkg"))
        self.register = Register.open(path, clock=self.clock)
        with self.register.batch(by="a", why="survey", source="synthetic") as batch:
            finding = {"local_id": "E1", "finding": "seen_ordnance"}
            self.evidence = batch.record(Sheet("evidence", finding, true_from=date(1990, 1, 1)))
        self.said: list[Said] = []
        self.families: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self.shown: dict[tuple[date, datetime], dict[str, object]] = {}
        found = zip(("sha", "cancelled", "reduced", "cleared"), cells, strict=True)
        return multiple(*[self.report(status, mine, "A", 5.0, date(2001, 1, 1)) for status, mine in found])

    def teardown(self) -> None:
        if hasattr(self, "register"):
            for (day, known_at), then in self.shown.items():
                assert self.answer(day, known_at) == then, "what was known then is no longer what was known then"
            self.register.close()
            self.folder.cleanup()

    # What the pencil knows -------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.clock.at.date()

    def heard(
        self, record_id: str, state: State | None, true_from: date | None, true_until: date | None = None
    ) -> None:
        self.said.append(Said(record_id, state, true_from, true_until, self.register.head().recorded_at))

    def last_turn(self, mine: list[Said]) -> date:
        """The last day that anybody spoke of."""
        return max(one.true_until or date.max for one in mine) - timedelta(days=1)

    def present(self, record_id: str) -> State | None:
        """What was last stated of a record."""
        mine = [one for one in self.said if one.record_id == record_id]
        return holding(mine, self.last_turn(mine)).get(record_id)

    def stands_since(self, record_id: str, day: date) -> bool:
        """Whether what was last stated is what held on each day from one on, day by day where anything turns."""
        mine = [one for one in self.said if one.record_id == record_id]
        last = self.last_turn(mine)

        def word(on: date) -> int | None:
            speaking = [place for place, one in enumerate(mine) if one.speaks_of(on)]
            return speaking[-1] if speaking else None

        if day >= self.today and word(day) is None:  # it begins later than today: the change may come before
            day = min((one.true_from for one in mine if one.true_from and one.true_from > day), default=day)
        turns = {turn for one in mine for turn in (one.true_from, one.true_until) if turn and day < turn <= last}
        return all(word(on) == word(last) for on in {day, *turns})

    def answer(self, day: date, known_on: date | datetime | None) -> dict[str, object]:
        records = self.register.as_of(day, known_on).records
        return {
            record.record_id: State(
                str(record.status),
                record.kind.value,
                cells_of(record.geometry),
                record.attributes.get("donor", ""),
                record.accuracy_m,
                record.evidence,
            )
            for record in records
        }

    # What happens ----------------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 400))
    def time_passes(self, days: int) -> None:
        self.clock.at += timedelta(days=days)

    @rule(days=st.integers(1, 40))
    def clock_is_set_back(self, days: int) -> None:
        self.clock.at = max(self.clock.at - timedelta(days=days), datetime(2026, 1, 1, tzinfo=UTC))

    @rule(
        target=records,
        status=st.sampled_from(["indication", "sha", "sha", "cha", "in_work", "cancelled", "reduced", "cleared"]),
        cells=CELLS,
        donor=DONORS,
        accuracy_m=st.none() | st.sampled_from([5.0, 50.0]),
        day=PAST,
    )
    def report_one(self, status: str, cells: Cells, donor: str, accuracy_m: float | None, day: date | None) -> str:
        """Released land too: files of it are imported without the areas that it came from."""
        return self.report(status, cells, donor, accuracy_m, day)

    def report(self, status: str, cells: Cells, donor: str, accuracy_m: float | None, day: date | None) -> str:
        state = State(status, LAYERS[status][0], cells, donor, accuracy_m)
        with self.register.batch(by="a", why="survey", source="synthetic") as batch:
            record_id = batch.record(self.entry(state, day))
        self.heard(record_id, state, day)
        return record_id

    def entry(self, state: State, true_from: date | None, true_until: date | None = None) -> Entry:
        return Entry(
            RecordKind(state.layer),
            outline(state.cells),
            state.accuracy_m,
            {"donor": state.donor} if state.donor else {},
            true_from,
            true_until,
            status=state.status,
            evidence=state.evidence,
        )

    @rule(
        record_id=records,
        wish=st.sampled_from(sorted(LAYERS)),
        along=st.none() | st.integers(0, 9),
        has_evidence=st.booleans() | st.just(True),
        activity=st.none() | st.sampled_from([Activity.NTS, Activity.TS, Activity.CLEARANCE]),
        back=BACK,
    )
    def move(
        self,
        record_id: str,
        wish: str,
        along: int | None,
        has_evidence: bool,
        activity: Activity | None,
        back: int,
    ) -> None:
        """Half of the wishes are for a step that the table has, or few lives would go far."""
        before, day = self.present(record_id), self.today - timedelta(days=back)
        allowed = [] if before is None else [after for one, after in STEPS if one == before.status]
        to = allowed[along % len(allowed)] if allowed and along is not None else wish
        evidence = (self.evidence,) if has_evidence else ()
        refused: type[Exception] | None = None
        if before is None:
            refused = RecordUnknown
        elif (before.status, to) not in STEPS:
            refused = StepRefused
        else:
            needs, works = STEPS[before.status, to]
            if (needs and not evidence) or (works and activity and works[1] != activity.value):
                refused = StepRefused
            elif not self.stands_since(record_id, day):
                refused = FieldRefused
        why = f"moved to {to}"

        def act() -> None:
            with self.register.batch(by="b", why=why, source="synthetic") as batch:
                batch.move(record_id, to, evidence=evidence, activity=activity, true_from=day)

        if refused is not None:
            self.leaves_no_trace(act, refused)
            return
        assert before is not None
        act()
        layer = before.layer if before.layer in LAYERS[to] else LAYERS[to][0]
        self.heard(record_id, replace(before, status=to, layer=layer, evidence=evidence), day)
        last = self.register.history(record_id)[-1]
        assert (last.by, last.why, last.body["status"]) == ("b", why, to)
        assert tuple(last.body.get("evidence", ())) == evidence

    def leaves_no_trace(self, act: object, refused: type[Exception]) -> None:
        assert callable(act)
        before = self.register.head()
        with pytest.raises(refused):
            act()
        assert self.register.head() == before

    @rule(record_id=records, cells=CELLS, first=PAST, second=PAST)
    def correct_the_outline(self, record_id: str, cells: Cells, first: date | None, second: date | None) -> None:
        """Of some days of the past, or of all: where it lay was wrong; how it stood was not."""
        before = self.present(record_id)
        if before is None:
            return
        if first is not None and second is not None and second <= first:
            first, second = second, first + timedelta(days=1)
        state = replace(before, cells=cells)
        with self.register.batch(by="c", why="measured anew", source="synthetic") as batch:
            batch.revise(record_id, self.entry(state, first, second))
        self.heard(record_id, state, first, second)

    @rule(record_id=records, day=PAST)
    def withdraw(self, record_id: str, day: date | None) -> None:
        with self.register.batch(by="d", why="recorded twice", source="synthetic") as batch:
            batch.withdraw(record_id, true_from=day)
        self.heard(record_id, None, day)

    @rule(target=records, record_id=consumes(records), deal=st.lists(st.integers(0, 2), min_size=12), back=BACK)
    def divide(self, record_id: str, deal: list[int], back: int) -> object:
        before, day = self.present(record_id), self.today - timedelta(days=back)
        hands: dict[int, set[Cell]] = {}
        for cell, hand in zip(sorted(before.cells if before else ()), deal, strict=False):
            hands.setdefault(hand, set()).add(cell)
        parts = [frozenset(hand) for hand in hands.values()]
        made: list[str] = []

        def act() -> None:
            with self.register.batch(by="e", why="two tasks", source="synthetic") as batch:
                made.extend(batch.divide(record_id, [outline(part) for part in parts], true_from=day))

        if before is None:
            self.leaves_no_trace(act, RecordUnknown)
        elif len(parts) < 2 or not self.stands_since(record_id, day):
            self.leaves_no_trace(act, FieldRefused)
        else:
            act()
            for one, part in zip(made, parts, strict=True):
                self.heard(one, replace(before, cells=part), day, self.end_of(record_id))
                self.families[one] = ((record_id,), ())
            self.heard(record_id, None, day)
            self.families[record_id] = (self.families.get(record_id, ((), ()))[0], tuple(made))
        return multiple(record_id, *made)

    def end_of(self, record_id: str) -> date | None:
        """The stated end of what was last stated."""
        mine = [one for one in self.said if one.record_id == record_id]
        return [one for one in mine if one.speaks_of(self.last_turn(mine))][-1].true_until

    @rule(record_id=records, cells=CELLS)
    def divide_into_other_land(self, record_id: str, cells: Cells) -> None:
        before = self.present(record_id)
        if before is None or cells == before.cells:
            return

        def act() -> None:
            with self.register.batch(by="e", why="two tasks", source="synthetic") as batch:
                batch.divide(record_id, [outline(cells), outline(cells)])

        self.leaves_no_trace(act, FieldRefused)

    @rule(target=records, one=records, other=records, back=BACK)
    def join(self, one: str, other: str, back: int) -> object:
        day = self.today - timedelta(days=back)
        first, second = self.present(one), self.present(other)
        made: list[str] = []

        def act() -> None:
            with self.register.batch(by="f", why="one task", source="synthetic") as batch:
                made.append(batch.join([one, other], true_from=day))

        if first is None or second is None:
            self.leaves_no_trace(act, RecordUnknown)
        elif (
            one == other
            or (first.status, first.layer) != (second.status, second.layer)
            or not (self.stands_since(one, day) and self.stands_since(other, day))
        ):
            self.leaves_no_trace(act, FieldRefused)
        else:
            act()
            accuracies = [first.accuracy_m, second.accuracy_m]
            ends = [self.end_of(one), self.end_of(other)]
            state = replace(
                first,
                cells=first.cells | second.cells,
                donor=first.donor if first.donor == second.donor else "",
                accuracy_m=None if None in accuracies else max(filter(None, accuracies)),
                evidence=tuple(sorted({*first.evidence, *second.evidence})),
            )
            self.heard(made[0], state, day, None if None in ends else max(filter(None, ends)))
            self.families[made[0]] = ((one, other), ())
            for old in (one, other):
                self.heard(old, None, day)
                self.families[old] = (self.families.get(old, ((), ()))[0], (made[0],))
        return multiple(*made)

    # What is asked ---------------------------------------------------------------------------------------------------

    @rule(day=st.dates(date(1999, 1, 1), date(2030, 1, 1)), back=st.none() | st.integers(0, 20))
    def ask(self, day: date, back: int | None) -> None:
        at = None if back is None or back >= len(self.said) else self.said[-1 - back].at
        known = self.said if at is None else [one for one in self.said if one.at <= at]
        found = self.answer(day, at)
        assert found == holding(known, day)
        if at is not None:
            self.shown[day, at] = found

    @rule(day=st.dates(date(1999, 1, 1), date(2030, 1, 1)), known_on=st.dates(date(2025, 12, 1), date(2030, 1, 1)))
    def ask_by_days(self, day: date, known_on: date) -> None:
        known = [one for one in self.said if one.at.date() <= known_on]
        assert self.answer(day, known_on) == holding(known, day)

    @invariant()
    def history_is_sound_and_names_the_families(self) -> None:
        if hasattr(self, "register"):
            verification = self.register.verify()
            assert verification.is_sound, verification.breaks
            for record_id, (came_from, became) in self.families.items():
                found = lineage_of(self.register.history(record_id))
                assert (found[0], found[1][-len(became) :] if became else ()) == (came_from, became)

    @invariant()
    def balance_is_what_the_sets_say(self) -> None:
        if hasattr(self, "register"):
            self.balance_on(self.today, None)

    @rule(day=st.dates(date(1999, 1, 1), date(2027, 1, 1)), back=st.none() | st.integers(0, 20))
    def balance_of_the_past(self, day: date, back: int | None) -> None:
        self.balance_on(day, None if back is None or back >= len(self.said) else self.said[-1 - back].at)

    def balance_on(self, day: date, at: datetime | None) -> None:
        options = ["--true-on", day.isoformat(), "--by", "donor", "--by", "kind", "--json"]
        options += [] if at is None else ["--known-on", at.isoformat()]
        done = CliRunner().invoke(balance_command, [str(self.register.path), *options], catch_exceptions=False)
        found = json.loads(done.output)
        known = [one for one in self.said if at is None or one.at <= at]
        states = list(holding(known, day).values())
        same(found, states)
        for group in ("donor", "kind"):
            by_value: dict[str, list[State]] = {}
            for state in states:
                by_value.setdefault(state.donor if group == "donor" else state.layer, []).append(state)
            assert set(found["groups"][group]) == set(by_value)
            for value, theirs in by_value.items():
                same(found["groups"][group][value], theirs)
        ever = {
            cell
            for one in known
            if one.state is not None and one.state.layer in OPEN and (one.true_from or date.min) <= day
            for cell in one.state.cells
        }
        given = shares(states)
        outside = (given["cleared"] | given["reduced"] | given["cancelled"]) - ever
        assert found["released_outside_m2"] == pytest.approx(area_m2(outside), rel=1e-9, abs=1e-3)


def same(found: Mapping[str, float], states: list[State]) -> None:
    """The figures are those of the sets to 1e-9, and add up."""
    given = shares(states)
    for share, cells in given.items():
        assert found[f"{share}_m2"] == pytest.approx(area_m2(cells), rel=1e-9, abs=1e-3), share
    reported = area_m2(frozenset().union(*given.values()))
    assert found["reported_m2"] == pytest.approx(reported, rel=1e-9, abs=1e-3)
    assert sum(found[f"{share}_m2"] for share in given) == pytest.approx(found["reported_m2"], rel=1e-12, abs=1e-6)
    once = sum(area_m2(state.cells) for state in states)
    assert found["counted_twice_m2"] == pytest.approx(once - reported, rel=1e-9, abs=1e-3)


LOOSE = (*QUIET, HealthCheck.filter_too_much)


def test_random_lives_of_land_keep_to_the_table_and_the_balance_adds_up(blank_register: Path) -> None:
    run_lives(LivesOfLand, blank_register, examples=7, steps=15, quiet=LOOSE)


@pytest.mark.slow
def test_many_random_lives_of_land_keep_to_the_table_and_the_balance_adds_up(blank_register: Path) -> None:
    run_lives(LivesOfLand, blank_register, examples=300, steps=50, quiet=LOOSE)
