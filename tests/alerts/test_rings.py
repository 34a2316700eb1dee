"""The area of an alert contains the area that it is of, by exact arithmetic that is not the library's."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.alerts import POINTS_MOST, published_area
from merestone.alerts.rings import DECIMALS, RINGS_MOST
from merestone.terms import FieldRefused

Corner = tuple[Fraction, Fraction]


def turn(a: Corner, b: Corner, c: Corner) -> int:
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def corners_of(ring: shapely.LinearRing) -> list[Corner]:
    return [(Fraction(x), Fraction(y)) for x, y in ring.coords]


def holds_corner(ring: list[Corner], at: Corner) -> bool:
    """Whether a closed counter-clockwise ring holds a point, its edge included; by crossings, without rounding."""
    inside = False
    for a, b in pairwise(ring):
        if (
            turn(a, b, at) == 0
            and min(a[0], b[0]) <= at[0] <= max(a[0], b[0])
            and min(a[1], b[1]) <= at[1] <= max(a[1], b[1])
        ):
            return True
        if (a[1] > at[1]) != (b[1] > at[1]):
            inside ^= at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0]
    return inside


def cross(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether two edges cross in their midst."""
    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def holds(area: shapely.MultiPolygon, part: shapely.Polygon) -> bool:
    """Whether one ring of the area holds every corner of the part, and none of its edges crosses one of the part's."""
    outline = corners_of(part.exterior)
    for ring in (corners_of(geom.exterior) for geom in area.geoms):
        if all(holds_corner(ring, corner) for corner in outline):
            return not any(cross(a, b, c, d) for a, b in pairwise(ring) for c, d in pairwise(outline))
    return False


def assert_fit_for_publication(area: shapely.MultiPolygon) -> None:
    assert len(area.geoms) <= RINGS_MOST
    assert area.is_valid  # simple rings, none over another
    for geom in area.geoms:
        ring = geom.exterior
        assert not geom.interiors
        assert 4 <= len(ring.coords) <= POINTS_MOST
        assert ring.coords[0] == ring.coords[-1]
        assert ring.is_ccw
        rounded = np.round(shapely.get_coordinates(ring), DECIMALS)
        assert (rounded == shapely.get_coordinates(ring)).all()
        assert (np.abs(rounded) <= (180, 90)).all()


def star(lon: float, lat: float, radii: list[float]) -> shapely.Polygon:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    corners = np.column_stack([lon + np.cos(angles) * radii, lat + np.sin(angles) * radii])
    return shapely.Polygon(np.clip(corners, (-180, -90), (180, 90)))


PLACES = st.tuples(
    st.sampled_from([-180.0, -0.0000004, 24.1234567, 179.9999996, 180.0]),
    st.sampled_from([-90.0, 0.0000003, 54.7654321, 89.99999, 90.0]),
)
RADII = st.lists(st.floats(1e-7, 2.0), min_size=3, max_size=130)


@settings(max_examples=60, deadline=None)
@given(PLACES, RADII)
def test_an_area_of_any_form_is_contained(place: tuple[float, float], radii: list[float]) -> None:
    part = star(*place, radii)
    if not part.is_valid or part.area < 1e-13:
        return
    area = published_area(part)
    assert_fit_for_publication(area)
    assert holds(area, part)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05), st.floats(1e-5, 0.02)), min_size=1, max_size=40)
)
def test_many_places_near_each_other_are_contained(places: list[tuple[float, float, float]]) -> None:
    parts = [shapely.Point(24 + lon, 54 + lat).buffer(radius, quad_segs=4) for lon, lat, radius in places]
    united = shapely.union_all(parts)
    area = published_area(united)
    assert_fit_for_publication(area)
    for part in parts:
        assert holds(area, part)


def test_a_ring_that_is_as_it_should_be_is_kept() -> None:
    """Nothing is made larger without need: whoever typed an area finds it again."""
    square = shapely.Polygon([(24.0, 54.0), (24.5, 54.0), (24.5, 54.25), (24.0, 54.25)])
    assert published_area(square).equals(square)


def test_a_hole_is_warned_of_too() -> None:
    ring = shapely.box(24, 54, 25, 55).difference(shapely.box(24.4, 54.4, 24.6, 54.6))
    assert published_area(ring).covers(shapely.Point(24.5, 54.5))


def test_a_part_within_the_hole_of_another_makes_no_second_ring() -> None:
    ring = shapely.box(24, 54, 25, 55).difference(shapely.box(24.2, 54.2, 24.8, 54.8))
    area = published_area(shapely.union_all([ring, shapely.box(24.4, 54.4, 24.6, 54.6)]))
    assert len(area.geoms) == 1


def test_it_follows_from_the_area_alone() -> None:
    """Another area within it, of which the public knows nothing, changes nothing: the outline has no other input."""
    outline = shapely.Point(24, 54).buffer(0.03, quad_segs=64)
    assert published_area(outline) == published_area(shapely.from_wkb(shapely.to_wkb(outline)))


def test_a_coast_of_thousands_of_corners_grows_little() -> None:
    angles = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    radii = 0.1 + 0.01 * np.sin(angles * 40) + 0.0005 * np.sin(angles * 900)
    part = shapely.Polygon(np.column_stack([24 + radii * np.cos(angles), 54 + radii * np.sin(angles)]))
    area = published_area(part)
    assert_fit_for_publication(area)
    assert area.covers(part)
    assert area.area < 1.3 * part.area


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (shapely.Point(24, 54), "is not an area"),
        (shapely.LineString([(24, 54), (25, 55)]), "is not an area"),
        (shapely.Polygon(), "is not an area"),
        (shapely.box(179, 0, 181, 1), "is not within WGS 84"),
        (shapely.box(0, 89, 1, 91), "is not within WGS 84"),
    ],
)
def test_what_is_no_area_is_refused(shape: BaseGeometry, words: str) -> None:
    with pytest.raises(FieldRefused, match=words):
        published_area(shape)
