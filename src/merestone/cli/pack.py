"""`merestone pack`: the hazards of a register, or of a file, as one file to screen against."""

from datetime import date, datetime
from pathlib import Path

import click

from merestone.bulk import Pack, pack_snapshot
from merestone.cli.argument import (
    KIND,
    edges_option,
    force_option,
    json_option,
    output_option,
    times_options,
    user_name,
)
from merestone.cli.json_output import print_json
from merestone.exchange import import_file
from merestone.files import scratch_folder
from merestone.register import EXACT, PARTNER, PUBLIC, Register
from merestone.terms import RecordKind, number_of, unplaced_text

TIERS = {viewer.name: viewer for viewer in (PUBLIC, PARTNER, EXACT)}


@click.command("pack")
@click.argument("source_path", metavar="REGISTER|FILE", type=click.Path(path_type=Path))
@output_option("-o", "--output", required=True, help="Such as hazards.pack.")
@click.option(
    "--tier",
    type=click.Choice(list(TIERS)),
    default=PUBLIC.name,
    show_default=True,
    help="Outlines as this viewer may see them.",
)
@click.option("--as", "kind", type=KIND, help="For a file that is not a register: what its rows are.")
@click.option("--source", help="With --as: who surveyed or published them, and when.")
@click.option("--accuracy-m", type=click.FloatRange(min=0), help="With --as: radius that holds 95 % of the positions.")
@click.option("--accuracy-unknown", is_flag=True, help="With --as: the accuracy is not stated.")
@click.option(
    "--cells/--no-cells",
    default=None,
    help="Store the prepared index, so that first answers are fast. Default: only for many hazards.",
)
@click.option(
    "--compact",
    is_flag=True,
    help="Lossless compression of outlines, for phones. Older versions of Merestone cannot read it.",
)
@edges_option
@times_options
@force_option
@json_option
def pack_command(
    source_path: Path,
    output: Path,
    tier: str,
    kind: str | None,
    source: str | None,
    accuracy_m: float | None,
    accuracy_unknown: bool,
    cells: bool | None,
    compact: bool,
    edges: str,
    true_on: date | None,
    known_on: date | datetime | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write hazards as a pack: one file that opens at once, which `merestone screen --pack` and programs compare with.

    The public tier, which is the default, holds hazards larger than the true ones, and no attribute of a record.

    \b
    Example:
      merestone pack areas.gpkg -o hazards.pack
      merestone pack survey.geojson --as suspected --source "survey, May 2026" --accuracy-m 25 -o hazards.pack
    """  # noqa: D301 (click's own mark)
    if kind is None and (source is not None or accuracy_m is not None or accuracy_unknown):
        raise click.UsageError("--source and --accuracy-m go with --as KIND, for a file that is not a register")
    if kind is not None and (source is None or (accuracy_m is None) is not accuracy_unknown):
        raise click.UsageError("with --as give --source, and --accuracy-m METRES or --accuracy-unknown")
    with scratch_folder("pack") as folder:
        register_path = source_path
        if kind is not None and source is not None:
            # The file goes through the same checks and repairs as any import, into a register that is thrown away.
            register_path = folder / "areas.gpkg"
            with Register.create(register_path) as register:
                report = import_file(
                    register, source_path, kind=RecordKind(kind), source=source, accuracy_m=accuracy_m, by=user_name()
                )
            click.echo(report.text(), err=True)
        with Register.open(register_path, read_only=True) as register:
            snapshot = register.as_of(true_on, known_on, TIERS[tier])
    for sentence in snapshot.doubts_of_days:
        click.echo(sentence, err=True)
    _say(pack_snapshot(snapshot, output, cells=cells, edges=edges, compact=compact, overwrite=force), as_json)


def _say(pack: Pack, as_json: bool) -> None:
    unplaced = pack.index.unplaced + pack.circumstances.unplaced_count
    if as_json:
        fields = {
            "file": str(pack.path),
            "audience": pack.audience,
            "hazards": len(pack.index),
            "unplaced_count": unplaced,
            "written_on": pack.circumstances.written_on and pack.circumstances.written_on.isoformat(),
            **pack.circumstances.data_days.as_json(),
            "label": pack.circumstances.label,
            "size_bytes": pack.size_bytes,
            "edges": pack.index.edges.value,
            "has_cells": pack.has_cells,
        }
        print_json(fields)
        return
    is_generalised = pack.circumstances.outlines_generalised
    made = "larger than the true ones on purpose" if is_generalised else "exact, not for publication"
    if pack.audience == PUBLIC.name and not pack.circumstances.outlines_generalised:
        made = "as the public may see them"
    click.echo(
        f"{pack.path}: {number_of(len(pack.index), 'hazard')} for {pack.audience} ({made}), "
        f"{number_of(pack.size_bytes, 'byte')}"
    )
    if pack.circumstances.label:
        click.echo(f"  {pack.circumstances.label}")
    click.echo(
        f"  data from: {pack.circumstances.data_days}; "
        f"register last written to on {pack.circumstances.written_on or 'no day'}; "
        f"{unplaced_text(unplaced)}"
    )
