"""Esri Shapefile: read only. It cannot hold what we write (long names, long text, mixed geometries, empty cells)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from merestone.exchange.formats._ogr import layers_of, read_table
from merestone.exchange.formats.format import Feature
from merestone.exchange.row import Reading
from merestone.terms import FileRefused


class Shapefile:
    """Read with its sidecars: ``.shx`` and ``.dbf`` must be there, ``.prj`` may be replaced by the user's word."""

    name = "Shapefile"
    suffixes = (".shp",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """By the file code 9994 that every main file begins with."""
        return head.startswith(b"\x00\x00\x27\x0a")

    def layers(self, path: Path) -> tuple[str, ...]:
        """The one layer, named as the file."""
        _sidecars_agree(path)
        return layers_of(path)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; text in the encoding that ``.cpg`` or the table's own mark names.

        Raises
        ------
        FileRefused
            A sidecar is missing or has another number of rows than the main file.
        """
        _sidecars_agree(path)
        return read_table(path, format_name=self.name, layer=layer, crs=crs, by_arrow=True)

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "Shapefile cannot hold all of it", "write a GeoPackage (.gpkg) instead")


def _sidecar(path: Path, suffix: str) -> Path | None:
    wanted = path.with_suffix(suffix).name.lower()
    return next((beside for beside in path.parent.iterdir() if beside.name.lower() == wanted), None)


def _sidecars_agree(path: Path) -> None:
    """GDAL pairs rows by number and is silent if one of the two files ends early; such rows must not vanish."""
    index, table = _sidecar(path, ".shx"), _sidecar(path, ".dbf")
    missing = [name for name, found in ((".shx", index), (".dbf", table)) if found is None]
    if missing or index is None or table is None:
        names = " and ".join(path.stem + suffix for suffix in missing)
        raise FileRefused(path, f"{names} is not beside it", "a Shapefile is several files: copy all of them together")
    # ESRI Shapefile Technical Description, July 1998: the index has a header of 100 bytes and 8 bytes a record.
    shapes = (index.stat().st_size - 100) // 8
    with table.open("rb") as file:
        rows = int.from_bytes(file.read(8)[4:8], "little")  # dBASE III: number of records at byte 4
    if shapes != rows:
        why = f"{index.name} counts {shapes} shapes and {table.name} {rows} rows"
        raise FileRefused(path, why, "the parts do not belong together; get all of them again from where they came")
