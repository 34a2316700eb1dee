"""Intake: a file is read, each row checked and understood, and all of it recorded in one transaction.

Each row ends as exactly one of accepted, repaired or quarantined, and the three add up to what was read. Nothing is
dropped: a row that cannot become a record is kept in the register with its raw content and the reason, and a bad value
beside a good place never keeps the place out, because a hazard with a wrong date is still a hazard.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from merestone.exchange.formats import Reading, format_of, rows_by
from merestone.exchange.imports.comparison import Comparison
from merestone.exchange.imports.delivery import Held, Updating, Watching, refuse_unknown_key
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.import_run import OWN_ATTRIBUTES, Taking
from merestone.exchange.imports.intake_parts import Unused, digest_of, summary_of
from merestone.exchange.imports.intake_report import IntakeReport
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.rereading import earlier_imports, options_of, settle_earlier
from merestone.exchange.imports.row_filter import RowFilter
from merestone.exchange.imports.row_reports import RowReports
from merestone.exchange.meaning.contradiction import ambiguous_axes
from merestone.exchange.rows.instants import time_zone_of
from merestone.exchange.rows.row import Row
from merestone.register import Import, Register
from merestone.register.programme import default_visibility
from merestone.terms import FieldRefused, FileRefused, RecordKind, Visibility, most_closed

if TYPE_CHECKING:
    from merestone.register.sidecars import PersonalStore

Progress = Callable[[int, int | None], None]
"""Called with (rows done, rows in all or None) now and then."""


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
    where: RowFilter | None = None,
    personal_store: "PersonalStore | None" = None,
    progress: Progress | None = None,
) -> IntakeReport:
    """Take a file into the register as records of one kind, in one transaction: all of it or nothing.

    Parameters
    ----------
    kind, source, accuracy_m, by
        What the rows are (a `RecordKind`, or the name of a kind without layers, such as ``activity``), who said so, how
        accurate their positions are (metres, 95 %; None: nobody stated it), and who takes them in.
    true_on
        The day on which the file's statements stood. Suspected and confirmed areas and minefield records hold since
        before anybody knew, whatever this day; every other record holds from this day on.
    visibility
        How exactly everybody sees them (`merestone.terms.LEVELS`). None: rows of our own exact exports keep their
        level, others get that of their kind (`register.kind.default_visibility`); beside records of the kind that a
        delivery updates, no new one is more open than the most closed of them.
    crs, layer, encoding
        For a file that does not say what its coordinates are in, that has several layers, or that does not say how its
        text is encoded.
    time_zone
        Where moments that state an offset become days of date fields, such as ``Europe/Sarajevo`` (IANA); None: at
        the offset that each states.
    mapping
        What columns become and what their words mean, where the import does not see it by itself.
    dry_run
        Do everything but write.
    again
        Take the file in although records of another reading of it stand, or most of its areas are held already; each
        place is then recorded twice.
    update_by
        A column that identifies areas, such as ``hazard_id``: the file is a new delivery, compared with what is held
        (`IntakeReport.delivery`). What it changes is revised from ``true_on`` on (None: today), what it lacks stays.
    where
        Which rows of the file are meant; the others are left out, and counted in a note.
    personal_store
        Where the personal fields of people hurt are sealed; without it, a file that holds any is refused.
    progress
        Called with (rows done, rows in all or None).

    Returns
    -------
    IntakeReport
        One entry for each row. If the same file was taken in before as the same kind with the same options, `already`
        says when, and nothing was changed. Of an import that was undone, or withdrawn since, this does not hold.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read. Nothing was changed.
    LooksLikeDelivery
        Most of its areas are held already. Nothing was changed; `update_by` updates them.
    ReadOtherwise
        It was taken in before with other options, and those records stand. Nothing was changed.
    FieldRefused
        `source` or `by` is empty, `accuracy_m` is no radius, `time_zone` is not known, or no kind has that name.
    """
    path = Path(path)
    _refuse_arguments(source=source, by=by, accuracy_m=accuracy_m)
    zone = None if time_zone is None else time_zone_of(time_zone)
    if kind not in set(RecordKind):
        from merestone.exchange.imports.sheet_import import import_sheets  # brings the personal store's encryption
        from merestone.exchange.imports.sheet_intake import sheet_kind

        return import_sheets(
            register, path, definition=sheet_kind(kind), source=source, by=by, true_on=true_on,
            visibility=visibility or default_visibility(kind),
            crs=crs, layer=layer, encoding=encoding, zone=zone, mapping=mapping, dry_run=dry_run, again=again,
            update_by=update_by, where=where, personal_store=personal_store, progress=progress,
        )  # fmt: skip
    kind = RecordKind(kind)
    known = format_of(path)
    place_columns = None if mapping is None else mapping.place_columns
    reading = rows_by(known, path, layer=layer, crs=crs, encoding=encoding, place_columns=place_columns)
    if where is not None:
        reading.keep(where.wants)
    unused = Unused(mapping)
    if mapping is not None:
        reading.rename(unused.apply)
    layers = known.layers(path)
    digest = digest_of(path, layer=reading.layer if len(layers) > 1 and reading.layer in layers else None)
    with ExitStack() as looking:  # at what is held
        held = None if update_by is None else Held(looking.enter_context(register.held_states()), kind, update_by)
        is_level_stated, visibility = visibility is not None, visibility or _level_beside(kind, held)
        options = options_of(
            reading, accuracy_m=accuracy_m, true_on=true_on, visibility=visibility, encoding=encoding,
            **({} if mapping is None else {"mapping": mapping.fingerprint()}),
            **({} if time_zone is None else {"time_zone": time_zone}),
        )  # fmt: skip
        if update_by is not None:
            options |= {"update_by": update_by}
        if where is not None:
            options |= {"where": where.texts}
        earlier = earlier_imports(register, digest, kind, options)
        already = earlier.same
        if already is None and not (again or dry_run or update_by):
            earlier.refuse(path)
        why = f"import of {path.name}"
        batch = register.batch(
            by=by, why=why, source=source, kind=kind, file_name=path.name, file_sha256=digest, data_on=true_on
        ) if not (dry_run or already) else None  # fmt: skip

        def refuse_ambiguous(first: Sequence[Row], reading: Reading) -> None:
            if reading.axis_columns is None or place_columns:  # a person has said which is which
                return
            places = shapely.get_coordinates([row.geometry for row in first])
            if ambiguous_axes(reading.axis_columns, places, None) is None:
                return
            why = ambiguous_axes(reading.axis_columns, places, _bounds_of(register))
            if why is not None:
                raise FileRefused(path, why, _NAME_THE_AXES)

        rows = RowReports()
        notes: list[str] = []
        delivery: Comparison | None = None
        if already is None:
            held = held or Held(looking.enter_context(register.held_states()), kind, "local_id")
            watching = Watching(batch, held)
            updating = Updating(batch, held, true_on or datetime.now(UTC).date()) if update_by else None
            understanding = Understanding(kind, OWN_ATTRIBUTES, zone)
            taking = Taking(
                kind, accuracy_m, true_on, visibility, updating or watching, understanding, refuse_ambiguous,
                is_level_stated=is_level_stated,
            )  # fmt: skip
            with _rare_search_for_cycles(), batch or nullcontext():
                for report in taking.all(reading):
                    rows.append(report)
                    if progress is not None and len(rows) % 500 == 0:
                        progress(len(rows), reading.total)
                notes = [*reading.notes, *taking.notes(reading), *unused.notes(), *earlier.notes()]
                if where is not None:
                    where.refuse_unknown_columns()
                    notes += where.notes()
                notes += watching.notes()
                if not (again or dry_run):
                    watching.refuse(path)
                if updating is not None and update_by is not None:
                    refuse_unknown_key(updating, update_by)
                    delivery = updating.comparison(register, update_by)
                looking.close()  # while anybody reads, the log of what is written cannot be put into the file
                if batch is not None:
                    batch.summary.update(summary_of(rows, reading), reading=options)
                    settle_earlier(register, batch, earlier, rows)
    if progress is not None:
        progress(len(rows), len(rows))
    return IntakeReport(
        path=path,
        file_sha256=digest,
        kind=kind,
        format_name=reading.format_name,
        layer=reading.layer,
        crs=reading.crs,
        source=source,
        accuracy_m=accuracy_m,
        by=by,
        true_on=true_on,
        dry_run=dry_run,
        already=already,
        rows=rows if already is None else (),
        visibility=visibility,
        is_level_stated=is_level_stated,
        notes=tuple(notes),
        delivery=delivery,
    )


def _level_beside(kind: RecordKind, held: Held | None) -> Visibility:
    """The level of new records where nobody chose one."""
    return most_closed([default_visibility(kind), *(() if held is None else sorted(held.levels))])


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


def _refuse_arguments(*, source: str, by: str, accuracy_m: float | None) -> None:
    if not source.strip():
        raise FieldRefused("source", source, "is empty", "say who surveyed or published it, and when")
    if not by.strip():
        raise FieldRefused("by", by, "is empty", "say who takes the file in")
    if accuracy_m is not None and not (np.isfinite(accuracy_m) and accuracy_m >= 0):
        raise FieldRefused("accuracy_m", accuracy_m, "is not a radius", "give metres, or say that nobody stated it")


def imported_before(already: Import) -> str:
    """One sentence on the earlier import of the same file."""
    return (
        f"this very file was imported as {', '.join(already.kinds)} on {already.recorded_at:%Y-%m-%d %H:%M} UTC "
        f"by {already.by}; nothing was changed"
    )
