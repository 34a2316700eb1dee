"""Intake of records without a layer: activities, organisations, findings, people hurt and the rest.

The rows come from any file that an import reads, with or without a place. What a definition in
``register/programme/kinds/`` says is checked by the code that checks hazards. One rule differs: a row without a
required field goes to quarantine, since no activity or session can be made of it, whereas a hazard without one still
warns.

Personal fields never reach the register. They are sealed in the personal store, and neither a report nor a row in
quarantine repeats them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats import Format, format_of
from merestone.exchange.imports.far_rows import PlacesSeen
from merestone.exchange.imports.field_mapping import AS_GIVEN, Understanding, Understood
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.row_filter import is_empty
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.imports.stated_country import swapped_by_country
from merestone.exchange.meaning.contradiction import at_null_island, null_island_fault
from merestone.exchange.rows.format import ReadsFields, TableFields
from merestone.exchange.rows.row import Row
from merestone.geodesy import Refused, Repaired, check
from merestone.register import Batch, Register, Sheet
from merestone.register.programme import Field, FieldType, Kind, kind_named, kind_of_layer, kinds, value_of
from merestone.terms import FieldRefused, FileRefused, Outcome, Visibility, number_of

_METADATA: Final = frozenset((
    # ODK Central's and Kobo's exports; XLSForm's metadata questions
    "start", "end", "today", "deviceid", "subscriberid", "simserial", "username", "instanceid", "instancename", "key",
    "submissiondate", "submitterid", "submittername", "attachmentspresent", "attachmentsexpected", "status",
    "reviewstate", "edits", "formversion", "uuid",
    # Survey123
    "objectid", "globalid", "creationdate", "creator", "editdate", "editor",
))  # fmt: skip
if TYPE_CHECKING:  # encryption is loaded by whoever opens a store
    from merestone.exchange.imports.sheet_delivery import SheetUpdating
    from merestone.register.sidecars import Kept, PersonalStore

_TOO_MANY_SHOWN: Final = 5


def sheet_kind(name: str) -> Kind:
    """The definition of a kind without layers that a file or a command may record.

    Raises
    ------
    FieldRefused
        Another command records it, because a file comes with each record.
    """
    definition = kind_named(name)
    if definition.recorded_by is not None:
        raise FieldRefused("kind", name, "is recorded by a command of its own", f"use {definition.recorded_by}")
    return definition


def sheet_format(path: Path, definition: Kind, mapping: ColumnMapping | None = None) -> Format:
    """The format of a file, as it reads records of a kind without layers, places being optional.

    Raises
    ------
    FileRefused
        There is no such file, or no format knows it.
    """
    known = format_of(path)
    return known.with_fields(table_fields(definition, mapping)) if isinstance(known, ReadsFields) else known


def table_fields(definition: Kind, mapping: ColumnMapping | None) -> TableFields:
    """How a table of a kind is known by its header."""
    understanding = Understanding(definition.name)
    mapped = {} if mapping is None else mapping.columns

    def field_named(column: str) -> str | None:
        if column in mapped:
            return mapped[column] or f"{column}, kept as it came"
        return understanding.field_named(column)

    return TableFields(definition.name, field_named, bool(definition.geometry))


@dataclass(frozen=True, slots=True)
class Links:
    """The records to which a row may lead, by the name that a person gives them."""

    by_kind: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Kind: identity or local identifier, folded: the records."""

    @classmethod
    def of(cls, register: Register, definition: Kind) -> "Links":
        """What the register holds of the kinds to which a kind leads.

        A hazardous area that was released since is the same record, and can be named as one: what was found there may
        be the reason to open it again. A name that an area of today has, too, means that one.
        """
        wanted = {field.to for field in definition.fields if field.to is not None}
        ids_by_kind: dict[str, dict[str, list[str]]] = {name: {} for name in wanted}
        released: dict[str, list[str]] = {}
        if any(kinds()[name].layers for name in wanted):
            for record in (*register.as_of().records, *register.records_later()):
                name = kind_of_layer(record.kind).name
                if name in wanted:
                    _note(ids_by_kind[name], record.record_id, record.attributes.get("local_id"))
                if name == "released_area" and "hazardous_area" in wanted:
                    _note(released, record.record_id, record.attributes.get("local_id"))
            if released:
                ids_by_kind["hazardous_area"] = released | ids_by_kind["hazardous_area"]
        for name in wanted:
            if not kinds()[name].layers:
                for sheet in (*register.sheets(name), *register.sheets_later(name)):
                    _note(ids_by_kind[name], sheet.record_id, sheet.attributes.get("local_id"))
        return cls({name: {key: tuple(ids) for key, ids in names.items()} for name, names in ids_by_kind.items()})

    def resolved(self, definition: Kind, attributes: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """The attributes with identities in place of local identifiers, and remarks on those that lead nowhere."""
        taken, remarks = dict(attributes), []
        for link in definition.fields:
            value = attributes.get(link.name)
            if link.to is None or link.to not in self.by_kind or value is None:
                continue
            names = value if link.type is FieldType.LINKS else [value]
            record_ids = [self._record(link, str(name)) for name in names]
            lost = [str(name) for name, record_id in zip(names, record_ids, strict=True) if record_id is None]
            whole = [record_id or str(name) for name, record_id in zip(names, record_ids, strict=True)]
            taken[link.name] = whole if link.type is FieldType.LINKS else whole[0]
            if lost:
                several = any(len(self.by_kind[link.to].get(_folded(name), ())) > 1 for name in lost)
                why = f"several records of {link.to} have it" if several else f"no record of {link.to} has it"
                text = f"{link.name} = {', '.join(lost[:_TOO_MANY_SHOWN])!r}: {why}; kept as it came"
                remarks.append((f"{link.name}_unresolved", text))
        return taken, remarks

    def _record(self, link: Field, name: str) -> str | None:
        assert link.to is not None
        record_ids = self.by_kind[link.to].get(_folded(name), ())
        return record_ids[0] if len(record_ids) == 1 else None


def _note(names: dict[str, list[str]], record_id: str, local_id: object) -> None:
    names.setdefault(_folded(record_id), []).append(record_id)
    if local_id is not None and _folded(str(local_id)) != _folded(record_id):
        names.setdefault(_folded(str(local_id)), []).append(record_id)


def _folded(name: str) -> str:
    return name.strip().casefold()


@dataclass
class SheetTaking:
    """One intake of records without a layer under way."""

    path: Path
    definition: Kind
    understanding: Understanding
    links: Links
    visibility: Visibility
    batch: Batch | None
    store: "PersonalStore | None"
    known_ids: frozenset[str] = frozenset()
    """Local identifiers that the register holds of the kind, folded."""
    updating: "SheetUpdating | None" = None
    """Compares rows with what the register holds; None: each row is a new record."""
    taken: int = 0
    alike: int = 0
    """How many of the rows taken have the identifier of a record held."""
    sealed: "list[Kept]" = field(default_factory=list)
    """What was sealed, to be erased again if the register does not take the file."""
    _places: PlacesSeen = field(default_factory=PlacesSeen)
    _columns: dict[str, None] = field(default_factory=dict)
    _left_out: dict[str, None] = field(default_factory=dict)
    _unresolved: dict[str, int] = field(default_factory=dict)

    def all(self, rows: Iterator[Row]) -> Iterator[RowReport]:
        """Every row's end, in order; each is written down as it comes."""
        for row in rows:
            yield self._end_of(row)

    def refuse_without_required(self) -> None:
        """Refuse a file without a column for a required field: not one row of it could become a record.

        Raises
        ------
        FileRefused
        """
        if not self._columns:
            return
        named = {self.understanding.field_named(column) for column in self._columns}
        missing = [field.name for field in self.definition.fields if field.required and field.name not in named]
        if missing:
            why = f"no column gives {', '.join(missing)}, without which there is no {self.definition.label.lower()}"
            remedy = (
                f"add the columns as in `merestone form {self.definition.name} --blank`, or map them with --mapping"
            )
            raise FileRefused(self.path, why, remedy)

    def erase(self) -> None:
        """Erase what was sealed for rows that the register did not take."""
        for sealed in self.sealed:
            assert self.store is not None
            self.store.erase(sealed.reference, why="the register did not take the record")

    def notes(self) -> Iterator[str]:
        """What is to be said of the file as a whole."""
        yield from self.understanding.notes()
        if self._left_out:
            yield f"what the form wrote of the device and the user was left out: {', '.join(self._left_out)}"
        for name, count in self._unresolved.items():
            yield (
                f"{number_of(count, 'row names', 'rows name')} a record under {name} that is not in the register; "
                "import those records first, "
                "or correct the names"
            )
        yield from self._places.notes()

    def _end_of(self, row: Row) -> RowReport:
        if row.fault is not None and row.fault.code in {"uneven_row", "zero_byte"}:
            return self._quarantined(row, (row.fault.code,), (row.fault.message,), {})
        geometry, remarks, is_repaired = self._place(row)
        self._columns.update(dict.fromkeys(row.attributes))
        open_fields, personal = self._parted(row.attributes)
        try:
            understood = self.understanding.understood(open_fields)
        except FieldRefused as refused:
            return self._quarantined(row, ("unreadable_feature",), (str(refused),), {})
        fitting = dict(understood.attributes)
        for lost in understood.refused:  # such as an end before the beginning; it stands under `AS_GIVEN`
            fitting.pop(lost.field, None)
        attributes, unresolved = self.links.resolved(self.definition, fitting)
        for code, _ in unresolved:
            name = code.removesuffix("_unresolved")
            self._unresolved[name] = self._unresolved.get(name, 0) + 1
        missing = self._missing(understood)
        if missing:
            return self._quarantined(row, tuple(code for code, _ in missing), tuple(w for _, w in missing), attributes)
        remarks += self._remarks(understood) + unresolved
        self.taken += 1
        if self.updating is None and _folded(str(attributes.get("local_id", ""))) in self.known_ids:
            self.alike += 1
            remarks.append(("held_already", f"{attributes['local_id']} is the identifier of a record held already"))
        entry = Sheet(self.definition.name, attributes, geometry, visibility=self.visibility, row=row.number)
        return RowReport(
            row.number,
            Outcome.REPAIRED if is_repaired else Outcome.ACCEPTED,
            tuple(dict.fromkeys(code for code, _ in remarks)),
            "; ".join(message for _, message in remarks) if is_repaired else "",
            self._recorded(entry, personal),
            tuple(message for _, message in remarks),
        )

    def _missing(self, understood: Understood) -> list[tuple[str, str]]:
        """Why a row can be no record: required fields that are empty, or that hold what they cannot."""
        required = {field.name: field for field in self.definition.fields if field.required}
        missing = [
            (f"{name}_missing", f"{name} is required and empty; give {required[name].label.lower()}")
            for name in understood.absent
        ]
        refused_remarks = dict(
            zip((refusal.field for refusal in understood.refused), self._remarks(understood), strict=True)
        )
        if self.definition.has_personal_fields:  # the value may name somebody, so the row is not kept with it
            return missing + list(refused_remarks.values())
        return missing + [remark for name, remark in refused_remarks.items() if name in required]

    def _remarks(self, understood: Understood) -> list[tuple[str, str]]:
        """The values that were not taken; of a kind with personal fields without the values."""
        if not self.definition.has_personal_fields:
            return understood.remarks
        return [
            (f"{refusal.field}_refused", f"{refusal.field}: {refusal.why}; {refusal.remedy}")
            for refusal in understood.refused
        ]

    def _place(self, row: Row) -> tuple[BaseGeometry | None, list[tuple[str, str]], bool]:
        """The place of a row if it has one that can be used, what is to be said of it, and whether it was repaired."""
        remarks = [(remark.code, remark.message) for remark in row.remarks]
        if not self.definition.geometry:
            return None, remarks, False
        if row.fault is not None:
            return None, [*remarks, ("place_refused", f"the place was not taken: {row.fault.message}")], False
        if row.geometry is None or row.geometry.is_empty:
            return None, remarks, False
        verdict = check(row.geometry)
        repairs = [(finding.code.value, str(finding)) for finding in verdict.findings]
        if isinstance(verdict, Refused):
            text = "; ".join(message for _, message in repairs)
            return None, [*remarks, ("place_refused", f"the place was not taken: {text}")], False
        against = swapped_by_country(row.attributes, row.geometry)
        if against is None and at_null_island(np.array([row.geometry], dtype=object)).any():
            against = null_island_fault(row.geometry)
        if against is not None:
            return None, [*remarks, ("place_refused", f"the place was not taken: {against.message}")], False
        return verdict.geometry, [*remarks, *repairs], isinstance(verdict, Repaired)

    def _parted(self, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the register may keep, and what is to be sealed.

        Raises
        ------
        FileRefused
            A column of a kind with personal fields is unknown, or personal data came without a store to seal them in.
        """
        fields = {name: value for name, value in fields.items() if not is_empty(value)}
        if not self.definition.has_personal_fields:
            return fields, {}
        open_part: dict[str, Any] = {}
        personal: dict[str, Any] = {}
        for column, value in fields.items():
            name = self.understanding.field_named(column)
            field = None if name is None else self.definition.field(name)
            if field is None and is_metadata(column):
                self._left_out[column] = None
                continue
            if field is None or field.automatic:
                why = f"column {column} is not a field that a file gives of a {self.definition.label.lower()}"
                remedy = "the register never forgets: map the column to null to leave it out, or remove it"
                raise FileRefused(self.path, why, remedy)
            (personal if field.personal else open_part)[field.name] = value
        if personal and self.store is None:
            names = ", ".join(personal)
            remedy = "give the programme's key with --key-file to seal it, or map the column to null to leave it out"
            raise FileRefused(self.path, f"it holds personal data ({names})", remedy)
        return open_part, {name: _sealed_value(self.definition.field(name), value) for name, value in personal.items()}

    def _recorded(self, entry: Sheet, personal: Mapping[str, Any]) -> str | None:
        if entry.geometry is not None:
            lon_deg, lat_deg = shapely.get_coordinates(entry.geometry)[0].tolist()
            self._places.add(entry.row or 0, lon_deg, lat_deg)
        if self.updating is not None:
            return self.updating.take(entry, self.batch)
        if self.batch is None:
            return None
        if personal:
            from merestone.register.sidecars import DIGEST, REFERENCE

            assert self.store is not None
            sealed = self.store.keep(personal)
            self.sealed.append(sealed)
            carried = {REFERENCE: sealed.reference, DIGEST: sealed.digest}
            entry = replace(entry, attributes={**entry.attributes, **carried})
        return self.batch.record(entry)

    def _quarantined(
        self, row: Row, codes: tuple[str, ...], name_words: tuple[str, ...], attributes: Mapping[str, Any]
    ) -> RowReport:
        if self.batch is not None:
            open_part = {name: value for name, value in attributes.items() if name != AS_GIVEN}
            raw = json.dumps(open_part, ensure_ascii=False) if self.definition.has_personal_fields else row.raw
            self.batch.quarantine(row.number, raw, name_words, sheet=self.definition.name)
        done = "kept in quarantine with its raw content"
        if self.definition.has_personal_fields:
            done = "kept in quarantine without its personal part; correct it in the file"
        return RowReport(row.number, Outcome.QUARANTINED, codes, done, None, name_words)


def is_metadata(column: str) -> bool:
    """Whether a column is what ODK, KoboToolbox or Survey123 write of a submission by themselves.

    >>> is_metadata("_submission_time"), is_metadata("meta/instanceID"), is_metadata("phone")
    (True, True, False)
    """
    name = re.split(r"[/:]", column)[-1].casefold()
    return column.startswith("_") or column.casefold().startswith("meta/") or name in _METADATA


def _sealed_value(field: Field, value: Any) -> Any:
    """A personal value as its field has it; one that the field cannot hold is sealed as it came."""
    try:
        return value_of(field, value)
    except FieldRefused:
        return str(value)
