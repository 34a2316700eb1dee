"""A way with the width of a corridor meets what lies within half of it, and no unknown becomes none recorded."""

import numpy as np
import pytest
import shapely

from merestone.bulk.corridors import screen_corridors
from merestone.exchange.positions.feature_files import Shapes
from merestone.geodesy import distance_m
from merestone.screening import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, HazardIndex

INDEX = HazardIndex.build([shapely.box(17.0, 44.99, 17.01, 45.01)], [0.0])
AWAY_DEG = 0.004
AWAY_M = float(distance_m(17.01, 45.0, 17.01 + AWAY_DEG, 45.0))


def code_of(width_m: float, accuracy_m: float, warn_m: float = 20.0) -> int:
    shapes = Shapes()
    x = 17.01 + AWAY_DEG
    shapes.add(shapely.LineString([(x, 44.999), (x, 45.0), (x, 45.001)]), {})
    found = screen_corridors(INDEX, shapes, np.array([accuracy_m]), warn_m, width_m=width_m)
    assert found.closest.distance_m[0] == pytest.approx(AWAY_M, abs=0.2), "distances are from the middle"
    assert found.accuracy_m.tolist() == [accuracy_m] or np.isnan([*found.accuracy_m, accuracy_m]).all()
    return int(found.codes[0])


@pytest.mark.parametrize("accuracy_m", [0.0, 7.0])
def test_a_corridor_meets_hazards_within_half_its_width(accuracy_m: float) -> None:
    reach_m = AWAY_M - accuracy_m
    assert code_of(2 * reach_m + 1, accuracy_m) == INSIDE
    assert code_of(2 * reach_m - 10, accuracy_m) == NEAR
    assert code_of(2 * (reach_m - 20) + 1, accuracy_m) == NEAR, "near its edge"
    assert code_of(2 * (reach_m - 20) - 10, accuracy_m) == NONE_RECORDED
    assert code_of(0.0, accuracy_m) == NONE_RECORDED


def test_where_no_accuracy_is_stated_a_corridor_warns_and_clears_nothing() -> None:
    assert code_of(2 * AWAY_M + 1, np.nan) == INSIDE
    assert code_of(2 * AWAY_M - 10, np.nan) == NEAR
    assert code_of(10.0, np.nan) == code_of(0.0, np.nan) == UNKNOWN
