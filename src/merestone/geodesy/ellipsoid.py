"""Area, length, distance and direction on the WGS 84 ellipsoid.

Two kinds of line are meant here, and each function says which. Between two *positions* the shortest way is the
geodesic (Karney 2013, through pyproj). The *edge* of an area or a line is straight in longitude and latitude, as
GeoJSON has it (RFC 7946, 3.1.1) and as every map library draws it. The two differ: midway along an edge of length L
they lie about ``L**2 * tan(lat) / (8 * R)`` apart: 34 mm for 1 km at 60 degrees, and 340 m for 100 km. So area and
length are integrated along the straight edge itself, by Gauss-Legendre quadrature on the ellipsoid, to the last few
bits of a float64; nothing is densified and no edge is too long.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._flat import HOLE, PATH, SHELL, Floats, Geometries, Ints, Lines, objects, repeats

if TYPE_CHECKING:  # PROJ is long to load, and what is nearer than 20 km is screened without it
    from pyproj import Geod

SEMI_MAJOR_M: Final = 6378137.0
FLATTENING: Final = 1 / 298.257223563
"""WGS 84's two defining lengths: NGA.STND.0036_1.0.0_WGS84 (2014), table 3.1."""
_SEMI_MINOR_M: Final = SEMI_MAJOR_M * (1 - FLATTENING)
_E2: Final = FLATTENING * (2 - FLATTENING)
_E: Final = float(np.sqrt(_E2))

# Gauss's nodes and weights (Abramowitz and Stegun 1964, table 25.4), brought to [0, 1]. NumPy would compute them, but
# to load the part of it that does takes as long as to check a thousand outlines.
_HALF_NODES = np.array([0.238619186083196909, 0.661209386466264514, 0.932469514203152028]) / 2
_HALF_WEIGHTS = np.array([0.467913934572691047, 0.360761573048138608, 0.171324492379170345]) / 2
_NODES = np.concatenate([0.5 - _HALF_NODES[::-1], 0.5 + _HALF_NODES])
_WEIGHTS = np.concatenate([_HALF_WEIGHTS[::-1], _HALF_WEIGHTS])
_TWO_NODES, _TWO_WEIGHTS = np.array([0.5 - 12**-0.5, 0.5 + 12**-0.5]), np.array([0.5, 0.5])
_PIECE_DEG: Final = 0.5
"""Edges that climb through more latitude than this are integrated in pieces, of six nodes each."""
_AREAS_AT_ONCE, _EDGES_AT_ONCE = 1_000, 100_000
"""So many areas or edges are measured together: more are no faster, and a million edges take 140 MB while they are."""
_SHORT_CLIMB_DEG: Final = 0.05
"""Two nodes integrate a climb of less than this to 1e-16 of the zone."""


@cache
def geod() -> Geod:
    """GeographicLib's geodesics on WGS 84, as PROJ holds them."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def distance_m(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> float:
    """Geodesic distance between two positions, metres; NaN if a coordinate is not finite.

    Source: C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87, 43-55 (2013); error below 15 nm.

    >>> round(distance_m(0.0, 0.0, 1.0, 0.0), 3)
    111319.491
    """
    return float(distances_m(lon1_deg, lat1_deg, lon2_deg, lat2_deg))


def distances_m(lon1_deg: ArrayLike, lat1_deg: ArrayLike, lon2_deg: ArrayLike, lat2_deg: ArrayLike) -> Floats:
    """`distance_m` for arrays, broadcast against each other; NaN where a coordinate is not finite."""
    lon1, lat1, lon2, lat2 = _broadcast(lon1_deg, lat1_deg, lon2_deg, lat2_deg)
    known = np.isfinite(lon1) & np.isfinite(lat1) & np.isfinite(lon2) & np.isfinite(lat2)
    out = np.full(lon1.shape, np.nan)
    out[known] = geod().inv(lon1[known], lat1[known], lon2[known], lat2[known])[2]
    return out


def azimuth_deg(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> float:
    """Direction in which the geodesic leaves the first position: degrees clockwise of true north, from 0 to 360.

    NaN for two equal positions, which have no direction, and for coordinates that are not finite.

    >>> azimuth_deg(0.0, 0.0, 0.0, -1.0)
    180.0
    """
    if not np.isfinite([lon1_deg, lat1_deg, lon2_deg, lat2_deg]).all():
        return float("nan")
    forward_deg, _, length_m = geod().inv(lon1_deg, lat1_deg, lon2_deg, lat2_deg)
    return float(forward_deg) % 360.0 if length_m > 0 else float("nan")


def destination(lon_deg: float, lat_deg: float, azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    """Longitude and latitude, degrees, reached by a geodesic that leaves at this azimuth and runs this many metres.

    >>> lon_deg, lat_deg = destination(0.0, 0.0, 90.0, 111319.491)
    >>> round(lon_deg, 6), round(lat_deg, 6)
    (1.0, 0.0)
    """
    lon, lat, _ = geod().fwd(lon_deg, lat_deg, azimuth_deg, distance_m)
    return float(lon), float(lat)


def destinations(
    lon_deg: ArrayLike, lat_deg: ArrayLike, azimuth_deg: ArrayLike, distance_m: ArrayLike
) -> tuple[Floats, Floats]:
    """`destination` for arrays, broadcast against each other."""
    lon, lat, azimuth, distance = _broadcast(lon_deg, lat_deg, azimuth_deg, distance_m)
    lon2, lat2, _ = geod().fwd(lon, lat, azimuth, distance)
    return np.asarray(lon2, np.float64), np.asarray(lat2, np.float64)


def metres_per_degree(lat_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Metres that one degree of longitude, and one of latitude, measure at this latitude on WGS 84.

    >>> [round(float(m), 1) for m in metres_per_degree(0.0)]
    [111319.5, 110574.3]
    """
    lat = np.radians(np.asarray(lat_deg, np.float64))
    w2 = 1 - _E2 * np.sin(lat) ** 2
    along_parallel_m = SEMI_MAJOR_M * np.cos(lat) / np.sqrt(w2)
    along_meridian_m = SEMI_MAJOR_M * (1 - _E2) / (w2 * np.sqrt(w2))
    return np.radians(along_parallel_m), np.radians(along_meridian_m)


def area_m2(geometry: BaseGeometry | None) -> float:
    """Area on WGS 84 in square metres, holes subtracted, whatever the winding; 0 for points, lines and None.

    Edges are straight in longitude and latitude. Coordinates are taken as they stand: an outline that crosses the
    antimeridian must have been split there (`check` does so). Of an outline that crosses itself this is the area net of
    opposite lobes, which is no one's area: check first.

    >>> import shapely
    >>> round(area_m2(shapely.box(0.0, 0.0, 0.001, 0.001)), 3)
    12309.072
    """
    return float(areas_m2([geometry])[0])


def areas_m2(geometries: Geometries) -> Floats:
    """`area_m2` of each geometry of an array, shape (g,), at the cost of a few array operations for all of them."""
    shapes = objects(geometries)
    if len(shapes) > _AREAS_AT_ONCE:
        starts = range(0, len(shapes), _AREAS_AT_ONCE)
        return np.concatenate([areas_m2(shapes[start : start + _AREAS_AT_ONCE]) for start in starts])
    lines = Lines.of(shapes)
    return areas_of_rings_m2(lines, ring_areas_m2(lines.coordinates, lines.starts), len(shapes))


def areas_of_rings_m2(lines: Lines, ring_m2: Floats, size: int) -> Floats:
    """Area of each of `size` geometries, square metres, from the signed areas of the rings they are made of."""
    sign = np.select([lines.role == SHELL, lines.role == HOLE], [1.0, -1.0], 0.0)
    return _sums(lines.owner, sign * np.abs(ring_m2), size)


def length_m(geometry: BaseGeometry | None) -> float:
    """Length of the lines of a geometry on WGS 84, metres; 0 for points, areas and None.

    Edges are straight in longitude and latitude. The geodesic between the same vertices is shorter, by less than 1 mm
    for an edge of 5 km at 60 degrees.

    >>> import shapely
    >>> round(length_m(shapely.LineString([(0, 0), (1, 0)])), 3)
    111319.491
    """
    return float(lengths_m([geometry])[0])


def lengths_m(geometries: Geometries) -> Floats:
    """`length_m` of each geometry of an array, shape (g,)."""
    return _lengths_m(geometries, (PATH,))


def perimeter_m(geometry: BaseGeometry | None) -> float:
    """Length of all outlines of an area, holes' included, on WGS 84, metres; 0 for points, lines and None."""
    return float(perimeters_m([geometry])[0])


def perimeters_m(geometries: Geometries) -> Floats:
    """`perimeter_m` of each geometry of an array, shape (g,)."""
    return _lengths_m(geometries, (SHELL, HOLE))


def ring_areas_m2(coordinates: Floats, ring_starts: Ints) -> Floats:
    """Signed area of each closed ring on WGS 84: positive for counter-clockwise.

    Parameters
    ----------
    coordinates : shape (n, 2)
        Longitude and latitude in degrees, ring after ring, each ending where it began.
    ring_starts : shape (m + 1,)
        Where each ring starts; the last entry is n.

    Returns
    -------
    shape (m,), square metres

    Notes
    -----
    The area below an edge is the integral of ``S(lat) d lon``, where S is the area of a zone of one radian between a
    reference latitude and lat (Snyder, Map Projections, USGS PP 1395 (1987), eq. 3-12). S is taken as a difference that
    does not cancel, so that a ring of a square metre is as exact as a country.
    """
    edges = _Edges.of_lines(coordinates, ring_starts)
    # The first latitude of each ring as reference: its own term cancels around the ring, and S stays small.
    reference_deg = coordinates[ring_starts[:-1], 1][edges.line] if len(edges.line) else edges.lat1
    below = np.zeros(len(edges.line))
    is_short = np.abs(edges.climb) < _SHORT_CLIMB_DEG
    for some, nodes, weights in ((is_short, _TWO_NODES, _TWO_WEIGHTS), (~is_short, _NODES, _WEIGHTS)):
        if not some.any():
            continue
        reference, lat1_deg, climb_deg = reference_deg[some], edges.lat1[some], edges.climb[some]
        below[some] = sum(
            weight * _zone_m2(reference, lat1_deg + node * climb_deg)
            for node, weight in zip(nodes, weights, strict=True)
        )
    return -_sums(edges.line, below * np.radians(edges.run), len(ring_starts) - 1)


def areas_below_m2(first: Floats, last: Floats, reference_deg: float) -> Floats:
    """Signed area between each edge and a parallel, square metres: positive for an edge above it that runs west.

    Parameters
    ----------
    first, last : shape (n, 2)
        Longitude and latitude in degrees; edges are straight in them.
    reference_deg
        Latitude of the parallel. The sum around a ring does not depend on it; the nearer, the smaller the rounding.

    Returns
    -------
    shape (n,); summed around a counter-clockwise ring it is the ring's area, as in `ring_areas_m2`.
    """
    if len(first) > _EDGES_AT_ONCE:
        some = [slice(start, start + _EDGES_AT_ONCE) for start in range(0, len(first), _EDGES_AT_ONCE)]
        return np.concatenate([areas_below_m2(first[part], last[part], reference_deg) for part in some])
    run, climb = (last - first).T
    steep = float(np.abs(climb).max(initial=0.0))
    if steep > _PIECE_DEG:
        pieces = np.maximum(np.ceil(np.abs(climb) / _PIECE_DEG), 1).astype(np.int64)
        edge, nth = np.repeat(np.arange(len(run)), pieces), repeats(pieces)
        step = ((last - first) / pieces[:, None])[edge]
        start = first[edge] + nth[:, None] * step
        return _sums(edge, areas_below_m2(start, start + step, reference_deg), len(run))
    nodes, weights = (_TWO_NODES, _TWO_WEIGHTS) if steep < _SHORT_CLIMB_DEG else (_NODES, _WEIGHTS)
    below = np.zeros(len(run))
    reference = np.float64(reference_deg)
    for node, weight in zip(nodes, weights, strict=True):
        below += weight * _zone_m2(reference, first[:, 1] + node * climb)
    return np.asarray(-below * np.radians(run), np.float64)


def line_lengths_m(coordinates: Floats, line_starts: Ints) -> Floats:
    """Length of each line or ring on WGS 84, metres, shape (m,). Shapes of the input as in `ring_areas_m2`."""
    edges = _Edges.of_lines(coordinates, line_starts)
    length = np.zeros(len(edges.line))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        per_lon_m, per_lat_m = metres_per_degree(edges.lat1 + node * edges.climb)
        length += weight * np.hypot(per_lon_m * edges.run, per_lat_m * edges.climb)
    return _sums(edges.line, length, len(line_starts) - 1)


def _zone_m2(lat1_deg: Floats | np.float64, lat2_deg: Floats) -> Floats:
    """Area between two parallels over one radian of longitude, square metres, without cancellation."""
    half = np.radians(lat2_deg - lat1_deg) / 2
    rise = 2 * np.cos(np.radians(lat1_deg) + half) * np.sin(half)  # sin(lat2) - sin(lat1)
    s1, s2 = np.sin(np.radians(lat1_deg)), np.sin(np.radians(lat2_deg))
    rational = rise * (1 + _E2 * s1 * s2) / ((1 - _E2 * s1 * s1) * (1 - _E2 * s2 * s2))
    transcendental = np.arctanh(_E * rise / (1 - _E2 * s1 * s2)) / _E
    return np.asarray(_SEMI_MINOR_M**2 / 2 * (rational + transcendental), np.float64)


class _Edges:
    """Edges in flat arrays: where each begins, how far it runs in longitude and climbs in latitude, whose it is."""

    def __init__(self, lat1: Floats, run: Floats, climb: Floats, line: Ints) -> None:
        self.lat1, self.run, self.climb, self.line = lat1, run, climb, line

    @classmethod
    def of_lines(cls, coordinates: Floats, starts: Ints) -> _Edges:
        line_of = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        same = line_of[1:] == line_of[:-1]
        first, step = coordinates[:-1][same], np.diff(coordinates, axis=0)[same]
        lat1, run, climb, line = first[:, 1], step[:, 0], step[:, 1], line_of[:-1][same]
        if (np.abs(climb) > _PIECE_DEG).any():
            # What climbs beyond both poles is no edge on Earth, has no area, and must not take memory for its pieces.
            steps = np.where(np.abs(climb) <= 180, np.abs(climb), 0)  # no number at all compares as false
            pieces = np.maximum(np.ceil(steps / _PIECE_DEG), 1).astype(np.int64)
            nth = repeats(pieces)
            run, climb, lat1 = (np.repeat(v, pieces) for v in (run / pieces, climb / pieces, lat1))
            lat1, line = lat1 + nth * climb, np.repeat(line, pieces)
        return cls(lat1, run, climb, line)


def _lengths_m(geometries: Geometries, roles: tuple[int, ...]) -> Floats:
    shapes = objects(geometries)
    lines = Lines.of(shapes)
    length = line_lengths_m(lines.coordinates, lines.starts) * np.isin(lines.role, roles)
    return _sums(lines.owner, length, len(shapes))


def _sums(group: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(group, values, minlength=size).astype(np.float64)  # bincount of nothing gives integers


def _broadcast(*values: ArrayLike) -> tuple[Floats, ...]:
    """Broadcast to one shape, as contiguous copies that pyproj may take."""
    return tuple(np.array(v, np.float64) for v in np.broadcast_arrays(*(np.asarray(v, np.float64) for v in values)))
