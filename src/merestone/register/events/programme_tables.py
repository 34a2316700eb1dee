"""A programme's own tables where copies set them apart: which words of the chain still stand, and what holds meanwhile.

Each ``configured`` event names the words about its table on which it is based (``parents``), so a later merge can tell
a table that replaced another from one that was set beside it. One of an older register names none: it is based on the
word before it in its own copy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from merestone.register.events.event import Change, Event, event_of
from merestone.register.events.schema import EVENT

CHANGES: Final = (Change.CONFIGURED.value, Change.CONFLICTED.value)


@dataclass(frozen=True, slots=True)
class TableConflict:
    """A table of the programme that copies set apart; setting it anew decides (`Batch.configure`)."""

    setting: str
    sides: tuple[Event, ...]
    """The ``configured`` events among which to decide, in the order of the chain. None of them is lost."""

    @property
    def holds(self) -> Event:
        """The one that holds meanwhile: the last one in the chain, and so the last one written."""
        return self.sides[-1]


def is_word(body: Mapping[str, Any]) -> bool:
    """Whether an event's body says something of a table of the programme."""
    return "setting" in body


def table_events(connection: sa.Connection, *known: sa.ColumnElement[bool]) -> dict[str, list[Event]]:
    """The events about each table, by the table's name, in the order of the chain.

    Parameters
    ----------
    known
        What else must hold of an event, such as that it was known on a day.
    """
    chosen = sa.select(EVENT).where(EVENT.c.record_id.is_(None), EVENT.c.change.in_(CHANGES), *known)
    events_by_setting: dict[str, list[Event]] = {}
    for row in connection.execute(chosen.order_by(EVENT.c.seq)):
        event = event_of(row)
        events_by_setting.setdefault(str(event.body["setting"]), []).append(event)
    return events_by_setting


def _bases(copy: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, frozenset[str]]:
    """On which words about its table each word of one copy is based, by ``event_id``.

    Parameters
    ----------
    copy
        ``event_id`` and body of the words of the copy, in the order of its chain.
    """
    last: dict[str, str] = {}
    based_on: dict[str, frozenset[str]] = {}
    for event_id, body in copy:
        before, setting = body.get("parents"), str(body["setting"])
        based_on[event_id] = frozenset(before if before is not None else {last[setting]} if setting in last else ())
        last[setting] = event_id
    return based_on


def _heads(about: Sequence[Event], based_on: Mapping[str, frozenset[str]]) -> tuple[Event, ...]:
    """The words about one table on which no other is based, in the order of the chain.

    Who decides names all of these, so what is based on is no more than what the word before said: one look is enough.
    """
    superseded = frozenset[str]().union(*(based_on[event.event_id] for event in about))
    return tuple(event for event in about if event.event_id not in superseded)


def _differ(standing: Sequence[Event]) -> bool:
    """Whether these words about a table leave something to decide that no conflict tells of yet."""
    is_open = any(event.change is Change.CONFLICTED for event in standing)
    return len(standing) > 1 and (is_open or len({event.body["value"] for event in standing}) > 1)


def _sides(standing: Sequence[Event], about: Sequence[Event]) -> tuple[Event, ...]:
    """The ``configured`` events behind the words that stand: a conflict is followed back to what it is between."""
    by_id = {event.event_id: event for event in about}
    heads: set[str] = set()
    waiting = [event.event_id for event in standing]
    while waiting:
        event = by_id[waiting.pop()]
        if event.change is Change.CONFLICTED:
            waiting += event.body["parents"]
        else:
            heads.add(event.event_id)
    return tuple(event for event in about if event.event_id in heads)


def standing_in(about: Sequence[Event]) -> tuple[Event, ...]:
    """The words about one table that stand in a register, in the order of its chain."""
    return _heads(about, _bases((event.event_id, event.body) for event in about))


def conflicts(by_setting: Mapping[str, Sequence[Event]]) -> tuple[TableConflict, ...]:
    """The tables that wait for a decision, by name."""
    heads = []
    for setting, about in sorted(by_setting.items()):
        standing = standing_in(about)
        if any(event.change is Change.CONFLICTED for event in standing):
            heads.append(TableConflict(setting, _sides(standing, about)))
    return tuple(heads)


def set_apart(
    by_setting: Mapping[str, Sequence[Event]],
    copies: Sequence[Sequence[tuple[str, Mapping[str, Any]]]],
    *,
    new: Set[str],
) -> Iterator[tuple[TableConflict, list[str]]]:
    """The tables over which copies differ, by name, with the ``event_id`` of each word between which the conflict is.

    Parameters
    ----------
    by_setting
        All words of the merged register (`words`).
    copies
        For each copy, ``event_id`` and body of the words that it has beyond what all share, in its own order.
    new
        The ``event_id`` of at least those words that not all copies share.
    """
    every = sorted((event for about in by_setting.values() for event in about), key=lambda event: event.seq)
    shared = [(event.event_id, event.body) for event in every if event.event_id not in new]
    based_on: dict[str, frozenset[str]] = {}
    for own in copies:
        for event_id, before in _bases([*shared, *own]).items():
            based_on[event_id] = based_on.get(event_id, frozenset()) | before
    for setting, about in sorted(by_setting.items()):
        standing = _heads(about, based_on)
        if _differ(standing):
            yield TableConflict(setting, _sides(standing, about)), [event.event_id for event in standing]
