"""The two times that a page or a program may ask for, as they stand in an address: ``true_on`` and ``known_on``."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from merestone.terms import FieldRefused


@dataclass(frozen=True, slots=True)
class Times:
    """What held in the world on ``true_on``, as it was known at ``known_on``. None: today, and all that is known."""

    true_on: date | None = None
    known_on: date | datetime | None = None

    @property
    def is_now(self) -> bool:
        """Whether the present is asked for."""
        return self.true_on is None and self.known_on is None

    @property
    def query(self) -> str:
        """As it stands in an address; empty for the present."""
        held = {"true_on": self.true_on, "known_on": self.known_on}
        return urlencode({name: value.isoformat() for name, value in held.items() if value is not None})


def times_from(true_on: str | None, known_on: str | None) -> Times:
    """Read both; empty text is the present.

    Raises
    ------
    FieldRefused
        ``true_on`` is no day, or ``known_on`` neither a day nor an instant.

    >>> times_from("2026-05-03", "").query
    'true_on=2026-05-03'
    """
    return Times(_day(true_on), _moment(known_on))


def _day(text: str | None) -> date | None:
    if not (text or "").strip():
        return None
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise FieldRefused("true_on", text, "is no day of the calendar", "write it as 2026-05-03") from None


def _moment(text: str | None) -> date | datetime | None:
    plain = (text or "").strip()
    if not plain:
        return None
    try:
        if len(plain) == len("2026-05-03"):
            return date.fromisoformat(plain)
        instant = datetime.fromisoformat(plain)
    except ValueError:
        why = "is neither a day nor an instant"
        raise FieldRefused("known_on", text, why, "write 2026-05-03 or 2026-05-03T14:00:00Z") from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
