"""What a state is to a treaty and what it may do, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from merestone.cli.paragraph import folded
from merestone.law import (
    NOT_ADVICE,
    SUCCESSION_RULE,
    ActKind,
    Verdict,
    Word,
    bearing_acts,
    behind,
    cited,
    links_of,
    span,
)
from merestone.terms import Confidence

if TYPE_CHECKING:
    from merestone.law import (
        Act,
        Declaration,
        Finding,
        Holding,
        Library,
        Permission,
        Promise,
        Quantity,
        Statement,
        Status,
    )


def act_lines(acts: Iterable[Act]) -> Iterator[str]:
    """The chain of acts: day, act, confidence, note, source."""
    for act in acts:
        confidence = "unverified, from memory" if not act.is_verified else act.confidence.value
        note = f"{act.note}; " if act.note else ""
        yield f"  {act.day_text}  {act.kind.value} ({confidence})"
        yield from folded(f"{note}{act.source}", "              ")


def link_lines(sources: Iterable[str]) -> Iterator[str]:
    """Where the sources can be read, for those that name an address; each address once. Nothing if none does."""
    links = dict.fromkeys(link for field in links_of(sources).values() for link in field)
    if links:
        yield "Links to the sources:"
        yield from (f"  {link}" for link in links)


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
    yield from link_lines(act.source for act in status.acts)
    for declaration in declarations:
        yield from folded(f"also: {_declaration_text(declaration)}", "  ", "    ")
    yield ""
    yield from folded(f"Records of this treaty: {holding.coverage}.")


def overview_lines(statuses: Iterable[tuple[Status, Holding]]) -> Iterator[str]:
    """One state under all treaties, a line each, and how far each treaty's acts are held."""
    status_list = list(statuses)
    for status, holding in status_list:
        yield from folded(f"{holding.treaty.key:<8}  {status.headline}", "  ", " " * 12)
    yield ""
    by_day: dict[str, list[str]] = {}
    for _, holding in status_list:
        by_day.setdefault(str(holding.complete_until or "no day"), []).append(holding.treaty.key)
    for day, keys in by_day.items():
        which = "" if len(by_day) == 1 else f" ({', '.join(keys)})"
        yield from folded(f"The records of all states' acts are complete to {day}{which}.")
    yield NOT_ADVICE


def record_lines(state: str, library: Library) -> Iterator[str]:
    """Stocks, promises and statements of a state, each with its source; nothing if none is held."""
    quantities = [_quantity_text(quantity) for quantity in library.quantities if quantity.state == state]
    declarations = [
        _declaration_text(declaration) for declaration in library.declarations if declaration.state == state
    ]
    promises = [_promise_text(promise) for promise in library.promises if promise.state == state]
    statements = [_statement_text(statement) for statement in library.statements if statement.state == state]
    for title, texts in (
        ("Declarations, reservations, deferrals and notes on territories", declarations),
        ("Mines declared, destroyed, kept or estimated", quantities),
        ("Promises looked for in public sources (not found never means no)", promises),
        ("Statements, as reported", statements),
    ):
        if texts:
            yield ""
            yield f"{title}:"
        for text in texts:
            yield from folded(text, "  ", "    ")


def _declaration_text(fact: Declaration) -> str:
    on = f", {fact.on}" if fact.on else ", day not recorded"
    return f"{fact.treaty}, {fact.kind}{on}: {fact.quote} ({_sourced(fact.source, fact.confidence)})"


def _quantity_text(fact: Quantity) -> str:
    note = f"; {fact.note}" if fact.note else ""
    return f"{fact.measure}: {fact.text}, {fact.as_of}{note} ({_sourced(fact.source, fact.confidence)})"


def _promise_text(fact: Promise) -> str:
    text = f": {fact.quote}" if fact.quote else ""
    return f"{fact.subject}: {fact.value}{text} ({_sourced(fact.source, fact.confidence)})"


def _statement_text(fact: Statement) -> str:
    return f"{fact.on}, {fact.speaker}, on {fact.subject}: {fact.quote} ({_sourced(fact.source, fact.confidence)})"


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
    yield "Treaties covered:"
    for finding in permission.findings:
        article = f", {finding.cited}" if finding.article else ""
        verdict_text = "" if finding.verdict is Verdict.NOT_PROHIBITED else f"{finding.verdict}: "
        yield from folded(f"{finding.short}{article}: {verdict_text}{finding.reason}", "  ", "    ")
    yield ""
    yield "Sources:"
    for finding in behind(permission):
        acts = () if finding.status is None else bearing_acts(finding.status)
        for act in acts:
            yield from folded(f"{finding.treaty}: {act.kind} of {act.day_text}: {act.source}", "  ", "    ")
        if not acts:
            yield f"  {finding.treaty}: no act is held: merestone law treaty {finding.treaty} says of which list"
    if not behind(permission):
        yield "  no treaty covered here mentions it"
    bearing = [act for finding in behind(permission) if finding.status for act in bearing_acts(finding.status)]
    yield from link_lines(act.source for act in bearing)
    yield ""
    yield NOT_ADVICE


def deeds_lines(permissions: Iterable[Permission]) -> Iterator[str]:
    """All deeds with one weapon, a line each, with the articles that the verdicts rest on."""
    for number, permission in enumerate(permissions):
        if not number:
            yield f"{permission.state.name} ({permission.state.code}), {permission.weapon}, on {permission.on}:"
        silent = permission.verdict is Verdict.NOT_PROHIBITED
        articles = "; ".join(
            f"{ruling_finding.short}, {ruling_finding.cited}"
            for ruling_finding in permission.ruling_findings
            if not silent
        )
        yield from folded(
            f"{permission.deed:<9}  {permission.verdict}{': ' if articles else ''}{articles}", "  ", " " * 13
        )
    yield ""
    yield NOT_ADVICE


def _ruling_lines(finding: Finding) -> Iterator[str]:
    yield f"  {finding.short}, {finding.cited} ({finding.reason})"
    yield from folded(f'"{finding.quote}"', "    ")
    if finding.scope:
        yield from folded(f"It {finding.scope}.", "    ")
    if finding.conditions:
        yield "    Only under these conditions:"
    for condition in finding.conditions:
        yield from folded(f"- {condition.name} ({condition.cited}): {condition.quote}", "    ", "      ")
    for exception in finding.exceptions:
        yield from folded(f"Excepted, {exception.name} ({exception.cited}): {exception.quote}", "    ", "      ")


def _ago(then: date, on: date) -> str:
    return f"{span(then, on)} before" if then <= on else f"{span(on, then)} after"
