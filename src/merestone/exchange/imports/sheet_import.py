"""A file of records without a layer into the register: all of it in one transaction, or nothing."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merestone.exchange.formats import rows_by
from merestone.exchange.imports.delivery import LooksLikeDelivery
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.intake_parts import Unused, digest_of, summary_of
from merestone.exchange.imports.intake_report import IntakeReport
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.rereading import earlier_imports, options_of, settle_earlier
from merestone.exchange.imports.row_filter import RowFilter
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.imports.sheet_delivery import SheetComparison, SheetUpdating
from merestone.exchange.imports.sheet_intake import Links, SheetTaking, sheet_format
from merestone.register import Register
from merestone.register.programme import Kind
from merestone.terms import Visibility

if TYPE_CHECKING:
    from merestone.register.sidecars import PersonalStore


def import_sheets(
    register: Register,
    path: Path,
    *,
    definition: Kind,
    source: str,
    by: str,
    true_on: date | None,
    visibility: Visibility,
    crs: str | None,
    layer: str | None,
    encoding: str | None,
    zone: tzinfo | None,
    mapping: ColumnMapping | None,
    dry_run: bool,
    again: bool,
    update_by: str | None,
    where: RowFilter | None,
    personal_store: "PersonalStore | None",
    progress: Callable[[int, int | None], None] | None,
) -> IntakeReport:
    """`import_file` for a kind without layers; its parameters are those of `import_file`.

    The records hold since ever: the day of the file is not the day of an activity. It is kept as the day of the data.
    """
    known = sheet_format(path, definition, mapping)
    places = {} if mapping is None else mapping.place_columns
    reading = rows_by(known, path, layer=layer, crs=crs, encoding=encoding, place_columns=places)
    layers = known.layers(path)
    digest = digest_of(path, layer=reading.layer if len(layers) > 1 and reading.layer in layers else None)
    if where is not None:
        reading.keep(where.wants)
    unused = Unused(mapping)
    if mapping is not None:
        left_out = {name for name, target in mapping.columns.items() if target is None}

        def renamed(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
            if definition.has_personal_fields:  # null leaves a column out: nothing unnamed about a person is kept
                attributes = {name: value for name, value in attributes.items() if name not in left_out}
            return unused.apply(attributes)

        reading.rename(renamed)
    options = options_of(
        reading, accuracy_m=None, true_on=true_on, visibility=visibility, encoding=encoding,
        **({} if mapping is None else {"mapping": mapping.fingerprint()}),
        **({} if zone is None else {"time_zone": str(zone)}),
        **({} if where is None else {"where": where.texts}),
    )  # fmt: skip
    if update_by is not None:
        options |= {"update_by": update_by}
    earlier = earlier_imports(register, digest, definition.name, options)
    already = earlier.same
    if already is None and not (again or dry_run or update_by):
        earlier.refuse(path)
    rows: list[RowReport] = []
    notes: list[str] = []
    delivery: SheetComparison | None = None
    if already is None:
        batch = None if dry_run else register.batch(
            by=by, why=f"import of {path.name}", source=source, kind=definition.name, file_name=path.name,
            file_sha256=digest, data_on=true_on,
        )  # fmt: skip
        understanding = Understanding(definition.name, (), zone)
        day = true_on or datetime.now(UTC).date()
        updating = None if update_by is None else SheetUpdating.of(register, understanding, update_by, day)
        taking = SheetTaking(
            path, definition, understanding, Links.of(register, definition), visibility,
            batch, personal_store, _local_ids(register, definition), updating,
        )  # fmt: skip
        try:
            with batch or nullcontext():
                for report in taking.all(reading):
                    rows.append(report)
                    if progress is not None and len(rows) % 500 == 0:
                        progress(len(rows), reading.total)
                taking.refuse_without_required()
                notes = [*reading.notes, *unused.notes(), *taking.notes(), *earlier.notes()]
                if where is not None:
                    where.refuse_unknown_columns()
                    notes += where.notes()
                if not (again or dry_run):
                    _refuse_copies(path, taking)
                delivery = None if updating is None else updating.comparison(register)
                if batch is not None:
                    batch.summary.update(summary_of(rows, reading), reading=options)
                    settle_earlier(register, batch, earlier, rows)
        except BaseException:
            taking.erase()
            raise
    if progress is not None:
        progress(len(rows), len(rows))
    return IntakeReport(
        path=path,
        file_sha256=digest,
        kind=definition.name,
        format_name=reading.format_name,
        layer=reading.layer,
        crs=reading.crs,
        source=source,
        accuracy_m=None,
        by=by,
        true_on=true_on,
        dry_run=dry_run,
        already=already,
        rows=tuple(rows),
        visibility=visibility,
        notes=tuple(notes),
        delivery=delivery,
    )


def _local_ids(register: Register, definition: Kind) -> frozenset[str]:
    """The local identifiers that the register holds of a kind, folded."""
    held = (sheet.attributes.get("local_id") for sheet in register.sheets(definition.name))
    return frozenset(str(local_id).strip().casefold() for local_id in held if local_id is not None)


def _refuse_copies(path: Path, taking: SheetTaking) -> None:
    """Refuse a file of which most rows are held already.

    Raises
    ------
    LooksLikeDelivery
    """
    if taking.taken and 2 * taking.alike > taking.taken:
        why = (
            f"{taking.alike:,} of its {taking.taken:,} rows have the identifier of a record of this kind that the "
            "register holds: each would be recorded twice"
        )
        remedy = "update what is held with --update-by local_id, or take it in beside with --again"
        raise LooksLikeDelivery(path, why, remedy)
