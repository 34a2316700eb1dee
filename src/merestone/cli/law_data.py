"""`merestone law refresh` and `check`: the depositary's list of today beside the facts held; the data files checked."""

from pathlib import Path

import click

from merestone import law as treaties
from merestone.cli import law_data_text
from merestone.cli.argument import json_option
from merestone.cli.exit_codes import FAILED
from merestone.cli.json_output import print_json
from merestone.cli.law_options import show
from merestone.law import (
    check_plain,
    list_difference_plain,
)
from merestone.terms import number_of


@click.command("refresh", short_help="differences from the depositary's own list")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--treaty", required=True, metavar="KEY", help="The treaty that the file is about.")
@json_option
def refresh_command(file: Path, treaty: str, *, as_json: bool) -> None:
    """Show where the depositary's own list differs from the packaged facts. Changes nothing.

    FILE is the treaty's page in the UN Treaty Collection, chapter XXVI, as your browser saved it, or the file behind
    "View XML" there. Nothing is fetched. Each difference comes with a row for the data file, ready to be reviewed.

    \b
    Example:
      merestone law refresh XXVI-5.en.xml --treaty apmbc
    """  # noqa: D301 (click's own mark)
    from merestone.documents import read_treaty_list  # here: the formats take time to load

    treaties.packaged().holding(treaty)  # an unknown treaty is said before the file is read
    treaty_list = read_treaty_list(file)
    differences = treaties.compare_list(treaty, treaty_list.listed, as_at=treaty_list.as_at)
    if as_json:
        faults = [{"row": fault.row, "text": fault.text, "why": fault.why} for fault in treaty_list.faults]
        rows = {"rows": treaty_list.rows, "read": len(treaty_list.listed), "faults": faults}
        print_json(
            {
                "title": treaty_list.title,
                "as_at": str(treaty_list.as_at) if treaty_list.as_at else None,
                **rows,
                "differences": [list_difference_plain(difference) for difference in differences],
            }
        )
        return
    click.echo(f"{treaty_list.title or file}")
    click.echo(f"status as at {treaty_list.as_at or 'a day that the file does not say'}")
    click.echo(
        f"{number_of(treaty_list.rows, 'row')}: {len(treaty_list.listed)} read, {len(treaty_list.faults)} not read"
    )
    for fault in treaty_list.faults:
        click.echo(f"  row {fault.row} ({fault.text}): {fault.why}")
    show(law_data_text.list_difference_lines(differences))


@click.command("check", short_help="check the data files")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Another folder of data files. Default: the packaged files."
)
@json_option
def check_command(folder: Path | None, *, as_json: bool) -> None:
    """Check the data files: order of acts, sources, dates, states; published dates against the clauses.

    \b
    Example:
      merestone law check
    """  # noqa: D301 (click's own mark)
    report = treaties.check(treaties.packaged() if folder is None else treaties.Library(folder))
    if as_json:
        print_json(check_plain(report))
    else:
        show(law_data_text.check_lines(report))
    if not report.is_sound:
        raise SystemExit(FAILED)
