"""A base map cut to a box, so that a phone can keep it: whole tiles, as far in as a limit of bytes allows.

Source: PMTiles 3 (Protomaps); the archive is written by the library of the format's authors.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType
from pmtiles.writer import Writer

from merestone.exchange.formats.base_map import BaseMap, HeldTile
from merestone.tiles import LATITUDE_MOST_DEG

Bounds = tuple[float, float, float, float]
_KEPT_METADATA: Final = ("name", "attribution", "type", "version", "vector_layers")
"""Not the names by which places are found: on a phone nothing looks for them, and they can be megabytes."""


@dataclass(frozen=True)
class ClippedBaseMap:
    """What was written."""

    bounds_deg: Bounds
    """West, south, east and north of what both the box and the base map hold."""
    zooms: tuple[int, int]
    """The first and the last; the last is less than the base map's where the limit did not allow more."""
    size_bytes: int


def clip_base_map(
    base_map: BaseMap, box_deg: Bounds, output: Path, *, most_bytes: int, most_tiles: int
) -> ClippedBaseMap | None:
    """Write the tiles of a base map that meet a box as an archive of their own.

    Parameters
    ----------
    box_deg
        West, south, east and north.
    most_bytes, most_tiles
        The archive holds no more: zooms that do not fit are left out, the last ones first.

    Returns
    -------
    None if the base map holds nothing there, or not even its first zoom fits; nothing is written then.

    Raises
    ------
    FileRefused
        The base map is damaged.
    """
    bounds_deg = _overlap(box_deg, base_map.bounds_deg)
    if bounds_deg is None:
        return None
    fitting, last_zoom = _that_fit(base_map, bounds_deg, most_bytes, most_tiles)
    if not fitting:
        return None
    _write(base_map, fitting, bounds_deg, output)
    if output.stat().st_size > most_bytes:  # by its metadata: a limit is kept, or there is no part
        output.unlink()
        return None
    return ClippedBaseMap(bounds_deg, (base_map.zooms[0], last_zoom), output.stat().st_size)


def _that_fit(base_map: BaseMap, bounds_deg: Bounds, most_bytes: int, most_tiles: int) -> tuple[list[HeldTile], int]:
    """The tiles of as many zooms as the limits allow, and the last of these zooms."""
    first, last = base_map.zooms
    wanted: list[NDArray[np.int64]] = []
    asked = 0
    for zoom in range(first, last + 1):
        columns, rows = _tiles_of(zoom, bounds_deg)
        asked += len(columns) * len(rows)
        if asked > most_tiles:
            break
        wanted.append(_tile_ids(zoom, columns, rows))
    tiles = base_map.held_tiles(np.concatenate(wanted)) if wanted else []
    starts = np.searchsorted([tile.tile_id for tile in tiles], [(4**zoom - 1) // 3 for zoom in range(first, last + 2)])
    fitting: list[HeldTile] = []
    offsets: set[int] = set()
    stored_bytes, last_zoom = 0, first - 1
    for zoom, (start, end) in enumerate(pairwise(starts), start=first):
        more = {tile.offset: tile.size_bytes for tile in tiles[start:end] if tile.offset not in offsets}
        stored_bytes += sum(more.values())
        # A directory's entry takes up to some 10 bytes.
        if zoom - first >= len(wanted) or stored_bytes + 10 * int(end) > most_bytes:
            break
        fitting += tiles[start:end]
        offsets |= set(more)
        last_zoom = zoom
    return fitting, last_zoom


def _write(base_map: BaseMap, tiles: list[HeldTile], bounds_deg: Bounds, output: Path) -> None:
    west, south, east, north = (round(bound * 1e7) for bound in bounds_deg)
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
    }
    metadata: dict[str, Any] = {key: base_map.metadata[key] for key in _KEPT_METADATA if key in base_map.metadata}
    with output.open("wb") as file:
        writer = Writer(file)
        for tile in tiles:
            writer.write_tile(tile.tile_id, base_map.packed_content(tile))
        writer.finalize(header, metadata)


def _overlap(box: Bounds, other: Bounds) -> Bounds | None:
    west, south = max(box[0], other[0]), max(box[1], other[1])
    east, north = min(box[2], other[2]), min(box[3], other[3])
    return (west, south, east, north) if west < east and south < north else None


def _tiles_of(zoom: int, bounds_deg: Bounds) -> tuple[range, range]:
    """The columns and the rows of a box; both ends of it are within."""
    west, south, east, north = bounds_deg
    side = 1 << zoom

    def column(lon_deg: float) -> int:
        return min(max(math.floor((lon_deg + 180.0) / 360.0 * side), 0), side - 1)

    def row(lat_deg: float) -> int:
        bounded_rad = math.radians(min(max(lat_deg, -LATITUDE_MOST_DEG), LATITUDE_MOST_DEG))
        return min(max(math.floor((1.0 - math.asinh(math.tan(bounded_rad)) / math.pi) / 2.0 * side), 0), side - 1)

    return range(column(west), column(east) + 1), range(row(north), row(south) + 1)


def _tile_ids(zoom: int, columns: range, rows: range) -> NDArray[np.int64]:
    """The identifiers of all these tiles in the order of an archive, as the library's `zxy_to_tileid` gives each."""
    x, y = (grid.ravel().astype(np.int64) for grid in np.meshgrid(columns, rows))
    ids = np.full(x.shape, (4**zoom - 1) // 3, dtype=np.int64)
    for bit in range(zoom - 1, -1, -1):
        half = 1 << bit
        right, lower = x & half, y & half
        ids += ((3 * right) ^ lower) << bit
        turned, mirrored = lower == 0, (lower == 0) & (right != 0)
        x, y = np.where(mirrored, half - 1 - x, x), np.where(mirrored, half - 1 - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
    ids.sort()
    return ids
