"""When a work plan may be done: many plans are drawn from the productivities, and what they do is counted.

A team's productivity is drawn once for each of the plans and holds throughout it: what was estimated too high for one
area was so for the next. That widens the forecast, and is deliberate. The day on which it is due is an argument.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from merestone.release.plan_model import LAST_MONTH, Months, NoPlan
from merestone.release.work_plan import WorkPlan, worked
from merestone.terms import FieldRefused

PLANS: Final = 10_000


@dataclass(frozen=True)
class Forecast:
    """The plans that were drawn, and what they tell."""

    plan: WorkPlan
    due_on: date | None
    seed: int
    months: Months
    days: NDArray[np.int64]
    """Working days until the last area is done, in each plan, shape (plans,)."""
    cost: NDArray[np.float64]
    """Cost of each plan, in the programme's currency, shape (plans,)."""
    person_days: NDArray[np.float64]
    """Days of work of people, in each plan, shape (plans,)."""
    remaining_m2: NDArray[np.float64]
    """Area left at the beginning of each month, in 10, 50 and 90 % of plans at most, shape (3, months + 1), m2."""

    def ends_on(self, percentile: float) -> date:
        """The day by which so many per cent of the plans are done; rounded to the later day."""
        day_index = int(np.percentile(self.days, percentile, method="higher"))
        return self.months.day(max(day_index - 1, 0))

    @property
    def on_time(self) -> float | None:
        """Share of plans that are done by the due day; None if no day was given."""
        if self.due_on is None:
            return None
        allowed = np.busday_count(np.datetime64(self.plan.starts_on), np.datetime64(self.due_on) + 1)
        return float(np.mean(self.days <= allowed))


def forecast(
    plan: WorkPlan, *, due_on: date | None = None, plans: int = PLANS, seed: int = 1, capacity: float = 1.0
) -> Forecast:
    """Draw `plans` courses of a work plan.

    Parameters
    ----------
    capacity
        Productivity of every team is multiplied by this; 1.0 is as stated.
    seed
        The same seed gives the same plans.

    Raises
    ------
    FieldRefused
        No plans, or a capacity that is not above 0.
    NoPlan
        A course that does not end within a century.
    """
    if plans < 1:
        raise FieldRefused("plans", plans, "are too few", "draw at least one; 10,000 give steady percentiles")
    if not capacity > 0.0:
        raise FieldRefused("capacity", capacity, "is not above 0", "give 1 for the teams as they are")
    draw = np.random.default_rng(seed)
    sizes = np.array([task.size_m2 for task in plan.tasks])
    # A common stretch of months for all teams; it grows until every course has ended.
    rates = np.array([_drawn(plan, number, plans, draw) for number in range(len(plan.teams))]) * capacity
    count = 24
    while count <= LAST_MONTH:
        forecast = _run(plan, sizes, rates, Months.of(plan.starts_on, count))
        if forecast is not None:
            return replace(forecast, due_on=due_on, seed=seed)
        count *= 2
    raise NoPlan(f"some courses do not end within {LAST_MONTH // 12} years; check productivity and months")


def capacity_needed(plan: WorkPlan, by: date, *, confidence: float = 0.9, plans: int = 1_000, seed: int = 1) -> float:
    """By how much productivity must be multiplied so that `confidence` of the plans are done by a day.

    The answer is rounded up to 0.01; at most 1.0 means that the teams as stated will do. It says how much more work a
    day has to be done, not how: more people, more machines, more months.

    Raises
    ------
    NoPlan
        Not even a hundred times the productivity would do, such as when an area cannot be reached before.
    FieldRefused
        A confidence that is no share.
    """
    if not 0.0 < confidence < 1.0:
        raise FieldRefused("confidence", confidence, "is not a share", "give a number between 0 and 1, such as 0.9")

    def enough(hundredths: int) -> bool:
        share = forecast(plan, due_on=by, plans=plans, seed=seed, capacity=hundredths / 100).on_time
        return share is not None and share >= confidence

    low, high = 1, 100
    while not enough(high):
        low, high = high + 1, high * 4
        if high > 10_000:
            raise NoPlan(f"not even a hundred times the productivity would finish by {by}; look at what can be reached")
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low / 100


def _drawn(plan: WorkPlan, number: int, plans: int, draw: np.random.Generator) -> NDArray[np.float64]:
    rate = plan.teams[number].productivity
    if rate.low_m2 == rate.high_m2:
        return np.full(plans, rate.low_m2)
    return draw.triangular(rate.low_m2, rate.likely_m2, rate.high_m2, plans)


def _run(
    plan: WorkPlan,
    sizes: NDArray[np.float64],
    rates: NDArray[np.float64],
    months: Months,
) -> Forecast | None:
    """Work through the months; None if they do not suffice."""
    plans = rates.shape[1]
    last = np.zeros(plans)
    cost, person_days = np.zeros(plans), np.zeros(plans)
    left_m2 = np.full((len(months.first), plans), 0.0)
    for number, (team, order) in enumerate(zip(plan.teams, plan.order, strict=True)):
        if not order:
            continue
        tasks = np.array(order)
        # A day that an area is begun is a day: whole days, as the plan counts them, so that moving on is not free.
        remaining = np.ceil(sizes[tasks] / rates[number][:, None])
        cost += team.cost_per_day * remaining.sum(axis=1)
        person_days += team.people * remaining.sum(axis=1)
        reach = np.array([months.open(plan.tasks[task].months) for task in tasks])
        works = months.open(team.months)
        left_m2[0] += sizes[tasks].sum()
        ended = np.zeros(plans)
        for month in range(len(works)):
            chosen = np.flatnonzero(reach[:, month] & remaining.any(axis=0)) if works[month] else np.zeros(0, int)
            if len(chosen):
                first, end = months.first[month], months.first[month + 1]
                todo = remaining[:, chosen]
                done, _ = worked(todo, float(end - first))
                remaining[:, chosen] = todo - done
                spent = done.sum(axis=1)
                ended = np.where(spent > 0, first + spent, ended)
            left_m2[month + 1] += np.minimum(remaining * rates[number][:, None], sizes[tasks]).sum(axis=1)
            if not remaining.any():
                break
        if remaining.any():
            return None
        last = np.maximum(last, ended)
    return Forecast(
        plan,
        None,
        0,
        months,
        last.astype(np.int64),
        cost,
        person_days,
        np.percentile(left_m2, (10, 50, 90), axis=1),
    )
