"""What `HazardIndex.nearest` answers: one value per position, in the order of the positions."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from merestone.geodesy import geod
from merestone.screening.kernel.outline import Floats
from merestone.terms import WIDENED_M

INSIDE: Final = 2
"""In a recorded hazard, or the stated accuracies allow that it is."""
NEAR: Final = 1
"""Within the warning distance of a recorded hazard, or the accuracies allow that it is."""
NONE_RECORDED: Final = 0
"""No recorded hazard within the warning distance, whatever the accuracies hide. This is not an assurance."""
UNKNOWN: Final = 255
"""Cannot be answered: a place or an accuracy is missing, or there is nothing to compare with."""

Feet = tuple[Floats, Floats, Floats]


class Measures(Protocol):
    """What an answer needs of its index to say more, when it is asked."""

    @property
    def widened_m(self) -> Floats:
        """(hazards,) by how much each hazard is widened."""

    @property
    def accuracy_m(self) -> Floats:
        """(hazards,) as stated, NaN where it is not."""

    def id_of(self, hazard: int) -> str | None:
        """The record's identifier."""

    def feet(self, hazard: NDArray[np.int64], lon_deg: Floats, lat_deg: Floats) -> Feet:
        """Distance to these hazards' outlines from either side, and the nearest points."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest hazard of each position: the one with the smallest distance less its own accuracy.

    Measured distances are geodesic on WGS 84, to the recorded outline, rounded towards danger by at most 1 mm.
    """

    distance_m: Floats
    """(n,) 0 inside, infinite if none is within the limit, NaN where the position is no place or the index is empty."""
    hazard: NDArray[np.int64]
    """(n,) index of the hazard in the order it was given to `build`; -1 where there is none."""
    lon_deg: Floats
    lat_deg: Floats
    accuracy_m: Floats
    """(n,) accuracy of the position; NaN where it was not stated."""
    index: Measures

    def __len__(self) -> int:
        return len(self.distance_m)

    @cached_property
    def hazard_accuracy_m(self) -> Floats:
        """(n,) stated accuracy of the nearest hazard; NaN where not stated, and where there is no hazard."""
        return self._of_hazard(self.index.accuracy_m)

    @cached_property
    def is_assumed(self) -> NDArray[np.bool_]:
        """(n,) whether the nearest hazard's accuracy is not stated, so that `terms.WIDENED_M` stands for it."""
        return (self.hazard >= 0) & np.isnan(self.hazard_accuracy_m)

    @cached_property
    def cautious_m(self) -> Floats:
        """(n,) the shortest distance that both accuracies allow; NaN where the position's is not stated."""
        with np.errstate(invalid="ignore"):
            return np.maximum(self.distance_m - self._widened_m - self.accuracy_m, 0.0)

    def classes(self, warn_m: float) -> NDArray[np.uint8]:
        """(n,) the class of each position; `warn_m` must not exceed the distance that was looked as far as."""
        return classes_of(self.distance_m, self.hazard, self.index.accuracy_m, self.accuracy_m, warn_m)

    @cached_property
    def record_ids(self) -> NDArray[Any]:
        """(n,) object: the nearest record's identifier, None where there is none."""
        return np.array([self.index.id_of(int(h)) if h >= 0 else None for h in self.hazard], dtype=object)

    @cached_property
    def depth_m(self) -> Floats:
        """(n,) distance to the outline for positions inside; NaN for all others."""
        return np.where(self.distance_m == 0.0, self._feet[0], np.nan)

    @cached_property
    def foot_lon_deg(self) -> Floats:
        """(n,) longitude of the outline's nearest point."""
        return self._feet[1]

    @cached_property
    def foot_lat_deg(self) -> Floats:
        """(n,) latitude of the outline's nearest point."""
        return self._feet[2]

    @cached_property
    def azimuth_away_deg(self) -> Floats:
        """(n,) clockwise from north, at the position: away from the nearest point, or out through it from inside.

        It leads away from this one hazard; another may lie that way. NaN where there is none, and on the outline.
        """
        out = np.full(len(self), np.nan)
        has = np.flatnonzero((self.hazard >= 0) & (self._feet[0] > 0.0))
        if len(has):
            ends = (self.foot_lon_deg[has], self.foot_lat_deg[has])
            towards, _, _ = geod().inv(self.lon_deg[has], self.lat_deg[has], *ends)
            turn = np.where(self.distance_m[has] == 0.0, 0.0, 180.0)
            out[has] = (towards + turn) % 360.0
        return out

    @cached_property
    def _widened_m(self) -> Floats:
        widened = self._of_hazard(self.index.widened_m)
        widened[(self.hazard < 0)] = 0.0
        return widened

    @cached_property
    def _feet(self) -> Feet:
        has = np.flatnonzero(self.hazard >= 0)
        out = np.full((3, len(self)), np.nan)
        if len(has):
            out[:, has] = self.index.feet(self.hazard[has], self.lon_deg[has], self.lat_deg[has])
        return out[0], out[1], out[2]

    def _of_hazard(self, values: Floats) -> Floats:
        out = np.full(len(self), np.nan)
        has = self.hazard >= 0
        out[has] = values[self.hazard[has]]
        return out


def classes_of(
    distance_m: Floats, hazard: NDArray[np.int64], stated_m: Floats, position_m: Floats, warn_m: float
) -> NDArray[np.uint8]:
    """Classes from measured distances. Everything starts as unknown, so that what no rule reaches stays so.

    Only an accuracy that was stated can put a position inside; one that was not widens the warning by `WIDENED_M`.
    """
    out = np.full(len(distance_m), UNKNOWN, np.uint8)
    inside_m, near_m = np.zeros(len(distance_m)), np.zeros(len(distance_m))
    has = hazard >= 0
    hazard_m = stated_m[hazard[has]]
    is_stated = ~np.isnan(hazard_m)
    inside_m[has] = np.where(is_stated, hazard_m, 0.0)
    near_m[has] = np.where(is_stated, hazard_m, WIDENED_M)
    known_m = np.where(np.isnan(position_m), 0.0, position_m)
    with np.errstate(invalid="ignore"):
        near_by_m = distance_m - near_m - known_m
        out[(near_by_m > warn_m) & ~np.isnan(position_m)] = NONE_RECORDED
        out[near_by_m <= warn_m] = NEAR
        out[distance_m - inside_m - known_m <= 0.0] = INSIDE
    return out
