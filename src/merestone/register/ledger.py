"""The open transaction under a batch: events appended to the chain, and the current layers brought along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from merestone.register._geopackage_blob import blob_of
from merestone.register.entry import Entry
from merestone.register.errors import RecordUnknown
from merestone.register.event import (
    GENESIS,
    Change,
    Event,
    canonical,
    chain_digest,
    event_digest,
    event_of,
    geometry_digest,
)
from merestone.register.life import Word, last_stated
from merestone.register.schema import EVENT, LAYERS
from merestone.register.store import Store, insert_all
from merestone.terms import FieldRefused, RecordKind


@dataclass(frozen=True, slots=True)
class Life:
    """What the register held of a record when a batch began to change it."""

    words: tuple[Word, ...]
    event_ids: tuple[str, ...]
    kinds: tuple[RecordKind, ...]

    @property
    def fid(self) -> int:
        """The number of the record's row in whichever layer shows it."""
        return self.words[0].seq

    @property
    def version(self) -> int:
        """How many events there are of it."""
        return len(self.words)

    def kind_shown(self) -> RecordKind | None:
        """The layer that shows the record now; None if none does."""
        shown = last_stated(self.words)
        return None if shown is None else self.kinds[self.words.index(shown)]


@dataclass(slots=True)
class Pending:
    """An event that is about to be written. ``body`` lacks what only the ledger knows."""

    change: Change
    body: dict[str, Any]
    entry: Entry | None = None


class Ledger:
    """One open transaction. It holds the write lock from its first moment, and keeps nothing unless it is committed."""

    def __init__(self, store: Store, *, now: str, label: str) -> None:
        self._label = label
        self._extents: dict[RecordKind, tuple[float, float, float, float]] = {}
        self._connection = store.writing()
        try:
            self._connection.begin()
            columns = (EVENT.c.seq, EVENT.c.chain, EVENT.c.recorded_at)
            last = self._connection.execute(sa.select(*columns).order_by(EVENT.c.seq.desc()).limit(1)).first()
        except BaseException:
            self._connection.close()
            raise
        self._seq, self._chain, self.recorded_at = 0, GENESIS, now
        if last is not None:
            self._seq, self._chain = last.seq, bytes.fromhex(last.chain)
            # A clock that was set back must not reorder history: what was known when follows the chain.
            self.recorded_at = max(now, last.recorded_at)

    def close(self) -> None:
        """End the transaction; what was not committed is gone."""
        self._connection.close()

    def life_of(self, record_id: str) -> Life:
        """What the register holds of a record; RecordUnknown if nothing."""
        columns = (EVENT.c.seq, EVENT.c.event_id, EVENT.c.change, EVENT.c.kind, EVENT.c.true_from, EVENT.c.true_until)
        chosen = sa.select(*columns).where(EVENT.c.record_id == record_id).order_by(EVENT.c.seq)
        found = self._connection.execute(chosen).all()
        if not found:
            raise RecordUnknown(record_id)
        return Life(
            tuple(_word_of(row.seq, row.change, row.true_from, row.true_until) for row in found),
            tuple(row.event_id for row in found),
            tuple(RecordKind(row.kind) for row in found),
        )

    def event(self, seq: int) -> Event:
        """The event at a place in the chain."""
        return event_of(self._connection.execute(sa.select(EVENT).where(EVENT.c.seq == seq)).one())

    def append(self, pending: Sequence[Pending], life: Life | None = None) -> None:
        """Write events at the end of the chain, and the rows that show them.

        Parameters
        ----------
        life
            Of the record that the one pending event changes. None: the events begin new records, or concern none.

        Raises
        ------
        FieldRefused
            An outline off the globe, or an attribute that JSON cannot hold.
        """
        placed = [item.entry for item in pending if item.entry is not None]
        outlines = np.array([entry.geometry for entry in placed], dtype=object)
        wkbs = iter(shapely.to_wkb(outlines, byte_order=1, flavor="iso").tolist() if placed else [])
        bounds = shapely.bounds(outlines) if placed else np.empty((0, 4))
        _refuse_off_the_globe(placed, bounds)
        box = iter(bounds.tolist())
        events: list[tuple[Any, ...]] = []
        rows: dict[RecordKind, list[tuple[Any, ...]]] = {}
        for item in pending:
            body, entry = item.body, item.entry
            body["recorded_at"] = self.recorded_at
            wkb = None
            if entry is not None:
                wkb = next(wkbs)
                body["geometry"] = geometry_digest(wkb)
            text = canonical(body)
            identity = event_digest(text)
            self._seq += 1
            self._chain = chain_digest(self._chain, identity)
            get = body.get
            events.append(
                (
                    self._seq,
                    identity.hex(),
                    self._chain.hex(),
                    item.change.value,
                    get("record"),
                    get("kind"),
                    get("true_from"),
                    get("true_until"),
                    self.recorded_at,
                    text.decode("utf-8"),
                    wkb,
                )
            )
            if entry is not None and wkb is not None:
                west, south, east, north = next(box)
                if life is None or _shows(life, self._seq, body):
                    row = layer_row(
                        body,
                        fid=self._seq if life is None else life.fid,
                        version=1 if life is None else life.version + 1,
                        blob=blob_of(wkb, west, east, south, north),
                        event_seq=self._seq,
                        label=self._label,
                    )
                    rows.setdefault(entry.kind, []).append(row)
                    self._widen(entry.kind, west, south, east, north)
        insert_all(self._connection, EVENT, events)
        if life is not None:
            self._leave_layer(life, pending[-1].body)
        for kind, added in rows.items():
            insert_all(self._connection, LAYERS[kind], added)

    def commit(self) -> None:
        """Keep everything that was appended."""
        for kind, (west, south, east, north) in self._extents.items():
            # SQLite's min and max of two values give NULL if one is; an empty layer has no extent yet.
            self._connection.exec_driver_sql(
                "UPDATE gpkg_contents SET last_change = ?1, min_x = min(coalesce(min_x, ?2), ?2), "
                "min_y = min(coalesce(min_y, ?3), ?3), max_x = max(coalesce(max_x, ?4), ?4), "
                "max_y = max(coalesce(max_y, ?5), ?5) WHERE table_name = ?6",
                (self.recorded_at, west, south, east, north, kind.value),
            )
        self._connection.commit()

    def _leave_layer(self, life: Life, body: Mapping[str, Any]) -> None:
        """Take the row of the record's earlier state away, or, if it still shows, count its version up."""
        shown = life.kind_shown()
        if shown is None:
            return
        table = LAYERS[shown]
        words = (*life.words, _word_of(self._seq, body["change"], body["true_from"], body["true_until"]))
        if last_stated(words) == last_stated(life.words):
            self._connection.execute(sa.update(table).where(table.c.fid == life.fid).values(version=len(words)))
        else:
            self._connection.execute(sa.delete(table).where(table.c.fid == life.fid))

    def _widen(self, kind: RecordKind, west: float, south: float, east: float, north: float) -> None:
        w, s, e, n = self._extents.get(kind, (west, south, east, north))
        self._extents[kind] = (min(w, west), min(s, south), max(e, east), max(n, north))


def layer_row(
    body: Mapping[str, Any], *, fid: int, version: int, blob: bytes, event_seq: int, label: str
) -> tuple[Any, ...]:
    """What a current layer shows of an event's state, in the order of the layer's columns."""
    return (
        fid,
        blob,
        body["record"],
        version,
        body["accuracy_m"],
        body["true_from"],
        body["true_until"],
        body["visibility"],
        body["source"],
        body["by"],
        body["recorded_at"],
        body["data_on"],
        canonical(body["attributes"]).decode("utf-8"),
        event_seq,
        label,
    )


def _word_of(seq: int, change: str, true_from: str | None, true_until: str | None) -> Word:
    return Word(seq, change == Change.WITHDRAWN.value, true_from, true_until)


def _shows(life: Life, seq: int, body: Mapping[str, Any]) -> bool:
    """Whether a new event is the one that the current layer shows from now on."""
    word = _word_of(seq, body["change"], body["true_from"], body["true_until"])
    return last_stated((*life.words, word)) == word


def _refuse_off_the_globe(placed: Sequence[Entry], bounds: np.ndarray[Any, Any]) -> None:
    """NaN and infinity fail the comparison too, as they should."""
    low, high = np.array([-180.0, -90.0]), np.array([180.0, 90.0])
    good = np.all((bounds[:, :2] >= low) & (bounds[:, 2:] <= high), axis=1)
    if not good.all():
        worst = int(np.argmin(good))
        raise FieldRefused(
            "geometry",
            placed[worst].geometry.wkt[:80],
            f"does not lie on WGS 84 in degrees (row {placed[worst].row})",
            "give longitude within ±180 and latitude within ±90, or quarantine the row",
        )
