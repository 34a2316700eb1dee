"""Archives as people send them: one data set is read, of several one is named, and nothing is left behind."""

import gc
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from merestone.exchange import format_of, read
from merestone.exchange.formats.archive import Archive
from merestone.exchange.positions.feature_files import read_shapes
from merestone.terms import FileRefused
from tests.exchange.test_kml import document, kmz, mark, polygon


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def geojson(*places: tuple[float, float]) -> str:
    return "\n".join(json.dumps({"type": "Point", "coordinates": place}) for place in places)


def packed(folder: Path, entries: dict[str, Any], name: str = "a.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            info = zipfile.ZipInfo("x")
            info.filename = entry
            archive.writestr(info, content)
    return path


def shapefile(folder: Path, name: str = "areas") -> dict[str, bytes]:
    """The parts of a Shapefile of three rows, written by GDAL."""
    folder.mkdir(exist_ok=True)
    squares = np.array([shapely.to_wkb(shapely.box(17 + i, 45, 17.1 + i, 45.1)) for i in range(3)], dtype=object)
    pyogrio.raw.write(
        folder / f"{name}.shp", squares, [np.array(["a", "b", "c"], dtype=object)], ["name"],
        geometry_type="Polygon", crs="EPSG:4326", driver="ESRI Shapefile", encoding="UTF-8",
    )  # fmt: skip
    return {part.name: part.read_bytes() for part in folder.iterdir()}


def test_a_zipped_shapefile_is_read_beside_what_else_is_sent_with_it(tmp_path: Path, scratch: Path) -> None:
    """2026-11-28, a review of real files: HDX's form had no reader."""
    parts = {f"bih/mines/{name}": data for name, data in shapefile(tmp_path / "s").items()}
    more = {
        "__MACOSX/bih/mines/._areas.shp": b"\x00\x05\x16\x07",
        "bih/README.txt": "Suspected areas, 2026.\nNot for navigation.",
        "bih/mines/areas.shp.xml": "<metadata/>",
        "bih/codes.csv": "code,meaning\n1,open\n",
        "bih/about.json": '{"title": "areas"}',
        "bih/map.png": b"\x89PNG\r\n\x1a\n",
        "bih/.gitkeep": b"",
    }
    path = packed(tmp_path, {**more, **parts})
    reading = read(path)
    rows = list(reading)
    assert [row.attributes["name"] for row in rows] == ["a", "b", "c"]
    assert (reading.layer, reading.crs, reading.total) == ("areas", "EPSG:4326", 3)
    assert reading.notes[0] == "read from the archive: bih/mines/areas.shp"
    assert reading.notes[1].startswith("not read, being no data with places: bih/.gitkeep, bih/README.txt")
    del reading, rows
    gc.collect()
    assert not list(scratch.iterdir())


def test_of_several_data_sets_one_is_named(tmp_path: Path) -> None:
    parts = shapefile(tmp_path / "s")
    inner = packed(tmp_path, {"south.geojsonl": geojson((3, 4))}, "inner.zip").read_bytes()
    entries = {
        **parts,
        "north/n.geojsonl": geojson((1, 2)),
        "inner.zip": inner,
        "k.kml": document(mark("a", polygon(0))),
    }
    path = packed(tmp_path, entries)
    with pytest.raises(
        FileRefused, match=r"4 layers.*areas\.shp, inner\.zip/south\.geojsonl, k\.kml, north/n\.geojsonl"
    ):
        read(path)
    names = Archive().layers(path)
    assert sum(len(list(read(path, layer=name))) for name in names) == 6
    reading = read(path, layer="inner.zip/south.geojsonl")
    assert [row.geometry for row in reading] == [shapely.Point(3, 4)]
    assert reading.layer == "inner.zip/south.geojsonl"
    with pytest.raises(FileRefused, match="no layer 'areas'"):
        read(path, layer="areas")


def test_layers_of_the_one_data_set_are_those_of_the_archive(tmp_path: Path) -> None:
    folders = "".join(f"<Folder><name>{n}</name>{mark(n, polygon(0))}</Folder>" for n in ("open", "cleared"))
    path = packed(tmp_path, {"sub/k.kml": document(folders)})
    with pytest.raises(FileRefused, match=r"2 layers.*open, cleared"):
        read(path)
    assert len(list(read(path, layer="cleared"))) == 1


@pytest.mark.parametrize("folder", ["data/mines.gdb/", ""])
def test_a_geodatabase_is_read_with_its_folder_or_without(tmp_path: Path, folder: str) -> None:
    made = tmp_path / "made.gdb"
    squares = np.array([shapely.to_wkb(shapely.box(17, 45, 17.1, 45.1))] * 3, dtype=object)
    pyogrio.raw.write(
        made, squares, [np.arange(3, dtype=np.int32)], ["n"],
        geometry_type="Polygon", crs="EPSG:4326", driver="OpenFileGDB", layer="areas",
    )  # fmt: skip
    path = packed(tmp_path, {f"{folder}{part.name}": part.read_bytes() for part in made.iterdir()}, "sent.gdb.zip")
    reading = read(path)
    assert len(list(reading)) == 3
    assert reading.layer == "areas"
    assert reading.notes[0] == f"read from the archive: {folder.rstrip('/') or 'sent.gdb'}"


@pytest.mark.parametrize("name", ["a.geojsonl.gz", "a.gz", "noending"])
def test_a_gzipped_file_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(geojson((1, 2), (3, 4)).encode()))
    assert [row.geometry for row in read(path)] == [shapely.Point(1, 2), shapely.Point(3, 4)]


def test_tracks_in_an_archive_keep_their_times(tmp_path: Path) -> None:
    fixes = "".join(f'<trkpt lat="0" lon="{lon}"><time>2026-05-01T1{lon}:00:00Z</time></trkpt>' for lon in range(3))
    path = packed(tmp_path, {"t.gpx": f"<gpx><trk><trkseg>{fixes}</trkseg></trk></gpx>"})
    [times] = read_shapes(path).times
    assert times.tolist() == np.array(["2026-05-01T10", "2026-05-01T11", "2026-05-01T12"], "M8[ms]").tolist()


def test_entries_of_one_name_do_not_hide_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.geojsonl", geojson((1, 2)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.geojsonl", geojson((3, 4)))
    assert Archive().layers(path) == ("a (#2).geojsonl", "a.geojsonl")


class TestRefused:
    @pytest.mark.parametrize(
        "entry", ["../out.geojson", "/out.geojson", "..\\out.geojson", "C:\\out.geojson", "a/../../b"]
    )
    def test_nothing_is_written_outside(self, tmp_path: Path, scratch: Path, entry: str) -> None:
        with pytest.raises(FileRefused, match="outside of the archive"):
            read(packed(tmp_path, {"good.geojsonl": geojson((1, 2)), entry: geojson((3, 4))}))
        gc.collect()
        assert not [path for path in tmp_path.rglob("*") if path.suffix == ".geojson"]
        assert not list(scratch.iterdir())

    def test_what_grows_beyond_measure(self, tmp_path: Path) -> None:
        zeros = b"\x00" * (80 << 20)
        with pytest.raises(FileRefused, match="grow"):
            read(packed(tmp_path, {"a.geojson": zeros}))
        half = packed(tmp_path, {"a.geojson": zeros[: 40 << 20]}, "inner.zip").read_bytes()
        with pytest.raises(FileRefused, match="grow"):
            read(packed(tmp_path, {"1.zip": half, "2.zip": half}))
        path = tmp_path / "a.geojson.gz"
        path.write_bytes(gzip.compress(zeros))
        with pytest.raises(FileRefused, match="grow"):
            read(path)

    @pytest.mark.parametrize("name", ["doc.kmz", "a.zip", "a.xlsx", "nested.zip"])
    def test_an_entry_that_would_be_longer_than_the_archive(self, tmp_path: Path, name: str) -> None:
        """2026-11-29, fuzzing: of a damaged length of 2 GB, so much memory was asked for before a byte was read."""
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", document(mark("a", polygon(17.1))))
        data = bytearray(path.read_bytes())
        at = data.rindex(b"PK\x01\x02")
        data[at + 20 : at + 24] = (0x85F3EBE1).to_bytes(4, "little")
        path.write_bytes(data)
        if name == "nested.zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("doc.kmz", bytes(data))
        tracemalloc.start()
        try:
            with pytest.raises(FileRefused, match="would be longer than the archive"):
                list(read(path))
            assert tracemalloc.get_traced_memory()[1] < 64 << 20
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize(
        ("entries", "words"),
        [
            ({}, "no data set with places"),
            ({"readme.txt": "hello"}, "not read, being no data with places: readme.txt"),
            ({"a.shp": b"\x00\x00\x27\x0a" + b"\x00" * 96}, r"a\.shp in it: .*not beside it"),
            ({"a.geojson": "{cut"}, r"a\.geojson in it: line 1"),
            ({"a.kml": "<html/>"}, r"a\.kml in it"),
            ({"x": b"1", "x/y.geojsonl": geojson((1, 2))}, "cannot be unpacked"),
            ({"n" * 300: b"1"}, "cannot be unpacked"),
        ],
    )
    def test_what_cannot_be_read_is_named_with_the_archive(self, tmp_path: Path, entries: Any, words: str) -> None:
        path = packed(tmp_path, entries)
        with pytest.raises(FileRefused, match=rf"a\.zip: .*{words}"):
            list(read(path))

    def test_a_password(self, tmp_path: Path) -> None:
        path = packed(tmp_path, {"a.geojsonl": geojson((1, 2))})
        data = bytearray(path.read_bytes())
        data[6] |= 1
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
        with pytest.raises(FileRefused, match="password"):
            read(path)

    def test_an_archive_in_an_archive_in_an_archive_is_named(self, tmp_path: Path) -> None:
        third = packed(tmp_path, {"c.geojsonl": geojson((5, 6))}, "c.zip").read_bytes()
        second = packed(tmp_path, {"b.geojsonl": geojson((3, 4)), "c.zip": third}, "b.zip").read_bytes()
        reading = read(packed(tmp_path, {"b.zip": second}))
        assert len(list(reading)) == 1
        assert any("not opened: c.zip" in note for note in reading.notes)

    @pytest.mark.parametrize(
        ("head", "kind"),
        [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07\x00", "RAR"), (b"\x00" * 257 + b"ustar", "tar")],
    )
    def test_other_archives_are_named(self, tmp_path: Path, head: bytes, kind: str) -> None:
        path = tmp_path / "a.bin"
        path.write_bytes(head + b"\x00" * 512)
        with pytest.raises(FileRefused, match=f"{kind} archive, which is not opened here"):
            read(path)


def test_a_kmz_by_another_name_is_still_a_kmz(tmp_path: Path) -> None:
    path = kmz(tmp_path, doc_kml=document(mark("a", polygon(0))))
    assert format_of(path).name == "KML"
    assert format_of(path.rename(tmp_path / "a.zip")).name == "KML"


def test_ctrl_c_leaves_no_file(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, {"a.geojsonl": geojson(*[(n / 1000, 0) for n in range(2000)])})
    code = (
        "import sys, time; from merestone.exchange import read; rows = read(sys.argv[1]); next(rows); "
        "print('reading', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"reading\n"
        assert list(scratch.iterdir())
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert not list(scratch.iterdir())


def test_no_damage_to_a_file_ever_ends_in_anything_but_rows_or_a_refusal(tmp_path: Path, scratch: Path) -> None:
    rng = random.Random(4)
    seeds = [
        packed(tmp_path, {"a.geojsonl": geojson((1, 2), (3, 4)), "read.me": "x"}).read_bytes(),
        packed(tmp_path, shapefile(tmp_path / "s")).read_bytes(),
        gzip.compress(geojson((1, 2)).encode()),
    ]
    path = tmp_path / "f.zip"
    for turn in range(600):
        data = bytearray(seeds[turn % 3])
        for _ in range(rng.randint(1, 3)):
            at, length = rng.randrange(len(data)), rng.randint(1, 8)
            data[at : at + length] = rng.choice([b"", data[at : at + length] * 2, rng.randbytes(length)])
        path.write_bytes(data)
        try:
            numbers = [row.number for row in Archive().read(path)]
        except FileRefused:
            continue
        assert numbers == list(range(1, len(numbers) + 1))
    gc.collect()
    assert not list(scratch.iterdir())
