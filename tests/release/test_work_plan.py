"""Plans against brute force, their proof, and forecasts against arithmetic."""

import json
from datetime import date
from itertools import product
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.cli.main import merestone
from merestone.release import NoPlan, Productivity, Task, Team, capacity_needed, forecast, work_plan
from merestone.terms import FieldRefused

STARTS_ON = date(2027, 1, 4)


def team(name: str, rate: float, spread: float = 0.0, *, months: tuple[int, ...] = tuple(range(1, 13))) -> Team:
    made_up = Productivity(rate * (1 - spread), rate, rate * (1 + spread), "made up for this test")
    return Team(name, frozenset({"manual"}), made_up, people=10, months=months, cost_per_day=100.0)


@given(
    st.lists(st.integers(1, 3_000), min_size=1, max_size=6),
    st.lists(st.integers(50, 300), min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=25)
def test_no_assignment_is_shorter_than_the_proof_and_the_plan_is_within_its_gap(
    sizes: list[int], rates: list[int]
) -> None:
    tasks = [Task(f"area {number}", size, "manual") for number, size in enumerate(sizes)]
    teams = [team(f"team {number}", rate) for number, rate in enumerate(rates)]
    plan = work_plan(teams, tasks, STARTS_ON, seconds=5, good_enough=0.0)
    shortest = min(
        max(
            sum(ceil(size / rates[number]) for size, one in zip(sizes, chosen, strict=True) if one == number)
            for number in range(len(rates))
        )
        for chosen in product(range(len(rates)), repeat=len(sizes))
    )
    assert plan.at_least_days <= shortest <= plan.working_days
    assert plan.working_days == shortest
    assert plan.gap == 0.0


def test_an_area_is_worked_only_in_months_in_which_it_can_be_reached_and_its_team_works() -> None:
    tasks = [Task("marsh", 2_000, "manual", months=(7, 8)), Task("field", 9_000, "manual", priority=5.0)]
    plan = work_plan([team("one", 100.0, months=(4, 5, 6, 7, 8, 9))], tasks, STARTS_ON)
    spans = {one.area_id: one for one in plan.assignments}
    assert spans["marsh"].starts_on >= date(2027, 7, 1)
    assert spans["marsh"].ends_on <= date(2027, 8, 31)
    assert spans["field"].starts_on == date(2027, 4, 1)
    assert plan.at_least_days <= plan.working_days


def test_every_area_is_in_the_plan_once_with_a_team_that_has_the_skill() -> None:
    dogs = Team("dogs", frozenset({"dog"}), Productivity(400, 500, 600, "made up"))
    tasks = [Task(f"a{n}", 1_000 + 37 * n, "dog" if n % 3 else "manual") for n in range(20)]
    plan = work_plan([team("m1", 100.0), team("m2", 80.0), dogs], tasks, STARTS_ON, seconds=5)
    assert sorted(one.area_id for one in plan.assignments) == sorted(task.area_id for task in tasks)
    skill = {task.area_id: task.skill for task in tasks}
    assert all((one.team == "dogs") == (skill[one.area_id] == "dog") for one in plan.assignments)


def test_an_area_that_no_team_can_take_is_named() -> None:
    with pytest.raises(NoPlan, match=r"area lake: no team has the skill 'diving'"):
        work_plan([team("one", 100.0)], [Task("lake", 10.0, "diving")], STARTS_ON)
    with pytest.raises(NoPlan, match="can be reached only when no able team works"):
        work_plan([team("one", 100.0, months=(1,))], [Task("marsh", 10.0, "manual", months=(8,))], STARTS_ON)


def test_a_productivity_without_a_source_is_refused() -> None:
    with pytest.raises(FieldRefused, match="say where the productivity comes from"):
        Productivity(1, 2, 3, " ")


def test_a_forecast_without_spread_is_the_plan() -> None:
    tasks = [Task("a", 1_000, "manual"), Task("b", 2_450, "manual"), Task("marsh", 700, "manual", months=(3,))]
    plan = work_plan([team("one", 100.0, months=(2, 3, 4, 5))], tasks, STARTS_ON)
    found = forecast(plan, plans=50)
    assert set(found.days) == {plan.working_days}
    assert found.ends_on(10) == found.ends_on(90) == plan.ends_on
    assert found.cost == pytest.approx(np.full(50, 100.0 * (10 + 25 + 7)))
    assert found.remaining_m2[:, 0] == pytest.approx([4_150.0] * 3)
    assert found.remaining_m2[:, -1] == pytest.approx([0.0] * 3)


def test_percentiles_of_one_area_are_those_of_the_triangular_distribution() -> None:
    """One area, one team: the days are size / rate, so that their quantiles follow from those of the rate."""
    plan = work_plan([team("one", 100.0, 0.5)], [Task("a", 100_000, "manual")], STARTS_ON)
    found = forecast(plan, plans=20_000, seed=7)
    for share in (0.1, 0.5, 0.9):
        rate = 50 + np.sqrt((1 - share) * 5_000) if 1 - share <= 0.5 else 150 - np.sqrt(share * 5_000)
        assert np.percentile(found.days, 100 * share) == pytest.approx(100_000 / rate, rel=0.015)


def test_burn_down_never_rises_and_the_same_seed_gives_the_same_forecast() -> None:
    tasks = [Task(f"a{n}", 3_000 + 100 * n, "manual") for n in range(15)]
    plan = work_plan([team("one", 100.0, 0.4), team("two", 70.0, 0.2)], tasks, STARTS_ON, seconds=5)
    found, again = forecast(plan, plans=500, seed=3), forecast(plan, plans=500, seed=3)
    assert (np.diff(found.remaining_m2, axis=1) <= 1e-6).all()
    assert (found.days == again.days).all()
    assert found.ends_on(10) <= found.ends_on(50) <= found.ends_on(90)


def test_what_it_takes_to_finish_by_a_day_is_enough_and_not_more() -> None:
    plan = work_plan([team("one", 100.0, 0.3)], [Task("a", 50_000, "manual")], STARTS_ON)
    by = forecast(plan, plans=1_000).ends_on(20)
    needed = capacity_needed(plan, by, confidence=0.9, plans=1_000)
    enough = forecast(plan, due_on=by, plans=1_000, capacity=needed).on_time
    less = forecast(plan, due_on=by, plans=1_000, capacity=needed - 0.01).on_time
    assert enough is not None
    assert less is not None
    assert less < 0.9 <= enough
    assert needed > 1.0


def test_a_plan_of_no_areas_is_done_at_once() -> None:
    plan = work_plan([team("one", 100.0)], [], STARTS_ON)
    assert plan.gap == 0.0
    assert plan.ends_on == STARTS_ON


def test_the_command_plans_its_own_example_and_draws_it(tmp_path: Path) -> None:
    example = CliRunner().invoke(merestone, ["plan", "-", "--example"])
    path, drawing = tmp_path / "plan.yaml", tmp_path / "burn_down.svg"
    path.write_text(example.output, encoding="utf-8")
    told = CliRunner().invoke(
        merestone, ["plan", str(path), "--state", "BIH", "--plans", "200", "--plot", str(drawing), "--json"]
    )
    assert told.exit_code == 0, told.output
    content = json.loads(told.output)
    assert content["label"].startswith("SYNTHETIC")
    assert content["forecast"]["due_on"] == "2027-03-01"
    assert content["forecast"]["p10_on"] <= content["forecast"]["p50_on"] <= content["forecast"]["p90_on"]
    assert "area left, km2" in drawing.read_text(encoding="utf-8")
