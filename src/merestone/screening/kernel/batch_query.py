"""The compiled kernel: positions find their cells, and what a cell does not tell is measured there.

Everything here runs without the interpreter's lock, over flat arrays. `cell` makes the arrays, `measure` holds one
position against the list of its cell; `grid` calls both.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from merestone.screening.kernel.compiled_function import compiled, inlined
from merestone.screening.kernel.leaf_query import (
    EDGES,
    NUMBERED,
    RUNS,
    candidate_of,
    exact_at,
    frame_at,
    least_of_list,
    measure,
    room_for,
    scan,
    smallest,
)
from merestone.screening.kernel.local_plane import frame_error
from merestone.screening.kernel.numpy_query import ROUNDING_M, SERIES_M
from merestone.screening.kernel.prefetch import prefetch
from merestone.screening.kernel.tile_grid import PAD, TILES_PER_DEG

MAX_LAT_DEG = 84.0
"""Nearer to a pole the flat frames of the cells are too crude; there `direct` answers."""
LIST, INSIDE_CELL, BEYOND_CELL, DIRECT_CELL = 0, 1, 2, 3
_RAD = math.pi / 180.0
_LEVELS = 24
BLOCK = 512
"""Positions that go through each step together."""


class Cells(NamedTuple):
    """The prepared index: plain arrays and numbers, all that the kernel reads, and nothing else.

    A leaf is a cell that is not divided. Vertices are those of `Outlines` in another order: parts that lie side by side
    stand side by side, and parts near the antimeridian stand once more, 360 degrees away.
    """

    vertex: Any
    """(2 (vertices + 8),) float64: longitude and latitude of each, degrees. Vertices v and v + 1 are the edge v. The
    last vertex is repeated eight times, for `measure.look_along`."""
    hazard_of: Any
    """(vertices,) int32: index of each vertex' hazard, in the order given to `HazardIndex.build`."""
    widened_m: Any
    """(hazards,) float64: metres by which each hazard is widened."""
    tile: Any
    """(rows, columns) int32: number of the tile; rows from the south. -1 where every hazard is beyond `reach_m`, and -2
    where no cells were made, so that `direct` must answer."""
    tile_start: Any
    """(tiles,) int64: first entry of the tile's table."""
    tile_level: Any
    """(tiles,) int8: a tile's table has 4 ** level entries, row after row from the south."""
    entry: Any
    """(entries,) int32: the pair of words where a leaf begins in `word`, or ~n for four more entries at `node[4 n]`."""
    node: Any
    """(4 nodes,) int32: as `entry`, for the south-west, south-east, north-west and north-east quarter."""
    word: Any
    """(words,) int32: the leaves, one behind the other, an even number of words each.

    First two numbers of metres, see `bounds_of`: no position of the cell has a hazard nearer than the one, and every
    position has one as near as the other, less its widening. For a cell inside a hazard, that hazard instead.

    Then the number of runs of edges (bits 0-21), level (22-26), kind of cell (27-28) and reference point (29-30).

    Then for each run, those of areas that cut the cell first: its first edge, and another word with whether it is of
    such an area (bit 0), whether it goes on with the area before it (bit 1), 128 + the area's winding number at the
    reference point (2-9) and how many edges the run has (from 10)."""
    reach_m: float
    """Every position nearer to a hazard, less its widening, than this is in a cell that knows the hazard."""
    is_even: bool
    """Whether all hazards are widened alike, so that the smallest distance is the smallest key."""
    even_m: float
    """By how much, then."""
    longest: int
    """Edges of the longest list."""


@inlined
def bounds_of(word, leaf):  # type: ignore[no-untyped-def]
    """The two numbers of metres at the head of a leaf: each the upper half of a float32, rounded away from the other.

    >>> least_m, most_m = bounds_of(np.array([half_words(149.9, 150.1)], np.int32), 0)
    >>> float(least_m), float(most_m)
    (149.0, 151.0)
    """
    both = word[leaf]
    return np.int32(both & -65536).view(np.float32), np.int32(both << 16).view(np.float32)


@compiled
def half_words(least_m, most_m):  # type: ignore[no-untyped-def]
    """What `bounds_of` reads: the one bound at most `least_m`, the other at least `most_m`."""
    low, high = np.int64(np.float32(least_m).view(np.int32)), np.int64(np.float32(most_m).view(np.int32))
    # Numbers below 0 grow with their bits, so to cut the lower half off makes them larger, and others smaller.
    if low < 0:
        low += 0xFFFF
    if high > 0:
        high += 0xFFFF
    return np.int32((low & ~np.int64(0xFFFF)) | ((high >> 16) & 0xFFFF))


@compiled
def leaves_of(cells, lon_deg, lat_deg, first, count, leaf, info, place, pending):  # type: ignore[no-untyped-def]
    """Fill the leaves of a block of positions, -1 where there is no tile, -2 where `direct` must answer; and `info`.

    All positions go down by one level before any goes by the next: the reads of different positions then wait for the
    memory side by side, and no branch waits for what was read. `place` and `pending` are room.
    """
    waits, across = 0, 1 << _LEVELS
    for j in range(count):
        lon, lat = lon_deg[first + j], lat_deg[first + j]
        leaf[j] = -2
        if -180.0 <= lon <= 180.0 and -MAX_LAT_DEG <= lat <= MAX_LAT_DEG:
            x, y = (lon + 180.0) * TILES_PER_DEG, (lat + 90.0) * TILES_PER_DEG
            column, row = int(x), int(y)
            tile = cells.tile[row, column + PAD]
            leaf[j] = tile
            if tile >= 0:
                ix, iy = int((x - column) * across), int((y - row) * across)
                level = cells.tile_level[tile]
                shift = _LEVELS - level
                code = cells.entry[cells.tile_start[tile] + (((iy >> shift) << level) | (ix >> shift))]
                leaf[j], place[j, 0], place[j, 1], place[j, 2] = code, ix, iy, shift
                pending[waits] = j
                waits += code < 0
    while waits:
        still = 0
        for k in range(waits):
            j = pending[k]
            shift = place[j, 2] - 1
            quarter = (((place[j, 1] >> shift) & 1) << 1) | ((place[j, 0] >> shift) & 1)
            code = int(cells.node[4 * (~leaf[j]) + quarter])
            leaf[j], place[j, 2] = code, shift
            pending[still] = j
            still += code < 0
        waits = still
    for j in range(count):
        leaf[j] = 2 * leaf[j] if leaf[j] >= 0 else leaf[j]
        prefetch(cells.word, max(leaf[j], 0))
    for j in range(count):
        info[j] = cells.word[leaf[j] + 1] if leaf[j] >= 0 else BEYOND_CELL << 27


@inlined
def fetch(cells, leaf, waiting, lat_deg, first, frame, beside):  # type: ignore[no-untyped-def]
    """Ask the memory for the edges of waiting positions, and fill their frames while it brings them."""
    word, vertex = cells.word, cells.vertex
    for k in range(len(waiting)):
        at = leaf[waiting[k]] + 2
        stop = at + 2 * np.int64(word[at - 1] & RUNS)
        while at < stop:
            a = 2 * np.int64(word[at])
            prefetch(vertex, a)
            prefetch(vertex, a + 8)
            prefetch(vertex, a + 16)
            prefetch(vertex, a + 2 * np.int64(word[at + 1] >> EDGES) + 1)
            at += 2
        frame_at(lat_deg[first + waiting[k]], beside, frame, k)


@compiled
def nearest_many(cells, lon_deg, lat_deg, limit_m, order, distance_m, hazard):  # type: ignore[no-untyped-def]
    """Fill distance (NaN: `direct` must answer) and hazard of each position; give the number left to `direct`.

    The i-th position's limit and answer stand at `order[i]`, or at i if there is no order; one limit may stand for all.
    """
    left = 0
    room = room_for(cells.longest)
    key, bits, _ = room
    leaf, info, waiting = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    place, frame, candidate = np.empty((BLOCK, 3), np.int32), np.empty((BLOCK, 6)), np.empty(BLOCK, np.int64)
    far_m, nearest = np.empty(BLOCK), np.empty(BLOCK, np.int64)
    beside = np.full(4, np.inf)
    for first in range(0, len(lon_deg), BLOCK):
        count = min(BLOCK, len(lon_deg) - first)
        leaves_of(cells, lon_deg, lat_deg, first, count, leaf, info, place, waiting)
        waits = 0
        for j in range(count):
            limit = limit_m[order[first + j] if len(order) else first + j] if len(limit_m) > 1 else limit_m[0]
            far_m[j], nearest[j] = np.nan, -1
            if leaf[j] == -2:
                left += 1
                continue
            kind = (info[j] >> 27) & 3
            if kind == INSIDE_CELL:
                far_m[j], nearest[j] = 0.0, cells.word[leaf[j]]
            elif kind == BEYOND_CELL:
                if limit < cells.reach_m:
                    far_m[j] = np.inf
                else:
                    left += 1
            elif kind == DIRECT_CELL:
                left += 1
            elif bounds_of(cells.word, leaf[j])[0] > limit:
                far_m[j] = np.inf
            else:
                waiting[waits] = j
                waits += 1
        fetch(cells, leaf, waiting[:waits], lat_deg, first, frame, beside)
        for k in range(waits):
            j = waiting[k]
            kx, ky = frame[k, 0] * _RAD, frame[k, 1] * _RAD
            candidate[k] = -1
            if not cells.is_even:
                continue
            edges, around = scan(cells, leaf[j], lon_deg[first + j], lat_deg[first + j], kx, ky, key)
            if around >= 0:
                far_m[j], nearest[j], candidate[k] = 0.0, around, -2
            elif edges <= NUMBERED:
                least = least_of_list(bits, edges)
                number = least & (NUMBERED - 1)
                flat_m = math.sqrt(key[number])
                bound = flat_m * (1.0 + 2.1 * frame_error(flat_m, frame[k, 2])) + 1e-6
                candidate[k] = candidate_of(cells, leaf[j], edges, number, bound * bound, key)
                prefetch(cells.hazard_of, max(candidate[k] >> 1, 0))
        for k in range(waits):
            if candidate[k] == -2:
                continue
            j = waiting[k]
            limit = limit_m[order[first + j] if len(order) else first + j] if len(limit_m) > 1 else limit_m[0]
            x, y = lon_deg[first + j], lat_deg[first + j]
            found_m = exact_at(cells, candidate[k], x, y, frame, k) if candidate[k] >= 0 else np.nan
            if ROUNDING_M < found_m <= SERIES_M:
                best = np.int64(cells.hazard_of[candidate[k] >> 1])
                found_m -= ROUNDING_M
                key_m = found_m - cells.even_m
            else:
                found_m, key_m, best = measure(cells, leaf[j], x, y, frame, k, -1.0, -1.0, room)
            if found_m < 0.0:
                left += 1
            elif key_m > limit:
                far_m[j] = np.inf
            else:
                far_m[j], nearest[j] = found_m, best
        # Answers go to their places in a loop of their own: writes that do not wait for each other.
        for j in range(count):
            at = order[first + j] if len(order) else first + j
            distance_m[at], hazard[at] = far_m[j], nearest[j]
    return left


@compiled
def classify_many(cells, lon_deg, lat_deg, known_m, warn_m, shift_m, order, code):  # type: ignore[no-untyped-def]
    """Fill each position's code: 2, 1 or 0, or 255 where `direct` must answer; give the number left to `direct`.

    `shift_m` is what the hazards are widened by without its having been stated: it never puts a position inside.
    The i-th position's accuracy and code stand at `order[i]`, as in `nearest_many`.
    """
    left = 0
    room = room_for(cells.longest)
    leaf, info, waiting = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    key, bits, _ = room
    place, frame = np.empty((BLOCK, 3), np.int32), np.empty((BLOCK, 6))
    class_of = np.empty(BLOCK, np.uint8)
    beside = np.full(4, np.inf)
    for first in range(0, len(lon_deg), BLOCK):
        count = min(BLOCK, len(lon_deg) - first)
        leaves_of(cells, lon_deg, lat_deg, first, count, leaf, info, place, waiting)
        waits = 0
        for j in range(count):
            known = known_m[order[first + j] if len(order) else first + j] if len(known_m) > 1 else known_m[0]
            near_m, inside_m = warn_m + known, known - shift_m
            class_of[j] = 255
            if leaf[j] == -2:
                left += 1
                continue
            # Without branches: which of these holds, no processor could foresee.
            kind = (info[j] >> 27) & 3
            is_list, (least_m, most_m) = kind == LIST, bounds_of(cells.word, max(leaf[j], 0))
            beyond_m = least_m if is_list else (cells.reach_m if kind == BEYOND_CELL else -np.inf)
            is_inside = (kind == INSIDE_CELL) | (is_list & (most_m <= inside_m))
            is_near = is_list & (least_m > inside_m) & (most_m <= near_m)
            class_of[j] = 0 if beyond_m > near_m else (2 if is_inside else (1 if is_near else 255))
            waiting[waits] = j
            waits += is_list & (class_of[j] == 255)
            left += (not is_list) & (class_of[j] == 255)
        fetch(cells, leaf, waiting[:waits], lat_deg, first, frame, beside)
        for k in range(waits):
            j = waiting[k]
            known = known_m[order[first + j] if len(order) else first + j] if len(known_m) > 1 else known_m[0]
            near_m, inside_m = warn_m + known, known - shift_m
            x, y = lon_deg[first + j], lat_deg[first + j]
            if cells.is_even:
                edges, around = scan(cells, leaf[j], x, y, frame[k, 0] * _RAD, frame[k, 1] * _RAD, key)
                if around >= 0:
                    class_of[j] = 2
                    continue
                flat_m = math.sqrt(smallest(key, bits, edges))
                error_m = flat_m * frame_error(flat_m, frame[k, 2]) + 0.001
                least_m, most_m = flat_m - error_m - cells.even_m, flat_m + error_m - cells.even_m
                if least_m > near_m:
                    class_of[j] = 0
                elif most_m <= inside_m:
                    class_of[j] = 2
                elif least_m > inside_m and most_m <= near_m:
                    class_of[j] = 1
            if class_of[j] == 255:
                found_m, key_m, _ = measure(cells, leaf[j], x, y, frame, k, near_m, inside_m, room)
                if found_m < 0.0:
                    left += 1
                else:
                    class_of[j] = 2 if key_m <= inside_m else (1 if key_m <= near_m else 0)
        for j in range(count):
            code[order[first + j] if len(order) else first + j] = class_of[j]
    return left
