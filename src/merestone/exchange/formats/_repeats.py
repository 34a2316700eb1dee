"""Repeats of forms that are tables of their own, joined to the rows that they belong to.

ODK Central names the row in a column PARENT_KEY (of its KEY), Kobo in ``_parent_index`` (of ``_index``, on another
sheet of one workbook), Survey123 in ParentGlobalID (of GlobalID). A repeat with places becomes a column of its parent,
which holds the answers as a list; `exchange.repeat_points` makes the outline of it. Others are named in the notes.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._table_header import Record, cell_text
from merestone.exchange.places.repeat_points import outline_of_repeat
from merestone.exchange.rows.row import Fault

_PARENTS: Final = {"parent_key": "key", "_parent_index": "_index", "parentglobalid": "globalid"}
"""By the column of a repeat that names its parent's row, lower case: the column of the parent that it names."""
_MOST_FILES: Final = 200
WITHOUT_ROW: Final = Fault("repeat_without_row", "the row that these answers of a repeat belong to is not in the table")
_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class Repeat:
    """A table whose rows belong to rows of another one."""

    name: str
    parent_column: str
    """Of the parent, lower case."""
    answers: Mapping[str, Sequence[Mapping[str, Any]]]
    """By the key of the parent's row, in the order of the table."""
    texts: Mapping[str, Sequence[str]]

    @property
    def has_places(self) -> bool:
        """Whether its answers hold places that may be corners."""
        return any(outline_of_repeat(self.name, list(some)) for some in islice(self.answers.values(), _LOOKED_AT))


def parent_column_of(names: Sequence[Any]) -> str | None:
    """The column of a parent that a repeat's header refers to; None if the header is no repeat's."""
    called = {cell_text(name).strip().lower() for name in names}
    return next((parent for child, parent in _PARENTS.items() if child in called), None)


def may_have_repeats(names: Sequence[Any]) -> bool:
    """Whether a header has a column by which rows of a repeat may name its rows."""
    return not {cell_text(name).strip().lower() for name in names}.isdisjoint(_PARENTS.values())


def repeat_of(name: str, records: Iterable[Record]) -> Repeat | None:
    """The table as a repeat; None if it is none."""
    rows = iter(records)
    header = next(rows, None)
    parent_column = None if header is None else parent_column_of(header.cells)
    if header is None or parent_column is None:
        return None
    names = [cell_text(cell).strip() for cell in header.cells]
    at = next(i for i, name in enumerate(names) if _PARENTS.get(name.lower()) == parent_column)
    answers: dict[str, list[Mapping[str, Any]]] = {}
    texts: dict[str, list[str]] = {}
    for record in rows:
        if at >= len(record.cells):
            continue
        key = cell_text(record.cells[at]).strip()
        cells = zip(names, record.cells, strict=False)
        answer = {key_name: cell for i, (key_name, cell) in enumerate(cells) if i != at and cell not in (None, "")}
        answers.setdefault(key, []).append(answer)
        texts.setdefault(key, []).append(record.text)
    return Repeat(name, parent_column, answers, texts)


def joined(records: Iterable[Record], repeats: Sequence[Repeat]) -> Iterator[Record]:
    """The rows of a parent, whose header is its first row, with a column for each of its repeats.

    Answers whose row is not there, as in an export that was filtered, follow as rows of their own: none is lost.
    """
    rows = iter(records)
    header = next(rows, None)
    if header is None:
        return
    width = len(header.cells)
    called = [cell_text(cell).strip().lower() for cell in header.cells]
    known = [(repeat, called.index(repeat.parent_column)) for repeat in repeats if repeat.parent_column in called]
    names = [_unused(repeat.name, called) for repeat, _ in known]
    yield Record([*header.cells, *names], header.text, header.line, header.remarks, header.fault)
    left = [set(repeat.answers) for repeat, _ in known]
    line = header.line
    for record in rows:
        line = record.line
        if len(record.cells) != width:  # an uneven row stays one
            yield record
            continue
        keys = [(repeat, cell_text(record.cells[at]).strip()) for repeat, at in known]
        lists = [_listed(repeat, key) for repeat, key in keys]
        for keys_left, (_, key) in zip(left, keys, strict=True):
            keys_left.discard(key)
        text = "\n".join([record.text, *(text for repeat, key in keys for text in repeat.texts.get(key, ()))])
        yield Record([*record.cells, *lists], text, record.line, record.remarks, record.fault)

    for place, ((repeat, at), keys_left) in enumerate(zip(known, left, strict=True)):
        for key in (key for key in repeat.answers if key in keys_left):
            cells: list[Any] = [None] * (width + len(known))
            cells[at], cells[width + place] = key, _listed(repeat, key)
            yield Record(cells, "\n".join(repeat.texts[key]), line, (WITHOUT_ROW,))


def _listed(repeat: Repeat, key: str) -> str:
    answers = repeat.answers.get(key)
    return json.dumps(answers, ensure_ascii=False, default=cell_text) if answers else ""


def _unused(name: str, called: Sequence[str]) -> str:
    while name.lower() in called:
        name += "_repeat"
    return name


def files_beside(path: Path, records_of: Callable[[Path], Iterator[Record]]) -> list[tuple[Path, Repeat]]:
    """The tables in the folder of a table of text that are repeats of it: their rows name rows of it, by their keys.

    Parameters
    ----------
    records_of
        Reads a table of text.
    """
    header = next(records_of(path), None)
    if header is None or not may_have_repeats(header.cells):
        return []
    tables = sorted(
        table_path
        for table_path in path.parent.glob("*")
        if table_path.suffix.lower() == path.suffix.lower() and table_path != path
    )
    files_beside = []
    keys: dict[str, set[str]] = {}
    for other in tables[:_MOST_FILES]:
        first = next(records_of(other), None)
        column = None if first is None else parent_column_of(first.cells)
        if column in (None, "_index") or column not in [cell_text(name).strip().lower() for name in header.cells]:
            continue  # the numbers of Kobo's rows say nothing outside of their workbook
        repeat = repeat_of(other.stem.removeprefix(f"{path.stem}-"), records_of(other))
        if repeat is None:
            continue
        if repeat.parent_column not in keys:
            keys[repeat.parent_column] = _keys_of(records_of(path), repeat.parent_column)
        if keys[repeat.parent_column] & repeat.answers.keys():
            files_beside.append((other, repeat))
    return files_beside


def _keys_of(records: Iterator[Record], column: str) -> set[str]:
    header = next(records)
    at = [cell_text(cell).strip().lower() for cell in header.cells].index(column)
    return {cell_text(record.cells[at]).strip() for record in records if at < len(record.cells)} - {""}


def repeat_notes(repeats: Sequence[Repeat]) -> Iterator[str]:
    """What is to be said of the repeats of a table."""
    with_places = [repeat.name for repeat in repeats if repeat.has_places]
    if with_places:
        yield f"the places in the repeat {', '.join(with_places)} were taken as the corners of the row they belong to"
    without = sorted(repeat.name for repeat in repeats if repeat.name not in with_places)
    if without:
        yield f"repeats are tables of their own and were not read: {', '.join(without)}"
