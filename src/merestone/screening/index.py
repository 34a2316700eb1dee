"""The index of hazards, and the two questions it answers: how far is the nearest one, and what class is a position.

This is the plain form: every candidate edge is measured with the geodesic itself. Distances are geodesic on WGS 84;
edges are straight in longitude and latitude, as GeoJSON says, and cut into pieces of at most `PIECE_DEG`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from merestone.terms import WIDENED_M, FieldRefused

INSIDE: Final = 2
NEAR: Final = 1
NONE_RECORDED: Final = 0
UNKNOWN: Final = 255

BOUND_M: Final = 0.001
"""By how much a distance may be too large, metres: it is taken off before a class is given."""
PIECE_DEG: Final = 0.01
"""Longer edges are cut into pieces, so that the nearest point of a piece is found by a search along it."""

_WGS84: Final = Geod(ellps="WGS84")
_LEAST_M_PER_DEG_LAT: Final = 110_570.0
_GOLDEN: Final = (np.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest hazard to each position."""

    distance_m: NDArray[np.float64]
    """Shape (n,), metres; 0 inside, infinite beyond the limit, NaN where the position is no position."""
    hazard: NDArray[np.int64]
    """Shape (n,): which hazard, counted from 0 in the order of `HazardIndex.build`; -1 where there is none."""


class HazardIndex:
    """Hazards, ready to be asked about. Immutable; build it with `build`."""

    def __init__(self, outlines: NDArray[Any], accuracy_m: NDArray[np.float64]) -> None:
        self._outlines = outlines
        self._stated_m = accuracy_m
        self._widened_m = np.where(np.isnan(accuracy_m), WIDENED_M, accuracy_m)
        self._tree = shapely.STRtree(outlines)
        self._pieces: dict[int, NDArray[np.float64]] = {}

    @classmethod
    def build(cls, geometries: Iterable[Any], accuracy_m: ArrayLike = 0.0) -> "HazardIndex":
        """Build an index.

        Parameters
        ----------
        geometries : shape (n,)
            Shapely geometries in longitude and latitude on WGS 84: areas, lines or points.
        accuracy_m : broadcast to (n,)
            Accuracy of each outline, metres. NaN: nobody stated it; such a hazard is widened by `WIDENED_M`.

        Raises
        ------
        FieldRefused
            A geometry is missing or empty, or an accuracy is negative or infinite. A hazard without a place cannot be
            screened, and leaving it out would make its surroundings look unrecorded.
        """
        outlines = np.array(list(geometries), dtype=object)
        stated_m = np.broadcast_to(np.asarray(accuracy_m, np.float64), outlines.shape).copy()
        unusable = shapely.is_missing(outlines) | shapely.is_empty(outlines)
        if unusable.any():
            at = int(np.flatnonzero(unusable)[0])
            raise FieldRefused(
                f"geometry {at}", None, "is no place on the ground", "leave it out, and tell that it is missing"
            )
        wrong = ~np.isnan(stated_m) & ~((stated_m >= 0) & np.isfinite(stated_m))
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise FieldRefused(
                f"accuracy_m {at}", float(stated_m[at]), "is not a radius", "give metres, or NaN if not stated"
            )
        return cls(outlines, stated_m)

    def __len__(self) -> int:
        return len(self._outlines)

    def nearest(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, accuracy_m: ArrayLike = 0.0, max_distance_m: float = 10_000
    ) -> Nearest:
        """The nearest hazard to each position, by the outlines as they were recorded.

        Parameters
        ----------
        lon_deg, lat_deg : shape (n,)
            Degrees on WGS 84.
        accuracy_m : broadcast to (n,)
            Taken, for symmetry with `classify`; it moves no distance.
        max_distance_m
            Hazards farther than this are not looked for.
        """
        lon, lat, _ = _positions(lon_deg, lat_deg, accuracy_m)
        distance_m = np.full(len(lon), np.inf)
        hazard = np.full(len(lon), -1, np.int64)
        for at, (x, y) in enumerate(zip(lon, lat, strict=True)):
            if not _is_position(x, y):
                distance_m[at] = np.nan
                continue
            for which, found_m in self._distances(x, y, max_distance_m):
                if found_m < distance_m[at] and found_m <= max_distance_m:
                    distance_m[at], hazard[at] = found_m, which
        return Nearest(distance_m, hazard)

    def classify(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, accuracy_m: ArrayLike = 0.0, warn_m: float = 150
    ) -> NDArray[np.uint8]:
        """The class of each position: `INSIDE`, `NEAR`, `NONE_RECORDED` or `UNKNOWN`.

        Accuracies are added and only ever make it worse. A position whose accuracy is NaN may be found inside or near,
        never none recorded; nor is any position, if the index holds no hazard.

        Parameters
        ----------
        lon_deg, lat_deg : shape (n,)
            Degrees on WGS 84. NaN, infinite or out of range: unknown.
        accuracy_m : broadcast to (n,)
            Accuracy of the position, metres. Negative: unknown.
        warn_m
            Warning distance, metres; a hazard at just this distance is near.
        """
        if not (np.isfinite(warn_m) and warn_m >= 0):
            raise FieldRefused("warn_m", warn_m, "is not a distance", "give metres, 0 or more")
        lon, lat, stated_m = _positions(lon_deg, lat_deg, accuracy_m)
        classes = np.full(len(lon), UNKNOWN, np.uint8)
        if not len(self):
            return classes
        reach_m = float(self._widened_m.max()) + warn_m + BOUND_M
        for at, (x, y, position_m) in enumerate(zip(lon, lat, stated_m, strict=True)):
            if not _is_position(x, y) or position_m < 0 or np.isinf(position_m):
                continue
            doubt_m = 0.0 if np.isnan(position_m) else position_m
            code = UNKNOWN if np.isnan(position_m) else NONE_RECORDED
            for which, found_m in self._distances(x, y, reach_m + doubt_m):
                least_m = found_m - BOUND_M - doubt_m
                if found_m == 0 or least_m <= self._stated_m[which]:  # false where nobody stated it: NaN
                    code = INSIDE
                    break
                if least_m - self._widened_m[which] <= warn_m:
                    code = NEAR
            classes[at] = code
        return classes

    def _distances(self, lon_deg: float, lat_deg: float, reach_m: float) -> Iterator[tuple[int, float]]:
        """Each hazard that may lie within reach, with its distance in metres."""
        reach_m *= 1.001
        lat_span = reach_m / _LEAST_M_PER_DEG_LAT
        south, north = lat_deg - lat_span, lat_deg + lat_span
        least_cos = np.cos(np.radians(min(max(abs(south), abs(north)), 90.0)))
        lon_span = 180.0 if least_cos * 111_300.0 * 180.0 <= reach_m else reach_m / (111_300.0 * least_cos)
        for turn in (-360.0, 0.0, 360.0):
            x = lon_deg + turn
            here = shapely.Point(x, lat_deg)
            box = shapely.box(max(x - lon_span, -540.0), south, min(x + lon_span, 540.0), north)
            for which in self._tree.query(box):
                if shapely.intersects(self._outlines[which], here):
                    yield int(which), 0.0
                else:
                    yield int(which), _distance_m(x, lat_deg, self._pieces_of(int(which)))

    def _pieces_of(self, which: int) -> NDArray[np.float64]:
        if which not in self._pieces:
            self._pieces[which] = _pieces(self._outlines[which])
        return self._pieces[which]


def _positions(lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    lon_deg, lat_deg = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    if lon_deg.shape != lat_deg.shape or lon_deg.ndim != 1:
        raise FieldRefused(
            "lat_deg", lat_deg.shape, f"does not match lon_deg {lon_deg.shape}", "give one of each a position"
        )
    return lon_deg, lat_deg, np.broadcast_to(np.asarray(accuracy_m, np.float64), lon_deg.shape)


def _is_position(lon_deg: float, lat_deg: float) -> bool:
    return -180.0 <= lon_deg <= 180.0 and -90.0 <= lat_deg <= 90.0


def _pieces(outline: shapely.Geometry) -> NDArray[np.float64]:
    """The outline as pieces: shape (m, 4), lon and lat of both ends; a point is a piece of no length."""
    rows = []
    for part in shapely.get_parts(shapely.segmentize(outline, PIECE_DEG)):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            rows.append(np.hstack([xy[:-1], xy[1:]]) if len(xy) > 1 else np.hstack([xy, xy]))
    return np.vstack(rows)


def _distance_m(lon_deg: float, lat_deg: float, pieces: NDArray[np.float64]) -> float:
    """Geodesic distance to the nearest piece: a flat first guess, then a search along every piece that could win."""
    east_m = 111_320.0 * np.cos(np.radians(lat_deg))
    flat = (pieces - [lon_deg, lat_deg, lon_deg, lat_deg]) * [east_m, 110_900.0, east_m, 110_900.0]
    start, along = flat[:, :2], flat[:, 2:] - flat[:, :2]
    length2 = (along**2).sum(1)
    share = np.clip(-(start * along).sum(1) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    guess_m = np.hypot(*(start + share[:, None] * along).T)
    # Flat distances near the position are right to a few parts in a thousand; pieces are about a kilometre at most.
    near = pieces[guess_m <= guess_m.min() * 1.03 + 50.0]
    low, high = np.zeros(len(near)), np.ones(len(near))
    for _ in range(44):
        one, two = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        first, second = _measured_m(lon_deg, lat_deg, near, one), _measured_m(lon_deg, lat_deg, near, two)
        low, high = np.where(first < second, low, one), np.where(first < second, two, high)
    ends = [_measured_m(lon_deg, lat_deg, near, np.full(len(near), share)) for share in (0.0, 1.0)]
    return float(min(_measured_m(lon_deg, lat_deg, near, (low + high) / 2).min(), *(end.min() for end in ends)))


def _measured_m(
    lon_deg: float, lat_deg: float, pieces: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    at = pieces[:, :2] + share[:, None] * (pieces[:, 2:] - pieces[:, :2])
    here = np.broadcast_to(lon_deg, len(at)), np.broadcast_to(lat_deg, len(at))
    distance_m: NDArray[np.float64] = _WGS84.inv(*here, at[:, 0], at[:, 1])[2]
    return distance_m
