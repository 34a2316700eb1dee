"""Lengths against GeographicLib, and dimensions against curves whose dimension is known exactly."""

from itertools import pairwise
from math import log, radians, sin

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from merestone.border import (
    FIVE_STATES_BORDERS,
    LengthAt,
    fractal_dimension,
    geodesic_length_m,
    length_curve,
    packaged_border,
    resolution_giving,
)
from merestone.terms import FieldRefused


@pytest.mark.parametrize("pair", FIVE_STATES_BORDERS)
def test_length_agrees_with_geographiclib_to_a_millionth(pair: str) -> None:
    line = packaged_border(pair).side_a
    expected_m = 0.0
    for part in line.geoms:
        for (lon1, lat1), (lon2, lat2) in zip(part.coords[:-1], part.coords[1:], strict=True):
            expected_m += Geodesic.WGS84.Inverse(lat1, lon1, lat2, lon2, Geodesic.DISTANCE)["s12"]
    assert geodesic_length_m(line) == pytest.approx(expected_m, rel=1e-9)


def koch(levels: int, base_deg: float) -> shapely.LineString:
    """Von Koch's curve at the equator, whose dimension is log 4 / log 3."""
    points = np.array([0j, 1 + 0j])
    turn = np.exp(1j * radians(60))
    for _ in range(levels):
        start, step = points[:-1], np.diff(points) / 3
        points = np.append(np.column_stack([start, start + step, start + step + step * turn, start + 2 * step]), 1)
    return shapely.LineString(np.column_stack([points.real, points.imag * sin(radians(90))]) * base_deg)


def test_dimension_of_von_koch_s_curve_is_log_4_over_log_3() -> None:
    curve = length_curve(koch(8, 1.0), [111_000 / 3**k for k in range(2, 8)])
    fit = fractal_dimension(curve, from_m=1, to_m=1e5)
    assert fit.dimension == pytest.approx(log(4) / log(3), abs=0.01)
    assert fit.r_squared > 0.99


def test_a_straight_line_has_one_length_and_dimension_one() -> None:
    meridian = shapely.LineString([(10, y / 100) for y in range(100)])
    curve = length_curve(meridian)
    assert [each.length_m for each in curve] == pytest.approx([curve[0].length_m] * len(curve), rel=1e-12)
    assert fractal_dimension(curve).dimension == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("pair", ["FIN-RUS", "LTU-BLR", "POL-RUS"])
def test_a_coarser_look_never_adds_more_than_a_thousandth(pair: str) -> None:
    lengths = [each.length_m for each in length_curve(packaged_border(pair).side_a)]
    assert all(coarse <= fine * 1.001 for fine, coarse in pairwise(lengths))


@given(st.floats(0.2, 0.8), st.floats(1.001, 1.5))
def test_resolution_giving_a_length_lies_between_the_curve_s_points(share: float, dimension: float) -> None:
    curve = [LengthAt(r, 1e6 * r ** (1 - dimension), 2) for r in (1.0, 10.0, 100.0)]
    wanted_m = 1e6 * (100.0**share) ** (1 - dimension)
    assert resolution_giving(curve, wanted_m) == pytest.approx(100.0**share, rel=1e-6)


def test_no_resolution_gives_a_length_greater_than_the_finest() -> None:
    curve = length_curve(packaged_border("LVA-BLR").side_a)
    assert resolution_giving(curve, curve[0].length_m + 1) is None


def test_an_empty_line_and_a_resolution_of_nothing_are_refused() -> None:
    with pytest.raises(FieldRefused, match="is empty"):
        length_curve(shapely.MultiLineString())
    with pytest.raises(FieldRefused, match="not a positive number"):
        length_curve(packaged_border("LVA-BLR").side_a, [0.0])
    with pytest.raises(FieldRefused, match="fewer than three"):
        fractal_dimension(length_curve(packaged_border("LVA-BLR").side_a), from_m=1e6, to_m=2e6)
