"""`merestone screen --points`: a file of positions against hazards."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from merestone.bulk import Question, ScreenReport, screen_file, summary_line
from merestone.cli.english_beside import echo_english, english_if_needed
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.cli.screen_source import Asked
from merestone.files import scratch_folder
from merestone.languages import current_language, gettext, ngettext, number_text, speaking
from merestone.screening import (
    INSIDE,
    NEAR,
    NO_ASSURANCE,
    NONE_RECORDED,
    Class,
    class_text,
    distance_text,
    label_sentence,
)
from merestone.screening import UNKNOWN as UNKNOWN_CODE
from merestone.terms import RecordKind

_ADDED: Final = ("hazard_", "position_")
"""How the columns begin that an answer adds to a row's own."""
CODES: Final = {"inside": INSIDE, "near": NEAR, "none recorded": NONE_RECORDED, "unknown": UNKNOWN_CODE}


def screen_point_file(points: Path, asked: Asked) -> int:
    """Screen every position of a file into another; print the counts, and give the exit code.

    Without another file, the answers are printed, a line each.
    """
    if asked.output is not None:
        return _screened(points, asked, asked.output)
    with scratch_folder("answers") as folder:
        return _screened(points, asked, folder / "answers.csv")


def _screened(points: Path, asked: Asked, output: Path) -> int:
    compared, warn_m = asked.compared, asked.warn_m
    circumstances = compared.circumstances
    written_on = circumstances.written_on.isoformat() if circumstances.written_on else ""
    question = Question(asked.accuracy_m, warn_m, written_on=written_on, crs=asked.crs, layer=asked.layer)
    if asked.spark is None:
        with progress_line("screening") as progress, speaking("en"):  # of files, so that programs can rely on them
            report = screen_file(
                points, output, compared.index, question,
                overwrite=asked.force, progress=progress, columns=asked.columns, circumstances=circumstances,
            )  # fmt: skip
    else:
        from merestone.bulk import screen_file_spark

        index = compared.pack if compared.pack is not None and not compared.rebuild_cells else compared.index
        master = None if asked.spark == "local" else asked.spark
        report = screen_file_spark(points, output, index, question, master=master, overwrite=asked.force)
    unplaced = compared.index.unplaced + circumstances.unplaced_count
    codes = Counter({CODES[name]: count for name, count in report.classes.items()})
    summary = summary_line(codes)
    if asked.as_json:
        fields: dict[str, Any] = {
            "language": current_language().tag,
            "summary": summary,
            "in_english": english_if_needed(lambda: {"summary": summary_line(codes)}),
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
        report_lines = partial(_report_lines, report, points, asked, output, codes)
        for line in report_lines():
            click.echo(line)
        echo_english(report_lines)
    if report.classes[Class.INSIDE.value] or report.classes[Class.NEAR.value]:
        return DANGER
    return UNKNOWN if report.classes[Class.UNKNOWN.value] else DONE


def _report_lines(report: ScreenReport, points: Path, asked: Asked, output: Path, codes: Counter[int]) -> Iterator[str]:
    """For a person: the answers if no file takes them, then the counts and what to know about them."""
    circumstances = asked.compared.circumstances
    if circumstances.label:
        yield label_sentence(circumstances.label)
    if asked.output is None:
        for number, answer in enumerate(_rows(output), start=1):
            yield _line(number, answer)
    yield gettext(
        "{file}: positions: {count}, warning distance {distance}, data from: {days}",
        file=points if asked.output is None else output,
        count=number_text(report.rows),
        distance=distance_text(asked.warn_m),
        days=circumstances.data_days,
    )
    yield summary_line(codes)
    for name in Class:
        yield f"  {class_text(name):<14} {number_text(report.classes[name.value]):>12}"
    for fault, count in report.faults.items():
        line = "  " + gettext("unknown because {fault}: {count}", fault=gettext(fault), count=number_text(count))
        rows = ", ".join(str(row) for row in report.first_fault_rows.get(fault, ()))
        first_rows = gettext("first in row {rows}", rows=rows)
        yield f"{line} ({first_rows})" if rows else line
    for row, first_reason in report.first_reasons.items():
        yield "    " + gettext("row {row}: {text}", row=row, text=first_reason)
    for note in (*report.notes, *circumstances.doubts_of_days):
        yield f"  {note}"
    if circumstances.compared_with:
        yield f"  {circumstances.compared_with}"
    unplaced = asked.compared.index.unplaced + circumstances.unplaced_count
    yield "  " + ngettext(
        "{count} row that may be a hazard has no usable place and could not be compared with.",
        "{count} rows that may be hazards have no usable place and could not be compared with.",
        unplaced,
    )
    if asked.output is None:
        yield f"  {gettext(NO_ASSURANCE)}"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """The answers, a dictionary for each row, by column."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _line(number: int, row: Mapping[str, str]) -> str:
    """One answer for a person: the row, what its first column says, the class, and the hazard or the fault."""
    own = next((value for name, value in row.items() if not name.startswith(_ADDED)), "")
    name = f"{number} ({own})" if own else str(number)
    parts = [gettext("row {row}: {text}", row=name, text=class_text(Class(row["hazard_class"])))]
    if row["hazard_record_id"]:
        parts.append(f"{RecordKind(row['hazard_kind']).label} {row['hazard_record_id']}")
    if row["hazard_distance_m"]:
        parts.append(gettext("{distance} away", distance=distance_text(float(row["hazard_distance_m"]))))
    if row["hazard_fault"]:
        parts.append(gettext(row["hazard_fault"]))
    if row["hazard_fault_detail"]:
        parts.append(row["hazard_fault_detail"])
    return ", ".join(parts)
