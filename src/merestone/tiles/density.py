"""Cells that count records, for zooms at which outlines would run together into one blob."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.tiles.grid import EXTENT

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

CELLS: Final = 64
"""Cells along a tile's side: 8 pixels each of the 512 that a tile takes on a screen."""
SIZE: Final = EXTENT // CELLS
_SLACK: Final = 0.25
"""Units by which a record may miss a cell and is counted there: the edge is a curve, and floating point is inexact."""
_MOST_PAIRS: Final = 400_000
"""So many pairs of record and cell are looked at one by one; of more, extents decide, which counts too many."""


def counted(kind_of: Ints, number: Ints, names: Sequence[str]) -> tuple[Objects, Ints, list[dict[str, int]]]:
    """The cells that any record touches, their numbers, and how many records of each kind touch each.

    Parameters
    ----------
    kind_of, number : shape (n,)
        For each pair of a record and a cell that it touches, the place of its kind in ``names``, and the cell's number.
    names
        Of kinds.
    """
    key = number * len(names) + kind_of
    cells_present, count = np.unique(key, return_counts=True)
    cell, kind = np.divmod(cells_present, len(names))
    numbers, first = np.unique(cell, return_index=True)
    of_kind: list[dict[str, int]] = [{} for _ in numbers]
    ends = np.append(first, len(cell))
    for at, counts in enumerate(of_kind):
        for each in range(ends[at], ends[at + 1]):
            counts[names[kind[each]]] = int(count[each])
    west, north = numbers % CELLS * SIZE, numbers // CELLS * SIZE
    return np.asarray(shapely.box(west, north, west + SIZE, north + SIZE), dtype=object), numbers, of_kind


def cells_of_extents(west_north: Floats, east_south: Floats) -> tuple[Ints, Ints]:
    """Of extents that lie within one cell or two beside each other: the numbers of these, -1 where they do not.

    Something reaches to each side of its extent, so that it touches both cells, whatever its form.

    Parameters
    ----------
    west_north, east_south : shape (n, 2)
        Corners of extents in the tile's units.

    Returns
    -------
    The first cell and the last, the same where it is one.
    """
    first = np.floor((west_north - _SLACK) / SIZE)
    last = np.floor((east_south + _SLACK) / SIZE)
    is_sure = (last - first).sum(axis=1) <= 1
    is_sure &= (first >= 0).all(axis=1) & (last < CELLS).all(axis=1)
    numbers = [np.where(is_sure, cell[:, 1] * CELLS + cell[:, 0], -1).astype(np.int64) for cell in (first, last)]
    return numbers[0], numbers[1]


def touched(true: Objects) -> tuple[Ints, Ints]:
    """Pairs of a geometry, by its place, and the number of a cell that it touches; geometries in the tile's units."""
    record, column, row = _touched(true)
    return record, row * CELLS + column


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
