"""The counterpart of `masking` for outlines that must never be shown too large: areas made smaller by chance.

Land that was released is such: whoever stands within what is shown must stand within what was released. All ground
around an area is masked as a hazard is, by `masked_all`; what of the area is left is shown. So its edge is enlarged,
moved and bent inward as that of a hazard is outward, and hides as much.
"""

from typing import Final

import numpy as np
import shapely

from merestone.geodesy._flat import Floats, Geometries, Objects, objects
from merestone.geodesy.ellipsoid import metres_per_degree
from merestone.geodesy.masking import Mask, masked_all
from merestone.geodesy.outward import widen_all
from merestone.terms import WIDENED_M

_AROUND: Final = 3
"""So many levels of ground around an area are masked; only its inner edge is shown."""
_SMALLEST: Final = 0.5
"""What is left is shown if it is as large as a square of so many levels to the side."""


def masked_within_all(
    geometries: Geometries, frames: Geometries, chance: Floats, mask: Mask, accuracy_m: float | None = None
) -> Objects:
    """Areas that lie within the geometries, `Mask.tolerance_m` and the accuracy away from their edges; mostly empty.

    Parameters
    ----------
    geometries
        Valid areas in longitude and latitude on WGS 84, shape (n,). Of points and lines nothing is shown.
    frames, chance, mask
        As for `masked_all`.
    accuracy_m
        Accuracy of all outlines in metres, taken off too; None: not stated, `terms.WIDENED_M`.

    >>> from merestone.geodesy import CHANCES, mask_of
    >>> field, draw = shapely.box(17.0, 44.0, 17.01, 44.01), np.full((1, CHANCES), 0.5)
    >>> bool(field.covers(masked_within_all([field], [field], draw, mask_of(100.0), 5.0)[0]))
    True
    """
    shapes, framed = objects(geometries), objects(frames)
    out = np.full(len(shapes), shapely.MultiPolygon(), dtype=object)
    doubt_m = WIDENED_M if accuracy_m is None else accuracy_m
    bounds = shapely.bounds(shapes)
    lon_m, lat_m = metres_per_degree(np.nan_to_num(np.abs(bounds[:, [1, 3]]).min(axis=1)))
    sides_m = np.column_stack([(bounds[:, 2] - bounds[:, 0]) * lon_m, (bounds[:, 3] - bounds[:, 1]) * lat_m])
    with np.errstate(invalid="ignore"):
        # Ground this near an edge is never shown: most released areas hold no other.
        may_hold = sides_m.min(axis=1) > 2 * (mask.tolerance_m + doubt_m)
    may_hold &= np.isin(shapely.get_type_id(shapes), (3, 6))
    chosen = np.flatnonzero(may_hold)
    if not len(chosen):
        return out
    areas = shapes[chosen]
    around = objects(shapely.difference(widen_all(areas, _AROUND * mask.level_m), areas))
    edge = (_SMALLEST * mask.level_m) ** 2
    hidden = masked_all(around, framed[chosen], np.asarray(chance, float)[chosen], mask, least_hole_m2=edge)
    left = objects(shapely.difference(areas, widen_all(hidden, doubt_m) if doubt_m > 0 else hidden))
    parts, part_of = shapely.get_parts(left, return_index=True)
    is_land = (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)
    parts_within = np.full(len(areas), shapely.MultiPolygon(), dtype=object)
    shapely.multipolygons(parts[is_land], indices=part_of[is_land], out=parts_within)
    parts_within[~shapely.covers(areas, parts_within)] = shapely.MultiPolygon()
    out[chosen] = parts_within
    return out
