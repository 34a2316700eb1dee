"""Lines and areas to be screened: from any format known here, GPX and GeoParquet, and back into a file with answers.

A row that cannot be read stays in its place without a geometry, and is then answered as unknown with its reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from merestone.exchange.batches import PREFIX
from merestone.exchange.formats import Feature, format_for_writing, read
from merestone.exchange.formats._reference import ToLonLat, reference_of
from merestone.exchange.gpx import read_gpx_file
from merestone.exchange.measures import accuracy_measures, worst_m
from merestone.exchange.publish import write_whole
from merestone.exchange.row import geometry_from_wkb, plain
from merestone.screening.interruption import hang_together
from merestone.terms import FileRefused

Floats = NDArray[np.float64]

PARQUET: Final = (".parquet", ".geoparquet")
NAME_COLUMNS: Final = ("name", "id", "osm_id", "fid")
"""Columns that name a row, in the order in which they are looked for; a row without is called by its number."""


@dataclass
class Shapes:
    """The rows of a file, in order."""

    geometries: list[Any] = field(default_factory=list)
    """Longitude and latitude on WGS 84; None where a row has none that can be read."""
    names: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    times: list[Any] = field(default_factory=list)
    """For each row None, or, for what was recorded, one UTC time for each coordinate (not a time where it has none)."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why a row has no geometry."""
    notes: list[str] = field(default_factory=list)
    shift_m: float = 0.0
    """Accuracy of the transformation to WGS 84: 0 if none was needed, NaN if nobody states it."""
    row_accuracy_m: dict[int, float] = field(default_factory=dict)
    """What single rows state of their accuracy outside their columns (`Row.accuracy_m`)."""
    row_shift_m: dict[int, float] = field(default_factory=dict)
    """What the transformation of a single row adds (`Row.shift_m`)."""

    def __len__(self) -> int:
        return len(self.geometries)

    def add(self, geometry: Any, attributes: Mapping[str, Any], fault: str | None = None, times: Any = None) -> None:
        """Take one row."""
        if fault is not None:
            self.faults[len(self)] = fault
        by_lower = {name.lower(): value for name, value in attributes.items()}
        told = next((str(by_lower[n]) for n in NAME_COLUMNS if by_lower.get(n) not in (None, "")), None)
        self.names.append(told or f"row {len(self) + 1}")
        self.geometries.append(geometry)
        self.attributes.append(dict(attributes))
        if times is None and geometry is not None and geometry.geom_type == "MultiLineString":
            # Segments of a recording that another format holds without its times; the parts of a network hang together.
            times = None if hang_together(geometry) else np.full(shapely.get_num_coordinates(geometry), "NaT", "M8[ms]")
        self.times.append(times)

    def accuracy_m(self, stated_m: float | None) -> Floats:
        """(n,) the worse of each row's own accuracy and the one given; widened by what transformations add.

        NaN where neither is stated, or a row's own cannot be read.
        """
        out = np.full(len(self), np.nan)
        for i, attributes in enumerate(self.attributes):
            own = [m for m in accuracy_measures(attributes) if not m.column.startswith(PREFIX)]
            stated = (stated_m, self.row_accuracy_m.get(i), worst_m(own, attributes))
            known = [metres for metres in stated if metres is not None]
            out[i] = np.max(known, initial=0.0) if known else np.nan  # a NaN among them stays one
            out[i] += self.row_shift_m.get(i, 0.0)
        return out + self.shift_m

    def put_aside(self, path: Path, *, is_area: bool, words: str) -> None:
        """Rows that are areas, or that are not, lose their geometry and get a reason.

        Raises
        ------
        FileRefused
            Nothing would be left.
        """
        given = np.array(self.geometries, dtype=object)
        has = ~shapely.is_missing(given)
        chosen = np.flatnonzero(has & ((shapely.get_dimensions(given) == 2) == is_area))
        if len(chosen) and len(chosen) == has.sum():
            raise FileRefused(path, f"every row of it {words}", "check that this is the file you meant")
        for i in chosen:
            self.geometries[i] = None
            self.faults[int(i)] = words


def read_shapes(path: Path, *, layer: str | None = None) -> Shapes:
    """Every row of a file: GPX, GeoParquet, or any format of `exchange.formats`.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read, or it has no row.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    out = _gpx(path) if suffix == ".gpx" else _parquet(path) if suffix in PARQUET else _rows(path, layer)
    if not len(out):
        raise FileRefused(path, "holds no row", "give a file with at least one")
    return out


def write_shapes(
    path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str], overwrite: bool = False
) -> None:
    """Write answers as GeoParquet, or in the format that the ending names; the file appears when it is whole.

    Raises
    ------
    FileRefused
        A file stands there, or a register (which is never replaced), or the ending names no format.
    """
    writer: Any = _GeoParquet() if path.suffix.lower() in PARQUET else format_for_writing(path)
    write_whole(writer, path, features, layer=layer, about=about, overwrite=overwrite)


def _gpx(path: Path) -> Shapes:
    out = Shapes()
    unreadable = 0
    found = read_gpx_file(path)
    out.notes += found.notes
    for way in found.ways:
        out.add(way.geometry, {"name": way.name, "what": way.what}, times=way.times)
        unreadable += way.unreadable_times
    if unreadable:
        out.notes.append(f"Times that could not be read: {unreadable:,}.")
    return out


def _rows(path: Path, layer: str | None) -> Shapes:
    out = Shapes()
    reading = read(path, layer=layer)
    for row in reading:
        if row.accuracy_m is not None:
            out.row_accuracy_m[len(out)] = row.accuracy_m
        if row.shift_m != 0.0:
            out.row_shift_m[len(out)] = row.shift_m
        out.add(row.geometry, row.attributes, row.fault.words if row.fault else None, row.times)
    out.shift_m = reading.shift_m
    out.notes += reading.notes
    return out


def _parquet(path: Path) -> Shapes:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileRefused(path, f"is no readable Parquet file ({error})", "write it again") from None
    geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    column = geo.get("primary_column", "geometry")
    told = geo.get("columns", {}).get(column, {})
    if column not in table.schema.names:
        raise FileRefused(path, f"has no column {column!r} of geometries", "write it as GeoParquet")
    wkbs: Any = table.column(column)
    if isinstance(wkbs.type, pa.BaseExtensionType):  # as it is read where GeoArrow's types are registered
        storage: Any = wkbs.type.storage_type
        wkbs = pa.chunked_array([chunk.storage for chunk in wkbs.chunks], storage)
    if not (pa.types.is_binary(wkbs.type) or pa.types.is_large_binary(wkbs.type)):
        raise FileRefused(path, f"its geometries are {wkbs.type}, not WKB", "write it with geometry encoding WKB")
    crs = told.get("crs", "OGC:CRS84")  # GeoParquet 1.1: longitude and latitude on WGS 84 if nothing is said
    stated = json.dumps(crs) if isinstance(crs, dict) else crs
    to_lon_lat = ToLonLat(reference_of(stated, None, path=path))
    parsed = [geometry_from_wkb(wkb) for wkb in wkbs.to_pylist()]
    moved = to_lon_lat([geometry for geometry, _ in parsed])
    names = [
        name for name in table.schema.names if name != column and not pa.types.is_nested(table.schema.field(name).type)
    ]
    columns = [table.column(name).to_pylist() for name in names]
    out = Shapes(shift_m=to_lon_lat.shift_m)
    for i, (_, fault) in enumerate(parsed):
        attributes = {name: plain(values[i]) for name, values in zip(names, columns, strict=True)}
        out.add(moved[i], attributes, fault.words if fault else None)
    out.shift_m = to_lon_lat.shift_m
    return out


class _GeoParquet:
    """Writes GeoParquet 1.1, WKB in longitude and latitude."""

    name = "GeoParquet"

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One table; columns are those of all features."""
        names = list(dict.fromkeys(name for feature in features for name in feature.attributes))
        arrays: list[Any] = [_array([feature.attributes.get(name) for feature in features]) for name in names]
        arrays.append(
            pa.array([None if f.geometry is None else shapely.to_wkb(f.geometry) for f in features], pa.binary())
        )
        kinds = sorted({f.geometry.geom_type for f in features if f.geometry is not None})
        geo = {
            "version": "1.1.0",
            "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "geometry_types": kinds}},
        }
        metadata = {"geo": json.dumps(geo), "title": layer, **about}
        table = pa.Table.from_arrays(arrays, names=[*names, "geometry"])
        pq.write_table(table.replace_schema_metadata(metadata), path)


def _array(values: Sequence[Any]) -> Any:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or len(kinds) == 1:
        if kinds & {int, float} and kinds == {int, float}:
            return pa.array([None if v is None else float(v) for v in values])
        if not kinds & {date, datetime}:
            return pa.array(list(values))
    return pa.array([None if value is None else str(value) for value in values], pa.string())
