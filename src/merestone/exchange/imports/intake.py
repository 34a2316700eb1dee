"""Intake: a file is read, each row checked and understood, and all of it recorded in one transaction.

Each row ends as exactly one of accepted, repaired or quarantined, and the three add up to what was read. Nothing is
dropped: a row that cannot become a record is kept in the register with its raw content and the reason, and a bad value
beside a good place never keeps the place out, because a hazard with a wrong date is still a hazard.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import shapely

from merestone.exchange.formats import Reading, format_of
from merestone.exchange.imports.assumed_order import REMEDY, order_of
from merestone.exchange.imports.comparison import Comparison
from merestone.exchange.imports.delivery import Held, Updating, Watching, refuse_unknown_key
from merestone.exchange.imports.few_rows import few_rows_note
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.import_request import ImportRequest, OpenedFile, Progress, opened_file
from merestone.exchange.imports.import_run import OWN_ATTRIBUTES, Taking
from merestone.exchange.imports.intake_parts import summary_of
from merestone.exchange.imports.intake_report import IntakeReport
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.rereading import Earlier, settle_earlier
from merestone.exchange.imports.row_filter import RowFilter
from merestone.exchange.imports.row_reports import RowReports
from merestone.exchange.meaning.contradiction import ambiguous_axes
from merestone.exchange.rows.row import Row
from merestone.register import Import, Register
from merestone.register.programme import default_visibility
from merestone.terms import FileRefused, RecordKind, Visibility, most_closed

if TYPE_CHECKING:
    from merestone.register.sidecars import PersonalStore

_OBJECTS_BETWEEN: Final = 200_000
"""So many more objects are made than were freed before those are looked at for cycles."""
_NAME_THE_AXES: Final = (
    "name the columns lon and lat; or, if x is the longitude, say so with --crs OGC:CRS84; nothing was recorded"
)


def import_file(
    register: Register,
    path: Path | str,
    *,
    kind: str,
    source: str,
    accuracy_m: float | None = None,
    by: str,
    true_on: date | None = None,
    visibility: Visibility | None = None,
    crs: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    time_zone: str | None = None,
    mapping: ColumnMapping | None = None,
    dry_run: bool = False,
    again: bool = False,
    update_by: str | None = None,
    keep_outlines: bool = False,
    where: RowFilter | None = None,
    personal_store: "PersonalStore | None" = None,
    progress: Progress | None = None,
) -> IntakeReport:
    """Take a file into the register as records of one kind, in one transaction: all of it or nothing.

    Parameters
    ----------
    kind, source, accuracy_m, by, true_on, visibility, crs, layer, encoding, time_zone, mapping, where
        What the rows are and how they are read; each is explained at `ImportRequest`.
    dry_run, again, update_by, keep_outlines, personal_store, progress
        What is done with them; explained there too.

    Returns
    -------
    IntakeReport
        One entry for each row. If the same file was taken in before as the same kind with the same options, `already`
        says when, and nothing was changed. Of an import that was undone, or withdrawn since, this does not hold.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read; as `LooksLikeDelivery`, most of its areas are held already (`update_by`
        updates them); as `ReadOtherwise`, records of another reading of it stand. Nothing was changed.
    FieldRefused
        `source` or `by` is empty, `accuracy_m` is not a radius, `time_zone` is not known, or no kind has that name.
    """
    request = ImportRequest(
        path=Path(path), kind=kind, source=source, accuracy_m=accuracy_m, by=by, true_on=true_on,
        visibility=visibility, crs=crs, layer=layer, encoding=encoding, time_zone=time_zone, mapping=mapping,
        dry_run=dry_run, again=again, update_by=update_by, keep_outlines=keep_outlines, where=where,
        personal_store=personal_store, progress=progress,
    )  # fmt: skip
    if kind not in set(RecordKind):
        from merestone.exchange.imports.sheet_import import import_sheets  # brings the personal store's encryption

        return import_sheets(register, request)
    with ExitStack() as reads_of_register:
        return _import_areas(register, replace(request, kind=RecordKind(kind)), reads_of_register)


def _import_areas(register: Register, request: ImportRequest, reads_of_register: ExitStack) -> IntakeReport:
    """`import_file` for a kind with layers: hazards, released land, accidents and the rest."""
    kind = RecordKind(request.kind)
    opened = opened_file(request, format_of(request.path))
    key = request.update_by
    register_side = None if key is None else Held(reads_of_register.enter_context(register.held_states()), kind, key)
    visibility = request.visibility or _level_beside(kind, register_side)
    options = opened.options(visibility, accuracy_m=request.accuracy_m, time_zone=request.time_zone)
    earlier = opened.earlier(register, options)
    rows = RowReports()
    notes: list[str] = []
    delivery: Comparison | None = None
    if earlier.same is None:
        if register_side is None:
            register_side = Held(reads_of_register.enter_context(register.held_states()), kind, "local_id")
        run = _AreaImport(register, opened, earlier, options, visibility, register_side, reads_of_register)
        notes, delivery = run.write(rows)
    return opened.report(
        earlier, rows, visibility=visibility, is_level_stated=request.visibility is not None,
        accuracy_m=request.accuracy_m, notes=notes, delivery=delivery,
    )  # fmt: skip


@dataclass(frozen=True)
class _AreaImport:
    """One import under way, once it is certain that the file is to be read."""

    register: Register
    opened: OpenedFile
    earlier: Earlier
    options: dict[str, Any]
    visibility: Visibility
    register_side: Held
    reads_of_register: ExitStack

    def write(self, rows: RowReports) -> tuple[list[str], Comparison | None]:
        """Take every row in, and add its report to ``rows``; the notes, and the comparison of a delivery."""
        request, reading, kind = self.opened.request, self.opened.reading, self.register_side.kind
        batch = self.opened.batch(self.register)
        watching = Watching(batch, self.register_side)
        day = request.true_on or datetime.now(UTC).date()
        updating = (
            None
            if request.update_by is None
            else Updating(batch, self.register_side, day, keeps_outlines=request.keep_outlines)
        )
        taking = Taking(
            kind, request.accuracy_m, request.true_on, self.visibility, updating or watching,
            Understanding(kind, OWN_ATTRIBUTES, request.zone), self._look_at_first,
            is_level_stated=request.visibility is not None,
        )  # fmt: skip
        taking.keep(request.mapping)
        delivery: Comparison | None = None
        with _rare_search_for_cycles(), batch or nullcontext():
            for done, report in enumerate(taking.all(reading), start=1):
                rows.append(report)
                request.report_progress(done, reading.total)
            notes = [
                *reading.notes, *taking.notes(reading), *self.opened.unused.notes(), *self.earlier.notes(),
                *self.opened.row_filter_notes(), *watching.notes(),
            ]  # fmt: skip
            if not (request.again or request.dry_run):
                watching.refuse(request.path)
            if updating is not None and request.update_by is not None:
                refuse_unknown_key(updating, request.update_by)
                delivery = updating.comparison(self.register, request.update_by)
            # While anybody reads, the log of what is written cannot be put into the file.
            self.reads_of_register.close()
            if batch is not None:
                batch.summary.update(summary_of(rows, reading), reading=self.options)
                settle_earlier(self.register, batch, self.earlier, rows)
        return notes, delivery

    def _look_at_first(self, first: Sequence[Row], reading: Reading) -> None:
        """Refuse a file whose columns do not say which is the longitude, unless its rows or the register do."""
        if self.opened.request.has_place_columns:
            return
        order = order_of(first, reading.assumed_columns, lambda: _bounds_of(self.register))
        reading.notes += [] if order.note is None else [order.note]
        if order.refusal is not None:
            raise FileRefused(self.opened.request.path, order.refusal, REMEDY)
        if reading.axis_columns is None:
            return
        note = few_rows_note(first, reading.axis_columns, lambda: _bounds_of(self.register))
        reading.notes += [] if note is None else [note]
        places = shapely.get_coordinates([row.geometry for row in first])
        if ambiguous_axes(reading.axis_columns, places, None) is None:
            return
        why = ambiguous_axes(reading.axis_columns, places, _bounds_of(self.register))
        if why is not None:
            raise FileRefused(self.opened.request.path, why, _NAME_THE_AXES)


def _level_beside(kind: RecordKind, register_side: Held | None) -> Visibility:
    """The level of new records where nobody chose one."""
    return most_closed([default_visibility(kind), *(() if register_side is None else sorted(register_side.levels))])


def _bounds_of(register: Register) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all records; None if there are none."""
    records = register.as_of().records
    if not records:
        return None
    west, south, east, north = shapely.total_bounds([record.geometry for record in records]).tolist()
    return west, south, east, north


@contextmanager
def _rare_search_for_cycles() -> Iterator[None]:
    """An intake makes millions of objects and few cycles; looking for these all the time takes a fifth of its time.

    Not never: what only a refused value leaves behind would fill the memory over a million rows.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN, 1_000_000, 1_000_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def imported_before(already: Import) -> str:
    """One sentence on the earlier import of the same file."""
    return (
        f"this very file was imported as {', '.join(already.kinds)} on {already.recorded_at:%Y-%m-%d %H:%M} UTC "
        f"by {already.by}; nothing was changed"
    )
