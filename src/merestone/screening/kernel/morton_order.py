"""Positions put in the order of places, so that what one reads is in the cache for the next."""

import numpy as np
from numpy.typing import NDArray

from merestone.screening.kernel.compiled_function import compiled
from merestone.screening.kernel.outline import Floats

BITS = 7
BUCKETS = 1 << (2 * BITS)
"""Squares of the box around the positions, along a Morton curve; one bucket more holds what is no place."""
SAMPLE = 4096


def box_of(lon_deg: Floats, lat_deg: Floats) -> NDArray[np.float64]:
    """West, south, and squares per degree east and north, of a box that holds most of the positions, shape (4,)."""
    step = max(1, len(lon_deg) // SAMPLE)
    x, y = lon_deg[::step], lat_deg[::step]
    good = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    if not good.any():
        return np.array([0.0, 0.0, 1.0, 1.0])
    x, y = x[good], y[good]
    wide, tall = max(float(np.ptp(x)), 1e-9), max(float(np.ptp(y)), 1e-9)
    return np.array([x.min(), y.min(), (1 << BITS) / wide, (1 << BITS) / tall])


@compiled
def count_keys(box, lon_deg, lat_deg, key, size):  # type: ignore[no-untyped-def]
    """Each position's bucket, and how many positions each bucket has. Nothing but arithmetic: no cell is read."""
    most = (1 << BITS) - 1
    west, south, per_lon, per_lat = box[0], box[1], box[2], box[3]
    for i in range(len(lon_deg)):
        x, y = lon_deg[i], lat_deg[i]
        at = BUCKETS
        if -180.0 <= x <= 180.0 and -90.0 <= y <= 90.0:
            ix = int(min(max((x - west) * per_lon, 0.0), most))
            iy = int(min(max((y - south) * per_lat, 0.0), most))
            ix = (ix | (ix << 4)) & 0x0F0F
            iy = (iy | (iy << 4)) & 0x0F0F
            ix = (ix | (ix << 2)) & 0x3333
            iy = (iy | (iy << 2)) & 0x3333
            ix = (ix | (ix << 1)) & 0x5555
            iy = (iy | (iy << 1)) & 0x5555
            at = ix | (iy << 1)
        key[i] = at
        size[at] += 1


@compiled
def place(lon_deg, lat_deg, key, fill, first, lon_out, lat_out, order):  # type: ignore[no-untyped-def]
    """Put positions, numbered from `first`, into their buckets; `fill` holds each bucket's next free place."""
    for i in range(len(lon_deg)):
        at = fill[key[i]]
        fill[key[i]] = at + 1
        lon_out[at], lat_out[at], order[at] = lon_deg[i], lat_deg[i], np.int32(first + i)
