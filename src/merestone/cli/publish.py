"""`merestone export`: records out of the register, into a file for others."""

from datetime import date, datetime
from pathlib import Path

import click

from merestone.cli.argument import KIND, force_option, json_option, output_option, register_argument, times_options
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.exchange import publish_layer, watched
from merestone.register import EXACT, PARTNER, PUBLIC, Register
from merestone.terms import RecordKind, number_of

_MADE = "hazards larger than the true ones on purpose, released land smaller"
TIERS = {viewer.name: viewer for viewer in (PUBLIC, PARTNER, EXACT)}


@click.command("export")
@register_argument
@click.option("--layer", "kinds", type=KIND, multiple=True, help="Which kind of record; may be repeated. Default: all.")
@output_option("-o", "--output", required=True, help="*.geojson, .gpkg, .fgb, .kml, .csv, .pmtiles")
@click.option(
    "--tier",
    type=click.Choice(list(TIERS)),
    default=PUBLIC.name,
    show_default=True,
    help="Whose view. Public hazards are larger than the true ones on purpose; exact ones are not for publication.",
)
@click.option(
    "--cell-m", type=click.FloatRange(1, 100_000), help="Width of the cells that generalise outlines, metres."
)
@click.option("--attribution", default="", help="Publisher and licence; written into the file.")
@times_options
@force_option
@json_option
def export_command(
    register_path: Path,
    kinds: tuple[str, ...],
    output: Path,
    tier: str,
    cell_m: float | None,
    attribution: str,
    true_on: date | None,
    known_on: date | datetime | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write records as a map layer that others can open.

    The public tier, which is the default, shows hazards as areas that contain the true ones, widened by their
    accuracy; released land as areas that lie within it; and none of the records' own attributes. The file appears
    under its name only when it is whole.

    \b
    Example:
      merestone export areas.gpkg --layer suspected --layer confirmed -o warning.geojson
    """  # noqa: D301 (click's own mark)
    viewer, chosen = TIERS[tier], [RecordKind(kind) for kind in kinds] or None
    with Register.open(register_path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on, viewer, kinds=chosen)
    with progress_line("vector tiles") as show, watched(show):
        report = publish_layer(
            snapshot,
            output,
            kind=chosen,
            tier=viewer,
            cell_m=cell_m,
            attribution=attribution,
            overwrite=force,
        )
    if as_json:
        print_json(report.as_json())
        return
    label = f"  {report.label}\n" if report.label else ""
    made = "exact outlines, not for publication" if tier == EXACT.name else _MADE
    if tier == PUBLIC.name and any(
        shown_record.is_exact for shown_record in snapshot.shown if not kinds or shown_record.kind.value in kinds
    ):
        made += "; open records exactly"
    for sentence in snapshot.doubts_of_days:
        click.echo(sentence, err=True)
    click.echo(
        f"{report.path}: {number_of(report.features, 'record')}, {report.format_name}, {report.tier} tier "
        f"({made})\n{label}"
        f"  data from: {report.data_days}; register last written to on {report.written_on or 'no day'}; "
        f"{number_of(report.unplaced, 'row in quarantine is', 'rows in quarantine are')} on no map"
    )
