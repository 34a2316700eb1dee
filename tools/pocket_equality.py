"""The phone's answers beside the kernel's, in a real browser: never less danger, distances within 1 mm.

Run: python tools/pocket_equality.py [POSITIONS] [--bih FOLDER] [--log FILE]

Hazards are SYNTHETIC: areas with holes, lines, points, slivers and ten-centimetre polygons at six places of the globe
(the antimeridian, the equator and both poles among them), one area as large as a country, one around a pole, with
accuracies stated, mixed and not stated. With --bih, also the Bosnian file of suspected areas. Each world is written as
a hazard pack, which Python and Chromium open alike. Positions lie on vertices, on edges, and from 0.1 mm to beyond the
search limit from them, some with no accuracy, some off the globe. A sample of distances is measured a third time, by
`screening.kernel.reference`: winding numbers in exact fractions, distances by GeographicLib. Needs Chromium.
"""

import argparse
import base64
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Geod

from merestone.bulk.pack import load_pack, save_pack
from merestone.screening import Circumstances, HazardIndex, class_of
from merestone.screening.kernel.reference import hazard_distance_m
from merestone.terms import RecordKind

GEOD: Final = Geod(ellps="WGS84")
WEB: Final = Path(__file__).parents[1] / "src" / "merestone" / "service" / "web"
PLACES: Final = ((0.0, 0.0), (29.3, 63.0), (17.0, 44.9), (179.98, 66.0))
POLES: Final = ((10.0, 89.9), (-70.0, -89.99))
ACCURACIES: Final = ("exact", "mixed", "partly unstated")
WARNINGS_M: Final = (0.0, 25.0, 150.0, 1000.0, 15_000.0)
CLASSES: Final = ("none recorded", "near", "inside", "unknown")
BATCH: Final = 20_000
"""Positions that are asked together, with one warning distance."""
REFERENCES: Final = 10
"""Answers of each batch that are measured a third time."""
MOST_WIDE: Final = 1_000
"""So many positions are asked of a world that the kernel measures position by position."""
WITHIN_M: Final = 1e-3
"""How far the phone's distance may lie below the kernel's; above it, not at all."""
FAR_M: Final = 10_000.0
ANSWER_ALL: Final = """async ({packUrl, count, warnM, columns}) => {
  const {openPack} = await import('/pocket/pack_file.js');
  const {screenPosition} = await import('/pocket/screen_position.js');
  globalThis.packs ??= new Map();
  if (!packs.has(packUrl)) {
    packs.clear();
    packs.set(packUrl, await openPack(await (await fetch(packUrl)).arrayBuffer()));
  }
  const pack = packs.get(packUrl);
  const given = new Float64Array(Uint8Array.from(atob(columns), (c) => c.charCodeAt(0)).buffer);
  const out = new Float64Array(3 * count);
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const accuracyM = given[2 * count + i];
    const position = {lon_deg: given[i], lat_deg: given[count + i], accuracy_m: accuracyM === -1 ? null : accuracyM};
    const answer = screenPosition(pack, position, {warn_m: warnM});
    out[i] = ['none recorded', 'near', 'inside', 'unknown'].indexOf(answer.answer);
    out[count + i] = answer.distance_m ?? Infinity;
    out[2 * count + i] = answer.hazard_id === null ? -1 : Number(answer.hazard_id);
  }
  const milliseconds = performance.now() - began;
  const bytes = new Uint8Array(out.buffer);
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return {answers: btoa(text), milliseconds};
}"""


@dataclass(frozen=True, eq=False)
class World:
    """Hazards, and the places on their outlines from which positions start."""

    name: str
    index: HazardIndex
    vertices: Any
    """(edges, 2, 2) both ends of each edge, degrees"""
    is_wide: bool = False
    """Whether the kernel measures it position by position: at a pole, and over a country, cells are many."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Positions that both are asked about."""

    lon_deg: Any
    lat_deg: Any
    accuracy_m: Any
    """-1 and NaN: not stated"""
    warn_m: float

    @property
    def stated_m(self) -> Any:
        """As Python takes them."""
        return np.where(self.accuracy_m < 0, np.nan, self.accuracy_m)

    def chosen(self, which: Any) -> "Asked":
        """Some of them."""
        return Asked(self.lon_deg[which], self.lat_deg[which], self.accuracy_m[which], self.warn_m)


@dataclass
class Tally:
    """What a comparison came to."""

    positions: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    more_danger: int = 0
    """Positions of which the phone says more danger than the kernel, all within rounding of a limit."""
    faults: list[str] = field(default_factory=list)
    deepest_m: float = 0.0
    """By how much a phone's distance lies below the kernel's, at most; to 10 km."""
    against_reference: int = 0
    below_reference_m: float = 0.0
    browser_ms: float = 0.0

    def lines(self) -> list[str]:
        """For people."""
        shares = ", ".join(f"{count:,} {name}" for name, count in sorted(self.classes.items()))
        return [
            f"positions: {self.positions:,} ({shares})",
            f"less danger on the phone, or another distance or hazard: {len(self.faults):,}",
            f"more danger on the phone, within {WITHIN_M * 1000:g} mm of a limit: {self.more_danger:,}",
            f"distances to 10 km: the phone's at most {self.deepest_m * 1000:.4f} mm below the kernel's, never above",
            f"beside exact fractions and GeographicLib: {self.against_reference:,} positions, the phone's at most "
            f"{self.below_reference_m * 1000:.4f} mm below, never above",
            f"in the browser: {self.browser_ms / max(self.positions, 1):.4f} ms a position",
        ]


def around(lon_deg: float, lat_deg: float, seed: int, count: int) -> list[Any]:
    """Hazards of every kind around a place; what reaches over the antimeridian is left to the index to cut."""
    rng = np.random.default_rng(seed)
    shapes: list[Any] = []
    for number in range(count):
        x, y, _ = GEOD.fwd(lon_deg, lat_deg, rng.uniform(0, 360), 20_000.0 * np.sqrt(rng.uniform(0, 1)))
        corners = int(rng.integers(3, 60))
        radius_m = 0.1 if number % 50 == 0 else 10 ** rng.uniform(0, 3.2)
        run_m = radius_m * rng.uniform(0.2, 1.0, corners)
        bearing = np.sort(rng.uniform(0, 360, corners))
        ring = np.column_stack(GEOD.fwd(np.full(corners, x), np.full(corners, y), bearing, run_m)[:2])
        unrolled = ring - [[x, 0.0]]
        unrolled[:, 0] = (unrolled[:, 0] + 180.0) % 360.0 - 180.0 + x
        if number % 10 == 1:
            shapes.append(shapely.Point(x, y))
        elif number % 10 == 2:
            shapes.append(shapely.LineString(ring))
        elif number % 10 == 3:  # a sliver: there and almost the same way back
            shapes.append(shapely.Polygon(np.vstack([ring[:2], ring[1] + [1e-9, 0.0]])))
        elif np.abs(unrolled[:, 0]).max() <= 180.0:
            unrolled[:, 1] = ring[:, 1]
            hole = [(unrolled - unrolled.mean(axis=0)) * 0.3 + unrolled.mean(axis=0)] if number % 3 == 0 else []
            shapes.append(shapely.Polygon(unrolled, hole))
        else:
            shapes.append(shapely.Polygon(ring))
    return shapes


def large(lon_deg: float) -> list[Any]:
    """An area as large as a country with a hole in it, two that overlap, and one around each pole."""
    outer = shapely.Point(lon_deg, 40.0).buffer(3.0, quad_segs=300)
    hole = shapely.Point(lon_deg, 40.0).buffer(2.9, quad_segs=300)
    caps = [shapely.box(-180.0, 89.95, 180.0, 90.0), shapely.box(-180.0, -90.0, 180.0, -89.98)]
    return [outer.difference(hole), shapely.box(*(lon_deg + v for v in (-0.4, -0.3, 0.5, 0.6))), *caps]


def accuracies_of(kind: str, count: int, seed: int) -> list[float | None]:
    """Accuracies of outlines, metres."""
    stated = np.random.default_rng(100 + seed).uniform(0, 200, count).tolist()
    if kind == "exact":
        return [0.0] * count
    return [None if kind == "partly unstated" and i % 4 == 0 else metres for i, metres in enumerate(stated)]


def world_of(name: str, shapes: Sequence[Any], accuracy_m: Sequence[float | None], *, is_wide: bool = False) -> World:
    """The index over some hazards, numbered as their order."""
    names = [str(i) for i in range(len(shapes))]
    index = HazardIndex.build(
        np.array(shapes, dtype=object), list(accuracy_m), record_ids=names, kinds=[RecordKind.SUSPECTED] * len(shapes)
    )
    begins = np.flatnonzero(~index.outlines.ends)
    places = np.column_stack([index.outlines.lon_deg, index.outlines.lat_deg])
    return World(name, index, np.stack([places[begins], places[begins + 1]], axis=1), is_wide)


def synthetic_worlds(count: int) -> Iterator[World]:
    """Each place with each kind of accuracy, and then the poles, with areas as large as countries."""
    for number, (place, kind) in enumerate((place, kind) for kind in ACCURACIES for place in PLACES):
        shapes = around(*place, seed=number, count=count)
        yield world_of(f"{place} {kind}", shapes, accuracies_of(kind, len(shapes), number))
    for number, (place, kind) in enumerate((place, kind) for kind in ACCURACIES for place in POLES):
        shapes = [*around(*place, seed=number, count=count // 10), *large(place[0])]
        accuracies = accuracies_of(kind, len(shapes), number)
        yield world_of(f"{place} and countries, {kind}", shapes, accuracies, is_wide=True)


def bosnian_worlds(folder: Path) -> Iterator[World]:
    """The suspected areas of Bosnia and Herzegovina, with each kind of accuracy."""
    import geopandas

    shapes = geopandas.read_file(folder / "suspect_areas_simplyfied.geojson").geometry.to_list()
    for number, kind in enumerate(ACCURACIES):
        yield world_of(f"Bosnia and Herzegovina, {kind}", shapes, accuracies_of(kind, len(shapes), 50 + number))


def positions_of(world: World, rng: np.random.Generator, count: int) -> tuple[Any, Any, Any]:
    """Longitudes, latitudes and accuracies (-1: not stated) of positions near outlines, and of some that are not."""
    edge = rng.integers(0, len(world.vertices), count)
    along = rng.choice([0.0, 1.0, -1.0], count, p=[0.1, 0.1, 0.8])
    along = np.where(along < 0, rng.uniform(0, 1, count), along)[:, None]
    start = world.vertices[edge, 0] + along * (world.vertices[edge, 1] - world.vertices[edge, 0])
    away_m = np.where(rng.uniform(0, 1, count) < 0.1, 0.0, 10 ** rng.uniform(-4, 4.5, count))
    lon, lat, _ = GEOD.fwd(start[:, 0], start[:, 1], rng.uniform(0, 360, count), away_m)
    lon, lat = np.where(away_m == 0.0, start[:, 0], lon), np.where(away_m == 0.0, start[:, 1], lat)
    accuracy_m = rng.choice([-1.0, 0.0, 5.0, np.nan, 1e4], count, p=[0.1, 0.3, 0.5, 0.05, 0.05])
    odd = rng.uniform(0, 1, count) < 0.005
    lon[odd] = rng.choice([np.nan, 180.0, -180.0, 181.0, np.inf], odd.sum())
    lat[odd] = rng.choice([lat[0], 90.0, -90.0, 90.1, np.nan], odd.sum())
    return lon, lat, accuracy_m


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The page's scripts, and packs under /packs/, at an address of this machine."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def guess_type(self, path: Any) -> str:
            return "text/javascript" if str(path).endswith((".js", ".mjs")) else super().guess_type(path)

        def translate_path(self, path: str) -> str:
            if path.startswith("/packs/"):
                return str(folder / Path(path).name)
            return super().translate_path(path)

        def end_headers(self) -> None:
            # A pack that is written anew within a second has the same time of change, and a browser would keep the old.
            self.send_header("Cache-Control", "no-store")
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(WEB)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def write_world(world: World, path: Path) -> HazardIndex:
    """The world as a pack; gives the index that Python opens from it."""
    given = Circumstances(date(2026, 11, 28), label="synthetic exercise data")
    is_compact = len(world.index) % 2 == 0  # both forms are read
    save_pack(world.index, path, audience="exact", circumstances=given, compact=is_compact, overwrite=True)
    return load_pack(path).index


def ask_browser(page: Any, pack: str, asked: Asked) -> list[Any]:
    """Classes (numbers of `CLASSES`), distances, hazards, and milliseconds that they took in the browser."""
    columns = np.concatenate([asked.lon_deg, asked.lat_deg, asked.accuracy_m]).astype("<f8").tobytes()
    given = {"packUrl": f"/packs/{pack}", "count": len(asked.lon_deg), "warnM": asked.warn_m}
    done = page.evaluate(ANSWER_ALL, {**given, "columns": base64.b64encode(columns).decode()})
    answers = np.frombuffer(base64.b64decode(done["answers"]), "<f8").reshape(3, -1)
    return [answers[0].astype(int), answers[1], answers[2].astype(int), float(done["milliseconds"])]


def ask_kernel(index: HazardIndex, asked: Asked, together: int) -> list[Any]:
    """Classes (numbers of `CLASSES`), distances (infinite where there is none) and hazards; so many at a time."""
    names = np.array([CLASSES.index(str(class_of(int(code)))) for code in range(256)])
    columns: list[Any] = [np.empty(0, int), np.empty(0), np.empty(0, int)]
    for first in range(0, len(asked.lon_deg), together):
        some = asked.chosen(slice(first, first + together))
        nearest = index.nearest(some.lon_deg, some.lat_deg, some.stated_m, max(10_000.0, some.warn_m))
        metres = np.where(np.isfinite(nearest.distance_m), nearest.distance_m, np.inf)
        parts = (names[nearest.classes(some.warn_m)], metres, nearest.hazard)
        columns = [np.concatenate(pair) for pair in zip(columns, parts, strict=True)]
    return columns


def compare(page: Any, world: World, path: Path, rng: np.random.Generator, count: int, tally: Tally) -> None:
    """Ask both about positions of a world that is at `path`, some at a time, and write down what differs."""
    index = write_world(world, path)
    for first in range(0, count, BATCH):
        _compare_some(page, world, (index, path.name), rng, min(BATCH, count - first), tally)
    path.unlink()


def _compare_some(
    page: Any, world: World, opened: tuple[HazardIndex, str], rng: np.random.Generator, count: int, tally: Tally
) -> None:
    index, pack = opened
    warn_m = float(rng.choice(WARNINGS_M))
    asked = Asked(*positions_of(world, rng, count), warn_m)
    *phone, took_ms = ask_browser(page, pack, asked)
    kernel = ask_kernel(index, asked, 8 if world.is_wide else count)
    wrong, more, below_m = differences(index, asked, phone, kernel)
    # On an edge the kernel's quick and plain ways may name different hazards; the phone must agree with one of them.
    again, plain = asked.chosen(wrong), HazardIndex(index.outlines, index.record_ids, index.kinds)
    still, _, _ = differences(index, again, [column[wrong] for column in phone], ask_kernel(plain, again, 8))
    tally.faults += [_in_words(world, asked, phone, kernel, i) for i in wrong[still][:20]]
    tally.positions += count
    tally.browser_ms += took_ms
    tally.more_danger += len(more)
    for number, name in enumerate(CLASSES):
        tally.classes[name] = tally.classes.get(name, 0) + int((phone[0] == number).sum())
    below_m[wrong] = 0.0
    tally.deepest_m = max(tally.deepest_m, float(below_m[kernel[1] <= FAR_M].max(initial=0.0)))
    _refer(index, world, asked, phone, tally)


def differences(index: HazardIndex, asked: Asked, phone: Any, kernel: Any) -> tuple[Any, Any, Any]:
    """Which positions are wrong, which the phone calls more dangerous at a limit, and by how much it is below, metres.

    Wrong is: less danger than the kernel's; more where no limit is near; a distance above the kernel's, or more than
    `WITHIN_M` below it; another hazard whose distance less its widening is not alike.
    """
    (code, distance_m, hazard), (kernel_code, kernel_m, kernel_hazard) = phone, kernel
    widened = np.append(index.widened_m, np.nan)
    known_m = np.nan_to_num(asked.stated_m, nan=0.0)
    limit_m = max(10_000.0, asked.warn_m) + known_m
    with np.errstate(invalid="ignore"):
        below_m = np.where(kernel_m == distance_m, 0.0, kernel_m - distance_m)
        # Where both name different hazards, both keys must be alike; around a place, each is as good as the other.
        is_other = (hazard != kernel_hazard) & (hazard >= 0) & (kernel_hazard >= 0) & (kernel_m + distance_m > 0.0)
        below_m[is_other] += (widened[hazard] - widened[kernel_hazard])[is_other]
        # What only the phone still sees lies within rounding of the search limit.
        is_last = (hazard >= 0) & (kernel_hazard < 0)
        below_m[is_last] = (limit_m - (distance_m - widened[hazard]))[is_last]
        stated_m = np.nan_to_num(np.append(index.accuracy_m, np.nan)[hazard], nan=0.0)
        inside_m, near_m = distance_m - stated_m - known_m, distance_m - widened[hazard] - known_m - asked.warn_m
        is_at_limit = np.minimum(np.abs(inside_m), np.abs(near_m)) <= WITHIN_M
        rank = np.array([0, 2, 3, 1])
        is_less, is_more = rank[code] < rank[kernel_code], rank[code] > rank[kernel_code]
        is_wrong = is_less | (is_more & ~is_at_limit) | ~((below_m >= -1e-9) & (below_m <= WITHIN_M))
    return np.flatnonzero(is_wrong), np.flatnonzero(is_more & ~is_wrong), below_m


def _in_words(world: World, asked: Asked, phone: Any, kernel: Any, i: int) -> str:
    told = [f"{CLASSES[one[0][i]]} {one[1][i]} m from {one[2][i]}" for one in (phone, kernel)]
    place = f"{asked.lon_deg[i]!r} {asked.lat_deg[i]!r}, accuracy {asked.accuracy_m[i]}, warning {asked.warn_m}"
    return f"{world.name}: {place}: phone {told[0]}, kernel {told[1]}"


def _refer(index: HazardIndex, world: World, asked: Asked, phone: Any, tally: Tally) -> None:
    """Measure some answers a third time, with exact fractions and GeographicLib."""
    _, distance_m, hazard = phone
    corners = np.bincount(index.outlines.part_hazard, np.diff(index.outlines.part_start), minlength=len(index))
    # A country of a thousand edges takes a second.
    is_short = np.append(corners, np.inf)[hazard] < 100
    chosen = np.random.default_rng(1).permutation(np.flatnonzero(is_short & (distance_m <= FAR_M)))[:REFERENCES]
    for i in chosen:
        lon_deg, lat_deg = float(asked.lon_deg[i]), float(asked.lat_deg[i])
        truth_m = hazard_distance_m(index.outlines, int(hazard[i]), lon_deg, lat_deg)
        below_m = truth_m - distance_m[i]
        tally.against_reference += 1
        tally.below_reference_m = max(tally.below_reference_m, float(below_m))
        if not 0.0 <= below_m <= WITHIN_M:
            tally.faults.append(f"{world.name}: {lon_deg} {lat_deg}: phone {distance_m[i]}, reference {truth_m}")


def revision() -> str:
    """Which version of the program answered."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown revision"


def run(positions: int, bih: Path | None, log: Path | None) -> int:
    """The long form: all worlds, the positions shared among them."""
    from playwright.sync_api import sync_playwright

    worlds = [*synthetic_worlds(1500), *(bosnian_worlds(bih) if bih else ())]
    tally, began, text = Tally(), time.perf_counter(), ""
    command = f"python tools/pocket_equality.py {positions}{' --bih FOLDER' if bih else ''}"
    rng = np.random.default_rng(20261128)
    wide = sum(world.is_wide for world in worlds)
    each = -(-(positions - wide * min(MOST_WIDE, positions // len(worlds))) // (len(worlds) - wide))
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address, sync_playwright() as started:
        chromium = os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address}/icon.svg")
        for number, world in enumerate(worlds):
            share = min(each, MOST_WIDE) if world.is_wide else each
            compare(page, world, Path(folder) / f"{number}.pack", rng, share, tally)
            made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {revision()}, Chromium {browser.version}"
            done = f"{number + 1} of {len(worlds)} worlds, {time.perf_counter() - began:,.0f} s"
            text = "\n".join([command, made, done, *tally.lines(), *tally.faults, ""])
            print(f"{world.name}: {tally.positions:,} positions, {len(tally.faults)} faults", flush=True)
            if log:
                log.write_text(text)
        browser.close()
    print(text)
    return 1 if tally.faults else 0


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("positions", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--bih", type=Path, help="the folder that holds suspect_areas_simplyfied.geojson")
    parser.add_argument("--log", type=Path, help="write the outcome here")
    given = parser.parse_args()
    sys.exit(run(given.positions, given.bih, given.log))


if __name__ == "__main__":
    main()
