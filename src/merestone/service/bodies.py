"""What a request brings along: how large it may be, and until when it must be there (RFC 9110, 408 and 413).

A body whose length is stated is refused before any of it is read; one in pieces, once it is over the limit.
"""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.service.begun_answer import BegunAnswer
from merestone.service.problem import problem

FORM_MOST: Final = 2_000_000
"""Bytes of a form at the most: an outline of some 50,000 corners."""
FIELD_BYTES_MOST: Final = 1_000_000
"""Bytes of a field of a form that brings a file, and of all that stands around the file."""
FILE_BYTES_MOST: Final = 50 * 1024 * 1024
"""Bytes of the largest file that any form takes: one to import; `merestone import` takes larger ones."""
OTHER_MOST: Final = 65_536
"""Bytes of a body that nothing reads, such as one with a GET."""
FILES_BELOW: Final = "/desk/"
"""Where the forms are that take files. Whether somebody is signed in is looked at there, before the body is read."""
WITH_BODY: Final = ("POST", "PUT", "PATCH")


class BodyRefused(HTTPException):
    """The body is too large, or did not come; the connection cannot be used for another request."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why, {"Connection": "close"})


def too_large(most_bytes: int) -> BodyRefused:
    """The refusal of a body over this limit."""
    return BodyRefused(413, f"what was sent is larger than {most_bytes:,} bytes; send less, or import it from a file")


def stated_bytes(headers: Headers) -> int:
    """The length that a request states of its body; 0 if it states none."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def most_bytes_of(scope: Scope) -> int:
    """How large the body of a request may be at the most, by its method and path alone."""
    if scope["method"] not in WITH_BODY:
        return OTHER_MOST
    return FILE_BYTES_MOST + FIELD_BYTES_MOST if scope["path"].startswith(FILES_BELOW) else FORM_MOST


class BodyLimits:
    """The layer that reads no body further than it may be long, and waits for none longer than so many seconds."""

    def __init__(self, app: ASGIApp, within_s: float) -> None:
        self.app, self.within_s = app, within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most_bytes = most_bytes_of(scope)
        answer = BegunAnswer(send)
        try:
            if stated_bytes(Headers(scope=scope)) > most_bytes:
                raise too_large(most_bytes)
            has_body = scope["method"] in WITH_BODY
            body = _Body(receive, most_bytes, self.within_s, is_refused_late=has_body)
            await self.app(scope, body.receive, answer)
        except BodyRefused as refused:
            if answer.has_begun:
                raise
            refusal = problem(refused.status_code, refused.detail)
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)


class _Body:
    """The body of one request as it comes."""

    def __init__(self, receive: Receive, most_bytes: int, within_s: float, *, is_refused_late: bool) -> None:
        self._receive, self._most_bytes, self._within_s = receive, most_bytes, within_s
        self._is_refused_late = is_refused_late
        self._taken, self._is_whole = 0, False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._within_s)
        except TimeoutError:
            if not self._is_refused_late:  # nobody reads it, and what waits here waits for the client to leave
                return {"type": "http.disconnect"}
            raise BodyRefused(
                408, f"what was announced did not arrive within {self._within_s:g} s; send it again"
            ) from None
        self._is_whole = message["type"] != "http.request" or not message.get("more_body")
        self._taken += len(message.get("body", b""))
        if self._taken > self._most_bytes:
            raise too_large(self._most_bytes)
        return message
