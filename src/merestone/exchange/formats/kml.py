"""OGC KML 2.2 and zipped KML, as phones and globes show it."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._kml_document import ZIP, documents_of
from merestone.exchange.formats._ogr import layer_of
from merestone.exchange.formats._placemark import rows_of
from merestone.exchange.formats._reference import reference_of
from merestone.exchange.formats._xml import first_tag
from merestone.exchange.formats.format import Feature
from merestone.exchange.row import Reading
from merestone.terms import FileRefused

CRS84: Final = "OGC:CRS84"
JOINT: Final = "all documents"
"""The layer of a reading that takes the documents of an archive together."""
_NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
_TYPES: Final[Mapping[type, str]] = {bool: "bool", int: "int", float: "double"}


class Kml:
    """Each folder of placemarks is a layer; heights are not kept. See `_kml_document` for archives."""

    name = "KML"
    suffixes = (".kml",)
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """XML whose first element is ``kml``, or a zip archive named ``.kmz`` or that begins with a KML document."""
        if head.startswith(ZIP):
            first = head[30 : 30 + int.from_bytes(head[26:28], "little")].lower()
            return path.suffix.lower() == ".kmz" or first == b"doc.kml"
        return first_tag(head) == "kml"

    def layers(self, path: Path) -> tuple[str, ...]:
        """The folders and documents that placemarks stand in."""
        return tuple(documents_of(path).layers)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one folder, or of all documents of an archive if each has one layer.

        A placemark whose place cannot be understood says where and why.
        """
        documents = documents_of(path)
        reference_of(CRS84, crs, path=path)  # KML knows only this one (OGC 07-147r2, section 6.2)
        if layer is None and documents.is_joint:
            chosen, layers = JOINT, list(documents.layers.values())
        else:
            chosen = layer_of(path, layer, tuple(documents.layers))
            layers = [documents.layers[chosen]]
        total = sum(len(one.marks) for one in layers)
        rows = rows_of(layers, is_joint=chosen == JOINT)
        reading = Reading(rows, format_name=self.name, layer=chosen, crs=CRS84, total=total)
        reading.notes += documents.notes
        if chosen == JOINT:
            counts = ", ".join(f"{one.name} ({len(one.marks):,})" for one in layers)
            reading.notes.append(f"layers taken together: {counts}; to read one alone, name it with --layer")
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One folder. A placemark's name is its column ``Name``; its other columns are typed extended data.

        Written here rather than by GDAL, which writes 15 digits: a rounded corner could lie inside the true one.
        """
        root = ET.Element("kml", xmlns=_NAMESPACE)
        document = ET.SubElement(root, "Document", id=layer)
        _text(document, "name", about.get("title", layer))
        _text(document, "description", "\n".join(f"{name}: {value}" for name, value in about.items()))
        types = _column_types(features)
        schema = ET.SubElement(document, "Schema", name=layer, id=f"{layer}_columns")
        for name, kind in types.items():
            ET.SubElement(schema, "SimpleField", name=name, type=kind)
        folder = ET.SubElement(document, "Folder")
        _text(folder, "name", layer)
        for feature in features:
            mark = ET.SubElement(folder, "Placemark")
            if (called := feature.attributes.get("Name")) is not None:
                _text(mark, "name", str(called))
            data = ET.SubElement(ET.SubElement(mark, "ExtendedData"), "SchemaData", schemaUrl=f"#{layer}_columns")
            for column in types:
                if (value := feature.attributes.get(column)) is not None:
                    shown = str(int(value)) if isinstance(value, bool) else str(value)
                    _text(data, "SimpleData", shown).set("name", column)
            for element in _geometry(feature.geometry):
                mark.append(element)
        try:
            ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
        except ValueError as error:
            raise FileRefused(path, f"a text cannot stand in XML: {error}", "write a GeoPackage instead") from error


def _column_types(features: Sequence[Feature]) -> dict[str, str]:
    types: dict[str, str] = {}
    for feature in features:
        for name, value in feature.attributes.items():
            kind = _TYPES.get(type(value), "string")
            if name != "Name":
                types[name] = kind if value is not None and types.get(name, kind) == kind else types.get(name, "string")
    return types


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = text
    return element


def _geometry(geometry: Any) -> Iterator[ET.Element]:
    """The geometry as one element; nothing where there is none."""
    if geometry is None or geometry.is_empty:
        return
    if geometry.geom_type == "Polygon":
        element = ET.Element("Polygon")
        for boundary, rings in (("outerBoundaryIs", [geometry.exterior]), ("innerBoundaryIs", geometry.interiors)):
            for ring in rings:
                _coordinates(ET.SubElement(ET.SubElement(element, boundary), "LinearRing"), ring)
        yield element
    elif geometry.geom_type in ("Point", "LineString"):
        element = ET.Element(geometry.geom_type)
        _coordinates(element, geometry)
        yield element
    else:
        element = ET.Element("MultiGeometry")
        for part in geometry.geoms:
            element.extend(_geometry(part))
        yield element


def _coordinates(parent: ET.Element, line: Any) -> None:
    _text(parent, "coordinates", " ".join(f"{lon!r},{lat!r}" for lon, lat, *_ in line.coords))
