"""Footprints and areas wider than half the earth: what they may hold is never called none recorded."""

import numpy as np
import pytest
import shapely

from merestone.geodesy import Refused, check
from merestone.screening import INSIDE, HazardIndex, coverage, screen_footprints

HAZARD = shapely.box(17.1, 44.9, 17.11, 44.91)


@pytest.mark.parametrize(
    "box",
    [
        (-180, -90, 180, 90),
        (-179.5, -85, 179.5, 85),
        (-100, 40, 100, 50),
        (-180, 40, 180, 50),
        (0, -90, 360, 90),
        (-179.5, 43, 179.5, 47),
        (-179.4, 44.6, 179.4, 45.2),
    ],
)
@pytest.mark.parametrize("is_clockwise", [False, True])
def test_a_footprint_wider_than_half_the_earth_meets_what_lies_within(
    box: tuple[float, float, float, float], is_clockwise: bool
) -> None:
    """2026-11-28: it was turned over to the other side of the earth, and answered "none recorded".

    Then low bands still were, up to 5 degrees high, or up to 30 if their corners were written clockwise.
    """
    index = HazardIndex.build([HAZARD], accuracy_m=5.0)
    area = shapely.box(*box, ccw=not is_clockwise)
    found = screen_footprints(index, [area], 5.0)
    assert found.codes[0] == INSIDE
    assert coverage(index, area, 100.0).covered_m2 > 0


def test_a_footprint_over_the_antimeridian_stays_one() -> None:
    index = HazardIndex.build([shapely.box(179.99, -17, 180, -16.99), HAZARD], accuracy_m=5.0)
    ring = [(179.98, -17.1), (-179.98, -17.1), (-179.98, -16.9), (179.98, -16.9)]
    found = screen_footprints(index, [shapely.Polygon(ring), shapely.Polygon(ring[::-1])], 5.0)
    assert (found.codes == INSIDE).all()
    assert np.allclose(found.area_m2, found.area_m2[0])
    assert found.area_m2[0] < 1e9


@pytest.mark.parametrize("height_deg", [0.6, 4.0, 20.0])
@pytest.mark.parametrize("is_clockwise", [False, True])
def test_a_hazard_around_the_earth_is_never_turned_over(height_deg: float, is_clockwise: bool) -> None:
    """2026-11-28: as a record it is refused; as an outline of the library it warns on both sides that it may mean."""
    band = shapely.box(-179.4, 45.0, 179.4, 45.0 + height_deg, ccw=not is_clockwise)
    assert isinstance(check(band), Refused)
    index = HazardIndex.build([band], accuracy_m=5.0)
    assert (index.classify([17.0, -179.9], [45.3, 45.3], accuracy_m=5.0) == INSIDE).all()
