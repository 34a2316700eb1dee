"""Outlines that run over the antimeridian or around a pole, brought into -180..180 degrees of longitude.

RFC 7946, 3.1.9: a geometry that crosses the antimeridian is cut there into two parts. Writers that do not cut either
jump from +179 to -179 or count on past 180; both are understood here. An edge that runs through more than 180 degrees
of longitude is taken as the short way across the antimeridian where that gives a place of the size that surveyors
record, and at its word where it runs from one edge of the world's map to the other; else nobody can tell (`way_of`).
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._flat import Floats, repeats, simple_parts
from merestone.geodesy.ellipsoid import area_m2

_SMALL_DEG: Final = 1.0
"""An outline that spans no more than this by the short way means the short way. Ours: 110 km at the equator.

The order of corners does not tell more: a band around the whole earth, written clockwise, as many writers do, would be
turned over to a place on its other side.
"""
_SAME_DEG: Final = 1e-9


class Way(Enum):
    """Which way an outline's edges run around the earth."""

    PLAIN = auto()
    """No edge runs through more than 180 degrees of longitude."""
    SHORT = auto()
    """The short way, across the antimeridian."""
    AS_WRITTEN = auto()
    """At its word, the long way: from -180 to 180."""
    UNCLEAR = auto()


def jumps_antimeridian(lon_deg: Floats) -> bool:
    """Whether a step along these longitudes runs through more than 180 degrees."""
    return bool((np.abs(np.diff(lon_deg)) > 180.0).any())


def way_of(polygon: shapely.Polygon) -> Way:
    """Which way the polygon's edges run."""
    steps = np.concatenate([np.diff(shapely.get_coordinates(ring)[:, 0]) for ring in shapely.get_rings(polygon)])
    if not (np.abs(steps) > 180.0).any():
        return Way.PLAIN
    is_simple_as_written = shapely.is_valid(shapely.Polygon(polygon.exterior)) and polygon.area > 0
    if is_simple_as_written and (np.abs(np.abs(steps) - 360.0) < _SAME_DEG).any():
        return Way.AS_WRITTEN
    short, encloses_pole = unrolled(polygon)
    if encloses_pole or not is_simple_as_written:
        return Way.SHORT  # a coast with many corners crosses itself if it is read as written
    west_deg, south_deg, east_deg, north_deg = short.bounds
    return Way.SHORT if max(east_deg - west_deg, north_deg - south_deg) <= _SMALL_DEG else Way.UNCLEAR


def every_way_round(polygon: shapely.Polygon) -> list[shapely.Polygon]:
    """The polygon in each way that it may mean, with no edge through more than 180 degrees; longitudes may run on."""
    way = way_of(polygon)
    if way is Way.PLAIN:
        return [polygon]
    short, _ = unrolled(polygon)
    if way is Way.SHORT:
        return [short]
    rings = [_in_short_steps(shapely.get_coordinates(ring)) for ring in shapely.get_rings(polygon)]
    as_written = shapely.Polygon(rings[0], rings[1:])
    return [as_written] if way is Way.AS_WRITTEN else [as_written, short]


def _in_short_steps(coordinates: Floats) -> Floats:
    """The ring with corners added on edges of more than 90 degrees of longitude."""
    pieces = np.maximum(np.ceil(np.abs(np.diff(coordinates[:, 0])) / 90.0), 1).astype(np.int64)
    start = np.repeat(np.arange(len(pieces)), pieces)
    share = (repeats(pieces) / pieces[start])[:, None]
    inner = coordinates[start] * (1 - share) + coordinates[start + 1] * share
    return np.vstack([inner, coordinates[-1:]])


def unrolled(polygon: shapely.Polygon, *, smallest: bool = False) -> tuple[shapely.Polygon, bool]:
    """The polygon with longitudes that run on past 180 where its rings jumped, and whether it goes around a pole.

    A shell that goes once around the world encloses a pole: it is closed over the pole that its vertices lie nearer to,
    or over the one that makes the area smaller.
    """
    shell = _unrolled_ring(shapely.get_coordinates(polygon.exterior))
    encloses_pole = abs(shell[-1, 0] - shell[0, 0]) > 180.0
    if encloses_pole:
        north, south = (_closed_over(shell, pole_deg) for pole_deg in (90.0, -90.0))
        if smallest:
            shell = min((north, south), key=lambda ring: area_m2(shapely.Polygon(ring)))
        else:
            shell = north if shell[:, 1].mean() >= 0 else south
    middle_deg = (shell[:, 0].min() + shell[:, 0].max()) / 2
    holes = []
    for ring in polygon.interiors:
        hole = _unrolled_ring(shapely.get_coordinates(ring))
        hole[:, 0] += 360.0 * np.round((middle_deg - (hole[:, 0].min() + hole[:, 0].max()) / 2) / 360.0)
        holes.append(hole)
    return shapely.Polygon(shell, holes), bool(encloses_pole)


def _closed_over(shell: Floats, pole_deg: float) -> Floats:
    return np.vstack([shell, [shell[-1, 0], pole_deg], [shell[0, 0], pole_deg], shell[0]])


def unrolled_line(line: BaseGeometry) -> shapely.LineString:
    """The line with longitudes that run on past 180 where it jumped."""
    return shapely.LineString(_unrolled_ring(shapely.get_coordinates(line)))


def wrapped_to_180(geometry: BaseGeometry) -> BaseGeometry:
    """The same places with every longitude within -180..180; areas and lines are cut at the antimeridian.

    Takes valid geometries with longitudes that run on past 180. What lies within -180..180 already is given back as is.
    """
    west_deg, _, east_deg, _ = shapely.bounds(geometry)
    if geometry.is_empty:
        return geometry
    if west_deg >= -180.0 and east_deg <= 180.0:
        return geometry
    pieces = []
    for turn in range(int(np.floor((west_deg + 180.0) / 360.0)), int(np.floor((east_deg + 180.0) / 360.0)) + 1):
        world = shapely.box(360.0 * turn - 180.0, -91.0, 360.0 * turn + 180.0, 91.0)
        piece = shapely.intersection(geometry, world)
        pieces.append(shapely.transform(piece, lambda c, turn=turn: c - [360.0 * turn, 0.0]))  # type: ignore[misc]
    same_dimension = of_dimension(pieces, int(shapely.get_dimensions(geometry)))
    return shapely.union_all(same_dimension)


def of_dimension(geometries: Iterable[BaseGeometry], dimension: int) -> list[BaseGeometry]:
    """The simple parts of these geometries that are points (0), lines (1) or areas (2)."""
    parts, _ = simple_parts(list(geometries))
    return [p for p in parts if shapely.get_dimensions(p) == dimension and not p.is_empty]


def _unrolled_ring(coordinates: Floats) -> Floats:
    out = coordinates[:, :2].copy()
    turns = np.round(np.diff(out[:, 0]) / 360.0)  # a step of more than half a turn goes the other way
    out[1:, 0] -= 360.0 * np.cumsum(turns)
    return out
