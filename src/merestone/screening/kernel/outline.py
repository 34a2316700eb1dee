"""Hazards as flat arrays: the vertices of every outline, which part they belong to, and whose part that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from merestone.geodesy import (
    every_way_round,
    geod,
    jumps_antimeridian,
    unrolled_line,
    without_tiny_numbers,
    wrapped_to_180,
)
from merestone.screening.reference_system import on_wgs84
from merestone.terms import WIDENED_M, FieldRefused

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Accuracy = ArrayLike | Sequence[float | None] | None
"""Metres; None and NaN mean that nobody stated it."""

A_M = 6378137.0
F = 1 / 298.257223563
E2 = F * (2 - F)
"""WGS 84: semi-major axis, flattening, first eccentricity squared (NIMA TR8350.2)."""
LONGEST_DEG = 0.25
"""Longer edges are split into equal pieces along themselves, so that one step of the solver is near its foot."""
GEODESIC_SAG_M = 0.0005
"""How far a straight piece in longitude and latitude may leave the geodesic that it stands for."""


class Edges(StrEnum):
    """What joins two vertices."""

    STRAIGHT = "straight"
    """A straight line in longitude and latitude, as GeoJSON says (RFC 7946, 3.1.1)."""
    GEODESIC = "geodesic"
    """The shortest way over the ellipsoid, as PostGIS geography and S2 draw it (theirs on a sphere)."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """Hazards in the form that the kernel reads. All arrays are read-only.

    Vertices lie ring after ring, each ring closed; vertices `i` and `i + 1` are an edge if `ends[i]` is false. Shells
    run counter-clockwise and holes clockwise. A position is inside a part if its winding number is not 0, so that an
    outline that crosses itself covers all that any reading of it covers.
    """

    lon_deg: Floats
    lat_deg: Floats
    ends: NDArray[np.bool_]
    """(n,) whether the vertex is the last of its ring, line or point."""
    part_start: NDArray[np.int64]
    """(parts + 1,) first vertex of each part."""
    part_hazard: Ints
    """(parts,) index of the hazard, in the order given."""
    part_is_area: NDArray[np.bool_]
    accuracy_m: Floats
    """(hazards,) as stated; NaN where nobody stated it."""
    unplaced: Ints
    """Hazards that have no usable geometry, and are in no part."""

    @property
    def hazards(self) -> int:
        """How many hazards were given, placed or not."""
        return len(self.accuracy_m)

    @property
    def edges(self) -> int:
        """How many edges there are; a point counts as one."""
        return int(len(self.ends) - np.count_nonzero(self.ends))

    @cached_property
    def widened_m(self) -> Floats:
        """(hazards,) by how much each is widened."""
        return widening_m(self.accuracy_m)

    @cached_property
    def bounds_deg(self) -> Floats:
        """(parts, 4) west, south, east, north."""
        if not len(self.part_hazard):
            return np.empty((0, 4))
        start = self.part_start[:-1]
        lon, lat = self.lon_deg, self.lat_deg
        low, high = np.minimum.reduceat, np.maximum.reduceat
        return np.stack([low(lon, start), low(lat, start), high(lon, start), high(lat, start)], axis=1)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The parts' boxes, by place: as lines from corner to corner, which have the same boxes and are made sooner."""
        diagonals: Any = shapely.linestrings(self.bounds_deg.reshape(-1, 2, 2))
        return shapely.STRtree(diagonals)

    @cached_property
    def balls(self) -> tuple[Floats, Floats]:
        """For each part a point in space, (parts, 3) metres, and a radius that holds the part, (parts,) metres."""
        if not len(self.part_hazard):
            return np.empty((0, 3)), np.empty(0)
        start = self.part_start[:-1]
        count = np.diff(self.part_start)
        space = in_space(self.lon_deg, self.lat_deg)
        centre = np.add.reduceat(space, start, axis=0) / count[:, None]
        off_m = np.linalg.norm(space - np.repeat(centre, count, axis=0), axis=1)
        turn = np.zeros(len(self.ends))
        turn[:-1] = np.abs(np.diff(self.lon_deg)) + np.abs(np.diff(self.lat_deg))
        turn[self.ends] = 0.0
        # A curve leaves its chord by at most max|r''| / 8, and on WGS 84 |r''| < 1.02 a (|dlon| + |dlat|)^2.
        sag_m = np.maximum.reduceat(1.02 * A_M * np.radians(turn) ** 2 / 8.0, start)
        return centre, np.maximum.reduceat(off_m, start) + sag_m + 1e-6

    @cached_property
    def rings_of_part(self) -> NDArray[np.int64]:
        """(parts,) how many rings, lines or points each part has."""
        ends = np.concatenate([[0], np.cumsum(self.ends)])
        return np.asarray(ends[self.part_start[1:]] - ends[self.part_start[:-1]], np.int64)

    @cached_property
    def by_hazard(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The parts in the order of their hazards, and the hazard of each of them."""
        order = np.argsort(self.part_hazard, kind="stable")
        return order, self.part_hazard[order]

    @cached_property
    def by_statement(self) -> tuple[Outlines, ...]:
        """Hazards whose accuracy is stated, and those where it is not, apart; hazards keep their numbers."""
        unstated = np.isnan(self.accuracy_m[self.part_hazard])
        if unstated.all() or not unstated.any():
            return (self,)
        return self.of_parts(~unstated), self.of_parts(unstated)

    def of_parts(self, chosen: NDArray[np.bool_]) -> Outlines:
        """These parts alone; hazards keep their numbers."""
        count = np.diff(self.part_start)
        vertices = np.repeat(chosen, count)
        start = np.concatenate([[0], np.cumsum(count[chosen])]).astype(np.int64)
        lon, lat, ends = self.lon_deg[vertices], self.lat_deg[vertices], self.ends[vertices]
        owner, is_area = self.part_hazard[chosen], self.part_is_area[chosen]
        return Outlines(lon, lat, ends, start, owner, is_area, self.accuracy_m, self.unplaced)

    def changed(self, removed: NDArray[np.bool_], added: Outlines) -> tuple[Outlines, Ints]:
        """Without some hazards and with others behind them; and for each part, which it was before, or -1."""
        number = (np.cumsum(~removed) - 1).astype(np.int32)
        is_kept = ~removed[self.part_hazard]
        remaining, first = self.of_parts(is_kept), np.int32(np.count_nonzero(~removed))
        arrays = (
            np.concatenate([remaining.lon_deg, added.lon_deg]),
            np.concatenate([remaining.lat_deg, added.lat_deg]),
            np.concatenate([remaining.ends, added.ends]),
            np.concatenate([remaining.part_start, added.part_start[1:] + remaining.part_start[-1]]),
            np.concatenate([number[remaining.part_hazard], added.part_hazard + first]).astype(np.int32),
            np.concatenate([remaining.part_is_area, added.part_is_area]),
            np.concatenate([self.accuracy_m[~removed], added.accuracy_m]),
            np.concatenate([number[self.unplaced[~removed[self.unplaced]]], added.unplaced + first]).astype(np.int32),
        )
        for array in arrays:
            array.setflags(write=False)
        was = np.concatenate([np.flatnonzero(is_kept), np.full(len(added.part_hazard), -1)]).astype(np.int32)
        return Outlines(*arrays), was

    @classmethod
    def of(cls, geometries: Any, accuracy_m: Accuracy = None, edges: Edges | str = Edges.STRAIGHT) -> Outlines:
        """Flatten geometries in longitude and latitude on WGS 84; see `HazardIndex.build`."""
        taken = np.asarray(on_wgs84(geometries), dtype=object).reshape(-1)
        stated_m = stated_accuracy_m(accuracy_m, len(taken))
        edges = Edges(edges)
        blocks: tuple[list[Block], ...] = ([], [], [])
        unplaced = [np.empty(0, np.int64)]
        for first in range(0, len(taken), _TOGETHER):
            here, placed, coordinates = _placed(taken[first : first + _TOGETHER])
            unplaced.append(first + np.flatnonzero(~placed))
            flattened = _blocks(here[placed], first + np.flatnonzero(placed), edges, coordinates)
            for kind, block in zip(blocks, flattened, strict=True):
                kind.append(block)
        areas = sum(len(block.owner) for block in blocks[0])
        flat = [block for kind in blocks for block in kind]
        counts = _joined([block.counts for block in flat], np.int64)
        hazard = _joined([block.owner for block in flat], np.int32)
        arrays = (
            _joined([block.lon_deg for block in flat], np.float64),
            _joined([block.lat_deg for block in flat], np.float64),
            _joined([block.ends for block in flat], np.bool_),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            hazard,
            np.arange(len(hazard)) < areas,
            stated_m,
            np.concatenate(unplaced).astype(np.int32),
        )
        for array in arrays:
            array.setflags(write=False)
        return cls(*arrays)


def stated_accuracy_m(accuracy_m: Accuracy, count: int) -> Floats:
    """Accuracies as (count,) metres; None becomes NaN.

    Raises
    ------
    FieldRefused
        One is negative or infinite, or there are neither one nor `count` of them.
    """
    values = np.asarray(accuracy_m, dtype=None)
    if values.dtype == object:
        values = np.array([np.nan if v is None else v for v in values.ravel()], np.float64).reshape(values.shape)
    values = values.astype(np.float64)
    if values.ndim > 1 or (values.ndim == 1 and len(values) not in (1, count)):
        raise FieldRefused(
            "accuracy_m", values.shape, f"does not fit the number of hazards, {count}", "give one, or one for each"
        )
    bad = np.flatnonzero((values.ravel() < 0) | np.isinf(values.ravel()))
    if len(bad):
        value = float(values.ravel()[bad[0]])
        raise FieldRefused("accuracy_m", value, "is not a radius in metres", "give 0 or more, or None if not stated")
    return np.ascontiguousarray(np.broadcast_to(values, (count,)))


def widening_m(accuracy_m: Floats) -> Floats:
    """(hazards,) by how much each is widened: its accuracy, or the assumption where none is stated."""
    return np.where(np.isnan(accuracy_m), WIDENED_M, accuracy_m)


def in_space(lon_deg: Floats | float, lat_deg: Floats | float) -> Floats:
    """(n, 3) metres: positions on WGS 84 as points in space (Earth-centred, Earth-fixed)."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    n_m = A_M / np.sqrt(1.0 - E2 * np.sin(lat) ** 2)
    p_m = n_m * np.cos(lat)
    return np.stack([p_m * np.cos(lon), p_m * np.sin(lon), n_m * (1.0 - E2) * np.sin(lat)], axis=-1)


def _placed(taken: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_], Floats | None]:
    """The geometries, cut at the antimeridian where they jump over it, and which of them have a usable place.

    And the coordinates of those that have one, if nothing was changed and all of them do.
    """
    coordinates = shapely.get_coordinates(taken)
    is_same = taken is (taken := without_tiny_numbers(taken, coordinates))
    box = shapely.bounds(taken)
    placed: NDArray[np.bool_] = np.asarray(~np.isnan(box).any(axis=1), bool)
    is_number = np.isfinite(coordinates)
    if not is_number.all():
        owner = np.repeat(np.arange(len(taken)), shapely.get_num_coordinates(taken))
        placed[owner[~is_number.all(axis=1)]] = False
    wide = placed & ((box[:, 2] - box[:, 0] > 180.0) | (box[:, 0] < -180.0) | (box[:, 2] > 180.0))
    if wide.any():
        taken, is_same = taken.copy(), False
        for i in np.flatnonzero(wide):
            taken[i] = _over_antimeridian(taken[i])
        box = shapely.bounds(taken)
    placed &= (box[:, 0] >= -180) & (box[:, 2] <= 180) & (box[:, 1] >= -90) & (box[:, 3] <= 90)
    return taken, placed, coordinates if is_same and placed.all() else None


def _over_antimeridian(geometry: Any) -> Any:
    """A geometry that runs over the antimeridian, within -180..180; as it is if it does not."""
    parts: list[Any] = []
    for part in shapely.get_parts(in_every_way(geometry)):
        west_deg, _, east_deg, _ = shapely.bounds(part)
        if (west_deg < -180.0 or east_deg > 180.0) and not shapely.is_valid(part):
            part = shapely.make_valid(part, method="structure", keep_collapsed=True)  # noqa: PLW2901
        parts.extend(_simple_parts(np.array([wrapped_to_180(part)], object), np.zeros(1, np.int64))[0])
    return shapely.GeometryCollection(parts)


def in_every_way(geometry: Any) -> Any:
    """The geometry with no edge through more than 180 degrees, its longitudes running on past 180 where they must.

    An area that could mean either side of the earth (`antimeridian.way_of`) is given in both ways, so that nothing
    that it may hold is called none recorded.
    """
    parts: list[Any] = []
    for part in _simple_parts(np.array([geometry], object), np.zeros(1, np.int64))[0]:
        if shapely.get_dimensions(part) == 2:
            parts += every_way_round(part)
        elif shapely.get_dimensions(part) == 1 and jumps_antimeridian(shapely.get_coordinates(part)[:, 0]):
            parts.append(unrolled_line(part))
        else:
            parts.append(part)
    return shapely.GeometryCollection(parts)


def jumping(geometries: NDArray[Any]) -> NDArray[np.int64]:
    """Which geometries have an edge through more than 180 degrees of longitude."""
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    with np.errstate(invalid="ignore"):
        is_wide = (np.abs(np.diff(coordinates[:, 0])) > 180.0) & (owner[1:] == owner[:-1])
    return np.unique(owner[1:][is_wide])


def _simple_parts(geometries: NDArray[Any], owner: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Points, lines and polygons, and whose they are."""
    while (shapely.get_type_id(geometries) > 3).any():
        geometries, index = shapely.get_parts(geometries, return_index=True)
        owner = owner[index]
    keep = ~shapely.is_empty(geometries)
    return geometries[keep], owner[keep]


_TOGETHER = 1 << 16
"""So many geometries are flattened together: what is in between takes several times the memory of what comes out."""


class Block(NamedTuple):
    """Some parts of one kind, flattened."""

    lon_deg: Floats
    lat_deg: Floats
    ends: NDArray[np.bool_]
    counts: NDArray[np.int64]
    """(parts,) vertices of each."""
    owner: NDArray[np.int64]


def _blocks(
    geometries: NDArray[Any], owner: NDArray[np.int64], edges: Edges, all_coordinates: Floats | None
) -> tuple[Block, Block, Block]:
    """Areas, lines and points of some geometries that have a place, and whose they are.

    `all_coordinates` are those of all of them, where they are there already.
    """
    parts, owner = _simple_parts(geometries, owner)
    kinds = shapely.get_type_id(parts)
    chosen = (kinds == 3, (kinds == 1) | (kinds == 2), kinds == 0)
    is_given = len(parts) == len(geometries) and chosen[0].all()  # all are single polygons
    flat = (
        _areas(parts[chosen[0]], all_coordinates if is_given else None),
        _lines(parts[chosen[1]]),
        _lines(parts[chosen[2]]),
    )
    out = []
    for (coordinates, ends, counts), which in zip(
        (split_edges(*flat_part, edges) for flat_part in flat), chosen, strict=True
    ):
        lon, lat = np.ascontiguousarray(coordinates[:, 0]), np.ascontiguousarray(coordinates[:, 1])
        out.append(Block(lon, lat, ends, counts, owner[which]))
    return out[0], out[1], out[2]


def _joined(arrays: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    some = [array for array in arrays if len(array)] or [np.empty(0, kind)]
    return np.asarray(some[0] if len(some) == 1 else np.concatenate(some)).astype(kind, copy=False)


Flat = tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]


def _areas(polygons: NDArray[Any], coordinates: Floats | None = None) -> Flat:
    """Shells counter-clockwise and holes clockwise.

    Polygons with holes are turned by GEOS. To take each ring of the others for itself, or to copy polygons so that they
    are turned, takes several times as long as all else: their coordinates are turned instead.
    """
    counts = shapely.get_num_coordinates(polygons).astype(np.int64)
    has_holes = shapely.get_num_interior_rings(polygons) > 0
    is_last = np.zeros(int(counts.sum()), bool)
    is_last[np.cumsum(counts) - 1] = True
    if has_holes.any():
        polygons = polygons.copy()
        polygons[has_holes] = shapely.orient_polygons(polygons[has_holes])
        rings, owner = shapely.get_rings(polygons[has_holes], return_index=True)
        before = (np.cumsum(counts) - counts)[has_holes] - np.cumsum(counts[has_holes]) + counts[has_holes]
        is_last[np.cumsum(shapely.get_num_coordinates(rings)) - 1 + before[owner]] = True
        coordinates = None
    coordinates = shapely.get_coordinates(polygons) if coordinates is None else coordinates
    is_clockwise = ~has_holes & ~_runs_counter_clockwise(polygons, coordinates, counts)
    if is_clockwise.any():
        both_ends = np.where(is_clockwise, 2 * np.cumsum(counts) - counts - 1, 0)  # first and last vertex, added
        sign = np.where(is_clockwise, -1, 1)
        source = np.repeat(both_ends, counts) + np.repeat(sign, counts) * np.arange(len(coordinates))
        coordinates = np.take(coordinates, source, axis=0)
    return coordinates, is_last, counts


SURE_DEG2 = 1e-12
"""A ring with an area of so many square degrees, a square of a decimetre, runs as the sign of its area says."""


def _runs_counter_clockwise(polygons: NDArray[Any], coordinates: Floats, counts: NDArray[np.int64]) -> NDArray[Any]:
    """(n,) whether the shell of each polygon without holes runs counter-clockwise; of others it is not asked."""
    if not len(polygons):
        return np.empty(0, bool)
    lon, lat = coordinates[:, 0], coordinates[:, 1]
    strips = np.zeros(len(coordinates))
    strips[:-1] = (lon[1:] + lon[:-1]) * (lat[1:] - lat[:-1])
    strips[np.cumsum(counts) - 1] = 0.0  # from one ring to the next
    area_deg2 = 0.5 * np.add.reduceat(strips, np.cumsum(counts) - counts)
    is_counter = np.asarray(area_deg2 > 0.0, bool)
    unsure = np.flatnonzero(np.abs(area_deg2) < SURE_DEG2)
    if len(unsure):
        is_counter[unsure] = shapely.is_ccw(shapely.get_exterior_ring(polygons[unsure]))
    return is_counter


def _lines(lines: NDArray[Any]) -> Flat:
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    counts = np.bincount(line, minlength=len(lines)).astype(np.int64)
    lone = np.flatnonzero(counts == 1)
    if len(lone):  # a point is an edge from itself to itself
        twice = np.ones(len(coordinates), np.int64)
        twice[np.cumsum(counts)[lone] - 1] = 2
        coordinates = np.repeat(coordinates, twice, axis=0)
        counts[lone] = 2
    ends = np.zeros(len(coordinates), bool)
    ends[np.cumsum(counts) - 1] = True
    return coordinates, ends, counts


def split_edges(coordinates: Floats, ends: NDArray[np.bool_], counts: NDArray[np.int64], edges: Edges) -> Flat:
    """Put vertices on long edges, and on geodesic ones, so that each piece is short and straight within the bound."""
    if len(coordinates) < 2:
        return coordinates, ends, counts
    step = np.diff(coordinates, axis=0)
    step[ends[:-1]] = 0.0
    if edges is Edges.STRAIGHT and max(step.max(), -step.min()) <= LONGEST_DEG:
        return coordinates, ends, counts
    pieces = np.ones(len(coordinates), np.int64)
    pieces[:-1] = np.maximum(1, np.ceil(np.maximum(np.abs(step[:, 0]), np.abs(step[:, 1])) / LONGEST_DEG))
    if edges is Edges.GEODESIC:
        lat = np.radians(np.minimum(np.maximum(np.abs(coordinates[:-1, 1]), np.abs(coordinates[1:, 1])) + 0.01, 89.9))
        run_m = A_M * np.hypot(np.radians(step[:, 1]), np.radians(step[:, 0]) * np.cos(lat))
        # Between two points a geodesic leaves the straight line by L^2 tan(lat) / (8 a), twice that to be sure.
        bow_m = 2.0 * run_m**2 * np.tan(lat) / (8.0 * A_M)
        pieces[:-1] = np.maximum(pieces[:-1], np.ceil(np.sqrt(bow_m / GEODESIC_SAG_M)))
    if pieces.max() == 1:
        return coordinates, ends, counts
    source = np.repeat(np.arange(len(coordinates)), pieces)
    nth = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    out = coordinates[source]
    inner = np.flatnonzero(nth)
    if edges is Edges.STRAIGHT:
        out[inner] += (nth[inner] / pieces[source[inner]])[:, None] * step[source[inner]]
    else:
        first, last = coordinates[source[inner]], coordinates[source[inner] + 1]
        azimuth, _, run_m = geod().inv(first[:, 0], first[:, 1], last[:, 0], last[:, 1])
        lon, lat, _ = geod().fwd(first[:, 0], first[:, 1], azimuth, run_m * nth[inner] / pieces[source[inner]])
        out[inner] = np.stack([lon, lat], axis=1)
    new_ends = np.zeros(len(source), bool)
    new_ends[np.cumsum(pieces)[ends] - 1] = True
    part = np.repeat(np.arange(len(counts)), counts)
    return out, new_ends, np.bincount(part, weights=pieces, minlength=len(counts)).astype(np.int64)
