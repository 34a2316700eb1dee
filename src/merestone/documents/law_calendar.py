"""Deadlines under the treaties as an iCalendar file (RFC 5545), which calendar programs open."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from merestone.law import Deadline, source_links

CALENDAR_COLUMNS: Final = ("on", "state", "treaty", "title", "text", "recurs_yearly_until", "key", "source_links")


def calendar_rows(deadlines: Sequence[Deadline]) -> list[tuple[Any, ...]]:
    """The deadlines as rows of a table."""
    return [
        (
            deadline.on,
            deadline.state,
            deadline.treaty,
            deadline.title,
            deadline.text,
            deadline.yearly_until,
            deadline.key,
            " ".join(source_links(deadline.text)),
        )
        for deadline in deadlines
    ]


def calendar_file(deadlines: Sequence[Deadline], *, made_at: datetime) -> bytes:
    """The deadlines as whole-day events, with a UID that stays the same when the file is made again.

    Parameters
    ----------
    made_at
        The instant of making, in UTC; the file says so (DTSTAMP).
    """
    import icalendar  # here: a table needs none of it

    calendar: Any = icalendar.Calendar()
    calendar.add("prodid", "-//Merestone//law//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "Treaties on mines: dates and duties")
    for deadline in deadlines:
        event: Any = icalendar.Event()
        event.add("uid", f"{deadline.key}@merestone.law")
        event.add("dtstamp", made_at)
        event.add("dtstart", deadline.on)
        event.add("dtend", deadline.on + timedelta(days=1))
        event.add("summary", deadline.title)
        event.add("description", deadline.text)
        event.add("categories", [deadline.state, deadline.treaty])
        event.add("transp", "TRANSPARENT")
        if deadline.yearly_until is not None:
            event.add("rrule", {"freq": "yearly", "until": deadline.yearly_until})
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written
