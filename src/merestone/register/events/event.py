"""An event: one thing that was written down, its canonical bytes, and the chain that holds them in order.

The format is specified, with worked bytes, in ``docs/formats/register.md``.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from shapely import from_wkb
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused

BODY_VERSION: Final = 1
GENESIS: Final = bytes(32)
"""What stands before the first event in the chain."""


class Change(StrEnum):
    """What an event says."""

    FOUNDED = "founded"
    """The register began: its identity and its label. Always the first event, and only that."""
    RECORDED = "recorded"
    """A record was written down for the first time."""
    REVISED = "revised"
    """A record's state was written down anew, for the days the event names: a change, or a correction of the past."""
    WITHDRAWN = "withdrawn"
    """For the days that the event names, the record does not hold."""
    CONFIGURED = "configured"
    """The programme put a table of its own in place: life cycle, evidence or approval."""
    DRAFTED = "drafted"
    """Somebody proposes a record's state. It speaks of no day until it is published."""
    ADVANCED = "advanced"
    """A draft was taken to another stage."""
    CONFLICTED = "conflicted"
    """Copies changed a record apart; for the days named, the hazards of all of them hold until a person decides."""
    MERGED = "merged"
    """Copies of the register became one; their heads are named."""
    QUARANTINED = "quarantined"
    """A row could not become a record; its raw content is kept."""
    SETTLED = "settled"
    """Rows in quarantine no longer wait, or wait again; the event names them and says why."""
    UNDONE = "undone"
    """An import was undone: its records were withdrawn, its revisions taken back, in the same batch."""
    IMPORTED = "imported"
    """A file was taken in whole; the event closes its batch and counts its rows."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it stands in the register."""

    seq: int
    """Its place in the chain, counted from 1."""
    event_id: str
    """SHA-256 of the canonical body, hexadecimal: the same in every copy of the register."""
    chain: str
    """SHA-256 of the chain before it and of its own identity, hexadecimal."""
    change: Change
    record_id: str | None
    recorded_at: datetime
    body: Mapping[str, Any]
    wkb: bytes | None

    @property
    def by(self) -> str:
        """Who wrote it."""
        return str(self.body["by"])

    @property
    def why(self) -> str:
        """Why it was written."""
        return str(self.body["why"])

    @property
    def source(self) -> str:
        """Who said what the event says."""
        return str(self.body["source"])

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The record's attributes as this event states them; empty where it states none."""
        attributes = self.body.get("attributes") or {}
        assert isinstance(attributes, dict)
        return attributes

    @property
    def true_from(self) -> date | None:
        """The first day for which it speaks; None: since ever."""
        return _day(self.body.get("true_from"))

    @property
    def true_until(self) -> date | None:
        """The first day for which it no longer speaks; None: until further notice."""
        return _day(self.body.get("true_until"))

    @property
    def geometry(self) -> BaseGeometry | None:
        """The outline that it states; None where it states none."""
        return None if self.wkb is None else from_wkb(self.wkb)


def event_of(row: Any) -> Event:
    """The event that a row of the event table holds."""
    return Event(
        seq=row.seq,
        event_id=row.event_id,
        chain=row.chain,
        change=Change(row.change),
        record_id=row.record_id,
        recorded_at=instant_of(row.recorded_at),
        body=json.loads(row.body),
        wkb=row.geometry,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def instant_text(instant: datetime) -> str:
    """An instant as the register writes it: UTC, milliseconds, ``Z``.

    >>> instant_text(datetime(2026, 11, 23, 7, 11, 29, 123456, tzinfo=UTC))
    '2026-11-23T07:11:29.123Z'
    """
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def instant_of(text: str) -> datetime:
    """The instant that `instant_text` wrote."""
    return datetime.fromisoformat(text)


def _as_json(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    item = getattr(value, "item", None)  # a numpy scalar, as table readers give it
    if callable(item):
        plain: object = item()
        return plain
    raise TypeError(f"{type(value).__name__} has no JSON form")


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_as_json, check_circular=False
)


def _parts_of(encoder: json.JSONEncoder) -> Callable[[Any, int], Iterable[str]]:
    """What writes a value in parts: CPython's encoder, made once, where the library would make it for each value."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda value, _: (encoder.encode(value),)
    separators = encoder.key_separator, encoder.item_separator
    parts: Callable[[Any, int], Iterable[str]] = make(
        None,
        encoder.default,
        json.encoder.encode_basestring,
        None,
        *separators,
        True,
        False,
        False,
    )
    return parts


_PARTS: Final = _parts_of(_ENCODER)


def canonical(body: Mapping[str, Any]) -> bytes:
    r"""The bytes of a body: JSON in UTF-8, keys sorted by code point, no white space, no NaN.

    Raises
    ------
    FieldRefused
        A value that JSON cannot hold.

    >>> canonical({"why": "täpsustus", "by": "n.n."})
    b'{"by":"n.n.","why":"t\xc3\xa4psustus"}'
    """
    return utf8(canonical_text(body))


def canonical_text(value: Any) -> str:
    """`canonical` as text, of any value.

    Raises
    ------
    FieldRefused
        It is or holds a value that JSON cannot hold.
    """
    try:
        return "".join(_PARTS(value, 0))
    except (TypeError, ValueError, RecursionError) as error:
        attributes = (isinstance(value, Mapping) and value.get("attributes")) or value
        raise _refused(attributes, error) from error


def utf8(text: str) -> bytes:
    """The bytes of a body; FieldRefused if it holds half of a character."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refused(text[:200], error) from error


def _refused(value: object, error: Exception) -> FieldRefused:
    return FieldRefused(
        "attributes", value, f"cannot be written as JSON ({error})", "give text, numbers, true, false or null"
    )


def event_digest(body: bytes) -> bytes:
    """The identity of an event: SHA-256 of its canonical bytes."""
    return hashlib.sha256(body).digest()


def chain_digest(before: bytes, identity: bytes) -> bytes:
    """The next link: SHA-256 of the link before it, followed by the event's identity; 32 bytes each."""
    return hashlib.sha256(before + identity).digest()


def geometry_digest(wkb: bytes) -> str:
    """How a body names its outline: SHA-256 of the WKB bytes, hexadecimal."""
    return hashlib.sha256(wkb).hexdigest()
