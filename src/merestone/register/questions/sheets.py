"""Records of kinds without a layer: activities, evidence, signs, organisations and the rest."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from merestone.register.events.records import SheetRecord
from merestone.register.events.rights import EXACT, Viewer
from merestone.register.file.store import Store
from merestone.register.programme.evidence_weights import Advice, weigh
from merestone.register.query import as_of
from merestone.register.questions.programme import ProgrammeQuestions
from merestone.register.questions.snapshots import SnapshotQuestions

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    pass


class SheetQuestions:
    """Questions about records that lie on no layer, at two times."""

    def __init__(self, store: Store, snapshots: SnapshotQuestions, programme: ProgrammeQuestions, label: str) -> None:
        self._store, self._snapshots, self._programme, self.label = store, snapshots, programme, label

    def sheets(
        self,
        kind: str | None = None,
        *,
        true_on: date | None = None,
        known_on: date | datetime | None = None,
        viewer: Viewer = EXACT,
    ) -> tuple[SheetRecord, ...]:
        """Activities, organisations, findings and what else lies on no layer, as of two times.

        A viewer gets those whose words it reads, and no others: there is no outward form of a sheet.
        """
        with self._store.asking() as rows:
            sheet_records = as_of.sheets(
                rows,
                kind=kind,
                true_on=true_on or self._snapshots.today_by(rows),
                known_on=known_on,
                label=self.label,
            )
        return tuple(sheet for sheet in sheet_records if sheet.visibility in viewer.reads)

    def sheets_later(self, kind: str) -> tuple[SheetRecord, ...]:
        """Records of a kind without a layer that do not hold today and are stated to begin later."""
        with self._store.asking() as rows:
            return as_of.sheets_later(rows, self._snapshots.today_by(rows), kind, self.label)

    def inspections_due(self, on: date | None = None) -> tuple[SheetRecord, ...]:
        """The signs and fences that should have been looked at again by a day, the longest overdue first.

        Parameters
        ----------
        on
            None: `today`, which no clock that was reset makes earlier than the register's newest word.
        """
        on = on or self._snapshots.today()
        marked = [sheet for sheet in self.sheets("marking", true_on=on) if "inspect_again_by" in sheet.attributes]
        due = [sheet for sheet in marked if date.fromisoformat(sheet.attributes["inspect_again_by"]) <= on]
        return tuple(sorted(due, key=lambda sheet: str(sheet.attributes["inspect_again_by"])))

    def advise(self, record_id: str) -> Advice:
        """What the findings recorded for a hazardous area advise: SHA, CHA or neither. A person decides."""
        findings = [
            sheet.attributes["finding"]
            for sheet in self.sheets("evidence")
            if sheet.attributes.get("hazardous_area") == record_id
        ]
        return weigh(findings, self._programme.scales())
