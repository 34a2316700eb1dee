"""What many events of one batch share, written once: the frame of their bodies, into which few values are put.

Of the 18 members of a new record's body, five may differ from row to row of an import. To sort and write the others for
each row would take most of the time of writing it down. What a frame gives is what `event.canonical` gives of the whole
body, byte for byte (`tests/register/test_frame.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from shapely.geometry.base import BaseGeometry

from merestone.register.events.event import canonical_text
from merestone.terms import RecordKind

RECORD_SLOTS: Final = ("accuracy_m", "attributes", "geometry", "record", "row")
ROW_SLOTS: Final = ("raw", "reasons", "row")


def frame_of(shared: Mapping[str, Any], slots: Collection[str]) -> str:
    """A pattern for the operator ``%``: the body with a place for the JSON of each slot, in the order of their names.

    >>> frame_of({"by": "n.n.", "why": "100 %"}, ["row"]) % ("7",)
    '{"by":"n.n.","row":7,"why":"100 %"}'
    """
    members = []
    for name in sorted({*shared, *slots}):
        value = "%s" if name in slots else canonical_text(shared[name]).replace("%", "%%")
        members.append(f"{canonical_text(name).replace('%', '%%')}:{value}")
    return "{" + ",".join(members) + "}"


@dataclass(slots=True)
class Shared:
    """What events of a batch share."""

    body: dict[str, Any]
    """Without what differs, and without what only the ledger knows."""
    layer: RecordKind | None = None
    status: str | None = None
    """Where the records stand in their life."""
    frame: str = ""
    """Made by the ledger, once it knows the instant."""


class NewRecord(NamedTuple):
    """A record to be written down for the first time."""

    shared: Shared
    record_id: str
    accuracy_m: float | None
    attributes: str
    """Canonical JSON, and so is `row`."""
    row: str
    outline: BaseGeometry


class RowAside(NamedTuple):
    """A row to be kept in quarantine. Its parts are canonical JSON."""

    shared: Shared
    raw: str
    reasons: str
    row: str
    outline: None = None
