"""The notes of a report: each figure's number in brackets, and at the end the records behind it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from merestone.documents.briefing.block import Account, Block, Briefing, Cell, Paragraph, Section, Table
from merestone.documents.reports.figure import AddsUp, Trace, Traced, Unit, shown
from merestone.terms import number_of

LISTED_ONCE_FROM: Final = 200
"""Records from which a note names the place where the report lists them with what each brings in, and lists none."""


def noted(report: Briefing) -> Briefing:
    """The report as it is read on paper and screen: figures lead to notes, and a last section holds the notes.

    Figures of the same records in the same unit share a note. A figure whose row names its one record needs none.
    """
    numbers: dict[tuple[Trace, Unit], int] = {}
    figures: list[tuple[Traced, str]] = []

    def cell_noted(cell: Cell, where: str) -> Cell:
        if not isinstance(cell, Traced) or cell.trace is None or cell.is_own_row or not cell.trace.parts:
            return cell
        key = (cell.trace, cell.unit)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            figures.append((cell, where))
        number = numbers[key]
        return Cell(f"{cell.text} [{number}]", cell.tone, f"note-{number}")

    def row_noted(row: tuple[Cell, ...], where: list[str]) -> tuple[Cell, ...]:
        cells = tuple(map(cell_noted, row, where))
        return row if cells == row else cells  # of a list of 100,000 areas, every row

    def block_noted(block: Block, section: Section) -> Block:
        if not isinstance(block, Table):
            return block
        where = [f"{section.title}: {title}" for title in block.columns]
        return replace(block, rows=tuple(row_noted(row, where) for row in block.rows))

    sections = tuple(
        replace(section, blocks=tuple(block_noted(block, section) for block in section.blocks))
        for section in report.sections
    )
    listed = _listed_elsewhere(report, figures)
    accounts = [_account(k, cell, where, listed.get(k)) for k, (cell, where) in enumerate(figures, 1)]
    lead = Paragraph(
        "Each note names the records behind one figure, with what each brings in. The same is in the workbook (XLSX), "
        "cell by cell.",
        is_lead=True,
    )
    return replace(
        report, sections=(*sections, Section("notes", "Notes: the records behind each figure", (lead, *accounts)))
    )


def _listed_elsewhere(report: Briefing, figures: Iterable[tuple[Traced, str]]) -> dict[int, str]:
    """Of long notes, by their number: where else the report lists the same records, each with what it brings in.

    A table with a row for each record lists them, and so does the note of an area for the note of a count.
    """
    listed = _tables_of_records(report)
    notes = [
        (number, {part.record_id: part.amount for part in cell.trace.parts}, cell.trace.adds_up is AddsUp.COUNT)
        for number, (cell, _) in enumerate(figures, 1)
        if cell.trace is not None
        and len({part.record_id for part in cell.trace.parts}) == len(cell.trace.parts) >= LISTED_ONCE_FROM
        and not any(part.taken_off for part in cell.trace.parts)
    ]
    where_by_note: dict[int, str] = {}
    for number, amounts, is_count in sorted(notes, key=lambda note: note[2]):  # counts last
        where = next(
            (
                note
                for listed_amounts, note in listed
                if (amounts.keys() == listed_amounts.keys() if is_count else amounts == listed_amounts)
            ),
            "",
        )
        if where:
            where_by_note[number] = where
        elif not is_count:
            listed.append((amounts, f"note [{number}]"))
    return where_by_note


def _tables_of_records(report: Briefing) -> list[tuple[dict[str, float | int | None], str]]:
    """Of each column that states one amount of one record in every row: the amounts by record, and where it stands."""
    tables: list[tuple[dict[str, float | int | None], str]] = []
    for section in report.sections:
        for block in section.blocks:
            if not isinstance(block, Table) or len(block.rows) < LISTED_ONCE_FROM:
                continue
            for place, title in enumerate(block.columns):
                cells = [row[place] for row in block.rows]
                parts = [
                    cell.trace.parts[0]
                    for cell in cells
                    if isinstance(cell, Traced) and cell.is_own_row and cell.trace is not None and cell.trace.parts
                ]
                if len(parts) == len(cells):
                    amounts = {part.record_id: part.amount for part in parts}
                    tables.append((amounts, f"the table of “{section.title}”, column “{title}”"))
    return tables


def _account(number: int, cell: Traced, where: str, listed_in: str | None) -> Account:
    """What stands behind a figure; ``listed_in``: where else the report lists its records."""
    trace = cell.trace
    assert trace is not None
    if listed_in is not None:
        lines = [
            ("where", where),
            ("adds up as", f"{trace.adds_up}; unit {cell.unit}"),
            ("records", f"the {number_of(len(trace.parts), 'record')} of {listed_in}, with what each brings in"),
        ]
        return Account(f"note-{number}", f"[{number}]", Cell(cell.text), tuple(lines), back=("about", "the beginning"))
    lines = [("where", where), ("adds up as", f"{trace.adds_up}; unit {cell.unit}")]
    for name, taken_off in (("records", False), ("taken off", True)):
        record_ids = [
            part.record_id
            if trace.adds_up is AddsUp.COUNT or part.amount is None
            else f"{part.record_id} ({shown(part.amount, Unit.M2 if cell.unit is Unit.RATIO else cell.unit)})"
            for part in trace.parts
            if part.taken_off is taken_off
        ]
        if record_ids:
            lines.append(
                (name if not (taken_off and trace.adds_up is AddsUp.QUOTIENT) else "divided by", ", ".join(record_ids))
            )
    return Account(f"note-{number}", f"[{number}]", Cell(cell.text), tuple(lines), back=("about", "the beginning"))
