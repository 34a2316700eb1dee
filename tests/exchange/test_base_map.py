"""A base map is read from one PMTiles file; what is something else, or damaged, is refused in words."""

import gzip
from pathlib import Path

import mapbox_vector_tile
import pytest
from pmtiles.tile import Compression, TileType

from merestone.exchange.formats.base_map import BaseMap
from merestone.terms import FileRefused
from tests.exchange.region import LAYERS, write_region


@pytest.mark.parametrize("schema", list(LAYERS))
@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.NONE])
def test_tiles_are_given_packed_as_a_browser_takes_them(tmp_path: Path, schema: str, compression: Compression) -> None:
    region = BaseMap.open(write_region(tmp_path / "region.pmtiles", schema, compression=compression))
    assert region.schema == schema
    assert region.zooms == (0, 2)
    assert region.bounds_deg == (-170.0, -80.0, 170.0, 80.0)
    tile = region.tile(2, 3, 1)
    assert tile is not None
    read = mapbox_vector_tile.decode(gzip.decompress(tile))
    assert {name for name, features in LAYERS[schema].items() if features} <= set(read)
    assert region.tile(3, 0, 0) is None
    assert region.tile(2, 4, 0) is None


def test_what_the_map_cannot_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"cannot be read \(No such file"):
        BaseMap.open(tmp_path / "nothing.pmtiles")
    (tmp_path / "other.pmtiles").write_bytes(b"SQLite format 3\0" * 20)
    with pytest.raises(
        FileRefused, match="is not a PMTiles archive, or is damaged; give a PMTiles file of vector tiles"
    ):
        BaseMap.open(tmp_path / "other.pmtiles")
    (tmp_path / "empty.pmtiles").touch()
    with pytest.raises(FileRefused, match="is not a PMTiles archive"):
        BaseMap.open(tmp_path / "empty.pmtiles")
    with pytest.raises(FileRefused, match="holds no vector tiles"):
        BaseMap.open(write_region(tmp_path / "photo.pmtiles", tile_type=TileType.PNG))
    with pytest.raises(FileRefused, match="has tiles compressed with zstd; compress them with gzip"):
        BaseMap.open(write_region(tmp_path / "zstd.pmtiles", compression=Compression.ZSTD))
    with pytest.raises(FileRefused, match=r"layers that this map does not know \(contours\)"):
        BaseMap.open(write_region(tmp_path / "contours.pmtiles", "contours"))


def test_a_damaged_archive_ends_in_words(tmp_path: Path) -> None:
    path = write_region(tmp_path / "region.pmtiles")
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        try:
            BaseMap.open(path).tile(2, 3, 1)
        except FileRefused as refused:
            assert "damaged" in str(refused)  # noqa: PT017 (most cuts are refused, and none may end otherwise)
