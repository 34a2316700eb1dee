"""One position against the list of its cell: which recorded hazard is the nearest, and how far away it is.

First all edges of the list in the position's own flat frame, side by side; then the few that may win, exactly.
"""

import math

import numpy as np

from merestone.screening.direct import ROUNDING_M, SERIES_M
from merestone.screening.frame import (
    compiled,
    curve_at,
    exact,
    exact_close,
    frame_error,
    inlined,
    is_close,
    reference_point,
    steps_for,
)
from merestone.screening.outline import A_M, E2
from merestone.screening.tile import TILES_PER_DEG

SIDE_BY_SIDE = 8
"""Edges that are looked at together. Behind the last vertex stand as many more, so that no run reads beyond."""
_RAD = math.pi / 180.0
_ONE, _TWO = np.uint64(1), np.uint64(2)


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
def room_for(longest):  # type: ignore[no-untyped-def]
    """Where `measure` keeps what it knows of the edges of a list: no list has more than `longest`.

    Squared flat distances, the same as bits, which order numbers of 0 or more as they do; lower bounds; and for each
    run its first edge, how many it has, and its part.
    """
    key = np.empty(longest + SIDE_BY_SIDE)
    return key, key.view(np.int64), np.empty(longest), np.empty((longest, 3), np.int64)


@inlined
def look_along(vertex, v, edges, lon_deg, lat_deg, kx, ky, rx, ry, at, key):  # type: ignore[no-untyped-def]
    """Fill, from `at` on, the squared flat distance of each edge of a run; give how far they turn the winding number.

    Eight edges at a time, without a branch, so that a processor takes them side by side: up to seven too many are
    looked at, and the next run overwrites what they gave. (rx, ry) is the reference point, metres from the position.
    """
    # Unsigned, since no index from the end is meant: only then does the compiler see that they follow each other.
    from_vertex, to, stop, turned = np.uint64(2 * v), np.uint64(at), np.uint64(edges), np.int64(0)
    for k in range(np.uint64((edges + SIDE_BY_SIDE - 1) & -SIDE_BY_SIDE)):
        u, i = from_vertex + k + k, to + k
        ax, ay = (vertex[u] - lon_deg) * kx, (vertex[u + _ONE] - lat_deg) * ky
        bx, by = (vertex[u + _TWO] - lon_deg) * kx, (vertex[u + _TWO + _ONE] - lat_deg) * ky
        ux, uy = bx - ax, by - ay
        t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
        px, py = ax + t * ux, ay + t * uy
        key[i] = px * px + py * py
        # An edge may turn the winding only if its ends lie on either side of the line to the reference point.
        crosses = (rx * ay - ry * ax >= 0.0) != (rx * by - ry * bx >= 0.0)
        here = ax * by - ay * bx > 0.0
        there = ux * (ry - ay) - uy * (rx - ax) > 0.0
        turned += (np.int64(here) - np.int64(there)) * np.int64(crosses & (k < stop))
    return turned


@inlined
def measure(cells, leaf, lon_deg, lat_deg, sin, cos, near_m, inside_m, room):  # type: ignore[no-untyped-def]
    """Distance (-1: ask `direct`), that less the widening, both in metres, and part of a position's nearest hazard.

    The leaf has a list. Inside, the distance is 0, and what is left of it after the widening minus infinity. `sin` and
    `cos` are the latitude's. With `near_m` below 0 all is exact. Otherwise only the class matters: then only the second
    is given, and a flat distance is enough unless its error could carry it over `near_m` or `inside_m`. `room` is from
    `room_for`.
    """
    vertex, word = cells.vertex, cells.word
    key, bits, low, run = room
    info = cells.leaf[4 * leaf + 3]
    by_w2 = 1.0 / (1.0 - E2 * sin * sin)
    n = A_M * math.sqrt(by_w2)
    m = n * (1.0 - E2) * by_w2
    kx, ky = n * cos * _RAD, m * _RAD
    tangent = abs(sin) / cos
    at = np.int64(cells.leaf[4 * leaf + 2])
    stop = at + (info & 0x3FFFFF)
    rx, ry = reference_of(info, lon_deg, lat_deg)
    rx, ry = (rx - lon_deg) * kx, (ry - lat_deg) * ky
    count, runs, around = np.int64(0), np.int64(0), np.int64(-1)
    while at < stop:
        part, winds = word[at] >> 1, word[at] & 1
        after, winding = runs + (word[at + 1] >> 8), (word[at + 1] & 255) - 128
        at += 2
        while runs < after:
            v, edges = np.int64(word[at]), np.int64(word[at + 1])
            winding += look_along(vertex, v, edges, lon_deg, lat_deg, kx, ky, rx, ry, count, key)
            run[runs, 0], run[runs, 1], run[runs, 2] = v, edges, part
            count += edges
            runs += 1
            at += 2
        if winds * winding != 0 and (around < 0 or cells.part_hazard[part] < cells.part_hazard[around]):
            around = np.int64(part)
    if around >= 0:
        return 0.0, -np.inf, around
    if cells.is_even:
        least = bits[0]
        for i in range(1, count):
            least = min(least, bits[i])
        bits[count] = least
        flat_m = math.sqrt(key[count])
        widened = cells.part_widened[0]
        error_m = flat_m * frame_error(flat_m, tangent)
        least_m, most_m = flat_m - error_m - widened, flat_m + error_m - widened
        bound = (flat_m + 2.1 * error_m + 1e-6) ** 2  # what may win when measured exactly
    else:
        least_m, most_m, i = np.inf, np.inf, 0
        for r in range(runs):
            widened = cells.part_widened[run[r, 2]]
            for _ in range(run[r, 1]):
                flat_m = math.sqrt(key[i])
                error_m = flat_m * frame_error(flat_m, tangent)
                low[i] = flat_m - error_m - widened
                least_m, most_m = min(least_m, low[i]), min(most_m, flat_m + error_m - widened)
                i += 1
        bound = most_m + 1e-6
    if near_m >= 0.0:
        least_m, most_m = least_m - 0.001, most_m + 0.001
        if most_m <= inside_m:
            return 0.0, most_m, -1
        if least_m > near_m or (least_m > inside_m and most_m <= near_m):
            return 0.0, 0.5 * (least_m + most_m), -1
    best_m, best_part, i = np.inf, np.int64(-1), 0
    last_v, last_t = np.int64(-2), 0.0
    for r in range(runs):
        v, part = run[r, 0], run[r, 2]
        widened = cells.part_widened[part]
        for _ in range(run[r, 1]):
            if (key[i] if cells.is_even else low[i]) <= bound:
                x0, y0 = vertex[2 * v] - lon_deg, vertex[2 * v + 1] - lat_deg
                dx, dy = vertex[2 * v + 2] - vertex[2 * v], vertex[2 * v + 3] - vertex[2 * v + 1]
                ax, ay, ux, uy = x0 * kx, y0 * ky, dx * kx, dy * ky
                t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
                if not (v == last_v + 1 and t == 0.0 and last_t == 1.0):  # else it is the vertex that was measured last
                    flat_m = math.sqrt(key[i])
                    steps = steps_for(flat_m, frame_error(flat_m, tangent))
                    if is_close(flat_m, tangent):
                        key_m = exact_close(x0, y0, dx, dy, t, n * cos, m, sin, cos, by_w2, steps) - widened
                    else:
                        key_m = exact(x0, y0, dx, dy, t, curve_at(sin, cos), steps) - widened
                    is_tied = key_m <= best_m + 1e-9 and best_part >= 0
                    if key_m < best_m - 1e-9 or (is_tied and cells.part_hazard[part] < cells.part_hazard[best_part]):
                        best_m, best_part = key_m, np.int64(part)
                last_v, last_t = v, t
            v += 1
            i += 1
    distance_m = best_m + cells.part_widened[best_part] - ROUNDING_M
    if distance_m > SERIES_M:
        return -1.0, np.inf, -1
    if distance_m <= 0.0:
        return 0.0, -np.inf, best_part
    return distance_m, distance_m - cells.part_widened[best_part], best_part
