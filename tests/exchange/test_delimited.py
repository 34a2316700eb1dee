"""Tables of text as people write them: every separator, notation, name and encoding gives the same places."""

import csv
import io
import random
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.exchange import Row, read
from merestone.exchange.formats import _table
from merestone.exchange.formats.delimited import Delimited
from merestone.terms import FileRefused

PLACE = shapely.Point(17.105, 44.905)


def rows_of(folder: Path, text: str | bytes, *, name: str = "areas.csv", **options: str) -> list[Row]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read(path, **options))


def one_of(folder: Path, text: str | bytes, **options: str) -> Row:
    [row] = rows_of(folder, text, **options)
    return row


@pytest.mark.parametrize(
    "text",
    [
        "id,lat,lon\n1,44.905,17.105\n",
        "id;lat;lon\n1;44,905;17,105\n",
        "id\tlat\tlon\n1\t44,905\t17.105\n",
        "id|Latitude|Longitude\n1|44.905|17.105\n",
        "sep=;\nid;lat;lon\n1;44.905;17.105\n",
        "\n\r\n\nid,lat,lon\r\n1,44.905,17.105\r\n\r\n",
        "id,lat,lon\r1,44.905,17.105\r",
        "Register of areas,,\nas of May,,\nid,lat,lon\n1,44.905,17.105\n",
        'id,lat,lon\n1,"44,905","17,105"\n',
        'id,lat,lon\n1,"44°54\'18"" N","17°06\'18"" E"\n',
        "id,lat,lon\n1,44°54'18\" N,17°06'18\" E\n",
        "id,lat,lon\n1,N44.905,E17.105\n",
        "id,lat,lon\n1,44.905N,17.105E\n",
        "id,lat,lon\n1,44.905°,17.105°\n",
        "id,lat,lon\n1,44 54 18,17 06 18\n",
        "id,lat,lon\n1,с.ш. 44.905,в.д. 17.105\n",
        "id,POINT_X,POINT_Y,Shape\n1,17.105,44.905,Point\n",
        "OBJECTID,SHAPE,Latitude,Longitude\n1,0C0000001000000001000000A1B2C3D4E5F60718,44.905,17.105\n",
        "Hazard ID,Breite,Lange\n#meta+id,#geo+lat,#geo+lon\n1,44.905,17.105\n",
        "#meta+id,#geo+lat,#geo+lon\n1,44.905,17.105\n",
        '#meta+id,#geo+coord\n1,"44.905, 17.105"\n',
        "_location_latitude,_location_longitude\n44.905,17.105\n",
        "location-Latitude,location-Longitude,location-Accuracy\n44.905,17.105,4\n",
        "hazard.Latitude,hazard.Longitude\n44.905,17.105\n",
        "hazard/location\n44.905 17.105 210.5 4.2\n",
        "Länge,Breite\n17.105,44.905\n",
        "longitud,latitud\n17.105,44.905\n",
        "Географическая долгота,Географическая широта\n17.105,44.905\n",
        "خط الطول,خط العرض\n17.105,44.905\n",
        "longitude_dd,latitude_dd\n17.105,44.905\n",
        "gps_lat,gps_lon,reference_lat,reference_lon\n44.905,17.105,44.95,17.15\n",
        'id,coordinates\n1,"44.905, 17.105"\n',
        'id,Lon/Lat\n1,"17.105, 44.905"\n',
        "id;GPS\n1;44,905; 17,105\n".replace("44,905; 17,105", '"44,905; 17,105"'),
        "id,Ort\n1,44.905 N 17.105 E\n",
        "id,the_geom\n1,POINT (17.105 44.905)\n",
        'id,geometry\n1,"{""type"":""Point"",""coordinates"":[17.105,44.905]}"\n',
        f"id,geom\n1,{shapely.to_wkb(PLACE, hex=True)}\n",
        "id,geom\n1,SRID=4326;POINT(17.105 44.905)\n",
        "wkt,lat,lon\n,44.905,17.105\n",
        "id,wo\n1,POINT (17.105 44.905)\n",
    ],
)
def test_every_way_of_writing_a_table_gives_the_place(tmp_path: Path, text: str) -> None:
    """2026-11-28, files of users: all of these ended in quarantine, or the whole file was refused."""
    row = one_of(tmp_path, text)
    assert row.fault is None
    assert row.geometry is not None
    assert shapely.distance(row.geometry, PLACE) < 1e-9


@pytest.mark.parametrize(
    ("text", "widened_m"),
    [
        ("zone,easting,northing\n33T,665800,4973987\n", 0.8),
        ("UTM zone;Rechtswert;Hochwert\n33 N;665 800;4 973 987\n", 0.8),
        ("easting,northing,zone,hemisphere\n665800,4973987,33,North\n", 0.8),
        ("UTM 33N Easting,UTM 33N Northing\n665800,4973987\n", 0.8),
        ("x_utm33n,y_utm33n\n665800.0,4973987.0\n", 0.1),
        ("id,MGRS\n1,33TXK6580073987\n", 0.8),
        ("id,Grid Reference\n1,33T XK 65800 73987\n", 0.8),
        ("id,mgrs\n1,33TXK657739\n", 71.0),
    ],
)
def test_grids_are_read_and_widen_by_what_they_leave_open(tmp_path: Path, text: str, widened_m: float) -> None:
    """2026-11-28: an MGRS square is no point; its half diagonal goes to the accuracy."""
    row = one_of(tmp_path, text)
    assert row.geometry is not None
    assert shapely.distance(row.geometry, shapely.Point(17.1, 44.9)) < widened_m / 75_000
    assert row.shift_m <= widened_m


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,lat,lon\n1,44.905,\n", "lon is empty; give both"),
        ("id,lat,lon\n1,17.May,44.9\n", "lat = '17.May' is not a position"),
        ("zone,easting,northing\n33,665800,4973987\n", "zone = '33' gives no UTM zone with its letter"),
        ("wkt,lat,lon\nPOINT (17.1 44.9),48.9,30.1\n", "lies 1,0[0-9]{2} km from the one in lon, lat"),
        ("id,geom\n1,SRID=999999;POINT(17 44)\n", "EPSG:999999, which is not a reference system known here"),
        ("id,lat,lon\n\x001,\x00,\x00\n", "lat = '' is not|zero bytes"),
    ],
)
def test_what_contradicts_itself_is_refused_with_the_cell(tmp_path: Path, text: str, words: str) -> None:
    rows = rows_of(tmp_path, text)
    if "zero" in words:
        assert rows[0].geometry is None
        assert rows[0].remarks[0].code == "zero_byte"
        return
    assert rows[0].geometry is None
    assert rows[0].fault is not None
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(rows[0].fault.message)


def test_a_stated_reference_system_is_honoured(tmp_path: Path) -> None:
    """2026-11-28: `SRID=4314;` was cut off, and the place lay 173 m beside."""
    text = "id,geom\n1,SRID=4314;POINT(17.1 44.9)\n2,SRID=32633;POINT(665800 4973987)\n3,SRID=4326;POINT(17.1 44.9)\n"
    old, utm, plain = rows_of(tmp_path, text)
    assert (old.crs, utm.crs, plain.crs) == ("EPSG:4314", "EPSG:32633", "EPSG:4326")
    assert old.geometry is not None
    assert shapely.distance(old.geometry, shapely.Point(17.1, 44.9)) > 1e-3
    assert old.moved_m is not None
    assert old.moved_m > 0 or old.moved_m != old.moved_m
    assert utm.geometry is not None
    assert shapely.distance(utm.geometry, shapely.Point(17.1, 44.9)) < 1e-4
    assert plain.geometry == shapely.Point(17.1, 44.9)


@pytest.mark.parametrize("inside", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_only_ends_of_lines_end_a_row(tmp_path: Path, inside: str) -> None:
    """2026-11-28: U+2028 in a remark cut the row in two; the hazard went to quarantine beside a phantom row."""
    rows = rows_of(tmp_path, f"id,remark,lat,lon\n1,first{inside}second,44.9,17.1\n2,ok,44.9,17.2\n")
    assert [row.attributes["remark"] for row in rows] == [f"first{inside}second", "ok"]
    assert all(row.geometry is not None for row in rows)


def test_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    """2026-11-28: Python's csv refuses cells over 131,072 characters, and our own exports have them."""
    ring = shapely.Point(17.1, 44.9).buffer(0.01, quad_segs=2000)
    row = one_of(tmp_path, f'id,wkt\n1,"{shapely.to_wkt(ring, rounding_precision=17)}"\n')
    assert row.geometry is not None
    assert shapely.get_num_coordinates(row.geometry) == shapely.get_num_coordinates(ring)


def test_an_open_quotation_mark_is_refused_with_the_line_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"line 3: a quotation mark is not closed.*read to line 5"):
        rows_of(tmp_path, 'id,lat,lon\n1,44,17\n2,"44,17\n3,44,17\n4,44,17\n')


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1250", "Šamac, Brčko, Žepče"), ("cp1251", "Минное поле, Ізюм"), ("cp1257", "Žagarė, Mažeikių"),
     ("cp1252", "forêt près de la rivière"), ("cp1254", "Iğdır, mayın tarlası"), ("cp1256", "حقل ألغام"),
     ("utf-8-sig", "Čapljina"), ("utf-16", "Ізюм"), ("utf-16-le", "Čapljina")],
)  # fmt: skip
def test_text_of_old_systems_is_read_and_the_reading_told(tmp_path: Path, encoding: str, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"id;name;lat;lon\n1;{name};44.9;17.1\n".encode(encoding))
    reading = read(path)
    [row] = reading
    assert row.attributes["name"] == name
    assert any("how its text is encoded" in note for note in reading.notes) == encoding.startswith("cp")
    [named] = read(path, encoding=encoding)
    assert named.attributes["name"] == name


def test_bytes_that_are_not_in_the_encoding_stay_as_they_were(tmp_path: Path) -> None:
    content = (
        "id,name,lat,lon\n1,Čapljina Široki Žepče Brčko šuma kuća,44.9,17.1\n".encode() + b"2,\xc8apljina,44.9,17.1\n"
    )
    first, second = rows_of(tmp_path, content)
    assert first.remarks == ()
    assert second.attributes["name"] == r"\xc8apljina"
    assert second.raw.endswith(r"2,\xc8apljina,44.9,17.1")
    assert [remark.code for remark in second.remarks] == ["text_not_decoded"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lon=st.floats(-180, 180).map(lambda v: round(v, 9)),
    lat=st.floats(-90, 90).map(lambda v: round(v, 9)),
    remark=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    separator=st.sampled_from(",;\t|"),
)
def test_what_any_program_writes_is_read(tmp_path: Path, lon: float, lat: float, remark: str, separator: str) -> None:
    """The separator and the quotation marks as Python's csv writes them; the number as anybody does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([["remark", "lat", "lon"], [remark, lat, lon], ["x", lat, lon]])
    first, second = rows_of(tmp_path, out.getvalue())
    assert first.geometry == second.geometry == shapely.Point(lon, lat)
    assert (first.attributes["remark"] or "") == remark


def test_no_bytes_stop_the_reading_with_a_traceback(tmp_path: Path) -> None:
    random_bytes = random.Random(17)
    seed = b'id;wkt;lat;lon;remark\r\n1;"POLYGON((17 44,18 44,18 45,17 44))";44,905;17,105;"a ""b"""\n2;;N44;E17;\n'
    for _ in range(400):
        content = bytearray(seed)
        for _ in range(random_bytes.randrange(1, 6)):
            at = random_bytes.randrange(len(content))
            content[at : at + random_bytes.randrange(3)] = random_bytes.randbytes(random_bytes.randrange(3))
        try:
            rows = rows_of(tmp_path, bytes(content))
        except FileRefused:
            continue
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))


def test_a_mapping_says_which_columns_give_the_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,lat,lon,east,north\n1,1.0,2.0,17.105,44.905\n")
    [row] = Delimited().with_place_columns({"east": "longitude", "north": "latitude"}).read(path)
    assert row.geometry is not None
    assert shapely.distance(row.geometry, PLACE) < 1e-9
    assert row.attributes == {"id": "1", "lat": "1.0", "lon": "2.0"}


def test_the_semicolons_of_an_outline_are_not_the_separator(tmp_path: Path) -> None:
    """2026-11-28: a CSV of a form whose outlines hold more semicolons than the table has commas was refused."""
    outline = "; ".join(f"44.9{i} 17.1{i % 2} 0 0" for i in range(5))
    path = tmp_path / "form.csv"
    path.write_text(f"id,area_geoshape\n1,{outline}\n2,{outline}\n")
    rows = list(Delimited().read(path))
    assert [row.geometry is not None for row in rows] == [True, True]


def test_a_comma_in_a_title_is_not_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "titled.csv"
    path.write_text("Survey, May 2026\nid;lon;lat\n1;17,1;44,9\n2;17,2;44,9\n")
    assert [row.geometry is not None for row in Delimited().read(path)] == [True, True]


def test_a_header_of_thousands_of_columns_of_one_name_is_read_at_once(tmp_path: Path) -> None:
    """2026-11-28, fuzzing: each looked for a free name among all earlier ones, and 50 KB took minutes."""
    path = tmp_path / "wide.csv"
    path.write_text(f"lat,lon{',a' * 5_000}\n44.9,17.1{',1' * 5_000}\n", encoding="utf-8")
    (row,) = Delimited().read(path)
    assert row.geometry == shapely.Point(17.1, 44.9)
    assert {"a", "a_2", "a_5000"} <= set(row.attributes)


def test_a_table_of_tens_of_thousands_of_columns_is_refused(tmp_path: Path) -> None:
    """2026-11-28, fuzzing: such a table took minutes, and its refusal named every column."""
    with pytest.raises(FileRefused, match=r"line 2 has 50,002 columns, and more than 10,000 are not read"):
        rows_of(tmp_path, f"lat,lon,a\n44.9,17.1{',1' * 50_000}\n")
    with pytest.raises(FileRefused) as refused:
        rows_of(tmp_path, f"n{',m' * 3_000}\n1{',1' * 3_000}\n")
    assert len(str(refused.value)) < 1_000


def test_a_file_that_names_hundreds_of_systems_is_not_followed_into_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-28: 1 MB of rows, each in another system, took minutes."""
    monkeypatch.setattr(_table, "MOST_SYSTEMS", 3)
    rows = rows_of(tmp_path, "id,wkt\n" + "".join(f"{n},SRID={n};POINT(17 45)\n" for n in (4258, 4314, 4284, 4258)))
    assert [row.geometry is not None for row in rows] == [True, True, False, True]
    assert rows[2].fault is not None
    assert "names over 3 systems" in rows[2].fault.message
