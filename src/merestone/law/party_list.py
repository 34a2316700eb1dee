"""How many and which states are parties to a treaty on a day, what changed since another day, and the counts over time.

Two counts stand side by side, because both are published: the states that are bound, and the parties as the depositary
counts them, from the deposit of the instrument on. They differ by the states whose instrument has not taken effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from unicodedata import combining, normalize

from merestone.law.act import ActKind
from merestone.law.episode import Episode, Word, episode_on, episodes
from merestone.law.library import Holding, Library, packaged
from merestone.law.state import State
from merestone.law.state_status import Status, status
from merestone.terms import FieldRefused


class Standing(StrEnum):
    """The groups that a list of parties is divided into. Each state stands in exactly one."""

    BOUND = "bound"
    JOINED = "joined, not yet bound"
    SIGNATORY = "signed, not joined"
    WITHDRAWN = "withdrawn"
    NOT_KNOWN = "not known"
    OUTSIDE = "neither signed nor joined"


_STANDING = {
    Word.NEVER: Standing.OUTSIDE,
    Word.SIGNATORY: Standing.SIGNATORY,
    Word.DEPOSITED: Standing.JOINED,
    Word.PARTY: Standing.BOUND,
    Word.WITHDRAWING: Standing.BOUND,
    Word.CONTESTED: Standing.BOUND,
    Word.WITHDRAWN: Standing.WITHDRAWN,
    Word.NOT_KNOWN: Standing.NOT_KNOWN,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One state's turn from one word to another."""

    on: date
    """The day; if it is not known, the first possible one."""
    day_text: str
    state: State
    was: Word
    now: Word


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers of one day."""

    on: date
    bound: int
    parties: int
    """As the depositary counts: instrument deposited, withdrawal not yet in effect."""
    signatures: int
    """States that have signed, whether or not they joined later."""
    withdrawn: int
    provisional: int
    """States that apply the treaty provisionally and are not bound yet."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is what to a treaty on a day."""

    treaty: str
    short: str
    on: date
    known_on: date | None
    since: date | None
    count: Count
    groups: Mapping[Standing, tuple[Status, ...]]
    changes: tuple[Change, ...]
    """In order of days, from the day after `since` to `on`; empty if no such day was given."""
    complete_until: date | None
    reach: str
    """Said of a day so late that acts that are not held could have changed the list; empty if none could."""

    @property
    def perhaps_bound(self) -> tuple[Status, ...]:
        """The states whose instrument may have taken effect: its day is not known. They are not counted as bound."""
        return tuple(group for group in self.groups[Standing.NOT_KNOWN] if group.episode.before is None)

    @property
    def perhaps_deposited(self) -> tuple[Status, ...]:
        """The states that may have deposited an instrument, its day not known, and are not counted as parties."""
        return tuple(
            status
            for group in self.groups.values()
            for status in group
            if status.consent is not None
            and status.consent.latest_on is not None
            and status.consent.on <= self.on < status.consent.latest_on
        )

    @property
    def provisional(self) -> tuple[Status, ...]:
        """The states that apply the treaty provisionally and are not bound yet."""
        return tuple(
            status
            for group in self.groups.values()
            for status in group
            if status.episode.provisional_from is not None and not status.is_bound
        )


def parties(
    treaty: str,
    *,
    on: date,
    since: date | None = None,
    known_on: date | None = None,
    library: Library | None = None,
) -> Parties:
    """Sort all states by what they are to a treaty on a day.

    Parameters
    ----------
    since
        Also list what changed after this day; None: no changes are listed.

    Raises
    ------
    UnknownTreaty, BeforeTheTreaty
    FieldRefused
        `since` lies after `on`.

    >>> parties("apmbc", on=date(2026, 2, 20)).count.bound
    161
    """
    library = library or packaged()
    holding = library.holding(treaty)
    holding.require_day(on)
    if since is not None and since > on:
        raise FieldRefused("since", str(since), f"lies after {on}", "give the earlier day")
    groups: dict[Standing, list[Status]] = {status: [] for status in Standing}
    changes: list[Change] = []
    for state in sorted(library.states.all, key=lambda state: _by_name(state.name)):
        answer = status(state.code, holding.treaty.key, on=on, known_on=known_on, library=library)
        groups[_STANDING[answer.word]].append(answer)
        if since is not None:
            course = episodes(holding, state.code, known_on=known_on)
            changes.extend(_changes(state, course, since, on))
    return Parties(
        holding.treaty.key,
        holding.treaty.short,
        on,
        known_on,
        since,
        counted(holding, on, known_on=known_on),
        {standing: tuple(group) for standing, group in groups.items()},
        tuple(sorted(changes, key=lambda change: (change.on, change.state.code))),
        holding.complete_until,
        _reach(holding, on),
    )


def _by_name(name: str) -> str:
    """For the order of names: Côte d'Ivoire beside Costa Rica, Türkiye beside Tunisia."""
    return "".join(letter for letter in normalize("NFKD", name.casefold()) if not combining(letter))


def _day_text(episode: Episode) -> str:
    """The day on which an episode begins, or what is known of it."""
    if episode.is_latest and episode.party_from == episode.starts_on:
        return f"{episode.starts_on} at the latest"
    if episode.word is Word.NOT_KNOWN:
        return f"{episode.starts_on} at the earliest"
    if episode.word is Word.DEPOSITED and episode.consent is not None:
        return episode.consent.day_text
    return str(episode.starts_on)


def counted(holding: Holding, on: date, *, known_on: date | None = None) -> Count:
    """The numbers of one day."""
    courses = {state: episodes(holding, state, known_on=known_on) for state in holding.by_state}
    return _count(holding, courses, on, known_on)


def counts(
    treaty: str, *, starts_on: date, ends_on: date, known_on: date | None = None, library: Library | None = None
) -> tuple[Count, ...]:
    """The numbers on the first day and on each later day on which they change, up to `ends_on`.

    Raises
    ------
    UnknownTreaty
    FieldRefused
        The days run backwards.
    """
    if ends_on < starts_on:
        raise FieldRefused("ends_on", str(ends_on), f"lies before {starts_on}", "give the earlier day first")
    holding = (library or packaged()).holding(treaty)
    courses = {state: episodes(holding, state, known_on=known_on) for state in holding.by_state}
    turns = {starts_on}
    for state, course in courses.items():
        turns.update(status.starts_on for status in course)
        turns.update(act.latest_on or act.on for act in holding.by_state[state])
    results: list[Count] = []
    for on in sorted(turn for turn in turns if starts_on <= turn <= ends_on):
        count = _count(holding, courses, on, known_on)
        if not results or _numbers(count) != _numbers(results[-1]):
            results.append(count)
    return tuple(results)


def _numbers(count: Count) -> tuple[int, ...]:
    return count.bound, count.parties, count.signatures, count.withdrawn, count.provisional


def _count(holding: Holding, courses: Mapping[str, tuple[Episode, ...]], on: date, known_on: date | None) -> Count:
    episodes = [episode_on(course, on) for course in courses.values()]
    known = known_on or date.max
    signatures = sum(
        any(act.kind is ActKind.SIGNATURE and act.on <= on and act.known_on <= known for act in own)
        for own in holding.by_state.values()
    )
    return Count(
        on,
        sum(episode.word.is_bound for episode in episodes),
        sum(episode.word.is_bound or _is_deposited(episode, on) for episode in episodes),
        signatures,
        sum(episode.word is Word.WITHDRAWN for episode in episodes),
        sum(episode.provisional_from is not None and not episode.word.is_bound for episode in episodes),
    )


def _is_deposited(episode: Episode, on: date) -> bool:
    consent = episode.consent
    return consent is not None and (consent.latest_on or consent.on) <= on


def _changes(state: State, course: tuple[Episode, ...], since: date, on: date) -> list[Change]:
    results: list[Change] = []
    for before, after in pairwise(course):
        is_end_of_list = after.word is Word.NOT_KNOWN and after.before is not None
        if since < after.starts_on <= on and after.word is not before.word and not is_end_of_list:
            results.append(Change(after.starts_on, _day_text(after), state, before.word, after.word))
    return results


def _reach(holding: Holding, on: date) -> str:
    complete_until = holding.complete_until
    if complete_until is None:
        return "no list of the states bound by it is held"
    bound_on, free_on = holding.bound_at_the_earliest(""), holding.free_at_the_earliest("")
    first = bound_on if free_on is None else min(bound_on, free_on)
    if on <= complete_until or on < first:
        return "" if on <= complete_until else f"the records end on {complete_until}"
    return (
        f"the records end on {complete_until}: instruments and notices received later could have changed this list "
        f"from {first} on"
    )
