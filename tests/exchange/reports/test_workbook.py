"""The workbook says in each cell what openpyxl alone would have written there, in the same look."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from merestone.documents.reports import REPORTS, report, workbook
from merestone.documents.reports.sheet_text import Look, Looks, SheetText, workbook_bytes
from merestone.register import PUBLIC, Register
from merestone.terms import RecordKind
from tests.exchange.reports import plain_workbook
from tests.exchange.reports.conftest import entry, material_of, patch

Known = tuple[Path, dict[str, str]]


def content(made: bytes) -> dict[tuple[str, str], tuple[Any, ...]]:
    """All that a reader sees of a workbook, cell by cell, and each sheet's own settings."""
    book = openpyxl.load_workbook(BytesIO(made))
    seen: dict[tuple[str, str], tuple[Any, ...]] = {}
    for sheet in book:
        widths = {letter: column.width for letter, column in sheet.column_dimensions.items()}
        seen[sheet.title, ""] = (book.sheetnames.index(sheet.title), widths, sheet.freeze_panes, sheet.dimensions)
        for row in sheet.iter_rows():
            for cell in row:
                value = f"{cell.value:.12g}" if isinstance(cell.value, float | int) else cell.value
                link = cell.hyperlink and cell.hyperlink.location
                font, fill, wraps = cell.font, cell.fill, cell.alignment
                color = font.color and font.color.rgb
                if value is not None:
                    seen[sheet.title, cell.coordinate] = (
                        value, cell.data_type, cell.number_format, link, cell.comment and cell.comment.text,
                        (font.b, font.i, font.sz, font.u, color if isinstance(color, str) else None),
                        (fill.fill_type, fill.fgColor.rgb), (wraps.wrap_text, wraps.vertical),
                    )  # fmt: skip
    return seen


@pytest.mark.parametrize("name", REPORTS)
def test_each_cell_is_as_openpyxl_alone_writes_it(known_register: Known, name: str) -> None:
    """2026-11-28: the workbook of 16,000 records took 15 s, 13 of them for cells one by one."""
    for viewer in (None, PUBLIC):
        material = material_of(known_register[0]) if viewer is None else material_of(known_register[0], viewer=viewer)
        made = report(name, material)
        assert content(workbook.xlsx(made, material)) == content(plain_workbook.xlsx(made, material))


def test_the_links_end_in_both_at_the_same_row(known_register: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    material = material_of(known_register[0])
    made = report("reconciliation", material)
    for module in (workbook, plain_workbook):
        monkeypatch.setattr(module, "LINKED_ROWS", 7)
    assert content(workbook.xlsx(made, material)) == content(plain_workbook.xlsx(made, material))


def test_sources_beyond_a_sheets_last_row_go_on_on_another(
    known_register: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-28: a sheet has 1,048,576 rows; a register of 150,000 areas has more sources than that."""
    material = material_of(known_register[0])
    made = report("apmbc-art7", material)
    whole = openpyxl.load_workbook(BytesIO(workbook.xlsx(made, material)))
    monkeypatch.setattr(workbook, "MOST_ROWS", 20)
    book = openpyxl.load_workbook(BytesIO(workbook.xlsx(made, material)))
    rows = [row for sheet in book if sheet.title.startswith("Sources")
            for row in sheet.iter_rows(min_row=2, values_only=True)]  # fmt: skip
    assert rows == list(whole["Sources"].iter_rows(min_row=2, values_only=True))
    assert "Sources 2" in book.sheetnames
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink and (to := re.fullmatch(r"'(Sources.*)'!(A\d+)", str(cell.hyperlink.location))):
                    first = int(to[2][1:])
                    assert (book[to[1]].cell(first, 1).value, book[to[1]].cell(first, 2).value) == (
                        sheet.title, cell.coordinate,
                    )  # fmt: skip


def test_signs_that_xml_knows_or_cannot_hold_are_kept_or_left_out(tmp_path: Path) -> None:
    path = tmp_path / "signs.gpkg"
    name = " <a href='x'>&amp; \" \u017e\u2028\n\t\x0b\x00 "
    with Register.create(path) as register, register.batch(by="t", why="t", source="<&>") as batch:
        batch.record(entry(RecordKind.CONFIRMED, patch(0.0), name=name, device_categories=["ap_mine"]))
    material = material_of(path)
    made = report("apmbc-art7", material)
    fast = workbook.xlsx(made, material)
    assert content(fast) == content(plain_workbook.xlsx(made, material))
    kept = name.strip().replace("\x0b", "").replace("\x00", "")
    assert kept in {cell[0] for cell in content(fast).values()}


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=20)
values = st.one_of(st.none(), texts, st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=30, deadline=None)
@example([["\x1f"]])
@given(st.lists(st.lists(values, min_size=1, max_size=5), min_size=1, max_size=5))
def test_any_value_comes_back(rows: list[list[Any]]) -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    text = SheetText(sheet, Looks(book))
    plain = text.looks.number(Look())
    for number, row in enumerate(rows, 1):
        text.write(number, [(value, plain) for value in row])
    read = openpyxl.load_workbook(BytesIO(workbook_bytes(book, {sheet.title: text})), read_only=True)
    back = [[cell.value for cell in row] for row in read.active.iter_rows(max_col=5)]  # type: ignore[union-attr]
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            is_text = isinstance(value, str)
            kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", value) or None if is_text else value
            assert back[number][place] == kept


def test_the_archive_is_whole_and_names_no_part_twice(known_register: Known) -> None:
    material = material_of(known_register[0])
    with ZipFile(BytesIO(workbook.xlsx(report("donor", material), material))) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == len(archive.namelist())
