"""Which requests are handed on to side processes, and what such a process does."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.service.audit import LOG as AUDIT_LOG
from merestone.service.briefing_shelf import PAGE, PDF
from merestone.service.context import Context
from merestone.service.http_options import server_options
from merestone.service.memory import give_back, keep_giving_back
from merestone.service.priority import yield_to_checks
from merestone.service.side_process import BRIEFING, BRIEFING_PAGE, BRIEFING_PDF, BUDGET_S, PACKS
from merestone.terms import MerestoneError

_Beside = Callable[[Scope, Send], Awaitable[None]]
"""Has a request worked on beside."""


class BesidePages:
    """The innermost layer: hands expensive requests on to the side processes."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app, self.context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here, or have it worked on beside."""
        expensive = self.context.expensive
        side = expensive.side_of(scope)
        if side is None:
            await self.app(scope, receive, send)
            return
        try:
            # Read anew here if it was written to: that is the service's own work, and no request's.
            chain = (await run_in_threadpool(self.context.keeper.current)).chain
            missing = await run_in_threadpool(self._missing, side, scope["path"])
        except MerestoneError:
            await self.app(scope, receive, send)  # which says so as it does everywhere
            return

        async def beside(asked: Scope, give: Send) -> None:
            await expensive.answer(side, chain, asked, receive, give)

        for path in missing[:-1]:
            if not await _is_made_first(path, beside, scope, send):
                return
        if missing:
            await beside(scope, send)
        else:
            await self.app(scope, receive, send)

    def _missing(self, side: tuple[str, str], path: str) -> tuple[str, ...]:
        """What must be made beside until this can be answered: addresses, its own the last. Empty: it is there."""
        if side == PACKS:
            return () if self.context.packs.is_made() else (path,)
        if side != BRIEFING:
            return (path,)
        has_text = self.context.briefings.is_made(PAGE)
        if path != BRIEFING_PDF:
            return () if has_text else (path,)
        if self.context.briefings.is_made(PDF):
            return ()
        # Another process sets the PDF than the one that put it together: both in one would hold twice as much.
        return (path,) if has_text else (BRIEFING_PAGE, path)


async def _is_made_first(path: str, beside: _Beside, scope: Scope, send: Send) -> bool:
    """Have something made that this request needs; if it cannot be, that is the answer."""
    is_made = True

    async def send_refusal(message: Message) -> None:
        nonlocal is_made
        if message["type"] == "http.response.start":
            is_made = message["status"] == 200
        if not is_made:
            await send(message)

    headers = [(name, value) for name, value in scope["headers"] if name == b"host"]
    first = {**scope, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    await beside(first, send_refusal)
    return is_made


def serve_side(app: FastAPI, at: str) -> None:
    """Work on what is handed on at a socket. A process of its own does this."""
    yield_to_checks()
    context: Context = app.state.context
    context.expensive.begin(None, Path(at).parent)  # here is where it is worked on
    AUDIT_LOG.disabled = True  # whoever handed it on writes the line
    context.keep_files_in(Path(at).parent)
    context.keeper.read_ahead()  # what was written since this process was forked is no request's work either
    keep_giving_back()
    options = server_options("*") | {"uds": at, "limit_concurrency": None, "date_header": False}
    uvicorn.run(Budgeted(app), **options)


class Budgeted:
    """Requests that may take `BUDGET_S` of a core each: the operating system ends the process if one takes more.

    One at a time: whoever has the last byte of an answer may ask for the next before this layer has heard of its end,
    and the end of the first would then take the limit away from the second.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer within the budget, or never."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        async with self._turn:
            signal.setitimer(signal.ITIMER_PROF, BUDGET_S)
            try:
                await self.app(scope, receive, send)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
                give_back()  # now, and not in ten seconds: meanwhile others want it
