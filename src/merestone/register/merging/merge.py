"""Copies of one register that went on apart, made one again: event by event, none lost, whichever is named first.

The result is a new file, with the attachments and the personal data of all copies beside it: all of it, or nothing. Its
chain begins with the events that all copies share; then come the others, by the instant at which they were recorded,
each copy's in their own order; then one event for each stretch of days on which copies differ over a record, and one
for each table of the programme that they set apart; and last an event that names the heads of the copies, so that each
old chain can be recomputed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from merestone.register.events.errors import RegisterExists
from merestone.register.events.event import (
    BODY_VERSION,
    GENESIS,
    Change,
    Event,
    canonical,
    chain_digest,
    event_digest,
    geometry_digest,
)
from merestone.register.events.programme_tables import TableConflict, is_word, set_apart, table_events
from merestone.register.events.schema import EVENT
from merestone.register.file.opening import new_store
from merestone.register.file.sqlite_driver import insert_all
from merestone.register.merging.merge_attachments import AttachmentsMerged, merge_attachments
from merestone.register.merging.merge_personal import PersonalMerged, merge_personal
from merestone.register.merging.merge_whole import are_same_bytes, is_taken_over
from merestone.register.merging.staging import Staging, staging
from merestone.register.query.outline_key import set_outline_key
from merestone.register.register import Register
from merestone.register.sidecars.attachment_store import LARGEST_BYTES, AttachmentStore
from merestone.register.sidecars.personal_store import PersonalStore
from merestone.register.write.branch_differences import differences, heads_of, told_of
from merestone.register.write.projection import rebuild
from merestone.terms import FieldRefused, RequestRefused

_CHUNK = 2000


class NotCopies(RequestRefused):
    """The registers are not copies of one and the same, or one of them is not sound."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that copies changed apart, and the events on which a decision must be based."""

    record_id: str
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What came together."""

    common: int
    """Events that all copies share."""
    added: tuple[int, ...]
    """Events that each copy has beyond those, in the order in which the copies were named."""
    conflicts: tuple[Conflict, ...]
    """Records over which the copies differ. Until a person decides, the hazards of all branches hold."""
    table_conflicts: tuple[TableConflict, ...]
    """Tables of the programme that the copies set apart. Until it sets one anew, the one last written holds."""
    imported_twice: tuple[str, ...]
    """Names of files that more than one copy took in: their records stand there twice."""
    attachments: AttachmentsMerged
    personal: PersonalMerged


@dataclass(frozen=True, slots=True)
class _Raw:
    """An event as it is copied: nothing of it is made anew but its place in the chain."""

    event_id: str
    body: dict[str, Any]
    text: str
    wkb: bytes | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.body["recorded_at"], self.body["batch"], self.event_id


def merge(
    copies: Sequence[Path | str],
    into: Path | str,
    *,
    by: str,
    why: str,
    keys: Sequence[str] = (),
    largest_bytes: int = LARGEST_BYTES,
) -> MergeReport:
    """Merge copies of one register, and what lies beside them, into a new one: whole, or not at all.

    The copies are only read. If it is interrupted, at whatever point, there is no new register, and it can be begun
    again; as soon as there is one, it is whole.

    Parameters
    ----------
    copies
        Two or more. Their order makes no difference to the result.
    by, why
        Who merges, and why.
    keys
        Of the personal data, the newest first; needed only to compare entries (`merge_personal`).
    largest_bytes
        The largest attachment that is taken.

    Raises
    ------
    NotCopies
        They are not copies of one register, or one is not sound.
    RegisterExists
        The path is taken, or that of the attachments or the personal data beside it.
    FileRefused
        An attachment is too large, or what lies beside a copy is no store of personal data.
    KeyRefused, EntriesDiffer
        An entry of personal data cannot be taken (`merge_personal`).
    RegisterNotWritable, RegisterBusy
        The disk refused, or another process merges into the same path.
    """
    into, paths = Path(into), [Path(copy) for copy in copies]
    if into.exists() and not Staging(into).folder.exists():
        raise RegisterExists(into, "a file already exists here", "give another name; it was not touched")
    _refuse_names(into, paths)
    with ExitStack() as stack:
        registers = [stack.enter_context(Register.open(path, read_only=True)) for path in paths]
        _refuse_strangers(registers)
        common = _common(registers)
        tails = [[_raw(event) for event in register.events(after=common)] for register in registers]
        merged = _in_order(tails)
        stage = stack.enter_context(staging(into))
        personal = merge_personal([PersonalStore.path_beside(path) for path in paths], stage.personal, keys=keys)
        folders = [AttachmentStore.beside(path) for path in paths]
        attachments = merge_attachments(folders, AttachmentStore(stage.attachments, largest_bytes=largest_bytes))
        conflicts: tuple[Conflict, ...] = ()
        table_conflicts: tuple[TableConflict, ...] = ()
        whole = _already_whole(registers, tails, merged)
        if whole is None or not is_taken_over(whole, stage.register, registers, named=into):
            conflicts, table_conflicts = _write(registers, stage.register, common, tails, merged, by=by, why=why)
        stage.place()
    counts, twice = tuple(len(tail) for tail in tails), _imported_twice(tails)
    return MergeReport(common, counts, conflicts, table_conflicts, twice, attachments=attachments, personal=personal)


def _refuse_names(into: Path, copies: Sequence[Path]) -> None:
    if len(copies) < 2:
        raise FieldRefused("copies", [str(path) for path in copies], "is not two or more", "name each copy")
    if into.resolve().with_suffix("") in {path.resolve().with_suffix("") for path in copies}:
        why = "would share its attachments and personal data with a copy"  # areas.gpkg and areas.merged
        raise FieldRefused("into", str(into), why, "give a name that differs from theirs before the last full stop")


def _imported_twice(tails: Sequence[Sequence[_Raw]]) -> tuple[str, ...]:
    """The files that more than one copy imported since they parted."""
    names = [{_file(raw) for raw in tail} - {None} for tail in tails]
    both = {str(name) for i, own_names in enumerate(names) for other in names[i + 1 :] for name in own_names & other}
    return tuple(sorted(both))


def _file(raw: _Raw) -> str | None:
    return raw.body["file_name"] if raw.body["change"] == Change.IMPORTED else None


def _refuse_strangers(registers: Sequence[Register]) -> None:
    first = registers[0]
    sound: list[Path] = []
    for register in registers:
        if register.register_id != first.register_id:
            raise NotCopies(
                f"{register.path} and {first.path} are different registers; only copies of one can be merged"
            )
        if any(are_same_bytes(register.path, other) for other in sound):
            continue  # what was seen of the other holds of it
        verification = register.verify()
        if not verification.is_sound:
            raise NotCopies(f"{register.path} is not sound ({verification.breaks[0]}); merge only what verifies")
        sound.append(register.path)


def _common(registers: Sequence[Register]) -> int:
    """How many events all copies share: where the chains agree, so does everything before."""
    low, high = 1, min(register.head().seq for register in registers)
    while low < high:
        middle = (low + high + 1) // 2
        if len({register.event(middle).chain for register in registers}) == 1:
            low = middle
        else:
            high = middle - 1
    return low


def _raw(event: Event) -> _Raw:
    body = dict(event.body)
    text = canonical(body)
    if event_digest(text).hex() != event.event_id:
        raise NotCopies(f"event {event.seq} was written in another form than ours; this program must not rewrite it")
    return _Raw(event.event_id, body, text.decode("utf-8"), event.wkb)


def _in_order(tails: Sequence[Sequence[_Raw]]) -> list[_Raw]:
    """All events once: by instant, each copy's in its own order. It does not depend on the order of the copies."""
    queues = [list(reversed(tail)) for tail in tails]
    done: set[str] = set()
    merged: list[_Raw] = []
    while True:
        for queue in queues:
            while queue and queue[-1].event_id in done:
                queue.pop()
        heads = [queue[-1] for queue in queues if queue]
        if not heads:
            return merged
        raw = min(heads, key=lambda head: head.key)
        done.add(raw.event_id)
        merged.append(raw)


def _already_whole(
    registers: Sequence[Register], tails: Sequence[Sequence[_Raw]], merged: Sequence[_Raw]
) -> Register | None:
    """The copy that has all events in the order in which they come together; None if each lacks some.

    No other copy went on then, or only the same way: there is nothing between them to decide.
    """
    if not all(not tail or list(tail) == list(merged) for tail in tails):
        return None
    return next(register for register, tail in zip(registers, tails, strict=True) if len(tail) == len(merged))


def _write(
    registers: Sequence[Register],
    draft: Path,
    common: int,
    tails: Sequence[Sequence[_Raw]],
    merged: Sequence[_Raw],
    *,
    by: str,
    why: str,
) -> tuple[tuple[Conflict, ...], tuple[TableConflict, ...]]:
    first = registers[0]
    store = new_store(draft, wait_s=60.0)
    try:
        with store.writing() as connection, connection.begin():
            chain = _Chain(connection)
            chain.begin_with(first, common)
            base = chain.link
            for raw in merged:
                chain.add(raw)
            conflicts: tuple[Conflict, ...] = ()
            table_conflicts: tuple[TableConflict, ...] = ()
            apart = [tail for tail in tails if tail]
            if len({tuple(raw.event_id for raw in tail) for tail in apart}) > 1:
                conflicts, table_conflicts = _close(chain, base, apart, merged, by=by, why=why)
            chain.flush()
            rebuild(connection, label=first.label)
            set_outline_key(connection, [register.outline_key() for register in registers])
    finally:
        store.close()
    return conflicts, table_conflicts


class _Chain:
    """Events written one after the other into a new file."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.link, self.seq = GENESIS, 0
        self.places: dict[str, int] = {}
        self._rows: list[tuple[Any, ...]] = []

    def begin_with(self, register: Register, upto: int) -> None:
        """Take the first events of a register that was verified, as they stand: their places and links are the same."""
        self.link, self.seq = bytes.fromhex(register.event(upto).chain), upto
        for rows in register.event_rows(upto=upto):
            insert_all(self.connection, EVENT, rows)

    def add(self, raw: _Raw) -> None:
        self.seq += 1
        self.link = chain_digest(self.link, bytes.fromhex(raw.event_id))
        self.places[raw.event_id] = self.seq
        get = raw.body.get
        searched = (get("record"), get("kind"), get("true_from"), get("true_until"), raw.body["recorded_at"])
        self._rows.append((self.seq, raw.event_id, self.link.hex(), raw.body["change"], *searched, raw.text, raw.wkb))
        if len(self._rows) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        insert_all(self.connection, EVENT, self._rows)
        self._rows = []


def _close(
    chain: _Chain, base: bytes, tails: Sequence[Sequence[_Raw]], merged: Sequence[_Raw], *, by: str, why: str
) -> tuple[tuple[Conflict, ...], tuple[TableConflict, ...]]:
    """Write what holds where copies differ, and the event that names their heads."""
    heads: dict[str, list[list[int]]] = {}
    for tail in tails:
        link = base
        for raw in tail:
            link = chain_digest(link, bytes.fromhex(raw.event_id))
        heads[link.hex()] = _runs([chain.places[raw.event_id] for raw in tail])
    copies = [{"head": head, "runs": heads[head]} for head in sorted(heads)]
    fields = {
        "v": BODY_VERSION,
        "batch": hashlib.sha256("".join(sorted(heads)).encode("ascii")).hexdigest()[:16],
        "by": by,
        "why": why,
        "source": "the copies themselves",
        "recorded_at": merged[-1].body["recorded_at"],
    }
    chain.flush()
    conflicts = []
    touched = sorted({raw.body["record"] for raw in merged if "record" in raw.body})
    for record_id in touched:
        versions = told_of(chain.connection, record_id)
        slices = differences(versions)
        if not slices:
            continue
        branches = heads_of(versions)
        conflicts.append(Conflict(record_id, branches))
        based_on = list(branches)
        for period in slices:
            body = {**period.state, **fields, "change": Change.CONFLICTED.value, "record": record_id}
            body |= {
                "parent": None,
                "parents": based_on,
                "true_from": period.true_from,
                "true_until": period.true_until,
            }
            body["source"] = period.state["source"]
            if period.wkb is not None:
                body["geometry"] = geometry_digest(period.wkb)
            made = _made(body, period.wkb)
            chain.add(made)
            based_on = [made.event_id]  # so that one later decision settles all of them
    table_conflicts = _close_tables(chain, tails, merged, fields)
    chain.add(_made({**fields, "change": Change.MERGED.value, "base": base.hex(), "copies": copies}, None))
    return tuple(conflicts), table_conflicts


def _close_tables(
    chain: _Chain, tails: Sequence[Sequence[_Raw]], merged: Sequence[_Raw], fields: Mapping[str, Any]
) -> tuple[TableConflict, ...]:
    """Write an event for each table that copies set apart: what holds meanwhile, and the words that it is between."""
    copies = [[(raw.event_id, raw.body) for raw in tail if is_word(raw.body)] for tail in tails]
    results = []
    for conflict, parents in set_apart(table_events(chain.connection), copies, new={raw.event_id for raw in merged}):
        body = {**fields, "change": Change.CONFLICTED.value, "setting": conflict.setting, "parents": parents}
        chain.add(_made(body | {"value": conflict.holds.body["value"]}, None))
        results.append(conflict)
    return tuple(results)


def _made(body: dict[str, Any], wkb: bytes | None) -> _Raw:
    text = canonical(body)
    return _Raw(event_digest(text).hex(), body, text.decode("utf-8"), wkb)


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Places in the chain as runs of first and last, in their order."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] + 1 == place:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return runs
