"""List scheduling: the longest tasks first, each to the team that ends it first, carried out within their months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
from numpy.typing import NDArray

from merestone.release.plan_model import LAST_MONTH, Assignment, Months, NoPlan, Task, Team


@dataclass(frozen=True, slots=True)
class ListSchedule:
    """An assignment as it is carried out."""

    team_of: NDArray[np.int64]
    order: tuple[tuple[int, ...], ...]
    assignments: tuple[Assignment, ...]
    working_days: int
    """The makespan: working days until the last task is done; the largest integer where it does not end in time."""


def working_days_of(teams: Sequence[Team], tasks: Sequence[Task]) -> NDArray[np.int64]:
    """Whole working days of each task for each team at mean productivity, shape (tasks, teams); 0 where it cannot."""
    return np.array(
        [
            [
                ceil(task.size_m2 / team.productivity.mean_m2)
                if task.skill in team.skills and set(team.months) & set(task.months)
                else 0
                for team in teams
            ]
            for task in tasks
        ],
        dtype=np.int64,
    ).reshape(len(tasks), len(teams))


def longest_first(teams: Sequence[Team], tasks: Sequence[Task], days: NDArray[np.int64]) -> NDArray[np.int64]:
    """A first plan: the longest tasks first, each to the team that would finish it first."""
    share = np.array([[len(set(team.months) & set(task.months)) / 12 for team in teams] for task in tasks])
    load = np.zeros(len(teams))
    team_of = np.zeros(len(tasks), np.int64)
    longest = np.where(days > 0, days, np.iinfo(np.int64).max).min(axis=1)
    for task in np.argsort(-longest, kind="stable"):
        able = np.flatnonzero(days[task])
        year = load[able] + days[task, able] / share[task, able]
        team_of[task] = able[np.argmin(year)]
        load[team_of[task]] = year.min()
    return team_of


def horizon(
    teams: Sequence[Team], tasks: Sequence[Task], days: NDArray[np.int64], team_of: NDArray[np.int64], starts_on: date
) -> Months:
    """Enough months for the first plan."""
    count = 24
    while count <= LAST_MONTH:
        months = Months.of(starts_on, count)
        if all(
            best_order(team, np.flatnonzero(team_of == number), tasks, days[:, number], months) is not None
            for number, team in enumerate(teams)
        ):
            return months
        count *= 2
    raise NoPlan(f"the work does not end within {LAST_MONTH // 12} years; check sizes, productivity and months")


def best_order(
    team: Team,
    mine: NDArray[np.int64],
    tasks: Sequence[Task],
    days: NDArray[np.int64],
    months: Months,
) -> tuple[tuple[int, ...], NDArray[np.int64], NDArray[np.int64]] | None:
    """A team's tasks, by number, in the order they are taken up, with first and last working day; None if too long.

    Two orders are tried, by priority and by how seldom a task can be reached; the shorter is kept, priority if equal.
    """
    by_priority = sorted(mine, key=lambda task: (-tasks[task].priority, tasks[task].area_id))
    seldom_first = sorted(by_priority, key=lambda task: len(set(tasks[task].months) & set(team.months)))
    schedules = [
        (tuple(int(task) for task in order), *spans)
        for order in (by_priority, seldom_first)
        if (spans := _spans(team, order, tasks, days, months)) is not None
    ]
    return min(schedules, key=lambda schedule: int(schedule[2].max(initial=-1))) if schedules else None


def _spans(
    team: Team, order: Sequence[int], tasks: Sequence[Task], days: NDArray[np.int64], months: Months
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """First and last working day of each task of an order."""
    left = days[list(order)].copy()
    begun, ended = np.full(len(left), -1, np.int64), np.full(len(left), -1, np.int64)
    reach = np.array([months.open(tasks[task].months) for task in order]).reshape(len(order), len(months.of_year))
    works = months.open(team.months)
    for month in np.flatnonzero(works):
        if not left.any():
            break
        day, end = int(months.first[month]), int(months.first[month + 1])
        for place in np.flatnonzero(reach[:, month] & (left > 0)):
            if day >= end:
                break
            done = min(int(left[place]), end - day)
            begun[place] = day if begun[place] < 0 else begun[place]
            day += done
            left[place] -= done
            ended[place] = day - 1
    return None if left.any() else (begun, ended)


def list_schedule(
    teams: Sequence[Team], tasks: Sequence[Task], days: NDArray[np.int64], team_of: NDArray[np.int64], months: Months
) -> ListSchedule:
    """Carry an assignment out: each team's tasks in its best order, month by month."""
    orders, assignments, last = [], [], -1
    for number, team in enumerate(teams):
        schedule = best_order(team, np.flatnonzero(team_of == number), tasks, days[:, number], months)
        if schedule is None:
            return ListSchedule(team_of, (), (), np.iinfo(np.int64).max)
        order, begun, ended = schedule
        orders.append(order)
        for place, task in enumerate(order):
            first, final = int(begun[place]), int(ended[place])
            last = max(last, final)
            assignments.append(
                Assignment(
                    tasks[task].area_id,
                    team.name,
                    place + 1,
                    int(days[task, number]),
                    months.day(first),
                    months.day(final),
                )
            )
    return ListSchedule(team_of, tuple(orders), tuple(assignments), last + 1)
