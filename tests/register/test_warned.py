"""Neither a wrong clock nor a mistyped day hides a hazard; a stated day is answered exactly."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from merestone.register import EXACT, PUBLIC, Entry, Register, Viewer
from merestone.terms import RecordKind, Visibility
from tests.register.conftest import Clock

HERE, ELSEWHERE = box(0.0, 0.0, 0.01, 0.01), box(0.1, 0.1, 0.11, 0.11)


def clock_on(day: date) -> Clock:
    return Clock(datetime(day.year, day.month, day.day, tzinfo=UTC))


def hazard(**given: object) -> Entry:
    kind = given.pop("kind", RecordKind.SUSPECTED)
    outline = given.pop("outline", HERE)
    return Entry(kind, outline, accuracy_m=5.0, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("viewer", [EXACT, PUBLIC])
def test_a_hazard_stated_to_begin_later_warns_already(register: Register, viewer: object) -> None:
    """2026-11-28: a mistyped day in 2062 made `screen` answer "none recorded" inside the area."""
    with register.batch(by="t", why="t", source="t") as batch:
        record_id = batch.record(hazard(true_from=date(2062, 5, 1)))
    found = register.as_of(viewer=viewer)  # type: ignore[arg-type]
    assert found.records == ()
    assert [(one.record_id, one.begins_on) for one in found.hazards] == [(record_id, date(2062, 5, 1))]
    assert found.shown == found.warned_beside
    assert found.hazards[0].geometry.covers(HERE)
    assert found.doubts_of_days == ("1 hazard is stated to begin on 2062-05-01; it is warned of already.",)
    assert found.written_on is not None


def test_a_stated_day_or_known_on_is_answered_exactly(register: Register) -> None:
    with register.batch(by="t", why="t", source="t") as batch:
        batch.record(hazard(true_from=date(2062, 5, 1)))
    assert register.as_of(date(2026, 1, 1)).hazards == ()
    assert register.as_of(known_on=date(2026, 1, 1)).hazards == ()
    assert len(register.as_of(date(2062, 5, 1)).hazards) == 1


def test_what_ended_or_was_withdrawn_warns_no_more(register: Register) -> None:
    with register.batch(by="t", why="t", source="t") as batch:
        batch.record(hazard(true_from=date(2020, 1, 1), true_until=date(2021, 1, 1)))
        gone = batch.record(hazard(outline=ELSEWHERE))
    with register.batch(by="t", why="entered twice", source="t") as batch:
        batch.withdraw(gone)
    assert register.as_of().hazards == ()


def in_2063(clock: Clock) -> datetime:
    """Only a clock that runs ahead lets a revision begin in the future. Gives what it showed before."""
    before, clock.at = clock.at, datetime(2063, 1, 1, tzinfo=UTC)
    return before


def test_states_of_either_day_warn_unless_they_are_the_same_outline(register: Register, clock: Clock) -> None:
    with register.batch(by="t", why="t", source="t") as batch:
        moved, same = batch.record(hazard()), batch.record(hazard(outline=ELSEWHERE))
    today = in_2063(clock)
    with register.batch(by="t", why="t", source="t") as batch:
        batch.revise(moved, hazard(outline=ELSEWHERE, true_from=date(2062, 1, 1)))
        batch.revise(same, hazard(outline=ELSEWHERE, true_from=date(2062, 1, 1)))
    clock.at = today
    found = register.as_of()
    assert [record.record_id for record in found.records] == [moved, same]
    assert [(one.record_id, one.geometry, one.begins_on) for one in found.warned_beside] == [(moved, HERE, None)]
    assert found.doubts_of_days[0].endswith("hazards of both days are warned of. Set the clock.")


def test_land_that_warns_on_either_day_is_not_shown_as_released(register: Register, clock: Clock) -> None:
    with register.batch(by="t", why="t", source="t") as batch:
        record_id = batch.record(hazard())
    today = in_2063(clock)
    with register.batch(by="t", why="cancelled", source="t") as batch:
        batch.revise(record_id, hazard(kind=RecordKind.CANCELLED, true_from=date(2062, 1, 1)))
    clock.at = today
    found = register.as_of()
    assert [record.kind for record in found.records] == [RecordKind.CANCELLED]
    assert [record.kind for record in found.shown] == [RecordKind.SUSPECTED]


def test_the_public_gets_the_states_of_a_hidden_record_as_one_outline(register: Register, clock: Clock) -> None:
    """Two generalised outlines of one record, laid over each other, would tell where it lies."""
    near = box(0.004, 0.004, 0.014, 0.014)
    with register.batch(by="t", why="t", source="t") as batch:
        record_id = batch.record(hazard(visibility=Visibility.RESTRICTED))
    today = in_2063(clock)
    with register.batch(by="t", why="t", source="t") as batch:
        batch.revise(record_id, hazard(outline=near, true_from=date(2062, 1, 1), visibility=Visibility.RESTRICTED))
    clock.at = today
    exact, public = register.as_of(), register.as_of(viewer=PUBLIC)
    assert len(exact.hazards) == 2
    (joined,) = public.hazards
    assert joined.geometry.covers(HERE)
    assert joined.geometry.covers(near)


@given(
    clock=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    written=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    begins=st.none() | st.dates(date(2015, 1, 1), date(2045, 12, 31)),
    lasts=st.none() | st.integers(1, 5000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_no_clock_gives_less_danger_than_its_own_day_or_that_of_the_last_writing(
    blank_register: Path, tmp_path: Path, clock: date, written: date, begins: date | None, lasts: int | None
) -> None:
    """2026-11-28: a register once written by a clock in the future was answered as of that day alone."""
    path = tmp_path / "r.gpkg"
    path.write_bytes(blank_register.read_bytes())
    until = None if lasts is None else date.fromordinal((begins or date(2025, 1, 1)).toordinal() + lasts)
    with Register.open(path, clock=clock_on(written)) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.record(hazard(true_from=begins, true_until=until))
    with Register.open(path, read_only=True, clock=clock_on(clock)) as register:
        found, today = register.as_of(), register.today()
        newest = register.head().recorded_at.date()
        for day in {clock, today, date(2060, 1, 1)} | ({begins} if begins and begins >= clock else set()):
            exactly = {(one.record_id, one.geometry.wkb) for one in register.as_of(day).hazards}
            assert exactly <= {(one.record_id, one.geometry.wkb) for one in found.hazards}
    assert today == max(clock, newest)
    assert (found.clock_on is not None) == (clock < newest)


@given(
    lives=st.lists(
        st.tuples(
            st.sampled_from([RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.CANCELLED, RecordKind.CLEARED]),
            st.none() | st.sampled_from([RecordKind.SUSPECTED, RecordKind.CANCELLED]),
            st.sampled_from([date(2020, 1, 1), date(2062, 1, 1)]),
        ),
        max_size=4,
    ),
    kinds=st.sets(st.sampled_from(RecordKind), min_size=1, max_size=3),
    viewer=st.sampled_from([EXACT, PUBLIC]),
    clock=st.sampled_from([date(2026, 1, 1), date(2063, 1, 1)]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
def test_a_snapshot_of_some_kinds_says_of_them_what_the_whole_one_says(
    blank_register: Path,
    tmp_path: Path,
    lives: list[tuple[RecordKind, RecordKind | None, date]],
    kinds: set[RecordKind],
    viewer: Viewer,
    clock: date,
) -> None:
    """2026-11-28: an export of one kind generalised the records of all kinds, and left out most of them."""
    path = tmp_path / "r.gpkg"
    path.write_bytes(blank_register.read_bytes())
    with Register.open(path, clock=clock_on(date(2063, 1, 1))) as register:
        for place, (first, then, begins) in enumerate(lives):
            outline = box(0.1 * place, 0.0, 0.1 * place + 0.05, 0.05)
            with register.batch(by="t", why="t", source="t") as batch:
                record_id = batch.record(hazard(kind=first, outline=outline))
            if then is not None:
                with register.batch(by="t", why="t", source="t") as batch:
                    batch.revise(record_id, hazard(kind=then, outline=outline, true_from=begins))
    with Register.open(path, read_only=True, clock=clock_on(clock)) as register:
        for day in (None, date(2026, 1, 1)):
            whole, some = register.as_of(day, viewer=viewer), register.as_of(day, viewer=viewer, kinds=kinds)
            expected = [record for record in whole.shown if record.kind in kinds]
            assert [record for record in some.shown if record.kind in kinds] == expected
            assert (some.written_on, some.doubts_of_days) == (whole.written_on, whole.doubts_of_days)
