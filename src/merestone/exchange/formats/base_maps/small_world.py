"""The packaged small world: towns and villages of the whole earth, for whoever has no base map of the own region.

Source: GeoNames, places of 1,000 people and more (CC BY 4.0); ``data/PROVENANCE.md``, rebuilt by tools/small_world.py.
"""

import csv
import lzma
from functools import cache, cached_property
from importlib import resources
from io import TextIOWrapper
from sys import intern
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats.base_maps.names import NamedPlace
from merestone.tiles import LATITUDE_MOST_DEG, TileAddress, Value, layer_bytes

PLACES_LAYER: Final = "places"
ZOOMS: Final = (0, 9)
"""Tiles of the last zoom have every place."""
ATTRIBUTION: Final = "GeoNames (CC BY 4.0)"
_MOST_IN_TILE: Final = 48


class SmallWorld:
    """The places, read when somebody first asks, and then kept (some 70 MB)."""

    @cached_property
    def _read(self) -> tuple[list[NamedPlace], list[str]]:
        """The places, the largest first, and the scripts of each one's other names."""
        packed = resources.files("merestone.exchange.formats.base_maps") / "data" / "places.csv.xz"
        read: list[tuple[NamedPlace, str]] = []
        with packed.open("rb") as file, lzma.open(file) as unpacked:
            rows = csv.reader(TextIOWrapper(unpacked, encoding="utf-8", newline=""))
            next(rows)
            for name, country, lon_deg, lat_deg, population, other_names in rows:
                others = [part.partition(":") for part in other_names.split("|")] if other_names else []
                names = (name, *(other for _, _, other in others))
                place = NamedPlace(names, intern(country), float(lon_deg), float(lat_deg), int(population))
                read.append((place, intern(" ".join(script for script, _, _ in others))))
        read.sort(key=lambda entry: -entry[0].population)
        return [place for place, _ in read], [scripts for _, scripts in read]

    @property
    def places(self) -> list[NamedPlace]:
        """All places, the largest first. Their kind is the country's ISO 3166-1 code of two letters."""
        return self._read[0]

    @cached_property
    def _positions_deg(self) -> NDArray[np.float64]:
        return np.array([(place.lon_deg, place.lat_deg) for place in self.places])

    def tile(self, address: TileAddress) -> bytes:
        """A tile with the layer ``places``: ``name``, names in other scripts as ``name:Cyrl``, ``population``.

        Before the last zoom it holds the largest places alone. Empty bytes: there is none.
        """
        west, south, east, north = address.box_deg
        lon, lat = self._positions_deg.T
        within = (lon >= west) & (lon < east) & (lat > south) & (lat <= north) & (np.abs(lat) <= LATITUDE_MOST_DEG)
        chosen = np.flatnonzero(within)
        if address.zoom < ZOOMS[1]:
            chosen = chosen[:_MOST_IN_TILE]
        if not len(chosen):
            return b""
        points = np.asarray(shapely.points(np.rint(address.units(self._positions_deg[chosen]))), dtype=object)
        return layer_bytes(PLACES_LAYER, points, chosen, [self._properties(at) for at in chosen.tolist()])

    def _properties(self, at: int) -> dict[str, Value]:
        place, scripts = self.places[at], self._read[1][at].split()
        others = zip(scripts, place.names[1:], strict=True)
        return {
            "name": place.names[0],
            "population": place.population,
            **{f"name:{script}": name for script, name in others},
        }


@cache
def small_world() -> SmallWorld:
    """The one that is packaged."""
    return SmallWorld()
