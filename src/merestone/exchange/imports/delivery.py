"""A delivery beside what the register holds: which areas are unchanged, changed, new and gone.

Rows are matched by an identifier of the source (such as ``hazard_id``), and where a row has none, by its exact outline.
What a delivery does not speak of stays: an attribute that it leaves out, an area that is gone from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from merestone.exchange.imports.field_mapping import AS_GIVEN
from merestone.geodesy import areas_m2
from merestone.register import Batch, Entry, Record, Register
from merestone.register.programme import kinds
from merestone.terms import FieldRefused, FileRefused, RecordKind

SAME_PLACE_DEG: Final = 1e-9
"""Outlines whose corners differ by less, a tenth of a millimetre, are the same: formats write numbers differently."""
_SHOWN: Final = 10
_LOCAL_ID: Final = "local_id"


class LooksLikeDelivery(FileRefused):
    """Most of a file's rows are areas that the register holds already."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record of which the delivery says something else."""

    record_id: str
    key: str
    row: int | None
    changes: tuple[str, ...]
    area_m2_before: float
    area_m2_after: float


@dataclass(frozen=True, slots=True)
class Named:
    """An area by its identity and its identifier in the source."""

    record_id: str | None
    key: str
    area_m2: float
    kind: RecordKind


@dataclass(frozen=True, slots=True)
class Comparison:
    """A delivery beside what the register holds."""

    key_name: str
    unchanged: int
    unchanged_m2: float
    changed: tuple[Changed, ...]
    new: tuple[Named, ...]
    gone: tuple[Named, ...]
    """Areas of earlier deliveries that this one lacks. They stay as they are until somebody decides."""
    moved_on: tuple[Named, ...]
    """Areas that the register records as something else by now, such as cleared land. They were not touched."""
    repeated_keys: tuple[str, ...]
    """Identifiers that several rows carry; each row after the first was taken as new."""

    def lines(self) -> list[str]:
        """The comparison for a person: a table, then the first changes."""
        before_m2 = sum(one.area_m2_before for one in self.changed)
        after_m2 = sum(one.area_m2_after for one in self.changed)
        table = [
            ("unchanged", self.unchanged, f"{self.unchanged_m2:,.0f} m2"),
            ("changed", len(self.changed), f"{before_m2:,.0f} m2, now {after_m2:,.0f} m2"),
            ("new", len(self.new), _total(self.new)),
            ("gone", len(self.gone), f"{_total(self.gone)}; they stay, and warn, until they are withdrawn or moved"),
            ("moved on", len(self.moved_on), f"{_total(self.moved_on)}; recorded as something else now; not touched"),
        ]
        lines = [f"compared by {self.key_name} with what the register holds:"]
        lines += [f"  {name:<10} {count:>9,}  {areas}" for name, count, areas in table if count or name != "moved on"]
        for one in self.changed[:_SHOWN]:
            lines.append(f"  changed {one.key or one.record_id}: {'; '.join(one.changes)}")
        lines += [f"  gone {one.key}: record {one.record_id}" for one in self.gone[:_SHOWN]]
        lines += [f"  moved on {one.key}: record {one.record_id}, {one.kind.label}" for one in self.moved_on[:_SHOWN]]
        if self.repeated_keys:
            lines.append(
                f"  in several rows, those after the first taken as new: {', '.join(self.repeated_keys[:_SHOWN])}"
            )
        return lines

    def as_json(self) -> dict[str, Any]:
        """The comparison for a program."""
        return {
            "key": self.key_name,
            "unchanged": self.unchanged,
            "unchanged_m2": self.unchanged_m2,
            "changed": [
                {
                    "record_id": one.record_id,
                    "key": one.key,
                    "row": one.row,
                    "changes": list(one.changes),
                    "area_m2_before": one.area_m2_before,
                    "area_m2_after": one.area_m2_after,
                }
                for one in self.changed
            ],
            **{
                name: [{"record_id": each.record_id, "key": each.key, "area_m2": each.area_m2} for each in named]
                for name, named in (("new", self.new), ("gone", self.gone), ("moved_on", self.moved_on))
            },
            "repeated_keys": list(self.repeated_keys),
        }


def _total(named: Sequence[Named]) -> str:
    return f"{sum(one.area_m2 for one in named):,.0f} m2"


class Held:
    """What the register holds of a kind and of what it may have become, found by identifier and by outline.

    Also what is stated to begin later: a mistyped day must not let the same area be recorded twice.
    """

    def __init__(self, register: Register, kind: RecordKind, key: str) -> None:
        self.kind, self.key = kind, attribute_named(kind, key)
        cycle = {
            RecordKind.SUSPECTED,
            RecordKind.CONFIRMED,
            RecordKind.CANCELLED,
            RecordKind.REDUCED,
            RecordKind.CLEARED,
        }
        wanted = cycle if kind in cycle else {kind}
        held = (*register.as_of().records, *register.records_later())
        self.records = [record for record in held if record.kind in wanted]
        self.by_key: dict[str, list[Record]] = {}
        for record in sorted(self.records, key=lambda record: record.kind is not kind):
            if (value := key_of(record.attributes, self.key)) is not None:
                self.by_key.setdefault(value, []).append(record)

    @cached_property
    def place(self) -> Mapping[str, bytes]:
        """Of each record of the kind, what two equal outlines share. Seldom needed where rows have identifiers."""
        own = [record for record in self.records if record.kind is self.kind]
        places = _places([record.geometry for record in own])
        return dict(zip([record.record_id for record in own], places, strict=True))

    @cached_property
    def by_place(self) -> Mapping[bytes, Sequence[Record]]:
        """The records of the kind by their outlines."""
        found: dict[bytes, list[Record]] = {}
        for record in self.records:
            if record.kind is self.kind:
                found.setdefault(self.place[record.record_id], []).append(record)
        return found

    def is_at(self, record: Record, entry: Entry) -> bool:
        """Whether a record and a row have the same outline, wherever its rings begin."""
        if shapely.equals_exact(record.geometry, entry.geometry):  # as it mostly is, and ten times as fast to see
            return True
        return self.place[record.record_id] == self.place_of(entry)

    def place_of(self, entry: Entry) -> bytes:
        """What two equal outlines share."""
        return _places([entry.geometry])[0]


def _places(geometries: Sequence[Any]) -> list[bytes]:
    if not geometries:
        return []
    places: list[bytes] = shapely.to_wkb(shapely.normalize(np.array(geometries, dtype=object))).tolist()
    return places


def attribute_named(kind: RecordKind, key: str) -> str:
    """The attribute under which a column of that name is kept."""
    definition = next((one for one in kinds().values() if kind in one.layers), None)
    for one in () if definition is None else definition.fields:
        if key.lower() in {name.lower() for name in (one.name, *one.columns)}:
            return one.name
    return key


def key_of(attributes: Mapping[str, Any], name: str) -> str | None:
    """The identifier in a record's attributes, as text; None if it has none."""
    value = attributes.get(name)
    text = "" if value is None else str(value).strip()
    return text or None


@dataclass
class Watching:
    """Takes rows as new records, and notices a file that holds what the register holds already."""

    batch: Batch | None
    held: Held
    taken: int = 0
    alike: int = 0

    def record(self, entry: Entry) -> str | None:
        """Take a record as new."""
        self.taken += 1
        if self.held.records:
            self.alike += self._is_held(entry)
        return None if self.batch is None else self.batch.record(entry)

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record."""
        if self.batch is not None:
            self.batch.quarantine(row, raw, reasons)

    def _is_held(self, entry: Entry) -> bool:
        key = key_of(entry.attributes, self.held.key)
        for record in self.held.by_key.get(key or "", ()):
            if record.kind is self.held.kind and _touch(record, entry):
                return True
        if not self.held.by_place:
            return False
        others = [key_of(record.attributes, self.held.key) for record in self.held.by_place.get(self._place(entry), ())]
        return any(key is None or other is None or other == key for other in others)

    def _place(self, entry: Entry) -> bytes:
        return self.held.place_of(entry)

    def notes(self) -> list[str]:
        """What is to be told of areas that may now be recorded twice."""
        if not self.alike:
            return []
        return [f"{self.alike:,} of {self.taken:,} rows have the place or the identifier of a record held already"]

    def refuse(self, path: Path) -> None:
        """Refuse a file of which most rows are held already.

        Raises
        ------
        LooksLikeDelivery
        """
        if self.taken and 2 * self.alike > self.taken:
            raise LooksLikeDelivery(
                path,
                f"{self.alike:,} of its {self.taken:,} rows are areas that the register holds already: it looks like a "
                "new delivery of an earlier file, and each area would be recorded twice",
                "update what is held with --update-by COLUMN, such as hazard_id; or take it in beside with --again",
            )


def _touch(record: Record, entry: Entry) -> bool:
    west, south, east, north = record.geometry.bounds
    w, s, e, n = entry.geometry.bounds
    return bool(west <= e and w <= east and south <= n and s <= north)


@dataclass
class Updating:
    """Takes rows as words about what the register holds: revisions of it, or new records."""

    batch: Batch | None
    held: Held
    revised_from: date
    """The first day for which a revision speaks; earlier days keep what was said of them."""
    unchanged: list[Record] = field(default_factory=list)
    changed: list[tuple[Record, Entry, tuple[str, ...]]] = field(default_factory=list)
    new: list[tuple[str | None, Entry]] = field(default_factory=list)
    moved_on: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Nothing was claimed yet."""
        self._claimed: set[str] = set()
        self._keys: set[str] = set()
        self._repeated: dict[str, None] = {}

    def record(self, entry: Entry) -> str | None:
        """Take a row: as a revision if it says something new of a record, as nothing if it does not, or as new."""
        record = self._match(entry)
        if record is None:
            record_id = None if self.batch is None else self.batch.record(entry)
            self.new.append((record_id, entry))
            return record_id
        self._claimed.add(record.record_id)
        if record.kind is not self.held.kind:
            self.moved_on.append(record)
            return record.record_id
        changes = differences(record, entry, is_same_place=self.held.is_at(record, entry))
        if record.begins_on is not None:  # by the delivery it holds already
            changes = (*changes, f"first day {record.begins_on} -> {self.revised_from}")
        if not changes:
            self.unchanged.append(record)
            return record.record_id
        attributes = {**record.attributes, **entry.attributes}
        if AS_GIVEN not in entry.attributes:
            attributes.pop(AS_GIVEN, None)
        state = replace(
            entry,
            attributes=attributes,
            visibility=record.visibility,
            status=record.status,
            evidence=record.evidence,
            true_from=self.revised_from,
        )
        self.changed.append((record, state, changes))
        if self.batch is not None:
            self.batch.revise(record.record_id, state, seen_version=record.version)
        return record.record_id

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record."""
        if self.batch is not None:
            self.batch.quarantine(row, raw, reasons)

    def _match(self, entry: Entry) -> Record | None:
        key = key_of(entry.attributes, self.held.key)
        if key is None:
            return self._first_free(self.held.by_place.get(self.held.place_of(entry), ()))
        if key in self._keys:
            self._repeated[key] = None
            return None
        self._keys.add(key)
        found = [record for record in self.held.by_key.get(key, ()) if record.record_id not in self._claimed]
        if len(found) > 1:
            place = self.held.place_of(entry)
            found.sort(key=lambda record: record not in self.held.by_place.get(place, ()))
        return found[0] if found else None

    def _first_free(self, records: Iterable[Record]) -> Record | None:
        return next((record for record in records if record.record_id not in self._claimed), None)

    def comparison(self, register: Register, key_name: str) -> Comparison:
        """What the whole delivery says."""
        kind, claimed = self.held.kind, self._claimed
        gone = [one for one in self.held.records if one.kind is kind and one.record_id not in claimed]
        if gone:  # of earlier deliveries only; to see which took what, every event is read
            origins = register.origins()
            earlier = {origins.get(record_id) for record_id in claimed}
            gone = [record for record in gone if origins.get(record.record_id) in earlier]
        changed_before = _areas(record.geometry for record, _, _ in self.changed)
        changed_after = _areas(state.geometry for _, state, _ in self.changed)
        name = self.held.key
        return Comparison(
            key_name=key_name,
            unchanged=len(self.unchanged),
            unchanged_m2=sum(_areas(record.geometry for record in self.unchanged)),
            changed=tuple(
                Changed(record.record_id, key_of(state.attributes, name) or "", state.row, changes, before, after)
                for (record, state, changes), before, after in zip(
                    self.changed, changed_before, changed_after, strict=True
                )
            ),
            new=tuple(
                Named(record_id, key_of(entry.attributes, name) or "", area_m2, entry.kind)
                for (record_id, entry), area_m2 in zip(self.new, _areas(e.geometry for _, e in self.new), strict=True)
            ),
            gone=_named(gone, name),
            moved_on=_named(self.moved_on, name),
            repeated_keys=tuple(self._repeated),
        )


def _areas(geometries: Iterable[Any]) -> list[float]:
    shapes = list(geometries)
    return [float(area_m2) for area_m2 in areas_m2(shapes)] if shapes else []


def _named(records: Sequence[Record], name: str) -> tuple[Named, ...]:
    areas = _areas(record.geometry for record in records)
    return tuple(
        Named(record.record_id, key_of(record.attributes, name) or "", area_m2, record.kind)
        for record, area_m2 in zip(records, areas, strict=True)
    )


def differences(record: Record, entry: Entry, *, is_same_place: bool = False) -> tuple[str, ...]:
    """In what a row differs from the record; what the row does not speak of is no difference.

    Parameters
    ----------
    is_same_place
        It is known that the outlines are equal.
    """
    found = []
    if not (is_same_place or _same_outline(record, entry)):
        found.append("outline")
    if record.accuracy_m != entry.accuracy_m:
        found.append(f"accuracy_m {_shown(record.accuracy_m)} -> {_shown(entry.accuracy_m)}")
    for name, value in entry.attributes.items():
        if (before := record.attributes.get(name)) != value:
            found.append(f"{name} {_shown(before)} -> {_shown(value)}")
    return tuple(found)


def _same_outline(record: Record, entry: Entry) -> bool:
    one, other = shapely.normalize(record.geometry), shapely.normalize(entry.geometry)
    return bool(shapely.equals_exact(one, other, tolerance=SAME_PLACE_DEG))


def _shown(value: object) -> str:
    text = "not stated" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def refuse_unknown_key(held: Held, sink: Updating, key: str) -> None:
    """Refuse to update by a column that no row of the delivery has: every area would be taken as new.

    Raises
    ------
    FieldRefused
    """
    entries = [entry for _, entry in sink.new] + [state for _, state, _ in sink.changed]
    if not sink.unchanged and entries and all(key_of(entry.attributes, held.key) is None for entry in entries):
        names = ", ".join(sorted({name for entry in entries[:100] for name in entry.attributes}))
        raise FieldRefused("update_by", key, "is in no row of the file", f"name one of its columns: {names}")
