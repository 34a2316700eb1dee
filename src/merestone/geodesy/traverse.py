"""Outlines that a surveyor walked: from a start point by bearings and distances, with declination and misclosure.

The surveyor's own entries stay as they were written. What is computed stands beside them, and an adjustment, where one
is asked for, is recorded with what it moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import shapely

from merestone.geodesy.ellipsoid import azimuth_deg, destination, distance_m
from merestone.terms import FieldRefused


class North(StrEnum):
    """What a bearing is counted from."""

    TRUE = "true"
    MAGNETIC = "magnetic"


class BearingUnit(StrEnum):
    """How many units a bearing counts to the full circle."""

    DEGREE = "degree"
    MIL_6400 = "mil 6400"
    """The mil of NATO's compasses."""
    MIL_6000 = "mil 6000"
    """The mil of Soviet and Yugoslav compasses, on which older records were written."""
    GON = "gon"

    @property
    def per_circle(self) -> float:
        """Units to the full circle."""
        return {"degree": 360.0, "mil 6400": 6400.0, "mil 6000": 6000.0, "gon": 400.0}[self.value]


_BOWDITCH: Final = "Bowditch"
_SAME_M: Final = 0.001


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of the surveyor's notes: the bearing and the horizontal distance to the next point, as written."""

    bearing: float
    """In `unit`, clockwise from `north`."""
    distance_m: float
    to: str = ""
    """The name of the point reached, such as ``TP3``."""
    north: North = North.MAGNETIC
    unit: BearingUnit = BearingUnit.DEGREE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Misclosure:
    """How far the last point lies from where it should."""

    distance_m: float
    azimuth_deg: float
    """Direction from where the traverse should end to where it ended, degrees of true north; NaN if it closed."""
    length_m: float
    """Length of all legs."""

    @property
    def one_in(self) -> float:
        """Length of the traverse for each metre of misclosure, the 2500 of "1 in 2500"; infinite if it closed."""
        return self.length_m / self.distance_m if self.distance_m else float("inf")


@dataclass(frozen=True, slots=True)
class TraversePoint:
    """A point of a traverse: where the notes put it, where the adjustment put it, and how far apart the two are."""

    name: str
    computed_lon_deg: float
    computed_lat_deg: float
    lon_deg: float
    lat_deg: float
    moved_m: float


@dataclass(frozen=True, slots=True)
class Traverse:
    """The surveyor's entries and what was computed from them."""

    start_lon_deg: float
    start_lat_deg: float
    legs: tuple[Leg, ...]
    declination_deg: float | None
    """Degrees by which magnetic north lies east of true north; None if no leg needed it."""
    points: tuple[TraversePoint, ...]
    """One for each leg's end, in order."""
    misclosure: Misclosure | None
    """None if the traverse is open, so that nothing can be compared."""
    adjustment: str
    """``none`` or ``Bowditch``."""

    def ring(self) -> shapely.Polygon:
        """The area that the start point and the adjusted points enclose.

        The last point is left out only if it is the start again to a millimetre; an unadjusted one that missed the
        start stays a corner, so that nothing that was walked is cut off.

        Raises
        ------
        FieldRefused
            There are fewer than three different points.
        """
        places = [(self.start_lon_deg, self.start_lat_deg), *((p.lon_deg, p.lat_deg) for p in self.points)]
        if distance_m(*places[0], *places[-1]) < _SAME_M:
            places.pop()
        if len(set(places)) < 3:
            raise FieldRefused(
                "legs", len(self.legs), "enclose no area", "give at least three legs that return to the start"
            )
        return shapely.Polygon(places)


def traverse(
    start_lon_deg: float,
    start_lat_deg: float,
    legs: Sequence[Leg],
    *,
    declination_deg: float | None = None,
    closes: bool = True,
    end: tuple[float, float] | None = None,
    adjust: bool = False,
) -> Traverse:
    """Compute a traverse on WGS 84, leg by leg as geodesics.

    Parameters
    ----------
    start_lon_deg, start_lat_deg
        The start point, degrees.
    legs
        The surveyor's bearings and horizontal distances, in order.
    declination_deg
        Degrees by which magnetic north lay east of true north at that place and time (west is negative). Needed if a
        leg's bearing is magnetic; it is never guessed.
    closes
        Whether the last leg returns to the start point (or to `end`), so that a misclosure can be given.
    end
        Longitude and latitude of a known point at which the traverse ends instead of its start.
    adjust
        Distribute the misclosure over the points in proportion to the distance walked (Bowditch's or the compass
        rule). The computed places are kept beside the adjusted ones.

    Raises
    ------
    FieldRefused
        A bearing or distance is not finite, a distance is negative, a magnetic bearing has no declination, there is no
        leg, or an open traverse is to be adjusted.

    >>> square = [Leg(90, 100, "TP2"), Leg(0, 100, "TP3"), Leg(270, 100, "TP4"), Leg(180, 100, "SP")]
    >>> walked = traverse(0.01, 0.01, square, declination_deg=4.5)
    >>> walked.misclosure.distance_m < 0.001
    True
    """
    if not legs:
        raise FieldRefused("legs", (), "are missing", "give at least one bearing and distance")
    if adjust and not (closes or end):
        raise FieldRefused(
            "adjust", adjust, "an open traverse has no misclosure to distribute", "close it or give its end"
        )
    names, places = [], [(start_lon_deg, start_lat_deg)]
    for number, leg in enumerate(legs, start=1):
        places.append(destination(*places[-1], _true_azimuth_deg(leg, number, declination_deg), leg.distance_m))
        names.append(leg.to or f"point {number}")
    goal = end or places[0]
    misclosure = None if not (closes or end) else _misclosure(goal, places[-1], legs)
    gap_m = 0.0 if misclosure is None else misclosure.distance_m
    points = _points(names, places, legs, goal, gap_m if adjust else 0.0)
    needed = declination_deg if any(leg.north is North.MAGNETIC for leg in legs) else None
    how = _BOWDITCH if adjust else "none"
    return Traverse(start_lon_deg, start_lat_deg, tuple(legs), needed, tuple(points), misclosure, how)


def _points(
    names: Sequence[str],
    places: Sequence[tuple[float, float]],
    legs: Sequence[Leg],
    goal: tuple[float, float],
    shift_m: float,
) -> list[TraversePoint]:
    """The computed points, each moved towards the goal by its share of the shift, by the distance walked to it."""
    back_deg = azimuth_deg(*places[-1], *goal) if shift_m else 0.0
    walked_m = np.cumsum([leg.distance_m for leg in legs])
    points = []
    for name, place, walked in zip(names, places[1:], walked_m.tolist(), strict=True):
        moved_m = shift_m * walked / walked_m[-1] if walked_m[-1] > 0 else 0.0
        there = destination(*place, back_deg, moved_m) if moved_m else place
        points.append(TraversePoint(name, *place, *there, float(moved_m)))
    return points


def _misclosure(goal: tuple[float, float], last: tuple[float, float], legs: Sequence[Leg]) -> Misclosure:
    """By how much and in which direction the last point misses the one at which the traverse should end."""
    return Misclosure(distance_m(*goal, *last), azimuth_deg(*goal, *last), sum(leg.distance_m for leg in legs))


def _true_azimuth_deg(leg: Leg, number: int, declination_deg: float | None) -> float:
    name = f"leg {number}"
    if not np.isfinite(leg.bearing) or not 0 <= leg.bearing <= leg.unit.per_circle:
        remedy = f"give 0 to {leg.unit.per_circle:g} {leg.unit.value}"
        raise FieldRefused(f"{name}, bearing", leg.bearing, "is not a bearing", remedy)
    if not np.isfinite(leg.distance_m) or leg.distance_m < 0:
        raise FieldRefused(f"{name}, distance_m", leg.distance_m, "is not a distance", "give metres, 0 or more")
    bearing_deg = leg.bearing * 360.0 / leg.unit.per_circle
    if leg.north is North.TRUE:
        return bearing_deg
    if declination_deg is None or not np.isfinite(declination_deg):
        why = "a magnetic bearing needs the declination of its place and time"
        raise FieldRefused(f"{name}, declination_deg", declination_deg, why, "give it, east positive, or true bearings")
    return bearing_deg + declination_deg
