"""What a state's acts make it on a given day: a fold of its acts up to that day, optionally of those known by a day.

A state is bound on the half-open interval from the day of entry into force to the day its withdrawal takes effect: the
effective day is the first day not bound.
"""

from dataclasses import dataclass
from datetime import date

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.clock import Span, span
from merestone.law.entry import Entry, in_force
from merestone.law.episode import Episode, Word, episode_on, episodes
from merestone.law.library import Holding, Library, packaged
from merestone.law.state import State

NO_KNOWN_DAY = "no known day: not before the end of the armed conflict"

_DID = {
    ActKind.RATIFICATION: "ratified",
    ActKind.ACCEPTANCE: "accepted",
    ActKind.APPROVAL: "approved",
    ActKind.ACCESSION: "acceded",
    ActKind.SUCCESSION: "notified its succession",
    ActKind.CONSENT: "consented",
}


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
    entry: Entry | None = None
    """When that consent takes effect, even if later than the day asked about."""
    projection: str = ""
    """Said of a day after the last one for which all acts are held: what an act that is not held could have changed."""

    @property
    def word(self) -> Word:
        """What the state is to the treaty."""
        return self.episode.word

    @property
    def in_force_from(self) -> date | None:
        """The first day bound; the latest that it can be, where that is not certain."""
        return None if self.entry is None else self.entry.on

    @property
    def entry_article(self) -> str:
        """The article that dates the entry into force."""
        return "" if self.entry is None else self.entry.article

    @property
    def is_bound(self) -> bool:
        """Whether the treaty is in force for the state on that day. False also if it is not known: see `word`."""
        return self.word.is_bound

    @property
    def phrase(self) -> str:
        """The status in words, with its day."""
        episode = self.episode
        latest = " at the latest" if episode.is_latest else ""
        if episode.word is Word.PARTY:
            return f"party since {episode.party_from}{latest}"
        if episode.word is Word.WITHDRAWING:
            return f"withdrawing (still bound, effective on {episode.effective_on or NO_KNOWN_DAY})"
        if episode.word is Word.WITHDRAWN:
            return f"withdrawn since {episode.effective_on}{self._provisional}"
        if episode.word is Word.CONTESTED:
            since = f"party since {episode.party_from}{latest}"
            return f"contested (still bound, {since}; a purported suspension is objected to)"
        if episode.word is Word.NOT_KNOWN:
            return f"not known ({self._why_not_known}){self._provisional}"
        if episode.word is Word.DEPOSITED:
            return f"{_joined(episode)}, {_binds(episode)}{self._provisional}"
        return f"{episode.word}{self._provisional}"

    @property
    def headline(self) -> str:
        """The status in words and, after the last day of complete knowledge, what may have changed since."""
        return f"{self.phrase}; {self.projection}" if self.projection else self.phrase

    @property
    def _why_not_known(self) -> str:
        episode = self.episode
        if episode.before is None:
            return f"{_joined(episode)}, may be {_binds(episode)}"
        if self.complete_until is None:
            return "no list of its parties is recorded"
        was = "not a party" if episode.before is Word.NEVER else episode.before.noun
        return (
            f"{was} on {self.complete_until}, the last day that the records cover; an instrument deposited later could "
            f"bind it from {episode.may_be_bound_from}"
        )

    @property
    def _provisional(self) -> str:
        since = self.episode.provisional_from
        if since is None:
            return ""
        article = self.episode.provisional_scope
        return f"; applies {f'art. {article}' if article else 'it'} provisionally since {since}"

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


def _joined(episode: Episode) -> str:
    consent = episode.consent
    if consent is None:
        return "joined"
    did = _DID[consent.kind]
    return f"{did} on {consent.on}" if consent.is_dated else f"{did} in {consent.day_text}"


def _binds(episode: Episode) -> str:
    if episode.may_be_bound_from == episode.bound_from:
        return f"bound from {episode.bound_from}"
    return f"bound from {episode.may_be_bound_from} at the earliest, from {episode.bound_from} at the latest"


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
    known_state, holding = library.state(state), library.holding(treaty)
    holding.require_day(on)
    own = [act for act in holding.by_state.get(known_state.code, ()) if known_on is None or act.known_on <= known_on]
    chain = tuple(act for act in own if act.on <= on or _bears_on(holding, act, own, on))
    episode = episode_on(episodes(holding, known_state.code, known_on=known_on), on)
    consent = next((act for act in reversed(chain) if act.kind in CONSENTS), None)
    return Status(
        known_state,
        holding.treaty.key,
        on,
        known_on,
        episode,
        chain,
        holding.complete_for(known_state.code),
        consent,
        None if consent is None else in_force(holding, consent, own),
        _projection(holding, known_state.code, episode.word, on),
    )


def _bears_on(holding: Holding, act: Act, own: list[Act], on: date) -> bool:
    """Whether an act of a later day bears on the answer: a look that found none, a succession that reaches back."""
    if act.kind is ActKind.SUCCESSION:
        return in_force(holding, act, own).on <= on
    return act.kind is ActKind.NONE_FOUND


def _projection(holding: Holding, state: str, word: Word, on: date) -> str:
    """What is said of a day so late that an act that is not held could have changed the answer."""
    complete_until = holding.complete_for(state)
    if complete_until is None:
        return ""
    if word.is_bound:
        free_on = holding.free_at_the_earliest(state)
        if free_on is not None and on >= free_on:
            return f"the records end on {complete_until}; a notice received later could have ended it from {free_on}"
    if word is Word.WITHDRAWN and on >= (back_on := holding.bound_at_the_earliest(state)):
        return f"the records end on {complete_until}; an instrument deposited later could bind it from {back_on}"
    is_outside = word in (Word.NEVER, Word.SIGNATORY)
    if is_outside and complete_until != holding.complete_until and on >= holding.bound_at_the_earliest(""):
        return f"no later act was found in public sources read to {complete_until}"
    return ""
