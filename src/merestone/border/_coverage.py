"""How far each cell of a grid lies in a polygon, exactly, and only for cells that the polygon touches.

Each edge is cut at the grid's lines. A piece within one cell covers the land to its right: part of its own cell, and
its height in every cell further right in the row. Pieces of opposite direction take that back where the polygon ends,
so that a cell without any piece is covered wholly or not at all, and whole runs of such cells need no list.

Source of the idea: signed-area accumulation, as font rasterisers have used it since LibArt (R. Levien, 1998).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The cells of a grid that a polygon covers, in order of row and column."""

    row: Ints
    """(cells,) of the cells that the outline crosses."""
    col: Ints
    share: Floats
    """(cells,) how far each lies in the polygon, 0-1."""
    run_row: Ints
    """(runs,) of cells wholly inside, side by side in one row."""
    run_start: Ints
    """(runs,) first column."""
    run_stop: Ints
    """(runs,) column after the last one."""

    def within(self, row: int, col: int, rows: int, cols: int) -> "Coverage":
        """What of it lies in a window; rows and columns are still counted from the grid's corner."""
        first, last = np.searchsorted(self.row, (row, row + rows))
        here = slice(int(first), int(last))
        mine = (self.col[here] >= col) & (self.col[here] < col + cols)
        first, last = np.searchsorted(self.run_row, (row, row + rows))
        there = slice(int(first), int(last))
        start, stop = np.maximum(self.run_start[there], col), np.minimum(self.run_stop[there], col + cols)
        left = start < stop
        return Coverage(
            self.row[here][mine], self.col[here][mine], self.share[here][mine],
            self.run_row[there][left], start[left], stop[left],
        )  # fmt: skip

    def cut_every(self, col: int, length: int) -> "Coverage":
        """The same with runs cut at a column and every so many columns after it."""
        first, last = (self.run_start - col) // length, (self.run_stop - 1 - col) // length
        run = np.repeat(np.arange(len(first)), last - first + 1)
        nth = np.arange(len(run)) - np.repeat(np.cumsum(last - first + 1) - (last - first + 1), last - first + 1)
        line = (first[run] + nth) * length + col
        start, stop = np.maximum(self.run_start[run], line), np.minimum(self.run_stop[run], line + length)
        return Coverage(self.row, self.col, self.share, self.run_row[run], start, stop)


def coverage(polygons: Any, rows: int, cols: int) -> Coverage:
    """The coverage of a grid of unit cells, whose first row lies at y from 0 to 1 and first column at x from 0 to 1.

    Parameters
    ----------
    polygons
        A valid polygon or multipolygon in units of cells, x to the right and y downwards; it may reach beyond the grid.
    """
    x0, y0, x1, y1 = _edges(polygons)
    x0, y0, x1, y1 = _cut(x0, y0, x1, y1)
    row = np.floor(0.5 * (y0 + y1)).astype(np.int64)
    is_kept = (row >= 0) & (row < rows)
    y0, x0, y1, x1 = y0[is_kept], x0[is_kept], y1[is_kept], x1[is_kept]
    y0, x0, y1, x1 = _cut(y0, x0, y1, x1)
    # Level pieces have no height, but they too make their cells cells of the outline.
    row = np.floor(0.5 * (y0 + y1)).astype(np.int64)
    middle = 0.5 * (x0 + x1)
    is_kept = (middle < cols) & (row >= 0) & (row < rows)
    height, middle, row = (y1 - y0)[is_kept], np.maximum(middle[is_kept], 0.0), row[is_kept]
    col = middle.astype(np.int64)
    cell, piece = np.unique(row * cols + col, return_inverse=True)
    height_in = np.bincount(piece, height, len(cell))
    share = np.bincount(piece, height * (col + 1 - middle), len(cell))
    row, col = np.divmod(cell, cols)
    # Every row of a closed outline adds up to nothing if no piece was dropped on its right, so each row starts anew.
    reached = np.cumsum(height_in)
    first = np.flatnonzero(np.diff(row, prepend=-1))
    before = reached - height_in
    before -= np.repeat(before[first], np.diff(first, append=len(row)))
    share += before
    after = before + height_in
    next_col = np.append(col[1:], 0)
    next_col[np.append(first[1:] - 1, len(row) - 1)[: len(first)]] = cols
    inside = (np.abs(after) > 0.5) & (next_col > col + 1)
    return Coverage(row, col, np.minimum(np.abs(share), 1.0), row[inside], col[inside] + 1, next_col[inside])


def _edges(polygons: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Ends of all edges, shells one way round and holes the other."""
    parts = shapely.get_parts(shapely.get_parts(polygons))  # a collection may hold multipolygons
    parts = shapely.orient_polygons(parts[shapely.get_dimensions(parts) == 2])
    points, ring = shapely.get_coordinates(shapely.get_rings(parts), return_index=True)
    same = ring[1:] == ring[:-1]
    start, stop = points[:-1][same], points[1:][same]
    return start[:, 0], start[:, 1], stop[:, 0], stop[:, 1]


def _cut(a0: Floats, b0: Floats, a1: Floats, b1: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Edges cut wherever `b` is a whole number; each piece keeps its edge's direction."""
    low, high = np.floor(np.minimum(b0, b1)), np.ceil(np.maximum(b0, b1))
    count = np.maximum(high - low, 1.0).astype(np.int64)
    edge = np.repeat(np.arange(len(a0)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    ups = (b1 >= b0)[edge]
    # The k-th piece of an upward edge lies between the lines low + k and low + k + 1, but begins and ends at its ends.
    line = np.where(ups, low[edge] + nth, high[edge] - nth)
    onward = np.where(ups, line + 1.0, line - 1.0)
    is_first, is_last = nth == 0, nth == count[edge] - 1
    from_b, to_b = np.where(is_first, b0[edge], line), np.where(is_last, b1[edge], onward)
    rise, run = (b1 - b0)[edge], (a1 - a0)[edge]
    way = np.divide(np.stack([from_b, to_b]) - b0[edge], rise, out=np.zeros((2, len(edge))), where=rise != 0.0)
    from_a, to_a = a0[edge] + np.clip(way, 0.0, 1.0) * run
    return np.where(is_first, a0[edge], from_a), from_b, np.where(is_last, a1[edge], to_a), to_b
