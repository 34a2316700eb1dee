"""Answers as plain dictionaries of texts, numbers and lists: what the command line and the web give to programs.

Days are ISO 8601, states ISO 3166-1 alpha-3. `None` is an answer too: it stands where nothing is held.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from merestone.law.clause import Condition, clauses_of
from merestone.law.permission import NOT_ADVICE, Finding, Permission
from merestone.law.source_link import links_of, source_links

if TYPE_CHECKING:
    from merestone.law.act import Act
    from merestone.law.comparison import Comparison
    from merestone.law.data_check import CheckReport
    from merestone.law.difference import ListDifference
    from merestone.law.duty import Duties
    from merestone.law.library import Holding, Library
    from merestone.law.party_list import Count, Parties
    from merestone.law.state_status import Status
    from merestone.law.summary import InShort
    from merestone.law.supposition import WhatIf
    from merestone.law.withdrawal import WithdrawalClock


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _links(sources: Iterable[str]) -> dict[str, list[str]]:
    return {source: list(links) for source, links in links_of(sources).items()}


def act_plain(act: Act) -> dict[str, Any]:
    """One act with its source and confidence."""
    return {
        "act": act.kind.value,
        "on": _day(act.on) if act.is_dated else None,
        "on_text": act.day_text,
        "scope": act.scope or None,
        "known_on": _day(act.known_on),
        "note": act.note,
        "source": act.source,
        "source_links": list(source_links(act.source)),
        "confidence": act.confidence.value,
        "verified": act.is_verified,
    }


def status_plain(status: Status) -> dict[str, Any]:
    """A status with the chain of acts behind it."""
    episode, time = status.episode, status.time_as_party
    return {
        "state": status.state.code,
        "name": status.state.name,
        "treaty": status.treaty,
        "on": _day(status.on),
        "known_on": _day(status.known_on),
        "status": status.word.value,
        "phrase": status.phrase,
        "is_bound": status.is_bound if status.word.value != "not known" else None,
        "party_from": _day(episode.party_from),
        "effective_on": _day(episode.effective_on),
        "provisional_from": _day(episode.provisional_from),
        "provisional_scope": episode.provisional_scope or None,
        "party_from_is_latest": episode.is_latest,
        "may_be_bound_from": _day(episode.may_be_bound_from),
        "in_force_from": _day(status.in_force_from),
        "projection": status.projection or None,
        "time_as_party": None if time is None else {"years": time.years, "months": time.months, "days": time.days},
        "complete_until": _day(status.complete_until),
        "acts": [act_plain(act) for act in status.acts],
    }


def coverage_plain(holding: Holding) -> dict[str, Any]:
    """How complete the acts of a treaty are."""
    return {
        "treaty": holding.treaty.key,
        "short": holding.treaty.short,
        "consents_held": holding.consents_held,
        "complete_until": _day(holding.complete_until),
        "coverage": holding.coverage,
    }


def record_plain(state: str, library: Library) -> dict[str, Any]:
    """What is held about a state beside its acts: quantities, statements and promises, each with its source."""
    facts_by_kind: dict[str, Iterable[Any]] = {
        "quantities": library.quantities,
        "statements": library.statements,
        "promises": library.promises,
        "declarations": library.declarations,
    }
    return {
        name: [
            {**asdict(fact), "source_links": list(source_links(fact.source))} for fact in facts if fact.state == state
        ]
        for name, facts in facts_by_kind.items()
    }


def treaty_plain(holding: Holding) -> dict[str, Any]:
    """A treaty with its clauses."""
    treaty, general = holding.treaty, holding.general
    return {
        "treaty": treaty.key,
        "short": treaty.short,
        "title": treaty.title,
        "number": treaty.number,
        "depositary": treaty.depositary,
        "adopted_on": _day(general.adopted_on),
        "opened_on": _day(general.opened_on),
        "in_force_from": _day(general.in_force_from),
        "clauses": {
            title: [{"article": article, "words": clause_text, "rule": does} for article, clause_text, does in clauses]
            for title, clauses in clauses_of(treaty)
        },
        "coverage": coverage_plain(holding),
        "notice": NOT_ADVICE,
    }


def parties_plain(listed: Parties) -> dict[str, Any]:
    """Who is what to a treaty on a day, with the source of each state's act."""
    count = listed.count
    return {
        "treaty": listed.treaty,
        "short": listed.short,
        "on": _day(listed.on),
        "known_on": _day(listed.known_on),
        "counts": count_plain(count),
        "states": {
            standing.value: [
                {
                    "state": status.state.code,
                    "name": status.state.name,
                    "status": status.headline,
                    "party_from": _day(status.episode.party_from),
                    "consent": act_plain(status.consent) if status.consent else None,
                }
                for status in group
            ]
            for standing, group in listed.groups.items()
        },
        "provisionally": [status.state.code for status in listed.provisional],
        "perhaps_bound": [status.state.code for status in listed.perhaps_bound],
        "perhaps_deposited": [status.state.code for status in listed.perhaps_deposited],
        "since": _day(listed.since),
        "changes": [
            {
                "on": _day(change.on),
                "day": change.day_text,
                "state": change.state.code,
                "was": change.was.noun,
                "now": change.now.noun,
            }
            for change in listed.changes
        ],
        "complete_until": _day(listed.complete_until),
        "reach": listed.reach or None,
    }


def count_plain(count: Count) -> dict[str, Any]:
    """The numbers of one day."""
    return {
        "on": _day(count.on),
        "bound": count.bound,
        "parties_as_the_depositary_counts": count.parties,
        "signatures": count.signatures,
        "withdrawn": count.withdrawn,
        "provisionally": count.provisional,
    }


def permission_plain(permission: Permission) -> dict[str, Any]:
    """A verdict with what each treaty that was looked at says."""
    return {
        "state": permission.state.code,
        "name": permission.state.name,
        "deed": permission.deed.value,
        "weapon": permission.weapon.value,
        "on": _day(permission.on),
        "verdict": permission.verdict.value,
        "looked_at": [_finding_plain(finding) for finding in permission.findings],
        "notice": NOT_ADVICE,
    }


def _finding_plain(finding: Finding) -> dict[str, Any]:
    return {
        "treaty": finding.treaty,
        "short": finding.short,
        "status": None if finding.status is None else finding.status.phrase,
        "article": finding.article or None,
        "words": finding.quote or None,
        "verdict": finding.verdict.value,
        "conditions": [_condition_plain(condition) for condition in finding.conditions],
        "exceptions": [_condition_plain(exception) for exception in finding.exceptions],
        "reason": finding.reason,
        "scope": finding.scope or None,
        "sources": [act.source for act in finding.status.acts] if finding.status is not None else [],
        "source_links": _links(act.source for act in finding.status.acts) if finding.status is not None else {},
    }


def _condition_plain(condition: Condition) -> dict[str, str]:
    return {"name": condition.name, "article": condition.article, "words": condition.quote}


def in_short_plain(short: InShort) -> dict[str, Any]:
    """What a state may do, since when, and who says so."""
    return {
        "weapon": short.weapon.value,
        "deeds": [deed.value for deed in short.deeds],
        "verdict": short.verdict.value,
        "since": _day(short.since),
        "before": None if short.before is None else short.before.value,
        "by": [
            {
                "treaty": reading.treaty,
                "article": reading.cited,
                "reason": reading.reason,
                "conditions": list(reading.conditions),
                "acts": [act_plain(act) for act in reading.acts],
            }
            for reading in short.says
        ],
        "sources": list(short.sources),
        "source_links": _links(short.sources),
    }


def duties_plain(owed: Duties) -> dict[str, Any]:
    """All duties of a state, with the facts they rest on."""
    return {
        "state": owed.state.code,
        "name": owed.state.name,
        "on": _day(owed.on),
        "duties": [
            {
                "treaty": duty.treaty,
                "short": duty.short,
                "duty": duty.name,
                "article": duty.article,
                "words": duty.quote or None,
                "state": duty.state.value,
                "due_on": _day(duty.due_on),
                "explanation": duty.explanation,
                "verified": duty.is_verified,
                "facts": [
                    {
                        "result": fact.result.value,
                        "on": _day(fact.on),
                        "until": _day(fact.until),
                        "note": fact.note,
                        "source": fact.source,
                        "source_links": list(source_links(fact.source)),
                        "confidence": fact.confidence.value,
                    }
                    for fact in duty.facts
                ],
            }
            for duty in owed.duties
        ],
        "not_known": [status_plain(status) for status in owed.not_known],
        "notice": NOT_ADVICE,
    }


def comparison_plain(comparison: Comparison) -> dict[str, Any]:
    """States side by side."""
    return {
        "on": _day(comparison.on),
        "states": [state.code for state in comparison.states],
        "rows": [{"section": row.section, "label": row.label, "values": list(row.values)} for row in comparison.rows],
        "notice": NOT_ADVICE,
    }


def check_plain(report: CheckReport) -> dict[str, Any]:
    """What the check of the data files found."""
    return {
        "sound": report.is_sound,
        "rows": dict(report.rows),
        "problems": [
            {"place": problem.place, "field": problem.field, "why": problem.why} for problem in report.problems
        ],
        "explained": [
            {
                "state": difference.state,
                "treaty": difference.treaty,
                "what": difference.what,
                "published_on": _day(difference.published_on),
                "by_rule_on": _day(difference.by_rule_on),
                "followed": difference.followed,
                "note": difference.note,
                "source": difference.source,
            }
            for difference in report.explained
        ],
    }


def list_difference_plain(difference: ListDifference) -> dict[str, Any]:
    """One difference from the depositary's list."""
    return {
        "kind": difference.kind.value,
        "name": difference.name,
        "field": difference.field,
        "listed": difference.listed,
        "held": difference.recorded,
        "rows": list(difference.rows),
    }


def withdrawal_plain(clock: WithdrawalClock) -> dict[str, Any]:
    """The clock of a withdrawal."""
    effect = clock.effect
    return {
        "state": clock.state.code,
        "name": clock.state.name,
        "treaty": clock.treaty,
        "received_on": _day(clock.received_on),
        "before": clock.before.headline,
        "is_hypothetical": clock.is_hypothetical,
        "earliest_on": _day(effect.earliest_on),
        "effective_on": _day(effect.effective_on),
        "is_certain": clock.is_certain,
        "unless": clock.unless,
        "postponed_by_armed_conflict": clock.is_postponed,
        "month_end": effect.is_clamped,
        "article": clock.article,
        "words": clock.quote,
        "notes": list(clock.notes),
        "recorded": [act_plain(act) for act in clock.recorded],
        "notice": NOT_ADVICE,
    }


def what_if_plain(chain: WhatIf) -> dict[str, Any]:
    """A supposed course."""
    return {
        "state": chain.state.code,
        "treaty": chain.treaty,
        "supposed": [{"step": step.value, "on": _day(on)} for step, on in chain.steps],
        "course": [
            {
                "from": _day(episode.starts_on),
                "status": episode.word.noun,
                "is_bound": episode.word.is_bound if episode.word.value != "not known" else None,
                "party_from": _day(episode.party_from),
                "effective_on": _day(episode.effective_on),
            }
            for episode in chain.course
        ],
        "notice": NOT_ADVICE,
    }
