"""What each kind of record says: one definition, from which everything else is made.

A definition is a file in ``register/programme/kinds/``. Validation, the JSON schema, import mappings, forms and the
reference page are all derived from it, here or by whoever asks `kinds`; none of them repeats a field. The lists follow
the GICHD minimum data requirements, draft 2018-05-28; they do not claim conformance to IMAS 05.10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from merestone.terms import LEVELS, FieldRefused, MerestoneError, RecordKind, Visibility, yaml_value


class FieldType(StrEnum):
    """What a field holds. Links hold identifiers of other records; points hold ``[lon_deg, lat_deg]``."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    POINT = "point"
    POINTS = "points"
    LINK = "link"
    LINKS = "links"

    @property
    def is_list(self) -> bool:
        """Whether the field holds several values."""
        return self in (FieldType.CHOICES, FieldType.POINTS, FieldType.LINKS)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind."""

    name: str
    type: FieldType
    label: str
    origin: str
    """Where the field comes from: the MDR draft, IMSMA's own forms, a treaty's annex, or ourselves."""
    required: bool = False
    unit: str | None = None
    choices: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    advise_min: int | None = None
    """For lists: fewer are accepted with a warning."""
    pattern: str | None = None
    to: str | None = None
    """For links: the kind they lead to."""
    personal: bool = False
    """Personal data: held apart, encrypted, erasable; never in an event's body."""
    automatic: bool = False
    """Written by the program and by nobody else: no form asks for it, and no file may give it."""
    help: str | None = None
    columns: tuple[str, ...] = ()
    """Names under which other systems' files carry the field."""


@dataclass(frozen=True, slots=True)
class DateOrder:
    """A rule between two dates: `first` is not after `second`."""

    first: str
    second: str


@dataclass(frozen=True)
class Kind:
    """One kind of record."""

    name: str
    label: str
    what: str
    layers: tuple[RecordKind, ...]
    """The layers on which records of this kind lie; empty for records without a layer of their own."""
    geometry: tuple[str, ...]
    """Allowed shapes: ``point``, ``line``, ``polygon``; empty for a record without a place."""
    source: str
    fields: tuple[Field, ...]
    checks: tuple[DateOrder, ...]
    visibility: Visibility
    """The level of its records where nobody chose one: `Visibility.RESTRICTED` unless the definition says otherwise."""
    is_transcription: bool
    """Only transcribed from a document that somebody handed over: no blank form of it is ever made."""
    recorded_by: str | None = None
    """The command that alone can record it, because a file comes with it or people approve it; None: any."""
    data_day: str | None = None
    """The field of type date that says of which day a record's data are, such as the day of the survey."""

    @property
    def has_personal_fields(self) -> bool:
        """Whether a record of it has a part that is kept apart, encrypted and erasable."""
        return any(field.personal for field in self.fields)

    @property
    def asked_fields(self) -> tuple[Field, ...]:
        """The fields that a person fills in, personal ones too."""
        return tuple(field for field in self.fields if not field.automatic)

    def field(self, name: str) -> Field:
        """The field of that name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name!r}; it has {', '.join(self.field_names)}")

    @cached_property  # asked for each row of a file
    def by_column(self) -> Mapping[str, Field]:
        """Each field by its name, and by every name that other systems give it, in lower case."""
        return {column.lower(): field for field in self.fields for column in (field.name, *field.columns)}

    def data_on(self, attributes: Mapping[str, Any]) -> date | None:
        """The day of a record's data, as its own attributes state it; None where they do not, or not as a date.

        >>> kind_named("suspected").data_on({"survey_on": "2026-05-12"})
        datetime.date(2026, 5, 12)
        """
        stated = None if self.data_day is None else attributes.get(self.data_day)
        if type(stated) is not str:
            return None
        try:
            return date.fromisoformat(stated)
        except ValueError:
            return None

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of all fields, in order."""
        return tuple(f.name for f in self.fields)


class DefinitionBroken(MerestoneError):
    """A definition in ``register/programme/kinds/`` contradicts itself or another one."""


_KEYS: Final = {
    *("kind", "label", "what", "layers", "geometry", "source", "fields", "checks", "visibility"),
    *("is_transcription", "recorded_by", "data_day"),
}
_NEEDED_KEYS: Final = ("kind", "label", "what", "layers", "geometry", "source", "fields")
_FIELD_KEYS: Final = {
    *("name", "type", "label", "from", "required", "unit", "choices", "min", "max", "advise_min", "pattern", "to"),
    *("personal", "automatic", "help", "columns"),
}


def kind_from(text: str, *, origin: str) -> Kind:
    """Read one definition.

    Raises
    ------
    DefinitionBroken
        It has an unknown key, lacks one that every kind needs, or has an unknown type, a choice without choices, a
        link without a target, or no source.
    """
    definition: dict[str, Any] = yaml_value(text)
    if unknown := set(definition) - _KEYS:
        raise DefinitionBroken(f"{origin}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(_KEYS))}")
    if missing := [key for key in _NEEDED_KEYS if key not in definition]:
        raise DefinitionBroken(f"{origin}: the key {missing[0]} is missing; a kind needs {', '.join(_NEEDED_KEYS)}")
    if not definition.get("source"):
        raise DefinitionBroken(f"{origin}: source is empty; say which list of fields it follows")
    fields = tuple(_field_from(part, origin=origin) for part in definition["fields"])
    names = [f.name for f in fields]
    if twice := {name for name in names if names.count(name) > 1}:
        raise DefinitionBroken(f"{origin}: field {sorted(twice)[0]!r} is defined twice")
    checks = tuple(DateOrder(part["first"], part["second"]) for part in definition.get("checks", ()))
    for check in checks:
        for name in (check.first, check.second):
            if name not in names:
                raise DefinitionBroken(
                    f"{origin}: a check names {name!r}, which is not a field of {definition['kind']}"
                )
    data_day = definition.get("data_day")
    if data_day is not None and not any(field.name == data_day and field.type is FieldType.DATE for field in fields):
        raise DefinitionBroken(
            f"{origin}: data_day names {data_day!r}, which is not a field of type date of {definition['kind']}"
        )
    return Kind(
        name=definition["kind"],
        label=definition["label"],
        what=definition["what"],
        layers=tuple(RecordKind(layer) for layer in definition["layers"]),
        geometry=tuple(definition["geometry"]),
        source=definition["source"],
        fields=fields,
        checks=checks,
        visibility=_level_from(definition, origin=origin),
        is_transcription=bool(definition.get("is_transcription", False)),
        recorded_by=definition.get("recorded_by"),
        data_day=data_day,
    )


def _level_from(fields: Mapping[str, Any], *, origin: str) -> Visibility:
    level = fields.get("visibility", Visibility.RESTRICTED.value)
    if level not in LEVELS:
        raise DefinitionBroken(f"{origin}: visibility {level!r} is not one of {', '.join(LEVELS)}")
    return Visibility(level)


def _field_from(fields: Mapping[str, Any], *, origin: str) -> Field:
    place = f"{origin}: field {fields.get('name')!r}"
    if unknown := set(fields) - _FIELD_KEYS:
        raise DefinitionBroken(
            f"{place}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(_FIELD_KEYS))}"
        )
    if missing := [key for key in ("name", "label") if not fields.get(key)]:
        raise DefinitionBroken(f"{place}: the key {missing[0]} is missing or empty")
    if fields.get("type") not in set(FieldType):
        raise DefinitionBroken(f"{place}: type {fields.get('type')!r} is not one of {', '.join(FieldType)}")
    field_type = FieldType(fields["type"])
    if field_type in (FieldType.CHOICE, FieldType.CHOICES) and not fields.get("choices"):
        raise DefinitionBroken(f"{place}: a {field_type} needs choices")
    if field_type in (FieldType.LINK, FieldType.LINKS) and not fields.get("to"):
        raise DefinitionBroken(f"{place}: a {field_type} needs the kind it leads to")
    if not fields.get("from"):
        raise DefinitionBroken(f"{place}: from is empty; say which list the field comes from, or own")
    return Field(
        name=fields["name"],
        type=field_type,
        label=fields["label"],
        origin=fields["from"],
        required=bool(fields.get("required", False)),
        unit=fields.get("unit"),
        choices=tuple(fields.get("choices", ())),
        min=fields.get("min"),
        max=fields.get("max"),
        advise_min=fields.get("advise_min"),
        pattern=fields.get("pattern"),
        to=fields.get("to"),
        personal=bool(fields.get("personal", False)),
        automatic=bool(fields.get("automatic", False)),
        help=fields.get("help"),
        columns=tuple(fields.get("columns", ())),
    )


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by name, in alphabetical order of the files."""
    folder = files("merestone.register.programme") / "kinds"
    kind_by_name = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            kind = kind_from(entry.read_text(encoding="utf-8"), origin=entry.name)
            kind_by_name[kind.name] = kind
    for kind in kind_by_name.values():
        for field in kind.fields:
            if field.to is not None and field.to not in kind_by_name:
                raise DefinitionBroken(
                    f"{kind.name}.yaml: field {field.name!r} leads to {field.to!r}, which is not a kind"
                )
    return kind_by_name


def kind_of_layer(layer: RecordKind) -> Kind:
    """The kind whose records lie on a layer.

    >>> kind_of_layer(RecordKind.CONFIRMED).name
    'hazardous_area'
    """
    return next(kind for kind in kinds().values() if layer in kind.layers)


def recordable_kinds() -> tuple[str, ...]:
    """The names under which records are created, imported and listed: each layer, and each kind without a layer.

    >>> "suspected" in recordable_kinds(), "organisation" in recordable_kinds(), "attachment" in recordable_kinds()
    (True, True, False)
    """
    sheets = (name for name, kind in kinds().items() if not kind.layers and kind.recorded_by is None)
    return (*(layer.value for layer in RecordKind), *sheets)


@cache  # asked for each row of a file
def kind_named(name: str) -> Kind:
    """The definition behind a name of `recordable_kinds`, or behind a kind's own name.

    >>> kind_named("cleared").name, kind_named("marking").name
    ('released_area', 'marking')

    Raises
    ------
    FieldRefused
        There is no such kind.
    """
    known_kind = kinds().get(name) or next((kind for kind in kinds().values() if name in kind.layers), None)
    if known_kind is None:
        raise unknown_kind(name)
    return known_kind


def default_visibility(name: str) -> Visibility:
    """The level of a new record of a kind where nobody chose one.

    >>> default_visibility("suspected").value, default_visibility("restricted").value
    ('public', 'restricted')

    Raises
    ------
    FieldRefused
        There is no such kind.
    """
    return kind_named(name).visibility


def unknown_kind(name: str) -> FieldRefused:
    """The refusal of a kind's name that is none."""
    return FieldRefused("kind", name, "is not a kind of record", f"use one of {', '.join(recordable_kinds())}")
