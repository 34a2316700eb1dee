"""Words that misled, each with its rule."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from merestone.cli.main import merestone
from merestone.geodesy import parse_position
from merestone.register import Entry, Register
from merestone.screening import HazardIndex, screen
from merestone.terms import FieldRefused, RecordKind


def run(*args: object) -> Result:
    return CliRunner().invoke(merestone, [str(arg) for arg in args], standalone_mode=False)


@given(beyond=st.floats(1e-9, 0.0009), lon=st.floats(-90, 90))
def test_a_latitude_just_beyond_the_pole_is_out_of_range_and_no_longitude(beyond: float, lon: float) -> None:
    """2026-11-28: 90.0000001 N was answered with "axes seem swapped", or screened at longitude 90."""
    index = HazardIndex.build([box(17, 44, 18, 45)], 5.0)
    assert screen(index, [lon], [90.0 + beyond], 5.0).fault.tolist() == [2]
    with pytest.raises(FieldRefused, match="a latitude is at most 90"):
        parse_position(f"{90.0 + beyond:.9f}, {lon:.6f}")


def test_a_longitude_in_the_place_of_the_latitude_is_still_noticed() -> None:
    index = HazardIndex.build([box(17, 44, 18, 45)], 5.0)
    assert screen(index, [17.0], [100.0], 5.0).fault.tolist() == [3]
    assert parse_position("100.5, 17.1").lon_deg == 100.5


def test_old_data_is_not_taken_for_data_of_today(tmp_path: Path) -> None:
    """2026-11-28: "data of 2026-11-28" was the day of writing; the survey was two years older."""
    path = tmp_path / "r.gpkg"
    with Register.create(path) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 0.01, 0.01), 5.0, data_on=date(2024, 7, 31)))
    for arguments in (["export", path, "-o", tmp_path / "x.geojson"], ["pack", path, "-o", tmp_path / "x.pack"]):
        assert "data from: 2024-07-31; register last written to on 20" in run(*arguments).output


def test_an_empty_public_pack_is_not_called_unfit_for_publication(tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    with Register.create(path):
        pass
    assert "not for publication" not in run("pack", path, "-o", tmp_path / "x.pack").output


def test_a_point_hazard_has_no_edge_to_be_0_m_from(tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    with Register.create(path) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.record(Entry(RecordKind.ACCIDENT, Point(17, 45), 5.0))
    told = run("screen", path, "--lon", "17", "--lat", "45", "--accuracy-m", "5").output
    assert told.startswith("Inside")
    assert " 0 m from its edge" not in told


@pytest.mark.parametrize("bbox", [("nan", 1, 2, 3), (0, 10, 1, 5), (3, 0, 2, 1), ("inf", 0, 2, 1)])
def test_a_box_that_is_none_is_refused(tmp_path: Path, bbox: tuple[object, ...]) -> None:
    """2026-11-28: `list --bbox nan` was ignored, and a south above the north gave "no records"."""
    path = tmp_path / "r.gpkg"
    with Register.create(path):
        pass
    assert "give west, south, east and north" in str(run("list", path, "--bbox", *bbox).exception)
