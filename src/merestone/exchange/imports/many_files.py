"""Many files in one run, and files whose rows are of several kinds: one bad file never stops the others."""

import glob
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats import format_of, rows_by
from merestone.exchange.imports.intake import import_file
from merestone.exchange.imports.intake_report import IntakeReport
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.row_filter import Condition, RowFilter, folded, is_empty
from merestone.exchange.imports.sheet_intake import sheet_format
from merestone.register import Register
from merestone.register.programme import kind_named
from merestone.terms import FieldRefused, FileRefused, MerestoneError, RecordKind, number_of

_PATTERN: Final = "*?["
_SHOWN: Final = 10


@dataclass(frozen=True)
class FileResult:
    """What became of one file."""

    path: Path
    reports: tuple[IntakeReport, ...]
    """One for each kind that its rows are of."""
    error: MerestoneError | None = None
    """Why it, or the kind after those reported, was not taken; None if all of it was."""
    notes: tuple[str, ...] = field(default=())


def expanded(patterns: Iterable[Path | str]) -> list[Path]:
    """The files that names and patterns mean, each once, those of a pattern in order of name.

    A name that exists is taken as it stands, even if it has a ``*``. A pattern that matches nothing stays as it is, so
    that the import says that there is no such file. Windows shells leave patterns to the program.
    """
    files: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        paths = []
        if any(sign in str(pattern) for sign in _PATTERN) and not path.exists():
            paths = sorted(glob.glob(str(pattern), recursive=True))
        files.update(dict.fromkeys(map(Path, paths or [str(path)])))
    return list(files)


def import_files(
    register: Register,
    files: Iterable[Path | str],
    *,
    kind: str | None = None,
    mapping: ColumnMapping | None = None,
    where: Sequence[str] = (),
    on_file: Callable[[Path], None] | None = None,
    **options: Any,
) -> list[FileResult]:
    """Take files in one after the other, each in transactions of its own; a file that is refused stops no other.

    Parameters
    ----------
    files
        Names and patterns such as ``surveys/*.csv``.
    kind
        What the rows are; None: the mapping says it of each row (`ColumnMapping.kind_column`).
    where
        Conditions on rows (`merestone.exchange.imports.row_filter`).
    on_file
        Called with each file before it is read.
    options
        As for `import_file`.

    Raises
    ------
    FileRefused
        The register itself cannot be read or written.
    FieldRefused
        A condition cannot be read, or it is not said what the rows are.
    """
    RowFilter.of(where)
    if kind is None and (mapping is None or mapping.kind_column is None):
        raise FieldRefused("as", None, "is not given", "say what the rows are with --as KIND, or in the mapping's kind")
    results = []
    for path in expanded(files):
        if on_file is not None:
            on_file(path)
        reports: list[IntakeReport] = []
        notes: list[str] = []
        error = None
        try:
            fields = {"mapping": mapping, **options}
            if kind is not None:
                reports.append(import_file(register, path, kind=kind, where=RowFilter.of(where), **fields))
            else:  # what came before an error stays in the list
                reports.extend(_reports_by_kind(register, path, where, notes, **fields))
        except MerestoneError as refused:
            if isinstance(refused, FileRefused) and Path(refused.path) == register.path:
                raise
            error = refused
        results.append(FileResult(path, tuple(reports), error, tuple(notes)))
    return results


def _reports_by_kind(
    register: Register, path: Path, where: Sequence[str], notes: list[str], *, mapping: ColumnMapping, **options: Any
) -> Iterator[IntakeReport]:
    """The file taken in once for each kind that the mapping gives its rows."""
    assert mapping.kind_column is not None
    counts = _kinds_in(path, mapping, RowFilter.of(where), options)
    notes += [
        f"{number_of(count, 'row was', 'rows were')} left out: {mapping.kind_column} = {value or 'empty'} has no "
        "kind in the mapping"
        for value, count in counts.items()
        if mapping.kind_of[value] is None
    ]
    for kind in mapping.kinds:
        values = [value for value, meant in mapping.kind_of.items() if meant == kind]
        if not any(counts[value] for value in values):
            continue
        chosen = RowFilter.of(where) or RowFilter([])
        chosen.of_kind = _rows_of_kind(mapping.kind_column, values)
        yield import_file(register, path, kind=kind, mapping=mapping.for_kind(kind), where=chosen, **options)


def _rows_of_kind(column: str, values: Sequence[str]) -> Condition:
    text = f"{column} in ({', '.join(value or 'empty' for value in values)})"
    return Condition(
        column, frozenset(folded(value) for value in values if value), False, text, takes_empty="" in values
    )


def _kinds_in(path: Path, mapping: ColumnMapping, chosen: RowFilter | None, options: dict[str, Any]) -> Counter[str]:
    """How many rows have each value of the mapping's kind.

    Raises
    ------
    FieldRefused
        Rows have a value that the mapping does not name, or no row has the column. Nothing was recorded.
    """
    column = mapping.kind_column
    assert column is not None
    first = next((kind for kind in mapping.kinds if kind in set(RecordKind)), None)
    known = format_of(path) if first is not None else sheet_format(path, kind_named(mapping.kinds[0]), mapping)
    names = {"layer", "crs", "encoding"}
    fields = {name: options.get(name) for name in names}
    reading = rows_by(known, path, place_columns=mapping.place_columns or None, **fields)
    by_value = {folded(value) if value else "": value for value in mapping.kind_of}
    counts: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    has_column = False
    for row in reading:
        if chosen is not None and not chosen.wants(row.attributes):
            continue
        has_column |= column in row.attributes
        value = row.attributes.get(column)
        key = "" if is_empty(value) else folded(value)
        if key in by_value:
            counts[by_value[key]] += 1
        else:
            unknown["empty" if key == "" else str(value)] += 1
    if not has_column:
        raise FieldRefused("kind.column", column, "is not a column of the file", "name the column with the kind of row")
    if unknown:
        shown = ", ".join(f"{value} ({number_of(count, 'row')})" for value, count in unknown.most_common(_SHOWN))
        remedy = 'give each a kind under kind.values in the mapping ("" for empty cells), or null to leave its rows out'
        raise FieldRefused(f"kind.values of {column}", shown, "have no kind", remedy)
    return counts
