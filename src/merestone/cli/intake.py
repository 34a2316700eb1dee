"""`merestone import`: a file into the register."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from merestone.cli.argument import (
    ANY_KIND,
    DAY,
    by_option,
    force_option,
    grouped,
    json_option,
    keys_in,
    output_option,
    register_argument,
)
from merestone.cli.exit_codes import exit_code_of
from merestone.cli.intake_text import csv_of, json_of, text_of
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.cli.visibility import ask_level
from merestone.exchange import IntakeReport
from merestone.exchange.imports import (
    ColumnMapping,
    FileResult,
    RowFilter,
    expanded,
    import_files,
    mapping_text,
    read_mapping,
)
from merestone.files import whole_file, write_file
from merestone.register import Register
from merestone.terms import LEVELS, RecordKind, Visibility, number_of

if TYPE_CHECKING:
    from merestone.exchange.imports import Preview, SheetPreview


def _files(_context: click.Context, _param: click.Parameter, patterns: tuple[Path, ...]) -> tuple[Path, ...]:
    """The files that names and patterns mean: Windows shells leave patterns to the program."""
    return tuple(expanded(patterns))


@dataclass(frozen=True, kw_only=True)
class PreviewWanted:
    """Whether a preview is asked for, and what is written of it."""

    preview: bool
    preview_map: Path | None
    write_mapping: Path | None

    def __post_init__(self) -> None:
        """Refuse files of a preview that nobody asks for."""
        if not self.preview and (self.preview_map is not None or self.write_mapping is not None):
            raise click.UsageError("--preview-map and --write-mapping go with --preview.")


@dataclass(frozen=True, kw_only=True)
class UpdateWanted:
    """Whether a file is a new delivery, and where it is drawn beside what the register holds."""

    update_by: str | None
    update_map: Path | None

    def refuse_map_of_none(self, files: tuple[Path, ...], kinds: tuple[str, ...]) -> None:
        """Refuse a map of a delivery that there will not be."""
        if self.update_map is None:
            return
        if self.update_by is None:
            raise click.UsageError("--update-map goes with --update-by.")
        if len(files) != 1 or len(kinds) != 1:
            raise click.UsageError("--update-map draws one file, as one kind: name one file, and --as KIND.")
        if kinds[0] not in set(RecordKind):
            raise click.UsageError("--update-map draws the places of a layer; records of this kind have none.")

    def draw(self, report: IntakeReport, *, overwrite: bool) -> None:
        """The map, if one is wanted; a file that is already imported is compared with nothing."""
        picture = self.update_map
        if picture is None:
            return
        from merestone.exchange.imports import Comparison, write_delivery_map  # brings Matplotlib

        if not isinstance(report.delivery, Comparison) or report.delivery.outlines is None:
            click.echo("picture: none, since nothing was compared", err=True)
            return
        title = f"{report.path.name} beside what the register holds, compared by {report.delivery.key_name}"
        with whole_file(picture, overwrite=overwrite, inputs=[report.path]) as part:
            write_delivery_map(part, report.delivery.outlines, title=title, suffix=picture.suffix)
        click.echo(f"picture: {picture}", err=True)


@click.command("import")
@register_argument
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path), callback=_files)
@click.option("--as", "kind", type=ANY_KIND, help="The kind of record; or the mapping's kind states it for each row.")
@click.option("--source", required=True, help="Who surveyed or published the data, and when. Kept with every record.")
@click.option(
    "--accuracy-m",
    type=click.FloatRange(min=0),
    help="Radius in metres that holds 95 % of the positions; a row that states a worse one keeps its own.",
)
@click.option(
    "--accuracy-unknown",
    is_flag=True,
    help="The accuracy is not stated: a default distance is added around such places in every warning.",
)
@click.option("--true-on", type=DAY, metavar="DAY", help="The date of the file's content, such as the survey's.")
@click.option(
    "--visibility",
    type=click.Choice([level.value for level in LEVELS]),
    help="How exactly everybody sees the outlines. Default: public for suspected and confirmed areas, else restricted; "
    "on a terminal you are asked, with what it does. A record's text is never public.",
)
@click.option("--layer", help="The layer to read, for a file that has several.")
@click.option("--crs", help="Coordinate reference system, for a file that does not state it, such as EPSG:32633.")
@click.option("--encoding", help="Text encoding, for a file that does not state it, such as windows-1251.")
@click.option("--time-zone", help="Turns times into days, such as Europe/Sarajevo. Default: the offset of each time.")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help='Only these rows: COLUMN=VALUE, COLUMN!=VALUE, "COLUMN in (A, B)"; may be repeated; all must be met.',
)
@click.option("--key-file", type=click.File(encoding="utf-8"), help="People hurt: the key that seals personal fields.")
@by_option
@click.option("--dry-run", is_flag=True, help="Read, check and report; write nothing except a requested report.")
@click.option("--again", is_flag=True, help="Import although the register already has the same file or areas.")
@click.option(
    "--update-by",
    metavar="COLUMN",
    help="Treat the file as an update: compare by this identifier, such as hazard_id, and revise what changed.",
)
@output_option(
    "--update-map",
    endings=(".svg", ".png", ".pdf"),
    help="With --update-by: draw what is unchanged, changed, new and gone (.svg, .png, .pdf), before you are asked.",
)
@click.option("--yes", is_flag=True, help="Do not ask: write, with each kind's default visibility.")
@output_option("--report-json", help="Write the report here as JSON; with --dry-run, an existing file is not replaced.")
@output_option(
    "--report-csv", help="Write the report here as CSV, one line per row; an existing file is treated the same way."
)
@click.option("--mapping", type=click.Path(path_type=Path), help="What columns become, as a YAML file (see --preview).")
@click.option("--preview", is_flag=True, help="Show what each column becomes and the first rows; write nothing.")
@output_option(
    "--preview-map",
    endings=(".svg", ".png", ".pdf"),
    help="With --preview: draw the file and its reading side by side, as .svg, .png or .pdf.",
)
@output_option("--write-mapping", help="With --preview: write what columns become here, to change it and keep it.")
@force_option
@json_option
@grouped("reading", dict, "crs", "layer", "encoding", "time_zone")
@grouped("reports", dict, "report_json", "report_csv")
@grouped("update", UpdateWanted, "update_by", "update_map")
@grouped("look", PreviewWanted, "preview", "preview_map", "write_mapping")
def import_command(
    register_path: Path,
    files: tuple[Path, ...],
    kind: str | None,
    source: str,
    accuracy_m: float | None,
    accuracy_unknown: bool,
    true_on: date | None,
    visibility: str | None,
    reading: dict[str, Any],
    conditions: tuple[str, ...],
    key_file: TextIO | None,
    by: str,
    dry_run: bool,
    again: bool,
    yes: bool,
    reports: dict[str, Path | None],
    update: UpdateWanted,
    mapping: Path | None,
    look: PreviewWanted,
    force: bool,
    as_json: bool,
) -> None:
    """Import files into the register. Each file is one transaction: imported completely or not at all.

    Reads GeoJSON, GeoPackage, GeoParquet, FlatGeobuf, Shapefile, file geodatabase, MapInfo, GML, KML, GPX, workbooks
    (XLSX), and tables of text (CSV, TSV) with places in any usual notation; activities, organisations, people hurt and
    other records without a layer also without places. Each row ends as accepted, repaired or quarantined, and the three
    add up. Importing the same file twice as the same kind is detected and changes nothing.

    Patterns such as "surveys/*.csv" are expanded here, also where the shell does not. If a file is refused, the
    others are still imported; the exit code is then 3, and the table says which. `merestone form` writes blank forms.

    \b
    Example:
      merestone import areas.gpkg survey.geojson --as suspected \\
          --source "non-technical survey, May 2026" --accuracy-m 25
      merestone import areas.gpkg tasks.xlsx --as activity --source "operations"
      merestone import areas.gpkg "events/*.csv" --mapping events.yaml --where "year=2026" \\
          --source "events database" --accuracy-unknown
    """  # noqa: D301 (the backslashes are click's and the shell's)
    columns, kinds = _columns_and_kinds(mapping, kind)
    has_layer = _has_layer(kinds, accuracy_m, accuracy_unknown=accuracy_unknown)
    update.refuse_map_of_none(files, kinds)
    if look.preview:
        looked = _looked_at(files, kinds, columns, conditions, accuracy_m, reading)
        _show_preview(looked, look, overwrite=force, as_json=as_json)
        return
    options: dict[str, Any] = {
        "kind": kind, "source": source, "accuracy_m": accuracy_m if has_layer else None, "by": by, "true_on": true_on,
        "visibility": None if visibility is None else Visibility(visibility), "mapping": columns, "again": again,
        "update_by": update.update_by, "keep_outlines": update.update_map is not None, "where": conditions, **reading,
    }  # fmt: skip
    if not (dry_run or yes) and update.update_by is not None:
        update = _ask_before_update(register_path, files, options, update, overwrite=force)
    elif not (dry_run or yes or as_json) and visibility is None and _somebody_is_there():
        where = RowFilter.of(conditions)
        options["visibility"] = ask_level(files, kinds, accuracy_m=accuracy_m, mapping=columns, where=where, **reading)
    results = _taken(register_path, files, key_file, is_dry=dry_run, options=options)
    _report(results, **reports, update=update, overwrite=force and not dry_run, as_json=as_json)


def _report(
    results: list[FileResult],
    *,
    report_json: Path | None,
    report_csv: Path | None,
    update: UpdateWanted,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Print and write what became of each file; ends with the exit code of the worst refusal."""
    if len(results) == 1 and results[0].error is not None and not results[0].reports:
        raise results[0].error
    if report_json is not None:
        write_file(report_json, f"{json_of(results)}\n", overwrite=overwrite)
    if report_csv is not None:
        write_file(report_csv, csv_of(results), overwrite=overwrite)
    for report in (report for result in results for report in result.reports):
        update.draw(report, overwrite=overwrite)
    click.echo(json_of(results) if as_json else text_of(results))
    if not as_json:
        for written in filter(None, (report_json, report_csv)):
            click.echo(f"report: {written}")
    errors = [result.error for result in results if result.error is not None]
    if errors:
        sys.exit(max(map(exit_code_of, errors)))


_ACCURACY_MISSING = (
    "State the accuracy of the positions with --accuracy-m METRES, or --accuracy-unknown if it is not stated "
    "(one of the two). It decides how far around each place people are warned."
)


def _columns_and_kinds(mapping: Path | None, kind: str | None) -> tuple[ColumnMapping | None, tuple[str, ...]]:
    """What columns become, where a mapping says so, and the kinds of the rows."""
    columns = None if mapping is None else read_mapping(mapping, kind)
    if kind is not None:
        return columns, (kind,)
    if columns is None:
        raise click.UsageError("Say what the rows are with --as KIND, or with --mapping and its part kind.")
    return columns, columns.kinds


def _has_layer(kinds: tuple[str, ...], accuracy_m: float | None, *, accuracy_unknown: bool) -> bool:
    """Whether rows of these kinds have places, whose accuracy must then be stated."""
    has_layer = any(kind in set(RecordKind) for kind in kinds)
    if has_layer and (accuracy_m is None) is not accuracy_unknown:
        raise click.UsageError(_ACCURACY_MISSING)
    return has_layer


def _looked_at(
    files: tuple[Path, ...],
    kinds: tuple[str, ...],
    columns: ColumnMapping | None,
    conditions: tuple[str, ...],
    accuracy_m: float | None,
    reading: dict[str, Any],
) -> "Preview | SheetPreview":
    """The preview of one file as one kind."""
    if len(files) != 1 or len(kinds) != 1:
        raise click.UsageError("--preview looks at one file, as one kind: name one file, and --as KIND.")
    where = RowFilter.of(conditions)
    if kinds[0] in set(RecordKind):
        from merestone.exchange.imports import preview_file  # brings Matplotlib, which no import needs

        return preview_file(
            files[0], kind=RecordKind(kinds[0]), accuracy_m=accuracy_m, mapping=columns, where=where, **reading
        )
    from merestone.exchange.imports import preview_sheets

    return preview_sheets(files[0], kind=kinds[0], mapping=columns, where=where, **reading)


def _taken(
    register_path: Path, files: tuple[Path, ...], key_file: TextIO | None, *, is_dry: bool, options: dict[str, Any]
) -> list[FileResult]:
    """The files, taken in or only compared."""
    with ExitStack() as stack:
        register = stack.enter_context(Register.open(register_path, read_only=is_dry))
        if key_file is not None:
            from merestone.register.sidecars import PersonalStore

            store = PersonalStore.open(PersonalStore.path_beside(register_path), keys_in(key_file))
            options = options | {"personal_store": stack.enter_context(store)}
        what = files[0].name if len(files) == 1 else f"{len(files)} files"
        progress = stack.enter_context(progress_line(f"{'comparing' if is_dry else 'importing'} {what}"))
        return import_files(register, files, dry_run=is_dry, progress=progress, **options)


def _show_preview(looked: "Preview | SheetPreview", wanted: PreviewWanted, *, overwrite: bool, as_json: bool) -> None:
    """Print the preview, and write its picture and mapping where they were asked for."""
    if as_json:
        print_json(looked.as_json())
    else:
        click.echo(looked.text())
    _write_preview(looked, wanted.preview_map, wanted.write_mapping, overwrite=overwrite)


def _write_preview(
    looked: "Preview | SheetPreview", picture: Path | None, mapping: Path | None, *, overwrite: bool
) -> None:
    """The picture and the mapping, where they were asked for; otherwise a word on how to ask."""
    if picture is not None:
        from merestone.exchange.imports import Preview

        if not isinstance(looked, Preview):
            raise click.UsageError("--preview-map draws the places of a layer; records of this kind have none")
        from merestone.exchange.imports import write_reading_map

        title = f"{looked.path.name} as {looked.kind.label}: {number_of(len(looked.rows), 'row')}"
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


def _somebody_is_there() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def _ask_before_update(
    register_path: Path, files: tuple[Path, ...], options: dict[str, Any], update: UpdateWanted, *, overwrite: bool
) -> UpdateWanted:
    """Show what a delivery would change of the register, and ask whether it is to be written; what is left to draw."""
    for result in _taken(register_path, files, None, is_dry=True, options=options):
        for report in result.reports:
            update.draw(report, overwrite=overwrite)
            _ask(report)
    return replace(update, update_map=None)


def _ask(report: IntakeReport) -> None:
    """Show what a delivery would change, and ask; without somebody to ask, nothing is written."""
    if report.already is not None or report.delivery is None:
        return
    for line in report.delivery.lines():
        click.echo(line, err=True)
    if not _somebody_is_there():
        raise click.UsageError("nothing was written: use --yes to write it, or --dry-run to see the whole report")
    click.confirm("Write this?", abort=True, err=True)
