"""Writing: one batch is one transaction, and ends whole or not at all."""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Final

import numpy as np
import shapely
import sqlalchemy as sa

from merestone.register._geopackage_blob import blob_of
from merestone.register.entry import Entry
from merestone.register.errors import RecordUnknown, VersionMoved, disk_faults_told
from merestone.register.event import (
    BODY_VERSION,
    GENESIS,
    Change,
    canonical,
    chain_digest,
    event_digest,
    event_of,
    geometry_digest,
    instant_text,
)
from merestone.register.life import Word, last_stated
from merestone.register.schema import EVENT, LAYERS
from merestone.register.store import Store
from merestone.terms import FieldRefused, RecordKind

_CHUNK: Final = 2000
"""Events held back before they are written together: few enough for memory, enough to make one statement of many."""

_ADD_EVENT: Final = sa.insert(EVENT)
_ADD_ROW: Final = {kind: sa.insert(table) for kind, table in LAYERS.items()}


def new_record_id() -> str:
    """A name for a record that two offline copies will never both give: 60 random bits, without 0, 1, 8 and 9."""
    text = base64.b32encode(secrets.token_bytes(8)).decode("ascii")
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}"


@dataclass(slots=True)
class _Pending:
    """An event that has not been written yet."""

    change: Change
    record_id: str | None
    entry: Entry | None
    more: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Life:
    """What the register held of a record when a batch began to change it."""

    words: tuple[Word, ...]
    event_ids: tuple[str, ...]
    kinds: tuple[RecordKind, ...]

    @property
    def fid(self) -> int:
        return self.words[0].seq

    def kind_shown(self) -> RecordKind | None:
        """The layer that shows the record now; None if none does."""
        shown = last_stated(self.words)
        return None if shown is None else self.kinds[self.words.index(shown)]


class Batch:
    """One transaction on a register. Get it from `Register.batch`; leave its ``with`` block to keep the work.

    The write lock is taken with the first write that reaches the file, not with the block, so that reading a file does
    not keep others waiting.
    """

    def __init__(
        self,
        store: Store,
        *,
        by: str,
        why: str,
        source: str,
        clock: Callable[[], datetime],
        label: str,
        kind: RecordKind | None = None,
        file_name: str | None = None,
        file_sha256: str | None = None,
        data_on: date | None = None,
    ) -> None:
        for field, value in (("by", by), ("why", why), ("source", source)):
            if not value.strip():
                raise FieldRefused(
                    field, value, "is empty", "say who writes, why, and who said so: history needs all three"
                )
        self.batch_id = secrets.token_hex(8)
        self.recorded_count = 0
        self.quarantined_count = 0
        self.summary: dict[str, Any] = {}
        """What the importer wants remembered of the whole, written into the closing event."""
        self._store, self._clock, self._label = store, clock, label
        self._by, self._why, self._source = by, why, source
        self._kind, self._file_name, self._file_sha256, self._data_on = kind, file_name, file_sha256, data_on
        self._kinds: set[RecordKind] = set() if kind is None else {kind}
        self._pending: list[_Pending] = []
        self._connection: sa.Connection | None = None
        self._seq, self._chain = 0, GENESIS
        self._recorded_at = ""
        self._extents: dict[RecordKind, tuple[float, float, float, float]] = {}

    def __enter__(self) -> "Batch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep everything, or, after an error, nothing."""
        try:
            if error is None:
                with disk_faults_told(self._store.path):
                    self._finish()
        finally:
            if self._connection is not None:
                self._connection.close()  # rolls back what was not committed

    # What a caller may write -----------------------------------------------------------------------------------------

    def found(self, register_id: str) -> None:
        """Write the first event of a new register: its identity and its label."""
        self._pending.append(_Pending(Change.FOUNDED, None, None, {"register": register_id, "label": self._label}))

    def record(self, entry: Entry) -> str:
        """Write a new record down; give its identity."""
        record_id = new_record_id()
        self._pending.append(_Pending(Change.RECORDED, record_id, entry, {"parent": None}))
        self.recorded_count += 1
        self._kinds.add(entry.kind)
        if len(self._pending) >= _CHUNK:
            self._flush()
        return record_id

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record, as it came, with the reasons."""
        text = raw if isinstance(raw, str) else canonical(raw).decode("utf-8")
        more = {"row": row, "raw": text, "reasons": list(reasons), "file_name": self._file_name}
        self._pending.append(_Pending(Change.QUARANTINED, None, None, more))
        self.quarantined_count += 1
        if len(self._pending) >= _CHUNK:
            self._flush()

    def revise(self, record_id: str, entry: Entry, *, seen_version: int | None = None, why: str | None = None) -> int:
        """Write a record's state anew, for the days from ``entry.true_from`` until ``entry.true_until``.

        With ``true_from`` in the past it corrects what was said of those days; other days keep what was said of them.
        Gives the new version.

        Parameters
        ----------
        seen_version
            The version on which this work was based. None: take whatever stands there.

        Raises
        ------
        RecordUnknown
        VersionMoved
            Somebody else changed the record in between. Nothing of the batch is kept unless the caller catches it.
        FieldRefused
            ``true_from`` lies in the future: the register says what is, and a plan would hide what is.
        """
        return self._change(
            Change.REVISED,
            record_id,
            entry,
            true_from=entry.true_from,
            true_until=entry.true_until,
            seen_version=seen_version,
            why=why,
        )

    def withdraw(
        self,
        record_id: str,
        *,
        true_from: date | None = None,
        true_until: date | None = None,
        seen_version: int | None = None,
        why: str | None = None,
    ) -> int:
        """Say that a record does not hold from ``true_from`` on (None: never held); give the new version.

        Nothing is deleted: earlier days, and what was known earlier, stay as they were.

        Raises
        ------
        RecordUnknown, VersionMoved, FieldRefused
            As `revise` does.
        """
        return self._change(
            Change.WITHDRAWN,
            record_id,
            None,
            true_from=true_from,
            true_until=true_until,
            seen_version=seen_version,
            why=why,
        )

    # How it reaches the file -----------------------------------------------------------------------------------------

    def _change(
        self,
        change: Change,
        record_id: str,
        entry: Entry | None,
        *,
        true_from: date | None,
        true_until: date | None,
        seen_version: int | None,
        why: str | None,
    ) -> int:
        if true_from is not None and true_from > self._clock().astimezone(UTC).date():
            raise FieldRefused(
                "true_from",
                true_from.isoformat(),
                "lies in the future",
                "record the change once it has come true: the current layers would otherwise hide what still holds",
            )
        with disk_faults_told(self._store.path):
            self._flush()
            connection = self._begin()
            life = _life_of(connection, record_id)
            if seen_version is not None and seen_version != len(life.words):
                theirs = connection.execute(sa.select(EVENT).where(EVENT.c.seq == life.words[-1].seq)).one()
                raise VersionMoved(
                    record_id, seen=seen_version, found=len(life.words), yours=entry, theirs=event_of(theirs)
                )
            more: dict[str, Any] = {"parent": life.event_ids[-1]}
            if why is not None:
                more["why"] = why
            if entry is None:
                more["kind"] = life.kinds[-1].value
                more["true_from"] = None if true_from is None else true_from.isoformat()
                more["true_until"] = None if true_until is None else true_until.isoformat()
            self._flush([_Pending(change, record_id, entry, more)], life)
        return len(life.words) + 1

    def _begin(self) -> sa.Connection:
        if self._connection is None:
            connection = self._store.writing()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            columns = (EVENT.c.seq, EVENT.c.chain, EVENT.c.recorded_at)
            last = connection.execute(sa.select(*columns).order_by(EVENT.c.seq.desc()).limit(1)).first()
            now = instant_text(self._clock())
            if last is None:
                self._recorded_at = now
            else:
                self._seq, self._chain = last.seq, bytes.fromhex(last.chain)
                # A clock that was set back must not reorder history: what was known when follows the chain.
                self._recorded_at = max(now, last.recorded_at)
        return self._connection

    def _flush(self, pending: list[_Pending] | None = None, life: _Life | None = None) -> None:
        if pending is None:
            pending, self._pending = self._pending, []
        if not pending:
            return
        with disk_faults_told(self._store.path):
            connection = self._begin()
            self._write(connection, pending, life)

    def _write(self, connection: sa.Connection, pending: list[_Pending], life: _Life | None) -> None:
        placed = [item.entry for item in pending if item.entry is not None]
        outlines = np.array([entry.geometry for entry in placed], dtype=object)
        wkbs = iter(shapely.to_wkb(outlines, byte_order=1, flavor="iso").tolist() if placed else [])
        bounds = shapely.bounds(outlines) if placed else np.empty((0, 4))
        _refuse_off_the_globe(placed, bounds)
        box = iter(bounds.tolist())
        events: list[dict[str, Any]] = []
        rows: dict[RecordKind, list[dict[str, Any]]] = {}
        for item in pending:
            entry = item.entry
            wkb = None if entry is None else next(wkbs)
            body = self._body(item, wkb)
            text = canonical(body)
            identity = event_digest(text)
            self._seq += 1
            self._chain = chain_digest(self._chain, identity)
            events.append(
                {
                    "seq": self._seq,
                    "event_id": identity.hex(),
                    "chain": self._chain.hex(),
                    "change": item.change.value,
                    "record_id": item.record_id,
                    "kind": body.get("kind"),
                    "true_from": body.get("true_from"),
                    "true_until": body.get("true_until"),
                    "recorded_at": self._recorded_at,
                    "body": text.decode("utf-8"),
                    "geometry": wkb,
                }
            )
            if entry is not None and wkb is not None:
                west, south, east, north = next(box)
                if life is None or _shows(life, self._seq, body):
                    row = layer_row(body, event_seq=self._seq, label=self._label)
                    row["fid"] = self._seq if life is None else life.fid
                    row["version"] = 1 if life is None else len(life.words) + 1
                    row["geom"] = blob_of(wkb, west, east, south, north)
                    rows.setdefault(entry.kind, []).append(row)
                    self._widen(entry.kind, west, south, east, north)
        connection.execute(_ADD_EVENT, events)
        if life is not None:
            self._leave_layer(connection, life, events[-1])
        for kind, added in rows.items():
            connection.execute(_ADD_ROW[kind], added)

    def _leave_layer(self, connection: sa.Connection, life: _Life, event: dict[str, Any]) -> None:
        """Take the row of the record's earlier state away, or, if it still shows, count its version up."""
        shown = life.kind_shown()
        if shown is None:
            return
        table = LAYERS[shown]
        before = last_stated(life.words)
        words = (*life.words, _word_of(event["seq"], event["change"], event["true_from"], event["true_until"]))
        if last_stated(words) == before:
            connection.execute(sa.update(table).where(table.c.fid == life.fid).values(version=len(words)))
        else:
            connection.execute(sa.delete(table).where(table.c.fid == life.fid))

    def _body(self, item: _Pending, wkb: bytes | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "v": BODY_VERSION,
            "batch": self.batch_id,
            "by": self._by,
            "change": item.change.value,
            "recorded_at": self._recorded_at,
            "source": self._source,
            "why": self._why,
        }
        if item.record_id is not None:
            body["record"] = item.record_id
        entry = item.entry
        if entry is not None and wkb is not None:
            body["accuracy_m"] = None if entry.accuracy_m is None else float(entry.accuracy_m)
            body["attributes"] = dict(entry.attributes)
            body["data_on"] = None if self._data_on is None else self._data_on.isoformat()
            body["geometry"] = geometry_digest(wkb)
            body["kind"] = entry.kind.value
            body["row"] = entry.row
            body["true_from"] = None if entry.true_from is None else entry.true_from.isoformat()
            body["true_until"] = None if entry.true_until is None else entry.true_until.isoformat()
            body["visibility"] = entry.visibility.value
            if entry.source is not None:
                body["source"] = entry.source
        body.update(item.more)
        return body

    def _widen(self, kind: RecordKind, west: float, south: float, east: float, north: float) -> None:
        w, s, e, n = self._extents.get(kind, (west, south, east, north))
        self._extents[kind] = (min(w, west), min(s, south), max(e, east), max(n, north))

    def _finish(self) -> None:
        if self._file_name is not None or self._file_sha256 is not None:
            more: dict[str, Any] = {
                "data_on": None if self._data_on is None else self._data_on.isoformat(),
                "file_name": self._file_name,
                "file_sha256": self._file_sha256,
                "kinds": sorted(kind.value for kind in self._kinds),
                "quarantined": self.quarantined_count,
                "recorded": self.recorded_count,
                "summary": dict(self.summary),
            }
            self._pending.append(_Pending(Change.IMPORTED, None, None, more))
        self._flush()
        if self._connection is None:
            return
        for kind, (west, south, east, north) in self._extents.items():
            # Scalar min and max of SQLite: NULL beside a value would win, hence coalesce.
            self._connection.exec_driver_sql(
                "UPDATE gpkg_contents SET last_change = ?1, min_x = min(coalesce(min_x, ?2), ?2), "
                "min_y = min(coalesce(min_y, ?3), ?3), max_x = max(coalesce(max_x, ?4), ?4), "
                "max_y = max(coalesce(max_y, ?5), ?5) WHERE table_name = ?6",
                (self._recorded_at, west, south, east, north, kind.value),
            )
        self._connection.commit()


def layer_row(body: Mapping[str, Any], *, event_seq: int, label: str) -> dict[str, Any]:
    """What a current layer shows of an event's state, without the outline, the version and the row's own number."""
    return {
        "record_id": body["record"],
        "accuracy_m": body["accuracy_m"],
        "true_from": body["true_from"],
        "true_until": body["true_until"],
        "visibility": body["visibility"],
        "source": body["source"],
        "recorded_by": body["by"],
        "recorded_at": body["recorded_at"],
        "data_on": body["data_on"],
        "attributes": canonical(body["attributes"]).decode("utf-8"),
        "event_seq": event_seq,
        "label": label,
    }


def _word_of(seq: int, change: str, true_from: str | None, true_until: str | None) -> Word:
    return Word(seq, change == Change.WITHDRAWN.value, true_from, true_until)


def _shows(life: _Life, seq: int, body: Mapping[str, Any]) -> bool:
    """Whether a new event is the one that the current layer shows from now on."""
    word = _word_of(seq, body["change"], body["true_from"], body["true_until"])
    return last_stated((*life.words, word)) == word


def _life_of(connection: sa.Connection, record_id: str) -> _Life:
    columns = (EVENT.c.seq, EVENT.c.event_id, EVENT.c.change, EVENT.c.kind, EVENT.c.true_from, EVENT.c.true_until)
    found = connection.execute(sa.select(*columns).where(EVENT.c.record_id == record_id).order_by(EVENT.c.seq)).all()
    if not found:
        raise RecordUnknown(record_id)
    return _Life(
        tuple(_word_of(row.seq, row.change, row.true_from, row.true_until) for row in found),
        tuple(row.event_id for row in found),
        tuple(RecordKind(row.kind) for row in found),
    )


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
