"""Checks of claims: each puts what the packaged facts and lines give beside what was published.

A check never says who is right about intentions, and takes the day asked about as an argument.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from merestone.border.claim import Claim
from merestone.border.claim_answer import Answer, Finding, Spec, counted
from merestone.border.claim_law import LAW_KINDS
from merestone.border.length import resolution_giving
from merestone.border.packaged import FIVE_STATES_BORDERS, packaged_border
from merestone.border.published import BorderLength, border_length, series_sum_km, summed_curve
from merestone.border.surrounding import five_states_lengths
from merestone.terms import MerestoneError, RowRefused, sourced_rows


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


def _not_checkable(_claim: Claim, spec: Spec) -> Answer:
    return Finding.NOT_CHECKABLE, "nothing measured", [str(spec["why"])], [], ""


# What is on the ground: lines


@cache
def _length_of(pair: str) -> BorderLength:
    eight = {each.pair: each for each in five_states_lengths()} if pair in FIVE_STATES_BORDERS else {}
    return eight.get(pair) or border_length(packaged_border(pair))


def _border_sum(claim: Claim, spec: Spec) -> Answer:
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


def _neighbours(claim: Claim, spec: Spec) -> Answer:
    lengths = {}
    for state in spec["states"]:
        try:
            lengths[state] = _length_of(f"{state}-{spec['of']}")
        except MerestoneError:
            continue  # no packaged line: not counted as a neighbour
    text = ", ".join(f"{state} {each.land.length_m / 1000:,.0f} km" for state, each in lengths.items())
    how = [f"Each state's shared border with {spec['of']} on land is measured."]
    return (counted(claim, len(lengths)), f"{len(lengths)} of {len(spec['states'])}: {text}", how,
            [each.border.source for each in lengths.values()], "merestone border length")  # fmt: skip


# Stocks as published


@cache
def _stocks() -> tuple[Mapping[str, str], ...]:
    text = files("merestone.border").joinpath("data/stockpiles.csv").read_text(encoding="utf-8")
    return tuple(row for _, row in sourced_rows(text.splitlines(), origin="stockpiles.csv"))


def _greatest_stock(claim: Claim, spec: Spec) -> Answer:
    rows = [row for row in _stocks() if row["measure"] != "destroyed"]
    own = next((row for row in rows if row["state"] == spec["state"]), None)
    if own is None:
        raise RowRefused(claim.place, f"stockpiles.csv contains no stock of {spec['state']}")
    others = sorted((row for row in rows if row is not own), key=lambda row: -int(row["mines_greatest"]))
    finding = Finding.CONFIRMED if int(own["mines_least"]) > int(others[0]["mines_greatest"]) else Finding.CONTRADICTED
    measured = (
        f"{int(own['mines_least']):,} ({own['measure']}: {own['note'] or own['as_of']}); "
        f"next {others[0]['state']}, up to {int(others[0]['mines_greatest']):,}"
    )
    how = ["Published estimates are compared, the state's least with the others' greatest. Nobody has counted them."]
    return finding, measured, how, [f"{row['state']}: {row['source']}" for row in (own, *others[:4])], ""


def _destroyed(claim: Claim, spec: Spec) -> Answer:
    rows = [row for row in _stocks() if row["measure"] == "destroyed" and row["state"] in spec["states"]]
    count = len({row["state"] for row in rows})
    text = ", ".join(f"{row['state']} {int(row['mines_least']):,} ({row['as_of']})" for row in rows)
    how = ["Destruction reported under art. 4 is looked up. Estonia is not counted: it reported none to destroy."]
    return (counted(claim, count), f"{count} of {len(spec['states'])}: {text}", how,
            [f"{row['state']}: {row['source']}" for row in rows], "")  # fmt: skip


KINDS: Final[Mapping[str, Callable[[Claim, Spec], Answer]]] = {
    **LAW_KINDS,
    "border_sum": _border_sum,
    "neighbours": _neighbours,
    "greatest_stock": _greatest_stock,
    "destroyed": _destroyed,
    "not_checkable": _not_checkable,
}
"""The checks there are, besides ``forecast``, by the name that a claim's ``check.kind`` gives."""
