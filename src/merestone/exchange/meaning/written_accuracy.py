"""The accuracy that a row tells in words, beside the one that its columns of lengths state."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.accuracy_text import (
    WrittenAccuracy,
    accuracy_in_text,
    accuracy_of_quality,
    quality_columns,
    texts_with_accuracy,
)
from merestone.exchange.places.measures import Measure
from merestone.exchange.places.system_column import datum_notice
from merestone.exchange.rows.row import Fault, Row
from merestone.terms import WIDENED_M


@dataclass(frozen=True, slots=True)
class AccuracyColumns:
    """The columns of a table that state the accuracy of its places, in lengths or in words."""

    measures: tuple[Measure, ...]
    qualities: tuple[str, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str], measures: tuple[Measure, ...], understood: Iterable[str]) -> "AccuracyColumns":
        """Those of a table; `understood` are columns that tell something else."""
        qualities = quality_columns(names)
        taken = {*understood, *qualities, *(measure.column for measure in measures)}
        return cls(measures, qualities, texts_with_accuracy(names, taken))

    def stated_m(self, values: Mapping[str, Any]) -> tuple[float | None, tuple[str, ...]]:
        """The worst that the columns of lengths state (NaN: it cannot be read), and the columns that say so."""
        stated = [
            (_read_m(measure, values, metres), measure)
            for measure in self.measures
            if (metres := measure.metres_of(values)) is not None
        ]
        if not stated:
            return None, ()
        columns = ", ".join(
            f"column {measure.column}" + (f", {measure.why_factor}" if measure.why_factor else "")
            for measure in self.measures
        )
        return worst_of(metres for metres, _ in stated), (columns,)

    def in_words(self, values: Mapping[str, Any]) -> list[tuple[str, WrittenAccuracy]]:
        """What remarks and columns of qualities say, by the names of the columns."""
        texts = ((name, values.get(name)) for name in self.texts)
        out = [(name, accuracy_in_text(value)) for name, value in texts if type(value) is str]
        out += [(name, accuracy_of_quality(values.get(name))) for name in self.qualities]
        return [(name, written) for name, written in out if written is not None]

    def unread(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Columns of qualities whose words say nothing that is known here, with those words."""
        for name in self.qualities:
            value = values.get(name)
            if isinstance(value, str) and value.strip() and accuracy_of_quality(value) is None:
                yield name, value


def _read_m(measure: Measure, values: Mapping[str, Any], metres: float) -> float:
    """What a cell states; of one that is no length, the length that stands in it beside words."""
    if not math.isnan(metres) or math.isnan(measure.metres):
        return metres
    written = accuracy_of_quality(values.get(measure.column))
    return metres if written is None else written.metres * measure.factor


def worst_of(stated_m: Iterable[float]) -> float | None:
    """The largest; NaN, the unknown one, unless a known one is larger than what an unknown one is widened by.

    >>> worst_of([600.0, math.nan]), worst_of([5000.0, math.nan]), worst_of([])
    (nan, 5000.0, None)
    """
    lengths = list(stated_m)
    known = [metres for metres in lengths if not math.isnan(metres)]
    largest_m = max(known, default=None)
    if len(known) == len(lengths):
        return largest_m
    return largest_m if largest_m is not None and largest_m > WIDENED_M else math.nan


def beside_datum(geometry: BaseGeometry, row: Row, name: str) -> tuple[float, tuple[Fault, ...]]:
    """What a column that states another datum than the place was read in adds to the accuracy, metres, and why."""
    place = shapely.get_coordinates(geometry)[0].tolist()
    apart_m, notice = datum_notice(name, row.attributes.get(name), row.crs, place)
    return apart_m, () if notice is None else (notice,)


def notice_of(name: str, written: WrittenAccuracy) -> Fault:
    """What the report says of an accuracy in words."""
    if not math.isnan(written.metres):
        text = f"{name} says {written.quote}: an accuracy of {written.metres:,.0f} m, which counts"
        return Fault("accuracy_in_words", text)
    text = (
        f"{name} says {written.quote}: not exact, and not by how much; its accuracy is taken as unknown, which widens "
        f"it by {WIDENED_M:,.0f} m. Where --accuracy-m covers such places too, map {name} to attribute (--mapping)"
    )
    return Fault("accuracy_not_exact", text)
