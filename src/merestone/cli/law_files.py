"""`merestone law calendar` and `timeline`: dates and duties as a calendar file, courses as a drawing."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from merestone import law as treaties
from merestone.cli.argument import force_option, output_option
from merestone.cli.law_options import ON, STATES, day, today, write


@click.command("calendar", short_help="dates and duties as a calendar file")
@STATES
@ON
@output_option("-o", "--output", required=True, help="The .ics file to write.")
@force_option
def calendar_command(states: str, on: date | None, output: Path, force: bool) -> None:
    """Write dates, duties and forecasts of states as a calendar file that calendar programs open.

    \b
    Example:
      merestone law calendar --states FIN,EST,LVA,LTU,POL -o deadlines.ics
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.law_calendar import calendar_file  # here: the formats take time to load

    entries = treaties.deadlines(treaties.names_in(states), on=on or today())
    write(output, calendar_file(entries, made_at=datetime.now(UTC)), overwrite=force)
    click.echo(f"{len(entries)} entries. {treaties.NOT_ADVICE}")


@click.command("timeline", short_help="states' courses as a drawing")
@STATES
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@ON
@click.option("--until", callback=day, default="2030-12-31", show_default=True, metavar="DAY", help="Last day drawn.")
@output_option("-o", "--output", required=True, help="The .svg file to write.")
@force_option
def timeline_command(states: str, treaty: str, on: date | None, until: date, output: Path, force: bool) -> None:
    """Draw states' courses under a treaty, one line a state, with the forecasts, as SVG.

    \b
    Example:
      merestone law timeline --states FIN,EST,LVA,LTU,POL,UKR -o timeline.svg
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.law_timeline import timeline_svg  # here: the formats take time to load

    svg = timeline_svg(treaties.names_in(states), treaty, on=on or today(), ends_on=until)
    write(output, svg.encode("utf-8"), overwrite=force)
