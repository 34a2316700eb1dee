"""GeoJSON (RFC 7946), and the older form that may name a coordinate reference system.

Read here rather than by GDAL, whose reader turns a geometry it cannot understand into an empty one without a word:
each row keeps its own text, and each fault has its place.
"""

import json
import re
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._reference import ToLonLat, name_of, reference_of
from merestone.exchange.formats._shape import ShapeFaulty, polygons_at_once, shape_of
from merestone.exchange.formats.format import Feature
from merestone.exchange.row import Fault, Reading, Row
from merestone.terms import FileRefused

CHUNK: Final = 2048
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()
_GEOMETRIES: Final = frozenset(
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]
)
Piece = tuple[str, Any]
"""A feature's own text, and what it says."""


class GeoJson:
    """One layer, named as the file. A FeatureCollection, a single Feature, or a bare geometry."""

    name = "GeoJSON"
    suffixes = (".geojson", ".json")
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """Text that begins with a brace and is not another kind of JSON by its name."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")

    def layers(self, path: Path) -> tuple[str, ...]:
        """One layer, named as the file."""
        return (path.stem,)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; a row whose geometry cannot be read says where and why."""
        if layer is not None and layer != path.stem:
            raise FileRefused(path, f"it has no layer {layer!r}", f"it has one layer, {path.stem}; leave --layer out")
        text = _text_of(path)
        if '"crs"' in text:
            stated = _stated_crs(text, path)
        else:
            stated = "OGC:CRS84"  # RFC 7946, section 4
        reference = reference_of(stated, crs, path=path)
        to_lon_lat = ToLonLat(reference)
        code = name_of(reference)

        def rows() -> Iterator[Row]:
            pieces = _pieces(text, path)
            first = 1
            while chunk := list(islice(pieces, CHUNK)):
                yield from _rows(chunk, first, to_lon_lat, code)
                reading.shift_m = to_lon_lat.shift_m
                first += len(chunk)

        reading = Reading(rows(), format_name=self.name, layer=path.stem, crs=code, total=None)
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """A FeatureCollection, one feature a line, outer rings anticlockwise; `about` as members of the collection.

        Every digit is written: a rounded corner could lie inside the true one.
        """
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write('{"type": "FeatureCollection",\n"name": ' + json.dumps(layer, ensure_ascii=False) + ",\n")
            if about:
                file.write('"about": ' + json.dumps(dict(about), ensure_ascii=False) + ",\n")
            file.write('"features": [')
            for place, feature in enumerate(features):
                geometry = None
                if feature.geometry is not None:
                    geometry = shapely.geometry.mapping(shapely.orient_polygons(feature.geometry))
                line = {"type": "Feature", "properties": dict(feature.attributes), "geometry": geometry}
                file.write((",\n" if place else "\n") + json.dumps(line, ensure_ascii=False, allow_nan=False))
            file.write("\n]}\n")


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"byte {error.start + 1} is not UTF-8, which GeoJSON must be (RFC 8259, section 8.1)"
        raise FileRefused(path, why, "convert it to UTF-8 and try again") from error


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - (text.rfind(chr(10), 0, at) + 1) + 1}"


def _refused(path: Path, text: str, at: int, why: str) -> FileRefused:
    end = " (the file ends here)" if at >= len(text.rstrip()) else ""
    return FileRefused(path, f"{_place(text, at)}{end}: {why}", "the file is cut off or damaged; get it again")


def _value(text: str, at: int, path: Path) -> tuple[Any, int]:
    """The JSON value that begins at `at` (after white space), and where it ends."""
    try:
        return _DECODER.raw_decode(text, _SPACE.match(text, at).end())  # type: ignore[union-attr]
    except json.JSONDecodeError as error:
        raise _refused(path, text, error.pos, error.msg[:1].lower() + error.msg[1:]) from error
    except RecursionError as error:
        raise _refused(path, text, at, "lists are nested too deeply to be a geometry") from error
    except ValueError as error:  # a number of more than 4,300 digits
        raise _refused(path, text, at, str(error)) from error


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None  # the pattern also matches nothing
    return found.end()


def _pieces(text: str, path: Path, header: dict[str, Any] | None = None) -> Iterator[Piece]:
    """Each feature with its own text; the collection's other members are put into `header`.

    Raises
    ------
    FileRefused
        With line and column, where the text stops being JSON, or is JSON but no GeoJSON.
    """
    header = {} if header is None else header
    at = _skip(text, _skip(text, 0) + 1)
    listed = False
    while text[at : at + 1] != "}":
        key, at = _value(text, at, path)
        at = _skip(text, at)
        if not isinstance(key, str) or text[at : at + 1] != ":":
            raise _refused(path, text, at, "a name in quotes and then a colon belong here")
        at = _skip(text, at + 1)
        if key == "features" and text[at : at + 1] == "[":
            listed = True
            at = yield from _elements(text, at, path)
        else:
            header[key], at = _value(text, at, path)
        at = _skip(text, at)
        if text[at : at + 1] == "," and text[_skip(text, at + 1) : _skip(text, at + 1) + 1] == '"':
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "}":
            raise _refused(path, text, at, "a comma and the next name, or the closing brace, belong here")
    if (end := _skip(text, at + 1)) < len(text):
        raise _refused(path, text, end, "something follows the end of the object")
    kind = header.get("type")
    if kind == "Feature" or (isinstance(kind, str) and kind in _GEOMETRIES):
        yield text.strip(), header
    elif kind != "FeatureCollection" or not listed:
        why = f"it is JSON, but no GeoJSON: type = {kind!r}" if not listed else f"its type is {kind!r}"
        raise FileRefused(path, why, "give a FeatureCollection with a list named features (RFC 7946, section 3.3)")


def _elements(text: str, at: int, path: Path) -> Generator[Piece, None, int]:
    """The elements of the list that begins at `at`; returns where it ends."""
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, end = _value(text, at, path)
        yield text[at:end], value
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] != ",":
            raise _refused(path, text, at, "a comma or the end of the list belongs here")
        at = _skip(text, at + 1)


def _stated_crs(text: str, path: Path) -> str | None:
    """The name in the member ``crs`` of the 2008 form; without it, longitude and latitude (RFC 7946, section 4)."""
    header: dict[str, Any] = {}
    deque(_pieces(text, path, header), maxlen=0)
    stated = header.get("crs", {})
    if stated is None:
        return None  # the 2008 form's way to say that nothing can be assumed
    properties = stated.get("properties") if isinstance(stated, Mapping) else None
    name = properties.get("name") if isinstance(properties, Mapping) else None
    if isinstance(name, str):
        return name
    if stated == {}:
        return "OGC:CRS84"
    raise FileRefused(path, f"its member crs = {json.dumps(stated)[:200]} names no system", "name one as in EPSG:4326")


def _rows(pieces: Sequence[Piece], first: int, to_lon_lat: ToLonLat, crs: str) -> Iterator[Row]:
    """The rows of one chunk; the common case, flawless polygons, is made at once."""
    values = [value.get("geometry", value) if isinstance(value, Mapping) else value for _, value in pieces]
    stated = [place for place, value in enumerate(values) if value is not None]
    made: list[BaseGeometry | None] = [None] * len(pieces)
    faults: dict[int, Fault] = {}
    remarks: dict[int, tuple[Fault, ...]] = {}
    quick = polygons_at_once(values)
    for place in stated:
        try:
            if place in quick:
                made[place] = quick[place]
            else:
                made[place], remarks[place] = shape_of(values[place])
        except ShapeFaulty as faulty:
            faults[place] = faulty.fault
    moved = to_lon_lat(made)
    for place, (text, value) in enumerate(pieces):
        attributes, fault = _attributes(value)
        yield Row(
            first + place,
            moved[place],
            attributes,
            fault=faults.get(place) or fault,
            remarks=remarks.get(place, ()),
            text=text,
            crs=crs,
        )


def _attributes(value: Any) -> tuple[Mapping[str, Any], Fault | None]:
    if not isinstance(value, Mapping):
        return {}, Fault("unreadable_feature", "this element of features is no object")
    properties = value.get("properties")
    if properties is None:
        properties = {}
    if not isinstance(properties, Mapping):
        return {}, Fault("unreadable_feature", "properties is not an object (RFC 7946, section 3.2)")
    if "id" in value and "id" not in properties:
        return {**properties, "id": value["id"]}, None
    return properties, None
