"""The register for a check, in the one process that does everything: a check never waits for what is being read.

Where processes of their own check places, `check_feed` does the same for them.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from merestone.register import RegisterBusy
from merestone.service.check_feed import STALE_S, FeedStale
from merestone.service.holding import Holding, Keeper


class ReadingBeside:
    """Reads a register that was written to beside, in a thread, while checks are answered from what was read before."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper, self._start = keeper, threading.Lock()
        self._reading: Future[Holding] | None = None
        self._older_since_s: float | None = None

    def holding(self, within_s: float) -> tuple[Holding, bool]:
        """The holding as the file stands now; where it cannot be read so soon, the one before, and that it is older.

        Only the first who asks after a change waits for so long.

        Raises
        ------
        RegisterMissing, RegisterDamaged
        RegisterBusy
            Another program holds it, and it was never read.
        FeedStale
            What was read is more than `STALE_S` behind.
        """
        before, is_current = self._keeper.last_read()
        if before is None or is_current:
            self._older_since_s = None
            return self._keeper.current() if before is None else before, False
        now_s = time.monotonic()
        reading = self._begun()
        with suppress(TimeoutError, RegisterBusy):
            return reading.result(within_s if self._older_since_s is None else 0.0), False
        if self._older_since_s is None:
            self._older_since_s = now_s
        if now_s - self._older_since_s > STALE_S:
            raise FeedStale
        return before, True

    def _begun(self) -> "Future[Holding]":
        with self._start:
            reading = self._reading
            if reading is None or reading.done():
                reading = self._reading = ThreadPoolExecutor(1, "read").submit(self._read)
            return reading

    def _read(self) -> Holding:
        holding = self._keeper.current()
        assert holding.index is not None  # made here, and by no check
        return holding
