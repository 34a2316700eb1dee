"""OpenDocument spreadsheets: the same meaning as XLSX; python-calamine, which is not ours, as oracle of the cells."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from merestone.bulk.position_answers import Question
from merestone.bulk.position_batches import screen_file
from merestone.exchange import Row, format_of, import_file, read
from merestone.exchange.formats.opendocument import OpenDocument
from merestone.register import Register
from merestone.screening import HazardIndex
from merestone.terms import FileRefused, RecordKind
from tests.exchange.ods_files import cell, content, row, write_content, write_ods

PLACE = shapely.Point(17.105, 44.905)
HEADER = row(cell("id"), cell("lat"), cell("lon"))


def rows_of(path: Path, **options: str) -> list[Row]:
    return list(read(path, **options))


@pytest.mark.parametrize("suffix", [".ods", ".fods"])
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
def test_a_sheet_is_read_by_the_rules_of_tables(tmp_path: Path, cells: list[list[Any]], suffix: str) -> None:
    """2026-11-28, the review of files: .ods was refused as of no format known here."""
    path = write_ods(tmp_path / f"areas{suffix}", cells)
    assert format_of(path).name == "ODS"
    [found] = rows_of(path)
    assert found.geometry is not None
    assert shapely.distance(found.geometry, PLACE) < 1e-9


def test_days_are_days_and_numbers_keep_their_kind(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 2, 13, 30, tzinfo=UTC).replace(tzinfo=None)
    midnight = datetime(2026, 5, 2, tzinfo=UTC).replace(tzinfo=None)
    header = ["lat", "lon", "surveyed", "seen", "night", "at", "mines", "share", "open", "code"]
    values = [44.905, 17.105, date(2026, 5, 2), moment, midnight, time(7, 5), 7, 0.25, True, "007"]
    [found] = rows_of(write_ods(tmp_path / "a.ods", [header, values]))
    assert found.attributes == {
        "surveyed": "2026-05-02", "seen": "2026-05-02T13:30:00", "night": "2026-05-02", "at": "07:05:00", "mines": 7,
        "share": 0.25, "open": True, "code": "007",
    }  # fmt: skip


def test_a_number_that_became_a_day_is_no_coordinate(tmp_path: Path) -> None:
    [found] = rows_of(write_ods(tmp_path / "a.ods", [["lat", "lon"], [44.905, date(2026, 5, 17)]]))
    assert found.geometry is None
    assert found.fault is not None
    assert "lon = '2026-05-17', lat = '44.905' is not a position" in found.fault.message


def test_repeated_and_merged_cells_count_for_each_of_their_rows(tmp_path: Path) -> None:
    """A blank sheet is said to have a million repeated rows of blank cells, and a merged cell stands once."""
    covered = "<table:covered-table-cell/>"
    written = [
        row(cell("lat"), cell("lon"), cell("name"), cell("district")),
        row(cell(44.9), cell(17.1), cell("a"), cell("North", 'table:number-rows-spanned="2"')),
        row(cell(44.8), cell(17.1), cell("b"), covered),
        row(cell(None, 'table:number-columns-repeated="16384"'), attributes='table:number-rows-repeated="5"'),
        row(cell(44.5), cell(17.2), cell("both", 'table:number-columns-repeated="2"'), cell(None)),
        row(cell(44.6), cell(17.2), cell("c"), cell("South"), attributes='table:number-rows-repeated="2"'),
        row(cell(None, 'table:number-columns-repeated="16384"'), attributes='table:number-rows-repeated="1048560"'),
    ]
    found = rows_of(write_content(tmp_path / "a.ods", content({"Areas": written})))
    assert [one.attributes["district"] for one in found] == ["North", "North", "both", "South", "South"]
    assert shapely.get_y(np.array([one.geometry for one in found], dtype=object)).tolist() == [
        44.9,
        44.8,
        44.5,
        44.6,
        44.6,
    ]


def test_words_beside_a_text_are_no_part_of_it(tmp_path: Path) -> None:
    annotated = (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a remark</text:p></office:annotation>'
        "<text:p>first<text:s text:c='2'/><text:span>se<text:span>co</text:span>nd</text:span></text:p>"
        "<text:p>third</text:p></table:table-cell>"
    )
    [found] = rows_of(
        write_content(tmp_path / "a.ods", content({"A": [HEADER, row(annotated, cell(44.905), cell(17.105))]}))
    )
    assert found.attributes == {"id": "first  second\nthird"}


def test_several_sheets_with_places_are_not_read_in_part(tmp_path: Path) -> None:
    table: list[list[Any]] = [["lat", "lon"], [44.905, 17.105]]
    path = write_ods(tmp_path / "a.ods", table, North=table, Codes=[["code", "meaning"], [1, "open"]])
    assert format_of(path).layers(path) == ("Areas", "North")
    with pytest.raises(FileRefused, match=r"it has 2 layers; name one with --layer.*Areas, North"):
        rows_of(path)
    reading = read(path, layer="North")
    assert len(list(reading)) == 1
    assert "sheets without places were not read: Codes" in reading.notes


def test_a_formula_that_was_never_worked_out_is_told(tmp_path: Path) -> None:
    unworked = '<table:table-cell table:formula="of:=1+1"/>'
    written = [HEADER, row(unworked, cell(44.905), cell(17.105))]
    reading = read(write_content(tmp_path / "a.ods", content({"Areas": written})))
    [found] = reading
    assert found.attributes["id"] is None
    assert any(note.startswith("1 formula has no value") for note in reading.notes)


def test_a_long_sheet_is_read_to_its_end(tmp_path: Path) -> None:
    values = [[f"H-{i}", 44 + i / 1000, 17.105] for i in range(700)]
    found = rows_of(write_ods(tmp_path / "a.ods", [["id", "lat", "lon"], *values], Codes=[["code"], [1]]))
    assert [one.attributes["id"] for one in found] == [f"H-{i}" for i in range(700)]


def million_rows(path: Path) -> None:
    written = [HEADER, row(cell(1), cell(44.9), cell(17.1), attributes='table:number-rows-repeated="999999999"')]
    write_content(path, content({"Areas": written}))


def million_columns(path: Path) -> None:
    filled = [cell(1), cell(44.9), cell(17.1), cell("x", 'table:number-columns-repeated="999999999"')]
    write_content(path, content({"Areas": [HEADER, row(*filled)]}))


def protected(path: Path) -> None:
    write_content(path, "encrypted", manifest="<manifest:encryption-data/>")


def with_entities(path: Path) -> None:
    text = content({"A": [HEADER]}).replace("<office:", '<!DOCTYPE a [<!ENTITY b "c">]><office:', 1)
    write_content(path, text)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (million_rows, "is said to stand there 999,999,999 times"),
        (million_columns, "columns, and more than 10,000 are not read"),
        (protected, "protected by a password"),
        (with_entities, "cannot be read"),
        (lambda path: write_content(path, content({"A": [HEADER]})[:-200]), "cannot be read"),
        (lambda path: path.write_bytes(b"PK\x03\x04" + b"\x00" * 200), "cut off or damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_words(tmp_path: Path, damage: Callable[[Path], Any], words: str) -> None:
    """A file of a kilobyte may say that a row stands there a thousand million times."""
    path = tmp_path / "a.ods"
    damage(path)
    with pytest.raises(FileRefused, match=words):
        rows_of(path)


def test_python_calamine_reads_the_same_cells(tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    header = ["text", "number", "day", "open", "lat", "lon"]
    values = [[f"a {i} č & <", i / 8, date(2026, 5, 1 + i), i % 2 == 0, 44.9, 17.1] for i in range(20)]
    path = write_ods(tmp_path / "a.ods", [[], header, *values])
    theirs = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Areas").to_python()
    ours, records, _ = OpenDocument().table(path)
    assert [list(ours.names), *(list(record.cells) for record in records)] == theirs


def test_positions_and_records_come_from_it_as_from_a_workbook(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", [["name", "lat", "lon"], ["a", 44.905, 17.105], ["b", 0.5, 0.5]])
    index = HazardIndex.build([shapely.box(17.1, 44.9, 17.11, 44.91)], [5.0])
    report = screen_file(path, tmp_path / "answers.csv", index, Question(accuracy_m=5.0))
    assert report.classes["inside"] == 1
    with Register.create(tmp_path / "register.gpkg", by="t") as register:
        taken = import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t")
    assert taken.account.total == 2
