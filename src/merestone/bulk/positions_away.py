"""Positions that state a bearing and a distance beside themselves: the place meant is not the one that is written.

Columns and remarks (`600 m N of this point`) count alike. Which way a bearing runs is rarely said whole, so the place
may lie anywhere within the distance: it is added to the accuracy, and nothing within it can be called none recorded.
What cannot be read leaves the answer unknown. A distance without a bearing is mostly one along a way, or to a town: it
moves nothing, and is named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from merestone.exchange.places import (
    ANSWER_PREFIX,
    Away,
    BearingColumns,
    Positions,
    bearing_columns,
    distance_away,
    is_text_kind,
)
from merestone.exchange.rows import attribute_values, decoded
from merestone.terms import WIDENED_M, number_of

_AXES: Final = frozenset("xyen")
_MOST_REMEMBERED: Final = 1 << 15
_BATCH_ROWS: Final = 1 << 12
_MAY_STATE: Final = r"\d\s?\pL.*[\s@/]|[\s@/].*\d\s?\pL"
"""What a text has at least that states a bearing and a distance; a moment and an identifier have no space in them."""
_DESCRIBED: Final = (
    r"(?i)\d\s?(?:k?m|met(?:er|re)s?|к?м)\W{1,3}(?:to the )?(?:[ns][ew]?|[ew]|north\w*|south\w*|east|west|"
    r"nord\w*|sud\w*|norte|sur|este|oeste|ost|север\w*|юж\w*|восточ\w*|запад\w*)\W+(?:of|from|de|du|del|von|od|от|від)\W"
)
"""A place told by another one: 200 m N of the bridge."""


@dataclass(slots=True)
class AwayCount:
    """How many positions were taken to lie somewhere else than where they are written."""

    rows: int = 0
    first_cells: str = ""
    alone: dict[str, None] = field(default_factory=dict)
    """Columns of distances beside which nothing states a bearing."""
    described: int = 0
    first_described: str = ""

    def notes(self) -> list[str]:
        """What is to be said of them, for a person."""
        notes = [
            f"the distances in {name} moved nothing, since no column states a bearing; if the places meant lie that "
            "far from the positions, add a column named bearing"
            for name in self.alone
        ]
        if self.described:
            notes.append(
                f"{number_of(self.described, 'cell describes its position', 'cells describe their positions')} from "
                f"another place (the first: {self.first_described!r}); nothing was moved: if the position is that "
                "of the other place, write "
                "'of this point' instead"
            )
        if not self.rows:
            return notes
        return [
            *notes,
            f"{number_of(self.rows, 'row states', 'rows state')} a bearing and a distance beside the position "
            f"(the first: {self.first_cells}); the place meant may lie anywhere within that distance, which was "
            "added to the accuracy",
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
        for distance in columns.distances:
            if batch.column(batch.schema.get_field_index(distance.column)).null_count < batch.num_rows:
                count.alone[distance.column] = None
        columns = BearingColumns()
    remarks = _remarks(batch, names, columns, count)
    if not (columns or remarks):
        return at, accuracy
    away_m, reasons = np.zeros(batch.num_rows), dict(at.reasons)
    lon_deg = np.array(at.lon_deg, np.float64)
    for row, away in _aways(batch, columns, remarks):
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


def _remarks(batch: pa.RecordBatch, names: tuple[str, ...], columns: BearingColumns, count: AwayCount) -> list[str]:
    """The columns of text of which a cell may state a distance in words: a number with a unit, among other words."""
    out = []
    for name in names:
        if batch.schema.names.count(name) > 1 or name in columns.columns:
            continue
        column = decoded(batch.column(batch.schema.get_field_index(name)))
        if not is_text_kind(column.type):
            continue
        import pyarrow.compute as pc  # here: it takes long to load, and columns of numbers need none of it

        if pc.any(pc.match_substring_regex(column, _MAY_STATE)).as_py():
            out.append(name)
            described = column.filter(pc.match_substring_regex(column, _DESCRIBED)).to_pylist()
            others = [text for text in described if distance_away({name: text}, BearingColumns()) is None]
            count.described += len(others)
            count.first_described = count.first_described or next(iter(others), "")[:80]
    return out


def _aways(batch: pa.RecordBatch, columns: BearingColumns, remarks: Sequence[str]) -> Iterator[tuple[int, Away]]:
    """The rows that say how far away the place meant lies."""
    taken = [name for name in columns.columns if batch.schema.names.count(name) == 1]
    taken += [
        d.unit_column for d in columns.distances if d.unit_column and batch.schema.names.count(d.unit_column) == 1
    ]
    taken += remarks
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
