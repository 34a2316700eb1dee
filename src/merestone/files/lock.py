"""A lock that one process at a time holds, on every system; it goes with the process that holds it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked_file(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock of a file, which is made if it is missing and readable by its owner alone.

    Parameters
    ----------
    path
        Lies beside what it protects, and holds nothing.
    wait
        Wait until another process lets go; otherwise end at once.

    Raises
    ------
    BlockingIOError
        Another process holds it, and ``wait`` is False; also if the file was removed by who held it before.
    OSError
        The file cannot be opened.
    """
    import portalocker  # loaded when something is locked: most commands lock nothing

    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        flags = portalocker.LockFlags.EXCLUSIVE
        try:
            portalocker.lock(handle, flags if wait else flags | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.AlreadyLocked as error:
            raise BlockingIOError(f"{path}: another process holds the lock") from error
        # Whoever held it before may have removed it: then this lock is on a file that has no name any more.
        if not path.exists() or not os.path.samestat(os.fstat(handle), path.stat()):
            raise BlockingIOError(f"{path}: the lock was removed by its owner")
        yield
    finally:
        os.close(handle)
