"""The compiled kernel: a position finds its cell, and measures the few edges that can be the nearest from there.

Everything here runs without the interpreter's lock, over flat arrays. `cell` makes the arrays; `grid` calls both.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from merestone.screening.direct import ROUNDING_M, SERIES_M
from merestone.screening.frame import compiled, curve_at, exact, frame_error, reference_point, steps_for
from merestone.screening.outline import A_M, E2
from merestone.screening.tile import PAD, TILES_PER_DEG

MAX_LAT_DEG = 84.0
"""Nearer to a pole the flat frames of the cells are too crude; there `direct` answers."""
LIST, INSIDE_CELL, BEYOND_CELL, DIRECT_CELL = 0, 1, 2, 3
_RAD = math.pi / 180.0
_LEVELS = 24


class Cells(NamedTuple):
    """The prepared index: plain arrays and numbers, all that the kernel reads, and nothing else.

    A leaf is a cell that is not divided. Vertices and parts are those of `Outlines` in another order: parts that lie
    side by side stand side by side, and parts near the antimeridian stand once more, 360 degrees away.
    """

    lon: Any
    """(vertices,) float64, degrees."""
    lat: Any
    """(vertices,) float64, degrees. Vertices v and v + 1 are the edge v."""
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
    low: Any
    """(leaves,) float32: no position of the cell has a hazard nearer than this, less its widening, metres."""
    high: Any
    """(leaves,) float32: every position of the cell has a hazard as near as this, less its widening, metres."""
    start: Any
    """(leaves,) int64: first word of the leaf's list; for a cell inside a hazard, the hazard."""
    info: Any
    """(leaves,) int32: words of the list (bits 0-21), level (22-26), kind of cell (27-28), reference point (29-30)."""
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
def leaf_at(cells, lon_deg, lat_deg):  # type: ignore[no-untyped-def]
    """The leaf that holds a position, -1 if there is no tile, and the tile's column and row."""
    x, y = (lon_deg + 180.0) * TILES_PER_DEG, (lat_deg + 90.0) * TILES_PER_DEG
    column, row = int(x), int(y)
    tile = cells.tile[row, column + PAD]
    if tile < 0:
        return -1
    one = 1 << _LEVELS
    ix, iy = int((x - column) * one), int((y - row) * one)
    level = cells.tile_level[tile]
    shift = _LEVELS - level
    code = cells.entry[cells.tile_start[tile] + (((iy >> shift) << level) | (ix >> shift))]
    while code < 0:
        shift -= 1
        code = cells.node[4 * (~code) + ((((iy >> shift) & 1) << 1) | ((ix >> shift) & 1))]
    return code


@compiled
def reference_of(info, lon_deg, lat_deg):  # type: ignore[no-untyped-def]
    """The reference point of the leaf that holds a position."""
    x, y = (lon_deg + 180.0) * TILES_PER_DEG, (lat_deg + 90.0) * TILES_PER_DEG
    column, row = int(x), int(y)
    # A leaf may stand for a block of the tile's table: its own level is kept with it.
    level = (info >> 22) & 31
    cells = 1 << level
    size = 1.0 / (TILES_PER_DEG * cells)
    west = column / TILES_PER_DEG - 180.0 + int((x - column) * cells) * size
    south = row / TILES_PER_DEG - 90.0 + int((y - row) * cells) * size
    return reference_point(west + 0.5 * size, south + 0.5 * size, size, (info >> 29) & 3)


@compiled
def measure(cells, leaf, lon_deg, lat_deg, near_m, inside_m, low, edge, owner):  # type: ignore[no-untyped-def]
    """Distance in metres (-1: ask `direct`) and part of a position's nearest hazard, in a leaf with a list.

    With `near_m` below 0 the distance is exact. Otherwise only the class matters, and a flat distance is enough unless
    its error could carry the distance less the widening over `near_m` or `inside_m`. `low`, `edge` and `owner` are room
    for the longest list. The loop over the edges has no branch that a processor could not foresee.
    """
    lon, lat, word = cells.lon, cells.lat, cells.word
    info = cells.info[leaf]
    sin, cos = math.sin(lat_deg * _RAD), math.cos(lat_deg * _RAD)
    w2 = 1.0 - E2 * sin * sin
    n = A_M / math.sqrt(w2)
    kx, ky = n * cos * _RAD, n * (1.0 - E2) / w2 * _RAD
    tangent = abs(sin) / cos
    at = cells.start[leaf]
    stop = at + (info & 0x3FFFFF)
    rx, ry = reference_of(info, lon_deg, lat_deg)
    rx, ry = (rx - lon_deg) * kx, (ry - lat_deg) * ky
    best, best_at, count, around = np.inf, 0, 0, -1
    while at < stop:
        part, winds = word[at] >> 1, word[at] & 1
        runs, winding = word[at + 1] >> 8, (word[at + 1] & 255) - 128
        at += 2
        widened = cells.part_widened[part]
        for _ in range(runs):
            v, last = word[at], word[at] + word[at + 1]
            at += 2
            ax, ay = (lon[v] - lon_deg) * kx, (lat[v] - lat_deg) * ky
            left_a = rx * ay - ry * ax >= 0.0
            while v < last:
                bx, by = (lon[v + 1] - lon_deg) * kx, (lat[v + 1] - lat_deg) * ky
                left_b = rx * by - ry * bx >= 0.0
                ux, uy = bx - ax, by - ay
                here = ax * by - ay * bx > 0.0
                there = ux * (ry - ay) - uy * (rx - ax) > 0.0
                winding += winds * (left_a != left_b) * (here != there) * (2 * here - 1)
                t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
                px, py = ax + t * ux, ay + t * uy
                key = px * px + py * py
                if cells.is_even:
                    low[count] = key
                else:
                    flat_m = math.sqrt(key)
                    error_m = flat_m * frame_error(flat_m, tangent)
                    key = flat_m + error_m - widened
                    low[count] = flat_m - error_m - widened
                edge[count], owner[count] = v, part
                best_at = count if key < best else best_at
                best = key if key < best else best
                count += 1
                v += 1
                ax, ay, left_a = bx, by, left_b
        if winding != 0 and winds and (around < 0 or cells.part_hazard[part] < cells.part_hazard[around]):
            around = part
    if around >= 0:
        return 0.0, around
    part = owner[best_at]
    widened = cells.part_widened[part]
    if cells.is_even:
        flat_m = math.sqrt(best)
        error_m = flat_m * frame_error(flat_m, tangent)
        least_m, most_m = flat_m - error_m - widened, flat_m + error_m - widened
        bound = (flat_m + 2.1 * error_m + 1e-6) ** 2  # what may win when measured exactly
    else:
        least_m, most_m, bound = np.inf, best, best + 1e-6
        for i in range(count):
            least_m = min(least_m, low[i])
    if near_m >= 0.0:
        least_m, most_m = least_m - 0.001, most_m + 0.001
        if most_m <= inside_m:
            return 0.0, part
        if least_m > near_m or (least_m > inside_m and most_m <= near_m):
            return max(0.5 * (least_m + most_m) + widened, 1e-9), part
    curve = curve_at(sin, cos)
    best_m, best_part, best_t, best_v = np.inf, -1, 0.0, edge[best_at]
    for nth in range(-1, count):  # the flat winner first
        i = best_at if nth < 0 else nth
        if low[i] > bound or nth == best_at:
            continue
        v, part = edge[i], owner[i]
        x0, y0 = lon[v] - lon_deg, lat[v] - lat_deg
        dx, dy = lon[v + 1] - lon[v], lat[v + 1] - lat[v]
        ax, ay, ux, uy = x0 * kx, y0 * ky, dx * kx, dy * ky
        t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
        if nth < 0:
            best_t = t
        elif (v == best_v + 1 and t == 0.0 and best_t == 1.0) or (v == best_v - 1 and t == 1.0 and best_t == 0.0):
            continue  # the same vertex
        flat_m = math.sqrt((ax + t * ux) ** 2 + (ay + t * uy) ** 2)
        key_m = exact(x0, y0, dx, dy, t, curve, steps_for(flat_m, frame_error(flat_m, tangent)))
        key_m -= cells.part_widened[part]
        tied = key_m <= best_m + 1e-9 and best_part >= 0 and cells.part_hazard[part] < cells.part_hazard[best_part]
        if key_m < best_m - 1e-9 or tied:
            best_m, best_part = key_m, part
    distance_m = best_m + cells.part_widened[best_part]
    if distance_m > SERIES_M:
        return -1.0, -1
    return max(distance_m - ROUNDING_M, 0.0), best_part


@compiled
def nearest_many(cells, lon_deg, lat_deg, limit_m, order, distance_m, hazard):  # type: ignore[no-untyped-def]
    """Fill distance (NaN: `direct` must answer) and hazard of each position; give the number left to `direct`.

    The i-th position's limit and answer stand at `order[i]`, or at i if there is no order; one limit may stand for all.
    """
    left = 0
    low, edge, owner = np.empty(cells.longest), np.empty(cells.longest, np.int32), np.empty(cells.longest, np.int32)
    for i in range(len(lon_deg)):
        x, y = lon_deg[i], lat_deg[i]
        at = order[i] if len(order) else i
        limit = limit_m[at] if len(limit_m) > 1 else limit_m[0]
        distance_m[at], hazard[at] = np.nan, -1
        if not (-180.0 <= x <= 180.0 and -MAX_LAT_DEG <= y <= MAX_LAT_DEG):
            left += 1
            continue
        leaf = leaf_at(cells, x, y)
        kind = BEYOND_CELL if leaf < 0 else (cells.info[leaf] >> 27) & 3
        if kind == INSIDE_CELL:
            distance_m[at], hazard[at] = 0.0, cells.start[leaf]
        elif kind == BEYOND_CELL:
            if limit < cells.reach_m:
                distance_m[at] = np.inf
            else:
                left += 1
        elif kind == DIRECT_CELL:
            left += 1
        elif cells.low[leaf] > limit:
            distance_m[at] = np.inf
        else:
            found_m, part = measure(cells, leaf, x, y, -1.0, -1.0, low, edge, owner)
            if found_m < 0.0:
                left += 1
            elif found_m > 0.0 and found_m - cells.part_widened[part] > limit:
                distance_m[at] = np.inf
            else:
                distance_m[at], hazard[at] = found_m, cells.part_hazard[part]
    return left


@compiled
def classify_many(cells, lon_deg, lat_deg, known_m, warn_m, shift_m, order, code):  # type: ignore[no-untyped-def]
    """Fill each position's code: 2, 1 or 0, or 255 where `direct` must answer; give the number left to `direct`.

    `shift_m` is what the hazards are widened by without its having been stated: it never puts a position inside.
    The i-th position's accuracy and code stand at `order[i]`, as in `nearest_many`.
    """
    left = 0
    low, edge, owner = np.empty(cells.longest), np.empty(cells.longest, np.int32), np.empty(cells.longest, np.int32)
    for i in range(len(lon_deg)):
        x, y = lon_deg[i], lat_deg[i]
        at = order[i] if len(order) else i
        known = known_m[at] if len(known_m) > 1 else known_m[0]
        code[at] = 255
        if not (-180.0 <= x <= 180.0 and -MAX_LAT_DEG <= y <= MAX_LAT_DEG):
            left += 1
            continue
        near_m, inside_m = warn_m + known, known - shift_m
        leaf = leaf_at(cells, x, y)
        kind = BEYOND_CELL if leaf < 0 else (cells.info[leaf] >> 27) & 3
        if kind == INSIDE_CELL:
            code[at] = 2
        elif kind == BEYOND_CELL:
            if near_m < cells.reach_m:
                code[at] = 0
            else:
                left += 1
        elif kind == DIRECT_CELL:
            left += 1
        elif cells.low[leaf] > near_m:
            code[at] = 0
        elif cells.high[leaf] <= inside_m:
            code[at] = 2
        elif cells.low[leaf] > inside_m and cells.high[leaf] <= near_m:
            code[at] = 1
        else:
            found_m, part = measure(cells, leaf, x, y, near_m, inside_m, low, edge, owner)
            if found_m < 0.0:
                left += 1
                continue
            key_m = found_m - cells.part_widened[part]
            code[at] = 2 if found_m == 0.0 or key_m <= inside_m else (1 if key_m <= near_m else 0)
    return left
