"""Geometries as they were given: which of them a few positions can reach, before the outlines of all are flattened."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.screening.kernel import near_boxes, pair_query
from merestone.screening.kernel.outline import Accuracy, Edges, Floats, Outlines, stated_accuracy_m, widening_m
from merestone.screening.reference_system import on_wgs84

FROM_HAZARDS = 512
"""Fewer hazards are flattened at once: that takes a few milliseconds."""
HAZARDS_PER_POSITION = 8
"""With fewer hazards for each position, so many of them are reached that all may be flattened as well."""
MOST_SHARE = 0.25
"""If positions reach a larger share of the hazards, all are flattened."""
MOST_NEAR_SHARE, MOST_PER_HAZARD = 0.5, 0.5
"""As these, for hazards that are near: to find them costs less. All are flattened with more positions for each hazard.
"""
EDGES_SAMPLE = 500
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

    @cached_property
    def widened_m(self) -> Floats:
        """(hazards,) by how much each is widened."""
        return widening_m(self.accuracy_m)

    @cached_property
    def edges_about(self) -> int:
        """About how many edges there are, by a sample."""
        sample = self.geometries[:: max(1, self.hazards // EDGES_SAMPLE)]
        return int(shapely.get_num_coordinates(sample).sum() * (self.hazards / max(len(sample), 1)))

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
        widest_m = float(self.widened_m.max())
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

    def near(
        self, lon_deg: Floats, lat_deg: Floats, known_m: Floats, warn_m: float, most_looks: int
    ) -> Outlines | None:
        """The outlines of all hazards that are near one of these positions, with both accuracies, and of some more.

        None where all should be flattened, as for `reached`; the positions are such as `nearby_classes` asks for.
        """
        few = len(lon_deg) <= MOST_PER_HAZARD * self.hazards
        if not few or self.edges is not Edges.STRAIGHT or self._questions >= MOST_QUESTIONS:
            return None
        placed = self._placed
        if placed is None:
            return None
        self._questions += 1
        numbers, box = placed
        positions = (lon_deg, lat_deg, known_m, warn_m)
        is_near = near_boxes.reached(box, self.widened_m[numbers], positions, most_looks)
        if is_near is None or np.count_nonzero(is_near) > MOST_NEAR_SHARE * self.hazards:
            return None
        chosen = numbers[is_near] if is_near.any() else numbers[:1]
        outlines = Outlines.of(self.geometries[chosen], self.accuracy_m[chosen], self.edges)
        return None if len(outlines.unplaced) else outlines

    @cached_property
    def _placed(self) -> tuple[NDArray[np.int64], Floats] | None:
        """The hazards that have a box, and their boxes; None if one does not lie plainly on the globe, or none has."""
        box = shapely.bounds(self.geometries)
        west, south, east, north = np.isnan(box).T
        numbers = np.flatnonzero(~(west | south | east | north))
        box = box if len(numbers) == len(box) else box[numbers]
        west, south, east, north = box.T
        is_plain = (west >= -180.0) & (east <= 180.0) & (south >= -90.0) & (north <= 90.0) & (east - west <= 180.0)
        return (numbers, box) if len(numbers) and is_plain.all() else None

    @cached_property
    def _boxes(self) -> list[tuple[pair_query.Boxes, NDArray[np.int64]]] | None:
        """The hazards' boxes and numbers; None if one does not lie plainly on the globe, or none has a box.

        Hazards of stated and of unstated accuracy apart, as `Outlines.by_statement`: none of the one kind keeps
        another of the other kind out.
        """
        if self._placed is None:
            return None
        placed, box = self._placed
        is_unstated = np.isnan(self.accuracy_m[placed])
        groups = []
        for chosen in (~is_unstated, is_unstated):
            numbers = placed[chosen]
            if len(numbers):
                tree = shapely.STRtree(self.geometries[numbers])
                groups.append((pair_query.Boxes(box[chosen], tree, self.widened_m[numbers]), numbers))
        return groups
