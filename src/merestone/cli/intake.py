"""`merestone import`: a file into the register."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merestone.cli.argument import KIND, by_option, day, force_option, json_option, output_option, register_argument
from merestone.cli.progress import progress_line
from merestone.exchange import IntakeReport, import_file
from merestone.exchange.mapping import mapping_text, read_mapping
from merestone.files import whole_file, write_file
from merestone.register import Register
from merestone.terms import RecordKind, Visibility

if TYPE_CHECKING:
    from merestone.exchange.preview import Preview


@click.command("import")
@register_argument
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "kind", type=KIND, required=True, help="What the rows of the file are.")
@click.option("--source", required=True, help="Who surveyed or published them, and when. Kept with every record.")
@click.option(
    "--accuracy-m",
    type=click.FloatRange(min=0),
    help="Radius in metres that holds 95 % of the positions; a row that states a worse one keeps its own.",
)
@click.option(
    "--accuracy-unknown",
    is_flag=True,
    help="Nobody stated it: places of rows that state none are widened wherever they warn.",
)
@click.option(
    "--true-on", type=day, metavar="DAY", help="The day on which the file's statements stood, such as the survey's."
)
@click.option(
    "--visibility",
    type=click.Choice([v.value for v in Visibility]),
    default=Visibility.RESTRICTED.value,
    show_default=True,
    help="Who may see exact outlines. The public never does; of restricted records it sees coarser ones.",
)
@click.option("--layer", help="Which layer, for a file that has several.")
@click.option("--crs", help="What the coordinates are in, for a file that does not say, such as EPSG:32633.")
@click.option("--encoding", help="How text is encoded, for a file that does not say, such as windows-1251.")
@click.option("--time-zone", help="Where moments become days, such as Europe/Sarajevo; else at the offset they state.")
@by_option
@click.option("--dry-run", is_flag=True, help="Read, check and report, but write nothing.")
@click.option("--again", is_flag=True, help="Take it in although the register holds the same file or areas already.")
@click.option(
    "--update-by",
    metavar="COLUMN",
    help="It is a new delivery: compare by this identifier, such as hazard_id, and revise what it changes.",
)
@click.option("--yes", is_flag=True, help="With --update-by: write without asking.")
@output_option("--report-json", help="Write the report here as JSON; with --dry-run only where no file stands.")
@output_option("--report-csv", help="Write the report here, one line for each row; the same holds.")
@click.option("--mapping", type=click.Path(path_type=Path), help="What columns become, as a YAML file (see --preview).")
@click.option("--preview", is_flag=True, help="Show what each column becomes and the first rows; write nothing.")
@output_option("--preview-map", help="With --preview: draw the file and its reading side by side, as .svg or .png.")
@output_option("--write-mapping", help="With --preview: write what columns become here, to change it and keep it.")
@force_option
@json_option
def import_command(
    register_path: Path,
    file: Path,
    kind: str,
    source: str,
    accuracy_m: float | None,
    accuracy_unknown: bool,
    true_on: date | None,
    visibility: str,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    time_zone: str | None,
    by: str,
    dry_run: bool,
    again: bool,
    update_by: str | None,
    yes: bool,
    report_json: Path | None,
    report_csv: Path | None,
    mapping: Path | None,
    preview: bool,
    preview_map: Path | None,
    write_mapping: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Take a file into the register: all of it, in one transaction, or nothing.

    Reads GeoJSON, GeoPackage, GeoParquet, FlatGeobuf, Shapefile, file geodatabase, MapInfo, GML, KML, GPX, workbooks
    (XLSX), and tables of text (CSV, TSV) with places in any usual notation. Each row ends as accepted, repaired or
    quarantined, and the three add up. The same file taken in twice as the same kind is recognised and changes nothing.

    \b
    Example:
      merestone import areas.gpkg survey.geojson --as suspected \\
          --source "non-technical survey, May 2026" --accuracy-m 25
    """  # noqa: D301 (the backslashes are click's and the shell's)
    if (accuracy_m is None) is not accuracy_unknown:
        raise click.UsageError(
            "Say how accurate the positions are with --accuracy-m METRES, or --accuracy-unknown if nobody stated it "
            "(one of the two). It decides how far around each place people are warned."
        )
    columns = None if mapping is None else read_mapping(mapping, RecordKind(kind))
    if preview:
        from merestone.exchange.preview import preview_file  # brings Matplotlib, which no import needs

        looked = preview_file(
            file, kind=RecordKind(kind), accuracy_m=accuracy_m, crs=crs, layer=layer, encoding=encoding,
            time_zone=time_zone, mapping=columns,
        )  # fmt: skip
        click.echo(json.dumps(looked.as_json(), ensure_ascii=False, indent=2) if as_json else looked.text())
        _write_preview(looked, preview_map, write_mapping, overwrite=force)
        return
    if preview_map is not None or write_mapping is not None:
        raise click.UsageError("--preview-map and --write-mapping go with --preview.")

    def take(*, is_dry: bool) -> IntakeReport:
        with (
            Register.open(register_path, read_only=is_dry) as register,
            progress_line(f"{'comparing' if is_dry else 'importing'} {file.name}") as progress,
        ):
            return import_file(
                register,
                file,
                kind=RecordKind(kind),
                source=source,
                accuracy_m=accuracy_m,
                by=by,
                true_on=true_on,
                visibility=Visibility(visibility),
                crs=crs,
                layer=layer,
                encoding=encoding,
                time_zone=time_zone,
                mapping=columns,
                dry_run=is_dry,
                again=again,
                update_by=update_by,
                progress=progress,
            )

    if update_by is not None and not yes and not dry_run:
        _ask(take(is_dry=True))
    report = take(is_dry=dry_run)
    if report_json is not None:
        content = json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n"
        write_file(report_json, content, overwrite=force and not dry_run)
    if report_csv is not None:
        write_file(report_csv, report.as_csv(), overwrite=force and not dry_run)
    click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2) if as_json else report.text())


def _write_preview(looked: "Preview", picture: Path | None, mapping: Path | None, *, overwrite: bool) -> None:
    """The picture and the mapping, where they were asked for; otherwise a word on how to ask."""
    if picture is not None:
        from merestone.exchange.reading_map import write_reading_map

        title = f"{looked.path.name} as {looked.kind.label}: {len(looked.rows):,} rows"
        with whole_file(picture, overwrite=overwrite, inputs=[looked.path]) as part:
            write_reading_map(part, looked.drawn, title=title, suffix=picture.suffix)
        click.echo(f"picture: {picture}")
    if mapping is not None:
        text = mapping_text(looked.mapping, looked.kind, file_name=looked.path.name)
        write_file(mapping, text, overwrite=overwrite)
        click.echo(f"mapping: {mapping}; change it, then import with --mapping {mapping}")
    if picture is None and mapping is None:
        name = looked.path.stem
        click.echo(
            f"next: --preview-map {name}.svg draws it; --write-mapping {name}.yaml lets you change what columns become"
        )


def _ask(report: IntakeReport) -> None:
    """Show what a delivery would change, and ask; without somebody to ask, nothing is written."""
    if report.already is not None or report.delivery is None:
        return
    for line in report.delivery.lines():
        click.echo(line, err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("nothing was written: say --yes to write it, or --dry-run to look at the whole report")
    click.confirm("Write this?", abort=True, err=True)
