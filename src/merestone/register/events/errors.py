"""What can go wrong in the register, one class per thing that a caller can act on."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from merestone.terms import FileRefused, MerestoneError, RequestRefused, renamed_attribute

if TYPE_CHECKING:  # whoever asks whether anything changed reads no record
    from merestone.register.events.event import Event
    from merestone.register.events.records import Entry, Sheet


class RegisterMissing(FileRefused):
    """There is no register at this path."""


class RegisterExists(FileRefused):
    """A file stands where a new register was to be made."""


class NotARegister(FileRefused):
    """The file is no register of ours: another GeoPackage, another format, or damaged."""


class RegisterDamaged(NotARegister):
    """The file is a register, and not all of it can be read as it was written. Nothing is answered from it."""

    def __init__(self, path: Path, findings: Sequence[str]) -> None:
        super().__init__(
            path,
            f"the register is damaged: {'; '.join(findings)}; what it held may be missing, so nothing is answered "
            "from it",
            "restore a backup (merestone restore); keep this file for the inquiry; merestone verify tells more",
        )
        self.findings = tuple(findings)


class RegisterNewer(FileRefused):
    """A newer Merestone wrote this register."""


class RegisterOlder(FileRefused):
    """An older Merestone wrote this register, and it was opened for reading only."""


class RegisterNotWritable(FileRefused):
    """The disk refused the write: it is full, read-only or failing. Nothing of the batch was reported as recorded.

    Nothing of it was kept either, unless the message says that the disk did not confirm: then one has to look.
    """


class RegisterNotReadable(FileRefused):
    """The register cannot be read where it is: a part of it stands in a log that needs a folder to write in."""


class RegisterBusy(FileRefused):
    """Another process held the register for longer than one was ready to wait."""


class RegisterNotSettled(MerestoneError):
    """What was recorded is on the disk, but not yet in the one file: a part stands in the log beside it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path}: everything was recorded, but a part of it is in {path.name}-wal beside it, because {why}; "
            f"keep both files together, free space, and run any command that writes: then {path.name} is whole alone"
        )
        self.path = path


class RecordUnknown(RequestRefused):
    """No record has this identity."""

    def __init__(self, record_id: str) -> None:
        super().__init__(
            f"record {record_id!r}: the register holds no such record; `merestone list` shows those it holds"
        )
        self.record_id = record_id


class VersionMoved(RequestRefused):
    """Somebody else changed the record after it was read. Both pieces of work are here, and neither was lost.

    ``yours`` is the entry that was to be written (None for a withdrawal); ``theirs`` is the event that came first.
    """

    found = renamed_attribute("found", "current")

    def __init__(
        self, record_id: str, *, seen: int, current: int, yours: "Entry | Sheet | None", theirs: "Event"
    ) -> None:
        super().__init__(
            f"record {record_id!r}: you saw version {seen}, the register now holds version {current}; "
            "look at both, and revise again on the newer one, or contest it, which keeps both"
        )
        self.record_id, self.seen, self.current, self.yours, self.theirs = record_id, seen, current, yours, theirs


_DISK_FAULTS = ("disk is full", "readonly", "disk i/o error", "unable to open", "read-only")
_BUSY = ("database is locked", "database table is locked", "busy")


def is_busy(error: BaseException) -> bool:
    """Whether SQLite says that another connection holds the file."""
    return any(fault in str(error).lower() for fault in _BUSY)


def _not_readable(path: Path, cause: str) -> RegisterNotReadable:
    log = path.name + "-wal"
    if path.with_name(log).exists():
        why = f"it cannot be read here ({cause}): a part of it is in {log}, which is read only where one can write"
        return RegisterNotReadable(
            path, why, f"copy {path.name} and {log} together into a folder of yours; read it there"
        )
    return RegisterNotReadable(path, f"it cannot be read ({cause})", "check the disk, and your right to read the file")


@contextmanager
def disk_faults_told(path: Path, *, reading: bool = False) -> Iterator[None]:
    """Turn what SQLite says of a disk or a lock into our errors; leave everything else as it is.

    `reading`: nothing was to be written, and the words say nothing of writing.
    """
    try:
        yield
    except Exception as error:
        cause = getattr(error, "orig", error)  # SQLAlchemy wraps what the driver says, and need not be loaded here
        if reading and isinstance(cause, UnicodeDecodeError) and isinstance(cause.object, bytes):
            # SQLite's own message quotes damaged text.
            raise RegisterDamaged(path, ["its text cannot be read"]) from error
        if not isinstance(cause, sqlite3.Error):
            raise
        message = str(cause).lower()
        if reading and any(fault in message for fault in _DISK_FAULTS):
            raise _not_readable(path, str(cause)) from error
        if any(fault in message for fault in _DISK_FAULTS):
            raise RegisterNotWritable(
                path,
                f"the disk refused the write ({cause})",
                "free space or give the right to write, then do it again: nothing of this batch was kept",
            ) from error
        if reading and any(fault in message for fault in _BUSY):
            raise RegisterBusy(path, "another process has locked it", "try again when that one has finished") from error
        if any(fault in message for fault in _BUSY):
            raise RegisterBusy(
                path, "another process is writing to it", "try again; nothing of this batch was kept"
            ) from error
        if "not a database" in message:
            raise NotARegister(
                path, "it is not a GeoPackage, or its beginning is damaged", "give a register made by `merestone init`"
            ) from error
        is_told_elsewhere = (
            "no such table: alembic_version" in message
        )  # another program's file, or a register without it
        if "malformed" in message or (reading and isinstance(cause, sqlite3.DatabaseError) and not is_told_elsewhere):
            raise RegisterDamaged(path, [str(cause)]) from error
        raise
