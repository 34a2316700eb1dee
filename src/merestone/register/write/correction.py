"""Putting mistakes right: an import undone, a conflict decided, rows of quarantine settled. Nothing is ever deleted."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import shapely
import sqlalchemy as sa

from merestone.register.events.errors import VersionMoved, disk_faults_told
from merestone.register.events.event import Change, Event
from merestone.register.events.record_timeline import Word, holding_on
from merestone.register.events.records import Entry, Sheet
from merestone.register.events.schema import EVENT
from merestone.register.query.quarantine import SettledAs, settlements
from merestone.register.query.undo import (
    Span,
    StillDependedOn,
    Undone,
    dependents_of,
    event_at,
    events_of_batch,
    last_withdrawal_taken_back,
    without,
)
from merestone.register.write.branch_differences import Told, decided_for, told_of
from merestone.register.write.ledger import Ledger
from merestone.register.write.restated import entry_from, entry_of
from merestone.terms import FieldRefused


class OpenBatch(Protocol):
    """What a correction needs of a `Batch`, which imports this module."""

    @property
    def path(self) -> Path:
        """Where the register lies."""

    def ledger_now(self) -> Ledger:
        """The ledger, with the write lock taken."""

    def add_event(self, change: Change, more: dict[str, Any]) -> None:
        """Add an event that concerns no single record."""

    def say_again(
        self,
        record_id: str,
        entry: Entry | Sheet | None,
        *,
        true_from: date | None,
        true_until: date | None,
        why: str | None,
    ) -> int:
        """State a record for some days; with None, that it does not hold on them; give the new version."""

    def withdraw(
        self, record_id: str, *, true_from: date | None = None, true_until: date | None = None, why: str | None = None
    ) -> int:
        """As `Batch.withdraw`."""

    def revise(self, record_id: str, entry: Entry | Sheet, *, why: str | None = None) -> int:
        """As `Batch.revise`."""


def settle(
    batch: OpenBatch, rows: Sequence[str], outcome: SettledAs, records: Mapping[str, str] | None, why: str | None
) -> int:
    """`Batch.settle`."""
    known, waiting = _rows_known(batch)
    for event_id in rows:
        if event_id not in known:
            raise FieldRefused("row", event_id, "is not in quarantine", "see `merestone quarantine`")
        if (event_id in waiting) is (outcome is SettledAs.REOPENED):
            state = "waits already" if event_id in waiting else "was settled before"
            raise FieldRefused("row", event_id, state, "reopen it first" if event_id not in waiting else "leave it")
    if not rows:
        return 0
    more = {"rows": list(rows), "outcome": outcome.value, "records": dict(records or {})}
    batch.add_event(Change.SETTLED, more if why is None else {**more, "why": why})
    return len(rows)


def _rows_known(batch: OpenBatch) -> tuple[set[str], set[str]]:
    """Every row that is in quarantine, and those of them that still wait."""
    connection = batch.ledger_now().connection
    chosen = sa.select(EVENT.c.event_id).where(EVENT.c.record_id.is_(None), EVENT.c.change == Change.QUARANTINED.value)
    known = set(connection.execute(chosen).scalars())
    bodies = sa.select(EVENT.c.body).where(EVENT.c.record_id.is_(None), EVENT.c.change == Change.SETTLED.value)
    decided = settlements(json.loads(text) for text in connection.execute(bodies.order_by(EVENT.c.seq)).scalars())
    return known, known - set(decided)


def undo_import(batch: OpenBatch, batch_id: str, *, force: bool, why: str | None) -> Undone:
    """`Batch.undo_import`."""
    with disk_faults_told(batch.path):
        ledger = batch.ledger_now()
        recorded_at = _import_to_undo(ledger, batch_id)
        own = events_of_batch(ledger.connection, batch_id, recorded_at)
        begun = {row.record_id for row in own if row.change == Change.RECORDED.value}
        changed = {row.record_id for row in own if row.record_id is not None} - begun
        dependents = [
            dependent
            for dependent in dependents_of(ledger.connection, batch_id, begun | changed, after=own[0].seq)
            if dependent.what != "was withdrawn"  # which is what the undoing would write itself
        ]
        if dependents and not force:
            raise StillDependedOn(dependents)
        withdrawn = restored = 0
        for record_id in sorted(begun):
            if _holds_on_some_day(ledger.life_of(record_id).assertions):
                batch.withdraw(record_id, why=why)
                withdrawn += 1
        places = {row.seq for row in own}
        for record_id in sorted(changed):
            restored += _take_back(batch, ledger, record_id, places, why)
        _, waiting = _rows_known(batch)
        rows = [row.event_id for row in own if row.change == Change.QUARANTINED.value and row.event_id in waiting]
        settled = settle(batch, rows, SettledAs.IMPORT_UNDONE, None, why)
        fields = {"import": batch_id, "withdrawn": withdrawn, "restored": restored, "rows_settled": settled}
        batch.add_event(Change.UNDONE, fields if why is None else {**fields, "why": why})
    untouched = len(begun) - withdrawn + len(changed) - restored
    return Undone(withdrawn, restored, settled, untouched, tuple(dependents))


def _import_to_undo(ledger: Ledger, batch_id: str) -> str:
    chosen = sa.select(EVENT.c.change, EVENT.c.body, EVENT.c.recorded_at).where(
        EVENT.c.record_id.is_(None), EVENT.c.change.in_([Change.IMPORTED.value, Change.UNDONE.value])
    )
    recorded_at = None
    for row in ledger.connection.execute(chosen):
        body = json.loads(row.body)
        if row.change == Change.IMPORTED.value and body["batch"] == batch_id:
            recorded_at = row.recorded_at
        elif row.change == Change.UNDONE.value and body["import"] == batch_id:
            raise FieldRefused("import", batch_id, f"was undone by {body['by']} before", "see `merestone imports`")
    if recorded_at is None:
        raise FieldRefused("import", batch_id, "is not an import of this register", "see `merestone imports`")
    return str(recorded_at)


def _holds_on_some_day(assertions: Sequence[Word]) -> bool:
    days = ["", *(day for word in assertions for day in (word.true_from, word.true_until) if day is not None)]
    return any(holding_on(assertions, day) is not None for day in days)


def _take_back(batch: OpenBatch, ledger: Ledger, record_id: str, own: set[int], why: str | None) -> bool:
    """Say again what a record said before an import changed it, wherever the import still decides; whether it does."""
    spans = without(ledger.life_of(record_id).assertions, own)
    for span in spans:
        entry = None if span.seq is None else entry_of(event_at(ledger.connection, span.seq))
        _say_again(batch, record_id, entry, span, why)
    return bool(spans)


def _say_again(batch: OpenBatch, record_id: str, entry: Entry | Sheet | None, span: Span, why: str | None) -> int:
    true_from, true_until = (None if day is None else date.fromisoformat(day) for day in span[:2])
    return batch.say_again(record_id, entry, true_from=true_from, true_until=true_until, why=why)


def put_back(
    batch: OpenBatch,
    record_id: str,
    amended: Callable[[Event], Entry | Sheet],
    seen_version: int | None,
    why: str | None,
) -> int:
    """`Batch.put_back`."""
    with disk_faults_told(batch.path):
        ledger = batch.ledger_now()
        life = ledger.life_of(record_id)
        if seen_version not in (None, life.version):
            theirs = ledger.event(life.assertions[-1].seq)
            raise VersionMoved(record_id, seen=seen_version or 0, current=life.version, yours=None, theirs=theirs)
        spans = last_withdrawal_taken_back(life.assertions)
        if not spans:
            raise FieldRefused("record", record_id, "has no withdrawal to take back", "see `merestone history`")
        version = 0
        for span in spans:
            assert span.seq is not None
            version = _say_again(batch, record_id, amended(event_at(ledger.connection, span.seq)), span, why)
        return version


def resolve(batch: OpenBatch, record_id: str, side: str, *, why: str | None) -> int:
    """`Batch.resolve`."""
    with disk_faults_told(batch.path):
        versions = told_of(batch.ledger_now().connection, record_id)
        if not versions or versions[-1].body["change"] != Change.CONFLICTED.value:
            raise FieldRefused("record", record_id, "has no conflict to decide", "see `merestone conflicts`")
        sides = sides_of(versions)
        if side not in {side.event_id for side in sides}:
            places = ", ".join(f"event {side.seq}" for side in sides)
            raise FieldRefused("side", side, "is not a side of the conflict", f"name one of {places}")
        version = len(versions)
        for days, state in decided_for(versions, side):
            true_from, true_until = (None if day is None else date.fromisoformat(day) for day in days)
            if state is None:
                version = batch.withdraw(record_id, true_from=true_from, true_until=true_until, why=why)
                continue
            outline = None if state.wkb is None else shapely.from_wkb(state.wkb)
            entry = replace(entry_from(state.body, outline), true_from=true_from, true_until=true_until)
            version = batch.revise(record_id, entry, why=why)
        return version


def sides_of(events: Sequence[Told]) -> list[Told]:
    """The events between which somebody has to decide."""
    at = len(events) - 1
    while at > 0 and events[at - 1].body["change"] == Change.CONFLICTED.value:
        if list(events[at].parents) != [events[at - 1].event_id]:
            break
        at -= 1
    parents = set(events[at].parents)
    return [version for version in events if version.event_id in parents]
