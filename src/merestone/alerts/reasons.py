"""Why an alert is declared, and what CAP says of each reason; the table stands in ``data/reasons.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


class Reason(StrEnum):
    """Why an authority speaks."""

    NEW_FINDING = "new_finding"
    """Mines or other explosive ordnance were found, or are newly suspected."""
    DECREE = "decree"
    """An authority closes an area."""
    FLOOD_DISPLACEMENT = "flood_displacement"
    """Water may have moved explosive ordnance to places where none was recorded."""
    CORRECTION = "correction"
    """An earlier alert was not right in its area, its time or its words; this one stands in its place."""
    WITHDRAWAL = "withdrawal"
    """An earlier alert should not have been given."""
    ALL_OVER = "all_over"
    """An earlier alert has ended. It says nothing about the ground."""

    @property
    def needs_earlier(self) -> bool:
        """Whether it speaks of an earlier alert, which must be named."""
        return facts_of(self).message_type != "Alert"


@dataclass(frozen=True, slots=True)
class ReasonFacts:
    """What CAP says of a reason."""

    message_type: str
    category: str
    response: str
    urgency: str
    severity: str
    certainty: str
    event_codes: tuple[str, ...]
    code_list: str
    """The list and its version, as ``valueName`` of each ``eventCode``."""
    lifetime: timedelta
    """How long it holds where the authority names no end."""


@cache
def _table() -> Mapping[str, ReasonFacts]:
    text = (files("merestone.alerts") / "data" / "reasons.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    facts = {}
    for name, reason_fields in content["reasons"].items():
        values = dict(reason_fields)
        lifetime, codes = timedelta(hours=values.pop("lifetime_h")), tuple(values.pop("event_codes"))
        facts[name] = ReasonFacts(**values, event_codes=codes, code_list=content["code_list"], lifetime=lifetime)
    return facts


def facts_of(reason: Reason) -> ReasonFacts:
    """What CAP says of a reason.

    >>> facts_of(Reason.ALL_OVER).message_type, facts_of(Reason.ALL_OVER).response
    ('Cancel', 'Monitor')
    """
    return _table()[reason.value]
