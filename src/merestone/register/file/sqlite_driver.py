"""SQLite beneath the register's file: its address, plain statements and rows without SQLAlchemy."""

import os
import sqlite3
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:  # who only asks what is recorded need not wait until SQLAlchemy is loaded
    import sqlalchemy as sa


Rows = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""(statement, a value for each of its ``:names``) -> all rows. Every question sees one unchanging state of the file."""


def uri_of(path: Path, *, read_only: bool) -> str:
    """What SQLite is given to open a file."""
    uri = f"file:{urllib.parse.quote(str(path.resolve()))}?mode={'ro' if read_only else 'rw'}"
    # immutable is for media that nobody can write: there, SQLite could not even make the lock file that it needs.
    if read_only and not os.access(path.parent, os.W_OK) and not beside(path, "-wal").exists():
        uri += "&immutable=1"
    return uri


def rows_of(raw: sqlite3.Connection) -> Rows:
    """What answers plain statements in the connection's own transaction."""
    return lambda statement, values: raw.execute(statement, values).fetchall()


def driver_of(connection: "sa.Connection") -> sqlite3.Connection:
    """SQLite's own connection, in the same transaction, for the few statements that every change needs."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


@cache
def _insertion(table: "sa.Table") -> str:
    from sqlalchemy.dialects import sqlite

    return str(table.insert().compile(dialect=sqlite.dialect()))


def insert_all(connection: "sa.Connection", table: "sa.Table", rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows, each in the order of the table's columns.

    SQLAlchemy would take a mapping for each row and give the driver a tuple; with tens of thousands of rows, that
    costs as much as SQLite does. The statement is still SQLAlchemy's.
    """
    if rows:
        driver_of(connection).executemany(_insertion(table), rows)


def beside(path: Path, suffix: str) -> Path:
    """What SQLite keeps beside a file, such as its log (``-wal``)."""
    return path.with_name(path.name + suffix)
