"""The measurement without a compiled kernel: one position at a time, with NumPy. Exact; right for a few positions.

It starts at once, so that screening one place from the command line need not wait for a compiler. The kernel gives the
same answers to a micrometre; `tests/screening` holds both against GeographicLib.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from merestone.geodesy import geod
from merestone.screening.kernel.outline import A_M, E2, Floats, Outlines, in_space

ROUNDING_M = 1e-4
"""Taken off every distance, so that it errs towards danger. The formulae are within half of it to 20 km."""
SERIES_M = 20_000.0
"""Beyond this the distance is GeographicLib's, between the position and the foot on the edge."""
FEW_EDGES = 8
"""Up to so many edges are measured one by one in plain numbers, which is faster."""
R_M = 6371008.8
"""Mean radius; the chord formula below needs it within 0.6 % only."""


class Found(NamedTuple):
    """One position's nearest hazard: the one with the smallest distance less its widening, those around it first."""

    distance_m: float
    """To its recorded outline, 0 inside or on it; infinite if there is none within the limit."""
    hazard: int
    """Its index, -1 if there is none."""
    foot_lon_deg: float
    foot_lat_deg: float
    """The nearest point of its outline."""


NOTHING = Found(np.inf, -1, np.nan, np.nan)


def nearest_to(outlines: Outlines, lon_deg: float, lat_deg: float, limit_m: float) -> Found:
    """The nearest hazard, if the distance less its widening is at most `limit_m`.

    The position must be on the globe; `limit_m` may be infinite.
    """
    widened_m = outlines.widened_m[outlines.part_hazard]
    around = _around(outlines, lon_deg, lat_deg)
    if len(around):
        part = int(around[np.argmin(outlines.part_hazard[around])])
        foot = feet(outlines, part_vertices(outlines, np.array([part])), lon_deg, lat_deg)
        best = int(np.argmin(foot[0]))
        return Found(0.0, int(outlines.part_hazard[part]), float(foot[1][best]), float(foot[2][best]))
    centre, radius_m = outlines.balls
    off_m = np.linalg.norm(centre - in_space(lon_deg, lat_deg), axis=1)
    # A chord is never longer than the geodesic, and at most pi / 2 times shorter: what the best can do bounds the rest.
    at_least_m = np.maximum(off_m - radius_m, 0.0) - widened_m
    at_most_m = _arc_m(off_m + radius_m) * 1.01 - widened_m
    bound_m = min(limit_m, float(at_most_m.min(initial=np.inf)))
    parts = np.flatnonzero(at_least_m <= bound_m + 0.01)
    if not len(parts):
        return NOTHING
    edges = part_vertices(outlines, parts)
    measured_m, foot_lon, foot_lat = feet(outlines, edges, lon_deg, lat_deg)
    hazard = outlines.part_hazard[np.searchsorted(outlines.part_start, edges, side="right") - 1]
    key_m = measured_m - outlines.widened_m[hazard]
    close = np.flatnonzero(key_m <= key_m.min() + 1e-7)
    best = int(close[np.argmin(hazard[close])])
    if key_m[best] > limit_m:
        return NOTHING
    return Found(float(measured_m[best]), int(hazard[best]), float(foot_lon[best]), float(foot_lat[best]))


def outline_of(outlines: Outlines, hazard: int, lon_deg: float, lat_deg: float) -> Found:
    """The distance from the position to this hazard's outline, from whichever side."""
    edges = part_vertices(outlines, np.flatnonzero(outlines.part_hazard == hazard))
    measured_m, foot_lon, foot_lat = feet(outlines, edges, lon_deg, lat_deg)
    best = int(np.argmin(measured_m))
    return Found(float(measured_m[best]), hazard, float(foot_lon[best]), float(foot_lat[best]))


def part_vertices(outlines: Outlines, parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first vertices of all edges of these parts."""
    starts, stops = outlines.part_start[parts], outlines.part_start[parts + 1]
    length = stops - starts
    vertices = np.repeat(starts - np.concatenate([[0], np.cumsum(length)[:-1]]), length) + np.arange(length.sum())
    return np.asarray(vertices[~outlines.ends[vertices]], np.int64)


def feet(
    outlines: Outlines, edges: NDArray[np.int64], lon_deg: Floats | float, lat_deg: Floats | float
) -> tuple[Floats, Floats, Floats]:
    """(n,) geodesic distance to each edge in metres, rounded towards danger, and its foot's longitude and latitude.

    From one position to all edges, or from (n,) positions to one edge each.

    The squared chord through space is minimised along the edge by Newton's method, in plain formulae on WGS 84 that
    know no pole and no antimeridian.
    """
    x0, y0 = outlines.lon_deg[edges], outlines.lat_deg[edges]
    dx, dy = outlines.lon_deg[edges + 1] - x0, outlines.lat_deg[edges + 1] - y0
    if len(edges) <= FEW_EDGES:
        lon, lat = (np.broadcast_to(np.asarray(v, np.float64), x0.shape).tolist() for v in (lon_deg, lat_deg))
        each = [
            _foot(*values) for values in zip(x0.tolist(), y0.tolist(), dx.tolist(), dy.tolist(), lon, lat, strict=True)
        ]
        best, best_t = np.array([edge_best[0] for edge_best in each]), np.array([edge_best[1] for edge_best in each])
    else:
        best, best_t = _feet_along(x0, y0, dx, dy, lon_deg, lat_deg)
    foot_lon, foot_lat = x0 + best_t * dx, y0 + best_t * dy
    distance_m = _arc_m(np.sqrt(best))
    far = np.flatnonzero(distance_m > SERIES_M)
    if len(far):
        here_lon, here_lat = (np.broadcast_to(v, best.shape)[far] for v in (lon_deg, lat_deg))
        distance_m[far] = geod().inv(here_lon, here_lat, foot_lon[far], foot_lat[far])[2]
    return np.maximum(distance_m - ROUNDING_M, 0.0), foot_lon, foot_lat


def _feet_along(  # noqa: PLR0917
    x0: Floats, y0: Floats, dx: Floats, dy: Floats, lon_deg: Floats | float, lat_deg: Floats | float
) -> tuple[Floats, Floats]:
    """(n,) squared chord to the nearest point of each edge, and where on the edge it lies, 0 to 1."""
    here_p, here_z, _, _ = _meridian(np.asarray(lat_deg, np.float64))
    best_t = np.zeros(len(x0))
    best = np.full(len(x0), np.inf)
    for start in (0.0, 1.0, 0.5):
        t = np.full(len(x0), start)
        for step in range(6):
            p, z, m_sin, m_cos = _meridian(y0 + t * dy)
            lon = np.radians(x0 + t * dx - lon_deg)
            half = np.sin(lon / 2.0)
            chord2 = (p - here_p) ** 2 + (z - here_z) ** 2 + 4.0 * p * here_p * half**2
            better = chord2 < best
            best[better], best_t[better] = chord2[better], t[better]
            if step == 5:
                break
            east, north = np.radians(dx), np.radians(dy)
            slope = north * ((here_p - p) * m_sin + (z - here_z) * m_cos)
            slope += here_p * (-m_sin * north * 2.0 * half**2 + p * np.sin(lon) * east)
            bend = north**2 * (m_sin**2 + m_cos**2) + (p * east) ** 2
            t = np.clip(t - np.divide(slope, bend, out=np.zeros_like(t), where=bend > 0.0), 0.0, 1.0)
    return best, best_t


def _foot(  # noqa: PLR0917
    x0: float, y0: float, dx: float, dy: float, lon_deg: float, lat_deg: float
) -> tuple[float, float]:
    """`_feet_along` for one edge: the same formulae in plain numbers, for which NumPy would be mostly overhead."""
    here_p, here_z, _, _ = _meridian_of(lat_deg)
    east, north = math.radians(dx), math.radians(dy)
    best, best_t = math.inf, 0.0
    for start in (0.0, 1.0, 0.5):
        t = start
        for step in range(6):
            p, z, m_sin, m_cos = _meridian_of(y0 + t * dy)
            lon = math.radians(x0 + t * dx - lon_deg)
            half = math.sin(lon / 2.0)
            chord2 = (p - here_p) ** 2 + (z - here_z) ** 2 + 4.0 * p * here_p * half**2
            if chord2 < best:
                best, best_t = chord2, t
            if step == 5:
                break
            slope = north * ((here_p - p) * m_sin + (z - here_z) * m_cos)
            slope += here_p * (-m_sin * north * 2.0 * half**2 + p * math.sin(lon) * east)
            bend = north**2 * (m_sin**2 + m_cos**2) + (p * east) ** 2
            turned = min(max(t - (slope / bend if bend > 0.0 else 0.0), 0.0), 1.0)
            if turned == t:
                break  # it stays there, as at the end of an edge
            t = turned
    return best, best_t


def _meridian_of(lat_deg: float) -> tuple[float, float, float, float]:
    """`_meridian` for one latitude."""
    lat = math.radians(lat_deg)
    sin, cos = math.sin(lat), math.cos(lat)
    w2 = 1.0 - E2 * sin * sin
    n_m = A_M / math.sqrt(w2)
    m_m = n_m * (1.0 - E2) / w2
    return n_m * cos, n_m * (1.0 - E2) * sin, m_m * sin, m_m * cos


def _around(outlines: Outlines, lon_deg: float, lat_deg: float) -> NDArray[np.int64]:
    """The areas whose winding number around the position is not 0."""
    box = outlines.bounds_deg
    within = (box[:, 0] <= lon_deg) & (box[:, 2] >= lon_deg) & (box[:, 1] <= lat_deg) & (box[:, 3] >= lat_deg)
    parts = np.flatnonzero(within & outlines.part_is_area)
    if not len(parts):
        return parts
    edges = part_vertices(outlines, parts)
    x0, y0 = outlines.lon_deg[edges] - lon_deg, outlines.lat_deg[edges] - lat_deg
    x1, y1 = outlines.lon_deg[edges + 1] - lon_deg, outlines.lat_deg[edges + 1] - lat_deg
    left = x0 * y1 - x1 * y0
    # Half-open in latitude, so that a vertex on the ray counts once. A rounded `left` matters only on the edge itself,
    # where the distance is 0 and the class is the same.
    up = (y0 <= 0.0) & (y1 > 0.0) & (left > 0.0)
    down = (y0 > 0.0) & (y1 <= 0.0) & (left < 0.0)
    owner = np.searchsorted(outlines.part_start, edges, side="right") - 1
    winding = np.bincount(owner, weights=up.astype(np.float64) - down, minlength=len(outlines.part_hazard))
    return np.flatnonzero(winding)


def _meridian(lat_deg: Floats | np.float64) -> tuple[Floats, Floats, Floats, Floats]:
    """Distance from the axis and from the equator's plane, and their derivatives (minus, plus) by latitude, metres."""
    lat = np.radians(lat_deg)
    sin, cos = np.sin(lat), np.cos(lat)
    w2 = 1.0 - E2 * sin * sin
    n_m = A_M / np.sqrt(w2)
    m_m = n_m * (1.0 - E2) / w2
    return n_m * cos, n_m * (1.0 - E2) * sin, m_m * sin, m_m * cos


def _arc_m(chord_m: Floats) -> Floats:
    """The arc over a chord on the mean sphere."""
    return np.asarray(2.0 * R_M * np.arcsin(np.minimum(chord_m / (2.0 * R_M), 1.0)))
