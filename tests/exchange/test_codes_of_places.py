"""Headers with letters of the sky, and codes that stand for a cell of the globe."""

from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange import import_file
from merestone.exchange.places.sky_and_codes import geohash_place
from merestone.register import Register
from merestone.terms import FileRefused, Outcome, RecordKind

BASE_32 = "0123456789bcdefghjkmnpqrstuvwxyz"


def geohash_of(lon: float, lat: float, size: int) -> str:
    """By its definition in whole numbers: the cell's place on a grid of 2 to so many, its bits taken in turn."""
    bits = size * 5
    lon_bits, lat_bits = (bits + 1) // 2, bits // 2
    x = min(int((lon + 180) / 360 * 2**lon_bits), 2**lon_bits - 1)
    y = min(int((lat + 90) / 180 * 2**lat_bits), 2**lat_bits - 1)
    joined = "".join(a + b for a, b in zip(f"{x:0{lon_bits}b}", f"{y:0{lat_bits}b}" + " ", strict=False)).strip()
    joined += "" if len(joined) == bits else f"{x:0{lon_bits}b}"[-1]
    return "".join(BASE_32[int(joined[i : i + 5], 2)] for i in range(0, bits, 5))


def imported(tmp_path: Path, text: str) -> tuple[Any, list[Any]]:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with Register.create(tmp_path / "register.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
        return report, list(register.as_of().records)


@given(lon=st.floats(-179.9, 179.9), lat=st.floats(-89.9, 89.9), size=st.integers(5, 12))
def test_a_geohash_is_the_middle_of_its_cell_with_half_its_diagonal(lon: float, lat: float, size: int) -> None:
    cell = geohash_place(geohash_of(lon, lat, size))
    assert cell is not None
    apart_m = shapely.Point(lon, lat).distance(shapely.Point(cell[:2])) * 112_000
    assert apart_m <= cell[2] * (1 + 1e-6) + 1e-6


def test_a_column_of_geohashes_alone_is_read_and_its_cell_widens(tmp_path: Path) -> None:
    _, [record] = imported(tmp_path, f"id,Geohash\nA,{geohash_of(17.1, 44.9, 7)}\n")
    assert record.geometry.distance(shapely.Point(17.1, 44.9)) < 0.002
    assert 100 < record.accuracy_m < 200


def test_what_is_no_geohash_is_put_aside_and_one_beside_coordinates_moves_nothing(tmp_path: Path) -> None:
    report, records = imported(tmp_path, "id,geohash\nA,u2k8a\nB,u2k\nC,unknown place\n")
    assert {row.outcome for row in report.rows} == {Outcome.QUARANTINED}
    assert not records
    (tmp_path / "beside").mkdir()
    _, [record] = imported(tmp_path / "beside", "id,geohash,lat,lon\nA,ezs42,44.9,17.1\n")
    assert (record.geometry.x, record.geometry.y) == (17.1, 44.9)


@pytest.mark.parametrize("header", ["Lat(N),Long(E)", "LAT N,LON E", "Latitude (N),Longitude (E)", "lat_n,lng_e"])
def test_letters_of_north_and_east_in_the_header_hide_no_coordinates(tmp_path: Path, header: str) -> None:
    _, [record] = imported(tmp_path, f"id,{header}\nA,44.9,17.1\n")
    assert (record.geometry.x, record.geometry.y) == (17.1, 44.9)


@pytest.mark.parametrize("header", ["Lat(S),Long(E)", "Lat(N),Long(W)"])
def test_south_and_west_are_not_read_without_a_sign(tmp_path: Path, header: str) -> None:
    with pytest.raises(FileRefused):
        imported(tmp_path, f"id,{header}\nA,4.9,17.1\n")


def test_what3words_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="ask it for coordinates"):
        imported(tmp_path, "id,what3words\nA,///one.two.three\n")
