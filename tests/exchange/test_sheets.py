"""Every kind of record without a layer is imported by the rule of its definition.

2026-11-28, reviewers in the role of an information manager: `--as` knew ten kinds of land, so that activities,
organisations, people hurt, evidence, risk education, marking and quality visits came into no register, and the forms of
reports that live on them stayed empty.
"""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.imports.delivery import LooksLikeDelivery
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.register import Register
from merestone.register.programme.kind import FieldType, Kind, kinds, recordable_kinds
from merestone.register.sidecars.personal_store import PersonalStore, new_key
from merestone.register.sidecars.victims import personal_data
from merestone.terms import FieldRefused, FileRefused, Outcome, RecordKind
from tests.register.test_kind import records

SHEETS = [name for name in recordable_kinds() if name not in set(RecordKind)]


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "r.gpkg", label="exercise data, synthetic", by="tester") as made:
        yield made


def taken(register: Register, path: Path, kind: str, **more: Any) -> IntakeReport:
    return import_file(register, path, kind=kind, source="exercise", by="tester", **more)


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(names)
        for row in rows:
            book.active.append([row.get(name) for name in names])
        book.save(path)
        return path
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def cell(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return ";".join(f"{lon!r} {lat!r}" for lon, lat in value)
    if isinstance(value, list) and value and isinstance(value[0], float):
        return f"{value[0]!r} {value[1]!r}"
    return ";".join(map(str, value)) if isinstance(value, list) else value


def test_the_kinds_without_a_layer_are_those_of_the_definitions_but_attachments() -> None:
    """Attachments come with a file, alerts with steps of several people: each has a command of its own."""
    assert set(SHEETS) == {name for name, kind in kinds().items() if not kind.layers} - {"attachment", "alert"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("kind", [kinds()[name] for name in SHEETS], ids=SHEETS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_a_definition_allows_is_recorded_as_it_is(
    kind: Kind, suffix: str, data: st.DataObject, register: Register, tmp_path: Path
) -> None:
    record = {name: value for name, value in data.draw(records(kind)).items() if not kind.field(name).automatic}
    record = {
        name: round(value, 6) if isinstance(value, float) else value for name, value in record.items()
    }  # as Excel
    texts = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.LINK, FieldType.LINKS}
    for name, value in record.items():  # a cell has no empty lists, and its ends are no spaces
        if kind.field(name).type in texts and not kind.field(name).pattern:
            record[name] = [f"n{i}" for i, _ in enumerate(value)] if isinstance(value, list) else "Ä 7"
    before = {sheet.record_id for sheet in register.sheets(kind.name)}
    path = table(tmp_path / f"one{suffix}", [{name: cell(value) for name, value in record.items()}])
    report = taken(register, path, kind.name, again=True)
    if report.already is not None:
        return  # drawn before
    assert report.account.accepted == 1, report.text()
    [made] = [sheet for sheet in register.sheets(kind.name) if sheet.record_id not in before]
    assert {name: made.attributes.get(name) for name in record} == record


def test_a_row_without_a_required_field_is_quarantined_and_the_report_counts_it(
    register: Register, tmp_path: Path
) -> None:
    rows = [
        {"local_id": "A", "name": "Clear Fields", "role": "operator", "accredited_until": "2027-01-01"},
        {"local_id": "B", "name": "", "role": "operator", "accredited_until": "2027-01-01"},
        {"local_id": "C", "name": "Third", "role": "flying", "accredited_until": "31.12.2027"},
    ]
    report = taken(register, table(tmp_path / "org.csv", rows), "organisation")
    assert [row.outcome for row in report.rows] == [Outcome.ACCEPTED, Outcome.QUARANTINED, Outcome.ACCEPTED]
    text = report.text()
    assert "1 row has no name, a required field" in text
    assert "row 2: quarantined: name is required and empty" in text
    assert "row 3: accepted, without a value: role = 'flying': is not one of the choices" in text
    assert "accredited_until = '31.12.2027': is not a valid date; use YYYY-MM-DD" in text
    made = {sheet.attributes["local_id"]: sheet.attributes for sheet in register.sheets("organisation")}
    assert set(made) == {"A", "C"}
    assert made["C"]["as_given"] == {"role": "flying", "accredited_until": "31.12.2027"}


def test_a_quarantined_row_of_a_sheet_is_no_hazard_that_answers_count(register: Register, tmp_path: Path) -> None:
    taken(register, table(tmp_path / "o.csv", [{"local_id": "B", "name": ""}]), "organisation")
    [row] = register.quarantined()
    assert row.sheet == "organisation"
    assert register.as_of().quarantined_count == 0
    bad = {"type": "Feature", "properties": {"raw": '"sheet":"organisation"'}, "geometry": None}
    (tmp_path / "h.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [bad]}))
    import_file(register, tmp_path / "h.geojson", kind=RecordKind.SUSPECTED, source="s", accuracy_m=5.0, by="t")
    assert register.as_of().quarantined_count == 1
    assert register.verify().is_sound


def test_required_fields_of_land_are_counted_in_the_report(register: Register, tmp_path: Path) -> None:
    """2026-11-28, a reviewer: 925 minefield records without any of their four required fields, and no note."""
    shape = {"type": "Point", "coordinates": [0.1, 0.1]}
    feature = {"type": "Feature", "properties": {"own": 1}, "geometry": shape}
    (tmp_path / "m.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature] * 3}))
    report = import_file(
        register, tmp_path / "m.geojson", kind=RecordKind.MINEFIELD_RECORD, source="s", accuracy_m=5.0, by="t"
    )
    assert report.account.accepted == 3
    for name in ("local_id", "handed_over_by", "handed_over_on", "reliability"):
        assert f"3 rows have no {name}, a required field" in report.notes


def test_a_file_without_a_column_for_a_required_field_is_refused_whole(register: Register, tmp_path: Path) -> None:
    path = table(tmp_path / "task.csv", [{"local_id": "T-1", "started_on": "2026-01-02"}])
    with pytest.raises(FileRefused, match="no column gives activity, organisation"):
        taken(register, path, "activity")
    assert not register.quarantined()
    with pytest.raises(FileRefused, match="names no field of activity"):
        taken(register, table(tmp_path / "other.csv", [{"weather": "rain"}]), "activity")


def test_local_identifiers_become_links_and_those_that_lead_nowhere_are_told(
    register: Register, tmp_path: Path
) -> None:
    taken(register, table(tmp_path / "o.csv", [{"local_id": "HALO", "name": "Exercise operator"}]), "organisation")
    rows: list[dict[str, Any]] = [
        {"local_id": "T-1", "activity": "CLEARANCE", "organisation": "halo ", "latitude": 0.1, "longitude": 0.2},
        {"local_id": "T-2", "activity": "NTS", "organisation": "Nobody", "latitude": "", "longitude": ""},
    ]
    report = taken(register, table(tmp_path / "t.csv", rows), "activity")
    [operator] = register.sheets("organisation")
    made = {sheet.attributes["local_id"]: sheet for sheet in register.sheets("activity")}
    assert made["T-1"].attributes["organisation"] == operator.record_id
    assert made["T-1"].geometry is not None
    assert made["T-2"].attributes["organisation"] == "Nobody"
    assert made["T-2"].geometry is None
    assert "1 row names a record under organisation that is not in the register" in report.text()


def test_a_place_that_cannot_be_read_does_not_keep_the_record_out(register: Register, tmp_path: Path) -> None:
    rows = [{"local_id": "E", "finding": "signs_or_fence", "wkt": "POINT (0.1 0.2)"}]
    rows += [{"local_id": "F", "finding": "signs_or_fence", "wkt": "POINT (0.1"}]
    report = taken(register, table(tmp_path / "e.csv", rows), "evidence")
    assert report.account.accepted == 2
    assert "the place was not taken" in "; ".join(report.rows[1].messages)


def test_the_same_file_is_recognised_and_a_second_delivery_is_not_doubled(register: Register, tmp_path: Path) -> None:
    path = table(tmp_path / "o.csv", [{"local_id": "A", "name": "One"}, {"local_id": "B", "name": "Two"}])
    taken(register, path, "organisation")
    assert taken(register, path, "organisation").already is not None
    again = table(tmp_path / "o2.csv", [{"local_id": "A", "name": "One, new"}, {"local_id": "B", "name": "Two"}])
    with pytest.raises(LooksLikeDelivery, match="recorded twice"):
        taken(register, again, "organisation")
    assert len(register.sheets("organisation")) == 2
    with register.batch(by="t", why="wrong file", source="s") as batch:
        batch.undo_import(register.imports()[0].batch_id)
    assert taken(register, again, "organisation").account.accepted == 2


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with PersonalStore.open(tmp_path / "r.personal", (new_key(),)) as made:
        yield made


VICTIM = {"accident": "ACC-1", "outcome": "injured", "consent": "given", "full_name": "Nemo Exercise", "sex": "male"}


def test_personal_fields_of_people_hurt_are_sealed_and_nowhere_else(
    register: Register, store: PersonalStore, tmp_path: Path
) -> None:
    rows = [VICTIM | {"born_on": "1980-02-03"}, VICTIM | {"outcome": "Nemo Exercise died"}]
    report = taken(register, table(tmp_path / "v.csv", rows), "victim", personal_store=store)
    assert [row.outcome for row in report.rows] == [Outcome.ACCEPTED, Outcome.QUARANTINED]
    [person] = register.sheets("victim")
    assert personal_data(person, store) == {"full_name": "Nemo Exercise", "born_on": "1980-02-03"}
    assert "Nemo" not in json.dumps([event.body for event in register.events()])
    assert "Nemo" not in report.text() + json.dumps(report.as_json()) + report.as_csv()
    register.settle()
    assert b"Nemo" not in (tmp_path / "r.gpkg").read_bytes() + (tmp_path / "r.personal").read_bytes()


def test_without_a_key_or_with_an_unknown_column_a_file_of_people_is_refused(
    register: Register, store: PersonalStore, tmp_path: Path
) -> None:
    path = table(tmp_path / "v.csv", [VICTIM])
    with pytest.raises(FileRefused, match=r"holds personal data \(full_name\)"):
        taken(register, path, "victim")
    with pytest.raises(FileRefused, match="column phone is not a field"):
        taken(register, table(tmp_path / "w.csv", [VICTIM | {"phone": "+1"}]), "victim", personal_store=store)
    assert not register.sheets("victim")
    left_out = ColumnMapping({"full_name": None, "phone": None})
    taken(register, tmp_path / "w.csv", "victim", mapping=left_out)
    [person] = register.sheets("victim")
    assert set(person.attributes) == {"accident", "outcome", "consent", "sex"}


def test_what_was_sealed_is_erased_if_the_register_does_not_take_the_file(
    register: Register, store: PersonalStore, tmp_path: Path
) -> None:
    rows = [VICTIM, VICTIM | {"phone": "+1"}]
    path = tmp_path / "v.json"
    path.write_text(json.dumps([{"_submission_time": "2026-05-03", **row} for row in rows]))
    kept: list[Any] = []
    original = store.keep

    def keep(data: Any) -> Any:
        kept.append(original(data))
        return kept[-1]

    store.keep = keep  # type: ignore[method-assign]
    with pytest.raises(FileRefused):
        taken(register, path, "victim", personal_store=store, mapping=ColumnMapping({"_submission_time": None}))
    assert len(kept) == 1
    for one in kept:
        with pytest.raises(Exception, match="erased"):
            store.read(one.reference)


def test_attachments_come_with_their_file_and_other_names_are_no_kinds(register: Register, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", [{"sha256": "0" * 64}])
    with pytest.raises(FieldRefused, match="merestone attach add"):
        taken(register, path, "attachment")
    with pytest.raises(FieldRefused, match="is not a kind of record"):
        taken(register, path, "nonsense")


def test_an_end_before_the_beginning_refuses_nothing_else(register: Register, tmp_path: Path) -> None:
    row = {
        "local_id": "T",
        "activity": "NTS",
        "organisation": "X",
        "started_on": "2026-02-01",
        "ended_on": "2026-01-01",
    }
    report = taken(register, table(tmp_path / "t.csv", [row, row | {"local_id": "U", "ended_on": ""}]), "activity")
    assert report.account.accepted == 2
    made = {sheet.attributes["local_id"]: sheet.attributes for sheet in register.sheets("activity")}
    assert "ended_on" not in made["T"]
    assert made["T"]["as_given"] == {"ended_on": "2026-01-01"}
    assert "lies before started_on" in report.text()


def test_a_new_delivery_updates_what_is_held(register: Register, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"local_id": "A", "name": "One", "hub": "north"},
        {"local_id": "B", "name": "Two", "hub": "north"},
        {"local_id": "C", "name": "Three", "hub": "north"},
    ]
    taken(register, table(tmp_path / "1.csv", rows), "organisation", true_on=date(2025, 1, 1))
    second = table(
        tmp_path / "2.csv",
        [
            {"local_id": "a ", "name": "One"},
            {"local_id": "B", "name": "Two, renamed"},
            {"local_id": "D", "name": "Four"},
        ],
    )
    dry = taken(register, second, "organisation", update_by="acronym", true_on=date(2026, 1, 1), dry_run=True)
    assert dry.delivery is not None
    assert len(register.sheets("organisation")) == 3
    report = taken(register, second, "organisation", update_by="acronym", true_on=date(2026, 1, 1))
    assert report.delivery is not None
    told = report.delivery.as_json()
    assert told == dry.delivery.as_json()
    assert (told["unchanged"], len(told["changed"]), told["new"]) == (0, 2, ["D"])
    assert [one["changes"] for one in told["changed"]] == [["local_id A -> a"], ["name Two -> Two, renamed"]]
    assert [one["key"] for one in told["gone"]] == ["C"]
    assert "gone C: record" in report.text()
    made = {sheet.attributes["name"]: sheet for sheet in register.sheets("organisation")}
    assert set(made) == {"One", "Two, renamed", "Three", "Four"}
    assert made["Two, renamed"].attributes["hub"] == "north", "what a delivery leaves out stays"
    before = {sheet.attributes["name"] for sheet in register.sheets("organisation", true_on=date(2025, 6, 1))}
    assert "Two" in before, "earlier days keep what was said of them"
    with register.batch(by="t", why="wrong file", source="s") as batch:
        batch.undo_import(register.imports()[-1].batch_id)
    assert {sheet.attributes["name"] for sheet in register.sheets("organisation")} == {"One", "Two", "Three"}
    assert register.verify().is_sound


def test_an_update_needs_a_field_that_can_be_compared(register: Register, tmp_path: Path) -> None:
    path = table(tmp_path / "o.csv", [{"local_id": "A", "name": "One"}])
    with pytest.raises(FieldRefused, match="is not a field of organisation"):
        taken(register, path, "organisation", update_by="colour")
    with pytest.raises(FieldRefused, match="part of which is sealed"):
        taken(register, table(tmp_path / "v.csv", [VICTIM]), "victim", update_by="accident")


def test_a_session_in_another_country_is_told(register: Register, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"local_id": f"S-{n}", "held_on": "2026-01-02", "organisation": "X", "latitude": 4.5, "longitude": -74 - n / 50}
        for n in range(30)
    ]
    report = taken(register, table(tmp_path / "s.csv", [*rows, rows[0] | {"longitude": 74.0}]), "risk_education")
    assert "row 31 lies 16," in " ".join(report.notes)
