"""A box that a file states for one feature beside its point is the extent of what is there, in every format."""

from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats import format_of
from merestone.exchange.meaning import Meanings
from merestone.exchange.meaning.corners import with_corners
from merestone.exchange.places.corner_columns import corner_columns
from merestone.exchange.rows.row import Row
from merestone.register.programme import kind_of_layer
from merestone.terms import RecordKind

WEST, SOUTH, EAST, NORTH = 17.095, 44.895, 17.115, 44.915
BOX = shapely.box(WEST, SOUTH, EAST, NORTH)
POINT = '"geometry":{"type":"Point","coordinates":[17.105,44.905]}'
NUMBERS = f"[{WEST},{SOUTH},{EAST},{NORTH}]"
GPX = (
    '<gpx xmlns="http://www.topografix.com/GPX/1/1" xmlns:g="urn:x" version="1.1" creator="x">'
    '<wpt lat="44.905" lon="17.105"><extensions>{}</extensions></wpt></gpx>'
)
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:x="urn:x"><Placemark>{}<Point><coordinates>17.105,44.905'
    "</coordinates></Point></Placemark></kml>"
)
REGION = (
    f"<Region><LatLonAltBox><north>{NORTH}</north><south>{SOUTH}</south><east>{EAST}</east><west>{WEST}</west>"
    "</LatLonAltBox>{}</Region>"
)
GML = (
    '<w:FeatureCollection xmlns:w="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" xmlns:t="urn:t">'
    '<gml:featureMember><t:h><gml:boundedBy><gml:Envelope srsName="{}"><gml:lowerCorner>{}</gml:lowerCorner>'
    '<gml:upperCorner>{}</gml:upperCorner></gml:Envelope></gml:boundedBy><t:g><gml:Point srsName="{}"><gml:pos>{}'
    "</gml:pos></gml:Point></t:g></t:h></gml:featureMember></w:FeatureCollection>"
)
LON_LAT = ("EPSG:4326", f"{WEST} {SOUTH}", f"{EAST} {NORTH}", "EPSG:4326", "17.105 44.905")
URN = "urn:ogc:def:crs:EPSG::4326"
LAT_LON = (URN, f"{SOUTH} {WEST}", f"{NORTH} {EAST}", URN, "44.905 17.105")
ELEMENTS = (
    "<g:bounds><g:minlat>{1}</g:minlat><g:minlon>{0}</g:minlon><g:maxlat>{3}</g:maxlat><g:maxlon>{2}</g:maxlon>"
    "</g:bounds>"
)

BOXED = {
    "a.geojson": f'{{"type":"Feature","bbox":{NUMBERS},"properties":{{}},{POINT}}}',
    "b.geojson": f'{{"type":"Feature","properties":{{}},{POINT[:-1]},"bbox":{NUMBERS}}}}}',
    "c.geojson": f'{{"type":"Feature","properties":{{"extent":[{WEST},{NORTH},{EAST},{SOUTH}]}},{POINT}}}',
    "d.gpx": GPX.format(f'<g:bounds minlat="{SOUTH}" minlon="{WEST}" maxlat="{NORTH}" maxlon="{EAST}"/>'),
    "e.gpx": GPX.format(ELEMENTS.format(WEST, SOUTH, EAST, NORTH)),
    "f.kml": KML.format(REGION.format("")),
    "g.kml": KML.format(f"<ExtendedData><x:area><x:bbox>{NUMBERS[1:-1]}</x:bbox></x:area></ExtendedData>"),
    "h.gml": GML.format(*LON_LAT),
    "i.gml": GML.format(*LAT_LON),
    "j.csv": f'id,lat,lon,extent\n1,44.905,17.105,"ENVELOPE({WEST},{EAST},{NORTH},{SOUTH})"\n',
}
NOT_BOXED = {
    "a.geojson": f'{{"type":"Feature","bbox":[17.105,44.905,17.105,44.905],"properties":{{}},{POINT}}}',
    "b.geojson": f'{{"type":"FeatureCollection","bbox":{NUMBERS},"features":[{{"type":"Feature","properties":{{}},'
    f"{POINT}}}]}}",
    "c.kml": KML.format(REGION.format("<Lod><minLodPixels>128</minLodPixels></Lod>")),
    "d.gpx": GPX.format("<g:note>x</g:note>").replace("<wpt", f'<bounds minlat="{SOUTH}" minlon="1"/><wpt'),
    "e.gml": GML.format("EPSG:4326", "17.105 44.905", "17.105 44.905", "EPSG:4326", "17.105 44.905"),
}


def meant(tmp_path: Path, name: str, text: str) -> BaseGeometry:
    path = tmp_path / name
    path.write_text(text)
    [row] = format_of(path).read(path)
    meanings = Meanings(RecordKind.SUSPECTED, kind_of_layer(RecordKind.SUSPECTED))
    [meaning] = meanings.of_all([row], meanings.of)
    assert meaning.geometry is not None
    return meaning.geometry


@pytest.mark.parametrize("name", BOXED)
def test_the_box_of_a_feature_is_its_area(tmp_path: Path, name: str) -> None:
    """2026-11-30: only the point was taken, and within its box none recorded."""
    geometry = meant(tmp_path, name, BOXED[name])
    assert geometry.buffer(1e-9).contains(BOX)
    assert BOX.buffer(1e-4).contains(geometry)


@pytest.mark.parametrize("name", NOT_BOXED)
def test_the_box_of_a_file_or_of_a_level_of_detail_is_none_of_a_hazard(tmp_path: Path, name: str) -> None:
    assert meant(tmp_path, name, NOT_BOXED[name]).geom_type == "Point"


def test_an_extent_in_another_system_leaves_open_how_far_the_hazard_reaches(tmp_path: Path) -> None:
    path = tmp_path / "a.gml"
    path.write_text(GML.format("EPSG:3857", "1902000 5604000", "1905000 5607000", "EPSG:4326", "17.105 44.905"))
    [row] = format_of(path).read(path)
    assert row.shift_m != row.shift_m
    assert row.remarks


SIDES = st.integers(100, 20_000)


@given(
    west_e6=st.integers(-170_000_000, 170_000_000), south_e6=st.integers(-80_000_000, 80_000_000),
    width_e5=SIDES, height_e5=SIDES,
    order=st.sampled_from(
        ["west south east north", "south west north east", "south north west east", "west east south north",
         "west north east south", "west east north south", "north west south east", "north south east west",
         "north east south west", "south north east west"]
    ),
)  # fmt: skip
def test_a_box_in_any_usual_order_is_never_smaller_than_it_is(
    west_e6: int, south_e6: int, width_e5: int, height_e5: int, order: str
) -> None:
    west, south, width, height = west_e6 / 1e6, south_e6 / 1e6, width_e5 / 1e5, height_e5 / 1e5
    sides = {"west": west, "south": south, "east": west + width, "north": south + height}
    values = {"id": 1, "bbox": ",".join(repr(sides[side]) for side in order.split())}
    point = shapely.Point(west + width / 2, south + height / 2)
    outline = with_corners(Row(1, point, values), values, point, corner_columns(tuple(values)))
    assert outline is not None
    box = shapely.box(west, south, west + width, south + height)
    shape = outline.shape.geometry
    assert shape is not None
    assert shape.buffer(1e-6).contains(box)
