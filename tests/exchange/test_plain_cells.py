"""Coordinates in other scripts, behind apostrophes, as whole numbers, in one box, or beside another kind of zone."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange import import_file
from merestone.exchange.formats import format_of
from merestone.exchange.places.box_text import box_of
from merestone.exchange.places.plain_cell import plain_cell, states_no_grid, without_exponent
from merestone.exchange.positions.position_file import open_positions
from merestone.register import Register
from merestone.terms import RecordKind

PLACE = shapely.Point(17.105, 44.905)
SCRIPTS = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９")


@given(st.floats(-180, 180).map(lambda x: f"{x:.6f}"), st.sampled_from(SCRIPTS), st.sampled_from(".٫．"))
def test_a_number_in_any_script_is_the_same_number(number: str, digits: str, mark: str) -> None:
    written = "".join(digits[int(c)] if c.isdigit() else mark if c == "." else c for c in number)
    assert float(plain_cell(written)) == float(number)


@given(st.floats(-180, 180).map(repr), st.sampled_from(["'{}", "’{}", "'{}'", '="{}"', '"{}"', "={}", " `{} "]))
def test_what_keeps_a_spreadsheet_from_reading_a_number_is_taken_off(number: str, form: str) -> None:
    if "e" not in number:
        assert plain_cell(form.format(number)) == number


@pytest.mark.parametrize("text", ["44°54'18\"", "44 54' N", "POINT (17 44)", "33TXK6580073987", "'", "=", "'a", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert plain_cell(text) == text


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("id,lat,lon\n1,٤٤٫٩٠٥,١٧٫١٠٥\n", None), ("id,wkt\n1,POINT (۱۷.۱۰۵ ۴۴.۹۰۵)\n", None),
        ("id,lat,lon\n1,'44.905,'17.105\n", None), ('id,lat,lon\n1,"=""44.905""","=""17.105"""\n', None),
        ("id,latitudeE7,longitudeE7\n1,449050000,171050000\n", None), ("id,lat_e6,lng_e6\n1,44905000,17105000\n", None),
        ("id,Zone,X,Y\n1,Z1,17.105,44.905\n", "OGC:CRS84"), ("id,Zone,X,Y\n1,2,17.105,44.905\n", "OGC:CRS84"),
        ("id,Zone,Easting,Northing\n1,North,666182.15,4974553.05\n", "EPSG:32633"),
    ],
)  # fmt: skip
def test_places_that_were_quarantined_are_read(tmp_path: Path, text: str, crs: str | None) -> None:
    """2026-11-30: each was quarantined, and the hazard warned nobody until somebody wrote the file anew."""
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    [row] = format_of(path).read(path, crs=crs)
    assert row.geometry is not None
    assert row.geometry.distance(PLACE) < 1e-4


def test_whole_numbers_of_degrees_are_read_as_positions_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,latitudeE7,longitudeE7\n1,449050000,171050000\n")
    [(_, at)] = open_positions(path, None, None, 100).batches
    assert (at.lon_deg.tolist(), at.lat_deg.tolist()) == ([17.105], [44.905])


def test_names_and_zones() -> None:
    assert [without_exponent(name)[1] for name in ("Longitude E7", "lat (microdegrees)", "plate7", "late7",
    "note7")] == [
        1e-7, 1e-6, 1.0, 1e-7, 1.0,
    ]  # fmt: skip
    metres = [["666182", "4974553"]]
    assert [states_no_grid([[zone]], metres) for zone in ("33", "33T", "UTM 33N", "EPSG:32633", "", "Z1", "B")] == [
        False, False, False, False, False, True, True,
    ]  # fmt: skip


BOX = [17.10, 44.90, 17.11, 44.91]
FEATURES: dict[str, dict[str, Any]] = {
    "a box in columns": {"properties": dict(zip(("west", "south", "east", "north"), BOX, strict=True))},
    "one box": {"properties": {"bbox": BOX}},
    "its own box": {"properties": {}, "bbox": BOX},
    "corners": {"properties": {"lat1": 44.9, "lon1": 17.1, "lat2": 44.91, "lon2": 17.11}},
    "nested": {"properties": {"location": {"lat": 44.905, "lng": 17.105}}},
    "a grid": {"properties": {"easting": 666182.15, "northing": 4974553.05, "zone": "33T"}},
    "MGRS": {"properties": {"mgrs": "33TXK6618274553"}},
    "whole numbers": {"properties": {"latitudeE7": 449050000, "longitudeE7": 171050000}},
    "an empty geometry": {
        "properties": {"lat": 44.905, "lon": 17.105}, "geometry": {"type": "Polygon", "coordinates": []},
    },
}  # fmt: skip


@pytest.mark.parametrize(("kind", "is_area"), [(RecordKind.SUSPECTED, True), (RecordKind.CLEARED, False)])
def test_a_feature_without_geometry_is_where_its_properties_say(
    tmp_path: Path, kind: RecordKind, is_area: bool
) -> None:
    """2026-11-30: only a longitude and a latitude were read. A box releases no land."""
    path = tmp_path / "a.geojson"
    features = [
        {"type": "Feature", "geometry": None, "id": f"SHA-{number}"} | feature
        for number, feature in enumerate(FEATURES.values())
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with Register.create(tmp_path / "register.gpkg") as register:
        report = import_file(register, path, kind=kind, source="a test", accuracy_m=25.0, by="tester")
        records = register.as_of().records
    assert report.account.quarantined == 0
    assert len(records) == len(FEATURES)
    assert not is_area or all(record.geometry.distance(PLACE) < 1e-4 for record in records)
    assert sum(record.geometry.geom_type == "Polygon" for record in records) == (4 if is_area else 0)


def test_a_box_alone_in_a_cell_is_the_area_in_the_order_of_its_standard(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'id,bbox\n1,"17.10,44.90,17.11,44.91"\n2,"BOX(17.10 44.90,17.11 44.91)"\n3,"44.90,44.91,17.10,17.11"\n'
    )
    rows = list(format_of(path).read(path))
    assert [row.geometry is not None and row.geometry.bounds for row in rows] == [tuple(BOX), tuple(BOX), False]
    assert box_of([665000, 4974000, 667000, 4976000]) is not None
    assert box_of([179.99, 10, -179.99, 10.01]).bounds[2] == pytest.approx(180.01)  # type: ignore[union-attr]


SIDES = [
    ("lat,NS,lon,EW", "44.905,S,17.105,W"), ("Latitude,N/S,Longitude,E/W", "44.905,south,17.105,West"),
    ("lat,lat_dir,lon,lon_dir", "44.905,s,17.105,w"), ("lat,,lon,", "44.905,S,17.105,W"),
    ("GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSLongitudeRef", "44.905,S,17.105,W"),
    ("lat deg,lat min,NS,lon deg,lon min,EW", "44,54.3,S,17,6.3,W"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "cells"), SIDES)
def test_letters_in_columns_of_their_own_tell_the_hemisphere(tmp_path: Path, header: str, cells: str) -> None:
    """2026-11-30: the columns were kept and not read, and the hazard was recorded in the other hemisphere."""
    path = tmp_path / "a.csv"
    path.write_text(f"id,{header}\n1,{cells}\n", encoding="utf-8")
    [row] = format_of(path).read(path)
    assert row.geometry is not None
    assert row.geometry.distance(shapely.Point(-17.105, -44.905)) < 1e-4
    [(_, at)] = open_positions(path, None, None, 100).batches
    assert (round(at.lon_deg[0], 4), round(at.lat_deg[0], 4)) == (-17.105, -44.905)


def test_a_letter_that_contradicts_its_number_is_refused_and_other_letters_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "id,lat,NS,lon,EW,direction,side\n1,44.9,N,-17.1,E,S,W\n2,44.9,,17.1,W,S,W\n3,44.9,n.,-17.1,W,S,W\n"
    )
    faulty, *rows = format_of(path).read(path)
    assert faulty.fault is not None
    assert "contradicts" in faulty.fault.message
    assert [row.geometry and row.geometry.coords[0] for row in rows] == [(-17.1, 44.9)] * 2


@pytest.mark.parametrize("header", ["lat (dd.mmss),lon (dd.mmss)", "Lat_DMS,Lon_DMS", "latitude DDM,longitude DDM"])
def test_one_number_under_a_name_that_says_minutes_is_refused(tmp_path: Path, header: str) -> None:
    """2026-11-30: 44.5418 for 44 54 18 was read as decimal degrees, 40 km off."""
    path = tmp_path / "a.csv"
    path.write_text(f"id,{header}\n1,44.5418,17.0618\n2,44 54 18,17 06 18\n")
    packed, written = format_of(path).read(path)
    assert packed.fault is not None
    assert "minutes and seconds" in packed.fault.message
    assert written.geometry is not None
    assert written.geometry.distance(PLACE) < 1e-6


def test_gons_and_radians_are_read_by_the_names_of_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for header, per_degree in (("lat_gon,lon_gon", 1 / 0.9), ("lat (rad),lon (rad)", math.radians(1.0))):
        path.write_text(f"id,{header}\n1,{44.905 * per_degree!r},{17.105 * per_degree!r}\n")
        [row] = format_of(path).read(path)
        assert row.geometry is not None
        assert row.geometry.distance(PLACE) < 1e-9
