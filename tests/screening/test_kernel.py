"""The compiled kernel gives the plain answers, at millions of places and at the worst ones."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from merestone.screening import INSIDE, NEAR, NONE_RECORDED, HazardIndex
from merestone.screening.kernel import index_build, local_plane, numpy_query, tile_grid
from merestone.screening.kernel.batch_query import Cells, bounds_of, half_words
from merestone.screening.kernel.leaf_query import NUMBERED, RUNS
from merestone.screening.kernel.outline import A_M, E2, Floats, Outlines

GEOD = Geod(ellps="WGS84")


def blobs(count: int, lon_deg: float, lat_deg: float, spread_m: float, seed: int) -> list[shapely.Polygon]:
    """Overlapping, nested, jagged areas of 1 m to 2 km, some with holes, around a place."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(count):
        x, y, _b = GEOD.fwd(lon_deg, lat_deg, rng.uniform(0, 360), rng.uniform(0, spread_m))
        vertices = int(rng.integers(3, 60))
        radius_m = 10 ** rng.uniform(0, 3.3)
        bearing = np.sort(rng.uniform(0, 360, vertices))
        run_m = radius_m * rng.uniform(0.3, 1.0, vertices)
        ring = np.stack(GEOD.fwd(np.full(vertices, x), np.full(vertices, y), bearing, run_m)[:2], axis=1)
        ring[:, 0] = x + (ring[:, 0] - x + 180.0) % 360.0 - 180.0
        if np.abs(ring[:, 0]).max() > 180.0:
            continue
        hole = [(ring - ring.mean(axis=0)) * 0.3 + ring.mean(axis=0)] if rng.uniform() < 0.3 else []
        out.append(shapely.Polygon(ring, hole))
    return out


def compare(outlines: Outlines, lon: Floats, lat: Floats, limit_m: float) -> None:
    cells = index_build.build(outlines)
    limit = np.full(len(lon), limit_m)
    distance_m, hazard = index_build.nearest(cells, lon, lat, limit)
    widened = outlines.widened_m
    for i in range(len(lon)):
        plain = numpy_query.nearest_to(outlines, float(lon[i]), float(lat[i]), limit_m)
        if np.isnan(distance_m[i]):  # left to `direct`
            continue
        if plain.hazard < 0:
            assert hazard[i] < 0, (lon[i], lat[i], distance_m[i])
            continue
        key_m = distance_m[i] - widened[hazard[i]]
        assert (
            abs(key_m - (plain.distance_m - widened[plain.hazard])) < 5e-5 or distance_m[i] == 0.0 == plain.distance_m
        )
        assert (distance_m[i] == 0.0) == (plain.distance_m == 0.0), (lon[i], lat[i], distance_m[i], plain)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(0.0, 0.0), (29.3, 63.0), (17.0, 44.9), (-70.0, -33.0), (10.0, 83.0), (179.99, 66.0), (-180.0, 5.0)],
)
def test_kernel_equals_the_plain_measurement_wherever_it_answers(lon: float, lat: float) -> None:
    areas = [*blobs(25, lon, lat, 3_000.0, 3), shapely.Point(lon, lat)]
    areas.append(shapely.LineString([(lon, lat), (lon + (0.2 if lon < 0 else -0.2), lat + 0.1)]))
    rng = np.random.default_rng(5)
    x, y, _ = GEOD.fwd(
        np.full(200, lon), np.full(200, lat), rng.uniform(0, 360, 200), 14_000.0 * rng.uniform(0, 1, 200) ** 2
    )
    for accuracy in (0.0, rng.uniform(0, 800, len(areas))):
        compare(Outlines.of(areas, accuracy), x, y, 10_000.0)


def test_kernel_is_right_at_vertices_on_edges_and_a_millimetre_beside_them() -> None:
    areas = [
        shapely.box(0, 0, 0.01, 0.01),
        shapely.box(0.01, 0, 0.02, 0.01),  # shares an edge
        shapely.box(0.002, 0.002, 0.004, 0.004),  # lies within
        shapely.Polygon([(0.03, 0), (0.03, 0), (0.04, 0), (0.04, 1e-9), (0.03, 0)]),  # a sliver, a vertex twice
        shapely.box(0.05, 0, 0.050001, 0.000001),  # ten centimetres
        shapely.Polygon(shapely.box(0.06, 0, 0.08, 0.02).exterior, [shapely.box(0.065, 0.005, 0.075, 0.015).exterior]),
    ]
    outlines = Outlines.of(areas, 0.0)
    v = np.flatnonzero(~outlines.ends)
    share = np.linspace(0, 1, 9)[:, None]
    lon = (outlines.lon_deg[v] + share * (outlines.lon_deg[v + 1] - outlines.lon_deg[v])).ravel()
    lat = (outlines.lat_deg[v] + share * (outlines.lat_deg[v + 1] - outlines.lat_deg[v])).ravel()
    cells = index_build.build(outlines)
    on_edge, _ = index_build.nearest(cells, lon, lat, np.full(len(lon), 100.0))
    assert (np.isnan(on_edge) | (on_edge == 0.0)).all()
    step = 0.001 / 111_000.0
    for dx, dy in ((step, 0), (-step, 0), (0, step), (0, -step)):
        compare(outlines, lon + dx, lat + dy, 100.0)


def test_an_area_of_ten_thousand_vertices_and_one_as_large_as_a_country() -> None:
    turn = np.linspace(0, 2 * np.pi, 10_001)[:-1]
    star = shapely.Polygon(np.stack([np.cos(turn), np.sin(turn)], 1) * (0.05 + 0.02 * np.cos(400 * turn))[:, None])
    country = shapely.box(2.0, -2.0, 6.0, 2.0)
    rng = np.random.default_rng(2)
    lon = np.concatenate([rng.uniform(-0.1, 0.1, 500), rng.uniform(1.9, 6.1, 300)])
    lat = np.concatenate([rng.uniform(-0.1, 0.1, 500), rng.uniform(-2.1, 2.1, 300)])
    compare(Outlines.of([star, country], 0.0), lon, lat, 10_000.0)


@pytest.mark.parametrize("positions", [40_000, pytest.param(10_000_000, marks=pytest.mark.slow)])
def test_no_position_inside_or_near_is_ever_none_recorded(positions: int) -> None:
    """The truth is GeographicLib's: each position is put at a known place inside, or within the warning distance."""
    rng = np.random.default_rng(11)
    areas = blobs(150, 25.0, 60.0, 6_000.0, 12)
    index = HazardIndex.build(areas, 0.0, edges="geodesic")
    corners = shapely.get_coordinates(areas)
    warn_m = 150.0
    for _ in range(0, positions, 1_000_000):
        count = min(positions, 1_000_000)
        origin = corners[rng.integers(0, len(corners), count)]
        away_m = warn_m * np.minimum(1.0, rng.uniform(0, 1.02, count))  # two in a hundred at just the warning distance
        lon, lat, _ = GEOD.fwd(origin[:, 0], origin[:, 1], rng.uniform(0, 360, count), away_m)
        code = index.classify(lon, lat, 0.0, warn_m)
        assert not np.isin(code, (NONE_RECORDED,)).any()
        assert np.isin(code, (INSIDE, NEAR)).all()


@pytest.mark.parametrize("seed", range(2))
def test_every_position_inside_an_area_is_inside_and_no_other(seed: int) -> None:
    """GEOS decides. 2026-11-23, found by a test: a cell inside one area, whose list held only another's edges."""
    rng = np.random.default_rng(seed)
    areas = blobs(120, 5.0, 50.0, 4_000.0, seed)
    lon, lat = 5.0 + rng.uniform(-0.12, 0.12, 60_000), 50.0 + rng.uniform(-0.08, 0.08, 60_000)
    held = np.zeros(len(lon), bool)
    held[shapely.STRtree(areas).query(shapely.points(lon, lat), predicate="intersects")[0]] = True
    for accuracy in (0.0, rng.uniform(0, 800, len(areas))):
        index = HazardIndex.build(areas, accuracy)
        np.testing.assert_array_equal(index.nearest(lon, lat, 0.0).distance_m == 0.0, held)
        assert (index.classify(lon, lat, 0.0)[held] == INSIDE).all()


def test_many_and_few_positions_get_the_same_classes() -> None:
    rng = np.random.default_rng(8)
    areas = blobs(80, 17.0, 44.9, 5_000.0, 9)
    index = HazardIndex.build(areas, [None if i % 3 == 0 else float(i) for i in range(len(areas))])
    lon, lat = 17.0 + rng.uniform(-0.2, 0.2, 2_400), 44.9 + rng.uniform(-0.15, 0.15, 2_400)
    lon[::400], lat[1::400] = np.nan, 95.0
    accuracy = np.where(rng.uniform(0, 1, 2_400) < 0.2, np.nan, rng.uniform(0, 300, 2_400))
    many = index.classify(lon, lat, accuracy)
    found = index.nearest(lon, lat, accuracy, 150.0)
    few = np.concatenate(
        [index.classify(lon[a : a + 400], lat[a : a + 400], accuracy[a : a + 400]) for a in range(0, 2_400, 400)]
    )
    np.testing.assert_array_equal(many, few)
    np.testing.assert_array_equal(found.classes(150.0), few)


def test_putting_positions_in_order_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    index = HazardIndex.build(blobs(50, 5.0, 5.0, 5_000.0, 4), 0.0)
    lon, lat = 5.0 + rng.uniform(-0.1, 0.1, 5_000), 5.0 + rng.uniform(-0.1, 0.1, 5_000)
    plain, codes = index.nearest(lon, lat, 0.0), index.classify(lon, lat, 0.0)
    monkeypatch.setattr(index_build, "ORDERED", 1)
    ordered = index.nearest(lon, lat, 0.0)
    np.testing.assert_array_equal(plain.distance_m, ordered.distance_m)
    np.testing.assert_array_equal(plain.hazard, ordered.hazard)
    np.testing.assert_array_equal(codes, index.classify(lon, lat, 0.0))


def test_series_equals_geographiclib_to_ten_kilometres() -> None:
    rng = np.random.default_rng(6)
    for _ in range(2_000):
        lat, run_m = rng.uniform(-84, 84), 10.0 ** rng.uniform(-1, 4)
        lon1, lat1, _ = GEOD.fwd(0.0, lat, rng.uniform(0, 360), run_m)
        curve = local_plane.curve_at(np.sin(np.radians(lat)), np.cos(np.radians(lat)))
        measured_m = local_plane.exact(lon1, lat1 - lat, 0.0, 0.0, 0.0, curve, 2)
        assert abs(measured_m - run_m) < numpy_query.ROUNDING_M / 2


def test_half_way_latitude_equals_geographiclib_as_far_as_it_is_used() -> None:
    rng = np.random.default_rng(7)
    farthest_m = 0.0
    for nth in range(4_000):
        lat = rng.uniform(-84, 84) if nth % 2 else rng.choice([-84.0, -45.0, 0.0, 45.0, 84.0])
        sin, cos = np.sin(np.radians(lat)), np.cos(np.radians(lat))
        most_m = np.cbrt(1e-4 * numpy_query.R_M**2 / (1.0 + (sin / cos) ** 2))
        run_m = most_m * (0.999 if nth % 3 else rng.uniform(0, 1))
        assert local_plane.is_close(run_m, abs(sin / cos))
        assert not local_plane.is_close(1.001 * most_m, abs(sin / cos))
        lon1, lat1, _ = GEOD.fwd(0.0, lat, rng.uniform(0, 360), run_m)
        by_w2 = 1.0 / (1.0 - E2 * sin * sin)
        p0, m0 = A_M * np.sqrt(by_w2) * cos, A_M * np.sqrt(by_w2) * (1.0 - E2) * by_w2
        at_point = local_plane.exact_close(lon1, lat1 - lat, 0.0, 0.0, 0.0, p0, m0, sin, cos, by_w2, 0)
        assert abs(at_point - run_m) < numpy_query.ROUNDING_M / 4
        # The same with the point as one of an edge, from a guess as far off as the flat frame's can be.
        dx, dy = rng.uniform(-0.01, 0.01, 2)
        x0, y0 = lon1 - 0.5 * dx, lat1 - lat - 0.5 * dy
        flat = np.array([x0 * p0, y0 * m0]), np.array([dx * p0, dy * m0])
        t = float(np.clip(-(flat[0] @ flat[1]) / (flat[1] @ flat[1]), 0.0, 1.0))
        steps = local_plane.steps_for(run_m, local_plane.frame_error(run_m, abs(sin / cos)))
        close_m = local_plane.exact_close(x0, y0, dx, dy, t, p0, m0, sin, cos, by_w2, steps)
        exact_m = local_plane.exact(x0, y0, dx, dy, t, local_plane.curve_at(sin, cos), 4)
        if local_plane.is_close(exact_m, abs(sin / cos)):
            assert abs(close_m - exact_m) < numpy_query.ROUNDING_M / 4
            farthest_m = max(farthest_m, exact_m)
    assert farthest_m > 1_000.0


@pytest.mark.parametrize("lat_deg", [0.0, 55.0])
def test_widely_different_accuracies_never_hide_a_hazard_at_the_threshold(lat_deg: float) -> None:
    """A far hazard that is widened much may be the one that counts; its flat distance is the least certain."""
    rng = np.random.default_rng(13)
    areas = blobs(30, 10.0, lat_deg, 3_000.0, 14)
    accuracy = np.where(rng.uniform(0, 1, len(areas)) < 0.5, 0.0, rng.uniform(0, 3_000, len(areas)))
    outlines = Outlines.of(areas, accuracy)
    cells = index_build.build(outlines)
    lon, lat, _ = GEOD.fwd(
        np.full(150, 10.0), np.full(150, lat_deg), rng.uniform(0, 360, 150), rng.uniform(2_000, 9_000, 150)
    )
    compare(outlines, lon, lat, 10_000.0)
    for x, y in zip(lon, lat, strict=True):
        plain = numpy_query.nearest_to(outlines, float(x), float(y), 10_000.0)
        key_m = plain.distance_m - outlines.widened_m[plain.hazard]
        if key_m <= 0.01:
            continue
        for warn_m, code in ((key_m + 2e-4, 1), (key_m - 2e-4, 0)):
            got = index_build.classify(cells, np.array([x]), np.array([y]), np.zeros(1), warn_m, 0.0)[0]
            assert got in {code, 255}, (x, y, warn_m, got)


def leaves(cells: Cells) -> int:
    """How many cells are not divided, walking from one to the next."""
    count = at = 0
    while at < len(cells.word):
        at += 2 + 2 * int(cells.word[at + 1] & RUNS)
        count += 1
    assert at == len(cells.word)
    return count


def test_many_large_overlapping_areas_do_not_divide_the_cells_without_end() -> None:
    """2026-11-23, found by a test: runs of edges larger than a cell were never fewer in its quarters."""
    outlines = Outlines.of(blobs(25, 10.0, 75.0, 3_000.0, 3), 0.0)
    cells = index_build.build(outlines)
    assert leaves(cells) < 100 * outlines.edges


def test_widening_does_not_divide_the_cells_without_end() -> None:
    """2026-11-23, found by the long run: within a widening no distance stopped the division into ever smaller cells."""
    areas = blobs(60, 29.3, 63.0, 10_000.0, 5)
    plain = leaves(index_build.build(Outlines.of(areas, 0.0)))
    mixed = np.random.default_rng(5).uniform(0.0, 200.0, len(areas)).tolist()
    for accuracy_m in (None, 1000.0, mixed):
        assert leaves(index_build.build(Outlines.of(areas, accuracy_m))) < 1.5 * plain


@given(st.floats(-2e4, 2e4), st.floats(0.0, 2e4))
def test_bounds_kept_in_half_a_word_are_no_narrower(least_m: float, more_m: float) -> None:
    low_m, high_m = bounds_of(np.array([half_words(least_m, least_m + more_m)], np.int32), 0)
    assert low_m <= np.float32(least_m) <= low_m + max(abs(low_m) * 2.0**-7, 1e-30)
    assert high_m - max(abs(high_m) * 2.0**-7, 1e-30) <= np.float32(least_m + more_m) <= high_m


def test_a_list_too_long_to_be_numbered_is_measured_all_the_same() -> None:
    """In the middle of a ring all edges may be the nearest; here more than `measure.NUMBERED`."""
    ring = np.stack(GEOD.fwd(np.full(3000, 24.0), np.full(3000, 60.0), np.linspace(0, 360, 3000), np.full(3000, 500.0)))
    outlines = Outlines.of([shapely.LineString(ring[:2].T)], 0.0)
    cells = index_build.build(outlines)
    assert cells.longest > NUMBERED
    rng = np.random.default_rng(8)
    lon, lat = 24.0 + rng.uniform(-2e-5, 2e-5, 300), 60.0 + rng.uniform(-1e-5, 1e-5, 300)
    compare(outlines, lon, lat, 10_000.0)
    for warn_m, code in ((497.0, 0), (503.0, 1)):
        assert (index_build.classify(cells, lon, lat, np.zeros(1), warn_m, 0.0) == code).all()


@given(st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_chunks_are_put_in_order(numbers: list[int]) -> None:
    assert tile_grid.in_order(np.array([*numbers, 7], np.int32), len(numbers)).tolist() == sorted(numbers)
