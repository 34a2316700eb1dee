"""One figure of a report with the records behind it. Figures of different units are never added.

A figure that nobody recorded has no value: it is "not recorded", and never 0. Figures that a viewer may not see are
"withheld". Both are words in the table, so that no program and no reader takes them for a number.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from merestone.documents.briefing.block import Cell, Tone

NONE_RECORDED: Final = "none recorded"
"""What a sum over no record at all is: the register knows of none, which is not 0."""
NOT_RECORDED: Final = "not recorded"
WITHHELD: Final = "withheld"


class Unit(StrEnum):
    """What a figure counts. Two figures may be added only if they have the same unit."""

    RECORDS = "records"
    ITEMS = "items"
    """Devices: pieces of explosive ordnance."""
    PEOPLE = "people"
    SESSIONS = "sessions"
    M2 = "m2"
    RATIO = "ratio"
    MONEY = "money"


class AddsUp(StrEnum):
    """How a figure follows from its records."""

    COUNT = "each record counts 1"
    SUM = "sum of the records' amounts"
    UNION = "area of the records' outlines together, each square metre once, without those taken off"
    QUOTIENT = "sum of the amounts of records counted, divided by the sum of those taken as divisor"


class Part(NamedTuple):
    """One record behind a figure. A tuple, because a report over 100,000 areas has half a million."""

    record_id: str
    amount: float | int | None = None
    """What it brings in, in the figure's unit; for a union its own area, of which overlaps count once."""
    taken_off: bool = False
    """Whether it is taken off, not counted: land of a stronger share, or the divisor of a ratio."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The records behind a figure."""

    adds_up: AddsUp
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Traced(Cell):
    """A cell of a table that holds a figure, its unit, and where it comes from."""

    value: float | int | None = None
    unit: Unit = Unit.RECORDS
    trace: Trace | None = None
    is_own_row: bool = False
    """Whether its row names the one record it is of, so that no note is needed."""


@cache
def not_recorded(text: str = NOT_RECORDED) -> Cell:
    """What the register does not know."""
    return Cell(text, Tone.UNKNOWN)


def text_cell(value: object, *, is_withheld: bool = False) -> Cell:
    """Words, or that there are none, or none for this viewer."""
    if is_withheld:
        return Cell(WITHHELD, Tone.UNKNOWN)
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(item).replace("_", " ") for item in value)
    text = "" if value is None else str(value).strip()
    return Cell(text) if text else not_recorded()


def counted(records: Iterable[str], *, unit: Unit = Unit.RECORDS) -> Traced:
    """How many records; 0 is a count like any other, of what the register holds."""
    parts = tuple(Part(record, 1) for record in records)
    return Traced(f"{len(parts):,}", value=len(parts), unit=unit, trace=Trace(AddsUp.COUNT, parts))


def summed(amounts: Iterable[tuple[str, float | int | None]], unit: Unit) -> Traced:
    """The sum of what records state; "not recorded" if none states it, and how many do not if some do.

    Records that state no amount bring in nothing and are named in the text_cell, not counted as 0.
    """
    amount_list = list(amounts)
    parts = tuple(Part(record, amount) for record, amount in amount_list if amount is not None)
    silent = len(amount_list) - len(parts)
    trace = Trace(AddsUp.SUM, parts)
    if not parts:
        return Traced(NOT_RECORDED, Tone.UNKNOWN, value=None, unit=unit, trace=trace)
    value = math.fsum(part.amount for part in parts if part.amount is not None)
    whole: float | int = int(value) if unit in (Unit.ITEMS, Unit.PEOPLE, Unit.RECORDS, Unit.SESSIONS) else value
    text = shown(whole, unit)
    if silent:
        text = f"{text}, and {silent:,} not recorded"
    return Traced(text, value=whole, unit=unit, trace=trace)


def own_figure(record_id: str, amount: float | int | None, unit: Unit) -> Traced:
    """What the one record of a row states: `summed` of it alone, made a hundred thousand times in a list of areas."""
    if amount is None:
        return _no_own_figure(unit)
    trace = Trace(AddsUp.SUM, (Part(record_id, amount),))
    return Traced(shown(amount, unit), value=amount, unit=unit, trace=trace, is_own_row=True)


@cache
def _no_own_figure(unit: Unit) -> Traced:
    return Traced(NOT_RECORDED, Tone.UNKNOWN, value=None, unit=unit, trace=Trace(AddsUp.SUM, ()), is_own_row=True)


def withheld(unit: Unit) -> Traced:
    """A figure that this viewer may not have."""
    return Traced(WITHHELD, Tone.UNKNOWN, value=None, unit=unit)


def area(
    value: float | None,
    counted_m2: Mapping[str, float],
    taken_off_m2: Mapping[str, float] | None = None,
    *,
    without_area: int = 0,
) -> Traced:
    """Land of several records, each square metre once; ``value`` None if it is withheld from this viewer.

    ``without_area`` records are of the same land but have a point or a line for an outline: they are told beside it.
    """
    parts = tuple(Part(record, own) for record, own in counted_m2.items())
    parts += tuple(Part(record, own, taken_off=True) for record, own in (taken_off_m2 or {}).items())
    if value is None:
        return withheld(Unit.M2)
    if not counted_m2:
        none = f"not known: {without_area:,} without an area" if without_area else NONE_RECORDED
        return Traced(none, Tone.UNKNOWN, value=None, unit=Unit.M2)
    text = shown(value, Unit.M2) + (f", and {without_area:,} without an area" if without_area else "")
    return Traced(text, value=value, unit=Unit.M2, trace=Trace(AddsUp.UNION, parts))


def shown(value: float | int, unit: Unit) -> str:
    """A figure as it is printed."""
    return f"{value:.4f}" if unit is Unit.RATIO else f"{value:,.2f}" if unit is Unit.MONEY else f"{value:,.0f}"
