"""The open transaction under a batch: events appended to the chain, and the current layers brought along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.register.events.batch_frame import RECORD_SLOTS, ROW_SLOTS, NewRecord, RowAside, Shared, frame_of
from merestone.register.events.errors import RecordUnknown
from merestone.register.events.event import (
    GENESIS,
    Change,
    Event,
    canonical_text,
    chain_digest,
    event_digest,
    event_of,
    geometry_digest,
    instant_of,
    instant_text,
    utf8,
)
from merestone.register.events.record_timeline import Life, last_stated
from merestone.register.file._geopackage_blob import blob_of
from merestone.register.file.bulk import Bulk
from merestone.register.file.sqlite_driver import rows_of
from merestone.register.file.store import Store
from merestone.register.write.layer_rows import (
    LAYER_COLUMNS,
    Pending,
    layer_row,
    layer_shown,
    refuse_off_the_globe,
    setting,
    shows,
    word_of,
)
from merestone.terms import RecordKind

if TYPE_CHECKING:  # an import writes by plain statements, and need not wait until SQLAlchemy is loaded
    import sqlalchemy as sa

_BULK_FROM: Final = 2_000
_RECORDED: Final = Change.RECORDED.value


class EventRow(NamedTuple):
    """A row of the table of events."""

    seq: int
    event_id: str
    chain: str
    change: str
    record_id: str | None
    kind: str | None
    true_from: str | None
    true_until: str | None
    recorded_at: str
    body: str
    geometry: bytes | None


def _insertion(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our names


_ALL: Final = ", ".join(EventRow._fields)
_INSERT_EVENT: Final = _insertion("merestone_event", EventRow._fields)
_INSERT_ROW: Final = {kind: _insertion(kind.value, LAYER_COLUMNS) for kind in RecordKind}
_LAST: Final = "SELECT seq, chain, recorded_at FROM merestone_event WHERE seq = (SELECT max(seq) FROM merestone_event)"
_LIFE: Final = (
    "SELECT seq, event_id, change, kind, true_from, true_until FROM merestone_event "
    "WHERE record_id = :of AND seq >= :since ORDER BY seq"
)
_LEAVE: Final = {kind: f"DELETE FROM {kind.value} WHERE fid = :of" for kind in RecordKind}  # noqa: S608 - our names
_COUNT: Final = {kind: f"UPDATE {kind.value} SET version = :now WHERE fid = :of" for kind in RecordKind}  # noqa: S608


@dataclass(slots=True)
class _Writes:
    """What is to be written together, and what of the outlines is still to be used."""

    wkbs: Iterator[bytes]
    boxes: Iterator[list[float]]
    events: list[tuple[Any, ...]] = field(default_factory=list)
    rows: dict[RecordKind, "_LayerRows"] = field(default_factory=dict)
    last: "_LayerRows | None" = None
    left: dict[RecordKind, list[dict[str, Any]]] = field(default_factory=dict)
    counted: dict[RecordKind, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, layer: RecordKind) -> "_LayerRows":
        """The rows of a layer."""
        row = self.rows.get(layer)
        if row is None:
            row = self.rows[layer] = _LayerRows(layer)
        self.last = row
        return row


@dataclass(slots=True)
class _LayerRows:
    """The rows that a layer gets, and of each: fid, west, east, south, north."""

    layer: RecordKind
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    boxes: list[tuple[int, float, float, float, float]] = field(default_factory=list)

    def add(self, row: tuple[Any, ...], west: float, south: float, east: float, north: float) -> None:
        self.rows.append(row)
        self.boxes.append((row[0], west, east, south, north))


class Ledger:
    """One open transaction. It holds the write lock from its first moment, and keeps nothing unless it is committed."""

    def __init__(self, store: Store, *, now: str, label: str) -> None:
        self._label, self._store = label, store
        self._extents: dict[RecordKind, tuple[float, float, float, float]] = {}
        self._lives: dict[str, Life] = {}
        """Those read in this transaction: true for others only once it is committed."""
        self._alchemy: sa.Connection | None = None
        self._driver = store.begin_writing()
        try:
            last = self._driver.execute(_LAST).fetchone()
        except BaseException:
            store.end_writing(self._driver)
            raise
        self._seq, self._chain, self.recorded_at = 0, GENESIS, now
        if last is not None:
            self._seq, chain, before = last
            self._chain = bytes.fromhex(chain)
            # A clock that was set back must not reorder history: what was known when follows the chain. And what was
            # known at an instant is settled: a later batch never falls on it.
            self.recorded_at = max(now, instant_text(instant_of(before) + timedelta(milliseconds=1)))
        self._seq_before = self._seq
        self._bulk: Bulk | None = None

    def close(self) -> None:
        """End the transaction; what was not committed is gone."""
        if self._alchemy is not None:
            self._alchemy.close()
        self._store.end_writing(self._driver)

    @property
    def connection(self) -> "sa.Connection":
        """The transaction for SQLAlchemy's statements."""
        self._end_bulk()
        if self._alchemy is None:
            self._alchemy = self._store.over(self._driver)
        return self._alchemy

    def life_of(self, record_id: str) -> Life:
        """What the register holds of a record; RecordUnknown if nothing."""
        self._end_bulk()
        known = self._lives.get(record_id) or self._store.lives.of(record_id)
        since = known.assertions[-1].seq if known.assertions else 0
        life_rows = self._driver.execute(_LIFE, {"of": record_id, "since": since}).fetchall()
        if known.assertions and (not life_rows or life_rows[0][1] != known.event_ids[-1]):  # another file
            known = Life((), (), ())
            life_rows = self._driver.execute(_LIFE, {"of": record_id, "since": 0}).fetchall()
        if not life_rows:
            raise RecordUnknown(record_id)
        new = life_rows[1:] if known.assertions else life_rows
        life = known.going_on(
            [word_of(seq, change, true_from, true_until) for seq, _, change, _, true_from, true_until in new],
            [row[1] for row in new],
            [row[3] for row in new],
        )
        self._lives[record_id] = life
        return life

    def present_state(self, record_id: str) -> tuple[dict[str, Any], BaseGeometry | None]:
        """The body and the outline of what was last stated of a record.

        Raises
        ------
        RecordUnknown
            There is no such record, or it was withdrawn.
        """
        shown = last_stated(self.life_of(record_id).assertions)
        if shown is None:
            raise RecordUnknown(record_id)
        event = self.event(shown.seq)
        return dict(event.body), event.geometry

    def setting(self, name: str) -> str | None:
        """The programme's own table of that name, as it was last configured; None: it uses ours."""
        return setting(rows_of(self._driver), name)

    def event(self, seq: int) -> Event:
        """The event at a place in the chain."""
        row = self._driver.execute(f"SELECT {_ALL} FROM merestone_event WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
        return event_of(EventRow(*row))

    def append(self, pending: Sequence[Pending | NewRecord | RowAside]) -> None:
        """Write events at the end of the chain, and the rows that show them; no two may concern one record.

        Raises
        ------
        FieldRefused
            An outline off the globe, or an attribute that JSON cannot hold.
        """
        placed = [item for item in pending if item.outline is not None]
        outlines = np.array([item.outline for item in placed], dtype=object)
        wkbs = shapely.to_wkb(outlines, byte_order=1, flavor="iso").tolist() if placed else []
        bounds = shapely.bounds(outlines) if placed else np.empty((0, 4))
        refuse_off_the_globe(placed, bounds)
        self._choose_bulk(pending)
        writes = _Writes(iter(wkbs), iter(bounds.tolist()))
        for item in pending:
            if isinstance(item, NewRecord):
                self._append_new(item, writes)
            elif isinstance(item, RowAside):
                self._append_aside(item, writes)
            else:
                self._append_any(item, writes)
        self._driver.executemany(_INSERT_EVENT, writes.events)
        for kind, gone in writes.left.items():
            self._driver.executemany(_LEAVE[kind], gone)
        for kind, stayed in writes.counted.items():
            self._driver.executemany(_COUNT[kind], stayed)
        for kind, added in writes.rows.items():
            if self._bulk is not None:
                self._bulk.rows_follow(kind)
            self._driver.executemany(_INSERT_ROW[kind], added.rows)
            if self._bulk is not None:
                self._bulk.put(kind, added.boxes)
            _, west, east, south, north = zip(*added.boxes, strict=True)
            self._widen(kind, min(west), min(south), max(east), max(north))

    def _choose_bulk(self, pending: Sequence[Pending | NewRecord | RowAside]) -> None:
        """Leave the indexes out once a batch that only adds has written many events, and more than there were."""
        if any(isinstance(item, Pending) for item in pending):
            self._end_bulk()
        elif self._bulk is None:
            added = self._seq - self._seq_before + len(pending)
            if added >= max(_BULK_FROM, self._seq_before):
                self._bulk = Bulk(self._driver)

    def _end_bulk(self) -> None:
        if self._bulk is not None:
            bulk, self._bulk = self._bulk, None
            bulk.end()

    def _append_any(self, item: Pending, writes: "_Writes") -> None:
        body, layer, life = item.body, item.layer, item.life
        body["recorded_at"] = self.recorded_at
        wkb = None
        if item.outline is not None:
            wkb = next(writes.wkbs)
            body["geometry"] = geometry_digest(wkb)
        text = canonical_text(body)
        identity = self._next(text)
        get = body.get
        writes.events.append(
            (
                self._seq,
                identity,
                self._chain.hex(),
                item.change.value,
                get("record"),
                get("kind"),
                get("true_from"),
                get("true_until"),
                self.recorded_at,
                text,
                wkb,
            )
        )
        if wkb is not None:
            west, south, east, north = next(writes.boxes)
            if layer is not None and (life is None or shows(life, self._seq, body)):
                row = layer_row(
                    body,
                    fid=self._seq if life is None else life.fid,
                    version=1 if life is None else life.version + 1,
                    blob=blob_of(wkb, west, east, south, north),
                    event_seq=self._seq,
                    label=self._label,
                )
                writes.of(layer).add(row, west, south, east, north)
        if life is not None and (shown := layer_shown(life)) is not None:
            # The row of the record's earlier state goes, or, if it still shows, its version is counted up.
            assertions = (*life.assertions, word_of(self._seq, body["change"], body["true_from"], body["true_until"]))
            stays = last_stated(assertions) == last_stated(life.assertions)
            changed = {"of": life.fid, "now": len(assertions)} if stays else {"of": life.fid}
            (writes.counted if stays else writes.left).setdefault(shown, []).append(changed)

    def _append_new(self, item: NewRecord, writes: "_Writes") -> None:
        """As `_append_any`, for a record that is written down for the first time, by the frame that it shares."""
        shared, record_id = item.shared, item.record_id
        wkb = next(writes.wkbs)
        west, south, east, north = next(writes.boxes)
        frame = shared.frame or self._framed(shared, RECORD_SLOTS)
        accuracy = "null" if item.accuracy_m is None else canonical_text(item.accuracy_m)
        text = frame % (accuracy, item.attributes, f'"{geometry_digest(wkb)}"', f'"{record_id}"', item.row)
        identity = self._next(text)
        body, seq, at = shared.body, self._seq, self.recorded_at
        true_from, true_until = body["true_from"], body["true_until"]
        chain = self._chain.hex()
        writes.events.append(
            (seq, identity, chain, _RECORDED, record_id, body["kind"], true_from, true_until, at, text, wkb)
        )
        layer = shared.layer
        if layer is None:
            return
        row = (
            seq,
            blob_of(wkb, west, east, south, north),
            record_id,
            1,
            item.accuracy_m,
            true_from,
            true_until,
            body["visibility"],
            body["source"],
            body["by"],
            at,
            body["data_on"],
            item.attributes,
            seq,
            self._label,
            shared.status,
        )
        added = writes.last if writes.last is not None and writes.last.layer is layer else writes.of(layer)
        added.add(row, west, south, east, north)

    def _append_aside(self, item: RowAside, writes: "_Writes") -> None:
        """As `_append_any`, for a row of quarantine."""
        frame = item.shared.frame or self._framed(item.shared, ROW_SLOTS)
        text = frame % (item.raw, item.reasons, item.row)
        identity = self._next(text)
        chain, change, at = self._chain.hex(), item.shared.body["change"], self.recorded_at
        writes.events.append((self._seq, identity, chain, change, None, None, None, None, at, text, None))

    def _framed(self, shared: Shared, slots: Sequence[str]) -> str:
        shared.frame = frame_of({**shared.body, "recorded_at": self.recorded_at}, slots)
        return shared.frame

    def _next(self, text: str) -> str:
        """Go one place further in the chain; give the identity of the event whose body this is."""
        identity = event_digest(utf8(text))
        self._seq += 1
        self._chain = chain_digest(self._chain, identity)
        return identity.hex()

    def commit(self) -> None:
        """Keep everything that was appended."""
        self._end_bulk()
        for kind, (west, south, east, north) in self._extents.items():
            # SQLite's min and max of two values give NULL if one is; an empty layer has no extent yet.
            self._driver.execute(
                "UPDATE gpkg_contents SET last_change = ?1, min_x = min(coalesce(min_x, ?2), ?2), "
                "min_y = min(coalesce(min_y, ?3), ?3), max_x = max(coalesce(max_x, ?4), ?4), "
                "max_y = max(coalesce(max_y, ?5), ?5) WHERE table_name = ?6",
                (self.recorded_at, west, south, east, north, kind.value),
            )
        self._driver.execute("COMMIT")
        self._store.lives.keep(self._lives)
        self._store.make_durable()

    def _widen(self, kind: RecordKind, west: float, south: float, east: float, north: float) -> None:
        w, s, e, n = self._extents.get(kind, (west, south, east, north))
        self._extents[kind] = (min(w, west), min(s, south), max(e, east), max(n, north))
