"""`merestone screen --points`: a file of positions against hazards."""

import json
from pathlib import Path
from typing import Any

import click

from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.progress import progress_line
from merestone.cli.screen_source import Compared
from merestone.exchange.batches import Question, screen_file
from merestone.screening import Class
from merestone.screening.answer import label_sentence


def screen_point_file(
    compared: Compared,
    points: Path,
    output: Path,
    accuracy_m: float | None,
    warn_m: float,
    force: bool,
    as_json: bool,
    spark: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
) -> int:
    """Screen every position of a file into another; print the counts, and give the exit code.

    `spark` is Spark's master, ``local`` for this machine; None: in this process.
    """
    given = compared.given
    data_on = given.data_on.isoformat() if given.data_on else ""
    question = Question(accuracy_m=accuracy_m, warn_m=warn_m, data_on=data_on, crs=crs, layer=layer)
    if spark is None:
        with progress_line("screening") as progress:
            report = screen_file(points, output, compared.index, question, overwrite=force, progress=progress)
    else:
        from merestone.exchange.spark import screen_file_spark

        index = compared.pack if compared.pack is not None and not compared.rebuild_cells else compared.index
        master = None if spark == "local" else spark
        report = screen_file_spark(points, output, index, question, master=master, overwrite=force)
    unplaced = compared.index.unplaced + given.unplaced_count
    if as_json:
        told: dict[str, Any] = {
            **report.as_json(),
            "output": str(output),
            "warn_m": warn_m,
            "data_on": data_on or None,
            "unplaced_count": unplaced,
            "label": given.label,
            "compared_with": given.compared_with or None,
            "sentences": list(given.doubts_of_days),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        if given.label:
            click.echo(label_sentence(given.label))
        click.echo(f"{output}: {report.rows:,} positions, warning distance {warn_m:g} m, data of {data_on or 'no day'}")
        for name in Class:
            click.echo(f"  {name.value:<14} {report.classes[name.value]:>12,}")
        for fault, count in report.faults.items():
            rows = ", ".join(str(row) for row in report.first_fault_rows.get(fault, ()))
            click.echo(f"  unknown because {fault}: {count:,}" + (f" (first in row {rows})" if rows else ""))
        for row, words in report.first_reasons.items():
            click.echo(f"    row {row}: {words}")
        for note in (*report.notes, *given.doubts_of_days):
            click.echo(f"  {note}")
        if given.compared_with:
            click.echo(f"  {given.compared_with}")
        click.echo(f"  {unplaced:,} rows that may be hazards have no usable place and could not be compared with")
    if report.classes[Class.INSIDE.value] or report.classes[Class.NEAR.value]:
        return DANGER
    return UNKNOWN if report.classes[Class.UNKNOWN.value] else DONE
