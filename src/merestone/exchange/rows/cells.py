"""Names and values as the writers of all formats put them down."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from merestone.exchange.rows.format import Feature

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
KML_ELEMENTS: Final = frozenset((
    "id", "name", "description", "timestamp", "begin", "end", "altitudemode", "tessellate", "extrude", "visibility",
    "icon", "draworder", "snippet", "heading", "tilt", "roll", "model", "scale_x", "scale_y", "scale_z",
    "networklink", "photooverlay", "camera_longitude", "camera_latitude", "camera_altitude", "camera_altitudemode",
))  # fmt: skip
"""Columns that GDAL's LIBKML driver (3.12.4), and so QGIS, fills from elements of KML, whatever extended data say."""


def names_apart(names: Sequence[str], reserved: frozenset[str] = frozenset()) -> dict[str, str]:
    """For each name, the one under which a table can hold it whose names do not mind their case.

    >>> names_apart(["Status", "status", "fid"], frozenset({"fid"}))
    {'Status': 'Status', 'status': 'status_', 'fid': 'fid_'}
    """
    chosen: dict[str, str] = {}
    taken = {name.lower() for name in reserved}
    for name in names:
        column = text_of(name) or "_"
        while column.lower() in taken:
            column += "_"
        taken.add(column.lower())
        chosen[name] = column
    return chosen


def text_of(value: Any) -> str:
    """A value as text that every format can hold: no zero byte, no half of a character.

    >>> text_of(True), text_of(date(2026, 5, 2)), text_of("a" + chr(0))
    ('true', '2026-05-02', 'a�')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.isoformat() if isinstance(value, (date, datetime)) else str(value)
    if _is_plain(text):  # as most are: nothing to replace
        return text
    return text.replace("\0", _REPLACEMENT).encode("utf-8", "replace").decode("utf-8")


def as_json(features: Sequence[Feature]) -> Iterator[dict[str, Any]]:
    """The columns of each feature as JSON holds them: days and moments as ISO 8601.

    A column of several types is text, as in every other format: clients give a column one type, or none.
    """
    kinds: dict[str, set[type]] = {}
    for feature in features:
        for name, value in feature.attributes.items():
            if name not in kinds:
                kinds[name] = set()
            if value is not None:
                kinds[name].add(_kind_of(value) if type(value) is int else type(value))
    as_text = {name for name, kind in kinds.items() if len(kind) > 1 and kind != {int, float}}
    as_text |= {name for name, kind in kinds.items() if not kind.isdisjoint((str, date, datetime))}
    columns = {name: text_of(name) for name in kinds}
    for feature in features:
        yield {
            columns[name]: value if value is None or name not in as_text or _is_plain(value) else text_of(value)
            for name, value in feature.attributes.items()
        }


def _is_plain(value: Any) -> bool:
    """Whether it is a text that every format can hold as it stands."""
    return type(value) is str and value.isascii() and "\0" not in value


def _kind_of(value: Any) -> type:
    """The type of a value; a whole number of more than 64 bits is text, since clients round it."""
    return str if type(value) is int and not -(2**63) <= value < 2**63 else type(value)
