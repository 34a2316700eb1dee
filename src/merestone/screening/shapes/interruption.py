"""Where a way of several lines is interrupted, and over which of those places a straight way is to be followed.

A receiver that loses its fix begins a new segment: between two segments its bearer went somewhere, and a hazard may lie
there. The straight way between them is then screened like an edge, and where it is long, told as a gap.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Longs = NDArray[np.int64]

_SAME_DEG = 1e-7
"""Coordinates nearer to each other than this are one place (a centimetre)."""


def continued(ways: NDArray[np.object_], is_recording: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which coordinates begin a line that continues the line before it.

    Parameters
    ----------
    ways
        (n,) Shapely geometries.
    is_recording
        (n,) whether the lines of a way stand in the order in which they were recorded: each then continues the one
        before. Nothing is known of the others: the parts of a road network stand in any order.

    Returns
    -------
    (coordinates,) in the order of `shapely.get_coordinates`.
    """
    out = np.zeros(int(shapely.get_num_coordinates(ways).sum()), bool)
    begins = np.cumsum(shapely.get_num_coordinates(ways)) - shapely.get_num_coordinates(ways)
    for way in np.flatnonzero((shapely.get_num_geometries(ways) > 1) & is_recording):
        parts = shapely.get_parts(ways[way])
        counts = shapely.get_num_coordinates(parts)
        first = int(begins[way]) + np.cumsum(counts) - counts
        lines = np.flatnonzero((shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & (counts > 0))
        out[first[lines[1:]]] = True
    return out


def hang_together(way: BaseGeometry) -> bool:
    """Whether all lines of a way are joined to each other: an end of each is a vertex of another.

    >>> hang_together(shapely.from_wkt("MULTILINESTRING ((0 0, 1 0, 2 0), (1 0, 1 1))"))
    True
    >>> hang_together(shapely.from_wkt("MULTILINESTRING ((0 0, 1 0), (1.5 0, 2 0))"))
    False
    """
    parts = shapely.get_parts(way)
    lines = parts[(shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(parts)]
    return len(lines) < 2 or len(np.unique(_networks(lines))) == 1


def _networks(lines: NDArray[np.object_]) -> Longs:
    """(n,) a number for each line, the same for lines that hang together: an end of one is a vertex of another."""
    from scipy.sparse import coo_array  # here: the library takes time to load, and few ways are of several lines
    from scipy.sparse.csgraph import connected_components

    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    rounded = np.round(np.nan_to_num(coordinates, nan=1e9) / _SAME_DEG)
    half_turn = np.round(180.0 / _SAME_DEG)
    rounded[rounded[:, 0] == -half_turn, 0] = half_turn  # a line that was cut at the antimeridian
    _, place = np.unique(rounded, axis=0, return_inverse=True)
    place = place.reshape(-1)
    is_end = np.r_[True, np.diff(line) != 0] | np.r_[np.diff(line) != 0, True]
    joins = np.isin(place, place[is_end])
    size = len(lines) + int(place.max()) + 1
    links = coo_array((np.ones(joins.sum()), (line[joins], len(lines) + place[joins])), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1][: len(lines)], np.int64)
