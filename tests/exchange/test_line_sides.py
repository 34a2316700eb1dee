"""Which lines meet: found by their pieces, as comparing each end with each line finds it."""

from itertools import combinations

import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.meaning import line_sides
from merestone.exchange.rows.row import Row

PLACE = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda place: (place[0] * 1.5, place[1] * 1.5))
LINES = st.lists(st.lists(PLACE, min_size=2, max_size=5, unique=True), min_size=2, max_size=8)


@given(LINES)
def test_lines_meet_where_an_end_lies_on_another_line(lines: list[list[tuple[float, float]]]) -> None:
    """2026-11-29: each end was compared with every line in whose box it lies, 10,000 long arcs took 5 s for it."""
    rows = [Row(number, shapely.LineString(line), {}) for number, line in enumerate(lines)]
    groups = [{row.number} for row in rows]
    for first, second in combinations(rows, 2):
        assert first.geometry is not None
        assert second.geometry is not None
        ends = [(first.geometry.boundary, second.geometry), (second.geometry.boundary, first.geometry)]
        if any(shapely.dwithin(shapely.get_parts(end), line, line_sides.JOINED_DEG).any() for end, line in ends):
            joined = [group for group in groups if {first.number, second.number} & group]
            groups = [group for group in groups if group not in joined] + [set.union(*joined)]
    expected = sorted(sorted(group) for group in groups if len(group) > 1)
    meeting = line_sides._that_meet(rows)
    assert sorted(sorted(row.number for row in group) for group in meeting) == expected
