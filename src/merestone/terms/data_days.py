"""How old data are: the days that their sources state, never the day on which they were written into a register."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from merestone.languages import day_text, gettext, ngettext, number_text


@dataclass(frozen=True, slots=True)
class DataDays:
    """The days of some records' data, as their sources state them: of a survey, or of the file."""

    first_on: date | None = None
    """The oldest; None if no record states its day."""
    last_on: date | None = None
    """The newest."""
    unstated_count: int = 0
    """Records whose day nobody stated."""
    count: int = 0
    """Records in all."""

    @classmethod
    def of(cls, days: Iterable[date | None]) -> "DataDays":
        """The days of records, one of each.

        >>> print(DataDays.of([date(2024, 7, 31), None, date(2004, 1, 1)]))
        2004-01-01 to 2024-07-31, not stated for 1 of 3 records
        >>> print(DataDays.of([None, None]))
        not stated for 2 of 2 records
        >>> print(DataDays.of([date(2024, 7, 31)]))
        2024-07-31
        """
        every = list(days)
        stated = [day for day in every if day is not None]
        return cls(min(stated, default=None), max(stated, default=None), len(every) - len(stated), len(every))

    def __str__(self) -> str:
        if not self.count:
            return gettext("no records")
        parts = []
        if self.first_on is not None and self.last_on is not None:
            is_one = self.first_on == self.last_on
            first, last = day_text(self.first_on), day_text(self.last_on)
            parts.append(first if is_one else gettext("{first} to {last}", first=first, last=last))
        if self.unstated_count:
            unstated = number_text(self.unstated_count)
            parts.append(
                ngettext(
                    "not stated for {unstated} of {count} record",
                    "not stated for {unstated} of {count} records",
                    self.count,
                    unstated=unstated,
                )
            )
        return ", ".join(parts)

    @property
    def sentence(self) -> str:
        """In a sentence of an answer; empty where there are no records.

        >>> DataDays.of([None]).sentence
        'The day of its data is not stated for 1 of 1 record.'
        """
        if not self.count:
            return ""
        if self.first_on is not None:
            return gettext("Its data are of {days}.", days=self)
        return gettext("The day of its data is {days}.", days=self)

    def as_json(self) -> dict[str, str | int | None]:
        """For programs."""
        return {
            "data_first_on": None if self.first_on is None else self.first_on.isoformat(),
            "data_last_on": None if self.last_on is None else self.last_on.isoformat(),
            "data_unstated_count": self.unstated_count,
            "data_count": self.count,
        }


NO_DATA = DataDays()
"""Of no records."""
