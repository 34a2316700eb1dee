"""The small map that goes onto a phone: land where there is land, and sea where there is sea."""

import numpy as np
import orjson
import pytest
import shapely

from merestone.service import pocket_map

ON_LAND = {
    "Akureyri": (-18.09, 65.68),
    "Leknes": (13.61, 68.15),
    "Kariba": (28.80, -16.52),
    "inland Chukotka": (173.0, 66.5),
    "Egvekinot": (-179.1, 66.32),
    "Taveuni, east of 180 degrees": (-179.98, -16.82),
    "Antarctica": (179.0, -87.0),
    "Sarajevo": (18.41, 43.86),
}
AT_SEA = {
    "Denmark strait": (-30.0, 67.0),
    "north of Iceland": (-22.0, 67.5),
    "Norwegian sea": (5.0, 67.0),
    "Indian ocean": (60.0, -16.51),
    "Adriatic": (15.0, 43.0),
}


def land_around(lon_deg: float, lat_deg: float) -> shapely.Geometry:
    box = (max(lon_deg - 1, -180.0), lat_deg - 1, min(lon_deg + 1, 180.0), lat_deg + 1)
    land = orjson.loads(pocket_map.pocket_map(box))["layers"]["land"]["features"]
    return shapely.union_all([shapely.from_geojson(orjson.dumps(feature["geometry"])) for feature in land])


@pytest.mark.parametrize(("name", "is_land"), [*((n, True) for n in ON_LAND), *((n, False) for n in AT_SEA)])
def test_land_is_land_and_sea_is_sea(name: str, is_land: bool) -> None:
    """2026-11-29: outlines that cross the antimeridian were not cut there.

    Eurasia's lay as a band over all seas of the world from 65 to 69 degrees north, Fiji's at 16.5 south, and on the
    phone's map what other land lay in these bands was sea.
    """
    at = (ON_LAND | AT_SEA)[name]
    assert shapely.contains(land_around(*at), shapely.Point(at)) == is_land


def test_no_outline_of_the_packaged_land_leaps_over_the_antimeridian() -> None:
    parts = shapely.get_parts(pocket_map._packaged("land")[0])
    assert len(parts) > 1_400
    for ring in shapely.get_rings(parts):
        corners = shapely.get_coordinates(ring)
        leaps = np.abs(np.diff(corners[:, 0])) > 30
        assert not leaps.any() or (corners[1:][leaps, 1] <= -90).all(), "but along the south pole"
