"""Writing: one batch is one transaction, and ends whole or not at all."""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Final

from merestone.register.entry import Entry
from merestone.register.errors import VersionMoved, disk_faults_told
from merestone.register.event import BODY_VERSION, Change, canonical, instant_text
from merestone.register.ledger import Ledger, Pending
from merestone.register.store import Store
from merestone.terms import FieldRefused, RecordKind

_CHUNK: Final = 2000
"""Events held back before they are written together: few enough for memory, enough to make one statement of many."""


def new_record_id() -> str:
    """A name for a record that two offline copies will never both give: 60 random bits, without 0, 1, 8 and 9."""
    text = base64.b32encode(secrets.token_bytes(8)).decode("ascii")
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}"


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
        self._kinds: set[RecordKind] = set() if kind is None else {kind}
        self._pending: list[Pending] = []
        self._ledger: Ledger | None = None

    def __enter__(self) -> "Batch":
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

    def record(self, entry: Entry) -> str:
        """Write a new record down; give its identity."""
        record_id = new_record_id()
        self._add(Change.RECORDED, {"record": record_id, "parent": None, **self._state_of(entry)}, entry)
        self.recorded_count += 1
        self._kinds.add(entry.kind)
        return record_id

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record, as it came, with the reasons."""
        text = raw if isinstance(raw, str) else canonical(raw).decode("utf-8")
        more = {"row": row, "raw": text, "reasons": list(reasons), "file_name": self._file_name}
        self._add(Change.QUARANTINED, more)
        self.quarantined_count += 1

    def revise(self, record_id: str, entry: Entry, *, seen_version: int | None = None, why: str | None = None) -> int:
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
            ``true_from`` lies in the future: the register says what is, and a plan would hide what is.
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

    # How it reaches the file -----------------------------------------------------------------------------------------

    def _change(
        self,
        change: Change,
        record_id: str,
        state: dict[str, Any],
        *,
        entry: Entry | None,
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
            self._flush()
            ledger = self._open_ledger()
            life = ledger.life_of(record_id)
            if seen_version is not None and seen_version != life.version:
                theirs = ledger.event(life.words[-1].seq)
                raise VersionMoved(record_id, seen=seen_version, found=life.version, yours=entry, theirs=theirs)
            body = {**self._said(change), "kind": life.kinds[-1].value, **state}
            body.update(record=record_id, parent=life.event_ids[-1])
            if why is not None:
                body["why"] = why
            ledger.append([Pending(change, body, entry)], life)
        return life.version + 1

    def _add(self, change: Change, more: dict[str, Any], entry: Entry | None = None) -> None:
        self._pending.append(Pending(change, {**self._said(change), **more}, entry))
        if len(self._pending) >= _CHUNK:
            self._flush()

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

    def _state_of(self, entry: Entry) -> dict[str, Any]:
        state: dict[str, Any] = {
            "accuracy_m": None if entry.accuracy_m is None else float(entry.accuracy_m),
            "attributes": dict(entry.attributes),
            "data_on": _text_of(self._data_on),
            "kind": entry.kind.value,
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
        if pending:
            with disk_faults_told(self._store.path):
                self._open_ledger().append(pending)

    def _finish(self) -> None:
        if self._file_name is not None or self._file_sha256 is not None:
            more: dict[str, Any] = {
                "data_on": _text_of(self._data_on),
                "file_name": self._file_name,
                "file_sha256": self._file_sha256,
                "kinds": sorted(kind.value for kind in self._kinds),
                "quarantined": self.quarantined_count,
                "recorded": self.recorded_count,
                "summary": dict(self.summary),
            }
            self._add(Change.IMPORTED, more)
        self._flush()
        if self._ledger is not None:
            self._ledger.commit()


def _text_of(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
