"""GeoJSON is written many geometries at a time, and says what Python's own writer says of each."""

import json
import struct
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.formats import BUILT_IN, WRITTEN_ENDINGS, Feature, built_in
from merestone.exchange.formats.geojson import geometry_texts

GEOMETRIES = [
    "POINT (17.123456789012345 44.2)",
    "POINT Z (1 2 3.5)",
    "LINESTRING Z (0 0 1, 1 1 2)",
    "MULTIPOINT (0 0, 1 1)",
    "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
    "POLYGON ((0 0, 0 9, 9 9, 9 0, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))",
    "MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), ((5 5, 5 6, 6 6, 5 5)))",
    "GEOMETRYCOLLECTION (POINT (1 2), POLYGON ((0 0, 0 1, 1 1, 0 0)))",
    "LINEARRING (0 0, 0 1, 1 1, 0 0)",
    "POINT EMPTY",
    "POLYGON EMPTY",
    "MULTIPOLYGON EMPTY",
    "MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), EMPTY)",
]


def as_python_writes(geometry: Any) -> Any:
    return json.loads(json.dumps(shapely.geometry.mapping(shapely.orient_polygons(geometry))))


def test_every_kind_of_geometry_is_as_python_writes_it() -> None:
    geometries = [*shapely.from_wkt(GEOMETRIES).tolist(), None]
    texts = geometry_texts([Feature(geometry, {}) for geometry in geometries])
    assert texts.pop() == "null"
    assert [json.loads(text) for text in texts] == [as_python_writes(geometry) for geometry in geometries[:-1]]
    assert geometry_texts([]) == []


def test_an_empty_point_among_others_is_left_out() -> None:
    """2026-11-28: Shapely's own writer ended in a traceback on it, and so did an export."""
    geometries = shapely.from_wkt(["MULTIPOINT ((0 0), EMPTY, (1 1))", "MULTIPOINT EMPTY"])
    first, empty = (json.loads(text) for text in geometry_texts([Feature(geometry, {}) for geometry in geometries]))
    assert first == {"type": "MultiPoint", "coordinates": [[0.0, 0.0], [1.0, 1.0]]}
    assert empty == {"type": "MultiPoint", "coordinates": []}


@given(st.lists(st.binary(min_size=16, max_size=16).map(lambda b: struct.unpack("<dd", b)), max_size=8))
def test_every_digit_is_written(places: list[tuple[float, float]]) -> None:
    finite = [place for place in places if all(abs(value) < 1e300 for value in place)]  # and no NaN
    texts = geometry_texts([Feature(shapely.Point(place), {}) for place in finite])
    assert [tuple(json.loads(text)["coordinates"]) for text in texts] == finite


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        geometry_texts([Feature(shapely.LineString([(0, 0), (1, float("inf"))]), {})])


def test_the_endings_that_are_written_are_those_of_the_formats() -> None:
    """2026-11-28: to write a file of GeoJSON loaded every format, which took longer than to write it."""
    formats = {name: built_in(name) for name in BUILT_IN}
    expected = [(ending, name) for name, known in formats.items() if known.writes for ending in known.suffixes]
    assert list(WRITTEN_ENDINGS.items()) == expected
