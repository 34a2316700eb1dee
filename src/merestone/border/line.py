"""The border that two states share, found from their polygons, with the doubt in it shown.

Two maps of neighbours seldom agree to the last vertex: the same border, drawn from either side, runs apart by
centimetres or by hundreds of metres. A stretch counts as shared if the other side's outline runs within a stated
tolerance of it. The answer depends on the tolerance and on the side from which one looks, so both are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

from merestone.border._near import lines_of, segments_of, stretches_between, stretches_near
from merestone.border.length import geodesic_length_m
from merestone.geodesy import metres_per_degree
from merestone.terms import FieldRefused, MerestoneError

TOLERANCES_M: Final = (15.0, 60.0, 120.0, 300.0)
"""The tolerances at which the doubt is shown, metres."""
TOLERANCE_M: Final = 120.0
"""The tolerance used where none is said: on the packaged lines the length stops growing there."""

Outline = Polygon | MultiPolygon | LineString | MultiLineString


class NothingShared(MerestoneError):
    """Two outlines have no stretch within the tolerance of each other: no border to measure, and not one of 0 km."""


@dataclass(frozen=True, slots=True)
class SharedBorder:
    """A border seen from both sides. The sides differ where the two outlines do."""

    tolerance_m: float
    from_a: MultiLineString
    """The stretches of the first outline that lie within the tolerance of the second."""
    from_b: MultiLineString
    """The stretches of the second outline that lie within the tolerance of the first."""
    length_from_a_m: float
    length_from_b_m: float

    @property
    def length_m(self) -> float:
        """The mean of the two sides, geodesic metres."""
        return (self.length_from_a_m + self.length_from_b_m) / 2

    @property
    def half_spread_m(self) -> float:
        """Half the difference between the two sides: the part of the doubt that one tolerance shows."""
        return abs(self.length_from_a_m - self.length_from_b_m) / 2


@dataclass(frozen=True, slots=True)
class LengthRange:
    """A length at one tolerance, and the least and greatest that either side gives at any of the tolerances tried."""

    length_m: float
    least_m: float
    greatest_m: float
    tolerance_m: float


@dataclass(frozen=True, slots=True)
class LengthWithDoubt(LengthRange):
    """A length with the borders from which it was measured."""

    at: tuple[SharedBorder, ...]
    """One per tolerance, in rising order."""


def shared_border(a: Outline, b: Outline, tolerance_m: float = TOLERANCE_M) -> SharedBorder:
    """The border that two outlines share.

    Edges are straight in longitude and latitude, as in GeoJSON; distances between the outlines are taken on WGS 84 in
    a local frame (relative error of the tolerance below 0.3 %), lengths are geodesic. Stretches of the
    outlines that lead away at the border's ends still count for up to `tolerance_m` each.

    Parameters
    ----------
    a, b
        Polygons, or lines already cut out, in degrees (longitude, latitude). Not across the 180th meridian.
    tolerance_m
        How far apart the two outlines may run where they mean the same border. At least 0.01 m.

    Raises
    ------
    FieldRefused
        An outline is empty, is no polygon or line, is invalid, or is outside the range of degrees; or the tolerance is
        not a distance.
    NothingShared
        No stretch of either outline lies within the tolerance of the other.

    >>> west = shapely.box(0, 0, 1, 1)
    >>> east = shapely.box(1, 0, 2, 1)
    >>> round(shared_border(west, east, tolerance_m=1).length_m)
    110576
    """
    if not 0.01 <= tolerance_m <= 100_000:
        raise FieldRefused("tolerance_m", tolerance_m, "is not between 0.01 and 100,000 m", "give metres, such as 120")
    line_a, line_b = _line_of("a", a), _line_of("b", b)
    around_b = _widened(line_b.bounds, tolerance_m)
    around_a = _widened(line_a.bounds, tolerance_m)
    west, south = np.maximum(around_a[:2], around_b[:2])
    east, north = np.minimum(around_a[2:], around_b[2:])
    both = (float(west), float(south), float(east), float(north))
    of_a, of_b = segments_of(line_a, within_deg=both), segments_of(line_b, within_deg=both)
    from_a = lines_of(of_a, *stretches_near(of_a.ends_deg, of_b.ends_deg, tolerance_m))
    from_b = lines_of(of_b, *stretches_near(of_b.ends_deg, of_a.ends_deg, tolerance_m))
    if from_a.is_empty or from_b.is_empty:
        raise NothingShared(
            f"the two outlines have no stretch within {tolerance_m:g} m of each other; "
            "check that they are neighbours in the same reference system, or give a greater tolerance_m"
        )
    return SharedBorder(tolerance_m, from_a, from_b, geodesic_length_m(from_a), geodesic_length_m(from_b))


def length_with_doubt(
    a: Outline, b: Outline, *, tolerance_m: float = TOLERANCE_M, tolerances_m: Sequence[float] = TOLERANCES_M
) -> LengthWithDoubt:
    """The border's length at one tolerance, with the spread over both sides and all tolerances tried.

    Raises
    ------
    FieldRefused, NothingShared
        As `shared_border`.
    """
    at = tuple(shared_border(a, b, each) for each in sorted({*tolerances_m, tolerance_m}))
    lengths = [side for each in at for side in (each.length_from_a_m, each.length_from_b_m)]
    chosen = next(each for each in at if each.tolerance_m == tolerance_m)
    return LengthWithDoubt(chosen.length_m, min(lengths), max(lengths), tolerance_m, at)


def stretch_near(line: Outline, other: Outline, within_m: float) -> MultiLineString:
    """The stretches of `line` within `within_m` of `other`; empty if there are none. Lines, or polygons' outlines."""
    return _stretches(line, other, within_m, near=True)


def stretch_beyond(line: Outline, other: Outline, within_m: float) -> MultiLineString:
    """The stretches of `line` farther than `within_m` from `other`: what `stretch_near` leaves."""
    return _stretches(line, other, within_m, near=False)


def _stretches(line: Outline, other: Outline, within_m: float, *, near: bool) -> MultiLineString:
    first_line, two = _line_of("line", line), _line_of("other", other)
    segments = segments_of(first_line, within_deg=_widened(first_line.bounds, 1.0))
    others = segments_of(two, within_deg=_widened(first_line.bounds, within_m))
    stretches = stretches_near(segments.ends_deg, others.ends_deg, within_m)
    return lines_of(segments, *(stretches if near else stretches_between(len(segments.follows), *stretches)))


def _line_of(name: str, outline: Outline) -> LineString | MultiLineString:
    if not isinstance(outline, Polygon | MultiPolygon | LineString | MultiLineString) or outline.is_empty:
        geometry_type = getattr(outline, "geom_type", type(outline).__name__)
        raise FieldRefused(name, geometry_type, "is empty, or neither polygon nor line", "give the state's outline")
    west, south, east, north = outline.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):  # also catches NaN
        raise FieldRefused(
            name, outline.bounds, "is outside the range of degrees", "give longitude and latitude on WGS 84"
        )
    if isinstance(outline, LineString | MultiLineString):
        return outline
    if not outline.is_valid:
        why = shapely.is_valid_reason(outline)
        raise FieldRefused(
            name, outline.geom_type, f"is not a valid polygon ({why})", "repair it first (geodesy.check)"
        )
    return outline.boundary


def _widened(bounds: tuple[float, float, float, float], by_m: float) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    across, up = metres_per_degree(np.array([max(abs(south), abs(north))]))
    dx, dy = by_m / max(float(across[0]), 1e-6) * 1.02, by_m / float(up[0]) * 1.02
    return west - dx, south - dy, east + dx, north + dy
