"""Geodesics of GML: followed with as many corners as keep a straight line in degrees to within 0.1 m of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from merestone.exchange.rows.edges import TOLERANCE_M, Along, along_of, followed
from merestone.geodesy import CurvedPath
from merestone.terms import FieldRefused

Floats = NDArray[np.float64]
GEODESICS: Final = ("Geodesic", "GeodesicString")
"""Segments whose edges are geodesics on the ellipsoid of their reference system (OGC 07-036r1, 10.4.7.14)."""
REMARK: Final = f"geodesics were followed by more corners, to within {TOLERANCE_M} m"


def along_geodesics(positions: Sequence[tuple[float, float]], crs: str | None, *, is_swapped: bool) -> CurvedPath:
    """The path from position to position.

    Parameters
    ----------
    is_swapped
        Whether latitude stands before longitude, in the positions and in the path.

    Raises
    ------
    ValueError
        A position is not a number, the reference system has no longitude and latitude, or an edge cannot be followed.
    """
    path = CurvedPath.line(positions)
    if len(path.corners) < 2:
        return path
    order = slice(None, None, -1 if is_swapped else 1)
    line = shapely.LineString(path.corners[:, order])
    try:
        [dense], faults = followed([line], _geodesics_of(crs), _as_degrees)
    except FieldRefused as refused:
        raise ValueError(str(refused)) from refused
    if faults:
        raise ValueError(faults[0])
    return CurvedPath.line(shapely.get_coordinates(dense)[:, order])


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
