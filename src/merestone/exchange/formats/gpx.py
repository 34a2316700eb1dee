"""GPX as rows: waypoints, routes and tracks, as receivers and phones record them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats.gpx_tracks import WHAT, GpxWay, read_gpx_file
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import reference_of
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.exchange.rows.xml import first_tag, raw_text
from merestone.terms import FileRefused

CRS84: Final = "OGC:CRS84"
JOINT: Final = "all kinds"
"""The layer of a reading that takes waypoints, routes and tracks together."""


class Gpx:
    """Waypoints, routes and tracks are layers; without one named, all are read, in the order of the file."""

    name = "GPX"
    suffixes = (".gpx",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """XML whose first element is ``gpx``."""
        return first_tag(head) == "gpx"

    def layers(self, path: Path) -> tuple[str, ...]:
        """Those of waypoints, routes and tracks that the file holds."""
        return _layers(read_gpx_file(path).ways)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one kind, or of all; a place that cannot be read is a fault with its words."""
        gpx_file = read_gpx_file(path)
        reference_of(CRS84, crs, path=path)  # GPX 1.1: latitude and longitude on WGS 84
        offered = _layers(gpx_file.ways)
        chosen = JOINT if layer is None and len(offered) != 1 else layer_of(path, layer, offered)
        ways = [way for way in gpx_file.ways if chosen in (JOINT, f"{way.what}s")]
        reading = Reading(_rows(ways), format_name=self.name, layer=chosen, crs=CRS84, total=len(ways))
        reading.notes += gpx_file.notes
        if chosen == JOINT and ways:
            counts = Counter(way.what for way in ways)
            text = ", ".join(f"{what}s ({count:,})" for what, count in counts.items())
            reading.notes.append(f"read together: {text}; to read one kind alone, name it with --layer")
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """GPX has no place for areas, nor for most columns."""
        raise FileRefused(path, "GPX cannot hold areas and their columns", "write GeoJSON, GeoPackage or KML")


def _layers(ways: Sequence[GpxWay]) -> tuple[str, ...]:
    kinds = {way.what for way in ways}
    return tuple(f"{what}s" for what in WHAT.values() if what in kinds)


def _rows(ways: Sequence[GpxWay]) -> Iterator[Row]:
    for number, way in enumerate(ways, start=1):
        geometry, times, remarks = _place(way)
        attributes: dict[str, Any] = {"name": way.name, "what": way.what, **way.attributes}
        if way.unreadable_times:
            remarks.append(Fault("times_unread", f"times that could not be read: {way.unreadable_times:,}"))
        yield Row(
            number,
            geometry,
            attributes,
            fault=_fault(way) if geometry is None else None,
            remarks=tuple(remarks),
            text="" if way.element is None else raw_text(way.element),
            accuracy_m=way.accuracy_m,
            times=times if way.what == "track" else None,
        )


def _place(way: GpxWay) -> tuple[BaseGeometry | None, NDArray[np.datetime64] | None, list[Fault]]:
    """The geometry without fixes that are no place, the time of each coordinate, and what was done.

    A segment of which only one fix is left is joined to its neighbour: a line of no length is no line.
    """
    coordinates, part = shapely.get_coordinates(shapely.get_parts(way.geometry), return_index=True)
    fixes = np.column_stack([coordinates, np.arange(len(coordinates))])  # longitude, latitude, which coordinate
    usable = np.isfinite(coordinates).all(axis=1)
    remarks: list[Fault] = []
    if not usable.all():
        text = f"fixes without a place that can be read, left out: {int((~usable).sum()):,}"
        remarks.append(Fault("missing_fix", text))
    stretches = [_without_repeated_end(fixes[usable & (part == number)]) for number in np.unique(part[usable])]
    if not stretches:
        return None, None, []
    lines: list[Any] = []
    for at, stretch in enumerate(stretches):
        if len(stretch) == 1 and len(stretches) > 1:
            beside = stretches[at - 1][-1:] if at else stretches[at + 1][:1]
            lines.append(np.concatenate([beside, stretch] if at else [stretch, beside]))
            remarks.append(Fault("lone_fix", "a segment of one fix was joined to the next one by a straight line"))
        else:
            lines.append(stretch)
    times = way.times[np.concatenate(lines)[:, 2].astype(np.int64)]
    if len(lines) == 1:
        places = lines[0][:, :2]
        return shapely.Point(places[0]) if len(places) == 1 else shapely.LineString(places), times, remarks
    return shapely.MultiLineString([line[:, :2] for line in lines]), times, remarks


def _without_repeated_end(stretch: Any) -> Any:
    """One fix where it was doubled to make a line."""
    return stretch[:1] if len(stretch) == 2 and (stretch[0, :2] == stretch[1, :2]).all() else stretch


def _fault(way: GpxWay) -> Fault | None:
    """Why there is no place, where the file meant to give one."""
    element = way.element
    if element is None or (way.what != "waypoint" and not shapely.get_num_coordinates(way.geometry)):
        return None
    if way.what == "waypoint":
        text = f"lat = {element.get('lat')!r}, lon = {element.get('lon')!r}"
        return Fault("unreadable_position", f"{text} is not a place; give decimal degrees")
    return Fault("unreadable_position", "none of its fixes has a place that can be read")
