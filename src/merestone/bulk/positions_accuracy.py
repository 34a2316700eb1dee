"""How accurate positions are, as their columns of lengths, of qualities and of remarks state it, as an import reads it.

The worst of what a row says of itself and what is stated for all counts. Words that say that a place is not exact, and
not by how much, leave the answer unknown.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from merestone.exchange.places import (
    ANSWER_PREFIX,
    DecimalMarks,
    Measure,
    WrittenAccuracy,
    accuracy_beginnings,
    accuracy_in_text,
    accuracy_measures,
    accuracy_of_quality,
    is_degrees_name,
    is_text_kind,
    quality_columns,
    texts_with_accuracy,
)
from merestone.exchange.rows import attribute_values, decoded, numbers
from merestone.terms import number_of

Floats = NDArray[np.float64]

_FEW_ROWS: Final = 1000
"""So many rows show how a batch writes its numbers."""
_DOUBTFUL: Final = r"(?:^|[^\w.,])[1-9][0-9]{0,2}\.[0-9]{3}(?:[^0-9]|$)"
_LETTERS: Final = ord("A")
_SIGN: Final = ord("+")


@dataclass(slots=True)
class AccuracyCount:
    """How many positions state in words how accurate they are."""

    rows: int = 0
    first: str = ""
    unknown: int = 0
    first_unknown: str = ""
    marks: DecimalMarks = field(default_factory=DecimalMarks)

    def notes(self) -> list[str]:
        """What is to be said of them, for a person."""
        notes = self.marks.notes()
        if self.rows:
            notes.append(
                f"{number_of(self.rows, 'row states', 'rows state')} in words how accurate the position is (the first: "
                f"{self.first}); the worse of it and the one given for all counts"
            )
        if self.unknown:
            notes.append(
                f"{number_of(self.unknown, 'row says', 'rows say')} that the position is not exact, and not by how "
                f"much (the first: {self.first_unknown}); what lies there is unknown"
            )
        return notes


def with_stated_accuracy(
    batch: pa.RecordBatch, accuracy_m: float | None, count: AccuracyCount
) -> Floats | float | None:
    """The worse of what each row states of itself and what is stated for all, metres.

    Returns
    -------
    (n,), or what is stated for all where no row states anything.
        NaN where it cannot be read, where the row says that it is not exact, or where neither states one.
    """
    names = [name for name in batch.schema.names if not name.startswith(ANSWER_PREFIX)]
    own = accuracy_measures(names)
    readers = list(_readers(batch, names, own))
    if not own and not readers:
        return accuracy_m
    worst = np.full(batch.num_rows, -np.inf if accuracy_m is None else accuracy_m)
    is_any = bool(own)
    for measure in own:
        stated, is_blank = _lengths(batch, measure, count)
        worst = np.where(is_blank, worst, np.maximum(worst, stated))  # maximum, unlike fmax, keeps NaN
    for name, in_words in readers:
        is_any |= _take_words(batch, name, in_words, worst, count)
    return np.where(np.isneginf(worst), np.nan, worst) if is_any else accuracy_m


_Reader = Callable[[Any], WrittenAccuracy | None]


def _readers(batch: pa.RecordBatch, names: Sequence[str], own: Sequence[Measure]) -> Iterator[tuple[str, _Reader]]:
    """The columns of text in which words on the accuracy may stand, and what reads them."""
    qualities = quality_columns(names)
    for name in (*qualities, *texts_with_accuracy(names, {*qualities, *(measure.column for measure in own)})):
        if batch.schema.names.count(name) == 1 and not is_degrees_name(name):
            yield name, accuracy_of_quality if name in qualities else accuracy_in_text


def _take_words(batch: pa.RecordBatch, name: str, read: _Reader, worst: Floats, count: AccuracyCount) -> bool:
    """Take what the cells of a column say into the accuracies, in place; whether one says anything."""
    column = decoded(batch.column(batch.schema.get_field_index(name)))
    if not is_text_kind(column.type) or not _has_words(column):
        return False
    import pyarrow.compute as pc  # here: it takes long to load, and columns of numbers need none of it

    is_quality = read is accuracy_of_quality
    may_state = column.is_valid() if is_quality else pc.fill_null(pc.match_substring_regex(column, _may_state()), False)
    rows = np.flatnonzero(np.asarray(may_state.to_numpy(zero_copy_only=False), bool))
    texts = column.take(pa.array(rows)).to_pylist()
    is_any = False
    known: dict[str, WrittenAccuracy | None] = {}
    for row, text in zip(rows.tolist(), texts, strict=True):
        if text not in known:
            known[text] = read(count.marks.values({name: text}, (), (name,))[name])
        if (written := known[text]) is None:
            continue
        is_any = True
        worst[row] = np.maximum(worst[row], written.metres)
        if np.isnan(written.metres):
            count.unknown += 1
            count.first_unknown = count.first_unknown or f"{name} says {written.quote}"
        else:
            count.rows += 1
            count.first = count.first or f"{name} says {written.quote}: {written.metres:,.0f} m"
    return is_any


def _has_words(column: Any) -> bool:
    """Whether a column of text has a letter or a plus; columns of numbers as text, as most are, have none."""
    data = column.buffers()[2]
    if data is None:
        return False
    characters = np.frombuffer(data, np.uint8)
    return bool((characters >= _LETTERS).any() or (characters == _SIGN).any())


@cache
def _may_state() -> str:
    """A pattern of the texts that may state an accuracy; those of other scripts are all looked at."""
    begin = "|".join(sorted(word for word in accuracy_beginnings() if word.isascii() and word.isalpha()))
    return rf"(?i)[^\x00-\x7f]|[+&]|(?:^|[^a-z])(?:{begin})"


def _lengths(batch: pa.RecordBatch, measure: Measure, count: AccuracyCount) -> tuple[Floats, NDArray[np.bool_]]:
    """A column as metres, NaN where it holds no length, and where it is blank."""
    column: Any = decoded(batch.column(batch.schema.names.index(measure.column)))
    unit = measure.unit_column
    if (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)) and unit is None:
        metres = numbers(column) * measure.metres * measure.factor
        is_blank = np.array(column.is_null().to_numpy(zero_copy_only=False), bool)
        return np.where((metres >= 0.0) & np.isfinite(metres), metres, np.nan), is_blank
    marks, name = _marks_of(batch, column, measure, count), measure.column
    values: Any = attribute_values(column)
    rows: list[dict[str, Any]] = [{name: value} for value in values]
    if unit is not None:
        units = attribute_values(decoded(batch.column(batch.schema.names.index(unit))))
        rows = [{**row, unit: stated} for row, stated in zip(rows, units, strict=True)]
    if marks is not None:
        lengths = [measure.metres_of(marks.values(row, (name,), (), (measure,))) for row in rows]
    else:
        lengths = [measure.metres_of(row) for row in rows]
    is_blank = np.array([length is None for length in lengths], bool)
    return np.array([np.nan if length is None else length for length in lengths], np.float64), is_blank


def _marks_of(batch: pa.RecordBatch, column: Any, measure: Measure, count: AccuracyCount) -> DecimalMarks | None:
    """How the batch writes its decimals, where a cell of the column can be read in two ways."""
    if not is_text_kind(column.type):
        return None
    import pyarrow.compute as pc  # here: as above

    if not pc.any(pc.match_substring_regex(column, _DOUBTFUL)).as_py():
        return None
    few = batch.slice(0, _FEW_ROWS)
    for name in dict.fromkeys(few.schema.names):
        other = decoded(few.column(few.schema.get_field_index(name))) if few.schema.names.count(name) == 1 else None
        if other is None or not is_text_kind(other.type):
            continue
        texts = [text for text in other.to_pylist() if text]
        if is_degrees_name(name):
            count.marks.look_at_places(texts)
        else:
            count.marks.look_at(({name: text} for text in texts), (measure.column,))
    return count.marks
