"""A look at a file before it is imported: what each column becomes, and the first rows as they would be recorded.

Nothing is written to the register. The rows are read, understood and checked by the very code of the import, up to a
number of rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from merestone.exchange.formats import Reading, format_of, rows_by
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.import_run import OWN_ATTRIBUTES, Taking
from merestone.exchange.imports.mapping import ColumnMapping, guess
from merestone.exchange.imports.reading_map import DrawnRow
from merestone.exchange.imports.row_filter import RowFilter
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.meaning.contradiction import ambiguous_axes
from merestone.exchange.meaning.own_export import is_own_export
from merestone.exchange.meaning.vertices import vertex_columns
from merestone.exchange.places.measures import accuracy_measures, radius_measures
from merestone.exchange.publication.level_effect import effect_lines
from merestone.exchange.rows.instants import time_zone_of
from merestone.exchange.rows.row import Row
from merestone.geodesy import areas_m2, format_decimal
from merestone.register import Entry
from merestone.register.programme import default_visibility, kind_of_layer
from merestone.terms import Account, RecordKind, number_of

ROWS: Final = 2_000
"""Rows that are looked at."""
SHOWN_ROWS: Final = 8
_SHOWN_TEXT: Final = 24
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """One column of the file."""

    name: str
    becomes: str
    """In words: a field of the kind, a part of the place, a measure, or that it is kept as it came."""
    examples: tuple[str, ...]
    filled: int
    """Rows in which it holds something."""
    refused: int = 0
    """Rows whose value the field cannot hold."""

    def as_json(self) -> dict[str, Any]:
        """The column for a program."""
        return {
            "name": self.name,
            "becomes": self.becomes,
            "examples": list(self.examples),
            "filled_rows": self.filled,
            "refused_rows": self.refused,
        }


def first_rows(reading: Reading, where: RowFilter | None, most_rows: int) -> tuple[list[Row], bool]:
    """The first rows of a file that are meant, and whether they are all of them."""
    if where is not None:
        reading.keep(where.wants)
    return list(islice(reading, most_rows)), next(reading, None) is None


def filter_notes(where: RowFilter | None) -> tuple[str, ...]:
    """What a filter has to say once rows were read."""
    return () if where is None else tuple(where.notes())


def filled_in(column: str, rows: Sequence[Row]) -> tuple[tuple[str, ...], int]:
    """What a column holds: the first two values, shortened, and in how many rows there is any."""
    filled = [value for row in rows if (value := row.attributes.get(column)) not in (None, "")]
    return tuple(shortened(value) for value in list(dict.fromkeys(map(str, filled)))[:2]), len(filled)


def column_lines(columns: Sequence[ColumnPreview]) -> Iterator[str]:
    """The columns as a table for a person."""
    cells = [
        (
            column.name,
            column.becomes + (f" ({number_of(column.refused, 'value')} cannot be taken)" if column.refused else ""),
            f"{column.filled:,}",
            ", ".join(column.examples),
        )
        for column in columns
    ]
    yield from table_lines(("COLUMN", "BECOMES", "FILLED", "FOR EXAMPLE"), cells)


def count_line(rows: Sequence[RowReport], *, is_whole: bool) -> str:
    """How the rows ended that were looked at."""
    account = Account.of(rows)
    extent = "all" if is_whole else "the first"
    return (
        f"  of {extent} {number_of(account.total, 'row')}: {account.accepted:,} accepted, {account.repaired:,} "
        "repaired, "
        f"{account.quarantined:,} quarantined"
    )


@dataclass(frozen=True)
class Preview:
    """How a file would be imported, as far as its first rows tell."""

    path: Path
    kind: RecordKind
    reading: Reading
    columns: tuple[ColumnPreview, ...]
    rows: tuple[RowReport, ...]
    entries: Mapping[int, Entry]
    """By row number: what would be recorded. A row that became part of another's record has none of its own."""
    drawn: tuple[DrawnRow, ...]
    notes: tuple[str, ...]
    mapping: ColumnMapping
    """The mapping that was used, or what was guessed where none was given."""
    is_whole: bool
    """Whether these are all rows of the file."""
    is_own_export: bool = False
    """Whether the rows are those of an exact export of ours, which keep the level of visibility that they state."""

    def text(self) -> str:
        """For a person: columns, first rows, counts and notes."""
        return "\n".join(self._lines())

    def as_json(self) -> Mapping[str, Any]:
        """For a program: columns, the end of each row that was looked at, and notes."""
        account = Account.of(self.rows)
        return {
            "file": str(self.path),
            "kind": self.kind.value,
            "format": self.reading.format_name,
            "layer": self.reading.layer,
            "crs": self.reading.crs,
            "columns": [column.as_json() for column in self.columns],
            "rows": [
                {
                    "row": report.row,
                    "outcome": report.outcome.value,
                    "messages": list(report.messages),
                    "geometry": None if entry is None else shapely.geometry.mapping(entry.geometry),
                    "accuracy_m": None if entry is None else entry.accuracy_m,
                    "attributes": None if entry is None else dict(entry.attributes),
                }
                for report in self.rows
                for entry in [self.entries.get(report.row)]
            ],
            "accepted": account.accepted,
            "repaired": account.repaired,
            "quarantined": account.quarantined,
            "is_whole_file": self.is_whole,
            "notes": list(self.notes),
        }

    def _lines(self) -> Iterator[str]:
        reading = self.reading
        yield f"{self.path.name}: {reading.format_name}, layer {reading.layer}, {reading.crs}"
        yield f"  preview as {self.kind.label}; nothing was written"
        yield ""
        yield from column_lines(self.columns)
        yield ""
        yield from table_lines(
            ("ROW", "OUTCOME", "SHAPE", "AREA m2", "ACCURACY", "AROUND (latitude, longitude)"),
            [self._row(report) for report in self.rows[:SHOWN_ROWS]],
        )
        if len(self.rows) > SHOWN_ROWS:
            yield f"  ... and {number_of(len(self.rows) - SHOWN_ROWS, 'more row')}"
        yield count_line(self.rows, is_whole=self.is_whole)
        for report in [r for r in self.rows if r.messages and r.outcome.value != "accepted"][:SHOWN_ROWS]:
            yield f"  row {report.row}: {report.outcome}: {'; '.join(report.messages)}"
        for note in self.notes:
            yield f"  note: {note}"
        if self.entries:
            levels = sorted({entry.visibility.value for entry in self.entries.values()})
            yield ""
            yield f"  visibility: {', '.join(levels)}, unless --visibility says otherwise; land shown to everybody:"
            outlines = [entry.geometry for entry in self.entries.values()]
            yield from (f"    {line}" for line in effect_lines(outlines, is_hazard=self.kind.is_hazard))

    def _row(self, report: RowReport) -> tuple[str, ...]:
        entry = self.entries.get(report.row)
        if entry is None:
            return str(report.row), report.outcome.value, "-", "-", "-", "-"
        point = shapely.point_on_surface(entry.geometry)
        area_m2 = float(areas_m2([entry.geometry])[0])
        accuracy = "not stated" if entry.accuracy_m is None else f"{entry.accuracy_m:,.0f} m"
        shape = entry.geometry.geom_type
        around = format_decimal(point.x, point.y, decimals=5)
        return str(report.row), report.outcome.value, shape, f"{area_m2:,.0f}", accuracy, around


class _Sink:
    """Takes what an import would write, and keeps it in memory."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}

    def record(self, entry: Entry) -> str:
        """Keep the entry by the number of its row."""
        assert entry.row is not None
        self.entries[entry.row] = entry
        return ""

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Nothing: the row's report says it all."""


def preview_file(
    path: Path | str,
    *,
    kind: RecordKind,
    accuracy_m: float | None,
    crs: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    time_zone: str | None = None,
    mapping: ColumnMapping | None = None,
    where: RowFilter | None = None,
    most_rows: int = ROWS,
) -> Preview:
    """Read the first rows of a file as an import would, and write nothing.

    Parameters
    ----------
    kind, accuracy_m, crs, layer, encoding, time_zone, mapping, where
        As for `import_file`.
    most_rows
        How many rows to look at.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read.
    FieldRefused
        `time_zone` is not known.
    """
    path = Path(path)
    zone = None if time_zone is None else time_zone_of(time_zone)
    place_columns = None if mapping is None else mapping.place_columns
    reading = rows_by(format_of(path), path, layer=layer, crs=crs, encoding=encoding, place_columns=place_columns)
    first, is_whole = first_rows(reading, where, most_rows)
    reported = reading.notes.copy()
    sample = _sample(reading, first, mapping)
    sink = _Sink()
    understanding = Understanding(kind, OWN_ATTRIBUTES, zone)
    taking = Taking(kind, accuracy_m, None, default_visibility(kind), sink, understanding, is_level_stated=False)
    taking.keep(mapping)
    rows = tuple(taking.all(sample))
    columns = _columns(first, reading, kind, mapping, rows)
    doubts = [] if place_columns else _doubts_of_axes(first, reading)
    return Preview(
        path=path,
        kind=kind,
        reading=reading,
        columns=columns,
        rows=rows,
        entries=sink.entries,
        drawn=tuple(_drawn(first, sink.entries)),
        notes=(*reported, *doubts, *taking.notes(sample), *filter_notes(where)),
        mapping=_guessed_mapping(first, reading, kind, has_doubts=bool(doubts)) if mapping is None else mapping,
        is_whole=is_whole,
        is_own_export=any(is_own_export(row.attributes) for row in first),
    )


def _guessed_mapping(rows: Sequence[Row], reading: Reading, kind: RecordKind, *, has_doubts: bool) -> ColumnMapping:
    """What the columns of these rows would become; the axes only where there is no doubt which is which."""
    names = list(dict.fromkeys(name for row in rows for name in row.attributes))
    axes = {} if has_doubts else dict(zip(reading.axis_columns or (), ("longitude", "latitude"), strict=False))
    return guess([*axes, *names], kind, places=axes | _parts_of_place(names))


def _sample(reading: Reading, rows: Sequence[Row], mapping: ColumnMapping | None) -> Reading:
    """A reading of these rows alone, with their columns named as the mapping has them."""
    sample = Reading(
        iter([row if mapping is None else row.renamed(mapping.apply) for row in rows]),
        format_name=reading.format_name, layer=reading.layer, crs=reading.crs, total=len(rows),
    )  # fmt: skip
    sample.shift_m = reading.shift_m
    return sample


def _drawn(rows: Sequence[Row], entries: Mapping[int, Entry]) -> Iterator[DrawnRow]:
    for row in rows:
        entry = entries.get(row.number)
        recorded = None if entry is None else entry.geometry
        yield DrawnRow(row.number, row.geometry, recorded, None if entry is None else entry.accuracy_m)


def _doubts_of_axes(rows: Sequence[Row], reading: Reading) -> list[str]:
    """Why an import would refuse the file until somebody says which column is the longitude."""
    if reading.axis_columns is None:
        return []
    why = ambiguous_axes(reading.axis_columns, shapely.get_coordinates([row.geometry for row in rows]), None)
    return [] if why is None else [f"{why}; say so in a mapping (longitude, latitude), or rename the columns"]


def _parts_of_place(names: Sequence[str]) -> dict[str, str]:
    """Columns that say how large or how well known a place is, as a mapping names them."""
    parts = {}
    for measure in accuracy_measures(tuple(names))[:1]:
        if measure.metres * measure.factor == 1.0:
            parts[measure.column] = "accuracy_m"
    for measure in radius_measures(tuple(names))[:1]:
        if measure.metres * measure.factor == 1.0 and not measure.is_buffer:
            parts[measure.column] = "radius_m"
    return parts


def _columns(
    rows: Sequence[Row],
    reading: Reading,
    kind: RecordKind,
    mapping: ColumnMapping | None,
    reports: Sequence[RowReport],
) -> tuple[ColumnPreview, ...]:
    """Each column of the file, in the order in which rows name them; columns of the place first."""
    places = (
        [] if reading.axis_columns is None else list(zip(reading.axis_columns, ("longitude", "latitude"), strict=True))
    )
    shown = [ColumnPreview(name, f"the place: {part}", (), len(rows)) for name, part in places]
    names = list(dict.fromkeys(name for row in rows for name in row.attributes))
    meaning = _meanings(rows, names, kind, mapping)
    refused: dict[str, int] = {}
    for report in reports:
        for code in report.reasons:
            refused[code] = refused.get(code, 0) + 1
    for name in names:
        examples, filled_count = filled_in(name, rows)
        count = refused.get(f"{meaning[name]}_refused", 0)
        shown.append(ColumnPreview(name, meaning[name], examples, filled_count, count))
    return tuple(shown)


def _meanings(
    rows: Sequence[Row], names: Sequence[str], kind: RecordKind, mapping: ColumnMapping | None
) -> dict[str, str]:
    """What each column becomes, in words."""
    known = kind_of_layer(kind).by_column
    renamed = {name: (None if mapping is None else mapping.columns.get(name)) or name for name in names}
    after = tuple(renamed.values())
    measures = {
        m.column: f"the row's accuracy, in units of {m.metres * m.factor:g} m" for m in accuracy_measures(after)
    }
    measures |= {m.column: f"a radius, in units of {m.metres * m.factor:g} m" for m in radius_measures(after)}
    vertices = vertex_columns(rows, kind_of_layer(kind)) if mapping is None else None
    parts = frozenset() if vertices is None else vertices.own | ({vertices.record} if vertices.record else set())
    out = {}
    for name in names:
        target = renamed[name]
        field = known.get(target.lower())
        if name in parts:
            out[name] = "rows of one outline"
        elif target in measures:
            out[name] = measures[target]
        elif mapping is not None and name in mapping.columns and mapping.columns[name] is None:
            out[name] = "kept as it came"
        elif field is not None and field.personal:
            out[name] = "left out: personal data"
        else:
            out[name] = "kept as it came" if field is None else field.name
    return out


def shortened(text: str) -> str:
    """A text on one line, short enough for a column of a table."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _SHOWN_TEXT else one_line[: _SHOWN_TEXT - 3] + "..."


def table_lines(header: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table for a person, a line each, columns side by side."""
    widths = np.max([[len(cell) for cell in line] for line in (header, *lines)], axis=0)
    for line in (header, *lines):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths.tolist(), strict=True)).rstrip()
