"""What the evidence advises: a suspected or a confirmed hazardous area. A person decides; the register keeps both.

Direct evidence alone can advise a CHA; direct and indirect together can advise a SHA (IMAS 07.11). Which finding counts
as which, and how much, is a programme's table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import fsum
from typing import Any

import yaml

from merestone.register.programme.life_cycle import TableBroken
from merestone.terms import EvidenceKind, FieldRefused, LandType


@dataclass(frozen=True, slots=True)
class Scales:
    """The weights of findings, and the sums from which they advise something."""

    weights: dict[str, tuple[EvidenceKind, float]]
    confirmed_at: float
    suspected_at: float
    source: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the findings advise, and why. `land_type` None: too little to advise either."""

    land_type: LandType | None
    direct_weight: float
    indirect_weight: float
    reasons: tuple[str, ...]


def weigh(findings: Iterable[str], scales: Scales | None = None) -> Advice:
    """Advise SHA, CHA or neither from findings (the choices of kind ``evidence``, field ``finding``).

    Raises
    ------
    FieldRefused
        A finding that the table does not know.

    >>> weigh(["verbal_report"]).land_type
    <LandType.SHA: 'SHA'>
    >>> weigh(["verbal_report", "seen_ordnance"]).land_type
    <LandType.CHA: 'CHA'>
    """
    scales = scales or default_scales()
    weights: dict[EvidenceKind, list[float]] = {kind: [] for kind in EvidenceKind}
    reasons = []
    for finding in findings:
        if finding not in scales.weights:
            known = ", ".join(scales.weights)
            raise FieldRefused("finding", finding, "is in neither list of the programme's table", f"use one of {known}")
        kind, weight = scales.weights[finding]
        weights[kind].append(weight)
        reasons.append(f"{finding}: {kind}, {weight:g}")
    direct, indirect = fsum(weights[EvidenceKind.DIRECT]), fsum(weights[EvidenceKind.INDIRECT])
    advised = None
    if direct >= scales.confirmed_at:
        advised = LandType.CHA
    elif fsum((direct, indirect)) >= scales.suspected_at:
        advised = LandType.SHA
    return Advice(advised, direct, indirect, tuple(reasons))


def scales_from(text: str, *, origin: str) -> Scales:
    """Read a table (YAML, as ``register/programme/evidence.yaml``).

    Raises
    ------
    TableBroken
        Not that form; a finding in both lists; a weight or threshold that is not positive; no source.
    """
    try:
        fields: dict[str, Any] = yaml.safe_load(text)
        both = set(fields["direct"]) & set(fields["indirect"])
        weights = {
            finding: (kind, float(weight)) for kind in EvidenceKind for finding, weight in fields[kind.value].items()
        }
        scales = Scales(
            weights, float(fields["confirmed_at"]), float(fields["suspected_at"]), str(fields["source"] or "")
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TableBroken(f"{origin}: it is not a table of evidence ({error}); see evidence.yaml") from error
    if both:
        raise TableBroken(f"{origin}: {sorted(both)[0]!r} is both direct and indirect; put it into one list")
    if not scales.source:
        raise TableBroken(f"{origin}: source is empty; say who decided on these weights")
    # Written so that NaN fails too: a NaN weight would make every comparison false, and advise nothing.
    if not all(value > 0 for value in (scales.confirmed_at, scales.suspected_at, *(w for _, w in weights.values()))):
        raise TableBroken(f"{origin}: every weight and threshold must be above 0")
    return scales


def default_table() -> str:
    """The text of the table that holds until a programme puts its own in its place."""
    return (files("merestone.register.programme") / "evidence.yaml").read_text(encoding="utf-8")


@cache
def default_scales() -> Scales:
    """The table that holds until a programme puts its own in its place."""
    return scales_from(default_table(), origin="evidence.yaml")
