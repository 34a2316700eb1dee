"""`merestone screen` answers in words, JSON and exit codes that a script can trust."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.main import merestone
from merestone.register import Register


def run(exercise: Path, *args: str) -> Result:
    return CliRunner().invoke(merestone, ["screen", str(exercise), *args], standalone_mode=False)


def test_a_place_inside_is_danger_and_says_so(exercise: Path) -> None:
    result = run(exercise, "--lon", "0.001", "--lat", "0.001", "--accuracy-m", "10")
    assert result.return_value == DANGER
    assert result.output.startswith("Inside a recorded suspected hazardous area.")
    assert "synthetic" in result.output


def test_a_far_place_is_none_recorded_only_with_its_accuracy(exercise: Path) -> None:
    far = ("--position", "2 N 2 E", "--accuracy-m", "10")
    result = run(exercise, *far, "--json")
    assert (result.return_value, json.loads(result.output)["class"]) == (DONE, "none recorded")
    assert run(exercise, *far[:2]).return_value == UNKNOWN


@pytest.mark.parametrize(("lon", "lat", "wrong"), [("5", "95", "Latitude 95"), ("-180.5", "5", "Longitude -180.5")])
def test_a_place_out_of_range_is_unknown_and_says_which_number_is_wrong(
    exercise: Path, lon: str, lat: str, wrong: str
) -> None:
    result = run(exercise, "--lon", lon, "--lat", lat, "--accuracy-m", "10")
    assert (result.return_value, result.output.splitlines()[0]) == (UNKNOWN, "Unknown.")
    assert f"{wrong} is out of range" in result.output


def test_many_places_are_screened_and_counted(exercise: Path, tmp_path: Path) -> None:
    points = tmp_path / "p.csv"
    points.write_text("lon,lat\n0.001,0.001\n,\n2,2\n")
    result = run(exercise, "--points", str(points), "--accuracy-m", "5", "-o", str(tmp_path / "o.csv"), "--json")
    told = json.loads(result.output)
    assert result.return_value == DANGER
    assert told["classes"] == {"inside": 1, "none recorded": 1, "unknown": 1}
    assert told["faults"] == {"position missing": {"rows": 1, "first_rows": [2]}}


@pytest.mark.parametrize("args", [[], ["--lon", "1"], ["--lon", "1", "--lat", "1", "--position", "1 1"]])
def test_a_question_without_one_place_is_a_usage_error(exercise: Path, args: list[str]) -> None:
    result = run(exercise, *args)
    assert "give one of" in str(result.exception)


def test_a_clock_that_lies_behind_the_register_is_said_and_hides_nothing(
    exercise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found 2026-11-28: with the clock in the year 2000 the answer was "none recorded" inside a recorded hazard."""
    place = ("--lon", "0.001", "--lat", "0.001", "--accuracy-m", "10")
    expected = run(exercise, *place)
    was_opened = Register.open

    def open_in_2000(path: Path, *, read_only: bool = False) -> Register:
        return was_opened(path, read_only=read_only, clock=lambda: datetime(2000, 1, 1, tzinfo=UTC))

    monkeypatch.setattr(Register, "open", open_in_2000)
    result = run(exercise, *place)
    assert result.return_value == expected.return_value == DANGER
    assert result.output.splitlines()[0] == expected.output.splitlines()[0]
    assert "This computer's clock says 2000-01-01, but the register was last written on" in result.output
    assert "clock" not in expected.output
