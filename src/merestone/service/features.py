"""OGC API - Features over the register: landing page, conformance, collections, items.

Source: OGC API - Features - Part 1: Core, 17-069r4; the requirement numbers stand in the comments. Its class
``oas30`` is not claimed: the description is OpenAPI 3.1.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import numpy as np
import shapely
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from merestone.languages import gettext
from merestone.register import Record
from merestone.service.conditional import is_known, sent, streamed, tag_of
from merestone.service.context import Context
from merestone.service.holding import Holding, collection_parts, feature_of
from merestone.service.times import Times, times_from
from merestone.terms import FieldRefused, RecordKind, SpokenRefused

TILES_CLASSES: Final = ("core", "tileset", "tilesets-list", "dataset-tilesets", "mvt")
CONFORMANCE: Final = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    *(f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}" for name in TILES_CLASSES),
)
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"
GEOJSON: Final = "application/geo+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.1"
LARGEST_LIMIT: Final = 10_000
"""Most records on one page. Who asks for more gets this many, and a link to the next page."""
CollectionId = Annotated[str, Path(json_schema_extra={"enum": [kind.value for kind in RecordKind]})]
TrueOn = Annotated[str, Query(description="the day on which it held, such as 2026-05-03; today if left out")]
KnownOn = Annotated[str, Query(description="as the register knew it then: a day or an instant; all if left out")]


def router(context: Context) -> APIRouter:
    """The routes of the standard, and the packed data of the map."""
    routes = APIRouter(tags=["OGC API - Features"], dependencies=[Depends(known_parameters)])
    _add_service(routes, context)
    _add_items(routes, context)
    _add_item(routes, context)
    _add_map_data(routes, context)
    return routes


def _add_service(routes: APIRouter, context: Context) -> None:
    @routes.get("/ogc")
    def landing(request: Request) -> dict[str, Any]:
        """Where everything is (requirement 2)."""
        base = base_of(request)
        return {
            "title": "Merestone",
            "description": note_of(context.keeper.current()),
            "links": [
                link(f"{base}/ogc", "self", "application/json", "this document"),
                link(f"{base}/api", "service-desc", OPENAPI, "the API"),
                link(f"{base}/", "service-doc", "text/html", "the map"),
                link(f"{base}/ogc/conformance", "conformance", "application/json", "what it conforms to"),
                link(f"{base}/ogc/collections", "data", "application/json", "the collections"),
                link(f"{base}/ogc/tiles", f"{REL}/tilesets-vector", "application/json", "the vector tiles"),
                link(f"{base}/ogc/tileMatrixSets", f"{REL}/tiling-schemes", "application/json", "the tiles' grid"),
            ],
        }

    @routes.get("/api")
    def description(request: Request) -> Response:
        """The OpenAPI description of everything here (requirement 3)."""
        return JSONResponse(request.app.openapi(), media_type=OPENAPI)

    @routes.get("/ogc/conformance")
    def conformance() -> dict[str, Any]:
        """What it conforms to (requirement 5)."""
        return {"conformsTo": list(CONFORMANCE)}

    @routes.get("/ogc/collections")
    def collections(request: Request) -> dict[str, Any]:
        """All collections: one for each kind of record (requirements 11 to 16)."""
        holding, base = context.keeper.current(), base_of(request)
        return {
            "links": [link(f"{base}/ogc/collections", "self", "application/json", "this document")],
            "collections": [_collection(holding, kind, base) for kind in RecordKind],
        }

    @routes.get("/ogc/collections/{collection_id}")
    def collection(request: Request, collection_id: CollectionId) -> dict[str, Any]:
        """One collection (requirement 18)."""
        return _collection(context.keeper.current(), _kind(collection_id), base_of(request))


def _add_items(routes: APIRouter, context: Context) -> None:
    @routes.get("/ogc/collections/{collection_id}/items")
    def items(
        request: Request,
        collection_id: CollectionId,
        *,
        bbox: Annotated[
            str | None, Query(description="west,south,east,north in degrees", examples=["-1,-1,1,1"])
        ] = None,
        when: Annotated[str | None, Query(alias="datetime", description="a day, an instant, or first/last")] = None,
        limit: Annotated[int, Query(ge=1)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
        known_on: Annotated[str | None, Query(description="as the register knew it then: a day or an instant")] = None,
    ) -> Response:
        """The records of a kind within a box and a time, if they are given (requirements 19 to 30).

        A day or an instant as ``datetime`` asks what held on that day; an interval, which of today's records hold on
        some day of it.
        """
        first, last = (None, None) if when is None else _days(when)
        day = first if first is not None and first == last and "/" not in str(when) else None
        times = Times(day, times_from(None, known_on).known_on)
        holding, kind = context.keeper.at(times), _kind(collection_id)
        etag = tag_of(request, holding)
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        limit = min(limit, LARGEST_LIMIT)
        chosen = [record for record in holding.records if record.kind is kind]
        if when is not None:
            chosen = [record for record in chosen if _holds(record, first, last)]
        if bbox is not None and chosen:
            chosen = meeting(chosen, bbox)
        page = chosen[offset : offset + limit]
        here = f"{base_of(request)}/ogc/collections/{kind}/items"
        links = [link(str(request.url), "self", GEOJSON, "this page")]
        same = {"limit": limit} | ({"bbox": bbox} if bbox else {}) | ({"datetime": when} if when else {})
        same |= {"known_on": known_on} if known_on else {}
        for rel, start in (("prev", max(offset - limit, 0)), ("next", offset + limit)):
            if 0 <= start < len(chosen) and start != offset:
                asked = urlencode({**same, "offset": start}, safe=",:/")
                links.append(link(f"{here}?{asked}", rel, GEOJSON, f"the {rel} page"))
        about = {
            "type": "FeatureCollection",
            "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "numberMatched": len(chosen),
            "numberReturned": len(page),
            "links": links,
        }
        return StreamingResponse(collection_parts(about, page), media_type=GEOJSON, headers={"ETag": etag})


def _add_item(routes: APIRouter, context: Context) -> None:
    @routes.get("/ogc/collections/{collection_id}/items/{feature_id}")
    def item(request: Request, collection_id: CollectionId, feature_id: str) -> Response:
        """One record (requirement 32)."""
        holding, kind = context.keeper.current(), _kind(collection_id)
        etag = tag_of(request, holding)
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag})
        record = holding.by_id.get(feature_id)
        if record is None or record.kind is not kind:
            text = f"collection {kind} holds no record {feature_id!r}; /ogc/collections/{kind}/items lists them"
            raise HTTPException(404, text)
        here = f"{base_of(request)}/ogc/collections/{kind}"
        links = [
            link(f"{here}/items/{feature_id}", "self", GEOJSON, "this record"),
            link(here, "collection", "application/json", "its collection"),
        ]
        return JSONResponse({**feature_of(record), "links": links}, media_type=GEOJSON, headers={"ETag": etag})


def _add_map_data(routes: APIRouter, context: Context) -> None:
    @routes.get("/map-data")
    def map_data(request: Request, true_on: TrueOn = "", known_on: KnownOn = "") -> Response:
        """All records at once, compressed; a browser that has them already gets an empty answer."""
        times = times_from(true_on, known_on)
        if times.is_now:
            return sent(request, context.keeper.current().map_data, GEOJSON)
        holding = context.keeper.at(times)
        holding.refuse_all_at_once()
        # Of 100,000 areas these are 90 MB: sent as they are written, and kept by nobody.
        parts = collection_parts({"type": "FeatureCollection"}, holding.records)
        return streamed(request, parts, GEOJSON, tag_of(request, holding))


def meeting(records: list[Record], bbox: str) -> list[Record]:
    """The records whose outlines meet a box, as the parameter ``bbox`` states it; FieldRefused if it states none."""
    outlines = np.array([record.geometry for record in records], dtype=object)
    is_met = np.zeros(len(records), bool)
    for box in _boxes(bbox):
        is_met |= shapely.intersects(outlines, box)
    return [record for record, meets in zip(records, is_met, strict=True) if meets]


def base_of(request: Request) -> str:
    """The service's address as the client wrote it, without a slash at its end."""
    return str(request.base_url).rstrip("/")


def link(href: str, rel: str, media_type: str, title: str) -> dict[str, str]:
    """A link as the standards have it."""
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def note_of(holding: Holding) -> str:
    """What the data are, and how old, in one line."""
    snapshot = holding.snapshot
    shown = (
        "exact outlines"
        if holding.tier.value == "exact"
        else "outlines generalised outward; each contains the true one"
    )
    label = f"{snapshot.label}. " if snapshot.label else ""
    written = f"Register written on {snapshot.written_on or 'no day'}; data from: {snapshot.data_days}"
    return f"{label}{written}; {shown}. What is not recorded may still be there."


def _kind(text: str) -> RecordKind:
    try:
        return RecordKind(text)
    except ValueError:
        raise HTTPException(404, f"{text!r} is not a collection here; use one of {', '.join(RecordKind)}") from None


def _collection(holding: Holding, kind: RecordKind, base: str) -> dict[str, Any]:
    outlines = [record.geometry for record in holding.records if record.kind is kind]
    box = [float(bound) for bound in shapely.total_bounds(np.array(outlines, dtype=object))] if outlines else None
    here = f"{base}/ogc/collections/{kind}"
    return {
        "id": kind.value,
        "title": kind.label[:1].upper() + kind.label[1:],
        "description": note_of(holding),
        "itemType": "feature",
        "crs": [CRS84],
        **({"extent": {"spatial": {"bbox": [box], "crs": CRS84}}} if box else {}),
        "links": [
            link(here, "self", "application/json", "this document"),
            link(f"{here}/items", "items", GEOJSON, "the records"),
        ],
    }


async def known_parameters(request: Request) -> None:  # async: it needs no thread, and must wait for none
    """Refuse a question with a parameter that would be ignored: a misspelt one would change the answer unseen.

    Source: requirement 8 of the standard.
    """
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name == "f" and name not in known and "/ogc" in request.url.path:
            # By custom of OGC API servers, the encoding that is wanted; many clients always send it.
            if request.query_params[name].lower() not in ("json", "geojson"):
                raise FieldRefused(name, request.query_params[name], "is not an encoding here", "use json")
        elif name not in known:
            remedy = gettext("use {names}", names=", ".join(sorted(known))) if known else gettext("leave it out")
            raise SpokenRefused(name, request.query_params[name], gettext("is not a parameter here"), remedy)


def _days(text: str) -> tuple[date | None, date | None]:
    """First and last day that ``datetime`` means; None where it is open (requirement 26, RFC 3339)."""
    parts = text.split("/")
    try:
        days = [None if part in ("", "..") else datetime.fromisoformat(part).date() for part in parts]
    except ValueError:
        days = []
    if len(days) not in (1, 2) or days == [None]:
        why = "is neither a day, an instant nor two of them"
        raise FieldRefused("datetime", text, why, "write 2026-05-03, 2026-05-03T14:00:00Z or 2026-01-01/..")
    return days[0], days[-1]


def _holds(record: Record, first: date | None, last: date | None) -> bool:
    """Whether the record's state holds on some day from first to last; one without a stated begin always held."""
    begins = record.true_from is None or last is None or record.true_from <= last
    return begins and (record.true_until is None or first is None or first < record.true_until)


def _boxes(text: str) -> list[shapely.Polygon]:
    """The box or, across the antimeridian, the two boxes that ``bbox`` means (requirement 23)."""
    remedy = "give west,south,east,north in degrees"
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise FieldRefused("bbox", text, "is not four numbers", remedy) from None
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not np.isfinite(numbers).all():
        raise FieldRefused("bbox", text, "is not four numbers", remedy)
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise FieldRefused("bbox", text, "is not within WGS 84", remedy)
    if west <= east:
        return [shapely.box(west, south, east, north)]
    return [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
