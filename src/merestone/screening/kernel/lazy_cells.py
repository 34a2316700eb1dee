"""Cells that are made tile by tile, where positions fall, and kept.

A tile without cells is marked as `UNMADE`; should a position fall into one all the same, the kernel leaves it to
`numpy_query`, as it does near the poles: what was not made is never taken for ground without hazards.

Cells that few positions will be asked of are coarse: a cell with `COARSE_EDGES` edges is not divided further. That
halves the work of making them, and a position looks along more edges; the answers are the same.
"""

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merestone.screening.kernel import index_build
from merestone.screening.kernel.batch_query import MAX_LAT_DEG, Cells
from merestone.screening.kernel.outline import Floats, Outlines
from merestone.screening.kernel.tile_grid import COLUMNS, PAD, ROWS, TILES_PER_DEG

COARSE_EDGES = 256


class LazyCells:
    """The cells of some outlines. One caller at a time; what it gives never changes, and may be shared by threads."""

    def __init__(self, outlines: Outlines, reach_m: float = index_build.REACH_M) -> None:
        self._reach_m = reach_m
        self._ground = index_build.ground_of(outlines, reach_m)
        self._unmade = self._ground.wanted.ravel().copy()
        self._tiles = np.empty(0, np.int64)
        """In the order in which they were made."""
        self._cells: Cells | None = None

    @property
    def whole_cells(self) -> Cells | None:
        """The cells, if those of all tiles were made."""
        return None if self._unmade.any() else self._cells

    def cells_for(self, lon_deg: Floats, lat_deg: Floats) -> Cells:
        """Cells of all tiles in which positions lie, and perhaps of more."""
        if self._cells is None or self._unmade.any():
            tiles = np.flatnonzero(self._unmade & _tiles_of(lon_deg, lat_deg))
            if self._cells is None or len(tiles):
                self._make(tiles)
        assert self._cells is not None
        return self._cells

    def _make(self, tiles: NDArray[np.int64]) -> None:
        before = self._cells
        made: list[Any] = []
        if before is not None:
            made = [(before.tile_start, before.tile_level, before.entry, before.node, before.word, before.longest)]
        grown = index_build.grow(self._ground, tiles, COARSE_EDGES)
        all_tiles = np.concatenate([self._tiles, tiles])
        still_unmade = self._unmade.copy()
        still_unmade[tiles] = False
        cells = index_build.cells_of(
            self._ground, all_tiles, chain(made, grown), self._reach_m, np.flatnonzero(still_unmade)
        )
        # Nothing of this object changes before all of it is there: who is interrupted finds it as it was.
        self._cells, self._tiles, self._unmade = cells, all_tiles, still_unmade


def _tiles_of(lon_deg: Floats, lat_deg: Floats) -> NDArray[np.bool_]:
    """(rows * columns,) the tiles in which the kernel looks for some of these positions."""
    with np.errstate(invalid="ignore"):
        placed = (np.abs(lon_deg) <= 180.0) & (np.abs(lat_deg) <= MAX_LAT_DEG)
    lon_deg, lat_deg = lon_deg[placed], lat_deg[placed]
    row = ((lat_deg + 90.0) * TILES_PER_DEG).astype(np.int64)
    column = ((lon_deg + 180.0) * TILES_PER_DEG).astype(np.int64) + PAD
    touched = np.zeros(ROWS * COLUMNS, bool)
    touched[row * COLUMNS + column] = True
    return touched
