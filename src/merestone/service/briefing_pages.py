"""The briefing as a page: the content that `merestone brief` writes, with the register that is served."""

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from markupsafe import Markup

from merestone.documents.briefing import stylesheet
from merestone.service.briefing_shelf import PAGE, PART, PDF
from merestone.service.conditional import is_known, tag_of
from merestone.service.context import Context

_PIECE: Final = 1 << 16


def router(context: Context) -> APIRouter:
    """The page, and its two files."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/briefing", response_class=HTMLResponse)
    def briefing_page(request: Request) -> HTMLResponse:
        with context.briefings.opened(PART) as part:
            markup = Markup(part.read().decode())  # noqa: S704  # our own writer; every text in it is escaped
        return context.page(request, "briefing.html", part=markup, holding=context.keeper.current())

    @routes.get("/briefing.css")
    def style() -> Response:
        return Response(stylesheet(), media_type="text/css")

    @routes.get("/briefing/file.html")
    def as_html(request: Request) -> Response:
        return _file(context, request, PAGE, "text/html")

    @routes.get("/briefing/file.pdf")
    def as_pdf(request: Request) -> Response:
        return _file(context, request, PDF, "application/pdf")

    return routes


def _file(context: Context, request: Request, name: str, media_type: str) -> Response:
    """A file as it is read. It says the second of its making, so that its tag is that of what it is made from."""
    etag = tag_of(request, context.keeper.current())
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "ETag": etag}
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    opened = context.briefings.opened(name)
    headers["Content-Length"] = str(os.fstat(opened.fileno()).st_size)
    return StreamingResponse(_pieces(opened), media_type=media_type, headers=headers)


def _pieces(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        while piece := opened.read(_PIECE):
            yield piece
