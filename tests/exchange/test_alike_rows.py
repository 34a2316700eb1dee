"""Rows with the same cells are understood once: each means what it means when it is looked at by itself."""

from random import Random

import shapely

from merestone.exchange.meaning import Meanings
from merestone.exchange.rows.row import Row
from merestone.register.programme import kind_named
from merestone.terms import RecordKind

CELLS: dict[str, list[object]] = {
    "radius_m": ["5", "1.200", "5 m", "2-4", "", "abc", "900000", 5, 5.0, True, 0.0, -0.0, None, 12.5],
    "bearing": ["90", "NE", "", None],
    "distance_m": ["7", "40", "about 9", "", None],
    "accuracy": ["3", "x", "", None],
    "remarks": ["", "about 50 m wide", "approximate", "within 300 m of the road"],
}
POINTS = [
    shapely.Point(17.1, 44.9), shapely.Point(17.2, 44.9, 300.0), shapely.Point(179.99999, 0.1), shapely.Point(),
    shapely.Point(500.0, 1.0), shapely.Point(17.0, 95.0), shapely.Point(350.0, 1.0), shapely.Point(0.0, 89.9999),
    shapely.LineString([(17.1, 44.9), (17.11, 44.9)]), None,
]  # fmt: skip
TABLES = (("radius_m",), ("radius_m", "bearing", "distance_m"), ("accuracy", "remarks"), ("radius_m", "remarks"))


def test_rows_with_the_same_cells_mean_what_each_means_by_itself() -> None:
    random = Random(17)
    for kind in (RecordKind.SUSPECTED, RecordKind.CLEARED, RecordKind.ACCIDENT):
        for names in TABLES:
            rows = [
                Row(number, random.choice(POINTS), {name: random.choice(CELLS[name]) for name in names})
                for number in range(1, 100)
            ]
            together = Meanings(kind, kind_named(kind))
            meanings = [*together.of_all(rows[:50], together.of), *together.of_all(rows[50:], together.of)]
            alone = Meanings(kind, kind_named(kind))
            expected = [alone.of(row) for row in rows]
            for row, meaning, other in zip(rows, meanings, expected, strict=True):
                assert repr(meaning) == repr(other), row
                assert shapely.to_wkb(meaning.geometry) == shapely.to_wkb(other.geometry), row
            assert sorted(together.notes()) == sorted(alone.notes())
