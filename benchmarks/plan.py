"""How fast and how good a work plan is: 200 areas and 12 teams, and 10,000 drawn plans. Synthetic data.

Run: python benchmarks/plan.py

The promise is a proven gap under 5 % in 60 s, and 10,000 plans in 10 s. The peer of the plan is its own first, greedy
answer, which is what a spreadsheet does; the peer of the forecast is the same month loop one plan at a time (a sample).
"""

import time
from datetime import date

import numpy as np

from merestone.release import Productivity, Task, Team, forecast, work_plan

SEED, SAMPLE = 20261123, 50


def made_up() -> tuple[list[Team], list[Task]]:
    """Twelve teams with three skills and their seasons, and two hundred areas, some in reach for months only."""
    draw = np.random.default_rng(SEED)
    skills = ("manual", "machine", "dog")
    seasons = (tuple(range(3, 12)), tuple(range(4, 11)), tuple(range(1, 13)))
    teams = []
    for number in range(12):
        likely = float(draw.uniform(150, 700))
        rate = Productivity(0.5 * likely, likely, 1.6 * likely, "invented")
        own = frozenset({skills[number % 3], "manual"})
        teams.append(Team(f"team {number}", own, rate, 10, seasons[number % 3], 1_000.0))
    tasks = []
    for number in range(200):
        months = ((7, 8, 9), tuple(range(1, 13)), (5, 6, 7, 8, 9, 10))[int(draw.choice(3, p=[0.1, 0.7, 0.2]))]
        skill = skills[int(draw.choice(3, p=[0.6, 0.2, 0.2]))]
        tasks.append(Task(f"area {number}", float(draw.lognormal(10.0, 1.0)), skill, months, float(draw.random())))
    return teams, tasks


def main() -> None:
    """Measure and print."""
    teams, tasks = made_up()
    begun = time.perf_counter()
    plan = work_plan(teams, tasks, date(2027, 1, 4))
    took = time.perf_counter() - begun
    greedy = work_plan(teams, tasks, date(2027, 1, 4), seconds=0.001)
    print(
        f"plan: 200 areas, 12 teams, {took:.1f} s, {plan.working_days} days, gap {plan.gap:.2%} (promise 5 % in 60 s)"
    )
    print(f"  greedy: {greedy.working_days} days, {greedy.working_days / plan.working_days:.3f} times as long")
    begun = time.perf_counter()
    found = forecast(plan, plans=10_000)
    took = time.perf_counter() - begun
    print(f"forecast: 10,000 plans in {took:.1f} s (promise 10 s); P50 {found.ends_on(50)}, P90 {found.ends_on(90)}")
    begun = time.perf_counter()
    for seed in range(SAMPLE):
        forecast(plan, plans=1, seed=seed)
    single = (time.perf_counter() - begun) / SAMPLE * 10_000
    print(f"  one plan at a time: {single:.0f} s scaled up from {SAMPLE}, {single / took:.1f} times as long")


if __name__ == "__main__":
    main()
