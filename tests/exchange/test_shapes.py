"""Shapes go in from every format and come out with their answers."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from merestone.exchange.formats import Feature, format_for_writing
from merestone.exchange.positions.feature_files import read_shapes
from merestone.exchange.publication.publish import write_whole
from merestone.terms import FileRefused

LINES = [shapely.LineString([(15.0, 45.0), (15.1, 45.1)]), shapely.LineString([(15.2, 45.0), (15.3, 45.1)])]


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.parquet"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows: list[dict[str, Any]] = [{"name": "north", "n": 1, "x": 0.5}, {"name": None, "n": None, "x": 2}]
    features = [Feature(g, r) for g, r in zip(LINES, rows, strict=True)]
    write_whole(format_for_writing(path), path, features, layer="tracks", about={"title": "t"})
    shapes = read_shapes(path)
    assert [shapely.equals(a, b) for a, b in zip(shapes.geometries, LINES, strict=True)] == [True, True]
    assert shapes.names[0] == "north"
    assert shapes.attributes[1]["n"] is None
    assert shapes.shift_m == 0.0
    with pytest.raises(FileRefused, match="already exists here"):
        write_whole(format_for_writing(path), path, features, layer="tracks", about={})
    assert sorted(p.name for p in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize("name", ["a.gpkg", "a.parquet"])
def test_other_coordinates_are_brought_to_longitude_and_latitude(tmp_path: Path, name: str) -> None:
    frame = gpd.GeoDataFrame({"id": [1, 2]}, geometry=LINES, crs="OGC:CRS84").to_crs("EPSG:32633")
    path = tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
    shapes = read_shapes(path)
    # Corners are put on edges that are straight in the file's projection and not in degrees; its own stay.
    given, read = (shapely.get_coordinates(line) for line in (LINES[1], shapes.geometries[1]))
    assert read[[0, -1]] == pytest.approx(given, abs=1e-9)


def test_of_a_row_s_own_accuracy_and_the_one_given_the_worse_counts(tmp_path: Path) -> None:
    """2026-11-28: an accuracy of the row replaced the option even where it was the better of the two."""
    path = tmp_path / "a.geojson"
    own: list[float | str | None] = [3.0, None, 80.0, -1.0, "good"]
    write_whole(
        format_for_writing(path), path, [Feature(LINES[0], {"accuracy_m": v}) for v in own], layer="x", about={}
    )
    shapes = read_shapes(path)
    assert shapes.accuracy_m(20.0)[:3].tolist() == [20.0, 20.0, 80.0]
    assert np.isnan(shapes.accuracy_m(20.0)[3:]).all()
    assert shapes.accuracy_m(None)[0] == 3.0
    shapes.shift_m = 2.0
    assert shapes.accuracy_m(None)[0] == 5.0


def test_a_row_that_cannot_be_read_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    good = '{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}'
    path.write_text('{"type": "FeatureCollection", "features": [' + good.replace("[3, 4]", "[3]") + f", {good}]}}")
    shapes = read_shapes(path)
    assert shapes.geometries[0] is None
    assert list(shapes.faults) == [0]
    assert shapes.geometries[1].wkt == "LINESTRING (1 2, 3 4)"


def test_rows_of_another_dimension_are_put_aside_with_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    write_whole(
        format_for_writing(path),
        path,
        [Feature(LINES[0], {}), Feature(shapely.box(0, 0, 1, 1), {})],
        layer="x",
        about={},
    )
    shapes = read_shapes(path)
    shapes.put_aside(path, is_area=True, why="is an area")
    assert (shapes.geometries[1], shapes.faults) == (None, {1: "is an area"})
    with pytest.raises(FileRefused, match="every row of it is a line"):
        shapes.put_aside(path, is_area=False, why="is a line")


_Wkb: Any = type(
    "_Wkb",
    (pa.ExtensionType,),
    {
        "__doc__": "GeoArrow's type, as a program that registers it makes Parquet files be read.",
        "__init__": lambda self: pa.ExtensionType.__init__(self, pa.binary(), "geoarrow.wkb.of_this_test"),
        "__arrow_ext_serialize__": lambda self: b"",
        "__arrow_ext_deserialize__": classmethod(lambda cls, storage_type, serialized: cls()),
    },
)


def test_geometries_in_a_registered_extension_type_are_read(tmp_path: Path) -> None:
    column = pa.ExtensionArray.from_storage(_Wkb(), pa.array([shapely.to_wkb(line) for line in LINES]))
    pa.register_extension_type(_Wkb())
    try:
        pq.write_table(pa.table({"geometry": column, "name": ["a", "b"]}), tmp_path / "a.parquet")
        shapes = read_shapes(tmp_path / "a.parquet", crs="EPSG:4326")
    finally:
        pa.unregister_extension_type("geoarrow.wkb.of_this_test")
    assert [shapely.equals(a, b) for a, b in zip(shapes.geometries, LINES, strict=True)] == [True, True]
