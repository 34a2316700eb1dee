"""Outlines in three quarters of their bytes, for a phone: the same numbers, as steps from each part's first vertex.

Coordinates of one part lie close together, so that a double's first bits are the same in all. Each is kept as a whole
number of steps from the part's first vertex, in 48 bits; a step is the largest power of two of which all coordinates of
the part are multiples. Where 48 bits do not hold them, as around the equator or of an area as large as a country, the
part's coordinates stand in full. No coordinate is rounded.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.screening import Outlines

Arrays = dict[str, NDArray[Any]]

FORMS: Final = {
    "exponent": "|u1", "ring_sizes": "<u4", "part_rings": "<u4", "first_lon_deg": "<f8", "first_lat_deg": "<f8",
    "lon_low": "<u4", "lon_high": "<i2", "lat_low": "<u4", "lat_high": "<i2",
    "full_lon_deg": "<f8", "full_lat_deg": "<f8",
}  # fmt: skip
"""The arrays that stand for coordinates, ends and starts of parts, and their types."""
IN_STEPS: Final = ("lon_deg", "lat_deg", "ends", "part_start")
"""What of the outlines these stand for."""
_BITS: Final = 47
_MOST_EXPONENT: Final = 250


def compacted(outlines: Outlines) -> Arrays:
    """The arrays of `FORMS` for some outlines."""
    ring_ends = np.flatnonzero(outlines.ends)
    start, count = outlines.part_start[:-1], np.diff(outlines.part_start)
    axes = (outlines.lon_deg, outlines.lat_deg)
    exponent = np.zeros(len(count), np.int64)
    if len(count):
        exponent = np.maximum.reduceat(np.maximum(_exponents(axes[0]), _exponents(axes[1])), start)
    exponent = np.maximum(exponent, 1)  # 0 stands for a part in full
    is_short = exponent <= _MOST_EXPONENT
    per_step = np.ldexp(1.0, np.repeat(np.where(is_short, exponent, 1), count).astype(np.int32))
    first = [values[start] for values in axes]
    steps = [(values - np.repeat(begin, count)) * per_step for values, begin in zip(axes, first, strict=True)]
    if len(count):
        most = np.maximum.reduceat(np.maximum(np.abs(steps[0]), np.abs(steps[1])), start)
        is_short &= most < 2.0**_BITS
    in_steps = np.repeat(is_short, count)
    out: Arrays = {
        "exponent": np.where(is_short, exponent, 0).astype(np.uint8),
        "ring_sizes": np.diff(ring_ends, prepend=-1).astype(np.uint32),
        "part_rings": outlines.rings_of_part.astype(np.uint32),
    }
    for name, values, begin, step in zip(("lon", "lat"), axes, first, steps, strict=True):
        whole = step[in_steps].astype(np.int64)
        out[f"first_{name}_deg"] = begin
        out[f"{name}_low"] = (whole & 0xFFFFFFFF).astype(np.uint32)
        out[f"{name}_high"] = (whole >> 32).astype(np.int16)
        out[f"full_{name}_deg"] = values[~in_steps]
    return out


def expanded(arrays: Mapping[str, NDArray[Any]]) -> Arrays | None:
    """Coordinates, ends and starts of parts from the arrays of `FORMS`; None where they do not fit each other."""
    exponent, ring_sizes, part_rings = (arrays[name] for name in ("exponent", "ring_sizes", "part_rings"))
    parts, vertices = len(exponent), int(ring_sizes.sum(dtype=np.int64))
    if len(part_rings) != parts or int(part_rings.sum(dtype=np.int64)) != len(ring_sizes):
        return None
    if (parts and not part_rings.all()) or not ring_sizes.all():
        return None
    ring_ends = np.cumsum(ring_sizes, dtype=np.int64)
    ends = np.zeros(vertices, bool)
    ends[ring_ends - 1] = True
    part_start = np.concatenate([[0], ring_ends[np.cumsum(part_rings, dtype=np.int64) - 1]]).astype(np.int64)
    count = np.diff(part_start)
    in_steps = np.repeat(exponent > 0, count)
    step_deg = np.ldexp(1.0, -np.repeat(exponent, count)[in_steps].astype(np.int32))
    out: Arrays = {"ends": ends, "part_start": part_start}
    for name in ("lon", "lat"):
        low, high, full = (arrays[key] for key in (f"{name}_low", f"{name}_high", f"full_{name}_deg"))
        first = arrays[f"first_{name}_deg"]
        shorter = int(np.count_nonzero(in_steps))
        if not (len(low) == len(high) == shorter and len(full) == vertices - shorter and len(first) == parts):
            return None
        values = np.empty(vertices)
        values[in_steps] = np.repeat(first, count)[in_steps] + (high * 4294967296.0 + low) * step_deg
        values[~in_steps] = full
        out[f"{name}_deg"] = values
    return out


def _exponents(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) for each number the least e of 0 or more so that it is a whole multiple of 2 ** -e."""
    share, power = np.frexp(values)
    whole = np.abs(np.ldexp(share, 53)).astype(np.int64)
    _, lowest = np.frexp((whole & -whole).astype(np.float64))  # 2 ** (lowest - 1) is the lowest bit that is set
    least = 53 - power.astype(np.int64) - (lowest.astype(np.int64) - 1)
    return np.where(whole == 0, 0, np.maximum(least, 0))
