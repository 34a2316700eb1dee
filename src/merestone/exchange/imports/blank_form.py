"""Blank spreadsheets: a kind's definition as the columns of a table, with its help and its lists of choices.

What is filled in comes back through `import_file` without a mapping. A workbook has a sheet for the records, a sheet of
help, and drop-down lists; a table of text has a second line of help, which an import passes over.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._table_header import HELP_MARK
from merestone.exchange.imports.field_mapping import kind_label
from merestone.exchange.imports.form import refuse_no_form, write_workbook
from merestone.register.programme import Field, FieldType, Kind, kind_named
from merestone.terms import FileRefused, RecordKind

HELP_SHEET: Final = "help"
CHOICES_SHEET: Final = "choices"
ROWS: Final = 1_000
"""Rows of a workbook that have drop-down lists."""
_WIDEST: Final = 40
_HOLDS: Final = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "text, as long as needed",
    FieldType.CHOICE: "one of the choices",
    FieldType.CHOICES: "one or more of the choices, separated by ;",
    FieldType.DATE: "a date, YYYY-MM-DD",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number",
    FieldType.POINT: "longitude and latitude in degrees, such as 17.25 44.5",
    FieldType.POINTS: "positions as longitude and latitude in degrees, separated by ;",
    FieldType.LINK: "the local identifier of one record",
    FieldType.LINKS: "local identifiers, separated by ;, of records",
}


@dataclass(frozen=True, slots=True)
class BlankColumn:
    """One column of a blank form."""

    name: str
    meaning: str
    is_required: bool
    holds: str
    choices: tuple[str, ...] = ()
    help: str = ""
    is_text: bool = False
    """Whether a spreadsheet must not turn it into a number or a day."""

    @property
    def line(self) -> str:
        """All of it in one cell."""
        parts = ["required" if self.is_required else "optional", self.meaning, self.holds]
        parts += [" | ".join(self.choices)] if self.choices else []
        return ". ".join([*parts, self.help] if self.help else parts)


def blank_columns(name: str) -> tuple[BlankColumn, ...]:
    """The columns of a blank form: the kind's fields as its definition orders them, then the place.

    Parameters
    ----------
    name
        A layer, such as ``suspected``, or a kind, such as ``activity``.

    >>> [column.name for column in blank_columns("organisation")]
    ['local_id', 'name', 'role', 'hub', 'accredited_until']
    """
    kind = kind_named(name)
    fields = (_column_of(field) for field in kind.asked_fields)
    return (*fields, *_place_columns(kind))


def _column_of(field: Field) -> BlankColumn:
    holds = _HOLDS[field.type] + (f", {field.unit}" if field.unit else "")
    if field.to is not None:
        holds += f" of {kind_label(field.to)}"
    limits = [f"{sign} {limit:g}" for sign, limit in (("from", field.min), ("to", field.max)) if limit is not None]
    if limits and not field.type.is_list:
        holds += f", {' '.join(limits)}"
    note = field.help or ""
    if field.personal:
        note = f"{note}. " if note else ""
        note += "Personal: encrypted outside the register, with --key-file"
    numbers = (FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE)
    return BlankColumn(
        field.name, field.label, field.required, holds, field.choices, note, is_text=field.type not in numbers
    )


def _place_columns(kind: Kind) -> Iterator[BlankColumn]:
    is_needed = bool(kind.layers)
    shapes = {"line": "LINESTRING (17.25 44.5, ...)", "polygon": "POLYGON ((17.25 44.5, ...))"}
    if "point" in kind.geometry:
        degrees = "decimal degrees on WGS 84, or degrees, minutes and seconds"
        is_alone = is_needed and kind.geometry == ("point",)
        yield BlankColumn("latitude", "Place: degrees north", is_alone, degrees, is_text=True)
        yield BlankColumn("longitude", "Place: degrees east", is_alone, degrees, is_text=True)
    outlines = [shape_names for shape, shape_names in shapes.items() if shape in kind.geometry]
    if outlines:
        holds = f"WKT, longitude before latitude: {' or '.join(outlines)}"
        yield BlankColumn("wkt", "Place: the outline", is_needed and "point" not in kind.geometry, holds, is_text=True)
    if is_needed:
        yield BlankColumn("accuracy_m", "How accurate the place is", False, "metres that hold 95 % of the positions")


def write_blank(name: str, path: Path, *, suffix: str | None = None) -> None:
    """Write a blank spreadsheet for a kind, as a workbook (``.xlsx``) or as a table of text (``.csv``).

    Parameters
    ----------
    suffix
        What it is to be, if the name of the file does not say so.

    Raises
    ------
    FieldRefused
        There is no such kind, or no blank form of it is made.
    FileRefused
        The ending is neither.
    """
    refuse_no_form(name)
    columns = blank_columns(name)
    match (suffix or path.suffix).lower():
        case ".csv":
            _write_csv(columns, path)
        case ".xlsx":
            _write_workbook(name, columns, path)
        case _:
            raise FileRefused(path, "its file extension is neither .xlsx nor .csv", "name it with one of them")


def _write_csv(columns: tuple[BlankColumn, ...], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark by which Excel knows UTF-8
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        first, *others = [column.line for column in columns]
        writer.writerow([f"{HELP_MARK} (leave this line, or delete it): {first}", *others])


def _write_workbook(name: str, columns: tuple[BlankColumn, ...], path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill

    book = Workbook()
    sheet: Any = book.active
    sheet.title = name
    sheet.append([column.name for column in columns])
    for place, column in enumerate(columns, start=1):
        head = sheet.cell(1, place)
        head.font = Font(bold=True)
        if column.is_required:
            head.fill = PatternFill("solid", fgColor="FFE699")
        width = sheet.column_dimensions[head.column_letter]
        width.width = max(12, len(column.name) + 2)
        width.number_format = "@" if column.is_text else "yyyy-mm-dd" if "date" in column.holds else "General"
    sheet.freeze_panes = "A2"
    _write_help(book, name, columns)
    _write_choices(book, sheet, columns)
    write_workbook(book, path)


def _write_help(book: Any, name: str, columns: tuple[BlankColumn, ...]) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(HELP_SHEET)
    label = kind_label(name)
    sheet.append([f"{HELP_MARK}: one row of the sheet {name} is one {label}. Yellow columns are required."])
    accuracy = " --accuracy-m METRES" if name in set(RecordKind) else ""
    sheet.append([f'merestone import REGISTER FILE.xlsx --as {name} --source "WHO SAID SO, WHEN"{accuracy}'])
    sheet.append([])
    titles = ("column", "meaning", "required", "holds", "choices", "note")
    sheet.append(titles)
    for cell in sheet[4]:
        cell.font = Font(bold=True)
    for column in columns:
        required = "required" if column.is_required else ""
        choices = "\n".join(column.choices)
        sheet.append((column.name, column.meaning, required, column.holds, choices, column.help))
    for letter, width in zip("ABCDEF", (24, _WIDEST, 10, _WIDEST, 28, _WIDEST), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=5):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _write_choices(book: Any, sheet: Any, columns: tuple[BlankColumn, ...]) -> None:
    """The lists from which cells are chosen; where several are allowed, a list would allow one alone."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    lists = book.create_sheet(CHOICES_SHEET)
    lists.cell(1, 1, f"{HELP_MARK}: the lists of the sheet {sheet.title}")
    at = 0
    for place, column in enumerate(columns, start=1):
        if not column.choices:
            continue
        at += 1
        lists.cell(2, at, column.name)
        for number, choice in enumerate(column.choices, start=3):
            lists.cell(number, at, choice)
        if _HOLDS[FieldType.CHOICE] in column.holds:
            letter, own = get_column_letter(at), get_column_letter(place)
            formula = f"={CHOICES_SHEET}!${letter}$3:${letter}${len(column.choices) + 2}"
            validation = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
            validation.error = f"use one of {', '.join(column.choices)}"[:250]
            validation.add(f"{own}2:{own}{ROWS}")
            sheet.add_data_validation(validation)
