"""OGC KML 2.2 and zipped KML, as phones and globes show it."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._kml_document import ZIP, documents_of
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._placemark import rows_of
from merestone.exchange.rows.cells import KML_ELEMENTS, names_apart, text_of
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import reference_of
from merestone.exchange.rows.row import Reading
from merestone.exchange.rows.xml import first_tag
from merestone.terms import FileRefused, number_of

CRS84: Final = "OGC:CRS84"
JOINT: Final = "all documents"
"""The layer of a reading that takes the documents of an archive together."""
ALL_FOLDERS: Final = "all folders"
"""What `--layer` says to take the folders of a document together."""
_NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
_TYPES: Final[Mapping[type, str]] = {bool: "bool", float: "double"}
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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
        elif layer == ALL_FOLDERS and layer not in documents.layers:
            chosen, layers = ALL_FOLDERS, list(documents.layers.values())
        else:
            _refuse_several(path, layer, documents.layers)
            chosen = layer_of(path, layer, tuple(documents.layers))
            layers = [documents.layers[chosen]]
        total = sum(len(layer.marks) for layer in layers)
        rows = rows_of(layers, is_joint=chosen in (JOINT, ALL_FOLDERS))
        reading = Reading(rows, format_name=self.name, layer=chosen, crs=CRS84, total=total)
        reading.notes += documents.notes
        if chosen in (JOINT, ALL_FOLDERS):
            counts = ", ".join(f"{layer.name} ({len(layer.marks):,})" for layer in layers)
            reading.notes.append(f"layers taken together: {counts}; to read one alone, name it with --layer")
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One folder. A placemark's name is its column ``Name``; its other columns are typed extended data.

        Written here rather than by GDAL, which writes 15 digits: a rounded corner could lie inside the true one.
        """
        root = ET.Element("kml", xmlns=_NAMESPACE)
        document = ET.SubElement(root, "Document", id="document")
        _text(document, "name", about.get("title", layer))
        _text(document, "description", "\n".join(f"{name}: {value}" for name, value in about.items()))
        types = _column_types(features)
        names = names_apart(list(types), KML_ELEMENTS)
        schema = ET.SubElement(document, "Schema", name=layer, id="columns")
        for name, kind in types.items():
            field = ET.SubElement(schema, "SimpleField", name=_allowed(names[name]), type=kind)
            if names[name] != name:
                _text(field, "displayName", name)
        folder = ET.SubElement(document, "Folder")
        _text(folder, "name", layer)
        for feature in features:
            mark = ET.SubElement(folder, "Placemark")
            if feature.feature_id is not None:
                mark.set("id", f"record-{feature.feature_id}")  # an identifier in XML begins with a letter
            if (called := feature.attributes.get("Name")) is not None:
                _text(mark, "name", text_of(called))
            data = ET.SubElement(ET.SubElement(mark, "ExtendedData"), "SchemaData", schemaUrl="#columns")
            for column, name in names.items():
                if (value := feature.attributes.get(column)) is not None:
                    shown = str(int(value)) if isinstance(value, bool) else text_of(value)
                    _text(data, "SimpleData", shown).set("name", _allowed(name))
            for element in _geometry(feature.geometry):
                mark.append(element)
        text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        path.write_bytes(text.replace(b"\r", b"&#13;"))  # a bare one is read as a new line (XML 1.0, section 2.11)


def _refuse_several(path: Path, layer: str | None, offered: Collection[str]) -> None:
    """Folders are not taken together unasked: one of them may hold cleared land, and another hazards."""
    if layer is None and len(offered) > 1:
        remedy = (
            f"name one with --layer, and import them one after the other: {', '.join(offered)}; "
            f'or read them together with --layer "{ALL_FOLDERS}", if all of them hold the same kind of record'
        )
        raise FileRefused(path, f"it has {number_of(len(offered), 'layer')}", remedy)


def _column_types(features: Sequence[Feature]) -> dict[str, str]:
    types: dict[str, str | None] = {}
    for feature in features:
        for name, value in feature.attributes.items():
            if name == "Name":
                continue
            kind = _type_of(value)
            types[name] = _wider(types.get(name), kind)
    return {name: kind or "string" for name, kind in types.items()}


def _type_of(value: Any) -> str | None:
    """The type of KML that holds a value; None for no value."""
    if value is None:
        return None
    if type(value) is int:
        # KML's int has 32 bits (OGC 07-147r2, section 16.20: xsd:int); a double holds whole numbers up to 2**53.
        return "int" if -(2**31) <= value < 2**31 else "double" if abs(value) <= 2**53 else "string"
    return _TYPES.get(type(value), "string")


def _wider(first: str | None, second: str | None) -> str | None:
    if first is None or second is None or first == second:
        return first or second
    return "double" if {first, second} == {"int", "double"} else "string"


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = _allowed(text)
    return element


def _allowed(text: str) -> str:
    """The text with a replacement for each character that XML 1.0 (section 2.2) has no place for."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


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
