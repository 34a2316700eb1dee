"""No place of a track that truly lies inside or near is ever outside the parts that are told of it."""

import itertools
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from merestone.geodesy import length_m
from merestone.screening import FAULTS, INSIDE, NEAR, NONE_RECORDED, UNKNOWN, HazardIndex, screen_tracks
from merestone.screening.kernel.outline import Floats
from merestone.screening.kernel.reference import hazard_distance_m
from merestone.screening.shapes.bisection import TOLERANCE_M
from merestone.screening.shapes.interruption import hang_together
from merestone.screening.shapes.track import ScreenedTracks
from merestone.terms import WIDENED_M, FieldRefused

GEOD = Geod(ellps="WGS84")


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(places)


def along(way: shapely.LineString, steps: int) -> tuple[Floats, Floats, Floats]:
    """Places on the edges of a line, straight in longitude and latitude, and their metres along it."""
    lon, lat, at = [], [], []
    begun_m = 0.0
    for (x0, y0), (x1, y1) in itertools.pairwise(way.coords):
        dx = x1 - x0 - 360.0 * round((x1 - x0) / 360.0)
        t = np.linspace(0.0, 1.0, steps)
        walked = [length_m(line((x0, y0), (x0 + s * dx, y0 + s * (y1 - y0)))) for s in t]
        lon.append((x0 + t * dx + 180.0) % 360.0 - 180.0)
        lat.append(y0 + t * (y1 - y0))
        at.append(begun_m + np.array(walked))
        begun_m += walked[-1]
    return np.concatenate(lon), np.concatenate(lat), np.concatenate(at)


def truth(index: HazardIndex, lon: float, lat: float, accuracy_m: float, warn_m: float) -> int:
    """The class by the reference: exact fractions and GeographicLib."""
    worst = NONE_RECORDED
    for hazard, stated_m in enumerate(index.accuracy_m):
        distance_m = hazard_distance_m(index.outlines, hazard, lon, lat)
        if distance_m <= accuracy_m + np.nan_to_num(stated_m):
            return INSIDE
        if distance_m <= warn_m + accuracy_m + (WIDENED_M if np.isnan(stated_m) else stated_m):
            worst = NEAR
    return worst


def check(index: HazardIndex, way: shapely.LineString, accuracy_m: float, warn_m: float, steps: int) -> ScreenedTracks:
    """What is told holds what is true at each of many places, and little more."""
    found = screen_tracks(index, [way], accuracy_m, warn_m)
    parts = found.parts
    for lon, lat, at_m in zip(*along(way, steps), strict=True):
        true = truth(index, lon, lat, accuracy_m, warn_m)
        held = (parts.start_m - 1e-4 <= at_m) & (at_m <= parts.end_m + 1e-4)
        told = parts.code[held].max(initial=NONE_RECORDED)
        assert told >= true, (way.wkt, at_m, told, true)
        if told > true:  # only as much as the ends are stretched
            cautious_m = TOLERANCE_M * 1.1
            assert truth(index, lon, lat, accuracy_m + cautious_m, warn_m) >= told, (way.wkt, at_m, told, true)
        assert found.codes[0] >= true
    assert (parts.end_m[:-1] <= parts.start_m[1:] + 1e-6).all()
    assert found.inside_m[0] == pytest.approx((parts.end_m - parts.start_m)[parts.code == INSIDE].sum())
    return found


offset = st.floats(-0.02, 0.02)
place = st.tuples(offset, offset)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    corner=st.lists(place, min_size=3, max_size=5),
    spot=place,
    track=st.lists(place, min_size=2, max_size=3),
    accuracies=st.tuples(*[st.sampled_from([0.0, 0.3, 40.0, np.nan])] * 2),
    accuracy_m=st.sampled_from([0.0, 12.0]),
    warn_m=st.sampled_from([0.0, 150.0]),
    middle=st.sampled_from([(0.0, 0.0), (17.0, 44.9), (180.0, 66.0), (25.0, -86.0)]),
)
@example([(0, 0), (0, 0.01), (0.01, 0)], (0.0, 0.0), [(0, 0), (0, 0)], (0.0, 0.0), 0.0, 0.0, (0.0, 0.0))
# 2026-11-29: a place 0.8 mm from a line, which a track's tolerance puts inside and a place's does not.
@example([(0, 1 / 64), (0, 1 / 64), (2**-23, 0)], (0, 1 / 64), [(0, 0), (0, 0)], (0.0, 0.0), 0.0, 0.0, (25.0, -86.0))
def test_what_is_true_of_a_place_is_told_of_its_track(
    corner: list[tuple[float, float]],
    spot: tuple[float, float],
    track: list[tuple[float, float]],
    accuracies: tuple[float, float],
    accuracy_m: float,
    warn_m: float,
    middle: tuple[float, float],
) -> None:
    run_through(corner, spot, track, accuracies, accuracy_m, warn_m, middle, steps=12)


@pytest.mark.slow
@settings(deadline=None, max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(
    corner=st.lists(place, min_size=3, max_size=7),
    spot=place,
    track=st.lists(place, min_size=2, max_size=5),
    accuracies=st.tuples(*[st.one_of(st.just(np.nan), st.floats(0, 500))] * 2),
    accuracy_m=st.floats(0, 100),
    warn_m=st.floats(0, 800),
    middle=st.tuples(st.floats(-180, 180), st.floats(-89.9, 89.9)),
)
def test_what_is_true_of_a_place_is_told_of_its_track_long(
    corner: list[tuple[float, float]],
    spot: tuple[float, float],
    track: list[tuple[float, float]],
    accuracies: tuple[float, float],
    accuracy_m: float,
    warn_m: float,
    middle: tuple[float, float],
) -> None:
    run_through(corner, spot, track, accuracies, accuracy_m, warn_m, middle, steps=60)


def run_through(
    corner: list[tuple[float, float]],
    spot: tuple[float, float],
    track: list[tuple[float, float]],
    accuracies: tuple[float, float],
    accuracy_m: float,
    warn_m: float,
    middle: tuple[float, float],
    *,
    steps: int,
) -> None:
    def moved(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [
            ((x + middle[0] + 180.0) % 360.0 - 180.0, float(np.clip(y + middle[1], -89.99, 89.99))) for x, y in places
        ]

    index = HazardIndex.build([shapely.Polygon(moved(corner)), shapely.Point(*moved([spot])[0])], accuracies)
    way = line(*moved(track))
    if length_m(way) == 0.0:
        lon, lat = way.coords[0][:2]
        code = screen_tracks(index, [way], accuracy_m, warn_m).codes[0]
        assert index.classify(lon, lat, accuracy_m, warn_m)[0] <= code
        assert code <= index.classify(lon, lat, accuracy_m + TOLERANCE_M * 1.1, warn_m)[0]
        return
    check(index, way, accuracy_m, warn_m, steps)


def test_a_route_that_cuts_a_corner_by_a_metre_between_fixes_five_kilometres_apart_is_inside() -> None:
    """The corner of a hazard at (0, 0) reaches 1 m over a leg along the equator."""
    one_m = 1 / 110574.3
    hazard = shapely.Polygon([(0.02, one_m), (0.019, -0.01), (0.021, -0.01)])
    found = screen_tracks(HazardIndex.build([hazard], 0.0), [line((-0.002, 0.0), (0.043, 0.0))], 0.0, 0.0)
    assert found.codes.tolist() == [INSIDE]
    assert found.length_m[0] > 5000
    width_m = 111319.49 * 0.002 * one_m / (0.01 + one_m)
    assert width_m <= found.inside_m[0] <= width_m + 2 * TOLERANCE_M
    assert found.closest.distance_m[0] == 0.0


def test_a_route_that_misses_by_a_metre_is_near_at_that_distance() -> None:
    one_m = 1 / 110574.3
    hazard = shapely.Polygon([(0.02, -one_m), (0.019, -0.01), (0.021, -0.01)])
    found = screen_tracks(
        HazardIndex.build([hazard], 0.0, record_ids=["corner"]), [line((-0.002, 0.0), (0.043, 0.0))], 0.0, 100.0
    )
    assert found.codes.tolist() == [NEAR]
    assert found.inside_m[0] == 0.0
    assert 1.0 - TOLERANCE_M - 1e-3 <= found.closest.distance_m[0] <= 1.0
    assert found.closest.azimuth_away_deg[0] == pytest.approx(0.0, abs=30.0) or found.closest.azimuth_away_deg[0] > 330
    assert found.closest.lon_deg[0] == pytest.approx(0.02, abs=1e-5)


def test_only_a_stated_accuracy_gives_none_recorded() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01)], 0.0)
    far, through = line((1, 1), (1.1, 1)), line((-0.01, 0.005), (0.02, 0.005))
    found = screen_tracks(index, [far, far, through], [5.0, np.nan, np.nan])
    assert found.codes.tolist() == [NONE_RECORDED, UNKNOWN, INSIDE]
    assert FAULTS[found.fault[1]] == "accuracy not stated"


def test_an_outline_of_unstated_accuracy_is_near_for_a_kilometre_and_puts_nobody_inside() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01), shapely.box(0.02, 0, 0.03, 0.01)], [None, 0.0])
    found = check(index, line((-0.03, 0.005), (0.06, 0.005)), 0.0, 100.0, 60)
    assert found.parts.code.tolist() == [NEAR, INSIDE, NEAR, INSIDE, NEAR]


def test_nothing_to_compare_with_is_unknown() -> None:
    found = screen_tracks(HazardIndex.build([], 0.0), [line((0, 0), (1, 1))], 5.0)
    assert found.codes.tolist() == [UNKNOWN]
    assert FAULTS[found.fault[0]] == "no hazard to compare with"


def test_a_broken_fix_makes_the_track_unknown_and_loses_none_beside_it() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01)], 0.0)
    with np.errstate(invalid="ignore"):
        broken = shapely.from_wkt(
            ["LINESTRING (1 1, NaN 1, 2 1)", "LINESTRING (0.005 0.005, NaN 1, 2 1)", "LINESTRING (1 1, 2 95)"]
        )
    found = screen_tracks(index, [*broken, None, shapely.LineString()], 5.0)
    assert found.codes.tolist() == [UNKNOWN, INSIDE, UNKNOWN, UNKNOWN, UNKNOWN]
    assert found.unusable_fixes.tolist() == [1, 1, 1, 0, 0]
    assert [FAULTS[f] for f in found.fault[[0, 2, 3]]] == ["position missing", "out of range", "position missing"]


def test_swapped_axes_are_unknown() -> None:
    index = HazardIndex.build([shapely.box(17.0, 44.0, 17.1, 44.1)], 0.0)
    found = screen_tracks(index, [line((44.0, 17.0), (44.1, 17.0)), line((17.0, 43.0), (17.1, 43.0))], 5.0)
    assert found.codes.tolist() == [UNKNOWN, NONE_RECORDED]
    assert FAULTS[found.fault[0]] == "axes seem swapped"


def test_one_point_and_equal_fixes_are_tracks() -> None:
    index = HazardIndex.build([shapely.box(0, 0, 0.01, 0.01)], 0.0)
    spot = shapely.Point(0.005, 0.005)
    still = line((0.02, 0.005), (0.02, 0.005), (0.02, 0.005))
    found = screen_tracks(index, [spot, still], 0.0, 2000.0)
    assert found.codes.tolist() == [INSIDE, NEAR]
    assert found.length_m.tolist() == [0.0, 0.0]


def test_a_route_over_the_antimeridian_goes_the_short_way() -> None:
    index = HazardIndex.build([shapely.box(179.99, -0.01, 180.0, 0.01), shapely.box(0, -1, 1, 1)], 0.0)
    for way in (line((179.9, 0), (-179.9, 0)), line((179.9, 0), (180.1, 0))):
        found = check(index, way, 0.0, 500.0, 40)
        assert found.length_m[0] == pytest.approx(0.2 * 111319.49, abs=1)
        assert found.parts.code.tolist() == [NEAR, INSIDE, NEAR]
        assert np.abs(shapely.bounds(found.parts.geometry)).max() <= 180.0


def test_a_route_beside_the_pole_meets_a_hazard_on_the_other_side() -> None:
    index = HazardIndex.build([shapely.Point(170.0, 89.999)], 5.0)
    found = check(index, line((-10.0, 89.9), (-10.0, 90.0)), 0.0, 150.0, 60)
    assert found.codes.tolist() == [NEAR]


def test_parts_of_one_track_are_not_joined_by_a_line_that_nobody_recorded() -> None:
    index = HazardIndex.build([shapely.box(0.1, -0.01, 0.2, 0.01)], 0.0)
    two = shapely.MultiLineString([[(0.0, 0.0), (0.05, 0.0)], [(0.25, 0.0), (0.3, 0.0)]])
    found = screen_tracks(index, [two], 0.0, 0.0)
    assert found.codes.tolist() == [NONE_RECORDED]
    assert found.length_m[0] == pytest.approx(0.1 * 111319.49, abs=0.1)


def test_a_geodesic_leg_is_followed_where_it_leaves_the_straight_one() -> None:
    """From (0, 60) to (20, 60) the geodesic passes north of 60 degrees by some 0.4 degrees."""
    lon, lat = GEOD.npts(0.0, 60.0, 20.0, 60.0, 1)[0]
    index = HazardIndex.build([shapely.Point(lon, lat)], 1.0)
    way = line((0.0, 60.0), (20.0, 60.0))
    straight = screen_tracks(index, [way], 0.0, 10.0)
    geodesic = screen_tracks(index, [way], 0.0, 10.0, edges="geodesic")
    assert (straight.codes[0], geodesic.codes[0]) == (NONE_RECORDED, INSIDE)
    assert geodesic.length_m[0] == pytest.approx(GEOD.inv(0.0, 60.0, 20.0, 60.0)[2], abs=0.01)


def test_times_are_told_and_what_has_none_is_told_without() -> None:
    index = HazardIndex.build([shapely.box(0.01, -0.01, 0.02, 0.01)], 0.0)
    way = line((0.0, 0.0), (0.03, 0.0), (0.06, 0.0))
    fixes = np.array(["2026-05-01T10:00", "2026-05-01T10:03", "2026-05-01T10:04"], "datetime64[s]")
    found = screen_tracks(index, [way, way, way], 0.0, 0.0, times=[fixes, None, fixes[[0, 0, 0]]])
    assert found.inside_s[0] == pytest.approx(60.0, abs=0.02)
    assert np.isnan(found.inside_s[1])
    early = np.datetime64("2026-05-01T10:01") - found.parts.start_at[0]
    assert np.timedelta64(0, "ms") <= early <= np.timedelta64(20, "ms")  # rounded towards danger
    assert np.isnat(found.parts.start_at[1])
    assert found.inside_s[2] == 0.0
    assert found.gaps.track.tolist() == [0, 0, 2, 2]  # over 500 m between fixes; no recording, no gap


def test_times_that_run_backwards_give_no_duration() -> None:
    index = HazardIndex.build([shapely.box(0.01, -0.01, 0.02, 0.01)], 0.0)
    way = line((0.0, 0.0), (0.015, 0.0), (0.03, 0.0))
    fixes = np.array(["2026-05-01T10:05", "2026-05-01T10:03", "NaT"], "datetime64[s]")
    found = screen_tracks(index, [way], 0.0, 0.0, times=[fixes])
    assert found.backward_fixes.tolist() == [1]
    assert np.isnan(found.inside_s[0])
    assert found.codes.tolist() == [INSIDE]


def test_a_gap_in_a_recording_is_told_and_a_rest_is_none() -> None:
    index = HazardIndex.build([shapely.Point(1, 1)], 0.0)
    way = line((0, 0), (0.001, 0), (0.001, 0), (0.003, 0), (0.01, 0))
    fixes = np.datetime64("2026-05-01T10:00") + np.array([0, 60, 4000, 5000, 5100]).astype("timedelta64[s]")
    gaps = screen_tracks(index, [way], 5.0, times=[fixes]).gaps
    assert gaps.seconds.tolist() == [1000.0, 100.0]  # long and 220 m; short and 780 m
    assert gaps.start_m[0] == pytest.approx(111.3, abs=0.1)


UNTIMED = np.datetime64("NaT", "ms")


def test_a_gap_between_two_segments_is_screened_and_told_with_times_or_without() -> None:
    """2026-11-28, a review of real tracks: two segments with a hazard between them were none recorded, without a word.

    Every receiver begins a new segment after a lost fix.
    """
    index = HazardIndex.build([shapely.box(0.01, -0.001, 0.011, 0.001)], 0.0)
    way = shapely.MultiLineString([[(0.001, 0.0), (0.005, 0.0)], [(0.02, 0.0), (0.023, 0.0)]])
    fixes = np.datetime64("2026-05-01T10:00") + np.array([0, 60, 1800, 1860]).astype("timedelta64[s]")
    found = screen_tracks(index, [way] * 3, 0.0, 50.0, times=[fixes, [UNTIMED] * 4, fixes[[2, 3, 0, 1]]])
    assert found.codes.tolist() == [INSIDE] * 3
    assert found.gaps.track.tolist() == [0, 1, 2]
    assert found.gaps.start_m == pytest.approx([0.004 * 111319.49] * 3, abs=0.1)
    assert found.gaps.end_m - found.gaps.start_m == pytest.approx([0.015 * 111319.49] * 3, abs=0.1)
    assert found.gaps.seconds[0] == 1740.0
    assert np.isnan(found.gaps.seconds[1:]).all()  # unknown without times, and never a time below nought
    assert found.backward_fixes.tolist() == [0, 0, 1]
    assert found.untimed_fixes.tolist() == [0, 0, 0]  # no fix of the second has a time: none is missing among others


def test_what_was_not_recorded_is_never_none_recorded() -> None:
    """2026-11-28: the straight way over a gap passes a hazard at 1 km; nobody knows which way was taken."""
    index = HazardIndex.build([shapely.Point(0.01, 0.01)], 0.0)
    ends = ((0.0, 0.0), (0.004, 0.0)), ((0.016, 0.0), (0.02, 0.0))
    far, near = shapely.MultiLineString(ends), shapely.MultiLineString([ends[0], ((0.0041, 0.0), (0.008, 0.0))])
    timed = np.datetime64("2026-05-01T10:00") + np.arange(4).astype("timedelta64[m]")
    planned = line(*ends[0], *ends[1])
    found = screen_tracks(
        index, [far, near, planned, planned], 0.0, 50.0, times=[[UNTIMED] * 4, [UNTIMED] * 4, None, timed]
    )
    assert found.codes.tolist() == [UNKNOWN, NONE_RECORDED, NONE_RECORDED, UNKNOWN]
    unknown = "not all of the way was recorded"
    assert [FAULTS[fault] for fault in found.fault] == [unknown, "", "", unknown]
    assert found.gaps.track.tolist() == [0, 3]


@pytest.mark.parametrize(
    ("wkt", "expected"),
    [
        ("MULTILINESTRING ((0 0, 1 0), (1 1, 1 2), (1 0, 1 1))", True),  # a network, in any order
        ("MULTILINESTRING ((0 0, 1 0, 2 0), (1 0, 1 -1))", True),
        ("MULTILINESTRING ((179.9 1, 180 1), (-180 1, -179.9 1))", True),  # cut at the antimeridian
        ("MULTILINESTRING ((0 0, 1 1), (0 1, 1 0))", False),  # two recordings that only cross
        ("MULTILINESTRING ((0 0, 1 0), (1.001 0, 2 0))", False),
        ("LINESTRING (0 0, 1 1)", True),
        ("MULTILINESTRING EMPTY", True),
    ],
)
def test_the_parts_of_a_network_hang_together(wkt: str, expected: bool) -> None:
    assert hang_together(shapely.from_wkt(wkt)) is expected


def test_fixes_without_a_time_are_counted_and_hide_no_gap() -> None:
    index = HazardIndex.build([shapely.Point(1, 1)], 0.0)
    way = line((0, 0), (0.003, 0), (0.006, 0), (0.009, 0))
    fixes = np.array(["2026-05-01T10:00", "NaT", "2026-05-01T12:00", "2026-05-01T12:01"], "M8[ms]")
    quick = np.array(["2026-05-01T10:00", "NaT", "2026-05-01T10:02", "2026-05-01T10:03"], "M8[ms]")
    found = screen_tracks(index, [way, way], 5.0, times=[fixes, quick])
    assert found.untimed_fixes.tolist() == [1, 1]
    assert found.gaps.track.tolist() == [0, 0]  # two hours passed on one of the two edges beside it
    assert found.codes.tolist() == [UNKNOWN, NONE_RECORDED]


def test_many_tracks_in_lots_are_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merestone.screening.shapes.track._AT_ONCE", 5)
    rng = np.random.default_rng(4)
    hazards = [shapely.Point(*p).buffer(0.002) for p in rng.uniform(0, 0.1, (30, 2))]
    index = HazardIndex.build(hazards, rng.choice([0.0, 20.0, np.nan], 30))
    ways = [line(*rng.uniform(0, 0.1, (3, 2))) for _ in range(6)]
    told: list[Any] = []
    together = screen_tracks(index, ways, 10.0, 50.0, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    assert len(told) > 1
    for i, way in enumerate(ways):
        alone = screen_tracks(index, [way], 10.0, 50.0)
        mine = together.parts.track == i
        assert together.codes[i] == alone.codes[0]
        assert together.inside_m[i] == pytest.approx(alone.inside_m[0], abs=1e-6)
        assert together.parts.start_m[mine] == pytest.approx(alone.parts.start_m, abs=1e-6)
        assert together.closest.distance_m[i] == pytest.approx(alone.closest.distance_m[0], abs=1e-3)


def test_the_closest_place_is_the_closest_within_the_tolerance() -> None:
    rng = np.random.default_rng(8)
    index = HazardIndex.build([shapely.Point(*p) for p in rng.uniform(0, 0.3, (40, 2))], 0.0)
    way = line(*rng.uniform(0, 0.3, (4, 2)))
    found = screen_tracks(index, [way], 0.0, 1.0)
    lon, lat, at_m = along(way, 4000)
    distance_m = index.nearest(lon, lat, 0.0).distance_m
    least = int(np.argmin(distance_m))
    assert found.closest.distance_m[0] <= distance_m[least] <= found.closest.distance_m[0] + 2 * TOLERANCE_M + 0.01
    assert index.nearest(found.closest.lon_deg, found.closest.lat_deg, 0.0).hazard[0] == found.closest.hazard[0]
    assert found.closest.at_m[0] == pytest.approx(at_m[least], abs=30.0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"warn_m": -1.0}, "warn_m"),
        ({"warn_m": np.nan}, "warn_m"),
        ({"accuracy_m": -1.0}, "accuracy_m"),
        ({"times": []}, "times"),
        ({"times": [["2026-01-01"]]}, "times of track 0"),
        ({"lines": [shapely.box(0, 0, 1, 1)]}, "line 0"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(change: dict[str, Any], what: str) -> None:
    asked: dict[str, Any] = {"lines": [line((0, 0), (1, 1))], "accuracy_m": 5.0, "warn_m": 10.0, **change}
    with pytest.raises(FieldRefused, match=f"^{what} "):
        screen_tracks(HazardIndex.build([], 0.0), **asked)
