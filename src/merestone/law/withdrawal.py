"""The clock of a withdrawal: when a notice takes effect, and why it may not. For any state, treaty and day."""

from dataclasses import dataclass
from datetime import date

from merestone.law.act import Act, ActKind
from merestone.law.clause import Conflict, Effect, Treaty
from merestone.law.episode import Word, conflict_of
from merestone.law.library import Library, packaged
from merestone.law.state import State
from merestone.law.state_status import Status, status
from merestone.terms import FieldRefused, renamed_attribute


@dataclass(frozen=True, slots=True)
class WithdrawalClock:
    """What follows from a notice received on a day."""

    state: State
    treaty: str
    received_on: date
    before: Status
    """What the state was to the treaty when the notice was received."""
    effect: Effect
    """When the notice takes effect; of a state that was not bound, when it would if it were a party."""
    is_hypothetical: bool
    """The state was not bound on that day, or it is not known whether it was."""
    published_on: date | None
    """The first day not bound as it was published, if this notice is on record."""
    conflict: Conflict | None
    """The armed conflict that a person entered, or None if nobody entered one."""
    article: str
    quote: str
    word: str
    """What the treaty calls it: withdrawal or denunciation."""
    recorded: tuple[Act, ...]
    """The acts about a withdrawal that are on record for this state."""
    notes: tuple[str, ...]

    unless: str
    """What holds the withdrawal back on the day on which the period expires."""

    words = renamed_attribute("words", "quote")

    @property
    def is_postponed(self) -> bool:
        """Whether an armed conflict moves the effect beyond the treaty's period."""
        return self.effect.effective_on != self.effect.earliest_on

    @property
    def is_certain(self) -> bool:
        """Whether the day is known and not only the earliest: published, or a conflict that was entered has an end."""
        if self.is_hypothetical:
            return False
        return self.published_on is not None or (self.is_postponed and self.effect.effective_on is not None)


def withdraw(
    state: str,
    treaty: str,
    *,
    notified_on: date,
    conflict: Conflict | None = None,
    library: Library | None = None,
) -> WithdrawalClock:
    """When a notice would take effect if the depositary received it on a day.

    Parameters
    ----------
    notified_on
        The day on which the depositary received the notice; not the parliament's vote, not a promulgation.
    conflict
        An armed conflict as a person enters it; otherwise the one that stands among the state's acts, if any.

    Raises
    ------
    UnknownState, UnknownTreaty, BeforeTheTreaty
    FieldRefused
        The treaty is an amendment, which cannot be left by itself.

    >>> clock = withdraw("FIN", "apmbc", notified_on=date(2025, 7, 10))
    >>> clock.effect.effective_on if clock.effect else None
    datetime.date(2026, 1, 10)
    """
    library = library or packaged()
    holding = library.holding(treaty)
    require_leaving(holding.treaty)
    known_state = library.state(state)
    before = _status_before(known_state.code, treaty, notified_on, library)
    own = holding.by_state.get(known_state.code, ())
    conflict = conflict or conflict_of(act for act in own if act.on <= notified_on)
    rule = holding.treaty.withdrawal
    effect = rule(notified_on, conflict)
    in_effect = [act.on for act in own if act.kind is ActKind.IN_EFFECT and act.on > notified_on]
    published = in_effect[0] if in_effect and _has_notice(own, notified_on) else None
    about = {ActKind.NOTICE, ActKind.RETRACTION, ActKind.IN_EFFECT, ActKind.NATIONAL_STEP, ActKind.SUSPENSION}
    recorded = tuple(act for act in own if act.kind in about)
    notes = _notes(holding.treaty, before, effect, conflict, is_published=published is not None)
    return WithdrawalClock(
        known_state,
        holding.treaty.key,
        notified_on,
        before,
        effect,
        not before.is_bound,
        published if before.is_bound else None,
        conflict,
        rule.article,
        rule.quote,
        holding.treaty.withdrawal_word,
        recorded,
        notes,
        holding.treaty.withdrawal_unless,
    )


def _status_before(code: str, treaty: str, notified_on: date, library: Library) -> Status:
    """What the state was to the treaty apart from this very notice, if it is on record."""
    before = status(code, treaty, on=notified_on, library=library)
    if before.word is not Word.WITHDRAWING or not _has_notice(before.acts, notified_on):
        return before
    return status(code, treaty, on=notified_on, library=_without_notice(library, treaty, code, notified_on))


def require_leaving(treaty: Treaty) -> None:
    """FieldRefused if one cannot withdraw from the treaty by itself: CCW, art. 9(1) names convention and protocols."""
    if not treaty.is_left_alone:
        raise FieldRefused(
            "treaty",
            treaty.key,
            "cannot be withdrawn from separately: CCW, art. 9(1) and 9(2) speak of the convention and its protocols",
            f"ask for {treaty.part_of}",
        )


def _has_notice(own: tuple[Act, ...], on: date) -> bool:
    return any(act.kind is ActKind.NOTICE and act.on == on for act in own)


def _without_notice(library: Library, treaty: str, state: str, on: date) -> Library:
    holding = library.holding(treaty)
    acts = [*holding.of_all, *(act for own in holding.by_state.values() for act in own)]
    about = {ActKind.NOTICE, ActKind.IN_EFFECT}
    return library.with_acts(
        treaty, [act for act in acts if not (act.state == state and act.kind in about and act.on >= on)]
    )


def _notes(
    treaty: Treaty, before: Status, effect: Effect, conflict: Conflict | None, *, is_published: bool
) -> tuple[str, ...]:
    short, article, word = treaty.short, treaty.withdrawal.article, treaty.withdrawal_word
    notes: list[str] = []
    if before.word is Word.NOT_KNOWN:
        notes.append(f"Whether {before.state.name} is bound on that day is not known: {before.phrase}.")
    elif not before.is_bound:
        notes.append(f"{before.state.name} is not bound by the {short} on that day: {before.phrase}.")
    if not before.is_bound:
        notes.append("The days are those that would follow if it were a party since before that day.")
    if before.projection:
        notes.append(f"{before.projection[0].upper()}{before.projection[1:]}.")
    if before.word is Word.WITHDRAWING:
        notes.append(f"An earlier notice runs already: {before.phrase}.")
    if before.word is Word.CONTESTED:
        notes.append(
            "The purported suspension changes nothing here: the state is bound until a withdrawal takes effect."
        )
    if effect.is_clamped:
        notes.append(
            "The month in which the period ends has no such day; its last day is taken, as the depositary counted for "
            f"France and Protocol V in 2006. For the {short} no example is known, so this is an inference."
        )
    if is_published:
        notes.append("The day on which it took effect is on record.")
    elif conflict is None:
        notes.append(
            f"At the earliest on {effect.earliest_on}: not if {treaty.withdrawal_unless} (art. {article}). None "
            "has been entered, and none is ever inferred: enter it if there is one."
        )
    elif effect.effective_on is None:
        notes.append(
            f"An armed conflict was entered, since {conflict.since} and without a known end: the {word} does not "
            "take effect before it ends."
        )
    elif effect.effective_on != effect.earliest_on:
        notes.append(f"An armed conflict was entered, until {conflict.until}: the {word} takes effect then.")
    else:
        notes.append(f"The armed conflict that was entered has ended by {effect.earliest_on}.")
    if treaty.takes_along is not None:
        notes.append(
            f'It takes the annexed protocols along: "{treaty.takes_along.quote}" (art. {treaty.takes_along.article})'
        )
    notes.append("The clock starts when the depositary receives the notice, not with a vote or a decree.")
    notes.append("The state can take its notice back before it takes effect.")
    return tuple(notes)
