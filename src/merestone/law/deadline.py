"""The days of states under the treaties, past and to come, as entries for a calendar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from merestone.law.act import ActKind
from merestone.law.clause import Rhythm
from merestone.law.duty import Duty, duties, reported_first_by
from merestone.law.library import Holding, Library, packaged
from merestone.law.permission import NOT_ADVICE
from merestone.law.state_status import status


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day of one state. `key` stays the same when the list is made again, so that calendars update an entry."""

    key: str
    on: date
    state: str
    treaty: str
    title: str
    text: str
    yearly_until: date | None = None
    """The last day on which it recurs every year; None: it does not recur."""


def deadlines(states: Sequence[str], *, on: date, library: Library | None = None) -> tuple[Deadline, ...]:
    """The dated acts, duties and forecasts of states, as seen on a day, in order of days.

    A yearly report recurs until the day before a withdrawal takes effect, or for ten years from `on`.

    Raises
    ------
    UnknownState
    """
    library = library or packaged()
    deadlines: list[Deadline] = []
    for name in states:
        state = library.state(name)
        owed = duties(state.code, on=on, library=library)
        for holding in library.holdings():
            if on >= holding.general.adopted_on:
                deadlines.extend(_acts(holding, state.code, on, library))
        deadlines.extend(_duty(duty, state.code, state.name) for duty in owed.duties if _is_single(duty, library))
        deadlines.extend(_yearly(state.code, on, library))
    return tuple(sorted(set(deadlines), key=lambda deadline: (deadline.on, deadline.key)))


def _is_single(duty: Duty, library: Library) -> bool:
    yearly = {rule.name for rule in library.treaties[duty.treaty].duties if rule.rhythm is Rhythm.YEARLY}
    return duty.due_on is not None and duty.name not in yearly


def _duty(duty: Duty, state: str, name: str) -> Deadline:
    assert duty.due_on is not None
    unverified = "" if duty.is_verified else " Unverified, from memory."
    text = f"{name}: {duty.state.value}. {duty.explanation}.{unverified}\n{duty.short}, {duty.cited}"
    text += f': "{duty.quote}"' if duty.quote else ""
    key = f"{state}-{duty.treaty}-{duty.article}-{duty.name}".replace(" ", "-")
    return Deadline(
        key,
        duty.due_on,
        state,
        duty.treaty,
        f"{state}: {duty.name} ({duty.state.value}), {duty.short}",
        f"{text}\n{NOT_ADVICE}",
    )


def _acts(holding: Holding, state: str, on: date, library: Library) -> Iterator[Deadline]:
    answer = status(state, holding.treaty.key, on=on, library=library)
    names = {
        ActKind.SIGNATURE: "signature",
        ActKind.NOTICE: f"notice of {holding.treaty.withdrawal_word} received",
        ActKind.SUSPENSION: "purported suspension",
    }
    for act in answer.acts:
        if act.kind in names:
            title = f"{state}: {names[act.kind]}, {holding.treaty.short}"
            key = f"{state}-{holding.treaty.key}-{act.kind}-{act.on}".replace(" ", "-")
            yield Deadline(
                key, act.on, state, holding.treaty.key, title, f"{act.note}\n{act.source} ({act.confidence})".strip()
            )
    free_on = answer.episode.effective_on
    if free_on is not None:
        word = holding.treaty.withdrawal_word
        text = f"{answer.phrase}. Art. {holding.treaty.withdrawal.article}.\n{NOT_ADVICE}"
        key = f"{state}-{holding.treaty.key}-effect"
        title = f"{state}: {word} takes effect, first day not bound, {holding.treaty.short}"
        yield Deadline(key, free_on, state, holding.treaty.key, title, text)


def _yearly(state: str, on: date, library: Library) -> Iterator[Deadline]:
    for holding in library.holdings():
        if on < holding.general.adopted_on:
            continue
        episode = status(state, holding.treaty.key, on=on, library=library).episode
        for rule in holding.treaty.duties:
            if rule.rhythm is not Rhythm.YEARLY or episode.party_from is None:
                continue
            first = rule.clause(episode.party_from)
            if first is not None and first <= reported_first_by(rule, episode.party_from):
                first = rule.clause(date(episode.party_from.year + 1, 12, 31))
            horizon = date(on.year + 10, 12, 31)
            last = episode.effective_on - timedelta(days=1) if episode.effective_on else horizon
            if first is None or first > last:
                continue
            text = f'{holding.treaty.short}, art. {rule.clause.article}: "{rule.clause.quote}"\n{NOT_ADVICE}'
            key = f"{state}-{holding.treaty.key}-{rule.clause.article}-yearly"
            yield Deadline(
                key,
                first,
                state,
                holding.treaty.key,
                f"{state}: {rule.name}, {holding.treaty.short}",
                text,
                yearly_until=last,
            )
