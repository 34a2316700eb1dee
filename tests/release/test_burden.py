"""The price of contamination: arithmetic by hand, bounds that hold for all draws, and no figure of our own."""

import json
import math
import re
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from merestone.cli.burden import EXAMPLE
from merestone.cli.main import merestone
from merestone.documents.briefing import Clearing as BriefingsClearing
from merestone.release import ASSUMPTIONS, Assumed, Clearing, burden, percentile_of, read_assumptions
from merestone.release.burden import REQUIRED
from merestone.terms import FieldRefused

START = date(2027, 1, 1)


def given_figures(**figures: Any) -> dict[str, Any]:
    """Assumptions with one value each, or (low, likely, high)."""
    found: dict[str, Any] = {}
    for name, figure in figures.items():
        low, likely, high = figure if isinstance(figure, tuple) else (figure,) * 3
        found[name] = {"low": low, "likely": likely, "high": high, "source": "made up for the test"}
    return found


FIGURES = given_figures(m2_per_team_day=(100, 200, 300), cost_per_m2=(1, 2, 3))
BASIC = given_figures(m2_per_team_day=200, teams=4, people_per_team=10, days_per_year=180)


def test_without_ranges_it_is_the_arithmetic_by_hand() -> None:
    found = burden(
        1_000_000.0,
        read_assumptions(
            BASIC | given_figures(released_by_survey=0.25, cost_per_m2=2, survey_cost_per_m2=0.5), origin="t"
        ),
        starts_on=START,
        draws=7,
    )
    to_clear_m2 = Fraction(750_000)
    team_days = to_clear_m2 / 200
    assert set(found.to_clear_m2) == {float(to_clear_m2)}
    assert found.team_days[0] == pytest.approx(float(team_days))
    assert found.person_days[0] == pytest.approx(float(team_days * 10))
    assert found.years[0] == pytest.approx(float(team_days / 4 / 180))
    assert found.cost is not None
    assert found.cost[0] == pytest.approx(750_000 * 2 + 1_000_000 * 0.5)
    assert found.ends_on(50) == START + timedelta(days=math.ceil(float(team_days / 4 / 180) * 365.2425))


def test_it_is_the_briefings_own_arithmetic() -> None:
    clearing = Clearing(1_000_000.0, 200.0, 4, 180)
    found = burden(1_000_000.0, read_assumptions(BASIC, origin="t"), starts_on=START, draws=1)
    assert BriefingsClearing is Clearing
    assert (clearing.team_days, clearing.years) == (found.team_days[0], found.years[0])


def test_without_a_cost_no_cost_is_told() -> None:
    assert burden(1.0, read_assumptions(BASIC, origin="t"), starts_on=START, draws=3).cost is None


triangles = st.tuples(*[st.floats(1.0, 500.0)] * 3).map(lambda three: tuple(sorted(three)))


@given(area_m2=st.floats(1.0, 1e9), rate=triangles, share=st.tuples(*[st.floats(0.0, 1.0)] * 3).map(sorted))
def test_every_draw_stays_within_what_the_user_gave(
    area_m2: float, rate: tuple[float, float, float], share: list[float]
) -> None:
    content = BASIC | given_figures(m2_per_team_day=rate, released_by_survey=tuple(share))
    found = burden(area_m2, read_assumptions(content, origin="t"), starts_on=START, draws=200)
    least, most = area_m2 * (1 - share[2]) / rate[2], area_m2 * (1 - share[0]) / rate[0]
    assert found.team_days.min() >= least * (1 - 1e-12)
    assert found.team_days.max() <= most * (1 + 1e-12)
    p10, p50, p90 = (percentile_of(found.years, share) for share in (10, 50, 90))
    assert p10 <= p50 <= p90


@given(factor=st.floats(1.01, 50.0))
def test_more_land_is_never_cheaper_or_quicker(factor: float) -> None:
    content = read_assumptions(
        BASIC | given_figures(m2_per_team_day=(100, 200, 300), cost_per_m2=(1, 2, 3)), origin="t"
    )
    less, more = (burden(10_000.0 * times, content, starts_on=START, draws=100) for times in (1.0, factor))
    assert (more.years > less.years).all()
    assert less.cost is not None
    assert more.cost is not None
    assert (more.cost > less.cost).all()


def test_the_median_of_a_triangle_is_its_own() -> None:
    """Closed form of the triangular distribution, (low, likely, high) = (100, 200, 400)."""
    content = read_assumptions(BASIC | given_figures(m2_per_team_day=(100, 200, 400)), origin="t")
    found = burden(1_000_000.0, content, starts_on=START, draws=200_000)
    median_rate = 400 - math.sqrt(300 * 200 / 2)
    assert percentile_of(found.team_days, 50) == pytest.approx(1_000_000 / median_rate, rel=0.005)


def test_the_order_of_writing_changes_nothing_and_the_seed_does() -> None:
    content = BASIC | given_figures(m2_per_team_day=(100, 200, 300), days_per_year=(100, 150, 200))
    one = burden(1e5, read_assumptions(content, origin="t"), starts_on=START, draws=50)
    two = burden(1e5, read_assumptions(dict(reversed(content.items())), origin="t"), starts_on=START, draws=50)
    other = burden(1e5, read_assumptions(content, origin="t"), starts_on=START, draws=50, seed=2)
    assert np.array_equal(one.years, two.years)
    assert not np.array_equal(one.years, other.years)


@pytest.mark.parametrize("name", REQUIRED)
def test_nothing_is_assumed_for_the_user(name: str) -> None:
    with pytest.raises(FieldRefused, match=name):
        read_assumptions({key: value for key, value in BASIC.items() if key != name}, origin="mine")


@pytest.mark.parametrize(
    "wrong",
    [
        {"m2_per_team_day": {"value": 200}},
        {"m2_per_team_day": {"value": 0, "source": "s"}},
        {"m2_per_team_day": {"low": 3, "likely": 2, "high": 4, "source": "s"}},
        {"m2_per_team_day": {"value": math.inf, "source": "s"}},
        {"m2_per_team_day": {"value": math.nan, "source": "s"}},
        {"m2_per_team_day": 200},
        {"released_by_survey": {"value": 1.1, "source": "s"}},
        {"days_per_year": {"value": 400, "source": "s"}},
        {"soil": {"value": 1, "source": "s"}},
        {"teams": {"low": 1, "likely": "many", "high": 3, "source": "s"}},
    ],
)
def test_a_figure_that_cannot_be_or_has_no_source_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FieldRefused, match=next(iter(wrong))):
        read_assumptions(BASIC | wrong, origin="mine")


def test_a_completely_released_area_takes_no_clearance() -> None:
    found = burden(1e5, read_assumptions(BASIC | given_figures(released_by_survey=1), origin="t"), starts_on=START)
    assert found.years.max() == 0.0


def test_an_end_beyond_the_calendar_is_no_day() -> None:
    found = burden(1e15, read_assumptions(BASIC, origin="t"), starts_on=START, draws=2)
    assert found.ends_on(50) is None


SQUARE = {
    "type": "Feature",
    "properties": {},
    "geometry": json.loads(shapely.to_geojson(shapely.box(28.0, 56.1, 28.01, 56.11))),
}


def written(folder: Path, feature: dict[str, Any]) -> tuple[Path, Path]:
    area, figures = folder / "area.geojson", folder / "figures.yaml"
    area.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, feature]}), encoding="utf-8")
    figures.write_text(EXAMPLE, encoding="utf-8")
    return area, figures


def test_the_command_tells_time_cost_people_and_law(tmp_path: Path) -> None:
    area, figures = written(tmp_path, SQUARE)
    command = ["burden", str(area), "--assume", str(figures), "--starts", "2027-01-04", "--json"]
    done = CliRunner().invoke(merestone, [*command, "--state", "BIH"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["area_m2"] == pytest.approx(692_000, rel=0.01), "an outline given twice counts once"
    assert told["years"]["p10"] <= told["years"]["p50"] <= told["years"]["p90"]
    assert re.match(r"\d{4}-\d\d-\d\d", told["due_on"])
    assert 0.0 <= told["on_time"] <= 1.0
    assert told["people"][0]["within_m"] == 1000.0
    assert all(one["source"] for one in told["assumptions"].values())
    assert "speaks for no use of any weapon" in told["meaning"]


def test_where_no_place_is_held_people_are_unknown_and_not_none(tmp_path: Path) -> None:
    far = SQUARE | {"geometry": json.loads(shapely.to_geojson(shapely.box(0.0, 0.1, 0.01, 0.11)))}
    area, figures = written(tmp_path, far)
    done = CliRunner().invoke(merestone, ["burden", str(area), "--assume", str(figures)])
    assert done.exit_code == 0, done.output
    assert "people nearby: unknown, not none" in done.output
    assert "due on: not known" in done.output


def test_no_listed_place_is_not_told_as_nobody(tmp_path: Path) -> None:
    area, figures = written(tmp_path, SQUARE)
    places = tmp_path / "places.csv"
    places.write_text("name,state,lon_deg,lat_deg,population\nNear,LVA,28.03,56.1,\n", encoding="utf-8")
    done = CliRunner().invoke(
        merestone, ["burden", str(area), "--assume", str(figures), "--places", str(places), "--within-km", "1"]
    )
    assert "within 1 km: no listed place; who lives outside of one is not counted" in done.output
    done = CliRunner().invoke(
        merestone, ["burden", str(area), "--assume", str(figures), "--places", str(places), "--within-km", "3"]
    )
    assert "in 1 listed place, and 1 place without a figure" in done.output


def test_a_state_without_a_dated_duty_is_told_so(tmp_path: Path) -> None:
    area, figures = written(tmp_path, SQUARE)
    done = CliRunner().invoke(merestone, ["burden", str(area), "--assume", str(figures), "--state", "RUS"])
    assert done.exit_code == 0, done.output
    assert "due on: not known; no dated duty of RUS to clear" in done.output


def test_the_shipped_example_is_synthetic_and_complete() -> None:
    content = yaml.safe_load(EXAMPLE)
    assert "SYNTHETIC" in content["label"]
    assert set(read_assumptions(content["assumptions"], origin="example")) == set(ASSUMPTIONS)
    assert isinstance(read_assumptions(content["assumptions"], origin="example")["teams"], Assumed)
