"""What the commands of `merestone law` share: days, options, and ways to show and to write an answer."""

from collections.abc import Iterable
from pathlib import Path

import click

from merestone.cli.argument import DAY
from merestone.terms import number_of

ON = click.option("--on", type=DAY, metavar="DAY", help="The day to answer for. Default: today.")
KNOWN_ON = click.option("--known-on", type=DAY, metavar="DAY", help="Count only acts known by this day.")
TREATY = click.option("--treaty", metavar="KEY", help="Treaty, such as apmbc, ccw-ap2, ccm or 'mine ban'.")
FIVE = "FIN,EST,LVA,LTU,POL"
STATES = click.option("--states", default=FIVE, show_default=True, metavar="CODES", help="States, comma between them.")


def show(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        click.echo(line)


def write(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file whole or not at all, and say so."""
    from merestone.files import write_file  # here: most answers write no file

    write_file(path, data, overwrite=overwrite)
    click.echo(f"wrote {path} ({number_of(len(data), 'byte')})")
