"""The period of a report, and when something recorded fell into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from merestone.terms import FieldRefused


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the last included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise FieldRefused("period", str(self), "ends before it begins", "write the earlier day first")

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @property
    def before(self) -> date:
        """The last day before it."""
        return self.first - timedelta(days=1)

    def holds(self, day: date | None) -> bool:
        """Whether a day falls into it; False for a day that nobody recorded."""
        return day is not None and self.first <= day <= self.last


def period_from(text: str) -> Period:
    """A calendar year, a month, or two days.

    Raises
    ------
    FieldRefused

    >>> str(period_from("2025"))
    '2025-01-01 to 2025-12-31'
    >>> str(period_from("2024-02"))
    '2024-02-01 to 2024-02-29'
    >>> str(period_from("2025-04-01/2025-06-30"))
    '2025-04-01 to 2025-06-30'
    """
    try:
        if re.fullmatch(r"\d{4}", text):
            return Period(date(int(text), 1, 1), date(int(text), 12, 31))
        if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
            year, month = int(match[1]), int(match[2])
            after = date(year + month // 12, month % 12 + 1, 1)
            return Period(date(year, month, 1), after - timedelta(days=1))
        first, _, last = text.partition("/")
        return Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        remedy = "write a year (2025), a month (2025-03) or two days (2025-01-01/2025-06-30)"
        raise FieldRefused("period", text, "is not a period", remedy) from None


UNDATED: Final = "day not recorded: in no period"
"""How rows are marked whose records name no day: they are shown apart, for nobody knows to which period they belong."""


def day_of(attributes: Mapping[str, Any], true_from: date | None, *names: str) -> date | None:
    """The day on which something happened: the first attribute that names one, else the day it began to hold."""
    for name in names:
        value = attributes.get(name)
        if value is None:
            continue
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            continue
    return true_from
