"""Edges as a file means them: followed with more corners wherever a straight line in degrees would leave them.

Everything in Merestone takes an edge as straight in longitude and latitude. A file may mean another line: straight in
a projection, an arc of a great circle, a geodesic. Corners are put on the line that the file means, as close together
as is needed for the straight line between them to keep to it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused

if TYPE_CHECKING:
    import pyproj

Floats = NDArray[np.float64]
Along = Callable[[Floats, Floats, float], Floats]
"""(n, 2) starts, (n, 2) ends and a share of the way: (n, 2) places on the lines that the file means."""
ToDegrees = Callable[[Floats], Floats]

PLANAR: Final = "planar"
SPHERICAL: Final = "spherical"
ELLIPSOIDAL: Final = ("vincenty", "thomas", "andoyer", "karney", "geodesic")
"""Names of algorithms for one line, the geodesic on the ellipsoid (Apache Parquet, Geospatial.md); the series of
Thomas and Andoyer approach it to some metres over 1,000 km, which `EXTRA_M` allows for."""
EXTRA_M: Final = {"thomas": 1.0, "andoyer": 25.0}
TOLERANCE_M: Final = 0.1
"""How far the straight line between two corners may lie from the line meant."""
SHORT_M: Final = 200.0
"""No edge so short leaves its straight line by as much as `TOLERANCE_M`, up to 85 degrees of latitude."""
HALF_ROUND_M: Final = 19_900_000.0
MOST_CORNERS: Final = 200_000
MOST_TOGETHER: Final = 250_000
"""Corners that the lines of one batch of rows may have together, so that no small file takes all memory."""
_SHORTER: Final = "give it in shorter pieces"
_SHARES: Final = (0.25, 0.5, 0.75)
"""Where an edge is looked at: a great circle that crosses the equator meets its chord in the middle."""
_RADIUS_M: Final = 6_371_008.8


def along_of(edges: str, crs: "pyproj.CRS") -> Along:
    """How to walk along an edge, in the file's own coordinates.

    Raises
    ------
    FieldRefused
        Nobody here knows edges of this name, or they need longitude and latitude and the coordinates are no such.
    """
    if edges == PLANAR:
        return _straight
    if edges != SPHERICAL and edges not in ELLIPSOIDAL:
        raise FieldRefused("edges", edges, "is not a known way to draw edges", f"write the file with {PLANAR} edges")
    if not crs.is_geographic:
        why = f"needs longitude and latitude, and the coordinates are in {crs.name}"
        raise FieldRefused("edges", edges, why, f"write the file with {PLANAR} edges")
    if edges == SPHERICAL:
        return _great_circle
    return _Geodesics(crs.get_geod())


class _Geodesics:
    """Walks along geodesics; those of the last edges are kept, since edges are looked at in several places."""

    def __init__(self, geod: Any) -> None:
        self._geod = geod
        self._last: tuple[Floats, Floats, Floats, Floats] | None = None

    def __call__(self, start: Floats, end: Floats, share: float) -> Floats:
        last = self._last
        if last is None or last[0] is not start or last[1] is not end:
            azimuth, _, distance_m = self._geod.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
            self._last = last = start, end, np.asarray(azimuth), np.asarray(distance_m)
        lon, lat, _ = self._geod.fwd(start[:, 0], start[:, 1], last[2], last[3] * share)
        return np.column_stack([lon, lat])


def followed(
    geometries: Sequence[BaseGeometry | None] | NDArray[Any], along: Along, to_degrees: ToDegrees
) -> tuple[NDArray[Any], dict[int, str] | None]:
    """The geometries with corners put in, still in the file's own coordinates.

    Returns
    -------
    geometries, faults
        `faults` is None where no corner had to be put in; else it says by position which geometries have an edge that
        cannot be followed, because it goes half round the earth: all their coordinates have become infinite.
    """
    out = np.array(geometries, dtype=object)
    xy, owner = shapely.get_coordinates(out, return_index=True)
    if len(xy) < 2:
        return out, None
    degrees = to_degrees(xy)
    # Two parts of a geometry are joined by an edge here that neither has: it costs a second look, and changes nothing.
    is_edge = (owner[1:] == owner[:-1]) & (shapely.get_dimensions(out)[owner[1:]] > 0)
    edges = np.flatnonzero(is_edge)
    leaving = edges[_deviation_m(xy, degrees, edges, along, to_degrees) > TOLERANCE_M]
    faults: dict[int, str] = {}
    before = len(xy)
    chosen = np.unique(owner[leaving])
    lines = [line for place in chosen for line in _lines_of(out[place])]
    dense = iter(_dense(lines, along, to_degrees))
    for place in chosen:
        dense_lines = list(islice(dense, sum(1 for _ in _lines_of(out[place]))))
        try:
            out[place] = _rebuilt(out[place], iter(dense_lines))
        except FieldRefused as refused:
            faults[int(place)] = str(refused)
            out[place] = shapely.transform(out[place], lambda xy: np.full_like(xy, np.inf))
    has_more = bool(faults) or int(shapely.get_num_coordinates(out).sum()) > before
    return out, faults if has_more else None


def _lines_of(geometry: BaseGeometry) -> Iterator[Floats]:
    """The coordinates of all lines and rings of a geometry, in the order in which `_rebuilt` takes them."""
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            yield from (shapely.get_coordinates(ring) for ring in shapely.get_rings(part))
        elif part.geom_type in ("LineString", "LinearRing"):
            yield shapely.get_coordinates(part)
        elif hasattr(part, "geoms"):
            yield from _lines_of(part)


def _rebuilt(geometry: BaseGeometry, lines: "Iterator[Floats | FieldRefused]") -> BaseGeometry:
    """Heights are left out: the intake does not keep them."""
    if geometry.geom_type == "Polygon":
        rings = [_sound(next(lines)) for _ in range(len(shapely.get_rings(geometry)))]
        return shapely.Polygon(rings[0], rings[1:]) if rings else geometry
    if geometry.geom_type in ("LineString", "LinearRing"):
        return type(geometry)(_sound(next(lines)))  # type: ignore[call-arg]
    if hasattr(geometry, "geoms"):
        return type(geometry)([_rebuilt(part, lines) for part in geometry.geoms])  # type: ignore[call-arg]
    return geometry


def _sound(line: "Floats | FieldRefused") -> Floats:
    if isinstance(line, FieldRefused):
        raise line
    return line


def _dense(lines: Sequence[Floats], along: Along, to_degrees: ToDegrees) -> "list[Floats | FieldRefused]":
    """Lines with corners put in, all of them at once; of one that cannot be followed, why."""
    refused: dict[int, FieldRefused] = {}
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    xy = np.concatenate([*lines, np.empty((0, 2))])
    degrees = to_degrees(xy)
    is_edge = owner[1:] == owner[:-1]
    for at in np.flatnonzero(is_edge & (_apart_m(degrees[:-1], degrees[1:]) > HALF_ROUND_M)).tolist():
        why = "goes half round the earth: no one line is meant"
        refused.setdefault(int(owner[at]), FieldRefused("edge", (xy[at].tolist(), xy[at + 1].tolist()), why, _SHORTER))
    edges = np.flatnonzero(is_edge)
    room = max(MOST_TOGETHER, 2 * len(xy))
    while True:
        edges = edges[~np.isin(owner[edges], list(refused))]
        leaving = edges[_deviation_m(xy, to_degrees(xy), edges, along, to_degrees) > TOLERANCE_M]
        corners = np.bincount(owner, minlength=len(lines)) + np.bincount(owner[leaving], minlength=len(lines))
        for line in np.flatnonzero(corners > MOST_CORNERS).tolist():
            at = int(leaving[owner[leaving] == line][0])
            why = f"needs more than {MOST_CORNERS:,} corners"
            refused[line] = FieldRefused("edge", (xy[at].tolist(), xy[at + 1].tolist()), why, _SHORTER)
        leaving = leaving[~np.isin(owner[leaving], list(refused))]
        for line, at in _beyond_room(owner, leaving, room):
            why = f"needs more corners than the {room:,} that rows read together may have"
            refused[line] = FieldRefused("edge", (xy[at].tolist(), xy[at + 1].tolist()), why, _SHORTER)
        leaving = leaving[~np.isin(owner[leaving], list(refused))]
        if not len(leaving):
            break
        xy = np.insert(xy, leaving + 1, along(xy[leaving], xy[leaving + 1], 0.5), axis=0)
        owner = np.insert(owner, leaving + 1, owner[leaving])
        halves = leaving + np.arange(len(leaving))
        edges = np.sort(np.concatenate([halves, halves + 1]))  # the others are settled
    starts = np.searchsorted(owner, np.arange(len(lines) + 1))
    return [refused.get(n, xy[starts[n] : starts[n + 1]]) for n in range(len(lines))]


def _beyond_room(owner: NDArray[np.int64], leaving: NDArray[np.int64], room: int) -> Iterator[tuple[int, int]]:
    """Lines whose edges cannot all be divided within the room, those that need most first left out, and such an edge.

    Lines that need few corners are kept, whatever stands beside them.
    """
    if len(owner) + len(leaving) <= room:
        return
    lines, first, needed = np.unique(owner[leaving], return_index=True, return_counts=True)
    order = np.argsort(needed, kind="stable")
    for place in order[np.cumsum(needed[order]) > room - len(owner)].tolist():
        yield int(lines[place]), int(leaving[first[place]])


def _deviation_m(xy: Floats, degrees: Floats, edges: NDArray[np.int64], along: Along, to_degrees: ToDegrees) -> Floats:
    """How far the straight line in degrees lies from the line meant, for edges that begin at these corners."""
    out = np.zeros(len(edges))
    start, end = degrees[edges], degrees[edges + 1]
    far_north = np.maximum(np.abs(start[:, 1]), np.abs(end[:, 1])) > 85.0
    long = np.flatnonzero((_apart_m(start, end) > SHORT_M) | far_north)
    at, to = edges[long], edges[long] + 1
    xy_at, xy_to = xy[at], xy[to]
    for share in _SHARES:
        meant = to_degrees(along(xy_at, xy_to, share))
        step = degrees[to] - degrees[at]
        step[:, 0] = (step[:, 0] + 180.0) % 360.0 - 180.0
        apart = _apart_m(degrees[at] + share * step, meant)
        out[long] = np.fmax(out[long], np.where(np.isfinite(apart), apart, 0.0))
    return out


def _apart_m(first: Floats, other: Floats) -> Floats:
    """Great-circle distance, metres: within a hundredth of the geodesic, which is all that is asked of it."""
    with np.errstate(invalid="ignore"):
        a, b = np.radians(first), np.radians(other)
        half = np.sin((b - a) / 2.0) ** 2
        chord = half[:, 1] + np.cos(a[:, 1]) * np.cos(b[:, 1]) * half[:, 0]
        apart_m: Floats = 2.0 * _RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
        return apart_m


def _straight(start: Floats, end: Floats, share: float) -> Floats:
    return np.asarray(start + share * (end - start), np.float64)


def _great_circle(start: Floats, end: Floats, share: float) -> Floats:
    """On the sphere, with the latitude as it stands: so S2, BigQuery and GeoParquet's ``spherical`` have it."""
    a, b = _unit(start), _unit(end)
    angle = np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.sum(a * b, axis=1))
    small = angle < 1e-12
    sine = np.where(small, 1.0, np.sin(angle))
    left = np.where(small, 1.0 - share, np.sin((1.0 - share) * angle) / sine)
    right = np.where(small, share, np.sin(share * angle) / sine)
    x, y, z = (left[:, None] * a + right[:, None] * b).T
    degrees: Floats = np.degrees(np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))]))
    return degrees


def _unit(degrees: Floats) -> Floats:
    lon, lat = np.radians(degrees).T
    xyz: Floats = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return xyz
