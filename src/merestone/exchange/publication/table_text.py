"""Record batches as cells of a text file: geometries as WKT on WGS 84, other bytes as hexadecimal."""

from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from merestone.exchange.places.geometry_column import CRS84, GeometryColumn, geometry_columns, known_reference
from merestone.exchange.rows.arrow_column import decoded, geometries, is_place
from merestone.exchange.rows.arrow_value import attribute_values
from merestone.terms import FieldRefused


def text_columns(batch: pa.RecordBatch) -> list[list[Any]]:
    """The values of each column as Python's csv writes them.

    A text file has no place for a reference system; so geometries of which one is stated are brought to WGS 84.
    """
    places = {column.name: column for column in geometry_columns(batch.schema)}
    return [_cells(batch.column(place), places.get(name)) for place, name in enumerate(batch.schema.names)]


def _cells(array: Any, place: GeometryColumn | None) -> list[Any]:
    plain = decoded(array)
    kind = plain.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if place is not None and is_place(kind) and not is_text:
        try:
            return _wkt(plain, place)
        except FieldRefused:  # a layout that is no geometry known here: its values as they are
            pass
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [None if value is None else value.hex() for value in plain.to_pylist()]
    if pa.types.is_boolean(kind):
        return [None if value is None else "true" if value else "false" for value in plain.to_pylist()]
    if is_text:
        return list(attribute_values(plain))  # also those that are not UTF-8, which Arrow does not look at
    return list(plain.to_pylist())


def _wkt(array: Any, place: GeometryColumn) -> list[Any]:
    found = geometries(array, place.encoding)
    if place.crs not in (None, CRS84):
        from merestone.exchange.rows.reference import ToLonLat

        found = np.asarray(ToLonLat(known_reference(place.crs))(list(found)), dtype=object)
    written = shapely.to_wkt(found, rounding_precision=-1)
    # What is no geometry keeps its bytes: nothing of a row is lost.
    raw = array.to_pylist()
    return [
        text if text is not None or not isinstance(value, bytes) else value.hex()
        for text, value in zip(written, raw, strict=True)
    ]
