"""Of which outline the public outline of a record is made, so that small surveys move nothing and none can be averaged.

A public outline is drawn for an *anchor*: the first outline that the register held of the record, as long as later ones
lie close to it. Surveys of one edge that differ by a few metres therefore have one public outline, not several whose
mean would show the edge. An outline farther off gets one of its own, masked by the same chance and fixed to the same
place (the *frame*), so that an edge which stayed is shown where it was.

An area that was divided from another, or joined of others, goes on with the chance of the first one it came from.

All of it follows from the order of the events, never from who asked first or for which day.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import widen
from merestone.register.events.event import Change
from merestone.register.file.sqlite_driver import Rows

_NO_WORD: Final = json.dumps([Change.DRAFTED.value, Change.ADVANCED.value])
_OUTLINES: Final = (
    "SELECT record_id, geometry FROM merestone_event WHERE record_id IN (SELECT value FROM json_each(:records))"
    " AND geometry IS NOT NULL AND change NOT IN (SELECT value FROM json_each(:drafts)) ORDER BY seq"
)
_ORIGINS: Final = (
    "SELECT record_id, json_extract(body, '$.came_from[0]') FROM merestone_event"
    " WHERE change = 'recorded' AND instr(body, '\"came_from\"') ORDER BY seq DESC"
)


class Anchored(NamedTuple):
    """What the public outline of one record is made of."""

    seed: str
    """The record whose chance is taken."""
    outline: BaseGeometry
    frame: BaseGeometry
    """The outline to which the masking is fixed."""


def anchored(
    rows: Rows, records: Sequence[tuple[str, BaseGeometry]], *, changed: Iterable[str], tolerance_m: float
) -> list[Anchored]:
    """For each record and outline, in order, what its public outline is made of.

    Parameters
    ----------
    records
        Identity and exact outline, as some event of the record states it.
    changed
        The records of which the register holds more than one event.
    tolerance_m
        How close an outline must lie to an earlier one to share its public outline.
    """
    origin = {record_id: parent for record_id, parent in rows(_ORIGINS, {}) if isinstance(parent, str)}
    seeds = {record_id: _first_of(record_id, origin) for record_id, _ in records}
    named = {record_id for record_id, _ in records}
    histories = _histories(
        rows, {*(named & set(changed)), *(seed for record_id, seed in seeds.items() if seed != record_id)}
    )
    anchors = {
        record_id: _anchors(outlines, tolerance_m) for record_id, outlines in histories.items() if record_id in named
    }
    out = []
    for record_id, outline in records:
        seed = seeds[record_id]
        anchor = anchors[record_id].get(outline.wkb, outline) if record_id in anchors else outline
        first = histories.get(seed)
        out.append(Anchored(seed, anchor, shapely.from_wkb(first[0]) if first else outline))
    return out


def _first_of(record_id: str, origin: Mapping[str, str]) -> str:
    seen = {record_id}
    while (parent := origin.get(record_id)) is not None and parent not in seen:
        seen.add(parent)
        record_id = parent
    return record_id


def _histories(rows: Rows, records: Iterable[str]) -> dict[str, list[bytes]]:
    """The outlines that the events of some records state, each once, in their order."""
    outlines_by_record: dict[str, dict[bytes, None]] = {}
    fields = {"records": json.dumps(sorted(records)), "drafts": _NO_WORD}
    for record_id, wkb in rows(_OUTLINES, fields) if fields["records"] != "[]" else ():
        outlines_by_record.setdefault(record_id, {})[bytes(wkb)] = None
    return {record_id: list(wkbs) for record_id, wkbs in outlines_by_record.items()}


def _anchors(wkbs: Sequence[bytes], tolerance_m: float) -> dict[bytes, BaseGeometry]:
    """For each outline, by its WKB, the first one before it that lies close to it; itself if none does."""
    outlines = list(shapely.from_wkb(np.array(wkbs, dtype=object)))
    anchors: list[BaseGeometry] = []
    out: dict[bytes, BaseGeometry] = {}
    for outline in outlines:
        near = next((anchor for anchor in anchors if _lie_close(anchor, outline, tolerance_m)), None)
        if near is None:
            anchors.append(near := outline)
        out[outline.wkb] = near
    return out


def _lie_close(first: BaseGeometry, other: BaseGeometry, tolerance_m: float) -> bool:
    """Whether no place of either is farther than the tolerance from the other."""
    return bool(widen(first, tolerance_m).covers(other) and widen(other, tolerance_m).covers(first))
