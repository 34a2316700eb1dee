"""Files in and out: which format a file is of, and its rows.

Ours are listed in `BUILT_IN`, so that Merestone also runs from a checkout that was never installed. A package of yours
adds a format through the entry-point group ``merestone.formats``; it may not take the name of one of ours.
"""

import codecs
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from merestone.exchange.formats._flight_plan import flight_plan
from merestone.exchange.formats._foreign import foreign_file
from merestone.exchange.formats._row_limit import limit_rows
from merestone.exchange.rows.format import Feature, Format, ReadsPlaceColumns
from merestone.exchange.rows.row import Reading, Row
from merestone.geodesy import CurveWork, current_curve_work, curves_of
from merestone.terms import FieldRefused, FileRefused, MerestoneError

__all__ = [
    "BUILT_IN",
    "Feature",
    "Format",
    "Reading",
    "Row",
    "format_for_writing",
    "format_of",
    "known_formats",
    "parts_of",
    "read",
    "rows_by",
]

GROUP: Final = "merestone.formats"
HEAD_BYTES: Final = 4096
BUILT_IN: Final[Mapping[str, str]] = {
    "geopackage": "merestone.exchange.formats.geopackage:GeoPackage",
    "geoparquet": "merestone.exchange.formats.geoparquet:GeoParquet",
    "flatgeobuf": "merestone.exchange.formats.flatgeobuf:FlatGeobuf",
    "shapefile": "merestone.exchange.formats.shapefile:Shapefile",
    "kml": "merestone.exchange.formats.kml:Kml",
    "gml": "merestone.exchange.formats.gml:Gml",
    "filegdb": "merestone.exchange.formats.filegdb:FileGdb",
    "mapinfo": "merestone.exchange.formats.mapinfo:MapInfo",
    "spatialite": "merestone.exchange.formats.spatialite:SpatiaLite",
    "opendocument": "merestone.exchange.formats.opendocument:OpenDocument",
    "odk": "merestone.exchange.formats.odk:Odk",
    "gpx": "merestone.exchange.formats.gpx:Gpx",
    "spreadsheet": "merestone.exchange.formats.spreadsheet:Spreadsheet",
    "archive": "merestone.exchange.formats.archive:Archive",
    "esri_json": "merestone.exchange.formats.esri_json:EsriJson",
    "overpass": "merestone.exchange.formats.overpass:OverpassJson",
    "json_table": "merestone.exchange.formats.json_table:JsonTable",
    "geojson": "merestone.exchange.formats.geojson:GeoJson",
    "delimited": "merestone.exchange.formats.delimited:Delimited",
}
"""In the order in which they are asked; the ones that a file's first bytes prove come first."""
WRITTEN_ENDINGS: Final[Mapping[str, str]] = {
    ".gpkg": "geopackage",
    ".parquet": "geoparquet",
    ".geoparquet": "geoparquet",
    ".fgb": "flatgeobuf",
    ".kml": "kml",
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "delimited",
}
"""Endings of files that formats of ours write, as their `suffixes` say; no package's format comes before ours."""


class FormatNameTaken(MerestoneError):
    """An installed package offers a format under a name that is already taken."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(
            f"the entry point {name!r} = {value} in {GROUP}: the name is taken; rename it in the package that offers it"
        )


@cache
def known_formats() -> Mapping[str, Format]:
    """Every format by name: ours, then those of installed packages.

    Raises
    ------
    FormatNameTaken
        Two packages offer the same name, or one offers a name of ours.
    """
    from importlib.metadata import entry_points  # brings the email package along

    format_by_name: dict[str, Format] = {name: built_in(name) for name in BUILT_IN}
    for point in sorted(entry_points(group=GROUP)):
        if BUILT_IN.get(point.name) == point.value:
            continue  # ours, seen through the installed metadata
        if point.name in format_by_name:
            raise FormatNameTaken(point.name, point.value)
        format_by_name[point.name] = point.load()()
    return format_by_name


@cache
def has_packages() -> bool:
    """Whether a package on Python's path seems to offer a format.

    The metadata are only looked through for the name of the group: to load what reads them whole takes longer than to
    import a small file. What is installed in another way than as files (in a zip) is still found by `known_formats`.
    """
    for entry in sys.path:
        try:
            listed = [item for item in os.scandir(entry or ".") if item.name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for distribution in listed:
            with suppress(OSError, UnicodeDecodeError):
                if not distribution.name.startswith("merestone-"):
                    text = (Path(distribution.path) / "entry_points.txt").read_text(encoding="utf-8")
                    if f"[{GROUP}]" in text:
                        return True
    return False


@cache
def built_in(name: str) -> Format:
    """One of our formats, by its key in `BUILT_IN`."""
    module, _, attribute = BUILT_IN[name].partition(":")
    made: Format = getattr(importlib.import_module(module), attribute)()
    return made


def format_of(path: Path | str) -> Format:
    """The format of a file that is there.

    Raises
    ------
    FileRefused
        There is no such file, it is empty, or no format knows it.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _format_of_folder(path)
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FileRefused(
            path, error.strerror or "cannot be opened", "check the name and your right to read it"
        ) from error
    if not head:
        raise FileRefused(path, "the file is empty", "export it again from where it came")
    foreign = flight_plan(path.suffix.lower(), head) or foreign_file(path, head)
    for known in _candidates(head):
        if known.sniff(path, head) and not (foreign is not None and known.name in ("GeoJSON", "JSON table", "CSV")):
            return known
    if foreign is not None:
        raise FileRefused(path, *foreign)
    names = ", ".join(known.name for known in known_formats().values())
    raise FileRefused(path, "its content is of no format known here", f"give one of {names}")


def _format_of_folder(path: Path) -> Format:
    for known in known_formats().values():
        if getattr(known, "reads_folders", False) and known.sniff(path, b""):
            return known
    names = ", ".join(known.name for known in known_formats().values() if getattr(known, "reads_folders", False))
    raise FileRefused(path, "it is a folder and holds no data set known here", f"name a file in it, or give {names}")


def parts_of(path: Path | str, layer: str | None = None) -> tuple[Path, ...]:
    """All the files that one layer of a data set is made of, in order of name; of most formats the file alone.

    Raises
    ------
    FileRefused
        As for `format_of`.
    """
    path = Path(path)
    known = format_of(path)
    parts = getattr(known, "parts", None)
    return (path,) if parts is None else tuple(parts(path, layer))


_FIRST_BYTES: Final[tuple[tuple[bytes, tuple[str, ...]], ...]] = (
    (b"{", ("esri_json", "odk", "overpass", "json_table", "geojson")),
    (b"[", ("esri_json", "odk", "json_table", "geojson")),
    (b"SQLite format 3\0", ("geopackage", "spatialite")),
    (b"PAR1", ("geoparquet",)),
    (b"\x00\x00\x27\x0a", ("shapefile",)),
)
"""Formats of ours that alone can know a file with these first bytes (a mark of UTF-8 and blanks left out)."""


def _candidates(head: bytes) -> Iterator[Format]:
    """The formats to ask: those of packages first, for ours take all that begins as theirs may (a brace, XML).

    Then the likely ones of ours: to load all of them takes longer than to read a small file.
    """
    if has_packages():
        yield from (known for name, known in known_formats().items() if name not in BUILT_IN)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    likely = next((names for first, names in _FIRST_BYTES if start.startswith(first)), ())
    for name in BUILT_IN:
        if name in likely:
            yield built_in(name)
    yield from known_formats().values()


def format_for_writing(path: Path | str) -> Format:
    """The format that a new file's ending asks for.

    Raises
    ------
    FileRefused
        No format that writes has this ending.
    """
    path = Path(path)
    ours = next((name for ending, name in WRITTEN_ENDINGS.items() if path.name.lower().endswith(ending)), None)
    if ours is not None:  # to load all formats takes longer than to write a small file
        return built_in(ours)
    writing = [known for known in known_formats().values() if known.writes]
    for known in writing:
        if path.name.lower().endswith(known.suffixes):
            return known
    endings = ", ".join(f"{known.suffixes[0]} ({known.name})" for known in writing)
    raise FileRefused(path, "its file extension is not supported for writing", f"use one of {endings}")


def read(path: Path | str, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None) -> Reading:
    """The rows of a file, by the format that knows it; see `Format.read`."""
    path = Path(path)
    return rows_by(format_of(path), path, layer=layer, crs=crs, encoding=encoding)


def rows_by(
    known: Format,
    path: Path,
    *,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    place_columns: Mapping[str, str] | None = None,
) -> Reading:
    """What a format reads of a file; an installed package's format that knows of no encoding reads without one.

    Parameters
    ----------
    place_columns
        Of a table: the column of the file, and which part of the place it gives (`exchange.mapping.PLACE_TARGETS`).

    Raises
    ------
    FieldRefused
        The encoding is not known, or columns are to give the place in a format that has geometries of its own.
    FileRefused
        It cannot be read, or has more rows than so many bytes can hold places.
    """
    if place_columns:
        if not isinstance(known, ReadsPlaceColumns):
            why = f"cannot give the place of a row, because {known.name} has geometries of its own"
            raise FieldRefused("columns", ", ".join(place_columns), why, "leave these columns out of the mapping")
        known = known.with_place_columns(place_columns)
    name: str | None = None
    try:
        name = None if encoding is None else codecs.lookup(encoding).name
    except LookupError as error:
        remedy = "give one such as utf-8, windows-1250 or windows-1251"
        raise FieldRefused("encoding", str(encoding), "is not a known text encoding", remedy) from error
    outer = current_curve_work()  # files in an archive share that of the archive
    work = outer or CurveWork()
    with curves_of(work):
        options = {} if name is None else {"encoding": name}
        reading = known.read(path, layer=layer, crs=crs, **options)
    reading.limit_curves(work)
    if outer is None:
        limit_rows(reading, known, path)
    return reading
