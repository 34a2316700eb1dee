"""Which stretches of one line lie within a distance of another: the kernel behind shared borders.

For every pair of segments close enough to matter, the stretch of the one inside the *capsule* (all points within the
tolerance) of the other is a single interval, because a capsule is convex; its ends are the roots of at most three
quadratics. The union of those intervals over all pairs is the answer, without a polygon ever being buffered.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiLineString

from merestone.geodesy import metres_per_degree

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_LONGEST_DEG: Final = 0.05
"""Longer segments are cut first: one scale of metres per degree then holds along a piece to about 0.3 % at 70 N."""
_CELL_DEG: Final = 0.2
"""Cells by which far segments are put aside; wider than two segments and most tolerances."""
_SEGMENTS_AT_ONCE: Final = 4096
"""Bounds the memory of the pairs looked at together, whatever the size of the input."""


@dataclass(frozen=True, slots=True)
class Segments:
    """A line's segments, cut where they were too long for one scale of metres per degree."""

    ends_deg: FloatArray
    """Shape (n, 4): lon, lat of the start, then of the end, in the line's order, none longer than 0.05 degrees."""
    follows: IntArray
    """Shape (n,): rises by one from a segment to the next one of the same line, and by more anywhere else."""
    is_cut: BoolArray
    """Shape (n,): the segment's end is no vertex of the line, but a cut of ours."""


def segments_of(line: shapely.Geometry, *, within_deg: tuple[float, float, float, float]) -> Segments:
    """A (multi)line's segments that may touch a box (west, south, east, north)."""
    coords, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    starts, ends = coords[:-1], coords[1:]
    west, south, east, north = within_deg
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    keep = (part[:-1] == part[1:]) & (low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)
    keep &= (starts != ends).any(axis=1)
    index = np.flatnonzero(keep)
    starts, ends = starts[index], ends[index]
    pieces = np.maximum(np.ceil(np.abs(ends - starts).max(axis=1, initial=0.0) / _LONGEST_DEG), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(index)), pieces)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (ends - starts)[owner] / pieces[owner, None]
    first = starts[owner] + nth[:, None] * step
    last = np.where((nth + 1 == pieces[owner])[:, None], ends[owner], first + step)
    together = np.diff(index, prepend=-2)[owner] == 1  # the segment before it in the input was kept too
    follows = np.cumsum(np.where(together | (nth > 0), 1, 2))
    return Segments(np.hstack([first, last]), follows, nth + 1 < pieces[owner])


def stretches_near(a: FloatArray, b: FloatArray, tolerance_m: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """The stretches of segments `a` within `tolerance_m` of any of the segments `b`.

    Parameters
    ----------
    a, b : shape (n, 4), (m, 4), degrees
        `Segments.ends_deg`.

    Returns
    -------
    owner, start, end : shape (k,)
        Row of `a`, and the fractions of it (0-1) where the stretch starts and ends; in order, never overlapping.
    """
    worth = _in_reach(a, b, tolerance_m)
    if len(worth) < len(a):
        owner, start, end = stretches_near(a[worth], b[_in_reach(b, a, tolerance_m)], tolerance_m)
        return worth[owner], start, end
    if not len(a) or not len(b):
        return _nothing()
    # Neighbours' maps mostly share their vertices: a segment that both have, in either direction, is near as a whole.
    same = _stand_in(a, np.concatenate([b, b[:, [2, 3, 0, 1]]]))
    others = np.flatnonzero(~same)
    if len(others) < len(a):
        owner, start, end = stretches_near(a[others], b, tolerance_m) if len(others) else _nothing()
        owner = np.concatenate([np.flatnonzero(same), others[owner]])
        start = np.concatenate([np.zeros(int(same.sum())), start])
        end = np.concatenate([np.ones(int(same.sum())), end])
        order = np.lexsort((start, owner))
        return owner[order], start[order], end[order]
    tree = shapely.STRtree(np.atleast_1d(np.asarray(shapely.linestrings(b.reshape(-1, 2, 2)))))
    pairs_near: list[tuple[IntArray, FloatArray, FloatArray]] = []
    for first in range(0, len(a), _SEGMENTS_AT_ONCE):
        some = a[first : first + _SEGMENTS_AT_ONCE]
        low, high = np.minimum(some[:, :2], some[:, 2:]), np.maximum(some[:, :2], some[:, 2:])
        east, _ = metres_per_degree(np.abs([low[:, 1], high[:, 1]]).max(axis=0))
        _, north = metres_per_degree(low[:, 1])
        dx, dy = tolerance_m / np.maximum(east, 1e-6) * 1.01, tolerance_m / north * 1.01
        boxes = shapely.box(low[:, 0] - dx, low[:, 1] - dy, high[:, 0] + dx, high[:, 1] + dy)
        owner, other = tree.query(boxes)
        start, end = _inside_capsules(some[owner], b[other], tolerance_m)
        hit = end > start
        pairs_near.append((owner[hit] + first, start[hit], end[hit]))
    return _united(*(np.concatenate(column) for column in zip(*pairs_near, strict=True))) if pairs_near else _nothing()


def _in_reach(a: FloatArray, b: FloatArray, tolerance_m: float) -> IntArray:
    """Rows of `a` that lie in a coarse cell of some `b` or in one beside it: all that can be near, and little else."""
    if not len(a) or not len(b):
        return np.empty(0, np.int64)
    east, _ = metres_per_degree(np.abs(a[:, [1, 3]]).max(initial=0.0))
    if 2 * _LONGEST_DEG + tolerance_m / max(float(east), 1e-6) > _CELL_DEG:
        return np.arange(len(a))
    cells = [np.floor((each[:, :2] + each[:, 2:]) / (2 * _CELL_DEG)).astype(np.int64) for each in (a, b)]
    keys_a, keys_b = (each[:, 0] * 1_000_000 + each[:, 1] for each in cells)
    around = np.add.outer(np.add.outer(np.unique(keys_b), [-1_000_000, 0, 1_000_000]), [-1, 0, 1])
    return np.flatnonzero(np.isin(keys_a, around.ravel()))


def _stand_in(a: FloatArray, b: FloatArray) -> BoolArray:
    """Which of the segments `a` stand among `b`, to the last bit."""
    keys_a, keys_b = (_keys(segments) for segments in (a, b))
    order = np.argsort(keys_b)
    at = order[np.minimum(np.searchsorted(keys_b, keys_a, sorter=order), len(order) - 1)]
    # Two different segments may have one key: then the first is compared, and the worst is a look at the distance.
    return np.asarray((a == b[at]).all(axis=1))


def _keys(segments: FloatArray) -> NDArray[np.uint64]:
    """One number for each segment, made of the bits of its coordinates. Adding 0 makes -0 and 0 one."""
    bits = np.ascontiguousarray(segments + 0.0).view(np.uint64)
    factors = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
    return np.asarray(((bits ^ (bits >> np.uint64(29))) * factors).sum(axis=1, dtype=np.uint64))


def _nothing() -> tuple[IntArray, FloatArray, FloatArray]:
    return np.empty(0, np.int64), np.empty(0), np.empty(0)


def _inside_capsules(a: FloatArray, b: FloatArray, tolerance_m: float) -> tuple[FloatArray, FloatArray]:
    """Fractions of each `a` between which it lies inside the capsule of its `b`; end <= start where it never does."""
    east, north = metres_per_degree((a[:, 1] + a[:, 3]) / 2)
    px, py = (a[:, 0] - b[:, 0]) * east, (a[:, 1] - b[:, 1]) * north
    dx, dy = (a[:, 2] - a[:, 0]) * east, (a[:, 3] - a[:, 1]) * north
    ex, ey = (b[:, 2] - b[:, 0]) * east, (b[:, 3] - b[:, 1]) * north
    length = np.hypot(ex, ey)
    start, end = np.full(len(a), np.inf), np.full(len(a), -np.inf)

    def widen(low: FloatArray, high: FloatArray) -> None:
        low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
        hit = high >= low
        np.minimum(start, np.where(hit, low, np.inf), out=start)
        np.maximum(end, np.where(hit, high, -np.inf), out=end)

    for qx, qy in ((px, py), (px - ex, py - ey)):  # the two round ends
        square, half, rest = dx * dx + dy * dy, qx * dx + qy * dy, qx * qx + qy * qy - tolerance_m**2
        root = np.sqrt(np.maximum(half * half - square * rest, 0.0))
        outside = half * half < square * rest
        widen(np.where(outside, np.inf, (-half - root) / square), np.where(outside, -np.inf, (-half + root) / square))
    ux, uy = ex / length, ey / length  # the straight part between them: two slabs
    along = _slab(px * ux + py * uy, dx * ux + dy * uy, 0.0, length)
    across = _slab(py * ux - px * uy, dy * ux - dx * uy, -tolerance_m, tolerance_m)
    widen(np.maximum(along[0], across[0]), np.minimum(along[1], across[1]))
    return start, end


def _slab(at: FloatArray, slope: FloatArray, low: float, high: float | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fractions s for which ``low <= at + s * slope <= high``."""
    still = np.abs(slope) < 1e-12  # metres over the whole segment: parallel
    inside = (at >= low) & (at <= high)
    slope = np.where(still, 1.0, slope)
    entry_at, two = (low - at) / slope, (high - at) / slope
    return (
        np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(entry_at, two)),
        np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(entry_at, two)),
    )


def _united(owner: IntArray, start: FloatArray, end: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Merge overlapping stretches of the same owner."""
    if not len(owner):
        return _nothing()
    order = np.lexsort((start, owner))
    owner, start, end = owner[order], start[order], end[order]
    # Each owner gets its own span of the number line, so that one running maximum serves all of them.
    reach = np.maximum.accumulate(end + 2.0 * owner)
    fresh = np.ones(len(owner), bool)
    fresh[1:] = start[1:] + 2.0 * owner[1:] > reach[:-1] + 1e-12
    first = np.flatnonzero(fresh)
    return owner[first], start[first], np.maximum.reduceat(end, first)


def stretches_between(
    count: int, owner: IntArray, start: FloatArray, end: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """What `stretches_near` leaves of `count` segments: its complement, in the same form."""
    # Every segment ends with an empty stretch at 1 and starts with one at 0; the gaps between stretches are the answer.
    owners = np.concatenate([owner, np.arange(count), np.arange(count)])
    starts = np.concatenate([start, np.zeros(count), np.ones(count)])
    ends = np.concatenate([end, np.zeros(count), np.ones(count)])
    order = np.lexsort((starts, owners))
    owners, starts, ends = owners[order], starts[order], ends[order]
    reach = np.maximum.accumulate(ends + 2.0 * owners) - 2.0 * owners
    gap = (owners[1:] == owners[:-1]) & (starts[1:] > reach[:-1] + 1e-12)
    return owners[1:][gap], reach[:-1][gap], starts[1:][gap]


def lines_of(segments: Segments, owner: IntArray, start: FloatArray, end: FloatArray) -> MultiLineString:
    """Join stretches that follow on each other into lines, leaving out the cuts that were ours."""
    if not len(owner):
        return MultiLineString()
    ends = segments.ends_deg[owner]
    base, step = ends[:, :2], ends[:, 2:] - ends[:, :2]
    first = base + start[:, None] * step
    last = np.where((end == 1.0)[:, None], ends[:, 2:], base + end[:, None] * step)
    fresh = np.ones(len(owner), bool)
    fresh[1:] = (np.diff(segments.follows[owner]) != 1) | (start[1:] > 0.0) | (end[:-1] < 1.0)
    line = np.cumsum(fresh) - 1
    where = np.arange(len(owner)) + np.cumsum(fresh)  # every line starts with one point more
    coords, index = np.empty((len(owner) + line[-1] + 1, 2)), np.empty(len(owner) + line[-1] + 1, np.int64)
    coords[where], index[where] = last, line
    coords[where[fresh] - 1], index[where[fresh] - 1] = first[fresh], line[fresh]
    ours = segments.is_cut[owner] & (end == 1.0)
    ours[:-1] &= ~fresh[1:]
    ours[-1] = False
    is_kept = np.ones(len(coords), bool)
    is_kept[where[ours]] = False
    lines = np.atleast_1d(np.asarray(shapely.linestrings(coords[is_kept], indices=index[is_kept])))
    joined = shapely.line_merge(MultiLineString(list(lines)), directed=True)
    return joined if isinstance(joined, MultiLineString) else MultiLineString([shapely.LineString(joined.coords)])
