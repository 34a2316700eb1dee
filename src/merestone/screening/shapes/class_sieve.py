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
    scaled, scaled_parts = _in_frames(shapes, band, ground.parts, part, band[owner])
    wrong_m = _wrong_share(bounds[owner], band[owner], near_m) * near_m + MARGIN_M
    # A part over the antimeridian may be near on its other side.
    turned = np.abs(ground.bounds_deg[part][:, [0, 2]]).max(axis=1) > MOST_LON_DEG
    reached = _Reached(scaled[owner], scaled_parts)
    codes = np.full(len(shapes), NONE_RECORDED, np.uint8)
    may_near = reached.within(near_m + wrong_m, np.ones(len(owner), bool))
    codes[owner[may_near | turned]] = IN_DOUBT
    sure_near = reached.within(near_m - wrong_m, may_near)
    codes[owner[sure_near]] = NEAR
    may_inside = reached.within(inside_m + wrong_m, may_near)
    codes[owner[may_inside | turned]] = IN_DOUBT
    sure_inside = reached.within(inside_m - wrong_m, may_inside)
    codes[owner[sure_inside]] = INSIDE
    rest = np.flatnonzero(may_inside & (codes[owner] == IN_DOUBT))
    touching = rest[shapely.intersects(ground.parts[part[rest]], shapes[owner[rest]])]
    codes[owner[touching]] = INSIDE
    return codes


class _Reached:
    """Pairs of a shape and a part of a hazard in flat frames, asked how near they come."""

    def __init__(self, shapes: Objects, parts: Objects) -> None:
        self.shapes, self.parts = shapes, parts
        shapely.prepare(parts)

    def within(self, limit_m: Floats, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(pairs,) whether an asked pair comes within its limit; a negative limit is never reached."""
        out = np.zeros(len(self.parts), bool)
        at = np.flatnonzero(asked & (limit_m >= 0.0))
        limits: Any = limit_m[at]  # one for each pair, which Shapely's types do not know
        out[at] = shapely.dwithin(self.parts[at], self.shapes[at], limits)
        return out


def _in_frames(shapes: Objects, band: Longs, parts: Objects, part: Longs, part_band: Longs) -> tuple[Objects, Objects]:
    """(n,) the shapes, and (pairs,) the parts, in metres of the frames of their bands."""
    keys, which = np.unique(np.stack([part, part_band], axis=1), axis=0, return_inverse=True)
    scaled_parts = _scaled(parts[keys[:, 0]], keys[:, 1])
    return _scaled(shapes, band), scaled_parts[which.reshape(-1)]


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
