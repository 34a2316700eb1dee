"""Zip archives and gzipped files as people send them: unpacked into a folder that vanishes, and read from there.

An archive with one data set is that data set; of several, one is named. What is in it beside data is named in the
notes. Nothing is ever written outside of the folder, and an archive that grows beyond measure is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from merestone.exchange.formats import rows_by
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._unpacked import ARCHIVE, DataSet, Unpacked, unpacked
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading, Row
from merestone.terms import FileRefused

ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
GZIP: Final = b"\x1f\x8b"
_OTHERS: Final = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
_OFFICE: Final = (".xlsx", ".xlsm", ".ods", ".docx", ".odt", ".pptx", ".qgz", ".kmz", ".jar", ".apk")
_OFFICE_PARTS: Final = (b"[Content_Types].xml", b"_rels/.rels", b"application/vnd.oasis")


class Archive:
    """The data sets in it are its layers; where there is only one, the layers of that one."""

    name = ARCHIVE
    suffixes = (".zip",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """The first bytes of zip and gzip (and of archives that are not opened, to say so); no spreadsheet or text."""
        if head.startswith(ZIP):
            is_office = path.suffix.lower() in _OFFICE or any(part in head for part in _OFFICE_PARTS)
            return not is_office
        return head.startswith((GZIP, *_OTHERS)) or head[257:262] == b"ustar"

    def layers(self, path: Path) -> tuple[str, ...]:
        """The names by which `read` knows the data sets."""
        return tuple(_offered(_open(path)))

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows of one data set, by the format that knows it; messages name the archive and what is in it."""
        whole = _open(path)
        offered = _offered(whole)
        chosen = layer_of(path, layer, tuple(offered))
        data_set, inner_layer = offered[chosen]
        try:
            inner = rows_by(data_set.format, data_set.path, layer=inner_layer, crs=crs, encoding=encoding)
        except FileRefused as refused:
            raise whole.refusal(refused) from refused
        reading = Reading(
            iter(()), format_name=f"{inner.format_name} in an archive", layer=chosen, crs=inner.crs, total=inner.total
        )
        inner.notes[:0] = [f"read from the archive: {data_set.name}", *whole.notes]
        reading.notes = inner.notes  # the same list: what is noted while rows are read stands in it
        reading._rows = _rows(whole, inner, reading)
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Archives are only read."""
        raise FileRefused(path, "archives are only read here", "write a GeoPackage, and pack it yourself")


def _open(path: Path) -> Unpacked:
    with path.open("rb") as file:
        head = file.read(512)
    kind = next((name for magic, name in _OTHERS.items() if head.startswith(magic)), None)
    kind = "tar" if kind is None and head[257:262] == b"ustar" else kind
    if kind is not None:
        raise FileRefused(
            path, f"it is a {kind} archive, which is not opened here", "unpack it and give the files in it"
        )
    return unpacked(path, is_gzip=head.startswith(GZIP))


def _offered(whole: Unpacked) -> dict[str, tuple[DataSet, str | None]]:
    """Data sets and their layers by the name that a user gives."""
    alone = len(whole.data_sets) == 1
    offered: dict[str, tuple[DataSet, str | None]] = {}
    for data_set in whole.data_sets:
        try:
            layers = data_set.format.layers(data_set.path)
        except FileRefused as refused:
            raise whole.refusal(refused) from refused
        if alone:
            offered |= {name: (data_set, name) for name in layers}
        elif len(layers) == 1:
            offered[data_set.name] = data_set, None
        else:
            offered |= {f"{data_set.name}:{name}": (data_set, name) for name in layers}
    return offered


def _rows(whole: Unpacked, inner: Reading, reading: Reading) -> Iterator[Row]:
    """The rows; the folder stays as long as they are being read."""
    try:
        for row in inner:
            reading.shift_m = inner.shift_m
            yield row
        reading.shift_m = inner.shift_m
    except FileRefused as refused:
        raise whole.refusal(refused) from refused
