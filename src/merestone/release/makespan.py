"""The makespan of a work plan: a lower bound that no plan goes below, and a search for a shorter plan.

The bound is that of the linear relaxation (HiGHS), by bisection; the search is CP-SAT's, which may prove a better one.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csr_array

from merestone.release.plan_model import Months, Team


class MakespanProblem:
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

    def lower_bound_days(self, known: int) -> int:
        """The fewest working days in which even divided areas could be done: a bound for every plan."""
        low, high = 0, known
        while low < high:
            middle = (low + high) // 2
            if self._is_feasible(middle):
                high = middle
            else:
                low = middle + 1
        return low

    def _is_feasible(self, length: int) -> bool:
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
        relaxation = linprog(
            np.zeros(count),
            A_ub=below,
            b_ub=limits,
            A_eq=once,
            b_eq=np.ones(len(self.days)),
            bounds=(0, None),
            method="highs",
        )
        # 2 is proven infeasible; anything else does not count as a proof, and so cannot raise the bound.
        return bool(relaxation.status != 2)

    def improved(
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
