"""Blank forms of every kind, filled in, come back without a mapping and with nothing lost."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely

from merestone.exchange import import_file
from merestone.exchange.imports.blank_form import CHOICES_SHEET, HELP_SHEET, blank_columns, write_blank
from merestone.exchange.imports.form import survey_rows
from merestone.register import Register
from merestone.register.programme.kind import Field, FieldType, kind_named, recordable_kinds
from merestone.register.sidecars.personal_store import PersonalStore, new_key
from merestone.terms import FieldRefused, FileRefused, RecordKind

FORMS = [name for name in recordable_kinds() if not kind_named(name).is_transcription]
RING = "POLYGON ((0.1 0.1, 0.101 0.1, 0.101 0.101, 0.1 0.101, 0.1 0.1))"


def answer(field: Field) -> Any:
    """A value as a person would type it into a cell."""
    if field.pattern:
        return "EUR"
    low = int(field.min or 0) + 1
    return {
        FieldType.CHOICE: field.choices[-1] if field.choices else None,
        FieldType.CHOICES: ";".join(field.choices[:2]),
        FieldType.DATE: "2026-05-03",
        FieldType.INTEGER: low,
        FieldType.NUMBER: low + 0.5,
        FieldType.POINT: "0.1 0.2",
        FieldType.POINTS: "0.1 0.2;0.1 0.3",
        FieldType.LINKS: "X-1;X-2",
    }.get(field.type, f"Exercise {field.name}")


def stored(field: Field) -> Any:
    """The same value as the register keeps it."""
    match field.type:
        case FieldType.CHOICES:
            return list(field.choices[:2])
        case FieldType.POINT:
            return [0.1, 0.2]
        case FieldType.LINKS:
            return ["X-1", "X-2"]
        case _:
            return answer(field)


def place_of(name: str) -> dict[str, Any]:
    columns = {column.name for column in blank_columns(name)}
    place = (
        {"wkt": RING} if "wkt" in columns else {"latitude": "0.2", "longitude": "0.1"} if "latitude" in columns else {}
    )
    return place | ({"accuracy_m": 7} if "accuracy_m" in columns else {})


def filled_in(path: Path, cells: dict[str, Any]) -> None:
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        sheet = book[book.sheetnames[0]]
        sheet.append([cells.get(str(head.value)) for head in sheet[1]])
        book.save(path)
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, names).writerow(cells)


def check_taken(tmp_path: Path, path: Path, name: str) -> None:
    kind = kind_named(name)
    with (
        Register.create(tmp_path / f"{path.suffix[1:]}.gpkg", label="exercise data, synthetic", by="t") as register,
        PersonalStore.open(tmp_path / "p.personal", (new_key(),)) as store,
    ):
        report = import_file(register, path, kind=name, source="exercise", by="t", personal_store=store)
        assert report.account.total == report.account.accepted == 1, report.text()
        assert not report.remark_counts or set(report.remark_counts) <= {f"{f.name}_unresolved" for f in kind.fields}, (
            report.text()
        )
        if kind.layers:
            [record] = register.as_of().records
            assert record.kind == name
            assert record.accuracy_m == 7
            attributes, geometry = record.attributes, record.geometry
        else:
            [sheet] = register.sheets(name)
            attributes, geometry = sheet.attributes, sheet.geometry  # type: ignore[assignment]
    expected = {field.name: stored(field) for field in kind.asked_fields if not field.personal}
    assert {field: attributes.get(field) for field in expected} == expected
    assert set(attributes) - set(expected) <= {"personal_reference", "personal_digest", "accuracy_m"}
    if place_of(name):
        wanted = shapely.from_wkt(RING) if "wkt" in place_of(name) else shapely.Point(0.1, 0.2)
        assert shapely.equals(geometry, wanted)
    else:
        assert geometry is None


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("name", FORMS)
def test_a_blank_spreadsheet_filled_in_is_recorded_whole(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"form{suffix}"
    write_blank(name, path)
    filled_in(path, {field.name: answer(field) for field in kind_named(name).asked_fields} | place_of(name))
    check_taken(tmp_path, path, name)


@pytest.mark.parametrize("name", FORMS)
def test_a_submission_of_the_xlsform_is_recorded_whole(name: str, tmp_path: Path) -> None:
    """As KoboToolbox writes it: choices parted by spaces, positions as latitude, longitude, altitude, accuracy."""
    kind = kind_named(name)
    submission: dict[str, Any] = {"_submission_time": "2026-05-03T10:00:00", "_uuid": "u-1"}
    for asked, question, *_ in survey_rows(kind):
        if question == "geometry":
            corners = shapely.get_coordinates(shapely.from_wkt(RING)).tolist()
            trace = ";".join(f"{lat} {lon} 0 4.3" for lon, lat in corners)
            submission["geometry"] = "0.2 0.1 0 4.3" if asked == "geopoint" else trace
            continue
        field = kind.field(question)
        value = answer(field)
        if field.type is FieldType.POINT:
            value = "0.2 0.1 0 4.3"
        submission[f"group/{question}"] = value.replace(";", " ") if field.type is FieldType.CHOICES else value
    path = tmp_path / "submissions.json"
    path.write_text(json.dumps({"count": 1, "next": None, "results": [submission]}))
    with Register.create(tmp_path / "r.gpkg", label="exercise data, synthetic", by="t") as register:
        report = import_file(register, path, kind=name, source="exercise", by="t", accuracy_m=5.0)
        assert report.account.quarantined == 0, report.text()
        if kind.layers:
            attributes = register.as_of().records[0].attributes
        else:
            attributes = register.sheets(name)[0].attributes
            assert (register.sheets(name)[0].geometry is not None) == bool(kind.geometry)
    expected = {field.name: stored(field) for field in kind.asked_fields if not field.personal}
    assert {field: attributes.get(field) for field in expected} == expected


def test_a_workbook_tells_what_is_required_and_offers_the_choices(tmp_path: Path) -> None:
    write_blank("activity", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["activity", HELP_SHEET, CHOICES_SHEET]
    required = {str(cell.value) for cell in book["activity"][1] if cell.fill.fill_type == "solid"}
    assert required == {"local_id", "activity", "organisation"}
    told = {row[0]: row for row in book[HELP_SHEET].iter_rows(min_row=5, values_only=True)}
    assert told["activity"][2] == "required"
    assert "CLEARANCE" in str(told["activity"][4])
    [cells] = [one for one in book["activity"].data_validations.dataValidation if "B2" in str(one.sqref)]
    assert cells.formula1 == "=choices!$A$3:$A$7"
    assert [row[0] for row in book[CHOICES_SHEET].iter_rows(min_row=3, max_row=7, values_only=True)] == [
        "NTS", "TS", "CLEARANCE", "BAC", "EOD_SPOT_TASK",
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_nobody_filled_in_holds_no_rows(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"form{suffix}"
    write_blank(name, path)
    with Register.create(tmp_path / "r.gpkg", label="exercise data, synthetic", by="t") as register:
        report = import_file(register, path, kind=name, source="exercise", by="t", accuracy_m=5.0)
        assert report.account.total == 0
        assert "help" not in " ".join(report.notes)


def test_no_blank_form_is_made_of_what_is_transcribed_or_comes_with_a_file(tmp_path: Path) -> None:
    for name, words in (("minefield_record", "transcribed"), ("attachment", "merestone attach add")):
        with pytest.raises(FieldRefused, match=words):
            write_blank(name, tmp_path / "no.xlsx")
    with pytest.raises(FileRefused, match=r"neither \.xlsx nor \.csv"):
        write_blank("activity", tmp_path / "no.ods")
    assert not list(tmp_path.iterdir())
    assert {name for name in FORMS if name in set(RecordKind)} == set(RecordKind) - {RecordKind.MINEFIELD_RECORD}
