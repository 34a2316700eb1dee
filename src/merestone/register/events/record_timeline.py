"""The life of one record: what its events, one after the other, say of each day.

An event speaks for the days from ``true_from`` until the day before ``true_until``. Of any day, the latest event that
speaks of it holds; on a day of which no event speaks, or of which the latest says "withdrawn", there is no such record.
That one rule carries changes in the world, corrections of the past and withdrawals; a projection is nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

_LAST_DAY: Final = date.max.isoformat()


class Word(NamedTuple):
    """One event of a record, as far as time is concerned. Days are ISO text, which sorts as the days do."""

    seq: int
    is_withdrawal: bool
    true_from: str | None
    true_until: str | None

    def speaks_of(self, day: str) -> bool:
        """Whether the event says anything of this day."""
        return (self.true_from is None or self.true_from <= day) and (self.true_until is None or day < self.true_until)


def holding_on(assertions: Sequence[Word], day: str) -> Word | None:
    """The event whose state holds on a day; None if the record does not hold then.

    Parameters
    ----------
    words
        The record's events in the order of the chain.
    day
        ISO text.
    """
    word = speaking_on(assertions, day)
    return None if word is None or word.is_withdrawal else word


def speaking_on(assertions: Sequence[Word], day: str) -> Word | None:
    """The event that decides what holds on a day, a withdrawal or not; None if none speaks of it."""
    return next((word for word in reversed(assertions) if word.speaks_of(day)), None)


def last_stated(assertions: Sequence[Word]) -> Word | None:
    """The event whose state holds on the last days that anybody spoke of; None if it was withdrawn by then.

    This is what the current layers show. A file cannot know on which day it will be opened, so a state that ended on a
    stated day is still shown, with that day beside it, and only a withdrawal takes it away.
    """
    if any(word.true_until is None for word in assertions):
        return holding_on(assertions, _LAST_DAY)
    latest = max(assertions, key=lambda word: (word.true_until or "", word.seq), default=None)
    return None if latest is None or latest.is_withdrawal else latest


def first_spoken_of(assertions: Sequence[Word], day: str) -> str:
    """The day itself if anything was said of it, or else the next one of which anything was said."""
    if speaking_on(assertions, day) is not None:
        return day
    return min(
        (word.true_from for word in assertions if word.true_from is not None and word.true_from > day), default=day
    )


def holds_from(assertions: Sequence[Word], shown: Word, day: str) -> bool:
    """Whether the last stated event holds on a day and on every day after it that anybody spoke of.

    A step of a life follows the present state only from such a day; before it, the record stood elsewhere.
    """
    turns = {
        turn for word in assertions for turn in (word.true_from, word.true_until) if turn is not None and turn > day
    }
    ours = {turn for turn in turns if shown.true_until is None or turn < shown.true_until}
    return all(holding_on(assertions, turn) == shown for turn in (day, *ours))


@dataclass(frozen=True, slots=True)
class Life:
    """What the register held of a record when a batch began to change it: its events, in the order of the chain."""

    assertions: tuple[Word, ...]
    event_ids: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def fid(self) -> int:
        """The number of the record's row in whichever layer shows it."""
        return self.assertions[0].seq

    @property
    def version(self) -> int:
        """How many events there are of it."""
        return len(self.assertions)

    def kind_stated(self) -> str | None:
        """The kind that the event shown now gives to the record; None if none is shown."""
        shown = last_stated(self.assertions)
        if shown is None:
            return None
        newest_first = range(len(self.assertions) - 1, -1, -1)
        return self.kinds[next(at for at in newest_first if self.assertions[at].seq == shown.seq)]

    def going_on(self, assertions: Sequence[Word], event_ids: Sequence[str], kinds: Sequence[str]) -> "Life":
        """The same life with what came after."""
        return Life((*self.assertions, *assertions), (*self.event_ids, *event_ids), (*self.kinds, *kinds))


class LivesKnown:
    """Lives that were read before, so that a record changed many times is not read as many times from its beginning.

    What is kept here was committed, and events are only ever added; so it can lack what came later, but is never wrong.
    """

    def __init__(self, room: int = 1000) -> None:
        self._room = room
        self._lives: dict[str, Life] = {}

    def of(self, record_id: str) -> Life:
        """What is known of a record; a life without events if nothing is."""
        return self._lives.get(record_id, _UNKNOWN)

    def keep(self, lives: Mapping[str, Life]) -> None:
        """Remember lives that were committed; the oldest are forgotten for them."""
        if len(lives) > self._room:
            return
        while self._lives and len(self._lives) + len(lives) > self._room:
            self._lives.pop(next(iter(self._lives)), None)
        self._lives.update(lives)


_UNKNOWN: Final = Life((), (), ())
