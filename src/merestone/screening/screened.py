"""Many positions screened at once, and what is wrong with some: a fault never becomes "none recorded"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from merestone.languages import gettext_noop
from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import NONE_RECORDED, UNKNOWN, Nearest
from merestone.screening.kernel.outline import Accuracy, Floats

FAULTS: Final = (
    "",
    gettext_noop("position missing"),
    gettext_noop("out of range"),
    gettext_noop("axes seem swapped"),
    gettext_noop("accuracy not stated"),
    gettext_noop("no hazard to compare with"),
    gettext_noop("not all of the way was recorded"),
)
"""What a fault's number means."""
JUST_BEYOND_DEG = 90.001
"""A latitude up to this, beyond 90 degrees, is out of range; a larger one may be a longitude."""
MISSING, OUT_OF_RANGE, SWAPPED, NO_ACCURACY, NO_HAZARD, INTERRUPTED = range(1, 7)
FAR_DEG: Final = 5.0
"""A position so far outside all hazards, whose swapped twin lies among them, is taken for swapped."""


@dataclass(frozen=True, eq=False)
class Screened:
    """Positions with their classes, their nearest hazards and their faults, in the order given."""

    codes: NDArray[np.uint8]
    nearest: Nearest
    fault: NDArray[np.uint8]
    """(n,) index into `FAULTS`, 0 where there is none."""

    @property
    def distance_m(self) -> Floats:
        """(n,) as `Nearest.distance_m`."""
        return self.nearest.distance_m


def screen(
    index: HazardIndex,
    lon_deg: ArrayLike,
    lat_deg: ArrayLike,
    accuracy_m: Accuracy = None,
    *,
    warn_m: float = 150.0,
    max_distance_m: float = 10_000.0,
) -> Screened:
    """Class, nearest hazard and fault of each position; parameters as for `HazardIndex.nearest` and `classify`.

    A position that looks as if its axes were swapped is UNKNOWN, unless it is inside or near a hazard as it stands.
    """
    nearest = index.nearest(lon_deg, lat_deg, accuracy_m, max(max_distance_m, warn_m))
    codes = nearest.classes(warn_m)
    lon, lat = nearest.lon_deg, nearest.lat_deg
    fault = np.zeros(len(codes), np.uint8)
    with np.errstate(invalid="ignore"):
        fault[(codes == UNKNOWN) & np.isnan(nearest.accuracy_m)] = NO_ACCURACY
        if index.is_empty:
            fault[:] = NO_HAZARD
        else:
            fault[_fits_swapped(index, lon, lat) & (codes == NONE_RECORDED)] = SWAPPED
        fault[(np.abs(lon) > 180.0) | (np.abs(lat) > 90.0)] = OUT_OF_RANGE
        # A latitude of 90.0000001 is one that was rounded or computed, and no longitude.
        fault[(np.abs(lat) > JUST_BEYOND_DEG) & (np.abs(lat) <= 180.0) & (np.abs(lon) <= 90.0)] = SWAPPED
        fault[~np.isfinite(lon) | ~np.isfinite(lat)] = MISSING
    codes[fault == SWAPPED] = UNKNOWN
    return Screened(codes, nearest, fault)


def look_swapped(
    index: HazardIndex, lon_deg: Floats, lat_deg: Floats, group: NDArray[np.int64], groups: int
) -> NDArray[np.bool_]:
    """(groups,) whether all positions of a group lie so that their axes seem swapped."""
    fits = np.zeros(len(lon_deg), bool) if index.is_empty else _fits_swapped(index, lon_deg, lat_deg)
    count = np.bincount(group, minlength=groups)
    return np.asarray((count > 0) & (np.bincount(group, fits, minlength=groups) == count))


def _fits_swapped(index: HazardIndex, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """(n,) whether a position lies far from all hazards, and among them with its axes swapped."""
    box = index.outlines.bounds_deg
    west, south = box[:, 0].min() - FAR_DEG, box[:, 1].min() - FAR_DEG
    east, north = box[:, 2].max() + FAR_DEG, box[:, 3].max() + FAR_DEG
    is_far = (lon < west) | (lon > east) | (lat < south) | (lat > north)
    return np.asarray(is_far & (lat >= west) & (lat <= east) & (lon >= south) & (lon <= north))
