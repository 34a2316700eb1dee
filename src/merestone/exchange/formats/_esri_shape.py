"""Geometry objects of Esri JSON (ArcGIS REST API, "Geometry objects") as Shapely geometries."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.arcs import arc_remark
from merestone.exchange.rows.row import Fault
from merestone.exchange.rows.shape import ShapeFaulty, shape_of
from merestone.geodesy import CurvedPath, Straightened, area_within, chords_per_circle, line_along, together
from merestone.terms import number_of

Positions = list[list[float]]
_MOST_PAIRS: Final = 4_000_000
_MOST_OVERLAPS: Final = 200_000
_BOX: Final = ("xmin", "ymin", "xmax", "ymax")


Shaped = tuple[BaseGeometry | Straightened | None, tuple[Fault, ...]]
"""A geometry, made straight where it has arcs, and remarks on what was done to read it."""


def esri_shape_of(value: Any) -> Shaped:
    """The geometry of one Esri geometry object, in its own coordinates, and remarks on what was done to read it.

    Rings that run clockwise are outlines and the others holes (of the smallest outline around them). A ring that runs
    as a hole and lies in no outline is an outline: a hole in nothing is danger that was drawn the wrong way round.
    One ring alone is an outline.

    Raises
    ------
    ShapeFaulty
        It is no geometry object, a ring or line has too few positions, or a curve cannot be drawn.
    """
    if value is None or value == {}:
        return None, ()
    if not isinstance(value, Mapping):
        raise ShapeFaulty("unreadable_geometry", "geometry is not an object (Esri JSON)")
    if value.get("curveRings"):
        return _curved_areas(_listed(value["curveRings"], "curveRings"))
    if value.get("curvePaths"):
        return _curved_lines(_listed(value["curvePaths"], "curvePaths"))
    if "rings" in value:
        return _areas(_listed(value["rings"], "rings"))
    if "paths" in value:
        paths = [_line(path, f"geometry.paths[{at}]") for at, path in enumerate(_listed(value["paths"], "paths"))]
        return _or_none("LineString", [path for path in paths if path])
    if "points" in value:
        return _or_none("Point", _line(value["points"], "geometry.points"))
    if "x" in value:
        if value["x"] is None or value["x"] == "NaN":
            return None, ()
        return shape_of({"type": "Point", "coordinates": [value["x"], value.get("y")]})
    if all(name in value for name in _BOX):
        west, south, east, north = (value[name] for name in _BOX)
        ring = [[west, south], [west, north], [east, north], [east, south], [west, south]]
        return shape_of({"type": "Polygon", "coordinates": [ring]})
    raise ShapeFaulty(
        "unreadable_geometry", f"geometry has none of rings, paths, points, x (it has {sorted(value)[:6]})"
    )


def _listed(value: Any, name: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise ShapeFaulty("unreadable_geometry", f"geometry.{name} is not a list")
    return value


def _line(value: Any, at: str) -> Positions:
    """Positions without heights and measures."""
    if not isinstance(value, list):
        raise ShapeFaulty("unreadable_geometry", f"{at} is not a list")
    for number, position in enumerate(value):
        if not isinstance(position, list):
            raise ShapeFaulty("unreadable_position", f"{at}[{number}] is not [x, y]")
    return [position[:2] for position in value]


def _or_none(kind: str, parts: Sequence[Any]) -> tuple[BaseGeometry | None, tuple[Fault, ...]]:
    if not parts:
        return None, ()
    if len(parts) == 1:
        return shape_of({"type": kind, "coordinates": parts[0]})
    return shape_of({"type": f"Multi{kind}", "coordinates": list(parts)})


def _areas(rings: Sequence[Any]) -> tuple[BaseGeometry | None, tuple[Fault, ...]]:
    remarks: list[Fault] = []
    closed: list[Positions] = []
    for at, coordinates in enumerate(rings):
        ring = _line(coordinates, f"geometry.rings[{at}]")
        if not ring:
            continue
        polygon, notes = shape_of({"type": "Polygon", "coordinates": [ring]})
        remarks += [Fault(n.code, n.message.replace("geometry.coordinates[0]", f"geometry.rings[{at}]")) for n in notes]
        closed.append([list(position) for position in shapely.get_coordinates(polygon).tolist()])
    groups, more = _grouped(closed)
    geometry, notes = _or_none("Polygon", [[closed[at] for at in group] for group in groups])
    return geometry, (*remarks, *more, *notes)


def _curved_areas(rings: Sequence[Any]) -> Shaped:
    """Rings with curves, grouped by the direction and the place of their chords."""
    steps = _steps(rings)
    paths = [_curved(ring, f"geometry.curveRings[{at}]", steps) for at, ring in enumerate(rings)]
    paths = [path for path in paths if len(path.corners)]
    groups, remarks = _grouped([path.closed().corners.tolist() for path in paths])
    try:
        return _made_straight([area_within([paths[at] for at in group]) for group in groups], remarks)
    except ValueError as error:
        raise ShapeFaulty("curved_geometry", str(error)) from error


def _curved_lines(lines: Sequence[Any]) -> Shaped:
    steps = _steps(lines)
    paths = [_curved(line, f"geometry.curvePaths[{at}]", steps) for at, line in enumerate(lines)]
    return _made_straight([line_along(path) for path in paths if len(path.corners)], ())


def _made_straight(parts: Sequence[Straightened], remarks: Sequence[Fault]) -> Shaped:
    if not parts:
        return None, tuple(remarks)
    whole = parts[0] if len(parts) == 1 else together(parts)
    if whole.deviation == 0.0 and whole.outward.equals(whole.inward):
        return whole.outward, tuple(remarks)
    return whole, (*remarks, arc_remark(whole))


def _steps(rings: Sequence[Any]) -> int:
    """With how many chords a circle is drawn, by how many curves there are."""
    return chords_per_circle(
        sum(isinstance(part, Mapping) for ring in rings if isinstance(ring, list) for part in ring)
    )


def _curved(value: Any, at: str, steps: int) -> CurvedPath:
    """A ring or line of positions and of curves, each of which begins where the part before it ends."""
    if not isinstance(value, list):
        raise ShapeFaulty("unreadable_geometry", f"{at} is not a list")
    paths: list[CurvedPath] = []
    for number, part in enumerate(value):
        try:
            if isinstance(part, list):
                paths.append(CurvedPath.line([_position(part)]))
            elif paths and isinstance(part, Mapping) and len(part) == 1:
                [(kind, coordinates)] = part.items()
                paths.append(_curve(kind, coordinates, paths[-1].corners[-1].tolist(), steps))
            else:
                raise ValueError("it is neither a position nor a curve that follows one")
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            text = f"{at}[{number}]: {error}; write it without true curves (returnTrueCurves=false, or Densify)"
            raise ShapeFaulty("curved_geometry", text) from error
    return CurvedPath.joined(paths)


def _curve(kind: str, coordinates: Sequence[Any], start: Sequence[float], steps: int) -> CurvedPath:
    """A curve of ArcGIS's REST API: ``c`` a circular arc, ``a`` an elliptic one, ``b`` a cubic Bézier curve."""
    end = _position(coordinates[0])
    if kind == "c":
        if end == list(start):
            raise ValueError("an arc through three points ends where it begins")
        return CurvedPath.arc(start, _position(coordinates[1]), end, steps)
    if kind == "b":
        return CurvedPath.bezier(start, _position(coordinates[1]), _position(coordinates[2]), end, per_circle=steps)
    if kind != "a":
        raise ValueError(f"a curve named {kind!r} is not known")
    centre, is_clockwise = _position(coordinates[1]), bool(coordinates[3])
    rotation, axis, ratio = (
        (float(number) for number in coordinates[4:7]) if len(coordinates) >= 7 else (0.0, None, 1.0)
    )
    return CurvedPath.elliptic_arc(
        start, end, centre, is_clockwise=is_clockwise, rotation=rotation, axis=axis, ratio=ratio, per_circle=steps
    )


def _position(value: Any) -> list[float]:
    if not isinstance(value, list) or len(value) < 2:
        raise ValueError("a position is not [x, y]")
    x, y = value[:2]
    if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        raise ValueError("a position has a coordinate that is not a number")
    return [float(x), float(y)]


def _grouped(closed: Sequence[Positions]) -> tuple[list[list[int]], tuple[Fault, ...]]:
    """By places in the list: each outline with its holes."""
    groups: list[list[int]] = []
    holes: list[int] = []
    for at, ring in enumerate(closed):
        if _turn(ring) <= 0.0:  # a ring without an area is kept: the check says what becomes of it
            groups.append([at])
        else:
            holes.append(at)
    turned = 0
    if not groups and len(holes) == 1:  # one ring alone is an outline, whichever way it runs
        return [holes], ()
    around = _around([closed[at] for at in holes], [_polygon(closed[group[0]]) for group in groups]) if holes else {}
    for number, hole in enumerate(holes):
        if number in around:
            groups[around[number]].append(hole)
        else:
            groups.append([hole])
            turned += 1
    text = f"rings that run as holes and lie in no outline, taken as outlines: {turned}"
    return groups, (Fault("ring_direction", text),) if turned else ()


def _turn(ring: Positions) -> float:
    """Twice the signed area, relative to the first corner: below 0 where the ring runs clockwise."""
    x0, y0 = ring[0]
    try:
        total = math.fsum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in itertools.pairwise(ring))
    except (OverflowError, ValueError):  # products of huge numbers: their sum is not finite
        return 0.0
    return total if math.isfinite(total) else 0.0


def _polygon(ring: Positions) -> BaseGeometry | None:
    """The outline as an area to look for holes in; None where that makes no sense.

    Of one that crosses itself, its hull: a hole in there is a hole by one reading and ground by the other, as is
    worked out later, and what crosses itself a thousand times costs no more.
    """
    if len(ring) < 4 or not all(math.isfinite(number) for position in ring for number in position):
        return None
    polygon = shapely.Polygon(ring)
    return polygon if polygon.is_valid else polygon.convex_hull


def _around(holes: Sequence[Positions], outlines: Sequence[BaseGeometry | None]) -> dict[int, int]:
    """For each hole whose corners all lie in an outline or on its edge: the smallest such outline.

    Raises
    ------
    ShapeFaulty
        There are so many rings that setting each beside each would take minutes.
    """
    text = (
        f"{number_of(len(outlines), 'outline')} and {number_of(len(holes), 'hole')} in each other are too many for "
        "one row"
    )
    too_many = ShapeFaulty("unreadable_geometry", f"{text}; split it where it comes from")
    if len(holes) * len(outlines) > _MOST_PAIRS:
        raise too_many
    with np.errstate(invalid="ignore"):
        of_hole = np.repeat(np.arange(len(holes)), [len(hole) for hole in holes])
        places: Any = shapely.points(np.concatenate(holes))
        corners: Any = shapely.multipoints(places, indices=of_hole)
        areas = np.array(outlines, dtype=object)
        inner, outer = shapely.STRtree(areas).query(corners)
        if len(inner) > _MOST_OVERLAPS:
            raise too_many
        covered = shapely.covers(areas[outer], corners[inner])
    inner, outer = inner[covered], outer[covered]
    outer_of: dict[int, int] = {}
    for hole, outline in sorted(zip(inner.tolist(), outer.tolist(), strict=True)):
        if hole not in outer_of or shapely.area(outlines[outline]) < shapely.area(outlines[outer_of[hole]]):
            outer_of[hole] = outline
    return outer_of
