"""What can support a step of an area's life: a finding, report, activity or document about that very land.

Another suspected area is no evidence, nor is the area itself: a record cannot be the reason to release itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from merestone.register.programme.life_cycle import Step, StepRefused
from merestone.register.write.layer_rows import layer_named
from merestone.terms import Activity, RecordKind

_SUPPORTING_KINDS: Final = frozenset(
    {"evidence", "activity", "quality_visit", "attachment", "destroyed_item", "marking"}
)
"""Records without a layer of their own that say something of an area."""
_SUPPORTING_LAYERS: Final = frozenset(
    {
        RecordKind.ACCIDENT,
        RecordKind.INCIDENT,
        RecordKind.SPOT_FIND,
        RecordKind.MINEFIELD_RECORD,
        RecordKind.CANCELLED,
        RecordKind.REDUCED,
        RecordKind.CLEARED,
    }
)
"""What happened, what was found, and what completion reports released."""
_LINKS: Final = ("hazardous_area", "hazardous_areas", "record_ids", "records", "record")
_WORK: Final = {
    Activity.NTS: {"NTS"},
    Activity.TS: {"TS", "CLEARANCE", "BAC"},
    Activity.CLEARANCE: {"CLEARANCE", "BAC", "EOD_SPOT_TASK"},
}
"""Kinds of work that can bring a step about; what clears also surveys."""


@dataclass(frozen=True, slots=True)
class Land:
    """The area that is to take a step."""

    record_id: str
    ancestors: frozenset[str]
    """The areas that it was divided from or joined of."""
    outline: BaseGeometry


def refuse_other_evidence(
    land: Land, step: Step, evidence: Iterable[tuple[str, Mapping[str, Any], BaseGeometry | None]]
) -> None:
    """Refuse what cannot be evidence for a step of this land.

    Parameters
    ----------
    evidence
        Of each record: its identity, the body of its present state, and its place if it has one.

    Raises
    ------
    StepRefused
        A record is the area itself, of a kind that supports nothing, about other land, or of other work alone.
    """
    record_ids = list(evidence)
    for record_id, body, place in record_ids:
        why = _why_not(land, record_id, body, place)
        if why is not None:
            raise StepRefused(
                f"{step.before} -> {step.after}: {record_id} cannot be evidence for it: {why}; name a finding, an "
                "activity or a report about this land"
            )
    works = [str(body["attributes"].get("activity")) for _, body, _ in record_ids if body["kind"] == "activity"]
    needed = None if step.activity is None else _WORK.get(step.activity)
    if needed and works and len(works) == len(record_ids) and not needed & set(works):
        raise StepRefused(
            f"{step.before} -> {step.after}: it takes {step.activity}, and the named activities are {', '.join(works)}"
        )


def _why_not(land: Land, record_id: str, body: Mapping[str, Any], place: BaseGeometry | None) -> str | None:
    if record_id == land.record_id:
        return "it is the area itself"
    kind, layer = str(body["kind"]), layer_named(body["kind"])
    if layer not in _SUPPORTING_LAYERS if layer is not None else kind not in _SUPPORTING_KINDS:
        return f"it is a {layer.label if layer is not None else kind}"
    named = _linked(body["attributes"])
    if named:
        return None if named & {land.record_id, *land.ancestors} else f"it is about {', '.join(sorted(named))}"
    if place is not None and not place.intersects(land.outline):
        return "it lies elsewhere"
    return None  # it says of no land that it is about it; a person has named it for this one


def _linked(attributes: Mapping[str, Any]) -> set[str]:
    named: set[str] = set()
    for name in _LINKS:
        value = attributes.get(name)
        if isinstance(value, str) and value:
            named.add(value)
        elif isinstance(value, (list, tuple)):
            named |= {str(item) for item in value}
    return named
