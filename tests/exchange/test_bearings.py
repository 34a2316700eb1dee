"""A row that states a bearing and a distance from its place warns wherever any reading of them may lead."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.imports.mapping import ATTRIBUTE, ColumnMapping, guess
from merestone.exchange.meaning import Meanings
from merestone.exchange.meaning.row_meaning import combined_accuracy_m
from merestone.exchange.places.bearing_columns import bearing_columns, distance_away
from merestone.exchange.rows.row import Row
from merestone.geodesy import destination
from merestone.register import Register
from merestone.register.programme import kind_named
from merestone.screening import INSIDE, NEAR, HazardIndex, screen
from merestone.terms import RecordKind

LON_DEG, LAT_DEG = 17.105, 44.905
UNITS_M = {
    "m": 1.0,
    "metres": 1.0,
    "km": 1000.0,
    "ft": 0.3048,
    "yards": 0.9144,
    "miles": 1609.344,
    "NM": 1852.0,
    "paces": 0.75,
    "nautical miles": 1852.0,
    "м": 1.0,
    "км": 1000.0,
}
BEARINGS = (
    "bearing",
    "Bearing (deg)",
    "brg",
    "AZIMUTH",
    "azimuth_mils",
    "Mag. Azimuth",
    "true_bearing",
    "gridBearing",
    "course",
    "heading",
    "Direction",
    "Richtung",
    "azimut",
    "kierunek",
    "азимут",
    "Дирекционный угол",
    "الاتجاه",
    "rumbo",
    "HZ",
    "back bearing",
)
DISTANCES = (
    "distance",
    "dist",
    "Range",
    "offset",
    "Entfernung",
    "odległość",
    "расстояние",
    "відстань",
    "المسافة",
    "udaljenost",
    "distancia",
    "slope distance",
    "SD",
    "HD",
    "horizDist",
    "Distance to target",
    "distance from RP",
    "rng",
    "Étendue distance",
)


def meaning(kind: RecordKind = RecordKind.SUSPECTED, /, **attributes: Any) -> Any:
    meanings = Meanings(kind, kind_named(kind.value))
    return meanings.of(Row(1, shapely.Point(LON_DEG, LAT_DEG), attributes))


def warns(understood: Any, places: Any, option_m: float | None = 25.0) -> bool:
    accuracy_m = combined_accuracy_m(option_m, understood.accuracy_m, understood.shift_m)
    index = HazardIndex.build([understood.geometry], [math.nan if accuracy_m is None else accuracy_m])
    places = np.asarray(places)
    codes = screen(index, places[:, 0], places[:, 1], 5.0, warn_m=150.0).codes
    return bool(np.isin(codes, (INSIDE, NEAR)).all())


def around(distance_m: float) -> list[tuple[float, float]]:
    """Where any bearing leads: true, magnetic or grid north, degrees, mils or gon, there or back."""
    return [destination(LON_DEG, LAT_DEG, azimuth_deg, distance_m) for azimuth_deg in range(0, 360, 15)]


@given(
    bearing=st.sampled_from(BEARINGS),
    distance=st.sampled_from(DISTANCES),
    azimuth_deg=st.floats(0, 360),
    amount=st.floats(0.5, 900),
    unit=st.sampled_from(sorted(UNITS_M)),
    where=st.sampled_from(["cell", "name", "column"]),
    kind=st.sampled_from([RecordKind.SUSPECTED, RecordKind.SPOT_FIND, RecordKind.MINEFIELD_RECORD]),
    option_m=st.sampled_from([None, 25.0]),
)
def test_wherever_a_bearing_may_lead_is_inside(
    bearing: str,
    distance: str,
    azimuth_deg: float,
    amount: float,
    unit: str,
    where: str,
    kind: RecordKind,
    option_m: float | None,
) -> None:
    """2026-11-29: such rows were their start alone; four of five places inside were answered none recorded."""
    true_m = amount * UNITS_M[unit]
    if true_m > 95_000:
        true_m, amount = 95_000, 95_000 / UNITS_M[unit]
    named = f"{distance} ({unit})" if where == "name" else distance
    cells: dict[str, Any] = {bearing: round(azimuth_deg, 1), named: amount}
    if where == "cell":
        cells[named] = f"{amount} {unit}"
    if where == "column":
        cells[f"{distance} unit"] = unit
    understood = meaning(kind, **cells)
    assert understood.fault is None
    assert warns(understood, [*around(true_m), *around(true_m / 2), (LON_DEG, LAT_DEG)], option_m)


@given(
    legs=st.lists(st.tuples(st.floats(0, 360), st.floats(20, 900)), min_size=2, max_size=5),
    names=st.sampled_from(
        [
            ("bearing{}", "dist{}"),
            ("Bearing {} (mils)", "Distance {} (m)"),
            ("leg{}_azimuth", "leg{}_length_m"),
            ("b{}_bearing", "d{}"),
            ("tp{}_bearing", "tp{}_distance_m"),
            ("azimut_{}", "odleglosc_{}"),
        ]
    ),
)
def test_of_several_legs_their_end_and_all_between_is_inside(
    legs: list[tuple[float, float]], names: tuple[str, str]
) -> None:
    """From the reference point to the start point, and on from turning point to turning point."""
    cells: dict[str, Any] = {}
    place, corners = (LON_DEG, LAT_DEG), [(LON_DEG, LAT_DEG)]
    for number, (azimuth_deg, distance_m) in enumerate(legs, start=1):
        cells |= {names[0].format(number): azimuth_deg, names[1].format(number): distance_m}
        place = destination(*place, azimuth_deg, distance_m)
        corners.append(place)
    assert warns(meaning(**cells), corners)


@pytest.mark.parametrize(
    ("cells", "least_m"),
    [
        ({"bearing/distance": "045°/800 m"}, 800),
        ({"bearing": "045° 800m"}, 800),
        ({"Range & bearing": "800m 090"}, 800),
        ({"distance": 0.8, "bearing": 90}, 800),
        ({"bearing": 90, "distance": 0.8, "units": "km"}, 800),
        ({"sidc": "GFMPOMF---****X", "distance": 900}, 900),
        ({"sidc": "GFMPOMF---****X", "AM": [300, 600], "AN": [45]}, 600),
        ({"distance_m": 800}, 800),
        ({"offset_east_m": -600, "offset_north_m": 530}, 800),
        ({"remarks": "UXO at bearing 090 deg, distance 800 m"}, 800),
        ({"desc": "800 m from the gate on azimuth 045"}, 800),
        ({"remarks": "азимут 45°, расстояние 800 м"}, 800),
        ({"bearing": "N 45 E", "distance": "800 m"}, 800),
        ({"properties": {"azimuth": 45, "distance_m": 800}}, 800),
        ({"bearing": 45, "distance": "about 800 m from the gate"}, 800),
        ({"distance": -800, "direction": "NE"}, 800),
        ({"bearing": 90, "distance_m": 700, "radius_m": 100}, 800),
        ({"bearing": 90, "distance_m": 700, "area_ha": 1}, 720),
        ({"remark": "800 m @ 045"}, 800),
        ({"remark": "mines 045° @ 800m"}, 800),
        ({"remark": "Az. 45, D=800 m"}, 800),
        ({"traverse": "N45E 500m; S20W 300m"}, 800),
        ({"traverse": "N 45°30' E, 800 m"}, 800),
        ({"perimeter description": "P1: 090/500m P2: 180/300m"}, 800),
        ({"remark": "bearing 45, 500 m; bearing 90, 300 m"}, 800),
        ({"azimuth": 90, "row_length_m": 800}, 800),
        ({"row_length_m": 800}, 800),
        ({"dx": 600, "dy": -530}, 800),
    ],
)
def test_other_ways_to_say_so(cells: dict[str, Any], least_m: float) -> None:
    assert warns(meaning(**cells), around(least_m))


@pytest.mark.parametrize(
    "cells",
    [
        {"bearing": 90, "distance_to_nearest_town_km": 12},
        {"distance": 0, "bearing": 45},
        {"bearing": "", "distance_m": ""},
        {"safe_distance_m": 300, "evacuation distance": 900},
        {"wind_direction": 90, "heading": 12, "speed": 4},
        {"range": "2020-2026"},
        {"lat_d": 44, "lat_m": 54, "lat_s": 18, "course": 90},
        {"remarks": "bearing 90, taken on day 3"},
        {"row distance": 4, "A": 1, "D": 70},
        {"azimuth": 90, "row_spacing_m": 8},
        {"remark": "report 12/700 of 2026, see 3/2020"},
        {"remark": "az 5 km-es szakasz"},
        {"remark": "team 2 east 700 m3 of soil, contact a@b.example"},
    ],
)
def test_other_distances_are_left_as_they_are(cells: dict[str, Any]) -> None:
    understood = meaning(**cells)
    assert (understood.geometry.geom_type, understood.shift_m, understood.remarks) == ("Point", 0.0, ())


def test_an_outline_and_a_side_with_its_own_length_are_left_as_they_are() -> None:
    meanings: Any = Meanings(RecordKind.SUSPECTED, kind_named("suspected"))
    line = shapely.LineString([(LON_DEG, LAT_DEG), destination(LON_DEG, LAT_DEG, 90, 800)])
    assert meanings.of(Row(1, line, {"bearing": 90, "distance": 801})).geometry.equals(line)
    assert meanings.of(Row(1, line, {"bearing": 90, "distance": 300})).geometry.geom_type == "Polygon"
    area = shapely.box(17.1, 44.9, 17.11, 44.91)
    assert meanings.of(Row(1, area, {"bearing": 90, "distance": 801})).geometry.equals(area)


def test_a_distance_that_cannot_be_read_leaves_an_unknown_accuracy() -> None:
    understood = meaning(bearing=90, distance="a day's walk")
    assert math.isnan(understood.accuracy_m)
    assert "cannot be read" in understood.remarks[0].message
    assert meaning(bearing=90, distance_km=900).fault.code == "distance_too_large"


def test_a_mapping_may_say_that_they_tell_nothing() -> None:
    mapping = ColumnMapping(dict.fromkeys(("bearing", "distance_m", "desc"), ATTRIBUTE))
    cells = mapping.apply({"bearing": 90, "distance_m": 800, "desc": "azimuth 45, 800 m; radius 200 m"})
    meanings: Any = Meanings(RecordKind.SUSPECTED, kind_named("suspected"), mapping.kept_columns)
    assert meanings.of(Row(1, shapely.Point(LON_DEG, LAT_DEG), cells)).geometry.geom_type == "Point"


def test_a_guessed_mapping_takes_nothing_away() -> None:
    """A mapping that was written and not changed has null for columns that are no field."""
    cells = {"bearing": 90, "distance_m": 700, "remarks": "radius 100 m"}
    mapping = guess(list(cells), "suspected")
    assert mapping.columns["distance_m"] is None
    assert warns(meaning(**mapping.apply(cells)), around(800))


@given(
    st.dictionaries(st.text(max_size=12), st.none() | st.text(max_size=30) | st.floats() | st.integers(), max_size=4)
)
def test_no_cell_breaks_it(cells: dict[str, Any]) -> None:
    cells |= {"bearing": 1, "distance": next(iter(cells.values()), 3)}
    away = distance_away(cells, bearing_columns(tuple(cells)))
    assert away is None or away.distance_m >= 0


def _written(path: Path, cells: dict[str, Any]) -> None:
    suffix = path.suffix
    if suffix == ".csv":
        row = {"id": 1, "lat": LAT_DEG, "lon": LON_DEG} | cells
        path.write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n", encoding="utf-8")
    elif suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        assert book.active is not None
        for line in (["lat", "lon", *cells], [LAT_DEG, LON_DEG, *cells.values()]):
            book.active.append(line)
        book.save(path)
    elif suffix == ".kml":
        data = "".join(f"<Data name='{name}'><value>{value}</value></Data>" for name, value in cells.items())
        path.write_text(
            "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><Placemark><name>H-1</name><ExtendedData>"
            f"{data}</ExtendedData><Point><coordinates>{LON_DEG},{LAT_DEG}</coordinates></Point></Placemark></Document></kml>"
        )
    elif suffix == ".gpx":
        path.write_text(
            f"<gpx version='1.1' xmlns='http://www.topografix.com/GPX/1/1' xmlns:x='urn:x'>"
            f"<wpt lat='{LAT_DEG}' lon='{LON_DEG}'>"
            f"<extensions>{''.join(f'<x:{k}>{v}</x:{k}>' for k, v in cells.items())}</extensions></wpt></gpx>"
        )
    elif suffix == ".geojson":
        point = {"type": "Point", "coordinates": [LON_DEG, LAT_DEG]}
        path.write_text(json.dumps({"type": "Feature", "geometry": point, "properties": cells}))
    else:
        import geopandas

        frame = {name: [value] for name, value in cells.items()}
        geopandas.GeoDataFrame(frame, geometry=[shapely.Point(LON_DEG, LAT_DEG)], crs="EPSG:4326").to_file(path)


def taken(register: Register, path: Path, kind: RecordKind) -> IntakeReport:
    return import_file(register, path, kind=kind, source="a test", accuracy_m=25.0, by="tester")


@pytest.mark.parametrize("kind", [RecordKind.SUSPECTED, RecordKind.SPOT_FIND])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".kml", ".gpx", ".geojson", ".gpkg", ".shp"])
def test_it_holds_in_every_format(tmp_path: Path, suffix: str, kind: RecordKind) -> None:
    path = tmp_path / f"a{suffix}"
    _written(path, {"bearing": 90, "distance_m": 800})
    with Register.create(tmp_path / "register.gpkg") as register:
        [row] = taken(register, path, kind).rows
        [record] = register.as_of().records
    assert "bearing_and_distance" in row.reasons
    index = HazardIndex.build([record.geometry], [record.accuracy_m])
    places = np.array(around(800))
    assert (screen(index, places[:, 0], places[:, 1], 5.0, warn_m=150.0).codes == INSIDE).all()


TRAVERSE = """hazard_localid,pointno,pointtypeenum,latitude,longitude,bearing,distance_m,frompoint
H1,1,Reference Point,44.905,17.105,,,
H1,2,Start Point,,,{0},300,1
H1,3,Turning Point,,,{1},2000,2
H1,4,Turning Point,,,{2},1500,3
H1,5,End Point,,,{3},1900,4
"""


@pytest.mark.parametrize("legs_deg", [(90, 0, 270, 180), (10, 100, 190, 280), (0, 0, 0, 0)])
@pytest.mark.parametrize("last", ["", "H1,6,Turning Point,44.905,17.11,,,\n"])
def test_an_outline_that_is_surveyed_from_its_reference_point_is_inside(
    tmp_path: Path, legs_deg: tuple[int, ...], last: str
) -> None:
    """2026-11-29: points with a bearing and a distance alone were quarantined, and the reference point recorded."""
    path = tmp_path / "traverse.csv"
    path.write_text(TRAVERSE.format(*legs_deg) + last)
    corners = [(LON_DEG, LAT_DEG)]
    for azimuth_deg, distance_m in zip(legs_deg, (300, 2000, 1500, 1900), strict=True):
        corners.append(destination(*corners[-1], azimuth_deg, distance_m))
    hull = shapely.convex_hull(shapely.MultiPoint(corners))
    with Register.create(tmp_path / "register.gpkg") as register:
        report = taken(register, path, RecordKind.SUSPECTED)
        [record] = register.as_of().records
    assert {row.outcome.value for row in report.rows} == {"repaired"}
    assert "bearing_and_distance" in report.rows[0].reasons
    assert [point.get("distance_m") for point in record.attributes["points_of_outline"][-4:]] == [
        "300", "2000", "1500", "1900",
    ]  # fmt: skip
    assert record.accuracy_m == 25.0
    assert record.geometry.buffer(1e-9).contains(hull)


def test_released_land_is_not_made_of_bearings_and_distances(tmp_path: Path) -> None:
    path = tmp_path / "traverse.csv"
    path.write_text(TRAVERSE.format(90, 0, 270, 180))
    with Register.create(tmp_path / "register.gpkg") as register:
        taken(register, path, RecordKind.CLEARED)
        assert not register.as_of().records


def test_an_outline_without_any_position_is_quarantined_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "traverse.csv"
    elsewhere = "H2,1,Turning Point,44.905,17.105,,,\n"
    path.write_text(TRAVERSE.format(90, 0, 270, 180).replace("44.905,17.105", ",") + elsewhere)
    with Register.create(tmp_path / "register.gpkg") as register:
        report = taken(register, path, RecordKind.SUSPECTED)
    assert [row.outcome.value for row in report.rows] == ["quarantined"] * 5 + ["accepted"]
