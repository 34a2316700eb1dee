"""`merestone backup` and `restore`: a register and what lies beside it, as one whole copy that was verified."""

from pathlib import Path

import click

from merestone.cli.argument import OutputPath, json_option, register_argument
from merestone.cli.json_output import print_json
from merestone.register import BackupReport, backup
from merestone.terms import number_of


@click.command("backup")
@register_argument
@click.option("-o", "--output", type=OutputPath(), required=True, help="The copy, such as areas-2026-05-03.gpkg.")
@json_option
def backup_command(register_path: Path, output: Path, as_json: bool) -> None:
    """Copy a register, its attachments, its sealed personal data and its accounts, and verify the copy.

    The keys that sign its alerts are copied, too: keep a backup where only you can read it.

    Others may keep writing: the copy shows the register at one instant. It gets its name only when it is complete and
    verified; a damaged register is reported, and not copied.

    \b
    Example:
      merestone backup areas.gpkg -o areas-2026-05-03.gpkg
    """  # noqa: D301 (click's own mark)
    _tell(backup(register_path, output), as_json)


@click.command("restore")
@click.argument("backup_path", metavar="BACKUP", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=OutputPath(), required=True, help="The register to make; no file may exist there.")
@json_option
def restore_command(backup_path: Path, output: Path, as_json: bool) -> None:
    """Restore a register from a backup, with the files copied beside it, and verify it.

    A register is never replaced: give the damaged one another name first, and keep it for the inquiry.

    \b
    Example:
      mv areas.gpkg damaged.gpkg
      merestone restore areas-2026-05-03.gpkg -o areas.gpkg
    """  # noqa: D301 (click's own mark)
    _tell(backup(backup_path, output), as_json)


def _tell(report: BackupReport, as_json: bool) -> None:
    verification, files = report.verification, report.attachments
    if as_json:
        content = {
            "file": str(report.path),
            "events": verification.events,
            "records": verification.records,
            "head": verification.head,
            "attachments": files.total,
            "damaged_attachments": [attachment.sha256 for attachment in files.damaged],
            "has_personal_data": report.has_personal_data,
            "has_accounts": report.has_accounts,
            "has_alert_keys": report.has_alert_keys,
            "has_pack_key": report.has_pack_key,
            "subscriptions": report.subscriptions,
        }
        print_json(content)
        return
    click.echo(
        f"{report.path}: {number_of(verification.events, 'event')}, {number_of(verification.records, 'record')}; "
        "every event, link and row agrees"
    )
    click.echo(f"  head of the chain {verification.head}")
    also = [f"attachments {files.total:,}"]
    also += ["sealed personal data (keep the key elsewhere)"] if report.has_personal_data else []
    also += ["accounts"] if report.has_accounts else []
    also += ["the keys that sign alerts"] if report.has_alert_keys else []
    also += ["the key of packs"] if report.has_pack_key else []
    also += [f"subscriptions to alerts {report.subscriptions:,}"] if report.subscriptions else []
    click.echo(f"  beside it: {', '.join(also)}")
    if report.has_alert_keys:
        click.echo("  whoever has it can publish alerts in the authority's name: keep it where only you can read it")
    for damaged_file in files.damaged:
        click.echo(f"  damaged, and not copied: {damaged_file.sha256} in {damaged_file.folder}")
