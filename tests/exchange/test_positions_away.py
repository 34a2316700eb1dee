"""Positions beside which a bearing and a distance stand: the place meant lies somewhere within the distance."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from merestone.bulk.position_answers import Question, ScreenReport
from merestone.bulk.position_batches import screen_batches
from merestone.geodesy import distance_m
from merestone.screening import HazardIndex

HAZARD = (17.0, 45.0)
INDEX = HazardIndex.build([shapely.Point(*HAZARD)], [5.0])


def answered(
    columns: dict[str, list[Any]], accuracy_m: float | None = 5.0
) -> tuple[list[str], list[str], ScreenReport]:
    report = ScreenReport()
    batch: Any = pa.RecordBatch.from_pydict(columns)
    [out] = list(screen_batches([batch], INDEX, Question(accuracy_m=accuracy_m, warn_m=50.0), report))
    return out.column("hazard_class").to_pylist(), out.column("hazard_fault").to_pylist(), report


@pytest.mark.parametrize(
    ("bearing", "distance"),
    [
        ({"bearing": [33]}, {"distance_m": [1500]}), ({"Azimuth": ["33"]}, {"Distance": ["1.5 km"]}),
        ({"азимут": ["33"]}, {"расстояние": ["1500 m"]}), ({"azimut": [33.0]}, {"udaljenost_km": [1.5]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accuracy_m", [5.0, None])
def test_a_hazard_within_the_distance_is_never_called_none_recorded(
    bearing: dict[str, list[Any]], distance: dict[str, list[Any]], accuracy_m: float | None
) -> None:
    """2026-11-29: the columns were passed over, and a place 1.4 km from its hazard was answered none recorded."""
    away = {"lon": [17.0], "lat": [45.0126]}
    assert 1390 < distance_m(17.0, 45.0126, *HAZARD) < 1410
    assert answered(away, 5.0)[0] == ["none recorded"]
    classes, _, report = answered(away | bearing | distance, accuracy_m)
    assert classes != ["none recorded"]
    assert any("1 row states a bearing and a distance" in note for note in report.notes)


def test_beyond_the_distance_nothing_is_recorded_and_a_blank_one_changes_nothing() -> None:
    columns: dict[str, list[Any]] = {
        "lon": [17.0, 17.0],
        "lat": [45.03, 45.0126],
        "bearing": [10, None],
        "distance_m": [1500, None],
    }
    classes, _, report = answered(columns)
    assert classes == ["none recorded", "none recorded"]
    assert report.away.rows == 1


def test_a_distance_that_cannot_be_read_leaves_the_answer_unknown() -> None:
    classes, faults, _ = answered({"lon": [17.0], "lat": [45.0126], "bearing": [90], "distance": ["as paced"]})
    assert (classes, faults) == (["unknown"], ["position not readable"])


def test_a_distance_alone_and_our_own_answers_move_nothing() -> None:
    columns: dict[str, list[Any]] = {"lon": [17.0], "lat": [45.0126]}
    classes, _, report = answered(columns | {"distance": [1500]})
    assert classes == ["none recorded"]
    [note] = report.notes
    assert "the distances in distance moved nothing" in note
    assert not answered(columns | {"distance": [None]})[2].notes
    assert answered(columns | {"hazard_distance_m": [1500], "hazard_bearing": [90]})[0] == ["none recorded"]


def test_a_longer_distance_never_answers_less_than_a_shorter_one() -> None:
    rank = {"none recorded": 0, "unknown": 1, "near": 1, "inside": 2}
    distances = np.linspace(0, 3000, 31).tolist()
    many = len(distances)
    columns: dict[str, list[Any]] = {
        "lon": [17.0] * many,
        "lat": [45.0126] * many,
        "bearing": [90] * many,
        "distance_m": distances,
    }
    ranks = [rank[name] for name in answered(columns)[0]]
    assert ranks == sorted(ranks)
    assert {0} < set(ranks)


@pytest.mark.parametrize(
    "remark",
    [
        "bearing 180, 1500 m", "1500 m @ 180", "180/1500 m", "hazard 1.5 km S of this point",
        "1500 m south of the GPS fix", "азимут 180, 1500 м",
    ],
)  # fmt: skip
def test_a_remark_of_how_far_the_place_meant_lies_counts_as_at_import(remark: str) -> None:
    """2026-11-29: only columns counted when points were screened."""
    columns: dict[str, list[Any]] = {"lon": [17.0] * 2, "lat": [45.0126] * 2, "remarks": ["plot 12 b of May", remark]}
    classes, _, report = answered(columns)
    assert classes[0] == "none recorded"
    assert classes[1] != "none recorded"
    assert report.away.rows == 1


@pytest.mark.parametrize(
    "text", ["2026-05-01T10:00:00Z", "house 12 b", "33T YL 08000 75000", "3f2a-11e0", "1500 m2 of oak"]
)
def test_other_texts_with_numbers_move_nothing(text: str) -> None:
    columns: dict[str, list[Any]] = {"lon": [17.0], "lat": [45.0126], "note": [text]}
    assert answered(columns)[0] == ["none recorded"]


def test_a_place_that_is_told_by_another_one_moves_nothing_and_is_told() -> None:
    columns: dict[str, list[Any]] = {
        "lon": [17.0] * 3, "lat": [45.0126] * 3, "remarks": ["600 m N of the bridge", "a bridge", "200 m na sever"],
    }  # fmt: skip
    classes, _, report = answered(columns)
    assert classes == ["none recorded"] * 3
    [note] = report.notes
    assert note.startswith("1 cell describes its position from another place (the first: '600 m N of the bridge')")
