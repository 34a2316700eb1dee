"""How the columns of one file become the fields of one kind of record: a table that a person can see, change and keep.

A mapping is a YAML file. `guess` writes down what the import would do by itself; `ColumnMapping.apply` does what the
file says instead. A column that the mapping does not name is read as if there were no mapping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from merestone.register.programme import kind_named, recordable_kinds
from merestone.terms import FieldRefused, FileRefused

PLACE_TARGETS: Final[Mapping[str, str]] = {
    "longitude": "degrees east, on WGS 84 unless --crs says otherwise",
    "latitude": "degrees north",
    "easting": "metres of a UTM zone",
    "northing": "metres of a UTM zone",
    "zone": "the UTM zone, such as 33N",
    "mgrs": "a grid reference",
    "position": "one cell with latitude and longitude in any usual notation",
    "lat_lon": "one cell with latitude, then longitude, or with several such pairs",
    "lon_lat": "one cell with longitude, then latitude, or with several such pairs",
    "geometry": "WKT, hexadecimal WKB or GeoJSON text",
}
"""What a column may give of a row's place, beside the fields of its kind."""
MEASURE_TARGETS: Final[Mapping[str, str]] = {
    "accuracy_m": "the radius in metres that holds 95 % of the row's positions",
    "radius_m": "the radius in metres of a round area about the row's position",
}
"""What a column may say of how large or how well known the row's place is."""
ATTRIBUTE: Final = "attribute"
"""What a column becomes that is kept as it came, and of which a person says that it tells neither where a hazard is nor
how large. A column that is mapped to null may still tell it: a guessed mapping has null for all it does not know."""
_HEADER: Final = """\
# How the columns of {file} are read as {kind}.
# Change what is wrong, then: merestone import REGISTER {file} --as {layer} --mapping THIS_FILE ...
#
# columns: the file's column, then what it becomes: a field of the kind, a part of the place, null (kept as it came), or
#          attribute (kept as it came, and it says nothing of where the hazard is or how large).
# values:  for a column, what a word of the file means, such as  ESTADO: {{Abierto: open}}
# kind:    instead of --as, for a file with several kinds of rows, such as
#          kind: {{column: EVENT, values: {{Accident: accident, Find: spot_find, Meeting: null}}}}
#
# Fields of {kind}: {fields}
# Parts of the place: {places}
"""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each named column becomes, and what its words mean."""

    columns: Mapping[str, str | None] = field(default_factory=dict)
    """Column: field of the kind, a key of `PLACE_TARGETS` or `MEASURE_TARGETS`, `ATTRIBUTE`, or None (kept)."""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Column of the file: value in the file, as text: value to take instead. Compared without case and outer spaces."""
    kind_column: str | None = None
    """The column whose value says of what kind a row is; None: all rows are of the kind of the import."""
    kind_of: Mapping[str, str | None] = field(default_factory=dict)
    """Value of `kind_column`, as text: the kind, or None for rows that are left out."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that rows may be of, in the order of the mapping."""
        return tuple(dict.fromkeys(kind for kind in self.kind_of.values() if kind is not None))

    def for_kind(self, kind: str) -> "ColumnMapping":
        """The mapping for the rows of one of its kinds: what another kind's fields take is kept as it came."""
        allowed = _targets_of([kind])
        columns = {name: target for name, target in self.columns.items() if target is None or target in allowed}
        return ColumnMapping(columns, self.values, self.kind_column, self.kind_of)

    def apply(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a row under their new names and with their words replaced.

        A column that is kept as it came loses a name that would be taken for a field: it gets a trailing underscore.

        >>> mapping = ColumnMapping({"ESTADO": "status", "id": None}, {"ESTADO": {"abierto": "open"}})
        >>> mapping.apply({"ESTADO": "Abierto", "id": 7, "n": 1})
        {'status': 'open', 'id_': 7, 'n': 1}
        """
        renamed: dict[str, Any] = {}
        for name, value in attributes.items():
            if name in self.columns:
                target = self.columns[name] or ATTRIBUTE
                target = f"{name}_" if target == ATTRIBUTE else target
            else:
                target = name
            meaning = {_key(word): meant for word, meant in self.values.get(name, {}).items()}
            taken = value if value is None else meaning.get(_key(value), value)
            if renamed.get(target) in (None, ""):
                renamed[target] = taken
            elif taken not in (None, ""):
                renamed[f"{name}_"] = taken
        return renamed

    @property
    def kept_columns(self) -> frozenset[str]:
        """The names that columns of `ATTRIBUTE` have, once the mapping was applied."""
        return frozenset(f"{name}_" for name, target in self.columns.items() if target == ATTRIBUTE)

    @property
    def place_columns(self) -> Mapping[str, str]:
        """The columns that give the place, and which part of it."""
        return {name: target for name, target in self.columns.items() if target is not None and target in PLACE_TARGETS}

    def fingerprint(self) -> str:
        """The mapping as one text, by which two readings of the same file are told apart; empty if it says nothing."""
        if not self.columns and not self.values and self.kind_column is None:
            return ""
        content: dict[str, Any] = {"columns": dict(self.columns)}
        content["values"] = {name: dict(meaning) for name, meaning in self.values.items()}
        if self.kind_column is not None:
            content["kind"] = {"column": self.kind_column, "values": dict(self.kind_of)}
        return yaml.safe_dump(content)


def _key(value: object) -> str:
    return str(value).strip().casefold()


def read_mapping(path: Path, kind: str | None) -> ColumnMapping:
    """The mapping that a YAML file holds, checked against the fields of the kind, or of the kinds that it names.

    Raises
    ------
    FileRefused
        It cannot be read, is not YAML, or is not of the form that `write_mapping` writes.
    FieldRefused
        It names a field that the kind does not have (the message names near ones), or it is not said what rows are.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileRefused(path, error.strerror or "cannot be opened", "check the name") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileRefused(path, f"is not YAML ({' '.join(str(error).split())})", "correct it there") from error
    content = content or {}
    if not isinstance(content, Mapping) or (unknown := set(content) - {"columns", "values", "kind"}):
        names = ", ".join(sorted(map(str, unknown))) if isinstance(content, Mapping) else type(content).__name__
        raise FileRefused(path, f"holds {names}", "a mapping has the parts columns, values and kind")
    columns, values = content.get("columns") or {}, content.get("values") or {}
    if not isinstance(columns, Mapping) or not isinstance(values, Mapping):
        raise FileRefused(path, "columns or values is not a table", "write one 'name: meaning' a line")
    for column, meaning in values.items():
        if not isinstance(meaning, Mapping):
            raise FileRefused(path, f"values of {column} are not a table", "write one 'word: meaning' a line")
    kind_column, kind_of = _kind_part(path, content.get("kind"), kind)
    wanted = (
        list(dict.fromkeys(kind_name for kind_name in kind_of.values() if kind_name is not None))
        if kind is None
        else [kind]
    )
    _check_targets(wanted, columns)
    return ColumnMapping(
        {str(name): None if target is None else str(target) for name, target in columns.items()},
        {str(name): {str(k): v for k, v in meaning.items()} for name, meaning in values.items()},
        kind_column,
        kind_of,
    )


def _kind_part(path: Path, stated_kind: Any, kind: str | None) -> tuple[str | None, dict[str, str | None]]:
    """The column that says of what kind a row is, and what its values mean."""
    if stated_kind is None:
        if kind is None:
            raise FieldRefused(
                "as", None, "is not given", "say what the rows are with --as KIND, or in the mapping's kind"
            )
        return None, {}
    form = "write kind: {column: EVENT, values: {Accident: accident, Meeting: null}}"
    if kind is not None:
        raise FieldRefused(
            "as", str(kind), f"contradicts the kind in {path.name}", "leave --as out, or the mapping's kind"
        )
    if (
        not isinstance(stated_kind, Mapping)
        or set(stated_kind) != {"column", "values"}
        or not isinstance(stated_kind["values"], Mapping)
    ):
        raise FileRefused(path, "kind is not a column and its values", form)
    kind_of = {str(value): None if meant is None else str(meant) for value, meant in stated_kind["values"].items()}
    for value, meant in kind_of.items():
        if meant is not None and meant not in recordable_kinds():
            near = _close_to(meant, recordable_kinds()) or recordable_kinds()
            raise FieldRefused(
                f"kind.values.{value}", meant, "is not a kind of record", f"use one of {', '.join(near)}"
            )
    if not any(kind_of.values()):
        raise FileRefused(path, "kind assigns no kind to any value", form)
    return str(stated_kind["column"]), kind_of


def _targets_of(names: Sequence[str]) -> list[str]:
    """What a column may become for one of these kinds."""
    fields = dict.fromkeys(asked_field.name for name in names for asked_field in kind_named(name).asked_fields)
    return [*fields, *PLACE_TARGETS, *MEASURE_TARGETS, ATTRIBUTE]


def _check_targets(names: Sequence[str], columns: Mapping[Any, Any]) -> None:
    label = " or ".join(dict.fromkeys(kind_named(name).label.lower() for name in names))
    allowed = _targets_of(names)
    taken: dict[str, str] = {}
    for column, target in columns.items():
        if target is None:
            continue
        if target not in allowed:
            near = _close_to(str(target), allowed) or allowed
            why = f"is not a field of {label}"
            raise FieldRefused(f"columns.{column}", target, why, f"use one of {', '.join(near)}, or null to keep it")
        if target != ATTRIBUTE and target in taken:
            why = f"is already given by the column {taken[target]}"
            raise FieldRefused(f"columns.{column}", target, why, "let one column give it, and null for the other")
        taken[str(target)] = str(column)


def guess(names: Sequence[str], kind: str, *, places: Mapping[str, str] | None = None) -> ColumnMapping:
    """What the import does with these columns by itself.

    Parameters
    ----------
    places
        The columns that were recognised as parts of the place or as a measure of it, and as which.

    >>> guess(["hazard_id", "colour"], "suspected").columns
    {'hazard_id': 'local_id', 'colour': None}
    """
    known = kind_named(kind).by_column
    columns: dict[str, str | None] = {}
    for name in names:
        if places and name in places:
            columns[name] = places[name]
        else:
            target = known.get(name.lower())
            is_free = target is not None and not target.automatic and target.name not in columns.values()
            columns[name] = target.name if target is not None and is_free else None
    return ColumnMapping(columns)


def mapping_text(mapping: ColumnMapping, kind: str, *, file_name: str) -> str:
    """The mapping as a YAML file that explains itself."""
    definition = kind_named(kind)
    header = _HEADER.format(
        file=file_name,
        kind=definition.label.lower(),
        layer=str(kind),
        fields=", ".join(f.name for f in definition.asked_fields),
        places=", ".join((*PLACE_TARGETS, *MEASURE_TARGETS)),
    )
    content: dict[str, Any] = {"columns": dict(mapping.columns)}
    content["values"] = {name: dict(meaning) for name, meaning in mapping.values.items()}
    return header + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _close_to(word: str, known: Sequence[str]) -> Sequence[str]:
    """The words that may have been meant."""
    from difflib import get_close_matches  # only a mapping with a fault needs it

    return get_close_matches(word, known, n=3)
