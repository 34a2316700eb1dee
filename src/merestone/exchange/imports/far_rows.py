"""Rows of a file that lie far from all the others: told with their place, and taken all the same."""

from array import array
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.exchange.rows.ranked import quantile
from merestone.exchange.rows.spilled import Spilled
from merestone.geodesy import distance_m, distances_m
from merestone.terms import number_of

FAR_M: Final = 500_000.0
"""Rows farther than this from the middle of the others are pointed out. Ours: farther than most programmes reach."""
_FAR_TIMES: Final = 5.0
_DEGREE_M: Final = 112_000.0
"""No degree of longitude or latitude is longer on WGS 84."""
_ENOUGH_ROWS: Final = 3
_SHOWN: Final = 10
_SWAPPED: Final = "; with its longitude and latitude swapped it would lie with them"
_TOGETHER: Final = 4_096
_MANY: Final = 20
"""From so many rows on, nine tenths of them say how far they usually lie; of fewer, half of them."""
_PLACE: Final = [("row", "<i8"), ("lon_deg", "<f8"), ("lat_deg", "<f8")]
Floats = NDArray[np.float64]


class PlacesSeen:
    """The places of a file's rows, whatever their number, in little memory.

    A place is far if it lies over 500 km from the middle (the median) and five times as far as nine tenths of all.
    """

    def __init__(self) -> None:
        self._rows, self._lon_deg, self._lat_deg = array("q"), array("d"), array("d")
        self._places = Spilled(_PLACE)
        self._low_deg, self._high_deg = np.full(2, np.inf), np.full(2, -np.inf)

    def add(self, row: int, lon_deg: float, lat_deg: float) -> None:
        """Remember the place of a row, on WGS 84, degrees; one that is not finite is nowhere."""
        if not (isfinite(lon_deg) and isfinite(lat_deg)):
            return
        self._rows.append(row)
        self._lon_deg.append(lon_deg)
        self._lat_deg.append(lat_deg)
        if len(self._rows) == _TOGETHER:
            self._settle()

    def notes(self) -> Iterator[str]:
        """A sentence for each row that lies far from the middle of all, and one for the rest of them."""
        self._settle()
        if len(self._places) < _ENOUGH_ROWS or (self._high_deg - self._low_deg).sum() * _DEGREE_M < FAR_M:
            return  # none can be far, and PROJ need not be loaded to measure it
        count, middle_deg = 0, self._middle()
        for place, apart_m in self._far(*middle_deg):
            count += 1
            if count <= _SHOWN:
                row, lon_deg, lat_deg = place.tolist()
                yield (
                    f"row {row} lies {apart_m / 1000:,.0f} km from the middle of the others (at {lon_deg:.4f}, "
                    f"{lat_deg:.4f}{town_beside(lon_deg, lat_deg)}); it was taken all the same; see whether its "
                    "coordinates are right"
                    f"{_SWAPPED if _is_near_swapped(lon_deg, lat_deg, *middle_deg) else ''}"
                )
        if count > _SHOWN:
            yield f"{number_of(count - _SHOWN, 'more row lies', 'more rows lie')} as far from the others"

    def _middle(self) -> tuple[float, float]:
        """The medians of longitude and latitude."""
        lon_deg, lat_deg = (
            quantile(lambda name=name: self._of(name), len(self._places), 0.5)  # type: ignore[misc]
            for name in ("lon_deg", "lat_deg")
        )
        return lon_deg, lat_deg

    def _settle(self) -> None:
        if not self._rows:
            return
        places = np.empty(len(self._rows), _PLACE)
        places["row"], places["lon_deg"], places["lat_deg"] = self._rows, self._lon_deg, self._lat_deg
        for axis, name in enumerate(("lon_deg", "lat_deg")):
            self._low_deg[axis] = min(self._low_deg[axis], places[name].min())
            self._high_deg[axis] = max(self._high_deg[axis], places[name].max())
        self._places.append(places)
        self._rows, self._lon_deg, self._lat_deg = array("q"), array("d"), array("d")

    def _far(self, middle_lon: float, middle_lat: float) -> Iterator[tuple[Any, float]]:
        """The places that are far from the middle, in their order, and how far, metres."""
        count = len(self._places)
        cosine = np.cos(np.radians(middle_lat))
        most_deg = max(
            float((np.abs(block["lon_deg"] - middle_lon) * cosine + np.abs(block["lat_deg"] - middle_lat)).max())
            for block in self._places.blocks()
        )
        if most_deg * _DEGREE_M < FAR_M:
            return

        apart_m = Spilled("<f8")  # measured once; to find a rank they are gone through several times
        for block in self._places.blocks():
            apart_m.append(distances_m(middle_lon, middle_lat, block["lon_deg"], block["lat_deg"]))
        far_m = max(FAR_M, _FAR_TIMES * quantile(apart_m.blocks, count, 0.9 if count >= _MANY else 0.5))
        start = 0
        for block in self._places.blocks():
            of_block_m = apart_m.read(start, start + len(block))
            start += len(block)
            for at in np.flatnonzero(of_block_m > far_m).tolist():
                yield block[at], float(of_block_m[at])

    def _of(self, name: str) -> Iterator[Floats]:
        for block in self._places.blocks():
            yield block[name]


def _is_near_swapped(lon_deg: float, lat_deg: float, middle_lon: float, middle_lat: float) -> bool:
    """Whether a place would lie near the middle of all if its two numbers changed places."""
    return abs(lon_deg) <= 90 and distance_m(middle_lon, middle_lat, lat_deg, lon_deg) < FAR_M


def town_beside(lon_deg: float, lat_deg: float) -> str:
    """The town nearest to a far place, and its country by the name that the United Nations use, to tell it by.

    >>> town_beside(74.08, 4.6)
    ', 54 km from Thulusdhoo, Maldives'
    """
    from merestone.exchange.formats.base_maps import small_world  # here: few files have a row so far away
    from merestone.law import packaged

    if not (abs(lon_deg) <= 180.0 and abs(lat_deg) <= 90.0):
        return ""
    town, apart_m = small_world().nearest(lon_deg, lat_deg)
    country = next((state.name for state in packaged().states.all if state.iso2 == town.kind), town.kind)
    return f", {apart_m / 1000:,.0f} km from {town.names[0]}, {country}"
