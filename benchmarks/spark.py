"""Screening in Spark: one core beside two, and beside one process without Spark, on a Parquet of many positions.

Usage: python benchmarks/spark.py [positions] [areas] [rounds]

Areas and positions are SYNTHETIC (`screening_work`). Each run reads the same Parquet of 16 row groups a file and writes
Parquet; the clock runs from reading to the last byte written, after one small job that starts the workers and lets
them map the pack. Masters: local[1] and local[2], and local-cluster[1,1,...] and [2,1,...], where each executor is a
Java process of its own with one core. Rounds alternate, and the best of each is taken.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from screening_work import made_up

from merestone.exchange.batches import Question, screen_file
from merestone.exchange.pack import load_pack, save_pack
from merestone.exchange.spark import screen_spark
from merestone.screening import Circumstances, HazardIndex

MASTERS = ("local[1]", "local[2]", "local-cluster[1,1,2048]", "local-cluster[2,1,2048]")
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
    try:
        few = session.read.parquet(str(positions / "0.parquet")).limit(1000).repartition(4)
        screen_spark(few, pack, QUESTION).count()
        began = time.perf_counter()
        screen_spark(session.read.parquet(str(positions)), pack, QUESTION).write.parquet(str(out))
        return time.perf_counter() - began
    finally:
        session.stop()
        shutil.rmtree(out, ignore_errors=True)


def main(positions: int, areas: int, rounds: int) -> None:
    """Measure and print."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1] / "src"), *sys.path])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = made_up(areas, 1)
        index = HazardIndex.build(work.degrees, 15.0, record_ids=[f"{i:032x}" for i in range(areas)])
        pack = folder / "hazards.pack"
        size = save_pack(index, pack, audience="synthetic", given=Circumstances(None), cells=True)
        write_positions(work, folder / "in.parquet", positions)
        print(
            f"{positions:,} positions, {areas:,} areas, pack of {size / 1e6:.0f} MB, {os.cpu_count()} cores (synthetic)"
        )
        best: dict[str, float] = {}
        for _ in range(rounds):
            for master in MASTERS:
                seconds = run_on(master, pack, folder / "in.parquet", folder / "out.parquet")
                best[master] = min(seconds, best.get(master, np.inf))
        one_file = folder / "one.parquet"
        with pq.ParquetWriter(one_file, pq.read_schema(folder / "in.parquet" / "0.parquet")) as writer:
            for number in range(FILES):
                writer.write_table(pq.read_table(folder / "in.parquet" / f"{number}.parquet"))
        began = time.perf_counter()
        screen_file(one_file, folder / "plain.parquet", load_pack(pack).index, QUESTION)
        best["one process, no Spark"] = time.perf_counter() - began
    for name, seconds in best.items():
        print(f"  {name:<26} {seconds:8.1f} s {positions / seconds:12,.0f} positions/s")
    for kind, one, two in (("threads", *MASTERS[:2]), ("executors", *MASTERS[2:])):
        print(f"  two {kind} beside one: {best[one] / best[two]:.2f} times as fast (promised: 1.6)")


if __name__ == "__main__":
    given = [int(arg.replace("_", "")) for arg in sys.argv[1:]]
    main(*(given + [20_000_000, 20_000, 1][len(given) :]))
