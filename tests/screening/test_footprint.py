"""Footprints: areas as an equal-area projection has them, distances as GeographicLib has them, and nothing missed."""

from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.screening import FAULTS, INSIDE, NEAR, NONE_RECORDED, UNKNOWN, HazardIndex, coverage, screen_footprints
from merestone.screening.kernel.reference import hazard_distance_m
from merestone.screening.shapes.bisection import TOLERANCE_M
from merestone.screening.shapes.footprint import Overlaps, ScreenedFootprints
from merestone.terms import WIDENED_M, FieldRefused

box = shapely.box
M2 = 12309.072  # of a square of 0.001 degrees at 0 N


def equal_area_m2(geometry: Any, lon_deg: float, lat_deg: float) -> float:
    """The area by GEOS in a Lambert azimuthal equal-area projection about a place, edges kept straight in degrees."""
    to = pyproj.Transformer.from_crs("OGC:CRS84", f"+proj=laea +lon_0={lon_deg} +lat_0={lat_deg} +datum=WGS84")
    dense = shapely.segmentize(geometry, 1e-4)
    return float(shapely.area(shapely.transform(dense, lambda xy: np.column_stack(to.transform(*xy.T)))))


def jagged(rng: np.random.Generator, middle: Any, size: float) -> shapely.Polygon:
    lon, lat = middle
    angle = np.sort(rng.uniform(0, 2 * np.pi, 9))
    far = rng.uniform(0.3, 1.0, 9) * size
    return shapely.Polygon(np.column_stack([lon + far * np.cos(angle), lat + far * np.sin(angle)]))


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 0.0), (17.0, 44.9), (25.0, 69.0)])
def test_areas_are_those_of_an_equal_area_projection(lon: float, lat: float) -> None:
    rng = np.random.default_rng(5)
    hazards: list[Any] = [jagged(rng, rng.normal((lon, lat), 0.004), 0.003) for _ in range(12)]
    hazards[0] = shapely.difference(hazards[0], hazards[0].centroid.buffer(0.0005))
    plots = [jagged(rng, rng.normal((lon, lat), 0.004), 0.002) for _ in range(20)]
    found = screen_footprints(HazardIndex.build(hazards, 0.0), plots, 0.0)
    for i, plot in enumerate(plots):
        assert found.area_m2[i] == pytest.approx(equal_area_m2(plot, lon, lat), rel=1e-7)
        assert found.overlap_m2[i] == pytest.approx(
            equal_area_m2(plot & shapely.union_all(hazards), lon, lat), rel=1e-6, abs=1e-3
        )
        mine = found.overlaps.footprint == i
        for hazard, overlap_m2 in zip(found.overlaps.hazard[mine], found.overlaps.overlap_m2[mine], strict=True):
            assert overlap_m2 == pytest.approx(equal_area_m2(plot & hazards[hazard], lon, lat), rel=1e-6, abs=1e-3)
        assert set(found.overlaps.hazard[mine]) >= {h for h, area in enumerate(hazards) if plot.intersects(area)}


def test_a_hazard_wholly_within_a_footprint_and_a_footprint_wholly_within_a_hazard() -> None:
    index = HazardIndex.build([box(0.0, 0.0, 0.001, 0.001), shapely.Point(0.05, 0.0)], 0.0)
    around, within, about_a_point = (
        box(-0.01, -0.01, 0.01, 0.01),
        box(0.0002, 0.0002, 0.0003, 0.0003),
        box(0.04, -1, 0.06, 1),
    )
    found = screen_footprints(index, [around, within, about_a_point], 0.0, 0.0)
    assert found.codes.tolist() == [INSIDE] * 3
    assert found.distance_m.tolist() == [0.0] * 3
    assert found.hazard.tolist() == [0, 0, 1]
    assert found.overlap_m2[0] == pytest.approx(M2, rel=1e-6)
    assert found.share[1] == pytest.approx(1.0)
    assert found.overlap_m2[2] == 0.0


def test_a_hazard_in_a_courtyard_is_as_far_as_the_wall() -> None:
    house = shapely.difference(box(-0.01, -0.01, 0.01, 0.01), box(-0.005, -0.005, 0.005, 0.005))
    found = screen_footprints(HazardIndex.build([shapely.Point(0.0, 0.0045)], 0.0), [house], 0.0, 100.0)
    assert found.codes.tolist() == [NEAR]
    assert found.distance_m[0] == pytest.approx(0.0005 * 110574.3, abs=TOLERANCE_M + 0.01)
    assert found.distance_m[0] <= 0.0005 * 110574.3
    assert found.azimuth_away_deg[0] == pytest.approx(0.0, abs=2.0) or found.azimuth_away_deg[0] > 358


def test_accuracies_widen_what_may_overlap() -> None:
    """A field 5 m from a hazard: together 6 m of doubt reach it, by 1 m along 0.001 degrees."""
    five_m, metre = 5 / 111319.49, 1 / 111319.49
    index = HazardIndex.build([box(0, 0, 0.001, 0.001)], 4.0)
    field = box(0.001 + five_m, 0.0, 0.002, 0.001)
    sure, doubtful = (screen_footprints(index, [field], doubt, 0.0) for doubt in (0.5, 2.0))
    assert (sure.codes[0], doubtful.codes[0]) == (NONE_RECORDED, INSIDE)
    assert (sure.possible_m2[0], doubtful.overlap_m2[0]) == (0.0, 0.0)
    assert M2 * metre * 1000 <= doubtful.possible_m2[0] <= M2 * metre * 1000 * 1.2


def test_an_outline_of_unstated_accuracy_reaches_a_kilometre_and_puts_nothing_inside() -> None:
    index = HazardIndex.build([box(0, 0, 0.001, 0.001), box(0.02, 0, 0.021, 0.001)], [None, 30.0])
    between = box(0.008, 0.0, 0.0085, 0.001)
    beside_both = box(0.0212, 0.0, 0.0215, 0.001)
    index2 = HazardIndex.build([box(0, 0, 0.001, 0.001), box(0.0013, 0, 0.002, 0.001)], [None, 30.0])
    found = screen_footprints(index, [between, beside_both], 0.0, 0.0)
    assert found.codes.tolist() == [NEAR, INSIDE]
    assert found.hazard.tolist() == [0, 1]
    hidden = screen_footprints(index2, [box(0.00101, 0, 0.00102, 0.001)], 0.0, 0.0)
    assert (hidden.codes[0], hidden.hazard[0]) == (NEAR, 0)
    reached = screen_footprints(index2, [box(0.00105, 0, 0.00125, 0.001)], 0.0, 0.0)
    assert (reached.codes[0], reached.hazard[0]) == (INSIDE, 1)


def test_what_cannot_be_answered_is_unknown_and_says_why() -> None:
    index = HazardIndex.build([box(17.0, 44.0, 17.1, 44.1)], 0.0)
    far = box(10, 10, 10.001, 10.001)
    with np.errstate(invalid="ignore"):
        broken, half = shapely.from_wkt(
            ["POLYGON ((1 1, NaN 1, 2 2, 1 1))", "POLYGON ((17.05 44.05, NaN 1, 2 2, 17.05 44.05))"]
        )
    given = [far, broken, half, None, box(10, 88, 11, 95), box(44, 17, 44.1, 17.1), shapely.Polygon()]
    found = screen_footprints(index, given, 5.0)
    assert found.codes.tolist() == [NONE_RECORDED, UNKNOWN, INSIDE, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
    assert [FAULTS[f] for f in found.fault] == [
        "", "position missing", "position missing", "position missing", "out of range", "axes seem swapped",
        "position missing",
    ]  # fmt: skip
    assert np.isnan(found.area_m2[[1, 2, 3, 6]]).all()
    assert screen_footprints(index, [far], None).codes.tolist() == [UNKNOWN]
    nothing = screen_footprints(HazardIndex.build([], 0.0), [far], 5.0)
    assert (nothing.codes[0], FAULTS[nothing.fault[0]]) == (UNKNOWN, "no hazard to compare with")
    assert np.isnan(nothing.overlap_m2[0])
    assert len(screen_footprints(index, [], 0.0)) == 0


def test_over_the_antimeridian_and_around_a_pole() -> None:
    index = HazardIndex.build([box(179.999, 0, 180, 0.001), box(-180, 60, 180, 60.001), shapely.Point(10, 90)], 0.0)
    jumping = shapely.Polygon([(179.9995, 0), (-179.999, 0), (-179.999, 0.001), (179.9995, 0.001)])
    beyond = box(-180, 0, -179.999, 0.001)
    ring = shapely.Polygon([(-180, 89), (-60, 89), (60, 89), (180, 89), (180, 90), (-180, 90)])
    found = screen_footprints(index, [jumping, beyond, ring], 0.0, 10.0)
    assert found.codes.tolist() == [INSIDE] * 3
    assert found.overlap_m2[0] == pytest.approx(M2 / 2, rel=1e-5)
    assert found.area_m2[0] == pytest.approx(M2 * 1.5, rel=1e-5)
    assert found.overlap_m2[1] == 0.0


def test_a_footprint_that_crosses_itself_covers_both_its_lobes() -> None:
    bow = shapely.Polygon([(0, 0), (0.002, 0.001), (0.002, 0), (0, 0.001)])
    for lobe in (0.0002, 0.0018):
        found = screen_footprints(HazardIndex.build([shapely.Point(lobe, 0.0005)], 0.0), [bow], 0.0, 0.0)
        assert found.codes.tolist() == [INSIDE]
    assert found.area_m2[0] == pytest.approx(M2, rel=1e-6)


def test_a_spike_of_an_outline_is_danger() -> None:
    """2026-11-23, a property test: making an outline valid took its spike away."""
    spiked = shapely.Polygon([(0, 0), (0, 0.0078), (0, 0.0039), (0.0078, 0)])
    index = HazardIndex.build([spiked], 0.0)
    beside = box(-0.001, 0.007, 0.001, 0.0071)
    assert screen_footprints(index, [beside], 0.0, 0.0).codes.tolist() == [INSIDE]
    found = coverage(index, beside, 10.0)
    assert found.covered_m2 >= 20 * 0.0001 * 110574


offset = st.floats(-0.01, 0.01).map(lambda x: round(x, 9))  # a tenth of a millimetre: GEOS fails at 1e-200
place = st.tuples(offset, offset)


def truth(index: HazardIndex, lon: float, lat: float, accuracy_m: float, warn_m: float) -> int:
    worst = NONE_RECORDED
    for hazard, stated_m in enumerate(index.accuracy_m):
        distance_m = hazard_distance_m(index.outlines, hazard, lon, lat)
        if distance_m <= accuracy_m + np.nan_to_num(stated_m):
            return INSIDE
        if distance_m <= warn_m + accuracy_m + (WIDENED_M if np.isnan(stated_m) else stated_m):
            worst = NEAR
    return worst


def check(
    hazards: list[Any], accuracies: Any, plot: Any, accuracy_m: float, warn_m: float, count: int
) -> ScreenedFootprints:
    """The class is not better than that of any place in the footprint, and the distance not larger."""
    index = HazardIndex.build(hazards, accuracies)
    found = screen_footprints(index, [plot], accuracy_m, warn_m)
    covered = (
        coverage(index, plot, warn_m) if plot.area > 1e-12 and warn_m > 0 else None
    )  # else only outlines may touch
    valid = shapely.make_valid(plot, method="structure")
    rng = np.random.default_rng(1)
    west, south, east, north = plot.bounds
    inner = [p for p in map(shapely.Point, rng.uniform((west, south), (east, north), (count, 2))) if valid.covers(p)]
    outer = [plot.exterior.interpolate(s, normalized=True) for s in np.linspace(0, 1, count)]
    for spot in [*inner, *outer]:
        true = truth(index, spot.x, spot.y, accuracy_m, warn_m)
        assert found.codes[0] >= true, (spot.wkt, plot.wkt)
        least = min(hazard_distance_m(index.outlines, h, spot.x, spot.y) for h in range(len(hazards)))
        if found.hazard[0] >= 0 and np.isfinite(index.accuracy_m).all() and not np.ptp(index.accuracy_m):
            assert found.distance_m[0] <= least + 1e-3
        is_area = shapely.distance(valid, spot) < 1e-9  # a spike without area is in no part of the plot
        if (
            covered is not None
            and covered.geometry is not None
            and is_area
            and truth(index, spot.x, spot.y, 0.0, warn_m)
        ):
            assert shapely.distance(covered.geometry, spot) < 1e-9
    assert found.overlap_m2[0] <= found.possible_m2[0] * (1 + 1e-9) + 1e-6
    return found


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    corner=st.lists(place, min_size=3, max_size=5),
    spot=place,
    plot=st.lists(place, min_size=3, max_size=4),
    accuracies=st.tuples(*[st.sampled_from([0.0, 40.0, np.nan])] * 2),
    accuracy_m=st.sampled_from([0.0, 12.0]),
    warn_m=st.sampled_from([0.0, 150.0]),
    lat=st.sampled_from([0.0, 44.9, -80.0]),
)
def test_a_footprint_is_no_better_than_any_place_in_it(
    corner: list[tuple[float, float]],
    spot: tuple[float, float],
    plot: list[tuple[float, float]],
    accuracies: tuple[float, float],
    accuracy_m: float,
    warn_m: float,
    lat: float,
) -> None:
    hazards = [shapely.Polygon([(x, y + lat) for x, y in corner]), shapely.Point(spot[0], spot[1] + lat)]
    check(hazards, accuracies, shapely.Polygon([(x, y + lat) for x, y in plot]), accuracy_m, warn_m, 8)


@pytest.mark.slow
@settings(deadline=None, max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(
    corner=st.lists(place, min_size=3, max_size=7),
    spot=place,
    plot=st.lists(place, min_size=3, max_size=6),
    accuracies=st.tuples(*[st.one_of(st.just(np.nan), st.floats(0, 500))] * 2),
    accuracy_m=st.floats(0, 100),
    warn_m=st.floats(0, 800),
    lat=st.floats(-88, 88),
)
def test_a_footprint_is_no_better_than_any_place_in_it_long(
    corner: list[tuple[float, float]],
    spot: tuple[float, float],
    plot: list[tuple[float, float]],
    accuracies: tuple[float, float],
    accuracy_m: float,
    warn_m: float,
    lat: float,
) -> None:
    hazards = [shapely.Polygon([(x, y + lat) for x, y in corner]), shapely.Point(spot[0], spot[1] + lat)]
    check(hazards, accuracies, shapely.Polygon([(x, y + lat) for x, y in plot]), accuracy_m, warn_m, 30)


def test_the_distance_is_the_least_within_the_tolerance() -> None:
    rng = np.random.default_rng(9)
    hazards = [jagged(rng, rng.uniform(0, 0.2, 2), 0.004) for _ in range(30)]
    plots = [p for p in (jagged(rng, rng.uniform(0, 0.2, 2), 0.003) for _ in range(40)) if p.is_valid]
    index = HazardIndex.build(hazards, 0.0)
    found = screen_footprints(index, plots, 0.0, 100.0)
    for i, plot in enumerate(plots):
        walls = shapely.get_coordinates(shapely.segmentize(plot.exterior, 2e-6))
        least_m = float(index.nearest(walls[:, 0], walls[:, 1], 0.0).distance_m.min())
        if any(plot.intersects(h) for h in hazards):
            assert found.distance_m[i] == 0.0
        else:
            assert least_m - TOLERANCE_M - 0.15 <= found.distance_m[i] <= least_m


def test_footprints_in_lots_are_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merestone.screening.shapes.footprint._AT_ONCE", 12)
    rng = np.random.default_rng(3)
    hazards = [jagged(rng, rng.uniform(0, 0.05, 2), 0.004) for _ in range(20)]
    plots = [jagged(rng, rng.uniform(0, 0.05, 2), 0.003) for _ in range(6)]
    index = HazardIndex.build(hazards, rng.choice([0.0, 20.0], 20))
    told: list[Any] = []
    together = screen_footprints(index, plots, 10.0, 50.0, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    for i, plot in enumerate(plots):
        alone = screen_footprints(index, [plot], 10.0, 50.0)
        mine = together.overlaps.footprint == i
        assert together.overlaps.hazard[mine].tolist() == alone.overlaps.hazard.tolist()
        assert together.overlaps.possible_m2[mine] == pytest.approx(alone.overlaps.possible_m2)
        assert (together.codes[i], together.hazard[i]) == (alone.codes[0], alone.hazard[0])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"warn_m": -1.0}, "warn_m"),
        ({"accuracy_m": [1.0, 2.0]}, "accuracy_m"),
        ({"polygons": [shapely.Point(0, 0)]}, "footprint 0"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(change: dict[str, Any], what: str) -> None:
    asked: dict[str, Any] = {"polygons": [box(0, 0, 1, 1)], "accuracy_m": 5.0, "warn_m": 10.0, **change}
    with pytest.raises(FieldRefused, match=f"^{what} "):
        screen_footprints(HazardIndex.build([], 0.0), **asked)


def test_the_overlaps_of_one_are_those_that_name_it() -> None:
    """2026-11-28: 20,000 footprints looked through all overlaps for each, and made every share anew for each."""
    owner = np.array([0, 0, 2, 2, 2, 5])
    table = Overlaps(owner, owner, owner * 1.0, owner * 1.0)
    for footprint in range(7):
        assert table.of(footprint).tolist() == np.flatnonzero(owner == footprint).tolist()


@pytest.mark.parametrize("tiny", [5e-324, 1e-320, 1.6e-311, 2e-308, 1e-200, 1e-30, 1e-17])
def test_numbers_next_to_nothing_are_nought(tiny: float) -> None:
    """2026-11-28: products of 1e-311 degrees leave what floating point holds, and GEOS raised."""
    knot = [(0, 2e-308), (1e-17, 1e-30), (-0.002, 1e-17), (tiny, 0), (0, 0.001), (-tiny, tiny)]
    recorded = [(2e-308, tiny), (1e-311, 1e-17), (0, -1e-311), (2e-308, 0), (tiny, 1e-200), (0, 0.001)]
    for plot, hazard in ((knot, recorded), (recorded, knot), (knot, [(x, y + 0.01) for x, y in recorded])):
        found = screen_footprints(HazardIndex.build([shapely.Polygon(hazard), shapely.Point(tiny, 1e-100)], 40.0),
                                  [shapely.Polygon(plot)], 12.0)  # fmt: skip
        assert found.codes[0] == INSIDE
