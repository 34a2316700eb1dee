"""The donor summary: what was released, destroyed and paid in a period, by donor and organisation.

Land that two donors or two organisations released stands with both, so rows are never added up; costs in two currencies
are never added either.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from merestone.documents.briefing.block import Block, Briefing, Cell, KeyFigure, Section, Table, Tone
from merestone.documents.reports.figure import NOT_RECORDED, WITHHELD, Unit, counted, text_cell
from merestone.documents.reports.material import Material
from merestone.documents.reports.opening import opened
from merestone.documents.reports.period import day_of
from merestone.documents.reports.rows import DESTROYED
from merestone.register import Record, SheetRecord
from merestone.release import Share
from merestone.terms import RecordKind

T = TypeVar("T", Record, SheetRecord)
_BOTH: Final = ("donor", "organisation")
COST: Final = ("cost",)
_OVERLAP: Final = (
    "Each square metre once within a row: cleared before reduced before cancelled. Land that two of them released "
    "stands in both rows, so rows are never added up."
)


def donor_report(material: Material) -> Briefing:
    """The summary over what was gathered."""
    released = material.released_in_period()
    donors = {material.donor_of(record.attributes) for record in released} - {""}
    return opened(
        "Donor summary",
        material,
        (
            Section("land-donors", "Land released, m2, by donor", _land(material, ("donor",))),
            Section("land-organisations", "Land released, m2, by organisation", _land(material, ("organisation",))),
            Section("land-both", "Land released, m2, by donor and organisation", _land(material, _BOTH)),
            Section("devices", "Devices destroyed, items", _devices(material)),
            Section("cost", "Cost of activities", _cost(material)),
            Section("people", "People reached by risk education", _people(material)),
        ),
        (
            KeyFigure(f"{len(released):,}", "released areas, records dated in the period"),
            KeyFigure(f"{len(donors):,}", "donors are named by them"),
        ),
        lead="Donor and organisation are those that a record names, or else its activity.",
    )


def _land(material: Material, by: Sequence[str]) -> tuple[Block, ...]:
    rows = []
    for group, records in _grouped(material, material.released_in_period(), by):
        land = material.land(records)
        rows.append(
            (
                *group,
                counted(record.record_id for record in records),
                land.share(Share.CANCELLED),
                land.share(Share.REDUCED),
                land.share(Share.CLEARED),
                land.whole(),
                material.recorded_sum(records),
            )
        )
    note = _undated(len(material.released_undated()), "released area", "released areas")
    first = len(by)
    columns = (*by, "records", "cancelled", "reduced", "cleared", "released, each m2 once", "as recorded, added up")
    return (
        _table(columns, rows, range(first, first + 6), "No released area is dated in the period.", _OVERLAP + note),
    )


def _devices(material: Material) -> tuple[Block, ...]:
    days = {
        record.record_id: day_of(record.attributes, record.true_from, "disposed_on", "found_on")
        for record in material.of_kind(RecordKind.SPOT_FIND)
        if record.attributes.get("disposal") in DESTROYED
    }
    items_found = [
        record for record in material.of_kind(RecordKind.SPOT_FIND) if material.period.holds(days.get(record.record_id))
    ]
    rows = [
        (
            *group,
            text_cell(category.replace("_", " ")),
            counted(record.record_id for record in records),
            material.sum_of(records, Unit.ITEMS, "items", "quantity"),
        )
        for group, of_group in _grouped(material, items_found, _BOTH)
        for category, records in _sorted_by(of_group, lambda attributes: str(attributes.get("category") or ""))
    ]
    columns = ("donor", "organisation", "category", "records", "items")
    text = "Items recorded as destroyed in the period. Records and items are different units."
    text += _undated(
        sum(day is None for day in days.values()), "record of destroyed items", "records of destroyed items"
    )
    return (_table(columns, rows, (3, 4), "No device is recorded as destroyed in the period.", text),)


def _cost(material: Material) -> tuple[Block, ...]:
    sheet_list = [
        (sheet, day_of(sheet.attributes, sheet.true_from, "ended_on", "started_on"))
        for sheet in material.sheets_of("activity")
    ]
    done = [sheet for sheet, day in sheet_list if material.period.holds(day)]
    rows = [
        (
            *group,
            text_cell(currency),
            counted(sheet.record_id for sheet in sheets),
            material.sum_of(sheets, Unit.MONEY, *COST),
        )
        for group, of_group in _grouped(material, done, _BOTH)
        for currency, sheets in _sorted_by(of_group, lambda attributes: str(attributes.get("currency") or ""))
    ]
    columns = ("donor", "organisation", "currency", "activities, records", "cost")
    text = (
        "Activities that ended in the period, or began in it if no end is recorded; the whole cost of each. Currencies "
        "are never added."
    ) + _undated(sum(day is None for _, day in sheet_list), "activity", "activities")
    return (_table(columns, rows, (3, 4), "No activity is dated in the period.", text),)


def _people(material: Material) -> tuple[Block, ...]:
    sheet_records = [
        sheet
        for sheet in material.sheets_of("risk_education")
        if material.period.holds(day_of(sheet.attributes, sheet.true_from, "held_on"))
    ]
    groups = ("women", "men", "girls", "boys")
    rows = [
        (
            *group,
            counted((sheet.record_id for sheet in sheets), unit=Unit.SESSIONS),
            *(material.sum_of(sheets, Unit.PEOPLE, name) for name in groups),
        )
        for group, sheets in _grouped(material, sheet_records, ("organisation",))
    ]
    text = "As the records say; a person who came twice may be counted twice. The register holds no donor of a session."
    columns = ("organisation", "sessions", *groups)
    return (_table(columns, rows, range(1, 6), "No session is dated in the period.", text),)


def _undated(count: int, singular: str, plural: str) -> str:
    if count == 1:
        return f" 1 {singular} names no day and is in no period."
    return f" {count:,} {plural} name no day and are in no period." if count else ""


def _table(
    columns: Sequence[str], rows: Sequence[tuple[Cell, ...]], figures: Iterable[int], none: str, source: str
) -> Table:
    empty = ((Cell(none, Tone.UNKNOWN), *(Cell("") for _ in columns[1:])),)
    return Table(tuple(columns), tuple(rows) or empty, frozenset(figures), source)


def _grouped(material: Material, records: Sequence[T], by: Sequence[str]) -> list[tuple[tuple[Cell, ...], list[T]]]:
    """Records by donor, organisation or both, in alphabetical order; those that name none come first."""
    name_of: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
        "donor": material.donor_of,
        "organisation": material.organisation_of,
    }
    groups: dict[tuple[str, ...], list[T]] = {}
    for record in records:
        groups.setdefault(tuple(name_of[column](record.attributes) for column in by), []).append(record)
    unnamed = Cell(NOT_RECORDED if material.sees_all else WITHHELD, Tone.UNKNOWN)
    return [(tuple(Cell(name) if name else unnamed for name in key), groups[key]) for key in sorted(groups)]


def _sorted_by(records: Sequence[T], key: Callable[[Mapping[str, Any]], str]) -> list[tuple[str, list[T]]]:
    groups: dict[str, list[T]] = {}
    for record in records:
        groups.setdefault(key(record.attributes), []).append(record)
    return sorted(groups.items())
