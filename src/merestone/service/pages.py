"""The pages a person looks at: the map, and the same records as a list for those who have no map."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from merestone.alerts import now_document
from merestone.languages import current_language
from merestone.register import Record
from merestone.service.base_map_tiles import base_map_of
from merestone.service.context import Context
from merestone.service.holding import Tier
from merestone.service.map_tiles import summary_of
from merestone.service.page import inline_json
from merestone.service.times import times_from
from merestone.terms import RecordKind

LISTED = 200
"""Records on one page of the list."""
MOST_SEARCHED: Final = 200
"""Letters of a search that are looked at."""


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
    def list_page(
        request: Request, page: int = 1, *, true_on: str = "", known_on: str = "", search: str = "", sort: str = ""
    ) -> HTMLResponse:
        times = times_from(true_on, known_on)
        holding = context.keeper.at(times)
        order = ListOrder(search.strip()[:MOST_SEARCHED], sort)
        records = order.of(holding.records)
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
            order=order,
        )

    return routes


@dataclass(frozen=True, slots=True)
class ListOrder:
    """What the list is asked for: records that a text is in, and by which column, the other way round with ``-``."""

    search: str
    sort: str

    def of(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those that have each word in what the list shows of them, in this order; an unknown column changes none."""
        search_terms = self.search.casefold().split()
        matching = [record for record in records if _has_words(record, search_terms)] if search_terms else records
        key = SORT_KEYS.get(self.sort.removeprefix("-"))
        return matching if key is None else sorted(matching, key=key, reverse=self.sort.startswith("-"))

    def direction(self, column: str) -> str:
        """How a column is sorted, in the words of ``aria-sort``."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")

    def query(self, times_query: str, *, sort: str | None = None, page: int = 1) -> str:
        """The address of the list with another order or page."""
        parameters = {
            "search": self.search,
            "sort": self.sort if sort is None else sort,
            "page": page if page > 1 else "",
        }
        return "&".join(part for part in (times_query, urlencode({k: v for k, v in parameters.items() if v})) if part)

    def toggled(self, column: str) -> str:
        """What a click on the column's heading asks for."""
        return f"-{column}" if self.sort == column else column


def _has_words(record: Record, search_terms: Sequence[str]) -> bool:
    listed = f"{record.record_id} {record.kind.label} {record.source} {record.true_from or ''}".casefold()
    return all(term in listed for term in search_terms)


SORT_KEYS: Final[Mapping[str, Callable[[Record], Any]]] = {
    "record": lambda record: record.record_id,
    "kind": lambda record: record.kind.label,
    "accuracy": lambda record: math.inf if record.accuracy_m is None else record.accuracy_m,
    "from": lambda record: str(record.begins_on or record.true_from or ""),
    "source": lambda record: record.source.casefold(),
}
"""By what the columns of the list sort; an accuracy that nobody stated comes after every stated one."""
