"""Which part of an area lies within a distance of recorded hazards."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import area_m2
from merestone.screening.index import HazardIndex
from merestone.screening.kernel.outline import Edges, Outlines
from merestone.screening.shapes.hazard_polygons import Ground, areas_only
from merestone.terms import FieldRefused


@dataclass(frozen=True, eq=False)
class Coverage:
    """The part of an area within a distance of a hazard, each hazard widened by its accuracy; rounded outwards."""

    geometry: BaseGeometry | None
    """Longitude and latitude; empty if no hazard comes so near; None if there is no hazard to compare with."""
    covered_m2: float
    """Geodesic; NaN if there is no hazard to compare with."""
    area_m2: float
    """Of the whole area."""
    hazards: NDArray[np.int64]
    """The hazards that take part in it, by the order given to `build`."""
    assumed: NDArray[np.int64]
    """Those of them whose accuracy nobody stated, so that `terms.WIDENED_M` stands for it."""
    distance_m: float

    @property
    def share(self) -> float:
        """Of the area, 0 to 1; NaN if it is not known, or the area is 0."""
        return float(np.divide(self.covered_m2, self.area_m2)) if self.area_m2 > 0.0 else np.nan


def coverage(index: HazardIndex, polygon: BaseGeometry, distance_m: float = 0.0) -> Coverage:
    """Find the part of an area that lies within a distance of a recorded hazard.

    What is left of the area is not known to be without hazards: nothing is recorded so near to it.

    Parameters
    ----------
    polygon
        An area in longitude and latitude on WGS 84, edges straight. One that crosses itself covers all that any
        reading of it covers.
    distance_m
        Metres beyond what each hazard is widened by; 0: the overlap.

    Raises
    ------
    FieldRefused
        The distance is none, or the geometry is no area with a usable place.
    """
    if not (np.isfinite(distance_m) and distance_m >= 0.0):
        raise FieldRefused("distance_m", distance_m, "is not a distance", "give metres, 0 or more")
    if polygon is None or shapely.get_dimensions(polygon) != 2:
        what = None if polygon is None else polygon.geom_type
        raise FieldRefused("polygon", what, "is not an area", "give a polygon or several")
    placed = Ground(Outlines.of([polygon], 0.0, Edges.STRAIGHT))
    if not len(placed.parts):
        raise FieldRefused("polygon", polygon.wkt[:60], "has no place on the globe", "give degrees on WGS 84")
    area = shapely.union_all(areas_only(placed.parts))
    whole_m2 = area_m2(area)
    nothing = np.empty(0, np.int64)
    if index.is_empty:
        return Coverage(None, np.nan, whole_m2, nothing, nothing, distance_m)
    ground = Ground(index.outlines)
    _, part = ground.near(shapely.bounds(shapely.get_parts(area)), distance_m)
    part = np.unique(part)
    wide = ground.widened(part, np.full(len(part), distance_m))
    reaches = shapely.intersects(wide, area)
    hazards = np.unique(ground.hazard[part[reaches]])
    with np.errstate(divide="ignore", invalid="ignore"):  # GEOS, at coordinates that are as good as equal
        within = areas_only(np.array([shapely.intersection(shapely.union_all(wide[reaches]), area)], object))[0]
    is_assumed = np.isnan(index.accuracy_m[hazards])
    return Coverage(within, area_m2(within), whole_m2, hazards, hazards[is_assumed], distance_m)
