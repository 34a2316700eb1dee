"""Records kept in memory from one question to the next: an event never changes, so what it states is read once."""

import json
import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
import sqlalchemy as sa

from merestone.register.entry import Record
from merestone.register.event import Change
from merestone.register.schema import EVENT, LAYERS
from merestone.register.statement import records_of

KEPT: Final = 1_000_000
"""How many events one `Recall` keeps; beyond it, it begins anew."""
_LAYER_NAMES: Final = sorted(kind.value for kind in LAYERS)


class Recall:
    """Remembers what the events of one register file state. One may be shared by threads; it never holds who asked.

    What it holds is exact, whoever asks: rights are applied to what comes out of it. The chain tells whether the file
    still has the history that it was read from; if another was put in its place, all is forgotten.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._records: dict[int, Record | None] = {}
        self._newest: tuple[int, str] = (0, "")
        self._hidden: dict[frozenset[str], tuple[int, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def records(self, connection: sa.Connection, places: Sequence[int], label: str) -> list[Record]:
        """The records that events state, in order, each with version 1; those that state none are left out.

        Parameters
        ----------
        places
            The events' places in the chain.
        """
        with self._lock:
            self._check(connection)
            known = self._records
            missing = [seq for seq in places if seq not in known]
            if len(known) + len(missing) > self._kept:
                known = self._records = {}
                missing = list(places)
            if missing:
                known.update(_read(connection, missing, label))
            return [record for seq in places if (record := known[seq]) is not None]

    def hidden(self, connection: sa.Connection, shown: frozenset[str]) -> frozenset[str]:
        """The records of which any event ever had another visibility than those that are shown."""
        with self._lock:
            self._check(connection)
            upto, before = self._hidden.get(shown, (0, frozenset()))
            found = hidden_records(connection, shown, after=upto)
            self._hidden[shown] = (self._newest[0], before | found)
            return before | found

    def _check(self, connection: sa.Connection) -> None:
        seq, chain = self._newest
        at = sa.select(EVENT.c.chain).where(EVENT.c.seq == seq)
        if seq and connection.execute(at).scalar_one_or_none() != chain:
            self._records, self._hidden = {}, {}
        newest = sa.select(EVENT.c.seq, EVENT.c.chain).order_by(EVENT.c.seq.desc()).limit(1)
        row = connection.execute(newest).one()
        # A connection that began earlier sees a shorter history: no reason to think that the longer one is gone.
        self._newest = (row.seq, row.chain)


def hidden_records(connection: sa.Connection, shown: frozenset[str], *, after: int = 0) -> frozenset[str]:
    """The records of which an event after the place ``after`` has another visibility than those that are shown."""
    visibility = sa.func.json_extract(EVENT.c.body, "$.visibility")
    chosen = sa.select(EVENT.c.record_id).where(
        EVENT.c.seq > after, EVENT.c.record_id.is_not(None), visibility.not_in(sorted(shown))
    )
    return frozenset(connection.execute(chosen.distinct()).scalars())


def _read(connection: sa.Connection, places: Sequence[int], label: str) -> dict[int, Record | None]:
    """What each event states of a record on a layer; None if nothing."""
    wanted = sa.func.json_each(json.dumps(list(places))).table_valued("value")
    chosen = sa.select(EVENT.c.seq, EVENT.c.record_id, EVENT.c.body, EVENT.c.geometry).where(
        EVENT.c.seq.in_(sa.select(wanted.c.value)),
        EVENT.c.change != Change.WITHDRAWN.value,
        EVENT.c.kind.in_(_LAYER_NAMES),
    )
    found = connection.execute(chosen).all()
    states: dict[int, Record | None] = dict.fromkeys(places)
    if found:
        seqs, record_ids, texts, wkbs = zip(*found, strict=True)
        outlines = shapely.from_wkb(np.array(wkbs, dtype=object)).tolist()
        states.update(zip(seqs, records_of(record_ids, texts, outlines, versions={}, label=label), strict=True))
    return states
