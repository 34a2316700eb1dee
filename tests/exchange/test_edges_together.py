"""Edges that are followed with more corners: bounded for the rows that are read together."""

from unittest.mock import patch

import numpy as np
import shapely

from merestone.exchange.rows import edges


def test_far_edges_of_many_rows_take_bounded_room_and_the_others_are_kept() -> None:
    """2026-11-29: 0.7 MB of 12,000 lines round half the earth took over 2.5 GB and 50 s."""
    near = shapely.LineString([(17.0, 44.9), (17.5, 44.9)])
    far = [shapely.LineString([(-60.0 + at / 10, 60.0), (60.0, 50.0)]) for at in range(20)]
    with patch.object(edges, "MOST_TOGETHER", 5_000):
        shapes, faults = edges.followed([near, *far], edges._great_circle, np.asarray)
    assert faults is not None
    assert set(faults) == set(range(1, 21))
    assert "read together" in faults[1]
    assert len(shapes[0].coords) > 2
    assert sum(len(shape.coords) for shape in shapes) <= 5_000
