"""Columns that tell how large the hazard around a point is: area, length and width, perimeter, size, `r`."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from merestone.exchange.places.extent import (
    Extent,
    Quantity,
    extent_of_area,
    extent_of_length,
    extents_of_numbers,
    single_words,
    units_m2,
)
from merestone.exchange.places.extent_text import LONGEST_TEXT, dimensions_in, extents_in_text
from merestone.exchange.places.measures import column_words, folded, length_m, words_of

_HECTARES_BELOW: Final = 100.0
"""A number without a unit in a column of areas is taken as hectares below this, else as square metres."""
_DEGREES_BELOW: Final = 1.0
"""A length or an area of a drawn shape (Esri's `Shape_Length`, `Shape_Area`) below this is taken as of degrees."""
_DEGREE_M: Final = 111_700.0
"""The longest degree of the meridian has 111,694 m."""
_SMALLEST_M: Final = 1.0
"""Smaller extents are of an object, not of land."""
_MOST_NESTED: Final = 3
_DRAWN: Final = frozenset({"shape", "geom", "st", "geometry"})


_INITIALS: Final = {("r",): Quantity.RADIUS, ("l",): Quantity.LENGTH, ("w",): Quantity.WIDTH, ("wid",): Quantity.WIDTH}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    quantity: Quantity
    unit: float | None
    """Metres or square metres of one; None: the name states no unit."""
    is_drawn: bool = False
    """Whether it is the measure of a drawn shape, which may be in degrees."""


@lru_cache(maxsize=4096)
def _column(name: str) -> _Column | None:
    """What a column tells of an extent; None if it tells none."""
    rest, unit, is_area = _without_unit(words_of(name))
    have, fillers = set(rest), single_words("fillers")
    if is_area and have <= fillers:
        return _Column(name, Quantity.AREA, unit)
    if rest in _INITIALS and not is_area:
        return _Column(name, _INITIALS[rest], unit)
    for quantity in (Quantity.PERIMETER, Quantity.LENGTH, Quantity.WIDTH, Quantity.SIZE, Quantity.AREA):
        known = single_words(quantity.value)
        if not have & known or not have <= known | fillers:
            continue
        if is_area:
            return _Column(name, Quantity.AREA, unit)
        is_drawn = unit is None and bool(have & _DRAWN)
        if quantity is Quantity.LENGTH and is_drawn:
            return _Column(name, Quantity.PERIMETER, unit, is_drawn)
        if unit is None and have & single_words("length_or_place"):
            return None
        return _Column(name, quantity, unit, is_drawn)
    return None


def _without_unit(name_words: tuple[str, ...]) -> tuple[tuple[str, ...], float | None, bool]:
    """The words without a unit at their end, what one of it is (metres or square metres), and whether of area."""
    for size in (3, 2, 1):
        unit = units_m2().get(" ".join(name_words[-size:])) if len(name_words) >= size else None
        if unit is not None:
            return name_words[:-size], unit, True
    metres: Mapping[str, float] = column_words()["units_m"]
    if len(name_words) > 1 and name_words[-1] in metres:
        return name_words[:-1], metres[name_words[-1]], False
    return name_words, None, False


def extent_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that tell an extent.

    >>> extent_columns(["id", "Area (ha)", "length_m", "area_code", "Shape_Area", "taille", "cleared_area_m2"])
    ('Area (ha)', 'length_m', 'Shape_Area', 'taille')
    """
    columns = [column for name in names if (column := _column(name)) is not None]
    initials = {column.quantity for column in columns if words_of(column.name)[0] in ("l", "w")}
    is_pair = len(initials) > 1  # an L or a W alone may be anything
    return tuple(column.name for column in columns if is_pair or words_of(column.name)[0] not in ("l", "w"))


def flat_values(attributes: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """The values of a row with those of nested objects under names such as ``properties.radius``.

    >>> flat_values({"id": 1, "properties": '{"radius": 200}'})
    {'id': 1, 'properties.radius': 200}
    """
    out: dict[str, Any] = {}
    for name, value in attributes.items():
        nested = value
        if isinstance(value, str) and value[:1] == "{" and len(value) < LONGEST_TEXT:
            try:
                nested = json.loads(value)
            except (ValueError, RecursionError):
                nested = value
        if isinstance(nested, Mapping) and depth < _MOST_NESTED and "coordinates" not in nested:
            inner = flat_values({str(key): nested_value for key, nested_value in nested.items()}, depth + 1)
            out |= {f"{name}.{key}": nested_value for key, nested_value in inner.items()}
        else:
            out[name] = value
    return out


def extents_of(values: Mapping[str, Any], columns: Sequence[str]) -> tuple[list[Extent], list[str]]:
    """What the columns and texts of a row tell, and words on cells that tell an extent that cannot be read.

    Parameters
    ----------
    values
        By name of the column, flat.
    columns
        Those of `extent_columns`.

    >>> extents, _ = extents_of({"length_m": 400, "width_m": "30"}, ["length_m", "width_m"])
    >>> round(extents[0].across_m, 1), extents[0].width_m
    (401.1, 30.0)
    >>> extents_of({"remarks": "mined within a radius of 200 m"}, [])[0][0].across_m
    400.0
    """
    numbers: dict[Quantity, tuple[float, str]] = {}
    unread: list[str] = []
    extents: list[Extent] = []
    for name in columns:
        column, value = _column(name), values.get(name)
        assert column is not None
        if value is None or value == "" or isinstance(value, (bool, list)):
            continue
        if any_kind := _of_any_kind(column, value):
            extents += any_kind
            continue
        amount, unit_words = _amount(column, value)
        if amount is None or amount == 0 or column.quantity is Quantity.SIZE:
            continue
        if math.isnan(amount):
            if column.unit is not None and not extents_in_text(value):
                unread.append(f"{name} = {value!r} cannot be read, so how far the hazard reaches is unknown")
            elif isinstance(value, str):
                extents += _named(extents_in_text(value), name)
            continue
        before = numbers.get(column.quantity)
        if before is None or amount > before[0]:
            numbers[column.quantity] = amount, f"{name} = {value!r}{unit_words}"
    extents += extents_of_numbers(numbers)
    for name, value in values.items():
        if isinstance(value, str) and name not in columns:
            extents += _named(extents_in_text(value), name)
    return [extent for extent in extents if extent.across_m >= _SMALLEST_M], unread


def _named(extents: Iterable[Extent], column: str) -> list[Extent]:
    return [replace(extent, statement=f"{column} says {extent.statement}") for extent in extents]


def _amount(column: _Column, value: Any) -> tuple[float | None, str]:
    """The number of a cell in metres or square metres, and words on a unit that was assumed."""
    has_letters = isinstance(value, str) and any(c.isalpha() for c in value)
    if column.quantity is not Quantity.AREA:
        metres = length_m(value, bare_unit_m=column.unit or 1.0)
        if column.is_drawn and metres is not None and metres < _DEGREES_BELOW:
            return metres * _DEGREE_M, " (taken as degrees)"
        return metres, "" if column.unit is not None or has_letters else " (no unit stated: metres)"
    area_m2 = length_m(value, bare_unit_m=column.unit or 1.0, units=units_m2())
    if column.unit is not None or area_m2 is None or math.isnan(area_m2) or has_letters:
        return area_m2, ""
    if column.is_drawn:
        return (area_m2 * _DEGREE_M**2, " (taken as square degrees)") if area_m2 < _DEGREES_BELOW else (area_m2, "")
    if area_m2 < _HECTARES_BELOW:
        return area_m2 * 1e4, " (no unit stated: hectares, the larger reading)"
    return area_m2, " (no unit stated: square metres)"


def _of_any_kind(column: _Column, value: Any) -> list[Extent]:
    """What a cell tells that may hold any kind of extent: 200x300, 2 ha, 150 m, or a bare number."""
    if column.quantity is not Quantity.SIZE and not (column.quantity is Quantity.AREA and isinstance(value, str)):
        return []
    extents = dimensions_in(folded(str(value)), is_unit_needed=False, bare_m=column.unit or 1.0)
    if extents or column.quantity is Quantity.AREA:
        return _named(extents, column.name)
    text = f"{column.name} = {value!r}"
    for units, make in ((units_m2(), extent_of_area), (None, extent_of_length)):
        amount = length_m(value, bare_unit_m=math.nan if units is not None else column.unit or math.nan, units=units)
        if amount is not None and not math.isnan(amount):
            return [make(amount, text)]
    number = length_m(value)
    if number is None or math.isnan(number) or number == 0:
        return _named(extents_in_text(value), column.name)
    area_m2 = number * (1e4 if number < _HECTARES_BELOW else 1.0)
    return [extent_of_area(area_m2, f"{text} (no unit stated: taken as an area of {area_m2:g} m2)")]
