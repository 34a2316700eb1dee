"""Spark's executors give the plain answer, row by row."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from merestone.bulk.pack import save_pack
from merestone.bulk.position_answers import Question
from merestone.bulk.position_batches import screen_batches
from merestone.bulk.spark import _larger, screen_spark
from merestone.files import whole_folder
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import EngineMissing, FieldRefused, RecordKind
from tests.conftest import missing_engine

ROWS = 2000


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        missing_engine("pyspark is not installed")
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        missing_engine("there is no Java for Spark")
    patch = pytest.MonkeyPatch()
    root = Path(__file__).parents[2]
    patch.setenv("PYTHONPATH", os.pathsep.join([str(root / "src"), str(root), os.environ.get("PYTHONPATH", "")]))
    patch.setenv("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = (
        builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    )
    yield spark
    spark.stop()
    patch.undo()


def hazards() -> HazardIndex:
    rng = np.random.default_rng(3)
    centres = shapely.points(rng.uniform(0, 0.1, 40), rng.uniform(0, 0.1, 40))
    index = HazardIndex.build(
        shapely.buffer(centres, 0.003), [25.0, None] * 20, record_ids=[f"H{i}" for i in range(40)]
    )
    index.prepare()  # the plain kernel, for few positions too
    return index


@pytest.mark.filterwarnings("ignore")
def test_spark_answers_as_the_plain_kernel_does_bad_rows_too(session: Any) -> None:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(0, 0.1, ROWS), rng.uniform(0, 0.1, ROWS)
    lon[5], lat[6] = np.nan, 91.0
    plain = pa.RecordBatch.from_pydict({"row": np.arange(ROWS), "lon": lon, "lat": lat})
    question = Question(accuracy_m=10.0, written_on="2026-01-01")
    expected = pa.Table.from_batches(screen_batches([plain], hazards(), question)).to_pylist()
    rows = [(i, float(x), float(y)) for i, (x, y) in enumerate(zip(lon, lat, strict=True))]
    frame = session.createDataFrame(rows, "row long, lon double, lat double").repartition(3)
    found = sorted((row.asDict() for row in screen_spark(frame, hazards(), question).collect()), key=lambda r: r["row"])
    assert len(found) == ROWS
    assert {row["hazard_class"] for row in found} >= {"inside", "near", "unknown"}
    for got, want in zip(found, expected, strict=True):
        for name in (
            "row",
            "hazard_class",
            "hazard_record_id",
            "hazard_distance_m",
            "hazard_fault",
            "hazard_written_on",
        ):
            assert got[name] == want[name], (name, got, want)


@pytest.mark.filterwarnings("ignore")
def test_a_frame_without_positions_is_refused_before_any_task_runs(session: Any) -> None:
    with pytest.raises(FieldRefused, match="hold no position"):
        screen_spark(session.createDataFrame([(1,)], "row long"), hazards(), Question())


@pytest.mark.filterwarnings("ignore")
def test_workers_map_a_pack_and_refuse_another_in_its_place(session: Any, tmp_path: Path) -> None:
    path = tmp_path / "hazards.pack"
    save_pack(hazards(), path, audience="exact", circumstances=Circumstances(None), cells=True)
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(0, 0.1, (2, ROWS))
    pq.write_table(pa.table({"row": list(range(ROWS)), "lon": lon, "lat": lat}), tmp_path / "p.parquet")
    frame = session.read.parquet(str(tmp_path / "p.parquet"))
    question = Question(accuracy_m=10.0)
    answers = screen_spark(frame, path, question)
    found = {row["row"]: (row["hazard_class"], row["hazard_record_id"]) for row in answers.collect()}
    plain = pa.RecordBatch.from_pydict({"lon": lon, "lat": lat})
    expected = pa.Table.from_batches(screen_batches([plain], hazards(), question)).to_pylist()
    assert found == {i: (row["hazard_class"], row["hazard_record_id"]) for i, row in enumerate(expected)}
    later = screen_spark(frame, path, Question(accuracy_m=11.0))
    save_pack(hazards(), path, audience="public", circumstances=Circumstances(None), cells=True, overwrite=True)
    with pytest.raises(Exception, match="is not the pack with which this work began"):
        later.collect()


def test_small_batches_are_put_together_and_no_row_is_lost() -> None:
    batches = [pa.RecordBatch.from_pydict({"row": np.arange(n)}) for n in (30_000, 0, 30_000, 30_000, 100_000, 5)]
    larger = list(_larger(batches))
    assert [len(batch) for batch in larger] == [60_000, 30_000, 100_000, 5]
    together = pa.Table.from_batches(larger)
    assert together.equals(pa.Table.from_batches(batches).combine_chunks())


@pytest.mark.slow
def test_the_command_screens_a_parquet_in_spark_into_a_whole_folder(tmp_path: Path) -> None:
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        missing_engine("there is no Java for Spark")
    pack, source, target = tmp_path / "h.pack", tmp_path / "p.parquet", tmp_path / "out.parquet"
    index = hazards()
    kinds = [RecordKind.SUSPECTED] * len(index)
    named = HazardIndex(index.outlines, index.record_ids, kinds)
    save_pack(named, pack, audience="public", circumstances=Circumstances(date(2026, 5, 3)), cells=True)
    rng = np.random.default_rng(4)
    rows = 100 * ROWS  # so many that the command without Spark measures by the pack's cells, too
    lon, lat = rng.uniform(0, 0.1, (2, rows))
    lon[5] = np.nan
    pq.write_table(pa.table({"row": list(range(rows)), "lon": lon, "lat": lat}), source)
    told: dict[str, Any] = {}
    command = [sys.executable, "-m", "merestone", "screen", "--pack", str(pack), "--points", str(source), "--json"]
    for more in (["--spark", "-o", str(target)], ["-o", str(tmp_path / "plain.parquet")]):
        done = subprocess.run([*command, "--accuracy-m", "5", *more], capture_output=True, text=True, check=False)
        assert done.returncode == 4, done.stderr
        told[more[-1]] = json.loads(done.stdout)
    in_spark, plain = told.values()
    assert in_spark["classes"] == plain["classes"]
    assert {k: v["rows"] for k, v in in_spark["faults"].items()} == {k: v["rows"] for k, v in plain["faults"].items()}
    answers = pq.read_table(target).sort_by("row")
    wanted = pq.read_table(tmp_path / "plain.parquet")
    for name in ("row", "hazard_class", "hazard_record_id", "hazard_kind", "hazard_distance_m", "hazard_written_on"):
        assert answers[name].to_pylist() == wanted[name].to_pylist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.pack", "out.parquet", "p.parquet", "plain.parquet"]
    again = subprocess.run([*command, "--spark", "-o", str(target)], capture_output=True, text=True, check=False)
    assert again.returncode == 3
    assert "already exists here" in again.stderr


def test_a_failure_leaves_what_stood_there(tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    target.mkdir()
    (target / "old.parquet").write_text("old")

    def stopped() -> None:
        with whole_folder(target, overwrite=True) as part:
            part.mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [path.name for path in tmp_path.rglob("*")] == ["out.parquet", "old.parquet"]
    with whole_folder(target, overwrite=True) as part:
        part.mkdir()
        (part / "new.parquet").write_text("new")
    assert [path.name for path in tmp_path.rglob("*")] == ["out.parquet", "new.parquet"]


def test_without_pyspark_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql.pandas.types", None)
    with pytest.raises(EngineMissing, match=r"merestone\[spark\]"):
        screen_spark(None, hazards(), Question())
