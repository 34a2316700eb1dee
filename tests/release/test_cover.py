"""Unions and overlaps from edges alone, against exact squares, exact fractions, and GEOS on areas as real ones are."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from merestone.geodesy import areas_m2
from merestone.release._cover import cover
from merestone.release._turn import is_left

SIDE = 6
Floats = NDArray[np.float64]


def flat(first: Floats, last: Floats, reference: float) -> Floats:
    return np.asarray(-(last[:, 0] - first[:, 0]) * ((first[:, 1] + last[:, 1]) / 2 - reference))


cell = st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
blot = st.frozensets(cell, min_size=1, max_size=20)


def area_of(cells: frozenset[tuple[int, int]]) -> Any:
    """Cells of one size joined: holes, parts that touch in a point, edges shared with other blots to the last bit."""
    return shapely.union_all([shapely.box(x, y, x + 1, y + 1) for x, y in cells])


@given(st.lists(st.tuples(blot, st.integers(0, 2)), min_size=1, max_size=7))
@settings(deadline=None, max_examples=300)
def test_every_union_and_every_overlap_has_as_many_squares_as_it_should(
    given_areas: list[tuple[frozenset[tuple[int, int]], int]],
) -> None:
    cells = [held for held, _ in given_areas]
    shares = np.array([share for _, share in given_areas])
    found = cover(np.array([area_of(held) for held in cells], dtype=object), shares, 3, flat)
    for wanted in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        union = frozenset[tuple[int, int]]().union(*(held for held, share in given_areas if share in wanted))
        assert found.union_m2(*wanted) == pytest.approx(len(union), abs=1e-9)
    common = {(int(a), int(b)): m2 for a, b, m2 in zip(found.first, found.second, found.common_m2, strict=True)}
    for a in range(len(cells)):
        for b in range(a + 1, len(cells)):
            assert common.get((a, b), 0.0) == pytest.approx(len(cells[a] & cells[b]), abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_jagged_areas_on_the_ellipsoid_agree_with_geos(seed: int) -> None:
    rng = np.random.default_rng(seed)
    areas = []
    for _ in range(120):
        turn = np.sort(rng.uniform(0, 2 * np.pi, 14))
        reach = rng.uniform(0.002, 0.02, 14)
        middle = np.array([17.0, 44.0]) + rng.uniform(-0.06, 0.06, 2)
        corners = middle + np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)
        # A third snap to a coarse grid: shared corners, edges that run along each other, whole copies.
        corners = np.round(corners, 2) if rng.uniform() < 0.3 else corners
        parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(corners)))
        flat_parts = [part for part in parts if part.area > 0]
        if flat_parts:
            areas.append(shapely.union_all(flat_parts))
    held = np.array([*areas, areas[0]], dtype=object)
    shares = rng.integers(0, 4, len(held))
    found = cover(held, shares, 4)
    for wanted in ((0,), (1, 3), (0, 1, 2), (0, 1, 2, 3)):
        theirs = float(areas_m2([shapely.union_all(held[np.isin(shares, wanted)])])[0])
        assert found.union_m2(*wanted) == pytest.approx(theirs, rel=1e-9, abs=1e-3)
    theirs_m2 = areas_m2(shapely.intersection(held[found.first], held[found.second]))
    np.testing.assert_allclose(found.common_m2, theirs_m2, atol=1e-3)


near = st.floats(-1, 1, allow_nan=False) | st.sampled_from([0.0, 0.5, 0.1, 0.3, 1e-9])
point = st.tuples(near, near)


@given(point, point, point, st.booleans())
def test_a_side_is_that_of_exact_fractions_and_ties_fall_as_the_smallest_step_says(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], earlier: bool
) -> None:
    if a == b:
        return
    step = Fraction(1, 10**700) * (1 if earlier else -1)

    def side(east: Fraction, north: Fraction) -> Fraction:
        (ax, ay), (bx, by), (cx, cy) = ([Fraction(v) for v in p] for p in (a, b, c))
        return (bx - ax) * (cy - ay - north) - (by - ay) * (cx - ax - east)

    expected = side(step, abs(step) * step) > 0
    found = is_left(np.array([a]), np.array([b]), np.array([c]), edge_is_earlier=earlier)[0]
    assert bool(found) == expected


def test_nothing_covers_nothing() -> None:
    assert cover(np.array([], dtype=object), np.zeros(0, np.int64), 2).union_m2(0, 1) == 0.0
