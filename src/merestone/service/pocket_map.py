"""The small map that goes with a hazard pack onto a phone: coast, borders, waters and towns around the areas."""

from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats.base_maps import ATTRIBUTION, small_world

AROUND_DEG: Final = 0.5
"""How far beyond the areas the map reaches."""
MOST_PLACES: Final = 2_000
"""The largest towns and villages are kept, up to so many: some 150 kB."""
DIGITS: Final = 4
"""Decimals of a degree, 11 m: Natural Earth at 1:50,000,000 is coarser by far."""
LAYERS: Final = ("land", "borders", "waters")
Bounds = tuple[float, float, float, float]


@lru_cache(maxsize=32)
def pocket_map(bounds_deg: Bounds) -> bytes:
    """The map around a box (west, south, east, north in degrees), as JSON: one GeoJSON collection for each layer."""
    west, south, east, north = bounds_deg
    box = (
        max(west - AROUND_DEG, -180.0),
        max(south - AROUND_DEG, -90.0),
        min(east + AROUND_DEG, 180.0),
        min(north + AROUND_DEG, 90.0),
    )
    layers: dict[str, Any] = {name: _collection(_clipped(name, box)) for name in LAYERS}
    layers["places"] = _collection(_places(box))
    return orjson.dumps({"bounds_deg": box, "attribution": f"Natural Earth; {ATTRIBUTION}", "layers": layers})


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


@lru_cache(maxsize=len(LAYERS))
def _packaged(name: str) -> tuple[NDArray[Any], NDArray[np.float64], list[dict[str, Any]]]:
    """The shapes of a layer, their boxes, and what else is said of each; read once for the maps of all parts."""
    path = files("merestone.service") / "web" / "base_map" / f"{name}.geojson"
    features: list[dict[str, Any]] = orjson.loads(path.read_bytes())["features"]
    shapes = shapely.from_geojson([orjson.dumps(feature["geometry"]) for feature in features])
    return shapes, shapely.bounds(shapes), [feature.get("properties", {}) for feature in features]


def forget_layers() -> None:
    """Let the layers go once the maps are made: they take some 25 MB, and maps are made anew only when areas change."""
    _packaged.cache_clear()


@lru_cache(maxsize=256)
def _valid(name: str, place: int) -> BaseGeometry:
    """One shape of a layer, made valid once: for a continent that takes over a second."""
    shape: BaseGeometry = _packaged(name)[0][place]
    return shape if shape.is_valid else shapely.make_valid(shape)


def _clipped(name: str, box: Bounds) -> list[dict[str, Any]]:
    _, boxes, properties = _packaged(name)
    west, south, east, north = box
    meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    clipped = []
    for place in np.flatnonzero(meets).tolist():
        inside = shapely.clip_by_rect(_valid(name, place), *box)
        if not inside.is_empty:
            rounded = shapely.transform(inside, lambda at: at.round(DIGITS))
            geometry = orjson.loads(shapely.to_geojson(rounded))
            about = {key: value for key, value in properties[place].items() if key == "from_zoom"}
            clipped.append({"type": "Feature", "properties": about, "geometry": geometry})
    return clipped


def largest_places(bounds_deg: Bounds, most: int) -> list[str]:
    """The names of the largest towns in a box, the largest first."""
    return [feature["properties"]["name"] for feature in _places(bounds_deg)[:most]]


def _places(box: Bounds) -> list[dict[str, Any]]:
    chosen = []
    for place in small_world().largest_within(box, MOST_PLACES):
        point = {"type": "Point", "coordinates": [round(place.lon_deg, DIGITS), round(place.lat_deg, DIGITS)]}
        properties = {"name": place.names[0], "population": place.population}
        chosen.append({"type": "Feature", "properties": properties, "geometry": point})
    return chosen
