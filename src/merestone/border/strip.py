"""The strip of land along a border.

A strip describes where a figure was taken. It proposes nothing, and no part of it is ranked before another.
"""

import numpy as np
import shapely
from pyproj import Transformer
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused

_LONGEST_EDGE_M = 2_000.0
"""A longer edge, straight in the plane of the buffer, would bend by metres in longitude and latitude."""


def strip_of(line: BaseGeometry, half_width_m: float) -> Polygon | MultiPolygon:
    """Everything within `half_width_m` of a line, on either side.

    Buffered in a transverse Mercator plane about the line's middle, after bends under a thousandth of the half-width
    are left out: the half-width is true to 0.3 % for a border up to 600 km wide from west to east.

    Raises
    ------
    FieldRefused
        The line is empty, or the half-width is not between 1 m and 200 km.
    """
    if line.is_empty:
        raise FieldRefused("line", line.geom_type, "is empty", "give a line with at least one segment")
    if not 1 <= half_width_m <= 200_000:
        raise FieldRefused("half_width_m", half_width_m, "is not between 1 m and 200 km", "give metres, such as 5000")
    west, south, east, north = line.bounds
    plane = f"+proj=tmerc +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +ellps=WGS84 +units=m"
    there = Transformer.from_crs("+proj=longlat +ellps=WGS84", plane, always_xy=True)
    flat = shapely.transform(line, lambda lonlat: np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1])))
    wide = shapely.segmentize(shapely.simplify(flat, half_width_m / 1000).buffer(half_width_m), _LONGEST_EDGE_M)
    strip = shapely.transform(
        wide, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    )
    assert isinstance(strip, Polygon | MultiPolygon)
    return strip
