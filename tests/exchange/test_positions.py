"""Positions out of Arrow and Parquet: null in any layout is unknown, and a stated reference system is honoured."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely

from merestone.bulk.position_answers import Question, ScreenReport
from merestone.bulk.position_batches import screen_batches, screen_file
from merestone.exchange.places.arrow_positions import PositionReader
from merestone.screening import HazardIndex
from merestone.terms import FieldRefused
from tests.exchange.parquet_files import write_native

LON, LAT = 17.105, 44.905
INDEX = HazardIndex.build(
    [shapely.box(17.1048, 44.9048, 17.1052, 44.9052), shapely.box(-0.1, -0.1, 0.1, 0.1)], [5.0, 5.0]
)
ASKED = Question(accuracy_m=5.0)
XY: list[tuple[float, float] | None] = [(17.0, 44.0), None, (17.105, 44.905), (18.0, 44.0), None, (0.5, 0.5)]
NULL = pa.array([point is None for point in XY])


def in_crs(crs: str, lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=True).transform(lon, lat)
    return float(x), float(y)


def part(axis: int, fill: float | None = 0.0) -> Any:
    """One axis; what is null has 0 behind it, as many writers leave it."""
    return pa.array([fill if point is None else point[axis] for point in XY], pa.float64())


def struct() -> Any:
    return pa.StructArray.from_arrays([part(0), part(1)], names=["x", "y"], mask=NULL)


def wkb() -> Any:
    return pa.array([None if point is None else shapely.to_wkb(shapely.Point(point)) for point in XY], pa.binary())


def in_fixed_lists() -> Any:
    flat = pa.array([value for point in XY for value in (point or (0.0, 0.0))])
    return pa.FixedSizeListArray.from_arrays(flat, 2, mask=NULL)


def with_null_in_dictionary() -> Any:
    values = pa.array([*(shapely.to_wkb(shapely.Point(p)) for p in XY if p), None], pa.binary())
    places, seen = [], 0
    for point in XY:
        places.append(len(values) - 1 if point is None else seen)
        seen += point is not None
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int8()), values)


LAYOUTS: dict[str, Any] = {
    "struct whose children are not null": struct,
    "struct of runs": lambda: pa.StructArray.from_arrays(
        [pc.run_end_encode(part(0)), pc.run_end_encode(part(1))], names=["x", "y"], mask=NULL
    ),
    "struct of dictionaries": lambda: pa.StructArray.from_arrays(
        [part(0).dictionary_encode(), part(1).dictionary_encode()], names=["x", "y"], mask=NULL
    ),
    "struct with heights": lambda: pa.StructArray.from_arrays(
        [part(0), part(1), part(1)], names=["x", "y", "z"], mask=NULL
    ),
    "fixed lists": in_fixed_lists,
    "struct of text": lambda: pa.StructArray.from_arrays(
        [part(0).cast(pa.string()), part(1).cast(pa.string())], names=["x", "y"], mask=NULL
    ),
    "struct in runs": lambda: pa.RunEndEncodedArray.from_arrays(pa.array(range(1, 7), pa.int32()), struct()),
    "struct in a dictionary": lambda: pa.DictionaryArray.from_arrays(pa.array(range(6), pa.int8()), struct()),
    "fixed lists in runs": lambda: pa.RunEndEncodedArray.from_arrays(
        pa.array(range(1, 7), pa.int32()), in_fixed_lists()
    ),
    "WKB": wkb,
    "large WKB": lambda: wkb().cast(pa.large_binary()),
    "WKB views": lambda: wkb().cast(pa.binary_view()),
    "WKB of one length": lambda: wkb().cast(pa.binary(21)),
    "WKB in a dictionary": lambda: wkb().dictionary_encode(),
    "WKB in a dictionary that holds a null": with_null_in_dictionary,
    "WKB in runs": lambda: pc.run_end_encode(wkb()),
    "WKT": lambda: pa.array([None if p is None else shapely.Point(p).wkt for p in XY]),
    "WKT views": lambda: pa.array([None if p is None else shapely.Point(p).wkt for p in XY], pa.string_view()),
    "multipoints of one point": lambda: pa.array(
        [None if p is None else shapely.to_wkb(shapely.MultiPoint([p])) for p in XY], pa.binary()
    ),
}
PAIRS: dict[str, Any] = {
    "doubles": lambda axis: part(axis, None),
    "singles": lambda axis: part(axis, None).cast(pa.float32()),
    "decimals": lambda axis: part(axis, None).cast(pa.decimal128(12, 6)),
    "dictionaries": lambda axis: part(axis, None).dictionary_encode(),
    "runs": lambda axis: pc.run_end_encode(part(axis, None)),
    "text": lambda axis: pa.array([None if p is None else str(p[axis]) for p in XY]),
    "text views": lambda axis: pa.array([None if p is None else str(p[axis]) for p in XY], pa.string_view()),
    "text in a dictionary": lambda axis: pa.array(
        [None if p is None else str(p[axis]) for p in XY]
    ).dictionary_encode(),
}


def batch_of(columns: dict[str, Any], start: int, stop: int) -> Any:
    """A slice, so that its arrays have an offset."""
    whole: Any = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    return whole.slice(start, stop - start)


@pytest.mark.parametrize("start_stop", [(0, 6), (1, 5), (4, 6)], ids=str)
@pytest.mark.parametrize("layout", [*LAYOUTS, *PAIRS])
def test_what_is_null_in_any_layout_is_unknown(layout: str, start_stop: tuple[int, int]) -> None:
    """2026-11-28: of a struct, only the children were read, so that a row that was null was screened at (0, 0)."""
    columns = (
        {"geometry": LAYOUTS[layout]()} if layout in LAYOUTS else {"lon": PAIRS[layout](0), "lat": PAIRS[layout](1)}
    )
    batch = batch_of(columns, *start_stop)
    expected = XY[slice(*start_stop)]
    at = PositionReader(batch.schema)(batch)
    for found, point in zip(zip(at.lon_deg, at.lat_deg, strict=True), expected, strict=True):
        assert np.isnan(found).all() if point is None else found == pytest.approx(point, abs=2e-6)
    answered = next(screen_batches([batch], INDEX, ASKED))
    classes = answered.column("hazard_class").to_pylist()
    assert [name == "unknown" for name in classes] == [point is None for point in expected]
    assert [name == "inside" for name in classes] == [point == (17.105, 44.905) for point in expected]


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.float64()),
        pa.large_list(pa.float64()),
        pa.list_view(pa.float64()),
        pa.large_list_view(pa.float64()),
        pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64())])),
    ],
    ids=str,
)
def test_lists_of_any_length_are_no_positions_and_are_refused(kind: Any) -> None:
    values = [None if p is None else [{"x": p[0], "y": p[1]}] if "struct" in str(kind) else list(p) for p in XY]
    batch: Any = pa.RecordBatch.from_arrays([pa.array(values, kind)], names=["geometry"])
    with pytest.raises(FieldRefused, match="not a layout of geometries"):
        next(screen_batches([batch], INDEX, ASKED))


@pytest.mark.parametrize("layout", ["struct whose children are not null", "fixed lists", "WKB"])
def test_a_registered_extension_type_is_read_like_its_storage(layout: str) -> None:
    storage = LAYOUTS[layout]()
    kind: Any = type("_Kind", (pa.ExtensionType,), {
        "__arrow_ext_serialize__": lambda self: b"",
        "__arrow_ext_deserialize__": classmethod(lambda cls, storage_type, serialized: cls(storage_type, "t.point")),
    })(storage.type, "geoarrow.point" if layout != "WKB" else "geoarrow.wkb")  # fmt: skip
    batch: Any = pa.RecordBatch.from_arrays([pa.ExtensionArray.from_storage(kind, storage)], names=["where"])
    at = PositionReader(batch.schema)(batch)
    assert np.isnan(at.lon_deg).tolist() == NULL.to_pylist()


STATED = ["EPSG:3906", "EPSG:4806", "EPSG:31276", "EPSG:32633"]


def screened(path: Path, **question: Any) -> tuple[list[dict[str, Any]], ScreenReport]:
    target = path.with_name(f"answers to {path.name}")
    report = screen_file(path, target, INDEX, Question(**{"accuracy_m": 5.0, **question}), overwrite=True)
    return pq.read_table(target).to_pylist(), report


@pytest.mark.parametrize("crs", STATED)
@pytest.mark.parametrize("form", ["GeoParquet", "GeoParquet, geoarrow", "native", "native geography", "GeoArrow"])
def test_a_stated_reference_system_is_honoured(tmp_path: Path, form: str, crs: str) -> None:
    """2026-11-28: points in other datums, hundreds of metres off, were screened as if they were on WGS 84."""
    path = tmp_path / "p.parquet"
    known = pyproj.CRS.from_user_input(crs)
    if form == "native geography" and not known.is_geographic:
        pytest.skip("a geography has longitude and latitude")
    point = shapely.Point(in_crs(crs))
    if form.startswith("GeoParquet"):
        encoding: Any = "geoarrow" if form.endswith("geoarrow") else "WKB"
        gpd.GeoDataFrame({"id": [1, 2]}, geometry=[point, None], crs=crs).to_parquet(path, geometry_encoding=encoding)
    elif form.startswith("native"):
        told = known.to_json_dict() if form == "native" else crs
        write_native(path, [point, None], crs=told, algorithm="karney" if form == "native geography" else None)
    else:
        field = pa.field("where", pa.binary(), metadata={
            "ARROW:extension:name": "geoarrow.wkb", "ARROW:extension:metadata": json.dumps({"crs": known.to_wkt()}),
        })  # fmt: skip
        pq.write_table(pa.table([pa.array([shapely.to_wkb(point), None])], schema=pa.schema([field])), path)
    rows, report = screened(path)
    transformer = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    transformer.transform(*in_crs(crs))
    accuracy_m = transformer.get_last_used_operation().accuracy
    if accuracy_m < 0:
        assert rows[0]["hazard_position_accuracy_m"] is None
    else:
        assert rows[0]["hazard_class"] == "inside"
        assert rows[0]["hazard_position_accuracy_m"] == 5.0 + accuracy_m
    assert rows[1]["hazard_class"] == "unknown"
    assert any(crs in note for note in report.notes)
    again, _ = screened(tmp_path / "answers to p.parquet")  # what was stated is stated in the answers too
    assert again[0]["hazard_class_found"] == rows[0]["hazard_class"]


@pytest.mark.parametrize("srid", ["srid:3906", "3906", "SRID:3906"])
def test_an_identifier_alone_is_one_of_epsg(tmp_path: Path, srid: str) -> None:
    write_native(tmp_path / "p.parquet", [shapely.Point(in_crs("EPSG:3906"))], crs=srid)
    rows, _ = screened(tmp_path / "p.parquet")
    assert rows[0]["hazard_class"] == "inside"


def test_a_reference_system_in_a_property_of_the_file_is_found(tmp_path: Path) -> None:
    path, text = tmp_path / "p.parquet", pyproj.CRS("EPSG:3906").to_json()
    write_native(path, [shapely.Point(in_crs("EPSG:3906"))], crs="projjson:where", metadata={"where": text})
    assert screened(path)[0][0]["hazard_class"] == "inside"


@pytest.mark.parametrize("crs", ["srid:0", "0", "srid:-1", "projjson:missing"])
def test_native_types_in_an_unknown_reference_system_are_refused(tmp_path: Path, crs: str) -> None:
    write_native(tmp_path / "p.parquet", [shapely.Point(LON, LAT)], crs=crs)
    with pytest.raises(FieldRefused, match=r"'geometry': has a reference system that is not known"):
        screened(tmp_path / "p.parquet")


@pytest.mark.parametrize("crs", ["EPSG:999999", "srid:999999", "here", '{"type": "Nothing"}'])
def test_a_reference_system_that_nobody_knows_is_refused(tmp_path: Path, crs: str) -> None:
    write_native(tmp_path / "p.parquet", [shapely.Point(LON, LAT)], crs=crs)
    with pytest.raises(FieldRefused, match="not a reference system known to PROJ"):
        screened(tmp_path / "p.parquet")


def test_geoparquet_that_says_null_is_refused_and_one_that_says_nothing_is_on_wgs_84(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    for told, is_known in (({"crs": None}, False), ({}, True)):
        geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB", "geometry_types": [], **told}}}
        table = pa.table({"g": [shapely.to_wkb(shapely.Point(LON, LAT))]})
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps({"version": "1.1.0", **geo})}), path)
        if is_known:
            assert screened(path)[0][0]["hazard_class"] == "inside"
        else:
            with pytest.raises(FieldRefused, match="not known, as the metadata of GeoParquet says"):
                screened(path)


def test_two_statements_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    geo = {"version": "2.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    write_native(path, [shapely.Point(LON, LAT)], crs="EPSG:3906", metadata={"geo": json.dumps(geo)})
    with pytest.raises(FieldRefused, match="and in another by"):
        screened(path)


def test_the_reference_system_of_columns_of_longitude_and_latitude_is_honoured(tmp_path: Path) -> None:
    lon, lat = in_crs("EPSG:3906")
    schema: Any = pa.schema(
        [pa.field("lon", pa.float64(), metadata={"crs": "EPSG:3906"}), pa.field("lat", pa.float64())]
    )
    pq.write_table(pa.table([[lon], [lat]], schema=schema), tmp_path / "p.parquet")
    assert screened(tmp_path / "p.parquet")[0][0]["hazard_class"] == "inside"
    schema = pa.schema([pa.field("lon", pa.float64(), metadata={"srid": "0"}), pa.field("lat", pa.float64())])
    pq.write_table(pa.table([[lon], [lat]], schema=schema), tmp_path / "p.parquet")
    with pytest.raises(FieldRefused, match="unknown reference system"):
        screened(tmp_path / "p.parquet")


def test_a_point_s_own_srid_is_honoured_and_an_unusable_one_is_unknown(tmp_path: Path) -> None:
    """PostGIS writes its SRID into each geometry (EWKB)."""
    points = [
        shapely.set_srid(shapely.Point(in_crs("EPSG:3906")), 3906),
        shapely.set_srid(shapely.Point(in_crs("EPSG:32633")), 32633),
        shapely.set_srid(shapely.Point(LON, LAT), 999999),
        shapely.Point(LON, LAT),
    ]
    table = pa.table({"geom": [shapely.to_wkb(point, include_srid=True) for point in points]})
    pq.write_table(table, tmp_path / "p.parquet")
    rows, report = screened(tmp_path / "p.parquet")
    assert [row["hazard_class"] for row in rows] == ["inside", "inside", "unknown", "inside"]
    assert [row["hazard_fault"] for row in rows] == ["", "", "reference system not usable", ""]
    assert [row["hazard_position_accuracy_m"] for row in rows][:2] == [6.0, 5.0]
    assert report.faults == {"reference system not usable": 1}


def test_a_transformation_of_unknown_accuracy_leaves_no_accuracy() -> None:
    """OSGB36 away from Great Britain: PROJ ignores the datum, and says so only by an accuracy of -1."""
    field = pa.field("g", pa.binary(), metadata={
        "ARROW:extension:name": "geoarrow.wkb", "ARROW:extension:metadata": '{"crs": "EPSG:4277"}',
    })  # fmt: skip
    points: Any = pa.array([shapely.to_wkb(shapely.Point(10, 50)), shapely.to_wkb(shapely.Point(-1.5, 52))])
    batch: Any = pa.RecordBatch.from_arrays([points], schema=pa.schema([field]))
    answered = next(screen_batches([batch], INDEX, ASKED))
    assert answered.column("hazard_class").to_pylist() == ["unknown", "none recorded"]
    assert answered.column("hazard_fault").to_pylist() == ["accuracy not stated", ""]


def test_geometries_are_wkt_on_wgs_84_in_a_text_file(tmp_path: Path) -> None:
    """2026-11-28: the cells were the text that Python shows bytes as."""
    write_native(
        tmp_path / "p.parquet", [shapely.Point(in_crs("EPSG:3906")), None], crs="EPSG:3906", raw=[b"\x00\xff", None]
    )
    screen_file(tmp_path / "p.parquet", tmp_path / "o.csv", INDEX, ASKED)
    rows = [line.split(",") for line in (tmp_path / "o.csv").read_text().splitlines()]
    assert rows[0][:2] == ["raw", "geometry"]
    assert rows[1][0] == "00ff"
    assert shapely.from_wkt(rows[1][1]).distance(shapely.Point(LON, LAT)) < 1e-7
    assert rows[2][:2] == ["", ""]
