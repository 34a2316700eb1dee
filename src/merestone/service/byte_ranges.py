"""Parts of a file by their bytes (RFC 9110, 14), so that a phone goes on where its network left it."""

import re
from collections.abc import Iterator
from mmap import mmap
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

_PIECE: Final = 1 << 16
_ONE_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


def ranged(request: Request, content: bytes | mmap, etag: str, media_type: str) -> Response:
    """A file that never changes under its address, or the one range of it that was asked for.

    Several ranges at once, and ranges from the end, are answered with the whole, as the standard allows.
    """
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
    size = len(content)
    match = _ONE_RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or request.headers.get("if-range", etag) != etag:
        headers["Content-Length"] = str(size)
        return StreamingResponse(_pieces(content, 0, size), 200, headers, media_type)
    first, last = int(match[1]), min(int(match[2]) if match[2] else size - 1, size - 1)
    if first >= size or last < first:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return StreamingResponse(_pieces(content, first, last + 1), 206, headers, media_type)


def _pieces(content: bytes | mmap, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, _PIECE):
        yield content[at : min(at + _PIECE, end)]
