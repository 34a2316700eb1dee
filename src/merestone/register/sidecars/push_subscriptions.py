"""Subscriptions to new alerts: a file of its own beside the register, for its owner alone.

Nobody's name, place or address on the network is in it: only what a browser gave, and the language in which it is told.
It is no part of the register's history; who unsubscribes, or whose browser is gone, is deleted, not marked.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from merestone.alerts import PushSubscription
from merestone.register.events.errors import disk_faults_told

SUBSCRIPTIONS_MOST: Final = 1_000_000
"""Some 400 MB."""
_READ_AT_ONCE: Final = 1_000
_WAIT_S: Final = 2.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS subscription (
  endpoint TEXT PRIMARY KEY, p256dh TEXT NOT NULL, auth TEXT NOT NULL, language TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pushed (identifier TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class PushSubscriptions:
    """The file of subscriptions of a register; several processes may use it at once."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    @staticmethod
    def path_beside(register: Path | str) -> Path:
        """Where a register's subscriptions lie: ``areas.push.db`` beside ``areas.gpkg``."""
        return Path(register).with_suffix(".push.db")

    @classmethod
    def beside(cls, register: Path | str) -> "PushSubscriptions":
        """The subscriptions of a register; the file is made when the first is added."""
        return cls(cls.path_beside(register))

    def add(self, subscription: PushSubscription) -> bool:
        """Keep a subscription, or the newer keys of one that is there; False if there is room for no more.

        Raises
        ------
        RegisterBusy, RegisterNotWritable
        """
        with self._changing() as database:
            known = database.execute("SELECT 1 FROM subscription WHERE endpoint = ?", (subscription.endpoint,))
            is_known = known.fetchone() is not None
            if not is_known and self._count(database) >= SUBSCRIPTIONS_MOST:
                return False
            values = subscription.endpoint, subscription.p256dh, subscription.auth, subscription.language
            database.execute("INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?)", values)
        return True

    def remove(self, endpoints: Iterable[str]) -> None:
        """Delete subscriptions, overwriting them; those that are not there are passed over."""
        if not self.path.exists():
            return
        with self._changing() as database:
            database.executemany("DELETE FROM subscription WHERE endpoint = ?", ((name,) for name in endpoints))

    def count(self) -> int:
        """How many there are."""
        if not self.path.exists():
            return 0
        with self._opened() as database:
            return self._count(database)

    def all(self) -> Iterator[PushSubscription]:
        """Every subscription, read a thousand at a time, so that others can subscribe meanwhile."""
        after = ""
        while self.path.exists():
            with self._opened() as database:
                rows = database.execute(
                    "SELECT endpoint, p256dh, auth, language FROM subscription WHERE endpoint > ?"
                    " ORDER BY endpoint LIMIT ?",
                    (after, _READ_AT_ONCE),
                ).fetchall()
            if not rows:
                return
            yield from (PushSubscription(*row) for row in rows)
            after = rows[-1][0]

    def mark_pushed(self, identifiers: Iterable[str]) -> None:
        """Note that these alerts were sent to everybody, or that nobody is to be told of them any more."""
        with self._changing() as database:
            database.executemany("INSERT OR IGNORE INTO pushed VALUES (?)", ((name,) for name in identifiers))

    def not_pushed(self, identifiers: Iterable[str]) -> tuple[str, ...]:
        """Those of the alerts that are not marked, in their order; none where there is no file, and so no reader."""
        if not self.path.exists():
            return ()
        with self._opened() as database:
            marked = {name for (name,) in database.execute("SELECT identifier FROM pushed")}
        return tuple(name for name in identifiers if name not in marked)

    @staticmethod
    def _count(database: sqlite3.Connection) -> int:
        (number,) = database.execute("SELECT count(*) FROM subscription").fetchone()
        return int(number)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            with disk_faults_told(self.path):
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        with disk_faults_told(self.path), closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as database:
            database.execute("PRAGMA secure_delete = ON")  # what is deleted must not linger in free pages
            database.executescript(_TABLES)
            yield database

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as database, database:
            database.execute("BEGIN IMMEDIATE")
            yield database
