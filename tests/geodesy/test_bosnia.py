"""The real files: what the check finds is what an independent count found."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.geodesy import Code, Refused, Repaired, Sound, area_m2, check_all, duplicates

COUNTS = {
    "suspect": {Code.NULL_GEOMETRY: 3094, Code.EMPTY_GEOMETRY: 3, Code.CROSSES_ITSELF: 302, Code.TOUCHES_ITSELF: 165},
    "cleared": {
        Code.NULL_GEOMETRY: 108,
        Code.EMPTY_GEOMETRY: 5,
        Code.NO_AREA: 1,
        Code.CROSSES_ITSELF: 289,
        Code.TOUCHES_ITSELF: 420,
    },
}
"""467 = 302 + 165 invalid suspected areas, 709 = 289 + 420 invalid cleared ones; 3 and 6 = 5 + 1 without area."""
SIZES = {"suspect": 11068, "cleared": 8329}
UNION_KM2 = {"suspect": 805.7, "cleared": 38.5}


@pytest.fixture(scope="module", params=["suspect", "cleared"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def features(bih_folder: Path, name: str) -> list[Any]:
    text = (bih_folder / f"{name}_areas_simplyfied.geojson").read_text()
    return [feature["geometry"] for feature in json.loads(text)["features"]]


def test_every_fault_that_was_counted_is_found_and_the_outcomes_add_up(features: list[Any], name: str) -> None:
    verdicts = check_all(features)
    codes = Counter(finding.code for verdict in verdicts for finding in verdict.findings)
    assert {code: codes[code] for code in COUNTS[name]} == COUNTS[name]
    kinds = Counter(type(verdict) for verdict in verdicts)
    assert kinds[Sound] + kinds[Repaired] + kinds[Refused] == SIZES[name]
    taken = [v.geometry for v in verdicts if not isinstance(v, Refused)]
    assert shapely.is_valid(taken).all()
    assert area_m2(shapely.union_all(taken)) / 1e6 == pytest.approx(UNION_KM2[name], rel=5e-3)


def test_no_vertex_of_the_real_files_is_left_outside(features: list[Any]) -> None:
    given = [None if f is None else shapely.geometry.shape(f) for f in features]
    for verdict, geometry in zip(check_all(given), given, strict=True):
        if isinstance(verdict, Repaired):
            assert geometry is not None
            near = shapely.buffer(verdict.geometry, 2e-9)
            assert shapely.covers(near, shapely.multipoints(shapely.get_coordinates(geometry)))
            assert verdict.area_m2 >= max(verdict.even_odd_m2, verdict.winding_m2) - 1e-4  # 1 cm2: each union rounds


def test_exact_duplicates_of_the_suspected_areas_are_five(bih_folder: Path) -> None:
    text = (bih_folder / "suspect_areas_simplyfied.geojson").read_text()
    geometries = [f["geometry"] and shapely.geometry.shape(f["geometry"]) for f in json.loads(text)["features"]]
    groups = duplicates(geometries)
    assert sum(len(group) - 1 for group in groups) == 5
    assert all(len({shapely.normalize(geometries[i]).wkb for i in group}) == 1 for group in groups)
