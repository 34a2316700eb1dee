"""The compiled kernel: a position finds its cell, and measures the few edges that can be the nearest from there.

Everything here runs without the interpreter's lock, over flat arrays. `cell` makes the arrays; `grid` calls both.
"""

import math
from typing import Any, NamedTuple

import numba as nb
import numpy as np

from merestone.screening.direct import R_M, ROUNDING_M, SERIES_M
from merestone.screening.outline import A_M, E2

TILES_PER_DEG = 8
PAD = 16
"""Columns of tiles beyond the antimeridian on either side, for what lies over it."""
COLUMNS = 360 * TILES_PER_DEG + 2 * PAD
ROWS = 180 * TILES_PER_DEG
MAX_LAT_DEG = 84.0
"""Nearer to a pole the flat frames of the cells are too crude; there `direct` answers."""
LIST, INSIDE_CELL, BEYOND_CELL, DIRECT_CELL = 0, 1, 2, 3
_RAD = math.pi / 180.0
_LEVELS = 24

compiled: Any = nb.njit(cache=True, nogil=True, error_model="numpy")


class Cells(NamedTuple):
    """What the kernel reads, as flat arrays."""

    lon: Any
    lat: Any
    part_hazard: Any
    part_widened: Any
    """(parts,) metres by which the part's hazard is widened."""
    tile: Any
    """(rows, columns) number of the tile, -1 where every hazard is beyond `reach_m`."""
    tile_start: Any
    tile_level: Any
    entry: Any
    """A tile's table of 4 ** level cells: a leaf's number, or ~n for four more entries at `node[4 n]`."""
    node: Any
    low: Any
    """(leaves,) no position of the cell has a hazard nearer than this, less its widening, metres."""
    high: Any
    """(leaves,) every position of the cell has a hazard as near as this, less its widening, metres."""
    start: Any
    """(leaves,) first word of the leaf's list; for a cell inside a hazard, the hazard."""
    info: Any
    """(leaves,) number of words, and in the upper bits the kind of cell and the choice of reference point."""
    word: Any
    """Lists: for each part 2 * part + (1 if it winds), count * 256 + winding at the reference point + 128, edges."""
    reach_m: float
    is_even: bool
    """Whether all hazards are widened alike, so that the smallest distance is the smallest key."""


@compiled
def metres_per_degree_at(lat_deg):  # type: ignore[no-untyped-def]
    """Metres per degree of longitude and latitude at a latitude."""
    sin, cos = math.sin(lat_deg * _RAD), math.cos(lat_deg * _RAD)
    w2 = 1.0 - E2 * sin * sin
    n = A_M / math.sqrt(w2)
    return n * cos * _RAD, n * (1.0 - E2) / w2 * _RAD


@compiled
def reference_point(x_deg, y_deg, size_deg, choice):  # type: ignore[no-untyped-def]
    """Where a cell's winding numbers are known: its centre, or one of three places beside it."""
    return x_deg + choice * 0.1373 * size_deg, y_deg + choice * 0.0917 * size_deg


@compiled
def leaf_at(cells, lon_deg, lat_deg):  # type: ignore[no-untyped-def]
    """The leaf that holds a position, and its south-west corner and size in degrees; -1 if there is no tile."""
    x, y = (lon_deg + 180.0) * TILES_PER_DEG, (lat_deg + 90.0) * TILES_PER_DEG
    column, row = int(x), int(y)
    tile = cells.tile[row, column + PAD]
    if tile < 0:
        return -1, 0.0, 0.0, 0.0
    one = 1 << _LEVELS
    ix, iy = int((x - column) * one), int((y - row) * one)
    level = cells.tile_level[tile]
    shift = _LEVELS - level
    code = cells.entry[cells.tile_start[tile] + (((iy >> shift) << level) | (ix >> shift))]
    while code < 0:
        shift -= 1
        level += 1
        code = cells.node[4 * (~code) + ((((iy >> shift) & 1) << 1) | ((ix >> shift) & 1))]
    # A leaf may stand for a block of the tile's table: its own level is kept with it.
    level = (cells.info[code] >> 22) & 31
    shift = _LEVELS - level
    size = 1.0 / (TILES_PER_DEG * (1 << level))
    west = column / TILES_PER_DEG - 180.0 + (ix >> shift) * size
    south = row / TILES_PER_DEG - 90.0 + (iy >> shift) * size
    return code, west, south, size


@compiled
def frame_error(distance_m, tangent):  # type: ignore[no-untyped-def]
    """By how much a flat distance from a point may be wrong, relative: the parallels shrink by tan(lat) per radian."""
    return 1e-6 + 1.06 * (tangent + 0.03) * distance_m / R_M


@compiled
def exact(x0, y0, dx, dy, t, curve):  # type: ignore[no-untyped-def]
    """Geodesic distance in metres to an edge given in degrees from the position, and where on it, from a first guess.

    The chord through space by series to the third power of latitude: 2 micrometres at 10 km, before rounding.
    """
    p0, p1, p2, p3, z1, z2, z3 = curve
    east, north = dx * _RAD, dy * _RAD
    for _ in range(2):
        lam, phi = (x0 + t * dx) * _RAD, (y0 + t * dy) * _RAD
        dp, dz = phi * (p1 + phi * (p2 + phi * p3)), phi * (z1 + phi * (z2 + phi * z3))
        slope_p, slope_z = p1 + phi * (2.0 * p2 + 3.0 * p3 * phi), z1 + phi * (2.0 * z2 + 3.0 * z3 * phi)
        half2 = 0.25 * lam * lam * (1.0 - lam * lam / 12.0)
        slope = north * (dp * slope_p + dz * slope_z + 2.0 * p0 * slope_p * half2)
        slope += p0 * (p0 + dp) * lam * (1.0 - lam * lam / 6.0) * east
        bend = north * north * (slope_p * slope_p + slope_z * slope_z) + (p0 + dp) * (p0 + dp) * east * east
        if bend > 0.0:
            t = min(1.0, max(0.0, t - slope / bend))
    lam, phi = (x0 + t * dx) * _RAD, (y0 + t * dy) * _RAD
    dp, dz = phi * (p1 + phi * (p2 + phi * p3)), phi * (z1 + phi * (z2 + phi * z3))
    half = 0.5 * lam
    sine = half * (1.0 - half * half * (1.0 / 6.0 - half * half / 120.0))
    chord = math.sqrt(dp * dp + dz * dz + 4.0 * p0 * (p0 + dp) * sine * sine)
    return chord * (1.0 + chord * chord / (24.0 * R_M * R_M)), t


@compiled
def curve_at(sin, cos):  # type: ignore[no-untyped-def]
    """Distance from the axis at a latitude, and Taylor coefficients of that and of the height, per radian."""
    w2 = 1.0 - E2 * sin * sin
    n = A_M / math.sqrt(w2)
    m = n * (1.0 - E2) / w2
    m1 = 3.0 * m * E2 * sin * cos / w2
    m2 = 3.0 * m * E2 / w2 * (cos * cos - sin * sin + 5.0 * E2 * sin * sin * cos * cos / w2)
    return (
        n * cos,
        -m * sin,
        0.5 * (-m1 * sin - m * cos),
        (-m2 * sin - 2.0 * m1 * cos + m * sin) / 6.0,
        m * cos,
        0.5 * (m1 * cos - m * sin),
        (m2 * cos - 2.0 * m1 * sin - m * cos) / 6.0,
    )


@compiled
def measure(cells, leaf, west, south, size, lon_deg, lat_deg, near_m, inside_m):  # type: ignore[no-untyped-def]
    """Distance in metres (-1: ask `direct`) and part of a position's nearest hazard, in a leaf with a list.

    With `near_m` below 0 the distance is exact. Otherwise only the class matters, and a flat distance is enough unless
    its error could carry the distance less the widening over `near_m` or `inside_m`.
    """
    lon, lat, word = cells.lon, cells.lat, cells.word
    sin, cos = math.sin(lat_deg * _RAD), math.cos(lat_deg * _RAD)
    w2 = 1.0 - E2 * sin * sin
    n = A_M / math.sqrt(w2)
    kx, ky = n * cos * _RAD, n * (1.0 - E2) / w2 * _RAD
    tangent = abs(sin) / cos
    at = cells.start[leaf]
    stop = at + (cells.info[leaf] & 0x3FFFFF)
    choice = (cells.info[leaf] >> 29) & 3
    rx, ry = reference_point(west + 0.5 * size, south + 0.5 * size, size, choice)
    rx, ry = (rx - lon_deg) * kx, (ry - lat_deg) * ky
    best_key, best_d2, best_v, best_part = np.inf, np.inf, -1, -1
    second_key = np.inf
    around = -1
    while at < stop:
        part, winds = word[at] >> 1, word[at] & 1
        count, winding = word[at + 1] >> 8, (word[at + 1] & 255) - 128
        at += 2
        widened = 0.0 if cells.is_even else cells.part_widened[part]
        previous, bx, by, side_b = -2, 0.0, 0.0, 0.0
        for i in range(at, at + count):
            v = word[i]
            if v == previous + 1:
                ax, ay, side_a = bx, by, side_b
            else:
                ax, ay = (lon[v] - lon_deg) * kx, (lat[v] - lat_deg) * ky
                side_a = rx * ay - ry * ax
            bx, by = (lon[v + 1] - lon_deg) * kx, (lat[v + 1] - lat_deg) * ky
            side_b = rx * by - ry * bx
            previous = v
            ux, uy = bx - ax, by - ay
            if winds and (side_a >= 0.0) != (side_b >= 0.0):
                here = ax * by - ay * bx
                there = ux * (ry - ay) - uy * (rx - ax)
                if (here > 0.0) != (there > 0.0):
                    winding += 1 if here > 0.0 else -1
            along = -(ax * ux + ay * uy)
            length2 = ux * ux + uy * uy
            if along <= 0.0:
                d2 = ax * ax + ay * ay
            elif along >= length2:
                d2 = bx * bx + by * by
            else:
                off = ax * uy - ay * ux
                d2 = off * off / length2
            if cells.is_even:
                if d2 < best_d2:
                    second_key, best_key = best_key, d2
                    best_d2, best_v, best_part = d2, v, part
                elif d2 < second_key and d2 != best_d2:
                    second_key = d2
            else:
                key = math.sqrt(d2) - widened
                if key < best_key:
                    second_key = best_key
                    best_key, best_d2, best_v, best_part = key, d2, v, part
                elif key < second_key and (d2 != best_d2 or part != best_part):
                    second_key = key
        at += count
        if winds and winding != 0 and (around < 0 or cells.part_hazard[part] < cells.part_hazard[around]):
            around = part
    if around >= 0:
        return 0.0, around
    flat_m = math.sqrt(best_d2)
    widened = cells.part_widened[best_part]
    error_m = flat_m * frame_error(flat_m, tangent)
    if near_m >= 0.0:
        key, slack = flat_m - widened, error_m + 0.001
        if abs(key - near_m) > slack and abs(key - inside_m) > slack:
            return flat_m, best_part
    curve = curve_at(sin, cos)
    x0, y0 = lon[best_v] - lon_deg, lat[best_v] - lat_deg
    dx, dy = lon[best_v + 1] - lon[best_v], lat[best_v + 1] - lat[best_v]
    ux, uy = dx * kx, dy * ky
    length2 = ux * ux + uy * uy
    t = 0.0
    if length2 > 0.0:
        t = min(1.0, max(0.0, -(x0 * kx * ux + y0 * ky * uy) / length2))
    distance_m, _ = exact(x0, y0, dx, dy, t, curve)
    part_found = best_part
    second_m = math.sqrt(second_key) - widened if cells.is_even else second_key
    if second_m < flat_m - widened + 2.1 * error_m + 1e-6:  # another edge may win when both are measured exactly
        key_m = distance_m - widened
        at = cells.start[leaf]
        while at < stop:
            part, count = word[at] >> 1, word[at + 1] >> 8
            other = cells.part_widened[part]
            for i in range(at + 2, at + 2 + count):
                v = word[i]
                x0, y0 = lon[v] - lon_deg, lat[v] - lat_deg
                dx, dy = lon[v + 1] - lon[v], lat[v + 1] - lat[v]
                ux, uy = dx * kx, dy * ky
                length2 = ux * ux + uy * uy
                t = 0.0
                if length2 > 0.0:
                    t = min(1.0, max(0.0, -(x0 * kx * ux + y0 * ky * uy) / length2))
                px, py = x0 * kx + t * ux, y0 * ky + t * uy
                rough = math.sqrt(px * px + py * py)
                if v != best_v and rough - other <= flat_m - widened + 2.1 * (error_m + rough * 1e-9) + 1e-6:
                    other_m, _ = exact(x0, y0, dx, dy, t, curve)
                    tied = other_m - other <= key_m + 1e-9 and cells.part_hazard[part] < cells.part_hazard[part_found]
                    if other_m - other < key_m - 1e-9 or tied:
                        distance_m, key_m, part_found = other_m, other_m - other, part
            at += 2 + count
    if distance_m > SERIES_M:
        return -1.0, -1
    return max(distance_m - ROUNDING_M, 0.0), part_found


@compiled
def spatial_order(cells, lon_deg, lat_deg, order):  # type: ignore[no-untyped-def]
    """Fill the order in which positions visit neighbouring leaves, so that what they read is still in the cache."""
    buckets, count = 1 << 14, len(lon_deg)
    key = np.zeros(count, np.int32)
    size = np.zeros(buckets + 2, np.int64)
    per = max(1, len(cells.low) // buckets + 1)
    for i in range(count):
        if -180.0 <= lon_deg[i] <= 180.0 and -MAX_LAT_DEG <= lat_deg[i] <= MAX_LAT_DEG:
            leaf = leaf_at(cells, lon_deg[i], lat_deg[i])[0]
            key[i] = leaf // per + 1 if leaf >= 0 else 0
        size[key[i] + 1] += 1
    for j in range(1, buckets + 2):
        size[j] += size[j - 1]
    for i in range(count):
        order[size[key[i]]] = i
        size[key[i]] += 1


@compiled
def nearest_many(cells, lon_deg, lat_deg, limit_m, distance_m, hazard):  # type: ignore[no-untyped-def]
    """Fill distance (NaN: `direct` must answer) and hazard of each position; give the number left to `direct`."""
    left = 0
    for i in range(len(lon_deg)):
        x, y = lon_deg[i], lat_deg[i]
        distance_m[i], hazard[i] = np.nan, -1
        if not (-180.0 <= x <= 180.0 and -MAX_LAT_DEG <= y <= MAX_LAT_DEG):
            left += 1
            continue
        leaf, west, south, size = leaf_at(cells, x, y)
        kind = BEYOND_CELL if leaf < 0 else (cells.info[leaf] >> 27) & 3
        if kind == INSIDE_CELL:
            distance_m[i], hazard[i] = 0.0, cells.start[leaf]
        elif kind == BEYOND_CELL:
            if limit_m[i] < cells.reach_m:
                distance_m[i] = np.inf
            else:
                left += 1
        elif kind == DIRECT_CELL:
            left += 1
        elif cells.low[leaf] > limit_m[i]:
            distance_m[i] = np.inf
        else:
            found_m, part = measure(cells, leaf, west, south, size, x, y, -1.0, -1.0)
            if found_m < 0.0:
                left += 1
            elif found_m > 0.0 and found_m - cells.part_widened[part] > limit_m[i]:
                distance_m[i] = np.inf
            else:
                distance_m[i], hazard[i] = found_m, cells.part_hazard[part]
    return left


@compiled
def classify_many(cells, lon_deg, lat_deg, known_m, warn_m, shift_m, code):  # type: ignore[no-untyped-def]
    """Fill each position's code: 2, 1 or 0, or 255 where `direct` must answer; give the number left to `direct`.

    `shift_m` is what the hazards are widened by without its having been stated: it never puts a position inside.
    """
    left = 0
    for i in range(len(lon_deg)):
        x, y = lon_deg[i], lat_deg[i]
        code[i] = 255
        if not (-180.0 <= x <= 180.0 and -MAX_LAT_DEG <= y <= MAX_LAT_DEG):
            left += 1
            continue
        near_m, inside_m = warn_m + known_m[i], known_m[i] - shift_m
        leaf, west, south, size = leaf_at(cells, x, y)
        kind = BEYOND_CELL if leaf < 0 else (cells.info[leaf] >> 27) & 3
        if kind == INSIDE_CELL:
            code[i] = 2
        elif kind == BEYOND_CELL:
            if near_m < cells.reach_m:
                code[i] = 0
            else:
                left += 1
        elif kind == DIRECT_CELL:
            left += 1
        elif cells.low[leaf] > near_m:
            code[i] = 0
        elif cells.low[leaf] > inside_m and cells.high[leaf] <= near_m:
            code[i] = 1
        else:
            found_m, part = measure(cells, leaf, west, south, size, x, y, near_m, inside_m)
            if found_m < 0.0:
                left += 1
                continue
            key_m = found_m - cells.part_widened[part]
            code[i] = 2 if found_m == 0.0 or key_m <= inside_m else (1 if key_m <= near_m else 0)
    return left
