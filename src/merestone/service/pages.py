"""The page of the map."""

from collections import Counter

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from merestone.alerts import now_document
from merestone.languages import current_language
from merestone.service.base_map_tiles import base_map_of
from merestone.service.chosen_records import Chosen, bounds_of, chosen_of
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.map_tiles import summary_of
from merestone.service.page import inline_json
from merestone.service.times import times_from
from merestone.terms import RecordKind


def router(context: Context) -> APIRouter:
    """The map: of all that is recorded, or of what was chosen in the list."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/", response_class=HTMLResponse)
    def map_page(request: Request, true_on: str = "", known_on: str = "", *, chosen: Chosen = None) -> HTMLResponse:
        times = times_from(true_on, known_on)
        holding = context.keeper.current()
        records = chosen_of(context.keeper.at(times), chosen)
        counts = Counter(record.kind for record in holding.records)
        drawn = sorted(RecordKind, key=lambda kind: kind.is_hazard)  # hazards above released land
        summary = summary_of(holding) if times.is_now else None
        settings = {
            "bounds": bounds_of(records) if records else holding.bounds_deg,
            "chosen": [record.record_id for record in records],
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
        return context.page(request, "map.html", holding=holding, chosen_count=len(records), **values)

    return routes
