"""Facts with their sources, and the reader that refuses a fact without one.

Facts live in ``*.csv`` files beside the room that uses them: one header line, a ``source`` column, one fact a line.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from merestone.terms import number_of
from merestone.terms.errors import FieldRefused, RowRefused, SourceMissing

T = TypeVar("T")


class Confidence(StrEnum):
    """How far a source is to be trusted. `MEMORY` is shown as unverified wherever it is shown at all."""

    DEPOSITARY = "depositary"
    OFFICIAL = "official"
    SECONDARY = "secondary"
    """The depositary's or an official text's words as somebody else restated them."""
    PRESS = "press"
    """A newspaper, an agency or a non-governmental organisation."""
    COMPUTED = "computed"
    """Computed by a rule from a fact that has a source of its own."""
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value and where it comes from."""

    value: T
    source: str
    confidence: Confidence


def sourced_rows(lines: Iterable[str], *, origin: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Read comma-separated facts; give each row with its place (file and line).

    Parameters
    ----------
    lines
        The text, its header line first.
    origin
        The file's name, for messages.

    Raises
    ------
    RowRefused
        A row has too few or too many fields, or the file has no ``source`` column.
    SourceMissing
        A row's ``source`` is empty.

    >>> list(sourced_rows(["state,on,source", "FIN,2012-01-09,um.fi 162/2012"], origin="acts.csv"))
    [('acts.csv, line 2', {'state': 'FIN', 'on': '2012-01-09', 'source': 'um.fi 162/2012'})]
    """
    reader = csv.DictReader(lines, strict=True)
    if "source" not in (reader.fieldnames or ()):
        raise RowRefused(f"{origin}, line 1", "there is no column named source; add one and fill it on every row")
    for row in reader:
        place = f"{origin}, line {reader.line_num}"
        if None in row or None in row.values():
            raise RowRefused(
                place, f"the row does not have {number_of(len(reader.fieldnames or ()), 'field')} as the header has"
            )
        if not row["source"].strip():
            raise SourceMissing(place)
        yield place, row


def confidence_of(text: str, *, place: str) -> Confidence:
    """The confidence named by `text`; RowRefused, naming the choices, if it names none."""
    try:
        return Confidence(text)
    except ValueError:
        known = ", ".join(Confidence)
        refused = FieldRefused("confidence", text, "is not a known degree of confidence", f"use one of {known}")
        raise RowRefused(place, refused) from None
