"""The GeoPackage binary form of a geometry, and the few SQL functions that its R-tree triggers call.

Source: OGC 12-128r18 (GeoPackage 1.3), clause 2.1.3 and annex F.3.
"""

import sqlite3
import struct
from collections.abc import Callable
from typing import Final

_MAGIC: Final = b"GP"
_HEADER: Final = struct.Struct("<2sBBi4d")
_LITTLE_ENDIAN_WITH_XY_ENVELOPE: Final = 0b0000_0011
_IS_EMPTY: Final = 0b0001_0000
WGS84: Final = 4326


def blob_of(wkb: bytes, west_deg: float, east_deg: float, south_deg: float, north_deg: float) -> bytes:
    """A GeoPackage geometry with its envelope; `wkb` must not be empty."""
    return (
        _HEADER.pack(_MAGIC, 0, _LITTLE_ENDIAN_WITH_XY_ENVELOPE, WGS84, west_deg, east_deg, south_deg, north_deg) + wkb
    )


def wkb_of(blob: bytes) -> bytes:
    """The WKB that a GeoPackage geometry of ours carries; ValueError if its header is not ours."""
    if blob[:2] != _MAGIC or blob[3] != _LITTLE_ENDIAN_WITH_XY_ENVELOPE:
        raise ValueError(
            "the geometry does not begin with a GeoPackage header and an envelope of west, east, south, north"
        )
    return blob[_HEADER.size :]


def _bound(offset: int) -> Callable[[bytes], float]:
    unpack = struct.Struct("<d").unpack_from

    def bound(blob: bytes) -> float:
        value: float = unpack(blob, offset)[0]
        return value

    return bound


def _is_empty(blob: bytes) -> int:
    return int(bool(blob[3] & _IS_EMPTY))


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the R-tree triggers call; they read the envelope that `blob_of` wrote."""
    connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)
    for place, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, _bound(8 + 8 * place), deterministic=True)
