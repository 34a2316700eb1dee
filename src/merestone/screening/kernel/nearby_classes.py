"""Classes of positions from the parts around them, while cells are not worth making: see `near_boxes`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from merestone.screening.kernel import near_boxes, pair_query
from merestone.screening.kernel.near_boxes import IN_DOUBT
from merestone.screening.kernel.nearest import UNKNOWN, classes_of
from merestone.screening.kernel.outline import Floats, Outlines
from merestone.screening.kernel.unflattened import UnflattenedGeometries

LOOK_S, POSITION_S = 5e-9, 3e-7
"""Seconds that a look at an edge, or at a position's box, takes, and a position with all around it: roughly."""
HAZARDS_TO_A_POSITION = 3
"""To pass over so many hazards in a question takes as long as a position does."""
MOST_M = 19_000.0
"""Farther than this, with both accuracies, the bounds of `near_boxes` do not hold."""

Measure = Callable[[Outlines, Floats, Floats, Floats, Floats], tuple[Floats, NDArray[np.int64]]]
"""Distance and hazard of positions, given their accuracies and how far is looked, (n,) or (1,) each."""


def as_positions(positions: int, hazards: int) -> int:
    """What a question costs, as a number of positions."""
    return positions + hazards // HAZARDS_TO_A_POSITION


def classes(  # noqa: PLR0917
    hazards: UnflattenedGeometries | Outlines, lon: Floats, lat: Floats, known_m: Floats, warn_m: float,
    most_s: float, measure: Measure,
) -> NDArray[np.uint8] | None:  # fmt: skip
    """(n,) the class of each position as if its accuracy were stated; None where it must be found in another way.

    Parameters
    ----------
    known_m
        (n,) or (1,) accuracies of the positions.
    most_s
        None is given if it were to take about so long.
    measure
        Decides the classes that lie within the error of the flat frames.
    """
    widest_m = float(hazards.widened_m.max(initial=0.0))
    at = _askable(lon, lat, known_m, warn_m, widest_m)
    if at is None or not len(at):
        return None
    code = np.full(len(lon), UNKNOWN, np.uint8)
    own_m = known_m if len(known_m) == 1 else known_m[at]
    positions = (lon, lat, known_m) if len(at) == len(lon) else (lon[at], lat[at], own_m)
    looks = int(most_s / LOOK_S)
    if isinstance(hazards, UnflattenedGeometries):
        reached = hazards.near(*positions, warn_m, looks)
        if reached is None:
            return None
        hazards = reached
    if not len(hazards.part_hazard):
        return None
    class_code = classes_of_parts(hazards, *positions, warn_m, looks)
    if class_code is None:
        return None
    doubtful = np.flatnonzero(class_code == IN_DOUBT)
    if len(doubtful):
        each_m = positions[2] if len(positions[2]) == 1 else positions[2][doubtful]
        class_code[doubtful] = _decided(
            hazards, positions[0][doubtful], positions[1][doubtful], each_m, warn_m, measure
        )
    code[at] = class_code
    return code


def _askable(lon: Floats, lat: Floats, known_m: Floats, warn_m: float, widest_m: float) -> NDArray[np.int64] | None:
    """The positions that are places; None if one of them cannot be asked for in this way."""
    reach_m = warn_m + float(known_m.max())
    if not reach_m + widest_m < MOST_M:
        return None
    with np.errstate(invalid="ignore"):
        is_place = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    at = np.flatnonzero(is_place)
    if not len(at):
        return at
    x, y = (lon, lat) if len(at) == len(lon) else (lon[at], lat[at])
    east, north = (np.array([max(-float(values.min()), float(values.max()))]) for values in (x, y))
    return at if pair_query.can_measure(east, north, np.array([reach_m]), widest_m).all() else None


def classes_of_parts(  # noqa: PLR0917
    outlines: Outlines, lon: Floats, lat: Floats, known_m: Floats, warn_m: float, most_looks: int
) -> NDArray[np.uint8] | None:
    """(n,) the classes, `IN_DOUBT` where the ellipsoid must decide; None if it were too much to look at."""
    box = outlines.bounds_deg
    widened_m = outlines.widened_m[outlines.part_hazard]
    stated_m = np.nan_to_num(outlines.accuracy_m[outlines.part_hazard], nan=0.0)
    at = near_boxes.beside_all(box, lon, lat, warn_m + float(known_m.max()) + float(widened_m.max()))
    code = np.zeros(len(lon), np.uint8)
    if not len(at):
        return code
    asked, order = near_boxes.in_grid(lon[at], lat[at], known_m if len(known_m) == 1 else known_m[at], warn_m)
    class_code = np.empty(len(at), np.uint8)
    doubts = near_boxes.classes_by_parts(
        outlines.lon_deg, outlines.lat_deg, outlines.ends, outlines.part_start, outlines.part_is_area, box,
        stated_m, widened_m, asked, class_code, most_looks,
    )  # fmt: skip
    if doubts < 0:
        return None
    code[at[order]] = class_code
    return code


def _decided(  # noqa: PLR0917
    outlines: Outlines, lon: Floats, lat: Floats, known_m: Floats, warn_m: float, measure: Measure
) -> NDArray[np.uint8]:
    """The classes by distances on the ellipsoid, to the parts around these positions only."""
    widened_m = outlines.widened_m[outlines.part_hazard]
    chosen = near_boxes.reached(outlines.bounds_deg, widened_m, (lon, lat, known_m, warn_m))
    assert chosen is not None
    around = outlines.of_parts(chosen)
    distance_m, hazard = measure(around, lon, lat, known_m, warn_m + known_m)
    return classes_of(distance_m, hazard, outlines.accuracy_m, np.broadcast_to(known_m, lon.shape), warn_m)
