"""A base map of a made-up region, written by the libraries of others: a road, a track, a river, a wood, a village."""

import gzip
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import shapely
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

LAYERS: dict[str, dict[str, list[tuple[Any, dict[str, Any]]]]] = {
    "protomaps": {
        "earth": [(shapely.box(0, 0, 4096, 4096), {"kind": "earth"})],
        "water": [(shapely.LineString([(0, 3000), (4096, 3100)]), {"kind": "river", "name": "Muddy"})],
        "landuse": [(shapely.box(100, 100, 900, 900), {"kind": "forest"})],
        "roads": [
            (shapely.LineString([(0, 1000), (4096, 1200)]), {"kind": "major_road", "name": "Long Road"}),
            (shapely.LineString([(0, 1500), (4096, 1900)]), {"kind": "path"}),
        ],
        "buildings": [(shapely.box(2100, 2100, 2150, 2150), {"kind": "building"})],
        "places": [(shapely.Point(2048, 2048), {"kind": "locality", "name": "Село", "name:en": "Village"})],
        "boundaries": [],
    },
    "openmaptiles": {
        "water": [(shapely.box(0, 3000, 4096, 3200), {"class": "lake"})],
        "transportation": [(shapely.LineString([(0, 1000), (4096, 1200)]), {"class": "primary"})],
        "place": [(shapely.Point(2048, 2048), {"class": "village", "name": "Село"})],
    },
}


def write_region(
    path: Path,
    schema: str = "protomaps",
    *,
    compression: Compression = Compression.GZIP,
    tile_type: TileType = TileType.MVT,
    zooms: range = range(3),
    bounds_deg: tuple[float, float, float, float] = (-170.0, -80.0, 170.0, 80.0),
    varied: bool = False,
) -> Path:
    """Every tile of these zooms holds the same; if varied, each in other bytes."""
    layers = LAYERS.get(schema, {schema: []})
    content = mapbox_vector_tile.encode(
        [
            {"name": name, "features": [{"geometry": shape, "properties": told} for shape, told in features]}
            for name, features in layers.items()
        ]
    )
    with path.open("wb") as file:
        writer = Writer(file)
        for zoom in zooms:
            for column in range(2**zoom):
                for row in range(2**zoom):
                    tile_id = zxy_to_tileid(zoom, column, row)
                    packed = gzip.compress(content, mtime=tile_id if varied else None)
                    writer.write_tile(tile_id, packed if compression is Compression.GZIP else content)
        header = {
            "tile_type": tile_type,
            "tile_compression": compression,
            "min_zoom": zooms[0],
            "max_zoom": zooms[-1],
            "min_lon_e7": round(bounds_deg[0] * 1e7),
            "min_lat_e7": round(bounds_deg[1] * 1e7),
            "max_lon_e7": round(bounds_deg[2] * 1e7),
            "max_lat_e7": round(bounds_deg[3] * 1e7),
            "center_zoom": 0,
            "center_lon_e7": 0,
            "center_lat_e7": 0,
        }
        metadata = {"vector_layers": [{"id": name, "fields": {}} for name in layers], "attribution": "<b>Made up</b>"}
        writer.finalize(header, metadata)
    return path
