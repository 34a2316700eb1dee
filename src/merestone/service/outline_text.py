"""An outline as a person pastes it into a form: GeoJSON, WKT, or one position on each line; refused in our own words.

Sources: RFC 7946 (GeoJSON), OGC 06-103r4 (WKT).
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places import TextGeometryInvalid, parse_text_geometry
from merestone.geodesy import parse_position
from merestone.terms import FieldRefused, number_of

WGS84_NAMES: Final = ("CRS84", "4326")
EXAMPLE: Final = "paste GeoJSON or WKT, or write one position on each line, such as 44.9012 N, 17.1034 E"
SHOWN: Final = 60
"""Characters of what was pasted that a refusal repeats."""


def outline_of(text: str) -> BaseGeometry:
    """The outline that a text gives, longitude first, as it stands there; nothing of it is checked or repaired yet.

    Raises
    ------
    FieldRefused

    >>> outline_of("0.1 N, 0.2 E").wkt
    'POINT (0.2 0.1)'
    """
    text = text.lstrip("\ufeff").strip()
    if not text:
        _refuse(text, "is empty", EXAMPLE)
    if text[0] in "{[":
        return shapely.force_2d(_from_geojson(text))
    if text[0].isalpha() and "(" in text:
        return shapely.force_2d(_from_wkt(text))
    return _from_positions(text)


def shape_words(shape: BaseGeometry) -> str:
    """A shape's type in a person's words.

    >>> shape_words(shapely.MultiPolygon())
    'multi polygon'
    """
    name = shape.geom_type.replace("LineString", "line").replace("GeometryCollection", "collection")
    return name.replace("Multi", "multi ").lower()


def _refuse(text: str, why: str, remedy: str) -> NoReturn:
    raise FieldRefused("geometry", text[:SHOWN], why, remedy) from None


def _from_geojson(text: str) -> BaseGeometry:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(
            text,
            f"is not complete GeoJSON: it breaks off or errs at line {error.lineno}, column {error.colno}",
            EXAMPLE,
        )
    except (ValueError, RecursionError):  # a number of thousands of digits, or thousands of brackets
        _refuse(text, "is nested too deeply, or has a number too long, to be read as GeoJSON", EXAMPLE)
    return _shape(text, _geometry(text, value))


def _geometry(text: str, value: Any) -> Any:
    """The one geometry of a GeoJSON object."""
    if not isinstance(value, Mapping):
        _refuse(text, "is a list, not a GeoJSON object with a type and coordinates", EXAMPLE)
    crs = value.get("crs")
    if crs and not any(name in json.dumps(crs) for name in WGS84_NAMES):
        _refuse(text, "states another reference system", "give WGS 84, or import the file")
    match value.get("type"):
        case "FeatureCollection":
            features = value.get("features")
            if not isinstance(features, list) or len(features) != 1:
                count = len(features) if isinstance(features, list) else 0
                _refuse(text, f"holds {number_of(count, 'feature')}", "paste one, or import the file")
            return _geometry(text, features[0])
        case "Feature":
            if value.get("geometry") is None:
                _refuse(text, "is a feature without a geometry", EXAMPLE)
            return _geometry(text, value["geometry"])
    return value


def _shape(text: str, value: Any) -> BaseGeometry:
    try:
        text_geometry = parse_text_geometry(json.dumps(value))
    except TextGeometryInvalid as fault:
        _refuse(text, str(fault), "correct it")
    except RecursionError:
        _refuse(text, "is nested too deeply to be read", EXAMPLE)
    if text_geometry is None:
        _refuse(text, "is not a GeoJSON object with a type and coordinates", EXAMPLE)
    return text_geometry.geometry


def _from_wkt(text: str) -> BaseGeometry:
    try:
        text_geometry = parse_text_geometry(text)
    except TextGeometryInvalid:
        text_geometry = None
    if text_geometry is None:
        _refuse(text, "begins like WKT and cannot be read to its end", EXAMPLE)
    if text_geometry.inner is not None:
        _refuse(text, "has arcs", "import it from a file, which says what lies within them")
    if text_geometry.srid not in (None, 4326):
        _refuse(text, f"states another reference system (SRID {text_geometry.srid})", "give WGS 84, or import the file")
    return text_geometry.geometry


def positions_of(text: str) -> list[list[float]]:
    """The positions of a text with one on each line: longitude and latitude in degrees.

    Raises
    ------
    FieldRefused
    """
    places = []
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                place = parse_position(line)
            except FieldRefused as refused:
                where = f"line {number}, " if len(lines) > 1 else ""
                _refuse(line, f"{where}{refused.why}", refused.remedy)
            places.append([place.lon_deg, place.lat_deg])
    return places


def _from_positions(text: str) -> BaseGeometry:
    places = positions_of(text)
    if len(places) == 1:
        return shapely.Point(places[0])
    if len(places) == 2:
        return shapely.LineString(places)
    return shapely.Polygon(places)
