"""From blank spreadsheets of every kind to the treaties' reports: no form is empty that the data could fill.

2026-11-28, a reviewer in the role of an information manager: activities, organisations, evidence, risk education,
marking and quality visits came into no register by command, so Forms F, G and I and the donor's tables stayed empty.
Everything here is exercise data, synthetic, around 0 N 0 E.
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from merestone.cli.main import main
from merestone.documents.reports.definition import Definition, FormTable, definition
from merestone.register import Register
from merestone.register.programme.kind import kind_named, kinds, recordable_kinds
from tests.exchange.test_blank_form import answer, place_of

DAY = "2026-05-03"
LINKS = {"organisation": "EX-organisation", "activity": "EX-activity", "hazardous_area": "EX-confirmed",
         "accident": "EX-accident", "destroyed_item": "EX-spot_find", "evidence": "EX-evidence",
         "attachment": "EX-photo"}  # fmt: skip
ORDER = ["organisation", "suspected", "confirmed", "restricted", "accident", "incident", "activity", "spot_find",
         "cancelled", "reduced", "cleared", "evidence", "marking", "quality_visit", "risk_education",
         "victim"]  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "activity": {"activity": "CLEARANCE", "status": "completed", "started_on": "2026-02-01", "currency": "EUR"},
    "spot_find": {"disposal": "destroyed_in_place"},
    "accident": {"date_known": "day"},
}
"""What the samples do not say by themselves."""
MORE: dict[str, list[dict[str, Any]]] = {
    "accident": [{"local_id": "EX-2", "device_category": "cluster_munition_remnant"}],
    "spot_find": [
        {"local_id": "EX-2", "category": "ap_mine", "disposal": "left_marked"},
        {"local_id": "EX-3", "category": "cluster_munition_remnant", "disposal": "destroyed_in_place"},
        {"local_id": "EX-4", "category": "cluster_munition_remnant", "disposal": "left_marked"},
        {"local_id": "EX-5", "category": "ap_mine", "disposal": "moved_and_destroyed"},
    ],
}
"""Further rows: what differs from the first."""


def row_of(name: str) -> dict[str, Any]:
    """One record of a kind with every field, labelled as exercise data."""
    row: dict[str, Any] = {}
    for field in kind_named(name).asked_fields:
        value = answer(field) if field.to is None else LINKS[field.to]
        row[field.name] = DAY if field.name.endswith("_on") else value
    own = {
        "local_id": f"EX-{name}",
        "device_categories": "ap_mine;cluster_munition_remnant",
        "device_category": "ap_mine",
    }
    row |= {key: value for key, value in own.items() if key in row}
    return row | place_of(name) | OWN.get(name, {})


def done(words: list[str]) -> str:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(words)
    assert not left.value.code, err.getvalue() + out.getvalue()
    return out.getvalue()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a register in which every kind of record came from its blank form."""
    written = tmp_path_factory.mktemp("walk")
    assert set(ORDER) | {"minefield_record"} == set(recordable_kinds())
    register = str(written / "exercise.gpkg")
    key = written / "programme.key"
    done(["init", register, "--label", "exercise data, synthetic"])
    done(["person", "key", str(key)])
    for name in ORDER:
        form = written / f"{name}.xlsx"
        done(["form", name, "--blank", "-o", str(form)])
        book = openpyxl.load_workbook(form)
        sheet = book[name]
        rows = [row_of(name), *(row_of(name) | more for more in MORE.get(name, []))]
        for row in rows:
            sheet.append([row.get(str(head.value)) for head in sheet[1]])
        book.save(form)
        words = ["import", register, str(form), "--as", name, "--source", "exercise (synthetic)", "--json"]
        words += ["--accuracy-m", "5"] if kind_named(name).layers else []
        words += ["--key-file", str(key)] if name == "victim" else []
        report = json.loads(done(words))
        assert report["accepted"] == report["total"] == len(rows), report
        lost = [code for code in report["found"] if code.endswith(("_refused", "_unresolved"))]
        assert not [code for code in lost if code not in {"documents_unresolved"}], report
    handed_over = written / "record.csv"
    with handed_over.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["local_id", "handed_over_by", "handed_over_on", "reliability", "reference_points", "wkt"])
        writer.writerow(["EX-M", "Exercise party", DAY, "high", "0.1 0.2;0.1 0.3", place_of("suspected")["wkt"]])
    words = ["import", register, str(handed_over), "--as", "minefield_record", "--source", "exercise (synthetic)"]
    assert "accepted    1" in done([*words, "--accuracy-m", "50"])
    return written


def test_every_kind_comes_from_its_blank_form(written: Path) -> None:
    with Register.open(written / "exercise.gpkg", read_only=True) as made:
        assert {sheet.kind for sheet in made.sheets()} == {name for name in ORDER if not kind_named(name).layers}
        assert made.verify().is_sound
        assert not made.quarantined()


def tables_of(report: Definition, book: Any) -> Iterator[tuple[str, FormTable, list[tuple[Any, ...]]]]:
    """Each table of a report's workbook: its form, its definition, and its rows as they are read back."""
    for form in report.forms:
        lines = list(book[f"Form {form.letter}"].iter_rows(values_only=True))
        for table in form.tables:
            heading = f"{table.title} (from the register)" if table.is_added else table.title
            at = next(i for i, row in enumerate(lines) if row[0] == heading)
            at = next(i for i in range(at + 1, len(lines)) if lines[i][0] == table.columns[0].title) + 1
            end = next((i for i in range(at, len(lines)) if not any(lines[i])), len(lines))
            yield form.letter, table, lines[at : end - 1]  # the last line is the table's note


def is_filled(table: FormTable, rows: list[tuple[Any, ...]]) -> bool:
    """Whether a row names a record, or counts some."""
    keys = [column.key for column in table.columns]
    counted = next(keys.index(key) for key in ("records", "accidents", "sessions", "record") if key in keys)
    return any(row[counted] for row in rows if isinstance(row[counted], (int, float)) or keys[counted] == "record")


@pytest.mark.parametrize(
    ("name", "left_to_the_officer"),
    [("apmbc-art7", {"A", "B", "D", "E", "H"}), ("ccm-art7", {"A", "B", "C", "D", "E", "I", "J"}), ("ap2", set())],
)
def test_no_form_is_empty_that_the_data_could_fill(written: Path, name: str, left_to_the_officer: set[str]) -> None:
    output = written / f"{name}.xlsx"
    done(["report", name, str(written / "exercise.gpkg"), "--period", "2026", "-o", str(output)])
    filled: dict[str, bool] = {}
    for letter, table, rows in tables_of(definition(name), openpyxl.load_workbook(output)):
        if table.rows == "nothing":
            filled.setdefault(letter, False)
            continue
        assert is_filled(table, rows), f"{name}, form {letter}: {table.title} is empty: {rows}"
        filled[letter] = True
    if left_to_the_officer:
        assert {letter for letter, is_held in filled.items() if not is_held} == left_to_the_officer


def test_the_donors_tables_have_land_devices_costs_and_people(written: Path) -> None:
    output = written / "donor.html"
    done(["report", "donor", str(written / "exercise.gpkg"), "--period", "2026", "-o", str(output)])
    page = output.read_text(encoding="utf-8")
    for empty in ("No released area is dated", "No device is recorded", "No activity is dated", "No session is dated"):
        assert empty not in page
    assert "Exercise donor" in page
    assert "Exercise name" in page, "the organisation by its full name"
    assert "Exercise full_name" not in page


def test_what_is_listed_as_csv_comes_back_as_it_was(written: Path) -> None:
    copy = str(written / "copy.gpkg")
    done(["init", copy, "--label", "exercise data, synthetic"])
    for name in ("organisation", "activity", "evidence", "marking", "quality_visit", "risk_education"):
        table = written / f"{name}.csv"
        table.write_text(done(["list", str(written / "exercise.gpkg"), "--kind", name, "--csv"]))
        done(["import", copy, str(table), "--as", name, "--source", "exercise (synthetic)"])
    with Register.open(copy, read_only=True) as there, Register.open(written / "exercise.gpkg", read_only=True) as here:
        for sheet in here.sheets():
            if sheet.kind == "victim":
                continue
            [twin] = there.sheets(sheet.kind)
            links = {field.name for field in kinds()[sheet.kind].fields if field.to is not None}
            assert {k: v for k, v in twin.attributes.items() if k not in {*links, "record_id"}} == {
                k: v for k, v in sheet.attributes.items() if k not in links
            }
            assert twin.geometry == sheet.geometry
