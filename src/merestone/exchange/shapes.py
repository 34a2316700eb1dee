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

from merestone.exchange.batches import ACCURACY_NAMES
from merestone.exchange.formats import Feature, format_for_writing, read
from merestone.exchange.formats._reference import ToLonLat, reference_of
from merestone.exchange.gpx import read_gpx
from merestone.exchange.publish import write_whole
from merestone.exchange.row import geometry_from_wkb, plain
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
    """For each row None, or one UTC time for each coordinate."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why a row has no geometry."""
    notes: list[str] = field(default_factory=list)
    shift_m: float = 0.0
    """Accuracy of the transformation to WGS 84: 0 if none was needed, NaN if nobody states it."""

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
        self.times.append(times)

    def accuracy_m(self, stated_m: float | None) -> Floats:
        """(n,) each row's own accuracy where it has one, else the one given; widened by the transformation's."""
        out = np.full(len(self), np.nan if stated_m is None else stated_m)
        for i, attributes in enumerate(self.attributes):
            own = next((v for k, v in attributes.items() if k.lower() in ACCURACY_NAMES and v is not None), None)
            if own is not None:
                try:
                    value = float(own)
                except (TypeError, ValueError):
                    value = np.nan
                out[i] = value if np.isfinite(value) and value >= 0.0 else np.nan
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
    for way in read_gpx(path):
        out.add(way.geometry, {"name": way.name, "what": way.what}, times=way.times)
        unreadable += way.unreadable_times
    if unreadable:
        out.notes.append(f"Times that could not be read: {unreadable:,}.")
    return out


def _rows(path: Path, layer: str | None) -> Shapes:
    out = Shapes()
    reading = read(path, layer=layer)
    for row in reading:
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
