"""A work plan: which team works on which area, in what order, and a proof of how far from the best plan it can be.

Teams have skills, months in which they work and a productivity that the user states as a distribution; areas have a
size, the skill they need, months in which they can be reached and a priority. A team works on one area at a time and
takes up another while the first cannot be reached; an area stays with its team. No productivity is shipped: each is the
user's, with where it comes from.

Planning is for survey and clearance. Time is counted in working days (Monday to Friday) from the first day of the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import ceil, isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csr_array

from merestone.terms import FieldRefused, MerestoneError

ALL_MONTHS: Final = tuple(range(1, 13))
LAST_MONTH: Final = 1200
"""A plan longer than a century is refused: its inputs are wrong."""


class NoPlan(MerestoneError):
    """There is no plan: an area that no team can take, or work without end."""


@dataclass(frozen=True, slots=True)
class Productivity:
    """What a team releases on one working day, m2: a triangular distribution, from whom the user says."""

    low_m2: float
    likely_m2: float
    high_m2: float
    source: str

    def __post_init__(self) -> None:
        """Refuse a distribution that is none.

        Raises
        ------
        FieldRefused
            Not 0 < low <= likely <= high, or no source.
        """
        if not (0.0 < self.low_m2 <= self.likely_m2 <= self.high_m2 and isfinite(self.high_m2)):
            given = (self.low_m2, self.likely_m2, self.high_m2)
            raise FieldRefused("m2_per_day", given, "is no distribution", "give 0 < low <= likely <= high, m2")
        if not self.source.strip():
            raise FieldRefused("source", self.source, "is empty", "say where the productivity comes from")

    @property
    def mean_m2(self) -> float:
        """The mean of the distribution, m2 a working day."""
        return (self.low_m2 + self.likely_m2 + self.high_m2) / 3.0


@dataclass(frozen=True, slots=True)
class Team:
    """Who works, at what, when, how fast and at what cost."""

    name: str
    skills: frozenset[str]
    productivity: Productivity
    people: int = 1
    months: tuple[int, ...] = ALL_MONTHS
    cost_per_day: float = 0.0
    """In the programme's currency, for each working day on an area."""


@dataclass(frozen=True, slots=True)
class Task:
    """An area to be surveyed or cleared."""

    area_id: str
    size_m2: float
    skill: str
    months: tuple[int, ...] = ALL_MONTHS
    """Months in which it can be reached."""
    priority: float = 0.0
    """Larger comes first, among the areas of one team; such as a net flow of `rank`."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One area in the plan."""

    area_id: str
    team: str
    order: int
    """Place in the team's order, 1 first."""
    working_days: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Months:
    """The months of a plan, as working days counted from its first day."""

    starts_on: date
    first: NDArray[np.int64]
    """Working-day number at which each month begins, shape (months + 1,)."""
    of_year: NDArray[np.int64]

    @staticmethod
    def of(starts_on: date, count: int) -> "Months":
        """`count` months from the day on; the first may be a part of one."""
        begin = np.datetime64(starts_on, "M") + np.arange(count + 1)
        days = begin.astype("datetime64[D]")
        days[0] = np.datetime64(starts_on, "D")
        first = np.busday_count(days[0], days).astype(np.int64)
        return Months(starts_on, first, (begin[:-1].astype(np.int64) % 12) + 1)

    def open(self, months: Sequence[int]) -> NDArray[np.bool_]:
        """Which months of the plan are in `months` of the year."""
        return np.isin(self.of_year, months)

    def day(self, working_day: int) -> date:
        """The calendar day of a working-day number."""
        start = np.datetime64(self.starts_on, "D")
        result: date = np.busday_offset(start, working_day, roll="forward").astype(object)
        return result


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
    """Working days from the first day until the last area is done, at mean productivity."""
    at_least_days: int
    """Proven: no plan of these teams and areas takes fewer working days."""

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
    days = _days(teams, tasks)
    if not tasks:
        return WorkPlan(starts_on, teams, tasks, (), tuple(() for _ in teams), (), 0, 0)
    rough = _rough(teams, tasks, days)
    months = _horizon(teams, tasks, days, rough, starts_on)
    groups, group_of = np.unique(np.array([months.open(task.months) for task in tasks]), axis=0, return_inverse=True)
    problem = _Problem(teams, days, months, groups, group_of.reshape(-1))
    best = _carried_out(teams, tasks, days, rough, months)
    at_least = problem.least_days(best.working_days)
    if at_least < best.working_days:
        team_of, proven = problem.solve(at_least, best.working_days, rough, (seconds, good_enough))
        at_least = max(at_least, proven)
        if team_of is not None:
            found = _carried_out(teams, tasks, days, team_of, months)
            best = min(found, best, key=lambda one: one.working_days)
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


@dataclass(frozen=True, slots=True)
class _Carried:
    team_of: NDArray[np.int64]
    order: tuple[tuple[int, ...], ...]
    assignments: tuple[Assignment, ...]
    working_days: int


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


def _days(teams: Sequence[Team], tasks: Sequence[Task]) -> NDArray[np.int64]:
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


def _rough(teams: Sequence[Team], tasks: Sequence[Task], days: NDArray[np.int64]) -> NDArray[np.int64]:
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


def _horizon(
    teams: Sequence[Team], tasks: Sequence[Task], days: NDArray[np.int64], team_of: NDArray[np.int64], starts_on: date
) -> Months:
    """Enough months for the first plan."""
    count = 24
    while count <= LAST_MONTH:
        months = Months.of(starts_on, count)
        if all(
            _finish(team, np.flatnonzero(team_of == number), tasks, days[:, number], months) is not None
            for number, team in enumerate(teams)
        ):
            return months
        count *= 2
    raise NoPlan(f"the work does not end within {LAST_MONTH // 12} years; check sizes, productivity and months")


def _finish(
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
    found = [
        (tuple(int(task) for task in order), *spans)
        for order in (by_priority, seldom_first)
        if (spans := _spans(team, order, tasks, days, months)) is not None
    ]
    return min(found, key=lambda one: int(one[2].max(initial=-1))) if found else None


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


def _carried_out(
    teams: Sequence[Team], tasks: Sequence[Task], days: NDArray[np.int64], team_of: NDArray[np.int64], months: Months
) -> _Carried:
    orders, assignments, last = [], [], -1
    for number, team in enumerate(teams):
        found = _finish(team, np.flatnonzero(team_of == number), tasks, days[:, number], months)
        if found is None:
            return _Carried(team_of, (), (), np.iinfo(np.int64).max)
        order, begun, ended = found
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
    return _Carried(team_of, tuple(orders), tuple(assignments), last + 1)


class _Problem:
    """Assign tasks to teams; tasks that can be reached in the same months are alike in all but their length."""

    def __init__(
        self,
        teams: Sequence[Team],
        days: NDArray[np.int64],
        months: Months,
        groups: NDArray[np.bool_],
        group_of: NDArray[np.int64],
    ) -> None:
        self.days, self.months, self.groups, self.group_of = days, months, groups, group_of
        self.works = np.array([months.open(team.months) for team in teams])
        self.can = [(int(task), int(team)) for task, team in zip(*np.nonzero(days), strict=True)]

    def least_days(self, known: int) -> int:
        """The fewest working days in which even divided areas could be done: a bound for every plan."""
        low, high = 0, known
        while low < high:
            middle = (low + high) // 2
            if self._could(middle):
                high = middle
            else:
                low = middle + 1
        return low

    def _could(self, length: int) -> bool:
        """Whether the linear relaxation has a solution of this length."""
        room = np.clip(length - self.months.first[:-1], 0, np.diff(self.months.first))
        used = np.flatnonzero(room)
        teams, groups = self.works.shape[0], len(self.groups)
        spans = [
            (team, group, int(month))
            for team in range(teams)
            for group in range(groups)
            for month in used
            if self.works[team, month] and self.groups[group, month]
        ]
        count = len(self.can) + len(spans)
        once: Any = csr_array(
            (np.ones(len(self.can)), ([task for task, _ in self.can], range(len(self.can)))),
            shape=(len(self.days), count),
        )
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for column, (task, team) in enumerate(self.can):
            rows.append(team * groups + int(self.group_of[task]))
            columns.append(column)
            values.append(float(self.days[task, team]))
        for number, (team, group, month) in enumerate(spans):
            column = len(self.can) + number
            rows += [team * groups + group, teams * groups + team * len(room) + month]
            columns += [column, column]
            values += [-1.0, 1.0]
        height = teams * groups + teams * len(room)
        limits = np.concatenate([np.zeros(teams * groups), np.tile(room, teams).astype(np.float64)])
        below: Any = csr_array((values, (rows, columns)), shape=(height, count))
        found = linprog(
            np.zeros(count),
            A_ub=below,
            b_ub=limits,
            A_eq=once,
            b_eq=np.ones(len(self.days)),
            bounds=(0, None),
            method="highs",
        )
        # 2 is proven infeasible; anything else does not count as a proof, and so cannot raise the bound.
        return bool(found.status != 2)

    def solve(
        self, at_least: int, known: int, hint: NDArray[np.int64], limits: tuple[float, float]
    ) -> tuple[NDArray[np.int64] | None, int]:
        """The best assignment that CP-SAT finds, None if none is found; and the bound that it proves."""
        model = cp_model.CpModel()
        length = model.new_int_var(at_least, known, "length")
        takes = {pair: model.new_bool_var("") for pair in self.can}
        for task in range(len(self.days)):
            model.add_exactly_one(takes[pair] for pair in self.can if pair[0] == task)
        for (task, team), variable in takes.items():
            model.add_hint(variable, int(hint[task] == team))
        room: dict[int, Any] = {}
        for month, (first, end) in enumerate(zip(self.months.first[:-1], self.months.first[1:], strict=True)):
            begins, ends = int(first), int(end)
            if begins >= known:
                break
            if ends <= at_least:
                room[month] = ends - begins
            else:
                room[month] = model.new_int_var(0, ends - begins, "")
                over = model.new_int_var(min(at_least - begins, 0), known - begins, "")
                model.add(over == length - begins)
                inside = model.new_int_var(0, known - begins if known > begins else 0, "")
                model.add_max_equality(inside, [over, 0])
                model.add_min_equality(room[month], [inside, ends - begins])
        for team, works in enumerate(self.works):
            spans: dict[tuple[int, int], Any] = {}
            for group, reach in enumerate(self.groups):
                members = [pair for pair in self.can if pair[1] == team and self.group_of[pair[0]] == group]
                if not members:
                    continue
                for month in room:
                    if works[month] and reach[month]:
                        most = int(self.months.first[month + 1] - self.months.first[month])
                        spans[group, month] = model.new_int_var(0, most, "")
                needed = sum(int(self.days[pair]) * takes[pair] for pair in members)
                model.add(needed <= sum(span for (owner, _), span in spans.items() if owner == group))
            for month, there in room.items():
                inside_month = [span for (_, when), span in spans.items() if when == month]
                if inside_month:
                    model.add(sum(inside_month) <= there)
        model.minimize(length)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds, solver.parameters.relative_gap_limit = limits
        solver.parameters.num_workers = 2
        solver.parameters.random_seed = 1
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None, at_least
        team_of = np.zeros(len(self.days), np.int64)
        for (task, team), variable in takes.items():
            if solver.value(variable):
                team_of[task] = team
        return team_of, max(at_least, ceil(solver.best_objective_bound - 1e-6))


def read_plan(content: Mapping[str, Any], *, origin: str) -> tuple[date, tuple[Team, ...], tuple[Task, ...], str]:
    """First day, teams, areas and label of a plan file, as YAML or JSON gives it.

    Raises
    ------
    FieldRefused
        Something is missing or cannot be read; the message names it with `origin`.
    """
    try:
        starts_on = content["starts_on"]
        starts_on = starts_on if isinstance(starts_on, date) else date.fromisoformat(str(starts_on))
        teams = tuple(_team(row) for row in content["teams"])
        tasks = tuple(_task(row) for row in content["areas"])
    except KeyError as error:
        raise FieldRefused(f"{origin}: {error.args[0]}", None, "is missing", "see the guide for the layout") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise FieldRefused(
            f"{origin}: plan", None, f"cannot be read ({error})", "see the guide for the layout"
        ) from error
    return starts_on, teams, tasks, str(content.get("label", ""))


def _team(row: Mapping[str, Any]) -> Team:
    rate = row["m2_per_day"]
    return Team(
        str(row["name"]),
        frozenset(str(skill) for skill in row["skills"]),
        Productivity(float(rate["low"]), float(rate["likely"]), float(rate["high"]), str(rate["source"])),
        int(row.get("people", 1)),
        tuple(int(month) for month in row.get("months", ALL_MONTHS)),
        float(row.get("cost_per_day", 0.0)),
    )


def _task(row: Mapping[str, Any]) -> Task:
    months = tuple(int(month) for month in row.get("months", ALL_MONTHS))
    return Task(str(row["name"]), float(row["size_m2"]), str(row["skill"]), months, float(row.get("priority", 0.0)))
