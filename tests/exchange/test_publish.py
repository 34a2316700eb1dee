"""Publication: the public tier contains the truth, says what it is, and is whole or not there."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from merestone.exchange import TierMismatch, publish_layer, read
from merestone.geodesy import check, outward
from merestone.register import EXACT, PUBLIC, Entry, Register
from merestone.terms import WIDENED_M, FileRefused, RecordKind, Visibility
from tests.conftest import missing_engine

WGS84 = Geod(ellps="WGS84")
SQUARE = shapely.box(17.0, 45.0, 17.002, 45.002)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with Register.create(tmp_path / "register.gpkg", label="synthetic exercise data") as made:
        yield made


def record(register: Register, *entries: Entry) -> None:
    with register.batch(by="tester", why="a test", source="a test", data_on=date(2026, 5, 4)) as batch:
        for entry in entries:
            batch.record(entry)


def public(register: Register) -> Any:
    return register.as_of(viewer=PUBLIC, outward=outward)


def around(geometry: BaseGeometry, accuracy_m: float) -> Iterator[shapely.Point]:
    """Places at the stated accuracy from each vertex and from between them, by pyproj's geodesics, not by ours."""
    for part in shapely.get_parts(geometry):
        ring = part.exterior if part.geom_type == "Polygon" else part
        coordinates = shapely.get_coordinates(ring)
        middles = (coordinates[1:] + coordinates[:-1]) / 2
        for lon, lat in np.concatenate([coordinates, middles]):
            for azimuth_deg in range(0, 360, 30):
                yield shapely.Point(WGS84.fwd(lon, lat, azimuth_deg, accuracy_m)[:2])


tenth_of_a_millimetre = st.integers(-20_000_000, 20_000_000).map(lambda count: count * 1e-9)
corners = st.tuples(tenth_of_a_millimetre, tenth_of_a_millimetre)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ring=st.lists(corners, min_size=3, max_size=8, unique=True),
    centre=st.tuples(st.floats(-179, 179), st.floats(-84, 84)),
    accuracy_m=st.none() | st.floats(0, 800),
    visibility=st.sampled_from([level for level in Visibility if level is not Visibility.OPEN]),
    cell_m=st.none() | st.floats(20, 2000),
    suffix=st.sampled_from([".geojson", ".gpkg", ".fgb", ".kml"]),
)
def test_every_published_polygon_contains_its_source_widened_by_its_accuracy(
    register: Register,
    tmp_path: Path,
    ring: list[tuple[float, float]],
    centre: tuple[float, float],
    accuracy_m: float | None,
    visibility: Visibility,
    cell_m: float | None,
    suffix: str,
) -> None:
    """Read back from the file, so that what is proven is what others get."""
    verdict = check(shapely.Polygon([(centre[0] + lon, centre[1] + lat) for lon, lat in ring]))
    if type(verdict).__name__ == "Refused":
        return
    geometry = verdict.geometry
    record(register, Entry(RecordKind.SUSPECTED, geometry, accuracy_m, visibility=visibility))
    path = tmp_path / f"public{suffix}"
    publish_layer(public(register), path, cell_m=cell_m, overwrite=True)
    newest = register.as_of().records[-1]
    [shown] = [row.geometry for row in read(path) if row.attributes["record_id"] == newest.record_id]
    assert shown is not None
    assert shown.covers(geometry)
    width_m = WIDENED_M if accuracy_m is None else accuracy_m
    for place in around(geometry, width_m):
        assert shown.covers(place), f"{place} is {width_m} m from the outline and outside what was published"


@pytest.mark.parametrize("accuracy_m", [None, 0.0, 30.0])
@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".csv"])
def test_open_outline_is_published_as_recorded_with_its_accuracy_beside_it(
    register: Register, tmp_path: Path, accuracy_m: float | None, suffix: str
) -> None:
    record(register, Entry(RecordKind.SUSPECTED, SQUARE, accuracy_m, {"name": "x"}, visibility=Visibility.OPEN))
    path = tmp_path / f"public{suffix}"
    publish_layer(public(register), path, cell_m=500.0)
    [row] = read(path)
    assert row.geometry is not None
    assert row.geometry.equals_exact(SQUARE, 0.0)
    assert "name" not in row.attributes
    assert row.attributes["outline"].startswith("as recorded")
    if accuracy_m is None:
        assert row.attributes["accuracy_note"] == f"not stated; widen by {WIDENED_M:g} m"
    else:
        assert float(row.attributes["accuracy_m"]) == accuracy_m


@pytest.mark.parametrize("accuracy_m", [None, 0.0, 30.0])
def test_released_land_is_published_only_where_it_was_released(
    register: Register, tmp_path: Path, accuracy_m: float | None
) -> None:
    field = shapely.box(17.0, 45.0, 17.05, 45.05)
    record(register, Entry(RecordKind.CLEARED, field, accuracy_m, visibility=Visibility.PUBLIC))
    path = tmp_path / "cleared.geojson"
    publish_layer(public(register), path, kind=RecordKind.CLEARED)
    [row] = read(path)
    assert row.geometry is not None
    width_m = WIDENED_M if accuracy_m is None else accuracy_m
    for place in around(row.geometry, width_m):
        assert field.covers(place), f"{place} is within {width_m} m of what was published and was not released"


def test_the_public_sees_no_attribute_of_the_record(register: Register, tmp_path: Path) -> None:
    record(register, Entry(RecordKind.SUSPECTED, SQUARE, 25.0, {"remarks": "under the old oak", "priority": "high"}))
    path = tmp_path / "public.geojson"
    publish_layer(public(register), path, kind=RecordKind.SUSPECTED, attribution="An office, CC BY 4.0")
    text = path.read_text(encoding="utf-8")
    assert "oak" not in text
    assert "high" not in text
    [row] = read(path)
    assert set(row.attributes) == {
        "Name", "record_id", "kind", "land_type", "source", "data_on", "true_from", "outline", "label",
        "id",  # the feature's own, which is the record's again
    }  # fmt: skip
    about = json.loads(text)["about"]
    assert about["label"] == "synthetic exercise data"
    assert about["attribution"] == "An office, CC BY 4.0"
    assert about["written_on"]
    assert "contains the recorded area" in about["notice"]
    exact = shapely.get_coordinates(SQUARE)
    published = shapely.get_coordinates(row.geometry)
    assert not {tuple(p) for p in exact} & {tuple(p) for p in published}


def test_exact_outlines_leave_only_when_asked_for_and_say_so(register: Register, tmp_path: Path) -> None:
    record(
        register,
        Entry(
            RecordKind.SUSPECTED,
            SQUARE,
            None,
            {"remarks": "under the old oak", "tags": ["a", "b"], "kind": "x", "name": "n", "FID": 3},
        ),
    )
    path = tmp_path / "exact.gpkg"
    report = publish_layer(register.as_of(), path, tier=EXACT)
    [row] = read(path)
    assert row.geometry is not None
    assert row.geometry.equals(SQUARE)
    assert row.attributes["remarks"] == "under the old oak"
    assert row.attributes["tags"] == '["a", "b"]'
    assert row.attributes["attribute_kind"] == "x"
    assert row.attributes["attribute_name"] == "n"
    assert row.attributes["attribute_FID"] == 3
    assert row.attributes["outline"] == "exact, as recorded"
    assert report.tier == "exact"


def test_a_snapshot_is_published_only_in_its_own_tier(register: Register, tmp_path: Path) -> None:
    with pytest.raises(TierMismatch, match="made for viewer 'exact'"):
        publish_layer(register.as_of(), tmp_path / "public.geojson")
    assert not (tmp_path / "public.geojson").exists()


def test_a_file_that_stands_there_is_not_replaced_unless_asked(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "public.geojson"
    path.write_text("mine")
    with pytest.raises(FileRefused, match="--force"):
        publish_layer(public(register), path)
    assert path.read_text() == "mine"
    publish_layer(public(register), path, overwrite=True)
    assert json.loads(path.read_text())["features"] == []


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".kml"])
def test_a_failure_leaves_no_half_file(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    record(register, Entry(RecordKind.SUSPECTED, SQUARE))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileRefused, match="No space left"):
        publish_layer(public(register), tmp_path / f"public{suffix}")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".kml"])
def test_gdal_opens_what_is_published_with_the_expected_count(register: Register, tmp_path: Path, suffix: str) -> None:
    if shutil.which("ogrinfo") is None:
        missing_engine("ogrinfo (Debian's gdal-bin) is not installed")
    squares = [shapely.box(lon / 100, 0, lon / 100 + 0.005, 0.005) for lon in range(7)]
    record(register, *(Entry(RecordKind.SUSPECTED, square, 10.0, visibility=Visibility.PUBLIC) for square in squares))
    record(register, Entry(RecordKind.ACCIDENT, shapely.Point(0, 0)))
    path = tmp_path / f"public{suffix}"
    publish_layer(public(register), path, kind=RecordKind.SUSPECTED)
    told = subprocess.run(["ogrinfo", "-ro", "-so", "-al", str(path)], capture_output=True, text=True, check=True)
    assert "Layer name: suspected" in told.stdout
    assert "Feature Count: 7" in told.stdout
    assert "WGS 84" in told.stdout
    assert "ERROR" not in told.stderr
