"""What a state's acts make it on a given day: a fold of its acts up to that day, optionally of those known by a day.

A state is bound on the half-open interval from the day of entry into force to the day its withdrawal takes effect: the
effective day is the first day not bound.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.clause import Conflict
from merestone.law.clock import Span, span
from merestone.law.library import Holding, Library, packaged
from merestone.law.state import State


class Word(StrEnum):
    """The one word for what a state is to a treaty on a day."""

    NEVER = "never a party"
    SIGNATORY = "signatory"
    PARTY = "party since"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn since"
    CONTESTED = "contested"
    """Bound; the state says that it has suspended the treaty, and others object."""
    NOT_KNOWN = "not known"
    """The acts held here do not reach so far: never to be read as "not a party"."""

    @property
    def is_bound(self) -> bool:
        """Whether the treaty is in force for a state of which this is the word."""
        return self in (Word.PARTY, Word.WITHDRAWING, Word.CONTESTED)


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of days on which a state is the same to a treaty: from `starts_on` up to the next episode's start."""

    starts_on: date
    word: Word
    party_from: date | None = None
    """First day bound, of the present or the last membership."""
    effective_on: date | None = None
    """Withdrawing, withdrawn: the first day not bound; None while an armed conflict has no known end."""
    provisional_from: date | None = None
    """Since when the state applies the prohibitions provisionally, not yet being bound."""


@dataclass(frozen=True, slots=True)
class Status:
    """The answer for one state, one treaty and one day."""

    state: State
    treaty: str
    on: date
    known_on: date | None
    episode: Episode
    acts: tuple[Act, ...]
    """The chain of acts up to that day that the answer rests on, in order of days."""
    complete_until: date | None
    consent: Act | None = None
    """The act by which the state consented to be bound, if it did by that day."""
    in_force_from: date | None = None
    """When that consent takes effect, even if later than the day asked about."""
    entry_article: str = ""
    """The article that dates the entry into force."""

    @property
    def word(self) -> Word:
        """What the state is to the treaty."""
        return self.episode.word

    @property
    def is_bound(self) -> bool:
        """Whether the treaty is in force for the state on that day. False also if it is not known: see `word`."""
        return self.word.is_bound

    @property
    def phrase(self) -> str:
        """The status in words, with its day."""
        episode = self.episode
        if episode.word is Word.PARTY:
            return f"party since {episode.party_from}"
        if episode.word is Word.WITHDRAWING:
            return f"withdrawing (still bound, effective on {episode.effective_on or NO_KNOWN_DAY})"
        if episode.word is Word.WITHDRAWN:
            return f"withdrawn since {episode.effective_on}"
        if episode.word is Word.CONTESTED:
            return f"contested (still bound, party since {episode.party_from}; a purported suspension is objected to)"
        if episode.word is Word.NOT_KNOWN:
            reach = (
                f"the acts held here reach to {self.complete_until}" if self.complete_until else "no list is held here"
            )
            return f"not known ({reach})"
        ahead = self.in_force_from
        if ahead is not None and self.on < ahead:
            return f"{episode.word} (bound from {ahead})"
        return str(episode.word)

    @property
    def time_as_party(self) -> Span | None:
        """How long the state has been, or had been, bound by that day; None if it never was."""
        episode = self.episode
        if episode.party_from is None or episode.party_from > self.on:
            return None
        end = episode.effective_on if episode.word is Word.WITHDRAWN and episode.effective_on else self.on
        return span(episode.party_from, end)

    def act_on(self, *kinds: ActKind) -> Act | None:
        """The last act of these kinds in the chain, or None."""
        return next((act for act in reversed(self.acts) if act.kind in kinds), None)


NO_KNOWN_DAY = "no known day: not before the end of the armed conflict"


def status(
    state: str, treaty: str, *, on: date, known_on: date | None = None, library: Library | None = None
) -> Status:
    """What a state is to a treaty on a day.

    Parameters
    ----------
    state
        ISO 3166-1 code or name.
    treaty
        Key, such as ``apmbc``.
    on
        The day asked about.
    known_on
        Count only acts known by this day; None: all acts held.

    Raises
    ------
    UnknownState, UnknownTreaty, BeforeTheTreaty

    >>> status("LTU", "apmbc", on=date(2025, 12, 31)).phrase
    'withdrawn since 2025-12-27'
    """
    library = library or packaged()
    found, holding = library.state(state), library.holding(treaty)
    holding.require_day(on)
    own = [act for act in holding.by_state.get(found.code, ()) if known_on is None or act.known_on <= known_on]
    chain = tuple(act for act in own if act.on <= on or act.kind is ActKind.NONE_FOUND)
    episode = episode_on(episodes(holding, found.code, known_on=known_on), on)
    consent = next((act for act in reversed(chain) if act.kind in CONSENTS), None)
    in_force_from, article = (None, "") if consent is None else in_force(holding, consent, own)
    return Status(
        found,
        holding.treaty.key,
        on,
        known_on,
        episode,
        chain,
        holding.complete_for(found.code),
        consent,
        in_force_from,
        article,
    )


def in_force(holding: Holding, consent: Act, own: Iterable[Act]) -> tuple[date, str]:
    """The first day on which a consent binds, and the article that says so.

    The depositary's published day wins over the rule; `merestone law check` demands that a difference is explained.
    """
    consents = [act.on for act in own if act.kind in CONSENTS]
    earlier = max((on for on in consents if on < consent.on), default=date.min)
    later = min((on for on in consents if on > consent.on), default=date.max)
    by_rule, article = holding.treaty.entry_into_force(consent.on, holding.general)
    published = [act.on for act in own if act.kind is ActKind.ENTRY_INTO_FORCE and earlier < act.on < later]
    if published and published[0] != by_rule:
        return published[0], f"{article}, but the depositary counts otherwise"
    return by_rule, article


def episode_on(all_episodes: tuple[Episode, ...], on: date) -> Episode:
    """The episode that holds on a day; the first one also for days before it."""
    return next((one for one in reversed(all_episodes) if one.starts_on <= on), all_episodes[0])


def episodes(holding: Holding, state: str, *, known_on: date | None = None) -> tuple[Episode, ...]:
    """A state's whole course under a treaty, from the treaty's adoption on, as acts known by `known_on` make it."""
    acts = [act for act in holding.by_state.get(state, ()) if known_on is None or act.known_on <= known_on]
    course = _Course(holding.general.adopted_on)
    for turn in sorted(_turns(holding, acts), key=lambda turn: (turn.on, _ORDER[turn.what])):
        course.take(turn)
    return _until_unknown(holding, holding.complete_for(state), course.episodes)


class _What(StrEnum):
    SIGNED = "signed"
    PROVISIONAL = "provisional"
    BOUND = "bound"
    NOTICE = "notice"
    RETRACTED = "retracted"
    FREE = "free"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


_ORDER = {what: rank for rank, what in enumerate(_What)}


@dataclass(frozen=True, slots=True)
class _Turn:
    """A day on which something changes, and what."""

    on: date
    what: _What
    effective_on: date | None = None


def _turns(holding: Holding, acts: list[Act]) -> Iterable[_Turn]:
    """The turns that the acts make: those of their own days, and those that the clauses derive from them."""
    in_effect = [act.on for act in acts if act.kind is ActKind.IN_EFFECT]
    retractions = [act.on for act in acts if act.kind is ActKind.RETRACTION]
    conflict = conflict_of(acts)
    plain = {
        ActKind.SIGNATURE: _What.SIGNED,
        ActKind.PROVISIONAL: _What.PROVISIONAL,
        ActKind.SUSPENSION: _What.SUSPENDED,
        ActKind.RESUMPTION: _What.RESUMED,
    }
    for act in acts:
        if act.kind in CONSENTS:
            yield _Turn(in_force(holding, act, acts)[0], _What.BOUND)
        elif act.kind in plain:
            yield _Turn(act.on, plain[act.kind])
        elif act.kind is ActKind.NOTICE:
            effective_on = holding.treaty.withdrawal(act.on, conflict).effective_on
            effective_on = next((on for on in in_effect if on > act.on), effective_on)
            yield _Turn(act.on, _What.NOTICE, effective_on)
            back = next((on for on in retractions if on > act.on and (effective_on is None or on < effective_on)), None)
            if back is not None:
                yield _Turn(back, _What.RETRACTED)
            elif effective_on is not None:
                yield _Turn(effective_on, _What.FREE, effective_on)


def conflict_of(acts: Iterable[Act]) -> Conflict | None:
    """The last armed conflict that a person has entered among a state's acts, or None."""
    conflict: Conflict | None = None
    for act in acts:
        if act.kind is ActKind.CONFLICT_BEGINS:
            conflict = Conflict(act.on)
        elif act.kind is ActKind.CONFLICT_ENDS and conflict is not None:
            conflict = Conflict(conflict.since, act.on)
    return conflict


class _Course:
    """Takes one turn after the other and keeps the episodes that they make."""

    def __init__(self, adopted_on: date) -> None:
        self.episodes = [Episode(adopted_on, Word.NEVER)]
        self.signed = self.bound = self.contested = False
        self.party_from: date | None = None
        self.notice: _Turn | None = None
        self.left_on: date | None = None
        self.provisional_from: date | None = None

    def take(self, turn: _Turn) -> None:
        if turn.what is _What.SIGNED:
            self.signed = True
        elif turn.what is _What.PROVISIONAL:
            self.provisional_from = turn.on
        elif turn.what is _What.BOUND:
            self.bound, self.party_from, self.left_on, self.provisional_from = True, turn.on, None, None
        elif turn.what is _What.NOTICE and self.bound:
            self.notice = turn
        elif turn.what is _What.RETRACTED:
            self.notice = None
        elif turn.what is _What.FREE and self.bound:
            self.bound, self.notice, self.contested, self.left_on = False, None, False, turn.on
        elif turn.what is _What.SUSPENDED:
            self.contested = self.bound
        elif turn.what is _What.RESUMED:
            self.contested = False
        self._keep(self._episode(turn.on))

    def _episode(self, on: date) -> Episode:
        if self.bound and self.notice is not None:
            return Episode(on, Word.WITHDRAWING, self.party_from, self.notice.effective_on)
        if self.bound:
            return Episode(on, Word.CONTESTED if self.contested else Word.PARTY, self.party_from)
        if self.left_on is not None:
            return Episode(on, Word.WITHDRAWN, self.party_from, self.left_on, self.provisional_from)
        word = Word.SIGNATORY if self.signed else Word.NEVER
        return Episode(on, word, provisional_from=self.provisional_from)

    def _keep(self, episode: Episode) -> None:
        if self.episodes[-1].starts_on >= episode.starts_on:  # the later turn of the same day decides
            self.episodes[-1] = episode
        else:
            self.episodes.append(episode)


def _until_unknown(holding: Holding, complete_until: date | None, course: list[Episode]) -> tuple[Episode, ...]:
    """Say "not known" from the first day on which an act that is not held could have bound the state.

    A deposit on the day after the list ends binds at the earliest as the treaty's own clause says; until that day a
    state that had not joined cannot be a party.
    """
    last = course[-1]
    if last.word.is_bound or last.word is Word.WITHDRAWN:
        return tuple(course)
    unknown_from = holding.general.opened_on
    if complete_until is not None:
        unknown_from = holding.treaty.entry_into_force(complete_until + timedelta(days=1), holding.general)[0]
    known = [one for one in course if one.starts_on < unknown_from] or course[:1]
    return (*known, Episode(max(unknown_from, known[-1].starts_on), Word.NOT_KNOWN))
