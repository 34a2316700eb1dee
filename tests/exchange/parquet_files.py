"""Parquet files of the kinds that tests need and no writer here writes."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely


class GeoArrowWkb(pa.ExtensionType):  # type: ignore[misc]
    """What a program registers to write Parquet's GEOMETRY and GEOGRAPHY."""

    def __init__(self, told: str = "{}") -> None:
        self._told = told
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self) -> bytes:
        return self._told.encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: Any, serialized: bytes) -> "GeoArrowWkb":
        return cls(serialized.decode())


ALGORITHMS = {"spherical": 0, "vincenty": 1, "thomas": 2, "andoyer": 3, "karney": 4}


def write_native(
    path: Path,
    geometries: Sequence[Any],
    *,
    crs: Any = None,
    algorithm: str | None = None,
    metadata: dict[str, str] | None = None,
    **columns: Sequence[Any],
) -> None:
    """A file whose column ``geometry`` is a GEOMETRY, or a GEOGRAPHY with this algorithm; without Arrow's schema.

    pyarrow 26 writes no algorithm but the spherical one: others are put into the footer, where they are the second
    field of a Thrift struct (apache/parquet-format, parquet.thrift, GeographyType).
    """
    told = {**({} if crs is None else {"crs": crs}), **({} if algorithm is None else {"edges": "spherical"})}
    wkb: Any = pa.array([None if g is None else shapely.to_wkb(g) for g in geometries], pa.binary())
    column = pa.ExtensionArray.from_storage(GeoArrowWkb(json.dumps(told)), wkb)
    pa.register_extension_type(GeoArrowWkb())
    try:
        table = pa.table({**columns, "geometry": column})
        with pq.ParquetWriter(path, table.schema, store_schema=False) as writer:
            writer.write_table(table)
            writer.add_key_value_metadata(metadata or {})
    finally:
        pa.unregister_extension_type("geoarrow.wkb")
    if algorithm in (None, "spherical"):
        return
    data = path.read_bytes()
    length = struct.unpack("<I", data[-8:-4])[0]
    footer = data[-8 - length : -8]
    # Thrift's compact protocol: a struct as field 18 of the union, which ends with 0; the algorithm is its field 2, an
    # i32 in zigzag, two fields after none or one after the text of the reference system.
    told_crs = b"" if crs is None else bytes([0x18, len(str(crs))]) + str(crs).encode()
    before, after = b"\x0c\x24" + told_crs, bytes([0x25 if crs is None else 0x15, ALGORITHMS[str(algorithm)] * 2])
    assert footer.count(before + b"\x00") == 1
    footer = footer.replace(before, before + after)
    path.write_bytes(data[: -8 - length] + footer + struct.pack("<I", len(footer)) + b"PAR1")
