"""One alert message as a value: what was declared, by whom, for which ground and which time.

Source: CAP 1.2, 3.2 (what a message must carry, and what it means).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import shapely

from merestone.alerts.reasons import Reason, facts_of
from merestone.terms import FieldRefused

LONGEST: Final = timedelta(days=366)
"""An alert holds no longer: mined land that stays is shown on the map, not alerted."""
AREA_NAME_MOST: Final = 50
"""Characters of an area's name; readers of CAP cut longer ones (Google Public Alerts)."""
TEXT_MOST: Final = 1000
"""Characters of the authority's own text in one language."""
_FORBIDDEN: Final = re.compile(r"[\s,<&]")
"""CAP 1.2, 3.2.1: neither ``identifier`` nor ``sender`` may hold these."""


class MessageType(StrEnum):
    """What a message does with earlier ones (CAP's ``msgType``)."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Status(StrEnum):
    """How a message is meant (CAP's ``status``)."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message, as CAP names it."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One message. Times carry their offset from UTC; the area is what `published_area` gives."""

    identifier: str
    sender: str
    """Of the authority, as an address or a name in a domain of its own, such as ``alerts@mines.example.org``."""
    sender_name: str
    sent: datetime
    status: Status
    reason: Reason
    onset: datetime
    expires: datetime
    area_name: str
    area: shapely.MultiPolygon
    languages: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    """Every earlier message of the same alert, the oldest first."""
    texts: Mapping[str, str] | None = None
    """The authority's own text, by language."""
    contact: str | None = None
    web: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no reader could use.

        Raises
        ------
        FieldRefused
            A time without its offset, an end before the beginning, no language, a name that CAP forbids, a reference
            that is missing or not wanted.
        """
        for name, text in (("identifier", self.identifier), ("sender", self.sender)):
            if not text or _FORBIDDEN.search(text):
                raise FieldRefused(name, text, "is empty or contains a space, a comma, < or &", "write it without them")
        refuse_times(self.sent, self.onset, self.expires)
        refuse_texts(self.area_name, self.texts or {})
        if not self.languages:
            raise FieldRefused("languages", "", "is empty", "name at least one language, such as en")
        is_first = self.message_type is MessageType.ALERT
        if is_first == bool(self.references):
            why = "names earlier messages" if is_first else "names no earlier message"
            raise FieldRefused("references", self.reason.value, why, "corrections, withdrawals and ends name one")
        if any(reference.sent >= self.sent for reference in self.references):
            raise FieldRefused("references", self.identifier, "is not earlier than the message", "look at the clock")

    @property
    def message_type(self) -> MessageType:
        """What it does with earlier ones."""
        return MessageType(facts_of(self.reason).message_type)

    @property
    def reference(self) -> Reference:
        """How later messages name it."""
        return Reference(self.sender, self.identifier, self.sent)

    def text_in(self, language: str) -> str:
        """The authority's own text in a language, or the first that it gave; empty if it gave none."""
        texts = self.texts or {}
        return texts.get(language) or next(iter(texts.values()), "")

    def holds_at(self, now: datetime) -> bool:
        """Whether it is in force: a first or a corrected alert that has not expired; later messages are not known."""
        return self.message_type is not MessageType.CANCEL and now < self.expires


def refuse_times(sent: datetime, onset: datetime, expires: datetime) -> None:
    """Refuse times that contradict each other.

    Raises
    ------
    FieldRefused
        A time without its offset; an end that is not after the beginning and after the message itself; more than
        `LONGEST` after it; or a beginning that lies before the message.
    """
    for name, instant in (("sent", sent), ("onset", onset), ("expires", expires)):
        if instant.utcoffset() is None:
            raise FieldRefused(
                name, instant.isoformat(), "has no offset from UTC", "write it as 2026-05-03T14:00+02:00"
            )
        if instant.utcoffset() != timedelta(minutes=int((instant.utcoffset() or timedelta()).total_seconds() // 60)):
            raise FieldRefused(name, instant.isoformat(), "has an offset with seconds", "write hours and minutes")
    if onset < sent.replace(microsecond=0):
        raise FieldRefused("onset", onset.isoformat(), "lies before the message", "leave it out: it begins at once")
    if expires <= onset:
        raise FieldRefused("expires", expires.isoformat(), "is not after the beginning", "give a later time")
    if expires - sent > LONGEST:
        raise FieldRefused(
            "expires", expires.isoformat(), "is more than a year ahead", "record an area: the map shows what stays"
        )


def refuse_texts(area_name: str, texts: Mapping[str, str]) -> None:
    """Refuse words that readers would cut, or that XML cannot carry.

    Raises
    ------
    FieldRefused
    """
    if not area_name.strip() or len(area_name) > AREA_NAME_MOST:
        raise FieldRefused("area_name", area_name, "is empty or too long", f"use 1 to {AREA_NAME_MOST} characters")
    for language, text in texts.items():
        if not text.strip() or len(text) > TEXT_MOST:
            raise FieldRefused(
                f"text in {language}", text[:60], "is empty or too long", f"use 1 to {TEXT_MOST} characters"
            )
    for text in (area_name, *texts.values()):
        if not all(character.isprintable() for character in text):
            raise FieldRefused("text", text[:60], "contains a character that cannot be printed", "write plain lines")
