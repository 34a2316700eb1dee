"""What screening costs as the work grows: positions, areas, memory, threads. Each size runs in a process of its own.

Run: python benchmarks/scaling.py [--full] [--out FILE.json]

Positions are made batch by batch, on the fly, as a stream would bring them; only the screening is timed. The peak is
the process's largest resident memory, with the interpreter, all libraries, the index, and the Shapely geometries that
it was made of, which another process has drawn; `own` is that less what stood there before the index. All data are
SYNTHETIC.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from screening_work import WARN_M, made_up, positions_around, seconds

from merestone.screening import HazardIndex
from screening import machine, warmed_up

BATCH = 2_000_000
SMALL: list[dict[str, Any]] = [
    *({"areas": 2_000, "positions": n} for n in (10_000, 100_000, 1_000_000)),
    *({"areas": n, "positions": 200_000} for n in (100, 1_000, 10_000)),
    {"areas": 2_000, "positions": 1_000_000, "threads": 1},
]
FULL: list[dict[str, Any]] = [
    *({"areas": 100_000, "positions": 10**n} for n in (4, 5, 6, 7, 8)),
    {"areas": 100_000, "positions": 10**9, "only": "classify"},
    *({"areas": 10**n, "positions": 1_000_000} for n in (2, 3, 4, 6)),
    {"areas": 100_000, "positions": 1_000_000, "threads": 1},
]


def one(areas: int, positions: int, only: str = "", threads: int = 0) -> dict[str, Any]:
    """One size, in this process."""
    if threads:
        os.sched_setaffinity(0, set(range(threads)))
    warmed_up()
    given = drawn_elsewhere(areas)
    before_mb = resident_mb()
    index = HazardIndex.build(given, 0.0)
    build_s, _ = seconds(index.prepare)
    took = {"nearest": 0.0, "classify": 0.0}
    for batch, first in enumerate(range(0, positions, BATCH)):
        lon, lat = positions_around(given, 1000 + batch, min(BATCH, positions - first))
        took["classify"] += seconds(lambda lon=lon, lat=lat: index.classify(lon, lat, 0.0, WARN_M))[0]
        if only != "classify":
            took["nearest"] += seconds(lambda lon=lon, lat=lat: index.nearest(lon, lat, 0.0))[0]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "areas": areas, "edges": index.outlines.edges, "positions": positions, "threads": threads or os.cpu_count(),
        "build_s": build_s, "before_mb": before_mb, "own_mb": peak_mb - before_mb, "peak_mb": peak_mb,
        "classify_s": took["classify"], "nearest_s": took["nearest"] or None,
    }  # fmt: skip


def drawn_elsewhere(areas: int) -> Any:
    """The areas of `made_up`, of which this process sees no more than it needs: its peak is to be the screening's."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, __file__, "--draw", str(areas), folder], check=True)
        places, rings, polygons = (np.load(Path(folder) / f"{k}.npy") for k in range(3))
    return shapely.from_ragged_array(shapely.GeometryType.POLYGON, places, (rings, polygons))


def draw(areas: int, folder: str) -> None:
    """Write the areas of `made_up` for `drawn_elsewhere`."""
    _, places, offsets = shapely.to_ragged_array(made_up(areas, 10).degrees)
    for k, array in enumerate((places, *offsets)):
        np.save(Path(folder) / f"{k}.npy", array)


def resident_mb() -> float:
    """What this process takes now."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def main() -> None:
    """Measure all sizes, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="to 10^9 positions and 10^6 areas: half an hour")
    parser.add_argument("--out", type=Path, help="results as JSON")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--draw", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.draw:
        draw(int(asked.draw[0]), asked.draw[1])
        return
    if asked.one:
        print(json.dumps(one(**json.loads(asked.one))))
        return
    rows = []
    for size in FULL if asked.full else SMALL:
        done = subprocess.run(
            [sys.executable, __file__, "--one", json.dumps(size)], check=True, stdout=subprocess.PIPE, text=True
        )
        row = json.loads(done.stdout.splitlines()[-1])
        rows.append(row)
        nearest = f"nearest {row['positions'] / row['nearest_s']:12,.0f}/s, " if row["nearest_s"] else ""
        print(
            f"{row['areas']:9,} areas, {row['positions']:13,} positions, {row['threads']} threads: cells "
            f"{row['edges'] / row['build_s']:10,.0f} edges/s, {nearest}classify "
            f"{row['positions'] / row['classify_s']:12,.0f}/s, peak {row['peak_mb']:,.0f} MiB, "
            f"own {row['own_mb']:,.0f} MiB",
            flush=True,
        )
    result = {"rows": rows, "machine": machine()}
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
