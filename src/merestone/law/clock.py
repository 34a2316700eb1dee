"""Counting days, months and years as the treaties' words do, not as a library's defaults do.

"Six months after the receipt" is six calendar months, not 180 days: the depositary received notices on 27 June 2025
and let them take effect on 27 December, where 180 days would give 24 December. Which way a month without the day is
rounded (31 October and six months) is known from practice and said where it is used.
"""

from datetime import date, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """A length of time in whole years, months and days."""

    years: int
    months: int
    days: int

    def __str__(self) -> str:
        named = ((self.years, "year"), (self.months, "month"), (self.days, "day"))
        return ", ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in named if count) or "0 days"


def months_after(start: date, months: int) -> date:
    """The same day of the month, so many calendar months later; the last day where that month has no such day.

    The clamp is the depositary's practice: France consented to Protocol V on 31 October 2006, and it entered into
    force for France on 30 April 2007 (Dutch Treaty Database, no. 010864).

    >>> months_after(date(2025, 6, 27), 6)
    datetime.date(2025, 12, 27)
    >>> months_after(date(2006, 10, 31), 6)
    datetime.date(2007, 4, 30)
    """
    year, month = _month_after(start, months)
    return date(year, month, min(start.day, _days_in_month(year, month)))


def is_clamped(start: date, months: int) -> bool:
    """Whether the month so many months later has no such day, so that its last day stands in.

    >>> is_clamped(date(2025, 8, 31), 6), is_clamped(date(2025, 8, 20), 6)
    (True, False)
    """
    return months_after(start, months).day != start.day


def first_day_of_month_after(start: date, months: int) -> date:
    """The first day of the calendar month that lies so many months after the month of `start`.

    >>> first_day_of_month_after(date(2005, 7, 1), 6)
    datetime.date(2006, 1, 1)
    """
    year, month = _month_after(start, months)
    return date(year, month, 1)


def years_after(start: date, years: int) -> date:
    """The same date so many years later; 28 February where that year has no 29th.

    >>> years_after(date(2012, 7, 1), 4), years_after(date(2024, 2, 29), 1)
    (datetime.date(2016, 7, 1), datetime.date(2025, 2, 28))
    """
    return months_after(start, 12 * years)


def days_after(start: date, days: int) -> date:
    """So many days later, the day of `start` not counted.

    >>> days_after(date(2006, 1, 1), 180)
    datetime.date(2006, 6, 30)
    """
    return start + timedelta(days=days)


def span(start: date, end: date) -> Span:
    """Whole years, months and days from `start` to `end`; `end` itself is not counted.

    Raises
    ------
    ValueError
        `end` lies before `start`.

    >>> print(span(date(2003, 11, 1), date(2025, 12, 27)))
    22 years, 1 month, 26 days
    """
    if end < start:
        raise ValueError(f"the span from {start} to {end} runs backwards")
    months = (end.year - start.year) * 12 + end.month - start.month
    if months_after(start, months) > end:
        months -= 1
    return Span(months // 12, months % 12, (end - months_after(start, months)).days)


def _days_in_month(year: int, month: int) -> int:
    """As `calendar.monthrange` counts, without its loading of locales."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def _month_after(start: date, months: int) -> tuple[int, int]:
    index = start.year * 12 + start.month - 1 + months
    return index // 12, index % 12 + 1
