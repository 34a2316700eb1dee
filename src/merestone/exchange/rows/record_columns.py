"""A record as the columns of a table, and such columns as a record again.

What an exact export says of a record beside its outline is enough to take it in elsewhere without a word from a person:
what it is, how accurate, whose word, since when, and who may see it. Its attributes stand beside these under their own
names, or with `PREFIX` where their name would be mistaken, by us or by another program.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from merestone.exchange.rows.cells import KML_ELEMENTS
from merestone.register import Record
from merestone.register.programme import Field, FieldType, kind_of_layer
from merestone.terms import WIDENED_M

EXACT_OUTLINE: Final = "exact, as recorded"
PREFIX: Final = "attribute_"
COLUMNS: Final = (
    "Name", "record_id", "kind", "land_type", "version", "accuracy_m", "accuracy_note", "source", "data_on",
    "recorded_at", "true_from", "true_until", "begins_on", "record_visibility", "outline", "label",
)  # fmt: skip
"""Our own columns of an exact export, in this order."""
_MISTAKEN: Final = KML_ELEMENTS | frozenset((
    # columns that tables have of their own
    "fid", "ogc_fid", "geom", "geometry", "the_geom", "wkt", "wkt_geom", "wkb", "wkb_geometry", "shape", "geojson",
    "geoshape", "geotrace", "geopoint",
    # where tables of text hold places, and how accurate these are
    "lon", "lat", "long", "lng", "lon_deg", "lat_deg", "longitude", "latitude", "x", "y", "x_deg", "y_deg", "easting",
    "northing", "zone", "utm", "mgrs", "crs", "srid", "epsg", "coordinates", "location", "accuracy", "radius",
    "radius_m", "buffer",
))  # fmt: skip
"""Names under which another program, or a reader of ours, expects something else than an attribute."""
_TAKEN: Final = frozenset(column.lower() for column in COLUMNS) | _MISTAKEN


def columns_of_record(record: Record) -> dict[str, Any]:
    """All that is to be said of a record beside its outline; days and moments as such, anything nested as JSON."""
    own: dict[str, Any] = {
        "Name": record.kind.label,
        "record_id": record.record_id,
        "kind": record.kind.value,
        "land_type": None if record.kind.land_type is None else record.kind.land_type.value,
        "version": record.version,
        **accuracy_columns(record),
        "source": record.source,
        "data_on": record.data_on,
        "recorded_at": record.recorded_at,
        "true_from": record.true_from,
        "true_until": record.true_until,
        "record_visibility": record.visibility.value,
        "outline": EXACT_OUTLINE,
    }
    if record.begins_on is not None:
        own["begins_on"] = record.begins_on
    if record.label:
        own["label"] = record.label
    fields = {field.name: field for field in kind_of_layer(record.kind).fields}
    names = column_names(record.attributes)
    return own | {names[name]: cell_of(value, fields.get(name)) for name, value in record.attributes.items()}


def accuracy_columns(record: Record) -> dict[str, Any]:
    """How accurate the outline is, which is not in it: whoever keeps away adds that."""
    stated = record.accuracy_m is not None
    return {
        "accuracy_m": record.accuracy_m,
        "accuracy_note": None if stated else f"not stated; widen by {WIDENED_M:g} m",
    }


def column_names(attributes: Iterable[str]) -> dict[str, str]:
    """For each attribute, the name of its column: its own, unless that is taken, mistaken, or differs only in case.

    >>> column_names(["remarks", "Kind", "Remarks"])
    {'remarks': 'remarks', 'Kind': 'attribute_Kind', 'Remarks': 'attribute_Remarks'}
    """
    taken = set(_TAKEN)
    chosen = {}
    for name in attributes:
        column = PREFIX + name if name.lower().startswith(PREFIX) or not name.strip() else name
        while column.lower() in taken:
            column = PREFIX + column
        taken.add(column.lower())
        chosen[name] = column
    return chosen


def attribute_name(column: str) -> str:
    """The attribute that a column of ours holds: the way back from `column_names`."""
    return column.removeprefix(PREFIX)


def cell_of(value: Any, field: Field | None = None) -> Any:
    r"""A value as one cell: lists of a field's own choices joined, positions as ``lon lat``, all else nested as JSON.

    >>> cell_of({"status": "weird"}), cell_of([1, "a"]), cell_of("plain"), cell_of('["a"]')
    ('{"status": "weird"}', '[1, "a"]', 'plain', '"[\\"a\\"]"')
    """
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _is_json(value) else value
    if not isinstance(value, (list, tuple, Mapping)):
        return value
    if field is not None and not isinstance(value, Mapping):
        parts = value if field.type.is_list else [value]
        if field.type in (FieldType.POINT, FieldType.POINTS):
            return ";".join(f"{lon_deg!r} {lat_deg!r}" for lon_deg, lat_deg in parts)
        if field.type.is_list and all(_is_simple(part) for part in parts):
            return ";".join(str(part) for part in parts)
    return json.dumps(value, ensure_ascii=False)


def value_of_cell(cell: Any) -> Any:
    """What `cell_of` made a cell of; for a field of a definition, its text as the definition reads it.

    >>> value_of_cell('{"status": "weird"}'), value_of_cell("[not json]")
    ({'status': 'weird'}, '[not json]')
    """
    return json.loads(cell) if isinstance(cell, str) and _is_json(cell) else cell


def _is_simple(part: Any) -> bool:
    return isinstance(part, str) and part == part.strip() != "" and ";" not in part and part[:1] not in '[{"'


def _is_json(text: str) -> bool:
    """Whether the text is one that `cell_of` could have made of a list, a mapping or such a text."""
    if text[:1] not in ("[", "{", '"'):
        return False
    try:
        return json.dumps(json.loads(text), ensure_ascii=False) == text
    except (ValueError, RecursionError):
        return False
