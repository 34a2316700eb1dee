"""Corners and boxes in columns beside a place: what they bound warns, whatever their columns are called."""

import csv
import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.meaning.corners import with_corners
from merestone.exchange.places.corner_columns import corner_columns, with_corner_columns
from merestone.exchange.positions.position_file import open_positions
from merestone.exchange.rows.row import Row
from merestone.register import Register
from merestone.terms import FileRefused, RecordKind

# An outline that turns inward at its third corner, so that the order of its corners matters.
CORNERS = [(17.10, 44.90), (17.12, 44.90), (17.11, 44.905), (17.12, 44.92), (17.10, 44.92)]
OUTLINE = shapely.Polygon(CORNERS)
WEST, SOUTH, EAST, NORTH = OUTLINE.bounds
BOX = shapely.box(*OUTLINE.bounds)
LABEL = (17.105, 44.91)
LAT_LON = [value for lon, lat in CORNERS for value in (lat, lon)]
LON_LAT = [value for lon, lat in CORNERS for value in (lon, lat)]


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "register.gpkg") as made:
        yield made


def taken(register: Register, path: Path, **more: Any) -> IntakeReport:
    asked: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    return import_file(register, path, **(asked | more))


def table(path: Path, header: str | list[str], *rows: list[Any]) -> Path:
    names = header.split(",") if isinstance(header, str) else header
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def pairs(form: str, count: int = 5, first: int = 1) -> list[str]:
    return [form.format(axis, n) for n in range(first, first + count) for axis in ("lat", "lon")]


NUMBERED = {
    "lat2": ["lat", "lon", *pairs("{}{}", 4, 2)], "lat_1": pairs("{}_{}"), "tp1_lat": pairs("tp{1}_{0}"),
    "Corner 1 lat": pairs("Corner {1} {0}"), "lat0": pairs("{}{}", 5, 0), "P1 (lat)": pairs("P{1} {0}"),
    "широта1": [f"{axis}{n}" for n in range(1, 6) for axis in ("широта", "долгота")],
    "Breite 1": [f"{axis} {n}" for n in range(1, 6) for axis in ("Breite", "Länge")],
    "latitude_a": [f"{axis}_{n}" for n in "abcde" for axis in ("latitude", "longitude")],
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERED)
@pytest.mark.parametrize("label", [False, True])
def test_numbered_corners_are_the_outline_in_their_order(
    register: Register, tmp_path: Path, name: str, label: bool
) -> None:
    """2026-11-28: the first pair was the hazard, the other corners columns; in the middle: none recorded."""
    if label and name == "lat2":
        return  # there the row's own place is the first corner
    header = ["id", *(["lat", "lon"] if label else []), *NUMBERED[name]]
    [row] = taken(register, table(tmp_path / "a.csv", header, [1, *(LABEL[::-1] if label else ()), *LAT_LON])).rows
    [record] = register.as_of().records
    assert record.geometry.normalize().equals_exact(OUTLINE.normalize(), 1e-9)
    assert row.outcome.value == "repaired"
    assert "corner_columns" in row.reasons


LOW_HIGH = [WEST, SOUTH, EAST, NORTH]
BOXES = [
    ("xmin,ymin,xmax,ymax", LOW_HIGH), ("minx,miny,maxx,maxy", LOW_HIGH),
    ("min_lon,min_lat,max_lon,max_lat", LOW_HIGH), ("west,south,east,north", LOW_HIGH),
    ("lat_s,lat_n,lon_w,lon_e", [SOUTH, NORTH, WEST, EAST]), ("left,bottom,right,top", LOW_HIGH),
    ("westBoundLongitude,eastBoundLongitude,southBoundLatitude,northBoundLatitude", [WEST, EAST, SOUTH, NORTH]),
    ("bbox_west,bbox_south,bbox_east,bbox_north", LOW_HIGH), ("x1,y1,x2,y2", LOW_HIGH),
    ("nw_lat,nw_lon,se_lat,se_lon", [NORTH, WEST, SOUTH, EAST]), ("ulx,uly,lrx,lry", [WEST, NORTH, EAST, SOUTH]),
    ("запад,юг,восток,север", LOW_HIGH), ("oeste,sur,este,norte", LOW_HIGH),
]  # fmt: skip


@pytest.mark.parametrize(("header", "cells"), BOXES)
@pytest.mark.parametrize("label", [False, True])
def test_a_box_in_columns_is_the_area(
    register: Register, tmp_path: Path, header: str, cells: list[float], label: bool
) -> None:
    names = f"lat,lon,{header}" if label else header
    path = table(tmp_path / "a.csv", names, [*(LABEL[::-1] if label else ()), *cells])
    taken(register, path, crs="OGC:CRS84")
    assert register.as_of().records[0].geometry.buffer(1e-9).covers(BOX)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("bbox", f"{WEST},{SOUTH},{EAST},{NORTH}"), ("bbox", f"[{WEST}, {SOUTH}, 0, {EAST}, {NORTH}, 90]"),
        ("boundingbox", f"['{SOUTH}', '{NORTH}', '{WEST}', '{EAST}']"), ("bounds", f"{SOUTH} {WEST} {NORTH} {EAST}"),
        ("extent", f"BOX({WEST} {SOUTH},{EAST} {NORTH})"), ("corner_1", None), ("TP1", None),
    ],
)  # fmt: skip
def test_a_box_or_corners_as_text_are_the_area(register: Register, tmp_path: Path, name: str, cell: str | None) -> None:
    if cell is None:
        header = ["lat", "lon", *(name.replace("1", str(n)) for n in range(1, 6))]
        taken(register, table(tmp_path / "a.csv", header, [*LABEL[::-1], *(f"{lat}, {lon}" for lon, lat in CORNERS)]))
    else:
        taken(register, table(tmp_path / "a.csv", ["lat", "lon", name], [*LABEL[::-1], cell]))
    assert register.as_of().records[0].geometry.buffer(1e-9).covers(OUTLINE if cell is None else BOX)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".parquet", ".xlsx", ".kml"])
def test_they_count_in_every_format(register: Register, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    columns = dict(zip(pairs("tp{1}_{0}"), LAT_LON, strict=True))
    frame = geopandas.GeoDataFrame({k: [v] for k, v in columns.items()}, geometry=[shapely.Point(LABEL)], crs=4326)
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.active.append(["lat", "lon", *columns])  # type: ignore[union-attr]
        book.active.append([*LABEL[::-1], *columns.values()])  # type: ignore[union-attr]
        book.save(path)
    elif suffix == ".parquet":
        frame.to_parquet(path, write_covering_bbox=True, schema_version="1.1.0")
    elif suffix == ".kml":
        data = "".join(f"<Data name='{name}'><value>{value}</value></Data>" for name, value in columns.items())
        place = f"<Point><coordinates>{LABEL[0]},{LABEL[1]}</coordinates></Point>"
        mark = f"<Placemark><ExtendedData>{data}</ExtendedData>{place}</Placemark>"
        path.write_text(f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{mark}</Document></kml>")
    else:
        frame.to_file(path)
    taken(register, path)
    assert register.as_of().records[0].geometry.normalize().equals_exact(OUTLINE.normalize(), 1e-9)


@pytest.mark.parametrize(
    "properties",
    [
        {"bounds": {"_southWest": {"lat": SOUTH, "lng": WEST}, "_northEast": {"lat": NORTH, "lng": EAST}}},
        {"corners": {f"c{n}": {"lat": lat, "lon": lon} for n, (lon, lat) in enumerate(BOX.exterior.coords)}},
        {"viewport": {"south": SOUTH, "west": WEST, "north": NORTH, "east": EAST}},
        {"bbox": [WEST, SOUTH, EAST, NORTH]},
    ],
)  # fmt: skip
def test_boxes_as_web_maps_nest_them(register: Register, tmp_path: Path, properties: dict[str, Any]) -> None:
    place = {"type": "Point", "coordinates": LABEL}
    feature: dict[str, Any] = {"type": "Feature", "geometry": place, "properties": properties}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(feature))
    taken(register, path)
    path = tmp_path / "b.geojson"
    path.write_text(json.dumps({"type": "Feature", "bbox": list(BOX.bounds), "geometry": place, "properties": {}}))
    taken(register, path, again=True)
    assert all(record.geometry.buffer(1e-9).covers(BOX) for record in register.as_of().records)


@pytest.mark.parametrize("form", ["x1", "e1 with a zone", "a box"])
def test_corners_in_metres_of_a_projection(register: Register, tmp_path: Path, form: str) -> None:
    to_utm = pyproj.Transformer.from_crs(4326, 32633, always_xy=True)
    metres = [round(value, 2) for place in CORNERS for value in to_utm.transform(*place)]
    if form == "x1":
        path = table(tmp_path / "a.csv", [f"{axis}{n}" for n in range(5) for axis in "xy"], metres)
        taken(register, path, crs="EPSG:32633")
    elif form == "a box":
        box = [min(metres[::2]), min(metres[1::2]), max(metres[::2]), max(metres[1::2])]
        taken(register, table(tmp_path / "a.csv", "xmin,ymin,xmax,ymax", box), crs="EPSG:32633")
    else:
        header = [*(f"{axis}{n}" for n in range(5) for axis in "en"), "zone"]
        taken(register, table(tmp_path / "a.csv", header, [*metres, "33T"]))
    assert register.as_of().records[0].geometry.buffer(1e-6).covers(OUTLINE)


def test_two_places_bound_a_box_and_a_start_and_an_end_a_line(register: Register, tmp_path: Path) -> None:
    taken(register, table(tmp_path / "a.csv", "lat,lon,lat2,lon2", [SOUTH, WEST, NORTH, EAST]))
    header = "lat,lon,start_lat,start_lon,end_lat,end_lon"
    taken(register, table(tmp_path / "b.csv", header, [SOUTH, WEST, SOUTH, WEST, NORTH, EAST]), again=True)
    box, line = (record.geometry for record in register.as_of().records)
    assert box.covers(BOX)
    assert line.normalize() == shapely.LineString([(WEST, SOUTH), (EAST, NORTH)]).normalize()


def test_a_corner_that_cannot_be_read_leaves_an_unknown_accuracy(register: Register, tmp_path: Path) -> None:
    for number, cell in enumerate(["?", 0]):
        rows = [SOUTH, WEST, SOUTH, EAST, cell, cell if cell == 0 else EAST, NORTH, WEST]
        [row] = taken(
            register, table(tmp_path / f"{number}.csv", "lat,lon,lat2,lon2,lat3,lon3,lat4,lon4", rows), again=True
        ).rows
        assert "corner_unreadable" in row.reasons
    assert {record.accuracy_m for record in register.as_of().records} == {None}


def test_blank_corners_are_none(register: Register, tmp_path: Path) -> None:
    rows = [SOUTH, WEST, "", "", "", ""]
    [row] = taken(register, table(tmp_path / "a.csv", "lat,lon,lat2,lon2,lat3,lon3", rows)).rows
    assert row.outcome.value == "accepted"
    assert register.as_of().records[0].geometry.geom_type == "Point"


@pytest.mark.parametrize(
    "header",
    [
        "lat,lon,village_lat,village_lon", "lat,lon,ref_lat,ref_lon", "lat,lon,min_age,max_age",
        "lat,lon,lat_min,lat_sec",
        "lat,lon,utm33_e,utm33_n", "lat,lon,phone1,phone2", "lat,lon,district_west,district_east",
    ],
)  # fmt: skip
def test_columns_of_other_things_are_no_corners(register: Register, tmp_path: Path, header: str) -> None:
    assert not corner_columns(tuple(header.split(",")))
    taken(register, table(tmp_path / "a.csv", header, [SOUTH, WEST, NORTH, EAST]))
    assert register.as_of().records[0].geometry.geom_type == "Point"


@pytest.mark.parametrize("kind", [RecordKind.ACCIDENT, RecordKind.SPOT_FIND, RecordKind.CLEARED, RecordKind.REDUCED])
def test_accidents_and_released_land_are_left_as_they_are(register: Register, tmp_path: Path, kind: RecordKind) -> None:
    taken(register, table(tmp_path / "a.csv", ["lat", "lon", *pairs("{}{}", 4, 2)], LAT_LON), kind=kind)
    taken(register, table(tmp_path / "b.csv", "xmin,ymin,xmax,ymax", [WEST, SOUTH, EAST, NORTH]), kind=kind, again=True)
    assert {record.geometry.geom_type for record in register.as_of().records} == {"Point"}


def test_corners_far_from_the_row_s_own_place_are_refused_with_the_reason(register: Register, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", ["lat", "lon", *pairs("tp{1}_{0}")], [40.0, 20.0, *LAT_LON])
    [row] = taken(register, path).rows
    assert row.reasons == ("outline_contradicts",)


def test_a_table_of_corners_gives_no_positions_to_screen(tmp_path: Path) -> None:
    """The first of several places would be screened alone."""
    book = openpyxl.Workbook()
    book.active.append(NUMBERED["tp1_lat"])  # type: ignore[union-attr]
    book.active.append(LAT_LON)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    for path in (tmp_path / "a.xlsx", table(tmp_path / "a.csv", NUMBERED["tp1_lat"], LAT_LON)):
        with pytest.raises(FileRefused):
            open_positions(path, None, None, 100)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), min_size=2, max_size=7), st.booleans())
def test_every_corner_and_the_outline_through_them_lie_within(
    places: list[tuple[int, int]], own_is_first: bool
) -> None:
    corners = [(17 + x / 1000, 45 + y / 1000) for x, y in places]
    own, others = (corners[0], corners[1:]) if own_is_first else ((17.0, 45.0), corners)
    values = {
        f"{axis}{n}": value
        for n, place in enumerate(others, start=2 if own_is_first else 1)
        for axis, value in zip(("lon", "lat"), place, strict=True)
    }
    point = shapely.Point(own)
    outline = with_corners(Row(1, point), values, point, corner_columns(tuple(values)))
    whole = point if outline is None else outline.shape.geometry
    assert whole is not None
    reach = shapely.make_valid(whole).buffer(2.1e-5 if outline is None else 3e-5)
    assert reach.covers(shapely.MultiPoint([own, *others]))
    if len(set(corners)) > 2:
        meant = shapely.make_valid(shapely.Polygon(corners))
        assert shapely.difference(meant, shapely.make_valid(whole).buffer(3e-5)).area < 1e-9
    assert np.isfinite(whole.bounds).all()


@pytest.mark.parametrize("header", ["lat,lon,nw,se", "nw,se", "lat,lon,NE,SW", "NW corner,SE corner", "north-west,SE"])
@pytest.mark.parametrize("form", ["{}, {}", "{}N {}E"])
def test_corners_named_by_two_letters_of_which_each_holds_a_pair(
    register: Register, tmp_path: Path, header: str, form: str
) -> None:
    """2026-11-29: beside a position they were no corners, and the ground between them was answered none recorded."""
    sides = {"nw": (NORTH, WEST), "ne": (NORTH, EAST), "sw": (SOUTH, WEST), "se": (SOUTH, EAST)}
    own = [LABEL[1], LABEL[0]] if header.startswith("lat") else []
    corners = [
        sides[name.lower().replace("north-west", "nw")[:2]] for name in header.split(",") if name not in ("lat", "lon")
    ]
    path = table(tmp_path / "a.csv", header, [*own, *(form.format(*corner) for corner in corners)])
    taken(register, path)
    [record] = register.as_of().records
    assert record.geometry.buffer(1e-9).covers(BOX)


def test_corners_called_by_letters_hold_whole_positions_too(register: Register, tmp_path: Path) -> None:
    """2026-11-29: of `Corner A` to `Corner E` with letters at their numbers the first was the hazard."""
    header = ["hazard_id", *(f"Corner {letter}" for letter in "ABCDE")]
    taken(register, table(tmp_path / "a.csv", header, ["SHA-1", *(f"N{lat} E{lon}" for lon, lat in CORNERS)]))
    [record] = register.as_of().records
    assert record.geometry.normalize() == OUTLINE.normalize()


ENDS = [
    "{} start|{} end", "start_{}|end_{}", "From_{}|To_{}", "Begin_{}|Finish_{}", "start{}|end{}", "s{}|e{}",
    "Road start {}|Road end {}", "origin_{}|destination_{}", "first_{}|last_{}", "{} début|{} fin",
    "{} inicio|{} final", "{} desde|{} hasta", "{} inizio|{} fine", "Anfang {}|Ende {}", "{} von|{} bis", "{} od|{} do",
    "Početak {}|Kraj {}",
    "Начало {}|Конец {}", "{} від|{} до", "{} البداية|{} النهاية", "{} algus|{} lõpp", "{} început|{} sfârșit",
]  # fmt: skip
AXES_OF_ENDS = [
    ("lat", "lon"),
    ("Latitude", "Longitude"),
    ("Breite", "Länge"),
    ("Широта", "Долгота"),
    ("خط عرض", "خط طول"),
]


@pytest.mark.parametrize("axes", AXES_OF_ENDS)
@pytest.mark.parametrize("form", ENDS)
def test_a_start_and_an_end_alone_are_the_line_between_them(form: str, axes: tuple[str, str]) -> None:
    """2026-11-30: `Breite von`, `Početna širina` gave the start alone; most others were refused."""
    names = tuple(end.format(axis) for end in form.split("|") for axis in axes)
    if " " not in form and "_" not in form and axes != ("lat", "lon"):
        return  # written together in Latin letters only
    places = with_corner_columns(names, None, [])
    assert places is not None
    assert set(places.sources[0].columns) in ({0, 1}, {2, 3})
    values = dict(zip(names, (SOUTH, WEST, NORTH, EAST), strict=True))
    own = shapely.Point(WEST, SOUTH)
    outline = with_corners(Row(1, own), values, own, corner_columns(names))
    assert outline is not None
    assert outline.shape.geometry is not None
    assert outline.shape.geometry.buffer(1e-9).covers(shapely.LineString([(WEST, SOUTH), (EAST, NORTH)]))


@pytest.mark.parametrize(
    "header",
    [
        "start_lat,start_lon,end_lat,end_lon,width_m", "From_lat,From_lon,To_lat,To_lon,Width (m)",
        "lat1,lon1,lat2,lon2,width_m", "lat,lon,start_lat,start_lon,end_lat,end_lon,width_m",
    ],
)  # fmt: skip
def test_the_width_beside_two_ends_is_that_of_the_strip_between_them(header: str) -> None:
    """2026-11-30: along a parallel the box of two ends has no height, and the strip of 400 m was a line."""
    names = tuple(header.split(","))
    middle_deg = (WEST + EAST) / 2
    label = [SOUTH, middle_deg] if header.startswith("lat,") else []
    values = dict(zip(names, [*label, SOUTH, WEST, SOUTH, EAST, 400], strict=True))
    own = shapely.Point(middle_deg if label else WEST, SOUTH)
    outline = with_corners(Row(1, own), values, own, corner_columns(names))
    assert outline is not None
    assert outline.shape.geometry is not None
    assert outline.shape.geometry.covers(
        shapely.MultiPoint([(middle_deg, SOUTH + 0.0035), (middle_deg, SOUTH - 0.0035)])
    )


def test_ends_in_one_cell_each_and_in_metres_are_read_from_files(register: Register, tmp_path: Path) -> None:
    to_utm = pyproj.Transformer.from_crs(4326, 32633, always_xy=True)
    (e_1, n_1), (e_2, n_2) = (to_utm.transform(*place) for place in ((WEST, SOUTH), (EAST, NORTH)))
    rows = {
        "Start point,End point": [f"{SOUTH}, {WEST}", f"{NORTH}, {EAST}"],
        "From,To": [f"{SOUTH}N {WEST}E", f"{NORTH}N {EAST}E"],
        "Start E,Start N,End E,End N,zone": [e_1, n_1, e_2, n_2, "33T"],
        "Easting_from,Northing_from,Easting_to,Northing_to,zone": [e_1, n_1, e_2, n_2, "33T"],
    }
    for number, (header, cells) in enumerate(rows.items()):
        taken(register, table(tmp_path / f"{number}.csv", header, cells), again=True)
    line = shapely.LineString([(WEST, SOUTH), (EAST, NORTH)])
    records = register.as_of().records
    assert len(records) == len(rows)
    assert all(
        shapely.hausdorff_distance(record.geometry, line) < 1e-6 or record.geometry.covers(line.centroid)
        for record in records
    )


def test_pairs_of_doubtful_words_that_nothing_tells_apart_are_refused(register: Register, tmp_path: Path) -> None:
    """2026-11-30: of `Breite blau` and `Breite rot` the first was the hazard, without a word on the other."""
    path = table(tmp_path / "a.csv", "Breite blau,Länge blau,Breite rot,Länge rot", [SOUTH, WEST, NORTH, EAST])
    with pytest.raises(FileRefused, match="several places"):
        taken(register, path)
