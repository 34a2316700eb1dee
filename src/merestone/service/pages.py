"""The pages a person looks at: the map, and the same records as a list for those who have no map."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from merestone.terms import RecordKind

if TYPE_CHECKING:
    from merestone.service.app import Context

LISTED = 200
"""Records on one page of the list."""


def router(context: "Context") -> APIRouter:
    """Map, list, and one record."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/", response_class=HTMLResponse)
    def map_page(request: Request) -> HTMLResponse:
        holding = context.keeper.current()
        counts = Counter(record.kind for record in holding.records)
        drawn = sorted(RecordKind, key=lambda kind: kind.is_hazard)  # hazards above released land
        settings = {"bounds": holding.bounds_deg, "kinds": [kind.value for kind in drawn]}
        legend = [(kind, counts[kind]) for kind in holding.kinds]
        return context.page(request, "map.html", holding=holding, settings=_inline_json(settings), legend=legend)

    @routes.get("/areas", response_class=HTMLResponse)
    def list_page(request: Request, page: int = 1) -> HTMLResponse:
        holding = context.keeper.current()
        records = holding.records
        pages = max(1, -(-len(records) // LISTED))
        page = min(max(page, 1), pages)
        shown = records[(page - 1) * LISTED : page * LISTED]
        return context.page(
            request, "areas.html", holding=holding, records=shown, page=page, pages=pages, total=len(records)
        )

    return routes


def _inline_json(value: Any) -> Markup:
    """JSON that may stand inside a script element as it is: no ``<`` can end it."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))  # noqa: S704 (escaped on this line)
