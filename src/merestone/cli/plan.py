"""`merestone plan`: a work plan with its proof, and when it may be done."""

import json
from datetime import date
from math import floor
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import yaml

from merestone.cli.argument import day, drawing_option, force_option, json_option
from merestone.release import Forecast, WorkPlan, capacity_needed, forecast, read_plan, work_plan
from merestone.terms import FileRefused

SHOWN = 20
CLEARANCE_ARTICLES: Final = {"apmbc": "5(1)", "ccm": "4(1)(a)"}
"""The article that sets the day by which all areas have to be cleared."""


@click.command("plan")
@click.argument("path", metavar="PLAN.yaml", type=click.Path(path_type=Path))
@click.option(
    "--register", "register_path", type=click.Path(path_type=Path),
    help="Also take the suspected and confirmed areas of this register; PLAN.yaml may then hold teams alone.",
)  # fmt: skip
@click.option("--skill", help="With --register: the skill that its areas need, if the teams have several in common.")
@click.option("--due", type=day, metavar="DAY", help="The day by which it has to be done.")
@click.option("--state", metavar="CODE", help="Take the due day from this state's duties to clear, such as BIH.")
@click.option(
    "--treaty",
    default="apmbc",
    show_default=True,
    type=click.Choice(["apmbc", "ccm"]),
    help="The treaty whose duty counts, with --state.",
)
@click.option("--finish-by", type=day, metavar="DAY", help="What would it take to finish by this day?")
@click.option("--confidence", default=0.9, show_default=True, help="With --finish-by: in how many of the plans.")
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
    """Share areas out to teams for survey and clearance, prove how good the plan is, and forecast when it is done.

    PLAN.yaml holds the teams with their productivity and its source, and the areas; no productivity is shipped. With
    --register the areas are those of a register.

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
    content = _read(path)
    told: tuple[str, ...] = ()
    if register_path is not None:
        content, told = _with_areas(content, register_path, skill)
    elif skill is not None:
        raise click.UsageError("--skill goes with --register")
    starts_on, teams, tasks, label = read_plan(content, origin=str(path))
    if state is not None:
        due = clearance_due_on(state, treaty, starts_on)
    plan = work_plan(teams, tasks, starts_on, seconds=seconds)
    found = forecast(plan, due_on=due, plans=plans, seed=seed)
    needed = None if finish_by is None else capacity_needed(plan, finish_by, confidence=confidence, seed=seed)
    if plot_path is not None:
        from merestone.documents.drawing_file import write_drawing  # here: Matplotlib takes time to load
        from merestone.documents.planning_plot import burn_down_drawing

        write_drawing(plot_path, burn_down_drawing(found, label=label), overwrite=force)
    shown = _plain(plan, found, label)
    shown["areas_from"] = list(told)
    if finish_by is not None:
        shown["to_finish_by"] = {"day": finish_by.isoformat(), "confidence": confidence, "productivity_times": needed}
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for sentence in told:
        click.echo(sentence)
    _tell(plan, found, label)
    if needed is not None:
        click.echo(
            f"To finish by {finish_by} in {confidence:.0%} of the plans, all teams together would have to do "
            f"{needed:.2f} times what is stated"
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileRefused(path, f"cannot be read ({error})", "see `merestone plan - --example`") from error
    if not isinstance(content, dict):
        raise FileRefused(path, "is no plan", "see `merestone plan - --example`")
    return content


def _with_areas(
    content: dict[str, Any], register_path: Path, skill: str | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The plan with the open areas of a register beside its own; and what is to be said of them."""
    from merestone.exchange.imports.register_areas import open_areas  # here: a plan of a file needs no register

    skills = [set(team.get("skills") or ()) for team in content.get("teams") or () if isinstance(team, dict)]
    shared = sorted(set.intersection(*skills)) if skills else []
    if skill is None and len(shared) != 1:
        raise click.UsageError(
            f"name the skill that the areas need with --skill; teams have in common: {', '.join(shared)}"
        )
    held = open_areas(register_path)
    if not held.areas:
        raise FileRefused(register_path, "the register holds no open area with an outline", "import one first")
    chosen = skill or shared[0]
    areas = [{"name": area.name, "size_m2": area.size_m2, "skill": chosen} for area in held.areas]
    label = "; ".join(filter(None, (str(content.get("label") or ""), held.label)))
    return {**content, "areas": [*(content.get("areas") or ()), *areas], "label": label}, held.sentences


def clearance_due_on(state: str, treaty: str, on: date) -> date:
    """The day by which the state has to have cleared, as `merestone law` knows it."""
    from merestone.law import duties

    owed = [
        duty
        for duty in duties(state, on=on).duties
        if duty.treaty == treaty and duty.article == CLEARANCE_ARTICLES[treaty]
    ]
    days = [duty.due_on for duty in owed if duty.due_on is not None]
    if not days:
        raise click.UsageError(f"no dated duty of {state} to clear under {treaty} is held; give the day with --due")
    return min(days)


def _plain(plan: WorkPlan, found: Forecast, label: str) -> dict[str, Any]:
    return {
        "label": label,
        "starts_on": plan.starts_on.isoformat(),
        "ends_on": plan.ends_on.isoformat(),
        "working_days": plan.working_days,
        "at_least_days": plan.at_least_days,
        "gap": plan.gap,
        "assignments": [
            {
                "area": one.area_id,
                "team": one.team,
                "order": one.order,
                "working_days": one.working_days,
                "starts_on": one.starts_on.isoformat(),
                "ends_on": one.ends_on.isoformat(),
            }
            for one in plan.assignments
        ],
        "forecast": {
            "plans": len(found.days),
            "seed": found.seed,
            **{f"p{share}_on": found.ends_on(share).isoformat() for share in (10, 50, 90)},
            "due_on": found.due_on and found.due_on.isoformat(),
            "on_time": found.on_time,
            **{f"cost_p{share}": float(_percentile(found.cost, share)) for share in (10, 50, 90)},
            **{f"person_days_p{share}": float(_percentile(found.person_days, share)) for share in (10, 50, 90)},
        },
        "productivity_sources": {team.name: team.productivity.source for team in plan.teams},
    }


def _percentile(values: Any, share: float) -> float:
    return float(np.percentile(values, share))


def _tell(plan: WorkPlan, found: Forecast, label: str) -> None:
    if label:
        click.echo(label)
    area_m2 = sum(task.size_m2 for task in plan.tasks)
    click.echo(f"{len(plan.tasks)} areas, {area_m2:,.0f} m2, {len(plan.teams)} teams, from {plan.starts_on}")
    click.echo(
        f"plan: done on {plan.ends_on} at mean productivity, {plan.working_days} working days; "
        f"no plan takes fewer than {plan.at_least_days} (gap {plan.gap:.1%})"
    )
    for one in plan.assignments[:SHOWN]:
        click.echo(
            f"  {one.team}, {one.order}: {one.area_id}, {one.starts_on} to {one.ends_on}, {one.working_days} days"
        )
    if len(plan.assignments) > SHOWN:
        click.echo(f"  and {len(plan.assignments) - SHOWN} more; --json gives all")
    days = ", ".join(f"P{share} {found.ends_on(share)}" for share in (10, 50, 90))
    click.echo(f"forecast from {len(found.days):,} drawn plans: {days}")
    costs = ", ".join(f"P{share} {_percentile(found.cost, share):,.0f}" for share in (10, 50, 90))
    people = ", ".join(f"P{share} {_percentile(found.person_days, share):,.0f}" for share in (10, 50, 90))
    click.echo(f"cost, in your currency: {costs}\nperson-days: {people}")
    if found.on_time is not None:
        click.echo(f"due on {found.due_on}: {floor(100 * found.on_time)} % of the plans are done by then")
    for team in plan.teams:
        rate = team.productivity
        click.echo(
            f"assumed: {team.name}, {rate.low_m2:g} / {rate.likely_m2:g} / {rate.high_m2:g} m2 a working day "
            f"({rate.source})"
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
