"""A work plan for areas of a file or a register, with its proof, its forecast and the day by which law has it done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from merestone.release import Forecast, WorkPlan, capacity_needed, forecast, read_plan, work_plan
from merestone.terms import FieldRefused, FileRefused
from merestone.use_cases.clearance_due import ClearanceDuty, clearance_due_on
from merestone.use_cases.open_areas import open_areas


class FinishGoal(NamedTuple):
    """A day by which all should be done, and in which share of the drawn plans."""

    by: date
    confidence: float = 0.9


class PlanContent(NamedTuple):
    """Teams and areas as a plan file gives them, and what is to be said of those from a register."""

    content: Mapping[str, Any]
    origin: str
    area_notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlannedWork:
    """A plan with its forecast."""

    plan: WorkPlan
    forecast: Forecast
    label: str
    area_notes: tuple[str, ...]
    goal: FinishGoal | None = None
    productivity_times: float | None = None
    """With a goal: how many times the stated productivity all teams together would need."""

    def cost(self, percentile: float) -> float:
        """The cost that so many per cent of the drawn plans do not exceed, in the user's currency."""
        return float(np.percentile(self.forecast.cost, percentile))

    def person_days(self, percentile: float) -> float:
        """The person-days that so many per cent of the drawn plans do not exceed."""
        return float(np.percentile(self.forecast.person_days, percentile))

    def as_json(self) -> dict[str, Any]:
        """The plan, its lower bound (``at_least_days``), its forecast and the sources of its productivity."""
        plan, drawn = self.plan, self.forecast
        content: dict[str, Any] = {
            "label": self.label,
            "starts_on": plan.starts_on.isoformat(),
            "ends_on": plan.ends_on.isoformat(),
            "working_days": plan.working_days,
            "at_least_days": plan.at_least_days,
            "gap": plan.gap,
            "assignments": [
                {
                    "area": assignment.area_id,
                    "team": assignment.team,
                    "order": assignment.order,
                    "working_days": assignment.working_days,
                    "starts_on": assignment.starts_on.isoformat(),
                    "ends_on": assignment.ends_on.isoformat(),
                }
                for assignment in plan.assignments
            ],
            "forecast": {
                "plans": len(drawn.days),
                "seed": drawn.seed,
                **{f"p{share}_on": drawn.ends_on(share).isoformat() for share in (10, 50, 90)},
                "due_on": drawn.due_on and drawn.due_on.isoformat(),
                "on_time": drawn.on_time,
                **{f"cost_p{share}": self.cost(share) for share in (10, 50, 90)},
                **{f"person_days_p{share}": self.person_days(share) for share in (10, 50, 90)},
            },
            "productivity_sources": {team.name: team.productivity.source for team in plan.teams},
            "areas_from": list(self.area_notes),
        }
        if self.goal is not None:
            content["to_finish_by"] = {
                "day": self.goal.by.isoformat(),
                "confidence": self.goal.confidence,
                "productivity_times": self.productivity_times,
            }
        return content


def read_plan_content(path: Path, *, register_path: Path | None = None, skill: str | None = None) -> PlanContent:
    """Teams and areas of a plan file (YAML); with a register also its suspected and confirmed areas.

    Parameters
    ----------
    skill
        What the register's areas need. None: the one skill that all teams have in common.

    Raises
    ------
    FileRefused
        The file cannot be read as a plan, or the register holds no open area.
    FieldRefused
        The skill is not given, and the teams share none or several.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileRefused(path, f"cannot be read ({error})", "see `merestone plan - --example`") from error
    if not isinstance(content, dict):
        raise FileRefused(path, "does not hold a plan", "see `merestone plan - --example`")
    if register_path is None:
        return PlanContent(content, str(path))
    with_areas, notes = _with_open_areas(content, register_path, skill)
    return PlanContent(with_areas, str(path), notes)


def planned_work(
    read: PlanContent,
    *,
    due: date | ClearanceDuty | None = None,
    goal: FinishGoal | None = None,
    plans: int = 10_000,
    seed: int = 1,
    seconds: float = 55.0,
) -> PlannedWork:
    """Share areas out to teams, prove how short the plan is at best, and forecast when it is done.

    Parameters
    ----------
    due
        The day by which it has to be done, or the duty to clear that sets it.
    plans, seed
        Plans drawn for the forecast; the same seed gives the same forecast.
    seconds
        Time for the search for a shorter plan, seconds.

    Raises
    ------
    NoPlan
        An area that no team can take, or that cannot be reached when one works.
    NoClearanceDay
        The duty has no day.
    """
    starts_on, teams, tasks, label = read_plan(read.content, origin=read.origin)
    due_on = clearance_due_on(due, starts_on) if isinstance(due, ClearanceDuty) else due
    plan = work_plan(teams, tasks, starts_on, seconds=seconds)
    drawn = forecast(plan, due_on=due_on, plans=plans, seed=seed)
    needed = None if goal is None else capacity_needed(plan, goal.by, confidence=goal.confidence, seed=seed)
    return PlannedWork(
        plan=plan, forecast=drawn, label=label, area_notes=read.area_notes, goal=goal, productivity_times=needed
    )


def _with_open_areas(
    content: dict[str, Any], register_path: Path, skill: str | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    skills = [set(team.get("skills") or ()) for team in content.get("teams") or () if isinstance(team, dict)]
    shared = sorted(set.intersection(*skills)) if skills else []
    if skill is None and len(shared) != 1:
        common = ", ".join(shared) or "none"
        raise FieldRefused(
            "skill", None, f"is not given, and the teams have in common: {common}", "name the skill that the areas need"
        )
    open_land = open_areas(register_path)
    if not open_land.areas:
        raise FileRefused(register_path, "the register holds no open area with an outline", "import one first")
    chosen = skill or shared[0]
    areas = [{"name": area.name, "size_m2": area.size_m2, "skill": chosen} for area in open_land.areas]
    label = "; ".join(filter(None, (str(content.get("label") or ""), open_land.label)))
    return {**content, "areas": [*(content.get("areas") or ()), *areas], "label": label}, open_land.sentences
