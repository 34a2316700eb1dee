"""An index of which a few hazards changed: cells out of their reach are kept, the others are made anew.

A cell holds all that is as near as the index reaches, so only tiles within that reach of a change can differ. What is
kept is renumbered; what it replaces stays behind unread, until it is more than is worth keeping.
"""

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merestone.screening.kernel import index_build
from merestone.screening.kernel.batch_query import INSIDE_CELL, Cells
from merestone.screening.kernel.compiled_function import compiled
from merestone.screening.kernel.leaf_query import RUNS
from merestone.screening.kernel.outline import Ints, Outlines
from merestone.screening.kernel.tile_grid import COLUMNS, PAD, ROWS, TILES_PER_DEG

MOST = 0.25
"""If a larger share of the tiles is near a change, or was left behind unread, all cells are made anew."""


def changed_cells(cells: Cells, before: Outlines, after: Outlines, was: Ints) -> Cells:
    """The cells of `after`, from those of `before`; `was` is each part's number before, -1 if it is new.

    Kept parts have the same vertices and widening, and their hazards are in the same order, as before.
    """
    old, new = index_build.ground_of(before, cells.reach_m), index_build.ground_of(after, cells.reach_m)
    twins = len(old.by_place) + len(new.by_place) - len(before.part_hazard) - len(after.part_hazard)
    if old.search_m != new.search_m or twins:  # near the antimeridian, parts stand twice
        return index_build.build(after, cells.reach_m)
    before_at = np.empty(len(old.by_place), np.int64)
    before_at[old.by_place] = np.arange(len(old.by_place))
    was_at = np.where(was[new.by_place] >= 0, before_at[was[new.by_place]], -1)
    now_at = np.full(len(old.by_place), -1, np.int64)
    now_at[was_at[was_at >= 0]] = np.flatnonzero(was_at >= 0)
    touched = _tiles(np.concatenate([old.bounds[now_at < 0], new.bounds[was_at < 0]]))
    near = index_build.within(touched, new.search_m)
    tiles, unchanged = np.flatnonzero((new.wanted & near).ravel()), np.flatnonzero((new.wanted & ~near).ravel())
    unread = 1.0 - float(np.sum(4.0**cells.tile_level)) / len(cells.entry)
    if not len(unchanged) or len(tiles) > MOST * (len(tiles) + len(unchanged)) or unread > MOST:
        return index_build.build(after, cells.reach_m)
    hazard_now = np.zeros(before.hazards, np.int32)
    hazard_now[old.part_hazard[was_at[was_at >= 0]]] = new.part_hazard[was_at >= 0]
    shift = np.where(now_at >= 0, new.part_start[now_at] - old.part_start[:-1], 0)
    word = cells.word.copy()
    _renumber(word, old.part_of, shift, hazard_now)
    place = cells.tile.ravel()[unchanged]
    unchanged_cells: tuple[Any, ...] = (
        cells.tile_start[place], cells.tile_level[place], cells.entry, cells.node, word, cells.longest,
    )  # fmt: skip
    return index_build.cells_of(
        new, np.concatenate([unchanged, tiles]), chain([unchanged_cells], index_build.grow(new, tiles)), cells.reach_m
    )


def _tiles(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(rows, columns) tiles that some boxes touch."""
    touched = np.zeros((ROWS, COLUMNS), bool)
    column = np.floor((bounds[:, [0, 2]] + 180.0) * TILES_PER_DEG).astype(int) + PAD
    row = np.floor((bounds[:, [1, 3]] + 90.0) * TILES_PER_DEG).astype(int)
    column, row = column.clip(0, COLUMNS - 1), row.clip(0, ROWS - 1)
    for (west, east), (south, north) in zip(column, row, strict=True):
        touched[south : north + 1, west : east + 1] = True
    return touched


@compiled
def _renumber(word, part_of, shift, hazard_now):  # type: ignore[no-untyped-def]
    """Give edges and hazards their new numbers, in all leaves and lists; what is unread may get any."""
    leaf = np.int64(0)
    while leaf < len(word):
        info = word[leaf + 1]
        after = leaf + 2 + 2 * np.int64(info & RUNS)
        if (info >> 27) & 3 == INSIDE_CELL:
            word[leaf] = hazard_now[word[leaf]] if word[leaf] < len(hazard_now) else 0
        for at in range(leaf + 2, after, 2):
            word[at] = word[at] + shift[part_of[word[at]]] if word[at] < len(part_of) else 0
        leaf = after
