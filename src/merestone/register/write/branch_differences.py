"""One record that two copies changed without knowing of each other: where they differ, and what holds meanwhile.

Nobody's work is chosen over another's by a program. Until a person decides, whatever any of the branches calls a hazard
is a hazard, with the outlines of all of them together; what only one of them withdrew is still there.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
import sqlalchemy as sa

from merestone.register.events.event import Change
from merestone.register.events.record_timeline import Word, holding_on
from merestone.register.events.schema import EVENT
from merestone.register.write.layer_rows import layer_named
from merestone.terms import RecordKind, Visibility, most_closed

_BEFORE_ALL: Final = ""
"""Sorts before every day: the time before any that is named."""
_FIRST: Final = (
    RecordKind.CONFIRMED,
    RecordKind.SUSPECTED,
    RecordKind.RESTRICTED,
    RecordKind.MINEFIELD_RECORD,
    RecordKind.SPOT_FIND,
    RecordKind.ACCIDENT,
    RecordKind.INCIDENT,
    RecordKind.REDUCED,
    RecordKind.CLEARED,
    RecordKind.CANCELLED,
)
"""Where branches name different kinds, the one that warns most."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a record, with its place in the merged order."""

    seq: int
    event_id: str
    body: Mapping[str, Any]
    wkb: bytes | None

    @property
    def parents(self) -> tuple[str, ...]:
        """The events on which it was based."""
        several = self.body.get("parents")
        single = self.body.get("parent")
        return tuple(several) if several else (() if single is None else (single,))


@dataclass(frozen=True, slots=True)
class Slice:
    """Days on which the branches differ, and what holds on them until a person decides."""

    true_from: str | None
    true_until: str | None
    state: Mapping[str, Any]
    wkb: bytes | None


def told_of(connection: sa.Connection, record_id: str) -> list[Told]:
    """All that a register holds of a record, in the order of its chain."""
    chosen = sa.select(EVENT).where(EVENT.c.record_id == record_id).order_by(EVENT.c.seq)
    return [Told(row.seq, row.event_id, json.loads(row.body), row.geometry) for row in connection.execute(chosen)]


def heads_of(events: Sequence[Told]) -> tuple[str, ...]:
    """The events of a record on which no other was based; more than one where copies went on apart."""
    based_on = {parent for event in events for parent in event.parents}
    return tuple(sorted(event.event_id for event in events if event.event_id not in based_on))


def differences(events: Sequence[Told]) -> tuple[Slice, ...]:
    """The slices of time on which a record's branches differ, each with the state that holds meanwhile.

    Parameters
    ----------
    told
        All events of the record, in the merged order.
    """
    heads = heads_of(events)
    if len(heads) < 2:
        return ()
    by_id = {event.event_id: event for event in events}
    branches = [_assertions(_lineage(head, by_id)) for head in heads]
    by_seq = {event.seq: event for event in events}
    days = sorted(
        {day for event in events for day in (event.body["true_from"], event.body["true_until"]) if day is not None}
    )
    slices: list[Slice] = []
    for start, end in zip([_BEFORE_ALL, *days], [*days, None], strict=True):
        holding = [holding_on(branch, start) for branch in branches]
        if len({None if word is None else by_seq[word.seq].event_id for word in holding}) < 2:
            continue
        states = [by_seq[word.seq] for word in holding if word is not None]
        true_from = None if start == _BEFORE_ALL else start
        state, wkb = _together(tuple(sorted(states, key=lambda state: state.event_id)))
        before = slices[-1] if slices else None
        if before is not None and before.true_until == true_from and (before.state, before.wkb) == (state, wkb):
            slices[-1] = Slice(before.true_from, end, state, wkb)
        else:
            slices.append(Slice(true_from, end, state, wkb))
    return tuple(slices)


def decided_for(events: Sequence[Told], side: str) -> list[tuple[tuple[str | None, str | None], Told | None]]:
    """What one side of a conflict says of the days on which the sides differ; None: that it does not hold then.

    Parameters
    ----------
    told
        All events of the record; the last are those of the conflict.
    side
        The event in which the branch ends that is to hold.
    """
    branch = _lineage(side, {event.event_id: event for event in events})
    assertions, by_seq = _assertions(branch), {event.seq: event for event in events}
    decided: list[tuple[tuple[str | None, str | None], Told | None]] = []
    for event in reversed(events):
        if event.body["change"] != Change.CONFLICTED or event in branch:
            break
        start = event.body["true_from"] or _BEFORE_ALL
        holding = holding_on(assertions, start)
        state = None if holding is None else by_seq[holding.seq]
        decided.append(((event.body["true_from"], event.body["true_until"]), state))
    return decided[::-1]


def _lineage(head: str, by_id: Mapping[str, Told]) -> list[Told]:
    events_by_id: dict[str, Told] = {}
    waiting = [head]
    while waiting:
        event = by_id[waiting.pop()]
        if event.event_id not in events_by_id:
            events_by_id[event.event_id] = event
            waiting.extend(event.parents)
    return sorted(events_by_id.values(), key=lambda event: event.seq)


def _assertions(lineage: Sequence[Told]) -> tuple[Word, ...]:
    return tuple(
        Word(event.seq, event.body["change"] == Change.WITHDRAWN, event.body["true_from"], event.body["true_until"])
        for event in lineage
    )


def _together(states: Sequence[Told]) -> tuple[dict[str, Any], bytes | None]:
    """One state that warns of all that any of these states warns of."""
    kinds = [layer_named(state.body["kind"]) for state in states]
    warning = [state for state, kind in zip(states, kinds, strict=True) if kind is not None and kind.is_hazard]
    chosen = warning or list(states)
    first = min(chosen, key=lambda event: (_rank(event.body["kind"]), event.event_id))
    keys = ("kind", "attributes", "data_on", "row", "source", "visibility", "status", "evidence")
    state = {key: first.body[key] for key in keys if key in first.body}
    state["visibility"] = most_closed(Visibility(event.body["visibility"]) for event in chosen).value
    if "accuracy_m" in first.body:
        stated = [event.body.get("accuracy_m") for event in chosen]
        state["accuracy_m"] = None if None in stated else max(value for value in stated if value is not None)
    outlines = [event.wkb for event in chosen if event.wkb is not None]
    if not warning or len(set(outlines)) < 2:
        return state, first.wkb
    union = functools.reduce(shapely.union, [shapely.from_wkb(wkb) for wkb in outlines])
    wkb: bytes = shapely.to_wkb(union, byte_order=1, flavor="iso")
    return state, wkb


def _rank(kind: str) -> int:
    layer = layer_named(kind)
    return len(_FIRST) if layer is None else _FIRST.index(layer)
