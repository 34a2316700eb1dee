"""Repair of outlines that never leaves out a point that the outline could have meant.

An outline that crosses itself has two common readings, even-odd and non-zero winding, and the usual repairs follow one
of them: GEOS's "linework" method the first, its "structure" method the second. Where they differ, a part of a
minefield is inside by one and outside by the other. Here the repaired area is the union of both; and an edge that
neither reading keeps (a spike, a line to a far turning point) is kept as a strip one metre wide. What was
done, and the area by each reading before and after, goes with the result.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import antimeridian
from merestone.geodesy._flat import Ints, Objects, objects
from merestone.geodesy.ellipsoid import areas_m2, lengths_m
from merestone.geodesy.finding import Code, Finding, Refused, Repaired, Verdict
from merestone.geodesy.outward import widen_all

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


def repair_areas(
    geometries: Sequence[BaseGeometry], found: Sequence[tuple[Finding, ...]], *, unroll: NDArray[np.bool_]
) -> list[Verdict]:
    """Repair polygons and multipolygons that are finite, have no heights and lie within -90..90 degrees of latitude.

    Parameters
    ----------
    geometries, found
        Each geometry, and what was found of it already.
    unroll : shape (g,)
        Which of them have longitudes beyond 180 degrees or jump across them.

    Returns
    -------
    Repaired for each, or Refused if nothing of it has an area.
    """
    findings = [list(f) for f in found]
    given = objects(list(geometries))
    parts, part_of = shapely.get_parts(given, return_index=True)
    for index in np.unique(part_of[shapely.is_empty(parts)]).tolist():
        findings[index].append(Finding(Code.EMPTY_PART, "a part is empty", done="the empty part was left out"))
    parts, part_of = parts[~shapely.is_empty(parts)], part_of[~shapely.is_empty(parts)].astype(np.int64)
    for at in np.flatnonzero(unroll[part_of]).tolist():
        parts[at] = _unrolled(parts[at], findings[part_of[at]])
    even_odd, winding = _both_readings(parts, part_of, findings)
    made = polygons_only(shapely.union(even_odd, winding))
    even_odd, winding, joined = (_joined(areas, part_of, len(given)) for areas in (even_odd, winding, made))
    several = np.flatnonzero(np.bincount(part_of, minlength=len(given)) > 1)
    _tell_overlaps(several, part_of, areas_m2(made), areas_m2(joined), findings)
    for at in np.flatnonzero(unroll).tolist():
        joined[at] = antimeridian.wrapped(joined[at])
    edges = _joined(shapely.boundary(parts), part_of, len(given))
    for at in np.flatnonzero(unroll).tolist():
        edges[at] = antimeridian.wrapped(edges[at])
    has_area = areas_m2(joined) > 0
    whole = joined.copy()
    whole[has_area] = _with_loose_edges(joined[has_area], edges[has_area], np.flatnonzero(has_area), findings)
    whole = objects(shapely.orient_polygons(whole))
    before, after = np.column_stack([areas_m2(even_odd), areas_m2(winding)]).tolist(), areas_m2(whole).tolist()
    out: list[Verdict] = []
    for index, geometry in enumerate(given):
        if has_area[index]:
            out.append(Repaired(whole[index], tuple(findings[index]), before[index][0], before[index][1], after[index]))
        else:
            lon_deg, lat_deg = shapely.get_coordinates(geometry)[0].tolist()
            nothing = Finding(Code.NO_AREA, "the outline encloses no area", lon_deg, lat_deg)
            out.append(Refused((*findings[index], nothing), geometry))
    return out


def polygons_only(geometries: Objects) -> Objects:
    """The polygons of each geometry as a polygon or multipolygon; an empty multipolygon if it has none."""
    out = geometries.copy()
    mixed = ~np.isin(shapely.get_type_id(geometries), (3, 6))
    for at in np.flatnonzero(mixed):
        areas = antimeridian.of_dimension([geometries[at]], 2)
        out[at] = areas[0] if len(areas) == 1 else shapely.union_all(areas) if areas else shapely.MultiPolygon()
    return out


def _unrolled(part: shapely.Polygon, found: list[Finding]) -> shapely.Polygon:
    """The polygon with longitudes that run on past 180 degrees, and a finding that says why they do."""
    lon_deg, lat_deg = shapely.get_coordinates(part)[0].tolist()
    jumps = any(antimeridian.jumps(shapely.get_coordinates(ring)[:, 0]) for ring in shapely.get_rings(part))
    whole, encloses_pole = antimeridian.unrolled(part) if jumps else (part, False)
    west_deg, _, east_deg, _ = whole.bounds
    if jumps:
        done = "the short way was meant, and the outline was cut at 180 degrees"
        words = "an edge runs through more than 180 degrees of longitude"
        found.append(Finding(Code.CROSSES_ANTIMERIDIAN, words, lon_deg, lat_deg, done))
    elif west_deg < -180 or east_deg > 180:
        done = "longitudes were brought into -180 to 180, and the outline was cut there"
        words = f"longitude runs from {west_deg:.6f} to {east_deg:.6f}"
        found.append(Finding(Code.BEYOND_180, words, lon_deg, lat_deg, done))
    if encloses_pole:
        done = "the area was closed over the nearer pole"
        words = "the outline runs around the whole circle of longitude"
        found.append(Finding(Code.ENCLOSES_POLE, words, lon_deg, lat_deg, done))
    return whole


def _both_readings(parts: Objects, part_of: Ints, findings: list[list[Finding]]) -> tuple[Objects, Objects]:
    """Each polygon's area by even-odd and by non-zero winding; a finding for each polygon that is not valid."""
    even_odd, winding = parts.copy(), parts.copy()
    broken = np.flatnonzero(~shapely.is_valid(parts))
    for index, reason in zip(part_of[broken], shapely.is_valid_reason(parts[broken]), strict=True):
        match = _REASON.fullmatch(reason)
        assert match is not None
        other = (Code.CROSSES_ITSELF, f"the outline is not simple ({match['reason']})")
        code, words = _CODES.get(match["reason"], other)
        lon_deg, lat_deg = (None, None) if match["x"] is None else (float(match["x"]), float(match["y"]))
        findings[index].append(Finding(code, words, lon_deg, lat_deg, BOTH_KEPT))
    even_odd[broken] = polygons_only(objects(shapely.make_valid(parts[broken], method="linework")))
    structure = shapely.make_valid(parts[broken], method="structure", keep_collapsed=False)
    winding[broken] = polygons_only(objects(structure))
    return even_odd, winding


def _joined(geometries: Objects, owner: Ints, size: int) -> Objects:
    """The union of the geometries of each owner; what is one already stays as it is."""
    out = np.full(size, shapely.MultiPolygon(), dtype=object)
    count = np.bincount(owner, minlength=size)
    alone = count[owner] == 1
    out[owner[alone]] = geometries[alone]
    for index in np.flatnonzero(count > 1):
        out[index] = shapely.union_all(geometries[owner == index])
    return out


def _tell_overlaps(
    several: Ints,
    part_of: Ints,
    part_m2: NDArray[np.float64],
    joined_m2: NDArray[np.float64],
    found: list[list[Finding]],
) -> None:
    for index in several.tolist():
        twice_m2 = float(part_m2[part_of == index].sum() - joined_m2[index])
        if twice_m2 > 1e-9 * joined_m2[index]:
            words = f"parts of the area overlap by {twice_m2:.1f} m2"
            found[index].append(Finding(Code.PARTS_OVERLAP, words, done="they were joined into one"))


def _with_loose_edges(areas: Objects, edges: Objects, index: Ints, findings: list[list[Finding]]) -> Objects:
    """The areas, with each edge of their outlines that they do not cover added as a narrow strip."""
    near = shapely.buffer(areas, _SAME_DEG, quad_segs=1, join_style="mitre")
    pieces, owner = shapely.get_parts(shapely.difference(edges, near), return_index=True)
    is_line = (shapely.get_type_id(pieces) == 1) & ~shapely.is_empty(pieces)
    pieces, owner = pieces[is_line], owner[is_line]
    out = areas.copy()
    if not len(pieces):
        return out
    piece_m = lengths_m(pieces)
    order = np.lexsort((-piece_m, owner))  # the longest of each owner first
    _, first = np.unique(owner[order], return_index=True)
    for at in order[first].tolist():
        lon_deg, lat_deg = shapely.get_coordinates(pieces[at])[0].tolist()
        words = f"an edge of {piece_m[at]:.1f} m goes out and comes back without enclosing anything"
        done = f"it was kept as a strip {2 * STRIP_M:g} m wide"
        findings[index[owner[at]]].append(Finding(Code.SPIKE, words, lon_deg, lat_deg, done))
    who = np.unique(owner)
    loose = objects(shapely.multilinestrings(pieces, indices=np.searchsorted(who, owner)))
    out[who] = polygons_only(objects(shapely.union(areas[who], widen_all(loose, STRIP_M))))
    return out
