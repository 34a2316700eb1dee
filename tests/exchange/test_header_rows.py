"""Rows around the header of a table: units and types below it, names in two rows, titles and notes that say of all."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from merestone.exchange import import_file
from merestone.exchange.formats import format_of
from merestone.exchange.formats._header_rows import unit_row, with_names_above
from merestone.register import Record, Register
from merestone.terms import RecordKind


def records_of(path: Path) -> tuple[int, list[Record]]:
    """How many rows there were, and the records."""
    with Register.create(path.with_suffix(".register.gpkg")) as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
        return len(report.rows), list(register.as_of().records)


def reach_m(record: Record) -> float:
    west, _, east, _ = record.geometry.bounds
    return (east - west) / 2 * 79_000 + (record.accuracy_m or 1000.0)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("id,lat,lon,radius\n,deg,deg,km\n1,44.905,17.105,0.6\n", 1),
        ("id,lat,lon,radius\n-,°,°,(km)\n1,44.905,17.105,0.6\n", 1),
        ("Hazard,Position,,Radius\nid,lat,lon,km\n1,44.905,17.105,0.6\n", 1),
        ("All points: radius 600 m\n\nid,lat,lon\n1,44.905,17.105\n", 1),
        ("Minefields,,\nAccuracy:,600 m,\nid,lat,lon\n1,44.905,17.105\n", 1),
        ("id,lat,lon\n1,44.905,17.105\nAccuracy of all points 600 m\n", 2),
    ],
)  # fmt: skip
def test_what_is_said_beside_the_header_counts_for_every_row(tmp_path: Path, text: str, rows: int) -> None:
    """2026-11-30: 0.6 km was a radius of 0.6 m, and a title's 600 m was passed over."""
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    count, [record] = records_of(path)
    assert count == rows
    assert reach_m(record) >= 590


def test_a_merged_cell_over_a_unit_names_the_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["Hazard", "Position", None, "Radius"], ["id", "lat", "lon", "m"], [1, 44.905, 17.105, 600]):
        book.worksheets[0].append(cells)
    book.worksheets[0].merge_cells("B1:C1")
    book.save(tmp_path / "a.xlsx")
    _, [record] = records_of(tmp_path / "a.xlsx")
    assert reach_m(record) >= 590


def test_rows_of_data_are_no_units_and_titles_no_names(tmp_path: Path) -> None:
    assert unit_row(["id", "lat"], ["1", "44.9"], 2) is None
    assert unit_row(["id", "lat", "note"], ["-", "n/a", "none"], 2) is None
    assert unit_row(["id", "sex"], ["1", "m"], 2) is None
    assert with_names_above(["id", "lat", "lon"], ["Minefields of 2020"]) == ["id", "lat", "lon"]
    path = tmp_path / "a.csv"
    path.write_text("string,float,float\nid,lat,lon\nn/a,,\n1,44.905,17.105\n")
    assert len(list(format_of(path).read(path))) == 2


LISTS = [
    [(44.90, 17.10), (44.90, 17.11), (44.91, 17.11), (44.91, 17.10)],
    [(44.95, 17.2), (44.95, 17.21), (44.96, 17.21)],
]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_lists_of_places_that_blank_lines_part_are_outlines_of_their_own(tmp_path: Path, suffix: str) -> None:
    """2026-11-30: under a header, and more than 10 km apart, each corner was a place, and the middle none recorded."""
    path = tmp_path / f"a{suffix}"
    rows: list[Any] = [["lat", "lon"], *map(list, LISTS[0]), [None, None], *map(list, LISTS[1])]
    if suffix == ".csv":
        path.write_text("".join(",".join("" if c is None else str(c) for c in row).strip(",") + "\n" for row in rows))
    else:
        book = openpyxl.Workbook()
        for cells in rows:
            book.worksheets[0].append(cells)
        book.save(path)
    count, records = records_of(path)
    assert count == 7
    assert sorted(record.geometry.geom_type for record in records) == ["Polygon", "Polygon"]
