"""Curved outlines made straight: outward for hazards, inward for released land, and the difference is told.

Circular arcs come from CAD and from GIS (CURVEPOLYGON and its kin, SQL/MM part 3). The usual linearisation, GDAL's and
PostGIS's, puts its vertices on the arc (GDAL 3.12.4: OGRGeometryFactory::curveToLineString), so that each chord cuts
off a piece of the area. Here each piece of an arc lies within a triangle, between its chord and the tangents at its
ends: outward, the area takes all triangles; inward, none. Holes shrink outward, and grow inward.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._curve_text import Node, from_wkb, from_wkt, plain
from merestone.geodesy._flat import Floats, Objects
from merestone.geodesy._readings import areas_only, hull_of_all, is_tangled, readings
from merestone.geodesy.curve_work import current_curve_work
from merestone.geodesy.curved_path import CurvedPath, chords_per_circle, no_triangles
from merestone.terms import number_of

_MOST_DOUBTS: Final = 24
"""Pieces of ground beside arcs that are joined to one outline or taken from it; a union of hundreds takes 20 ms."""
_LEAST_WORK: Final = 60
"""Mending an outline of few corners takes as long as one of so many."""
_COLLECTIONS: Final = ("GEOMETRYCOLLECTION", "MULTICURVE", "MULTISURFACE", "MULTILINESTRING", "MULTIPOLYGON")


@dataclass(frozen=True, slots=True)
class Straightened:
    """One geometry with arcs, in the coordinates that it was written in."""

    outward: BaseGeometry
    """Contains whatever lies within the arcs; for hazards."""
    inward: BaseGeometry
    """Lies within the arcs; for released land. Empty if nothing certainly does."""
    deviation: float
    """No place of either outline is farther than this from the arcs, in the unit of the coordinates."""
    is_hull: bool = False
    """Whether it, or a part of it, was too costly to be worked out: outward is its convex hull, inward empty."""


def straightened(source: bytes | str) -> Straightened:
    """Make the arcs of a geometry straight.

    Parameters
    ----------
    source
        WKB, EWKB, WKT or EWKT. Arcs are circles in its own coordinates: make them straight before a transformation.

    Raises
    ------
    ValueError
        It cannot be read, or a position is not a number.

    >>> disc = straightened("CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 0 0))")
    >>> disc.inward.area < np.pi < disc.outward.area, round(float(disc.deviation), 4)
    (True, 0.0006)
    """
    node = from_wkt(source) if isinstance(source, str) else from_wkb(source)
    return _made(node, chords_per_circle(_arcs_in(node)))


def _arcs_in(node: Node) -> int:
    own = 0 if node.positions is None or node.kind != "CIRCULARSTRING" else len(node.positions) // 2
    return own + sum(map(_arcs_in, node.parts))


def _made(node: Node, per_circle: int) -> Straightened:
    if node.kind in ("POINT", "MULTIPOINT"):
        return Straightened(plain(node), plain(node), 0.0)
    if node.kind in ("POLYGON", "CURVEPOLYGON"):
        return area_within([_path(part, per_circle) for part in node.parts])
    if node.kind in _COLLECTIONS:
        return together([_made(part, per_circle) for part in node.parts])
    return line_along(_path(node, per_circle))


def line_along(path: CurvedPath) -> Straightened:
    """A line along the chords; a closed one with arcs is the outward, and the inward, outline of what it encloses."""
    if len(path.corners) > 3 and len(path.triangles) and (path.corners[0] == path.corners[-1]).all():
        area = area_within([path])  # a closed line is an outline, and may be taken for an area later
        return Straightened(area.outward.boundary, area.inward.boundary, area.deviation, area.is_hull)
    line = shapely.LineString(path.corners if len(path.corners) > 1 else np.empty((0, 2)))
    return Straightened(line, line, path.deviation)


def together(made: Sequence[Straightened]) -> Straightened:
    """Several geometries as one of several parts."""
    deviation = max((straightened.deviation for straightened in made), default=0.0)
    outward, inward = _gathered([m.outward for m in made]), _gathered([m.inward for m in made])
    return Straightened(outward, inward, deviation, any(m.is_hull for m in made))


def _gathered(geometries: list[BaseGeometry]) -> BaseGeometry:
    parts = shapely.get_parts(np.array(geometries, dtype=object)) if geometries else np.array([], dtype=object)
    parts = parts[~shapely.is_empty(parts)]
    kinds = set(shapely.get_type_id(parts).tolist())
    if kinds == {3}:
        return shapely.MultiPolygon(list(parts))
    return shapely.MultiLineString(list(parts)) if kinds == {1} else shapely.GeometryCollection(list(parts))


def area_within(rings: Sequence[CurvedPath]) -> Straightened:
    """The area within a first ring and outside the others.

    Raises
    ------
    ValueError
        Its numbers are so large that it cannot be worked out.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return _area(rings)
    except shapely.errors.GEOSException as error:
        raise ValueError(f"an outline with arcs cannot be worked out ({error})") from error


def _area(rings: Sequence[CurvedPath]) -> Straightened:
    closed = [ring.closed().corners for ring in rings]
    is_flat = not closed or len(closed[0]) < 4
    if is_flat and not any(len(ring.triangles) for ring in rings):
        return Straightened(shapely.Polygon(), shapely.Polygon(), 0.0)
    holes = [ring for ring in closed[1:] if len(ring) > 3]
    chords = (
        shapely.Polygon() if is_flat else shapely.Polygon(closed[0], holes)
    )  # chords there and back enclose nothing
    triangles = np.concatenate([ring.triangles for ring in rings]) if rings else no_triangles()
    deviation = max(ring.deviation for ring in rings)
    work = current_curve_work()
    corners = _LEAST_WORK + sum(map(len, closed)) + len(triangles)
    if work is not None:
        work.count(corners)
    if len(rings) == 1 and (around := rings[0].around) is not None:
        outer, inner = (shapely.orient_polygons(shapely.Polygon(ring)) for ring in around)
        return Straightened(outer, inner, deviation)
    if chords.is_valid and (plain := _without_mending(rings, chords, triangles, is_flat=is_flat)) is not None:
        return Straightened(*plain, deviation)
    read = None if work is not None and not work.allows_mending(corners) else _read(chords)
    if read is None:
        return _hull(chords, triangles, deviation)
    either, every = read
    if not len(triangles):
        return Straightened(either, every, 0.0)
    doubts, more = _doubts(triangles)
    together = shapely.union_all(doubts)
    outward, inward = _with_all(either, doubts, together), _without_any(every, doubts, together)
    outward, inward = (shapely.orient_polygons(area or shapely.Polygon()) for area in (outward, inward))
    return Straightened(outward, inward, deviation + more)


def _without_mending(
    rings: Sequence[CurvedPath], chords: shapely.Polygon, triangles: Floats, *, is_flat: bool
) -> tuple[BaseGeometry, BaseGeometry] | None:
    """Outlines of sound chords that need no union: those without arcs, and those whose apexes make sound rings."""
    if not len(triangles):
        return chords, chords
    return None if is_flat else _drawn_along([ring.closed() for ring in rings])


def _read(chords: shapely.Polygon) -> tuple[BaseGeometry, BaseGeometry] | None:
    """What either reading of the chords has inside, and what both have; None where they are too tangled to be read."""
    if chords.is_valid:
        return chords, chords
    outlines: Objects = np.array([chords], dtype=object)
    if bool(is_tangled(outlines)[0]):
        return None
    read = readings(outlines)
    return read.either[0], read.every[0]


def _hull(chords: shapely.Polygon, triangles: Floats, deviation: float) -> Straightened:
    """Whatever the outline could mean lies in its hull, and nothing is certain: the bound that costs least."""
    hull = hull_of_all(np.concatenate([shapely.get_coordinates(chords), triangles.reshape(-1, 2)]))
    return Straightened(hull, shapely.Polygon(), max(deviation, _diagonal(hull)), is_hull=True)


def _doubts(triangles: Floats) -> tuple[Objects, float]:
    """The ground in which the arcs may lie, as few pieces, and how far they reach beyond the triangles at most.

    Where there are many, each piece is the hull of some triangles in a row: bounded work for each outline.
    """
    if len(triangles) <= _MOST_DOUBTS:
        return np.asarray(shapely.polygons(triangles), dtype=object), 0.0
    corners = triangles.reshape(-1, 2)
    piece = np.arange(len(triangles)) * _MOST_DOUBTS // len(triangles)
    around: Any = shapely.linestrings(corners, indices=np.repeat(piece, 3))
    hulls: Objects = np.asarray(shapely.convex_hull(around), dtype=object)
    hulls = hulls[shapely.get_dimensions(hulls) == 2]
    return hulls, max(map(_diagonal, hulls), default=0.0)


def _diagonal(area: BaseGeometry) -> float:
    """No two places of an area are farther apart."""
    west, south, east, north = area.bounds
    return float(np.hypot(east - west, north - south))


def _drawn_along(rings: Sequence[CurvedPath]) -> tuple[BaseGeometry, BaseGeometry] | None:
    """Outward and inward outlines with the apexes of triangles as corners; None where that does not settle it.

    An edge that is replaced by the two other sides of a triangle on its outer side adds 1 to the winding number of all
    places in the triangle, and takes 1 away on its inner side. So, if the new rings are sound, they enclose just the
    area with all outer triangles, and just that without the inner ones. It takes a hundredth of the time of a union.
    """
    outer, inner = [], []
    for number, ring in enumerate(rings):
        beside = _apexes(ring)
        if beside is None:
            return None
        corners = ring.corners
        x, y = corners[:, 0] - corners[0, 0], corners[:, 1] - corners[0, 1]
        is_clockwise = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) < 0
        left, right = beside
        outside, inside = (left, right) if is_clockwise == (number == 0) else (right, left)
        outer.append(_with_corners(corners, outside))
        inner.append(_with_corners(corners, inside))
    areas = [shapely.Polygon(rings[0], rings[1:]) for rings in (outer, inner)]
    if not all(area.is_valid for area in areas):
        return None
    outward, inward = (shapely.orient_polygons(area) for area in areas)
    return outward, inward


def _apexes(ring: CurvedPath) -> tuple[Floats, Floats] | None:
    """(edges, 2) the apex left of each edge, and the one right of it, NaN where it has none.

    None where triangles and edges are no pairs.
    """
    edges = np.hstack([ring.corners[:-1], ring.corners[1:]])
    triangles = ring.triangles
    ends = triangles[:, [0, 2]].reshape(-1, 4)
    is_paired = len(ends) == len(edges) and bool((ends == edges).all())
    if is_paired:
        at = np.arange(len(edges))
    else:
        places = {edge.tobytes(): place for place, edge in enumerate(edges)}
        edge_numbers = [places.get(end.tobytes(), -1) for end in ends]
        if len(places) != len(edges) or -1 in edge_numbers:
            return None
        at = np.array(edge_numbers, np.intp)
    along, beside = edges[at, 2:] - edges[at, :2], triangles[:, 1] - edges[at, :2]
    is_left = along[:, 0] * beside[:, 1] - along[:, 1] * beside[:, 0] > 0
    if is_paired:
        apexes = triangles[:, 1]
        nowhere = np.full_like(apexes, np.nan)
        return np.where(is_left[:, np.newaxis], apexes, nowhere), np.where(is_left[:, np.newaxis], nowhere, apexes)
    sides = []
    for chosen in (is_left, ~is_left):
        if len(np.unique(at[chosen])) != int(chosen.sum()):
            return None
        apexes = np.full((len(edges), 2), np.nan)
        apexes[at[chosen]] = triangles[chosen, 1]
        sides.append(apexes)
    return sides[0], sides[1]


def _with_corners(corners: Floats, apexes: Floats) -> Floats:
    """The ring with the apexes of the edges that have one."""
    at = np.flatnonzero(np.isfinite(apexes[:, 0]))
    if not len(at):
        return corners
    both = np.empty((len(corners) + len(at), 2))
    is_apex = np.zeros(len(both), bool)
    is_apex[at + 1 + np.arange(len(at))] = True
    both[is_apex], both[~is_apex] = apexes[at], corners
    return both


def _with_all(area: BaseGeometry, doubts: Objects, together: BaseGeometry) -> BaseGeometry:
    """The area and all doubts; GEOS 3.13 can lose one where corners are apart by a rounding, so that it is checked."""
    middles = shapely.centroid(doubts)
    for parts in ([area, together], [area, *doubts]):
        whole = areas_only(shapely.union_all(parts))
        shapely.prepare(whole)
        if shapely.intersects(whole, middles).all():
            return whole
    return shapely.union_all([area, *doubts]).convex_hull


def _without_any(area: BaseGeometry, doubts: Objects, together: BaseGeometry) -> BaseGeometry:
    """The area without the doubts, checked in the same way."""
    rest = areas_only(shapely.difference(area, together))
    shapely.prepare(rest)
    return shapely.MultiPolygon() if shapely.contains_properly(rest, shapely.centroid(doubts)).any() else rest


def _path(node: Node, per_circle: int) -> CurvedPath:
    """The path of a line, a circular string, or a compound curve of both."""
    if node.kind == "COMPOUNDCURVE":
        return CurvedPath.joined([_path(part, per_circle) for part in node.parts])
    if node.positions is None or node.kind not in ("LINESTRING", "CIRCULARSTRING"):
        raise ValueError(f"a {node.kind} cannot be a part of a line")
    places = node.positions
    if node.kind == "LINESTRING" or not len(places):
        return CurvedPath.line(places)
    if len(places) % 2 == 0:
        raise ValueError(f"a circular string has {number_of(len(places), 'position')}; 3, 5, 7 ... are needed")
    return CurvedPath.line(places) if len(places) == 1 else CurvedPath.circular_string(places, per_circle)
