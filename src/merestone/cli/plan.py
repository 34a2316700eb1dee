"""`merestone plan`: a work plan with its proof, and when it may be done."""

from datetime import date
from math import floor
from pathlib import Path

import click

from merestone.cli.argument import DAY, drawing_option, force_option, json_option
from merestone.cli.json_output import print_json
from merestone.terms import number_of
from merestone.use_cases import (
    CLEARANCE_ARTICLES,
    PERCENTILES,
    ClearanceDuty,
    FinishGoal,
    PlannedWork,
    planned_work,
    read_plan_content,
)

SHOWN = 20


@click.command("plan")
@click.argument("path", metavar="PLAN.yaml", type=click.Path(path_type=Path))
@click.option(
    "--register", "register_path", type=click.Path(path_type=Path),
    help="Also take the suspected and confirmed areas of this register; PLAN.yaml may then contain only teams.",
)  # fmt: skip
@click.option("--skill", help="With --register: the skill that its areas need, if the teams have several in common.")
@click.option("--due", type=DAY, metavar="DAY", help="The day by which it has to be done.")
@click.option("--state", metavar="CODE", help="Take the due date from this state's clearance obligations, such as BIH.")
@click.option(
    "--treaty",
    default="apmbc",
    show_default=True,
    type=click.Choice(list(CLEARANCE_ARTICLES)),
    help="The treaty whose duty counts, with --state.",
)
@click.option("--finish-by", type=DAY, metavar="DAY", help="Show what is needed to finish by this day.")
@click.option("--confidence", default=0.9, show_default=True, help="With --finish-by: the required probability.")
@click.option("--plans", default=10_000, show_default=True, help="Plans to draw for the forecast.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same forecast.")
@click.option("--seconds", default=55.0, show_default=True, help="Time for the search for a shorter plan.")
@drawing_option("--plot", "-o", "plot_path", help="Write the burn-down as a drawing, or month by month as a table:")
@force_option
@click.option("--example", is_flag=True, help="Print a synthetic PLAN.yaml and stop; PATH is not read.")
@json_option
def plan_command(
    path: Path,
    register_path: Path | None,
    skill: str | None,
    due: date | None,
    state: str | None,
    treaty: str,
    finish_by: date | None,
    confidence: float,
    plans: int,
    seed: int,
    seconds: float,
    plot_path: Path | None,
    force: bool,
    example: bool,
    as_json: bool,
) -> None:
    """Assign areas to teams for survey and clearance, with a bound on the plan's length and a forecast of its end.

    PLAN.yaml holds the teams with their productivity and its source, and the areas; there is no default productivity.
    With --register the areas are those of a register.

    \b
    Example:
      merestone plan - --example > plan.yaml
      merestone plan plan.yaml --due 2029-03-01 --finish-by 2027-10-01 --plot burn_down.svg
      merestone plan plan.yaml --state BIH
      merestone plan teams.yaml --register areas.gpkg --skill manual -o burn_down.png
    """  # noqa: D301 (click's own mark)
    if example:
        click.echo(EXAMPLE, nl=False)
        return
    if due is not None and state is not None:
        raise click.UsageError("give --due or --state, not both")
    if register_path is None and skill is not None:
        raise click.UsageError("--skill goes with --register")
    answer = planned_work(
        read_plan_content(path, register_path=register_path, skill=skill),
        due=due if state is None else ClearanceDuty(state, treaty),
        goal=None if finish_by is None else FinishGoal(finish_by, confidence),
        plans=plans,
        seed=seed,
        seconds=seconds,
    )
    if plot_path is not None:
        from merestone.documents import burn_down_drawing, write_drawing  # here: Matplotlib takes time to load

        write_drawing(plot_path, burn_down_drawing(answer.forecast, label=answer.label), overwrite=force)
    if as_json:
        print_json(answer.as_json())
    else:
        _print(answer)


def _print(answer: PlannedWork) -> None:
    plan, drawn = answer.plan, answer.forecast
    for sentence in answer.area_notes:
        click.echo(sentence)
    if answer.label:
        click.echo(answer.label)
    area_m2 = sum(task.size_m2 for task in plan.tasks)
    click.echo(
        f"{number_of(len(plan.tasks), 'area')}, {area_m2:,.0f} m2, {number_of(len(plan.teams), 'team')}, from "
        f"{plan.starts_on}"
    )
    click.echo(
        f"plan: done on {plan.ends_on} at mean productivity, {number_of(plan.working_days, 'working day')}; "
        f"no plan takes fewer than {plan.at_least_days} (gap {plan.gap:.1%})"
    )
    for assignment in plan.assignments[:SHOWN]:
        click.echo(
            f"  {assignment.team}, {assignment.order}: {assignment.area_id}, {assignment.starts_on} to "
            f"{assignment.ends_on}, {number_of(assignment.working_days, 'day')}"
        )
    if len(plan.assignments) > SHOWN:
        click.echo(f"  and {len(plan.assignments) - SHOWN} more; --json gives all")
    days = ", ".join(f"P{share} {drawn.ends_on(share)}" for share in PERCENTILES)
    click.echo(f"forecast from {number_of(len(drawn.days), 'drawn plan')}: {days}")
    costs = ", ".join(f"P{share} {answer.cost(share):,.0f}" for share in PERCENTILES)
    people = ", ".join(f"P{share} {answer.person_days(share):,.0f}" for share in PERCENTILES)
    click.echo(f"cost, in your currency: {costs}\nperson-days: {people}")
    if drawn.on_time is not None:
        click.echo(f"due on {drawn.due_on}: {floor(100 * drawn.on_time)} % of the plans are done by then")
    for team in plan.teams:
        rate = team.productivity
        click.echo(
            f"assumed: {team.name}, {rate.low_m2:g} / {rate.likely_m2:g} / {rate.high_m2:g} m2 a working day "
            f"({rate.source})"
        )
    if answer.goal is not None:
        click.echo(
            f"To finish by {answer.goal.by} in {answer.goal.confidence:.0%} of the plans, all teams together would "
            f"have to do {answer.productivity_times:.2f} times what is stated"
        )


EXAMPLE = """\
label: SYNTHETIC EXAMPLE, no figure is real
starts_on: 2027-01-04
teams:
  - name: manual 1
    skills: [manual]
    people: 12
    months: [3, 4, 5, 6, 7, 8, 9, 10, 11]
    cost_per_day: 900
    m2_per_day: {low: 150, likely: 250, high: 400, source: "invented for this example"}
  - name: machine 1
    skills: [machine, manual]
    people: 6
    months: [4, 5, 6, 7, 8, 9, 10]
    cost_per_day: 1500
    m2_per_day: {low: 300, likely: 700, high: 1000, source: "invented for this example"}
areas:
  - {name: orchard, size_m2: 18000, skill: manual, priority: 0.6}
  - {name: school path, size_m2: 2500, skill: manual, priority: 0.9}
  - {name: marsh, size_m2: 9000, skill: manual, months: [7, 8, 9], priority: 0.1}
  - {name: long field, size_m2: 64000, skill: machine, priority: 0.3}
"""
