"""OpenDocument spreadsheets for tests, written by hand from OASIS OpenDocument 1.3, part 3."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

KIND = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def cell(value: Any, attributes: str = "") -> str:
    """A cell with a value of a type, as LibreOffice writes it."""
    match value:
        case None:
            return f"<table:table-cell {attributes}/>"
        case bool():
            stated = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"'
        case int() | float():
            stated = f'office:value-type="float" office:value="{value!r}"'
        case datetime() | date():
            stated = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        case time():
            stated = f'office:value-type="time" office:time-value="{value:PT%HH%MM%SS}"'
        case _:
            stated = 'office:value-type="string"'
    shown = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    return f"<table:table-cell {stated} {attributes}>{shown}</table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    """A row of cells that are written already."""
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def content(sheets: Mapping[str, Sequence[str]], *, is_flat: bool = False) -> str:
    """A document of sheets whose rows are written already."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}><table:table-column/>{''.join(rows)}</table:table>"
        for name, rows in sheets.items()
    )
    root = "document" if is_flat else "document-content"
    kind = f' office:mimetype="{KIND}"' if is_flat else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {_NAMES}{kind} office:version="1.3"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:{root}>"
    )


def write_content(path: Path, text: str, **parts: str) -> Path:
    """A document of XML as a spreadsheet: in an archive, or as it is where the name ends in .fods."""
    if path.suffix == ".fods":
        path.write_text(text, encoding="utf-8")
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", KIND, zipfile.ZIP_STORED)
        archive.writestr("content.xml", text)
        archive.writestr("META-INF/manifest.xml", parts.get("manifest", "<manifest/>"))
    return path


def write_ods(path: Path, rows: Sequence[Sequence[Any]], **sheets: Sequence[Sequence[Any]]) -> Path:
    """A sheet Areas with these values, and others."""
    written = {
        name: [row(*map(cell, values)) for values in content_rows]
        for name, content_rows in {"Areas": rows, **sheets}.items()
    }
    return write_content(path, content(written, is_flat=path.suffix == ".fods"))
