"""`merestone law calendar` and `timeline`: dates and duties as a calendar file, courses as a drawing."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from merestone import law as treaties
from merestone.cli.argument import DAY, drawing_option, force_option, output_option, today
from merestone.cli.law_options import ON, STATES, show, write
from merestone.cli.paragraph import folded
from merestone.terms import number_of


@click.command("calendar", short_help="dates and duties as a calendar file")
@STATES
@ON
@output_option(
    "-o",
    "--output",
    required=True,
    endings=(".ics", ".csv", ".xlsx"),
    help="A calendar (.ics), or a table: .csv, .xlsx.",
)
@force_option
def calendar_command(states: str, on: date | None, output: Path, force: bool) -> None:
    """Write dates, duties and forecasts of states as a calendar file that calendar programs open, or as a table.

    \b
    Example:
      merestone law calendar --states FIN,EST,LVA,LTU,POL -o deadlines.ics
      merestone law calendar --states BIH -o deadlines.xlsx
    """  # noqa: D301 (click's own mark)
    from merestone.documents import (  # here: the formats take time to load
        CALENDAR_COLUMNS,
        calendar_file,
        calendar_rows,
        write_rows,
    )

    entries = treaties.deadlines(treaties.names_in(states), on=on or today())
    if output.suffix.lower() == ".ics":
        write(output, calendar_file(entries, made_at=datetime.now(UTC)), overwrite=force)
    else:
        about = {"notice": treaties.NOT_ADVICE}
        rows = calendar_rows(entries)
        write_rows(output, CALENDAR_COLUMNS, rows, title="deadlines", about=about, overwrite=force)
    click.echo(f"{number_of(len(entries), 'entry', 'entries')}. {treaties.NOT_ADVICE}")


@click.command("timeline", short_help="a drawing of states' status over time")
@STATES
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@ON
@click.option("--until", type=DAY, default="2030-12-31", show_default=True, metavar="DAY", help="Last day drawn.")
@drawing_option("-o", "--output", required=True, help="The drawing, or its periods as a table:")
@force_option
def timeline_command(states: str, treaty: str, on: date | None, until: date, output: Path, force: bool) -> None:
    """Draw the status of states under a treaty over time, one line per state, with forecasts.

    \b
    Example:
      merestone law timeline --states FIN,EST,LVA,LTU,POL,UKR -o timeline.png
      merestone law timeline --states FIN,EST,LVA,LTU,POL,UKR -o timeline.csv
    """  # noqa: D301 (click's own mark)
    from merestone.documents import (
        timeline_drawing,
        write_drawing,  # here: the formats take time to load
    )

    drawing = timeline_drawing(treaties.names_in(states), treaty, on=on or today(), ends_on=until)
    write_drawing(output, drawing, overwrite=force)
    click.echo(f"wrote {output} ({number_of(output.stat().st_size, 'byte')})")


@click.command("sources", short_help="the sources behind states' acts, with links")
@STATES
@click.option("--treaty", metavar="KEY", help="Only of this treaty.")
@ON
@output_option("-o", "--output", endings=(".csv", ".xlsx", ".bib"), help="Write .csv, .xlsx, or .bib for BibTeX.")
@force_option
def sources_command(states: str, treaty: str | None, on: date | None, output: Path | None, force: bool) -> None:
    """List the sources of states' acts that were known by a day, each once, with the web addresses that it contains.

    \b
    Example:
      merestone law sources --states FIN,POL --treaty apmbc
      merestone law sources --states FIN -o sources.bib
    """  # noqa: D301 (click's own mark)
    from merestone.documents import SOURCE_COLUMNS, bibtex, source_rows  # here: the formats take time to load

    rows = source_rows(treaties.packaged(), treaties.names_in(states), treaty, on=on or today())
    if output is None:
        for source, links, codes, keys, *_ in rows:
            show(folded(f"{source} ({keys}; {codes})", "", "  "))
            show(f"  {link}" for link in str(links).split())
    elif output.suffix.lower() == ".bib":
        write(output, bibtex(rows).encode("utf-8"), overwrite=force)
    else:
        from merestone.documents import write_rows

        write_rows(output, SOURCE_COLUMNS, rows, title="sources", overwrite=force)
    click.echo(f"{number_of(len(rows), 'source')}. {treaties.NOT_ADVICE}")
