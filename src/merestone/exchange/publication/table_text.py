"""Record batches as lines of a text file: geometries as WKT on WGS 84, other bytes as hexadecimal.

Lines are made of whole columns by Arrow; the text is, character for character, what Python's csv writes of the values
(a test holds that), save that a cell with a carriage return always stands in quotation marks.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from merestone.exchange.places.geometry_column import CRS84, GeometryColumn, geometry_columns, known_reference
from merestone.exchange.rows.arrow_column import decoded, geometries, is_place
from merestone.exchange.rows.arrow_value import attribute_values
from merestone.terms import FieldRefused


def csv_lines(batch: pa.RecordBatch) -> bytes:
    """The rows as UTF-8, cells parted by commas, each line ended by a line feed."""
    if not batch.num_rows or not batch.num_columns:
        return b"\n" * int(batch.num_rows)
    places = {column.name: column for column in geometry_columns(batch.schema)}
    cells = [_quoted(_as_text(batch.column(i), places.get(name))) for i, name in enumerate(batch.schema.names)]
    if len(cells) == 1:  # an empty line would be no row
        cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
    lines = pc.binary_join_element_wise(*cells, _text(","))
    ended = pc.binary_join_element_wise(lines, _text(""), _text("\n"))
    return _bytes_of(ended)


def _bytes_of(texts: Any) -> bytes:
    """All of some texts behind each other."""
    _, offsets, data = texts.buffers()
    if data is None:
        return b""
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    text: bytes = memoryview(data)[int(starts[0]) : int(starts[-1])].tobytes()
    return text


def _text(value: str) -> Any:
    return pa.scalar(value, pa.large_string())


_MARKS = (b'"', b",", b"\r", b"\n")


def _quoted(texts: Any) -> Any:
    """Texts as cells: empty where null, in quotation marks where a reader could not tell their end otherwise."""
    texts = pc.fill_null(texts, _text(""))
    whole = _bytes_of(texts)
    if not any(mark in whole for mark in _MARKS):  # which is much sooner seen than in which cell one stands
        return texts
    has_mark = pc.match_substring_regex(texts, '[",\r\n]')
    if not pc.any(has_mark).as_py():
        return texts
    inner = pc.replace_substring(texts, '"', '""')
    return pc.if_else(has_mark, pc.binary_join_element_wise(_text('"'), inner, _text('"'), _text("")), texts)


def _as_text(array: Any, place: GeometryColumn | None) -> Any:
    """A column as texts, null where it is."""
    plain = decoded(array)
    kind = plain.type
    if place is None:
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
            return plain.cast(pa.large_string())
        if pa.types.is_null(kind):
            return pa.nulls(len(plain), pa.large_string())
        if pa.types.is_float64(kind):
            return _float_text(plain)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            try:
                plain.validate(full=True)
            except pa.ArrowInvalid:  # it is not UTF-8: shown as it is written elsewhere
                return pa.array(attribute_values(plain), pa.large_string())
            return plain.cast(pa.large_string())
    return pa.array([None if cell is None else str(cell) for cell in _cells(array, place)], pa.large_string())


_PLAIN_LEAST, _PLAIN_MOST = 1e-3, 1e9
"""Numbers of such sizes are written without an exponent by Arrow and by Python alike."""


FEW_NUMBERS, LOOKED_AT = 16, 1000
"""If the first rows of a column have no more different numbers, each is written once."""


def _float_text(array: Any) -> Any:
    """The shortest digits that name each number, with a point even where it is whole, as Python writes them."""
    if len(array) > LOOKED_AT and len(array.slice(0, LOOKED_AT).unique()) <= FEW_NUMBERS:
        values = array.to_numpy(zero_copy_only=False)
        numbered = array.dictionary_encode()
        if len(numbered.dictionary) <= LOOKED_AT and not (np.signbit(values) & (values == 0.0)).any():
            return _each_float_text(numbered.dictionary).take(numbered.indices)
    return _each_float_text(array)


def _each_float_text(array: Any) -> Any:
    values = array.to_numpy(zero_copy_only=False)
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        is_plain = ((size >= _PLAIN_LEAST) & (size < _PLAIN_MOST)) | (size == 0.0)
        is_whole = is_plain & (values == np.trunc(values))
    texts = array.cast(pa.large_string())
    if is_whole.any():
        bare = pc.replace_substring_regex(texts, r"\.0*$", "")
        texts = pc.if_else(pa.array(is_whole), pc.binary_join_element_wise(bare, _text(".0"), _text("")), texts)
    other = ~is_plain & np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)
    if other.any():
        written = pa.array([repr(float(value)) for value in values[other]], pa.large_string())
        texts = pc.replace_with_mask(texts, pa.array(other), written)
    return texts


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
    shapes = geometries(array, place.encoding)
    if place.crs not in (None, CRS84):
        from merestone.exchange.rows.reference import ToLonLat

        shapes = np.asarray(ToLonLat(known_reference(place.crs))(list(shapes)), dtype=object)
    written = shapely.to_wkt(shapes, rounding_precision=-1)
    # What is no geometry keeps its bytes: nothing of a row is lost.
    raw = array.to_pylist()
    return [
        text if text is not None or not isinstance(value, bytes) else value.hex()
        for text, value in zip(written, raw, strict=True)
    ]
