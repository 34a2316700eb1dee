"""Positions in a table of text, streamed as record batches of text: the same columns and notations as an import reads.

A file of plain numbers without quotation marks is read by Arrow's own reader; whatever that cannot read is read record
by record, with the same answers. Each row of the file gives one row, also a ragged one, which stays whole in the first
column.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import shapely
from numpy.typing import NDArray

from merestone.exchange.arrow_column import decoded
from merestone.exchange.arrow_positions import Floats, Positions
from merestone.exchange.columns import Role
from merestone.exchange.formats._reference import ToLonLat, reference_of
from merestone.exchange.formats._table import SAMPLE_ROWS, contradiction, header_of, way_from
from merestone.exchange.formats.delimited import records_of, separator_of
from merestone.exchange.place_cells import WGS84, PlaceReader, plain_number
from merestone.exchange.row import Fault
from merestone.exchange.text_encoding import detect_encoding_of
from merestone.terms import FieldRefused, FileRefused

_BLOCK_BYTES: Final = 1 << 24
_PIECE: Final = 1 << 22


class TextPositions:
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
        self.names = list(self._header.names)
        reference = reference_of(None, crs or WGS84, path=source)
        self._reader = PlaceReader(self.names, self._header.places.sources, is_projected=reference.is_projected)
        self._ways: dict[str, ToLonLat | None] = {"": ToLonLat(reference)}
        self._reference = reference
        self._is_first_line_header = self._header.first == 1 and first[0].line == 1
        self.notes = [*self._header.notes]
        if self._encoding.note is not None:
            self.notes.append(self._encoding.note)
        if crs is not None:
            self.notes.append(f"the coordinates are in {crs} and were brought to WGS 84")

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Every row, in batches of at most so many; all columns are text."""
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
            cells = [
                record.cells if len(record.cells) == width else [separator.join(record.cells), *[None] * (width - 1)]
                for record in chunk
            ]
            columns = [pa.array(list(column), pa.string()) for column in zip(*cells, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, names=self.names)

    def _may_be_plain(self) -> bool:
        """Whether Arrow's reader cannot go wrong: UTF-8, the header first, and no quotation mark anywhere."""
        if not self._is_first_line_header or self._encoding.name not in ("utf-8", "utf-8-sig"):
            return False
        with self.source.open("rb") as file:
            while piece := file.read(_PIECE):
                if b'"' in piece or b"\x00" in piece:
                    return False
        return True

    def _plain_batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        reader = pa_csv.open_csv(
            self.source,
            read_options=pa_csv.ReadOptions(
                block_size=_BLOCK_BYTES, column_names=self.names, skip_rows=1, use_threads=True
            ),
            parse_options=pa_csv.ParseOptions(delimiter=separator_of(self.source, self._encoding), quote_char=False),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self.names, pa.string()), strings_can_be_null=False
            ),
        )
        for batch in reader:
            for start in range(0, batch.num_rows, rows):
                yield batch.slice(start, rows)

    def __call__(self, batch: pa.RecordBatch) -> Positions:
        """The positions of one batch."""
        size = batch.num_rows
        lon, lat, shift_m = np.full(size, np.nan), np.full(size, np.nan), np.zeros(size)
        accuracy_m, unusable = np.full(size, np.nan), np.zeros(size, bool)
        rest = np.arange(size)
        sources = self._reader.sources
        if len(sources) == 1 and sources[0].role in (Role.DEGREES, Role.PLANE):
            x, y = (_plain_numbers(batch.column(i)) for i in sources[0].columns)
            is_plain = np.isfinite(x) & np.isfinite(y)
            lon[is_plain], lat[is_plain], shift_m[is_plain] = self._moved(x[is_plain], y[is_plain])
            rest = np.flatnonzero(~is_plain)
        if len(rest):
            texts = {i: batch.column(i).take(pa.array(rest)).to_pylist() for s in sources for i in s.all_columns}
            for place, at in enumerate(rest.tolist()):
                cells = [""] * len(self.names)
                for column, values in texts.items():
                    cells[column] = values[place] or ""
                found = self._of_row(cells)
                if found is None:
                    continue
                unusable[at] = found[0] is None
                if found[0] is not None:
                    lon[at], lat[at] = found[0]
                    shift_m[at], accuracy_m[at] = found[1], found[2]
        return Positions(lon, lat, shift_m, unusable, accuracy_m)

    def _of_row(self, cells: Sequence[str]) -> tuple[tuple[float, float] | None, float, float] | None:
        """Longitude and latitude, the shift and the accuracy; no position if what the row states is unusable."""
        stated = self._reader(cells)
        moved: list[Any] = []
        for place in stated:
            if place.geometry is None or place.geometry.geom_type != "Point" or place.geometry.is_empty:
                moved.append(place.fault or Fault("not_a_point", "a position is a point"))
                continue
            way = self._way(place.crs)
            if way is None:
                return None, 0.0, 0.0
            moved.append(way([place.geometry])[0])
        chosen = next((i for i, found in enumerate(moved) if not isinstance(found, Fault)), None)
        if chosen is None:
            return None
        if len(moved) > 1 and contradiction(self.names, stated, moved, chosen) is not None:
            return None, 0.0, 0.0
        place = stated[chosen]
        way = self._way(place.crs)
        shift_m = place.resolution_m + (way.shift_m if way is not None else 0.0)
        accuracy_m = np.nan if place.accuracy_m is None else place.accuracy_m
        return (shapely.get_x(moved[chosen]), shapely.get_y(moved[chosen])), shift_m, accuracy_m

    def _way(self, crs: str | None) -> ToLonLat | None:
        key = crs or ""
        if key not in self._ways:
            self._ways[key] = way_from(key)
        return self._ways[key]

    def _moved(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        way = self._ways[""]
        assert way is not None
        return way.positions(x, y)

    def shift_notes(self) -> list[str]:
        """What the transformations did to the accuracy; known when all batches were read."""
        worst = [way.shift_m for way in self._ways.values() if way is not None]
        if any(np.isnan(worst)):
            return ["nobody states how accurate the transformation is; so the accuracy is unstated"]
        return [f"the transformation adds {max(worst):g} m to the accuracy"] if max(worst) > 0 else []


def _plain_numbers(column: Any) -> NDArray[np.float64]:
    """(n,) the numbers that programs write; NaN where there is none."""
    column = decoded(column)
    try:
        filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
        return np.asarray(filled.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except pa.ArrowInvalid:
        return np.array([_number(text) for text in column.to_pylist()], np.float64)


def _number(text: str | None) -> float:
    try:
        return plain_number(text) if text else np.nan
    except ValueError:
        return np.nan
