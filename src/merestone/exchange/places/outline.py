"""What a drawn shape means for land: a closed line is the outline of an area, and a point inside an area is its label.

A shape can have several readings. For a hazard the largest holds, since a place that is warned of without need costs
less than one that is not warned of (`largest`). For released land the smallest holds (`smallest`).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.line_rings import is_dot, length_m, outlines_of
from merestone.exchange.rows.row import Fault
from merestone.geodesy import widen_all
from merestone.terms import number_of

STRIP_M: Final = 0.5
"""Half the width in metres as which a line, or a point, is kept beside an area, as `geodesy.repair` does. Ours."""
MOST_APART_M: Final = 10_000.0
"""Points of one record that lie farther apart than this are places of their own, not corners of one area. Ours."""


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

    `is_usually_area`: whether records of its kind may be areas, so that several points may be the corners of one.

    >>> square = shapely.LineString([(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91), (17.1, 44.9)])
    >>> shape = largest(square)
    >>> shape.geometry.geom_type, shape.remarks[0].code
    ('Polygon', 'line_taken_as_outline')
    >>> largest(shapely.LineString([(17.1, 44.9), (17.11, 44.9), (17.12, 44.91)])).geometry.geom_type
    'LineString'
    """
    if type(geometry) is shapely.Point:  # a file of 1 MB has 200,000
        return Shape(geometry)
    points, lines, areas = _parts_of(geometry)
    geometry = _without_empty_parts(geometry, points, lines, areas)
    if not is_usable(geometry) or not (lines or points):
        return Shape(geometry)
    if not lines and not areas:
        return _hull(points) if is_usually_area and len(points) > 2 else Shape(geometry)
    dots = [line for line in lines if is_dot(line)]
    if len(dots) == len(lines) and not (points or areas):
        return Shape(geometry)
    points += [shapely.Point(shapely.get_coordinates(line)[0]) for line in dots]
    outlines, open_lines, remarks = outlines_of([line for line in lines if not is_dot(line)] if dots else lines)
    if not (outlines or areas):
        if not points:
            return Shape(geometry)
        remarks.append(Fault("mixed_shapes", "lines and points are in one shape; both are kept, the points as dots"))
        return Shape(_joined([*_strips(open_lines), *_strips(points)]), tuple(remarks))
    areas = [*areas, *outlines]
    labels, others = _labels(points, areas)
    if labels:
        text = f"{_count(labels, 'point')} inside the area taken as the place of its label"
        remarks.append(Fault("label_point", text))
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
            text = f"{_count(labels, 'point')} inside the area taken as the place of its label"
            remarks.append(Fault("label_point", text))
        if left := len(lines) + len(points) - len(labels):
            text = (
                f"{number_of(left, 'line or point', 'lines or points')} beside the area left out: no released land "
                "is enclosed"
            )
            remarks.append(Fault("mixed_shapes", text))
        return Shape(_joined(areas), tuple(remarks), _positions(labels))
    if outlines_of(lines)[0]:
        text = (
            "a line that closes, or nearly so, may be the outline of released land or a path around it; "
            "draw it as a polygon if the land inside was released"
        )
        return Shape(geometry, fault=Fault("line_for_released_area", text))
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
    if hull.geom_type != "Polygon" or east - west > 180 or length_m(corner) > MOST_APART_M:
        return Shape(places)
    text = f"{len(points)} points may be the corners of an area; the ground between them is kept inside"
    return Shape(hull, (Fault("points_taken_as_corners", text),))


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
    text = f"the outline has {_corners(count)} and encloses nothing; it was taken as {taken}"
    remark = Fault("too_few_corners", text)
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
    if type(geometry) is shapely.Point:
        return _is_usable_point(geometry)
    return _are_usable(shapely.get_coordinates(geometry))


@lru_cache(maxsize=8_192)
def _is_usable_point(point: shapely.Point) -> bool:
    """As `is_usable`: a row asks several times, and an array of one place takes ten times as long as to look it up."""
    return _are_usable(shapely.get_coordinates(point))


def _are_usable(coordinates: NDArray[np.float64]) -> bool:
    if not len(coordinates):
        return False
    lon_deg, lat_deg = np.abs(coordinates).max(axis=0).tolist()  # NaN if any is, which no comparison lets pass
    return bool(lon_deg <= 360.0 and lat_deg <= 90.0)


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
    nonempty = [parts for parts in (points, lines, areas) if parts]
    if geometry.geom_type != "GeometryCollection" or len(nonempty) != 1:
        return geometry
    if len(nonempty[0]) == 1:
        return nonempty[0][0]
    make: Any = shapely.multipoints if points else shapely.multilinestrings if lines else shapely.multipolygons
    whole: BaseGeometry = make(nonempty[0])
    return whole


def _labels(
    points: Sequence[BaseGeometry], areas: Sequence[BaseGeometry]
) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """Points inside one of the areas, and the others. What lies inside an area that crosses itself is not asked."""
    if not points:
        return [], []
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
