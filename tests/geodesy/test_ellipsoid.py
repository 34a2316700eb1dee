"""Measures on WGS 84 against Karney's own Python implementation, and laws that hold for every outline."""

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from merestone.geodesy import (
    area_m2,
    areas_below_m2,
    areas_m2,
    azimuth_deg,
    destination,
    destinations,
    distance_m,
    distances_m,
    ellipsoid,
    length_m,
    metres_per_degree,
    perimeter_m,
    perimeters_m,
)

WGS84 = Geodesic.WGS84
EARTH_M2 = 510_065_621_724_088.5  # Karney 2013, section 6: 4 pi c**2
longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)

VECTORS = [  # lon1, lat1, lon2, lat2: near and far, at the equator, nearly antipodal, over a pole
    (0.0, 0.0, 0.0, 1e-9),
    (17.1, 44.9, 17.1001, 44.9001),
    (0.0, 0.0, 179.5, 0.5),
    (0.0, 30.0, 179.9, -29.9),
    (-179.99, 10.0, 179.99, 10.0),
    (10.0, 89.9, -170.0, 89.9),
    (25.0, 65.0, 31.0, 70.0),
]


@pytest.mark.parametrize(("lon1", "lat1", "lon2", "lat2"), VECTORS)
def test_distance_and_azimuth_are_karneys(lon1: float, lat1: float, lon2: float, lat2: float) -> None:
    truth = WGS84.Inverse(lat1, lon1, lat2, lon2)
    assert distance_m(lon1, lat1, lon2, lat2) == pytest.approx(truth["s12"], abs=1e-7)
    turn = (azimuth_deg(lon1, lat1, lon2, lat2) - truth["azi1"] + 180) % 360 - 180
    assert turn * np.radians(1) * truth["s12"] == pytest.approx(0, abs=1e-6)  # metres sideways at the other end


@given(longitudes, latitudes, st.floats(0, 360), st.floats(0, 1e6))
def test_destination_is_karneys(lon: float, lat: float, azimuth: float, distance: float) -> None:
    truth = WGS84.Direct(lat, lon, azimuth, distance)
    lon2, lat2 = destination(lon, lat, azimuth, distance)
    assert WGS84.Inverse(lat2, lon2, truth["lat2"], truth["lon2"])["s12"] < 1e-7


def test_arrays_give_what_single_calls_give_and_unknown_stays_unknown() -> None:
    lon1, lat1, lon2, lat2 = np.array(VECTORS).T
    assert distances_m(lon1, lat1, lon2, lat2).tolist() == [distance_m(*row) for row in VECTORS]
    assert np.isnan(distances_m([0.0, np.nan, 0.0], 0.0, 1.0, [np.inf, 0.0, np.nan])).all()
    there = destinations(lon1, lat1, 33.0, 1000.0)
    assert [tuple(p) for p in np.column_stack(there).tolist()] == [
        destination(*row[:2], 33.0, 1000.0) for row in VECTORS
    ]
    assert np.isnan(azimuth_deg(1.0, 2.0, 1.0, 2.0))
    assert areas_m2([]).shape == (0,)


def karney_area_m2(polygon: shapely.Polygon, edge_deg: float) -> float:
    """Karney's polygon area, with each edge cut into short geodesics that follow the straight edge."""
    total = 0.0
    for nth, ring in enumerate(shapely.get_rings(shapely.segmentize(polygon, edge_deg))):
        outline = WGS84.Polygon()
        for lon, lat in shapely.get_coordinates(ring)[:-1]:
            outline.AddPoint(lat, lon)
        total += abs(outline.Compute()[2]) * (-1 if nth else 1)
    return total


def star(lon: float, lat: float, radii: list[float]) -> shapely.Polygon:
    out = np.array(radii)
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return shapely.Polygon(np.column_stack([lon + out * np.cos(angles), lat + out * np.sin(angles)]))


@given(st.floats(-170, 170), st.floats(-85, 85), st.lists(st.floats(0.001, 0.003), min_size=3, max_size=12))
def test_area_of_small_outlines_is_karneys(lon: float, lat: float, radii: list[float]) -> None:
    outline = star(lon, lat, radii)
    # Edges of 20 m and their geodesics enclose below a millionth of the area between them.
    assert area_m2(outline) == pytest.approx(karney_area_m2(outline, 0.0002), rel=1e-6)


@pytest.mark.parametrize(
    "outline",
    [
        shapely.box(-10, -20, 30, 40),
        shapely.Polygon([(0, 0), (60, 10), (70, 80), (-10, 60)], [[(10, 20), (20, 20), (20, 30)]]),
        shapely.Polygon([(20, 59), (31, 60), (30, 70), (25, 69)]),
    ],
)
def test_area_of_large_outlines_follows_the_straight_edge(outline: shapely.Polygon) -> None:
    # Cutting edges four times as short brings Karney's area sixteen times as near: extrapolate to none left.
    coarse, fine = karney_area_m2(outline, 0.04), karney_area_m2(outline, 0.01)
    assert area_m2(outline) == pytest.approx(fine + (fine - coarse) / 15, rel=1e-9)
    assert abs(area_m2(outline) - karney_area_m2(outline, 1000.0)) > 1e-5 * area_m2(
        outline
    )  # it is not the geodesic one


def test_the_whole_world_has_its_known_area() -> None:
    assert area_m2(shapely.box(-180, -90, 180, 90)) == pytest.approx(EARTH_M2, rel=1e-14)


@given(st.floats(-170, 170), st.floats(-85, 85), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_a_cut_neither_adds_nor_takes_area(lon: float, lat: float, across: float, up: float) -> None:
    whole = shapely.box(lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02)
    halves = [
        shapely.box(lon - 0.02, lat - 0.02, lon + across, lat + 0.02),
        shapely.box(lon + across, lat - 0.02, lon + 0.02, lat + 0.02),
    ]
    assert sum(areas_m2(halves)) == pytest.approx(area_m2(whole), rel=1e-9)
    hole = shapely.box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    assert area_m2(whole - hole) == pytest.approx(area_m2(whole) - area_m2(hole), rel=1e-9)
    assert area_m2(shapely.MultiPolygon([hole, shapely.box(lon + 1, lat, lon + 1.001, lat + 0.001)])) > area_m2(hole)


def test_area_of_a_square_metre_keeps_its_digits() -> None:
    per_lon_m, per_lat_m = (float(v) for v in metres_per_degree(60.0))
    half_lon, half_lat = 0.5 / per_lon_m, 0.5 / per_lat_m
    square = shapely.box(25.0 - half_lon, 60.0 - half_lat, 25.0 + half_lon, 60.0 + half_lat)
    assert area_m2(square) == pytest.approx(1.0, rel=1e-8)  # coordinates of 16 digits hold 1e-9 m


@given(longitudes, latitudes, longitudes, latitudes)
def test_no_straight_edge_is_shorter_than_the_geodesic(lon1: float, lat1: float, lon2: float, lat2: float) -> None:
    assert (
        length_m(shapely.LineString([(lon1, lat1), (lon2, lat2)]))
        >= distance_m(lon1, lat1, lon2, lat2) * (1 - 1e-9) - 1e-9
    )


@given(st.floats(-170, 170), st.floats(-80, 80), st.floats(-1, 1), st.floats(-1, 1))
def test_length_follows_the_straight_edge(lon: float, lat: float, run: float, climb: float) -> None:
    line = shapely.LineString([(lon, lat), (lon + run, lat + climb)])
    ends = np.column_stack([lon + np.linspace(0, 1, 2001) * run, lat + np.linspace(0, 1, 2001) * climb])
    short = distances_m(ends[:-1, 0], ends[:-1, 1], ends[1:, 0], ends[1:, 1]).sum()
    assert length_m(line) == pytest.approx(short, rel=1e-8, abs=1e-6)


def test_each_measure_is_of_its_own_kind_of_geometry() -> None:
    box = shapely.Polygon(shapely.box(0, 0, 3, 3).exterior, [shapely.box(1, 1, 2, 2).exterior])
    line = shapely.LineString([(0, 0), (1, 0)])
    both = shapely.GeometryCollection([box, shapely.GeometryCollection([line, shapely.Point(5, 5)])])
    assert area_m2(both) == area_m2(box)
    assert length_m(both) == length_m(line)
    assert perimeter_m(both) == pytest.approx(
        perimeter_m(shapely.box(0, 0, 3, 3)) + perimeter_m(shapely.box(1, 1, 2, 2))
    )
    assert perimeters_m([None, shapely.Point(0, 0), shapely.Polygon()]).tolist() == [0, 0, 0]
    assert area_m2(None) == 0


def test_the_nodes_are_those_that_numpy_computes() -> None:
    for count, nodes, weights in (
        (6, ellipsoid._NODES, ellipsoid._WEIGHTS),
        (2, ellipsoid._TWO_NODES, ellipsoid._TWO_WEIGHTS),
    ):
        theirs, weigh = np.polynomial.legendre.leggauss(count)
        np.testing.assert_allclose(nodes, (theirs + 1) / 2, rtol=1e-15, atol=2e-16)
        np.testing.assert_allclose(weights, weigh / 2, rtol=1e-15, atol=2e-16)


def test_areas_and_edges_are_the_same_whether_measured_together_or_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2026-11-29: a report over 100,000 areas measured a million edges together, in arrays of 140 MB."""
    rng = np.random.default_rng(18)
    centres = rng.uniform((-170, -80), (170, 80), (23, 2))
    shapes = [shapely.Point(*centre).buffer(0.4, quad_segs=5) for centre in centres]
    first, last = rng.uniform(-60, 60, (2, 29, 2))
    together, below = areas_m2(shapes), areas_below_m2(first, last, 10.0)
    monkeypatch.setattr(ellipsoid, "_AREAS_AT_ONCE", 4)
    monkeypatch.setattr(ellipsoid, "_EDGES_AT_ONCE", 1)
    assert areas_m2(shapes) == pytest.approx(together, rel=1e-12)
    assert areas_below_m2(first, last, 10.0) == pytest.approx(below, rel=1e-12)
