"""Month arithmetic against numpy's calendar months, which know nothing of ours, and against depositaries' practice."""

import calendar
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.law.clock import days_after, first_day_of_month_after, is_clamped, months_after, span, years_after

DAYS = st.dates(date(1980, 1, 1), date(2060, 12, 31))
MONTHS = st.integers(0, 240)


@given(start=DAYS, months=MONTHS)
def test_months_agree_with_numpy(start: date, months: int) -> None:
    month = np.datetime64(start, "M") + np.timedelta64(months, "M")
    first, after = month.astype("datetime64[D]"), (month + np.timedelta64(1, "M")).astype("datetime64[D]")
    length = int((after - first).astype(int))
    expected = (first + np.timedelta64(min(start.day, length) - 1, "D")).item()
    assert months_after(start, months) == expected
    assert first_day_of_month_after(start, months) == first.item()
    assert is_clamped(start, months) == (start.day > length)


@given(one=DAYS, other=DAYS, months=MONTHS)
def test_a_later_start_never_ends_earlier(one: date, other: date, months: int) -> None:
    early, late = sorted((one, other))
    assert months_after(early, months) <= months_after(late, months)
    assert first_day_of_month_after(early, months) <= first_day_of_month_after(late, months)


@given(start=DAYS, length=st.integers(0, 20_000))
def test_span_counts_back_to_the_day_it_came_from(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    years, months, days = span(start, end)
    assert months_after(start, 12 * years + months) + timedelta(days=days) == end
    assert 0 <= months < 12
    assert 0 <= days < 31


def test_span_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="runs backwards"):
        span(date(2025, 1, 2), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("received", "effective"),
    [  # Lithuania, Estonia, Latvia; Finland; Poland; Lithuania and the cluster munitions convention; France, Protocol V
        (date(2025, 6, 27), date(2025, 12, 27)),
        (date(2025, 7, 10), date(2026, 1, 10)),
        (date(2025, 8, 20), date(2026, 2, 20)),
        (date(2024, 9, 6), date(2025, 3, 6)),
        (date(2006, 10, 31), date(2007, 4, 30)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
    ],
)
def test_six_months_as_depositaries_count_them(received: date, effective: date) -> None:
    assert months_after(received, 6) == effective
    assert days_after(date(2025, 6, 27), 180) == date(2025, 12, 24), "180 days would be another day"


def test_a_year_from_a_leap_day_ends_on_28_february() -> None:
    assert years_after(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_last_days_of_months_are_the_calendar_s() -> None:
    for year in (1900, 1999, 2000, 2024, 2026):
        for month in range(1, 13):
            last = calendar.monthrange(year, month)[1]
            assert months_after(date(year - 1, 12, 31), month).day == last
