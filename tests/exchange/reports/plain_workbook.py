"""A report's workbook written cell by cell by openpyxl alone: the oracle of `merestone.documents.reports.workbook`.

It wrote the workbooks until 2026-11-28; a register of 16,000 records took it 13 seconds.
"""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from merestone.documents.briefing.block import Briefing, Cell, Paragraph, Section, Table
from merestone.documents.reports.figure import Traced, Unit
from merestone.documents.reports.material import Material

SOURCES: Final = "Sources"
RECORDS: Final = "Records"
SOURCE_COLUMNS: Final = (
    "sheet", "cell", "what", "value", "unit", "adds up as", "counted or taken off", "record", "amount",
    "true on", "known on",
)  # fmt: skip
RECORD_COLUMNS: Final = (
    "record", "kind", "outline", "own area, m2", "source", "true from", "true until", "recorded at", "data of",
    "visibility", "version",
)  # fmt: skip
LINKED_ROWS: Final = 30_000
"""A sheet opens in Excel with 65,530 links at most; rows after these name their cell and record without links."""
_LINK: Final = Font(color="14506E", underline="single")
_BOLD: Final = Font(bold=True)
_HEAD: Final = PatternFill("solid", fgColor="E3EAEE")
_WRAP: Final = Alignment(wrap_text=True, vertical="top")
_FORMATS: Final = {Unit.RATIO: "0.0000", Unit.MONEY: "#,##0.00"}
_PAIR_WIDTHS: Final = (28, 110)


def xlsx(report: Briefing, material: Material) -> bytes:
    """The report as an XLSX file."""
    book = Workbook()
    traced: list[tuple[SheetCell, Traced, str]] = []
    names: set[str] = {SOURCES, RECORDS}
    for number, section in enumerate(report.sections):
        sheet = book.active if number == 0 else book.create_sheet()
        assert isinstance(sheet, Worksheet)
        sheet.title = _sheet_name(section.title, names)
        names.add(sheet.title)
        _section(sheet, report, section, traced, is_first=number == 0)
    records = _records(book.create_sheet(RECORDS), material, traced)
    _sources(book.create_sheet(SOURCES), material, traced, records)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _section(
    sheet: Worksheet, report: Briefing, section: Section, traced: list[tuple[SheetCell, Traced, str]], *, is_first: bool
) -> None:
    row = 1
    if is_first:
        if report.label:
            _put(sheet, row, 1, report.label.upper()).font = _BOLD
            row += 1
        _put(sheet, row, 1, report.title).font = Font(bold=True, size=15)
        _put(sheet, row + 1, 1, report.subtitle)
        _put(sheet, row + 2, 1, report.limits)
        row += 4
    else:
        _put(sheet, row, 1, section.title).font = Font(bold=True, size=13)
        row += 2
    widest = 1
    for block in section.blocks:
        if isinstance(block, Paragraph):
            _put(sheet, row, 1, block.text).font = Font(italic=block.is_note, bold=block.is_title or block.is_lead)
            row += 2
        elif isinstance(block, Table):
            row = _table(sheet, block, row, section.title, traced)
            widest = max(widest, len(block.columns))
    for column in range(1, widest + 1):
        width = _PAIR_WIDTHS[column - 1] if is_first and widest == 2 else 30 if column == 1 else 20
        sheet.column_dimensions[get_column_letter(column)].width = width


def _table(sheet: Worksheet, table: Table, row: int, where: str, traced: list[tuple[SheetCell, Traced, str]]) -> int:
    if any(table.columns):
        for column, title in enumerate(table.columns, 1):
            head = _put(sheet, row, column, title)
            head.font, head.fill, head.alignment = _BOLD, _HEAD, _WRAP
        row += 1
    for cells in table.rows:
        for column, cell in enumerate(cells, 1):
            kept = _cell(sheet, row, column, cell)
            if isinstance(cell, Traced) and cell.trace is not None and cell.trace.parts:
                traced.append((kept, cell, f"{where}: {table.columns[column - 1]}"))
        row += 1
    _put(sheet, row, 1, table.source).font = Font(italic=True, color="5C6B74")
    return row + 2


def _cell(sheet: Worksheet, row: int, column: int, cell: Cell) -> SheetCell:
    if isinstance(cell, Traced) and cell.value is not None:
        kept = _put(sheet, row, column, cell.value)
        kept.number_format = _FORMATS.get(cell.unit, "#,##0")
        if not cell.text.replace(",", "").replace(".", "").lstrip("-").isdigit():
            kept.comment = Comment(cell.text, "Merestone")
        return kept
    kept = _put(sheet, row, column, cell.text)
    kept.alignment = _WRAP
    return kept


def _records(sheet: Worksheet, material: Material, traced: list[tuple[SheetCell, Traced, str]]) -> dict[str, int]:
    """The records that any figure rests on; gives the row of each."""
    _head(sheet, RECORD_COLUMNS)
    wanted = {part.record_id for _, cell, _ in traced if cell.trace for part in cell.trace.parts}
    rows: dict[str, int] = {}
    held: Iterable[Any] = (*material.snapshot.records, *material.opening.records, *material.sheets)
    for one in held:
        if one.record_id not in wanted or one.record_id in rows:
            continue
        row = len(rows) + 2
        rows[one.record_id] = row
        is_exact = getattr(one, "is_exact", True)
        outline = "none" if one.geometry is None else "exact" if is_exact else "generalised for this viewer"
        values = (
            one.record_id,
            getattr(one.kind, "label", str(one.kind).replace("_", " ")),
            outline,
            material.own_m2.get(one.record_id),
            one.source,
            one.true_from and one.true_from.isoformat(),
            one.true_until and one.true_until.isoformat(),
            one.recorded_at.isoformat(timespec="seconds"),
            (getattr(one, "data_on", None) or "") and one.data_on.isoformat(),
            one.visibility.value,
            one.version,
        )
        for column, value in enumerate(values, 1):
            _put(sheet, row, column, "not recorded" if value in (None, "") and column > 4 else value)
    return rows


def _sources(
    sheet: Worksheet, material: Material, traced: list[tuple[SheetCell, Traced, str]], records: dict[str, int]
) -> None:
    """One row for each cell and record behind it."""
    _head(sheet, SOURCE_COLUMNS)
    row = 2
    true_on = material.snapshot.true_on.isoformat()
    known_on = "all that is known" if material.snapshot.known_on is None else material.snapshot.known_on.isoformat()
    for kept, cell, where in traced:
        assert cell.trace is not None
        title = kept.parent.title
        _link(kept, SOURCES, f"A{row}")
        for part in cell.trace.parts:
            values = (
                title, kept.coordinate, where, cell.value, cell.unit.value, cell.trace.adds_up.value,
                "taken off" if part.taken_off else "counted", part.record_id, part.amount, true_on, known_on,
            )  # fmt: skip
            for column, value in enumerate(values, 1):
                _put(sheet, row, column, value)
            if row <= LINKED_ROWS:
                _link(sheet.cell(row, 2), title, kept.coordinate)
                if part.record_id in records:
                    _link(sheet.cell(row, 8), RECORDS, f"A{records[part.record_id]}")
            row += 1


def _head(sheet: Worksheet, columns: tuple[str, ...]) -> None:
    for column, title in enumerate(columns, 1):
        head = _put(sheet, 1, column, title)
        head.font, head.fill = _BOLD, _HEAD
        sheet.column_dimensions[get_column_letter(column)].width = max(14, len(title) + 2)
    sheet.freeze_panes = "A2"


def _link(cell: Any, sheet: str, coordinate: str) -> None:
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{sheet}'!{coordinate}")
    cell.font = _LINK


def _put(sheet: Worksheet, row: int, column: int, value: Any) -> SheetCell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, SheetCell)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:32_767]
        cell.data_type = "s"
    else:
        cell.value = value
    return cell


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that a workbook can hold: 31 characters, no signs of its own, none twice."""
    form = re.match(r"Form [A-Z]", title)
    name = re.sub(r"[\[\]:*?/\\']", " ", form[0] if form else title)[:31].strip() or "Sheet"
    number = 2
    whole = name
    while whole.lower() in {one.lower() for one in taken}:
        whole = f"{name[:28]} {number}"
        number += 1
    return whole
