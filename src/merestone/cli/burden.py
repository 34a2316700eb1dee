"""`merestone burden`: what clearing an area would take, and who lives beside it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from math import floor
from pathlib import Path
from typing import Any, Final

import click

from merestone.border import PLACES_SOURCE
from merestone.cli.argument import DAY, drawing_option, force_option, json_option
from merestone.cli.json_output import print_json
from merestone.release import ASSUMPTIONS
from merestone.terms import number_of
from merestone.use_cases import (
    BURDEN_MEANING,
    CLEARANCE_ARTICLES,
    PERCENTILES,
    AreaBurden,
    ClearanceDuty,
    area_burden,
    read_burden_figures,
)


@click.command("burden")
@click.argument("path", metavar="AREA", type=click.Path(path_type=Path))
@click.option("--assume", "assume_path", type=click.Path(path_type=Path), help="YAML with your figures and sources.")
@click.option(
    "--set", "own", multiple=True, metavar="NAME=FIGURE", help="A figure: one number, or low:likely:high. Repeat."
)
@click.option("--source", default="", help="Where the figures of --set come from.")
@click.option("--currency", default="", help="Currency of the costs.")
@click.option("--starts", "starts_on", type=DAY, metavar="DAY", help="First day of work. Default: today.")
@click.option("--due", type=DAY, metavar="DAY", help="The day by which it has to be done.")
@click.option("--state", metavar="CODE", help="Take the due date from this state's clearance obligation, such as BIH.")
@click.option(
    "--treaty", default="apmbc", show_default=True, type=click.Choice(list(CLEARANCE_ARTICLES)), help="With --state."
)
@click.option(
    "--within-km",
    type=float,
    multiple=True,
    default=(1.0, 5.0, 10.0),
    show_default=True,
    help="Distances within which to count people, km.",
)
@click.option(
    "--places", type=click.Path(path_type=Path), help="Your places: name,state,lon_deg,lat_deg,population (CSV)."
)
@click.option("--draws", default=10_000, show_default=True, help="Draws from your figures.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same answer.")
@click.option("--example", is_flag=True, help="Print synthetic figures for --assume and stop; AREA is not read.")
@drawing_option("-o", "--output", help="Write how many draws are done by when as a drawing, or all figures as a table:")
@force_option
@json_option
def burden_command(
    path: Path,
    assume_path: Path | None,
    own: tuple[str, ...],
    source: str,
    currency: str,
    starts_on: date | None,
    due: date | None,
    state: str | None,
    treaty: str,
    within_km: tuple[float, ...],
    places: Path | None,
    draws: int,
    seed: int,
    example: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Estimate the time, cost and staff to clear an area, and count the people who live near it.

    AREA is a register, whose suspected and confirmed areas are used, or a file of polygons. You give every figure
    with its source; none is assumed. The answer shows decision makers the cost of contamination; it does not argue
    for the use of any weapon.

    \b
    Example:
      merestone burden - --example > figures.yaml
      merestone burden area.geojson --assume figures.yaml --state BIH --places villages.csv
      merestone burden areas.gpkg --assume figures.yaml --due 2030-03-01 -o burden.png
      merestone burden area.geojson --set m2_per_team_day=150:250:400 --set teams=4 --set people_per_team=10 \\
          --set days_per_year=180 --source "our own programme, 2025"
    """  # noqa: D301 (click's own mark)
    if example:
        click.echo(EXAMPLE, nl=False)
        return
    if due is not None and state is not None:
        raise click.UsageError("give --due or --state, not both")
    figures = read_burden_figures(assume_path, own, source=source)
    if currency:
        figures = replace(figures, currency=currency)
    answer = area_burden(
        path,
        figures,
        starts_on=starts_on or datetime.now(tz=UTC).date(),
        due=due if state is None else ClearanceDuty(state, treaty),
        within_km=within_km,
        places=places,
        draws=draws,
        seed=seed,
    )
    if output is not None:
        _draw(answer, output, overwrite=force)
    if as_json:
        print_json(answer.as_json())
        return
    for sentence in answer.area_notes:
        click.echo(sentence)
    _print(answer, answer.as_json())


def _draw(answer: AreaBurden, path: Path, *, overwrite: bool) -> None:
    from merestone.documents import burden_drawing, write_drawing  # here: Matplotlib takes time to load

    drawing = burden_drawing(answer.burden, label=answer.label, currency=answer.currency)
    write_drawing(path, drawing, overwrite=overwrite)


def _print(answer: AreaBurden, plain: dict[str, Any]) -> None:
    drawn, people = answer.burden, answer.people
    if plain["label"]:
        click.echo(plain["label"])
    click.echo(
        f"{drawn.area_m2:,.0f} m2, geodesic; with your figures, of {number_of(len(drawn.years), 'draw')} at most"
    )
    click.echo(f"  {'':<14}{'P10':>16}{'P50':>16}{'P90':>16}")
    for name, heading, digits in (
        ("to_clear_m2", "to clear, m2", 0),
        ("years", "years", 1),
        ("person_days", "person-days", 0),
        ("cost", f"cost {plain['currency']}".strip(), 0),
    ):
        if plain[name] is None:
            click.echo(f"  {heading:<14}{'unknown: no cost_per_m2 was given':>48}")
        else:
            click.echo(
                f"  {heading:<14}" + "".join(f"{plain[name][f'p{share}']:>16,.{digits}f}" for share in PERCENTILES)
            )
    ends = "".join(f"{plain['ends_on'][f'p{share}'] or 'after 9999':>16}" for share in PERCENTILES)
    click.echo(f"  {'done on':<14}{ends}   (from {drawn.starts_on})")
    if drawn.on_time is not None:
        click.echo(f"due on {drawn.due_on}: {floor(100 * drawn.on_time)} % of the draws are done by then")
    else:
        click.echo(f"due on: not known; {plain['due_on_unknown_because']}")
    if people is None:
        click.echo(f"people nearby: unknown, not none; {plain['people_unknown_because']}")
    for within in people or ():
        if not within.places:
            click.echo(
                f"within {within.within_m / 1000:g} km: no listed place; who lives outside of one is not counted"
            )
            continue
        more = (
            f", and {number_of(within.without_population, 'place')} without a figure"
            if within.without_population
            else ""
        )
        click.echo(
            f"within {within.within_m / 1000:g} km: {number_of(within.people, 'person', 'people')} in "
            f"{number_of(within.places, 'listed place')}{more}"
        )
    if people:
        click.echo(f"places: {people[0].source}" + (f"; {people[0].gaps}" if people[0].source == PLACES_SOURCE else ""))
    for name, figure in drawn.assumptions.items():
        click.echo(f"assumed: {ASSUMPTIONS[name]}: {figure}")
    click.echo("Time is for clearance alone; it excludes survey, training, extra winter stops and waiting.")
    click.echo(BURDEN_MEANING)


EXAMPLE: Final = """\
label: SYNTHETIC EXAMPLE, no figure is real
currency: EUR
assumptions:
  m2_per_team_day: {low: 150, likely: 250, high: 400, source: "invented for this example"}
  teams: {value: 4, source: "invented for this example"}
  people_per_team: {value: 10, source: "invented for this example"}
  days_per_year: {low: 140, likely: 180, high: 200, source: "invented for this example"}
  released_by_survey: {low: 0.2, likely: 0.4, high: 0.6, source: "invented for this example"}
  cost_per_m2: {low: 1.0, likely: 2.0, high: 4.0, source: "invented for this example"}
  survey_cost_per_m2: {value: 0.1, source: "invented for this example"}
"""
