"""The page's own files: what was compressed beforehand is sent so to browsers that take Brotli.

A map library is most of what a first visit fetches; compressed as hard as Brotli can it is a fifth smaller than by gzip
on the way, and costs the service nothing.
"""

from os import PathLike
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from merestone.service.conditional import accepts_brotli

COMPRESSED_SUFFIX: Final = ".br"
"""After the name of a file: the same file, compressed by tools/web_vendor.sh."""
VERSIONED_CACHE: Final = "public, max-age=31536000, immutable"
"""What an address with a version in it gives never changes."""

NAME_MOST: Final = 200
"""Characters in the name of a file."""


class WebFiles(StaticFiles):
    """Files as they are packaged; one whose address names a version (``?v=``) is kept by browsers without asking."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the whole file: who asks for a part of so small a one, in whatever form, may have all of it."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, compressed if a compressed one is packaged and the client takes it."""
        if "\0" in path or any(len(name) > NAME_MOST for name in path.split("/")):
            raise HTTPException(404)  # the operating system would refuse to look for it
        request = Request(scope)
        compressed_path, _ = self.lookup_path(path + COMPRESSED_SUFFIX)
        is_compressed = bool(compressed_path) and accepts_brotli(request)
        response = await super().get_response(path + COMPRESSED_SUFFIX if is_compressed else path, scope)
        if "accept-ranges" in response.headers:
            del response.headers["accept-ranges"]
        if compressed_path:
            response.headers.add_vary_header("Accept-Encoding")
        if is_compressed:
            response.headers["Content-Encoding"] = "br"
            if "content-type" in response.headers:
                response.headers["Content-Type"] = media_type_of(path)
        if "v" in request.query_params and response.status_code in (200, 304):
            response.headers["Cache-Control"] = VERSIONED_CACHE
        return response


def media_type_of(path: str | PathLike[str]) -> str:
    """The media type of a file of the page by its suffix."""
    return "text/css; charset=utf-8" if Path(path).suffix == ".css" else "text/javascript; charset=utf-8"
