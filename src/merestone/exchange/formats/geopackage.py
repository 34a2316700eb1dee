"""OGC GeoPackage 1.x: one SQLite file, several layers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from merestone.exchange.formats._ogr import layers_of, read_table, write_table
from merestone.exchange.formats.format import Feature
from merestone.exchange.row import Reading


class GeoPackage:
    """Reads any feature layer; writes one layer, with what the file says of itself in its metadata tables."""

    name = "GeoPackage"
    suffixes = (".gpkg",)
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """SQLite's first bytes with GeoPackage's application id; older files have only the name."""
        if not head.startswith(b"SQLite format 3\x00"):
            return False
        return head[68:72] in (b"GPKG", b"GP10", b"GP11") or path.suffix.lower() == ".gpkg"

    def layers(self, path: Path) -> tuple[str, ...]:
        """The feature layers; attribute tables are left out."""
        return layers_of(path)

    def read(self, path: Path, *, layer: str | None = None, crs: str | None = None) -> Reading:
        """The rows of one layer, in the order of their fid."""
        return read_table(path, format_name=self.name, layer=layer, crs=crs, by_arrow=True)

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One layer with a spatial index."""
        title = {"layer_options": {"IDENTIFIER": about.get("title", layer), "DESCRIPTION": "; ".join(about.values())}}
        write_table(path, features, driver="GPKG", layer=layer, metadata=about, **title)
