"""A state's course under a treaty: a fold of its acts into stretches of days on which it is the same to the treaty."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.clause import Conflict
from merestone.law.entry import in_force
from merestone.law.library import Holding


class Word(StrEnum):
    """The one word for what a state is to a treaty on a day."""

    NEVER = "never a party"
    SIGNATORY = "signatory"
    DEPOSITED = "joined, not yet bound"
    """Its instrument is deposited, so that the depositary counts it as a party, but has not taken effect."""
    PARTY = "party since"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn since"
    CONTESTED = "contested"
    """Bound; the state says that it has suspended the treaty, and others object."""
    NOT_KNOWN = "not known"
    """The acts held here do not reach so far, or not with their days: never to be read as "not a party"."""

    @property
    def noun(self) -> str:
        """The word without a day behind it, for a list.

        >>> Word.PARTY.noun, Word.WITHDRAWN.noun, Word.SIGNATORY.noun
        ('party', 'withdrawn', 'signatory')
        """
        return self.value.removesuffix(" since")

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
    provisional_scope: str = ""
    """The article that it so applies; empty: all that the treaty lets a state apply provisionally."""
    is_latest: bool = False
    """`party_from` is the latest that it can be; the state may have been bound before."""
    consent: Act | None = None
    """The consent that has not taken effect, or of which it is not known whether it has."""
    bound_from: date | None = None
    """When that consent binds, at the latest."""
    may_be_bound_from: date | None = None
    """When that consent binds, at the earliest."""
    before: Word | None = None
    """Not known because the list ends: what the state was on the list's last day."""


def episode_on(all_episodes: tuple[Episode, ...], on: date) -> Episode:
    """The episode that holds on a day; the first one also for days before it."""
    return next((episode for episode in reversed(all_episodes) if episode.starts_on <= on), all_episodes[0])


def episodes(holding: Holding, state: str, *, known_on: date | None = None) -> tuple[Episode, ...]:
    """A state's whole course under a treaty, from the treaty's adoption on, as acts known by `known_on` make it."""
    acts = [act for act in holding.by_state.get(state, ()) if known_on is None or act.known_on <= known_on]
    course = _Course(holding.general.adopted_on)
    for turn in sorted(_turns(holding, acts), key=lambda turn: (turn.on, _ORDER[turn.what])):
        course.take(turn)
    return _until_unknown(holding, state, course.episodes)


def conflict_of(acts: Iterable[Act]) -> Conflict | None:
    """The last armed conflict that a person has entered among a state's acts, or None."""
    conflict: Conflict | None = None
    for act in acts:
        if act.kind is ActKind.CONFLICT_BEGINS:
            conflict = Conflict(act.on)
        elif act.kind is ActKind.CONFLICT_ENDS and conflict is not None:
            conflict = Conflict(conflict.since, act.on)
    return conflict


class _What(StrEnum):
    SIGNED = "signed"
    DEPOSITED = "deposited"
    PROVISIONAL = "provisional"
    MAY_BE_BOUND = "may be bound"
    BOUND = "bound"
    NOTICE = "notice"
    RETRACTED = "retracted"
    FREE = "free"
    SUSPENDED = "suspended"
    RESUMED = "resumed"


_ORDER = {what: rank for rank, what in enumerate(_What)}
_PLAIN = {
    ActKind.SIGNATURE: _What.SIGNED,
    ActKind.PROVISIONAL: _What.PROVISIONAL,
    ActKind.SUSPENSION: _What.SUSPENDED,
    ActKind.RESUMPTION: _What.RESUMED,
}


@dataclass(frozen=True, slots=True)
class _Turn:
    """A day on which something changes, and what."""

    on: date
    what: _What
    effective_on: date | None = None
    act: Act | None = None
    earliest_on: date | None = None


def _turns(holding: Holding, acts: list[Act]) -> Iterable[_Turn]:
    """The turns that the acts make: those of their own days, and those that the clauses derive from them."""
    in_effect = [act.on for act in acts if act.kind is ActKind.IN_EFFECT]
    retractions = [act.on for act in acts if act.kind is ActKind.RETRACTION]
    conflict = conflict_of(acts)
    for act in acts:
        if act.kind in CONSENTS:
            entry = in_force(holding, act, acts)
            yield _Turn(act.on, _What.DEPOSITED, entry.on, act, entry.earliest_on)
            if not entry.is_certain:
                yield _Turn(entry.earliest_on, _What.MAY_BE_BOUND, entry.on, act, entry.earliest_on)
            yield _Turn(entry.on, _What.BOUND, act=act, earliest_on=entry.earliest_on)
        elif act.kind in _PLAIN:
            yield _Turn(act.on, _PLAIN[act.kind], act=act)
        elif act.kind is ActKind.NOTICE:
            effective_on = holding.treaty.withdrawal(act.on, conflict).effective_on
            effective_on = next((on for on in in_effect if on > act.on), effective_on)
            yield _Turn(act.on, _What.NOTICE, effective_on)
            back = next((on for on in retractions if on > act.on and (effective_on is None or on < effective_on)), None)
            if back is not None:
                yield _Turn(back, _What.RETRACTED)
            elif effective_on is not None:
                yield _Turn(effective_on, _What.FREE, effective_on)


class _Course:
    """Takes one turn after the other and keeps the episodes that they make."""

    def __init__(self, adopted_on: date) -> None:
        self.episodes = [Episode(adopted_on, Word.NEVER)]
        self.signed = self.bound = self.contested = self.may_be_bound = self.is_latest = False
        self.party_from: date | None = None
        self.consented: _Turn | None = None
        self.notice: _Turn | None = None
        self.left_on: date | None = None
        self.provisional: _Turn | None = None

    def take(self, turn: _Turn) -> None:
        if turn.what is _What.SIGNED:
            self.signed = True
        elif turn.what is _What.DEPOSITED and not self.bound:
            self.consented = turn
        elif turn.what is _What.MAY_BE_BOUND and not self.bound:
            self.consented, self.may_be_bound = turn, True
        elif turn.what is _What.PROVISIONAL:
            self.provisional = turn
        elif turn.what is _What.BOUND:
            self._bind(turn)
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

    def _bind(self, turn: _Turn) -> None:
        self.bound, self.party_from, self.left_on = True, turn.on, None
        self.is_latest = turn.earliest_on != turn.on
        self.provisional, self.consented, self.may_be_bound = None, None, False

    def _episode(self, on: date) -> Episode:
        if self.bound:
            word = Word.WITHDRAWING if self.notice else Word.CONTESTED if self.contested else Word.PARTY
            effective_on = self.notice.effective_on if self.notice else None
            return Episode(on, word, self.party_from, effective_on, is_latest=self.is_latest)
        episode = Episode(on, Word.SIGNATORY if self.signed else Word.NEVER)
        if self.left_on is not None:
            episode = Episode(on, Word.WITHDRAWN, self.party_from, self.left_on, is_latest=self.is_latest)
        if self.provisional is not None and self.provisional.act is not None:
            scope = self.provisional.act.scope
            episode = replace(episode, provisional_from=self.provisional.on, provisional_scope=scope)
        if self.consented is not None:
            episode = replace(
                episode,
                word=Word.NOT_KNOWN if self.may_be_bound else Word.DEPOSITED,
                consent=self.consented.act,
                bound_from=self.consented.effective_on,
                may_be_bound_from=self.consented.earliest_on,
            )
        return episode

    def _keep(self, episode: Episode) -> None:
        if self.episodes[-1].starts_on >= episode.starts_on:  # the later turn of the same day decides
            self.episodes[-1] = episode
        else:
            self.episodes.append(episode)


def _until_unknown(holding: Holding, state: str, course: list[Episode]) -> tuple[Episode, ...]:
    """Say "not known" from the first day on which an act that is not held could have bound the state."""
    last = course[-1]
    if last.word.is_bound or last.word is Word.WITHDRAWN:
        return tuple(course)
    unknown_from = holding.bound_at_the_earliest(state)
    known = [episode for episode in course if episode.starts_on < unknown_from] or course[:1]
    unknown = replace(
        known[-1],
        starts_on=max(unknown_from, known[-1].starts_on),
        word=Word.NOT_KNOWN,
        before=known[-1].word,
        may_be_bound_from=unknown_from,
    )
    return (*known, unknown)
