"""Whether a register still says what was written: every digest, every link, and every row of every current layer."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
import sqlalchemy as sa

from merestone.register.events.event import GENESIS, Change, chain_digest, event_digest, geometry_digest
from merestone.register.events.record_timeline import Word, last_stated
from merestone.register.events.schema import DRAFT, EVENT, LAYERS
from merestone.register.file._geopackage_blob import blob_of
from merestone.register.file.sqlite_driver import driver_of
from merestone.register.write.draft import draft_after
from merestone.register.write.layer_rows import layer_named, layer_row
from merestone.terms import renamed_attribute

_MOST_BREAKS: Final = 100
"""One edit breaks one link; more than this many breaks are one disaster, and listing them all helps nobody."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the register does not say what was written."""

    place: str
    """Such as ``event 17`` or ``layer suspected, row 12``."""
    what: str
    expected: str
    actual: str

    found = renamed_attribute("found", "actual")

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: expected {self.expected}, found {self.actual}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of looking at everything."""

    events: int
    records: int
    rows: int
    """Rows of the current layers that were compared with what the events say."""
    head: str
    """The last link of the chain, hexadecimal. Whoever noted it earlier can tell whether history was rewritten since:
    the chain alone shows an edit, but not that somebody made the whole chain anew."""
    breaks: tuple[Break, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.breaks


class _Found:
    """Breaks as they are met, up to a limit."""

    def __init__(self) -> None:
        self.breaks: list[Break] = []

    def differs(self, place: str, what: str, expected: object, actual: object) -> None:
        if len(self.breaks) < _MOST_BREAKS:
            self.breaks.append(Break(place, what, _short(expected), _short(actual)))


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def verify(
    connection: sa.Connection, *, label: str, progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Recompute every digest and link, rebuild every current row, and compare.

    Parameters
    ----------
    progress
        Called with (events looked at, events in all) now and then.
    """
    findings = _Found()
    _compare_pages(connection, findings)
    try:
        return _verified(connection, findings, label=label, progress=progress)
    except Exception as error:
        # Damaged pages can hold anything, so anything may fail. It ends the look: what was met before it is told, and
        # that there is more.
        cause = getattr(error, "orig", error)
        findings.differs("the file", "the rest cannot be read", "readable pages", f"{type(cause).__name__}: {cause}")
        return Verification(0, 0, 0, GENESIS.hex(), tuple(findings.breaks))


def _compare_pages(connection: sa.Connection, findings: _Found) -> None:
    """SQLite's own look at every page and index of the file."""
    try:
        for line in connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_BREAKS})").scalars():
            if line != "ok":
                findings.differs("the file", "SQLite's check of its pages", "ok", " ".join(str(line).split()))
    except (sa.exc.DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
        findings.differs("the file", "SQLite's check of its pages", "ok", getattr(error, "orig", error))


def _verified(
    connection: sa.Connection, findings: _Found, *, label: str, progress: Callable[[int, int], None] | None
) -> Verification:
    lives: dict[str, list[Word]] = {}
    sheets: set[int] = set()
    drafts: dict[str, dict[str, Any]] = {}
    identities: list[bytes] = []
    head, count = GENESIS, 0
    total = connection.execute(sa.select(sa.func.count()).select_from(EVENT)).scalar_one()
    for row in _events(connection):
        count += 1
        place = f"event {row.seq}"
        if not isinstance(row.body, str) or not isinstance(row.chain, str):
            findings.differs(place, "its body or its link is not text", "text", row.body)
            continue
        if row.seq != count:
            findings.differs(place, "events are missing before it", f"event {count}", f"event {row.seq}")
            count = row.seq
        identity = event_digest(row.body.encode("utf-8"))
        if identity.hex() != row.event_id:
            findings.differs(place, "its body does not match its digest", row.event_id, identity.hex())
        link = chain_digest(head, identity)
        if link.hex() != row.chain:
            findings.differs(place, "the chain does not lead to it", link.hex(), row.chain)
        head = bytes.fromhex(row.chain) if _is_link(row.chain) else link
        _compare_columns(findings, place, row)
        if row.record_id is not None:
            word = Word(row.seq, row.change == Change.WITHDRAWN.value, row.true_from, row.true_until)
            lives.setdefault(row.record_id, []).append(word)
            if layer_named(row.kind) is None:
                sheets.add(row.seq)
        identities.append(identity)
        if row.change == Change.MERGED:
            _compare_copies(findings, place, row, identities)
        if row.change in (Change.DRAFTED, Change.ADVANCED):
            _fold_draft(drafts, row)
        if progress is not None and count % 5000 == 0:
            progress(count, total)
    _compare_drafts(connection, findings, drafts)
    rows = _compare_layers(connection, findings, lives, sheets, label)
    if progress is not None:
        progress(total, total)
    return Verification(count, len(lives), rows, head.hex(), tuple(findings.breaks))


class _Row(NamedTuple):
    """A row of the event table, read by a plain statement: of tens of thousands, SQLAlchemy's take as long again."""

    seq: int
    event_id: str
    chain: Any
    change: str
    record_id: str | None
    kind: Any
    true_from: str | None
    true_until: str | None
    recorded_at: str
    body: Any
    geometry: bytes | None


def _events(connection: sa.Connection) -> Iterator[_Row]:
    columns = ", ".join(_Row._fields)
    findings = driver_of(connection).execute(f"SELECT {columns} FROM merestone_event ORDER BY seq")  # noqa: S608 - constants
    return map(_Row._make, findings)


def _is_link(text: str) -> bool:
    try:
        return len(bytes.fromhex(text)) == hashlib.sha256().digest_size
    except ValueError:
        return False


_REPEATED: Final = {
    "change": "change",
    "record_id": "record",
    "kind": "kind",
    "true_from": "true_from",
    "true_until": "true_until",
    "recorded_at": "recorded_at",
}
"""The columns of an event that repeat a key of its body."""


def _compare_columns(findings: _Found, place: str, row: Any) -> None:
    """The columns beside a body are there to be searched; they must repeat it."""
    try:
        body = json.loads(row.body)
    except ValueError as error:
        findings.differs(place, "its body cannot be read", "JSON", error)
        return
    column_values = (row.change, row.record_id, row.kind, row.true_from, row.true_until, row.recorded_at)
    body_values = tuple(map(body.get, _REPEATED.values()))
    if column_values != body_values:
        for column, value, wanted in zip(_REPEATED, column_values, body_values, strict=True):
            if value != wanted:
                findings.differs(place, f"column {column} does not repeat its body", wanted, value)
    digest = None if row.geometry is None else geometry_digest(row.geometry)
    if digest != body.get("geometry"):
        findings.differs(place, "its outline does not match its digest", body.get("geometry"), digest)


def _compare_copies(findings: _Found, place: str, row: Any, identities: list[bytes]) -> None:
    """The chain of each copy that was merged must still lead to the head that it had."""
    with suppress(KeyError, TypeError, ValueError, IndexError):  # a body that cannot be read was told of already
        body = json.loads(row.body)
        for copy in body["copies"]:
            link = bytes.fromhex(body["base"])
            for first, last in copy["runs"]:
                for seq in range(first, last + 1):
                    link = chain_digest(link, identities[seq - 1])
            if link.hex() != copy["head"]:
                findings.differs(place, "a merged copy's own chain does not lead to its head", copy["head"], link.hex())


def _fold_draft(drafts: dict[str, dict[str, Any]], row: Any) -> None:
    with suppress(KeyError, TypeError, ValueError):  # a body that cannot be read was told of already
        body = json.loads(row.body)
        drafts[body["draft"]] = draft_after(drafts.get(body["draft"]), row.seq, body)


def _compare_drafts(connection: sa.Connection, findings: _Found, drafts: dict[str, dict[str, Any]]) -> None:
    for row in connection.execute(sa.select(DRAFT).order_by(DRAFT.c.fid)).mappings():
        place, wanted = f"draft {row['draft_id']}", drafts.pop(row["draft_id"], None)
        if wanted is None:
            findings.differs(place, "no event says so", "no draft", f"row {row['fid']}")
            continue
        for column, value in wanted.items():
            if row[column] != value:
                findings.differs(place, f"column {column} does not follow from its events", value, row[column])
    for draft_id, wanted in drafts.items():
        findings.differs(f"draft {draft_id}", "its row is missing", f"row {wanted['fid']}", "no row")


def _compare_layers(
    connection: sa.Connection, findings: _Found, lives: dict[str, list[Word]], sheets: set[int], label: str
) -> int:
    """Rebuild each current row from the events, and compare it with the row that stands there."""
    shown: dict[int, tuple[int, int]] = {}
    for assertions in lives.values():
        word = last_stated(assertions)
        if word is not None and word.seq not in sheets:
            shown[word.seq] = (assertions[0].seq, len(assertions))
    rows = 0
    for kind, table in LAYERS.items():
        expected_fids: set[int] = set()
        names = table.c.keys()
        columns = ", ".join(f"layer.{name}" for name in names)
        chosen = (
            f"SELECT {columns}, event.body, event.geometry FROM {kind.value} AS layer"  # noqa: S608 - our own names
            " LEFT JOIN merestone_event AS event ON event.seq = layer.event_seq ORDER BY layer.fid"
        )
        at_fid, at_event, at_record = (names.index(name) for name in ("fid", "event_seq", "record_id"))
        indexed = set(connection.exec_driver_sql(f'SELECT id FROM "rtree_{kind.value}_geom"').scalars())  # noqa: S608
        for row, box in _with_boxes(driver_of(connection).execute(chosen)):
            rows += 1
            *_, text, wkb = row
            row_fid, event_seq = row[at_fid], row[at_event]
            place = f"layer {kind.value}, row {row_fid}"
            expected_fids.add(row_fid)
            fid_and_version = shown.pop(event_seq, None)
            if fid_and_version is None or text is None:
                findings.differs(place, "no event says so", "no row", f"record {row[at_record]}")
                continue
            fid, version = fid_and_version
            try:
                body = json.loads(text)
                west, south, east, north = shapely.from_wkb(wkb).bounds if box is None else box
                blob = blob_of(wkb, west, east, south, north)
                wanted = layer_row(body, fid=fid, version=version, blob=blob, event_seq=event_seq, label=label)
            except (KeyError, TypeError, ValueError, shapely.GEOSException) as error:
                findings.differs(place, "its event cannot be read", "a record's state", error)
                continue
            column_values = tuple(row[: len(names)])
            if column_values != wanted:
                for column, value, stands in zip(names, wanted, column_values, strict=True):
                    if stands != value:
                        what = f"column {column} does not follow from event {event_seq}"
                        findings.differs(place, what, value, stands)
            if body["kind"] != kind.value:
                findings.differs(place, "it is in the wrong layer", body["kind"], kind.value)
        for fid in sorted(expected_fids ^ indexed):
            is_row = fid in expected_fids
            findings.differs(
                f"layer {kind.value}, row {fid}",
                "the spatial index differs from the layer",
                "an entry" if is_row else "no entry",
                "no entry" if is_row else "an entry",
            )
    for seq, (fid, _) in sorted(shown.items()):
        findings.differs(f"event {seq}", "its state is missing from the current layers", f"row {fid}", "no row")
    return rows


def _with_boxes(rows: sqlite3.Cursor) -> Iterator[tuple[tuple[Any, ...], list[float] | None]]:
    """Each row with the extent of the outline that it ends with; None where that must be looked at alone."""
    while some := rows.fetchmany(1000):
        wkbs = np.array([row[-1] if isinstance(row[-1], bytes) else None for row in some], dtype=object)
        try:
            boxes: list[Any] = shapely.bounds(shapely.from_wkb(wkbs)).tolist()
        except shapely.GEOSException:
            boxes = [None] * len(some)
        for row, wkb, box in zip(some, wkbs, boxes, strict=True):
            yield row, None if wkb is None else box
