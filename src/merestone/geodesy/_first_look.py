"""What a few array operations tell of all geometries at once: which need a closer look, and what to note of them."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy._flat import PATH, SHELL, Floats, Ints, Lines, Objects
from merestone.geodesy.ellipsoid import areas_of_rings_m2, metres_per_degree, ring_areas_m2
from merestone.geodesy.finding import Code, Finding

Flags = NDArray[np.bool_]
_LINE, _POLYGON, _MULTIPOLYGON, _COLLECTION = 1, 3, 6, 7

LONG_EDGE_M: Final = 5_000.0
"""Vertices farther apart than this are told of. Source: GICHD geocheck, README.md, 2020."""
TINY_AREA_M2: Final = 1.0
"""Areas below this are told of: no one surveys a square metre. Ours."""
_DEGREE_M: Final = 112_000.0
"""No degree of longitude or latitude on WGS 84 is longer."""
SPIKE_DEG: Final = 0.5
SPIKE_M: Final = 20.0
"""A corner sharper than `SPIKE_DEG` between two edges longer than this is told of as a spike. Ours."""


def _looked_at_m2(lines: Lines, size: int) -> Floats:
    """(m,) the signed area of each ring, square metres, as far as the look needs it: 0 of what is no ring.

    Of a ring alone in its geometry it asks which way it runs, and whether it has a square metre. A plane settles that
    for nearly all at a tenth of the cost: an area in degrees, and the least and the most that a square degree measures
    between the ring's latitudes. What that leaves in doubt, and rings that belong together, are measured.
    """
    count = np.diff(lines.starts)
    ring_m2 = np.zeros(len(count))
    is_ring = (lines.role != PATH) & (count > 0)
    is_alone = is_ring & (np.bincount(lines.owner, minlength=size)[lines.owner] == 1)
    some = np.flatnonzero(is_alone)
    if len(some):
        flat_m2, doubt_m2 = _flat_areas_m2(*_chosen(lines, is_alone))
        is_plain = np.abs(flat_m2) > doubt_m2 + 2 * TINY_AREA_M2
        ring_m2[some[is_plain]] = flat_m2[is_plain]
        is_ring[some[is_plain]] = False
    if is_ring.any():
        ring_m2[is_ring] = ring_areas_m2(*_chosen(lines, is_ring))
    return ring_m2


def _chosen(lines: Lines, which: Flags) -> tuple[Floats, Ints]:
    """The coordinates of some of the lines, and where each starts in them."""
    count = np.diff(lines.starts)
    starts = np.concatenate([[0], np.cumsum(count[which])]).astype(np.int64)
    return (lines.coordinates if which.all() else lines.coordinates[np.repeat(which, count)]), starts


def _flat_areas_m2(coordinates: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """(m,) signed areas of rings, square metres, and how far these may be off; NaN of what is not finite.

    The area is the integral of what a square degree measures there, times how often the ring winds around the place.
    Between the ring's latitudes that is within `spread` of the middle; and how often it winds, added up without signs,
    is at most the sum of the triangles from its first corner to each of its edges.
    """
    count = np.diff(starts)
    first = starts[:-1]
    beside = coordinates - np.repeat(coordinates[first], count, axis=0)
    cross = np.append(beside[:-1, 0] * beside[1:, 1] - beside[1:, 0] * beside[:-1, 1], 0.0)
    cross[starts[1:] - 1] = 0.0
    area, around = np.add.reduceat(cross, first) / 2, np.add.reduceat(np.abs(cross), first) / 2
    south, north = (f.reduceat(coordinates[:, 1], first) for f in (np.minimum, np.maximum))
    nearest = np.where((south < 0) & (north > 0), 0.0, np.minimum(np.abs(south), np.abs(north)))
    least, most = (
        np.prod(metres_per_degree(lat), axis=0) for lat in (np.maximum(np.abs(south), np.abs(north)), nearest)
    )
    spread = (most - least) / 2 + 1e-9 * most
    on_earth = np.where(np.maximum(np.abs(south), np.abs(north)) <= 90.0, 1.0, np.nan)
    return area * (least + most) / 2 * on_earth, around * spread


class FirstLook:
    """Flags, one for each geometry, and notes for those that have something to note."""

    def __init__(self, geometries: Objects, *, must_be_area: bool) -> None:
        self._size = len(geometries)
        self._lines = lines = Lines.of(geometries)
        kind = shapely.get_type_id(geometries)
        dimension = shapely.get_dimensions(geometries)
        self._step = np.diff(lines.coordinates, axis=0)
        self._is_edge = np.ones(max(len(lines.coordinates) - 1, 0), bool)
        self._is_edge[lines.starts[1:-1] - 1] = False
        with np.errstate(invalid="ignore", over="ignore"):
            ring_m2 = _looked_at_m2(lines, self._size)
            self._area_m2 = areas_of_rings_m2(lines, ring_m2, self._size)
            self._is_clockwise = (lines.role == SHELL) & (ring_m2 < 0)
            is_finite = ~self._of_coordinates(np.asarray(~np.isfinite(lines.coordinates).all(axis=1)))
            self.bounds = shapely.bounds(geometries)
            west, south, east, north = self.bounds.T
            self.outside = (south < -90) | (north > 90) | (west < -360) | (east > 360)
            beyond = (west < -180) | (east > 180)
            jumps = self._of_coordinates(np.append(self._is_edge & (np.abs(self._step[:, 0]) > 180), False))
        is_area = (kind == _POLYGON) | (kind == _MULTIPOLYGON)
        odd = (
            shapely.is_empty(geometries)
            | ~is_finite
            | self.outside
            | (kind == _COLLECTION)
            | (must_be_area & (dimension < 2))
            | shapely.has_z(geometries)
        )
        self.leaves_180: Flags = beyond | jumps
        broken = self.leaves_180 | ~shapely.is_valid(geometries) | self._has_empty_part(geometries, kind)
        broken |= is_area & (self._area_m2 == 0)
        is_there = ~shapely.is_missing(geometries)
        self.is_sound: Flags = is_there & ~odd & ~broken
        """Nothing has to be done about it."""
        self.is_broken_area: Flags = is_there & ~odd & broken & is_area
        """An area that is to be repaired, and has nothing else wrong with it."""

    def notes(self) -> dict[int, tuple[Finding, ...]]:
        """What is worth telling of each geometry, though nothing has to be done about it."""
        out: dict[int, tuple[Finding, ...]] = {}
        lat_deg = self._lines.coordinates[:, 1]
        with np.errstate(invalid="ignore", over="ignore"):
            step_m, length_m = np.zeros_like(self._step), np.zeros(len(self._step))
            most_m = np.abs(self._step).sum(axis=1) * _DEGREE_M
            at = np.flatnonzero(
                self._is_edge & (most_m > SPIKE_M)
            )  # of shorter edges nothing is told that takes metres
            step_m[at] = self._step[at] * np.column_stack(metres_per_degree((lat_deg[at + 1] + lat_deg[at]) / 2))
            length_m[at] = np.hypot(step_m[at, 0], step_m[at, 1])
            is_long = self._is_edge & (length_m > LONG_EDGE_M) & (np.abs(self._step[:, 0]) <= 180)
            for place in self._first_of_each(np.flatnonzero(is_long)):
                text = f"two neighbouring vertices are {length_m[place] / 1000:.1f} km apart"
                self._tell(out, place, Code.LONG_EDGE, text)
            for place in self._first_of_each(np.flatnonzero(self._is_edge & (self._step == 0).all(axis=1))):
                self._tell(out, place, Code.REPEATED_VERTEX, "a vertex stands twice in a row")
            for place in self._first_of_each(self._spikes(step_m, length_m)):
                self._tell(out, place, Code.SPIKE, "the outline goes out and comes back almost the same way")
        for index in np.flatnonzero((self._area_m2 > 0) & (self._area_m2 < TINY_AREA_M2)).tolist():
            text = f"the area is {self._area_m2[index]:.2g} m2"
            out[index] = (*out.get(index, ()), Finding(Code.TINY_AREA, text))
        for line in np.flatnonzero(self._is_clockwise):
            text = "an outline runs clockwise; RFC 7946 wants it counter-clockwise"
            self._tell(out, self._lines.starts[line], Code.CLOCKWISE, text)
        return out

    def _first_of_each(self, at: Ints) -> Ints:
        """Of coordinates in their order, the first of each geometry: one of a kind is enough to look at the place."""
        owners = self._lines.owner[np.searchsorted(self._lines.starts, at, side="right") - 1]
        return at[np.unique(owners, return_index=True)[1]]

    def _tell(self, out: dict[int, tuple[Finding, ...]], at: np.signedinteger, code: Code, text: str) -> None:
        line = np.searchsorted(self._lines.starts, at, side="right") - 1
        index = int(self._lines.owner[line])
        if all(f.code is not code for f in out.get(index, ())):
            lon_deg, lat_deg = (float(v) for v in self._lines.coordinates[at])
            out[index] = (*out.get(index, ()), Finding(code, text, lon_deg, lat_deg))

    def _of_coordinates(self, flags: Flags) -> Flags:
        """Which geometries have a coordinate that is flagged."""
        out = np.zeros(self._size, bool)
        at = np.flatnonzero(flags)
        out[self._lines.owner[np.searchsorted(self._lines.starts, at, side="right") - 1]] = True
        return out

    def _spikes(self, step_m: Floats, length_m: Floats) -> Ints:
        """Indices of vertices at which a line turns back on itself, the first vertex of rings among them."""
        starts, role = self._lines.starts, self._lines.role
        back = np.arange(len(step_m)) - 1  # for each edge the edge before it, if it has one
        has_back = self._is_edge.copy()
        first = starts[:-1][np.diff(starts) > 1]
        has_back[first] = role[np.diff(starts) > 1] != PATH
        back[first] = starts[1:][np.diff(starts) > 1] - 2
        at = np.flatnonzero(has_back & (length_m > SPIKE_M))
        before = back[at]
        cross = step_m[before, 0] * step_m[at, 1] - step_m[before, 1] * step_m[at, 0]
        dot = (step_m[before] * step_m[at]).sum(axis=1)
        is_sharp = (dot < 0) & (np.abs(cross) < np.tan(np.radians(SPIKE_DEG)) * np.abs(dot))
        return np.asarray(at[is_sharp & (length_m[before] > SPIKE_M)], np.int64)

    def _has_empty_part(self, geometries: Objects, kind: NDArray[np.integer]) -> Flags:
        out = np.zeros(self._size, bool)
        multi = np.flatnonzero(kind == _MULTIPOLYGON)
        parts, owner = shapely.get_parts(geometries[multi], return_index=True)
        out[multi[owner[shapely.is_empty(parts)]]] = True
        return out
