"""The file under the register: how it is opened, locked, brought up to date, and closed whole."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from merestone.register.events.errors import (
    RegisterDamaged,
    RegisterNotSettled,
    RegisterNotWritable,
    disk_faults_told,
    is_busy,
)
from merestone.register.events.record_timeline import LivesKnown
from merestone.register.file import _geopackage_blob
from merestone.register.file._lent_connection import LentConnection
from merestone.register.file._log import Log, hold
from merestone.register.file.bulk import CACHE_KIB
from merestone.register.file.soundness import damage_in, fitting_seal, is_sealed, write_seal
from merestone.register.file.sqlite_driver import Rows, beside, driver_of, rows_of, uri_of

if TYPE_CHECKING:  # who only asks what is recorded need not wait until SQLAlchemy is loaded
    import sqlalchemy as sa

NOTICE_S: Final = 1.5
"""Seconds of waiting for a lock after which a person is told what is waited for."""
_CACHE: Final = "PRAGMA cache_size = -65536"
_IDLE: Final = 4
"""So many connections wait for the next question; what they read stays in their memory."""


WAIT_S = 60.0
"""How long a writer waits for another before `RegisterBusy`, in seconds: longer than a large import holds the file."""


class Store:
    """One GeoPackage file, open for reading or for both. WAL while it is open; one plain file once it is closed."""

    def __init__(self, path: Path, *, read_only: bool, wait_s: float) -> None:
        self.path, self.read_only = path, read_only
        self._wait_s = wait_s
        self._must_look = False
        self._is_sound = False
        """Whether all events were as they were written when it was opened."""
        self._log: Log | None = None
        self.lives = LivesKnown()
        self._engine: sa.Engine | None = None
        self._lending: sa.Engine | None = None
        self._lent = threading.local()
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    @property
    def engine(self) -> "sa.Engine":
        """SQLAlchemy's connections to the file, made when they are first needed."""
        import sqlalchemy as sa

        with self._lock:
            if self._engine is None:
                self._engine = sa.create_engine(
                    "sqlite://", creator=self.connect, poolclass=sa.pool.QueuePool, pool_size=4
                )
                sa.event.listen(self._engine, "begin", self._begin)
            return self._engine

    def connect(self) -> sqlite3.Connection:
        """A connection of its own, which the caller closes."""
        connection = sqlite3.connect(
            uri_of(self.path, read_only=self.read_only),
            uri=True,
            timeout=self._wait_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        _geopackage_blob.teach(connection)
        try:
            self._take_shared_lock(connection)  # the pragmas below already read the file
        except BaseException:
            connection.close()
            raise
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(_CACHE)
        if self.read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA synchronous = FULL")
        return connection

    def enter_log(self) -> None:
        """Write by way of a write-ahead log from now on, so that readers and writers do not wait for each other."""
        try:
            self._log = hold(self.path, self.connect())
        except OSError as error:
            raise RegisterNotWritable(
                self.path, f"its log cannot be written ({error})", "free space or give the right to write"
            ) from error

    @contextmanager
    def asking(self) -> Iterator[Rows]:
        """What answers plain statements, all about one unchanging state of the file, without SQLAlchemy.

        For what is asked most: to load SQLAlchemy takes longer than to read a register and answer from it.
        """
        self._look_once()
        with self._asking() as connection:
            yield rows_of(connection)

    @contextmanager
    def asking_for_much(self) -> Iterator[Rows]:
        """As `asking`, for who reads most of the file once: pages that nobody asks for again are not kept."""
        self._look_once()
        with self._asking() as connection:
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            try:
                yield rows_of(connection)
            finally:
                connection.execute(_CACHE)

    @contextmanager
    def asking_unlooked(self) -> Iterator[Rows]:
        """As `asking`, of a file that may be damaged: for what opens it."""
        with self._asking() as connection:
            yield rows_of(connection)

    @contextmanager
    def asking_sealed(self) -> Iterator[tuple[Rows, tuple[int, int]] | None]:
        """As `asking`, beside the seal, if every page is as the last writer left it; otherwise None, and no answer."""
        with self._asking() as connection:
            seal = fitting_seal(connection)
            yield None if seal is None else (rows_of(connection), seal)

    def look_before_use(self) -> None:
        """Look for damage before the next question, or the next writing, once."""
        self._must_look = True

    def _look_once(self) -> None:
        if self._must_look:
            self.refuse_damaged()
            self._must_look = False

    def refuse_damaged(self) -> None:
        """Compare the seal, and look at every event where it does not fit.

        Raises
        ------
        RegisterDamaged
            The file does not hold what was written.
        """
        with self._asking() as connection:
            damage = [] if is_sealed(connection) else damage_in(connection)
        if damage:
            raise RegisterDamaged(self.path, damage)
        self._is_sound = True

    def take_for_sound(self) -> None:
        """Of a new file: nothing stood in it that could be damaged."""
        self._is_sound = True

    def seal(self) -> None:
        """Note the checksum of all pages, so that the next reader need not look at every event.

        Where another program writes, or the disk refuses, the seal that stands does not fit: the reader looks then.
        What nobody looked at is never sealed.
        """
        if not self._is_sound:
            return
        with suppress(sqlite3.Error), closing(self.connect()) as connection:
            connection.execute("PRAGMA busy_timeout = 0")
            write_seal(connection)

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        with disk_faults_told(self.path, reading=True):
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            connection = connection or self.connect()
            try:
                connection.execute("BEGIN")
                self._take_shared_lock(connection)
                yield connection
                connection.execute("ROLLBACK")
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    @contextmanager
    def reading(self) -> Iterator["sa.Connection"]:
        """A connection that sees one unchanging state of the file."""
        self._look_once()
        with self.reading_unlooked() as connection:
            yield connection

    @contextmanager
    def reading_unlooked(self) -> Iterator["sa.Connection"]:
        """As `reading`, of a file that may be damaged: for what tells the damage."""
        with disk_faults_told(self.path, reading=True), self.engine.connect() as connection, connection.begin():
            yield connection

    def writing(self) -> "sa.Connection":
        """A connection whose transactions take the write lock when they begin. The caller closes it."""
        self._look_once()
        return self.engine.connect().execution_options(begins="BEGIN IMMEDIATE")

    def begin_writing(self) -> sqlite3.Connection:
        """A connection that holds the write lock, without SQLAlchemy; give it back with `end_writing`."""
        self._look_once()
        with self._lock:
            raw = self._idle.pop() if self._idle else None
        raw = raw or self.connect()
        try:
            self._begin_writing(raw, "BEGIN IMMEDIATE")
        except BaseException:
            raw.close()
            raise
        return raw

    def end_writing(self, raw: sqlite3.Connection) -> None:
        """Give a connection back; what was not committed is gone."""
        try:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raw.execute(_CACHE)
        except BaseException:
            raw.close()
            raise
        self._give_back(raw)

    def _give_back(self, raw: sqlite3.Connection) -> None:
        with self._lock:
            if len(self._idle) < _IDLE:
                self._idle.append(raw)
                return
        raw.close()

    def over(self, raw: sqlite3.Connection) -> "sa.Connection":
        """SQLAlchemy on a connection that stays somebody else's, in the transaction that it is in. It ends none."""
        import sqlalchemy as sa

        with self._lock:
            if self._lending is None:
                creator = cast(Callable[[], sqlite3.Connection], lambda: LentConnection(self._lent.raw))
                self._lending = sa.create_engine("sqlite://", creator=creator, poolclass=sa.pool.NullPool)
        self._lent.raw = raw
        return self._lending.connect()

    def _begin(self, connection: "sa.Connection") -> None:
        options = connection.get_execution_options()
        raw = driver_of(connection)
        if "begins" not in options:
            raw.execute("BEGIN")
            self._take_shared_lock(raw)
            return
        self._begin_writing(raw, options["begins"])

    def _begin_writing(self, raw: sqlite3.Connection, begins: str) -> None:
        # With a log the disk is waited for after the lock was given back (`make_durable`).
        raw.execute(f"PRAGMA synchronous = {'FULL' if self._log is None else 'NORMAL'}")
        # SQLite would wait for the lock in steps of up to 100 ms, while it lies free: eight writers would mostly sleep.
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            began = time.monotonic()
            until = began + self._wait_s
            is_told = False
            while True:
                try:
                    raw.execute(begins)
                    return
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= until:
                        raise
                if not is_told and time.monotonic() - began >= NOTICE_S:
                    is_told = True
                    self._tell_wait()
                time.sleep(random.uniform(0.0002, 0.002))  # noqa: S311 - chance, so that no writer is always the slower
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(self._wait_s * 1000)}")

    def _take_shared_lock(self, connection: sqlite3.Connection) -> None:
        """Read the first page; where another program holds the file, say so before going on to wait for it."""
        look = "SELECT 1 FROM sqlite_master LIMIT 1"
        connection.execute(f"PRAGMA busy_timeout = {int(min(NOTICE_S, self._wait_s) * 1000)}")
        try:
            connection.execute(look).fetchone()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or self._wait_s <= NOTICE_S:
                raise
            self._tell_wait()
            connection.execute(f"PRAGMA busy_timeout = {int((self._wait_s - NOTICE_S) * 1000)}")
            connection.execute(look).fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(self._wait_s * 1000)}")

    def _tell_wait(self) -> None:
        import logging  # where nobody waits, nobody needs it

        logging.getLogger("merestone.register").warning(
            "%s: another program holds this file; waiting up to %.0f s for it", self.path.name, self._wait_s
        )

    def make_durable(self) -> None:
        """Wait until all that was committed is on the disk; only then may a change be acknowledged.

        Raises
        ------
        RegisterNotWritable
            The disk did not confirm. Whether the batch survives a power cut is not known.
        """
        if self._log is not None:
            self._log.make_durable()

    def settle(self) -> None:
        """Empty the write-ahead log into the file.

        Raises
        ------
        RegisterNotSettled
            The disk refused. Nothing is lost as long as the log stays beside the file.
        """
        if not self.read_only:
            with self._unsettled_told(), closing(self.connect()) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give the file back as one plain file, with nothing beside it, if nobody else has it open.

        Raises
        ------
        RegisterNotSettled
            As for `settle`.
        """
        self.let_go()
        if not self.read_only:
            self.seal()
            log, self._log = self._log, None
            if log is not None:
                log.close()
            with self._unsettled_told(), closing(self.connect()) as connection:
                connection.execute("PRAGMA busy_timeout = 0")
                try:
                    connection.execute("PRAGMA journal_mode = DELETE")  # checkpoints first; GDAL reads it anywhere
                except sqlite3.OperationalError as error:
                    if not is_busy(error):
                        raise
                    # Somebody else has the file open: the last one to close leaves the mode. A copy is whole meanwhile.
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def _unsettled_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if not is_busy(error) and beside(self.path, "-wal").exists():
                raise RegisterNotSettled(self.path, f"the disk refused the write ({error})") from error

    def let_go(self) -> None:
        """Close every connection that waits."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()
            if self._engine is not None:
                self._engine.dispose()
