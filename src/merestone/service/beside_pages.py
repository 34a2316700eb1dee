"""Which requests are handed on to side processes, and what such a process does."""

import asyncio
import signal
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from merestone.service.context import Context
from merestone.service.http_options import server_options
from merestone.service.memory import give_back, keep_giving_back
from merestone.service.priority import yield_to_checks
from merestone.service.side_process import BUDGET_S, PACKS
from merestone.terms import MerestoneError


class BesidePages:
    """The innermost layer: hands expensive requests on to the side processes."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app, self.context = app, context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here, or have it worked on beside."""
        side = self.context.expensive.side_of(scope)
        if side is None:
            await self.app(scope, receive, send)
            return
        try:
            # Read anew here if it was written to: that is the service's own work, and no request's.
            chain = (await run_in_threadpool(self.context.keeper.current)).chain
            if side == PACKS and await run_in_threadpool(self.context.packs.is_made):
                side = None
        except MerestoneError:
            await self.app(scope, receive, send)  # which says so as it does everywhere
            return
        if side is None:
            await self.app(scope, receive, send)
            return
        await self.context.expensive.answer(side, chain, scope, receive, send)


def serve_side(app: FastAPI, at: str) -> None:
    """Work on what is handed on at a socket. A process of its own does this."""
    yield_to_checks()
    context: Context = app.state.context
    context.expensive.begin(None, Path(at).parent)  # here is where it is worked on
    context.packs.keep_in(Path(at).parent)
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
