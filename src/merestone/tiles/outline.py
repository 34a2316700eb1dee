"""Outlines in the whole numbers of a tile: a hazard's contains the true one, released land's lies within it.

Rounding a corner to whole units moves it by up to half a diagonal, simplification by its tolerance, and the straight
line between two rounded corners strays from the edge, which is a curve on the tile. So a hazard is grown by the sum of
these before it is rounded, and released land is shrunk by it; and then each result is examined: what cannot be seen to
contain the true outline (or to lie within it) is made anew, at last as the box around it (or as no outline at all).
"""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.tiles.grid import EXTENT, TileAddress

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

LEAST: Final = EXTENT // 256
"""Units to which a smaller hazard is grown in both directions: 2 of the 512 pixels that a tile takes on a screen."""
STRAY: Final = 0.125
"""Units by which the true edge, a curve on the tile, may stray from the straight line between its corners."""
SIMPLER: Final = 0.5
"""Units by which an outline may be simplified: a sixteenth of a pixel."""
ROUNDING: Final = float(np.sqrt(0.5))
"""Units by which rounding moves a corner at most: half the diagonal of a square of the grid."""
SLACK: Final = 0.01
"""Units for what floating point takes away."""
GROWTH: Final = ROUNDING + SIMPLER + STRAY + SLACK
_KEPT: Final = STRAY + SLACK / 2
"""Units that must lie between the outline in the tile and the true one's corners and chords."""
_MITRE: Final = 2.0
"""A corner is drawn out to no more than twice the growth."""


def on_tile(pieces_deg: Objects, address: TileAddress) -> Objects:
    """Geometries in longitude and latitude, in the tile's units, not rounded; edges strayed from by `STRAY` at most.

    Longitudes may run past 180 where a tile lies at the antimeridian.
    """
    pieces = shapely.force_2d(pieces_deg)
    longest_deg = address.straight_deg(STRAY)
    bounds = shapely.bounds(pieces)
    tall = np.flatnonzero(bounds[:, 3] - bounds[:, 1] > longest_deg)
    if len(tall):
        pieces = pieces.copy()
        pieces[tall] = shapely.segmentize(pieces[tall], longest_deg)
    return np.asarray(shapely.transform(pieces, address.units), dtype=object)


def outward(true: Objects) -> Objects:
    """Polygons and multipolygons of whole units, each of which contains one of the given geometries.

    Parameters
    ----------
    true
        Areas, lines and points in the tile's units, as `on_tile` gives them; none is empty.

    Returns
    -------
    Valid geometries, of at least `LEAST` units in each direction, exteriors counter-clockwise in x and y as numbers,
    which is how the specification wants them.
    """
    out = np.empty(len(true), dtype=object)
    bounds = shapely.bounds(true)
    small = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0) <= LEAST
    out[small] = _boxes(bounds[small])
    rest = np.flatnonzero(~small)
    if len(rest):
        out[rest] = _grown(true[rest])
    left = np.flatnonzero(shapely.is_missing(out))
    if len(left):
        out[left] = _boxes(bounds[left])
    return np.asarray(shapely.orient_polygons(out), dtype=object)


def inward(true: Objects) -> Objects:
    """Polygons and multipolygons of whole units within the given areas; None where none is left or can be proved."""
    out = np.empty(len(true), dtype=object)
    areas = np.flatnonzero(shapely.get_dimensions(true) == 2)
    if not len(areas):
        return out
    shrunk = shapely.buffer(_simpler(true[areas]), -GROWTH, join_style="mitre", mitre_limit=_MITRE)
    rounded = _rounded(shrunk)
    apart = shapely.distance(shapely.boundary(true[areas]), rounded)
    holds = ~shapely.is_empty(rounded) & shapely.covers(true[areas], rounded) & (apart >= _KEPT)
    out[areas[holds]] = rounded[holds]
    return np.asarray(shapely.orient_polygons(out), dtype=object)


def marks(true: Objects) -> Objects:
    """For each geometry a point of whole units, in it or half a diagonal off: a mark without extent."""
    return _rounded(np.asarray(shapely.point_on_surface(true), dtype=object))


def _boxes(bounds: Floats) -> Objects:
    """Boxes of whole units around the extents, none smaller than `LEAST`."""
    room = np.maximum((LEAST - (bounds[:, 2:] - bounds[:, :2])) / 2.0, STRAY + SLACK)
    west_south = np.floor(bounds[:, :2] - room)
    east_north = np.ceil(bounds[:, 2:] + room)
    return np.asarray(shapely.box(*west_south.T, *east_north.T), dtype=object)


def _grown(true: Objects) -> Objects:
    """The geometries grown and rounded; None where that cannot be seen to contain them."""
    out = np.empty(len(true), dtype=object)
    ways = ((_simpler(_seen(true)), GROWTH), (_seen(true), 2.0 * GROWTH))
    for plane, growth in ways:
        left = np.flatnonzero(shapely.is_missing(out))
        if not len(left):
            break
        wide = shapely.buffer(plane[left], growth, cap_style="square", join_style="mitre", mitre_limit=_MITRE)
        rounded = _rounded(wide)
        apart = shapely.distance(shapely.boundary(rounded), true[left])
        holds = shapely.covers(rounded, true[left]) & (apart >= _KEPT)
        out[left[holds]] = rounded[holds]
    return out


def _seen(true: Objects) -> Objects:
    """The same, with every small part of several as large as a small record is drawn."""
    out = true.copy()
    several = np.flatnonzero(shapely.get_num_geometries(true) > 1)
    for at in several:
        parts = shapely.get_parts(true[at])
        bounds = shapely.bounds(parts)
        small = (bounds[:, 2:] - bounds[:, :2]).max(axis=1) <= LEAST
        if small.any():
            parts[small] = _boxes(bounds[small])
            out[at] = shapely.GeometryCollection(list(parts))
    return out


def _simpler(true: Objects) -> Objects:
    """With fewer corners where that leaves a valid outline."""
    out = true.copy()
    few = shapely.simplify(true, SIMPLER, preserve_topology=False)
    sound = shapely.is_valid(few) & ~shapely.is_empty(few)
    out[sound] = few[sound]
    return out


def _rounded(plane: Objects) -> Objects:
    """On whole units, and valid; what collapses is left out."""
    return np.asarray(shapely.set_precision(plane, 1.0), dtype=object)
