"""Arrow columns as plain values, whatever their layout: what is null in any layout is null here.

Arrow has many ways to write one column: dictionaries, runs, views, structs whose own validity hides their children's
values, lists of a fixed length, extension types, slices with an offset. Reading the children alone makes (0, 0) of a
row that is null.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from merestone.exchange.rows.row import geometry_from_wkb, is_curved_wkb
from merestone.geodesy import straightened
from merestone.terms import FieldRefused

Floats = NDArray[np.float64]

_MULTI = {
    "multipoint": shapely.GeometryType.MULTIPOINT,
    "multilinestring": shapely.GeometryType.MULTILINESTRING,
    "multipolygon": shapely.GeometryType.MULTIPOLYGON,
    "linestring": shapely.GeometryType.LINESTRING,
    "polygon": shapely.GeometryType.POLYGON,
    "point": shapely.GeometryType.POINT,
}
_DEPTH = {"point": 0, "linestring": 1, "multipoint": 1, "polygon": 2, "multilinestring": 2, "multipolygon": 3}


def _compute() -> Any:
    """PyArrow's functions: they take long to load, and most columns need none of them."""
    import pyarrow.compute

    return pyarrow.compute


def decoded(array: Any) -> Any:
    """The same values in the plainest layout: no extension, dictionary, run or view."""
    while True:
        kind = array.type
        if isinstance(kind, pa.BaseExtensionType):
            array = array.storage
        elif pa.types.is_dictionary(kind):
            array = array.dictionary_decode()
        elif pa.types.is_run_end_encoded(kind):
            array = _compute().run_end_decode(array)
        elif pa.types.is_string_view(kind):
            array = array.cast(pa.large_string())
        elif pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
            array = array.cast(pa.large_binary())
        elif pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
            array = array.cast(pa.large_list(kind.value_type))
        else:
            return array


def numbers(array: Any) -> Floats:
    """(n,) a column as float64: NaN where it is null, and where it holds no number."""
    array = decoded(array)
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array([_number(text) for text in array.to_pylist()], np.float64)
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return np.full(len(array), np.nan)
    if pa.types.is_float64(kind):
        return np.asarray(array.to_numpy(zero_copy_only=False), np.float64)
    return np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)


def _number(text: str | None) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan


def is_place(kind: Any) -> bool:
    """Whether a column of this type can hold geometries: WKB, WKT, or GeoArrow's structs and lists."""
    while isinstance(kind, pa.BaseExtensionType) or pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind.value_type
    return any(is_one(kind) for is_one in (
        pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary,
        pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_struct,
        pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view,
        pa.types.is_large_list_view,
    ))  # fmt: skip


def coordinates(array: Any) -> tuple[Floats, Floats] | None:
    """(n,) x and y of points as GeoArrow lays them out; NaN where a point or one of its numbers is null.

    None: the column is laid out in another way.
    """
    array = decoded(array)
    if pa.types.is_struct(array.type):
        names = [array.type.field(i).name for i in range(array.type.num_fields)]
        if "x" not in names or "y" not in names:
            return None
        # Neither StructArray.field nor, for runs, StructArray.flatten gives null where the struct is null (pyarrow 26).
        is_null = np.asarray(array.is_null().to_numpy(zero_copy_only=False), bool)
        x, y = (np.array(numbers(array.field(names.index(name)))) for name in ("x", "y"))
        x[is_null], y[is_null] = np.nan, np.nan
        return x, y
    if pa.types.is_fixed_size_list(array.type) and array.type.list_size >= 2:
        if not pa.types.is_floating(array.type.value_type):
            return None
        return numbers(_compute().list_element(array, 0)), numbers(_compute().list_element(array, 1))
    return None


def geometries(array: Any, encoding: str | None = None) -> NDArray[Any]:
    """(n,) geometries of a column, None where it is null; a value that is no geometry becomes None too.

    Parameters
    ----------
    encoding
        GeoArrow's name of the type, such as ``multipolygon``; needed for its nested lists only, because a multipoint
        is laid out like a line.

    Raises
    ------
    FieldRefused
        The layout is of no kind of geometry known here.
    """
    array = decoded(array)
    kind = array.type
    if pa.types.is_null(kind):
        return np.full(len(array), None, dtype=object)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        wkbs = array.to_numpy(zero_copy_only=False)
        try:
            return np.asarray(shapely.from_wkb(wkbs, on_invalid="ignore"), dtype=object)
        except NotImplementedError:  # arcs, which GEOS has and Shapely 2.1 does not
            return np.array([_from_wkb(wkb) for wkb in wkbs], dtype=object)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array([_from_text(text) for text in array.to_pylist()], dtype=object)
    point = coordinates(array)
    if point is not None:
        return _points(array, point)
    if encoding in _MULTI and encoding != "point":
        return _nested(array, encoding)
    raise FieldRefused("geometry", str(kind), "is not a layout of geometries known here", "give WKB or GeoArrow points")


def _from_wkb(wkb: bytes | None) -> Any:
    """One geometry; arcs are made straight outward."""
    return geometry_from_wkb(wkb)[0] if is_curved_wkb(wkb) else shapely.from_wkb(wkb, on_invalid="ignore")


def _from_wkt(text: str) -> Any:
    """One geometry; arcs are made straight outward."""
    try:
        return shapely.from_wkt(text, on_invalid="ignore")
    except NotImplementedError:
        try:
            return straightened(text).outward
        except ValueError:
            return None


def _from_text(text: str | None) -> Any:
    if not text:
        return None
    srid, mark, wkt = text.partition(";")
    if mark and srid.strip().upper().startswith("SRID=") and srid.strip()[5:].isdigit():
        made = _from_wkt(wkt)
        return None if made is None else shapely.set_srid(made, int(srid.strip()[5:]))
    return _from_wkt(text)


def _points(array: Any, xy: tuple[Floats, Floats]) -> NDArray[Any]:
    """A point that is null is None; one whose numbers are NaN is an empty point, as GeoArrow has it."""
    out = np.full(len(array), None, dtype=object)
    has = ~np.asarray(array.is_null().to_numpy(zero_copy_only=False), bool)
    with np.errstate(invalid="ignore"):
        out[has] = shapely.points(xy[0][has], xy[1][has])
    return out


def _nested(array: Any, encoding: str) -> NDArray[Any]:
    """Lines, polygons and parts: lists in lists, whose innermost values are coordinates."""
    has = ~np.asarray(array.is_null().to_numpy(zero_copy_only=False), bool)
    level = array.drop_null()
    offsets = []
    for _ in range(_DEPTH[encoding]):
        level = decoded(level)
        is_list = pa.types.is_list(level.type) or pa.types.is_large_list(level.type)
        if not is_list or level.null_count:
            raise FieldRefused("geometry", str(array.type), f"is not GeoArrow's layout of {encoding}", "give WKB")
        lengths = np.asarray(_compute().list_value_length(level).to_numpy(zero_copy_only=False), np.int64)
        offsets.append(np.concatenate([[0], np.cumsum(lengths)]))
        level = level.flatten()
    xy = coordinates(level)
    if xy is None:
        raise FieldRefused("geometry", str(array.type), f"is not GeoArrow's layout of {encoding}", "give WKB")
    out = np.full(len(array), None, dtype=object)
    if not len(xy[0]):  # shapely 2.1 raises for lines and points of which every one is empty
        out[has] = shapely.from_wkt(f"{encoding.upper()} EMPTY")
        return out
    made: Any = shapely.from_ragged_array(_MULTI[encoding], np.column_stack(xy), tuple(reversed(offsets)))
    out[has] = made
    return out
