"""The grid over the hazards: made once, in threads; then asked for many positions, in threads."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from merestone.screening.kernel import batch_query, morton_order, quadtree_build
from merestone.screening.kernel import tile_grid as tiles_of
from merestone.screening.kernel.batch_query import Cells
from merestone.screening.kernel.leaf_query import SIDE_BY_SIDE
from merestone.screening.kernel.morton_order import BUCKETS
from merestone.screening.kernel.outline import A_M, Floats, Outlines
from merestone.screening.kernel.quadtree_build import FEW_EDGES
from merestone.screening.kernel.tile_grid import COLUMNS, NO_CELLS, PAD, ROWS, TILES_PER_DEG, UNMADE

REACH_M = 12_000.0
"""Cells know all hazards that are as near as this, less their widening; beyond it `direct` answers."""
CHUNK = 1 << 16
ORDERED = 1 << 19
"""From so many positions on, putting them in spatial order first is quicker than fetching cells twice."""


def threads() -> int:
    """How many threads to use: one for each core that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Ground(NamedTuple):
    """The parts of some outlines side by side, in chunks and by tiles: what cells are made of."""

    by_place: NDArray[np.int64]
    """(parts,) which part of the outlines stands here; parts over the antimeridian have higher numbers."""
    vertex: Floats
    """As in `Cells`; `lon` and `lat` are views of it, (vertices,)."""
    lon: Floats
    lat: Floats
    ends: NDArray[np.bool_]
    part_start: NDArray[np.int64]
    part_hazard: NDArray[np.int32]
    part_area: NDArray[np.bool_]
    bounds: Floats
    part_widened: Floats
    widened_m: Floats
    part_of: NDArray[np.int32]
    chunks: tuple[Any, ...]
    bucket: NDArray[np.int64]
    placed: NDArray[np.int32]
    around: NDArray[np.int64]
    search_m: float
    wanted: NDArray[np.bool_]
    """(rows, columns) tiles that need cells."""


def ground_of(outlines: Outlines, reach_m: float = REACH_M) -> Ground:
    """Put the parts in order, and see which tiles they touch."""
    taken = _over_the_antimeridian(outlines)
    by_place = _side_by_side(taken[-1])
    start, part_hazard, part_area, bounds = taken[3], taken[4][by_place], taken[5][by_place], taken[6][by_place]
    part_start = np.concatenate([[0], np.cumsum(np.diff(start)[by_place])]).astype(np.int64)
    vertex, ends, part_of = tiles_of.laid(*taken[:4], by_place, part_start, SIDE_BY_SIDE)
    lon, lat = vertex[: 2 * len(ends) : 2], vertex[1 : 2 * len(ends) : 2]
    part_widened = outlines.widened_m[part_hazard]
    search_m = reach_m + float(part_widened.max())
    chunks = tiles_of.chunks_of(lon, lat, ends, part_of)
    bucket, placed = tiles_of.bucket_chunks(lon, lat, chunks[0], chunks[1])
    around = tiles_of.tiles_around(lon, lat, ends, part_start, part_area, bounds)
    around = around[np.argsort(around[:, 0], kind="stable")]
    wanted = within(np.diff(bucket).reshape(ROWS, COLUMNS) > 0, search_m)
    wanted.ravel()[around[:, 0]] = True
    wanted[:, :PAD] = wanted[:, COLUMNS - PAD + 1 :] = False
    return Ground(
        by_place,
        vertex,
        lon,
        lat,
        ends,
        part_start,
        part_hazard,
        part_area,
        bounds,
        part_widened,
        outlines.widened_m,
        part_of,
        chunks,
        bucket,
        placed,
        around,
        search_m,
        wanted,
    )


def build(outlines: Outlines, reach_m: float = REACH_M) -> Cells:
    """Divide the surroundings of the hazards into cells."""
    ground = ground_of(outlines, reach_m)
    tiles = np.flatnonzero(ground.wanted.ravel())
    return cells_of(ground, tiles, grow(ground, tiles), reach_m)


Grown = tuple[Any, ...]
"""What `quadtree_build.grow_tiles` gives."""


def grow(ground: Ground, tiles: NDArray[np.int64], few_edges: int = FEW_EDGES) -> Iterator[Grown]:
    """The cells of some tiles, in lots of neighbouring tiles, each numbered from 0; made in threads, given in order.

    A cell with no more than `few_edges` edges is not divided: with more, cells are made sooner and asked more slowly.
    """
    jobs = max(1, min(len(tiles), max(32 * threads(), len(tiles) // 8)))
    spans = np.linspace(0, len(tiles), jobs + 1).astype(int)
    around = ground.around

    def grow_lot(job: int) -> Grown:
        mine = tiles[spans[job] : spans[job + 1]]
        stop = np.searchsorted(around[:, 0], mine, side="right")
        at = np.concatenate([np.searchsorted(around[:, 0], mine), stop[-1:]])
        grown: Grown = quadtree_build.grow_tiles(
            ground.lon, ground.lat, ground.ends, ground.part_of, ground.part_hazard, ground.part_widened,
            ground.part_area, ground.chunks, mine, ground.bucket, ground.placed, around, at, ground.search_m,
            few_edges,
        )  # fmt: skip
        return grown

    with ThreadPoolExecutor(threads()) as pool:
        if len(tiles):
            yield from pool.map(grow_lot, range(jobs))


def cells_of(
    ground: Ground,
    tiles: NDArray[np.int64],
    grown: Iterable[Grown],
    reach_m: float,
    unmade: NDArray[np.int64] | None = None,
) -> Cells:
    """The cells of these tiles, in the order in which they were grown, as one index.

    Parameters
    ----------
    unmade
        Tiles that are wanted and not made. None: all are made, and `ground` is used up by it.
    """
    *joined, longest = _joined(grown)
    tile = np.full(ROWS * COLUMNS, NO_CELLS, np.int32)
    tile[tiles] = np.arange(len(tiles), dtype=np.int32)
    even_m = float(ground.part_widened.min())
    is_even = even_m == float(ground.part_widened.max())
    # In its place where nothing asks for the parts after this: of many hazards it is much.
    hazard_of = ground.part_of if unmade is None else ground.part_of.copy()
    tile[[] if unmade is None else unmade] = UNMADE
    tile[beyond_twins(ground.search_m)] = UNMADE
    for at in range(0, len(hazard_of), CHUNK):
        hazard_of[at : at + CHUNK] = ground.part_hazard[hazard_of[at : at + CHUNK]]
    arrays: tuple[Any, ...] = (ground.vertex, hazard_of, ground.widened_m, tile.reshape(ROWS, COLUMNS), *joined)
    for array in arrays:
        array.setflags(write=False)  # as those of a pack are, so that one compiled kernel serves both
    return Cells(*arrays, float(reach_m), is_even, even_m, longest)  # type: ignore[call-arg]


def nearest(cells: Cells, lon_deg: Floats, lat_deg: Floats, limit_m: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Distance, NaN where `direct` must answer, and hazard of each position; (n,) limits, or (1,) for all."""
    distance_m, hazard = np.empty(len(lon_deg)), np.empty(len(lon_deg), np.int64)
    limit_m = np.ascontiguousarray(limit_m)

    def run(lon: Floats, lat: Floats, out: slice, number: NDArray[np.int32]) -> None:
        if len(number):
            batch_query.nearest_many(cells, lon, lat, limit_m, number, distance_m, hazard)
        else:
            limit = limit_m if len(limit_m) == 1 else limit_m[out]
            batch_query.nearest_many(cells, lon, lat, limit, number, distance_m[out], hazard[out])

    _in_chunks(run, lon_deg, lat_deg)
    return distance_m, hazard


def classify(  # noqa: PLR0917
    cells: Cells, lon_deg: Floats, lat_deg: Floats, known_m: Floats, warn_m: float, shift_m: float
) -> NDArray[np.uint8]:
    """The code of each position, 255 where `direct` must answer; (n,) accuracies, or (1,) for all."""
    code = np.empty(len(lon_deg), np.uint8)
    known_m = np.ascontiguousarray(known_m)

    def run(lon: Floats, lat: Floats, out: slice, number: NDArray[np.int32]) -> None:
        if len(number):
            batch_query.classify_many(cells, lon, lat, known_m, warn_m, shift_m, number, code)
        else:
            known = known_m if len(known_m) == 1 else known_m[out]
            batch_query.classify_many(cells, lon, lat, known, warn_m, shift_m, number, code[out])

    _in_chunks(run, lon_deg, lat_deg)
    return code


def _in_chunks(
    run: Callable[[Floats, Floats, slice, NDArray[np.int32]], None], lon_deg: Floats, lat_deg: Floats
) -> None:
    """Run over chunks of the positions in threads, in the order of their places if there are many."""
    count = len(lon_deg)
    if count <= CHUNK:  # one chunk: threads would cost more than they save
        run(lon_deg, lat_deg, slice(0, count), np.empty(0, np.int32))
        return
    with ThreadPoolExecutor(threads()) as pool:
        lon, lat, number = lon_deg, lat_deg, np.empty(0, np.int32)
        if count >= ORDERED:
            lon, lat, number = in_order_of_places(lon_deg, lat_deg, pool)

        def chunk(a: int) -> None:
            out = slice(a, min(a + CHUNK, count))
            run(lon[out], lat[out], out, number[out])

        list(pool.map(chunk, range(0, count, CHUNK)))


def in_order_of_places(
    lon_deg: Floats, lat_deg: Floats, pool: ThreadPoolExecutor
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """The positions by their places, each thread counting and placing a share, and where each stood before."""
    count, shares = len(lon_deg), threads()
    cuts = np.linspace(0, count, shares + 1).astype(int)
    key, size = np.empty(count, np.int32), np.zeros((shares, BUCKETS + 1), np.int64)
    lon, lat, number = np.empty(count), np.empty(count), np.empty(count, np.int32)
    spans = [slice(cuts[k], cuts[k + 1]) for k in range(shares)]
    box = morton_order.box_of(lon_deg, lat_deg)
    list(pool.map(lambda k: morton_order.count_keys(box, lon_deg[spans[k]], lat_deg[spans[k]], key[spans[k]], size[k]),
                  range(shares)))  # fmt: skip
    # In a bucket the first thread's positions stand before the second's.
    ends = np.cumsum(size.T.ravel())
    fill = np.ascontiguousarray(np.concatenate([[0], ends[:-1]]).reshape(BUCKETS + 1, shares).T)
    list(pool.map(lambda k: morton_order.place(lon_deg[spans[k]], lat_deg[spans[k]], key[spans[k]], fill[k], cuts[k],
                                        lon, lat, number), range(shares)))  # fmt: skip
    return lon, lat, number


def _side_by_side(box: Floats) -> NDArray[np.int64]:
    """(parts,) the parts along a Morton curve through their boxes' centres, so that neighbours are read together."""
    x = ((box[:, 0] + box[:, 2]) * 0.5 + 360.0) * (2.0**21 / 720.0)
    y = ((box[:, 1] + box[:, 3]) * 0.5 + 90.0) * (2.0**21 / 720.0)
    return np.argsort(_spread(x.astype(np.uint64)) | (_spread(y.astype(np.uint64)) << np.uint64(1)), kind="stable")


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of 21 moved to twice its place."""
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                        (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _over_the_antimeridian(
    outlines: Outlines,
) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_], Floats]:
    """The outlines, and those near the antimeridian once more on its other side, there to measure to only."""
    bounds = outlines.bounds_deg
    near = PAD / TILES_PER_DEG
    arrays = (outlines.lon_deg, outlines.lat_deg, outlines.ends, outlines.part_start, outlines.part_hazard)
    twins = [
        (np.flatnonzero(bounds[:, 0] < -180.0 + near), 360.0),
        (np.flatnonzero(bounds[:, 2] > 180.0 - near), -360.0),
    ]
    lon, lat, ends, starts, hazards = ([a] for a in arrays)
    areas, boxes = [outlines.part_is_area], [bounds]
    for parts, turn in twins:
        if not len(parts):
            continue
        length = np.diff(outlines.part_start)[parts]
        first = np.repeat(outlines.part_start[parts] - np.cumsum(length) + length, length)
        vertices = first + np.arange(length.sum())
        lon.append(outlines.lon_deg[vertices] + turn)
        lat.append(outlines.lat_deg[vertices])
        ends.append(outlines.ends[vertices])
        starts.append(starts[-1][-1] + np.cumsum(length))
        hazards.append(outlines.part_hazard[parts])
        areas.append(np.zeros(len(parts), bool))
        boxes.append(bounds[parts] + [turn, 0.0, turn, 0.0])
    lists: tuple[list[Any], ...] = (lon, lat, ends, starts, hazards, areas, boxes)
    return tuple(each[0] if len(each) == 1 else np.concatenate(each) for each in lists)  # type: ignore[return-value]


def within(has: NDArray[np.bool_], search_m: float) -> NDArray[np.bool_]:
    """Tiles within reach of a tile that holds an edge."""
    out = np.zeros_like(has)
    side_m = np.radians(1.0) * 6_330_000.0 / TILES_PER_DEG
    rows = int(np.ceil(search_m * 1.02 / side_m))
    for row in np.flatnonzero(has.any(axis=1)):
        lat_deg = min(
            max(abs(row / TILES_PER_DEG - 90.0), abs((row + 1) / TILES_PER_DEG - 90.0)) + 0.3 + rows / 8, 89.0
        )
        metres = np.radians(1.0) * A_M * 0.99 * np.cos(np.radians(lat_deg))
        columns = int(np.ceil(search_m * 1.02 * TILES_PER_DEG / metres))
        here = np.flatnonzero(has[row])
        for column in here:
            out[max(row - rows, 0) : row + rows + 1, max(column - columns, 0) : column + columns + 1] = True
    return out


def beyond_twins(search_m: float) -> NDArray[np.int64]:
    """Tiles that have hazards within reach over the antimeridian which stand on their own side only.

    There are such where hazards are widened by tens of kilometres, or more: these tiles are left to `direct`.
    """
    edge_lat_deg = np.abs(np.arange(ROWS + 1) / TILES_PER_DEG - 90.0)
    lat_deg = np.minimum(np.maximum(edge_lat_deg[:-1], edge_lat_deg[1:]) + search_m / 110_500.0, 89.0)
    reach_deg = search_m * 1.02 / (np.radians(1.0) * A_M * 0.99 * np.cos(np.radians(lat_deg)))
    is_asked = np.minimum(edge_lat_deg[:-1], edge_lat_deg[1:]) <= batch_query.MAX_LAT_DEG
    rows = np.flatnonzero(is_asked & (reach_deg > PAD / TILES_PER_DEG))
    column = np.arange(COLUMNS) - PAD
    from_antimeridian_deg = np.minimum(column, 360 * TILES_PER_DEG - 1 - column) / TILES_PER_DEG
    row, at = np.nonzero(reach_deg[rows, None] - PAD / TILES_PER_DEG > from_antimeridian_deg[None, :])
    return np.asarray(rows[row] * COLUMNS + at, np.int64)


class _Pile:
    """An array that grows at its end, in pieces so large that each one's memory is given back when it is let go."""

    PIECE = 1 << 24

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.count = 0
        self.pieces: list[NDArray[Any]] = []

    def add(self, values: NDArray[Any]) -> None:
        while len(values):
            at = self.count % self.PIECE
            if at == 0:
                self.pieces.append(np.empty(self.PIECE, self.kind))
            taken = values[: self.PIECE - at]
            self.pieces[-1][at : at + len(taken)] = taken
            self.count += len(taken)
            values = values[len(taken) :]

    def joined(self) -> NDArray[Any]:
        out: NDArray[Any] = np.empty(self.count, self.kind)
        for at in range(0, self.count, self.PIECE):
            here = out[at : at + self.PIECE]
            here[:] = self.pieces.pop(0)[: len(here)]
        return out


def _joined(grown: Iterable[Grown]) -> tuple[Any, ...]:
    """What was grown in one, its numbers moved on: from `tile_start` to `word` in `Cells`; and the longest list."""
    piles = tile_start, tile_level, entry, node, word = [_Pile(k) for k in (np.int64, np.int8, *3 * (np.int32,))]
    longest = 0
    for starts, levels, entries, nodes, of_leaves, listed in grown:
        leaves, fours = word.count // 2, node.count // 4
        if max(word.count + len(of_leaves), node.count + len(nodes)) // 2 > np.iinfo(np.int32).max:
            raise MemoryError("these are more hazards than one index can number; divide them among several")
        tile_start.add(starts + entry.count)
        tile_level.add(levels)
        # Leaves count up from 0, nodes are ~n and so count down from -1.
        entry.add(entries + np.where(entries >= 0, leaves, -fours))
        node.add(nodes + np.where(nodes >= 0, leaves, -fours))
        word.add(of_leaves)
        longest = max(longest, int(listed))
    return *(pile.joined() for pile in piles), longest
