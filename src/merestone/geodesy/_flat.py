"""Arrays of Shapely geometries, and the lines they are made of as flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

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


TINY_DEG: Final = 1e-15
"""Numbers nearer to 0 than this become 0: a tenth of a nanometre, less than what rounding leaves in doubt elsewhere on
the globe. Numbers as small as 1e-311 make GEOS (3.14) raise, since their products leave what floating point holds."""


def without_tiny_numbers(geometries: Objects, coordinates: Floats | None = None) -> Objects:
    """(n,) the geometries with 0 for each coordinate that is nearer to it than `TINY_DEG`; most often as they are.

    `coordinates` are those of all geometries, where a caller has them already.
    """
    coordinates = shapely.get_coordinates(geometries) if coordinates is None else coordinates
    is_tiny = np.abs(coordinates) < TINY_DEG
    if not is_tiny.any():
        return geometries
    is_tiny &= coordinates != 0.0
    if not is_tiny.any():
        return geometries
    owner = np.repeat(np.arange(len(geometries)), shapely.get_num_coordinates(geometries))
    out = geometries.copy()
    chosen = np.unique(owner[is_tiny.any(axis=1)])
    flushed = partial(shapely.transform, include_z=None)  # heights stay; the stubs of Shapely 2.2 know no None
    out[chosen] = flushed(geometries[chosen], lambda numbers: np.where(np.abs(numbers) < TINY_DEG, 0.0, numbers))
    return out


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


PATH: Final = 0
"""A point or a line that is no ring of an area."""
SHELL: Final = 1
HOLE: Final = 2


@dataclass(frozen=True, slots=True)
class Lines:
    """Every point, line and ring of an array of geometries, one after another."""

    coordinates: Floats
    """Shape (n, 2): longitude and latitude in degrees."""
    starts: Ints
    """Shape (m + 1,): where each line starts in `coordinates`; the last entry is n."""
    owner: Ints
    """Shape (m,): index of the geometry that each line is of."""
    role: NDArray[np.int8]
    """Shape (m,): `PATH`, `SHELL` or `HOLE`."""
    polygon: Ints
    """Shape (m,): counts polygons (and paths) from 0; the rings of one polygon share a number."""

    @classmethod
    def of(cls, geometries: Geometries) -> Self:
        """Take geometries apart. None and empty geometries have no line."""
        parts, part_of = simple_parts(geometries)
        is_area = shapely.get_type_id(parts) == 3
        rings, ring_of = shapely.get_rings(parts[is_area], return_index=True)
        polygon = np.concatenate([np.flatnonzero(is_area)[ring_of], np.flatnonzero(~is_area)])
        counts = np.concatenate([shapely.get_num_coordinates(rings), shapely.get_num_coordinates(parts[~is_area])])
        role = np.full(len(polygon), PATH, np.int8)
        role[: len(rings)] = SHELL
        role[1 : len(rings)][ring_of[1:] == ring_of[:-1]] = HOLE
        order = np.argsort(polygon, kind="stable")  # as get_coordinates walks them
        starts = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64)
        polygon = polygon[order]
        return cls(shapely.get_coordinates(parts), starts, part_of[polygon], role[order], polygon)

    @property
    def line_of(self) -> Ints:
        """Shape (n,): which line each coordinate is of."""
        return np.repeat(np.arange(len(self.owner)), np.diff(self.starts))
