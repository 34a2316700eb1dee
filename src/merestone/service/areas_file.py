"""All records of a holding as bytes that the map draws from: as exact as the GeoJSON, and made many times faster.

Numbers are little-endian and unsigned, of 32 bits. In this order:

- the mark ``MSAREAS1``, 8 bytes;
- the length of the head, in bytes, and how many records there are;
- the head: a JSON list of what records share, each an object as `shared_properties` gives it; UTF-8, filled up with
  spaces so that what follows starts at a multiple of 4;
- four numbers for each record: its place in that list, and the lengths in bytes of its name, attributes and outline;
- the names, one after the other, UTF-8;
- the attributes, one after the other: a JSON object each, UTF-8;
- the outlines, one after the other: ISO WKB, little-endian, longitude and latitude, every digit.

``web/areas_file.js`` reads it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import shapely

from merestone.register import Record
from merestone.register.statement import Attributes

MARK: Final = b"MSAREAS1"


AT_A_TIME: Final = 1000
"""Records that are written out at once."""


def areas_file(records: Sequence[Record]) -> bytes:
    """The bytes for all records, in their order."""
    return b"".join(areas_parts(records))


def areas_parts(records: Sequence[Record]) -> Iterator[bytes]:
    """The same bytes piece by piece. Outlines are written twice, once for their lengths, and never held as a whole."""
    places: dict[tuple[Any, ...], int] = {}
    shared: list[dict[str, Any]] = []
    of_each: list[int] = []
    for record in records:
        key: tuple[Any, ...] = (record.kind, record.source, record.recorded_at, record.true_from, record.true_until)
        key += (record.data_on, record.accuracy_m, record.is_exact, record.label, record.begins_on)
        place = places.get(key)
        if place is None:
            place = places[key] = len(shared)
            shared.append(shared_properties(record))
        of_each.append(place)
    head = json.dumps(shared, separators=(",", ":"), ensure_ascii=False).encode()
    head += b" " * (-len(head) % 4)
    yield MARK + np.array([len(head), len(records)], "<u4").tobytes() + head
    columns = np.zeros((len(records), 4), "<u4")
    columns[:, 0] = of_each
    for column, written in enumerate((_names, _attributes, _outlines), start=1):
        at = 0
        for few in _few(records):
            columns[at : at + len(few), column] = [len(one) for one in written(few)]
            at += len(few)
    yield columns.tobytes()
    for written in (_names, _attributes, _outlines):
        for few in _few(records):
            yield b"".join(written(few))


def _few(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for start in range(0, len(records), AT_A_TIME):
        yield records[start : start + AT_A_TIME]


def _names(records: Sequence[Record]) -> list[bytes]:
    return [record.record_id.encode() for record in records]


def _attributes(records: Sequence[Record]) -> list[bytes]:
    return [_text_of(record).encode() for record in records]


def _outlines(records: Sequence[Record]) -> list[bytes]:
    outlines = np.array([record.geometry for record in records], dtype=object)
    written: list[bytes] = shapely.to_wkb(shapely.force_2d(outlines), byte_order=1, flavor="iso").tolist()
    return written


def _text_of(record: Record) -> str:
    attributes = record.attributes
    if isinstance(attributes, Attributes):
        return attributes.text
    return json.dumps(dict(attributes), separators=(",", ":"), ensure_ascii=False) if attributes else "{}"


def shared_properties(record: Record) -> dict[str, Any]:
    """What a viewer may know of a record beside its name, its attributes and its outline."""
    return {
        "kind": record.kind.value,
        "kind_label": record.kind.label,
        "is_hazard": record.kind.is_hazard,
        "is_exact": record.is_exact,
        "accuracy_m": record.accuracy_m,
        "true_from": record.true_from and record.true_from.isoformat(),
        "true_until": record.true_until and record.true_until.isoformat(),
        "begins_on": record.begins_on and record.begins_on.isoformat(),
        "recorded_at": record.recorded_at.isoformat(timespec="seconds"),
        "data_on": record.data_on and record.data_on.isoformat(),
        "source": record.source,
        "label": record.label,
    }
