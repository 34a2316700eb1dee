"""Putting mistakes right from the command line: what a person types, sees and can rely on."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_register_commands import exit_code, run

SQUARE = "POLYGON ((17 45, 17.01 45, 17.01 45.01, 17 45.01, 17 45))"
READ = ["--as", "suspected", "--source", "survey"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(f'hazard_id,wkt\nH-1,"{SQUARE}"\nH-2,\n')
    (tmp_path / "metres.csv").write_text(
        'hazard_id,wkt\nH-1,"POLYGON ((500000 4983000, 500400 4983000, 500400 4983300, 500000 4983000))"\nH-2,\n'
    )
    assert run("init", "R.gpkg").exit_code == 0
    return tmp_path


def told(*words: str) -> Any:
    return json.loads(run(*words, "--json").output)


def test_a_forgotten_reference_system_is_given_later_and_the_row_no_longer_waits(folder: Path) -> None:
    """2026-11-28, a reviewer: "already imported (0 records, 1 in quarantine)", exit code 0, and no way on."""
    first = told("import", "R.gpkg", "metres.csv", *READ, "--accuracy-m", "5")
    assert (first["accepted"], first["quarantined"]) == (0, 2)
    again = told("import", "R.gpkg", "metres.csv", *READ, "--accuracy-m", "5", "--crs", "EPSG:32633")
    assert (again["accepted"], again["quarantined"], again["already_imported_at"]) == (1, 1, None)
    assert any("another reading (crs OGC:CRS84, now EPSG:32633)" in note for note in again["notes"])
    waiting = told("quarantine", "R.gpkg")
    assert [row["row"] for row in waiting] == [2], "one row without a place, and not once for each reading"
    decided = {row["settled_as"] for row in told("quarantine", "R.gpkg", "--all")}
    assert decided == {None, "taken_otherwise", "read_again"}
    same = told("import", "R.gpkg", "metres.csv", *READ, "--accuracy-m", "5", "--crs", "EPSG:32633")
    assert same["already_imported_at"] is not None


def test_another_accuracy_is_another_reading_and_nothing_is_doubled(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """2026-11-28, a reviewer: a wrong accuracy was ignored with exit code 0."""
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "500")
    assert exit_code("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5") == 3
    assert "accuracy_m 500.0, now 5.0" in capsys.readouterr().err
    assert len(told("list", "R.gpkg")) == 1
    undone = told("undo-import", "R.gpkg", "1", "--why", "wrong accuracy")
    assert (undone["withdrawn"], undone["rows_settled"]) == (1, 1)
    assert told("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")["accepted"] == 1
    assert [row["accuracy_m"] for row in told("list", "R.gpkg")] == [5.0]
    assert len(told("quarantine", "R.gpkg")) == 1
    assert told("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "7", "--again")["accepted"] == 1
    assert [one["undone_by"] is not None for one in told("imports", "R.gpkg")] == [True, False, False]
    assert run("verify", "R.gpkg").exit_code == 0


def test_a_file_whose_records_were_all_withdrawn_can_come_again(folder: Path) -> None:
    """2026-11-28, a reviewer: "already imported (8,215 records)" although none of them held any more."""
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")
    [record] = told("list", "R.gpkg")
    run("withdraw", "R.gpkg", record["record_id"], "--why", "w", "--source", "s")
    assert told("list", "R.gpkg") == []
    assert told("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")["accepted"] == 1
    assert len(told("list", "R.gpkg")) == 1


def test_revise_changes_what_is_named_and_leaves_the_rest(folder: Path) -> None:
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5", "--true-on", "2024-07-31")
    [record] = told("list", "R.gpkg")
    record_id = record["record_id"]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [
        [[18.0, 44.0], [18.01, 44.0], [18.01, 44.01], [18.0, 44.0]]]}}  # fmt: skip
    Path("outline.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    before = told("show", "R.gpkg", record_id)
    run("revise", "R.gpkg", record_id, "--geometry", "outline.geojson", "--why", "measured again")
    run("revise", "R.gpkg", record_id, "--visibility", "public", "--set", "note=x", "--why", "agreed")
    after = told("show", "R.gpkg", record_id)
    assert after["geometry"]["coordinates"][0][0] == [18.0, 44.0]
    assert after["properties"]["visibility"] == "public"
    assert after["properties"]["attributes"]["note"] == "x"
    for name in ("accuracy_m", "source", "data_on", "true_from", "row"):
        assert after["properties"][name] == before["properties"][name], name
    assert exit_code("revise", "R.gpkg", record_id, "--why", "w") == 2
    assert exit_code("revise", "R.gpkg", record_id, "--wkt", "POLYGON ((1 2", "--why", "w") == 3
    assert exit_code("revise", "R.gpkg", record_id, "--unset", "nothing", "--why", "w") == 3
    assert exit_code("revise", "R.gpkg", record_id, "--accuracy-m", "9", "--seen-version", "1", "--why", "w") == 3
    assert run("verify", "R.gpkg").exit_code == 0


def test_settled_rows_leave_the_answers_and_stay_in_the_history(folder: Path) -> None:
    """2026-11-28, a reviewer: 3,202 rows without geometry were counted in every answer for ever."""
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")
    ask = ["screen", "R.gpkg", "--lon", "10", "--lat", "50", "--accuracy-m", "5"]
    assert "1 row" in run(*ask).output
    settle = ["settle", "R.gpkg", "--file", "a.csv", "--row", "2", "--why", "looked"]
    assert run(*settle, "--as", "without_place").exit_code == 0
    assert "may be hazards" not in run(*ask).output
    assert "looked" in run("quarantine", "R.gpkg", "--all").output
    assert exit_code(*settle, "--as", "no_record") == 3, "it was settled before"
    assert run(*settle, "--as", "reopened").exit_code == 0
    found = told(*settle, "--as", "taken_otherwise", "--wkt", SQUARE, "--accuracy-m", "50")
    assert told("show", "R.gpkg", found["record_id"])["properties"]["row"] == 2
    assert exit_code(*settle, "--as", "without_place", "--wkt", SQUARE) == 2


def test_rows_of_two_files_of_one_name_are_settled_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Row 2 of one survey.csv and row 2 of another are two rows: a decision on one says nothing of the other."""
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")
    Path("a.csv").write_text(Path("a.csv").read_text().replace("n2", "n5") + "\n")
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5", "--again")
    settle = ["settle", "R.gpkg", "--file", "a.csv", "--row", "2", "--why", "looked"]
    assert len(told("quarantine", "R.gpkg")) == 2
    assert exit_code(*settle, "--as", "without_place") == 3
    assert "imports 1, 2" in capsys.readouterr().err
    assert told(*settle, "--as", "without_place", "--import", "2")["settled"] == 1
    assert told(*settle, "--as", "without_place")["settled"] == 1, "only one waits now"
    assert exit_code(*settle, "--as", "reopened") == 3
    assert told(*settle, "--as", "reopened", "--import", "1")["settled"] == 1


def test_reopening_leaves_a_reading_that_was_undone(folder: Path) -> None:
    """Found by the random lives: the row of the undone import waited again beside the one that was meant."""
    settle = ["settle", "R.gpkg", "--file", "a.csv", "--row", "2", "--why", "looked"]
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")
    run("undo-import", "R.gpkg", "1", "--why", "the wrong file")
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")
    assert told(*settle, "--as", "without_place")["settled"] == 1
    assert told(*settle, "--as", "reopened")["settled"] == 1
    assert len(told("quarantine", "R.gpkg")) == 1


def test_a_mistaken_number_or_identity_is_told(folder: Path) -> None:
    assert exit_code("undo-import", "R.gpkg", "1", "--why", "w") == 3
    assert exit_code("withdraw", "R.gpkg", "AAAA-AAAA-AAAA", "--why", "w", "--source", "s") == 3
    assert exit_code("resolve", "R.gpkg", "AAAA-AAAA-AAAA", "--take", "1", "--why", "w") == 3
    assert exit_code("settle", "R.gpkg", "--file", "x", "--all-rows", "--as", "no_record", "--why", "w") == 3


def accuracies(*days: str) -> list[list[float]]:
    return [[row["accuracy_m"] for row in told("list", "R.gpkg", "--true-on", day)] for day in days]


def test_a_record_that_was_withdrawn_is_put_back_on_all_days(folder: Path) -> None:
    """2026-11-28, all commands at random: only the days of the last revision came back; before them nothing held."""
    run("import", "R.gpkg", "a.csv", *READ, "--accuracy-m", "5")
    [record] = told("list", "R.gpkg")
    record_id, days = record["record_id"], ("2019-01-01", "2021-01-01", "2025-01-01")
    run("revise", "R.gpkg", record_id, "--accuracy-m", "9", "--from", "2020-01-01", "--why", "measured")
    run("withdraw", "R.gpkg", record_id, "--from", "2024-01-01", "--why", "over", "--source", "s")
    before = accuracies(*days)
    assert before == [[5.0], [9.0], []]
    run("withdraw", "R.gpkg", record_id, "--why", "typed twice", "--source", "s")
    assert accuracies(*days) == [[], [], []]
    assert exit_code("revise", "R.gpkg", record_id, "--restore", "--seen-version", "1", "--why", "w") == 3
    run("revise", "R.gpkg", record_id, "--restore", "--why", "it was another one")
    assert accuracies(*days) == before
    run("revise", "R.gpkg", record_id, "--restore", "--accuracy-m", "7", "--why", "nor was it over")
    assert accuracies(*days) == [[5.0], [9.0], [7.0]]
    assert exit_code("revise", "R.gpkg", record_id, "--restore", "--why", "w") == 3, "nothing is withdrawn"
    assert run("verify", "R.gpkg").exit_code == 0


def test_an_undone_delivery_leaves_what_others_said_since(folder: Path) -> None:
    """2026-11-28, all commands at random: an undone delivery brought back a record that somebody withdrew since.

    And one that was only named as evidence since kept the outline of the delivery.
    """
    rows = [f'H-{at},"POLYGON (({17 + at} 45, {17 + at}.01 45, {17 + at}.01 45.01, {17 + at} 45))"' for at in (1, 2, 3)]
    Path("all.csv").write_text("\n".join(["hazard_id,wkt", *rows]))
    run("import", "R.gpkg", "all.csv", *READ, "--accuracy-m", "5")
    ids = {row["record_id"]: row for row in told("list", "R.gpkg")}
    update = ["--accuracy-m", "8", "--true-on", "2020-01-01", "--update-by", "hazard_id", "--yes"]
    run("import", "R.gpkg", "all.csv", *READ, *update)
    withdrawn, named, revised = ids
    run("withdraw", "R.gpkg", withdrawn, "--why", "w", "--source", "s")
    run(
        "add", "evidence", "R.gpkg", "--local-id", "E", "--finding", "scrap", "--hazardous-area", named, "--source", "s"
    )
    run("revise", "R.gpkg", revised, "--accuracy-m", "9", "--from", "2023-01-01", "--why", "w")
    assert exit_code("undo-import", "R.gpkg", "2", "--why", "w") == 3
    told("undo-import", "R.gpkg", "2", "--why", "w", "--force")
    now = {row["record_id"]: row["accuracy_m"] for row in told("list", "R.gpkg")}
    assert now == {named: 5.0, revised: 9.0}
    then = {row["record_id"]: row["accuracy_m"] for row in told("list", "R.gpkg", "--true-on", "2021-01-01")}
    assert then == {named: 5.0, revised: 5.0}
    assert run("verify", "R.gpkg").exit_code == 0
