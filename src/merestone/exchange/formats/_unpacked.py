"""An archive unpacked into a temporary folder, and the data sets that lie there."""

import gzip
import shutil
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from merestone.exchange.formats import format_of, parts_of
from merestone.exchange.formats._zip import Archive, most_bytes, opened
from merestone.exchange.rows.format import Format
from merestone.files import new_scratch_folder
from merestone.terms import FileRefused, number_of

_BESIDE: Final = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".fbn", ".fbx", ".ain", ".aih", ".ixs",
             ".mxs", ".atx", ".cst", ".idm", ".ind"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
    ".gml": (".xsd", ".gfs"),
    ".gpkg": (".gpkg-wal", ".gpkg-shm", ".gpkg-journal"),
    ".sqlite": (".sqlite-wal", ".sqlite-shm", ".sqlite-journal"),
}  # fmt: skip
"""Files that belong to a main file of the same name, and are no data sets themselves."""
_SURE: Final = frozenset(
    [".shp", ".geojson", ".geojsonl", ".topojson", ".umap", ".kml", ".kmz", ".gpx", ".gpkg", ".gdb", ".fgb", ".tab",
     ".mif", ".gml", ".parquet", ".geoparquet", ".sqlite"]
)  # fmt: skip
"""Endings of data with places. Any other file may as well be a read-me or a list of codes: it is a data set if it can
be read."""
ARCHIVE: Final = "archive"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class DataSet:
    """Something in an archive that a format knows."""

    name: str
    """Where it stands in the archive."""
    path: Path
    format: Format


@dataclass
class Unpacked:
    """The files of an archive in a folder that is removed when nobody uses it any more, or the process ends."""

    archive: Path
    folder: Path
    data_sets: list[DataSet] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    size_bytes: int = 0

    def __post_init__(self) -> None:
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def add(self, size_bytes: int) -> None:
        """Count what was written.

        Raises
        ------
        FileRefused
            It has grown beyond measure.
        """
        self.size_bytes += size_bytes
        if self.size_bytes > most_bytes(self.archive.stat().st_size):
            why = f"it grows to more than {number_of(self.size_bytes, 'byte')}, which no geodata do"
            raise FileRefused(self.archive, why, "do not open it; ask its sender")

    def refusal(self, refused: FileRefused) -> FileRefused:
        """The refusal of a file in the folder as one of the archive."""
        try:
            inner = Path(refused.path).relative_to(self.folder).as_posix()
        except ValueError:
            inner = Path(refused.path).name
        return FileRefused(self.archive, f"{inner} in it: {refused.why}", refused.remedy)


_in_use: "weakref.WeakValueDictionary[tuple[Path, int, int], Unpacked]" = weakref.WeakValueDictionary()
"""Archives that are being read: `layers` and `read` of one need not unpack it twice."""


def unpacked(path: Path, *, is_gzip: bool) -> Unpacked:
    """The archive at `path`, unpacked.

    Raises
    ------
    FileRefused
        It is damaged, would grow beyond measure, or holds no data set.
    """
    file_stat = path.stat()
    key = (path.resolve(), file_stat.st_mtime_ns, file_stat.st_size)
    if (known := _in_use.get(key)) is not None:
        return known
    root = new_scratch_folder("unpacked")
    whole = Unpacked(path, root)
    if is_gzip:
        _gunzip(path, root / (path.stem if path.suffix.lower() == ".gz" else f"{path.name}.unpacked"), whole)
    else:
        with opened(path) as archive:
            _extract(archive, root, whole, depth=0)
    _find(whole, root)
    if not whole.data_sets:
        reasons = "; ".join(whole.notes[:5]) or "it is empty"
        raise FileRefused(path, f"the archive holds no data set with places: {reasons}", "check what it is")
    _in_use[key] = whole
    return whole


def _gunzip(path: Path, target: Path, whole: Unpacked) -> None:
    try:
        with gzip.open(path) as source, target.open("wb") as out:
            while chunk := source.read(_CHUNK):
                whole.add(len(chunk))
                out.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused(path, f"the file is cut off or damaged: {error}", "get it again") from error


def _extract(archive: Archive, root: Path, whole: Unpacked, *, depth: int) -> None:
    """Write every entry under `root`; archives in it one level deep are unpacked as folders."""
    for name in archive.entries:
        target = root / name
        if depth and target.suffix.lower() == ".zip":
            whole.notes.append(f"not opened: {name}, an archive in an archive in an archive")
            continue
        with archive.open(name) as source:
            _write(source, target, whole)
        if target.suffix.lower() != ".zip":
            continue
        inner = target.with_name(f"{target.name}.packed")
        target.rename(inner)
        with archive.inner(name, inner) as nested:
            _extract(nested, target, whole, depth=1)
        inner.unlink()


def _write(source: IO[bytes], target: Path, whole: Unpacked) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        out = target.open("xb")
    except (OSError, ValueError) as error:
        why = f"its entry {target.name[:80]!r} cannot be unpacked: {getattr(error, 'strerror', None) or error}"
        raise FileRefused(whole.archive, why, "unpack it and give the files in it") from error
    with out:
        while chunk := source.read(_CHUNK):
            whole.add(len(chunk))
            out.write(chunk)


def _find(whole: Unpacked, root: Path) -> None:
    """The data sets under a folder, in order of name; what is none is noted with the reason."""
    passed: list[str] = []
    for path in _candidates(root, whole.archive.stem):
        name = path.relative_to(root).as_posix()
        known = None
        try:
            known = format_of(path)
            if known.name == ARCHIVE:
                whole.notes.append(f"not opened: {name}, an archive in an archive")
                continue
            if path.suffix.lower() not in _SURE:
                next(known.read(path), None)
        except FileRefused as refused:
            if path.suffix.lower() in _SURE:
                raise whole.refusal(refused) from refused
            if known is None or not any(option in str(refused) for option in ("--layer", "--crs")):
                passed.append(name)
                continue
        whole.data_sets.append(DataSet(name, path, known))
    belonging = {part for data_set in whole.data_sets for part in parts_of(data_set.path) if part != data_set.path}
    whole.data_sets = [data_set for data_set in whole.data_sets if data_set.path not in belonging]
    if passed:
        shown = ", ".join(passed[:10]) + (", ..." if len(passed) > 10 else "")
        whole.notes.append(f"not read, being no data with places: {shown}")


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    """Files that may be data sets, and folders that are geodatabases; `name` is what the folder itself is called."""
    children = sorted(folder.iterdir())
    if any(child.name.lower().endswith(".gdbtable") for child in children):
        if folder.suffix.lower() == ".gdb":
            yield folder
            return
        base = folder / f"{name.removesuffix('.gdb')}.gdb"  # its files without their folder, as some archives have them
        base.mkdir()
        for child in children:
            if child.is_file():
                child.rename(base / child.name)
        yield base
        children = [child for child in children if child.exists() and child.is_dir()]
    names = {child.name.lower() for child in children}
    for child in children:
        if child.is_dir():
            yield from _candidates(child, child.name)
        elif not _is_beside(child.name.lower(), names):
            yield child


def _is_beside(name: str, names: set[str]) -> bool:
    if name.endswith((".shp.xml", ".aux.xml")):
        return True
    for main, endings in _BESIDE.items():
        for ending in endings:
            if name.endswith(ending) and f"{name.removesuffix(ending)}{main}" in names:
                return True
    return False
