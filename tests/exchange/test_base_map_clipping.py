"""A base map cut to a box: the tiles that the library of the format's authors reads there, and no more than a limit."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, Entry, deserialize_directory, serialize_directory, zxy_to_tileid

from merestone.exchange.formats.base_map import BaseMap, _directory
from merestone.exchange.formats.base_maps import clip_base_map
from merestone.exchange.formats.base_maps.clipping import _tile_ids, _tiles_of
from merestone.terms import FileRefused
from tests.exchange.region import write_region

WIDE, MANY = 100_000_000, 20_000


def tiles_of(path: Path) -> dict[tuple[int, int, int], bytes]:
    with path.open("rb") as file:
        return {(z, x, y): content for (z, x, y), content in all_tiles(MmapSource(file))}


@given(
    zoom=st.integers(0, 20),
    column=st.floats(0, 1, exclude_max=True),
    row=st.floats(0, 1, exclude_max=True),
    width=st.integers(1, 5),
    height=st.integers(1, 5),
)
def test_tiles_are_numbered_as_the_library_does(zoom: int, column: float, row: float, width: int, height: int) -> None:
    side = 2**zoom
    columns = range(int(column * side), min(int(column * side) + width, side))
    rows = range(int(row * side), min(int(row * side) + height, side))
    numbers = sorted(zxy_to_tileid(zoom, x, y) for x in columns for y in rows)
    assert _tile_ids(zoom, columns, rows).tolist() == numbers


entries = st.tuples(
    st.integers(1, 2**40), st.integers(0, 300), st.integers(1, 2**33), st.none() | st.integers(0, 2**40)
)


@given(st.lists(entries, min_size=1, max_size=40))
def test_a_directory_is_read_as_the_library_reads_it(listed: list[tuple[int, int, int, int | None]]) -> None:
    tile_id, made = 0, list[Entry]()
    for step, run, length, offset in listed:
        tile_id += step
        follows = made[-1].offset + made[-1].length if made else 0
        made.append(Entry(tile_id, follows if offset is None else offset, length, run))
    packed = serialize_directory(made)
    oracle = deserialize_directory(packed)
    starts, runs, lengths, offsets = _directory(packed)
    assert starts.tolist() == [entry.tile_id for entry in oracle]
    assert runs.tolist() == [entry.run_length for entry in oracle]
    assert lengths.tolist() == [entry.length for entry in oracle]
    assert offsets.tolist() == [entry.offset for entry in oracle]


def test_more_tiles_than_the_limit_are_not_cut(tmp_path: Path) -> None:
    whole = BaseMap.open(write_region(tmp_path / "whole.pmtiles", zooms=range(5)))
    box = (-179.0, -80.0, 179.0, 80.0)
    clipped = clip_base_map(whole, box, tmp_path / "part", most_bytes=WIDE, most_tiles=1 + 4 + 16 + 63)
    assert clipped is not None
    assert clipped.zooms == (0, 2)


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.NONE])
def test_a_part_holds_every_tile_that_meets_its_box_and_no_other(tmp_path: Path, compression: Compression) -> None:
    whole = BaseMap.open(write_region(tmp_path / "whole.pmtiles", zooms=range(7), compression=compression))
    box = (14.0, 43.0, 20.0, 46.0)
    clipped = clip_base_map(whole, box, tmp_path / "part.pmtiles", most_bytes=WIDE, most_tiles=MANY)
    assert clipped is not None
    assert clipped.zooms == (0, 6)
    assert clipped.bounds_deg == box
    assert clipped.size_bytes == (tmp_path / "part.pmtiles").stat().st_size
    meets = {
        (z, x, y)
        for z in range(7)
        for x in range(2**z)
        for y in range(2**z)
        if x / 2**z * 360 - 180 <= box[2]
        and (x + 1) / 2**z * 360 - 180 >= box[0]
        and latitude(y + 1, z) <= box[3]
        and latitude(y, z) >= box[1]
    }
    part = BaseMap.open(tmp_path / "part.pmtiles")
    tiles = tiles_of(tmp_path / "part.pmtiles")
    assert set(tiles) == meets
    assert all(part.tile(*place) == whole.tile(*place) or compression is Compression.NONE for place in tiles)
    assert (part.schema, part.attribution, part.bounds_deg) == (whole.schema, whole.attribution, box)
    assert "places" not in part.metadata


def latitude(row: int, zoom: int) -> float:
    return float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * row / 2**zoom)))))


def test_a_limit_leaves_out_the_last_zooms_and_never_fewer_than_fit(tmp_path: Path) -> None:
    whole = BaseMap.open(write_region(tmp_path / "whole.pmtiles", zooms=range(7), varied=True))
    path = tmp_path / "part.pmtiles"
    box = (-179.0, -80.0, 179.0, 80.0)
    last_zooms: dict[int, int | None] = {}
    for most_bytes in (1_000_000, 100_000, 20_000, 5_000, 10):
        clipped = clip_base_map(whole, box, path, most_bytes=most_bytes, most_tiles=MANY)
        assert path.exists() == (clipped is not None)
        if clipped is not None:
            assert clipped.size_bytes <= most_bytes
            assert max(z for z, _, _ in tiles_of(path)) == clipped.zooms[1]
            path.unlink()
        last_zooms[most_bytes] = None if clipped is None else clipped.zooms[1]
    assert last_zooms[10] is None
    zooms = [zoom for zoom in last_zooms.values() if zoom is not None]
    assert zooms == sorted(zooms, reverse=True)
    assert zooms[0] > zooms[-1]


def test_where_the_base_map_holds_nothing_there_is_no_part(tmp_path: Path) -> None:
    path = write_region(tmp_path / "region.pmtiles", bounds_deg=(10.0, 40.0, 12.0, 42.0))
    assert (
        clip_base_map(BaseMap.open(path), (20.0, 40.0, 21.0, 41.0), tmp_path / "part", most_bytes=WIDE, most_tiles=MANY)
        is None
    )
    assert not (tmp_path / "part").exists()


def test_a_base_map_with_leaf_directories_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    path = write_region(tmp_path / "large.pmtiles", zooms=range(8), varied=True)
    whole = BaseMap.open(path)
    assert whole.header["leaf_directory_length"] > 0, "so many tiles have directories of their own"
    clipped = clip_base_map(
        whole, (14.0, 43.0, 20.0, 46.0), tmp_path / "part.pmtiles", most_bytes=WIDE, most_tiles=MANY
    )
    assert clipped is not None
    with path.open("rb") as file:
        library = Reader(MmapSource(file))
        for (zoom, column, row), content in tiles_of(tmp_path / "part.pmtiles").items():
            assert library.get(zoom, column, row) == content
    columns, rows = _tiles_of(7, clipped.bounds_deg)
    assert (7, columns[0], rows[0]) in tiles_of(tmp_path / "part.pmtiles")
    damaged = bytearray(path.read_bytes())
    at = whole.header["leaf_directory_offset"]
    damaged[at : at + whole.header["leaf_directory_length"]] = b"\0" * whole.header["leaf_directory_length"]
    (tmp_path / "damaged.pmtiles").write_bytes(damaged)
    with pytest.raises(FileRefused, match="damaged"):
        clip_base_map(
            BaseMap.open(tmp_path / "damaged.pmtiles"),
            clipped.bounds_deg,
            tmp_path / "x",
            most_bytes=WIDE,
            most_tiles=MANY,
        )
