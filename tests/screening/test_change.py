"""A changed index answers as one made anew of the same hazards, and keeps the cells out of the change's reach."""

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from merestone.screening import HazardIndex
from merestone.screening.kernel import index_build
from merestone.terms import FieldRefused


def _areas(rng: np.random.Generator, count: int, west: float, south: float, span: float) -> list[shapely.Geometry]:
    """Jagged areas, lines and points in a square."""
    out: list[shapely.Geometry] = []
    for number in range(count):
        at = np.array([west, south]) + rng.uniform(0, span, 2)
        turn = np.sort(rng.uniform(0, 2 * np.pi, 8))
        ring = at + np.stack([np.cos(turn), np.sin(turn)], 1) * rng.uniform(0.0005, 0.01)
        kinds = (shapely.Polygon(ring), shapely.LineString(ring), shapely.Point(at))
        out.append(kinds[0 if number % 4 else number % 3])
    return out


def _same(changed: HazardIndex, anew: HazardIndex, rng: np.random.Generator, box: tuple[float, ...]) -> None:
    lon, lat = rng.uniform(box[0], box[2], 5000), rng.uniform(box[1], box[3], 5000)
    a, b = changed.nearest(lon, lat, 10.0, 8000.0), anew.nearest(lon, lat, 10.0, 8000.0)
    assert np.array_equal(a.distance_m, b.distance_m, equal_nan=True)
    assert np.array_equal(a.hazard, b.hazard)
    assert np.array_equal(changed.classify(lon, lat, 10.0, 500.0), anew.classify(lon, lat, 10.0, 500.0))


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    place=st.sampled_from([(15.0, 44.0), (29.0, 62.5), (-0.5, -0.5), (179.0, 60.0)]),
    kind=st.sampled_from(["exact", "mixed", "partly unstated"]),
)
def test_changed_answers_as_made_anew(seed: int, place: tuple[float, float], kind: str) -> None:
    rng = np.random.default_rng(seed)
    span = min(2.0, 179.95 - place[0])
    hazards: list[shapely.Geometry | None] = [*_areas(rng, 120, *place, span)]
    accuracy: list[float | None] = rng.choice([0.0, 5.0, 80.0], 120).tolist() if kind != "exact" else [0.0] * 120
    if kind == "partly unstated":
        accuracy = [None if i % 3 == 0 else value for i, value in enumerate(accuracy)]
    index = HazardIndex.build(hazards, accuracy, record_ids=[f"{i}" for i in range(120)])
    index.prepare()
    for turn in range(3):
        west = [1e9 if h is None else float(shapely.bounds(h)[:2].sum()) for h in hazards]
        gone = np.argsort(west)[:2]  # in one corner, so that most tiles are out of reach
        new = [*_areas(rng, 3, place[0] + 0.05, place[1] + 0.05, 0.1), None]
        names = [f"new {turn} {i}" for i in range(4)]
        index = index.changed(gone, new, 5.0 if kind != "exact" else 0.0, record_ids=names)
        index.prepare()
        kept = [i for i in range(len(hazards)) if i not in gone]
        hazards = [*(hazards[i] for i in kept), *new]
        accuracy = [*(accuracy[i] for i in kept), *[5.0 if kind != "exact" else 0.0] * 4]
        anew = HazardIndex.build(hazards, accuracy)
        assert index.id_of(len(hazards) - 1) == f"new {turn} 3"
        assert index.unplaced == anew.unplaced
        _same(index, anew, rng, (place[0], place[1], place[0] + span, place[1] + span))


def test_only_tiles_near_the_change_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    index = HazardIndex.build(_areas(rng, 400, 15.0, 44.0, 2.0), 0.0)
    index.prepare()
    grown: list[int] = []
    grow = index_build.grow

    def counted(ground: index_build.Ground, tiles: NDArray[np.int64]) -> Iterator[index_build.Grown]:
        grown.append(len(tiles))
        return grow(ground, tiles)

    monkeypatch.setattr(index_build, "grow", counted)
    changed = index.changed([7])
    changed.prepare()
    assert 1 <= grown[0] <= 25
    HazardIndex.build(_areas(rng, 400, 15.0, 44.0, 2.0), 0.0).prepare()
    assert grown[1] > 200


def test_a_changed_index_lets_go_of_the_one_before_it() -> None:
    """2026-11-23, found by reading: each index held all before it, cells and all."""
    index = HazardIndex.build([shapely.Point(15.0 + i, 44.0) for i in range(4)], [1.0, None, 2.0, None])
    index.prepare()
    before = weakref.ref(index)
    index = index.changed([3])
    index.prepare()
    gc.collect()
    assert before() is None


def test_what_is_no_hazard_cannot_be_removed() -> None:
    index = HazardIndex.build([shapely.Point(15.0, 44.0)], 0.0, record_ids=["a"])
    with pytest.raises(FieldRefused, match="not a hazard"):
        index.changed([1])
    with pytest.raises(FieldRefused, match="must be given"):
        index.changed([], [shapely.Point(15.0, 44.1)], 0.0)
    assert index.changed([0]).is_empty
