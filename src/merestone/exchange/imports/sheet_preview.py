"""A look at a file of records without a layer before it is imported; nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats import Reading, rows_by
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.mapping import ColumnMapping, guess
from merestone.exchange.imports.preview import (
    ROWS,
    SHOWN_ROWS,
    ColumnPreview,
    column_lines,
    count_line,
    filled_in,
    filter_notes,
    first_rows,
)
from merestone.exchange.imports.row_filter import RowFilter
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.imports.sheet_intake import Links, SheetTaking, sheet_format, sheet_kind
from merestone.exchange.rows.instants import time_zone_of
from merestone.exchange.rows.row import Row
from merestone.register.programme import Kind
from merestone.terms import Account, Visibility

_SEALED: Final = "sealed"


@dataclass(frozen=True)
class SheetPreview:
    """How a file would be imported as records of a kind without layers, as far as its first rows tell."""

    path: Path
    definition: Kind
    reading: Reading
    columns: tuple[ColumnPreview, ...]
    rows: tuple[RowReport, ...]
    notes: tuple[str, ...]
    mapping: ColumnMapping
    """The mapping that was used, or what was guessed where none was given."""
    is_whole: bool
    """Whether these are all rows of the file."""

    @property
    def kind(self) -> str:
        """The name of the kind."""
        return self.definition.name

    def text(self) -> str:
        """For a person: columns, counts, rows that need looking at, and notes."""
        return "\n".join(self._lines())

    def as_json(self) -> Mapping[str, Any]:
        """For a program: columns, the end of each row that was looked at, and notes."""
        account = Account.of(self.rows)
        return {
            "file": str(self.path),
            "kind": self.kind,
            "format": self.reading.format_name,
            "layer": self.reading.layer,
            "columns": [column.as_json() for column in self.columns],
            "rows": [
                {"row": report.row, "outcome": report.outcome.value, "messages": list(report.messages)}
                for report in self.rows
            ],
            "accepted": account.accepted,
            "repaired": account.repaired,
            "quarantined": account.quarantined,
            "is_whole_file": self.is_whole,
            "notes": list(self.notes),
        }

    def _lines(self) -> Iterator[str]:
        yield f"{self.path.name}: {self.reading.format_name}, layer {self.reading.layer}"
        yield f"  preview as {self.definition.label.lower()}; nothing was written"
        yield ""
        yield from column_lines(self.columns)
        yield ""
        yield count_line(self.rows, is_whole=self.is_whole)
        for report in [r for r in self.rows if r.messages][:SHOWN_ROWS]:
            yield f"  row {report.row}: {report.outcome}: {'; '.join(report.messages)}"
        for note in self.notes:
            yield f"  note: {note}"


def preview_sheets(
    path: Path | str,
    *,
    kind: str,
    crs: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    time_zone: str | None = None,
    mapping: ColumnMapping | None = None,
    where: RowFilter | None = None,
    most_rows: int = ROWS,
) -> SheetPreview:
    """Read the first rows of a file as an import would, and write nothing; parameters as for `import_file`.

    Links are not looked up, since no register is asked. Of columns with personal data no value is shown.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read.
    FieldRefused
        `time_zone` is not known, or no kind has that name.
    """
    path = Path(path)
    definition = sheet_kind(kind)
    zone = None if time_zone is None else time_zone_of(time_zone)
    places = {} if mapping is None else mapping.place_columns
    known = sheet_format(path, definition, mapping)
    reading = rows_by(known, path, layer=layer, crs=crs, encoding=encoding, place_columns=places)
    first, is_whole = first_rows(reading, where, most_rows)
    understanding = Understanding(definition.name, (), zone)
    taking = _Looking(path, definition, understanding, Links({}), Visibility.RESTRICTED, None, None)
    rows = tuple(taking.all(row if mapping is None else row.renamed(mapping.apply) for row in first))
    names = list(dict.fromkeys(name for row in first for name in row.attributes))
    return SheetPreview(
        path=path,
        definition=definition,
        reading=reading,
        columns=tuple(_column(name, first, rows, understanding, mapping) for name in names),
        rows=rows,
        notes=(*reading.notes, *taking.notes(), *filter_notes(where)),
        mapping=guess(names, definition.name) if mapping is None else mapping,
        is_whole=is_whole,
    )


class _Looking(SheetTaking):
    """Seals nothing and refuses no column: a preview is how one learns which columns there are."""

    def _parted(self, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        open_part = {}
        for column, value in fields.items():
            name = self.understanding.field_named(column)
            if name is None or not self.definition.field(name).personal:
                open_part[column] = value
        return open_part, {}


def _column(
    name: str,
    rows: Sequence[Row],
    reports: Sequence[RowReport],
    understanding: Understanding,
    mapping: ColumnMapping | None,
) -> ColumnPreview:
    target = name if mapping is None or name not in mapping.columns else mapping.columns[name]
    becomes = None if target is None else understanding.field_named(target)
    field = None if becomes is None else understanding.definition.field(becomes)
    examples, filled_count = filled_in(name, rows)
    text = "kept as it came" if becomes is None else becomes
    if understanding.definition.has_personal_fields and (field is None or field.automatic):
        text, examples = "refused: map it to null to leave it out", ()
    elif field is not None and field.personal:
        text, examples = f"{becomes}, encrypted outside the register", (_SEALED,)
    refused = sum(f"{becomes}_refused" in report.reasons for report in reports)
    return ColumnPreview(name, text, examples, filled_count, refused)
