"""Count the rows of files by an independent reader, and beside it what an import makes of them.

An import must account for every row: accepted + repaired + quarantined = rows in the file. The rows are counted without
Merestone: CSV by Python's csv module, JSON by its json module, workbooks by openpyxl, GPX and KML by their elements,
Shapefiles by the length of their index (.shx), GeoPackages by SQLite, Parquet by pyarrow, other files by GDAL's forced
count. Imports are dry runs, as suspected hazardous areas, into an empty register. Prints a Markdown table; exits 1 if a
file's numbers differ. A file that the import refuses as a whole is listed with the reason, and is no difference.

    python tools/count_rows.py areas.geojson survey.gpkg
    python tools/count_rows.py --origin "PyPI, libpysal 4.14.1" --log docs/formats/row-counts.md a.shp b.gpkg
"""

import argparse
import csv
import json
import sqlite3
import sys
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pyogrio

from merestone.exchange.formats import format_of
from merestone.exchange.imports.intake import import_file
from merestone.register import Register
from merestone.terms import Account, MerestoneError, RecordKind

HEADER = """\
| file | origin | rows | counted by | accepted | repaired | quarantined | sum |
|---|---|---:|---|---:|---:|---:|---:|
"""


class NotCounted(Exception):
    """No independent reader is known for a file."""


@dataclass(frozen=True)
class Counted:
    """One file's numbers."""

    path: Path
    rows: int
    counted_by: str
    account: Account | None
    refusal: str = ""
    """Why the import refuses the file, if it does."""

    @property
    def differs(self) -> bool:
        """Whether the import accounts for another number of rows."""
        return self.account is not None and self.account.total != self.rows

    def line(self, origin: str) -> str:
        """One line of the table."""
        start = f"| {self.path.name} | {origin} | {self.rows:,} | {self.counted_by} |"
        if self.account is None:
            return f"{start} refused: {self.refusal.replace('|', '/')} | | | |"
        account = self.account
        mark = " **differs**" if self.differs else ""
        return (
            f"{start} {account.accepted:,} | {account.repaired:,} | {account.quarantined:,} | {account.total:,}{mark} |"
        )


def rows_of(path: Path) -> tuple[int, str]:
    """How many rows a file has, and by which reader that was counted.

    Raises
    ------
    NotCounted
        There is no independent reader for its ending.
    """
    suffix = path.suffix.lower()
    if suffix not in _COUNTERS:
        raise NotCounted(f"{path}: no independent reader for {suffix or 'a file without an ending'}")
    count, by = _COUNTERS[suffix]
    return count(path), by


def _csv_rows(path: Path) -> int:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    separator = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t").delimiter
    lines = csv.reader(text.splitlines(keepends=True), delimiter=separator)
    return sum(any(cell.strip() for cell in line) for line in lines) - 1


def _json_rows(path: Path) -> int:
    content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    return len(content["features"]) if "features" in content else 1


def _json_lines(path: Path) -> int:
    return sum(1 for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip(" \x1e"))


def _workbook_rows(path: Path) -> int:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    filled = sum(any(cell is not None for cell in row) for row in book.worksheets[0].iter_rows(values_only=True))
    book.close()
    return filled - 1


def _elements(*names: str) -> Callable[[Path], int]:
    def count(path: Path) -> int:
        found = Counter(str(element.tag).rpartition("}")[2] for _, element in ET.iterparse(path))
        return sum(found[name] for name in names)

    return count


def _shapefile_rows(path: Path) -> int:
    """The index is a header of 100 bytes, then 8 for each record (ESRI Shapefile Technical Description, 1998)."""
    index = next(part for part in path.parent.iterdir() if part.name.lower() == f"{path.stem}.shx".lower())
    return (index.stat().st_size - 100) // 8


def _geopackage_rows(path: Path) -> int:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        tables = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchall()
        return sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables)
    finally:
        connection.close()


def _gdal_rows(path: Path) -> int:
    layers = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
    return sum(int(pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]) for name in layers)


def _zip_rows(path: Path) -> int:
    """Of an archive with Shapefiles, the records of their indices."""
    with zipfile.ZipFile(path) as archive:
        indices = [member for member in archive.infolist() if member.filename.lower().endswith(".shx")]
    if not indices:
        raise NotCounted(f"{path}: no Shapefile is in it")
    return sum((member.file_size - 100) // 8 for member in indices)


_COUNTERS: Mapping[str, tuple[Callable[[Path], int], str]] = {
    ".csv": (_csv_rows, "csv module"),
    ".tsv": (_csv_rows, "csv module"),
    ".geojson": (_json_rows, "json module"),
    ".json": (_json_rows, "json module"),
    ".geojsonl": (_json_lines, "lines"),
    ".geojsons": (_json_lines, "lines"),
    ".xlsx": (_workbook_rows, "openpyxl"),
    ".gpx": (_elements("wpt", "rte", "trk"), "XML elements"),
    ".kml": (_elements("Placemark"), "XML elements"),
    ".shp": (_shapefile_rows, "length of .shx"),
    ".gpkg": (_geopackage_rows, "SQLite"),
    ".parquet": (lambda path: int(pq.read_metadata(path).num_rows), "pyarrow"),
    ".zip": (_zip_rows, "length of .shx"),
    **dict.fromkeys((".fgb", ".gml", ".tab", ".mif", ".sqlite", ".gdb"), (_gdal_rows, "GDAL")),
}


def account_of(path: Path, register: Register, crs: str | None) -> Account:
    """What an import makes of all layers of a file.

    Raises
    ------
    MerestoneError
        It refuses the file.
    """
    known = format_of(path)
    layers = known.layers(path)
    asked: Sequence[str | None] = layers if len(layers) > 1 and known.name != "GPX" else (None,)
    rows = [
        row
        for layer in asked
        for row in import_file(
            register, path, kind=RecordKind.SUSPECTED, source="a count of rows", accuracy_m=None, by="count_rows",
            layer=layer, crs=crs, dry_run=True,
        ).rows
    ]  # fmt: skip
    return Account.of(rows)


def count(path: Path, register: Register, crs: str | None) -> Counted:
    """Both counts of one file."""
    rows, by = rows_of(path)
    try:
        return Counted(path, rows, by, account_of(path, register, crs))
    except MerestoneError as refused:
        words = str(refused).removeprefix(f"{path}: ")
        return Counted(path, rows, by, None, words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Count the files; 1 if numbers differ, 2 if a file has no independent reader."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--origin", default="", help="where the files are from, for the table")
    parser.add_argument("--crs", help="what the coordinates are in, for files that do not say")
    parser.add_argument("--log", type=Path, help="append the lines of the table to this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        Register.create(Path(folder) / "register.gpkg", by="count_rows").close()
        with Register.open(Path(folder) / "register.gpkg", read_only=True) as register:
            try:
                counted = [count(path, register, options.crs) for path in options.files]
            except NotCounted as error:
                print(error, file=sys.stderr)
                return 2
    lines = "".join(f"{one.line(options.origin)}\n" for one in counted)
    print(HEADER + lines, end="")
    if options.log is not None:
        with options.log.open("a", encoding="utf-8") as log:
            log.write(lines)
    return 1 if any(one.differs for one in counted) else 0


if __name__ == "__main__":
    sys.exit(main())
