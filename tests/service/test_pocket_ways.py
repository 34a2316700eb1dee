"""Recordings, routes and what lies ahead, on the phone: as Python's `screen_tracks` answers, from the same pack."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from merestone.exchange.formats.gpx_tracks import GpxWay, read_gpx
from merestone.screening import FAULTS, HazardIndex, class_of, screen_tracks
from tests.service.pocket_equality import EQUALITY

pytestmark = pytest.mark.browser
GEOD = EQUALITY["GEOD"]
WITHIN_M = 0.25
"""Ends of parts, and least distances, are found to within 0.1 m on both sides."""
RANK = {"none recorded": 0, "unknown": 1, "near": 2, "inside": 3}
CALL = """async ({pack, name, calls}) => {
  const {openPack} = await import('/pocket/pack_file.js');
  const screening = await import('/pocket/screen_position.js');
  const opened = await openPack(await (await fetch(`/packs/${pack}`)).arrayBuffer());
  return calls.map((given) => screening[name](opened, ...given));
}"""

READ = """async ({pack, texts}) => {
  const {openPack} = await import('/pocket/pack_file.js');
  const {screenTrack} = await import('/pocket/screen_position.js');
  const {gpxReading} = await import('/pocket/gpx_file.js');
  const {atOnce} = await import('/pocket/turns.js');
  const opened = await openPack(await (await fetch(`/packs/${pack}`)).arrayBuffer());
  return texts.map((text) => {
    try {
      return atOnce(gpxReading(text)).ways.map((way) => {
        const options = {accuracy_m: way.accuracyM ?? 5, isRecording: way.isRecording};
        const {answer, gaps} = screenTrack(opened, way.fixes, options);
        return {...way, answer, gaps: gaps.map(({end_m}) => end_m)};
      });
    } catch (error) {
      return error.messageKey;
    }
  });
}"""


IN_TURNS = """async ({pack, count}) => {
  const {openPack} = await import('/pocket/pack_file.js');
  const {screenTrack} = await import('/pocket/screen_position.js');
  const {comparedWays} = await import('/pocket/typed_section.js');
  const opened = await openPack(await (await fetch(`/packs/${pack}`)).arrayBuffer());
  const fixes = Array.from({length: count}, (_, i) => ({
    lon_deg: 17.005 + 0.01 * Math.cos(125 * i / count), lat_deg: 44.005 + 0.01 * Math.sin(18 * i / count),
  }));
  const {answer, stops: stopsAtOnce} = screenTrack(opened, fixes, {accuracy_m: 5, isRecording: true});
  const shares = [];
  let others = 0;
  const file = {ways: [{fixes, isRecording: true, accuracyM: 5}], unreadCount: 0};
  const rests = (share) => {
    shares.push(share);
    setTimeout(() => { others += 1; });
  };
  const {code, stops} = await comparedWays(opened, file, null, rests);
  await new Promise((resolve) => setTimeout(resolve));
  return {code, stops, answer, stopsAtOnce, shares, others};
}"""


@pytest.fixture(scope="module")
def call(pocket_page: Any, pocket_packs: Path) -> Any:
    """Write hazards as a pack, and call a function of the phone's with it and with each of some arguments."""

    def called(world: Any, name: str, *calls: list[Any]) -> list[Any]:
        EQUALITY["write_world"](world, pocket_packs / "world.pack")
        answers: list[Any] = pocket_page.evaluate(CALL, {"pack": "world.pack", "name": name, "calls": list(calls)})
        return answers

    return called


def one_area(accuracy_m: float | None = 0.0) -> Any:
    return EQUALITY["world_of"]("one", [shapely.box(17.0, 44.0, 17.01, 44.01)], [accuracy_m])


def walk(rng: np.random.Generator, start: Any, longest_m: float) -> Any:
    """Ten places one after another, each as far as `longest_m` from the one before at most."""
    places = [start]
    for _ in range(9):
        lon, lat, _ = GEOD.fwd(*places[-1], rng.uniform(0, 360), rng.uniform(1, longest_m))
        places.append(np.array([lon, lat]))
    return np.array(places)


def asked_of_python(index: HazardIndex, way: Any, accuracy_m: float | None, warn_m: float, times: Any) -> Any:
    stated = None if times is None else [times.astype("datetime64[s]")]
    return screen_tracks(index, [shapely.LineString(way)], accuracy_m, warn_m, times=stated)


@pytest.mark.parametrize("number", [6, 11], ids=["mixed accuracies", "antimeridian, partly unstated"])
def test_a_way_gets_the_kernels_answer(call: Any, number: int) -> None:
    world = next(world for i, world in enumerate(EQUALITY["synthetic_worlds"](20)) if i == number)
    rng = np.random.default_rng(number)
    given = []
    for nth in range(20):
        start = world.vertices[rng.integers(len(world.vertices)), 0]
        off_m = (0.0, 2_000.0, 40_000.0)[nth % 3]
        lon, lat, _ = GEOD.fwd(*start, rng.uniform(0, 360), off_m)
        way = walk(rng, np.array([lon, lat]), (100, 600, 3_000)[nth % 3])
        times = None if nth % 2 else np.cumsum(rng.integers(1, 200, len(way))) + 1_790_000_000
        given.append((way, (None, 0.0, 8.0)[nth % 5 % 3], (25.0, 150.0)[nth % 2], times))
    calls = []
    for way, accuracy_m, warn_m, times in given:
        fixes = [
            {"lon_deg": lon, "lat_deg": lat, "at_ms": None if times is None else int(times[i]) * 1000}
            for i, (lon, lat) in enumerate(way.tolist())
        ]
        calls.append([fixes, {"accuracy_m": accuracy_m, "warn_m": warn_m}])
    classes = set()
    for phone, asked in zip(call(world, "screenTrack", *calls), given, strict=True):
        kernel = asked_of_python(world.index, *asked)
        assert phone["answer"] == class_of(int(kernel.codes[0])).value
        assert phone["fault"] == FAULTS[int(kernel.fault[0])]
        assert phone["length_m"] == pytest.approx(kernel.length_m[0], abs=1e-3)
        assert phone["inside_m"] == pytest.approx(kernel.inside_m[0], abs=WITHIN_M * (1 + len(phone["parts"])))
        assert phone["near_m"] == pytest.approx(kernel.near_m[0], abs=WITHIN_M * (1 + len(phone["parts"])))
        assert [gap["end_m"] for gap in phone["gaps"]] == pytest.approx(kernel.gaps.end_m.tolist(), abs=1e-3)
        closest_m = np.inf if phone["closest"] is None else phone["closest"]["distance_m"]
        if min(closest_m, kernel.closest.distance_m[0]) < 9_000.0:  # the farther ones are looked for, or not
            assert closest_m == pytest.approx(kernel.closest.distance_m[0], abs=WITHIN_M)
        named = {stop["hazard_id"] for stop in phone["stops"]}
        near = [part["closest"] for part in phone["parts"] if part["closest"]]
        assert {part["hazard_id"] for part in near} <= named
        classes.add(phone["answer"])
    assert len(classes) > 2


def test_each_hazard_on_the_way_is_named_once_also_where_one_hides_another(call: Any) -> None:
    shapes: list[Any] = [shapely.box(17.0, 44.0, 17.01, 44.01), shapely.box(17.002, 44.002, 17.003, 44.003)]
    shapes += [shapely.box(17.02, 44.0, 17.03, 44.01), shapely.Point(17.015, 44.0035), shapely.Point(17.015, 44.0095)]
    world = EQUALITY["world_of"]("some", shapes, [0.0] * 5)
    way = [
        {"lon_deg": 16.99, "lat_deg": 44.0025},
        {"lon_deg": 17.015, "lat_deg": 44.0025},
        {"lon_deg": 16.99, "lat_deg": 44.0025},
    ]
    (answer,) = call(world, "screenTrack", [way, {"accuracy_m": 0, "warn_m": 150}])
    assert {stop["hazard_id"]: stop["answer"] for stop in answer["stops"]} == {
        "0": "inside",
        "1": "inside",
        "3": "near",
    }


def test_a_way_with_an_unusable_fix_or_a_gap_is_never_none_recorded(call: Any) -> None:
    far = [{"lon_deg": 17.0, "lat_deg": 44.1 + i / 1000, "at_ms": i * 1000} for i in range(4)]
    broken = [*far[:2], {"lon_deg": None, "lat_deg": 44.1}, far[3]]
    late = [*far[:3], {**far[3], "at_ms": 3_600_000}]
    stated = {"accuracy_m": 5}
    answers = call(
        one_area(),
        "screenTrack",
        [far, stated],
        [broken, stated],
        [late, stated],
        [far, {"accuracy_m": None}],
        [[], stated],
    )
    assert [answer["answer"] for answer in answers] == ["none recorded", "unknown", "unknown", "unknown", "unknown"]
    assert [len(answer["gaps"]) for answer in answers] == [0, 0, 1, 0, 0]
    assert answers[1]["unusable_fixes"] == 1


def test_a_walk_towards_an_area_is_warned_of_ahead(call: Any) -> None:
    lon_deg, lat_deg, _ = GEOD.fwd(17.0, 44.005, 270.0, 400.0)
    position = {"lon_deg": lon_deg, "lat_deg": lat_deg, "accuracy_m": 0}
    towards, away, still, turning, unstated = call(
        one_area(), "lookAhead",
        [position, 2.0, 90.0, 300, {"warn_m": 150}], [position, 2.0, 270.0, 300, {"warn_m": 150}],
        [position, 0, None, 300, {"warn_m": 150}], [position, 2.0, None, 300, {"warn_m": 150}],
        [{**position, "accuracy_m": None}, 2.0, 270.0, 300, {"warn_m": 150}],
    )  # fmt: skip
    assert towards["answer"] == "inside"
    assert towards["in_m"] == pytest.approx(400.0, abs=0.5)
    assert towards["in_s"] == pytest.approx(200.0, abs=0.5)
    assert towards["hazard_id"] == "0"
    assert away["answer"] == still["answer"] == "none recorded"
    assert turning["answer"] == "near"
    assert unstated["answer"] == "unknown"


GPX = '<gpx xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="urn:x" xmlns:opentracks="http://opentracksapp.com/x">{}</gpx>'
ROAD = '<extensions><x:gpxx><x:rpt lat="44.0051" lon="17.02"/><x:rpt lat="44.02" lon="17.02"/></x:gpxx></extensions>'


def made_up_gpx(rng: np.random.Generator) -> str:
    """Tracks, routes and waypoints around `one_area`, as programs write them: with times, gaps and extensions."""
    area_lon, area_lat = 17.005, 44.005
    spread, off, first = (
        rng.choice([0.002, 0.03]),
        rng.choice([0.007, 0.03]),
        rng.integers(1_790_000_000, 1_800_000_000),
    )

    def point(tag: str, nth: int) -> str:
        lat = f"{area_lat + off + rng.normal(0, spread):.6f}"
        lon = area_lon + rng.normal(0, spread)
        if rng.random() < 0.03:
            lat = rng.choice(["", "x", "91"])
        place = f'lat="{lat}" lon="{lon:.6f}"'
        moment = np.datetime64(int(first) + int(nth * rng.integers(1, 150)), "s")
        zone = rng.choice(["Z", "", "+00:00", ".250Z"])
        time = f"<time>{moment}{zone}</time>" if tag == "trkpt" and is_timed and rng.random() > 0.1 else ""
        inner = ""
        if tag == "trkpt" and rng.random() < 0.1:
            inner = f"<extensions>{rng.choice(STATED)}</extensions>"
        if tag == "rtept" and rng.random() < 0.2:
            inner = ROAD
        return f"<{tag} {place}>{time}{inner}</{tag}>"

    parts = []
    for _ in range(rng.integers(0, 3)):
        is_timed = rng.random() < 0.6
        segments = [
            "<trkseg>" + "".join(point("trkpt", nth) for nth in range(rng.integers(1, 6))) + "</trkseg>"
            for _ in range(rng.integers(1, 4))
        ]
        parts.append(f"<trk>{''.join(segments)}</trk>")
    is_timed = False
    parts += [
        f"<rte>{''.join(point('rtept', n) for n in range(rng.integers(1, 5)))}</rte>" for _ in range(rng.integers(0, 3))
    ]
    parts += [point("wpt", 0) for _ in range(rng.integers(0, 3))]
    return GPX.format("".join([*parts, '<wpt lat="44.2" lon="17.2"/>']))


STATED = [
    "<x:accuracy>12.5</x:accuracy>",
    "<x:hAcc>-1</x:hAcc>",
    "<opentracks:accuracy_horizontal>8</opentracks:accuracy_horizontal>",
    "<x:profile>gap</x:profile>",
    "<x:profile>car</x:profile>",
]


def in_python(index: HazardIndex, way: GpxWay) -> tuple[Any, ...]:
    """Fixes, times in milliseconds, accuracy, class and ends of gaps, as `merestone screen --tracks` takes them."""
    with np.errstate(invalid="ignore"):
        lines = (
            shapely.LineString(shapely.get_coordinates(way.geometry).repeat(2, axis=0))
            if way.what == "waypoint"
            else way.geometry
        )
    times = [way.times] if way.what == "track" else None
    answer = screen_tracks(index, [lines], 5.0 if way.accuracy_m is None else way.accuracy_m, 150.0, times=times)
    return lines, times, class_of(int(answer.codes[0])).value, answer.gaps.end_m.tolist()


def test_a_gpx_file_is_read_and_answered_as_python_does(call: Any, pocket_page: Any, tmp_path: Path) -> None:
    """2026-11-29: neither times nor joins of segments nor the road between a route's points were read.

    A recording with a gap, and a route of which the road goes by an area, were called none recorded.
    """
    world, rng = one_area(), np.random.default_rng(24)
    call(world, "screenTrack")
    texts = [made_up_gpx(rng) for _ in range(50)]
    seen = set[str]()
    for text, ways in zip(texts, pocket_page.evaluate(READ, {"pack": "world.pack", "texts": texts}), strict=True):
        path = tmp_path / "some.gpx"
        path.write_text(text)
        for phone, way in zip(ways, read_gpx(path), strict=True):
            lines, times, code, gaps = in_python(world.index, way)
            places = shapely.get_coordinates(lines)
            assert phone["answer"] == code, text
            assert phone["gaps"] == pytest.approx(gaps, abs=1e-3)
            assert (phone["accuracyM"] is None) == (way.accuracy_m is None)
            if way.accuracy_m is not None:
                assert phone["accuracyM"] == pytest.approx(way.accuracy_m, nan_ok=True)
            places[np.abs(places[:, 1]) > 90, 1] = np.nan
            known = np.nan_to_num(places, nan=-999)  # a lone fix is a line of no length in Python
            is_kept = np.r_[True, (known[1:] != known[:-1]).any(axis=1)]
            read = [(fix["lon_deg"], fix["lat_deg"]) for fix in phone["fixes"]]
            assert np.array(read) == pytest.approx(places[is_kept], nan_ok=True)
            if times is not None:
                stated = [
                    None if np.isnat(at) else int(at.astype("M8[ms]").astype(np.int64)) for at in times[0][is_kept]
                ]
                assert [fix["at_ms"] for fix in phone["fixes"]] == stated
            seen |= {f"{way.what} {code}", f"{way.what} gaps" if gaps else ""}
    assert {"track inside", "track near", "track unknown", "track none recorded", "track gaps", "route near"} <= seen


def test_a_long_recording_is_compared_in_turns(call: Any, pocket_page: Any) -> None:
    """2026-11-29: 100,000 points near an area kept a phone's page from everything else, so from warning of it, too."""
    call(one_area(), "screenTrack")
    got = pocket_page.evaluate(IN_TURNS, {"pack": "world.pack", "count": 30_000})
    assert got["stops"] == got["stopsAtOnce"]
    assert got["code"] == got["answer"] == "inside"
    assert len(got["shares"]) == got["others"] > 2  # in each rest, what waited came
    assert sorted(got["shares"]) == got["shares"]
    assert got["shares"][0] < 1 / 2


def test_a_gpx_file_that_is_cut_off_is_read_not_at_all(pocket_page: Any) -> None:
    """2026-11-29: browsers give the beginning of a damaged file, which was compared as if it were the whole."""
    whole = GPX.format('<trk><trkseg><trkpt lat="44.2" lon="17.2"/><trkpt lat="44.3" lon="17.2"/></trkseg></trk>')
    texts = [whole[:-40], whole[:-3], whole.replace("x:gpxx", "").replace("<trkseg>", "<trkseg>&"), "<kml/>", ""]
    assert pocket_page.evaluate(READ, {"pack": "world.pack", "texts": texts}) == [
        "route_damaged", "route_damaged", "route_damaged", "route_not_gpx", "route_damaged",
    ]  # fmt: skip
