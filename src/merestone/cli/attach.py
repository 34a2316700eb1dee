"""`merestone attach`: documents and photographs of a record, kept by their content beside the register."""

import sys
from pathlib import Path
from typing import Any

import click

from merestone.cli.argument import (
    by_option,
    force_option,
    json_option,
    output_option,
    reason_options,
    register_argument,
)
from merestone.cli.exit_codes import DONE, FAILED
from merestone.cli.json_output import print_json
from merestone.register import Register
from merestone.register.sidecars import LARGEST_BYTES, Attached, AttachmentStore, Found, attachments, examine
from merestone.register.sidecars import attach as attach_file
from merestone.terms import number_of


@click.group()
def attach() -> None:
    """Attach documents and photographs to records; list, save and check them.

    The files are stored beside the register (areas.gpkg has areas.attachments), each named by the SHA-256 of its bytes;
    the chain of events holds that name. They never reach the public.

    \b
    Example:
      merestone attach add areas.gpkg 7F3K-2M6Q-4TXB sketch.png --why "sketch of the fence" --source "team 3"
      merestone attach list areas.gpkg 7F3K-2M6Q-4TXB
      merestone attach check areas.gpkg
    """  # noqa: D301 (click's own mark)


@attach.command()
@register_argument
@click.argument("record_id", metavar="RECORD")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@reason_options(required=True)
@click.option("--media-type", help="Such as image/jpeg. Default: from the file name.")
@click.option(
    "--largest-mib",
    type=click.IntRange(min=1),
    default=LARGEST_BYTES >> 20,
    show_default=True,
    help="The largest file accepted, in MiB.",
)
@by_option
@json_option
def add(
    register_path: Path,
    record_id: str,
    file: Path,
    why: str,
    source: str,
    media_type: str | None,
    largest_mib: int,
    by: str,
    as_json: bool,
) -> None:
    """Attach a file to a record: the file is stored beside the register, and the history names its record.

    A photograph may show faces: nothing can be attached to a person's record, whose data are kept separately and
    can be erased.

    \b
    Example:
      merestone attach add areas.gpkg 7F3K-2M6Q-4TXB sketch.png --why "sketch of the fence" --source "team 3" --by anna
    """  # noqa: D301 (click's own mark)
    store = AttachmentStore(AttachmentStore.beside(register_path).folder, largest_bytes=largest_mib << 20)
    with Register.open(register_path) as register:
        attachment = attach_file(
            register, store, record_id.upper(), file, by=by, why=why, source=source, media_type=media_type
        )
    if as_json:
        print_json(_as_json(attachment), is_line=True)
    else:
        click.echo(
            f"{record_id.upper()}: attached {attachment.file_name}, {number_of(attachment.size_bytes, 'byte')}\n"
            f"  SHA-256 {attachment.sha256}"
        )


@attach.command("list")
@register_argument
@click.argument("record_id", metavar="RECORD", required=False)
@json_option
def list_command(register_path: Path, record_id: str | None, as_json: bool) -> None:
    """List the attachments of a record, or of all of them: name, size, SHA-256, media type, when, by whom.

    \b
    Example:
      merestone attach list areas.gpkg
      merestone attach list areas.gpkg 7F3K-2M6Q-4TXB --json
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        attachments_listed = attachments(register, None if record_id is None else record_id.upper())
    if as_json:
        print_json({"attachments": [_as_json(listed) for listed in attachments_listed]})
        return
    for attachment in attachments_listed:
        click.echo(f"{attachment.file_name}: {number_of(attachment.size_bytes, 'byte')}, {attachment.media_type}")
        click.echo(f"  SHA-256 {attachment.sha256}")
        click.echo(
            f"  of {', '.join(attachment.record_ids) or 'no record'}; "
            f"{attachment.recorded_at:%Y-%m-%d}, {attachment.by}"
        )
    click.echo(f"attachments: {len(attachments_listed):,}")


@attach.command()
@register_argument
@click.argument("sha256", metavar="SHA256")
@output_option("-o", "--output", required=True, help="The new file.")
@force_option
def get(register_path: Path, sha256: str, output: Path, force: bool) -> None:
    """Save an attachment as a file, checked against its SHA-256; complete or not at all.

    \b
    Example:
      merestone attach get areas.gpkg 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae -o sketch.png
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True):
        size_bytes = AttachmentStore.beside(register_path).copy(sha256, output, may_replace=force)
    click.echo(f"{output}: {number_of(size_bytes, 'byte')}, whole")


@attach.command()
@register_argument
@json_option
def check(register_path: Path, as_json: bool) -> None:
    """Check that each attachment is present and matches its SHA-256. Exit code 1 if not.

    \b
    Example:
      merestone attach check areas.gpkg
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        check_results = examine(register, AttachmentStore.beside(register_path))
    bad = [(listed, how) for listed, how in check_results if how is not Found.WHOLE]
    if as_json:
        rows = [_as_json(listed) | {"found": how.value} for listed, how in check_results]
        print_json({"is_whole": not bad, "attachments": rows})
    else:
        for attachment, how in bad:
            click.echo(
                f"{how}: {attachment.file_name} of {', '.join(attachment.record_ids) or 'no record'}; "
                "restore it from a copy"
            )
            click.echo(f"  SHA-256 {attachment.sha256}")
        click.echo(f"attachments: {len(check_results):,}, missing or damaged: {len(bad):,}")
    sys.exit(FAILED if bad else DONE)


def _as_json(attachment: Attached) -> dict[str, Any]:
    return {
        "attachment_id": attachment.attachment_id,
        "record_ids": list(attachment.record_ids),
        "file_name": attachment.file_name,
        "size_bytes": attachment.size_bytes,
        "sha256": attachment.sha256,
        "media_type": attachment.media_type,
        "recorded_at": attachment.recorded_at.isoformat(),
        "by": attachment.by,
        "why": attachment.why,
    }
