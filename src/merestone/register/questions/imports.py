"""The files that were taken in, and the rows of them that wait in quarantine."""

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from merestone.register.events.event import Change, instant_of, instant_text
from merestone.register.events.records import Import, QuarantinedRow
from merestone.register.file.store import Store

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    pass


class ImportQuestions:
    """Questions about imports."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def imports(self) -> tuple[Import, ...]:
        """Every file that was taken in, oldest first; those that were undone, too."""
        from merestone.register.write.layer_rows import layer_named

        undone = {body["import"]: body for body in self._bodies(Change.UNDONE)}
        return tuple(
            Import(
                batch_id=body["batch"],
                file_name=body["file_name"],
                file_sha256=body["file_sha256"],
                kinds=tuple(layer_named(kind) or kind for kind in body["kinds"]),
                by=body["by"],
                why=body["why"],
                source=body["source"],
                recorded_at=instant_of(body["recorded_at"]),
                data_on=None if body["data_on"] is None else date.fromisoformat(body["data_on"]),
                recorded_count=body["recorded"],
                quarantined_count=body["quarantined"],
                summary=body["summary"],
                undone_at=instant_of(undone[body["batch"]]["recorded_at"]) if body["batch"] in undone else None,
                undone_by=undone[body["batch"]]["by"] if body["batch"] in undone else None,
            )
            for body in self._bodies(Change.IMPORTED)
        )

    def find_import(self, file_sha256: str, kind: str) -> Import | None:
        """The last import of this very file as this kind that was not undone, if there is one."""
        imports = self.imports_of(file_sha256, kind)
        return imports[-1] if imports else None

    def imports_of(self, file_sha256: str, kind: str) -> tuple[Import, ...]:
        """Every import of this very file as this kind that was not undone, oldest first."""
        return tuple(
            taken
            for taken in self.imports()
            if taken.file_sha256 == file_sha256 and kind in taken.kinds and taken.undone_at is None
        )

    def origins(self) -> dict[str, str]:
        """The batch that began each record, by the record's identity."""
        from merestone.register.query.event_queries import origins

        with self._store.reading() as connection:
            return origins(connection)

    def standing_count(self, taken: Import) -> int:
        """How many of the records that an import began still hold on some day: those that nobody withdrew whole."""
        from merestone.register.query.event_queries import standing

        with self._store.reading() as connection:
            return standing(connection, taken.batch_id, instant_text(taken.recorded_at))

    def quarantined(self, *, settled_too: bool = False) -> tuple[QuarantinedRow, ...]:
        """Every row that waits in quarantine, oldest first.

        Parameters
        ----------
        settled_too
            Also those of which somebody decided (`QuarantinedRow.settled`).
        """
        from merestone.register.query import event_queries
        from merestone.register.query.quarantine import row_of, settlements

        decided = settlements(self._bodies(Change.SETTLED))
        with self._store.reading() as connection:
            rows = event_queries.identified_bodies(connection, Change.QUARANTINED)
        return tuple(
            row_of(seq, event_id, body, decided.get(event_id))
            for seq, event_id, body in rows
            if settled_too or event_id not in decided
        )

    def _bodies(self, change: Change) -> list[dict[str, Any]]:
        """What the events of a kind say that concern no record, oldest first."""
        asked = "SELECT body FROM merestone_event WHERE record_id IS NULL AND change = :change ORDER BY seq"
        with self._store.asking() as rows:
            return [json.loads(body) for (body,) in rows(asked, {"change": change.value})]
