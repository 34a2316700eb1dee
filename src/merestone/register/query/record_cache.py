"""Records kept in memory from one question to the next: an event never changes, so what it states is read once."""

import json
import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely

from merestone.register.events.decoding import records_of
from merestone.register.events.event import Change
from merestone.register.events.record import Record
from merestone.register.file.sqlite_driver import Rows
from merestone.terms import RecordKind

KEPT: Final = 1_000_000
"""How many events one `Recall` keeps; beyond it, it begins anew."""
READ_AT_ONCE: Final = 2_000
"""So many events are read together: more save no time, and their texts are several times as large as what stays."""
_LAYER_NAMES: Final = json.dumps([kind.value for kind in RecordKind])


class Recall:
    """Remembers what the events of one register file state. One may be shared by threads; it never holds who asked.

    What it holds is exact, whoever asks: rights are applied to what comes out of it. The chain tells whether the file
    still has the history that it was read from; if another was put in its place, all is forgotten.
    """

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._records: dict[int, Record | None] = {}
        self._newest: tuple[int, str] = (0, "")
        self._hidden: dict[frozenset[str], tuple[int, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def records(self, rows: Rows, places: Sequence[int], label: str) -> list[Record]:
        """The records that events state, in order, each with version 1; those that state none are left out.

        Parameters
        ----------
        places
            The events' places in the chain.
        """
        with self._lock:
            self._check(rows)
            known = self._records
            missing = [seq for seq in places if seq not in known]
            if len(known) + len(missing) > self._most:
                known = self._records = {}
                missing = list(places)
            for start in range(0, len(missing), READ_AT_ONCE):
                known.update(_read(rows, missing[start : start + READ_AT_ONCE], label))
            return [record for seq in places if (record := known[seq]) is not None]

    def hidden(self, rows: Rows, shown: frozenset[str]) -> frozenset[str]:
        """The records of which any event ever had another visibility than those that are shown."""
        with self._lock:
            self._check(rows)
            upto, before = self._hidden.get(shown, (0, frozenset()))
            hidden = hidden_records(rows, shown, after=upto)
            self._hidden[shown] = (self._newest[0], before | hidden)
            return before | hidden

    def _check(self, rows: Rows) -> None:
        seq, chain = self._newest
        if seq and rows("SELECT chain FROM merestone_event WHERE seq = :seq", {"seq": seq}) != [(chain,)]:
            self._records, self._hidden = {}, {}
        # A connection that began earlier sees a shorter history: no reason to think that the longer one is gone.
        (self._newest,) = rows("SELECT seq, chain FROM merestone_event ORDER BY seq DESC LIMIT 1", {})


def hidden_records(rows: Rows, shown: frozenset[str], *, after: int = 0) -> frozenset[str]:
    """The records of which an event after the place ``after`` has another visibility than those that are shown."""
    statement = (
        "SELECT DISTINCT record_id FROM merestone_event WHERE seq > :after AND record_id IS NOT NULL"
        " AND json_extract(body, '$.visibility') NOT IN (SELECT value FROM json_each(:shown))"
    )
    return frozenset(
        record_id for (record_id,) in rows(statement, {"after": after, "shown": json.dumps(sorted(shown))})
    )


def _read(rows: Rows, places: Sequence[int], label: str) -> dict[int, Record | None]:
    """What each event states of a record on a layer; None if nothing."""
    statement = (
        "SELECT seq, record_id, body, geometry FROM merestone_event"
        " WHERE seq IN (SELECT value FROM json_each(:places)) AND change <> :withdrawn"
        " AND kind IN (SELECT value FROM json_each(:kinds))"
    )
    fields = {"places": json.dumps(list(places)), "withdrawn": Change.WITHDRAWN.value, "kinds": _LAYER_NAMES}
    rows_read = rows(statement, fields)
    states: dict[int, Record | None] = dict.fromkeys(places)
    if rows_read:
        seqs, record_ids, texts, wkbs = zip(*rows_read, strict=True)
        outlines = shapely.from_wkb(np.array(wkbs, dtype=object)).tolist()
        states.update(zip(seqs, records_of(record_ids, texts, outlines, versions={}, label=label), strict=True))
    return states
