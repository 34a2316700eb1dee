"""Files of well-known kinds that are not read: what they are, and what to do instead."""

import re
from pathlib import Path
from typing import Final

_FROM_PUBLISHER: Final = "ask who publishes it for the areas themselves, as GeoJSON or GeoPackage"
_XML: Final = rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
_OSM: Final = re.compile(_XML + rb"<osm\b", re.DOTALL)
_CAP: Final = re.compile(rb"<(?:\w+:)?alert\b[^>]*urn:oasis:names:tc:emergency:cap")
_FEED: Final = re.compile(_XML + rb"<(?:rss|feed|rdf:RDF)\b", re.DOTALL)
_COT: Final = re.compile(_XML + rb"<event\b[^>]*\bstale\s*=", re.DOTALL)
_NMEA: Final = re.compile(rb"\$(?:G[PNLAB]|BD)[A-Z]{3},")
_OPENAIR: Final = re.compile(rb"(?:\*[^\n]*\n\s*)*AC [A-Z]{1,5}\s*\n\s*AN ")
_FROM_DRAWING: Final = (
    "open it in QGIS, set the reference system that its maker names, make polygons of the closed lines that bound the "
    "hazards (Vector > Geometry Tools > Lines to Polygons), and save these as GeoPackage"
)


def foreign_file(path: Path, head: bytes) -> tuple[str, str] | None:
    """Why a file of a well-known kind is not read, and what to do instead; None if it is of none of these."""
    suffix = path.suffix.lower()
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"AutoCAD Binary DXF") or (
        suffix == ".dxf" and start[:3] in (b"0\r\n", b"0\n ", b"0\nS", b"999")
    ):
        why = "it is a drawing (DXF), which says neither where on earth it lies nor which of its lines bound a hazard"
        return why, _FROM_DRAWING
    if head.startswith(b"AC10") or suffix == ".dwg":
        return "it is a drawing of AutoCAD (DWG), which is not read here", _FROM_DRAWING
    if head.startswith(b"%PDF"):
        return "it is a PDF", "ask for the table or the map layer from which it was made"
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")):
        return "it is a picture", "draw the outlines in QGIS over the picture, and save them as GeoPackage"
    if head[4:19] in (b"Standard Jet DB", b"Standard ACE DB"):
        return "it is a database of Access", "export its table of places as CSV or XLSX"
    if suffix in (".docx", ".odt", ".pptx", ".odp") or head.startswith(b"{\\rtf"):
        return "it is a text document", "copy its table into a spreadsheet, and save that as .xlsx or .ods"
    return _place_file(suffix, start)


def _place_file(suffix: str, start: bytes) -> tuple[str, str] | None:
    """The same for files that do hold places, in formats of other trades."""
    if (is_pbf := suffix == ".pbf") or _OSM.match(start) is not None:
        what = "it is an extract of OpenStreetMap" + (" (PBF)" if is_pbf else "")
        return what, "save the areas wanted as GeoPackage in QGIS; for a base map: merestone basemap build"
    if _CAP.search(start) is not None:
        return "it is an alert (CAP), which says where people were warned", _FROM_PUBLISHER
    if _FEED.match(start) is not None:
        return "it is a news feed (RSS or Atom)", _FROM_PUBLISHER
    if _COT.match(start) is not None:
        return "it is a message of a tactical map (Cursor on Target)", "export its shapes as KML or KMZ"
    if start.startswith((b"<!DOCTYPE qgis", b"<qgis", b"<qlr")) or suffix in (
        ".qgz",
        ".qgs",
        ".qlr",
        ".aprx",
        ".mxd",
        ".lyrx",
    ):
        return "it is a project of a GIS, which names layers and holds none", "export each layer as GeoPackage"
    if (
        _NMEA.match(start) is not None
        or b"<TrainingCenterDatabase" in start
        or suffix in (".fit", ".tcx", ".igc", ".nmea")
    ):
        return (
            "it is the log of a receiver, in a format that is not read here",
            "convert it to GPX, for example with GPSBabel",
        )
    if _OPENAIR.match(start) is not None:
        return "it is a list of airspaces (OpenAir)", "save the areas wanted as KML or GeoPackage"
    return None
