"""A box in one cell as the only place of its row: west, south, east, north, in brackets or as PostGIS writes it."""

import re
from collections.abc import Sequence
from typing import Final

import shapely

from merestone.geodesy import distance_m

_BOX: Final = re.compile(r"(?:BOX(?:2D|3D)?)?[\s\[\](){}\"',;.eE+\-\d]*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)
_LONGEST: Final = 300
_LARGEST_M: Final = 200_000.0
"""No hazard is so wide: four numbers that bound more are in another order."""


def box_in_text(text: str) -> shapely.Polygon | None:
    """The box, in the units of the numbers; None if it cannot be the box of one hazard in degrees or metres.

    >>> box_in_text("[17.10, 44.90, 17.11, 44.91]").bounds, box_in_text("BOX(17.10 44.90,17.11 44.91)").bounds
    ((17.1, 44.9, 17.11, 44.91), (17.1, 44.9, 17.11, 44.91))
    >>> box_in_text("44.90,44.91,17.10,17.11") is None
    True
    """
    if len(text) > _LONGEST or _BOX.fullmatch(text.strip()) is None:
        return None
    digits = re.sub(r"BOX\dD", "", text, flags=re.IGNORECASE)
    return box_of([float(number) for number in _NUMBER.findall(digits)])


def box_of(numbers: Sequence[float]) -> shapely.Polygon | None:
    """The box of four numbers, or of six with heights (RFC 7946, section 5); None as for `box_in_text`."""
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        return None
    west, south, east, north = numbers
    if not south <= north:
        return None
    if max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90:
        across_m = float(distance_m(west, south, east, north))
        east += 360 if east < west - 180 else 0
    else:
        across_m = max(east - west, north - south)  # metres of a projection
    return shapely.box(west, south, east, north) if west <= east and across_m <= _LARGEST_M else None
