"""What goes into the register and what comes out of it, as frozen values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shapely.geometry.base import BaseGeometry

from merestone.register.events.frames import RecordFrames
from merestone.register.events.record import Record
from merestone.terms import DataDays, FieldRefused, RecordKind, Visibility, doubts_of_days, number_of, unplaced_text


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person or a file says of one place: the state of a record, to be written down.

    ``geometry`` is in longitude and latitude on WGS 84. ``accuracy_m`` is None where nobody stated it, never 0 for
    "unknown" (see `merestone.terms.accuracy`). The state holds in the world from ``true_from`` (None: since before
    anybody knows) until the day before ``true_until`` (None: until further notice). ``attributes`` holds what JSON can
    hold; dates are written as ISO text.
    """

    kind: RecordKind
    geometry: BaseGeometry
    accuracy_m: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    true_from: date | None = None
    true_until: date | None = None
    visibility: Visibility = Visibility.RESTRICTED
    source: str | None = None
    """Who said so. None: the batch's source."""
    row: int | None = None
    """Which feature of the file it was, counted from 1."""
    status: str | None = None
    """Where a hazardous area stands in its life (`merestone.register.programme.life_cycle`). None: as its kind says."""
    evidence: tuple[str, ...] = ()
    """The records that support it."""
    data_on: date | None = None
    """The day on which its source stood. None: the batch's."""

    def __post_init__(self) -> None:
        """Refuse what can never be a record.

        Raises
        ------
        FieldRefused
            No geometry, an accuracy that is negative or not a number, or an end before the beginning.
        """
        if not isinstance(self.geometry, BaseGeometry) or self.geometry.is_empty:
            raise FieldRefused(
                "geometry", self.geometry, "is not a place on the ground", "quarantine the row, or give its outline"
            )
        if self.accuracy_m is not None and not (math.isfinite(self.accuracy_m) and self.accuracy_m >= 0.0):
            raise FieldRefused("accuracy_m", self.accuracy_m, "is not a radius", "give metres, or None if not stated")
        _refuse_backwards(self.true_from, self.true_until)


def _refuse_backwards(true_from: date | None, true_until: date | None) -> None:
    if true_from is not None and true_until is not None and true_until <= true_from:
        raise FieldRefused(
            "true_until",
            true_until.isoformat(),
            f"is not after true_from {true_from.isoformat()}",
            "give the first day on which it no longer held",
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is recorded but lies on no layer: an activity, an organisation, a finding, a quality visit.

    ``kind`` names a kind without layers (`register.programme.kind.kinds`); its definition checks the attributes.
    """

    kind: str
    attributes: Mapping[str, Any]
    geometry: BaseGeometry | None = None
    true_from: date | None = None
    true_until: date | None = None
    visibility: Visibility = Visibility.RESTRICTED
    source: str | None = None
    row: int | None = None
    data_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse an end before the beginning, and an empty outline."""
        if self.geometry is not None and self.geometry.is_empty:
            raise FieldRefused("geometry", self.geometry.wkt, "is empty", "give a place, or None")
        _refuse_backwards(self.true_from, self.true_until)


@dataclass(frozen=True, slots=True)
class SheetRecord:
    """A sheet as it holds on one day."""

    record_id: str
    kind: str
    attributes: Mapping[str, Any]
    geometry: BaseGeometry | None
    source: str
    true_from: date | None
    true_until: date | None
    recorded_at: datetime
    visibility: Visibility
    version: int
    label: str


@dataclass(frozen=True, slots=True)
class Snapshot(RecordFrames):
    """What held in the world on one day, as it was known at one moment, for one viewer.

    Other libraries take it as it is: GeoPandas (`to_geopandas`), polars and DuckDB (Arrow), notebooks (a small map),
    and whatever reads GeoJSON (`__geo_interface__`). They get what lists and maps show (`shown`).
    """

    records: tuple[Record, ...]
    true_on: date
    known_on: date | datetime | None
    """None: all that the register knows."""
    viewer: str
    label: str
    written_on: date | None
    """The day on which the register was last written to, as known then; None while it holds no record."""
    data_days: DataDays
    """How old the records' own data are, so that nobody takes old data for new."""
    quarantined_count: int
    """How many rows wait in quarantine: hazards that may exist, but have no usable place."""
    withheld_count: int = 0
    """How many records of released land the viewer is not shown, because nothing of them may be."""
    clock_on: date | None = None
    """The day by this computer's clock, where it lies behind `last_written_on` and `true_on` was left out."""
    last_written_on: date | None = None
    """With `clock_on`: the day of the newest word in the register, which was taken for today."""
    warned_beside: tuple[Record, ...] = ()
    """Of the present alone: hazards that do not hold on `true_on` and warn all the same, because they are stated to
    begin later (`Record.begins_on`), or because they hold on `clock_on`. One may be another state of a record that
    holds."""

    def __repr__(self) -> str:
        """In short: a register holds too many records to print them."""
        known = "" if self.known_on is None else f", known on {self.known_on}"
        label = f", {self.label!r}" if self.label else ""
        return (
            f"<Snapshot true on {self.true_on}{known}, {self.viewer} tier{label}: "
            f"{number_of(len(self.records), 'record')}, "
            f"{number_of(len(self.hazards), 'hazard')}, {number_of(self.quarantined_count, 'row')} in quarantine>"
        )

    def _framed(self) -> tuple[tuple[Record, ...], str, tuple[str, ...]]:
        title = f"Records true on {self.true_on.isoformat()}, {self.viewer} tier"
        notes = [self.label] if self.label else []
        if self.written_on is not None:
            written = f"The register was last written to on {self.written_on.isoformat()}."
            notes.append(f"{written} {self.data_days.sentence}".rstrip())
        if self.quarantined_count:
            notes.append(f"{unplaced_text(self.quarantined_count)}.")
        notes.append("What is not recorded may still be there: this gives no assurance.")
        return self.shown, title, (*notes, *self.doubts_of_days)

    @property
    def hazards_present(self) -> tuple[Record, ...]:
        """The hazards that hold on `true_on`, in their order."""
        return tuple(record for record in self.records if record.kind.is_hazard)

    @property
    def hazards(self) -> tuple[Record, ...]:
        """The records that screening warns of, in their order: those that hold, then `warned_beside`."""
        return self.hazards_present + self.warned_beside

    @property
    def shown(self) -> tuple[Record, ...]:
        """What lists, maps and exports show: `records`, then `warned_beside`. No land that warns is shown as released.

        Land that one state of a record calls released and another a hazard is shown as the hazard alone.
        """
        if not self.warned_beside:
            return self.records
        warned = {record.record_id for record in self.warned_beside}
        records = tuple(record for record in self.records if record.kind.is_hazard or record.record_id not in warned)
        return records + self.warned_beside

    @property
    def begin_later_on(self) -> tuple[date, ...]:
        """The later days on which hazards are stated to begin that warn already, the first one first."""
        return tuple(sorted(record.begins_on for record in self.warned_beside if record.begins_on is not None))

    @property
    def doubts_of_days(self) -> tuple[str, ...]:
        """What is to be said where the clock, or the days stated of hazards, may be wrong; usually nothing."""
        days = self.begin_later_on
        return doubts_of_days(self.clock_on, self.last_written_on, len(days), min(days, default=None))


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not become a record, kept as it came."""

    row: int
    raw: str
    reasons: tuple[str, ...]
    file_name: str | None
    source: str
    recorded_at: datetime
    batch_id: str
    seq: int = 0
    """Its place in the chain, by which people name it."""
    event_id: str = ""
    """By which events name it: the same in every copy of the register."""
    sheet: str | None = None
    """The kind, if it was to be a sheet: no hazard, and not counted in answers."""
    settled: "Settlement | None" = None
    """Why it no longer waits; None while it does."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """A decision on a row in quarantine."""

    outcome: str
    """A value of `merestone.register.query.quarantine.SettledAs`."""
    record_id: str | None
    """The record that it became, if it was taken in another way."""
    by: str
    why: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Import:
    """One file that was taken in, and what became of its rows."""

    batch_id: str
    file_name: str | None
    file_sha256: str | None
    kinds: tuple[str, ...]
    """Layers (`RecordKind`) and kinds without layers."""
    by: str
    why: str
    source: str
    recorded_at: datetime
    data_on: date | None
    recorded_count: int
    quarantined_count: int
    summary: Mapping[str, Any]
    """What the importer wished to be remembered of it, such as the counts of accepted and repaired rows."""
    undone_at: datetime | None = None
    """When it was undone; None if it was not."""
    undone_by: str | None = None

    @property
    def reading(self) -> Mapping[str, Any] | None:
        """The options with which the file was read; None of an import by an older Merestone."""
        reading = self.summary.get("reading")
        return reading if isinstance(reading, Mapping) else None
