"""Lines as the outlines of areas: rings, rings that nearly close, sides drawn one by one, and what lines enclose."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.row import Fault
from merestone.geodesy import distances_m

NEARLY_CLOSED: Final = 0.5
"""A line whose way back from its end to its start is at most this share of its length may be an outline. A square, or
any regular figure, whose last side was not drawn has a way back of a third or less of the line, an equilateral triangle
of half, a rectangle without one of its long sides of half or less if it is at most twice as long as wide. A row of
mines or a fence has a way back about as long as itself. Ours."""
MOST_MEETINGS: Final = 20_000
"""Lines that meet themselves or each other more often than about this are not taken apart."""
_SPHERE_DOUBT: Final = 0.011
"""A unit of a sphere, at the same latitudes, is 6,335 to 6,400 km on WGS 84: so much two lengths may differ."""
_LEAST_ANGLE: Final = 1e-6
_SAMPLE: Final = 50
MOST_PARTS: Final = 1_000
"""More separate lines than this are not tried as the sides of one outline."""


def outlines_of(lines: Sequence[BaseGeometry]) -> tuple[list[BaseGeometry], list[BaseGeometry], list[Fault]]:
    """The areas that lines are or may be the outlines of, the lines that are none, and remarks."""
    closed = nearly = 0
    is_tangled = False
    areas: list[BaseGeometry] = []
    rest: list[BaseGeometry] = []
    for line in _merged(lines):
        ring = _ring_of(line)
        if ring is None:
            rest.append(line)
            continue
        this_is = _is_tangled([line])
        is_tangled |= this_is
        areas.append(_hull_of([line]) if this_is else ring)
        if _is_closed(line):
            closed += 1
        else:
            nearly += 1
    if len(rest) > 1 and (chain := _ring_of(_chained(rest))) is not None:
        this_is = _is_tangled([shapely.LineString(shapely.get_coordinates(chain))])
        is_tangled |= this_is
        areas.append(_hull_of(rest) if this_is else chain)
        rest = []
        nearly += 1
    remarks = []
    if closed:
        text = "a line that ends where it starts" if closed == 1 else f"{closed} lines that end where they start"
        remarks.append(Fault("line_taken_as_outline", f"{text} taken as the outline of an area"))
    if nearly:
        remarks.append(nearly_closed_fault(nearly))
    rest_is = _is_tangled(rest)
    if is_tangled or rest_is:
        text = "a line meets itself too often to be followed; its convex hull is kept"
        remarks.append(Fault("line_tangled", text))
    if rest and (loops := [_hull_of(rest)] if rest_is else _faces(rest)):
        areas += loops
        rest = [] if rest_is else rest  # the hull holds the lines themselves
        remarks.append(
            Fault("line_encloses", "a line encloses ground where it meets itself; that ground is kept inside")
        )
    return areas, rest, remarks


def nearly_closed_fault(lines: int) -> Fault:
    """The remark on lines that nearly close, and may be outlines."""
    text = "a line that nearly closes" if lines == 1 else f"{lines} lines that nearly close"
    return Fault("line_nearly_closed", f"{text} may be an outline or a row; what it may enclose is kept inside")


def _merged(lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The lines, those that continue each other exactly joined into one."""
    if len(lines) < 2:
        return list(lines)
    merged = shapely.line_merge(shapely.MultiLineString([shapely.get_coordinates(line) for line in lines]))
    return list(shapely.get_parts(merged))


def is_dot(line: BaseGeometry) -> bool:
    """Whether all corners of a line are one place."""
    corners = shapely.get_coordinates(line)
    return bool((corners == corners[0]).all())


def _ring_of(line: BaseGeometry | None) -> BaseGeometry | None:
    """The polygon of which a line is the outline, if it closes or nearly does, and encloses anything."""
    if line is None:
        return None
    corners = shapely.get_coordinates(line)
    if len(set(map(tuple, corners[:5].tolist()))) < 3 and len(np.unique(corners, axis=0)) < 3:
        return None
    if not _is_nearly_closed(corners):
        return None
    ring = shapely.Polygon(corners)
    return ring if _encloses(ring, corners) else None


def _is_nearly_closed(corners: NDArray[np.float64]) -> bool:
    """Whether the way back is short beside the line; along geodesics where a plane does not settle it."""
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    span_deg, most_lat_deg = max(east - west, north - south), max(north, -south)
    if span_deg < 1.0 and most_lat_deg < 80:
        plane = corners * (math.cos(math.radians(corners[0, 1])), 1.0)
        sides = plane[1:] - plane[:-1]
        share = math.hypot(*(plane[-1] - plane[0]).tolist()) / np.sqrt(np.einsum("ij,ij->i", sides, sides)).sum()
        # The flattening errs by 1 % at most, and one cosine for all by what it changes over the span.
        doubt = 0.02 + 2.0 * math.radians(span_deg) * math.tan(math.radians(most_lat_deg))
        if not (1.0 - doubt) * NEARLY_CLOSED < share < (1.0 + doubt) * NEARLY_CLOSED:
            return bool(share < NEARLY_CLOSED)
    elif most_lat_deg <= 90.0:
        share = _share_on_sphere(corners)
        if abs(share - NEARLY_CLOSED) > _SPHERE_DOUBT * NEARLY_CLOSED:
            return share < NEARLY_CLOSED
    *sides_m, gap_m = distances_m(*corners.T, *np.roll(corners, -1, axis=0).T).tolist()
    return bool(gap_m <= NEARLY_CLOSED * sum(sides_m) * (1 + 1e-9))


def _share_on_sphere(corners: NDArray[np.float64]) -> float:
    """The way back as a share of the line, along great circles; NaN where it has hardly any length."""
    lon, lat = np.radians(np.vstack([corners, corners[:1]])).T
    half_lon, half_lat = np.sin(np.diff(lon) / 2), np.sin(np.diff(lat) / 2)
    square = half_lat**2 + np.cos(lat[1:]) * np.cos(lat[:-1]) * half_lon**2
    angle = np.arcsin(np.sqrt(np.minimum(square, 1.0)))
    drawn = float(angle[:-1].sum())
    return float(angle[-1]) / drawn if drawn > _LEAST_ANGLE else math.nan


def _encloses(ring: BaseGeometry, corners: NDArray[np.float64]) -> bool:
    """Whether the ring has anything inside by any reading: not if it goes back all the way that it went."""
    width, height = np.ptp(corners, axis=0).tolist()
    if ring.area > 1e-9 * max(width, height) ** 2:
        return True
    line = shapely.LineString(shapely.get_coordinates(ring))
    return _is_tangled([line]) or bool(_faces([line]))


def _is_closed(line: BaseGeometry) -> bool:
    """Whether a line ends where it starts, also written as -180 and 180 degrees, or at a pole."""
    first, last = shapely.get_coordinates(line)[[0, -1]]
    apart_deg = np.abs(last - first)
    if apart_deg.max() > 1e-9 and apart_deg[0] < 359 and np.abs(last[1]) < 89:
        return False
    return _gap_m(line) == 0


def _gap_m(line: BaseGeometry) -> float:
    """The way back from the end of a line to its start."""
    first, last = shapely.get_coordinates(line)[[0, -1]]
    return 0.0 if (first == last).all() else float(distances_m(*last[:, np.newaxis], *first[:, np.newaxis])[0])


def length_m(line: BaseGeometry | Sequence[BaseGeometry]) -> float:
    """Metres along geodesics, so that the antimeridian is crossed the short way; of several lines the sum."""
    parts: Any = shapely.get_parts(line)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    start, end = corners[:-1][part[1:] == part[:-1]], corners[1:][part[1:] == part[:-1]]
    return float(np.sum(distances_m(*start.T, *end.T)))


def _chained(lines: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Lines laid end to end, each time the one whose end is nearest: the sides of an outline drawn one by one."""
    if len(lines) > MOST_PARTS:
        return None
    sides = [shapely.get_coordinates(line) for line in lines]
    ends = np.array([(side[0], side[-1]) for side in sides])
    chain, is_left = [sides[0]], np.ones(len(sides), bool)
    is_left[0] = False
    for _ in sides[1:]:
        shrink = np.array([np.cos(np.radians(chain[-1][-1][1])), 1.0])
        away = (ends - chain[-1][-1]) * shrink
        apart = np.hypot(away[..., 0], away[..., 1])
        apart[~is_left] = np.inf
        which, end = np.unravel_index(np.argmin(apart), apart.shape)
        is_left[which] = False
        chain.append(sides[which] if end == 0 else sides[which][::-1])
    whole = shapely.LineString(np.concatenate(chain))
    drawn_m = length_m(lines)
    gaps_m = length_m(whole) - drawn_m + _gap_m(whole)
    return whole if gaps_m <= NEARLY_CLOSED * drawn_m else None


def _hull_of(lines: Sequence[BaseGeometry]) -> BaseGeometry:
    hull: BaseGeometry = shapely.convex_hull(shapely.GeometryCollection(list(lines)))
    return hull


def _faces(lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """What lines enclose where they cross or touch themselves or each other."""
    if len(lines) == 1 and lines[0].is_simple and not lines[0].is_ring:
        return []
    try:
        return list(shapely.get_parts(shapely.polygonize([shapely.union_all(list(lines))])))
    except GEOSException:
        return []


def _is_tangled(lines: Sequence[BaseGeometry]) -> bool:
    """Whether lines meet so often that to find every meeting would take minutes: by a sample of their edges."""
    corners = [shapely.get_coordinates(line) for line in lines]
    if sum(map(len, corners)) ** 2 / 2 <= MOST_MEETINGS:
        return False
    segments: Any = shapely.linestrings(np.concatenate([np.stack([c[:-1], c[1:]], axis=1) for c in corners]))
    sample = segments[:: max(1, len(segments) // _SAMPLE)]
    meetings = len(shapely.STRtree(segments).query(sample, predicate="intersects")[0]) - 3 * len(sample)
    return bool(meetings * len(segments) / (2 * len(sample)) > MOST_MEETINGS)
