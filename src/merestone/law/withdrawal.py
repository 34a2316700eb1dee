"""The clock of a withdrawal: when a notice takes effect, and why it may not. For any state, treaty and day."""

from dataclasses import dataclass
from datetime import date

from merestone.law.act import Act, ActKind
from merestone.law.clause import Conflict, Effect, Treaty
from merestone.law.episode import Word, conflict_of
from merestone.law.library import Library, packaged
from merestone.law.state import State
from merestone.law.status import Status, status


@dataclass(frozen=True, slots=True)
class WithdrawalClock:
    """What follows from a notice received on a day."""

    state: State
    treaty: str
    received_on: date
    before: Status
    """What the state was to the treaty when the notice was received."""
    effect: Effect | None
    """None: the state was not bound, so there is nothing to withdraw from."""
    conflict: Conflict | None
    """The armed conflict that a person entered, or None if nobody entered one."""
    article: str
    words: str
    word: str
    """What the treaty calls it: withdrawal or denunciation."""
    recorded: tuple[Act, ...]
    """The acts about a withdrawal that are on record for this state."""
    notes: tuple[str, ...]

    @property
    def is_postponed(self) -> bool:
        """Whether an armed conflict moves the effect beyond the treaty's period."""
        return self.effect is not None and self.effect.effective_on != self.effect.earliest_on


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

    >>> clock = withdraw("FIN", "apmbc", notified_on=date(2025, 7, 10))
    >>> clock.effect.effective_on if clock.effect else None
    datetime.date(2026, 1, 10)
    """
    library = library or packaged()
    holding = library.holding(treaty)
    found = library.state(state)
    # What the state was to the treaty apart from this very notice, if it is on record.
    before = status(found.code, treaty, on=notified_on, library=library)
    if before.word is Word.WITHDRAWING and _is_recorded(before, notified_on):
        before = status(
            found.code, treaty, on=notified_on, library=_without_notice(library, treaty, found.code, notified_on)
        )
    own = holding.by_state.get(found.code, ())
    conflict = conflict or conflict_of(act for act in own if act.on <= notified_on)
    rule = holding.treaty.withdrawal
    effect = rule(notified_on, conflict) if before.is_bound else None
    about = {ActKind.NOTICE, ActKind.RETRACTION, ActKind.IN_EFFECT, ActKind.NATIONAL_STEP, ActKind.SUSPENSION}
    recorded = tuple(act for act in own if act.kind in about)
    notes = _notes(holding.treaty, before, effect, conflict)
    return WithdrawalClock(
        found,
        holding.treaty.key,
        notified_on,
        before,
        effect,
        conflict,
        rule.article,
        rule.words,
        holding.treaty.withdrawal_word,
        recorded,
        notes,
    )


def _is_recorded(before: Status, on: date) -> bool:
    return any(act.kind is ActKind.NOTICE and act.on == on for act in before.acts)


def _without_notice(library: Library, treaty: str, state: str, on: date) -> Library:
    holding = library.holding(treaty)
    acts = [*holding.of_all, *(act for own in holding.by_state.values() for act in own)]
    about = {ActKind.NOTICE, ActKind.IN_EFFECT}
    return library.with_acts(
        treaty, [act for act in acts if not (act.state == state and act.kind in about and act.on >= on)]
    )


def _notes(treaty: Treaty, before: Status, effect: Effect | None, conflict: Conflict | None) -> tuple[str, ...]:
    short, article, word = treaty.short, treaty.withdrawal.article, treaty.withdrawal_word
    notes: list[str] = []
    if effect is None:
        if before.word is Word.NOT_KNOWN:
            return (f"Whether {before.state.name} is bound on that day is not known: {before.phrase}.",)
        return (f"{before.state.name} is not bound by the {short} on that day: {before.phrase}.",)
    if before.word is Word.WITHDRAWING:
        notes.append(f"An earlier notice runs already: {before.phrase}.")
    if before.word is Word.CONTESTED:
        notes.append(
            "The purported suspension changes nothing here: the state is bound until a withdrawal takes effect."
        )
    if effect.is_clamped:
        notes.append(
            "The month in which the period ends has no such day; its last day stands in, as the depositary counted for "
            f"France and Protocol V in 2006. For the {short} no example is known, so this is an inference."
        )
    if conflict is None:
        notes.append(
            f"If the state is engaged in an armed conflict on {effect.earliest_on}, art. {article} postpones the "
            "effect. Nobody has entered one here, and nothing here infers one: a person enters it."
        )
    elif effect.effective_on is None:
        notes.append(
            f"A person has entered an armed conflict since {conflict.since} without a known end: the {word} does not "
            "take effect before it ends."
        )
    elif effect.effective_on != effect.earliest_on:
        notes.append(f"A person has entered an armed conflict until {conflict.until}: the {word} takes effect then.")
    else:
        notes.append(f"The armed conflict that a person has entered does not last on {effect.earliest_on}.")
    if treaty.takes_along is not None:
        notes.append(
            f'It takes the annexed protocols along: "{treaty.takes_along.words}" (art. {treaty.takes_along.article})'
        )
    notes.append("The clock starts when the depositary receives the notice, not with a vote or a decree.")
    notes.append("The state can take its notice back before it takes effect.")
    return tuple(notes)
