"""The user's own base map below the areas: its tiles over HTTP, and roads and names in a real browser."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient

from merestone.cli.serve import region_apart
from merestone.exchange.exercise import create_exercise
from merestone.exchange.formats.base_map import BaseMap
from merestone.service import Tier, create_app, ready
from tests.browsers import close
from tests.exchange.region import write_region
from tests.service.conftest import Served, serve_app
from tests.service.test_browser import until


@pytest.fixture(scope="module", params=["protomaps", "openmaptiles"])
def region(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> BaseMap:
    folder = tmp_path_factory.mktemp("region")
    return BaseMap.open(write_region(folder / "region.pmtiles", request.param))


@pytest.fixture(scope="module")
def client(register_path: Path, region: BaseMap) -> TestClient:
    return TestClient(create_app(register_path, base_map=region), base_url="http://127.0.0.1")


def test_tiles_come_as_the_archive_holds_them(client: TestClient) -> None:
    answer = client.get("/base-map/2/3/1")
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert {"water"} < set(mapbox_vector_tile.decode(answer.content))
    plain = client.get("/base-map/2/3/1", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert client.get("/base-map/2/3/1", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get("/base-map/9/0/0").status_code == 204
    assert client.get("/base-map/2/9/0").status_code == 204
    assert client.get("/base-map/2/-1/0").status_code == 204


def test_without_a_base_map_the_service_says_how_to_give_one(register_path: Path) -> None:
    client = TestClient(create_app(register_path), base_url="http://127.0.0.1")
    answer = client.get("/base-map/0/0/0")
    assert answer.status_code == 404
    assert "--basemap" in answer.json()["detail"]


@pytest.fixture(scope="module")
def served(register_path: Path, region: BaseMap) -> Iterator[Served]:
    yield from serve_app(create_app(register_path, base_map=region), register_path)


@pytest.mark.browser
def test_roads_and_names_are_drawn_below_and_above_the_areas(browser: Any, served: Served, region: BaseMap) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith((served.address, "blob:")) else faults.append(asked.url)
    )
    page.goto(served.address)
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    page.evaluate("void merestoneMap.jumpTo({center: [0, 0], zoom: 2})")
    drawn = "merestoneMap.queryRenderedFeatures({{layers: ['{}']}})"
    until(page, drawn.format("base-large-roads") + ".length > 0")
    until(page, drawn.format("base-places") + ".length > 0")
    order = page.evaluate("merestoneMap.getStyle().layers.map((layer) => layer.id)")
    assert order.index("base-large-roads") < order.index("record-fill") < order.index("base-places")
    page.evaluate("document.querySelector('details')?.setAttribute('open', '')")
    page.goto(f"{served.address}/?known_on=2100-01-01")
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    until(page, "merestoneMap.getLayer('base-places') !== undefined")
    order = page.evaluate("merestoneMap.getStyle().layers.map((layer) => layer.id)")
    assert order.index("record-fill") < order.index("base-places")
    assert "Made up" in page.inner_text(".maplibregl-ctrl-attrib")
    close(page)
    assert not faults


def test_a_region_in_which_nothing_is_recorded_is_led_to(region: BaseMap) -> None:
    """2026-11-29, by eye: with exercise data and a base map of Helsinki the map began in the open sea."""
    west, south, east, north = region.bounds_deg
    assert region_apart(region, (west, south, east, north)) is None
    assert region_apart(region, (east - 0.1, south, east + 5, north)) is None
    assert region_apart(None, (west, south, east, north)) is None
    shown = parse_qs(region_apart(region, (east + 1, south, east + 2, north)) or "")
    latitude, longitude = shown["show"][0].split(",")
    assert south < float(latitude[:-1]) * (-1 if latitude.endswith("S") else 1) < north
    assert float(longitude[:-1]) * (-1 if longitude.endswith("W") else 1) == pytest.approx((west + east) / 2, abs=1e-4)
    # 2026-11-30: always zoom 10, at which a town of 5 km is a spot and a country does not fit.
    px = 512 * 2 ** float(shown["zoom"][0])
    assert (east - west) / 360 * px < 600
    assert max((east - west) / 360, _north(north) - _north(south)) * px == pytest.approx(480, rel=0.05)


def _north(lat_deg: float) -> float:
    return math.asinh(math.tan(math.radians(lat_deg))) / (2 * math.pi)


@pytest.mark.browser
def test_the_exercise_lies_on_its_island(browser: Any, tmp_path: Path) -> None:
    """2026-11-29: it was open sea, on which no road and no name said where a hazard lies."""
    register = tmp_path / "exercise.gpkg"
    create_exercise(register, by="test")
    for island in serve_app(ready(register, host="127.0.0.1", tier=Tier.PUBLIC), register):
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(island.address)
        page.wait_for_selector("#map[data-shown]", timeout=60_000)
        symbols = "merestoneMap.queryRenderedFeatures().filter(({layer}) => layer.type === 'symbol')"
        names = f"{symbols}.map((feature) => feature.properties.name)"
        until(page, f"({names}).some((name) => name?.length > 2)")
        until(page, "merestoneMap.queryRenderedFeatures({layers: ['base-large-roads']}).length > 0")
        name = next(name for name in page.evaluate(names) if name)
        page.fill("#find input", name)
        page.wait_for_selector("#places li", timeout=60_000)
        assert name in page.inner_text("#places li")
        close(page)
