"""Notes of thousands of records: each list stands once in a report, and every note says where."""

import re
from dataclasses import replace

import pytest

from merestone.documents.briefing.block import Account, Briefing, Cell, Section, Table
from merestone.documents.reports import notes
from merestone.documents.reports.figure import Traced, Unit, area, counted, own_figure, summed

AMOUNTS = {f"RECORD-{number}": 100.0 + number for number in range(6)}
OTHERS = {f"OTHER-{number}": 7.0 for number in range(5)}


def report_of(*rows: tuple[Cell, ...], has_list: bool = True) -> Briefing:
    listed = tuple((Cell(record), own_figure(record, amount, Unit.M2)) for record, amount in AMOUNTS.items())
    tables = [Table(("record", "Area, m2"), listed, frozenset({1}), "")] if has_list else []
    totals = Table(("what", "records", "area_m2"), rows, frozenset({1, 2}), "")
    sections = (Section("form-c", "Form C: Areas", (*tables, totals)),)
    return Briefing("title", "", "2026-11-28", "", (), sections, "")


def lines_of(made: Briefing) -> list[dict[str, str]]:
    accounts = [block for block in made.sections[-1].blocks if isinstance(block, Account)]
    return [dict(account.lines) for account in accounts]


def total_of(amounts: dict[str, float]) -> tuple[Cell, Traced, Traced]:
    return Cell("open"), counted(amounts), area(sum(amounts.values()), amounts)


def test_records_that_a_table_lists_are_not_listed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-28: a report of 16,000 areas listed each of them three times, which took most of its PDF's time."""
    monkeypatch.setattr(notes, "LISTED_ONCE_FROM", 5)
    for told in lines_of(notes.noted(report_of(total_of(AMOUNTS)))):
        assert told["records"] == (
            "the 6 records of the table of “Form C: Areas”, column “Area, m2”, with what each brings in"
        )


def test_a_count_names_the_note_that_lists_its_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "LISTED_ONCE_FROM", 5)
    count, whole = lines_of(notes.noted(report_of(total_of(OTHERS))))
    assert count["records"] == "the 5 records of note [2], with what each brings in"
    assert re.findall(r"OTHER-\d", whole["records"]) == list(OTHERS)


def test_what_differs_in_one_amount_or_one_record_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "LISTED_ONCE_FROM", 5)
    other = {**AMOUNTS, "RECORD-0": 1.0}
    fewer = dict(list(AMOUNTS.items())[:5])
    _, whole, count, part = lines_of(notes.noted(report_of(total_of(other), total_of(fewer))))
    assert "RECORD-0 (1)" in whole["records"]
    assert count["records"] == "the 5 records of note [4], with what each brings in"
    assert re.findall(r"RECORD-\d", part["records"]) == list(fewer)


def test_short_notes_list_their_records() -> None:
    for told in lines_of(notes.noted(report_of(total_of(AMOUNTS)))):
        assert re.findall(r"RECORD-\d", told["records"]) == list(AMOUNTS)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("amount", [None, 0, 3, 12_345.678, 0.25])
def test_the_figure_of_one_record_is_the_sum_of_it_alone(unit: Unit, amount: float | None) -> None:
    """A list of 100,000 areas is made without adding up; what it says of each must be what adding up says."""
    if unit in (Unit.ITEMS, Unit.PEOPLE, Unit.RECORDS, Unit.SESSIONS) and isinstance(amount, float):
        return  # counts are whole numbers
    assert own_figure("A", amount, unit) == replace(summed([("A", amount)], unit), is_own_row=True)
