"""Depth, nearest point and direction for many positions at once: each against the outline of one hazard.

The same answers as `direct.outline_of`. A flat look at all edges of a hazard leaves those that can be the nearest,
given what a flat distance may be wrong by; only these are measured exactly.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from merestone.geodesy import metres_per_degree
from merestone.screening.kernel import numpy_query
from merestone.screening.kernel.outline import Floats, Outlines

_PAIRS: Final = 1 << 20
"""Pairs of a position and an edge that are looked at together."""
_MOST_ERROR: Final = 0.05
"""Where a flat distance may be more wrong than this, relatively, every edge is measured exactly."""


def feet_of(
    outlines: Outlines, hazard: NDArray[np.int64], lon_deg: Floats, lat_deg: Floats
) -> tuple[Floats, Floats, Floats]:
    """(n,) distance to the outline of each position's own hazard, from either side, and its nearest point.

    Distances are geodesic, in metres, rounded towards danger as in `direct`. Each hazard must have a place.
    """
    if len(hazard) == 1:
        return _feet_of_one(outlines, int(hazard[0]), float(lon_deg[0]), float(lat_deg[0]))
    out = np.empty((3, len(hazard)))
    which, of = np.unique(hazard, return_inverse=True)
    edges, start = _edges_of(outlines, which)
    count = np.diff(start)[of]
    # Positions in lots of about as many pairs.
    lot = np.cumsum(count) // _PAIRS
    for chosen in np.split(np.arange(len(hazard)), np.flatnonzero(np.diff(lot)) + 1):
        if len(chosen):
            out[:, chosen] = _feet_of_few(
                outlines, edges, start[of[chosen]], count[chosen], lon_deg[chosen], lat_deg[chosen]
            )
    return out[0], out[1], out[2]


def _feet_of_one(outlines: Outlines, hazard: int, lon_deg: float, lat_deg: float) -> tuple[Floats, Floats, Floats]:
    """`feet_of` for one position, as a check of one place asks."""
    order, owner = outlines.by_hazard
    first, last = np.searchsorted(owner, [hazard, hazard + 1])
    edges = numpy_query.part_vertices(outlines, order[first:last])
    flat_m, error = _flat(outlines, edges, np.float64(lon_deg), np.float64(lat_deg))
    if error.max(initial=0.0) < _MOST_ERROR:
        most_m = (flat_m * (1.0 + error) + 1e-3).min()
        edges = edges[flat_m * (1.0 - error) - 1e-3 <= most_m]
    measured = numpy_query.feet(outlines, edges, lon_deg, lat_deg)
    best = int(np.argmin(measured[0]))
    return measured[0][[best]], measured[1][[best]], measured[2][[best]]


def _edges_of(outlines: Outlines, hazards: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First vertices of the edges of each hazard, one hazard after another, and where each hazard's start."""
    order, owner = outlines.by_hazard
    first, last = np.searchsorted(owner, hazards, side="left"), np.searchsorted(owner, hazards, side="right")
    number = last - first
    nth = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    parts = order[np.repeat(first, number) + nth]
    edges = numpy_query.part_vertices(outlines, parts)
    vertices = outlines.part_start[parts + 1] - outlines.part_start[parts]
    rings = outlines.rings_of_part[parts]
    per_hazard = np.bincount(np.repeat(np.arange(len(hazards)), number), vertices - rings, minlength=len(hazards))
    return edges, np.concatenate([[0], np.cumsum(per_hazard)]).astype(np.int64)


def _feet_of_few(  # noqa: PLR0917
    outlines: Outlines,
    edges: NDArray[np.int64],
    start: NDArray[np.int64],
    count: NDArray[np.int64],
    lon: Floats,
    lat: Floats,
) -> Floats:
    position = np.repeat(np.arange(len(lon)), count)
    nth = np.arange(len(position)) - np.repeat(np.cumsum(count) - count, count)
    edge = edges[np.repeat(start, count) + nth]
    begin = np.cumsum(count) - count
    flat_m, error = _flat(outlines, edge, lon[position], lat[position])
    with np.errstate(invalid="ignore"):
        most_m = np.where(error < _MOST_ERROR, flat_m * (1.0 + error) + 1e-3, np.inf)
        least_m = np.where(error < _MOST_ERROR, flat_m * (1.0 - error) - 1e-3, 0.0)
    keep = np.flatnonzero(least_m <= np.minimum.reduceat(most_m, begin)[position])
    position, edge = position[keep], edge[keep]
    measured = numpy_query.feet(outlines, edge, lon[position], lat[position])
    first = np.flatnonzero(np.r_[True, position[1:] != position[:-1]])
    least = np.minimum.reduceat(measured[0], first)[position]
    at = np.flatnonzero(measured[0] == least)
    at = at[np.r_[True, position[at][1:] != position[at][:-1]]]
    return np.stack([values[at] for values in measured])


def _flat(
    outlines: Outlines, edge: NDArray[np.int64], lon: Floats | np.float64, lat: Floats | np.float64
) -> tuple[Floats, Floats]:
    """Distance to each edge in a flat frame about its position, and by how much it may be wrong, relatively."""
    kx, ky = metres_per_degree(lat)
    x0 = outlines.lon_deg[edge] - lon
    x0 -= 360.0 * np.round(x0 / 360.0)
    ax, ay = x0 * kx, (outlines.lat_deg[edge] - lat) * ky
    ux = (outlines.lon_deg[edge + 1] - outlines.lon_deg[edge]) * kx
    uy = (outlines.lat_deg[edge + 1] - outlines.lat_deg[edge]) * ky
    length2 = ux * ux + uy * uy
    t = np.clip(-(ax * ux + ay * uy) / np.where(length2 > 0.0, length2, 1.0), 0.0, 1.0)
    flat_m = np.hypot(ax + t * ux, ay + t * uy)
    # As `kernel.frame_error`, twice to be sure at long distances: the parallels shrink by tan(lat) per radian.
    tangent = np.tan(np.radians(np.minimum(np.abs(lat), 89.99)))
    return flat_m, 1e-6 + 2.12 * (tangent + 0.03) * flat_m / numpy_query.R_M
