"""Delimited text (CSV, TSV): places in any notation and under any usual column name, one row for each record.

Read here rather than by GDAL, whose reader turns a text it cannot understand into no geometry without a word. A row
ends only where a line ends (CR, LF or both): other characters that Unicode calls line ends stand inside remarks.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

import shapely

from merestone.exchange.formats._bare_list import bare_list
from merestone.exchange.formats._repeats import Repeat, files_beside, joined, repeat_notes
from merestone.exchange.formats._table import Table
from merestone.exchange.formats._table_format import OneTable
from merestone.exchange.formats._table_header import SAMPLE_ROWS, Record, header_of
from merestone.exchange.rows.cells import text_of
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Fault, Reading
from merestone.exchange.rows.text_encoding import DetectedEncoding, detect_encoding_of
from merestone.terms import FileRefused

SEPARATORS: Final = (",", ";", "\t", "|")
LONGEST_CELL: Final = 1 << 28
"""Characters in a cell; a polygon of a million corners has some 40 million."""
_SNIFFED: Final = 1 << 18
_REGULAR: Final = 0.9
"""Share of the rows that have as many cells as most, from which on a separator parts a table well."""
_SUFFIXES: Final = (".csv", ".tsv", ".txt", ".tab")
_DIGITS: Final = 20
"""Decimals with which GEOS 3.14 writes a double so that the same one is read again; its default of -1 loses bits."""
_SEP_LINE: Final = re.compile(r'"?sep=(?P<separator>.)"?\s*', re.IGNORECASE)
_UNDECODED: Final = re.compile("[\udc80-\udcff]")


class Delimited(OneTable):
    """One layer, named as the file. The separator and the encoding are found; what was found is told.

    Without ``--crs`` the numbers are longitude and latitude on WGS 84 where the columns say so; a column named x
    or y, and WKT, say nothing, and are taken as longitude and latitude too, as every reader of CSV does.
    """

    name = "CSV"
    suffixes = (".csv",)
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """Text by its name; a header has no braces or angle brackets at its start."""
        return path.suffix.lower() in _SUFFIXES and head.lstrip(b"\xef\xbb\xbf \r\n")[:1] not in (b"{", b"[", b"<")

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; a place that cannot be understood is a fault of its row."""
        self.refuse_other_layer(path, layer)
        detected_encoding = detect_encoding_of(path, encoding)
        repeats = [repeat for _, repeat in _repeats_of(path, encoding)]
        records = records_of(path, detected_encoding)
        if repeats:
            records = joined(records, [repeat for repeat in repeats if repeat.has_places])
        first = list(islice(records, SAMPLE_ROWS + 30))
        notes = []
        try:
            header = header_of(first, path, self._place_columns, self._fields, are_areas=True)
        except FileRefused:
            as_list = None if self._place_columns or self._fields is not None else bare_list(first)
            if as_list is None:
                raise
            notes.append(as_list.note)
            records = as_list.records(chain(first, records))
            first = [as_list.header, *islice(records, SAMPLE_ROWS)]
            header = header_of(first, path)
        table = Table(path, header, crs=crs, format_name=self.name, layer=path.stem)
        reading = table.with_raw_header(first[header.first - 1].text).reading(chain(first[header.first :], records))
        reading.notes.extend(notes)
        if detected_encoding.note is not None:
            reading.notes.append(detected_encoding.note)
        reading.notes.extend(repeat_notes(repeats))
        return reading

    def parts(self, path: Path, layer: str | None = None) -> tuple[Path, ...]:
        """The table, and beside it the repeats whose places belong to its rows."""
        try:
            parts = [part for part, repeat in _repeats_of(path, None) if repeat.has_places]
        except FileRefused:  # what cannot be read is told by `read`
            parts = []
        return tuple(sorted([path, *parts]))

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Comma-separated, the geometry as WKT with every digit in the first column. There is no place for `about`."""
        names = list(dict.fromkeys(name for feature in features for name in feature.attributes))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["wkt", *names])
            for feature in features:
                wkt = "" if feature.geometry is None else shapely.to_wkt(feature.geometry, rounding_precision=_DIGITS)
                cells = [feature.attributes.get(name) for name in names]
                writer.writerow([wkt, *("" if cell is None else text_of(cell) for cell in cells)])


def _repeats_of(path: Path, encoding: str | None) -> list[tuple[Path, Repeat]]:
    def records(table: Path) -> Iterator[Record]:
        with table.open("rb") as file:
            is_empty = not file.read(1)
        try:
            yield from () if is_empty else records_of(table, detect_encoding_of(table, encoding))
        except FileRefused:
            if table == path:
                raise  # a table beside it that cannot be read is none of its business

    return files_beside(path, records)


def records_of(path: Path, detected: DetectedEncoding) -> Iterator[Record]:
    """The records of a file of text, read as they are asked for; blank lines are passed over.

    Raises
    ------
    FileRefused
        The text cannot be read, or a quotation mark is not closed.
    """
    errors = "replace" if detected.name.startswith(("utf-16", "utf-32")) else "surrogateescape"
    try:
        with path.open(encoding=detected.name, errors=errors, newline="") as file:
            head = file.read(_SNIFFED)
            file.seek(0)
            separator, skipped = _separator(head)
            yield from _records(file, path, separator, skipped)
    except (UnicodeError, OSError) as error:
        raise FileRefused(path, f"its text cannot be read ({error})", "name its encoding with --encoding") from error


def separator_of(path: Path, detected: DetectedEncoding) -> str:
    """The character between the columns of a file of text."""
    with path.open(encoding=detected.name, errors="replace", newline="") as file:
        return _separator(file.read(_SNIFFED))[0]


class _Lines(Iterator[str]):
    """The lines of a file, and those that the record under way has taken."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.number = 0
        self.taken: list[str] = []

    def __next__(self) -> str:
        line = next(self._file)
        self.number += 1
        self.taken.append(line)
        return line


def _records(file: IO[str], path: Path, separator: str, skipped: int) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(file)
    for _ in range(skipped):
        next(lines)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.taken.clear()
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _refused(path, line, lines.number, error) from error
        if cells:
            text = lines.taken[0] if len(lines.taken) == 1 else "".join(lines.taken)
            yield _record(cells, text.rstrip("\r\n"), line)


def _refused(path: Path, line: int, last: int, error: csv.Error) -> FileRefused:
    """Where a record began that cannot be read: a quotation mark that is not closed takes in all that follows."""
    remedy = "close the quotation mark, or double it inside a text"
    if "field larger" in str(error):
        why = f"line {line}: a cell has over {LONGEST_CELL:,} characters"
        return FileRefused(path, why, remedy)
    to = f" (read to line {last})" if last > line else ""
    return FileRefused(
        path, f"line {line}: a quotation mark is not closed, or stands inside a text{to}; {error}", remedy
    )


def _record(cells: list[str], text: str, line: int) -> Record:
    """The record, with what cannot be text in it told: bytes that were not decoded, zero bytes."""
    if text.isascii() and "\x00" not in text:
        return Record(cells, text, line)
    remarks = []
    if _UNDECODED.search(text):
        remarks.append(
            Fault("text_not_decoded", "some of its bytes are not in the encoding of the file; kept as \\xNN")
        )
        text, cells = _escaped(text), [_escaped(cell) for cell in cells]
    if "\x00" in text:
        remarks.append(Fault("zero_byte", "it holds zero bytes, which were left out; the file may be damaged here"))
        cells = [cell.replace("\x00", "") for cell in cells]
        if not any(cell.strip() for cell in cells):
            explanation = "the row holds nothing but zero bytes; the file was damaged or cut off here"
            return Record(cells, text, line, fault=Fault("zero_byte", explanation))
    return Record(cells, text, line, tuple(remarks))


def _escaped(text: str) -> str:
    r"""Bytes that could not be decoded as ``\xNN``."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _separator(head: str) -> tuple[str, int]:
    """The separator of a table, and the number of lines above it that are none of it."""
    lines = re.split(r"\r\n|\n|\r", head)
    skipped = 0
    while skipped < len(lines) - 1 and not lines[skipped].strip():
        skipped += 1
    stated = _SEP_LINE.fullmatch(lines[skipped].strip("\ufeff"))
    if stated is not None:
        return stated["separator"], skipped + 1
    sample = "\n".join(lines[skipped:][:200])
    fits = {separator: _fit(sample, separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: fits[separator])
    # A form's outline, "44.9 17.1 0 0; ...", may have more semicolons than its table has commas; the header has none.
    in_header = [s for s in SEPARATORS if s in lines[skipped] and fits[s][0] > 0 and fits[s][1] >= _REGULAR]
    return (best if best in in_header or not in_header else max(in_header, key=lambda s: fits[s])), skipped


def _fit(sample: str, separator: str) -> tuple[float, float]:
    """How well a separator parts a table: whether there are columns, and how many rows have as many as most."""
    lines = (f"{line}\n" for line in sample.split("\n"))
    widths: list[int] = []
    try:
        widths.extend(len(cells) for cells in islice(csv.reader(lines, delimiter=separator), 100) if any(cells))
    except csv.Error:
        return 0.0, 0.0
    if not widths:
        return 0.0, 0.0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    share = widths.count(usual) / len(widths)
    return (share * (usual - 1), share) if usual > 1 else (0.0, share)
