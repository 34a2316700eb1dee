"""Which of two numbers without letters is the longitude: as the name of a column or any of its rows tells it.

A form writes latitude first, with an altitude and an accuracy behind (ODK XForms specification, geopoint). Pairs alone
say nothing: web maps write the one order, GIS programs the other.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from merestone.geodesy import PositionRefused, parse_position


class PairOrder(NamedTuple):
    """The order of the pairs of a column."""

    lon_first: bool
    is_known: bool
    """Whether the name or a row says so; else it is a rule of ours that has to be told."""


_NUMBERS = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_LONGEST = 2_000
"""Characters of a cell that are looked at."""


def order_of_pairs(name_parts: Sequence[str], texts: Sequence[str]) -> PairOrder:
    """As the name says it (latlon, lon lat), or as a number that is no latitude shows it.

    >>> order_of_pairs(("lonlat",), []), order_of_pairs(("corners",), ["117.1 44.9; 117.2 44.9"])
    (PairOrder(lon_first=True, is_known=True), PairOrder(lon_first=True, is_known=True))
    >>> order_of_pairs(("corners",), ["17.1 44.9; 17.2 44.9"])
    PairOrder(lon_first=False, is_known=False)
    """
    joined = "".join(name_parts)
    at = [joined.find(axis) for axis in ("lat", "lon" if "lon" in joined else "lng")]
    if min(at) >= 0:
        return PairOrder(at[1] < at[0], is_known=True)
    shown = {place for text in texts for place in _no_latitudes(text)}
    return PairOrder(shown == {0}, is_known=len(shown) == 1)


def _no_latitudes(text: str) -> set[int]:
    """Which of the two numbers of its pairs is over 90, and so is a longitude: 0 the first, 1 the second."""
    out = set()
    for piece in text[:_LONGEST].split(";"):
        numbers = [abs(float(number.replace(",", "."))) for number in _NUMBERS.findall(piece)[:5]]
        if 2 <= len(numbers) <= 3 and max(numbers[:2]) <= 180:
            out |= {at for at, number in enumerate(numbers[:2]) if number > 90}
    return out


def is_certain_position(text: str) -> bool:
    """Whether a text is a position, and letters say which number is which."""
    try:
        return len(text) >= 5 and not parse_position(text).findings
    except PositionRefused:
        return False
