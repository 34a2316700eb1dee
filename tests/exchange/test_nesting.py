"""Geometries nested so deep that reading them would end the process are refused with words."""

import struct

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.places.text_geometry import TextGeometryInvalid, parse_text_geometry
from merestone.exchange.rows.nesting import is_wkb_too_deep, is_wkt_too_deep
from merestone.exchange.rows.row import geometries_from_wkb, geometry_from_wkb

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
    assert "nested too deeply" in fault.message
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


def test_what_is_read_together_is_what_is_read_alone() -> None:
    """2026-11-28: half of the time to read plots of a GeoPackage went into reading one geometry at a time."""
    whole = [
        shapely.to_wkb(shapely.from_wkt(text), byte_order=order)
        for text in ("POINT (1 2)", "LINESTRING (0 0, 1 1)", "POLYGON ((0 0, 0 1, 1 1, 0 0))", "POINT Z (1 2 3)",
                     "MULTIPOINT ((0 0), (1 1))", "GEOMETRYCOLLECTION (POINT (1 2))", "POLYGON EMPTY")
        for order in (0, 1)
    ]  # fmt: skip
    unclosed = shapely.to_wkb(shapely.from_wkt("LINESTRING (0 0, 0 1, 1 1, 0 0)")).replace(b"\1\2\0\0\0", b"\1\3\0\0\0")
    curve = b"\1" + (8).to_bytes(4, "little") + (3).to_bytes(4, "little") + struct.pack("<6d", 0, 0, 1, 1, 2, 0)
    wkbs: list[bytes | None] = [
        *whole,
        *(wkb[:-3] for wkb in whole),
        unclosed,
        curve,
        b"",
        b"\1",
        None,
        b"no WKB at all",
    ]
    together, alone = geometries_from_wkb(wkbs), [geometry_from_wkb(wkb) for wkb in wkbs]
    for (geometry, fault), (expected, expected_fault) in zip(together, alone, strict=True):
        assert (geometry is None) == (expected is None)
        assert geometry is None or shapely.equals_identical(geometry, expected)
        assert fault == expected_fault
