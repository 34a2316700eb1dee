"""One transaction about drafts, and what is asked of the table of drafts before it is written."""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from merestone.register.events.event import Change, event_of
from merestone.register.events.records import Entry
from merestone.register.events.schema import DRAFT as DRAFTS
from merestone.register.events.schema import EVENT
from merestone.register.file.sqlite_driver import driver_of, rows_of
from merestone.register.query.public_table import public_table
from merestone.register.write.batch import Batch
from merestone.register.write.draft import (
    DraftMoved,
    draft_after,
)
from merestone.register.write.layer_rows import status_of
from merestone.register.write.ledger import Ledger
from merestone.terms import FieldRefused, Visibility


def row_of(connection: sa.Connection, draft_id: str) -> dict[str, Any] | None:
    """The row of one draft; None if there is none."""
    row = connection.execute(sa.select(DRAFTS).where(DRAFTS.c.draft_id == draft_id)).mappings().first()
    return None if row is None else dict(row)


def do_hubs_share(connection: sa.Connection) -> bool:
    """Whether regional offices see each other's restricted records and drafts in this programme."""
    return public_table(rows_of(driver_of(connection))).hubs_share_restricted


def is_draft_restricted(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Whether a draft, or the record that it would revise or became, is restricted."""
    stated = sa.select(EVENT.c.body).where(EVENT.c.seq == row["state_seq"])
    of_record = sa.select(EVENT.c.body).where(EVENT.c.record_id == row["record_id"]).order_by(EVENT.c.seq.desc())
    chosen = [connection.execute(stated).scalar_one()]
    if row["record_id"] is not None:
        chosen += connection.execute(of_record).scalars()
    levels = [level for body in chosen if (level := json.loads(body).get("visibility")) is not None]
    return Visibility.RESTRICTED.value in levels[:2]


def refuse_moved(row: Mapping[str, Any], seen_seq: int | None) -> None:
    """Raise `DraftMoved` if something happened to a draft since the event that a person saw."""
    if seen_seq is not None and row["event_seq"] != seen_seq:
        raise DraftMoved(row["draft_id"])


def refuse_other_state(ledger: Ledger, record_id: str, entry: Entry) -> None:
    """Raise `FieldRefused` if a revision names another state than the record's."""
    ledger.life_of(record_id)
    if entry.status is None:
        return
    present = status_of(ledger.present_state(record_id)[0])
    if entry.status != present:
        raise FieldRefused(
            "status",
            entry.status,
            f"is not the state of {record_id}, which is {present}",
            "a step of its life changes it",
        )


class DraftBatch:
    """One transaction about drafts, and about the records that they become (`batch`)."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def __enter__(self) -> Self:
        self.batch.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep everything, or, after an error, nothing."""
        self.batch.__exit__(kind, error, trace)

    def ledger(self) -> Ledger:
        """The ledger, open for writing."""
        return self.batch.ledger_now()

    def drafted(self, entry: Entry, more: Mapping[str, Any]) -> None:
        """Write what a draft says; `more` names it, who drafted it and for which record."""
        self.batch.add_event(Change.DRAFTED, dict(more), entry)
        self._project(more["draft"])

    def advanced(self, more: Mapping[str, Any]) -> None:
        """Write that a draft went from one stage to another."""
        self.batch.add_event(Change.ADVANCED, dict(more))
        self._project(more["draft"])

    def _project(self, draft_id: str) -> None:
        """Bring the table of drafts up to the event just written."""
        connection = self.ledger().connection
        event = event_of(connection.execute(sa.select(EVENT).order_by(EVENT.c.seq.desc()).limit(1)).one())
        before = row_of(connection, draft_id)
        after = draft_after(before, event.seq, event.body)
        if before is None:
            connection.execute(sa.insert(DRAFTS), [after])
        else:
            connection.execute(sa.update(DRAFTS).where(DRAFTS.c.draft_id == draft_id).values(**after))
