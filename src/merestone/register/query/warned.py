"""Hazards that do not hold on the day taken for today, and warn all the same.

Two things make the day of today doubtful, or the day of a record: a clock that was reset, and a mistyped date. Neither
may hide a hazard. So an answer about the present warns of every hazard that holds on the computer's own day or on any
later day that a record names, beside those of the day that is taken for today.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np
import shapely

from merestone.register.events.decoding import records_of
from merestone.register.events.event import Change
from merestone.register.events.record import Record
from merestone.register.events.record_timeline import Word, holding_on
from merestone.register.events.records import Snapshot
from merestone.register.file.sqlite_driver import Rows
from merestone.terms import RecordKind

_HAZARDS: Final = frozenset(kind.value for kind in RecordKind if kind.is_hazard)
_CANDIDATES: Final = (
    "SELECT record_id FROM merestone_event WHERE record_id IS NOT NULL GROUP BY record_id"
    " HAVING max(true_from) > :since OR (max(true_until) > :since AND (count(*) > 1 OR :is_behind))"
)
"""Records that may hold otherwise on a later day; answered from the covering index."""
_WORDS: Final = (
    "SELECT record_id, seq, change, kind, true_from, true_until FROM merestone_event"
    " WHERE record_id IN (SELECT value FROM json_each(:ids)) ORDER BY seq"
)
STATES_AT: Final = (
    "SELECT seq, record_id, body, geometry FROM merestone_event"
    " WHERE seq IN (SELECT value FROM json_each(:seqs)) ORDER BY seq"
)


def warned_beside(
    rows: Rows, present: Snapshot, begins: Mapping[int, date | None], versions: Mapping[str, int]
) -> tuple[Record, ...]:
    """Hazards of the clock's day, or of any later one, that the present snapshot does not already warn of.

    Parameters
    ----------
    present
        What holds on the day that is taken for today, exactly.
    begins
        What `beginning_beside` found.
    versions
        How many events there are of a record; it may leave out those of which there is one.

    Returns
    -------
    The hazards, in the order of the chain. `Record.begins_on` is the first day on which one holds, if that lies after
    the clock's day; None if it holds on that. A state of the same outline and accuracy as one that warns already is
    left out.
    """
    if not begins:
        return ()
    rows_read = rows(STATES_AT, {"seqs": json.dumps(sorted(begins))})
    seqs, record_ids, texts, wkbs = zip(*rows_read, strict=True)
    outlines = shapely.from_wkb(np.array(wkbs, dtype=object)).tolist()
    states = records_of(record_ids, texts, outlines, versions=versions, label=present.label)
    warned = {_place_of(record) for record in present.hazards if record.record_id in set(record_ids)}
    beside = []
    for seq, record in zip(seqs, states, strict=True):
        if _place_of(record) not in warned:
            warned.add(_place_of(record))
            beside.append(record._replace(begins_on=begins[seq]))
    return tuple(beside)


def _place_of(record: Record) -> tuple[str, bytes, float | None]:
    return record.record_id, shapely.to_wkb(record.geometry), record.accuracy_m


def beginning_beside(rows: Rows, true_on: date, since: date) -> dict[int, date | None]:
    """The events that state a hazard on ``since`` or later, but not on ``true_on``: the day on which each begins.

    Parameters
    ----------
    true_on
        The day that is taken for today.
    since
        The day by the computer's clock; never after ``true_on``.

    Returns
    -------
    Place in the chain: the first day, None if that is ``since``.
    """
    lives, kinds = _lives(rows, {"since": since.isoformat(), "is_behind": since < true_on})
    begins: dict[int, date | None] = {}
    for assertions in lives.values():
        now = holding_on(assertions, true_on.isoformat())
        for day in _turns(assertions, since.isoformat()):
            word = holding_on(assertions, day)
            if word is not None and word != now and kinds[word.seq] in _HAZARDS:
                begins.setdefault(word.seq, None if day == since.isoformat() else date.fromisoformat(day))
    return begins


def _lives(rows: Rows, asked: Mapping[str, Any]) -> tuple[Mapping[str, list[Word]], Mapping[int, str]]:
    """The events of the records that may hold otherwise on a later day, and the kind that each states."""
    ids = [record_id for (record_id,) in rows(_CANDIDATES, asked)]
    lives: defaultdict[str, list[Word]] = defaultdict(list)
    kinds: dict[int, str] = {}
    if ids:
        for record_id, seq, change, kind, true_from, true_until in rows(_WORDS, {"ids": json.dumps(ids)}):
            lives[record_id].append(Word(seq, change == Change.WITHDRAWN.value, true_from, true_until))
            kinds[seq] = kind
    return lives, kinds


def beginning_later(rows: Rows, today: date, kind_names: Collection[str]) -> dict[int, tuple[date, int]]:
    """The last state of each record that does not hold today and is stated to begin later.

    Returns
    -------
    The place of the event in the chain: the day on which it begins to hold, and the record's version.
    """
    lives, kinds = _lives(rows, {"since": today.isoformat(), "is_behind": False})
    results: dict[int, tuple[date, int]] = {}
    for assertions in lives.values():
        if holding_on(assertions, today.isoformat()) is not None:
            continue
        states = [(holding_on(assertions, day), day) for day in _turns(assertions, today.isoformat())[1:]]
        later = [(word, day) for word, day in states if word is not None and kinds[word.seq] in kind_names]
        if later:
            word = later[-1][0]
            first = next(day for entry, day in later if entry == word)
            results[word.seq] = date.fromisoformat(first), len(assertions)
    return results


def _turns(assertions: Sequence[Word], since: str) -> list[str]:
    """The day itself, and each later one on which something may begin to hold, in order."""
    named = {day for word in assertions for day in (word.true_from, word.true_until) if day is not None and day > since}
    return [since, *sorted(named)]


def with_hidden_joined(snapshot: Snapshot) -> Snapshot:
    """The states of one record that a viewer may not see exactly, as one outline.

    Two generalised outlines of one record, laid over each other, would tell more of where it lies than both together.
    """
    beside_of: defaultdict[str, list[Record]] = defaultdict(list)
    for record in snapshot.warned_beside:
        beside_of[record.record_id].append(record)
    present_of = {record.record_id: record for record in snapshot.hazards_present if record.record_id in beside_of}
    joined: dict[str, Record] = {}
    beside: list[Record] = []
    for record_id, states in beside_of.items():
        together = [*([present_of[record_id]] if record_id in present_of else []), *states]
        if len(together) == 1 or all(record.is_exact for record in together):
            beside += states
        elif record_id in present_of:
            joined[record_id] = _joined(together)
        else:
            beside.append(_joined(together))
    records = tuple(
        joined.get(record.record_id, record) if record.kind.is_hazard else record for record in snapshot.records
    )
    return replace(snapshot, records=records, warned_beside=tuple(beside))


def _joined(states: Sequence[Record]) -> Record:
    accuracies_m = [record.accuracy_m for record in states]
    return states[0]._replace(
        geometry=shapely.union_all([record.geometry for record in states]),
        accuracy_m=None if None in accuracies_m else max(value for value in accuracies_m if value is not None),
        attributes={},
        evidence=(),
        row=None,
        is_exact=False,
        shows_text=False,
    )
