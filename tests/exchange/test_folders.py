"""Data sets that are folders, or SQLite without being a GeoPackage: recognised, read whole, and known again."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from merestone.exchange import read
from merestone.exchange.formats import format_of, parts_of
from merestone.exchange.imports.intake_parts import digest_of
from merestone.terms import FileRefused

SQUARE = shapely.box(17.0, 45.0, 17.1, 45.1)


def write(path: Path, driver: str, layer: str | None = None, **columns: Any) -> None:
    given = columns or {"name": np.array(["a", "b"], dtype=object)}
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(SQUARE)] * 2, dtype=object), list(given.values()), list(given), layer=layer,
        geometry_type="Polygon", crs="EPSG:4326", driver=driver, append=layer is not None and path.exists(),
    )  # fmt: skip


def test_a_file_geodatabase_is_read_by_its_feature_classes(tmp_path: Path) -> None:
    path = tmp_path / "survey.gdb"
    moments = np.array(["2026-05-02T00:00:00", "2026-05-03T00:00:00"], dtype="datetime64[ms]")
    write(path, "OpenFileGDB", "areas", day=moments, moment=moments + np.timedelta64(90, "m"))
    write(path, "OpenFileGDB", "finds")
    assert format_of(path).name == "Esri file geodatabase"
    assert format_of(path).layers(path) == ("areas", "finds")
    rows = list(read(path, layer="areas"))
    assert [row.attributes["day"] for row in rows] == ["2026-05-02", "2026-05-03"]
    assert [row.attributes["moment"] for row in rows] == ["2026-05-02T01:30:00", "2026-05-03T01:30:00"]
    assert all(row.geometry is not None and row.geometry.symmetric_difference(SQUARE).area < 1e-9 for row in rows)
    with pytest.raises(FileRefused, match="name one with --layer"):
        read(path)


def test_an_index_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """2026-11-28: GDAL 3.12.4 gives no row at all of a table whose index ends early, and says nothing."""
    path = tmp_path / "survey.gdb"
    write(path, "OpenFileGDB")
    index = max(path.glob("*.gdbtablx"))
    index.write_bytes(index.read_bytes()[:-40])
    with pytest.raises(FileRefused, match=rf"{index.name} has .* bytes of"):
        read(path)


@pytest.mark.parametrize("at", [4, 8, 16 + 40])
def test_an_index_with_a_wrong_byte_never_makes_a_table_look_empty(tmp_path: Path, at: int) -> None:
    """2026-11-28: found by changing single bytes: GDAL 3.12.4 gave no row, and said nothing."""
    path = tmp_path / "survey.gdb"
    write(path, "OpenFileGDB")
    index = max(path.glob("*.gdbtablx"))
    data = bytearray(index.read_bytes())
    data[at] = 0 if at < 16 else 1
    index.write_bytes(bytes(data))
    try:
        rows = len(list(read(path)))
    except FileRefused:
        rows = 2  # told
    assert rows == 2


def test_a_digest_covers_every_part(tmp_path: Path) -> None:
    path = tmp_path / "survey.gdb"
    write(path, "OpenFileGDB")
    before = digest_of(path)
    assert before == digest_of(shutil.copytree(path, tmp_path / "copy" / "survey.gdb"))
    (path / "x.lock").write_text("a lock is not part")
    assert digest_of(path) == before
    part = max(path.glob("*.gdbtable"))
    part.write_bytes(part.read_bytes() + b"\0")
    assert digest_of(path) != before


def test_a_folder_of_shapefiles_has_a_layer_for_each(tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    write(folder / "areas.shp", "ESRI Shapefile")
    assert len(list(read(folder))) == 2
    write(folder / "finds.shp", "ESRI Shapefile")
    assert format_of(folder).layers(folder) == ("areas", "finds")
    assert len(list(read(folder, layer="finds"))) == 2
    assert {part.stem for part in parts_of(folder, "finds")} == {"finds"}
    with pytest.raises(FileRefused, match="2 layers"):
        read(folder)


def test_a_folder_of_nothing_known_is_refused_with_words(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(FileRefused, match=r"is a folder and holds no data set known here; name a file in it"):
        read(tmp_path / "notes")


def test_a_sqlite_table_with_geometries_keeps_its_values_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "areas.sqlite"
    write(path, "SQLite")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE areas ADD COLUMN survey DATE")
        connection.execute("UPDATE areas SET survey = '2026-02-31' WHERE name = 'b'")
    rows = list(read(path))
    assert format_of(path).name == "SpatiaLite"
    assert [row.attributes["survey"] for row in rows] == [None, "2026-02-31"]
    assert [row.geometry == SQUARE for row in rows] == [True, True]
