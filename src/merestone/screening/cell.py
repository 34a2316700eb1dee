"""Makes the cells that the kernel reads: a quadtree in each tile, whose leaves list the edges that can be the nearest.

A cell keeps an edge only if, for some position of the cell, it may be nearer than the one that is nearest to all of it;
so no position loses its nearest hazard, whatever the limit. Cells inside a hazard, and beyond reach, have no list.
Large cells are culled by chunks of edges, small ones edge by edge.
"""

import math

import numpy as np

from merestone.screening.frame import (
    compiled,
    crossings,
    flat_distance,
    frame_error,
    metres_per_degree_at,
    reference_point,
)
from merestone.screening.kernel import BEYOND_CELL, DIRECT_CELL, INSIDE_CELL, LIST
from merestone.screening.tile import COLUMNS, PAD, TILES_PER_DEG, chunks_around, room

FEW_EDGES = 16
"""A cell with no more edges is not divided."""
FEW_CHUNKS = 20
"""A cell with no more chunks is culled by single edges."""
DEEPEST = 14
"""A tile is divided so often at most: cells of about a metre."""
CLEARANCE_M = 1e-6
"""Reference points keep this far from every edge, so that no rounding can put them on its other side."""
LONGEST = 1_000_000
"""A list has at most so many edges: the number of its words has 22 bits."""
QUARTERS = 4
"""A leaf's list and bounds are tightened over so many parts of the leaf each way."""


@compiled
def clearance(lon, lat, part_of, part_area, chunks, by_chunk, item, low_m, first, last, within_m, x, y, kx, ky):  # type: ignore[no-untyped-def]
    """Distance in metres from a place to the nearest edge of an area; items farther than `within_m` are left out."""
    best = np.inf
    for i in range(first, last):
        if low_m[last + i - first] > within_m:
            continue
        a = chunks[0][item[i]] if by_chunk else item[i]
        b = chunks[1][item[i]] if by_chunk else item[i] + 1
        if part_area[part_of[a]]:
            for v in range(a, b):
                best = min(best, flat_distance(lon, lat, v, x, y, kx, ky))
    return best


@compiled
def turns(lon, lat, chunks, by_chunk, item, low_m, first, i, stop, last, within_m, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """By how much the winding number of some items grows from one place to another; `within_m` holds the way."""
    grown = 0
    for j in range(i, stop):
        if low_m[last + j - first] <= within_m:
            a = chunks[0][item[j]] if by_chunk else item[j]
            b = chunks[1][item[j]] if by_chunk else item[j] + 1
            grown += crossings(lon, lat, a, b, x0, y0, x1, y1)
    return grown


@compiled
def tighten(  # type: ignore[no-untyped-def]
    lon, lat, part_of, part_widened, part_area, item, keep, far_m, first, count, x, y, kx, ky, size, half, tangent
):
    """Keep of a leaf's edges those that can be the nearest in one of its parts; give how many, and its bounds."""
    share = 1.0 / QUARTERS
    small = (share + 0.0005) * half
    low, high = np.inf, -np.inf
    for i in range(count):
        keep[i] = False
    for nth in range(QUARTERS * QUARTERS):
        px = x + ((nth % QUARTERS + 0.5) * share - 0.5) * size
        py = y + ((nth // QUARTERS + 0.5) * share - 0.5) * size
        best = np.inf
        for i in range(count):
            v = item[first + i]
            far = flat_distance(lon, lat, v, px, py, kx, ky)
            error = far * frame_error(far + 2.0 * half, tangent)
            far_m[i] = far - error - small
            best = min(best, far + error - part_widened[part_of[v]])
        for i in range(count):
            part = part_of[item[first + i]]
            least = far_m[i]
            keep[i] |= (least - part_widened[part] <= best + small) | (part_area[part] & (least <= 0.0))
            low = min(low, max(least, 0.0) - part_widened[part])
        high = max(high, best + small)
    kept = 0
    for i in range(count):
        item[first + kept] = item[first + i]
        kept += keep[i]
    return kept, low, high


@compiled
def write_list(ends, part_of, item, first, last, state_part, state_turn, state, states, word, words):  # type: ignore[no-untyped-def]
    """Write a leaf's list as runs of edges, part by part; give the number of words in all, and of edges in the list.

    Two runs with one edge between them are written as one: that edge is right in any list.
    """
    i, edges = first, 0
    while i < last:
        part = part_of[item[i]]
        while state < states and state_part[state] < part:
            state += 1
        winds = state < states and state_part[state] == part
        head, runs = words, 0
        word[head] = 2 * part + (1 if winds else 0)
        words += 2
        while i < last and part_of[item[i]] == part:
            begun = item[i]
            v = begun + 1
            i += 1
            while i < last and part_of[item[i]] == part and item[i] <= v + 1 and not (item[i] == v + 1 and ends[v]):
                v = item[i] + 1
                i += 1
            word[words], word[words + 1] = begun, v - begun
            edges += v - begun
            words += 2
            runs += 1
        word[head + 1] = (runs << 8) + (state_turn[state] if winds else 0) + 128
    return words, edges


@compiled
def _worth(count):  # type: ignore[no-untyped-def]
    """How large a cell must be, for its distance from the hazards, to be divided: far away, small ones gain nothing."""
    return 0.5 if count <= 64 else 0.2


@compiled
def grow_tiles(  # type: ignore[no-untyped-def]
    lon,
    lat,
    ends,
    part_of,
    part_hazard,
    part_widened,
    part_area,
    chunks,
    tiles,
    bucket,
    placed,
    around,
    around_at,
    reach_m,
):
    """The cells of these tiles, as arrays numbered from 0: tile_start, tile_level, entry, node and the leaves."""
    tile_start, tile_level = np.zeros(len(tiles), np.int64), np.zeros(len(tiles), np.int8)
    entry, node = np.empty(1024, np.int32), np.empty(1024, np.int32)
    low, high = np.empty(1024, np.float32), np.empty(1024, np.float32)
    start, info, word = np.empty(1024, np.int64), np.empty(1024, np.int32), np.empty(4096, np.int32)
    entries = nodes = leaves = words = longest = 0
    item, low_m = np.empty(1 << 16, np.int32), np.empty(1 << 16, np.float64)
    keep, far_m = np.empty(512, np.bool_), np.empty(512, np.float64)
    state_part, state_turn = np.empty(256, np.int32), np.empty(256, np.int32)
    stack = np.empty((DEEPEST * 4 + 8, 9), np.int64)
    stack_at = np.empty((DEEPEST * 4 + 8, 2), np.float64)
    middle, radius = chunks[2], chunks[3]
    side = 1.0 / TILES_PER_DEG
    for number in range(len(tiles)):
        row, column = tiles[number] // COLUMNS, tiles[number] % COLUMNS - PAD
        west, south = column * side - 180.0, row * side - 90.0
        _, ky = metres_per_degree_at(min(abs(south), abs(south + side)) if south * (south + side) > 0.0 else 0.0)
        kx_least, _ = metres_per_degree_at(min(max(abs(south), abs(south + side)) + 0.3, 89.0))
        wide, tall = math.ceil(reach_m * 1.02 / (kx_least * side)), math.ceil(reach_m * 1.02 / (ky * 0.98 * side))
        item, found = chunks_around(
            lon, lat, chunks[0], chunks[1], bucket, placed, row, column + PAD, tall, wide, item
        )  # fmt: skip
        x, y = west + 0.5 * side, south + 0.5 * side
        tangent = math.tan(min(abs(y) + 1.0, 89.0) * math.pi / 180.0)
        own = bucket[tiles[number] + 1] - bucket[tiles[number]]
        level_of_table = 0
        while (1 << (2 * level_of_table)) < 4 * own and level_of_table < 9:
            level_of_table += 1
        tile_start[number], tile_level[number] = entries, level_of_table
        entry = room(entry, entries, 1 << (2 * level_of_table))
        base = entries
        entries += 1 << (2 * level_of_table)
        # Areas around the tile's reference point, and those whose edges may come into it.
        states = 0
        for j in range(around_at[number], around_at[number + 1]):
            state_part, state_turn = room(state_part, states, 1), room(state_turn, states, 1)
            state_part[states], state_turn[states] = around[j, 1], around[j, 2]
            states += 1
        wound, previous, next_wound = states, -1, 0
        for i in range(found):
            part = part_of[middle[item[i]]]
            if part == previous or not part_area[part]:
                continue
            previous = part
            while next_wound < wound and state_part[next_wound] < part:
                next_wound += 1
            if next_wound < wound and state_part[next_wound] == part:
                continue
            state_part, state_turn = room(state_part, states, 1), room(state_turn, states, 1)
            state_part[states], state_turn[states] = part, 0
            states += 1
        if wound:
            order = np.argsort(state_part[:states])
            state_part[:states], state_turn[:states] = state_part[:states][order], state_turn[:states][order]
        # A depth-first walk; a node's lists stand in the buffers behind its parent's.
        top = 1
        stack[0] = 0
        stack[0, 4], stack[0, 6], stack[0, 7], stack[0, 8] = found, states, base, 1
        stack_at[0, 0], stack_at[0, 1] = x, y
        while top:
            top -= 1
            level, ix, iy, first, last, state_first, state_last, slot, by_chunk = stack[top]
            from_x, from_y = stack_at[top, 0], stack_at[top, 1]
            is_root = level == 0
            size = side / (1 << level)
            x, y = west + (ix + 0.5) * size, south + (iy + 0.5) * size
            kx, ky = metres_per_degree_at(y)
            half = 0.5 * math.hypot(size * kx, size * ky)
            half *= 1.0005 + frame_error(half, tangent)
            while True:
                item, low_m = room(item, last, last - first), room(low_m, last, last - first)
                best, least_key = np.inf, np.inf
                for i in range(first, last):
                    if by_chunk:
                        v = middle[item[i]]
                        far, within = math.sqrt(((lon[v] - x) * kx) ** 2 + ((lat[v] - y) * ky) ** 2), radius[item[i]]
                    else:
                        v = item[i]
                        far, within = flat_distance(lon, lat, v, x, y, kx, ky), 0.0
                    widened = part_widened[part_of[v]]
                    error = far * frame_error(far + half, tangent)
                    least = far - error - within
                    low_m[last + i - first] = least
                    best = min(best, far + error - widened)
                    least_key = min(least_key, max(least - half, 0.0) - widened)
                # A reference point that is on no edge, and the winding numbers there.
                choice = 0 if level else 1
                here_x, here_y = reference_point(x, y, size, choice)
                clear_m = clearance(
                    lon,
                    lat,
                    part_of,
                    part_area,
                    chunks,
                    by_chunk,
                    item,
                    low_m,
                    first,
                    last,
                    half,
                    here_x,
                    here_y,
                    kx,
                    ky,
                )
                while clear_m < CLEARANCE_M and choice < 3 and level > 0:
                    choice += 1
                    here_x, here_y = reference_point(x, y, size, choice)
                    clear_m = clearance(
                        lon,
                        lat,
                        part_of,
                        part_area,
                        chunks,
                        by_chunk,
                        item,
                        low_m,
                        first,
                        last,
                        half,
                        here_x,
                        here_y,
                        kx,
                        ky,
                    )
                kind = DIRECT_CELL if clear_m < CLEARANCE_M else LIST
                inside = -1
                count, state_count = 0, 0
                if kind == LIST:
                    i, state = first, state_first
                    state_part = room(state_part, state_last, state_last - state_first)
                    state_turn = room(state_turn, state_last, state_last - state_first)
                    while i < last:
                        part = part_of[middle[item[i]]] if by_chunk else part_of[item[i]]
                        reach = best + half + half + part_widened[part]
                        if part_area[part]:
                            reach = max(reach, half)
                        stop, comes_in = i, False
                        while (
                            stop < last and (part_of[middle[item[stop]]] if by_chunk else part_of[item[stop]]) == part
                        ):
                            least = low_m[last + stop - first]
                            item[last + count] = item[stop]
                            count += least <= reach
                            comes_in |= least <= half
                            stop += 1
                        if part_area[part]:
                            while state < state_last and state_part[state] < part:
                                if is_root and state_turn[state] != 0:
                                    hazard = part_hazard[state_part[state]]
                                    inside = hazard if inside < 0 else min(inside, hazard)
                                state += 1
                            if state < state_last and state_part[state] == part:
                                turn = state_turn[state]
                                if not is_root:
                                    turn += turns(
                                        lon, lat, chunks, by_chunk, item, low_m, first, i, stop, last, 3.2 * half,
                                        from_x, from_y, here_x, here_y,
                                    )  # fmt: skip
                                if comes_in:
                                    state_part[state_last + state_count], state_turn[state_last + state_count] = (
                                        part,
                                        turn,
                                    )
                                    state_count += 1
                                    if abs(turn) > 127:
                                        kind = DIRECT_CELL
                                elif turn != 0:
                                    inside = part_hazard[part] if inside < 0 else min(inside, part_hazard[part])
                                state += 1
                        i = stop
                    while state < state_last and is_root:
                        if state_turn[state] != 0:
                            hazard = part_hazard[state_part[state]]
                            inside = hazard if inside < 0 else min(inside, hazard)
                        state += 1
                    if inside >= 0:
                        kind = INSIDE_CELL
                    elif kind == LIST and (least_key > reach_m or count == 0):
                        kind = BEYOND_CELL
                worth = kind == LIST and level < DEEPEST
                if by_chunk:
                    across_m = 0.0
                    for j in range(last, last + count):
                        across_m += radius[item[j]]
                    # Chunks larger than the cell do not become fewer in smaller cells.
                    worth = (
                        worth and count > FEW_CHUNKS and half > 0.2 * max(least_key, 0.0) and half * count > across_m
                    )
                    if kind == LIST and not worth:  # the same cell once more, by single edges
                        first, stop = last + count, last + count
                        for j in range(last, last + count):
                            c = item[j]
                            item = room(item, stop, chunks[1][c] - chunks[0][c])
                            for v in range(chunks[0][c], chunks[1][c]):
                                item[stop] = v
                                stop += 1
                        last = stop
                        low_m = room(low_m, last, 1)
                        state_first, state_last = state_last, state_last + state_count
                        from_x, from_y = here_x, here_y
                        by_chunk, is_root = 0, False
                        continue
                else:
                    worth = worth and count > FEW_EDGES and half > _worth(count) * max(least_key, 0.0)
                break
            if worth:  # four more slots, in the table or below it
                child_slot = slot
                if level >= level_of_table:
                    node = room(node, 4 * nodes, 4)
                    if level == level_of_table:
                        entry[slot] = ~nodes
                    else:
                        node[slot] = ~nodes
                    child_slot = 4 * nodes
                    nodes += 1
                for quarter in range(3, -1, -1):
                    stack[top, 0] = level + 1
                    stack[top, 1], stack[top, 2] = 2 * ix + (quarter & 1), 2 * iy + (quarter >> 1)
                    stack[top, 3], stack[top, 4] = last, last + count
                    stack[top, 5], stack[top, 6] = state_last, state_last + state_count
                    stack[top, 7] = child_slot + quarter if level >= level_of_table else base
                    if level + 1 == level_of_table:
                        stack[top, 7] = base + (stack[top, 2] << level_of_table) + stack[top, 1]
                    stack[top, 8] = by_chunk
                    stack_at[top, 0], stack_at[top, 1] = here_x, here_y
                    top += 1
                continue
            if kind == LIST and count > LONGEST:
                kind = DIRECT_CELL
            least, most = least_key, best + half
            if kind == LIST and count <= 512:
                count, least, most = tighten(
                    lon, lat, part_of, part_widened, part_area, item, keep, far_m, last, count, x, y, kx, ky, size,
                    half, tangent,
                )  # fmt: skip
                # A part none of whose edges is left does not cut the cell: the cell lies wholly inside it, or outside.
                i = last
                for state in range(state_last, state_last + state_count):
                    if state_turn[state] != 0:  # the reference point lies inside, whatever is near it
                        least = min(least, -part_widened[state_part[state]])
                    while i < last + count and part_of[item[i]] < state_part[state]:
                        i += 1
                    if state_turn[state] != 0 and (i == last + count or part_of[item[i]] != state_part[state]):
                        hazard = part_hazard[state_part[state]]
                        inside = hazard if inside < 0 else min(inside, hazard)
                        kind = INSIDE_CELL
            low, high = room(low, leaves, 1), room(high, leaves, 1)
            start, info = room(start, leaves, 1), room(info, leaves, 1)
            low[leaves] = least - 0.01 - 1e-6 * abs(least)
            high[leaves] = most + 0.01 + 1e-6 * abs(most)
            start[leaves] = inside if kind == INSIDE_CELL else words
            begun = words
            if kind == LIST:
                word = room(word, words, 4 * count)
                words, listed = write_list(
                    ends, part_of, item, last, last + count, state_part, state_turn, state_last,
                    state_last + state_count, word, words,
                )  # fmt: skip
                longest = max(longest, listed)
            info[leaves] = (words - begun) | (level << 22) | (kind << 27) | (choice << 29)
            if level > level_of_table:
                node[slot] = leaves
            else:
                spread = level_of_table - level
                for b in range(iy << spread, (iy + 1) << spread):
                    for a in range(ix << spread, (ix + 1) << spread):
                        entry[base + (b << level_of_table) + a] = leaves
            leaves += 1
    return (
        tile_start, tile_level, entry[:entries].copy(), node[: 4 * nodes].copy(), low[:leaves].copy(),
        high[:leaves].copy(), start[:leaves].copy(), info[:leaves].copy(), word[:words].copy(), longest,
    )  # fmt: skip
