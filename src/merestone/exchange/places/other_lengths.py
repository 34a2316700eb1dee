"""Lengths beside a place of which nobody knows what they measure: taken as how far the hazard may reach around it.

No list of names is ever whole: an axis of an ellipse, a dispersion, a danger zone. So every length with its unit
counts, but for those that say that they measure something else (a height, a depth, the way to the next town).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final

from merestone.exchange.places.bearing_columns import bearing_words
from merestone.exchange.places.columns import column_roles
from merestone.exchange.places.extent import Extent, single_words
from merestone.exchange.places.measures import column_words, length_m, words_of

_LEAST_M: Final = 25.0
"""Shorter lengths are of objects, and lie within what every answer warns of."""
_LONGEST_CELL: Final = 24
_LARGE_UNIT_M: Final = 0.3
"""Units of land: metres, feet, yards, kilometres, miles; a calibre has others."""
_LARGEST_UNIT_M: Final = 2000.0
"""Degrees are none of them."""


@cache
def _of_something_else() -> frozenset[str]:
    known = column_words()
    of_other: frozenset[str] = known["not_horizontal"] | known["not_of_hazard"] | known["accuracy"]
    return (of_other - {"area"}).union(bearing_words()["of_other"], single_words("no_length_of_land"))


def _units() -> Mapping[str, float]:
    metres: Mapping[str, float] = column_words()["units_m"]
    return {unit: size_m for unit, size_m in metres.items() if _LARGE_UNIT_M < size_m < _LARGEST_UNIT_M}


def other_length_columns(names: Sequence[str], understood: Collection[str]) -> tuple[str, ...]:
    """The columns that may hold a length of the hazard that no list knows.

    >>> other_length_columns(["semi_major_m", "elevation_m", "danger zone", "lat", "people_within_500m"], ())
    ('semi_major_m', 'danger zone')
    """
    return tuple(name for name in names if name not in understood and not _is_of_something_else(name, names))


def _is_of_something_else(name: str, names: Sequence[str]) -> bool:
    name_words = words_of(name)
    if (
        not name_words
        or _of_something_else().intersection(name_words)
        or column_roles(0, name).roles.keys() - {"zone", "band", "hemisphere"}
    ):
        return True
    if any(character.isdigit() for character in name):  # within_1km counts what is there
        return True
    stem = name_words[:-1]
    return name_words[-1] == "m" and any(words_of(other) in ((*stem, "f"), (*stem, "w")) for other in names)  # men


def extents_of_other_lengths(values: Mapping[str, Any], columns: Sequence[str]) -> list[Extent]:
    """What the lengths of a row reach, each as a radius; those without a unit in their name or cell are left out."""
    extents = []
    for name in columns:
        value = values.get(name)
        if value is None or isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        name_words = words_of(name)
        unit_m = _units().get(name_words[-1]) if len(name_words) > 1 else None
        if isinstance(value, str) and (len(value) > _LONGEST_CELL or not value[:1].isdigit()):
            continue
        length = length_m(value, bare_unit_m=math.nan if unit_m is None else unit_m, units=_units())
        if length is not None and length >= _LEAST_M:
            text = f"{name} = {value!r}: a length of which is not known what it measures, taken as a radius"
            extents.append(Extent(2 * length, text, is_centred=True))
    return extents
