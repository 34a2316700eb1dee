"""Phones that wait for alerts: one question that is answered once something is new, instead of many that are not.

A long poll (RFC 6202, 2). Whoever has the newest is answered as soon as that changes, at the latest at the end of a
period of the clock. What a phone asks by names what it has and the period, so that all phones ask by one address, a
cache before the service asks once for all of them, and what it kept of an ended period is no answer for the next.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive

from merestone.service.alert_board import AlertAnswer, AlertBoard
from merestone.terms import MerestoneError

AFTER_HEADER: Final = "Alerts-After"
"""What to ask by next: the value of ``after``. Plain files have no such header, and nobody waits for them."""
PERIOD_S: Final = 40.0
WAITS_LEAST_S: Final = 10.0
"""So much longer than its period an answer waits, so that whoever begins at the end of one waits as long at least."""
WAITS_MOST_S: Final = PERIOD_S + WAITS_LEAST_S
LOOKS_EVERY_S: Final = 0.25
WAITING_MOST: Final = 256
"""Questions that wait at once; each is an open connection in two processes. Further ones are answered at once."""
WAITING_OF_ONE_CLIENT: Final = 64


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """What a phone is answered."""

    news: AlertAnswer | None
    """The alerts in force; None: the phone has them."""
    after: str
    """What it asks by next. The same as it asked by: nobody waited, and it is to leave some time before it asks."""


class AlertWaits:
    """All who wait; one task looks for all of them, and only while there are any. Of one event loop alone."""

    def __init__(self, board: AlertBoard, *, clock: Callable[[], float] = time.time) -> None:
        self._board, self._clock = board, clock
        self._waiting: dict[asyncio.Future[None], str] = {}
        """For each, the tag of what it has."""
        self._of_client: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None
        self._is_ended = False

    @property
    def count(self) -> int:
        """How many wait now."""
        return len(self._waiting)

    async def answer(self, after: str, client: str, receive: Receive) -> PhoneAnswer:
        """The alerts in force, or, if ``after`` names these, what is so once that changes or the period ends.

        Parameters
        ----------
        after
            From `AFTER_HEADER`; empty or of another form: answered at once.
        client
            Who asks, as the limits count them.
        receive
            Says that the client has left, which ends its wait.

        Raises
        ------
        RegisterMissing, RegisterBusy
        """
        newest = await self._newest()
        known_tag, _, period = after.partition(".")
        if known_tag != _tag(newest):
            return PhoneAnswer(newest, self._next(newest))
        wait_s = self._wait_s(period)
        if wait_s > 0:
            is_full = self.count >= WAITING_MOST or self._of_client[client] >= WAITING_OF_ONE_CLIENT
            if is_full or self._is_ended:
                return PhoneAnswer(None, after)
            await self._wait(known_tag, client, receive, wait_s)
            newest = await self._newest()
        return PhoneAnswer(None if _tag(newest) == known_tag else newest, self._next(newest))

    def end(self) -> None:
        """Answer everybody who waits, and let nobody wait any more: the service ends."""
        self._is_ended = True
        _wake(list(self._waiting))

    def _newest(self) -> asyncio.Future[AlertAnswer]:
        return asyncio.ensure_future(asyncio.to_thread(self._board.answer, "phones", ""))

    def _next(self, newest: AlertAnswer) -> str:
        return f"{_tag(newest)}.{int(self._clock() // PERIOD_S)}"

    def _wait_s(self, period: str) -> float:
        """Seconds that a request naming this period may wait; 0 or less: the period is over, or was never issued."""
        if not (period.isascii() and period.isdigit() and len(period) < 16):
            return 0.0
        now_s = self._clock()
        return (int(period) + 1) * PERIOD_S + WAITS_LEAST_S - now_s if int(period) <= now_s // PERIOD_S else 0.0

    async def _wait(self, tag: str, client: str, receive: Receive, wait_s: float) -> None:
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[changed] = tag
        self._of_client[client] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        leaving = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait((changed, leaving), timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
            del self._waiting[changed]
            self._of_client -= Counter([client])  # and forgets who has none

    async def _look(self) -> None:
        """Look at the alerts until nobody waits; by the clock alone some end, too."""
        while self._waiting:
            await asyncio.sleep(LOOKS_EVERY_S)
            try:
                newest = _tag(await self._newest())
            except MerestoneError:
                continue  # another program holds the register; who waits to the end is told so
            _wake([changed for changed, known_tag in self._waiting.items() if known_tag != newest])


def _wake(waiting: list[asyncio.Future[None]]) -> None:
    for changed in waiting:
        if not changed.done():
            changed.set_result(None)


def _tag(answer: AlertAnswer) -> str:
    return answer.etag.strip('"')


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
