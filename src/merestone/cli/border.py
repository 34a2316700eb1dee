"""`merestone border`: how long a border is, and how that depends on how closely one looks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import shapely

from merestone.border import (
    FIVE_STATES_BORDERS,
    TOLERANCE_M,
    BorderLength,
    MeasuredBorder,
    border_length,
    compared,
    five_states_lengths,
    fractal_dimension,
    length_curve,
    length_with_doubt,
    packaged_border,
    packaged_borders,
    published_lengths,
    series_sum_km,
    summed_curve,
)
from merestone.cli.argument import drawing_option, force_option
from merestone.cli.json_output import print_json
from merestone.cli.terrain import people, terrain
from merestone.exchange import read
from merestone.law import source_links
from merestone.terms import FileRefused, number_of

if TYPE_CHECKING:
    from merestone.documents import Drawing

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, lengths in metres.")


@click.group()
def border() -> None:
    """Measure borders between states: length, terrain, people nearby.

    The packaged lines are drawn by OpenStreetMap's contributors (November 2017). They are not the lines of any treaty.

    Example: merestone border length FIN-RUS
    """


@border.command("list")
def list_borders() -> None:
    """List the packaged borders.

    Example: merestone border list
    """
    for pair, line in packaged_borders().items():
        group = "five states" if pair in FIVE_STATES_BORDERS else "for contrast"
        click.echo(f"{pair}  {group:12}  {line.source}, {line.vintage_on}")


@border.command()
@click.argument("pair", required=False)
@click.option("--between", nargs=2, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Two files with your own outlines, one state each.")  # fmt: skip
@click.option("--tolerance-m", default=TOLERANCE_M, show_default=True, help="How far apart the two outlines may run.")
@drawing_option("-o", "--output", help="Write a drawing, or the lengths as a table:")
@force_option
@as_json
def length(
    pair: str | None,
    between: tuple[Path, Path] | None,
    tolerance_m: float,
    output: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Length of one border, or of the five states' eight borders, compared with the published figures.

    Lengths are geodesic on WGS 84. "least - greatest" is over both sides' outlines and tolerances of 15 to 300 m.

    \b
    Examples:
      merestone border length                 the eight borders and their sum
      merestone border length FIN-RUS         one border, with its published figures
      merestone border length --between a.gpkg b.gpkg
      merestone border length -o lengths.png
    """  # noqa: D301 (click's own mark)
    if pair and between:
        raise click.UsageError("name a packaged border or give two files, not both")
    if between and output:
        raise click.UsageError("-o goes with packaged borders, not with --between")
    if output is not None:
        measured = [border_length(packaged_border(pair))] if pair else list(five_states_lengths())
        title = f"Length of {measured[0].pair}" if pair else "Length of the five states' eight borders"
        from merestone.documents import lengths_drawing  # here: the drawings take time to load

        _draw(output, lengths_drawing(title, measured), overwrite=force)
    if between:
        _own(between, tolerance_m, as_json)
    elif pair:
        _show_border(border_length(packaged_border(pair)), as_json)
    else:
        _eight(as_json)


@border.command()
@click.argument("pair", required=False)
@drawing_option("-o", "--output", help="Write the curve as a drawing, or its points as a table:")
@force_option
@as_json
def curve(pair: str | None, output: Path | None, *, force: bool, as_json: bool) -> None:
    """Length at every resolution from 1 m to 100 km, and the fractal dimension.

    Without PAIR: the five states' eight borders together. Method: Douglas-Peucker (bends smaller than the resolution
    are left out); what remains is measured geodesically.

    \b
    Examples:
      merestone border curve LTU-BLR
      merestone border curve LTU-BLR -o curve.png
    """  # noqa: D301 (click's own mark)
    points = border_length(packaged_border(pair)).curve if pair else summed_curve(five_states_lengths())
    fit = fractal_dimension(points)
    if output is not None:
        title = pair.upper() if pair else "The eight borders"
        lines = [packaged_border(pair)] if pair else [each.border for each in five_states_lengths()]
        about = {"source": f"{lines[0].source}, {lines[0].vintage_on}"}
        from merestone.documents import curve_drawing  # here: the drawings take time to load

        _draw(output, curve_drawing(title, points, fit, about), overwrite=force)
    if as_json:
        rows = [{"resolution_m": p.resolution_m, "length_m": p.length_m, "vertices": p.vertices} for p in points]
        _print({"border": pair or "five states", "curve": rows, "dimension": fit.dimension,
                "standard_error": fit.standard_error, "from_m": fit.from_m, "to_m": fit.to_m})  # fmt: skip
        return
    click.echo(f"{pair.upper() if pair else 'The eight borders'}: length by resolution (Douglas-Peucker, geodesic)")
    click.echo("resolution       length   vertices")
    longest = max(p.length_m for p in points)
    for p in points:
        bar = "#" * round(40 * p.length_m / longest)
        click.echo(f"{_metres(p.resolution_m):>10} {p.length_m / 1000:9.1f} km {p.vertices:9}  {bar}")
    click.echo(
        f"fractal dimension {fit.dimension:.3f} +- {fit.standard_error:.3f} (standard error of the fit), "
        f"{_metres(fit.from_m)} to {_metres(fit.to_m)}, {number_of(fit.points, 'point')}, R2 {fit.r_squared:.3f}"
    )


def _draw(output: Path, drawing: "Drawing", *, overwrite: bool) -> None:
    """Write a drawing; what is said of it goes to the terminal, and not into JSON."""
    from merestone.documents import write_drawing

    write_drawing(output, drawing, overwrite=overwrite)
    click.echo(f"wrote {output}", err=True)


def _eight(as_json: bool) -> None:
    lengths = five_states_lengths()
    sums = {series: series_sum_km(series) for series in ("cia", "national")}
    if as_json:
        _print({"borders": [_row(each) for each in lengths],
                "sum_m": sum(each.land.length_m for each in lengths), "published_sums_km": sums})  # fmt: skip
        return
    click.echo("km, geodesic; land includes rivers and lakes      lagoon,  territorial")
    click.echo("border       land  least - greatest                inlet     sea")
    for each in lengths:
        land = each.land
        click.echo(f"{each.pair}  {_km(land.length_m)}  {_km(land.least_m)} -{_km(land.greatest_m)}           "
                   f"{_km_or_none(each.lagoon_m)} {_km_or_none(each.sea_m)}")  # fmt: skip
    total = sum(each.land.length_m for each in lengths)
    least, greatest = sum(e.land.least_m for e in lengths), sum(e.land.greatest_m for e in lengths)
    lagoon, sea = sum(e.lagoon_m for e in lengths), sum(e.sea_m for e in lengths)
    click.echo(f"together {_km(total)}  {_km(least)} -{_km(greatest)}           {_km(lagoon)} {_km(sea)}")
    click.echo(f"published: CIA World Factbook {sums['cia']:,.0f} km; national figures {sums['national']:,.1f} km")
    click.echo(f"source: {lengths[0].border.source.split(', by')[0]}, {lengths[0].border.vintage_on}")


def _show_border(measured: MeasuredBorder, as_json: bool) -> None:
    comparisons = [compared(each, measured) for each in published_lengths() if each.pair == measured.pair]
    if as_json:
        rows = [{"published_by": c.published.published_by, "km": c.published.km, "difference_m": c.difference_m,
                 "resolution_m": c.resolution_m, "explanation": c.explanation, "source": c.published.source,
                 "source_links": source_links(c.published.source)}
                for c in comparisons]  # fmt: skip
        _print(_row(measured) | {"published": rows})
        return
    land = measured.land
    click.echo(f"{measured.pair}: {land.length_m / 1000:.1f} km on land, rivers and lakes included "
               f"({land.least_m / 1000:.1f} - {land.greatest_m / 1000:.1f} km over sides and tolerances)")  # fmt: skip
    a, b = measured.pair.split("-")
    click.echo(f"tolerance   from {a}'s side  from {b}'s side")
    for at in land.at:
        click.echo(f"{_metres(at.tolerance_m):>9}  {_km(at.length_from_a_m)} km     {_km(at.length_from_b_m)} km")
    for name, length in (("across a lagoon or inlet", measured.lagoon_m), ("territorial sea", measured.sea_m)):
        click.echo(f"{name}: {length / 1000:.1f} km" if length else f"{name}: none in the data")
    if comparisons:
        click.echo("published:")
    for each in comparisons:
        upper = f"-{each.published.km_greatest:g}" if each.published.km_greatest > each.published.km else ""
        click.echo(f"  {each.published.km:g}{upper} km, {each.published.published_by}: {each.explanation}")
        click.echo(f"      source: {each.published.source}")
        for link in source_links(each.published.source):
            click.echo(f"      link: {link}")
    click.echo(f"line: {measured.border.source}, {measured.border.vintage_on}")


def _own(between: tuple[Path, Path], tolerance_m: float, as_json: bool) -> None:
    a, b = (_outline(path) for path in between)
    length_range = length_with_doubt(a, b, tolerance_m=tolerance_m)
    chosen = next(each for each in length_range.at if each.tolerance_m == tolerance_m)
    if as_json:
        sides = [{"tolerance_m": s.tolerance_m, "from_a_m": s.length_from_a_m, "from_b_m": s.length_from_b_m}
                 for s in length_range.at]  # fmt: skip
        _print(
            {
                "length_m": length_range.length_m,
                "least_m": length_range.least_m,
                "greatest_m": length_range.greatest_m,
                "at": sides,
            }
        )
        return
    spread = f"{length_range.least_m / 1000:.3f} - {length_range.greatest_m / 1000:.3f} km over sides and tolerances"
    click.echo(f"{length_range.length_m / 1000:.3f} km at a tolerance of {tolerance_m:g} m ({spread})")
    for point in length_curve(chosen.from_a):
        click.echo(f"  at {_metres(point.resolution_m):>7}: {point.length_m / 1000:.3f} km")


def _outline(path: Path) -> Any:
    areas = [row.geometry for row in read(path) if row.geometry is not None]
    kinds = {each.geom_type for each in areas}
    if not areas or not kinds <= {"Polygon", "MultiPolygon"}:
        raise FileRefused(path, f"holds {', '.join(sorted(kinds)) or 'no geometry'}", "give a file of polygons")
    return shapely.union_all(areas) if len(areas) > 1 else areas[0]


def _row(each: BorderLength) -> dict[str, Any]:
    land = each.land
    return {"border": each.pair, "length_m": land.length_m, "least_m": land.least_m, "greatest_m": land.greatest_m,
            "tolerance_m": land.tolerance_m, "lagoon_m": each.lagoon_m, "sea_m": each.sea_m,
            "source": each.border.source, "vintage_on": each.border.vintage_on.isoformat()}  # fmt: skip


def _km(metres: float) -> str:
    return f"{metres / 1000:8,.1f}"


def _km_or_none(metres: float) -> str:
    return _km(metres) if metres else "    none"


def _metres(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def _print(value: object) -> None:
    print_json(value)


border.add_command(terrain)
border.add_command(people)
