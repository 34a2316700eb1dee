"""How soon a phone shows the first areas: a processor slowed to a quarter, 1.6 Mbit/s, 150 ms to and fro, in Chromium.

Run: python benchmarks/map_phone.py REGISTER [TIER], or a number in place of the register (100000): so many synthetic
areas in a register of their own. Beside it, in the same run and with the same limits, a plain page with the same map
library that fetches all areas at once as GeoJSON, as most maps do and this one did; it is given two minutes. The first
run of ours finds no tile made, as the first phone after a change does. Then frames a second while the map is panned,
without the limits: with software drawing, as machines without a graphics processor have it; and what the page's own
scripts take of each frame. Needs Chromium (MERESTONE_CHROMIUM).
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import TimeoutError as TookTooLong
from playwright.sync_api import sync_playwright
from register_speed import fill, outlines
from starlette.responses import HTMLResponse, Response

from merestone.service import Tier, create_app

MBIT_S, LATENCY_MS, SLOWER = 1.6, 150, 4
LONGEST_S = 120
ALL_AT_ONCE_JS = """
import * as maplibregl from '/web/vendor/maplibre-gl/maplibre-gl.mjs';
const style = {version: 8, sources: {}, layers: []};
const map = new maplibregl.Map({container: 'map', style, center: [0, 0], zoom: 1});
map.on('load', async () => {
  const data = await (await fetch('/map-data')).json();
  map.addSource('all', {type: 'geojson', data});
  map.addLayer({id: 'all', type: 'fill', source: 'all'});
  map.on('render', () => { if (map.isSourceLoaded('all')) document.getElementById('map').dataset.shown = 'yes'; });
});
"""
ALL_AT_ONCE = (
    '<!doctype html><div id="map" style="height:600px"></div><script type="module" src="/all-at-once.js"></script>'
)


PAN_JS = """
() => new Promise((done) => {
  const map = window.merestoneMap;
  const took = [];
  let last = performance.now();
  const began = last;
  const step = (now) => {
    took.push(now - last);
    last = now;
    map.panBy([4, 0], {animate: false});
    if (now - began < 4000) requestAnimationFrame(step);
    else done(took.slice(1));
  };
  requestAnimationFrame(step);
})
"""


@dataclass(frozen=True)
class Panning:
    """What frames were like while the map was panned."""

    middle_s: float
    """Frames a second: of the middle frame."""
    slowest_s: float
    """Of the slowest of a hundred."""
    script_ms: float
    """Milliseconds that the main thread ran scripts for each frame."""
    task_ms: float
    """Milliseconds that it did anything for each frame, drawing by software apart."""
    long_tasks: int
    """Pieces of work of over 50 ms, in which nothing else can happen."""


def panning(browser: Any, address: str) -> Panning:
    """Pan the map for four seconds."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#map[data-shown]", timeout=LONGEST_S * 1_000, state="attached")
    page.wait_for_timeout(3_000)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    page.evaluate(LONG_TASKS_JS)
    before = {entry["name"]: entry["value"] for entry in client.send("Performance.getMetrics")["metrics"]}
    took_ms = sorted(page.evaluate(PAN_JS))
    after = {entry["name"]: entry["value"] for entry in client.send("Performance.getMetrics")["metrics"]}
    script_ms, task_ms = (
        1e3 * (after[name] - before[name]) / len(took_ms) for name in ("ScriptDuration", "TaskDuration")
    )
    long_tasks = page.evaluate("window.longTasks")
    page.close()
    at_99 = took_ms[int(len(took_ms) * 0.99)]
    return Panning(1e3 / took_ms[len(took_ms) // 2], 1e3 / at_99, script_ms, task_ms, long_tasks)


LONG_TASKS_JS = """
() => {
  window.longTasks = 0;
  new PerformanceObserver((list) => { window.longTasks += list.getEntries().length; }).observe({type: 'longtask'});
}
"""


def measured(browser: Any, address: str) -> tuple[float, float, float]:
    """Seconds until the first picture of the areas in view, and until the map has them; megabytes until then."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": LATENCY_MS, "downloadThroughput": MBIT_S * 1e6 / 8, "uploadThroughput": 1e5,
    })  # fmt: skip
    client.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    received = [0]
    client.on("Network.dataReceived", lambda told: received.__setitem__(0, received[0] + told["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#first-view[data-drawn], #map[data-shown]", timeout=LONGEST_S * 1_000, state="attached")
    first = time.perf_counter() - began
    page.wait_for_selector("#map[data-shown]", timeout=LONGEST_S * 1_000, state="attached")
    took = time.perf_counter() - began
    page.close()
    return first, took, received[0] / 1e6


def measure(register: Path, tier: Tier) -> None:
    """Print both, best of three, each in a browser that has nothing yet; and the first of ours."""
    app = create_app(register, tier=tier)
    app.add_route("/all-at-once", lambda _: HTMLResponse(ALL_AT_ONCE, headers={"Content-Security-Policy": ""}))
    app.add_route("/all-at-once.js", lambda _: Response(ALL_AT_ONCE_JS, media_type="text/javascript"))
    server = uvicorn.Server(uvicorn.Config(app, port=8797, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    holding = app.state.context.keeper.current()
    assert holding.map_data.etag
    assert holding.outlines_from_zoom >= 0  # `merestone serve` asks for the page before it prints the address
    of = f"{len(holding.records):,} areas, {tier.value} tier"
    with sync_playwright() as started:
        path = os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")
        for what, address in {"tiles in view": "/", "all at once, as GeoJSON": "/all-at-once"}.items():
            runs: list[tuple[float, float, float]] = []
            for _ in range(3):
                browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
                try:
                    runs.append(measured(browser, f"http://127.0.0.1:8797{address}"))
                except TookTooLong:
                    print(f"{what}: {of}: no areas within {LONGEST_S} s", flush=True)
                    break
                finally:
                    browser.close()
            for name, (first, took, size) in {"first": runs[0], "best": min(runs)}.items() if runs else ():
                print(f"{what}: {of}: {name} run: first areas {first:.1f} s, the map {took:.1f} s, {size:.2f} MB")
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        frames = panning(browser, "http://127.0.0.1:8797/")
        print(
            f"panning, software drawing: {frames.middle_s:.0f} frames a second, one of a hundred "
            f"{frames.slowest_s:.0f}; of each frame the main thread takes {frames.task_ms:.1f} ms, scripts "
            f"{frames.script_ms:.1f} ms; {frames.long_tasks} tasks over 50 ms in 4 s"
        )
        browser.close()
    server.should_exit = True


def main() -> None:
    """A register that is there, or one of so many synthetic areas."""
    tier = Tier(sys.argv[2]) if len(sys.argv) > 2 else Tier.PUBLIC
    if not sys.argv[1].isdigit():
        measure(Path(sys.argv[1]), tier)
        return
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "areas.gpkg"
        fill(path, outlines(int(sys.argv[1])))
        measure(path, tier)


if __name__ == "__main__":
    main()
