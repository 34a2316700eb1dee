"""People nearby: counted within the distance, with the gaps stated."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st
from rasterio import Affine

from merestone.border import (
    NoPlacesData,
    Place,
    packaged_border,
    packaged_places,
    people_in_raster,
    people_near,
    read_places,
)
from merestone.terms import RowRefused

EQUATOR = shapely.LineString([(-0.5, 0), (0.5, 0)])


@given(st.floats(0.001, 0.2), st.floats(-0.5, 0.5))
def test_a_place_counts_exactly_within_its_geodesic_distance(lat_deg: float, lon_deg: float) -> None:
    distance_m = Geodesic.WGS84.Inverse(0, lon_deg, lat_deg, lon_deg)["s12"]
    place = Place("Synthetic", "XXX", lon_deg, lat_deg, 100)
    inside, outside = people_near(EQUATOR, [distance_m * 1.003, distance_m * 0.997], places=[place])
    assert (inside.people, outside.people) == (100, 0)


def test_a_place_without_population_is_a_stated_gap_and_no_zero() -> None:
    places = read_places("name,state,lon_deg,lat_deg,population\nA,XXX,0,0.01,\nB,XXX,0,0.01,7\n", origin="p.csv")
    (found,) = people_near(EQUATOR, [5000], places=places)
    assert (found.places, found.people, found.without_population) == (2, 7, 1)


def test_a_greater_distance_never_holds_fewer_people() -> None:
    found = people_near(packaged_border("LTU-BLR").side_a, [5_000, 10_000, 25_000, 50_000])
    counts = [each.people for each in found]
    assert counts == sorted(counts)
    assert all(each.people == sum(each.people_by_state.values()) for each in found)


def test_narva_and_ivangorod_are_at_the_border() -> None:
    names = {place.name for place in packaged_places()}
    assert {"Narva", "Ivangorod"} <= names
    (found,) = people_near(packaged_border("EST-RUS").side_a, [5_000])
    assert found.people_by_state["EST"] > 50_000


def test_where_the_places_do_not_reach_nothing_is_claimed() -> None:
    with pytest.raises(NoPlacesData, match="give your own places"):
        people_near(EQUATOR, [5000])
    with pytest.raises(NoPlacesData, match="90 km"):
        people_near(packaged_border("LVA-BLR").side_a, [90_000])


@pytest.mark.parametrize("row", ["A,XXX,east,0,5", "A,XXX,0,95,5", "A,XXX,0,0,-5", "A,XXX,0,0,many"])
def test_a_bad_place_is_refused_with_its_line(row: str) -> None:
    with pytest.raises(RowRefused, match=r"p.csv, line 2"):
        read_places(f"name,state,lon_deg,lat_deg,population\n{row}\n", origin="p.csv")


def test_people_of_a_raster_are_summed_by_the_share_of_each_cell(tmp_path: Path) -> None:
    path = tmp_path / "people.tif"
    counts = np.full((10, 10), 4.0, np.float32)
    counts[0, :] = -1  # nodata
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=10, count=1, dtype="float32", crs="OGC:CRS84", nodata=-1,
        transform=Affine(0.1, 0, 0, 0, -0.1, 1),
    ) as made:  # fmt: skip
        made.write(counts, 1)
    people, known = people_in_raster(shapely.box(0, 0, 0.25, 0.5), path)
    assert people == pytest.approx(2.5 * 5 * 4)
    assert known == pytest.approx(1.0, abs=1e-4)
    people, known = people_in_raster(shapely.box(0, 0, 1, 1), path)
    assert people == pytest.approx(9 * 10 * 4)
    assert known == pytest.approx(0.9, abs=1e-3)


def test_where_a_raster_knows_nothing_people_are_not_known_and_not_none(tmp_path: Path) -> None:
    """2026-11-28: the answer was 0 people where the raster had no data."""
    path = tmp_path / "people.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=10, height=10, count=1, dtype="float32", crs="OGC:CRS84", nodata=-1,
        transform=Affine(0.1, 0, 0, 0, -0.1, 1),
    ) as made:  # fmt: skip
        made.write(np.full((10, 10), -1.0, np.float32), 1)
    assert people_in_raster(shapely.box(0.1, 0.1, 0.5, 0.5), path) == (None, 0.0)
