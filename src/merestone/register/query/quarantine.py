"""Rows in quarantine: which of them still wait, and what was decided of the others."""

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from merestone.register.events.event import Change, instant_of
from merestone.register.events.records import QuarantinedRow, Settlement


class SettledAs(StrEnum):
    """Why a row no longer waits, or waits again. It stays in the history whichever is said."""

    TAKEN_OTHERWISE = "taken_otherwise"
    """It became a record in another way, such as by another reading of the file."""
    WITHOUT_PLACE = "without_place"
    """A person looked: it has no place that could be found, and no answer can take it into account."""
    NO_RECORD = "no_record"
    """A person looked: it is not about a hazard or land, such as a line of totals."""
    READ_AGAIN = "read_again"
    """The file was read in another way, and the row waits as that reading left it."""
    IMPORT_UNDONE = "import_undone"
    """The import that left it was undone."""
    REOPENED = "reopened"
    """An earlier decision was wrong: it waits again."""


BY_A_PERSON: Final = (SettledAs.TAKEN_OTHERWISE, SettledAs.WITHOUT_PLACE, SettledAs.NO_RECORD, SettledAs.REOPENED)
"""What a person may decide; the others are said by an import or its undoing."""
_SETTLED: Final = (
    "SELECT body FROM merestone_event WHERE record_id IS NULL AND change = :change AND seq <= :upto ORDER BY seq"
)
_OF_SHEETS: Final = (
    "SELECT event_id FROM merestone_event WHERE record_id IS NULL AND change = :change AND seq <= :upto "
    """AND instr(body, '"sheet":"') > 0"""
)
"""Inside a JSON string a quotation mark is escaped, so the pattern is found only where it is a key."""
Rows = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]


def settlements(bodies: Iterable[Mapping[str, Any]]) -> dict[str, Settlement]:
    """What was decided last of each row, by the row's event; rows that wait again are left out."""
    decided: dict[str, Settlement] = {}
    for body in bodies:
        records = body.get("records") or {}
        for event_id in body["rows"]:
            if body["outcome"] == SettledAs.REOPENED:
                decided.pop(event_id, None)
                continue
            decided[event_id] = Settlement(
                body["outcome"], records.get(event_id), body["by"], body["why"], instant_of(body["recorded_at"])
            )
    return decided


def waiting_count(rows: Rows, upto: int) -> int:
    """How many rows that may be hazards or land waited once the event at a place in the chain was written."""
    fields = {"change": Change.QUARANTINED.value, "upto": upto}
    ((total,),) = rows(
        "SELECT count(*) FROM merestone_event WHERE record_id IS NULL AND change = :change AND seq <= :upto", fields
    )
    if not total:
        return 0
    sheets = {event_id for (event_id,) in rows(_OF_SHEETS, fields)}
    bodies = rows(_SETTLED, {"change": Change.SETTLED.value, "upto": upto})
    settled = settlements(json.loads(text) for (text,) in bodies)
    return int(total) - len(sheets | settled.keys())


def row_of(seq: int, event_id: str, body: Mapping[str, Any], settled: Settlement | None) -> QuarantinedRow:
    """A row as its event keeps it."""
    return QuarantinedRow(
        row=body["row"],
        raw=body["raw"],
        reasons=tuple(body["reasons"]),
        file_name=body["file_name"],
        source=body["source"],
        recorded_at=instant_of(body["recorded_at"]),
        batch_id=body["batch"],
        seq=seq,
        event_id=event_id,
        sheet=body.get("sheet"),
        settled=settled,
    )
