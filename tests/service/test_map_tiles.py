"""Tiles over HTTP: all that a tier is shown and no more, at the time asked for, with tags that follow the register."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from merestone.register import Entry, Register
from merestone.service import Tier, create_app
from merestone.service.limits import RequestLimits
from merestone.service.tile_cache import ENTRY_BYTES, TileCache
from merestone.terms import RecordKind, Visibility
from tests.service.conftest import outline_of
from tests.service.lived import Lived, make_lived
from tests.tiles.drawn import read, tile_of, truth

GRID = "/ogc/tiles/WebMercatorQuad"
CELLS = "/ogc/density/tiles/WebMercatorQuad"


def client_of(path: Path, tier: Tier = Tier.PUBLIC) -> TestClient:
    return TestClient(create_app(path, tier=tier), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def client(register_path: Path) -> TestClient:
    return client_of(register_path)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return make_lived(tmp_path_factory.mktemp("tiles") / "areas.gpkg")


def path_of(tile: tuple[int, int, int], grid: str = GRID) -> str:
    zoom, column, row = tile
    return f"{grid}/{zoom}/{row}/{column}"


def in_tile(client: TestClient, tile: tuple[int, int, int], query: str = "") -> dict[str, dict[str, Any]]:
    answer = client.get(f"{path_of(tile)}?{query}")
    assert answer.status_code in (200, 204)
    assert answer.status_code == 204 or answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    return {feature["properties"]["record_id"]: feature for feature in read(answer.content)}


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("zoom", [0, 8, 14, 17, 22])
def test_tiles_show_each_record_no_smaller_than_the_tier_is_shown_it(
    register_path: Path, tier: Tier, zoom: int
) -> None:
    client = client_of(register_path, tier)
    for feature in client.get("/map-data").json()["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        lon, lat = shapely.get_coordinates(shape)[0]
        tile = tile_of(lon, lat, zoom)
        drawn = in_tile(client, tile)[feature["properties"]["record_id"]]
        assert {name: drawn["properties"][name] for name in ("record_id", "kind", "is_hazard")} == {
            name: feature["properties"][name] for name in ("record_id", "kind", "is_hazard")
        }
        part = truth(shape, *tile)
        if shape.geom_type == "Point":
            assert drawn["shape"].distance(part) <= 0.71
        elif feature["properties"]["is_hazard"]:
            # To the public that is the masked outline: what a tile shows is no more exact at any zoom.
            assert drawn["shape"].covers(part)
        else:
            is_mark = drawn["properties"].get("is_mark", False)
            assert is_mark or part.buffer(1e-4).covers(drawn["shape"].intersection(shapely.box(0, 0, 4096, 4096)))


def test_public_tiles_hold_no_released_land_and_no_word_of_a_record(client: TestClient) -> None:
    shown = in_tile(client, (0, 0, 0))
    assert {feature["properties"]["kind"] for feature in shown.values()} == {k.value for k in RecordKind if k.is_hazard}
    assert {name for feature in shown.values() for name in feature["properties"]} == {"record_id", "kind", "is_hazard"}
    assert b"secret" not in client.get(f"{GRID}/0/0/0").content


def test_no_place_of_a_restricted_record_is_near_its_true_outline_in_a_public_tile(register_path: Path) -> None:
    """The true outline lies 30 m or more within what is shown of it, also where a tile at zoom 22 could tell 2 mm."""
    client, true = client_of(register_path), outline_of(RecordKind.RESTRICTED)
    for zoom in (12, 16, 22):
        for lon, lat in shapely.get_coordinates(true)[:-1]:
            tile = tile_of(lon, lat, zoom)
            (drawn,) = [one for one in in_tile(client, tile).values() if one["properties"]["kind"] == "restricted"]
            unit_m = 40_075_017 / 2**zoom / 4096
            place = truth(shapely.Point(lon, lat), *tile)
            # Where a tile cuts it off, outside of itself, is not the outline.
            outline = drawn["shape"].boundary.intersection(shapely.box(-120, -120, 4216, 4216))
            assert outline.is_empty or outline.distance(place) * unit_m > 20


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize(
    "query",
    ["", "true_on=2026-01-10", "known_on=2026-01-05", "true_on=2026-01-25&known_on=2026-01-05", "known_on=2025-01-01"],
)
def test_tiles_of_a_time_hold_the_records_of_that_time(lived: Lived, tier: Tier, query: str) -> None:
    client = client_of(lived.path, tier)
    features = client.get(f"/map-data?{query}").json()["features"]
    expected = {feature["properties"]["record_id"] for feature in features}
    assert set(in_tile(client, (0, 0, 0), query)) == expected
    summary = client.get(f"/map-summary?{query}").json()
    assert sum(summary["counts"].values()) == len(features)
    for record_id in expected:
        told = client.get(f"/map-record?record_id={record_id}&{query}").json()
        assert told in [feature["properties"] for feature in features]
    cells = read(client.get(f"{CELLS}/0/0/0?{query}").content, "cells")
    assert sum(cell["properties"]["count"] for cell in cells) >= len(features)


def test_record_that_is_not_shown_is_not_told_of(client: TestClient) -> None:
    answer = client.get("/map-record?record_id=nobody")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_tag_follows_the_register_and_the_tier(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    with Register.create(path) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(1, 1, 1.01, 1.01), 5.0, visibility=Visibility.PUBLIC))
    client, exact = client_of(path), client_of(path, Tier.EXACT)
    address = path_of(tile_of(1.005, 1.005, 6))
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert exact.get(address).headers["etag"] != first.headers["etag"]
    with Register.open(path) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(1.02, 1, 1.03, 1.01), 5.0, visibility=Visibility.PUBLIC))
    second = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, len(read(first.content)), len(read(second.content))) == (200, 1, 2)


@pytest.mark.parametrize("grid", [GRID, CELLS])
@pytest.mark.parametrize(("place", "status"), [((0.003, 0.003), 200), ((100.0, 50.0), 204)])
def test_head_and_a_known_tag_spare_the_tile(
    client: TestClient, grid: str, place: tuple[float, float], status: int
) -> None:
    address = path_of(tile_of(*place, 12), grid)
    whole, head = client.get(address), client.head(address)
    assert (whole.status_code, head.status_code, head.content) == (status, status, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    for method in ("GET", "HEAD"):
        known = client.request(method, address, headers={"If-None-Match": f'"other", {head.headers["etag"]}'})
        assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", head.headers["etag"])
    assert client.head(address, headers={"If-None-Match": '"other"'}).status_code == status
    beside = client.head(path_of(tile_of(*place, 13), grid)).headers["etag"]
    assert beside != head.headers["etag"], "one tag stands for one tile"


def test_words_of_a_record_have_a_tag_for_each_language(client: TestClient) -> None:
    (record_id, *_) = in_tile(client, (0, 0, 0))
    tags = {
        client.get(f"/map-record?record_id={record_id}", headers={"Accept-Language": tag}).headers["etag"]
        for tag in ("en", "uk", "fi")
    }
    assert len(tags) == 3


def test_what_the_standard_asks_for_is_there(client: TestClient) -> None:
    conforms = client.get("/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt" in conforms
    rels = {link["rel"]: link["href"] for link in client.get("/ogc").json()["links"]}
    tilesets = client.get(rels["http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"]).json()["tilesets"]
    assert len(tilesets) == 2
    for tileset in tilesets:
        links = {link["rel"]: link for link in tileset["links"]}
        assert client.get(links["self"]["href"]).json() == tileset
        grid = client.get(links["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"]["href"]).json()
        assert grid["uri"] == tileset["tileMatrixSetURI"]
        # Annex D of the standard of grids: the first denominator, and half of it at each zoom.
        assert grid["tileMatrices"][0]["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
        assert grid["tileMatrices"][22]["scaleDenominator"] == pytest.approx(559082264.028717 / 2**22, rel=1e-9)
        assert grid["tileMatrices"][22]["matrixWidth"] == 2**22
        template = links["item"]["href"]
        tile = template.replace("{tileMatrix}", "0").replace("{tileRow}", "0").replace("{tileCol}", "0")
        told = client.get(links["describedby"]["href"]).json()
        assert told["tiles"][0].replace("{z}", "0").replace("{y}", "0").replace("{x}", "0") == tile
        assert client.get(tile).status_code == 200
        (layer,) = told["vector_layers"]
        (feature, *_) = read(client.get(tile).content, layer["id"])
        assert set(feature["properties"]) & set(layer["fields"])
        assert set(told) >= {"tilejson", "tiles", "vector_layers", "minzoom", "maxzoom", "bounds"}
    paths = client.get("/api").json()["paths"]
    assert f"{GRID.rsplit('/', 1)[0]}/{{grid}}/{{tile_matrix}}/{{tile_row}}/{{tile_col}}" in paths


def test_tileset_of_a_time_leads_to_tiles_of_that_time(lived: Lived) -> None:
    told = client_of(lived.path).get(f"{GRID}/tilejson?true_on=2026-01-10&known_on=2026-01-05").json()
    assert told["tiles"][0].endswith("{z}/{y}/{x}?true_on=2026-01-10&known_on=2026-01-05")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{GRID}/23/0/0", 404),
        (f"{GRID}/3/8/0", 404),
        (f"{GRID}/3/0/-1", 404),
        (f"{GRID}/x/0/0", 400),
        ("/ogc/tiles/WorldCRS84Quad/0/0/0", 404),
        (f"{GRID}/0/0/0?accuracy=5", 400),
        (f"{GRID}/0/0/0?true_on=tomorrow", 400),
    ],
)
def test_tile_that_does_not_exist_is_refused_in_words(client: TestClient, address: str, status: int) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


def test_tile_that_nothing_touches_has_no_content(client: TestClient) -> None:
    answer = client.get(path_of(tile_of(100.0, 50.0, 10)))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["etag"]


def test_tiles_are_compressed_for_who_takes_it(client: TestClient) -> None:
    plain = client.get(f"{GRID}/0/0/0", headers={"Accept-Encoding": "identity"})
    packed = client.get(f"{GRID}/0/0/0", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content


def test_tiles_are_kept_until_they_are_too_many() -> None:
    made: list[int] = []

    def make(number: int) -> bytes:
        made.append(number)
        return bytes([number]) * 10

    size = len(TileCache().get(0, lambda: make(0)).content) + ENTRY_BYTES
    cache = TileCache(most_bytes=2 * size + 10)
    made.clear()
    for number in (1, 2, 1, 3, 1, 2):
        assert cache.get(number, lambda number=number: make(number)).etag  # type: ignore[misc]
    assert made == [1, 2, 3, 2], "the one that was asked for longest ago goes first"


def test_more_tiles_than_other_large_requests_may_wait() -> None:
    limits = RequestLimits()
    assert limits.for_tiles().expensive_of_one_client >= 4 * limits.expensive_of_one_client >= 64
