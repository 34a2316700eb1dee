"""What formats of workbooks have in common: each sheet with a table of places is a layer, by the rules of tables.

A format gives its sheets as `Sheets`; which of them hold tables of places, and how their rows are read, is said here.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Protocol

from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._repeats import Repeat, joined, parent_column_of, repeat_notes, repeat_of
from merestone.exchange.formats._table import Table
from merestone.exchange.formats._table_format import TableFormat
from merestone.exchange.formats._table_header import HELP_MARK, SAMPLE_ROWS, Header, Record, cell_text, header_of
from merestone.exchange.rows.format import TableFields
from merestone.exchange.rows.row import Reading
from merestone.terms import FileRefused, number_of

FIRST_ROWS: Final = SAMPLE_ROWS + 30
"""So many rows of a sheet say whether it holds a table of places."""
MOST_MERGED_ROWS: Final = 10_000
"""A cell merged over more rows is decoration, and counts for the first of them."""


class Sheets(Protocol):
    """An open workbook."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def names(self) -> list[str]:
        """The sheets with cells, in their order."""
        ...

    def records(self, name: str) -> Iterator[Record]:
        """The rows of a sheet that hold anything; a cell merged over several rows stands in each of them."""
        ...

    def formulas_without_value(self, name: str) -> int:
        """How many formulas of a sheet have no value that was saved with them."""
        ...


class SheetFormat(TableFormat):
    """Each sheet with a table of places is a layer; the header may stand below titles."""

    name: str

    @abstractmethod
    def _opened(self, path: Path) -> AbstractContextManager[Sheets]:
        """The sheets of a workbook."""

    @contextmanager
    def _joined(self, path: Path) -> "Iterator[_WithRepeats]":
        with self._opened(path) as book:
            yield _WithRepeats.of(book)

    def layers(self, path: Path) -> tuple[str, ...]:
        """The sheets that hold a table of places."""
        with self._joined(path) as book:
            if self._fields is not None and self._fields.kind in book.names:
                return (self._fields.kind,)
            return tuple(
                name for name in book.names if _header(book, name, self._place_columns, self._fields) is not None
            )

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one sheet in their order; blank rows are passed over."""
        chosen, header, notes = self._chosen(path, layer)
        table = Table(path, header, crs=crs, format_name=self.name, layer=chosen)
        names = "\t".join(header.names)
        reading = table.with_raw_header(names).reading(self._rows(path, chosen, header))
        reading.notes += notes
        return reading

    def table(self, path: Path, layer: str | None = None) -> tuple[Header, Iterator[Record], list[str]]:
        """One sheet with all its columns: the header, the rows below it, and what is to be said of the reading."""
        chosen, header, notes = self._chosen(path, layer)
        return header, self._rows(path, chosen, header), [*header.notes, *notes]

    def _rows(self, path: Path, name: str, header: Header) -> Iterator[Record]:
        """The rows below the header, each with as many cells as the header has or more."""
        width = len(header.names)
        with self._joined(path) as book:
            for record in islice(book.records(name), header.first, None):
                missing = width - len(record.cells)
                cells = chain(record.cells, [None] * missing) if missing > 0 else record.cells
                yield Record(list(cells), record.text, record.line)

    def _chosen(self, path: Path, layer: str | None) -> tuple[str, Header, list[str]]:
        """The sheet to read, its header, and notes."""
        offered = self.layers(path)
        with self._joined(path) as book:
            others = [name for name in book.names if name not in offered and not _is_help(book, name)]
            if not offered:
                _refuse(book, self._place_columns, self._fields)
            chosen = layer_of(path, layer, offered)
            header = _header(book, chosen, self._place_columns, self._fields)
            if header is None:
                raise FileRefused(path, f"sheet {chosen} has no header with a known column", "write it as in the form")
            never_worked_out = book.formulas_without_value(chosen)
        notes = [*repeat_notes(book.repeats.get(chosen, []))]
        if others:
            what = "sheets without places" if self._fields is None else "other sheets"
            notes.append(f"{what} were not read: {', '.join(others)}")
        if never_worked_out:
            notes.append(
                f"{number_of(never_worked_out, 'formula has', 'formulas have')} no value, since the file was saved "
                "before any spreadsheet calculated (such cells are empty here); open the workbook, save it, and import "
                "it again"
            )
        return chosen, header, notes


@dataclass
class _WithRepeats:
    """The sheets of a workbook; those whose rows are the corners of another sheet's rows are columns of it."""

    _book: Sheets
    repeats: dict[str, list[Repeat]]
    """By the sheet that they belong to."""

    @classmethod
    def of(cls, book: Sheets) -> "_WithRepeats":
        names = book.names
        repeats: dict[str, list[Repeat]] = {}
        heads = {name: next(book.records(name), None) for name in names} if len(names) > 1 else {}
        for name, head in heads.items():
            column = None if head is None else parent_column_of(head.cells)
            if column is None:
                continue
            repeat = repeat_of(name, book.records(name))
            tops = {other: top for other, top in heads.items() if other != name and top is not None}
            parents = [other for other, top in tops.items() if _names(top, column)]
            parents = [other for other in parents if parent_column_of(tops[other].cells) is None] or parents
            if repeat is not None and parents and repeat.has_places:
                repeats.setdefault(parents[0], []).append(repeat)
        return cls(book, repeats)

    @property
    def path(self) -> Path:
        """Where the workbook lies."""
        return self._book.path

    @property
    def names(self) -> list[str]:
        """The sheets with rows of their own."""
        taken = {repeat.name for repeats in self.repeats.values() for repeat in repeats}
        return [name for name in self._book.names if name not in taken]

    def records(self, name: str) -> Iterator[Record]:
        """The rows of a sheet that hold anything."""
        records = self._book.records(name)
        return joined(records, self.repeats[name]) if name in self.repeats else records

    def formulas_without_value(self, name: str) -> int:
        """How many formulas of a sheet have no value that was saved with them."""
        return self._book.formulas_without_value(name)


def _names(record: Record, column: str) -> bool:
    return column in [cell_text(cell).strip().lower() for cell in record.cells]


def _is_help(book: Sheets, name: str) -> bool:
    """Whether a sheet explains a blank form, and holds no records."""
    first = next(book.records(name), None)
    return first is not None and cell_text(first.cells[0]).strip().lower().startswith(HELP_MARK)


def _header(book: Sheets, name: str, targets: Mapping[str, str], fields: TableFields | None = None) -> Header | None:
    """The header of a sheet; None if it holds no table of places, or with `fields` none of records."""
    first = list(islice(book.records(name), FIRST_ROWS))
    if not first or cell_text(first[0].cells[0]).strip().lower().startswith(HELP_MARK):
        return None
    try:
        return header_of(first, book.path, targets, fields, are_areas=True)
    except FileRefused:
        return None


def _refuse(book: Sheets, targets: Mapping[str, str], fields: TableFields | None = None) -> None:
    """Say why no sheet holds a table of places: as for the first sheet that holds anything."""
    for name in book.names:
        first = list(islice(book.records(name), FIRST_ROWS))
        if first:
            header_of(first, book.path, targets, fields, are_areas=True)
    raise FileRefused(book.path, "its sheets are empty", "check that this is the file you meant")


def cell_value(cell: Any) -> Any:
    """A cell's value; a moment at midnight is a day, as spreadsheets store days."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else cell
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return cell


class MergedCells:
    """Values of cells that are merged over several rows, while the rows are gone through."""

    def __init__(self) -> None:
        self._last_row_and_value: dict[int, tuple[int, Any]] = {}

    def begin(self, column: int, last_row: int, value: Any) -> None:
        """From here to the row `last_row`, the column has this value."""
        self._last_row_and_value[column] = last_row, value

    def fill(self, row: int, values: list[Any]) -> None:
        """Put the values into the empty cells of a row."""
        for column, (last_row, value) in self._last_row_and_value.items():
            if row > last_row:
                continue
            values += [None] * (column + 1 - len(values))
            if values[column] is None:
                values[column] = value
