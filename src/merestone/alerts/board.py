"""What of all published messages is in force, and what lists and feeds show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from merestone.alerts.message import AlertMessage

LISTED_MOST: Final = 100
"""Messages in a feed at the most; all that are in force come first, whatever their number."""
LISTED_AFTER_END: Final = timedelta(days=30)
"""How long feeds still show what has ended, so that who looks seldom learns that it has."""


@dataclass(frozen=True)
class Board:
    """Every message that was published, in the order in which they were sent."""

    messages: tuple[AlertMessage, ...]

    @cached_property
    def replaced(self) -> frozenset[str]:
        """Identifiers of messages that a later one updates or cancels."""
        return frozenset(reference.identifier for message in self.messages for reference in message.references)

    @cached_property
    def by_identifier(self) -> dict[str, AlertMessage]:
        """Messages by their identifiers."""
        return {message.identifier: message for message in self.messages}

    def in_force(self, now: datetime) -> tuple[AlertMessage, ...]:
        """The alerts that hold, the newest first."""
        return tuple(
            message
            for message in reversed(self.messages)
            if message.identifier not in self.replaced and message.holds_at(now)
        )

    def listed(self, now: datetime) -> tuple[AlertMessage, ...]:
        """What feeds show, the newest first: all in force, and what was sent or ended lately, up to `LISTED_MOST`."""
        holding = self.in_force(now)
        identifiers = {message.identifier for message in holding}
        lately = [
            message
            for message in reversed(self.messages)
            if message.identifier not in identifiers and max(message.sent, message.expires) >= now - LISTED_AFTER_END
        ]
        chosen = [*holding, *lately[: max(LISTED_MOST - len(holding), 0)]]
        return tuple(sorted(chosen, key=lambda message: message.sent, reverse=True))

    def chain_of(self, identifier: str) -> tuple[AlertMessage, ...]:
        """A message with all that speak of the same alert, the oldest first; empty if there is none of that name."""
        message = self.by_identifier.get(identifier)
        if message is None:
            return ()
        first = message.references[0].identifier if message.references else identifier
        return tuple(
            message
            for message in self.messages
            if message.identifier == first or any(reference.identifier == first for reference in message.references)
        )

    def changes_at(self, now: datetime) -> datetime | None:
        """The next instant at which an alert in force expires, by which what was answered must be made anew."""
        return min((message.expires for message in self.in_force(now)), default=None)
