"""The status of all states on all days at once: one byte an answer, filled run by run from the same episodes.

About ten million answers take a fraction of a second, without numpy: a state changes its status a few times in
decades, so each run of equal days is one multiplication of a byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from merestone.law.episode import Word, episodes
from merestone.law.library import Library, packaged
from merestone.terms import FieldRefused, number_of

WORDS: tuple[Word, ...] = tuple(Word)
"""The code of an answer is the index of its word."""
NOT_ADOPTED = 255
"""The code of days before the treaty was adopted."""
_BOUND = bytes(int(code < len(WORDS) and WORDS[code].is_bound) for code in range(256))


@dataclass(frozen=True, slots=True)
class StatusTable:
    """Codes of `WORDS` by treaty, state and day: ``codes[treaty][state][(day - starts_on).days]``."""

    starts_on: date
    days: int
    codes: dict[str, dict[str, bytes]]

    def word(self, treaty: str, state: str, on: date) -> Word | None:
        """The word of one day; None before the treaty was adopted.

        Raises
        ------
        IndexError
            The day lies outside the table.
        """
        index = (on - self.starts_on).days
        if not 0 <= index < self.days:
            raise IndexError(
                f"{on} lies outside the table, which has {number_of(self.days, 'day')} from {self.starts_on}"
            )
        code = self.codes[treaty][state][index]
        return None if code == NOT_ADOPTED else WORDS[code]

    def bound_counts(self, treaty: str) -> list[int]:
        """How many states the treaty binds on each day, shape (days,)."""
        changes = [0] * (self.days + 1)
        for row in self.codes[treaty].values():
            flags = row.translate(_BOUND)
            start = flags.find(1)
            while start >= 0:
                end = flags.find(0, start)
                end = self.days if end < 0 else end
                changes[start] += 1
                changes[end] -= 1
                start = flags.find(1, end)
        counts, running = [], 0
        for change in changes[:-1]:
            running += change
            counts.append(running)
        return counts

    @property
    def size(self) -> int:
        """The number of answers."""
        return sum(len(states) for states in self.codes.values()) * self.days


def status_table(
    starts_on: date,
    ends_on: date,
    *,
    states: Sequence[str] | None = None,
    treaties: Sequence[str] | None = None,
    known_on: date | None = None,
    library: Library | None = None,
) -> StatusTable:
    """The status of states under treaties on every day from `starts_on` to `ends_on`, both included.

    Parameters
    ----------
    states, treaties
        Names or codes, keys; None: all that are held.
    known_on
        Count only acts known by this day; None: all.

    Raises
    ------
    UnknownState, UnknownTreaty
    FieldRefused
        The days run backwards.
    """
    if ends_on < starts_on:
        raise FieldRefused("ends_on", str(ends_on), f"lies before {starts_on}", "give the earlier day first")
    library = library or packaged()
    codes_of = (
        [state.code for state in library.states.all] if states is None else [library.state(s).code for s in states]
    )
    days = (ends_on - starts_on).days + 1
    table: dict[str, dict[str, bytes]] = {}
    for key in treaties or library.treaties:
        holding = library.holding(key)
        lead = min(max((holding.general.adopted_on - starts_on).days, 0), days)
        rows: dict[str, bytes] = {}
        for state in codes_of:
            runs = [bytes([NOT_ADOPTED]) * lead]
            course = episodes(holding, state, known_on=known_on)
            ends = [*(episode.starts_on for episode in course[1:]), ends_on + timedelta(days=1)]
            at = lead
            for episode, end_on in zip(course, ends, strict=True):
                end = min(max((end_on - starts_on).days, at), days)
                runs.append(bytes([WORDS.index(episode.word)]) * (end - at))
                at = end
            rows[state] = b"".join(runs)
        table[holding.treaty.key] = rows
    return StatusTable(starts_on, days, table)
