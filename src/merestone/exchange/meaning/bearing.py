"""A row that states a bearing and a distance from its place warns all around it, as far as that distance."""

from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.extent import Reach
from merestone.exchange.meaning.grounds import Within, ground_within
from merestone.exchange.places.bearing_columns import Away
from merestone.exchange.places.line_rings import length_m
from merestone.exchange.places.measures import MOST_RADIUS_M
from merestone.exchange.places.outline import Shape, is_usable
from merestone.exchange.rows.row import Fault

_OWN_LENGTH: Final = 0.05
"""A distance within this share of a line's length is that of the line, as surveyors write it beside each side."""


def with_distance_away(
    placed: BaseGeometry, shape: Shape, away: Away | None, *, is_drawn: bool, within: Within = ground_within
) -> Reach:
    """The shape with all ground on which the hazard may lie.

    Parameters
    ----------
    placed
        The place without what its radius and its size add; an outline is left as it is.
    shape
        With these.
    is_drawn
        Whether the ground is drawn; False: records of this kind are points, and their accuracy holds it instead.
    """
    if away is None or shape.geometry is None or shapely.get_dimensions(placed) > 1 or not is_usable(placed):
        return Reach(Shape(shape.geometry))
    if shapely.get_dimensions(placed) == 1 and abs(length_m(placed) / max(away.distance_m, 1e-9) - 1) < _OWN_LENGTH:
        return Reach(Shape(shape.geometry))
    if away.distance_m > MOST_RADIUS_M:
        text = (
            f"{away.cells}: the hazard would lie up to {away.distance_m / 1000:,.0f} km from the row's place; "
            "correct it, or state its unit in the column's name"
        )
        return Reach(Shape(shape.geometry, fault=Fault("distance_too_large", text)))
    remarks = [Fault("distance_unreadable", reason) for reason in away.unread]
    if away.distance_m:
        remarks.append(Fault("bearing_and_distance", _explanation(away, is_drawn=is_drawn)))
    if not away.distance_m or not is_drawn:
        return Reach(Shape(shape.geometry, tuple(remarks)), away.distance_m, bool(away.unread))
    drawn = within(shape.geometry, away.distance_m)
    return Reach(Shape(drawn, tuple(remarks)), is_unknown=bool(away.unread))


def _explanation(away: Away, *, is_drawn: bool) -> str:
    taken = (
        f"the ground within {away.distance_m:,.0f} m of it taken as the area"
        if is_drawn
        else f"{away.distance_m:,.0f} m added to its accuracy"
    )
    return (
        f"{away.cells}: the hazard may lie that far from the row's place, which way is not certain; {taken}; "
        "if the columns say nothing of where the hazard is, map them to attribute with --mapping"
    )
