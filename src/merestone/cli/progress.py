"""Progress on long work: one line on the terminal, and nothing where nobody watches."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from merestone.cli.verbosity import is_quiet
from merestone.terms import number_of

_EVERY_S: Final = 0.1


@contextmanager
def progress_line(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A function of (done, total or None) that keeps one line on standard error up to date."""
    watched = sys.stderr.isatty() and not is_quiet()
    began = last = time.monotonic()
    width = 0

    def show(done: int, total: int | None) -> None:
        nonlocal last, width
        now = time.monotonic()
        if not watched or (now - last < _EVERY_S and done != total):
            return
        last = now
        if total:
            filled = 30 * done // total
            bar = f"[{'#' * filled}{'.' * (30 - filled)}] {100 * done // total:3d} %"
            text = f"{what} {bar} {done:,} of {total:,}, {now - began:.0f} s"
        else:
            text = f"{what} {number_of(done, 'row')}, {now - began:.0f} s"
        sys.stderr.write("\r" + text.ljust(width))
        sys.stderr.flush()
        width = len(text)

    try:
        yield show
    finally:
        if width:
            sys.stderr.write("\r" + " " * width + "\r")
            sys.stderr.flush()
