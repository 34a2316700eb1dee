"""Turning points in a repeat of a form are the outline of the record that it belongs to, however it comes back."""

import csv
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.formats import parts_of
from merestone.register import Record, Register
from merestone.terms import Outcome, RecordKind
from tests.exchange.ods_files import write_ods

CORNERS = [(17.1, 44.9), (17.11, 44.9), (17.104, 44.903), (17.11, 44.91), (17.1, 44.91)]
"""One of them lies within the hull of the others, so that only their order tells the outline."""
OUTLINE = shapely.Polygon(CORNERS)


def write(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def central_tables(folder: Path) -> Path:
    """As ODK Central exports them; the rows of the repeat in another order than their keys say."""
    header = ["at-Latitude", "at-Longitude", "at-Altitude", "at-Accuracy", "PARENT_KEY", "KEY"]
    rows = [[lat, lon, 0, 5, "uuid:1", f"uuid:1/corners[{n}]"] for n, (lon, lat) in enumerate(CORNERS, start=1)]
    write(folder / "form-corners.csv", [header, *rows[::-1]])
    return write(folder / "form.csv", [["name", "KEY"], ["A", "uuid:1"]])


def central_zip(folder: Path) -> Path:
    path = central_tables(folder)
    with zipfile.ZipFile(folder / "form.zip", "w") as archive:
        for part in (path, folder / "form-corners.csv"):
            archive.write(part, part.name)
            part.unlink()
    return folder / "form.zip"


def survey123_tables(folder: Path) -> Path:
    rows = [[f"c{n}", lon, lat, 5, "{G-1}", n] for n, (lon, lat) in enumerate(CORNERS, start=1)]
    header = ["GlobalID", "longitude", "latitude", "accuracy_m", "ParentGlobalID", "point_no"]
    write(folder / "corners_1.csv", [header, *rows])
    return write(folder / "survey_0.csv", [["GlobalID", "name"], ["{G-1}", "A"]])


def kobo_rows() -> tuple[list[list[Any]], list[list[Any]]]:
    corners = [[f"{lat} {lon} 0 5", n, "main", 1] for n, (lon, lat) in enumerate(CORNERS, start=1)]
    return [["name", "_index"], ["A", 1]], [["at", "_index", "_parent_table_name", "_parent_index"], *corners]


def kobo_workbook(folder: Path) -> Path:
    book = Workbook()
    for title, rows in zip(("main", "corners"), kobo_rows(), strict=True):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(folder / "form.xlsx")
    return folder / "form.xlsx"


def kobo_opendocument(folder: Path) -> Path:
    parents, corners = kobo_rows()
    return write_ods(folder / "form.ods", parents, corners=corners)


def expanded_odata(folder: Path) -> Path:
    places = [{"type": "Point", "coordinates": [*c, 0], "properties": {"accuracy": 5}} for c in CORNERS]
    corners = [{"__id": f"c{n}", "at": place} for n, place in enumerate(places)]
    one = {"__id": "uuid:1", "name": "A", "corners": corners, "corners@odata.navigationLink": "x"}
    (folder / "a.json").write_text(json.dumps({"@odata.context": "x", "value": [one]}), encoding="utf-8")
    return folder / "a.json"


def kobo_json(folder: Path) -> Path:
    corners = [{"grp/corners/at": f"{lat} {lon} 0 5"} for lon, lat in CORNERS]
    one = {"_id": 1, "_xform_id_string": "f", "name": "A", "grp/corners": corners}
    (folder / "a.json").write_text(json.dumps({"count": 1, "next": None, "results": [one]}), encoding="utf-8")
    return folder / "a.json"


def instance(folder: Path) -> Path:
    corners = "".join(f"<corners><at>{lat} {lon} 0 5</at></corners>" for lon, lat in CORNERS)
    meta = '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:1</orx:instanceID></orx:meta>'
    (folder / "a.xml").write_text(f'<data id="f">{meta}<name>A</name>{corners}</data>', encoding="utf-8")
    return folder / "a.xml"


WAYS = [
    central_tables, central_zip, survey123_tables, kobo_workbook, kobo_opendocument, expanded_odata, kobo_json,
    instance,
]  # fmt: skip


def taken(path: Path, kind: RecordKind = RecordKind.SUSPECTED) -> tuple[IntakeReport, list[Record]]:
    with Register.create(path.parent / f"{kind.value}.gpkg", by="t") as register:
        report = import_file(register, path, kind=kind, source="a test", accuracy_m=5.0, by="t")
        return report, list(register.as_of().records)


@pytest.mark.parametrize("kind", [RecordKind.SUSPECTED, RecordKind.CLEARED])
@pytest.mark.parametrize("way", WAYS)
def test_the_corners_of_a_repeat_are_the_outline_of_its_record(
    tmp_path: Path, way: Callable[[Path], Path], kind: RecordKind
) -> None:
    """2026-11-28, the issue on files: a repeat was named in the report, and not read."""
    report, [record] = taken(way(tmp_path), kind)
    assert record.geometry.normalize().equals_exact(OUTLINE.normalize(), 1e-12)
    assert record.attributes["name"] == "A"
    assert record.accuracy_m == pytest.approx(5.0 if way is survey123_tables else 8.15)
    assert any("were taken as the corners" in note for note in report.notes)


def test_a_repeat_beside_a_position_is_the_outline_of_a_hazard(tmp_path: Path) -> None:
    path = central_tables(tmp_path)
    write(path, [["name", "lat", "lon", "KEY"], ["A", 44.905, 17.105, "uuid:1"], ["B", 44.5, 17.5, "uuid:2"]])
    _, [one, other] = taken(path)
    assert one.geometry.covers(OUTLINE)
    assert other.geometry.equals(shapely.Point(17.5, 44.5))


def test_an_answer_without_a_place_makes_the_accuracy_unknown_and_releases_nothing(tmp_path: Path) -> None:
    path = expanded_odata(tmp_path)
    value = json.loads(path.read_text(encoding="utf-8"))
    value["value"][0]["corners"][2]["at"] = None
    path.write_text(json.dumps(value), encoding="utf-8")
    _, [record] = taken(path)
    assert record.accuracy_m is None
    assert record.geometry.covers(shapely.MultiPoint([c for n, c in enumerate(CORNERS) if n != 2]))
    report, records = taken(path, RecordKind.CLEARED)
    assert not records
    assert [row.outcome for row in report.rows] == [Outcome.QUARANTINED]


def test_answers_whose_row_is_missing_are_rows_of_their_own(tmp_path: Path) -> None:
    """An export that was filtered keeps the whole repeat: none of its corners is lost."""
    path = central_tables(tmp_path)
    write(path, [["name", "lat", "lon", "KEY"], ["B", 44.905, 17.105, "uuid:2"], ["C", 44.5, 17.6, "uuid:3"]])
    corners = [["at-Latitude", "at-Longitude", "PARENT_KEY"]]
    corners += [[str(lat), str(lon), key] for key in ("uuid:1", "uuid:2") for lon, lat in CORNERS]
    write(tmp_path / "form-corners.csv", corners)
    report, records = taken(path)
    assert sorted(record.geometry.covers(OUTLINE) for record in records) == [False, True, True]
    assert report.account.total == 3


@pytest.mark.parametrize(
    ("name", "is_outline"),
    [("devices_found", True), ("benchmarks", False), ("reference_points", False), ("tp", True)],
)
def test_points_beside_the_hazard_are_no_corners(tmp_path: Path, name: str, is_outline: bool) -> None:
    """For released land, only what calls its points corners is an outline."""
    path = expanded_odata(tmp_path)
    value = json.loads(path.read_text(encoding="utf-8").replace('"corners', f'"{name}'))
    value["value"][0]["place"] = {"type": "Point", "coordinates": [17.105, 44.905]}
    path.write_text(json.dumps(value), encoding="utf-8")
    _, [record] = taken(path)
    assert record.geometry.covers(OUTLINE) == is_outline
    _, released = taken(path, RecordKind.CLEARED)
    assert any(shapely.get_dimensions(one.geometry) == 2 for one in released) == (name == "tp")


def test_a_repeat_without_places_is_named_and_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "form.csv", [["lat", "lon", "KEY"], [44.9, 17.1, "uuid:1"]])
    write(tmp_path / "form-photos.csv", [["photo", "PARENT_KEY"], ["a.jpg", "uuid:1"]])
    report, [record] = taken(path)
    assert "repeats are tables of their own and were not read: photos" in report.notes
    assert record.geometry.equals(shapely.Point(17.1, 44.9))
    assert parts_of(path) == (path,)


def test_the_tables_of_a_form_are_parts_of_one_import(tmp_path: Path) -> None:
    """An import is recognised by the digest of its parts: other corners make another import."""
    path = central_tables(tmp_path)
    assert parts_of(path) == (tmp_path / "form-corners.csv", path)


@pytest.mark.parametrize(
    "properties",
    [
        {"accuracy": 10**400},
        {"radius_m": 10**400},
        {"outline": [{"lat": 10**400, "lng": 17.1}] * 4},
        {"outline": [[10**400, 17.1], [44.9, 17.1], [44.9, 17.2], [44.8, 17.2]]},
        {"lat": 10**400, "lon": 17.1},
    ],
)
def test_whole_numbers_of_hundreds_of_digits_are_no_lengths_and_no_places(
    tmp_path: Path, properties: dict[str, Any]
) -> None:
    """2026-11-28, by fuzzing: OverflowError, which quarantined the row in Python's words."""
    square = shapely.geometry.mapping(shapely.box(17.1, 44.9, 17.11, 44.91))
    feature = {"type": "Feature", "properties": properties, "geometry": square}
    (tmp_path / "a.geojson").write_text(json.dumps(feature), encoding="utf-8")
    report, [record] = taken(tmp_path / "a.geojson")
    assert record.geometry.covers(shapely.Point(17.105, 44.905))
    assert "too large" not in report.text()


def test_a_place_as_text_and_as_kobo_s_columns_of_it_is_one_place(tmp_path: Path) -> None:
    """Kobo writes both; where the question is not called by a word for places, the corners were lost (2026-11-28)."""
    names = ["fence_post", "_fence_post_latitude", "_fence_post_longitude", "_fence_post_precision", "_parent_index"]
    rows = [[f"{lat} {lon} 0 5", lat, lon, 5, 1] for lon, lat in CORNERS]
    book = Workbook()
    for title, table in (("main", [["name", "_index"], ["A", 1]]), ("corners", [names, *rows])):
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "form.xlsx")
    _, [record] = taken(tmp_path / "form.xlsx")
    assert record.geometry.normalize().equals_exact(OUTLINE.normalize(), 1e-12)
