"""Corners of an area that somebody wrote into a remark: "bounded by 44.900 N 17.100 E, 44.900 N 17.110 E and ...".

A hazard is then all that these places bound, beside its own place: what else they may be, such as a way in, makes the
area larger, and the report names the column. Released land is never made larger by a remark.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.measures import ANDROID_TO_95
from merestone.exchange.places.text_geometry import TextGeometry
from merestone.geodesy import Code, Notation, Position, PositionRefused, distance_m, parse_position

_SHORTEST: Final = 40
_LONGEST: Final = 20_000
"""Characters: nobody writes the corners of one area into a longer remark."""
_FARTHEST_M: Final = 10_000.0
"""A place farther from the row's own is no corner of it, as for an outline in a column of its own."""
_NUMBER: Final = r"-?\d{1,3}\.\d{3,}\s?°?"
_ANGLE: Final = r"\d{1,3}\s?[°º]\s?(?:\d{1,2}(?:\.\d+)?\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?(?:\"|″|''|”)\s?)?)?"
_LETTER_BEHIND: Final = r"(?:\s?[NSEW](?!\s*\d)\b)?"
_COORDINATE: Final = rf"(?:\b[NSEW]\s?)?(?:{_ANGLE}|{_NUMBER}){_LETTER_BEHIND}"
_DIGITS: Final = re.compile(r"(?:[^\d]*+\d){18}")
"""Three places have at least so many."""
_PLACE: Final = re.compile(
    rf"{_COORDINATE}\s*[,;/]?\s*{_COORDINATE}|\b\d{{1,2}}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{{2}}\s?\d{{3,5}}\s?\d{{3,5}}\b"
)


def may_name_corners(value: Any) -> bool:
    """Whether a cell may hold the corners of an area among other words, at the cost of a glance.

    >>> may_name_corners("Corners: 44.900 17.100; 44.900 17.110; 44.910 17.110"), may_name_corners("44.900 17.100")
    (True, False)
    """
    return (
        isinstance(value, str)
        and _SHORTEST <= len(value) <= _LONGEST
        and _DIGITS.match(value) is not None
        and len(_PLACE.findall(value)) > 2
    )


def corners_in_remark(text: str, own: BaseGeometry) -> TextGeometry | None:
    """What the places in a text bound, in their order; None if fewer than three lie near the row's own.

    >>> text = "Bounded by 44.900 N 17.100 E, 44.900 N 17.110 E, 44.910 N 17.110 E and 44.910 N 17.100 E"
    >>> corners_in_remark(text, shapely.Point(17.1, 44.9)).geometry.bounds
    (17.1, 44.9, 17.11, 44.91)
    """
    if own.is_empty:
        return None
    places = [place for match in _PLACE.finditer(text) if (place := _read(match[0])) is not None]
    middle = own.centroid.coords[0]
    corners: list[tuple[float, float]] = []
    for place in places:
        readings = [(place.lon_deg, place.lat_deg)]
        if any(each.code is Code.AXES_ASSUMED for each in place.findings) and abs(place.lon_deg) <= 90:
            readings.append((place.lat_deg, place.lon_deg))
        corners += [at for at in readings if distance_m(*at, *middle) <= _FARTHEST_M][:1]
    if len(set(corners)) < 3:
        return None
    return TextGeometry(shapely.Polygon(corners), None, written_accuracy_m(places), "places in a text")


def written_accuracy_m(places: Iterable[Position]) -> float | None:
    """How exactly the coarsest of several places is written, metres, as a `TextGeometry` states it.

    None where all are decimal degrees, which do not widen: tables drop the zeros at their ends.
    """
    coarsest_m = max((each.resolution_m for each in places if each.notation is not Notation.DECIMAL), default=None)
    return None if coarsest_m is None else coarsest_m / ANDROID_TO_95


def _read(text: str) -> Position | None:
    try:
        return parse_position(text)
    except PositionRefused:
        return None
