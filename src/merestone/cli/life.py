"""`merestone move`, `divide`, `join`, `conflicts`, `merge`: an area's life, and copies that went on apart."""

from datetime import date
from pathlib import Path
from typing import Any, TextIO

import click

from merestone.cli.argument import (
    OutputPath,
    by_option,
    json_option,
    keys_in,
    on_option,
    reason_options,
    register_argument,
)
from merestone.cli.json_output import print_json
from merestone.register import MergeReport, Register, TableConflict, merge
from merestone.register.sidecars import LARGEST_BYTES
from merestone.terms import number_of


@click.command("move")
@register_argument
@click.argument("record_id", metavar="ID")
@click.argument("state", metavar="STATE", required=False)
@reason_options(required=False)
@click.option("--evidence", multiple=True, metavar="ID", help="A record that supports it; may be repeated.")
@on_option
@by_option
@json_option
def move_command(
    register_path: Path,
    record_id: str,
    state: str | None,
    why: str | None,
    source: str | None,
    evidence: tuple[str, ...],
    on: date | None,
    by: str,
    as_json: bool,
) -> None:
    """Move a hazardous area to its next status, as the programme's workflow table allows.

    Without STATE, show the area's status, what its evidence suggests, and the next statuses allowed.

    \b
    Example:
      merestone move areas.gpkg 7F3K-2M6Q-4TXB
      merestone move areas.gpkg 7F3K-2M6Q-4TXB in_work --why "task 12 begins" --source "operations"
      merestone move areas.gpkg 7F3K-2M6Q-4TXB cleared --why "task 12 ended" --source "operations" \\
          --evidence ABCD-EFGH-IJKL --on 2026-05-03
    """  # noqa: D301 (click's own mark and the shell's)
    if state is None:
        _tell(register_path, record_id, as_json)
        return
    if not why or not source:
        raise click.UsageError("say --why and --source: the history needs both")
    with Register.open(register_path) as register, register.batch(by=by, why=why, source=source) as batch:
        version = batch.move(record_id, state, evidence=evidence, true_from=on)
    if as_json:
        print_json({"record_id": record_id, "status": state, "version": version}, is_line=True)
    else:
        click.echo(f"{record_id}: {state}, version {version}")


def _tell(register_path: Path, record_id: str, as_json: bool) -> None:
    with Register.open(register_path, read_only=True) as register:
        event = register.history(record_id)[-1]
        records = (*register.as_of().records, *register.records_later())
        versions = [record for record in records if record.record_id == record_id]
        status = versions[0].status if versions else None
        steps = () if status is None else register.life_cycle().next_steps(status)
        advice = register.advise(record_id)
    advised = None if advice.land_type is None else advice.land_type.value
    if as_json:
        following = [{"state": entry.after, "needs_evidence": entry.needs_evidence} for entry in steps]
        fields = {"record_id": record_id, "status": status, "advised": advised, "may_follow": following}
        print_json(fields | {"reasons": list(advice.reasons)}, is_line=True)
        return
    click.echo(f"{record_id}: {status or 'no state'}; last written by {event.by}, {event.recorded_at:%Y-%m-%d}")
    click.echo(f"its evidence advises {advised or 'nothing'}" + "".join(f"\n  {reason}" for reason in advice.reasons))
    click.echo("what may follow" + ("" if steps else ": nothing"))
    for step in steps:
        needs = ", with evidence" if step.needs_evidence else ""
        click.echo(f"  {step.after}{f' (by {step.activity})' if step.activity else ''}{needs}")


@click.command("divide")
@register_argument
@click.argument("record_id", metavar="ID")
@click.option(
    "--parts", required=True, type=click.Path(path_type=Path, exists=True), metavar="FILE", help="An outline each."
)
@reason_options(required=True)
@on_option
@by_option
@json_option
def divide_command(
    register_path: Path, record_id: str, parts: Path, why: str, source: str, on: date | None, by: str, as_json: bool
) -> None:
    """Split one area into several. Together they cover the same land; each then has its own status.

    The parts are new records in the area's state and name where they came from; the area is withdrawn from that day on
    and names what it became.

    \b
    Example:
      merestone divide areas.gpkg 7F3K-2M6Q-4TXB --parts halves.geojson --why "two tasks" --source "operations"
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.positions import (
        read_shapes,  # the readers of all formats: only a division reads a file
    )

    shapes = read_shapes(parts)
    shapes.put_aside(parts, is_area=False, why="is not an area")
    outlines = [shape for shape in shapes.geometries if shape is not None]
    with Register.open(register_path) as register, register.batch(by=by, why=why, source=source) as batch:
        became = batch.divide(record_id, outlines, true_from=on)
    if as_json:
        print_json({"record_id": record_id, "became": list(became)}, is_line=True)
        return
    click.echo(f"{record_id}: became {number_of(len(became), 'area')}")
    for entry in became:
        click.echo(f"  {entry}")


@click.command("join")
@register_argument
@click.argument("record_ids", metavar="ID ID...", nargs=-1, required=True)
@reason_options(required=True)
@on_option
@by_option
@json_option
def join_command(
    register_path: Path, record_ids: tuple[str, ...], why: str, source: str, on: date | None, by: str, as_json: bool
) -> None:
    """Combine several areas of the same status into one that covers all their land.

    The new record names where it came from; the old ones are withdrawn from that day on and name what they became.

    \b
    Example:
      merestone join areas.gpkg 7F3K-2M6Q-4TXB ABCD-EFGH-IJKL --why "one field" --source "operations"
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path) as register, register.batch(by=by, why=why, source=source) as batch:
        became = batch.join(record_ids, true_from=on)
    if as_json:
        print_json({"came_from": list(record_ids), "record_id": became}, is_line=True)
    else:
        click.echo(f"{became}: one area of {len(set(record_ids))}")


@click.command("conflicts")
@register_argument
@json_option
def conflicts_command(register_path: Path, as_json: bool) -> None:
    """List conflicts to resolve: records and programme tables that were changed in both copies.

    Until resolved, the hazards of every version stay in force; of a table, the version written last.

    \b
    Example:
      merestone conflicts merged.gpkg
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        record_ids, tables = register.conflicts(), register.table_conflicts()
    if as_json:
        fields = {"conflicts": list(record_ids), "table_conflicts": [_table_json(table) for table in tables]}
        print_json(fields, is_line=True)
        return
    for record_id in record_ids:
        click.echo(f"{record_id}: decide with `merestone resolve {register_path} {record_id}`")
    for table in tables:
        click.echo(f"{_table_told(table)}; set it again to decide")
        for side in table.sides:
            click.echo(f"  event {side.seq}: {side.by}, {side.recorded_at:%Y-%m-%d %H:%M} UTC, {side.why}")
    click.echo(f"waiting for a decision: {len(record_ids) + len(tables)}")


def _table_told(conflict: TableConflict) -> str:
    holds = conflict.holds
    return f"table {conflict.setting}: conflict; that of {holds.by}, {holds.recorded_at:%Y-%m-%d}, holds meanwhile"


def _table_json(conflict: TableConflict) -> dict[str, Any]:
    sides = [
        {
            "event_id": side.event_id,
            "by": side.by,
            "why": side.why,
            "recorded_at": side.recorded_at.isoformat(),
            "value": side.body["value"],
        }
        for side in conflict.sides
    ]
    return {"setting": conflict.setting, "sides": sides, "holds": conflict.holds.event_id}


@click.command("merge")
@click.argument("copies", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", "into", required=True, type=OutputPath(), help="The new register.")
@click.option("--why", required=True, help="The reason; kept in the history.")
@click.option(
    "--key-file",
    type=click.File(encoding="utf-8"),
    help="The keys of the personal data, one a line, the newest first, or - for standard input: each entry is then "
    "opened and compared. Default: entries are copied unopened.",
)
@click.option(
    "--largest-mib",
    type=click.IntRange(min=1),
    default=LARGEST_BYTES >> 20,
    show_default=True,
    help="The largest attachment accepted, in MiB.",
)
@by_option
@json_option
def merge_command(
    copies: tuple[Path, ...],
    into: Path,
    why: str,
    key_file: TextIO | None,
    largest_mib: int,
    by: str,
    as_json: bool,
) -> None:
    """Merge diverged copies of one register into a new file. The copies are only read.

    The attachments and the personal data beside the copies (areas.attachments, areas.personal.db) are merged, too.
    What was erased in any copy stays erased. If it is interrupted, there is no new register: run it again.

    \b
    Example:
      merestone merge office.gpkg tablet.gpkg -o merged.gpkg --why "back from the field"
      merestone merge office.gpkg tablet.gpkg -o merged.gpkg --why "back" --key-file programme.key
    """  # noqa: D301 (click's own mark)
    keys = () if key_file is None else keys_in(key_file)
    report = merge(copies, into, by=by, why=why, keys=keys, largest_bytes=largest_mib << 20)
    if as_json:
        print_json(_merged_json(report, copies, into), is_line=True)
        return
    attachments, personal = report.attachments, report.personal
    click.echo(f"{into}: {number_of(report.common, 'event')} in common")
    for path, *counts in zip(copies, report.added, attachments.added, personal.added, strict=True):
        events, files, entries = (f"{count:,}" for count in counts)
        click.echo(f"  {path} alone: events {events}, attachments {files}, personal entries {entries}")
    click.echo(
        f"  beside it: attachments {attachments.total:,}, personal entries {personal.total:,}, "
        f"erasures carried out {personal.erasures_carried_out:,}"
    )
    for path, count in zip(copies, personal.still_held, strict=True):
        if count:
            text = f"still holds what was erased elsewhere: {count:,}"
            click.echo(f"  {path}: {text}; erase it there, or destroy that copy")
    for entry in attachments.damaged:
        done = "another copy's was taken" if entry.was_replaced else "not taken; restore it from where it was kept"
        click.echo(f"  damaged: {entry.sha256} in {entry.folder}: {done}")
    for reference, file in personal.damaged:
        click.echo(f"  opens with no key given: {reference} in {file}: another copy's was taken")
    if personal.under_older_keys:
        click.echo(f"  sealed under an older key: {personal.under_older_keys:,}; keep that key, or seal them again")
    for conflict in report.conflicts:
        click.echo(f"  conflict: {conflict.record_id}; both outlines warn until it is resolved")
    for table in report.table_conflicts:
        click.echo(f"  {_table_told(table)}")
    for name in report.imported_twice:
        click.echo(f"  imported in more than one copy: {name}; its records stand there twice")


def _merged_json(report: MergeReport, copies: tuple[Path, ...], into: Path) -> dict[str, Any]:
    def by_copy(counts: tuple[int, ...]) -> dict[str, int]:
        return {str(path): count for path, count in zip(copies, counts, strict=True)}

    attachments, personal = report.attachments, report.personal
    return {
        "file": str(into),
        "common": report.common,
        "added": by_copy(report.added),
        "attachments": {
            "total": attachments.total,
            "added": by_copy(attachments.added),
            "damaged": [
                {"sha256": entry.sha256, "folder": str(entry.folder), "was_replaced": entry.was_replaced}
                for entry in attachments.damaged
            ],
        },
        "personal": {
            "total": personal.total,
            "added": by_copy(personal.added),
            "erased": personal.erased,
            "erasures_carried_out": personal.erasures_carried_out,
            "still_held": by_copy(personal.still_held),
            "damaged": [{"reference": reference, "file": str(file)} for reference, file in personal.damaged],
            "under_older_keys": personal.under_older_keys,
            "are_checked": personal.are_checked,
        },
        "conflicts": [
            {"record_id": conflict.record_id, "heads": list(conflict.heads)} for conflict in report.conflicts
        ],
        "table_conflicts": [_table_json(table_conflict) for table_conflict in report.table_conflicts],
        "imported_twice": list(report.imported_twice),
    }
