"""What limits screening: the cache lines that a position reads, and its time when all of them are in the cache.

Run: python benchmarks/roofline.py [--areas N] [--positions N] [--out FILE.json]

Lines are counted, not sampled by the processor: for every position, those of the table, the quadtree, the leaf and the
edges of its list, 64 bytes each. Positions are asked in the order of their places, so most lines were read for a
neighbour before; what is new to all of them together must come from memory. The time in the cache is that of 2,000
neighbouring positions, asked again and again by one thread. All data are SYNTHETIC.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np
from screening_work import WARN_M, made_up, middle_seconds, seconds

from merestone.screening import HazardIndex
from merestone.screening.kernel import batch_query, morton_order
from merestone.screening.kernel.leaf_query import EDGES, RUNS
from merestone.screening.kernel.tile_grid import PAD, TILES_PER_DEG
from screening import machine, warmed_up

LINE = 64
MOST = 4096
HOT = 2_000


@numba.njit
def _lines(cells: Any, lon: Any, lat: Any, out: Any) -> int:  # pragma: no cover
    """Number the lines that one position reads, each array's apart; give how many."""
    x, y = (lon + 180.0) * TILES_PER_DEG, (lat + 90.0) * TILES_PER_DEG
    column, row = int(x), int(y)
    tile = cells.tile[row, column + PAD]
    if tile < 0:
        return 0
    ix, iy, level = int((x - column) * (1 << 24)), int((y - row) * (1 << 24)), cells.tile_level[tile]
    shift = 24 - level
    at = cells.tile_start[tile] + (((iy >> shift) << level) | (ix >> shift))
    out[0], count = at * 4 // LINE, 1
    code = cells.entry[at]
    while code < 0:
        shift -= 1
        at = 4 * (~np.int64(code)) + ((((iy >> shift) & 1) << 1) | ((ix >> shift) & 1))
        out[count] = (1 << 40) + at * 4 // LINE
        count += 1
        code = cells.node[at]
    leaf = 2 * np.int64(code)
    runs = np.int64(cells.word[leaf + 1] & RUNS)
    for line in range(leaf * 4 // LINE, (leaf + 1 + 2 * runs) * 4 // LINE + 1):
        out[count] = (2 << 40) + line
        count += 1
    for run in range(runs):
        v, edges = np.int64(cells.word[leaf + 2 + 2 * run]), np.int64(cells.word[leaf + 3 + 2 * run] >> EDGES)
        for line in range(2 * v * 8 // LINE, (2 * (v + edges) + 1) * 8 // LINE + 1):
            if count < len(out):
                out[count] = (3 << 40) + line
                count += 1
    return count


@numba.njit
def _all_lines(cells: Any, lon: Any, lat: Any, most: int) -> Any:  # pragma: no cover
    """The lines of all positions, one behind the other."""
    ids, one, used = np.empty(32 * len(lon), np.int64), np.empty(most, np.int64), 0
    for i in range(len(lon)):
        count = _lines(cells, lon[i], lat[i], one)
        if used + count > len(ids):
            more = np.empty(2 * len(ids) + count, np.int64)
            more[:used] = ids[:used]
            ids = more
        ids[used : used + count] = one[:count]
        used += count
    return ids[:used]


def _by_place(lon: Any, lat: Any) -> Any:
    """The positions' numbers in the order in which the index takes them."""
    key, size = np.empty(len(lon), np.int32), np.zeros(morton_order.BUCKETS + 1, np.int64)
    morton_order.count_keys(morton_order.box_of(lon, lat), lon, lat, key, size)
    number = np.empty(len(lon), np.int32)
    morton_order.place(lon, lat, key, np.cumsum(size) - size, 0, np.empty(len(lon)), np.empty(len(lon)), number)
    return number


def roofline(areas: int, positions: int) -> dict[str, Any]:
    """Lines of a position, and its time if they are in the cache and if not."""
    warmed_up()
    work = made_up(areas, positions)
    cells = HazardIndex.build(work.degrees, 0.0).prepare()[0]
    lines = _all_lines(cells, work.lon, work.lat, MOST)
    lon, lat = work.lon, work.lat
    by_place = _by_place(lon, lat)
    hot = np.tile(by_place[len(by_place) // 2 :][:HOT], max(1, positions // HOT))
    none, limit_m, known_m = np.empty(0, np.int32), np.full(1, 10_000.0), np.zeros(1)
    took = {}
    for name, chosen in (("cold", by_place), ("hot", hot)):
        x, y = lon[chosen], lat[chosen]
        distance_m, hazard, code = np.empty(len(x)), np.empty(len(x), np.int64), np.empty(len(x), np.uint8)
        nearest_s, _ = middle_seconds(
            lambda x=x, y=y, d=distance_m, h=hazard: batch_query.nearest_many(cells, x, y, limit_m, none, d, h)
        )
        classify_s, _ = middle_seconds(
            lambda x=x, y=y, c=code: batch_query.classify_many(cells, x, y, known_m, WARN_M, 0.0, none, c)
        )
        took[name] = {"nearest_ns": nearest_s / len(x) * 1e9, "classify_ns": classify_s / len(x) * 1e9}
    return {
        "areas": areas, "positions": positions, "lines": len(lines) / positions,
        "new_lines": len(np.unique(lines)) / positions, **took, "limits": limits(), "machine": machine(),
    }  # fmt: skip


def limits() -> dict[str, float]:
    """What this machine's memory allows: bytes/s in order on one core, and nanoseconds for one place out of order."""
    source, target = np.ones(1 << 25), np.empty(1 << 25)
    np.copyto(target, source)
    copy_s = min(seconds(lambda: np.copyto(target, source))[0] for _ in range(5))
    rng = np.random.default_rng(3)
    ring = rng.permutation(1 << 25)
    following = np.empty(1 << 25, np.int64)
    following[ring] = np.roll(ring, -1)
    hops = 2_000_000
    _hop(following, 1000)
    begun = time.perf_counter()
    _hop(following, hops)
    return {"stream_gb_per_s": 2 * source.nbytes / copy_s / 1e9, "miss_ns": (time.perf_counter() - begun) / hops * 1e9}


@numba.njit
def _hop(following: Any, hops: int) -> int:  # pragma: no cover
    at = 0
    for _ in range(hops):
        at = following[at]
    return at


def main() -> None:
    """Count, measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--areas", type=int, default=100_000)
    parser.add_argument("--positions", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, help="result as JSON")
    asked = parser.parse_args()
    result = roofline(asked.areas, asked.positions)
    print(f"{result['lines']:.1f} lines a position, {result['new_lines']:.1f} of them read by none before")
    for name, said in (("cold", "from memory"), ("hot", "from the cache")):
        print(f"{said}: nearest {result[name]['nearest_ns']:.0f} ns, classify {result[name]['classify_ns']:.0f} ns")
    print(f"one core streams {result['limits']['stream_gb_per_s']:.1f} GB/s; a place out of order costs "
          f"{result['limits']['miss_ns']:.0f} ns")  # fmt: skip
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
