"""A record as the accounts of land see it: is it an area, how large was it said to be, in which share does it stand."""

import math
from collections.abc import Mapping
from typing import Any, Final

from merestone.register import Record
from merestone.release import SHARE_OF_KIND, Parcel

RECORDED_AREA: Final = ("recorded_area_m2", "area_m2")
"""Attributes under which a surveyor's own figure may stand."""
_AREAS: Final = ("Polygon", "MultiPolygon")


def amount_of(attributes: Mapping[str, Any], *names: str) -> float | None:
    """The first of some attributes that holds a finite number not below 0; None: nobody stated it."""
    for name in names:
        value = attributes.get(name)
        if value is None or isinstance(value, bool):
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if math.isfinite(number) and number >= 0.0:
            return number
    return None


def is_area(record: Record) -> bool:
    """Whether a record has an outline with an inside."""
    return record.geometry.geom_type in _AREAS


def recorded_m2(record: Record) -> float | None:
    """The area as the surveyor wrote it; None if nobody did."""
    return amount_of(record.attributes, *RECORDED_AREA)


def parcel_of(record: Record) -> Parcel | None:
    """A record as the balance of land sees it; None if it takes no part in one."""
    share = SHARE_OF_KIND.get(record.kind)
    if share is None or not is_area(record):
        return None
    return Parcel(record.record_id, share, record.geometry, recorded_m2(record))
