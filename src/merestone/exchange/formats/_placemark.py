"""The placemarks of a KML document (OGC 07-147r2) as rows.

Read here rather than by GDAL: at a position that it cannot understand, LIBKML (GDAL 3.12.4) leaves out a corner or
makes one up, without a word, and an outline comes out smaller than it was.
"""

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._shape import ShapeFaulty, shape_of
from merestone.exchange.row import Fault, Row
from merestone.terms import FileRefused

_LARGEST: Final = 1 << 30
"""Bytes to which a zipped document may grow."""
_SHAPES: Final = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model")
_COMMA: Final = re.compile(r"\s*,\s*")
_NUMBERS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("int", "uint", "short", "ushort"), int),
    **dict.fromkeys(("float", "double"), float),
    "bool": lambda text: {"1": True, "true": True, "0": False, "false": False}[text.lower()],
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: its layers by name, each the placemarks that stand directly in one folder or document."""

    layers: Mapping[str, Sequence[ET.Element]]
    types: Mapping[str, str]
    """Types of columns as schemas declare them."""
    links: int
    """Links to other documents, which are not followed."""


def document_of(path: Path) -> Document:
    """Parse a KML or KMZ file.

    Raises
    ------
    FileRefused
        It is no XML (with line and column), no KML, no zip archive with one, or it uses entities to grow.
    """
    try:
        root = defusedxml.ElementTree.fromstring(_bytes_of(path))
    except ET.ParseError as error:
        line, column = error.position
        raise FileRefused(
            path, f"line {line}, column {column + 1}: {error}", "the file is cut off or damaged; get it again"
        ) from error
    except DefusedXmlException as error:
        raise FileRefused(path, f"it defines entities of its own ({error})", "save it as plain KML") from error
    if _local(root) != "kml":
        raise FileRefused(
            path, f"its first element is {_local(root)!r}, not kml", "check that this is the file you meant"
        )
    layers: dict[str, list[ET.Element]] = {}
    _collect(root, path.stem, layers)
    types = {
        field.get("name", ""): field.get("type", "string") for field in root.iter() if _local(field) == "SimpleField"
    }
    return Document(layers, types, sum(_local(element) == "NetworkLink" for element in root.iter()))


def _bytes_of(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [info for info in archive.infolist() if info.filename.lower().endswith(".kml")]
            if not inside:
                raise FileRefused(path, "the archive holds no .kml", "check that this is the file you meant")
            if inside[0].file_size > _LARGEST:
                raise FileRefused(path, f"{inside[0].filename} in it is larger than 1 GiB", "split it")
            return archive.read(inside[0])
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise FileRefused(path, f"the archive cannot be read: {error}", "get it again from where it came") from error


def _local(element: ET.Element) -> str:
    """The name without its namespace: KML 2.0 to 2.3 and Google's own have different ones."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if _local(child) == name), None)


def _text(element: ET.Element, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None or child.text is None or not child.text.strip() else child.text.strip()


def _collect(container: ET.Element, fallback: str, layers: dict[str, list[ET.Element]]) -> None:
    name = _text(container, "name") or container.get("id") or fallback
    marks = [child for child in container if _local(child) == "Placemark"]
    folders = [child for child in container if _local(child) in ("Document", "Folder")]
    if marks or (_local(container) == "Folder" and not folders):
        unique, count = name, 1
        while unique in layers:
            count += 1
            unique = f"{name} (#{count})"
        layers[unique] = marks
    for folder in folders:
        _collect(folder, fallback, layers)


def rows_of(marks: Sequence[ET.Element], types: Mapping[str, str]) -> Iterator[Row]:
    """A row for each placemark, in the order of the file."""
    for number, mark in enumerate(marks, start=1):
        geometry: BaseGeometry | None = None
        remarks: tuple[Fault, ...] = ()
        fault: Fault | None = None
        try:
            shapes = [_mapping(child) for child in mark if _local(child) in _SHAPES]
            if shapes:
                geometry, remarks = shape_of(shapes[0] if len(shapes) == 1 else _joined(shapes))
        except ShapeFaulty as faulty:
            fault = faulty.fault
        yield Row(
            number,
            geometry,
            _attributes(mark, types),
            fault=fault,
            remarks=remarks,
            text=ET.tostring(mark, encoding="unicode").strip(),
        )


def _attributes(mark: ET.Element, types: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"Name": _text(mark, "name")}
    if (description := _text(mark, "description")) is not None:
        found["description"] = description
    for element in mark.iter():
        if _local(element) == "SimpleData":
            name = element.get("name", "")
            found[name] = _typed(element.text, types.get(name, "string"))
        elif _local(element) == "Data":
            found[element.get("name", "")] = _text(element, "value")
    return found | {name: None for name in types if name not in found}


def _typed(text: str | None, kind: str) -> Any:
    """The value as its schema declares it; as text where it is not of that type."""
    if text is None or kind not in _NUMBERS:
        return text
    try:
        return _NUMBERS[kind](text.strip())
    except (ValueError, KeyError):
        return text


def _mapping(element: ET.Element) -> dict[str, Any]:
    """The element as a GeoJSON geometry object."""
    kind = _local(element)
    if kind == "Point":
        positions = _positions(element)
        if len(positions) > 1:
            raise ShapeFaulty("unreadable_position", f"a Point has {len(positions)} positions")
        return {"type": "Point", "coordinates": positions[0] if positions else []}
    if kind in ("LineString", "LinearRing"):
        return {"type": "LineString", "coordinates": _positions(element)}
    if kind == "Polygon":
        rings = []
        for boundary in ("outerBoundaryIs", "innerBoundaryIs"):
            for child in element:
                if _local(child) == boundary:
                    rings += [_positions(ring) for ring in child if _local(ring) == "LinearRing"]
        return {"type": "Polygon", "coordinates": rings}
    if kind == "MultiGeometry":
        return _joined([_mapping(child) for child in element if _local(child) in _SHAPES])
    raise ShapeFaulty("unreadable_geometry", f"{kind} is no place on the ground that is read here")


def _joined(shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Parts of one kind as the multi-geometry that they mean; others as a collection."""
    kinds = {shape["type"] for shape in shapes}
    if len(kinds) == 1 and (kind := kinds.pop()) in ("Point", "LineString", "Polygon"):
        return {"type": f"Multi{kind}", "coordinates": [shape["coordinates"] for shape in shapes]}
    return {"type": "GeometryCollection", "geometries": list(shapes)}


def _positions(element: ET.Element) -> list[list[float]]:
    """``lon,lat[,height]`` separated by white space; heights are left out, spaces beside a comma forgiven."""
    positions: list[list[float]] = []
    for token in _COMMA.sub(",", _text(element, "coordinates") or "").split():
        parts = token.split(",")
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) not in (2, 3):
            place = f"{_local(element)}, position {len(positions) + 1}"
            raise ShapeFaulty("unreadable_position", f"{place}: {token[:60]!r} is not longitude,latitude")
        positions.append(numbers[:2])
    return positions
