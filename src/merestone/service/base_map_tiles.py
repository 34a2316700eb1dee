"""The tiles of the user's own base map, as its archive holds them, and what the page must know to draw them."""

from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from merestone.exchange import BaseMap
from merestone.service.conditional import is_known, sent
from merestone.service.context import Context
from merestone.service.features import known_parameters
from merestone.service.map_tiles import MVT
from merestone.service.packed import Packed


def router(context: Context) -> APIRouter:
    """One route, whether or not there is a base map."""
    routes = APIRouter(tags=["Base map"], dependencies=[Depends(known_parameters)])

    @routes.get("/base-map/{zoom}/{column}/{row}")
    def tile(request: Request, zoom: int, column: int, row: int) -> Response:
        """One vector tile of the base map."""
        base_map = context.base_map
        if base_map is None:
            raise HTTPException(404, "this service has no base map of its own; serve it with --basemap FILE")
        etag = f'"{base_map.tag}-{zoom}-{column}-{row}"'
        if is_known(request, etag):
            return Response(status_code=304, headers={"ETag": etag, "Vary": "Accept-Encoding"})
        content = base_map.tile(zoom, column, row)
        if content is None:
            return Response(status_code=204, headers={"ETag": etag})
        return sent(request, Packed(content, etag), MVT)

    return routes


def base_map_of(base_map: BaseMap | None) -> dict[str, Any] | None:
    """What the page is told of the base map."""
    if base_map is None:
        return None
    return {
        "schema": base_map.schema,
        "zooms": list(base_map.zooms),
        "bounds": list(base_map.bounds_deg),
        "attribution": base_map.attribution,
    }
