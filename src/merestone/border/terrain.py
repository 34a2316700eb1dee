"""What lies along a border: water, as far as the packaged data tell, and land cover from the user's own raster.

The figures describe. They rank no place, and propose nothing for any. What is not known is None, never 0.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiLineString, MultiPolygon, Polygon

from merestone.border.cover import Cover, LandCover
from merestone.border.length import geodesic_length_m
from merestone.border.line import stretch_beyond, stretch_near
from merestone.border.packaged import FIVE_STATES_BORDERS, packaged_borders
from merestone.border.strip import strip_of
from merestone.geodesy import area_m2, areas_m2
from merestone.terms import FieldRefused, MerestoneError

WATER_WITHIN_M: Final = 25_000.0
"""The packaged water bodies reach so far from the five states' eight borders."""
BANK_M: Final = 100.0
"""Along water: nearer to it than this. A working value of ours: rivers are drawn as areas, borders by their middle."""
WATER_NOTE: Final = (
    "packaged water bodies: areas over about 1 ha, shorelines crude; most rivers are missing, so shares are low"
)


class NoWaterData(MerestoneError):
    """The packaged water bodies do not reach there: unknown, and not without water."""


@dataclass(frozen=True, slots=True)
class WaterBodies:
    """The packaged water bodies: longitude and latitude, WGS 84."""

    polygons: NDArray[np.object_]
    is_sea: NDArray[np.bool_]
    reach: Polygon | MultiPolygon
    """Where they were taken from: outside it, nothing is known."""
    source: str
    vintage_on: date


@dataclass(frozen=True, slots=True)
class AlongWater:
    """How much of a line runs in or along water, geodesic metres. The rest is land, or a river that the data miss."""

    length_m: float
    in_water_m: float
    along_water_m: float
    """Not in water, but within `bank_m` of it."""
    bank_m: float

    @property
    def rest_m(self) -> float:
        """Neither: land, or water that the data do not hold."""
        return self.length_m - self.in_water_m - self.along_water_m


@dataclass(frozen=True, slots=True)
class Terrain:
    """Shares of an area's cover. None: unknown, because no data were given that tell."""

    area_m2: float
    shares: Mapping[Cover, float | None]
    sea_share: float | None
    """Part of open water that is the sea; None if the source does not tell it apart."""
    source: str
    resolution: str


@cache
def packaged_water() -> WaterBodies:
    """The packaged water bodies, with the strip within which they were taken."""
    text = files("merestone.border").joinpath("data/openstreetmap/water.geojson").read_text(encoding="utf-8")
    content = json.loads(text)
    polygons = shapely.get_parts(shapely.from_geojson(text))
    is_sea = np.array([each["properties"]["kind"] == "sea" for each in content["features"]])
    # Bends under 500 m matter nothing at 25 km, and cost seconds.
    lines = [shapely.simplify(packaged_borders()[pair].side_a, 0.005) for pair in FIVE_STATES_BORDERS]
    reach = shapely.union_all([strip_of(line, WATER_WITHIN_M - 500) for line in lines])
    assert isinstance(reach, Polygon | MultiPolygon)
    source = f"{content['attribution']}, {content['licence']}, by @geo-maps/earth-waterbodies-10m 0.6.0"
    return WaterBodies(polygons, is_sea, reach, source, date.fromisoformat(content["vintage_on"]))


def along_water(line: MultiLineString, water: WaterBodies, *, bank_m: float = BANK_M) -> AlongWater:
    """How much of a line runs in water, and how much along it.

    Raises
    ------
    NoWaterData
        The line leaves the reach of the data by more than 1 % of its length.
    """
    length_m = geodesic_length_m(line)
    inside = shapely.intersection(line, water.reach)
    if shapely.length(inside) < 0.99 * line.length:
        raise NoWaterData("the packaged water bodies do not reach this line; give your own land cover")
    near = water.polygons[shapely.STRtree(water.polygons).query(line, predicate="dwithin", distance=bank_m / 20_000)]
    bodies = shapely.union_all(near)
    in_water = shapely.intersection(line, bodies)
    in_water_m = geodesic_length_m(_lines_in(in_water))
    banks = _lines_in(shapely.boundary(bodies))
    dry = stretch_beyond(line, _lines_in(in_water), 0.5) if in_water_m else line
    along = stretch_near(dry, banks, bank_m) if not (dry.is_empty or banks.is_empty) else MultiLineString()
    return AlongWater(length_m, in_water_m, geodesic_length_m(along), bank_m)


def water_terrain(area: Polygon | MultiPolygon, water: WaterBodies) -> Terrain:
    """The share of open water in an area by the packaged water bodies; every other share is unknown.

    Raises
    ------
    NoWaterData
        The area leaves the reach of the data.
    FieldRefused
        The area is empty.
    """
    whole_m2 = _whole_m2(area)
    if not shapely.covers(shapely.buffer(water.reach, 0.002), area):
        raise NoWaterData(
            f"the packaged water bodies reach {WATER_WITHIN_M / 1000:g} km from the five states' borders, and the area "
            "leaves that; give your own raster with --landcover"
        )
    index = shapely.STRtree(water.polygons).query(area, predicate="intersects")
    parts = shapely.intersection(water.polygons[index], area)
    parts_m2 = areas_m2(parts)
    share = min(float(parts_m2.sum()) / whole_m2, 1.0)
    sea = float(parts_m2[water.is_sea[index]].sum()) / whole_m2
    shares: dict[Cover, float | None] = dict.fromkeys(Cover)
    shares[Cover.OPEN_WATER] = share
    return Terrain(whole_m2, shares, sea, f"{water.source}, {water.vintage_on}", WATER_NOTE)


def raster_terrain(area: Polygon | MultiPolygon, cover: LandCover) -> Terrain:
    """The terrain of an area as its land-cover raster gives it."""
    shares: dict[Cover, float | None] = {each: cover.shares.get(each) for each in Cover}
    known = f"; known for {cover.known_share:.1%} of the area" if cover.known_share < 0.9995 else ""
    resolution = f"cells of about {cover.cell_m:,.0f} m{known}"
    return Terrain(_whole_m2(area), shares, None, f"{cover.raster}, classes {cover.table.name}", resolution)


def _whole_m2(area: Polygon | MultiPolygon) -> float:
    whole_m2 = area_m2(area)
    if not whole_m2 > 0:
        raise FieldRefused("area", area.geom_type, "is empty", "give a polygon with an area")
    return whole_m2


def _lines_in(geometry: shapely.Geometry) -> MultiLineString:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return MultiLineString([part for part in parts if part.geom_type == "LineString" and part.length > 0])
