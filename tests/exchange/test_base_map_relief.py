"""Relief in a base map: a made-up hill is lit from the north-west, in the archive of the roads and drawn below them."""

import gzip
from io import BytesIO
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import rasterio
import rasterio.warp
import shapely
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image
from pmtiles.reader import MmapSource, all_tiles

from merestone.cli.main import merestone
from merestone.exchange.formats.base_map import OURS, BaseMap
from merestone.exchange.formats.base_maps.build import build_base_map
from merestone.service import create_app
from merestone.terms import FileRefused
from tests.browsers import close
from tests.service.conftest import make_register, serve_app
from tests.service.test_browser import until
from tests.tiles.drawn import units

OSM = """<osm version="0.6">
<node id="1" lat="45.0" lon="17.0" version="1"><tag k="place" v="village"/><tag k="name" v="Made up"/></node>
<node id="2" lat="45.08" lon="17.1" version="1"/>
<way id="3" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>
</osm>"""
TOP = (17.05, 45.04)
"""Of the hill: a cone, 900 m high and some 2.8 km wide."""


def heights_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    away_m = np.hypot((lon - TOP[0]) * 78_850, (lat - TOP[1]) * 111_130)
    return np.asarray(np.clip(1400 - away_m, 0, None) * 0.65)


@pytest.fixture(scope="module")
def dem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hill in UTM zone 33, 25 m a pixel, with a corner of which nothing is known."""
    path = tmp_path_factory.mktemp("dem") / "heights.tif"
    east, north = np.meshgrid(650_000 + 25 * np.arange(600), 5_000_000 - 25 * np.arange(600))
    lon, lat = rasterio.warp.transform("EPSG:32633", "EPSG:4326", east.ravel(), north.ravel())
    heights = heights_of(np.array(lon), np.array(lat)).reshape(east.shape).astype("float32")
    heights[:60, :60] = -9999
    return write(path, heights, crs="EPSG:32633", transform=rasterio.Affine(25, 0, 649_987.5, 0, -25, 5_000_012.5))


def write(path: Path, heights: NDArray[Any], **more: Any) -> Path:
    bands = heights.reshape(-1, *heights.shape[-2:])
    shape = {"width": heights.shape[-1], "height": heights.shape[-2], "count": len(bands)}
    with rasterio.open(path, "w", driver="GTiff", dtype="float32", nodata=-9999, **shape, **more) as written:
        written.write(bands)
    return path


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("osm") / "region.osm"
    path.write_text(OSM, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def built(extract: Path, dem: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("built") / "region.pmtiles"
    done = CliRunner().invoke(merestone, ["basemap", "build", str(extract), "--dem", str(dem), "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert "relief" in done.output
    assert [part.name for part in path.parent.iterdir()] == [path.name], "nothing but the archive is left"
    return path


@pytest.fixture(scope="module")
def register_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_register(tmp_path_factory.mktemp("served") / "areas.gpkg")


def class_at(built: Path, lon: float, lat: float, zoom: int, layer: str) -> str:
    """What the tile of a zoom shows at a place; empty: neither light nor shade."""
    shown = []
    with built.open("rb") as file:
        for (tile_zoom, column, row), content in all_tiles(MmapSource(file)):
            if tile_zoom != zoom:
                continue
            [(x, y)] = units([lon, lat], zoom, column, row)
            if not (0 <= x < 4096 and 0 <= y < 4096):
                continue
            tile = mapbox_vector_tile.decode(gzip.decompress(content), default_options={"y_coord_down": True})
            place = shapely.Point(x, y)
            features = tile.get(layer, {"features": []})["features"]
            shown += [
                feature["properties"]["class"]
                for feature in features
                if shapely.geometry.shape(feature["geometry"]).covers(place)
            ]
    assert len(shown) <= 1
    return "".join(shown)


@pytest.mark.parametrize(("zoom", "layer"), [(14, "relief"), (10, "relief"), (9, "large_relief"), (7, "large_relief")])
def test_hill_is_light_in_the_north_west_and_dark_in_the_south_east(built: Path, zoom: int, layer: str) -> None:
    """2026-11-29: a base map had no relief, whatever was given."""
    lon, lat = TOP
    assert class_at(built, lon - 0.006, lat + 0.0042, zoom, layer) == "light"
    assert class_at(built, lon + 0.006, lat - 0.0042, zoom, layer) == "shade_3"
    assert class_at(built, lon + 0.03, lat + 0.02, zoom, layer) == "", "level ground is neither"


def test_relief_is_below_the_roads_in_an_archive_that_the_map_can_draw(built: Path) -> None:
    region = BaseMap.open(built)
    assert (region.schema, region.zooms[1]) == (OURS, 14)
    assert {"relief", "large_relief", "roads", "villages"} <= region.layers
    with built.open("rb") as file:
        names = [
            list(mapbox_vector_tile.decode(gzip.decompress(content))) for _, content in all_tiles(MmapSource(file))
        ]
    assert any(
        "relief" in layers and layers.index("relief") < layers.index("roads") for layers in names if "roads" in layers
    )
    west, south, east, north = region.bounds_deg
    assert 16.9 < west < 17.01
    assert 17.09 < east < 17.25
    assert 44.8 < south < 45.01
    assert 45.07 < north < 45.1


@pytest.mark.browser
def test_relief_is_seen_below_the_roads_of_the_map(browser: Any, built: Path, register_path: Path) -> None:
    """2026-11-29: it had been seen by eye alone."""
    app = create_app(register_path, base_map=BaseMap.open(built))
    for served in serve_app(app, register_path):
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(served.address)
        page.wait_for_selector("#map[data-shown]", timeout=60_000)
        page.evaluate(f"void merestoneMap.jumpTo({{center: {list(TOP)}, zoom: 13}})")
        until(page, "merestoneMap.queryRenderedFeatures({layers: ['base-relief-1']}).length > 0")
        until(page, "merestoneMap.loaded()")
        tone = {}
        for side, (east, north) in {"light": (-0.006, 0.0042), "shade_3": (0.006, -0.0042)}.items():
            x, y = page.evaluate(f"(({{x, y}}) => [x, y])(merestoneMap.project([{TOP[0] + east}, {TOP[1] + north}]))")
            classes = page.evaluate(
                f"merestoneMap.queryRenderedFeatures([{x}, {y}], {{layers: ['base-relief', 'base-relief-1']}})"
                ".map(({properties}) => properties.class)"
            )
            assert classes == [side]
            box = page.locator("#map").bounding_box()
            clip = {"x": box["x"] + x - 2, "y": box["y"] + y - 2, "width": 4, "height": 4}
            with Image.open(BytesIO(page.screenshot(clip=clip))) as picture:
                tone[side] = np.asarray(picture.convert("L")).mean()
        assert tone["light"] > tone["shade_3"] + 25, "lit from the north-west"
        order = page.evaluate("merestoneMap.getStyle().layers.map(({id}) => id)")
        assert order.index("base-relief-1") < order.index("base-large-roads") < order.index("record-fill")
        close(page)


def test_without_a_model_there_is_no_relief(extract: Path, tmp_path: Path) -> None:
    built = build_base_map(extract, tmp_path / "region.pmtiles")
    assert "relief" not in built.feature_counts


@pytest.mark.parametrize("fault", ["missing", "text", "bands", "no system", "elsewhere"])
def test_what_is_no_model_of_the_region_is_refused_and_nothing_is_left(
    extract: Path, tmp_path: Path, fault: str
) -> None:
    dem, output = tmp_path / "heights.tif", tmp_path / "region.pmtiles"
    place = rasterio.Affine(0.001, 0, 17.0, 0, -0.001, 45.1)
    if fault == "text":
        dem.write_text("heights", encoding="utf-8")
    elif fault == "bands":
        write(dem, np.zeros((3, 9, 9)), crs="EPSG:4326", transform=place)
    elif fault == "no system":
        write(dem, np.zeros((9, 9)), transform=place)
    elif fault == "elsewhere":
        write(dem, np.zeros((9, 9)), crs="EPSG:4326", transform=rasterio.Affine(0.001, 0, 25, 0, -0.001, 60))
    with pytest.raises(FileRefused, match=r"heights\.tif"):
        build_base_map(extract, output, dem=dem)
    assert not output.exists()
    assert [path.name for path in tmp_path.iterdir() if path != dem] == []


def test_unknown_heights_and_level_ground_are_neither_light_nor_shade(extract: Path, tmp_path: Path) -> None:
    heights = np.full((120, 120), 300.0)
    heights[:60] = -9999
    place = rasterio.Affine(0.001, 0, 17.0, 0, -0.001, 45.1)
    dem = write(tmp_path / "heights.tif", heights, crs="EPSG:4326", transform=place)
    built = build_base_map(extract, tmp_path / "region.pmtiles", dem=dem)
    assert "relief" not in built.feature_counts
