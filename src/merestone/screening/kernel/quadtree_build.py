"""Makes the cells that the kernel reads: a quadtree in each tile, whose leaves list the edges that can be the nearest.

A cell keeps an edge only if, for some position of the cell, it may be nearer than the one that is nearest to all of it;
so no position loses its nearest hazard, whatever the limit. Cells inside a hazard, and beyond reach, have no list.
Large cells are sifted by chunks of edges, small ones edge by edge: see `sift`.
"""

import math

import numpy as np

from merestone.screening.kernel.batch_query import BEYOND_CELL, DIRECT_CELL, INSIDE_CELL, LIST, half_words
from merestone.screening.kernel.compiled_function import compiled, inlined
from merestone.screening.kernel.edge_bounds import COLUMNS_OF_SHAPE, gather, look, sift
from merestone.screening.kernel.leaf_codec import write_list
from merestone.screening.kernel.local_plane import (
    crossings,
    flat_distance,
    frame_error,
    metres_per_degree_at,
    reference_point,
)
from merestone.screening.kernel.tile_grid import COLUMNS, PAD, TILES_PER_DEG, chunks_around, room, root_point

FEW_EDGES = 16
"""A cell with no more edges is not divided, unless coarser cells are asked for."""
FEW_CHUNKS = 40
"""A cell with no more chunks is sifted by single edges."""
DEEPEST = 14
"""A tile is divided so often at most: cells of about a metre."""
CLEARANCE_M = 1e-6
"""Reference points keep this far from every edge, so that no rounding can put them on its other side."""
LONGEST = 250_000
"""A list has at most so many items, each of which may bring `listing.BETWEEN` edges more: 21 bits count those of a run.

What has more is measured by `direct`."""


@compiled
def clear_of(lon, lat, part_of, part_area, chunks, item, first, last, x, y, kx, ky):  # type: ignore[no-untyped-def]
    """Distance in metres from a place to the nearest edge of an area; one beyond a metre may be too small."""
    best = np.inf
    for i in range(first, last):
        m = chunks[2][item[i]]
        if not part_area[part_of[m]]:
            continue
        beside_m = math.sqrt(((lon[m] - x) * kx) ** 2 + ((lat[m] - y) * ky) ** 2) - chunks[3][item[i]]
        if beside_m > 1.0:
            best = min(best, beside_m)
            continue
        for v in range(chunks[0][item[i]], chunks[1][item[i]]):
            best = min(best, flat_distance(lon, lat, v, x, y, kx, ky))
    return best


@compiled
def free_reference(lon, lat, part_of, part_area, chunks, item, first, last, x, y, size, kx, ky):  # type: ignore[no-untyped-def]
    """The first of a cell's four reference points that is on no edge, -1 if there is none."""
    for choice in range(4):
        px, py = reference_point(x, y, size, choice)
        if clear_of(lon, lat, part_of, part_area, chunks, item, first, last, px, py, kx, ky) >= CLEARANCE_M:
            return choice
    return -1


@inlined
def least_of(values, begin, end, step):  # type: ignore[no-untyped-def]
    """The smallest of a few."""
    least = values[begin]
    for p in range(begin + step, end, step):
        least = min(least, values[p])
    return least


@inlined
def most_of(values, begin, end, step):  # type: ignore[no-untyped-def]
    """The largest of a few."""
    most = values[begin]
    for p in range(begin + step, end, step):
        most = max(most, values[p])
    return most


@inlined
def owners(owner, mask, count, touching, state_part, state_at, first, last):  # type: ignore[no-untyped-def]
    """Fill `touching` with the items that touch the cell, area after area of those that may cut it.

    And for each of these areas where its own begin and end there, and which quarters they touch.
    """
    j, touching_count = 0, 0
    for state in range(first, last):
        part, touched = state_part[state], 0
        while j < count and owner[j] < part:
            j += 1
        state_at[state - first, 0] = touching_count
        while j < count and owner[j] == part:
            touched |= mask[j] >> 4
            touching[touching_count] = j
            touching_count += (mask[j] >> 4) != 0
            j += 1
        state_at[state - first, 1], state_at[state - first, 2] = touching_count, touched


@inlined
def deal(item, first, mask, count, is_divided, end, dealt):  # type: ignore[no-untyped-def]
    """Put the items of each quarter, or of all, behind each other from `end` on, and how many there are in `dealt`.

    Quarter 3 comes first, then as many places as there are items, then quarter 2, and so on: what is divided first
    stands last in the buffer, and has room behind it.
    """
    a, b, c, d = end, end + count, end + 2 * count, end + 3 * count
    if is_divided:
        for j in range(count):
            here, bits = item[first + j], mask[j]
            item[a], item[b], item[c], item[d] = here, here, here, here
            a, b, c, d = a + ((bits >> 3) & 1), b + ((bits >> 2) & 1), c + ((bits >> 1) & 1), d + (bits & 1)
    else:
        for j in range(count):
            item[a] = item[first + j]
            a += mask[j] != 0
    dealt[3], dealt[2], dealt[1], dealt[0] = a - end, b - end - count, c - end - 2 * count, d - end - 3 * count


@inlined
def way_of(start, stop):  # type: ignore[no-untyped-def]
    """The quarters, as bits, that a straight way between two of them can touch: all, if they meet at a corner only."""
    return 15 if start ^ stop == 3 else (1 << start) | (1 << stop)


@inlined
def wind(  # type: ignore[no-untyped-def]
    lon, lat, part_hazard, chunks, by_chunk, item, first, mask, touching, quarters, along, state_part, state_turn,
    state_at, state_first, state_last, state_end, from_x, from_y, to_x, to_y,
):  # fmt: skip
    """Put the areas that touch some quarters behind what stands in the buffer, as seen from a reference point.

    `along` are the quarters that the way to it leads through, from where the winding numbers are known.

    Give how many areas these are, the hazard that all of these quarters lie inside (-1: none), and whether an area
    winds around the point more often than can be written down.
    """
    states, inside, is_wild = 0, -1, False
    for state in range(state_first, state_last):
        at = state - state_first
        part, turn = state_part[state], state_turn[state]
        for i in range(state_at[at, 0], state_at[at, 1]):
            j = touching[i]
            if (mask[j] >> 4) & along:
                a = chunks[0][item[first + j]] if by_chunk else item[first + j]
                b = chunks[1][item[first + j]] if by_chunk else item[first + j] + 1
                turn += crossings(lon, lat, a, b, from_x, from_y, to_x, to_y)
        if state_at[at, 2] & quarters:
            state_part[state_end + states], state_turn[state_end + states] = part, turn
            states += 1
            is_wild |= abs(turn) > 127
        elif turn != 0:
            inside = part_hazard[part] if inside < 0 else min(inside, part_hazard[part])
    return states, inside, is_wild


@compiled
def _worth(count, by_chunk):  # type: ignore[no-untyped-def]
    """How large a cell must be, for its distance from the hazards, to be divided: far away, small ones gain nothing."""
    return 0.5 if count <= 64 and not by_chunk else 0.2


@compiled
def states_of(around, first, last, part_of, part_area, middle, item, item_count, state_part, state_turn):  # type: ignore[no-untyped-def]
    """The areas around a tile's root point, with their winding numbers, and those of its chunks: sorted; how many."""
    states = 0
    for j in range(first, last):
        state_part, state_turn = room(state_part, states, 1), room(state_turn, states, 1)
        state_part[states], state_turn[states] = around[j, 1], around[j, 2]
        states += 1
    wound, previous, next_wound = states, -1, 0
    for i in range(item_count):
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
    return state_part, state_turn, states


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
    few_edges,
):
    """The cells of these tiles, numbered from 0: tile_start, tile_level, entry, node, word; and the longest list."""
    tile_start, tile_level = np.zeros(len(tiles), np.int64), np.zeros(len(tiles), np.int8)
    entry, node = np.empty(1024, np.int32), np.empty(1024, np.int32)
    word = np.empty(4096, np.int32)
    entries = nodes = word_count = longest = 0
    item, owner, mask = np.empty(1 << 16, np.int32), np.empty(1 << 12, np.int32), np.empty(1 << 12, np.uint8)
    touching = np.empty((1 << 12) + 1, np.int32)
    shape, far = np.empty((1 << 12, COLUMNS_OF_SHAPE), np.float32), np.empty((1 << 12, 16), np.float32)
    low, high = np.empty(16, np.float32), np.empty(16, np.float32)
    clear, point, near = np.empty(16, np.float32), np.empty(32, np.float32), np.empty(4, np.float32)
    state_part, state_turn = np.empty(256, np.int32), np.empty(256, np.int32)
    state_at, dealt = np.empty((256, 3), np.int64), np.zeros(4, np.int64)
    stack = np.empty((DEEPEST * 4 + 8, 10), np.int64)
    middle = chunks[2]
    side = 1.0 / TILES_PER_DEG
    for number in range(len(tiles)):
        row, column = tiles[number] // COLUMNS, tiles[number] % COLUMNS - PAD
        west, south = column * side - 180.0, row * side - 90.0
        _, ky = metres_per_degree_at(min(abs(south), abs(south + side)) if south * (south + side) > 0.0 else 0.0)
        kx_least, _ = metres_per_degree_at(min(max(abs(south), abs(south + side)) + 0.3, 89.0))
        wide, tall = math.ceil(reach_m * 1.02 / (kx_least * side)), math.ceil(reach_m * 1.02 / (ky * 0.98 * side))
        item, item_count = chunks_around(bucket, placed, row, column + PAD, tall, wide, item)
        x, y = west + 0.5 * side, south + 0.5 * side
        tangent = math.tan(min(abs(y) + 1.0, 89.0) * math.pi / 180.0)
        own = bucket[tiles[number] + 1] - bucket[tiles[number]]
        level_of_table = 0
        while (1 << (2 * level_of_table)) < 2 * own and level_of_table < 9:
            level_of_table += 1
        tile_start[number], tile_level[number] = entries, level_of_table
        entry = room(entry, entries, 1 << (2 * level_of_table))
        base = entries
        entries += 1 << (2 * level_of_table)
        state_part, state_turn, states = states_of(
            around, around_at[number], around_at[number + 1], part_of, part_area, middle, item, item_count, state_part,
            state_turn,
        )  # fmt: skip
        # From the root point, where the winding numbers are known, to the first of the cell's own that is on no edge.
        from_x, from_y = root_point(row, column)
        kx, ky = metres_per_degree_at(y)
        choice = -1
        if clear_of(lon, lat, part_of, part_area, chunks, item, 0, item_count, from_x, from_y, kx, ky) >= CLEARANCE_M:
            choice = free_reference(lon, lat, part_of, part_area, chunks, item, 0, item_count, x, y, side, kx, ky)
        if choice >= 0:
            to_x, to_y = reference_point(x, y, side, choice)
            i = 0
            for state in range(states):
                while i < item_count and part_of[middle[item[i]]] < state_part[state]:
                    i += 1
                while i < item_count and part_of[middle[item[i]]] == state_part[state]:
                    a, b = chunks[0][item[i]], chunks[1][item[i]]
                    state_turn[state] += crossings(lon, lat, a, b, from_x, from_y, to_x, to_y)
                    i += 1
        # A depth-first walk; a cell's lists stand in the buffers behind its parent's and its waiting sisters'.
        top = 1
        stack[0] = 0
        stack[0, 4], stack[0, 6], stack[0, 7], stack[0, 8], stack[0, 9] = item_count, states, base, 1, choice
        while top:
            top -= 1
            level, ix, iy, first, last, state_first, state_last, slot, by_chunk, choice = stack[top]
            size = side / (1 << level)
            x, y = west + (ix + 0.5) * size, south + (iy + 0.5) * size
            from_x, from_y = reference_point(x, y, size, choice)
            kx, ky = metres_per_degree_at(y)
            half = 0.5 * size * math.sqrt(kx * kx + ky * ky)
            half *= 1.0005 + frame_error(half, tangent)
            state_count = state_last - state_first
            if len(state_at) < state_count:
                state_at = np.empty((2 * state_count, 3), np.int64)
            while True:
                count = last - first
                if len(shape) < count:
                    shape = np.empty((2 * count, COLUMNS_OF_SHAPE), np.float32)
                    far = np.empty((2 * count, 16), np.float32)
                    owner, mask = np.empty(2 * count, np.int32), np.empty(2 * count, np.uint8)
                    touching = np.empty(2 * count + 1, np.int32)
                gather(
                    lon, lat, part_of, part_widened, part_area, chunks, by_chunk, item, first, last, x, y, kx, ky,
                    shape, owner,
                )  # fmt: skip
                look(shape, count, size * kx, size * ky, half, tangent, point, far, low, high, clear)
                listed_count, across_m = sift(shape, count, far, high, mask, near)
                owners(owner, mask, count, touching, state_part, state_at, state_first, state_last)
                least = least_of(low, 0, 16, 1)
                is_settled = choice < 0 or listed_count == 0 or least > reach_m
                for state in range(state_count):
                    is_settled |= state_at[state, 2] == 0 and state_turn[state_first + state] != 0
                is_small = level == DEEPEST or half <= _worth(listed_count, by_chunk) * least_of(near, 0, 4, 1)
                # Chunks larger than the cell do not become fewer in smaller cells.
                if (
                    is_settled
                    or not by_chunk
                    or not (is_small or listed_count <= FEW_CHUNKS or half * listed_count <= across_m)
                ):
                    break
                stop = last  # the same cell once more, by single edges
                for j in range(count):
                    if mask[j]:
                        c = item[first + j]
                        item = room(item, stop, chunks[1][c] - chunks[0][c])
                        for v in range(chunks[0][c], chunks[1][c]):
                            item[stop] = v
                            stop += 1
                first, last, by_chunk = last, stop, 0
            is_divided = not is_settled and (by_chunk or not (is_small or listed_count <= few_edges))
            if last + 4 * count + 4 > len(item):
                item = room(item, last, 4 * count + 4)
            if state_last + 4 * state_count + 4 > len(state_part):
                state_part = room(state_part, state_last, 4 * state_count + 4)
            if state_last + 4 * state_count + 4 > len(state_turn):
                state_turn = room(state_turn, state_last, 4 * state_count + 4)
            child_slot = slot
            if is_divided and level >= level_of_table:
                if 4 * nodes + 4 > len(node):
                    node = room(node, 4 * nodes, 4)
                if level == level_of_table:
                    entry[slot] = ~nodes
                else:
                    node[slot] = ~nodes
                child_slot = 4 * nodes
                nodes += 1
            deal(item, first, mask, count, is_divided, last, dealt)
            state_end = state_last
            for nth in range(4 if is_divided else 1):
                quarter = 3 - nth
                end, taken = last + nth * count, dealt[quarter]
                if is_divided:
                    quarters, along, begin, step = 1 << quarter, way_of(choice, quarter), quarter, 4
                    at_level, at_x, at_y = level + 1, 2 * ix + (quarter & 1), 2 * iy + (quarter >> 1)
                    at_slot = child_slot + quarter
                    if at_level <= level_of_table:
                        at_slot = base + (at_y << level_of_table) + at_x
                    at_size = 0.5 * size
                    x, y = west + (at_x + 0.5) * at_size, south + (at_y + 0.5) * at_size
                    choice_at = -1
                    for p in range(begin, 16, step):
                        if choice_at < 0 and clear[p] >= CLEARANCE_M:
                            choice_at = p // 4
                    if choice_at < 0 and by_chunk:  # a chunk may lie over all of them, and its edges on none
                        choice_at = free_reference(
                            lon, lat, part_of, part_area, chunks, item, end, end + taken, x, y, at_size, kx, ky
                        )  # fmt: skip
                    to_x, to_y = reference_point(x, y, at_size, choice_at)
                else:
                    quarters, along, begin, step = 15, 0, 0, 1
                    at_level, at_x, at_y, at_slot, choice_at = level, ix, iy, slot, choice
                    to_x, to_y = from_x, from_y
                least, most = least_of(low, begin, 16, step), most_of(high, begin, 16, step)
                states, inside, is_wild = wind(
                    lon, lat, part_hazard, chunks, by_chunk, item, first, mask, touching, quarters, along, state_part,
                    state_turn, state_at, state_first, state_last, state_end, from_x, from_y, to_x, to_y,
                )  # fmt: skip
                kind = LIST
                if choice_at < 0:
                    kind = DIRECT_CELL
                elif inside >= 0:
                    kind = INSIDE_CELL
                elif taken == 0 or least > reach_m:
                    kind = BEYOND_CELL
                elif is_wild or taken > LONGEST:
                    kind = DIRECT_CELL
                elif is_divided and (
                    by_chunk
                    or (taken > few_edges and at_level < DEEPEST and 0.5 * half > _worth(taken, 0) * near[quarter])
                ):
                    stack[top, 0], stack[top, 1], stack[top, 2] = at_level, at_x, at_y
                    stack[top, 3], stack[top, 4] = end, end + taken
                    stack[top, 5], stack[top, 6] = state_end, state_end + states
                    stack[top, 7], stack[top, 8], stack[top, 9] = at_slot, by_chunk, choice_at
                    top += 1
                    state_end += states
                    continue
                if word_count + 2 * taken + 2 > len(word):
                    word = room(word, word_count, 2 * taken + 2)
                leaf = word_count
                word_count += 2
                if kind == LIST:
                    word_count, listed = write_list(
                        ends, part_of, item, end, end + taken, state_part, state_turn, state_end, state_end + states,
                        word, word_count,
                    )  # fmt: skip
                    longest = max(longest, listed)
                    word[leaf] = half_words(least - 0.01 - 1e-6 * abs(least), most + 0.01 + 1e-6 * abs(most))
                else:
                    word[leaf] = inside
                runs = (word_count - leaf) // 2 - 1
                word[leaf + 1] = runs | (at_level << 22) | (kind << 27) | (max(choice_at, 0) << 29)
                if at_level > level_of_table:
                    node[at_slot] = leaf // 2
                else:
                    spread = level_of_table - at_level
                    for b in range(at_y << spread, (at_y + 1) << spread):
                        for a in range(at_x << spread, (at_x + 1) << spread):
                            entry[base + (b << level_of_table) + a] = leaf // 2
    return (
        tile_start, tile_level, entry[:entries], node[: 4 * nodes], word[:word_count], longest,
    )  # fmt: skip
