"""Shared borders: figures whose answer is known, laws that always hold, and the packaged lines."""

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from merestone.border import (
    FIVE_STATES_BORDERS,
    NothingShared,
    geodesic_length_m,
    length_with_doubt,
    packaged_border,
    shared_border,
    stretch_beyond,
    stretch_near,
)
from merestone.terms import FieldRefused

# Lengths at 120 m found independently (segments' midpoints against a buffered outline), km.
FOUND_BEFORE_KM = {"FIN-RUS": 1284.4, "EST-RUS": 342.8, "LVA-RUS": 282.1, "LVA-BLR": 171.5,
                   "LTU-BLR": 678.4, "LTU-RUS": 256.3, "POL-BLR": 418.1, "POL-RUS": 200.0}  # fmt: skip


@pytest.mark.parametrize(("pair", "km"), FOUND_BEFORE_KM.items())
def test_packaged_border_has_the_length_that_another_method_found(pair: str, km: float) -> None:
    line = packaged_border(pair)
    assert shared_border(line.side_a, line.side_b, 120).length_from_a_m / 1000 == pytest.approx(km, abs=0.15)


def test_the_eight_borders_sum_to_3634_km_within_one_percent() -> None:
    borders = [packaged_border(pair) for pair in FIVE_STATES_BORDERS]
    total_m = sum(shared_border(each.side_a, each.side_b).length_m for each in borders)
    assert total_m / 1000 == pytest.approx(3634, rel=0.01)


def test_the_doubt_of_the_finnish_border_is_shown() -> None:
    line = packaged_border("FIN-RUS")
    found = length_with_doubt(line.side_a, line.side_b)
    assert found.least_m / 1000 == pytest.approx(1203, abs=1)
    assert found.greatest_m / 1000 == pytest.approx(1286, abs=1)
    assert found.least_m <= found.length_m <= found.greatest_m


def test_neighbours_a_known_distance_apart_share_nothing_below_it_and_their_side_above_it() -> None:
    apart_deg = 50 / 111_319.49  # 50 m along the equator
    west, east = shapely.box(-1, -0.01, 0, 0.01), shapely.box(apart_deg, -0.01, 1, 0.01)
    with pytest.raises(NothingShared, match="within 49 m"):
        shared_border(west, east, 49)
    found = shared_border(west, east, 51)
    side_m = Geodesic.WGS84.Inverse(-0.01, 0, 0.01, 0)["s12"]
    # Round both corners the outline stays within 51 m of the other for 1 m of the way back.
    assert found.length_from_a_m == pytest.approx(side_m + 2 * 1.0, abs=0.05)


def test_two_outlines_that_cross_share_the_stretch_that_pythagoras_gives() -> None:
    straight = shapely.LineString([(0, -0.1), (0, 0.1)])
    slanted = shapely.LineString([(-0.001, 0), (0.001, 0.1)])
    # East of the meridian by at most 60 m on one flank: |x| <= 60 m where x goes from -111.3 m to 111.3 m.
    found = stretch_near(slanted, straight, 60)
    whole_m = geodesic_length_m(slanted)
    assert geodesic_length_m(found) == pytest.approx(whole_m * 60 / 111.31949, rel=2e-4)


wiggles = st.lists(st.floats(-0.003, 0.003), min_size=3, max_size=12)


def _line(offsets: list[float]) -> shapely.LineString:
    return shapely.LineString([(30 + dx, 60 + 0.01 * k) for k, dx in enumerate(offsets)])


@given(wiggles, wiggles, st.floats(5, 400))
def test_what_is_found_is_near_and_what_is_left_is_not(a: list[float], b: list[float], tolerance_m: float) -> None:
    one, two = _line(a), _line(b)
    near, beyond = stretch_near(one, two, tolerance_m), stretch_beyond(one, two, tolerance_m)
    assert geodesic_length_m(near) + geodesic_length_m(beyond) == pytest.approx(geodesic_length_m(one), rel=1e-9)
    for stretch, is_near in ((near, True), (beyond, False)):
        if not stretch.is_empty:
            distances = _distances_m(stretch, two)
            assert ((distances <= tolerance_m * 1.003) if is_near else (distances >= tolerance_m * 0.997)).all()


def _distances_m(stretch: shapely.MultiLineString, other: shapely.LineString) -> NDArray[np.float64]:
    """Oracle: distances from points along the stretch, in a plane about 60 N (radii of WGS 84 there)."""
    east, north = 55_800.0, 111_412.0

    def flat(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return xy * (east, north)

    line, target = shapely.transform(stretch, flat), shapely.transform(other, flat)
    along = np.linspace(0.02, 0.98, 9)
    points = [part.interpolate(s, normalized=True) for part in line.geoms if part.length > 1 for s in along]
    return np.asarray(shapely.distance(points, target), np.float64)


@given(wiggles, wiggles)
def test_a_greater_tolerance_never_finds_less(a: list[float], b: list[float]) -> None:
    one, two = _line(a), _line(b)
    lengths = [geodesic_length_m(stretch_near(one, two, tolerance_m)) for tolerance_m in (10, 50, 250)]
    assert lengths == sorted(lengths)


@given(st.integers(2, 40))
def test_an_outline_shares_all_of_itself_with_itself(corners: int) -> None:
    angle = np.linspace(0, 2 * np.pi, corners + 1, endpoint=False)
    ring = shapely.Polygon(np.column_stack([np.cos(angle), 40 + np.sin(angle)]))
    found = shared_border(ring, ring, 1.0)
    assert found.length_m == pytest.approx(geodesic_length_m(ring.boundary), rel=1e-9)


def test_pieces_come_back_as_one_line_where_the_outline_is_one() -> None:
    west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    assert len(shared_border(west, east, 1).from_a.geoms) == 1


def test_bad_outlines_are_refused_with_what_to_do() -> None:
    whole = shapely.box(0, 0, 1, 1)
    with pytest.raises(FieldRefused, match="is empty"):
        shared_border(shapely.Polygon(), whole)
    with pytest.raises(FieldRefused, match=r"Self-intersection.*repair it first"):
        shared_border(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), whole)
    with pytest.raises(FieldRefused, match="outside the range of degrees"):
        shared_border(shapely.box(500_000, 6_000_000, 600_000, 7_000_000), whole)
    with pytest.raises(FieldRefused, match=r"between 0.01 and 100,000 m"):
        shared_border(whole, whole, 0.0)
    with pytest.raises(NothingShared, match="neighbours in the same reference system"):
        shared_border(whole, shapely.box(5, 5, 6, 6))
