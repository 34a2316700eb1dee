"""Forms that were sent: what became of each, so that none is entered a second time."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from merestone.service.filled import Filled, digest, first_value

ANSWERS_KEPT: Final = 5_000
"""Accepted forms that are remembered, so that sending one again leads to what it made."""


@dataclass(slots=True)
class SentForm:
    """One form that was sent: held while it is being entered."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    location: str | None = None
    """Where the form led, once it was accepted."""


class SentForms:
    """What became of forms that were accepted: the same form with the same key is not entered a second time."""

    def __init__(self) -> None:
        self._sent: OrderedDict[tuple[str, str, str, bytes], SentForm] = OrderedDict()

    def of(self, person: str, path: str, filled: Filled) -> SentForm:
        """The sending of a form; a new one each time if its page gave it no key."""
        key = first_value(filled, "key")
        if not key:
            return SentForm()
        sent = self._sent.setdefault((person, path, key, digest(filled)), SentForm())
        while len(self._sent) > ANSWERS_KEPT:
            self._sent.popitem(last=False)
        return sent
