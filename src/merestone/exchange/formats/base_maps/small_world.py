"""The packaged small world: towns and villages of the whole earth, for whoever has no base map of the own region.

Source: GeoNames, places of 500 people and more with their names in all scripts (CC BY 4.0); ``data/PROVENANCE.md``,
rebuilt by tools/small_world.py.
"""

import io
import lzma
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final, overload

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats.base_maps.folded_names import FoldedNames
from merestone.exchange.formats.base_maps.names import NamedPlace
from merestone.exchange.formats.base_maps.scripts import SCRIPTS, is_mixed, script_of
from merestone.geodesy import distance_m
from merestone.tiles import LATITUDE_MOST_DEG, TileAddress, Value, layer_bytes

PLACES_LAYER: Final = "places"
ZOOMS: Final = (0, 9)
"""Tiles of the last zoom have every place."""
ATTRIBUTION: Final = "GeoNames (CC BY 4.0)"
TILE_SCRIPTS: Final = frozenset(SCRIPTS.values()) - {"Latn"}
"""Tiles have a place's first name in each."""
_MOST_IN_TILE: Final = 48
_MILLI: Final = 1000.0
Arrays = Mapping[str, NDArray[Any]]


def places_as_arrays(places: Iterable[NamedPlace]) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """The places, and their folded names, as the arrays that are packaged; positions to a thousandth of a degree.

    The largest place stands first; of those that are as large, the earlier.
    """
    by_size = sorted(places, key=lambda place: -place.population)
    texts = ["|".join(place.names).encode() for place in by_size]
    folded = FoldedNames.of(place.names for place in by_size)
    about: dict[str, NDArray[Any]] = {
        "text": np.frombuffer(b"".join(texts), np.uint8),
        "length": np.array([len(text) for text in texts], np.uint16),
        "country": np.array([place.kind for place in by_size], "S2"),
        "position": np.rint(
            np.array([(place.lon_deg, place.lat_deg) for place in by_size]).reshape(-1, 2) * _MILLI
        ).astype(np.int32),
        "population": np.array([place.population for place in by_size], np.int32),
    }
    return about, {"text": folded.text, "length": folded.length, "place": folded.place}


def _packaged(name: str) -> Arrays:
    """Arrays of a packaged file; what was unpacked is given back before they are used."""
    packed = resources.files("merestone.exchange.formats.base_maps") / "data" / name
    with np.load(io.BytesIO(lzma.decompress(packed.read_bytes())), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


class PackedPlaces(Sequence[NamedPlace]):
    """Places in few arrays, each made into an object when it is asked for: all as objects take ten times 18 MB."""

    def __init__(self, about: Arrays, folded: Arrays | None = None) -> None:
        """Take the arrays of `places_as_arrays`; without the folded names, the packaged ones are read when needed."""
        self._text = about["text"]
        self._start = np.concatenate(([0], np.cumsum(about["length"], dtype=np.uint32))).astype(np.uint32)
        self.country: Final[NDArray[np.bytes_]] = about["country"]
        """The ISO 3166-1 code of two letters of the country of each."""
        self._folded_arrays = folded
        self.positions_deg: Final[NDArray[np.float64]] = about["position"] / _MILLI
        """Longitude and latitude of each."""
        self.population: Final[NDArray[np.int32]] = about["population"]
        """People in each, about."""

    @cached_property
    def folded(self) -> FoldedNames:
        """All names, ready to be searched."""
        arrays = self._folded_arrays if self._folded_arrays is not None else _packaged("folded.npz.xz")
        return FoldedNames(arrays["text"], arrays["length"], arrays["place"])

    def __len__(self) -> int:
        """How many there are."""
        return len(self.population)

    @overload
    def __getitem__(self, at: int, /) -> NamedPlace: ...
    @overload
    def __getitem__(self, at: slice, /) -> list[NamedPlace]: ...
    def __getitem__(self, at: int | slice, /) -> NamedPlace | list[NamedPlace]:
        """The place that stands there, or those of a slice."""
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        names = self._names(at)
        lon_deg, lat_deg = self.positions_deg[at].tolist()
        return NamedPlace(names, self.country[at].decode("ascii"), lon_deg, lat_deg, int(self.population[at]))

    def _names(self, at: int) -> tuple[str, ...]:
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        at %= len(self)
        return tuple(self._text[self._start[at] : self._start[at + 1]].tobytes().decode().split("|"))

    def names_of(self, at: int) -> tuple[str, list[tuple[str, str]]]:
        """The name of a place, and its other names, each with its script.

        Raises
        ------
        IndexError
        """
        name, *others = self._names(at)
        return name, [(script_of(other), other) for other in others]


class SmallWorld:
    """The places, read when somebody first asks, and then kept (some 15 MB)."""

    @cached_property
    def places(self) -> PackedPlaces:
        """All places, the largest first. Their kind is the country's ISO 3166-1 code of two letters."""
        return PackedPlaces(_packaged("places.npz.xz"))

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
        in_script: dict[str, Value] = {}
        for script, other in others:
            if script in TILE_SCRIPTS and not is_mixed(other):
                in_script.setdefault(f"name:{script}", other)
        return {"name": name, "population": int(self.places.population[at]), **in_script}


@cache
def small_world() -> SmallWorld:
    """The one that is packaged."""
    return SmallWorld()
