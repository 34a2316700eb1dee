"""How much one client may ask, how long a request may wait, and that expensive pages never take the check's turn.

Plain ASGI. Whoever waits here holds no thread. Sources: RFC 6585 (429), RFC 9110 (408, 413, 503, Retry-After).
"""

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.languages import gettext, gettext_noop, speaking
from merestone.service.problem import problem
from merestone.service.spoken import language_for_errors

EXPENSIVE_PATHS: Final = ("/map-data", "/ogc/collections", "/areas", "/reports", "/briefing", "/packs")
"""Where one request reads or writes many records."""
TILE_PATHS: Final = (
    "/ogc/tiles",
    "/ogc/density",
    "/map-summary",
    "/map-record",
    "/base-map",
    "/small-world",
    "/places",
)
"""Where one request is small, and a map makes dozens at once: they have turns of their own."""
CLIENTS_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one client and one request may take. An address may stand for a whole village behind one router."""

    requests_per_s: float = 100.0
    request_burst: int = 400
    expensive_at_once: int = 2
    """Expensive requests worked on at the same time; the others wait."""
    expensive_waiting: int = 64
    """Expensive requests that may wait, of all clients together."""
    expensive_of_one_client: int = 16
    """Expensive requests of one client, waiting or worked on."""
    longest_wait_s: float = 30.0
    body_within_s: float = 20.0
    """A request's body must be there within this time."""

    def for_tiles(self) -> "RequestLimits":
        """The same for tiles, of which a map asks for dozens at once: four times as many may wait."""
        waiting, of_client = 4 * self.expensive_waiting, 4 * self.expensive_of_one_client
        return replace(self, expensive_waiting=waiting, expensive_of_one_client=of_client)


class TokenBuckets:
    """A bucket of tokens for each client, filled at a steady rate."""

    def __init__(self, rate_per_s: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_per_s, self._burst, self._clock = rate_per_s, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take one token. Returns 0, or the seconds until the client's next one."""
        now = self._clock()
        tokens, filled_s = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - filled_s) * self._rate_per_s)
        wait_s = 0.0 if tokens >= 1 else (1 - tokens) / self._rate_per_s
        self._buckets[client] = (tokens - 1 if tokens >= 1 else tokens, now)
        self._forget_full(now)
        return wait_s

    def _forget_full(self, now: float) -> None:
        """Forget who asked nothing for so long that their bucket is full: they are as good as unknown."""
        full_after_s = self._burst / self._rate_per_s
        while self._buckets:
            _, filled_s = next(iter(self._buckets.values()))  # whoever asked longest ago stands first
            if len(self._buckets) <= CLIENTS_REMEMBERED and now - filled_s < full_after_s:
                return
            self._buckets.popitem(last=False)


def client_of(scope: Scope) -> str:
    """The client by address; of IPv6 the network of 64 bits, since one household has all of it."""
    return _client_at(scope["client"][0] if scope.get("client") else "")


@lru_cache(4096)
def _client_at(address: str) -> str:
    try:
        ip_address = ipaddress.ip_address(address)
    except ValueError:
        return str(address)
    return str(ipaddress.ip_network((ip_address, 64), strict=False)) if ip_address.version == 6 else str(ip_address)


class RateLimit:
    """The layer that lets one client ask so often and no oftener."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self.app, self.limits = app, limits
        self._buckets = TokenBuckets(limits.requests_per_s, limits.request_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif wait_s := self._buckets.take(client_of(scope)):
            await _refuse(scope, 429, gettext_noop("too many requests from your address"), wait_s)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class ExpensiveTurns:
    """The layer in which expensive requests wait for their turn."""

    def __init__(self, app: ASGIApp, limits: RequestLimits, paths: Sequence[str] = EXPENSIVE_PATHS) -> None:
        self.app, self.limits, self.paths = app, limits, paths
        self._turns = asyncio.Semaphore(limits.expensive_at_once)
        self._waiting = 0
        self._of_client: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, or in turn."""
        if scope["type"] == "http" and _is_below(self.paths, scope["path"]):
            await self._in_turn(client_of(scope), scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _in_turn(self, client: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self._of_client.get(client, 0) >= self.limits.expensive_of_one_client:
            why = gettext_noop("too many large requests from your address at once")
            await _refuse(scope, 429, why, 2)(scope, receive, send)
            return
        if self._waiting >= self.limits.expensive_waiting:
            why = gettext_noop("too many large requests are waiting; checks of a place go on")
            await _refuse(scope, 503, why, 5)(scope, receive, send)
            return
        self._of_client[client] = self._of_client.get(client, 0) + 1
        turn = _Turn(receive)
        try:
            await self._worked_on(turn, scope, receive, send)
        finally:
            await turn.stop()
            self._of_client[client] -= 1
            if not self._of_client[client]:
                del self._of_client[client]

    async def _worked_on(self, turn: "_Turn", scope: Scope, receive: Receive, send: Send) -> None:
        self._waiting += 1
        try:
            await asyncio.wait_for(self._turns.acquire(), self.limits.longest_wait_s)
        except TimeoutError:
            why = gettext_noop("other large requests took too long; checks of a place go on")
            await _refuse(scope, 503, why, 5)(scope, receive, send)
            return
        finally:
            self._waiting -= 1
        has_turn = True

        async def send_and_pass(message: Message) -> None:
            # Sending goes at the client's own speed, which must not hold up the next one. What is not made yet of a
            # list that is sent piece by piece takes a turn again.
            nonlocal has_turn
            if has_turn:
                has_turn = False
                self._turns.release()
            await send(message)
            if message["type"] == "http.response.body" and message.get("more_body"):
                await self._turns.acquire()
                has_turn = True

        try:
            if not turn.is_gone:
                await self.app(scope, turn.receive, send_and_pass)
        finally:
            if has_turn:
                self._turns.release()


class _Turn:
    """What a waiting request's client sends meanwhile: above all, that it has left."""

    def __init__(self, receive: Receive) -> None:
        self._messages: list[Message] = []
        self._receive = receive
        self._watch = asyncio.ensure_future(self._listen())
        self._news = asyncio.Event()
        self.is_gone = False

    async def _listen(self) -> None:
        # A GET has one empty body; what follows can only be the end. Anything larger is left unread until the turn.
        for _ in range(2):
            message = await self._receive()
            self._messages.append(message)
            self._news.set()
            if message["type"] == "http.disconnect":
                self.is_gone = True
                return
            if message.get("more_body"):
                return

    async def receive(self) -> Message:
        while not self._messages:
            if self._watch.done():
                return await self._receive()
            self._news.clear()
            await self._news.wait()
        return self._messages.pop(0)

    async def stop(self) -> None:
        self._watch.cancel()
        await asyncio.gather(self._watch, return_exceptions=True)
        del self._watch  # its error holds the frame that it ended in, and that this turn: a circle


def _is_below(starts: Sequence[str], path: str) -> bool:
    return any(path == start or path.startswith(start + "/") for start in starts)


def _refuse(scope: Scope, status: int, why: str, wait_s: float) -> ASGIApp:
    seconds = max(1, -int(-wait_s // 1))
    with speaking(language_for_errors(scope).tag):
        answer = problem(status, gettext("{why}; ask again in {count} s", why=gettext(why), count=seconds))
    answer.headers["Retry-After"] = str(seconds)
    return answer
