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
from merestone.service.memory import give_back

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
    properties = [feature.get("properties", {}) for feature in features]
    shapes = shapely.from_geojson([orjson.dumps(feature.pop("geometry")) for feature in features])
    del features
    give_back()  # the corners as numbers of Python: five times the shapes
    return shapes, shapely.bounds(shapes), properties


def forget_layers() -> None:
    """Let the layers go once the maps are made: they take some 25 MB, and maps are made anew only when areas change."""
    _packaged.cache_clear()
    _valid_parts.cache_clear()
    give_back()


@lru_cache(maxsize=8)
def _valid_parts(name: str, place: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """The parts of a shape that is not valid, each made valid by itself, and their boxes.

    One small island crosses itself by a rounding; to make all land valid for it took 75 MB and a second.
    """
    parts = shapely.make_valid(shapely.get_parts(_packaged(name)[0][place]))
    return parts, shapely.bounds(parts)


def _meets(boxes: NDArray[np.float64], box: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = box
    return (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)


def _inside(name: str, place: int, box: Bounds) -> BaseGeometry:
    """What of a shape lies in the box."""
    shape: BaseGeometry = _packaged(name)[0][place]
    if shape.is_valid:
        return shapely.clip_by_rect(shape, *box)
    parts, boxes = _valid_parts(name, place)
    clipped = shapely.clip_by_rect(parts[_meets(boxes, box)], *box)
    return shapely.union_all(shapely.make_valid(clipped))


def _clipped(name: str, box: Bounds) -> list[dict[str, Any]]:
    _, boxes, properties = _packaged(name)
    clipped = []
    for place in np.flatnonzero(_meets(boxes, box)).tolist():
        inside = _inside(name, place, box)
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
