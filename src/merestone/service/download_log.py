"""Which answers are downloads, for the audit log: files that a browser saves, and the register's areas as data.

A rule for all routes and not a line in each: one that is added later is logged, too. Tiles, pages, feeds of alerts and
one single record are no downloads; nor is an answer of which nothing was sent (HEAD, 304).
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merestone.service.audit import DOWNLOADS_SAID, audit
from merestone.service.sign_in import SignIn

AS_DATA: Final = re.compile(r"/map-data|/ogc/collections/[^/]+/items|/packs/[^/]+")
"""Where areas are given as data, which no browser is told to save."""


class DownloadLog:
    """The layer that writes a line of each download, unless its page wrote one that says more."""

    def __init__(self, app: ASGIApp, sign_in: SignIn | None) -> None:
        self.app, self.sign_in = app, sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and write down what was taken away."""
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self.app({**scope, DOWNLOADS_SAID: None}, receive, send)
            return
        own_lines: list[str] = []

        async def send_and_say(message: Message) -> None:
            if message["type"] == "http.response.start" and not own_lines and _is_download(scope["path"], message):
                request = Request(scope)
                session = None if self.sign_in is None else self.sign_in.session(request)
                audit(request, "download", person=session.account.actor.name if session else "", path=scope["path"])
            await send(message)

        await self.app({**scope, DOWNLOADS_SAID: own_lines}, receive, send_and_say)


def _is_download(path: str, start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    if start["status"] == 206 and not headers.get("content-range", "").startswith("bytes 0-"):
        return False  # the rest of a file that was begun before
    is_saved = headers.get("content-disposition", "").startswith("attachment")
    return start["status"] in (200, 206) and (is_saved or AS_DATA.fullmatch(path) is not None)
