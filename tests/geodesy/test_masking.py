"""An area masked by chance contains the true one: always, everywhere, whatever its shape and the chance."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import CHANCES, area_m2, destination, mask_of, masked_all
from tests.geodesy.test_outward import is_within_the_world, outlines

LEVELS = (100.0, 1000.0)
BELT = shapely.Polygon([(17.0, 44.0), (17.02, 44.01), (17.0197, 44.0103), (16.9997, 44.0003)])


def chance_of(seed: int, count: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((count, CHANCES))


def masked(outline: BaseGeometry, seed: int, level_m: float = 100.0, frame: BaseGeometry | None = None) -> BaseGeometry:
    found = masked_all([outline], [frame or outline], chance_of(seed), mask_of(level_m))[0]
    assert isinstance(found, BaseGeometry)
    return found


@given(outlines(), st.integers(0, 10_000), st.sampled_from(LEVELS))
@settings(deadline=None, max_examples=60)
def test_masked_area_contains_the_true_one(outline: BaseGeometry, seed: int, level_m: float) -> None:
    if outline.is_empty:
        return
    shown = masked(outline, seed, level_m)
    assert shown.is_valid
    assert shown.geom_type in ("Polygon", "MultiPolygon")
    assert shown.covers(outline)
    assert is_within_the_world(shown)


@given(
    st.tuples(st.floats(-179.9, 179.9), st.floats(-78, 78)),
    st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05)), min_size=3, max_size=8),
    st.integers(0, 10_000),
    st.floats(0, 360),
)
@settings(deadline=None, max_examples=40)
def test_every_place_within_the_tolerance_is_shown_too(
    middle: tuple[float, float], corners: list[tuple[float, float]], seed: int, azimuth_deg: float
) -> None:
    """So a survey that differs by less than that lies within what was shown before it."""
    outline = shapely.convex_hull(shapely.MultiPoint([(middle[0] + x, middle[1] + y) for x, y in corners]))
    if outline.geom_type != "Polygon" or outline.bounds[0] < -180 or outline.bounds[2] > 180:
        return
    for level_m in LEVELS:
        shown = masked(outline, seed, level_m)
        for lon, lat in shapely.get_coordinates(outline):
            near = destination(lon, lat, azimuth_deg, mask_of(level_m).tolerance_m * 0.99)
            assert shown.covers(shapely.Point(near)) or abs(near[0]) > 179


@pytest.mark.parametrize(
    "outline",
    [
        shapely.Point(17.0, 44.0),
        shapely.Point(0.0, 90.0),
        shapely.Point(0.0, -89.9999),
        shapely.Point(180.0, 10.0),
        shapely.LineString([(17.0, 44.0), (17.1, 44.05), (17.0, 44.1)]),
        shapely.MultiPolygon([shapely.box(179.9, -1, 180, 1), shapely.box(-180, -1, -179.9, 1)]),
        shapely.box(-180, 70, 180, 90),
        shapely.box(16, 42, 20, 46),
        shapely.box(17, 44, 17.00001, 44.00001),
        shapely.GeometryCollection([shapely.Point(17, 44), shapely.box(17.01, 44, 17.02, 44.01)]),
        shapely.Polygon([(17, 44, 5.0), (17.01, 44, 5.0), (17.01, 44.01, 5.0)]),
    ],
    ids=lambda outline: f"{outline.geom_type} {outline.bounds}",
)
def test_places_of_every_size_anywhere_are_contained(outline: BaseGeometry) -> None:
    for level_m in LEVELS:
        for seed in range(20):
            shown = masked(outline, seed, level_m)
            assert shown.is_valid
            assert shown.covers(shapely.force_2d(outline))
            assert is_within_the_world(shown)


def test_outline_of_many_corners_is_contained_and_shown_with_few() -> None:
    around = np.linspace(0, 2 * np.pi, 20_000, endpoint=False)
    away = 0.02 + 0.002 * np.sin(40 * around) + 0.00005 * np.random.default_rng(3).random(len(around))
    outline = shapely.make_valid(
        shapely.Polygon(np.column_stack([17 + away * np.cos(around), 44 + away * np.sin(around)]))
    )
    shown = masked(outline, 1)
    assert shown.covers(outline)
    assert shapely.get_num_coordinates(shown) < 1000


def test_small_holes_are_filled_and_large_ones_stay() -> None:
    holed = (
        shapely.box(17, 44, 17.2, 44.2)
        - shapely.box(17.05, 44.05, 17.15, 44.15)
        - shapely.box(17.02, 44.02, 17.023, 44.023)
    )
    shown = masked(holed, 1)
    assert shown.covers(holed)
    assert not shown.covers(shapely.Point(17.1, 44.1))
    assert shown.covers(shapely.Point(17.0215, 44.0215))


def test_other_chance_gives_another_outline_and_the_same_chance_the_same() -> None:
    assert masked(BELT, 1).equals_exact(masked(BELT, 1), 0.0)
    assert not masked(BELT, 1).equals(masked(BELT, 2))


def test_area_asked_with_others_is_shown_as_alone() -> None:
    """Else what is shown would depend on who else was asked for."""
    chance = chance_of(5, 3)
    others = [shapely.Point(3, 4), BELT, shapely.box(10, 10, 11, 11)]
    together = masked_all(others, others, chance, mask_of(100.0))
    alone = masked_all([BELT], [BELT], chance[[1]], mask_of(100.0))
    assert together[1].equals_exact(alone[0], 0.0)


def test_edge_that_stayed_is_shown_where_it_was() -> None:
    """2026-11-28, benchmarks/privacy.py: two outlines of one record with waves of their own could be averaged."""
    whole = shapely.box(17.0, 44.0, 17.02, 44.01)
    half = shapely.box(17.0, 44.0, 17.01, 44.01)
    before, after = masked(whole, 4), masked(half, 4, frame=whole)
    west = shapely.LineString([(16.99, 44.004), (17.005, 44.004)])
    assert before.intersection(west).bounds[0] == pytest.approx(after.intersection(west).bounds[0], abs=5e-5)
    assert not before.equals(after)


def test_straight_side_is_shown_neither_straight_nor_parallel() -> None:
    shown = [masked(BELT, seed) for seed in range(30)]
    south = shapely.LineString([(17.0, 44.0), (17.02, 44.01)])
    places = [south.interpolate(part, normalized=True) for part in (0.2, 0.5, 0.8)]
    apart = np.array([[place.distance(one.boundary) * 111_000 for place in places] for one in shown])
    assert (np.ptp(apart, axis=1) > 1).mean() > 0.9
    assert apart[:, 1].std() > 30


def test_none_and_empty_stay_as_they_are() -> None:
    given = [None, shapely.Polygon(), BELT]
    found = masked_all(given, given, chance_of(1, 3), mask_of(100.0))
    assert found[0] is None
    assert found[1].is_empty
    assert found[2].covers(BELT)


def test_mean_growth_is_as_the_bound_on_the_area_asks() -> None:
    """A village is not to be warned away for nothing: a long belt grows by about 0.15 km on each side, no more."""
    grown = [area_m2(masked(BELT, seed)) for seed in range(40)]
    length_m, width_m = 1950.0, 40.0
    assert np.mean(grown) < (length_m + 320) * (width_m + 320)
