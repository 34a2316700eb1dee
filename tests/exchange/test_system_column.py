"""A column that states the datum or the reference system of each row is honoured, or the row is refused."""

import json
import math
from pathlib import Path

import pyproj
import pytest
import shapely

from merestone.exchange.formats import format_of
from merestone.exchange.meaning import Meanings
from merestone.exchange.places.system_column import stated_system, system_column
from merestone.register.programme import kind_of_layer
from merestone.terms import RecordKind

PLACE = (17.105, 44.905)


@pytest.mark.parametrize(
    ("name", "text", "system"),
    [
        *((name, cell, None) for name in ("datum", "crs") for cell in ("WGS84", "WGS 1984", "EPSG:4326",
        "GCS_WGS_1984", "", "DMS")),
        ("crs", "lat/lon", None), ("Datum", "02.05.2026", None), ("Datum", "2026", None), ("datum", "ED50",
        "EPSG:4230"),
        ("datum", "СК-42", "EPSG:4284"), ("geodeticDatum", "EPSG:4230", "EPSG:4230"), ("srid", "32633", "EPSG:32633"),
        ("projection", "UTM 33N", "EPSG:32633"), ("crs", "WGS 84 / UTM zone 33S", "EPSG:32733"), ("datum", "Bessel",
        "Bessel"),
    ],
)  # fmt: skip
def test_what_a_cell_states(name: str, text: str, system: str | None) -> None:
    assert system_column(["id", name]) == 1
    assert stated_system(name, text) == system


def test_each_row_is_read_in_its_own_system(tmp_path: Path) -> None:
    """2026-11-30: a datum beside the numbers was not read: the hazard lay 130 m off."""
    to_ed50 = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:4230", always_xy=True).transform(*PLACE)
    metres = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32633", always_xy=True).transform(*PLACE)
    path = tmp_path / "a.csv"
    rows = [(*PLACE, "WGS84"), (*to_ed50, "ED50"), (*metres, "EPSG:32633"), (*PLACE, "local grid"), (*PLACE, "")]
    path.write_text(
        "id,lon,lat,crs\n" + "".join(f"{n},{lon!r},{lat!r},{crs}\n" for n, (lon, lat, crs) in enumerate(rows))
    )
    read = list(format_of(path).read(path))
    assert [row.fault and row.fault.code for row in read] == [None, None, None, "reference_system_unknown", None]
    places = [row.geometry for row in read if row.geometry is not None]
    assert len(places) == 4
    assert all(place.distance(shapely.Point(PLACE)) < 1e-6 for place in places)
    assert [bool(row.moved_m) for row in read] == [False, True, False, False, False]


def test_a_grid_beside_another_datum_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,E,N,zone,datum\n1,666182,4974553,33T,ED50\n2,666182,4974553,33T,WGS84\n")
    other, own = format_of(path).read(path)
    assert other.fault is not None
    assert "its grid is read on WGS 84" in other.fault.message
    assert own.geometry is not None


@pytest.mark.parametrize(("datum", "least_m"), [("ED50", 100.0), ("WGS84", 0.0), ("EPSG:32633", 0.0), ("Bessel", None)])
def test_a_datum_beside_a_geometry_widens_by_what_it_differs(tmp_path: Path, datum: str, least_m: float | None) -> None:
    """2026-11-30: properties of GeoJSON that name a datum were passed over: 120 m off, and none recorded."""
    path = tmp_path / "a.geojson"
    point = {"type": "Point", "coordinates": PLACE}
    path.write_text(json.dumps({"type": "Feature", "properties": {"datum": datum}, "geometry": point}))
    [row] = format_of(path).read(path)
    meanings = Meanings(RecordKind.SUSPECTED, kind_of_layer(RecordKind.SUSPECTED))
    [meaning] = meanings.of_all([row], meanings.of)
    if least_m is None:
        assert math.isnan(meaning.shift_m)
    else:
        assert least_m <= meaning.shift_m <= least_m * 2
    assert bool(meaning.notices) == (least_m != 0.0)
