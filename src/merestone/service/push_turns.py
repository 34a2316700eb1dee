"""Whose turn it is among pushes: no push service gets more than so many a second, or at once.

So one that is slow, or asks to wait, leaves the connections to the others. Nothing here is safe for several threads by
itself: whoever asks holds a lock.
"""

import heapq
import itertools
import math
from dataclasses import dataclass, field
from typing import Final

from merestone.alerts import PushSubscription

ORIGIN_AT_ONCE: Final = 24
"""Connections of one process to one push service at the most."""
ORIGIN_PER_S: Final = 2_500.0
"""Pushes to one push service in a second at the most, by all processes together: 10,000 browsers of it in 4 s."""
WAITING_MOST: Final = 100_000
"""Subscriptions that wait for their push service at the most; more are not read before."""
_BEHIND_MOST_S: Final = 0.05
"""So much of the time that nobody used is made up for: a thread that woke late does not slow the rest."""


@dataclass(order=True, slots=True)
class PushTry:
    """One subscription that is to be sent to, for the first time or again."""

    due_s: float
    number: int
    subscription: PushSubscription = field(compare=False)
    begun_s: float = field(compare=False)
    tries: int = field(compare=False, default=0)


@dataclass(eq=False, slots=True)
class _Lane:
    """What waits for one push service."""

    ready_s: float = 0.0
    """When it may be sent the next one; infinite if it asks for no more of this alert."""
    at_work: int = 0
    waiting: list[PushTry] = field(default_factory=list)

    def due_s(self) -> float:
        """When its next try may begin; infinite while nothing may."""
        if not self.waiting or self.at_work >= ORIGIN_AT_ONCE:
            return math.inf
        return max(self.ready_s, self.waiting[0].due_s)


class PushTurns:
    """The tries that wait, by push service.

    Parameters
    ----------
    origin_per_s
        Pushes to one push service in a second.
    """

    def __init__(self, origin_per_s: float) -> None:
        self._apart_s = 1.0 / origin_per_s
        self._lanes: dict[str, _Lane] = {}
        self._order: list[tuple[float, int, _Lane]] = []
        self._numbers = itertools.count()
        self.waiting = self.at_work = 0

    def put(self, attempt: PushTry) -> bool:
        """Let a try wait for its turn; False if its push service wants no more of this alert."""
        lane = self._lanes.setdefault(attempt.subscription.origin, _Lane())
        if lane.ready_s == math.inf:
            return False
        heapq.heappush(lane.waiting, attempt)
        self.waiting += 1
        self._set_in_order(lane)
        return True

    def take(self, now_s: float) -> tuple[PushTry | None, float]:
        """What is due, else the time at which something will be: infinite if nothing waits, or only for an answer."""
        while self._order:
            placed_s, _, lane = self._order[0]
            due_s = lane.due_s()
            if placed_s != due_s:  # something of it was taken or asked to wait meanwhile, and it stands farther behind
                heapq.heappop(self._order)
            elif due_s > now_s:
                return None, due_s
            else:
                lane.ready_s = max(lane.ready_s, now_s - _BEHIND_MOST_S) + self._apart_s
                lane.at_work += 1
                self.at_work += 1
                self.waiting -= 1
                attempt = heapq.heappop(lane.waiting)
                self._set_in_order(lane)
                return attempt, now_s
        return None, math.inf

    def end_work(self, origin: str) -> None:
        """What was taken has its answer."""
        lane = self._lanes[origin]
        lane.at_work -= 1
        self.at_work -= 1
        self._set_in_order(lane)

    def close(self, origin: str, until_s: float) -> int:
        """Send nothing to a push service before a time. Infinite: no more at all; gives how many that costs."""
        lane = self._lanes[origin]
        lane.ready_s = max(lane.ready_s, until_s)
        lost = len(lane.waiting) if lane.ready_s == math.inf else 0
        if lost:
            lane.waiting.clear()
            self.waiting -= lost
        self._set_in_order(lane)
        return lost

    def _set_in_order(self, lane: _Lane) -> None:
        if (due_s := lane.due_s()) < math.inf:
            heapq.heappush(self._order, (due_s, next(self._numbers), lane))
