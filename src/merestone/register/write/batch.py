"""Writing: one batch is one transaction, and ends whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from shapely.geometry.base import BaseGeometry

from merestone.register.events.errors import disk_faults_told
from merestone.register.events.event import Change, Event
from merestone.register.events.records import Entry, Sheet
from merestone.register.programme.alert_authority import authority_from
from merestone.register.programme.approval import approval_from
from merestone.register.programme.evidence_weights import scales_from
from merestone.register.programme.life_cycle import life_cycle_from
from merestone.register.query.public_table import public_from
from merestone.register.query.quarantine import SettledAs
from merestone.register.write.event_buffer import EventBuffer, text_of
from merestone.register.write.land_changes import Step, divide, join, move
from merestone.register.write.ledger import Ledger
from merestone.register.write.restated import entry_of
from merestone.terms import Activity, FieldRefused, RecordKind, renamed_attribute

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


class Batch:
    """One transaction on a register. Get it from `Register.batch`; leave its ``with`` block to keep the work.

    The write lock is taken with the first write that reaches the file, not with the block, so that reading a file does
    not keep others waiting.
    """

    found = renamed_attribute("found", "establish")

    def __init__(self, events: EventBuffer) -> None:
        self._events = events

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep everything, or, after an error, nothing."""
        try:
            if error is None:
                self._events.finish()
        finally:
            self._events.close()

    @property
    def path(self) -> Path:
        """The register's file."""
        return self._events.store.path

    @property
    def batch_id(self) -> str:
        """The identity of this transaction, which each of its events states."""
        return self._events.batch_id

    @property
    def recorded_count(self) -> int:
        """How many records it began so far."""
        return self._events.recorded_count

    @property
    def quarantined_count(self) -> int:
        """How many rows it put into quarantine so far."""
        return self._events.quarantined_count

    @property
    def summary(self) -> dict[str, Any]:
        """What the importer wants remembered of the whole, written into the closing event."""
        return self._events.summary

    @property
    def is_of_alert_desk(self) -> bool:
        """Whether it may change alerts: only the desk of alerts does, by the steps that people approve."""
        return self._events.is_of_alert_desk

    @is_of_alert_desk.setter
    def is_of_alert_desk(self, value: bool) -> None:
        self._events.is_of_alert_desk = value

    def ledger_now(self) -> Ledger:
        """The ledger, with all that this batch said so far; for what has to read before it writes."""
        self._events.flush()
        return self._events.open_ledger()

    def add_event(self, change: Change, more: dict[str, Any], entry: Entry | Sheet | None = None) -> None:
        """Write an event that gives no record a state; `entry`: the state that a draft has."""
        state = {} if entry is None else self._events.state_of(entry)
        self._events.add(change, state | more, entry)

    def establish(self, register_id: str) -> None:
        """Write the first event of a new register: its identity and its label."""
        self._events.add(Change.FOUNDED, {"register": register_id, "label": self._events.label})

    def record(self, entry: Entry | Sheet) -> str:
        """Write a new record down; give its identity.

        Raises
        ------
        FieldRefused
            A sheet's attributes do not fit its kind's definition.
        """
        return self._events.record(entry)

    def quarantine(
        self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str], *, sheet: str | None = None
    ) -> None:
        """Keep a row that cannot become a record, as it came, with the reasons.

        Parameters
        ----------
        sheet
            The kind, if the row was to be a sheet: it can be no hazard, so answers do not count it.
        """
        self._events.quarantine(row, raw, reasons, sheet)

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
        state = self._events.state_of(entry)
        return self._events.change(Change.REVISED, record_id, state, entry=entry, seen_version=seen_version, why=why)

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

        with disk_faults_told(self.path):
            ledger = self._events.settled(record_id)
            life = ledger.life_of(record_id)
            if not 1 <= seen_version <= life.version:
                raise FieldRefused(
                    "seen_version", seen_version, "was never a version of it", f"use 1 to {life.version}"
                )
            self._events.change(
                Change.REVISED,
                record_id,
                self._events.state_of(entry),
                entry=entry,
                seen_version=None,
                why=why,
                parent=life.event_ids[seen_version - 1],
            )
            self._events.flush()
            append_conflicts(ledger, record_id, self._events.common_body(Change.CONFLICTED))
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
        return self._events.change(Change.WITHDRAWN, record_id, state, entry=None, seen_version=seen_version, why=why)

    def say_again(
        self,
        record_id: str,
        entry: Entry | Sheet | None,
        *,
        true_from: date | None,
        true_until: date | None,
        why: str | None,
    ) -> int:
        """Write what was said of some days before something was taken back; give the new version.

        Parameters
        ----------
        entry
            None: that the record did not hold then.
        true_from, true_until
            The days. They may lie ahead, as they did when it was said first.
        """
        days: dict[str, Any] = {"true_from": text_of(true_from), "true_until": text_of(true_until)}
        change = Change.WITHDRAWN if entry is None else Change.REVISED
        state = days if entry is None else {**self._events.state_of(entry), **days}
        return self._events.change(
            change, record_id, state, entry=entry, seen_version=None, why=why, is_said_again=True
        )

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
        wanted = Step(to=to, evidence=tuple(evidence), activity=activity, kind=kind, geometry=geometry)
        return move(self._events, record_id, wanted, true_from=true_from, seen_version=seen_version, why=why)

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
        return divide(self._events, record_id, parts, true_from=true_from, seen_version=seen_version, why=why)

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
        return join(self._events, record_ids, true_from=true_from, seen_versions=seen_versions or {}, why=why)

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
        with disk_faults_told(self.path):
            self._events.flush()  # an earlier word of this batch is one that this one is based on
            about = programme_tables.table_events(self._events.open_ledger().connection).get(setting, [])
        parents = [event.event_id for event in programme_tables.standing_in(about)]
        self._events.add(Change.CONFIGURED, {"setting": setting, "value": table, "parents": parents})
