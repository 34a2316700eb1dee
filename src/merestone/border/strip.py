"""The strip of land along a border.

A strip describes where a figure was taken. It proposes nothing, and no part of it is ranked before another.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused

_LONGEST_EDGE_M = 2_000.0
"""A longer edge, straight in the plane of the buffer, would bend by metres in longitude and latitude."""


def strip_of(line: BaseGeometry, half_width_m: float) -> Polygon | MultiPolygon:
    """Everything within `half_width_m` of a line, on either side.

    Buffered in a transverse Mercator plane about the line's middle, without bends under 1/500 of the half-width, which
    is true to 0.4 % for a border up to 600 km wide from west to east.

    Raises
    ------
    FieldRefused
        The line is empty, or the half-width is not between 1 m and 200 km.
    """
    if line.is_empty:
        raise FieldRefused("line", line.geom_type, "is empty", "give a line with at least one segment")
    if not 1 <= half_width_m <= 200_000:
        raise FieldRefused("half_width_m", half_width_m, "is not between 1 m and 200 km", "give metres, such as 5000")
    plane = _Plane(line)
    flat = plane.flat(line)
    wide = shapely.segmentize(shapely.simplify(flat, half_width_m / 500).buffer(half_width_m), _LONGEST_EDGE_M)
    strip = plane.round(wide)
    assert isinstance(strip, Polygon | MultiPolygon)
    return strip


def distances_from_m(
    target: BaseGeometry, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each position from a line or area, metres, 0 inside; true to 0.2 % as `strip_of` is.

    Raises
    ------
    FieldRefused
        The target is empty.
    """
    if target.is_empty:
        raise FieldRefused("target", target.geom_type, "is empty", "give a line or an area")
    plane = _Plane(target)
    flat = plane.flat(target)
    shapely.prepare(flat)
    x, y = plane.there.transform(lon_deg, lat_deg)
    return np.asarray(shapely.distance(flat, shapely.points(x, y)), np.float64)


class _Plane:
    """A transverse Mercator plane about the middle of a geometry."""

    def __init__(self, about: BaseGeometry) -> None:
        west, south, east, north = about.bounds
        plane = f"+proj=tmerc +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +ellps=WGS84 +units=m"
        self.there = Transformer.from_crs("+proj=longlat +ellps=WGS84", plane, always_xy=True)

    def flat(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, lambda xy: np.column_stack(self.there.transform(xy[:, 0], xy[:, 1])))

    def round(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(
            geometry, lambda xy: np.column_stack(self.there.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
        )
