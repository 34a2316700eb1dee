"""What an import wrote, and what was built on it since: what has to be known before it is undone."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from merestone.register.events.event import Change, Event, event_of
from merestone.register.events.record_timeline import Word, holding_on, speaking_on
from merestone.register.events.schema import EVENT
from merestone.terms import RequestRefused, number_of

_RECORD_ID: Final = re.compile(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}")
_BEFORE_ALL: Final = ""
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Dependent:
    """An event of a later batch that concerns a record of the import, or names one."""

    record_id: str
    seq: int
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing an import wrote."""

    withdrawn: int
    """Records of the import that were withdrawn."""
    restored: int
    """Records that the import had revised, and that say again what they said before."""
    rows_settled: int
    """Rows in quarantine that no longer wait."""
    untouched: int
    """Records that had been withdrawn before, or of which nothing that the import said holds any more."""
    dependents: tuple[Dependent, ...]


class StillDependedOn(RequestRefused):
    """Others built on the records of an import; undoing it has to be insisted on."""

    def __init__(self, dependents: Sequence[Dependent]) -> None:
        first = "; ".join(
            f"{dependent.record_id} {dependent.what} by {dependent.by} (event {dependent.seq})"
            for dependent in dependents[:_SHOWN]
        )
        more = f"; and {len(dependents) - _SHOWN:,} more" if len(dependents) > _SHOWN else ""
        super().__init__(
            f"{number_of(len(dependents), 'later event rests', 'later events rest')} on the records of this "
            f"import: {first}{more}; nothing was changed. "
            "Look at them, then undo it with --force (force=True): history keeps them, and the records are withdrawn"
        )
        self.dependents = tuple(dependents)


class Span(NamedTuple):
    """Days, and what a record says of them; no event: it does not hold then."""

    true_from: str | None
    true_until: str | None
    seq: int | None


def events_of_batch(
    connection: sa.Connection, batch_id: str, recorded_at: str
) -> list[sa.Row[int, str, str, str | None, str]]:
    """Place, identity, change, record and body of every event of a batch. All of a batch have one instant."""
    chosen = sa.select(EVENT.c.seq, EVENT.c.event_id, EVENT.c.change, EVENT.c.record_id, EVENT.c.body)
    rows = connection.execute(chosen.where(EVENT.c.recorded_at == recorded_at).order_by(EVENT.c.seq))
    return [row for row in rows if f'"batch":"{batch_id}"' in row.body]


def dependents_of(connection: sa.Connection, batch_id: str, record_ids: set[str], *, after: int) -> Iterator[Dependent]:
    """Every later event of another batch that concerns or names one of the records: moves, lineage, attachments."""
    chosen = sa.select(EVENT.c.seq, EVENT.c.change, EVENT.c.record_id, EVENT.c.body)
    chosen = chosen.where(EVENT.c.seq > after).order_by(EVENT.c.seq)
    own = f'"batch":"{batch_id}"'
    for row in connection.execution_options(yield_per=5000).execute(chosen):
        if row.change in _NOT_ABOUT_LAND or own in row.body:
            continue
        named = record_ids.intersection(_RECORD_ID.findall(row.body))
        if named:
            body = json.loads(row.body)
            record_id = row.record_id if row.record_id in named else min(named)
            yield Dependent(record_id, row.seq, _what(row, body, named), body["by"])


_NOT_ABOUT_LAND: Final = {Change.SETTLED.value, Change.UNDONE.value, Change.IMPORTED.value, Change.QUARANTINED.value}


def _what(row: Any, body: Mapping[str, Any], named: set[str]) -> str:
    if row.record_id not in named:
        return f"is named by {body.get('kind') or row.change} {row.record_id or ''}".rstrip()
    if body.get("became"):
        return "was divided or joined"
    if "step" in body:
        return f"was moved to {body.get('status')}"
    return f"was {row.change}"


def without(assertions: Sequence[Word], unsaid: Collection[int]) -> list[Span]:
    """What a record would say if some of its events had not been written; neighbours that agree as one.

    Only days on which one of those events decides are given: what others said since of a day stays.

    Parameters
    ----------
    words
        All of the record's events, in the order of the chain.
    unsaid
        The places in the chain of those that are to be taken back.
    """
    left = [word for word in assertions if word.seq not in unsaid]
    days = {day for word in assertions for day in (word.true_from, word.true_until) if day is not None}
    turns = [_BEFORE_ALL, *sorted(days)]
    spans: list[Span] = []
    for day, until in zip(turns, [*turns[1:], None], strict=True):
        deciding = speaking_on(assertions, day)
        if deciding is None or deciding.seq not in unsaid:
            continue
        holding = holding_on(left, day)
        span = Span(day or None, until, None if holding is None else holding.seq)
        if spans and spans[-1].true_until == day and spans[-1].seq == span.seq:
            spans[-1] = spans[-1]._replace(true_until=until)
        else:
            spans.append(span)
    return spans


def last_withdrawal_taken_back(assertions: Sequence[Word]) -> list[Span]:
    """What a record says again once the last withdrawal that took anything away is taken back; none: nothing did.

    A withdrawal of what was withdrawn already took nothing away, and the one before it is taken back with it.
    """
    unsaid: set[int] = set()
    for word in reversed(assertions):
        if word.is_withdrawal:
            unsaid.add(word.seq)
            spans = [span for span in without(assertions, unsaid) if span.seq is not None]
            if spans:
                return spans
    return []


def event_at(connection: sa.Connection, seq: int) -> Event:
    """The event at a place in the chain."""
    return event_of(connection.execute(sa.select(EVENT).where(EVENT.c.seq == seq)).one())
