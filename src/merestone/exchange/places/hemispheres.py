"""Columns of letters beside degrees without a sign: N or S, E or W. Without them a place lies in another hemisphere."""

from collections.abc import Mapping, Sequence
from functools import cache

from merestone.exchange.places.measures import folded, folded_lists, word_lists, words_of

Axis = tuple[frozenset[str], frozenset[str]]


@cache
def _side_words() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(listed) for name, listed in folded_lists(word_lists("side_words.yaml")).items()}


@cache
def _axes() -> tuple[Axis, Axis]:
    """Of the longitude and of the latitude: all letters, and those of the positive side."""
    known = _side_words()
    longitude = known["east"] | known["west"] | known["either"]
    return (longitude, known["east"]), (known["north"] | known["south"], known["north"])


Sides = tuple[int, int]
"""Column numbers of the hemisphere letters of the longitude and of the latitude; -1: no such column."""


def side_columns(header: Sequence[str], sample: Sequence[Sequence[str]], taken: Sequence[int]) -> Sides | None:
    """The columns whose filled cells are letters of one axis, by what they hold; None if there are none.

    >>> side_columns(["lat", "N/S", "lon", "E/W"], [["44.9", "S", "17.1", "W"]], [2, 0])
    (3, 1)
    """
    named, unnamed = [-1, -1], [-1, -1]
    for place, name in enumerate(header):
        if place in taken:
            continue
        is_named = _is_side(name)
        if not is_named and not (name.startswith("column_") and any(abs(place - other) == 1 for other in taken)):
            continue
        cells = {folded(row[place]).rstrip(".") for row in sample if place < len(row)} - {""}
        axis = next((axis for axis, (letters, _) in enumerate(_axes()) if cells and cells <= letters), None)
        sides = named if is_named else unnamed
        if axis is not None and sides[axis] < 0:
            sides[axis] = place
    if min(unnamed) >= 0:  # right beside the numbers, and of both
        named = [own if own >= 0 else other for own, other in zip(named, unnamed, strict=True)]
    return None if max(named) < 0 else (named[0], named[1])


def _is_side(name: str) -> bool:
    have, known = set(words_of(name)), _side_words()
    return bool(have & known["name"]) and have <= known["name"] | known["name_filler"]


def with_side(degrees: float, letter: str, axis: int) -> float | None:
    """Degrees on the side that a letter states; None if it states none that is known, or the number contradicts it.

    >>> with_side(17.1, "W", 0), with_side(-17.1, "W", 0), with_side(-17.1, "E", 0), with_side(44.9, "", 1)
    (-17.1, -17.1, None, 44.9)
    """
    side = folded(letter).rstrip(".")
    letters, positive = _axes()[axis]
    if not side:
        return degrees
    if side not in letters or side in _side_words()["either"]:
        return None
    if side in positive:
        return degrees if degrees >= 0 else None
    return -abs(degrees)
