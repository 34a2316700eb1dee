"""GeoParquet 1.0, 1.1 and 2.0, and Parquet with its own GEOMETRY and GEOGRAPHY: one layer for each geometry column."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._table import Table
from merestone.exchange.formats._table_header import SAMPLE_ROWS, Record, header_of
from merestone.exchange.formats._zip import most_bytes
from merestone.exchange.formats.columns import columns_of
from merestone.exchange.places.arcs import told_of_arcs
from merestone.exchange.places.arrow_positions import LAT_NAMES, LON_NAMES, PositionReader
from merestone.exchange.places.columns import parts_of
from merestone.exchange.places.geometry_column import PLANAR, GeometryColumn, geometry_columns, with_native_types
from merestone.exchange.rows.arrow_column import decoded, geometries, is_place
from merestone.exchange.rows.arrow_value import attribute_values
from merestone.exchange.rows.cells import names_apart
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import ToLonLat, crs84, name_of, reference_of
from merestone.exchange.rows.row import Fault, Reading, Row, geometries_from_wkb
from merestone.terms import FieldRefused, FileRefused, number_of

CHUNK: Final = 4096
_READ_ROWS: Final = 256
"""Rows unpacked at a time, before it is looked how large they are: a text of a megabyte may stand in each of them."""
ROW_GROUP: Final = 65_536
_DAMAGED: Final = "the file is damaged or cut off; get it again from where it came"


class GeoParquet:
    """Reads by row groups, whatever the encoding of the geometries (WKB, GeoArrow); writes GeoParquet 1.1 with WKB."""

    name = "GeoParquet"
    suffixes = (".parquet", ".geoparquet")
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """By Parquet's first four bytes."""
        return head.startswith(b"PAR1")

    def layers(self, path: Path) -> tuple[str, ...]:
        """The geometry columns; one alone is called as the file is."""
        with _refusing(path):
            file = pq.ParquetFile(path)
            return tuple(_layers(path, geometry_columns(file.schema_arrow, file.schema)))

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; without a geometry column, points of its longitudes and latitudes."""
        with _refusing(path):
            file = pq.ParquetFile(path)
            schema = with_native_types(file.schema_arrow, file.schema)
            columns = geometry_columns(file.schema_arrow, file.schema)
        offered = _layers(path, columns)
        chosen = layer_of(path, layer, tuple(offered))
        is_paired = {*LON_NAMES, *LAT_NAMES} & {name.lower() for name in schema.names}
        if not columns and (not is_paired or parts_of(schema.names)[0]):
            return _read_as_text(path, file, self.name, chosen, crs)
        with _refusing(path):
            rows = _Rows(path, file, schema, columns, offered[chosen], crs)
        reading = Reading(
            rows.all(), format_name=self.name, layer=chosen, crs=rows.crs_name, total=file.metadata.num_rows
        )
        rows.reading = reading
        reading.notes += rows.notes
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One table; columns are those of all features."""
        columns = columns_of(features)
        names = names_apart(list(columns), frozenset({"geometry"}))
        wkbs = [None if f.geometry is None else shapely.to_wkb(f.geometry) for f in features]
        arrays: list[Any] = [*columns.values(), pa.array(wkbs, pa.binary())]
        kinds = sorted({f.geometry.geom_type for f in features if f.geometry is not None})
        geo = {
            "version": "1.1.0",
            "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "geometry_types": kinds}},
        }
        metadata = {"geo": json.dumps(geo), "title": layer, **about}
        table = pa.Table.from_arrays(arrays, names=[*(names[name] for name in columns), "geometry"])
        try:
            pq.write_table(table.replace_schema_metadata(metadata), path, row_group_size=ROW_GROUP)
        except pa.ArrowException as error:
            raise FileRefused(path, f"cannot be written: {error}", "try GeoJSON") from error


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Arrow's failures become ours, and what is wrong with a column is wrong with the file."""
    try:
        yield
    except FieldRefused as refused:
        raise FileRefused(path, f"{refused.field} {refused.value!r} {refused.why}", refused.remedy) from refused
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileRefused(path, f"reading stopped: {error}", _DAMAGED) from error


def _batches(path: Path, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """The rows in batches; a file that would grow beyond measure is refused, as archives are.

    Raises
    ------
    FileRefused
    """
    size_bytes = path.stat().st_size
    most, grown = most_bytes(size_bytes), 0
    groups = file.metadata
    stated = max((groups.row_group(at).total_byte_size for at in range(groups.num_row_groups)), default=0)
    if stated > most:
        raise _too_large(path, size_bytes, stated)
    waiting: list[pa.RecordBatch] = []
    for batch in file.iter_batches(batch_size=_READ_ROWS):
        grown += sum(decoded(column).nbytes for column in batch.columns)
        if grown > most:
            raise _too_large(path, size_bytes, grown)
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) + _READ_ROWS > CHUNK:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _too_large(path: Path, size_bytes: int, grown: int) -> FileRefused:
    why = (
        f"the file of {number_of(size_bytes, 'byte')} would grow to {number_of(grown, 'byte')} or more, which no "
        "geodata do"
    )
    return FileRefused(path, why, "leave out what is repeated in its rows, or give them as CSV")


def _read_as_text(path: Path, file: pq.ParquetFile, format_name: str, layer: str, crs: str | None) -> Reading:
    """A table whose places are texts (WKT, geoshape, MGRS ...), by the rules of tables of text."""
    names = file.schema_arrow.names

    def records() -> Iterator[Record]:
        number = 1
        with _refusing(path):
            for batch in _batches(path, file):
                columns = [attribute_values(batch.column(at)) for at in range(batch.num_columns)]
                for cells in zip(*columns, strict=True):
                    number += 1
                    text = json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False, default=str)
                    yield Record(cells, text, number)

    remaining = records()
    first = [Record(names, "\t".join(names), 1), *islice(remaining, SAMPLE_ROWS)]
    header = header_of(first, path)
    table = Table(path, header, crs=crs, format_name=format_name, layer=layer)
    return table.reading(chain(first[header.first :], remaining))


def _layers(path: Path, columns: Sequence[GeometryColumn]) -> dict[str, GeometryColumn | None]:
    """By name, the column that a layer's places are in; None: longitudes and latitudes."""
    stated = [column for column in columns if column.stated_by] or list(columns[:1])
    if len(stated) > 1:
        return {column.name: column for column in stated}
    return {path.stem: stated[0] if stated else None}


@dataclass
class _Rows:
    """The rows of one layer."""

    path: Path
    file: pq.ParquetFile
    schema: pa.Schema
    columns: Sequence[GeometryColumn]
    column: GeometryColumn | None
    given_crs: str | None

    def __post_init__(self) -> None:
        self.reading: Reading | None = None
        self.notes: list[str] = []
        self.positions: PositionReader | None = None
        places = {column.name for column in self.columns if is_place(self.schema.field(column.name).type)}
        self.hidden = {self.column.name} if self.column is not None else set()
        self.hidden |= _coverings(self.schema.metadata or {})
        self.beside = places - self.hidden
        """Other columns of geometries, kept as WKT in their own coordinates."""
        self.by_srid: dict[int, ToLonLat | None] = {}
        if self.column is None:
            self.positions = PositionReader(self.schema, crs=self.given_crs)
            self.reference = crs84()  # as the reader of positions gives them
        elif self.column.is_silent and self.given_crs is None and self._has_srids():
            self.reference = crs84()  # of rows with an SRID of their own: those without are refused one by one
        else:
            self.reference = reference_of(self.column.crs, self.given_crs, path=self.path)
        self.crs_name = name_of(self.reference)
        edges = PLANAR if self.column is None else self.column.edges
        self.to_lon_lat = ToLonLat(self.reference, edges)
        if edges != PLANAR:
            self.notes.append(f"edges are {edges}, not straight: followed by more corners, to within 0.1 m")

    def _has_srids(self) -> bool:
        assert self.column is not None
        for batch in self.file.iter_batches(batch_size=CHUNK, columns=[self.column.name]):
            srids = shapely.get_srid(geometries(batch.column(0), self.column.encoding))
            return bool((srids > 0).any())
        return False

    def all(self) -> Iterator[Row]:
        number = 0
        with _refusing(self.path):
            for batch in _batches(self.path, self.file):
                rows = self._of(batch, number)
                number += batch.num_rows
                yield from rows

    def _of(self, batch: pa.RecordBatch, before: int) -> list[Row]:
        names = [name for name in self.schema.names if name not in self.hidden]
        values = [self._values(batch, name) for name in names]
        places = self._places(batch)
        rows = []
        for place, (geometry, wkb, fault, moved_m) in enumerate(places):
            attributes = {name: column[place] for name, column in zip(names, values, strict=True)}
            number = before + place + 1
            row = Row(number, geometry, attributes, fault=fault, wkb=wkb, crs=self.crs_name, moved_m=moved_m)
            rows.append(told_of_arcs(row, self.to_lon_lat))
        return rows

    def _values(self, batch: pa.RecordBatch, name: str) -> Sequence[Any]:
        array: Any = batch.column(self.schema.get_field_index(name))
        if name in self.beside:
            encoding = next(column.encoding for column in self.columns if column.name == name)
            try:
                texts = shapely.to_wkt(geometries(array, encoding), rounding_precision=-1)
            except FieldRefused:
                return attribute_values(array)
            if not pa.types.is_string(decoded(array).type) and not pa.types.is_large_string(decoded(array).type):
                return list(texts)
        return attribute_values(array)

    def _places(self, batch: pa.RecordBatch) -> list[tuple[Any, bytes | None, Fault | None, float]]:
        if self.column is None:
            assert self.positions is not None
            at = self.positions(pa.RecordBatch.from_arrays(batch.columns, schema=self.schema))
            missing = np.isnan(at.lon_deg) & np.isnan(at.lat_deg)
            with np.errstate(invalid="ignore"):
                points = shapely.points(at.lon_deg, at.lat_deg)
            placed: Any = zip(points, missing, at.shift_m, strict=True)  # type: ignore[arg-type]
            return [(None if gone else point, None, None, float(shift_m)) for point, gone, shift_m in placed]
        array: Any = decoded(batch.column(self.schema.get_field_index(self.column.name)))
        wkbs, present, faults = _read(array, self.column.encoding)
        srids = shapely.get_srid(present)
        moved = np.array(self.to_lon_lat(list(present)), dtype=object)
        faults |= {place: Fault("unfollowed_edge", fault) for place, fault in self.to_lon_lat.faults.items()}
        if self.reading is not None:
            self.reading.shift_m = self.to_lon_lat.shift_m
        shifts_m = self.to_lon_lat.shifts_m
        for place in np.flatnonzero(~shapely.is_missing(present)).tolist():
            fault = self._own_reference(place, int(srids[place]), present, moved, shifts_m)
            if fault is not None:
                faults.setdefault(place, fault)
        return [
            (None if place in faults else moved[place], wkbs[place], faults.get(place), float(shifts_m[place]))
            for place in range(len(present))
        ]

    def _own_reference(self, place: int, srid: int, decoded: Any, moved: Any, shifts_m: Any) -> Fault | None:
        """Honour the SRID inside a geometry, or say why it cannot be honoured."""
        assert self.column is not None
        silent = self.column.is_silent and self.given_crs is None
        if srid <= 0:
            text = "neither the column nor this row says what the coordinates are in; say so with --crs"
            return Fault("no_reference_system", text) if silent else None
        if srid not in self.by_srid:
            try:
                known = reference_of(f"EPSG:{srid}", None, path=self.path)
                same = not silent and known.equals(self.reference, ignore_axis_order=True)
                self.by_srid[srid] = ToLonLat(known) if silent or same else None
            except FileRefused:
                self.by_srid[srid] = None
        way = self.by_srid[srid]
        if way is None:
            text = f"the geometry is stated to be in SRID {srid}, which is not known, or not {self.crs_name}"
            return Fault("reference_system_refused", text)
        if silent:
            moved[place] = way([decoded[place]])[0]
            shifts_m[place] = way.shifts_m[0]
        return None


def _read(array: Any, encoding: str) -> tuple[list[bytes | None], Any, dict[int, Fault]]:
    """The geometries of a column as they stand, as WKB too, and what is wrong with some."""
    faults: dict[int, Fault] = {}
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        wkbs = array.to_pylist()
        decoded = np.full(len(wkbs), None, dtype=object)
        for place, (geometry, fault) in enumerate(geometries_from_wkb(wkbs)):
            decoded[place] = None if fault else geometry
            if fault is not None:
                faults[place] = fault
        return wkbs, decoded, faults
    decoded = geometries(array, encoding)
    present = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)
    for gap in np.flatnonzero(present & shapely.is_missing(decoded)).tolist():
        faults[gap] = Fault("unreadable_geometry", "the geometry cannot be read")
    return list(shapely.to_wkb(decoded)), decoded, faults


def _coverings(metadata: Mapping[bytes, bytes]) -> set[str]:
    """Columns that only repeat the extent of a geometry (GeoParquet 1.1, ``covering``)."""
    texts = set()
    for column_metadata in json.loads(metadata.get(b"geo", b"{}")).get("columns", {}).values():
        covering = column_metadata.get("covering") if isinstance(column_metadata, Mapping) else None
        box = covering.get("bbox") if isinstance(covering, Mapping) else None
        paths = box.values() if isinstance(box, Mapping) else ()
        texts |= {str(path[0]) for path in paths if isinstance(path, list) and path}
    return texts
