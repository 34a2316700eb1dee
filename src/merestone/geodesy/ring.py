"""The check that every outline passes before anything else is done with it.

Whole arrays are looked at with a few array operations; only what looks wrong is taken up one by one. The rules follow
those of GICHD's geocheck (https://github.com/GICHD/geocheck, 2020) and add what a longitude-latitude outline can have
wrong with it: swapped axes, the antimeridian, the poles.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import antimeridian
from merestone.geodesy._first_look import FirstLook
from merestone.geodesy._flat import Floats, Geometries, Objects, objects, without_tiny_numbers
from merestone.geodesy.ellipsoid import areas_m2
from merestone.geodesy.finding import Code, Finding, Refused, Repaired, Sound, Verdict
from merestone.geodesy.repair import repair_areas
from merestone.geodesy.source import Source, from_source
from merestone.terms import FieldRefused

Bbox = tuple[float, float, float, float]

_ENOUGH_TO_COMPARE: Final = 20
"""Fewer features than this say too little of where a file lies to suspect one of swapped axes."""


def check(
    geometry: Source, *, must_be_area: bool = False, expected_bbox: Bbox | None = None, inward: bool = False
) -> Verdict:
    """Check one geometry; repair what can be repaired without leaving anything out; refuse the rest.

    Parameters
    ----------
    geometry
        Shapely geometry, GeoJSON mapping, WKB, or None; longitude and latitude in degrees on WGS 84.
    must_be_area
        Refuse points and lines, which are right for accidents and rows but not for a hazardous area.
    expected_bbox
        West, south, east, north in degrees, within which the data is known to lie. A geometry outside it, whose axes
        would have to be swapped to lie inside, is refused.
    inward
        For released land, which must never be overstated: a repair keeps only what every reading of the outline has
        inside, instead of what any reading has.

    >>> bow_tie = shapely.Polygon([(0, 0), (0.001, 0.001), (0.001, 0), (0, 0.001)])
    >>> verdict = check(bow_tie)
    >>> type(verdict).__name__, verdict.findings[0].code.value
    ('Repaired', 'crosses_itself')
    >>> print(verdict.findings[0])  # doctest: +ELLIPSIS
    the outline crosses itself at lon 0.0005000, lat 0.0005000; everything that ... was kept
    """
    return check_all([geometry], must_be_area=must_be_area, expected_bbox=expected_bbox, inward=inward)[0]


def check_all(
    geometries: Sequence[Source] | Objects,
    *,
    must_be_area: bool = False,
    expected_bbox: Bbox | None = None,
    inward: bool = False,
) -> tuple[Verdict, ...]:
    """`check` for many geometries at once, one verdict each, in order.

    If no `expected_bbox` is given and there are at least 20 geometries, the bulk of them says where the data lies.
    """
    sources: list[Source] = list(geometries)
    taken: Objects = np.empty(len(sources), dtype=object)
    early: dict[int, list[Finding]] = {}
    verdicts: list[Verdict | None] = [None] * len(sources)
    for index, source in enumerate(sources):
        if isinstance(source, BaseGeometry):
            taken[index] = source
        else:
            taken[index], early_findings = from_source(source)
            if taken[index] is None:
                verdicts[index] = Refused(early_findings, source)
            elif early_findings:
                early[index] = list(early_findings)
    taken = without_tiny_numbers(taken)
    look = FirstLook(taken, must_be_area=must_be_area)
    swapped = _swapped(look.bounds, look.outside, expected_bbox)
    notes = look.notes()
    for index in np.flatnonzero(look.is_sound & ~swapped).tolist():
        if index not in early:
            verdicts[index] = Sound(taken[index], notes.get(index, ()))
    to_repair = np.flatnonzero(look.is_broken_area & ~swapped).tolist()
    areas: dict[int, BaseGeometry] = {i: taken[i] for i in to_repair if i not in early}
    for index, verdict in enumerate(verdicts):
        if verdict is None and index not in areas:
            early_findings = tuple(early.get(index, ()))
            closer = _closer(
                taken[index],
                early_findings,
                notes.get(index, ()),
                bool(swapped[index]),
                must_be_area=must_be_area,
                inward=inward,
            )
            verdicts[index] = closer
    repaired = repair_areas(list(areas.values()), [()] * len(areas), unroll=look.leaves_180[list(areas)], inward=inward)
    for index, verdict in zip(areas, repaired, strict=True):
        verdicts[index] = _with_notes(verdict, notes.get(index, ()))
    return tuple(v for v in verdicts if v is not None)


def duplicates(geometries: Geometries) -> tuple[tuple[int, ...], ...]:
    """Groups of geometries that are exactly the same, wherever their rings begin and whichever way they run.

    None and empty geometries are no one's duplicates. Each group lists indices in order; groups are in the order of
    their first member.

    >>> a, b = shapely.box(0, 0, 1, 1), shapely.Polygon([(1, 1), (1, 0), (0, 0), (0, 1)])
    >>> duplicates([a, None, b, None])
    ((0, 2),)
    """
    shapes = objects(geometries)
    groups: dict[bytes, list[int]] = {}
    some = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    for index, wkb in zip(some, shapely.to_wkb(shapely.normalize(shapes[some])), strict=True):
        groups.setdefault(wkb, []).append(int(index))
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _closer(
    geometry: BaseGeometry,
    findings: tuple[Finding, ...],
    notes: tuple[Finding, ...],
    swapped: bool,
    *,
    must_be_area: bool,
    inward: bool,
) -> Verdict:
    """The verdict on one geometry that the first look could not let pass."""
    if geometry.is_empty:
        return Refused((*findings, Finding(Code.EMPTY_GEOMETRY, "the geometry has no coordinates")), geometry)
    coordinates = shapely.get_coordinates(geometry)
    bad = ~np.isfinite(coordinates).all(axis=1)
    if bad.any():
        text = f"vertex {int(np.flatnonzero(bad)[0]) + 1} is not a number"
        return Refused((*findings, Finding(Code.NOT_FINITE, text)), geometry)
    first = (float(coordinates[0, 0]), float(coordinates[0, 1]))
    lon_deg, lat_deg = (float(v) for v in coordinates[np.argmax(np.abs(coordinates[:, 1]))])
    if abs(lat_deg) > 90 and (np.abs(coordinates[:, 0]) <= 90).all() and (np.abs(coordinates[:, 1]) <= 180).all():
        text = "a latitude is beyond 90 degrees and every longitude within it; are the axes swapped?"
        return Refused((*findings, Finding(Code.SWAPPED_AXES, text, lon_deg, lat_deg)), geometry)
    widest = coordinates[np.argmax(np.abs(coordinates[:, 0]))]
    if abs(lat_deg) > 90 or abs(widest[0]) > 360:
        lon_deg, lat_deg = (lon_deg, lat_deg) if abs(lat_deg) > 90 else (float(widest[0]), float(widest[1]))
        text = "a coordinate is not a place on WGS 84; are these metres of a projection?"
        return Refused((*findings, Finding(Code.OUTSIDE_WGS84, text, lon_deg, lat_deg)), geometry)
    if swapped:
        text = "the geometry lies far from the others, and among them if its axes are swapped"
        return Refused((*findings, Finding(Code.SWAPPED_AXES, text, *first)), geometry)
    if shapely.has_z(geometry):
        notes = (
            *notes,
            Finding(Code.HAS_HEIGHT, "the geometry has heights, which were left out; its outline is unchanged"),
        )
        geometry = shapely.force_2d(geometry)
    geometry = _unwrapped_collection(geometry)
    dimension, kind = int(shapely.get_dimensions(geometry)), geometry.geom_type
    if kind == "GeometryCollection" or (must_be_area and dimension < 2):
        text = f"an area is wanted and this is a {kind}" if must_be_area else "areas, lines or points are mixed in one"
        return Refused((*findings, Finding(Code.WRONG_TYPE, text, *first)), geometry)
    if dimension < 2:
        return _line_or_point(geometry, findings, notes)
    look = FirstLook(objects(geometry), must_be_area=True)
    if look.is_broken_area[0]:
        return _with_notes(repair_areas([geometry], [findings], unroll=look.leaves_180, inward=inward)[0], notes)
    area_m2 = float(areas_m2([geometry])[0])
    return Repaired(geometry, (*findings, *notes), area_m2, area_m2, area_m2) if findings else Sound(geometry, notes)


def _with_notes(verdict: Verdict, notes: tuple[Finding, ...]) -> Verdict:
    """The verdict on a repaired area, with the notes that repair has not made untrue."""
    codes = {Code.CLOCKWISE, *(f.code for f in verdict.findings)}
    return replace(verdict, findings=(*verdict.findings, *(n for n in notes if n.code not in codes)))


def _line_or_point(geometry: BaseGeometry, findings: tuple[Finding, ...], notes: tuple[Finding, ...]) -> Verdict:
    parts, made = list(shapely.get_parts(geometry)), []
    repaired = list(findings)
    for part in parts:
        coordinates = shapely.get_coordinates(part)
        if part.is_empty:
            repaired.append(Finding(Code.EMPTY_PART, "a part is empty", done="the empty part was left out"))
            continue
        first = (float(coordinates[0, 0]), float(coordinates[0, 1]))
        piece = part
        if part.geom_type == "LineString" and (coordinates == coordinates[0]).all():
            done = "it was taken as a point"
            repaired.append(Finding(Code.LINE_WITHOUT_LENGTH, "a line has only one place", *first, done=done))
            piece = shapely.Point(coordinates[0])
        elif part.geom_type == "LineString" and antimeridian.jumps_antimeridian(coordinates[:, 0]):
            done = "the short way was meant, and the line was cut at 180 degrees"
            text = "an edge runs through more than 180 degrees of longitude"
            repaired.append(Finding(Code.CROSSES_ANTIMERIDIAN, text, *first, done=done))
            piece = antimeridian.unrolled_line(part)
        whole = antimeridian.wrapped_to_180(piece)
        if whole is not piece and piece is part:
            done = "it was brought into -180 to 180"
            repaired.append(Finding(Code.BEYOND_180, "longitude runs beyond 180 degrees", *first, done=done))
        made.append(whole)
    if not repaired:
        return Sound(geometry, notes)
    joined = made[0] if len(made) == 1 else _unwrapped_collection(shapely.GeometryCollection(made))
    if joined.geom_type == "GeometryCollection":  # lines of which one shrank to a point: the point as a line again
        return Refused((*repaired, Finding(Code.WRONG_TYPE, "lines and points are mixed in one")), geometry)
    return Repaired(joined, (*repaired, *notes))


def _unwrapped_collection(geometry: BaseGeometry) -> BaseGeometry:
    """A collection of parts of one dimension as the multi-geometry that it means; anything else as it is."""
    if geometry.geom_type != "GeometryCollection":
        return geometry
    by_dimension = {d: antimeridian.of_dimension([geometry], d) for d in (0, 1, 2)}
    present = [d for d, parts in by_dimension.items() if parts]
    if len(present) != 1:
        return geometry
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[present[0]]
    out = make(by_dimension[present[0]])
    assert isinstance(out, BaseGeometry)
    return out


def _swapped(bounds: Floats, outside: NDArray[np.bool_], expected_bbox: Bbox | None) -> NDArray[np.bool_]:
    """Which geometries lie outside the expected box, and inside it if their axes are swapped."""
    middle = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    known = np.isfinite(middle).all(axis=1) & ~outside
    if expected_bbox is None:
        if known.sum() < _ENOUGH_TO_COMPARE:
            return np.zeros(len(bounds), bool)
        low, high = _quantiles(middle[known], 0.05, 0.95)
        margin = np.maximum(high - low, 1.0)
        low, high = low - margin, high + margin
    else:
        west, south, east, north = expected_bbox
        if not (west < east and south < north):
            raise FieldRefused(
                "expected_bbox", expected_bbox, "is not a box", "give west, south, east, north in degrees"
            )
        low, high = np.array([west, south]), np.array([east, north])
    with np.errstate(invalid="ignore"):
        is_in = ((middle >= low) & (middle <= high)).all(axis=1)
        would_be_in = ((middle[:, ::-1] >= low) & (middle[:, ::-1] <= high)).all(axis=1)
    return np.asarray(known & ~is_in & would_be_in)


def _quantiles(values: Floats, *shares: float) -> list[Floats]:
    """What `numpy.quantile` gives of each column; that would load masked arrays, which takes 10 ms."""
    ordered = np.sort(values, axis=0)
    results = []
    for share in shares:
        at = share * (len(ordered) - 1)
        low = int(at)
        high = min(low + 1, len(ordered) - 1)
        results.append(ordered[low] + (at - low) * (ordered[high] - ordered[low]))
    return results
