"""Outlines are flattened as GEOS turns their rings: shells counter-clockwise, holes clockwise."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.screening.kernel.outline import Outlines


@given(seed=st.integers(0, 2**32 - 1), size_deg=st.sampled_from([1e-9, 1e-6, 1e-3, 0.2]), has_holes=st.booleans())
@settings(max_examples=30, deadline=None)
def test_shells_and_holes_run_as_geos_turns_them(seed: int, size_deg: float, has_holes: bool) -> None:
    rng = np.random.default_rng(seed)
    at = rng.uniform(-80.0, 80.0, (20, 2))
    discs = shapely.buffer(shapely.points(at), size_deg * rng.uniform(0.2, 1.0, 20), quad_segs=3)
    if has_holes:
        holed = rng.random(20) < 0.5
        discs[holed] = shapely.difference(discs[holed], shapely.buffer(shapely.points(at[holed]), 0.1 * size_deg))
    given_rings = np.where(rng.random(20) < 0.5, shapely.reverse(discs), discs)
    outlines = Outlines.of(given_rings, 0.0)
    rings, part = shapely.get_rings(shapely.orient_polygons(given_rings), return_index=True)
    expected = shapely.get_coordinates(rings)
    np.testing.assert_array_equal(np.column_stack([outlines.lon_deg, outlines.lat_deg]), expected)
    lengths = shapely.get_num_coordinates(rings)
    assert np.flatnonzero(outlines.ends).tolist() == (np.cumsum(lengths) - 1).tolist()
    assert np.diff(outlines.part_start).tolist() == np.bincount(part, weights=lengths).astype(int).tolist()
