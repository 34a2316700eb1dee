"""A place beside which its size is stated warns as far as a hazard of that size can reach from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.grounds import Within, ground_within
from merestone.exchange.places.extent import Extent, that_count
from merestone.exchange.places.line_rings import length_m
from merestone.exchange.places.measures import MOST_RADIUS_M
from merestone.exchange.places.outline import Shape, is_usable
from merestone.exchange.rows.row import Fault
from merestone.terms import WIDENED_M

_MOST_SHIFT_M: Final = WIDENED_M / 2
"""How much of the reach is left to the accuracy. What is more is drawn, so that an accuracy that nobody stated, which
widens by `WIDENED_M`, covers at least as much."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A shape with the ground that its stated size adds."""

    shape: Shape
    shift_m: float = 0.0
    """What the accuracy must hold besides: where in the hazard the place stands, nobody says."""
    is_unknown: bool = False
    """Whether it may reach farther than can be stated."""


def with_extents(
    geometry: BaseGeometry, extents: Sequence[Extent], unread: Sequence[str], within: Within = ground_within
) -> Reach:
    """The ground that a hazard of the stated size may fill around its place.

    Of a radius it is the circle. Of other sizes the place may be the middle or a corner: half of the distance across is
    drawn, and the other half is added to the accuracy. No two points of the hazard lie farther apart than
    `Extent.across_m`, so both together hold every shape of that size, wherever in it the place stands.
    Around a line its width goes to both sides. Areas are left as they are: they are the outline.
    """
    dimension = 0 if type(geometry) is shapely.Point else shapely.get_dimensions(geometry)
    if not (extents or unread) or dimension > 1 or not is_usable(geometry):
        return Reach(Shape(geometry))
    remarks = [Fault("extent_unreadable", unread_text) for unread_text in unread]
    drawn_m = shift_m = 0.0
    is_unknown = bool(unread)
    for stated in that_count(extents):
        extent, across_m = stated, stated.across_m
        if dimension == 1 and not extent.is_centred:
            width_m = _width_m(extent, geometry)
            if width_m is None:
                continue  # how long a line is says the line itself
            across_m = width_m
            if extent.width_m is not None:  # how long it is says the line
                extent = replace(extent, is_certain=True, statement=extent.statement.partition(";")[0])
        left_m = 0.0 if extent.is_centred else min(across_m / 2, _MOST_SHIFT_M)
        reach_m = across_m / 2 if extent.is_centred else across_m - left_m
        is_unknown |= not extent.is_certain
        if across_m > 2 * MOST_RADIUS_M:  # the same width as corners may bound, and as a circle may have
            text = (
                f"{extent.statement}: a hazard {across_m / 1000:,.0f} km across is not believed; its reach is unknown"
            )
            remarks.append(Fault("extent_too_large", text))
            is_unknown = True
            continue
        drawn_m, shift_m = max(drawn_m, reach_m), max(shift_m, left_m)
        remarks.append(Fault("extent", _sentence(extent, reach_m, left_m)))
    shape = geometry if not drawn_m else within(geometry, drawn_m)
    return Reach(Shape(shape, tuple(dict.fromkeys(remarks))), shift_m, is_unknown)


def _width_m(extent: Extent, line: BaseGeometry) -> float | None:
    """How wide a hazard along a line is: as stated, or as its area makes it on the average."""
    if extent.width_m is not None:
        return extent.width_m
    if extent.area_m2 is None:
        return None
    long_m = length_m(line)
    return extent.area_m2 / long_m if long_m > 0 else None


def _sentence(extent: Extent, drawn_m: float, left_m: float) -> str:
    drawn = f"{extent.statement}: the ground within {drawn_m:,.0f} m of its place taken as the area"
    if not extent.is_certain:
        return f"{drawn}; how far it reaches beyond is unknown"
    return drawn if not left_m else f"{drawn}, and {left_m:,.0f} m added to its accuracy, since it may reach farther"
