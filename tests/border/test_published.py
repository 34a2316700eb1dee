"""Published lengths: their sums, and an explanation for each difference."""

import pytest

from merestone.border import (
    border_length,
    compared,
    five_states_lengths,
    packaged_border,
    published_lengths,
    series_sum_km,
)
from merestone.terms import RowRefused


def test_the_published_sums_are_those_known() -> None:
    assert series_sum_km("cia") == 3611
    assert series_sum_km("national") == pytest.approx(3715.3, abs=0.05)
    with pytest.raises(RowRefused, match="no figure for"):
        series_sum_km("nobody")


def test_every_published_length_has_a_source_and_an_explanation() -> None:
    lengths = {each.pair: each for each in five_states_lengths()} | {
        "NOR-RUS": border_length(packaged_border("NOR-RUS"))
    }
    for published in published_lengths():
        found = compared(published, lengths[published.pair])
        assert published.source
        assert found.explanation


def test_the_finnish_survey_s_figure_holds_the_territorial_sea() -> None:
    measured = next(each for each in five_states_lengths() if each.pair == "FIN-RUS")
    survey = next(each for each in published_lengths() if each.published_by.startswith("National Land Survey"))
    whole_m = measured.land.length_m + measured.lagoon_m + measured.sea_m
    assert whole_m / 1000 == pytest.approx(survey.km, rel=0.01)
    assert "territorial sea" in compared(survey, measured).explanation


def test_an_old_short_figure_is_that_of_a_coarse_line() -> None:
    measured = next(each for each in five_states_lengths() if each.pair == "EST-RUS")
    common = next(each for each in published_lengths() if each.pair == "EST-RUS" and each.km == 294)
    found = compared(common, measured)
    assert found.resolution_m == pytest.approx(1000, rel=0.1)
    assert "left out" in found.explanation
