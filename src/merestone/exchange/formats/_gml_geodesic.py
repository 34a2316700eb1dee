"""Geodesics of GML: followed with as many corners as keep a straight line in degrees to within 0.1 m of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from merestone.exchange.rows.edges import TOLERANCE_M, Along, along_of, followed
from merestone.geodesy import CurvedPath, current_curve_work
from merestone.terms import FieldRefused, number_of

Floats = NDArray[np.float64]
GEODESICS: Final = ("Geodesic", "GeodesicString")
"""Segments whose edges are geodesics on the ellipsoid of their reference system (OGC 07-036r1, 10.4.7.14)."""
REMARK: Final = f"geodesics were followed by more corners, to within {TOLERANCE_M} m"


def along_geodesics(
    lines: Sequence[Sequence[tuple[float, float]]], crs: str | None, *, is_swapped: bool
) -> list[CurvedPath]:
    """For each of some lines the path from position to position; all at once, so that thousands of segments are quick.

    Parameters
    ----------
    is_swapped
        Whether latitude stands before longitude, in the positions and in the path.

    Raises
    ------
    ValueError
        A position is not a number, the reference system has no longitude and latitude, or an edge cannot be followed.
    """
    paths = [CurvedPath.line(positions) for positions in lines]
    chosen = [at for at, path in enumerate(paths) if len(path.corners) > 1]
    if not chosen:
        return paths
    work = current_curve_work()
    if work is not None and not work.allows_following(sum(len(paths[at].corners) for at in chosen)):
        why = (
            f"the geodesics before it needed {number_of(work.followed, 'corner')}, which is all that this file may take"
        )
        raise ValueError(f"{why}; give them in shorter edges")
    order = slice(None, None, -1 if is_swapped else 1)
    try:
        straight = [shapely.LineString(paths[at].corners[:, order]) for at in chosen]
        dense, faults = followed(straight, _geodesics_of(crs), _as_degrees)
    except FieldRefused as refused:
        raise ValueError(str(refused)) from refused
    if work is not None:
        work.followed += sum(map(len, map(shapely.get_coordinates, dense)))
    if faults:
        raise ValueError(next(iter(faults.values())))
    for at, line in zip(chosen, dense, strict=True):
        paths[at] = CurvedPath.line(shapely.get_coordinates(line)[:, order])
    return paths


@lru_cache(maxsize=32)
def _geodesics_of(name: str | None) -> Along:
    if name is None:
        raise FieldRefused("srsName", None, "is missing, and geodesics need an ellipsoid", "state what it is in")
    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        remedy = "name one that PROJ knows, such as EPSG:4326"
        raise FieldRefused("srsName", name, "is not a coordinate reference system", remedy) from error
    return along_of("geodesic", crs)


def _as_degrees(positions: Floats) -> Floats:
    """Geodetic systems differ by less in degrees than matters to where corners are put."""
    return positions
