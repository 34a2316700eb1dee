"""Degrees, minutes and seconds in columns of their own."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from merestone.exchange import read
from merestone.exchange.places.corner_columns import corner_columns

PARTS = "44,54,18,17,6,18"


def rows_of(folder: Path, header: str, *rows: str) -> list[tuple[float, float] | None]:
    path = folder / "areas.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    geometries = [row.geometry for row in read(path)]
    return [None if place is None else (round(place.bounds[0], 6), round(place.bounds[1], 6)) for place in geometries]


def test_parquet_without_geometries_is_read_so_too(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"lat_deg": [44], "lat_min": [54.3], "lon_deg": [17], "lon_min": [6.3]}), path)
    [row] = read(path)
    assert row.geometry is not None
    assert shapely.equals_exact(row.geometry, shapely.Point(17.105, 44.905), 1e-9)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Lat deg,Lat min,Lat sec,Lon deg,Lon min,Lon sec", PARTS),
        ("Lat_D,Lat_M,Lat_S,Long_D,Long_M,Long_S", PARTS),
        ("LATDEG,LATMIN,LATSEC,LONDEG,LONMIN,LONSEC", PARTS),
        ("lat,lat min,lon,lon min", "44,54.3,17,6.3"),
        ("lat_dd,lon_dd,lat_deg,lat_min,lat_sec,lon_deg,lon_min,lon_sec", "44.905,17.105," + PARTS),
        ("широта градусы,широта минуты,широта секунды,долгота градусы,долгота минуты,долгота секунды", PARTS),
        (
            "Latitude Degrees,Latitude Minutes,Latitude N/S,Longitude Degrees,Longitude Minutes,Longitude E/W",
            "44,54.3,N,17,6.3,E",
        ),
        ("lat,lon,lat_min,lat_max,lon_min,lon_max", "44.905,17.105,44.9,44.91,17.1,17.11"),
    ],
)
def test_minutes_and_seconds_count(header: str, row: str, tmp_path: Path) -> None:
    """2026-11-29: of `Lat deg`, `Lat min`, `Lat sec` the degrees alone were read: 100 km off, and not a word."""
    assert rows_of(tmp_path, header, row) == [(17.105, 44.905)]


def test_the_hemisphere_and_missing_minutes_are_seen(tmp_path: Path) -> None:
    header = "Lat deg,Lat min,Lat dir,Lon deg,Lon min,Lon dir"
    assert rows_of(tmp_path, header, "44,54.3,S,17,6.3,W", "44,,N,17,6,E", "44.905,,N,17.105,,E", "44,64,N,17,6,E") == [
        (-17.105, -44.905),
        None,
        (17.105, 44.905),
        None,
    ]


def test_corners_named_by_letters_are_no_parts_and_parts_no_corners() -> None:
    letters = tuple(f"{axis}_{letter}" for letter in "ABCD" for axis in ("Lat", "Lon"))
    assert len(corner_columns(letters).corners) == 4
    assert not corner_columns(("Lat_D", "Lat_M", "Lat_S", "Lon_D", "Lon_M", "Lon_S"))
