"""Checks of claims: each puts what the packaged facts and lines give beside what was published.

A check never says who is right about intentions, and takes the day asked about as an argument.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from merestone.border.claim import Claim
from merestone.border.length import resolution_giving
from merestone.border.packaged import FIVE_STATES_BORDERS, packaged_border
from merestone.border.published import (
    BorderLength,
    border_length,
    five_states_lengths,
    series_sum_km,
    summed_curve,
)
from merestone.law import Act, ActKind, Deed, Verdict, Weapon, may, packaged, span, status
from merestone.terms import MerestoneError, RowRefused, sourced_rows


class Finding(StrEnum):
    """What a check found. The value is the words shown."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_CHECKABLE = "not checkable yet"
    OPEN = "forecast, open"


@dataclass(frozen=True, slots=True)
class Check:
    """A claim with what was found beside it."""

    claim: Claim
    finding: Finding
    measured: str
    """What we find instead or as well, in one sentence with its unit."""
    how: tuple[str, ...]
    """How it was checked, step by step."""
    sources: tuple[str, ...]
    command: str
    """The command that shows the same by hand; empty if there is none."""
    open_until: date | None = None

    @property
    def word(self) -> str:
        """The finding in words, a forecast with its date."""
        return f"{self.finding} until {self.open_until}" if self.open_until else str(self.finding)


_Spec = Mapping[str, Any]
_Answer = tuple[Finding, str, list[str], list[str], str]


def check_claims(claims: Sequence[Claim], *, on: date) -> tuple[Check, ...]:
    """Check each claim as of a day.

    Raises
    ------
    RowRefused
        A claim asks for a check that does not exist, or for one with something missing.
    """
    return tuple(check_claim(claim, on=on) for claim in claims)


def check_claim(claim: Claim, *, on: date) -> Check:
    """Check one claim as of a day; raises as `check_claims` does."""
    kind = claim.check["kind"]
    if kind == "forecast":
        return _forecast(claim, on)
    if kind not in KINDS:
        known = ", ".join(sorted([*KINDS, "forecast"]))
        raise RowRefused(claim.place, f"check kind = {kind!r}: there is no such check; there are {known}")
    try:
        finding, measured, how, sources, command = KINDS[kind](claim, claim.check)
    except KeyError as error:
        raise RowRefused(claim.place, f"the check {kind} needs {error}, and it is missing") from error
    return Check(claim, finding, measured, tuple(how), tuple(dict.fromkeys(sources)), command)


def _forecast(claim: Claim, on: date) -> Check:
    until = claim.check.get("open_until")
    if not isinstance(until, date):
        raise RowRefused(claim.place, "the check forecast needs open_until, a day such as 2030-12-31")
    how = (f"A forecast is open until its last day, {until}; nobody can confirm or contradict it before.",)
    if on <= until:
        return Check(claim, Finding.OPEN, "nothing to measure before that day", how, (), "", until)
    measured = f"its last day, {until}, is past; what came of it is not recorded here"
    return Check(claim, Finding.NOT_CHECKABLE, measured, how, (), "")


def _not_checkable(_claim: Claim, spec: _Spec) -> _Answer:
    return Finding.NOT_CHECKABLE, "nothing measured", [str(spec["why"])], [], ""


def _counted(claim: Claim, count: int) -> Finding:
    return Finding.CONFIRMED if count == claim.value else Finding.CONTRADICTED


# What states did: acts under treaties


def _acts(state: str, treaty: str, *kinds: ActKind) -> list[Act]:
    own = packaged().holding(treaty).by_state.get(packaged().state(state).code, ())
    return [act for act in own if act.kind in kinds]


def _cited(act: Act) -> str:
    doubt = "" if act.is_verified else " (unverified)"
    return f"{act.state}: {act.kind}, {act.on}: {act.source}{doubt}"


def _announced(claim: Claim, spec: _Spec) -> _Answer:
    by = spec["by"]
    first = {}
    for state in spec["states"]:
        acts = [act for act in _acts(state, spec["treaty"], ActKind.NATIONAL_STEP, ActKind.NOTICE) if act.on <= by]
        if acts:
            first[state] = min(acts, key=lambda act: act.on)
    days = ", ".join(f"{state} {act.on}" for state, act in first.items())
    how = [f"The first national step or notice of each state on or before {by} is looked up; each counts once."]
    return (_counted(claim, len(first)), f"{len(first)} of {len(spec['states'])}: {days}", how,
            [_cited(act) for act in first.values()], "merestone law status LTU")  # fmt: skip


def _notified(claim: Claim, spec: _Spec) -> _Answer:
    notices = {state: _acts(state, spec["treaty"], ActKind.NOTICE) for state in spec["states"]}
    inside = [state for state, acts in notices.items() if any(spec["from"] <= act.on <= spec["until"] for act in acts)]
    days = ", ".join(f"{state} {acts[-1].on}" for state, acts in notices.items() if acts)
    how = [
        f"The days on which the depositary received the notices are compared with {spec['from']} to {spec['until']}."
    ]
    return (_counted(claim, len(inside)), f"{len(inside)} of {len(notices)} in those days: {days}", how,
            [_cited(act) for acts in notices.values() for act in acts], "merestone law status POL")  # fmt: skip


def _free(claim: Claim, spec: _Spec) -> _Answer:
    day, words, sources = spec["day"], [], []
    free_of_all = 0
    for state in spec["states"]:
        verdicts = {deed: may(state, Deed(deed), Weapon.ANTI_PERSONNEL_MINES, on=day).verdict for deed in spec["deeds"]}
        is_bound = status(state, spec["treaty"], on=day).is_bound
        free_of_all += not is_bound
        use = verdicts.get("use")
        more = ", use restricted by CCW Amended Protocol II" if use is Verdict.RESTRICTED else ""
        words.append(f"{state} {'still bound' if is_bound else 'no longer bound'}{more}")
        sources += [_cited(act) for act in _acts(state, spec["treaty"], ActKind.NOTICE, ActKind.IN_EFFECT)]
    how = [
        f"Whether the Convention still bound each state on {day} is computed from its notice by art. 20(3).",
        "What other treaties say of each deed is looked up; Amended Protocol II restricts use in any case.",
    ]
    measured = f"{free_of_all} of {len(spec['states'])} on {day}: {'; '.join(words)}"
    return _counted(claim, free_of_all), measured, how, sources, f"merestone law may FIN use --on {day}"


def _never_bound(_claim: Claim, spec: _Spec) -> _Answer:
    found = status(spec["state"], spec["treaty"], on=spec["day"])
    consents = [act for act in found.acts if act.kind in (ActKind.RATIFICATION, ActKind.ACCESSION, ActKind.SIGNATURE)]
    finding = Finding.CONTRADICTED if found.is_bound or consents else Finding.CONFIRMED
    how = [f"The state's acts up to {spec['day']} are looked up: a signature or a consent would contradict."]
    return (finding, f"{found.state.name}: {found.headline}", how, [_cited(act) for act in found.acts],
            f"merestone law status {found.state.code}")  # fmt: skip


def _all_bound(claim: Claim, spec: _Spec) -> _Answer:
    bound = [state for state in spec["states"] if status(state, spec["treaty"], on=spec["day"]).is_bound]
    missing = sorted(set(spec["states"]) - set(bound))
    how = [f"The status of each of the {len(spec['states'])} states on {spec['day']} is computed from its acts."]
    measured = f"{len(bound)} of {len(spec['states'])} were bound on {spec['day']}" + (
        f"; not: {', '.join(missing)}" if missing else ""
    )
    return (_counted(claim, len(bound)), measured, how, [packaged().holding(spec["treaty"]).coverage],
            f"merestone law status POL --on {spec['day']}")  # fmt: skip


def _adopted(_claim: Claim, spec: _Spec) -> _Answer:
    held = packaged().holding(spec["treaty"])
    adopted_on = held.general.adopted_on
    sources = [f"{act.kind}, {act.on}: {act.source}" for act in held.of_all if act.kind is ActKind.ADOPTION]
    finding = Finding.CONFIRMED if adopted_on.year == spec["year"] else Finding.CONTRADICTED
    return finding, f"adopted on {adopted_on}", ["The treaty's adoption is looked up."], sources, ""


def _years_since(claim: Claim, spec: _Spec) -> _Answer:
    until, sources, others = spec["until"], [], []
    named = _acts(spec["state"], spec["treaty"], ActKind(spec["act"]))
    if not named:
        raise RowRefused(claim.place, f"no {spec['act']} of {spec['state']} is held; nothing to count from")
    years = span(named[0].on, until).years
    sources.append(_cited(named[0]))
    for kind in spec.get("also", []):
        for act in _acts(spec["state"], spec["treaty"], ActKind(kind)):
            others.append(f"{span(act.on, until).years} since {kind} ({act.on})")
            sources.append(_cited(act))
    how = [f"Whole years from the act named to {until} are counted, and from the other acts beside it."]
    measured = f"{years} years since {spec['act']} ({named[0].on}); {'; '.join(others)}"
    return _counted(claim, years), measured, how, sources, f"merestone law status {spec['state']}"


# What is on the ground: lines


@cache
def _length_of(pair: str) -> BorderLength:
    eight = {each.pair: each for each in five_states_lengths()} if pair in FIVE_STATES_BORDERS else {}
    return eight.get(pair) or border_length(packaged_border(pair))


def _border_sum(claim: Claim, spec: _Spec) -> _Answer:
    lengths = [_length_of(pair) for pair in spec["borders"]]
    km = sum(each.land.length_m for each in lengths) / 1000
    least, greatest = (sum(getattr(each.land, name) for each in lengths) / 1000 for name in ("least_m", "greatest_m"))
    if claim.value is None:
        raise RowRefused(claim.place, "the check border_sum needs a value in km")
    off = claim.value / km - 1
    slack = claim.tolerance * claim.value
    finding = Finding.CONFIRMED if least - slack <= claim.value <= greatest + slack else Finding.CONTRADICTED
    resolution_m = resolution_giving(summed_curve(lengths), claim.value * 1000)
    measured = f"{km:,.0f} km on land, rivers and lakes ({least:,.0f} - {greatest:,.0f}); the claim is {abs(off):.1%} "
    measured += "shorter" if off < 0 else "longer"
    how = [
        "The outlines of both states that run within 120 m of each other are measured geodesically (WGS 84) at the "
        "data's finest; the range is over both sides and tolerances of 15 to 300 m.",
    ]
    if resolution_m:
        how.append(
            f"The same lines have the claimed length where bends under about {resolution_m:,.0f} m are left out."
        )
    beyond = sum(each.lagoon_m + each.sea_m for each in lengths) / 1000
    how.append(f"Lagoons, inlets and the territorial sea would add {beyond:,.0f} km and widen the difference."
               if off < 0 else f"Lagoons, inlets and the territorial sea would add {beyond:,.0f} km.")  # fmt: skip
    if set(spec["borders"]) == set(FIVE_STATES_BORDERS):
        cia, national = series_sum_km("cia"), series_sum_km("national")
        how.append(f"Published sums: CIA World Factbook {cia:,.0f} km, national figures {national:,.0f} km.")
    return finding, measured, how, [lengths[0].border.source], "merestone border length"


def _neighbours(claim: Claim, spec: _Spec) -> _Answer:
    lengths = {}
    for state in spec["states"]:
        try:
            lengths[state] = _length_of(f"{state}-{spec['of']}")
        except MerestoneError:
            continue  # no packaged line: not counted as a neighbour
    words = ", ".join(f"{state} {each.land.length_m / 1000:,.0f} km" for state, each in lengths.items())
    how = [f"Each state's shared border with {spec['of']} on land is measured."]
    return (_counted(claim, len(lengths)), f"{len(lengths)} of {len(spec['states'])}: {words}", how,
            [each.border.source for each in lengths.values()], "merestone border length")  # fmt: skip


# Stocks as published


@cache
def _stocks() -> tuple[Mapping[str, str], ...]:
    text = files("merestone.border").joinpath("data/stockpiles.csv").read_text(encoding="utf-8")
    return tuple(row for _, row in sourced_rows(text.splitlines(), origin="stockpiles.csv"))


def _greatest_stock(claim: Claim, spec: _Spec) -> _Answer:
    held = [row for row in _stocks() if row["measure"] != "destroyed"]
    own = next((row for row in held if row["state"] == spec["state"]), None)
    if own is None:
        raise RowRefused(claim.place, f"no stock of {spec['state']} is held in stockpiles.csv")
    others = sorted((row for row in held if row is not own), key=lambda row: -int(row["mines_greatest"]))
    finding = Finding.CONFIRMED if int(own["mines_least"]) > int(others[0]["mines_greatest"]) else Finding.CONTRADICTED
    measured = (
        f"{int(own['mines_least']):,} ({own['measure']}: {own['note'] or own['as_of']}); "
        f"next {others[0]['state']}, up to {int(others[0]['mines_greatest']):,}"
    )
    how = ["Published estimates are compared, the state's least with the others' greatest. Nobody has counted them."]
    return finding, measured, how, [f"{row['state']}: {row['source']}" for row in (own, *others[:4])], ""


def _destroyed(claim: Claim, spec: _Spec) -> _Answer:
    rows = [row for row in _stocks() if row["measure"] == "destroyed" and row["state"] in spec["states"]]
    count = len({row["state"] for row in rows})
    words = ", ".join(f"{row['state']} {int(row['mines_least']):,} ({row['as_of']})" for row in rows)
    how = ["Destruction reported under art. 4 is looked up. Estonia is not counted: it reported none to destroy."]
    return (_counted(claim, count), f"{count} of {len(spec['states'])}: {words}", how,
            [f"{row['state']}: {row['source']}" for row in rows], "")  # fmt: skip


KINDS: Final[Mapping[str, Callable[[Claim, _Spec], _Answer]]] = {
    "announced": _announced,
    "notified": _notified,
    "free": _free,
    "never_bound": _never_bound,
    "all_bound": _all_bound,
    "adopted": _adopted,
    "years_since": _years_since,
    "border_sum": _border_sum,
    "neighbours": _neighbours,
    "greatest_stock": _greatest_stock,
    "destroyed": _destroyed,
    "not_checkable": _not_checkable,
}
"""The checks there are, besides ``forecast``, by the name that a claim's ``check.kind`` gives."""
