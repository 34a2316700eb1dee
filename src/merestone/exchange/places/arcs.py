"""Rows whose outlines are drawn with arcs: made straight outward, with the inward outline beside it, and told."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.row import Fault, Row, is_curved_wkb
from merestone.geodesy import Straightened, straightened

DEGREE_M: Final = 111_700.0
"""No degree of longitude or latitude on WGS 84 is longer."""


def arc_remark(made: Straightened) -> Fault:
    """What was done to an outline with arcs, in words."""
    within = f"within {deviation_m(made):.2g} m"
    remark = f"arcs were made straight, outward for hazards and inward for released land, {within}"
    if made.is_hull:
        remark = (
            "curves cross each other, and are too many to be mended: for a hazard their convex hull was taken, "
            f"{within}, and for released land nothing of them"
        )
    return Fault("curved_geometry", remark)


def deviation_m(made: Straightened) -> float:
    """How far, in metres at most, the straight outline lies from the arcs."""
    numbers = abs(shapely.get_coordinates(made.outward))
    is_degrees = bool(numbers.size) and float(numbers.max()) <= 360
    return made.deviation * (DEGREE_M if is_degrees else 1.0)


def line_shift_m(made: Straightened) -> float:
    """What the chords of a line add to its accuracy, metres; an area has an inward outline instead."""
    return deviation_m(made) if shapely.get_dimensions(made.outward) < 2 else 0.0


def told_of_arcs(row: Row, to_lon_lat: Callable[[Sequence[BaseGeometry | None]], Any]) -> Row:
    """The row with its inward outline and a remark, if its WKB has arcs; else as it is."""
    if row.fault is not None or row.wkb is None or not is_curved_wkb(row.wkb):
        return row
    made = straightened(row.wkb)
    [inner] = to_lon_lat([made.inward])
    return row._replace(
        inner_geometry=inner,
        remarks=(*row.remarks, arc_remark(made)),
        shift_m=row.shift_m + line_shift_m(made),
    )
