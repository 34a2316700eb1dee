"""What a dot with three digits behind it means in a file: 1.200 is 1200 where people write decimal commas, else 1.2.

The file's other numbers settle it. Where they do not, it is the number that warns of more: of a hazard that reaches
1200 m, nothing may be told as if it reached 1.2 m.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from merestone.exchange.places.columns import column_roles
from merestone.exchange.places.extent import units_m2
from merestone.exchange.places.measures import Measure, column_words, folded, words_of

_GROUP: Final = re.compile(r"(?<![\w.,'\u2019])([1-9]\d{0,2})\.(\d{3})(?![\d.,]*\d)")
"""A number of which nobody can say alone whether its dot is one of decimals: with a zero before it, it is."""
_WITH_UNIT: Final = re.compile(r"\s*-?([^\W\d_]+\.?\s?[^\W\d_]*[2²]?)")
_COMMA: Final = re.compile(
    r"[-+]?(?:\d+,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}|0,\d+)(?:\s*[^\W\d]\w*)?"
)
_POINT: Final = re.compile(
    r"[-+]?(?:\d*\.(?:\d{1,2}|\d{4,})|(?:\d{4,}|0)\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?)(?:\s*[^\W\d]\w*)?"
)
_BEHIND_WORD: Final = re.compile(r"(?:[^\W\d_]|±|\+\s?/?\s?-)[\s:=~]{0,4}$")
"""Of a number without a unit in a text: radius 1.200, ±1.200; neither coordinates nor the seconds of a moment."""
_COORDINATE: Final = re.compile(r"[-+]?\d+\.\d{4,}")
_LONGEST_NUMBER: Final = 24
_LARGE_M: Final = 1000.0
_LARGE_M2: Final = 1e6


@cache
def _large_units() -> frozenset[str]:
    """Units of which hundreds and thousands are more than a hazard reaches, so that three digits are decimals."""
    lengths: Mapping[str, float] = column_words()["units_m"]
    large = {unit for unit, metres in lengths.items() if metres >= _LARGE_M}
    return frozenset(large | {unit for unit, m2 in units_m2().items() if m2 >= _LARGE_M2})


@cache
def _units() -> frozenset[str]:
    return frozenset(column_words()["units_m"]) | frozenset(units_m2())


def _unit_behind(text: str, end: int) -> str | None:
    """The unit that stands behind a number, folded."""
    match = _WITH_UNIT.match(text, end)
    if match is None:
        return None
    written = folded(match[1]).replace("²", "2")
    for unit in (" ".join(words_of(written)), *words_of(written)[:1]):
        if unit in _units():
            return unit
    return None


def _grouped(text: str, *, is_cell: bool, is_unit_needed: bool = False) -> str:
    """A text whose dots before three digits are taken as marks of thousands."""

    def whole(match: re.Match[str]) -> str:
        unit = _unit_behind(text, match.end())
        if unit in _large_units() or (unit is None and is_unit_needed):
            return match[0]
        if (
            unit is None
            and not is_cell
            and _BEHIND_WORD.search(text[max(0, match.start() - 8) : match.start()]) is None
        ):
            return match[0]
        return match[1] + match[2]

    return _GROUP.sub(whole, text)


@dataclass(slots=True)
class DecimalMarks:
    """The marks of decimals that a file was seen to use."""

    has_comma: bool = False
    has_point: bool = False
    samples: dict[str, str] = field(default_factory=dict)
    """By column, one cell whose dot was taken as a mark of thousands."""

    def look_at(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """See how rows write their numbers; those with a point count in some columns, or as coordinates."""
        chosen = frozenset(columns)
        for values in rows:
            for name, value in values.items():
                if type(value) is not str or len(value) > _LONGEST_NUMBER or not ("," in value or "." in value):
                    continue
                text = value.strip()
                self.has_comma = self.has_comma or _COMMA.fullmatch(text) is not None
                if not self.has_point:
                    pattern = _POINT if name in chosen else _COORDINATE
                    self.has_point = pattern.fullmatch(text) is not None

    def look_at_places(self, cells: Iterable[str]) -> None:
        """See how coordinates are written: a comma or a point alone in one is that of its decimals."""
        for cell in cells:
            self.has_comma |= "," in cell and "." not in cell and _DEGREES.fullmatch(cell.strip()) is not None
            self.has_point |= "." in cell and "," not in cell

    @property
    def may_group(self) -> bool:
        """Whether a dot before three digits may part thousands: unless all that was seen has decimal points."""
        return self.has_comma or not self.has_point

    def values(
        self, values: Mapping[str, Any], columns: Sequence[str], texts: Sequence[str], measures: Sequence[Measure] = ()
    ) -> Mapping[str, Any]:
        """The values as they may warn of most; the very mapping where no cell has two readings.

        Parameters
        ----------
        columns, texts
            Those that hold lengths or areas; those in whose words a number counts only with its unit.
        measures
            Of columns whose unit is known; kilometres with three decimals are metres.
        """
        changed: dict[str, Any] = {}
        if self.may_group:
            large = {m.column for m in measures if m.metres >= _LARGE_M or _is_large(values, m.unit_column)}
            for name in columns:
                if (
                    is_doubtful(values.get(name))
                    and name not in large
                    and not _large_units().intersection(words_of(name))
                ):
                    changed[name] = _grouped(values[name], is_cell=True)
        for name in texts:
            if is_doubtful(values.get(name)):
                changed[name] = _grouped(values[name], is_cell=False, is_unit_needed=not self.may_group)
        changed = {name: text for name, text in changed.items() if text != values[name]}
        if not changed:
            return values
        for name in changed:
            self.samples.setdefault(name, str(values[name])[:60])
        return {**values, **changed}

    def notes(self) -> list[str]:
        """What is to be said of it, for a person."""
        return [
            f"{name}: the dot in {sample!r} was read as one of thousands, the reading that warns of more; write "
            "decimals with one, two or four digits, or without the dot, if that is not meant"
            for name, sample in self.samples.items()
        ]


_DEGREES: Final = re.compile(r"[-+]?\d{1,3},\d+")


def _is_large(values: Mapping[str, Any], unit_column: str | None) -> bool:
    stated = None if unit_column is None else values.get(unit_column)
    return isinstance(stated, str) and folded(stated) in _large_units()


def is_degrees_name(name: str) -> bool:
    """Whether a column is called as those of longitude and latitude are."""
    roles = column_roles(0, name).roles
    return "latitude" in roles or "longitude" in roles


def names_unit(name: str) -> bool:
    """Whether the name of a column states a unit."""
    name_words = words_of(name)
    return len(name_words) > 1 and name_words[-1] in _units()


def is_doubtful(value: Any) -> bool:
    """Whether a cell is a text with a dot before three digits.

    >>> is_doubtful("1.200 m"), is_doubtful("0.200"), is_doubtful("1.5"), is_doubtful(1.2)
    (True, False, False, False)
    """
    return type(value) is str and "." in value and _GROUP.search(value) is not None
