"""Days and instants as people and programs write them in a question, and how far from today one may ask."""

from datetime import UTC, date, datetime
from typing import Final

from merestone.languages import gettext
from merestone.terms.errors import SpokenRefused

EARLIEST_DAY: Final = date(1800, 1, 1)
"""Nothing in this field has an earlier date."""
LATEST_DAY: Final = date(2999, 12, 31)
"""Far enough from the end of Python's calendar that every deadline and time zone can be added to it."""


def day_from(field: str, text: str) -> date:
    """A day written YYYY-MM-DD.

    Raises
    ------
    FieldRefused
        Not a date of the calendar, or not between `EARLIEST_DAY` and `LATEST_DAY`.

    >>> day_from("on", " 2026-05-03 ")
    datetime.date(2026, 5, 3)
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        why, remedy = gettext("is not a valid date"), gettext("write YYYY-MM-DD, such as 2026-05-03")
        raise SpokenRefused(field, text, why, remedy) from None
    return _within(field, text, day)


def moment_from(field: str, text: str) -> date | datetime:
    """A day, or an instant that is in UTC unless it states its offset.

    Raises
    ------
    FieldRefused
        As `day_from`.

    >>> moment_from("known_on", "2026-05-03T14:00:00Z")
    datetime.datetime(2026, 5, 3, 14, 0, tzinfo=datetime.timezone.utc)
    """
    plain = text.strip()
    if len(plain) == len("2026-05-03"):
        return day_from(field, plain)
    try:
        instant = datetime.fromisoformat(plain)
    except ValueError:
        why = gettext("is neither a valid date nor an instant")
        raise SpokenRefused(field, text, why, gettext("write 2026-05-03 or 2026-05-03T14:00:00Z")) from None
    _within(field, text, instant.date())
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _within(field: str, text: str, day: date) -> date:
    if not EARLIEST_DAY <= day <= LATEST_DAY:
        remedy = gettext("use {first} to {last}", first=EARLIEST_DAY, last=LATEST_DAY)
        raise SpokenRefused(field, text, gettext("is outside the supported years"), remedy)
    return day
