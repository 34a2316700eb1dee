"""What became of a row that was taken in: accepted, repaired or quarantined, and the account that adds up."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The end of one input row. Each row has exactly one."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row, its end, and why. `row` counts features from 1, in the order of the file."""

    row: int
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    """Short codes of what was found, such as ``crosses_itself``; empty for an accepted row without remark."""
    done: str = ""
    """What was done about it, in words; empty unless repaired."""
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """How many rows ended in which way. The three add up to the input."""

    accepted: int
    repaired: int
    quarantined: int

    @property
    def total(self) -> int:
        """The number of rows that came in."""
        return self.accepted + self.repaired + self.quarantined

    @classmethod
    def of(cls, rows: Iterable[RowOutcome]) -> "Account":
        """Count the outcomes.

        >>> Account.of([RowOutcome(1, Outcome.ACCEPTED), RowOutcome(2, Outcome.QUARANTINED, ("null_geometry",))])
        Account(accepted=1, repaired=0, quarantined=1)
        """
        counts = dict.fromkeys(Outcome, 0)
        for row in rows:
            counts[row.outcome] += 1
        return cls(counts[Outcome.ACCEPTED], counts[Outcome.REPAIRED], counts[Outcome.QUARANTINED])
