"""The packaged small world: towns and villages of the whole earth, for whoever has no base map of the own region.

Source: GeoNames, places of 1,000 people and more (CC BY 4.0); ``data/PROVENANCE.md``, rebuilt by tools/small_world.py.
"""

import csv
import lzma
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from importlib import resources
from io import TextIOWrapper
from sys import intern
from typing import Final, overload

import numpy as np
import shapely

from merestone.exchange.formats.base_maps.names import NamedPlace
from merestone.geodesy import distance_m
from merestone.tiles import LATITUDE_MOST_DEG, TileAddress, Value, layer_bytes

PLACES_LAYER: Final = "places"
ZOOMS: Final = (0, 9)
"""Tiles of the last zoom have every place."""
ATTRIBUTION: Final = "GeoNames (CC BY 4.0)"
_MOST_IN_TILE: Final = 48


class PackedPlaces(Sequence[NamedPlace]):
    """Places in few arrays, each made into an object when it is asked for: 170,000 objects would take 64 MB, not 15."""

    def __init__(self, rows: Iterable[tuple[str, str, float, float, int]]) -> None:
        """Pack rows of names, country, longitude and latitude in degrees, and population; the largest stands first.

        Names are separated by ``|``, those after the first with their script before a colon.
        """
        # As they come, into arrays that grow: 170,000 rows as objects of Python took 50 MB, which did not all go back.
        text, countries = bytearray(), bytearray()
        sizes, population, positions_deg = array("i"), array("q"), array("d")
        for names, country, lon_deg, lat_deg, people in rows:
            name = names.encode()
            text += name
            countries += country.encode("ascii").ljust(2, b"\0")[:2]
            sizes.append(len(name))
            population.append(people)
            positions_deg.extend((lon_deg, lat_deg))
        by_size = np.argsort(-np.frombuffer(population, np.int64), kind="stable")
        start = np.cumsum([0, *sizes], dtype=np.int64)
        self._text = b"".join(text[start[at] : start[at + 1]] for at in by_size.tolist())
        self._start = np.cumsum([0, *np.frombuffer(sizes, np.int32)[by_size]], dtype=np.int32)
        self._country = np.frombuffer(countries, "S2")[by_size]
        self.positions_deg: Final = np.frombuffer(positions_deg).reshape(-1, 2)[by_size]
        """Longitude and latitude of each."""
        self._population = np.frombuffer(population, np.int64)[by_size].astype(np.int32)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._population)

    @overload
    def __getitem__(self, at: int, /) -> NamedPlace: ...
    @overload
    def __getitem__(self, at: slice, /) -> list[NamedPlace]: ...
    def __getitem__(self, at: int | slice, /) -> NamedPlace | list[NamedPlace]:
        """The place that stands there, or those of a slice."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        name, others = self.names_of(at)
        lon_deg, lat_deg = self.positions_deg[at].tolist()
        names = (name, *(other for _, other in others))
        return NamedPlace(names, self._country[at].decode("ascii"), lon_deg, lat_deg, int(self._population[at]))

    def names_of(self, at: int) -> tuple[str, list[tuple[str, str]]]:
        """The name of a place, and its names in other scripts, each with its script.

        Raises
        ------
        IndexError
        """
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        at %= len(self)
        name, *others = self._text[self._start[at] : self._start[at + 1]].decode().split("|")
        return name, [(script, other) for script, _, other in (text.partition(":") for text in others)]


class SmallWorld:
    """The places, read when somebody first asks, and then kept (some 15 MB)."""

    @cached_property
    def places(self) -> PackedPlaces:
        """All places, the largest first. Their kind is the country's ISO 3166-1 code of two letters."""
        return PackedPlaces(self._rows())

    def _rows(self) -> Iterator[tuple[str, str, float, float, int]]:
        packed = resources.files("merestone.exchange.formats.base_maps") / "data" / "places.csv.xz"
        with packed.open("rb") as file, lzma.open(file) as unpacked:
            rows = csv.reader(TextIOWrapper(unpacked, encoding="utf-8", newline=""))
            next(rows)
            for name, country, lon_deg, lat_deg, population, other_names in rows:
                names = f"{name}|{other_names}" if other_names else name
                yield names, intern(country), float(lon_deg), float(lat_deg), int(population)

    def largest_within(self, box_deg: tuple[float, float, float, float], most: int) -> list[NamedPlace]:
        """The largest places within west, south, east and north, so many at the most."""
        west, south, east, north = box_deg
        lon, lat = self.places.positions_deg.T
        within = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        return [self.places[at] for at in np.flatnonzero(within)[:most].tolist()]

    def nearest(self, lon_deg: float, lat_deg: float) -> tuple[NamedPlace, float]:
        """The place that is nearest to a position on WGS 84, degrees, and how far its middle is, metres."""
        lon, lat = np.radians(self.places.positions_deg).T
        here_lon, here_lat = np.radians(lon_deg), np.radians(lat_deg)
        # The square of half the chord on a sphere puts places in the order of their distance nearly enough.
        half_chord2 = np.sin((lat - here_lat) / 2) ** 2
        half_chord2 += np.cos(lat) * np.cos(here_lat) * np.sin((lon - here_lon) / 2) ** 2
        place = self.places[int(np.argmin(half_chord2))]
        return place, float(distance_m(lon_deg, lat_deg, place.lon_deg, place.lat_deg))

    def tile(self, address: TileAddress) -> bytes:
        """A tile with the layer ``places``: ``name``, names in other scripts as ``name:Cyrl``, ``population``.

        Before the last zoom it holds the largest places alone. Empty bytes: there is none.
        """
        west, south, east, north = address.box_deg
        positions_deg = self.places.positions_deg
        lon, lat = positions_deg.T
        within = (lon >= west) & (lon < east) & (lat > south) & (lat <= north) & (np.abs(lat) <= LATITUDE_MOST_DEG)
        chosen = np.flatnonzero(within)
        if address.zoom < ZOOMS[1]:
            chosen = chosen[:_MOST_IN_TILE]
        if not len(chosen):
            return b""
        points = np.asarray(shapely.points(np.rint(address.units(positions_deg[chosen]))), dtype=object)
        return layer_bytes(PLACES_LAYER, points, chosen, [self._properties(at) for at in chosen.tolist()])

    def _properties(self, at: int) -> dict[str, Value]:
        name, others = self.places.names_of(at)
        return {
            "name": name,
            "population": self.places[at].population,
            **{f"name:{script}": other for script, other in others if not _has_latin_letters(other)},
        }


def _has_latin_letters(name: str) -> bool:
    """Whether some of its letters are Latin: of names in other scripts a few have one by mistake, such as Кaйсери."""
    return any("LATIN" in unicodedata.name(letter, "") for letter in name if letter.isalpha())


@cache
def small_world() -> SmallWorld:
    """The one that is packaged."""
    return SmallWorld()
