"""On which side of an edge a point lies, without an error and never "on it".

Two outlines of real registers often share a line. To decide such ties alike everywhere, each outline is thought to be
moved by an infinitely small step of its own: an earlier one further east, and infinitely less north, than a later one.
No length is moved in the numbers, and areas do not change by it; but no point lies on another outline's edge any more.

Sources: the bound on the sign of a determinant is J. R. Shewchuk's (Adaptive Precision Floating-Point Arithmetic, 1997,
ccwerrboundA); the infinitely small steps are those of Edelsbrunner and Mücke (Simulation of Simplicity, 1990).
"""

from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_BOUND: Final = (3.0 + 16.0 * 2.0**-53) * 2.0**-53


def is_left(a: Floats, b: Floats, c: Floats, *, edge_is_earlier: bool | Flags) -> Flags:
    """Whether points `c` lie left of the edges from `a` to `b`.

    Parameters
    ----------
    a, b, c : shape (n, 2)
        Longitude and latitude; no edge has length 0.
    edge_is_earlier
        Whether the edge's outline is earlier than the point's. They are never of one outline.
    """
    product = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1])
    two = (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    turn = product - two
    # A product that underflows is no longer within the bound.
    doubtful = np.flatnonzero(np.abs(turn) <= _BOUND * (np.abs(product) + np.abs(two)) + 1e-300)
    left: Flags = turn > 0.0
    if len(doubtful):
        earlier = np.broadcast_to(edge_is_earlier, left.shape)[doubtful]
        left[doubtful] = _decided(a[doubtful], b[doubtful], c[doubtful], earlier)
    return left


def _decided(a: Floats, b: Floats, c: Floats, earlier: Flags) -> Flags:
    along = b - a
    turn = np.zeros(len(a))
    flat = ((a == b) & (a == c)).any(axis=1)  # all three in one column or one row
    exact = np.flatnonzero(~(flat | (c == a).all(axis=1) | (c == b).all(axis=1)))
    for i in exact:
        (ax, ay), (bx, by), (cx, cy) = (map(Fraction, point) for point in (a[i], b[i], c[i]))
        determinant = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        turn[i] = (determinant > 0) - (determinant < 0)
    # A tie: an edge moved east has the point on its left if it runs north; one that runs level, if it runs west.
    tied = np.where(along[:, 1] != 0.0, along[:, 1], -along[:, 0]) * np.where(earlier, 1.0, -1.0)
    return np.asarray(np.where(turn != 0.0, turn, tied) > 0.0)
