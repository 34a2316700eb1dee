"""The days on which states succeeded others, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from merestone.law.act import day_of
from merestone.terms import Confidence, confidence_of


@dataclass(frozen=True, slots=True)
class Succession:
    """The day on which a state succeeded another: from then on it answers for its own international relations."""

    state: str
    on: date
    predecessor: str
    source: str
    confidence: Confidence
    note: str


def succession_of(row: Mapping[str, str], place: str) -> Succession:
    """One row of ``successions.csv``."""
    on = day_of(row["on"], field="on", place=place)
    confidence = confidence_of(row["confidence"], place=place)
    return Succession(row["state"], on, row["predecessor"], row["source"], confidence, row["note"])
