"""A delivery beside what the register holds: which areas are unchanged, changed, new and gone.

Rows are matched by an identifier of the source (such as ``hazard_id``), and where a row has none, by its exact outline.
What a delivery does not speak of stays: an attribute that it leaves out, an area that is gone from it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.exchange.imports.comparison import Changed, ComparedOutlines, Comparison, Measured, Named
from merestone.exchange.imports.field_mapping import AS_GIVEN
from merestone.register import Batch, Entry, HeldStates, Record, Register
from merestone.register.programme import kinds
from merestone.terms import FieldRefused, FileRefused, RecordKind, Visibility, number_of

SAME_PLACE_DEG: Final = 1e-9
"""Outlines whose corners differ by less, a tenth of a millimetre, are the same: formats write numbers differently."""
_LOOKED_AT: Final = 100
"""Rows whose columns are listed where the one asked for is missing."""
_LOCAL_ID: Final = "local_id"


class LooksLikeDelivery(FileRefused):
    """Most of a file's rows are areas that the register holds already."""


class Held:
    """What the register holds of a kind and of what it may have become, found by identifier and by outline.

    Also what is stated to begin later: a mistyped day must not let the same area be recorded twice. Of each record only
    its place in the chain, its names and a digest are kept; it is read when a row may speak of it.
    """

    def __init__(self, states: HeldStates, kind: RecordKind, key: str) -> None:
        self.kind, self.key = kind, attribute_named(kind, key)
        cycle = {
            RecordKind.SUSPECTED,
            RecordKind.CONFIRMED,
            RecordKind.CANCELLED,
            RecordKind.REDUCED,
            RecordKind.CLEARED,
        }
        self._states = states
        self.count = 0
        self.own: dict[int, str] = {}
        """The records of the kind: the place of the event that each is read from, and its identity."""
        self.levels: set[Visibility] = set()
        """The levels of the records of the kind."""
        self._by_key: dict[str, tuple[int, ...]] = {}
        others: list[tuple[str, int]] = []
        for state in states.each(cycle if kind in cycle else {kind}):
            self.count += 1
            value = key_of(state.attributes, self.key)
            if state.kind is kind:
                self.own[state.seq] = state.record_id
                self.levels.add(state.visibility)
                if value is not None:
                    self._by_key[value] = (*self._by_key.get(value, ()), state.seq)
            elif value is not None:
                others.append((value, state.seq))
        for value, seq in others:
            self._by_key[value] = (*self._by_key.get(value, ()), seq)

    def with_key(self, key: str) -> tuple[int, ...]:
        """The records with an identifier, those of the kind first."""
        return self._by_key.get(key, ())

    def record(self, seq: int) -> Record:
        """The record that the event at a place in the chain states."""
        return self._states.record(seq)

    @cached_property
    def _by_place(self) -> Mapping[bytes, tuple[int, ...]]:
        """The records of the kind by their outlines. Seldom needed where rows have identifiers."""
        places_by_digest: dict[bytes, tuple[int, ...]] = {}
        places = sorted(self.own)
        digests = (digest for outlines in self._states.outlines(places) for digest in _places(outlines))
        for seq, digest in zip(places, digests, strict=True):
            places_by_digest[digest] = (*places_by_digest.get(digest, ()), seq)
        return places_by_digest

    def at_place_of(self, entry: Entry) -> tuple[int, ...]:
        """The records of the kind with the outline of a row, wherever its rings begin."""
        return self._by_place.get(_places([entry.geometry])[0], ()) if self.own else ()

    def is_at(self, record: Record, entry: Entry) -> bool:
        """Whether a record and a row have the same outline, wherever its rings begin."""
        if record.geometry == entry.geometry:  # as it mostly is, and far faster to see
            return True
        before, other = _places([record.geometry, entry.geometry])
        return before == other

    def differences(self, record: Record, entry: Entry) -> tuple[str, ...]:
        """In what a row differs from a record (`differences`)."""
        is_same_place = self.is_at(record, entry)
        is_said = record.accuracy_m == entry.accuracy_m and self._states.is_said_alike(record, entry.attributes)
        return () if is_same_place and is_said else differences(record, entry, is_same_place=is_same_place)


def _places(geometries: Sequence[Any] | NDArray[Any]) -> list[bytes]:
    """Of each outline a digest that equal outlines share."""
    normal = shapely.to_wkb(shapely.normalize(np.array(geometries, dtype=object))).tolist()
    return [hashlib.blake2b(wkb, digest_size=16).digest() for wkb in normal]


def attribute_named(kind: RecordKind, key: str) -> str:
    """The attribute under which a column of that name is kept."""
    definition = next((known for known in kinds().values() if kind in known.layers), None)
    for kind_field in () if definition is None else definition.fields:
        if key.lower() in {name.lower() for name in (kind_field.name, *kind_field.columns)}:
            return kind_field.name
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
    existing: Held
    taken: int = 0
    alike: int = 0

    def record(self, entry: Entry) -> str | None:
        """Take a record as new."""
        self.taken += 1
        if self.existing.count:
            self.alike += self._is_held(entry)
        return None if self.batch is None else self.batch.record(entry)

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record."""
        if self.batch is not None:
            self.batch.quarantine(row, raw, reasons)

    def _is_held(self, entry: Entry) -> bool:
        key = key_of(entry.attributes, self.existing.key)
        for seq in self.existing.with_key(key or ""):
            if seq in self.existing.own and _touch(self.existing.record(seq), entry):
                return True
        existing = self.existing
        others = [key_of(existing.record(seq).attributes, existing.key) for seq in existing.at_place_of(entry)]
        return any(key is None or other is None or other == key for other in others)

    def notes(self) -> list[str]:
        """What is to be told of areas that may now be recorded twice."""
        if not self.alike:
            return []
        return [
            f"the register already holds a record with the place or the identifier of {self.alike:,} of the "
            f"{number_of(self.taken, 'row')}"
        ]

    def refuse(self, path: Path) -> None:
        """Refuse a file of which most rows are held already.

        Raises
        ------
        LooksLikeDelivery
        """
        if self.taken and 2 * self.alike > self.taken:
            raise LooksLikeDelivery(
                path,
                f"the register already holds the areas of {self.alike:,} of its {number_of(self.taken, 'row')}: it "
                "looks "
                "like a new delivery of an earlier file, and each area would be recorded twice",
                "update existing records with --update-by COLUMN, such as hazard_id; "
                "or import all rows as new records with --again",
            )


def _touch(record: Record, entry: Entry) -> bool:
    west, south, east, north = record.geometry.bounds
    w, s, e, n = entry.geometry.bounds
    return bool(west <= e and w <= east and south <= n and s <= north)


@dataclass
class Updating:
    """Takes rows as words about what the register holds: revisions of it, or new records."""

    batch: Batch | None
    existing: Held
    revised_from: date
    """The first day for which a revision speaks; earlier days keep what was said of them."""
    keeps_outlines: bool = False
    """Whether outlines are kept, to be drawn."""

    def __post_init__(self) -> None:
        """Nothing was claimed yet."""
        self.unchanged = Measured[float](keeps_outlines=self.keeps_outlines)
        self.changed = Measured[Changed](keeps_outlines=self.keeps_outlines)
        self.new = Measured[Named](keeps_outlines=self.keeps_outlines)
        self.moved_on = Measured[Named](keeps_outlines=self.keeps_outlines)
        self._claimed: set[int] = set()
        self._keys: set[str] = set()
        self._repeated: dict[str, None] = {}
        self.has_key = False
        """Whether any row that was taken as new or as a change has an identifier."""
        self.names_of_new: list[tuple[str, ...]] = []
        self.names_of_changed: list[tuple[str, ...]] = []
        """The attributes of the first rows."""

    def record(self, entry: Entry) -> str | None:
        """Take a row: as a revision if it says something new of a record, as nothing if it does not, or as new."""
        seq = self._match(entry)
        if seq is None:
            record_id = None if self.batch is None else self.batch.record(entry)
            self.new.add(_naming(record_id, entry, self.existing.key), entry.geometry)
            self._note(entry, self.names_of_new)
            return record_id
        self._claimed.add(seq)
        record = self.existing.record(seq)
        if record.kind is not self.existing.kind:
            self.moved_on.add(_naming(record.record_id, record, self.existing.key), record.geometry)
            return record.record_id
        changes = self.existing.differences(record, entry)
        if record.begins_on is not None:  # by the delivery it holds already
            changes = (*changes, f"first day {record.begins_on} -> {self.revised_from}")
        if not changes:
            self.unchanged.add(float, record.geometry)
            return record.record_id
        self._change(record, entry, changes)
        return record.record_id

    def _change(self, record: Record, entry: Entry, changes: tuple[str, ...]) -> None:
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
        key = key_of(attributes, self.existing.key) or ""
        changed = partial(Changed, record.record_id, key, state.row, changes)
        self.changed.add(changed, record.geometry, state.geometry)
        self._note(state, self.names_of_changed)
        if self.batch is not None:
            self.batch.revise(record.record_id, state, seen_version=record.version)

    def _note(self, entry: Entry, names: list[tuple[str, ...]]) -> None:
        self.has_key |= key_of(entry.attributes, self.existing.key) is not None
        if len(names) < _LOOKED_AT:
            names.append(tuple(entry.attributes))

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record."""
        if self.batch is not None:
            self.batch.quarantine(row, raw, reasons)

    def _match(self, entry: Entry) -> int | None:
        """The record that a row speaks of, by the place of its event; None: of a new one."""
        key = key_of(entry.attributes, self.existing.key)
        if key is None:
            return next((seq for seq in self.existing.at_place_of(entry) if seq not in self._claimed), None)
        if key in self._keys:
            self._repeated[key] = None
            return None
        self._keys.add(key)
        matches = [seq for seq in self.existing.with_key(key) if seq not in self._claimed]
        if len(matches) > 1:
            here = self.existing.at_place_of(entry)
            matches.sort(key=lambda seq: seq not in here)
        return matches[0] if matches else None

    def comparison(self, register: Register, key_name: str) -> Comparison:
        """What the whole delivery says."""
        own, moved_on = self.existing.own, self.moved_on.all()
        missing = {seq: record_id for seq, record_id in own.items() if seq not in self._claimed}
        gone = Measured[Named](keeps_outlines=self.keeps_outlines)
        if missing:  # of earlier deliveries only; to see which took what, every event is read
            origins = register.origins()
            earlier = {origins.get(own[seq]) for seq in self._claimed if seq in own}
            earlier |= {origins.get(event.record_id or "") for event in moved_on}
            for seq, record_id in missing.items():
                if origins.get(record_id) in earlier:
                    record = self.existing.record(seq)
                    gone.add(_naming(record_id, record, self.existing.key), record.geometry)
        return Comparison(
            key_name=key_name,
            unchanged=len(self.unchanged),
            unchanged_m2=sum(self.unchanged.all()),
            changed=self.changed.all(),
            new=self.new.all(),
            gone=gone.all(),
            moved_on=moved_on,
            repeated_keys=tuple(self._repeated),
            outlines=self._outlines(gone) if self.keeps_outlines else None,
        )

    def _outlines(self, gone: Measured[Named]) -> ComparedOutlines:
        return ComparedOutlines(
            unchanged=self.unchanged.outlines(),
            changed_before=self.changed.outlines(0),
            changed_after=self.changed.outlines(1),
            new=self.new.outlines(),
            gone=gone.outlines(),
            moved_on=self.moved_on.outlines(),
        )


def _naming(record_id: str | None, about: Record | Entry, name: str) -> Callable[[float], Named]:
    return partial(Named, record_id, key_of(about.attributes, name) or "", kind=about.kind)


def differences(record: Record, entry: Entry, *, is_same_place: bool = False) -> tuple[str, ...]:
    """In what a row differs from the record; what the row does not speak of is no difference.

    Parameters
    ----------
    is_same_place
        It is known that the outlines are equal.
    """
    differences = []
    if not (is_same_place or _same_outline(record, entry)):
        differences.append("outline")
    if record.accuracy_m != entry.accuracy_m:
        differences.append(f"accuracy_m {_shown(record.accuracy_m)} -> {_shown(entry.accuracy_m)}")
    for name, value in entry.attributes.items():
        if (before := record.attributes.get(name)) != value:
            differences.append(f"{name} {_shown(before)} -> {_shown(value)}")
    return tuple(differences)


def _same_outline(record: Record, entry: Entry) -> bool:
    before, other = shapely.normalize(record.geometry), shapely.normalize(entry.geometry)
    return bool(shapely.equals_exact(before, other, tolerance=SAME_PLACE_DEG))


def _shown(value: object) -> str:
    text = "not stated" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def refuse_unknown_key(sink: Updating, key: str) -> None:
    """Refuse to update by a column that no row of the delivery has: every area would be taken as new.

    Raises
    ------
    FieldRefused
    """
    names = [*sink.names_of_new, *sink.names_of_changed][:_LOOKED_AT]
    if not len(sink.unchanged) and names and not sink.has_key:
        listed = ", ".join(sorted({name for of_row in names for name in of_row}))
        raise FieldRefused("update_by", key, "is in no row of the file", f"name one of its columns: {listed}")
