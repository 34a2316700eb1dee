"""The desk of one person: what they drafted, what waits for them, and the step that they may take with it.

A draft is kept in the register's chain like everything else, but it speaks of no day: no layer and no snapshot shows it
until it is published. Publishing writes a record, or revises the one it was drafted for; if that record moved in the
meantime, publishing is refused with both versions, and the draft stays.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from merestone.register.events.errors import RecordUnknown
from merestone.register.events.event import Change, Event, event_of, instant_of
from merestone.register.events.record_timeline import last_stated
from merestone.register.events.records import Entry
from merestone.register.events.schema import DRAFT as DRAFTS
from merestone.register.events.schema import EVENT
from merestone.register.file.sqlite_driver import driver_of, rows_of
from merestone.register.file.store import Store
from merestone.register.programme.approval import (
    DRAFT,
    PUBLISHED,
    Actor,
    Approval,
    ApprovalStep,
    RightMissing,
    Role,
    approval_from,
    default_approval,
)
from merestone.register.query import as_of
from merestone.register.query.public_table import public_table
from merestone.register.write.batch import Batch
from merestone.register.write.draft import (
    ATTACHMENT,
    Base,
    Draft,
    DraftDocument,
    DraftMoved,
    DraftUnknown,
    documents_as_json,
    documents_of,
    entry_of_draft,
    hand_documents_over,
)
from merestone.register.write.draft_batch import (
    DraftBatch,
    do_hubs_share,
    is_draft_restricted,
    refuse_moved,
    refuse_other_state,
    row_of,
)
from merestone.register.write.event_buffer import EventBuffer
from merestone.register.write.layer_rows import layer_named, setting, word_of
from merestone.terms import FieldRefused

_DRAFT_ID: Final = re.compile(r"D-[0-9a-f]{12}")


class Desk:
    """What one person sees of the drafts, and may do with them. Get it from `Register.desk`."""

    def __init__(self, store: Store, actor: Actor, *, clock: Callable[[], datetime], label: str) -> None:
        self._store, self._actor, self._clock, self._label = store, actor, clock, label

    def draft(
        self, entry: Entry, *, why: str, source: str, record_id: str | None = None, seen_version: int | None = None
    ) -> str:
        """Draft a new record, or, with ``record_id``, a revision of the version seen; give the draft's identity.

        Raises
        ------
        RightMissing
            Only a surveyor drafts.
        RecordUnknown
        FieldRefused
            No version is given for a revision; or the entry names another state than the record's: a state changes by
            a step of its life, not by a revision.
        """
        draft_id = f"D-{secrets.token_hex(6)}"
        self._draft_as(draft_id, entry, why=why, source=source, record_id=record_id, seen_version=seen_version)
        return draft_id

    def _draft_as(
        self, draft_id: str, entry: Entry, *, why: str, source: str, record_id: str | None, seen_version: int | None
    ) -> None:
        if Role.SURVEYOR not in self._actor.roles:
            raise RightMissing(f"{self._actor.name!r} may not draft; this requires the role {Role.SURVEYOR}")
        if record_id is not None and seen_version is None:
            raise FieldRefused(
                "seen_version", None, "is missing", "say on which version of the record the draft is based"
            )
        with self._batch(why, source) as drafts:
            ledger = drafts.ledger()
            if row_of(ledger.connection, draft_id) is not None:  # somebody was faster
                raise DraftMoved(draft_id)
            if record_id is not None:
                refuse_other_state(ledger, record_id, entry)
            drafts.drafted(entry, self._about(draft_id, record_id, seen_version))

    def draft_once(
        self,
        entry: Entry,
        *,
        why: str,
        source: str,
        record_id: str | None = None,
        seen_version: int | None = None,
        draft_id: str | None = None,
    ) -> tuple[str, bool]:
        """Draft under an identity chosen beforehand, so that asking again after a lost answer makes no second draft.

        Parameters
        ----------
        draft_id
            ``D-`` and twelve hexadecimal digits, which no other form gives. None: `draft` chooses.

        Returns
        -------
        The draft's identity, and whether it was made now. One that this person made before is written anew if it is
        still a draft and says something else; what others did with it since stays.

        Raises
        ------
        RightMissing, RecordUnknown, FieldRefused
            As `draft` and `redraft`.
        """
        if draft_id is None:
            made = self.draft(entry, why=why, source=source, record_id=record_id, seen_version=seen_version)
            return made, True
        if not _DRAFT_ID.fullmatch(draft_id):
            raise FieldRefused("draft_id", draft_id, "is not the identity of a draft", "use D- and 12 hex digits")
        with self._store.reading() as connection:
            before = row_of(connection, draft_id)
        if before is None:
            self._draft_as(draft_id, entry, why=why, source=source, record_id=record_id, seen_version=seen_version)
            return draft_id, True
        if before["author"] != self._actor.name or before["record_id"] != record_id:
            raise DraftMoved(draft_id)
        if not self.has_written(draft_id, entry, why=why, source=source):
            self.redraft(draft_id, entry, why=why, source=source, seen_version=seen_version)
        return draft_id, False

    def has_written(self, draft_id: str, entry: Entry, *, why: str, source: str) -> bool:
        """Whether the newest event about a draft is this person's own, and says just this."""
        newest, draft = self.history(draft_id)[-1], self.show(draft_id)
        is_own = newest.change is Change.DRAFTED and newest.by == self._actor.name
        return is_own and (newest.why, draft.source, draft.entry) == (why, source, entry)

    def has_advanced(self, draft_id: str, to: str, *, why: str, seen_seq: int) -> Draft | None:
        """The draft, if this person took just this step from the event seen, and nobody did anything since."""
        with self._store.reading() as connection:
            row = row_of(connection, draft_id)
            if row is None:
                return None
            chosen = sa.select(EVENT).where(EVENT.c.seq == row["event_seq"])
            newest = event_of(connection.execute(chosen).one())
            is_step = newest.change is Change.ADVANCED and row["event_seq"] > seen_seq
            if not is_step or (newest.by, newest.why, newest.body["to"]) != (self._actor.name, why, to):
                return None
            return self._draft(connection, row)

    def redraft(
        self,
        draft_id: str,
        entry: Entry,
        *,
        why: str,
        source: str,
        seen_version: int | None = None,
        seen_seq: int | None = None,
    ) -> None:
        """Write a draft anew, while it is still a draft. ``seen_seq`` as for `advance`.

        Raises
        ------
        DraftUnknown, DraftMoved, RightMissing, FieldRefused
        """
        with self._batch(why, source) as drafts:
            row = self._writable(drafts.ledger().connection, draft_id, seen_seq)
            if row["record_id"] is not None:
                refuse_other_state(drafts.ledger(), row["record_id"], entry)
            seen = row["seen_version"] if seen_version is None else seen_version
            documents = documents_of(self._stated(drafts.ledger().connection, row).body)
            drafts.drafted(entry, self._about(draft_id, row["record_id"], seen) | documents_as_json(documents))

    def attach(self, draft_id: str, document: DraftDocument, *, why: str) -> None:
        """Let a document that is kept beside the register go with a draft, while it is still a draft.

        It is approved with the draft, read by whoever sees the draft, and the record's once the draft is published.

        Raises
        ------
        DraftUnknown, RightMissing
            As `redraft`.
        FieldRefused
            The draft has it already.
        """
        with self._batch(why, self.show(draft_id).source) as drafts:
            row = self._writable(drafts.ledger().connection, draft_id, None)
            event = self._stated(drafts.ledger().connection, row)
            documents = documents_of(event.body)
            if any(other.sha256 == document.sha256 for other in documents):
                raise FieldRefused(
                    "file", document.file_name, f"is attached to {draft_id} already", "nothing was changed"
                )
            about = self._about(draft_id, row["record_id"], row["seen_version"])
            drafts.drafted(entry_of_draft(event), about | documents_as_json([*documents, document]))

    def _writable(self, connection: sa.Connection, draft_id: str, seen_seq: int | None) -> dict[str, Any]:
        row = self._row(connection, draft_id)
        refuse_moved(row, seen_seq)
        place = row["stage"], row["organisation"], row["hub"]
        if place != (DRAFT, self._actor.organisation, self._actor.hub):
            raise RightMissing(f"draft {draft_id!r} is {row['stage']}; only its organisation writes it, while a draft")
        if Role.SURVEYOR not in self._actor.roles:
            raise RightMissing(f"{self._actor.name!r} may not draft; this requires the role {Role.SURVEYOR}")
        return row

    def advance(self, draft_id: str, to: str, *, why: str, seen_seq: int | None = None) -> Draft:
        """Take a draft to another stage; at ``published`` it becomes a record, or a revision of one.

        Parameters
        ----------
        seen_seq
            `Draft.seq` of the draft that the person looked at. None: take whatever stands there.

        Raises
        ------
        DraftUnknown
            No such draft, or another hub's.
        DraftMoved
            It is not what was looked at.
        RightMissing
            The step is another's to take.
        VersionMoved
            The record that the draft would revise was changed since. The draft stays where it was.
        """
        draft = self.show(draft_id)
        with self._batch(why, draft.source) as drafts:
            connection = drafts.ledger().connection
            row = self._row(connection, draft_id)  # again, now that nobody else can write
            refuse_moved(row, seen_seq)
            actor, table = self._actor, self._approval(connection)
            step = table.step(
                row["stage"], to, actor, author=row["author"], organisation=row["organisation"], hub=row["hub"]
            )
            target = row["record_id"]
            if to == PUBLISHED:
                approved = self._draft(connection, row)
                if target is None:
                    target = drafts.batch.record(approved.entry)
                else:
                    drafts.batch.revise(target, approved.entry, seen_version=row["seen_version"])
                hand_documents_over(
                    drafts.batch, approved.documents, target, self._attached(connection, approved.documents)
                )
            drafts.advanced(
                {
                    "draft": draft_id,
                    "from": row["stage"],
                    "to": to,
                    "role": step.role.value,
                    "organisation": actor.organisation,
                    "hub": actor.hub,
                    "target": target,
                }
            )
            # Told once, also to somebody who from now on no longer sees it.
            return self._draft(connection, row_of(connection, draft_id) or row)

    def _attached(self, connection: sa.Connection, wanted: tuple[DraftDocument, ...]) -> list[Mapping[str, Any]]:
        """The fields of the attachments that the register has, where any are asked for."""
        if not wanted:
            return []
        today, rows = self._clock().astimezone(UTC).date(), rows_of(driver_of(connection))
        sheets = as_of.sheets(rows, kind=ATTACHMENT, true_on=today, known_on=None, label=self._label)
        return [sheet.attributes for sheet in sheets]

    def base(self, record_id: str) -> Base:
        """A record as it was last stated, to draft a revision of it.

        It does not ask who may see the record exactly: whoever shows it must.

        Raises
        ------
        RecordUnknown
            There is no such record, or it was withdrawn.
        FieldRefused
            It is a sheet, of which there are no drafts.
        """
        with self._store.asking() as rows:
            hubs_share = public_table(rows).hubs_share_restricted
        with self._store.reading() as connection:
            chosen = sa.select(EVENT).where(EVENT.c.record_id == record_id).order_by(EVENT.c.seq)
            events = {event.seq: event for event in map(event_of, connection.execute(chosen))}
            made = sa.select(DRAFTS.c.fid).where(
                DRAFTS.c.record_id == record_id, DRAFTS.c.stage == PUBLISHED, DRAFTS.c.hub == self._actor.hub
            )
            if not hubs_share:
                made = made.where(DRAFTS.c.organisation == self._actor.organisation)
            is_own = connection.execute(made).first() is not None
        assertions = [
            word_of(event.seq, event.change, event.body.get("true_from"), event.body.get("true_until"))
            for event in events.values()
        ]
        stated = last_stated(assertions)
        if stated is None:
            raise RecordUnknown(record_id)
        event = events[stated.seq]
        if layer_named(event.body["kind"]) is None:
            raise FieldRefused("record", record_id, "is a sheet", "only records with an outline are drafted")
        return Base(record_id, entry_of_draft(event), len(events), event.source, is_own)

    def show(self, draft_id: str) -> Draft:
        """One draft; DraftUnknown if there is none that this person may see."""
        with self._store.reading() as connection:
            return self._draft(connection, self._row(connection, draft_id))

    def steps(self, draft_id: str) -> tuple[ApprovalStep, ...]:
        """The steps that this person may take with a draft as it stands; DraftUnknown as `show`."""
        with self._store.reading() as connection:
            row = self._row(connection, draft_id)
            about = {name: row[name] for name in ("author", "organisation", "hub")}
            return self._approval(connection).open_to(self._actor, stage=row["stage"], **about)

    def steps_of(self, drafts: Sequence[Draft]) -> list[tuple[ApprovalStep, ...]]:
        """For each of the drafts, as `drafts` gave them, the steps that this person may take with it."""
        with self._store.reading() as connection:
            table = self._approval(connection)
        return [
            table.open_to(
                self._actor, stage=draft.stage, author=draft.author, organisation=draft.organisation, hub=draft.hub
            )
            for draft in drafts
        ]

    def stages(self) -> tuple[str, ...]:
        """The stages of the programme's chain, from the first on."""
        with self._store.reading() as connection:
            steps = self._approval(connection).steps
        return tuple(dict.fromkeys([DRAFT, *(step.after for step in steps)]))

    def drafts(self, stage: str | None = None) -> tuple[Draft, ...]:
        """Every draft that this person may see, at one stage or at any, the longest unchanged first."""
        with self._store.reading() as connection:
            table = self._approval(connection)
            chosen = sa.select(DRAFTS).order_by(DRAFTS.c.event_seq)
            if stage is not None:
                chosen = chosen.where(DRAFTS.c.stage == stage)
            rows = [dict(row) for row in connection.execute(chosen).mappings()]
            is_shared = do_hubs_share(connection)
            seen = [row for row in rows if self._sees(connection, table, row, hubs_share=is_shared)]
            return tuple(self._draft(connection, row) for row in seen)

    def history(self, draft_id: str) -> tuple[Event, ...]:
        """Every event about one draft, oldest first: who did what with it, and why.

        Raises
        ------
        DraftUnknown
        """
        with self._store.reading() as connection:
            row = self._row(connection, draft_id)
            chosen = (
                sa.select(EVENT)
                .where(
                    EVENT.c.record_id.is_(None),
                    EVENT.c.change.in_([Change.DRAFTED.value, Change.ADVANCED.value]),
                    EVENT.c.seq.between(row["fid"], row["event_seq"]),
                )
                .order_by(EVENT.c.seq)
            )
            events = [event_of(row) for row in connection.execute(chosen)]
        return tuple(event for event in events if event.body["draft"] == draft_id)

    def _batch(self, why: str, source: str) -> DraftBatch:
        actor, clock, label = self._actor.name, self._clock, self._label
        return DraftBatch(Batch(EventBuffer(self._store, by=actor, why=why, source=source, clock=clock, label=label)))

    def _about(self, draft_id: str, record_id: str | None, seen_version: int | None) -> dict[str, Any]:
        actor = self._actor
        about = {"draft": draft_id, "target": record_id, "seen": seen_version}
        return about | {"hub": actor.hub, "organisation": actor.organisation}

    def _approval(self, connection: sa.Connection) -> Approval:
        table = setting(rows_of(driver_of(connection)), "approval")
        return default_approval() if table is None else approval_from(table, origin="the programme's approval")

    def _sees(self, connection: sa.Connection, table: Approval, row: Mapping[str, Any], *, hubs_share: bool) -> bool:
        is_restricted = not hubs_share and is_draft_restricted(connection, row)
        place = {name: row[name] for name in ("stage", "organisation", "hub")}
        return table.shows(self._actor, **place, is_restricted=is_restricted)

    def _row(self, connection: sa.Connection, draft_id: str) -> dict[str, Any]:
        row = row_of(connection, draft_id)
        is_shared = do_hubs_share(connection)
        if row is None or not self._sees(connection, self._approval(connection), row, hubs_share=is_shared):
            raise DraftUnknown(draft_id)
        return row

    def _draft(self, connection: sa.Connection, row: Mapping[str, Any]) -> Draft:
        event = self._stated(connection, row)
        return Draft(
            draft_id=row["draft_id"],
            stage=row["stage"],
            entry=entry_of_draft(event),
            record_id=row["record_id"],
            seen_version=row["seen_version"],
            author=row["author"],
            organisation=row["organisation"],
            hub=row["hub"],
            changed_at=instant_of(row["changed_at"]).astimezone(UTC),
            source=event.source,
            seq=row["event_seq"],
            documents=documents_of(event.body),
        )

    def _stated(self, connection: sa.Connection, row: Mapping[str, Any]) -> Event:
        return event_of(connection.execute(sa.select(EVENT).where(EVENT.c.seq == row["state_seq"])).one())
