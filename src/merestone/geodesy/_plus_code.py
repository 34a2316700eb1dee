"""Plus codes (Open Location Code, specification of 2019): cells of a grid of longitude and latitude.

The code is read here: the library of that name was last released in 2019.
"""

import re
from fractions import Fraction
from typing import Final, NamedTuple

from merestone.geodesy._refusal import PositionRefused
from merestone.languages import gettext

_DIGITS: Final = "23456789CFGHJMPQRVWX"
_CODE: Final = re.compile(rf"\s*([{_DIGITS}0]{{2,8}})\+([{_DIGITS}]*)(?:[\s,]+(\S.*))?\s*", re.IGNORECASE | re.DOTALL)
_PAIRS: Final = 5
_LONGEST: Final = 15
_ROWS, _COLUMNS = 5, 4


class Cell(NamedTuple):
    """A cell: its middle and half its sides, degrees."""

    lat_deg: float
    lon_deg: float
    half_lat_deg: float
    half_lon_deg: float


def is_plus_code(text: str) -> bool:
    """Whether a text has the form of a code, whole or short; a few digits around a + are two numbers."""
    match = _CODE.fullmatch(text)
    return match is not None and (len(match[1]) == 8 or not (match[1] + match[2]).isdecimal())


def read_plus_code(text: str) -> Cell:
    """The cell of a whole code.

    Raises
    ------
    PositionRefused
        It is short, which needs a place to start from; or no code has this form.

    >>> read_plus_code("7FG49QCJ+2V")[:2]
    (20.3700625, 2.7821875)
    """
    match = _CODE.fullmatch(text)
    assert match is not None
    before, after, where = match[1].upper(), match[2].upper(), match[3]
    if len(before) < 8 or where:
        why = gettext("a short Plus code is relative to a town, whose place is not known here")
        raise PositionRefused(
            text, match.start(1), match[1], why, gettext("the whole code, with 8 letters before the +")
        )
    known = before.rstrip("0")
    if "0" in known or len(known) % 2 or (known != before and after) or len(after) == 1 or not known:
        expected = gettext("such as {example}", example="8FRQ3WXX+XX")
        raise PositionRefused(text, match.start(1), match[0].strip(), gettext("this is not a Plus code"), expected)
    code = (known + after)[:_LONGEST]
    lat, lon, step_lat, step_lon = Fraction(-90), Fraction(-180), Fraction(400), Fraction(400)
    for place, (first, second) in enumerate(zip(code[: 2 * _PAIRS : 2], code[1 : 2 * _PAIRS : 2], strict=True)):
        step_lat, step_lon = step_lat / 20, step_lon / 20
        lat += step_lat * _DIGITS.index(first)
        lon += step_lon * _DIGITS.index(second)
        if place == 0 and (lat >= 90 or lon >= 180):
            why = gettext("it is outside the range of valid coordinates")
            raise PositionRefused(text, match.start(1), match[1], why, gettext("another first pair"))
    for digit in code[2 * _PAIRS :]:
        step_lat, step_lon = step_lat / _ROWS, step_lon / _COLUMNS
        row, column = divmod(_DIGITS.index(digit), _COLUMNS)
        lat += step_lat * row
        lon += step_lon * column
    half = step_lat / 2, step_lon / 2
    return Cell(float(lat + half[0]), float(lon + half[1]), float(half[0]), float(half[1]))
