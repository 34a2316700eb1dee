"""What a client has already: entity tags, and which encodings it takes (RFC 9110, 8.8.3, 12.5.3 and 13.1.2)."""

import hashlib
from collections.abc import Iterable

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from merestone.languages import current_language
from merestone.service.holding import Holding
from merestone.service.packed import Packed, packed_parts


def tag_of(request: Request, holding: Holding) -> str:
    """The weak tag of an answer that follows from the register's chain, the day, the tier, language and address."""
    asked = (str(request.url), request.headers.get("accept"), current_language().tag)
    marks = (holding.chain, holding.stamp[-1], holding.tier.value, *asked)
    return f'W/"{hashlib.sha256(repr(marks).encode()).hexdigest()[:32]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the client says that it has the answer with this tag. Compared weakly, as the standard asks."""
    known = request.headers.get("if-none-match", "")
    plain = etag.removeprefix("W/")
    return known.strip() == "*" or plain in [one.strip().removeprefix("W/") for one in known.split(",")]


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, compressed if the client takes it."""
        if scope["type"] == "http" and accepts_gzip(Request(scope)):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
