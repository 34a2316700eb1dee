"""A register's file is opened or made: by which Merestone it was written, and how it is brought up to date."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from merestone.register.events.errors import (
    NotARegister,
    RegisterDamaged,
    RegisterExists,
    RegisterMissing,
    RegisterNewer,
    RegisterOlder,
    disk_faults_told,
)

if TYPE_CHECKING:  # who only asks what is recorded need not wait until SQLAlchemy is loaded
    pass

from merestone.register.file.sqlite_driver import beside, uri_of
from merestone.register.file.store import Store

REVISION: Final = "0003"
"""The Alembic revision that this code reads and writes."""


_REVISIONS_BEFORE: Final = frozenset({"0001", "0002"})
"""Revisions that this code can bring up to date."""


_REVISIONS_READ: Final = frozenset({"0002", REVISION})
"""Revisions that this code can read as they are; 0002 lacks the secret that public outlines need."""


def open_store(path: Path, *, read_only: bool, wait_s: float) -> Store:
    """Open an existing register.

    Raises
    ------
    RegisterMissing, NotARegister, RegisterNewer, RegisterOlder, RegisterNotWritable, RegisterBusy
    """
    if not path.is_file():
        raise RegisterMissing(path, "there is no register here", f"make one with `merestone init {path.name}`")
    # We never open the file but through SQLite: on POSIX, closing a second handle would drop all locks of this process.
    store = Store(path, read_only=read_only, wait_s=wait_s)
    if read_only and beside(path, "-journal").exists():
        _roll_back(path)
    try:
        with disk_faults_told(path, reading=read_only):
            revision = _revision(store)
            if revision != REVISION and revision not in _REVISIONS_BEFORE:
                raise RegisterNewer(
                    path,
                    f"it was written by a newer Merestone (schema {revision}; this one knows {REVISION})",
                    "update Merestone; nothing was changed",
                )
            if revision not in _REVISIONS_READ and read_only:
                raise RegisterOlder(
                    path,
                    f"it was written by an older Merestone (schema {revision}; this one writes {REVISION})",
                    f"copy it, then bring it up to date with `merestone verify {path.name} --upgrade`",
                )
            if revision != REVISION and not read_only:
                bring_up_to_date(store)
            if not read_only:
                store.enter_log()
    except BaseException:
        store.let_go()
        raise
    return store


def _roll_back(path: Path) -> None:
    """Take back what a process was writing when it was killed while it entered or left the log: a reader cannot.

    SQLite does it itself for whoever may write, and leaves a journal alone that a living process holds.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri_of(path, read_only=False), uri=True)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _revision(store: Store) -> str:
    missing = ["the row that states its form is missing"]
    try:
        with store.asking_unlooked() as rows:
            revisions = rows("SELECT version_num FROM alembic_version", {})
    except sqlite3.DatabaseError as error:
        if "no such table" not in str(error):
            raise
        with store.asking_unlooked() as rows:
            if rows("SELECT 1 FROM sqlite_master WHERE name = 'merestone_event'", {}):
                raise RegisterDamaged(store.path, missing) from error
        raise NotARegister(
            store.path, "it is a GeoPackage or SQLite file, but not a register", "import it with `merestone import`"
        ) from error
    if len(revisions) != 1:
        raise RegisterDamaged(store.path, missing)
    return str(revisions[0][0])


def bring_up_to_date(store: Store) -> None:
    """Run the migrations that the file has not seen, in one transaction."""
    import alembic.command
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", "merestone.register:migrations")
    with store.writing() as connection, connection.begin():
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def new_store(path: Path, *, wait_s: float) -> Store:
    """Make the tables of a new register in a new file.

    Raises
    ------
    RegisterExists
        The path is taken. Nothing was touched.
    """
    if path.exists():
        raise RegisterExists(path, "a file already exists here", "open it, or give another name; it was not touched")
    with disk_faults_told(path):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise sqlite3.OperationalError(f"unable to open: {error}") from error
        store = Store(path, read_only=False, wait_s=wait_s)
        store.take_for_sound()
        try:
            bring_up_to_date(store)
        except BaseException:
            store.let_go()
            raise
    return store
