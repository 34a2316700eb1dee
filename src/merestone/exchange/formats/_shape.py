"""GeoJSON geometry objects (RFC 7946, section 3.1) become shapely geometries, or a fault that names the position."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.row import Fault


class ShapeFaulty(Exception):
    """The object is no geometry; carries the fault."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.fault = Fault(code, words)


def shape_of(value: Any) -> tuple[BaseGeometry, tuple[Fault, ...]]:
    """The geometry of one GeoJSON geometry object, and remarks on what had to be done to read it.

    Heights are kept (the intake says what becomes of them); NaN and infinite coordinates are kept for the check.

    Raises
    ------
    ShapeFaulty
        It is no geometry object, or a ring or line has too few positions.
    """
    remarks: list[Fault] = []
    return _shape(value, "geometry", remarks), tuple(remarks)


def _shape(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    if not isinstance(value, Mapping):
        raise ShapeFaulty("unreadable_geometry", f"{at} is {_kind(value)}, not an object with type and coordinates")
    kind = value.get("type")
    if kind == "GeometryCollection":
        parts = value.get("geometries")
        if not isinstance(parts, Sequence) or isinstance(parts, str):
            raise ShapeFaulty("unreadable_geometry", f"{at}.geometries is {_kind(parts)}, not a list")
        return shapely.GeometryCollection(
            [_shape(part, f"{at}.geometries[{i}]", remarks) for i, part in enumerate(parts)]
        )
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise ShapeFaulty("unreadable_geometry", f"{at}.type = {kind!r} is no geometry type of GeoJSON")
    return make(value.get("coordinates"), f"{at}.coordinates", remarks)


def _point(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    if value == []:
        return shapely.Point()
    return shapely.Point(_position(value, at))


def _line(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    positions = _positions(value, at)
    if len(positions) == 1:
        raise ShapeFaulty("too_few_points", f"{at}: a line needs 2 positions and has 1")
    return shapely.LineString(positions)


def _ring(value: Any, at: str, remarks: list[Fault]) -> list[tuple[float, ...]]:
    positions = _positions(value, at)
    if positions and positions[0] != positions[-1]:
        if len(positions) >= 3:
            remarks.append(Fault("unclosed", f"{at}: the ring was not closed; its first position was added at its end"))
        positions.append(positions[0])
    if 0 < len(positions) < 4:
        raise ShapeFaulty("too_few_points", f"{at}: a ring needs 3 corners and has {len(set(positions))}")
    return positions


def _polygon(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    rings = [_ring(ring, f"{at}[{i}]", remarks) for i, ring in enumerate(_list(value, at))]
    if not rings:
        return shapely.Polygon()
    return shapely.Polygon(rings[0], rings[1:])


def _multi(part: Callable[[Any, str, list[Fault]], BaseGeometry], whole: Callable[[list[Any]], BaseGeometry]) -> Any:
    def make(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
        return whole([part(one, f"{at}[{i}]", remarks) for i, one in enumerate(_list(value, at))])

    return make


_MAKERS: Final[Mapping[str, Callable[[Any, str, list[Fault]], BaseGeometry]]] = {
    "Point": _point,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _multi(_point, shapely.MultiPoint),
    "MultiLineString": _multi(_line, shapely.MultiLineString),
    "MultiPolygon": _multi(_polygon, shapely.MultiPolygon),
}


def _list(value: Any, at: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise ShapeFaulty("unreadable_geometry", f"{at} is {_kind(value)}, not a list")
    return value


def _positions(value: Any, at: str) -> list[tuple[float, ...]]:
    positions = [_position(one, f"{at}[{i}]") for i, one in enumerate(_list(value, at))]
    if len({len(position) for position in positions}) > 1:
        return [position[:2] for position in positions]  # some with height, some without: heights are not kept anyway
    return positions


def _position(value: Any, at: str) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) < 2:
        raise ShapeFaulty("unreadable_position", f"{at} is {_kind(value)}, not [longitude, latitude]")
    for axis, number in zip(("longitude", "latitude", "height"), value, strict=False):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ShapeFaulty("unreadable_position", f"{at}: the {axis} is {_kind(number)}, not a number")
    try:
        return tuple(float(number) for number in value[:3])
    except OverflowError:
        return (math.inf, math.inf)


def _kind(value: Any) -> str:
    shown = {type(None): "null", bool: "true or false", list: "a list", dict: "an object", str: "text"}.get(
        type(value), "a number"
    )
    return f"{shown} ({value!r})" if isinstance(value, (str, int, float)) and len(repr(value)) <= 40 else shown


def polygons_at_once(values: Sequence[Any]) -> "np.ndarray[Any, np.dtype[np.object_]] | None":
    """The same as `shape_of` for a list of flawless two-dimensional polygons, some ten times faster.

    None if one of them is anything else; they are then to be read one by one.
    """
    flat: list[Any] = []
    ring_of: list[int] = []
    polygon_of: list[int] = []
    rings = 0
    try:
        for number, value in enumerate(values):
            if value["type"] != "Polygon" or not value["coordinates"]:
                return None
            for ring in value["coordinates"]:
                if len(ring) < 4:
                    return None
                flat += ring
                ring_of += [rings] * len(ring)
                polygon_of.append(number)
                rings += 1
        numbers = np.array(flat)
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    if numbers.ndim != 2 or numbers.shape[1] != 2 or numbers.dtype.kind != "f":
        return None
    starts = np.flatnonzero(np.diff(ring_of, prepend=-1))
    ends = np.append(starts[1:], len(ring_of)) - 1
    if not np.array_equal(numbers[starts], numbers[ends]):
        return None
    made_of: Any = shapely.linearrings(numbers, indices=np.array(ring_of))
    made: Any = shapely.polygons(made_of, indices=np.array(polygon_of))
    return np.asarray(made, dtype=object)
