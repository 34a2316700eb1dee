"""Teams, tasks and months of a work plan, as the user states them. No productivity is shipped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from merestone.terms import FieldRefused, MerestoneError

ALL_MONTHS: Final = tuple(range(1, 13))


LAST_MONTH: Final = 1200
"""A plan longer than a century is refused: its inputs are wrong."""


class NoPlan(MerestoneError):
    """There is no plan: an area that no team can take, or work without end."""


@dataclass(frozen=True, slots=True)
class Productivity:
    """What a team releases on one working day, m2: a triangular distribution, from whom the user says."""

    low_m2: float
    likely_m2: float
    high_m2: float
    source: str

    def __post_init__(self) -> None:
        """Reject an invalid distribution.

        Raises
        ------
        FieldRefused
            Not 0 < low <= likely <= high, or no source.
        """
        if not (0.0 < self.low_m2 <= self.likely_m2 <= self.high_m2 and isfinite(self.high_m2)):
            stated = (self.low_m2, self.likely_m2, self.high_m2)
            raise FieldRefused("m2_per_day", stated, "is not triangular", "give 0 < low <= likely <= high, m2")
        if not self.source.strip():
            raise FieldRefused("source", self.source, "is empty", "say where the productivity comes from")

    @property
    def mean_m2(self) -> float:
        """The mean of the distribution, m2 a working day."""
        return (self.low_m2 + self.likely_m2 + self.high_m2) / 3.0


@dataclass(frozen=True, slots=True)
class Team:
    """Who works, at what, when, how fast and at what cost."""

    name: str
    skills: frozenset[str]
    productivity: Productivity
    people: int = 1
    months: tuple[int, ...] = ALL_MONTHS
    cost_per_day: float = 0.0
    """In the programme's currency, for each working day on an area."""


@dataclass(frozen=True, slots=True)
class Task:
    """An area to be surveyed or cleared."""

    area_id: str
    size_m2: float
    skill: str
    months: tuple[int, ...] = ALL_MONTHS
    """Months in which it can be reached."""
    priority: float = 0.0
    """Larger comes first, among the areas of one team; such as a net flow of `rank`."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One area in the plan."""

    area_id: str
    team: str
    order: int
    """Place in the team's order, 1 first."""
    working_days: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Months:
    """The months of a plan, as working days counted from its first day."""

    starts_on: date
    first: NDArray[np.int64]
    """Working-day number at which each month begins, shape (months + 1,)."""
    of_year: NDArray[np.int64]

    @staticmethod
    def of(starts_on: date, count: int) -> "Months":
        """`count` months from the day on; the first may be a part of one."""
        begin = np.datetime64(starts_on, "M") + np.arange(count + 1)
        days = begin.astype("datetime64[D]")
        days[0] = np.datetime64(starts_on, "D")
        first = np.busday_count(days[0], days).astype(np.int64)
        return Months(starts_on, first, (begin[:-1].astype(np.int64) % 12) + 1)

    def open(self, months: Sequence[int]) -> NDArray[np.bool_]:
        """Which months of the plan are in `months` of the year."""
        return np.isin(self.of_year, months)

    def day(self, working_day: int) -> date:
        """The calendar day of a working-day number."""
        start = np.datetime64(self.starts_on, "D")
        result: date = np.busday_offset(start, working_day, roll="forward").astype(object)
        return result
