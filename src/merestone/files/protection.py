"""Which files no output may replace, whatever the user insists on: registers, and what lies beside a register."""

import sqlite3
import urllib.parse
from contextlib import closing
from pathlib import Path
from typing import Final

GEOPACKAGE_ID: Final = 0x47504B47
"""``GPKG``, the application id of a GeoPackage (OGC 12-128r19, requirement 2)."""
_LOGS: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database while it is written to, or after a crash."""
_BESIDE: Final = {
    ".personal.db": "sealed personal data",
    ".accounts.json": "accounts of the desk",
    ".alert-keys.json": "the keys that sign alerts",
    ".pack-key.json": "the key that signs hazard packs",
    ".push.db": "subscriptions to alerts",
}


def protected_as(path: Path) -> str | None:
    """What a file is, if no output may ever replace it; None for every other file, and for a name without a file.

    A register is told by its application id and its table of events, under any name. A GeoPackage whose tables cannot
    be read counts as one: it may be a damaged register, and its history may still be recovered.
    """
    path = path.resolve()
    for suffix in _LOGS:
        if path.name.endswith(suffix) and (
            path.exists() and _is_register(path.with_name(path.name.removesuffix(suffix)))
        ):
            return "part of a register: what was committed last may stand only there"
    if any(parent.suffix == ".attachments" for parent in path.parents) and path.is_file():
        return "an attachment of a register"
    for ending, what in _BESIDE.items():
        if path.name.endswith(ending) and path.is_file():
            return f"{what} of a register"
    return "a register" if _is_register(path) else None


def _is_register(path: Path) -> bool:
    """Asked through SQLite only: closing a second handle of our own would drop the locks that this process holds."""
    if not path.is_file():
        return False
    uri = f"file:{urllib.parse.quote(str(path))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            ((application_id,),) = connection.execute("PRAGMA application_id").fetchall()
            try:
                names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            except sqlite3.DatabaseError:
                return int(application_id) == GEOPACKAGE_ID
    except sqlite3.Error:
        return False
    return "merestone_event" in names
