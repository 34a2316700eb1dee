"""`merestone brief`: one document with the law, the border, the people, the claims and the register."""

from datetime import date
from pathlib import Path

import click

from merestone.border import CLASS_TABLES
from merestone.cli.argument import DAY, force_option, output_option, today
from merestone.documents.briefing import Clearing, html_page, pdf
from merestone.files import write_file
from merestone.register import EXACT, PUBLIC
from merestone.use_cases import land_cover_of, written_briefing

file_option = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("brief")
@output_option("-o", "--output", required=True, endings=(".html", ".htm", ".pdf"), help="File to write: .html or .pdf.")
@click.option("--on", type=DAY, metavar="DAY", help="Day for which the law is stated. Default: today.")
@click.option("--register", "register_path", type=file_option, help="Also summarise this register.")
@click.option("--exact", is_flag=True, help="Count the register's exact outlines, not the public tier's.")
@click.option("--landcover", type=file_option, help="Your land-cover raster (GeoTIFF, COG).")
@click.option("--classes", help=f"What its values mean: {', '.join(CLASS_TABLES)}, or a CSV file.")
@click.option("--clear-km2", type=float, help="Area to clear, km2: your own figure.")
@click.option("--rate-m2-day", type=float, help="What one team clears in a day, m2: your own figure.")
@click.option("--teams", type=int, help="Teams: your own figure.")
@click.option("--days-year", type=int, help="Working days in a year: your own figure.")
@click.option("--cost-m2", type=float, help="Cost of a square metre: your own figure.")
@click.option("--currency", default="", help="Its currency.")
@force_option
def brief_command(
    output: Path,
    *,
    on: date | None,
    register_path: Path | None,
    exact: bool,
    landcover: Path | None,
    classes: str | None,
    clear_km2: float | None,
    rate_m2_day: float | None,
    teams: int | None,
    days_year: int | None,
    cost_m2: float | None,
    currency: str,
    force: bool,
) -> None:
    """Write one readable document: who is bound by what, the border measured, its water and people, claims checked.

    HTML is a single file that works offline; PDF contains its fonts. No figure for clearance is assumed: give your own.

    \b
    Examples:
      merestone brief -o brief.html
      merestone brief -o brief.pdf --register national.gpkg
      merestone brief -o brief.html --clear-km2 2 --rate-m2-day 500 --teams 4 --days-year 180
    """  # noqa: D301
    clearing = None
    own_figures = {"clear-km2": clear_km2, "rate-m2-day": rate_m2_day, "teams": teams, "days-year": days_year}
    if any(each is not None for each in own_figures.values()):
        if clear_km2 is None or rate_m2_day is None or teams is None or days_year is None:
            missing = ", ".join(f"--{name}" for name, each in own_figures.items() if each is None)
            raise click.UsageError(f"clearing needs {missing} as well; nothing is assumed for you")
        clearing = Clearing(clear_km2 * 1e6, rate_m2_day, teams, days_year, cost_m2, currency)
    briefing = written_briefing(
        today=today(),
        on=on,
        register_path=register_path,
        viewer=EXACT if exact else PUBLIC,
        clearing=clearing,
        land_cover=None if landcover is None else land_cover_of(landcover, classes),
    )
    for sentence in briefing.doubts_of_days:
        click.echo(sentence, err=True)
    made = briefing.content
    content = pdf(made) if output.suffix.lower() == ".pdf" else html_page(made).encode("utf-8")
    write_file(output, content, overwrite=force)
    click.echo(f"wrote {output} ({len(content) / 1000:,.0f} kB), as of {briefing.on}")
