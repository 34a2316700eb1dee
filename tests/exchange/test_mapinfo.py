"""MapInfo's tables and interchange files: what cannot be read is refused with its line, and no corner is made up."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from merestone.exchange import read
from merestone.exchange.formats import format_of, parts_of
from merestone.terms import FileRefused

HEAD = """Version 300
Charset "{charset}"
Delimiter ","
CoordSys Earth Projection 1, 104
Columns 2
  n Integer
  name Char(40)
Data

"""
SQUARE = "17 44;18 44;18 45;17 45;17 44"


def region(corners: str, count: int | None = None) -> str:
    points = corners.split(";")
    return (
        f"Region 1\n  {len(points) if count is None else count}\n"
        + "\n".join(points)
        + "\n    Pen (1,2,0)\n    Brush (2,1,2)\n"
    )


def write_mif(path: Path, objects: str, values: bytes, charset: str = "Neutral") -> Path:
    path.write_text(HEAD.format(charset=charset) + objects, encoding="latin-1")
    path.with_suffix(".mid").write_bytes(values)
    return path


def test_an_interchange_file_is_read_as_gdal_reads_a_sound_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    shapes: list[Any] = [shapely.Point(x, 45).buffer(0.1, quad_segs=4) for x in rng.uniform(16, 18, 12)]
    shapes += [
        shapely.Point(17, 44), shapely.LineString([(17, 44), (18, 45), (18, 46)]),
        shapely.box(17, 44, 18, 45).difference(shapely.box(17.2, 44.2, 17.4, 44.4)),
        shapely.MultiPolygon([shapely.box(17, 44, 18, 45), shapely.box(19, 44, 20, 45)]),
        shapely.MultiLineString([[(17, 44), (18, 45)], [(19, 44), (20, 45)]]),
    ]  # fmt: skip
    path = tmp_path / "areas.mif"
    wkbs = np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object)
    pyogrio.raw.write(
        path, wkbs, [np.arange(len(shapes), dtype=np.int32)], ["n"],
        geometry_type="Unknown", crs="EPSG:4326", driver="MapInfo File",
    )  # fmt: skip
    _, _, expected, _ = pyogrio.raw.read(path)
    rows = list(read(path))
    assert [row.attributes["n"] for row in rows] == [str(n) for n in range(len(shapes))]
    for row, wkb in zip(rows, expected, strict=True):
        assert row.geometry is not None
        assert shapely.normalize(row.geometry).equals(shapely.normalize(shapely.from_wkb(wkb)))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (region("17 44;18 x;18 45;17 44"), r"line 19: 'x' is not a coordinate"),
        (region("17,5 44;18 44;18 45;17,5 44"), "'17,5' is not a coordinate; write a point"),
        (region(SQUARE, count=6), "fewer corners than it announces"),
        (region(SQUARE, count=4), "more corners than it announces"),
        ("Blob 1 2 3\n", "'blob' is an object type that is not supported"),
        ("Arc 17 44 18 45 0\n", "fewer corners"),
        ("Arc 17 44 17 45 0 90\n", "axes larger than zero"),
    ],
)
def test_an_object_that_cannot_be_read_is_a_fault_and_its_neighbours_are_read(
    tmp_path: Path, bad: str, why: str
) -> None:
    """2026-11-28: GDAL 3.12.4 made 0 of an x, 17 5 of 17,5 44 and put 0 0 where a corner was missing."""
    path = write_mif(tmp_path / "a.mif", region(SQUARE) + bad + region(SQUARE), b'1,"a"\n2,"b"\n3,"c"\n')
    rows = list(read(path))
    assert [row.geometry is not None for row in rows] == [True, False, True]
    assert rows[1].fault is not None
    assert re.search(why, rows[1].fault.message), rows[1].fault.message
    assert [row.attributes["name"] for row in rows] == ["a", "b", "c"]
    assert bad.splitlines()[0] in rows[1].raw


@pytest.mark.parametrize("values", [b'1,"a"\n', b'1,"a"\n2,"b"\n3,"c"\n'])
def test_objects_and_values_of_different_number_are_refused(tmp_path: Path, values: bytes) -> None:
    """2026-11-28: GDAL gave 54 of 60 objects of a file that was cut off between two, without a word."""
    path = write_mif(tmp_path / "a.mif", region(SQUARE) * 2, values)
    with pytest.raises(FileRefused, match=r"it has 2 objects, and a\.mid has"):
        read(path)


def test_a_coordinate_that_is_not_a_number_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: NaN reached GEOS, which keeps no ring of it closed (GEOSException)."""
    objects = region(SQUARE.replace("17 44", "17 nan")) + region(SQUARE)
    bad, good = read(write_mif(tmp_path / "a.mif", objects, b"1,a\r\n2,b\r\n"))
    assert bad.fault is not None
    assert "'nan' is not a coordinate" in bad.fault.message
    assert good.geometry is not None


def test_a_delimiter_that_separates_nothing_is_refused(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: Python 3.13's reader of tables raises ValueError for a quotation mark."""
    path = write_mif(tmp_path / "a.mif", region(SQUARE), b"1,a\n")
    path.write_text(path.read_text(encoding="latin-1").replace('Delimiter ","', 'Delimiter """'), encoding="latin-1")
    with pytest.raises(FileRefused, match="cannot be what separates values"):
        list(read(path))


def test_an_arc_is_a_line_whose_chords_widen(tmp_path: Path) -> None:
    """2026-11-28: arcs were quarantined. Oracle: the ellipse's equation; GDAL's line for where it begins and ends."""
    path = write_mif(tmp_path / "a.mif", "Arc 17 44 18 44.5 30 200\n", b'1,""\n')
    [row] = read(path)
    assert row.geometry is not None
    x, y = shapely.get_coordinates(row.geometry).T
    np.testing.assert_allclose(((x - 17.5) / 0.5) ** 2 + ((y - 44.25) / 0.25) ** 2, 1.0)
    [wkb] = pyogrio.raw.read(path)[2]
    by_gdal = shapely.get_coordinates(shapely.from_wkb(wkb))
    np.testing.assert_allclose(shapely.get_coordinates(row.geometry)[[0, -1]], by_gdal[[0, -1]], atol=1e-9)
    assert shapely.hausdorff_distance(row.geometry, shapely.LineString(by_gdal)) < 1e-3
    assert row.shift_m > 10
    assert [remark.code for remark in row.remarks] == ["curved_geometry"]


def test_an_ellipse_is_made_straight_outward_and_inward_for_released_land(tmp_path: Path) -> None:
    path = write_mif(
        tmp_path / "a.mif", "Ellipse 17 44 18 44.5\nRoundrect 17 44 18 45 0.2\nNone\n", b'1,""\n2,""\n3,""\n'
    )
    ellipse, rounded, none = read(path)
    true = shapely.transform(shapely.Point(0, 0).buffer(1, quad_segs=2000), lambda xy: xy * [0.5, 0.25] + [17.5, 44.25])
    assert ellipse.geometry is not None
    assert ellipse.inner_geometry is not None
    assert ellipse.geometry.covers(true)
    assert true.buffer(1e-6).covers(ellipse.inner_geometry)
    assert ellipse.geometry.area < true.area * 1.002
    assert rounded.geometry == shapely.box(17, 44, 18, 45)
    assert rounded.remarks[0].code == "curved_geometry"
    assert (none.geometry, none.fault) == (None, None)


@pytest.mark.parametrize(
    ("charset", "codec"), [("WindowsCyrillic", "cp1251"), ("Neutral", "cp1251"), ("WindowsLatin2", "cp1250")]
)
def test_text_is_read_in_its_charset_or_by_its_words(tmp_path: Path, charset: str, codec: str) -> None:
    name = "Минное поле" if codec == "cp1251" else "Čapljina"
    path = write_mif(tmp_path / "a.mif", region(SQUARE), f'1,"{name}"\n'.encode(codec), charset)
    reading = read(path)
    assert [row.attributes["name"] for row in reading] == [name]
    assert bool(reading.notes) == (charset == "Neutral")


def write_tab(path: Path, name: str = "a", encoding: str = "UTF-8") -> None:
    wkbs = np.array([shapely.to_wkb(shapely.box(17, 44, 18, 45))] * 3, dtype=object)
    pyogrio.raw.write(
        path, wkbs, [np.array([name] * 3, dtype=object)], ["name"],
        geometry_type="Polygon", crs="EPSG:4326", driver="MapInfo File", encoding=encoding,
    )  # fmt: skip


def test_a_table_is_read_with_all_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "areas.tab"
    write_tab(path)
    rows = list(read(path))
    assert [row.attributes["name"] for row in rows] == ["a"] * 3
    assert all(row.geometry is not None and row.geometry.equals(shapely.box(17, 44, 18, 45)) for row in rows)
    assert format_of(path).layers(path) == ("areas",)
    assert [part.suffix for part in parts_of(path)] == [".dat", ".id", ".map", ".tab"]
    path.with_suffix(".map").unlink()
    with pytest.raises(FileRefused, match=r"areas\.map is not beside it"):
        read(path)


def test_a_table_of_no_stated_charset_is_read_by_its_words(tmp_path: Path) -> None:
    path = tmp_path / "areas.tab"
    write_tab(path)
    path.write_bytes(path.read_bytes().replace(b'"UTF-8"', b'"Neutral"').replace(b"UTF-8", b"Neutral"))
    table = path.with_suffix(".dat").read_bytes()
    data = bytearray(table)
    for start in range(len(data)):
        if data[start : start + 2] == b"a\0" and start > 64:
            data[start : start + 5] = "Минир".encode("cp1251")
    path.with_suffix(".dat").write_bytes(bytes(data))
    reading = read(path)
    rows = list(reading)
    assert {row.attributes["name"] for row in rows} == {"Минир"}
    assert "windows-1251" in reading.notes[0]
