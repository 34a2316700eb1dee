"""What the current layers show of an event: the row of a record in the layer of its kind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from shapely.geometry.base import BaseGeometry

from merestone.register.events.batch_frame import NewRecord, RowAside
from merestone.register.events.event import (
    Change,
    canonical_text,
)
from merestone.register.events.record_timeline import Life, Word, last_stated
from merestone.register.file.sqlite_driver import Rows
from merestone.register.programme.life_cycle import state_by_kind
from merestone.terms import FieldRefused, RecordKind

_WITHDRAWN: Final = Change.WITHDRAWN.value


_LAYER_NAMES: Final = {kind.value: kind for kind in RecordKind}


_CONFIGURED: Final = "SELECT body FROM merestone_event WHERE record_id IS NULL AND change = :change ORDER BY seq DESC"


@dataclass(slots=True)
class Pending:
    """An event that is about to be written. ``body`` lacks what only the ledger knows."""

    change: Change
    body: dict[str, Any]
    outline: BaseGeometry | None = None
    layer: RecordKind | None = None
    """The layer that shows it, if one does."""
    life: Life | None = None
    """What the register holds of the record that it changes; None if it begins a record, or concerns none."""


LAYER_COLUMNS: Final = (
    *("fid", "geom", "record_id", "version", "accuracy_m", "true_from", "true_until", "visibility", "source"),
    *("recorded_by", "recorded_at", "data_on", "attributes", "event_seq", "label", "status"),
)
"""The columns of each current layer, in the order of `layer_row`."""


def setting(rows: Rows, name: str) -> str | None:
    """The programme's own table of that name, as it was last configured; None: it uses ours."""
    for (text,) in rows(_CONFIGURED, {"change": Change.CONFIGURED.value}):
        body = json.loads(text)
        if body["setting"] == name:
            return str(body["value"])
    return None


def layer_row(
    body: Mapping[str, Any], *, fid: int, version: int, blob: bytes, event_seq: int, label: str
) -> tuple[Any, ...]:
    """What a current layer shows of an event's state, in the order of the layer's columns."""
    return (
        fid,
        blob,
        body["record"],
        version,
        body["accuracy_m"],
        body["true_from"],
        body["true_until"],
        body["visibility"],
        body["source"],
        body["by"],
        body["recorded_at"],
        body["data_on"],
        canonical_text(body["attributes"]),
        event_seq,
        label,
        status_of(body),
    )


def status_of(body: Mapping[str, Any]) -> str | None:
    """Where the record of an event's body stands in its life; None for kinds without one."""
    stated: str | None = body.get("status")
    layer = layer_named(body["kind"])
    return stated or (None if layer is None else state_by_kind(layer))


def layer_named(kind: str) -> RecordKind | None:
    """The layer for a kind as events name it; None for kinds without a layer."""
    return _LAYER_NAMES.get(kind)


def word_of(seq: int, change: str, true_from: str | None, true_until: str | None) -> Word:
    """An event of a record, as far as time is concerned."""
    return Word(seq, change == _WITHDRAWN, true_from, true_until)


def layer_shown(life: Life) -> RecordKind | None:
    """The layer that shows the record now; None if none does."""
    kind = life.kind_stated()
    return None if kind is None else layer_named(kind)


def shows(life: Life, seq: int, body: Mapping[str, Any]) -> bool:
    """Whether a new event is the one that the current layer shows from now on."""
    word = word_of(seq, body["change"], body["true_from"], body["true_until"])
    return last_stated((*life.assertions, word)) == word


def refuse_off_the_globe(placed: Sequence[Pending | NewRecord | RowAside], bounds: np.ndarray[Any, Any]) -> None:
    """NaN and infinity fail the comparison too, as they should."""
    low, high = np.array([-180.0, -90.0]), np.array([180.0, 90.0])
    good = np.all((bounds[:, :2] >= low) & (bounds[:, 2:] <= high), axis=1)
    if not good.all():
        worst = int(np.argmin(good))
        item = placed[worst]
        row = item.body.get("row") if isinstance(item, Pending) else item.row
        raise FieldRefused(
            "geometry",
            str(item.outline)[:80],
            f"is not within WGS 84 in degrees (row {row})",
            "give longitude within ±180 and latitude within ±90, or quarantine the row",
        )
