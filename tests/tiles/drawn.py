"""Shapes for tiles, and a reader of tiles that shares no code with the writer."""

import math
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
import shapely.affinity
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

EDGE_DEG = 85.0511287798066
"""The Mercator limit as the OGC writes it."""


def units(places_deg: Any, zoom: int, column: int, row: int) -> Any:
    """Places in a tile's units, by the textbook's formula."""
    lon, phi = np.atleast_2d(places_deg)[:, 0], np.radians(np.atleast_2d(places_deg)[:, 1])
    x, y = (lon + 180) / 360, (1 - np.log(np.tan(phi) + 1 / np.cos(phi)) / np.pi) / 2
    return np.column_stack([(x * 2**zoom - column) * 4096, (y * 2**zoom - row) * 4096])


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int, int]:
    """The tile in which a place lies."""
    (x, y), last = units([lon, lat], zoom, 0, 0)[0] / 4096, 2**zoom - 1
    return zoom, min(max(math.floor(x), 0), last), min(max(math.floor(y), 0), last)


def box_of(zoom: int, column: int, row: int) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees."""

    def lat(y: float) -> float:
        return math.degrees(2 * math.atan(math.exp(math.pi * (1 - 2 * y / 2**zoom))) - math.pi / 2)

    return column / 2**zoom * 360 - 180, lat(row + 1), (column + 1) / 2**zoom * 360 - 180, lat(row)


def read(tile: bytes, layer: str = "records") -> list[dict[str, Any]]:
    """The features of a tile, as mapbox-vector-tile reads them, with ``shape`` in the tile's units, y to the south."""
    if not tile:
        return []
    found = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})[layer]
    assert (found["extent"], found["version"]) == (4096, 2)
    return [{**feature, "shape": shapely.geometry.shape(feature["geometry"])} for feature in found["features"]]


def truth(geometry: BaseGeometry, zoom: int, column: int, row: int) -> BaseGeometry:
    """The part of a geometry within a tile, in its units; edges as many short chords."""
    part = shapely.intersection(geometry, shapely.box(*box_of(zoom, column, row)))
    longest = max(box_of(zoom, column, row)[3] - box_of(zoom, column, row)[1], 1e-9) / 400
    return shapely.transform(shapely.segmentize(part, longest), lambda places: units(places, zoom, column, row))


def cut(geometry: BaseGeometry) -> BaseGeometry:
    """Cut at the antimeridian, as records are."""
    world = shapely.box(-180, -90, 180, 90)
    return shapely.union_all([shapely.intersection(turned(geometry, by), world) for by in (-360.0, 0.0, 360.0)])


def turned(geometry: BaseGeometry, by_deg: float) -> BaseGeometry:
    """The same farther east."""
    return shapely.affinity.translate(geometry, by_deg)


@st.composite
def areas(draw: st.DrawFn) -> BaseGeometry:
    """Stars of any size and slimness, with or without a hole, alone or two, anywhere, also over the antimeridian."""
    lon = draw(st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 0.0, 90.0])))
    lat = draw(st.one_of(st.floats(-84, 84), st.sampled_from([0.0, 66.51326, -40.97989])))
    size = 10 ** draw(st.floats(-7, 1))
    slim = 10 ** draw(st.floats(-3, 0))
    turn = draw(st.floats(0, 6.3))
    count = draw(st.integers(3, 9))
    reach = np.array(draw(st.lists(st.floats(0.1, 1), min_size=count, max_size=count))) * size
    angle = np.arange(count) / count * 2 * np.pi
    x, y = reach * np.cos(angle), reach * np.sin(angle) * slim
    ring = np.column_stack([lon + x * np.cos(turn) - y * np.sin(turn), lat + x * np.sin(turn) + y * np.cos(turn)])
    star: BaseGeometry = shapely.Polygon(ring)
    if draw(st.booleans()):
        star = shapely.difference(star, shapely.box(lon - size / 9, lat - size / 9, lon, lat))
    if draw(st.booleans()):
        star = shapely.union(star, shapely.box(lon + 2 * size, lat, lon + 2.1 * size, lat + size / 50))
    star = cut(shapely.intersection(shapely.make_valid(star), shapely.box(-400, -85, 400, 85)))
    parts = [part for part in shapely.get_parts(star) if part.geom_type == "Polygon" and part.area > 0]
    return shapely.union_all(parts) if parts else shapely.box(0, 0, 1e-5, 1e-5)


@dataclass(frozen=True)
class Asked:
    """Some records, and a tile near one of them."""

    shapes: list[BaseGeometry]
    tile: tuple[int, int, int]


@st.composite
def asked(draw: st.DrawFn, shape: st.SearchStrategy[BaseGeometry]) -> Asked:
    """Records, and a tile at any zoom that holds a corner of one of them, or a place within it."""
    shapes = draw(st.lists(shape, min_size=1, max_size=3))
    one = draw(st.sampled_from(shapes))
    corners = shapely.get_coordinates(one)
    places = np.vstack([corners, shapely.get_coordinates(shapely.point_on_surface(one))])
    lon, lat = places[draw(st.integers(0, len(places) - 1))]
    return Asked(shapes, tile_of(lon, lat, draw(st.integers(0, 22))))
