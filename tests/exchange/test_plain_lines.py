"""Lines that are looked at many at once mean what each means alone, and meet where each of them does."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.exchange.formats._mif import open_arc
from merestone.exchange.meaning.line_sides import _that_meet
from merestone.exchange.places import line_rings
from merestone.exchange.places.outline import largest
from merestone.exchange.places.plain_lines import plain_shapes
from merestone.exchange.rows.row import Row
from merestone.geodesy import CurvedPath, distances_m, line_along

_offsets = st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8)), min_size=2, max_size=7)
_lines = st.builds(
    lambda offsets, scale_deg, lon_deg, lat_deg: shapely.LineString(np.array(offsets) * scale_deg + (lon_deg, lat_deg)),
    _offsets,
    st.sampled_from([1e-10, 1e-5, 1e-3, 0.1, 2.0]),
    st.sampled_from([-179.0, 17.0, 170.0]),
    st.sampled_from([-70.0, 0.0, 44.9, 89.0]),
)


@given(st.lists(_lines, min_size=2, max_size=12))
def test_many_lines_mean_what_each_means_alone(lines: list[shapely.LineString]) -> None:
    """2026-11-29: 1 MB of arcs, a line in each row, took 12 s of looking at one line after the other."""
    for line, shape in zip(lines, plain_shapes([*lines, None]), strict=False):
        if shape is not None:
            alone = largest(line)
            assert shapely.equals_exact(shape.geometry, alone.geometry, tolerance=0.0)
            assert (shape.remarks, shape.labels, shape.fault) == (alone.remarks, alone.labels, alone.fault)


def test_plain_lines_are_not_left_to_be_looked_at_alone() -> None:
    bow = shapely.LineString([(17.0, 44.9), (17.2, 45.1), (17.2, 44.9), (17.0, 45.1)])
    nearly = shapely.LineString([(17.0, 44.9), (17.2, 44.9), (17.2, 45.1), (17.0, 45.1)])
    straight = shapely.LineString([(17.0, 44.9), (17.2, 44.9)])
    crossing, area, line = plain_shapes([bow, nearly, straight])
    assert crossing is None
    assert area is not None
    assert isinstance(area.geometry, shapely.Polygon)
    assert line is not None
    assert line.geometry is straight


def _groups_one_by_one(lines: Sequence[shapely.LineString], within_deg: float) -> set[frozenset[int]]:
    """Which lines meet, directly or by others: an end of one within a distance of the other, each pair asked."""
    groups = [{at} for at in range(len(lines))]
    for a, b in combinations(range(len(lines)), 2):
        ends = [(lines[a].boundary, lines[b]), (lines[b].boundary, lines[a])]
        if any(end.distance(line) <= within_deg for points, line in ends for end in points.geoms):
            first, second = (next(group for group in groups if at in group) for at in (a, b))
            if first is not second:
                first |= second
                groups.remove(second)
    return {frozenset(group) for group in groups if len(group) > 1}


@settings(max_examples=15)
@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=4, max_size=14, unique=True))
def test_lines_are_of_one_outline_where_each_end_is_asked(
    corners: list[tuple[int, int, int, int]],
) -> None:
    """2026-11-29: among lines whose ends coincide no distance is measured; the groups must stay the same.

    The last line has one place only: GEOS refused to cut it, and the whole file ended in a traceback.
    """
    lines = [
        shapely.LineString([(17 + a / 1000, 44.9 + b / 1000), (17 + c / 1000, 44.9 + d / 1000)])
        for a, b, c, d in corners
        if (a, b) != (c, d)
    ]
    rows = [Row(at, line, {}) for at, line in enumerate([*lines, shapely.LineString([(17, 44.9)] * 2)])]
    found_groups = {frozenset(row.number for row in group) for group in _that_meet(rows)}
    assert found_groups == _groups_one_by_one(lines, 5e-5)


@given(
    st.tuples(st.floats(1e-4, 40.0), st.floats(1e-4, 40.0)),
    st.integers(-720, 720),
    st.integers(1, 359),
    st.sampled_from([8, 16, 72]),
)
def test_an_open_arc_is_the_line_along_its_ellipse(
    half_axes: tuple[float, float], begin_deg: int, turn_deg: int, per_circle: int
) -> None:
    begin, turn = np.radians([begin_deg, turn_deg]).tolist()
    quick = open_arc((17.0, 44.9), half_axes, begin, turn, per_circle=per_circle)
    path = line_along(CurvedPath.ellipse((17.0, 44.9), half_axes, begin, turn, per_circle=per_circle))
    assert shapely.equals_exact(quick.outward, path.outward, tolerance=1e-12)
    assert quick.outward is quick.inward
    assert quick.deviation >= path.deviation * (1 - 1e-12)


def test_whether_a_line_nearly_closes_is_what_geodesics_say() -> None:
    """Over degrees, across the antimeridian and at a pole, where a sphere settles most of them."""
    random = np.random.default_rng(3)
    for _ in range(1_500):
        middle = np.array([random.choice([0.0, 17.0, 179.0, -120.0]), random.choice([0.0, 45.0, -70.0, 88.0])])
        corners = middle + 10 ** random.uniform(-1, 2) * random.uniform(-1, 1, (int(random.integers(3, 9)), 2))
        corners[-1] = corners[0] + (corners[-1] - corners[0]) * random.uniform(0.2, 1.5)
        corners[:, 1] = np.clip(corners[:, 1], -90, 90)
        *sides_m, gap_m = distances_m(*corners.T, *np.roll(corners, -1, axis=0).T).tolist()
        is_nearly = gap_m <= line_rings.NEARLY_CLOSED * sum(sides_m) * (1 + 1e-9)
        assert line_rings._is_nearly_closed(corners) == is_nearly, corners
