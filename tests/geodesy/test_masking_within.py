"""What is shown of released land lies within it, whatever its shape, accuracy and chance, and hides its edge."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import CHANCES, area_m2, mask_of, masked_within_all, widen
from tests.geodesy.test_inward import fields

LEVELS = (100.0, 1000.0)
FIELD = shapely.box(17.0, 44.0, 17.02, 44.01)


def within(field: BaseGeometry, seed: int, level_m: float = 100.0, accuracy_m: float | None = 0.0) -> BaseGeometry:
    chance = np.random.default_rng(seed).random((1, CHANCES))
    found = masked_within_all([field], [field], chance, mask_of(level_m), accuracy_m)[0]
    assert isinstance(found, BaseGeometry)
    return found


@given(fields(), st.integers(0, 10_000), st.sampled_from(LEVELS), st.floats(0, 300))
@settings(deadline=None, max_examples=50)
def test_it_lies_within_with_tolerance_and_accuracy_to_spare(
    field: BaseGeometry, seed: int, level_m: float, accuracy_m: float
) -> None:
    shown = within(field, seed, level_m, accuracy_m)
    assert shown.is_valid
    assert shapely.difference(shown, field).area == 0
    if not shown.is_empty:
        outside = shapely.difference(shapely.box(*shapely.buffer(field, 0.05).bounds), field)
        assert not widen(outside, 0.99 * (mask_of(level_m).tolerance_m + accuracy_m)).intersects(shown)


@pytest.mark.parametrize(
    "field",
    [
        shapely.box(179.99, -0.01, 180.0, 0.01),
        shapely.box(10.0, 84.0, 10.2, 84.02),
        shapely.box(10.0, 44.0, 12.0, 45.5),
        shapely.Polygon(FIELD.exterior.coords, [shapely.box(17.009, 44.004, 17.011, 44.006).exterior.coords]),
        shapely.MultiPolygon([FIELD, shapely.box(17.1, 44.0, 17.12, 44.01)]),
    ],
    ids=["antimeridian", "polar", "large", "hole", "two parts"],
)
def test_it_lies_within_everywhere_and_something_is_shown(field: BaseGeometry) -> None:
    shown = within(field, 1)
    assert not shown.is_empty
    assert field.covers(shown)


def test_of_what_is_small_or_has_no_extent_nothing_is_shown() -> None:
    assert within(shapely.box(17.0, 44.0, 17.0005, 44.0005), 1).is_empty
    assert within(shapely.Point(17.0, 44.0), 1).is_empty
    assert within(shapely.Polygon(), 1).is_empty
    assert within(FIELD, 1, accuracy_m=None).is_empty, "an unstated accuracy takes off a kilometre"
    assert area_m2(within(FIELD, 1, accuracy_m=50.0)) < area_m2(within(FIELD, 1, accuracy_m=0.0))


def test_each_chance_gives_another_edge_and_no_known_grid() -> None:
    """2026-11-28: the cells of a known grid gave the edge of released land away to metres."""
    wests = [within(FIELD, seed).bounds[0] for seed in range(40)]
    assert np.std(wests) * 80_000 > 30.0
    shown = within(FIELD, 3)
    corners = shapely.get_coordinates(shown)
    assert (np.abs(np.diff(corners, axis=0)).min(axis=1) > 0).mean() > 0.9, "hardly an edge is parallel to the axes"
