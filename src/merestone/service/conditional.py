"""What a client has already: entity tags, and which encodings it takes (RFC 9110, 8.8.3, 12.5.3 and 13.1.2)."""

import hashlib
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.languages import current_language
from merestone.service.holding import Holding
from merestone.service.packed import Packed, packed_parts
from merestone.service.sign_in import SESSION_COOKIE, cookie

COMPRESSED_FROM_BYTES: Final = 1000
"""What is shorter is hardly made shorter."""


def tag_of(request: Request, holding: Holding) -> str:
    """The weak tag of an answer that follows from the register's chain, the day, the tier, language and address."""
    asked = (str(request.url), request.headers.get("accept"), current_language().tag)
    marks = (holding.chain, holding.stamp[-1], holding.tier.value, *asked)
    return f'W/"{hashlib.sha256(repr(marks).encode()).hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the client says that it has the answer with this tag. Compared weakly, as the standard asks."""
    known = request.headers.get("if-none-match", "")
    plain = etag.removeprefix("W/")
    return known.strip() == "*" or plain in [tag.strip().removeprefix("W/") for tag in known.split(",")]


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip: named, or any, and not with a weight of 0."""
    weights = _encoding_weights(request)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def accepts_brotli(request: Request) -> bool:
    """Whether the client names Brotli (RFC 7932) among what it takes, and not with a weight of 0."""
    return _encoding_weights(request).get("br", 0.0) > 0


def _encoding_weights(request: Request) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, parameters = part.strip().partition(";")
        _, _, weight = parameters.strip().partition("q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights


def sent(request: Request, packed: Packed, media_type: str, etag: str | None = None) -> Response:
    """All of it, or that the browser has it already; compressed only for who asked for that (RFC 9110, 12.5.3).

    Parameters
    ----------
    etag
        Another tag than that of the content.
    """
    etag = etag or packed.etag
    headers = {"ETag": etag, "Vary": "Accept-Encoding"}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    if not accepts_gzip(request):
        return StreamingResponse(packed.unpacked(), media_type=media_type, headers=headers)
    return Response(packed.content, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})


def streamed(request: Request, parts: Iterable[bytes], media_type: str, etag: str) -> Response:
    """A long answer as it is written, or that the browser has it already; compressed only for who asked for that."""
    headers = {"ETag": etag, "Vary": "Accept-Encoding"}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    if not accepts_gzip(request):
        return StreamingResponse(parts, media_type=media_type, headers=headers)
    return StreamingResponse(
        packed_parts(parts), media_type=media_type, headers={**headers, "Content-Encoding": "gzip"}
    )


class GzipForWhoAsks(GZipMiddleware):
    """Starlette 1.10 compresses also for a client that refuses gzip with a weight of 0; this does not."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, compressed if the client takes it."""
        if scope["type"] == "http" and accepts_gzip(Request(scope)):
            await super().__call__(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:

            async def send_as_it_is(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
                await send(message)

            await self.app(scope, receive, send_as_it_is)


class TagForWhoComesBack:
    """Gives a tag to every answer that has none yet and is made in one piece, and sends nothing to who has it already.

    The work is done all the same; what is saved is the way. The tag is weak: how it was compressed is not part of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a tag, or with 304."""
        is_asked_again = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if not is_asked_again or _is_of_session(scope):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_to_be_tagged(message):
                start = message
                return
            if start is not None:
                begun, start = start, None
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    await self._send_whole(Request(scope), begun, message, send)
                    return
                await send(begun)
            await send(message)

        await self.app(scope, receive, send_tagged)

    async def _send_whole(self, request: Request, start: Message, body: Message, send: Send) -> None:
        headers = MutableHeaders(scope=start)
        digest = hashlib.sha256(headers.get("content-type", "").encode() + b"\n" + body.get("body", b""))
        etag = f'W/"{digest.hexdigest()[:32]}"'
        headers["ETag"] = etag
        if is_known(request, etag):
            for name in ("content-length", "content-type"):
                del headers[name]
            headers.add_vary_header("Accept-Encoding")
            start, body = {**start, "status": 304, "headers": headers.raw}, {**body, "body": b""}
        await send(start)
        await send(body)


def _is_of_session(scope: Scope) -> bool:
    """Whether the answer is for one person alone, so that nothing of it is kept; or one of the desk's."""
    return scope["path"].startswith("/desk") or bool(cookie(Request(scope), SESSION_COOKIE))


def _is_to_be_tagged(start: Message) -> bool:
    """Whether it is a page or data that might be asked for again; what sets a cookie is somebody's own."""
    headers = MutableHeaders(scope=start)
    return start["status"] == 200 and "etag" not in headers and "set-cookie" not in headers
