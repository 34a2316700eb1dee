"""When what the public may see last changed: which of two public packs is newer, and nothing of any other change.

The public sees every hazard (`merestone.register.events.rights`), how many rows in quarantine may be hazards, and what
the programme chose to tell of its sources. An event counts if it can change one of these. Released land, sheets,
drafts, alerts, and text that the public does not read count for nothing, so nobody learns of them from the instant.

What an event counts for follows from the chain alone: it is the same for whoever asks, and both numbers never fall,
neither as events are added nor where copies are merged.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from merestone.register.events.event import Change, instant_of
from merestone.register.file.sqlite_driver import Rows
from merestone.register.query.known_state import EVERY_EVENT
from merestone.terms import RecordKind


@dataclass(frozen=True, slots=True)
class PublicChanges:
    """What has changed of what the public may see, up to an event of the chain."""

    last_at: datetime | None
    """The latest instant at which such an event was recorded; None before the first."""
    count: int
    """How many such events there are. Of merged copies it is larger than of each, though the instant may be equal."""


_IS_HAZARD: Final = "(change <> :withdrawn AND kind IN (SELECT value FROM json_each(:hazards)))"
_EVER_HAZARDS: Final = (
    "SELECT record_id, count(*) AS events, max(recorded_at) AS recorded_at FROM merestone_event"  # noqa: S608 - constants
    f" WHERE record_id IS NOT NULL AND seq <= :upto GROUP BY record_id HAVING max{_IS_HAZARD}"
)
_OF_ONE_EVENT: Final = f"SELECT count(*), max(recorded_at) FROM ({_EVER_HAZARDS}) WHERE events = 1"  # noqa: S608
_OF_SEVERAL: Final = (
    "SELECT record_id, event_id, recorded_at, json_extract(body, '$.parent'), true_from, true_until,"  # noqa: S608
    f" CASE WHEN {_IS_HAZARD} THEN json_extract(body,"
    " '$.kind', '$.geometry', '$.accuracy_m', '$.visibility', '$.data_on') END"
    f" FROM merestone_event WHERE record_id IN (SELECT record_id FROM ({_EVER_HAZARDS}) WHERE events > 1)"
    " AND seq <= :upto ORDER BY record_id, seq"
)
_QUARANTINED: Final = (
    "SELECT event_id, recorded_at FROM merestone_event WHERE record_id IS NULL AND change = :change AND seq <= :upto"
    """ AND instr(body, '"sheet":"') = 0"""
)
_OTHERS: Final = (
    "SELECT recorded_at, body FROM merestone_event WHERE record_id IS NULL AND change = :change AND seq <= :upto"
)


def public_changes(rows: Rows, chain: str | None = None) -> PublicChanges:
    """What has changed of what the public may see.

    Parameters
    ----------
    chain
        Up to the event with this link (`merestone.register.Event.chain`). None: up to the last.

    Raises
    ------
    LookupError
        No event has this link.
    """
    upto = EVERY_EVENT if chain is None else _place_of(rows, chain)
    asked = {
        "upto": upto,
        "withdrawn": Change.WITHDRAWN.value,
        "hazards": json.dumps([kind.value for kind in RecordKind if kind.is_hazard]),
    }
    ((count, last_at),) = rows(_OF_ONE_EVENT, asked)
    instants = [*_changes_of_records(rows, asked), *_changes_of_quarantine(rows, upto), *_changes_of_words(rows, upto)]
    latest = max([*instants, *([] if last_at is None else [last_at])], default=None)
    return PublicChanges(None if latest is None else instant_of(latest), int(count) + len(instants))


def _place_of(rows: Rows, chain: str) -> int:
    places = rows("SELECT seq FROM merestone_event WHERE chain = :chain ORDER BY seq DESC LIMIT 1", {"chain": chain})
    if not places:
        raise LookupError(f"no event has the link {chain}")
    return int(places[0][0])


def _changes_of_records(rows: Rows, asked: Mapping[str, Any]) -> list[str]:
    """The instants of the events that count, of records with several events.

    An event that follows the one before it and says the same of the same days, as far as the public sees, does not
    count. It must be based on that one: where another copy's event came between in a merge, it counts.
    """
    instants: list[str] = []
    before: tuple[Any, ...] = ()
    for record_id, event_id, recorded_at, parent, *seen in rows(_OF_SEVERAL, asked):
        if (record_id, parent, seen) != before:
            instants.append(recorded_at)
        before = record_id, event_id, seen
    return instants


def _changes_of_quarantine(rows: Rows, upto: int) -> list[str]:
    """The instants at which rows that may be hazards came into quarantine, or something was decided of them."""
    quarantined: dict[str, str] = dict(rows(_QUARANTINED, {"change": Change.QUARANTINED.value, "upto": upto}))
    settled = rows(_OTHERS, {"change": Change.SETTLED.value, "upto": upto}) if quarantined else []
    decided = [at for at, body in settled if not quarantined.keys().isdisjoint(json.loads(body)["rows"])]
    return [*quarantined.values(), *decided]


def _changes_of_words(rows: Rows, upto: int) -> list[str]:
    """The instants at which the programme chose what the public reads of sources."""
    configured = rows(_OTHERS, {"change": Change.CONFIGURED.value, "upto": upto})
    return [at for at, body in configured if json.loads(body).get("setting") == "public"]
