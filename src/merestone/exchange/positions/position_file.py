"""A file of positions, whatever its format: batches with all its columns, and where each row lies.

Parquet, Arrow and tables of text are streamed. Of every other format (GPX, GeoJSON, KML, workbooks, GeoPackage ...) all
rows are taken before the first is screened, because only then is known which columns there are.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from merestone.exchange.formats import Feature, format_of, read
from merestone.exchange.formats._unpacked import unpacked
from merestone.exchange.formats.columns import column_of, columns_of
from merestone.exchange.places.arrow_positions import PositionReader, Positions, not_a_point
from merestone.exchange.places.geometry_column import geometry_columns, geoparquet_metadata, with_native_types
from merestone.exchange.positions.position_reader import reader_for
from merestone.exchange.positions.stated_systems import in_stated_systems, systems_of
from merestone.exchange.rows.row import Row
from merestone.exchange.rows.shift_notes import shift_notes
from merestone.terms import FileRefused

if TYPE_CHECKING:
    from merestone.exchange.formats._sheets import SheetFormat
    from merestone.exchange.positions.cell_positions import CellPositions, PlaceReading

Batches = Iterator[tuple[pa.RecordBatch, Positions]]

LON: Final = "position_lon_deg"
LAT: Final = "position_lat_deg"
"""Columns of the position as it was read, where the file has no two columns of degrees on WGS 84."""
_GZIP: Final = b"\x1f\x8b"
_ARROW: Final = b"ARROW1"
_TEXT: Final = (".csv", ".tsv", ".tab", ".txt")


@dataclass
class PositionFile:
    """The rows of a file, in its order."""

    batches: Batches
    total: int | None
    """How many rows there are, where that is known."""
    notes: Callable[[], list[str]]
    """What was done to the coordinates, in words for a person; complete when all batches were read."""
    metadata: dict[bytes, bytes] | None = None
    """What the file says of itself, for a Parquet file made of it."""
    kept_alive: list[Any] = field(default_factory=list)
    """What must live as long as rows are read, such as an unpacked archive."""


def open_positions(source: Path, crs: str | None, layer: str | None, rows: int) -> PositionFile:
    """The positions of a file of any format known here, in batches of at most so many rows.

    Raises
    ------
    FileRefused, FieldRefused
        The file as a whole cannot be read, also while batches are; no column of it holds positions.
    """
    if not source.exists():
        raise FileRefused(source, "does not exist", "check the name")
    head = _head_of(source)
    suffix = source.suffix.lower()
    if head.startswith(b"PAR1") or suffix in (".parquet", ".geoparquet"):
        return _parquet(source, crs, rows)
    if head.startswith(_ARROW) or suffix in (".arrow", ".arrows", ".feather", ".ipc"):
        return _arrow(source, crs)
    if head.startswith(_GZIP):
        return _gzip(source, crs, layer, rows)
    known = None if suffix in _TEXT and head[:1] not in (b"{", b"[", b"<") else format_of(source)
    if known is None or known.name == "CSV":
        from merestone.exchange.positions.text_positions import TextPositions

        text = TextPositions(source, crs)
        return _streamed(source, text.batches(rows), None, text)
    from merestone.exchange.formats._sheets import SheetFormat

    if isinstance(known, SheetFormat):
        return _workbook(source, known, crs, layer, rows)
    return _rows(source, crs, layer, rows)


def _head_of(source: Path) -> bytes:
    if source.is_dir():
        return b""
    try:
        with source.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise FileRefused(source, error.strerror or "cannot be opened", "check your right to read it") from error


def _gzip(source: Path, crs: str | None, layer: str | None, rows: int) -> PositionFile:
    """What is in it, as if it lay there unpacked."""
    whole = unpacked(source, is_gzip=True)
    try:
        opened = open_positions(whole.data_sets[0].path, crs, layer, rows)
    except FileRefused as refused:
        raise whole.refusal(refused) from refused

    def batches() -> Batches:
        try:
            yield from opened.batches
        except FileRefused as refused:
            raise whole.refusal(refused) from refused

    return PositionFile(batches(), opened.total, opened.notes, opened.metadata, [whole, *opened.kept_alive])


def _parquet(source: Path, crs: str | None, rows: int) -> PositionFile:
    try:
        file = pq.ParquetFile(source)
        schemas = file.schema_arrow, file.schema
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last: a column's name that is not UTF-8
        raise FileRefused(source, f"is not a readable Parquet file ({error})", "write it again") from None
    schema = with_native_types(*schemas)
    columns = [column for column in geometry_columns(schema) if column.stated_by]
    metadata = dict(schema.metadata or {})
    if columns and b"geo" not in metadata:  # the types of the file, which no writer here can write, are told there
        metadata[b"geo"] = json.dumps(geoparquet_metadata(columns)).encode()
    batches = (pa.RecordBatch.from_arrays(b.columns, schema=schema) for b in file.iter_batches(batch_size=rows))
    opened = _streamed(source, _at_least_one(batches, schema), file.metadata.num_rows, None, crs)
    opened.metadata = metadata or None
    return opened


def _arrow(source: Path, crs: str | None) -> PositionFile:
    """Arrow's own files: Feather (version 2) and streams."""
    try:
        with source.open("rb") as file:
            is_file = file.read(len(_ARROW)) == _ARROW
        opened = pa.OSFile(str(source))  # not mapped: a file that is cut while it is mapped ends the process
        if is_file:
            whole = pa.ipc.open_file(opened)
            schema, batches = whole.schema, (whole.get_batch(i) for i in range(whole.num_record_batches))
        else:
            stream = pa.ipc.open_stream(opened)
            schema, batches = stream.schema, iter(stream)
        _ = schema.names  # one that is not UTF-8 is found here
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise FileRefused(source, f"is not a readable Arrow file ({error})", "write it again") from None
    return _streamed(source, _at_least_one(_sound(batches), schema), None, None, crs)


def _sound(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, looked through: Arrow believes what a file says of its own memory, and ends the process with it."""
    for batch in batches:
        batch.validate(full=True)
        yield batch


def _at_least_one(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches; one without rows where there is none, so that an empty file gives an empty answer."""
    is_any = False
    for batch in batches:
        is_any = True
        yield batch
    if not is_any:
        yield pa.RecordBatch.from_arrays([pa.array([], kind) for kind in schema.types], schema=schema)


def _streamed(
    source: Path,
    batches: Iterator[pa.RecordBatch],
    total: int | None,
    reader: "CellPositions | PositionReader | None",
    crs: str | None = None,
) -> PositionFile:
    at = PositionsOf(crs, reader)
    return PositionFile(_faults_told(source, at.all(batches)), total, at.notes)


@dataclass
class PositionsOf:
    """The positions of batches, by their schema; another schema is looked at anew."""

    crs: str | None
    reader: "CellPositions | PositionReader | None" = None
    schema: pa.Schema | None = None

    def all(self, batches: Iterator[pa.RecordBatch]) -> Batches:
        """Each batch with its positions, and with two columns more where its own do not show them as degrees."""
        is_fixed = self.reader is not None
        for batch in batches:
            if not is_fixed and (self.schema is None or not self.schema.equals(batch.schema, check_metadata=True)):
                self.reader, self.schema = reader_for(batch, self.crs), batch.schema
            assert self.reader is not None
            at = self.reader(batch)
            if isinstance(self.reader, PositionReader) and (systems := systems_of(batch)) is not None:
                at = in_stated_systems(at, systems, self.reader.references())
            is_shown = isinstance(self.reader, PositionReader) or self.reader.are_plain_degrees
            yield (batch if is_shown else with_position(batch, at)), at

    def notes(self) -> list[str]:
        """What was done to the coordinates."""
        return [] if self.reader is None else [*self.reader.notes, *self.reader.shift_notes()]


def with_position(batch: pa.RecordBatch, at: Positions) -> pa.RecordBatch:
    """The batch with the position as it was read: longitude and latitude on WGS 84."""
    arrays, fields = list(batch.columns), list(batch.schema)
    taken = set(batch.schema.names)
    for name, values in ((LON, at.lon_deg), (LAT, at.lat_deg)):
        called = name
        while called in taken:
            called += "_read"
        arrays.append(pa.array(values, pa.float64(), mask=~np.isfinite(values)))
        fields.append(pa.field(called, pa.float64()))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, metadata=batch.schema.metadata))


def _workbook(source: Path, known: "SheetFormat", crs: str | None, layer: str | None, rows: int) -> PositionFile:
    """One sheet, with all its columns."""
    from merestone.exchange.positions.cell_positions import CellPositions, reference_stated

    header, records, notes = known.table(source, layer)
    if header.places.are_corners:
        raise _several_places(source)
    reader = CellPositions(header.names, header.places, reference_stated(crs, source))
    reader.notes += notes
    if header.text_of_all:
        reader.take_title(header.text_of_all)
    cells = [record.cells for record in records]
    columns = [column_of([_plain(row[i]) for row in cells], name) for i, name in enumerate(header.names)]
    whole = pa.RecordBatch.from_arrays(columns, names=list(header.names))
    return _streamed(source, _slices(whole, rows), len(cells), reader)


def _several_places(source: Path) -> FileRefused:
    """A table of areas with their corners in columns gives no positions: the first corner alone would be screened."""
    why = "its columns state several places for each row, and no name says which is the row's own"
    return FileRefused(source, why, "rename the columns of the right one to lon and lat")


def _plain(cell: Any) -> Any:
    """A cell as a column holds it: days and moments as text, which `column_of` makes days again where all are."""
    return cell.isoformat() if isinstance(cell, (datetime, date, time)) else cell


def _slices(whole: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, max(whole.num_rows, 1), rows):
        yield whole.slice(start, rows)


def _rows(source: Path, crs: str | None, layer: str | None, rows: int) -> PositionFile:
    """Rows with geometries, by the format that reads them for an import."""
    reading = read(source, layer=layer, crs=crs)
    if reading.are_corners:
        raise _several_places(source)
    rows_read: list[Row] = list(reading)
    names = columns_of([Feature(None, row.attributes) for row in rows_read])
    whole = pa.RecordBatch.from_arrays(list(names.values()), names=list(names))
    at = _positions_of(rows_read, reading.shift_m)

    def batches() -> Batches:
        for start in range(0, max(len(rows_read), 1), rows):
            part = at[start : start + rows]
            here = Positions(
                np.array([position.lon_deg for position in part], np.float64),
                np.array([position.lat_deg for position in part], np.float64),
                np.array([position.shift_m for position in part], np.float64),
                np.array([position.is_reference_unusable for position in part], bool),
                np.array([position.accuracy_m for position in part], np.float64),
                {i: position.reason for i, position in enumerate(part) if position.reason},
            )
            piece = whole.slice(start, rows)
            if (systems := systems_of(piece)) is not None:
                here = in_stated_systems(here, systems, {row.crs for row in rows_read})
            yield with_position(piece, here), here

    return PositionFile(batches(), len(rows_read), lambda: [*reading.notes, *shift_notes([reading.shift_m])])


_UNUSABLE: Final = frozenset({"reference_system_unknown", "reference_system_refused"})


def _positions_of(rows: Sequence[Row], shift_m: float) -> "list[PlaceReading]":
    from merestone.exchange.positions.cell_positions import PlaceReading

    out = []
    for row in rows:
        point: Any = row.geometry
        if point is not None and point.geom_type == "MultiPoint" and len(point.geoms) == 1:
            point = point.geoms[0]
        if row.fault is not None:
            reason = f"{row.fault.message} (in {' '.join(row.raw.split())[:300]})"
            out.append(PlaceReading(reason=reason, is_reference_unusable=row.fault.code in _UNUSABLE))
        elif point is None:
            out.append(PlaceReading())
        elif point.geom_type != "Point" or point.is_empty:
            out.append(PlaceReading(reason="" if point.is_empty else not_a_point(point)))
        else:
            accuracy_m = np.nan if row.accuracy_m is None else row.accuracy_m
            out.append(PlaceReading(point.x, point.y, row.widened_m(shift_m), accuracy_m))
    return out


def _faults_told(source: Path, batches: Batches) -> Batches:
    """The batches; what goes wrong with reading them is told as the source's, and so never taken for the target's."""
    try:
        yield from batches
    except UnicodeDecodeError as error:
        why = f"is not in UTF-8 (byte 0x{error.object[error.start]:02x}: {error.reason})"
        raise FileRefused(source, why, "save it as UTF-8") from error
    except (pa.ArrowException, csv.Error, OSError) as error:
        raise FileRefused(source, f"cannot be read to its end ({error})", "write or copy it again") from error
