"""A place with a radius is a circle: drawn outward for a hazard, inward for released land."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.grounds import Inner, Within, ground_within, inner_circle
from merestone.exchange.places.measures import MOST_RADIUS_M, Measure, words_of
from merestone.exchange.places.outline import Shape, is_usable
from merestone.exchange.rows.row import Fault

_CIRCLE_COLUMNS: Final = frozenset(
    {("sub", "type"), ("subtype",), ("shape",), ("shape", "type"), ("shapetype",), ("mode",), ("geometry", "type"),
     ("geom", "type"), ("is", "circle"), ("layer", "type"), ("draw", "type")}
)  # fmt: skip
_CIRCLE: Final = frozenset(
    {"circle", "cercle", "circulo", "círculo", "kreis", "okrąg", "koło", "ring", "круг", "коло", "true"}
)


def circle_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns in which web maps say that a point stands for a circle, such as `subType` and `isCircle`."""
    return tuple(name for name in names if words_of(name) in _CIRCLE_COLUMNS)


def is_said_to_be_circle(attributes: Mapping[str, Any], columns: Sequence[str]) -> bool:
    """Whether one of the columns says so."""
    return any(str(attributes.get(column)).strip().casefold() in _CIRCLE for column in columns)


def with_radius(
    geometry: BaseGeometry,
    measures: Sequence[Measure],
    attributes: Mapping[str, Any],
    *,
    is_hazard: bool,
    within: Within = ground_within,
    inner: Inner = inner_circle,
) -> tuple[Shape, bool]:
    """The shape with what its radius adds, and whether the radius is stated but cannot be read.

    For a hazard the result contains the true circle, or all that lies within a buffer's width of the outline. For
    released land only a point becomes a circle, and it lies within the true one.
    """
    if not is_usable(geometry):
        return Shape(geometry), False
    stated = [(measure, radius_m) for measure in measures if (radius_m := measure.metres_of(attributes))]
    # Of several the worst: for a hazard one that cannot be read, or the largest; for released land the least.
    unread = math.inf if is_hazard else -math.inf
    stated.sort(key=lambda pair: unread if math.isnan(pair[1]) else pair[1], reverse=is_hazard)
    for measure, radius_m in stated:
        value = attributes.get(measure.column)
        if math.isnan(radius_m):
            text = f"{measure.column} = {value!r} cannot be read as a length, so how far the hazard reaches is unknown"
            return Shape(geometry, (Fault("radius_unreadable", text),)), True
        if radius_m > MOST_RADIUS_M:
            text = (
                f"{measure.column} = {value!r} would be a radius of {radius_m / 1000:,.0f} km; correct it, "
                "or state its unit in the column's name"
            )
            return Shape(geometry, fault=Fault("radius_too_large", text)), False
        remark = Fault("circle", _sentence(measure, value, radius_m))
        if is_hazard:
            return Shape(within(geometry, radius_m, is_buffer=measure.is_buffer), (remark,)), False
        if shapely.get_dimensions(geometry) == 0 and not measure.is_buffer:
            if not _is_exact(value):
                text = f"{measure.column} = {value!r} was left out: it is not one exact length, so nothing is certain"
                return Shape(geometry, (Fault("radius_left_out", text),)), False
            if len(shapely.get_coordinates(geometry)) > 1:
                text = (
                    f"{measure.column} = {value!r} is one radius for several points, so no ground is certainly released"
                )
                return Shape(geometry, fault=Fault("radius_of_several_points", text)), False
            return Shape(inner(geometry, radius_m), (remark,)), False
        text = f"{measure.column} = {value!r} was left out: released land is never made larger"
        return Shape(geometry, (Fault("radius_left_out", text),)), False
    return Shape(geometry), False


_EXACT: Final = re.compile(r"\d+(?:\.\d+|,\d{1,2}|,\d{4,})?\s*[^\W\d_]*")


def _is_exact(value: Any) -> bool:
    """Whether a cell states one length that has one reading: no range, no bound, no estimate, and not 1,200."""
    return isinstance(value, int | float) or _EXACT.fullmatch(str(value).strip()) is not None


def _sentence(measure: Measure, value: Any, radius_m: float) -> str:
    is_bare = not measure.unit_is_stated and measure.unit_column is None and not any(c.isalpha() for c in str(value))
    unit = " (no unit stated: metres)" if is_bare else ""
    shape = "the ground within" if measure.is_buffer else "a circle of"
    return f"{measure.column} = {value!r}{unit}: {shape} {radius_m:g} m around it taken as the area"
