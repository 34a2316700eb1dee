"""Distances equal GeographicLib's on densified edges; no position near a hazard is ever called none recorded."""

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.screening import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, HazardIndex
from merestone.terms import FieldRefused

STEPS = 400


def oracle_m(lon_deg: float, lat_deg: float, outline: shapely.Polygon) -> float:
    """Brute force: GeographicLib to points along every edge, then along the two steps around the best of them."""
    best = math.inf
    xy = shapely.get_coordinates(outline.exterior)
    for (x1, y1), (x2, y2) in pairwise(xy):
        low, high = 0.0, 1.0
        for _ in range(4):
            shares = np.linspace(low, high, STEPS // 8)
            found = [
                Geodesic.WGS84.Inverse(lat_deg, lon_deg, y1 + s * (y2 - y1), x1 + s * (x2 - x1), Geodesic.DISTANCE)[
                    "s12"
                ]
                for s in shares
            ]
            at = int(np.argmin(found))
            best = min(best, found[at])
            low, high = shares[max(at - 1, 0)], shares[min(at + 1, len(shares) - 1)]
    return best


@st.composite
def cases(draw: st.DrawFn) -> tuple[shapely.Polygon, float, float]:
    lon, lat = draw(st.floats(-180, 180)), draw(st.floats(-85, 85))
    size = draw(st.sampled_from([1e-5, 1e-3, 2e-2]))
    angles = sorted(draw(st.lists(st.floats(0, 6.28), min_size=3, max_size=6, unique=True)))
    ring = [(lon + size * math.cos(a) / math.cos(math.radians(lat)), lat + size * math.sin(a)) for a in angles]
    away = draw(st.floats(0, 0.05))
    bearing = draw(st.floats(0, 6.28))
    x, y = lon + away * math.cos(bearing) / math.cos(math.radians(lat)), lat + away * math.sin(bearing)
    return shapely.Polygon(ring), (x + 180) % 360 - 180, y


@given(cases())
@settings(deadline=None, max_examples=60)
def test_distance_equals_geographiclib_to_a_millimetre(case: tuple[shapely.Polygon, float, float]) -> None:
    outline, x, y = case
    if not outline.is_valid or outline.area == 0:
        return
    found = HazardIndex.build([outline], 0.0).nearest([x], [y], 0.0)
    if any(outline.intersects(shapely.Point(x + turn, y)) for turn in (-360, 0, 360)):
        assert found.distance_m[0] == 0
        return
    expected = oracle_m(x, y, outline)
    if expected > 10_000:
        assert np.isinf(found.distance_m[0])
    else:
        assert found.distance_m[0] == pytest.approx(expected, abs=0.001)


@given(cases(), st.floats(0, 300), st.floats(0, 300), st.floats(0, 500))
@settings(deadline=None, max_examples=100)
def test_class_can_only_get_worse_with_accuracy(
    case: tuple[shapely.Polygon, float, float], hazard_m: float, position_m: float, warn_m: float
) -> None:
    outline, x, y = case
    if not outline.is_valid:
        return
    sharp = HazardIndex.build([outline], 0.0).classify([x], [y], 0.0, warn_m)[0]
    blurred = HazardIndex.build([outline], hazard_m).classify([x], [y], position_m, warn_m)[0]
    assert blurred >= sharp
    distance_m = HazardIndex.build([outline], 0.0).nearest([x], [y], 0.0).distance_m[0]
    if distance_m <= warn_m + hazard_m + position_m:
        assert blurred in (NEAR, INSIDE)
    elif distance_m > warn_m + hazard_m + position_m + 0.01:
        assert blurred == NONE_RECORDED


def test_unknown_is_never_none_recorded() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01)], 5.0)
    lon = [0.5, np.nan, 0.5, 181.0, np.inf, 0.5, 0.005, 0.0105]
    lat = [np.nan, 0.5, 91.0, 0.0, 0.0, 0.5, 0.005, 0.005]
    accuracy_m = [1.0, 1.0, 1.0, 1.0, 1.0, np.nan, np.nan, np.nan]
    assert index.classify(lon, lat, accuracy_m).tolist() == [UNKNOWN] * 6 + [INSIDE, NEAR]
    assert index.classify([0.5], [0.5], -1.0)[0] == UNKNOWN
    assert np.isnan(index.nearest([np.nan], [0.0], 0.0).distance_m[0])


def test_index_without_hazards_knows_nothing() -> None:
    assert HazardIndex.build([], 0.0).classify([0.0], [0.0], 0.0)[0] == UNKNOWN


def test_hazard_of_unstated_accuracy_is_widened() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01)], np.nan)
    assert index.classify([0.02], [0.005], 0.0)[0] == NEAR  # 1,113 m away: within 150 m of the widened outline
    assert index.classify([0.021], [0.005], 0.0)[0] == NONE_RECORDED


def test_hazard_across_the_antimeridian_is_seen_from_both_sides() -> None:
    index = HazardIndex.build([shapely.box(179.99, 0, 180, 0.01)], 0.0)
    assert index.classify([-179.999], [0.005], 0.0)[0] == NEAR
    assert index.nearest([-179.999], [0.005], 0.0).distance_m[0] == pytest.approx(111.32, abs=0.01)


def test_hole_in_an_area_is_no_part_of_it_but_near() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 0.1, 0.1).exterior, [shapely.box(0.04, 0.04, 0.06, 0.06).exterior])
    index = HazardIndex.build([ring], 0.0)
    assert index.classify([0.05, 0.0401], [0.05, 0.05], 0.0).tolist() == [NONE_RECORDED, NEAR]


@pytest.mark.parametrize("accuracy_m", [-1.0, np.inf])
def test_accuracy_that_is_none_is_refused(accuracy_m: float) -> None:
    with pytest.raises(FieldRefused, match="radius"):
        HazardIndex.build([shapely.Point(0, 0)], accuracy_m)


def test_without_a_stated_accuracy_nothing_is_none_recorded() -> None:
    """2026-11-28: without an accuracy `classify` took the position for exact, and answered "none recorded"."""
    index = HazardIndex.build([shapely.box(0.0, 0.0, 0.01, 0.01)])
    lon, lat = np.linspace(0.5, 1.5, 40), np.zeros(40)
    assert (index.classify(lon, lat) == UNKNOWN).all()
    assert index.classify(0.5, 0.0)[0] == UNKNOWN
    assert (index.nearest(lon, lat).classes(150.0) == UNKNOWN).all()
    assert index.classify(0.005, 0.005)[0] == INSIDE
    assert np.isnan(index.accuracy_m).all()
