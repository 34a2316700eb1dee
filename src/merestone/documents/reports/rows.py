"""What fills the tables of the treaties' forms: each function gives rows, and each figure its records.

A key that a form asks for and a row does not give is printed as not recorded.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from merestone.documents.briefing.block import Cell
from merestone.documents.land_parcel import recorded_m2
from merestone.documents.reports.figure import Unit, counted, own_figure, text_cell, withheld
from merestone.documents.reports.period import UNDATED, day_of
from merestone.documents.reports.selection import Fit, Selection
from merestone.register import Record, SheetRecord
from merestone.release import Share
from merestone.terms import RecordKind

Rows = list[Mapping[str, Cell]]
DESTROYED: Final = ("destroyed_in_place", "moved_and_destroyed")
_PLACE: Final = ("name", "place", "admin_2", "admin_1", "local_id")
_RELEASE: Final = (
    (RecordKind.CANCELLED, Share.CANCELLED, "cancelled by non-technical survey"),
    (RecordKind.REDUCED, Share.REDUCED, "reduced by technical survey"),
    (RecordKind.CLEARED, Share.CLEARED, "cleared by clearance"),
)


def nothing(_: Selection) -> Rows:
    """The register does not hold it: one empty row, in which each column is not recorded."""
    return [{}]


def confirmed_areas(selection: Selection) -> Rows:
    """Confirmed hazardous areas, one a row."""
    return _areas(selection, RecordKind.CONFIRMED)


def suspected_areas(selection: Selection) -> Rows:
    """Suspected hazardous areas, one a row."""
    return _areas(selection, RecordKind.SUSPECTED)


def _areas(selection: Selection, kind: RecordKind) -> Rows:
    rows: Rows = []
    own_m2 = selection.material.own_m2
    for record in selection.material.of_kind(kind):
        if selection.fit(record) is Fit.OTHER:
            continue
        attributes = record.attributes
        hidden = not record.shows_text
        figure = _withheld_m2 if hidden else _own_m2
        place = [str(value) for name in _PLACE if (value := attributes.get(name))]
        surveyed = day_of(attributes, None, "survey_on", "survey_date", "report_date")
        rows.append(
            {
                "location": text_cell(", ".join(place), is_withheld=hidden),
                "type": text_cell(attributes.get("device_categories"), is_withheld=hidden),
                "area_m2": figure(record.record_id, own_m2.get(record.record_id)),
                "recorded_m2": figure(record.record_id, recorded_m2(record)),
                "surveyed_on": text_cell(surveyed, is_withheld=hidden),
                "record": Cell(record.record_id),
            }
        )
    return rows


def _own_m2(record_id: str, area_m2: float | None) -> Cell:
    return own_figure(record_id, area_m2, Unit.M2)


def _withheld_m2(_record_id: str, _area_m2: float | None) -> Cell:
    return withheld(Unit.M2)


def area_totals(selection: Selection) -> Rows:
    """Open land by CHA and SHA and by whether its ordnance is recorded. Rows overlap where areas do."""
    rows: Rows = []
    for kind in (RecordKind.CONFIRMED, RecordKind.SUSPECTED):
        for fit, records in selection.by_fit(selection.material.of_kind(kind)).items():
            land = selection.material.land(records)
            rows.append(
                {
                    "what": Cell(kind.label),
                    "ordnance": Cell(_fit_words(selection, fit)),
                    "records": counted(record.record_id for record in records),
                    "area_m2": land.whole(),
                    "recorded_m2": selection.material.recorded_sum(records),
                }
            )
    both = selection.material.of_kind(RecordKind.CONFIRMED, RecordKind.SUSPECTED)
    meant = [record for record in both if selection.fit(record) is not Fit.OTHER]
    rows.append(
        {
            "what": Cell("both, each square metre once"),
            "ordnance": Cell("all but other ordnance only"),
            "records": counted(record.record_id for record in meant),
            "area_m2": selection.material.land(meant).whole(),
            "recorded_m2": selection.material.recorded_sum(meant),
        }
    )
    return rows


def released(selection: Selection) -> Rows:
    """Land released in the period, by product and by whether its ordnance is recorded."""
    rows: Rows = []
    for fit, records in selection.by_fit(selection.material.released_in_period()).items():
        land = selection.material.land(records)
        for kind, share, label in _RELEASE:
            own = [record for record in records if record.kind is kind]
            rows.append(
                {
                    "product": Cell(label),
                    "ordnance": Cell(_fit_words(selection, fit)),
                    "records": counted(record.record_id for record in own),
                    "area_m2": land.share(share),
                    "recorded_m2": selection.material.recorded_sum(own),
                }
            )
    undated = selection.material.released_undated()
    if undated:
        rows.append(
            {
                "product": Cell(f"released, {UNDATED}"),
                "ordnance": Cell("any"),
                "records": counted(record.record_id for record in undated),
                "area_m2": selection.material.land(undated).whole(),
                "recorded_m2": selection.material.recorded_sum(undated),
            }
        )
    return rows


def destroyed(selection: Selection) -> Rows:
    """Devices destroyed in the period, by category and model."""
    return _items(selection, is_destroyed=True)


def found_only(selection: Selection) -> Rows:
    """Devices found in the period and not recorded as destroyed."""
    return _items(selection, is_destroyed=False)


def _items(selection: Selection, *, is_destroyed: bool) -> Rows:
    groups: dict[tuple[str, str, str, bool], list[Record]] = {}
    for record in selection.material.of_kind(RecordKind.SPOT_FIND):
        attributes = record.attributes
        day = day_of(attributes, record.true_from, "disposed_on", "found_on")
        disposal = str(attributes.get("disposal") or "")
        if not (day is None or selection.material.period.holds(day)) or selection.fit(record) is Fit.OTHER:
            continue
        if (disposal in DESTROYED) is is_destroyed:
            key = (str(attributes.get("category") or ""), str(attributes.get("model") or ""), disposal, day is None)
            groups.setdefault(key, []).append(record)
    return [
        {
            "category": text_cell(category.replace("_", " ")),
            "type": text_cell(model),
            "quantity": selection.material.sum_of(group, Unit.ITEMS, "items", "quantity"),
            "records": counted(record.record_id for record in group),
            "disposal": _dated(text_cell(disposal.replace("_", " ")), is_undated=is_undated),
        }
        for (category, model, disposal, is_undated), group in sorted(groups.items())
    ]


def marking(selection: Selection) -> Rows:
    """Signs and fences that stand on the report's day, by kind and condition."""
    groups: dict[tuple[str, str], list[str]] = {}
    for sheet in selection.material.sheets_of("marking"):
        key = (str(sheet.attributes.get("marking") or ""), str(sheet.attributes.get("condition") or ""))
        groups.setdefault(key, []).append(sheet.record_id)
    return [
        {
            "marking": text_cell(kind.replace("_", " ")),
            "condition": text_cell(condition.replace("_", " ")),
            "records": counted(group),
        }
        for (kind, condition), group in sorted(groups.items())
    ]


def risk_education(selection: Selection) -> Rows:
    """Risk education sessions of the period, by delivery, with the people reached as the records say."""
    groups: dict[str, list[SheetRecord]] = {}
    for sheet in selection.material.sheets_of("risk_education"):
        if selection.material.period.holds(day_of(sheet.attributes, sheet.true_from, "held_on")):
            delivery = str(sheet.attributes.get("delivery") or "")
            groups.setdefault(delivery, []).append(sheet)
    return [
        {
            "delivery": text_cell(delivery.replace("_", " ")),
            "sessions": counted((sheet.record_id for sheet in sessions), unit=Unit.SESSIONS),
            **{
                group: selection.material.sum_of(sessions, Unit.PEOPLE, group)
                for group in ("women", "men", "girls", "boys")
            },
        }
        for delivery, sessions in sorted(groups.items())
    ]


def activities(selection: Selection) -> Rows:
    """Survey, clearance and disposal work that went on in the period, by kind and status."""
    groups: dict[tuple[str, str, bool], list[SheetRecord]] = {}
    period = selection.material.period
    for sheet in selection.material.sheets_of("activity"):
        attributes = sheet.attributes
        started, ended = day_of(attributes, None, "started_on"), day_of(attributes, None, "ended_on")
        is_undated = started is None and ended is None
        has_begun = started is None or started <= period.last
        goes_on = ended is None or ended >= period.first
        if is_undated or (has_begun and goes_on):
            key = (str(attributes.get("activity") or ""), str(attributes.get("status") or ""), is_undated)
            groups.setdefault(key, []).append(sheet)
    rows: Rows = []
    for (kind, status, is_undated), group in sorted(groups.items()):
        methods = dict.fromkeys(method for sheet in group for method in sheet.attributes.get("method") or ())
        rows.append(
            {
                "activity": _dated(text_cell(kind), is_undated=is_undated),
                "status": text_cell(status.replace("_", " ")),
                "methods": text_cell(", ".join(methods)),
                "records": counted(sheet.record_id for sheet in group),
            }
        )
    return rows


def quality_visits(selection: Selection) -> Rows:
    """Inspections of work in the period, by what they found."""
    groups: dict[str, list[str]] = {}
    for sheet in selection.material.sheets_of("quality_visit"):
        if selection.material.period.holds(day_of(sheet.attributes, None, "visited_on")):
            groups.setdefault(str(sheet.attributes.get("conformity") or ""), []).append(sheet.record_id)
    return [
        {"conformity": text_cell(conformity.replace("_", " ")), "records": counted(group)}
        for conformity, group in sorted(groups.items())
    ]


def accidents(selection: Selection) -> Rows:
    """Accidents of the period by category of device, with the people killed and injured as the records say."""
    groups: dict[tuple[str, bool], list[Record]] = {}
    for record in selection.material.of_kind(RecordKind.ACCIDENT):
        day = day_of(record.attributes, record.true_from, "happened_on", "accident_date", "date")
        if (day is None or selection.material.period.holds(day)) and selection.fit(record) is not Fit.OTHER:
            device = str(record.attributes.get("device_category") or record.attributes.get("accident_class") or "")
            groups.setdefault((device, day is None), []).append(record)
    return [
        {
            "device": _dated(text_cell(device.replace("_", " ")), is_undated=is_undated),
            "accidents": counted(record.record_id for record in group),
            "killed": selection.material.sum_of(group, Unit.PEOPLE, "killed"),
            "injured": selection.material.sum_of(group, Unit.PEOPLE, "injured"),
        }
        for (device, is_undated), group in sorted(groups.items())
    ]


def _dated(cell: Cell, *, is_undated: bool) -> Cell:
    """A row's text_cell, marked if nobody knows whether the row belongs to the period."""
    return replace(cell, text=f"{cell.text}; {UNDATED}") if is_undated else cell


def minefield_records(selection: Selection) -> Rows:
    """Minefield records handed over and held, by how many reference points they give."""
    groups: dict[str, list[str]] = {}
    for record in selection.material.of_kind(RecordKind.MINEFIELD_RECORD):
        points = record.attributes.get("reference_points")
        number = len(points) if isinstance(points, (list, tuple)) else None
        key = "" if number is None else "two or more" if number > 1 else "one" if number else "none"
        groups.setdefault(key, []).append(record.record_id)
    return [{"points": text_cell(points), "records": counted(group)} for points, group in sorted(groups.items())]


def _fit_words(selection: Selection, fit: Fit) -> str:
    hidden = "" if selection.material.sees_all or fit is not Fit.PERHAPS else ", or withheld"
    return f"{selection.ordnance.label}: {fit.value}{hidden}"


def _named(*makers: Callable[[Selection], Rows]) -> dict[str, Callable[[Selection], Rows]]:
    return {maker.__name__: maker for maker in makers}


ROWS: Final = _named(
    nothing,
    confirmed_areas,
    suspected_areas,
    area_totals,
    released,
    destroyed,
    found_only,
    marking,
    risk_education,
    activities,
    quality_visits,
    accidents,
    minefield_records,
)
"""What fills a table, by the name that the forms' files use."""
