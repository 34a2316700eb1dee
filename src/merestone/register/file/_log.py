"""The write-ahead log of a register that is open for writing: held in place, and waited for before anything is told.

SQLite writes the frames of a commit to the log, gives the lock back, and only then do we wait for the disk. So one
writer waits while the next one computes. Why no less is kept than by waiting under the lock:

- The frames of a commit are in the log's file before the lock is free, and a frame counts only if all before it are
  whole. So a wait that begins after the commit covers it, and everything that it was based on, whoever wrote that.
- A checkpoint, by whichever process, waits for the log, then writes the file, and waits for the file before the log may
  begin anew: SQLite does so from ``synchronous = NORMAL`` on (https://www.sqlite.org/pragma.html#pragma_synchronous).
- As long as one connection that has read in this mode is open, no other process can empty and remove the log or leave
  the mode. `Log` keeps one, so the file that it waits for is the one that SQLite writes to.
- The log is kept open, for the system tells a failed write only to those who had the file open when it failed.

What another process reads may thus be a change that its writer has not been told of yet, and that a power cut within
those milliseconds takes back. The same holds of every register that answers its readers while it writes; a writer who
builds on such a change waits for both.
"""

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from merestone.files import sync_folder
from merestone.register.events.errors import RegisterNotWritable

_WAIT_FOR_DISK: Final = getattr(os, "fdatasync", os.fsync)


class Log:
    """The log of one register, while it is open for writing."""

    def __init__(self, path: Path, holder: sqlite3.Connection) -> None:
        self._path, self._holder = path, holder
        self._is_in_doubt = False
        self._one_at_a_time = threading.Lock()
        # SQLite holds no lock on the log itself, which closing a second handle would drop (it does on the other two).
        self._file = os.open(path.with_name(path.name + "-wal"), os.O_RDWR)
        try:
            sync_folder(path.parent)  # the log's name must not be lost either
        except BaseException:
            os.close(self._file)
            raise

    def make_durable(self) -> None:
        """Wait until all that was committed so far is on the disk; only then may a change be acknowledged.

        Raises
        ------
        RegisterNotWritable
            The disk did not confirm. Whether the batch survives a power cut is not known.
        """
        try:
            if not self._is_in_doubt:
                _WAIT_FOR_DISK(self._file)
                return
            why = "an earlier write was lost"
        except OSError as error:
            self._is_in_doubt, why = True, str(error)
        # A hole in the log would hide all that follows it, and the system tells of it only once. So nothing is told as
        # recorded any more until everything stands in the file itself and the log begins anew.
        with self._one_at_a_time:
            if self._is_emptied():
                self._is_in_doubt = False
                return
        raise RegisterNotWritable(
            self._path,
            f"the disk did not confirm what was written ({why})",
            "look at the disk, then whether the batch is there, before doing it again",
        )

    def _is_emptied(self) -> bool:
        with suppress(sqlite3.Error):
            (is_busy, *_) = self._holder.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not is_busy
        return False

    def close(self) -> None:
        """Let go of the log."""
        os.close(self._file)
        self._holder.close()


def hold(path: Path, holder: sqlite3.Connection) -> Log | None:
    """Put the file under a write-ahead log and hold that; None if the file system cannot have one.

    Without one SQLite itself has to wait for the disk, with ``synchronous = FULL``.
    """
    try:
        holder.execute("PRAGMA journal_mode = WAL")  # outside of any transaction, as SQLite demands
        # A read takes the lock that nobody can leave the mode against; until here, somebody who closed still could.
        holder.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (mode,) = holder.execute("PRAGMA journal_mode").fetchone()
        if mode == "wal":
            return Log(path.resolve(), holder)
    except BaseException:
        holder.close()
        raise
    holder.close()
    return None
