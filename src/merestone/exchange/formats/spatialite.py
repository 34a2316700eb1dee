"""SpatiaLite: SQLite with geometries. Their outlines are read by GDAL, their values as they stand by SQLite itself."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from merestone.exchange.formats._ogr import Table, layers_of, numbered_wkbs, read_table
from merestone.exchange.formats._sqlite import first_value, quoted, reading_sqlite, refuse_damaged
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading, plain, whole_number
from merestone.terms import FileRefused, number_of


class SpatiaLite:
    """Reads any layer that the table ``geometry_columns`` lists."""

    name = "SpatiaLite"
    suffixes = (".sqlite",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """SQLite's first bytes, no GeoPackage, and a table ``geometry_columns``."""
        if not head.startswith(b"SQLite format 3\x00") or head[68:72] in (b"GPKG", b"GP10", b"GP11"):
            return False
        with reading_sqlite(path) as connection:
            question = "SELECT 1 FROM sqlite_master WHERE lower(name) = 'geometry_columns'"
            return first_value(connection, question) is not None

    def layers(self, path: Path) -> tuple[str, ...]:
        """The layers with a geometry."""
        return layers_of(path)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one layer, in the order of their number."""
        with reading_sqlite(path) as connection:
            refuse_damaged(connection, path)
        return read_table(path, format_name=self.name, layer=layer, crs=crs, tables=_tables)

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "SpatiaLite is only read", "write a GeoPackage (.gpkg) instead")


def _tables(path: Path, layer: str, notes: list[str]) -> Iterator[Table]:
    fids, wkbs, column = numbered_wkbs(path, layer, notes)
    unreadable: list[str] = []
    with reading_sqlite(path, unreadable) as connection:
        table = layer.removesuffix(f"({column})") if layer.endswith(")") else layer
        types = connection.execute(f"PRAGMA table_info({quoted(table)})").fetchall()
        names = [str(row[1]) for row in types if str(row[1]).lower() != column.lower()]
        if not names:
            raise FileRefused(path, f"it has no table {table!r}", "check that this is the file you meant")
        columns = ", ".join(quoted(name) for name in names)
        query = f"SELECT rowid, {columns} FROM {quoted(table)} ORDER BY rowid"  # noqa: S608 (quoted)
        rows = connection.execute(query).fetchall()
    by_number: dict[int, Any] = dict(zip(np.asarray(fids).tolist(), wkbs, strict=True))
    if len(by_number) != len(rows) or any(row[0] not in by_number for row in rows):
        raise FileRefused(
            path,
            f"it gives {number_of(len(by_number), 'geometry', 'geometries')} and {number_of(len(rows), 'row')}",
            "get it again",
        )
    if unreadable:
        notes.append(
            f"{number_of(len(unreadable), 'text is', 'texts are')} not UTF-8; their bytes are kept, such as "
            f"{unreadable[0]!r}"
        )
    values = [[_value(row[1 + place]) for row in rows] for place in range(len(names))]
    yield names, values, [by_number[row[0]] for row in rows]


def _value(value: Any) -> Any:
    return plain(whole_number(value)) if isinstance(value, float) else plain(value)
