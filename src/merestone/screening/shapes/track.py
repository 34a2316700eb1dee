"""Tracks and routes against the hazard index: which parts lie inside or near, for how long, and where it is closest.

Nothing is sampled: `narrowing` decides every metre of the way. Between two fixes the way is taken to be straight, and
so it is between two segments of a track. Over a gap in a recording nobody knows where its bearer went: it is told
together with that assumption, and a track that has one is never called none recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Nearest
from merestone.screening.kernel.outline import Accuracy, Edges, Floats, stated_accuracy_m
from merestone.screening.reference_system import on_wgs84
from merestone.screening.screened import INTERRUPTED
from merestone.screening.shapes.bisection import Danger, Stretches, closest, dangerous
from merestone.screening.shapes.interruption import continued
from merestone.screening.shapes.lots import faults_of, refuse_no_measures, screened_in_lots
from merestone.screening.shapes.polyline import Longs, Ways
from merestone.terms import FieldRefused, number_of

Times = NDArray[np.datetime64]

GAP_M: Final = 500.0
GAP_S: Final = 300.0
"""Two fixes of a recording farther apart than one of these are a gap in it. Working assumptions of ours: people walk
some 400 m in five minutes, and recorders write down a fix every few seconds."""
_STILL_M: Final = 30.0
"""Fixes nearer to each other than this are no gap, however long the rest was."""
_AT_ONCE: Final = 200_000
"""Coordinates that are laid out together."""


@dataclass(frozen=True, eq=False)
class ClosestPlaces:
    """For each track, or part of one, the place where a hazard comes nearest, less what the hazard is widened by."""

    lon_deg: Floats
    lat_deg: Floats
    distance_m: Floats
    """To the recorded outline, 0 inside; too small by at most 0.1 m, never too large; infinite if none was found."""
    hazard: Longs
    """Index of the hazard in the order given to `build`; -1: none."""
    azimuth_away_deg: Floats
    at_m: Floats
    """Metres along the track."""
    at: Times
    """UTC; not a time where the track has none."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts inside or near, track by track and in order; no two overlap. Ends are stretched by up to 0.1 m."""

    track: Longs
    code: NDArray[np.uint8]
    """INSIDE, or NEAR: within the warning distance and not inside."""
    start_m: Floats
    end_m: Floats
    start_at: Times
    end_at: Times
    geometry: NDArray[np.object_]
    """Lines in longitude and latitude; several for a part that crosses the antimeridian."""
    closest: ClosestPlaces

    def __len__(self) -> int:
        return len(self.track)


@dataclass(frozen=True, eq=False)
class Gaps:
    """Where a recording says nothing for long, or for far. The straight way was screened; where it led is not known."""

    track: Longs
    start_m: Floats
    end_m: Floats
    seconds: Floats
    """NaN where a fix has no time, or times run backwards."""


@dataclass(frozen=True, eq=False)
class ScreenedTracks:
    """One answer for each track, in the order given, and their parts."""

    codes: NDArray[np.uint8]
    """(n,) the worst class along the track: INSIDE, NEAR, then UNKNOWN, and only then NONE_RECORDED."""
    fault: NDArray[np.uint8]
    """(n,) index into `FAULTS`: why something could not be answered; 0 where there is no reason."""
    length_m: Floats
    inside_m: Floats
    near_m: Floats
    """(n,) metres near and not inside."""
    inside_s: Floats
    """(n,) seconds; NaN where a fix beside such a part has no time, or times run backwards. 0: never inside."""
    near_s: Floats
    unusable_fixes: Longs
    """(n,) fixes that are no place on the globe; the track is broken there."""
    backward_fixes: Longs
    """(n,) fixes whose time is before that of the fix before."""
    untimed_fixes: Longs
    """(n,) fixes without a time in a recording of which others have one."""
    closest: ClosestPlaces
    parts: Parts
    gaps: Gaps
    accuracy_m: Floats
    warn_m: float
    max_distance_m: float
    """How far the closest hazard was looked for."""

    def __len__(self) -> int:
        return len(self.codes)


def screen_tracks(
    index: HazardIndex,
    lines: Any,
    accuracy_m: Accuracy = None,
    warn_m: float = 150.0,
    *,
    times: Sequence[Any] | None = None,
    edges: Edges | str = Edges.STRAIGHT,
    max_distance_m: float = 10_000.0,
    gap_m: float = GAP_M,
    gap_s: float = GAP_S,
    progress: Callable[[int, int | None], None] | None = None,
) -> ScreenedTracks:
    """Find the parts of each track that lie inside a recorded hazard or near one, and where it comes closest.

    Parameters
    ----------
    lines
        (n,) Shapely lines or points of one or several parts, or a GeoSeries, in longitude and latitude on WGS 84.
        Nothing is assumed between two parts of one track, unless it is a recording (see `times`).
    accuracy_m
        Accuracy of the fixes, metres: one, or (n,); None or NaN: not stated, so that no track is none recorded.
    warn_m
        Warning distance, metres.
    times
        (n,) for each track None, or one UTC time for each coordinate (anything NumPy takes as datetime64; not a time
        where a fix has none). A track with times is a recording: its lines stand in the order of the fixes, and between
        two of them its bearer went some way; the straight one is screened.
    edges
        What joins two fixes: ``straight`` in longitude and latitude, or ``geodesic``.
    max_distance_m
        How far the closest hazard is looked for.
    gap_m, gap_s
        Fixes with times, and segments of a recording, that are farther apart than either are told as a gap.
    progress
        Told (tracks done, tracks in all).

    Raises
    ------
    FieldRefused
        A length does not fit, a distance is none, or a geometry is an area: `screen_footprints` takes those.
    """
    taken = np.asarray(on_wgs84(lines, "lines"), dtype=object).reshape(-1)
    refuse_no_measures(warn_m=warn_m, max_distance_m=max_distance_m, gap_m=gap_m, gap_s=gap_s)
    _check(taken, times)
    stated_m = stated_accuracy_m(accuracy_m, len(taken))
    danger = Danger(index)

    def screen(chosen: Longs) -> ScreenedTracks:
        times_chosen = [None] * len(chosen) if times is None else [times[i] for i in chosen]
        first = int(chosen[0]) if len(chosen) else 0
        fixes = None if times is None or not len(chosen) else _times(taken[chosen], times_chosen, first)
        joins = continued(taken[chosen], np.array([moments is not None for moments in times_chosen], bool))
        some = _Some(danger, taken[chosen], stated_m[chosen], warn_m, max(max_distance_m, warn_m), fixes, edges, joins)
        return some.screened(gap_m, gap_s, first)

    return screened_in_lots(taken, screen, _AT_ONCE, progress)


class _Some:
    """Some of the tracks, laid out together."""

    def __init__(  # noqa: PLR0917
        self,
        danger: Danger,
        lines: NDArray[np.object_],
        accuracy_m: Floats,
        warn_m: float,
        max_distance_m: float,
        fixes: Times | None,
        edges: Edges | str,
        joins: NDArray[np.bool_],
    ) -> None:
        self.danger, self.lines, self.accuracy_m, self.warn_m = danger, lines, accuracy_m, warn_m
        self.known_m = np.nan_to_num(accuracy_m, nan=0.0)
        self.max_distance_m = max_distance_m
        self.fixes = fixes
        self.joins = joins
        self.ways = Ways.of(lines, edges, joins)

    def screened(self, gap_m: float, gap_s: float, first: int) -> ScreenedTracks:
        ways, n = self.ways, self.ways.count
        stretches = dangerous(self.danger, ways, self.known_m, self.warn_m)
        parts = self._parts(stretches)
        has_part = np.isin(np.arange(n), parts.track)
        length_m = parts.end_m - parts.start_m
        inside = parts.code == INSIDE
        totals = [
            np.bincount(parts.track[chosen], length_m[chosen], minlength=n).astype(np.float64)
            for chosen in (inside, ~inside)
        ]
        seconds = (parts.end_at - parts.start_at) / np.timedelta64(1, "s")
        spent = [
            np.bincount(parts.track[chosen], seconds[chosen], minlength=n).astype(np.float64)
            for chosen in (inside, ~inside)
        ]
        gaps = self._gaps(gap_m, gap_s)
        codes, fault = self._codes(parts, gaps)
        closest_places = self._closest(parts, has_part)
        parts.track[:] += first
        gaps.track[:] += first
        return ScreenedTracks(
            codes, fault, ways.lengths_m(), totals[0], totals[1], spent[0], spent[1], ways.unusable,
            self._backward(), self._untimed(), closest_places, parts, gaps,
            self.accuracy_m, self.warn_m, self.max_distance_m,
        )  # fmt: skip

    def _parts(self, stretches: Stretches) -> Parts:
        """Stretches that follow each other with one class, joined."""
        ways, piece, code = self.ways, stretches.piece, stretches.code
        follows = np.zeros(len(piece), bool)
        if len(piece):
            same = (piece[1:] == piece[:-1]) & (stretches.t0[1:] == stretches.t1[:-1])
            across = (piece[1:] == piece[:-1] + 1) & (stretches.t0[1:] == 0.0) & (stretches.t1[:-1] == 1.0)
            follows[1:] = (code[1:] == code[:-1]) & (same | (across & (ways.line[piece[1:]] == ways.line[piece[:-1]])))
        part_of = np.cumsum(~follows) - 1
        first = np.flatnonzero(~follows)
        last = np.r_[first[1:], len(piece)] - 1 if len(first) else first
        ends = ((piece[first], stretches.t0[first]), (piece[last], stretches.t1[last]))
        geometry = ways.stretches(*ends[0], *ends[1])
        start_m, end_m = (ways.metres_at(*end) for end in ends)
        start_at, end_at = (self._at(*end) for end in ends)
        start_at[self._is_backward(ends[0][0], ends[1][0])] = np.datetime64("NaT")
        track = ways.way[piece[first]]
        least = closest(
            self.danger, ways, stretches, part_of, len(first), self.warn_m + float(self.known_m.max(initial=0.0))
        )
        return Parts(track, code[first], start_m, end_m, start_at, end_at, geometry, self._places(least, track))

    def _closest(self, parts: Parts, has_part: NDArray[np.bool_]) -> ClosestPlaces:
        """Of each track: the closest place of its worst parts, or of all of it where it has none."""
        ways, n = self.ways, self.ways.count
        rest = np.flatnonzero(~has_part[ways.way])
        whole = Stretches(rest, np.zeros(len(rest)), np.ones(len(rest)), np.full(len(rest), NEAR, np.uint8))
        least = closest(self.danger, ways, whole, ways.way[rest], n, self.max_distance_m)
        out = self._places(least, np.arange(n))
        near = parts.closest
        widened_m = np.where(
            parts.code == INSIDE, self.danger.stated_m[near.hazard], self.danger.index.widened_m[near.hazard]
        )
        order = np.lexsort(
            (parts.start_m, near.distance_m - widened_m, near.distance_m > 0.0, parts.code != INSIDE, parts.track)
        )
        best = order[np.r_[True, np.diff(parts.track[order]) > 0]] if len(order) else order
        for name in ClosestPlaces.__dataclass_fields__:
            getattr(out, name)[parts.track[best]] = getattr(near, name)[best]
        return out

    def _places(self, least: Any, track: Longs) -> ClosestPlaces:
        has = least.hazard >= 0
        at_m, at = np.full(len(has), np.nan), np.full(len(has), np.datetime64("NaT"), "datetime64[ms]")
        at_m[has] = self.ways.metres_at(least.piece[has], least.t[has])
        at[has] = self._at(least.piece[has], least.t[has])
        distance_m = np.where(has, least.distance_m, np.inf)
        nearest = Nearest(
            distance_m, least.hazard, least.lon_deg, least.lat_deg, self.accuracy_m[track], self.danger.index
        )
        return ClosestPlaces(
            least.lon_deg, least.lat_deg, distance_m, least.hazard, nearest.azimuth_away_deg.copy(), at_m, at
        )

    def _codes(self, parts: Parts, gaps: Gaps) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        n = self.ways.count
        is_placed = shapely.get_num_coordinates(self.lines) > 0
        fault = faults_of(self.danger.index, self.ways, self.lines, self.accuracy_m, is_placed)
        codes = np.full(n, NONE_RECORDED, np.uint8)
        codes[fault > 0] = UNKNOWN
        codes[parts.track[parts.code == NEAR]] = NEAR
        codes[parts.track[parts.code == INSIDE]] = INSIDE
        interrupted = np.zeros(n, bool)
        interrupted[gaps.track] = True
        interrupted &= codes == NONE_RECORDED
        codes[interrupted], fault[interrupted] = UNKNOWN, INTERRUPTED
        return codes, fault

    def _at(self, piece: Longs, t: Floats) -> Times:
        """The time at a place, between those of the fixes beside it; none where they run backwards."""
        out = np.full(len(piece), np.datetime64("NaT"), "datetime64[ms]")
        if self.fixes is None or not len(piece):
            return out
        before, after = self.fixes[self.ways.vertex[piece]], self.fixes[self.ways.next_vertex[piece]]
        share = self.ways.edge_share_at(piece, t)
        passed = (after - before) / np.timedelta64(1, "ms")
        forward = passed >= 0
        out[forward] = before[forward] + np.round(passed[forward] * share[forward]).astype("timedelta64[ms]")
        # On a fix itself its own time holds, whatever its neighbour says.
        out[share == 0.0], out[share == 1.0] = before[share == 0.0], after[share == 1.0]
        return out

    def _is_step_back(self) -> NDArray[np.bool_]:
        """(p,) whether time runs backwards over the edge that the piece is of."""
        if self.fixes is None:
            return np.zeros(len(self.ways.way), bool)
        steps = self.fixes[self.ways.next_vertex] - self.fixes[self.ways.vertex]
        return np.asarray(steps < np.timedelta64(0, "ms"))

    def _is_backward(self, first: Longs, last: Longs) -> NDArray[np.bool_]:
        """Whether time runs backwards anywhere from one piece to another, so that no duration can be told."""
        total = np.r_[0, np.cumsum(self._is_step_back())]
        return np.asarray(total[last + 1] > total[first])

    def _backward(self) -> Longs:
        back = self._is_step_back() & (self.ways.first == 0.0)
        return np.bincount(self.ways.way[back], minlength=self.ways.count).astype(np.int64)

    def _untimed(self) -> Longs:
        """Fixes without a time where the track has others with one."""
        n = self.ways.count
        if self.fixes is None:
            return np.zeros(n, np.int64)
        owner = np.repeat(np.arange(n), shapely.get_num_coordinates(self.lines))
        untimed = np.bincount(owner, np.isnat(self.fixes), minlength=n).astype(np.int64)
        return np.where(untimed < np.bincount(owner, minlength=n), untimed, 0)

    def _gaps(self, gap_m: float, gap_s: float) -> Gaps:
        ways = self.ways
        if not len(ways.way) or (self.fixes is None and not self.joins.any()):
            return Gaps(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
        fixes = self.fixes if self.fixes is not None else np.full(len(self.joins), np.datetime64("NaT"), "M8[ms]")
        begins = np.flatnonzero(ways.first == 0.0)
        edge_m = np.add.reduceat(ways.length_m, begins)
        passed: Any = fixes[ways.next_vertex[begins]] - fixes[ways.vertex[begins]]
        seconds = passed / np.timedelta64(1, "s")
        earlier, later = _times_around(fixes, np.repeat(np.arange(ways.count), shapely.get_num_coordinates(self.lines)))
        at_most: Any = later[ways.next_vertex[begins]] - earlier[ways.vertex[begins]]
        at_most_s = at_most / np.timedelta64(1, "s")
        has_times = np.bincount(ways.way, ~np.isnat(fixes[ways.vertex]), minlength=ways.count) > 0
        between = self.joins[ways.next_vertex[begins]] & (ways.next_vertex[begins] != ways.vertex[begins])
        with np.errstate(invalid="ignore"):
            # Backwards is as long a time as forwards: nobody knows in which order the fixes were passed.
            is_long = (edge_m > gap_m) | ((np.abs(at_most_s) > gap_s) & (edge_m > _STILL_M))
            seconds = np.where(seconds < 0.0, np.nan, seconds)
        is_gap = (has_times[ways.way[begins]] | between) & is_long
        at = begins[is_gap]
        return Gaps(ways.way[at], ways.start_m[at], ways.start_m[at] + edge_m[is_gap], seconds[is_gap])


def _times_around(fixes: Times, owner: Longs) -> tuple[Times, Times]:
    """For each fix its own time, or else that of the last one before it, and of the first one after it, that has one.

    Where fixes lack a time, the time that passed between those around them is the most that one of them stands for.
    """
    at = np.arange(len(fixes))
    has = ~np.isnat(fixes)
    before = np.maximum.accumulate(np.where(has, at, 0))
    after = np.minimum.accumulate(np.where(has, at, max(len(fixes) - 1, 0))[::-1])[::-1]
    earlier, later = fixes[before], fixes[after]
    earlier[owner[before] != owner], later[owner[after] != owner] = np.datetime64("NaT"), np.datetime64("NaT")
    return earlier, later


def _check(taken: NDArray[np.object_], times: Sequence[Any] | None) -> None:
    areas = np.flatnonzero(shapely.get_dimensions(taken) == 2)
    if len(areas):
        what = taken[areas[0]].geom_type
        raise FieldRefused(f"line {areas[0]}", what, "is not a line", "screen areas with screen_footprints")
    if times is not None and len(times) != len(taken):
        raise FieldRefused(
            "times",
            number_of(len(times), "value"),
            f"there are {number_of(len(taken), 'track')}",
            "give one for each, or None",
        )


def _times(lines: NDArray[np.object_], times: Sequence[Any], first: int) -> Times:
    """(coordinates,) one time for each."""
    out = []
    for i, (count, time) in enumerate(zip(shapely.get_num_coordinates(lines), times, strict=True)):
        if time is None:
            out.append(np.full(count, np.datetime64("NaT"), "datetime64[ms]"))
            continue
        values = np.asarray(time, "datetime64[ms]")
        if values.shape != (count,):
            raise FieldRefused(
                f"times of track {first + i}",
                number_of(values.size, "value"),
                f"it has {number_of(count, 'fix', 'fixes')}",
                "give one for each fix",
            )
        out.append(values)
    return np.concatenate(out) if out else np.empty(0, "datetime64[ms]")
