"""What an intake did with each row, as a value, and as text, JSON and CSV."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from merestone.exchange.imports.field_mapping import kind_label
from merestone.exchange.imports.row_reports import RowReport, counted
from merestone.register import Import
from merestone.terms import WIDENED_M, Account, Outcome, RecordKind, Visibility, number_of, renamed_attribute

SHOWN_ROWS: Final = 10
"""Rows that the text names one by one; all are in the JSON and CSV."""


class Compared(Protocol):
    """A delivery beside what the register holds, of areas or of records without a layer."""

    def lines(self) -> list[str]:
        """The comparison for a person."""
        ...

    def as_json(self) -> dict[str, Any]:
        """The comparison for a program."""
        ...


@dataclass(frozen=True)
class IntakeReport:
    """An intake, whole. `rows` has one entry for each row of the file, in order."""

    path: Path
    file_sha256: str
    kind: str
    """A layer (`RecordKind`), or the name of a kind without layers."""
    format_name: str
    layer: str
    crs: str
    source: str
    accuracy_m: float | None
    by: str
    true_on: date | None
    dry_run: bool
    already: Import | None
    rows: Sequence[RowReport]
    visibility: Visibility
    """How exactly everybody sees its records."""
    is_level_stated: bool = True
    """Whether a person chose that; False: it is the level of the kind, and rows of our own exports keep theirs."""
    notes: tuple[str, ...] = ()
    delivery: Compared | None = None
    """The file beside what the register held, if it was taken as a new delivery."""

    found = renamed_attribute("found", "remark_counts")

    @cached_property
    def account(self) -> Account:
        """Accepted, repaired and quarantined; they add up to the rows of the file."""
        count: Counter[Outcome] = Counter()
        for row, times in counted(self.rows):
            count[row.outcome] += times
        return Account(count[Outcome.ACCEPTED], count[Outcome.REPAIRED], count[Outcome.QUARANTINED])

    @cached_property
    def remark_counts(self) -> Mapping[str, int]:
        """How many rows carry each finding, the most frequent first."""
        count: Counter[str] = Counter()
        for row, times in counted(self.rows):
            for code in row.reasons:
                count[code] += times
        return dict(count.most_common())

    def text(self) -> str:
        """The report for a person, a few lines and then the first rows that need looking at."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        accuracy = f", accuracy {self.accuracy_m:g} m" if self.accuracy_m is not None else (
            f", accuracy not stated: widened by {WIDENED_M:g} m wherever it warns"
        )  # fmt: skip
        accuracy = accuracy if self.kind in set(RecordKind) else ""
        yield f"{self.path.name}: {self.format_name}, layer {self.layer}, {self.crs}"
        yield f"  as {kind_label(self.kind)}, source: {self.source}{accuracy}"
        if self.already is not None:
            taken = self.already
            yield (
                f"  already imported on {taken.recorded_at:%Y-%m-%d %H:%M} UTC by {taken.by} "
                f"({number_of(taken.recorded_count, 'record')}, {taken.quarantined_count:,} in quarantine); "
                "nothing was changed"
            )
            return
        account = self.account
        width = len(f"{account.total:,}")
        for outcome, count, remarks in (
            ("accepted", account.accepted, "taken as they stand"),
            ("repaired", account.repaired, "taken; what was done to them is in the report"),
            ("quarantined", account.quarantined, "no record could be made; kept whole, with the reason"),
        ):
            yield f"  {outcome:<11} {count:>{width},}  {remarks}"
        yield f"  {'rows':<11} {account.total:>{width},}"
        if self.kind in set(RecordKind):
            chosen = "" if self.is_level_stated else ", unless --visibility says otherwise"
            yield f"  visibility  {self.visibility}{chosen}: {self.visibility.label}"
        if self.remark_counts:
            yield "  found: " + ", ".join(f"{code} {count:,}" for code, count in self.remark_counts.items())
        yield from self.telling_lines()
        if self.dry_run:
            yield "  dry run: nothing was written to the register"

    def telling_lines(self) -> Iterator[str]:
        """What a person should look at: notes, changes of a delivery, and the first rows with something to tell."""
        for note in self.notes:
            yield f"  note: {note}"
        if self.delivery is not None:
            yield from (f"  {line}" for line in self.delivery.lines())
        others = self.account.repaired + self.account.quarantined
        rows = self.rows if others else ()
        for row in islice((row for row in rows if row.outcome is not Outcome.ACCEPTED), min(others, SHOWN_ROWS)):
            yield f"  row {row.row}: {row.outcome}: {'; '.join(row.messages)}"
        more = others - SHOWN_ROWS
        if more > 0:
            yield f"  ... and {number_of(more, 'more such row')}; --report-csv FILE or --report-json FILE names each"
        yield from self._refused_lines()

    def _refused_lines(self) -> Iterator[str]:
        """The first rows that were taken although a value beside the place was not: which value, and why."""
        count = sum(times for row, times in counted(self.rows) if _is_without_a_value(row))
        for row in islice(filter(_is_without_a_value, self.rows if count else ()), min(count, SHOWN_ROWS)):
            remarks = [
                remark for remark in row.messages if any(remark.startswith(f"{code[:-8]} = ") for code in row.reasons)
            ]
            yield f"  row {row.row}: {row.outcome}, without a value: {'; '.join(remarks or row.messages)}"
        if count > SHOWN_ROWS:
            yield f"  ... and {number_of(count - SHOWN_ROWS, 'more row')} with a value that was not taken"

    def as_json(self) -> Mapping[str, Any]:
        """The report for a program. Rows that were accepted without remark are only counted."""
        taken = self.already
        return {
            "file": str(self.path),
            "file_sha256": self.file_sha256,
            "kind": str(self.kind),
            "format": self.format_name,
            "layer": self.layer,
            "crs": self.crs,
            "source": self.source,
            "accuracy_m": self.accuracy_m,
            "by": self.by,
            "true_on": None if self.true_on is None else self.true_on.isoformat(),
            "visibility": self.visibility.value,
            "dry_run": self.dry_run,
            "already_imported_at": None if taken is None else taken.recorded_at.isoformat(),
            "accepted": self.account.accepted,
            "repaired": self.account.repaired,
            "quarantined": self.account.quarantined,
            "total": self.account.total,
            "found": dict(self.remark_counts),
            "notes": list(self.notes),
            "delivery": None if self.delivery is None else self.delivery.as_json(),
            "rows": [
                {
                    "row": row.row,
                    "outcome": row.outcome.value,
                    "record_id": row.record_id,
                    "reasons": list(row.reasons),
                    "words": list(row.messages),
                    "done": row.done,
                }
                for row in self.rows
                if row.reasons or row.outcome is not Outcome.ACCEPTED
            ],
        }

    def as_csv(self) -> str:
        """Every row of the file on a line: its end, its record, what was found and what was done."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["row", "outcome", "record_id", "reasons", "found", "done"])
        for row in self.rows:
            reasons, text = ";".join(row.reasons), "; ".join(row.messages)
            writer.writerow([row.row, row.outcome.value, row.record_id or "", reasons, text, row.done])
        return out.getvalue()


def _is_without_a_value(row: RowReport) -> bool:
    return row.outcome is not Outcome.QUARANTINED and any(code.endswith("_refused") for code in row.reasons)
