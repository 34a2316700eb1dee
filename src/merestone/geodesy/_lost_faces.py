"""Whether faces of an outline are missing among those that were found: rings and faces compared by area and place."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy._flat import HOLE, Floats, Ints, Lines, Objects

LOST: Final = 1e-9
"""Share of an area below which a difference is one of rounding."""
MOMENT_DIFFERS: Final = LOST / 2
"""Share of an area, and of its first moments, by which an outline may differ from its faces and have lost none."""


def may_have_lost_faces(polygons: Objects, covered: Floats, area_of: Floats) -> NDArray[np.bool_]:
    """Which polygons have a ring that goes around more, or around another place, than the faces that were found.

    For each ring, the area that it goes around (counted as often as it does, negative where it runs clockwise) is the
    sum of its faces' areas, each times the winding number of the ring there; the same holds of the first moments
    (Green's theorem). Where a face that matters is missing, the sums differ: no ring goes around the others.
    """
    lines = Lines.of(polygons)
    moments = _moments(lines, _origins(polygons))
    west, south, east, north = shapely.bounds(polygons).T
    size_deg = np.column_stack([np.ones(len(polygons)), east - west, north - south])
    most = MOMENT_DIFFERS * area_of[:, None] * size_deg
    differs = ~(np.abs(moments - covered) <= most[lines.owner]).all(axis=1)  # also what is not a number
    return np.bincount(lines.owner[differs], minlength=len(polygons)) > 0


def moments_of_areas(faces: Objects, polygons: Objects, face_of: Ints) -> Floats:
    """Shape (f, 3): area and first moments of each face, about the first corner of its polygon; square degrees."""
    lines = Lines.of(faces)
    signed = _moments(lines, _origins(polygons)[face_of])
    upright = signed * (np.sign(signed[:, 0]) * np.where(lines.role == HOLE, -1.0, 1.0))[:, None]
    return np.column_stack([np.bincount(lines.owner, column, minlength=len(faces)) for column in upright.T])


def _origins(polygons: Objects) -> Floats:
    """The first corner of each polygon."""
    coordinates, owner = shapely.get_coordinates(polygons, return_index=True)
    return np.asarray(coordinates[np.searchsorted(owner, np.arange(len(polygons)))], np.float64)


def _moments(lines: Lines, origins: Floats) -> Floats:
    """Shape (m, 3): signed area and first moments of each ring about the origin of its owner; square degrees."""
    if not len(lines.owner):
        return np.zeros((0, 3))
    x, y = (lines.coordinates - origins[lines.owner[lines.line_of]]).T
    next_x, next_y = np.append(x[1:], 0.0), np.append(y[1:], 0.0)
    twice = x * next_y - next_x * y
    twice[lines.starts[1:] - 1] = 0.0  # from one ring to the next there is no edge
    each = np.column_stack([twice / 2, twice * (x + next_x) / 6, twice * (y + next_y) / 6])
    return np.asarray(np.add.reduceat(each, lines.starts[:-1], axis=0), np.float64)
