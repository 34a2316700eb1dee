"""`RingSet`: the flat arrays in which rings travel between rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from merestone.geodesy._flat import HOLE, PATH, SHELL, Floats, Geometries, Ints, Lines, Objects, objects
from merestone.geodesy.ellipsoid import areas_of_rings_m2, ring_areas_m2
from merestone.terms import FieldRefused, number_of


@dataclass(frozen=True, slots=True, eq=False)
class RingSet:
    """The rings of areas, one after another, with the accuracy of each; longitude and latitude on WGS 84.

    Plain arrays: they can be saved, mapped into memory, shared and given to compiled code as they are.
    """

    coordinates: Floats
    """Shape (n, 2): longitude and latitude in degrees; each ring ends where it began."""
    ring_starts: Ints
    """Shape (m + 1,): where each ring starts in `coordinates`; the last entry is n."""
    accuracy_m: Floats
    """Shape (m,): accuracy of each ring in metres, the same for all rings of one area; NaN: nobody stated it."""
    area_of: Ints
    """Shape (m,): which area each ring is of, in order."""
    polygon_of: Ints
    """Shape (m,): which polygon each ring is of; rings of one polygon follow each other, its shell first."""
    size: int
    """Number of areas, those without a ring included."""

    def __post_init__(self) -> None:
        rings = len(self.ring_starts) - 1
        if not (len(self.accuracy_m) == len(self.area_of) == len(self.polygon_of) == rings):
            lengths = (len(self.accuracy_m), len(self.area_of), len(self.polygon_of))
            raise FieldRefused(
                "ringset", lengths, f"is not one value for each of {number_of(rings, 'ring')}", "give m values each"
            )
        if rings < 0 or self.ring_starts[0] != 0 or self.ring_starts[-1] != len(self.coordinates):
            why = f"do not run from 0 to {len(self.coordinates)}"
            raise FieldRefused("ring_starts", self.ring_starts.tolist()[:3], why, "give m + 1 starts, the last one n")

    @classmethod
    def from_geometries(cls, geometries: Geometries, accuracy_m: ArrayLike = np.nan) -> Self:
        """Take areas apart; `accuracy_m` is one value or one for each. None and empty areas have no ring.

        Raises
        ------
        FieldRefused
            A geometry is a point or a line: it has no ring. `widen` makes an area of it.
        """
        shapes = objects(geometries)
        lines = Lines.of(shapes)
        if (lines.role == PATH).any():
            index = int(lines.owner[lines.role == PATH][0])
            raise FieldRefused(f"geometry {index}", shapes[index].geom_type, "has no ring", "widen it to an area first")
        accuracy = np.broadcast_to(np.asarray(accuracy_m, np.float64), shapes.shape)
        _, polygon_of = np.unique(lines.polygon, return_inverse=True)
        coordinates = np.ascontiguousarray(lines.coordinates, np.float64)
        polygons = polygon_of.astype(np.int64)
        return cls(coordinates, lines.starts, accuracy[lines.owner], lines.owner, polygons, len(shapes))

    @property
    def is_hole(self) -> NDArray[np.bool_]:
        """Shape (m,): whether each ring is a hole."""
        out = np.zeros(len(self.area_of), bool)
        out[1:] = self.polygon_of[1:] == self.polygon_of[:-1]
        return out

    def areas_m2(self) -> Floats:
        """Geodesic area of each area, square metres, shape (size,)."""
        role = np.where(self.is_hole, HOLE, SHELL).astype(np.int8)
        lines = Lines(self.coordinates, self.ring_starts, self.area_of, role, self.polygon_of)
        return areas_of_rings_m2(lines, ring_areas_m2(self.coordinates, self.ring_starts), self.size)

    def to_geometries(self) -> Objects:
        """The areas as Shapely polygons and multipolygons, shape (size,); without a ring, an empty multipolygon."""
        out = np.full(self.size, shapely.MultiPolygon(), dtype=object)
        if not len(self.area_of):
            return out
        line_of = np.repeat(np.arange(len(self.area_of)), np.diff(self.ring_starts))
        rings = objects(shapely.linearrings(self.coordinates, indices=line_of))
        polygons = objects(shapely.polygons(rings, indices=self.polygon_of))
        owner = self.area_of[~self.is_hole]
        count = np.bincount(owner, minlength=self.size)
        alone = count[owner] == 1
        out[owner[alone]] = polygons[alone]
        for index in np.flatnonzero(count > 1):
            out[index] = shapely.MultiPolygon(list(polygons[owner == index]))
        return out
