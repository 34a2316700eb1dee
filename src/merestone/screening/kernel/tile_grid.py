"""Where outlines lie: the tiles that runs of edges touch, and the areas that go around a tile's centre."""

import math

import numpy as np

from merestone.screening.kernel.compiled_function import compiled
from merestone.screening.kernel.local_plane import frame_error, metres_per_degree_at

TILES_PER_DEG = 8
PAD = 16
"""Columns of tiles beyond the antimeridian on either side, for what lies over it."""
COLUMNS = 360 * TILES_PER_DEG + 2 * PAD
ROWS = 180 * TILES_PER_DEG
NO_CELLS, UNMADE = -1, -2
"""What stands for the number of a tile: every hazard is beyond reach; its cells were not made, and nothing is known."""


@compiled
def root_point(row, column):  # type: ignore[no-untyped-def]
    """Where the winding numbers of a whole tile are known: off its centre, since outlines like round numbers."""
    side = 1.0 / TILES_PER_DEG
    west, south = column * side - 180.0, row * side - 90.0
    return west + 0.6373 * side, south + 0.5917 * side


@compiled
def tiles_around(lon, lat, ends, part_start, part_area, bounds):  # type: ignore[no-untyped-def]
    """(n,) tile, part, winding number, for every area that goes around a tile's reference point."""
    size = 1024
    out = np.empty((size, 3), np.int64)
    count = 0
    for part in range(len(part_area)):
        if not part_area[part]:
            continue
        west, south, east, north = bounds[part]
        c0 = math.floor((west + 180.0) * TILES_PER_DEG)
        c1 = math.floor((east + 180.0) * TILES_PER_DEG)
        r0 = max(math.floor((south + 90.0) * TILES_PER_DEG), 0)
        r1 = min(math.floor((north + 90.0) * TILES_PER_DEG), ROWS - 1)
        for row in range(r0, r1 + 1):
            for column in range(c0, c1 + 1):
                x, y = root_point(row, column)
                if not (west <= x <= east and south <= y <= north):
                    continue
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
def laid(lon, lat, ends, start, by_place, part_start, more):  # type: ignore[no-untyped-def]
    """Vertices as in `Cells`, with `more` behind them, which of them end a ring, and their parts, (vertices,) each.

    The parts `by_place` of the outlines stand one behind the other, from `part_start` on.
    """
    count = part_start[-1]
    vertex, ends_out, part_of = np.empty(2 * (count + more)), np.empty(count, np.bool_), np.empty(count, np.int32)
    for part in range(len(by_place)):
        shift = start[by_place[part]] - part_start[part]
        for v in range(part_start[part], part_start[part + 1]):
            vertex[2 * v], vertex[2 * v + 1] = lon[v + shift], lat[v + shift]
            ends_out[v], part_of[v] = ends[v + shift], part
    for v in range(count, count + more):
        vertex[2 * v], vertex[2 * v + 1] = vertex[2 * count - 2], vertex[2 * count - 1]
    return vertex, ends_out, part_of


CHUNK_EDGES = 8
CHUNK_M = 2_000.0
"""A chunk ends when it is so long: a large one would be kept by every cell around."""


@compiled
def chunks_of(lon, lat, ends, part_of):  # type: ignore[no-untyped-def]
    """Runs of up to eight edges of one part: first vertex (one more at the end), middle vertex, and radius in metres.

    Every point of the run lies within the radius of the middle vertex. A ring's end begins a new run.
    """
    first, middle = np.empty(len(lon), np.int32), np.empty(len(lon), np.int32)
    last, radius = np.empty(len(lon), np.int32), np.empty(len(lon), np.float32)
    count = 0
    v = 0
    while v < len(lon) - 1:
        if ends[v]:
            v += 1
            continue
        begun, run_m = v, 0.0
        kx, ky = metres_per_degree_at(lat[v])
        while v < len(lon) - 1 and not ends[v] and v - begun < CHUNK_EDGES and part_of[v] == part_of[begun]:
            dx, dy = (lon[v + 1] - lon[v]) * kx, (lat[v + 1] - lat[v]) * ky
            step_m = math.sqrt(dx * dx + dy * dy)
            if v > begun and run_m + step_m > CHUNK_M:
                break
            run_m += step_m
            v += 1
        mid = (begun + v) // 2
        kx, ky = metres_per_degree_at(lat[mid])
        tangent = abs(math.tan(min(abs(lat[mid]), 89.0) * math.pi / 180.0))
        far = 0.0
        for u in range(begun, v + 1):
            dx, dy = (lon[u] - lon[mid]) * kx, (lat[u] - lat[mid]) * ky
            far = max(far, dx * dx + dy * dy)
        far = math.sqrt(far)
        first[count], last[count], middle[count] = begun, v, mid
        radius[count] = far * (1.00001 + frame_error(far, tangent)) + 0.001
        count += 1
    return first[:count].copy(), last[:count].copy(), middle[:count].copy(), radius[:count].copy()


@compiled
def chunk_box(lon, lat, first, last):  # type: ignore[no-untyped-def]
    """First and last column and row of tiles that the vertices from `first` to `last` touch."""
    west, east, south, north = lon[first], lon[first], lat[first], lat[first]
    for v in range(first + 1, last + 1):
        west, east = min(west, lon[v]), max(east, lon[v])
        south, north = min(south, lat[v]), max(north, lat[v])
    a, b = math.floor((west + 180.0) * TILES_PER_DEG), math.floor((east + 180.0) * TILES_PER_DEG)
    c, d = math.floor((south + 90.0) * TILES_PER_DEG), math.floor((north + 90.0) * TILES_PER_DEG)
    x0, x1 = max(a + PAD, 0), min(b + PAD, COLUMNS - 1)
    return x0, x1, max(c, 0), min(d, ROWS - 1)


@compiled
def bucket_chunks(lon, lat, first, last):  # type: ignore[no-untyped-def]
    """Chunks by tile: where each tile begins, (rows * columns + 1,), and the chunks, once in every tile they touch."""
    bucket = np.zeros(ROWS * COLUMNS + 1, np.int64)
    for c in range(len(first)):
        x0, x1, y0, y1 = chunk_box(lon, lat, first[c], last[c])
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                bucket[row * COLUMNS + column + 1] += 1
    for at in range(ROWS * COLUMNS):
        bucket[at + 1] += bucket[at]
    fill = bucket[:-1].copy()
    placed = np.empty(bucket[-1], np.int32)
    for c in range(len(first)):
        x0, x1, y0, y1 = chunk_box(lon, lat, first[c], last[c])
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                at = row * COLUMNS + column
                placed[fill[at]] = c
                fill[at] += 1
    return bucket, placed


@compiled
def chunks_around(bucket, placed, row, column, rows, columns, item):  # type: ignore[no-untyped-def]
    """The chunks of all tiles so many rows and columns around one, each once, sorted; give them and how many."""
    r0, r1 = max(row - rows, 0), min(row + rows, ROWS - 1)
    c0, c1 = max(column - columns, 0), min(column + columns, COLUMNS - 1)
    item_count = 0
    for r in range(r0, r1 + 1):
        begin, end = bucket[r * COLUMNS + c0], bucket[r * COLUMNS + c1 + 1]
        item = room(item, item_count, end - begin)
        item[item_count : item_count + end - begin] = placed[begin:end]
        item_count += end - begin
    ordered, distinct = in_order(item, item_count), 0
    for i in range(item_count):
        item[distinct] = ordered[i]
        distinct += i == item_count - 1 or ordered[i + 1] != ordered[i]  # a chunk stands in every tile that it touches
    return item, distinct


@compiled
def room(array, used, more):  # type: ignore[no-untyped-def]
    """The array, or a larger copy, with room for `more` after `used`."""
    if used + more <= len(array):
        return array
    bigger = np.empty(max(2 * len(array), used + more), array.dtype)
    bigger[:used] = array[:used]
    return bigger


@compiled
def in_order(values, count):  # type: ignore[no-untyped-def]
    """The first few of some numbers of 0 or more, sorted: by eleven bits after eleven, which is short to compile."""
    here, there = values[:count].copy(), np.empty(count, values.dtype)
    most, shift = 0, 0
    for i in range(count):
        most = max(most, here[i])
    begin = np.empty(2049, np.int64)
    while most >> shift > 0:
        begin[:] = 0
        for i in range(count):
            begin[((here[i] >> shift) & 2047) + 1] += 1
        for digit in range(2048):
            begin[digit + 1] += begin[digit]
        for i in range(count):
            digit = (here[i] >> shift) & 2047
            there[begin[digit]] = here[i]
            begin[digit] += 1
        here, there = there, here
        shift += 11
    return here
