"""The counterpart of `outward`: cells that lie wholly within an area, for outlines that must never be shown too large.

Land that was released is such: whoever stands within what is shown must stand within what was released.
"""

from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._flat import Geometries, Objects, objects
from merestone.geodesy.ellipsoid import metres_per_degree
from merestone.geodesy.outward import outward_all, row_height_deg, widen_all
from merestone.terms import FieldRefused

_CELLS_AROUND: Final = 3
_AT_ONCE: Final = 500
"""Areas whose cells are laid out together."""


def inward(geometry: BaseGeometry, by_m: float, *, accuracy_m: float | None = None) -> BaseGeometry:
    """The cells of `outward`'s grid that lie wholly within an area, its accuracy taken off first; empty if none does.

    Parameters
    ----------
    geometry
        Valid area in longitude and latitude on WGS 84. Points and lines hold no cell.
    by_m
        Width of a cell in metres: 1 m to 100 km.
    accuracy_m
        Accuracy of the outline in metres, by which the area is narrowed first; None: unstated, `terms.WIDENED_M`.

    Raises
    ------
    FieldRefused
        `by_m` is out of range, or the area is too large for so fine a grid.

    >>> field = shapely.box(0.0, 0.0, 0.01, 0.01)
    >>> field.covers(inward(field, by_m=100, accuracy_m=5.0))
    True
    >>> inward(shapely.box(0.0, 0.0, 0.0001, 0.0001), by_m=100, accuracy_m=5.0).is_empty
    True
    """
    out = inward_all([geometry], by_m, accuracy_m=accuracy_m)[0]
    assert isinstance(out, BaseGeometry)
    return out


def inward_all(geometries: Geometries, by_m: float, *, accuracy_m: float | None = None) -> Objects:
    """`inward` for an array of geometries of one accuracy, shape (n,).

    Whatever is smaller than a cell, from west to east or from south to north, holds none: most released areas are, and
    nothing more is asked of them.
    """
    outward_all([], by_m)  # refuses a width that is none
    shapes = objects(geometries)
    out = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    west, south, east, north = shapely.bounds(shapes).T
    narrowest_deg = by_m / metres_per_degree(0.0)[0]
    # The grid's cells are no lower and no narrower than this; the thousandth is for rounding.
    may_hold = (north - south > 0.999 * row_height_deg(by_m)) & (east - west > 0.999 * narrowest_deg)
    chosen = np.flatnonzero(np.isin(shapely.get_type_id(shapes), (3, 6)) & may_hold)
    for first in range(0, len(chosen), _AT_ONCE):
        some = chosen[first : first + _AT_ONCE]
        try:
            out[some] = _cells_within(shapes[some], by_m, accuracy_m)
        except FieldRefused:  # together they may be too large for the grid, though none is
            for place in some:
                out[place] = _cells_within(shapes[[place]], by_m, accuracy_m)[0]
    return out


def _cells_within(areas: Objects, by_m: float, accuracy_m: float | None) -> Objects:
    around = shapely.difference(widen_all(areas, _CELLS_AROUND * by_m), areas)
    doubt_m = np.nan if accuracy_m is None else accuracy_m
    # Every cell that touches ground outside an area is taken away; what is left touches none.
    remaining = objects(shapely.difference(areas, outward_all(around, by_m, accuracy_m=doubt_m)))
    parts, part_of = shapely.get_parts(remaining, return_index=True)
    is_land = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)
    out = np.full(len(areas), shapely.MultiPolygon(), dtype=object)
    shapely.multipolygons(parts[is_land], indices=part_of[is_land], out=out)
    return out
