"""A step in the life of a hazardous area: what the ledger says of the land and its evidence, and what it becomes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from merestone.register.events.records import Entry
from merestone.register.programme.evidence_weights import scales_from, weigh
from merestone.register.programme.life_cycle import LifeCycle, default_life_cycle, life_cycle_from
from merestone.register.write.layer_rows import layer_named, status_of
from merestone.register.write.ledger import Ledger
from merestone.register.write.supporting import Land, refuse_other_evidence
from merestone.terms import Activity, FieldRefused, RecordKind, Visibility


def stepped(
    ledger: Ledger,
    record_id: str,
    to: str,
    *,
    evidence: Sequence[str],
    activity: Activity | None,
    kind: RecordKind | None,
    geometry: BaseGeometry | None,
) -> tuple[dict[str, Any], Entry]:
    """The present state of an area, and what it is after a step, from a day that the caller states.

    Raises
    ------
    StepRefused
        The programme's table does not allow it, or the step lacks evidence about this land.
    RecordUnknown, FieldRefused
        The area or its evidence is not in the register, or the record has no life cycle.
    """
    present, outline = area_of(ledger, record_id)
    layer = RecordKind(present["kind"])
    cycle = life_cycle_of(ledger)
    step = cycle.step(status_of(present) or "", to, evidence=evidence, activity=activity)
    land = Land(record_id, ancestors_of(ledger, record_id), outline)
    refuse_other_evidence(land, step, [(record, *evidence_of(ledger, record, about=record_id)) for record in evidence])
    entry = Entry(
        cycle.layer_of(to, present=layer, wanted=kind),
        geometry or outline,
        present["accuracy_m"],
        present["attributes"],
        None,
        None,
        Visibility(present["visibility"]),
        status=to,
        evidence=tuple(evidence),
    )
    return present, entry


def heir_of(body: Mapping[str, Any], outline: BaseGeometry, day: date) -> Entry:
    """What an area that was divided or joined goes on as: its present state with another outline, from a day on."""
    until = body["true_until"]
    return Entry(
        RecordKind(body["kind"]),
        outline,
        body["accuracy_m"],
        body["attributes"],
        day,
        None if until is None else date.fromisoformat(until),
        Visibility(body["visibility"]),
        status=status_of(body),
        evidence=tuple(body.get("evidence", ())),
    )


def life_cycle_of(ledger: Ledger) -> LifeCycle:
    """The programme's own table of states and steps, or the packaged one."""
    table = ledger.setting("life_cycle")
    return default_life_cycle() if table is None else life_cycle_from(table, origin="the programme's life cycle")


def area_of(ledger: Ledger, record_id: str) -> tuple[dict[str, Any], BaseGeometry]:
    """The present state and outline of a hazardous or released area.

    Raises
    ------
    RecordUnknown, FieldRefused
        It is not in the register, or is something else.
    """
    body, outline = ledger.present_state(record_id)
    if layer_named(body["kind"]) is None or status_of(body) is None or outline is None:
        raise FieldRefused("record", record_id, "has no life cycle", "only hazardous and released areas have one")
    return body, outline


def ancestors_of(ledger: Ledger, record_id: str) -> frozenset[str]:
    """The areas that one was divided from or joined of, and theirs."""
    ancestors: set[str] = set()
    waiting = [record_id]
    while waiting:
        body = ledger.event(ledger.life_of(waiting.pop()).assertions[0].seq).body
        new = set(body.get("came_from", ())) - ancestors
        ancestors |= new
        waiting += new
    return frozenset(ancestors)


def evidence_of(ledger: Ledger, evidence_id: str, *, about: str) -> tuple[dict[str, Any], BaseGeometry | None]:
    """What a record says that is named as evidence; a document says what the record says that it belongs to."""
    body, place = ledger.present_state(evidence_id)
    owner = body["attributes"].get("belongs_to") if body["kind"] == "attachment" else None
    return (body, place) if owner in {None, about} else ledger.present_state(str(owner))


def advice_of(ledger: Ledger, evidence: Sequence[str]) -> str | None:
    """What the findings among the evidence advise by the programme's weights; a person decides."""
    table = ledger.setting("evidence")
    scales = None if table is None else scales_from(table, origin="the programme's evidence")
    states = [ledger.present_state(record_id)[0] for record_id in evidence]
    findings = [state["attributes"]["finding"] for state in states if state["kind"] == "evidence"]
    return weigh(findings, scales).land_type
