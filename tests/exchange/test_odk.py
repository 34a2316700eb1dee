"""A form that we write, filled in and sent back in each way in which ODK and Kobo give submissions, is understood."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook

from merestone.exchange import format_of, import_file
from merestone.exchange.imports.form import choice_rows, survey_rows
from merestone.register import Register
from merestone.register.programme.kind import kinds
from merestone.terms import FileRefused, RecordKind

KIND = kinds()["hazardous_area"]
RING = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.9)]
SHAPE = ";".join(f"{lat} {lon} 0 5" for lon, lat in RING)
POINT = "44.905 17.105 120 4.5"


def answers() -> dict[str, str]:
    """An answer to every question of the form, as ODK Collect writes it."""
    lists: dict[str, list[str]] = {}
    for name, value, _ in choice_rows(KIND):
        lists.setdefault(name, []).append(value)
    given = {"geoshape": SHAPE, "geopoint": POINT, "date": "2026-05-02", "integer": "7", "decimal": "7.5"}
    filled = {}
    for asked, name, *_ in survey_rows(KIND):
        how, _, choices = asked.partition(" ")
        several = {"select_one": lists.get(choices, [""])[0], "select_multiple": " ".join(lists.get(choices, [])[:2])}
        filled[name] = given.get(how) or several.get(how) or "some text"
    return filled


def table(path: Path, between: str) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["SubmissionDate", *(f"{between}{name}" for name in answers()), "KEY"])
        writer.writerow(["2026-05-03T10:00:00Z", *answers().values(), "uuid:1"])


def central_csv(path: Path) -> None:
    table(path, "grp-")


def kobo_csv(path: Path) -> None:
    table(path, "grp/")


def plain_csv(path: Path) -> None:
    table(path, "")


def kobo_xlsx(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append([f"grp/{name}" for name in answers()])
    book.worksheets[0].append(list(answers().values()))
    book.save(path)


def geojson(text: str) -> Mapping[str, Any]:
    places = [[float(n) for n in point.split()] for point in text.split(";")]
    corners = [[lon, lat, height] for lat, lon, height, _ in places]
    if len(corners) == 1:
        return {"type": "Point", "coordinates": corners[0], "properties": {"accuracy": places[0][3]}}
    accuracies = [place[3] for place in places]
    return {"type": "Polygon", "coordinates": [corners], "properties": {"accuracy": accuracies}}


def odata(path: Path) -> None:
    group = {name: geojson(value) if value in (SHAPE, POINT) else value for name, value in answers().items()}
    one = {"__id": "uuid:1", "grp": group, "photos@odata.navigationLink": "x", "__system": {"submitterName": "a"}}
    path.write_text(json.dumps({"value": [one], "@odata.context": "x"}))


def kobo_json(path: Path) -> None:
    one = {"_id": 1, "_submission_time": "2026-05-03", **{f"grp/{name}": value for name, value in answers().items()}}
    path.write_text(json.dumps({"count": 1, "next": None, "results": [one]}))


def instance(path: Path) -> None:
    questions = "".join(f"<{name}>{value}</{name}>" for name, value in answers().items())
    meta = '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:1</orx:instanceID></orx:meta>'
    path.write_text(f'<data id="merestone_hazardous_area"><grp>{questions}</grp>{meta}</data>')


WAYS = {
    "plain.csv": plain_csv, "central.csv": central_csv, "kobo.csv": kobo_csv, "kobo.xlsx": kobo_xlsx,
    "odata.json": odata, "kobo.json": kobo_json, "instance.xml": instance,
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_a_form_of_ours_comes_back_with_every_field(tmp_path: Path, name: str) -> None:
    """2026-11-28: choices parted by spaces and points with altitude were refused; groups hid all fields."""
    WAYS[name](tmp_path / name)
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(
            register, tmp_path / name, kind=RecordKind.SUSPECTED, source="s", accuracy_m=5.0, by="b"
        )  # fmt: skip
        [row] = report.rows
        assert not [reason for reason in row.reasons if reason.endswith("_refused")], row.messages
        [record] = register.as_of().records
    assert set(answers()) - {"geometry"} <= set(record.attributes)
    assert record.attributes["benchmark"] == [17.105, 44.905]
    assert len(record.attributes["device_categories"]) == 2
    assert record.geometry.equals(shapely.Polygon(RING))
    assert record.accuracy_m == pytest.approx(8.15)


def test_repeats_and_pages_are_told(tmp_path: Path) -> None:
    odata(tmp_path / "a.json")
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(
            register, tmp_path / "a.json", kind=RecordKind.SUSPECTED, source="s", accuracy_m=5.0, by="b"
        )  # fmt: skip
        assert any("repeats are tables of their own and were not read: photos" in note for note in report.notes)
        page = {**json.loads((tmp_path / "a.json").read_text()), "@odata.nextLink": "https://example.org/next"}
        (tmp_path / "page.json").write_text(json.dumps(page))
        with pytest.raises(FileRefused, match="one page of several"):
            import_file(
                register, tmp_path / "page.json", kind=RecordKind.SUSPECTED, source="s", accuracy_m=5.0, by="b"
            )  # fmt: skip


def test_the_geojson_of_kobo_is_geojson(tmp_path: Path) -> None:
    feature = {"properties": {"_submission_time": "2026-05-03", "__version__": "v"}, "geometry": geojson(SHAPE)}
    (tmp_path / "k.geojson").write_text(
        json.dumps({"features": [{**feature, "type": "Feature"}], "type": "FeatureCollection"})
    )
    assert format_of(tmp_path / "k.geojson").name == "GeoJSON"


def test_an_accuracy_of_hundreds_of_digits_is_unknown(tmp_path: Path) -> None:
    """2026-11-28, fuzzing: OverflowError."""
    place = {"type": "Point", "coordinates": [17.1, 44.9], "properties": {"accuracy": 10**400}}
    path = tmp_path / "data.json"
    path.write_text(json.dumps({"value": [{"__id": "uuid:1", "place": place}]}), encoding="utf-8")
    with Register.create(tmp_path / "register.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        [record] = register.as_of().records
    assert record.geometry == shapely.Point(17.1, 44.9)
    assert record.accuracy_m is None
