"""The reports as downloads, for the holder of the register alone."""

import threading
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from merestone.documents.reports import REPORTS, WRITERS, period_from
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.use_cases import drafted_report

MEDIA: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".html": "text/html",
}


def router(context: Context) -> APIRouter:
    """The page with its links, and the files.

    A report over a national register takes tens of seconds, so they are made one at a time and for the holder alone:
    the public service makes none.
    """
    routes = APIRouter(include_in_schema=False)
    one_at_a_time = threading.Lock()
    is_holder = context.keeper.tier is Tier.EXACT

    @routes.get("/reports", response_class=HTMLResponse)
    def reports_page(request: Request, period: str = "") -> HTMLResponse:
        over = str(period or context.keeper.current().today.year - 1)
        if is_holder:
            period_from(over)
        return context.page(
            request,
            "reports.html",
            reports=REPORTS,
            endings=tuple(WRITERS),
            period=over,
            is_holder=is_holder,
            holding=context.keeper.current(),
        )

    @routes.get("/reports/{file_name}")
    def report_file(request: Request, file_name: str, period: str) -> Response:
        name, _, ending = file_name.rpartition(".")
        if not is_holder or name not in REPORTS or f".{ending}" not in WRITERS:
            raise HTTPException(404)
        over = period_from(period)
        with one_at_a_time, context.keeper.open_register(read_only=True) as register:
            content = drafted_report(register, name, over).written(f".{ending}")
        audit(request, "download", report=file_name, period=f"{over.first}/{over.last}")
        given = f"{name}-{over.first}-{over.last}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{given}"'}
        return Response(content, media_type=MEDIA[f".{ending}"], headers=headers)

    return routes
