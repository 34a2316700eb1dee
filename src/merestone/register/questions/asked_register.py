"""What one can ask of a register, question by question; the answers are worked out by the modules beside this one."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merestone.register.events.errors import NotARegister, RegisterDamaged
from merestone.register.events.event import Event
from merestone.register.events.frames import RecordFrames
from merestone.register.events.record import Record
from merestone.register.events.records import Import, QuarantinedRow, SheetRecord, Snapshot
from merestone.register.events.rights import EXACT, Viewer
from merestone.register.file.store import Store
from merestone.register.programme.evidence_weights import Advice, Scales
from merestone.register.programme.life_cycle import LifeCycle
from merestone.register.query.generalisation_cache import Covers
from merestone.register.query.generalising import Outward
from merestone.register.query.public_changes import PublicChanges
from merestone.register.query.public_table import PublicTable
from merestone.register.query.record_cache import Recall
from merestone.register.questions.events import EventQuestions
from merestone.register.questions.imports import ImportQuestions
from merestone.register.questions.programme import ProgrammeQuestions
from merestone.register.questions.sheets import SheetQuestions
from merestone.register.questions.snapshots import SnapshotQuestions
from merestone.terms import RecordKind, number_of

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that verify are read
    from numpy.typing import NDArray

    from merestone.register.events.programme_tables import TableConflict
    from merestone.register.programme.alert_authority import AlertAuthority
    from merestone.register.programme.approval import Approval
    from merestone.register.query.held_states import HeldStates
    from merestone.register.write.verification import Verification


def utc_now() -> datetime:
    """The clock of this machine, in UTC."""
    return datetime.now(UTC)


class AskedRegister(RecordFrames):
    """The questions of a `Register`; nothing here writes."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self._store, self._clock = store, clock
        with store.asking() as rows:
            first = rows("SELECT body FROM merestone_event WHERE seq = 1", {})
        if not first:
            raise NotARegister(
                store.path, "its history does not begin", "restore a copy; keep this file for the inquiry"
            )
        try:
            self._founded: dict[str, Any] = json.loads(first[0][0])
            self._founded["register"], self._founded["label"]
        except (TypeError, ValueError, KeyError, RecursionError) as error:
            raise RegisterDamaged(store.path, ["event 1 cannot be read"]) from error
        self._events, self._imports, self._programme = (
            EventQuestions(store),
            ImportQuestions(store),
            ProgrammeQuestions(store),
        )
        self._snapshots = SnapshotQuestions(store, clock, self.label)
        self._sheets = SheetQuestions(store, self._snapshots, self._programme, self.label)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._store.path

    @property
    def register_id(self) -> str:
        """The identity given to the register when it began; copies share it."""
        return str(self._founded["register"])

    @property
    def label(self) -> str:
        """What is shown with every record, such as ``synthetic exercise data``; empty for real data."""
        return str(self._founded["label"])

    def __repr__(self) -> str:
        """Where it lies, and how much it holds; what cannot be asked, such as of a closed register, is left out."""
        label = f", {self.label!r}" if self.label else ""
        try:
            with self._store.asking() as rows:
                ((events, written),) = rows("SELECT max(seq), max(recorded_at) FROM merestone_event", {})
            summary = f": {number_of(events, 'event')}, last written on {str(written)[:10]}"
        except Exception:  # a name for a person must never fail, whatever became of the file
            summary = ""
        return f"<Register {self.path.name}{label}{summary}{', read only' if self._store.read_only else ''}>"

    def _framed(self) -> tuple[Sequence[Record], str, Sequence[str]]:
        records, _, notes = self.as_of()._framed()
        return records, f"{self.path.name}: what is recorded today, exactly (not for publication)", notes

    def today(self) -> date:
        """The day that is taken for today, in UTC: the clock's, or that of the register's newest word if it is later.

        A clock that was reset cannot lie in the future of what was written before; which of the two is wrong is not
        known, so what warns is taken from both (`as_of`).
        """
        return self._snapshots.today()

    def as_of(
        self,
        true_on: date | None = None,
        known_on: date | datetime | None = None,
        viewer: Viewer = EXACT,
        *,
        outward: Outward | None = None,
        covers: Covers | None = None,
        recall: Recall | None = None,
        kinds: Collection[RecordKind] | None = None,
    ) -> Snapshot:
        """What held in the world on ``true_on``, as it was known at ``known_on``, for ``viewer``.

        Parameters
        ----------
        true_on
            None: today (`today`), and all hazards that hold on the clock's own day or are stated to begin later stand
            beside what holds (`Snapshot.warned_beside`): neither a wrong clock nor a mistyped day hides a hazard. Where
            the clock lies behind the register's newest word, the snapshot's ``clock_on`` says so. A stated day is
            answered exactly, and so is ``known_on``.
        known_on
            A day (all that was known when it ended, in UTC) or an instant. None: all that is known.
        viewer
            `EXACT`, `PARTNER` or `PUBLIC`. Rights are applied here and nowhere else. A record of which any word was
            ever hidden from the viewer has no past for it: at every time asked, it is shown as it is today.
        outward
            How outlines are generalised that the viewer may not see exactly: (outline, metres) -> an outline that
            contains it. None: `merestone.geodesy.masked_all`, drawn from the register's secret.
        covers
            Remembers generalised outlines for the next question. None: each is made anew.
        recall
            Remembers for the next question what the events state, exactly. None: each is read anew.
        kinds
            Only these are needed: records of other kinds may be left out, which saves their reading and generalising.
            None: all.

        Raises
        ------
        RegisterOlder
            The viewer does not see all exactly, the register is of a form that had no secret for public outlines, and
            it lies where it cannot be given one.
        """
        return self._snapshots.as_of(
            true_on, known_on, viewer, outward=outward, covers=covers, recall=recall, kinds=kinds
        )

    def public_changes(self, chain: str | None = None) -> PublicChanges:
        """When what the public may see last changed, up to a link of the chain; see `SnapshotQuestions`."""
        return self._snapshots.public_changes(chain)

    def outline_key(self) -> bytes | None:
        """The register's secret from which public outlines are drawn; None if it has none yet. Never publish it."""
        return self._snapshots.outline_key()

    def head(self) -> Event:
        """The last event. Noted elsewhere, its ``chain`` proves later that history was not rewritten up to it."""
        return self._events.head()

    def event(self, seq: int) -> Event:
        """The event at one place in the chain, counted from 1; LookupError if the chain is shorter."""
        return self._events.event(seq)

    def head_known(self, known_on: date | datetime) -> Event | None:
        """The last event that was known on a day (when it ended, in UTC) or at an instant; None before the first."""
        return self._events.head_known(known_on)

    def conflicts(self, known_on: date | datetime | None = None) -> tuple[str, ...]:
        """The records over which merged copies differ; revising or withdrawing one decides.

        See `EventQuestions.conflicts`.
        """
        return self._events.conflicts(known_on)

    def table_conflicts(self, known_on: date | datetime | None = None) -> "tuple[TableConflict, ...]":
        """The programme's own tables that merged copies set apart, by name; setting one anew decides.

        See `EventQuestions.table_conflicts`.
        """
        return self._events.table_conflicts(known_on)

    def history(self, record_id: str) -> tuple[Event, ...]:
        """Every event of one record, oldest first; see `EventQuestions.history`."""
        return self._events.history(record_id)

    def events(self, *, after: int = 0) -> Iterator[Event]:
        """Every event after the one numbered ``after``, in the order of the chain."""
        return self._events.events(after=after)

    def event_rows(self, *, upto: int, at_once: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of the event table up to a place, as they stand there, some at once: to copy them, not to read."""
        return self._events.event_rows(upto=upto, at_once=at_once)

    def verify(self, progress: Callable[[int, int], None] | None = None) -> "Verification":
        """Recompute every digest, link and current row; see `Verification`."""
        from merestone.register.write import verification

        with self._store.reading_unlooked() as connection:
            return verification.verify(connection, label=self.label, progress=progress)

    def sheets(
        self,
        kind: str | None = None,
        *,
        true_on: date | None = None,
        known_on: date | datetime | None = None,
        viewer: Viewer = EXACT,
    ) -> tuple[SheetRecord, ...]:
        """Activities, organisations, findings and what else lies on no layer, as of two times.

        A viewer gets those whose words it reads, and no others: there is no outward form of a sheet.
        """
        return self._sheets.sheets(kind, true_on=true_on, known_on=known_on, viewer=viewer)

    def records_later(self) -> tuple[Record, ...]:
        """Records on layers that do not hold today and are stated to begin later (`Record.begins_on`).

        See `SnapshotQuestions.records_later`.
        """
        return self._snapshots.records_later()

    def held_states(self) -> AbstractContextManager["HeldStates"]:
        """What `as_of` and `records_later` give for today, exactly, read record by record while a block lasts.

        See `SnapshotQuestions.held_states`.
        """
        return self._snapshots.held_states()

    def doubts_of_days(self) -> tuple[str, ...]:
        """What is to be said where the clock, or days stated of hazards, may be wrong; usually nothing.

        See `SnapshotQuestions.doubts_of_days`.
        """
        return self._snapshots.doubts_of_days()

    def sheets_later(self, kind: str) -> tuple[SheetRecord, ...]:
        """Records of a kind without a layer that do not hold today and are stated to begin later."""
        return self._sheets.sheets_later(kind)

    def outlines_ever(
        self, *kinds: RecordKind, true_on: date, known_on: date | datetime | None = None
    ) -> "NDArray[Any]":
        """Every outline ever recorded of some kinds, beginning by a day, whatever became of it; (n,) in chain order."""
        return self._snapshots.outlines_ever(*kinds, true_on=true_on, known_on=known_on)

    def inspections_due(self, on: date | None = None) -> tuple[SheetRecord, ...]:
        """The signs and fences that should have been looked at again by a day, the longest overdue first.

        See `SheetQuestions.inspections_due`.
        """
        return self._sheets.inspections_due(on)

    def life_cycle(self) -> LifeCycle:
        """The table of states and steps that holds in this register."""
        return self._programme.life_cycle()

    def public_table(self) -> PublicTable:
        """What the public reads of sources, and who shares what is restricted, in this register."""
        return self._programme.public_table()

    def alert_authority(self) -> "AlertAuthority | None":
        """In whose name alerts are published; None until the programme says so."""
        return self._programme.alert_authority()

    def alert_approval(self) -> "Approval":
        """Who takes an alert from which stage to which in this register."""
        return self._programme.alert_approval()

    def instant(self) -> datetime:
        """The instant now by the register's clock, in UTC."""
        return self._clock().astimezone(UTC)

    def scales(self) -> Scales:
        """The weights of evidence that hold in this register."""
        return self._programme.scales()

    def advise(self, record_id: str) -> Advice:
        """What the findings recorded for a hazardous area advise: SHA, CHA or neither. A person decides."""
        return self._sheets.advise(record_id)

    def present(self, record_id: str) -> Event:
        """The event whose state is shown of a record now; see `EventQuestions.present`."""
        return self._events.present(record_id)

    def last_stated(self, record_id: str) -> Event:
        """The last event that gave a record a state, whether it was withdrawn since or not.

        See `EventQuestions.last_stated`.
        """
        return self._events.last_stated(record_id)

    def sides(self, record_id: str) -> tuple[Event, ...]:
        """The events between which somebody has to decide, of a record in conflict; none of any other record."""
        return self._events.sides(record_id)

    def imports(self) -> tuple[Import, ...]:
        """Every file that was taken in, oldest first; those that were undone, too."""
        return self._imports.imports()

    def find_import(self, file_sha256: str, kind: str) -> Import | None:
        """The last import of this very file as this kind that was not undone, if there is one."""
        return self._imports.find_import(file_sha256, kind)

    def imports_of(self, file_sha256: str, kind: str) -> tuple[Import, ...]:
        """Every import of this very file as this kind that was not undone, oldest first."""
        return self._imports.imports_of(file_sha256, kind)

    def origins(self) -> dict[str, str]:
        """The batch that began each record, by the record's identity."""
        return self._imports.origins()

    def standing_count(self, taken: Import) -> int:
        """How many of the records that an import began still hold on some day: those that nobody withdrew whole."""
        return self._imports.standing_count(taken)

    def quarantined(self, *, settled_too: bool = False) -> tuple[QuarantinedRow, ...]:
        """Every row that waits in quarantine, oldest first; see `ImportQuestions.quarantined`."""
        return self._imports.quarantined(settled_too=settled_too)
