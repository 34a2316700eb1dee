"""A base map of one's own region in one file: a PMTiles archive of vector tiles, read tile by tile.

Source: PMTiles 3 (Protomaps). Such archives are made from OpenStreetMap by Protomaps' builds and ``pmtiles extract``,
tilemaker and Planetiler, and by ``merestone basemap build``; the map's style knows the layers of the Protomaps basemap,
of OpenMapTiles and of our own.
"""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType

from merestone.exchange.formats.base_maps.names import NamedPlace, places_in
from merestone.terms import FileRefused

PROTOMAPS: Final = "protomaps"
OPENMAPTILES: Final = "openmaptiles"
OURS: Final = "merestone"
_SCHEMAS: Final = {
    PROTOMAPS: {"earth", "water", "roads", "places"},
    OPENMAPTILES: {"water", "transportation", "place"},
    OURS: {"streets", "tracks", "villages", "towns", "forest", "rivers"},
}
"""Layers by which a schema is known; at least two of them are there."""
_REMEDY: Final = "give a PMTiles file of vector tiles, such as `merestone basemap build` or tilemaker makes"


_KNOWN: Final = "make one with `merestone basemap build`, or give one with the layers of Protomaps or OpenMapTiles"


_DIRECTORIES_DEEP: Final = 4
"""A directory below directories deeper than this is a damaged one, as in the library."""


@dataclass(frozen=True, slots=True)
class HeldTile:
    """Where an archive holds a tile."""

    tile_id: int
    offset: int
    size_bytes: int


@dataclass(frozen=True)
class BaseMap:
    """An open archive."""

    path: Path
    header: dict[str, Any]
    metadata: dict[str, Any]
    _reader: Reader

    @classmethod
    def open(cls, path: Path) -> "BaseMap":
        """Open an archive, and look whether the map can be drawn from it.

        Raises
        ------
        FileRefused
            It is missing, is not a PMTiles archive, is damaged, holds no vector tiles, packs them otherwise than by
            gzip, or has layers that the map does not know.
        """
        try:
            with path.open("rb") as file:
                reader = Reader(MmapSource(file))
                header, metadata = reader.header(), reader.metadata()
        except OSError as error:
            raise FileRefused(path, f"cannot be read ({error.strerror or error})", _REMEDY) from None
        except Exception as error:  # whatever the library meets in a file that is something else
            raise FileRefused(path, "is not a PMTiles archive, or is damaged", _REMEDY) from error
        if header["tile_type"] is not TileType.MVT:
            raise FileRefused(path, "holds no vector tiles", _REMEDY)
        if header["tile_compression"] not in (Compression.NONE, Compression.GZIP):
            raise FileRefused(
                path, f"has tiles compressed with {header['tile_compression'].name.lower()}", "compress them with gzip"
            )
        if not isinstance(metadata, dict):
            raise FileRefused(path, "has metadata that are not a JSON object", _REMEDY)
        opened = cls(path, header, metadata, reader)
        if not opened.schema:
            layer_names = ", ".join(sorted(opened.layers)) or "none"
            raise FileRefused(path, f"has layers that this map does not know ({layer_names})", _KNOWN)
        return opened

    @cached_property
    def layers(self) -> frozenset[str]:
        """The layers that its metadata name."""
        listed = self.metadata.get("vector_layers")
        named = [layer.get("id") for layer in listed if isinstance(layer, dict)] if isinstance(listed, list) else []
        return frozenset(str(name) for name in named)

    @cached_property
    def schema(self) -> str:
        """Which known schema its layers follow; empty: none, and the map cannot draw it."""
        if self.metadata.get("name") == OURS and self.layers:
            return OURS  # however few layers a small region has
        known_counts = {name: len(known & self.layers) for name, known in _SCHEMAS.items()}
        best = max(known_counts, key=lambda name: known_counts[name])
        return best if known_counts[best] >= 2 else ""

    @cached_property
    def zooms(self) -> tuple[int, int]:
        """The first and the last zoom that it holds."""
        return int(self.header["min_zoom"]), int(self.header["max_zoom"])

    @cached_property
    def bounds_deg(self) -> tuple[float, float, float, float]:
        """West, south, east and north, as its header states them."""
        west, south = self.header["min_lon_e7"] / 1e7, self.header["min_lat_e7"] / 1e7
        return west, south, self.header["max_lon_e7"] / 1e7, self.header["max_lat_e7"] / 1e7

    @cached_property
    def attribution(self) -> str:
        """Whom it must name, as plain text; of OpenStreetMap's data, its contributors."""
        text = str(self.metadata.get("attribution") or "© OpenStreetMap contributors (ODbL)")
        return text[:500]

    @cached_property
    def places(self) -> tuple[NamedPlace, ...]:
        """The names that can be found, the most important first; none in an archive that another tool made."""
        return tuple(places_in(self.metadata))

    @cached_property
    def tag(self) -> str:
        """What changes when the file does."""
        file_stat = self.path.stat()
        return hashlib.sha256(f"{file_stat.st_size} {file_stat.st_mtime_ns}".encode()).hexdigest()[:16]

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """A tile, packed by gzip; None if the archive has none there.

        Raises
        ------
        FileRefused
            The archive is damaged there.
        """
        if not (self.zooms[0] <= zoom <= self.zooms[1] and 0 <= column < 2**zoom and 0 <= row < 2**zoom):
            return None
        try:
            content = self._reader.get(zoom, column, row)
        except Exception as error:  # whatever the library meets in a damaged directory
            raise FileRefused(self.path, "is damaged", "replace it with an intact copy") from error
        if not content:
            return None
        return gzip.compress(content, 1, mtime=0) if self.header["tile_compression"] is Compression.NONE else content

    def held_tiles(self, tile_ids: NDArray[np.int64]) -> list[HeldTile]:
        """Those of some tiles that the archive holds, ascending; each directory is read once.

        Parameters
        ----------
        tile_ids
            Ascending.

        Raises
        ------
        FileRefused
            The archive is damaged there.
        """
        try:
            return list(self._tiles_in(self.header["root_offset"], self.header["root_length"], tile_ids, 1))
        except Exception as error:  # whatever the library meets in a damaged directory
            raise FileRefused(self.path, "is damaged", "replace it with an intact copy") from error

    def packed_content(self, tile: HeldTile) -> bytes:
        """A tile's content, packed by gzip."""
        content: bytes = self._reader.get_bytes(self.header["tile_data_offset"] + tile.offset, tile.size_bytes)
        return gzip.compress(content, 6, mtime=0) if self.header["tile_compression"] is Compression.NONE else content

    def _tiles_in(self, offset: int, length: int, tile_ids: NDArray[np.int64], depth: int) -> Iterator[HeldTile]:
        if depth > _DIRECTORIES_DEEP:
            raise ValueError("its directories refer to one another in a loop")
        starts, runs, lengths, offsets = _directory(self._reader.get_bytes(offset, length))
        nexts = np.append(starts[1:], np.iinfo(np.int64).max)
        firsts = np.searchsorted(tile_ids, starts)
        ends = np.searchsorted(tile_ids, np.where(runs > 0, starts + runs, nexts))
        for place in np.flatnonzero(ends > firsts).tolist():
            wanted, at, size = tile_ids[firsts[place] : ends[place]], int(offsets[place]), int(lengths[place])
            if runs[place]:
                yield from (HeldTile(tile_id, at, size) for tile_id in wanted.tolist())
            else:
                yield from self._tiles_in(self.header["leaf_directory_offset"] + at, size, wanted, depth + 1)


def _directory(packed: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Of each entry the first tile, how many follow it (0: a directory below), length and offset.

    As the library's `deserialize_directory`, which takes 10 µs for each entry.
    """
    encoded = np.frombuffer(gzip.decompress(packed), np.uint8)
    ends = np.flatnonzero(encoded < 128)
    starts = np.append(0, ends[:-1] + 1)
    sizes = ends - starts + 1
    numbers = np.zeros(len(ends), np.int64)
    for nth in range(int(sizes.max())):
        longer = sizes > nth
        numbers[longer] |= (encoded[starts[longer] + nth].astype(np.int64) & 127) << (7 * nth)
    count = int(numbers[0])
    if len(numbers) != 1 + 4 * count:
        raise ValueError("a directory has other entries than it says")
    steps, runs, lengths, stated = numbers[1:].reshape(4, count)
    # An offset is stated one larger; 0 stands for the end of the entry before.
    before = np.cumsum(lengths) - lengths
    anchors = np.maximum.accumulate(np.where(stated > 0, np.arange(count), 0))
    offsets = stated[anchors] - 1 + before - before[anchors]
    return np.cumsum(steps), runs, lengths, offsets
