"""What a batch writes with: events held back, the ledger they go to, and the end that keeps all of them or none."""

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from merestone.register.events.batch_frame import NewRecord, RowAside, Shared
from merestone.register.events.errors import VersionMoved, disk_faults_told
from merestone.register.events.event import BODY_VERSION, Change, canonical_text, instant_text
from merestone.register.events.record_timeline import Life
from merestone.register.events.records import Entry, Sheet
from merestone.register.file.store import Store
from merestone.register.programme.attribute import sheet_attributes
from merestone.register.programme.kind import Kind, kind_named
from merestone.register.write.layer_rows import Pending, layer_named, status_of
from merestone.register.write.ledger import Ledger
from merestone.terms import FieldRefused

_MOST_SHARED: Final = 500
_ALERT: Final = "alert"
_CHUNK: Final = 2000
"""Events held back before they are written together: few enough for memory, enough to make one statement of many."""


def _record_ids() -> Iterator[str]:
    """Names for records that two offline copies will never both give: 60 random bits, without 0, 1, 8 and 9."""
    block = 1
    while True:
        # Drawn in growing blocks: for each name alone, the encoder would cost as much as writing the record's JSON.
        text = base64.b32encode(secrets.token_bytes(15 * block)).decode("ascii")
        block = min(2 * block, 64)
        fours = [text[at : at + 4] for at in range(0, len(text), 4)]
        yield from map("-".join, zip(fours[::3], fours[1::3], fours[2::3], strict=True))


class EventBuffer:
    """The events of one transaction: held back until many are written together, then kept all, or none of them.

    A `Batch` decides what is written; this writes it, with who, why and from which source.
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
        kind: str | None = None,
        file_name: str | None = None,
        file_sha256: str | None = None,
        data_on: date | None = None,
    ) -> None:
        for field, value in (("by", by), ("why", why), ("source", source)):
            if not value.strip():
                raise FieldRefused(
                    field, value, "is empty", "give the author, the reason and the source: the history needs all three"
                )
        self.batch_id = secrets.token_hex(8)
        self.recorded_count = 0
        self.quarantined_count = 0
        self.summary: dict[str, Any] = {}
        """See `Batch.summary`."""
        self.store, self._clock, self.label = store, clock, label
        self._by, self._why, self.source = by, why, source
        self._kind, self.file_name, self._file_sha256, self._data_on = kind, file_name, file_sha256, data_on
        self.kinds: set[str] = set() if kind is None else {str(kind)}
        self._waiting: list[Pending | NewRecord | RowAside] = []
        self._concerned: set[str] = set()
        """The records that pending events concern."""
        self.ids = _record_ids()
        self._shared: dict[object, Shared] = {}
        self._last_shared: tuple[object, Shared] = (), Shared({})
        self._definitions: dict[str, Kind] = {}
        self._ledger: Ledger | None = None
        self.is_of_alert_desk = False
        """See `Batch.is_of_alert_desk`."""

    def change(
        self,
        change: Change,
        record_id: str,
        state: dict[str, Any],
        *,
        entry: Entry | Sheet | None,
        seen_version: int | None,
        why: str | None,
        parent: str | None = None,
        is_said_again: bool = False,
    ) -> int:
        """Write what a record is from now on, or that it ended; give its new version.

        Parameters
        ----------
        parent
            The event that this one goes on from. None: the record's last.
        is_said_again
            It was said before, so its days may lie ahead.

        Raises
        ------
        RecordUnknown, VersionMoved, FieldRefused
            As `Batch.revise`.
        """
        true_from = state["true_from"]
        is_later = true_from is not None and true_from > self.today().isoformat()
        if is_later and not is_said_again:
            raise FieldRefused(
                "true_from",
                true_from,
                "lies in the future",
                "record the change once it has come true: the current layers would otherwise hide what still holds",
            )
        with disk_faults_told(self.store.path):
            ledger = self.settled(record_id)
            life = ledger.life_of(record_id)
            if seen_version is not None and seen_version != life.version:
                theirs = ledger.event(life.assertions[-1].seq)
                raise VersionMoved(record_id, seen=seen_version, current=life.version, yours=entry, theirs=theirs)
            if life.kinds[-1] == _ALERT and not self.is_of_alert_desk:
                why_not, remedy = "is an alert, which people have or may have read", "use `merestone alert`"
                raise FieldRefused("record", record_id, why_not, remedy)
            body = {**self.common_body(change), "kind": life.kinds[-1], **state}
            body.update(record=record_id, parent=parent or life.event_ids[-1])
            if why is not None:
                body["why"] = why
            if (layer_named(life.kinds[0]) or life.kinds[0]) != body["kind"] and isinstance(entry, Sheet):
                raise FieldRefused("kind", body["kind"], f"cannot follow {life.kinds[0]}", "record it as a new record")
            if isinstance(entry, Entry) and layer_named(life.kinds[0]) is None:
                raise FieldRefused("kind", body["kind"], f"cannot follow {life.kinds[0]}", "record it as a new record")
            self.hold(_pending(change, body, entry, life))
        return life.version + 1

    def record(self, entry: Entry | Sheet) -> str:
        """`Batch.record`."""
        record_id = next(self.ids)
        if isinstance(entry, Entry):
            stated, row_number, accuracy_m = entry.attributes, entry.row, entry.accuracy_m
            attributes = canonical_text(stated if type(stated) is dict else dict(stated)) if stated else "{}"
            shared = self._shared_of(entry)
            row = str(row_number) if type(row_number) is int else canonical_text(row_number)
            accuracy_m = accuracy_m if accuracy_m is None or type(accuracy_m) is float else float(accuracy_m)
            self.hold(NewRecord(shared, record_id, accuracy_m, attributes, row, entry.geometry))
        else:
            state = self.state_of(entry)
            self.add(Change.RECORDED, {"record": record_id, "parent": None, **state}, entry)
            self.kinds.add(entry.kind)
        self.recorded_count += 1
        return record_id

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str], sheet: str | None) -> None:
        """`Batch.quarantine`."""
        text = raw if isinstance(raw, str) else canonical_text(raw)
        key = Change.QUARANTINED, sheet
        shared = self._shared.get(key)
        if shared is None:
            body = {**self.common_body(Change.QUARANTINED), "file_name": self.file_name}
            shared = self._shared[key] = Shared(body if sheet is None else {**body, "sheet": sheet})
        row_texts = canonical_text(text), canonical_text(list(reasons)), canonical_text(row)
        self.hold(RowAside(shared, *row_texts))
        self.quarantined_count += 1

    def settled(self, *record_ids: str) -> Ledger:
        """The ledger, once all that this batch said of these records has reached it."""
        if not self._concerned.isdisjoint(record_ids):
            self.flush()
        return self.open_ledger()

    def hold(self, pending: Pending | NewRecord | RowAside) -> None:
        """Keep an event back until many are written together."""
        self._waiting.append(pending)
        if isinstance(pending, NewRecord):
            self._concerned.add(pending.record_id)
        elif isinstance(pending, Pending):
            self._concerned.add(pending.body.get("record", ""))
        if len(self._waiting) >= _CHUNK:
            self.flush()

    def add(self, change: Change, more: dict[str, Any], entry: Entry | Sheet | None = None) -> None:
        """Write an event: what all of this batch say of themselves, and `more`."""
        self.hold(_pending(change, {**self.common_body(change), **more}, entry))

    def today(self) -> date:
        """The day by the register's clock, in UTC."""
        return self._clock().astimezone(UTC).date()

    def common_body(self, change: Change) -> dict[str, Any]:
        """What every event of this batch says of itself."""
        return {
            "v": BODY_VERSION,
            "batch": self.batch_id,
            "by": self._by,
            "change": change.value,
            "source": self.source,
            "why": self._why,
        }

    def state_of(self, entry: Entry | Sheet) -> dict[str, Any]:
        """What an event says of the state of a record."""
        if isinstance(entry, Sheet):
            return {
                "kind": entry.kind,
                "attributes": sheet_attributes(entry.kind, entry.attributes),
                **self._common_state(entry),
            }
        state = self._common_state(entry)
        state["accuracy_m"] = None if entry.accuracy_m is None else float(entry.accuracy_m)
        state["attributes"] = dict(entry.attributes)
        state["kind"] = entry.kind.value
        if entry.status is not None:
            state["status"] = entry.status
        if entry.evidence:
            state["evidence"] = list(entry.evidence)
        return state

    def _shared_of(self, entry: Entry) -> Shared:
        """What a new record shares with others of this batch; one that says the same shares the frame too."""
        stated = entry.kind, entry.true_from, entry.true_until, entry.visibility, entry.source
        key = (*stated, self._data_day(entry), entry.status, entry.evidence)
        if key == self._last_shared[0]:  # as it mostly is; an enumeration's hash is a call
            return self._last_shared[1]
        shared = self._shared.get(key)
        if shared is None:
            if len(self._shared) >= _MOST_SHARED:
                self._shared.clear()
            state = self.state_of(entry)
            body = {**self.common_body(Change.RECORDED), "parent": None, **state}
            for slot in ("accuracy_m", "attributes", "row"):
                del body[slot]
            shared = self._shared[key] = Shared(body, entry.kind, status_of(body))
            self.kinds.add(entry.kind.value)
        self._last_shared = key, shared
        return shared

    def _data_day(self, entry: Entry | Sheet) -> date | None:
        """The day of an entry's data: as it is given, else as its attributes state it, else the batch's.

        A stated day that is still to come is a slip of the pen, and is not believed.
        """
        if entry.data_on is not None:
            return entry.data_on
        if not entry.attributes:
            return self._data_on
        definition = self._definitions.get(entry.kind)
        if definition is None:
            definition = self._definitions[entry.kind] = kind_named(entry.kind)
        stated = definition.data_on(entry.attributes)
        if stated is not None and stated <= self.today():
            return stated
        return self._data_on

    def _common_state(self, entry: Entry | Sheet) -> dict[str, Any]:
        state: dict[str, Any] = {
            "data_on": text_of(self._data_day(entry)),
            "row": entry.row,
            "true_from": text_of(entry.true_from),
            "true_until": text_of(entry.true_until),
            "visibility": entry.visibility.value,
        }
        if entry.source is not None:
            state["source"] = entry.source
        return state

    def open_ledger(self) -> Ledger:
        """The ledger, with the write lock taken.

        Raises
        ------
        RegisterBusy
            Another program writes, for as long as the register was told to wait.
        """
        if self._ledger is None:
            with disk_faults_told(self.store.path):
                self._ledger = Ledger(self.store, now=instant_text(self._clock()), label=self.label)
        return self._ledger

    def flush(self) -> None:
        """Write what was held back to the ledger; the transaction goes on."""
        pending, self._waiting = self._waiting, []
        self._concerned.clear()
        if pending:
            with disk_faults_told(self.store.path):
                self.open_ledger().append(pending)

    def finish(self) -> None:
        """Write what is left, of an import its closing event, and keep all of it."""
        with disk_faults_told(self.store.path):
            self._finish()

    def close(self) -> None:
        """Let go of the ledger; what was not kept is undone."""
        if self._ledger is not None:
            self._ledger.close()

    def _finish(self) -> None:
        if self.file_name is not None or self._file_sha256 is not None:
            more: dict[str, Any] = {
                "data_on": text_of(self._data_on),
                "file_name": self.file_name,
                "file_sha256": self._file_sha256,
                "kinds": sorted(self.kinds),
                "quarantined": self.quarantined_count,
                "recorded": self.recorded_count,
                "summary": dict(self.summary),
            }
            self.add(Change.IMPORTED, more)
        self.flush()
        if self._ledger is not None:
            self._ledger.commit()


def _pending(change: Change, body: dict[str, Any], entry: Entry | Sheet | None, life: Life | None = None) -> Pending:
    if entry is None:
        return Pending(change, body, life=life)
    on_layer = isinstance(entry, Entry) and change is not Change.DRAFTED
    return Pending(change, body, entry.geometry, entry.kind if isinstance(entry, Entry) and on_layer else None, life)


def text_of(day: date | None) -> str | None:
    """A day as events write it."""
    return None if day is None else day.isoformat()
