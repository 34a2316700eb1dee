"""Every outline ever recorded is what a walk over all events finds."""

from datetime import UTC, date, datetime, timedelta

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.register import Actor, Entry, Register, Role
from merestone.terms import RecordKind
from tests.register.conftest import Clock

HAZARDS = (RecordKind.SUSPECTED, RecordKind.CONFIRMED)


def walked(register: Register, true_on: date, known_on: date | datetime | None) -> list[BaseGeometry]:
    """The oracle: event by event, as `merestone balance` did until 2026-11-28."""
    found = []
    for event in register.events():
        recorded = event.recorded_at if isinstance(known_on, datetime) else event.recorded_at.date()
        if event.record_id is None or (known_on is not None and recorded > known_on):
            continue
        begins = str(event.body.get("true_from") or "")
        if event.body.get("kind") in HAZARDS and event.geometry is not None and begins <= true_on.isoformat():
            found.append(event.geometry)
    return found


@pytest.fixture
def told(register: Register, clock: Clock) -> Register:
    """Records of several kinds and days, revised, withdrawn and moved on; and a draft."""

    def area(place: int, kind: RecordKind, since: str | None = None) -> Entry:
        begins = None if since is None else date.fromisoformat(since)
        return Entry(kind, shapely.box(place, 0, place + 0.5, 0.5), 10.0, true_from=begins)

    with register.batch(by="t", why="t", source="t") as batch:
        ids = [batch.record(area(place, HAZARDS[place % 2], since)) for place, since in enumerate(
            [None, "2020-01-01", "2025-06-01", "2026-06-01"])]  # fmt: skip
        batch.record(area(10, RecordKind.CLEARED, "2020-01-01"))
        batch.record(Entry(RecordKind.CONFIRMED, shapely.Point(20, 0), 10.0))
    clock.at += timedelta(days=1)
    with register.batch(by="t", why="t", source="t") as batch:
        batch.revise(ids[0], area(30, RecordKind.SUSPECTED))
        batch.withdraw(ids[1])
        batch.revise(ids[2], area(40, RecordKind.CANCELLED, "2026-01-01"))
    register.desk(Actor("Anna", "Org", "north", frozenset(Role))).draft(
        area(50, RecordKind.SUSPECTED), why="t", source="t"
    )
    return register


def test_it_finds_what_a_walk_over_all_events_finds(told: Register) -> None:
    """2026-11-28: the balance of 16,000 records spent half a second on reading each event for its outline."""
    instants = [event.recorded_at for event in told.events()]
    known = [None, *(at + timedelta(microseconds=extra) for at in instants for extra in (-1, 0, 1)),
             *(date(2026, 1, 1) + timedelta(days=day) for day in range(-1, 3))]  # fmt: skip
    for known_on in known:
        for true_on in (date(1999, 1, 1), date(2020, 1, 1), date(2025, 6, 1), date(2027, 1, 1)):
            found = told.outlines_ever(*HAZARDS, true_on=true_on, known_on=known_on)
            assert list(found) == walked(told, true_on, known_on)
    assert len(told.outlines_ever(*HAZARDS, true_on=date(2027, 1, 1))) == 6


def test_an_instant_without_a_time_zone_is_refused(register: Register) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        register.outlines_ever(
            *HAZARDS, true_on=date(2026, 1, 1), known_on=datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
        )
    assert len(register.outlines_ever(*HAZARDS, true_on=date(2026, 1, 1))) == 0


def test_rows_of_events_come_as_they_stand(told: Register) -> None:
    """2026-11-28: a merge read, parsed and wrote anew each event that all copies share."""
    events = list(told.events())
    for upto in (1, 3, len(events)):
        found = [row for some in told.event_rows(upto=upto, at_once=2) for row in some]
        assert [(row[0], row[1], row[2], row[10]) for row in found] == [
            (event.seq, event.event_id, event.chain, event.wkb) for event in events[:upto]
        ]
