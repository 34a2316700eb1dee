"""One position by itself: the plain numbers, the arrays and the compiled kernel all say the same."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.screening import HazardIndex
from merestone.screening.kernel import numpy_query

LON, LAT = st.floats(-179.9, 179.9), st.floats(-89.9, 89.9)


@settings(max_examples=300, deadline=None)
@given(
    x0=LON,
    y0=LAT,
    dx=st.floats(-0.2, 0.2),
    dy=st.floats(-0.05, 0.05),
    lon=st.floats(-0.4, 0.4),
    lat=st.floats(-0.3, 0.3),
)
def test_an_edge_in_plain_numbers_is_the_edge_in_arrays(
    x0: float, y0: float, dx: float, dy: float, lon: float, lat: float
) -> None:
    here_lon, here_lat = x0 + lon, min(max(y0 + lat, -90.0), 90.0)
    at_x, at_y, along_x, along_y = (np.array([value]) for value in (x0, y0, dx, dy))
    best, at = numpy_query._feet_along(at_x, at_y, along_x, along_y, here_lon, here_lat)
    plain, plain_at = numpy_query._foot(x0, y0, dx, dy, here_lon, here_lat)
    assert abs(np.sqrt(best[0]) - np.sqrt(plain)) <= 1e-6
    assert 0.0 <= plain_at <= 1.0
    assert 0.0 <= at[0] <= 1.0


def outlines() -> list[shapely.Geometry]:
    boxes = [
        shapely.box(17.0 + i * 0.01, 44.0 + j * 0.01, 17.004 + i * 0.01, 44.003 + j * 0.01)
        for i in range(9)
        for j in range(9)
    ]
    return [*boxes, shapely.Point(17.2, 44.2), shapely.LineString([(17.3, 44.0), (17.35, 44.1), (17.3, 44.2)])]


def test_one_position_has_the_same_answer_before_and_after_cells_are_made() -> None:
    accuracy_m = [*[10.0] * 81, 5.0, np.nan]
    fresh, prepared = (HazardIndex.build(outlines(), accuracy_m=accuracy_m) for _ in range(2))
    prepared.prepare()
    random = np.random.default_rng(7)
    for lon, lat in random.uniform((16.95, 43.95), (17.4, 44.25), (300, 2)):
        for warn_m in (0.0, 150.0, 2000.0):
            assert fresh.classify(lon, lat, 5.0, warn_m) == prepared.classify(lon, lat, 5.0, warn_m)
        one, other = (index.nearest([lon], [lat], 5.0, 10_000.0) for index in (fresh, prepared))
        assert one.hazard[0] == other.hazard[0]
        np.testing.assert_allclose(one.distance_m, other.distance_m, atol=1e-5)
        np.testing.assert_allclose(one.depth_m, other.depth_m, atol=1e-5)
        np.testing.assert_allclose(one.foot_lon_deg, other.foot_lon_deg, atol=1e-9)


def test_one_position_has_the_depth_that_many_have() -> None:
    index = HazardIndex.build(outlines(), accuracy_m=1.0)
    random = np.random.default_rng(8)
    places = random.uniform((16.95, 43.95), (17.4, 44.25), (200, 2))
    hazard = index.nearest(places[:, 0], places[:, 1], 5.0, 100_000.0).hazard
    many = index.feet(hazard, places[:, 0], places[:, 1])
    for i, (lon, lat) in enumerate(places):
        single = index.feet(hazard[[i]], np.array([lon]), np.array([lat]))
        np.testing.assert_allclose([part[0] for part in single], [part[i] for part in many], atol=1e-6)
