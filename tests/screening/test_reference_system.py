"""A GeoSeries says what it is in: a projection of WGS 84 is transformed, another datum is refused with words."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from merestone.screening import INSIDE, HazardIndex, screen_footprints, screen_tracks
from merestone.terms import FieldRefused

BOX = gpd.GeoSeries([shapely.box(17.0, 44.9, 17.02, 44.92)], crs=4326)
LON, LAT = np.array([[17.01, 44.91], [17.0199, 44.9001], [17.1, 44.9]]).T


@pytest.mark.parametrize("crs", ["EPSG:32633", "EPSG:3857", "EPSG:4326", "OGC:CRS84", "EPSG:3035", "EPSG:32634"])
def test_a_projected_series_is_transformed_or_refused_never_empty(crs: str) -> None:
    """2026-11-28: `HazardIndex.build(GeoSeries in EPSG:32633)` answered unknown everywhere, without a word."""
    moved = BOX.to_crs(crs)
    if crs == "EPSG:3035":
        with pytest.raises(FieldRefused, match="another datum than WGS 84"):
            HazardIndex.build(moved, 0.0)
        return
    for given in (moved, gpd.GeoDataFrame({"a": [1]}, geometry=moved)):
        index = HazardIndex.build(given, 0.0)
        found = index.nearest(LON, LAT, accuracy_m=0.0)
        expected = HazardIndex.build(BOX, 0.0).nearest(LON, LAT, accuracy_m=0.0)
        assert found.distance_m == pytest.approx(expected.distance_m, abs=0.6), (
            "edges bend by decimetres in a projection"
        )
        assert index.classify(LON[:1], LAT[:1], accuracy_m=0.0)[0] == INSIDE


def test_straight_edges_of_a_projection_are_followed() -> None:
    """A side of 40 km that is straight in UTM leaves the chord in degrees by metres; a place between is inside."""
    in_utm = gpd.GeoSeries([shapely.box(600_000, 4_900_000, 640_000, 4_940_000)], crs="EPSG:32633")
    middle = gpd.GeoSeries([shapely.Point(620_000, 4_900_001), shapely.Point(620_000, 4_899_999)], crs="EPSG:32633")
    lonlat = shapely.get_coordinates(np.asarray(middle.to_crs(4326)))
    distance_m = HazardIndex.build(in_utm, 0.0).nearest(lonlat[:, 0], lonlat[:, 1], accuracy_m=0.0).distance_m
    assert distance_m[0] == 0.0
    assert distance_m[1] == pytest.approx(1.0, abs=0.01)


def test_ways_and_plots_are_transformed_too() -> None:
    index = HazardIndex.build(BOX, 0.0)
    line = gpd.GeoSeries([shapely.LineString([(17.01, 44.91), (17.011, 44.911)])], crs=4326).to_crs(32633)
    plot = gpd.GeoSeries([shapely.box(17.01, 44.91, 17.011, 44.911)], crs=4326).to_crs(32633)
    assert screen_tracks(index, line, 0.0).codes.tolist() == [INSIDE]
    assert screen_footprints(index, plot, 0.0).codes.tolist() == [INSIDE]


def test_a_repr_says_how_much_an_index_holds() -> None:
    index = HazardIndex.build([*BOX, None], [5.0, None])
    assert repr(index) == (
        "<HazardIndex: 2 hazards (1 without a usable place), 1 of unstated accuracy, 4 edges, "
        "longitude 17.000 to 17.020, latitude 44.900 to 44.920>"
    )
    assert repr(HazardIndex.build([])) == "<HazardIndex: 0 hazards, none with a usable place>"
