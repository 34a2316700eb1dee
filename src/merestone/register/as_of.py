"""What held on a day, as it was known at a moment, for a viewer: the one way to read records, where rights apply."""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import inward, outward_all
from merestone.register.covers import Covers, Rule
from merestone.register.entry import Record, SheetRecord, Snapshot
from merestone.register.event import Change, instant_of, instant_text
from merestone.register.kind import kinds, unknown_kind
from merestone.register.recall import Recall, hidden_records
from merestone.register.rights import Viewer
from merestone.register.schema import EVENT, LAYERS
from merestone.register.statement import day_of, records_of
from merestone.terms import RecordKind, Visibility

Outward = Callable[[BaseGeometry, float], BaseGeometry]
"""(outline, metres) -> an outline that contains it, generalised by that much."""


def known_until(known_on: date | datetime) -> tuple[str, bool]:
    """The bound on ``recorded_at`` that a known-on day or instant means, and whether it is included.

    A day means all that was known when it ended, in UTC.
    """
    if isinstance(known_on, datetime):
        if known_on.tzinfo is None:
            raise ValueError("known_on has no time zone; give an instant in UTC, or a date")
        return instant_text(known_on), True
    return f"{(known_on + timedelta(days=1)).isoformat()}T00:00:00.000Z", False


def snapshot(
    connection: sa.Connection,
    *,
    true_on: date,
    known_on: date | datetime | None,
    viewer: Viewer,
    label: str,
    outward: Outward | None,
    covers: Covers,
    recall: Recall | None,
) -> Snapshot:
    """Read a snapshot in one transaction."""
    with _collector_at_rest():
        return _snapshot(
            connection,
            true_on=true_on,
            known_on=known_on,
            viewer=viewer,
            label=label,
            outward=outward,
            covers=covers,
            recall=recall,
        )


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Build many objects that all stay: the collector would walk them again and again, and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _snapshot(
    connection: sa.Connection,
    *,
    true_on: date,
    known_on: date | datetime | None,
    viewer: Viewer,
    label: str,
    outward: Outward | None,
    covers: Covers,
    recall: Recall | None,
) -> Snapshot:
    last_at, upto = _known(connection, known_on)
    versions = _versions(connection, upto)
    quarantined = connection.execute(
        sa.select(sa.func.count()).where(EVENT.c.record_id.is_(None), EVENT.c.change == Change.QUARANTINED.value, *upto)
    ).scalar_one()
    if recall is not None:
        places = sorted(connection.execute(_latest(true_on, upto)).scalars().all())
        records = tuple(
            [
                record if (version := versions.get(record.record_id)) is None else record._replace(version=version)
                for record in recall.records(connection, places, label)
            ]
        )
    else:
        found = _holding(connection, true_on, upto, LAYERS)
        record_ids, texts, wkbs = zip(*found, strict=True) if found else ((), (), ())
        outlines = shapely.from_wkb(np.array(wkbs, dtype=object))
        records = tuple(records_of(record_ids, texts, outlines.tolist(), versions=versions, label=label))
    if viewer.sees_exactly != frozenset(Visibility):
        records = _seen_by(viewer, records, outward, covers)
    days = {record.data_on or record.recorded_at.date() for record in records}
    return Snapshot(
        records=records,
        true_on=true_on,
        known_on=known_on,
        viewer=viewer.name,
        label=label,
        data_on=instant_of(last_at).date() if records and last_at is not None else None,
        oldest_data_on=min(days, default=None),
        quarantined_count=quarantined,
    )


def without_pasts(
    connection: sa.Connection, past: Snapshot, present: Snapshot, viewer: Viewer, recall: Recall | None
) -> Snapshot:
    """A snapshot of the past in which what was ever hidden from the viewer has no past: it is shown as it is today.

    Outlines of one hidden record at several times, laid over each other, would tell more than any one of them; and
    what is restricted today may have been public once.
    """
    shown = frozenset(visibility.value for visibility in viewer.sees_exactly | {Visibility.PUBLIC})
    hidden = hidden_records(connection, shown) if recall is None else recall.hidden(connection, shown)
    kept = [record for record in past.records if record.record_id not in hidden]
    today = [record for record in present.records if record.record_id in hidden]
    return replace(past, records=(*kept, *today))


def sheets(
    connection: sa.Connection, *, kind: str | None, true_on: date, known_on: date | datetime | None, label: str
) -> tuple[SheetRecord, ...]:
    """The sheets that hold, of one kind or of all."""
    names = [name for name, one in kinds().items() if not one.layers and kind in (None, name)]
    if not names:
        raise unknown_kind(str(kind))
    _, upto = _known(connection, known_on)
    found = _holding(connection, true_on, upto, names)
    versions = _versions(connection, upto)
    sheets = []
    for row in found:
        body = json.loads(row.body)
        sheets.append(
            SheetRecord(
                record_id=row.record_id,
                kind=body["kind"],
                attributes=body["attributes"],
                geometry=None if row.geometry is None else shapely.from_wkb(row.geometry),
                source=body["source"],
                true_from=day_of(body["true_from"]),
                true_until=day_of(body["true_until"]),
                recorded_at=instant_of(body["recorded_at"]),
                visibility=Visibility(body["visibility"]),
                version=versions.get(row.record_id, 1),
                label=label,
            )
        )
    return tuple(sheets)


def _known(
    connection: sa.Connection, known_on: date | datetime | None
) -> tuple[str | None, list[sa.ColumnElement[bool]]]:
    """The instant of the newest event known, and the bound that "known" means."""
    known: list[sa.ColumnElement[bool]] = []
    if known_on is not None:
        bound, included = known_until(known_on)
        known.append(EVENT.c.recorded_at <= bound if included else EVENT.c.recorded_at < bound)
    last_seq = connection.execute(sa.select(sa.func.max(EVENT.c.seq)).where(*known)).scalar_one()
    # A draft is no word about the land: it makes no data newer, and nobody may see from a date that there is one.
    of_land = EVENT.c.change.not_in([Change.DRAFTED.value, Change.ADVANCED.value])
    newest = sa.select(EVENT.c.recorded_at).where(*known, of_land).order_by(EVENT.c.recorded_at.desc()).limit(1)
    last_at = connection.execute(newest).scalar()
    return last_at, [] if known_on is None else [EVENT.c.seq <= (last_seq or 0)]


def _latest(true_on: date, upto: list[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Of each record, the last event that speaks of the day."""
    day = true_on.isoformat()
    speaks = (
        EVENT.c.record_id.is_not(None),
        sa.or_(EVENT.c.true_from.is_(None), EVENT.c.true_from <= day),
        sa.or_(EVENT.c.true_until.is_(None), EVENT.c.true_until > day),
    )
    return sa.select(sa.func.max(EVENT.c.seq)).where(*speaks, *upto).group_by(EVENT.c.record_id)


def _holding(
    connection: sa.Connection, true_on: date, upto: list[sa.ColumnElement[bool]], kind_names: Iterable[str]
) -> Sequence[Any]:
    """The events that hold, in the order of the chain."""
    columns = (EVENT.c.record_id, EVENT.c.body, EVENT.c.geometry)
    return connection.execute(
        sa.select(*columns)
        .where(
            EVENT.c.seq.in_(_latest(true_on, upto)),
            EVENT.c.change != Change.WITHDRAWN.value,
            EVENT.c.kind.in_([str(name) for name in kind_names]),
        )
        .order_by(EVENT.c.seq)
    ).all()


def _versions(connection: sa.Connection, upto: list[sa.ColumnElement[bool]]) -> dict[str, int]:
    """How many events there are of each record that has more than one."""
    changed = connection.execute(
        sa.select(EVENT.c.record_id, sa.func.count())
        .where(EVENT.c.record_id.is_not(None), *upto)
        .group_by(EVENT.c.record_id)
        .having(sa.func.count() > 1)
    )
    return {row[0]: row[1] for row in changed}


def _seen_by(
    viewer: Viewer, records: tuple[Record, ...], outward: Outward | None, covers: Covers
) -> tuple[Record, ...]:
    """The records as a viewer may see them; those of one width are generalised together.

    A hazard is shown larger than it is. Released land is shown smaller, and not at all where no whole cell of it is
    left: land that was never released must not look as if it were.
    """
    rules: dict[tuple[Visibility, RecordKind, float | None], Rule | None] = {}
    hidden: dict[Rule, list[int]] = {}
    seen: list[Record | None] = list(records)
    for place, record in enumerate(records):
        key = (record.visibility, record.kind, record.accuracy_m)
        if key not in rules:
            rules[key] = _rule_for(viewer, *key)
        rule = rules[key]
        if rule is not None:
            hidden.setdefault(rule, []).append(place)
    for rule, places in hidden.items():
        outlines = [records[place].geometry for place in places]
        if outward is not None and rule[0] == "outward":
            shown = [outward(outline, rule[1]) for outline in outlines]
        else:
            shown = covers.of(outlines, rule, partial(_generalised, rule))
        for place, outline in zip(places, shown, strict=True):
            lost = rule[0] == "inward" and outline.is_empty
            seen[place] = None if lost else _hidden(records[place], outline)
    return tuple(record for record in seen if record is not None)


def _rule_for(viewer: Viewer, visibility: Visibility, kind: RecordKind, accuracy_m: float | None) -> Rule | None:
    """How the outline is generalised for the viewer; None if it may see it exactly."""
    if viewer.sees_exact(visibility):
        return None
    by_m = viewer.widening_m(visibility)
    return ("outward", by_m, None) if kind.is_hazard else ("inward", by_m, accuracy_m)


def _generalised(rule: Rule, outlines: list[BaseGeometry]) -> list[BaseGeometry]:
    way, by_m, accuracy_m = rule
    if way == "outward":
        return list(outward_all(outlines, by_m))
    return [inward(outline, by_m, accuracy_m=accuracy_m) for outline in outlines]


def _hidden(record: Record, outline: BaseGeometry) -> Record:
    return record._replace(geometry=outline, attributes={}, evidence=(), row=None, is_exact=False)
