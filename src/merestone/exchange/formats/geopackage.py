"""GeoPackage (OGC 12-128), with several layers: read row by row through SQLite, written through GDAL."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import shapely

from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._ogr_write import write_table
from merestone.exchange.formats._parent_columns import PARENT_COLUMNS
from merestone.exchange.formats._sqlite import first_value, quoted, reading_sqlite, refuse_damaged
from merestone.exchange.places.arcs import told_of_arcs
from merestone.exchange.places.geometry_column import known_reference
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import LON_LAT, ToLonLat, crs84, name_of, reference_of
from merestone.exchange.rows.row import (
    Fault,
    Reading,
    Row,
    geometries_from_wkb,
    geometry_from_wkb,
    is_plain_wkb,
    plain,
    whole_number,
)
from merestone.terms import FieldRefused, FileRefused, number_of

CHUNK: Final = 4096
_ENVELOPES: Final = (0, 32, 48, 48, 64)
"""Bytes of the envelope by its code (OGC 12-128r19, 2.1.3.1.1, GeoPackageBinary)."""
_HEADER: Final = 8
"""Bytes of a geometry's header without its envelope."""
_NUMBERS: Final = ("INT", "TINYINT", "SMALLINT", "MEDIUMINT", "DOUBLE", "FLOAT", "REAL")
"""How the declared types of numbers begin."""
_FOREIGN: Final = Fault("unreadable_geometry", "the geometry is of an extension of GeoPackage that is not known here")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?")


class GeoPackage:
    """Reads any feature layer; writes one layer, with what the file says of itself in its metadata tables."""

    name = "GeoPackage"
    suffixes = (".gpkg",)
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """SQLite's first bytes with GeoPackage's application id; older files have only the name."""
        if not head.startswith(b"SQLite format 3\x00"):
            return False
        return head[68:72] in (b"GPKG", b"GP10", b"GP11") or path.suffix.lower() == ".gpkg"

    def layers(self, path: Path) -> tuple[str, ...]:
        """The feature layers, views too; attribute tables are left out."""
        with reading_sqlite(path) as connection:
            return tuple(_layers(connection, path))

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one layer, in the order of their fid; values as they are, whatever the columns are declared."""
        with reading_sqlite(path) as connection:
            refuse_damaged(connection, path)
            offered = _layers(connection, path)
            chosen = offered[layer_of(path, layer, tuple(offered))]
            stated = _stated(connection, chosen.srs_id)
            is_plain = crs is None and stated in LON_LAT
            reference = None if is_plain else reference_of(stated, crs, path=path)
            total = int(first_value(connection, f"SELECT count(*) FROM {quoted(chosen.table)}"))  # noqa: S608 (quoted)
            announced = _announced(connection, chosen.table)
            columns = _columns_of_tables(connection, chosen)
            related = _related_by_extension(connection, chosen.table)
        rows = _Rows(path, chosen, reference, str(stated) if reference is None else name_of(reference))
        reading = Reading(rows.all(), format_name=self.name, layer=chosen.name, crs=rows.crs, total=total)
        rows.reading = reading
        if announced is not None and announced != total:
            reading.notes.append(
                f"gpkg_ogr_contents counts {number_of(announced, 'feature')}, the table has {total}: all were read"
            )
        if len(columns) > 1:
            from merestone.exchange.formats._related import relate  # here: most files have no tables beside a layer

            relate(reading, path, columns)
        if related:
            reading.notes.append(
                f"{', '.join(related)} is related to this layer by a table of pairs (gpkgext_relations), which is not "
                "followed: if places of these records are in it, import it too, by --layer"
            )
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One layer with a spatial index."""
        title = {"IDENTIFIER": about.get("title", layer), "DESCRIPTION": "; ".join(about.values())}
        # Version 1.2 and milliseconds: what clients of some years' age read without a warning.
        write_table(
            path, features, driver="GPKG", layer=layer, metadata=about, dataset_options={"VERSION": "1.2"},
            layer_options=title | {"DATETIME_PRECISION": "MILLISECOND"},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    table: str
    column: str
    srs_id: int


def _layers(connection: sqlite3.Connection, path: Path) -> dict[str, _Layer]:
    tables = {str(row[0]).lower() for row in connection.execute("SELECT name FROM sqlite_master")}
    if not {"gpkg_contents", "gpkg_geometry_columns"} <= tables:
        raise FileRefused(path, "it has no table gpkg_geometry_columns", "check that this is the file you meant")
    geometry_columns = connection.execute(
        "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c JOIN gpkg_geometry_columns g "
        "ON lower(c.table_name) = lower(g.table_name) WHERE c.data_type = 'features' ORDER BY c.rowid, g.rowid"
    ).fetchall()
    twice = {table for table, count in Counter(table for table, *_ in geometry_columns).items() if count > 1}
    layers = {}
    for table, column, srs_id in geometry_columns:
        if not isinstance(srs_id, int):
            why = f"gpkg_geometry_columns says of {table} that its srs_id is {srs_id!r:.40}, which is not a number"
            raise FileRefused(path, why, "correct it there, or write the file again")
        name = f"{table}.{column}" if table in twice else str(table)
        layers[name] = _Layer(name, str(table), str(column), srs_id)
    return layers


def _related_by_extension(connection: sqlite3.Connection, table: str) -> list[str]:
    """Tables that the extension for related tables (OGC 18-000) relates to this one; they are named, not joined."""
    try:
        pairs = connection.execute("SELECT base_table_name, related_table_name FROM gpkgext_relations").fetchall()
    except sqlite3.Error:
        return []
    names = {other for pair in pairs for other in pair if table in pair and other != table}
    return sorted(map(str, names))


def _columns_of_tables(connection: sqlite3.Connection, chosen: _Layer) -> dict[str, list[str]]:
    """By name, the columns of the layer and of the tables beside it that are no layers or name rows of another."""
    query = "SELECT table_name, data_type FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
    columns = {chosen.name: _column_names(connection, chosen.table)}
    for table, data_type in connection.execute(query).fetchall():
        if str(table).lower() == chosen.table.lower():
            continue
        names = _column_names(connection, str(table))
        is_related = not PARENT_COLUMNS.isdisjoint(name.lower() for name in names)
        has_rows = first_value(connection, f"SELECT 1 FROM {quoted(str(table))} LIMIT 1") is not None  # noqa: S608 (quoted)
        if names and has_rows and (is_related or data_type == "attributes"):
            columns[str(table)] = names
    return columns


def _column_names(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]


def _stated(connection: sqlite3.Connection, srs_id: int) -> str | None:
    """The reference system of this number as PROJ reads it: the authority's code, or else its definition as text."""
    if srs_id in (-1, 0):  # undefined, OGC 12-128r19, 1.1.2.1.2
        return None
    columns = {str(row[1]).lower() for row in connection.execute("PRAGMA table_info(gpkg_spatial_ref_sys)")}
    texts = [name for name in ("definition_12_063", "definition") if name in columns]
    columns_read = ", ".join(["organization", "organization_coordsys_id", *texts])
    query = f"SELECT {columns_read} FROM gpkg_spatial_ref_sys WHERE srs_id = ?"  # noqa: S608 (names of ours)
    row = connection.execute(query, (srs_id,)).fetchone()
    if row is None:
        return f"EPSG:{srs_id}"
    organization, code, *definitions = row
    if str(organization).upper() in ("EPSG", "ESRI", "OGC"):
        return f"{str(organization).upper()}:{code}"
    return next((str(text) for text in definitions if text and str(text).lower() != "undefined"), None)


def _announced(connection: sqlite3.Connection, table: str) -> int | None:
    """What GDAL's own table says of the number of features; programs that do not know it leave it as it was."""
    if first_value(connection, "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_ogr_contents'") is None:
        return None
    question = "SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?)"
    count = first_value(connection, question, table)
    return int(count) if isinstance(count, int) else None


@dataclass
class _Rows:
    """The rows of one layer."""

    path: Path
    layer: _Layer
    reference: Any
    """None: longitude and latitude on WGS 84."""
    crs: str
    reading: Reading | None = None
    odd: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By column, the first values that are not of its declared type, and how they stand there."""
    odd_counts: Counter[str] = field(default_factory=Counter)
    start_of: dict[bytes, int] = field(default_factory=dict)
    """By a geometry's header without its envelope, one in which nothing is wrong: where its WKB starts."""
    agrees: dict[int, bool] = field(default_factory=dict)
    """Whether a number in a geometry's header is the reference system of its column by another number."""

    def __post_init__(self) -> None:
        self.to_lon_lat = ToLonLat(self.reference)

    def all(self) -> Iterator[Row]:
        unreadable: list[str] = []
        with reading_sqlite(self.path, unreadable) as connection:
            self._look_at(connection)
            cursor = connection.execute(self._query(connection))
            number = 0
            while chunk := cursor.fetchmany(CHUNK):
                yield from self._of(chunk, number)
                number += len(chunk)
        self._say(unreadable)

    def _look_at(self, connection: sqlite3.Connection) -> None:
        numbers = [row[0] for row in connection.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")]
        self.systems = {number: _stated(connection, number) for number in numbers}
        described = connection.execute(f"PRAGMA table_info({quoted(self.layer.table)})").fetchall()
        self.types = {str(row[1]): str(row[2]).upper() for row in described}
        keys = [str(row[1]) for row in described if row[5]]
        self.key = keys[0] if len(keys) == 1 and self.types[keys[0]] in ("INTEGER", "INT", "MEDIUMINT") else None
        self.geometry = next((n for n in self.types if n.lower() == self.layer.column.lower()), None)
        if self.geometry is None:
            why = f"its layer {self.layer.name!r} has no column {self.layer.column!r}"
            raise FileRefused(self.path, why, "get it again from where it came")
        self.names = [name for name in self.types if name not in (self.key, self.geometry)]
        self.json = set()
        if first_value(connection, "SELECT 1 FROM sqlite_master WHERE name = 'gpkg_data_columns'") is not None:
            query = "SELECT column_name FROM gpkg_data_columns WHERE lower(table_name) = lower(?) AND mime_type = ?"
            self.json = {str(row[0]) for row in connection.execute(query, (self.layer.table, "application/json"))}

    def _query(self, connection: sqlite3.Connection) -> str:
        columns = ", ".join(quoted(name) for name in [str(self.geometry), *self.names])
        order = "" if self.key is None else f" ORDER BY {quoted(self.key)}"
        return f"SELECT {columns} FROM {quoted(self.layer.table)}{order}"  # noqa: S608 (quoted)

    def _of(self, chunk: Sequence[Sequence[Any]], before: int) -> list[Row]:
        blobs, *columns = zip(*chunk, strict=True)
        start_of = self.start_of
        decoded = [
            (blob[start:], None)
            if isinstance(blob, bytes) and (start := start_of.get(blob[:_HEADER])) is not None
            else self._wkb(blob)
            for blob in blobs
        ]
        read = geometries_from_wkb([wkb if fault is None else None for wkb, fault in decoded])
        moved = self.to_lon_lat([geometry for geometry, _ in read])
        moved_m = self.to_lon_lat.shifts_m.tolist()
        if self.reading is not None:
            self.reading.shift_m = self.to_lon_lat.shift_m
        named = zip(self.names, columns, strict=True)
        # Without columns beside the geometry each row has the same attributes: none.
        values = (
            zip(*(self._column(name, column, before) for name, column in named), strict=True) if columns else repeat(())
        )
        rows = []
        together = zip(moved, moved_m, decoded, read, values, strict=False)  # `repeat` has no end
        for number, (geometry, by_m, (wkb, stated), (_, fault), cells) in enumerate(together, before + 1):
            attributes = dict(zip(self.names, cells, strict=True))
            row = Row(number, geometry, attributes, fault=stated or fault, wkb=wkb, crs=self.crs, moved_m=by_m)
            rows.append(row if is_plain_wkb(wkb) else told_of_arcs(row, self.to_lon_lat))
        return rows

    def _column(self, name: str, values: Sequence[Any], before: int) -> Sequence[Any]:
        """The values of a column for some rows; those of one plain type stand as they are."""
        declared, types = self.types[name], set(map(type, values)) - {type(None)}
        is_dated = declared in ("DATE", "DATETIME")
        if types <= {str} and not (is_dated or name in self.json or declared.startswith(_NUMBERS)):
            return values
        if types <= {int} and not is_dated and declared != "BOOLEAN":
            return values
        return [self._value(name, value, number) for number, value in enumerate(values, before + 1)]

    def _wkb(self, blob: Any) -> tuple[bytes | None, Fault | None]:
        """The WKB of a geometry, and what is wrong with its header."""
        if blob is None:
            return None, None
        if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < _HEADER:
            why = "the geometry is not a GeoPackage's: it does not begin with GP"
            return blob if isinstance(blob, bytes) else None, Fault("unreadable_geometry", why)
        flags = blob[3]
        if flags & 0x20:
            return blob, _FOREIGN
        envelope = (flags >> 1) & 7
        if envelope >= len(_ENVELOPES):
            why = f"the geometry's header has an unknown envelope ({envelope})"
            return blob, Fault("unreadable_geometry", why)
        srs_id = int.from_bytes(blob[4:8], "little" if flags & 1 else "big", signed=True)
        start, fault = _HEADER + _ENVELOPES[envelope], self._contradiction(srs_id)
        if fault is None:
            self.start_of[blob[:_HEADER]] = start
        return blob[start:], fault

    def _contradiction(self, srs_id: int) -> Fault | None:
        """A geometry may name a reference system of its own; another than its column's leaves its place unknown."""
        if srs_id in (self.layer.srs_id, 0, -1):
            return None
        if srs_id not in self.agrees:
            stated = self.systems.get(srs_id, f"EPSG:{srs_id}")
            try:
                known = None if stated is None else known_reference(stated)
            except FieldRefused:
                known = None
            reference = crs84() if self.reference is None else self.reference
            self.agrees[srs_id] = known is not None and known.equals(reference, ignore_axis_order=True)
        if self.agrees[srs_id]:
            return None
        text = f"the geometry says that it is in reference system {srs_id}, its column {self.layer.srs_id}"
        return Fault("reference_system_refused", f"{text}; set one of them right")

    def _value(self, name: str, value: Any, number: int) -> Any:
        declared = self.types[name]
        if isinstance(value, bytes):
            return self._bytes(value)
        if value is None:
            return None
        if declared == "BOOLEAN" and value in (0, 1):
            return bool(value)
        if isinstance(value, float):
            return plain(whole_number(value))
        if isinstance(value, str):
            if name in self.json:
                return _json(value)
            is_number = declared.startswith(_NUMBERS)
            if is_number or not _is_of(declared, value):
                self._odd(name, number, value)
        elif declared in ("DATE", "DATETIME"):
            self._odd(name, number, str(value))
        return value

    def _bytes(self, value: bytes) -> Any:
        """A second geometry as WKT in the layer's own coordinates; other bytes as hexadecimal."""
        if value[:2] == b"GP" and len(value) > 8 and (value[3] >> 1) & 7 < len(_ENVELOPES):
            geometry, fault = geometry_from_wkb(value[8 + _ENVELOPES[(value[3] >> 1) & 7] :])
            if fault is None and geometry is not None:
                return shapely.to_wkt(geometry, rounding_precision=-1)
        return plain(value)

    def _odd(self, name: str, number: int, value: str) -> None:
        self.odd_counts[name] += 1
        first = self.odd.setdefault(name, [])
        if len(first) < 3:
            first.append((number, value))

    def _say(self, unreadable: Sequence[str]) -> None:
        if self.reading is None:
            return
        for name, first in self.odd.items():
            shown = ", ".join(f"{value!r} in row {number}" for number, value in first)
            text = (
                f"column {name} ({self.types[name]}): {number_of(self.odd_counts[name], 'value is', 'values are')} "
                "not of its type"
            )
            self.reading.notes.append(f"{text}; kept as found: {shown}")
        if unreadable:
            text = (
                f"{number_of(len(unreadable), 'text is', 'texts are')} not UTF-8; their bytes are kept, such as "
                f"{unreadable[0]!r}"
            )
            self.reading.notes.append(text)


def _is_of(declared: str, value: str) -> bool:
    """Whether a text is what a column of dates or moments holds."""
    try:
        if declared == "DATE":
            return len(value) == 10 and date.fromisoformat(value) is not None
        if declared == "DATETIME":
            return _MOMENT.fullmatch(value) is not None and datetime.fromisoformat(value) is not None
    except ValueError:
        return False
    return True


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
