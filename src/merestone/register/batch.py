"""Writing: one batch is one transaction, and ends whole or not at all."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Final, Self

from shapely.geometry.base import BaseGeometry

from merestone.register.approval import approval_from
from merestone.register.attribute import check_attributes
from merestone.register.entry import Entry, Sheet
from merestone.register.errors import VersionMoved, disk_faults_told
from merestone.register.event import BODY_VERSION, Change, canonical, instant_text
from merestone.register.kind import kinds
from merestone.register.ledger import Ledger, Life, Pending, layer_named, status_of
from merestone.register.life_cycle import default_life_cycle, life_cycle_from
from merestone.register.store import Store
from merestone.register.weighing import scales_from, weigh
from merestone.terms import Activity, FieldRefused, RecordKind, Visibility

_TABLES: Final[dict[str, Callable[..., object]]] = {
    "life_cycle": life_cycle_from,
    "evidence": scales_from,
    "approval": approval_from,
}
"""The tables that a programme may replace, and who reads them."""

_CHUNK: Final = 2000
"""Events held back before they are written together: few enough for memory, enough to make one statement of many."""


def _record_ids() -> Iterator[str]:
    """Names for records that two offline copies will never both give: 60 random bits, without 0, 1, 8 and 9."""
    block = 1
    while True:
        # Drawn in growing blocks: for each name alone, the encoder would cost as much as writing the record's JSON.
        text = base64.b32encode(secrets.token_bytes(15 * block)).decode("ascii")
        block = min(2 * block, 64)
        for at in range(0, len(text), 12):
            yield f"{text[at : at + 4]}-{text[at + 4 : at + 8]}-{text[at + 8 : at + 12]}"


class Batch:
    """One transaction on a register. Get it from `Register.batch`; leave its ``with`` block to keep the work.

    The write lock is taken with the first write that reaches the file, not with the block, so that reading a file does
    not keep others waiting.
    """

    def __init__(
        self,
        store: Store,
        *,
        by: str,
        why: str,
        source: str,
        clock: Callable[[], datetime],
        label: str,
        kind: RecordKind | None = None,
        file_name: str | None = None,
        file_sha256: str | None = None,
        data_on: date | None = None,
    ) -> None:
        for field, value in (("by", by), ("why", why), ("source", source)):
            if not value.strip():
                raise FieldRefused(
                    field, value, "is empty", "say who writes, why, and who said so: history needs all three"
                )
        self.batch_id = secrets.token_hex(8)
        self.recorded_count = 0
        self.quarantined_count = 0
        self.summary: dict[str, Any] = {}
        """What the importer wants remembered of the whole, written into the closing event."""
        self._store, self._clock, self._label = store, clock, label
        self._by, self._why, self._source = by, why, source
        self._kind, self._file_name, self._file_sha256, self._data_on = kind, file_name, file_sha256, data_on
        self._kinds: set[str] = set() if kind is None else {kind.value}
        self._pending: list[Pending] = []
        self._held: set[str] = set()
        """The records that pending events concern."""
        self._ids = _record_ids()
        self._ledger: Ledger | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep everything, or, after an error, nothing."""
        try:
            if error is None:
                with disk_faults_told(self._store.path):
                    self._finish()
        finally:
            if self._ledger is not None:
                self._ledger.close()

    # What a caller may write -----------------------------------------------------------------------------------------

    def found(self, register_id: str) -> None:
        """Write the first event of a new register: its identity and its label."""
        self._add(Change.FOUNDED, {"register": register_id, "label": self._label})

    def record(self, entry: Entry | Sheet) -> str:
        """Write a new record down; give its identity.

        Raises
        ------
        FieldRefused
            A sheet's attributes do not fit its kind's definition.
        """
        record_id = next(self._ids)
        state = self._state_of(entry)
        self._add(Change.RECORDED, {"record": record_id, "parent": None, **state}, entry)
        self.recorded_count += 1
        self._kinds.add(state["kind"])
        return record_id

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record, as it came, with the reasons."""
        text = raw if isinstance(raw, str) else canonical(raw).decode("utf-8")
        more = {"row": row, "raw": text, "reasons": list(reasons), "file_name": self._file_name}
        self._add(Change.QUARANTINED, more)
        self.quarantined_count += 1

    def revise(
        self, record_id: str, entry: Entry | Sheet, *, seen_version: int | None = None, why: str | None = None
    ) -> int:
        """Write a record's state anew, for the days from ``entry.true_from`` until ``entry.true_until``.

        With ``true_from`` in the past it corrects what was said of those days; other days keep what was said of them.
        Gives the new version.

        Parameters
        ----------
        seen_version
            The version on which this work was based. None: take whatever stands there.

        Raises
        ------
        RecordUnknown
        VersionMoved
            Somebody else changed the record in between. Nothing of the batch is kept unless the caller catches it.
        FieldRefused
            ``true_from`` lies in the future: the register says what is, and a plan would hide what is. Or a record on
            a layer was to become a sheet, or a sheet another.
        """
        state = self._state_of(entry)
        return self._change(Change.REVISED, record_id, state, entry=entry, seen_version=seen_version, why=why)

    def withdraw(
        self,
        record_id: str,
        *,
        true_from: date | None = None,
        true_until: date | None = None,
        seen_version: int | None = None,
        why: str | None = None,
    ) -> int:
        """Say that a record does not hold from ``true_from`` on (None: never held); give the new version.

        Nothing is deleted: earlier days, and what was known earlier, stay as they were.

        Raises
        ------
        RecordUnknown, VersionMoved, FieldRefused
            As `revise` does.
        """
        state = {"true_from": _text_of(true_from), "true_until": _text_of(true_until)}
        return self._change(Change.WITHDRAWN, record_id, state, entry=None, seen_version=seen_version, why=why)

    def move(
        self,
        record_id: str,
        to: str,
        *,
        evidence: Sequence[str] = (),
        activity: Activity | None = None,
        kind: RecordKind | None = None,
        geometry: BaseGeometry | None = None,
        true_from: date | None = None,
        seen_version: int | None = None,
        why: str | None = None,
    ) -> int:
        """Take a hazardous area one step further in its life; give the new version.

        The step is checked against the programme's table (`Register.life_cycle`). What the evidence advises is written
        beside what was decided, so that the two can be compared later.

        Parameters
        ----------
        to
            The state, such as ``cha`` or ``cleared``.
        evidence
            Records that support the step.
        activity
            What brought it about. None: not said.
        kind, geometry
            The layer and the outline from then on. None: the state's, and the present one.
        true_from
            The day on which it came true. None: today, in UTC.

        Raises
        ------
        StepRefused
            The table does not allow it, or the step lacks evidence. Nothing of the batch is kept unless it is caught.
        RecordUnknown, VersionMoved, FieldRefused
            As `revise` does. RecordUnknown also names evidence that is not in the register.
        """
        with disk_faults_told(self._store.path):
            ledger = self._settled(record_id, *evidence)
            present, outline = ledger.present_state(record_id)
            layer = layer_named(present["kind"])
            before = status_of(present)
            if before is None or layer is None or outline is None:
                raise FieldRefused(
                    "record", record_id, "has no life cycle", "only hazardous and released areas have one"
                )
            table = ledger.setting("life_cycle")
            cycle = (
                default_life_cycle() if table is None else life_cycle_from(table, origin="the programme's life cycle")
            )
            cycle.step(before, to, evidence=evidence, activity=activity)
            day = true_from or self._clock().astimezone(UTC).date()
            entry = Entry(
                cycle.layer_of(to, present=layer, wanted=kind),
                geometry or outline,
                present["accuracy_m"],
                present["attributes"],
                day,
                None,
                Visibility(present["visibility"]),
                status=to,
                evidence=tuple(evidence),
            )
            state = self._state_of(entry)
            state["step"] = {"from": before, "activity": activity, "advised": self._advice(ledger, evidence)}
            return self._change(Change.REVISED, record_id, state, entry=entry, seen_version=seen_version, why=why)

    def _advice(self, ledger: Ledger, evidence: Sequence[str]) -> str | None:
        table = ledger.setting("evidence")
        scales = None if table is None else scales_from(table, origin="the programme's evidence")
        states = [ledger.present_state(one)[0] for one in evidence]
        findings = [state["attributes"]["finding"] for state in states if state["kind"] == "evidence"]
        return weigh(findings, scales).land_type

    def configure(self, setting: str, table: str) -> None:
        """Put the programme's own table in place of ours, from now on.

        Parameters
        ----------
        setting
            ``life_cycle``, ``evidence`` or ``approval``.
        table
            The text of the table (YAML), in the form of the packaged one.

        Raises
        ------
        TableBroken, FieldRefused
        """
        if setting not in _TABLES:
            raise FieldRefused("setting", setting, "is no table of a programme", f"use one of {', '.join(_TABLES)}")
        _TABLES[setting](table, origin=f"the programme's {setting}")
        self._add(Change.CONFIGURED, {"setting": setting, "value": table})

    # How it reaches the file -----------------------------------------------------------------------------------------

    def _change(
        self,
        change: Change,
        record_id: str,
        state: dict[str, Any],
        *,
        entry: Entry | Sheet | None,
        seen_version: int | None,
        why: str | None,
    ) -> int:
        true_from = state["true_from"]
        if true_from is not None and true_from > self._clock().astimezone(UTC).date().isoformat():
            raise FieldRefused(
                "true_from",
                true_from,
                "lies in the future",
                "record the change once it has come true: the current layers would otherwise hide what still holds",
            )
        with disk_faults_told(self._store.path):
            ledger = self._settled(record_id)
            life = ledger.life_of(record_id)
            if seen_version is not None and seen_version != life.version:
                theirs = ledger.event(life.words[-1].seq)
                raise VersionMoved(record_id, seen=seen_version, found=life.version, yours=entry, theirs=theirs)
            body = {**self._said(change), "kind": life.kinds[-1], **state}
            body.update(record=record_id, parent=life.event_ids[-1])
            if why is not None:
                body["why"] = why
            if (layer_named(life.kinds[0]) or life.kinds[0]) != body["kind"] and isinstance(entry, Sheet):
                raise FieldRefused("kind", body["kind"], f"cannot follow {life.kinds[0]}", "record it as a new record")
            if isinstance(entry, Entry) and layer_named(life.kinds[0]) is None:
                raise FieldRefused("kind", body["kind"], f"cannot follow {life.kinds[0]}", "record it as a new record")
            self._hold(_pending(change, body, entry, life))
        return life.version + 1

    def _settled(self, *record_ids: str) -> Ledger:
        """The ledger, once all that this batch said of these records has reached it."""
        if not self._held.isdisjoint(record_ids):
            self._flush()
        return self._open_ledger()

    def _hold(self, pending: Pending) -> None:
        self._pending.append(pending)
        self._held.add(pending.body.get("record", ""))
        if len(self._pending) >= _CHUNK:
            self._flush()

    def _add(self, change: Change, more: dict[str, Any], entry: Entry | Sheet | None = None) -> None:
        self._hold(_pending(change, {**self._said(change), **more}, entry))

    def _said(self, change: Change) -> dict[str, Any]:
        """What every event of this batch says of itself."""
        return {
            "v": BODY_VERSION,
            "batch": self.batch_id,
            "by": self._by,
            "change": change.value,
            "source": self._source,
            "why": self._why,
        }

    def _state_of(self, entry: Entry | Sheet) -> dict[str, Any]:
        if isinstance(entry, Sheet):
            return {"kind": entry.kind, "attributes": checked_attributes(entry), **self._common_state(entry)}
        state = self._common_state(entry)
        state["accuracy_m"] = None if entry.accuracy_m is None else float(entry.accuracy_m)
        state["attributes"] = dict(entry.attributes)
        state["kind"] = entry.kind.value
        if entry.status is not None:
            state["status"] = entry.status
        if entry.evidence:
            state["evidence"] = list(entry.evidence)
        return state

    def _common_state(self, entry: Entry | Sheet) -> dict[str, Any]:
        state: dict[str, Any] = {
            "data_on": _text_of(self._data_on),
            "row": entry.row,
            "true_from": _text_of(entry.true_from),
            "true_until": _text_of(entry.true_until),
            "visibility": entry.visibility.value,
        }
        if entry.source is not None:
            state["source"] = entry.source
        return state

    def _open_ledger(self) -> Ledger:
        if self._ledger is None:
            self._ledger = Ledger(self._store, now=instant_text(self._clock()), label=self._label)
        return self._ledger

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        self._held.clear()
        if pending:
            with disk_faults_told(self._store.path):
                self._open_ledger().append(pending)

    def _finish(self) -> None:
        if self._file_name is not None or self._file_sha256 is not None:
            more: dict[str, Any] = {
                "data_on": _text_of(self._data_on),
                "file_name": self._file_name,
                "file_sha256": self._file_sha256,
                "kinds": sorted(self._kinds),
                "quarantined": self.quarantined_count,
                "recorded": self.recorded_count,
                "summary": dict(self.summary),
            }
            self._add(Change.IMPORTED, more)
        self._flush()
        if self._ledger is not None:
            self._ledger.commit()


def _pending(change: Change, body: dict[str, Any], entry: Entry | Sheet | None, life: Life | None = None) -> Pending:
    if entry is None:
        return Pending(change, body, life=life)
    on_layer = isinstance(entry, Entry) and change is not Change.DRAFTED
    return Pending(change, body, entry.geometry, entry.kind if isinstance(entry, Entry) and on_layer else None, life)


def checked_attributes(sheet: Sheet) -> dict[str, Any]:
    """A sheet's attributes as its kind's definition has them; FieldRefused, the first of them, if they do not fit."""
    kind = kinds().get(sheet.kind)
    if kind is None or kind.layers:
        names = ", ".join(name for name, one in kinds().items() if not one.layers)
        raise FieldRefused("kind", sheet.kind, "is no kind of sheet", f"use one of {names}, or an Entry")
    checked = check_attributes(kind, sheet.attributes)
    if checked.refused:
        raise checked.refused[0]
    return dict(checked.attributes)


def _text_of(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
