"""Check a place: the page that works without JavaScript, and the JSON that the map and other programs ask for."""

import asyncio
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from merestone.geodesy import PositionRefused
from merestone.languages import gettext, number_text
from merestone.service.check_feed import CATCHING_UP
from merestone.service.check_source import COARSEST_M, FARTHEST_WARN_M, WARN_M, CheckSource, check_query, check_text
from merestone.service.context import Context
from merestone.service.features import known_parameters
from merestone.service.holding import Holding
from merestone.service.reading_beside import ReadingBeside
from merestone.terms import FieldRefused

THREADS: Final = 4
READS_FOR_S: Final = 1.0
"""How long a check waits for a register that was written to just now; then it answers from what was read before."""
_Answer = TypeVar("_Answer")


def router(context: Context) -> APIRouter:
    """The check, for people and for programs."""
    routes = APIRouter(tags=["Check a place"])
    latest: list[tuple[Holding, CheckSource]] = []
    beside = ReadingBeside(context.keeper)
    # Threads of their own: all others may be waiting for another program that holds the register.
    threads = ThreadPoolExecutor(THREADS, "check")

    def source() -> CheckSource:
        holding, is_older = beside.holding(READS_FOR_S)
        last = latest[0] if latest else None
        if last is None or last[0] is not holding:
            last = (holding, CheckSource.of(holding))
            latest[:] = [last]
        return replace(last[1], note=CATCHING_UP) if is_older else last[1]

    async def in_own_thread(check: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(threads, copy_context().run, check)

    @routes.get("/check.json", dependencies=[Depends(known_parameters)])
    async def check_json(  # the parameters are described here and read by `check_query`, as everywhere
        request: Request,
        _position: Annotated[
            str | None, Query(alias="position", description="decimal, DMS, UTM or MGRS; latitude first where unmarked")
        ] = None,
        _lon: Annotated[
            float | None,
            Query(alias="lon", ge=-180, le=180, allow_inf_nan=False, description="longitude, degrees on WGS 84"),
        ] = None,
        _lat: Annotated[
            float | None,
            Query(alias="lat", ge=-90, le=90, allow_inf_nan=False, description="latitude, degrees on WGS 84"),
        ] = None,
        _accuracy_m: Annotated[
            float | None,
            Query(
                alias="accuracy_m",
                ge=0,
                le=COARSEST_M,
                allow_inf_nan=False,
                description="radius that holds 95 % of such positions, metres",
            ),
        ] = None,
        _warn_m: Annotated[
            float, Query(alias="warn_m", ge=0, le=FARTHEST_WARN_M, description="warning distance, metres")
        ] = WARN_M,
    ) -> dict[str, Any]:
        """Is a hazard recorded here? Never an assurance: at best "none recorded", with the date of the data."""
        return await in_own_thread(lambda: check_query(source(), request.query_params))

    @routes.get("/check", response_class=HTMLResponse, include_in_schema=False)
    async def check_page(request: Request) -> HTMLResponse:
        def page() -> HTMLResponse:
            status, values = check_values(source(), request.query_params)
            return context.page(request, "check.html", status, **values)

        return await in_own_thread(page)

    return routes


def check_values(source: CheckSource, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """The status of the page for these parameters, and what its template shows."""
    position, accuracy_m = query.get("position", ""), query.get("accuracy_m", "10")
    warn_m = query.get("warn_m", f"{WARN_M:g}")
    answer: dict[str, Any] | None = None
    refused, status = "", 200
    if position.strip():
        try:
            answer = check_text(source, position, _metres("accuracy_m", accuracy_m, COARSEST_M), _warn_m(warn_m))
        except FieldRefused as error:
            refused, status = _refused_words(error), 400
    return status, {
        "header": source.header,
        "asked": position,
        "accuracy": accuracy_m,
        "warn": warn_m,
        "answer": answer,
        "refused": refused,
    }


def _refused_words(error: FieldRefused) -> str:
    """What is wrong with what stands in the form, by the labels of its boxes."""
    if isinstance(error, PositionRefused):
        return str(error)
    label = gettext("Warn within") if error.field == "warn_m" else gettext("Accurate to")
    return f"{label}: {error.value!r} {error.why}; {error.remedy}"


def _warn_m(text: str) -> float:
    warn_m = _metres("warn_m", text, FARTHEST_WARN_M)
    return WARN_M if warn_m is None else warn_m


def _metres(field: str, text: str, most_m: float) -> float | None:
    if not text.strip():
        return None
    try:
        value_m = float(text)
    except ValueError:
        value_m = math.nan
    if not 0 <= value_m <= most_m:
        why = gettext("is not a distance that can be used here")
        remedy = gettext("give metres from 0 to {most}, or leave it empty if unknown", most=number_text(round(most_m)))
        raise FieldRefused(field, text, why, remedy)
    return value_m
