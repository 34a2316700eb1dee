"""`merestone screen` of tracks and footprints, and `merestone coverage`, tell people, programs and files the same."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.main import merestone
from merestone.exchange.positions.feature_files import read_shapes

ROUTE = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><rte><name>to the well</name>
<rtept lat="0.001" lon="-0.03"/><rtept lat="0.001" lon="0.03"/></rte></gpx>"""
FAR = ROUTE.replace('"0.001"', '"0.8"').replace("0.03", "0.8")


def run(exercise: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(merestone, ["screen", str(exercise), *map(str, args)], standalone_mode=False)


def covered(exercise: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(merestone, ["coverage", str(exercise), *map(str, args)], standalone_mode=False)


def route(folder: Path, text: str = ROUTE) -> Path:
    path = folder / "route.gpx"
    path.write_text(text)
    return path


def test_a_route_through_an_area_is_danger_and_tells_where(exercise: Path, tmp_path: Path) -> None:
    result = run(exercise, "--tracks", route(tmp_path), "--accuracy-m", "10")
    assert result.return_value == DANGER
    assert result.output.startswith("to the well: Inside a recorded suspected hazardous area.\n")
    assert "inside from" in result.output
    assert "Between two fixes, a straight line was assumed." in result.output
    assert "synthetic" in result.output


def test_a_far_route_is_none_recorded_only_with_its_accuracy(exercise: Path, tmp_path: Path) -> None:
    far = route(tmp_path, FAR)
    stated = run(exercise, "--tracks", far, "--accuracy-m", "10")
    assert stated.return_value == DONE
    assert "gives no assurance" in stated.output
    assert run(exercise, "--tracks", far).return_value == UNKNOWN


@pytest.mark.parametrize("name", ["parts.geojson", "parts.gpkg", "parts.parquet"])
def test_the_file_and_the_json_hold_every_part(exercise: Path, tmp_path: Path, name: str) -> None:
    asked = ("--tracks", route(tmp_path), "--accuracy-m", "10", "-o", tmp_path / name)
    told = json.loads(run(exercise, *asked, "--json").output)
    track = told["tracks"][0]
    shapes = read_shapes(tmp_path / name)
    rows = shapes.attributes
    assert [row["feature"] for row in rows] == ["track", *["part"] * len(track["parts"])]
    assert [row["start_m"] for row in rows[1:]] == pytest.approx([part["start_m"] for part in track["parts"]])
    inside_m = sum(p["end_m"] - p["start_m"] for p in track["parts"] if p["class"] == "inside")
    assert track["inside_m"] == pytest.approx(inside_m)
    assert (told["written_on"], told["label"]) == (rows[0]["written_on"], "synthetic exercise data")
    assert shapes.geometries[0].wkt == "LINESTRING (-0.03 0.001, 0.03 0.001)"


def test_areas_are_no_tracks(exercise: Path, tmp_path: Path) -> None:
    area = tmp_path / "a.geojson"
    area.write_text('{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}')
    assert "is an area, and no way" in str(run(exercise, "--tracks", area).exception)


PLOTS = """{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"name": "barn", "kind": "wood"}, "geometry": {"type": "Polygon", "coordinates":
 [[[0.5, 0.5], [0.501, 0.5], [0.501, 0.501], [0.5, 0.5]]]}},
{"type": "Feature", "properties": {"name": "school"}, "geometry": {"type": "Polygon", "coordinates":
 [[[-0.001, 0], [0.001, 0], [0.001, 0.001], [-0.001, 0.001], [-0.001, 0]]]}},
{"type": "Feature", "properties": {"name": "gate"}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
{"type": "Feature", "properties": {"name": "swapped far"}, "geometry": {"type": "Polygon", "coordinates":
 [[[5, 95], [6, 95], [6, 96], [5, 95]]]}}]}"""


def plots(folder: Path) -> Path:
    path = folder / "plots.geojson"
    path.write_text(PLOTS)
    return path


def test_footprints_are_told_worst_first_and_none_is_lost(exercise: Path, tmp_path: Path) -> None:
    result = run(exercise, "--footprints", plots(tmp_path), "--accuracy-m", "5")
    assert result.return_value == DANGER
    lines = result.output.splitlines()
    assert lines[0] == "Footprints: 4; 1 inside, 1 none recorded, 2 unknown."
    assert [line.split(":")[0] for line in lines if ": " in line and not line.startswith(" ")][1:5] == [
        "school", "gate", "swapped far", "barn"
    ]  # fmt: skip
    assert "school: Overlaps a recorded suspected hazardous area." in lines
    assert "  It could not be read: is not an area." in lines
    assert "(100 %)" in result.output


@pytest.mark.parametrize("name", ["out.geojson", "out.gpkg", "out.parquet"])
def test_footprints_keep_their_columns_and_get_their_answers(exercise: Path, tmp_path: Path, name: str) -> None:
    asked = ("--footprints", plots(tmp_path), "--accuracy-m", "5", "-o", tmp_path / name, "--json")
    told = json.loads(run(exercise, *asked).output)
    rows = read_shapes(tmp_path / name).attributes
    assert [row["name"] for row in rows] == ["barn", "school", "gate", "swapped far"]
    assert [row["class"] for row in rows] == [f["class"] for f in told["footprints"]]
    assert rows[0]["own_kind"] == "wood"
    assert rows[1]["overlap_m2"] == pytest.approx(told["footprints"][1]["overlap_m2"])
    overlap = told["footprints"][1]["overlaps"][0]
    assert 0.0 < overlap["overlap_m2"] <= overlap["possible_m2"] + 1e-6
    assert overlap["record_id"] == rows[1]["record_id"]


def test_footprints_of_unstated_accuracy_are_never_none_recorded(exercise: Path, tmp_path: Path) -> None:
    told = json.loads(run(exercise, "--footprints", plots(tmp_path), "--json").output)
    assert [f["class"] for f in told["footprints"]] == ["unknown", "inside", "unknown", "unknown"]


def test_coverage_tells_share_and_records_and_keeps_rows_that_have_none(exercise: Path, tmp_path: Path) -> None:
    out = tmp_path / "covered.gpkg"
    result = covered(exercise, "--area", plots(tmp_path), "--distance-m", "50", "-o", out, "--json")
    told = json.loads(result.output)
    assert result.return_value == DANGER
    assert [area["covered_share"] for area in told["areas"]] == [0.0, 1.0, None, None]
    assert [area["fault"] for area in told["areas"]][2] == "is not an area"
    assert "no place on the globe" in told["areas"][3]["fault"]
    rows = read_shapes(out)
    assert rows.attributes[1]["records"] == ";".join(told["areas"][1]["records"])
    assert rows.geometries[1].area > 0
    words = covered(exercise, "--area", plots(tmp_path))
    assert "school: 100 % in recorded hazards." in words.output
    assert "barn: None recorded in it." in words.output
    assert "gives no assurance" in words.output


def test_coverage_of_an_empty_register_is_unknown(tmp_path: Path) -> None:
    empty = tmp_path / "empty.gpkg"
    assert CliRunner().invoke(merestone, ["init", str(empty)]).exit_code == 0
    result = covered(empty, "--area", plots(tmp_path))
    assert result.return_value == UNKNOWN
    assert "barn: Unknown." in result.output
    assert run(empty, "--footprints", plots(tmp_path), "--accuracy-m", "5").return_value == UNKNOWN
    assert run(empty, "--tracks", route(tmp_path), "--accuracy-m", "5").return_value == UNKNOWN


def test_ways_and_plots_are_answered_in_one_run_as_in_two(exercise: Path, tmp_path: Path) -> None:
    """2026-11-29: two runs loaded everything twice, and took twice as long."""
    tracks: list[str | Path] = ["--tracks", route(tmp_path)]
    footprints: list[str | Path] = ["--footprints", plots(tmp_path)]
    alone = [run(exercise, *asked, "--accuracy-m", "5") for asked in (tracks, footprints)]
    both = run(exercise, *tracks, *footprints, "--accuracy-m", "5")
    assert both.output == alone[0].output + alone[1].output
    assert both.return_value == DANGER
    refused = run(exercise, *tracks, *footprints, "--accuracy-m", "5", "--json")
    assert "run it once for each" in str(refused.exception or refused.output)


ENDINGS = [".csv", ".parquet", ".arrow", ".geojson", ".gpkg", ".fgb", ".kml", ".gpx", ".xlsx", ".html"]


@pytest.mark.parametrize("what", ["--tracks", "--footprints", "coverage"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_answers_go_out_in_every_format_and_an_empty_file_gives_an_empty_one(
    exercise: Path, tmp_path: Path, what: str, ending: str
) -> None:
    """2026-11-28: tracks did not come out as GPX; an empty file stopped a pipeline (exit code 3)."""
    source = tmp_path / "in.geojson"
    coordinates = [[-0.01, 0.001], [0.006, 0.001]]
    shape: dict[str, object] = {"type": "LineString", "coordinates": coordinates}
    if what != "--tracks":
        shape = {"type": "Polygon", "coordinates": [[*coordinates, [0.0, 0.002], coordinates[0]]]}
    feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": shape}
    for features, code in (([feature], DANGER), ([], DONE)):
        source.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        output = tmp_path / f"out{len(features)}{ending}"
        more = [] if what == "coverage" else ["--accuracy-m", "5"]
        asked = ["--area" if what == "coverage" else what, str(source)]
        call = covered if what == "coverage" else run
        result = call(exercise, *asked, *more, "-o", output)
        assert result.return_value == code, result.output
        assert output.stat().st_size or (ending == ".csv" and not features)
        assert call(exercise, *asked, *more, "--exit-zero").return_value == DONE
    if ending == ".gpx":
        assert "<trk>" in (tmp_path / "out1.gpx").read_text()
        assert run(exercise, "--tracks", tmp_path / "out1.gpx", "--accuracy-m", "5").return_value == DANGER
    if ending == ".html":
        assert "<svg" in (tmp_path / "out1.html").read_text()


def test_a_corridor_s_width_goes_with_tracks_and_is_told(exercise: Path, tmp_path: Path) -> None:
    told = run(exercise, "--tracks", route(tmp_path, FAR), "--width-m", "40", "--accuracy-m", "5", "--json")
    assert json.loads(told.output)["width_m"] == 40.0
    assert "40 m wide" in " ".join(json.loads(told.output)["sentences"])
    assert "goes with --tracks" in str(run(exercise, "--lon", "1", "--lat", "1", "--width-m", "40").exception)
