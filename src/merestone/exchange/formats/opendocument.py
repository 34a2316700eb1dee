"""OpenDocument spreadsheets (ODS, and FODS, the same as one document of XML), with the rules of tables of text.

Read here and not by a library: python-calamine (0.9) gives every number as a float and no merged cells, and holds a
whole sheet in memory, which a file of a kilobyte can make one of gigabytes by saying how often a row is repeated.
Source: OASIS OpenDocument 1.3, part 3, clauses 9 (tables), 6 (text) and 19.385 (values).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from merestone.exchange.formats._sheets import (
    FIRST_ROWS,
    MOST_MERGED_ROWS,
    MergedCells,
    SheetFormat,
    Sheets,
    cell_value,
)
from merestone.exchange.formats._table_header import MOST_COLUMNS, Record, cell_text
from merestone.exchange.formats._zip import opened
from merestone.exchange.rows.format import Feature
from merestone.terms import FileRefused, number_of

_KIND: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_PREFIX: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE = (f"{_PREFIX}{name}:1.0}}" for name in ("table", "text", "office"))
_CELLS: Final = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_PASSED_OVER: Final = frozenset((f"{_OFFICE}annotation", f"{_TEXT}note", f"{_TEXT}ruby-text"))
"""What is said beside a cell's text and not in it."""
_PARAGRAPHS: Final = (f"{_TEXT}p", f"{_TEXT}h")
_DURATION: Final = re.compile(r"(-?)PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d*)?)S)?")
_WHOLE: Final = re.compile(r"[-+]?\d{1,19}")
_MOST_REPEATED: Final = 1_000_000
"""Cells with a value that are said to be repeated; a file of a kilobyte may say so of billions."""
_DEEPEST: Final = 50
_DAMAGED: Final = "open it, save it again as .ods or .xlsx, and import that"


class OpenDocument(SheetFormat):
    """Each sheet with a table of places is a layer; the header may stand below titles."""

    name = "ODS"
    suffixes = (".ods",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """A zip archive that says first what it is, or XML that does; by its ending, also what cannot be read."""
        if head.startswith(b"PK\x03\x04"):
            return _KIND in head[:200] or path.suffix.lower() in (".ods", ".ots")
        return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and _KIND in head and b"office:document" in head

    def _opened(self, path: Path) -> AbstractContextManager[Sheets]:
        return _book(path)

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "a workbook is read only", "write a GeoPackage (.gpkg) or CSV instead")


@contextmanager
def _book(path: Path) -> Iterator["_Book"]:
    """The sheets, of which the first rows were read."""
    with _content(path) as source:
        book = _Book(path)
        book.look_through(source)
    yield book


@contextmanager
def _content(path: Path) -> Iterator[IO[bytes]]:
    """The document of XML that holds the cells."""
    with path.open("rb") as file:
        if not file.read(4).startswith(b"PK"):
            file.seek(0)
            with _refusing(path):
                yield file
            return
    with opened(path) as archive:
        manifest = "META-INF/manifest.xml"
        if manifest in archive.entries and b"encryption-data" in archive.read(manifest):
            raise FileRefused(path, "it is protected by a password", "open it and save it without a password")
        if "content.xml" not in archive.entries:
            raise FileRefused(path, "the workbook has no part content.xml", _DAMAGED)
        with archive.open("content.xml") as source, _refusing(path):
            yield source


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except (ET.ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise FileRefused(path, f"the workbook cannot be read ({error})", _DAMAGED) from error


@dataclass
class _Cell:
    value: Any
    times: int = 1
    rows: int = 1
    """Over how many rows it is merged."""
    is_unworked: bool = False
    """Whether it is a formula without a value."""


@dataclass
class _Row:
    """A row as it is written: blank cells at its end left out."""

    cells: list[_Cell]
    times: int


@dataclass
class _Book:
    path: Path
    _first: dict[str, list[Record]] = field(default_factory=dict)
    _is_whole: dict[str, bool] = field(default_factory=dict)
    """Whether the first rows of a sheet are all its rows."""
    _unworked: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The sheets, in their order."""
        return list(self._first)

    def look_through(self, source: IO[bytes]) -> None:
        """Keep the first rows of each sheet, and count the formulas that have no value."""
        for name, rows in _sheets(source):
            self._unworked[name] = 0
            records = self._records(self._counted(name, rows))
            self._first[name] = [record for record, _ in zip(records, range(FIRST_ROWS), strict=False)]
            self._is_whole[name] = next(records, None) is None
            for _ in records:
                pass

    def formulas_without_value(self, name: str) -> int:
        """How many formulas of a sheet have no value that was saved with them."""
        return self._unworked[name]

    def records(self, name: str) -> Iterator[Record]:
        """The rows of a sheet that hold anything; a cell merged over several rows stands in each of them."""
        yield from self._first[name]
        if self._is_whole[name]:
            return
        with _content(self.path) as source:
            rows = next((rows for sheet, rows in _sheets(source) if sheet == name), iter(()))
            for number, record in enumerate(self._records(rows)):
                if number >= len(self._first[name]):
                    yield record

    def _counted(self, name: str, rows: Iterator[_Row]) -> Iterator[_Row]:
        for row in rows:
            self._unworked[name] += sum(cell.is_unworked for cell in row.cells)
            yield row

    def _records(self, rows: Iterator[_Row]) -> Iterator[Record]:
        line, repeated = 0, 0
        merged_cells = MergedCells()
        for row in rows:
            width = sum(cell.times for cell in row.cells)
            if width > MOST_COLUMNS:
                why = f"line {line + 1} has {number_of(width, 'column')}, and more than {MOST_COLUMNS:,} are not read"
                raise FileRefused(self.path, why, "leave out columns that are not needed")
            repeated += (row.times - 1) * width if row.cells else 0
            if repeated > _MOST_REPEATED:
                why = (
                    f"line {line + 1} is said to stand there {number_of(row.times, 'time')}, which no table of "
                    "places does"
                )
                raise FileRefused(self.path, why, "delete the rows that were filled by a formula or a copy")
            values = [cell.value for cell in row.cells for _ in range(cell.times)]
            column = 0
            for cell in row.cells:
                if 1 < cell.rows <= MOST_MERGED_ROWS:
                    merged_cells.begin(column, line + cell.rows, cell.value)
                column += cell.times
            for number in range(line + 1, line + 1 + (row.times if values else 0)):
                filled = list(values)
                merged_cells.fill(number, filled)
                yield Record(filled, "\t".join(map(cell_text, filled)), number)
            line += row.times


def _sheets(source: IO[bytes]) -> Iterator[tuple[str, Iterator[_Row]]]:
    """Each sheet and its rows, which must be gone through before the next sheet is asked for."""
    events = defusedxml.ElementTree.iterparse(source, events=("start", "end"), forbid_dtd=True)
    above: list[ET.Element] = []
    used: set[str] = set()
    for event, element in events:
        if event == "end":
            above.pop()
            continue
        is_sheet = element.tag == f"{_TABLE}table" and above and above[-1].tag == f"{_OFFICE}spreadsheet"
        above.append(element)
        if is_sheet:
            name = _unused(element.get(f"{_TABLE}name") or "sheet", used)
            rows = _rows(events, element)
            yield name, rows
            for _ in rows:
                pass
            above.pop()
            above[-1].remove(element)


def _unused(name: str, used: set[str]) -> str:
    unique, number = name, 1
    while unique in used:
        number += 1
        unique = f"{name} (#{number})"
    used.add(unique)
    return unique


def _rows(events: Iterator[tuple[str, ET.Element]], sheet: ET.Element) -> Iterator[_Row]:
    """The rows of a sheet; what was read is forgotten cell by cell. Tables within a cell are passed over."""
    above = [sheet]
    cells: list[_Cell] = []
    blank = 0
    for event, element in events:
        if event == "start":
            above.append(element)
            continue
        above.pop()
        if element is sheet:
            return
        is_outside = not any(ancestor.tag in _CELLS or ancestor.tag == f"{_TABLE}shapes" for ancestor in above)
        if element.tag in _CELLS and is_outside:
            cell = _cell(element)
            if cell.value is None and not cell.is_unworked:
                blank += cell.times
            else:
                cells += [_Cell(None, blank)] * (blank > 0) + [cell]
                blank = 0
        elif element.tag == f"{_TABLE}table-row" and is_outside:
            yield _Row(cells, _count(element, "number-rows-repeated"))
            cells, blank = [], 0
        if is_outside:
            above[-1].remove(element)


def _count(element: ET.Element, name: str) -> int:
    stated_count = element.get(f"{_TABLE}{name}", "1")
    return max(1, int(stated_count)) if re.fullmatch(r"[0-9]{1,9}", stated_count) else 1


def _cell(element: ET.Element) -> _Cell:
    if element.tag == f"{_TABLE}covered-table-cell":
        return _Cell(None, _count(element, "number-columns-repeated"))
    value = cell_value(_value(element))
    is_merged_in_column = _count(element, "number-columns-spanned") == 1
    return _Cell(
        value,
        _count(element, "number-columns-repeated"),
        _count(element, "number-rows-spanned") if is_merged_in_column else 1,
        value is None and element.get(f"{_TABLE}formula") is not None and element.get(f"{_OFFICE}value-type") is None,
    )


def _value(element: ET.Element) -> Any:
    """The value by the type that the cell states, else its text."""
    kind = element.get(f"{_OFFICE}value-type")
    stated = element.get(f"{_OFFICE}{'value' if kind in ('float', 'percentage', 'currency') else f'{kind}-value'}")
    made: Any = None
    if kind is not None and stated is not None:
        made = stated if kind == "string" else _typed(kind, stated.strip())
    return _text(element) if made is None else made


def _typed(kind: str, stated: str) -> Any:
    """A number, day, moment, time of day, or yes and no; None where the words do not say one."""
    try:
        if kind in ("float", "percentage", "currency"):
            return int(stated) if _WHOLE.fullmatch(stated) else float(stated)
        if kind == "date":
            return date.fromisoformat(stated) if len(stated) == 10 else datetime.fromisoformat(stated)
    except ValueError:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(stated)
    match = _DURATION.fullmatch(stated) if kind == "time" else None
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups()
    length = timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=float(seconds or 0))
    if sign or length >= timedelta(days=1):
        return f"{sign}{length}"
    return (datetime.combine(date.min, time()) + length).time()


def _text(element: ET.Element) -> str | None:
    """The paragraphs of a cell, by lines."""
    lines = ["".join(_text_of(part, 0)) for part in element if part.tag in _PARAGRAPHS]
    return "\n".join(lines) or None


def _text_of(element: ET.Element, depth: int) -> Iterator[str]:
    """The text of a paragraph; runs of blanks, tabs and ends of lines are elements."""
    if element.tag == f"{_TEXT}s":
        stated_count = element.get(f"{_TEXT}c", "1")
        yield " " * (min(int(stated_count), 10_000) if stated_count.isdecimal() else 1)
    elif element.tag == f"{_TEXT}tab":
        yield "\t"
    elif element.tag == f"{_TEXT}line-break":
        yield "\n"
    else:
        yield re.sub(r"[ \t\r\n]+", " ", element.text or "")
        if depth > _DEEPEST:
            yield from chain.from_iterable((part.text or "", part.tail or "") for part in element.iter())
            return
        for part in element:
            if part.tag not in _PASSED_OVER:
                yield from _text_of(part, depth + 1)
            yield re.sub(r"[ \t\r\n]+", " ", part.tail or "")
