"""MapInfo: tables (TAB, read by GDAL's MITAB) and interchange files (MIF with MID, read here: see `_mif`)."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from merestone.exchange.formats._code_page import code_page_of
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._ogr import read_table, recoded_tables
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading
from merestone.terms import FileRefused

_CHARSET: Final = re.compile(rb"!charset\s+\"?([\w-]+)", re.IGNORECASE)
_UNKNOWN: Final = ("neutral", "none")
"""Charsets by which MapInfo says that it does not say."""


class MapInfo:
    """Reads one layer, named as the file."""

    name = "MapInfo"
    suffixes = (".tab", ".mif")
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """A table's ``!table``, or an interchange file's ``Version`` with one of their endings."""
        start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        return start.startswith(b"!table") or (path.suffix.lower() == ".mif" and start.startswith(b"version"))

    def layers(self, path: Path) -> tuple[str, ...]:
        """The one layer."""
        return (path.stem,)

    def parts(self, path: Path, layer: str | None = None) -> Sequence[Path]:
        """The files of one name with MapInfo's endings."""
        endings = (".mif", ".mid") if path.suffix.lower() == ".mif" else (".tab", ".dat", ".map", ".id", ".ind")
        beside = (part for part in path.parent.iterdir() if part.stem.lower() == path.stem.lower())
        return sorted(part for part in beside if part.suffix.lower() in endings and part.is_file())

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows; text in the `encoding` given, or that the file names, or that of its words, which is told."""
        layer_of(path, layer, (path.stem,))
        if path.suffix.lower() == ".mif":
            from merestone.exchange.formats._mif import read_mif

            return read_mif(path, format_name=self.name, crs=crs, encoding=encoding)
        suffixes = {part.suffix.lower() for part in self.parts(path)}
        missing = sorted({".dat", ".map", ".id"} - suffixes)
        if missing:
            names = " and ".join(path.stem + suffix for suffix in missing)
            raise FileRefused(path, f"{names} is not beside it", "a table is several files: copy all of them together")
        stated = _CHARSET.search(path.read_bytes()[:4096])
        tables = None
        if encoding is not None or stated is None or stated[1].decode().lower() in _UNKNOWN:
            tables = recoded_tables(partial(code_page_of, asked=encoding))
        return read_table(path, format_name=self.name, layer=None, crs=crs, tables=tables)

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "MapInfo tables are only read", "write a GeoPackage (.gpkg) instead")
