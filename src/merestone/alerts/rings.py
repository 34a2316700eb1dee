"""The area of an alert as public systems take it: few closed simple rings, rounded outward, that contain the area.

Sources: CAP 1.2, 3.2.4 (``polygon``: four or more points, the first and the last the same); Google Public Alerts' rules
for CAP areas (no holes, no crossings, no overlaps). At most 100 points a ring and 6 decimals are our own limits.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused

POINTS_MOST: Final = 100
"""Points of one ring at the most, the last of which repeats the first."""
RINGS_MOST: Final = 20
"""Rings of one alert at the most; more small places are drawn together."""
DECIMALS: Final = 6
"""A millionth of a degree is 0.11 m."""
_FIRST_STEP_DEG: Final = 1.5e-6
"""More than rounding to six decimals moves a corner, half a millionth of a degree on either axis."""
_WORLD: Final = (-180.0, -90.0, 180.0, 90.0)


def published_area(area: BaseGeometry) -> shapely.MultiPolygon:
    """The area as rings without holes, each simple, counter-clockwise, of at most `POINTS_MOST` points.

    The result contains the area, decided by exact predicates and not by a tolerance: what cannot be seen to contain it
    is made anew and larger, at last as the box around it. It follows from the area alone, so that whoever sees it
    learns no more than the area.

    Parameters
    ----------
    area
        Polygons in degrees, longitude first, on WGS 84.

    Raises
    ------
    FieldRefused
        It has no ground to show, or is not within WGS 84.

    >>> published_area(shapely.box(24.1234567, 54.0, 24.2, 54.1)).bounds
    (24.123455, 53.999998, 24.200002, 54.100002)
    """
    _refuse_no_area(area)
    parts = _together(shapely.get_parts(shapely.force_2d(area)).tolist())
    step_deg = _FIRST_STEP_DEG
    while len(parts) > RINGS_MOST:
        step_deg *= 2
        parts = _together([part.buffer(step_deg, quad_segs=2) for part in parts])
    while True:
        rings = [_ring_around(part) for part in parts]
        joined = _together(rings)
        if len(joined) == len(rings):
            return shapely.MultiPolygon(rings)
        parts = joined


def _refuse_no_area(area: BaseGeometry) -> None:
    if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty or not area.area > 0:
        raise FieldRefused("area", area.geom_type, "is not an area", "give the outline of the ground to warn of")
    west, south, east, north = area.bounds
    if not (_WORLD[0] <= west and _WORLD[1] <= south and east <= _WORLD[2] and north <= _WORLD[3]):
        raise FieldRefused("area", list(area.bounds), "is not within WGS 84", "give degrees, longitude first")


def _together(parts: Sequence[BaseGeometry]) -> list[shapely.Polygon]:
    """The parts without holes, those that touch each other as one."""
    filled = [shapely.Polygon(part.exterior) for polygon in parts for part in shapely.get_parts(polygon)]
    while True:
        united = shapely.get_parts(shapely.union_all(filled))
        filled = [shapely.Polygon(part.exterior) for part in united if part.area > 0]
        if not any(len(part.interiors) for part in united):
            return _apart(filled)


def _apart(parts: list[shapely.Polygon]) -> list[shapely.Polygon]:
    """Of parts that touch at a point, or lie one in another, one that holds them."""
    for at, part in enumerate(parts):
        for other_at in range(at + 1, len(parts)):
            if part.intersects(parts[other_at]):
                rest = [part for index, part in enumerate(parts) if index not in (at, other_at)]
                both = shapely.union_all([part, parts[other_at]]).buffer(_FIRST_STEP_DEG, join_style="mitre")
                return _together([*rest, both])
    return parts


def _ring_around(part: shapely.Polygon) -> shapely.Polygon:
    """The smallest ring that we know how to draw around a part."""
    as_it_is = _rounded(part)
    if _holds(as_it_is, part):
        return as_it_is
    # A coast of many bays is followed better by its hull than by a line that is moved out until it has few corners.
    rings = [
        next((ring for ring in _candidates(shape) if _holds(ring, part)), _box_around(part))
        for shape in (part, part.convex_hull)
        if isinstance(shape, shapely.Polygon)
    ]
    return min(rings, key=lambda ring: float(ring.area))


def _candidates(shape: shapely.Polygon) -> Iterator[shapely.Polygon]:
    """Rings around a shape, coarser and coarser: widened by a step, then simplified by no more than the step."""
    size_deg = max(shape.bounds[2] - shape.bounds[0], shape.bounds[3] - shape.bounds[1])
    step_deg = _FIRST_STEP_DEG
    while step_deg < max(size_deg, 2 * _FIRST_STEP_DEG):
        wide = shape.buffer(step_deg, join_style="mitre", mitre_limit=2.0)
        outer = shapely.Polygon(shapely.get_parts(wide)[0].exterior)
        yield _rounded(outer)
        simpler = outer.simplify(step_deg * 0.9 - _FIRST_STEP_DEG / 2)
        if isinstance(simpler, shapely.Polygon) and not simpler.is_empty:
            yield _rounded(simpler)
        step_deg *= 1.5


def _rounded(polygon: shapely.Polygon) -> shapely.Polygon:
    corners = np.round(shapely.get_coordinates(polygon.exterior), DECIMALS)
    corners = np.clip(corners, _WORLD[:2], _WORLD[2:])
    is_new = np.ones(len(corners), bool)
    is_new[1:] = (np.diff(corners, axis=0) != 0).any(axis=1)
    corners = corners[is_new]
    if len(corners) < 4:
        return shapely.Polygon()
    oriented = shapely.orient_polygons(shapely.Polygon(corners))
    assert isinstance(oriented, shapely.Polygon)
    return oriented


def _holds(candidate: shapely.Polygon, part: shapely.Polygon) -> bool:
    few = not candidate.is_empty and len(candidate.exterior.coords) <= POINTS_MOST
    return few and candidate.is_valid and bool(candidate.covers(part))


def _box_around(part: shapely.Polygon) -> shapely.Polygon:
    west, south, east, north = part.bounds
    step = 10.0**-DECIMALS
    grown = (west - step, south - step, east + step, north + step)
    low = np.clip(np.round(grown[:2], DECIMALS), _WORLD[:2], _WORLD[2:])
    high = np.clip(np.round(grown[2:], DECIMALS), _WORLD[:2], _WORLD[2:])
    box: shapely.Polygon = shapely.box(low[0], low[1], high[0], high[1])
    return box
