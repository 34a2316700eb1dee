"""Geometries as they were given: which of them a few positions can reach, before the outlines of all are flattened."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.screening.kernel import pair_query
from merestone.screening.kernel.outline import Accuracy, Edges, Floats, Outlines, stated_accuracy_m, widening_m
from merestone.screening.reference_system import on_wgs84

FROM_HAZARDS = 512
"""Fewer hazards are flattened at once: that takes a few milliseconds."""
HAZARDS_PER_POSITION = 8
"""With fewer hazards for each position, so many of them are reached that all may be flattened as well."""
MOST_SHARE = 0.25
"""If positions reach a larger share of the hazards, all are flattened."""
MOST_QUESTIONS = 4
"""An index that is asked more often is worth flattening."""


class UnflattenedGeometries:
    """Hazards as Shapely geometries. To flatten 100,000 areas takes half a second; a thousand positions reach few."""

    def __init__(self, geometries: Any, accuracy_m: Accuracy, edges: Edges) -> None:
        """Take what `HazardIndex.build` was given; FieldRefused as there."""
        # A copy: a caller may change the array, while the geometries in it cannot change.
        self.geometries = np.array(on_wgs84(geometries), dtype=object).reshape(-1)
        self.accuracy_m = stated_accuracy_m(accuracy_m, len(self.geometries))
        self.edges = edges
        self._questions = 0

    @property
    def hazards(self) -> int:
        """How many hazards were given, placed or not."""
        return len(self.geometries)

    def flattened(self) -> Outlines:
        """The outlines of all."""
        return Outlines.of(self.geometries, self.accuracy_m, self.edges)

    def reached(self, lon_deg: Floats, lat_deg: Floats, limit_m: Floats) -> tuple[NDArray[np.int64], Outlines] | None:
        """The hazards that can be the nearest of these positions: their numbers, ascending, and their outlines.

        All others are farther, or beyond the limit. None where all should be flattened: the positions, the limits or
        the hazards are too many, too near a pole or the antimeridian, or have no usable place. At least one hazard is
        given otherwise, so that nobody takes none near for none recorded anywhere.
        """
        few = len(lon_deg) * HAZARDS_PER_POSITION <= self.hazards and self.hazards >= FROM_HAZARDS
        if not few or self.edges is not Edges.STRAIGHT or self._questions >= MOST_QUESTIONS:
            return None
        self._questions += 1
        each_m = np.broadcast_to(limit_m, lon_deg.shape)
        widest_m = float(widening_m(self.accuracy_m).max())
        if not pair_query.can_measure(lon_deg, lat_deg, each_m, widest_m).all() or self._boxes is None:
            return None
        groups = self._boxes
        near = [placed[pair_query.reached(boxes, lon_deg, lat_deg, each_m)] for boxes, placed in groups]
        numbers = np.sort(np.concatenate(near))
        if not len(numbers):
            numbers = groups[0][1][:1]
        if len(numbers) > MOST_SHARE * self.hazards:
            return None
        outlines = Outlines.of(self.geometries[numbers], self.accuracy_m[numbers], self.edges)
        # One of them has no place after all: its box may have kept another out.
        return None if len(outlines.unplaced) else (numbers, outlines)

    @cached_property
    def _boxes(self) -> list[tuple[pair_query.Boxes, NDArray[np.int64]]] | None:
        """The hazards' boxes and numbers; None if one does not lie plainly on the globe, or none has a box.

        Hazards of stated and of unstated accuracy apart, as `Outlines.by_statement`: none of the one kind keeps
        another of the other kind out.
        """
        box = shapely.bounds(self.geometries)
        is_placed = ~np.isnan(box).any(axis=1)
        west, south, east, north = box[is_placed].T
        is_plain = (west >= -180.0) & (east <= 180.0) & (south >= -90.0) & (north <= 90.0) & (east - west <= 180.0)
        if not is_placed.any() or not is_plain.all():
            return None
        is_unstated = np.isnan(self.accuracy_m)
        groups = []
        for chosen in (is_placed & ~is_unstated, is_placed & is_unstated):
            numbers = np.flatnonzero(chosen)
            if len(numbers):
                tree = shapely.STRtree(list(self.geometries[numbers]))
                groups.append((pair_query.Boxes(box[numbers], tree, widening_m(self.accuracy_m[numbers])), numbers))
        return groups
