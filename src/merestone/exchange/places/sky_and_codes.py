"""Headers that name the half of the globe, `Lat(N)` with `Long(E)`, and geohashes, which stand for a cell of it."""

import math
import re
from collections.abc import Sequence
from typing import Final

from merestone.exchange.places.measures import words_of

_BASE_32: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
_GEOHASH: Final = re.compile(r"[0-9b-hjkmnp-z]{5,12}")
_DEGREE_M: Final = 112_000.0
"""No degree of longitude or latitude is longer on WGS 84."""
_WORDS_OF_THREE: Final = frozenset({"what3words", "what3word", "w3w"})


def header_without_sky(header: Sequence[str]) -> list[str]:
    """Names of columns without the letters of north and east, where one latitude and one longitude have them.

    South and west stay: whether their numbers carry a sign nobody can see.

    >>> header_without_sky(["id", "Lat(N)", "Long(E)"]), header_without_sky(["Lat N", "Lat S", "Lon E", "Lon W"])[0]
    (['id', 'Lat', 'Long'], 'Lat N')
    """
    out = list(header)
    for axis, letters, plain in (
        (("lat", "latitude"), frozenset("ns"), "n"),
        (("lon", "long", "lng", "longitude"), frozenset("ew"), "e"),
    ):
        lettered = [
            at
            for at, name in enumerate(header)
            if len(words_of(name)) == 2 and words_of(name)[0] in axis and words_of(name)[1] in letters
        ]
        if len(lettered) == 1 and words_of(header[lettered[0]])[1] == plain:
            match = re.match(r"\W*([^\W_]+)", header[lettered[0]])
            out[lettered[0]] = match[1] if match and match[1].lower() in axis else header[lettered[0]]
    return out


def is_geohash_column(name: str) -> bool:
    """Whether a column is called one of geohashes.

    >>> is_geohash_column("GeoHash"), is_geohash_column("geohash_9"), is_geohash_column("hash")
    (True, True, False)
    """
    have = "".join(words_of(name))
    return re.fullmatch(r"geohash\d{0,2}|geohashcode", have) is not None


def is_words_of_three(name: str) -> bool:
    """Whether a column is called one of what3words."""
    return bool(_WORDS_OF_THREE & {*words_of(name), "".join(words_of(name))})


def geohash_place(text: str) -> tuple[float, float, float] | None:
    """Longitude, latitude of the middle of a geohash's cell, degrees, half its diagonal, metres; None if invalid.

    Source: G. Niemeyer's definition of 2008: bits of longitude and latitude in turn, five a letter.

    >>> lon_deg, lat_deg, half_m = geohash_place("ezs42")
    >>> round(lon_deg, 3), round(lat_deg, 3), half_m < 3_500
    (-5.603, 42.605, True)
    """
    code = text.strip().lower()
    if _GEOHASH.fullmatch(code) is None:
        return None
    low, high = [-180.0, -90.0], [180.0, 90.0]
    bit = 0
    for letter in code:
        index = _BASE_32.index(letter)
        for at in range(4, -1, -1):
            axis = bit % 2
            middle = (low[axis] + high[axis]) / 2
            if index >> at & 1:
                low[axis] = middle
            else:
                high[axis] = middle
            bit += 1
    half_m = math.hypot(high[0] - low[0], high[1] - low[1]) / 2 * _DEGREE_M
    return (low[0] + high[0]) / 2, (low[1] + high[1]) / 2, half_m


_HXL_TAG: Final = re.compile(r"\s*#[a-zA-Z][\w]*(?:\s*\+[a-zA-Z]\w*)*\s*")


def is_hxl_row(cells: Sequence[str]) -> bool:
    """Whether a row holds hashtags of the Humanitarian Exchange Language (HXL 1.1) and nothing else.

    >>> is_hxl_row(["#meta+id", "", "#geo+lat"]), is_hxl_row(["#1", "a"])
    (True, False)
    """
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(_HXL_TAG.fullmatch(cell) for cell in filled)
