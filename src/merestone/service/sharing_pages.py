"""A place to pass on: the code that a camera reads, a sheet of paper with the map, and a poster for a village."""

import io
from typing import Annotated, Final
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from merestone.service.base_map_tiles import base_map_of
from merestone.service.chosen_records import Chosen, bounds_of, chosen_of, view_of
from merestone.service.context import Context
from merestone.service.features import base_of, known_parameters
from merestone.service.holding import Tier
from merestone.service.map_tiles import summary_of
from merestone.service.page import inline_json
from merestone.terms import RecordKind

_ZOOM: Final = 13.0
Lat = Annotated[float, Query(ge=-90, le=90, description="latitude of the middle, in degrees")]
Lon = Annotated[float, Query(ge=-180, le=180, description="longitude of the middle, in degrees")]
Zoom = Annotated[float, Query(ge=0, le=22, description="zoom of the map")]


def address_of(base: str, lat_deg: float, lon_deg: float, zoom: float) -> str:
    """The page of a place.

    >>> address_of("https://mines.example.org", 44.98, -16.714, 13)
    'https://mines.example.org/?at=44.980000+N%2C+16.714000+W&zoom=13.0'
    """
    at = f"{abs(lat_deg):.6f} {'N' if lat_deg >= 0 else 'S'}, {abs(lon_deg):.6f} {'E' if lon_deg >= 0 else 'W'}"
    return f"{base}/?{urlencode({'at': at, 'zoom': f'{zoom:.1f}'})}"


def qr_svg(text: str) -> bytes:
    """A text as a QR code (ISO/IEC 18004), with a level of correction that stands a torn corner."""
    out = io.BytesIO()
    segno.make(text, error="q", micro=False).save(out, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False)
    return out.getvalue()


def router(context: Context) -> APIRouter:
    """The code and the two papers."""
    routes = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

    @routes.get("/qr.svg")
    def code(request: Request, lat: Lat = 0.0, lon: Lon = 0.0, zoom: Zoom = _ZOOM) -> Response:
        """The address of a place of this service, and of nothing else."""
        return Response(qr_svg(address_of(base_of(request), lat, lon, zoom)), media_type="image/svg+xml")

    @routes.get("/print", response_class=HTMLResponse)
    def paper(
        request: Request,
        lat: Lat = 0.0,
        lon: Lon = 0.0,
        zoom: Zoom = _ZOOM,
        kind: str = "map",
        *,
        chosen: Chosen = None,
    ) -> HTMLResponse:
        """A map of one page of A4, or a poster: of a place, or of what was chosen in the list."""
        holding = context.keeper.current()
        records = chosen_of(holding, chosen)
        if records:
            lat, lon, zoom = view_of(bounds_of(records))
        drawn = sorted(RecordKind, key=lambda kind_drawn: kind_drawn.is_hazard)
        is_exact = context.keeper.tier is Tier.EXACT
        settings = {
            "place": [lon, lat],
            "zoom": zoom,
            "kinds": [kind_drawn.value for kind_drawn in drawn],
            "summary": summary_of(holding),
            "is_exact": is_exact,
            "chosen": [record.record_id for record in records],
            "base_map": base_map_of(context.base_map),
        }
        shown = [kind_shown for kind_shown in holding.kinds if is_exact or kind_shown.is_hazard]
        return context.page(
            request,
            "print.html",
            holding=holding,
            settings=inline_json(settings),
            legend=shown,
            is_poster=kind == "poster",
            at={"lat": lat, "lon": lon, "zoom": zoom},
            chosen=[record.record_id for record in records],
            address=address_of(base_of(request), lat, lon, zoom),
        )

    return routes
