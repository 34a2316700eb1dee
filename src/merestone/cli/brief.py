"""`merestone brief`: one document with the law, the border, the people, the claims and the register."""

from datetime import date, datetime
from pathlib import Path

import click

from merestone.border import CLASS_TABLES, packaged_class_table, read_class_table
from merestone.cli.argument import force_option, output_option
from merestone.documents.briefing import Clearing, brief, html_page, pdf
from merestone.files import write_file
from merestone.register import EXACT, PUBLIC, Register
from merestone.terms import FieldRefused, FileRefused

file_option = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("brief")
@output_option("-o", "--output", required=True, endings=(".html", ".htm", ".pdf"), help="File to write: .html or .pdf.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day for which the law is told; default today.")
@click.option("--register", "register_path", type=file_option, help="Also tell what this register holds.")
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
    on: datetime | None,
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

    HTML is a single file that works offline; PDF carries its fonts. No figure about clearing is assumed: give your own.

    \b
    Examples:
      merestone brief -o brief.html
      merestone brief -o brief.pdf --register national.gpkg
      merestone brief -o brief.html --clear-km2 2 --rate-m2-day 500 --teams 4 --days-year 180
    """  # noqa: D301
    if output.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise FileRefused(output, "ends neither in .html nor in .pdf", "name it brief.html or brief.pdf")
    clearing = None
    own_figures = {"clear-km2": clear_km2, "rate-m2-day": rate_m2_day, "teams": teams, "days-year": days_year}
    if any(each is not None for each in own_figures.values()):
        if clear_km2 is None or rate_m2_day is None or teams is None or days_year is None:
            missing = ", ".join(f"--{name}" for name, each in own_figures.items() if each is None)
            raise click.UsageError(f"clearing needs {missing} as well; nothing is assumed for you")
        clearing = Clearing(clear_km2 * 1e6, rate_m2_day, teams, days_year, cost_m2, currency)
    snapshot = None
    if register_path:
        with Register.open(register_path, read_only=True) as register:
            snapshot = register.as_of(viewer=EXACT if exact else PUBLIC)
    table = None
    if landcover:
        if not classes:
            known = ", ".join(CLASS_TABLES)
            raise FieldRefused("classes", None, "is not given with --landcover", f"use {known} or a CSV file")
        own = Path(classes)
        packaged = classes in CLASS_TABLES or not own.exists()
        table = packaged_class_table(classes) if packaged else read_class_table(own.read_text("utf-8"), name=classes)
    today = date.today()  # noqa: DTZ011  the user's own day
    if snapshot is not None:
        today = max(today, snapshot.true_on)  # a clock that was reset makes no register newer than today
        for sentence in snapshot.doubts_of_days:
            click.echo(sentence, err=True)
    day = on.date() if on else today
    made = brief(on=day, snapshot=snapshot, clearing=clearing, raster=landcover, classes=table)
    content = pdf(made) if output.suffix.lower() == ".pdf" else html_page(made).encode("utf-8")
    write_file(output, content, overwrite=force)
    click.echo(f"wrote {output} ({len(content) / 1000:,.0f} kB), as of {day}")
