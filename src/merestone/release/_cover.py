"""How much land any choice of shares covers, each square metre once, from edges alone: no polygon is ever built.

The area of a union is a sum along its outline, and that is made of those stretches of the outlines' edges that no other
outline of the union covers. So every edge is cut where other outlines begin and cease to cover it, and each stretch is
measured once and put down under two things: whose it is, and which shares cover it. Any union is a sum of such entries.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import areas_below_m2
from merestone.release._turn import is_left

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Below = Callable[[Floats, Floats, float], Floats]
"""First and last points of edges, (n, 2) each, and a latitude -> signed area between edge and parallel, (n,)."""

_Events = tuple[Ints, Floats, Ints, Ints, Floats]
"""Edge, where on it (0-1), share that begins (1) or ceases (-1) to cover, and the ring's area so far."""

_AT_ONCE: Final = 300_000
"""Edges, or pairs of edges, that are looked at together."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """The edges of valid areas in flat arrays, ring after ring, land on their left."""

    first: Floats
    last: Floats
    """(edges, 2)"""
    ring: Ints
    """(edges,)"""
    owner: Ints
    """(rings,) the area of each ring."""
    start: Ints
    """(rings + 1,) first edge of each ring."""
    area_start: Ints
    """(areas + 1,) first edge of each area."""
    box: Floats
    """(4, edges) west, south, east and north of each edge."""
    area_box: Floats
    """(4, areas)"""

    @classmethod
    def of(cls, areas: NDArray[Any]) -> Self:
        """Take areas apart: (n,) valid polygons and multipolygons."""
        parts, part_of = shapely.get_parts(areas, return_index=True)
        rings, ring_of = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        inner = (ring[1:] == ring[:-1]) & (points[1:] != points[:-1]).any(axis=1)
        first, last, ring = points[:-1][inner] + 0.0, points[1:][inner] + 0.0, ring[:-1][inner]
        owner = part_of[ring_of]
        start = np.searchsorted(ring, np.arange(len(rings) + 1))
        area_start = np.searchsorted(owner[ring], np.arange(len(areas) + 1))
        box = np.ascontiguousarray(np.vstack([np.minimum(first, last).T, np.maximum(first, last).T]))
        low = np.minimum.reduceat(box[:2], area_start[:-1], axis=1)
        high = np.maximum.reduceat(box[2:], area_start[:-1], axis=1)
        return cls(first, last, ring, owner, start, area_start, box, np.vstack([low, high]))


@dataclass(frozen=True, slots=True)
class Cover:
    """What was measured."""

    table_m2: Floats
    """(shares, 2 ** shares): along stretches of one share's edges, covered by the shares of the mask."""
    own_m2: Floats
    """(areas,) of each outline by itself."""
    first: Ints
    """(pairs,) areas whose boxes meet, the earlier of each two."""
    second: Ints
    common_m2: Floats
    """(pairs,) what both cover."""

    def union_m2(self, *shares: int) -> float:
        """Land that any of these shares covers."""
        wanted = sum(1 << share for share in shares)
        masks = np.flatnonzero((np.arange(self.table_m2.shape[1]) & wanted) == 0)
        return float(self.table_m2[list(shares)][:, masks].sum()) if shares else 0.0


def cover(areas: NDArray[Any], shares: Ints, count: int, below: Below = areas_below_m2) -> Cover:
    """Measure the areas, their overlaps two by two, and every union of shares.

    Parameters
    ----------
    areas
        (n,) valid polygons or multipolygons in longitude and latitude.
    shares
        (n,) the share of each, 0 to `count` - 1.
    """
    if not len(areas):
        return Cover(np.zeros((count, 1 << count)), np.zeros(0), *_meeting(areas), np.zeros(0))
    outline_set = Outlines.of(areas)
    first, two = _meeting(areas)
    reference_deg = float(np.median(outline_set.first[:, 1]))
    edge_m2 = below(outline_set.first, outline_set.last, reference_deg)
    up_to_m2 = np.concatenate([[0.0], np.cumsum(edge_m2)])
    ring_m2 = np.add.reduceat(edge_m2, outline_set.start[:-1])
    own_m2 = np.bincount(outline_set.owner, ring_m2, len(areas)).astype(np.float64)
    common_m2 = np.zeros(len(first))
    starts: list[tuple[Ints, Ints]] = []  # rings that begin within an area of this share
    events: list[
        tuple[Ints, Floats, Ints, Ints, Floats]
    ] = []  # edge, where on it, share, begins or ceases, area so far
    sizes = np.diff(outline_set.area_start)
    for chosen in _chunks(sizes[first] + sizes[two]):
        sides = (first[chosen], two[chosen])
        crossing = _crossings(outline_set, *sides)
        for side, (pair, edge, along, enters) in enumerate(crossing):
            mine, other = sides[side], sides[1 - side]
            start = outline_set.first[edge]
            to = start + along[:, None] * (outline_set.last[edge] - start)
            so_far_m2 = (
                up_to_m2[edge] - up_to_m2[outline_set.start[outline_set.ring[edge]]] + below(start, to, reference_deg)
            )
            sign = np.where(enters, 1, -1)
            events.append((edge, along, shares[other[pair]], sign, so_far_m2))
            within, ring = _rings_within(outline_set, mine, other, earlier=side == 0)
            starts.append((ring, shares[other[within]]))
            common_m2[chosen] += np.bincount(pair, -sign * so_far_m2, len(mine))
            common_m2[chosen] += np.bincount(within, ring_m2[ring], len(mine))
    table_m2 = _table(outline_set, shares, count, ring_m2=ring_m2, starts=starts, events=events)
    return Cover(table_m2, own_m2, first, two, np.maximum(common_m2, 0.0))


def _meeting(areas: NDArray[Any]) -> tuple[Ints, Ints]:
    """Each two areas whose boxes meet, the earlier one first."""
    if len(areas) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first, two = shapely.STRtree(areas).query(areas)
    once = first < two
    return first[once].astype(np.int64), two[once].astype(np.int64)


def _chunks(size: Ints) -> Iterator[slice]:
    """Slices of about `_AT_ONCE` in all."""
    if not len(size):
        return
    number = np.cumsum(size) // _AT_ONCE
    first = np.flatnonzero(np.diff(number, prepend=-1))
    yield from (slice(int(a), int(b)) for a, b in zip(first, [*first[1:], len(size)], strict=True))


def _edges_of(outlines: Outlines, area: Ints) -> tuple[Ints, Ints]:
    """All edges of each of the areas: its place in `area`, and the edge."""
    count = outlines.area_start[area + 1] - outlines.area_start[area]
    place = np.repeat(np.arange(len(area)), count)
    return place, np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + outlines.area_start[area][place]


def _crossings(outlines: Outlines, first: Ints, two: Ints) -> tuple[tuple[Any, ...], ...]:
    """Where outlines of pairs cross: for either side the pair, its edge, where on it (0-1), and whether it enters."""
    west, south = np.maximum(outlines.area_box[:2, first], outlines.area_box[:2, two])
    east, north = np.minimum(outlines.area_box[2:, first], outlines.area_box[2:, two])
    near = []
    for area in (first, two):
        pair, edge = _edges_of(outlines, area)
        for side, limit in ((2, west), (3, south)):  # one test after the other: most edges fall at the first ones
            is_kept = outlines.box[side][edge] >= limit[pair]
            pair, edge = pair[is_kept], edge[is_kept]
        for side, limit in ((0, east), (1, north)):
            is_kept = outlines.box[side][edge] <= limit[pair]
            pair, edge = pair[is_kept], edge[is_kept]
        near.append((pair, edge))
    (pair_p, edge_p), (pair_q, edge_q) = near
    begin, end = np.searchsorted(pair_q, pair_p), np.searchsorted(pair_q, pair_p, side="right")
    crossings = []
    for some in _chunks(end - begin):
        count = end[some] - begin[some]
        p = np.repeat(np.arange(some.start, some.stop), count)
        q = np.arange(len(p)) - np.repeat(np.cumsum(count) - count, count) + begin[p]
        crossings.append((pair_p[p], *_crossed(outlines, edge_p[p], edge_q[q])))
    if not crossings:
        nothing = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, bool)
        return nothing, nothing
    pairs = np.concatenate([pair[hit] for pair, hit, *_ in crossings])
    return tuple((pairs, *(np.concatenate(part) for part in zip(*(row[side] for row in crossings), strict=True)))
                 for side in (2, 3))  # fmt: skip


def _crossed(outlines: Outlines, p: Ints, q: Ints) -> tuple[Any, ...]:
    """Which edges `p` of earlier areas cross edges `q` of later ones; for either the edge, where, and if it enters."""
    hit = np.arange(len(p))
    for mine, other in ((2, 0), (3, 1)):
        hit = hit[outlines.box[mine][p[hit]] >= outlines.box[other][q[hit]]]
        hit = hit[outlines.box[other][p[hit]] <= outlines.box[mine][q[hit]]]
    a, b, c, d = outlines.first[p[hit]], outlines.last[p[hit]], outlines.first[q[hit]], outlines.last[q[hit]]
    c_left, d_left = (is_left(a, b, point, edge_is_earlier=True) for point in (c, d))
    a_left, b_left = (is_left(c, d, point, edge_is_earlier=False) for point in (a, b))
    crosses = (c_left != d_left) & (a_left != b_left)
    hit, a, b, c, d = hit[crosses], a[crosses], b[crosses], c[crosses], d[crosses]
    along, other = b - a, d - c
    from_a, from_b = (other[:, 0] * (at - c)[:, 1] - other[:, 1] * (at - c)[:, 0] for at in (a, b))
    on_p = np.clip(np.divide(from_a, from_a - from_b, out=np.zeros(len(hit)), where=from_a != from_b), 0.0, 1.0)
    # Edges that run along each other cross at an uncertain place: both must mean the same one.
    on_q = np.clip(((a + on_p[:, None] * along - c) * other).sum(axis=1) / (other**2).sum(axis=1), 0.0, 1.0)
    on_p = np.clip(((c + on_q[:, None] * other - a) * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
    return hit, (p[hit], on_p, b_left[crosses]), (q[hit], on_q, d_left[crosses])


def _rings_within(outlines: Outlines, mine: Ints, other: Ints, *, earlier: bool) -> tuple[Ints, Ints]:
    """Rings of areas that begin within the area beside them: its place in the arrays, and the ring."""
    ring_start = np.searchsorted(outlines.owner, np.arange(len(outlines.area_start)))
    count = ring_start[mine + 1] - ring_start[mine]
    place = np.repeat(np.arange(len(mine)), count)
    ring = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + ring_start[mine][place]
    point = outlines.first[outlines.start[ring]]
    low, high = outlines.area_box[:2, other[place]].T, outlines.area_box[2:, other[place]].T
    near = np.flatnonzero(((point >= low) & (point <= high)).all(axis=1))
    place, ring, point = place[near], ring[near], point[near]
    which, edge = _edges_of(outlines, other[place])
    first, last, at = outlines.first[edge], outlines.last[edge], point[which]
    # The earlier point is moved north by nothing at all: what is level with it lies below.
    above = [end[:, 1] > at[:, 1] if earlier else end[:, 1] >= at[:, 1] for end in (first, last)]
    rises = np.flatnonzero(above[0] != above[1])
    left = is_left(first[rises], last[rises], at[rises], edge_is_earlier=not earlier)
    turn = np.where(above[1][rises] & left, 1, np.where(~above[1][rises] & ~left, -1, 0))
    inside = np.flatnonzero(np.bincount(which[rises], turn, len(place)))
    return place[inside], ring[inside]


def _table(
    outlines: Outlines,
    shares: Ints,
    count: int,
    *,
    ring_m2: Floats,
    starts: list[tuple[Ints, Ints]],
    events: list[_Events],
) -> Floats:
    """Walk each ring from event to event, counting how often each share covers it, and put the stretches down."""
    rings = len(outlines.owner)
    depth = np.zeros((rings, count), np.int64)
    for ring, share in starts:
        np.add.at(depth, (ring, share), 1)
    table_m2 = np.zeros((count, 1 << count))
    if not events:
        none = np.zeros(0, np.int64)
        events = [(none, np.zeros(0), none, none, np.zeros(0))]
    edge, along, share, sign, so_far_m2 = (np.concatenate(column) for column in zip(*events, strict=True))
    order = np.lexsort((along, edge))
    edge, share, sign, so_far_m2 = edge[order], share[order], sign[order], so_far_m2[order]
    ring = outlines.ring[edge]
    # Each ring's first stretch runs from its beginning to its first event, each event's from there to the next one.
    all_ring = np.concatenate([np.arange(rings), ring])
    change = np.zeros((rings + len(ring), count), np.int64)
    change[:rings] = depth
    change[np.arange(rings, rings + len(ring)), share] = sign
    from_m2 = np.concatenate([np.zeros(rings), so_far_m2])
    order = np.argsort(all_ring, kind="stable")
    all_ring, change, from_m2 = all_ring[order], change[order], from_m2[order]
    begins = np.flatnonzero(np.diff(all_ring, prepend=-1))
    reached = np.cumsum(change, axis=0)
    covers = reached - np.repeat(reached[begins] - change[begins], np.diff(begins, append=len(all_ring)), axis=0)
    last = np.append(begins[1:], len(all_ring)) - 1
    # Where several events fall on one place, their order is not known and does not matter: nothing lies between them.
    if (covers[last] != depth).any():
        raise AssertionError("an outline is covered differently after a walk around it: report this with its data")
    to_m2 = np.append(from_m2[1:], 0.0)
    to_m2[last] = ring_m2
    mask = ((covers > 0) << np.arange(count)).sum(axis=1)
    own = shares[outlines.owner[all_ring]]
    crossings = np.bincount(own * (1 << count) + mask, to_m2 - from_m2, count << count)
    return table_m2 + crossings.reshape(table_m2.shape)
