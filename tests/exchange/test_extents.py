"""A place beside which its size is stated warns as far as any hazard of that size reaches from it."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.meaning.extent import with_extents
from merestone.exchange.places.extent_columns import extent_columns, extents_of, flat_values
from merestone.exchange.places.extent_text import extents_in_text
from merestone.geodesy import destination, distance_m
from merestone.register import Register
from merestone.terms import RecordKind

LON_DEG, LAT_DEG = 17.105, 44.905


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "register.gpkg") as made:
        yield made


def taken(register: Register, path: Path, **more: Any) -> IntakeReport:
    asked: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    return import_file(register, path, **(asked | more))


def reach_m(register: Register) -> float:
    """How far the record and its accuracy reach from its place; infinite where the accuracy is unknown."""
    [record] = register.as_of().records
    corners = shapely.get_coordinates(record.geometry)
    drawn_m = min(distance_m(LON_DEG, LAT_DEG, *corner) for corner in corners)
    return drawn_m + (math.inf if record.accuracy_m is None else record.accuracy_m)


def features(path: Path, **properties: Any) -> Path:
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [LON_DEG, LAT_DEG]},
        "properties": properties,
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("columns", "least_m"),
    [
        ({"area_m2": 40_000}, math.inf), ({"area_ha": "2.5"}, math.inf), ({"Area (ha)": 2.5}, math.inf),
        ({"area": 3.2}, math.inf), ({"hectares": 3}, math.inf), ({"площадь, га": "3,2"}, math.inf),
        ({"Superficie (m²)": "40 000"}, math.inf), ({"size": "2 ha"}, math.inf), ({"area": "about 2 ha"}, math.inf),
        ({"size": 40_000}, math.inf), ({"width_m": 50}, math.inf), ({"remarks": "some 5 dunums of orchard"}, math.inf),
        ({"length_m": 400, "width_m": 300}, 500), ({"Length": "0.4 km", "Width": "300 m"}, 500),
        ({"size": "400 x 300 m"}, 500), ({"dimensions": "400x300"}, 500), ({"description": "400m by 300m"}, 500),
        ({"długość (m)": 400, "szerokość (m)": 300}, 500), ({"perimeter_m": 1400}, 700), ({"Shape_Length": 1400}, 700),
        ({"Shape_Length": 0.02}, 1100), ({"size_m": 300}, 424), ({"longueur_m": 300}, 424),
        ({"r": 200}, 200), ({"properties": {"radius": 200}}, 200), ({"data": '{"circle": {"radius_m": 200}}'}, 200),
        ({"description": "UXO, radius 200 m"}, 200), ({"pastabos": "200 m spinduliu"}, 200),
        ({"description": "<td>Buffer (m)</td><td>200</td>"}, 200),
        ({"comment": "within 0.2 km of the point"}, 200), ({"description": "<td>Radius</td><td>200</td>"}, 200),
        ({"remarks": "мины в радиусе 200 м"}, 200), ({"cmt": "200 m all around"}, 200), ({"name": "SHA-1 R=200m"}, 200),
        ({"notes": "Ø 400 m"}, 200), ({"remarks": "extends 200 m along the road"}, 200),
        ({"remarks": "a strip 400 m long and 300 m wide"}, 500), ({"L": 400, "W": 300}, 500),
        ({"description": "<td>Area (ha)</td><td>2.5</td>"}, math.inf),
        ({"description": "Length (m): 400<br>Width (m): 300"}, 500),
    ],
)  # fmt: skip
def test_a_place_with_a_stated_size_warns_as_far_as_it_may_reach(
    register: Register, tmp_path: Path, columns: dict[str, Any], least_m: float
) -> None:
    """2026-11-28: such rows were points; 60 m from the middle of a field of 2 ha: none recorded."""
    [row] = taken(register, features(tmp_path / "a.geojson", **columns)).rows
    assert reach_m(register) >= least_m
    assert "extent" in row.reasons or "circle" in row.reasons


@pytest.mark.parametrize("suffix", [".csv", ".gpkg", ".kml", ".gpx"])
def test_it_does_so_in_every_format(register: Register, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".csv":
        path.write_text(f"hazard_id,lat,lon,length_m,width_m\nH-1,{LAT_DEG},{LON_DEG},400,300\n")
    elif suffix == ".kml":
        path.write_text(
            "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><Placemark><name>H-1</name><description><![CDATA["
            f"<b>Size:</b> 400 x 300 m]]></description><Point><coordinates>{LON_DEG},{LAT_DEG}</coordinates></Point>"
            "</Placemark></Document></kml>"
        )
    elif suffix == ".gpx":
        path.write_text(
            f"<gpx version='1.1' xmlns='http://www.topografix.com/GPX/1/1'><wpt lat='{LAT_DEG}' lon='{LON_DEG}'>"
            "<name>H</name><desc>400m x 300m</desc></wpt></gpx>"
        )
    else:
        import geopandas

        frame = {"length_m": [400.0], "width_m": [300.0]}
        geopandas.GeoDataFrame(frame, geometry=[shapely.Point(LON_DEG, LAT_DEG)], crs="EPSG:4326").to_file(path)
    taken(register, path)
    assert 500 <= reach_m(register) <= 550


@pytest.mark.parametrize(
    "columns",
    [
        {"area_id": 7, "area_code": "A-7", "area_name": "2 villages", "cleared_area_m2": 5, "depth": 2, "size": "big"},
        {"remarks": "evacuation radius 2000 m", "name": "Sector 7", "date": "2026-05-02", "phone": "12 345 67 89"},
        {"remarks": "within 2 km of the village"},
        {"L": 12, "remarks": "two mines, 300 x 120 mm each", "Länge": 17.1, "Breite": 44.9, "area": 0, "height_m": 12},
    ],
)  # fmt: skip
def test_other_numbers_are_no_size(register: Register, tmp_path: Path, columns: dict[str, Any]) -> None:
    [row] = taken(register, features(tmp_path / "a.geojson", **columns)).rows
    [record] = register.as_of().records
    assert (record.geometry.geom_type, record.accuracy_m) == ("Point", 25.0)
    assert "extent" not in row.reasons


def test_a_size_that_cannot_be_read_leaves_an_unknown_accuracy(register: Register, tmp_path: Path) -> None:
    [row] = taken(register, features(tmp_path / "a.geojson", area_ha="n/a")).rows
    assert "extent_unreadable" in row.reasons
    assert register.as_of().records[0].accuracy_m is None


@pytest.mark.parametrize("kind", [RecordKind.ACCIDENT, RecordKind.SPOT_FIND, RecordKind.CLEARED])
def test_points_by_nature_and_released_land_are_left_as_they_are(
    register: Register, tmp_path: Path, kind: RecordKind
) -> None:
    path = features(tmp_path / "a.geojson", area_ha=2, length_m=400, width_m=300, remarks="size 400 x 300 m")
    taken(register, path, kind=kind)
    [record] = register.as_of().records
    assert (record.geometry.geom_type, record.accuracy_m) == ("Point", 25.0)


def test_an_outline_is_not_made_larger_by_its_own_area(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,area_ha,length_m,wkt\n1,2,400,"POLYGON ((17.1 44.9, 17.2 44.9, 17.2 44.95, 17.1 44.9))"\n')
    [row] = taken(register, path).rows
    assert row.outcome.value == "accepted"


def test_a_mined_strip_is_as_wide_on_both_sides_as_it_is_stated(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,width_m,length_m,wkt\n1,80,2000,"LINESTRING (17.1 44.9, 17.12 44.9)"\n')
    taken(register, path)
    [record] = register.as_of().records
    assert record.accuracy_m is not None
    south = min(distance_m(17.11, 44.9, *c) for c in shapely.get_coordinates(shapely.segmentize(record.geometry, 1e-4)))
    assert south + record.accuracy_m >= 80


def test_a_radius_that_holds_the_stated_area_keeps_the_accuracy(register: Register, tmp_path: Path) -> None:
    taken(register, features(tmp_path / "a.geojson", radius=200, area_m2=100_000))
    assert 220 <= reach_m(register) <= 230
    assert register.as_of().records[0].accuracy_m == 25.0


def test_a_size_that_no_hazard_has_is_told_and_leaves_an_unknown_accuracy(register: Register, tmp_path: Path) -> None:
    [row] = taken(register, features(tmp_path / "a.geojson", area_km2=1e6)).rows
    assert "extent_too_large" in row.reasons
    assert register.as_of().records[0].accuracy_m is None


@settings(max_examples=60, deadline=None)
@given(
    st.floats(1, 5000), st.floats(1, 5000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 360), st.booleans()
)  # fmt: skip
def test_a_rectangle_of_that_size_lies_within_wherever_the_place_stands_in_it(
    long_m: float, wide_m: float, east: float, north: float, turned_deg: float, is_unstated: bool
) -> None:
    """The oracle is the rectangle itself: each of its corners lies within what is drawn and the accuracy."""
    extents, _ = extents_of({"length_m": long_m, "width_m": wide_m}, ["length_m", "width_m"])
    reach = with_extents(shapely.Point(LON_DEG, LAT_DEG), extents, [])
    assert reach.shape.geometry is not None
    drawn_m = min(distance_m(LON_DEG, LAT_DEG, *corner) for corner in shapely.get_coordinates(reach.shape.geometry))
    for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):
        offset = np.array([(x - east) * long_m, (y - north) * wide_m])
        azimuth_deg = float(np.degrees(np.arctan2(*offset))) + turned_deg
        place = destination(LON_DEG, LAT_DEG, azimuth_deg, float(np.hypot(*offset)))
        assert distance_m(LON_DEG, LAT_DEG, *place) <= drawn_m + (1000.0 if is_unstated else reach.shift_m) + 0.5


@given(st.text(max_size=60))
def test_no_text_stops_the_reading(text: str) -> None:
    for value in (text, f"radius {text} m", f"12 x {text} 30 m", f"1 {text} ha"):
        assert all(extent.across_m >= 0 for extent in extents_in_text(value))
    values = flat_values({text: text, "area": text, "size": text, "length_m": text, "a": {text: 1}})
    extents_of(values, extent_columns(values))


@pytest.mark.parametrize("piece", ["1 ", "1,", "radius 1 ", "1 x ", "length (m) ", "1m ", " ", "<"])
def test_a_long_remark_of_one_piece_is_left_in_linear_time(piece: str) -> None:
    """2026-11-28: numbers one after another were tried from each of them to the end of the text, for minutes."""
    text = "radius m " + piece * (90_000 // len(piece))
    assert not any(extent.across_m < 0 for extent in extents_in_text(text))


@pytest.mark.parametrize(
    "remark",
    [
        "mines up to 600 m from the point", "mines scattered over 600 m", "spread 600 m", "rad. 600 m", "dia 1200m",
        "Diam. 1.2 km",
        "en un radio de 600 m", "на расстоянии до 600 м", "danger area 600 m", "footprint 1.2 km",
        "radius 300 to 600 m",
        "radius 300-600 m", "в радиусе от 300 до 600 м", "نصف قطر 600 متر", "نصف القطر 600 متر", "impact zone: 600 m",
    ],
)  # fmt: skip
def test_more_ways_to_say_how_far_a_hazard_reaches(remark: str) -> None:
    """2026-11-30: of a range the smaller end counted, of half of the diameter its half."""
    is_length = any(word in remark for word in ("scattered", "spread", "danger", "impact"))
    least_m = 600 * math.sqrt(2) if is_length else 1200
    assert max((extent.across_m for extent in extents_in_text(remark)), default=0.0) >= least_m


@pytest.mark.parametrize(
    "remark",
    [
        "safe distance 600 m", "danger area 600 m from the village", "exclusion 600 m", "fragments up to 600 m",
        "на расстоянии до 600 м от дороги", "up to 600 m from the road", "R600",
    ],
)  # fmt: skip
def test_lengths_of_other_things_in_remarks_are_left_alone(remark: str) -> None:
    assert extents_in_text(remark) == ()
