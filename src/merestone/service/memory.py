"""Memory that was given back by Python is given back to the machine, too, where the C library is glibc.

glibc keeps an arena for nearly every thread, and what was freed inside one for that arena's next use: a service with
40 threads holds a multiple of what it needs. Source: mallopt(3), malloc_trim(3).
"""

import ctypes
import sys
import threading
from functools import cache
from typing import Final

_M_ARENA_MAX: Final = -8
_M_MMAP_THRESHOLD: Final = -3
ARENAS: Final = 2
"""For so many threads that allocate at once; the others wait a moment for one."""
MAPPED_FROM_BYTES: Final = 1 << 18
"""What is larger lies in pages of its own, which go back as soon as it is freed."""
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


def give_back() -> None:
    """Give memory that is free inside the process back to the machine; takes milliseconds."""
    library = _glibc()
    if library is not None and _trimming.acquire(blocking=False):
        try:
            library.malloc_trim(0)
        finally:
            _trimming.release()
