"""The packaged exercise data: synthetic, labelled so in each file, around 0 N 0 E in the open sea, where nobody lives.

It shows every kind of outcome: some rows are faulty on purpose, so that a new user sees what is repaired and what is
put in quarantine. An island is invented around the areas (`tools/exercise_region.py`), so that the map has roads and
names. `tools/exercise_data.py` makes the files; a test holds that they are what it makes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from merestone.exchange.imports.intake import import_file
from merestone.exchange.imports.intake_report import IntakeReport
from merestone.files import part_beside, place_new, remove_leftovers, remove_part
from merestone.register import Register, RegisterExists
from merestone.terms import RecordKind, Visibility

__all__ = ["EXERCISE_LABEL", "ExerciseFile", "create_exercise", "exercise_files", "exercise_region"]

EXERCISE_LABEL: Final = "synthetic exercise data"


@dataclass(frozen=True, slots=True)
class ExerciseFile:
    """One file of the exercise, and how it is to be taken in."""

    path: Path
    kind: RecordKind
    source: str
    accuracy_m: float | None
    true_on: date
    visibility: Visibility


def exercise_files() -> tuple[ExerciseFile, ...]:
    """The files, in the order in which they are taken in."""
    here = Path(__file__).parent
    return tuple(
        ExerciseFile(here / f"{name}.geojson", kind, f"exercise (synthetic): {source}", accuracy_m, true_on, visibility)
        for name, kind, source, accuracy_m, true_on, visibility in (
            ("suspected", RecordKind.SUSPECTED, "non-technical survey", 25.0, date(2026, 5, 4), Visibility.PUBLIC),
            ("confirmed", RecordKind.CONFIRMED, "technical survey", 5.0, date(2026, 6, 1), Visibility.PUBLIC),
            ("restricted", RecordKind.RESTRICTED, "decree", None, date(2026, 1, 1), Visibility.PUBLIC),
            ("cleared", RecordKind.CLEARED, "completion reports", 2.0, date(2026, 9, 30), Visibility.PUBLIC),
            ("accidents", RecordKind.ACCIDENT, "hospital reports", None, date(2026, 7, 15), Visibility.RESTRICTED),
        )
    )


def exercise_region(register: Path | str) -> Path | None:
    """The base map of the exercise, if a register holds the exercise: an invented island, with roads and names."""
    with Register.open(register, read_only=True) as opened:
        return Path(__file__).parent / "region.pmtiles" if opened.label == EXERCISE_LABEL else None


def create_exercise(
    path: Path | str,
    *,
    by: str,
    label: str = EXERCISE_LABEL,
    progress: Callable[[int, int | None], None] | None = None,
) -> tuple[IntakeReport, ...]:
    """Make a register that holds the exercise data, whole or not at all.

    Raises
    ------
    RegisterExists
        A file stands there. It was not touched.
    """
    path = Path(path)
    if path.exists():
        raise RegisterExists(path, "a file already exists here", "give another name; it was not touched")
    remove_leftovers(path)
    draft = part_beside(path)
    files = exercise_files()
    reports = []
    try:
        with Register.create(draft, label=label, by=by) as register:
            for done, file in enumerate(files):
                if progress is not None:
                    progress(done, len(files))
                reports.append(
                    import_file(
                        register,
                        file.path,
                        kind=file.kind,
                        source=file.source,
                        accuracy_m=file.accuracy_m,
                        by=by,
                        true_on=file.true_on,
                        visibility=file.visibility,
                    )
                )
        if not place_new(draft, path):
            raise RegisterExists(path, "a file already exists here", "give another name; it was not touched")
    finally:
        remove_part(draft)
    return tuple(reports)
