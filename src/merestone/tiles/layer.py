"""Layers of a vector tile as bytes, written for many features at once.

Source: Mapbox Vector Tile Specification 2.1, sections 4.1 to 4.4. A writer of our own, because the libraries at hand
round, clip and leave out on their own account (mapbox-vector-tile 2.2.0 leaves out what it calls invalid unless told
otherwise, GDAL 3.12.4 and DuckDB 1.5.5 what falls below a unit); the tests read what it writes with both of the former.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.tiles.grid import EXTENT

Ints = NDArray[np.int64]
Objects = NDArray[np.object_]
Value = str | bool | int | float

_MOVE_TO: Final = 1
_LINE_TO: Final = 2
_CLOSE: Final = 15
_POINT: Final = 1
_POLYGON: Final = 3


def layer_bytes(name: str, geometries: Objects, ids: Ints, properties: Sequence[Mapping[str, Value]]) -> bytes:
    """One layer, as it stands in a tile. Tiles are their layers, one after the other.

    Parameters
    ----------
    geometries : shape (n,)
        Points, multipoints, polygons and multipolygons of whole units, exteriors counter-clockwise in x and y as
        numbers; none is empty.
    ids : shape (n,)
        From 0 up.
    properties
        For each, what is told of it.

    Raises
    ------
    ValueError
        A geometry is of another type, or a vertex is not on an integer coordinate.
    """
    if not len(geometries):
        return b""
    types, commands = _commands(geometries)
    keys: dict[str, int] = {}
    values: dict[tuple[type, Value], int] = {}
    features = []
    for number, type_, drawn, attribute_map in zip(ids.tolist(), types, commands, properties, strict=True):
        tags = [
            number_of
            for key, value in attribute_map.items()
            for number_of in (keys.setdefault(key, len(keys)), values.setdefault((type(value), value), len(values)))
        ]
        packed = bytes(tags) if max(tags, default=0) < 128 else b"".join(map(_varint, tags))
        content = b"\x08" + _varint(number) + _part(2, packed) + bytes([0x18, type_]) + _part(4, drawn)
        features.append(_part(2, content))
    written = [_part(1, name.encode()), *features, *(_part(3, key.encode()) for key in keys)]
    written += [_part(4, _value(value)) for _, value in values]
    written.append(b"\x28" + _varint(EXTENT))
    return _part(3, b"".join(written) + b"\x78\x02")


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return bytes([0x38, value])
    if isinstance(value, int):
        return b"\x30" + _varint((value << 1) ^ (value >> 63))
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    return _part(1, value.encode())


def _part(field: int, content: bytes) -> bytes:
    """A field that holds bytes, with its number and its length."""
    return bytes([field << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    if number < len(_VARINTS):
        return _VARINTS[number]
    return _long_varint(number)


def _long_varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


_VARINTS: Final = [_long_varint(number) for number in range(1 << 14)]
"""Those of one and two bytes, of which a tile has hundreds of thousands."""


def _commands(geometries: Objects) -> tuple[list[int], list[bytes]]:
    """Each geometry's type and its commands, packed."""
    dimensions = shapely.get_dimensions(geometries)
    is_area = dimensions == 2
    paths, path_of = _paths(geometries, is_area)
    corners, corner_of = shapely.get_coordinates(paths, return_index=True)
    whole = np.rint(corners)
    if not np.array_equal(whole, corners):
        raise ValueError("a vertex is not on an integer coordinate")
    counts = np.bincount(corner_of, minlength=len(paths))
    ring = is_area[path_of]
    if (counts[ring] < 4).any():
        raise ValueError("a ring has fewer than three corners")
    # A ring's last corner is its first; the command that closes it stands for the edge between.
    last = np.cumsum(counts) - 1
    is_kept = np.ones(len(corners), bool)
    is_kept[last[ring]] = False
    drawn, drawn_of = whole[is_kept].astype(np.int64), path_of[corner_of[is_kept]]
    steps = drawn.copy()
    same = drawn_of[1:] == drawn_of[:-1]
    steps[1:][same] -= drawn[:-1][same]
    numbers, of_number = _numbers(steps, counts - ring, ring, path_of)
    return np.where(is_area, _POLYGON, _POINT).tolist(), list(_packed(numbers, of_number, len(geometries)))


def _paths(geometries: Objects, is_area: NDArray[np.bool_]) -> tuple[Objects, Ints]:
    """The rings of areas, an area's exterior before its holes, and the points; and which geometry each is of."""
    parts, part_of = shapely.get_parts(geometries, return_index=True)
    if not np.isin(shapely.get_type_id(parts), (0, 3)).all() or (shapely.get_dimensions(parts) == 1).any():
        raise ValueError("only points, polygons and several of either can be written")
    rings, ring_of = shapely.get_rings(parts[is_area[part_of]], return_index=True)
    ring_of = part_of[is_area[part_of]][ring_of]
    points_of = np.flatnonzero(~is_area)
    points = shapely.multipoints(
        parts[~is_area[part_of]], indices=np.searchsorted(points_of, part_of[~is_area[part_of]])
    )
    points = np.asarray(points, dtype=object).reshape(-1)
    paths, path_of = np.concatenate([rings, points]), np.concatenate([ring_of, points_of])
    order = np.argsort(path_of, kind="stable")
    return paths[order], path_of[order].astype(np.int64)


def _numbers(steps: Ints, counts: Ints, ring: NDArray[np.bool_], path_of: Ints) -> tuple[NDArray[np.uint64], Ints]:
    """The numbers of all commands, and which geometry each is of: move, line, close of rings; one move of points."""
    zigzag = (steps << 1) ^ (steps >> 63)
    length = 2 * counts + np.where(ring, 3, 1)
    starts = np.cumsum(length) - length
    numbers = np.zeros(int(length.sum()), np.int64)
    path = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(steps)) - np.repeat(np.cumsum(counts) - counts, counts)
    at = starts[path] + 1 + 2 * nth + (ring[path] & (nth > 0))
    numbers[at], numbers[at + 1] = zigzag[:, 0], zigzag[:, 1]
    numbers[starts] = np.where(ring, 1, counts) << 3 | _MOVE_TO
    numbers[starts[ring] + 3] = (counts[ring] - 1) << 3 | _LINE_TO
    numbers[(starts + length - 1)[ring]] = _CLOSE
    return numbers.astype(np.uint64), np.repeat(path_of, length)


def _packed(numbers: NDArray[np.uint64], owner: Ints, count: int) -> Iterator[bytes]:
    """The numbers of each owner as varints, one after the other."""
    size = np.ones(len(numbers), np.int64)
    for bits in (7, 14, 21, 28):
        size += numbers >= np.uint64(1 << bits)
    ends = np.cumsum(size)
    starts = ends - size
    packed = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    for nth in range(int(size.max(initial=0))):
        here = np.flatnonzero(size > nth)
        part = (numbers[here] >> np.uint64(7 * nth)) & np.uint64(127)
        packed[starts[here] + nth] = part.astype(np.uint8) | np.where(size[here] > nth + 1, 128, 0).astype(np.uint8)
    content = packed.tobytes()
    of_owner = np.bincount(owner, size, count).astype(np.int64)
    end = np.cumsum(of_owner)
    for first, last in zip((end - of_owner).tolist(), end.tolist(), strict=True):
        yield content[first:last]
