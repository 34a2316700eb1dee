"""The newest event, and the records that wait for a decision, by plain statements.

Reports ask for both of a register that is only read: to load SQLAlchemy would take longer than to answer.
"""

from datetime import date, datetime
from typing import Any, Final, NamedTuple

from merestone.register.events.event import Change, Event, event_of
from merestone.register.file.sqlite_driver import Rows
from merestone.register.query.known_state import known_until

_WAS_KNOWN: Final = "recorded_at <= :bound AND (:is_included OR recorded_at <> :bound)"


class _Row(NamedTuple):
    """A row of the event table, as far as an event is made of it."""

    seq: int
    event_id: str
    chain: str
    change: str
    record_id: str | None
    recorded_at: str
    body: str
    geometry: bytes | None


def _known_condition(known_on: date | datetime | None) -> tuple[str, dict[str, Any]]:
    """The condition that an event was known then, and its values."""
    if known_on is None:
        return "1", {}
    bound, is_included = known_until(known_on)
    return _WAS_KNOWN, {"bound": bound, "is_included": is_included}


def head(rows: Rows, known_on: date | datetime | None = None) -> Event | None:
    """The last event that was known then; None before the first."""
    condition, parameters = _known_condition(known_on)
    columns = ", ".join(_Row._fields)
    asked = f"SELECT {columns} FROM merestone_event WHERE {condition} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - constants
    rows_read = rows(asked, parameters)
    return event_of(_Row(*rows_read[0])) if rows_read else None


def conflicts(rows: Rows, known_on: date | datetime | None) -> tuple[str, ...]:
    """The records over which merged copies differed then, and nobody had decided."""
    condition, parameters = _known_condition(known_on)
    asked = (
        "SELECT record_id FROM merestone_event WHERE seq IN (SELECT max(seq) FROM merestone_event"  # noqa: S608 - constants
        f" WHERE record_id IS NOT NULL AND {condition} GROUP BY record_id) AND change = :conflicted ORDER BY seq"
    )
    rows_read = rows(asked, {**parameters, "conflicted": Change.CONFLICTED.value})
    return tuple(record_id for (record_id,) in rows_read)
