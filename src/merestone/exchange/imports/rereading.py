"""A file that was taken in before: with the same reading, with another one, or undone since.

The same bytes read in another way (another reference system, accuracy, layer or day) are other records. So each import
remembers its options, and "already imported" is said only where they agree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from merestone.exchange.formats import Reading
from merestone.exchange.imports.row_reports import RowReport
from merestone.register import Batch, Import, Register, SettledAs
from merestone.terms import FileRefused, Visibility, number_of


class ReadOtherwise(FileRefused):
    """The file was taken in before with other options, and the records of that reading still stand."""


@dataclass(frozen=True)
class Earlier:
    """What was made of the same file before."""

    same: Import | None = None
    """The import with the same options whose records stand; None: there is none, and the file is to be read."""
    standing: tuple[tuple[Import, tuple[str, ...]], ...] = ()
    """Imports with other options whose records still stand, and in what they differ."""
    others: tuple[tuple[Import, tuple[str, ...]], ...] = ()
    """Imports that left no standing record, such as one in which every row went to quarantine, and their difference."""

    def refuse(self, path: Path) -> None:
        """Refuse to take the file in beside another reading of it: each place would be recorded twice.

        Raises
        ------
        ReadOtherwise
        """
        if not self.standing:
            return
        taken, differences = self.standing[-1]
        raise ReadOtherwise(
            path,
            f"this file was imported on {taken.recorded_at:%Y-%m-%d %H:%M} UTC by {taken.by} with another reading "
            f"({'; '.join(differences)}), and its {number_of(taken.recorded_count, 'record stands', 'records stand')}",
            "undo that import first (merestone imports, merestone undo-import), or import it again with --again",
        )

    def notes(self) -> list[str]:
        """What is to be told of a file that is taken in again."""
        return [
            f"this file was imported on {taken.recorded_at:%Y-%m-%d %H:%M} UTC with another reading "
            f"({'; '.join(differences) or 'its records were withdrawn since'})"
            for taken, differences in (*self.standing, *self.others)
        ]


def options_of(
    reading: Reading, *, accuracy_m: float | None, true_on: date | None, visibility: Visibility, **more: Any
) -> dict[str, Any]:
    """What decides, beside the bytes, which records a file gives. One layer of several is told by the digest."""
    return {
        "crs": reading.crs,
        "accuracy_m": accuracy_m,
        "true_on": None if true_on is None else true_on.isoformat(),
        "visibility": visibility.value,
        **more,
    }


def earlier_imports(register: Register, digest: str, kind: str, options: Mapping[str, Any]) -> Earlier:
    """Sort the earlier imports of a file by whether they read it in the same way."""
    same: Import | None = None
    standing: list[tuple[Import, tuple[str, ...]]] = []
    others: list[tuple[Import, tuple[str, ...]]] = []
    for taken in register.imports_of(digest, kind):
        differences = _differences(taken, options)
        holds = register.standing_count(taken) > 0
        if not differences and (holds or not taken.recorded_count):
            same = taken
        else:
            (standing if holds else others).append((taken, differences))
    return Earlier(same, tuple(standing), tuple(others))


def _differences(taken: Import, options: Mapping[str, Any]) -> tuple[str, ...]:
    """In what a reading differed, in words. Of an import by an older Merestone, less is known."""
    before = taken.reading
    if before is None:
        before = {name: taken.summary[name] for name in ("crs",) if name in taken.summary}
        options = {name: options[name] for name in before}
    names = sorted(set(before) | set(options))
    return tuple(
        f"{name} {_shown(before.get(name))}, now {_shown(options.get(name))}"
        for name in names
        if before.get(name) != options.get(name)
    )


def _shown(value: object) -> str:
    return "not stated" if value is None else f"{value}"


def settle_earlier(register: Register, batch: Batch, earlier: Earlier, rows: Iterable[RowReport]) -> None:
    """Let the rows that an earlier reading left in quarantine wait no longer: this reading has an answer for each."""
    before = {taken.batch_id for taken, _ in (*earlier.standing, *earlier.others)}
    if not before:
        return
    waiting = {row.row: row.event_id for row in register.quarantined() if row.batch_id in before}
    taken_now = {waiting[row.row]: row.record_id for row in rows if row.row in waiting and row.record_id is not None}
    again = [waiting[row.row] for row in rows if row.row in waiting and row.record_id is None]
    batch.settle(list(taken_now), SettledAs.TAKEN_OTHERWISE, records=taken_now)
    batch.settle(again, SettledAs.READ_AGAIN)
