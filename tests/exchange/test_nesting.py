"""Geometries nested so deep that reading them would end the process are refused with words."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.places.text_geometry import TextGeometryInvalid, parse_text_geometry
from merestone.exchange.rows.nesting import is_wkb_too_deep, is_wkt_too_deep
from merestone.exchange.rows.row import geometry_from_wkb

DEEP = 60_000
COLLECTION_OF_ONE = b"\x01" + (7).to_bytes(4, "little") + (1).to_bytes(4, "little")
COLLECTION_OF_TWO = b"\x01" + (7).to_bytes(4, "little") + (2).to_bytes(4, "little")
POINT = shapely.to_wkb(shapely.Point(1, 2))


@pytest.mark.parametrize(
    "wkb",
    [COLLECTION_OF_ONE * DEEP + POINT, COLLECTION_OF_TWO + POINT + COLLECTION_OF_ONE * DEEP + POINT],
    ids=["first", "second"],
)
def test_collections_nested_too_deeply_are_refused(wkb: bytes) -> None:
    """2026-11-28, found by trying: GEOS 3.14 ended the process on half a megabyte of such bytes."""
    geometry, fault = geometry_from_wkb(wkb)
    assert geometry is None
    assert fault is not None
    assert "nested too deeply" in fault.words
    with pytest.raises(TextGeometryInvalid, match="nested too deeply"):
        parse_text_geometry(wkb.hex())
    with pytest.raises(TextGeometryInvalid, match="nested too deeply"):
        parse_text_geometry("GEOMETRYCOLLECTION(" * DEEP + "POINT(1 2)" + ")" * DEEP)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=20), st.booleans(), st.booleans())
def test_flat_geometries_are_never_too_deep(parts: list[int], has_z: bool, has_srid: bool) -> None:
    z = (5.0,) if has_z else ()
    polygon = shapely.Polygon([(7.0, 7.0, *z), (8.0, 7.0, *z), (8.0, 8.0, *z)])
    geometry = shapely.set_srid(shapely.GeometryCollection([shapely.MultiPolygon([polygon] * n) for n in parts]), 4326)
    assert not is_wkb_too_deep(
        shapely.to_wkb(geometry, include_srid=has_srid, flavor="iso" if not has_srid else "extended")
    )
    assert not is_wkt_too_deep(shapely.to_wkt(geometry))
