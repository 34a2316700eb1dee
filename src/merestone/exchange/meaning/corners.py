"""Corners and boxes in columns beside a place: the hazard is what they bound, in any order that they may mean.

Corners that are numbered are an outline in that order, of which the row's own place is the first where their numbers
begin with 2. Two places may be the ends of a diagonal, so the box between them is kept. What lies outside of what the
others bound is taken in by the convex hull. Released land is never made of such columns.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.grounds import ground_within
from merestone.exchange.meaning.outline_column import Outline, contradiction_with_position
from merestone.exchange.places.columns import PlaceSource, name_words
from merestone.exchange.places.corner_columns import Corner, CornerColumns, Order
from merestone.exchange.places.extent_columns import extent_columns, extents_of
from merestone.exchange.places.measures import MOST_RADIUS_M, words_of
from merestone.exchange.places.outline import Shape
from merestone.exchange.places.place_cells import PlaceReader
from merestone.exchange.rows.reference import ToLonLat
from merestone.exchange.rows.row import Fault, Row
from merestone.geodesy import distance_m

_SAME_DEG: Final = 2e-5
"""Places nearer than this (2 m) are the same, and a smaller box is the place itself."""
_NUMBERS_ONLY: Final = re.compile(
    r"(?:BOX(?:2D|3D)?|[A-Z_.]{3,20}\s?(?=[(\[{]))?[\s\[\](){}\"',;.eE+\-\d]*", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.I)
_ORDERS: Final = (
    (0, 1, 2, 3), (1, 0, 3, 2), (2, 0, 3, 1), (0, 2, 1, 3), (0, 3, 2, 1), (0, 3, 1, 2), (1, 2, 3, 0), (3, 1, 2, 0),
    (3, 2, 1, 0), (3, 0, 2, 1),
)  # fmt: skip
"""Where west, south, east and north stand among four numbers: GeoJSON, Leaflet, Nominatim, gdal_translate's pairs,
Photon, ENVELOPE of search engines, north west south east, and those that begin with a latitude and end with west."""
_LONGEST_BOX: Final = 300
Place = tuple[float, float]


def with_corners(row: Row, values: Mapping[str, Any], geometry: BaseGeometry, columns: CornerColumns) -> Outline | None:
    """What the corner columns of a hazard's row bound together with its place; None if they state nothing."""
    if geometry.geom_type != "Point" or geometry.is_empty:
        return None
    own: Place = (shapely.get_x(geometry), shapely.get_y(geometry))
    names = tuple(values)
    cells = [_text(value) for value in values.values()]
    unread: list[str] = []
    shift_m = 0.0
    corners: list[tuple[Corner, Place]] = []
    for corner in columns.corners:
        corner_place = _place(row, names, corner, cells)
        if isinstance(corner_place, Fault):
            unread += [corner_place.message] if corner.is_certain else []
        elif corner_place is not None:
            corners.append((corner, corner_place[0]))
            shift_m = _worse(shift_m, corner_place[1])
    width_m = _width_m(values)
    bounded = _bounded(own, corners)
    areas = [] if bounded is None else [(_named(names, corners), _with_strip(bounded, width_m))]
    for low, high in columns.boxes:
        ends = [_read(names, side, cells) for side in (low, high)]
        where = ", ".join(names[i] for i in (*low.columns, *high.columns))
        unread += [end.message for end in ends if isinstance(end, Fault)]
        places = [end[0] for end in ends if end is not None and not isinstance(end, Fault)]
        if len(places) == 2:
            diagonal = shapely.LineString(shapely.get_coordinates(places))
            moved, more_m = _on_wgs84(_box(*diagonal.coords), row)
            line, _ = _on_wgs84(diagonal, row) if width_m and _may_be_line(names, low) else (None, 0.0)
            shift_m = _worse(shift_m, more_m)
            areas += [(where, _with_strip((moved, line), width_m))] if moved is not None else []
            unread += [f"{where} bound no box on WGS 84"] if moved is None else []
    for at in columns.box_texts:
        area, measured_text = _box_of_text(values[names[at]], own)
        areas += [(names[at], area)] if area is not None else []
        unread += [f"{names[at]}: {measured_text}"] if measured_text else []
    areas = [(where, area) for where, area in areas if not _is_place(area, own)]
    return _outline(geometry, areas, unread, shift_m)


def _outline(
    own: BaseGeometry, areas: Sequence[tuple[str, BaseGeometry]], unread: Sequence[str], shift_m: float
) -> Outline | None:
    if not areas and not unread:
        return None
    remarks = [Fault("corner_unreadable", f"{unread_text}; its accuracy is taken as unknown") for unread_text in unread]
    parts: list[BaseGeometry] = []
    is_unknown = bool(unread)
    for where, area in areas:
        if _across_m(area) > 2 * MOST_RADIUS_M:
            text = (
                f"{where} bound {_across_m(area) / 1000:,.0f} km, which no hazard has; its accuracy is taken as unknown"
            )
            remarks.append(Fault("corners_far_apart", text))
            is_unknown = True
            continue
        fault = contradiction_with_position(where, area, own)
        if fault is not None:
            return Outline(Shape(own, fault=fault))
        parts.append(area)
        of_what = "the line between the ends" if area.geom_type == "LineString" else "the corners"
        remarks.append(Fault("corner_columns", f"{of_what} in {where} taken as the outline of the area"))
    whole: BaseGeometry = own
    if parts:
        outside = not any(shapely.intersects(shapely.make_valid(part), own) for part in parts)
        whole = shapely.convex_hull(shapely.GeometryCollection([own, *parts])) if outside else parts[0]
        if not outside and len(parts) > 1:
            whole = shapely.union_all([shapely.make_valid(part) for part in parts])
    return Outline(Shape(whole, tuple(remarks)), math.nan if is_unknown else None, shift_m)


def _text(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _read(
    names: tuple[str, ...], source: PlaceSource, cells: Sequence[str]
) -> tuple[BaseGeometry, float] | Fault | None:
    """A point as its cells state it and what its notation leaves open, metres; None where they are blank."""
    where = ", ".join(names[i] for i in source.columns)
    for place in PlaceReader(names, [source], repeat_outline=None)(cells):
        if place.geometry is None or place.geometry.geom_type != "Point":
            return place.fault or Fault("corner_unreadable", f"{where} is not one position")
        if shapely.get_coordinates(place.geometry)[0].tolist() == [0.0, 0.0]:
            return Fault("corner_unreadable", f"{where} is 0, 0: a corner that was not filled in")
        return place.geometry, place.resolution_m
    return None


def _place(
    row: Row, names: tuple[str, ...], corner: Corner, cells: Sequence[str]
) -> tuple[Place, float] | Fault | None:
    """Longitude and latitude of a corner and what its notation leaves open, metres; None where its cells are blank."""
    point = _read(names, corner.source, cells)
    if point is None or isinstance(point, Fault):
        return point
    moved, more_m = _on_wgs84(point[0], row)
    if moved is None:
        where = ", ".join(names[i] for i in corner.source.columns)
        return Fault("corner_unreadable", f"{where} is not a place on WGS 84")
    lon_deg, lat_deg = shapely.get_coordinates(moved)[0].tolist()
    return (lon_deg, lat_deg), point[1] + more_m


def _worse(first_m: float, second_m: float) -> float:
    """The larger; NaN, which is not known, is the worst."""
    return float(np.maximum(first_m, second_m))


def _on_wgs84(geometry: BaseGeometry, row: Row) -> tuple[BaseGeometry | None, float]:
    """A shape in longitude and latitude, from the file's projection if its numbers can be no degrees.

    Also by how many metres its way there is less accurate than that of the row's own place.
    """
    if (np.abs(shapely.get_coordinates(geometry)) <= (360.0, 90.0)).all():
        return geometry, 0.0
    import pyproj  # few rows need it, and it takes a tenth of a second

    crs = pyproj.CRS.from_user_input(row.crs)
    if not crs.is_projected:
        return None, 0.0
    to_lon_lat = ToLonLat(crs)
    [moved] = to_lon_lat([geometry])
    if moved is None or not np.isfinite(shapely.get_coordinates(moved)).all():
        return None, 0.0
    return moved, _worse(float(to_lon_lat.shifts_m[0]) - (row.moved_m or 0.0), 0.0)


def _named(names: tuple[str, ...], corners: Sequence[tuple[Corner, Place]]) -> str:
    if not corners:
        return ""
    first, last = (", ".join(names[i] for i in corners[at][0].source.columns) for at in (0, -1))
    return first if len(corners) == 1 else f"{first} to {last}"


def _width_m(values: Mapping[str, Any]) -> float:
    """The width that a row states beside its two ends, metres; 0 if it states none."""
    extents, _ = extents_of(values, extent_columns(tuple(values)))
    return max((extent.width_m for extent in extents if extent.width_m is not None), default=0.0)


def _may_be_line(names: tuple[str, ...], low: PlaceSource) -> bool:
    """Whether the first end of a box may as well be that of a line: `from_lat`, and not `lat_min`."""
    return any(name_words("line_end").intersection(words_of(names[column])) for column in low.columns)


def _with_strip(bounded: tuple[BaseGeometry, BaseGeometry | None], width_m: float) -> BaseGeometry:
    """What two places bound, with the strip along the line between them, whichever of its edges that line is."""
    area, line = bounded
    if line is None or not 0 < width_m <= MOST_RADIUS_M:
        return area
    return shapely.union_all([ground_within(line, width_m), *([area] if area.area > 0 else [])])


def _bounded(own: Place, corners: Sequence[tuple[Corner, Place]]) -> tuple[BaseGeometry, BaseGeometry | None] | None:
    """What the corners bound by any reading, together with the row's place where it is one of them.

    Of two places also the line between them.
    """
    if not corners:
        return None
    orders = {corner.order for corner, _ in corners}
    places = [place for _, place in corners]
    numbers = [corner.number for corner, _ in corners]
    is_alone = all(_apart_deg(own, place) > _SAME_DEG for place in places)
    is_one = all(_apart_deg(place, places[0]) <= _SAME_DEG for place in places)
    if (is_alone and is_one) or (orders == {Order.NUMBERED} and min(numbers) > 1):
        places = [own, *places]
    distinct = [place for at, place in enumerate(places) if all(_apart_deg(place, p) > _SAME_DEG for p in places[:at])]
    turned = _turned(distinct)  # a corner that stands twice counts once, but for the way around
    if len(turned) == 1:
        return None
    if len(turned) == 2:
        line = shapely.LineString(turned)
        return (line if orders == {Order.ENDS} else shapely.box(*line.bounds)), line
    if orders == {Order.NUMBERED} and len(set(numbers)) == len(numbers):
        return shapely.Polygon(_turned(places)), None
    return shapely.convex_hull(shapely.MultiPoint(turned)), None


def _turned(places: Sequence[Place]) -> list[Place]:
    """Places on both sides of the antimeridian as longitudes from 0 to 360."""
    lon_deg = [place[0] for place in places]
    if max(lon_deg) - min(lon_deg) <= 180:
        return list(places)
    return [(lon % 360, lat) for lon, lat in places]


def _box(low: Place, high: Place) -> BaseGeometry:
    (west, south), (east, north) = low, high
    return shapely.box(west, min(south, north), east + 360 if east < west - 180 else east, max(south, north))


def _box_of_text(value: Any, own: Place) -> tuple[BaseGeometry | None, str]:
    """The box of four numbers in any usual order, all orders that hold the row's place; words if none fits."""
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    if len(text) > _LONGEST_BOX or _NUMBERS_ONLY.fullmatch(text.strip()) is None:
        return None, ""
    numbers = [float(number) for number in _NUMBER.findall(re.sub(r"BOX\dD", "", text, flags=re.IGNORECASE))]
    if len(numbers) == 6:  # with heights (RFC 7946, section 5)
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        return None, ""
    boxes = []
    for order in _ORDERS:
        west, south, east, north = (numbers[at] for at in order)
        if abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90:
            boxes.append(_box((west, south), (east, north)))
    near = [box for box in boxes if shapely.distance(box, shapely.Point(own)) < _SAME_DEG]
    near = near or [box for box in boxes if contradiction_with_position("box", box, shapely.Point(own)) is None]
    near = [box for box in near if _across_m(box) <= 2 * MOST_RADIUS_M] or near
    if not near:
        return None, f"the box {text[:80]} does not lie by the row's own position"
    return shapely.union_all(near), ""


def _is_place(area: BaseGeometry, own: Place) -> bool:
    """Whether a box or an outline is no larger than the place itself."""
    west, south, east, north = area.bounds
    return max(abs(west - own[0]), abs(east - own[0]), abs(south - own[1]), abs(north - own[1])) < _SAME_DEG


def _apart_deg(place: Place, two: Place) -> float:
    return max(abs(place[0] - two[0]), abs(place[1] - two[1]))


def _across_m(area: BaseGeometry) -> float:
    west, south, east, north = area.bounds
    return float(distance_m(west, max(south, -90.0), east, min(north, 90.0)))
