"""Delimited text (CSV): a column with WKT, or two columns with longitude and latitude.

Read here rather than by GDAL, whose reader turns a text it cannot understand into no geometry without a word.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._reference import ToLonLat, name_of, reference_of
from merestone.exchange.formats.format import Feature
from merestone.exchange.row import Fault, Reading, Row
from merestone.terms import FileRefused

CHUNK: Final = 2048
WKT_NAMES: Final = ("wkt", "geometry", "geom", "the_geom", "wkt_geom", "shape")
LON_NAMES: Final = ("lon_deg", "lon", "longitude", "long", "lng", "x")
LAT_NAMES: Final = ("lat_deg", "lat", "latitude", "y")
"""Column names understood, whatever their case; of several, the first in this order."""
_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_DIGITS: Final = 20
"""Decimals with which GEOS 3.14 writes a double so that the same one is read again; its default of -1 loses bits."""


class Delimited:
    """One layer, named as the file. Comma, semicolon or tab; the header line decides. UTF-8.

    Without ``--crs`` the numbers are longitude and latitude on WGS 84 where the columns say so; a column named x
    or y, and WKT, say nothing, and are taken as longitude and latitude too, as every reader of CSV does.
    """

    name = "CSV"
    suffixes = (".csv",)
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """Text by its name; a header has no braces or angle brackets at its start."""
        return path.suffix.lower() in _SUFFIXES and head.lstrip(b"\xef\xbb\xbf \r\n")[:1] not in (b"{", b"[", b"<")

    def layers(self, path: Path) -> tuple[str, ...]:
        """One layer, named as the file."""
        return (path.stem,)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; a place that cannot be understood is a fault of its row."""
        if layer is not None and layer != path.stem:
            raise FileRefused(path, f"it has no layer {layer!r}", f"it has one layer, {path.stem}; leave --layer out")
        text = _text_of(path, encoding)
        separator = _separator(text)
        lines = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
        try:
            header = [name.strip() for name in next(lines)]
        except (StopIteration, csv.Error) as error:
            raise FileRefused(path, "line 1 holds no column names", "give a header line") from error
        place_of = _place_columns(header, path)
        reference = reference_of(None, crs or "OGC:CRS84", path=path)
        to_lon_lat = ToLonLat(reference)
        code = name_of(reference)

        def rows() -> Iterator[Row]:
            numbered = enumerate(_records(lines, path), start=1)
            while chunk := list(islice(numbered, CHUNK)):
                read = [_geometry(cells, place_of) for _, cells in chunk]
                moved = to_lon_lat([geometry for geometry, _ in read])
                reading.shift_m = to_lon_lat.shift_m
                for (number, cells), geometry, (_, fault) in zip(chunk, moved, read, strict=True):
                    uneven = _uneven(cells, header)
                    yield Row(
                        number,
                        geometry if uneven is None else None,
                        {
                            n: c or None
                            for i, (n, c) in enumerate(zip(header, cells, strict=False))
                            if i not in place_of
                        },
                        fault=uneven or fault,
                        text=separator.join(header) + "\n" + _line(cells, separator),
                        crs=code,
                    )

        reading = Reading(rows(), format_name=self.name, layer=path.stem, crs=code, total=None)
        if len(place_of) == 2 and crs is None:
            reading.axis_columns = (header[place_of[0]], header[place_of[1]])
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Comma-separated, the geometry as WKT with every digit in the first column. There is no place for `about`."""
        names = list(dict.fromkeys(name for feature in features for name in feature.attributes))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["wkt", *names])
            for feature in features:
                wkt = "" if feature.geometry is None else shapely.to_wkt(feature.geometry, rounding_precision=_DIGITS)
                cells = [feature.attributes.get(name) for name in names]
                writer.writerow([wkt, *("" if cell is None else cell for cell in cells)])


def _text_of(path: Path, encoding: str | None) -> str:
    data = path.read_bytes()
    try:
        text = data.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        remedy = "name its encoding with --encoding, such as --encoding windows-1250"
        raise FileRefused(path, f"line {line} is not {encoding or 'UTF-8'}", remedy) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise FileRefused(
            path, f"line {line} holds a zero byte, so this is no text", "check that this is the file you meant"
        )
    return text


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return max((",", ";", "\t"), key=header.count)


def _place_columns(header: Sequence[str], path: Path) -> tuple[int, ...]:
    """The column of WKT, or those of longitude and latitude."""
    lower = [name.lower() for name in header]
    if twice := {name for name in lower if lower.count(name) > 1}:
        raise FileRefused(path, f"line 1 names {', '.join(sorted(twice))} twice", "give each column a name of its own")
    for name in WKT_NAMES:
        if name in lower:
            return (lower.index(name),)
    lon = next((lower.index(name) for name in LON_NAMES if name in lower), None)
    lat = next((lower.index(name) for name in LAT_NAMES if name in lower), None)
    if lon is None or lat is None:
        why = f"line 1 names no column with places (it names {', '.join(header)})"
        raise FileRefused(path, why, "name one wkt, or two lon_deg and lat_deg")
    return lon, lat


def _records(lines: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            line = getattr(lines, "line_num", 0)
            raise FileRefused(
                path, f"line {line}: {error}", "close the quotation mark, or double it inside a text"
            ) from error
        if cells:
            yield cells


def _uneven(cells: Sequence[str], header: Sequence[str]) -> Fault | None:
    if len(cells) == len(header):
        return None
    return Fault(
        "uneven_row",
        f"the row has {len(cells)} cells and the header {len(header)}; quote texts that hold the separator",
    )


def _geometry(cells: Sequence[str], place_of: tuple[int, ...]) -> tuple[BaseGeometry | None, Fault | None]:
    texts = [cells[column].strip() if column < len(cells) else "" for column in place_of]
    if not any(texts):
        return None, None
    if len(texts) == 1:
        try:
            return shapely.from_wkt(
                texts[0].partition(";")[2] if texts[0].upper().startswith("SRID=") else texts[0]
            ), None
        except (ShapelyError, ValueError) as error:
            return None, Fault("unreadable_geometry", f"the WKT cannot be read: {error}")
    numbers = []
    for axis, text in zip(("longitude", "latitude"), texts, strict=True):
        try:
            numbers.append(float(text))
        except ValueError:
            words = f"the {axis} {text!r} is not a number; give decimal degrees with a point, such as 17.0166"
            return None, Fault("unreadable_position", words)
    if any(math.isinf(number) for number in numbers):
        return None, Fault("unreadable_position", f"the position {', '.join(texts)} is infinite")
    return shapely.Point(numbers), None


def _line(cells: Sequence[str], separator: str) -> str:
    quoted = [
        f'"{c.replace(chr(34), chr(34) * 2)}"' if any(x in c for x in (separator, '"', "\n")) else c for c in cells
    ]
    return separator.join(quoted)
