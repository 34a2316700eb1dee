"""What the bodies of events state of records: a typed reading of each, whose attributes wait until they are asked for.

`record_of` is the plain reading that this must equal; a body that the typed reading refuses is given to it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, overload

import msgspec
from shapely.geometry.base import BaseGeometry

from merestone.register.events.event import BODY_VERSION, instant_of
from merestone.register.events.record import Record
from merestone.register.programme.life_cycle import state_by_kind
from merestone.terms import RecordKind, Visibility


class Attributes(Mapping[str, Any]):
    """A record's attributes, parsed when they are first looked at: a map of 100,000 areas shows those of one."""

    __slots__ = ("_parsed", "_text")

    def __init__(self, text: str) -> None:
        """Hold the JSON text of one object."""
        self._text = text
        self._parsed: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """Their canonical JSON, as the event states it."""
        return self._text

    def _read(self) -> dict[str, Any]:
        fields = self._parsed
        if fields is None:
            fields = self._parsed = json.loads(self._text)
        return fields

    def __getitem__(self, name: str) -> Any:
        """The value of one attribute."""
        return self._read()[name]

    @overload
    def get(self, name: str, /) -> Any: ...
    @overload
    def get(self, name: str, /, default: Any) -> Any: ...
    def get(self, name: str, /, default: Any = None) -> Any:
        """The value of one attribute, or the default; reports ask for many that most records do not state."""
        attributes = self._parsed
        return (self._read() if attributes is None else attributes).get(name, default)

    def __iter__(self) -> Iterator[str]:
        """Their names, in order."""
        return iter(self._read())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._read())

    def __repr__(self) -> str:
        """As a dict prints itself."""
        return repr(self._read())


class StateBody(msgspec.Struct, frozen=True):
    """The body of an event that states a record, as far as a `Record` shows it; its other keys are passed over."""

    v: int
    record: str
    kind: RecordKind
    accuracy_m: float | None
    attributes: msgspec.Raw
    source: str
    true_from: date | None
    true_until: date | None
    recorded_at: datetime
    data_on: date | None
    visibility: Visibility
    row: int | None
    status: str | None = None
    evidence: tuple[str, ...] = ()


_DECODE: Final = msgspec.json.Decoder(StateBody).decode
_STATE_BY_KIND: Final = {kind: state_by_kind(kind) for kind in RecordKind}


def record_of(body: Mapping[str, Any], outline: BaseGeometry, *, version: int, label: str) -> Record:
    """The record that one event's body states, exactly: the plain reading."""
    kind = RecordKind(body["kind"])
    return Record(
        record_id=body["record"],
        kind=kind,
        geometry=outline,
        accuracy_m=body["accuracy_m"],
        attributes=body["attributes"],
        source=body["source"],
        true_from=day_of(body["true_from"]),
        true_until=day_of(body["true_until"]),
        recorded_at=instant_of(body["recorded_at"]),
        data_on=day_of(body["data_on"]),
        visibility=Visibility(body["visibility"]),
        version=version,
        row=body["row"],
        label=label,
        status=body.get("status") or state_by_kind(kind),
        evidence=tuple(body.get("evidence", ())),
    )


def records_of(
    record_ids: Sequence[str],
    texts: Sequence[str],
    outlines: Sequence[BaseGeometry],
    *,
    versions: Mapping[str, int],
    label: str,
) -> list[Record]:
    """The records that events' bodies state, exactly.

    Parameters
    ----------
    record_ids, texts, outlines
        Of each event: the record that it is about, its body as the register holds it, and its outline.
    versions
        How many events there are of a record; it may leave out those of which there is one.
    """
    records: list[Record] = []
    for record_id, text, outline in zip(record_ids, texts, outlines, strict=True):
        version = versions.get(record_id, 1)
        try:
            body = _DECODE(text)
        except ValueError:
            records.append(record_of(json.loads(text), outline, version=version, label=label))
            continue
        if body.v != BODY_VERSION or body.record != record_id:
            records.append(record_of(json.loads(text), outline, version=version, label=label))
            continue
        records.append(
            Record(
                record_id,
                body.kind,
                outline,
                body.accuracy_m,
                Attributes(str(body.attributes, "utf-8")),
                body.source,
                body.true_from,
                body.true_until,
                body.recorded_at,
                body.data_on,
                body.visibility,
                version,
                body.row,
                label,
                True,
                body.status or _STATE_BY_KIND[body.kind],
                body.evidence,
            )
        )
    return records


@lru_cache(maxsize=4096)
def day_of(text: str | None) -> date | None:
    """A day as events write it; None where they state none."""
    return None if text is None else date.fromisoformat(text)
