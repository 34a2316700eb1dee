"""Coverage holds every place that is within the distance, and its area is that of an equal-area projection."""

import numpy as np
import pytest
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import area_m2
from merestone.screening import HazardIndex, coverage
from merestone.terms import WIDENED_M, FieldRefused

GEOD = Geod(ellps="WGS84")
zone = shapely.box(-0.05, -0.05, 0.05, 0.05)


def test_a_point_covers_its_circle_and_a_little_more() -> None:
    index = HazardIndex.build([shapely.Point(0.0, 0.0), shapely.Point(1.0, 1.0)], 20.0)
    found = coverage(index, zone, 480.0)
    assert np.pi * 500**2 <= found.covered_m2 <= np.pi * 500**2 * 1.025
    assert found.share == pytest.approx(found.covered_m2 / area_m2(zone))
    assert found.hazards.tolist() == [0]
    lon, lat, _ = GEOD.fwd(np.zeros(720), np.zeros(720), np.arange(720) / 2, np.full(720, 500.0))
    assert shapely.covers(found.geometry, shapely.points(lon, lat)).all()


def test_at_no_distance_it_is_the_overlap_and_counts_no_place_twice() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01), shapely.box(0.005, 0, 0.06, 0.01)], 0.0)
    found = coverage(index, zone, 0.0)
    assert found.covered_m2 == pytest.approx(area_m2(shapely.box(0, 0, 0.05, 0.01)), rel=1e-9)
    assert shapely.equals(found.geometry, shapely.box(0, 0, 0.05, 0.01))


def test_an_unstated_accuracy_is_assumed_and_named() -> None:
    found = coverage(HazardIndex.build([shapely.Point(0, 0)], None), zone, 0.0)
    assert found.assumed.tolist() == [0]
    assert found.covered_m2 >= np.pi * WIDENED_M**2


def test_over_the_antimeridian() -> None:
    index = HazardIndex.build([shapely.Point(-179.9999, 0.0)], 0.0)
    for area in (
        shapely.Polygon([(179.99, -0.01), (-179.99, -0.01), (-179.99, 0.01), (179.99, 0.01)]),
        shapely.box(179.99, -0.01, 180.01, 0.01),
    ):
        found = coverage(index, area, 100.0)
        assert np.pi * 100**2 <= found.covered_m2 <= np.pi * 100**2 * 1.03
        assert found.area_m2 == pytest.approx(area_m2(shapely.box(0, -0.01, 0.02, 0.01)), rel=1e-9)


def test_nothing_to_compare_with_is_not_known_and_nothing_near_is_none() -> None:
    empty = coverage(HazardIndex.build([], 0.0), zone, 100.0)
    assert empty.geometry is None
    assert np.isnan(empty.covered_m2)
    assert np.isnan(empty.share)
    far = coverage(HazardIndex.build([shapely.Point(3, 3)], 0.0), zone, 100.0)
    assert (far.covered_m2, far.share) == (0.0, 0.0)
    assert far.geometry is not None
    assert far.geometry.is_empty


@pytest.mark.parametrize(
    ("area", "distance_m", "what"),
    [
        (zone, -1.0, "distance_m"),
        (zone, np.nan, "distance_m"),
        (shapely.Point(0, 0), 1.0, "polygon"),
        (shapely.box(500000, 4000000, 500001, 4000001), 1.0, "polygon"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(area: BaseGeometry, distance_m: float, what: str) -> None:
    with pytest.raises(FieldRefused, match=f"^{what} "):
        coverage(HazardIndex.build([shapely.Point(0, 0)], 0.0), area, distance_m)
