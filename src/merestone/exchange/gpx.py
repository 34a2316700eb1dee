"""GPX 1.0 and 1.1 (topografix.com): tracks, routes and waypoints with the times of their fixes.

Read here rather than by GDAL, which gives a fix without its track or a track without its times. A fix whose place
cannot be read stays in its track as a break, and a time that cannot be read stays empty: both are counted.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.terms import FileRefused

WHAT: Final = {"trk": "track", "rte": "route", "wpt": "waypoint"}
_FIXES: Final = frozenset(["trkpt", "rtept", "wpt"])


@dataclass(frozen=True, slots=True)
class GpxWay:
    """A track, a route or a waypoint."""

    what: str
    """One of the values of `WHAT`."""
    name: str | None
    geometry: BaseGeometry
    """A track has one line for each of its segments; one of a single fix is a line of no length."""
    times: NDArray[np.datetime64]
    """One for each coordinate, UTC; not a time where the file has none that can be read."""
    unreadable_times: int


@dataclass
class _Open:
    """What is being read."""

    name: str | None = None
    segments: list[list[tuple[float, float]]] = field(default_factory=list)
    times: list[np.datetime64] = field(default_factory=list)
    unreadable: int = 0

    def take(self, fix: ET.Element) -> None:
        if not self.segments:
            self.segments.append([])
        self.segments[-1].append((_number(fix.get("lon")), _number(fix.get("lat"))))
        text = next((child.text for child in fix if _local(child) == "time"), None)
        moment = _time(text)
        self.unreadable += text is not None and np.isnat(moment)
        self.times.append(moment)

    def done(self, what: str) -> GpxWay:
        segments = [np.array(s if len(s) > 1 else s * 2) for s in self.segments if s]
        times = self._times_of_segments()
        with np.errstate(invalid="ignore"):
            if what == "wpt":
                geometry: Any = shapely.Point(self.segments[0][0])
                times = self.times
            elif what == "rte":
                geometry = shapely.LineString(segments[0]) if segments else shapely.LineString()
            else:
                geometry = shapely.MultiLineString(segments)
        return GpxWay(WHAT[what], self.name, geometry, np.array(times, "datetime64[ms]"), self.unreadable)

    def _times_of_segments(self) -> list[np.datetime64]:
        """A lone fix is doubled to make a line, and so is its time."""
        out: list[np.datetime64] = []
        at = 0
        for segment in self.segments:
            mine = self.times[at : at + len(segment)]
            out += mine * 2 if len(segment) == 1 else mine
            at += len(segment)
        return out


def read_gpx(path: Path) -> list[GpxWay]:
    """Everything that the file holds, in its order.

    Raises
    ------
    FileRefused
        It is no XML (with line and column), no GPX, or it defines entities of its own.
    """
    try:
        with path.open("rb") as file:
            return list(_ways(iterparse(file, events=("start", "end"), forbid_dtd=True), path))
    except OSError as error:
        remedy = "check the name and your right to read it"
        raise FileRefused(path, error.strerror or "cannot be opened", remedy) from error
    except ET.ParseError as error:
        line, column = error.position
        why = f"line {line}, column {column + 1}: {error}"
        raise FileRefused(path, why, "the file is cut off or damaged; get it again") from error
    except DefusedXmlException as error:
        raise FileRefused(path, f"it defines entities of its own ({error})", "save it as plain GPX") from error


def _ways(events: Any, path: Path) -> Iterator[GpxWay]:
    open_: _Open | None = None
    depth: list[str] = []
    for event, element in events:
        tag = _local(element)
        if event == "start":
            if not depth and tag != "gpx":
                raise FileRefused(
                    path, f"its first element is {tag!r}, not gpx", "check that this is the file you meant"
                )
            if tag in WHAT and depth == ["gpx"]:
                open_ = _Open()
            if tag == "trkseg" and open_ is not None:
                open_.segments.append([])
            depth.append(tag)
            continue
        depth.pop()
        if open_ is None:
            continue
        if tag == "name" and depth[-1] in WHAT:
            open_.name = (element.text or "").strip() or None
        elif tag in _FIXES:
            open_.take(element)
            element.clear()
        if tag in WHAT:
            yield open_.done(tag)
            open_ = None
            element.clear()


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _number(text: str | None) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan


def _time(text: str | None) -> np.datetime64:
    """UTC, as GPX says; another offset is honoured. What cannot be read is not a time."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return np.datetime64(moment, "ms")
    except (ValueError, OverflowError):
        return np.datetime64("NaT", "ms")
