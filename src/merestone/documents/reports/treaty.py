"""A treaty's report: the forms of its definition, filled with what the register holds."""

from typing import Final

from merestone.documents.briefing.block import Block, Briefing, Cell, KeyFigure, Paragraph, Section, Table, Tone
from merestone.documents.reports.definition import Definition, Form, FormTable
from merestone.documents.reports.figure import Traced, not_recorded
from merestone.documents.reports.material import Material
from merestone.documents.reports.opening import opened
from merestone.documents.reports.rows import ROWS
from merestone.documents.reports.selection import Selection
from merestone.terms import Confidence, RecordKind

NOTHING_FILLED: Final = "The register does not hold it: for the reporting officer to fill in."


def treaty_report(definition: Definition, material: Material) -> Briefing:
    """The report of one treaty over what was gathered."""
    selection = Selection(material, definition.ordnance)
    sections = tuple(_form(form, selection) for form in definition.forms)
    hazards = material.of_kind(RecordKind.CONFIRMED, RecordKind.SUSPECTED)
    released = material.released_in_period()
    return opened(
        definition.title,
        material,
        sections,
        (
            KeyFigure(f"{len(hazards):,}", f"hazardous areas, records open on {material.snapshot.true_on}"),
            KeyFigure(f"{len(released):,}", "released areas, records dated in the period"),
            KeyFigure(str(len(definition.forms)), "forms"),
        ),
        more=(
            ("format", f"{definition.article}; {definition.version}"),
            ("source of the format", definition.source),
            ("due", definition.due),
        ),
        lead="Tables marked “from the register” are not part of the adopted format.",
    )


def _form(form: Form, selection: Selection) -> Section:
    unverified = [
        part
        for part, confidence in (("title and article", form.confidence), ("columns", form.columns_confidence))
        if confidence is Confidence.MEMORY
    ]
    about = f"{form.article}. Source of the form: {form.source}."
    if unverified:
        about += f" Not checked against the adopted text: {' and '.join(unverified)}."
    blocks: list[Block] = [Paragraph(about, is_note=True)]
    for table in form.tables:
        blocks += _table(table, selection)
    return Section(f"form-{form.letter.lower()}", f"Form {form.letter}: {form.title}", tuple(blocks))


def _table(table: FormTable, selection: Selection) -> list[Block]:
    rows_filled = ROWS[table.rows](selection)
    heading = f"{table.title} (from the register)" if table.is_added else table.title
    rows = tuple(tuple(row.get(column.key, not_recorded()) for column in table.columns) for row in rows_filled)
    note = table.note
    if table.rows == "nothing":
        note = f"{note} {NOTHING_FILLED}".strip()
    elif not rows:
        none = "no record of it in the register" if selection.material.sees_all else "none that this viewer may see"
        rows = ((Cell(none, Tone.UNKNOWN), *(Cell("") for _ in table.columns[1:])),)
    titles = tuple(column.title for column in table.columns)
    figures = frozenset(
        place for place in range(len(table.columns)) if any(isinstance(row[place], Traced) for row in rows)
    )
    return [
        Paragraph(heading, is_title=True),
        Table(titles, rows, figures, note or "From the register.", _widths(table)),
    ]


def _widths(table: FormTable) -> tuple[int, ...]:
    """Room for a place's name and a record's identity, in a list of areas; else as the content asks."""
    wide = {"location": 18, "record": 20}
    if not any(column.key == "record" for column in table.columns):
        return ()
    return tuple(wide.get(column.key, 11) for column in table.columns)
