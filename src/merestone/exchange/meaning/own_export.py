"""Rows of our own exact exports: what they mean was settled when they were recorded, and is not settled again.

A radius that was drawn as a circle then still stands in its column; to draw it once more would make the hazard larger
with every exchange between two registers.
"""

from collections.abc import Mapping
from typing import Any, Final

from merestone.exchange.row import Fault
from merestone.terms import RecordKind

EXACT_OUTLINE: Final = "exact, as recorded"
"""What the column `outline` of an exact export says."""


def is_own_export(attributes: Mapping[str, Any]) -> bool:
    """Whether the row was written by an exact export of a register."""
    return "record_id" in attributes and attributes.get("outline") == EXACT_OUTLINE


def kind_fault(attributes: Mapping[str, Any], kind: RecordKind) -> Fault | None:
    """Why the row cannot be taken in as this kind: what was a hazard would become released land, or the reverse."""
    stated = _stated_kind(attributes)
    if stated is None or stated.is_hazard is kind.is_hazard:
        return None
    words = f"its column kind says that it is a {stated.label}, and it was to be taken in as a {kind.label}"
    return Fault("kind_contradicts", f"{words}; import it with --as {stated.value}")


def kind_notice(attributes: Mapping[str, Any], kind: RecordKind) -> tuple[Fault, ...]:
    """A remark where the row says that it is another kind of hazard, or of released land."""
    stated = _stated_kind(attributes)
    if stated is None or stated is kind:
        return ()
    return (Fault("kind_differs", f"its column kind says that it is a {stated.label}; recorded as a {kind.label}"),)


def _stated_kind(attributes: Mapping[str, Any]) -> RecordKind | None:
    try:
        return RecordKind(str(attributes.get("kind")))
    except ValueError:
        return None
