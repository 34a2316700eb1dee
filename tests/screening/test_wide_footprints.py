"""Footprints and areas wider than half the earth: what they may hold is never called none recorded."""

import numpy as np
import pytest
import shapely

from merestone.screening import INSIDE, HazardIndex, coverage, screen_footprints

HAZARD = shapely.box(17.1, 44.9, 17.11, 44.91)


@pytest.mark.parametrize(
    "box", [(-180, -90, 180, 90), (-179.5, -85, 179.5, 85), (-100, 40, 100, 50), (-180, 40, 180, 50), (0, -90, 360, 90)]
)
def test_a_footprint_wider_than_half_the_earth_meets_what_lies_within(box: tuple[float, float, float, float]) -> None:
    """2026-11-28: it was turned over to the other side of the earth, and answered "none recorded"."""
    index = HazardIndex.build([HAZARD], accuracy_m=5.0)
    found = screen_footprints(index, [shapely.box(*box)], 5.0)
    assert found.codes[0] == INSIDE
    assert coverage(index, shapely.box(*box), 100.0).covered_m2 > 0


def test_a_footprint_over_the_antimeridian_stays_one() -> None:
    index = HazardIndex.build([shapely.box(179.99, -17, 180, -16.99), HAZARD], accuracy_m=5.0)
    ring = [(179.98, -17.1), (-179.98, -17.1), (-179.98, -16.9), (179.98, -16.9)]
    found = screen_footprints(index, [shapely.Polygon(ring), shapely.Polygon(ring[::-1])], 5.0)
    assert (found.codes == INSIDE).all()
    assert np.allclose(found.area_m2, found.area_m2[0])
    assert found.area_m2[0] < 1e9
