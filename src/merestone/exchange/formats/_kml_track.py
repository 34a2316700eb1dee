"""``gx:Track`` and ``gx:MultiTrack`` of KML: where something was, and when (OGC 12-007r2, sections 10.9 and 10.10).

Read here rather than by GDAL, whose LIBKML (3.12.4) makes an empty ``gx:coord``, which stands for a missing fix, the
position 0 0, so that a track runs by way of the Gulf of Guinea.
"""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._kml_document import local
from merestone.exchange.rows.row import Fault
from merestone.exchange.rows.shape import ShapeFaulty

Fix = tuple[float, float, np.datetime64]


@dataclass(frozen=True)
class Track:
    """Unbroken stretches of fixes; between two of them nothing was recorded."""

    stretches: tuple[tuple[Fix, ...], ...]
    remarks: tuple[Fault, ...]

    def lines(self) -> list[list[list[float]]]:
        """The coordinates of each stretch; a lone fix stands twice, as a line of no length."""
        return [[[lon, lat] for lon, lat, _ in _doubled(stretch)] for stretch in self.stretches]

    @property
    def geometry(self) -> BaseGeometry:
        """A line, or lines where fixes are missing; a point where there is only one fix."""
        if len(self.stretches) == 1 and len(self.stretches[0]) == 1:
            return shapely.Point(self.stretches[0][0][:2])
        lines = self.lines()
        return shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)

    @property
    def times(self) -> NDArray[np.datetime64] | None:
        """One for each coordinate of `geometry`, UTC; None where no fix has a time that can be read."""
        alone = len(self.stretches) == 1 and len(self.stretches[0]) == 1
        fixes = [fix for stretch in self.stretches for fix in (stretch if alone else _doubled(stretch))]
        times = np.array([moment for _, _, moment in fixes], "datetime64[ms]")
        return None if np.isnat(times).all() else times


def _doubled(stretch: tuple[Fix, ...]) -> tuple[Fix, ...]:
    return stretch * 2 if len(stretch) == 1 else stretch


def track_of(element: ET.Element) -> Track:
    """The fixes of a ``Track`` or ``MultiTrack``.

    Raises
    ------
    ShapeFaulty
        It contains no fix with a position.
    """
    tracks = [element] if local(element) == "Track" else [child for child in element if local(child) == "Track"]
    stretches: list[tuple[Fix, ...]] = []
    missing = unpaired = unreadable = 0
    for track in tracks:
        texts = [child.text for child in track if local(child) == "when"]
        moments = [time_of(text) for text in texts]
        places = [_place(child.text) for child in track if local(child) == "coord"]
        unreadable += sum(bool(np.isnat(moment)) for moment in moments)
        if len(moments) != len(places):
            unpaired += 1
            moments = [np.datetime64("NaT", "ms")] * len(places)
        stretch: list[Fix] = []
        for place, moment in zip(places, moments, strict=True):
            if place is not None:
                stretch.append((*place, moment))
                continue
            missing += 1
            if stretch:
                stretches.append(tuple(stretch))
            stretch = []
        if stretch:
            stretches.append(tuple(stretch))
    if not stretches:
        raise ShapeFaulty("unreadable_geometry", f"{local(element)} contains no fix with a position")
    remarks = []
    if missing:
        remarks.append(Fault("missing_fix", f"fixes without a place: {missing:,}; the track is broken there"))
    if unpaired:
        remarks.append(Fault("times_unread", "the track has another number of times than of fixes; none was taken"))
    elif unreadable:
        remarks.append(Fault("times_unread", f"times that could not be read: {unreadable:,}"))
    return Track(tuple(stretches), tuple(remarks))


def _place(text: str | None) -> tuple[float, float] | None:
    """``longitude latitude [height]``, with white space, or commas as some programs write, between them."""
    try:
        numbers = [float(part) for part in (text or "").replace(",", " ").split()]
    except ValueError:
        return None
    is_place = len(numbers) in (2, 3) and all(math.isfinite(number) for number in numbers[:2])
    return (numbers[0], numbers[1]) if is_place else None


def time_of(text: Any) -> np.datetime64:
    """UTC; a stated offset is honoured. What cannot be read is not a time.

    >>> time_of("2026-05-01T12:00:00+02:00"), time_of("noon")
    (np.datetime64('2026-05-01T10:00:00.000'), np.datetime64('NaT','ms'))
    """
    try:
        moment = datetime.fromisoformat(str(text or "").strip())
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return np.datetime64(moment, "ms")
    except (ValueError, OverflowError):
        return np.datetime64("NaT", "ms")
