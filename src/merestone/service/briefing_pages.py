"""The briefing as a page: the content that `merestone brief` writes, with the register that is served."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from merestone.documents.briefing import Briefing, brief, html_page, html_part, pdf, stylesheet
from merestone.service.conditional import is_known, tag_of
from merestone.service.context import Context
from merestone.service.memory import give_back


def router(context: Context) -> APIRouter:
    """The page, and its two files."""
    routes = APIRouter(include_in_schema=False)
    made: dict[tuple[str, str], Briefing] = {}

    def current() -> Briefing:
        holding = context.keeper.current()
        today = holding.today
        key = (today.isoformat(), holding.chain)
        if key not in made:
            # One briefing is kept: that of this day and of the register's last link. It takes seconds to make.
            fresh = brief(on=today, snapshot=holding.snapshot)
            made.clear()
            made[key] = fresh
            give_back()  # before a PDF is made of it
        return made[key]

    @routes.get("/briefing", response_class=HTMLResponse)
    def briefing_page(request: Request) -> HTMLResponse:
        part = Markup(html_part(current()))  # noqa: S704  # our own writer; every text in it is escaped
        return context.page(request, "briefing.html", part=part, holding=context.keeper.current())

    @routes.get("/briefing.css")
    def style() -> Response:
        return Response(stylesheet(), media_type="text/css")

    @routes.get("/briefing/file.html")
    def as_html() -> Response:
        return Response(html_page(current()), media_type="text/html", headers=_named("briefing.html"))

    @routes.get("/briefing/file.pdf")
    def as_pdf(request: Request) -> Response:
        # The file says the second of its making, so that its tag is that of what it is made from.
        headers = {**_named("briefing.pdf"), "ETag": tag_of(request, context.keeper.current())}
        if is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(pdf(current()), media_type="application/pdf", headers=headers)

    return routes


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
