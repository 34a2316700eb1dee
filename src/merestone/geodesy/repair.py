"""Repair of outlines: hazards outward, released land inward, so that neither is ever shown safer than it may be.

An outline that crosses itself has two common readings, even-odd and non-zero winding, and the usual repairs follow one
of them: GEOS's "linework" method the first, its "structure" method the second. Where they differ, a part of a
minefield is inside by one and outside by the other. Outward, the repaired area is the union of both; and an edge that
neither reading keeps (a spike, a line to a far turning point) is kept as a strip one metre wide. Inward, it is what
both have inside, and no place that a second part covers too, since a part within a part may be a hole. What was
done, and the area by each reading before and after, goes with the result.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import antimeridian
from merestone.geodesy._flat import Ints, Objects, objects
from merestone.geodesy._overlaps import exactly_once
from merestone.geodesy._readings import Readings, areas_only, hull_of_all, is_tangled, readings
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


ONLY_COMMON_KEPT: Final = "only what every reading of the outline has inside was kept"
_HULL_KEPT: Final = "its convex hull, which holds whatever it could mean, was taken"
_NOT_COUNTED: Final = "nothing of this part was counted as released"


def repair_areas(
    geometries: Sequence[BaseGeometry],
    known_findings: Sequence[tuple[Finding, ...]],
    *,
    unroll: NDArray[np.bool_],
    inward: bool = False,
) -> list[Verdict]:
    """Repair polygons and multipolygons that are finite, have no heights and lie within -90..90 degrees of latitude.

    Parameters
    ----------
    geometries, known_findings
        Each geometry, and what was found of it already.
    unroll : shape (g,)
        Which of them have longitudes beyond 180 degrees or jump across them.
    inward
        Keep only what every reading has inside, instead of what any has.

    Returns
    -------
    Repaired for each, or Refused if nothing of it has an area or nobody can tell which side of the earth it means.
    """
    findings = [list(known) for known in known_findings]
    originals = objects(list(geometries))
    parts, part_of = _parts_with_points(originals, findings)
    unclear = _unroll(parts, part_of, np.flatnonzero(unroll[part_of]), findings, inward=inward)
    read = _both_readings(parts, part_of, findings, inward)
    made = read.every if inward else read.either
    edges = objects(shapely.boundary(parts))
    for at in np.flatnonzero(unroll[part_of]).tolist():
        made[at], edges[at] = antimeridian.wrapped_to_180(made[at]), antimeridian.wrapped_to_180(edges[at])
        read.either[at] = antimeridian.wrapped_to_180(read.either[at])
    count = len(originals)
    joined = _counted_once(made, read.either, part_of, count, findings) if inward else _joined(made, part_of, count)
    known = (_joined(read.even_odd, part_of, count), read.even_odd) if inward else (joined, made)
    readings_of = (_joined_like(*known, areas, part_of) for areas in (read.even_odd, read.winding))
    even_odd_m2, winding_m2, joined_m2, made_m2 = _areas_together(*readings_of, joined, made)
    if not inward:
        several = np.flatnonzero(np.bincount(part_of, minlength=len(originals)) > 1)
        _tell_overlaps(several, part_of, made_m2, joined_m2, findings)
    has_area = joined_m2 > 0
    whole = joined.copy()
    if not inward:
        outlines = _joined(edges, part_of, len(originals))
        whole[has_area] = _with_loose_edges(joined[has_area], outlines[has_area], np.flatnonzero(has_area), findings)
    after_m2 = _areas_after(whole, joined, joined_m2)
    whole = objects(shapely.orient_polygons(whole))
    verdicts: list[Verdict] = []
    for index, geometry in enumerate(originals):
        before_m2, area_m2 = (float(even_odd_m2[index]), float(winding_m2[index])), float(after_m2[index])
        if not has_area[index] or index in unclear:
            verdicts.append(_refused(geometry, findings[index], is_unclear=index in unclear, inward=inward))
            continue
        reported = findings[index]
        if inward:
            reported = [_with_areas(finding, *before_m2, area_m2) for finding in reported]
        verdicts.append(Repaired(whole[index], tuple(reported), *before_m2, area_m2))
    return verdicts


def _unroll(
    parts: NDArray[np.object_],
    part_of: NDArray[np.int64],
    places: NDArray[np.intp],
    findings: Sequence[list[Finding]],
    *,
    inward: bool,
) -> set[int]:
    """Unroll these parts across the antimeridian in place; of which geometries nobody can tell which side they mean."""
    unclear: set[int] = set()
    for at in places.tolist():
        plain = _unrolled(parts[at], findings[part_of[at]], inward)
        if plain is None:
            unclear.add(int(part_of[at]))
        else:
            parts[at] = plain
    return unclear


def _areas_after(
    whole: NDArray[np.object_], joined: NDArray[np.object_], joined_m2: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The area of each whole; of those that are the joined parts as they were, it was measured before."""
    is_other = np.fromiter((a is not b for a, b in zip(whole, joined, strict=True)), bool, len(whole))
    after_m2 = joined_m2.copy()
    after_m2[is_other] = areas_m2(whole[is_other])
    return after_m2


def _parts_with_points(
    originals: NDArray[np.object_], findings: Sequence[list[Finding]]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The parts of all geometries that are not empty, and of which geometry each is one; findings tell of the rest."""
    parts, part_of = shapely.get_parts(originals, return_index=True)
    is_empty = shapely.is_empty(parts)
    for index in np.unique(part_of[is_empty]).tolist():
        findings[index].append(Finding(Code.EMPTY_PART, "a part is empty", done="the empty part was left out"))
    return parts[~is_empty], part_of[~is_empty].astype(np.int64)


def _areas_together(*arrays: Objects) -> list[NDArray[np.float64]]:
    """The area of each geometry, square metres; one that stands in several places is measured once."""
    together = np.concatenate(arrays)
    known = {id(geometry): geometry for geometry in together}
    area_m2 = dict(zip(known, areas_m2(list(known.values())).tolist(), strict=True))
    each_m2 = np.array([area_m2[id(geometry)] for geometry in together], np.float64)
    return np.split(each_m2, np.cumsum([len(array) for array in arrays])[:-1])


def _refused(geometry: BaseGeometry, findings: list[Finding], *, is_unclear: bool, inward: bool) -> Refused:
    if is_unclear:
        return Refused(tuple(findings), geometry)
    lon_deg, lat_deg = shapely.get_coordinates(geometry)[0].tolist()
    message = "the outline encloses no area" + (" by every reading, so nothing of it is certainly released" * inward)
    return Refused((*findings, Finding(Code.NO_AREA, message, lon_deg, lat_deg)), geometry)


def _with_areas(finding: Finding, even_odd_m2: float, winding_m2: float, area_m2: float) -> Finding:
    """The finding with the areas by each reading, where readings differ and only what is common was kept."""
    if finding.done != ONLY_COMMON_KEPT:
        return finding
    areas = f"{area_m2:,.0f} m2 (even-odd: {even_odd_m2:,.0f} m2, non-zero winding: {winding_m2:,.0f} m2)"
    return replace(finding, done=f"{finding.done}: {areas}")


def polygons_only(geometries: Objects) -> Objects:
    """The polygons of each geometry as a polygon or multipolygon; an empty multipolygon if it has none."""
    out = geometries.copy()
    for at in np.flatnonzero(~np.isin(shapely.get_type_id(geometries), (3, 6))):
        out[at] = areas_only(geometries[at])
    return out


def _unrolled(part: shapely.Polygon, findings: list[Finding], inward: bool) -> shapely.Polygon | None:
    """The polygon with longitudes that run on past 180 degrees, and a finding that says why they do.

    None if it may mean either side of the earth.
    """
    lon_deg, lat_deg = shapely.get_coordinates(part)[0].tolist()
    way = antimeridian.way_of(part)
    whole, encloses_pole = part, False
    if way is antimeridian.Way.SHORT:
        whole, encloses_pole = antimeridian.unrolled(part, smallest=inward)
        done = "the short way was meant, and the outline was cut at 180 degrees"
        message = "an edge runs through more than 180 degrees of longitude"
        findings.append(Finding(Code.CROSSES_ANTIMERIDIAN, message, lon_deg, lat_deg, done))
    elif way is antimeridian.Way.UNCLEAR:
        message = (
            "an edge runs through more than 180 degrees of longitude, and the outline could mean either side of the "
            "earth; cut it at 180 degrees (RFC 7946, 3.1.9), or add corners so that no edge is longer"
        )
        findings.append(Finding(Code.CROSSES_ANTIMERIDIAN, message, lon_deg, lat_deg))
        return None
    elif way is antimeridian.Way.AS_WRITTEN:
        message = "an edge runs around the whole circle of longitude"
        findings.append(Finding(Code.LONG_EDGE, message, lon_deg, lat_deg, "the outline was taken at its word"))
    west_deg, _, east_deg, _ = whole.bounds
    if way is not antimeridian.Way.SHORT and (west_deg < -180 or east_deg > 180):
        done = "longitudes were brought into -180 to 180, and the outline was cut there"
        message = f"longitude runs from {west_deg:.6f} to {east_deg:.6f}"
        findings.append(Finding(Code.BEYOND_180, message, lon_deg, lat_deg, done))
    if encloses_pole:
        done = "the area was closed over the nearer pole"
        message = "the outline runs around the whole circle of longitude"
        findings.append(Finding(Code.ENCLOSES_POLE, message, lon_deg, lat_deg, done))
    return whole


def _both_readings(parts: Objects, part_of: Ints, findings: list[list[Finding]], inward: bool) -> Readings:
    """Each polygon's area by each reading; a finding for each polygon that is not valid.

    A polygon that is too tangled to be read becomes its convex hull in `parts` and in each reading; inward, it is
    certain of no area, and could mean all of its hull, where it lies over other parts.
    """
    out = Readings(parts.copy(), parts.copy(), parts.copy(), parts.copy())
    broken = np.flatnonzero(~shapely.is_valid(parts))
    tangled = broken[is_tangled(parts[broken])]
    broken = np.setdiff1d(broken, tangled)
    for at in tangled.tolist():
        lon_deg, lat_deg = shapely.get_coordinates(parts[at])[0].tolist()
        message = "the outline crosses itself too often to be read"
        done = _NOT_COUNTED if inward else _HULL_KEPT
        findings[part_of[at]].append(Finding(Code.CROSSES_ITSELF, message, lon_deg, lat_deg, done))
        hull = hull_of_all(parts[at])
        parts[at] = shapely.MultiPolygon() if inward else hull
        for areas in (out.even_odd, out.winding, out.every):
            areas[at] = polygons_only(parts[at : at + 1])[0]
        out.either[at] = polygons_only(np.array([hull], dtype=object))[0]
    for index, reason in zip(part_of[broken], shapely.is_valid_reason(parts[broken]), strict=True):
        match = _REASON.fullmatch(reason)
        assert match is not None
        other = (Code.CROSSES_ITSELF, f"the outline is not simple ({match['reason']})")
        code, message = _CODES.get(match["reason"], other)
        lon_deg, lat_deg = (None, None) if match["x"] is None else (float(match["x"]), float(match["y"]))
        done = ONLY_COMMON_KEPT if inward else BOTH_KEPT
        findings[index].append(Finding(code, message, lon_deg, lat_deg, done))
    if len(broken):
        read = readings(parts[broken], with_every=inward)
        out.even_odd[broken], out.winding[broken] = read.even_odd, read.winding
        out.either[broken], out.every[broken] = read.either, read.every
    return out


def _counted_once(certain: Objects, parts: Objects, owner: Ints, size: int, findings: list[list[Finding]]) -> Objects:
    """The places that exactly one part of each owner covers; parts that are the same are one part."""
    out = _joined(certain, owner, size, which=np.flatnonzero(np.bincount(owner, minlength=size) == 1))
    for index in np.flatnonzero(np.bincount(owner, minlength=size) > 1).tolist():
        once, twice_m2 = exactly_once(certain[owner == index], parts[owner == index])
        if once is None:
            message, done = "its parts overlap too often to be read", "nothing of it was counted as released"
            findings[index].append(Finding(Code.PARTS_OVERLAP, message, done=done))
            continue
        out[index] = once
        if twice_m2 > 0:
            message = f"parts of the area overlap by {twice_m2:,.1f} m2"
            done = "what lies in two parts may be a hole, and was not counted as released"
            findings[index].append(Finding(Code.PARTS_OVERLAP, message, done=done))
    return out


def _joined(geometries: Objects, owner: Ints, size: int, *, which: Ints | None = None) -> Objects:
    """The union of the geometries of each owner (or only of those that are `which`); what is one stays as it is."""
    out = np.full(size, shapely.MultiPolygon(), dtype=object)
    count = np.bincount(owner, minlength=size)
    alone = count[owner] == 1
    out[owner[alone]] = geometries[alone]
    for index in np.flatnonzero(count > 1) if which is None else ():
        out[index] = shapely.union_all(geometries[owner == index])
    return out


def _joined_like(joined: Objects, made: Objects, parts: Objects, owner: Ints) -> Objects:
    """The union of the parts of each owner: the known one of `made` where the parts are the same ones."""
    is_other = np.fromiter((a is not b for a, b in zip(parts, made, strict=True)), bool, len(parts))
    out = joined.copy()
    chosen = np.isin(owner, owner[is_other])
    if chosen.any():
        unions = _joined(parts[chosen], owner[chosen], len(joined))
        out[np.unique(owner[chosen])] = unions[np.unique(owner[chosen])]
    return out


def _tell_overlaps(
    several: Ints,
    part_of: Ints,
    part_m2: NDArray[np.float64],
    joined_m2: NDArray[np.float64],
    findings: list[list[Finding]],
) -> None:
    for index in several.tolist():
        twice_m2 = float(part_m2[part_of == index].sum() - joined_m2[index])
        if twice_m2 > 1e-9 * joined_m2[index]:
            message = f"parts of the area overlap by {twice_m2:.1f} m2"
            findings[index].append(Finding(Code.PARTS_OVERLAP, message, done="they were joined into one"))


def _with_loose_edges(areas: Objects, edges: Objects, index: Ints, findings: list[list[Finding]]) -> Objects:
    """The areas, with each edge of their outlines that they do not cover added as a narrow strip.

    Looked at twice: uniting a strip with a sliver (corners on one line, as far as numbers go), GEOS 3.14.1 makes a line
    of the sliver, lines are no area, and edges that the sliver alone covered are loose again.
    """
    out = areas.copy()
    who = np.arange(len(areas))
    for _ in range(2):
        loose, owner = _loose_pieces(out[who], edges[who])
        if not len(loose):
            break
        piece_m = lengths_m(loose)
        order = np.lexsort((-piece_m, owner))  # the longest of each owner first
        _, first = np.unique(owner[order], return_index=True)
        for at in order[first].tolist():
            lon_deg, lat_deg = shapely.get_coordinates(loose[at])[0].tolist()
            message = f"an edge of {piece_m[at]:.1f} m goes out and comes back without enclosing anything"
            done = f"it was kept as a strip {2 * STRIP_M:g} m wide"
            findings[index[who[owner[at]]]].append(Finding(Code.SPIKE, message, lon_deg, lat_deg, done))
        with_loose = np.unique(owner)
        lines = objects(shapely.multilinestrings(loose, indices=np.searchsorted(with_loose, owner)))
        who = who[with_loose]
        out[who] = polygons_only(objects(shapely.union(out[who], widen_all(lines, STRIP_M))))
    return out


def _loose_pieces(areas: Objects, edges: Objects) -> tuple[Objects, Ints]:
    """The pieces of edges that their areas do not cover, and the row of each."""
    # Edges next to nothing make GEOS divide by zero; what its buffer then does not cover is a piece here.
    with np.errstate(divide="ignore", invalid="ignore"):
        near = shapely.buffer(areas, _SAME_DEG, quad_segs=1, join_style="mitre")
    pieces, owner = shapely.get_parts(shapely.difference(edges, near), return_index=True)
    is_line = (shapely.get_type_id(pieces) == 1) & ~shapely.is_empty(pieces)
    return pieces[is_line], owner[is_line]
