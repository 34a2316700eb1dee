"""What the commands of `merestone law` share: days, options, and ways to show and to write an answer."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from merestone.terms import day_from


def day(_ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """Read a day written as 2025-06-27; FieldRefused, in our own words, if the calendar has no such day."""
    if value is None:
        return None
    return day_from(f"--{str(param.name).replace('_', '-')}", value)


ON = click.option("--on", callback=day, metavar="DAY", help="The day asked about. Default: today.")
KNOWN_ON = click.option("--known-on", callback=day, metavar="DAY", help="Count only acts known by this day.")
TREATY = click.option("--treaty", metavar="KEY", help="Treaty, such as apmbc, ccw-ap2, ccm or 'mine ban'.")
FIVE = "FIN,EST,LVA,LTU,POL"
STATES = click.option("--states", default=FIVE, show_default=True, metavar="CODES", help="States, comma between them.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def today() -> date:
    """The present day, on the clock of this machine."""
    return date.today()  # noqa: DTZ011  # a calendar day, where the reader is


def show(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        click.echo(line)


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    import json  # here: most answers are text

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def write(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file whole or not at all, and say so."""
    from merestone.files import write_file  # here: most answers write no file

    write_file(path, data, overwrite=overwrite)
    click.echo(f"wrote {path} ({len(data)} bytes)")
