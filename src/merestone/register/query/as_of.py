"""What held on a day, as it was known at a moment, for a viewer: the one way to read records, where rights apply."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import numpy as np
import shapely

from merestone.register.events.decoding import day_of, records_of
from merestone.register.events.event import Change, instant_of
from merestone.register.events.record import Record
from merestone.register.events.records import SheetRecord, Snapshot
from merestone.register.events.rights import Viewer
from merestone.register.file.sqlite_driver import Rows
from merestone.register.query.generalisation_cache import Covers
from merestone.register.query.generalising import Outward, seen_by
from merestone.register.query.known_state import KnownState, known_state
from merestone.register.query.quarantine import waiting_count
from merestone.register.query.record_cache import Recall, hidden_records
from merestone.register.query.warned import (
    STATES_AT,
    beginning_beside,
    beginning_later,
    warned_beside,
    with_hidden_joined,
)
from merestone.terms import DataDays, RecordKind, Visibility, collector_at_rest

_LAYER_NAMES: Final = [kind.value for kind in RecordKind]


@collector_at_rest()
def snapshot(
    rows: Rows,
    *,
    true_on: date,
    known_on: date | datetime | None,
    viewer: Viewer,
    label: str,
    outward: Outward | None,
    key: bytes | None,
    covers: Covers,
    recall: Recall | None,
    warned_since: date | None = None,
    kinds: Collection[RecordKind] | None = None,
    among: Callable[[str], bool] | None = None,
) -> Snapshot:
    """Read a snapshot in one transaction.

    Parameters
    ----------
    warned_since
        Of the present: the day from which on every hazard warns, though it does not hold on ``true_on``
        (`Snapshot.warned_beside`). None: what holds.
    kinds
        Records of other kinds may be left out. None: none are.
    among
        Says of a record's identity whether it is wanted. None: all are.
    """
    asked = partial(snapshot, rows, true_on=true_on, known_on=known_on, viewer=viewer, label=label, outward=outward,
                    key=key, covers=covers, recall=recall, warned_since=warned_since, among=among)  # fmt: skip
    begins = {} if warned_since is None else beginning_beside(rows, true_on, warned_since)
    if kinds is not None and begins:
        return asked()  # what is shown of a record follows from all of its states, of whichever kind
    known = known_state(rows, known_on)
    versions = versions_upto(rows, known.upto)
    versioned = partial(_read, rows, kinds=kinds) if recall is None else partial(_recalled, rows, recall)
    records = _among(versioned(true_on, known, versions=versions, label=label), among)
    exact = Snapshot(
        records=records,
        true_on=true_on,
        known_on=known_on,
        viewer=viewer.name,
        label=label,
        written_on=None,
        data_days=DataDays(),
        quarantined_count=waiting_count(rows, known.upto),
    )
    beside = warned_beside(rows, exact, begins, versions)
    if not viewer.sees_all:
        seen = partial(seen_by, viewer, rows=rows, versions=versions, key=key, outward=outward, covers=covers)
        records, beside = seen(records), seen(beside)
    shown = replace(exact, records=records, warned_beside=beside, withheld_count=len(exact.records) - len(records))
    shown = with_hidden_joined(shown) if beside and not viewer.sees_all else shown
    if kinds is not None and not shown.records:
        return asked()  # whether a day of writing may be told depends on what else the viewer sees
    days = DataDays.of(record.data_on for record in (*shown.records, *shown.warned_beside))
    return replace(
        shown,
        written_on=instant_of(known.last_at).date() if days.count and known.last_at is not None else None,
        data_days=days,
    )


def _among(records: tuple[Record, ...], is_wanted: Callable[[str], bool] | None) -> tuple[Record, ...]:
    return records if is_wanted is None else tuple(record for record in records if is_wanted(record.record_id))


def _recalled(
    rows: Rows, recall: Recall, true_on: date, known: KnownState, *, versions: dict[str, int], label: str
) -> tuple[Record, ...]:
    """The records as the cache has them, with the versions of that time."""
    places = sorted(seq for (seq,) in rows(LATEST, {"day": true_on.isoformat(), "upto": known.upto}))
    return tuple(
        [
            record if (version := versions.get(record.record_id)) is None else record._replace(version=version)
            for record in recall.records(rows, places, label)
        ]
    )


def _read(
    rows: Rows,
    true_on: date,
    known: KnownState,
    kinds: Collection[RecordKind] | None,
    *,
    versions: dict[str, int],
    label: str,
) -> tuple[Record, ...]:
    """The records as the file has them."""
    snapshot_rows = _holding(rows, true_on, known, _LAYER_NAMES if kinds is None else [kind.value for kind in kinds])
    record_ids, texts, wkbs = zip(*snapshot_rows, strict=True) if snapshot_rows else ((), (), ())
    outlines = shapely.from_wkb(np.array(wkbs, dtype=object))
    return tuple(records_of(record_ids, texts, outlines.tolist(), versions=versions, label=label))


def past(
    rows: Rows,
    asked: Callable[..., Snapshot],
    *,
    today: date,
    true_on: date,
    known_on: date | datetime | None,
    viewer: Viewer,
    recall: Recall | None,
) -> Snapshot:
    """A snapshot of the past in which what was ever hidden from the viewer has no past: it is shown as it is today.

    Outlines of one hidden record at several times, laid over each other, would tell more than any one of them; and
    what is restricted today may have been public once. An exact outline beside a generalised one of the same record
    would tell how it was drawn, so a record has a past only if all of it may be seen exactly, or all of it is public.

    Parameters
    ----------
    asked
        `snapshot` but for the times.
    """
    exactly = frozenset(visibility.value for visibility in viewer.sees_exactly)
    alike = frozenset({Visibility.PUBLIC.value})
    if recall is None:
        hidden = hidden_records(rows, exactly) & hidden_records(rows, alike)
    else:
        hidden = recall.hidden(rows, exactly) & recall.hidden(rows, alike)
    if not hidden:
        return asked(true_on=true_on, known_on=known_on)
    # What has no past is not drawn as it was then: of 100,000 it would take seconds.
    then = asked(true_on=true_on, known_on=known_on, among=lambda record_id: record_id not in hidden)
    now = asked(true_on=today, known_on=None, among=hidden.__contains__)
    records = (*then.records, *(record for record in now.records if record.record_id in hidden))
    last_at = known_state(rows, known_on).last_at
    return replace(
        then,
        records=records,
        withheld_count=then.withheld_count + now.withheld_count,
        written_on=instant_of(last_at).date() if records and last_at is not None else None,
        data_days=DataDays.of(record.data_on for record in records),
    )


def sheets(
    rows: Rows, *, kind: str | None, true_on: date, known_on: date | datetime | None, label: str
) -> tuple[SheetRecord, ...]:
    """The sheets that hold, of one kind or of all."""
    from merestone.register.programme.kind import kinds, unknown_kind

    names = [name for name, definition in kinds().items() if not definition.layers and kind in (None, name)]
    if not names:
        raise unknown_kind(str(kind))
    known = known_state(rows, known_on)
    versions = versions_upto(rows, known.upto)
    return tuple(
        _sheet(record_id, text, wkb, versions.get(record_id, 1), label)
        for record_id, text, wkb in _holding(rows, true_on, known, names)
    )


def _sheet(record_id: str, text: str, wkb: bytes | None, version: int, label: str) -> SheetRecord:
    body = json.loads(text)
    return SheetRecord(
        record_id=record_id,
        kind=body["kind"],
        attributes=body["attributes"],
        geometry=None if wkb is None else shapely.from_wkb(wkb),
        source=body["source"],
        true_from=day_of(body["true_from"]),
        true_until=day_of(body["true_until"]),
        recorded_at=instant_of(body["recorded_at"]),
        visibility=Visibility(body["visibility"]),
        version=version,
        label=label,
    )


def records_later(rows: Rows, today: date, label: str) -> tuple[Record, ...]:
    """Records on layers that do not hold today and are stated to begin later, as they are stated last."""
    later = beginning_later(rows, today, _LAYER_NAMES)
    records = []
    for seq, record_id, text, wkb in rows(STATES_AT, {"seqs": json.dumps(sorted(later))}) if later else ():
        begins_on, version = later[seq]
        outlines = shapely.from_wkb(np.array([wkb], dtype=object)).tolist()
        [record] = records_of([record_id], [text], outlines, versions={record_id: version}, label=label)
        records.append(record._replace(begins_on=begins_on))
    return tuple(records)


def sheets_later(rows: Rows, today: date, kind: str, label: str) -> tuple[SheetRecord, ...]:
    """Sheets of a kind that do not hold today and are stated to begin later, as they are stated last."""
    later = beginning_later(rows, today, {kind})
    states = rows(STATES_AT, {"seqs": json.dumps(sorted(later))}) if later else []
    return tuple(_sheet(record_id, text, wkb, later[seq][1], label) for seq, record_id, text, wkb in states)


LATEST: Final = (
    "SELECT max(seq) FROM merestone_event WHERE record_id IS NOT NULL AND seq <= :upto"
    " AND (true_from IS NULL OR true_from <= :day) AND (true_until IS NULL OR true_until > :day) GROUP BY record_id"
)
"""Of each record, the last event that speaks of the day."""
_HOLDING: Final = (
    "SELECT record_id, body, geometry FROM merestone_event WHERE seq IN (" + LATEST + ")"  # noqa: S608 - constants
    " AND change <> :withdrawn AND kind IN (SELECT value FROM json_each(:kinds)) ORDER BY seq"
)


def _holding(rows: Rows, true_on: date, known: KnownState, kind_names: Iterable[str]) -> list[tuple[Any, ...]]:
    """The events that hold, in the order of the chain: record, body and outline of each."""
    kinds_told = json.dumps(list(kind_names))
    fields = {"day": true_on.isoformat(), "upto": known.upto, "withdrawn": Change.WITHDRAWN.value, "kinds": kinds_told}
    return rows(_HOLDING, fields)


def versions_upto(rows: Rows, upto: int) -> dict[str, int]:
    """How many events there are of each record that has more than one, up to a place in the chain."""
    statement = (
        "SELECT record_id, count(*) FROM merestone_event WHERE record_id IS NOT NULL AND seq <= :upto"
        " GROUP BY record_id HAVING count(*) > 1"
    )
    return dict(rows(statement, {"upto": upto}))
