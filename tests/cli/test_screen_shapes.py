"""`merestone screen --tracks` tells people, programs and files the same."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.main import merestone
from merestone.exchange.shapes import read_shapes

ROUTE = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><rte><name>to the well</name>
<rtept lat="0.001" lon="-0.03"/><rtept lat="0.001" lon="0.03"/></rte></gpx>"""
FAR = ROUTE.replace('"0.001"', '"0.8"').replace("0.03", "0.8")


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("screen") / "exercise.gpkg"
    made = CliRunner().invoke(merestone, ["init", str(path), "--exercise"])
    assert made.exit_code == 0, made.output
    return path


def run(register: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(merestone, ["screen", str(register), *map(str, args)], standalone_mode=False)


def route(folder: Path, text: str = ROUTE) -> Path:
    path = folder / "route.gpx"
    path.write_text(text)
    return path


def test_a_route_through_an_area_is_danger_and_tells_where(register: Path, tmp_path: Path) -> None:
    result = run(register, "--tracks", route(tmp_path), "--accuracy-m", "10")
    assert result.return_value == DANGER
    assert result.output.startswith("to the well: Inside a recorded suspected hazardous area.\n")
    assert "inside from" in result.output
    assert "Between two fixes the way was taken to be straight." in result.output
    assert "synthetic" in result.output


def test_a_far_route_is_none_recorded_only_with_its_accuracy(register: Path, tmp_path: Path) -> None:
    far = route(tmp_path, FAR)
    stated = run(register, "--tracks", far, "--accuracy-m", "10")
    assert stated.return_value == DONE
    assert "gives no assurance" in stated.output
    assert run(register, "--tracks", far).return_value == UNKNOWN


@pytest.mark.parametrize("name", ["parts.geojson", "parts.gpkg", "parts.parquet"])
def test_the_file_and_the_json_hold_every_part(register: Path, tmp_path: Path, name: str) -> None:
    asked = ("--tracks", route(tmp_path), "--accuracy-m", "10", "-o", tmp_path / name)
    told = json.loads(run(register, *asked, "--json").output)
    track = told["tracks"][0]
    shapes = read_shapes(tmp_path / name)
    rows = shapes.attributes
    assert [row["feature"] for row in rows] == ["track", *["part"] * len(track["parts"])]
    assert [row["start_m"] for row in rows[1:]] == pytest.approx([part["start_m"] for part in track["parts"]])
    inside_m = sum(p["end_m"] - p["start_m"] for p in track["parts"] if p["class"] == "inside")
    assert track["inside_m"] == pytest.approx(inside_m)
    assert (told["data_on"], told["label"]) == (rows[0]["data_on"], "synthetic exercise data")
    assert shapes.geometries[0].wkt == "LINESTRING (-0.03 0.001, 0.03 0.001)"


def test_areas_are_no_tracks(register: Path, tmp_path: Path) -> None:
    area = tmp_path / "a.geojson"
    area.write_text('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}')
    assert "is an area, and no way" in str(run(register, "--tracks", area).exception)
