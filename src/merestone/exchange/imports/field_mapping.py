"""Their columns become our terms: the attributes of a row, named and typed as the definition of its kind says.

The definitions in ``register/programme/kinds/`` also list the names under which other systems carry a field. A column
that no definition knows is kept as it came; a value that its field cannot hold is kept too, under `AS_GIVEN`, and told
of.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any, Final, NamedTuple

from shapely.geometry.base import BaseGeometry

from merestone.exchange.imports.form_values import from_form
from merestone.exchange.places.spelled_name import normalized_name
from merestone.exchange.rows.instants import day_of
from merestone.register.programme import Field, FieldType, check_attributes, kind_named
from merestone.terms import FieldRefused, RecordKind, number_of

AS_GIVEN: Final = "as_given"
"""The attribute that holds, by column, the values that their fields could not take."""
_DEEPEST: Final = 20
_PLAIN_TYPES: Final = frozenset({int, bool, type(None)})
"""Of these `_plain` changes nothing."""
_GROUP: Final = re.compile(r"[/:.-]")
"""What ODK Central (-), Kobo (/) and others put between a form's groups and its field."""
_SHAPES: Final = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "polygon"}


class Understood(NamedTuple):
    """What the columns of one row say of a record."""

    attributes: Mapping[str, Any]
    """As the register keeps them; what fields could not take stands under `AS_GIVEN`."""
    refused: tuple[FieldRefused, ...]
    """The values that could not be taken."""
    absent: tuple[str, ...]
    """Required fields that the row leaves empty."""

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """Code and words for each value that could not be taken."""
        return [(f"{refused.field}_refused", str(refused)) for refused in self.refused] if self.refused else []


class Understanding:
    """How the columns of one file are read for one kind of record."""

    def __init__(self, kind: str, own: Iterable[str] = (), time_zone: tzinfo | None = None) -> None:
        """`kind` is a layer or a kind without layers; `own` names attributes that the intake itself adds.

        `time_zone` is where moments become days (None: at the offset that each states).
        """
        self.time_zone = time_zone
        self.definition = kind_named(kind)
        self.label = kind_label(kind)
        fields = self.definition.fields
        self._required = [field.name for field in fields if field.required]
        self._known = {name.lower() for field in fields for name in (field.name, *field.columns)} | set(own)
        self._strange: set[str] = set()
        self._absent: Counter[str] = Counter()
        self._plans: dict[tuple[str, ...], tuple[list[str], bool]] = {}
        self._shapes: dict[type[BaseGeometry], list[tuple[str, str]]] = {}
        """What is said of a shape, by its type."""
        self._rows_without_fields = 0
        """Rows of which no column is a field: each lacks every required one."""

    def attributes(self, row: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[tuple[str, str]]]:
        """The attributes as the register keeps them, and remarks (code, words) on values that could not be taken.

        Raises
        ------
        FieldRefused
            A value is nested too deeply to be kept.
        """
        understood = self.understood(row)
        return understood.attributes, understood.remarks

    def understood(self, row: Mapping[str, Any]) -> Understood:
        """What the columns of a row say.

        Raises
        ------
        FieldRefused
            A value is nested too deeply to be kept.
        """
        if not row:
            self._rows_without_fields += 1
            return Understood({}, (), tuple(self._required))
        names, some_known = self._plan(tuple(row))
        values = [value if type(value) in _PLAIN_TYPES else _plain(value) for value in row.values()]
        if not some_known:
            self._rows_without_fields += 1
            attributes = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            return Understood(attributes, (), tuple(self._required))
        fields = self.definition.by_column
        answers = {
            name: value if (field := fields.get(name.lower())) is None else self._answer(field, value)
            for name, value in zip(names, values, strict=True)
        }
        checked = check_attributes(self.definition, answers)
        attributes = dict(checked.attributes)
        personal = {field.name for field in self.definition.fields if field.personal}
        absent = tuple(refused.field for refused in checked.refused if refused.value is None)
        self._absent.update(absent)
        refused = tuple(refused for refused in checked.refused if refused.value is not None)
        as_given = {refusal.field: refusal.value for refusal in refused if refusal.field not in personal}
        if as_given:
            attributes[AS_GIVEN] = as_given
        return Understood(attributes, refused, absent)

    def field_named(self, column: str) -> str | None:
        """The field that a column gives; None if it gives none.

        >>> Understanding("activity").field_named("Task ID"), Understanding("activity").field_named("weather")
        ('local_id', None)
        """
        name = column if column.lower() in self._known else self._known_as(column)
        field = None if name is None else self.definition.by_column.get(name.lower())
        return None if field is None else field.name

    def _answer(self, field: Field, value: Any) -> Any:
        if field.type is FieldType.DATE and self.time_zone is not None and isinstance(value, str):
            try:
                return day_of(value, self.time_zone).isoformat()
            except ValueError:
                return value  # the field refuses it, in its own words
        return from_form(field, value)

    def _plan(self, texts: tuple[str, ...]) -> tuple[list[str], bool]:
        """The names of a row's columns as they can be stored, and whether the definition knows any of them."""
        plan = self._plans.get(texts)
        if plan is None:
            names = self._as_known([str(_plain(str(name))) for name in texts])
            self._strange.update(name for name in names if name.lower() not in self._known)
            plan = names, any(name.lower() in self._known for name in names)
            self._plans[texts] = plan
        return plan

    def _as_known(self, texts: list[str]) -> list[str]:
        """Names in the definition's spelling: `Hazard ID` is hazard_id, and a form's `group/status` is status."""
        taken = {name.lower() for name in texts}
        names = []
        for name in texts:
            known = None if name.lower() in self._known or name.startswith("_") else self._known_as(name)
            if known is not None and known not in taken:
                taken.add(known)
                names.append(known)
            else:
                names.append(name)
        return names

    def _known_as(self, name: str) -> str | None:
        spelled = normalized_name(name).name
        if spelled in self._known:
            return spelled
        in_group = normalized_name(_GROUP.split(name)[-1]).name
        return in_group if in_group in self.definition.field_names else None

    def shape(self, geometry: BaseGeometry) -> list[tuple[str, str]]:
        """A remark if the place is not of the shape that the kind usually has. It is taken all the same: it warns."""
        remarks = self._shapes.get(type(geometry))
        if remarks is None:
            remarks = self._shapes[type(geometry)] = self._remarks_on(geometry)
        return remarks

    def _remarks_on(self, geometry: BaseGeometry) -> list[tuple[str, str]]:
        if not self.definition.geometry:
            return []
        geometry_kind = _SHAPES.get(type(geometry).__name__.removeprefix("Multi"))
        if geometry_kind in self.definition.geometry:
            return []
        wanted = " or ".join(self.definition.geometry)
        return [
            (
                f"{geometry_kind}_not_{self.definition.geometry[0]}",
                f"it is a {geometry_kind}; a {self.label} is usually a {wanted}",
            )
        ]

    def notes(self) -> Iterator[str]:
        """What is to be said of the file's columns as a whole."""
        if self._strange:
            names = ", ".join(sorted(self._strange))
            yield f"kept as they came, being no fields of {self.definition.label.lower()}: {names}"
        absent = Counter(dict.fromkeys(self._required, self._rows_without_fields)) + self._absent
        for name, count in absent.items():
            yield f"{number_of(count, 'row has', 'rows have')} no {name}, a required field"


def kind_label(kind: str) -> str:
    """The words for a kind of record, by the name of its layer or its own name.

    >>> kind_label("cleared"), kind_label("risk_education")
    ('cleared area', 'risk education session')
    """
    return RecordKind(kind).label if kind in set(RecordKind) else kind_named(kind).label.lower()


def _plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON can hold it: no NaN, no infinity, no half of a character."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else (None if math.isnan(value) else str(value))
    if value is None or isinstance(value, (bool, int)):
        return value
    if depth > _DEEPEST:
        raise FieldRefused("attributes", "...", "are nested too deeply to be kept", "flatten them")
    if isinstance(value, Mapping):
        return {str(_plain(str(name))): _plain(part, depth + 1) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, depth + 1) for part in value]
    return str(value)
