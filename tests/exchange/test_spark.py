"""Spark's executors give the plain answer, row by row."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from merestone.exchange.batches import Question, screen_batches
from merestone.exchange.spark import screen_spark
from merestone.screening import HazardIndex
from merestone.terms import EngineMissing, FieldRefused
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
    return HazardIndex.build(shapely.buffer(centres, 0.003), [25.0, None] * 20, record_ids=[f"H{i}" for i in range(40)])


@pytest.mark.filterwarnings("ignore")
def test_spark_answers_as_the_plain_kernel_does_bad_rows_too(session: Any) -> None:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(0, 0.1, ROWS), rng.uniform(0, 0.1, ROWS)
    lon[5], lat[6] = np.nan, 91.0
    plain = pa.RecordBatch.from_pydict({"row": np.arange(ROWS), "lon": lon, "lat": lat})
    question = Question(accuracy_m=10.0, data_on="2026-01-01")
    expected = pa.Table.from_batches(screen_batches([plain], hazards(), question)).to_pylist()
    rows = [(i, float(x), float(y)) for i, (x, y) in enumerate(zip(lon, lat, strict=True))]
    frame = session.createDataFrame(rows, "row long, lon double, lat double").repartition(3)
    found = sorted((row.asDict() for row in screen_spark(frame, hazards(), question).collect()), key=lambda r: r["row"])
    assert len(found) == ROWS
    assert {row["hazard_class"] for row in found} >= {"inside", "near", "unknown"}
    for got, want in zip(found, expected, strict=True):
        for name in ("row", "hazard_class", "hazard_record_id", "hazard_distance_m", "hazard_fault", "hazard_data_on"):
            assert got[name] == want[name], (name, got, want)


@pytest.mark.filterwarnings("ignore")
def test_a_frame_without_positions_is_refused_before_any_task_runs(session: Any) -> None:
    with pytest.raises(FieldRefused, match="hold no position"):
        screen_spark(session.createDataFrame([(1,)], "row long"), hazards(), Question())


def test_without_pyspark_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql.pandas.types", None)
    with pytest.raises(EngineMissing, match=r"merestone\[spark\]"):
        screen_spark(None, hazards(), Question())
