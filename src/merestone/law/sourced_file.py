"""Reads a file of sourced facts: comma-separated rows, each with its place and its source."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from merestone.terms import sourced_rows

T = TypeVar("T")


def read_facts(path: Path, fact_of: Callable[[Mapping[str, str], str], T]) -> tuple[T, ...]:
    """All facts of a file. A row that cannot be read raises RowRefused, naming the file, the line and the field."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(fact_of(row, place) for place, row in sourced_rows(lines, origin=path.name))
