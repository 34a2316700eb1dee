"""Tables of text read and written in whole columns: the same cells, positions and lines as one by one."""

import csv
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from merestone.exchange.positions.text_positions import TextPositions, are_cells_plain
from merestone.exchange.publication import table_text
from merestone.exchange.publication.table_text import csv_lines, text_columns
from merestone.terms import FieldRefused, FileRefused

NUMBER = st.one_of(
    st.floats(-180, 180).map(repr),
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.sampled_from(
        ["", " 17.1", "17,1", "1_0", "17°06'E", "44.9N", "0x1p3", "+17.1", "1e1", ".5", "5.", "unknown", "NaN"]
    ),
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
CELL = st.one_of(NUMBER, TEXT, st.sampled_from(['a"b', '"', '""', "a,b", "a\nb", "a\rb", "=1+1", " x "]))


def _all(path: Path, *, is_fast: bool) -> Any:
    """Every cell, and every position, that one of the two readers gives."""
    reader = TextPositions(path)
    if not is_fast:
        reader._may_be_plain = lambda: False  # type: ignore[method-assign]
    cells: list[list[str | None]] = []
    places: list[tuple[Any, ...]] = []
    for batch in reader.batches(7):
        cells += [list(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]
        at = reader(batch)
        assert at.accuracy_m is not None
        numbers = np.stack([at.lon_deg, at.lat_deg, at.shift_m, at.accuracy_m], axis=1)
        places += [(*map(repr, row), at.reasons.get(i)) for i, row in enumerate(numbers.tolist())]
    return cells, places


def _read(path: Path, *, is_fast: bool) -> Any:
    try:
        return _all(path, is_fast=is_fast)
    except (FileRefused, FieldRefused) as refused:
        return type(refused), str(refused)


@given(
    rows=st.lists(st.tuples(NUMBER, NUMBER, CELL), max_size=30),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    ending=st.sampled_from(["\n", "\r\n"]),
    torn=st.text('",\n\r a1', max_size=12),
    separator=st.sampled_from([",", ";"]),
)
@example([("17.1", "44.9", "a, b")], csv.QUOTE_ALL, "\n", "", ",")
@example([("17.1", "44.9", "x")], csv.QUOTE_MINIMAL, "\n", 'a"b,1,2', ",")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_read_in_columns_gives_the_cells_and_positions_of_its_records(
    tmp_path: Path, rows: Any, quoting: Any, ending: str, torn: str, separator: str
) -> None:
    """2026-11-28: a table whose header stood in quotation marks, as Arrow and R write it, was read cell by cell."""
    path = tmp_path / "points.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=quoting, lineterminator=ending, delimiter=separator)
        writer.writerow(["lon", "lat", "remark"])
        writer.writerows(rows)
        file.write(torn)
    assert _read(path, is_fast=True) == _read(path, is_fast=False)


def test_a_quoted_header_and_quoted_cells_are_read_in_columns(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text('"lon","lat","remark"\n17.1,44.9,"a, b"\n"17.2","44.8",""\n', encoding="utf-8")
    reader = TextPositions(path)
    assert reader._may_be_plain()
    [batch] = reader.batches(100)
    assert batch.column(2).to_pylist() == ["a, b", ""]
    assert reader(batch).lon_deg.tolist() == [17.1, 17.2]


@pytest.mark.parametrize(
    "line",
    ['a"b,1\n', '"a""b",1\n', '"a\nb",1\n', '"a"b,1\n', '"a,1\n', '1,"a" \n', ' "a",1\n', '"a\rb",1\n', "a\x00,1\n"],
)
def test_a_mark_that_readers_may_take_in_several_ways_is_left_to_the_reader_of_records(line: str) -> None:
    assert not are_cells_plain(b"1,2\n" + line.encode(), b",")


VALUES = st.one_of(
    st.floats(),
    st.floats(-1e5, 1e5),
    st.integers(-(10**6), 10**17).map(float),
    st.sampled_from([0.0, -0.0, 1e-3, 1e9, 1e10, 12.0, 1e-4]),
)


@given(
    numbers=st.lists(st.one_of(st.none(), VALUES), min_size=1, max_size=20),
    text=st.one_of(st.none(), TEXT, CELL),
    columns=st.integers(1, 7),
    repeats=st.sampled_from([1, 9]),
)
@settings(max_examples=50, deadline=None)
def test_lines_written_in_columns_are_those_of_python_s_csv(
    numbers: Any, text: Any, columns: int, repeats: int
) -> None:
    """2026-11-28: the answers to a million positions in CSV took seconds to write, value by value."""
    numbers = [*numbers] * repeats
    size = len(numbers)
    made: dict[str, Any] = {
        "text": pa.array([text] * size, pa.string()),
        "number": pa.array(numbers, pa.float64()),
        "word": pa.array([text, *["b"] * (size - 1)], pa.string()).dictionary_encode(),
        "is": pa.array([None if v is None else v > 0 for v in numbers], pa.bool_()),
        "whole": pa.array(range(size), pa.int64()),
        "nothing": pa.nulls(size),
        "list": pa.array([[1, 2]] * size),
    }
    batch = pa.RecordBatch.from_pydict(dict(list(made.items())[:columns]))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(zip(*text_columns(batch), strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_text, "LOOKED_AT", 8 if repeats > 1 else 1000)
        lines = csv_lines(batch).decode()
    if text is None or "\r" not in text:
        assert lines == out.getvalue()
    back = list(csv.reader(io.StringIO(lines, newline="")))
    assert [row[0] for row in back] == ["" if text is None else text] * size
    if columns > 1:
        for row, number in zip(back, numbers, strict=True):
            assert row[1] == "" if number is None else math.isnan(number) or float(row[1]) == number


def test_text_that_is_not_utf_8_and_numbers_of_other_kinds_are_written_as_before() -> None:
    raw = pa.array([b"caf\xe9", b"ok"], pa.binary()).view(pa.string())
    days = pa.array([0, 1], pa.date32())
    batch = pa.RecordBatch.from_arrays([raw, days, pa.array([1.5, 0.1], pa.float32())], names=["a", "b", "c"])
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(zip(*text_columns(batch), strict=True))
    assert csv_lines(batch).decode() == out.getvalue()
