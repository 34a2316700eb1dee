"""Compact packs: a quarter smaller, and to the last bit the same outlines."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.bulk._compact_outlines import FORMS, compacted, expanded
from merestone.bulk._pack_file import PREFIX
from merestone.bulk.pack import PackRefused, load_pack, save_pack
from merestone.screening import Circumstances, HazardIndex, Outlines

COLUMNS = ("lon_deg", "lat_deg", "ends", "part_start")
GIVEN = Circumstances(date(2026, 11, 28), label="synthetic exercise data")
numbers = st.floats(-90, 90, allow_subnormal=True)


def areas(count: int, lon_deg: float, lat_deg: float) -> list[shapely.Polygon]:
    rng = np.random.default_rng(4)
    middles = np.array([lon_deg, lat_deg]) + rng.uniform(0, 1, (count, 2))
    return [shapely.Point(*middle).buffer(rng.uniform(1e-4, 4e-3), quad_segs=8) for middle in middles]


def same(one: Outlines, other: Outlines) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS)


@given(st.lists(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), max_size=6))
def test_no_coordinate_changes_by_a_bit(lines: list[list[tuple[float, float]]]) -> None:
    shapes = [shapely.Point(line[0]) if len(line) == 1 else shapely.LineString(line) for line in lines]
    outlines = HazardIndex.build(np.array(shapes, dtype=object)).outlines
    arrays = compacted(outlines)
    assert {name: array.dtype.str for name, array in arrays.items()} == FORMS
    whole = expanded(arrays)
    assert whole is not None
    for name in COLUMNS:
        assert np.array_equal(whole[name], getattr(outlines, name))


@pytest.mark.parametrize("place", [(17.0, 44.0), (0.0, 0.0), (-0.5, 0.2), (-179.9, -60.0)])
def test_a_compact_pack_holds_the_same_outlines(tmp_path: Path, place: tuple[float, float]) -> None:
    hole = shapely.Point(place[0] + 0.5, place[1] + 0.5).buffer(0.1)
    holed = shapely.box(*place, place[0] + 3, place[1] + 1).difference(hole)
    shapes = [
        *areas(200, *place),
        holed,
        shapely.Point(*place),
        shapely.LineString([place, (place[0] + 0.5, place[1])]),
    ]
    index = HazardIndex.build(np.array(shapes, dtype=object), 5.0)
    sizes = [
        save_pack(index, tmp_path / f"{is_compact}.pack", audience="exact", circumstances=GIVEN, compact=is_compact)
        for is_compact in (False, True)
    ]
    plain, compact = (load_pack(tmp_path / f"{name}.pack", verify=True).index.outlines for name in (False, True))
    assert same(plain, index.outlines)
    assert same(compact, index.outlines)
    assert not compact.lon_deg.flags.writeable
    if place == (17.0, 44.0):
        assert sizes[1] < 0.85 * sizes[0]


def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path: Path) -> None:
    arrays = compacted(HazardIndex.build(np.array(areas(3, 17.0, 44.0), dtype=object)).outlines)
    assert expanded(arrays) is not None
    for name, array in arrays.items():
        longer = np.concatenate([array, array[:1] if len(array) else np.zeros(1, array.dtype)])
        assert expanded({**arrays, name: longer}) is None, name
    assert expanded({**arrays, "ring_sizes": arrays["ring_sizes"] * 0}) is None


def test_a_later_version_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.pack"
    index = HazardIndex.build(np.array(areas(3, 17.0, 44.0), dtype=object))
    save_pack(index, path, audience="exact", circumstances=GIVEN, compact=True)
    whole = path.read_bytes()
    magic, version, *rest = PREFIX.unpack_from(whole)
    assert version == 2
    path.write_bytes(PREFIX.pack(magic, 4, *rest) + whole[PREFIX.size :])
    with pytest.raises(PackRefused, match="version 4, and this program reads versions 1 and 2"):
        load_pack(path)
