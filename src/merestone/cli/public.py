"""`merestone public`: what the public reads of where records come from."""

import json
from pathlib import Path

import click
import yaml

from merestone.cli.argument import by_option, json_option, register_argument
from merestone.register import Register


@click.command("public")
@register_argument
@click.option("--source", "public_source", help="What the public reads as the source of each record, such as a name.")
@click.option("--survey-year/--no-survey-year", default=None, help="Add the year of the record's data to it.")
@click.option(
    "--hubs-share-restricted/--hubs-keep-restricted",
    default=None,
    help="Whether organisations of one hub see each other's restricted records exactly.",
)
@click.option("--why", default="what the public reads", show_default=True, help="Why; it stays in the history.")
@by_option
@json_option
def public_command(
    register_path: Path,
    public_source: str | None,
    survey_year: bool | None,
    hubs_share_restricted: bool | None,
    why: str,
    by: str,
    as_json: bool,
) -> None:
    """Show or choose what the public reads of where records come from. The source that a record states never leaves.

    \b
    Examples:
      merestone public areas.gpkg
      merestone public areas.gpkg --source "Mine Action Centre" --survey-year
    """  # noqa: D301 (click's own mark)
    given = {
        "public_source": public_source,
        "survey_year": survey_year,
        "hubs_share_restricted": hubs_share_restricted,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    with Register.open(register_path, read_only=not chosen) as register:
        before = register.public_table()
        table = {name: chosen.get(name, getattr(before, name)) for name in given}
        if chosen:
            with register.batch(by=by, why=why, source=by) as batch:
                batch.configure("public", yaml.safe_dump({"source": f"chosen by {by}", **table}, allow_unicode=True))
    if as_json:
        click.echo(json.dumps(table, ensure_ascii=False))
        return
    year = ", and the year of its data" if table["survey_year"] else ""
    click.echo(f"The public reads as the source of each record: {table['public_source']}{year}")
    shares = "see each other's restricted records exactly" if table["hubs_share_restricted"] else "keep them apart"
    click.echo(f"Organisations of one hub {shares}.")
