"""One of the processes that answer at the public address: checks of places by itself, everything else from the pages.

Whatever the pages are busy with, a check has this process's own interpreter.
"""

import signal
import socket
from typing import Final

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from merestone.service.bodies import BodyLimits
from merestone.service.check_feed import FeedReader
from merestone.service.check_source import WARN_M, check, check_query
from merestone.service.checking import check_values
from merestone.service.conditional import GzipForWhoAsks, TagForWhoComesBack
from merestone.service.error_words import words_of_error
from merestone.service.fork_server import RETIRES
from merestone.service.forward import Forward
from merestone.service.holding import Tier
from merestone.service.http_options import PAGES_SOCKET, server_options
from merestone.service.leaving import WAITS_WHEN_REPLACED_S, LeavingServer
from merestone.service.limits import RateLimit, RequestLimits
from merestone.service.memory import collect_often, keep_giving_back
from merestone.service.middleware import AnswerRules, HeadAsGet, KnownHosts, OpenToOtherSites, security_headers
from merestone.service.page import page_templates, render
from merestone.service.problem import detail_of, problem
from merestone.service.spoken import Spoken
from merestone.service.statuses import status_of
from merestone.terms import MerestoneError

RETIRES_WITHIN_S: Final = 600
"""How long a process that retires goes on sending what it began to send."""


class Checks:
    """The check, as the pages' application answers it, without what only pages need."""

    def __init__(self, feed: FeedReader, has_desk: bool) -> None:
        self.feed, self.has_desk, self.templates = feed, has_desk, page_templates()
        check(feed.source(), 0.0, 0.0, 10.0, WARN_M)  # loads the compiled kernel before anybody waits for it

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET; refuse what else is sent."""
        if scope["method"] != "GET":
            answer: Response = problem(405, "Method Not Allowed")
            answer.headers["Allow"] = "GET"
        else:
            answer = self._answer(Request(scope))
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        is_page = request.scope["path"] == "/check"
        try:
            source = self.feed.source()
            if not is_page:
                return JSONResponse(check_query(source, request.query_params))
            status, values = check_values(source, request.query_params)
            name = "check.html"
        except MerestoneError as error:
            status = status_of(error)
            if "text/html" not in request.headers.get("accept", ""):
                return problem(status, detail_of(error))
            name, values = "error.html", {"words": words_of_error(error), "header": None}
            return render(self.templates, request, name, status, tier=self.feed.tier, has_desk=self.has_desk, **values)
        return render(self.templates, request, name, status, tier=source.tier, has_desk=self.has_desk, **values)


def create_worker_app(feed: FeedReader, *, hosts: tuple[str, ...], has_desk: bool) -> ASGIApp:
    """Checks from the feed in a folder, and everything else from the socket beside it."""
    tier = feed.tier
    checks: ASGIApp = GzipForWhoAsks(TagForWhoComesBack(Spoken(Checks(feed, has_desk))))
    if tier is Tier.PUBLIC:
        checks = OpenToOtherSites(checks)
    pages = Forward(feed.folder / PAGES_SOCKET)

    async def by_path(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await (checks if scope["path"] in ("/check", "/check.json") else pages)(scope, receive, send)

    limits = RequestLimits()
    limited = RateLimit(BodyLimits(HeadAsGet(by_path), limits.body_within_s), limits)
    return AnswerRules(KnownHosts(limited, hosts), security_headers(tier))


async def _lifespan(receive: Receive, send: Send) -> None:
    for done in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{done}.complete"})


def serve_checks(public: socket.socket, app: ASGIApp, feed: FeedReader, *, trusted_proxy: str | None) -> None:
    """Serve on a socket that listens, until stopped. A process of its own does this.

    Parameters
    ----------
    app, feed
        From `create_worker_app`, made before the process was forked, so that all of them share what was read.
    """
    feed.catch_up()
    feed.keep_caught_up()
    collect_often()
    keep_giving_back()
    # Not by `fd`: uvicorn 0.54 takes that for a socket without an address, which would make all clients one, and
    # answers on open connections wait 40 ms.
    server = LeavingServer(uvicorn.Config(app, **server_options(trusted_proxy)))

    def retire(*_: object) -> None:
        # Another process has taken its place; a long download goes on to its end.
        server.config.timeout_graceful_shutdown = RETIRES_WITHIN_S
        server.server_state.waits_s = WAITS_WHEN_REPLACED_S
        server.should_exit = True

    signal.signal(RETIRES, retire)
    server.run(sockets=[public])
