"""GeoParquet and Parquet's own types as rows: every encoding, the stated reference system, the stated edges."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from merestone.bulk.position_answers import Question
from merestone.bulk.position_batches import screen_file
from merestone.exchange import read
from merestone.exchange.formats import format_of
from merestone.exchange.positions.feature_files import read_shapes
from merestone.screening import HazardIndex
from merestone.terms import FileRefused, MerestoneError
from tests.exchange.parquet_files import write_native

HOLED = shapely.Polygon(
    [(17, 44), (17.2, 44), (17.2, 44.2), (17, 44.2)], [[(17.05, 44.05), (17.1, 44.05), (17.1, 44.1)]]
)
KINDS: dict[str, list[Any]] = {
    "points": [shapely.Point(17, 44), None, shapely.Point(17.1, 44.1)],
    "lines": [shapely.LineString([(17, 44), (17.1, 44.1), (17.2, 44)]), None, shapely.LineString([(17, 44), (17, 45)])],
    "polygons": [HOLED, None, shapely.box(17, 44, 17.1, 44.1)],
    "multipoints": [shapely.MultiPoint([(17, 44), (17.1, 44.1)]), None, shapely.MultiPoint([(17, 44)])],
    "multilines": [shapely.MultiLineString([[(17, 44), (17.1, 44.1)], [(18, 44), (18, 45)]]), None],
    "multipolygons": [shapely.MultiPolygon([HOLED, shapely.box(18, 44, 18.1, 44.1)]), None],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["WKB", "geoarrow", "native"])
@pytest.mark.parametrize("crs", ["OGC:CRS84", "EPSG:3906"])
def test_every_encoding_gives_the_same_rows(tmp_path: Path, kind: str, form: str, crs: str) -> None:
    path = tmp_path / "areas.parquet"
    frame = gpd.GeoDataFrame({"n": range(len(KINDS[kind]))}, geometry=KINDS[kind], crs="OGC:CRS84").to_crs(crs)
    if form == "native":
        told = pyproj.CRS(crs).to_json_dict()
        write_native(path, list(frame.geometry), crs=told, n=list(frame["n"]))
    else:
        frame.to_parquet(path, geometry_encoding=form)
    reading = read(path)
    rows = list(reading)
    assert reading.total == len(rows) == len(KINDS[kind])
    assert reading.shift_m == (0.0 if crs == "OGC:CRS84" else 1.0)
    for row, geometry in zip(rows, KINDS[kind], strict=True):
        assert row.fault is None
        if geometry is None:
            assert row.geometry is None
        else:
            assert row.geometry is not None
            assert row.geometry.geom_type == geometry.geom_type
            assert shapely.get_coordinates(row.geometry) == pytest.approx(shapely.get_coordinates(geometry), abs=1e-7)
    assert [row.attributes["n"] for row in rows] == list(range(len(rows)))


def test_several_geometry_columns_are_layers(tmp_path: Path) -> None:
    path = tmp_path / "areas.parquet"
    frame = gpd.GeoDataFrame({"id": [1]}, geometry=[HOLED], crs=4326)
    frame["label"] = gpd.GeoSeries([shapely.Point(17.1, 44.1)], crs=4326)
    frame.to_parquet(path)
    assert format_of(path).layers(path) == ("geometry", "label")
    with pytest.raises(FileRefused, match=r"2 layers; name one with --layer"):
        read(path)
    [row] = read(path, layer="geometry")
    assert row.geometry == HOLED
    assert row.attributes == {"id": 1, "label": "POINT (17.1 44.1)"}


def test_a_covering_is_no_column_and_values_keep_their_digits(tmp_path: Path) -> None:
    path = tmp_path / "areas.parquet"
    moment = datetime(2026, 5, 2, 0, 30, tzinfo=UTC)
    frame = gpd.GeoDataFrame(geometry=[HOLED], crs=4326)
    frame.to_parquet(path, write_covering_bbox=True)
    table = pq.read_table(path)
    added: dict[str, Any] = {
        "big": pa.array([2**63 + 1], pa.uint64()),
        "exact": pa.array([Decimal("12345678901234567890.10")], pa.decimal128(30, 2)),
        "whole": pa.array([Decimal("9007199254740993")], pa.decimal128(20, 0)),
        "share": pa.array([np.float32(0.1)], pa.float32()),
        "day": pa.array([date(2026, 5, 2)]),
        "moment": pa.array([moment], pa.timestamp("us", "+03:00")),
        "zoneless": pa.array([datetime(2026, 5, 2, 0, 30)], pa.timestamp("ns")),  # noqa: DTZ001
        "marked": pa.array([True]),
        "who": pa.array([{"name": "A", "since": date(2026, 1, 1)}]),
        "parts": pa.array([[1, None, 3]]),
        "state": pa.array(["open"]).dictionary_encode(),
    }
    for name, column in added.items():
        table = table.append_column(name, column)
    pq.write_table(table, path)
    [row] = read(path)
    assert row.attributes == {
        "big": 2**63 + 1, "exact": "12345678901234567890.10", "whole": 9007199254740993, "share": 0.1,
        "day": "2026-05-02", "moment": "2026-05-02T03:30:00+03:00", "zoneless": "2026-05-02T00:30:00",
        "marked": True, "who": {"name": "A", "since": "2026-01-01"}, "parts": [1, None, 3], "state": "open",
    }  # fmt: skip


def test_geometries_without_a_word_on_their_reference_system_need_one(tmp_path: Path) -> None:
    path = tmp_path / "areas.parquet"
    pq.write_table(pa.table({"geometry": [shapely.to_wkb(HOLED)], "n": [1]}), path)
    with pytest.raises(FileRefused, match=r"does not say what its coordinates are in.*--crs"):
        list(read(path))
    [row] = read(path, crs="EPSG:4326")
    assert row.geometry == HOLED


def test_the_srid_inside_a_geometry_is_honoured_or_the_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.parquet"
    here = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:3906", always_xy=True).transform(17.1, 44.1)
    points = [
        shapely.set_srid(shapely.Point(here), 3906),
        shapely.set_srid(shapely.Point(1, 1), 999999),
        shapely.Point(1, 1),
    ]
    pq.write_table(pa.table({"geom": [shapely.to_wkb(point, include_srid=True) for point in points]}), path)
    rows = list(read(path))
    assert rows[0].geometry is not None
    assert rows[0].geometry.distance(shapely.Point(17.1, 44.1)) < 1e-7
    assert rows[0].moved_m == 1.0
    assert [row.fault.code if row.fault else None for row in rows] == [
        None, "reference_system_refused", "no_reference_system",
    ]  # fmt: skip
    assert read_shapes(path).accuracy_m(5.0)[0] == 6.0


@pytest.mark.parametrize(("algorithm", "most_m"), [("spherical", 0.15), ("vincenty", 0.15), ("karney", 0.15)])
@pytest.mark.parametrize("form", ["native", "GeoParquet"])
def test_stated_edges_are_followed(tmp_path: Path, form: str, algorithm: str, most_m: float) -> None:
    """2026-11-28: edges stated as great circles were taken as straight, a kilometre off the place that they pass."""
    path, start, end = tmp_path / "ways.parquet", (10.0, 45.0), (30.0, 46.0)
    line = shapely.LineString([start, end])
    if form == "native":
        write_native(path, [line], algorithm=algorithm)
    else:
        geo = {"encoding": "WKB", "geometry_types": [], "edges": algorithm}
        told = {"version": "1.1.0", "primary_column": "g", "columns": {"g": geo}}
        table = pa.table({"g": [shapely.to_wkb(line)]}).replace_schema_metadata({"geo": json.dumps(told)})
        pq.write_table(table, path)
    shapes = read_shapes(path)
    assert shapes.shift_m == pytest.approx(0.1)
    assert any(algorithm in note for note in shapes.notes)
    found = shapes.geometries[0]
    assert [tuple(xy) for xy in shapely.get_coordinates(found)[[0, -1]]] == [start, end]
    for share in np.linspace(0.05, 0.95, 7):
        if algorithm == "spherical":  # on a sphere: GeographicLib with no flattening
            way = Geodesic(6371008.8, 0.0).InverseLine(start[1], start[0], end[1], end[0])
        else:
            way = Geodesic.WGS84.InverseLine(start[1], start[0], end[1], end[0])
        at = way.Position(share * way.s13)
        assert found.distance(shapely.Point(at["lon2"], at["lat2"])) * 111_320 < most_m


def test_edges_that_nobody_knows_and_edges_on_a_plane_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ways.parquet"
    line = shapely.to_wkb(shapely.LineString([(10, 45), (11, 46)]))
    for edges, crs, why in (("rhumb", "EPSG:4326", "not a known way"), ("spherical", "EPSG:32633", "needs longitude")):
        told = {"encoding": "WKB", "geometry_types": [], "edges": edges, "crs": pyproj.CRS(crs).to_json_dict()}
        geo = {"version": "1.1.0", "primary_column": "g", "columns": {"g": told}}
        pq.write_table(pa.table({"g": [line]}).replace_schema_metadata({"geo": json.dumps(geo)}), path)
        with pytest.raises(FileRefused, match=why):
            read(path)


def test_an_edge_half_round_the_earth_is_refused_and_its_neighbours_are_read(tmp_path: Path) -> None:
    path = tmp_path / "ways.parquet"
    lines = [shapely.LineString([(0, 0.0), (180, 0.0)]), shapely.LineString([(10, 45), (11, 46)])]
    write_native(path, lines, algorithm="spherical")
    rows = list(read(path))
    assert rows[0].fault is not None
    assert "goes half round the earth" in rows[0].fault.message
    assert rows[1].geometry is not None


def test_an_edge_that_is_straight_in_its_projection_is_followed(tmp_path: Path) -> None:
    """2026-11-28: a straight way of 100 km in UTM lay 340 m off its chord in degrees."""
    to_utm = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32635", always_xy=True)
    start, end = to_utm.transform(25.0, 61.0), to_utm.transform(29.0, 61.0)
    path = tmp_path / "ways.parquet"
    gpd.GeoDataFrame(geometry=[shapely.LineString([start, end])], crs="EPSG:32635").to_parquet(path)
    shapes = read_shapes(path)
    middle = to_utm.transform((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, direction="INVERSE")
    assert shapes.geometries[0].distance(shapely.Point(middle)) * 111_320 < 0.15
    assert shapely.LineString([(25, 61), (29, 61)]).distance(shapely.Point(middle)) * 111_320 > 300
    assert shapes.shift_m == pytest.approx(0.1)


def test_columns_of_longitude_and_latitude_are_points(tmp_path: Path) -> None:
    path = tmp_path / "finds.parquet"
    pq.write_table(pa.table({"lon": [17.1, None], "lat": [44.1, None], "what": ["a", "b"]}), path)
    rows = list(read(path))
    assert [row.geometry for row in rows] == [shapely.Point(17.1, 44.1), None]
    assert rows[0].attributes["what"] == "a"


@pytest.mark.parametrize("name", ["geometry", "lat", "remark"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    """2026-11-28, fuzzing: KeyError; of two columns lat the last one was taken, without a word."""
    path = tmp_path / "finds.parquet"
    wkb = [shapely.to_wkb(shapely.Point(17.1, 44.1))]
    columns = {"geometry": pa.array(wkb), "lon": pa.array([17.1]), "lat": pa.array([44.1]), "remark": pa.array(["a"])}
    pq.write_table(pa.Table.from_arrays([*columns.values(), columns[name]], names=[*columns, name]), path)
    index = HazardIndex.build([shapely.box(17, 44, 18, 45)], [5.0])
    for reader in (
        lambda: list(read(path)),
        lambda: read_shapes(path),
        lambda: screen_file(path, tmp_path / "out.csv", index, Question(accuracy_m=5.0)),
    ):
        with pytest.raises(MerestoneError, match="occurs twice"):
            reader()


@pytest.mark.parametrize("covering", [7, {"bbox": [1]}, {"bbox": {"xmin": 3}}])
def test_a_covering_that_is_none_hides_no_column(tmp_path: Path, covering: Any) -> None:
    """2026-11-28, fuzzing: AttributeError."""
    path = tmp_path / "areas.parquet"
    table = pa.table({"geometry": [shapely.to_wkb(HOLED)], "what": ["a"]})
    geo = {"columns": {"geometry": {"encoding": "WKB", "geometry_types": [], "covering": covering}}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    [row] = read(path)
    assert row.attributes == {"what": "a"}


@pytest.mark.parametrize(
    ("name", "text"),
    [("wkt", HOLED.wkt), ("outline", HOLED.wkt), ("area", "44 17 0 0; 44 17.2 0 0; 44.2 17.2 0 0; 44 17 0 0")],
)
def test_a_file_whose_only_places_are_texts_is_read_as_a_table(tmp_path: Path, name: str, text: str) -> None:
    """2026-11-28: it was refused as a file without positions."""
    path = tmp_path / "areas.parquet"
    pq.write_table(pa.table({"what": ["a", "b"], name: [text, None]}), path)
    filled, blank = read(path)
    assert filled.geometry is not None
    assert filled.geometry.covers(shapely.Point(17.01, 44.005))
    assert filled.attributes["what"] == "a"
    assert blank.geometry is None


def test_a_file_without_any_place_is_refused_with_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "areas.parquet"
    pq.write_table(pa.table({"what": ["a"], "n": [1]}), path)
    with pytest.raises(FileRefused, match=r"names no column with places \(it names what, n\)"):
        read(path)


def test_a_moment_that_python_has_no_word_for_is_kept_as_arrow_shows_it(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing with Arrow's own test files: OverflowError."""
    seen = pa.array([2**62, 0], pa.int64()).cast(pa.timestamp("us"), safe=False)
    pq.write_table(pa.table({"lon": [17.1, 17.2], "lat": [44.9, 44.9], "seen": seen}), tmp_path / "a.parquet")
    strange, usual = read(tmp_path / "a.parquet")
    assert strange.attributes["seen"] == f"<value out of range: {2**62}>"
    assert usual.attributes["seen"] == "1970-01-01T00:00:00"
