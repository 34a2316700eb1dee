"""The answers of `law` as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from merestone.law import (
    NOT_ADVICE,
    SUCCESSION_RULE,
    ActKind,
    Verdict,
    Word,
    bearing_acts,
    behind,
    cited,
    clauses_of,
    span,
)
from merestone.terms import Confidence

if TYPE_CHECKING:
    from merestone.law import (
        Act,
        CheckReport,
        Comparison,
        Declaration,
        Duties,
        Finding,
        Holding,
        Library,
        ListDifference,
        Permission,
        Promise,
        Quantity,
        Statement,
        Status,
        WhatIf,
        WithdrawalClock,
    )

WIDTH = 96


def folded(text: str, indent: str = "", hanging: str | None = None) -> Iterator[str]:
    """A paragraph in lines of at most `WIDTH` columns."""
    rest = indent if hanging is None else hanging
    yield from textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=rest, break_on_hyphens=False)


def act_lines(acts: Iterable[Act]) -> Iterator[str]:
    """The chain of acts: day, act, confidence, note, source."""
    for act in acts:
        confidence = "unverified, from memory" if not act.is_verified else act.confidence.value
        note = f"{act.note}; " if act.note else ""
        yield f"  {act.day_text}  {act.kind.value} ({confidence})"
        yield from folded(f"{note}{act.source}", "              ")


def status_lines(status: Status, holding: Holding, declarations: Iterable[Declaration] = ()) -> Iterator[str]:
    """One state, one treaty, one day."""
    known = f", as known on {status.known_on}" if status.known_on else ""
    yield f"{status.state.name} ({status.state.code}) and the {holding.treaty.short} on {status.on}{known}:"
    yield from folded(status.headline, "  ")
    yield ""
    signed = status.act_on(ActKind.SIGNATURE)
    if signed is not None:
        yield f"  signed            {signed.on}  {_ago(signed.on, status.on)}"
    consent = status.consent
    if consent is not None:
        ago = f"  {_ago(consent.on, status.on)}" if consent.is_dated else ""
        yield f"  {consent.kind.value:<16}  {consent.day_text}{ago}"
        entry, succession = status.entry, holding.successions.get(status.state.code)
        if entry is not None:
            latest = "" if entry.is_certain else f"at the latest ({entry.earliest_on} at the earliest)  "
            yield f"  in force from     {entry.on}  {latest}{cited(entry.article)}"
            if entry.article == SUCCESSION_RULE and succession is not None:
                yield from folded(
                    f"succeeded {succession.predecessor} on {succession.on}: {succession.source}", " " * 20
                )
    if status.episode.provisional_from is not None:
        article = status.episode.provisional_scope
        what = f"art. {article}" if article else "the prohibitions"
        yield f"  provisionally     {status.episode.provisional_from}  applies {what}, not yet bound"
    if status.word in (Word.WITHDRAWING, Word.WITHDRAWN):
        article, free = holding.treaty.withdrawal.article, status.episode.effective_on or "not known"
        yield f"  first day free    {free}  art. {article}; not bound from this day on"
    if status.time_as_party is not None:
        yield f"  time as a party   {status.time_as_party}"
    if consent is not None or signed is not None:
        yield ""
    yield "Acts, with their confidence and source:"
    yield from act_lines(status.acts)
    if not status.acts:
        yield "  none held"
    for declaration in declarations:
        yield from folded(f"also: {_declaration_text(declaration)}", "  ", "    ")
    yield ""
    yield from folded(f"Held for this treaty: {holding.coverage}.")


def overview_lines(statuses: Iterable[tuple[Status, Holding]]) -> Iterator[str]:
    """One state under all treaties, a line each, and how far each treaty's acts are held."""
    held = list(statuses)
    for status, holding in held:
        yield from folded(f"{holding.treaty.key:<8}  {status.headline}", "  ", " " * 12)
    yield ""
    reach = (f"{one.treaty.key} to {one.complete_until or 'no day'}" for _, one in held)
    yield from folded(f"All acts of all states are held: {', '.join(reach)}.")
    yield NOT_ADVICE


def record_lines(state: str, library: Library) -> Iterator[str]:
    """Stocks, promises and statements of a state, each with its source; nothing if none is held."""
    quantities = [_quantity_text(one) for one in library.quantities if one.state == state]
    declarations = [_declaration_text(one) for one in library.declarations if one.state == state]
    promises = [_promise_text(one) for one in library.promises if one.state == state]
    statements = [_statement_text(one) for one in library.statements if one.state == state]
    for title, texts in (
        ("Declarations, reservations, deferrals and notes on territories", declarations),
        ("Mines declared, destroyed, kept or estimated", quantities),
        ("Promises looked for in public sources (not found never means no)", promises),
        ("What was said, as reported", statements),
    ):
        if texts:
            yield ""
            yield f"{title}:"
        for text in texts:
            yield from folded(text, "  ", "    ")


def _declaration_text(fact: Declaration) -> str:
    on = f", {fact.on}" if fact.on else ", day not held"
    return f"{fact.treaty}, {fact.kind}{on}: {fact.words} ({_sourced(fact.source, fact.confidence)})"


def _quantity_text(fact: Quantity) -> str:
    note = f"; {fact.note}" if fact.note else ""
    return f"{fact.measure}: {fact.text}, {fact.as_of}{note} ({_sourced(fact.source, fact.confidence)})"


def _promise_text(fact: Promise) -> str:
    words = f": {fact.words}" if fact.words else ""
    return f"{fact.subject}: {fact.value}{words} ({_sourced(fact.source, fact.confidence)})"


def _statement_text(fact: Statement) -> str:
    return f"{fact.on}, {fact.speaker}, on {fact.subject}: {fact.words} ({_sourced(fact.source, fact.confidence)})"


def _sourced(source: str, confidence: Confidence) -> str:
    return f"{source}; unverified" if confidence is Confidence.MEMORY else f"{source}; {confidence}"


def permission_lines(permission: Permission, since: date | None = None, before: Verdict | None = None) -> Iterator[str]:
    """A verdict, the clauses it rests on, and every treaty that was looked at."""
    state, verdict = permission.state, permission.verdict
    yield f"{state.name} ({state.code}), to {permission.deed} {permission.weapon}, on {permission.on}:"
    yield f"  {verdict}"
    if since is not None:
        yield f"  since {since} (before: {before})"
    yield ""
    if verdict is not Verdict.NOT_PROHIBITED:
        for finding in permission.ruling_findings:
            yield from _ruling_lines(finding)
        yield ""
    yield "Treaties looked at:"
    for finding in permission.findings:
        article = f", {finding.cited}" if finding.article else ""
        verdict_text = "" if finding.verdict is Verdict.NOT_PROHIBITED else f"{finding.verdict}: "
        yield from folded(f"{finding.short}{article}: {verdict_text}{finding.reason}", "  ", "    ")
    yield ""
    yield "Who says so:"
    for finding in behind(permission):
        acts = () if finding.status is None else bearing_acts(finding.status)
        for act in acts:
            yield from folded(f"{finding.treaty}: {act.kind} of {act.day_text}: {act.source}", "  ", "    ")
        if not acts:
            yield f"  {finding.treaty}: no act is held: merestone law treaty {finding.treaty} says of which list"
    if not behind(permission):
        yield "  no treaty held here speaks of it"
    yield ""
    yield NOT_ADVICE


def treaty_lines(holding: Holding) -> Iterator[str]:
    """A treaty: its days, and each rule beside the words of its clause."""
    treaty, general = holding.treaty, holding.general
    yield f"{treaty.short} ({treaty.key})"
    yield from folded(treaty.title, "  ")
    yield f"  UN Treaty Collection  {treaty.number}"
    yield f"  depositary            {treaty.depositary}"
    yield f"  adopted               {general.adopted_on}"
    yield f"  opened                {general.opened_on}"
    yield f"  in force              {general.in_force_from or 'not held'}"
    for title, clauses in clauses_of(treaty):
        yield ""
        yield title
        for article, words, does in clauses:
            yield from folded(f'{cited(article)}: "{words}"', "  ", "    ")
            yield from folded(f"here: {does}", "    ")
    yield ""
    yield from folded(f"Held: {holding.coverage}.")
    yield NOT_ADVICE


def deeds_lines(permissions: Iterable[Permission]) -> Iterator[str]:
    """All deeds with one weapon, a line each, with the articles that the verdicts rest on."""
    for number, permission in enumerate(permissions):
        if not number:
            yield f"{permission.state.name} ({permission.state.code}), {permission.weapon}, on {permission.on}:"
        silent = permission.verdict is Verdict.NOT_PROHIBITED
        articles = "; ".join(f"{one.short}, {one.cited}" for one in permission.ruling_findings if not silent)
        yield from folded(
            f"{permission.deed:<9}  {permission.verdict}{': ' if articles else ''}{articles}", "  ", " " * 13
        )
    yield ""
    yield NOT_ADVICE


def _ruling_lines(finding: Finding) -> Iterator[str]:
    yield f"  {finding.short}, {finding.cited} ({finding.reason})"
    yield from folded(f'"{finding.words}"', "    ")
    if finding.scope:
        yield from folded(f"It {finding.scope}.", "    ")
    if finding.conditions:
        yield "    Only under these conditions:"
    for condition in finding.conditions:
        yield from folded(f"- {condition.name} ({condition.cited}): {condition.words}", "    ", "      ")
    for exception in finding.exceptions:
        yield from folded(f"Excepted, {exception.name} ({exception.cited}): {exception.words}", "    ", "      ")


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
    yield from folded(f'Art. {clock.article}: "{clock.words}"')
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
    for one in chain.course:
        free = f", effective on {one.effective_on}" if one.word is Word.WITHDRAWING else ""
        bound = f", bound from {one.bound_from}" if one.word is Word.DEPOSITED else ""
        yield f"  from {one.starts_on}  {one.word.noun}{free}{bound}"
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
    if owed.not_known:
        yield ""
        names = ", ".join(one.treaty for one in owed.not_known)
        yield from folded(f"Whether these bind the state is not known here, so their duties are not listed: {names}.")
    yield ""
    yield NOT_ADVICE


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """States side by side, a column each."""
    label = max(len(row.label) for row in comparison.rows) + 2
    column = max(len(value) for row in comparison.rows for value in row.values) + 2
    yield f"On {comparison.on}"
    yield f"  {'':<{label}}" + "".join(f"{state.code:<{column}}" for state in comparison.states).rstrip()
    section = ""
    for row in comparison.rows:
        if row.section != section:
            section = row.section
            yield section
        yield f"  {row.label:<{label}}" + "".join(f"{value:<{column}}" for value in row.values).rstrip()
    yield ""
    yield from folded(
        "not prohibited: by any treaty held here. not found: in the public sources read, which never means that "
        "nothing was promised. -: nothing held."
    )
    yield NOT_ADVICE


def check_lines(report: CheckReport) -> Iterator[str]:
    """The rows checked, the differences explained, and the problems."""
    for name, count in report.rows.items():
        yield f"  {name:<18} {count:>4} rows"
    for one in report.explained:
        yield from folded(
            f"explained: {one.state}, {one.treaty}, {one.what}: {one.published_on} is published, {one.by_rule_on} "
            f"follows from the clause; the {one.followed} day is used: {one.note} ({one.source})",
            "  ",
            "    ",
        )
    for problem in report.problems:
        yield from folded(str(problem), "  ", "    ")
    count = len(report.problems)
    yield "no problem found" if not count else f"{count} problem{'' if count == 1 else 's'} found"


def list_difference_lines(differences: Sequence[ListDifference]) -> Iterator[str]:
    """What the depositary's list says otherwise."""
    for one in differences:
        yield from folded(f"{one.name}, {one.field}: {one.kind}: list {one.listed}; held {one.held}", "  ", "    ")
        for row in one.rows:
            yield f"    row: {row}"
    count = len(differences)
    yield f"{count} difference{'' if count == 1 else 's'}; nothing was changed"


def _ago(then: date, on: date) -> str:
    return f"{span(then, on)} before" if then <= on else f"{span(on, then)} after"
