"""What would follow if a state did this and then that: a chain of withdrawals and accessions that is never stored.

The same fold that answers for real acts answers for these; each step is refused where the state could not take it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from merestone.law.act import Act, ActKind
from merestone.law.episode import Episode, Word, episodes
from merestone.law.library import Library, packaged
from merestone.law.state import State
from merestone.law.state_status import status
from merestone.law.withdrawal import require_leaving
from merestone.terms import Confidence, FieldRefused


class Step(StrEnum):
    """What a state may be supposed to do."""

    WITHDRAW = "withdraw"
    RETRACT = "retract"
    ACCEDE = "accede"


_KINDS = {Step.WITHDRAW: ActKind.NOTICE, Step.RETRACT: ActKind.RETRACTION, Step.ACCEDE: ActKind.ACCESSION}
_POSSIBLE = {
    Step.WITHDRAW: (frozenset({Word.PARTY, Word.CONTESTED}), "only a state that is bound can give notice"),
    Step.RETRACT: (frozenset({Word.WITHDRAWING}), "there is no notice that runs"),
    Step.ACCEDE: (
        frozenset({Word.NEVER, Word.SIGNATORY, Word.WITHDRAWN, Word.NOT_KNOWN}),
        "the state has joined already",
    ),
}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The course that would follow."""

    state: State
    treaty: str
    steps: tuple[tuple[Step, date], ...]
    course: tuple[Episode, ...]
    """From the episode before the first step on."""


def step_of(text: str) -> tuple[Step, date]:
    """A step written ``accede:2028-01-15``; FieldRefused if it cannot be read.

    >>> step_of("accede:2028-01-15")
    (<Step.ACCEDE: 'accede'>, datetime.date(2028, 1, 15))
    """
    name, _, day = text.partition(":")
    try:
        return Step(name.strip().lower()), date.fromisoformat(day.strip())
    except ValueError:
        remedy = f"write it as accede:2028-01-15, with one of {', '.join(Step)}"
        raise FieldRefused("what_if", text, "is not a step with a day", remedy) from None


def what_if(state: str, treaty: str, steps: Sequence[tuple[Step, date]], *, library: Library | None = None) -> WhatIf:
    """The course of a state under a treaty if it took these steps, in order of their days.

    A withdrawal is dated by the receipt of the notice, an accession by the deposit of the instrument.

    Raises
    ------
    UnknownState, UnknownTreaty, BeforeTheTreaty
    FieldRefused
        A step that the state could not take on that day.

    >>> from merestone.law.supposition import Step, what_if
    >>> chain = what_if("NOR", "apmbc", [(Step.WITHDRAW, date(2026, 3, 1)), (Step.ACCEDE, date(2027, 1, 15))])
    >>> [str(one.starts_on) for one in chain.course[1:]]
    ['2026-03-01', '2026-09-01', '2027-01-15', '2027-07-01']
    """
    library = library or packaged()
    known_state = library.state(state)
    ordered = tuple(sorted(steps, key=lambda step: step[1]))
    if any(step is Step.WITHDRAW for step, _ in ordered):
        require_leaving(library.holding(treaty).treaty)
    for step, on in ordered:
        now = status(known_state.code, treaty, on=on, library=library)
        possible, why = _POSSIBLE[step]
        if now.word not in possible:
            raise FieldRefused("what_if", f"{step}:{on}", f"{why}: {now.phrase}", "leave the step out or move its day")
        holding = library.holding(treaty)
        key, kind = holding.treaty.key, _KINDS[step]
        supposed = Act(known_state.code, key, kind, on, on, "supposed: what if", Confidence.COMPUTED, "", "what if")
        acts = [*holding.of_all, *(act for own in holding.by_state.values() for act in own), supposed]
        library = library.with_acts(holding.treaty.key, acts)
    course = episodes(library.holding(treaty), known_state.code)
    first = ordered[0][1] if ordered else date.max
    start = max((number for number, episode in enumerate(course) if episode.starts_on < first), default=0)
    return WhatIf(known_state, library.holding(treaty).treaty.key, ordered, course[start:])
