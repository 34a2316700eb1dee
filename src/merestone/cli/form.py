"""`merestone form`: blank forms of every kind of record, for devices and for spreadsheets."""

from pathlib import Path

import click

from merestone.cli.argument import ANY_KIND, force_option, output_option
from merestone.files import whole_file


@click.command("form")
@click.argument("kind", type=ANY_KIND)
@click.option("--blank", is_flag=True, help="A spreadsheet to fill in (.xlsx or .csv), instead of a form for devices.")
@output_option("-o", "--output", required=True, metavar="FILE", help="Where to write it.")
@force_option
def form_command(kind: str, blank: bool, output: Path, force: bool) -> None:
    """Write a blank form of a kind of record, made from its definition. Filled-in copies import without a mapping.

    Without --blank: an XLSForm, which ODK, KoboToolbox and Survey123 read; import its submissions (CSV, JSON, XML).
    With --blank: a workbook with required columns marked, help and drop-down lists, or a table of text (.csv).

    KIND is one of those that `merestone import --as` takes. Personal fields of people hurt are only on the spreadsheet.
    No blank form of a minefield record is made: it is only transcribed from a document that was handed over.

    \b
    Example:
      merestone form activity --blank -o tasks.xlsx
      merestone import areas.gpkg tasks.xlsx --as activity --source "operations, November 2026"
      merestone form suspected -o survey-form.xlsx
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.imports import refuse_no_form, write_blank, write_xlsform
    from merestone.terms import FileRefused

    refuse_no_form(kind)
    if not blank and output.suffix.lower() != ".xlsx":
        raise FileRefused(
            output, "an XLSForm is a workbook", "name it .xlsx, or add --blank for a table of text (.csv)"
        )
    with whole_file(output, overwrite=force) as part:
        if blank:
            write_blank(kind, part, suffix=output.suffix)
        else:
            write_xlsform(kind, part)
    if blank:
        click.echo(f"{output}: fill it in, then: merestone import REGISTER {output} --as {kind} --source WHO")
    else:
        click.echo(f"{output}: an XLSForm for ODK, KoboToolbox or Survey123; import its submissions with --as {kind}")
