"""A file of records without a layer into the register: all of it in one transaction, or nothing."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from merestone.exchange.imports.delivery import LooksLikeDelivery
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.import_request import ImportRequest, OpenedFile, opened_file
from merestone.exchange.imports.intake_parts import summary_of
from merestone.exchange.imports.intake_report import IntakeReport
from merestone.exchange.imports.rereading import Earlier, settle_earlier
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.imports.sheet_delivery import SheetComparison, SheetUpdating
from merestone.exchange.imports.sheet_intake import Links, SheetTaking, sheet_format, sheet_kind
from merestone.register import Batch, Register
from merestone.register.programme import Kind, default_visibility
from merestone.terms import Visibility, number_of


def import_sheets(register: Register, request: ImportRequest) -> IntakeReport:
    """`import_file` for a kind without layers.

    The records hold since ever: the day of the file is not the day of an activity. It is kept as the day of the data.
    """
    definition, mapping = sheet_kind(request.kind), request.mapping
    visibility = request.visibility or default_visibility(request.kind)
    # Null in a mapping leaves a column out: nothing unnamed about a person is kept.
    columns = {} if mapping is None or not definition.has_personal_fields else mapping.columns
    left_out = frozenset(name for name, target in columns.items() if target is None)
    opened = opened_file(request, sheet_format(request.path, definition, mapping), left_out)
    time_zone = None if request.zone is None else str(request.zone)
    options = opened.options(visibility, accuracy_m=None, time_zone=time_zone)
    earlier = opened.earlier(register, options)
    rows: list[RowReport] = []
    notes: list[str] = []
    delivery: SheetComparison | None = None
    if earlier.same is None:
        run = _SheetImport(register, opened, earlier, options, definition, visibility)
        notes, delivery = run.write(rows)
    return opened.report(earlier, tuple(rows), visibility=visibility, accuracy_m=None, notes=notes, delivery=delivery)


@dataclass(frozen=True)
class _SheetImport:
    """One import under way, once it is certain that the file is to be read."""

    register: Register
    opened: OpenedFile
    earlier: Earlier
    options: dict[str, Any]
    definition: Kind
    visibility: Visibility

    def write(self, rows: list[RowReport]) -> tuple[list[str], SheetComparison | None]:
        """Take every row in, and add its report to ``rows``; the notes, and the comparison of a delivery."""
        request = self.opened.request
        batch = self.opened.batch(self.register)
        understanding = Understanding(self.definition.name, (), request.zone)
        day = request.true_on or datetime.now(UTC).date()
        key = request.update_by
        updating = None if key is None else SheetUpdating.of(self.register, understanding, key, day)
        taking = SheetTaking(
            request.path, self.definition, understanding, Links.of(self.register, self.definition), self.visibility,
            batch, request.personal_store, _local_ids(self.register, self.definition), updating,
        )  # fmt: skip
        try:
            return self._taken(taking, updating, batch, rows)
        except BaseException:
            taking.erase()
            raise

    def _taken(
        self, taking: SheetTaking, updating: SheetUpdating | None, batch: Batch | None, rows: list[RowReport]
    ) -> tuple[list[str], SheetComparison | None]:
        request, reading = self.opened.request, self.opened.reading
        with batch or nullcontext():
            for report in taking.all(reading):
                rows.append(report)
                request.report_progress(len(rows), reading.total)
            taking.refuse_without_required()
            notes = [
                *reading.notes, *self.opened.unused.notes(), *taking.notes(), *self.earlier.notes(),
                *self.opened.row_filter_notes(),
            ]  # fmt: skip
            if not (request.again or request.dry_run):
                _refuse_copies(request.path, taking)
            delivery = None if updating is None else updating.comparison(self.register)
            if batch is not None:
                batch.summary.update(summary_of(rows, reading), reading=self.options)
                settle_earlier(self.register, batch, self.earlier, rows)
        return notes, delivery


def _local_ids(register: Register, definition: Kind) -> frozenset[str]:
    """The local identifiers that the register holds of a kind, folded."""
    attributes = (sheet.attributes.get("local_id") for sheet in register.sheets(definition.name))
    return frozenset(str(local_id).strip().casefold() for local_id in attributes if local_id is not None)


def _refuse_copies(path: Path, taking: SheetTaking) -> None:
    """Refuse a file of which most rows are held already.

    Raises
    ------
    LooksLikeDelivery
    """
    if taking.taken and 2 * taking.alike > taking.taken:
        why = (
            f"the register already holds records of this kind with the identifiers of {taking.alike:,} of its "
            f"{number_of(taking.taken, 'row')}: each would be recorded twice"
        )
        remedy = "update what is held with --update-by local_id, or take it in beside with --again"
        raise LooksLikeDelivery(path, why, remedy)
