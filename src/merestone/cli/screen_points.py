"""`merestone screen --points`: a file of positions against hazards."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from merestone.bulk import Question, ScreenReport, screen_file, summary_line
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.cli.screen_source import Asked
from merestone.screening import INSIDE, NEAR, NO_ASSURANCE, NONE_RECORDED, Class, label_sentence
from merestone.screening import UNKNOWN as UNKNOWN_CODE

_ADDED: Final = ("hazard_", "position_")
"""How the columns begin that an answer adds to a row's own."""
CODES: Final = {"inside": INSIDE, "near": NEAR, "none recorded": NONE_RECORDED, "unknown": UNKNOWN_CODE}


def screen_point_file(points: Path, asked: Asked) -> int:
    """Screen every position of a file into another; print the counts, and give the exit code.

    Without another file, the answers are printed, a line each.
    """
    if asked.output is not None:
        return _screened(points, asked, asked.output)
    with TemporaryDirectory() as folder:
        return _screened(points, asked, Path(folder) / "answers.csv")


def _screened(points: Path, asked: Asked, output: Path) -> int:
    compared, warn_m = asked.compared, asked.warn_m
    circumstances = compared.given
    written_on = circumstances.written_on.isoformat() if circumstances.written_on else ""
    question = Question(asked.accuracy_m, warn_m, written_on=written_on, crs=asked.crs, layer=asked.layer)
    if asked.spark is None:
        with progress_line("screening") as progress:
            report = screen_file(
                points, output, compared.index, question,
                overwrite=asked.force, progress=progress, columns=asked.columns, given=circumstances,
            )  # fmt: skip
    else:
        from merestone.bulk import screen_file_spark

        index = compared.pack if compared.pack is not None and not compared.rebuild_cells else compared.index
        master = None if asked.spark == "local" else asked.spark
        report = screen_file_spark(points, output, index, question, master=master, overwrite=asked.force)
    unplaced = compared.index.unplaced + circumstances.unplaced_count
    summary = summary_line(Counter({CODES[name]: count for name, count in report.classes.items()}))
    if asked.as_json:
        fields: dict[str, Any] = {
            "summary": summary,
            **report.as_json(),
            "output": None if asked.output is None else str(output),
            "warn_m": warn_m,
            "written_on": written_on or None,
            **circumstances.data_days.as_json(),
            "unplaced_count": unplaced,
            "label": circumstances.label,
            "compared_with": circumstances.compared_with or None,
            "sentences": list(circumstances.doubts_of_days),
        }
        if asked.output is None:
            fields["answers"] = list(_rows(output))
        print_json(fields)
    else:
        _print_report(report, points, asked, output, summary)
    if report.classes[Class.INSIDE.value] or report.classes[Class.NEAR.value]:
        return DANGER
    return UNKNOWN if report.classes[Class.UNKNOWN.value] else DONE


def _print_report(report: ScreenReport, points: Path, asked: Asked, output: Path, summary: str) -> None:
    """For a person: the answers if no file takes them, then the counts and what to know about them."""
    circumstances = asked.compared.given
    if circumstances.label:
        click.echo(label_sentence(circumstances.label))
    if asked.output is None:
        for number, answer in enumerate(_rows(output), start=1):
            click.echo(_line(number, answer))
    shown = points if asked.output is None else output
    click.echo(
        f"{shown}: {report.rows:,} positions, warning distance {asked.warn_m:g} m, data from: {circumstances.data_days}"
    )
    click.echo(summary)
    for name in Class:
        click.echo(f"  {name.value:<14} {report.classes[name.value]:>12,}")
    for fault, count in report.faults.items():
        rows = ", ".join(str(row) for row in report.first_fault_rows.get(fault, ()))
        click.echo(f"  unknown because {fault}: {count:,}" + (f" (first in row {rows})" if rows else ""))
    for row, first_reason in report.first_reasons.items():
        click.echo(f"    row {row}: {first_reason}")
    for note in (*report.notes, *circumstances.doubts_of_days):
        click.echo(f"  {note}")
    if circumstances.compared_with:
        click.echo(f"  {circumstances.compared_with}")
    unplaced = asked.compared.index.unplaced + circumstances.unplaced_count
    click.echo(f"  {unplaced:,} rows that may be hazards have no usable place and could not be compared with")
    if asked.output is None:
        click.echo(f"  {NO_ASSURANCE}")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The answers, a dictionary for each row, by column."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _line(number: int, row: Mapping[str, str]) -> str:
    """One answer for a person: the row, what its first column says, the class, and the hazard or the fault."""
    own = next((value for name, value in row.items() if not name.startswith(_ADDED)), "")
    parts = [f"row {number}" + (f" ({own})" if own else "") + f": {row['hazard_class']}"]
    if row["hazard_record_id"]:
        parts.append(f"{row['hazard_kind']} {row['hazard_record_id']}")
    if row["hazard_distance_m"]:
        parts.append(f"{float(row['hazard_distance_m']):,.0f} m away")
    parts += [row[name] for name in ("hazard_fault", "hazard_fault_detail") if row[name]]
    return ", ".join(parts)
