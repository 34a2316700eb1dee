"""GeoPackages as programs leave them: values that are not of their column's type, stale counts, second geometries."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange import Feature, format_for_writing, format_of, read
from merestone.exchange.formats import _sqlite
from merestone.exchange.formats.geopackage import GeoPackage, _Layer, _Rows
from merestone.terms import FileRefused

SQUARE = shapely.box(17.0, 45.0, 17.1, 45.1)


@contextmanager
def changed(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def written(path: Path, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    """A layer `areas` with columns declared so, and values put there by SQL, as many programs do."""
    GeoPackage().write(path, [Feature(SQUARE, {})] * len(rows), layer="areas", about={})
    with changed(path) as connection:
        _without_triggers(connection)
        for name, kind in columns.items():
            connection.execute(f'ALTER TABLE areas ADD COLUMN "{name}" {kind}')
        for fid, row in enumerate(rows, start=1):
            for name, value in row.items():
                connection.execute(f'UPDATE areas SET "{name}" = ? WHERE fid = ?', (value, fid))


def test_what_is_no_date_is_kept_as_it_stands_and_told(tmp_path: Path) -> None:
    """2026-11-28: GDAL's Arrow stream made 3 March of 2026-02-31 and 1 January 1970 of 02.05.2026, without a word."""
    path = tmp_path / "areas.gpkg"
    days = ["2026-05-02", "2026-5-2", "02.05.2026", "2026-02-31", None, 46144]
    written(path, {"survey_date": "DATE"}, [{"survey_date": day} for day in days])
    reading = read(path)
    assert [row.attributes["survey_date"] for row in reading] == days
    [note] = reading.notes
    assert "survey_date (DATE): 4 values are not of its type" in note
    assert "'02.05.2026' in row 3" in note


def test_a_moment_keeps_its_zone_in_every_format(tmp_path: Path) -> None:
    """2026-11-28: one moment was 1 May in a GeoPackage and 2 May in FlatGeobuf, both written by one call."""
    moment = "2026-05-02T00:30:00+03:00"
    source = tmp_path / "areas.geojson"
    source.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"surveyed": "' + moment + '"}, '
        '"geometry": {"type": "Point", "coordinates": [17.1, 44.9]}}]}'
    )
    frame = pyogrio.read_dataframe(source)
    for name in ("areas.gpkg", "areas.fgb"):
        frame.to_file(tmp_path / name)
    for name in ("areas.geojson", "areas.gpkg", "areas.fgb"):
        [row] = read(tmp_path / name)
        assert row.attributes["surveyed"] == moment, name


def test_values_are_those_of_the_file_whatever_the_column_is_declared(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    columns = {"n": "INTEGER", "x": "REAL", "marked": "BOOLEAN", "big": "REAL", "raw": "BLOB", "told": "TEXT"}
    written(path, columns, [
        {"n": 2**60 + 1, "x": 0.1, "marked": 1, "big": 12345678901234568.0, "raw": b"\x00\xff", "told": "{}"},
        {"n": "about 5", "x": "12,5", "marked": None, "big": None, "raw": None, "told": None},
    ])  # fmt: skip
    with changed(path) as connection:
        connection.execute("UPDATE areas SET told = CAST(x'4dcc' AS TEXT) WHERE fid = 2")
    reading = read(path)
    assert [dict(row.attributes) for row in reading] == [
        {"n": 2**60 + 1, "x": 0.1, "marked": True, "big": 12345678901234568, "raw": "00ff", "told": "{}"},
        {"n": "about 5", "x": "12,5", "marked": None, "big": None, "raw": None, "told": "M\\xcc"},
    ]
    assert any("1 text is not UTF-8" in note for note in reading.notes)
    assert any("n (INTEGER): 1 value is" in note for note in reading.notes)


def test_a_stale_count_is_told_and_every_row_is_read(tmp_path: Path) -> None:
    """2026-11-28: refused whole as damaged; programs that do not know GDAL's table leave the old count there."""
    path = tmp_path / "areas.gpkg"
    written(path, {}, [{}] * 3)
    with changed(path) as connection:
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = 2")
    reading = read(path)
    assert len(list(reading)) == reading.total == 3
    assert "counts 2 features, the table has 3" in reading.notes[0]


def test_a_second_geometry_is_kept_and_a_view_is_a_layer(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    written(path, {"label": "BLOB", "name": "TEXT"}, [{"name": "a"}, {"name": "b"}])
    with changed(path) as connection:
        connection.execute("UPDATE areas SET label = geom")
        connection.execute("CREATE VIEW some AS SELECT fid, geom, name FROM areas WHERE name = 'b'")
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "SELECT 'some', 'features', 'some', srs_id FROM gpkg_contents WHERE table_name = 'areas'"
        )
        connection.execute(
            "INSERT INTO gpkg_geometry_columns SELECT 'some', column_name, geometry_type_name, srs_id, z, m "
            "FROM gpkg_geometry_columns WHERE table_name = 'areas'"
        )
    assert format_of(path).layers(path) == ("areas", "some")
    rows = list(read(path, layer="areas"))
    assert shapely.from_wkt(rows[0].attributes["label"]) == rows[0].geometry == SQUARE
    [row] = read(path, layer="some")
    assert row.attributes["name"] == "b"
    assert row.geometry == SQUARE


def test_a_geometry_that_names_another_reference_system_than_its_column_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    written(path, {}, [{}] * 3)
    with changed(path) as connection:
        for fid, srs_id in ((2, 4314), (3, 0)):
            [blob] = connection.execute("SELECT geom FROM areas WHERE fid = ?", (fid,)).fetchone()
            order: Any = "little" if blob[3] & 1 else "big"
            blob = blob[:4] + srs_id.to_bytes(4, order) + blob[8:]
            _without_triggers(connection)
            connection.execute("UPDATE areas SET geom = ? WHERE fid = ?", (blob, fid))
    rows = list(read(path))
    assert [row.fault.code if row.fault else None for row in rows] == [None, "reference_system_refused", None]
    assert "4314" in str(rows[1].fault)


def _without_triggers(connection: sqlite3.Connection) -> None:
    """The triggers of a spatial index call functions that SQLite alone does not have."""
    for [name] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')


def test_a_page_that_is_broken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    GeoPackage().write(path, [Feature(SQUARE, {"n": i, "t": "x" * 200}) for i in range(400)], layer="areas", about={})
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    places = np.flatnonzero(np.frombuffer(bytes(data), np.uint8) == ord("x"))
    middle = int(places[len(places) // 2]) // page * page
    data[middle : middle + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
    path.write_bytes(bytes(data))
    with pytest.raises(FileRefused, match=r"SQLite finds|reading stopped"):
        list(read(path))


def test_a_log_beside_the_file_is_read_with_it(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    written(path, {}, [{}] * 2)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        _without_triggers(connection)
        connection.execute("INSERT INTO areas (geom) SELECT geom FROM areas LIMIT 1")
        connection.commit()
        copy = tmp_path / "copy.gpkg"
        shutil.copy(path, copy)
        shutil.copy(tmp_path / "areas.gpkg-wal", tmp_path / "copy.gpkg-wal")
    assert len(list(read(copy))) == 3


def test_a_missing_reference_system_asks_for_one(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    written(path, {}, [{}])
    with changed(path) as connection:
        connection.execute("UPDATE gpkg_geometry_columns SET srs_id = -1")
    with pytest.raises(FileRefused, match=r"does not say what its coordinates are in"):
        read(path)


@pytest.mark.parametrize("srs_id", ["'EPSG'", "4326.5", "x'00'"])
def test_a_layer_whose_srs_id_is_no_number_is_refused(tmp_path: Path, srs_id: str) -> None:
    """2026-11-28, fuzzing: ValueError."""
    path = tmp_path / "areas.gpkg"
    written(path, {}, [{}])
    with changed(path) as connection:
        connection.execute(f"UPDATE gpkg_geometry_columns SET srs_id = {srs_id}")
    with pytest.raises(FileRefused, match="which is not a number"):
        read(path)


def test_what_is_no_geopackage_inside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    with changed(path) as connection:
        connection.execute("CREATE TABLE areas (n INTEGER)")
    with pytest.raises(FileRefused, match="no table gpkg_geometry_columns"):
        read(path)
    assert format_for_writing(path).name == "GeoPackage"


def test_a_broken_name_in_the_schema_is_refused_with_words(tmp_path: Path) -> None:
    """2026-11-28: found by changing single bytes: SQLite's own message was not UTF-8, and ended in a traceback."""
    path = tmp_path / "areas.gpkg"
    written(path, {}, [{}])
    data = path.read_bytes()
    assert b"CREATE TRIGGER" in data or b"CREATE TABLE" in data
    path.write_bytes(data.replace(b"CREATE TABLE", b"CR\xc5ATE TABLE", 1))
    with pytest.raises(FileRefused, match="reading stopped"):
        read(path)


def test_a_database_that_asks_for_all_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-28, by fuzzing with files of other projects: SQLite's SQLITE_NOMEM is Python's MemoryError."""
    path = tmp_path / "a.gpkg"
    format_for_writing(path).write(path, [], layer="a", about={})

    def no_memory(_path: Path) -> None:
        raise MemoryError

    monkeypatch.setattr(_sqlite, "_connection", no_memory)
    with pytest.raises(FileRefused, match="asks for more memory than there is"), _sqlite.reading_sqlite(path):
        pass


CELLS = st.one_of(
    st.none(),
    st.text("AZ2026-13T:. ", max_size=12),
    st.just("2026-11-29"),
    st.integers(-3, 10**16),
    st.floats(allow_nan=False),
    st.binary(max_size=3),
)


@given(declared=st.sampled_from(["TEXT", "TEXT(9)", "INTEGER", "BOOLEAN", "DATE", "DATETIME", "REAL", ""]),
       values=st.one_of(*(st.lists(kind, max_size=6) for kind in (CELLS, st.text(max_size=5), st.integers(0, 2)))),
       is_json=st.booleans())  # fmt: skip
def test_a_column_read_at_once_holds_what_its_values_are_one_by_one(
    declared: str, values: list[Any], is_json: bool
) -> None:
    def rows() -> _Rows:
        made = _Rows(Path("areas.gpkg"), _Layer("areas", "areas", "geom", 4326), None, "EPSG:4326")
        made.types, made.json = {"note": declared}, {"note"} if is_json else set()
        return made

    at_once, singly = rows(), rows()
    assert repr(list(at_once._column("note", values, 7))) == repr(
        [singly._value("note", value, number) for number, value in enumerate(values, 8)]
    )
    assert (at_once.odd, at_once.odd_counts) == (singly.odd, singly.odd_counts)
