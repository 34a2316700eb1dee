"""Packs of a part of a register's areas, for phones: a box in degrees, and all hazards within reach of it.

Beyond the box such a pack knows too little to say that none is recorded. Only the page for phones reads it, which
answers "unknown" there; `load_pack` refuses it, as every older program does, so that nobody takes it for the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.bulk.pack import circumstances_of, index_of, save_pack
from merestone.geodesy import metres_per_degree
from merestone.terms import WIDENED_M

if TYPE_CHECKING:
    from merestone.register import Record, Snapshot

Bounds = tuple[float, float, float, float]
Boxes = NDArray[np.float64]
"""West, south, east and north of many, (n, 4), in degrees."""
REACH_M: Final = 25_000.0
"""Hazards this near to the box, less what they are widened by, are in its pack. The page looks for the nearest hazard
within 10 km and a position's accuracy, and says "unknown" where both together come to more than 20 km."""
MOST_PARTS: Final = 30
LEAST_PER_LAT_M: Final = 110_500.0
"""Less than a degree of latitude measures anywhere."""
MOST_LAT_DEG: Final = 85.0
"""Beyond it, a box reaches round the pole."""
SIDES_DEG: Final = (1, 2, 5, 10, 20, 45)
"""The sides of the boxes; the smallest that gives no more than `MOST_PARTS`."""


class Part(NamedTuple):
    """A part of a register's areas."""

    bounds_deg: Bounds
    """West, south, east, north: within it, the pack answers as the whole one does."""
    snapshot: "Snapshot"
    """With the hazards within reach alone."""


def parts_of(snapshot: "Snapshot") -> Iterator[Part]:
    """The parts in which a snapshot's hazards lie, from west to east: boxes of whole degrees."""
    boxes = _bounds_of(snapshot.hazards)
    corners: set[tuple[int, int]] = set()
    side_deg = SIDES_DEG[-1]
    for side_deg in SIDES_DEG:
        corners = _corners(boxes, side_deg)
        if len(corners) <= MOST_PARTS:
            break
    widened_m = [WIDENED_M if hazard.accuracy_m is None else hazard.accuracy_m for hazard in snapshot.hazards]
    reached = _grown(boxes, np.array(widened_m, np.float64)) if len(boxes) else boxes
    for west, south in sorted(corners):
        bounds_deg = (float(west), float(south), float(min(west + side_deg, 180)), float(min(south + side_deg, 90)))
        yield Part(bounds_deg, _within_reach(snapshot, reached, bounds_deg))


def pack_part(part: Part, path: Path) -> None:
    """Write a part as a compact pack, of version 3.

    Raises
    ------
    FileRefused
        A file stands there, or it cannot be written.
    """
    snapshot = part.snapshot
    save_pack(
        index_of(snapshot),
        path,
        audience=snapshot.viewer,
        circumstances=circumstances_of(snapshot),
        sources="; ".join(sorted({record.source for record in snapshot.hazards})),
        begins_on={at: day for at, record in enumerate(snapshot.hazards) if (day := record.begins_on) is not None},
        cells=False,
        compact=True,
        part_deg=part.bounds_deg,
    )


def _within_reach(snapshot: "Snapshot", boxes: Boxes, bounds_deg: Bounds) -> "Snapshot":
    """The snapshot with the hazards within reach of a box alone; what else it says is that of the whole."""
    west, south, east, north = _grown(np.array([bounds_deg]), REACH_M)[0]
    is_near = np.zeros(len(boxes), bool)
    for turn_deg in (-360.0, 0.0, 360.0):
        is_near |= (boxes[:, 0] + turn_deg <= east) & (boxes[:, 2] + turn_deg >= west)
    is_near &= (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    present_count = len(snapshot.hazards_present)
    chosen = [(at < present_count, record) for at, record in enumerate(snapshot.hazards) if is_near[at]]
    return replace(
        snapshot,
        records=tuple(record for is_present, record in chosen if is_present),
        warned_beside=tuple(record for is_present, record in chosen if not is_present),
    )


def _bounds_of(hazards: Sequence["Record"]) -> Boxes:
    """West, south, east and north of each hazard, in degrees."""
    outlines = np.array([hazard.geometry for hazard in hazards], dtype=object)
    return np.asarray(shapely.bounds(outlines), np.float64).reshape(-1, 4)


def _corners(boxes: Boxes, side_deg: int) -> set[tuple[int, int]]:
    """West and south of the boxes of a grid in which hazards lie."""
    corners: set[tuple[int, int]] = set()
    first = np.floor(boxes[:, :2] / side_deg).astype(int)
    last = np.floor(boxes[:, 2:] / side_deg).astype(int)
    for west, south, east, north in np.unique(np.hstack([first, last]), axis=0).tolist():
        columns, rows = range(west, east + 1), range(south, north + 1)
        corners |= {(column * side_deg, row * side_deg) for column in columns for row in rows}
    return {(west, south) for west, south in corners if west < 180 and south < 90}


def _grown(boxes: Boxes, by_m: float | NDArray[np.float64]) -> Boxes:
    """Boxes that contain all within some metres of them; towards a pole, all longitudes."""
    grown = boxes.copy()
    grown[:, 1] -= 1.01 * np.asarray(by_m) / LEAST_PER_LAT_M
    grown[:, 3] += 1.01 * np.asarray(by_m) / LEAST_PER_LAT_M
    farthest_deg = np.abs(grown[:, [1, 3]]).max(axis=1)
    per_lon_m, _ = metres_per_degree(np.minimum(farthest_deg, MOST_LAT_DEG))
    by_lon_deg = np.where(farthest_deg >= MOST_LAT_DEG, 360.0, 1.01 * np.asarray(by_m) / per_lon_m)
    grown[:, 0] -= by_lon_deg
    grown[:, 2] += by_lon_deg
    return grown
