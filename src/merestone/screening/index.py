"""The hazard index: hazards go in once, and positions are measured against them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from merestone.screening.kernel import nearby_classes, numpy_query, pair_query
from merestone.screening.kernel.asked_positions import metres_of, on_the_globe, positions_of
from merestone.screening.kernel.closest_points import feet_of
from merestone.screening.kernel.compiled_state import loading_s
from merestone.screening.kernel.nearest import NONE_RECORDED, UNKNOWN, Feet, Nearest, classes_of
from merestone.screening.kernel.outline import Accuracy, Edges, Floats, Outlines, widening_m
from merestone.screening.kernel.unflattened import UnflattenedGeometries
from merestone.terms import WIDENED_M, FieldRefused, RecordKind, number_of

if TYPE_CHECKING:
    from merestone.screening.kernel.batch_query import Cells
    from merestone.screening.kernel.lazy_cells import LazyCells

ONE_BY_ONE = 8
"""Up to so many positions are measured one by one."""
PAIR_S, PAIR_EDGE_S, EDGE_S = 12e-6, 4e-8, 1e-6
"""Seconds that a position, and an edge looked at, take without cells, and that an edge takes to be put into coarse
cells: roughly, and only to choose between ways that give the same answers."""
CELLS_S = 0.03
"""Seconds that cells of the smallest index take to be made."""
FINE_FROM = 8
"""From so many positions for each edge on, fine cells have cost less than coarse ones, with what it takes to make them.
"""


class HazardIndex:
    """Recorded hazards, ready to be measured against. Immutable; safe to share between threads, never a safety promise.

    An index without a single placed hazard answers UNKNOWN everywhere: an empty record says nothing about the ground.
    """

    def __init__(
        self,
        outlines: Outlines | UnflattenedGeometries,
        record_ids: Sequence[str] | None = None,
        kinds: Sequence[RecordKind] | None = None,
        *,
        unplaced_rows: int = 0,
        edges: Edges | str = Edges.STRAIGHT,
        ready: Callable[[int], Cells | None] | None = None,
    ) -> None:
        for name, values in (("record_ids", record_ids), ("kinds", kinds)):
            if values is not None and len(values) != outlines.hazards:
                why = f"there are {number_of(outlines.hazards, 'hazard')}"
                raise FieldRefused(name, number_of(len(values), "value"), why, "give one for each, in the same order")
        self._outlines = outlines if isinstance(outlines, Outlines) else None
        self._unflattened = outlines if isinstance(outlines, UnflattenedGeometries) else None
        self._hazards, self._accuracy_m = outlines.hazards, outlines.accuracy_m
        self.record_ids = record_ids
        self.kinds = kinds
        self.unplaced_rows = unplaced_rows
        self.edges = Edges(edges)
        self._ready = ready
        self._asked = self._expected = 0
        self._grids: dict[int, Cells] = {}
        self._lazy: dict[int, LazyCells] = {}
        self._lock, self._flattening = threading.Lock(), threading.Lock()

    @classmethod
    def build(
        cls,
        geometries: Any,
        accuracy_m: Accuracy = None,
        *,
        record_ids: Sequence[str] | None = None,
        kinds: Sequence[RecordKind] | None = None,
        unplaced_rows: int = 0,
        edges: Edges | str = Edges.STRAIGHT,
    ) -> HazardIndex:
        """Index hazards.

        Parameters
        ----------
        geometries
            (hazards,) Shapely geometries of any type, or a GeoSeries, in longitude and latitude on WGS 84. A GeoSeries
            in a projection of WGS 84 is transformed, and one on another datum refused. A geometry that has no usable
            place (None, empty, NaN, out of range) is kept as a number in `unplaced`, and every answer tells.
            Outlines that cross themselves cover all that any reading of them covers. The index keeps the geometries
            until it needs the outlines of all: the first few questions of few positions flatten only what they reach.
        accuracy_m
            One for all, or (hazards,): metres; None or NaN where it was not stated, which widens by `terms.WIDENED_M`.
        record_ids, kinds
            (hazards,) what to call each hazard in answers.
        unplaced_rows
            How many more records have no geometry at all, such as rows in quarantine, for answers.
        edges
            What joins two vertices: ``straight`` in longitude and latitude (GeoJSON) or ``geodesic``.

        Raises
        ------
        FieldRefused
            An accuracy is negative or infinite, a length does not fit, or the geometries are on another datum.
        """
        unflattened = UnflattenedGeometries(geometries, accuracy_m, Edges(edges))
        return cls(unflattened, record_ids, kinds, unplaced_rows=unplaced_rows, edges=edges)

    @property
    def outlines(self) -> Outlines:
        """The outlines of all hazards, flattened at the first need of them all."""
        with self._flattening:
            if self._outlines is None:
                assert self._unflattened is not None
                self._outlines, self._unflattened = self._unflattened.flattened(), None
            return self._outlines

    def changed(
        self,
        removed: ArrayLike = (),
        added: Any = (),
        accuracy_m: Accuracy = None,
        *,
        record_ids: Sequence[str] | None = None,
        kinds: Sequence[RecordKind] | None = None,
    ) -> HazardIndex:
        """An index without some hazards and with others, which keeps what it can of this one's cells.

        Parameters
        ----------
        removed
            (n,) numbers of hazards of this index. A hazard of which anything changed is removed, and added anew.
        added, accuracy_m, record_ids, kinds
            The new hazards, as for `build`. They stand behind those that are left, which keep their order.

        Raises
        ------
        FieldRefused
            A number is not that of a hazard, or as for `build`.
        """
        numbers = np.asarray(removed, np.int64).ravel()
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() < len(self)):
            raise FieldRefused("removed", numbers.tolist(), "is not a hazard of this index", f"0 to {len(self) - 1}")
        gone = np.zeros(len(self), bool)
        gone[numbers] = True
        new = Outlines.of(added, accuracy_m, self.edges)
        joined: list[Any] = []
        label_pairs: Any = (("record_ids", self.record_ids, record_ids), ("kinds", self.kinds, kinds))
        for name, mine, theirs in label_pairs:
            if (mine is None) != (theirs is None) and new.hazards:
                raise FieldRefused(name, theirs, "must be given exactly when the index has them", "as for `build`")
            remaining = None if mine is None else [mine[i] for i in np.flatnonzero(~gone)]
            joined.append(None if remaining is None else [*remaining, *(theirs or ())])
        outlines, was = self.outlines.changed(gone, new)
        # Without cells there is nothing to keep, and the new index need not hold on to this one.
        ready = partial(self._changed_cells, outlines, was) if self._grids else None
        return HazardIndex(outlines, *joined, unplaced_rows=self.unplaced_rows, edges=self.edges, ready=ready)

    def _changed_cells(self, outlines: Outlines, was: NDArray[np.int32], group: int) -> Cells | None:
        """The cells of one group of changed outlines, from those of the same group here; None if there were none."""
        from merestone.screening.kernel.index_update import changed_cells

        after = outlines.by_statement[group]
        is_unstated = np.isnan(after.accuracy_m[after.part_hazard[0]])
        mine = np.isnan(self.accuracy_m[self.outlines.part_hazard]) == is_unstated
        theirs = np.isnan(outlines.accuracy_m[outlines.part_hazard]) == is_unstated
        for before in self.outlines.by_statement:
            if np.isnan(before.accuracy_m[before.part_hazard[0]]) == is_unstated and id(before) in self._grids:
                number = np.where(mine, np.cumsum(mine) - 1, -1)
                in_group = was[theirs]
                number = np.where(in_group >= 0, number[in_group], -1).astype(np.int32)
                return changed_cells(self._grids[id(before)], before, after, number)
        return None

    def __repr__(self) -> str:
        """How much it holds, and where."""
        if self.is_empty:
            return f"<HazardIndex: {number_of(len(self), 'hazard')}, none with a usable place>"
        box = self.outlines.bounds_deg
        west, south = box[:, :2].min(axis=0).tolist()
        east, north = box[:, 2:].max(axis=0).tolist()
        unplaced = f" ({self.unplaced:,} without a usable place)" if self.unplaced else ""
        unstated = int(np.isnan(self.outlines.accuracy_m).sum())
        accuracy = f", {unstated:,} of unstated accuracy" if unstated else ""
        edges = number_of(self.outlines.edges, "edge")
        return (
            f"<HazardIndex: {number_of(len(self), 'hazard')}{unplaced}{accuracy}, {edges}, "
            f"longitude {west:.3f} to {east:.3f}, latitude {south:.3f} to {north:.3f}>"
        )

    def __len__(self) -> int:
        return self._hazards

    @property
    def is_empty(self) -> bool:
        """Whether no hazard has a place, so that nothing can be answered."""
        return len(self.outlines.part_hazard) == 0

    def made_cells(self) -> tuple[Cells, ...] | None:
        """What `prepare` gives, if it was made already, perhaps with coarse cells; otherwise None."""
        with self._lock:
            cells = [self._made(group) for group in self.outlines.by_statement]
        whole_cells = tuple(group_cells for group_cells in cells if group_cells is not None)
        return None if self.is_empty or len(whole_cells) < len(cells) else whole_cells

    def _made(self, outlines: Outlines) -> Cells | None:
        lazy = self._lazy.get(id(outlines))
        return self._grids.get(id(outlines)) or (None if lazy is None else lazy.whole_cells)

    @property
    def unplaced(self) -> int:
        """How many records have no usable place, and were never compared with any position."""
        return len(self.outlines.unplaced) + self.unplaced_rows

    @property
    def accuracy_m(self) -> Floats:
        """(hazards,) as stated; NaN where it is not."""
        return self._accuracy_m

    @property
    def widened_m(self) -> Floats:
        """(hazards,) by how much each hazard is widened."""
        return widening_m(self._accuracy_m)

    def id_of(self, hazard: int) -> str | None:
        """The record's identifier, if the index was given any."""
        return None if self.record_ids is None else self.record_ids[hazard]

    def nearest(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, accuracy_m: Accuracy = None, max_distance_m: float = 10_000.0
    ) -> Nearest:
        """The nearest hazard of each position: the one with the smallest distance less its own accuracy.

        Parameters
        ----------
        lon_deg, lat_deg
            Numbers, or (n,) each; degrees on WGS 84.
        accuracy_m
            Number or (n,); metres; what is not a number of 0 or more means that it was not stated.
        max_distance_m
            Hazards are looked for as far as this, plus both accuracies.

        Raises
        ------
        FieldRefused
            The lengths differ, or `max_distance_m` is not a distance.
        """
        lon, lat, accuracy = positions_of(lon_deg, lat_deg, accuracy_m)
        known_m = np.nan_to_num(accuracy, nan=0.0)
        limit_m = metres_of("max_distance_m", max_distance_m) + known_m
        measured = self._measure_reached(lon, lat, known_m, limit_m)
        if measured is None:
            measured = self._measure(lon, lat, known_m, limit_m, use_cells=self._use_cells(len(lon)))
        distance_m, hazard = measured
        return Nearest(distance_m, hazard, lon, lat, np.broadcast_to(accuracy, lon.shape), self)

    def classify(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, accuracy_m: Accuracy = None, warn_m: float = 150.0
    ) -> NDArray[np.uint8]:
        """(n,) the class of each position: INSIDE 2, NEAR 1, NONE_RECORDED 0, UNKNOWN 255.

        The position's and the hazard's accuracy widen the hazard; a distance of exactly `warn_m` is near. A position
        whose accuracy is not stated can be inside or near, never none recorded. Parameters as for `nearest`.
        """
        lon, lat, accuracy = positions_of(lon_deg, lat_deg, accuracy_m)
        warn_m = metres_of("warn_m", warn_m)
        known_m = np.nan_to_num(accuracy, nan=0.0)
        code = self._classify_nearby(lon, lat, known_m, warn_m)
        measured = None if code is not None else self._measure_reached(lon, lat, known_m, warn_m + known_m)
        use_cells = code is None and measured is None and self._use_cells(len(lon))
        if use_cells and len(lon) > ONE_BY_ONE:
            code = self._classify_many(lon, lat, known_m, warn_m)
        if code is not None:
            is_unstated = np.isnan(accuracy)
            if is_unstated.any():
                code[(code == NONE_RECORDED) & is_unstated] = UNKNOWN
            return code
        if measured is None:
            measured = self._measure(lon, lat, known_m, warn_m + known_m, use_cells=use_cells)
        distance_m, hazard = measured
        return classes_of(distance_m, hazard, self.accuracy_m, np.broadcast_to(accuracy, lon.shape), warn_m)

    def feet(self, hazard: NDArray[np.int64], lon_deg: Floats, lat_deg: Floats) -> Feet:
        """(n,) distance to these hazards' outlines from either side, and the outlines' nearest points."""
        return feet_of(self.outlines, hazard, lon_deg, lat_deg)

    def prepare(self) -> tuple[Cells, ...]:
        """Divide the hazards' surroundings into cells now, not at the first question of many positions.

        Gives the cells of each group of `Outlines.by_statement`: what `exchange.pack` keeps, and hands back as `ready`.
        """
        return tuple(self._cells(outlines) for outlines in self.outlines.by_statement) if not self.is_empty else ()

    def _cells(self, outlines: Outlines) -> Cells:
        from merestone.screening.kernel import index_build

        with self._lock:
            if id(outlines) not in self._grids:
                group = [id(outlines_of_kind) for outlines_of_kind in self.outlines.by_statement].index(id(outlines))
                prepared = None if self._ready is None else self._ready(group)
                self._grids[id(outlines)] = index_build.build(outlines) if prepared is None else prepared
                self._lazy.pop(id(outlines), None)
                if len(self._grids) == len(self.outlines.by_statement):
                    self._ready = None  # a changed index lets go of the one before it, and of all before that
            return self._grids[id(outlines)]

    def _cells_at(self, outlines: Outlines, lon: Floats, lat: Floats) -> Cells:
        """Cells for these positions: those that are there, or coarse ones where they lie while few are asked."""
        from merestone.screening.kernel.lazy_cells import LazyCells

        with self._lock:
            is_many = max(self._asked, self._expected) >= FINE_FROM * self.outlines.edges
            if not is_many and id(outlines) not in self._grids and self._ready is None:
                lazy = self._lazy.get(id(outlines)) or LazyCells(outlines)
                cells = lazy.cells_for(lon, lat)
                self._lazy[id(outlines)] = lazy
                return cells
        return self._cells(outlines)

    def _classify_many(self, lon: Floats, lat: Floats, known_m: Floats, warn_m: float) -> NDArray[np.uint8]:
        """The class of each position as if its accuracy were stated; (n,) accuracies, or (1,) for all."""
        from merestone.screening.kernel import index_build

        worst: NDArray[np.uint8] | None = None
        for outlines in self.outlines.by_statement:
            unstated = bool(np.isnan(outlines.accuracy_m[outlines.part_hazard[0]]))
            shift_m = WIDENED_M if unstated else 0.0
            code = index_build.classify(self._cells_at(outlines, lon, lat), lon, lat, known_m, warn_m, shift_m)
            for i in on_the_globe(lon, lat, code == UNKNOWN):
                known = known_m[[i if len(known_m) > 1 else 0]]
                nearest = numpy_query.nearest_to(outlines, float(lon[i]), float(lat[i]), warn_m + float(known[0]))
                distance_m, hazard = np.array([nearest.distance_m]), np.array([nearest.hazard])
                code[i] = classes_of(distance_m, hazard, self.accuracy_m, known, warn_m)[0]
            worst = code if worst is None else np.maximum(worst, code)
        assert worst is not None
        return worst

    def _classify_nearby(self, lon: Floats, lat: Floats, known_m: Floats, warn_m: float) -> NDArray[np.uint8] | None:
        """As `_classify_many`, without cells, while so few were ever asked that cells took longer; otherwise None."""
        unflattened = self._unflattened
        edges = len(self.outlines.ends) if unflattened is None else unflattened.edges_about
        making_s = CELLS_S + EDGE_S * edges
        with self._lock:
            asked = max(self._asked + nearby_classes.as_positions(len(lon), len(self)), self._expected)
            has_cells = self._ready is not None or bool(self._grids or self._lazy)
            is_sooner = len(lon) > ONE_BY_ONE and asked * nearby_classes.POSITION_S < making_s
        if has_cells or not is_sooner or loading_s() > PAIR_S * len(lon):
            return None

        def measure(
            outlines: Outlines, lon: Floats, lat: Floats, known_m: Floats, limit_m: Floats
        ) -> tuple[Floats, NDArray[np.int64]]:
            return HazardIndex(outlines)._measure(lon, lat, known_m, limit_m, use_cells=False)

        question = (lon, lat, known_m, warn_m, making_s, measure)
        code = None if unflattened is None else nearby_classes.classes(unflattened, *question)
        code = nearby_classes.classes(self.outlines, *question) if code is None else code
        with self._lock:
            self._asked += 0 if code is None else nearby_classes.as_positions(len(lon), len(self))
        return code

    def _measure_reached(
        self, lon: Floats, lat: Floats, known_m: Floats, limit_m: Floats
    ) -> tuple[Floats, NDArray[np.int64]] | None:
        """As `_measure`, while not all outlines are flattened and few positions reach few hazards; otherwise None."""
        unflattened = self._unflattened
        reached = None if unflattened is None else unflattened.reached(lon, lat, limit_m)
        if reached is None:
            return None
        numbers, outlines = reached
        distance_m, hazard = HazardIndex(outlines)._measure(lon, lat, known_m, limit_m, use_cells=False)
        return distance_m, np.where(hazard >= 0, numbers[hazard], -1)

    def _measure(
        self, lon: Floats, lat: Floats, known_m: Floats, limit_m: Floats, *, use_cells: bool
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Distance and hazard for each position within its limit; (n,) accuracies and limits, or (1,) for all.

        Hazards of unstated accuracy are measured apart from the others: they can put a position near that another puts
        inside, and the worse of the two must stand.
        """
        distance_m = np.full(len(lon), np.nan)
        hazard = np.full(len(lon), -1, np.int64)
        if self.is_empty:
            return distance_m, hazard
        groups = self.outlines.by_statement
        if len(groups) == 1:
            return self._measure_in(groups[0], lon, lat, limit_m, use_cells)
        known_m = np.broadcast_to(known_m, lon.shape)
        best_m = np.full(len(lon), np.inf)
        for outlines in groups:
            measured_m, nearest = self._measure_in(outlines, lon, lat, limit_m, use_cells)
            has = nearest >= 0
            key_m = np.full(len(lon), np.inf)
            key_m[has] = measured_m[has] - self.widened_m[nearest[has]]
            is_inside = np.zeros(len(lon), bool)
            stated_m = np.nan_to_num(self.accuracy_m[nearest[has]], nan=0.0)
            is_inside[has] = measured_m[has] - stated_m - known_m[has] <= 0.0
            key_m[is_inside] = -np.inf
            better = (key_m < best_m) | np.isnan(distance_m)
            distance_m[better], hazard[better], best_m[better] = measured_m[better], nearest[better], key_m[better]
        return distance_m, hazard

    def expect(self, positions: int) -> None:
        """Say that so many positions will be asked for, in several questions: cells are then made at the first."""
        with self._lock:
            self._expected = max(self._expected, positions)

    def _use_cells(self, count: int) -> bool:
        """Whether so many positions are asked of cells: of those that are there, or if to make them is worth it now.

        It is when all that was ever asked took about as long without them as they take to make.
        """
        if self.is_empty:
            return False
        groups = self.outlines.by_statement
        with self._lock:
            if all(id(group) in self._grids for group in groups):
                return True
            if count > ONE_BY_ONE:
                self._asked += count
            if all(id(group) in self._lazy for group in groups):
                return True
            return count > ONE_BY_ONE and max(self._asked, self._expected) * PAIR_S > self._making_s()

    def _making_s(self) -> float:
        """About how long it takes until cells can be asked, seconds."""
        return loading_s() + (CELLS_S + EDGE_S * len(self.outlines.ends) if self._ready is None else 0.0)

    def _measure_in(
        self, outlines: Outlines, lon: Floats, lat: Floats, limit_m: Floats, use_cells: bool
    ) -> tuple[Floats, NDArray[np.int64]]:
        distance_m, hazard = np.full(len(lon), np.nan), np.full(len(lon), -1, np.int64)
        if not use_cells and len(lon) > ONE_BY_ONE:
            each_m = np.broadcast_to(limit_m, lon.shape)
            at = np.flatnonzero(pair_query.can_measure(lon, lat, each_m, float(outlines.widened_m.max())))
            most_edges = int(self._making_s() / PAIR_EDGE_S)
            found_at = pair_query.nearest(outlines, lon[at], lat[at], each_m[at], most_edges)
            if found_at is not None:
                distance_m[at], hazard[at] = found_at
            use_cells = found_at is None
        if use_cells:
            from merestone.screening.kernel import index_build

            distance_m, hazard = index_build.nearest(self._cells_at(outlines, lon, lat), lon, lat, limit_m)
        for i in on_the_globe(lon, lat, np.isnan(distance_m)):
            limit = float(limit_m[i if len(limit_m) > 1 else 0])
            nearest = numpy_query.nearest_to(outlines, float(lon[i]), float(lat[i]), limit)
            distance_m[i], hazard[i] = nearest.distance_m, nearest.hazard
        return distance_m, hazard
