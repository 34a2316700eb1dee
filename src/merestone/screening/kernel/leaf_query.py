"""One position against the list of its cell: which recorded hazard is the nearest, and how far away it is.

First all edges of the list in the position's own flat frame, side by side; then the few that may win, exactly.
"""

import math

import numpy as np

from merestone.screening.kernel.compiled_function import compiled, inlined
from merestone.screening.kernel.local_plane import (
    curve_at,
    exact,
    exact_close,
    frame_error,
    is_close,
    reference_point,
    steps_for,
)
from merestone.screening.kernel.numpy_query import ROUNDING_M, SERIES_M
from merestone.screening.kernel.outline import A_M, E2
from merestone.screening.kernel.tile_grid import TILES_PER_DEG

SIDE_BY_SIDE = 8
"""Edges that are looked at together. Behind the last vertex stand as many more, so that no run reads beyond."""
RUNS = 0x3FFFFF
"""The bits of a leaf's second word that say how many runs of edges its list has."""
WINDS, GOES_ON, WINDING, EDGES = 1, 2, 2, 10
"""A run's second word: flags, and by how many bits its winding number and its number of edges are moved."""
NUMBERED = 1024
"""So many edges of a list can be numbered in the last bits of their keys, which changes these by 1e-12 of them."""
_RAD = math.pi / 180.0
_ONE, _TWO = np.uint64(1), np.uint64(2)


@inlined
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

    Squared flat distances, the same as bits, which order numbers of 0 or more as they do; and lower bounds.
    """
    key = np.empty(longest + 2 * SIDE_BY_SIDE)
    return key, key.view(np.int64), np.empty(longest)


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


@inlined
def edge_beside(vertex, u, lon_deg, lat_deg, kx, ky):  # type: ignore[no-untyped-def]
    """The ends of the edge that begins at `vertex[u]`, in metres from a position, and its squared distance."""
    ax, ay = (vertex[u] - lon_deg) * kx, (vertex[u + _ONE] - lat_deg) * ky
    bx, by = (vertex[u + _TWO] - lon_deg) * kx, (vertex[u + _TWO + _ONE] - lat_deg) * ky
    ux, uy = bx - ax, by - ay
    t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
    px, py = ax + t * ux, ay + t * uy
    return ax, ay, bx, by, px * px + py * py


@inlined
def look_along(vertex, v, edges, lon_deg, lat_deg, kx, ky, at, key):  # type: ignore[no-untyped-def]
    """Fill, from `at` on, the squared flat distance of each edge of a run.

    Eight edges at a time, without a branch, so that a processor takes them side by side: up to seven too many are
    looked at, and the next run overwrites what they gave.
    """
    # Unsigned, since no index from the end is meant: only then does the compiler see that they follow each other.
    from_vertex, to = np.uint64(2 * v), np.uint64(at)
    for k in range(np.uint64((edges + SIDE_BY_SIDE - 1) & -SIDE_BY_SIDE)):
        key[to + k] = edge_beside(vertex, from_vertex + k + k, lon_deg, lat_deg, kx, ky)[4]


@inlined
def look_around(vertex, v, edges, lon_deg, lat_deg, kx, ky, rx, ry, at, key):  # type: ignore[no-untyped-def]
    """As `look_along`, and give how far the run's edges turn the winding number.

    (rx, ry) is the reference point, metres from the position.
    """
    from_vertex, to, stop, turned = np.uint64(2 * v), np.uint64(at), np.uint64(edges), np.int64(0)
    for k in range(np.uint64((edges + SIDE_BY_SIDE - 1) & -SIDE_BY_SIDE)):
        ax, ay, bx, by, key[to + k] = edge_beside(vertex, from_vertex + k + k, lon_deg, lat_deg, kx, ky)
        # An edge may turn the winding only if its ends lie on either side of the line to the reference point.
        crosses = (rx * ay - ry * ax >= 0.0) != (rx * by - ry * bx >= 0.0)
        here = ax * by - ay * bx > 0.0
        there = (bx - ax) * (ry - ay) - (by - ay) * (rx - ax) > 0.0
        turned += (np.int64(here) - np.int64(there)) * np.int64(crosses & (k < stop))
    return turned


@inlined
def frame_at(lat_deg, beside, frame, k):  # type: ignore[no-untyped-def]
    """Put what the flat frame at a latitude is made of in row k of `frame`, (n, 6). `beside` is of `turned`."""
    sin, cos = turned(lat_deg, beside)
    by_w2 = 1.0 / (1.0 - E2 * sin * sin)
    n = A_M * math.sqrt(by_w2)
    frame[k, 0], frame[k, 1], frame[k, 2] = n * cos, n * (1.0 - E2) * by_w2, abs(sin) / cos
    frame[k, 3], frame[k, 4], frame[k, 5] = sin, cos, by_w2


@inlined
def scan(cells, leaf, lon_deg, lat_deg, kx, ky, key):  # type: ignore[no-untyped-def]
    """Fill the squared flat distances to a list's edges; give how many, and the hazard that a position lies in, or -1.

    Behind the last eight stand eight that are infinite.
    """
    vertex, word = cells.vertex, cells.word
    info = word[leaf + 1]
    at, stop = leaf + 2, leaf + 2 + 2 * np.int64(info & RUNS)
    count, around = np.int64(0), np.int64(-1)
    if word[at + 1] & WINDS:
        rx, ry = reference_of(info, lon_deg, lat_deg)
        rx, ry, winding = (rx - lon_deg) * kx, (ry - lat_deg) * ky, np.int64(0)
        while at < stop and word[at + 1] & WINDS:
            v, about = np.int64(word[at]), word[at + 1]
            if not about & GOES_ON:
                winding = np.int64((about >> WINDING) & 255) - 128
            winding += look_around(vertex, v, about >> EDGES, lon_deg, lat_deg, kx, ky, rx, ry, count, key)
            count += about >> EDGES
            at += 2
            if winding != 0 and (at == stop or not word[at + 1] & GOES_ON):
                hazard = np.int64(cells.hazard_of[v])
                around = hazard if around < 0 else min(around, hazard)
    while at < stop:
        edges = word[at + 1] >> EDGES
        look_along(vertex, np.int64(word[at]), edges, lon_deg, lat_deg, kx, ky, count, key)
        count += edges
        at += 2
    for i in range(SIDE_BY_SIDE):
        key[count + i] = np.inf
    return count, around


@inlined
def least_of_list(bits, count):  # type: ignore[no-untyped-def]
    """The smallest key of a list, its last bits replaced by its number, as in `NUMBERED`."""
    least = np.int64(0x7FF0000000000000)
    for i in range(np.uint64((count + SIDE_BY_SIDE - 1) & -SIDE_BY_SIDE)):
        least = min(least, (bits[i] & -NUMBERED) | np.int64(i))
    return least


@inlined
def smallest(key, bits, count):  # type: ignore[no-untyped-def]
    """The smallest key of a list."""
    least = bits[0]
    for i in range(np.uint64((count + SIDE_BY_SIDE - 1) & -SIDE_BY_SIDE)):
        least = min(least, bits[i])
    bits[count] = least
    return key[count]


@inlined
def candidate_of(cells, leaf, count, number, bound, key):  # type: ignore[no-untyped-def]
    """Of a list's edges whose key is at most `bound`: 2 v if it is edge v alone, 2 v + 1 for v and v + 1, otherwise -1.

    `number` is that of the edge with the smallest key.
    """
    word = cells.word
    hits = np.int64(0)
    for i in range(np.uint64((count + SIDE_BY_SIDE - 1) & -SIDE_BY_SIDE)):
        hits += np.int64(key[i] <= bound)
    at, begun = leaf + 2, np.int64(0)
    while number >= begun + (word[at + 1] >> EDGES):
        begun += word[at + 1] >> EDGES
        at += 2
    v = np.int64(word[at]) + number - begun
    if hits == 1:
        return 2 * v
    is_next = number + 1 < begun + (word[at + 1] >> EDGES) and key[number + 1] <= bound
    is_before = number > begun and key[number - 1] <= bound
    if hits == 2 and (is_next or is_before):
        return 2 * (v if is_next else v - 1) + 1
    return -1


@inlined
def exact_from(x0, y0, dx, dy, t, flat_m, frame, k):  # type: ignore[no-untyped-def]
    """Distance in metres to an edge given in degrees from a position, from where on it the flat frame has its foot."""
    tangent = frame[k, 2]
    steps = steps_for(flat_m, frame_error(flat_m, tangent))
    if is_close(flat_m, tangent):
        return exact_close(x0, y0, dx, dy, t, frame[k, 0], frame[k, 1], frame[k, 3], frame[k, 4], frame[k, 5], steps)
    return exact(x0, y0, dx, dy, t, curve_at(frame[k, 3], frame[k, 4]), steps)


@inlined
def exact_at(cells, candidate, lon_deg, lat_deg, frame, k):  # type: ignore[no-untyped-def]
    """Distance in metres to a candidate of `candidate_of`; NaN for two edges that are not nearest at their vertex."""
    vertex = cells.vertex
    v = np.uint64(candidate & ~1)
    kx, ky = frame[k, 0] * _RAD, frame[k, 1] * _RAD
    x0, y0 = vertex[v] - lon_deg, vertex[v + _ONE] - lat_deg
    x1, y1 = vertex[v + _TWO] - lon_deg, vertex[v + _TWO + _ONE] - lat_deg
    ax, ay, bx, by = x0 * kx, y0 * ky, x1 * kx, y1 * ky
    ux, uy = bx - ax, by - ay
    t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
    if candidate & 1:
        cx, cy = (vertex[v + _TWO + _TWO] - lon_deg) * kx, (vertex[v + _TWO + _TWO + _ONE] - lat_deg) * ky
        if t < 1.0 or bx * (cx - bx) + by * (cy - by) < 0.0:
            return np.nan
    px, py = ax + t * ux, ay + t * uy
    return exact_from(x0, y0, x1 - x0, y1 - y0, t, math.sqrt(px * px + py * py), frame, k)


@compiled
def measure(cells, leaf, lon_deg, lat_deg, frame, k, near_m, inside_m, room):  # type: ignore[no-untyped-def]
    """Distance (-1: ask `direct`), that less the widening, both in metres, and a position's nearest hazard.

    The leaf has a list. Inside, the distance is 0, and what is left of it after the widening minus infinity. With
    `near_m` below 0 all is exact. Otherwise only the class matters: then only the second is given, and a flat distance
    is enough unless its error could carry it over `near_m` or `inside_m`. `frame` is of `frame_at`, `room` of
    `room_for`. For hazards that are widened alike and a single candidate the kernel has quicker ways to the same.
    """
    vertex, word, hazard_of = cells.vertex, cells.word, cells.hazard_of
    key, _, low = room
    kx, ky, tangent = frame[k, 0] * _RAD, frame[k, 1] * _RAD, frame[k, 2]
    _, around = scan(cells, leaf, lon_deg, lat_deg, kx, ky, key)
    if around >= 0:
        return 0.0, -np.inf, around
    first, stop = leaf + 2, leaf + 2 + 2 * np.int64(word[leaf + 1] & RUNS)
    least_m, most_m, i = np.inf, np.inf, 0
    for at in range(first, stop, 2):
        widened = cells.widened_m[hazard_of[word[at]]]
        for _ in range(word[at + 1] >> EDGES):
            flat_m = math.sqrt(key[i])
            error_m = flat_m * frame_error(flat_m, tangent)
            low[i] = flat_m - error_m - widened
            least_m, most_m = min(least_m, low[i]), min(most_m, flat_m + error_m - widened)
            i += 1
    if near_m >= 0.0:
        if most_m + 0.001 <= inside_m:
            return 0.0, most_m, -1
        if least_m - 0.001 > near_m or (least_m - 0.001 > inside_m and most_m + 0.001 <= near_m):
            return 0.0, 0.5 * (least_m + most_m), -1
    best_m, best, i = np.inf, np.int64(-1), 0
    last_v, last_t = np.int64(-2), 0.0
    for at in range(first, stop, 2):
        v = np.int64(word[at])
        for _ in range(word[at + 1] >> EDGES):
            if low[i] <= most_m + 1e-6:
                x0, y0 = vertex[2 * v] - lon_deg, vertex[2 * v + 1] - lat_deg
                dx, dy = vertex[2 * v + 2] - vertex[2 * v], vertex[2 * v + 3] - vertex[2 * v + 1]
                ax, ay, ux, uy = x0 * kx, y0 * ky, dx * kx, dy * ky
                t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
                if not (v == last_v + 1 and t == 0.0 and last_t == 1.0):  # else it is the vertex that was measured last
                    hazard = np.int64(hazard_of[v])
                    key_m = exact_from(x0, y0, dx, dy, t, math.sqrt(key[i]), frame, k) - cells.widened_m[hazard]
                    if key_m < best_m - 1e-9 or (key_m <= best_m + 1e-9 and best >= 0 and hazard < best):
                        best_m, best = key_m, hazard
                last_v, last_t = v, t
            v += 1
            i += 1
    distance_m = best_m + cells.widened_m[best] - ROUNDING_M
    if distance_m > SERIES_M:
        return -1.0, np.inf, -1
    if distance_m <= 0.0:
        return 0.0, -np.inf, best
    return distance_m, distance_m - cells.widened_m[best], best
