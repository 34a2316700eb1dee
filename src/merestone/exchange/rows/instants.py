"""Moments become days: the calendar day of an instant depends on where it is counted.

Survey123 stores the answer to a question for a date as noon of the device's time zone, in UTC; ODK, Kobo and GPS
receivers store moments with an offset. Late in the evening in Sarajevo it is the same day in UTC, and shortly after
midnight it is not: only a stated time zone gives the day that people in the field wrote down.
"""

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from merestone.terms import FieldRefused


def time_zone_of(name: str) -> ZoneInfo:
    """The time zone of that name in the IANA database.

    Raises
    ------
    FieldRefused
        There is no such time zone on this machine.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # a folder's name, a path, an unknown name
        why = "is not a time zone of the IANA database"
        raise FieldRefused("time_zone", name, why, "write it as Europe/Sarajevo") from None


def day_of(text: str, zone: tzinfo | None) -> date:
    """The day of a date or a moment (ISO 8601).

    Parameters
    ----------
    text
        A date is that day. A moment without an offset is the day that is written.
    zone
        Where a moment with an offset is counted; None: at the offset that it states.

    Raises
    ------
    ValueError
        It is not a date.

    Examples
    --------
    >>> day_of("2026-05-03T22:30:00Z", ZoneInfo("Europe/Sarajevo"))
    datetime.date(2026, 5, 4)
    >>> day_of("2026-05-03T22:30:00Z", None), day_of("2026-05-03", ZoneInfo("Europe/Sarajevo"))
    (datetime.date(2026, 5, 3), datetime.date(2026, 5, 3))
    """
    text = text.strip()
    written_day = date.fromisoformat(text[:10])
    if zone is None or len(text) <= 10:
        return written_day
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+"))
        return moment.date() if moment.tzinfo is None else moment.astimezone(zone).date()
    except (ValueError, OverflowError):  # words behind the day, or the first and the last day of the calendar
        return written_day
