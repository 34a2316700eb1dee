"""The measurement of some thousands of positions without a compiled kernel: pairs of a position and a part, with NumPy.

Exact, by the same formulae as `numpy_query` (a test holds both against each other): boxes say which parts can be the
nearest, flat frames which of their edges, and only these are measured on the ellipsoid. It begins at once, where the
kernel must be loaded and its cells be made; from some ten thousands of positions on the kernel is quicker.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import metres_per_degree
from merestone.screening.kernel import numpy_query
from merestone.screening.kernel.outline import Floats, Outlines

Ints64 = NDArray[np.int64]

MOST_LAT_DEG = 80.0
"""Nearer to a pole the flat frames are too crude, and within `EDGE_DEG` of the antimeridian boxes lie on two sides."""
EDGE_DEG = 1.0
MOST_REACH_M = 20_000.0
"""Farther than this the bounds below do not hold."""
PER_DEG_LEAST_M, PER_DEG_MOST_M = 110_500.0, 111_700.0
"""Metres of a degree along a meridian, at least and at most, anywhere on WGS 84."""
FLAT = 0.97
"""A true distance is at least this share of the flat one, in the frame of its position, to `MOST_REACH_M`: the frame is
wrong by 1.06 (tan(lat) + 0.03) d / R at most (`local_plane.frame_error`)."""
TOGETHER = 1 << 19
"""Edges that are looked at together."""
SORTED_FROM = 4096
"""From so many positions on, to take them in the order of their places is quicker: neighbours read the same parts."""
SORT_DEG = 0.01
SAMPLE = 256
"""So many positions are asked first, to see how far the others must look."""
LOOK_SHARE, SQUARE_SHARE = 0.95, 0.25
"""A square reaches as far as this share of the sample must look, and by this share of a usual part's side farther."""
MOST_BESIDE = 32.0
"""If the sample's positions have more boxes around them, on average, each position's own square is looked for."""
LEAST_SQUARE_DEG = 1e-4
"""Squares begin at half a side of about 11 m, and double."""


class Pairs(NamedTuple):
    """Positions and parts that may be their nearest, in the order of the positions."""

    position: Ints64
    part: Ints64
    least_m: Floats
    """No point of the part is nearer, less its widening."""

    def chosen(self, which: NDArray[Any]) -> "Pairs":
        """Some of them, by number or by truth."""
        return Pairs(*(values[which] for values in self))


class Boxes(NamedTuple):
    """The boxes of parts, or of whole hazards, all of which have a place."""

    bounds_deg: Floats
    """(n, 4) west, south, east, north."""
    tree: shapely.STRtree
    """Something with these very boxes, in the same order."""
    widened_m: Floats
    """(n,) by how much each is widened."""


def can_measure(lon_deg: Floats, lat_deg: Floats, limit_m: Floats, widest_m: float) -> NDArray[np.bool_]:
    """(n,) the positions that `nearest` may be asked for, beside hazards that are widened by so much at most."""
    with np.errstate(invalid="ignore"):
        wide, _ = degrees_around(lat_deg, limit_m + widest_m)
        is_placed = (np.abs(lon_deg) <= 180.0 - np.maximum(EDGE_DEG, wide)) & (np.abs(lat_deg) <= MOST_LAT_DEG)
    return np.asarray(is_placed & (limit_m < MOST_REACH_M), bool)


def degrees_around(lat_deg: Floats, reach_m: Floats) -> tuple[Floats, Floats]:
    """Degrees of longitude and latitude that hold all within reach, at least; to `MOST_REACH_M` and `MOST_LAT_DEG`."""
    tall = (reach_m + 1.0) / PER_DEG_LEAST_M
    farthest = np.minimum(np.abs(lat_deg) + tall, 89.0)
    return tall / np.cos(np.radians(farthest)), tall


def nearest(
    outlines: Outlines, lon_deg: Floats, lat_deg: Floats, limit_m: Floats, most_edges: int
) -> tuple[Floats, Ints64] | None:
    """Distance (infinite where none is within its limit) and hazard (-1) of positions that `can_measure`.

    Parameters
    ----------
    limit_m
        (n,) as far as the distance less the hazard's widening is looked.
    most_edges
        None is given if so many pairs of a position and an edge would have to be looked at.
    """
    if len(lon_deg) < SORTED_FROM:
        return _nearest(outlines, lon_deg, lat_deg, limit_m, most_edges)
    order = np.lexsort((lon_deg // SORT_DEG, lat_deg // SORT_DEG))
    in_order = _nearest(outlines, lon_deg[order], lat_deg[order], limit_m[order], most_edges)
    if in_order is None:
        return None
    distance_m, hazard = np.empty(len(order)), np.empty(len(order), np.int64)
    distance_m[order], hazard[order] = in_order
    return distance_m, hazard


def reached(boxes: Boxes, lon_deg: Floats, lat_deg: Floats, limit_m: Floats) -> Ints64:
    """The boxes that can hold the nearest of any of these positions within its limit, or be around it, ascending."""
    is_reached = np.zeros(len(boxes.bounds_deg), bool)
    is_reached[_pairs(boxes, lon_deg, lat_deg, limit_m).part] = True
    return np.flatnonzero(is_reached)


def _nearest(
    outlines: Outlines, lon_deg: Floats, lat_deg: Floats, limit_m: Floats, most_edges: int
) -> tuple[Floats, Ints64] | None:
    boxes = Boxes(outlines.bounds_deg, outlines.tree, outlines.widened_m[outlines.part_hazard])
    pairs = _pairs(boxes, lon_deg, lat_deg, limit_m)
    edges = np.diff(outlines.part_start)[pairs.part]
    if edges.sum() > most_edges:
        return None
    distance_m, hazard = np.full(len(lon_deg), np.inf), np.full(len(lon_deg), -1, np.int64)
    places = Places(outlines, lon_deg, lat_deg)
    done = np.cumsum(edges)
    first = 0
    while first < len(edges):
        before = done[first - 1] if first else 0
        last = max(int(np.searchsorted(done, before + TOGETHER)), first + 1)
        # A position stays whole.
        last = int(np.searchsorted(pairs.position, pairs.position[last - 1], side="right"))
        here = pairs.chosen(np.arange(first, last))
        around = here.chosen(_around(places, here))
        owner = np.full(len(lon_deg), np.iinfo(np.int64).max)
        np.minimum.at(owner, around.position, outlines.part_hazard[around.part])
        is_inside = owner < np.iinfo(np.int64).max
        distance_m[is_inside], hazard[is_inside] = 0.0, owner[is_inside]
        at, measured_m, nearest_hazard = _measured(places, here.chosen(~is_inside[here.position]), limit_m)
        distance_m[at], hazard[at] = measured_m, nearest_hazard
        first = last
    return distance_m, hazard


class Places:
    """Positions beside outlines, and what the flat frames of the positions are made of."""

    def __init__(self, outlines: Outlines, lon_deg: Floats, lat_deg: Floats) -> None:
        self.outlines, self.lon_deg, self.lat_deg = outlines, lon_deg, lat_deg
        self.kx, self.ky = metres_per_degree(lat_deg)
        # As `local_plane.error_growth`, twice to be sure.
        self.growth = 2.12 * (np.tan(np.radians(np.abs(lat_deg))) + 0.03) / numpy_query.R_M

    def flat_m(self, position: Ints64, edge: Ints64) -> tuple[Floats, Floats]:
        """(n,) no point of the edge is nearer to the position than the one, and one is as near as the other."""
        lon, lat = self.outlines.lon_deg, self.outlines.lat_deg
        x, y, kx, ky = self.lon_deg[position], self.lat_deg[position], self.kx[position], self.ky[position]
        x0, y0 = lon[edge], lat[edge]
        ux, uy = (lon[edge + 1] - x0) * kx, (lat[edge + 1] - y0) * ky
        ax, ay = (x0 - x) * kx, (y0 - y) * ky
        t = -(ax * ux + ay * uy) / np.maximum(ux * ux + uy * uy, 1e-30)
        t = np.minimum(np.maximum(t, 0.0), 1.0)
        ax += t * ux
        ay += t * uy
        flat_m = np.sqrt(ax * ax + ay * ay)
        error_m = (np.minimum(self.growth[position] * flat_m, 1.0) + 2e-6) * flat_m + 1e-3
        return flat_m - error_m, flat_m + error_m


def _pairs(boxes: Boxes, lon: Floats, lat: Floats, limit_m: Floats) -> Pairs:
    """The parts that can be the nearest, or around, of each position: no other can."""
    box, tree, widened_m = boxes
    widest_m = float(widened_m.max())
    bound_m = limit_m.copy()
    for point, near in _some_near(boxes, lon, lat, limit_m + widest_m):
        np.minimum.at(bound_m, point, _at_most_m(box[near], lon[point], lat[point]) - widened_m[near])
    # An area around a position has a box around it: it is there whatever the reach.
    wide, tall = degrees_around(lat, np.maximum(bound_m + widest_m, 0.0))
    position, part = tree.query(shapely.box(lon - wide, lat - tall, lon + wide, lat + tall))
    here, x, y, less_m = box[part], lon[position], lat[position], widened_m[part]
    least_m = _at_least_m(here, x, y) - less_m
    np.minimum.at(bound_m, position, _at_most_m(here, x, y) - less_m)
    chosen = np.flatnonzero((least_m <= bound_m[position] + 0.01) | _in_box(here, x, y))
    chosen = chosen[np.lexsort((part[chosen], position[chosen]))]
    return Pairs(position[chosen], part[chosen], least_m[chosen])


def _some_near(boxes: Boxes, lon: Floats, lat: Floats, reach_m: Floats) -> Iterator[tuple[Ints64, Ints64]]:
    """Pairs of a position and a part near it, at least one where any is within reach: they bound what is looked at.

    To look for the nearest box of each position takes most of the time; to list the boxes that touch a square around it
    takes a tenth. How large a square tells a sample of many positions. For the others, squares grow until they touch.
    """
    tree, count = boxes.tree, len(lon)
    without = np.arange(count)
    if count >= SORTED_FROM:
        sample = np.linspace(0, count - 1, SAMPLE).astype(np.int64)
        _, distance_deg = tree.query_nearest(
            shapely.points(lon[sample], lat[sample]), all_matches=False, return_distance=True
        )
        reach = float(np.quantile(distance_deg, LOOK_SHARE)) + SQUARE_SHARE * _usual_side_deg(boxes)
        beside, _ = tree.query(_squares(lon[sample], lat[sample], reach))
        if len(beside) <= MOST_BESIDE * SAMPLE:
            point, near = tree.query(_squares(lon, lat, reach))
            yield point, near
            without = _others(without, point)
    farthest, _ = degrees_around(lat, np.maximum(reach_m, 0.0))  # of longitude, which is no less than of latitude
    reach = max(SQUARE_SHARE * _usual_side_deg(boxes), LEAST_SQUARE_DEG)
    while len(without):
        point, near = tree.query(_squares(lon[without], lat[without], reach))
        yield without[point], near
        without = _others(without, point)
        without = without[farthest[without] > reach]
        reach *= 2.0


def _others(numbers: Ints64, places: Ints64) -> Ints64:
    """The numbers that stand at none of these places."""
    is_other = np.ones(len(numbers), bool)
    is_other[places] = False
    return numbers[is_other]


def _usual_side_deg(boxes: Boxes) -> float:
    """The middle of the boxes' longer sides; `np.median` would load another part of NumPy first."""
    west, south, east, north = boxes.bounds_deg.T
    sides = np.maximum(east - west, north - south)
    return float(np.partition(sides, len(sides) // 2)[len(sides) // 2])


def _squares(lon: Floats, lat: Floats, reach: float) -> NDArray[Any]:
    return np.asarray(shapely.box(lon - reach, lat - reach, lon + reach, lat + reach), object)


def _in_box(box: Floats, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    return np.asarray((box[:, 0] <= lon) & (lon <= box[:, 2]) & (box[:, 1] <= lat) & (lat <= box[:, 3]), bool)


def _at_least_m(box: Floats, lon: Floats, lat: Floats) -> Floats:
    """No point of the box is nearer, metres."""
    east = np.maximum(np.maximum(box[:, 0] - lon, lon - box[:, 2]), 0.0)
    north = np.maximum(np.maximum(box[:, 1] - lat, lat - box[:, 3]), 0.0)
    flat_m = PER_DEG_LEAST_M * np.hypot(east * np.cos(np.radians(lat)), north)
    return np.asarray(FLAT * np.minimum(flat_m, MOST_REACH_M))


def _at_most_m(box: Floats, lon: Floats, lat: Floats) -> Floats:
    """No point of the box is farther, metres: along the position's parallel, then along a meridian."""
    east = np.maximum(np.abs(box[:, 0] - lon), np.abs(box[:, 2] - lon))
    north = np.maximum(np.abs(box[:, 1] - lat), np.abs(box[:, 3] - lat))
    return np.asarray((east * np.cos(np.radians(lat)) + north) * PER_DEG_MOST_M)


def _edges(outlines: Outlines, parts: Ints64) -> tuple[Ints64, Ints64]:
    """The edges of each part: which of the parts, and the edge's first vertex."""
    start = outlines.part_start[parts]
    length = outlines.part_start[parts + 1] - start
    pair = np.repeat(np.arange(len(parts)), length)
    vertex = np.repeat(start - np.cumsum(length) + length, length) + np.arange(len(pair))
    is_edge = ~outlines.ends[vertex]
    return pair[is_edge], vertex[is_edge]


def _around(places: Places, pairs: Pairs) -> Ints64:
    """The pairs whose part is an area that winds around the position, by the same rule as in `numpy_query`."""
    outlines, lon, lat = places.outlines, places.lon_deg, places.lat_deg
    is_held = _in_box(outlines.bounds_deg[pairs.part], lon[pairs.position], lat[pairs.position])
    may_be = np.flatnonzero(is_held & outlines.part_is_area[pairs.part])
    pair, edge = _edges(outlines, pairs.part[may_be])
    y = lat[pairs.position[may_be]][pair]
    y0, y1 = outlines.lat_deg[edge] - y, outlines.lat_deg[edge + 1] - y
    crossing = np.flatnonzero((y0 <= 0.0) != (y1 <= 0.0))
    pair, edge, y0, y1 = pair[crossing], edge[crossing], y0[crossing], y1[crossing]
    x = lon[pairs.position[may_be]][pair]
    left = (outlines.lon_deg[edge] - x) * y1 - (outlines.lon_deg[edge + 1] - x) * y0
    is_up = y0 <= 0.0
    turn = (is_up & (left > 0.0)).astype(np.float64) - (~is_up & (left < 0.0))
    return may_be[np.flatnonzero(np.bincount(pair, weights=turn, minlength=len(may_be)))]


def _begins(position: Ints64) -> Ints64:
    """Where each position begins."""
    return np.flatnonzero(np.r_[True, position[1:] != position[:-1]]) if len(position) else np.empty(0, np.int64)


def _measured(places: Places, pairs: Pairs, limit_m: Floats) -> tuple[Ints64, Floats, Ints64]:
    """Some positions around which no area is: those with a hazard within their limit, their distances and hazards.

    First the part whose box is the nearest is looked along: what it leaves to the others is little.
    """
    bound_m = limit_m.copy()
    by_nearness = np.lexsort((pairs.least_m, pairs.position))
    first = by_nearness[_begins(pairs.position[by_nearness])]
    is_first = np.zeros(len(pairs.part), bool)
    is_first[first] = True
    looked_at = [_looked(places, pairs.chosen(is_first), bound_m)]
    may_be = ~is_first & (pairs.least_m <= bound_m[pairs.position] + 0.01)
    looked_at.append(_looked(places, pairs.chosen(may_be), bound_m))
    position, edge, hazard, least_m = (np.concatenate(two) for two in zip(*looked_at, strict=True))
    chosen = np.flatnonzero(least_m <= bound_m[position] + 1e-3)
    position, edge, hazard = position[chosen], edge[chosen], hazard[chosen]
    if not len(chosen):
        return position, np.empty(0), hazard
    measured_m, _, _ = numpy_query.feet(places.outlines, edge, places.lon_deg[position], places.lat_deg[position])
    return _best(position, hazard, measured_m, measured_m - places.outlines.widened_m[hazard], limit_m)


def _looked(places: Places, pairs: Pairs, bound_m: Floats) -> tuple[Ints64, Ints64, Ints64, Floats]:
    """Positions, edges that may be their nearest, these edges' hazards, and no smaller a distance less its widening.

    `bound_m` is lowered to what each position's smallest distance less its widening is, at most.
    """
    pair, edge = _edges(places.outlines, pairs.part)
    position = pairs.position[pair]
    least_m, most_m = places.flat_m(position, edge)
    hazard = places.outlines.part_hazard[pairs.part].astype(np.int64)
    widened_m = places.outlines.widened_m[hazard][pair]
    begin = _begins(position)
    if len(begin):
        at = position[begin]
        bound_m[at] = np.minimum(bound_m[at], np.minimum.reduceat(most_m - widened_m, begin))
    least_m -= widened_m
    chosen = np.flatnonzero(least_m <= bound_m[position] + 1e-3)
    return position[chosen], edge[chosen], hazard[pair[chosen]], least_m[chosen]


def _best(
    position: Ints64, hazard: Ints64, measured_m: Floats, key_m: Floats, limit_m: Floats
) -> tuple[Ints64, Floats, Ints64]:
    """Of each position the edge with the smallest key; of keys that are alike the first of the first hazard."""
    least_m = np.full(len(limit_m), np.inf)
    np.minimum.at(least_m, position, key_m)
    close = np.flatnonzero((key_m <= least_m[position] + 1e-7) & (key_m <= limit_m[position]))
    order = close[np.lexsort((close, hazard[close], position[close]))]
    first = order[_begins(position[order])]
    return position[first], measured_m[first], hazard[first]
