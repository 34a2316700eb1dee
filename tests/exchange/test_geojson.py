"""GeoJSON in: every row stays a row, and each fault has its place."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.exchange import Row, read
from merestone.exchange.rows.shape import polygons_at_once, shape_of
from merestone.terms import FileRefused

RING = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]


def rows_of(folder: Path, features: list[Any], **collection: Any) -> list[Row]:
    path = folder / "file.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **collection}), encoding="utf-8")
    return list(read(path))


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.mark.parametrize(
    ("geometry", "code", "words"),
    [
        (
            polygon([[0, 0], [1, "1"], [1, 0], [0, 0]]),
            "unreadable_position",
            r"coordinates\[0\]\[1\]: the latitude is text",
        ),
        (polygon([[0, 0], [1], [1, 0], [0, 0]]), "unreadable_position", r"coordinates\[0\]\[1\] is a list"),
        (polygon([[0, 0], [1, None], [1, 0], [0, 0]]), "unreadable_position", "the latitude is null"),
        (polygon([[True, 0], [1, 0], [1, 1], [True, 0]]), "unreadable_position", "the longitude is true or false"),
        ({"type": "Polygon"}, "unreadable_geometry", "coordinates is null"),
        ({"type": "Circle", "coordinates": [0, 0]}, "unreadable_geometry", "'Circle' is not a geometry type"),
        ({"type": ["Polygon"], "coordinates": []}, "unreadable_geometry", "not a geometry type"),
        ("POINT (0 0)", "unreadable_geometry", "text"),
        ([0, 0], "unreadable_geometry", "a list"),
        ({"type": "GeometryCollection", "geometries": {}}, "unreadable_geometry", "geometries is an object"),
    ],
)
def test_a_geometry_that_cannot_be_read_is_a_fault_with_its_place(
    tmp_path: Path, geometry: Any, code: str, words: str
) -> None:
    before, broken, after = rows_of(tmp_path, [feature(polygon(RING)), feature(geometry, a=1), feature(polygon(RING))])
    assert broken.geometry is None
    assert broken.fault is not None
    assert broken.fault.code == code
    assert re.search(words, broken.fault.message), broken.fault.message
    assert json.loads(broken.raw)["geometry"] == geometry
    assert before.geometry is not None
    assert after.geometry is not None


def test_rings_and_lines_of_too_few_positions_keep_the_place_that_they_name(tmp_path: Path) -> None:
    """2026-11-28: an outline of two corners was put aside, and its place warned nobody."""
    line = {"type": "LineString", "coordinates": [[2, 3]]}
    rows = rows_of(tmp_path, [feature(polygon([[0, 0], [1, 1]])), feature(polygon([[5, 6]])), feature(line)])
    assert [row.fault for row in rows] == [None] * 3
    places = [set(map(tuple, shapely.get_coordinates(row.geometry).tolist())) for row in rows]
    assert places == [{(0, 0), (1, 1)}, {(5, 6)}, {(2, 3)}]


@pytest.mark.parametrize("element", [None, 7, "feature", [], {"type": "Feature", "geometry": None, "properties": [1]}])
def test_an_element_that_is_no_feature_is_still_a_row(tmp_path: Path, element: Any) -> None:
    rows = rows_of(tmp_path, [element, feature(polygon(RING))])
    assert [row.number for row in rows] == [1, 2]
    assert rows[0].fault is not None
    assert json.loads(rows[0].raw) == element


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('{"type": "FeatureCollection", "features": [\n{"type": "Feature", "geom', "line 2, column"),
        ('{"type": "FeatureCollection", "features": [\n{}', "line 2, column 3 .the file ends here."),
        ('{"type": "FeatureCollection", "features": [{},\n]}', "line 2, column 1"),
        ('{"type": "FeatureCollection", "features": [{}]\n"a": 1}', "line 2, column 1"),
        ('{"type": "FeatureCollection", "features": [{}],}', "line 1, column 47"),
        ('{"type": "FeatureCollection", "features": [{}]}\n{}', "line 2, column 1: something follows"),
        ('{"type": "FeatureCollection"}', "no GeoJSON"),
        ('{"type": "Topology", "objects": {}}', "no GeoJSON: type = 'Topology'"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_text_that_is_not_geojson_is_refused_with_the_place(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / "file.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused, match=where):
        list(read(path))


def test_bytes_that_are_not_utf8_are_refused_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "file.geojson"
    path.write_bytes(b'{"type": "\xe4"}')
    with pytest.raises(FileRefused, match="byte 11 is not UTF-8"):
        list(read(path))


def test_a_ring_that_is_not_closed_is_closed_and_said(tmp_path: Path) -> None:
    [row] = rows_of(tmp_path, [feature(polygon(RING[:-1]))])
    assert row.geometry is not None
    assert row.geometry.equals(shapely.Polygon(RING))
    assert [remark.code for remark in row.remarks] == ["unclosed"]


def test_nan_coordinates_survive_to_the_check(tmp_path: Path) -> None:
    [row] = rows_of(tmp_path, [feature(polygon([*RING[:2], [math.nan, 1.0], RING[3]]))])
    assert row.geometry is not None
    assert math.isnan(shapely.get_coordinates(row.geometry)[2, 0])


def test_heights_and_mixed_types_are_read(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path,
        [
            feature({"type": "Point", "coordinates": [1, 2, 3]}),
            feature({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}),
            feature({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [0, 0]}]}),
            feature(polygon()),
        ],
    )
    assert [None if row.geometry is None else row.geometry.geom_type for row in rows] == [
        "Point", "MultiPolygon", "GeometryCollection", "Polygon",
    ]  # fmt: skip
    assert rows[0].geometry is not None
    assert rows[0].geometry.has_z


def test_a_feature_or_a_geometry_alone_is_one_row(tmp_path: Path) -> None:
    path = tmp_path / "one.geojson"
    for content in (feature(polygon(RING), name="a"), polygon(RING)):
        path.write_text(json.dumps(content), encoding="utf-8")
        [row] = read(path)
        assert row.geometry is not None
        assert row.geometry.equals(shapely.Polygon(RING))


def test_the_identity_of_a_feature_is_kept(tmp_path: Path) -> None:
    [row] = rows_of(tmp_path, [{**feature(None, a=1), "id": "X-7"}])
    assert row.attributes == {"a": 1, "id": "X-7"}


@pytest.mark.parametrize("first", [True, False])
def test_the_older_forms_reference_system_is_honoured_wherever_it_stands(tmp_path: Path, first: bool) -> None:
    crs = '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}'
    features = f'"features": [{json.dumps(feature({"type": "Point", "coordinates": [500000.0, 5000000.0]}))}]'
    path = tmp_path / "utm.geojson"
    members = [crs, features] if first else [features, crs]
    path.write_text('{"type": "FeatureCollection", ' + ", ".join(members) + "}", encoding="utf-8")
    reading = read(path)
    [row] = reading
    assert reading.crs == "EPSG:32633"
    # The central meridian of zone 33 is 15 degrees east, whatever the northing.
    assert row.geometry is not None
    assert shapely.get_x(row.geometry) == pytest.approx(15.0, abs=1e-9)
    assert shapely.get_y(row.geometry) == pytest.approx(45.1534, abs=1e-3)
    assert reading.shift_m == 0.0


def test_the_accuracy_of_a_datum_shift_is_told(tmp_path: Path) -> None:
    """MGI (Balkans) to WGS 84 is known to some metres; nobody may take it for exact."""
    path = tmp_path / "mgi.geojson"
    crs = {"type": "name", "properties": {"name": "EPSG:3906"}}
    content = {
        "type": "FeatureCollection",
        "crs": crs,
        "features": [feature(polygon([[17, 44], [18, 44], [18, 45], [17, 44]]))],
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    reading = read(path)
    list(reading)
    assert math.isnan(reading.shift_m) or reading.shift_m >= 1.0


coordinate = st.floats(-180, 180) | st.integers(-90, 90)
position = st.lists(coordinate, min_size=2, max_size=3)
anything = st.recursive(
    st.none() | st.booleans() | coordinate | st.text(max_size=3), lambda inner: st.lists(inner, max_size=5)
)


@settings(max_examples=300, deadline=None)
@given(
    values=st.lists(
        st.builds(polygon, st.lists(position, min_size=0, max_size=6).map(lambda r: [*r, *r[:1]])) | anything
    )
)
def test_the_quick_way_gives_what_the_careful_way_gives(values: list[Any]) -> None:
    for place, quick in polygons_at_once(values).items():
        careful, remarks = shape_of(values[place])
        assert not remarks
        assert shapely.equals_identical(quick, careful)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometries=st.lists(anything | st.builds(polygon, anything) | st.just(polygon(RING)), max_size=6))
def test_no_row_vanishes_whatever_the_geometries_are(tmp_path: Path, geometries: list[Any]) -> None:
    rows = rows_of(tmp_path, [feature(geometry) for geometry in geometries])
    assert [row.number for row in rows] == list(range(1, len(geometries) + 1))
    for row, geometry in zip(rows, geometries, strict=True):
        assert (row.geometry is None) == (geometry is None or row.fault is not None)


@pytest.mark.parametrize(
    "properties",
    [{"n": 1, "lat": 44.9, "lon": 17.1}, {"Latitude": "44,9", "Longitude": "17,1"}, {"lat": "N 44.9", "lng": "E 17.1"}],
)
def test_a_null_geometry_beside_coordinates_in_properties_is_that_place(
    tmp_path: Path, properties: dict[str, Any]
) -> None:
    """2026-11-28: programs without a map write such features, and each was quarantined."""
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "geometry": None, "properties": properties}), encoding="utf-8")
    [row] = read(path)
    assert row.geometry == shapely.Point(17.1, 44.9)
    assert row.attributes == properties
    assert [remark.code for remark in row.remarks] == ["place_in_properties"]


@pytest.mark.parametrize(
    "properties",
    [{"lat": 44.9}, {"lat": None, "lon": None}, {"lat": "x", "lon": 17.1}, {"x": 44.9, "y": 17.1}, {}, None],
)
def test_a_null_geometry_without_a_sound_place_in_properties_stays_null(tmp_path: Path, properties: Any) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "geometry": None, "properties": properties}), encoding="utf-8")
    [row] = read(path)
    assert (row.geometry, row.remarks) == (None, ())
