"""What the command line prints is what a Python program gets from the same function, and results cannot be changed."""

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner

import merestone.use_cases as use_cases
from merestone.cli.main import merestone
from merestone.cli.plan import EXAMPLE
from merestone.register import PUBLIC, Register
from merestone.release import Share
from merestone.terms import FieldRefused
from merestone.use_cases import (
    ClearanceDuty,
    FinishGoal,
    NoClearanceDay,
    area_burden,
    clearance_due_on,
    drafted_report,
    land_balance,
    planned_work,
    read_burden_figures,
    read_plan_content,
    region_of,
    written_briefing,
)

FIGURES = ["m2_per_team_day=150:250:400", "teams=4", "people_per_team=10", "days_per_year=180"]


def printed(*words: str | Path) -> dict[str, object]:
    result = CliRunner().invoke(merestone, [*map(str, words), "--json"], standalone_mode=False)
    assert result.exception is None, result.output
    content: dict[str, object] = json.loads(result.stdout)
    return content


def test_a_balance_is_that_of_the_command(exercise: Path) -> None:
    with Register.open(exercise, read_only=True) as register:
        land = land_balance(register, groups=["kind"], since=date(2026, 6, 1))
    assert land.as_json() == printed("balance", exercise, "--by", "kind", "--since", "2026-06-01")
    changes = {name: land.change_m2(name) for name in use_cases.LAND_STATUSES}
    assert land.earlier is not None
    assert changes["open"] == land.whole.open_m2 - land.earlier.open_m2


def test_ground_that_two_parts_of_an_area_cover_counts(tmp_path: Path) -> None:
    """2026-11-29: GEOS mends by leaving out what two parts both cover, and a burden was of 6/7 of the ground."""
    overlap, whole = tmp_path / "overlap.geojson", tmp_path / "whole.geojson"
    squares = [shapely.box(17.10, 44.90, 17.12, 44.92), shapely.box(17.11, 44.91, 17.13, 44.93)]
    for path, area in ((overlap, shapely.MultiPolygon(squares)), (whole, shapely.union_all(squares))):
        path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(area)}))
    assert region_of(overlap).symmetric_difference(region_of(whole)).area < 1e-15
    figures = read_burden_figures(None, FIGURES, source="own")
    answers = [area_burden(path, figures, starts_on=date(2027, 1, 4), draws=2) for path in (overlap, whole)]
    assert answers[0].burden.area_m2 == pytest.approx(answers[1].burden.area_m2, rel=1e-9)


def test_a_balance_takes_the_precedence_that_it_is_given(exercise: Path) -> None:
    order = (Share.OPEN, Share.CLEARED, Share.REDUCED, Share.CANCELLED)
    with Register.open(exercise, read_only=True) as register:
        assert land_balance(register, precedence=order).precedence == order


def test_a_burden_is_that_of_the_command(exercise: Path) -> None:
    figures = read_burden_figures(None, FIGURES, source="own")
    answer = area_burden(exercise, figures, starts_on=date(2027, 1, 4), due=ClearanceDuty("BIH"), draws=200)
    words = [word for figure in FIGURES for word in ("--set", figure)]
    more = ["--source", "own", "--starts", "2027-01-04", "--state", "BIH", "--draws", "200"]
    assert answer.as_json() == printed("burden", exercise, *words, *more)
    assert answer.burden.due_on == clearance_due_on(ClearanceDuty("BIH"), date(2027, 1, 4))


def test_a_duty_without_a_day_is_said_and_not_guessed(exercise: Path) -> None:
    figures = read_burden_figures(None, FIGURES, source="own")
    answer = area_burden(exercise, figures, starts_on=date(2027, 1, 4), due=ClearanceDuty("RUS"), draws=2)
    assert answer.burden.due_on is None
    assert "no dated duty of RUS" in str(answer.due_unknown_because)
    with pytest.raises(NoClearanceDay, match="no dated duty of RUS to clear under apmbc is known"):
        clearance_due_on(ClearanceDuty("RUS"), date(2027, 1, 4))


def test_a_plan_is_that_of_the_command(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(EXAMPLE)
    answer = planned_work(
        read_plan_content(path), goal=FinishGoal(date(2027, 10, 1)), plans=50, seed=1, seconds=1.0
    ).as_json()
    more = ["--finish-by", "2027-10-01", "--plans", "50", "--seconds", "1"]
    command = printed("plan", path, *more)
    for content in (answer, command):  # the search for a shorter plan ends by the clock; its bound and forecast do not
        assert content["label"] == "SYNTHETIC EXAMPLE, no figure is real"
    assert answer["to_finish_by"].keys() == command["to_finish_by"].keys()  # type: ignore[attr-defined]
    assert answer["productivity_sources"] == command["productivity_sources"]


def test_a_report_says_who_may_read_it(exercise: Path) -> None:
    with Register.open(exercise, read_only=True) as register:
        exact = drafted_report(register, "reconciliation", "2026")
        public = drafted_report(register, "reconciliation", "2026", viewer=PUBLIC)
        with pytest.raises(FieldRefused, match="report"):
            drafted_report(register, "no such report", "2026")
    assert exact.written(".html").startswith(b"<!doctype html>")
    assert exact.material.viewer != public.material.viewer
    with pytest.raises(FieldRefused, match=r"use \.xlsx, \.pdf, \.html"):
        exact.written(".docx")


def test_a_briefing_is_of_the_registers_day_where_the_clock_was_reset(exercise: Path) -> None:
    briefing = written_briefing(today=date(2000, 1, 1), register_path=exercise)
    assert briefing.snapshot is not None
    assert briefing.on == briefing.snapshot.true_on > date(2026, 1, 1)


@pytest.mark.parametrize("name", [name for name in use_cases.__all__ if name[0].isupper() and not name.isupper()])
def test_results_are_frozen(name: str) -> None:
    kind = getattr(use_cases, name)
    if dataclasses.is_dataclass(kind):
        assert kind.__dict__["__dataclass_params__"].frozen, name
    else:
        assert issubclass(kind, (tuple, Exception)), name
