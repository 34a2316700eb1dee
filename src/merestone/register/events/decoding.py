"""What the bodies of many events state of records, read together: as exact as reading each, and several times faster.

A body is canonical JSON, so its parts stand in a known order, and the bodies of one batch differ in few places. Those
are cut out; what is left, the *frame*, is parsed once for all bodies that share it. `record_of` is the plain reading
that this must equal; a body of any other form is given to it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, overload

from shapely.geometry.base import BaseGeometry

from merestone.register.events.event import BODY_VERSION, instant_of
from merestone.register.events.record import Record
from merestone.register.programme.life_cycle import state_by_kind
from merestone.terms import RecordKind, Visibility

_KINDS: Final = {kind.value: kind for kind in RecordKind}
_VISIBILITIES: Final = {visibility.value: visibility for visibility in Visibility}
_SHARED: Final = {
    *("batch", "by", "change", "data_on", "geometry", "kind", "parent", "record", "recorded_at", "row", "source"),
    *("true_from", "true_until", "v", "visibility", "why"),
}
"""The keys that the body of a record's state always has, but for ``accuracy_m`` and ``attributes``."""
_HEAD: Final = re.compile(r'\{"accuracy_m":(null|[0-9]+\.[0-9]+),"attributes":')
"""How a body usually begins; of others, such as one with an accuracy of 1e+20, the plain reading takes care."""
_NO_PARENT: Final = '"parent":null,"record":"'
_INSTANT: Final = re.compile(r'","recorded_at":"([0-9TZ.:-]{24})","row":')


class Attributes(Mapping[str, Any]):
    """A record's attributes, parsed when they are first looked at: a map of 100,000 areas shows those of one."""

    __slots__ = ("_held", "_text")

    def __init__(self, text: str) -> None:
        """Hold the JSON text of one object."""
        self._text = text
        self._held: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """Their canonical JSON, as the event states it."""
        return self._text

    def _read(self) -> dict[str, Any]:
        held = self._held
        if held is None:
            held = self._held = json.loads(self._text)
        return held

    def __getitem__(self, name: str) -> Any:
        """The value of one attribute."""
        return self._read()[name]

    @overload
    def get(self, name: str, /) -> Any: ...
    @overload
    def get(self, name: str, /, default: Any) -> Any: ...
    def get(self, name: str, /, default: Any = None) -> Any:
        """The value of one attribute, or the default; reports ask for many that most records do not state."""
        held = self._held
        return (self._read() if held is None else held).get(name, default)

    def __iter__(self) -> Iterator[str]:
        """Their names, in order."""
        return iter(self._read())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._read())

    def __repr__(self) -> str:
        """As a dict prints itself."""
        return repr(self._read())


class _Frame(NamedTuple):
    """What a body says that many bodies of one batch share."""

    kind: RecordKind
    source: str
    true_from: date | None
    true_until: date | None
    data_on: date | None
    visibility: Visibility
    status: str | None
    evidence: tuple[str, ...]


class _Unusual(ValueError):
    """The body has another form than the register gives it."""


class _Frames(dict[tuple[str, str, str], _Frame]):
    """By the three texts that are left of a body when what differs within a batch is cut out: what they say."""

    def __missing__(self, texts: tuple[str, str, str]) -> _Frame:
        batch, life, rest = texts
        # Parsed with nothing in the gaps: whatever was cut too short or too long is no JSON any more, or lacks a key.
        pairs: list[tuple[str, Any]] = json.loads(
            f'{{"batch":"{batch}{life}","recorded_at":"","row":null{rest}', object_pairs_hook=list
        )
        names, body = [name for name, _ in pairs], dict(pairs)
        if names != sorted(set(names)) or not set(names) >= _SHARED or body["v"] != BODY_VERSION:
            raise _Unusual
        frame = self[texts] = _frame_of(body)
        return frame


class _Accuracies(dict[str, float | None]):
    """By a body's text up to its attributes: the accuracy."""

    def __missing__(self, text: str) -> float | None:
        found = _HEAD.fullmatch(text)
        if found is None:
            raise _Unusual
        self[text] = accuracy_m = None if found[1] == "null" else float(found[1])
        return accuracy_m


class _Instants(dict[str, datetime]):
    """By the text between a body's record and its row: the instant."""

    def __missing__(self, text: str) -> datetime:
        found = _INSTANT.fullmatch(text)
        if found is None:
            raise _Unusual
        self[text] = instant = instant_of(found[1])
        return instant


def record_of(body: Mapping[str, Any], outline: BaseGeometry, *, version: int, label: str) -> Record:
    """The record that one event's body states, exactly: the plain reading."""
    return Record(
        record_id=body["record"],
        geometry=outline,
        accuracy_m=body["accuracy_m"],
        attributes=body["attributes"],
        recorded_at=instant_of(body["recorded_at"]),
        version=version,
        row=body["row"],
        label=label,
        **_frame_of(body)._asdict(),
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
    frames, accuracies_m, instants = _Frames(), _Accuracies(), _Instants()
    records: list[Record] = []
    add = records.append
    for record_id, text, outline in zip(record_ids, texts, outlines, strict=True):
        # No quote stands alone inside a JSON string: a name between quotes and a colon is a key wherever it is found,
        # and after the last ``batch`` it is one of the body's own.
        try:
            batch_at = text.rindex(',"batch":"')
            digest_at = text.index('"geometry":"', batch_at + 26) + 12
            record_at = text.index(',"record":"', digest_at + 64) + 11
            instant_at = record_at + len(record_id)
            row_at = instant_at + 49
            rest_at = text.index(",", row_at)
            attributes_at = text.index("{", 1)
            life = text[digest_at + 64 : record_at]
            if not life.endswith(_NO_PARENT):
                life = f"{life[:-76]}{life[-12:]}"
            frame = frames[text[batch_at + 26 : digest_at], life, text[rest_at:]]
            attributes = text[attributes_at:batch_at]
            if not text.startswith(record_id, record_at) or '},"' in attributes:
                raise _Unusual
            kind, source, true_from, true_until, data_on, visibility, status, evidence = frame
            row_text = text[row_at:rest_at]
            add(
                Record(
                    record_id,
                    kind,
                    outline,
                    accuracies_m[text[:attributes_at]],
                    Attributes(attributes),
                    source,
                    true_from,
                    true_until,
                    instants[text[instant_at:row_at]],
                    data_on,
                    visibility,
                    versions.get(record_id, 1),
                    None if row_text == "null" else int(row_text),
                    label,
                    True,
                    status,
                    evidence,
                )
            )
        except ValueError:
            body = json.loads(text)
            add(record_of(body, outline, version=versions.get(body["record"], 1), label=label))
    return records


def _frame_of(body: Mapping[str, Any]) -> _Frame:
    kind = _KINDS[body["kind"]]
    return _Frame(
        kind,
        body["source"],
        day_of(body["true_from"]),
        day_of(body["true_until"]),
        day_of(body["data_on"]),
        _VISIBILITIES[body["visibility"]],
        body.get("status") or state_by_kind(kind),
        tuple(body.get("evidence", ())),
    )


@lru_cache(maxsize=4096)
def day_of(text: str | None) -> date | None:
    """A day as events write it; None where they state none."""
    return None if text is None else date.fromisoformat(text)
