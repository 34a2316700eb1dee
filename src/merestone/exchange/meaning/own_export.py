"""Rows of our own exact exports: what they mean was settled when they were recorded, and is not settled again.

A radius that was drawn as a circle then still stands in its column; to draw it once more would make the hazard larger
with every exchange between two registers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from merestone.exchange.places.measures import length_m
from merestone.exchange.rows.record_columns import COLUMNS, EXACT_OUTLINE, attribute_name, value_of_cell
from merestone.exchange.rows.row import Fault
from merestone.terms import RecordKind, Visibility

_KEPT: Final = ("record_id", "data_on")
"""Columns of ours that stay as attributes: which record it was, and the day of its data."""


def is_own_export(attributes: Mapping[str, Any]) -> bool:
    """Whether the row was written by an exact export of a register."""
    return "record_id" in attributes and attributes.get("outline") == EXACT_OUTLINE


@dataclass(frozen=True, slots=True)
class OwnStatement:
    """What a row of our own export says of a record beside its place, its accuracy and its attributes."""

    source: str | None
    true_from: date | None
    true_until: date | None
    visibility: Visibility
    """Its level; restricted where that cannot be read."""


def own_statement(attributes: Mapping[str, Any]) -> OwnStatement:
    """Whose word it is, on which days it held, and who may see it."""
    source = attributes.get("source")
    return OwnStatement(
        str(source) if source else None,
        _day(attributes.get("true_from")),
        _day(attributes.get("true_until")),
        _level(attributes.get("record_visibility")),
    )


def own_accuracy_m(attributes: Mapping[str, Any]) -> float:
    """The accuracy of the record, metres; NaN: not stated. Accuracies among its attributes had their say when it came.

    >>> own_accuracy_m({"accuracy_m": "800", "attribute_accuracy": "3"}), own_accuracy_m({"accuracy_m": None})
    (800.0, nan)
    """
    length = length_m(attributes.get("accuracy_m"))
    return math.nan if length is None else length


def own_attributes(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of the record that the columns were made of, and which record it was."""
    names_of_record = (columns["record_id"], f"record-{columns['record_id']}")  # as GeoJSON and KML have a feature's id
    attributes = {
        attribute_name(name): value_of_cell(cell)
        for name, cell in columns.items()
        if name not in COLUMNS and not (name == "id" and cell in names_of_record)
    }
    return attributes | {name: columns[name] for name in _KEPT if columns.get(name) is not None}


def _day(text: Any) -> date | None:
    try:
        return None if text is None else date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _level(text: Any) -> Visibility:
    try:
        return Visibility(str(text))
    except ValueError:
        return Visibility.RESTRICTED


def kind_fault(attributes: Mapping[str, Any], kind: RecordKind) -> Fault | None:
    """Why the row cannot be taken in as this kind: what was a hazard would become released land, or the reverse."""
    stated = _stated_kind(attributes)
    if stated is None or stated.is_hazard is kind.is_hazard:
        return None
    text = f"its column kind says that it is a {stated.label}, and it was to be taken in as a {kind.label}"
    return Fault("kind_contradicts", f"{text}; import it with --as {stated.value}")


def kind_notice(attributes: Mapping[str, Any], kind: RecordKind) -> tuple[Fault, ...]:
    """A remark where the row says that it is another kind of hazard, or of released land."""
    stated = _stated_kind(attributes)
    if stated is None or stated is kind:
        return ()
    return (Fault("kind_differs", f"its column kind says that it is a {stated.label}; recorded as a {kind.label}"),)


def _stated_kind(attributes: Mapping[str, Any]) -> RecordKind | None:
    try:
        return RecordKind(str(attributes.get("kind")))
    except ValueError:
        return None
