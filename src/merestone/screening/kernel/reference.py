"""The plain answer that the fast ones must equal: slow, and meant to be read.

Inside is decided in exact fractions. Distance is GeographicLib's geodesic (C. F. F. Karney, Algorithms for geodesics,
J. Geodesy 87, 2013) to each edge, whose nearest point is found by looking and narrowing. If a fast kernel disagrees,
this is right.
"""

from fractions import Fraction

import numpy as np

from merestone.geodesy import geod
from merestone.screening.kernel.outline import Outlines

Place = tuple[float, float]
Edge = tuple[Place, Place]


def hazard_distance_m(outlines: Outlines, hazard: int, lon_deg: float, lat_deg: float) -> float:
    """Geodesic distance in metres from a position to a hazard: 0 inside or on it, infinite without a place."""
    best_m = np.inf
    for part in np.flatnonzero(outlines.part_hazard == hazard):
        edges = part_edges(outlines, int(part))
        if outlines.part_is_area[part] and winding_number(edges, lon_deg, lat_deg) != 0:
            return 0.0
        best_m = min(best_m, *(edge_distance_m(edge, lon_deg, lat_deg) for edge in edges))
    return float(best_m)


def part_edges(outlines: Outlines, part: int) -> list[Edge]:
    """The edges of one part, in order."""
    span = range(int(outlines.part_start[part]), int(outlines.part_start[part + 1]))
    place = {i: (float(outlines.lon_deg[i]), float(outlines.lat_deg[i])) for i in span}
    return [(place[i], place[i + 1]) for i in span if not outlines.ends[i]]


def winding_number(edges: list[Edge], lon_deg: float, lat_deg: float) -> int:
    """How often the edges go around the position in the plane of longitude and latitude, counted exactly.

    A position on an edge may count either way; its distance is 0 all the same.
    """
    x, y = Fraction(lon_deg), Fraction(lat_deg)
    turns = 0
    for (lon0, lat0), (lon1, lat1) in edges:
        x0, y0, x1, y1 = Fraction(lon0), Fraction(lat0), Fraction(lon1), Fraction(lat1)
        left = (x0 - x) * (y1 - y) - (x1 - x) * (y0 - y)
        if y0 <= y < y1 and left > 0:
            turns += 1
        elif y1 <= y < y0 and left < 0:
            turns -= 1
    return turns


def edge_distance_m(edge: Edge, lon_deg: float, lat_deg: float) -> float:
    """Geodesic distance from a position to the nearest point of an edge that is straight in longitude and latitude."""
    (x0, y0), (x1, y1) = edge
    low, high = 0.0, 1.0
    for _ in range(12):  # each round keeps two of 32 steps
        t = np.linspace(low, high, 33)
        here = np.full((2, 33), [[lon_deg], [lat_deg]])
        distances_m = geod().inv(here[0], here[1], x0 + t * (x1 - x0), y0 + t * (y1 - y0))[2]
        best = int(np.argmin(distances_m))
        low, high = float(t[max(best - 1, 0)]), float(t[min(best + 1, 32)])
    return float(np.min(distances_m))
