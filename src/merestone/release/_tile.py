"""Overlays in tiles: many small overlays are faster than one large one, and run beside each other.

Area is additive and edges are straight in longitude and latitude, so that cutting along meridians and parallels changes
no area. What is overlaid in a tile is never put together again.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Areas = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Polygons, shape (n,) -> their areas, shape (n,), m2."""

TILE_EXTENTS: Final = 2.0
"""A tile is this many times as wide as most outlines, so that few are cut and few lie in one tile."""
MOST_PARTS: Final = 6
"""Tiles grow until outlines are cut into no more parts than this on average."""
CHUNK: Final = 256
"""Tiles, or outlines, that a thread takes at a time."""


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Areas of the shares, of everything, and of the land that two shares claim, m2."""

    shares_m2: NDArray[np.float64]
    whole_m2: float
    both_m2: NDArray[np.float64]
    """Shape (shares, shares), for the first above the second."""


def overlay(outlines: NDArray[Any], ranks: NDArray[np.int64], count: int, areas: Areas) -> Overlaid:
    """Give each piece to the lowest rank that claims it, and measure.

    Parameters
    ----------
    outlines
        Valid polygons or multipolygons, shape (n,).
    ranks
        Of each outline, 0 to `count` - 1, shape (n,).
    """
    shares_m2, both_m2 = np.zeros(count), np.zeros((count, count))
    if not len(outlines):
        return Overlaid(shares_m2, 0.0, both_m2)
    parts, part_ranks, tile = _cut(outlines, ranks)
    starts = np.flatnonzero(np.diff(tile, prepend=-1))
    groups = np.split(np.arange(len(parts)), starts[1:])
    chunks = [groups[first : first + CHUNK] for first in range(0, len(groups), CHUNK)]
    whole_m2 = 0.0
    for found in _each(lambda chunk: _measured(parts, part_ranks, chunk, count, areas), chunks):
        shares_m2 += found.shares_m2
        both_m2 += found.both_m2
        whole_m2 += found.whole_m2
    return Overlaid(shares_m2, whole_m2, both_m2)


def common_m2(one: NDArray[Any], two: NDArray[Any], areas: Areas) -> NDArray[np.float64]:
    """The area that each outline shares with the one beside it, shape (n,), m2."""
    chunks = [slice(first, first + 16 * CHUNK) for first in range(0, len(one), 16 * CHUNK)]
    found = _each(lambda part: areas(shapely.intersection(one[part], two[part])), chunks)
    return np.concatenate(found) if found else np.zeros(0)


def _cut(outlines: NDArray[Any], ranks: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:
    """The outlines cut along a grid, with rank and tile of each part, in the order of the tiles."""
    bounds = shapely.bounds(outlines)
    origin = bounds[:, :2].min(axis=0)
    side = TILE_EXTENTS * float(np.percentile(np.maximum(*(bounds[:, 2:] - bounds[:, :2]).T), 75))
    while True:
        low = np.floor((bounds[:, :2] - origin) / side).astype(np.int64)
        high = np.floor((bounds[:, 2:] - origin) / side).astype(np.int64)
        spans = high - low + 1
        copies = spans.prod(axis=1)
        if copies.sum() <= MOST_PARTS * len(outlines):
            break
        side *= 2.0
    owner = np.repeat(np.arange(len(outlines)), copies)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(copies) - copies, copies)
    across = low[owner, 0] + within % spans[owner, 0]
    up = low[owner, 1] + within // spans[owner, 0]
    parts = outlines[owner]
    cut = np.flatnonzero(copies[owner] > 1)
    edges = [origin[0] + across[cut] * side, origin[1] + up[cut] * side]
    far = [origin[0] + (across[cut] + 1) * side, origin[1] + (up[cut] + 1) * side]
    boxes = shapely.box(*edges, *far)
    chunks = [slice(first, first + 16 * CHUNK) for first in range(0, len(cut), 16 * CHUNK)]
    clipped = _each(lambda part: shapely.intersection(parts[cut[part]], boxes[part]), chunks)
    if clipped:
        parts[cut] = np.concatenate(clipped)
    for mixed in np.flatnonzero(shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts[mixed] = only_areas(parts[mixed])
    tile = across * (int(up.max()) + 1) + up
    is_area = (shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)
    order = np.flatnonzero(is_area)
    order = order[np.argsort(tile[order], kind="stable")]
    return parts[order], ranks[owner[order]], tile[order]


def only_areas(geometry: BaseGeometry) -> BaseGeometry:
    """The areas of a geometry, without the points and lines in which outlines merely touch."""
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _measured(
    parts: NDArray[Any], ranks: NDArray[np.int64], groups: list[NDArray[np.int64]], count: int, areas: Areas
) -> Overlaid:
    pieces: list[BaseGeometry] = []
    places: list[int] = []
    # places: a share, then the whole, then each two shares that claim the same land
    for members in groups:
        if len(members) == 1:
            pieces += [parts[members[0]]] * 2
            places += [int(ranks[members[0]]), count]
            continue
        claimed = {
            int(rank): shapely.union_all(parts[members[ranks[members] == rank]]) for rank in np.unique(ranks[members])
        }
        taken: BaseGeometry | None = None
        for rank, mine in claimed.items():
            pieces.append(mine if taken is None else shapely.difference(mine, taken))
            places.append(rank)
            for above, higher in claimed.items():
                if above < rank:
                    pieces.append(shapely.intersection(higher, mine))
                    places.append(count + 1 + above * count + rank)
            taken = mine if taken is None else shapely.union(taken, mine)
        # Measured from the outlines and not from the pieces, so that it can prove them.
        pieces.append(shapely.union_all(parts[members]))
        places.append(count)
    weights = areas(np.array(pieces, dtype=object))
    found = np.bincount(places, weights=weights, minlength=count + 1 + count * count).astype(np.float64)
    return Overlaid(found[:count], float(found[count]), found[count + 1 :].reshape(count, count))


def _each(act: Callable[[Any], Any], chunks: list[Any]) -> list[Any]:
    """`act` on each chunk, in threads: GEOS works without the interpreter's lock. The order is kept."""
    if len(chunks) < 2:
        return [act(chunk) for chunk in chunks]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(act, chunks))
