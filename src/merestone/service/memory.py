"""Memory that is not needed now is given back to the machine: what Python freed, and pages that files hold anyway.

glibc keeps an arena for nearly every thread, and what was freed inside one for that arena's next use: a service with
40 threads holds a multiple of what it needs. Source: mallopt(3), malloc_trim(3).

Libraries are read once at the start, the compiler's 100 MB of machine code among them, and a pack's checksums are
compared from its first byte to its last; hardly any of these pages is needed again, and one that is comes back from the
page cache. Source: madvise(2), proc_pid_smaps(5).
"""

import ctypes
import gc
import mmap
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_M_ARENA_MAX: Final = -8
_M_MMAP_THRESHOLD: Final = -3
ARENAS: Final = 2
"""For so many threads that allocate at once; the others wait a moment for one."""
MAPPED_FROM_BYTES: Final = 1 << 18
"""What is larger lies in pages of its own, which go back as soon as it is freed."""
COLLECTS_AFTER_OBJECTS: Final = (700, 5, 5)
"""Python's own thresholds of its collector, of which the command line sets higher ones for work that ends."""
GIVES_BACK_EVERY_S: Final = 10.0
"""How often memory that is free goes back to the machine."""
_trimming = threading.Lock()


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


def keep_arenas_few() -> None:
    """Have this process allocate from few arenas. To be called before threads are started."""
    if (library := _glibc()) is not None:
        library.mallopt(_M_ARENA_MAX, ARENAS)
        library.mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)


def collect_often() -> None:
    """Look for garbage as often as a process must that goes on for months. To be called once what stays is frozen.

    Until 2026-11-30 a process looked after 100,000 objects: some hundred connections that had been lost, with what they
    had sent, were 10 MB of each process by then.
    """
    gc.set_threshold(*COLLECTS_AFTER_OBJECTS)


def give_back() -> None:
    """Give memory that is free inside the process back to the machine; takes milliseconds."""
    library = _glibc()
    if library is not None and _trimming.acquire(blocking=False):
        try:
            library.malloc_trim(0)
        finally:
            _trimming.release()


def keep_giving_back() -> None:
    """Give back what is free every `GIVES_BACK_EVERY_S`, in a thread, as long as this process runs.

    Each process of the service does: 64 clients with full lists left 30 MB of free pieces in each that handed them on.
    """
    threading.Thread(target=_keep_giving_back, daemon=True).start()


def _keep_giving_back() -> None:
    while True:
        time.sleep(GIVES_BACK_EVERY_S)
        give_back()
        let_go_of_file_pages(shared_only=True)


def own_bytes(pid: int) -> int | None:
    """What a process holds that no other one shares and no file has; None if that cannot be said."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii", errors="replace")
    except OSError:  # it ended, or a system without /proc
        return None
    sizes = re.search(r"^Private_Dirty:\s+(\d+) kB$", rollup, re.MULTILINE)
    return None if sizes is None else int(sizes[1]) * 1024


def processor_seconds(pid: int) -> float | None:
    """How long a core has worked for a process so far; None if that cannot be said."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:  # it ended, or a system without /proc
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Mapping(NamedTuple):
    """A part of this process's memory."""

    start: int
    end: int
    rights: str
    """Such as ``r-xp``: read, write, execute; ``p`` of this process alone, ``s`` of all that map the file."""
    is_of_file: bool
    has_own_pages: bool
    """Whether a page of it is no longer what the file holds."""


_HEAD: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+)")


def _mappings() -> Iterator[_Mapping]:
    start = end = 0
    rights, is_of_file = "", False
    for line in Path("/proc/self/smaps").read_text(encoding="ascii", errors="replace").splitlines():
        if head := _HEAD.match(line):
            start, end, rights, is_of_file = int(head[1], 16), int(head[2], 16), head[3], head[4] != "0"
        elif line.startswith("Anonymous:"):
            yield _Mapping(start, end, rights, is_of_file, line.split()[1] != "0")


def let_go_of_file_pages(*, shared_only: bool = False) -> None:
    """Let go of pages that are as a file has them: they are read again from there if they are needed.

    Parameters
    ----------
    shared_only
        Leave out libraries, into whose pages a loader may be writing in another thread at this moment.
    """
    library = _glibc()
    if library is None:
        return
    try:
        parts = list(_mappings())
    except OSError:  # a system without /proc
        return
    for part in parts:
        is_chosen = part.rights.endswith("s") or not shared_only
        if part.is_of_file and is_chosen and "w" not in part.rights and not part.has_own_pages:
            library.madvise(ctypes.c_void_p(part.start), ctypes.c_size_t(part.end - part.start), mmap.MADV_DONTNEED)
