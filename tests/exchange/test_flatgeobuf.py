"""FlatGeobuf files whose header does not speak the truth."""

import struct
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from merestone.exchange import read
from merestone.exchange.formats import Feature, known_formats
from merestone.terms import FileRefused


def test_a_count_that_the_file_cannot_hold_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: pyogrio 0.13 took 8 GB for the thousand million features that 3 KB announced."""
    known, path = known_formats()["flatgeobuf"], tmp_path / "areas.fgb"
    count = 1237
    square = shapely.box(17, 44, 17.1, 44.1)
    known.write(path, [Feature(square, {"n": n}) for n in range(count)], layer="areas", about={})
    assert sum(1 for _ in known.read(path)) == count
    data = path.read_bytes()
    header_bytes = struct.unpack_from("<I", data, 8)[0]
    at = data.index(struct.pack("<Q", count), 12, 12 + header_bytes)
    path.write_bytes(data[:at] + struct.pack("<Q", 1 << 30) + data[at + 8 :])
    with pytest.raises(FileRefused, match=r"announces 1,073,741,8\d\d features"):
        list(known.read(path))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    """2026-11-28, fuzzing: KeyError, in a geodatabase as well."""
    path = tmp_path / "a.fgb"
    wkb = np.array([shapely.to_wkb(shapely.box(17, 44, 18, 45))], dtype=object)
    values = [np.array(["x"], dtype=object), np.array(["y"], dtype=object)]
    pyogrio.raw.write(path, wkb, values, ["n", "n"], geometry_type="Polygon", crs="EPSG:4326", driver="FlatGeobuf")
    with pytest.raises(FileRefused, match="two of its columns are named 'n'"):
        list(read(path))
