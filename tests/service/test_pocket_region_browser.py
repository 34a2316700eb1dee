"""The operator's base map on the phone: offered with its size, kept whole, drawn below the areas, offline too."""

import gzip
import hashlib
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from pmtiles.tile import zxy_to_tileid

from merestone.exchange.formats.base_map import BaseMap
from merestone.exchange.formats.base_maps.build import build_base_map
from merestone.register import Entry, Register
from merestone.service import create_app, pocket_base_map
from merestone.terms import RecordKind
from tests.browsers import close
from tests.exchange.region import write_region
from tests.exchange.test_base_map_build import helsinki as helsinki_extract
from tests.service.conftest import Served, serve_app
from tests.service.processes import own_port
from tests.service.test_browser import ARTIFACTS, until
from tests.service.test_pocket_browser import LAT_DEG, LON_DEG, PHONE, fetch_pack, make_areas
from tests.tiles.drawn import tile_of

pytestmark = pytest.mark.browser
PACK_FILES = re.compile("/packs/[0-9a-f]{64}")
TILES = """async ({places}) => {
  const {heldBaseMap} = await import('/web/pocket/storage.js');
  const {TileArchive, tileId} = await import('/web/pocket/tile_archive.js');
  const archive = new TileArchive(await heldBaseMap());
  const texts = await Promise.all(places.map(async ([zoom, column, row]) => {
    const tile = await archive.tile(zoom, column, row);
    if (!tile) return null;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', tile));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }));
  return {texts, ids: places.map((place) => tileId(...place))};
}"""
DRAWN = "pocketMap.queryRenderedFeatures({{layers: ['{}']}}).length > 0"

NAMES = """pocketMap.queryRenderedFeatures()
  .filter(({layer, source}) => layer.type === 'symbol' && source === 'base').map(({properties}) => properties.name)"""


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> BaseMap:
    path = tmp_path_factory.mktemp("region") / "region.pmtiles"
    return BaseMap.open(write_region(path, "openmaptiles", zooms=range(8), varied=True))


@pytest.fixture(scope="module")
def served(region: BaseMap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    register = make_areas(tmp_path_factory.mktemp("areas") / "areas.gpkg")
    yield from serve_app(create_app(register, base_map=region), register, own_port())


def test_the_region_is_kept_whole_and_drawn_below_the_areas_without_a_network(
    browser: Any, served: Served, region: BaseMap
) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    address = served.address + "/pocket/"
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-pack]", state="attached")
    page.wait_for_selector("#base-map:not([hidden])")
    offered = json.loads(page.request.get(served.address + "/packs").json()["packs"][0]["content"])
    about = offered["base_map"]
    sizes = [offered["pack"]["size_bytes"], offered["map"]["size_bytes"], about["size_bytes"]]
    assert about["zooms"] == [0, 7]
    assert kilobytes(page.inner_text("#base-map")) == -(-about["size_bytes"] // 1000)
    assert "left out" not in page.inner_text("#base-map"), "all of it fits"
    assert kilobytes(page.inner_text("#fetch")) == -(-sum(sizes) // 1000)
    page.uncheck("#with-base-map")
    until(page, f"document.getElementById('fetch').textContent.includes('{-(-sum(sizes[:2]) // 1000)}')")
    fetch_pack(page)
    # Who wants it later fetches the map alone.
    page.check("#with-base-map")
    until(page, f"document.getElementById('fetch').textContent.includes('{-(-sizes[2] // 1000)}')")
    until(
        page,
        "document.getElementById('pack-words').textContent.includes('These are the areas that the service offers now')",
    )
    waiting: list[Any] = []
    context.route(PACK_FILES, lambda route: waiting.insert(0, route))  # the service takes its time
    page.click("#fetch")
    until(page, "document.getElementById('fetch').disabled")
    # 2026-11-29: who changed the choice while it was fetched could fetch nothing afterwards.
    assert page.is_disabled("#with-base-map")
    until_s = time.monotonic() + 20
    while not waiting:
        assert time.monotonic() < until_s
        page.wait_for_timeout(20)
    context.unroute(PACK_FILES)  # which lets what waits go on
    until(page, "document.getElementById('pack-words').textContent.includes('were fetched')")
    until(page, "navigator.serviceWorker.ready.then((ready) => ready.active !== null)")
    page.reload()
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    page.wait_for_selector("#small-map[data-region]")
    for zoom, layer in ((4, "base-large-roads"), (9.5, "record-fill")):
        page.evaluate(f"void pocketMap.jumpTo({{center: [{LON_DEG}, {LAT_DEG}], zoom: {zoom}}})")
        until(page, DRAWN.format(layer))
    order = page.evaluate("pocketMap.getStyle().layers.map((layer) => layer.id)")
    assert (
        order.index("land") < order.index("base-large-roads") < order.index("record-fill") < order.index("base-places")
    )
    assert "Made up" in page.text_content("#small-map .maplibregl-ctrl-attrib")
    assert not page.locator("#small-map .maplibregl-ctrl-attrib b").count(), "what it names is shown as text"
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / "pocket-region.png")
    check_tiles(page, region, about)
    refuse_a_damaged_one(page)
    assert not faults
    close(context)


@pytest.fixture(scope="module")
def helsinki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Real data, of which a phone is sent no more than half."""
    folder = tmp_path_factory.mktemp("helsinki")
    build_base_map(helsinki_extract(), folder / "helsinki.pmtiles")
    with Register.create(folder / "areas.gpkg") as register, register.batch(by="b", why="w", source="s") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(24.94, 60.169, 24.941, 60.17), accuracy_m=5.0))
    half = (folder / "helsinki.pmtiles").stat().st_size // 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pocket_base_map, "MOST_BYTES", half)
        app = create_app(folder / "areas.gpkg", base_map=BaseMap.open(folder / "helsinki.pmtiles"))
        yield from serve_app(app, folder / "areas.gpkg", own_port())


def test_names_of_a_real_region_are_drawn_without_a_network_and_what_is_left_out_of_it_is_told(
    browser: Any, helsinki: Served
) -> None:
    """2026-11-29: of a base map beyond the limit the closest views were left out without a word."""
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    page = context.new_page()
    # 2026-11-29: on the map with a region, the packaged towns around it were gone from zoom 9 on.
    page.goto(helsinki.address)
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    page.evaluate("void merestoneMap.jumpTo({center: [24.944, 60.171], zoom: 10})")
    towns = "merestoneMap.queryRenderedFeatures({layers: ['base-towns']}).map((town) => town.properties.name)"
    until(page, f"{towns}.includes('Pasila')")
    assert "Kaartinkaupunki" not in page.evaluate(towns), "within the region its own names stand alone"
    page.goto(helsinki.address + "/pocket/")
    page.wait_for_selector("#base-map:not([hidden])")
    about = json.loads(page.request.get(helsinki.address + "/packs").json()["packs"][0]["content"])["base_map"]
    assert about["zooms"][1] < about["whole_zooms"][1] == 14
    assert "its closest views are left out" in page.inner_text("#base-map")
    fetch_pack(page)
    until(page, "navigator.serviceWorker.controller !== null")
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("#small-map[data-region]")
    page.evaluate("void pocketMap.jumpTo({center: [24.944, 60.171], zoom: 12.5})")
    until(page, f"{NAMES}.includes('Helsinki') && {NAMES}.length > 4")
    names = set(page.evaluate(NAMES))
    assert names <= {place.names[0] for place in BaseMap.open(helsinki.register.parent / "helsinki.pmtiles").places}
    page.screenshot(path=ARTIFACTS / "pocket-names.png")
    close(context)


def kilobytes(words: str) -> int:
    match = re.search(r"(\d+) kB", words)
    assert match, words
    return int(match[1])


def check_tiles(page: Any, region: BaseMap, about: dict[str, Any]) -> None:
    """Each tile of the part is on the phone what the whole archive holds there; beyond it there is none."""
    west, south, east, north = about["bounds_deg"]
    assert (west, east) == (pytest.approx(LON_DEG - 0.15, abs=0.1), pytest.approx(LON_DEG + 0.65, abs=0.1))
    assert south < LAT_DEG < north
    places = [[zoom, x, y] for zoom in range(6) for x in range(2**zoom) for y in range(2**zoom)]
    for zoom in (6, 7):  # those around, of which some are beyond the box
        _, column, row = tile_of(LON_DEG, LAT_DEG, zoom)
        places += [[zoom, x, y] for x in range(column - 5, column + 6) for y in range(row - 5, row + 6)]
    on_phone = page.evaluate(TILES, {"places": places})
    assert on_phone["ids"] == [zxy_to_tileid(*place) for place in places]
    held = {tuple(place): digest for place, digest in zip(places, on_phone["texts"], strict=True) if digest}
    assert 8 <= len(held) < 20, "one at each zoom, some more where the box lies across an edge"
    for place, digest in held.items():
        tile = region.tile(*place)
        assert tile is not None
        assert digest == hashlib.sha256(gzip.decompress(tile)).hexdigest()


def refuse_a_damaged_one(page: Any) -> None:
    """A bit that turned in storage: the map is not drawn, and said to be damaged; the areas answer all the same."""
    page.evaluate(
        """() => import('/web/pocket/storage.js').then(async ({heldPack, heldBaseMap, keepPack}) => {
          const bytes = await heldBaseMap();
          new Uint8Array(bytes)[bytes.byteLength - 9] ^= 1;
          await keepPack(await heldPack(), bytes);
        })"""
    )
    page.reload()
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    until(
        page,
        "document.getElementById('pack-refused').textContent.includes('map of the region on this phone is damaged')",
    )
    assert page.get_attribute("#small-map", "data-region") is None
    page.fill("#position", f"{LAT_DEG:.5f} N, {LON_DEG:.5f} E")
    page.press("#position", "Enter")
    assert "Inside a recorded" in page.inner_text("#answer")
    page.context.set_offline(False)
    until(page, "!document.getElementById('fetch').hidden")
    page.click("#fetch")
    page.wait_for_selector("#small-map[data-region]")
