"""Many files, a part of the rows, and several kinds of rows in one run.

2026-11-28, a reviewer in the role of an information manager: thirty files were thirty commands; one file held eight
kinds of event, and could be taken in as one kind only, whole.
"""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.cli.main import main
from merestone.exchange import import_file
from merestone.exchange.imports.many_files import expanded, import_files
from merestone.exchange.imports.mapping import ColumnMapping, read_mapping
from merestone.exchange.imports.row_filter import RowFilter, condition_from
from merestone.register import Register
from merestone.terms import FieldRefused, FileRefused, RecordKind

EVENTS = [
    ("E-1", "Accidente por MAP", "0.10", "2026-01-02"),
    ("E-2", "Incidente", "0.11", "2026-01-03"),
    ("E-3", "Accidente por MAP", "0.12", "2026-01-04"),
    ("E-4", "Educación", "0.13", "2026-01-05"),
    ("E-5", "Reunión", "0.14", "2026-01-06"),
]
KINDS = {"Accidente por MAP": "accident", "Incidente": "incident", "Educación": "risk_education", "Reunión": None}


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "r.gpkg", label="exercise data, synthetic", by="tester") as made:
        yield made


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["codigo", "TIPO_EVENTO", "latitude", "longitude", "FECHA"])
        writer.writerows([name, kind, lat, "0.2", day] for name, kind, lat, day in EVENTS)
    return path


def mapping(**more: Any) -> ColumnMapping:
    columns = {"codigo": "local_id", "FECHA": "happened_on", "TIPO_EVENTO": None}
    return ColumnMapping(columns, {}, "TIPO_EVENTO", {**KINDS, **more})


def options(**more: Any) -> dict[str, Any]:
    return {"source": "exercise", "by": "tester", "accuracy_m": 5.0, **more}


def test_patterns_are_expanded_and_a_name_that_exists_is_taken_as_it_stands(tmp_path: Path) -> None:
    names = ["b.csv", "a.csv", "a[1].csv", "sub/c.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    listed = [path.relative_to(tmp_path).as_posix() for path in expanded([tmp_path / "*.csv", tmp_path / "a.csv"])]
    assert listed == ["a.csv", "a[1].csv", "b.csv"]
    assert expanded([tmp_path / "a[1].csv"]) == [tmp_path / "a[1].csv"]
    assert [path.name for path in expanded([str(tmp_path / "**" / "*.csv")])].count("c.csv") == 1
    assert expanded([tmp_path / "none*.csv"]) == [tmp_path / "none*.csv"]


def test_one_bad_file_stops_no_other(register: Register, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("local_id,name\nA,One\n")
    (tmp_path / "2.csv").write_text('local_id,name\nB,"Two\nC,Three\n')
    (tmp_path / "3.csv").write_text("local_id,name\nD,Four\n")
    results = import_files(register, [tmp_path / "*.csv", tmp_path / "4.csv"], kind="organisation", **options())
    assert [result.path.name for result in results] == ["1.csv", "2.csv", "3.csv", "4.csv"]
    assert [isinstance(result.error, FileRefused) for result in results] == [False, True, False, True]
    assert {sheet.attributes["local_id"] for sheet in register.sheets("organisation")} == {"A", "D"}


def test_a_register_that_cannot_be_written_is_no_fault_of_a_file(register: Register, tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("local_id,name\nA,One\n")
    with (
        Register.open(register.path, read_only=True) as closed,
        pytest.raises(FileRefused, match="opened for reading only"),
    ):
        import_files(closed, [tmp_path / "1.csv"], kind="organisation", **options())


def code_of(words: list[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


def test_the_command_prints_one_table_and_its_exit_code_says_that_a_file_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        Path(f"o{number}.csv").write_text(f"local_id,name\nA{number},One\nB{number},\n")
    Path("o1.csv").write_text("weather\nrain\n")
    assert code_of(["init", "r.gpkg"]) == 0
    words = ["import", "r.gpkg", "o*.csv", "--as", "organisation", "--source", "exercise", "--report-csv", "rows.csv"]
    assert code_of([*words, "--json"]) == 3
    told = json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))
    assert [file["error"] is None for file in told["files"]] == [True, False, True]
    assert [row[:4] for row in csv.reader(Path("rows.csv").read_text().splitlines())] == [
        ["file", "kind", "row", "outcome"],
        ["o0.csv", "organisation", "1", "accepted"], ["o0.csv", "organisation", "2", "quarantined"],
        ["o2.csv", "organisation", "1", "accepted"], ["o2.csv", "organisation", "2", "quarantined"],
    ]  # fmt: skip
    assert code_of(words[:-2]) == 3
    shown = " ".join(capsys.readouterr().out.split())
    assert "o0.csv organisation 0 0 0 0 already imported" in shown
    assert "3 files, 1 refused; 0 rows" in shown
    assert "o1.csv: o1.csv: line 1 names no field of organisation (it names weather)" in shown
    assert code_of(["import", "r.gpkg", "o0.csv", "--as", "organisation", "--source", "exercise"]) == 0
    assert (
        code_of(["import", "r.gpkg", "o*.csv", "--as", "organisation", "--source", "e", "--report-csv", "o1.csv"]) == 3
    )
    assert Path("o1.csv").read_text().startswith("weather"), "a file that a pattern names is an input"


texts = st.sampled_from(["", "Mine", "mine ", "MINE", "5", "5.0", "UXO", "a b", "it's", "x,y", "(z)"])


@settings(max_examples=200, deadline=None)
@given(
    cells=st.lists(texts, min_size=1, max_size=8),
    asked=st.lists(texts.filter(bool), min_size=1, max_size=3),
    form=st.sampled_from(["=", "!=", "in", "not in"]),
)
def test_a_condition_means_what_sql_means(cells: list[str], asked: list[str], form: str) -> None:
    """SQLite is the oracle; an empty cell is NULL there, and `!=` keeps it here, since nobody knows what it holds."""

    def plain(text: str) -> str:
        return "5" if text.strip() in {"5", "5.0"} else text.strip().lower()

    if form in {"=", "!="}:
        asked = asked[:1]
        condition = condition_from(f"KIND {form} {asked[0]!r}" if "'" not in asked[0] else f'KIND {form} "{asked[0]}"')
    else:
        quoted = ", ".join(f'"{one}"' for one in asked)
        condition = condition_from(f'"KIND" {form} ({quoted})')
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE t (n INTEGER, kind TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?)", [(n, plain(c) or None) for n, c in enumerate(cells)])
        marks = ", ".join("?" for _ in asked)
        negated = form in {"!=", "not in"}
        where = f"kind NOT IN ({marks}) OR kind IS NULL" if negated else f"kind IN ({marks})"
        expected = {n for (n,) in db.execute(f"SELECT n FROM t WHERE {where}", [plain(one) for one in asked])}
    db.close()
    assert {n for n, text in enumerate(cells) if condition.holds(text)} == expected


def as_format(rows: list[tuple[str, str]], path: Path) -> Path:
    if path.suffix == ".geojson":
        features = [
            {
                "type": "Feature",
                "properties": {"KIND": kind},
                "geometry": {"type": "Point", "coordinates": [0.1, n / 9]},
            }
            for n, (_, kind) in enumerate(rows)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(["lat", "lon", "KIND"])
        for n, (_, kind) in enumerate(rows):
            book.active.append([n / 9, 0.1, kind])
        book.save(path)
    else:
        path.write_text("lat,lon,KIND\n" + "".join(f"{n / 9},0.1,{kind}\n" for n, (_, kind) in enumerate(rows)))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson"])
def test_where_reads_a_part_of_the_rows_of_every_format_and_counts_the_rest(
    register: Register, tmp_path: Path, suffix: str
) -> None:
    path = as_format([("a", "mine"), ("b", "UXO"), ("c", "Mine"), ("d", "")], tmp_path / f"e{suffix}")
    where = RowFilter.of(["kind=MINE"])
    report = import_file(register, path, kind=RecordKind.ACCIDENT, where=where, **options())
    assert [row.row for row in report.rows] == [1, 3]
    assert "2 rows were left out by --where kind=MINE; 2 were read" in report.notes
    assert "1 row has nothing in kind, by which --where asks" in report.notes
    with pytest.raises(FieldRefused, match=r"no row has a column KINDS.*KIND"):
        import_file(register, path, kind=RecordKind.ACCIDENT, where=RowFilter.of(["KINDS=a"]), **options(again=True))
    assert len(register.as_of().records) == 2


@pytest.mark.parametrize("text", ["", "KIND", "KIND in ()", "= 5", "KIND ~ 5"])
def test_what_is_no_condition_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(FieldRefused, match="COLUMN=VALUE"):
        condition_from(text)


def test_rows_of_one_file_go_to_their_kinds_and_add_up(register: Register, events: Path) -> None:
    [result] = import_files(register, [events], mapping=mapping(), **options())
    assert result.error is not None, "a session of risk education needs an organisation and a day"
    assert "no column gives held_on, organisation" in str(result.error)
    assert [(report.kind, report.account.total) for report in result.reports] == [("accident", 2), ("incident", 1)]
    assert result.notes == ("1 row was left out: TIPO_EVENTO = Reunión has no kind in the mapping",)
    found = {(record.kind.value, record.attributes["local_id"], record.row) for record in register.as_of().records}
    assert found == {("accident", "E-1", 1), ("incident", "E-2", 2), ("accident", "E-3", 3)}
    assert {record.attributes["happened_on"] for record in register.as_of().records} == {
        "2026-01-02", "2026-01-03", "2026-01-04",
    }  # fmt: skip
    assert [one.kinds for one in register.imports()] == [("accident",), ("incident",)]
    [again] = import_files(register, [events], mapping=mapping(), **options())
    assert all(report.already is not None for report in again.reports)


def test_a_value_without_a_kind_refuses_the_file_before_anything_is_recorded(register: Register, events: Path) -> None:
    few = ColumnMapping({}, {}, "TIPO_EVENTO", {"Incidente": "incident"})
    [result] = import_files(register, [events], mapping=few, **options())
    assert "Accidente por MAP (2 rows), Educación (1 row), Reunión (1 row)" in str(result.error)
    assert not register.as_of().records
    [result] = import_files(register, [events], mapping=mapping(), where=["TIPO_EVENTO=Incidente"], **options())
    assert [report.account.total for report in result.reports] == [1]


def test_the_kind_of_a_mapping_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("kind: {column: T, values: {A: accident, B: risk_education, C: null}}\ncolumns: {x: delivery}\n")
    read = read_mapping(path, None)
    assert read.kinds == ("accident", "risk_education")
    assert dict(read.for_kind("accident").columns) == {}
    assert dict(read.for_kind("risk_education").columns) == {"x": "delivery"}
    with pytest.raises(FieldRefused, match="contradicts"):
        read_mapping(path, "accident")
    path.write_text("kind: {column: T, values: {A: acident}}\n")
    with pytest.raises(FieldRefused, match="use one of accident"):
        read_mapping(path, None)
    path.write_text("kind: {column: T, values: {A: accident}}\ncolumns: {x: delivery}\n")
    with pytest.raises(FieldRefused, match="is not a field of accident or incident"):
        read_mapping(path, None)
    path.write_text("kind: accident\n")
    with pytest.raises(FileRefused, match=r"write kind: \{column"):
        read_mapping(path, None)
    path.write_text("columns: {}\n")
    with pytest.raises(FieldRefused, match="--as KIND"):
        read_mapping(path, None)


def test_a_row_in_another_country_is_told_with_its_place_and_taken(register: Register, tmp_path: Path) -> None:
    """2026-11-28, a reviewer: one Colombian event at longitude +74, in India, was accepted without a word."""
    places = [(-74.0 - n / 50, 4.5 + n / 40) for n in range(30)] + [(74.03, 4.6)]
    lines = [f"E-{n},{lat},{lon}" for n, (lon, lat) in enumerate(places)]
    (tmp_path / "co.csv").write_text("\n".join(["local_id,lat,lon", *lines]))
    report = import_file(register, tmp_path / "co.csv", kind=RecordKind.INCIDENT, **options())
    assert report.account.accepted == 31
    [note] = [note for note in report.notes if "lies" in note]
    assert note.startswith("row 31 lies 16,")
    assert "74.0300, 4.6000" in note
