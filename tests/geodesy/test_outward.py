"""What is made larger contains what it was made from: always, everywhere, whatever its shape."""

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import area_m2, destination, destinations, distances_m, outward, outward_all, widen, widen_all
from merestone.geodesy.outward import holds
from merestone.terms import WIDENED_M, FieldRefused

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
places = st.tuples(longitudes, latitudes)


@st.composite
def outlines(draw: st.DrawFn) -> BaseGeometry:
    """Valid areas, lines and points of 1 m to 50 km, anywhere: with holes, as slivers, in several parts, cut at 180."""
    lon, lat = draw(st.floats(-180, 179)), draw(st.floats(-89.9, 89.5))
    size = 10 ** draw(st.floats(-5, -0.4))
    numbers = st.floats(0, 1)
    points = [
        (lon + x * size, min(lat + y * size, 90.0))
        for x, y in draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9))
    ]
    kind = draw(st.sampled_from(["hull", "sliver", "line", "points", "holed", "several", "zigzag"]))
    line = shapely.LineString(points)
    hull = shapely.convex_hull(line)
    made: BaseGeometry = line
    if kind == "hull":
        made = hull
    elif kind == "sliver":
        aside = (points[1][0], min(points[1][1] + size * 1e-7, 90.0))
        made = shapely.Polygon([points[0], points[1], aside])
    elif kind == "points":
        made = shapely.MultiPoint(points)
    elif kind == "holed":
        made = hull - shapely.transform(hull, lambda c: c.mean(axis=0) + (c - c.mean(axis=0)) / 2)
    elif kind == "several":
        boxes = [shapely.box(x, y, x + size / 9, min(y + size / 9, 90.0)) for x, y in points]
        made = shapely.union_all(boxes)
    elif kind == "zigzag":
        made = shapely.Polygon(points)
    made = shapely.make_valid(made)
    return shapely.intersection(made, shapely.box(-180, -90, 180, 90))


def is_within_the_world(geometry: BaseGeometry) -> bool:
    west, south, east, north = geometry.bounds
    return west >= -180 and south >= -90 and east <= 180 and north <= 90


@given(outlines(), st.floats(1, 5000), st.sampled_from([0.0, 3.0, 250.0]))
@settings(deadline=None, max_examples=200)
def test_the_public_form_contains_the_true_one(outline: BaseGeometry, by_m: float, accuracy_m: float) -> None:
    if (
        outline.is_empty
        or max(outline.bounds[2] - outline.bounds[0], outline.bounds[3] - outline.bounds[1]) > 2000 * by_m / 1e5
    ):
        return  # a cover of millions of cells says nothing more
    public = outward(outline, by_m, accuracy_m=accuracy_m)
    assert public.is_valid
    assert public.covers(outline)
    assert is_within_the_world(public)
    assert area_m2(public) > 0


@given(outlines(), st.floats(0.1, 5000))
@settings(deadline=None, max_examples=200)
def test_widening_contains_the_true_one(outline: BaseGeometry, by_m: float) -> None:
    if outline.is_empty:
        return
    wide = widen(outline, by_m)
    assert wide.is_valid
    assert wide.covers(outline)
    assert is_within_the_world(wide)


@given(places, st.floats(0.01, 20_000), st.floats(0, 1))
@example((0.0, 89.99), 5000.0, 0.0)
@example((179.9999, 10.0), 500.0, 0.0)
@example((-180.0, -65.0), 15_000.0, 1.0)
@example((0.0, 90.0), 1.0, 0.5)
@settings(deadline=None)
def test_widening_reaches_every_place_within_the_distance(
    place: tuple[float, float], by_m: float, share: float
) -> None:
    wide = widen(shapely.Point(place), by_m)
    for reach_m in (by_m, by_m * share):
        lon, lat = destinations(*place, np.linspace(0, 360, 73), reach_m)
        assert shapely.covers(wide, shapely.points(lon, lat)).all()


@given(outlines(), st.floats(1, 5000))
@settings(deadline=None, max_examples=60)
def test_widening_an_outline_reaches_around_all_of_it(outline: BaseGeometry, by_m: float) -> None:
    if outline.is_empty:
        return
    vertices = shapely.get_coordinates(outline)
    for quadrant_segments in (6, 16):
        (wide,) = widen_all([outline], by_m, quadrant_segments=quadrant_segments)
        for azimuth in (0.0, 77.0, 180.0, 255.0):
            lon, lat = destinations(vertices[:, 0], vertices[:, 1], azimuth, by_m)
            assert shapely.covers(wide, shapely.points(lon, lat)).all()


def test_widening_reaches_around_the_tip_of_a_needle() -> None:
    """2026-11-23, found by hypothesis: GEOS 3.14.1 buffers this outline without the tip of its thin needle."""
    needle = shapely.from_wkt(
        "POLYGON ((108.872500903927 44.059996337340834, 108.864688403927 44.064994506011246, "
        "108.864688403927 44.054998168670416, 108.880313403927 44.054998168670416, 108.888125903927 44.05, "
        "108.856875903927 44.05, 108.856875903927 44.069992674681664, 108.872500903927 44.059996337340834))"
    )
    lon, lat = destinations(108.872500903927, 44.059996337340834, np.linspace(0, 360, 73), 1.0)
    assert shapely.covers(widen(needle, 1.0), shapely.points(lon, lat)).all()


@pytest.mark.parametrize("lat", [0.0, 45.0, -60.0, 75.0])
@pytest.mark.parametrize("by_m", [1.0, 100.0, 5000.0])
def test_widening_does_not_reach_much_too_far(lat: float, by_m: float) -> None:
    for quadrant_segments, most in ((16, 1.01), (6, 1.03)):
        (wide,) = widen_all([shapely.Point(20.0, lat)], by_m, quadrant_segments=quadrant_segments)
        rim = shapely.get_coordinates(wide)
        reach_m = distances_m(20.0, lat, rim[:, 0], rim[:, 1])
        assert reach_m.min() >= by_m
        assert reach_m.max() <= by_m * most + 0.01


def test_widening_a_tall_area_far_north_follows_the_shrinking_degree() -> None:
    tall = shapely.box(25.0, 60.0, 25.5, 69.0)
    wide = widen(tall, 1000.0)
    ends = shapely.intersection(wide, shapely.LineString([(20.0, 60.5), (30.0, 60.5)])).bounds
    assert 1000 <= distances_m(25.0, 60.5, ends[0], 60.5) <= 1020


def test_the_public_form_of_two_near_outlines_in_the_same_cells_is_one() -> None:
    """Who moves an outline a little within its cells shows nothing of where it is."""
    first, second = shapely.box(0.0101, 0.0101, 0.0132, 0.0122), shapely.box(0.0102, 0.0103, 0.0131, 0.0121)
    assert outward(first, 1000.0, accuracy_m=0.0).equals(outward(second, 1000.0, accuracy_m=0.0))


@given(places, st.floats(10, 1000))
@settings(deadline=None)
def test_neighbours_share_the_grid(place: tuple[float, float], by_m: float) -> None:
    """Two covers overlap in whole cells or not at all: no sliver between them shows where one ends."""
    lon, lat = min(max(place[0], -179.9), 179.9), min(max(place[1], -88.0), 88.0)
    first = outward(shapely.box(lon, lat, lon + 1e-3, lat + 1e-3), by_m, accuracy_m=0.0)
    second = outward(shapely.box(lon + 5e-4, lat + 5e-4, lon + 2e-3, lat + 2e-3), by_m, accuracy_m=0.0)
    shared_m2 = area_m2(shapely.intersection(first, second))
    assert shared_m2 >= 0.9 * by_m * by_m
    difference_m2 = area_m2(shapely.difference(second, first))
    assert difference_m2 == 0 or difference_m2 >= 0.9 * by_m * by_m


@given(st.floats(-179, 179), st.floats(-85, 85), st.floats(5, 5000))
@settings(deadline=None)
def test_a_place_becomes_a_cell_of_about_the_width_asked_for(lon: float, lat: float, by_m: float) -> None:
    cell = outward(shapely.Point(lon, lat), by_m, accuracy_m=0.0)
    assert area_m2(cell) >= 0.97 * by_m * by_m
    west, south, east, north = cell.bounds
    assert distances_m(west, (south + north) / 2, east, (south + north) / 2) <= 4.5 * by_m
    assert distances_m(west, south, west, north) <= 2.5 * by_m


def test_an_unstated_accuracy_widens_the_public_form() -> None:
    point = shapely.Point(0.05, 0.05)
    assert outward(point, 100.0, accuracy_m=None).covers(widen(point, WIDENED_M))
    both = outward_all([point, point], 100.0, accuracy_m=[0.0, np.nan])
    assert area_m2(both[0]) < area_m2(both[1])


def test_arrays_give_what_single_calls_give_and_nothing_stays_nothing() -> None:
    shapes = [shapely.box(0, 0, 0.01, 0.02), None, shapely.Point(5, 50), shapely.Polygon()]
    wide, public = widen_all(shapes, [10.0, 10.0, 20.0, 5.0]), outward_all(shapes, 250.0, accuracy_m=0.0)
    assert wide[0].equals(widen(shapely.box(0, 0, 0.01, 0.02), 10.0))
    assert public[2].equals(outward(shapely.Point(5, 50), 250.0, accuracy_m=0.0))
    assert wide[1] is None
    assert public[1] is None
    assert wide[3].is_empty
    assert public[3].is_empty
    assert widen_all([], 1.0).shape == (0,)
    assert outward_all([], 10.0, accuracy_m=0.0).shape == (0,)


@pytest.mark.parametrize("by_m", [0.0, -1.0, np.nan, np.inf, 0.5, 1e6])
def test_a_cell_of_no_width_is_refused(by_m: float) -> None:
    with pytest.raises(FieldRefused, match="by_m"):
        outward(shapely.Point(0, 0), by_m, accuracy_m=0.0)


def test_a_width_below_nothing_is_refused() -> None:
    with pytest.raises(FieldRefused, match="0 or more"):
        widen(shapely.Point(0, 0), -1.0)


def test_an_area_that_would_take_millions_of_rows_is_refused() -> None:
    with pytest.raises(FieldRefused, match="larger cell"):
        outward(shapely.box(-60, -80, 60, 80), 1.0, accuracy_m=0.0)


def test_an_area_over_the_antimeridian_stays_within_180_degrees() -> None:
    cut = shapely.MultiPolygon([shapely.box(179.99, 10, 180, 10.01), shapely.box(-180, 10, -179.99, 10.01)])
    for made in (widen(cut, 2000.0), outward(cut, 2000.0, accuracy_m=0.0)):
        assert made.covers(cut)
        assert is_within_the_world(made)
        assert made.geom_type == "MultiPolygon"
    wide = widen(shapely.Point(179.999, 0), 1000.0)
    east = destination(179.999, 0.0, 90.0, 999.0)
    assert east[0] < 0
    assert wide.covers(shapely.Point(east))


@given(outlines(), st.floats(1e-3, 50.0), st.floats(0.5, 1.5))
def test_what_is_held_with_room_to_spare_is_so_by_geos_own_predicate(
    outline: BaseGeometry, least_m: float, share: float
) -> None:
    """2026-11-28: a single point of each piece stands for `covers`, which took a fifth of the proof's time."""
    plane = shapely.transform(outline, lambda c: (c - c[0]) * 100_000.0) if not outline.is_empty else outline
    area = shapely.buffer(plane, least_m * share)
    several = shapely.union_all([plane, shapely.affinity.translate(plane, 200_000.0)])
    with_a_hole = shapely.difference(area, shapely.buffer(shapely.point_on_surface(plane), least_m / 4))
    for wide, inner in ((area, plane), (area, several), (with_a_hole, plane), (plane, area)):
        found = holds(np.array([wide]), np.array([inner]), least_m)[0]
        with np.errstate(divide="ignore", invalid="ignore"):  # GEOS divides by the length of an edge of 1e-228
            expected = shapely.covers(wide, inner) and shapely.distance(shapely.boundary(wide), inner) >= least_m
        assert bool(found) == (bool(expected) and not inner.is_empty)
