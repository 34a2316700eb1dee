"""What a state owes on a day, under every treaty held, and by when.

A due day that has passed is "overdue" only if a sourced fact says that the duty was not met. Where no fact is held,
the answer is "day passed, not known whether met": what is not known here is not held against anybody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from merestone.law.clause import Clause, DutyRule, Rhythm, cited
from merestone.law.episode import Word
from merestone.law.fact import Fulfilment, Result
from merestone.law.library import Holding, Library, packaged
from merestone.law.state import State
from merestone.law.state_status import Status, status
from merestone.terms import renamed_attribute

SOON = timedelta(days=90)
"""A duty with one due day is called due from so long before it."""


class DutyState(StrEnum):
    """Where a duty stands on the day asked about."""

    PENDING = "pending"
    """Its clock runs, or the event that starts it has not been entered here."""
    DUE = "due"
    """To be done now: within 90 days of its due day, in the months of a yearly report, or at all times."""
    OVERDUE = "overdue"
    """The day has passed, and a sourced fact says that it was not met."""
    PASSED = "day passed, not known whether met"
    MET = "met"
    ENDED = "ended by withdrawal"
    SURVIVING = "surviving withdrawal"


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one state under one treaty."""

    treaty: str
    short: str
    name: str
    article: str
    quote: str
    state: DutyState
    due_on: date | None
    """None: the treaty names no day."""
    explanation: str
    facts: tuple[Fulfilment, ...] = ()

    words = renamed_attribute("words", "quote")

    @property
    def cited(self) -> str:
        """The article as a sentence cites it."""
        return cited(self.article)

    @property
    def is_verified(self) -> bool:
        """False if the answer rests on a fact from memory."""
        return all(fact.is_verified for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Duties:
    """All duties of a state on a day, and the treaties of which it is not known whether they bind it."""

    state: State
    on: date
    duties: tuple[Duty, ...]
    not_known: tuple[Status, ...]


def duties(
    state: str,
    *,
    on: date,
    known_on: date | None = None,
    more_facts: Iterable[Fulfilment] = (),
    library: Library | None = None,
) -> Duties:
    """What a state owes on a day.

    Parameters
    ----------
    more_facts
        What else is known of duties met, not met or extended: a programme's own record, beside the packaged facts.

    Raises
    ------
    UnknownState

    >>> owed = duties("LVA", on=date(2006, 2, 1))
    >>> [str(one.due_on) for one in owed.duties if one.article == "7(1)"]
    ['2006-06-30']
    """
    library = library or packaged()
    known_state = library.state(state)
    own_facts = tuple(more_facts)
    listed: list[Duty] = []
    not_known: list[Status] = []
    left: list[Holding] = []
    for holding in library.holdings():
        if on < holding.general.adopted_on:
            continue
        bound = status(known_state.code, holding.treaty.key, on=on, known_on=known_on, library=library)
        if bound.word is Word.NOT_KNOWN:
            not_known.append(bound)
            continue
        if bound.word is Word.WITHDRAWN:
            left.append(holding)
        facts = [
            fact
            for fact in (*library.fulfilments, *own_facts)
            if (fact.state, fact.treaty) == (known_state.code, holding.treaty.key) and fact.on <= (known_on or on)
        ]
        owed = _of_treaty(holding, bound, facts, on)
        listed.extend(map(_at_the_latest, owed) if bound.episode.is_latest else owed)
    return Duties(known_state, on, tuple(_surviving(listed, left, library)), tuple(not_known))


def _of_treaty(holding: Holding, bound: Status, facts: list[Fulfilment], on: date) -> Iterator[Duty]:
    treaty = holding.treaty
    if bound.in_force_from is not None:
        begun = bound.in_force_from <= on
        yield Duty(
            treaty.key,
            treaty.short,
            "entry into force",
            bound.entry_article,
            "",
            DutyState.MET if begun else DutyState.PENDING,
            bound.in_force_from,
            "in force since then" if begun else "binds from then on",
        )
    if bound.episode.provisional_from is not None and not bound.is_bound and treaty.provisional is not None:
        yield _applied_provisionally(holding, bound, treaty.provisional)
    starts_on = bound.episode.party_from
    if starts_on is None:
        return
    ends_on = bound.episode.effective_on
    for rule in treaty.duties:
        own = [fact for fact in facts if fact.article == rule.clause.article]
        if rule.rhythm is Rhythm.ONCE:
            yield _once(holding, rule, starts_on, ends_on, facts=own, on=on)
        elif rule.rhythm is Rhythm.YEARLY:
            yield from _yearly(holding, rule, starts_on, ends_on, on)
        else:
            yield _undated(holding, rule, ends_on, on)
    if bound.word is Word.WITHDRAWN and treaty.after_withdrawal is not None:
        clause = treaty.after_withdrawal
        why = f"the {treaty.withdrawal_word} does not affect them"
        yield Duty(treaty.key, treaty.short, clause(), clause.article, clause.quote, DutyState.SURVIVING, None, why)


def _at_the_latest(duty: Duty) -> Duty:
    """A duty counted from an entry into force that may have been earlier."""
    if duty.due_on is None:
        return duty
    why = "at the latest, for the first day bound is not certain"
    return replace(duty, explanation=f"{duty.explanation}; {why}" if duty.explanation else why)


def _applied_provisionally(holding: Holding, bound: Status, clause: Clause[[str], bool]) -> Duty:
    """The prohibitions bind from the day of the declaration; the other duties wait for the entry into force."""
    treaty, episode = holding.treaty, bound.episode
    article = f"art. {episode.provisional_scope}" if episode.provisional_scope else "the prohibitions"
    why = f"{article} kept since {episode.provisional_from}, pending the entry into force; no other duty runs yet"
    return Duty(
        treaty.key, treaty.short, "provisional application", clause.article, clause.quote, DutyState.DUE, None, why
    )


def _duty(
    holding: Holding,
    rule: DutyRule,
    state: DutyState,
    due_on: date | None,
    explanation: str,
    *,
    facts: Iterable[Fulfilment] = (),
) -> Duty:
    text = "; ".join(part for part in (explanation, rule.note) if part)
    treaty, clause = holding.treaty, rule.clause
    return Duty(treaty.key, treaty.short, rule.name, clause.article, clause.quote, state, due_on, text, tuple(facts))


def _once(
    holding: Holding, rule: DutyRule, starts_on: date, ends_on: date | None, *, facts: list[Fulfilment], on: date
) -> Duty:
    due_on = rule.clause(starts_on)
    assert due_on is not None, f"{rule.name} recurs once, so its clause gives a day"
    nominal = due_on
    extensions = [fact for fact in facts if fact.result is Result.EXTENDED and fact.until is not None]
    latest = max(extensions, key=lambda fact: (fact.until, fact.on), default=None)
    if latest is not None and latest.until is not None and latest.until > due_on:
        due_on = latest.until
    counted = f"counted from the entry into force, {starts_on}"
    if due_on != nominal:
        counted = f"extended by decision from {nominal}"
    used = [latest] if latest is not None and due_on != nominal else []
    met = _still_met(facts)
    if met is not None:
        recorded = f"recorded as met on {met.on}: {met.note}".rstrip(": ") if met.is_verified else met.note
        return _duty(holding, rule, DutyState.MET, due_on, recorded, facts=[met])
    if ends_on is not None and ends_on <= due_on:
        return _duty(
            holding, rule, DutyState.ENDED, due_on, f"falls after {ends_on}, the first day not bound", facts=used
        )
    if on <= due_on:
        state = DutyState.DUE if due_on - on <= SOON else DutyState.PENDING
        return _duty(holding, rule, state, due_on, counted, facts=used)
    reopened = max((fact for fact in facts if fact.result is Result.REOPENED), key=lambda fact: fact.on, default=None)
    if reopened is not None:
        why = f"owed again as of {reopened.on}: {reopened.note}{_more_time(rule, used)}"
        return _duty(holding, rule, DutyState.PASSED, due_on, why, facts=[*used, reopened])
    unmet = next((fact for fact in reversed(facts) if fact.result is Result.NOT_MET), None)
    if unmet is not None:
        return _duty(
            holding, rule, DutyState.OVERDUE, due_on, f"not met as of {unmet.on}: {unmet.note}", facts=[*used, unmet]
        )
    return _duty(holding, rule, DutyState.PASSED, due_on, f"{counted}{_more_time(rule, used)}", facts=used)


def _still_met(facts: list[Fulfilment]) -> Fulfilment | None:
    """The fact that a duty was met, unless it was reopened since."""
    met = max((fact for fact in facts if fact.result is Result.MET), key=lambda fact: fact.on, default=None)
    if met is None or any(fact.result is Result.REOPENED and fact.on > met.on for fact in facts):
        return None
    return met


def _more_time(rule: DutyRule, used: list[Fulfilment]) -> str:
    """What is said of a day that has passed if the treaty lets the states parties give more time."""
    if not rule.extension:
        return ""
    which = "a later extension" if used else "an extension"
    return (
        f"; {which} under {cited(rule.extension)} may have been granted, or completion declared; none is recorded here"
    )


def _yearly(holding: Holding, rule: DutyRule, starts_on: date, ends_on: date | None, on: date) -> Iterator[Duty]:
    """The last report that fell due while the state was bound, and the next one."""
    last: Duty | None = None
    first_on = reported_first_by(rule, starts_on)
    for year in range(starts_on.year, on.year + 1):
        due_on = rule.clause(date(year, 12, 31))
        assert due_on is not None, f"{rule.name} recurs yearly, so its clause gives a day"
        if due_on < starts_on or due_on <= first_on:
            continue
        covers = f"covers the calendar year {year}"
        if ends_on is not None and ends_on <= due_on:
            if last is not None:
                yield last
            why = f"{covers}; falls after {ends_on}, the first day not bound"
            yield _duty(holding, rule, DutyState.ENDED, due_on, why)
            return
        if due_on < on:
            last = _duty(holding, rule, DutyState.PASSED, due_on, covers)
            continue
        if last is not None:
            yield last
        yield _duty(holding, rule, DutyState.DUE if on.year > year else DutyState.PENDING, due_on, covers)
        return


def reported_first_by(rule: DutyRule, starts_on: date) -> date:
    """The day by which the first report is due, which a yearly one can only update; the first day bound if none is."""
    first = None if rule.first is None else rule.first(starts_on)
    return first or starts_on


def _undated(holding: Holding, rule: DutyRule, ends_on: date | None, on: date) -> Duty:
    if ends_on is not None and ends_on <= on:
        return _duty(holding, rule, DutyState.ENDED, None, f"not bound since {ends_on}")
    if rule.rhythm is Rhythm.STANDING:
        return _duty(holding, rule, DutyState.DUE, None, "" if rule.note else "at all times")
    return _duty(holding, rule, DutyState.PENDING, None, rule.trigger)


def _surviving(listed: list[Duty], left: list[Holding], library: Library) -> Iterator[Duty]:
    """Mark what binds on under another treaty about the same weapons after a withdrawal."""
    for duty in listed:
        covers = library.treaties[duty.treaty].covers
        from_ = [holding.treaty.short for holding in left if holding.treaty.covers & covers]
        undated = duty.due_on is None and duty.state in (DutyState.PENDING, DutyState.DUE)
        if from_ and undated:
            why = f"{duty.explanation}; binds on after the withdrawal from the {' and the '.join(from_)}"
            yield replace(duty, state=DutyState.SURVIVING, explanation=why)
        else:
            yield duty
