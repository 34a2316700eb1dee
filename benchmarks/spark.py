"""Screening in Spark: one core beside two, and beside one process without Spark, on a Parquet of many positions.

Usage: python benchmarks/spark.py [positions] [areas] [local | local-cluster | both]

Areas and positions are SYNTHETIC (`screening_work`). Each run is a process of its own, which reads the same folder of
Parquet and writes Parquet; the clock runs from reading to the last byte written, after a small job that starts the
workers and lets them map the pack. A run of one executor is held to one core, Java, Python and all, and a run of two
to two: left free, a single executor reads and writes on a second core while its Python worker screens on the first.
`local-cluster` gives each executor a Java process of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from screening_work import made_up

from merestone.bulk.pack import save_pack
from merestone.bulk.position_answers import Question
from merestone.bulk.spark import screen_spark
from merestone.screening import Circumstances, HazardIndex

MASTERS = {"local": ("local[1]", "local[2]"), "local-cluster": ("local-cluster[1,1,1024]", "local-cluster[2,1,1024]")}
QUESTION = Question(accuracy_m=10.0)
FILES = 8


def write_positions(work: Any, folder: Path, count: int) -> None:
    """Several files, so that every engine can split the work."""
    folder.mkdir()
    each = count // FILES
    for number in range(FILES):
        lon, lat = work.positions_from(100 + number, each)
        table = pa.table({"row": np.arange(number * each, (number + 1) * each), "lon": lon, "lat": lat})
        pq.write_table(table, folder / f"{number}.parquet", row_group_size=max(1, each // 16))


def session_on(master: str) -> Any:
    """A Spark session with the usual memory, and quiet."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.sql.files.maxPartitionBytes", str(16 << 20)).config("spark.executor.memory", "1g")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def run_on(master: str, pack: Path, positions: Path, out: Path) -> float:
    """Seconds from reading to the last byte written."""
    session = session_on(master)
    few = session.read.parquet(str(positions / "0.parquet")).limit(1000).repartition(4)
    screen_spark(few, pack, QUESTION).count()
    began = time.perf_counter()
    screen_spark(session.read.parquet(str(positions)), pack, QUESTION).write.parquet(str(out))
    seconds = time.perf_counter() - began
    session.stop()
    return seconds


def held_to(cores: int, *args: object) -> float:
    """The seconds that a run of this script in a process of its own prints, on so many cores."""
    free = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(free)[:cores])
    try:
        command = [sys.executable, __file__, "run", *map(str, args)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    finally:
        os.sched_setaffinity(0, free)
    return float(done.stdout.split()[-1])


def main(positions: int, areas: int, kinds: list[str]) -> None:
    """Measure and print."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1] / "src"), *sys.path])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = made_up(areas, 1)
        index = HazardIndex.build(work.degrees, 15.0, record_ids=[f"{i:032x}" for i in range(areas)])
        pack = folder / "hazards.pack"
        size = save_pack(index, pack, audience="synthetic", circumstances=Circumstances(None), cells=True)
        write_positions(work, folder / "in.parquet", positions)
        print(f"{positions:,} positions, {areas:,} areas, pack of {size / 1e6:.0f} MB (synthetic),")
        print(f"on {os.cpu_count()} cores, with a load of {os.getloadavg()[0]:.1f} when it began", flush=True)
        for kind in kinds:
            took = []
            for cores, master in enumerate(MASTERS[kind], start=1):
                out = folder / f"{kind}-{cores}.parquet"
                took.append(held_to(cores, master, pack, folder / "in.parquet", out))
                shutil.rmtree(out)
                print(f"  {master:<26} {took[-1]:8.1f} s {positions / took[-1]:12,.0f} positions/s", flush=True)
            print(f"  two executors beside one: {took[0] / took[1]:.2f} times as fast (promised: 1.6)", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(run_on(sys.argv[2], *map(Path, sys.argv[3:6])))
    else:
        numbers = [int(arg.replace("_", "")) for arg in sys.argv[1:3]]
        which = (sys.argv[3:4] or ["both"])[0]
        main(*(numbers + [20_000_000, 20_000][len(numbers) :]), list(MASTERS) if which == "both" else [which])
