"""A geometry in one cell of text: WKT, EWKT, hexadecimal WKB and EWKB, GeoJSON, and the shapes of ODK and Kobo forms.

Sources: OGC 06-103r4 (WKT, WKB); PostGIS manual, 4.1.3 (EWKT, EWKB); RFC 7946 (GeoJSON); ODK XForms specification, data
types geopoint, geotrace and geoshape (latitude first, then longitude, altitude and accuracy; points parted by ``;``).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.arcs import arc_remark, deviation_m
from merestone.exchange.rows.nesting import is_wkb_too_deep, is_wkt_too_deep
from merestone.exchange.rows.row import Fault, is_curved_wkb
from merestone.exchange.rows.shape import ShapeFaulty, shape_of
from merestone.geodesy import straightened

_WKT: Final = re.compile(
    r"\s*(?:SRID\s*=\s*(?P<srid>\d+)\s*;)?\s*(?P<wkt>(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)|LINEARRING|"
    r"CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|GEOMETRYCOLLECTION|TRIANGLE|TIN|POLYHEDRALSURFACE)\s*"
    r"(?:Z|M|ZM)?\s*(?:\(.*|EMPTY)\s*)",
    re.IGNORECASE | re.DOTALL,
)
_HEX: Final = re.compile(r"\s*(?:\\x|0x)?(?P<hex>0[01](?:[0-9a-fA-F]{2}){8,})\s*")
_NUMBER: Final = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_DECIMAL_COMMAS: Final = re.compile(r"\s*[-+]?\d+,\d+\s+[-+]?\d+,\d+\s*")
"""Two numbers with decimal commas, and not four whole ones."""
_ODK_POINT: Final = re.compile(rf"\s*({_NUMBER})[\s,]+({_NUMBER})(?:[\s,]+({_NUMBER})(?:[\s,]+({_NUMBER}))?)?\s*")


_PLAIN_NAMES: Final = {"TRIANGLE": "POLYGON", "TIN": "MULTIPOLYGON", "POLYHEDRALSURFACE": "MULTIPOLYGON"}
_LINEAR: Final = re.compile("|".join(_PLAIN_NAMES), re.IGNORECASE)
"""Written as areas that GEOS has, with the same brackets."""
_CURVE: Final = re.compile("CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|MULTICURVE|MULTISURFACE", re.IGNORECASE)
_WHOLE_DEGREES: Final = re.compile(r"\s*[-+]?\d+[\s,]+(?:[0-5]?\d)(?:\.\d*)?(?:[\s,]+[0-5]?\d(?:\.\d*)?)?\s*")


ORDER_ASSUMED: Final = Fault("axes_assumed", "pairs of numbers were read as latitude, then longitude")


@dataclass(frozen=True, slots=True)
class TextGeometry:
    """What a cell holds."""

    geometry: BaseGeometry
    """Longitude (or x) first, in the coordinates that the text has."""
    srid: int | None
    """The reference system that the text states; None if it states none."""
    accuracy_m: float | None
    """The worst accuracy that its points state, metres."""
    notation: str
    inner: BaseGeometry | None = None
    """What certainly lies within its arcs, for released land; None: it has no arcs."""
    remark: Fault | None = None
    """What had to be done to read it."""
    shift_m: float = 0.0
    """What making arcs of a line straight adds to the accuracy, metres."""
    """WKT, EWKT, WKB, EWKB, GeoJSON, geopoint, geotrace or geoshape."""


RepeatOutline: TypeAlias = Callable[[str, Any], TextGeometry | None]
"""How the answers of a form's repeat become an outline (`repeat_points.outline_of_repeat`), from the column's name and
its value. Passed as an argument to what looks for columns and reads cells, because the repeat's own answers are read
by these again."""


class TextGeometryInvalid(ValueError):
    """The text is clearly meant as a geometry and cannot be read as one."""


def parse_text_geometry(text: str, *, lon_first: bool = False) -> TextGeometry | None:
    """The geometry that a cell holds; None if the text is none at all.

    Parameters
    ----------
    lon_first
        Whether pairs of numbers without more are longitude, then latitude.

    Raises
    ------
    TextGeometryInvalid
        It begins as a geometry does, and cannot be read to its end.

    >>> parse_text_geometry("44.9 17.1 0 5; 44.9 17.2 0 8; 44.8 17.2 0 5; 44.9 17.1 0 5").notation
    'geoshape'
    >>> parse_text_geometry("SRID=4326;POINT(17.1 44.9)").srid
    4326
    >>> parse_text_geometry("Point of entry: the bridge") is None
    True
    """
    if (wkt := _WKT.fullmatch(text)) is not None:
        return _from_wkt(wkt["wkt"], wkt["srid"])
    if (hex_match := _HEX.fullmatch(text)) is not None:
        return _from_hex(hex_match["hex"])
    if text.lstrip()[:1] == "{" and '"type"' in text:
        return _from_geojson(text)
    return _from_odk(text, lon_first=lon_first)


def holds_text_geometry(text: str) -> bool:
    """Whether a cell is meant as a geometry, readable or not: WKT and WKB by how they begin, without their cost.

    >>> holds_text_geometry("POINT(17.1)"), holds_text_geometry("17.1"), holds_text_geometry("44.9 17.1 0 0")
    (True, False, True)
    """
    if _WKT.fullmatch(text) is not None:
        return True
    try:
        return parse_text_geometry(text) is not None
    except TextGeometryInvalid:
        return True


def _from_wkt(text: str, srid: str | None) -> TextGeometry:
    if is_wkt_too_deep(text):
        raise TextGeometryInvalid("the WKT is nested too deeply to be read")
    linear = _LINEAR.sub(lambda match: _PLAIN_NAMES[match[0].upper()], text)
    if _CURVE.search(linear) is not None:
        return _from_curves(linear, int(srid or 0) or None, "WKT" if srid is None else "EWKT")
    try:
        geometry = shapely.from_wkt(linear, on_invalid="fix")
    except (ShapelyError, ValueError, NotImplementedError) as error:
        raise TextGeometryInvalid(f"the WKT cannot be read: {error}") from error
    if geometry is None:
        raise TextGeometryInvalid(f"the WKT cannot be read: {_reason(linear)}")
    # PostGIS writes SRID 0 for a geometry of which no reference system is known.
    return TextGeometry(geometry, int(srid or 0) or None, None, "WKT" if srid is None else "EWKT")


def _from_curves(source: str | bytes, srid: int | None, notation: str) -> TextGeometry:
    try:
        made = straightened(source)
    except ValueError as error:
        raise TextGeometryInvalid(f"its arcs cannot be read: {error}") from error
    is_line = shapely.get_dimensions(made.outward) < 2
    shift_m = deviation_m(made) if is_line else 0.0
    return TextGeometry(made.outward, srid, None, notation, made.inward, arc_remark(made), shift_m)


def _reason(wkt: str) -> str:
    """Why GEOS cannot read it, which its mending reader does not say."""
    try:
        shapely.from_wkt(wkt)
    except (ShapelyError, ValueError, NotImplementedError) as error:
        return str(error)
    return "it ends too early, or a line in it has one point"


def _from_hex(digits: str) -> TextGeometry | None:
    kind = int.from_bytes(bytes.fromhex(digits[2:10]), "little" if digits[1] == "1" else "big")
    if not 1 <= (kind & 0x0FFFFFFF) % 1000 <= 17:
        return None  # hexadecimal digits of something else, such as a checksum
    if is_wkb_too_deep(bytes.fromhex(digits)):
        raise TextGeometryInvalid("the hexadecimal WKB is nested too deeply to be read")
    wkb = bytes.fromhex(digits)
    if is_curved_wkb(wkb):
        srid = int.from_bytes(wkb[5:9], "little" if wkb[0] == 1 else "big") if kind & 0x20000000 else None
        return _from_curves(wkb, srid or None, "EWKB" if srid else "WKB")
    try:
        geometry = shapely.from_wkb(digits, on_invalid="fix")
    except (ShapelyError, ValueError, NotImplementedError) as error:
        raise TextGeometryInvalid(f"the hexadecimal WKB cannot be read: {error}") from error
    if geometry is None:
        raise TextGeometryInvalid("the hexadecimal WKB cannot be read")
    stated = int(shapely.get_srid(geometry))
    return TextGeometry(geometry, stated or None, None, "EWKB" if stated else "WKB")


def _from_geojson(text: str) -> TextGeometry | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if '"coordinates"' not in text:
            return None
        raise TextGeometryInvalid(f"the GeoJSON cannot be read: {error}") from error
    geometry = _geojson_geometry(value)
    if geometry is None:
        return None
    try:
        shape, _ = shape_of(geometry)
    except ShapeFaulty as faulty:
        raise TextGeometryInvalid(f"the GeoJSON cannot be read: {faulty.fault.message}") from faulty
    return TextGeometry(shape, _stated_srid(value, geometry), None, "GeoJSON")


def _stated_srid(*objects: Mapping[str, Any]) -> int | None:
    """The reference system of a ``crs`` member (GeoJSON of 2008, which PostGIS still writes)."""
    for value in objects:
        crs = value.get("crs")
        if crs is None:
            continue
        name = crs.get("properties", {}).get("name") if isinstance(crs, Mapping) else None
        match = re.fullmatch(r"(?:urn:ogc:def:crs:)?(EPSG|OGC):(?:[\d.]*:)?(\w+)", str(name), re.IGNORECASE)
        if match is None or not (match[2].isdigit() or match[2].upper() == "CRS84"):
            raise TextGeometryInvalid(f"the reference system that the GeoJSON states is not known ({name or crs!r})")
        return int(match[2]) if match[2].isdigit() else None
    return None


def _geojson_geometry(value: Any) -> Mapping[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    if value.get("type") == "Feature":
        return _geojson_geometry(value.get("geometry"))
    if value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list):
        parts = [part for feature in value["features"] if (part := _geojson_geometry(feature)) is not None]
        return {"type": "GeometryCollection", "geometries": parts}
    return value if "coordinates" in value or "geometries" in value else None


def _is_degrees_and_minutes(pieces: list[str]) -> bool:
    """Whether a text of one or two parts may be degrees with minutes, or have decimal commas: `44 54.3; 17 6.3`."""
    if len(pieces) == 2:
        return all(_WHOLE_DEGREES.fullmatch(piece) or "," in piece for piece in pieces)
    if len(pieces) == 1:
        numbers = pieces[0].replace(",", " ").split()
        halves = (" ".join(numbers[:2]), " ".join(numbers[2:]))
        return "," in pieces[0] or all(_WHOLE_DEGREES.fullmatch(half) for half in halves)
    return False


def _from_odk(text: str, *, lon_first: bool) -> TextGeometry | None:
    pieces = [piece for piece in text.split(";") if piece.strip()]
    matches = [_ODK_POINT.fullmatch(piece) for piece in pieces]
    if not pieces or matches[0] is None:
        return None
    if _is_degrees_and_minutes(pieces) or all(map(_DECIMAL_COMMAS.fullmatch, pieces)):
        return None
    if any(match is None for match in matches):
        if len(pieces) > 2 and sum(match is not None for match in matches) > len(matches) / 2:
            raise TextGeometryInvalid("one of its points is not latitude, longitude, altitude and accuracy")
        return None
    numbers = [[float(n) for n in match.groups() if n is not None] for match in matches if match is not None]
    are_pairs = all(len(point) < 4 for point in numbers)  # a form writes four numbers
    is_turned = lon_first and are_pairs
    places = [(first, second) if is_turned else (second, first) for first, second, *_ in numbers]
    if len(pieces) == 1 and len(numbers[0]) < 4:
        return None  # two or three numbers may be anything
    if any(abs(lat_deg) > 90 or abs(lon_deg) > 180 for lon_deg, lat_deg in places):
        return None
    # Collect writes an accuracy of 0 for a point that was placed by hand on the map: it states none.
    accuracy_m = max((point[3] for point in numbers if len(point) == 4 and point[3] > 0), default=None)
    if len(places) == 1:
        return TextGeometry(shapely.Point(places[0]), None, accuracy_m, "geopoint")
    remark = ORDER_ASSUMED if are_pairs and not lon_first else None
    if len(places) > 3 and places[0] == places[-1]:
        return TextGeometry(shapely.Polygon(places), None, accuracy_m, "geoshape", remark=remark)
    return TextGeometry(shapely.LineString(places), None, accuracy_m, "geotrace", remark=remark)
