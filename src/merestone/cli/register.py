"""`merestone init` and `verify`: the register itself."""

import sys
from pathlib import Path

import click

from merestone.cli.argument import by_option, json_option, register_argument
from merestone.cli.exit_codes import DONE, FAILED
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.register import Register
from merestone.terms import number_of


@click.command("init")
@register_argument
@click.option("--label", default="", help="Shown with every record, for ever, such as 'training data'. Default: none.")
@click.option("--exercise", is_flag=True, help="Fill it with the packaged exercise data: synthetic, around 0 N 0 E.")
@by_option
def init_command(register_path: Path, label: str, exercise: bool, by: str) -> None:
    """Make a new register: one GeoPackage file, which QGIS and GDAL open as it is.

    \b
    Example:
      merestone init areas.gpkg
      merestone init exercise.gpkg --exercise
    """  # noqa: D301 (click's own mark)
    if not exercise:
        with Register.create(register_path, label=label, by=by):
            pass
        click.echo(
            f"{register_path}: a new, empty register\nnext: merestone import {register_path} FILE --as suspected ..."
        )
        return
    from merestone.exchange.exercise import EXERCISE_LABEL, create_exercise

    with progress_line("exercise data") as progress:
        reports = create_exercise(register_path, by=by, label=label or EXERCISE_LABEL, progress=progress)
    click.echo(
        f"{register_path}: a register of exercise data. SYNTHETIC, around 0 N 0 E; never use it for real warning."
    )
    for report in reports:
        account = report.account
        click.echo(
            f"  {report.kind:<12} {account.accepted:>3} accepted, {account.repaired:>2} repaired, "
            f"{account.quarantined:>2} quarantined of {number_of(account.total, 'row'):>8} in {report.path.name}"
        )
    click.echo(f"next: merestone list {register_path}, or merestone serve {register_path}")


@click.command("verify")
@register_argument
@click.option(
    "--upgrade", is_flag=True, help="First bring a register of an older Merestone up to date. Copy it before."
)
@json_option
def verify_command(register_path: Path, upgrade: bool, as_json: bool) -> None:
    """Rebuild everything from the events and check the hash chain. Exit code 1, with the place, if it is broken.

    \b
    Example:
      merestone verify areas.gpkg
      merestone verify areas-of-2025.gpkg --upgrade
    """  # noqa: D301 (click's own mark)
    if upgrade:
        with Register.open(register_path):
            pass
    with Register.open(register_path, read_only=True) as register, progress_line("verifying") as progress:
        verification = register.verify(progress)
    if as_json:
        fields = {
            "is_sound": verification.is_sound,
            "events": verification.events,
            "records": verification.records,
            "rows": verification.rows,
            "head": verification.head,
            "breaks": [
                {"place": b.place, "what": b.what, "expected": b.expected, "found": b.actual}
                for b in verification.breaks
            ],
        }
        print_json(fields)
    else:
        click.echo(
            f"{register_path}: {number_of(verification.events, 'event')}, {number_of(verification.records, 'record')}, "
            f"{number_of(verification.rows, 'row')} of current layers"
        )
        for broken in verification.breaks:
            click.echo(f"  {broken}")
        if verification.is_sound:
            click.echo(f"  every event, link and row agrees; head of the chain {verification.head}")
        else:
            click.echo(
                f"  {len(verification.breaks)} breaks: the file was changed by something other than Merestone, "
                "or is damaged"
            )
    sys.exit(DONE if verification.is_sound else FAILED)
