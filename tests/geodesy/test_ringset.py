"""The flat arrays hold what went in."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import RingSet, areas_m2
from merestone.terms import FieldRefused

BOX = shapely.box(0, 0, 1, 1)
HOLED = shapely.Polygon(shapely.box(2, 2, 5, 5).exterior, [shapely.box(3, 3, 4, 4).exterior])
SEVERAL = shapely.MultiPolygon([HOLED, shapely.box(10, 10, 11, 11)])
shapes = st.lists(st.sampled_from([BOX, HOLED, SEVERAL, None, shapely.Polygon()]), max_size=8)


@given(shapes)
def test_what_goes_in_comes_out(areas: list[BaseGeometry | None]) -> None:
    rings = RingSet.from_geometries(areas, np.arange(len(areas), dtype=float))
    back = rings.to_geometries()
    for area, again in zip(areas, back, strict=True):
        assert again.is_empty if area is None or area.is_empty else again == area
    assert rings.areas_m2() == pytest.approx(areas_m2(areas))
    assert rings.accuracy_m.tolist() == rings.area_of.tolist()
    assert rings.ring_starts[-1] == len(rings.coordinates)


def test_the_arrays_are_as_the_door_says() -> None:
    rings = RingSet.from_geometries([BOX, SEVERAL])
    assert rings.coordinates.shape == (5 + 15, 2)
    assert rings.coordinates.dtype == np.float64
    assert rings.ring_starts.tolist() == [0, 5, 10, 15, 20]
    assert rings.ring_starts.dtype == np.int64
    assert rings.area_of.tolist() == [0, 1, 1, 1]
    assert rings.polygon_of.tolist() == [0, 1, 1, 2]
    assert rings.is_hole.tolist() == [False, False, True, False]
    assert np.isnan(rings.accuracy_m).all()
    assert rings.size == 2


def test_points_and_lines_have_no_ring() -> None:
    with pytest.raises(FieldRefused, match="geometry 1"):
        RingSet.from_geometries([BOX, shapely.Point(0, 0)])


def test_arrays_that_do_not_fit_are_refused() -> None:
    rings = RingSet.from_geometries([BOX])
    with pytest.raises(FieldRefused, match="one value"):
        RingSet(rings.coordinates, rings.ring_starts, np.zeros(2), rings.area_of, rings.polygon_of, 1)
    with pytest.raises(FieldRefused, match="ring_starts"):
        RingSet(rings.coordinates[:4], rings.ring_starts, rings.accuracy_m, rings.area_of, rings.polygon_of, 1)
