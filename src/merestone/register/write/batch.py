"""Writing: one batch is one transaction, and ends whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date
from typing import TYPE_CHECKING, Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.register.events.batch_frame import NewRecord, RowAside, Shared
from merestone.register.events.errors import disk_faults_told
from merestone.register.events.event import Change, Event, canonical_text
from merestone.register.events.record_timeline import first_spoken_of, holds_from, last_stated
from merestone.register.events.records import Entry, Sheet
from merestone.register.programme.alert_authority import authority_from
from merestone.register.programme.approval import approval_from
from merestone.register.programme.evidence_weights import scales_from
from merestone.register.programme.life_cycle import life_cycle_from
from merestone.register.query.public_table import public_from
from merestone.register.query.quarantine import SettledAs
from merestone.register.write.event_buffer import Writing, text_of
from merestone.register.write.land_steps import advice_of, area_of, heir_of, stepped
from merestone.register.write.layer_rows import status_of
from merestone.register.write.ledger import Ledger
from merestone.register.write.lineage import data_day, joined, refuse_other_land
from merestone.register.write.restated import entry_of
from merestone.terms import Activity, FieldRefused, RecordKind

if TYPE_CHECKING:
    from merestone.register.query.undo import Undone

_TABLES: Final[dict[str, Callable[..., object]]] = {
    "life_cycle": life_cycle_from,
    "evidence": scales_from,
    "approval": approval_from,
    "public": public_from,
    "alert_authority": authority_from,
    "alert_approval": approval_from,
}
"""The tables that a programme may replace, and who reads them."""


class Batch(Writing):
    """One transaction on a register. Get it from `Register.batch`; leave its ``with`` block to keep the work.

    The write lock is taken with the first write that reaches the file, not with the block, so that reading a file does
    not keep others waiting.
    """

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
        if isinstance(entry, Entry):
            given = entry.attributes
            attributes = canonical_text(given if type(given) is dict else dict(given))
            shared = self._shared_of(entry)
            row = str(entry.row) if type(entry.row) is int else canonical_text(entry.row)
            accuracy_m = None if entry.accuracy_m is None else float(entry.accuracy_m)
            self._hold(NewRecord(shared, record_id, accuracy_m, attributes, row, entry.geometry))
        else:
            state = self._state_of(entry)
            self._add(Change.RECORDED, {"record": record_id, "parent": None, **state}, entry)
            self._kinds.add(entry.kind)
        self.recorded_count += 1
        return record_id

    def quarantine(
        self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str], *, sheet: str | None = None
    ) -> None:
        """Keep a row that cannot become a record, as it came, with the reasons.

        Parameters
        ----------
        sheet
            The kind, if the row was to be a sheet: it can be no hazard, so answers do not count it.
        """
        text = raw if isinstance(raw, str) else canonical_text(raw)
        key = Change.QUARANTINED, sheet
        shared = self._shared.get(key)
        if shared is None:
            body = {**self._said(Change.QUARANTINED), "file_name": self._file_name}
            shared = self._shared[key] = Shared(body if sheet is None else {**body, "sheet": sheet})
        row_texts = canonical_text(text), canonical_text(list(reasons)), canonical_text(row)
        self._hold(RowAside(shared, *row_texts))
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

    def contest(self, record_id: str, entry: Entry | Sheet, *, seen_version: int, why: str | None = None) -> int:
        """Write work that was based on a version that moved: beside what the other wrote, not over it.

        For the days on which the two differ, the hazards of both hold until a person decides (`Register.conflicts`).
        Gives the new version. If the version did not move, this is `revise`.

        Raises
        ------
        RecordUnknown, FieldRefused
            As `revise` does. FieldRefused also if there never was such a version.
        """
        from merestone.register.write.contested import append_conflicts

        with disk_faults_told(self._store.path):
            ledger = self._settled(record_id)
            life = ledger.life_of(record_id)
            if not 1 <= seen_version <= life.version:
                raise FieldRefused(
                    "seen_version", seen_version, "was never a version of it", f"use 1 to {life.version}"
                )
            self._change(
                Change.REVISED,
                record_id,
                self._state_of(entry),
                entry=entry,
                seen_version=None,
                why=why,
                parent=life.event_ids[seen_version - 1],
            )
            self._flush()
            append_conflicts(ledger, record_id, self._said(Change.CONFLICTED))
            return ledger.life_of(record_id).version

    def resolve(self, record_id: str, side: str, *, why: str | None = None) -> int:
        """Decide a conflict of merged copies: what one side says holds, on all days on which they differed.

        Parameters
        ----------
        side
            The identity of the event in which that side ends (`Register.sides`). Something else altogether? `revise`.

        Raises
        ------
        FieldRefused
            There is no conflict, or the event is not a side of it.
        """
        from merestone.register.write.correction import resolve

        return resolve(self, record_id, side, why=why)

    def settle(
        self,
        rows: Sequence[str],
        outcome: SettledAs,
        *,
        records: Mapping[str, str] | None = None,
        why: str | None = None,
    ) -> int:
        """Say why rows in quarantine no longer wait (or wait again); give their number. History keeps each row.

        Parameters
        ----------
        rows
            The identities of their events (`QuarantinedRow.event_id`).
        records
            For rows that were taken in another way: the record of each.

        Raises
        ------
        FieldRefused
            It is not a row in quarantine, or was settled before.
        """
        if not rows:
            return 0
        from merestone.register.write.correction import settle

        return settle(self, rows, outcome, records, why)

    def undo_import(self, batch_id: str, *, force: bool = False, why: str | None = None) -> "Undone":
        """Withdraw every record of an import, take back what it revised, and settle its rows in quarantine.

        Nothing is deleted: what was known before stays known as of then, and the same file can be imported again.

        Parameters
        ----------
        force
            Also if others built on its records since (moved, revised, divided, attached to, named as evidence).

        Raises
        ------
        StillDependedOn
            Others did, and it was not insisted on. Nothing was changed.
        FieldRefused
            There is no such import, or it was undone before.
        """
        from merestone.register.write.correction import undo_import

        return undo_import(self, batch_id, force=force, why=why)

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
        state = {"true_from": text_of(true_from), "true_until": text_of(true_until)}
        return self._change(Change.WITHDRAWN, record_id, state, entry=None, seen_version=seen_version, why=why)

    def put_back(
        self,
        record_id: str,
        *,
        amended: Callable[[Event], Entry | Sheet] = entry_of,
        seen_version: int | None = None,
        why: str | None = None,
    ) -> int:
        """Take the last withdrawal of a record back: what it took away holds again, on all days; give the new version.

        Parameters
        ----------
        amended
            What each event whose state holds again is to say now. Default: what it said.

        Raises
        ------
        RecordUnknown, VersionMoved
            As `revise` does.
        FieldRefused
            No withdrawal of it takes anything away.
        """
        from merestone.register.write.correction import put_back

        return put_back(self, record_id, amended, seen_version, why)

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
            The table does not allow it, or the step lacks evidence about this land (`register.write.supporting`).
            Nothing of the batch is kept unless it is caught.
        RecordUnknown, VersionMoved, FieldRefused
            As `revise` does. RecordUnknown also names evidence that is not in the register. FieldRefused also if the
            area did not yet stand in its present state on ``true_from``.
        """
        with disk_faults_told(self._store.path):
            ledger = self._settled(record_id, *evidence)
            present, entry = stepped(
                ledger, record_id, to, evidence=evidence, activity=activity, kind=kind, geometry=geometry
            )
            entry = replace(entry, true_from=self._day_of_change(ledger, record_id, true_from))
            state = self._state_of(entry)
            # Who surveyed the land, and when, is still so after the step; who decided it stands in the step.
            state |= {"source": present["source"], "data_on": present["data_on"]}
            advised = advice_of(ledger, evidence)
            step = {"from": status_of(present) or "", "activity": activity, "advised": advised, "source": self._source}
            state["step"] = step
            return self._change(Change.REVISED, record_id, state, entry=entry, seen_version=seen_version, why=why)

    def divide(
        self,
        record_id: str,
        parts: Sequence[BaseGeometry],
        *,
        true_from: date | None = None,
        seen_version: int | None = None,
        why: str | None = None,
    ) -> tuple[str, ...]:
        """Make several areas of one, each in its state; give their identities, in the order of the outlines.

        The area is withdrawn from ``true_from`` on (None: today, in UTC) and names what it became.

        Parameters
        ----------
        parts
            Two outlines or more. All together they are the area: land is released by a step of its life, not so.

        Raises
        ------
        RecordUnknown, VersionMoved, FieldRefused
            As `move` does. FieldRefused also if the parts are other land.
        """
        with disk_faults_told(self._store.path):
            ledger = self._settled(record_id)
            body, outline = area_of(ledger, record_id)
            refuse_other_land(outline, parts)
            day = self._day_of_change(ledger, record_id, true_from)
            body["data_on"] = data_day(body)
            became = [self._heir(body, part, [record_id], day, why) for part in parts]
            self._succeeded(record_id, became, day, seen_version, why)
            return tuple(became)

    def join(
        self,
        record_ids: Sequence[str],
        *,
        true_from: date | None = None,
        seen_versions: Mapping[str, int] | None = None,
        why: str | None = None,
    ) -> str:
        """Make one area of several that stand in one state, with all their land; give its identity.

        Each is withdrawn from ``true_from`` on (None: today, in UTC) and names what it became. Attributes on which
        they differ stay in their histories (`merestone.register.write.lineage.joined`).

        Raises
        ------
        RecordUnknown, VersionMoved, FieldRefused
            As `move` does. FieldRefused also if they are not two, or stand in different states.
        """
        with disk_faults_told(self._store.path):
            ledger = self._settled(*record_ids)
            areas = {record_id: area_of(ledger, record_id) for record_id in record_ids}
            body = joined({record_id: body for record_id, (body, _) in areas.items()})
            days = [self._day_of_change(ledger, record_id, true_from) for record_id in areas]
            outline = shapely.union_all([outline for _, outline in areas.values()])
            became = self._heir(body, outline, list(areas), days[0], why)
            for record_id in areas:
                self._succeeded(record_id, [became], days[0], (seen_versions or {}).get(record_id), why)
            return became

    def _day_of_change(self, ledger: Ledger, record_id: str, true_from: date | None) -> date:
        """The day on which a change of the present state comes true; FieldRefused if that state did not hold then.

        Of a record that is stated to begin later than today, such as by a mistyped year, nothing else was said of
        today: the change may then come before its first day, but not before today.
        """
        today = self._clock().astimezone(UTC).date()
        day = true_from or today
        assertions = ledger.life_of(record_id).words
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
        self, body: Mapping[str, Any], outline: BaseGeometry, came_from: list[str], day: date, why: str | None
    ) -> str:
        entry = heir_of(body, outline, day)
        record_id = next(self._ids)
        fields = {} if why is None else {"why": why}
        more = {"record": record_id, "parent": None, "came_from": came_from, **fields, **self._state_of(entry)}
        more["data_on"] = body["data_on"]
        self._add(Change.RECORDED, more, entry)
        self.recorded_count += 1
        self._kinds.add(entry.kind.value)
        return record_id

    def _succeeded(
        self, record_id: str, became: list[str], day: date, seen_version: int | None, why: str | None
    ) -> None:
        state = {"true_from": text_of(day), "true_until": None, "became": became}
        self._change(Change.WITHDRAWN, record_id, state, entry=None, seen_version=seen_version, why=why)

    def configure(self, setting: str, table: str) -> None:
        """Put the programme's own table in place of ours, from now on; where copies set it apart, this decides.

        Parameters
        ----------
        setting
            ``life_cycle``, ``evidence``, ``approval``, ``public``, ``alert_authority`` or ``alert_approval``.
        table
            The text of the table (YAML), in the form of the packaged one.

        Raises
        ------
        TableBroken, FieldRefused
        """
        from merestone.register.events import programme_tables

        if setting not in _TABLES:
            raise FieldRefused("setting", setting, "is not a table of a programme", f"use one of {', '.join(_TABLES)}")
        _TABLES[setting](table, origin=f"the programme's {setting}")
        with disk_faults_told(self._store.path):
            self._flush()  # an earlier word of this batch is one that this one is based on
            about = programme_tables.words(self._open_ledger().connection).get(setting, [])
        parents = [event.event_id for event in programme_tables.standing_in(about)]
        self._add(Change.CONFIGURED, {"setting": setting, "value": table, "parents": parents})
