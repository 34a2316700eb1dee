"""Positions in a table of text, streamed as record batches of text: the same columns and notations as an import reads.

A file whose quotation marks stand about whole cells is read by Arrow's own reader; whatever that cannot read is read
record by record, with the same answers. Each row of the file gives one row, also a ragged one, which stays whole in
the first column.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from merestone.exchange.formats._table_header import SAMPLE_ROWS, header_of
from merestone.exchange.formats.delimited import records_of, separator_of
from merestone.exchange.positions.cell_positions import CellPositions, reference_stated
from merestone.exchange.rows.text_encoding import detect_encoding_of
from merestone.terms import FieldRefused, FileRefused

_BLOCK_BYTES: Final = 1 << 24
_PIECE: Final = 1 << 22


class TextPositions(CellPositions):
    """The rows of one file of text as batches of text columns, and the positions of such batches.

    Parameters
    ----------
    source
        Comma, semicolon, tab or `|` between its columns; in any encoding that an import finds.
    crs
        What the coordinates are in, where the rows do not say.

    Raises
    ------
    FieldRefused
        No column holds positions.
    FileRefused
        The file cannot be read, or a quotation mark is not closed.
    """

    def __init__(self, source: Path, crs: str | None = None) -> None:
        self.source = source
        self._encoding = detect_encoding_of(source)
        first = list(islice(records_of(source, self._encoding), SAMPLE_ROWS + 30))
        if not first:
            raise FileRefused(source, "is empty", "give a header line with lon and lat, then one position a line")
        try:
            self._header = header_of(first, source)
        except FileRefused as refused:
            if "names no column with places" not in str(refused):
                raise
            remedy = "name the columns lon and lat, or give points in a column named geometry"
            raise FieldRefused("columns", list(first[0].cells), "hold no position", remedy) from refused
        reference = reference_stated(crs, source)
        super().__init__(self._header.names, self._header.places, reference, is_null_uneven=True)
        self._is_first_line_header = self._header.first == 1 and first[0].line == 1
        self.notes = [*self._header.notes]
        if self._header.text_of_all:
            self.take_title(self._header.text_of_all)
        if self._encoding.note is not None:
            self.notes.append(self._encoding.note)
        if crs is not None:
            self.notes.append(f"the coordinates are in {crs} and were brought to WGS 84")

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, in batches of at most so many; all columns are text. A file of a header alone gives one of none.

        A ragged row stands whole in the first column, and null in the others.
        """
        done = 0
        for batch in self._batches(rows):
            yield batch
            done += batch.num_rows
        if not done:
            yield pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in self.names], names=self.names)

    def _batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        done = 0
        if self._may_be_plain():
            try:
                for batch in self._plain_batches(rows):
                    yield batch
                    done += batch.num_rows
            except pa.ArrowInvalid:  # a ragged row: the rest is read record by record
                pass
            else:
                return
        width, separator = len(self.names), separator_of(self.source, self._encoding)
        records = islice(records_of(self.source, self._encoding), self._header.first + done, None)
        while chunk := list(islice(records, rows)):
            cells = [_as_wide(record.cells, width, separator) for record in chunk]
            columns = [pa.array(list(column), pa.string()) for column in zip(*cells, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, names=self.names)

    def _may_be_plain(self) -> bool:
        """Whether Arrow's reader cannot go wrong: UTF-8, the header first, and quotation marks about whole cells only.

        A line that the check cannot vouch for sends the whole file to the reader of records.
        """
        if not self._is_first_line_header or self._encoding.name not in ("utf-8", "utf-8-sig"):
            return False
        separator = separator_of(self.source, self._encoding).encode()
        with self.source.open("rb") as file:
            header = file.readline()
            # The header's own marks are passed over with it; but its record must end where its line does.
            if header.count(b'"') % 2 or b"\x00" in header or b"\r" in header.rstrip(b"\r\n"):
                return False
            while piece := file.read(_PIECE):
                if not are_cells_plain(piece + file.readline(), separator):
                    return False
        return True

    def _plain_batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        reader = pa_csv.open_csv(
            self.source,
            read_options=pa_csv.ReadOptions(
                block_size=_BLOCK_BYTES, column_names=self.names, skip_rows=1, use_threads=True
            ),
            parse_options=pa_csv.ParseOptions(delimiter=separator_of(self.source, self._encoding), quote_char='"'),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self.names, pa.string()),
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            for start in range(0, batch.num_rows, rows):
                yield batch.slice(start, rows)


_QUOTE, _LINE_FEED, _RETURN = ord('"'), ord("\n"), ord("\r")


def are_cells_plain(lines: bytes, separator: bytes) -> bool:
    r"""Whether each quotation mark in whole lines opens or closes a cell of one line with no other mark in it.

    Then every reader of such files takes the same cells from them.

    >>> are_cells_plain(b'1,"a, b"\n', b","), are_cells_plain(b'1,a "b"\n', b",")
    (True, False)
    """
    if b"\x00" in lines:
        return False
    if b'"' not in lines:
        return True
    text = np.frombuffer(lines, np.uint8)
    marks = np.flatnonzero(text == _QUOTE)
    if len(marks) % 2:
        return False
    opens, closes = marks[::2], marks[1::2]
    ends = np.flatnonzero((text == _LINE_FEED) | (text == _RETURN))
    if (np.searchsorted(ends, opens) != np.searchsorted(ends, closes)).any():
        return False
    apart = (_LINE_FEED, _RETURN, separator[0])
    is_begun = (opens == 0) | np.isin(text[opens - 1], apart)
    after = closes + 1
    is_ended = (after == len(text)) | np.isin(text[np.minimum(after, len(text) - 1)], apart)
    return bool(is_begun.all() and is_ended.all())


def _as_wide(cells: Sequence[str], width: int, separator: str) -> Sequence[str | None]:
    """The cells of a row; empty ones at the end, which spreadsheets add, do not count."""
    if len(cells) == width or (len(cells) > width and not any(cells[width:])):
        return cells[:width]
    return [separator.join(cells), *[None] * (width - 1)]
