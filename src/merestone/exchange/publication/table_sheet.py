"""A table as a workbook (XLSX) with one sheet: a header that stays in view, days as days, text never as a formula."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import shapely
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from merestone.exchange.formats import Feature
from merestone.exchange.rows.cells import text_of
from merestone.terms import FileRefused

MOST_ROWS: Final = 1_048_575
"""Excel's, less the header."""
MOST_LETTERS: Final = 32_767
"""In one cell."""
_BOLD: Final = Font(bold=True)
_HEAD: Final = PatternFill("solid", fgColor="E3EAEE")
_WIDTHS: Final = (8, 50)


def write_sheet(path: Path, features: Sequence[Feature], *, title: str, about: Mapping[str, str]) -> None:
    """The columns of all features, then their places: longitude and latitude of points, WKT of other shapes.

    Raises
    ------
    FileRefused
        There are more rows than a sheet can hold.
    """
    names = list(dict.fromkeys(name for feature in features for name in feature.attributes))
    has_points = all(feature.geometry is None or feature.geometry.geom_type == "Point" for feature in features)
    taken = {name.lower() for name in names}
    places = [name for name in (("lon_deg", "lat_deg") if has_points else ("wkt",)) if name not in taken]
    rows = [
        [*(feature.attributes.get(name) for name in names), *_place(feature.geometry, places)] for feature in features
    ]
    write_table(path, [*names, *places], rows, title=title, about=about)


def write_table(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str,
    about: Mapping[str, str] | None = None,
) -> None:
    """One sheet with a header, and one with what the file says of itself.

    Raises
    ------
    FileRefused
        There are more rows than a sheet can hold.
    """
    if len(rows) > MOST_ROWS:
        remedy = "write .csv or .parquet"
        raise FileRefused(path, f"a sheet holds at most {MOST_ROWS:,} rows, and there are more", remedy)
    book = Workbook(write_only=True)
    buffer = BytesIO()  # the library leaves a half-written archive open where a disk is full
    try:
        _fill(book, header, rows, title=title, about=about)
        book.save(buffer)
    except OSError:
        _let_go(book)
        raise
    path.write_bytes(buffer.getvalue())


def _fill(
    book: Workbook,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str,
    about: Mapping[str, str] | None,
) -> None:
    sheet: Any = book.create_sheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "table")
    sheet.freeze_panes = "A2"
    for number, width in enumerate(_widths(header, rows), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    if header:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(rows) + 1}"
    sheet.append([_head(sheet, name) for name in header])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    if about:
        about_sheet: Any = book.create_sheet("about")
        about_sheet.column_dimensions["A"].width, about_sheet.column_dimensions["B"].width = 18, 110
        for name, value in about.items():
            about_sheet.append([_cell(about_sheet, name), _cell(about_sheet, value)])


def _let_go(book: Workbook) -> None:
    """Finish the library's writers here: left to themselves, they print a traceback when they are collected."""
    for sheet in book.worksheets:
        writing: Any
        for writing in (getattr(sheet, "_rows", None), getattr(getattr(sheet, "_writer", None), "xf", None)):
            with suppress(Exception):
                writing.close()


def _place(geometry: Any, places: Sequence[str]) -> Iterable[Any]:
    if geometry is None or geometry.is_empty:
        return [None] * len(places)
    return [shapely.to_wkt(geometry, rounding_precision=-1) if n == "wkt" else
            geometry.x if n == "lon_deg" else geometry.y for n in places]  # fmt: skip


def _widths(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[float]:
    shown = [header, *rows[:50]]
    return [min(max(*(len(text_of(row[i] or "")) for row in shown), _WIDTHS[0]) + 1, _WIDTHS[1])
            for i in range(len(header))] if len(shown) > 1 else [len(name) + 2 for name in header]  # fmt: skip


def _head(sheet: Any, name: str) -> Any:
    cell = _cell(sheet, name)
    cell.font, cell.fill = _BOLD, _HEAD
    return cell


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        value = value.isoformat()  # Excel's moments have no zone
    if isinstance(value, bool) or value is None:
        return WriteOnlyCell(sheet, "yes" if value else "no" if value is False else None)
    if isinstance(value, (int, float, date)):
        buffer: Any = value
        return WriteOnlyCell(sheet, buffer)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text_of(value))[:MOST_LETTERS])
    cell.data_type = "s"  # a text is a text, whatever it begins with
    return cell
