"""Where along a way a hazard comes near, proven and not sampled.

The distance to a hazard changes by at most one metre for each metre walked. So one measurement at the middle of a
stretch decides the whole stretch, if the distance there differs from the limit by more than half its length; otherwise
the stretch is halved. All stretches of all ways are measured together, round after round, until what is left undecided
is `TOLERANCE_M` short; that is counted as near, or as inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import INSIDE, NEAR
from merestone.screening.kernel.outline import Floats
from merestone.screening.shapes.polyline import Longs, Ways

TOLERANCE_M: Final = 0.1
"""Ends of a stretch, and least distances, are found to within this, and rounded towards danger."""
_SLACK_M: Final = 0.002
"""More than what rounding can take from a distance or a length."""


@dataclass(frozen=True, eq=False)
class Keys:
    """What places are to the hazards, metres; infinite where none is within the limit."""

    near_m: Floats
    """(n,) least distance less what the hazard is widened by, stated or assumed."""
    inside_m: Floats
    """(n,) least distance less the stated accuracy."""
    near: Longs
    """(n,) the hazard of `near_m`, -1 for none; and `inside` that of `inside_m`."""
    inside: Longs
    near_distance_m: Floats
    """(n,) from the hazard of `near_m` to its recorded outline; and `inside_distance_m`."""
    inside_distance_m: Floats


FEW = 20_000
"""Up to so many places are measured without cells."""


class Danger:
    """A hazard index, asked for both of its measures: hazards of stated and of unstated accuracy are kept apart."""

    def __init__(self, index: HazardIndex) -> None:
        self.index = index
        groups = index.outlines.by_statement if not index.is_empty else ()
        self.groups: Sequence[HazardIndex] = [index] if len(groups) == 1 else [HazardIndex(g) for g in groups]
        self.stated_m = np.nan_to_num(index.accuracy_m, nan=0.0)
        self._asked = 0

    def keys(self, lon_deg: Floats, lat_deg: Floats, limit_m: float) -> Keys:
        """Measure places; hazards are looked for as far as `limit_m` beyond what they are widened by."""
        n = len(lon_deg)
        self._asked += n
        if self._asked > FEW:  # rounds are many and small, so that to choose anew in each would cost more than cells
            for group in self.groups:
                group.prepare()
        key, distance = np.full((2, n), np.inf), np.full((2, n), np.inf)
        hazard = np.full((2, n), -1, np.int64)
        for group in self.groups:
            nearest = group.nearest(lon_deg, lat_deg, 0.0, limit_m)
            has = np.flatnonzero(nearest.hazard[:n] >= 0)
            which, measured_m = nearest.hazard[has], nearest.distance_m[has]
            for row, less_m in enumerate((self.index.widened_m[which], self.stated_m[which])):
                key_m = measured_m - less_m
                better = key_m < key[row, has]
                at = has[better]
                key[row, at], distance[row, at], hazard[row, at] = key_m[better], measured_m[better], which[better]
        return Keys(key[0], key[1], hazard[0], hazard[1], distance[0], distance[1])


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of pieces, from `t0` to `t1` along each."""

    piece: Longs
    t0: Floats
    t1: Floats
    code: NDArray[np.uint8]
    """INSIDE or NEAR."""


def dangerous(danger: Danger, ways: Ways, accuracy_m: Floats, warn_m: float) -> Stretches:
    """All stretches inside or near, in the order of the ways; every place that is truly so lies in one of them.

    Parameters
    ----------
    accuracy_m
        (ways,) by how much the ways are widened, metres.
    """
    piece = np.arange(len(ways.way))
    t0, t1 = np.zeros(len(piece)), np.ones(len(piece))
    near_known, inside_known = np.zeros(len(piece), bool), np.zeros(len(piece), bool)
    done: list[tuple[Longs, Floats, Floats, NDArray[np.uint8]]] = []
    while len(piece):
        middle = 0.5 * (t0 + t1)
        half_m = 0.5 * (t1 - t0) * ways.most_m[piece] + _SLACK_M + ways.sag_m
        lon, lat = ways.at(piece, middle)
        doubt_m = accuracy_m[ways.way[piece]]
        # `inside_known`: decided that no place of it is inside. What is wholly inside is done at once.
        keys = danger.keys(lon, lat, float(np.max(warn_m + doubt_m + half_m)))
        near_m, inside_m = keys.near_m - warn_m - doubt_m, keys.inside_m - doubt_m
        inside_most_m = _depths(danger, keys, inside_m, half_m, lon, lat, ~inside_known)
        inside_known |= inside_m > half_m
        near_known |= near_m <= -half_m
        beyond = near_m > half_m
        short = half_m <= 0.5 * TOLERANCE_M + _SLACK_M + ways.sag_m
        is_inside = ~inside_known & ((inside_most_m <= -half_m) | short)
        is_near = inside_known & ~beyond & (near_known | short)
        for chosen, code in ((is_inside, INSIDE), (is_near, NEAR)):
            codes = np.full(int(chosen.sum()), code, np.uint8)
            done.append((piece[chosen], t0[chosen], t1[chosen], codes))
        open_ = ~(is_inside | is_near | beyond)
        piece, near_known, inside_known = (np.repeat(v[open_], 2) for v in (piece, near_known, inside_known))
        t0, t1 = np.repeat(t0[open_], 2), np.repeat(t1[open_], 2)
        t0[1::2] = t1[::2] = middle[open_]
    pieces, starts, stops, codes = (np.concatenate(v) for v in zip(*done, strict=True)) if done else _NOTHING
    order = np.lexsort((starts, pieces))
    return Stretches(pieces[order], starts[order], stops[order], codes[order])


_NOTHING = (np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.uint8))


def _depths(  # noqa: PLR0917
    danger: Danger, keys: Keys, inside_m: Floats, half_m: Floats, lon: Floats, lat: Floats, asked: NDArray[np.bool_]
) -> Floats:
    """`inside_m`, less the depth of places in an outline where it is not decided without it.

    A circle about a place as wide as its depth does not leave the hazard, so the depth is as good as a distance.
    """
    out = inside_m.copy()
    deep = np.flatnonzero(asked & (keys.inside_distance_m == 0.0) & (inside_m > -half_m))
    if len(deep):
        out[deep] -= danger.index.feet(keys.inside[deep], lon[deep], lat[deep])[0]
    return out


@dataclass(frozen=True, eq=False)
class Closest:
    """The place of each group where a hazard comes nearest, counting what both are widened by; NaN and -1: none."""

    lon_deg: Floats
    lat_deg: Floats
    distance_m: Floats
    """(groups,) to the hazard's recorded outline, 0 inside; at most `TOLERANCE_M` too small, never too large."""
    hazard: Longs
    piece: Longs
    t: Floats


def closest(  # noqa: PLR0917
    danger: Danger, ways: Ways, stretches: Stretches, group: Longs, groups: int, max_distance_m: float
) -> Closest:
    """Find the closest place of each group of stretches, by branch and bound.

    Parameters
    ----------
    group
        (s,) which group each stretch is of. INSIDE stretches are measured with stated accuracies only.
    max_distance_m
        Hazards beyond this, less what they are widened by, are not looked for.
    """
    best_m = np.full(groups, np.inf)
    table = np.full((4, groups), np.nan)  # lon, lat, distance, t
    hazard, where = np.full(groups, -1, np.int64), np.full(groups, -1, np.int64)
    order = np.lexsort((stretches.t0, stretches.piece, group))  # halving keeps it
    piece, t0, t1 = stretches.piece[order], stretches.t0[order], stretches.t1[order]
    code, group = stretches.code[order], group[order]
    while len(piece):
        middle = 0.5 * (t0 + t1)
        half_m = 0.5 * (t1 - t0) * ways.most_m[piece] + _SLACK_M + ways.sag_m
        lon, lat = ways.at(piece, middle)
        keys = danger.keys(lon, lat, max_distance_m + float(half_m.max()))
        inside = code == INSIDE
        key_m = np.where(inside, keys.inside_m, keys.near_m)
        which = np.where(inside, keys.inside, keys.near)
        distance_m = np.where(inside, keys.inside_distance_m, keys.near_distance_m)
        first = _first_least(key_m, group)
        first = first[(key_m[first] < best_m[group[first]]) & (which[first] >= 0)]
        at = group[first]
        best_m[at], hazard[at], where[at] = key_m[first], which[first], piece[first]
        table[:, at] = lon[first], lat[first], distance_m[first], middle[first]
        # Once a place lies in an outline no other can be nearer.
        open_ = (table[2, group] != 0.0) & (key_m - half_m < np.minimum(best_m[group], max_distance_m) - TOLERANCE_M)
        open_ &= half_m > 0.5 * TOLERANCE_M + _SLACK_M + ways.sag_m
        piece, code, group = (np.repeat(v[open_], 2) for v in (piece, code, group))
        t0, t1 = np.repeat(t0[open_], 2), np.repeat(t1[open_], 2)
        t0[1::2] = t1[::2] = middle[open_]
    table[2] = np.maximum(table[2] - TOLERANCE_M, 0.0)
    return Closest(table[0], table[1], table[2], hazard, where, table[3])


def _first_least(values: Floats, group: Longs) -> Longs:
    """Where the first of the least values of each group stands; groups follow each other."""
    begins = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    least = np.repeat(np.minimum.reduceat(values, begins), np.diff(np.r_[begins, len(values)]))
    at = np.flatnonzero(values == least)
    return np.asarray(at[np.r_[True, group[at][1:] != group[at][:-1]]], np.int64)
