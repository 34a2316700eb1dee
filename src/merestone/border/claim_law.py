"""Checks of claims about law: who signed, joined and left, when, how many were party, and what that lets them do.

Each puts the answers of `merestone.law`, which rest on the depositary's lists, beside what was published.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from merestone.border.claim import Claim
from merestone.border.claim_answer import Answer, Finding, Spec, counted
from merestone.law import (
    Act,
    ActKind,
    Deed,
    Verdict,
    Weapon,
    Word,
    may,
    packaged,
    parties,
    span,
    status,
)
from merestone.terms import RowRefused, number_of


def _acts(state: str, treaty: str, *kinds: ActKind) -> list[Act]:
    own = packaged().holding(treaty).by_state.get(packaged().state(state).code, ())
    return [act for act in own if act.kind in kinds]


def _cited(act: Act) -> str:
    doubt = "" if act.is_verified else " (unverified)"
    return f"{act.state}: {act.kind}, {act.on}: {act.source}{doubt}"


def _announced(claim: Claim, spec: Spec) -> Answer:
    by = spec["by"]
    first = {}
    for state in spec["states"]:
        acts = [act for act in _acts(state, spec["treaty"], ActKind.NATIONAL_STEP, ActKind.NOTICE) if act.on <= by]
        if acts:
            first[state] = min(acts, key=lambda act: act.on)
    days = ", ".join(f"{state} {act.on}" for state, act in first.items())
    how = [f"The first national step or notice of each state on or before {by} is looked up; each counts once."]
    return (counted(claim, len(first)), f"{len(first)} of {len(spec['states'])}: {days}", how,
            [_cited(act) for act in first.values()], "merestone law status LTU")  # fmt: skip


def _notified(claim: Claim, spec: Spec) -> Answer:
    notices = {state: _acts(state, spec["treaty"], ActKind.NOTICE) for state in spec["states"]}
    inside = [state for state, acts in notices.items() if any(spec["from"] <= act.on <= spec["until"] for act in acts)]
    days = ", ".join(f"{state} {acts[-1].on}" for state, acts in notices.items() if acts)
    how = [
        f"The days on which the depositary received the notices are compared with {spec['from']} to {spec['until']}."
    ]
    return (counted(claim, len(inside)), f"{len(inside)} of {len(notices)} in those days: {days}", how,
            [_cited(act) for acts in notices.values() for act in acts], "merestone law status POL")  # fmt: skip


def _free(claim: Claim, spec: Spec) -> Answer:
    day, sentences, sources = spec["day"], [], []
    free_of_all = 0
    for state in spec["states"]:
        verdicts = {deed: may(state, Deed(deed), Weapon.ANTI_PERSONNEL_MINES, on=day).verdict for deed in spec["deeds"]}
        is_bound = status(state, spec["treaty"], on=day).is_bound
        free_of_all += not is_bound
        use = verdicts.get("use")
        more = ", use restricted by CCW Amended Protocol II" if use is Verdict.RESTRICTED else ""
        sentences.append(f"{state} {'still bound' if is_bound else 'no longer bound'}{more}")
        sources += [_cited(act) for act in _acts(state, spec["treaty"], ActKind.NOTICE, ActKind.IN_EFFECT)]
    how = [
        f"Whether the Convention still bound each state on {day} is computed from its notice by art. 20(3).",
        "What other treaties say of each deed is looked up; Amended Protocol II restricts use in any case.",
    ]
    measured = f"{free_of_all} of {len(spec['states'])} on {day}: {'; '.join(sentences)}"
    return counted(claim, free_of_all), measured, how, sources, f"merestone law may FIN use --on {day}"


def _never_bound(_claim: Claim, spec: Spec) -> Answer:
    state_status = status(spec["state"], spec["treaty"], on=spec["day"])
    consents = [
        act for act in state_status.acts if act.kind in (ActKind.RATIFICATION, ActKind.ACCESSION, ActKind.SIGNATURE)
    ]
    finding = Finding.CONTRADICTED if state_status.is_bound or consents else Finding.CONFIRMED
    how = [f"The state's acts up to {spec['day']} are looked up: a signature or a consent would contradict."]
    return (finding, f"{state_status.state.name}: {state_status.headline}", how,
            [_cited(act) for act in state_status.acts], f"merestone law status {state_status.state.code}")  # fmt: skip


def _all_bound(claim: Claim, spec: Spec) -> Answer:
    bound = [state for state in spec["states"] if status(state, spec["treaty"], on=spec["day"]).is_bound]
    missing = sorted(set(spec["states"]) - set(bound))
    how = [f"The status of each state ({len(spec['states'])} in all) on {spec['day']} is computed from its acts."]
    verb = "was" if len(bound) == 1 else "were"
    others = f"; not: {', '.join(missing)}" if missing else ""
    measured = f"{len(bound)} of {len(spec['states'])} {verb} bound on {spec['day']}{others}"
    return (counted(claim, len(bound)), measured, how, [packaged().holding(spec["treaty"]).coverage],
            f"merestone law status POL --on {spec['day']}")  # fmt: skip


def _adopted(_claim: Claim, spec: Spec) -> Answer:
    holding = packaged().holding(spec["treaty"])
    adopted_on = holding.general.adopted_on
    sources = [f"{act.kind}, {act.on}: {act.source}" for act in holding.of_all if act.kind is ActKind.ADOPTION]
    finding = Finding.CONFIRMED if adopted_on.year == spec["year"] else Finding.CONTRADICTED
    return finding, f"adopted on {adopted_on}", ["The treaty's adoption is looked up."], sources, ""


def _years_since(claim: Claim, spec: Spec) -> Answer:
    until, sources, others = spec["until"], [], []
    named = _acts(spec["state"], spec["treaty"], ActKind(spec["act"]))
    if not named:
        raise RowRefused(
            claim.place, f"no {spec['act']} of {spec['state']} is recorded, so there is no date to count from"
        )
    years = span(named[0].on, until).years
    sources.append(_cited(named[0]))
    for kind in spec.get("also", []):
        for act in _acts(spec["state"], spec["treaty"], ActKind(kind)):
            others.append(f"{span(act.on, until).years} since {kind} ({act.on})")
            sources.append(_cited(act))
    how = [f"Whole years from the act named to {until} are counted, and from the other acts beside it."]
    measured = f"{number_of(years, 'year')} since {spec['act']} ({named[0].on}); {'; '.join(others)}"
    return counted(claim, years), measured, how, sources, f"merestone law status {spec['state']}"


def _act_on(claim: Claim, spec: Spec) -> Answer:
    """Whether an act was done on the day that was published."""
    acts = _acts(spec["state"], spec["treaty"], *(ActKind(kind) for kind in spec["acts"]))
    if not acts:
        raise RowRefused(claim.place, f"none of {', '.join(spec['acts'])} of {spec['state']} is recorded")
    act = acts[0]
    how = [f"The day published, {spec['day']}, is compared with the day that the depositary lists."]
    return (_same_day(act.on, spec["day"]), f"{act.kind} on {act.day_text}", how, [_cited(act)],
            _status_command(spec, spec["day"]))  # fmt: skip


def _in_force(claim: Claim, spec: Spec) -> Answer:
    """Whether a treaty entered into force, of itself or for a state, on the day that was published."""
    holding = packaged().holding(spec["treaty"])
    how = [f"The day published, {spec['day']}, is compared with the one that follows from the treaty's clause."]
    if "state" not in spec:
        own = [act for act in holding.of_all if act.kind is ActKind.ENTRY_INTO_FORCE]
        if not own:
            raise RowRefused(claim.place, f"no entry into force of {spec['treaty']} is recorded")
        sources = [f"entry into force, {own[0].on}: {own[0].source}"]
        command = f"merestone law treaty {holding.treaty.key}"
        return _same_day(own[0].on, spec["day"]), f"in force from {own[0].on}", how, sources, command
    answer = status(spec["state"], spec["treaty"], on=max(spec["day"], holding.complete_until or spec["day"]))
    if answer.entry is None:
        raise RowRefused(claim.place, f"no consent of {spec['state']} to {spec['treaty']} is recorded")
    sources = [_cited(act) for act in answer.acts]
    succession = holding.successions.get(answer.state.code)
    if succession is not None:
        sources.append(f"{succession.state}: succeeded {succession.predecessor}, {succession.on}: {succession.source}")
    measured = f"in force for {answer.state.name} from {answer.entry.on} ({answer.entry.article})"
    return _same_day(answer.entry.on, spec["day"]), measured, how, sources, _status_command(spec, spec["day"])


def _left_on(_claim: Claim, spec: Spec) -> Answer:
    """Whether a withdrawal took effect on the day that was published."""
    holding = packaged().holding(spec["treaty"])
    on = holding.complete_until or spec["day"]
    answer = status(spec["state"], spec["treaty"], on=max(spec["day"], on))
    acts = _acts(spec["state"], spec["treaty"], ActKind.NATIONAL_STEP, ActKind.NOTICE, ActKind.IN_EFFECT)
    steps = ", ".join(f"{act.kind} {act.on}" for act in acts if act.kind is not ActKind.NATIONAL_STEP)
    how = [
        f"The day published, {spec['day']}, is compared with the first day not bound.",
        "That day counts from the one on which the depositary received the notice "
        f"(art. {holding.treaty.withdrawal.article}), not from a vote or a decree.",
    ]
    on_that_day = status(spec["state"], spec["treaty"], on=spec["day"])
    finding = _same_day(answer.episode.effective_on, spec["day"])
    measured = f"first day not bound {answer.episode.effective_on} ({steps}); on {spec['day']}: {on_that_day.phrase}"
    return finding, measured, how, [_cited(act) for act in acts], _status_command(spec, spec["day"])


def _number(claim: Claim, spec: Spec) -> Answer:
    """Whether there were as many as published on a day: bound, parties, signatures or withdrawn."""
    listed = parties(spec["treaty"], on=spec["day"])
    number = getattr(listed.count, spec["what"])
    names = {"parties": "parties, as the depositary counts", "signatures": "signatures", "bound": "bound",
             "withdrawn": "withdrawn"}  # fmt: skip
    others = f"; bound: {listed.count.bound}" if spec["what"] == "parties" else ""
    how = [f"All states are counted by their acts up to {spec['day']}."]
    sources = [packaged().holding(spec["treaty"]).coverage]
    command = f"merestone law parties --treaty {listed.treaty} --on {spec['day']}"
    return counted(claim, number), f"{number} {names[spec['what']]}{others}", how, sources, command


def _bound(_claim: Claim, spec: Spec) -> Answer:
    """Whether a state was bound on a day; not checkable where it is not known."""
    answer = status(spec["state"], spec["treaty"], on=spec["day"])
    finding = Finding.CONFIRMED if answer.is_bound == spec["bound"] else Finding.CONTRADICTED
    if answer.word is Word.NOT_KNOWN:
        finding = Finding.NOT_CHECKABLE
    how = [f"The state's acts up to {spec['day']} are looked up."]
    measured = f"{answer.state.name}: {answer.headline}"
    return finding, measured, how, [_cited(act) for act in answer.acts], _status_command(spec, spec["day"])


def _same_day(day: date | None, published: date) -> Finding:
    return Finding.CONFIRMED if day == published else Finding.CONTRADICTED


def _status_command(spec: Spec, on: date) -> str:
    return f"merestone law status {spec['state']} --treaty {spec['treaty']} --on {on}"


LAW_KINDS: Final[Mapping[str, Callable[[Claim, Spec], Answer]]] = {
    "announced": _announced,
    "notified": _notified,
    "free": _free,
    "never_bound": _never_bound,
    "all_bound": _all_bound,
    "adopted": _adopted,
    "years_since": _years_since,
    "act_on": _act_on,
    "in_force": _in_force,
    "left_on": _left_on,
    "number": _number,
    "bound": _bound,
}
"""The checks of claims about law, by the name that a claim's ``check.kind`` gives."""
