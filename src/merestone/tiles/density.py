"""Cells that count records, for zooms at which outlines would run together into one blob."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.tiles.grid import EXTENT

Ints = NDArray[np.int64]
Objects = NDArray[np.object_]

CELLS: Final = 64
"""Cells along a tile's side: 8 pixels each of the 512 that a tile takes on a screen."""
SIZE: Final = EXTENT // CELLS
_SLACK: Final = 0.25
"""Units by which a record may miss a cell and is counted there: the edge is a curve, and floating point is inexact."""
_MOST_PAIRS: Final = 400_000
"""So many pairs of record and cell are looked at one by one; of more, extents decide, which counts too many."""


def cells(true: Objects, kinds: NDArray[np.object_]) -> tuple[Objects, Ints, list[dict[str, int]]]:
    """The cells that any of the geometries touches, their numbers, and how many of each kind touch each.

    Parameters
    ----------
    true : shape (n,)
        Geometries in the tile's units.
    kinds : shape (n,)
        The name of each one's kind.
    """
    record, column, row = _touched(true)
    names, kind_of = np.unique(kinds.astype(str), return_inverse=True)
    key = (row * CELLS + column) * len(names) + kind_of[record]
    cells_present, count = np.unique(key, return_counts=True)
    cell, kind = np.divmod(cells_present, len(names))
    number, first = np.unique(cell, return_index=True)
    of_kind: list[dict[str, int]] = [{} for _ in number]
    ends = np.append(first, len(cell))
    for at, counts in enumerate(of_kind):
        for each in range(ends[at], ends[at + 1]):
            counts[str(names[kind[each]])] = int(count[each])
    west, north = number % CELLS * SIZE, number // CELLS * SIZE
    return np.asarray(shapely.box(west, north, west + SIZE, north + SIZE), dtype=object), number, of_kind


def _touched(true: Objects) -> tuple[Ints, Ints, Ints]:
    """Pairs of a record and a cell that it touches: the record, the cell's column and its row."""
    bounds = shapely.bounds(true).reshape(-1, 4)
    first = np.clip(np.floor((bounds[:, :2] - _SLACK) / SIZE), 0, CELLS - 1).astype(np.int64)
    last = np.clip(np.floor((bounds[:, 2:] + _SLACK) / SIZE), 0, CELLS - 1).astype(np.int64)
    wide, high = (last - first + 1).T
    count = wide * high
    record = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(record)) - np.repeat(np.cumsum(count) - count, count)
    column, row = first[record, 0] + nth % wide[record], first[record, 1] + nth // wide[record]
    many = count[record] > 1
    if 0 < many.sum() <= _MOST_PAIRS:
        reach = shapely.box(
            column[many] * SIZE - _SLACK,
            row[many] * SIZE - _SLACK,
            (column[many] + 1) * SIZE + _SLACK,
            (row[many] + 1) * SIZE + _SLACK,
        )
        shapely.prepare(true)
        keep = np.ones(len(record), bool)
        keep[many] = shapely.intersects(true[record[many]], reach)
        record, column, row = record[keep], column[keep], row[keep]
    return record, column, row
