"""Expensive requests, each worked on in a process that ends when nobody waits for it any more, or over its budget.

A moment of the past, and a briefing, take seconds of a core. Such a request is handed on to a process beside the one
that makes the pages, one request at a time: when its client leaves, the process is ended, and so is the work; and the
operating system itself ends one that takes more than `BUDGET_S` of a core (ITIMER_PROF, setitimer(2)). One that takes
no core, and does not answer either, is ended after `ANSWERS_WITHIN_S`. What a process has read is kept for who asks
next, until it has rested for a while.
"""

import asyncio
import logging
import signal
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.service.fork_server import Child, ForkServer
from merestone.service.forward import AnswerLost, exchange
from merestone.service.problem import problem

LOG: Final = logging.getLogger("merestone.service")
SIDE: Final = "side"
"""The kind of process, for the fork server."""
BUDGET_S: Final = 5.0
"""Of a core, for one request."""
ANSWERS_WITHIN_S: Final = 50.0
"""By the clock, once its turn has come: proxies wait for 60 s (nginx: proxy_read_timeout), and say it less well."""
GRACE_S: Final = 0.5
"""A client that left may be a map that was moved, and asks for the same moment at once."""
RESTS_FOR_S: Final = 10.0
"""A process that nobody asked for so long is ended; the next request starts another. Each holds some 80 MB."""
LOOKS_FOR_CHANGE_EVERY_S: Final = 5.0
"""How soon one that rests is ended once the register is another than it has read: it would not be asked again."""
IN_MEMORY_BYTES: Final = 1 << 16
"""Of an answer that is kept until it was sent; the rest of a larger one is in a file meanwhile."""
_PIECE: Final = 1 << 16
_TIMES: Final = ("true_on", "known_on", "datetime")
_OF_MOMENTS: Final = ("/map-data", "/map-summary", "/map-record", "/ogc/")
_LOOKS_EVERY_S: Final = 0.01
_ENDS_WITHIN_S: Final = 5.0
"""A process that was killed has ended within milliseconds, and what started it says so."""
PACKS: Final = "packs", "packs"
"""What works on the offer of packs, and for what; once it is made, nobody need work on it."""
BRIEFING_PAGE: Final = "/briefing/file.html"
BRIEFING_PDF: Final = "/briefing/file.pdf"
_BRIEFINGS: Final = ("/briefing", BRIEFING_PAGE, BRIEFING_PDF)
BRIEFING: Final = "briefing", "briefing"
"""What makes the briefing, as packs are made."""
_LARGE: Final = (PACKS[0], BRIEFING[0])
"""Sides of which one is at work at a time: each takes 60 to 110 MB while it makes what is made once for everybody."""
TOO_LONG: Final = (
    f"this takes more than {BUDGET_S:g} s of a core, and was stopped; checks of a place go on. Ask for less: items by "
    "bbox and limit, or tiles of what is in view. The register's holder has all of it from `merestone export`"
)
TOO_LATE: Final = (
    f"this was not answered within {ANSWERS_WITHIN_S:g} s, and was stopped: the machine has much else to do, or "
    "something held it up; checks of a place go on. Ask again in a moment"
)

NO_PACKS: Final = (
    f"the packs of so many areas take more than {BUDGET_S:g} s of a core to make; some 125,000 areas are the most. "
    "Phones check places with a connection. For those without one, the register's holder can serve each region as a "
    "register of its own, which offers its packs"
)


@dataclass
class _Answer:
    """What a process answered, held until it was sent: a slow client must not hold up the next request."""

    body: IO[bytes]
    start: Message | None = None

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body.write(message.get("body", b""))

    async def give(self, send: Send) -> None:
        assert self.start is not None
        await send(self.start)
        self.body.seek(0)
        while part := self.body.read(_PIECE):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class _Work:
    """One request that is worked on, or waits for its turn."""

    task: "asyncio.Future[_Answer | ASGIApp]"
    has_begun: asyncio.Event


@dataclass
class _Side:
    """One process, which may not have been started yet."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted: Counter[str] = field(default_factory=Counter)
    """For what requests wait, and how many for each."""
    child: Child | None = None
    socket: Path = Path()
    chain: str = ""
    """The register's last link when the process was started."""
    resting: asyncio.TimerHandle | None = None
    is_at_work: bool = False

    def end(self) -> None:
        """End the process; the next request starts another."""
        if self.child is not None:
            self.child.kill()
            self.child = None


class Expensive:
    """The side processes of a service. Before `begin`, and where processes cannot be forked, there are none."""

    def __init__(self) -> None:
        self.forks: ForkServer | None = None
        self.folder = Path()
        self._sides: dict[str, _Side] = {}
        self._turn_of_large = asyncio.Lock()
        self._count = 0
        self._newest_chain: Callable[[], str | None] = lambda: None

    def begin(
        self, forks: ForkServer | None, folder: Path, newest_chain: Callable[[], str | None] = lambda: None
    ) -> None:
        """Have expensive requests worked on beside from now on.

        Parameters
        ----------
        folder
            Where sockets and files stand.
        newest_chain
            Gives the register's last link as far as this process has read it, at no cost; None if it has not.
        """
        self.forks, self.folder, self._newest_chain = forks, folder, newest_chain

    @property
    def is_at_work(self) -> bool:
        """Whether one is at work: memory is then needed for it."""
        return any(side.is_at_work for side in self._sides.values())

    def side_of(self, scope: Scope) -> tuple[str, str] | None:
        """By which process a request is worked on, and for what; None: here, since it is soon done."""
        if self.forks is None or scope["type"] != "http" or scope["method"] != "GET":
            return None
        path = scope["path"]
        if path in _BRIEFINGS:
            return BRIEFING
        if path == "/packs" or path.startswith("/packs/"):
            return PACKS
        # What looks at who is signed in is not among these: only the pages' process knows.
        if path == "/areas" or path.startswith(_OF_MOMENTS):
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if moment := [query[name][0] for name in _TIMES if query.get(name)]:
                return "moments", repr(moment)
        return None

    async def answer(self, place: tuple[str, str], chain: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request worked on beside, and answer; stop if the client leaves and nobody else waits for the same.

        Parameters
        ----------
        place
            From `side_of`.
        chain
            The register's last link.
        """
        name, wish = place
        side = self._sides.get(name)
        if side is None:
            side = self._sides[name] = _Side(self._turn_of_large) if name in _LARGE else _Side()
        has_begun = asyncio.Event()
        in_turn = self._in_turn(side, chain, has_begun, scope)
        work = _Work(asyncio.ensure_future(in_turn), has_begun)
        leaving = asyncio.ensure_future(until_gone(receive))
        side.wanted[wish] += 1
        both: tuple[asyncio.Future[Any], ...] = (work.task, leaving)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            side.wanted[wish] -= 1
            leaving.cancel()
        if not work.task.done():
            await self._leave(side, wish, work)
            return
        answer = work.task.result()
        if isinstance(answer, _Answer):
            with answer.body:
                await answer.give(send)
        else:
            await answer(scope, receive, send)

    async def _leave(self, side: _Side, wish: str, work: _Work) -> None:
        """Nobody is there to be answered: stop, unless somebody else waits for the same."""
        if not work.has_begun.is_set():
            work.task.cancel()
        else:
            await asyncio.wait({work.task}, timeout=GRACE_S)
            if not work.task.done() and not +side.wanted[wish]:
                side.end()
        for answer in await asyncio.gather(work.task, return_exceptions=True):
            if isinstance(answer, _Answer):
                answer.body.close()

    async def _in_turn(self, side: _Side, chain: str, has_begun: asyncio.Event, scope: Scope) -> "_Answer | ASGIApp":
        async with side.turn:
            has_begun.set()
            side.is_at_work = True
            if side.resting is not None:
                side.resting.cancel()
            try:
                return await self._worked_on(side, chain, scope)
            finally:
                side.is_at_work = False
                # Packs and briefings stay in the folder for whoever asks next.
                self._let_rest(side, 0.0 if side in map(self._sides.get, _LARGE) else RESTS_FOR_S)

    def _let_rest(self, side: _Side, rest_s: float) -> None:
        """Keep a process that has nothing to do for so long, while the register stays as it has read it."""
        if rest_s <= 0 or self._newest_chain() not in (None, side.chain):
            side.end()
            return
        wait_s = min(rest_s, LOOKS_FOR_CHANGE_EVERY_S)
        side.resting = asyncio.get_running_loop().call_later(wait_s, self._let_rest, side, rest_s - wait_s)

    def _begun(self, side: _Side, chain: str) -> Child:
        """The side's process: the one that it has, or a new one if that ended or has read another register."""
        assert self.forks is not None
        if side.child is None or side.child.ended.done() or side.chain != chain:
            side.end()
            for other in self._sides.values():
                if not other.is_at_work:
                    other.end()  # one that rests would be held beside what is needed now
            self._count += 1
            side.chain, side.socket = chain, self.folder / f"side{self._count}.sock"
            side.child = self.forks.start(SIDE, at=str(side.socket))
        return side.child

    async def _worked_on(self, side: _Side, chain: str, scope: Scope) -> "_Answer | ASGIApp":
        child = self._begun(side, chain)
        # Closed by whoever gives the answer on.
        answer = _Answer(tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, dir=str(self.folder)))  # noqa: SIM115
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                reader, writer = await _connected(side.socket, child)
                try:
                    await exchange(reader, writer, scope, _nothing_more(), answer.take)
                finally:
                    writer.close()
        except (AnswerLost, TimeoutError) as lost:
            answer.body.close()
            status = await _ended(child)
            if status == -signal.SIGPROF:
                return problem(503, too_long_words(scope["path"]))
            if side.child is child:  # and was not ended because whoever asked has left
                side.child = None
                LOG.warning(
                    "a side process ended with %s at %s: %s", status, scope["path"], lost or "no answer in time"
                )
            is_late = isinstance(lost, TimeoutError)
            return problem(503, TOO_LATE if is_late else "the process that worked on this ended early; ask again")
        return answer


async def _ended(child: Child) -> int | None:
    """End a process that is gone already, or of no use any more. Gives its status; None: nobody says how it ended."""
    child.kill()
    ended = asyncio.wrap_future(child.ended)
    await asyncio.wait({ended}, timeout=_ENDS_WITHIN_S)
    return ended.result() if ended.done() else None


def too_long_words(path: str) -> str:
    """What is said to whoever asked for more than the budget allows: what they can ask for instead."""
    return NO_PACKS if path == "/packs" or path.startswith("/packs/") else TOO_LONG


async def _connected(at: Path, child: Child) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a process that was started just now, or before."""
    while True:
        try:
            return await asyncio.open_unix_connection(str(at))
        except OSError as error:
            if child.ended.done():
                raise AnswerLost(str(error)) from error
            await asyncio.sleep(_LOOKS_EVERY_S)


def _nothing_more() -> Receive:
    """A request without a body, from a client that stays: whether it left is looked at apart."""
    has_begun = False

    async def receive() -> Message:
        nonlocal has_begun
        if has_begun:
            await asyncio.Event().wait()
        has_begun = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


async def until_gone(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
