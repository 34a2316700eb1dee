"""A work plan: which team works on which area, in what order, and a proof of how far from the best plan it can be.

Teams have skills, months in which they work and a productivity that the user states as a distribution; areas have a
size, the skill they need, months in which they can be reached and a priority. A team works on one area at a time and
takes up another while the first cannot be reached; an area stays with its team. No productivity is shipped: each is the
user's, with where it comes from.

Planning is for survey and clearance. Time is counted in working days (Monday to Friday) from the first day of the plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from merestone.release.list_schedule import horizon, list_schedule, longest_first, working_days_of
from merestone.release.makespan import MakespanProblem
from merestone.release.plan_model import ALL_MONTHS, Assignment, NoPlan, Task, Team
from merestone.terms import FieldRefused


@dataclass(frozen=True)
class WorkPlan:
    """A plan with its proof."""

    starts_on: date
    teams: tuple[Team, ...]
    tasks: tuple[Task, ...]
    team_of: tuple[int, ...]
    """For each task, the number of its team."""
    order: tuple[tuple[int, ...], ...]
    """For each team, the numbers of its tasks as it takes them up."""
    assignments: tuple[Assignment, ...]
    working_days: int
    """The makespan: working days from the first day until the last area is done, at mean productivity."""
    at_least_days: int
    """The lower bound of the makespan, proven: no plan of these teams and areas takes fewer working days."""

    @property
    def gap(self) -> float:
        """How much of the plan's length could at most be saved, as a share; 0 means that none is shorter."""
        return (self.working_days - self.at_least_days) / self.working_days if self.working_days else 0.0

    @cached_property
    def ends_on(self) -> date:
        """The day on which the last area is done, at mean productivity."""
        return max((assignment.ends_on for assignment in self.assignments), default=self.starts_on)


def work_plan(
    teams: Sequence[Team], tasks: Sequence[Task], starts_on: date, *, seconds: float = 55.0, good_enough: float = 0.01
) -> WorkPlan:
    """Assign areas to teams so that all is done as early as possible, and prove how early that can be.

    The bound is that of the linear relaxation, or CP-SAT's where that is better. `seconds` limits CP-SAT's search
    for a shorter plan, which also ends once the gap is at most `good_enough`; neither touches the proof.

    Raises
    ------
    NoPlan
        An area that no team has the skill for, or that no able team can ever reach.
    FieldRefused
        A name given twice, a size that is not above 0, or a month outside 1 to 12.
    """
    teams, tasks = tuple(teams), tuple(tasks)
    _refuse_unusable(teams, tasks)
    days = working_days_of(teams, tasks)
    if not tasks:
        return WorkPlan(starts_on, teams, tasks, (), tuple(() for _ in teams), (), 0, 0)
    rough = longest_first(teams, tasks, days)
    months = horizon(teams, tasks, days, rough, starts_on)
    groups, group_of = np.unique(np.array([months.open(task.months) for task in tasks]), axis=0, return_inverse=True)
    problem = MakespanProblem(teams, days, months, groups, group_of.reshape(-1))
    best = list_schedule(teams, tasks, days, rough, months)
    at_least = problem.lower_bound_days(best.working_days)
    if at_least < best.working_days:
        team_of, proven = problem.improved(at_least, best.working_days, rough, (seconds, good_enough))
        at_least = max(at_least, proven)
        if team_of is not None:
            shorter = list_schedule(teams, tasks, days, team_of, months)
            best = min(shorter, best, key=lambda schedule: schedule.working_days)
    return WorkPlan(
        starts_on, teams, tasks, tuple(best.team_of), best.order, best.assignments, best.working_days, at_least
    )


def worked(
    remaining: NDArray[np.float64], capacity: NDArray[np.float64] | float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a month's capacity does of tasks taken up in order; and the days used when each is left.

    Parameters
    ----------
    remaining
        Working days left, shape (plans, tasks).
    capacity
        Working days there are, shape (plans,) or one number.
    """
    used = np.cumsum(remaining, axis=1)
    room = np.asarray(capacity, np.float64).reshape(-1, 1)
    done = np.clip(room - (used - remaining), 0.0, remaining)
    return done, used


def _refuse_unusable(teams: Sequence[Team], tasks: Sequence[Task]) -> None:
    for what, names in (("team", [t.name for t in teams]), ("area", [t.area_id for t in tasks])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FieldRefused(what, twice[0], "is named twice", "give each a name of its own")
    for task in tasks:
        if not (isfinite(task.size_m2) and task.size_m2 > 0.0):
            raise FieldRefused(f"size_m2 of {task.area_id}", task.size_m2, "is not above 0", "give its size in m2")
    for name, months in [(t.name, t.months) for t in teams] + [(t.area_id, t.months) for t in tasks]:
        if not months or not set(months) <= set(ALL_MONTHS):
            raise FieldRefused(f"months of {name}", months, "are not months of the year", "give numbers from 1 to 12")
    for task in tasks:
        able = [team for team in teams if task.skill in team.skills]
        if not able:
            raise NoPlan(f"area {task.area_id}: no team has the skill {task.skill!r}; add one, or take the area out")
        if not any(set(team.months) & set(task.months) for team in able):
            raise NoPlan(f"area {task.area_id}: can be reached only when no able team works; change one's months")
