"""The ground that recorded hazards take: their outlines as areas again, as recorded and widened.

The index measures distances; here are the set operations. Edges are straight in longitude and latitude, as the index
holds them, and no set operation here makes a hazard smaller than it was recorded.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import metres_per_degree, widen_all
from merestone.screening.kernel.outline import Floats, Outlines

Longs = NDArray[np.int64]
Objects = NDArray[np.object_]


class Ground:
    """The parts of all hazards as valid Shapely polygons, lines and points.

    An outline that crosses itself becomes all that it covers, and its rings stand beside it as lines: making it valid
    takes spikes away, and a spike is danger.
    """

    def __init__(self, outlines: Outlines) -> None:
        drawn = _drawn(outlines)
        areas = np.flatnonzero(outlines.part_is_area)
        crossed = areas[~shapely.is_valid(drawn[areas])]
        rings, ring_of = shapely.get_rings(drawn[crossed], return_index=True)
        drawn[crossed] = shapely.make_valid(drawn[crossed], method="structure", keep_collapsed=True)
        lines, line_of = shapely.get_coordinates(rings, return_index=True)
        outlines_crossed: Any = shapely.linestrings(lines, indices=line_of)
        self.parts: Objects = np.concatenate([drawn, outlines_crossed])
        part = np.concatenate([np.arange(len(drawn)), crossed[ring_of]])
        self.hazard: Longs = outlines.part_hazard[part].astype(np.int64)
        self.widened_m: Floats = outlines.widened_m[self.hazard]
        self.bounds_deg: Floats = outlines.bounds_deg[part]
        self._wide: dict[tuple[int, float], Any] = {}

    def near(self, bounds_deg: Floats, more_m: float) -> tuple[Longs, Longs]:
        """Pairs of a box (m, 4) and a part that may be within the part's widening and `more_m` of each other."""
        box, part = _boxes(self.bounds_deg, self.widened_m + more_m)
        frames: Any = shapely.box(*bounds_deg.T)
        tree = shapely.STRtree(frames)
        which, polygon_index = tree.query(box)
        parts = max(len(self.parts), 1)
        # One number for each pair: unique rows take longer. With `return_index`, NumPy does not load masked arrays.
        pairs, _ = np.unique(polygon_index * parts + part[which], return_index=True)
        return pairs // parts, pairs % parts

    def widened(self, part: Longs, more_m: Floats) -> Objects:
        """(n,) each part, widened by its hazard's accuracy and by so many metres more; rounded outwards."""
        keys = list(zip(part.tolist(), more_m.tolist(), strict=True))
        missing = sorted({key for key in keys if key not in self._wide})
        if missing:
            chosen = np.array([key[0] for key in missing])
            by_m = self.widened_m[chosen] + np.array([key[1] for key in missing])
            self._wide.update(zip(missing, widen_all(self.parts[chosen], by_m), strict=True))
        out = np.empty(len(keys), object)
        out[:] = [self._wide[key] for key in keys]
        return out


def _drawn(outlines: Outlines) -> Objects:
    """(parts,) as Shapely geometries, valid or not."""
    out = np.empty(len(outlines.part_hazard), object)
    places = np.column_stack([outlines.lon_deg, outlines.lat_deg])
    ring_start = np.concatenate([[0], np.flatnonzero(outlines.ends) + 1])
    first = np.searchsorted(ring_start, outlines.part_start)
    areas = np.flatnonzero(outlines.part_is_area)
    if len(areas):  # the parts that are areas come first
        rings = int(first[areas[-1] + 1])
        offsets = (ring_start[: rings + 1], first[: areas[-1] + 2])
        out[areas] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, places[: ring_start[rings]], offsets)
    for i in np.flatnonzero(~outlines.part_is_area):
        line = places[outlines.part_start[i] : outlines.part_start[i + 1]]
        out[i] = shapely.Point(line[0]) if (line == line[0]).all() else shapely.LineString(line)
    return out


def areas_only(geometries: Objects) -> Objects:
    """(n,) the areas among each geometry's parts; empty where there is none."""
    out = geometries.copy()
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(geometries), (3, 6)))
    for i in mixed:
        parts = shapely.get_parts(geometries[i])
        while (shapely.get_type_id(parts) > 3).any():
            parts = shapely.get_parts(parts)
        areas = parts[shapely.get_type_id(parts) == 3]
        out[i] = shapely.union_all(areas) if len(areas) else shapely.Polygon()
    return out


def united(areas: Objects, group: Longs, groups: int) -> Objects:
    """(groups,) the union of the areas of each group; empty where there is none."""
    out = np.full(groups, shapely.Polygon(), object)
    order = np.argsort(group, kind="stable")
    count = np.bincount(group, minlength=groups)
    stop = np.cumsum(count)
    lone = np.flatnonzero(count == 1)
    out[lone] = areas[order[stop[lone] - 1]]
    for i in np.flatnonzero(count > 1):
        out[i] = shapely.union_all(areas[order[stop[i] - count[i] : stop[i]]])
    return out


def _boxes(bounds_deg: Floats, reach_m: Floats) -> tuple[Objects, Longs]:
    """Boxes that hold everything within reach of these, a second one for those over the antimeridian; and whose."""
    west, south, east, north = bounds_deg.T
    reach_deg = (reach_m + 1.0) / 110_500.0  # fewer metres than any degree of latitude measures
    south, north = south - reach_deg, north + reach_deg
    polewards = np.minimum(np.maximum(np.abs(south), np.abs(north)), 90.0)
    with np.errstate(divide="ignore"):
        reach_lon = np.minimum(1.1 * (reach_m + 1.0) / np.maximum(metres_per_degree(polewards)[0], 1e-9), 360.0)
    reach_lon[polewards > 89.9] = 360.0
    whose = np.arange(len(bounds_deg))
    west, east = west - reach_lon, east + reach_lon
    boxes, owners = [shapely.box(west, south, east, north)], [whose]
    for over, turn in ((west < -180.0, 360.0), (east > 180.0, -360.0)):
        boxes.append(shapely.box(west[over] + turn, south[over], east[over] + turn, north[over]))
        owners.append(whose[over])
    return np.concatenate(boxes), np.concatenate(owners)
