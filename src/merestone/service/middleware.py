"""What holds for every answer of the service, as plain ASGI: headers, HEAD, other sites' maps, unexpected faults.

Sources: RFC 9110 (HEAD, conditional requests), the Fetch standard (CORS), OWASP Secure Headers.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.languages import gettext, speaking
from merestone.service.begun_answer import BegunAnswer
from merestone.service.holding import Tier
from merestone.service.problem import UNEXPECTED, problem, title_of
from merestone.service.sign_in import SESSION_COOKIE, cookie
from merestone.service.spoken import language_for_errors

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No outside server is ever called: a browser that honours this header cannot."""
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    # A browser may keep what it has, but asks whether it still holds: an old layer must not outlive its register.
    "Cache-Control": "no-cache",
}
LOG: Final = logging.getLogger("merestone.service")
OPEN_PATHS: Final = (
    *("/ogc", "/api", "/check.json", "/map-data", "/map-summary", "/map-record", "/law/"),
    *("/alerts.atom", "/alerts.rss", "/alerts.geojson", "/alert-files"),
    "/packs",
)
"""What other sites may read from the public tier: data and answers, no page with a form."""


_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/?#@\[\]]+)(?::\d{1,5})?")
"""A host and a port, as a header names them (RFC 9110, 7.2)."""
AGAIN_AFTER_S: Final = 2
"""After how many seconds to ask again what cannot be answered now, unless the answer says another time."""


def security_headers(tier: Tier) -> dict[str, str]:
    """The headers of every answer. What the exact tier says is kept by nobody's cache but the holder's own browser."""
    return HEADERS if tier is Tier.PUBLIC else {**HEADERS, "Cache-Control": f"private, {HEADERS['Cache-Control']}"}


class AnswerRules:
    """The outermost layer: every answer has the security headers, also the one to a fault that nobody foresaw."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = ErrorsAsProblems(app)
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers, whatever happens inside."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = BegunAnswer(send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                stated = {name.lower() for name, _ in headers.raw}
                headers.raw.extend(pair for pair in self.headers if pair[0] not in stated)
                if message["status"] >= 400:
                    headers.add_vary_header("Accept")  # a page for people, problem details for programs
                if message["status"] == 503:
                    headers.setdefault("Retry-After", str(AGAIN_AFTER_S))
            await answer(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # whoever sent half a form has left: nothing failed here, and nobody is there to be answered
        except Exception:
            LOG.exception("unexpected fault at %s %s", scope["method"], scope["path"][:200])
            if answer.has_begun:
                raise  # the server closes the connection, so that a cut answer is not taken for a whole one
            with speaking(language_for_errors(scope).tag):
                fault = problem(500, gettext(UNEXPECTED))
            await fault(scope, receive, send_with_headers)


class ErrorsAsProblems:
    """Errors that libraries answer in plain text, such as that a range is malformed, in the one form of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; of an error in plain text, problem details with its words."""
        start: Message | None = None
        plain_text = b""

        async def send_in_our_form(message: Message) -> None:
            nonlocal start, plain_text
            if message["type"] == "http.response.start" and _is_plain_error(message):
                start = message
            elif start is None:
                await send(message)
            else:
                plain_text += message.get("body", b"")
                if not message.get("more_body"):
                    status = start["status"]
                    answer = problem(status, plain_text.decode("utf-8", "replace") or title_of(status))
                    others = [pair for pair in start["headers"] if not pair[0].lower().startswith(b"content-")]
                    answer.raw_headers.extend(others)
                    await answer(scope, receive, send)

        await self.app(scope, receive, send_in_our_form)


def _is_plain_error(start: Message) -> bool:
    return start["status"] >= 400 and Headers(raw=start["headers"]).get("content-type", "").startswith("text/plain")


class KnownHosts:
    """Answers by the names alone that the service has, so that no page elsewhere reads it by a name of its own."""

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app, self.names = app, frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or self._is_known([v for name, v in scope["headers"] if name == b"host"]):
            await self.app(scope, receive, send)
        else:
            await problem(400, "the service has no such name; ask by the address that it was started with")(
                scope, receive, send
            )

    def _is_known(self, stated: Sequence[bytes]) -> bool:
        if not stated:  # HTTP/1.0 need not say whom it asks
            return "*" in self.names
        host = _HOST.fullmatch(stated[0].decode("latin-1").lower())
        return len(stated) == 1 and host is not None and ("*" in self.names or host[1] in self.names)


class HeadAsGet:
    """HEAD wherever GET is: the same headers, no body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a HEAD as a GET without its body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_no_body)


class OpenToOtherSites:
    """Lets the pages of other sites read the open data, without cookies; the exact tier is never wrapped in this."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and say to browsers that other sites may read it."""
        if scope["type"] != "http" or not _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        if scope["method"] == "OPTIONS":
            start: Message = {"type": "http.response.start", "status": 204, "headers": []}
            headers = MutableHeaders(scope=start)
            headers["Allow"] = headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match"
            headers["Access-Control-Max-Age"] = "86400"
            await send_open(start)
            await send_open({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send_open)


class ApartBySession:
    """Keeps what one person was shown from the next: no cache keeps it, and none gives it to another cookie.

    Open data and the files of the page are the same for everybody, and are left as they are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and say to caches whose it is."""
        if scope["type"] != "http" or _is_open(scope["path"]) or scope["path"].startswith("/web/"):
            await self.app(scope, receive, send)
            return
        is_of_session = bool(cookie(Request(scope), SESSION_COOKIE))

        async def send_apart(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Cookie")
                if is_of_session:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_apart)


def _is_open(path: str) -> bool:
    return any(path == start or path.startswith(start.rstrip("/") + "/") for start in OPEN_PATHS)
