"""Many lines at once, as far as their meaning is plain: open ones, and ones that nearly close and cross nothing.

What `outline.largest` says of one line takes a third of a millisecond, and a file of 1 MB may have 50,000. Here the
same is worked out for all of them together; a line of which it is not plain is left to `largest`.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.line_rings import NEARLY_CLOSED, nearly_closed_fault
from merestone.exchange.places.outline import Shape
from merestone.geodesy import distances_m

_FEW_CORNERS: Final = 200
"""Of so many at most a line is never too tangled to be followed (`line_rings.MOST_MEETINGS`)."""
_LINE: Final = 1


def plain_shapes(geometries: Sequence[BaseGeometry | None]) -> list[Shape | None]:
    """What `largest` makes of each; None where it has to be asked, as of a line that is the only one.

    >>> lines = [shapely.LineString([(17.1, 44.9), (x, 44.9)]) for x in (17.2, 17.3)]
    >>> first, second, other = plain_shapes([*lines, shapely.Point(17.1, 44.9)])
    >>> first.geometry, other
    (<LINESTRING (17.1 44.9, 17.2 44.9)>, None)
    """
    shapes: list[Shape | None] = [None] * len(geometries)
    lines: Any = np.array([*geometries, None], dtype=object)[:-1]  # None at the end: an array of geometries, not one
    at = np.flatnonzero((shapely.get_type_id(lines) == _LINE) & ~shapely.has_z(lines))
    count = shapely.get_num_coordinates(lines[at])
    at = at[(count > 1) & (count <= _FEW_CORNERS)]
    if len(at) < 2:
        return shapes
    at = at[_are_within_degrees(lines[at])]
    at = at[shapely.is_simple(lines[at])]
    if not len(at):
        return shapes
    corners, owner = shapely.get_coordinates(lines[at], return_index=True)
    share, is_apart = _ways_back(corners, owner)
    is_open = is_apart & (share > NEARLY_CLOSED * (1 + 1e-6))
    for place in np.flatnonzero(is_open).tolist():
        shapes[at[place]] = Shape(geometries[at[place]])
    count = np.bincount(owner)
    nearly = np.flatnonzero(is_apart & (share < NEARLY_CLOSED * (1 - 1e-6)) & (count > 2))
    if not len(nearly):
        return shapes
    chosen = np.isin(owner, nearly)
    rings = shapely.linearrings(corners[chosen], indices=np.searchsorted(nearly, owner[chosen]))
    areas: Any = shapely.polygons(rings)
    west, south, east, north = shapely.bounds(areas).T
    has_area = shapely.area(areas) > 1e-8 * np.maximum(east - west, north - south) ** 2
    remarks = (nearly_closed_fault(1),)
    for place, area in zip(nearly[has_area].tolist(), areas[has_area].tolist(), strict=True):
        shapes[at[place]] = Shape(area, remarks)
    return shapes


def _are_within_degrees(lines: Any) -> NDArray[np.bool_]:
    """Which lines have only places on the earth, away from the poles and from the antimeridian."""
    bounds = shapely.bounds(lines)
    with np.errstate(invalid="ignore"):
        is_within: NDArray[np.bool_] = (np.abs(bounds[:, [0, 2]]).max(axis=1) < 179) & (
            np.abs(bounds[:, [1, 3]]).max(axis=1) < 88
        )
    is_finite: NDArray[np.bool_] = np.isfinite(shapely.length(lines))
    return is_within & is_finite


def _ways_back(corners: NDArray[np.float64], owner: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The way back from each line's end to its start as a share of its length; whether the two are apart."""
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    last = np.append(first[1:], len(owner)) - 1
    following = np.arange(1, len(corners) + 1)
    following[last] = first
    apart_m = distances_m(*corners.T, *corners[following].T)
    back_m = apart_m[last]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = back_m / (np.add.reduceat(apart_m, first) - back_m)
    is_apart = np.abs(corners[last] - corners[first]).max(axis=1) > 1e-8
    return share, is_apart & np.isfinite(share)
