"""The compiled kernel: positions find their cells, and what a cell does not tell is measured there.

Everything here runs without the interpreter's lock, over flat arrays. `cell` makes the arrays, `measure` holds one
position against the list of its cell; `grid` calls both.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from merestone.screening.frame import (
    compiled,
)
from merestone.screening.measure import measure, room_for
from merestone.screening.tile import PAD, TILES_PER_DEG

MAX_LAT_DEG = 84.0
"""Nearer to a pole the flat frames of the cells are too crude; there `direct` answers."""
LIST, INSIDE_CELL, BEYOND_CELL, DIRECT_CELL = 0, 1, 2, 3
_RAD = math.pi / 180.0
_LEVELS = 24
BLOCK = 512
"""Positions that go through each step together."""


class Cells(NamedTuple):
    """The prepared index: plain arrays and numbers, all that the kernel reads, and nothing else.

    A leaf is a cell that is not divided. Vertices and parts are those of `Outlines` in another order: parts that lie
    side by side stand side by side, and parts near the antimeridian stand once more, 360 degrees away.
    """

    vertex: Any
    """(2 (vertices + 8),) float64: longitude and latitude of each, degrees. Vertices v and v + 1 are the edge v. The
    last vertex is repeated eight times, for `measure.look_along`."""
    part_hazard: Any
    """(parts,) int32: index of the part's hazard, in the order given to `HazardIndex.build`."""
    part_widened: Any
    """(parts,) float64: metres by which the part's hazard is widened."""
    tile: Any
    """(rows, columns) int32: number of the tile, -1 where every hazard is beyond `reach_m`; rows from the south."""
    tile_start: Any
    """(tiles,) int64: first entry of the tile's table."""
    tile_level: Any
    """(tiles,) int8: a tile's table has 4 ** level entries, row after row from the south."""
    entry: Any
    """(entries,) int32: a leaf's number, or ~n for four more entries at `node[4 n]`."""
    node: Any
    """(4 nodes,) int32: as `entry`, for the south-west, south-east, north-west and north-east quarter."""
    leaf: Any
    """(4 leaves,) int32, four for each leaf, which are read together. The first two are float32 by their bits: no
    position of the cell has a hazard nearer than the one, and every position has one as near as the other, less its
    widening, metres. Then the first word of the leaf's list, or for a cell inside a hazard, the hazard. Last, words of
    the list (bits 0-21), level (22-26), kind of cell (27-28) and reference point (29-30)."""
    word: Any
    """(words,) int32, the lists. For each part: 2 * part + (1 if the part cuts the cell); 256 * runs + 128 + winding
    number at the reference point; then for each run its first edge and how many edges it has."""
    reach_m: float
    """Every position nearer to a hazard, less its widening, than this is in a cell that knows the hazard."""
    is_even: bool
    """Whether all hazards are widened alike, so that the smallest distance is the smallest key."""
    longest: int
    """Edges of the longest list."""


@compiled
def turned(lat_deg, beside):  # type: ignore[no-untyped-def]
    """Sine and cosine of a latitude, from those of the middle of its 1/64 degree: number, latitude, sine, cosine.

    `beside` is kept up to date; what it holds does not change the answer. Within 0.00014 radians the series to the
    third power is right to 2e-17, and three times as quick.
    """
    number = math.floor(lat_deg * 64.0)
    if number != beside[0]:
        beside[0], beside[1] = number, (number + 0.5) / 64.0
        beside[2], beside[3] = math.sin(beside[1] * _RAD), math.cos(beside[1] * _RAD)
    step = (lat_deg - beside[1]) * _RAD
    half, third = 0.5 * step * step, step * step * step / 6.0
    sin, cos = beside[2], beside[3]
    return sin + cos * step - sin * half - cos * third, cos - sin * step - cos * half + sin * third


@compiled
def leaves_of(cells, lon_deg, lat_deg, first, count, leaf, info, place, pending):  # type: ignore[no-untyped-def]
    """Fill the leaves of a block of positions, -1 where there is no tile, -2 where `direct` must answer; and `info`.

    All positions go down by one level before any goes by the next: the reads of different positions then wait for the
    memory side by side, and no branch waits for what was read. `place` and `pending` are room.
    """
    waits, one = 0, 1 << _LEVELS
    for j in range(count):
        lon, lat = lon_deg[first + j], lat_deg[first + j]
        leaf[j] = -2
        if -180.0 <= lon <= 180.0 and -MAX_LAT_DEG <= lat <= MAX_LAT_DEG:
            x, y = (lon + 180.0) * TILES_PER_DEG, (lat + 90.0) * TILES_PER_DEG
            column, row = int(x), int(y)
            tile = cells.tile[row, column + PAD]
            leaf[j] = -1
            if tile >= 0:
                ix, iy = int((x - column) * one), int((y - row) * one)
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
        info[j] = cells.leaf[4 * leaf[j] + 3] if leaf[j] >= 0 else BEYOND_CELL << 27


@compiled
def touched(cells, leaf, waiting, place, count):  # type: ignore[no-untyped-def]
    """Read here and there in the lists of waiting positions, and in their first and last runs of edges.

    What `measure` reads is then in the cache, fetched for all positions side by side. Give a sum of what was read.
    """
    word, vertex = cells.word, cells.vertex
    read = 0.0
    for k in range(count):
        here = 4 * leaf[waiting[k]]
        at, words = int(cells.leaf[here + 2]), int(cells.leaf[here + 3] & 0x3FFFFF)
        last = at + words - 2 if words else at  # a list has at least a part and a run, of two words each
        first = at + 2 if words else at
        place[k, 0], place[k, 1] = word[first], word[first + 1] if words else 0
        place[k, 2], place[k, 3] = word[last], word[last + 1] if words else 0
    for k in range(count):
        a, b = 2 * int(place[k, 0]), 2 * int(place[k, 1])
        c, d = 2 * int(place[k, 2]), 2 * int(place[k, 3])
        read += vertex[a] + vertex[a + min(b, 8)] + vertex[a + min(b, 16)] + vertex[c] + vertex[c + d]
    return read


@compiled
def nearest_many(cells, lon_deg, lat_deg, limit_m, order, distance_m, hazard):  # type: ignore[no-untyped-def]
    """Fill distance (NaN: `direct` must answer) and hazard of each position; give the number left to `direct`.

    The i-th position's limit and answer stand at `order[i]`, or at i if there is no order; one limit may stand for all.
    """
    left = 0
    room = room_for(cells.longest)
    leaf, info, waiting = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64)
    place = np.empty((BLOCK, 4), np.int32)
    far_m, found = np.empty(BLOCK), np.empty(BLOCK, np.int64)
    bound, beside = cells.leaf.view(np.float32), np.full(4, np.inf)
    for first in range(0, len(lon_deg), BLOCK):
        count = min(BLOCK, len(lon_deg) - first)
        leaves_of(cells, lon_deg, lat_deg, first, count, leaf, info, place, waiting)
        waits = 0
        for j in range(count):
            limit = limit_m[order[first + j] if len(order) else first + j] if len(limit_m) > 1 else limit_m[0]
            far_m[j], found[j] = np.nan, -1
            if leaf[j] == -2:
                left += 1
                continue
            kind = (info[j] >> 27) & 3
            if kind == INSIDE_CELL:
                far_m[j], found[j] = 0.0, cells.leaf[4 * leaf[j] + 2]
            elif kind == BEYOND_CELL:
                if limit < cells.reach_m:
                    far_m[j] = np.inf
                else:
                    left += 1
            elif kind == DIRECT_CELL:
                left += 1
            elif bound[4 * leaf[j]] > limit:
                far_m[j] = np.inf
            else:
                waiting[waits] = j
                waits += 1
        if touched(cells, leaf, waiting, place, waits) == np.inf:  # never; but what is not used is not read
            return -1
        for k in range(waits):
            j = waiting[k]
            limit = limit_m[order[first + j] if len(order) else first + j] if len(limit_m) > 1 else limit_m[0]
            x, y = lon_deg[first + j], lat_deg[first + j]
            sin, cos = turned(y, beside)
            found_m, key_m, part = measure(cells, leaf[j], x, y, sin, cos, -1.0, -1.0, room)
            if found_m < 0.0:
                left += 1
            elif key_m > limit:
                far_m[j] = np.inf
            else:
                far_m[j], found[j] = found_m, cells.part_hazard[part]
        # Answers go to their places in a loop of their own: writes that do not wait for each other.
        for j in range(count):
            at = order[first + j] if len(order) else first + j
            distance_m[at], hazard[at] = far_m[j], found[j]
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
    place = np.empty((BLOCK, 4), np.int32)
    found = np.empty(BLOCK, np.uint8)
    bound, beside = cells.leaf.view(np.float32), np.full(4, np.inf)
    for first in range(0, len(lon_deg), BLOCK):
        count = min(BLOCK, len(lon_deg) - first)
        leaves_of(cells, lon_deg, lat_deg, first, count, leaf, info, place, waiting)
        waits = 0
        for j in range(count):
            known = known_m[order[first + j] if len(order) else first + j] if len(known_m) > 1 else known_m[0]
            near_m, inside_m = warn_m + known, known - shift_m
            found[j] = 255
            if leaf[j] == -2:
                left += 1
                continue
            # Without branches: which of these holds, no processor could foresee.
            kind, at = (info[j] >> 27) & 3, 4 * max(leaf[j], 0)
            is_list, least_m, most_m = kind == LIST, bound[at], bound[at + 1]
            beyond_m = least_m if is_list else (cells.reach_m if kind == BEYOND_CELL else -np.inf)
            is_inside = (kind == INSIDE_CELL) | (is_list & (most_m <= inside_m))
            is_near = is_list & (least_m > inside_m) & (most_m <= near_m)
            found[j] = 0 if beyond_m > near_m else (2 if is_inside else (1 if is_near else 255))
            waiting[waits] = j
            waits += is_list & (found[j] == 255)
            left += (not is_list) & (found[j] == 255)
        if touched(cells, leaf, waiting, place, waits) == np.inf:  # never; but what is not used is not read
            return -1
        for k in range(waits):
            j = waiting[k]
            known = known_m[order[first + j] if len(order) else first + j] if len(known_m) > 1 else known_m[0]
            near_m, inside_m = warn_m + known, known - shift_m
            x, y = lon_deg[first + j], lat_deg[first + j]
            sin, cos = turned(y, beside)
            found_m, key_m, _ = measure(cells, leaf[j], x, y, sin, cos, near_m, inside_m, room)
            if found_m < 0.0:
                left += 1
                continue
            found[j] = 2 if key_m <= inside_m else (1 if key_m <= near_m else 0)
        for j in range(count):
            code[order[first + j] if len(order) else first + j] = found[j]
    return left
