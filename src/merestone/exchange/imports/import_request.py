"""What a person asks of an import, and the file opened as they asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from merestone.exchange.formats import Format, Reading, rows_by
from merestone.exchange.imports.intake_parts import Unused, digest_of
from merestone.exchange.imports.intake_report import Compared, IntakeReport
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.rereading import Earlier, earlier_imports, options_of
from merestone.exchange.imports.row_filter import RowFilter
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.rows.instants import time_zone_of
from merestone.register import Batch, Register
from merestone.terms import FieldRefused, Visibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from merestone.register.sidecars import PersonalStore

Progress = Callable[[int, int | None], None]
"""Called with (rows done, rows in all or None) now and then."""

_ROWS_BETWEEN_PROGRESS = 500


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """The parameters of `import_file`, as a value.

    Raises
    ------
    FieldRefused
        `source` or `by` is empty, `accuracy_m` is not a radius, or `time_zone` is not known.
    """

    path: Path
    kind: str
    """What the rows are: a `RecordKind`, or the name of a kind without layers, such as ``activity``."""
    source: str
    """Who surveyed or published it, and when."""
    by: str
    """Who takes the file in."""
    accuracy_m: float | None = None
    """How accurate their positions are: a radius in metres, 95 %; None: nobody stated it."""
    true_on: date | None = None
    """The day on which the file's statements stood. Suspected and confirmed areas and minefield records hold since
    before anybody knew, whatever this day; every other record holds from this day on."""
    visibility: Visibility | None = None
    """How exactly everybody sees them (`merestone.terms.LEVELS`). None: rows of our own exact exports keep their
    level, others get that of their kind (`register.kind.default_visibility`); beside records of the kind that a
    delivery updates, no new one is more open than the most closed of them."""
    crs: str | None = None
    """For a file that does not say what its coordinates are in, such as ``EPSG:3857``."""
    layer: str | None = None
    """For a file that has several layers."""
    encoding: str | None = None
    """For a file that does not say how its text is encoded, such as ``windows-1250``."""
    time_zone: str | None = None
    """Where moments that state an offset become days of date fields, such as ``Europe/Sarajevo`` (IANA); None: at the
    offset that each states."""
    mapping: ColumnMapping | None = None
    """What columns become and what their words mean, where the import does not see it by itself."""
    dry_run: bool = False
    """Do everything but write."""
    again: bool = False
    """Take the file in although records of another reading of it stand, or most of its areas are held already; each
    place is then recorded twice."""
    update_by: str | None = None
    """A column that identifies areas, such as ``hazard_id``: the file is a new delivery, compared with what is held
    (`IntakeReport.delivery`). What it changes is revised from ``true_on`` on (None: today), what it lacks stays."""
    keep_outlines: bool = False
    """Keep the outlines of a delivery and of what it speaks of, for a map (`Comparison.outlines`)."""
    where: RowFilter | None = None
    """Which rows of the file are meant; the others are left out, and counted in a note."""
    personal_store: "PersonalStore | None" = None
    """Where the personal fields of people hurt are sealed; without it, a file that holds any is refused."""
    progress: Progress | None = None
    """Called with (rows done, rows in all or None)."""

    def __post_init__(self) -> None:
        """Refuse what no import can use, before any file is read."""
        if not self.source.strip():
            raise FieldRefused("source", self.source, "is empty", "say who surveyed or published it, and when")
        if not self.by.strip():
            raise FieldRefused("by", self.by, "is empty", "say who imports the file")
        if self.accuracy_m is not None and not (np.isfinite(self.accuracy_m) and self.accuracy_m >= 0):
            remedy = "give metres, or state that it is unknown"
            raise FieldRefused("accuracy_m", self.accuracy_m, "is not a radius", remedy)
        _ = self.zone

    @cached_property
    def zone(self) -> tzinfo | None:
        """Where moments become days; None: at the offset that each states."""
        return None if self.time_zone is None else time_zone_of(self.time_zone)

    @property
    def has_place_columns(self) -> bool:
        """Whether a person has said which columns give the place."""
        return self.mapping is not None and bool(self.mapping.place_columns)

    def day_notes(self, today: date) -> list[str]:
        """A word on a day of the file's statements that is still to come: somebody may have mistyped it."""
        if self.true_on is None or self.true_on <= today:
            return []
        return [
            f"the day given for what the file states, {self.true_on}, lies after today, {today}: hazards of it are "
            "warned of already. If it was mistyped, undo this import and import the file with the right day"
        ]

    def report_progress(self, done: int, total: int | None, *, is_end: bool = False) -> None:
        """Tell whoever waits how far the import is: every 500 rows, and at the end."""
        if self.progress is not None and (is_end or done % _ROWS_BETWEEN_PROGRESS == 0):
            self.progress(done, total)


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file that is being imported: its rows, its digest, and what its mapping named in vain."""

    request: ImportRequest
    reading: Reading
    digest: str
    unused: Unused

    def options(self, visibility: Visibility, *, accuracy_m: float | None, time_zone: str | None) -> dict[str, Any]:
        """What decides, beside the bytes, which records the file gives (`rereading.options_of`)."""
        request = self.request
        options = options_of(
            self.reading, accuracy_m=accuracy_m, true_on=request.true_on, visibility=visibility,
            encoding=request.encoding,
        )  # fmt: skip
        if request.mapping is not None:
            options["mapping"] = request.mapping.fingerprint()
        if time_zone is not None:
            options["time_zone"] = time_zone
        if request.update_by is not None:
            options["update_by"] = request.update_by
        if request.where is not None:
            options["where"] = request.where.texts
        return options

    def earlier(self, register: Register, options: Mapping[str, Any]) -> Earlier:
        """What was made of the same file before.

        Raises
        ------
        ReadOtherwise
            Records of another reading of it stand, and nobody asked to take it in again.
        """
        request = self.request
        earlier = earlier_imports(register, self.digest, request.kind, options)
        if earlier.same is None and not (request.again or request.dry_run or request.update_by):
            earlier.refuse(request.path)
        return earlier

    def batch(self, register: Register) -> Batch | None:
        """The transaction that the import writes; None in a dry run."""
        request = self.request
        if request.dry_run:
            return None
        return register.batch(
            by=request.by, why=f"import of {request.path.name}", source=request.source, kind=request.kind,
            file_name=request.path.name, file_sha256=self.digest, data_on=request.true_on,
        )  # fmt: skip

    def row_filter_notes(self) -> list[str]:
        """How many rows the filter left out.

        Raises
        ------
        FieldRefused
            It names a column that no row has.
        """
        where = self.request.where
        if where is None:
            return []
        where.refuse_unknown_columns()
        return list(where.notes())

    def report(
        self,
        earlier: Earlier,
        rows: "Sequence[RowReport]",
        *,
        visibility: Visibility,
        accuracy_m: float | None,
        notes: list[str],
        delivery: Compared | None,
        is_level_stated: bool = True,
    ) -> IntakeReport:
        """What the import did, as a value."""
        request, reading = self.request, self.reading
        request.report_progress(len(rows), len(rows), is_end=True)
        return IntakeReport(
            path=request.path,
            file_sha256=self.digest,
            kind=request.kind,
            format_name=reading.format_name,
            layer=reading.layer,
            crs=reading.crs,
            source=request.source,
            accuracy_m=accuracy_m,
            by=request.by,
            true_on=request.true_on,
            dry_run=request.dry_run,
            already=earlier.same,
            rows=rows if earlier.same is None else (),
            visibility=visibility,
            is_level_stated=is_level_stated,
            notes=(*request.day_notes(datetime.now(UTC).date()), *notes),
            delivery=delivery,
        )


def opened_file(request: ImportRequest, known: Format, left_out: frozenset[str] = frozenset()) -> OpenedFile:
    """Open a file as a person asked: its layer, its reference system, the rows that are meant, the columns renamed.

    Parameters
    ----------
    left_out
        Columns that are dropped before the mapping is applied.
    """
    path, mapping = request.path, request.mapping
    reading = rows_by(
        known, path, layer=request.layer, crs=request.crs, encoding=request.encoding,
        place_columns=None if mapping is None else mapping.place_columns,
    )  # fmt: skip
    if request.where is not None:
        reading.keep(request.where.wants)
    unused = Unused(mapping)

    def renamed(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        if left_out:
            attributes = {name: value for name, value in attributes.items() if name not in left_out}
        return unused.apply(attributes)

    if mapping is not None:
        reading.rename(renamed)
    layers = known.layers(path)
    digest = digest_of(path, layer=reading.layer if len(layers) > 1 and reading.layer in layers else None)
    return OpenedFile(request=request, reading=reading, digest=digest, unused=unused)
