"""GPX as rows: waypoints, routes and tracks, as receivers and phones record them."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._ogr import layer_of
from merestone.exchange.formats._reference import reference_of
from merestone.exchange.formats.format import Feature
from merestone.exchange.gpx import WHAT, GpxWay, read_gpx_file
from merestone.exchange.row import Fault, Reading, Row
from merestone.terms import FileRefused

CRS84: Final = "OGC:CRS84"
JOINT: Final = "all kinds"
"""The layer of a reading that takes waypoints, routes and tracks together."""
_FIRST_TAG: Final = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")


class Gpx:
    """Waypoints, routes and tracks are layers; without one named, all are read, in the order of the file."""

    name = "GPX"
    suffixes = (".gpx",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """XML whose first element is ``gpx``."""
        codec = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        text = head[: len(head) // 2 * 2].decode(codec, errors="replace")
        first = _FIRST_TAG.search(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
        return first is not None and first.group(2) == "gpx"

    def layers(self, path: Path) -> tuple[str, ...]:
        """Those of waypoints, routes and tracks that the file holds."""
        return _layers(read_gpx_file(path).ways)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one kind, or of all; a place that cannot be read is a fault with its words."""
        found = read_gpx_file(path)
        reference_of(CRS84, crs, path=path)  # GPX 1.1: latitude and longitude on WGS 84
        offered = _layers(found.ways)
        chosen = JOINT if layer is None and len(offered) != 1 else layer_of(path, layer, offered)
        ways = [way for way in found.ways if chosen in (JOINT, f"{way.what}s")]
        reading = Reading(_rows(ways), format_name=self.name, layer=chosen, crs=CRS84, total=len(ways))
        reading.notes += found.notes
        if chosen == JOINT and ways:
            counts = Counter(way.what for way in ways)
            told = ", ".join(f"{what}s ({count:,})" for what, count in counts.items())
            reading.notes.append(f"read together: {told}; to read one kind alone, name it with --layer")
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """GPX has no place for areas, nor for most columns."""
        raise FileRefused(path, "GPX cannot hold areas and their columns", "write GeoJSON, GeoPackage or KML")


def _layers(ways: Sequence[GpxWay]) -> tuple[str, ...]:
    held = {way.what for way in ways}
    return tuple(f"{what}s" for what in WHAT.values() if what in held)


def _rows(ways: Sequence[GpxWay]) -> Iterator[Row]:
    for number, way in enumerate(ways, start=1):
        geometry, remarks = _place(way)
        fault = _fault(way) if geometry is None else None
        attributes: dict[str, Any] = {"name": way.name, "what": way.what, **way.attributes}
        if way.unreadable_times:
            remarks = (*remarks, Fault("times_unread", f"times that could not be read: {way.unreadable_times:,}"))
        text = "" if way.element is None else ET.tostring(way.element, encoding="unicode").strip()
        yield Row(number, geometry, attributes, fault=fault, remarks=remarks, text=text, accuracy_m=way.accuracy_m)


def _place(way: GpxWay) -> tuple[BaseGeometry | None, tuple[Fault, ...]]:
    """The geometry without fixes that are no place; what is left of a track is joined where only one fix is left."""
    stretches = [shapely.get_coordinates(part) for part in shapely.get_parts(way.geometry)]
    usable = [stretch[np.isfinite(stretch).all(axis=1)] for stretch in stretches]
    missing = sum(len(stretch) - len(kept) for stretch, kept in zip(stretches, usable, strict=True))
    remarks: list[Fault] = []
    if missing:
        remarks.append(Fault("missing_fix", f"fixes without a place that can be read, left out: {missing:,}"))
    usable = [_without_repeated_end(stretch) for stretch in usable if len(stretch)]
    if not usable:
        return None, ()
    if len(usable) == 1 and len(usable[0]) == 1:
        return shapely.Point(usable[0][0]), tuple(remarks)
    lines: list[Any] = []
    for at, stretch in enumerate(usable):
        if len(stretch) == 1:
            beside = usable[at - 1][-1:] if at else usable[at + 1][:1]
            lines.append(np.concatenate([beside, stretch] if at else [stretch, beside]))
            remarks.append(Fault("lone_fix", "a segment of one fix was joined to the next one by a straight line"))
        else:
            lines.append(stretch)
    return shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines), tuple(remarks)


def _without_repeated_end(stretch: Any) -> Any:
    """One fix where it was doubled to make a line."""
    return stretch[:1] if len(stretch) == 2 and (stretch[0] == stretch[1]).all() else stretch


def _fault(way: GpxWay) -> Fault | None:
    """Why there is no place, where the file meant to give one."""
    element = way.element
    if element is None or (way.what != "waypoint" and not shapely.get_num_coordinates(way.geometry)):
        return None
    if way.what == "waypoint":
        given = f"lat = {element.get('lat')!r}, lon = {element.get('lon')!r}"
        return Fault("unreadable_position", f"{given} is no place; give decimal degrees")
    return Fault("unreadable_position", "none of its fixes has a place that can be read")
