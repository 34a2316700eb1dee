"""Traverses against Karney's direct problem, and laws of surveying."""

import math

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.geodesy import BearingUnit, Leg, North, area_m2, check, distance_m, traverse
from merestone.terms import FieldRefused

bearings = st.floats(0, 360)
lengths = st.floats(1, 500)
legs = st.lists(st.builds(Leg, bearings, lengths), min_size=2, max_size=10)


@given(st.floats(-180, 180), st.floats(-80, 80), legs, st.floats(-30, 30))
@settings(deadline=None)
def test_each_point_is_karneys(lon: float, lat: float, walked: list[Leg], declination: float) -> None:
    result = traverse(lon, lat, walked, declination_deg=declination, closes=False)
    assert result.misclosure is None
    for leg, point in zip(walked, result.points, strict=True):
        truth = Geodesic.WGS84.Direct(lat, lon, leg.bearing + declination, leg.distance_m)
        lon, lat = truth["lon2"], truth["lat2"]
        assert distance_m(point.lon_deg, point.lat_deg, lon, lat) < 1e-6
        assert point.moved_m == 0


@given(st.floats(-179, 179), st.floats(-80, 80), legs)
@settings(deadline=None)
def test_adjusting_closes_the_traverse_and_moves_no_point_farther_than_the_gap(
    lon: float, lat: float, walked: list[Leg]
) -> None:
    result = traverse(lon, lat, walked, declination_deg=0.0, adjust=True)
    assert result.misclosure is not None
    last = result.points[-1]
    assert distance_m(last.lon_deg, last.lat_deg, lon, lat) < 1e-6
    moved = [p.moved_m for p in result.points]
    assert moved == sorted(moved)
    assert moved[-1] == pytest.approx(result.misclosure.distance_m)
    for point in result.points:
        apart_m = distance_m(point.lon_deg, point.lat_deg, point.computed_lon_deg, point.computed_lat_deg)
        assert apart_m == pytest.approx(point.moved_m, abs=1e-6)


def test_the_gap_of_a_known_slip_is_found() -> None:
    """A surveyor paced the second leg 3 m long: the misclosure is those 3 m, in that leg's direction."""
    walked = [
        Leg(90, 100, "TP2", North.TRUE),
        Leg(0, 103, "TP3", North.TRUE),
        Leg(270, 100, "TP4", North.TRUE),
        Leg(180, 100, "SP", North.TRUE),
    ]
    result = traverse(0.0, 0.0, walked)
    assert result.misclosure is not None
    assert result.misclosure.distance_m == pytest.approx(3.0, abs=1e-3)
    assert result.misclosure.azimuth_deg == pytest.approx(0.0, abs=0.1) or result.misclosure.azimuth_deg > 359.9
    assert result.misclosure.one_in == pytest.approx(403 / 3, rel=1e-3)
    assert result.declination_deg is None
    assert [p.name for p in result.points] == ["TP2", "TP3", "TP4", "SP"]
    assert area_m2(result.ring()) == pytest.approx(100 * 103, rel=0.01)
    assert area_m2(traverse(0.0, 0.0, walked, adjust=True).ring()) == pytest.approx(100 * 101.5, rel=0.005)
    assert result.legs == tuple(walked)


def test_an_area_walked_to_a_known_end_keeps_its_last_corner() -> None:
    corner = traverse(0.0, 0.0, [Leg(90, 100, north=North.TRUE), Leg(0, 100, north=North.TRUE)]).points[-1]
    result = traverse(
        0.0,
        0.0,
        [Leg(90, 100, north=North.TRUE), Leg(0, 100, north=North.TRUE)],
        end=(corner.lon_deg, corner.lat_deg),
        adjust=True,
    )
    assert area_m2(result.ring()) == pytest.approx(100 * 100 / 2, rel=0.01)


def test_declination_turns_magnetic_bearings_and_only_those() -> None:
    magnetic = traverse(10.0, 50.0, [Leg(85.5, 100)], declination_deg=4.5, closes=False).points[0]
    true = traverse(10.0, 50.0, [Leg(90.0, 100, north=North.TRUE)], declination_deg=4.5, closes=False).points[0]
    assert (magnetic.lon_deg, magnetic.lat_deg) == (true.lon_deg, true.lat_deg)
    assert true.lon_deg > 10


@pytest.mark.parametrize(
    ("unit", "quarter"),
    [(BearingUnit.DEGREE, 90), (BearingUnit.MIL_6400, 1600), (BearingUnit.MIL_6000, 1500), (BearingUnit.GON, 100)],
)
def test_a_quarter_circle_is_east_in_every_unit(unit: BearingUnit, quarter: float) -> None:
    point = traverse(0.0, 0.0, [Leg(quarter, 1000, north=North.TRUE, unit=unit)], closes=False).points[0]
    assert point.lat_deg == pytest.approx(0, abs=1e-12)
    assert distance_m(0, 0, point.lon_deg, 0) == pytest.approx(1000)


def test_a_traverse_may_end_at_a_known_point() -> None:
    result = traverse(
        0.0, 0.0, [Leg(90, 100, north=North.TRUE), Leg(90, 100, north=North.TRUE)], end=(0.001796631, 0.0)
    )
    assert result.misclosure is not None
    assert result.misclosure.distance_m == pytest.approx(0.0, abs=0.01)


def test_a_traverse_that_closes_exactly_has_no_direction_of_error() -> None:
    result = traverse(5.0, 5.0, [Leg(0, 0.0, north=North.TRUE)])
    assert result.misclosure is not None
    assert math.isnan(result.misclosure.azimuth_deg)
    assert result.misclosure.one_in == math.inf


def test_a_walked_ring_passes_the_check() -> None:
    square = [Leg(b, 100, north=North.TRUE) for b in (90, 0, 270, 180)]
    assert not check(traverse(0.0, 0.0, square).ring()).findings


@pytest.mark.parametrize(
    ("walked", "kwargs", "words"),
    [
        ([], {}, "at least one"),
        ([Leg(90, 100)], {}, "needs the declination"),
        ([Leg(361, 100)], {"declination_deg": 0}, "leg 1, bearing"),
        ([Leg(90, 100), Leg(90, -1)], {"declination_deg": 0}, "leg 2, distance_m"),
        ([Leg(90, np.nan)], {"declination_deg": 0}, "leg 1, distance_m"),
        ([Leg(90, 1)], {"declination_deg": 0, "closes": False, "adjust": True}, "open traverse"),
    ],
)
def test_what_cannot_be_walked_is_refused_with_its_leg(walked: list[Leg], kwargs: dict[str, float], words: str) -> None:
    with pytest.raises(FieldRefused, match=words):
        traverse(0.0, 0.0, walked, **kwargs)  # type: ignore[arg-type]


def test_two_points_enclose_nothing() -> None:
    with pytest.raises(FieldRefused, match="enclose no area"):
        traverse(0.0, 0.0, [Leg(90, 100, north=North.TRUE), Leg(270, 100, north=North.TRUE)]).ring()


def test_a_ring_needs_three_corners_and_keeps_an_end_that_missed_the_start() -> None:
    """2026-11-28, by mutation."""
    there_and_back = traverse(0.0, 0.0, [Leg(90, 100), Leg(270, 100)], declination_deg=0.0)
    with pytest.raises(FieldRefused, match="legs = 2: enclose no area; give at least three legs"):
        there_and_back.ring()
    closed = traverse(
        0.0, 0.0, [Leg(90, 100), Leg(0, 100), Leg(225, 100 * math.sqrt(2))], declination_deg=0.0, adjust=True
    )
    assert len(closed.ring().exterior.coords) == 4
    missed = traverse(0.0, 0.0, [Leg(90, 100), Leg(0, 100), Leg(225, 120)], declination_deg=0.0)
    assert len(missed.ring().exterior.coords) == 5
