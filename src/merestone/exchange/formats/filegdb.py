"""Esri file geodatabase: a folder ``.gdb``, read by GDAL's OpenFileGDB, with each feature class as a layer."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from merestone.exchange.formats._ogr import layers_of, read_table, rows_of
from merestone.exchange.formats._related import relate, related_columns
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading
from merestone.terms import FileRefused, number_of

_CATALOG: Final = "a00000001.gdbtable"
_CUT_OFF: Final = "the folder was not copied whole; copy it again, or send it as a zip"


class FileGdb:
    """Reads; tables are looked at first, because GDAL (3.12.4) gives no row of one whose index is short."""

    name = "Esri file geodatabase"
    suffixes = (".gdb",)
    writes = False
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """A folder that holds a geodatabase's catalog."""
        return path.is_dir() and (path / _CATALOG).is_file()

    def layers(self, path: Path) -> tuple[str, ...]:
        """The feature classes; tables without a place are left out."""
        _refuse_cut_off(path)
        return layers_of(path)

    def parts(self, path: Path, layer: str | None = None) -> Sequence[Path]:
        """Every file of the folder but for locks."""
        return sorted(part for part in path.rglob("*") if part.is_file() and part.suffix != ".lock")

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one feature class; a column of moments that are all at midnight is one of days."""
        _refuse_cut_off(path)
        reading = read_table(path, format_name=self.name, layer=layer, crs=crs, count=partial(_rows_of, path))
        columns = related_columns(path, reading.layer)
        if len(columns) > 1:
            relate(reading, path, columns)
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "file geodatabases are only read", "write a GeoPackage (.gpkg) instead")


def _rows_of(path: Path, layer: str) -> int | None:
    """How many rows a table says that it has, at byte 4; None where the catalog does not list it.

    GDAL (3.12.4) gives none of the rows of a table whose index has one wrong byte, and says nothing.
    """
    for number, name in rows_of(path / _CATALOG, "Name"):
        if name == layer:
            with (path / f"a{number:08x}.gdbtable").open("rb") as file:
                return int.from_bytes(file.read(8)[4:8], "little")
    return None


def _refuse_cut_off(path: Path) -> None:
    """Compare what each table says of its size with what is there.

    Source: the format as described by its readers (github.com/rouault/dump_gdbtable/wiki/FGDB-Spec): a table has its
    size at byte 24; its index has the number of blocks of 1,024 rows at 4 and the bytes of one offset at 12.
    """
    for table in sorted(path.glob("a*.gdbtable")):
        index = table.with_suffix(".gdbtablx")
        with table.open("rb") as file:
            announced = max(int.from_bytes(file.read(32)[24:32], "little"), 40)
        if table.stat().st_size < announced:
            raise FileRefused(
                path, f"{table.name} has {number_of(table.stat().st_size, 'byte')} of {announced:,}", _CUT_OFF
            )
        if not index.is_file():
            raise FileRefused(path, f"{index.name} is missing", _CUT_OFF)
        with index.open("rb") as file:
            head = file.read(16)
        blocks, offset = int.from_bytes(head[4:8], "little"), int.from_bytes(head[12:16], "little")
        expected = 16 + 1024 * blocks * offset
        if len(head) < 16 or index.stat().st_size < expected:
            raise FileRefused(
                path, f"{index.name} has {number_of(index.stat().st_size, 'byte')} of {expected:,}", _CUT_OFF
            )
