"""What is shown of released land lies within it, whatever its shape and accuracy."""

import math

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import inward, inward_all, outward, widen


@st.composite
def fields(draw: st.DrawFn) -> BaseGeometry:
    lon_deg, lat_deg = draw(st.floats(-170, 170)), draw(st.floats(-75, 75))
    size_deg = draw(st.sampled_from([0.001, 0.01, 0.05]))
    angles = sorted(draw(st.lists(st.floats(0, 6.28), min_size=3, max_size=9, unique=True)))
    shares = draw(st.lists(st.floats(0.2, 1), min_size=len(angles), max_size=len(angles)))
    ring = [
        (lon_deg + size_deg * share * math.cos(angle), lat_deg + size_deg * share * math.sin(angle))
        for angle, share in zip(angles, shares, strict=True)
    ]
    shape = shapely.Polygon(ring)
    return shape if shape.is_valid else shapely.convex_hull(shape)


@given(fields(), st.sampled_from([50.0, 100.0, 500.0]), st.floats(0, 300))
@settings(deadline=None, max_examples=60)
def test_what_is_shown_lies_within_and_stays_there_under_its_accuracy(
    field: BaseGeometry, by_m: float, accuracy_m: float
) -> None:
    shown = inward(field, by_m, accuracy_m=accuracy_m)
    assert shapely.difference(shown, field).area == 0
    if not shown.is_empty and accuracy_m > 1:
        outside = shapely.difference(shapely.box(*shapely.buffer(field, 0.05).bounds), field)
        assert shapely.intersection(shown, widen(outside, accuracy_m * 0.99)).area < 1e-15


def test_a_large_field_is_still_shown_and_a_small_one_is_not() -> None:
    field = shapely.box(0.0, 0.0, 0.02, 0.02)
    shown = inward(field, 100.0, accuracy_m=0.0)
    assert 0.8 < shown.area / field.area < 1
    assert inward(shapely.box(0, 0, 0.0005, 0.0005), 100.0, accuracy_m=0.0).is_empty
    assert inward(field, 100.0, accuracy_m=None).area < inward(field, 100.0, accuracy_m=0.0).area
    assert inward(shapely.Point(0, 0), 100.0, accuracy_m=0.0).is_empty


def one_by_one(geometry: BaseGeometry, by_m: float, accuracy_m: float | None) -> BaseGeometry:
    """The oracle: each area by itself, also those that are smaller than a cell, as it was done until 2026-11-28."""
    if geometry.is_empty or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return shapely.MultiPolygon()
    around = shapely.difference(widen(geometry, 3 * by_m), geometry)
    parts = shapely.get_parts(shapely.difference(geometry, outward(around, by_m, accuracy_m=accuracy_m)))
    parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)]
    return shapely.multipolygons(parts) if len(parts) else shapely.MultiPolygon()


@given(
    st.lists(fields() | st.just(shapely.Point(1, 1)) | st.just(shapely.Polygon()), max_size=5),
    st.sampled_from([100.0, 500.0, 1000.0]),
    st.none() | st.floats(0, 100),
)
@settings(deadline=None, max_examples=40)
def test_many_together_give_what_each_gives_alone(
    areas: list[BaseGeometry], by_m: float, accuracy_m: float | None
) -> None:
    """2026-11-28: the public form of 8,000 small released areas took 12 s, though none of them holds a whole cell."""
    found = inward_all(areas, by_m, accuracy_m=accuracy_m)
    for area, shown in zip(areas, found, strict=True):
        assert shapely.normalize(shown).equals(shapely.normalize(one_by_one(area, by_m, accuracy_m)))


@given(st.integers(-2000, 2000), st.integers(-700, 700), st.sampled_from([100.0, 1000.0]))
@settings(deadline=None, max_examples=40)
def test_an_area_hardly_larger_than_a_cell_still_shows_it(east: int, north: int, by_m: float) -> None:
    """What is too small to hold a cell is left out before it is looked at: nothing that holds one may be."""
    cell = outward(shapely.Point(east * 0.05, north * 0.1), by_m, accuracy_m=0.0)
    area = shapely.box(*(cell.bounds + np.array([-1, -1, 1, 1]) * 3e-9))
    shown = inward(area, by_m, accuracy_m=0.0)
    assert shown.equals(one_by_one(area, by_m, 0.0))
    assert shown.area > 0.99 * cell.area
