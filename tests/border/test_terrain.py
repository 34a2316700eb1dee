"""Terrain: shares of known patterns, gaps stated, bad rasters refused. The rasters are synthetic."""

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine

from merestone.border import (
    CLASS_TABLES,
    Cover,
    NoWaterData,
    along_water,
    land_cover,
    packaged_border,
    packaged_class_table,
    packaged_water,
    read_class_table,
    strip_of,
    water_terrain,
)
from merestone.geodesy import area_m2
from merestone.terms import FieldRefused, FileRefused, RowRefused, SourceMissing

WORLDCOVER = packaged_class_table("esa-worldcover")
LAEA = "+proj=laea +lat_0=0 +lon_0=0 +ellps=WGS84"


def synthetic(path: Path, values: NDArray[Any], *, crs: str | None, west: float, north: float, cell: float) -> Path:
    """A made-up raster of classes: no land on earth."""
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=1, dtype=values.dtype, crs=crs,
        transform=Affine(cell, 0, west, 0, -cell, north), nodata=0,
    ) as made:  # fmt: skip
        made.write(values, 1)
    return path


@pytest.mark.parametrize("crs", ["OGC:CRS84", "EPSG:3857", LAEA, "EPSG:32731"])
def test_shares_are_those_of_areas_on_the_ellipsoid_in_any_projection(tmp_path: Path, crs: str) -> None:
    """Forest north of a parallel, water south of it: the shares follow from geodesic areas, far from the equator."""
    lat0 = 0.0 if crs in (LAEA, "EPSG:32731") else 60.0
    area = shapely.box(-0.5, lat0 - 0.6, 0.5, lat0 + 0.4)
    parting = lat0 + 0.1
    there = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=True)
    corners = shapely.transform(shapely.segmentize(area, 0.05), lambda xy: np.column_stack(there.transform(*xy.T)))
    west, south, east, north = corners.bounds
    cell = (north - south) / 900
    cols, rows = np.meshgrid(np.arange(int((east - west) / cell) + 5), np.arange(905))
    back = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    _, lat = back.transform(west - cell + (cols + 0.5) * cell, north + cell - (rows + 0.5) * cell)
    values = np.where(lat > parting, 10, 80).astype(np.uint8)
    raster = synthetic(tmp_path / "a.tif", values, crs=crs, west=west - cell, north=north + cell, cell=cell)
    found = land_cover(area, raster, WORLDCOVER)
    expected = area_m2(shapely.box(-0.5, parting, 0.5, lat0 + 0.4)) / area_m2(area)
    assert found.shares[Cover.FOREST] == pytest.approx(expected, abs=1e-3)  # half a cell of 900
    assert found.shares[Cover.FOREST] + found.shares[Cover.OPEN_WATER] == pytest.approx(1.0, abs=1e-12)
    assert found.known_share == pytest.approx(1.0, abs=1e-4)
    assert found.area_m2 == pytest.approx(area_m2(area), rel=1e-4)


def test_windows_give_what_one_reading_gives(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    values = rng.choice(np.array([10, 40, 80], np.uint8), (2500, 2300))
    raster = synthetic(tmp_path / "a.tif", values, crs="OGC:CRS84", west=-1, north=1, cell=0.0008)
    seen: list[tuple[int, int]] = []
    found = land_cover(
        shapely.box(-1, -1, 0.84, 1), raster, WORLDCOVER, progress=lambda done, all_: seen.append((done, all_))
    )
    rows = np.arange(2500)
    weight = np.cos(np.radians(1 - (rows + 0.5) * 0.0008))[:, None]  # near the equator a cosine is enough
    expected = (weight * (values == 10)).sum() / (weight.sum() * 2300)
    assert found.shares[Cover.FOREST] == pytest.approx(expected, abs=1e-6)
    assert seen[-1] == (9, 9)


def test_a_cell_without_data_is_unknown_and_no_share(tmp_path: Path) -> None:
    values = np.full((100, 100), 10, np.uint8)
    values[50:] = 0
    raster = synthetic(tmp_path / "a.tif", values, crs="OGC:CRS84", west=-0.5, north=0.5, cell=0.01)
    found = land_cover(shapely.box(-0.5, -0.5, 0.5, 0.5), raster, WORLDCOVER)
    assert found.known_share == pytest.approx(0.5, abs=1e-3)
    assert found.shares[Cover.FOREST] == 1.0
    nothing = land_cover(shapely.box(-0.5, -0.5, 0.5, -0.1), raster, WORLDCOVER)
    assert nothing.known_share == 0.0
    assert not nothing.shares  # none, and not zeros that look measured


def test_an_area_that_leaves_the_raster_is_known_only_in_part(tmp_path: Path) -> None:
    values = np.full((100, 100), 40, np.uint8)
    raster = synthetic(tmp_path / "a.tif", values, crs="OGC:CRS84", west=-0.5, north=0.5, cell=0.01)
    found = land_cover(shapely.box(0, -0.5, 1, 0.5), raster, WORLDCOVER)
    assert found.known_share == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(FileRefused, match="does not overlap the area"):
        land_cover(shapely.box(5, 5, 6, 6), raster, WORLDCOVER)


def test_bad_rasters_are_refused_with_what_to_do(tmp_path: Path) -> None:
    area = shapely.box(-0.2, -0.2, 0.2, 0.2)
    values = np.full((100, 100), 10, np.uint8)
    lost = synthetic(tmp_path / "lost.tif", values, crs=None, west=-0.5, north=0.5, cell=0.01)
    with pytest.raises(FileRefused, match="no coordinate reference system"):
        land_cover(area, lost, WORLDCOVER)
    values[60, 60] = 77
    odd = synthetic(tmp_path / "odd.tif", values, crs="OGC:CRS84", west=-0.5, north=0.5, cell=0.01)
    with pytest.raises(FieldRefused, match=r"77.*does not know"):
        land_cover(area, odd, WORLDCOVER)
    heights = synthetic(tmp_path / "f.tif", values.astype(np.float32), crs="OGC:CRS84", west=-0.5, north=0.5, cell=0.01)
    with pytest.raises(FileRefused, match="whole numbers"):
        land_cover(area, heights, WORLDCOVER)
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(FileRefused, match="cannot be read"):
        land_cover(area, tmp_path / "text.tif", WORLDCOVER)
    with pytest.raises(FileRefused, match="has no band 2"):
        land_cover(area, odd, WORLDCOVER, band=2)


@pytest.mark.parametrize("name", CLASS_TABLES)
def test_each_packaged_table_knows_forest_water_and_its_source(name: str) -> None:
    table = packaged_class_table(name)
    assert {Cover.FOREST, Cover.OPEN_WATER, Cover.SETTLEMENT, Cover.FARMLAND} <= set(table.covers.values())
    assert table.source


def test_a_bad_table_is_refused_with_the_row() -> None:
    with pytest.raises(RowRefused, match=r"mine, line 2.*'woods'"):
        read_class_table("code,name,cover,source\n1,a,woods,b\n", name="mine")
    with pytest.raises(RowRefused, match="occurs twice"):
        read_class_table("code,name,cover,source\n1,a,forest,b\n1,a,forest,b\n", name="mine")
    with pytest.raises(SourceMissing):
        read_class_table("code,name,cover,source\n1,a,forest,\n", name="mine")


@pytest.mark.parametrize(
    ("pair", "in_water", "strip"), [("FIN-RUS", 0.076, 0.075), ("LTU-RUS", 0.186, 0.035), ("POL-BLR", 0.045, 0.011)]
)
def test_water_on_the_border_is_what_an_independent_count_found(pair: str, in_water: float, strip: float) -> None:
    """The counts were made by segments' midpoints and by 60,000 random points."""
    water, line = packaged_water(), packaged_border(pair).side_a
    along = along_water(line, water)
    assert along.in_water_m / along.length_m == pytest.approx(in_water, abs=0.002)
    assert along.in_water_m + along.along_water_m + along.rest_m == pytest.approx(along.length_m)
    found = water_terrain(strip_of(line, 5000), water)
    share, sea = found.shares[Cover.OPEN_WATER], found.sea_share
    assert share is not None
    assert sea is not None
    assert share - sea == pytest.approx(strip, abs=0.005)


def test_without_a_raster_everything_but_water_is_unknown_and_not_zero() -> None:
    found = water_terrain(strip_of(packaged_border("LVA-BLR").side_a, 5000), packaged_water())
    assert {cover: share for cover, share in found.shares.items() if cover is not Cover.OPEN_WATER} == {
        cover: None for cover in Cover if cover is not Cover.OPEN_WATER
    }


def test_where_the_water_data_do_not_reach_nothing_is_claimed() -> None:
    with pytest.raises(NoWaterData, match="leaves that"):
        water_terrain(shapely.box(0, 0, 1, 1), packaged_water())
    with pytest.raises(NoWaterData, match="do not reach"):
        along_water(packaged_border("UKR-BLR").side_a, packaged_water())


def test_a_strip_is_as_wide_as_asked() -> None:
    meridian = shapely.LineString([(10, 50), (10, 51)])
    strip = strip_of(meridian, 5000)
    length_m, ends_m2 = 111_240.0, np.pi * 5000**2  # a degree of latitude at 50.5 N, and the two round ends
    assert area_m2(strip) == pytest.approx(10_000 * length_m + ends_m2, rel=2e-3)
    with pytest.raises(FieldRefused, match="half_width_m"):
        strip_of(meridian, 0)
