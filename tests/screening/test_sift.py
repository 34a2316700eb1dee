"""What a look from sixteen points says of a cell's parts holds at every position of them, measured exactly."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.screening.kernel import numpy_query
from merestone.screening.kernel.edge_bounds import COLUMNS_OF_SHAPE, gather, look, sift
from merestone.screening.kernel.local_plane import frame_error, metres_per_degree_at
from merestone.screening.kernel.outline import Outlines

EDGES = 12
TOWARDS_DANGER_M = 2e-4
"""`direct` rounds its distances down by 0.1 mm."""


@settings(max_examples=60, deadline=None)
@given(
    lat=st.floats(-83.0, 83.0),
    lon=st.floats(-179.0, 179.0),
    level=st.integers(0, 14),
    spread=st.sampled_from([0.1, 1.0, 30.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_bounds_of_a_part_hold_at_all_its_positions(
    lat: float, lon: float, level: int, spread: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    size = 0.125 / 2**level
    spread_deg = min(size * spread, 0.1)
    ends = np.zeros(2 * EDGES, bool)
    ends[1::2] = True
    x, y = lon + rng.normal(0, spread_deg, 2 * EDGES), lat + rng.normal(0, spread_deg, 2 * EDGES)
    number, widened_m = np.arange(EDGES, dtype=np.int32), rng.uniform(0, 100, EDGES)
    is_area = rng.uniform(size=EDGES) < 0.5
    kx, ky = metres_per_degree_at(lat)
    half_m = 0.5 * size * math.hypot(kx, ky)
    tangent = math.tan(math.radians(abs(lat) + 1.0))
    half_m *= 1.0005 + frame_error(half_m, tangent)
    single = np.float32
    shape, far = np.empty((EDGES, COLUMNS_OF_SHAPE), single), np.empty((EDGES, 16), single)
    low, high, clear, point = (np.empty(n, single) for n in (16, 16, 16, 32))
    owner, mask, no_chunks = np.empty(EDGES, np.int32), np.empty(EDGES, np.uint8), np.empty(0, np.int32)
    gather(
        x, y, np.repeat(number, 2), widened_m, is_area, (no_chunks, no_chunks, no_chunks, np.empty(0, single)), 0,
        2 * number, 0, EDGES, lon, lat, kx, ky, shape, owner,
    )  # fmt: skip
    look(shape, EDGES, size * kx, size * ky, half_m, tangent, point, far, low, high, clear)
    near = np.empty(4, single)
    sift(shape, EDGES, far, high, mask, near)

    outlines = Outlines(
        x, y, ends, 2 * np.arange(EDGES + 1), number, np.zeros(EDGES, bool), widened_m, np.empty(0, np.int32)
    )
    at = lon + rng.uniform(-0.5, 0.5, 200) * size, lat + rng.uniform(-0.5, 0.5, 200) * size
    edge = np.tile(2 * number.astype(np.int64), 200)
    measured = numpy_query.feet(outlines, edge, np.repeat(at[0], EDGES), np.repeat(at[1], EDGES))[0].reshape(200, EDGES)
    column, row = (np.floor((a - b) / size * 4 + 2).astype(int).clip(0, 3) for a, b in zip(at, (lon, lat), strict=True))
    quarter = (row // 2) * 2 + column // 2
    part = quarter + 4 * ((row % 2) * 2 + column % 2)
    assert (measured + TOWARDS_DANGER_M >= far[:, part].T).all()
    key = measured - widened_m
    assert (key.min(axis=1) + TOWARDS_DANGER_M >= low[part]).all()
    assert (key.min(axis=1) <= high[part]).all()
    assert ((mask[key.argmin(axis=1)] >> quarter) & 1).all(), "the nearest edge is not on the list"
    assert (measured[np.arange(200), key.argmin(axis=1)] + TOWARDS_DANGER_M >= near[quarter]).all()
    touched = is_area & (measured <= 0.0)
    assert ((mask[None, :] >> (4 + quarter[:, None])) & 1)[touched].all()
