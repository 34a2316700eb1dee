"""Workbooks as people keep them: titles, merged cells, several sheets, days, formulas."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook

from merestone.exchange import Row, format_of, read
from merestone.terms import FileRefused

PLACE = shapely.Point(17.105, 44.905)


def saved(path: Path, rows: list[list[Any]], **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Areas"
    for row in rows:
        first.append(row)
    for title, content in sheets.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def rows_of(path: Path, **options: str) -> list[Row]:
    return list(read(path, **options))


@pytest.mark.parametrize(
    "cells",
    [
        [["hazard_id", "latitude", "longitude"], ["H-1", 44.905, 17.105]],
        [["Register of hazardous areas"], [], ["hazard_id", "Lat", "Lon"], ["H-1", "44,905", "17,105"]],
        [["id", "wkt"], [1, "POINT (17.105 44.905)"]],
        [[None, "id", "Position"], [None, 1, "44.905 N 17.105 E"]],
        [["Hazard ID", "Y", "X", "note"], ["#meta+id", "#geo+lat", "#geo+lon", None], [1, 44.905, 17.105, None]],
    ],
)
def test_a_sheet_is_read_by_the_rules_of_tables(tmp_path: Path, cells: list[list[Any]]) -> None:
    path = saved(tmp_path / "areas.xlsx", cells)
    assert format_of(path).name == "XLSX"
    [row] = rows_of(path)
    assert row.geometry is not None
    assert shapely.distance(row.geometry, PLACE) < 1e-9


def test_days_are_days_and_numbers_keep_their_kind(tmp_path: Path) -> None:
    content: list[list[Any]] = [
        ["lat", "lon", "surveyed", "seen", "mines", "open"],
        [44.905, 17.105, date(2026, 5, 2), datetime(2026, 5, 2, 13, 30), 7, True],  # noqa: DTZ001 (a cell has no zone)
    ]
    [row] = rows_of(saved(tmp_path / "a.xlsx", content))
    assert row.attributes == {"surveyed": "2026-05-02", "seen": "2026-05-02T13:30:00", "mines": 7, "open": True}


def test_a_number_that_became_a_day_is_no_coordinate(tmp_path: Path) -> None:
    [row] = rows_of(saved(tmp_path / "a.xlsx", [["lat", "lon"], [44.905, date(2026, 5, 17)]]))
    assert row.geometry is None
    assert row.fault is not None
    assert "lon = '2026-05-17', lat = '44.905' is not a position" in row.fault.message


def test_merged_cells_count_for_each_of_their_rows_and_blank_rows_for_none(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["district", "lat", "lon"], ["North", 44.9, 17.1], [None, 44.8, 17.1], [], ["South", 44.7, 17.1]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    rows = rows_of(tmp_path / "a.xlsx")
    assert [row.attributes["district"] for row in rows] == ["North", "North", "South"]


def test_several_sheets_with_places_are_not_read_in_part(tmp_path: Path) -> None:
    table: list[list[Any]] = [["lat", "lon"], [44.905, 17.105]]
    path = saved(tmp_path / "a.xlsx", table, North=table, Codes=[["code", "meaning"], [1, "open"]])
    assert format_of(path).layers(path) == ("Areas", "North")
    with pytest.raises(FileRefused, match=r"it has 2 layers; name one with --layer.*Areas, North"):
        rows_of(path)
    reading = read(path, layer="North")
    assert len(list(reading)) == 1
    assert "sheets without places were not read: Codes" in reading.notes
    only_codes = saved(tmp_path / "b.xlsx", [["code", "meaning"], [1, "open"]])
    with pytest.raises(FileRefused, match="names no column with places"):
        rows_of(only_codes)


def test_a_formula_that_was_never_worked_out_is_told(tmp_path: Path) -> None:
    """2026-11-28, openpyxl 3.1.5: it saves formulas without values, as scripts that make workbooks do."""
    reading = read(saved(tmp_path / "a.xlsx", [["lat", "lon", "id"], [44.905, 17.105, "=1+1"]]))
    [row] = reading
    assert row.attributes["id"] is None
    assert any(note.startswith("1 formula has no value") for note in reading.notes)


def test_what_is_no_workbook_is_refused_with_words(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.xlsx", [["lat", "lon"], [44.905, 17.105]]).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 3 : len(whole) // 3 + 40] = b"\xff" * 40
    for number, content in enumerate(
        (
            bytes(damaged),
            whole[: len(whole) // 2],
            b"PK\x03\x04" + b"\x00" * 200,
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        )
    ):
        path = tmp_path / f"broken{number}.xlsx"
        path.write_bytes(content)
        with pytest.raises(FileRefused, match=path.name):
            rows_of(path)
