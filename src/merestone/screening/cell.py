"""Makes the cells that the kernel reads: a quadtree in each tile, whose leaves list the edges that can be the nearest.

A cell keeps an edge only if, for some position of the cell, it may be nearer than the one that is nearest to all of it;
so no position loses its nearest hazard, whatever the limit. Cells inside a hazard, and beyond reach, have no list.
"""

import math
from typing import Any

import numpy as np

from merestone.screening.kernel import (
    BEYOND_CELL,
    COLUMNS,
    DIRECT_CELL,
    INSIDE_CELL,
    LIST,
    PAD,
    ROWS,
    TILES_PER_DEG,
    compiled,
    frame_error,
    metres_per_degree_at,
    reference_point,
)
from merestone.screening.outline import A_M

FEW_EDGES = 24
"""A cell with no more edges is not divided."""
DEEPEST = 14
"""A tile is divided so often at most: cells of about a metre."""
CLEARANCE_M = 1e-6
"""Reference points keep this far from every edge, so that no rounding can put them on its other side."""


@compiled
def tiles_of_edges(lon, lat, ends, tiles):  # type: ignore[no-untyped-def]
    """Count each edge in every tile that its bounding box touches; a first call counts, `place_edges` then places."""
    for v in range(len(lon) - 1):
        if ends[v]:
            continue
        x0, x1, y0, y1 = edge_box(lon, lat, v)
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                tiles[row * COLUMNS + column] += 1


@compiled
def edge_box(lon, lat, v):  # type: ignore[no-untyped-def]
    """First and last column and row of tiles that an edge touches."""
    a, b = math.floor((lon[v] + 180.0) * TILES_PER_DEG), math.floor((lon[v + 1] + 180.0) * TILES_PER_DEG)
    c, d = math.floor((lat[v] + 90.0) * TILES_PER_DEG), math.floor((lat[v + 1] + 90.0) * TILES_PER_DEG)
    x0, x1 = max(min(a, b) + PAD, 0), min(max(a, b) + PAD, COLUMNS - 1)
    return x0, x1, max(min(c, d), 0), min(max(c, d), ROWS - 1)


@compiled
def place_edges(lon, lat, ends, fill, placed):  # type: ignore[no-untyped-def]
    """Write each edge's number into its tiles; `fill` holds each tile's next free place."""
    for v in range(len(lon) - 1):
        if ends[v]:
            continue
        x0, x1, y0, y1 = edge_box(lon, lat, v)
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                at = row * COLUMNS + column
                placed[fill[at]] = v
                fill[at] += 1


@compiled
def tiles_around(lon, lat, ends, part_start, part_area, bounds):  # type: ignore[no-untyped-def]
    """(n,) tile, part, winding number, for every area that goes around the centre of a tile."""
    size = 1024
    out = np.empty((size, 3), np.int64)
    count = 0
    for part in range(len(part_area)):
        if not part_area[part]:
            continue
        west, south, east, north = bounds[part]
        c0 = math.ceil((west + 180.0) * TILES_PER_DEG - 0.5)
        c1 = math.floor((east + 180.0) * TILES_PER_DEG - 0.5)
        r0 = max(math.ceil((south + 90.0) * TILES_PER_DEG - 0.5), 0)
        r1 = min(math.floor((north + 90.0) * TILES_PER_DEG - 0.5), ROWS - 1)
        for row in range(r0, r1 + 1):
            y = (row + 0.5) / TILES_PER_DEG - 90.0
            for column in range(c0, c1 + 1):
                x = (column + 0.5) / TILES_PER_DEG - 180.0
                winding = 0
                for v in range(part_start[part], part_start[part + 1] - 1):
                    if ends[v] or (lat[v] <= y) == (lat[v + 1] <= y):
                        continue
                    left = (lon[v] - x) * (lat[v + 1] - y) - (lon[v + 1] - x) * (lat[v] - y)
                    if lat[v] <= y:
                        winding += 1 if left > 0.0 else 0
                    elif left < 0.0:
                        winding -= 1
                if winding != 0:
                    if count == size:
                        bigger = np.empty((2 * size, 3), np.int64)
                        bigger[:size] = out
                        out, size = bigger, 2 * size
                    out[count, 0], out[count, 1], out[count, 2] = row * COLUMNS + column + PAD, part, winding
                    count += 1
    return out[:count]


@compiled
def room(array, used, more):  # type: ignore[no-untyped-def]
    """The array, or a larger copy, with room for `more` after `used`."""
    if used + more <= len(array):
        return array
    bigger = np.empty(max(2 * len(array), used + more), array.dtype)
    bigger[:used] = array[:used]
    return bigger


@compiled
def sort(values, count):  # type: ignore[no-untyped-def]
    """Shell sort, in Ciura's steps: short to compile."""
    for gap in (510774, 227011, 100894, 44842, 19930, 8858, 3937, 1750, 701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, count):
            value, j = values[i], i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value


@compiled
def flat_distance(lon, lat, v, x, y, kx, ky):  # type: ignore[no-untyped-def]
    """Distance in metres from a point to an edge in the point's own flat frame."""
    ax, ay = (lon[v] - x) * kx, (lat[v] - y) * ky
    ux, uy = (lon[v + 1] - lon[v]) * kx, (lat[v + 1] - lat[v]) * ky
    along, length2 = -(ax * ux + ay * uy), ux * ux + uy * uy
    if along > 0.0:
        if along >= length2:
            ax, ay = ax + ux, ay + uy
        else:
            off = ax * uy - ay * ux
            return math.sqrt(off * off / length2)
    return math.sqrt(ax * ax + ay * ay)


@compiled
def crossings(lon, lat, edges, first, last, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """By how much the winding number of these edges grows on the way from one point to another, neither on an edge."""
    turns = 0
    rx, ry = x0 - x1, y0 - y1
    for i in range(first, last):
        v = edges[i]
        ax, ay, bx, by = lon[v] - x1, lat[v] - y1, lon[v + 1] - x1, lat[v + 1] - y1
        if (rx * ay - ry * ax >= 0.0) == (rx * by - ry * bx >= 0.0):
            continue
        here = ax * by - ay * bx
        there = (bx - ax) * (ry - ay) - (by - ay) * (rx - ax)
        if (here > 0.0) != (there > 0.0):
            turns += 1 if here > 0.0 else -1
    return turns


@compiled
def tighten(lon, lat, edges, first, count, part_of, part_widened, part_area, x, y, kx, ky, size, half, tangent):  # type: ignore[no-untyped-def]
    """Keep of a leaf's edges those that can be the nearest in one of its sixteen parts; give how many."""
    keep, off = np.zeros(count, np.bool_), np.empty(count)
    small = 0.2505 * half
    for nth in range(16):
        px, py = x + ((nth & 3) - 1.5) * 0.25 * size, y + ((nth >> 2) - 1.5) * 0.25 * size
        best = np.inf
        for i in range(count):
            v = edges[first + i]
            far = flat_distance(lon, lat, v, px, py, kx, ky)
            off[i] = far
            best = min(best, far + far * frame_error(far + 2.0 * half, tangent) - part_widened[part_of[v]])
        for i in range(count):
            far, part = off[i], part_of[edges[first + i]]
            least = far - far * frame_error(far + 2.0 * half, tangent) - small
            if least - part_widened[part] <= best + small or (part_area[part] and least <= 0.0):
                keep[i] = True
    kept = 0
    for i in range(count):
        if keep[i]:
            edges[first + kept] = edges[first + i]
            kept += 1
    return kept


@compiled
def _worth(count):  # type: ignore[no-untyped-def]
    """How large a cell must be, for its distance from the hazards, to be divided: far away, small ones gain nothing."""
    return 0.5 if count <= 64 else 0.25 if count <= 256 else 0.1


@compiled
def grow_tiles(  # type: ignore[no-untyped-def]
    lon, lat, part_of, part_hazard, part_widened, part_area, tiles, bucket, placed, around, around_at, reach_m
):
    """The cells of these tiles, as arrays numbered from 0: tile_start, tile_level, entry, node and the leaves."""
    tile_start, tile_level = np.zeros(len(tiles), np.int64), np.zeros(len(tiles), np.int8)
    entry, node = np.empty(1024, np.int32), np.empty(1024, np.int32)
    low, high = np.empty(1024, np.float32), np.empty(1024, np.float32)
    start, info, word = np.empty(1024, np.int64), np.empty(1024, np.int32), np.empty(4096, np.int32)
    entries = nodes = leaves = words = 0
    edges, off = np.empty(4096, np.int32), np.empty(4096, np.float64)
    state_part, state_turn = np.empty(256, np.int32), np.empty(256, np.int32)
    stack = np.empty((DEEPEST * 4 + 8, 9), np.int64)
    stack_at = np.empty((DEEPEST * 4 + 8, 2), np.float64)
    side = 1.0 / TILES_PER_DEG
    for number in range(len(tiles)):
        row, column = tiles[number] // COLUMNS, tiles[number] % COLUMNS - PAD
        west, south = column * side - 180.0, row * side - 90.0
        # The edges of all tiles within reach, each once, in order.
        kx, ky = metres_per_degree_at(min(abs(south), abs(south + side)) if south * (south + side) > 0.0 else 0.0)
        kx_least, _ = metres_per_degree_at(min(max(abs(south), abs(south + side)) + 0.3, 89.0))
        half = 0.5 * math.hypot(side * kx, side * ky) * 1.001
        around_columns = math.ceil(reach_m * 1.02 / (kx_least * side))
        around_rows = math.ceil(reach_m * 1.02 / (ky * 0.98 * side))
        r0, r1 = max(row - around_rows, 0), min(row + around_rows, ROWS - 1)
        c0, c1 = max(column + PAD - around_columns, 0), min(column + PAD + around_columns, COLUMNS - 1)
        x, y = west + 0.5 * side, south + 0.5 * side
        kx, ky = metres_per_degree_at(y)
        tangent = math.tan(min(abs(y) + 1.0, 89.0) * math.pi / 180.0)
        own, found, best = 0, 0, np.inf
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                at = r * COLUMNS + c
                for j in range(bucket[at], bucket[at + 1]):
                    v = placed[j]
                    x0, _, y0, _ = edge_box(lon, lat, v)
                    if c != max(x0, c0) or r != max(y0, r0):
                        continue  # it was met in another tile
                    edges, off = room(edges, found, 1), room(off, found, 1)
                    far = flat_distance(lon, lat, v, x, y, kx, ky)
                    edges[found], off[found] = v, far
                    best = min(best, far * (1.0 + frame_error(far + half, tangent)) - part_widened[part_of[v]])
                    found += 1
                if r == row and c == column + PAD:
                    own = bucket[at + 1] - bucket[at]
        kept = 0
        for i in range(found):
            part = part_of[edges[i]]
            least = off[i] * (1.0 - frame_error(off[i] + half, tangent)) - half
            if least - part_widened[part] <= best + half or (part_area[part] and least <= 0.0):
                edges[kept] = edges[i]
                kept += 1
        sort(edges, kept)
        level_of_table = 0
        while (1 << (2 * level_of_table)) < own and level_of_table < 9:
            level_of_table += 1
        tile_start[number], tile_level[number] = entries, level_of_table
        entry = room(entry, entries, 1 << (2 * level_of_table))
        base = entries
        entries += 1 << (2 * level_of_table)
        # Areas around the centre of the tile, and those whose edges may come into it.
        states = 0
        for j in range(around_at[number], around_at[number + 1]):
            state_part, state_turn = room(state_part, states, 1), room(state_turn, states, 1)
            state_part[states], state_turn[states] = around[j, 1], around[j, 2]
            states += 1
        previous = -1
        for i in range(kept):
            part = part_of[edges[i]]
            if part == previous or not part_area[part]:
                continue
            previous = part
            known = False
            for j in range(states):
                known = known or state_part[j] == part
            if not known:
                state_part, state_turn = room(state_part, states, 1), room(state_turn, states, 1)
                state_part[states], state_turn[states] = part, 0
                states += 1
        for i in range(1, states):
            part, turn, j = state_part[i], state_turn[i], i
            while j > 0 and state_part[j - 1] > part:
                state_part[j], state_turn[j] = state_part[j - 1], state_turn[j - 1]
                j -= 1
            state_part[j], state_turn[j] = part, turn
        # A depth-first walk; a node's lists stand in the buffers behind its parent's.
        top = 1
        stack[0, 0], stack[0, 1], stack[0, 2] = 0, 0, 0
        stack[0, 3], stack[0, 4], stack[0, 5], stack[0, 6], stack[0, 7] = 0, kept, 0, states, base
        stack_at[0, 0], stack_at[0, 1] = x, y
        while top:
            top -= 1
            level, ix, iy = stack[top, 0], stack[top, 1], stack[top, 2]
            first, last, state_first, state_last, slot = stack[top, 3:8]
            from_x, from_y = stack_at[top, 0], stack_at[top, 1]
            size = side / (1 << level)
            x, y = west + (ix + 0.5) * size, south + (iy + 0.5) * size
            kx, ky = metres_per_degree_at(y)
            half = 0.5 * math.hypot(size * kx, size * ky)
            half *= 1.0005 + frame_error(half, tangent)
            edges, off = room(edges, last, last - first), room(off, last, last - first)
            best, least_key, nearest_area = np.inf, np.inf, np.inf
            for i in range(first, last):
                v = edges[i]
                far = flat_distance(lon, lat, v, x, y, kx, ky)
                off[last + i - first] = far
                part = part_of[v]
                error = far * frame_error(far + half, tangent)
                best = min(best, far + error - part_widened[part])
                least_key = min(least_key, max(far - error - half, 0.0) - part_widened[part])
                if part_area[part]:
                    nearest_area = min(nearest_area, far)
            # A reference point that is on no edge, and the winding numbers there.
            choice, here_x, here_y = 0, x, y
            while nearest_area < CLEARANCE_M and choice < 3:
                choice += 1
                here_x, here_y = reference_point(x, y, size, choice)
                nearest_area = np.inf
                for i in range(first, last):
                    if part_area[part_of[edges[i]]]:
                        nearest_area = min(nearest_area, flat_distance(lon, lat, edges[i], here_x, here_y, kx, ky))
            kind = DIRECT_CELL if nearest_area < CLEARANCE_M else LIST
            inside = -1
            count, state_count = 0, 0
            if kind == LIST:
                edges = room(edges, last, last - first)
                i = first
                state = state_first
                state_part = room(state_part, state_last, state_last - state_first)
                state_turn = room(state_turn, state_last, state_last - state_first)
                while i < last:
                    part = part_of[edges[i]]
                    stop = i
                    comes_in = False
                    while stop < last and part_of[edges[stop]] == part:
                        far = off[last + stop - first]
                        least = far - far * frame_error(far + half, tangent) - half
                        cuts = part_area[part] and least <= 0.0
                        if cuts or least - part_widened[part] <= best + half:
                            edges[last + count] = edges[stop]
                            count += 1
                        comes_in = comes_in or cuts
                        stop += 1
                    while state < state_last and state_part[state] < part:
                        if state_turn[state] != 0 and level == 0:
                            hazard = part_hazard[state_part[state]]
                            inside = hazard if inside < 0 else min(inside, hazard)
                        state += 1
                    if state < state_last and state_part[state] == part:
                        turn = state_turn[state]
                        if level > 0:
                            turn += crossings(lon, lat, edges, i, stop, from_x, from_y, here_x, here_y)
                        if comes_in:
                            state_part[state_last + state_count], state_turn[state_last + state_count] = part, turn
                            state_count += 1
                        elif turn != 0:
                            inside = part_hazard[part] if inside < 0 else min(inside, part_hazard[part])
                        state += 1
                    i = stop
                while state < state_last and level == 0:
                    if state_turn[state] != 0:
                        hazard = part_hazard[state_part[state]]
                        inside = hazard if inside < 0 else min(inside, hazard)
                    state += 1
                if inside >= 0:
                    kind = INSIDE_CELL
                elif least_key > reach_m or count == 0:
                    kind = BEYOND_CELL
                elif level < DEEPEST and count > FEW_EDGES and half > _worth(count) * max(least_key, 0.0):
                    # Divide: four more slots, in the table or below it.
                    child_slot = slot
                    if level >= level_of_table:
                        node = room(node, 4 * nodes, 4)
                        if level == level_of_table:
                            entry[slot] = ~nodes
                        else:
                            node[slot] = ~nodes
                        child_slot = 4 * nodes
                        nodes += 1
                    for quarter in range(4):
                        stack[top, 0] = level + 1
                        stack[top, 1], stack[top, 2] = 2 * ix + (quarter & 1), 2 * iy + (quarter >> 1)
                        stack[top, 3], stack[top, 4] = last, last + count
                        stack[top, 5], stack[top, 6] = state_last, state_last + state_count
                        stack[top, 7] = child_slot + quarter if level >= level_of_table else base
                        if level + 1 == level_of_table:
                            stack[top, 7] = base + (stack[top, 2] << level_of_table) + stack[top, 1]
                        stack_at[top, 0], stack_at[top, 1] = here_x, here_y
                        top += 1
                    continue
            if kind == LIST and count > 3_000_000:
                kind = DIRECT_CELL  # its words would not fit the count
            if kind == LIST and 6 < count <= 512:
                count = tighten(
                    lon, lat, edges, last, count, part_of, part_widened, part_area, x, y, kx, ky, size, half, tangent
                )
                # A part none of whose edges is left does not cut the cell: the cell lies wholly inside it, or outside.
                for state in range(state_last, state_last + state_count):
                    left_out = state_turn[state] != 0
                    for i in range(last, last + count):
                        left_out = left_out and part_of[edges[i]] != state_part[state]
                    if left_out:
                        hazard = part_hazard[state_part[state]]
                        inside = hazard if inside < 0 else min(inside, hazard)
                        kind = INSIDE_CELL
            low, high = room(low, leaves, 1), room(high, leaves, 1)
            start, info = room(start, leaves, 1), room(info, leaves, 1)
            low[leaves] = least_key - 0.01 - 1e-6 * abs(least_key)
            high[leaves] = best + half + 0.01 + 1e-6 * abs(best + half)
            start[leaves] = inside if kind == INSIDE_CELL else words
            begun = words
            if kind == LIST:
                word = room(word, words, 3 * count)
                i, state = last, state_last
                while i < last + count:
                    part, stop = part_of[edges[i]], i
                    while stop < last + count and part_of[edges[stop]] == part:
                        stop += 1
                    while state < state_last + state_count and state_part[state] < part:
                        state += 1
                    winds = state < state_last + state_count and state_part[state] == part
                    turn = min(max(state_turn[state], -127), 127) if winds else 0
                    word[words], word[words + 1] = 2 * part + (1 if winds else 0), ((stop - i) << 8) + turn + 128
                    words += 2
                    for j in range(i, stop):
                        word[words] = edges[j]
                        words += 1
                    i = stop
            info[leaves] = (words - begun) | (level << 22) | (kind << 27)
            if choice > 0:
                info[leaves] |= choice << 29
            if level > level_of_table:
                node[slot] = leaves
            else:
                wide = level_of_table - level
                for b in range(iy << wide, (iy + 1) << wide):
                    for a in range(ix << wide, (ix + 1) << wide):
                        entry[base + (b << level_of_table) + a] = leaves
            leaves += 1
    return (
        tile_start, tile_level, entry[:entries].copy(), node[: 4 * nodes].copy(), low[:leaves].copy(),
        high[:leaves].copy(), start[:leaves].copy(), info[:leaves].copy(), word[:words].copy(),
    )  # fmt: skip


def metres_around(lat_deg: Any) -> Any:
    """Metres per degree of longitude at a latitude, on a sphere a little smaller than the Earth."""
    return np.radians(1.0) * A_M * 0.99 * np.cos(np.radians(lat_deg))
