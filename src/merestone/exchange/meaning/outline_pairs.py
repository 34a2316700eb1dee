"""Outlines in a cell that are neither WKT, WKB, GeoJSON nor a form's text: KML, Esri JSON, and bare lists of places.

Web maps keep an outline as they hold it: `[[44.9, 17.1], ...]` (Leaflet, latitude first), `[{"lat": 44.9, ...}, ...]`
(Google Maps), `{"rings": ...}` (Esri), `17.1,44.9 17.2,44.9 ...` (KML). Which number of a bare pair is the latitude
only the row's own position can tell.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.text_geometry import TextGeometry, TextGeometryInvalid
from merestone.geodesy import distance_m

_NEAR_M: Final = 10_000.0
_NUMBER: Final = r"[-+]?+\d++(?:\.\d*+)?+(?:[eE][-+]?+\d++)?+"
_TUPLE: Final = rf"(?:\(\s*+)?+{_NUMBER}\s*+,\s*+{_NUMBER}(?:\s*+,\s*+{_NUMBER})?+(?:\s*+\))?+"
_TUPLES: Final = re.compile(rf"{_TUPLE}(?:[\s;|]++{_TUPLE}|,\s*+(?=\(){_TUPLE}){{2,}}[\s;|]*+")
"""Possessive throughout: a long text that is no list is left in linear time."""
_KML: Final = re.compile(r"<(?:\w+:)?coordinates[^>]*>([^<]*)</", re.IGNORECASE)
_LON: Final = ("lng", "lon", "long", "longitude", "x")
_LAT: Final = ("lat", "latitude", "y")
Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Rings:
    """Corners as a notation states them, before it is known which number is the longitude."""

    rings: Sequence[Ring]
    notation: str
    is_lon_first: bool | None
    """None: nothing says which number of a pair is the longitude."""
    are_areas: bool
    """Whether the notation says that they bound areas."""
    srid: int | None = None
    """What the notation states that they are in; None: nothing, or longitude and latitude on WGS 84."""


def may_hold_pairs(value: Any) -> bool:
    """Whether a value may be such an outline, at the cost of a glance."""
    if isinstance(value, str):
        head = value[:300].lstrip()
        return len(value) >= 12 and (head[:1] in "[{<(" or head[:1].isdigit() or head[:1] in "+-")
    return isinstance(value, (list, Mapping)) and bool(value)


def parse_outline_pairs(value: Any, own: BaseGeometry | None) -> TextGeometry | None:
    """The outline that a cell holds in one of these notations; None if it holds none.

    Its `inner` is what all of its rings agree on, for released land.

    Parameters
    ----------
    own
        The row's own position, which tells the order of a bare pair.

    Raises
    ------
    TextGeometryInvalid
        The order of its pairs cannot be told, or they are no degrees.

    >>> own = shapely.Point(17.1, 44.9)
    >>> parse_outline_pairs("[[44.9, 17.1], [44.9, 17.2], [44.8, 17.2]]", own).geometry.bounds
    (17.1, 44.8, 17.2, 44.9)
    """
    rings = _rings_of(value)
    return None if rings is None else outline_of_rings(rings, own)


def outline_of_rings(rings: Rings, own: BaseGeometry | None) -> TextGeometry | None:
    """The outline of corners; None if they are fewer than three, or lie nowhere near the row's own position.

    Raises
    ------
    TextGeometryInvalid
        The order of its pairs cannot be told.
    """
    if not any(len(set(ring)) > 2 for ring in rings.rings):
        return None
    orders = [rings.is_lon_first] if rings.is_lon_first is not None else _orders(rings.rings, own)
    if not orders and all(abs(n) <= 180 for ring in rings.rings for pair in ring for n in pair):
        return None  # numbers that lie nowhere near the row's position are of something else
    if len(orders) != 1:
        raise TextGeometryInvalid("it is not clear which number of a pair is the longitude")
    turned = [[(a, b) if orders[0] else (b, a) for a, b in ring] for ring in rings.rings if len(set(ring)) > 2]
    if rings.srid is None and any(
        abs(lat_deg) > 90 or abs(lon_deg) > 360 for ring in turned for lon_deg, lat_deg in ring
    ):
        return None
    areas = [shapely.Polygon(ring) for ring in turned]
    inner: BaseGeometry = shapely.LineString(turned[0])
    if rings.are_areas or all(ring[0] == ring[-1] for ring in turned):
        inner = areas[0] if len(areas) == 1 else _once_covered(areas)
    outer = areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)
    return TextGeometry(outer, rings.srid, None, rings.notation, inner)


def _once_covered(areas: Sequence[BaseGeometry]) -> BaseGeometry:
    out: BaseGeometry = shapely.make_valid(areas[0])
    for area in areas[1:]:
        out = shapely.symmetric_difference(out, shapely.make_valid(area))
    return out


def _orders(rings: Sequence[Ring], own: BaseGeometry | None) -> list[bool]:
    """Whether the longitude may come first, and second: what lies by the row's own position, or what is on Earth."""
    orders = []
    for is_lon_first in (True, False):
        places = [(a, b) if is_lon_first else (b, a) for ring in rings for a, b in ring]
        if any(abs(lat_deg) > 90 or abs(lon_deg) > 180 for lon_deg, lat_deg in places):
            continue
        if (
            own is None
            or own.is_empty
            or min(distance_m(*place, *own.centroid.coords[0]) for place in places) <= _NEAR_M
        ):
            orders.append(is_lon_first)
    return orders


def _rings_of(value: Any) -> Rings | None:
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("<"):
            rings = [_tuples(element) for element in _KML.findall(text)]
            return Rings([ring for ring in rings if ring], "KML", True, "LinearRing" in text)
        if _TUPLES.fullmatch(text):
            return Rings([_tuples(text)], "list of pairs", None, False)
        if text[:1] not in ("[", "{"):
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, Mapping):
        key = "rings" if "rings" in value else "paths"
        places = _nested(value.get(key))
        return Rings(places, "Esri JSON", True, key == "rings", _system_of(value)) if places else None
    if isinstance(value, list) and value and all(isinstance(vertex, Mapping) for vertex in value):
        named = [_named(vertex) for vertex in value]
        known = [place for place in named if place is not None]
        return Rings([known], "list of places", True, False) if len(known) == len(named) else None
    rings_found = _nested(value)
    return Rings(rings_found, "list of pairs", None, False) if rings_found else None


def _system_of(value: Mapping[str, Any]) -> int | None:
    """The number of the system that Esri JSON states; ArcGIS has two of its own for web Mercator."""
    reference = value.get("spatialReference")
    if not isinstance(reference, Mapping):
        return None
    number = reference.get("latestWkid", reference.get("wkid"))
    number = 3857 if number in (102100, 102113) else number
    if number == 4326:
        return None
    import pyproj

    try:
        pyproj.CRS.from_epsg(number)
    except (pyproj.exceptions.CRSError, TypeError, ValueError) as error:
        raise TextGeometryInvalid("its spatialReference is not known here; write it as WKT or GeoJSON") from error
    return int(number)


def _named(value: Mapping[str, Any]) -> tuple[float, float] | None:
    by_name = {str(name).lower(): number for name, number in value.items()}
    lon_deg, lat_deg = (next((by_name[name] for name in names if name in by_name), None) for names in (_LON, _LAT))
    try:
        place = float(lon_deg), float(lat_deg)  # type: ignore[arg-type]  # None is among what is caught
    except (TypeError, ValueError, OverflowError):
        return None
    return place if all(map(math.isfinite, place)) else None


def _tuples(text: str) -> Ring:
    """The pairs of a text such as ``17.1,44.9,0 17.2,44.9,0``."""
    pairs = re.findall(rf"({_NUMBER})\s*,\s*({_NUMBER})(?:\s*,\s*{_NUMBER}(?=[\s;|)]|$))?", text)
    return [(float(a), float(b)) for a, b in pairs]


def _nested(value: Any, depth: int = 0) -> list[Ring]:
    """The rings in lists of pairs, nested as polygons and multipolygons are; empty if anything else is in them."""
    if not isinstance(value, list) or not value or depth > 4:
        return []
    if all(_is_pair(pair) for pair in value):
        return [[(float(pair[0]), float(pair[1])) for pair in value]]
    inner = [_nested(part, depth + 1) for part in value]
    return [] if not all(inner) else [ring for rings in inner for ring in rings]


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 4
        and all(isinstance(n, int | float) and not isinstance(n, bool) and abs(n) <= 1e300 for n in value)
    )
