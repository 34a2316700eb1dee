"""Chromium for tests: started when first asked for, started again when it is gone, and ended when it no longer answers.

2026-11-28: a whole run in CI waited 90 minutes for one test's end; Playwright's `close` has no time limit of its own.
"""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """The browser that MERESTONE_CHROMIUM names, else Debian's headless shell, else Debian's Chromium.

    The shell has no windows, menus or extensions to keep: it takes half the processor time of the whole browser.
    """
    return os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")


def whole_chromium_path() -> str | None:
    """Debian's Chromium, or MERESTONE_CHROMIUM: the headless shell shows no notification, and waits for ever."""
    return os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")


class Chromium:
    """What tests ask of a browser, of one that runs."""

    def __init__(self, playwright: Any, *more_flags: str, path: str | None = None) -> None:
        self._playwright, self._flags, self._path = playwright, [*FLAGS, *more_flags], path or chromium_path()
        self._running: Any = None

    def new_context(self, **options: Any) -> Any:
        """A context of its own: storage, permissions, size."""
        return self._started().new_context(**options)

    def new_page(self, **options: Any) -> Any:
        """A page in a context of its own, which ends with it."""
        return self._started().new_page(**options)

    def close(self) -> None:
        """End it."""
        if self._running is not None and self._running.is_connected():
            self._running.close()

    def _started(self) -> Any:
        if self._running is None or not self._running.is_connected():
            self._running = self._playwright.chromium.launch(executable_path=self._path, args=self._flags)
        return self._running


def close(opened: Any, most_s: float = 20.0) -> None:
    """Close a page, a context or a browser; one that does not answer is killed, which closes it, too."""
    with browsers_end_after(most_s):
        try:
            opened.close()
        except Exception as error:
            if type(error).__name__ != "TargetClosedError":
                raise


@contextmanager
def browsers_end_after(most_s: float) -> Iterator[None]:
    """Kill this process's browsers if what is done here takes longer: what waits for them then raises."""
    timer = threading.Timer(most_s, kill_browsers)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def kill_browsers() -> None:
    """Kill each Chromium that this process, or a process of it, has started."""
    for pid in list(_descendants(os.getpid())):
        try:
            if "chrom" in Path(f"/proc/{pid}/comm").read_text():
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue  # it ended by itself


def _descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = [int(text) for text in children.read_text().split()]
        except OSError:
            continue
        for child in pids:
            yield child
            yield from _descendants(child)
