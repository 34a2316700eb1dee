"""Places pasted as text without a header: no line is lost, and what may be one outline is one."""

from pathlib import Path

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange import import_file, read
from merestone.register import Register
from merestone.terms import FileRefused, MerestoneError, RecordKind

CORNERS = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)]
AREA = shapely.Polygon(CORNERS)


def lines(form: str, joined_by: str = "\n") -> str:
    return joined_by.join(form.format(n=n, lat=lat, lon=lon) for n, (lon, lat) in enumerate(CORNERS, start=1))


def areas_of(folder: Path, text: str, *, near: bool = True) -> list[BaseGeometry]:
    """What a register holds after the import, which knows a hazard in the next valley."""
    path, before = folder / "pasted.txt", folder / "before.csv"
    path.write_text(text, encoding="utf-8")
    before.write_text("hazard_id,lat,lon\nSHA-0,45.2,17.6\n", encoding="utf-8")
    with Register.create(folder / "r.gpkg") as register:
        for each in [before, path] if near else [path]:
            import_file(register, each, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        return [
            record.geometry
            for record in register.as_of().records
            if not record.geometry.intersects(shapely.Point(17.6, 45.2))
        ]


@pytest.mark.parametrize(
    "text",
    [
        lines("{lat}, {lon}"),
        "Corners of minefield MF-12\n\n" + lines("{lat}\t{lon}") + "\n44.9\t17.1\n",
        lines("{n}) {lat} {lon}", " "),
        lines("TP{n} {lat} {lon}"),
        lines("{n}. N{lat} E{lon}"),
        lines("({lat}, {lon})", "; "),
        lines("{lat} N {lon} E"),
    ],
)
def test_a_list_of_places_is_one_outline_and_no_line_of_it_is_taken_for_a_header(text: str, tmp_path: Path) -> None:
    """2026-11-29: the first of a list of MGRS texts, or of places with letters, was read as the name of a column."""
    [area] = areas_of(tmp_path, text)
    assert area.symmetric_difference(AREA).area < 1e-12


def test_headings_and_blank_lines_part_outlines(tmp_path: Path) -> None:
    north = lines("{lat}, {lon}").replace("44.9", "45.9")
    for number, text in enumerate(
        (f"SHA 1\n{lines('{lat}, {lon}')}\nSHA 2\n{north}", f"{lines('{lat}, {lon}')}\n\n{north}")
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert sorted(round(area.centroid.y, 3) for area in areas_of(folder, text)) == [44.905, 45.905]


def test_two_plain_numbers_do_not_say_which_is_the_latitude(tmp_path: Path) -> None:
    with pytest.raises(MerestoneError, match="do not say which of them is the longitude"):
        areas_of(tmp_path, lines("{lat}, {lon}"), near=False)
    path = tmp_path / "far.txt"
    for text in ("44.9, 101.1\n44.9, 101.11", "101.1 44.9\n101.11 44.9"):
        path.write_text(text, encoding="utf-8")
        assert [row.geometry for row in read(path)] == [shapely.Point(101.1, 44.9), shapely.Point(101.11, 44.9)]


def test_a_line_that_cannot_be_read_is_a_row_and_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(lines("{lat} N {lon} E") + "\n44.9O5 N 17.1 E\n", encoding="utf-8")
    rows = list(read(path))
    assert [row.fault is None for row in rows] == [True, True, True, True, False]


@pytest.mark.parametrize("text", ["H-1,33TXK6580073987\nH-2,33TXK6580073988\n", "a,N44.9 E17.1,b\nc,N44.8 E17.1,d\n"])
def test_a_table_whose_first_line_holds_a_place_is_refused(text: str, tmp_path: Path) -> None:
    """2026-11-29: its first hazard was lost, without a word."""
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused, match="holds a place where the names of the columns are expected"):
        list(read(path))
