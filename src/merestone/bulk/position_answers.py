"""What is asked of positions, and what is answered: values that pass between screening and writing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from merestone.bulk.positions_accuracy import AccuracyCount
from merestone.bulk.positions_away import AwayCount
from merestone.exchange.places import Positions


@dataclass(frozen=True)
class Question:
    """What is asked of each position."""

    accuracy_m: float | None = None
    """For positions without an accuracy of their own; None: not stated."""
    warn_m: float = 150.0
    max_distance_m: float = 10_000.0
    written_on: str = ""
    """The day on which the register was last written to, which stands in every row of the answers."""
    crs: str | None = None
    """What the coordinates are in, for columns that do not say."""
    layer: str | None = None
    """Which layer or sheet of a file that has several."""


@dataclass
class ScreenReport:
    """How many positions ended in which class, and what was wrong with those that could not be answered."""

    rows: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    first_fault_rows: dict[str, list[int]] = field(default_factory=dict)
    """Up to five row numbers for each fault, counted from 1; none where rows have no order."""
    first_reasons: dict[int, str] = field(default_factory=dict)
    """Of the first rows whose position cannot be read: the row's number, and what stands there."""
    notes: list[str] = field(default_factory=list)
    """What was done to the coordinates, in words for a person."""
    away: AwayCount = field(default_factory=AwayCount)
    accuracy: AccuracyCount = field(default_factory=AccuracyCount)

    def take_notes(self, of_positions: Iterable[str]) -> None:
        """Put the notes of who read the positions before those of what their rows state."""
        self.notes = [*of_positions, *self.accuracy.notes(), *self.away.notes()]

    def as_json(self) -> dict[str, Any]:
        """Plain values for a program."""
        faults = {
            name: {"rows": count, "first_rows": self.first_fault_rows.get(name, [])}
            for name, count in self.faults.items()
        }
        return {
            "rows": self.rows,
            "classes": dict(self.classes),
            "faults": faults,
            "unreadable": {str(row): first_reason for row, first_reason in self.first_reasons.items()},
            "notes": self.notes,
        }


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to one batch."""

    batch: pa.RecordBatch
    """With the columns of the answer."""
    positions: Positions
    codes: NDArray[np.uint8]
