"""What a register knew at a moment: its newest word about the land, and the last event of which one may speak.

Reads no record and loads nothing for it, so that a program may ask first whether anything changed at all.
"""

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from merestone.register.events.event import Change, instant_of, instant_text
from merestone.register.file.sqlite_driver import Rows

EVERY_EVENT: Final = 2**62
"""A place beyond every event's."""
END_OF_TIME: Final = "9999-12-31T23:59:59.999Z"
"""Whole, as instants in the file are: SQLite would take a year alone for a number, and any text comes after that."""


def known_until(known_on: date | datetime) -> tuple[str, bool]:
    """The bound on ``recorded_at`` that a known-on day or instant means, and whether it is included.

    A day means all that was known when it ended, in UTC.
    """
    if isinstance(known_on, datetime):
        if known_on.tzinfo is None:
            raise ValueError("known_on has no time zone; give an instant in UTC, or a date")
        return instant_text(known_on), True
    if known_on == date.max:  # the calendar has no day after it
        return END_OF_TIME, True
    return f"{(known_on + timedelta(days=1)).isoformat()}T00:00:00.000Z", False


def last_written_on(rows: Rows) -> date | None:
    """The day, in UTC, of the newest word about the land; None before the first."""
    last_at = known_state(rows, None).last_at
    return None if last_at is None else instant_of(last_at).date()


class KnownState(NamedTuple):
    """What the register knew: all of its events, or those up to one."""

    last_at: str | None
    """The instant of the newest word about the land."""
    upto: int
    """The place in the chain of the last event."""


def known_state(rows: Rows, known_on: date | datetime | None) -> KnownState:
    """What was known on a day or at an instant."""
    bound, is_included = (END_OF_TIME, True) if known_on is None else known_until(known_on)
    bounds = {"bound": bound, "is_included": is_included}
    # A draft is no word about the land: it makes no data newer, and nobody may see from a date that there is one.
    # Nor is a decision on a row in quarantine.
    newest = rows(
        "SELECT recorded_at FROM merestone_event WHERE recorded_at <= :bound"
        " AND (:is_included OR recorded_at <> :bound) AND change NOT IN (:drafted, :advanced, :settled)"
        " ORDER BY recorded_at DESC LIMIT 1",
        {**bounds, "drafted": Change.DRAFTED.value, "advanced": Change.ADVANCED.value, "settled": Change.SETTLED.value},
    )
    last_at = newest[0][0] if newest else None
    if known_on is None:
        return KnownState(last_at, EVERY_EVENT)
    ((last,),) = rows(
        "SELECT max(seq) FROM merestone_event WHERE recorded_at <= :bound AND (:is_included OR recorded_at <> :bound)",
        bounds,
    )
    return KnownState(last_at, last or 0)
