"""What a drawn shape means for land: a closed line is the outline of an area, and a point inside an area is its label.

A shape can have several readings. For a hazard the largest holds, since a place that is warned of without need costs
less than one that is not warned of (`largest`). For released land the smallest holds (`smallest`).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.row import Fault
from merestone.geodesy import distances_m, widen_all

NEARLY_CLOSED: Final = 0.5
"""A line whose way back from its end to its start is at most this share of its length may be an outline. A square, or
any regular figure, whose last side was not drawn has a way back of a third or less of the line, an equilateral triangle
of half, a rectangle without one of its long sides of half or less if it is at most twice as long as wide. A row of
mines or a fence has a way back about as long as itself. Ours."""
STRIP_M: Final = 0.5
"""Half the width in metres as which a line, or a point, is kept beside an area, as `geodesy.repair` does. Ours."""
MOST_APART_M: Final = 10_000.0
"""Points of one record that lie farther apart than this are places of their own, not corners of one area. Ours."""
MOST_MEETINGS: Final = 20_000
"""Lines that meet themselves or each other more often than about this are not taken apart."""
_SAMPLE: Final = 50
MOST_PARTS: Final = 1_000
"""More separate lines than this are not tried as the sides of one outline."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as it is to be recorded, and what was done to make it so."""

    geometry: BaseGeometry | None
    remarks: tuple[Fault, ...] = ()
    labels: tuple[tuple[float, float], ...] = ()
    """Longitude and latitude of points that only say where the name is to be written."""
    fault: Fault | None = None
    """Why it can be nothing of the kind."""


def largest(geometry: BaseGeometry, *, is_usually_area: bool = True) -> Shape:
    """Everything that any reading of the shape has inside.

    `is_usually_area`: whether records of its kind are areas, so that several points may be the corners of one.

    >>> square = shapely.LineString([(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91), (17.1, 44.9)])
    >>> shape = largest(square)
    >>> shape.geometry.geom_type, shape.remarks[0].code
    ('Polygon', 'line_taken_as_outline')
    >>> largest(shapely.LineString([(17.1, 44.9), (17.11, 44.9), (17.12, 44.91)])).geometry.geom_type
    'LineString'
    """
    points, lines, areas = _parts_of(geometry)
    geometry = _without_empty_parts(geometry, points, lines, areas)
    if not is_usable(geometry) or not (lines or points):
        return Shape(geometry)
    if not lines and not areas:
        return _hull(points) if is_usually_area and len(points) > 2 else Shape(geometry)
    dots = [line for line in lines if _is_dot(line)]
    if len(dots) == len(lines) and not (points or areas):
        return Shape(geometry)
    points += [shapely.Point(shapely.get_coordinates(line)[0]) for line in dots]
    outlines, open_lines, remarks = _outlines([line for line in lines if not _is_dot(line)])
    if not (outlines or areas):
        if not points:
            return Shape(geometry)
        remarks.append(Fault("mixed_shapes", "lines and points stand in one shape; both are kept, the points as dots"))
        return Shape(_joined([*_strips(open_lines), *_strips(points)]), tuple(remarks))
    areas = [*areas, *outlines]
    labels, others = _labels(points, areas)
    if labels:
        words = f"{_count(labels, 'point')} inside the area taken as the place of its label"
        remarks.append(Fault("label_point", words))
    if others:
        remarks.append(
            Fault("mixed_shapes", f"{_count(others, 'point')} outside the area kept as a part of the hazard")
        )
    if open_lines:
        remarks.append(Fault("mixed_shapes", f"{_count(open_lines, 'line')} beside the area kept as a strip"))
    whole = _joined([*areas, *_strips(open_lines), *_strips(others)])
    return Shape(whole, tuple(remarks), _positions(labels))


def smallest(geometry: BaseGeometry) -> Shape:
    """Only what every reading of the shape has inside: of lines and points nothing."""
    points, lines, areas = _parts_of(geometry)
    geometry = _without_empty_parts(geometry, points, lines, areas)
    if not is_usable(geometry) or (not lines and not (areas and points)):
        return Shape(geometry)
    if areas:
        labels, _ = _labels(points, areas)
        remarks = []
        if labels:
            words = f"{_count(labels, 'point')} inside the area taken as the place of its label"
            remarks.append(Fault("label_point", words))
        if left := len(lines) + len(points) - len(labels):
            words = f"{left} lines or points beside the area left out: they enclose no released land"
            remarks.append(Fault("mixed_shapes", words))
        return Shape(_joined(areas), tuple(remarks), _positions(labels))
    if _outlines(lines)[0]:
        words = (
            "a line that closes, or nearly so, may be the outline of released land or a path around it; "
            "draw it as a polygon if the land inside was released"
        )
        return Shape(geometry, fault=Fault("line_for_released_area", words))
    return Shape(geometry)


def _hull(points: Sequence[BaseGeometry]) -> Shape:
    """Several points of one record: its corners in an order that nobody states, or places of their own."""
    places: Any = shapely.multipoints(list(points))
    hull = shapely.convex_hull(places)
    west, south, east, north = hull.bounds
    if east - west > 180:  # corners on both sides of the antimeridian
        places = shapely.transform(places, lambda c: np.column_stack([c[:, 0] % 360, c[:, 1]]))
        hull = shapely.convex_hull(places)
        west, south, east, north = hull.bounds
    corner = shapely.LineString([(west, south), (east, north)])
    if hull.geom_type != "Polygon" or east - west > 180 or _length_m(corner) > MOST_APART_M:
        return Shape(places)
    words = f"{len(points)} points may be the corners of an area; the ground between them is kept inside"
    return Shape(hull, (Fault("points_taken_as_corners", words),))


def without_area(geometry: BaseGeometry) -> Shape:
    """A polygon that encloses nothing, as the line or the point that its corners make."""
    lines: list[BaseGeometry] = []
    for ring in shapely.get_rings(shapely.get_parts(shapely.force_2d(geometry))):  # of a multipolygon it gives none
        corners = shapely.get_coordinates(ring)
        keep = np.append(True, (np.diff(corners, axis=0) != 0).any(axis=1))
        corners = corners[keep]
        if len(corners) == 3 and (corners[0] == corners[2]).all():
            corners = corners[:2]
        lines.append(shapely.Point(corners[0]) if len(corners) == 1 else shapely.LineString(corners))
    kinds = {line.geom_type for line in lines}
    count = len(np.unique(shapely.get_coordinates(geometry), axis=0))
    taken = "the place that it names" if count == 1 else "the line that its corners make"
    words = f"the outline has {_corners(count)} and encloses nothing; it was taken as {taken}"
    remark = Fault("too_few_corners", words)
    if len(lines) == 1:
        return Shape(lines[0], (remark,))
    if len(kinds) == 1:
        whole: Any = shapely.multipoints(lines) if kinds == {"Point"} else shapely.multilinestrings(lines)
        return Shape(whole, (remark,))
    return Shape(_joined(_strips(lines)), (remark,))


def _corners(count: int) -> str:
    return "one corner" if count == 1 else "two corners" if count == 2 else f"{count} corners in a line"


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'s' if len(things) != 1 else ''}"


def is_usable(geometry: BaseGeometry) -> bool:
    """Whether it can be worked with; what cannot is left to the check, which says why."""
    coordinates = shapely.get_coordinates(geometry)
    return bool(len(coordinates)) and bool(
        np.isfinite(coordinates).all() and (np.abs(coordinates) <= (360.0, 90.0)).all()
    )


def _parts_of(geometry: BaseGeometry) -> tuple[list[BaseGeometry], list[BaseGeometry], list[BaseGeometry]]:
    """Points, lines and polygons of a geometry, however deeply they are nested; empty ones left out."""
    points: list[BaseGeometry] = []
    lines: list[BaseGeometry] = []
    areas: list[BaseGeometry] = []
    waiting = deque([geometry])
    while waiting:
        part = waiting.popleft()
        if part.is_empty:
            continue
        if part.geom_type.startswith("Multi") or part.geom_type == "GeometryCollection":
            waiting.extendleft(reversed(shapely.get_parts(part).tolist()))
        elif part.geom_type == "Point":
            points.append(part)
        elif part.geom_type == "Polygon":
            areas.append(part)
        else:
            lines.append(part)
    return points, lines, areas


def _without_empty_parts(
    geometry: BaseGeometry, points: list[BaseGeometry], lines: list[BaseGeometry], areas: list[BaseGeometry]
) -> BaseGeometry:
    """A collection of parts of one kind as such parts, those left out that are empty."""
    found = [parts for parts in (points, lines, areas) if parts]
    if geometry.geom_type != "GeometryCollection" or len(found) != 1:
        return geometry
    if len(found[0]) == 1:
        return found[0][0]
    make: Any = shapely.multipoints if points else shapely.multilinestrings if lines else shapely.multipolygons
    whole: BaseGeometry = make(found[0])
    return whole


def _outlines(lines: Sequence[BaseGeometry]) -> tuple[list[BaseGeometry], list[BaseGeometry], list[Fault]]:
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
        if _gap_m(line) == 0:
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
        words = "a line that ends where it starts" if closed == 1 else f"{closed} lines that end where they start"
        remarks.append(Fault("line_taken_as_outline", f"{words} taken as the outline of an area"))
    if nearly:
        words = "a line that nearly closes" if nearly == 1 else f"{nearly} lines that nearly close"
        remarks.append(
            Fault("line_nearly_closed", f"{words} may be an outline or a row; what it may enclose is kept inside")
        )
    rest_is = _is_tangled(rest)
    if is_tangled or rest_is:
        words = "a line meets itself too often to be followed; its convex hull is kept"
        remarks.append(Fault("line_tangled", words))
    if rest and (loops := [_hull_of(rest)] if rest_is else _faces(rest)):
        areas += loops
        rest = [] if rest_is else rest  # the hull holds the lines themselves
        remarks.append(
            Fault("line_encloses", "a line encloses ground where it meets itself; that ground is kept inside")
        )
    return areas, rest, remarks


def _merged(lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The lines, those that continue each other exactly joined into one."""
    if len(lines) < 2:
        return list(lines)
    merged = shapely.line_merge(shapely.MultiLineString([shapely.get_coordinates(line) for line in lines]))
    return list(shapely.get_parts(merged))


def _is_dot(line: BaseGeometry) -> bool:
    corners = shapely.get_coordinates(line)
    return bool((corners == corners[0]).all())


def _ring_of(line: BaseGeometry | None) -> BaseGeometry | None:
    """The polygon of which a line is the outline, if it closes or nearly does, and encloses anything."""
    if line is None:
        return None
    corners = shapely.get_coordinates(line)
    if len(np.unique(corners, axis=0)) < 3:
        return None
    gap_m = _gap_m(line)
    if gap_m > NEARLY_CLOSED * _length_m(line) * (1 + 1e-9):
        return None
    ring = shapely.Polygon(corners)
    return ring if _encloses(ring) else None


def _encloses(ring: BaseGeometry) -> bool:
    """Whether the ring has anything inside by any reading: not if it goes back all the way that it went."""
    corners = shapely.get_coordinates(ring)
    width, height = np.ptp(corners, axis=0).tolist()
    if ring.area > 1e-9 * max(width, height) ** 2:
        return True
    line = shapely.LineString(corners)
    return _is_tangled([line]) or bool(_faces([line]))


def _gap_m(line: BaseGeometry) -> float:
    """The way back from the end of a line to its start."""
    return _length_m(shapely.LineString(shapely.get_coordinates(line)[[-1, 0]]))


def _length_m(line: BaseGeometry) -> float:
    """Along geodesics, so that the antimeridian is crossed the short way."""
    corners = shapely.get_coordinates(line)
    return float(np.sum(distances_m(*corners[:-1].T, *corners[1:].T)))


def _chained(lines: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Lines laid end to end, each time the one whose end is nearest: the sides of an outline drawn one by one."""
    if len(lines) > MOST_PARTS:
        return None
    left = [shapely.get_coordinates(line) for line in lines]
    chain = left.pop(0)
    while left:
        ends = np.array([(side[0], side[-1]) for side in left])
        shrink = np.array([np.cos(np.radians(chain[-1][1])), 1.0])
        apart = np.hypot(*np.moveaxis((ends - chain[-1]) * shrink, -1, 0))
        which, end = np.unravel_index(np.argmin(apart), apart.shape)
        side = left.pop(int(which))
        chain = np.vstack([chain, side if end == 0 else side[::-1]])
    whole = shapely.LineString(chain)
    drawn_m = sum(_length_m(line) for line in lines)
    gaps_m = _length_m(whole) - drawn_m + _gap_m(whole)
    return whole if gaps_m <= NEARLY_CLOSED * drawn_m else None


def _hull_of(lines: Sequence[BaseGeometry]) -> BaseGeometry:
    hull: BaseGeometry = shapely.convex_hull(shapely.GeometryCollection(list(lines)))
    return hull


def _faces(lines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """What lines enclose where they cross or touch themselves or each other."""
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


def _labels(
    points: Sequence[BaseGeometry], areas: Sequence[BaseGeometry]
) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """Points inside one of the areas, and the others. What lies inside an area that crosses itself is not asked."""
    sound = [area for area in areas if area.is_valid]
    hit = np.unique(shapely.STRtree(sound).query(np.array(points, dtype=object), predicate="intersects")[0])
    inside = np.isin(np.arange(len(points)), hit).tolist()
    return [p for p, is_in in zip(points, inside, strict=True) if is_in], [
        p for p, is_in in zip(points, inside, strict=True) if not is_in
    ]


def _positions(points: Sequence[BaseGeometry]) -> tuple[tuple[float, float], ...]:
    return tuple((float(lon_deg), float(lat_deg)) for lon_deg, lat_deg in shapely.get_coordinates(list(points)))


def _strips(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    return list(shapely.get_parts(shapely.orient_polygons(widen_all(list(shapes), STRIP_M)))) if shapes else []


def _joined(areas: Iterable[BaseGeometry]) -> BaseGeometry:
    parts = [part for area in areas for part in shapely.get_parts(area)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
