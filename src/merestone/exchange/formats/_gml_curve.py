"""Curves of GML whose course its words leave open, as the ground in which they lie in any reading.

Chords stand for the curve, and triangles for all ground in which it may lie, as for arcs (`geodesy.CurvedPath`): a
hazard takes all of it, released land nothing. So the ground is convex and holds both ends of the curve.

- ArcByCenterPoint: from which axis, and which way round, its angles count differs between OGC 12-028r1, GML's own text
  and what programs write: the whole disc.
- ArcByBulge: on which side of its chord it bulges is plain only where its normal is a vector: else both sides.
- Bezier and BSpline lie within the hull of their control points (with weights above zero).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import CurvedPath

Floats = NDArray[np.float64]
Place = tuple[float, float]
_SQUARE: Final = 0.01
"""Cosine of the angle with its chord below which a vector is perpendicular to it."""


def somewhere_on(centre: Place, circle: CurvedPath) -> CurvedPath:
    """A curve that is a part of a circle."""
    corners = np.array([centre])
    ground = _fan(np.concatenate([circle.corners, circle.triangles.reshape(-1, 2)]))
    return CurvedPath(corners, ground, _reach(ground))


def among(controls: Sequence[Place]) -> CurvedPath:
    """A curve that lies within the hull of its control points."""
    places = np.array(controls, np.float64)
    if len(places) < 2 or not np.isfinite(places).all():
        raise ValueError("a curve needs two control points and more")
    ground = _fan(places)
    return CurvedPath(places[[0, -1]], ground, _reach(ground))


def beside_chords(
    positions: Sequence[Place], bulges: Sequence[float], normals: Sequence[float], per_circle: int
) -> CurvedPath:
    """Arcs between positions, each as far from the middle of its chord as its bulge says.

    Parameters
    ----------
    normals
        For each arc the vector towards its middle (two numbers), or a sign that tells no side here.
    per_circle
        With how many chords a full circle is drawn.
    """
    places = np.array(positions, np.float64)
    vectors: list[Floats | None] = [None] * len(bulges)
    if len(normals) == 2 * len(bulges) and len(normals) > 0:
        vectors = list(np.array(normals, np.float64).reshape(-1, 2))
    paths = []
    for (first, last), bulge, vector in zip(pairwise(places), bulges, vectors, strict=True):
        chord = last - first
        length = float(np.hypot(*chord))
        if not (np.isfinite([length, bulge]).all() and length > 0):
            raise ValueError("an arc by its bulge has two ends apart from each other")
        left = np.array([-chord[1], chord[0]]) / length
        middles = [(first + last) / 2 + side * left * abs(bulge) for side in (1.0, -1.0)]
        arcs = [CurvedPath.arc(first, middle, last, per_circle) for middle in middles]
        if vector is not None and (stretch := float(np.hypot(*vector))) > 0 and bulge != 0:
            off = float(vector @ chord) / (stretch * length)
            if abs(off) < _SQUARE:
                paths.append(arcs[0] if float(vector @ left) * bulge > 0 else arcs[1])
                continue
        corners = np.concatenate([arc.triangles.reshape(-1, 2) for arc in arcs])
        ground = _fan(corners if len(corners) else [first, last])
        paths.append(CurvedPath(np.array([first, last]), ground, _reach(ground)))
    return CurvedPath.joined(paths)


def _fan(places: Sequence[Floats] | Floats) -> Floats:
    """(n, 3, 2) triangles that make up the hull of some places."""
    line: Any = shapely.linestrings(np.array(places))
    hull = line.convex_hull
    if hull.geom_type != "Polygon":
        return np.empty((0, 3, 2))
    corners = shapely.get_coordinates(hull)[:-1]
    first = np.broadcast_to(corners[0], corners[2:].shape)
    fan: Floats = np.stack([first, corners[1:-1], corners[2:]], axis=1)
    return fan


def _reach(ground: Floats) -> float:
    """How far apart places of the ground are at most."""
    if not len(ground):
        return 0.0
    corners = ground.reshape(-1, 2)
    return float(np.hypot(*(corners.max(axis=0) - corners.min(axis=0))))
