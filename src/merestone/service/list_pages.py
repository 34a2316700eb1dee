"""The same records as the map's, as a list: searched, filtered, sorted, and several of them chosen for one step."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from merestone.languages import gettext
from merestone.register import Record
from merestone.service.chosen_records import CHOSEN_AT_MOST, Chosen, chosen_of, csv_text
from merestone.service.conditional import streamed, tag_of
from merestone.service.context import Context
from merestone.service.features import GEOJSON, note_of
from merestone.service.holding import collection_parts
from merestone.service.times import times_from
from merestone.terms import SpokenRefused

LISTED: Final = CHOSEN_AT_MOST
"""Records on one page of the list."""
MOST_SEARCHED: Final = 200
"""Letters of a search that are looked at."""
_MEDIA: Final = {"geojson": GEOJSON, "csv": "text/csv; charset=utf-8"}


def router(context: Context) -> APIRouter:
    """The list, and a file of what was chosen in it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/areas", response_class=HTMLResponse)
    def list_page(
        request: Request,
        page: int = 1,
        *,
        true_on: str = "",
        known_on: str = "",
        search: str = "",
        sort: str = "",
        kind: str = "",
    ) -> HTMLResponse:
        times = times_from(true_on, known_on)
        holding = context.keeper.at(times)
        order = ListOrder(search.strip()[:MOST_SEARCHED], sort, kind)
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

    @routes.get("/areas/chosen")
    def chosen_file(
        request: Request, chosen: Chosen = None, form: str = "geojson", *, true_on: str = "", known_on: str = ""
    ) -> Response:
        """What was chosen in the list, as a file: what the viewer is shown of it, and no more."""
        holding = context.keeper.at(times_from(true_on, known_on))
        records = chosen_of(holding, chosen)
        if not records:
            raise SpokenRefused("chosen", "", gettext("names no record"), gettext("tick records in the list first"))
        if form not in _MEDIA:
            why = gettext("is not a file format offered here")
            raise SpokenRefused("form", form, why, gettext("use {names}", names="csv, geojson"))
        about = {"type": "FeatureCollection", "note": note_of(holding)}
        parts = [csv_text(records).encode()] if form == "csv" else collection_parts(about, records)
        answer = streamed(request, parts, _MEDIA[form], tag_of(request, holding))
        answer.headers["Content-Disposition"] = f'attachment; filename="areas.{form}"'
        return answer

    return routes


@dataclass(frozen=True, slots=True)
class ListOrder:
    """What the list is asked for: records of a kind that a text is in, and by which column, with ``-`` backwards."""

    search: str
    sort: str
    kind: str = ""
    """A kind's value; empty: all."""

    def of(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those that have each word in what the list shows of them, in this order; an unknown column changes none."""
        search_terms = self.search.casefold().split()
        matching = [record for record in records if record.kind.value == self.kind] if self.kind else records
        matching = [record for record in matching if _has_words(record, search_terms)] if search_terms else matching
        key = SORT_KEYS.get(self.sort.removeprefix("-"))
        return matching if key is None else sorted(matching, key=key, reverse=self.sort.startswith("-"))

    def direction(self, column: str) -> str:
        """How a column is sorted, in the words of ``aria-sort``."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")

    def query(self, times_query: str, *, sort: str | None = None, page: int = 1) -> str:
        """The address of the list with another order or page."""
        parameters = {
            "search": self.search,
            "kind": self.kind,
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
