"""Where tiles lie on the earth, and places in a tile's own units.

Source: OGC Two Dimensional Tile Matrix Set 2.0, annex D.1, WebMercatorQuad: a square of the spherical Mercator
projection, halved at each zoom; rows count from the north.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from merestone.terms import FieldRefused

Floats = NDArray[np.float64]

EXTENT: Final = 4096
"""Units of a tile's own grid along each side, as most writers of vector tiles have it."""
BUFFER: Final = 128
"""Units around a tile within which its records are told, too: room for the width of lines, 1/32 of the tile."""
ZOOM_MOST: Final = 22
"""The last zoom. A unit is 2.3 mm at the equator there."""
LATITUDE_MOST_DEG: Final = math.degrees(math.atan(math.sinh(math.pi)))
"""Where the square ends in the north and in the south. What lies nearer to a pole is on no tile."""


@dataclass(frozen=True, slots=True, order=True)
class TileAddress:
    """One tile: its zoom, its column from the west and its row from the north, each from 0.

    Raises
    ------
    FieldRefused
        There is no such tile.

    >>> TileAddress(1, 0, 0).box_deg
    (-180.0, 0.0, 0.0, 85.0511287798066)
    """

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        if not 0 <= self.zoom <= ZOOM_MOST:
            raise FieldRefused("zoom", self.zoom, "is not a zoom of this tile set", f"give 0 to {ZOOM_MOST}")
        last = 2**self.zoom - 1
        for name, value in (("column", self.column), ("row", self.row)):
            if not 0 <= value <= last:
                raise FieldRefused(name, value, f"is not on zoom {self.zoom}", f"give 0 to {last}")

    @property
    def box_deg(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the tile, in degrees."""
        return self.window_deg(0.0)

    def window_deg(self, around: float) -> tuple[float, float, float, float]:
        """The tile's box with so many units more on each side; its west may lie below -180 and its east above 180."""
        west, east = self._lon_deg(-around), self._lon_deg(EXTENT + around)
        return west, self._lat_deg(EXTENT + around), east, self._lat_deg(-around)

    def _lon_deg(self, x: float) -> float:
        return float((self.column + x / EXTENT) / 2**self.zoom * 360.0 - 180.0)

    def _lat_deg(self, y: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * (self.row + y / EXTENT) / 2**self.zoom))))

    def units(self, places_deg: Floats) -> Floats:
        """Longitudes and latitudes, shape (n, 2), as places on the tile: x to the east, y to the south, in units.

        Right to 0.00001 units at the last zoom, which is what is left of a double there.
        """
        world = 2**self.zoom
        x = (places_deg[:, 0] / 360.0 + 0.5) * world - self.column
        y = (0.5 - np.arcsinh(np.tan(np.radians(places_deg[:, 1]))) / (2.0 * np.pi)) * world - self.row
        return np.column_stack([x, y]) * EXTENT

    def straight_deg(self, within: float) -> float:
        """How long an edge that is straight in degrees may be until the tile's own straight line strays from it.

        On the tile such an edge is a curve, since Mercator's y is not linear in latitude. Over an edge of height ``h``
        radians, a chord strays by at most ``h**2 / 8`` times the largest second derivative of y, which is
        ``sec(lat) tan(lat) / (2 pi)``.

        Parameters
        ----------
        within
            Units by which the two may differ.
        """
        _, south, _, north = self.window_deg(2.0 * BUFFER)
        lat = math.radians(max(abs(south), abs(north)))
        bend = math.tan(lat) / math.cos(lat) / (2.0 * math.pi) * EXTENT * 2**self.zoom
        return math.degrees(math.sqrt(8.0 * within / max(bend, 1e-9)))
