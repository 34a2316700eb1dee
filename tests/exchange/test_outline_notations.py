"""Outlines in columns whose names say so, in notations that people and programs write beside a label position.

2026-11-29: each of these was taken as the label's point alone, and the middle of the area answered none recorded.
"""

import base64
import contextlib
import json
import math
import random
import sqlite3
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.exchange import import_file, read
from merestone.exchange.meaning.outline_column import FAR_M, _apart_m, _are_close
from merestone.exchange.meaning.outline_in_remark import corners_in_remark, may_name_corners
from merestone.exchange.meaning.outline_notations import outline_names, parse_notation
from merestone.exchange.meaning.outline_pairs import parse_outline_pairs
from merestone.exchange.places.measures import ANDROID_TO_95
from merestone.exchange.places.text_geometry import TextGeometryInvalid
from merestone.geodesy import area_m2, distance_m, format_ddm, format_decimal, format_dms, format_mgrs, format_utm
from merestone.register import Register
from merestone.terms import FileRefused, Outcome, RecordKind

Corners = Sequence[tuple[float, float]]
LABEL = shapely.Point(17.1, 44.9)


def encoded(corners: Corners, unit: float = 1e5) -> str:
    """By the published steps of the format, from its description."""
    text, before = "", (0, 0)
    for lon_deg, lat_deg in corners:
        here = round(lat_deg * unit), round(lon_deg * unit)
        for number in (here[0] - before[0], here[1] - before[1]):
            bits = ~(number << 1) if number < 0 else number << 1
            while bits >= 0x20:
                text += chr((0x20 | bits & 0x1F) + 63)
                bits >>= 5
            text += chr(bits + 63)
        before = here
    return text


def geopackage_blob(corners: Corners) -> str:
    polygon = shapely.Polygon(corners)
    west, south, east, north = polygon.bounds
    envelope = struct.pack("<4d", west, east, south, north)
    return (b"GP" + struct.pack("<BBi", 0, 0b011, 4326) + envelope + shapely.to_wkb(polygon)).hex().upper()


def spatialite_blob(corners: Corners) -> str:
    polygon = shapely.Polygon(corners)
    body = shapely.to_wkb(polygon, byte_order=1)[1:]
    return (b"\x00\x01" + struct.pack("<i4d", 4326, *polygon.bounds) + b"\x7c" + body + b"\xfe").hex()


def gml(corners: Corners) -> str:
    numbers = " ".join(f"{lat_deg:.7f} {lon_deg:.7f}" for lon_deg, lat_deg in [*corners, corners[0]])
    return (
        '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326"><gml:exterior><gml:LinearRing>'
        f"<gml:posList>{numbers}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def listed(written: Callable[..., str], parting: str, label: str = "", around: str = "") -> Callable[[Corners], str]:
    def of(corners: Corners) -> str:
        pieces = [label.format(n + 1) + written(*corner) for n, corner in enumerate(corners)]
        return parting.join(f"{around[:1]}{piece}{around[1:]}" for piece in pieces)

    return of


def bare(lon_deg: float, lat_deg: float) -> str:
    return f"{lat_deg:.6f} {lon_deg:.6f}"


def bare_lon_first(lon_deg: float, lat_deg: float) -> str:
    return f"{lon_deg:.6f} {lat_deg:.6f}"


def letters_first(lon_deg: float, lat_deg: float) -> str:
    return f"N{lat_deg:.6f} E{lon_deg:.6f}"


def labelled(folder: Path, properties: dict[str, str]) -> Path:
    """A file of one feature at the label's place."""
    feature = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(LABEL)}
    path = folder / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


NOTATIONS: dict[str, Callable[[Corners], str]] = {
    "degrees, minutes and seconds": listed(format_dms, "; "),
    "degrees and minutes, one a line": listed(format_ddm, "\n"),
    "decimal degrees with letters": listed(format_decimal, " | "),
    "letters before the numbers": listed(letters_first, " - "),
    "pairs in brackets": listed(bare, ", ", around="()"),
    "pairs in brackets, longitude first": listed(bare_lon_first, ", ", around="()"),
    "pairs with commas between": listed(bare, ", "),
    "numbered corners": listed(bare, "\n", label="TP{}: "),
    "numbers with a bracket": listed(bare, "; ", label="{}) "),
    "MGRS": listed(format_mgrs, "; "),
    "MGRS with commas": listed(format_mgrs, ", "),
    "UTM": listed(format_utm, "; "),
    "GML": gml,
    "base64": lambda corners: base64.b64encode(shapely.to_wkb(shapely.Polygon(corners))).decode(),
    "GeoPackage's binary": geopackage_blob,
    "SpatiaLite's binary": spatialite_blob,
    "encoded polyline": encoded,
    "encoded polyline of six decimals": lambda corners: encoded(corners, 1e6),
}
PRECISION_M = 2.0
"""What a notation that states no accuracy of its own loses at most."""


@st.composite
def corners_near_the_label(draw: st.DrawFn) -> Corners:
    """Three to eight corners around a middle some 500 m from the label, in turn, over 50 m apart."""
    count = draw(st.integers(3, 8))
    around = random.Random(draw(st.integers(0, 10**6)))
    middle = LABEL.x + around.uniform(-0.01, 0.01), LABEL.y + around.uniform(-0.01, 0.01)
    out = []
    for number in range(count):
        angle = 2 * math.pi * (number + around.uniform(-0.2, 0.2)) / count
        radius_deg = around.uniform(0.002, 0.006)
        out.append((middle[0] + 1.4 * radius_deg * math.cos(angle), middle[1] + radius_deg * math.sin(angle)))
    return out


@pytest.mark.parametrize("notation", NOTATIONS)
@settings(deadline=None, max_examples=15)
@given(corners=corners_near_the_label())
def test_every_notation_gives_back_the_corners(notation: str, corners: Corners) -> None:
    read = parse_notation(NOTATIONS[notation](corners), LABEL)
    assert read is not None
    exterior = shapely.get_coordinates(read.geometry)[:-1].tolist()
    assert len(exterior) == len(corners)
    within_m = PRECISION_M if read.accuracy_m is None else read.accuracy_m * ANDROID_TO_95 + 2.0
    for (lon_deg, lat_deg), (read_lon_deg, read_lat_deg) in zip(corners, exterior, strict=True):
        assert distance_m(lon_deg, lat_deg, read_lon_deg, read_lat_deg) <= within_m


@pytest.mark.parametrize("notation", NOTATIONS)
def test_an_outline_beside_a_label_position_is_the_area(notation: str, tmp_path: Path) -> None:
    corners = [(17.100001, 44.900003), (17.110002, 44.900001), (17.110004, 44.910002), (17.100003, 44.910001)]
    path = labelled(tmp_path, {"name": "A", "boundary": NOTATIONS[notation](corners)})
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        [record] = register.as_of().records
    assert report.remark_counts["outline_column"] == 1
    assert record.geometry.contains(shapely.Point(17.105, 44.905))
    assert area_m2(record.geometry) == pytest.approx(area_m2(shapely.Polygon(corners)), rel=0.2)


UNREADABLE = [
    "0xE6100000010405000000666666666673464099999999991931403333333333734640",  # SQL Server's own form, in part
    "BLOB of 93 bytes: " + " ".join(f"{n:02d}" for n in range(20)),
    "44.90 17.10 to 44.91 17.11 to 44.92 17.12 to 44.93 17.10",
]


@pytest.mark.parametrize("cell", UNREADABLE)
def test_an_outline_that_cannot_be_read_leaves_its_reach_unknown(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(f'id,lat,lon,geom\n1,44.9,17.1,"{cell}"\n', encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        [record] = register.as_of().records
        assert report.remark_counts["outline_unreadable"] == 1
        assert record.accuracy_m is None
        released = import_file(
            register, path, kind=RecordKind.CLEARED, source="a test", accuracy_m=5.0, by="tester", again=True
        )
    assert [row.outcome for row in released.rows] == [Outcome.QUARANTINED]


@pytest.mark.parametrize(
    "cell",
    [
        "the river in the north, the road in the south",
        "irregular polygon",
        "P-12",
        "1200 m",
        "44.9, 17.1",
        "44°54'00\"N 17°06'00\"E",
        "33TXK6583074100",
        "photo_2024_05_06_07_08_09_10.jpg",
        "https://example.org/2024/05/06/07/08/09/10/11",
        "8c7d9f1e-1234-5678-9abc-def012345678",
        "",
    ],
)
def test_what_is_no_outline_changes_nothing(cell: str, tmp_path: Path) -> None:
    assert cell == "" or parse_notation(cell, LABEL) is None
    path = labelled(tmp_path, {"name": "A", "boundary": cell})
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(register, path, kind=RecordKind.ACCIDENT, source="a test", accuracy_m=5.0, by="tester")
        [record] = register.as_of().records
    assert record.geometry.equals(LABEL)
    assert record.accuracy_m == 5.0


@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=200) | st.text("0123456789 .,;|()-/NESW\n'\"", max_size=200))
def test_no_text_ends_in_a_traceback(text: str) -> None:
    with contextlib.suppress(TextGeometryInvalid):
        parse_notation(text, LABEL)


def test_most_corners_that_can_be_read_beside_one_that_cannot_are_no_smaller_area() -> None:
    with pytest.raises(TextGeometryInvalid, match="1 of its 5 places cannot be read"):
        parse_notation("44.90 17.10; 44.90 17.11; 44.91 17.ll; 44.91 17.10; 44.905 17.10", LABEL)


def test_gml_in_another_system_or_with_curves_is_not_guessed() -> None:
    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91)]
    with pytest.raises(TextGeometryInvalid, match="reference system 32633"):
        parse_notation(gml(corners).replace("EPSG::4326", "EPSG::32633"), LABEL)
    with pytest.raises(TextGeometryInvalid, match="curves"):
        parse_notation(gml(corners).replace("gml:LinearRing", "gml:ArcString"), LABEL)


def test_names_that_say_outline() -> None:
    names = [
        "Boundary",
        "the_geom",
        "wkb_geometry",
        "Polygon ID",
        "shape_length",
        "Координаты",
        "geometry_type",
        "name",
    ]
    assert outline_names(names) == ("Boundary", "the_geom", "wkb_geometry", "Координаты")


def test_geopackage_blobs_as_sqlite_writes_them(tmp_path: Path) -> None:
    """`select hex(geom)`, as database browsers export a GeoPackage to CSV; the writer is GDAL."""
    import geopandas

    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)]
    geopandas.GeoDataFrame(geometry=[shapely.Polygon(corners)], crs=4326).to_file(tmp_path / "a.gpkg", layer="a")
    with sqlite3.connect(tmp_path / "a.gpkg") as connection:
        [[digits]] = connection.execute("select hex(geom) from a").fetchall()
    read = parse_notation(digits, LABEL)
    assert read is not None
    assert read.srid == 4326
    assert read.geometry.equals(shapely.Polygon(corners))


@pytest.mark.parametrize(
    "content",
    [
        "POLYGON((17.1 44.9, 17.11 44.9, 17.11 44.91, 17.1 44.9))\n",
        "1;POLYGON((17.1 44.9, 17.11 44.9, 17.11 44.91, 17.1 44.9))\n2;POINT(17.1 44.9)\n",
    ],
)
def test_a_table_without_a_header_does_not_lose_its_first_row(content: str, tmp_path: Path) -> None:
    from merestone.terms import FileRefused

    path = tmp_path / "areas.csv"
    path.write_text(content, encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register, pytest.raises(FileRefused, match="line 1 holds a place"):
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")


def test_a_solid_of_json_fg_is_not_the_point_that_stands_for_it(tmp_path: Path) -> None:
    ring = [[17.1, 44.9], [17.11, 44.9], [17.11, 44.91], [17.1, 44.91], [17.1, 44.9]]
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [17.1, 44.9]},
        "place": {"type": "Prism", "base": {"type": "Polygon", "coordinates": [ring]}, "upper": 10},
    }
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
    assert [row.outcome for row in report.rows] == [Outcome.QUARANTINED]
    assert report.remark_counts["unreadable_geometry"] == 1


REMARKS = [
    "Corners: 44.900 17.100; 44.900 17.110; 44.910 17.110; 44.910 17.100",
    "Area bounded by 44.900 N 17.100 E, 44.900 N 17.110 E, 44.910 N 17.110 E and 44.910 N 17.100 E, marked in 1996",
    "TP1 N44.9000 E17.1000, TP2 N44.9000 E17.1100, TP3 N44.9100 E17.1100, TP4 N44.9100 E17.1000",
    "44°54'00\"N 17°06'00\"E then 44°54'00\"N 17°06'36\"E then 44°54'36\"N 17°06'36\"E then 44°54'36\"N 17°06'00\"E",
    "longitude first: 17.1000, 44.9000 / 17.1100, 44.9000 / 17.1100, 44.9100 / 17.1000, 44.9100 by the report of 2019",
    "33TXK 65820 74110 to 33TXK 66610 74130 to 33TXK 66580 75240 to 33TXK 65790 75220, by the militia's sketch",
]


@pytest.mark.parametrize("remark", REMARKS)
def test_corners_in_a_remark_are_the_area_of_a_hazard_and_nothing_of_released_land(remark: str, tmp_path: Path) -> None:
    path = labelled(tmp_path, {"name": "A", "remarks": remark})
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        [record] = register.as_of().records
        import_file(register, path, kind=RecordKind.CLEARED, source="a test", accuracy_m=5.0, by="tester")
        released = [each for each in register.as_of().records if each.kind is RecordKind.CLEARED]
    assert record.geometry.contains(shapely.Point(17.105, 44.905))
    assert all(shapely.get_dimensions(each.geometry) == 0 for each in released)


@pytest.mark.parametrize(
    "remark",
    [
        "Reported on 12.05.2019 by telephone 0038765123456, team 3, file 2019/05/12-0017, checked 44.900 17.100",
        "Villages near: 45.9000 17.1000; 45.9000 17.9000; 45.1000 17.9000 and 46.0000 18.0000, all over 50 km away",
        "From 44.9000 N 17.1000 E to 44.9100 N 17.1100 E along the road, then on foot 1234567890 steps",
    ],
)
def test_a_remark_with_other_numbers_changes_nothing(remark: str, tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(f'id,lat,lon,note\n1,44.9,17.1,"{remark}"\n', encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(register, path, kind=RecordKind.ACCIDENT, source="a test", accuracy_m=5.0, by="tester")
        [record] = register.as_of().records
    assert record.geometry.equals(LABEL)


@pytest.mark.parametrize("text", ["1 " * 10_000, "44.900 " * 2_800, "12345" * 4_000, "N" * 20_000, "44°" * 6_600])
def test_a_long_remark_without_corners_is_left(text: str) -> None:
    assert not may_name_corners(text) or corners_in_remark(text, LABEL) is None


def test_gml_that_holds_no_numbers_and_an_empty_place_of_its_own_end_in_no_traceback() -> None:
    for text in ("<Polygon><pos>a</pos><pos>17.1</pos><pos>b c</pos></Polygon>", "<posList>x y 17.1</posList>" * 3):
        assert parse_notation(text, LABEL) is None
    assert corners_in_remark(REMARKS[0], shapely.Point()) is None


def test_gml_of_single_positions() -> None:
    """Each corner in an element of its own, as GML 3.1 allows."""
    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91)]
    read = parse_notation("<Ring>" + "".join(f"<gml:pos>{y} {x}</gml:pos>" for x, y in corners) + "</Ring>", LABEL)
    assert read is not None
    assert read.geometry.equals(shapely.Polygon(corners))


@pytest.mark.parametrize("name", ["Coordinates", "coords", "Koordinaten", "Координаты", "boundary"])
@pytest.mark.parametrize(
    "cell",
    [
        "N44.9 E17.1; N44.9 E17.11; N44.91 E17.11",
        "44°54'00\"N 17°06'00\"E; 44°54'00\"N 17°06'36\"E; 44°54'36\"N 17°06'36\"E",
        "1) N44.9 E17.1\n2) N44.9 E17.11\n3) N44.91 E17.11",
    ],
)
def test_a_column_of_outlines_alone_is_read_where_letters_tell_the_order(tmp_path: Path, name: str, cell: str) -> None:
    """2026-11-29: `names no column with places`, though one beside a position was read."""
    path = tmp_path / "a.csv"
    quoted = cell.replace('"', '""')
    path.write_text(f'id,{name}\n1,"{quoted}"\n', encoding="utf-8")
    [row] = read(path)
    assert row.geometry is not None
    triangle = shapely.Polygon([(17.1, 44.9), (17.11, 44.9), (17.11, 44.91)])
    assert row.geometry.symmetric_difference(triangle).area < 1e-9


def test_a_list_of_places_in_a_remark_alone_is_no_column_of_places(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,remarks\n1,N44.9 E17.1; N44.9 E17.11; N44.91 E17.11\n", encoding="utf-8")
    with pytest.raises(FileRefused, match="names no column with places"):
        list(read(path))


def test_pairs_with_decimal_commas_are_no_trace_of_whole_degrees(tmp_path: Path) -> None:
    """2026-11-29: read as `44 9 17 1`, latitude, longitude, altitude and accuracy: 680 km off, without a word."""
    path = tmp_path / "a.csv"
    path.write_text('id,Koordinaten\n1,"44,9 17,1; 44,9 17,11; 44,91 17,11"\n', encoding="utf-8")
    with pytest.raises(FileRefused, match="Koordinaten"):
        list(read(path))


@pytest.mark.parametrize(
    ("stated", "epsg"), [({"wkid": 102100}, 3857), ({"wkid": 32633}, 32633), ({"wkid": 3906}, 3906)]
)
def test_rings_of_esri_are_in_the_system_that_they_state(tmp_path: Path, stated: dict[str, int], epsg: int) -> None:
    """2026-11-29: rings in web Mercator were passed over, and the label point alone was the hazard."""
    area = shapely.box(17.1, 44.9, 17.11, 44.91)
    way = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{epsg}", always_xy=True)
    ring = [list(way.transform(x, y)) for x, y in area.exterior.coords]
    cell = json.dumps({"rings": [ring], "spatialReference": stated}).replace('"', '""')
    path = tmp_path / "a.csv"
    path.write_text(f'id,lat,lon,outline\n1,44.9099,17.1001,"{cell}"\n')
    with Register.create(tmp_path / "register.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t")
        [record] = register.as_of().records
    assert record.geometry.symmetric_difference(area).area < 1e-7
    assert record.accuracy_m is not None
    assert record.accuracy_m < 7


def test_rings_of_esri_in_a_system_that_nobody_knows_leave_the_reach_unknown(tmp_path: Path) -> None:
    ring = [[0, 0], [9, 0], [9, 9], [0, 0]]
    with pytest.raises(TextGeometryInvalid, match="spatialReference"):
        parse_outline_pairs({"rings": [ring], "spatialReference": {"wkid": 999999}}, None)


near_degrees = st.tuples(st.floats(17.0, 17.15), st.floats(44.9, 45.0))
far_degrees = st.tuples(st.floats(-200, 200), st.floats(-95, 95))
corner_lists = st.lists(st.one_of(near_degrees, near_degrees, far_degrees), min_size=3, max_size=5)


@given(corner_lists, st.one_of(near_degrees, far_degrees))
@settings(max_examples=150, deadline=None)
def test_no_outline_counts_as_close_that_is_measured_far_away(
    corners: list[tuple[float, float]], place: tuple[float, float]
) -> None:
    area, own = shapely.Polygon(corners), shapely.Point(place)
    if _are_close(area, own):
        assert _apart_m(area, own) <= FAR_M
        assert max(distance_m(*place, *corner) for corner in corners) <= FAR_M
    if max(abs(x - 17.05) + abs(y - 44.95) for x, y in (*corners, place)) < 0.04:
        assert _are_close(area, own)
