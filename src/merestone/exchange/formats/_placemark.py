"""The placemarks of a KML document (OGC 07-147r2) as rows.

Read here rather than by GDAL: at a position that it cannot understand, LIBKML (GDAL 3.12.4) leaves out a corner or
makes one up, without a word, and an outline comes out smaller than it was.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely

from merestone.exchange.formats._kml_document import Layer, child_of, local, text_of
from merestone.exchange.formats._kml_track import track_of
from merestone.exchange.rows.row import Fault, Row
from merestone.exchange.rows.shape import ShapeFaulty, shape_of
from merestone.exchange.rows.xml import raw_text
from merestone.terms import number_of

_TRACKS: Final = frozenset(["Track", "MultiTrack"])
_SHAPES: Final = frozenset(["Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", *_TRACKS])
_NUMBERS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("int", "uint", "short", "ushort"), int),
    **dict.fromkeys(("float", "double"), lambda text: int(text) if text.lstrip("-").isdecimal() else float(text)),
    "bool": lambda text: {"1": True, "true": True, "0": False, "false": False}[text.lower()],
}
_SIDES: Final = ("west", "east", "south", "north")
IMAGE_AS_AREA: Final = Fault(
    "image_as_area", "an image laid on the ground: its whole extent was taken; draw what the image shows as outlines"
)
_PLAIN: Final = ("description", "Snippet", "snippet", "address", "phoneNumber")
_TIMES: Final = ("when", "begin", "end")


def rows_of(layers: Sequence[Layer], *, is_joint: bool) -> Iterator[Row]:
    """A row for each placemark, in the order of the file.

    With several documents read together (`is_joint`), a row also names its document.
    """
    number = 0
    for layer in layers:
        extra: dict[str, Any] = {"Document": layer.document} if is_joint and layer.document else {}
        if is_joint or len(layer.folders) > 1:
            extra["Folder"] = " / ".join(layer.folders) or None
        for mark in layer.marks:
            number += 1
            yield _row(number, mark, layer, extra)


def _row(number: int, mark: ET.Element, layer: Layer, extra: Mapping[str, Any]) -> Row:
    geometry, inner, fault, times = None, None, None, None
    remarks: tuple[Fault, ...] = ()
    try:
        elements = [child for child in mark if local(child) in _SHAPES]
        if len(elements) == 1 and local(elements[0]) in _TRACKS:
            track = track_of(elements[0])
            geometry, remarks, times = track.geometry, track.remarks, track.times
        elif local(mark) == "GroundOverlay":
            geometry, inner, remarks = extent_of_image(mark), shapely.Polygon(), (IMAGE_AS_AREA,)
        elif elements:
            notes: list[Fault] = []
            shapes = [_mapping(element, notes) for element in elements]
            geometry, remarks = shape_of(shapes[0] if len(shapes) == 1 else _joined(shapes))
            remarks = (*notes, *remarks)
    except ShapeFaulty as faulty:
        fault = faulty.fault
    except RecursionError:
        fault = Fault("unreadable_geometry", "its geometries are nested too deeply")
    return Row(
        number,
        geometry,
        {**extra, **_attributes(mark, layer, times)},
        fault=fault,
        remarks=remarks,
        text=raw_text(mark),
        times=times,
        inner_geometry=inner,
    )


def _attributes(mark: ET.Element, layer: Layer, times: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {"Name": text_of(mark, "name")}
    for name in _PLAIN:
        if (text := text_of(mark, name)) is not None:
            attributes[name] = text
    for stamp in mark:
        if local(stamp) in ("TimeStamp", "TimeSpan"):
            attributes |= {name: text for name in _TIMES if (text := text_of(stamp, name)) is not None}
    if times is not None and (read := times[~np.isnat(times)]).size:
        attributes |= {"begin": f"{read[0]}Z", "end": f"{read[-1]}Z"}
    columns = layer.types.all_columns
    for data in mark:
        if local(data) == "ExtendedData":
            columns = _extended(data, layer, attributes)
        elif local(data) in columns and local(data) not in attributes:  # KML 2.1: a column as an element of its own
            attributes[local(data)] = _typed(data.text, columns[local(data)])
    attributes |= _region(mark)
    if (identity := mark.get("id")) is not None:
        attributes.setdefault("id", identity)
    return attributes | {name: None for name in columns if name not in attributes}


def _extended(extended: ET.Element, layer: Layer, attributes: dict[str, Any]) -> Mapping[str, str]:
    """Put the columns of ``ExtendedData`` into `attributes`; returns the types of those that its schemas declare."""
    declared: dict[str, str] = {}
    urls = [child.get("schemaUrl") for child in extended if local(child) == "SchemaData"]
    for child in extended:
        if local(child) == "Data":
            attributes[_named(child.get("name", ""), text_of(child, "displayName"))] = text_of(child, "value")
        elif local(child) == "SchemaData":
            types = layer.types.of(child.get("schemaUrl"))
            declared |= types
            for cell in child:
                if local(cell) == "SimpleData":
                    name = cell.get("name", "")
                    attributes[name] = _typed(cell.text, types.get(name, "string"))
        else:
            _take_foreign(child, attributes)
    return declared if urls else layer.types.all_columns


def _take_foreign(element: ET.Element, attributes: dict[str, Any]) -> None:
    """Put XML of another namespace into `attributes`, which may stand in extended data (OGC 07-147r2, section 9.2)."""
    for leaf in element.iter():
        if (text := (leaf.text or "").strip()) and (not len(leaf) or leaf is element):
            attributes.setdefault(local(leaf), text)
        for name, value in leaf.items():
            attributes.setdefault(f"{local(leaf)}.{name.rpartition('}')[2]}", value)


def _region(mark: ET.Element) -> dict[str, str]:
    """The box of a placemark's region where it is no level of detail: nothing but the extent of what it marks."""
    region = next((child for child in mark if local(child) == "Region"), None)
    if region is None or any(local(child) == "Lod" for child in region.iter()):
        return {}
    sides = {local(child): (child.text or "").strip() for child in region.iter()}
    if not all(sides.get(side) for side in _SIDES):
        return {}
    return {"region_bbox": ",".join(sides[side] for side in ("west", "south", "east", "north"))}


def _named(name: str, shown: str | None) -> str:
    """The name of a column, or the one that is shown in its place where that alone states a unit: Radius (km)."""
    has_unit = shown is not None and re.search(r"[(\[]\s*\S{1,6}\s*[)\]]\s*$", shown) is not None
    return shown if shown is not None and has_unit and not re.search(r"[)\]]\s*$", name) else name


def _typed(text: str | None, kind: str) -> Any:
    """The value as its schema declares it; as text where it is not of that type."""
    if text is None or kind not in _NUMBERS:
        return text
    try:
        return _NUMBERS[kind](text.strip())
    except (ValueError, KeyError):
        return text


def _mapping(element: ET.Element, notes: list[Fault]) -> dict[str, Any]:
    """The element as a GeoJSON geometry object; what had to be decided is put into `notes`."""
    kind = local(element)
    if kind == "Point":
        positions = _positions(element)
        if len(positions) > 1:
            raise ShapeFaulty("unreadable_position", f"a Point has {number_of(len(positions), 'position')}")
        return {"type": "Point", "coordinates": positions[0] if positions else []}
    if kind in ("LineString", "LinearRing"):
        return {"type": "LineString", "coordinates": _line(element, kind, notes)}
    if kind == "Polygon":
        rings = []
        for boundary in ("outerBoundaryIs", "innerBoundaryIs"):
            for child in element:
                if local(child) == boundary:
                    rings += [_positions(ring) for ring in child if local(ring) == "LinearRing"]
        return {"type": "Polygon", "coordinates": rings}
    if kind == "MultiGeometry":
        return _joined([_mapping(child, notes) for child in element if local(child) in _SHAPES])
    if kind in _TRACKS:
        track = track_of(element)
        notes += track.remarks
        return {"type": "MultiLineString", "coordinates": track.lines()}
    place = child_of(element, "Location")
    axes = [text_of(place, axis) for axis in ("longitude", "latitude")] if place is not None else []
    try:
        position = [float(axis or "") for axis in axes]
    except ValueError:
        position = []
    if not position:
        raise ShapeFaulty("unreadable_geometry", f"{kind} is not a place on the ground that is read here")
    notes.append(Fault("model_as_point", "a Model, which is a drawn thing, was taken as the place where it stands"))
    return {"type": "Point", "coordinates": position}


def _line(element: ET.Element, kind: str, notes: list[Fault]) -> list[list[float]]:
    positions = _positions(element)
    if kind == "LinearRing" and len(positions) > 2 and positions[0] != positions[-1]:
        notes.append(Fault("unclosed", "LinearRing: the ring was not closed; its first position was added at its end"))
        positions.append(positions[0])
    return positions


def extent_of_image(overlay: ET.Element) -> Any:
    """The ground that an image covers: four corners, or a box, as large as it can be if it is turned.

    Raises
    ------
    ShapeFaulty
        It does not say where it lies.
    """
    quad, box = child_of(overlay, "LatLonQuad"), child_of(overlay, "LatLonBox")
    if quad is not None:
        geometry, _ = shape_of({"type": "Polygon", "coordinates": [_positions(quad)]})
        return geometry
    try:
        sides = {name: float((box is not None and text_of(box, name)) or "") for name in _SIDES}
        turn_deg = float((box is not None and text_of(box, "rotation")) or 0.0)
    except ValueError:
        raise ShapeFaulty("unreadable_position", f"a GroundOverlay needs numbers for {', '.join(_SIDES)}") from None
    west, east, south, north = (sides[name] for name in _SIDES)
    east += 360.0 if east < west else 0.0
    if turn_deg % 180.0:
        x, y = (west + east) / 2.0, (south + north) / 2.0
        shrink = math.cos(math.radians(min(max(abs(south), abs(north)), 89.0)))
        half = math.hypot((east - west) / 2.0, (north - south) / 2.0)
        west, east, south, north = x - half / shrink, x + half / shrink, y - half, y + half
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry, _ = shape_of({"type": "Polygon", "coordinates": [ring]})
    return geometry


def _joined(shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Parts of one kind as the multi-geometry that they mean; others as a collection."""
    kinds = {shape["type"] for shape in shapes}
    if len(kinds) == 1 and (kind := kinds.pop()) in ("Point", "LineString", "Polygon"):
        return {"type": f"Multi{kind}", "coordinates": [shape["coordinates"] for shape in shapes]}
    return {"type": "GeometryCollection", "geometries": list(shapes)}


def _positions(element: ET.Element) -> list[list[float]]:
    """``lon,lat[,height]`` separated by white space; heights are left out, spaces beside a comma forgiven."""
    positions: list[list[float]] = []
    text = ",".join(part.strip() for part in (text_of(element, "coordinates") or "").split(","))
    for token in text.split():
        parts = token.split(",")
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) not in (2, 3):
            place = f"{local(element)}, position {len(positions) + 1}"
            raise ShapeFaulty("unreadable_position", f"{place}: {token[:60]!r} is not longitude,latitude")
        positions.append(numbers[:2])
    return positions
