"""The contract of `exchange.formats.Format`: what every format must do, ours or a stranger's.

A format that writes gives back what it was given. Every format refuses bytes it cannot read, with a place, and gives
a row for each row of the file.
"""

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from shapely.geometry.base import BaseGeometry

from merestone.exchange import Feature, Format, format_for_writing, format_of, known_formats
from merestone.exchange.formats.contract import CHECKS, check_noise_is_refused, features, same_shape
from merestone.terms import FileRefused
from tests.exchange.ods_files import write_ods

WRITING = [known for known in known_formats().values() if known.writes]

SQUARE = shapely.box(17.0166558399676831, 45.2, 17.1, 45.3)
HOLED = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])
MIXED: list[BaseGeometry | None] = [
    SQUARE,
    HOLED,
    shapely.MultiPolygon([SQUARE, HOLED]),
    shapely.Point(1 / 3, -0.1),
    shapely.LineString([(0, 0), (1e-7, 1)]),
    None,
    shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),  # crosses itself: reading does not judge
]


def as_told(value: Any) -> Any:
    """What a value of a text format is read back as: text; an empty text and no text are the same there."""
    return None if value in (None, "") else str(value)


def degrees(most: float) -> st.SearchStrategy[float]:
    """Any double a survey may hold; what is nearer to 0 than 1e-9 degrees (0.1 mm) is not one."""
    return st.floats(-most, most).filter(lambda value: value == 0 or abs(value) > 1e-9)


# A table of text is read row by row; it is `format_of` that refuses noise.
CHECKED = [
    pytest.param(known, check, id=f"{known.name}-{check.__name__}")
    for known in known_formats().values()
    for check in CHECKS
    if not (known.name == "CSV" and check is check_noise_is_refused)
]


@pytest.mark.parametrize(("known", "check"), CHECKED)
def test_the_checks_that_packages_are_given_hold_for_ours(
    known: Format, check: Callable[[Format, Path], None], tmp_path: Path
) -> None:
    """2026-11-28: the contract lay in the tests, where nobody who writes a format gets it."""
    check(known, tmp_path)


@pytest.mark.parametrize("known", WRITING, ids=lambda known: known.name)
class TestWritten:
    def test_what_is_written_is_read_again(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"areas{known.suffixes[0]}"
        given_features = features(MIXED)
        known.write(path, given_features, layer="areas", about={"title": "Areas", "source": "a test"})
        assert format_of(path) is known
        assert known.layers(path) == ("areas",)
        rows = list(known.read(path))
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        rows.sort(key=lambda row: str(row.attributes["Name"]))  # FlatGeobuf's index has an order of its own
        assert len(rows) == len(given_features)
        for row, feature in zip(rows, given_features, strict=True):
            assert row.fault is None
            assert same_shape(row.geometry, feature.geometry), feature.attributes["Name"]
            for name, value in feature.attributes.items():
                if known.name == "CSV":
                    assert as_told(row.attributes[name]) == as_told(value)
                elif value == "":
                    assert row.attributes[name] in (None, "")
                else:
                    assert row.attributes[name] == value
                    assert type(row.attributes[name]) is type(value)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(corner=st.tuples(degrees(178), degrees(88)), side_deg=st.floats(1e-6, 1.0))
    def test_every_digit_survives(
        self, known: Format, tmp_path: Path, corner: tuple[float, float], side_deg: float
    ) -> None:
        path = tmp_path / f"one{known.suffixes[0]}"
        path.unlink(missing_ok=True)
        square = shapely.box(*corner, corner[0] + side_deg, corner[1] + side_deg)
        known.write(path, [Feature(square, {"Name": "a"})], layer="one", about={})
        [row] = known.read(path)
        assert same_shape(row.geometry, square)

    def test_an_empty_layer_is_an_empty_layer(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"none{known.suffixes[0]}"
        known.write(path, [], layer="none", about={})
        assert list(format_of(path).read(path)) == []

    def test_no_row_vanishes_when_its_geometry_is_missing(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"few{known.suffixes[0]}"
        known.write(path, features([None, SQUARE, None, None, SQUARE]), layer="few", about={})
        rows = list(known.read(path))
        assert len(rows) == 5
        assert sum(row.geometry is None for row in rows) == 3

    def test_the_raw_content_of_a_row_holds_all_its_values(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"raw{known.suffixes[0]}"
        known.write(path, features([SQUARE]), layer="raw", about={})
        [row] = known.read(path)
        assert "area 0" in row.raw
        assert "plain" in row.raw
        assert row.wkb is None or row.wkb.hex() in row.raw

    def test_a_layer_that_is_not_there_is_refused_with_those_that_are(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"some{known.suffixes[0]}"
        known.write(path, features([SQUARE]), layer="some", about={})
        with pytest.raises(FileRefused, match=r"no layer 'other'.*some"):
            list(known.read(path, layer="other"))


def shapefile(path: Path) -> None:
    """A Shapefile with its sidecars, written by GDAL."""
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(SQUARE)] * 40, dtype=object), [np.array([f"area {i}" for i in range(40)])],
        ["Name"], geometry_type="Polygon", crs="EPSG:4326", driver="ESRI Shapefile", encoding="UTF-8",
    )  # fmt: skip


def submissions(path: Path) -> None:
    """Forty submissions as ODK Central's OData service gives them."""
    places = [{"type": "Point", "coordinates": [17.1, 45 + i / 100]} for i in range(40)]
    value = [{"__id": f"uuid:{i}", "place": place} for i, place in enumerate(places)]
    path.write_text(json.dumps({"value": value, "@odata.context": "x"}), encoding="utf-8")


def json_table(path: Path) -> None:
    """Forty objects as OpenDataSoft's service gives them."""
    rows = [{"name": f"area {i}", "geo_point_2d": {"lon": 17.1, "lat": 45 + i / 100}} for i in range(40)]
    path.write_text(json.dumps({"total_count": 40, "results": rows}), encoding="utf-8")


def overpass(path: Path) -> None:
    """Forty nodes as the Overpass API gives them."""
    nodes = [{"type": "node", "id": i, "lat": 45 + i / 100, "lon": 17.1, "tags": {"name": f"{i}"}} for i in range(40)]
    path.write_text(json.dumps({"version": 0.6, "osm3s": {}, "elements": nodes}), encoding="utf-8")


def workbook(path: Path) -> None:
    """One sheet with forty points."""
    book = Workbook()
    book.worksheets[0].append(["Name", "lat", "lon"])
    for i in range(40):
        book.worksheets[0].append([f"area {i}", 45 + i / 100, 17.1])
    book.save(path)


def opendocument(path: Path) -> None:
    """One sheet with forty points."""
    write_ods(path, [["Name", "lat", "lon"], *([f"area {i}", 45 + i / 100, 17.1] for i in range(40))])


def gpx(path: Path) -> None:
    """Forty waypoints."""
    points = "".join(f'<wpt lat="45.{i}" lon="17.{i}"><name>area {i}</name></wpt>' for i in range(10, 50))
    path.write_text(f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>', encoding="utf-8")


def esri_json(path: Path) -> None:
    """Forty points."""
    points = [{"attributes": {"name": f"area {i}"}, "geometry": {"x": 17 + i / 100, "y": 45}} for i in range(40)]
    path.write_text(json.dumps({"spatialReference": {"wkid": 4326}, "features": points}), encoding="utf-8")


def by_gdal(driver: str) -> Callable[[Path], None]:
    """A data set that GDAL writes and we only read."""

    def write(path: Path) -> None:
        names: Any = [np.array([f"area {i}" for i in range(40)], dtype=object), np.arange(40, dtype=np.int32)]
        pyogrio.raw.write(
            path, np.array([shapely.to_wkb(SQUARE)] * 40, dtype=object), names, ["Name", "n"],
            geometry_type="Polygon", crs="EPSG:4326", driver=driver,
        )  # fmt: skip

    return write


def archive(path: Path) -> None:
    """A GeoJSON in a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        points = [{"type": "Point", "coordinates": [17 + i / 100, 45]} for i in range(40)]
        made.writestr("areas.geojsonl", "".join(f"{json.dumps(point)}\n" for point in points))


SOUND: dict[str, Callable[[Path], None]] = {
    "Shapefile": shapefile,
    "GPX": gpx,
    "Esri JSON": esri_json,
    "Esri file geodatabase": by_gdal("OpenFileGDB"),
    "MapInfo": by_gdal("MapInfo File"),
    "SpatiaLite": by_gdal("SQLite"),
    "GML": by_gdal("GML"),
    "archive": archive,
    "XLSX": workbook,
    "ODS": opendocument,
    "ODK submissions": submissions,
    "JSON table": json_table,
    "Overpass JSON": overpass,
}
"""How to get a sound file of forty rows in a format that we only read."""


def writer(known: Format) -> Callable[[Path], None]:
    """How to get a sound file of this format."""
    if not known.writes:
        assert known.name in SOUND, f"{known.name} only reads: add a function that writes a sound file of it to SOUND"
        return SOUND[known.name]
    return lambda path: known.write(path, features([SQUARE, HOLED] * 20), layer=path.stem, about={})


def check_cut_parts(known: Format, whole: Path) -> None:
    """Of a data set that is a folder, each file is cut off in turn."""
    for part in sorted(path for path in whole.rglob("*") if path.is_file()):
        data = part.read_bytes()
        for share in (0.0, 0.5, 0.99):
            part.write_bytes(data[: int(len(data) * share)])
            try:
                found = len(list(format_of(whole).read(whole)))
            except FileRefused:
                continue
            finally:
                part.write_bytes(data)
            assert found == 40, f"{part.name} cut to {share}: {found} rows of 40, and not a word"


@pytest.mark.parametrize("known", known_formats().values(), ids=lambda known: known.name)
class TestHostile:
    def test_bytes_cut_off_are_refused_or_every_row_is_given(self, known: Format, tmp_path: Path) -> None:
        """A file that is cut off never looks like a shorter file."""
        whole = tmp_path / f"whole{known.suffixes[0]}"
        writer(known)(whole)
        rows = len(list(known.read(whole)))
        assert rows == 40
        if whole.is_dir():
            check_cut_parts(known, whole)
            return
        data = whole.read_bytes()
        for share in (0.1, 0.3, 0.5, 0.9, 0.99):
            cut = whole.with_name(f"cut{share}{known.suffixes[0]}")
            for beside in tmp_path.glob("whole.*"):
                cut.with_suffix(beside.suffix).write_bytes(beside.read_bytes())
            cut.write_bytes(data[: int(len(data) * share)])
            if known.name == "CSV":
                continue  # a list of lines has no end mark: nobody can tell; its broken last line is a faulty row
            try:
                found = len(list(format_of(cut).read(cut)))
            except FileRefused:
                continue
            assert found == rows, f"cut to {share}: {found} rows of {rows}, and not a word"

    def test_random_bytes_are_refused_with_the_name_of_the_file(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"noise{known.suffixes[0]}"
        path.write_bytes(random.Random(7).randbytes(4000))
        with pytest.raises(FileRefused, match=path.name):
            list(format_of(path).read(path))

    def test_an_empty_file_is_refused(self, known: Format, tmp_path: Path) -> None:
        path = tmp_path / f"empty{known.suffixes[0]}"
        path.write_bytes(b"")
        with pytest.raises(FileRefused, match="empty"):
            format_of(path)


def test_a_file_to_be_written_is_known_by_its_ending(tmp_path: Path) -> None:
    assert format_for_writing("A.GeoJSON").name == "GeoJSON"
    with pytest.raises(FileRefused, match="file extension is not supported"):
        format_for_writing(tmp_path / "areas.dwg")
