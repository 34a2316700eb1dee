"""Records as one file of vector tiles (PMTiles), for maps that others make: no hazard is left out or drawn smaller.

Tiles are cut by `merestone.tiles`, as the service cuts them; the archive is written by the library of the format's
authors. Source: PMTiles 3 (Protomaps); Mapbox Vector Tile Specification 2.1.
"""

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from pmtiles.tile import Compression, TileType, tileid_to_zxy, zxy_to_tileid
from pmtiles.writer import Writer

from merestone.exchange.rows.format import Feature
from merestone.terms import FileRefused, RecordKind, number_of
from merestone.tiles import LATITUDE_MOST_DEG, RECORDS_LAYER, TileAddress, TileSet, Value

Progress = Callable[[int, int | None], None]
"""Told how much is done, of how much."""
LAST_ZOOM: Final = 14
"""The last zoom that is written: a unit of its tiles is 0.6 m at the equator. Nearer in, maps enlarge its tiles."""


class TileArchive:
    """Writes features as vector tiles; nothing reads an outline back from them, since tiles round outlines."""

    name = "PMTiles"

    def __init__(self, progress: Progress = lambda _done, _total: None) -> None:
        self._progress = progress

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Every feature in every tile that it touches, from zoom 0 to `LAST_ZOOM`, in the layer ``records``.

        Features of released land (by their column ``kind``) are drawn smaller, all others larger. Each has its columns,
        days as text, and ``is_hazard``.

        Raises
        ------
        FileRefused
            A feature has no outline, or reaches nearer to a pole than tiles do.
        """
        tiles = _tile_set(path, features)
        tile_count, last_zoom = 0, 0
        with path.open("wb") as written:
            writer = Writer(written)
            for address, content in _tiles(tiles, self._progress):
                tile_id = zxy_to_tileid(address.zoom, address.column, address.row)
                writer.write_tile(tile_id, gzip.compress(content, 6, mtime=0))
                tile_count, last_zoom = tile_count + 1, address.zoom
            if not tile_count:
                writer.write_tile(0, gzip.compress(b"", mtime=0))  # an archive has one tile at least
            writer.finalize(_header(features), _metadata(features, layer, about, last_zoom))


def _tile_set(path: Path, features: Sequence[Feature]) -> TileSet:
    geometries = [feature.geometry for feature in features]
    placed = [geometry for geometry in geometries if geometry is not None and not geometry.is_empty]
    if len(placed) < len(features):
        why = (
            f"{number_of(len(features) - len(placed), 'record has', 'records have')} no outline, and tiles "
            "cannot show that"
        )
        raise FileRefused(path, why, "write a format that can, such as .geojson or .gpkg")
    tiles = TileSet(
        [shapely.force_2d(geometry) for geometry in placed],
        [_is_hazard(feature) for feature in features],
        [_properties(feature) for feature in features],
        [str(feature.attributes.get("kind", "")) for feature in features],
    )
    if tiles.beyond_count:
        why = (
            f"{number_of(tiles.beyond_count, 'record reaches', 'records reach')} nearer to a pole than tiles do "
            f"({LATITUDE_MOST_DEG:.4f} degrees)"
        )
        raise FileRefused(path, why, "write another format, such as .geojson or .gpkg")
    return tiles


def _tiles(tiles: TileSet, progress: Progress) -> Iterator[tuple[TileAddress, bytes]]:
    """The tiles that something touches, in the order of the archive; empty ones are not entered any further.

    A tile holds what touches the units around it, too, and these reach as far on the ground as those of the four tiles
    into which it is divided, and farther: what none of the four holds cannot be missed.

    Progress counts tiles of each zoom, since each zoom draws every record anew and takes about as long as another.
    """
    row, steps = [0], 1000
    for zoom in range(LAST_ZOOM + 1):
        filled = []
        for at, tile_id in enumerate(row):
            progress(zoom * steps + at * steps // len(row), (LAST_ZOOM + 1) * steps)
            _, column, tile_row = tileid_to_zxy(tile_id)
            address = TileAddress(zoom, column, tile_row)
            content = tiles.tile(address)
            if content:
                filled.append(address)
                yield address, content
        row = sorted(
            zxy_to_tileid(zoom + 1, 2 * address.column + right, 2 * address.row + down)
            for address in filled
            for right in (0, 1)
            for down in (0, 1)
        )
    progress((LAST_ZOOM + 1) * steps, (LAST_ZOOM + 1) * steps)


def _is_hazard(feature: Feature) -> bool:
    """Whether it is drawn larger; so is what is of no known kind."""
    kind = feature.attributes.get("kind")
    return RecordKind(kind).is_hazard if kind in {known.value for known in RecordKind} else True


def _properties(feature: Feature) -> dict[str, Value]:
    columns = {name: _value(value) for name, value in feature.attributes.items() if value is not None}
    return {**columns, "is_hazard": _is_hazard(feature)}


def _value(value: Any) -> Value:
    if isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _header(features: Sequence[Feature]) -> dict[str, Any]:
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    bounds = [0.0, 0.0, 0.0, 0.0] if not len(shapes) else shapely.total_bounds(shapes).tolist()
    west, south, east, north = (
        round_(bound * 1e7) for round_, bound in zip((np.floor, np.floor, np.ceil, np.ceil), bounds, strict=True)
    )
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": int(west),
        "min_lat_e7": int(south),
        "max_lon_e7": int(east),
        "max_lat_e7": int(north),
        "center_zoom": 8,
        "center_lon_e7": int(west + east) // 2,
        "center_lat_e7": int(south + north) // 2,
    }


def _metadata(features: Sequence[Feature], layer: str, about: Mapping[str, str], last_zoom: int) -> dict[str, Any]:
    types: dict[str, str] = {}
    for feature in features:
        for name, value in _properties(feature).items():
            type_ = "Boolean" if isinstance(value, bool) else "String" if isinstance(value, str) else "Number"
            types[name] = type_ if types.get(name, type_) == type_ else "String"
    return {
        "name": about.get("title", layer),
        "description": "; ".join(about.values()),
        "attribution": about.get("attribution", ""),
        "type": "overlay",
        "vector_layers": [{"id": RECORDS_LAYER, "fields": types, "minzoom": 0, "maxzoom": last_zoom}],
        "about": dict(about),
    }
