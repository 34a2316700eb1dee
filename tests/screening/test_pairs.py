"""Some thousands of positions measured pair by pair: the same answers as one by one, and as the compiled kernel."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.screening import Edges, HazardIndex
from merestone.screening.kernel import index_build, numpy_query, pair_query
from merestone.screening.kernel.outline import Outlines


def _shapes(rng: np.random.Generator, count: int, lat_deg: float, size_deg: float) -> list[Any]:
    """Areas, some with holes and some that cross themselves or each other, lines and points, around one place."""
    out: list[Any] = []
    for _ in range(count):
        x, y = rng.uniform(-0.2, 0.2), lat_deg + rng.uniform(-0.1, 0.1)
        kind, size = rng.integers(0, 6), size_deg * rng.uniform(0.1, 1.0)
        ring = np.array([x, y]) + rng.normal(0.0, size, (int(rng.integers(3, 12)), 2))
        match kind:
            case 0:
                out.append(shapely.Point(x, y))
            case 1:
                out.append(shapely.LineString(ring))
            case 2:
                out.append(
                    shapely.box(x, y, x + size, y + size)
                    - shapely.box(x + size / 3, y + size / 3, x + size / 2, y + size / 2)
                )
            case 3:
                out.append(
                    shapely.MultiPolygon(
                        [shapely.box(x, y, x + size, y + size), shapely.box(x + 2 * size, y, x + 3 * size, y + size)]
                    )
                )
            case _:
                out.append(shapely.Polygon(ring))
    return out


@given(
    seed=st.integers(0, 2**32 - 1),
    lat_deg=st.sampled_from([0.0, 44.0, -60.0, 79.5]),
    size_deg=st.sampled_from([1e-4, 0.003, 0.05]),
    limit_m=st.sampled_from([0.0, 150.0, 3_000.0, 15_000.0]),
    edges=st.sampled_from(Edges),
)
@settings(max_examples=60, deadline=None)
def test_pairs_have_the_distance_and_the_hazard_of_one_position_by_itself(
    seed: int, lat_deg: float, size_deg: float, limit_m: float, edges: Edges
) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 40))
    outlines = Outlines.of(_shapes(rng, count, lat_deg, size_deg), rng.choice([0.0, 10.0, 300.0], count), edges)
    lon, lat = rng.uniform(-0.35, 0.35, 40), lat_deg + rng.uniform(-0.2, 0.2, 40)
    corner = rng.integers(0, len(outlines.lon_deg), 10)  # on a corner, beside it, and level with it
    lon[:10], lat[:10] = outlines.lon_deg[corner], outlines.lat_deg[corner]
    lon[5:10] += rng.normal(0.0, 1e-5, 5)
    limits_m = limit_m + rng.uniform(0.0, 20.0, 40)
    at = pair_query.can_measure(lon, lat, limits_m, 300.0)
    lon, lat, limits_m = lon[at], lat[at], limits_m[at]
    found = pair_query.nearest(outlines, lon, lat, limits_m, 10**9)
    assert found is not None
    for i in range(len(lon)):
        alone = numpy_query.nearest_to(outlines, lon[i], lat[i], limits_m[i])
        assert found[1][i] == alone.hazard
        assert found[0][i] == pytest.approx(alone.distance_m, abs=1e-6)


def test_pairs_have_the_answers_of_the_kernel_however_many_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    outlines = Outlines.of(_shapes(rng, 300, 44.0, 0.003), 10.0)
    lon, lat = rng.uniform(-0.3, 0.3, 3_000), 44.0 + rng.uniform(-0.15, 0.15, 3_000)
    limit_m = np.full(3_000, 10_000.0)
    kernel = index_build.nearest(index_build.build(outlines), lon, lat, limit_m)
    for together in (1 << 19, 500):
        monkeypatch.setattr(pair_query, "TOGETHER", together)
        found = pair_query.nearest(outlines, lon, lat, limit_m, 10**9)
        assert found is not None
        np.testing.assert_array_equal(found[1], kernel[1])
        np.testing.assert_allclose(found[0], kernel[0], atol=2e-6)


@pytest.mark.parametrize("most_beside", [32.0, 0.0])
@given(seed=st.integers(0, 2**32 - 1), limit_m=st.sampled_from([0.0, 150.0, 15_000.0]), cluster=st.booleans())
@settings(max_examples=15, deadline=None)
def test_in_the_order_of_their_places_positions_have_the_same_answers(
    most_beside: float, seed: int, limit_m: float, cluster: bool
) -> None:
    """2026-11-29: many positions are bounded by the boxes of a square around them, as large as a sample says."""
    rng = np.random.default_rng(seed)
    shapes = _shapes(rng, 60, 44.0, 0.003)
    outlines = Outlines.of(shapes, rng.choice([0.0, 10.0, 300.0], len(shapes)))
    lon, lat = rng.uniform(-0.35, 0.35, 400), 44.0 + rng.uniform(-0.3, 0.3, 400)
    if cluster:  # most of the sample lies close together, so that the squares of the others touch nothing
        lon[:380], lat[:380] = rng.normal(0.1, 1e-4, 380), rng.normal(44.0, 1e-4, 380)
    limits_m = limit_m + rng.uniform(0.0, 20.0, 400)
    plain = pair_query.nearest(outlines, lon, lat, limits_m, 10**9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair_query, "SORTED_FROM", 1)
        patch.setattr(pair_query, "MOST_BESIDE", most_beside)
        in_order = pair_query.nearest(outlines, lon, lat, limits_m, 10**9)
        refused = pair_query.nearest(outlines, lon, lat, limits_m, 0)
    assert plain is not None
    assert in_order is not None
    assert refused is None or (plain[1] < 0).all()
    np.testing.assert_array_equal(in_order[1], plain[1])
    np.testing.assert_array_equal(in_order[0], plain[0])


def test_nothing_within_reach_and_nothing_asked() -> None:
    outlines = Outlines.of([shapely.box(17, 44, 17.1, 44.1)], 0.0)
    far = pair_query.nearest(outlines, np.array([18.0]), np.array([44.0]), np.array([150.0]), 100)
    assert far is not None
    assert (far[0].tolist(), far[1].tolist()) == ([np.inf], [-1])
    assert pair_query.nearest(outlines, np.array([17.1]), np.array([44.0]), np.array([150.0]), 0) is None
    none = pair_query.nearest(outlines, np.empty(0), np.empty(0), np.empty(0), 100)
    assert none is not None
    assert len(none[0]) == 0


@pytest.mark.parametrize("accuracy_m", [10.0, None, [10.0, None] * 150])
def test_an_index_answers_alike_with_and_without_cells(accuracy_m: Any) -> None:
    rng = np.random.default_rng(5)
    shapes = [*_shapes(rng, 290, 44.0, 0.003), *_shapes(rng, 10, 84.5, 0.003)]
    fresh, prepared = (HazardIndex.build(shapes, accuracy_m) for _ in range(2))
    prepared.prepare()
    lon, lat = rng.uniform(-0.3, 0.3, 500), 44.0 + rng.uniform(-0.15, 0.15, 500)
    lon[:4], lat[:4] = [np.nan, 181.0, 179.5, 0.0], [44.0, 44.0, 44.0, 84.5]
    stated_m = rng.choice([5.0, np.nan], 500)
    fresh._use_cells = lambda count: False  # type: ignore[method-assign]
    for warn_m in (0.0, 150.0, 2_000.0):
        np.testing.assert_array_equal(
            fresh.classify(lon, lat, stated_m, warn_m), prepared.classify(lon, lat, stated_m, warn_m)
        )
    one, other = (index.nearest(lon, lat, stated_m) for index in (fresh, prepared))
    np.testing.assert_array_equal(one.hazard, other.hazard)
    np.testing.assert_allclose(one.distance_m, other.distance_m, atol=1e-5)


def test_an_index_that_is_asked_again_and_again_makes_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merestone.screening.index.loading_s", lambda: 0.0)
    index = HazardIndex.build([shapely.box(17 + i / 100, 44, 17.005 + i / 100, 44.005) for i in range(100)], 0.0)
    lon, lat = np.linspace(17, 18, 20), np.full(20, 44.0)
    for _ in range(2):
        index.nearest(lon, lat)
    assert index.made_cells() is None
    index.expect(1_000_000)
    index.nearest(lon, lat)
    assert index.made_cells() is not None


@pytest.mark.parametrize("west_deg", [-179.6, -177.4])
@pytest.mark.parametrize("has_cells", [False, True])
def test_a_hazard_of_poor_accuracy_is_seen_from_over_the_antimeridian(
    monkeypatch: pytest.MonkeyPatch, west_deg: float, *, has_cells: bool
) -> None:
    """2026-11-30, found while reading the code: boxes over the antimeridian were looked for only within a degree."""
    monkeypatch.setattr(HazardIndex, "_making_s", lambda index: 3600.0)
    area = [shapely.box(west_deg, 44.0, west_deg + 0.1, 44.1)]
    lon, lat = np.linspace(178.0, 178.9, 20), np.full(20, 44.0)
    index = HazardIndex.build(area, 400_000.0)
    if has_cells:
        index.prepare()
    assert index.classify(lon, lat, 5.0).tolist() == [2] * 20
