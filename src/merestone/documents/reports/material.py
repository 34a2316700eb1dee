"""What a report is made from: the register read once, for one viewer, at its two times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely

from merestone.documents.land_parcel import RECORDED_AREA, amount_of, is_area, parcel_of
from merestone.documents.reports.figure import Traced, Unit, area, summed, withheld
from merestone.documents.reports.period import Period, day_of
from merestone.geodesy import areas_m2
from merestone.register import EXACT, Covers, Import, Recall, Record, Register, SheetRecord, Snapshot, Viewer
from merestone.release import PRECEDENCE, SHARE_OF_KIND, Balance, Share, balance
from merestone.terms import RecordKind

RELEASE_DAYS: Final = ("released_on", "completion_date")


@dataclass(frozen=True)
class Material:
    """The register's content behind one report."""

    snapshot: Snapshot
    """What held on ``snapshot.true_on``."""
    opening: Snapshot
    """What held on the day before the period, as it is known at the same moment."""
    sheets: tuple[SheetRecord, ...]
    imports: tuple[Import, ...]
    """Empty for a viewer that may not see the register exactly."""
    conflicts: tuple[str, ...]
    """Records that merged copies changed apart and that waited for a decision, as it was known."""
    period: Period
    viewer: Viewer
    state: str
    """The state reported for, as it is to be printed; empty if it was not said."""
    state_code: str
    register_id: str
    chain: str
    """The last link of the register's chain that was known; empty before the first."""
    chain_length: int
    doubts_of_days: tuple[str, ...] = ()
    """What is to be said of the computer's clock, and of hazards stated to begin later."""

    @property
    def sees_all(self) -> bool:
        """Whether nothing is withheld from this viewer."""
        return self.viewer == EXACT

    @cached_property
    def own_m2(self) -> Mapping[str, float]:
        """Geodesic area of each record's own outline, by record; only of records of which the viewer sees all."""
        shown = [record for record in self.all_records if is_area(record) and record.shows_text]
        if not shown:
            return {}
        sizes = areas_m2(np.array([record.geometry for record in shown], dtype=object))
        return {record.record_id: float(size) for record, size in zip(shown, sizes, strict=True)}

    @property
    def all_records(self) -> tuple[Record, ...]:
        """The records of the report's day."""
        return self.snapshot.records

    def of_kind(self, *kinds: RecordKind) -> list[Record]:
        """The records of some kinds, in the register's order."""
        return [record for record in self.snapshot.records if record.kind in kinds]

    def sheets_of(self, kind: str) -> list[SheetRecord]:
        """The sheets of a kind, in the register's order."""
        return [sheet for sheet in self.sheets if sheet.kind == kind]

    def released_in_period(self) -> list[Record]:
        """Released areas whose day falls into the period."""
        records = self.of_kind(RecordKind.CANCELLED, RecordKind.REDUCED, RecordKind.CLEARED)
        return [record for record in records if self.period.holds(released_on(record))]

    def released_undated(self) -> list[Record]:
        """Released areas of which no day is recorded: they are in no period."""
        records = self.of_kind(RecordKind.CANCELLED, RecordKind.REDUCED, RecordKind.CLEARED)
        return [record for record in records if released_on(record) is None]

    @property
    def how_to_date_releases(self) -> tuple[str, ...]:
        """How undated released areas are put right, for whoever writes the register; nothing if there are none."""
        count = len(self.released_undated())
        if not count:
            return ()
        areas, them = ("1 released area names", "it") if count == 1 else (f"{count:,} released areas name", "them")
        return (
            f"{areas} no day of release, and no period counts {them}: the day of an imported file "
            "(--true-on) is not theirs. To put it right: merestone revise REGISTER ID --set released_on=DAY --from DAY "
            "for each, or a delivery with a column that becomes released_on (merestone import --update-by; a report of "
            "a year before that file's day then needs --true-on)",
        )

    def land(self, records: Sequence[Record]) -> "Land":
        """The balance of some records and the figures that follow from it; of the same records it is made once."""
        key = tuple([record.record_id for record in records])
        if key not in self._lands:
            self._lands[key] = Land(tuple(records), self)
        return self._lands[key]

    @cached_property
    def _lands(self) -> "dict[tuple[str, ...], Land]":
        return {}

    def sum_of(self, records: Iterable[Record | SheetRecord], unit: Unit, *names: str) -> Traced:
        """What records state under the first of some attributes, added up; withheld if one of them is."""
        record_list = list(records)
        if any(isinstance(record, Record) and not record.shows_text for record in record_list):
            return withheld(unit)
        return summed([(record.record_id, amount_of(record.attributes, *names)) for record in record_list], unit)

    def recorded_sum(self, records: Iterable[Record]) -> Traced:
        """The areas that surveyors wrote, added up: overlaps count twice, and what nobody wrote is named."""
        return self.sum_of(records, Unit.M2, *RECORDED_AREA)

    @cached_property
    def activities(self) -> Mapping[str, SheetRecord]:
        """Activities by their identity and by their task number."""
        return _by_name(self.sheets_of("activity"))

    @cached_property
    def organisations(self) -> Mapping[str, SheetRecord]:
        """Organisations by their identity and by their short name."""
        return _by_name(self.sheets_of("organisation"))

    def activity_of(self, attributes: Mapping[str, Any]) -> SheetRecord | None:
        """The activity that a record links to."""
        return self.activities.get(str(attributes.get("activity", "")))

    def donor_of(self, attributes: Mapping[str, Any]) -> str:
        """The donor that a record or its activity names; empty if neither does."""
        if donor := str(attributes.get("donor") or "").strip():
            return donor
        activity = self.activity_of(attributes)
        return "" if activity is None else str(activity.attributes.get("donor") or "").strip()

    def organisation_of(self, attributes: Mapping[str, Any]) -> str:
        """The organisation that a record or its activity names, by its full name if that is recorded."""
        linked = str(attributes.get("organisation") or "").strip()
        if not linked and (activity := self.activity_of(attributes)) is not None:
            linked = str(activity.attributes.get("organisation") or "").strip()
        known = self.organisations.get(linked)
        return linked if known is None else str(known.attributes.get("name") or linked)


@dataclass(frozen=True)
class Land:
    """Some areas, overlaid once: what of them is open, cancelled, reduced, cleared, and by which records."""

    records: tuple[Record, ...]
    material: Material

    @cached_property
    def overlaid(self) -> tuple[Record, ...]:
        """Those that take part in a balance."""
        return tuple(record for record in self.records if record.kind in SHARE_OF_KIND and is_area(record))

    @property
    def is_withheld(self) -> bool:
        """Whether the viewer does not see all of one of them, so that no area can be given."""
        return any(not record.shows_text for record in self.overlaid)

    @cached_property
    def balance(self) -> Balance:
        """The balance, geodesic m2, each square metre once."""
        return balance(parcel for record in self.overlaid if (parcel := parcel_of(record)) is not None)

    def share(self, *shares: Share) -> Traced:
        """The land that stands in one share, or in several that follow one another in the precedence."""
        if self.is_withheld:
            return area(None, {})
        ranks = [PRECEDENCE.index(share) for share in shares]
        own = self.material.own_m2
        counted = [r for r in self.overlaid if SHARE_OF_KIND[r.kind] in shares]
        stronger = [r for r in self.overlaid if PRECEDENCE.index(SHARE_OF_KIND[r.kind]) < min(ranks)]
        if counted and stronger:
            outlines = np.array([r.geometry for r in stronger], dtype=object)
            met = shapely.STRtree(outlines).query([r.geometry for r in counted], predicate="intersects")[1]
            stronger = [stronger[place] for place in sorted(set(met.tolist()))]
        names = {"open": "open_m2", "cancelled": "cancelled_m2", "reduced": "reduced_m2", "cleared": "cleared_m2"}
        return area(
            sum(getattr(self.balance, names[share.value]) for share in shares),
            {r.record_id: own[r.record_id] for r in counted},
            {r.record_id: own[r.record_id] for r in stronger if counted},
            without_area=self._without_area(shares),
        )

    def whole(self) -> Traced:
        """All the land that they name, each square metre once."""
        if self.is_withheld:
            return area(None, {})
        own = self.material.own_m2
        return area(
            self.balance.reported_m2,
            {r.record_id: own[r.record_id] for r in self.overlaid},
            without_area=self._without_area(tuple(Share)),
        )

    def _without_area(self, shares: Sequence[Share]) -> int:
        return sum(SHARE_OF_KIND.get(record.kind) in shares and not is_area(record) for record in self.records)


def released_on(record: Record) -> date | None:
    """The day on which land was released, as recorded; None if no day is.

    A file that was taken in says on which day its statements stood, and every record of it holds from then on. That is
    no day of release: without one of its own, none is recorded.
    """
    is_day_of_file = record.true_from is not None and record.true_from == record.data_on
    return day_of(record.attributes, None if is_day_of_file else record.true_from, *RELEASE_DAYS)


def gather(
    register: Register,
    period: Period,
    *,
    true_on: date | None = None,
    known_on: date | datetime | None = None,
    viewer: Viewer = EXACT,
    state: str = "",
    state_code: str = "",
    today: date | None = None,
) -> Material:
    """Read what a report needs.

    Parameters
    ----------
    true_on
        The day on which the open areas are told. None: the last day of the period, or today if that is earlier.
    known_on
        As the register knew it then. None: all it knows.
    viewer
        Who the report is for. What the viewer may not see exactly gives no figure of an area.
    today
        None: `Register.today`, which no clock that was reset makes earlier than the register's newest word.
    """
    day = true_on or min(period.last, today or register.today())
    covers = Covers()
    recall = Recall()  # most of what held at the end of the period held before it: it is read once
    head = register.head() if known_on is None else register.head_known(known_on)
    return Material(
        snapshot=register.as_of(day, known_on, viewer, covers=covers, recall=recall),
        opening=register.as_of(period.before, known_on, viewer, covers=covers, recall=recall),
        sheets=tuple(
            sheet
            for sheet in register.sheets(true_on=day, known_on=known_on, viewer=viewer)
            if sheet.kind in SHEETS_READ
        ),
        imports=register.imports() if viewer == EXACT else (),
        conflicts=register.conflicts(known_on) if viewer == EXACT else (),
        period=period,
        viewer=viewer,
        state=state,
        state_code=state_code,
        register_id=register.register_id,
        chain="" if head is None else head.chain,
        chain_length=0 if head is None else head.seq,
        doubts_of_days=register.doubts_of_days() if known_on is None else (),
    )


SHEETS_READ: Final = ("activity", "organisation", "marking", "risk_education", "quality_visit", "victim")


def _by_name(sheets: Iterable[SheetRecord]) -> dict[str, SheetRecord]:
    sheet_by_name: dict[str, SheetRecord] = {}
    for sheet in sheets:
        sheet_by_name[sheet.record_id] = sheet
        sheet_by_name.setdefault(str(sheet.attributes.get("local_id", "")), sheet)
    return sheet_by_name
