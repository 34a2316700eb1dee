"""Columns of one type each, for the formats whose columns have types: Arrow's, which GDAL and Parquet take as they are.

A column holds what every value of it can be: truth values, whole numbers, numbers, days, moments, and text for all
else. A text that is a day in every row, or a moment in UTC, is written as one, so that others can sort by it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import pyarrow as pa

from merestone.exchange.rows.cells import text_of
from merestone.exchange.rows.format import Feature

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}000)?\+00:00")
_ENDINGS: Final[dict[str, Any]] = {
    "_on": pa.date32(), "true_from": pa.date32(), "true_until": pa.date32(), "_at": pa.timestamp("ms", "UTC"),
    "_m": pa.float64(), "_m2": pa.float64(),
}  # fmt: skip
"""Our names end in what they hold; so a column that happens to be empty has the type that it has elsewhere."""
_LARGEST_WHOLE: Final = 2**53
"""Up to here every whole number is a double."""


def columns_of(features: Sequence[Feature]) -> dict[str, Any]:
    """Every column of these features, by name, in the order in which they first appear, as Arrow arrays."""
    names = dict.fromkeys(name for feature in features for name in feature.attributes)
    return {name: column_of([feature.attributes.get(name) for feature in features], name) for name in names}


def column_of(values: Sequence[Any], name: str = "") -> Any:
    """One column of one type; None where it is empty. Columns of several types are text, and an empty one is as named.

    >>> str(column_of([None, 1, 2.5]).type), str(column_of([1, "a"]).type), str(column_of([None], "data_on").type)
    ('double', 'string', 'date32[day]')
    """
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values), next((kind for end, kind in _ENDINGS.items() if name.endswith(end)), pa.string()))
    if kinds == {str}:
        return _texts(values)
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values if value is not None):
        return pa.array(values, pa.int64())
    if kinds and kinds <= {int, float} and _all_doubles(values):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if kinds == {date}:
        return pa.array(values, pa.date32())
    if kinds == {datetime} and all(value.tzinfo is not None for value in values if value is not None):
        moments = [None if value is None else value.astimezone(UTC) for value in values]
        return pa.array([_to_the_millisecond(moment) for moment in moments], pa.timestamp("ms", "UTC"))
    return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def _all_doubles(values: Sequence[Any]) -> bool:
    return all(abs(value) <= _LARGEST_WHOLE for value in values if isinstance(value, int))


def _to_the_millisecond(moment: datetime | None) -> datetime | None:
    """GDAL's tables and FlatGeobuf keep no finer ones."""
    return None if moment is None else moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _texts(values: Sequence[str | None]) -> Any:
    """Text, or days or moments where every value is one. A moment of another zone stays text: UTC may shift its day."""
    known_values = [value for value in values if value is not None]
    try:
        if all(_DAY.fullmatch(value) for value in known_values):
            return pa.array([None if value is None else date.fromisoformat(value) for value in values], pa.date32())
        if all(_MOMENT.fullmatch(value) for value in known_values):
            moments = [None if value is None else datetime.fromisoformat(value) for value in values]
            return pa.array(moments, pa.timestamp("ms", "UTC"))
    except ValueError:  # the thirtieth of February
        pass
    return pa.array([None if value is None else text_of(value) for value in values], pa.string())
