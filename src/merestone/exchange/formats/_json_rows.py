"""Features of GeoJSON as rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._json_place import PropertyPlaces
from merestone.exchange.formats._json_reference import References, own_reference
from merestone.exchange.formats._json_text import Damaged, Piece
from merestone.exchange.places.place_cells import Place
from merestone.exchange.rows.row import Fault, Row
from merestone.exchange.rows.shape import ShapeFaulty, polygons_at_once, shape_of

_OF_GEOMETRY: Final = frozenset(
    ["type", "coordinates", "geometries", "bbox", "crs", "curves", "arcs", "properties", "spatialReference"]
)
_OWN_MEMBERS: Final = frozenset(["type", "geometry", "properties", "id", "crs", "bbox", "links", "place"])
_SHORTEST: Final = frozenset(["type", "geometry", "properties", "id"])
_AREAS: Final = (shapely.Polygon, shapely.MultiPolygon)
_NO_FEATURE: Final = "this element of features is not an object"


def _shapes(
    pieces: Sequence[Piece],
) -> tuple[list[BaseGeometry | None], dict[int, Fault], dict[int, tuple[Fault, ...]], dict[int, Place]]:
    """The geometry of each feature; by its place the faults, the remarks, and places that its properties state."""
    values = [_geometry(value) for _, value in pieces]
    made: list[BaseGeometry | None] = [None] * len(pieces)
    faults: dict[int, Fault] = {}
    remarks: dict[int, tuple[Fault, ...]] = {}
    quick = polygons_at_once(values)
    stated: dict[int, Place] = {}
    properties = PropertyPlaces()
    for at, value in enumerate(values):
        if _place_says_more(pieces[at][1], value):
            message = "its outline is in the member place (OGC JSON-FG), in a system of its own; write it as GeoJSON"
            faults[at] = Fault("unreadable_geometry", message)
            continue
        if value is None or _is_hollow(value):
            if (member_values := properties.of(pieces[at][1])) is not None:
                stated[at], remark = member_values
                remarks[at] = (remark,)
            if value is None or at in stated:
                continue
        try:
            if isinstance(value, Damaged):
                faults[at] = value.fault
            elif not isinstance(value, dict) and not isinstance(pieces[at][1], dict):
                faults[at] = Fault("unreadable_feature", _NO_FEATURE)
            elif at in quick:
                made[at] = quick[at]
            else:
                made[at], remarks[at] = shape_of(value)
        except ShapeFaulty as faulty:
            faults[at] = faulty.fault
    return made, faults, remarks, stated


def _is_hollow(geometry: Any) -> bool:
    """Whether a geometry has no coordinates."""
    return isinstance(geometry, Mapping) and geometry.get("coordinates") == []


def _place_says_more(feature: Any, geometry: Any) -> bool:
    """Whether the member `place` of JSON-FG has an outline that the feature's geometry, for other programs, lacks."""
    place = feature.get("place") if isinstance(feature, Mapping) else None
    if not isinstance(place, Mapping):
        return False
    return geometry is None or (
        isinstance(geometry, Mapping)
        and str(geometry.get("type")).removeprefix("Multi") in ("Point", "LineString")
        and str(place.get("type")).removeprefix("Multi") not in ("Point", "LineString")
    )


def rows_of(
    pieces: Sequence[Piece], first: int, references: References, *, may_state_own: bool, extra_shift_m: float = 0.0
) -> Iterator[Row]:
    """The rows of one chunk, numbered from `first`; the common case, flawless polygons, is made at once.

    Parameters
    ----------
    may_state_own
        Whether a feature of the file may state a reference system of its own.
    extra_shift_m
        What is to be added to the accuracy of each row.
    """
    made, faults, remarks, stated = _shapes(pieces)
    own = _moved(pieces, made, faults, references) if may_state_own else {}
    moved = references.default([None if at in own else geometry for at, geometry in enumerate(made)])
    moved_m = references.default.shifts_m.tolist()
    for at, unfollowed in references.default.faults.items():
        faults.setdefault(at, Fault("unreadable_geometry", unfollowed))
    code, special = references.code, {*faults, *own, *stated, *remarks}
    for at, (text, value) in enumerate(pieces):
        attributes, fault = _attributes(value)
        geometry, times = moved[at], _times(attributes, made[at])
        if at not in special:  # as it mostly is
            geometry = None if fault is not None else geometry
            by_m = moved_m[at]
            yield Row(
                first + at, geometry, attributes, fault, (), text, None, code, None, extra_shift_m, None, times, by_m
            )  # fmt: skip
            continue
        geometry, row_code, by_m = own.get(at, (geometry, code, moved_m[at]))
        shift_m = extra_shift_m
        place = stated.get(at)
        if place is not None:  # degrees on WGS 84, whatever the geometries of the file are in
            geometry, row_code, by_m = place.geometry, "OGC:CRS84", 0.0
            shift_m += place.resolution_m
        fault = faults.get(at) or fault
        yield Row(
            first + at,
            None if fault is not None else geometry,
            attributes,
            fault=fault,
            remarks=remarks.get(at, ()),
            text=text,
            crs=row_code,
            accuracy_m=None if place is None else place.accuracy_m,
            shift_m=shift_m,
            times=times,
            inner_geometry=None if place is None else place.inner_geometry,
            moved_m=by_m,
        )


def _geometry(value: Any) -> Any:
    """The geometry object of a feature, or the value itself where it is one."""
    if not isinstance(value, Mapping):
        return value
    return value.get("geometry") if value.get("type") == "Feature" else value.get("geometry", value)


def _moved(
    pieces: Sequence[Piece], made: list[BaseGeometry | None], faults: dict[int, Fault], references: References
) -> dict[int, tuple[BaseGeometry | None, str, float]]:
    """By place: the geometries that state a system of their own, in longitude and latitude, its code, its accuracy."""
    moved: dict[int, tuple[BaseGeometry | None, str, float]] = {}
    for at, (_, value) in enumerate(pieces):
        try:
            has_own, member = own_reference(value)
            if not has_own:
                continue
            to_lon_lat, code = references.of(member)
        except ShapeFaulty as faulty:
            faults.setdefault(at, faulty.fault)
            made[at] = None
            continue
        [geometry] = to_lon_lat([made[at]])
        moved[at] = geometry, code, float(to_lon_lat.shifts_m[0])
    return moved


def _attributes(value: Any) -> tuple[Mapping[str, Any], Fault | None]:
    """The columns of a feature; its identity, and members that are no part of the standard, beside its properties."""
    if not isinstance(value, Mapping):
        return {}, None if isinstance(value, Damaged) else Fault("unreadable_feature", _NO_FEATURE)
    properties = value.get("properties")
    if properties is None:
        properties = {}
    if not isinstance(properties, Mapping):
        return {}, Fault("unreadable_feature", "properties is not an object (RFC 7946, section 3.2)")
    place = value.get("geometry")
    inside = place.items() if isinstance(place, Mapping) else ()
    beside = [(name, member) for name, member in inside if name not in _OF_GEOMETRY]
    is_boxed = isinstance(place, Mapping) and place.get("type") == "Point" and ("bbox" in value or "bbox" in place)
    if "id" not in value and not (is_boxed or beside) and _SHORTEST.issuperset(value):
        return properties, None
    member_values = dict(properties)
    if is_boxed and isinstance(place, Mapping):
        box = value.get(
            "bbox", place.get("bbox")
        )  # a geocoder's box says more than its point; one of no extent says the same
        if not isinstance(box, list) or box[: len(box) // 2] != box[len(box) // 2 :]:
            member_values.setdefault("bbox", box)
    for name, member in beside:  # a radius, or an accuracy, as some programs write it there
        member_values.setdefault(name, member)
    if "id" in value:
        name = "id" if "id" not in member_values or member_values["id"] == value["id"] else "feature_id"
        while name in member_values and member_values[name] != value["id"]:
            name += "_"
        member_values[name] = value["id"]
    if value.get("type") == "Feature":
        for name in value:
            if name not in _OWN_MEMBERS:
                member_values.setdefault(name, value[name])
    return member_values, None


def _times(attributes: Mapping[str, Any], geometry: BaseGeometry | None) -> NDArray[np.datetime64] | None:
    """Times of a track's fixes where a converter of GPX or KML kept them: ``coordTimes``, ``coordinateProperties``."""
    if geometry is None or isinstance(geometry, _AREAS):
        return None
    inner = attributes.get("coordinateProperties")
    attribute = inner.get("times") if isinstance(inner, Mapping) else attributes.get("coordTimes")
    if not isinstance(attribute, list) or shapely.get_dimensions(geometry) != 1:
        return None
    flat = [part for element in attribute for part in (element if isinstance(element, list) else [element])]
    if len(flat) != shapely.get_num_coordinates(geometry):
        return None
    from merestone.exchange.formats._kml_track import time_of  # brings the XML parsers along

    times = np.array([time_of(part) for part in flat], "datetime64[ms]")
    return None if np.isnat(times).all() else times
