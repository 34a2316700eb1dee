"""`merestone move`, `conflicts` and `merge`: the life of an area, and copies of a register that went on apart."""

import json
from datetime import date
from pathlib import Path

import click

from merestone.cli.argument import by_option, day, json_option, register_argument
from merestone.register import Register, merge


@click.command("move")
@register_argument
@click.argument("record_id", metavar="ID")
@click.argument("state", metavar="STATE", required=False)
@click.option("--why", help="Why; it stays in the history.")
@click.option("--source", help="Who decided, or on whose word.")
@click.option("--evidence", multiple=True, metavar="ID", help="A record that supports it; may be repeated.")
@click.option("--on", "on", type=day, metavar="DAY", help="The day on which it came true. Default: today.")
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
    """Take a hazardous area one step further in its life, as the programme's table allows.

    Without STATE, tell where the area stands, what its evidence advises, and what may follow.

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
        click.echo(json.dumps({"record_id": record_id, "status": state, "version": version}))
    else:
        click.echo(f"{record_id}: {state}, version {version}")


def _tell(register_path: Path, record_id: str, as_json: bool) -> None:
    with Register.open(register_path, read_only=True) as register:
        event = register.history(record_id)[-1]
        found = [record for record in register.as_of().records if record.record_id == record_id]
        status = found[0].status if found else None
        steps = () if status is None else register.life_cycle().next_steps(status)
        advice = register.advise(record_id)
    advised = None if advice.land_type is None else advice.land_type.value
    if as_json:
        following = [{"state": one.after, "needs_evidence": one.needs_evidence} for one in steps]
        told = {"record_id": record_id, "status": status, "advised": advised, "may_follow": following}
        click.echo(json.dumps(told | {"reasons": list(advice.reasons)}))
        return
    click.echo(f"{record_id}: {status or 'no state'}; last written by {event.by}, {event.recorded_at:%Y-%m-%d}")
    click.echo(f"its evidence advises {advised or 'nothing'}" + "".join(f"\n  {reason}" for reason in advice.reasons))
    click.echo("what may follow" + ("" if steps else ": nothing"))
    for one in steps:
        needs = ", with evidence" if one.needs_evidence else ""
        click.echo(f"  {one.after}{f' (by {one.activity})' if one.activity else ''}{needs}")


@click.command("conflicts")
@register_argument
@json_option
def conflicts_command(register_path: Path, as_json: bool) -> None:
    """List the records that were changed apart and wait for a decision. Until then, the hazards of all sides hold.

    \b
    Example:
      merestone conflicts merged.gpkg
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        record_ids = register.conflicts()
    if as_json:
        click.echo(json.dumps({"conflicts": list(record_ids)}))
        return
    for record_id in record_ids:
        click.echo(f"{record_id}: see `merestone history {register_path} {record_id}`, then decide")
    click.echo(f"waiting for a decision: {len(record_ids)}")


@click.command("merge")
@click.argument("copies", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", "into", required=True, type=click.Path(path_type=Path), help="The new register.")
@click.option("--why", required=True, help="Why; it stays in the history.")
@by_option
@json_option
def merge_command(copies: tuple[Path, ...], into: Path, why: str, by: str, as_json: bool) -> None:
    """Merge copies of one register that went on apart into a new file. The copies are only read.

    \b
    Example:
      merestone merge office.gpkg tablet.gpkg -o merged.gpkg --why "back from the field"
    """  # noqa: D301 (click's own mark)
    report = merge(copies, into, by=by, why=why)
    if as_json:
        told = {
            "file": str(into),
            "common": report.common,
            "added": {str(path): count for path, count in zip(copies, report.added, strict=True)},
            "conflicts": [{"record_id": one.record_id, "heads": list(one.heads)} for one in report.conflicts],
            "imported_twice": list(report.imported_twice),
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{into}: {report.common:,} events in common")
    for path, count in zip(copies, report.added, strict=True):
        click.echo(f"  {path}: {count:,} of its own")
    for conflict in report.conflicts:
        click.echo(f"  changed apart: {conflict.record_id}; both outlines warn until somebody decides")
    for name in report.imported_twice:
        click.echo(f"  imported in more than one copy: {name}; its records stand there twice")
