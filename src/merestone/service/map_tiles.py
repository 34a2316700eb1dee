"""OGC API - Tiles over the register, TileJSON beside it, and what the map asks besides: counts, and one record's words.

Source: OGC API - Tiles - Part 1: Core, 20-057 (classes core, tileset, tilesets-list, dataset-tilesets, mvt); OGC Two
Dimensional Tile Matrix Set 2.0, 17-083r4; TileJSON 3.0.0. Two tilesets: outlines of the records at every zoom, and
cells that count them for zooms at which outlines run together.
"""

from collections import Counter
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse

from merestone.languages import gettext
from merestone.service.conditional import is_known, sent, tag_of
from merestone.service.context import Context
from merestone.service.error_words import NO_SUCH_RECORD
from merestone.service.features import CRS84, REL, base_of, known_parameters, link, note_of
from merestone.service.holding import Holding, properties_of
from merestone.service.times import Times, times_from
from merestone.terms import FieldRefused
from merestone.tiles import CELLS_LAYER, LATITUDE_MOST_DEG, RECORDS_LAYER, ZOOM_MOST, TileAddress

MVT: Final = "application/vnd.mapbox-vector-tile"
GRID: Final = "WebMercatorQuad"
GRID_URI: Final = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{GRID}"
CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
HALF_M: Final = 20037508.342789244
"""Half a side of the square, in metres of the projection."""
PIXEL_M: Final = 0.00028
"""The standard's own size of a pixel, by which scale denominators are reckoned."""
_SCALES: Final = "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"
Form = Literal["records", "cells"]
PATHS: Final[dict[Form, str]] = {"records": "/ogc/tiles", "cells": "/ogc/density/tiles"}
TITLES: Final[dict[Form, str]] = {
    "records": "Recorded areas: every record at every zoom",
    "cells": "Cells that count the recorded areas",
}
FIELDS: Final[dict[Form, dict[str, str]]] = {
    "records": {
        "record_id": "String: the record",
        "kind": "String: the kind of record",
        "is_hazard": "Boolean: whether it warns",
        "is_mark": "Boolean: a point where released land is too small to be drawn",
    },
    "cells": {"count": "Number: records that touch the cell; and how many of each kind, by the kind's name"},
}
LAYERS: Final[dict[Form, str]] = {"records": RECORDS_LAYER, "cells": CELLS_LAYER}
TrueOn = Annotated[str, Query(description="what held in the world on this day; empty: today")]
KnownOn = Annotated[str, Query(description="as the register knew it then: a day or an instant; empty: now")]


def router(context: Context) -> APIRouter:
    """The routes of the standard, and those of the map."""
    routes = APIRouter(tags=["OGC API - Tiles"], dependencies=[Depends(known_parameters)])

    @routes.get("/ogc/tileMatrixSets")
    def grids(request: Request) -> dict[str, Any]:
        """The grids in which tiles are cut: one."""
        here = f"{base_of(request)}/ogc/tileMatrixSets/{GRID}"
        links = [link(here, f"{REL}/tiling-scheme", "application/json", "the grid")]
        return {"tileMatrixSets": [{"id": GRID, "title": GRID, "uri": GRID_URI, "crs": CRS, "links": links}]}

    @routes.get("/ogc/tileMatrixSets/{grid}")
    def grid(grid: str) -> dict[str, Any]:
        """A grid: where its tiles begin and how large they are at each zoom."""
        _known_grid(grid)
        matrices = [_matrix(zoom) for zoom in range(ZOOM_MOST + 1)]
        about = {"id": GRID, "title": "Google Maps Compatible for the World", "uri": GRID_URI, "crs": CRS}
        return {**about, "orderedAxes": ["E", "N"], "wellKnownScaleSet": _SCALES, "tileMatrices": matrices}

    @routes.get("/ogc/tiles")
    def tilesets(request: Request, true_on: TrueOn = "", known_on: KnownOn = "") -> dict[str, Any]:
        """The tilesets."""
        times = times_from(true_on, known_on)
        holding, base = context.keeper.at(times), base_of(request)
        return {
            "links": [link(str(request.url), "self", "application/json", "this document")],
            "tilesets": [_tileset(form, holding, times, base) for form in PATHS],
        }

    for form in PATHS:
        _add(routes, context, form)

    @routes.get("/map-summary")
    def summary(request: Request, true_on: str = "", known_on: str = "") -> Response:
        """What the map must know before it asks for tiles."""
        holding = context.keeper.at(times_from(true_on, known_on))
        return _json(request, holding, summary_of(holding))

    @routes.get("/map-record")
    def record(request: Request, record_id: str, true_on: str = "", known_on: str = "") -> Response:
        """What is shown of one record at a time, for the map's small table."""
        holding = context.keeper.at(times_from(true_on, known_on))
        shown = holding.by_id.get(record_id)
        if shown is None:
            raise HTTPException(404, gettext(NO_SUCH_RECORD))
        return _json(request, holding, properties_of(shown))

    return routes


def summary_of(holding: Holding) -> dict[str, Any]:
    """How many records there are of each kind, and from which zoom on the map shows their outlines."""
    return {
        "counts": Counter(record.kind.value for record in holding.records),
        "outlines_from_zoom": holding.outlines_from_zoom,
        "beyond_count": holding.tile_set.beyond_count,
    }


def _add(routes: APIRouter, context: Context, form: Form) -> None:
    """The routes of one tileset."""
    path = f"{PATHS[form]}/{{grid}}"

    @routes.get(path, name=f"tileset of {form}")
    def tileset(request: Request, grid: str, true_on: TrueOn = "", known_on: KnownOn = "") -> dict[str, Any]:
        """A tileset: its layers, its grid, and where its tiles are."""
        _known_grid(grid)
        times = times_from(true_on, known_on)
        return _tileset(form, context.keeper.at(times), times, base_of(request))

    @routes.get(f"{path}/tilejson", name=f"TileJSON of {form}")
    def tilejson(request: Request, grid: str, true_on: TrueOn = "", known_on: KnownOn = "") -> dict[str, Any]:
        """The same for map libraries, as TileJSON."""
        _known_grid(grid)
        times = times_from(true_on, known_on)
        return _tilejson(form, context.keeper.at(times), times, base_of(request))

    @routes.get(
        f"{path}/{{tile_matrix}}/{{tile_row}}/{{tile_col}}",
        name=f"tile of {form}",
    )
    def tile(
        request: Request,
        grid: str,
        tile_matrix: int,
        tile_row: int,
        tile_col: int,
        *,
        true_on: TrueOn = "",
        known_on: KnownOn = "",
    ) -> Response:
        """One vector tile."""
        _known_grid(grid)
        try:
            address = TileAddress(tile_matrix, tile_col, tile_row)
        except FieldRefused as refused:
            raise HTTPException(404, str(refused)) from None
        times = times_from(true_on, known_on)
        holding = context.keeper.at(times)
        etag = tag_of(request, holding)
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag, "Vary": "Accept-Encoding"})
        packed = context.keeper.tile(holding, times, form, address)
        if packed.is_empty:
            return Response(status_code=204, headers={"ETag": etag})
        return sent(request, packed, MVT, etag)


def _json(request: Request, holding: Holding, content: Any) -> Response:
    etag = tag_of(request, holding)
    if is_known(request, etag):
        return Response(status_code=304, headers={"ETag": etag})
    return JSONResponse(content, headers={"ETag": etag})


def _known_grid(grid: str) -> None:
    if grid != GRID:
        raise HTTPException(404, f"tiles are not cut in {grid!r} here; use {GRID}")


def _matrix(zoom: int) -> dict[str, Any]:
    size_m = 2 * HALF_M / 2**zoom / 256
    return {
        "id": str(zoom),
        "scaleDenominator": size_m / PIXEL_M,
        "cellSize": size_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_M, HALF_M],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


def _bounds(holding: Holding) -> list[float] | None:
    if holding.bounds_deg is None:
        return None
    west, south, east, north = holding.bounds_deg
    most = LATITUDE_MOST_DEG
    return [west, min(max(south, -most), most), east, max(min(north, most), -most)]


def _tileset(form: Form, holding: Holding, times: Times, base: str) -> dict[str, Any]:
    here, query = f"{base}{PATHS[form]}/{GRID}", f"?{times.query}" if times.query else ""
    tiles = link(f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}", "item", MVT, "the tiles")
    bounds = _bounds(holding)
    box = {"lowerLeft": bounds[:2], "upperRight": bounds[2:], "crs": CRS84} if bounds else None
    return {
        "title": TITLES[form],
        "description": note_of(holding),
        "dataType": "vector",
        "crs": CRS,
        "tileMatrixSetURI": GRID_URI,
        "tileMatrixSetId": GRID,
        "layers": [
            {
                "id": LAYERS[form],
                "dataType": "vector",
                "geometryDimension": 2,
                "minTileMatrix": "0",
                "maxTileMatrix": str(ZOOM_MOST),
            }
        ],
        **({"boundingBox": box} if box else {}),
        "links": [
            link(f"{here}{query}", "self", "application/json", "this tileset"),
            link(f"{base}/ogc/tileMatrixSets/{GRID}", f"{REL}/tiling-scheme", "application/json", "the grid"),
            {**tiles, "templated": True},
            link(f"{here}/tilejson{query}", "describedby", "application/json", "TileJSON"),
        ],
    }


def _tilejson(form: Form, holding: Holding, times: Times, base: str) -> dict[str, Any]:
    query, bounds = f"?{times.query}" if times.query else "", _bounds(holding)
    return {
        "tilejson": "3.0.0",
        "name": TITLES[form],
        "description": note_of(holding),
        "scheme": "xyz",
        "tiles": [f"{base}{PATHS[form]}/{GRID}/{{z}}/{{y}}/{{x}}{query}"],
        "minzoom": 0,
        "maxzoom": ZOOM_MOST,
        **({"bounds": bounds} if bounds else {}),
        "vector_layers": [{"id": LAYERS[form], "fields": FIELDS[form], "minzoom": 0, "maxzoom": ZOOM_MOST}],
    }
