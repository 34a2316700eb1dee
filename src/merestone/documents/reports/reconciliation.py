"""The reconciliation report: what was taken in, what stands, and where recorded figures and computed ones differ.

Records, devices, people and square metres are different units: each has its own section, and none is added to another.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from merestone.documents.briefing.block import Block, Briefing, Cell, KeyFigure, Paragraph, Section, Table, Tone
from merestone.documents.land_parcel import recorded_m2
from merestone.documents.reports.figure import (
    NOT_RECORDED,
    WITHHELD,
    AddsUp,
    Part,
    Trace,
    Traced,
    Unit,
    area,
    counted,
    not_recorded,
    own_figure,
    shown,
    summed,
    text_cell,
)
from merestone.documents.reports.material import Land, Material
from merestone.documents.reports.opening import opened
from merestone.register import Record
from merestone.release import FLAGGED_SHARE, Share
from merestone.terms import Outcome, RecordKind, number_of

_HAZARDOUS = (RecordKind.CONFIRMED, RecordKind.SUSPECTED)
_SHARES = (Share.OPEN, Share.CANCELLED, Share.REDUCED, Share.CLEARED)


def reconciliation_report(material: Material) -> Briefing:
    """The report over what was gathered."""
    land = material.land(material.all_records)
    difference_rows = _differences(land)
    stated = sum(recorded_m2(record) is not None for record in land.overlaid)
    flagged = "withheld" if land.is_withheld else f"{len(difference_rows):,} of {stated:,}"
    return opened(
        "Reconciliation report",
        material,
        (
            Section("records", "Records: what was taken in, and what stands", _records(material)),
            Section("land", "Land, m2: reported = open + cancelled + reduced + cleared", _land(land)),
            Section("period", "Land, m2: from the beginning of the period to its end", _change(material, land)),
            Section("differences", "Land, m2: recorded figures beside computed ones", _recorded(land, difference_rows)),
            Section("devices", "Devices, items", _devices(material)),
            Section("people", "People", _people(material)),
        ),
        (
            KeyFigure(f"{len(material.all_records):,}", "records hold on the report's day"),
            KeyFigure(f"{material.snapshot.quarantined_count:,}", "rows wait in quarantine"),
            KeyFigure(flagged, f"recorded areas differ from their outline by over {FLAGGED_SHARE:.0%}"),
        ),
        lead="Records, devices, people and square metres are different units; they are never added.",
    )


def _records(material: Material) -> tuple[Block, ...]:
    kinds = [(Cell(kind.label), counted(record.record_id for record in material.of_kind(kind))) for kind in RecordKind]
    names = sorted({sheet.kind for sheet in material.sheets})
    sheets = [
        (Cell(name.replace("_", " ")), counted(sheet.record_id for sheet in material.sheets_of(name))) for name in names
    ]
    blocks: list[Block] = [
        Table(
            ("kind", "records"),
            tuple(kinds + sheets),
            frozenset({1}),
            "Records that hold on the report's day, for this viewer. Kinds without a layer are listed if held.",
        )
    ]
    if material.sees_all:
        taken = tuple(
            (
                text_cell(import_run.file_name),
                text_cell(", ".join(import_run.kinds)),
                text_cell(import_run.recorded_at.date()),
                *(text_cell(import_run.summary.get(outcome.value)) for outcome in (Outcome.ACCEPTED, Outcome.REPAIRED)),
                Cell(f"{import_run.recorded_count:,}"),
                Cell(f"{import_run.quarantined_count:,}"),
            )
            for import_run in material.imports
            if _was_known(import_run.recorded_at, material.snapshot.known_on)
        )
        blocks.append(
            Table(
                ("file", "taken as", "taken in on", "accepted", "repaired", "became records", "in quarantine"),
                taken or ((Cell("no file was taken in"), *(Cell("") for _ in range(6))),),
                frozenset({3, 4, 5, 6}),
                "Each row of a file became a record or waits in quarantine; none is lost. A record may have been "
                "changed or withdrawn since.",
            )
        )
        waiting, known_on = len(material.conflicts), material.snapshot.known_on
        when = "as of now" if known_on is None else f"as known on {known_on}"
        blocks.append(
            Paragraph(
                f"{number_of(waiting, 'record is', 'records are')} in conflict, changed in several merged copies, "
                f"{when}: "
                f"{', '.join(material.conflicts) or 'none'}.",
                is_note=True,
            )
        )
    return tuple(blocks)


def _was_known(at: datetime, known_on: date | datetime | None) -> bool:
    if known_on is None:
        return True
    return at <= known_on if isinstance(known_on, datetime) else at.date() <= known_on


def _land(land: Land) -> tuple[Block, ...]:
    own = {record.record_id: land.material.own_m2.get(record.record_id) for record in land.overlaid}
    rows: list[tuple[Cell, Cell]] = [
        (Cell("reported"), land.whole()),
        *((Cell(share.value), land.share(share)) for share in _SHARES),
    ]
    if land.overlaid and not land.is_withheld:
        plain = summed(own.items(), Unit.M2)
        twice = Traced(
            shown(land.balance.counted_twice_m2, Unit.M2),
            value=land.balance.counted_twice_m2,
            unit=Unit.M2,
        )
        rows += [
            (Cell("plain sum of all outlines, beside it"), plain),
            (Cell("which counts twice (plain sum less reported)"), twice),
            (Cell("rounding that is left"), Cell(f"{abs(land.balance.residue_m2):.3f}")),
        ]
    blocks: list[Block] = [
        Table(
            ("land", "m2"),
            tuple(rows),
            frozenset({1}),
            "Geodesic on WGS 84, each square metre once; land that several records claim goes to cleared before "
            "reduced before cancelled before open. This is bookkeeping: a place is warned of while any open record "
            "covers it.",
        )
    ]
    if not land.is_withheld and land.balance.overlaps:
        blocks.append(
            Table(
                ("claimed as", "and as", "went to", "pairs of records", "m2"),
                tuple(
                    (
                        Cell(overlap.given_to.value),
                        Cell(overlap.also_claimed_as.value),
                        Cell(overlap.given_to.value),
                        Cell(f"{overlap.pairs:,}"),
                        Cell(shown(overlap.area_m2, Unit.M2)),
                    )
                    for overlap in land.balance.overlaps
                ),
                frozenset({3, 4}),
                "Pairs and square metres are different units.",
            )
        )
    return tuple(blocks)


def _change(material: Material, closing: Land) -> tuple[Block, ...]:
    same = [(r.record_id, r.version, r.true_from) for r in material.opening.records] == [
        (r.record_id, r.version, r.true_from) for r in closing.records
    ]
    opening = closing if same else Land(tuple(material.opening.records), material)
    rows = []
    for name, share in (("reported", None), *((share.value, share) for share in _SHARES)):
        first = opening.whole() if share is None else opening.share(share)
        last = closing.whole() if share is None else closing.share(share)
        change: Cell = not_recorded("withheld")
        if not (opening.is_withheld or closing.is_withheld):
            change = Cell(f"{(last.value or 0.0) - (first.value or 0.0):+,.0f}")
        rows.append((Cell(name), first, last, change))
    return (
        Table(
            ("land", f"on {material.period.before}, m2", f"on {material.snapshot.true_on}, m2", "change, m2"),
            tuple(rows),
            frozenset({1, 2, 3}),
            "Both days as the register knows them at the same moment. A change is what was found, released, corrected "
            "or withdrawn, taken together.",
        ),
    )


def _differences(land: Land) -> list[tuple[Cell, ...]]:
    if land.is_withheld:
        return []
    kinds = {record.record_id: record.kind for record in land.overlaid}
    return [
        (
            Cell(difference.record_id),
            Cell(kinds[difference.record_id].label),
            own_figure(difference.record_id, difference.recorded_m2, Unit.M2),
            own_figure(difference.record_id, difference.computed_m2, Unit.M2),
            Cell(f"{difference.ratio:.3f}", Tone.OPEN),
        )
        for difference in land.balance.differences
    ]


def _recorded(land: Land, flagged: list[tuple[Cell, ...]]) -> tuple[Block, ...]:
    rows = []
    for kind in (*_HAZARDOUS, RecordKind.CANCELLED, RecordKind.REDUCED, RecordKind.CLEARED):
        records = [record for record in land.overlaid if record.kind is kind]
        stated = [record for record in records if recorded_m2(record) is not None]
        rows.append(
            (
                Cell(kind.label),
                counted(record.record_id for record in records),
                counted(record.record_id for record in stated),
                land.material.recorded_sum(stated),
                _own_sum(stated, land),
                _ratio(stated, land),
            )
        )
    none = ((Cell("none"), *(Cell("") for _ in range(4))),)
    return (
        Table(
            ("kind", "records", "with a recorded area", "recorded, m2", "computed of the same, m2", "ratio"),
            tuple(rows),
            frozenset({1, 2, 3, 4, 5}),
            "Plain sums over the records that state an area, of what they state and of what their outlines measure: "
            "for comparing the two, and not for the size of the land, since overlaps count twice.",
        ),
        Table(
            ("record", "kind", "recorded, m2", "computed, m2", "recorded / computed"),
            tuple(flagged) or none,
            frozenset({2, 3, 4}),
            f"Records whose figure differs from their outline by more than {FLAGGED_SHARE:.0%}, the largest difference "
            "first. Somebody should look at each.",
        ),
    )


def _own_sum(records: Iterable[Record], land: Land) -> Traced:
    record_list = list(records)
    if any(not record.shows_text for record in record_list):
        return area(None, {})
    return summed([(record.record_id, land.material.own_m2[record.record_id]) for record in record_list], Unit.M2)


def _ratio(records: Iterable[Record], land: Land) -> Cell:
    record_list = list(records)
    own = land.material.own_m2
    if not record_list or any(not record.shows_text for record in record_list):
        return not_recorded()
    recorded = [Part(record.record_id, recorded_m2(record)) for record in record_list]
    computed = [Part(record.record_id, own[record.record_id], taken_off=True) for record in record_list]
    above, below = (sum(part.amount or 0.0 for part in parts) for parts in (recorded, computed))
    if not below:
        return not_recorded()
    return Traced(
        shown(above / below, Unit.RATIO),
        Tone.OPEN if abs(above / below - 1.0) > FLAGGED_SHARE else Tone.PLAIN,
        value=above / below,
        unit=Unit.RATIO,
        trace=Trace(AddsUp.QUOTIENT, (*recorded, *computed)),
    )


def _devices(material: Material) -> tuple[Block, ...]:
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in material.of_kind(RecordKind.SPOT_FIND):
        attributes = record.attributes
        key = (str(attributes.get("category") or ""), str(attributes.get("disposal") or ""))
        groups.setdefault(key, []).append(record)
    rows = tuple(
        (
            text_cell(category.replace("_", " ")),
            text_cell(disposal.replace("_", " ")),
            counted(record.record_id for record in group),
            material.sum_of(group, Unit.ITEMS, "items", "quantity"),
        )
        for (category, disposal), group in sorted(groups.items())
    )
    return (
        Table(
            ("category", "what was done", "records", "items"),
            rows or ((Cell("no device is recorded"), Cell(""), Cell(""), Cell("")),),
            frozenset({2, 3}),
            "All that holds on the report's day, not the period alone. One record may be of many items; an item may "
            "be in no record.",
        ),
    )


def _people(material: Material) -> tuple[Block, ...]:
    accidents = material.of_kind(RecordKind.ACCIDENT, RecordKind.INCIDENT)
    sessions = material.sheets_of("risk_education")
    unseen = NOT_RECORDED if material.sees_all else WITHHELD
    by_outcome: Mapping[str, list[str]] = {
        outcome: [s.record_id for s in material.sheets_of("victim") if s.attributes.get("outcome") == outcome]
        for outcome in ("killed", "injured")
    }
    rows = tuple(
        (
            Cell(outcome),
            material.sum_of(accidents, Unit.PEOPLE, outcome),
            counted(group, unit=Unit.PEOPLE) if material.sheets_of("victim") else not_recorded(unseen),
        )
        for outcome, group in by_outcome.items()
    )
    educated = tuple(
        (
            Cell(group),
            material.sum_of(sessions, Unit.PEOPLE, group) if sessions else not_recorded(unseen),
        )
        for group in ("women", "men", "girls", "boys")
    )
    return (
        Table(
            ("outcome", "as the accidents say, people", "as the records of people say, people"),
            rows,
            frozenset({1, 2}),
            "Two counts of the same people, side by side and never added. Nothing that names or describes a person is "
            "in this report.",
        ),
        Table(
            ("risk education", "people"),
            educated,
            frozenset({1}),
            "As the sessions' records say, over all time; a person who came twice may be counted twice.",
        ),
    )
