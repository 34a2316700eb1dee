"""Workbooks (XLSX, XLSM): a table of places on a sheet, read by openpyxl, with the rules of tables of text.

A cell has a type here: a day is a day, and a number that a spreadsheet turned into a day stands out where a coordinate
belongs. What a formula gave when the workbook was saved last is its value; one that was never worked out is told.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._sheets import MOST_MERGED_ROWS, MergedCells, SheetFormat, Sheets, cell_value
from merestone.exchange.formats._table_header import Record, cell_text
from merestone.exchange.formats._zip import opened
from merestone.exchange.rows.format import Feature
from merestone.terms import FileRefused

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of Excel 97 workbooks and of workbooks that a password protects."""
_PIECE: Final = 1 << 20
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ >/]")


class Spreadsheet(SheetFormat):
    """Each sheet with a table of places is a layer; the header may stand below titles."""

    name = "XLSX"
    suffixes = (".xlsx",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """A zip archive with the parts of a workbook, by its first entries or its ending; also what cannot be read."""
        if head.startswith(_OLE):
            return path.suffix.lower() in (".xls", ".xlsx", ".xlsm")
        is_named = path.suffix.lower() in (".xlsx", ".xlsm")
        return head.startswith(b"PK\x03\x04") and (is_named or b"xl/workbook.xml" in head or b"xl/_rels" in head)

    def _opened(self, path: Path) -> AbstractContextManager[Sheets]:
        return _workbook(path)

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "a workbook is read only", "write a GeoPackage (.gpkg) or CSV instead")


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Failures of the library become refusals; it has no error class of its own for most damages.

    A broken part of XML is a SyntaxError, and an unknown compression a NotImplementedError, which is a RuntimeError.
    """
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        raise FileRefused(path, f"the workbook is cut off or damaged ({error})", "get it again") from error
    except (LookupError, ValueError, TypeError, AttributeError, SyntaxError, ArithmeticError, RuntimeError) as error:
        why = f"the workbook cannot be read ({type(error).__name__}: {error})"
        raise FileRefused(path, why, "open it, save it again as .xlsx, and import that") from error


@contextmanager
def _workbook(path: Path) -> Iterator["_Book"]:
    import openpyxl

    with path.open("rb") as file:
        if file.read(8) == _OLE:
            why = "it is protected by a password, or a workbook of Excel 97"
            raise FileRefused(path, why, "open it and save it as .xlsx without a password")
    with opened(path):  # refuses what would grow beyond measure
        pass
    with _refusing(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        with _refusing(path):
            yield _Book(path, book)
    finally:
        book.close()


@dataclass(frozen=True, slots=True)
class _Book:
    path: Path
    book: Any

    @property
    def names(self) -> list[str]:
        """The sheets with cells; a chart sheet has none."""
        return [sheet.title for sheet in self.book.worksheets]

    def records(self, name: str) -> Iterator[Record]:
        """The rows of a sheet that hold anything; a cell merged over several rows stands in each of them."""
        sheet = self.book[name]
        sheet.reset_dimensions()  # some programs state a size that the sheet has not
        merged = self._merged(sheet)
        merged_cells = MergedCells()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            values = [cell_value(cell) for cell in cells]
            for column, last in merged.get(number, ()):
                merged_cells.begin(column, last, values[column] if column < len(values) else None)
            if any(value is not None for value in values):
                merged_cells.fill(number, values)
                yield Record(values, "\t".join(map(cell_text, values)), number)

    def _merged(self, sheet: Any) -> dict[int, list[tuple[int, int]]]:
        """By first row: the column (from 0) and last row of what is merged over several rows in one column."""
        merged_by_row: dict[int, list[tuple[int, int]]] = {}
        for match in self._scan(sheet, _MERGED):
            first_column, first, last_column, last = (
                match.group(1),
                int(match.group(2)),
                match.group(3),
                int(match.group(4)),
            )
            if first_column == last_column and first < last <= first + MOST_MERGED_ROWS:
                merged_by_row.setdefault(first, []).append((_column_number(first_column), last))
        return merged_by_row

    def formulas_without_value(self, name: str) -> int:
        """How many formulas have no value that was saved with them."""
        if next(self._scan(self.book[name], _FORMULA), None) is None:
            return 0
        import openpyxl

        book = openpyxl.load_workbook(self.path, read_only=True)
        try:
            written, worked_out = book[name], self.book[name]
            written.reset_dimensions()
            worked_out.reset_dimensions()
            pairs = zip(written.iter_rows(values_only=True), worked_out.iter_rows(values_only=True), strict=False)
            return sum(
                isinstance(formula, str) and formula.startswith("=") and value is None
                for formulas, values in pairs
                for formula, value in zip(formulas, values, strict=False)
            )
        finally:
            book.close()

    def _scan(self, sheet: Any, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
        """What a pattern matches in the sheet's part of the archive, piece by piece."""
        with zipfile.ZipFile(self.path) as archive, archive.open(sheet._worksheet_path.lstrip("/")) as part:
            before = b""
            while piece := part.read(_PIECE):
                text = before + piece
                last = 0
                for match in pattern.finditer(text):
                    last = match.end()
                    yield match
                before = text[max(last, len(text) - 200) :]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
