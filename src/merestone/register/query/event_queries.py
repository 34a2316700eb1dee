"""The chain of events as it stands: one event, the history of a record, and what waits for a decision."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from merestone.register.events import programme_tables
from merestone.register.events.event import Change, Event, event_of
from merestone.register.events.programme_tables import TableConflict
from merestone.register.events.schema import EVENT
from merestone.register.query.known_state import known_until
from merestone.register.query.undo import events_of_batch


def _was_known(known_on: date | datetime | None) -> list[sa.ColumnElement[bool]]:
    if known_on is None:
        return []
    bound, is_included = known_until(known_on)
    return [EVENT.c.recorded_at <= bound if is_included else EVENT.c.recorded_at < bound]


def event(connection: sa.Connection, seq: int) -> Event:
    """The event at one place, counted from 1; LookupError if the chain is shorter."""
    row = connection.execute(sa.select(EVENT).where(EVENT.c.seq == seq)).one_or_none()
    if row is None:
        raise LookupError(f"the chain has no event {seq}")
    return event_of(row)


def events(connection: sa.Connection, after: int) -> Iterator[Event]:
    """Every event after a place, in order."""
    chosen = sa.select(EVENT).where(EVENT.c.seq > after).order_by(EVENT.c.seq)
    for row in connection.execution_options(yield_per=1000).execute(chosen):
        yield event_of(row)


def history(connection: sa.Connection, record_id: str) -> tuple[Event, ...]:
    """Every event of one record, oldest first."""
    chosen = sa.select(EVENT).where(EVENT.c.record_id == record_id).order_by(EVENT.c.seq)
    return tuple(event_of(row) for row in connection.execute(chosen))


def identified_bodies(connection: sa.Connection, change: Change) -> list[tuple[int, str, dict[str, Any]]]:
    """What the events of a kind say that concern no record, each with its place and its identity, oldest first."""
    chosen = sa.select(EVENT.c.seq, EVENT.c.event_id, EVENT.c.body)
    chosen = chosen.where(EVENT.c.record_id.is_(None), EVENT.c.change == change.value).order_by(EVENT.c.seq)
    return [(row.seq, row.event_id, json.loads(row.body)) for row in connection.execute(chosen)]


def origins(connection: sa.Connection) -> dict[str, str]:
    """The batch that began each record."""
    batch = sa.func.json_extract(EVENT.c.body, "$.batch")
    chosen = sa.select(EVENT.c.record_id, batch).where(EVENT.c.change == Change.RECORDED.value)
    return {record_id: str(batch_id) for record_id, batch_id in connection.execute(chosen)}


def standing(connection: sa.Connection, batch_id: str, recorded_at: str) -> int:
    """How many of the records that a batch began were not withdrawn whole since."""
    begun = {
        row.record_id
        for row in events_of_batch(connection, batch_id, recorded_at)
        if row.change == Change.RECORDED.value
    }
    last = sa.select(sa.func.max(EVENT.c.seq)).where(EVENT.c.record_id.is_not(None)).group_by(EVENT.c.record_id)
    gone = sa.select(EVENT.c.record_id).where(
        EVENT.c.seq.in_(last),
        EVENT.c.change == Change.WITHDRAWN.value,
        EVENT.c.true_from.is_(None),
        EVENT.c.true_until.is_(None),
    )
    return len(begun.difference(connection.execute(gone).scalars()))


def table_conflicts(connection: sa.Connection, known_on: date | datetime | None) -> tuple[TableConflict, ...]:
    """The programme's own tables that copies had set apart then, by name."""
    return programme_tables.conflicts(programme_tables.table_events(connection, *_was_known(known_on)))
