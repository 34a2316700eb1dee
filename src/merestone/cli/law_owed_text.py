"""What a state owes, and when a withdrawal takes effect, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from merestone.cli.law_text import act_lines, link_lines
from merestone.cli.paragraph import folded
from merestone.law import NOT_ADVICE, Word, links_of

if TYPE_CHECKING:
    from merestone.law import Duties, Holding, WhatIf, WithdrawalClock


def withdrawal_lines(clock: WithdrawalClock, holding: Holding) -> Iterator[str]:
    """When a notice takes effect, and why it may not."""
    of = "of" if clock.word == "denunciation" else "from"
    yield f"{clock.state.name} ({clock.state.code}), {clock.word} {of} the {holding.treaty.short}:"
    wide = 35 if clock.is_hypothetical else 33
    expires = f"period of art. {clock.article} {'would expire' if clock.is_hypothetical else 'expires'}"
    takes = "would take effect" if clock.is_hypothetical else "takes effect"
    effective = clock.effect.effective_on
    yield f"  {'notice received by the depositary':<{wide}}  {clock.received_on}  ({clock.before.phrase})"
    yield f"  {expires:<{wide}}  {clock.effect.earliest_on}"
    ends = "the end of the armed conflict" + (" or occupation" if "occupation" in clock.unless else "")
    if effective is None:
        yield f"  {takes:<{wide}}  not before {ends}; no day is known"
    elif clock.is_certain:
        yield f"  takes effect, first day not bound  {clock.published_on or effective}"
    else:
        yield f"  {f'{takes}, at the earliest':<{wide}}  {effective}  first day not bound"
        yield from folded(f"unless {clock.unless}", " " * (wide + 4))
    if clock.is_hypothetical:
        yield from folded("What if: the state is not known to be bound on that day; see below.", "  ")
    yield ""
    yield from folded(f'Art. {clock.article}: "{clock.quote}"')
    for note in clock.notes:
        yield from folded(f"- {note}", "", "  ")
    if clock.recorded:
        yield ""
        yield "On record for this state:"
        yield from act_lines(clock.recorded)
    yield ""
    yield NOT_ADVICE


def what_if_lines(chain: WhatIf, holding: Holding) -> Iterator[str]:
    """A supposed course, a line each stretch of days."""
    yield f"{chain.state.name} ({chain.state.code}) and the {holding.treaty.short}, if it did this:"
    for step, on in chain.steps:
        yield f"  {on}  {step}"
    yield ""
    yield "Then, if nothing else happens:"
    for episode in chain.course:
        free = f", effective on {episode.effective_on}" if episode.word is Word.WITHDRAWING else ""
        bound = f", bound from {episode.bound_from}" if episode.word is Word.DEPOSITED else ""
        yield f"  from {episode.starts_on}  {episode.word.noun}{free}{bound}"
    yield ""
    unless = holding.treaty.withdrawal_unless
    yield from folded(f"A withdrawal takes effect at the earliest on the day shown, and not if {unless}.")
    yield NOT_ADVICE


def duties_lines(owed: Duties) -> Iterator[str]:
    """What a state owes, treaty by treaty."""
    yield f"{owed.state.name} ({owed.state.code}), duties on {owed.on}:"
    treaty = ""
    for duty in owed.duties:
        if duty.short != treaty:
            treaty = duty.short
            yield ""
            yield treaty
        unverified = "" if duty.is_verified else "; unverified, from memory"
        due = "" if duty.due_on is None else f" {duty.due_on}"
        yield f"  {duty.name}, {duty.cited}:{due}"
        yield from folded(f"{duty.state}: {duty.explanation}{unverified}", "      ")
        for source in dict.fromkeys(fact.source for fact in duty.facts if fact.is_verified):
            yield from folded(f"source: {source}", "      ")
    if not owed.duties:
        yield "  none under the treaties known to bind it"
    sources = [fact.source for duty in owed.duties for fact in duty.facts if fact.is_verified]
    if links_of(sources):
        yield ""
        yield from link_lines(sources)
    if owed.not_known:
        yield ""
        names = ", ".join(status.treaty for status in owed.not_known)
        yield from folded(f"Whether these bind the state is not known here, so their duties are not listed: {names}.")
    yield ""
    yield NOT_ADVICE
