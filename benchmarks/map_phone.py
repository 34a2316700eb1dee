"""How soon a phone shows the first areas: a processor slowed to a quarter, 1.6 Mbit/s, 150 ms to and fro, in Chromium.

Run: python benchmarks/map_phone.py REGISTER [TIER]. Beside it, in the same run and with the same limits, a plain page
with the same map library that fetches all areas at once as GeoJSON, as most maps do. Then frames a second while the map
is panned, without the limits: with software drawing, as machines without a graphics processor have it. Needs Chromium
(MERESTONE_CHROMIUM).
"""

import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import sync_playwright
from starlette.responses import HTMLResponse, Response

from merestone.service import Tier, create_app

MBIT_S, LATENCY_MS, SLOWER = 1.6, 150, 4
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


def frames_s(browser: Any, address: str) -> tuple[float, float]:
    """Frames a second while the map of the page is panned: the middle one, and the slowest of a hundred."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#map[data-shown]", timeout=120_000, state="attached")
    page.wait_for_timeout(3_000)
    took_ms = sorted(page.evaluate(PAN_JS))
    page.close()
    return 1e3 / took_ms[len(took_ms) // 2], 1e3 / took_ms[int(len(took_ms) * 0.99)]


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
    page.wait_for_selector("#first-view[data-drawn], #map[data-shown]", timeout=120_000, state="attached")
    first = time.perf_counter() - began
    page.wait_for_selector("#map[data-shown]", timeout=120_000, state="attached")
    took = time.perf_counter() - began
    page.close()
    return first, took, received[0] / 1e6


def main() -> None:
    """Print both, best of three, each in a browser that has nothing yet."""
    tier = Tier(sys.argv[2]) if len(sys.argv) > 2 else Tier.PUBLIC
    app = create_app(Path(sys.argv[1]), tier=tier)
    app.add_route("/all-at-once", lambda _: HTMLResponse(ALL_AT_ONCE, headers={"Content-Security-Policy": ""}))
    app.add_route("/all-at-once.js", lambda _: Response(ALL_AT_ONCE_JS, media_type="text/javascript"))
    server = uvicorn.Server(uvicorn.Config(app, port=8797, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    holding = app.state.context.keeper.current()
    assert holding.map_data.etag
    with sync_playwright() as started:
        path = os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium")
        for what, address in {"all at once, as GeoJSON": "/all-at-once", "tiles in view": "/"}.items():
            runs = []
            for _ in range(3):
                browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
                runs.append(measured(browser, f"http://127.0.0.1:8797{address}"))
                browser.close()
            first, took, size = min(runs)
            of = f"{len(holding.records):,} areas, {tier.value} tier"
            print(f"{what}: {of}: first areas {first:.1f} s, the map {took:.1f} s, {size:.2f} MB", flush=True)
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        middle, slowest = frames_s(browser, "http://127.0.0.1:8797/")
        print(f"panning, software drawing: {middle:.0f} frames a second, one of a hundred {slowest:.0f}")
        browser.close()
    server.should_exit = True


if __name__ == "__main__":
    main()
