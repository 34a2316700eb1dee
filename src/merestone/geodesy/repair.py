"""Repair of outlines that never leaves out a point that the outline could have meant.

An outline that crosses itself has two common readings, even-odd and non-zero winding, and the usual repairs follow one
of them: GEOS's "linework" method the first, its "structure" method the second. Where they differ, a part of a
minefield is inside by one and outside by the other. Here the repaired area is the union of both; and an edge that
neither reading keeps (a spike, a line to a far turning point) is kept as a strip one metre wide. What was
done, and the area by each reading before and after, goes with the result.
"""

import re
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import antimeridian
from merestone.geodesy.ellipsoid import area_m2, length_m
from merestone.geodesy.finding import Code, Finding, Refused, Repaired, Verdict
from merestone.geodesy.outward import widen

STRIP_M: Final = 0.5
"""Half the width, in metres, of the strip as which an edge without area is kept. Ours: wide enough to be an area in any
format, too narrow to matter in any sum."""
_SAME_DEG: Final = 1e-9
"""A tenth of a millimetre: an edge that lies within it of the repaired area is covered."""
_REASON: Final = re.compile(r"(?P<reason>[^[]+)(?:\[(?P<x>\S+) (?P<y>\S+)\])?")
_CODES: Final = {
    "Self-intersection": (Code.CROSSES_ITSELF, "the outline crosses itself"),
    "Ring Self-intersection": (Code.TOUCHES_ITSELF, "the outline touches itself"),
    "Hole lies outside shell": (Code.HOLE_OUTSIDE, "a hole lies outside its outline"),
    "Holes are nested": (Code.HOLES_NESTED, "a hole lies within a hole"),
    "Nested shells": (Code.PARTS_OVERLAP, "a part lies within another part"),
    "Duplicate Rings": (Code.PARTS_OVERLAP, "two rings are the same"),
    "Interior is disconnected": (Code.TOUCHES_ITSELF, "holes cut the area in two"),
    "Too few points in geometry component": (Code.TOO_FEW_POINTS, "a ring has fewer than three different points"),
}
BOTH_KEPT: Final = "everything that either reading of the outline has inside was kept"


def fault(geometry: BaseGeometry) -> Finding:
    """The finding for what makes a polygon or line invalid, at the place that GEOS names."""
    match = _REASON.fullmatch(str(shapely.is_valid_reason(geometry)))
    assert match is not None
    code, words = _CODES.get(match["reason"], (Code.CROSSES_ITSELF, f"the outline is not simple ({match['reason']})"))
    lon_deg, lat_deg = (None, None) if match["x"] is None else (float(match["x"]), float(match["y"]))
    return Finding(code, words, lon_deg, lat_deg)


def repair_area(geometry: BaseGeometry, findings: tuple[Finding, ...] = ()) -> Verdict:
    """Repair a finite polygon or multipolygon within -90..90 degrees of latitude; `findings` are those made already.

    Returns
    -------
    Repaired, or Refused if nothing of it has an area.
    """
    found = list(findings)
    parts = antimeridian.of_dimension([geometry], 2)
    if len(parts) < shapely.get_num_geometries(geometry):
        found.append(Finding(Code.EMPTY_PART, "a part is empty", done="the empty part was left out"))
    unrolled = []
    for part in parts:
        assert isinstance(part, shapely.Polygon)
        whole, encloses_pole = part, False
        if any(antimeridian.jumps(shapely.get_coordinates(ring)[:, 0]) for ring in shapely.get_rings(part)):
            whole, encloses_pole = antimeridian.unrolled(part)
            done = "the short way was meant, and the outline was cut at 180 degrees"
            found.append(
                _at(part, Code.CROSSES_ANTIMERIDIAN, "an edge runs through more than 180 degrees of longitude", done)
            )
        if encloses_pole:
            done = "the area was closed over the nearer pole"
            found.append(_at(part, Code.ENCLOSES_POLE, "the outline runs around the whole circle of longitude", done))
        unrolled.append(whole)
    west_deg, _, east_deg, _ = shapely.total_bounds(unrolled)
    if (west_deg < -180 or east_deg > 180) and not any(f.code is Code.CROSSES_ANTIMERIDIAN for f in found):
        done = "longitudes were brought into -180 to 180 and the outline was cut there"
        found.append(_at(unrolled[0], Code.BEYOND_180, f"longitude runs from {west_deg:.6f} to {east_deg:.6f}", done))
    even_odd, winding, made = zip(*(_both_readings(part, found) for part in unrolled), strict=True)
    if len(made) > 1 and area_m2(shapely.union_all(made)) < sum(map(area_m2, made)) * (1 - 1e-9):
        found.append(Finding(Code.PARTS_OVERLAP, "parts of the area overlap", done="they were joined into one"))
    joined = _area_of(shapely.union_all(made))
    if area_m2(joined) == 0.0:
        return Refused((*found, _at(geometry, Code.NO_AREA, "the outline encloses no area", "")), geometry)
    area = _with_loose_edges(antimeridian.wrapped(joined), unrolled, found)
    return Repaired(
        shapely.geometry.polygon.orient(area) if isinstance(area, shapely.Polygon) else area,
        tuple(found),
        area_m2(_area_of(shapely.union_all(even_odd))),
        area_m2(_area_of(shapely.union_all(winding))),
        area_m2(area),
    )


def _both_readings(polygon: shapely.Polygon, found: list[Finding]) -> tuple[BaseGeometry, BaseGeometry, BaseGeometry]:
    """The area by even-odd, by non-zero winding, and by either."""
    if shapely.is_valid(polygon):
        return polygon, polygon, polygon
    broken = fault(polygon)
    found.append(Finding(broken.code, broken.words, broken.lon_deg, broken.lat_deg, BOTH_KEPT))
    even_odd = _area_of(shapely.make_valid(polygon, method="linework"))
    winding = _area_of(shapely.make_valid(polygon, method="structure", keep_collapsed=False))
    return even_odd, winding, _area_of(shapely.union(even_odd, winding))


def _with_loose_edges(area: BaseGeometry, polygons: list[shapely.Polygon], found: list[Finding]) -> BaseGeometry:
    """The area, with each edge of the polygons that it does not cover added as a narrow strip."""
    edges = antimeridian.wrapped(shapely.union_all([ring for p in polygons for ring in shapely.get_rings(p)]))
    loose = antimeridian.of_dimension([shapely.difference(edges, shapely.buffer(area, _SAME_DEG, quad_segs=2))], 1)
    if not loose:
        return area
    longest = max(loose, key=length_m)
    lon_deg, lat_deg = shapely.get_coordinates(longest)[0]
    words = f"an edge of {length_m(longest):.1f} m goes out and comes back without enclosing anything"
    done = f"it was kept as a strip {2 * STRIP_M:g} m wide"
    found.append(Finding(Code.SPIKE, words, float(lon_deg), float(lat_deg), done))
    return _area_of(shapely.union(area, widen(shapely.union_all(loose), STRIP_M)))


def _area_of(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry, as one polygon or multipolygon; an empty multipolygon if it has none."""
    if isinstance(geometry, shapely.Polygon | shapely.MultiPolygon):
        return geometry
    return (
        shapely.union_all(antimeridian.of_dimension([geometry], 2)) if not geometry.is_empty else shapely.MultiPolygon()
    )


def _at(geometry: BaseGeometry, code: Code, words: str, done: str) -> Finding:
    """A finding at the first vertex of a geometry."""
    first = shapely.get_coordinates(geometry)[0]
    return Finding(code, words, float(first[0]), float(first[1]), done)
