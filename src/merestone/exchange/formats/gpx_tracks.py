"""GPX 1.0 and 1.1 (topografix.com): tracks, routes and waypoints with the times of their fixes.

Read here rather than by GDAL, which gives a fix without its track or a track without its times, and a route without
the path between its points that Garmin's and other programs put beside them. A fix whose place cannot be read stays in
its track as a break, and a time that cannot be read stays empty: both are counted.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._kml_track import time_of
from merestone.exchange.places.measures import ANDROID_TO_95
from merestone.exchange.rows.xml import parsed
from merestone.terms import FileRefused

WHAT: Final = {"trk": "track", "rte": "route", "wpt": "waypoint"}
ACCURACY_TAGS: Final = frozenset(
    [
        "accuracy",
        "accuracy_m",
        "accuracy_horizontal",
        "horizontal_accuracy",
        "horizontalaccuracy",
        "hacc",
        "h_acc",
        "epe",
    ]
)
"""Extensions in which receivers state an accuracy in metres, such as OpenTracks' ``accuracy_horizontal``. ``hdop`` is
not one of them: it has no unit, and nobody knows the range error that it multiplies."""
_TEXTS: Final = ("name", "desc", "cmt", "sym", "type", "src", "number")
_OF_A_FIX: Final = ("time", "ele", "fix", "sat", "hdop", "vdop", "pdop", "ageofdgpsdata", "dgpsid")


@dataclass(frozen=True, slots=True)
class GpxWay:
    """A track, a route or a waypoint."""

    what: str
    """One of the values of `WHAT`."""
    name: str | None
    geometry: BaseGeometry
    """A track has one line for each of its segments; one of a single fix is a line of no length."""
    times: NDArray[np.datetime64]
    """One for each coordinate, UTC; not a time where the file has none that can be read. A route has none: the times of
    its points say when somebody made them."""
    unreadable_times: int
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What the file says of it beside place and time, by the names of GPX."""
    accuracy_m: float | None = None
    """The worst accuracy that an extension states for one of its fixes, metres, 95 %; NaN: stated, and unreadable."""
    path_points: int = 0
    """Places of a route that stand between its points, in extensions."""
    element: ET.Element | None = None


@dataclass(frozen=True)
class GpxFile:
    """All that a file holds, in its order, and what is to be said of it."""

    ways: list[GpxWay]
    notes: list[str]


def read_gpx(path: Path) -> list[GpxWay]:
    """Everything that the file holds, in its order; see `read_gpx_file`."""
    return read_gpx_file(path).ways


def read_gpx_file(path: Path) -> GpxFile:
    """Everything that the file holds, with notes.

    Raises
    ------
    FileRefused
        It is no XML (with line and column), no GPX, or it defines entities of its own.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        remedy = "check the name and your right to read it"
        raise FileRefused(path, error.strerror or "cannot be opened", remedy) from error
    root, repairs = parsed(data, path, what="GPX")
    if _local(root) != "gpx":
        raise FileRefused(
            path, f"its first element is {_local(root)!r}, not gpx", "check that this is the file you meant"
        )
    segments = [_positions(list(_fixes(s, "trkpt"))) for s in root.iter() if _local(s) == "trkseg"]
    ways = []
    notes = [f"repaired: {repair}" for repair in repairs]
    for element in root:
        if _local(element) == "wpt":
            ways.append(_waypoint(element))
        elif _local(element) == "trk":
            ways.append(_track(element))
        elif _local(element) == "rte":
            way = _route(element, segments)
            ways.append(way)
            if way.path_points == 0 and (mode := _calculated(element)):
                notes.append(
                    f"route {way.name or len(ways)}: the file holds only its points, and leaves the way between them "
                    f"to the device ({mode}); straight lines between them were taken"
                )
    return GpxFile(ways, notes)


def _waypoint(element: ET.Element) -> GpxWay:
    with np.errstate(invalid="ignore"):
        geometry = shapely.Point(_position(element))
    text = _text(element, "time")
    times = np.array([time_of(text)], "datetime64[ms]")
    attributes = {**_described(element), **{name: t for name in _OF_A_FIX if (t := _text(element, name)) is not None}}
    return GpxWay(
        "waypoint", _text(element, "name"), geometry, times, int(text is not None and np.isnat(times[0])),
        attributes, _accuracy_m([element]), element=element,
    )  # fmt: skip


def _track(element: ET.Element) -> GpxWay:
    """A line for each segment; a fix after which its program marks a gap (OsmAnd) ends one."""
    stretches: list[list[ET.Element]] = []
    for segment in element:
        if _local(segment) == "trkseg":
            stretches.append([])
            for fix in _fixes(segment, "trkpt"):
                stretches[-1].append(fix)
                if any(_local(e) == "profile" and (e.text or "").strip() == "gap" for e in fix.iter()):
                    stretches.append([])
        elif _local(segment) == "trkpt":
            stretches = stretches or [[]]
            stretches[-1].append(segment)
    stretches = [stretch for stretch in stretches if stretch]
    fixes = [fix for stretch in stretches for fix in (stretch * 2 if len(stretch) == 1 else stretch)]
    texts = [_text(fix, "time") for fix in fixes]
    times = np.array([time_of(text) for text in texts], "datetime64[ms]")
    with np.errstate(invalid="ignore"):
        lines = [_positions(stretch * 2 if len(stretch) == 1 else stretch) for stretch in stretches]
        geometry = shapely.MultiLineString(lines)
    once = {id(fix): text for fix, text in zip(fixes, texts, strict=True)}
    read = {id(fix): moment for fix, moment in zip(fixes, times, strict=True)}
    unreadable = sum(text is not None and np.isnat(read[key]) for key, text in once.items())
    known = times[~np.isnat(times)]
    attributes = _described(element)
    if len(known):
        attributes |= {"begin": f"{known.min()}Z", "end": f"{known.max()}Z"}
    accuracy_m = _accuracy_m([fix for stretch in stretches for fix in stretch])
    return GpxWay(
        "track", _text(element, "name"), geometry, times, int(unreadable), attributes, accuracy_m, element=element
    )


def _route(element: ET.Element, segments: list[NDArray[np.float64]]) -> GpxWay:
    """One line by way of the places that stand in the extensions of its points, in the order of the file.

    Garmin's and BaseCamp's ``gpxx:rpt`` are such places: the road that was calculated from a point to the next. Any
    element with a latitude and a longitude there is taken for one, whatever its program calls it.
    """
    points = list(_fixes(element, "rtept"))
    positions: list[tuple[float, float]] = []
    for point in points:
        positions.append(_position(point))
        positions += [_position(e) for e in point.iter() if e is not point and {"lat", "lon"} <= set(e.attrib)]
    path_points = len(positions) - len(points)
    segment = _segment_of(points, segments)
    if segment is not None and not path_points:
        positions, path_points = [(float(lon), float(lat)) for lon, lat in segment], len(segment)
    with np.errstate(invalid="ignore"):
        geometry = shapely.LineString(positions * 2 if len(positions) == 1 else positions)
    times = np.full(shapely.get_num_coordinates(geometry), np.datetime64("NaT"), "datetime64[ms]")
    return GpxWay(
        "route", _text(element, "name"), geometry, times, 0, _described(element), _accuracy_m(points),
        path_points, element=element,
    )  # fmt: skip


def _segment_of(points: list[ET.Element], segments: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    """The track segment that is the path of a route: OsmAnd writes its fix's number beside each point of a route."""
    indexes = []
    for point in points:
        text = next(((e.text or "").strip() for e in point.iter() if _local(e) == "trkpt_idx"), "")
        if not text.isdecimal():
            return None
        indexes.append(int(text))
    places = np.array([_position(point) for point in points])
    if not indexes or indexes[0] != 0 or max(indexes) != indexes[-1]:
        return None
    for segment in segments:
        if indexes[-1] == len(segment) - 1:
            apart = np.abs(segment[indexes] - places).max(axis=1)
            if (apart < _SNAPPED_DEG).all():
                return segment
    return None


_SNAPPED_DEG: Final = 0.01
"""A point of a route and the place on its road may be so far apart."""


def _calculated(element: ET.Element) -> str | None:
    """How a device is to find the way between the points of a route, where the file leaves that to it."""
    modes = [(e.text or "").strip() for e in element.iter() if _local(e) == "CalculationMode"]
    return next((mode for mode in modes if mode and mode != "Direct"), None)


def _fixes(parent: ET.Element, tag: str) -> Iterator[ET.Element]:
    return (child for child in parent if _local(child) == tag)


def _described(element: ET.Element) -> dict[str, Any]:
    """Texts, link and extensions of a track, route or waypoint."""
    fields = {name: text for name in _TEXTS if (text := _text(element, name)) is not None}
    links = [e.get("href") or _text(e, "href") or e.text for e in element if _local(e) in ("link", "url")]
    if links and links[0]:
        fields["link"] = links[0].strip()
    for extensions in element:
        if _local(extensions) == "extensions":
            for leaf in extensions.iter():
                text = (leaf.text or "").strip()
                if text and not len(leaf) and leaf is not extensions:
                    unit = leaf.get("unit") or leaf.get("units") or leaf.get("uom") or ""
                    fields.setdefault(_local(leaf), f"{text} {unit}".strip() if text[-1].isdigit() else text)
                for name, value in leaf.items():
                    fields.setdefault(f"{_local(leaf)}.{name.rpartition('}')[2]}", value)
    return fields


def _accuracy_m(fixes: list[ET.Element]) -> float | None:
    """The worst of the accuracies that extensions of fixes state, metres; Android's made to hold 95 % of positions."""
    worst: float | None = None
    for fix in fixes:
        for element in fix.iter():
            if _local(element).lower() in ACCURACY_TAGS and (element.text or "").strip():
                value = _number(element.text)
                value = value * (ANDROID_TO_95 if "opentracks" in str(element.tag) else 1.0) if value >= 0.0 else np.nan
                worst = value if worst is None else float(np.maximum(worst, value))
    return worst


def _positions(fixes: list[ET.Element]) -> NDArray[np.float64]:
    return np.array([_position(fix) for fix in fixes], np.float64).reshape(-1, 2)


def _position(element: ET.Element) -> tuple[float, float]:
    return _number(element.get("lon")), _number(element.get("lat"))


def _text(element: ET.Element, name: str) -> str | None:
    child = next((child for child in element if _local(child) == name), None)
    return None if child is None or child.text is None or not child.text.strip() else child.text.strip()


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _number(text: str | None) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan
