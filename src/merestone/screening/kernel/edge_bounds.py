"""Which edges can be the nearest from somewhere in a cell: looked at from sixteen points, four in each quarter.

A cell's sixteen parts each have one point. No position of a part is farther from its point than `PART` half diagonals,
so what is known there, less that, holds for the whole part. Items are single edges, or chunks of edges with a radius.
Single precision is enough, since its errors are in the bounds, and twice as quick.
"""

import math

import numpy as np

from merestone.screening.kernel.compiled_function import inlined
from merestone.screening.kernel.local_plane import SHIFT_X, SHIFT_Y, error_growth, frame_error

_QUARTER, _PART = np.arange(16) & 3, np.arange(16) >> 2
POINT_X = ((_QUARTER & 1) - 0.5) * 0.5 + ((_PART & 1) - 0.5 + SHIFT_X) * 0.25
"""(16,) how far each point lies east of the cell's middle, in sides of the cell. First one point for each quarter."""
POINT_Y = ((_QUARTER >> 1) - 0.5) * 0.5 + ((_PART >> 1) - 0.5 + SHIFT_Y) * 0.25
PART = 0.25 * (1.0 + math.hypot(SHIFT_X, SHIFT_Y) / math.hypot(0.5, 0.5)) + 0.0005
"""How far a position can be from its part's point, in half diagonals of the cell."""
COLUMNS_OF_SHAPE = 9
_SINGLE = 2e-6
"""Flat distances in single precision are wrong by less than this times the lengths that they are made of."""
_ZERO, _ONE, _FAR = np.float32(0.0), np.float32(1.0), np.float32(np.inf)


@inlined
def gather(  # type: ignore[no-untyped-def]
    lon, lat, part_of, part_widened, part_area, chunks, by_chunk, item, first, last, x, y, kx, ky, shape, owner
):  # fmt: skip
    """Fill a row of `shape` for each item, and its part in `owner`.

    A row is where the item begins and how it runs, in metres from the cell's middle; 1 / length squared; its radius;
    its hazard's widening; 1 if its part is an area; and how wrong single precision may be, in metres.
    """
    for i in range(first, last):
        j = i - first
        if by_chunk:
            v = chunks[2][item[i]]
            ux, uy, radius = 0.0, 0.0, float(chunks[3][item[i]])
        else:
            v = item[i]
            ux, uy, radius = (lon[v + 1] - lon[v]) * kx, (lat[v + 1] - lat[v]) * ky, 0.0
        ax, ay = (lon[v] - x) * kx, (lat[v] - y) * ky
        part = part_of[v]
        owner[j] = part
        slack = _SINGLE * (abs(ax) + abs(ay) + abs(ux) + abs(uy) + radius + part_widened[part])
        shape[j, 0], shape[j, 1], shape[j, 2], shape[j, 3] = ax, ay, ux, uy
        shape[j, 4], shape[j, 5] = 1.0 / max(ux * ux + uy * uy, 1e-30), radius + slack
        shape[j, 6], shape[j, 7] = part_widened[part], 1.0 if part_area[part] else 0.0
        shape[j, 8] = slack


@inlined
def look(shape, count, size_x_m, size_y_m, half_m, tangent, point, far, low, high, clear):  # type: ignore[no-untyped-def]
    """What is known from each of the sixteen points, in metres, no position of its part contradicting it.

    Fills `far` (items, 16), the least distance of each item; `low` and `high`, the bounds of the smallest distance less
    widening, and `clear`, how far the point itself is from every area's edge, at least. `point` is room.
    """
    # How wrong a flat distance may be, relatively: as `frame_error`, of the distance and twice the half diagonal.
    fixed = np.float32(frame_error(2.0 * half_m, tangent))
    growing = np.float32(error_growth(tangent))
    part_m = np.float32(PART * half_m + _SINGLE * half_m)
    for p in range(16):
        low[p], high[p], clear[p] = _FAR, _FAR, _FAR
        point[p], point[16 + p] = POINT_X[p] * size_x_m, POINT_Y[p] * size_y_m
    for j in range(count):
        ax, ay, ux, uy = shape[j, 0], shape[j, 1], shape[j, 2], shape[j, 3]
        inverse, radius, widened, slack = shape[j, 4], shape[j, 5], shape[j, 6], shape[j, 8]
        beside = _ZERO if shape[j, 7] > _ZERO else _FAR
        for p in range(16):
            bx, by = ax - point[p], ay - point[16 + p]
            t = min(_ONE, max(_ZERO, -(bx * ux + by * uy) * inverse))
            bx, by = bx + t * ux, by + t * uy
            flat = np.sqrt(bx * bx + by * by)
            error = flat * (fixed + growing * flat)
            least = flat - error - radius - part_m
            far[j, p] = least
            low[p] = min(low[p], max(least, _ZERO) - widened)
            high[p] = min(high[p], flat + error + part_m + slack - widened)
            clear[p] = min(clear[p], flat - radius + beside)


@inlined
def sift(shape, count, far, high, mask, near):  # type: ignore[no-untyped-def]
    """Fill each item's mask: bits 0-3, the quarters that must list it; bits 4-7, those that an area's item may touch.

    `near` gets how far the nearest item on each quarter's list is from it, at least, metres, not less its widening.
    Give how many items any quarter must list, and the sum of their radii.
    """
    kept_count, across_m = 0, 0.0
    for quarter in range(4):
        near[quarter] = _FAR
    for j in range(count):
        widened = shape[j, 6]
        touching = _ZERO if shape[j, 7] > _ZERO else -_FAR
        bits = 0
        for quarter in range(4):
            b, c, d = quarter + 4, quarter + 8, quarter + 12
            e, f, g, h = far[j, quarter], far[j, b], far[j, c], far[j, d]
            spare = max(high[quarter] - e, high[b] - f, high[c] - g, high[d] - h)
            least = min(e, f, g, h)
            touches = least <= touching
            is_kept = (spare >= -widened) | touches
            near[quarter] = min(near[quarter], least if is_kept else _FAR)
            bits |= is_kept << quarter
            bits |= touches << (4 + quarter)
        mask[j] = bits
        if bits:
            kept_count += 1
            across_m += shape[j, 5]
    return kept_count, across_m
