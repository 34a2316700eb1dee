"""What a check of a claim answers with, for all kinds of checks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from merestone.border.claim import Claim


class Finding(StrEnum):
    """What a check found. The value is the words shown."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_CHECKABLE = "not checkable yet"
    OPEN = "forecast, open"


Spec = Mapping[str, Any]
"""A claim's ``check``: its kind and what the kind needs."""
Answer = tuple[Finding, str, list[str], list[str], str]
"""The finding, what is found instead or as well, how, the sources, and the command that shows the same."""


def counted(claim: Claim, count: int) -> Finding:
    """Confirmed if the count is the claim's value."""
    return Finding.CONFIRMED if count == claim.value else Finding.CONTRADICTED
