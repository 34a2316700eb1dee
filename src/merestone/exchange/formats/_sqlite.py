"""SQLite files opened for reading only: also on a medium where nothing can be written, and never in part.

GeoPackages are read through the standard library and not through GDAL (3.12.4): its Arrow stream makes another day of
a text that is not a date (2026-02-31 becomes 3 March, 02.05.2026 becomes 1 January 1970), and 0 of other text.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from merestone.terms import FileRefused, number_of

WAIT_S: Final = 5.0
_DAMAGED: Final = "the file is damaged or cut off; get it again from where it came"


@contextmanager
def reading_sqlite(path: Path, unreadable_texts: list[str] | None = None) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write. SQLite's failures become ours.

    Text that is not UTF-8 keeps its bytes, as Python's ``backslashreplace`` writes them, and is put on the list.

    Raises
    ------
    FileRefused
        The file is cut off, damaged, locked, or has a log beside it that cannot be read in place.
    """
    _refuse_cut_off(path)

    def text_of(data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            text = data.decode("utf-8", "backslashreplace")
            if unreadable_texts is not None:
                unreadable_texts.append(text)
            return text

    try:
        with closing(_connection(path)) as connection:
            connection.text_factory = text_of
            yield connection
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise FileRefused(path, "another program is writing to it", "try again when it has finished") from error
        raise FileRefused(path, f"reading stopped: {error}", _DAMAGED) from error
    except MemoryError as error:
        raise FileRefused(path, "it asks for more memory than there is", _DAMAGED) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # its own messages can hold bytes of a broken name
        raise FileRefused(path, f"reading stopped: {error}", _DAMAGED) from error


def _connection(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=WAIT_S)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error):
            raise
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            why = f"{log.name} beside it holds rows that are not in the file yet, and cannot be read in this folder"
            raise FileRefused(path, why, "copy both files to a folder that can be written to") from error
        # A file in WAL mode wants a folder that it can write to, though it is only read, and no log has to be read.
        connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
    return connection


def _refuse_cut_off(path: Path) -> None:
    """SQLite reads on in a file that is too short until a page is missing; rows would vanish without a word."""
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100:
        raise FileRefused(path, "it ends within its first 100 bytes", _DAMAGED)
    # SQLite's file format, 1.3: page size at 16, number of pages at 28, which holds if 24 and 92 are equal.
    size = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    expected = (65_536 if size == 1 else size) * pages
    if path.stat().st_size < expected:
        raise FileRefused(path, f"it has {number_of(path.stat().st_size, 'byte')} of {expected:,}", _DAMAGED)


def refuse_damaged(connection: sqlite3.Connection, path: Path) -> None:
    """Look through every page once: a broken one can hide rows without any error.

    Raises
    ------
    FileRefused
        SQLite finds something that is not as it must be.
    """
    [(check_result, *_), *_] = connection.execute("PRAGMA quick_check(1)").fetchall()
    if check_result != "ok":
        raise FileRefused(path, f"SQLite finds: {check_result}", _DAMAGED)


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def first_value(connection: sqlite3.Connection, query: str, *values: Any) -> Any:
    """The first value of the first row, or None."""
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]
