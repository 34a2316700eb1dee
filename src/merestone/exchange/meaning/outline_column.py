"""An outline in a column of its own beside a label position: the outline is the hazard.

Forms and exports often place a record by one point and keep its outline in another column, as text. A hazard is then
the outline and the point; released land is only what both say. An outline that lies far from the row's own position
contradicts it: which of them is wrong nobody can tell.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.outline_in_remark import corners_in_remark, may_name_corners
from merestone.exchange.meaning.outline_notations import may_be_notation, parse_notation
from merestone.exchange.meaning.outline_pairs import may_hold_pairs, parse_outline_pairs
from merestone.exchange.places.measures import ANDROID_TO_95, column_words, words_of
from merestone.exchange.places.outline import Shape, largest, smallest
from merestone.exchange.places.repeat_points import NOTATION, SHAPES, outline_of_repeat
from merestone.exchange.places.text_geometry import (
    ORDER_ASSUMED,
    TextGeometry,
    TextGeometryInvalid,
    parse_text_geometry,
)
from merestone.exchange.rows.reference import ToLonLat, crs84
from merestone.exchange.rows.row import Fault, Row
from merestone.geodesy import distance_m

FAR_M: Final = 10_000.0
"""An outline farther than this from the row's own position contradicts it. Ours: larger than any hazardous area whose
label would stand beside it."""
_MOST_PER_DEGREE_M: Final = 111_700.0
"""No degree of longitude or latitude is longer on WGS 84: 111,694 m at the poles."""
_SAME_DEG: Final = 1e-6
"""Outlines that differ by less (11 cm) are the same, written twice."""
_SHORTEST: Final = 12
_SHORT: Final = 80
_LON_NAMES: Final = ("lon", "longitude", "lon_deg", "lng", "long")
_LAT_NAMES: Final = ("lat", "latitude", "lat_deg")
_LOOKS_SO: Final = re.compile(
    r"\s*(?:SRID\s*=|(?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)|LINEARRING|CIRCULAR|COMPOUND|GEOMETRYCOL|"
    r"TRIANGLE|TIN\b|POLYHEDRAL|\{|\\x0|0x0|0[01][0-9a-f]{16}|[-+]?\d+(?:\.\d*)?[\s,]+[-+]?\d+[^;]*;)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The row's place with what other columns say of it."""

    shape: Shape
    accuracy_m: float | None = None
    """What the outline's own points state, NaN if the outline cannot be read; None if nothing is stated."""
    shift_m: float = 0.0
    """What bringing it to WGS 84 adds."""


def may_be_outline(value: Any) -> bool:
    """Whether a cell may hold an outline, at the cost of a glance."""
    if isinstance(value, str):
        if len(value) > _SHORT:
            return _looks_like_outline(value)
        return len(value) >= _SHORTEST and _short_looks_like_outline(value)
    return isinstance(value, (list, Mapping))


def _looks_like_outline(text: str) -> bool:
    return may_hold_pairs(text) or _LOOKS_SO.match(text) is not None


_short_looks_like_outline: Final = lru_cache(maxsize=1024)(_looks_like_outline)
"""The words of a column of choices come again and again."""


def with_outlines(
    row: Row, geometry: BaseGeometry | None, named: Sequence[str] = (), *, is_hazard: bool
) -> Outline | None:
    """The place of a row with the outlines that its columns hold; None if they hold none that counts.

    Parameters
    ----------
    named
        The columns whose names say that they hold an outline (`outline_names`): they are read in more notations.
    """
    outlines: list[tuple[str, TextGeometry]] = []
    remarks: list[Fault] = []
    for name, value in row.attributes.items():
        text = _text_of(value)
        is_named = name in named and may_be_notation(value)
        may_be_remark = is_hazard and geometry is not None and may_name_corners(value)
        if not (is_named or may_be_remark or text is not None or may_hold_pairs(value)):
            continue
        if is_of_other(name, is_hazard=is_hazard):
            continue
        try:
            outline = None if text is None else _in_order(parse_text_geometry(text), geometry)
            outline = outline_of_repeat(name, value) if outline is None else outline
            outline = parse_outline_pairs(value, geometry) if outline is None else outline
            outline = parse_notation(value, geometry) if outline is None and is_named else outline
            if outline is None and may_be_remark and geometry is not None:
                outline = corners_in_remark(value, geometry)
        except TextGeometryInvalid as invalid:
            remarks.append(Fault("outline_unreadable", f"{name} holds an outline that cannot be read ({invalid})"))
            continue
        if outline is None or (outline.notation == SHAPES and not is_hazard):
            continue
        if is_hazard and outline.geometry.geom_type == "MultiPoint":  # the corners of an outline
            outline = replace(outline, geometry=largest(outline.geometry).geometry or outline.geometry)
        if _is_outline(outline.geometry) or _counts_as_place(name, outline, geometry, is_hazard=is_hazard):
            outlines.append((name, outline))
    if not outlines and not remarks:
        return None
    return _taken(row, geometry, outlines, remarks, is_hazard=is_hazard)


def turned_towards(own: BaseGeometry, pairs: BaseGeometry) -> BaseGeometry | None:
    """Pairs of numbers in the order in which they lie by the row's own position; None if they do so in neither."""
    turned = shapely.transform(pairs, lambda places: places[:, ::-1])
    return next((way for way in (pairs, turned) if contradiction_with_position("", way, own) is None), None)


def _in_order(outline: TextGeometry | None, own: BaseGeometry | None) -> TextGeometry | None:
    """An outline of pairs as the row's own position shows which number is the latitude."""
    if outline is None or outline.remark != ORDER_ASSUMED:
        return outline
    if own is None or own.is_empty:
        raise TextGeometryInvalid("it is not clear which number of a pair is the longitude")
    turned = turned_towards(own, outline.geometry)
    return outline if turned is None else replace(outline, geometry=turned, remark=None)


def _counts_as_place(name: str, outline: TextGeometry, own: BaseGeometry | None, *, is_hazard: bool) -> bool:
    """Whether what encloses nothing is a place of the row: lines and few corners of a repeat or a related layer.

    Of a hazard all but those far from its own position, which are other things (a village, a depot).
    """
    if outline.notation not in (NOTATION, SHAPES):
        return False
    return own is None or (is_hazard and contradiction_with_position(name, outline.geometry, own) is None)


def far_from_position(geometry: BaseGeometry, attributes: Mapping[str, Any]) -> Fault | None:
    """Why an outline contradicts the longitude and latitude that its row also has; None if it does not."""
    if shapely.get_dimensions(geometry) == 0:
        return None
    by_name = {name.lower(): value for name, value in attributes.items()}
    place = []
    for names in (_LON_NAMES, _LAT_NAMES):
        value = next((by_name[name] for name in names if by_name.get(name) not in (None, "")), None)
        try:
            place.append(float(value))  # type: ignore[arg-type]  # None is among what is caught
        except (TypeError, ValueError, OverflowError):
            return None
    if place == [0.0, 0.0] or not (abs(place[0]) <= 180 and abs(place[1]) <= 90):
        return None
    return contradiction_with_position("its geometry", geometry, shapely.Point(place))


def has_position(names: Sequence[str]) -> bool:
    """Whether columns state a longitude and a latitude beside the geometry."""
    known = {name.lower() for name in names}
    return not known.isdisjoint(_LON_NAMES) and not known.isdisjoint(_LAT_NAMES)


def _text_of(value: Any) -> str | None:
    """The cell as text if it may hold a geometry."""
    if isinstance(value, str):
        return value if len(value) >= _SHORTEST and _LOOKS_SO.match(value) else None
    if isinstance(value, Mapping) and value.get("type") in _GEOJSON_TYPES:
        try:
            return json.dumps(value)
        except (TypeError, ValueError):
            return None
    return None


_GEOJSON_TYPES: Final = frozenset(
    {"Polygon", "MultiPolygon", "LineString", "MultiLineString", "GeometryCollection", "Feature", "FeatureCollection"}
)


def is_of_other(name: str, *, is_hazard: bool) -> bool:
    """Whether a column's name says that its outline is another's: a district's, a way in, what was left uncleared."""
    return bool(set(words_of(name)) & column_words()["outline_of_other" if is_hazard else "outline_of_hazard"])


def _is_outline(geometry: BaseGeometry) -> bool:
    """Areas, and lines that close or nearly do. Open lines and points beside a place are ways and landmarks."""
    if geometry.is_empty:
        return False
    if shapely.get_dimensions(geometry) == 2:
        return True
    shape = largest(geometry, is_usually_area=False)
    return shape.geometry is not None and shapely.get_dimensions(shape.geometry) == 2 and bool(shape.remarks)


def _taken(
    row: Row,
    own: BaseGeometry | None,
    outlines: Sequence[tuple[str, TextGeometry]],
    remarks: list[Fault],
    *,
    is_hazard: bool,
) -> Outline:
    import pyproj

    accuracy_m = math.nan if remarks else None
    shift_m = 0.0
    areas = []
    for name, outline in outlines:
        try:
            chosen = outline if is_hazard or outline.inner is None else replace(outline, geometry=outline.inner)
            area, area_shift_m = _on_wgs84(chosen, row)
        except pyproj.exceptions.ProjError as error:
            text = f"{name} holds an outline in a reference system that is not known ({error})"
            return Outline(Shape(own, fault=Fault("outline_without_reference", text)))
        shift_m = max(shift_m, area_shift_m)
        shape = largest(area, is_usually_area=False) if is_hazard else smallest(area)
        if shape.fault is not None:
            return Outline(shape)
        assert shape.geometry is not None
        if not is_hazard and not shape.geometry.is_valid:
            text = f"the outline in {name} crosses itself, so what it released cannot be settled"
            return Outline(Shape(own, fault=Fault("outline_crosses_itself", text)))
        fault = None if own is None else contradiction_with_position(name, shape.geometry, own)
        if fault is not None:
            return Outline(Shape(own, fault=fault))
        if outline.accuracy_m is not None:
            stated_m = outline.accuracy_m * ANDROID_TO_95
            accuracy_m = stated_m if accuracy_m is None else max(accuracy_m, stated_m)
        if own is not None and _is_copy(shape.geometry, own):
            continue
        areas.append(shape.geometry)
        remarks += [] if outline.remark is None else [outline.remark]
        remarks.append(Fault("outline_column", f"the outline in {name} ({outline.notation}) taken as the area"))
    if remarks and not is_hazard and any(remark.code == "outline_unreadable" for remark in remarks):
        return Outline(Shape(own, fault=remarks[0]))
    joined = _joined(own, areas, is_hazard=is_hazard)
    return Outline(Shape(joined, tuple(remarks)), accuracy_m, shift_m)


def _on_wgs84(outline: TextGeometry, row: Row) -> tuple[BaseGeometry, float]:
    """The outline in longitude and latitude, by the system that it states, or the file's if it cannot be degrees."""
    west, south, east, north = outline.geometry.bounds
    is_degrees = max(-west, east) <= 360 and max(-south, north) <= 90
    if outline.srid is None and is_degrees:
        return outline.geometry, 0.0
    import pyproj

    if outline.srid is not None:
        crs = pyproj.CRS.from_epsg(outline.srid)
    else:
        crs = pyproj.CRS.from_user_input(row.crs)
    if crs.equals(crs84(), ignore_axis_order=True):
        return outline.geometry, 0.0
    to_lon_lat = ToLonLat(crs)
    [moved] = to_lon_lat([outline.geometry])
    assert moved is not None
    return moved, float(to_lon_lat.shifts_m[0])


def contradiction_with_position(name: str, area: BaseGeometry, own: BaseGeometry) -> Fault | None:
    """Why an outline and the row's own position cannot both be right."""
    if _are_close(area, own):
        return None
    apart_m = _apart_m(area, own)
    if apart_m <= FAR_M:
        return None
    if not np.isfinite(shapely.get_coordinates(area)).all() or math.isnan(apart_m):
        return Fault("outline_contradicts", f"the outline in {name} is not a place on WGS 84")
    text = f"the outline in {name} lies {apart_m / 1000:,.0f} km from the row's own position"
    if _apart_m(shapely.transform(area, lambda c: c[:, ::-1]), own) <= FAR_M:
        text += "; with its axes swapped it would lie there: is its latitude written first?"
    return Fault("outline_contradicts", f"{text}; correct the one that is wrong")


def _are_close(area: BaseGeometry, own: BaseGeometry) -> bool:
    """Whether all of both lies so close together that no geodesic needs to be measured; False: it is to be measured.

    What a straight line in degrees measures at most, from corner to corner of their extent.
    """
    bounds = shapely.bounds([area, own])
    (west, south), (east, north) = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
    if not (south >= -90 and north <= 90 and west >= -180 and east <= 180):  # nor if one is NaN
        return False
    is_finite = np.isfinite(shapely.get_coordinates([area, own])).all()
    return bool(is_finite) and math.hypot(east - west, north - south) * _MOST_PER_DEGREE_M <= FAR_M


def _apart_m(area: BaseGeometry, own: BaseGeometry) -> float:
    try:
        line = shapely.shortest_line(shapely.force_2d(area), shapely.force_2d(own))
    except GEOSException:
        return math.nan
    corners = shapely.get_coordinates(line)
    return float(distance_m(*corners[0], *corners[1])) if len(corners) == 2 else math.nan


def _is_copy(area: BaseGeometry, own: BaseGeometry) -> bool:
    """Whether the row's own geometry is the same outline."""
    if shapely.get_dimensions(own) < 2:
        return False
    return bool(shapely.hausdorff_distance(area, own) < _SAME_DEG)


def _joined(own: BaseGeometry | None, areas: Sequence[BaseGeometry], *, is_hazard: bool) -> BaseGeometry | None:
    if own is None or not areas:
        return own if not areas else areas[0] if len(areas) == 1 else _collected(areas)
    if is_hazard:
        inside = any(area.is_valid and area.intersects(own) for area in areas)
        parts = areas if shapely.get_dimensions(own) == 0 and inside else [own, *areas]
        return parts[0] if len(parts) == 1 else _collected(parts)
    if shapely.get_dimensions(own) == 2 and own.is_valid:
        areas = [own, *areas]
    whole: BaseGeometry = shapely.intersection_all(list(areas))
    return whole


def _collected(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    shape = largest(shapely.GeometryCollection(list(parts)), is_usually_area=False)
    return shape.geometry if shape.geometry is not None else parts[0]
