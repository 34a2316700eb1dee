"""`merestone imports` and `undo-import`: what was taken in, and how it is taken back."""

from pathlib import Path
from typing import Any

import click

from merestone.cli.argument import by_option, json_option, register_argument
from merestone.cli.json_output import print_json
from merestone.register import Import, Register
from merestone.terms import FieldRefused, number_of


@click.command("imports")
@register_argument
@json_option
def imports_command(register_path: Path, as_json: bool) -> None:
    """List every import: number, date, file, kind of record, counts, who did it, and whether it was undone.

    \b
    Example:
      merestone imports areas.gpkg
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        taken = register.imports()
        standing = [register.standing_count(import_run) for import_run in taken]
    if as_json:
        rows = [
            _as_json(number, import_run, count)
            for number, (import_run, count) in enumerate(zip(taken, standing, strict=True), 1)
        ]
        print_json(rows)
        return
    for number, (import_run, count) in enumerate(zip(taken, standing, strict=True), start=1):
        click.echo(
            f"{number:>3}  {import_run.recorded_at:%Y-%m-%d %H:%M}  {import_run.file_name}, "
            f"as {', '.join(import_run.kinds)}, by {import_run.by}"
        )
        click.echo(
            f"     {number_of(import_run.recorded_count, 'record')}, {count:,} of them standing; "
            f"{number_of(import_run.quarantined_count, 'row')} went to quarantine; "
            f"data of {import_run.data_on or 'no stated day'}; source: {import_run.source}"
        )
        if import_run.undone_at is not None:
            click.echo(f"     undone {import_run.undone_at:%Y-%m-%d %H:%M} by {import_run.undone_by}")
    click.echo(number_of(len(taken), "import"))


def _as_json(number: int, import_run: Import, standing: int) -> dict[str, Any]:
    return {
        "number": number,
        "batch_id": import_run.batch_id,
        "file": import_run.file_name,
        "file_sha256": import_run.file_sha256,
        "kinds": [str(kind) for kind in import_run.kinds],
        "source": import_run.source,
        "by": import_run.by,
        "recorded_at": import_run.recorded_at.isoformat(),
        "data_on": None if import_run.data_on is None else import_run.data_on.isoformat(),
        "records": import_run.recorded_count,
        "standing": standing,
        "quarantined": import_run.quarantined_count,
        "reading": None if import_run.reading is None else dict(import_run.reading),
        "undone_at": None if import_run.undone_at is None else import_run.undone_at.isoformat(),
        "undone_by": import_run.undone_by,
    }


@click.command("undo-import")
@register_argument
@click.argument("number", metavar="NUMBER", type=int)
@click.option("--why", required=True, help="The reason; kept in the history.")
@click.option("--force", is_flag=True, help="Even if others have built on its records since; these are listed.")
@by_option
@json_option
def undo_import_command(register_path: Path, number: int, why: str, force: bool, by: str, as_json: bool) -> None:
    """Undo an import: its records are withdrawn, its revisions are reversed, its quarantined rows are settled.

    NUMBER is that of `merestone imports`. Nothing is deleted: --known-on a day before shows what was known then. The
    same file can be imported again.

    \b
    Example:
      merestone undo-import areas.gpkg 3 --why "imported without its reference system"
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path) as register:
        taken = register.imports()
        if not 1 <= number <= len(taken):
            raise FieldRefused(
                "number", number, f"is not one of {number_of(len(taken), 'import')}", "see `merestone imports`"
            )
        import_run = taken[number - 1]
        with register.batch(by=by, why=why, source=f"undoing of the import of {import_run.file_name}") as batch:
            undone = batch.undo_import(import_run.batch_id, force=force)
    if as_json:
        content = {
            "import": number,
            "withdrawn": undone.withdrawn,
            "restored": undone.restored,
            "rows_settled": undone.rows_settled,
            "untouched": undone.untouched,
            "dependents": [
                {"record_id": each.record_id, "event": each.seq, "what": each.what, "by": each.by}
                for each in undone.dependents
            ],
        }
        print_json(content)
        return
    click.echo(
        f"import {number}, {import_run.file_name}: undone. {number_of(undone.withdrawn, 'record')} withdrawn, "
        f"{undone.restored:,} restored, {number_of(undone.rows_settled, 'row')} of quarantine settled; history "
        "keeps all of it"
    )
    for each in undone.dependents:
        click.echo(f"  look at: {each.record_id} {each.what} by {each.by} (event {each.seq})")
