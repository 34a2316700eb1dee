"""What is held now or begins later, read record by record: for who compares much of it and keeps little.

A snapshot (`Register.as_of`) holds each record whole, some 4 KB. Here the caller walks through all of them once, notes
what it looks for, and asks for a record by the place of its event when it needs it. All is about one state of the file.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.register.events.decoding import Attributes, records_of
from merestone.register.events.event import Change, canonical_text
from merestone.register.events.record import Record
from merestone.register.file.sqlite_driver import Rows
from merestone.register.query.as_of import LATEST, versions_upto
from merestone.register.query.known_state import EVERY_EVENT
from merestone.register.query.warned import beginning_later
from merestone.terms import RecordKind, Visibility

_TOGETHER: Final = 2_000
_STATES: Final = (
    "SELECT seq, record_id, body FROM merestone_event WHERE seq IN (SELECT value FROM json_each(:places))"
    " AND change <> :withdrawn AND kind IN (SELECT value FROM json_each(:kinds)) ORDER BY seq"
)
_READ_AHEAD: Final = 512
_NOWHERE: Final = shapely.MultiPolygon()
_OUTLINES: Final = (
    "SELECT geometry FROM merestone_event WHERE seq IN (SELECT value FROM json_each(:places)) ORDER BY seq"
)
_RECORDS: Final = (
    "SELECT seq, record_id, body, geometry FROM merestone_event"
    " WHERE seq IN (SELECT value FROM json_each(:places)) ORDER BY seq"
)


class HeldState(NamedTuple):
    """What is noted of a record in passing."""

    seq: int
    """The place of its event in the chain."""
    record_id: str
    kind: RecordKind
    visibility: Visibility
    attributes: Mapping[str, Any]


class HeldStates:
    """The records on layers that hold today, and those that are stated to begin later (`Register.held_states`)."""

    def __init__(self, rows: Rows, today: date, label: str) -> None:
        self._rows, self._label = rows, label
        self._versions = versions_upto(rows, EVERY_EVENT)
        self._today = today
        self._later: dict[int, tuple[date, int]] = {}
        self._places: list[int] = []
        """Of all that `each` went through, in order."""
        self._ahead: dict[int, Record] = {}
        self._ahead_count = 1

    def each(self, kinds: Collection[RecordKind]) -> Iterator[HeldState]:
        """All of some kinds: first those that hold, then those that begin later; each in the order of the chain."""
        names = {kind.value for kind in kinds}
        self._later = beginning_later(self._rows, self._today, names)
        latest = self._rows(LATEST, {"day": self._today.isoformat(), "upto": EVERY_EVENT})
        for places in (sorted(seq for (seq,) in latest), sorted(self._later)):
            yield from self._states(places, names)
        self._places.sort()

    def _states(self, places: list[int], kind_names: Collection[str]) -> Iterator[HeldState]:
        asked = {"withdrawn": Change.WITHDRAWN.value, "kinds": json.dumps(list(kind_names))}
        for begin in range(0, len(places), _TOGETHER):
            part = json.dumps(places[begin : begin + _TOGETHER])
            events = self._rows(_STATES, {**asked, "places": part})
            seqs, record_ids, texts = zip(*events, strict=True) if events else ((), (), ())
            self._places += seqs
            nowhere = [_NOWHERE] * len(events)  # outlines are read by who asks for them
            for seq, record in zip(seqs, records_of(record_ids, texts, nowhere, versions={}, label=""), strict=True):
                yield HeldState(seq, record.record_id, record.kind, record.visibility, record.attributes)

    def record(self, seq: int) -> Record:
        """The record that the event at a place states; one of those that `each` gave.

        Whoever asks for one after the other in the order of the chain has them read many at a time.
        """
        record = self._ahead.pop(seq, None)
        if record is None:
            is_used = 2 * len(self._ahead) <= self._ahead_count
            self._ahead_count = min(2 * self._ahead_count, _READ_AHEAD) if is_used else 1 + self._ahead_count // 4
            at = bisect_left(self._places, seq)
            self._ahead = self._read(self._places[at : at + self._ahead_count])
            record = self._ahead.pop(seq)
        return record

    def _read(self, places: list[int]) -> dict[int, Record]:
        events = self._rows(_RECORDS, {"places": json.dumps(places)})
        seqs, record_ids, texts, wkbs = zip(*events, strict=True)
        outlines = shapely.from_wkb(np.array(wkbs, dtype=object)).tolist()
        records = dict(
            zip(seqs, records_of(record_ids, texts, outlines, versions=self._versions, label=self._label), strict=True)
        )
        for seq in self._later.keys() & records.keys():
            begins_on, version = self._later[seq]
            records[seq] = records[seq]._replace(begins_on=begins_on, version=version)
        return records

    def outlines(self, places: list[int]) -> Iterator[NDArray[np.object_]]:
        """The outlines that the events at some places state, some at a time. The places are in order."""
        for begin in range(0, len(places), _TOGETHER):
            events = self._rows(_OUTLINES, {"places": json.dumps(places[begin : begin + _TOGETHER])})
            yield shapely.from_wkb(np.array([wkb for (wkb,) in events], dtype=object))

    @staticmethod
    def is_said_alike(record: Record, attributes: Mapping[str, Any]) -> bool:
        """Whether a record has just these attributes, told by their JSON: quicker than to read it.

        False says only that their JSON differs; 1 and 1.0 are equal, and are written differently.
        """
        stated = record.attributes
        return isinstance(stated, Attributes) and stated.text == canonical_text(dict(attributes))
