"""Cells made where positions fall give the answers of cells made whole, and of no cells at all.

2026-11-28: all cells were made before the first answer: 100,000 areas cost 6 s of processor time for any question.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from merestone.screening import HazardIndex
from merestone.screening.kernel import index_build, numpy_query
from merestone.screening.kernel.lazy_cells import LazyCells
from merestone.screening.kernel.outline import Floats

TOWNS = [(17.0, 44.0), (17.9, 44.1), (18.6, 43.2), (179.999, -10.0), (-179.9, -10.1)]
"""Far enough from each other that their tiles are others; two of them on either side of the antimeridian."""


def made_index(seed: int, *, is_mixed: bool = True) -> HazardIndex:
    """Areas around the towns, which overlap; some of unstated accuracy."""
    rng = np.random.default_rng(seed)
    town = np.repeat(np.array(TOWNS), 60, axis=0)
    lon_deg, lat_deg = (town + rng.normal(0.0, 0.02, town.shape)).T
    shapes: Any = shapely.buffer(
        shapely.points(np.minimum(lon_deg, 179.99), lat_deg), rng.uniform(0.0003, 0.004, len(town))
    )
    return HazardIndex.build(shapes, [5.0, None, 20.0] * (len(town) // 3) if is_mixed else 5.0)


def ask_cells(index: HazardIndex) -> None:
    """Let every question be asked of cells, however few are asked."""
    index._use_cells = lambda count: True  # type: ignore[method-assign]


def positions(seed: int, towns: list[int], count: int = 300) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    town = np.array(TOWNS)[rng.choice(towns, count)]
    lon_deg, lat_deg = (town + rng.normal(0.0, 0.03, town.shape)).T
    return np.clip(lon_deg, -180.0, 180.0), lat_deg


def without_cells(index: HazardIndex, lon_deg: Floats, lat_deg: Floats) -> Floats:
    """Distances by the measurement of one position at a time."""
    limit_m = 10_000.0
    each = [
        min((numpy_query.nearest_to(group, x, y, limit_m) for group in index.outlines.by_statement),
            key=lambda found: found.distance_m - (index.widened_m[found.hazard] if found.hazard >= 0 else 0.0))
        for x, y in zip(lon_deg.tolist(), lat_deg.tolist(), strict=True)
    ]  # fmt: skip
    return np.array([found.distance_m for found in each])


@settings(max_examples=4, phases=[Phase.generate])
@given(
    st.integers(0, 1000),
    st.lists(st.lists(st.sampled_from(range(len(TOWNS))), min_size=1, max_size=2, unique=True), min_size=1, max_size=4),
    st.booleans(),
)
def test_an_index_built_lazily_answers_as_one_built_whole_and_as_pairs(
    seed: int, journeys: list[list[int]], is_mixed: bool
) -> None:
    lazy, whole = made_index(seed, is_mixed=is_mixed), made_index(seed, is_mixed=is_mixed)
    whole.prepare()
    ask_cells(lazy)
    for number, towns in enumerate(journeys):
        lon_deg, lat_deg = positions(seed + number, towns)
        ours, theirs = lazy.nearest(lon_deg, lat_deg, 5.0), whole.nearest(lon_deg, lat_deg, 5.0)
        np.testing.assert_allclose(ours.distance_m, theirs.distance_m, rtol=0, atol=1e-5)
        some = slice(0, 12)
        if not is_mixed:
            expected = without_cells(lazy, lon_deg[some], lat_deg[some])
            np.testing.assert_allclose(ours.distance_m[some], expected, rtol=0, atol=1e-5)
        for accuracy_m in (5.0, None):
            expected_classes = whole.classify(lon_deg, lat_deg, accuracy_m)
            assert np.array_equal(lazy.classify(lon_deg, lat_deg, accuracy_m), expected_classes)
    if not any(town in towns for towns in journeys for town in (3, 4)):
        assert lazy.made_cells() is None  # nobody asked beside the antimeridian


def test_a_position_in_a_tile_without_cells_is_left_to_the_plain_measurement() -> None:
    outlines = made_index(1, is_mixed=False).outlines
    lazy = LazyCells(outlines)
    cells = lazy.cells_for(*positions(1, [0]))
    assert lazy.whole_cells is None
    lon_deg, lat_deg = positions(2, [1])
    distance_m, _ = index_build.nearest(cells, lon_deg, lat_deg, np.array([10_000.0]))
    assert np.isnan(distance_m).all()
    assert (index_build.classify(cells, lon_deg, lat_deg, np.array([5.0]), 150.0, 0.0) == 255).all()


def test_who_is_interrupted_while_cells_are_made_finds_the_index_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    index, whole = made_index(3), made_index(3)
    whole.prepare()
    ask_cells(index)
    here, there = positions(4, [0]), positions(5, [0, 1, 2])
    index.nearest(*here)
    grow = index_build.grow

    def interrupted(*args: Any) -> Iterator[Any]:
        yield next(grow(*args))
        raise KeyboardInterrupt

    monkeypatch.setattr(index_build, "grow", interrupted)
    with pytest.raises(KeyboardInterrupt):
        index.nearest(*there)
    expected = whole.nearest(*here).distance_m
    np.testing.assert_allclose(index.nearest(*here).distance_m, expected, rtol=0, atol=1e-5)
    monkeypatch.undo()
    expected = whole.nearest(*there).distance_m
    np.testing.assert_allclose(index.nearest(*there).distance_m, expected, rtol=0, atol=1e-5)


def test_threads_that_share_an_index_all_get_the_answers_of_a_whole_one() -> None:
    index, whole = made_index(6), made_index(6)
    whole.prepare()
    ask_cells(index)
    asked = [positions(seed, [seed % 5, (seed + 2) % 5]) for seed in range(20)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: index.classify(one[0], one[1], 5.0), asked))
    for one, answer in zip(asked, answers, strict=True):
        assert np.array_equal(answer, whole.classify(one[0], one[1], 5.0))
