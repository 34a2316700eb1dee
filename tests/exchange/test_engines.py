"""The recipes of docs/guide/engines.md, each executed where its engine is installed."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from merestone.bulk.position_answers import Question
from merestone.bulk.position_batches import screen_batches
from merestone.screening import HazardIndex
from tests.conftest import missing_engine

POSITIONS: dict[str, list[float | None]] = {"lon": [0.0, 0.0100, 0.0115, 0.5, None], "lat": [0.0, 0.0, 0.0, 0.5, 0.0]}
CLASSES = {"inside": 2, "near": 1, "none recorded": 1, "unknown": 1}


def square() -> HazardIndex:
    """From 0.01 degrees west to 0.0105 east: two positions inside, one 111 m beyond, one far, one without a place."""
    return HazardIndex.build(np.array([shapely.box(-0.01, -0.01, 0.0105, 0.01)], dtype=object), [0.0])


@pytest.mark.filterwarnings("ignore")
def test_duckdb_hands_positions_over_and_counts_the_answers(tmp_path: Path) -> None:
    try:
        import duckdb
    except ImportError:
        missing_engine("duckdb is not installed")
    pq.write_table(pa.table(POSITIONS), tmp_path / "positions.parquet")
    base = duckdb.connect()
    positions = base.execute(f"SELECT * FROM '{tmp_path / 'positions.parquet'}'").to_arrow_reader(100_000)
    question = Question(accuracy_m=10.0, warn_m=150.0)
    base.register("answers", pa.Table.from_batches(screen_batches(positions, square(), question)))
    assert dict(base.execute("SELECT hazard_class, count(*) FROM answers GROUP BY ALL").fetchall()) == CLASSES
    pq.write_table(base.execute("SELECT * FROM answers").to_arrow_table(), tmp_path / "screened.parquet")
    query = f"SELECT count(*) FROM '{tmp_path / 'screened.parquet'}' WHERE hazard_class = 'inside'"
    assert base.execute(query).fetchone() == (2,)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("columns", ["lon, lat", "ST_SetSRID(ST_Point(lon, lat), 4326) AS geometry"])
def test_sedonadb_hands_positions_over(tmp_path: Path, columns: str) -> None:
    try:
        import sedonadb
    except ImportError:
        missing_engine("sedonadb is not installed")
    pq.write_table(pa.table(POSITIONS), tmp_path / "positions.parquet")
    base = sedonadb.connect()
    base.read_parquet(str(tmp_path / "positions.parquet")).to_view("positions")
    positions = pa.RecordBatchReader.from_stream(base.sql(f"SELECT {columns} FROM positions"))
    answers = pa.Table.from_batches(screen_batches(positions, square(), Question(accuracy_m=10.0, warn_m=150.0)))
    assert Counter(answers["hazard_class"].to_pylist()) == CLASSES
