"""The processes that check places: whichever ends is replaced, and so is one whose memory has grown.

What 64 clients had sent through one at once leaves it two to three times as large, in pieces that its allocators do not
give back. Another one is forked in milliseconds and as small as the first; the old one takes no new connection, and
ends once it has finished what it began.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from merestone.service.fork_server import Child, ForkServer
from merestone.service.http_options import ENDS_WITHIN_S
from merestone.service.memory import own_bytes, processor_seconds

LOG: Final = logging.getLogger("merestone.service")
CHECKS: Final = "checks"
"""The kind of process, for the fork server."""
GROWS_BY_MOST_BYTES: Final = 24 << 20
"""A process that holds so much more of its own than soon after its start is replaced."""
GROWS_BY_MOST_AT_REST_BYTES: Final = 8 << 20
"""The same for one that has little to do at this moment."""
AT_REST_BELOW: Final = 0.02
"""Of a core: a process that uses less has little to do."""
LOOKS_EVERY_S: Final = 5.0
PUT_OFF_MOST: Final = 12
"""So many looks in a row at the most, a minute: it grows meanwhile."""
READY_AFTER_S: Final = 2.0
"""A process that was forked answers within milliseconds; the one that it replaces retires only then."""
_AGAIN_AFTER_S: Final = 0.2
_LOOKS_FOR_END_EVERY_S: Final = 0.02


class _Look(NamedTuple):
    """What was seen of a process when it was looked at last."""

    first_bytes: int
    """Its size soon after its start."""
    used_s: float
    """Seconds of a core that it had used."""
    at_s: float


class CheckTeam:
    """The processes that check places."""

    def __init__(self, forks: ForkServer | None, count: int) -> None:
        self._forks, self._count = forks, count
        self._running: list[Child] = []
        self._retired: list[Child] = []
        self._looks: dict[Child, _Look] = {}
        self._is_stopped = False

    def start(self) -> None:
        """Start all of them."""
        for _ in range(self._count):
            self._begin()

    def _begin(self) -> None:
        if self._is_stopped:
            return
        assert self._forks is not None, "there are workers only where processes can be forked"
        child = self._forks.start(CHECKS)
        self._running.append(child)
        child.ended.add_done_callback(lambda ended: self._replace(child, ended.result()))

    def _replace(self, child: Child, status: int) -> None:
        self._looks.pop(child, None)
        if child in self._retired:
            self._retired.remove(child)
            return
        self._running.remove(child)
        if not self._is_stopped:
            LOG.warning("a process that checks places ended with %s; starting another", status)
            time.sleep(_AGAIN_AFTER_S)  # one that cannot start must not take the machine
            self._begin()

    def keep_small(self, stopped: threading.Event, is_memory_needed: Callable[[], bool] = lambda: False) -> None:
        """Replace those that have grown, one at a time, until stopped; not while something larger is at work.

        A process and the one that replaces it are held side by side until the older one has finished.
        """
        put_off_count = 0
        while not stopped.wait(LOOKS_EVERY_S):
            grown = next(filter(self._has_grown, list(self._running)), None)
            if grown is None:
                continue
            if is_memory_needed() and put_off_count < PUT_OFF_MOST:
                put_off_count += 1
                continue
            put_off_count = 0
            self._begin()
            stopped.wait(READY_AFTER_S)
            self._has_grown(self._running[-1])  # its size at the start; under load it has grown by the next look
            if grown in self._running:
                self._running.remove(grown)
                self._retired.append(grown)
                grown.retire()

    def _has_grown(self, child: Child) -> bool:
        size = None if child.pid is None else own_bytes(child.pid)
        used_s = None if child.pid is None else processor_seconds(child.pid)
        if size is None or used_s is None:
            return False
        now_s = time.monotonic()
        before = self._looks.get(child)
        first = before.first_bytes if before is not None else size
        self._looks[child] = _Look(first, used_s, now_s)
        is_at_rest = before is not None and used_s - before.used_s < AT_REST_BELOW * (now_s - before.at_s)
        return size > first + (GROWS_BY_MOST_AT_REST_BYTES if is_at_rest else GROWS_BY_MOST_BYTES)

    async def end(self, is_forced: Callable[[], bool]) -> None:
        """Ask all of them to end, and wait until they have, for `ENDS_WITHIN_S`, or until that is forced."""
        self._is_stopped = True
        leaving = [*self._running, *self._retired]
        for child in leaving:
            child.end()
        until_s = time.monotonic() + ENDS_WITHIN_S
        while not all(child.ended.done() for child in leaving) and time.monotonic() < until_s and not is_forced():
            await asyncio.sleep(_LOOKS_FOR_END_EVERY_S)

    def stop(self) -> None:
        """End all of them at once."""
        self._is_stopped = True
        for child in [*self._running, *self._retired]:
            child.kill()
