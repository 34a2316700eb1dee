"""Values of Arrow columns as JSON has them, digit for digit: what an attribute of a row is."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from merestone.exchange.rows.arrow_column import decoded
from merestone.exchange.rows.row import plain, whole_number


def attribute_values(array: Any) -> Sequence[Any]:
    """The values of one column; dates as ISO 8601 with the zone that the column has, lists and structs as JSON's."""
    array = decoded(array)
    kind = array.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        array = array.cast(pa.timestamp("us", kind.tz), safe=False)  # Python's datetime ends there
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        # As the shortest digits that name the number: 0.1, not 0.10000000149011612.
        shown = np.asarray(array.to_numpy(zero_copy_only=False))
        missing = array.is_null().to_pylist()
        return [None if none else plain(float(str(value))) for value, none in zip(shown, missing, strict=True)]
    try:
        return [_as_json(value) for value in array.to_pylist()]
    except OverflowError:  # a moment before the year 1 or after 9999
        return [_value_or_text(array, at) for at in range(len(array))]
    except UnicodeDecodeError:  # Arrow says that it is UTF-8, and does not look
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise
        raw = array.view(pa.large_binary() if pa.types.is_large_string(kind) else pa.binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", "backslashreplace") for value in raw]


def _value_or_text(array: Any, at: int) -> Any:
    """One value; as Arrow shows it where Python has none for it."""
    try:
        return _as_json(array[at].as_py())
    except OverflowError:
        return " ".join(array.slice(at, 1).to_string().strip("[]\n ").split())


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return exact_number(value)
    if isinstance(value, Mapping):
        return {str(name): _as_json(part) for name, part in value.items()}
    if isinstance(value, tuple) and len(value) == 2:  # an entry of a map
        return [_as_json(part) for part in value]
    if isinstance(value, list):
        return [_as_json(part) for part in value]
    return plain(whole_number(value)) if isinstance(value, float) else plain(value)


def exact_number(value: Decimal) -> Any:
    """A whole number, the float of the same digits, or else the digits as text."""
    if not value.is_finite():
        return plain(float(value))
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)
