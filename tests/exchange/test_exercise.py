"""The exercise data: synthetic, where nobody lives, and what its generator makes."""

import gzip
import importlib.util
import json
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest

from merestone.exchange import BaseMap
from merestone.exchange.exercise import EXERCISE_LABEL, create_exercise, exercise_files, exercise_region
from merestone.exchange.formats.base_maps import build_base_map
from merestone.register import Register, RegisterExists
from merestone.terms import Outcome, RecordKind

ROOT = Path(__file__).parents[2]


def generator_of(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    return generator


def test_the_packaged_files_are_what_the_generator_makes() -> None:
    generator = generator_of("exercise_data")
    made = generator.files()
    assert set(made) == {file.path.name for file in exercise_files()}
    for name, content in made.items():
        assert (generator.FOLDER / name).read_text(encoding="utf-8") == content, (
            f"run python tools/exercise_data.py ({name})"
        )


def test_the_packaged_island_is_the_one_that_its_generator_draws(tmp_path: Path) -> None:
    """2026-11-29: the exercise lay in open sea, so that nobody saw what roads and names are for."""
    generator = generator_of("exercise_region")
    extract, path = tmp_path / "exercise.osm", tmp_path / "region.pmtiles"
    generator.island().write(extract)
    build_base_map(extract, path, attribution=generator.ATTRIBUTION)
    made, packaged = BaseMap.open(path), BaseMap.open(generator.OUTPUT)
    assert packaged.places == made.places
    assert {"Exercise Town", "Drillby"} <= {place.names[0] for place in packaged.places}
    assert (packaged.attribution, packaged.layers, packaged.bounds_deg) == (
        "Invented land of the exercise", made.layers, made.bounds_deg,
    )  # fmt: skip
    middle = mapbox_vector_tile.decode(gzip.decompress(packaged.tile(14, 8191, 8191) or b""))
    assert {"roads", "streets", "buildings"} <= set(middle)
    assert "sea" not in middle, "an island whose coast closes is land"
    # 2026-11-30, by eye, on a printed map: the sea ended at the outermost places, and a strip of land framed it.
    lons, lats = zip(*((place.lon_deg, place.lat_deg) for place in packaged.places), strict=True)
    assert (min(lons), min(lats), max(lons), max(lats)) == pytest.approx(packaged.bounds_deg, abs=1e-5)


def test_each_file_says_that_it_is_synthetic() -> None:
    for file in exercise_files():
        assert json.loads(file.path.read_text(encoding="utf-8"))["label"].startswith("SYNTHETIC")
        assert "synthetic" in file.source


def test_a_new_user_sees_every_outcome_and_nothing_leaves_the_open_sea(tmp_path: Path) -> None:
    path = tmp_path / "exercise.gpkg"
    reports = create_exercise(path, by="tester")
    assert {row.outcome for report in reports for row in report.rows} == set(Outcome)
    codes = {code for report in reports for code in report.remark_counts}
    assert {
        "null_geometry",
        "crosses_itself",
        "unclosed",
        "too_few_corners",
        "duplicate",
        "unreadable_position",
    } <= codes
    with Register.open(path, read_only=True) as register:
        snapshot = register.as_of()
        assert register.verify().is_sound
    assert snapshot.label == EXERCISE_LABEL
    assert {record.kind for record in snapshot.records} == {
        RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.RESTRICTED, RecordKind.CLEARED, RecordKind.ACCIDENT,
    }  # fmt: skip
    for record in snapshot.records:
        west, south, east, north = record.geometry.bounds
        assert max(abs(west), abs(south), abs(east), abs(north)) < 0.15
    assert [p.name for p in tmp_path.iterdir()] == ["exercise.gpkg"]
    region = exercise_region(path)
    assert region is not None
    west, south, east, north = BaseMap.open(region).bounds_deg
    assert max(west, south) < -0.15 < 0.15 < min(east, north), "the island lies around all of it"
    with Register.create(tmp_path / "other.gpkg", label="somebody's own"):
        pass
    assert exercise_region(tmp_path / "other.gpkg") is None


def test_the_exercise_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.gpkg"
    path.write_text("mine")
    with pytest.raises(RegisterExists):
        create_exercise(path, by="tester")
    assert path.read_text() == "mine"
