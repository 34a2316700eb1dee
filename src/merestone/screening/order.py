"""Positions put in the order of the cells that hold them, so that what one reads is in the cache for the next."""

import numpy as np

from merestone.screening.frame import compiled
from merestone.screening.kernel import MAX_LAT_DEG, leaf_at

BUCKETS = 1 << 14


@compiled
def count_keys(cells, lon_deg, lat_deg, key, size):  # type: ignore[no-untyped-def]
    """Each position's bucket of neighbouring leaves, and how many positions each bucket has."""
    per = max(1, len(cells.low) // (BUCKETS - 1) + 1)
    for i in range(len(lon_deg)):
        at = 0
        if -180.0 <= lon_deg[i] <= 180.0 and -MAX_LAT_DEG <= lat_deg[i] <= MAX_LAT_DEG:
            leaf = leaf_at(cells, lon_deg[i], lat_deg[i])
            at = leaf // per + 1 if leaf >= 0 else 0
        key[i] = at
        size[at] += 1


@compiled
def place(lon_deg, lat_deg, key, fill, first, lon_out, lat_out, order):  # type: ignore[no-untyped-def]
    """Put positions, numbered from `first`, into their buckets; `fill` holds each bucket's next free place."""
    for i in range(len(lon_deg)):
        at = fill[key[i]]
        fill[key[i]] = at + 1
        lon_out[at], lat_out[at], order[at] = lon_deg[i], lat_deg[i], np.int32(first + i)
