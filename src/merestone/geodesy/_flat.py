"""Arrays of Shapely geometries, and their simple parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Objects = NDArray[np.object_]
Geometries = Sequence[BaseGeometry | None] | NDArray[Any]
"""Shapely geometries or None: a list, an array of objects, or a GeoSeries' values."""


def objects(geometries: Geometries | BaseGeometry) -> Objects:
    """The geometries as an array of objects of one dimension."""
    return np.atleast_1d(np.asarray(geometries, dtype=object))


def simple_parts(geometries: Geometries) -> tuple[Objects, Ints]:
    """Every part that is no collection, with the index of the geometry it came from; None and empty have no part."""
    parts, index = shapely.get_parts(objects(geometries), return_index=True)
    while (shapely.get_type_id(parts) >= 4).any():  # a collection within a collection
        parts, inner = shapely.get_parts(parts, return_index=True)
        index = index[inner]
    return parts, index.astype(np.int64)


def repeats(count: Ints) -> Ints:
    """0 to count - 1 for each entry, one after another.

    >>> repeats(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.asarray(np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count), np.int64)
