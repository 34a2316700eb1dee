"""The register itself: one file that remembers, and the few things one can ask of it."""

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from merestone.files import part_beside, place_new, remove_leftovers, remove_part
from merestone.register.events.errors import (
    NotARegister,
    RecordUnknown,
    RegisterDamaged,
    RegisterExists,
    RegisterNotSettled,
    RegisterNotWritable,
    RegisterOlder,
)
from merestone.register.events.event import Change, Event, instant_of, instant_text
from merestone.register.events.frames import RecordFrames
from merestone.register.events.records import Import, QuarantinedRow, Record, SheetRecord, Snapshot
from merestone.register.events.rights import EXACT, Viewer
from merestone.register.file.store import Rows, Store, new_store, open_store
from merestone.register.programme.evidence_weights import Advice, Scales, default_scales, scales_from, weigh
from merestone.register.programme.life_cycle import LifeCycle, default_life_cycle, life_cycle_from
from merestone.register.query import as_of, newest
from merestone.register.query.generalisation_cache import Covers
from merestone.register.query.generalising import Outward
from merestone.register.query.outline_key import outline_key
from merestone.register.query.public_table import PublicTable, public_table
from merestone.register.query.record_cache import Recall
from merestone.terms import RecordKind, doubts_of_days

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    from numpy.typing import NDArray

    from merestone.register.events.programme_tables import TableConflict
    from merestone.register.programme.approval import Actor
    from merestone.register.write.batch import Batch
    from merestone.register.write.desk import Desk
    from merestone.register.write.verification import Verification

WAIT_S = 60.0
"""How long a writer waits for another before `RegisterBusy`, in seconds: longer than a large import holds the file."""


def _now() -> datetime:
    return datetime.now(UTC)


class Register(RecordFrames):
    """A register of hazardous areas and what else is recorded of them, in one GeoPackage file.

    Every change is an event that is never changed or deleted, chained by SHA-256 to the event before it; the layers
    that GDAL and QGIS show are rebuilt from the events. One object may be used from several threads; each batch belongs
    to one thread. Several processes may have the same file open; one writes at a time, the others wait.

    Use `create` or `open`, both as context managers. Other libraries take what it holds today as they take a
    `Snapshot`.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime] = _now) -> None:
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

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        label: str = "",
        by: str = "merestone init",
        clock: Callable[[], datetime] = _now,
        wait_s: float = WAIT_S,
    ) -> "Register":
        """Make a new register, whole or not at all, and open it.

        Parameters
        ----------
        label
            Shown with every record, such as ``synthetic exercise data``; empty for real data. It stays for good.

        Raises
        ------
        RegisterExists
            A file stands there. It was not touched.
        RegisterNotWritable
        """
        from merestone.register.write.batch import Batch

        path = Path(path)
        if path.exists():
            raise RegisterExists(
                path, "a file stands here already", "open it, or give another name; it was not touched"
            )
        remove_leftovers(path)
        draft = part_beside(path)
        try:
            store = new_store(draft, wait_s=wait_s)
            try:
                begins, itself = "the register begins", "the register itself"
                with Batch(store, by=by, why=begins, source=itself, clock=clock, label=label) as batch:
                    batch.found(secrets.token_hex(8))
            finally:
                store.close()
            put_in_place(draft, path)
        finally:
            remove_part(draft)
        return cls.open(path, clock=clock, wait_s=wait_s)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        clock: Callable[[], datetime] = _now,
        wait_s: float = WAIT_S,
        look_for_damage: bool = True,
    ) -> "Register":
        """Open a register; one of an older form is brought up to date first, unless it is opened read-only.

        Parameters
        ----------
        look_for_damage
            Compare the file with what was written before the first question or writing (`soundness`), which raises
            `RegisterDamaged` where it differs; `verify` tells the damage. False is for whoever looked just now.

        Raises
        ------
        RegisterMissing, NotARegister, RegisterNewer, RegisterOlder, RegisterNotWritable, RegisterBusy
        """
        store = open_store(Path(path), read_only=read_only, wait_s=wait_s)
        try:
            register = cls(store, clock)
            if look_for_damage:
                store.look_before_use()
            return register
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Let go of the file, and leave it as one plain GeoPackage if nobody else has it open.

        Raises
        ------
        RegisterNotSettled
            The disk refused; what was recorded stands partly in the log beside the file.
        """
        self._store.close()

    def settle(self) -> None:
        """Move what was committed into the one file, so that a copy of it is whole while the register stays open."""
        self._store.settle()

    def __enter__(self) -> "Register":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except RegisterNotSettled:
            if error is None:  # otherwise the error that came first tells what happened
                raise

    def __repr__(self) -> str:
        """Where it lies, and how much it holds; what cannot be asked, such as of a closed register, is left out."""
        label = f", {self.label!r}" if self.label else ""
        try:
            with self._store.asking() as rows:
                ((events, written),) = rows("SELECT max(seq), max(recorded_at) FROM merestone_event", {})
            held = f": {events:,} events, last written on {str(written)[:10]}"
        except Exception:  # a name for a person must never fail, whatever became of the file
            held = ""
        return f"<Register {self.path.name}{label}{held}{', read only' if self.is_read_only else ''}>"

    def _framed(self) -> tuple[Sequence[Record], str, Sequence[str]]:
        records, _, notes = self.as_of()._framed()
        return records, f"{self.path.name}: what is recorded today, exactly (not for publication)", notes

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

    @property
    def is_read_only(self) -> bool:
        """Whether it was opened for reading only."""
        return self._store.read_only

    # Writing ---------------------------------------------------------------------------------------------------------

    def batch(
        self,
        *,
        by: str,
        why: str,
        source: str,
        kind: str | None = None,
        file_name: str | None = None,
        file_sha256: str | None = None,
        data_on: date | None = None,
    ) -> "Batch":
        """Begin one transaction: ``with register.batch(...) as batch``. It is kept whole, or not at all.

        Parameters
        ----------
        by, why, source
            Who writes, why, and who said what is written. None may be empty.
        kind, file_name, file_sha256
            For an import: what the file was taken as (a layer, or a kind without layers), its name, and its SHA-256
            (hexadecimal), by which the same file is recognised (`find_import`).
        data_on
            The day on which the source stood, if it says so.

        Raises
        ------
        RegisterNotWritable
            It was opened for reading only.
        """
        from merestone.register.write.batch import Batch

        if self.is_read_only:
            raise RegisterNotWritable(self.path, "it was opened for reading only", "open it for writing")
        return Batch(
            self._store,
            by=by,
            why=why,
            source=source,
            kind=kind,
            file_name=file_name,
            file_sha256=file_sha256,
            data_on=data_on,
            clock=self._clock,
            label=self.label,
        )

    def desk(self, actor: "Actor") -> "Desk":
        """The drafts that a person sees, and what they may do with them."""
        from merestone.register.write.desk import Desk

        return Desk(self._store, actor, clock=self._clock, label=self.label)

    # Asking ----------------------------------------------------------------------------------------------------------

    def today(self) -> date:
        """The day that is taken for today, in UTC: the clock's, or that of the register's newest word if it is later.

        A clock that was reset cannot lie in the future of what was written before; which of the two is wrong is not
        known, so what warns is taken from both (`as_of`).
        """
        with self._store.asking() as rows:
            return self._today(rows)

    def _today(self, rows: Rows) -> date:
        clock_on = self._clock().astimezone(UTC).date()
        return max(clock_on, as_of.last_written_on(rows) or clock_on)

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
        clock_on = self._clock().astimezone(UTC).date()
        sees_all = viewer.sees_all
        key = None if sees_all or outward is not None else self._outline_key()
        with self._store.asking() as rows:
            today = self._today(rows)
            asked = partial(
                as_of.snapshot,
                rows,
                viewer=viewer,
                label=self.label,
                outward=outward,
                key=key,
                covers=covers or Covers(),
                recall=recall,
                kinds=kinds,
            )
            is_present = true_on is None and known_on is None
            found = asked(true_on=true_on or today, known_on=known_on, warned_since=clock_on if is_present else None)
            if true_on is None and clock_on < today:
                found = replace(found, clock_on=clock_on, last_written_on=today)
            if sees_all or (found.true_on == today and known_on is None):
                return found
            return as_of.without_pasts(rows, found, asked(true_on=today, known_on=None), viewer, recall)

    def outline_key(self) -> bytes | None:
        """The register's secret from which public outlines are drawn; None if it has none yet. Never publish it."""
        with self._store.asking() as rows:
            return outline_key(rows)

    def _outline_key(self) -> bytes:
        """The secret for public outlines; a register of an older form gets one now."""
        key = self.outline_key()
        if key is None:
            try:
                open_store(self.path, read_only=False, wait_s=WAIT_S).close()
            except RegisterNotWritable as error:
                raise RegisterOlder(
                    self.path,
                    "it was written by an older Merestone and has no secret yet from which public outlines are drawn",
                    "open it once for writing, or copy it to where it can be written",
                ) from error
            key = self.outline_key()
        assert key is not None
        return key

    def head(self) -> Event:
        """The last event. Noted elsewhere, its ``chain`` proves later that history was not rewritten up to it."""
        with self._store.asking() as rows:
            head = newest.head(rows)
        assert head is not None
        return head

    def event(self, seq: int) -> Event:
        """The event at one place in the chain, counted from 1; LookupError if the chain is shorter."""
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            return event_queries.event(connection, seq)

    def head_known(self, known_on: date | datetime) -> Event | None:
        """The last event that was known on a day (when it ended, in UTC) or at an instant; None before the first."""
        with self._store.asking() as rows:
            return newest.head(rows, known_on)

    def conflicts(self, known_on: date | datetime | None = None) -> tuple[str, ...]:
        """The records over which merged copies differ; revising or withdrawing one decides.

        Parameters
        ----------
        known_on
            Those that waited for a decision on that day (when it ended, in UTC) or at that instant. None: now.
        """
        with self._store.asking() as rows:
            return newest.conflicts(rows, known_on)

    def table_conflicts(self, known_on: date | datetime | None = None) -> "tuple[TableConflict, ...]":
        """The programme's own tables that merged copies set apart, by name; setting one anew decides.

        Parameters
        ----------
        known_on
            Those that waited for a decision on that day (when it ended, in UTC) or at that instant. None: now.
        """
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            return event_queries.table_conflicts(connection, known_on)

    def history(self, record_id: str) -> tuple[Event, ...]:
        """Every event of one record, oldest first.

        Raises
        ------
        RecordUnknown
        """
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            events = event_queries.history(connection, record_id)
        if not events:
            raise RecordUnknown(record_id)
        return events

    def events(self, *, after: int = 0) -> Iterator[Event]:
        """Every event after the one numbered ``after``, in the order of the chain."""
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            yield from event_queries.events(connection, after)

    def event_rows(self, *, upto: int, at_once: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of the event table up to a place, as they stand there, some at once: to copy them, not to read."""
        from merestone.register.events.schema import EVENT

        chosen = (
            f"SELECT {', '.join(EVENT.c.keys())} FROM merestone_event WHERE seq > :after AND seq <= :upto ORDER BY seq"  # noqa: S608
        )
        with self._store.asking() as rows:
            for after in range(0, upto, at_once):
                yield rows(chosen, {"after": after, "upto": min(after + at_once, upto)})

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
        with self._store.asking() as rows:
            found = as_of.sheets(
                rows,
                kind=kind,
                true_on=true_on or self._today(rows),
                known_on=known_on,
                label=self.label,
            )
        return tuple(sheet for sheet in found if sheet.visibility in viewer.reads)

    def records_later(self) -> tuple[Record, ...]:
        """Records on layers that do not hold today and are stated to begin later (`Record.begins_on`).

        Hazards among them warn already (`Snapshot.warned_beside`). Who looks for what is recorded, such as a new
        delivery of it, must find these too. Each is given as it is stated last.
        """
        with self._store.asking() as rows:
            return as_of.records_later(rows, self._today(rows), self.label)

    def doubts_of_days(self) -> tuple[str, ...]:
        """What is to be said where the clock, or days stated of hazards, may be wrong; usually nothing.

        `Snapshot.doubts_of_days` says the same of a snapshot of today; this is for who asks of other days.
        """
        clock_on = self._clock().astimezone(UTC).date()
        today = self.today()
        is_behind = clock_on < today
        later = [record.begins_on for record in self.records_later() if record.kind.is_hazard and record.begins_on]
        first_on = min(later, default=None)
        return doubts_of_days(clock_on if is_behind else None, today if is_behind else None, len(later), first_on)

    def sheets_later(self, kind: str) -> tuple[SheetRecord, ...]:
        """Records of a kind without a layer that do not hold today and are stated to begin later."""
        with self._store.asking() as rows:
            return as_of.sheets_later(rows, self._today(rows), kind, self.label)

    def outlines_ever(
        self, *kinds: RecordKind, true_on: date, known_on: date | datetime | None = None
    ) -> "NDArray[Any]":
        """Every outline ever recorded of some kinds, beginning by a day, whatever became of it; (n,) in chain order."""
        from merestone.register.query.outlines import outlines_ever

        with self._store.asking() as rows:
            return outlines_ever(rows, kinds, true_on, known_on)

    def inspections_due(self, on: date | None = None) -> tuple[SheetRecord, ...]:
        """The signs and fences that should have been looked at again by a day, the longest overdue first.

        Parameters
        ----------
        on
            None: `today`, which no clock that was reset makes earlier than the register's newest word.
        """
        on = on or self.today()
        marked = [sheet for sheet in self.sheets("marking", true_on=on) if "inspect_again_by" in sheet.attributes]
        due = [sheet for sheet in marked if date.fromisoformat(sheet.attributes["inspect_again_by"]) <= on]
        return tuple(sorted(due, key=lambda sheet: str(sheet.attributes["inspect_again_by"])))

    def life_cycle(self) -> LifeCycle:
        """The table of states and steps that holds in this register."""
        table = self._setting("life_cycle")
        return default_life_cycle() if table is None else life_cycle_from(table, origin="the programme's life cycle")

    def public_table(self) -> PublicTable:
        """What the public reads of sources, and who shares what is restricted, in this register."""
        with self._store.asking() as rows:
            return public_table(rows)

    def scales(self) -> Scales:
        """The weights of evidence that hold in this register."""
        table = self._setting("evidence")
        return default_scales() if table is None else scales_from(table, origin="the programme's evidence")

    def _setting(self, name: str) -> str | None:
        from merestone.register.write.ledger import setting

        with self._store.asking() as rows:
            return setting(rows, name)

    def advise(self, record_id: str) -> Advice:
        """What the findings recorded for a hazardous area advise: SHA, CHA or neither. A person decides."""
        findings = [
            sheet.attributes["finding"]
            for sheet in self.sheets("evidence")
            if sheet.attributes.get("hazardous_area") == record_id
        ]
        return weigh(findings, self.scales())

    def present(self, record_id: str) -> Event:
        """The event whose state is shown of a record now.

        Raises
        ------
        RecordUnknown
            There is no such record, or it was withdrawn.
        """
        from merestone.register.events.record_timeline import last_stated
        from merestone.register.write.ledger import word_of

        events = self.history(record_id)
        texts = [
            word_of(one.seq, one.change.value, one.body["true_from"], one.body["true_until"])
            for one in events
            if one.change not in (Change.DRAFTED, Change.ADVANCED)
        ]
        shown = last_stated(texts)
        if shown is None:
            raise RecordUnknown(record_id)
        return next(event for event in events if event.seq == shown.seq)

    def last_stated(self, record_id: str) -> Event:
        """The last event that gave a record a state, whether it was withdrawn since or not.

        Raises
        ------
        RecordUnknown
        """
        stated = [event for event in self.history(record_id) if "attributes" in event.body]
        return stated[-1]

    def sides(self, record_id: str) -> tuple[Event, ...]:
        """The events between which somebody has to decide, of a record in conflict; none of any other record."""
        from merestone.register.write.branch_differences import told_of
        from merestone.register.write.correction import sides_of

        with self._store.reading() as connection:
            told = told_of(connection, record_id)
        if not told or told[-1].body["change"] != Change.CONFLICTED.value:
            return ()
        places = {one.seq for one in sides_of(told)}
        return tuple(event for event in self.history(record_id) if event.seq in places)

    def imports(self) -> tuple[Import, ...]:
        """Every file that was taken in, oldest first; those that were undone, too."""
        from merestone.register.write.ledger import layer_named

        undone = {body["import"]: body for body in self._bodies(Change.UNDONE)}
        return tuple(
            Import(
                batch_id=body["batch"],
                file_name=body["file_name"],
                file_sha256=body["file_sha256"],
                kinds=tuple(layer_named(kind) or kind for kind in body["kinds"]),
                by=body["by"],
                why=body["why"],
                source=body["source"],
                recorded_at=instant_of(body["recorded_at"]),
                data_on=None if body["data_on"] is None else date.fromisoformat(body["data_on"]),
                recorded_count=body["recorded"],
                quarantined_count=body["quarantined"],
                summary=body["summary"],
                undone_at=instant_of(undone[body["batch"]]["recorded_at"]) if body["batch"] in undone else None,
                undone_by=undone[body["batch"]]["by"] if body["batch"] in undone else None,
            )
            for body in self._bodies(Change.IMPORTED)
        )

    def find_import(self, file_sha256: str, kind: str) -> Import | None:
        """The last import of this very file as this kind that was not undone, if there is one."""
        found = self.imports_of(file_sha256, kind)
        return found[-1] if found else None

    def imports_of(self, file_sha256: str, kind: str) -> tuple[Import, ...]:
        """Every import of this very file as this kind that was not undone, oldest first."""
        return tuple(
            taken
            for taken in self.imports()
            if taken.file_sha256 == file_sha256 and kind in taken.kinds and taken.undone_at is None
        )

    def origins(self) -> dict[str, str]:
        """The batch that began each record, by the record's identity."""
        from merestone.register.query.event_queries import origins

        with self._store.reading() as connection:
            return origins(connection)

    def standing_count(self, taken: Import) -> int:
        """How many of the records that an import began still hold on some day: those that nobody withdrew whole."""
        from merestone.register.query.event_queries import standing

        with self._store.reading() as connection:
            return standing(connection, taken.batch_id, instant_text(taken.recorded_at))

    def quarantined(self, *, settled_too: bool = False) -> tuple[QuarantinedRow, ...]:
        """Every row that waits in quarantine, oldest first.

        Parameters
        ----------
        settled_too
            Also those of which somebody decided (`QuarantinedRow.settled`).
        """
        from merestone.register.query import event_queries
        from merestone.register.query.quarantine import row_of, settlements

        decided = settlements(self._bodies(Change.SETTLED))
        with self._store.reading() as connection:
            rows = event_queries.identified_bodies(connection, Change.QUARANTINED)
        return tuple(
            row_of(seq, event_id, body, decided.get(event_id))
            for seq, event_id, body in rows
            if settled_too or event_id not in decided
        )

    def _bodies(self, change: Change) -> list[dict[str, Any]]:
        """What the events of a kind say that concern no record, oldest first."""
        asked = "SELECT body FROM merestone_event WHERE record_id IS NULL AND change = :change ORDER BY seq"
        with self._store.asking() as rows:
            return [json.loads(body) for (body,) in rows(asked, {"change": change.value})]


def put_in_place(draft: Path, path: Path) -> None:
    """Give the finished file its name, unless somebody took the name in the meantime."""
    if not place_new(draft, path):
        raise RegisterExists(path, "a file stands here already", "give another name; it was not touched")
