"""A hazardous area changes: it goes a step further in its life, is divided, or becomes one with others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.register.events.errors import disk_faults_told
from merestone.register.events.event import Change
from merestone.register.events.record_timeline import first_spoken_of, holds_from, last_stated
from merestone.register.write.event_buffer import EventBuffer, text_of
from merestone.register.write.land_steps import advice_of, area_of, heir_of, stepped
from merestone.register.write.layer_rows import status_of
from merestone.register.write.ledger import Ledger
from merestone.register.write.lineage import data_day, joined, refuse_other_land
from merestone.terms import Activity, FieldRefused, RecordKind


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step in the life of an area; the parameters are those of `Batch.move`."""

    to: str
    evidence: tuple[str, ...]
    activity: Activity | None
    kind: RecordKind | None
    geometry: BaseGeometry | None


def move(
    events: EventBuffer,
    record_id: str,
    wanted: Step,
    *,
    true_from: date | None,
    seen_version: int | None,
    why: str | None,
) -> int:
    """`Batch.move`."""
    with disk_faults_told(events.store.path):
        ledger = events.settled(record_id, *wanted.evidence)
        present, entry = stepped(
            ledger,
            record_id,
            wanted.to,
            evidence=wanted.evidence,
            activity=wanted.activity,
            kind=wanted.kind,
            geometry=wanted.geometry,
        )
        entry = replace(entry, true_from=_day_of_change(events, ledger, record_id, true_from))
        state = events.state_of(entry)
        # Who surveyed the land, and when, is still so after the step; who decided it stands in the step.
        state |= {"source": present["source"], "data_on": present["data_on"]}
        advised, was = advice_of(ledger, wanted.evidence), status_of(present) or ""
        state["step"] = {"from": was, "activity": wanted.activity, "advised": advised, "source": events.source}
        return events.change(Change.REVISED, record_id, state, entry=entry, seen_version=seen_version, why=why)


def divide(
    events: EventBuffer,
    record_id: str,
    parts: Sequence[BaseGeometry],
    *,
    true_from: date | None,
    seen_version: int | None,
    why: str | None,
) -> tuple[str, ...]:
    """`Batch.divide`."""
    with disk_faults_told(events.store.path):
        ledger = events.settled(record_id)
        body, outline = area_of(ledger, record_id)
        refuse_other_land(outline, parts)
        day = _day_of_change(events, ledger, record_id, true_from)
        body["data_on"] = data_day(body)
        became = [_heir(events, body, part, came_from=[record_id], day=day, why=why) for part in parts]
        _succeeded(events, record_id, became, day, seen_version=seen_version, why=why)
        return tuple(became)


def join(
    events: EventBuffer,
    record_ids: Sequence[str],
    *,
    true_from: date | None,
    seen_versions: Mapping[str, int],
    why: str | None,
) -> str:
    """`Batch.join`."""
    with disk_faults_told(events.store.path):
        ledger = events.settled(*record_ids)
        areas = {record_id: area_of(ledger, record_id) for record_id in record_ids}
        body = joined({record_id: body for record_id, (body, _) in areas.items()})
        days = [_day_of_change(events, ledger, record_id, true_from) for record_id in areas]
        outline = shapely.union_all([outline for _, outline in areas.values()])
        became = _heir(events, body, outline, came_from=list(areas), day=days[0], why=why)
        for record_id in areas:
            _succeeded(events, record_id, [became], days[0], seen_version=seen_versions.get(record_id), why=why)
        return became


def _day_of_change(events: EventBuffer, ledger: Ledger, record_id: str, true_from: date | None) -> date:
    """The day on which a change of the present state comes true; FieldRefused if that state did not hold then.

    Of a record that is stated to begin later than today, such as by a mistyped year, nothing else was said of today:
    the change may then come before its first day, but not before today.
    """
    today = events.today()
    day = true_from or today
    assertions = ledger.life_of(record_id).assertions
    shown = last_stated(assertions)
    since = first_spoken_of(assertions, day.isoformat()) if day >= today else day.isoformat()
    if shown is not None and not holds_from(assertions, shown, since):
        raise FieldRefused(
            "true_from",
            day.isoformat(),
            f"is a day on which {record_id} did not have its present status, or not until further notice",
            "give a later day; if the history is wrong, revise it first",
        )
    return day


def _heir(
    events: EventBuffer,
    body: Mapping[str, Any],
    outline: BaseGeometry,
    *,
    came_from: list[str],
    day: date,
    why: str | None,
) -> str:
    """Begin the record of an area that others became; give its identity."""
    entry = heir_of(body, outline, day)
    record_id = next(events.ids)
    reason = {} if why is None else {"why": why}
    more = {"record": record_id, "parent": None, "came_from": came_from, **reason, **events.state_of(entry)}
    more["data_on"] = body["data_on"]
    events.add(Change.RECORDED, more, entry)
    events.recorded_count += 1
    events.kinds.add(entry.kind.value)
    return record_id


def _succeeded(
    events: EventBuffer, record_id: str, became: list[str], day: date, *, seen_version: int | None, why: str | None
) -> None:
    """End the record of an area that became others."""
    state = {"true_from": text_of(day), "true_until": None, "became": became}
    events.change(Change.WITHDRAWN, record_id, state, entry=None, seen_version=seen_version, why=why)
