"""What is printed and written of an import: of one file its report, of several one table and one list."""

import csv
import io
import json
from typing import Any, Final

from merestone.exchange.imports import FileResult
from merestone.terms import number_of

LOOK_AT: Final = 3
"""Lines on each of many files, below the table; all are in the reports."""


def json_of(results: list[FileResult]) -> str:
    """The report of one file as it is; of several, or of several kinds, a list."""
    if len(results) == 1 and len(results[0].reports) == 1 and results[0].error is None:
        content: Any = results[0].reports[0].as_json()
    else:
        content = {
            "files": [
                {
                    "file": str(result.path),
                    "error": None if result.error is None else str(result.error),
                    "notes": list(result.notes),
                    "imports": [report.as_json() for report in result.reports],
                }
                for result in results
            ]
        }
    return json.dumps(content, ensure_ascii=False, indent=2)


def csv_of(results: list[FileResult]) -> str:
    """A line for each row; of several files or kinds with the file and the kind before it."""
    reports = [report for result in results for report in result.reports]
    if len(results) == 1 and len(reports) == 1:
        return reports[0].as_csv()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for at, report in enumerate(reports):
        lines = list(csv.reader(io.StringIO(report.as_csv())))
        if at == 0:
            writer.writerow(["file", "kind", *lines[0]])
        writer.writerows([str(report.path), str(report.kind), *line] for line in lines[1:])
    return out.getvalue()


def text_of(results: list[FileResult]) -> str:
    """The report of one file; of several, or of several kinds, one table and what is to be looked at."""
    if len(results) == 1 and len(results[0].reports) == 1 and results[0].error is None and not results[0].notes:
        return results[0].reports[0].text()
    width = min(40, max(len(result.path.name) for result in results))
    lines = [f"{'FILE':<{width}}  {'KIND':<18}{'ACCEPTED':>9}{'REPAIRED':>9}{'QUARANTINED':>12}{'ROWS':>9}"]
    for result in results:
        for report in result.reports:
            account, state = report.account, "  already imported" if report.already is not None else ""
            lines.append(
                f"{result.path.name:<{width}}  {report.kind:<18}{account.accepted:>9,}{account.repaired:>9,}"
                f"{account.quarantined:>12,}{account.total:>9,}{state}"
            )
        if result.error is not None:
            rest = "the rest was refused" if result.reports else "refused; nothing of it was taken"
            lines.append(f"{result.path.name:<{width}}  {rest}")
    refused = sum(result.error is not None for result in results)
    rows = sum(report.account.total for result in results for report in result.reports)
    lines.append(f"{number_of(len(results), 'file')}, {refused:,} refused; {number_of(rows, 'row')}")
    for result in results:
        lines += [f"{result.path.name}: {note}" for note in result.notes]
        for report in result.reports:
            telling = list(report.telling_lines())
            lines += [f"{result.path.name}, {report.kind}: {line.strip()}" for line in telling[:LOOK_AT]]
            if len(telling) > LOOK_AT:
                lines.append(f"{result.path.name}, {report.kind}: {len(telling) - LOOK_AT:,} more; see --report-csv")
        if result.error is not None:
            lines.append(f"{result.path.name}: {result.error}")
    if any(report.dry_run for result in results for report in result.reports):
        lines.append("dry run: nothing was written to the register")
    return "\n".join(lines)
