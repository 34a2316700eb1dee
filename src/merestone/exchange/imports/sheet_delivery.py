"""A new delivery of records without a layer beside what the register holds: unchanged, changed, new and gone.

Rows are matched by an identifier, such as ``local_id``. What a delivery does not speak of stays: a field that it leaves
out, a record that is gone from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import shapely

from merestone.exchange.imports.delivery import SAME_PLACE_DEG
from merestone.exchange.imports.field_mapping import AS_GIVEN, Understanding
from merestone.register import Batch, Register, Sheet, SheetRecord
from merestone.terms import FieldRefused

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class ChangedSheet:
    """A record of which the delivery says something else."""

    record_id: str
    key: str
    row: int | None
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetComparison:
    """A delivery beside what the register holds."""

    key_name: str
    unchanged: int
    changed: tuple[ChangedSheet, ...]
    new: tuple[str, ...]
    """Their identifiers."""
    gone: Mapping[str, str]
    """Records of earlier deliveries that this one lacks, by identity: their identifiers. They stay."""
    repeated_keys: tuple[str, ...]
    """Identifiers of several rows or several records; each such row was taken as new."""

    def lines(self) -> list[str]:
        """The comparison for a person: counts, then the first changes."""
        lines = [f"compared by {self.key_name} with what the register holds:"]
        stays = "  they stay until they are withdrawn" if self.gone else ""
        for name, count in (("unchanged", self.unchanged), ("changed", len(self.changed)), ("new", len(self.new))):
            lines.append(f"  {name:<10} {count:>9,}")
        lines.append(f"  {'gone':<10} {len(self.gone):>9,}{stays}")
        lines += [f"  changed {change.key}: {'; '.join(change.changes)}" for change in self.changed[:_SHOWN]]
        lines += [f"  gone {key}: record {record_id}" for record_id, key in list(self.gone.items())[:_SHOWN]]
        if self.repeated_keys:
            lines.append(f"  several have it, so taken as new: {', '.join(self.repeated_keys[:_SHOWN])}")
        return lines

    def as_json(self) -> dict[str, Any]:
        """The comparison for a program."""
        return {
            "key": self.key_name,
            "unchanged": self.unchanged,
            "changed": [
                {"record_id": change.record_id, "key": change.key, "row": change.row, "changes": list(change.changes)}
                for change in self.changed
            ],
            "new": list(self.new),
            "gone": [{"record_id": record_id, "key": key} for record_id, key in self.gone.items()],
            "repeated_keys": list(self.repeated_keys),
        }


@dataclass
class SheetUpdating:
    """Takes rows as words about what the register holds: revisions of it, or new records."""

    key_name: str
    """The field by which rows are matched."""
    existing: Mapping[str, Sequence[SheetRecord]]
    """Identifier, folded: the records that have it."""
    revised_from: date
    """The first day for which a revision speaks; earlier days keep what was said of them."""
    unchanged: int = 0
    changed: list[ChangedSheet] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)
    repeated: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(cls, register: Register, understanding: Understanding, key: str, revised_from: date) -> "SheetUpdating":
        """What the register holds of a kind, by a column's field.

        Raises
        ------
        FieldRefused
            The column is not a field of the kind, or the kind has personal fields, which cannot be compared unread.
        """
        definition = understanding.definition
        name = understanding.field_named(key)
        if definition.has_personal_fields:
            remedy = "undo the earlier import (merestone imports, undo-import) and import the new file"
            raise FieldRefused(
                "update_by", key, f"does not work for {definition.name}, part of which is sealed", remedy
            )
        if name is None:
            names = ", ".join(definition.field_names)
            raise FieldRefused("update_by", key, f"is not a field of {definition.name}", f"name one of {names}")
        records_by_key: dict[str, list[SheetRecord]] = {}
        for sheet in (*register.sheets(definition.name), *register.sheets_later(definition.name)):
            if (value := sheet.attributes.get(name)) is not None:
                records_by_key.setdefault(_folded(value), []).append(sheet)
        return cls(name, records_by_key, revised_from)

    def take(self, entry: Sheet, batch: Batch | None) -> str | None:
        """Take a row: as a revision if it says something new of a record, as nothing if it does not, or as new."""
        value = entry.attributes.get(self.key_name)
        key = "" if value is None else str(value)
        matches = self.existing.get(_folded(key), ()) if key else ()
        if len(matches) != 1 or matches[0].record_id in self.claimed:
            if matches:
                self.repeated[key] = None
            self.new.append(key)
            return None if batch is None else batch.record(entry)
        [sheet] = matches
        self.claimed.add(sheet.record_id)
        attributes = {**sheet.attributes, **entry.attributes}
        if AS_GIVEN not in entry.attributes:
            attributes.pop(AS_GIVEN, None)
        changes = _changes(sheet, entry)
        if sheet.true_from is not None and sheet.true_from > self.revised_from:  # by the delivery it holds already
            changes = (*changes, f"first day {sheet.true_from} -> {self.revised_from}")
        if not changes:
            self.unchanged += 1
            return sheet.record_id
        self.changed.append(ChangedSheet(sheet.record_id, key, entry.row, changes))
        if batch is not None:
            state = replace(
                entry,
                attributes=attributes,
                geometry=sheet.geometry if entry.geometry is None else entry.geometry,
                visibility=sheet.visibility,
                true_from=self.revised_from,
            )
            batch.revise(sheet.record_id, state, seen_version=sheet.version)
        return sheet.record_id

    def comparison(self, register: Register) -> SheetComparison:
        """What the whole delivery says."""
        origins = register.origins()
        earlier = {origins.get(record_id) for record_id in self.claimed}
        gone = {
            sheet.record_id: key
            for sheets in self.existing.values()
            for sheet in sheets
            if sheet.record_id not in self.claimed and origins.get(sheet.record_id) in earlier
            for key in [str(sheet.attributes[self.key_name])]
        }
        return SheetComparison(
            self.key_name, self.unchanged, tuple(self.changed), tuple(self.new), gone, tuple(self.repeated)
        )


def _folded(value: object) -> str:
    return str(value).strip().casefold()


def _changes(sheet: SheetRecord, entry: Sheet) -> tuple[str, ...]:
    """In what a row differs from a record; what the row does not speak of is no difference."""
    matches = [
        f"{name} {_shown(sheet.attributes.get(name))} -> {_shown(value)}"
        for name, value in entry.attributes.items()
        if sheet.attributes.get(name) != value
    ]
    if entry.geometry is not None:
        before = sheet.geometry
        if before is None or not shapely.equals_exact(
            shapely.normalize(before), shapely.normalize(entry.geometry), tolerance=SAME_PLACE_DEG
        ):
            matches.append("place")
    return tuple(matches)


def _shown(value: object) -> str:
    text = "not stated" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
