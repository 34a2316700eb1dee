"""The reports as downloads, for the holder of the register alone."""

import asyncio
import threading
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from merestone.documents.reports import REPORTS, WRITERS, period_from
from merestone.service.audit import audit
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.problem import problem
from merestone.service.report_jobs import ReportJob, ReportJobs, ReportsBusy, ReportWish, content_of
from merestone.service.side_process import until_gone

MEDIA: Final = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".html": "text/html",
}
AGAIN_AFTER_S: Final = 3
"""How often the page of a report that is being made looks how far it is."""


def router(context: Context) -> APIRouter:
    """The page with its links, the files, and the pages of those that take long.

    A report over a national register takes tens of seconds, so they are made one at a time and for the holder alone:
    the public service makes none.
    """
    routes = APIRouter(include_in_schema=False)
    jobs = ReportJobs(context.expensive)
    _add_list(routes, context)
    _add_file(routes, context, jobs)
    _add_job(routes, context, jobs)
    return routes


def _add_list(routes: APIRouter, context: Context) -> None:
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


def _add_file(routes: APIRouter, context: Context, jobs: ReportJobs) -> None:
    one_at_a_time, is_holder = threading.Lock(), context.keeper.tier is Tier.EXACT

    @routes.get("/reports/{file_name}")
    async def report_file(request: Request, file_name: str, period: str) -> Response:
        name, _, ending = file_name.rpartition(".")
        if not is_holder or name not in REPORTS or f".{ending}" not in WRITERS:
            raise HTTPException(404)
        period_from(period)
        wish = ReportWish(name, f".{ending}", period)
        if context.expensive.forks is None:
            return _sent(request, wish, await run_in_threadpool(made_here, wish))
        leaving = asyncio.ensure_future(until_gone(request.receive))
        try:
            job = await jobs.make(wish, leaving)
        except ReportsBusy as busy:
            return problem(503, str(busy))
        finally:
            leaving.cancel()
        if job is None:
            return Response(status_code=499)  # nobody is there to read it
        if job.is_running:
            return _told_to_wait(request, job)
        try:
            return _answered(request, job)
        finally:
            job.forget()

    def made_here(wish: ReportWish) -> bytes:
        with one_at_a_time:
            return content_of(context.keeper, wish)


def _add_job(routes: APIRouter, context: Context, jobs: ReportJobs) -> None:
    @routes.get("/reports/made/{job_id}", response_class=HTMLResponse)
    def job_page(request: Request, job_id: str) -> Response:
        job = _of(jobs, job_id)
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"is_made": job.is_made, "is_running": job.is_running, "step": job.step})
        refusal = "" if job.is_running or job.is_made else job.refusal[1]
        return context.page(
            request, "report_job.html", job=job, refusal=refusal, again_after_s=AGAIN_AFTER_S, holding=None
        )

    @routes.get("/reports/made/{job_id}/file")
    def job_file(request: Request, job_id: str) -> Response:
        job = _of(jobs, job_id)
        if job.is_running:
            raise HTTPException(404, "the report is still being made; its page says how far it is")
        return _answered(request, job)


def _of(jobs: ReportJobs, job_id: str) -> ReportJob:
    job = jobs.find(job_id)
    if job is None:
        raise HTTPException(404, "this report is no longer available; request it again at /reports")
    return job


def _told_to_wait(request: Request, job: ReportJob) -> Response:
    """To the page that says how far it is; a program is told where that is (RFC 9110, 15.3.3)."""
    here = f"/reports/made/{job.job_id}"
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(here, 303)
    text = "the report takes longer, and is made in the background; ask there how far it is"
    headers = {"Location": here, "Retry-After": str(AGAIN_AFTER_S)}
    return JSONResponse({"detail": text, "status_at": here, "file_at": f"{here}/file"}, 202, headers=headers)


def _answered(request: Request, job: ReportJob) -> Response:
    """The finished file, or why there is none."""
    if not job.is_made:
        status, explanation = job.refusal
        raise HTTPException(status, explanation)
    return _sent(request, job.wish, job.path.read_bytes())


def _sent(request: Request, wish: ReportWish, content: bytes) -> Response:
    period = period_from(wish.period)
    audit(request, "download", report=f"{wish.name}{wish.ending}", period=f"{period.first}/{period.last}")
    headers = {"Content-Disposition": f'attachment; filename="{wish.file_name}"'}
    return Response(content, media_type=MEDIA[wish.ending], headers=headers)
