"""The grid over the hazards: made once, in threads; then asked for many positions, in threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merestone.screening import cell, kernel
from merestone.screening.cell import metres_around
from merestone.screening.kernel import COLUMNS, PAD, ROWS, TILES_PER_DEG, Cells
from merestone.screening.outline import Floats, Outlines

REACH_M = 12_000.0
"""Cells know all hazards that are as near as this, less their widening; beyond it `direct` answers."""
CHUNK = 1 << 16
ORDERED = 1 << 19
"""From so many positions on, putting them in spatial order first is quicker than fetching cells twice."""


def threads() -> int:
    """How many threads to use: one for each core that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def build(outlines: Outlines, reach_m: float = REACH_M) -> Cells:
    """Divide the surroundings of the hazards into cells."""
    lon, lat, ends, part_start, part_hazard, part_area, bounds = _over_the_antimeridian(outlines)
    part_widened = outlines.widened_m[part_hazard]
    search_m = reach_m + float(part_widened.max())
    part_of = np.repeat(np.arange(len(part_hazard), dtype=np.int32), np.diff(part_start))
    counts = np.zeros(COLUMNS * ROWS, np.int64)
    cell.tiles_of_edges(lon, lat, ends, counts)
    bucket = np.concatenate([[0], np.cumsum(counts)])
    placed = np.empty(int(bucket[-1]), np.int32)
    cell.place_edges(lon, lat, ends, bucket[:-1].copy(), placed)
    around = cell.tiles_around(lon, lat, ends, part_start, part_area, bounds)
    around = around[np.argsort(around[:, 0], kind="stable")]
    wanted = _within(counts.reshape(ROWS, COLUMNS) > 0, search_m)
    wanted.ravel()[around[:, 0]] = True
    wanted[:, :PAD] = wanted[:, COLUMNS - PAD + 1 :] = False
    tiles = np.flatnonzero(wanted.ravel())
    around_at = np.searchsorted(around[:, 0], np.concatenate([tiles, [COLUMNS * ROWS]]))
    around_at[-1] = len(around)
    jobs = max(1, min(len(tiles), 8 * threads()))
    spans = np.linspace(0, len(tiles), jobs + 1).astype(int)

    def grow(job: int) -> tuple[NDArray[Any], ...]:
        a, b = spans[job], spans[job + 1]
        stop = np.searchsorted(around[:, 0], tiles[a:b], side="right")
        at = np.concatenate([np.searchsorted(around[:, 0], tiles[a:b]), stop[-1:]])
        grown: tuple[NDArray[Any], ...] = cell.grow_tiles(
            lon, lat, part_of, part_hazard, part_widened, part_area, tiles[a:b], bucket, placed, around, at, search_m
        )
        return grown

    with ThreadPoolExecutor(threads()) as pool:
        grown = list(pool.map(grow, range(jobs)))
    joined = _joined(grown)
    tile = np.full(ROWS * COLUMNS, -1, np.int32)
    tile[tiles] = np.arange(len(tiles), dtype=np.int32)
    is_even = bool(part_widened.min() == part_widened.max())
    arrays: tuple[Any, ...] = (lon, lat, part_hazard, part_widened, tile.reshape(ROWS, COLUMNS), *joined)
    for array in arrays:
        array.setflags(write=False)  # as those of a pack are, so that one compiled kernel serves both
    return Cells(*arrays, float(reach_m), is_even)  # type: ignore[call-arg]


def nearest(cells: Cells, lon_deg: Floats, lat_deg: Floats, limit_m: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Distance, NaN where `direct` must answer, and hazard of each position."""
    distance_m, hazard = np.empty(len(lon_deg)), np.empty(len(lon_deg), np.int64)

    def run(lon: Floats, lat: Floats, limit: Floats, out: slice) -> None:
        kernel.nearest_many(cells, lon, lat, limit, distance_m[out], hazard[out])

    order = _in_chunks(cells, run, lon_deg, lat_deg, limit_m)
    if order is None:
        return distance_m, hazard
    back_m, back = np.empty_like(distance_m), np.empty_like(hazard)
    back_m[order], back[order] = distance_m, hazard
    return back_m, back


def classify(  # noqa: PLR0917
    cells: Cells, lon_deg: Floats, lat_deg: Floats, known_m: Floats, warn_m: float, shift_m: float
) -> NDArray[np.uint8]:
    """The code of each position, 255 where `direct` must answer."""
    code = np.empty(len(lon_deg), np.uint8)

    def run(lon: Floats, lat: Floats, known: Floats, out: slice) -> None:
        kernel.classify_many(cells, lon, lat, known, warn_m, shift_m, code[out])

    order = _in_chunks(cells, run, lon_deg, lat_deg, known_m)
    if order is None:
        return code
    back = np.empty_like(code)
    back[order] = code
    return back


def _in_chunks(
    cells: Cells, run: Callable[[Floats, Floats, Floats, slice], None], *columns: Floats
) -> NDArray[np.int64] | None:
    """Run over chunks of the positions in threads; gives the order if they were put in one first."""
    count = len(columns[0])
    order: NDArray[np.int64] | None = None
    if count >= ORDERED:
        order = np.empty(count, np.int64)
        kernel.spatial_order(cells, columns[0], columns[1], order)

    def chunk(a: int) -> None:
        out = slice(a, min(a + CHUNK, count))
        lon, lat, third = (column[out] if order is None else column[order[out]] for column in columns)
        run(lon, lat, third, out)

    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(chunk, range(0, count, CHUNK)))
    return order


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
    return (
        np.concatenate(lon), np.concatenate(lat), np.concatenate(ends), np.concatenate(starts),
        np.concatenate(hazards), np.concatenate(areas), np.concatenate(boxes),
    )  # fmt: skip


def _within(has: NDArray[np.bool_], search_m: float) -> NDArray[np.bool_]:
    """Tiles within reach of a tile that holds an edge."""
    out = np.zeros_like(has)
    side_m = np.radians(1.0) * 6_330_000.0 / TILES_PER_DEG
    rows = int(np.ceil(search_m * 1.02 / side_m))
    for row in np.flatnonzero(has.any(axis=1)):
        lat_deg = min(
            max(abs(row / TILES_PER_DEG - 90.0), abs((row + 1) / TILES_PER_DEG - 90.0)) + 0.3 + rows / 8, 89.0
        )
        columns = int(np.ceil(search_m * 1.02 * TILES_PER_DEG / metres_around(lat_deg)))
        here = np.flatnonzero(has[row])
        for column in here:
            out[max(row - rows, 0) : row + rows + 1, max(column - columns, 0) : column + columns + 1] = True
    return out


def _joined(grown: list[tuple[NDArray[Any], ...]]) -> list[NDArray[Any]]:
    """Each job's arrays in one, their numbers moved on."""
    entries = nodes = leaves = words = 0
    moved = []
    for tile_start, tile_level, entry, node, low, high, start, info, word in grown:
        # Leaves count up from 0, nodes are ~n and so count down from -1.
        entry_moved = np.where(entry >= 0, entry + leaves, entry - nodes)
        node_moved = np.where(node >= 0, node + leaves, node - nodes)
        is_inside = (info >> 27) & 3 == kernel.INSIDE_CELL
        start_moved = np.where(is_inside, start, start + words)
        part = (tile_start + entries, tile_level, entry_moved, node_moved, low, high, start_moved, info, word)
        moved.append(part)
        entries, nodes, leaves, words = (
            entries + len(entry), nodes + len(node) // 4, leaves + len(low), words + len(word),
        )  # fmt: skip
    return [np.concatenate(arrays) for arrays in zip(*moved, strict=True)]
