"""The memory that `merestone screen --points` takes, whatever the number of positions: peak resident set, in MB.

Usage: python benchmarks/memory.py [areas] [positions ...]

Areas and positions are SYNTHETIC (`screening_work`). Each count is a run of the command itself, in a process of its
own, Parquet in and out, from a hazard pack, whose pages count as the process's own.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from screening_work import made_up

from merestone.bulk.pack import save_pack
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import RecordKind

AT_ONCE = 1_000_000


def write_positions(work: Any, path: Path, count: int) -> None:
    """A Parquet file, written piece by piece."""
    schema = pa.schema([("lon", pa.float64()), ("lat", pa.float64())])
    with pq.ParquetWriter(path, schema) as writer:
        for number, begun in enumerate(range(0, count, AT_ONCE)):
            lon, lat = work.positions_from(number, min(AT_ONCE, count - begun))
            writer.write_table(pa.table({"lon": lon, "lat": lat}, schema=schema))


def run(pack: Path, positions: Path, out: Path) -> tuple[float, float]:
    """Peak MB and seconds of one run of the command."""
    command = [sys.executable, "-m", "merestone", "screen", "--pack", str(pack), "--points", str(positions)]
    began = time.perf_counter()
    child = subprocess.Popen([*command, "--accuracy-m", "10", "-o", str(out)], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 4, 5):
        raise SystemExit(f"the command failed with {child.returncode}")
    out.unlink()
    return used.ru_maxrss / 1000.0, seconds


def main(areas: int, counts: list[int]) -> None:
    """Measure and print."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1] / "src"), *sys.path])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = made_up(areas, 1)
        names, kinds = [f"{i:032x}" for i in range(areas)], [RecordKind.SUSPECTED] * areas
        index = HazardIndex.build(work.degrees, 15.0, record_ids=names, kinds=kinds)
        given = Circumstances(None, label="synthetic exercise data")
        size = save_pack(index, folder / "h.pack", audience="public", circumstances=given, cells=True)
        print(f"{areas:,} areas, pack of {size / 1e6:.0f} MB (synthetic)")
        peaks = {}
        for count in counts:
            write_positions(work, folder / "p.parquet", count)
            peaks[count], seconds = run(folder / "h.pack", folder / "p.parquet", folder / "out.parquet")
            print(f"  {count:>13,} positions: {peaks[count]:8.0f} MB at most, {seconds:6.1f} s", flush=True)
    first, last = min(counts), max(counts)
    print(f"  {last / first:.0f} times as many positions: {peaks[last] / peaks[first]:.2f} times the memory")


if __name__ == "__main__":
    given = [int(arg.replace("_", "")) for arg in sys.argv[1:]]
    main(given[0] if given else 20_000, given[1:] or [1_000_000, 10_000_000, 30_000_000])
