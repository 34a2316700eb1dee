"""Transformations of one place that contradict each other: whichever is right, the place is within the accuracy."""

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.exchange import import_file, read
from merestone.exchange.positions.feature_files import read_shapes
from merestone.exchange.rows.reference import ToLonLat, whole_shift_m
from merestone.register import Register
from merestone.terms import RecordKind

WGS84 = pyproj.Geod(ellps="WGS84")
IN_KOSOVO = (21.0, 42.6)


@cache
def operations(crs: str) -> list[pyproj.Transformer]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(pyproj.transformer.TransformerGroup(crs, "OGC:CRS84", always_xy=True).transformers)


@cache
def to_lon_lat(crs: str) -> ToLonLat:
    return ToLonLat(pyproj.CRS.from_user_input(crs))


@given(
    crs=st.sampled_from(["EPSG:3906", "EPSG:4240", "EPSG:4281", "EPSG:4284", "EPSG:4230", "EPSG:4267", "EPSG:4307"]),
    east=st.floats(0, 1),
    north=st.floats(0, 1),
)
def test_every_operation_for_a_place_agrees_within_the_accuracy(crs: str, east: float, north: float) -> None:
    area = pyproj.CRS.from_user_input(crs).area_of_use
    assert area is not None
    width_deg = (area.east - area.west) % 360
    lon_deg = (area.west + east * width_deg + 180) % 360 - 180
    lat_deg = area.south + north * (area.north - area.south)
    [x], [y], [shift_m] = to_lon_lat(crs).positions(np.array([lon_deg]), np.array([lat_deg]))
    for operation in operations(crs):
        use, stated_m = operation.area_of_use, operation.accuracy
        if use is None or stated_m is None or stated_m < 0 or np.isnan(shift_m) or use.west > use.east:
            continue
        if use.west <= x <= use.east and use.south <= y <= use.north:
            other = operation.transform(lon_deg, lat_deg)
            assert WGS84.inv(x, y, *other)[2] <= shift_m + stated_m + 1e-6


def test_in_kosovo_the_accuracy_holds_what_the_neighbours_say(tmp_path: Path) -> None:
    """2026-11-29: 1 m was added to the accuracy of a place that lies 1.6 km from where Serbia's operation puts it."""
    path = tmp_path / "a.csv"
    path.write_text(f"id,lon,lat\n1,{IN_KOSOVO[0]},{IN_KOSOVO[1]}\n")
    with Register.create(tmp_path / "register.gpkg") as register:
        report = import_file(
            register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t", crs="EPSG:3906"
        )
        [record] = register.as_of().records
    assert record.accuracy_m is not None
    assert 1500 < record.accuracy_m < 2000
    neighbours = [operation for operation in operations("EPSG:3906") if "Serbia" in str(operation.area_of_use)]
    assert neighbours
    for neighbour in neighbours:
        lon_deg, lat_deg = neighbour.transform(*IN_KOSOVO)
        place = record.geometry.centroid
        assert WGS84.inv(place.x, place.y, lon_deg, lat_deg)[2] <= record.accuracy_m
    assert any("contradict" in note for note in report.notes)


@pytest.mark.parametrize(
    ("crs", "place", "stated_m"), [("EPSG:3906", (17.0, 44.5), 1.0), ("EPSG:4277", (-1.5, 52.0), 2.0)]
)
def test_operations_that_agree_add_what_is_stated(crs: str, place: tuple[float, float], stated_m: float) -> None:
    shift_m = ToLonLat(pyproj.CRS.from_user_input(crs)).positions(np.array(place[:1]), np.array(place[1:]))[2]
    assert shift_m.tolist() == [stated_m]


OUTSIDE = [("EPSG:4314", 17.105, 44.905), ("EPSG:4314", 2.0, 49.0), ("EPSG:4218", -60.0, -20.0)]


@pytest.mark.parametrize(("crs", "lon_deg", "lat_deg"), OUTSIDE)
def test_outside_the_area_of_a_system_its_numbers_may_be_on_wgs84_already(
    crs: str, lon_deg: float, lat_deg: float
) -> None:
    """2026-11-29: a place in Bosnia labelled EPSG:4314 was answered 151 m beside the hazard that its numbers lie in."""
    [x], [y], [shift_m] = to_lon_lat(crs).positions(np.array([lon_deg]), np.array([lat_deg]))
    assert 100 < WGS84.inv(x, y, lon_deg, lat_deg)[2] <= shift_m < 1_000


@pytest.mark.parametrize(
    ("crs", "place", "degrees"),
    [
        ("EPSG:4807", (20.0, 50.0), (18 + 2.33722917, 45.0)),
        ("EPSG:4805", (35.0, 44.0), (35 - 17 - 2 / 3, 44.0)),
        ("EPSG:4314", (9.0, 50.0), (9.0, 50.0)),
    ],
)
def test_the_whole_shift_counts_from_the_prime_meridian_and_in_the_unit_of_the_system(
    crs: str, place: tuple[float, float], degrees: tuple[float, float]
) -> None:
    """Paris lies 2.33722917 degrees east of Greenwich, its system counts in grads; Ferro lies 17 2/3 degrees west."""
    on_wgs84 = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True).transform(*place)
    known = pyproj.CRS.from_user_input(crs)
    [shift_m] = whole_shift_m(known, np.array([place]), np.array([on_wgs84]))
    assert shift_m == pytest.approx(WGS84.inv(*on_wgs84, *degrees)[2], abs=0.01)
    assert shift_m > 1


@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3857", "EPSG:4258"])
def test_a_system_on_the_datum_of_wgs84_adds_nothing_outside_its_area(crs: str) -> None:
    inside = to_lon_lat(crs).positions(np.array([5e5]), np.array([5e6]))[2] if crs != "EPSG:4258" else [1.0]
    far = (1.2e6, 5e6) if crs != "EPSG:4258" else (80.0, 10.0)
    assert to_lon_lat(crs).positions(np.array(far[:1]), np.array(far[1:]))[2] == pytest.approx(inside)


def test_a_polygon_outside_the_area_of_its_system_widens_by_the_whole_shift(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,wkt\n1,"SRID=4314;POLYGON((17.1 44.9,17.11 44.9,17.11 44.91,17.1 44.91,17.1 44.9))"\n')
    with Register.create(tmp_path / "register.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t")
        [record] = register.as_of().records
    assert record.accuracy_m is not None
    place = record.geometry.centroid
    assert WGS84.inv(place.x, place.y, 17.105, 44.905)[2] <= record.accuracy_m < 200


ED50: Final = "EPSG:4230"
PLACES: Final = ((17.1, 44.9), (-3.7, 40.4), (24.9, 60.2), (33.4, 35.1), (2.5, 56.0), (-30.0, 50.0), (9.0, 41.5))
"""Around Europe, where other operations hold, and west of all of them."""


def shapes_of(place: tuple[float, float]) -> list[BaseGeometry]:
    lon_deg, lat_deg = place
    other = PLACES[(PLACES.index(place) + 1) % len(PLACES)]
    return [
        shapely.Point(place),
        shapely.LineString([place, (lon_deg + 0.01, lat_deg), other]),
        shapely.box(lon_deg, lat_deg, lon_deg + 0.01, lat_deg + 0.01),
    ]


def alone_m(geometry: BaseGeometry) -> float:
    """What its own coordinates need, each asked for by itself."""
    way = ToLonLat(pyproj.CRS.from_user_input(ED50))
    each = [way.positions(np.array([x]), np.array([y]))[2][0] for x, y in shapely.get_coordinates(geometry)]
    return float(np.max(each))


def written(path: Path, shapes: list[BaseGeometry]) -> None:
    if path.suffix == ".csv":
        lines = [f'{at},"SRID=4230;{shape.wkt}"\n' for at, shape in enumerate(shapes)]
        path.write_text("n,wkt\n" + "".join(lines))
    elif path.suffix == ".parquet":
        column = {"encoding": "WKB", "geometry_types": [], "crs": pyproj.CRS.from_user_input(ED50).to_json_dict()}
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        table = pa.table({"geometry": [shapely.to_wkb(shape) for shape in shapes], "n": range(len(shapes))})
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    else:
        wkbs = np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object)
        options = {"RFC7946": "NO"} if path.suffix == ".geojson" else {}
        kind = shapes[0].geom_type if path.suffix == ".shp" else "Unknown"
        pyogrio.raw.write(path, wkbs, [np.arange(len(shapes))], ["n"], geometry_type=kind, crs=ED50, **options)


@pytest.mark.parametrize(
    ("ending", "nth"),
    [(".csv", 0), (".csv", 1), (".geojson", 2), (".gpkg", 1), (".fgb", 2), (".gml", 1), (".parquet", 1), (".shp", 2)],
)
def test_a_row_is_widened_by_its_own_transformation_and_by_no_other_row_s(
    tmp_path: Path, ending: str, nth: int
) -> None:
    """2026-11-29: one row whose operation is known to 20 m widened all the rows that were read with it."""
    shapes = [shapes_of(place)[nth] for place in PLACES]
    path = tmp_path / f"rows{ending}"
    written(path, shapes)
    reading = read(path)
    rows = list(reading)
    expected = [alone_m(shapes[int(str(row.attributes["n"]))]) for row in rows]  # FlatGeobuf has an order of its own
    assert len({str(metres) for metres in expected}) > 1
    assert [row.widened_m(reading.shift_m) for row in rows] == pytest.approx(expected, nan_ok=True)
    np.testing.assert_allclose(read_shapes(path).accuracy_m(5.0), np.add(expected, 5.0))
