"""Curved outlines made straight: outward for hazards, inward for released land, and the difference is told.

Circular arcs come from CAD and from GIS (CURVEPOLYGON and its kin, SQL/MM part 3). The usual linearisation, GDAL's and
PostGIS's, puts its vertices on the arc (GDAL 3.12.4: OGRGeometryFactory::curveToLineString), so that each chord cuts
off a piece of the area. Here each piece of an arc lies within a triangle, between its chord and the tangents at its
ends: outward, the area takes all triangles; inward, none. Holes shrink outward, and grow inward.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._curve_text import Node, from_wkb, from_wkt, plain
from merestone.geodesy._flat import Floats, Objects
from merestone.geodesy._readings import areas_only, is_tangled, readings

_STEPS: Final = ((500, 128), (5_000, 32), (10**9, 8))
"""Up to how many arcs a full circle is drawn with how many chords: 128 leave 0.06 % of the radius in doubt."""
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
    arcs = _arcs_in(node)
    per_circle = next(steps for most, steps in _STEPS if arcs <= most)
    return _made(node, per_circle)


def _arcs_in(node: Node) -> int:
    own = 0 if node.positions is None or node.kind != "CIRCULARSTRING" else len(node.positions) // 2
    return own + sum(map(_arcs_in, node.parts))


def _made(node: Node, per_circle: int) -> Straightened:
    if node.kind in ("POINT", "MULTIPOINT"):
        return Straightened(plain(node), plain(node), 0.0)
    if node.kind in ("POLYGON", "CURVEPOLYGON"):
        return _area([_Path.of(part, per_circle) for part in node.parts])
    if node.kind in _COLLECTIONS:
        made = [_made(part, per_circle) for part in node.parts]
        deviation = max((one.deviation for one in made), default=0.0)
        return Straightened(_gathered([m.outward for m in made]), _gathered([m.inward for m in made]), deviation)
    path = _Path.of(node, per_circle)
    if len(path.corners) > 3 and path.triangles and (path.corners[0] == path.corners[-1]).all():
        area = _area([path])  # a closed line is an outline, and may be taken for an area later
        return Straightened(area.outward.boundary, area.inward.boundary, area.deviation)
    line = shapely.LineString(path.corners if len(path.corners) > 1 else np.empty((0, 2)))
    return Straightened(line, line, path.deviation)


def _gathered(geometries: list[BaseGeometry]) -> BaseGeometry:
    parts = shapely.get_parts(np.array(geometries, dtype=object)) if geometries else np.array([], dtype=object)
    parts = parts[~shapely.is_empty(parts)]
    kinds = set(shapely.get_type_id(parts).tolist())
    if kinds == {3}:
        return shapely.MultiPolygon(list(parts))
    return shapely.MultiLineString(list(parts)) if kinds == {1} else shapely.GeometryCollection(list(parts))


def _area(rings: list["_Path"]) -> Straightened:
    """The area within a first ring and outside the others."""
    closed = [np.vstack([ring.corners, ring.corners[:1]]) for ring in rings]
    if not closed or len(closed[0]) < 4:
        return Straightened(shapely.Polygon(), shapely.Polygon(), 0.0)
    chords = shapely.Polygon(closed[0], [ring for ring in closed[1:] if len(ring) > 3])
    either: BaseGeometry = chords
    every: BaseGeometry = chords
    if not chords.is_valid:
        one: Objects = np.array([chords], dtype=object)
        is_read = not is_tangled(one)[0]
        read = readings(one) if is_read else None
        either = chords.convex_hull if read is None else read.either[0]
        every = shapely.MultiPolygon() if read is None else read.every[0]
    triangles = [triangle for ring in rings for triangle in ring.triangles]
    if not triangles:
        return Straightened(either, every, 0.0)
    doubt = shapely.union_all(shapely.polygons(np.array(triangles)))
    outward = areas_only(shapely.union_all([either, doubt]))
    inward = areas_only(shapely.difference(every, doubt))
    outward, inward = (shapely.orient_polygons(area) for area in (outward, inward))
    return Straightened(outward, inward, max(ring.deviation for ring in rings))


@dataclass(frozen=True, slots=True)
class _Path:
    """A line or ring along the chords, and the triangles between the chords and the arcs' tangents."""

    corners: Floats
    triangles: list[Floats]
    deviation: float

    @classmethod
    def of(cls, node: Node, per_circle: int) -> "_Path":
        """The path of a line, a circular string, or a compound curve of both."""
        if node.kind == "COMPOUNDCURVE":
            paths = [cls.of(part, per_circle) for part in node.parts]
            corners = np.concatenate([path.corners for path in paths]) if paths else np.empty((0, 2))
            triangles = [triangle for path in paths for triangle in path.triangles]
            return cls(_without_repeats(corners), triangles, max((path.deviation for path in paths), default=0.0))
        if node.positions is None or node.kind not in ("LINESTRING", "CIRCULARSTRING"):
            raise ValueError(f"a {node.kind} cannot be a part of a line")
        if not np.isfinite(node.positions).all():
            raise ValueError("a position is not a number")
        if node.kind == "LINESTRING" or not len(node.positions):
            return cls(node.positions, [], 0.0)
        if len(node.positions) % 2 == 0:
            raise ValueError(f"a circular string has {len(node.positions)} positions; 3, 5, 7 ... are needed")
        chains: list[Floats] = [node.positions[:1]]
        triangles, deviation = [], 0.0
        for at in range(0, len(node.positions) - 2, 2):
            first, middle, last = node.positions[at : at + 3]
            chain, apexes, off = _arc(first, middle, last, per_circle)
            chains.append(chain[1:])
            triangles += list(np.stack([chain[:-1], apexes, chain[1:]], axis=1)) if len(apexes) else []
            deviation = max(deviation, off)
        return cls(_without_repeats(np.concatenate(chains)), triangles, deviation)


def _without_repeats(corners: Floats) -> Floats:
    is_new = np.ones(len(corners), bool)
    is_new[1:] = (np.diff(corners, axis=0) != 0).any(axis=1)
    return corners[is_new]


def _arc(first: Floats, middle: Floats, last: Floats, per_circle: int) -> tuple[Floats, Floats, float]:
    """Corners along the arc through three points, the apex above each chord, and the height of the triangles.

    First and last the same: the full circle of which the middle is the opposite point (SQL/MM part 3).
    """
    a, b = middle - first, last - first
    cross = a[0] * b[1] - a[1] * b[0]
    if (first == last).all():
        centre, turn = (first + middle) / 2, 2 * np.pi
    elif abs(cross) <= 1e-12 * float(np.hypot(*a) * np.hypot(*b)):
        return np.stack([first, middle, last]), np.empty((0, 2)), 0.0
    else:
        to_centre = np.array([b[1] * (a @ a) - a[1] * (b @ b), a[0] * (b @ b) - b[0] * (a @ a)]) / (2 * cross)
        centre = first + to_centre
        begin, end = (float(np.arctan2(*(place - centre)[::-1])) for place in (first, last))
        turn = (end - begin) % (2 * np.pi) if cross > 0 else -((begin - end) % (2 * np.pi))
    radius = float(np.hypot(*(first - centre)))
    if radius == 0:
        return np.stack([first, middle, last]), np.empty((0, 2)), 0.0
    begin = float(np.arctan2(*(first - centre)[::-1]))
    steps = max(int(np.ceil(abs(turn) / (2 * np.pi) * per_circle)), 2)
    angles = begin + turn * np.arange(steps + 1) / steps
    chain = centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])
    chain[0], chain[-1] = first, last
    half = abs(turn) / steps / 2
    between = (angles[:-1] + angles[1:]) / 2
    apexes = centre + radius / np.cos(half) * (1 + 1e-9) * np.column_stack([np.cos(between), np.sin(between)])
    return chain, apexes, radius * (1 / np.cos(half) - np.cos(half))
