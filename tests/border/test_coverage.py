"""Coverage of cells: equal to exactextract and to GEOS cell by cell, on any valid polygon, holes and grid lines too."""

from typing import Any

import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.border._coverage import Coverage, coverage

ROWS, COLS = 9, 11
# Whole and half numbers too: outlines that run along the grid's lines and through its corners.
# No number nearer to 0 than 1e-15: GEOS 3.14, the oracle, answers wrongly or raises for them (see the last test).
number = st.one_of(
    st.integers(-3, 14),
    st.floats(-3, 14, allow_nan=False).map(lambda n: 0.0 if abs(n) < 1e-15 else n),
    st.integers(-6, 28).map(lambda n: n / 2),
)
ring = st.lists(st.tuples(number, number), min_size=3, max_size=9)


def dense(found: Coverage) -> NDArray[np.float64]:
    """All cells of the grid, each listed once."""
    share = np.zeros((ROWS, COLS))
    np.add.at(share, (found.row, found.col), found.share)
    for row, start, stop in zip(found.run_row, found.run_start, found.run_stop, strict=True):
        share[row, start:stop] += 1.0
    return share


def by_geos(area: BaseGeometry) -> NDArray[np.float64]:
    col, row = np.meshgrid(np.arange(COLS), np.arange(ROWS))
    return np.asarray(shapely.area(shapely.intersection(area, shapely.box(col, row, col + 1, row + 1))))


def polygonal(area: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(shapely.get_parts(area))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


@given(shells=st.lists(ring, min_size=1, max_size=3), hole=st.none() | ring)
def test_every_cell_has_the_share_that_geos_finds(shells: list[Any], hole: list[Any] | None) -> None:
    area = shapely.union_all([shapely.make_valid(shapely.Polygon(shell)) for shell in shells])
    if hole is not None:
        area = shapely.difference(area, shapely.make_valid(shapely.Polygon(hole)))
    area = polygonal(area)
    np.testing.assert_allclose(dense(coverage(area, ROWS, COLS)), by_geos(area), atol=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_a_larger_grid_agrees_with_exactextract(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, 200))
    reach = rng.uniform(40, 90, 200)
    shell = np.column_stack([100 + reach * np.cos(turn), 90 + reach * np.sin(turn)])
    area = shapely.difference(shapely.Polygon(shell), shapely.box(90, 80, 110.25, 95.5))
    grid = NumPyRasterSource(np.zeros((180, 200), np.uint8), 0, 0, 200, 180)
    # exactextract's rows go north to south: its grid is ours upside down.
    turned = shapely.transform(area, lambda xy: np.column_stack([xy[:, 0], 180 - xy[:, 1]]))
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(turned)}
    theirs = exact_extract(grid, [feature], ["cell_id", "coverage"])[0]["properties"]
    ours = coverage(area, 180, 200)
    share = np.zeros(180 * 200)
    share[ours.row * 200 + ours.col] = ours.share
    for row, start, stop in zip(ours.run_row, ours.run_start, ours.run_stop, strict=True):
        share[row * 200 + start : row * 200 + stop] += 1.0
    expected = np.zeros(180 * 200)
    expected[np.asarray(theirs["cell_id"], int)] = theirs["coverage"]
    np.testing.assert_allclose(share, expected, atol=1e-6)


@given(shell=ring, row=st.integers(0, 8), col=st.integers(0, 10), rows=st.integers(1, 9), cols=st.integers(1, 11))
def test_windows_and_cut_runs_hold_the_same_cells(shell: list[Any], row: int, col: int, rows: int, cols: int) -> None:
    whole = coverage(polygonal(shapely.make_valid(shapely.Polygon(shell))), ROWS, COLS)
    window = np.zeros((ROWS, COLS), bool)
    window[row : row + rows, col : col + cols] = True
    part = whole.within(row, col, rows, cols).cut_every(col, 3)
    np.testing.assert_array_equal(dense(part), np.where(window, dense(whole), 0.0))
    assert (part.run_stop - part.run_start <= 3).all()


def test_nothing_is_covered_by_nothing() -> None:
    found = coverage(shapely.MultiPolygon(), ROWS, COLS)
    assert not dense(found).any()
    assert not dense(coverage(shapely.box(50, 50, 60, 60), ROWS, COLS)).any()


@pytest.mark.parametrize("tiny", [5e-324, 1e-311, 1e-164, 1e-17])
def test_a_corner_beside_a_grid_line_by_next_to_nothing_fills_no_cell(tiny: float) -> None:
    """2026-11-28: of this triangle west of the grid GEOS says that it fills a whole cell, where `tiny` is least."""
    triangle = shapely.Polygon([(-2, 0), (0, 1.5), (tiny, 0)])
    assert dense(coverage(triangle, ROWS, COLS)).max() < 1e-15
