"""FlatGeobuf 3: one layer in one file that a web map can read piece by piece."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from merestone.exchange.formats._ogr import apart_tables, layers_of, read_table
from merestone.exchange.formats._ogr_write import write_table
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading

_LEAST_FEATURE_BYTES: Final = 12
"""A feature's own size (4 bytes), and of its FlatBuffer the offset of the root and the table's of its fields."""


class FlatGeobuf:
    """Written with its spatial index, which puts the features into an order of its own."""

    name = "FlatGeobuf"
    suffixes = (".fgb",)
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """By the magic bytes of any version 3."""
        return head.startswith(b"fgb\x03fgb")

    def layers(self, path: Path) -> tuple[str, ...]:
        """The one layer."""
        return layers_of(path)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file."""
        # Not by Arrow: GDAL 3.12.4 ends the whole process (std::length_error) at a feature without geometry.
        # pyogrio 0.13 takes memory for as many features as the header announces, before it has read one of them.
        return read_table(
            path, format_name=self.name, layer=layer, crs=crs, tables=apart_tables, row_bytes=_LEAST_FEATURE_BYTES
        )

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """One layer; without the spatial index where a feature has no geometry, which the index cannot hold."""
        placeless = any(feature.geometry is None or feature.geometry.is_empty for feature in features)
        options = {
            "SPATIAL_INDEX": "NO" if placeless else "YES",
            "TITLE": about.get("title", layer),
            "DESCRIPTION": "; ".join(about.values()),
        }
        write_table(path, features, driver="FlatGeobuf", layer=layer, layer_options=options)
