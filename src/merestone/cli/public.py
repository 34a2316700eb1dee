"""`merestone public`: what the public reads of where records come from."""

from pathlib import Path

import click
import yaml

from merestone.cli.argument import by_option, force_option, json_option, output_option, register_argument
from merestone.cli.json_output import print_json
from merestone.cli.visibility import draw_effect, effects_by_kind, show_effects
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
@click.option("--effect", is_flag=True, help="Show what each level of visibility does to the areas of this register.")
@output_option("--picture", endings=(".svg", ".png", ".pdf"), help="Draw that, as .svg, .png or .pdf.")
@force_option
@click.option("--why", default="what the public reads", show_default=True, help="The reason; kept in the history.")
@by_option
@json_option
def public_command(
    register_path: Path,
    public_source: str | None,
    survey_year: bool | None,
    hubs_share_restricted: bool | None,
    effect: bool,
    picture: Path | None,
    force: bool,
    why: str,
    by: str,
    as_json: bool,
) -> None:
    """Show or set what the public reads as the source of records. A record's own source is never published.

    With --effect: how much land the public sees marked at each level of visibility, compared with the recorded land.
    `merestone revise --visibility` changes the level of a record.

    \b
    Examples:
      merestone public areas.gpkg
      merestone public areas.gpkg --source "Mine Action Centre" --survey-year
      merestone public areas.gpkg --effect --picture levels.svg
    """  # noqa: D301 (click's own mark)
    fields = {
        "public_source": public_source,
        "survey_year": survey_year,
        "hubs_share_restricted": hubs_share_restricted,
    }
    chosen = {name: value for name, value in fields.items() if value is not None}
    with Register.open(register_path, read_only=not chosen) as register:
        snapshot = register.as_of() if effect or picture is not None else None
        if picture is not None and snapshot is not None:
            draw_effect(snapshot, picture, force=force, inputs=[register_path])
        before = register.public_table()
        table = {name: chosen.get(name, getattr(before, name)) for name in fields}
        if chosen:
            with register.batch(by=by, why=why, source=by) as batch:
                batch.configure("public", yaml.safe_dump({"source": f"chosen by {by}", **table}, allow_unicode=True))
    effects = {} if snapshot is None else effects_by_kind(snapshot)
    if as_json:
        print_json(table | ({"effect": effects} if effect else {}), is_line=True)
        return
    year = ", and the year of its data" if table["survey_year"] else ""
    click.echo(f"The public reads as the source of each record: {table['public_source']}{year}")
    shares = "see each other's restricted records exactly" if table["hubs_share_restricted"] else "keep them apart"
    click.echo(f"Organisations of one hub {shares}.")
    if effect and snapshot is not None:
        show_effects(snapshot)
    if picture is not None:
        click.echo(f"picture: {picture}")
