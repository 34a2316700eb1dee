"""The pages a person looks at: the map, and the same records as a list for those who have no map."""

from collections import Counter

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from merestone.alerts import now_document
from merestone.languages import current_language
from merestone.service.base_map_tiles import base_map_of
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.map_tiles import summary_of
from merestone.service.page import inline_json
from merestone.service.times import times_from
from merestone.terms import RecordKind

LISTED = 200
"""Records on one page of the list."""


def router(context: Context) -> APIRouter:
    """Map, list, and one record."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/", response_class=HTMLResponse)
    def map_page(request: Request, true_on: str = "", known_on: str = "") -> HTMLResponse:
        times = times_from(true_on, known_on)
        holding = context.keeper.current()
        counts = Counter(record.kind for record in holding.records)
        drawn = sorted(RecordKind, key=lambda kind: kind.is_hazard)  # hazards above released land
        summary = summary_of(holding) if times.is_now else None
        settings = {
            "bounds": holding.bounds_deg,
            "kinds": [kind.value for kind in drawn],
            "summary": summary,
            "is_exact": context.keeper.tier is Tier.EXACT,
            "base_map": base_map_of(context.base_map),
        }
        is_holder = context.keeper.tier is Tier.EXACT
        # Kinds of which there is nothing now may have been there at another time; the public is shown hazards alone.
        legend = [(kind, counts[kind]) for kind in RecordKind if is_holder or kind.is_hazard]
        board = context.alerts.current()
        alerts = now_document(board.published.board.in_force(context.alerts.now()), current_language().tag)["alerts"]
        values = {"settings": inline_json(settings), "legend": legend, "times": times, "alerts": alerts}
        return context.page(request, "map.html", holding=holding, **values)

    @routes.get("/areas", response_class=HTMLResponse)
    def list_page(request: Request, page: int = 1, true_on: str = "", known_on: str = "") -> HTMLResponse:
        times = times_from(true_on, known_on)
        holding = context.keeper.at(times)
        records = holding.records
        pages = max(1, -(-len(records) // LISTED))
        page = min(max(page, 1), pages)
        shown = records[(page - 1) * LISTED : page * LISTED]
        return context.page(
            request,
            "areas.html",
            holding=holding,
            records=shown,
            page=page,
            pages=pages,
            total=len(records),
            times=times,
        )

    return routes
