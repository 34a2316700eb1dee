"""The order of the corners of an outline: by number, the start point first and the end point last."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.measures import column_words, words_of
from merestone.exchange.places.outline import without_area

_BRACKETED: Final = re.compile(r"\[(\d+)\]\s*$")
"""As a repeat of an ODK form is named: uuid:.../corners[3]."""
_SHOWN: Final = 10
_BETWEEN: Final = 1
"""The rank of corners that are neither start nor end."""


class Corner(NamedTuple):
    """A corner as its row states it."""

    place: tuple[float, float]
    """Longitude, latitude."""
    number: tuple[int, str] | None
    type_words: frozenset[str]


class Ring(NamedTuple):
    """What corners enclose."""

    geometry: BaseGeometry
    is_settled: bool
    """Whether there is one order only that they can have."""
    missing: tuple[str, ...]
    """Numbers between theirs that no row has."""


def ring_of(corners: Sequence[Corner], numbers_elsewhere: Iterable[int] = ()) -> Ring:
    """The outline through corners; where their order is not certain, the convex hull, in which every order lies.

    Parameters
    ----------
    numbers_elsewhere
        Numbers that points of the record have which are no corners.

    >>> square = [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]
    >>> by_number = [Corner(place, (n, ""), frozenset()) for place, n in zip(square, (1, 3, 2, 4))]
    >>> ring_of(by_number).geometry.equals(shapely.box(0, 0, 1, 1))
    True
    """
    ordered, is_ordered = in_order(corners)
    missing = _missing([c.number[0] for c in corners if c.number is not None], set(numbers_elsewhere))
    places = np.array([corner.place for corner in ordered])
    count = len(np.unique(places, axis=0))
    if count < 3:
        flat = np.vstack([places, np.repeat(places[:1], max(1, 4 - len(places)), axis=0)])
        shape = without_area(shapely.Polygon(flat))
        assert shape.geometry is not None
        return Ring(shape.geometry, True, missing)
    ring = shapely.Polygon(places)
    if is_ordered:
        return Ring(ring, True, missing)
    hull = shapely.convex_hull(shapely.MultiPoint(places))
    if hull.geom_type != "Polygon":
        return Ring(ring, False, missing)
    # Corners that all lie on their hull have one order only that does not cross itself.
    return Ring(hull, len(shapely.get_coordinates(hull)) - 1 == count, missing)


def in_order(corners: Sequence[Corner]) -> tuple[Sequence[Corner], bool]:
    """The corners by number, and whether their order is certain; as they came where one has no number."""
    if any(corner.number is None and _rank(corner) == _BETWEEN for corner in corners):
        return corners, False  # a start and an end need no number
    ordered = sorted(corners, key=lambda corner: (_rank(corner), corner.number or (0, "")))
    place_of: dict[Any, tuple[float, float]] = {}
    is_certain = True
    for corner in ordered:
        is_certain &= place_of.setdefault((_rank(corner), corner.number), corner.place) == corner.place
    return ordered, is_certain


def _rank(corner: Corner) -> int:
    known = column_words()
    return 0 if corner.type_words & known["point_start"] else 2 if corner.type_words & known["point_end"] else _BETWEEN


def _missing(numbers: Sequence[int], elsewhere: set[int]) -> tuple[str, ...]:
    """Whole numbers that a sequence in ones leaves out; none where it runs in other steps."""
    have = sorted(set(numbers))
    if 1 not in {after - before for before, after in pairwise(have)}:
        return ()
    known = elsewhere.union(have)
    gaps = (number for before, after in pairwise(have) for number in range(before + 1, min(after, before + _SHOWN + 1)))
    return tuple(str(number) for number in gaps if number not in known)[:_SHOWN]


def number_of(value: Any) -> tuple[int, str] | None:
    """A point's number, with the letter behind it if it has one; None if there is none.

    >>> number_of("TP-7a"), number_of(3.0), number_of("uuid:4f1/corners[12]"), number_of("north")
    ((7, 'a'), (3, ''), (12, ''), None)
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return (int(value), "") if value.is_integer() else None
    text = str(value).strip()
    if (bracketed := _BRACKETED.search(text)) is not None:
        return int(bracketed[1]), ""
    match = re.fullmatch(r"\D*?(\d{1,15})(?:[.,]0+)?\s*([A-Za-z]?)", text)
    return None if match is None else (int(match[1]), match[2].casefold())


def type_words(point_type: str) -> frozenset[str]:
    """The words of a point's type, without the number behind them: TP-3 is a tp."""
    return frozenset(re.sub(r"\d+$", "", word) for word in words_of(point_type))
