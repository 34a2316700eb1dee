"""Answers as GPX 1.1 (topografix.com) for receivers and phones: places as waypoints, ways as tracks.

GPX has no columns: the answer stands in the name and the description, and each waypoint has a symbol of its class.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from merestone.exchange.formats import Feature
from merestone.exchange.rows import text_of
from merestone.screening import INSIDE, NEAR, NONE_RECORDED
from merestone.terms import number_of

_NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
_SYMBOLS: Final = {INSIDE: "Danger Area", NEAR: "Danger Area", NONE_RECORDED: "Waypoint"}
_UNKNOWN: Final = "Flag, Blue"
_SHORT: Final = {INSIDE: "INSIDE", NEAR: "NEAR", NONE_RECORDED: ""}
"""Before a name, because many receivers show nothing else on their map."""


def write_gpx(
    path: Path,
    features: Sequence[Feature],
    names: Sequence[str],
    sentences: Sequence[str],
    about: Mapping[str, str],
    *,
    codes: Sequence[int],
) -> None:
    """Write one waypoint or track for each feature; one without a place is left out, and counted in the description.

    Parameters
    ----------
    names, words, codes
        Of each feature: what it is called, its answer in words, and its class.
    """
    root = ET.Element("gpx", {"version": "1.1", "creator": "Merestone", "xmlns": _NAMESPACE})
    placed = [feature for feature in features if feature.geometry is not None and not feature.geometry.is_empty]
    metadata = ET.SubElement(root, "metadata")
    _text(metadata, "name", about.get("title", "Answers"))
    missing = f"{number_of(len(features) - len(placed), 'row has', 'rows have')} no place and are not in this file. "
    notice = about.get("notice", "")
    _text(metadata, "desc", f"{missing if len(placed) < len(features) else ''}{notice}")
    _text(metadata, "time", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    waypoints: list[ET.Element] = []
    tracks: list[ET.Element] = []
    for feature, name, attributes, code in zip(features, names, sentences, codes, strict=True):
        if feature.geometry is None or feature.geometry.is_empty:
            continue
        kinds = waypoints if feature.geometry.geom_type in ("Point", "MultiPoint") else tracks
        kinds.extend(_elements(feature.geometry, name, attributes, code))
    root.extend([*waypoints, *tracks])  # the schema wants waypoints first
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _elements(geometry: Any, name: str, text: str, code: int) -> Iterator[ET.Element]:
    short = _SHORT.get(code, "UNKNOWN")
    called = f"{short} {name}" if short else name
    if geometry.geom_type in ("Point", "MultiPoint"):
        for point in shapely.get_parts(geometry):
            waypoint = ET.Element("wpt", _at(point.x, point.y))
            _described(waypoint, called, text)
            _text(waypoint, "sym", _SYMBOLS.get(code, _UNKNOWN))
            _text(waypoint, "type", short.lower() or "none recorded")
            yield waypoint
        return
    track = ET.Element("trk")
    _described(track, called, text)
    _text(track, "type", short.lower() or "none recorded")
    for line in _lines(geometry):
        segment = ET.SubElement(track, "trkseg")
        for lon, lat in shapely.get_coordinates(line):
            if np.isfinite([lon, lat]).all():
                ET.SubElement(segment, "trkpt", _at(lon, lat))
    yield track


def _lines(geometry: Any) -> Iterator[Any]:
    """The lines of a geometry; of areas the outlines."""
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            yield part.exterior
            yield from part.interiors
        elif part.geom_type in ("LineString", "LinearRing"):
            yield part
        elif part.geom_type != "Point":
            yield from _lines(part)


def _at(lon_deg: float, lat_deg: float) -> dict[str, str]:
    return {"lat": repr(float(lat_deg)), "lon": repr(float(lon_deg))}


def _described(parent: ET.Element, name: str, text: str) -> None:
    _text(parent, "name", name)
    _text(parent, "cmt", text)
    _text(parent, "desc", text)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    clean = "".join(c for c in text_of(text) if c >= " " or c in "\t\n")
    ET.SubElement(parent, tag).text = clean
