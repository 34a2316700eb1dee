"""The notes of a report: each figure's number in brackets, and at the end the records behind it."""

from dataclasses import replace

from merestone.exchange.briefing.block import Account, Block, Briefing, Cell, Paragraph, Section, Table
from merestone.exchange.reports.figure import AddsUp, Trace, Traced, Unit, shown


def noted(report: Briefing) -> Briefing:
    """The report as it is read on paper and screen: figures lead to notes, and a last section holds the notes.

    Figures of the same records in the same unit share a note. A figure whose row names its one record needs none.
    """
    numbers: dict[tuple[Trace, Unit], int] = {}
    accounts: list[Account] = []

    def cell_noted(cell: Cell, where: str) -> Cell:
        if not isinstance(cell, Traced) or cell.trace is None or cell.is_own_row or not cell.trace.parts:
            return cell
        key = (cell.trace, cell.unit)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            accounts.append(_account(numbers[key], cell, where))
        number = numbers[key]
        return Cell(f"{cell.text} [{number}]", cell.tone, f"note-{number}")

    def block_noted(block: Block, section: Section) -> Block:
        if not isinstance(block, Table):
            return block
        rows = tuple(
            tuple(cell_noted(cell, f"{section.title}: {block.columns[k]}") for k, cell in enumerate(row))
            for row in block.rows
        )
        return replace(block, rows=rows)

    sections = tuple(
        replace(section, blocks=tuple(block_noted(block, section) for block in section.blocks))
        for section in report.sections
    )
    lead = Paragraph(
        "Each note names the records behind one figure, with what each brings in. The same is in the workbook (XLSX), "
        "cell by cell.",
        is_lead=True,
    )
    return replace(
        report, sections=(*sections, Section("notes", "Notes: the records behind each figure", (lead, *accounts)))
    )


def _account(number: int, cell: Traced, where: str) -> Account:
    trace = cell.trace
    assert trace is not None
    lines = [("where", where), ("adds up as", f"{trace.adds_up}; unit {cell.unit}")]
    for name, taken_off in (("records", False), ("taken off", True)):
        told = [
            part.record_id
            if trace.adds_up is AddsUp.COUNT or part.amount is None
            else f"{part.record_id} ({shown(part.amount, Unit.M2 if cell.unit is Unit.RATIO else cell.unit)})"
            for part in trace.parts
            if part.taken_off is taken_off
        ]
        if told:
            lines.append(
                (name if not (taken_off and trace.adds_up is AddsUp.QUOTIENT) else "divided by", ", ".join(told))
            )
    return Account(f"note-{number}", f"[{number}]", Cell(cell.text), tuple(lines), back=("about", "the beginning"))
