"""Check a place: the page that works without JavaScript, and the JSON that the map and other programs ask for."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from merestone.exchange.pack import circumstances_of
from merestone.geodesy import parse_position
from merestone.screening import answer_for
from merestone.service.features import known_parameters
from merestone.service.holding import Holding, Tier
from merestone.terms import FieldRefused

if TYPE_CHECKING:
    from merestone.service.app import Context

WARN_M = 150.0
"""The warning distance unless another is asked for, in metres: that of `HazardIndex.classify`."""
FARTHEST_WARN_M = 10_000.0
"""How far the search for the nearest hazard goes, in metres."""


def router(context: "Context") -> APIRouter:
    """The check, for people and for programs."""
    routes = APIRouter(tags=["Check a place"])

    @routes.get("/check.json", dependencies=[Depends(known_parameters)])
    def check_json(
        position: Annotated[
            str | None, Query(description="decimal, DMS, UTM or MGRS; latitude first where unmarked")
        ] = None,
        lon: Annotated[
            float | None, Query(ge=-180, le=180, allow_inf_nan=False, description="longitude, degrees on WGS 84")
        ] = None,
        lat: Annotated[
            float | None, Query(ge=-90, le=90, allow_inf_nan=False, description="latitude, degrees on WGS 84")
        ] = None,
        accuracy_m: Annotated[
            float | None,
            Query(ge=0, allow_inf_nan=False, description="radius that holds 95 % of such positions, metres"),
        ] = None,
        warn_m: Annotated[float, Query(ge=0, le=FARTHEST_WARN_M, description="warning distance, metres")] = WARN_M,
    ) -> dict[str, Any]:
        """Is a hazard recorded here? Never an assurance: at best "none recorded", with the date of the data."""
        if position is None and lon is not None and lat is not None:
            return check(context.keeper.current(), lon, lat, accuracy_m, warn_m)
        if position is None or lon is not None or lat is not None:
            raise FieldRefused(
                "position", position, "is missing, or given twice", "give either position, or both lon and lat"
            )
        return check_text(context.keeper.current(), position, accuracy_m, warn_m)

    @routes.get("/check", response_class=HTMLResponse, include_in_schema=False)
    def check_page(
        request: Request, position: str = "", accuracy_m: str = "10", warn_m: str = f"{WARN_M:g}"
    ) -> HTMLResponse:
        holding = context.keeper.current()
        answer: dict[str, Any] | None = None
        refused, status = "", 200
        if position.strip():
            try:
                answer = check_text(holding, position, _metres("accuracy_m", accuracy_m), _warn_m(warn_m))
            except FieldRefused as error:
                refused, status = f"This place has not been checked. {error}", 400
        return context.page(
            request,
            "check.html",
            status,
            holding=holding,
            asked=position,
            accuracy=accuracy_m,
            warn=warn_m,
            answer=answer,
            refused=refused,
        )

    return routes


def _warn_m(text: str) -> float:
    warn_m = _metres("warn_m", text)
    if warn_m is None:
        return WARN_M
    if warn_m > FARTHEST_WARN_M:
        raise FieldRefused("warn_m", text, "is too far", f"give metres up to {FARTHEST_WARN_M:,.0f}")
    return warn_m


def _metres(field: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        value_m = float(text)
    except ValueError:
        value_m = math.nan
    if not (math.isfinite(value_m) and value_m >= 0):
        raise FieldRefused(field, text, "is no distance", "give metres, such as 10, or leave it empty if unknown")
    return value_m


def check_text(holding: Holding, text: str, accuracy_m: float | None, warn_m: float) -> dict[str, Any]:
    """Answer for a position as a person writes it. A grid square's size widens the stated accuracy."""
    position = parse_position(text)
    widened_m = None if accuracy_m is None else accuracy_m + (position.resolution_m or 0.0)
    answer = check(holding, position.lon_deg, position.lat_deg, widened_m, warn_m)
    read_as = [f"How the coordinates were read: {finding.words}." for finding in position.findings]
    return {**answer, "sentences": [*answer["sentences"], *read_as]}


def check(holding: Holding, lon_deg: float, lat_deg: float, accuracy_m: float | None, warn_m: float) -> dict[str, Any]:
    """Answer for one position, in the words that the command line uses too."""
    circumstances = replace(circumstances_of(holding.snapshot), outlines_generalised=holding.tier is Tier.PUBLIC)
    answer = answer_for(
        holding.index, holding.hazards, lon_deg, lat_deg, accuracy_m, warn_m=warn_m, given=circumstances
    )
    return {**answer.as_json(), "tier": holding.tier.value}
