"""The header of a table: in which row it stands, and what its columns are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, NamedTuple

from merestone.exchange.formats._header_rows import text_of_all, unit_row, with_names_above
from merestone.exchange.formats._without_places import without_places
from merestone.exchange.meaning.outline_notations import outline_of_cell
from merestone.exchange.places.columns import PlaceColumns, place_columns
from merestone.exchange.places.corner_columns import with_corner_columns
from merestone.exchange.places.place_cells import PlaceReader
from merestone.exchange.places.sky_and_codes import is_hxl_row
from merestone.exchange.places.text_geometry import holds_text_geometry
from merestone.exchange.rows.format import TableFields
from merestone.exchange.rows.row import Fault
from merestone.geodesy import PositionRefused, parse_position
from merestone.terms import FileRefused, number_of

OWN_COLUMNS: Final = frozenset(("record_id", "kind", "accuracy_m", "accuracy_note", "recorded_at", "outline"))
"""Columns by which an exact export of our own is known (`exchange.record_columns`)."""


SAMPLE_ROWS: Final = 200
"""Rows by which columns are known whose names say nothing."""


class Record(NamedTuple):
    """One row of a table as it was read. A tuple, because a million are made."""

    cells: Sequence[Any]
    """Text, or values as a spreadsheet holds them; None where a cell is empty."""
    text: str
    """As it stands in the file."""
    line: int
    """Where it begins, counted from 1."""
    remarks: tuple[Fault, ...] = ()
    fault: Fault | None = None


MOST_COLUMNS: Final = 10_000
"""A wider table is one that was cut into cells at the wrong places, and would take minutes to look through."""


_HEADER_ROWS: Final = 25
"""Rows among which the header is looked for under titles."""


HELP_MARK: Final = "# help"
"""How the first cell of a blank form's help begins: such a row, or a sheet that begins so, holds no records."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a table's columns, and which of them state places."""

    names: tuple[str, ...]
    places: PlaceColumns
    first: int
    """How many of the records stand above the first row of data."""
    notes: tuple[str, ...] = ()
    text_of_all: str = ""
    """What titles and notes say of the size and the accuracy of all hazards."""


def cell_text(cell: Any) -> str:
    """A cell as the text that a person would have typed."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)


def header_of(
    records: Sequence[Record],
    path: Path,
    targets: Mapping[str, str] | None = None,
    fields: TableFields | None = None,
    *,
    are_areas: bool = False,
) -> Header:
    """The header among the first records, and the columns of places; with `fields`, places may be missing.

    `are_areas`: whether a row may have several places that are the corners of one area.

    Raises
    ------
    FileRefused
        No row names columns with places, or several places are named and none of them is the row's own.
    """
    if not records:
        raise FileRefused(path, "it holds no column names", "give a header line")
    widest = max(records, key=lambda record: len(record.cells))
    if len(widest.cells) > MOST_COLUMNS:
        why = (
            f"line {widest.line} has {number_of(len(widest.cells), 'column')}, and more than {MOST_COLUMNS:,} are "
            "not read"
        )
        raise FileRefused(path, why, "check what separates its cells, or leave out columns that are not needed")
    if fields is not None:
        return _header_with_fields(records, path, targets, fields)
    for at in range(min(len(records), _HEADER_ROWS)):
        header = _header_at(records, at, targets, are_areas=are_areas)
        if header is None:
            continue
        if any(_is_place(header.names[i]) for source in header.places.sources for i in source.columns):
            why = f"line {records[at].line} holds a place where the names of the columns are expected"
            raise FileRefused(path, why, "give the file a header line, such as id and wkt")
        if header.places.is_ambiguous:
            columns = "; ".join(", ".join(header.names[i] for i in s.columns) for s in header.places.sources)
            why = f"its columns state several places ({columns}), and no name says which is the row's own"
            raise FileRefused(path, why, "rename the columns of the right one to lon and lat")
        return header
    raise FileRefused(path, *without_places(records[0].line, [cell_texts(record.cells) for record in records]))


def _header_with_fields(
    records: Sequence[Record], path: Path, targets: Mapping[str, str] | None, fields: TableFields
) -> Header:
    """The row that names most fields of a kind, and the columns of places among the others.

    Raises
    ------
    FileRefused
        No row names a field, or several places are named and none of them is the row's own.
    """
    named: list[int] = []
    for record in records[:_HEADER_ROWS]:
        known = {fields.field_named(text) for cell in record.cells if (text := cell_text(cell).strip())} - {None}
        named.append(0 if _is_help(record) else len(known))
    at = named.index(max(named))
    if named[at] < (1 if at == 0 else 2):
        listed = ", ".join(cell_text(cell).strip() for cell in records[0].cells)
        why = f"line {records[0].line} names no field of {fields.kind} (it names {listed})"
        remedy = f"name the columns as in `merestone form {fields.kind} --blank`, or map them with --mapping"
        raise FileRefused(path, why, remedy)
    names, notes = _unique_names([cell_text(cell).strip() for cell in records[at].cells])
    first = at + 2 if at + 1 < len(records) and _is_help(records[at + 1]) else at + 1
    places = _places_beside_fields(names, [cell_texts(record.cells) for record in records[first:]], targets, fields)
    if places.is_ambiguous:
        columns = "; ".join(", ".join(names[i] for i in source.columns) for source in places.sources)
        why = f"its columns state several places ({columns}), and no name says which is the record's own"
        raise FileRefused(path, why, "rename the columns of the right one to longitude and latitude")
    return Header(names, places, first, tuple(notes))


def _places_beside_fields(
    names: Sequence[str], rows: Sequence[Sequence[str]], targets: Mapping[str, str] | None, fields: TableFields
) -> PlaceColumns:
    """The columns of places among those that are not fields."""
    none = PlaceColumns(())
    if not fields.has_place:
        return none
    free = [i for i, name in enumerate(names) if (targets or {}).get(name) or fields.field_named(name) is None]
    sample = [[row[i] if i < len(row) else "" for i in free] for row in rows[:SAMPLE_ROWS]]
    places = place_columns([names[i] for i in free], sample, (), targets, repeat_outline=outline_of_cell)
    if places is None:
        return none
    sources = tuple(
        replace(source, columns=tuple(free[i] for i in source.columns), zone=tuple(free[i] for i in source.zone))
        for source in places.sources
    )
    return replace(places, sources=sources)


def _is_help(record: Record) -> bool:
    return bool(record.cells) and cell_text(record.cells[0]).strip().lower().startswith(HELP_MARK)


def _header_at(
    records: Sequence[Record], at: int, targets: Mapping[str, str] | None, *, are_areas: bool
) -> Header | None:
    """The header if this record is one; a title or a row of data is none."""
    names_in_row = [cell_text(cell).strip() for cell in records[at].cells]
    if at and are_areas:
        names_in_row = with_names_above(names_in_row, cell_texts(records[at - 1].cells))
    names, renamed = _unique_names(names_in_row)
    below = records[at + 1 :]
    tags: Sequence[str] = ()
    notes = list(renamed)
    first = at + 1
    tag_row = next((i for i, record in enumerate(below[:2]) if is_hxl_row(cell_texts(record.cells))), None)
    if is_hxl_row(names):
        tags = names
    elif tag_row is not None:
        tags, first = cell_texts(below[tag_row].cells), at + 2 + tag_row
        notes.append(
            f"line {below[tag_row].line} holds HXL hashtags, which say what the columns are; it is not a record"
        )
    if first < len(records) and _is_help(records[first]):
        first += 1
    units = unit_row(names, cell_texts(records[first].cells), records[first].line) if first < len(records) else None
    if units is not None:
        first += 1
        notes.append(units.note)
    sample = [
        texts for record in records[first : first + SAMPLE_ROWS] if len(texts := cell_texts(record.cells)) <= len(names)
    ]
    places = place_columns(names, sample, tags, targets, repeat_outline=outline_of_cell)
    if are_areas and not targets:
        places = with_corner_columns(names, places, sample)
    if places is not None and names[0] == "wkt" and set(names) >= OWN_COLUMNS:
        # An export of our own: its outline is settled, and places among its attributes are attributes.
        sources = tuple(source for source in places.sources if source.columns == (0,))
        places = replace(places, sources=sources, unused=(), is_ambiguous=False)
    if places is None or (at and not _reads_places(names, places, sample)):
        return None
    if at:
        above = records[at - 1].line
        notes.append(
            f"the names of the columns are in line {records[at].line}; what is above (to line {above}) is a title"
        )
    if units is not None:
        in_places = {i for source in places.sources for i in source.all_columns}
        named = tuple(name if i in in_places else units.names[i] for i, name in enumerate(names))
        names = named if len(set(named)) == len(named) else names
    notes_below = [texts for texts in sample if len(texts) == 1 or not any(map(str.strip, texts[1:]))]
    said_of_all = text_of_all([*(cell_texts(record.cells) for record in records[:at]), *notes_below])
    return Header(names, places, first, tuple(notes), said_of_all)


def _reads_places(names: Sequence[str], places: PlaceColumns, sample: Sequence[Sequence[str]]) -> bool:
    """Whether names, not content, point to columns in which a row below has a place."""
    reader = PlaceReader(
        names,
        [source for source in places.sources if not source.is_by_content],
        repeat_outline=outline_of_cell,
    )
    return any(place.geometry is not None for row in sample for place in reader(_padded(row, len(names))))


def _is_place(name: str) -> bool:
    """Whether what stands where a column's name is expected is the place of a row."""
    if holds_text_geometry(name):
        return True
    try:
        parse_position(name)
    except PositionRefused:
        return False
    return True


def cell_texts(cells: Sequence[Any]) -> list[str]:
    """The cells of a row as text."""
    return [cell_text(cell) for cell in cells]


def _padded(row: Sequence[str], width: int) -> Sequence[str]:
    return row if len(row) >= width else [*row, *[""] * (width - len(row))]


def _unique_names(columns: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Names of which none stands twice, and notes on those that were changed."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    notes = []
    for place, name in enumerate(columns, start=1):
        unique = name or f"column_{place}"
        count = counts.get(name, 1)
        while unique in names:
            count += 1
            unique = f"{name}_{count}"
        counts[name] = count  # the next column of this name goes on from here: thousands of them take no longer each
        if name and unique != name:
            notes.append(f"two columns are named {name}; the second one is kept as {unique}")
        names[unique] = None
    return tuple(names), notes
