"""The two times that a page or a program may ask for, as they stand in an address: ``true_on`` and ``known_on``."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from merestone.languages import day_text, instant_text
from merestone.terms import day_from, moment_from


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
    def true_text(self) -> str:
        """The day on which it held, as the reader writes it; empty for today."""
        return day_text(self.true_on) if self.true_on else ""

    @property
    def known_text(self) -> str:
        """When it was known, as the reader writes it; empty for now."""
        if isinstance(self.known_on, datetime):
            return instant_text(self.known_on)
        return day_text(self.known_on) if self.known_on else ""

    @property
    def query(self) -> str:
        """As it stands in an address; empty for the present."""
        parameters = {"true_on": self.true_on, "known_on": self.known_on}
        return urlencode({name: value.isoformat() for name, value in parameters.items() if value is not None})


def times_from(true_on: str | None, known_on: str | None) -> Times:
    """Read both; empty text is the present.

    Raises
    ------
    FieldRefused
        ``true_on`` is not a valid date, or ``known_on`` neither a date nor an instant.

    >>> times_from("2026-05-03", "").query
    'true_on=2026-05-03'
    """
    return Times(
        day_from("true_on", true_on) if true_on and true_on.strip() else None,
        moment_from("known_on", known_on) if known_on and known_on.strip() else None,
    )
