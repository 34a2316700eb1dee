"""Geometries in cells of text: every notation people write, and nothing else taken for one."""

import json
from contextlib import suppress

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.places.text_geometry import TextGeometryInvalid, parse_text_geometry

SQUARE = shapely.Polygon([(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)])
CORNERS = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91), (17.1, 44.9)]
NOTATIONS = {
    "WKT": SQUARE.wkt,
    "EWKT": f"SRID=4326;{SQUARE.wkt}",
    "WKB": shapely.to_wkb(SQUARE, hex=True),
    "EWKB": shapely.to_wkb(shapely.set_srid(SQUARE, 4326), hex=True, include_srid=True),
    "GeoJSON": json.dumps(shapely.geometry.mapping(SQUARE)),
    "geoshape": ";".join(f"{lat} {lon} 0 4.5" for lon, lat in CORNERS),
    "geotrace": " ; ".join(f"{lat} {lon} 210.3 {acc}" for acc, (lon, lat) in enumerate(CORNERS[:4])),
    "geopoint": "44.9 17.1 0 12",
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_is_read(notation: str) -> None:
    found = parse_text_geometry(f"  {NOTATIONS[notation]} ")
    assert found is not None
    assert found.notation == notation
    assert found.srid == (4326 if notation.startswith("E") else None)
    assert found.accuracy_m == {"geoshape": 4.5, "geotrace": 3.0, "geopoint": 12.0}.get(notation)
    if found.geometry.geom_type == "Polygon":
        assert found.geometry.equals(SQUARE)
    assert found.geometry.bounds[:2] == (17.1, 44.9)


@pytest.mark.parametrize(
    "text",
    ["", "Point of entry: the bridge", "44.9 17.1", "44.9", "2026-05-02", "{}", '{"type": "mine"}', "a;b;c", "1;2;3",
     "0102deadbeef", "00" * 20, "polygon", "12 13; by the road", "100 200 0 0", "1 2 3"],
)  # fmt: skip
def test_other_text_is_none(text: str) -> None:
    assert parse_text_geometry(text) is None


@pytest.mark.parametrize(
    "text",
    [SQUARE.wkt[:50], "POLYGON((17.1 44.9", "LINESTRING(1 1)", NOTATIONS["WKB"][:60], NOTATIONS["GeoJSON"][:60],
     '{"type": "Polygon", "coordinates": "x"}', "44.9 17.1 0 0; 44.9 17.2 0 0; 44.9 17.2 0 0; here",
     "CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0"],
)  # fmt: skip
def test_what_is_cut_off_is_told(text: str) -> None:
    with pytest.raises(TextGeometryInvalid):
        parse_text_geometry(text)


@given(st.text(max_size=60), st.sampled_from(list(NOTATIONS.values())), st.integers(0, 400), st.integers(0, 400))
def test_no_text_stops_the_reading(other: str, notation: str, cut: int, inserted: int) -> None:
    for text in (other, notation[:cut], notation[:inserted] + other + notation[inserted:]):
        with suppress(TextGeometryInvalid):
            found = parse_text_geometry(text)
            assert found is None or shapely.is_geometry(found.geometry)


@pytest.mark.parametrize("text", ["44 54.5 17 06.1", "44 54.5; 17 06.0", "44,9; 17,1", "44,9 17,1 0 5"])
def test_what_may_be_degrees_and_minutes_or_decimal_commas_is_no_shape_of_a_form(text: str) -> None:
    """2026-11-28: `44,9; 17,1` was read as a line from 9 E 44 N to 1 E 17 N."""
    assert parse_text_geometry(text) is None


def test_an_accuracy_of_zero_is_none_stated() -> None:
    """2026-11-28: Collect writes 0 for a point that was placed by hand on the map."""
    placed = parse_text_geometry("44.9 17.1 0.0 0.0")
    assert placed is not None
    assert placed.accuracy_m is None


@pytest.mark.parametrize(
    ("name", "srid"),
    [("EPSG:4314", 4314), ("urn:ogc:def:crs:EPSG::31276", 31276), ("urn:ogc:def:crs:OGC:1.3:CRS84", None)],
)
def test_the_reference_system_that_geojson_text_states_is_kept(name: str, srid: int | None) -> None:
    """2026-11-28: a crs member inside a cell was passed over."""
    found = parse_text_geometry(
        f'{{"type":"Point","coordinates":[17.1,44.9],"crs":{{"type":"name","properties":{{"name":"{name}"}}}}}}'
    )
    assert found is not None
    assert found.srid == srid
    with pytest.raises(TextGeometryInvalid, match="not known"):
        parse_text_geometry('{"type":"Point","coordinates":[17.1,44.9],"crs":{"type":"link"}}')


def test_surfaces_of_triangles_are_areas_and_srid_zero_is_none() -> None:
    found = parse_text_geometry("SRID=0;TIN(((0 0,1 0,1 1,0 0)),((0 0,1 1,0 1,0 0)))")
    assert found is not None
    assert found.srid is None
    assert found.geometry.area == 1.0


def test_pairs_say_that_their_order_was_assumed_and_a_forms_four_numbers_do_not() -> None:
    """2026-11-29: `17.1 44.9;17.11 44.9;...` was read as latitude first, and no word said so."""
    pairs, form = (parse_text_geometry(f"44.9 17.1{end}; 44.91 17.1{end}; 44.91 17.2{end}") for end in ("", " 0 0"))
    assert pairs is not None
    assert form is not None
    assert (pairs.remark and pairs.remark.code, form.remark) == ("axes_assumed", None)
