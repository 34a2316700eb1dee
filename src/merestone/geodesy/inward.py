"""The counterpart of `outward`: cells that lie wholly within an area, for outlines that must never be shown too large.

Land that was released is such: whoever stands within what is shown must stand within what was released.
"""

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy.outward import outward, widen

_CELLS_AROUND = 3


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
    if geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return shapely.MultiPolygon()
    frame = widen(geometry, _CELLS_AROUND * by_m)
    around = shapely.difference(frame, geometry)
    # Every cell that touches ground outside the area is taken away; what is left touches none.
    kept = shapely.difference(geometry, outward(around, by_m, accuracy_m=accuracy_m))
    parts = shapely.get_parts(kept)
    parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)]
    return shapely.multipolygons(parts) if len(parts) else shapely.MultiPolygon()
