"""A drawing and the numbers behind it as a file: one table from the ending to its writer, for every command that draws.

`.svg`, `.png` and `.pdf` hold the drawing, `.csv` and `.xlsx` the numbers. Any other ending is refused.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from merestone.files import whole_file, write_file
from merestone.terms import FileRefused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES: Final = (".svg", ".png", ".pdf")
TABLES: Final = (".csv", ".xlsx")
DPI: Final = 150
_SVG_DPI: Final = 216.0


@dataclass(frozen=True)
class Drawing:
    """What is drawn. `draw` is called only where a picture is written, for its library takes time to load."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    """The numbers; days as days."""
    draw: "Callable[[], Figure | str]"
    """A figure of Matplotlib, or the text of an SVG."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Such as the sources, for the second sheet of a workbook."""


def write_drawing(path: Path, drawing: Drawing, *, overwrite: bool = False) -> None:
    """Write the drawing, or its numbers, as the ending says.

    Raises
    ------
    FileRefused
        The ending names neither, or the path must not be written to.
    """
    ending = path.suffix.lower()
    if ending in TABLES:
        write_rows(path, drawing.header, drawing.rows, title=drawing.title, about=drawing.about, overwrite=overwrite)
    elif ending in PICTURES:
        drawn = drawing.draw()
        content = _of_svg(drawn, ending, drawing.title) if isinstance(drawn, str) else of_figure(drawn, ending)
        write_file(path, content, overwrite=overwrite)
    else:
        remedy = f"use one of {', '.join((*PICTURES, *TABLES))}"
        raise FileRefused(path, "its file extension is not supported for drawings", remedy)


def write_rows(
    path: Path,
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str,
    about: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> None:
    """Write a table as .csv or .xlsx."""
    if path.suffix.lower() == ".csv":
        write_file(path, table_csv(header, rows), overwrite=overwrite)
        return
    from merestone.exchange.publication import write_table  # here: the library takes time to load

    with whole_file(path, overwrite=overwrite) as part:
        write_table(part, header, rows, title=title, about=about)


def table_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table as text (RFC 4180)."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def of_figure(figure: "Figure", ending: str) -> bytes:
    """A figure of Matplotlib as the bytes of a picture; the same figure gives the same bytes."""
    import matplotlib as mpl

    drawn = BytesIO()
    metadata: Any = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(ending)
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none"}):
        figure.savefig(drawn, format=ending[1:], dpi=DPI, metadata=metadata)
    return drawn.getvalue()


def _of_svg(svg: str, ending: str, title: str) -> bytes:
    """An SVG as it is, or set on a page of its size."""
    if ending == ".svg":
        return svg.encode("utf-8")
    from merestone.documents.briefing import picture_page

    return picture_page(svg, title, "png" if ending == ".png" else "pdf", dpi=_SVG_DPI)
