"""Rows around the header of a table that say something of all its rows: units below it, names and titles above it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from merestone.exchange.places.accuracy_text import accuracy_in_text
from merestone.exchange.places.extent import units_m2
from merestone.exchange.places.extent_text import extents_in_text
from merestone.exchange.places.measures import column_words, folded, words_of

TITLE: Final = "text_of_table"
"""The attribute that keeps a title or a note that says how large or how well known all hazards of a table are."""
_TYPES: Final = frozenset(
    {"°", "deg", "degree", "degrees", "dd", "wgs84", "decimal", "decimal degrees", "number", "text", "string", "str"}
    | {
        "float",
        "double",
        "int",
        "integer",
        "real",
        "date",
        "datetime",
        "char",
        "varchar",
        "yyyy-mm-dd",
        "dd.mm.yyyy",
        "dd/mm/yyyy",
    }
    | {"dd.mm.yyyy", "dd/mm/yyyy", "unit", "units", "type", "%", "boolean", "bool"}
)
_NOTHING: Final = frozenset({"-", "n/a", "na", "none", "id"})


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A row of units below the header."""

    names: tuple[str, ...]
    """The names of the columns, with the lengths and areas in which they are."""
    note: str


def _is_measure(text: str) -> bool:
    unit = folded(text).strip("()[]").replace("^", "").replace("²", "2").strip()
    metres = column_words()["units_m"]
    return (unit in metres and metres[unit] < 2000) or " ".join(words_of(unit)) in units_m2()


def unit_row(names: Sequence[str], cells: Sequence[str], line: int) -> UnitRow | None:
    """What a row below the header says of units; None if it is a row of data.

    >>> unit_row(["id", "lat", "radius"], ["", "deg", "km"], 2).names
    ('id', 'lat', 'radius (km)')
    >>> unit_row(["id", "name"], ["1", "m"], 2) is None
    True
    """
    filled = [(at, cell.strip()) for at, cell in enumerate(cells) if cell.strip()]
    says = [cell for _, cell in filled if folded(cell).strip("()[]") not in _NOTHING]
    if len(says) < 2 or not all(_is_measure(cell) or folded(cell).strip("()[]") in _TYPES for cell in says):
        return None
    units = {at: cell.strip("()[] ") for at, cell in filled if _is_measure(cell) and at < len(names)}
    named = tuple(
        f"{name} ({units[at]})" if at in units and not _has_unit(name) else name for at, name in enumerate(names)
    )
    return UnitRow(named, f"line {line} holds units or types of the columns; it is not a record")


def _has_unit(name: str) -> bool:
    return bool(re.search(r"[)\]]\s*$", name)) or (len(words_of(name)) > 1 and _is_measure(words_of(name)[-1]))


def with_names_above(names: Sequence[str], above: Sequence[str]) -> list[str]:
    """Names of a header in two rows: where the lower row has only a unit, nothing, or the same name again.

    >>> with_names_above(["id", "lat", "lon", "m"], ["Hazard", "Position", "", "Radius"])
    ['id', 'lat', 'lon', 'Radius (m)']
    >>> with_names_above(["id", "lat", "lon", "lat", "lon"], ["", "Start", "", "End", ""])
    ['id', 'Start lat', 'Start lon', 'End lat', 'End lon']
    """
    uppers = [text.strip() for text in above]
    if sum(map(bool, uppers)) < 2 or len(uppers) > len(names):
        return list(names)
    out, group = [], ""
    for at, name in enumerate(names):
        upper = uppers[at] if at < len(uppers) else ""
        group = upper or group
        if upper and (not name or _is_measure(name)):
            out.append(f"{upper} ({name})" if name else upper)
        else:
            out.append(f"{group} {name}" if group and name and list(names).count(name) > 1 else name)
    return out


def text_of_all(rows: Sequence[Sequence[str]]) -> str:
    """What the titles and notes of a table say of the size and the accuracy of its hazards; empty if nothing.

    >>> text_of_all([["Minefields", ""], ["", "All points: radius 600 m"]])
    'All points: radius 600 m'
    """
    texts = []
    for row in rows:
        filled = [cell.strip() for cell in row if cell.strip()]
        text = ": ".join(filled)
        if 0 < len(filled) <= 2 and (accuracy_in_text(text) is not None or extents_in_text(text)):
            texts.append(text)
    return "; ".join(dict.fromkeys(texts))
