"""Places by name and papers over HTTP: the region's names come first, and the code holds our own address alone."""

import re
from pathlib import Path

import mapbox_vector_tile
import pytest
import segno
from fastapi.testclient import TestClient

from merestone.exchange import BaseMap
from merestone.exchange.formats.base_maps import build_base_map, small_world
from merestone.languages import LANGUAGES, speaking
from merestone.service import create_app
from merestone.service.place_finding import name_to_read
from merestone.service.sharing_pages import address_of, qr_svg
from tests.exchange.test_base_map_build import helsinki

pytestmark = pytest.mark.filterwarnings("ignore:Non closed ring", "ignore:organizePolygons")


@pytest.fixture(scope="module")
def client(register_path: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The service over a base map of Helsinki."""
    region = tmp_path_factory.mktemp("places") / "region.pmtiles"
    build_base_map(helsinki(), region)
    return TestClient(create_app(register_path, base_map=BaseMap.open(region)), base_url="http://127.0.0.1")


def test_streets_and_quarters_of_the_region_are_found(client: TestClient) -> None:
    found = client.get("/places", params={"q": "Mannerheimintei"}).json()["places"]
    assert (found[0]["name"], found[0]["is_as_typed"]) == ("Mannerheimintie", False)
    assert 60.16 < found[0]["lat_deg"] < 60.18
    town = client.get("/places", params={"q": "Хельсинки"}).json()["places"]
    assert (town[0]["name"], town[0]["found_name"], town[0]["what"]) == ("Helsinki", "Хельсинки", "city")
    assert len([one for one in town if one["name"] == "Helsinki"]) == 1, "the small world has it, too"
    assert client.get("/places", params={"q": "Prijedor"}).json()["places"][0]["what"] == "Bosnia and Herzegovina"
    assert client.get("/places").json()["places"] == []
    assert client.get("/places", params={"q": "x" * 101}).status_code == 400
    assert client.get("/places", params={"query": "x"}).status_code == 400


@pytest.mark.parametrize("tag", [language.tag for language in LANGUAGES])
def test_a_place_has_its_name_in_the_reader_s_letters_where_the_data_have_one(client: TestClient, tag: str) -> None:
    """2026-11-29: who read Ukrainian was shown "Helsinki, city". The data's own marks of scripts are the oracle."""
    is_cyrillic = tag in ("be", "ru", "uk")
    (town,) = [
        place
        for place in client.get("/places", params={"q": "Helsinki", "lang": tag}).json()["places"]
        if 60.1 < place["lat_deg"] < 60.3 and 24.9 < place["lon_deg"] < 25.0
    ]
    assert re.fullmatch(r"[А-ЯІ][а-яіё]+" if is_cyrillic else "Helsinki", town["name"])
    assert town["what"] != "Finland", (
        "the region's own comes first, with the kind that it states, in the reader's words"
    )
    assert (town["what"] == "city") == (tag == "en")
    places = small_world().places
    with_others = 0
    for at in range(0, len(places), 97):
        own, others = places.names_of(at)
        cyrillic = [name for script, name in others if script == "Cyrl" and not re.search("[a-zæç]", name)]
        with speaking(tag):
            read = name_to_read(places[at].names)
        assert read in (cyrillic if is_cyrillic and cyrillic else [own])
        with_others += bool(cyrillic)
    assert with_others > 20


def test_a_town_is_named_as_the_reader_s_language_spells_it() -> None:
    """2026-11-30: of several Cyrillic names the first was shown to all who read Cyrillic."""
    (kyiv,) = (place for place in small_world().places[:400] if place.names[0] == "Kyiv")
    names = {}
    for tag in ("uk", "ru", "be", "pl"):
        with speaking(tag):
            names[tag] = name_to_read(kyiv.names)
    assert names == {"uk": "Київ", "ru": "Киев", "be": "Кіеў", "pl": "Kyiv"}


def test_tiles_of_the_base_map_are_served(client: TestClient) -> None:
    tile = mapbox_vector_tile.decode(client.get("/base-map/14/9327/4742").content)
    assert {"streets", "buildings"} <= set(tile)
    world = client.get("/small-world/9/282/186")
    names = {
        feature["properties"]["name"] for feature in mapbox_vector_tile.decode(world.content)["places"]["features"]
    }
    assert "Sarajevo" in names
    known = {"If-None-Match": world.headers["etag"]}
    assert client.get("/small-world/9/282/186", headers=known).status_code == 304
    assert client.get("/small-world/9/0/0").status_code == 204
    assert client.get("/small-world/10/0/0").status_code == client.get("/small-world/1/2/0").status_code == 404


def test_the_code_holds_the_address_of_this_service(client: TestClient) -> None:
    answer = client.get("/qr.svg", params={"lat": "44.98", "lon": "-16.714", "zoom": "13"})
    assert answer.headers["content-type"] == "image/svg+xml"
    address = address_of("http://127.0.0.1", 44.98, -16.714, 13.0)
    assert address == "http://127.0.0.1/?at=44.980000+N%2C+16.714000+W&zoom=13.0"
    assert answer.content == qr_svg(address)
    assert re.search(rb"<svg", answer.content)
    assert segno.make(address, error="q", micro=False).error == "Q"
    assert client.get("/qr.svg", params={"lat": "91"}).status_code == 400
    assert client.get("/qr.svg", params={"text": "elsewhere"}).status_code == 400
