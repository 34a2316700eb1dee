"""What we export, as others read it: GDAL's own program, geopandas and DuckDB say what they found in our files."""

import json
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange import Feature, format_for_writing, publish_layer, read
from merestone.exchange.rows.record_columns import attribute_name, cell_of, column_names, value_of_cell
from merestone.register import EXACT, Entry, Register
from merestone.terms import RecordKind
from tests.conftest import missing_engine

SQUARE = shapely.box(17.0, 45.0, 17.002, 45.002)
ATTRIBUTES: list[dict[str, Any]] = [
    {
        "marked": True, "survey_on": "2026-05-02", "devices": 3, "share": 0.25, "mixed": 1, "big": 2**40,
        "as_given": {"priority": "no such"}, "seen_at": "2026-05-02T10:00:00+00:00", "tessellate": 1,
        "visited": "2026-05-02T00:30:00+03:00", "Status": "seen", "number": "0042",
    },
    {
        "marked": False, "survey_on": "2026-05-03", "devices": 2, "mixed": "a", "benchmark": [17.0, 45.1],
        "device_categories": ["ap_mine", "av_mine"], "visibility": "from afar",
    },
    {},
]  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with Register.create(tmp_path / "register.gpkg", label="synthetic exercise data") as made:
        with made.batch(by="tester", why="a test", source="a survey", data_on=date(2026, 5, 4)) as batch:
            for place, (attributes, accuracy_m) in enumerate(zip(ATTRIBUTES, (None, 25.0, 0.0), strict=True)):
                square = shapely.box(17 + place / 100, 45, 17.002 + place / 100, 45.002)
                batch.record(Entry(RecordKind.SUSPECTED, square, accuracy_m, attributes))
        yield made


def exported(register: Register, suffix: str) -> Path:
    path = register.path.with_name(f"exact{suffix}")
    publish_layer(register.as_of(), path, tier=EXACT)
    return path


def as_ogrinfo_reads(path: Path) -> str:
    if shutil.which("ogrinfo") is None:
        missing_engine("ogrinfo (Debian's gdal-bin) is not installed")
    told = subprocess.run(["ogrinfo", "-ro", "-al", str(path)], capture_output=True, text=True, check=True)
    assert "Warning" not in told.stderr
    assert "ERROR" not in told.stderr
    return told.stdout


@pytest.mark.parametrize(("suffix", "day"), [(".gpkg", "Date"), (".fgb", "DateTime"), (".geojson", "Date")])
def test_columns_have_the_types_of_their_values(register: Register, suffix: str, day: str) -> None:
    """2026-11-28, a review: days, moments and truth values were text; FlatGeobuf has no type for a day alone."""
    told = as_ogrinfo_reads(exported(register, suffix))
    types = dict(re.findall(r"^(\w+): (\w+(?:\(\w+\))?) \(", told, re.MULTILINE))
    assert types["data_on"] == types["survey_on"] == day
    assert types["recorded_at"] == types["seen_at"] == "DateTime"
    assert types["marked"] == "Integer(Boolean)"
    assert types["devices"].startswith("Integer")
    assert types["big"] == "Integer64"
    assert types["share"] == types["accuracy_m"] == "Real"
    assert types["number"] == types["mixed"] == "String"
    if suffix != ".geojson":  # there GDAL itself finds moments, and keeps their zone
        assert types["visited"] == "String"  # a moment of another zone would change its day in UTC
    assert "survey_on (Date" in told
    assert "2026/05/02" in told


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".kml", ".geojson", ".csv"])
def test_what_is_nested_is_written_as_json(register: Register, suffix: str) -> None:
    """2026-11-28, a review: `as_given` was written as Python prints a dictionary."""
    cells = [row.attributes.get("as_given") for row in read(exported(register, suffix))]
    [cell] = [cell for cell in cells if cell]
    assert json.loads(cell) == {"priority": "no such"}


def test_no_column_of_a_kml_file_is_taken_for_an_element_of_kml(register: Register) -> None:
    """2026-11-28, a review: GDAL and QGIS read our column visibility as KML's element, and its text as 0."""
    told = as_ogrinfo_reads(exported(register, ".kml"))
    assert told.count("record_visibility (String) = restricted") == 3
    assert "attribute_visibility (String) = from afar" in told
    assert "attribute_tessellate (Integer) = 1" in told
    assert "devices (Integer) = 3" in told
    assert "big (Real) = 1099511627776" in told


def test_a_writer_of_kml_renames_what_others_would_take_for_elements(tmp_path: Path) -> None:
    path = tmp_path / "any.kml"
    columns = {"Visibility": "a", "visibility_": "b", "icon": "c", "Name": "d"}
    format_for_writing(path).write(path, [Feature(SQUARE, columns, "7")], layer="any", about={})
    told = as_ogrinfo_reads(path)
    for line in ("Visibility_ (String) = a", "visibility__ (String) = b", "icon_ (String) = c", "Name (String) = d"):
        assert line in told
    assert "<displayName>Visibility</displayName>" in path.read_text()


def test_texts_with_characters_that_xml_has_no_place_for_leave_a_sound_file(tmp_path: Path) -> None:
    """2026-11-28: a control character in a remark made a file that no XML parser reads; a lone CR became LF."""
    path = tmp_path / "any.kml"
    format_for_writing(path).write(path, [Feature(SQUARE, {"remarks": "a\x0bb\r\nc", "x\x01": 1})], layer="a", about={})
    [row] = read(path)
    assert row.attributes["remarks"] == "a�b\r\nc"


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".kml"])
def test_geopandas_joins_our_layers_with_wgs_84_without_a_warning(register: Register, suffix: str) -> None:
    """2026-11-28, a review: OGC:CRS84 is stored as NONE:100000 in a GeoPackage, which a join takes for another."""
    geopandas = pytest.importorskip("geopandas")
    ours = geopandas.read_file(exported(register, suffix))
    places = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy([17.001, 17.5], [45.001, 45.5]), crs="EPSG:4326")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = geopandas.sjoin(places, ours, how="inner")
    assert list(joined.index) == [0]
    assert str(ours.crs) == "EPSG:4326"


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
def test_duckdb_reads_types_and_longitude_first(register: Register, suffix: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = exported(register, suffix)
    extension = next(Path(duckdb.__file__).parents[1].rglob("spatial.duckdb_extension"), None)
    if extension is None:
        missing_engine("DuckDB's extension spatial is not installed")
    with duckdb.connect() as connection:
        connection.load_extension(str(extension))
        rows = connection.execute(
            "SELECT CAST(survey_on AS DATE), marked, ST_XMin(geom) FROM ST_Read(?) WHERE marked", [str(path)]
        ).fetchall()
    assert rows == [(date(2026, 5, 2), True, 17.0)]


def test_a_feature_of_geojson_has_the_identity_of_its_record(register: Register) -> None:
    content = json.loads(exported(register, ".geojson").read_text())
    assert [f["id"] for f in content["features"]] == [f["properties"]["record_id"] for f in content["features"]]


@given(st.lists(st.text(max_size=12) | st.sampled_from(["Kind", "kind", "lat", "attribute_x", "fid", ""]), unique=True))
def test_each_attribute_has_a_column_of_its_own_and_gets_its_name_back(names: list[str]) -> None:
    columns = column_names(names)
    assert len({column.lower() for column in columns.values()}) == len(names)
    once = [name for name in names if [other.lower() for other in names].count(name.lower()) == 1]
    for name in once:
        if not any(other != name and other.lower().startswith("attribute_") for other in names):
            assert attribute_name(columns[name]) == name


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values | json_values.map(json.dumps))
def test_what_a_cell_holds_is_the_value_again(value: Any) -> None:
    cell = cell_of(value)
    assert not isinstance(cell, (list, dict))
    assert value_of_cell(cell) == value
    assert type(value_of_cell(cell)) is type(value)
