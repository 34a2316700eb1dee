"""A report as a workbook (XLSX): a sheet for each section, and the records behind each cell, linked both ways.

Text is written as text, whatever it begins with: no word of the register can become a formula.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from merestone.documents.briefing.block import Briefing, Paragraph, Section, Table
from merestone.documents.reports.figure import Part, Trace, Traced, Unit
from merestone.documents.reports.material import Material
from merestone.documents.reports.sheet_text import (
    MOST_ROWS,
    Alike,
    Look,
    Looks,
    Row,
    SheetText,
    Value,
    workbook_bytes,
)

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
_PLAIN: Final = Look()
_BOLD: Final = Look(bold=True)
_HEAD: Final = Look(bold=True, fill="E3EAEE")
_TABLE_HEAD: Final = _HEAD._replace(is_wrapped=True)
_LINK: Final = Look(color="14506E", is_link=True)
_SOURCE: Final = Look(italic=True, color="5C6B74")
_WRAPPED: Final = Look(is_wrapped=True)
_FORMATS: Final = {Unit.RATIO: "0.0000", Unit.MONEY: "#,##0.00"}
_PAIR_WIDTHS: Final = (28, 110)


class _Behind(NamedTuple):
    """A cell that records stand behind."""

    sheet: str
    coordinate: str
    cell: Traced
    trace: Trace
    where: str


class _Book:
    """The workbook as it grows."""

    def __init__(self) -> None:
        self.book = Workbook()
        self.looks = Looks(self.book)
        self.sheets: dict[str, SheetText] = {}
        self.behind: list[_Behind] = []
        self.source_place = (1, 2)
        """The next sheet of sources, counted from 1, and the row on it."""

    def sheet(self, title: str) -> SheetText:
        """A new sheet."""
        sheet = self.book.create_sheet(title) if self.sheets else self.book.active
        assert isinstance(sheet, Worksheet)
        sheet.title = title
        text = self.sheets[title] = SheetText(sheet, self.looks)
        return text

    def number(self, look: Look) -> int:
        """The number of a look."""
        return self.looks.number(look)


def xlsx(report: Briefing, material: Material) -> bytes:
    """The report as an XLSX file."""
    book = _Book()
    names: set[str] = {SOURCES, RECORDS}
    for number, section in enumerate(report.sections):
        name = _sheet_name(section.title, names)
        names.add(name)
        _section(book, book.sheet(name), report, section, is_first=number == 0)
    records = _records(book, material)
    _sources(book, material, records)
    return workbook_bytes(book.book, book.sheets)


def _section(book: _Book, sheet: SheetText, report: Briefing, section: Section, *, is_first: bool) -> None:
    row = 1

    def line(at: int, text: str, look: Look = _PLAIN) -> None:
        sheet.write(at, [(text, book.number(look))])

    if is_first:
        if report.label:
            line(row, report.label.upper(), _BOLD)
            row += 1
        line(row, report.title, Look(bold=True, size=15))
        line(row + 1, report.subtitle)
        line(row + 2, report.limits)
        row += 4
    else:
        line(row, section.title, Look(bold=True, size=13))
        row += 2
    widest = 1
    for block in section.blocks:
        if isinstance(block, Paragraph):
            line(row, block.text, Look(italic=block.is_note, bold=block.is_title or block.is_lead))
            row += 2
        elif isinstance(block, Table):
            row = _table(book, sheet, block, row, section.title)
            widest = max(widest, len(block.columns))
    for column in range(1, widest + 1):
        width = _PAIR_WIDTHS[column - 1] if is_first and widest == 2 else 30 if column == 1 else 20
        sheet.sheet.column_dimensions[get_column_letter(column)].width = width


def _table(book: _Book, sheet: SheetText, table: Table, row: int, where: str) -> int:
    """Write a table and its source; gives the row where the next block begins."""
    if any(table.columns):
        head = book.number(_TABLE_HEAD)
        sheet.write(row, [(title, head) for title in table.columns])
        row += 1
    letters = [get_column_letter(column) for column in range(1, len(table.columns) + 1)]
    for cells in table.rows:
        values = []
        for place, cell in enumerate(cells):
            look = _WRAPPED
            value: Value = cell.text
            if isinstance(cell, Traced):
                coordinate = f"{letters[place]}{row}"
                if cell.value is not None:
                    value = cell.value
                    look = Look(number_format=_FORMATS.get(cell.unit, "#,##0"))
                    if not cell.text.replace(",", "").replace(".", "").lstrip("-").isdigit():
                        sheet.comment(coordinate, cell.text)
                if cell.trace is not None and cell.trace.parts:
                    look = look._replace(color=_LINK.color, is_link=True)
                    _trace(book, sheet, _Behind(sheet.title, coordinate, cell, cell.trace,
                                                f"{where}: {table.columns[place]}"))  # fmt: skip
            values.append((value, book.number(look)))
        sheet.write(row, values)
        row += 1
    sheet.write(row, [(table.source, book.number(_SOURCE))])
    return row + 2


def _trace(book: _Book, sheet: SheetText, behind: _Behind) -> None:
    """Let a cell lead to the first of its rows among the sources."""
    number, row = book.source_place
    if row + len(behind.trace.parts) > MOST_ROWS + 1:
        number, row = number + 1, 2
    sheet.link(behind.coordinate, _sources_name(number), f"A{row}")
    book.source_place = number, row + len(behind.trace.parts)
    book.behind.append(behind)


def _sources_name(number: int) -> str:
    return SOURCES if number == 1 else f"{SOURCES} {number}"


def _records(book: _Book, material: Material) -> dict[str, int]:
    """The records that any figure rests on; gives the row of each."""
    sheet = book.sheet(RECORDS)
    _head(book, sheet, RECORD_COLUMNS)
    wanted = {part.record_id for behind in book.behind for part in behind.trace.parts}
    rows: dict[str, int] = {}
    entries: list[Any] = []
    every: Iterable[Any] = (*material.snapshot.records, *material.opening.records, *material.sheets)
    for entry in every:
        if entry.record_id in wanted and entry.record_id not in rows:
            rows[entry.record_id] = len(rows) + 2
            entries.append(entry)
    plain = book.number(_PLAIN)
    sheet.write_later(len(rows) + 1, ([(value, plain) for value in _record_row(entry, material)] for entry in entries))
    return rows


def _record_row(entry: Any, material: Material) -> list[Value]:
    """What the sheet of records says of one."""
    is_exact = getattr(entry, "is_exact", True)
    outline = "none" if entry.geometry is None else "exact" if is_exact else "generalised for this viewer"
    values = (
        entry.record_id,
        getattr(entry.kind, "label", str(entry.kind).replace("_", " ")),
        outline,
        material.own_m2.get(entry.record_id),
        entry.source,
        entry.true_from and entry.true_from.isoformat(),
        entry.true_until and entry.true_until.isoformat(),
        entry.recorded_at.isoformat(timespec="seconds"),
        (getattr(entry, "data_on", None) or "") and entry.data_on.isoformat(),
        entry.visibility.value,
        entry.version,
    )
    return ["not recorded" if value in (None, "") and place > 3 else value for place, value in enumerate(values)]


def _sources(book: _Book, material: Material, records: dict[str, int]) -> None:
    """One row for each cell and record behind it."""
    plain, linked = book.number(_PLAIN), book.number(_LINK)
    known = material.snapshot.known_on
    times = (material.snapshot.true_on.isoformat(), "all that is known" if known is None else known.isoformat())
    sheets: list[list[_Behind]] = [[]]
    row = 2
    for behind in book.behind:
        if row + len(behind.trace.parts) > MOST_ROWS + 1:
            sheets.append([])
            row = 2
        sheets[-1].append(behind)
        row += len(behind.trace.parts)
    for number, behinds in enumerate(sheets, 1):
        sheet = book.sheet(_sources_name(number))
        _head(book, sheet, SOURCE_COLUMNS)
        row = 2
        for behind, part in _first_parts(behinds, LINKED_ROWS - 1):
            sheet.link(f"B{row}", behind.sheet, behind.coordinate)
            if (record_row := records.get(part.record_id)) is not None:
                sheet.link(f"H{row}", RECORDS, f"A{record_row}")
            row += 1
        count = sum(len(behind.trace.parts) for behind in behinds)
        rows = _source_rows(behinds, records, times, plain=plain, linked=linked)
        sheet.write_later(1 + count, rows)


def _first_parts(behinds: Iterable[_Behind], count: int) -> Iterable[tuple[_Behind, Part]]:
    return islice(((behind, part) for behind in behinds for part in behind.trace.parts), count)


def _source_rows(
    behinds: Iterable[_Behind], records: Mapping[str, int], times: tuple[str, str], *, plain: int, linked: int
) -> Iterator[Row]:
    """The rows of one sheet of sources. The cells that are the same in all rows of a figure are put together once."""
    after = Alike(len(SOURCE_COLUMNS) - len(times), [(value, plain) for value in times])
    row = 2
    for behind in behinds:
        before: dict[tuple[bool, bool], list[tuple[Value, int] | Alike]] = {}
        for part in behind.trace.parts:
            is_linked = row <= LINKED_ROWS
            cells = before.get((is_linked, part.taken_off))
            if cells is None:
                cells = _before(behind, linked if is_linked else plain, plain, taken_off=part.taken_off)
                before[is_linked, part.taken_off] = cells
            look = linked if is_linked and part.record_id in records else plain
            yield [*cells, (part.record_id, look), (part.amount, plain), after]
            row += 1


def _before(behind: _Behind, look: int, plain: int, *, taken_off: bool) -> list[tuple[Value, int] | Alike]:
    """What a row of the sources says before it names its record; put together if many rows will say it."""
    cell = behind.cell
    signature = (behind.where, cell.value, cell.unit.value, behind.trace.adds_up.value)
    counted = "taken off" if taken_off else "counted"
    values: list[tuple[Value, int]] = [(behind.sheet, plain), (behind.coordinate, look)]
    values += [(value, plain) for value in (*signature, counted)]
    return [Alike(0, values)] if len(behind.trace.parts) > 1 else [*values]


def _head(book: _Book, sheet: SheetText, columns: tuple[str, ...]) -> None:
    head = book.number(_HEAD)
    sheet.write(1, [(title, head) for title in columns])
    for column, title in enumerate(columns, 1):
        sheet.sheet.column_dimensions[get_column_letter(column)].width = max(14, len(title) + 2)
    sheet.sheet.freeze_panes = "A2"


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that a workbook can hold: 31 characters, no signs of its own, none twice."""
    form = re.match(r"Form [A-Z]", title)
    name = re.sub(r"[\[\]:*?/\\']", " ", form[0] if form else title)[:31].strip() or "Sheet"
    number = 2
    whole = name
    while whole.lower() in {title.lower() for title in taken}:
        whole = f"{name[:28]} {number}"
        number += 1
    return whole
