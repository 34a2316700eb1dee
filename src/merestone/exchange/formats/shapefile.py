"""Esri Shapefile: read only. It cannot hold what we write (long names, long text, mixed geometries, empty cells)."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from merestone.exchange.formats._code_page import CodePage, code_page_of
from merestone.exchange.formats._dbf import Dbf
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._ogr import crs_of, wkbs_of
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import ToLonLat, name_of, reference_of
from merestone.exchange.rows.row import Reading, Row, geometries_from_wkb
from merestone.files import scratch_folder
from merestone.terms import FileRefused, number_of

_TOGETHER: Final = "a Shapefile is several files: copy all of them together"
_APART: Final = "the parts do not belong together; get all of them again from where they came"


class Shapefile:
    """Outlines by GDAL, the table by `_dbf`: ``.shx`` and ``.dbf`` must be there, ``.prj`` and ``.cpg`` may be said."""

    name = "Shapefile"
    suffixes = (".shp",)
    writes = False
    reads_folders = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """By the file code 9994 that every main file begins with; or a folder that holds such files."""
        return bool(_main_files(path)) if path.is_dir() else head.startswith(b"\x00\x00\x27\x0a")

    def layers(self, path: Path) -> tuple[str, ...]:
        """The one layer, named as the file; of a folder, one for each Shapefile in it."""
        files = _main_files(path) if path.is_dir() else [path]
        for file in files:
            _Parts.of(file)
        return tuple(file.stem for file in files)

    def parts(self, path: Path, layer: str | None = None) -> Sequence[Path]:
        """The files of one name, without regard to the case of their endings."""
        main = self._main(path, layer)
        return sorted(part for part in main.parent.iterdir() if part.is_file() and part.stem == main.stem)

    def _main(self, path: Path, layer: str | None) -> Path:
        if not path.is_dir():
            return path
        files = {file.stem: file for file in _main_files(path)}
        return files[layer_of(path, layer, tuple(files))]

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file, but for those that are marked as deleted.

        Text is in the `encoding` given, or else in that of ``.cpg``, of the table's own mark, or of its words; what
        was not stated is told in the notes.

        Raises
        ------
        FileRefused
            A part is missing, is cut off, or has another number of rows than the main file.
        FieldRefused
            `encoding` or `crs` is not known.
        """
        path = self._main(path, layer)
        chosen = layer_of(path, layer, (path.stem,))
        parts = _Parts.of(path)
        with parts.outlines() as outlines:
            reference = reference_of(crs_of(outlines, named=path), crs, path=path)
        texts, mark = parts.table.texts(parts.shapes), parts.table.language_driver
        page = code_page_of(texts, asked=encoding, cpg=parts.text(".cpg"), language_driver=mark)
        deleted = sum(is_deleted for is_deleted, _ in parts.table.records(parts.shapes))
        to_lon_lat = ToLonLat(reference)

        def rows() -> Iterator[Row]:
            yield from _rows(parts, page, to_lon_lat, reading)

        total = parts.shapes - deleted
        reading = Reading(rows(), format_name=self.name, layer=chosen, crs=name_of(reference), total=total)
        reading.notes += [] if page.note is None else [page.note]
        if deleted:
            reading.notes.append(
                f"{number_of(deleted, 'row is', 'rows are')} marked as deleted in {parts.table.path.name}, and left out"
            )
        if parts.table.announced != parts.shapes:
            counted = (
                f"{parts.table.path.name} counts {number_of(parts.table.announced, 'row')} and holds {parts.shapes}"
            )
            reading.notes.append(f"{counted}: all were read")
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "Shapefile cannot hold all of it", "write a GeoPackage (.gpkg) instead")


def _main_files(folder: Path) -> list[Path]:
    return sorted(part for part in folder.iterdir() if part.suffix.lower() == ".shp" and part.is_file())


class _Parts:
    """The files of one Shapefile, which agree with each other."""

    def __init__(self, path: Path, beside: Mapping[str, Path], table: Dbf, shapes: int) -> None:
        self.path, self.beside, self.table, self.shapes = path, beside, table, shapes

    @classmethod
    def of(cls, path: Path) -> "_Parts":
        """Find the parts, whatever the case of their endings.

        Raises
        ------
        FileRefused
            One is missing or cut off, or they do not have one number of rows.
        """
        beside = {part.suffix.lower(): part for part in path.parent.iterdir() if part.stem.lower() == path.stem.lower()}
        missing = [suffix for suffix in (".shx", ".dbf") if suffix not in beside]
        if missing:
            names = " and ".join(path.stem + suffix for suffix in missing)
            raise FileRefused(path, f"{names} is not beside it", _TOGETHER)
        index, table = beside[".shx"], Dbf.of(beside[".dbf"])
        # Esri Shapefile Technical Description, July 1998: both begin with a header of 100 bytes, which has the file's
        # length in words of 16 bits at byte 24; the index has 8 bytes a record.
        for part in (path, index):
            with part.open("rb") as file:
                announced = 2 * int.from_bytes(file.read(28)[24:28], "big")
            if part.stat().st_size < announced:
                why = f"{part.name} has {number_of(part.stat().st_size, 'byte')} of {announced:,}"
                raise FileRefused(path, why, "the file is cut off; get it again from where it came")
        shapes = (index.stat().st_size - 100) // 8
        if shapes > table.present or (shapes < table.present and table.announced != shapes):
            why = (
                f"{index.name} counts {number_of(shapes, 'shape')} and {table.path.name} "
                f"{number_of(table.present, 'row')}"
            )
            raise FileRefused(path, why, _APART)
        return cls(path, beside, table, shapes)

    def text(self, suffix: str) -> str | None:
        """The content of a small part of text."""
        part = self.beside.get(suffix)
        return None if part is None else part.read_text(encoding="utf-8", errors="replace").strip("\ufeff\0 \r\n\t")

    @contextmanager
    def outlines(self) -> Iterator[Path]:
        """The parts without the table, so that GDAL gives every outline, whatever the table says."""
        with scratch_folder("shapes") as folder:
            for suffix, part in {**self.beside, ".shp": self.path}.items():
                if suffix not in (".shp", ".shx", ".prj"):
                    continue
                target = Path(folder, "outlines" + suffix)
                try:
                    os.symlink(part.absolute(), target)
                except OSError:  # a file system, or a right, without links
                    shutil.copyfile(part, target)
            yield Path(folder, "outlines.shp")


def _rows(parts: _Parts, page: CodePage, to_lon_lat: ToLonLat, reading: Reading) -> Iterator[Row]:
    records = parts.table.records(parts.shapes)
    number = seen = 0
    with parts.outlines() as outlines:
        for wkbs in wkbs_of(outlines, named=parts.path):
            kept_rows = [
                (wkb, record) for wkb, (is_deleted, record) in zip(wkbs, records, strict=False) if not is_deleted
            ]
            seen += len(wkbs)
            read = geometries_from_wkb([wkb for wkb, _ in kept_rows])
            moved = to_lon_lat([geometry for geometry, _ in read])
            reading.shift_m, moved_m = to_lon_lat.shift_m, to_lon_lat.shifts_m.tolist()
            for place, (wkb, record) in enumerate(kept_rows):
                number += 1
                values = parts.table.values(record, number, page)
                fault, by_m = read[place][1], moved_m[place]
                yield Row(number, moved[place], values, fault=fault, wkb=wkb, crs=reading.crs, moved_m=by_m)
    if seen != parts.shapes:
        why = f"its index announces {number_of(parts.shapes, 'shape')}, and {seen} could be read"
        raise FileRefused(parts.path, why, "the file is damaged or cut off; get it again from where it came")
    for name, odd in parts.table.odd.items():
        shown = ", ".join(f"{text!r} in row {at}" for at, text in odd[:3])
        reading.notes.append(
            f"column {name}: {number_of(len(odd), 'value is', 'values are')} not of its type; kept as found: {shown}"
        )
