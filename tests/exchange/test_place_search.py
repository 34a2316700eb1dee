"""Places are found in every script, by their beginning and with letters mistaken; those of the region come first."""

import csv
import lzma
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.formats.base_maps.names import METADATA_KEY, NamedPlace, places_in
from merestone.exchange.formats.base_maps.place_search import PlaceIndex, folded
from merestone.exchange.formats.base_maps.small_world import ZOOMS, small_world
from merestone.tiles import TileAddress


@pytest.fixture(scope="module")
def world() -> PlaceIndex:
    return PlaceIndex(small_world().places)


@pytest.mark.parametrize(
    ("typed", "name", "country"),
    [
        ("Prijedor", "Prijedor", "BA"),
        ("Приједор", "Prijedor", "BA"),
        ("prijedr", "Prijedor", "BA"),
        ("sarajvo", "Sarajevo", "BA"),
        ("SARAJEVO", "Sarajevo", "BA"),
        ("кабул", "Kabul", "AF"),
        ("القاهرة", "Cairo", "EG"),
        ("phnom pen", "Phnom Penh", "KH"),
        ("lviv", "Lviv", "UA"),
        ("Львів", "Lviv", "UA"),
        ("mocímboa", "Mocímboa", "MZ"),
        ("mocimboa", "Mocímboa", "MZ"),
    ],
)
def test_a_town_is_found_however_it_is_written(world: PlaceIndex, typed: str, name: str, country: str) -> None:
    found = world.search(typed, limit=3)
    assert (name, country) in {(one.place.names[0], one.place.kind) for one in found}


def test_what_stands_as_typed_comes_first_then_what_is_near(world: PlaceIndex) -> None:
    saint_louis = world.search("San José", limit=5, near_deg=(-85.0, 9.0, -83.0, 11.0))
    assert (saint_louis[0].place.kind, saint_louis[0].likeness) == ("CR", 1.0)
    assert world.search("") == world.search("?!") == world.search("zzzzzzzzzz") == []


def test_far_guesses_stand_beside_no_name_as_typed_and_near_ones_do(world: PlaceIndex) -> None:
    """2026-11-29: who typed Tbilisi in Georgian was offered Bilsi, Biliri and Meilisi, too."""
    assert [match.place.names[0] for match in world.search("თბილისი")] == ["Tbilisi"]
    near = world.search("თბილისი", near_deg=(78.0, 27.0, 80.0, 29.0))
    assert [(match.place.names[0], match.place.kind) for match in near] == [("Tbilisi", "GE"), ("Bilsi", "IN")]


@given(st.sampled_from(small_world().places), st.data())
def test_a_name_is_found_with_one_letter_mistaken(place: NamedPlace, data: st.DataObject) -> None:
    name = place.names[0]
    if len(folded(name)) < 5:
        return
    at = data.draw(st.integers(0, len(name) - 1))
    wrong = name[:at] + data.draw(st.sampled_from(["", "e", "zz"])) + name[at + 1 :]
    alone = PlaceIndex([NamedPlace(("Elsewhere entirely",), "XX", 0.0, 0.0), place])
    if len(folded(wrong)) >= 0.75 * len(folded(name)) >= 4.5 and len(folded(wrong)) >= 4:
        assert [one.place for one in alone.search(wrong)] == [place]


def test_the_last_zoom_has_every_place_and_all_tiles_have_the_largest() -> None:
    world = small_world()
    assert len(world.places) > 150_000
    largest = world.places[0]
    assert largest.population > 1_000_000
    sarajevo = next(place for place in world.places if place.names[0] == "Sarajevo")
    x = int((sarajevo.lon_deg + 180.0) / 360.0 * 2 ** ZOOMS[1])
    tile = world.tile(TileAddress(ZOOMS[1], x, 186))
    assert b"Sarajevo" in tile
    assert "Сараева".encode() in tile or b"name:Cyrl" in tile
    assert b"Kabul" in world.tile(TileAddress(3, 5, 3))


def test_malformed_names_of_an_archive_are_left_out() -> None:
    good = ["town", 1.0, 2, "A", "B"]
    listed = [good, ["town"], "x", None, ["town", "1", 2, "A"], [1, 2, 3, 4]]
    assert list(places_in({METADATA_KEY: listed})) == [NamedPlace(("A", "B"), "town", 1.0, 2.0)]
    assert not list(places_in({METADATA_KEY: "places"}))
    assert not list(places_in({METADATA_KEY: 3}))
    assert not list(places_in({}))


def test_packed_places_are_those_of_the_file_the_largest_first() -> None:
    """2026-11-29: as objects they took 64 MB of a service that offered packs, now 12."""
    packed = resources.files("merestone.exchange.formats.base_maps") / "data" / "places.csv.xz"
    with packed.open("rb") as file, lzma.open(file) as unpacked:
        rows = list(csv.DictReader(unpacked.read().decode().splitlines(keepends=True)))
    rows.sort(key=lambda row: -int(row["population"]))
    world = small_world()
    assert len(world.places) == len(rows)
    name, country, lon, lat, population, others = list(rows[0])
    for place, row in zip(world.places, rows, strict=True):
        other_names = [part.partition(":")[2] for part in row[others].split("|")] if row[others] else []
        assert place.names == (row[name], *other_names)
        assert (place.kind, place.lon_deg, place.lat_deg) == (row[country], float(row[lon]), float(row[lat]))
        assert place.population == int(row[population])


@pytest.mark.parametrize("at", [170_391, 10**9, -200_000])
def test_there_is_no_place_beyond_the_last(at: int) -> None:
    with pytest.raises(IndexError):
        small_world().places[at]


def test_the_largest_places_of_a_box() -> None:
    box = (15.7, 42.5, 19.7, 45.3)
    places = small_world().places
    within = [p for p in places if box[0] <= p.lon_deg <= box[2] and box[1] <= p.lat_deg <= box[3]]
    assert small_world().largest_within(box, 50) == within[:50]
    assert places[-1] == places[len(places) - 1]
    assert places[:3] == [places[0], places[1], places[2]]
