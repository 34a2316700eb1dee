"""Positions that state a bearing and a distance beside themselves: the place meant is not the one that is written.

Which way a bearing runs is rarely said whole, so the place may lie anywhere within the distance: it is added to the
accuracy, and nothing within it can be called none recorded. What cannot be read leaves the answer unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from merestone.exchange.places import ANSWER_PREFIX, Away, BearingColumns, Positions, bearing_columns, distance_away
from merestone.exchange.rows import attribute_values, decoded
from merestone.terms import WIDENED_M

_AXES: Final = frozenset("xyen")
_MOST_REMEMBERED: Final = 1 << 15
_BATCH_ROWS: Final = 1 << 12


@dataclass(slots=True)
class AwayCount:
    """How many positions were taken to lie somewhere else than where they are written."""

    rows: int = 0
    first_cells: str = ""

    def notes(self) -> list[str]:
        """What is to be said of them, for a person."""
        if not self.rows:
            return []
        return [
            f"{self.rows:,} rows state a bearing and a distance beside their position (the first: {self.first_cells}); "
            "the place meant may lie anywhere within that distance, which was added to the accuracy"
        ]


def with_distances_away(
    batch: pa.RecordBatch, at: Positions, accuracy: NDArray[np.float64] | float | None, count: AwayCount
) -> tuple[Positions, NDArray[np.float64] | float | None]:
    """Positions and accuracies with what rows say of how far from there the place meant lies.

    Parameters
    ----------
    accuracy : (n,) or one for all, metres
        NaN and None: not stated. Then `WIDENED_M` stands for it where a distance is added.
    """
    names = tuple(name for name in batch.schema.names if not name.startswith(ANSWER_PREFIX))
    columns = bearing_columns(names)
    is_along_axes = any(distance.leg & _AXES for distance in columns.distances)
    if not (columns.combined or (columns.distances and (columns.bearings or is_along_axes))):
        return at, accuracy  # a distance alone is one along a way, or to a town
    away_m, reasons = np.zeros(batch.num_rows), dict(at.reasons)
    lon_deg = np.array(at.lon_deg, np.float64)
    for row, away in _aways(batch, columns):
        if away.unread:
            lon_deg[row] = np.nan
            reasons[row] = away.unread[0]
        elif away.distance_m > 0:
            away_m[row] = away.distance_m
            count.rows += 1
            count.first_cells = count.first_cells or away.cells
    if not away_m.any() and len(reasons) == len(at.reasons):
        return at, accuracy
    stated_m = np.broadcast_to(np.nan if accuracy is None else np.asarray(accuracy, np.float64), batch.num_rows)
    is_unstated = np.isnan(stated_m) & (away_m > 0)
    widened_m = np.where(is_unstated, WIDENED_M, stated_m) + away_m
    return replace(at, lon_deg=lon_deg, reasons=reasons), widened_m


def _aways(batch: pa.RecordBatch, columns: BearingColumns) -> Iterator[tuple[int, Away]]:
    """The rows that say how far away the place meant lies."""
    taken = [name for name in columns.columns if batch.schema.names.count(name) == 1]
    taken += [
        d.unit_column for d in columns.distances if d.unit_column and batch.schema.names.count(d.unit_column) == 1
    ]
    remembered: dict[tuple[Any, ...], Away | None] = {}
    for start in range(0, batch.num_rows, _BATCH_ROWS):
        part = batch.slice(start, _BATCH_ROWS)
        cells = [attribute_values(decoded(part.column(part.schema.get_field_index(name)))) for name in taken]
        for at, values in enumerate(zip(*cells, strict=True)):
            key = tuple(map(repr, values))  # 1, 1.0 and true are equal as values
            if key not in remembered:
                if len(remembered) >= _MOST_REMEMBERED:
                    remembered.clear()
                remembered[key] = distance_away(dict(zip(taken, values, strict=True)), columns)
            away = remembered[key]
            if away is not None:
                yield start + at, away
