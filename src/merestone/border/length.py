"""Length of a border at every resolution.

A border has no single length. Drawn with every bend of a stream it is longer than drawn with a ruler on a wall map,
and how fast it grows as the ruler shrinks is a property of the border, its fractal dimension. So a length is given
here with the resolution at which it was taken, and as a curve over all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import geod
from merestone.terms import FieldRefused

RESOLUTIONS_M: Final = (*(float(m) * 10**e for e in range(5) for m in (1, 2, 5)), 100_000.0)
"""1 m to 100 km, three to a decade."""


def segment_lengths_m(line: BaseGeometry) -> NDArray[np.float64]:
    """Geodesic length of each segment of a (multi)line on WGS 84 (Karney 2013, by PROJ), shape (n,), metres."""
    coords, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    same = part[:-1] == part[1:]
    start, end = coords[:-1][same], coords[1:][same]
    _, _, distance_m = geod().inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(distance_m, np.float64)


def geodesic_length_m(line: BaseGeometry) -> float:
    """Geodesic length of a (multi)line on WGS 84, metres."""
    return float(segment_lengths_m(line).sum())


@dataclass(frozen=True, slots=True)
class LengthAt:
    """A length and the resolution at which it was taken."""

    resolution_m: float
    """Greatest distance that the simplified line keeps from the line as drawn (Douglas-Peucker)."""
    length_m: float
    vertices: int


@dataclass(frozen=True, slots=True)
class Dimension:
    """The fractal dimension of a line over a range of resolutions: length grows as resolution ** (1 - dimension)."""

    dimension: float
    standard_error: float
    from_m: float
    to_m: float
    points: int
    r_squared: float


def length_curve(line: BaseGeometry, resolutions_m: Sequence[float] = RESOLUTIONS_M) -> tuple[LengthAt, ...]:
    """Length at each resolution, by Douglas-Peucker: drop vertices as long as the line moves less than the resolution.

    Which vertices stay is decided in a transverse Mercator plane about the line's middle (scale error below 0.3 % for
    a border up to 1,000 km wide, of the resolution only); the length of what stays is geodesic. Ends of parts stay.

    Parameters
    ----------
    line
        (Multi)line, degrees.
    resolutions_m
        Metres, each greater than 0.

    Returns
    -------
    One per resolution, in the order given.

    Raises
    ------
    FieldRefused
        The line is empty, or a resolution is not a positive number of metres.
    """
    if line.is_empty:
        raise FieldRefused("line", line.geom_type, "is empty", "give a line with at least one segment")
    wrong = [each for each in resolutions_m if not 0 < each < np.inf]
    if wrong:
        raise FieldRefused("resolutions_m", wrong[0], "is not a positive number of metres", "give metres, such as 100")
    west, south, east, north = line.bounds
    plane = f"+proj=tmerc +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +ellps=WGS84 +units=m"
    there = Transformer.from_crs("+proj=longlat +ellps=WGS84", plane, always_xy=True)
    flat = shapely.transform(line, lambda lonlat: np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1])))
    curve = []
    for resolution_m in resolutions_m:
        simplified = shapely.simplify(flat, resolution_m, preserve_topology=False)
        back = shapely.transform(
            simplified, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
        )
        curve.append(LengthAt(resolution_m, geodesic_length_m(back), int(shapely.get_num_coordinates(back))))
    return tuple(curve)


def fractal_dimension(curve: Sequence[LengthAt], *, from_m: float = 100.0, to_m: float = 10_000.0) -> Dimension:
    """Fit one dimension to the part of a curve between two resolutions (least squares on logarithms).

    Below the spacing of the data's own vertices the curve goes flat, and near the border's whole extent it does too:
    the range must lie between. The standard error is that of the straight line's slope; it says how straight the
    curve is, not how good the data are.

    Raises
    ------
    FieldRefused
        Fewer than three points of the curve lie in the range.
    """
    inside = [each for each in curve if from_m <= each.resolution_m <= to_m]
    if len(inside) < 3:
        raise FieldRefused("from_m, to_m", (from_m, to_m), "holds fewer than three points", "widen the range")
    x = np.log([each.resolution_m for each in inside])
    y = np.log([each.length_m for each in inside])
    xm, ym = x - x.mean(), y - y.mean()
    slope = float(xm @ ym / (xm @ xm))
    residual = float(((ym - slope * xm) ** 2).sum())
    error = float(np.sqrt(residual / (len(x) - 2) / (xm @ xm)))
    total = float(ym @ ym)
    return Dimension(1 - slope, error, from_m, to_m, len(x), 1 - residual / total if total else 1.0)


def resolution_giving(curve: Sequence[LengthAt], wanted_m: float) -> float | None:
    """The resolution at which the curve passes through a length, interpolated on logarithms.

    Returns
    -------
    Metres; None if the length is greater than the curve's greatest or less than its least: no resolution gives it.
    Where the curve passes more than once, the finest.
    """
    ordered = sorted(curve, key=lambda each: each.resolution_m)
    for fine, coarse in pairwise(ordered):
        high, low = max(fine.length_m, coarse.length_m), min(fine.length_m, coarse.length_m)
        if low <= wanted_m <= high:
            if high == low:
                return fine.resolution_m
            share = np.log(wanted_m / fine.length_m) / np.log(coarse.length_m / fine.length_m)
            return float(fine.resolution_m * (coarse.resolution_m / fine.resolution_m) ** share)
    return None
