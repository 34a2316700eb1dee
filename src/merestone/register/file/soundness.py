"""Whether the file still holds what was written, asked before anything is answered from it.

Two ways, the quick one first:

- **The seal.** When a writer closes the register, it notes the CRC-32 of all pages (`write_seal`). A reader compares:
  about 10 ms for 25 MB, in pieces, so that it needs no memory (`_pages`).
- **The long look** (`damage_in`), where the seal differs, because another program wrote into the file (QGIS edits a
  layer), a writer was killed, or the file is damaged: SQLite's own check of the events' pages and indexes, then each
  event against its digest, its place in the chain, and the columns by which it is found.

What the long look finds is told, and nothing is answered: a record that cannot be read may be a hazard.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from merestone.register.events.event import GENESIS, chain_digest, event_digest, geometry_digest
from merestone.register.file._pages import pages_crc32

UNREADABLE: Final = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises: SQLite's message may itself quote damaged text, which Python cannot decode."""
_TABLE: Final = "merestone_seal"
_CREATE: Final = (
    f"CREATE TABLE IF NOT EXISTS {_TABLE} (id INTEGER PRIMARY KEY, pages INTEGER NOT NULL, crc32 INTEGER NOT NULL)"
)
_SEAL: Final = f"SELECT pages, crc32 FROM {_TABLE} WHERE id = 1"  # noqa: S608 - a constant
_LEFT_OUT: Final = ((18, 20), (24, 28), (92, 100))
"""Bytes of the first page that say how, when and by which SQLite the file was last written, and nothing of its content:
journal mode, change counter, the counter's copy and SQLite's version (https://www.sqlite.org/fileformat2.html)."""
_COLUMNS: Final = (
    ("change", "change"),
    ("record_id", "record"),
    ("kind", "kind"),
    ("true_from", "true_from"),
    ("true_until", "true_until"),
    ("recorded_at", "recorded_at"),
)
"""Each column by which events are found, and the key of the body that it repeats."""
_EVENTS: Final = (
    "SELECT seq, event_id, chain, body, geometry, change, record_id, kind, true_from, true_until, recorded_at"
    " FROM merestone_event NOT INDEXED ORDER BY seq"
)


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Whether every page is as the last writer left it. The connection is in a transaction.

    False says nothing of damage: the file may never have been sealed, or another program wrote into it.
    """
    return fitting_seal(connection) is not None


def fitting_seal(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """The number of pages and their CRC-32, if every page is as the last writer left it; otherwise None."""
    try:
        noted: tuple[int, int] | None = connection.execute(_SEAL).fetchone()
        return noted if noted is not None and noted == _pages_and_crc(connection) else None
    except UNREADABLE:
        return None


def write_seal(connection: sqlite3.Connection) -> bool:
    """Note the checksum of all pages; False if nothing had to be written. The connection may wait for a lock.

    Raises
    ------
    sqlite3.Error
        Another connection is writing, or the disk refuses. Nothing was changed; the seal that stands does not fit then.
    """
    _begin(connection)
    try:
        if is_sealed(connection):
            connection.execute("ROLLBACK")
            return False
        if not _has_row(connection):
            connection.execute(_CREATE)
            connection.execute(f"INSERT OR IGNORE INTO {_TABLE} VALUES (1, 0, 0)")  # noqa: S608 - a constant
            connection.execute("COMMIT")
            _begin(connection)
        # The row has its page by now, and nothing but that page changes any more.
        noted = _pages_and_crc(connection)
        if noted is None:
            connection.execute("ROLLBACK")
            return False
        connection.execute(f"UPDATE {_TABLE} SET pages = ?, crc32 = ? WHERE id = 1", noted)  # noqa: S608
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return True


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write, with all pages in the file and none in the log, so that they can be read piece by piece.

    Whoever is reading just now may prevent it; SQLite then has to give a copy of all pages.
    """
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute("BEGIN IMMEDIATE")


def _has_row(connection: sqlite3.Connection) -> bool:
    try:
        return connection.execute(_SEAL).fetchone() is not None
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return False


def _pages_and_crc(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """How many pages there are, and their CRC-32 without the seal's own page; None if that cannot be told."""
    ((page_bytes,),) = connection.execute("PRAGMA page_size")
    ((pages,),) = connection.execute("PRAGMA page_count")
    seal = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (_TABLE,)).fetchone()
    if seal is None:
        return None
    own = ((seal[0] - 1) * page_bytes, seal[0] * page_bytes)
    crc = pages_crc32(connection, page_bytes * pages, (*_LEFT_OUT, own))
    return None if crc is None else (pages, crc)


def damage_in(connection: sqlite3.Connection, most: int = 3) -> list[str]:
    """What is wrong with the events, in words; empty if every one is as it was written. Reads all of them.

    Parameters
    ----------
    most
        So many findings are told.
    """
    texts: list[str] = []
    for finding in _findings(connection):
        texts.append(finding)
        if len(texts) >= most:
            break
    return texts


def _findings(connection: sqlite3.Connection) -> Iterator[str]:
    try:
        for (line,) in connection.execute("PRAGMA integrity_check('merestone_event')"):
            if line != "ok":
                yield f"SQLite finds that {' '.join(str(line).split())}"
    except UNREADABLE as error:
        yield f"its pages cannot be read ({error})"
        return
    cursor = connection.cursor()
    head, last = GENESIS, 0
    try:
        for row in cursor.execute(_EVENTS):
            if row[0] != last + 1:
                yield f"event {last + 1} is missing"
            wrong = _wrong_in(row, head)
            if wrong is not None:
                yield f"event {row[0]}: {wrong}"
            last, head = row[0], _link(row[2]) or head
    except UNREADABLE as error:
        yield f"the event after {last} cannot be read ({error})"
        return
    if not last:
        yield "its history does not begin"


def _link(chain: Any) -> bytes | None:
    try:
        return bytes.fromhex(chain)
    except (TypeError, ValueError):
        return None


def _wrong_in(row: tuple[Any, ...], head: bytes) -> str | None:
    """Why an event cannot be what was written; None if it is."""
    _, event_id, chain, body, geometry, *columns = row
    if not isinstance(body, str) or not isinstance(event_id, str):
        return "it is not text"
    identity = event_digest(body.encode("utf-8", "surrogatepass"))
    if identity.hex() != event_id:
        return "what it says does not match its digest"
    if chain_digest(head, identity).hex() != chain:
        return "the chain does not lead to it"
    try:
        body_fields = json.loads(body)
    except (ValueError, RecursionError):
        return "what it says cannot be read"
    if not isinstance(body_fields, dict):
        return "what it says cannot be read"
    for (column, key), value in zip(_COLUMNS, columns, strict=True):
        if value != body_fields.get(key):
            return f"its column {column} does not repeat what it says"
    if geometry is not None and not isinstance(geometry, bytes):
        return "its outline is not binary"
    digest = None if geometry is None else geometry_digest(geometry)
    return None if digest == body_fields.get("geometry") else "its outline does not match its digest"
