"""`merestone burden`: what clearing an area would take, and who lives beside it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import floor
from pathlib import Path
from typing import Any, Final

import click
import shapely
import yaml
from shapely.geometry.base import BaseGeometry

from merestone.border import PLACES_SOURCE, NoPlacesData, PeopleWithin, people_near, read_places
from merestone.cli.argument import day, drawing_option, force_option, json_option
from merestone.cli.plan import CLEARANCE_ARTICLES, clearance_due_on
from merestone.exchange import read
from merestone.exchange.imports.register_areas import is_register, open_areas
from merestone.geodesy import area_m2
from merestone.release import ASSUMPTIONS, Assumed, Burden, burden, percentile_of, read_assumptions
from merestone.terms import FieldRefused, FileRefused

SHARES: Final = (10, 50, 90)
MEANING: Final = (
    "This is what contamination costs to remove, and whom it endangers until then. It speaks for no use of any weapon "
    "and ranks no place."
)


@click.command("burden")
@click.argument("path", metavar="AREA", type=click.Path(path_type=Path))
@click.option("--assume", "assume_path", type=click.Path(path_type=Path), help="YAML with your figures and sources.")
@click.option(
    "--set", "own", multiple=True, metavar="NAME=FIGURE", help="A figure: one number, or low:likely:high. Repeat."
)
@click.option("--source", default="", help="Where the figures of --set come from.")
@click.option("--currency", default="", help="Currency of the costs.")
@click.option("--starts", "starts_on", type=day, metavar="DAY", help="First day of work. Default: today.")
@click.option("--due", type=day, metavar="DAY", help="The day by which it has to be done.")
@click.option("--state", metavar="CODE", help="Take the due day from this state's duty to clear, such as BIH.")
@click.option(
    "--treaty", default="apmbc", show_default=True, type=click.Choice(list(CLEARANCE_ARTICLES)), help="With --state."
)
@click.option(
    "--within-km", type=float, multiple=True, default=(1.0, 5.0, 10.0), show_default=True, help="Who lives so near."
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
    """Tell what clearing an area would take in time, money and people, and who lives beside it.

    AREA is a register, of which the suspected and confirmed areas are taken, or a file of polygons. Every figure is
    your own and carries its source; none is assumed for you. The answer is the price of contamination, for those who
    decide; it speaks for no use of any weapon.

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
    content, label, file_currency = _content(assume_path)
    content |= _own(own, source)
    assumptions = read_assumptions(content, origin=str(assume_path or "--set"))
    begins = starts_on or datetime.now(tz=UTC).date()
    why_no_day = "no state was named"
    if state is not None:
        due, why_no_day = _due(state, treaty, begins)
    area, told, own_label = _area(path)
    label = label or own_label
    found = burden(area_m2(area), assumptions, starts_on=begins, due_on=due, draws=draws, seed=seed)
    people, why_no_people = _people(area, within_km, places)
    plain = _plain(found, label, currency or file_currency)
    plain["due_on_unknown_because"] = None if due is not None else why_no_day
    plain["people"] = None if people is None else [_people_plain(each) for each in people]
    plain["people_unknown_because"] = why_no_people or None
    plain["area_from"] = list(told)
    if output is not None:
        from merestone.documents.drawing_file import write_drawing  # here: Matplotlib takes time to load
        from merestone.documents.planning_plot import burden_drawing

        write_drawing(output, burden_drawing(found, label=label, currency=currency or file_currency), overwrite=force)
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    for sentence in told:
        click.echo(sentence)
    _tell(found, plain, people)


def _content(path: Path | None) -> tuple[dict[str, Any], str, str]:
    if path is None:
        return {}, "", ""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileRefused(path, f"cannot be read ({error})", "see `merestone burden - --example`") from error
    if not isinstance(content, dict) or not isinstance(content.get("assumptions"), dict):
        raise FileRefused(path, "holds no assumptions", "see `merestone burden - --example`")
    return dict(content["assumptions"]), str(content.get("label") or ""), str(content.get("currency") or "")


def _own(given: Sequence[str], source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in given:
        name, _, figures = one.partition("=")
        parts = figures.split(":")
        if len(parts) not in (1, 3):
            raise FieldRefused("--set", one, "is no figure", "write NAME=NUMBER or NAME=low:likely:high")
        low, likely, high = parts * 3 if len(parts) == 1 else parts
        found[name.strip()] = {"low": low, "likely": likely, "high": high, "source": source}
    return found


def _due(state: str, treaty: str, on: date) -> tuple[date | None, str]:
    try:
        return clearance_due_on(state, treaty, on), ""
    except click.UsageError as none:
        return None, none.message.split(";")[0]


def _area(path: Path) -> tuple[BaseGeometry, tuple[str, ...], str]:
    """The union of the areas, what is to be said of them, and the label of a register."""
    if is_register(path):
        held = open_areas(path)
        if not held.areas:
            raise FileRefused(path, "the register holds no open area with an outline", "import one first")
        return _union([area.outline for area in held.areas]), held.sentences, held.label
    areas = [row.geometry for row in read(path) if row.geometry is not None]
    if not areas or not {each.geom_type for each in areas} <= {"Polygon", "MultiPolygon"}:
        raise FileRefused(path, "does not hold polygons alone", "give a file of areas")
    return _union(areas), (), ""


def _union(areas: Sequence[BaseGeometry]) -> BaseGeometry:
    """An outline that overlaps another counts once."""
    return shapely.union_all([each if each.is_valid else shapely.make_valid(each) for each in areas])


def _people(
    area: BaseGeometry, within_km: Sequence[float], places: Path | None
) -> tuple[tuple[PeopleWithin, ...] | None, str]:
    distances_m = [km * 1000.0 for km in within_km]
    if places is not None:
        own = read_places(places.read_text(encoding="utf-8"), origin=str(places))
        return people_near(area, distances_m, places=own, source=str(places), gaps="as your file has them"), ""
    try:
        return people_near(area, distances_m), ""
    except NoPlacesData as none:
        return None, str(none)


def _plain(found: Burden, label: str, currency: str) -> dict[str, Any]:
    quantities: Mapping[str, Any] = {
        "to_clear_m2": found.to_clear_m2,
        "team_days": found.team_days,
        "person_days": found.person_days,
        "years": found.years,
        "cost": found.cost,
    }
    return {
        "label": label,
        "meaning": MEANING,
        "area_m2": found.area_m2,
        "starts_on": found.starts_on.isoformat(),
        "due_on": found.due_on and found.due_on.isoformat(),
        "on_time": found.on_time,
        "currency": currency,
        "draws": len(found.years),
        "seed": found.seed,
        **{
            name: None if drawn is None else {f"p{share}": percentile_of(drawn, share) for share in SHARES}
            for name, drawn in quantities.items()
        },
        "ends_on": {f"p{share}": (end := found.ends_on(share)) and end.isoformat() for share in SHARES},
        "assumptions": {name: _assumed_plain(one) for name, one in found.assumptions.items()},
    }


def _assumed_plain(one: Assumed) -> dict[str, Any]:
    return {"low": one.low, "likely": one.likely, "high": one.high, "source": one.source}


def _people_plain(each: PeopleWithin) -> dict[str, Any]:
    return {
        "within_m": each.within_m,
        "places": each.places,
        "people": each.people,
        "places_without_population": each.without_population,
        "people_by_state": dict(each.people_by_state),
        "source": each.source,
        "gaps": each.gaps,
    }


def _tell(found: Burden, plain: Mapping[str, Any], people: Sequence[PeopleWithin] | None) -> None:
    if plain["label"]:
        click.echo(plain["label"])
    click.echo(f"{found.area_m2:,.0f} m2, geodesic; with your figures, of {len(found.years):,} draws at most")
    click.echo(f"  {'':<14}{'P10':>16}{'P50':>16}{'P90':>16}")
    for name, words, digits in (
        ("to_clear_m2", "to clear, m2", 0),
        ("years", "years", 1),
        ("person_days", "person-days", 0),
        ("cost", f"cost {plain['currency']}".strip(), 0),
    ):
        if plain[name] is None:
            click.echo(f"  {words:<14}{'not told: no cost_per_m2 was given':>48}")
        else:
            click.echo(f"  {words:<14}" + "".join(f"{plain[name][f'p{share}']:>16,.{digits}f}" for share in SHARES))
    ends = "".join(f"{plain['ends_on'][f'p{share}'] or 'after 9999':>16}" for share in SHARES)
    click.echo(f"  {'done on':<14}{ends}   (from {found.starts_on})")
    if found.on_time is not None:
        click.echo(f"due on {found.due_on}: {floor(100 * found.on_time)} % of the draws are done by then")
    else:
        click.echo(f"due on: not known; {plain['due_on_unknown_because']}")
    if people is None:
        click.echo(f"people nearby: unknown, not none; {plain['people_unknown_because']}")
    for each in people or ():
        if not each.places:
            click.echo(f"within {each.within_m / 1000:g} km: no listed place; who lives outside of one is not counted")
            continue
        more = f", and {each.without_population} places without a figure" if each.without_population else ""
        click.echo(f"within {each.within_m / 1000:g} km: {each.people:,} people in {each.places} listed places{more}")
    if people:
        click.echo(f"places: {people[0].source}" + (f"; {people[0].gaps}" if people[0].source == PLACES_SOURCE else ""))
    for name, one in found.assumptions.items():
        click.echo(f"assumed: {ASSUMPTIONS[name]}: {one}")
    click.echo("Time is that of clearance alone; survey, training, winter beyond your figure and waiting come on top.")
    click.echo(MEANING)


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
