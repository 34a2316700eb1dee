"""How large the hazard around a point is, and the largest distance that two of its points can have.

What a file says of a size says nothing of the shape, nor of where in it the point stands. So an extent is a distance
across:
wherever the point stands in the hazard, nothing of it lies farther away than that.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from merestone.exchange.places.measures import word_lists, words_of

ELONGATION: Final = 4.0
"""Where an area alone is stated, it is taken as up to this many times as long as wide. Ours: hazardous areas along
roads and front lines are longer, and so its accuracy is taken as unknown besides."""


class Quantity(StrEnum):
    """What a number tells of an extent."""

    AREA = "area"
    LENGTH = "length"
    WIDTH = "width"
    PERIMETER = "perimeter"
    SIZE = "size"
    RADIUS = "radius"


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the hazard reaches, as its row tells it."""

    across_m: float
    """The largest distance between two of its points; of a radius, twice the radius."""
    statement: str
    """What was read, and how."""
    is_certain: bool = True
    """Whether it can be no larger."""
    is_centred: bool = False
    """Whether the point is its middle, as of a circle with a radius."""
    width_m: float | None = None
    """How wide it is across its length, if that is stated."""
    area_m2: float | None = None


@cache
def extent_words() -> Mapping[str, Any]:
    """The lists of `extent_words.yaml`: text as it stands there, and `units_m2`: square metres of each unit of area."""
    vocabulary = word_lists("extent_words.yaml")
    units_m2 = {
        " ".join(words_of(str(unit))): float(m2) for m2, units in vocabulary.pop("units_m2").items() for unit in units
    }
    return {name: tuple(map(str, column_words)) for name, column_words in vocabulary.items()} | {"units_m2": units_m2}


@cache
def single_words(name: str) -> frozenset[str]:
    """Those of a list that are one word, folded."""
    return frozenset(name_words[0] for word in extent_words()[name] if len(name_words := words_of(word)) == 1)


def units_m2() -> Mapping[str, float]:
    """Square metres of one of each unit of area."""
    units: Mapping[str, float] = extent_words()["units_m2"]
    return units


def extents_of_numbers(numbers: Mapping[Quantity, tuple[float, str]]) -> list[Extent]:
    """What numbers in metres and square metres tell together; each with the words that say where it stands."""
    extents: list[Extent] = []
    length, width = numbers.get(Quantity.LENGTH), numbers.get(Quantity.WIDTH)
    if length is not None and width is not None:
        text = f"{length[1]}, {width[1]}"
        extents.append(Extent(math.hypot(length[0], width[0]), text, width_m=min(length[0], width[0])))
    elif length is not None:
        extents.append(extent_of_length(*length))
    elif width is not None:
        text = f"{width[1]}; how long it is nobody says"
        extents.append(Extent(width[0] * math.sqrt(2), text, is_certain=False, width_m=width[0]))
    if (perimeter := numbers.get(Quantity.PERIMETER)) is not None:
        extents.append(Extent(perimeter[0] / 2, perimeter[1]))
    if (radius := numbers.get(Quantity.RADIUS)) is not None:
        extents.append(Extent(2 * radius[0], f"{radius[1]}: a radius", is_centred=True))
    if (area := numbers.get(Quantity.AREA)) is not None:
        extents.append(extent_of_area(*area))
    return extents


def extent_of_length(length_m: float, statement: str) -> Extent:
    """Of something that is at most as wide as long.

    >>> round(extent_of_length(100.0, "a strip").across_m, 1)
    141.4
    """
    return Extent(length_m * math.sqrt(2), statement)


def extent_of_area(area_m2: float, statement: str) -> Extent:
    """Of an area of unknown shape: a rectangle that is `ELONGATION` times as long as wide, not certain.

    >>> round(extent_of_area(10_000.0, "1 ha").across_m, 1)
    206.2
    """
    across_m = math.sqrt(area_m2 * (ELONGATION + 1 / ELONGATION))
    return Extent(across_m, f"{statement}; its shape is not stated", is_certain=False, area_m2=area_m2)


def that_count(extents: Sequence[Extent]) -> list[Extent]:
    """Those that count: an area is left out where another extent can hold it (isodiametric inequality)."""
    certain_m = max((extent.across_m for extent in extents if extent.is_certain), default=0.0)
    most_m2 = math.pi / 4 * certain_m**2
    return [e for e in extents if e.is_certain or e.area_m2 is None or e.area_m2 > most_m2]
