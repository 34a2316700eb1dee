"""1.200 in a file of decimal commas is 1200, and where nothing settles it, it is read as what warns of more."""

from pathlib import Path

import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from merestone.exchange import import_file
from merestone.exchange.places.accuracy_text import accuracy_in_text
from merestone.exchange.places.bearing_columns import bearing_columns, distance_away
from merestone.exchange.places.decimal_marks import DecimalMarks
from merestone.exchange.places.extent_text import extents_in_text
from merestone.exchange.places.measures import radius_measures
from merestone.register import Register
from merestone.terms import RecordKind

MARKS = (".", ",", " ", "'", "\u2019", "\u00a0", "\u202f", "\u2009", "")


@given(
    thousands=st.integers(1, 99), rest=st.integers(0, 999), mark=st.sampled_from(MARKS),
    before=st.sampled_from(["", "ca. ", "< ", "± ", "500 - "]), unit=st.sampled_from(["", " m", "m"]),
)  # fmt: skip
@example(thousands=1, rest=200, mark=".", before="", unit="")
def test_a_number_in_thousands_is_never_read_as_less(
    thousands: int, rest: int, mark: str, before: str, unit: str
) -> None:
    metres = thousands * 1000 + rest
    text = f"{thousands}{mark}{rest:03}"
    cell = {"radius": f"{before}{text}{unit}"}
    [measure] = radius_measures(cell)
    marks = DecimalMarks()
    marks.look_at([{"depth": "12,5"}], ["radius"])
    assert measure.metres_of(marks.values(cell, ["radius"], (), [measure])) == metres
    remark = {"note": f"radius {text} m; accuracy {text} m"}
    read = marks.values(remark, (), ["note"])["note"]
    assert max(extent.across_m for extent in extents_in_text(read)) == 2 * metres
    written = accuracy_in_text(read)
    assert written is not None
    assert written.metres == metres
    away = {"note": f"{text} m N of this point"}
    stated = distance_away(marks.values(away, (), ["note"]), bearing_columns(("note",)))
    assert stated is not None
    assert stated.distance_m == metres


@given(whole=st.integers(1, 999), decimals=st.integers(0, 999))
def test_decimals_are_decimals_where_the_file_has_points_or_nothing_reaches_so_far(whole: int, decimals: int) -> None:
    cell = {"accuracy": f"{whole}.{decimals:03}"}
    marks = DecimalMarks()
    marks.look_at_places(["44.905", "17.105"])
    assert marks.values(cell, ["accuracy"], ()) is cell
    in_kilometres = {"radius_km": cell["accuracy"], "note": f"radius {cell['accuracy']} km"}
    assert DecimalMarks(has_comma=True).values(in_kilometres, ["radius_km"], ["note"]) is in_kilometres


@pytest.mark.parametrize(
    ("cells", "may_group"),
    [
        (["12,5"], True), (["1.234,5"], True), (["1.234.567"], True), (["12.5"], False), (["1,234.5"], False),
        (["1.200"], True), (["12.5", "12,5"], True), (["0.250"], False), (["17,1"], True), ([], True),
    ],
)  # fmt: skip
def test_other_numbers_settle_it(cells: list[str], may_group: bool) -> None:
    marks = DecimalMarks()
    marks.look_at(({"radius": cell} for cell in cells), ["radius"])
    assert marks.may_group == may_group


@pytest.mark.parametrize("text", ["POINT(17.105 44.905)", "2026-01-01T00:00:10.000Z", "17.105, 44.905", "17.105"])
def test_coordinates_and_moments_in_texts_are_left_as_they_are(text: str) -> None:
    values = {"note": text}
    assert DecimalMarks().values(values, (), ["note"]) is values


POINT = '"geometry":{"type":"Point","coordinates":[17.105,44.905]}'
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><ExtendedData><Data name="radius">'
    "<value>1.200</value></Data></ExtendedData><Point><coordinates>17.105,44.905</coordinates></Point></Placemark>"
    "</Document></kml>"
)


GML = (
    '<w:FeatureCollection xmlns:w="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" xmlns:t="urn:t">'
    '<gml:featureMember><t:h><t:radius uom="km">1.2</t:radius><t:g><gml:Point srsName="EPSG:4326">'
    "<gml:pos>17.105 44.905</gml:pos></gml:Point></t:g></t:h></gml:featureMember></w:FeatureCollection>"
)
GPX = (
    '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="x"><wpt lat="44.905" lon="17.105">'
    '<extensions><radius unit="km">1.2</radius></extensions></wpt></gpx>'
)


@pytest.mark.parametrize(
    ("name", "text", "reach_m"),
    [
        ("a.csv", "id;lat;lon;radius;depth\n1;44.905;17.105;1.200;12,5\n", 1200),
        ("b.csv", "id;lat;lon;accuracy_m\n1;44,905;17,105;1.200\n", 1200),
        ("c.csv", "id,lat,lon,accuracy_m\n1,44.905,17.105,1.200\n", 25),
        ("d.csv", "id,lat,lon,note\n1,44.905,17.105,radius 1.200 m\n", 1200),
        ("e.geojson", '{"type":"Feature","properties":{"id":1,"radius":"1.200"},' + POINT + "}", 1200),
        ("f.kml", KML, 1200),
        ("g.csv", "id,lat,lon,note\n1,44.905,17.105,radius 1½ km\n", 1500),
        ("h.csv", "id,lat,lon,std_x,std_y\n1,44.905,17.105,500,400\n", 500 * 2.4477),
        ("i.csv", "id,lat,lon,radius (x100 m)\n1,44.905,17.105,12\n", 1200),
        ("j.geojson", '{"type":"Feature","properties":{},' + POINT[:-1] + ',"radius":1200}}', 1200),
        ("k.geojson", '{"type":"Feature","properties":{},' + POINT[:-1] + ',"accuracy":1200}}', 1200),
        ("m.csv", "id,lat,lon,radius,unit\n1,44.905,17.105,1.2,km\n", 1200),
        ("n.csv", "id,lat,lon,accuracy,accuracy_unit\n1,44.905,17.105,1.2,km\n", 1200),
        ("o.gml", GML, 1200),
        ("p.gpx", GPX, 1200),
        ("l.csv", "id,lat,lon,circle_r\n1,44.905,17.105,1200\n", 1200),
    ],
)
def test_a_file_of_each_kind(tmp_path: Path, name: str, text: str, reach_m: float) -> None:
    """2026-11-30: a radius of 1.200 in a table of decimal commas was one of 1.2 m, and 600 m from it none recorded.

    So it was with 1½ km, which was 11 m, and with what no column or remark was known to state.
    """
    path = tmp_path / name
    path.write_text(text)
    with Register.create(tmp_path / "r.gpkg", label="SYNTHETIC") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="test", accuracy_m=25.0, by="test")
        [record] = register.as_of().records
    assert any("dot in" in note for note in report.notes) == ("1.200" in text and reach_m > 25)
    north_m = (record.geometry.bounds[3] - 44.905) * 111_000
    assert record.accuracy_m is not None
    assert north_m + record.accuracy_m >= reach_m * 0.99
    assert north_m + record.accuracy_m <= reach_m * 1.05 + 25
    assert record.geometry.buffer(1e-9).contains(shapely.Point(17.105, 44.905))
