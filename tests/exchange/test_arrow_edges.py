"""Columns of Arrow that are valid, and that libraries stumble over."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.exchange.rows.arrow_column import geometries
from merestone.register import Register

POINT = pa.struct([("x", pa.float64()), ("y", pa.float64())])


@pytest.mark.parametrize("encoding", ["linestring", "multipoint"])
def test_a_column_of_which_every_geometry_is_empty(encoding: str) -> None:
    """2026-11-28, by fuzzing: shapely 2.1 raises IndexError for lines and points without any coordinate."""
    column = pa.array([[], None, []], pa.list_(POINT))
    [first, none, last] = geometries(column, encoding)
    assert first.is_empty and last.is_empty and none is None  # noqa: PT018
    assert first.geom_type.lower() == encoding


def test_an_accuracy_that_is_no_text_of_utf_8_is_unknown(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: the whole file was refused with Python's own words."""
    register, positions = tmp_path / "areas.gpkg", tmp_path / "positions.parquet"
    Register.create(register).close()
    accuracies = pa.array([b"\xff\xfe m", b"5 m"], pa.binary()).view(pa.string())
    table = pa.table({"lon": [17.1, 17.2], "lat": [44.9, 44.9], "accuracy_m": accuracies})
    pq.write_table(table, positions)
    ran = CliRunner().invoke(
        merestone, ["screen", str(register), "--points", str(positions), "-o", str(tmp_path / "a.csv")]
    )
    assert ran.exit_code == 0, ran.output
    assert re.search(r"unknown +2\n", ran.output)
