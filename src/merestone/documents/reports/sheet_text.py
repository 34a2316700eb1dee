"""The cells of large sheets as the XML that a workbook holds, written row by row and put into openpyxl's workbook.

openpyxl writes everything that is small: the package, styles, comments, column widths. What it would write one cell at
a time, ten times slower, comes from here: ``sheetData`` and ``hyperlinks`` of ECMA-376 part 1, sections 18.3.1.80 and
18.3.1.48.
"""

import math
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from itertools import islice
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | None
MOST_ROWS: Final = 1_048_576
"""Rows that a sheet can have (Excel specifications and limits)."""
_MOST_CHARACTERS: Final = 32_767
"""Characters that a cell can have, there too."""
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CELLS_KEPT: Final = 10_000
"""Texts of cells that are kept for those that are the same: names and amounts of records fill it, and begin it anew."""
_MARKED: Final = re.compile("[&<>\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Signs that XML knows or cannot hold; most texts of a register have none."""
_COMPRESSION: Final = 1
"""zlib's fastest: the parts of a workbook repeat themselves so much that the slower levels gain a few per cent."""
_SHEET_DATA: Final = re.compile(rb"<sheetData\s*/>|<sheetData>.*?</sheetData>", re.DOTALL)
_DIMENSION: Final = re.compile(rb'<dimension ref="[^"]*"\s*/>')


class Look(NamedTuple):
    """How a cell is drawn."""

    bold: bool = False
    italic: bool = False
    size: float | None = None
    color: str | None = None
    """RRGGBB; None: the reader's own."""
    is_link: bool = False
    fill: str | None = None
    is_wrapped: bool = False
    number_format: str = "General"


class Looks:
    """The looks of one workbook, each by the number under which its cells name it."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._numbers: dict[Look, int] = {Look(): 0}

    def number(self, look: Look) -> int:
        """The number of a look, made when it is first asked for."""
        if look not in self._numbers:
            assert isinstance(self._book.active, Worksheet)
            cell = SheetCell(self._book.active, row=1, column=1)
            if look[:5] != Look()[:5]:
                cell.font = Font(bold=look.bold, italic=look.italic, size=look.size, color=look.color)
                cell.font += Font(underline="single") if look.is_link else Font()
            if look.fill:
                cell.fill = PatternFill("solid", fgColor=look.fill)
            if look.is_wrapped:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.number_format = look.number_format
            self._numbers[look] = cell.style_id
        return self._numbers[look]


class Alike:
    """Neighbouring cells that are the same in many rows of a sheet, put together once."""

    def __init__(self, column: int, values: Iterable[tuple[Value, int]]) -> None:
        """Hold the cells from a column on, counted from 0, each with the number of its look."""
        cells = [(get_column_letter(at), _cell(*key)) for at, key in enumerate(values, column + 1)]
        self.width = len(cells)
        self._pieces = "".join(f'<c r="{letter}\0"{text}' for letter, text in cells if text).split("\0")

    def in_row(self, row: str) -> str:
        """The cells of a row, by its number."""
        return row.join(self._pieces)


Row = Iterable[tuple[Value, int] | Alike]
"""The cells of a row: each one's value and the number of its look, or several that were put together."""


class SheetText:
    """One sheet: its cells row by row, and the links among the sheets."""

    def __init__(self, sheet: Worksheet, looks: Looks) -> None:
        self.sheet = sheet
        self.looks = looks
        self.row = 0
        """The last row that was written."""
        self._widest = 1
        self._rows: list[str] = []
        self._later: Iterable[Row] = ()
        self._first_later = 1
        self._links: list[str] = []
        self._cells: dict[tuple[Value, int], str] = {}
        self._letters: list[str] = []

    @property
    def title(self) -> str:
        """The sheet's name."""
        return self.sheet.title

    def write(self, row: int, values: Iterable[tuple[Value, int]]) -> None:
        """Write one row: each cell's value and the number of its look; None leaves a cell out.

        Text is text, whatever it begins with. Rows are written in order, each once.
        """
        assert self.row < row <= MOST_ROWS, row
        self.row = row
        self._rows.append(self._row_text(row, values))
        self._widest = max(self._widest, len(self._letters))

    def write_later(self, last: int, rows: Iterable[Row]) -> None:
        """Write all rows that follow, down to the last, while the file is written: a million of them take no memory.

        They are no wider than those before, and each look in them has its number already.
        """
        assert self.row <= last <= MOST_ROWS, last
        self._first_later, self.row = self.row + 1, last
        self._later = rows

    def _row_text(self, row: int, values: Row) -> str:
        cells = self._cells
        number = str(row)
        parts = []
        column = 0
        for key in values:
            if isinstance(key, Alike):
                parts.append(key.in_row(number))
                column += key.width
                continue
            text = cells.get(key)
            if text is None:
                if len(cells) >= _CELLS_KEPT:
                    cells.clear()
                text = cells[key] = _cell(*key)
            if text:
                parts.append(f'<c r="{self._letter(column)}{number}"{text}')
            column += 1
        return f'<row r="{number}">{"".join(parts)}</row>'

    def link(self, coordinate: str, sheet: str, to: str) -> None:
        """Let a cell lead to another one of the workbook."""
        location = quoteattr(f"'{sheet}'!{to}", {'"': "&quot;"})
        self._links.append(f'<hyperlink ref="{coordinate}" location={location}/>')

    def comment(self, coordinate: str, text: str) -> None:
        """Put words beside a cell."""
        self.sheet[coordinate].comment = Comment(text, "Merestone")

    def _letter(self, column: int) -> str:
        while len(self._letters) <= column:
            self._letters.append(get_column_letter(len(self._letters) + 1))
        return self._letters[column]

    def placed_in(self, part: bytes) -> Iterable[bytes]:
        """The sheet's part as openpyxl wrote it, with these cells and links in it."""
        dimension = f'<dimension ref="A1:{get_column_letter(self._widest)}{max(self.row, 1)}"/>'
        part, dimensions = _DIMENSION.subn(dimension.encode("ascii"), part)
        before, sheet_data, after = part.partition(data[0]) if (data := _SHEET_DATA.search(part)) else (part, b"", b"")
        middle, margins, end = after.partition(b"<pageMargins")
        if not (dimensions == 1 and sheet_data and margins):
            raise AssertionError("openpyxl writes sheets in another form: see placed_in")
        yield before + b"<sheetData>"
        for first in range(0, len(self._rows), 1000):
            yield "".join(self._rows[first : first + 1000]).encode("utf-8")
        later = (self._row_text(row, values) for row, values in enumerate(self._later, self._first_later))
        while some := "".join(islice(later, 1000)):
            yield some.encode("utf-8")
        yield b"</sheetData>" + middle
        if self._links:
            yield b"<hyperlinks>" + "".join(self._links).encode("utf-8") + b"</hyperlinks>"
        yield margins + end


def _cell(value: Value, look: int) -> str:
    """A cell after its name: its look, its type and its value."""
    style = f' s="{look}"' if look else ""
    if value is not None and (isinstance(value, str) or not math.isfinite(value)):
        value = str(value)
        if len(value) > _MOST_CHARACTERS or _MARKED.search(value):
            value = escape(_NO_XML.sub("", value)[:_MOST_CHARACTERS])
    if value is None or value == "":
        return f"{style}/>" if look else ""
    if isinstance(value, str):
        space = "" if value == value.strip() else ' xml:space="preserve"'
        return f'{style} t="inlineStr"><is><t{space}>{value}</t></is></c>'
    return f"{style}><v>{value!r}</v></c>"


def workbook_bytes(book: Workbook, sheets: Mapping[str, SheetText]) -> bytes:
    """The workbook as a file, the cells of the sheets, named by their titles, put in."""
    skeleton, whole = BytesIO(), BytesIO()
    book.save(skeleton)
    part_of = {sheet.path.removeprefix("/"): sheets[sheet.title] for sheet in book.worksheets if sheet.title in sheets}
    with ZipFile(skeleton) as old, ZipFile(whole, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION) as new:
        for info in old.infolist():
            content = old.read(info)
            text = part_of.get(info.filename)
            with new.open(info.filename, "w") as part:
                for piece in (content,) if text is None else text.placed_in(content):
                    part.write(piece)
    return whole.getvalue()
