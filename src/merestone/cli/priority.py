"""`merestone priority`: which areas to survey or clear first, and how firm that order is."""

import csv
import math
from dataclasses import replace
from pathlib import Path

import click
import yaml

from merestone.cli.argument import drawing_option, force_option, json_option
from merestone.cli.json_output import print_json
from merestone.release import Criterion, Method, Ranking, Shaken, rank, read_criteria, shaken, stability
from merestone.terms import FieldRefused, FileRefused, RowRefused

SHOWN = 20


@click.command("priority")
@click.argument("path", metavar="CRITERIA.csv", type=click.Path(path_type=Path))
@click.option(
    "--weights",
    default="",
    metavar="NAME=WEIGHT,...",
    help="The criteria (columns) and their weights, which you choose.",
)
@click.option(
    "--criteria",
    "criteria_path",
    metavar="FILE.yaml",
    type=click.Path(path_type=Path),
    help="Weights, directions and thresholds from your own file, instead of --weights.",
)
@click.option(
    "--less", metavar="NAME,...", default="", help="Columns where a lower value has higher priority, such as cost."
)
@click.option(
    "--indifference",
    metavar="NAME=Q,...",
    default="",
    help="Differences up to Q are ignored (PROMETHEE's indifference threshold q).",
)
@click.option(
    "--preference",
    metavar="NAME=P,...",
    default="",
    help="Differences of P or more count fully (PROMETHEE's preference threshold p).",
)
@click.option("--method", type=click.Choice([each.value for each in Method]), default="promethee", show_default=True)
@click.option(
    "--spread", default=0.5, show_default=True, help="Largest relative change of each weight in the sensitivity test."
)
@click.option(
    "--draws", default=10_000, show_default=True, help="Number of random weight sets in the sensitivity test."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same draws.")
@drawing_option("--plot", "-o", "plot_path", help="Write the ranking as a drawing or a table:")
@force_option
@json_option
def priority_command(
    path: Path,
    weights: str,
    criteria_path: Path | None,
    less: str,
    indifference: str,
    preference: str,
    method: str,
    spread: float,
    draws: int,
    seed: int,
    plot_path: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Rank areas for survey and clearance by criteria that you define.

    CRITERIA.csv has the areas in its first column and one column for each criterion. An empty cell is unknown, and
    counts as the most pressing value of its column; each is listed. Thresholds are in the column's own unit.

    \b
    Example:
      merestone priority areas.csv --weights people=3,accidents=2,cost=1 --less cost --plot ranking.svg
      merestone priority areas.csv --weights people=3,accidents=2 --indifference people=10 --preference people=200
      merestone priority areas.csv --criteria criteria.yaml
    """  # noqa: D301 (click's own mark)
    if (criteria_path is None) == (not weights):
        raise click.UsageError("give --weights or --criteria, one of them")
    if criteria_path is None:
        criteria = _criteria(weights, less, indifference, preference)
    elif less or indifference or preference:
        raise click.UsageError("with --criteria, directions and thresholds are written in that file")
    else:
        criteria = list(read_criteria(_content(criteria_path), origin=str(criteria_path)))
    if method != Method.PROMETHEE.value and any(_thresholds(each) for each in criteria):
        raise click.UsageError(f"thresholds are PROMETHEE's; {method} has no use for them")
    areas, values = _read(path, [each.name for each in criteria])
    ranking = rank(areas, criteria, values, method=Method(method))
    places = shaken(ranking, spread=spread, draws=draws, seed=seed)
    if plot_path is not None:
        from merestone.documents import (
            ranking_drawing,
            write_drawing,  # here: Matplotlib takes time to load
        )

        write_drawing(plot_path, ranking_drawing(ranking, places), overwrite=force)
    if as_json:
        print_json(_plain(ranking, places))
    else:
        _tell(ranking, places)


def _criteria(weights: str, less: str, indifference: str, preference: str) -> list[Criterion]:
    """Criteria as the options give them; a name that has no weight is refused."""
    asked = _numbers(weights, "--weights")
    falling = {name.strip() for name in less.split(",") if name.strip()}
    equal, full = _numbers(indifference, "--indifference"), _numbers(preference, "--preference")
    for option, names in (("--less", falling), ("--indifference", set(equal)), ("--preference", set(full))):
        if names - set(asked):
            raise click.BadParameter(f"{sorted(names - set(asked))[0]!r} has no weight", param_hint=option)
    plain = [Criterion(name, weight, name not in falling) for name, weight in asked.items()]
    return [
        replace(criterion, indifference=equal.get(criterion.name, 0.0), preference=full.get(criterion.name))
        for criterion in plain
    ]


def _content(path: Path) -> dict[str, object]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FileRefused(path, f"cannot be read ({error})", "give a YAML file in UTF-8") from error
    if not isinstance(content, dict):
        raise FileRefused(path, "holds no criteria", "write `criteria:` and a list under it")
    return content


def _thresholds(criterion: Criterion) -> bool:
    return criterion.indifference != 0.0 or criterion.preference is not None


def _numbers(text: str, option: str) -> dict[str, float]:
    number_by_name: dict[str, float] = {}
    for part in text.split(",") if text else []:
        name, equals, weight = part.partition("=")
        try:
            if not equals or name.strip() in number_by_name:
                raise ValueError
            number_by_name[name.strip()] = float(weight)
        except ValueError:
            raise click.BadParameter(f"{part!r}: write each name once, as people=3", param_hint=option) from None
    return number_by_name


def _read(path: Path, names: list[str]) -> tuple[list[str], list[list[float]]]:
    """Areas and their values; a cell that is not a number is refused with its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused(path, f"cannot be read ({error})", "give a CSV file in UTF-8") from error
    rows = csv.DictReader(text.splitlines())
    columns = list(rows.fieldnames or [])
    missing = [name for name in names if name not in columns[1:]]
    if missing:
        raise FileRefused(
            path, f"has no column {missing[0]!r}", f"use columns of {', '.join(columns[1:]) or 'the file'}"
        )
    areas, values = [], []
    for line, row in enumerate(rows, start=2):
        place = f"{path}, line {line}"
        thresholds = []
        for name in names:
            written = (row[name] or "").strip()
            try:
                number = float(written) if written else math.nan
            except ValueError:
                refused = FieldRefused(name, written, "is not a number", "write a number, or leave it empty if unknown")
                raise RowRefused(place, refused) from None
            if written and not math.isfinite(number):
                raise RowRefused(
                    place, FieldRefused(name, written, "is not a finite number", "leave it empty if unknown")
                )
            thresholds.append(number)
        areas.append((row[columns[0]] or "").strip())
        values.append(thresholds)
    return areas, values


def _plain(ranking: Ranking, places: Shaken) -> dict[str, object]:
    return {
        "method": ranking.method.value,
        "criteria": [
            {
                "name": interval.criterion,
                "weight": interval.weight,
                "first_stays_from": interval.least,
                "first_stays_to": interval.most,
                "more_is_pressing": criterion.more_is_pressing,
                "indifference": criterion.indifference,
                "preference": criterion.preference,
            }
            for interval, criterion in zip(stability(ranking), ranking.criteria, strict=True)
        ],
        "areas": [
            {
                "place": place,
                "area": ranking.areas[number],
                "score": float(ranking.scores[number]),
                "share_first": float(places.first[number]),
                "best_place": int(places.best[number]),
                "worst_place": int(places.worst[number]),
            }
            for place, number in enumerate(ranking.order, start=1)
        ],
        "unknown": [{"area": area, "criterion": criterion} for area, criterion in ranking.unknown],
        "draws": places.draws,
        "spread": places.spread,
        "for": "survey and clearance",
    }


def _tell(ranking: Ranking, places: Shaken) -> None:
    width = max(4, *(len(area) for area in ranking.areas))
    click.echo(f"For survey and clearance, by {ranking.method}:")
    click.echo(f"  place  {'area':<{width}}   score  first in  places in 90 % of draws")
    for place, number in enumerate(ranking.order[:SHOWN], start=1):
        click.echo(
            f"  {place:>5}  {ranking.areas[number]:<{width}}  {ranking.scores[number]:>6.3f}  "
            f"{places.first[number]:>7.0%}   {places.best[number]} to {places.worst[number]}"
        )
    if len(ranking.areas) > SHOWN:
        click.echo(f"  and {len(ranking.areas) - SHOWN} more; --json gives all")
    for each in ranking.criteria:
        if _thresholds(each):
            full = "the range of the values" if each.preference is None else f"{each.preference:g}"
            click.echo(f"{each.name}: differences up to {each.indifference:g} count as none, from {full} on in full")
    click.echo("The first place stays the same while")
    for interval in stability(ranking):
        click.echo(
            f"  the weight of {interval.criterion}, now {interval.weight:.3f}, "
            f"is from {interval.least:.3f} to {interval.most:.3f}"
        )
    click.echo(f"Draws: {places.draws:,}, each weight shaken by up to {places.spread:.0%}.")
    for area, criterion in ranking.unknown:
        click.echo(f"unknown: {criterion} of {area}; counted as the most pressing value held")
