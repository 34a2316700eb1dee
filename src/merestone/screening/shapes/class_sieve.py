"""The classes of many small shapes at once, by set operations in flat frames, where these leave no doubt.

A terminal shows how many shapes are of each class and the worst of them. To know the classes alone, nothing has to be
measured on the ellipsoid: a flat frame is wrong by a known share, and what lies within that of a limit stays
`IN_DOUBT`, to be measured by `screen_footprints` or `screen_tracks`. What is decided here is what they would answer.
"""

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import metres_per_degree
from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN
from merestone.screening.kernel.outline import Floats
from merestone.screening.screened import FAR_DEG
from merestone.screening.shapes.hazard_polygons import Ground, Longs, Objects

IN_DOUBT: Final = 254
"""Not decided here. No class has this number."""
BAND_DEG: Final = 0.05
"""Height of the bands of latitude that have a frame each."""
MARGIN_M: Final = 0.25
"""A shape this near to a limit stays in doubt: more than the 0.1 m by which measured distances err towards danger."""
MOST_LAT_DEG: Final = 80.0
MOST_LON_DEG: Final = 179.0
MOST_HEIGHT_DEG: Final = 1.0
MOST_LIMIT_M: Final = 20_000.0
"""Beyond these a frame is too crude, or boxes lie on both sides of the antimeridian."""
_TINY_DEG: Final = 1e-9
_MERIDIAN_GROWTH: Final = 0.0102
"""By how much metres of a degree of latitude change with the latitude, per radian, at most: 3 e2 sin cos / (1 - e2)."""
_LEAST_RADIUS_M: Final = 6_335_000.0


def sieve_classes(
    index: HazardIndex, ground: Ground, shapes: Objects, accuracy_m: Floats, warn_m: float
) -> NDArray[np.uint8]:
    """(n,) the class of each shape, or `IN_DOUBT`.

    Parameters
    ----------
    shapes
        (n,) areas or lines in longitude and latitude, edges straight.
    accuracy_m
        (n,) metres; NaN where it is not stated.
    """
    codes = np.full(len(shapes), IN_DOUBT, np.uint8)
    known_m = np.nan_to_num(accuracy_m, nan=0.0)
    plain = np.flatnonzero(_is_plain(index, shapes, known_m + warn_m))
    if index.is_empty or not len(plain):
        return codes
    codes[plain] = _classes(index, ground, shapes[plain], known_m[plain], warn_m)
    codes[(codes == NONE_RECORDED) & np.isnan(accuracy_m)] = UNKNOWN
    return codes


def _is_plain(index: HazardIndex, shapes: Objects, reach_m: Floats) -> NDArray[np.bool_]:
    """(n,) whether a shape has no fault, no doubtful reading, and a place where flat frames hold."""
    if index.is_empty:
        return np.zeros(len(shapes), bool)
    west, south, east, north = shapely.bounds(shapes).T
    boxes = index.outlines.bounds_deg
    with np.errstate(invalid="ignore"):  # a shape that is missing or empty has no bounds
        plain = west >= max(-MOST_LON_DEG, boxes[:, 0].min() - FAR_DEG)
        plain &= east <= min(MOST_LON_DEG, boxes[:, 2].max() + FAR_DEG)
        plain &= south >= max(-MOST_LAT_DEG, boxes[:, 1].min() - FAR_DEG)
        plain &= north <= min(MOST_LAT_DEG, boxes[:, 3].max() + FAR_DEG)
        plain &= (north - south <= MOST_HEIGHT_DEG) & (east - west <= 90.0)
    plain &= reach_m + index.widened_m.max() <= MOST_LIMIT_M
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    is_odd = ~np.isfinite(coordinates) | ((np.abs(coordinates) < _TINY_DEG) & (coordinates != 0.0))
    plain[owner[is_odd.any(axis=1)]] = False
    at = np.flatnonzero(plain)
    plain[at] = shapely.is_valid(shapes[at])
    return np.asarray(plain, bool)


def _classes(index: HazardIndex, ground: Ground, shapes: Objects, known_m: Floats, warn_m: float) -> NDArray[np.uint8]:
    bounds = shapely.bounds(shapes)
    owner, part = ground.near(bounds, float(known_m.max()) + warn_m)
    hazard = ground.hazard[part]
    inside_m = np.nan_to_num(index.accuracy_m, nan=0.0)[hazard] + known_m[owner]
    near_m = index.widened_m[hazard] + known_m[owner] + warn_m
    band = np.round((bounds[:, 1] + bounds[:, 3]) / 2.0 / BAND_DEG).astype(np.int64)
    pairs = _Pairs(shapes, band, ground.parts, owner, part)
    wrong_m = _wrong_share(bounds[owner], band[owner], near_m) * near_m + MARGIN_M
    # A part over the antimeridian may be near on its other side.
    turned = np.abs(ground.bounds_deg[part][:, [0, 2]]).max(axis=1) > MOST_LON_DEG
    codes = np.full(len(shapes), NONE_RECORDED, np.uint8)
    # The worst class first: of a shape that is inside anything, nothing else is asked.
    codes[owner[pairs.within(inside_m - wrong_m)]] = INSIDE
    may_inside = np.flatnonzero(pairs.within(inside_m + wrong_m, codes[owner] != INSIDE) | turned)
    may_inside = may_inside[codes[owner[may_inside]] != INSIDE]
    codes[owner[may_inside]] = IN_DOUBT
    touching = may_inside[shapely.intersects(ground.parts[part[may_inside]], shapes[owner[may_inside]])]
    codes[owner[touching]] = INSIDE
    codes[owner[pairs.within(near_m - wrong_m, codes[owner] == NONE_RECORDED)]] = NEAR
    codes[owner[pairs.within(near_m + wrong_m, codes[owner] == NONE_RECORDED)]] = IN_DOUBT
    return codes


class _Pairs:
    """Pairs of a shape and a part of a hazard in the flat frame of the shape's band, asked how near they come."""

    def __init__(self, shapes: Objects, band: Longs, parts: Objects, owner: Longs, part: Longs) -> None:
        place, places = part * (np.ptp(band) + 1) + (band[owner] - band.min()), np.ptp(band) + 1
        keys, which = np.unique(place, return_inverse=True)
        scaled, scaled_parts = _scaled(shapes, band), _scaled(parts[keys // places], keys % places + band.min())
        shapely.prepare(scaled_parts)
        self.shapes, self.parts = scaled[owner], scaled_parts[which]
        boxes, part_boxes = shapely.bounds(scaled)[owner].T, shapely.bounds(scaled_parts)[which].T
        apart = [np.maximum(boxes[k] - part_boxes[k + 2], part_boxes[k] - boxes[k + 2]) for k in (0, 1)]
        self.least_m: Floats = np.hypot(*np.maximum(apart, 0.0))
        """(pairs,) between the boxes: the shapes themselves come no nearer."""

    def within(self, limit_m: Floats, asked: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """(pairs,) whether an asked pair comes within its limit; a negative limit is never reached."""
        out = np.zeros(len(self.parts), bool)
        may = self.least_m <= limit_m
        at = np.flatnonzero(may if asked is None else may & asked)
        limits: Any = limit_m[at]  # one for each pair, which Shapely's types do not know
        out[at] = shapely.dwithin(self.parts[at], self.shapes[at], limits)
        return out


def _scaled(geometries: Objects, band: Longs) -> Objects:
    per_lon_m, per_lat_m = metres_per_degree(band * BAND_DEG)
    out = geometries.copy()
    coordinates, owner = shapely.get_coordinates(out, return_index=True)
    coordinates[:, 0] *= per_lon_m[owner]
    coordinates[:, 1] *= per_lat_m[owner]
    scaled: Any = shapely.set_coordinates(out, coordinates)
    return np.asarray(scaled, object)


def _wrong_share(bounds_deg: Floats, band: Longs, limit_m: Floats) -> Floats:
    """(n,) by how much distances up to a limit from a shape are wrong in its frame, as a share of them.

    Along any way the frame's scale differs from the true one by exp(growth x difference of latitude) at most; the
    scale of longitudes grows by tan(latitude), that of latitudes by `_MERIDIAN_GROWTH`.
    """
    middle_deg = band * BAND_DEG
    off_deg = np.maximum(np.abs(bounds_deg[:, 1] - middle_deg), np.abs(bounds_deg[:, 3] - middle_deg))
    off = np.radians(off_deg) + 1.1 * limit_m / _LEAST_RADIUS_M
    steepest = np.radians(np.minimum(np.abs(middle_deg) + np.degrees(off), 85.0))
    return np.asarray(np.expm1(np.maximum(np.tan(steepest), _MERIDIAN_GROWTH) * off))
