"""Geometry objects of Esri JSON (ArcGIS REST API, "Geometry objects") as Shapely geometries."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._shape import ShapeFaulty, shape_of
from merestone.exchange.row import Fault

Positions = list[list[float]]
_CURVES: Final = ("curveRings", "curvePaths")
_MOST_PAIRS: Final = 4_000_000
_MOST_OVERLAPS: Final = 200_000
_BOX: Final = ("xmin", "ymin", "xmax", "ymax")


def esri_shape_of(value: Any) -> tuple[BaseGeometry | None, tuple[Fault, ...]]:
    """The geometry of one Esri geometry object, in its own coordinates, and remarks on what was done to read it.

    Rings that run clockwise are outlines and the others holes (of the smallest outline around them). A ring that runs
    as a hole and lies in no outline is an outline: a hole in nothing is danger that was drawn the wrong way round.
    One ring alone is an outline.

    Raises
    ------
    ShapeFaulty
        It is no geometry object, it has arcs, or a ring or line has too few positions.
    """
    if value is None or value == {}:
        return None, ()
    if not isinstance(value, Mapping):
        raise ShapeFaulty("unreadable_geometry", "geometry is no object (Esri JSON)")
    if any(value.get(name) for name in _CURVES):
        words = (
            "the outline has arcs; write it without true curves (returnTrueCurves=false, or Densify), then import it"
        )
        raise ShapeFaulty("curved_geometry", words)
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
        raise ShapeFaulty("unreadable_geometry", f"geometry.{name} is no list")
    return value


def _line(value: Any, at: str) -> Positions:
    """Positions without heights and measures."""
    if not isinstance(value, list):
        raise ShapeFaulty("unreadable_geometry", f"{at} is no list")
    for number, position in enumerate(value):
        if not isinstance(position, list):
            raise ShapeFaulty("unreadable_position", f"{at}[{number}] is no [x, y]")
    return [position[:2] for position in value]


def _or_none(kind: str, parts: Sequence[Any]) -> tuple[BaseGeometry | None, tuple[Fault, ...]]:
    if not parts:
        return None, ()
    if len(parts) == 1:
        return shape_of({"type": kind, "coordinates": parts[0]})
    return shape_of({"type": f"Multi{kind}", "coordinates": list(parts)})


def _areas(rings: Sequence[Any]) -> tuple[BaseGeometry | None, tuple[Fault, ...]]:
    remarks: list[Fault] = []
    outlines: list[list[Positions]] = []
    holes: list[Positions] = []
    for at, given in enumerate(rings):
        ring = _line(given, f"geometry.rings[{at}]")
        if not ring:
            continue
        polygon, notes = shape_of({"type": "Polygon", "coordinates": [ring]})
        remarks += [Fault(n.code, n.words.replace("geometry.coordinates[0]", f"geometry.rings[{at}]")) for n in notes]
        closed = [list(position) for position in shapely.get_coordinates(polygon).tolist()]
        if _turn(closed) <= 0.0:  # a ring without an area is kept: the check says what becomes of it
            outlines.append([closed])
        else:
            holes.append(closed)
    outer = [_polygon(outline[0]) for outline in outlines]
    turned = 0
    if not outlines and len(holes) == 1:  # one ring alone is an outline, whichever way it runs
        outlines, holes = [[holes[0]]], []
    around = _around(holes, outer)
    for number, hole in enumerate(holes):
        if number in around:
            outlines[around[number]].append(hole)
        else:
            outlines.append([hole])
            turned += 1
    if turned:
        remarks.append(
            Fault("ring_direction", f"rings that run as holes and lie in no outline, taken as outlines: {turned}")
        )
    geometry, notes = _or_none("Polygon", outlines)
    return geometry, (*remarks, *notes)


def _turn(ring: Positions) -> float:
    """Twice the signed area, relative to the first corner: below 0 where the ring runs clockwise."""
    x0, y0 = ring[0]
    total = math.fsum((a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0) for a, b in itertools.pairwise(ring))
    return total if math.isfinite(total) else 0.0


def _polygon(ring: Positions) -> BaseGeometry | None:
    """The outline as an area to look for holes in; None where that makes no sense."""
    if not all(math.isfinite(number) for position in ring for number in position):
        return None
    polygon = shapely.Polygon(ring)
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def _around(holes: Sequence[Positions], outlines: Sequence[BaseGeometry | None]) -> dict[int, int]:
    """For each hole whose corners all lie in an outline or on its edge: the smallest such outline.

    Raises
    ------
    ShapeFaulty
        There are so many rings that setting each beside each would take minutes.
    """
    words = f"{len(outlines):,} outlines and {len(holes):,} holes in each other are too many for one row"
    too_many = ShapeFaulty("unreadable_geometry", f"{words}; split it where it comes from")
    if len(holes) * len(outlines) > _MOST_PAIRS:
        raise too_many
    if not holes:
        return {}
    with np.errstate(invalid="ignore"):
        corners = np.array([shapely.MultiPoint(hole) for hole in holes], dtype=object)
        areas = np.array(outlines, dtype=object)
        inner, outer = shapely.STRtree(areas).query(corners)
        if len(inner) > _MOST_OVERLAPS:
            raise too_many
        covered = shapely.covers(areas[outer], corners[inner])
    inner, outer = inner[covered], outer[covered]
    found: dict[int, int] = {}
    for hole, outline in sorted(zip(inner.tolist(), outer.tolist(), strict=True)):
        if hole not in found or shapely.area(outlines[outline]) < shapely.area(outlines[found[hole]]):
            found[hole] = outline
    return found
