"""Ground that is drawn for many rows together is what each row alone would get."""

import math
from collections.abc import Sequence

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning import Meaning, Meanings
from merestone.exchange.meaning.grounds import Grounds
from merestone.exchange.rows.row import Row
from merestone.geodesy import Refused, check, widen
from merestone.register.programme import kind_of_layer
from merestone.terms import FieldRefused, RecordKind

degrees = st.tuples(st.floats(-200, 200), st.floats(-95, 95))
near = st.tuples(st.floats(17, 17.01), st.floats(44.9, 44.91))
shapes = st.one_of(
    st.builds(shapely.Point, degrees),
    st.builds(shapely.Point, near),
    st.builds(shapely.LineString, st.lists(near, min_size=2, max_size=4)),
    st.builds(shapely.Polygon, st.lists(near, min_size=3, max_size=6)),
    st.builds(shapely.MultiPoint, st.lists(near, max_size=3)),
    st.sampled_from([shapely.Point(), shapely.Polygon(), shapely.Point(17, math.nan), shapely.Point(17, 45, 300)]),
)
asked_ground = st.tuples(shapes, st.sampled_from([1.0, 25.0, 800.0, 30_000.0]), st.booleans())


def alone(geometry: BaseGeometry, radius_m: float, is_buffer: bool) -> BaseGeometry:
    """The ground within a distance of one shape, drawn by itself: the slow way."""
    if geometry.is_empty:
        return geometry
    if isinstance(geometry, shapely.Point) and abs(geometry.y) <= 90 and abs(geometry.x) <= 180:
        return oriented(widen(geometry, radius_m))
    if shapely.get_dimensions(geometry) < 2 or is_buffer:
        verdict = check(geometry)
        return geometry if isinstance(verdict, Refused) else oriented(widen(verdict.geometry, radius_m))
    disc = oriented(widen(shapely.centroid(geometry), radius_m))
    return shapely.MultiPolygon([*shapely.get_parts(geometry), *shapely.get_parts(disc)])


def assert_alike(ground: BaseGeometry, expected: BaseGeometry) -> None:
    """The same corners, to a micrometre; NaN is NaN."""
    assert ground.geom_type == expected.geom_type
    np.testing.assert_allclose(shapely.get_coordinates(ground), shapely.get_coordinates(expected), rtol=0, atol=1e-11)


def oriented(area: BaseGeometry) -> BaseGeometry:
    out: BaseGeometry = shapely.orient_polygons(area)
    return out


@given(st.lists(asked_ground, max_size=8))
@settings(max_examples=40, deadline=None)
def test_ground_drawn_together_is_that_of_each_shape_alone(asked: Sequence[tuple[BaseGeometry, float, bool]]) -> None:
    grounds = Grounds()
    got = grounds.answers(asked, lambda one: grounds.within(one[0], one[1], is_buffer=one[2]))
    for ground, (geometry, radius_m, is_buffer) in zip(got, asked, strict=True):
        expected = alone(geometry, radius_m, is_buffer)
        assert_alike(ground, expected)


COLUMNS = ("radius", "length_m", "azimuth", "distance", "accuracy_m")
cells = st.sampled_from(["", "5", "120 m", "1,5 km", "none", "-3", "400"])
rows = st.builds(
    lambda place, *cells: (place, dict(zip(COLUMNS, cells, strict=True))),
    near, cells, cells, st.sampled_from(["", "90"]), cells, cells,
)  # fmt: skip


@given(st.lists(rows, max_size=6), st.sampled_from([RecordKind.SUSPECTED, RecordKind.CLEARED, RecordKind.ACCIDENT]))
@settings(max_examples=40, deadline=None)
def test_rows_that_wait_for_their_ground_mean_what_each_means_alone(
    values: Sequence[tuple[tuple[float, float], dict[str, str]]], kind: RecordKind
) -> None:
    made = [Row(number, shapely.Point(place), cells) for number, (place, cells) in enumerate(values, start=1)]
    together, one_by_one = Meanings(kind, kind_of_layer(kind)), Meanings(kind, kind_of_layer(kind))
    got = together.of_all(made, together.of)
    expected = [one_by_one.of(row) for row in made]
    assert [described(meaning) for meaning in got] == [described(meaning) for meaning in expected]
    assert list(together.notes()) == list(one_by_one.notes())
    for meaning, other in zip(got, expected, strict=True):
        assert (meaning.geometry is None) == (other.geometry is None)
        if meaning.geometry is not None and other.geometry is not None:
            assert_alike(meaning.geometry, other.geometry)


def described(meaning: Meaning) -> tuple[object, ...]:
    accuracy_m = str(meaning.accuracy_m)  # NaN is not equal to itself
    return meaning.attributes, meaning.fault, meaning.remarks, meaning.notices, accuracy_m, meaning.shift_m


def test_a_row_that_cannot_be_drawn_keeps_no_other_from_its_ground() -> None:
    grounds = Grounds()
    asked = [(shapely.Point(17.1, 44.9), 50.0), (shapely.Point(17.1, 44.9), -1.0)]

    def answer(one: tuple[BaseGeometry, float]) -> BaseGeometry | None:
        try:
            return grounds.within(*one)
        except FieldRefused:
            return None

    first, second = grounds.answers(asked, answer)
    assert first is not None
    assert first.equals(alone(*asked[0], True))
    assert second is None


texts = st.sampled_from(["", "5", "radius of 200 m", "mined for 300 m", "1", "azimuth 90, 400 m", "x" * 200])
any_cells = st.one_of(texts, st.sampled_from([1, 1.0, True, 0, None, 2.5, [1], math.nan]))


@given(st.lists(st.lists(any_cells, min_size=3, max_size=3), min_size=1, max_size=8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_cells_that_come_again_say_the_same_again(cells: list[list[object]], is_named: bool) -> None:
    names = ("length_m", "radius_m", "remarks") if is_named else ("id", "status", "remarks")
    made = [
        Row(at, shapely.Point(17.1, 44.9), dict(zip(names, row, strict=True))) for at, row in enumerate(cells, start=1)
    ]
    kind = RecordKind.SUSPECTED
    remembering = Meanings(kind, kind_of_layer(kind))
    for row in made:
        fresh = Meanings(kind, kind_of_layer(kind))
        assert described(remembering.of(row)) == described(fresh.of(row))
