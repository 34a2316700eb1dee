"""`merestone report`: a treaty's forms, a donor's summary, the reconciliation, as workbook, PDF or page."""

from datetime import date, datetime
from pathlib import Path

import click

from merestone.cli.argument import force_option, output_option, times_options
from merestone.documents.reports import REPORTS
from merestone.files import write_file
from merestone.register import EXACT, PARTNER, PUBLIC, Register
from merestone.terms import number_of
from merestone.use_cases import drafted_report, report_writer

TIERS = {viewer.name: viewer for viewer in (PUBLIC, PARTNER, EXACT)}


def _list(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        width = max(len(name) for name in REPORTS)
        for name, what in REPORTS.items():
            click.echo(f"{name:<{width}}  {what}")
        context.exit()


@click.command("report")
@click.argument("name", metavar="NAME", type=click.Choice(list(REPORTS)))
@click.argument("register_path", metavar="REGISTER", type=click.Path(path_type=Path))
@output_option("-o", "--output", required=True, endings=(".xlsx", ".pdf", ".html"), help="*.xlsx, .pdf or .html")
@click.option("--period", required=True, help="2025, 2025-03, or 2025-01-01/2025-06-30: days, the last included.")
@click.option(
    "--state", default="", metavar="CODE", help="The state reported for, such as BIH; only shown in the report's head."
)
@click.option(
    "--tier",
    type=click.Choice(list(TIERS)),
    default=EXACT.name,
    show_default=True,
    help="Whose view. The exact one is for the reporting officer and not for publication.",
)
@times_options
@force_option
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the reports.")
def report_command(
    name: str,
    register_path: Path,
    output: Path,
    period: str,
    state: str,
    tier: str,
    true_on: date | None,
    known_on: date | datetime | None,
    force: bool,
) -> None:
    """Draft a report from what the register holds, each figure with the records behind it.

    It is a draft for the state's own reporting officer. What the register does not know is "not recorded", never 0.
    Open land is that of --true-on, by default the last day of the period; what was released, found or destroyed is
    that of the period. In the workbook, each cell has a link to its records; PDF and HTML list them in notes.

    \b
    Example:
      merestone report --list
      merestone report apmbc-art7 areas.gpkg --period 2025 --state BIH -o article7.xlsx
      merestone report reconciliation areas.gpkg --period 2026 --known-on 2026-06-30 -o reconciliation.pdf
      merestone report ap2 areas.gpkg --period 2025 --tier public -o public.html
    """  # noqa: D301 (click's own mark)
    report_writer(output.suffix)  # before a register is read that takes long
    with Register.open(register_path, read_only=True) as register:
        drafted = drafted_report(
            register, name, period, state=state, true_on=true_on, known_on=known_on, viewer=TIERS[tier]
        )
    write_file(output, drafted.written(output.suffix), overwrite=force)
    made, records = drafted.content, drafted.material.all_records
    label = f"{made.label.upper()}\n" if made.label else ""
    whom = "for the reporting officer, not for publication" if tier == EXACT.name else f"what the {tier} tier may see"
    click.echo(
        f"{label}{output}: {made.title}, {drafted.period}, {whom}; a draft from {number_of(len(records), 'record')}"
    )
    for sentence in (*drafted.material.doubts_of_days, *drafted.material.how_to_date_releases):
        click.echo(sentence)
