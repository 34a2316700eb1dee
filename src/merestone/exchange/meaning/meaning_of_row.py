"""What a row means: its place, its accuracy, and what the report says of both."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.own_export import OwnStatement
from merestone.exchange.rows.row import Fault


class Meaning(NamedTuple):
    """What a row means. A tuple, because a million are made: a frozen dataclass takes four times as long."""

    geometry: BaseGeometry | None
    """Everything that it may mean for a hazard; what it means at least for released land."""
    attributes: Mapping[str, Any]
    fault: Fault | None = None
    """Why it can be no record."""
    remarks: tuple[Fault, ...] = ()
    """What was done to its shape; the row counts as repaired."""
    notices: tuple[Fault, ...] = ()
    """What the report says, though nothing was done to its shape."""
    accuracy_m: float | None = None
    """What the row states: metres, NaN if that cannot be read or is said to be unknown, None if it states nothing."""
    shift_m: float = 0.0
    """What bringing an outline of another column to WGS 84 adds."""
    own: OwnStatement | None = None
    """What a row of our own export says besides."""
