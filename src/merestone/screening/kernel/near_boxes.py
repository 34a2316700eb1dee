"""Which positions have a hazard near them, without cells: every part looks at the positions around it.

What is asked costs as much as what is reached, and nothing is made first. A distance in the flat frame of a position is
wrong by a known amount at most (`local_plane.frame_error`): a class that this leaves in doubt is not given, and the
caller measures on the ellipsoid.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from merestone.screening.kernel.compiled_function import compiled, inlined
from merestone.screening.kernel.local_plane import frame_error, metres_per_degree_at
from merestone.screening.kernel.outline import Floats
from merestone.screening.kernel.pair_query import FLAT, PER_DEG_LEAST_M

PER_CELL = 2
"""Positions to a cell of the grid that they are found by, if they lie evenly."""
IN_DOUBT = 255
_RAD = math.pi / 180.0


class AskedPositions(NamedTuple):
    """Positions in the order of the cells of a grid over them."""

    lon: Floats
    """(positions,) degrees, in the order of cells; all of these are such as `pair_query.can_measure` knows."""
    lat: Floats
    near_m: Floats
    """(positions,) or (1,) warning distance and the position's own accuracy."""
    known_m: Floats
    """(positions,) or (1,) the position's own accuracy."""
    begin: NDArray[np.int64]
    """(cells + 1,) where the positions of each cell begin; cells row after row from the south."""
    span: Floats
    """(4,) west and south of the grid, and cells to a degree of longitude and latitude."""
    columns: int
    rows: int
    most_near_m: float
    least_cos: float
    """Cosine of the latitude farthest from the equator."""


def in_grid(lon: Floats, lat: Floats, known_m: Floats, warn_m: float) -> tuple[AskedPositions, NDArray[np.int32]]:
    """Positions in the order of their cells, and where each of them stood before."""
    west, east, south, north = float(lon.min()), float(lon.max()), float(lat.min()), float(lat.max())
    farthest_lat = max(abs(south), abs(north))
    least_cos = math.cos(math.radians(farthest_lat))
    wide, tall = max((east - west) * least_cos, 1e-6), max(north - south, 1e-6)
    side = math.sqrt(wide * tall * PER_CELL / len(lon))
    side = max(side, wide / 4096, tall / 4096)
    columns, rows = int(wide / side) + 1, int(tall / side) + 1
    span = np.array([west, south, least_cos / side, 1.0 / side])
    begin, order = placed(lon, lat, span, columns, rows)
    known_m = known_m[order] if len(known_m) > 1 else known_m
    near_m = known_m + warn_m
    most_m = float(near_m.max())
    return AskedPositions(lon[order], lat[order], near_m, known_m, begin, span, columns, rows, most_m, least_cos), order


@compiled
def placed(lon, lat, span, columns, rows):  # type: ignore[no-untyped-def]
    """Where the positions of each cell begin, and the positions cell by cell."""
    begin = np.zeros(columns * rows + 1, np.int64)
    cell = np.empty(len(lon), np.int32)
    for i in range(len(lon)):
        column, row = int((lon[i] - span[0]) * span[2]), int((lat[i] - span[1]) * span[3])
        cell[i] = min(row, rows - 1) * columns + min(column, columns - 1)
        begin[cell[i] + 1] += 1
    for at in range(columns * rows):
        begin[at + 1] += begin[at]
    fill, order = begin[:-1].copy(), np.empty(len(lon), np.int32)
    for i in range(len(lon)):
        order[fill[cell[i]]] = i
        fill[cell[i]] += 1
    return begin, order


def beside_all(box: Floats, lon: Floats, lat: Floats, reach_m: float) -> NDArray[np.int64]:
    """The positions within the box of all boxes and so far around it: no other has one of these within reach."""
    west, south, east, north = box[:, 0].min(), box[:, 1].min(), box[:, 2].max(), box[:, 3].max()
    tall = (reach_m + 1.0) / PER_DEG_LEAST_M
    farthest = max(-float(lat.min()), float(lat.max()))
    wide = tall / max(math.cos(math.radians(farthest)) - tall * _RAD, 1e-3)
    return np.flatnonzero((lon >= west - wide) & (lon <= east + wide) & (lat >= south - tall) & (lat <= north + tall))


@inlined
def cells_around(box, b, reach_m, asked):  # type: ignore[no-untyped-def]
    """The first and last column and row of the cells that a box, widened by this, can touch; none if first > last."""
    tall = (reach_m + 1.0) / PER_DEG_LEAST_M
    wide = tall / max(asked.least_cos - tall * _RAD, 1e-3)
    span = asked.span
    c0, c1 = (box[b, 0] - wide - span[0]) * span[2], (box[b, 2] + wide - span[0]) * span[2]
    r0, r1 = (box[b, 1] - tall - span[1]) * span[3], (box[b, 3] + tall - span[1]) * span[3]
    if c1 < 0.0 or r1 < 0.0 or c0 > asked.columns or r0 > asked.rows:
        return 0, -1, 0, -1
    x0, x1 = int(max(c0, 0.0)), int(min(c1, asked.columns - 1.0))
    y0, y1 = int(max(r0, 0.0)), int(min(r1, asked.rows - 1.0))
    # A position on the east or north side of the grid stands in its last cell.
    return min(x0, asked.columns - 1), x1, min(y0, asked.rows - 1), y1


@inlined
def least_to_box(box, b, x, y, cos):  # type: ignore[no-untyped-def]
    """No point of the box is nearer to the position, metres; to `pair_query.MOST_REACH_M`."""
    east = max(box[b, 0] - x, x - box[b, 2], 0.0) * cos
    north = max(box[b, 1] - y, y - box[b, 3], 0.0)
    return FLAT * PER_DEG_LEAST_M * math.sqrt(east * east + north * north)


@compiled
def reached_boxes(box, widened_m, asked, is_reached, most_looks):  # type: ignore[no-untyped-def]
    """Mark the boxes that a position has within its distance; give how many, or -1 if there is too much to look at."""
    count, looks = 0, 0
    for b in range(len(box)):
        x0, x1, y0, y1 = cells_around(box, b, asked.most_near_m + widened_m[b], asked)
        is_reached[b] = False
        for row in range(y0, y1 + 1):
            first, last = asked.begin[row * asked.columns + x0], asked.begin[row * asked.columns + x1 + 1]
            looks += 1
            for i in range(first, last):
                looks += 1
                near_m = asked.near_m[i] if len(asked.near_m) > 1 else asked.near_m[0]
                beside_m = least_to_box(box, b, asked.lon[i], asked.lat[i], asked.least_cos)
                if beside_m <= near_m + widened_m[b] + 0.01:
                    is_reached[b] = True
                    break
            if is_reached[b]:
                break
        count += is_reached[b]
        if looks > most_looks:
            return -1
    return count


@inlined
def flat_and_around(lon, lat, ends, first, last, x, y, kx, ky):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """The smallest flat distance to a part's edges, metres, and the part's winding number, as in `pair_query`."""
    least2, winding = np.inf, 0
    for v in range(first, last - 1):
        if ends[v]:
            continue
        x0, y0, x1, y1 = lon[v] - x, lat[v] - y, lon[v + 1] - x, lat[v + 1] - y
        if (y0 <= 0.0) != (y1 <= 0.0):
            left = x0 * y1 - x1 * y0
            winding += int(y0 <= 0.0 and left > 0.0) - int(y0 > 0.0 and left < 0.0)
        ax, ay = x0 * kx, y0 * ky
        ux, uy = x1 * kx - ax, y1 * ky - ay
        t = min(1.0, max(0.0, -(ax * ux + ay * uy) / max(ux * ux + uy * uy, 1e-30)))
        px, py = ax + t * ux, ay + t * uy
        least2 = min(least2, px * px + py * py)
    return math.sqrt(least2), winding


@compiled
def classes_by_parts(lon, lat, ends, part_start, is_area, box, stated_m, widened_m, asked, code, most_looks):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Fill the code of each position, `IN_DOUBT` where the ellipsoid must decide; give -1 if it would be too much.

    By `stated_m` a part is wider for certain, by `widened_m` it may be.
    """
    count = len(asked.lon)
    sure, may = np.zeros(count, np.uint8), np.zeros(count, np.uint8)
    frame = np.empty((count, 4))
    for i in range(count):
        frame[i, 0], frame[i, 1] = metres_per_degree_at(asked.lat[i])
        frame[i, 2] = math.cos(asked.lat[i] * _RAD)
        frame[i, 3] = abs(math.tan(asked.lat[i] * _RAD))
    looks = 0
    for b in range(len(box)):
        x0, x1, y0, y1 = cells_around(box, b, asked.most_near_m + widened_m[b], asked)
        for row in range(y0, y1 + 1):
            looks += 1
            for i in range(asked.begin[row * asked.columns + x0], asked.begin[row * asked.columns + x1 + 1]):
                looks += 1
                if sure[i] == 2:
                    continue
                x, y = asked.lon[i], asked.lat[i]
                near_m = asked.near_m[i] if len(asked.near_m) > 1 else asked.near_m[0]
                known_m = asked.known_m[i] if len(asked.known_m) > 1 else asked.known_m[0]
                beside_m = least_to_box(box, b, x, y, frame[i, 2])
                if beside_m > near_m + widened_m[b] + 0.01:
                    continue
                if sure[i] == 1 and beside_m > known_m + stated_m[b] + 0.01:
                    continue  # it cannot put the position inside
                looks += part_start[b + 1] - part_start[b]
                first, last, kx, ky = part_start[b], part_start[b + 1], frame[i, 0], frame[i, 1]
                flat_m, winding = flat_and_around(lon, lat, ends, first, last, x, y, kx, ky)
                if winding != 0 and is_area[b]:
                    sure[i], may[i] = 2, 2
                    continue
                error_m = flat_m * frame_error(flat_m, frame[i, 3]) + 0.001
                least_m, most_m = flat_m - error_m, flat_m + error_m
                at_least = 2 if most_m - stated_m[b] <= known_m else (1 if most_m - widened_m[b] <= near_m else 0)
                at_most = 2 if least_m - stated_m[b] <= known_m else (1 if least_m - widened_m[b] <= near_m else 0)
                sure[i], may[i] = max(sure[i], at_least), max(may[i], at_most)
        if looks > most_looks:
            return -1
    doubts = 0
    for i in range(len(code)):
        code[i] = sure[i] if sure[i] == may[i] else IN_DOUBT
        doubts += sure[i] != may[i]
    return doubts


def reached(
    box: Floats, widened_m: Floats, positions: tuple[Floats, Floats, Floats, float], most_looks: int = 1 << 62
) -> NDArray[np.bool_] | None:
    """(n,) the boxes that a position has within its distance, given as for `in_grid`; None if that is too much work."""
    is_reached = np.zeros(len(box), bool)
    asked, _ = in_grid(*positions)
    count = reached_boxes(box, widened_m, asked, is_reached, most_looks)
    return None if count < 0 else is_reached
