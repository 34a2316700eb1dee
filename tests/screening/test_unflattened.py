"""A few positions reach few hazards: asked before all outlines are flattened, an index answers as it does after."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.screening import HazardIndex
from merestone.screening import index as index_module
from merestone.screening.kernel import unflattened
from merestone.screening.kernel.outline import Outlines
from tests.screening.test_pairs import _shapes


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few hazards and many positions are asked as if the hazards were many."""
    with monkeypatch.context() as patch:
        allow_few(patch)
        yield


def allow_few(patch: pytest.MonkeyPatch) -> None:
    for name, value in (("FROM_HAZARDS", 1), ("HAZARDS_PER_POSITION", 0), ("MOST_SHARE", 1.0)):
        patch.setattr(unflattened, name, value)


@pytest.mark.parametrize(("count", "is_kernel_loaded"), [(1, False), (8, False), (60, False), (60, True)])
@given(
    seed=st.integers(0, 2**32 - 1),
    lat_deg=st.sampled_from([0.0, 44.0, -60.0, 79.5]),
    size_deg=st.sampled_from([1e-4, 0.003, 0.05]),
    reach_m=st.sampled_from([0.0, 150.0, 3_000.0, 15_000.0]),
    odd=st.sampled_from(["nothing", "none", "empty", "wide", "outside", "not a number"]),
)
@settings(max_examples=45, deadline=None)
def test_the_answers_are_those_of_all_outlines(
    count: int, is_kernel_loaded: bool, seed: int, lat_deg: float, size_deg: float, reach_m: float, odd: str
) -> None:
    rng = np.random.default_rng(seed)
    hazards = int(rng.integers(1, 50))
    shapes = _shapes(rng, hazards, lat_deg, size_deg)  # within some kilometres: many overlap, or nearly do
    with np.errstate(invalid="ignore"):
        not_a_number = shapely.LineString([(0.0, lat_deg), (0.01, np.nan), (0.02, lat_deg)])
    shapes[int(rng.integers(0, hazards))] = {
        "nothing": shapes[0],
        "none": None,
        "empty": shapely.Polygon(),
        "wide": shapely.LineString([(-179.9, lat_deg), (179.9, lat_deg)]),
        "outside": shapely.Point(17.0, 95.0),
        "not a number": not_a_number,
    }[odd]
    accuracy_m = rng.choice([0.0, 10.0, 300.0, np.nan, np.nan], hazards)
    own_m = rng.choice([0.0, 10.0, np.nan], count)
    lon, lat = rng.uniform(-0.35, 0.35, count), lat_deg + rng.uniform(-0.2, 0.2, count)
    corners = shapely.get_coordinates([shape for shape in shapes if shape is not None])
    corners = corners if len(corners) else np.zeros((1, 2))
    beside = corners[rng.integers(0, len(corners), (count + 1) // 2)] + rng.normal(0.0, 1e-3, ((count + 1) // 2, 2))
    beside = beside[np.isfinite(beside).all(axis=1) & (np.abs(beside[:, 1]) < 90.0)]
    lon[: len(beside)], lat[: len(beside)] = beside.T
    if count > 8:
        lon[-1], (lon[-2], lat[-2]) = np.nan, corners[0] if np.isfinite(corners[0]).all() else (0.0, 0.0)
    with pytest.MonkeyPatch.context() as patch:
        allow_few(patch)
        # Both by the same arithmetic: the compiled kernel's differs by nanometres, and other tests compare it.
        patch.setattr(HazardIndex, "_use_cells", lambda index, count: False)
        patch.setattr(HazardIndex, "_making_s", lambda index: 3600.0)
        few, whole = (HazardIndex.build(shapes, accuracy_m) for _ in range(2))
        assert whole.outlines.hazards == hazards
        ours, theirs = (index.nearest(lon, lat, own_m, reach_m) for index in (few, whole))
        np.testing.assert_array_equal(ours.hazard, theirs.hazard)
        np.testing.assert_array_equal(ours.distance_m, theirs.distance_m)
        patch.setattr(index_module, "loading_s", lambda: 3600.0)
        expected = whole.classify(lon, lat, own_m, reach_m)
        patch.setattr(index_module, "loading_s", lambda: 0.0 if is_kernel_loaded else 3600.0)
        for index in (few, whole):
            np.testing.assert_array_equal(index.classify(lon, lat, own_m, reach_m), expected)


@pytest.mark.usefixtures("small")
def test_a_hazard_of_unstated_accuracy_keeps_none_of_stated_accuracy_out() -> None:
    """The widened one has the smaller distance less its widening; the position is inside the other."""
    beside = shapely.box(5 / 80_000, 43.9999, 0.001, 44.0001)
    above = shapely.Point(0.0, 44.0 + 60 / 111_000)
    index = HazardIndex.build([above, beside], [None, 0.0])
    nearest = index.nearest([0.0], [44.0], 10.0)
    assert nearest.hazard.tolist() == [1]
    assert index.classify([0.0], [44.0], 10.0).tolist() == [2]


def areas(count: int = 2000) -> list[Any]:
    rng = np.random.default_rng(11)
    x, y = rng.uniform(17.0, 18.0, count), rng.uniform(44.0, 45.0, count)
    return list(shapely.box(x, y, x + 0.001, y + 0.001))


def test_few_positions_of_many_areas_flatten_few(monkeypatch: pytest.MonkeyPatch) -> None:
    flattened: list[int] = []
    of = Outlines.of

    def counted(geometries: Any, *rest: Any) -> Outlines:
        flattened.append(len(geometries))
        return of(geometries, *rest)

    monkeypatch.setattr(Outlines, "of", counted)
    index = HazardIndex.build(areas(), 10.0)
    assert (len(index), index.accuracy_m[0], flattened) == (2000, 10.0, [])
    lon, lat = np.linspace(17.2, 17.4, 100), np.linspace(44.2, 44.4, 100)
    for _ in range(unflattened.MOST_QUESTIONS):
        assert len(index.classify(lon, lat, 5.0, 150.0)) == 100
    assert max(flattened) < 200
    index.classify(lon, lat, 5.0, 150.0)
    assert flattened[-1] == 2000, "what is asked again and again is flattened"
    index.classify(lon, lat, 5.0, 150.0)
    assert flattened.count(2000) == 1


def test_an_area_that_is_changed_in_the_callers_array_is_not_changed_in_the_index() -> None:
    callers_areas = np.array(areas(), dtype=object)
    index = HazardIndex.build(callers_areas, 0.0)
    at = shapely.get_coordinates(shapely.point_on_surface(callers_areas[:50]))
    callers_areas[:] = None
    assert (index.classify(at[:, 0], at[:, 1], 0.0, 0.0) == 2).all()
    assert index.unplaced == 0


@pytest.mark.usefixtures("small")
def test_threads_that_ask_at_once_have_the_same_answers() -> None:
    lon, lat = np.linspace(17.0, 18.0, 40), np.linspace(44.0, 45.0, 40)
    expected = HazardIndex.build(areas(), 10.0).nearest(lon, lat, 5.0).distance_m
    for _ in range(5):
        index = HazardIndex.build(areas(), 10.0)
        with ThreadPoolExecutor(8) as pool:
            for answer in pool.map(lambda _, index=index: index.nearest(lon, lat, 5.0).distance_m, range(8)):
                np.testing.assert_array_equal(answer, expected)


@pytest.mark.usefixtures("small")
def test_where_none_is_near_an_index_says_so_and_an_empty_one_does_not_know() -> None:
    assert HazardIndex.build(areas(), 10.0).classify([10.0], [50.0], 5.0).tolist() == [0]
    assert HazardIndex.build([None, shapely.Polygon()], 10.0).classify([10.0], [50.0], 5.0).tolist() == [255]


def test_an_index_that_is_asked_again_and_again_makes_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "loading_s", lambda: 0.0)
    index = HazardIndex.build(areas(), 10.0)
    lon, lat = np.linspace(17.2, 17.4, 100), np.linspace(44.2, 44.4, 100)
    expected = index.classify(lon, lat, 5.0).tolist()
    assert len(index._grids) + len(index._lazy) == 0
    for _ in range(200):
        assert index.classify(lon, lat, 5.0).tolist() == expected
    assert len(index._grids) + len(index._lazy) > 0
