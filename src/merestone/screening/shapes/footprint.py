"""Buildings, fields and plots against the hazard index: how much of each overlaps, and how near a hazard comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import areas_m2, without_tiny_numbers
from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Nearest
from merestone.screening.kernel.outline import (
    Accuracy,
    Edges,
    Floats,
    Outlines,
    in_every_way,
    jumping,
    stated_accuracy_m,
)
from merestone.screening.reference_system import on_wgs84
from merestone.screening.shapes.bisection import Danger, Stretches, closest
from merestone.screening.shapes.hazard_polygons import Ground, areas_only, united
from merestone.screening.shapes.lots import faults_of, refuse_no_measures, screened_in_lots
from merestone.screening.shapes.polyline import Longs, Ways
from merestone.terms import FieldRefused

_AT_ONCE: Final = 100_000
"""Coordinates that are taken together."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Each footprint with each hazard that may reach it, footprint by footprint: `footprint` never falls."""

    footprint: Longs
    hazard: Longs
    overlap_m2: Floats
    """With the hazard as recorded; 0 for points and lines."""
    possible_m2: Floats
    """With the hazard widened by its accuracy (`terms.WIDENED_M` if nobody stated it) and the footprint's."""

    def __len__(self) -> int:
        return len(self.footprint)

    def of(self, footprint: int) -> Longs:
        """The rows of one footprint."""
        return np.arange(*np.searchsorted(self.footprint, [footprint, footprint + 1]))


@dataclass(frozen=True, eq=False)
class ScreenedFootprints:
    """One answer for each footprint, in the order given."""

    codes: NDArray[np.uint8]
    """(n,) INSIDE: some of it lies inside, or the stated accuracies allow that; NEAR; UNKNOWN; NONE_RECORDED."""
    fault: NDArray[np.uint8]
    """(n,) index into `FAULTS`, 0 where there is none."""
    area_m2: Floats
    """(n,) geodesic; NaN where the outline has no usable place."""
    overlap_m2: Floats
    """(n,) with the union of all hazards as recorded."""
    possible_m2: Floats
    """(n,) with the union of all hazards widened as in `Overlaps.possible_m2`: rounded towards danger."""
    distance_m: Floats
    """(n,) from the nearest place of the footprint to the nearest hazard's recorded outline, 0 where they touch; too
    small by at most 0.1 m, never too large; infinite if there is none within the limit."""
    hazard: Longs
    """(n,) that hazard; of several that overlap, the one that takes most. -1: none."""
    lon_deg: Floats
    lat_deg: Floats
    """(n,) the footprint's place nearest to it, or a place in the overlap."""
    azimuth_away_deg: Floats
    """(n,) from that place; NaN where they touch."""
    overlaps: Overlaps
    accuracy_m: Floats
    warn_m: float
    max_distance_m: float

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def share(self) -> Floats:
        """(n,) of each footprint's area, as recorded; NaN without an area."""
        return _share(self.overlap_m2, self.area_m2)

    @cached_property
    def possible_share(self) -> Floats:
        """(n,) as `share`, with all accuracies."""
        return _share(self.possible_m2, self.area_m2)


def screen_footprints(
    index: HazardIndex,
    polygons: Any,
    accuracy_m: Accuracy = None,
    warn_m: float = 150.0,
    *,
    max_distance_m: float = 10_000.0,
    progress: Callable[[int, int | None], None] | None = None,
) -> ScreenedFootprints:
    """Find how much of each footprint overlaps recorded hazards, and how near the nearest comes.

    Parameters
    ----------
    polygons
        (n,) Shapely areas, or a GeoSeries, in longitude and latitude on WGS 84, edges straight. One that crosses
        itself covers all that any reading of it covers.
    accuracy_m
        Accuracy of the outlines, metres: one, or (n,); None or NaN: not stated, so that none is none recorded.
    warn_m, max_distance_m
        The warning distance, and how far the nearest hazard is looked for.
    progress
        Told (footprints done, footprints in all).

    Raises
    ------
    FieldRefused
        A length does not fit, a distance is none, or a geometry is no area: `screen_tracks` takes lines.
    """
    taken = np.asarray(on_wgs84(polygons, "polygons"), dtype=object).reshape(-1)
    refuse_no_measures(warn_m=warn_m, max_distance_m=max_distance_m)
    others = np.flatnonzero(~shapely.is_missing(taken) & ~shapely.is_empty(taken) & (shapely.get_dimensions(taken) < 2))
    if len(others):
        what = taken[others[0]].geom_type
        raise FieldRefused(
            f"footprint {others[0]}", what, "is not an area", "screen lines and points with screen_tracks"
        )
    taken = without_tiny_numbers(taken).copy()
    for at in jumping(taken).tolist():
        if np.isfinite(shapely.get_coordinates(taken[at])).all():
            taken[at] = in_every_way(taken[at])
    stated_m = stated_accuracy_m(accuracy_m, len(taken))
    danger, ground = Danger(index), Ground(index.outlines)

    def screen(chosen: Longs) -> ScreenedFootprints:
        some = _Some(danger, ground, taken[chosen], stated_m[chosen], warn_m)
        return some.screened(max(max_distance_m, warn_m), int(chosen[0]) if len(chosen) else 0)

    return screened_in_lots(taken, screen, _AT_ONCE, progress)


class _Some:
    """Some of the footprints."""

    def __init__(
        self, danger: Danger, ground: Ground, outlines: NDArray[np.object_], accuracy_m: Floats, warn_m: float
    ) -> None:
        self.danger, self.ground, self.index = danger, ground, danger.index
        self.outlines, self.accuracy_m, self.warn_m = outlines, accuracy_m, warn_m
        self.known_m = np.nan_to_num(accuracy_m, nan=0.0)
        own = Ground(Outlines.of(outlines, 0.0, Edges.STRAIGHT))
        self.areas = united(areas_only(own.parts), own.hazard, len(outlines))
        self.is_placed = np.isin(np.arange(len(outlines)), own.hazard)
        self.ways = Ways.of(outlines)

    def screened(self, max_distance_m: float, first: int) -> ScreenedFootprints:
        area_m2 = areas_m2(self.areas)
        with np.errstate(divide="ignore", invalid="ignore"):  # GEOS, at coordinates that are as good as equal
            overlaps, overlap_m2, possible_m2, touching = self._overlaps()
        for values in (area_m2, overlap_m2, possible_m2):
            values[~self.is_placed] = np.nan
        if self.index.is_empty:
            overlap_m2[:], possible_m2[:] = np.nan, np.nan
        least_m, hazard, lon, lat, inside = self._least(max_distance_m, touching)
        near_m = np.where(hazard >= 0, least_m - self.index.widened_m[hazard], np.inf) if len(self.index) else least_m
        codes, fault = self._codes(near_m - self.known_m <= self.warn_m, inside)
        nearest = Nearest(least_m, hazard, lon, lat, self.accuracy_m, self.index)
        away_deg = np.where(least_m > 0.0, nearest.azimuth_away_deg, np.nan)
        overlaps.footprint[:] += first
        return ScreenedFootprints(
            codes, fault, area_m2, overlap_m2, possible_m2, least_m, hazard, lon, lat, away_deg, overlaps,
            self.accuracy_m, self.warn_m, max_distance_m,
        )  # fmt: skip

    def _overlaps(self) -> tuple[Overlaps, Floats, Floats, dict[int, tuple[int, float, float]]]:
        """Pairs; the unions; and for each footprint that touches a hazard as recorded, which and where."""
        n, ground = len(self.outlines), self.ground
        has = np.flatnonzero(~shapely.is_empty(self.areas))
        if not len(ground.hazard) or not len(has):
            nothing = np.empty(0, np.int64)
            return Overlaps(nothing, nothing, np.empty(0), np.empty(0)), np.zeros(n), np.zeros(n), {}
        box, part = ground.near(shapely.bounds(self.areas[has]), float(self.known_m.max()))
        owner = has[box]
        wide = ground.widened(part, self.known_m[owner])
        shapely.prepare(wide)
        reaches = shapely.intersects(wide, self.areas[owner])
        owner, part, wide = owner[reaches], part[reaches], wide[reaches]
        pairs, pair = np.unique(owner * (len(self.index) + 1) + ground.hazard[part], return_inverse=True)
        footprint, hazard = pairs // (len(self.index) + 1), pairs % (len(self.index) + 1)
        possible = united(areas_only(_shared(wide, self.areas[owner])), pair, len(pairs))
        recorded_parts = ground.parts[part]
        shapely.prepare(recorded_parts)
        touches = shapely.intersects(recorded_parts, self.areas[owner])
        shared = _shared(recorded_parts[touches], self.areas[owner[touches]])
        recorded = united(areas_only(shared), pair[touches], len(pairs))
        overlap_m2 = areas_m2(recorded)
        touching: dict[int, tuple[int, float, float]] = {}
        most: dict[int, float] = {}
        for i, piece in zip(np.flatnonzero(touches), shared, strict=True):
            where, which = int(owner[i]), int(pair[i])
            if where not in most or overlap_m2[which] > most[where]:
                place = shapely.point_on_surface(piece)
                if place.is_empty:  # they touch by less than floating point can hold
                    place = shapely.get_point(shapely.shortest_line(self.areas[where], ground.parts[part[i]]), 0)
                most[where] = float(overlap_m2[which])
                touching[where] = (int(hazard[which]), float(place.x), float(place.y))
        return (
            Overlaps(footprint, hazard, overlap_m2, areas_m2(possible)),
            areas_m2(united(recorded, footprint, n)),
            areas_m2(united(possible, footprint, n)),
            touching,
        )

    def _least(
        self, max_distance_m: float, touching: dict[int, tuple[int, float, float]]
    ) -> tuple[Floats, Longs, Floats, Floats, NDArray[np.bool_]]:
        """The nearest hazard of each footprint and its distance, where it is nearest, and whether some of it is inside.

        Where a footprint and a hazard do not touch, their least distance is one from the footprint's outline; where
        they do, whichever holds the other, it is 0.
        """
        n, ways = len(self.outlines), self.ways
        apart = np.ones(n, bool)
        apart[list(touching)] = False
        pieces = np.flatnonzero(apart[ways.way])
        least = self._closest(pieces, NEAR, max_distance_m)
        distance_m = np.where(least.hazard >= 0, least.distance_m, np.inf)
        hazard, lon, lat = least.hazard.copy(), least.lon_deg.copy(), least.lat_deg.copy()
        for i, (which, x, y) in touching.items():
            distance_m[i], hazard[i], lon[i], lat[i] = 0.0, which, x, y
        with np.errstate(invalid="ignore"):
            stated_m = self.danger.stated_m[hazard] if len(self.index) else np.zeros(n)
            inside = (hazard >= 0) & (distance_m - stated_m <= self.known_m)
        if len(self.danger.groups) > 1:
            # One whose accuracy is not stated may hide another that reaches it for certain.
            again = np.flatnonzero((apart & ~inside)[ways.way])
            other = self._closest(again, INSIDE, float(self.known_m.max(initial=0.0)))
            has = other.hazard >= 0
            reached = np.zeros(n, bool)
            reached[has] = other.distance_m[has] - self.danger.stated_m[other.hazard[has]] <= self.known_m[has]
            inside |= reached
            distance_m[reached], hazard[reached] = other.distance_m[reached], other.hazard[reached]
            lon[reached], lat[reached] = other.lon_deg[reached], other.lat_deg[reached]
        return distance_m, hazard, lon, lat, inside

    def _closest(self, pieces: Longs, code: int, max_distance_m: float) -> Any:
        zeros, ones = np.zeros(len(pieces)), np.ones(len(pieces))
        all_of = Stretches(pieces, zeros, ones, np.full(len(pieces), code, np.uint8))
        return closest(self.danger, self.ways, all_of, self.ways.way[pieces], len(self.outlines), max_distance_m)

    def _codes(self, near: NDArray[np.bool_], inside: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        fault = faults_of(self.index, self.ways, self.outlines, self.accuracy_m, self.is_placed)
        codes = np.full(len(fault), NONE_RECORDED, np.uint8)
        codes[fault > 0] = UNKNOWN
        codes[near] = NEAR
        codes[inside] = INSIDE
        return codes, fault


def _shared(hazards: NDArray[np.object_], areas: NDArray[np.object_]) -> NDArray[np.object_]:
    """(n,) what each pair has in common; the hazards are prepared. An area that is covered whole need not be cut."""
    shared = areas.copy()
    is_cut = ~np.asarray(shapely.contains_properly(hazards, areas), bool)
    shared[is_cut] = shapely.intersection(hazards[is_cut], areas[is_cut])
    return shared


def _share(part_m2: Floats, whole_m2: Floats) -> Floats:
    out = np.full(len(whole_m2), np.nan)
    np.divide(part_m2, whole_m2, out=out, where=whole_m2 > 0.0)
    return out
