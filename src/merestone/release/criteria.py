"""A programme's criteria as its own file states them: weight, direction and PROMETHEE's thresholds, name by name.

Nothing is filled in but what `Criterion` says is left out; a word that is not known is refused, so that a threshold
that was misspelt is not silently none.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from merestone.release.priority import Criterion
from merestone.terms import FieldRefused

WORDS: Final = ("name", "weight", "more_is_pressing", "indifference", "preference")
"""What a criterion may say, as the fields of `Criterion`."""


def read_criteria(content: Mapping[str, Any], *, origin: str) -> tuple[Criterion, ...]:
    """Read the criteria of a file, as YAML or JSON gives it.

    Raises
    ------
    FieldRefused
        No list of criteria, a criterion without name or weight, a word that is not known, a value of the wrong type
        or that is not finite. The message names `origin` and the criterion.

    >>> read_criteria({"criteria": [{"name": "people", "weight": 3, "indifference": 10}]}, origin="mine.yaml")[0].weight
    3.0
    """
    rows = content.get("criteria")
    if not isinstance(rows, list) or not rows:
        raise FieldRefused(
            f"{origin}: criteria", rows, "is not a list of criteria", "write at least one, with its weight"
        )
    return tuple(_criterion(row, f"{origin}: criterion {number}") for number, row in enumerate(rows, start=1))


def _criterion(row: object, place: str) -> Criterion:
    if not isinstance(row, Mapping):
        raise FieldRefused(place, row, "is not a criterion", "write name and weight under it")
    name = row.get("name")
    if not isinstance(name, str) or not name.strip():
        raise FieldRefused(f"{place}: name", name, "is not a name", "give the column's name")
    place = f"{place} ({name})"
    strange = [word for word in row if word not in WORDS]
    if strange:
        raise FieldRefused(f"{place}: {strange[0]}", row[strange[0]], "is not known", f"use {', '.join(WORDS)}")
    more = row.get("more_is_pressing", True)
    if not isinstance(more, bool):
        raise FieldRefused(f"{place}: more_is_pressing", more, "is neither", "write true or false")
    preference = row.get("preference")
    return Criterion(
        name.strip(),
        _number(row.get("weight"), f"{place}: weight"),
        more,
        _number(row.get("indifference", 0.0), f"{place}: indifference"),
        None if preference is None else _number(preference, f"{place}: preference"),
    )


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise FieldRefused(place, value, "is not a finite number", "write a number")
    return float(value)
