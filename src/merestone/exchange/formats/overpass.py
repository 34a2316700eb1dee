"""Overpass JSON (``[out:json]``): the elements of OpenStreetMap that somebody asked the Overpass API for.

GDAL's OSM driver reads no JSON. Whole extracts (``.osm``, ``.pbf``) are no hazards, and are refused elsewhere.
Source: OpenStreetMap wiki, "OSM JSON" and "Overpass API/Overpass QL".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import shapely

from merestone.exchange.formats._json_text import text_of, text_of_value, top_members, whole_value
from merestone.exchange.formats._osm_shape import OsmShapes, mentioned_in
from merestone.exchange.formats._table_format import OneTable
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.exchange.rows.shape import ShapeFaulty
from merestone.terms import FileRefused, number_of

_KINDS: Final = frozenset(["node", "way", "relation"])
_CODE: Final = "OGC:CRS84"
_ABOUT: Final = ("timestamp", "version", "changeset", "user", "uid")
_INCOMPLETE: Final = ("error", "timed out", "out of memory", "exceeded")


class OverpassJson:
    """One layer, named as the file: each element that has tags, or of which no other is made."""

    name = "Overpass JSON"
    suffixes = (".json",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """JSON with the members of its answers."""
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        members = top_members(text) if text.startswith(b"{") else {}
        return "type" not in members and ("osm3s" in members or "elements" in members)

    def layers(self, path: Path) -> tuple[str, ...]:
        """One layer, named as the file."""
        return (path.stem,)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; of what they are made stands in their shapes."""
        OneTable.refuse_other_layer(path, layer)
        elements = _elements_of(path)
        made_of = mentioned_in(elements)
        own = [element for element in elements if element.get("tags") or _key_of(element) not in made_of]
        shapes = OsmShapes({_key_of(element): element for element in elements})
        rows = (_row(number, element, shapes) for number, element in enumerate(own, start=1))
        reading = Reading(rows, format_name=self.name, layer=path.stem, crs=_CODE, total=len(own))
        if (count := len(elements) - len(own)) > 0:
            reading.notes.append(
                f"not read as rows: {number_of(count, 'element')} without tags (corners and parts of the others)"
            )
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "answers of Overpass are read only", "write GeoJSON (.geojson) instead")


def _row(number: int, element: Mapping[str, Any], shapes: OsmShapes) -> Row:
    text = text_of_value(element)
    tags = element.get("tags")
    values = {str(name): value for name, value in tags.items()} if isinstance(tags, Mapping) else {}
    about = {f"@{name}": element[name] for name in _ABOUT if element.get(name) is not None}
    attributes = {"@id": f"{element.get('type')}/{element.get('id')}", **about, **values}
    try:
        if element.get("type") not in _KINDS:
            raise ShapeFaulty(
                "unreadable_feature", f"an element of type {element.get('type')!r} is not a node, way or relation"
            )
        shape = shapes.of(element)
    except ShapeFaulty as faulty:
        return Row(number, None, attributes, fault=faulty.fault, text=text)
    except shapely.errors.ShapelyError as error:
        fault = Fault("unreadable_geometry", f"its shape cannot be put together: {error}")
        return Row(number, None, attributes, fault=fault, text=text)
    return Row(
        number,
        shape.geometry,
        attributes,
        remarks=shape.remarks,
        text=text,
        accuracy_m=None if shape.is_whole else float("nan"),
        inner_geometry=shape.inner,
    )


def _key_of(element: Mapping[str, Any]) -> tuple[str, Any]:
    number = element.get("id")
    return str(element.get("type")), number if isinstance(number, (int, str)) else None


def _elements_of(path: Path) -> list[Mapping[str, Any]]:
    """What the service found; refused if it did not finish."""
    value = whole_value(text_of(path), path)
    elements = value.get("elements") if isinstance(value, Mapping) else None
    if not isinstance(elements, list) or not elements:
        raise FileRefused(path, "it holds no element", "check what was asked for, and ask again")
    if any(not isinstance(element, Mapping) for element in elements):
        raise FileRefused(path, "one of its elements is not an object", "ask the service again")
    remark = value.get("remark")
    if isinstance(remark, str) and any(word in remark.lower() for word in _INCOMPLETE):
        why = f"it is a part of the data: the service says {remark.strip()[:200]!r}"
        raise FileRefused(path, why, "ask for a smaller area, or give the query more time")
    return elements
