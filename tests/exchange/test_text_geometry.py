"""Geometries in cells of text: every notation people write, and nothing else taken for one."""

import json
from contextlib import suppress

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.text_geometry import TextGeometryInvalid, parse_text_geometry

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
     "CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))"],
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
