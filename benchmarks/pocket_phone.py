"""What the phone takes to open a pack and to answer: a processor slowed to a quarter, in Chromium.

Run: python benchmarks/pocket_phone.py [AREAS ...] [--bih FOLDER]

Areas are those of `screening_work` (20-50 vertices, 50-300 m radius; SYNTHETIC), moved to 17 E 44 N, 100,000 unless
said otherwise, and with --bih the Bosnian file of suspected areas. Positions lie in the box around them. Printed are
the bytes of the compact pack and, the middle of five pages, the processor time of the page's thread and the time by the
clock to open the pack, its SHA-256 compared, the first page of a browser just started apart too; and to answer a
position, of 2,000 after a first 200; by the clock also a recording of 100,000 points among the areas, opened as a GPX
file: reading, comparing, and the longest that the page was kept from everything else meanwhile. Needs Chromium
(MERESTONE_CHROMIUM).
"""

import argparse
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import shapely
from playwright.sync_api import sync_playwright
from screening_work import made_up, positions_around

from merestone.bulk.pack import save_pack
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import RecordKind

ROOT = Path(__file__).parents[1]
SLOWER = 4
POSITIONS = 2_000
WARMING = 200
PARTS = (slice(0, WARMING), slice(WARMING, WARMING + POSITIONS))
FETCH = """async (url) => {
  globalThis.opening = (await import('/pocket/pack_file.js')).openPack;
  globalThis.screening = (await import('/pocket/screen_position.js')).screenPosition;
  globalThis.digestOf = (await import('/pocket/offer.js')).sha256Of;
  globalThis.bytes = await (await fetch(url)).arrayBuffer();
}"""
OPEN = """async () => {
  const began = performance.now();
  const digest = digestOf(bytes); // as the page does, which then need not compare the checksum of each block
  globalThis.pack = await opening(bytes, {isDigestKnown: true});
  await digest;
  return performance.now() - began;
}"""
ANSWER = """({lon, lat}) => {
  const took = lon.map((lon_deg, i) => {
    const began = performance.now();
    screening(pack, {lon_deg, lat_deg: lat[i], accuracy_m: 5});
    return performance.now() - began;
  });
  return took.sort((one, other) => one - other)[Math.floor(0.99 * took.length)];
}"""

ROUTE_POINTS = 100_000
ROUTE = """async ({lon, lat}) => {
  const {comparedWays} = await import('/pocket/typed_section.js');
  const {gpxReading} = await import('/pocket/gpx_file.js');
  const {inTurns} = await import('/pocket/turns.js');
  const points = lon.map((x, i) => `<trkpt lat="${lat[i].toFixed(7)}" lon="${x.toFixed(7)}"><ele>1</ele>` +
    `<time>${new Date(1.79e12 + 1000 * i).toISOString()}</time></trkpt>`);
  const text = `<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>${points.join('')}</trkseg></trk></gpx>`;
  let [turnAt, longest] = [0, 0];
  const rests = () => {
    longest = Math.max(longest, performance.now() - turnAt);
    setTimeout(() => { turnAt = performance.now(); });
  };
  const began = turnAt = performance.now();
  const file = await inTurns(gpxReading(text), rests);
  rests();
  const [read, read_longest] = [performance.now() - began, longest];
  longest = 0;
  turnAt = performance.now();
  const {code} = await comparedWays(pack, file, 5, rests);
  rests();
  return {read, read_longest, compared: performance.now() - began - read, compared_longest: longest, code};
}"""


def areas_of(count: int) -> Any:
    """Synthetic areas, moved to 17 E 44 N."""
    return shapely.transform(made_up(count, 1).degrees, lambda degrees: degrees + np.array([17.0, 44.0]))


def bosnian(folder: Path) -> Any:
    """The suspected areas of the Bosnian file."""
    import geopandas

    return geopandas.read_file(folder / "suspect_areas_simplyfied.geojson").geometry.to_numpy()


def packed(areas: Any, path: Path) -> int:
    """Write areas as a pack; gives its bytes."""
    names = [f"SHA-{i:06d}" for i in range(len(areas))]
    accuracy_m = np.random.default_rng(3).uniform(0, 50, len(areas))
    index = HazardIndex.build(areas, accuracy_m, record_ids=names, kinds=[RecordKind.SUSPECTED] * len(areas))
    given = Circumstances(date(2026, 11, 28), label="synthetic exercise data")
    return save_pack(index, path, audience="exact", circumstances=given, cells=False, compact=True)


def processor_ms(client: Any) -> float:
    """What the page's thread has used of the processor until now, waiting for other programs not counted."""
    metrics = {metric["name"]: metric["value"] for metric in client.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"]) * 1000.0


@dataclass
class Times:
    """Milliseconds of each page."""

    opened: list[float] = field(default_factory=list)
    opened_by_clock: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    """On average."""
    slowest: list[float] = field(default_factory=list)
    """The 99th answer of 100, by the clock."""
    routes: list[dict[str, float]] = field(default_factory=list)
    """Of a long recording: what was read, compared, and the longest turns of both."""


def measured(started: Any, address: str, pack: str, areas: Any) -> Times:
    """What five pages took."""
    browser = started.chromium.launch(
        executable_path=os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
    )
    times = Times()
    for _ in range(5):
        page = browser.new_page()
        page.goto(f"{address}/icon.svg")
        client = page.context.new_cdp_session(page)
        client.send("Performance.enable", {"timeDomain": "threadTicks"})
        client.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.evaluate(FETCH, f"/packs/{pack}")
        began_ms = processor_ms(client)
        times.opened_by_clock.append(page.evaluate(OPEN))
        times.opened.append(processor_ms(client) - began_ms)
        lon, lat = positions_around(areas, 5, POSITIONS + WARMING)
        some = [{"lon": lon[chosen].tolist(), "lat": lat[chosen].tolist()} for chosen in PARTS]
        page.evaluate(ANSWER, some[0])
        began_ms = processor_ms(client)
        times.slowest.append(page.evaluate(ANSWER, some[1]))
        times.answered.append((processor_ms(client) - began_ms) / POSITIONS)
        times.routes.append(page.evaluate(ROUTE, winding(areas)))
        page.close()
    browser.close()
    return times


def winding(areas: Any) -> dict[str, list[float]]:
    """A recording that goes to and fro around the middle of the areas, some 3 m from point to point."""
    west, south, east, north = shapely.total_bounds(areas)
    turns = np.linspace(0.0, 60.0, ROUTE_POINTS)
    lon_deg, lat_deg = 0.5 * (west + east) + 0.05 * np.cos(turns), 0.5 * (south + north) + 0.05 * np.sin(turns / 7)
    return {"lon": lon_deg.tolist(), "lat": lat_deg.tolist()}


def spread(times_ms: list[float]) -> str:
    """The middle, the least and the most."""
    return f"{median(times_ms):,.0f} ms ({min(times_ms):,.0f} to {max(times_ms):,.0f})"


def main() -> None:
    """Print a line for each pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("areas", nargs="*", type=int, default=[100_000])
    parser.add_argument("--bih", type=Path)
    given = parser.parse_args()
    work = {f"{count:,} synthetic areas": areas_of(count) for count in given.areas}
    if given.bih:
        work["the Bosnian file"] = bosnian(given.bih)
    import runpy

    served = runpy.run_path(str(ROOT / "tools" / "pocket_equality.py"))["served"]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address, sync_playwright() as started:
        for name, areas in work.items():
            size = packed(areas, Path(folder) / "one.pack")
            times = measured(started, address, "one.pack", areas)
            print(
                f"{name}: {size / 1e6:.1f} MB, opened in {spread(times.opened)}, by the clock in "
                f"{spread(times.opened_by_clock)}, by the first page in {times.opened_by_clock[0]:,.0f} ms; "
                f"an answer in {median(times.answered):.3f} ms, 99 of 100 within "
                f"{min(times.slowest):.1f} ms by the clock; load {os.getloadavg()[0]:.0f}; processor / {SLOWER}",
                flush=True,
            )
            route = {name: median(one[name] for one in times.routes) for name in times.routes[0] if name != "code"}
            print(
                f"  a recording of {ROUTE_POINTS:,} points ({times.routes[0]['code']}) read in {route['read']:,.0f} ms "
                f"(busy at a stretch for up to {route['read_longest']:,.0f} ms), compared in "
                f"{route['compared']:,.0f} ms (up to {route['compared_longest']:,.0f} ms)",
                flush=True,
            )
            (Path(folder) / "one.pack").unlink()


if __name__ == "__main__":
    main()
