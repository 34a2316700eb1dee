"""A plan and a burden read a register: the same areas as an export of it gives, and nothing left out in silence."""

import csv
import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result

from merestone.cli.main import merestone
from merestone.cli.plan import EXAMPLE
from merestone.geodesy import area_m2
from merestone.register import Register
from merestone.use_cases.open_areas import OPEN_KINDS, open_areas

FIGURES = ["--set", "m2_per_team_day=250", "--set", "teams=4", "--set", "people_per_team=10",
           "--set", "days_per_year=180", "--source", "own", "--draws", "200"]  # fmt: skip


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(merestone, [str(word) for word in words], standalone_mode=False)


def test_the_open_areas_are_those_of_the_register(exercise: Path) -> None:
    with Register.open(exercise, read_only=True) as register:
        records = [record for record in register.as_of().records if record.kind in OPEN_KINDS]
    held = open_areas(exercise)
    with_size = [record for record in records if record.geometry.area > 0]
    assert {area.record_id for area in held.areas} == {one.record_id for one in with_size}
    assert len(held.areas) + held.without_size == len(records)
    assert sum(area.size_m2 for area in held.areas) == pytest.approx(sum(area_m2(one.geometry) for one in with_size))
    assert len({area.name for area in held.areas}) == len(held.areas)
    assert any("without a size" in sentence for sentence in held.sentences)


def test_a_burden_takes_a_register_and_counts_overlapping_land_once(exercise: Path, tmp_path: Path) -> None:
    """2026-11-28, found as a planner: burden and plan took no register, only an export of it."""
    told = json.loads(run("burden", exercise, *FIGURES, "--json").output)
    union = shapely.union_all([shapely.make_valid(area.outline) for area in open_areas(exercise).areas])
    assert told["area_m2"] == pytest.approx(area_m2(union))
    assert told["label"] == "synthetic exercise data"
    assert any("not in this" in sentence for sentence in told["area_from"])
    assert run("burden", exercise, *FIGURES, "-o", tmp_path / "b.csv").exception is None
    with (tmp_path / "b.csv").open(newline="") as file:
        rows = {row["what"]: row for row in csv.DictReader(file)}
    assert float(rows["years"]["p50_or_likely"]) == pytest.approx(told["years"]["p50"])
    assert any(row["source"] == "own" for row in rows.values())


def test_a_plan_takes_the_areas_of_a_register_and_the_teams_of_its_file(exercise: Path, tmp_path: Path) -> None:
    teams = tmp_path / "teams.yaml"
    teams.write_text(EXAMPLE[: EXAMPLE.index("areas:")])
    quick = ["--seconds", "1", "--plans", "50", "--json"]
    result = run("plan", teams, "--register", exercise, *quick)
    told = json.loads(result.output)
    assert {assignment["area"] for assignment in told["assignments"]} == {
        area.name for area in open_areas(exercise).areas
    }
    assert "synthetic exercise data" in told["label"]
    teams.write_text(EXAMPLE)
    both = json.loads(run("plan", teams, "--register", exercise, *quick).output)
    assert len(both["assignments"]) == len(told["assignments"]) + 4
    assert "--skill goes with --register" in str(run("plan", teams, "--skill", "manual").exception)
    teams.write_text(EXAMPLE.replace("[machine, manual]", "[machine]"))
    assert "name the skill" in str(run("plan", teams, "--register", exercise).exception)


def test_a_register_without_areas_is_refused_with_words(tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    assert run("init", path).exception is None
    assert "holds no open area" in str(run("burden", path, *FIGURES).exception)
