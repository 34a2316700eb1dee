"""GeoJSON geometry objects (RFC 7946, section 3.1) become shapely geometries, or a fault that names the position."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.row import Fault


class ShapeFaulty(Exception):
    """The object is no geometry; carries the fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code, message)


def shape_of(value: Any) -> tuple[BaseGeometry, tuple[Fault, ...]]:
    """The geometry of one GeoJSON geometry object, and remarks on what had to be done to read it.

    Heights are kept (the intake says what becomes of them); NaN and infinite coordinates are kept for the check.

    Raises
    ------
    ShapeFaulty
        It is no geometry object.
    """
    remarks: list[Fault] = []
    try:
        with np.errstate(invalid="ignore"):  # NaN is the check's business
            return _shape(value, "geometry", remarks), tuple(remarks)
    except RecursionError as error:
        raise ShapeFaulty("unreadable_geometry", "geometry: it is nested too deeply to be read") from error
    except (ShapelyError, ValueError, TypeError, LookupError) as error:
        kind = value.get("type") if isinstance(value, Mapping) else "geometry"
        raise ShapeFaulty("unreadable_geometry", f"geometry: its positions make no {kind}") from error


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
        why = f"{at} states no type" if kind is None else f"{at}.type = {kind!r} is not a geometry type of GeoJSON"
        raise ShapeFaulty("unreadable_geometry", why)
    return make(value.get("coordinates"), f"{at}.coordinates", remarks)


def _point(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    if value == []:
        return shapely.Point()
    return shapely.Point(_position(value, at))


def _line(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    positions = _positions(value, at)
    return shapely.LineString(positions * 2 if len(positions) == 1 else positions)


def _ring(value: Any, at: str, remarks: list[Fault]) -> list[tuple[float, ...]]:
    positions = _positions(value, at)
    if positions and positions[0] != positions[-1]:
        if len(positions) >= 3:
            remarks.append(Fault("unclosed", f"{at}: the ring was not closed; its first position was added at its end"))
        positions.append(positions[0])
    # One or two corners enclose nothing, and are still a place: what it means is not decided here.
    return positions + positions[:1] * (4 - len(positions)) if 0 < len(positions) < 4 else positions


def _polygon(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
    rings = [_ring(ring, f"{at}[{i}]", remarks) for i, ring in enumerate(_list(value, at))]
    if not rings or not rings[0]:
        return shapely.Polygon()
    return shapely.Polygon(rings[0], [ring for ring in rings[1:] if ring])


def _multi(part: Callable[[Any, str, list[Fault]], BaseGeometry], whole: Callable[[list[Any]], BaseGeometry]) -> Any:
    def make(value: Any, at: str, remarks: list[Fault]) -> BaseGeometry:
        return whole([part(member, f"{at}[{i}]", remarks) for i, member in enumerate(_list(value, at))])

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
    positions = [_position(member, f"{at}[{i}]") for i, member in enumerate(_list(value, at))]
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


def polygons_at_once(values: Sequence[Any]) -> Mapping[int, BaseGeometry]:
    """What `shape_of` gives for those of the values that are flawless two-dimensional polygons, ten times faster.

    Returns
    -------
    Position in `values` to polygon. What is missing is anything else, and is to be read one by one.
    """
    flat: list[Any] = []
    ring_of: list[int] = []
    polygon_of: list[int] = []
    taken: list[int] = []
    for place, value in enumerate(values):
        rings = _plain_rings(value)
        if rings:
            for ring in rings:
                ring_of += [len(polygon_of)] * len(ring)
                polygon_of.append(len(taken))
                flat += ring
            taken.append(place)
    try:
        numbers = np.array(flat)
    except ValueError:  # positions of different lengths
        return {}
    if numbers.ndim != 2 or numbers.shape[1] != 2 or numbers.dtype.kind != "f":
        return {}
    if not np.isfinite(numbers).all():
        return {}
    # numpy takes true for 1.0 and false for 0.0; a position that says so is no position.
    if any(isinstance(flat[at][axis], bool) for at, axis in np.argwhere((numbers == 0) | (numbers == 1))):
        return {}
    made_of: Any = shapely.linearrings(numbers, indices=np.array(ring_of))
    made: Any = shapely.polygons(made_of, indices=np.array(polygon_of))
    return dict(zip(taken, made, strict=True))


def _plain_rings(value: Any) -> list[list[Any]] | None:
    """The rings of a polygon whose rings are lists, long enough and closed; None of anything else."""
    if not isinstance(value, dict) or value.get("type") != "Polygon":
        return None
    rings = value.get("coordinates")
    if not isinstance(rings, list):
        return None
    for ring in rings:
        if not isinstance(ring, list) or len(ring) < 4 or ring[0] != ring[-1]:
            return None
    return rings
