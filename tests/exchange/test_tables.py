"""CSV, and the formats that GDAL reads: faults of real files stay rows, or are refused with what is missing."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from merestone.exchange import Feature, format_of, read
from merestone.exchange.formats.geopackage import GeoPackage
from merestone.exchange.formats.kml import Kml
from merestone.terms import FieldRefused, FileRefused

SQUARE = shapely.box(17.0, 45.0, 17.1, 45.1)


def write_shapefile(
    path: Path, *, crs: str | None = "EPSG:4326", geometry: Any = SQUARE, text: str = "Čapljina"
) -> None:
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(geometry)] * 3, dtype=object), [np.array([text] * 3, dtype=object)], ["name"],
        geometry_type="Polygon", crs=crs or "EPSG:4326", driver="ESRI Shapefile", encoding="UTF-8",
    )  # fmt: skip
    if crs is None:
        path.with_suffix(".prj").unlink()


def test_csv_with_wkt_keeps_broken_rows(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(
        'id,wkt,remark\n1,"POLYGON ((0 0, 1 0, 1 1, 0 0))",good\n2,"POLYGON ((0 0, 1 0",cut\n3,,no place\n'
        '4,POINT (1 2),one,too many\n5,"SRID=4326;POINT (1 2)",extended\n',
        encoding="utf-8-sig",
    )
    rows = list(read(path))
    assert [row.geometry is not None for row in rows] == [True, False, False, False, True]
    assert [row.fault.code if row.fault else None for row in rows] == [
        None, "unreadable_geometry", None, "uneven_row", None,
    ]  # fmt: skip
    assert rows[1].raw == 'id,wkt,remark\n2,"POLYGON ((0 0, 1 0",cut'
    assert rows[0].attributes == {"id": "1", "remark": "good"}


def test_csv_with_longitude_and_latitude(tmp_path: Path) -> None:
    path = tmp_path / "finds.csv"
    path.write_text(
        "Lon_deg;LAT_deg;what\n17.5;44.25;a\n17,5;44.25;comma\n;;empty\n17.5;;half\nnan;44;nan\n", encoding="utf-8"
    )
    rows = list(read(path))
    assert rows[0].geometry == shapely.Point(17.5, 44.25)
    assert rows[1].geometry == shapely.Point(17.5, 44.25)
    assert [row.fault.code if row.fault else None for row in rows] == [
        None, None, None, "unreadable_position", None,
    ]  # fmt: skip
    assert rows[3].fault is not None
    assert "LAT_deg = '' is not a position; LAT_deg is empty; give both" in rows[3].fault.message


def test_an_angle_with_a_decimal_comma_and_a_letter_is_not_taken_for_a_whole_position(tmp_path: Path) -> None:
    """2026-11-29: of `szerokość;długość`, `17,105 E` was read as 17 N 105 E, and the hazard recorded in Vietnam."""
    path = tmp_path / "areas.csv"
    path.write_text("hazard_id;szerokość;długość\nH-1;44,905 N;17,105 E\n", encoding="utf-8")
    [row] = read(path)
    assert row.geometry == shapely.Point(17.105, 44.905)


@pytest.mark.parametrize("header", ["X,Y", "easting,northing"])
def test_metres_that_fit_their_projection_only_the_other_way_round_are_refused(header: str, tmp_path: Path) -> None:
    """2026-11-29: X as the northing, as surveyors write it, put the hazard into the Indian Ocean without a word."""
    path = tmp_path / "areas.csv"
    path.write_text(f"id,{header}\nA,4973987,665800\nB,4973900,665900\n", encoding="utf-8")
    with pytest.raises(FileRefused, match="the other way round inside of it; rename"):
        list(read(path, crs="EPSG:32633"))
    path.write_text(f"id,{header}\nA,665800,4973987\n", encoding="utf-8")
    [row] = read(path, crs="EPSG:32633")
    assert row.geometry is not None
    assert shapely.distance(row.geometry, shapely.Point(17.1, 44.9)) < 1e-6


@pytest.mark.parametrize(
    ("second", "least_m", "most_m"),
    [("hazard_lat,hazard_lon,44.905,17.105", 9000, 10000), ("mgrs,,33TXK6580073987,", 0, 2), ("lat2,lon2,0,0", 0, 0)],
)
def test_of_two_places_the_distance_counts(second: str, least_m: float, most_m: float, tmp_path: Path) -> None:
    """2026-11-29: of `lat`, `lon`, `hazard_lat`, `hazard_lon` the hazard's place was passed over."""
    a, b, x, y = second.split(",")
    lat, lon = ("44.95", "17.2") if a == "hazard_lat" else ("44.9", "17.1")
    path = tmp_path / "areas.csv"
    path.write_text(f"id,lat,lon,{a},{b or 'remark'}\nH-1,{lat},{lon},{x},{y}\n", encoding="utf-8")
    [row] = read(path)
    assert row.geometry == shapely.Point(float(lon), float(lat))
    assert least_m <= row.shift_m <= most_m


def test_text_is_read_in_the_encoding_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_bytes("lon,lat,name\n17.1,44.9,Čapljina\n".encode("cp1250"))
    [row] = read(path, encoding="windows-1250")
    assert row.attributes["name"] == "Čapljina"
    with pytest.raises(FieldRefused, match="'cp1250x': is not a known text encoding"):
        read(path, encoding="cp1250x")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"name,remark\na,b\n", "names no column with places"),
        (b'wkt\n"POINT (1 2)', "line 2: a quotation mark is not closed"),
        (b"camp_lat,camp_lon,mast_lat,mast_lon\n1,2,3,4\n", "state several places .*camp_lon, camp_lat; mast_lon"),
        (
            b"1,4973000.12,665800.5,312.1,BDY1\n2,4973000.1,666800.2,312.1,BDY1\n",
            "no line names the columns .*northing",
        ),
        (b"1;44,9000;17,1000;312,1;BDY1\n2;44,9000;17,1100;312,1;BDY1\n", "no line names the columns .*point,lat,lon"),
        (b"1 4973000.12 665800.5 312.1\n2 4973000.1 666800.2 312.1\n", "spaces between its columns"),
        (b"id,Lat(S),Long(W)\n1,44.9,17.1\n", r"whether the numbers of Lat\(S\) carry a sign; call the columns lat"),
        (b'id,corners\n1,"44.9, 17.1\n44.9, 17.2\n44.8, 17.2"\n', "corners holds lists of pairs, and nothing shows"),
        (
            b'id,coordinates\n1,"[[[17.1,44.9],[17.2,44.9],[17.2,44.8],[17.1,44.9]]]"\n',
            "coordinates holds lists of pairs",
        ),
        (b"KEY,PARENT_KEY\n1,2\n", "repeat of a form; import the form's main table"),
    ],
)
def test_csv_that_cannot_be_read_is_refused_with_the_line(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "areas.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=why):
        list(read(path))


def test_a_shapefile_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "areas.shp"
    write_shapefile(path)
    assert [row.attributes for row in read(path)] == [{"name": "Čapljina"}] * 3


def test_a_shapefile_without_prj_needs_the_users_word(tmp_path: Path) -> None:
    path = tmp_path / "areas.shp"
    write_shapefile(path, crs=None)
    with pytest.raises(
        FileRefused, match=r"does not say what its coordinates are in \(no areas.prj beside it\).*--crs"
    ):
        list(read(path))
    assert len(list(read(path, crs="EPSG:4326"))) == 3


@pytest.mark.parametrize("sidecar", [".shx", ".dbf"])
def test_a_shapefile_without_its_parts_is_refused(tmp_path: Path, sidecar: str) -> None:
    path = tmp_path / "areas.shp"
    write_shapefile(path)
    path.with_suffix(sidecar).unlink()
    with pytest.raises(FileRefused, match=f"areas{sidecar} is not beside it"):
        list(read(path))


def test_a_shapefile_whose_table_ends_early_is_refused(tmp_path: Path) -> None:
    """GDAL gives the rows that are there without a word."""
    path = tmp_path / "areas.shp"
    write_shapefile(path)
    table = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(table[:-30])
    with pytest.raises(FileRefused, match=r"counts 3 shapes and areas\.dbf 2 rows"):
        list(read(path))


def test_projected_coordinates_become_longitude_and_latitude(tmp_path: Path) -> None:
    path = tmp_path / "utm.shp"
    write_shapefile(path, crs="EPSG:32633", geometry=shapely.box(500_000, 4_982_950, 501_000, 4_983_950))
    reading = read(path)
    rows = list(reading)
    assert reading.crs == "EPSG:32633"
    assert rows[0].geometry is not None
    assert rows[0].geometry.bounds == pytest.approx((15.0, 45.0, 15.0127, 45.009), abs=2e-4)


def test_a_reference_system_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.shp"
    write_shapefile(path)
    with pytest.raises(FileRefused, match="in EPSG:4326, and --crs says EPSG:32633"):
        read(path, crs="EPSG:32633")
    with pytest.raises(FieldRefused, match="is not a coordinate reference system"):
        read(path, crs="EPSG:nonsense")


def test_a_file_of_several_layers_is_not_read_in_part(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    for layer in ("north", "south"):
        pyogrio.raw.write(
            path, np.array([shapely.to_wkb(SQUARE)], dtype=object), [np.array([1])], ["n"],
            layer=layer, geometry_type="Polygon", crs="EPSG:4326", append=path.exists(),
        )  # fmt: skip
    with pytest.raises(FileRefused, match=r"it has 2 layers; name one with --layer.*north, south"):
        read(path)
    assert len(list(read(path, layer="south"))) == 1


def test_arcs_are_made_straight_and_cut_nothing_off(tmp_path: Path) -> None:
    """A chord on the arc would leave out a part. Bytes: ISO WKB of a CurvePolygon (type 10) around one arc ring."""
    path = tmp_path / "arc.gpkg"
    GeoPackage().write(path, [Feature(SQUARE, {"n": 1})], layer="arc", about={})
    import sqlite3
    import struct

    points = [(0.0, 0.0), (1.0, 1.0), (2.0, 0.0), (1.0, -1.0), (0.0, 0.0)]
    ring = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *point) for point in points)
    curve = b"GP\x00\x01" + struct.pack("<i", 4326) + struct.pack("<BII", 1, 10, 1) + ring
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER IF EXISTS rtree_arc_geom_update6")
    triggers = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for name in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("UPDATE arc SET geom = ?", (curve,))
    connection.commit()
    connection.close()
    [row] = read(path)
    assert row.fault is None
    assert [remark.code for remark in row.remarks] == ["curved_geometry"]
    assert row.geometry is not None
    assert row.inner_geometry is not None
    assert row.inner_geometry.area < 3.14159 < row.geometry.area
    assert ring.hex() in row.raw


def test_kml_folders_are_layers_and_a_zipped_one_is_read(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "areas.kml"
    Kml().write(path, [Feature(SQUARE, {"Name": "a"})], layer="areas", about={})
    zipped = tmp_path / "areas.kmz"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.write(path, "doc.kml")
    [row] = read(zipped)
    assert row.geometry is not None
    assert row.geometry.equals(SQUARE)


def kml(path: Path, *placemarks: str) -> Path:
    body = "".join(f"<Placemark>{placemark}</Placemark>" for placemark in placemarks)
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>d</name>{body}</Document></kml>')
    return path


def kml_polygon(coordinates: str) -> str:
    ring = f"<LinearRing><coordinates>{coordinates}</coordinates></LinearRing>"
    return f"<name>a</name><Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"


@pytest.mark.parametrize(
    ("coordinates", "words"),
    [
        ("0,0 1,0 abc 1,1 0,0", "LinearRing, position 3: 'abc' is not longitude,latitude"),
        ("0,0 1 1,1 0,0", "position 2: '1' is not longitude,latitude"),
        ("0,0,0,1,0,0,1,1,0,0,0,0", "position 1"),
    ],
)
def test_a_kml_corner_that_cannot_be_read_never_makes_an_outline_smaller(
    tmp_path: Path, coordinates: str, words: str
) -> None:
    """2026-11-23, found while writing this: LIBKML read the first as a smaller triangle, without a word."""
    path = kml(tmp_path / "a.kml", kml_polygon("0,0 1,0 1,1 0,0"), kml_polygon(coordinates))
    good, broken = read(path)
    assert good.fault is None
    assert broken.geometry is None
    assert broken.fault is not None
    assert words in broken.fault.message
    assert coordinates in broken.raw


def test_kml_as_people_write_it_is_read(tmp_path: Path) -> None:
    path = kml(
        tmp_path / "a.kml",
        kml_polygon("\n 0, 0,5\t1,0 1,1\n 0,0,5 "),
        "<name>nowhere</name>",
        "<MultiGeometry><Point><coordinates>1,2</coordinates></Point><Point><coordinates>3,4</coordinates></Point></MultiGeometry>",
        '<ExtendedData><Data name="status"><value>open</value></Data></ExtendedData><Model/>',
    )
    rows = list(read(path))
    assert rows[0].geometry is not None
    assert rows[0].geometry.equals_exact(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))
    assert not rows[0].geometry.has_z
    assert rows[1].geometry is None
    assert rows[1].fault is None
    assert rows[2].geometry == shapely.MultiPoint([(1, 2), (3, 4)])
    assert rows[3].fault is not None
    assert rows[3].attributes["status"] == "open"


def test_kml_that_would_grow_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.kml"
    path.write_text('<!DOCTYPE kml [<!ENTITY a "aaaa">]><kml><Document><name>&a;</name></Document></kml>')
    with pytest.raises(FileRefused, match="defines entities"):
        read(path)


def test_kml_folders_that_share_a_name_are_two_layers(tmp_path: Path) -> None:
    path = tmp_path / "two.kml"
    folder = f"<Folder><name>f</name><Placemark>{kml_polygon('0,0 1,0 1,1 0,0')}</Placemark></Folder>"
    path.write_text(f"<kml><Document>{folder}{folder}</Document></kml>")
    with pytest.raises(FileRefused, match=r"it has 2 layers.*f, f \(#2\)"):
        read(path)
    assert len(list(read(path, layer="f (#2)"))) == 1


def test_a_file_of_no_known_format_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "areas.bin"
    path.write_bytes(b"\x00\x01\x02\x00\x00")
    with pytest.raises(FileRefused, match="of no format known here; give one of GeoPackage"):
        format_of(path)
    with pytest.raises(FileRefused, match="No such file"):
        format_of(tmp_path / "none.geojson")


@pytest.mark.parametrize(("crs", "shift_m"), [("EPSG:4258", 1.0), ("EPSG:25833", 1.0), ("EPSG:32633", 0.0)])
def test_a_reference_system_with_one_operation_is_read_with_its_accuracy(
    tmp_path: Path, crs: str, shift_m: float
) -> None:
    """2026-11-28: PROJ tells no last operation where there is but one: ETRS89 ended in a traceback."""
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=True).transform(17.1, 44.9)
    path = tmp_path / "areas.gpkg"
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(shapely.Point(x, y))], dtype=object), [np.array([1])], ["n"],
        layer="areas", geometry_type="Point", crs=crs,
    )  # fmt: skip
    reading = read(path)
    [row] = reading
    assert row.geometry is not None
    assert row.geometry.distance(shapely.Point(17.1, 44.9)) < 1e-5
    assert reading.shift_m == shift_m


def test_a_reference_system_on_another_body_is_refused_with_words(tmp_path: Path) -> None:
    """2026-11-28: found by changing single bytes of a file: PROJ's refusal to make an operation was a traceback."""
    path = tmp_path / "areas.shp"
    write_shapefile(path, crs=None)
    with pytest.raises(FieldRefused, match="cannot be brought to WGS 84"):
        list(read(path, crs="IAU_2015:30100"))
