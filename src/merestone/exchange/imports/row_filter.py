"""Which rows of a file are meant: `--where`, the same for every format.

A condition is ``COLUMN = VALUE``, ``COLUMN != VALUE``, ``COLUMN in (A, B)`` or ``COLUMN not in (A, B)``, on the columns
as the file names them. Case and outer spaces do not matter, and numbers are compared as numbers. A row that leaves the
column empty is unknown: it is kept by ``!=`` and ``not in``, and left out by ``=`` and ``in``, and counted either way.
"""

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from merestone.terms import FieldRefused, number_of

_CONDITION: Final = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|(?P<column>[^=!"]+?))\s*(?P<sign>!=|==?|(?<=[\s"])not\s+in\b|(?<=[\s"])in\b)\s*(?P<value>.*)""",
    re.IGNORECASE | re.DOTALL,
)
_ITEM: Final = re.compile(r"""\s*"([^"]*)"\s*(?=,|$)|\s*'([^']*)'\s*(?=,|$)|([^,]*)""")
_REMEDY: Final = 'write it as COLUMN=VALUE, COLUMN!=VALUE, "COLUMN in (A, B)" or "COLUMN not in (A, B)"'


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a column."""

    column: str
    values: frozenset[str]
    """Folded."""
    is_negated: bool
    text: str
    """As it was written."""
    takes_empty: bool = False
    """Whether an empty cell meets it."""

    def holds(self, value: Any) -> bool:
        """Whether a cell meets it."""
        if is_empty(value):
            return self.takes_empty
        return (folded(value) in self.values) is not self.is_negated


def condition_from(text: str) -> Condition:
    """Read one condition.

    >>> condition_from("TIPO in (Accidente, 'Incidente, otro')").values == {"accidente", "incidente, otro"}
    True
    >>> condition_from("DEPTO != 5").holds("5.0"), condition_from("DEPTO != 5").holds(None)
    (False, True)

    Raises
    ------
    FieldRefused
        It is not a condition.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise FieldRefused("where", text, "is not a condition", _REMEDY)
    column, value = (match["quoted"] or match["column"]).strip(), match["value"].strip()
    sign = match["sign"].lower()
    is_list = sign.endswith("in")
    values = _listed(value) if is_list else [_unquoted(value)]
    if not column or not values or (is_list and not all(values)):
        raise FieldRefused("where", text, "lacks a column or a value", _REMEDY)
    is_negated = sign.startswith(("!", "not"))
    return Condition(column, frozenset(map(folded, values)), is_negated, text, takes_empty=is_negated)


def _listed(text: str) -> list[str]:
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    values, at = [], 0
    while at <= len(inner):
        item = _ITEM.match(inner, at)
        assert item is not None  # the last alternative matches anything up to a comma
        values.append(next(part for part in item.groups() if part is not None).strip())
        at = item.end() + 1
    return values


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def folded(value: Any) -> str:
    """A cell as it is compared: numbers in one spelling, text without case and outer spaces.

    >>> folded(" Mine "), folded("5.0"), folded(5), folded(True)
    ('mine', '5', '5', 'true')
    """
    text = str(value).strip().casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{number:.15g}"


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
    )


@dataclass
class RowFilter:
    """Conditions that all have to hold, at work on the rows of one file."""

    conditions: Sequence[Condition]
    of_kind: Condition | None = None
    """By which the rows of one kind are known, where a file holds several; rows of others are not counted."""
    kept_count: int = 0
    left_out: int = 0
    _columns: dict[str, None] = field(default_factory=dict)
    _empty: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Sequence[str]) -> "RowFilter | None":
        """The filter that the texts state; None if there are none."""
        return cls([condition_from(text) for text in texts]) if texts else None

    def wants(self, attributes: Mapping[str, Any]) -> bool:
        """Whether a row is meant."""
        self._columns.update(dict.fromkeys(attributes))
        if self.of_kind is not None and not self.of_kind.holds(attributes.get(self.of_kind.column)):
            return False
        meets = True
        for condition in self.conditions:
            value = attributes.get(condition.column)
            if value is None and condition.column not in attributes:
                value = self._by_other_case(condition.column, attributes)
            if is_empty(value):
                self._empty[condition.column] = self._empty.get(condition.column, 0) + 1
            meets = meets and condition.holds(value)
        self.kept_count += meets
        self.left_out += not meets
        return meets

    @staticmethod
    def _by_other_case(column: str, attributes: Mapping[str, Any]) -> Any:
        matching_values = [value for name, value in attributes.items() if name.casefold() == column.casefold()]
        return matching_values[0] if len(matching_values) == 1 else None

    def refuse_unknown_columns(self) -> None:
        """Refuse a condition on a column that no row has.

        Raises
        ------
        FieldRefused
        """
        known = {name.casefold() for name in self._columns}
        for condition in self.conditions:
            if known and condition.column.casefold() not in known:
                near = difflib.get_close_matches(condition.column, list(self._columns), n=3) or list(self._columns)[:20]
                why = f"no row has a column {condition.column} (columns of the place cannot be asked)"
                raise FieldRefused("where", condition.text, why, f"name one of {', '.join(near)}")

    def notes(self) -> Iterator[str]:
        """How many rows were left out, and how many could not be judged."""
        if not self.conditions:
            return
        text = " and ".join(condition.text for condition in self.conditions)
        yield (
            f"{number_of(self.left_out, 'row was', 'rows were')} left out by --where {text}; "
            f"{number_of(self.kept_count, 'was', 'were')} read"
        )
        for column, count in self._empty.items():
            yield f"{number_of(count, 'row has', 'rows have')} nothing in {column}, by which --where asks"

    @property
    def texts(self) -> list[str]:
        """The conditions as they were written."""
        return [condition.text for condition in self.conditions]
