"""Many feet at once are the feet one by one."""

import numpy as np
import pytest
import shapely

from merestone.screening import HazardIndex
from merestone.screening.kernel import numpy_query


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (17.0, 44.9), (180.0, 66.0), (25.0, -89.98)])
def test_feet_of_many_are_those_of_each(lon: float, lat: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merestone.screening.kernel.closest_points._PAIRS", 500)
    rng = np.random.default_rng(3)

    def near(count: int, spread: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        x = lon + rng.uniform(-spread, spread, count)
        return np.stack([(x + 180.0) % 360.0 - 180.0, np.clip(lat + rng.uniform(-spread, spread, count), -90, 90)], 1)

    areas = [shapely.Polygon(near(5, 0.01)) for _ in range(8)]
    hazards = [*areas, shapely.Point(near(1, 0.01)), shapely.LineString(near(3, 2.0)), shapely.MultiPolygon(areas[:2])]
    index = HazardIndex.build(hazards, 0.0)
    x, y = np.concatenate([near(150, 0.02), near(30, 5.0)]).T
    hazard = rng.integers(0, len(hazards), len(x))
    many = index.feet(hazard, x, y)
    for i in range(len(x)):
        one = numpy_query.outline_of(index.outlines, int(hazard[i]), float(x[i]), float(y[i]))
        assert many[0][i] == pytest.approx(one.distance_m, abs=1e-7)
        assert (many[1][i], many[2][i]) == pytest.approx((one.foot_lon_deg, one.foot_lat_deg), abs=1e-8)
