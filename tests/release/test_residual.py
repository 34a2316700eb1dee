"""The closed forms against published figures, against scipy and against exact fractions."""

from fractions import Fraction
from math import comb, exp, fsum

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from merestone.cli.main import merestone
from merestone.release import residual as forms
from merestone.terms import FieldRefused

shares = st.floats(0.01, 0.99)


@pytest.mark.parametrize(("items", "expected"), [(1, 0.910), (3, 0.754), (5, 0.624), (10, 0.389)])
def test_area_sampling_gives_the_published_figures(items: int, expected: float) -> None:
    assert forms.area_sample_pass(items, 0.10, 0.9).value == pytest.approx(expected, abs=5e-4)


def test_consumers_risk_of_a_tenth_with_five_items_needs_two_fifths_of_the_ground() -> None:
    assert forms.share_to_sample(5, 0.9, 0.10).value == pytest.approx(0.410, abs=5e-4)


def test_a_risk_out_of_reach_is_told() -> None:
    assert forms.share_to_sample(1, 0.5, 0.1).further["within_reach"] is False


@pytest.mark.parametrize(("defective", "expected"), [(1, 0.900), (3, 0.728), (5, 0.589), (10, 0.344)])
def test_hypergeometric_gives_the_published_figures(defective: int, expected: float) -> None:
    assert forms.hypergeometric_pass(400, 40, defective).value == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("rate", "none", "one"),
    [(0.005, 0.778, 0.974), (0.01, 0.605, 0.911), (0.02, 0.364, 0.736), (0.05, 0.077, 0.279)],
)
def test_binomial_gives_the_published_figures(rate: float, none: float, one: float) -> None:
    assert forms.binomial_pass(50, rate, 0).value == pytest.approx(none, abs=5e-4)
    assert forms.binomial_pass(50, rate, 1).value == pytest.approx(one, abs=5e-4)


def test_what_is_left_gives_the_published_figures() -> None:
    cleared = forms.residual(20, 0.99)
    assert cleared.value == pytest.approx(0.20, abs=1e-12)
    assert cleared.further["at_least_one"] == pytest.approx(0.181, abs=5e-4)
    passed = forms.residual(20, 0.99, 0.1, 0.9)
    assert passed.value == pytest.approx(0.182, abs=1e-12)
    assert passed.further["at_least_one"] == pytest.approx(0.166, abs=5e-4)


@pytest.mark.parametrize(("sampled", "expected"), [(0.1, 0.0732), (0.4, 0.0275)])
def test_a_bad_process_hides_behind_a_pass_as_published(sampled: float, expected: float) -> None:
    found = forms.bad_process_after_pass(
        bad=0.1, expected=20, clearance_good=0.99, clearance_bad=0.80, share_sampled=sampled, detection=0.9
    )
    assert found.value == pytest.approx(expected, abs=5e-5)


def test_a_posterior_just_above_the_threshold_does_not_pass() -> None:
    """The lesson prints 0.050 and calls it exactly at the threshold; 3/59.666... is above 1/20."""
    exact = Fraction(15, 100) * Fraction(3, 10) / (Fraction(15, 100) * Fraction(3, 10) + Fraction(85, 100))
    found = forms.posterior(0.15, 0.3, 0.05)
    assert exact > Fraction(5, 100)
    assert found.value == pytest.approx(float(exact), rel=1e-14)
    assert found.further["passes"] is False
    assert forms.posterior(0.15, 2, 0.05).value == pytest.approx(0.261, abs=5e-4)
    assert forms.posterior(0.15, 0.29, 0.05).further["passes"] is True


def test_search_is_shared_out_as_published_and_leaves_nothing_to_release() -> None:
    found = forms.allocate_search([0.4, 0.3, 0.2, 0.1], [0.02, 0.013, 0.015, 0.008], 120, threshold=0.05)
    assert found.further["effort"] == pytest.approx((62.2, 40.4, 17.5, 0.0), abs=0.06)
    assert found.further["posteriors"] == pytest.approx((0.161, 0.202, 0.161, 0.100), abs=5e-4)
    assert found.value == pytest.approx(0.0023, abs=5e-5)
    assert found.further["passes"] == (False, False, False, False)


@pytest.mark.parametrize(("tools", "expected"), [(1, 0.9), (2, 0.99), (3, 0.999)])
def test_independent_tools_multiply_their_misses(tools: int, expected: float) -> None:
    assert forms.tools_together(0.9, tools).value == pytest.approx(expected, rel=1e-12)


@given(st.data(), st.integers(1, 300))
def test_hypergeometric_agrees_with_scipy_and_with_exact_fractions(data: st.DataObject, lots: int) -> None:
    sampled, bad = data.draw(st.integers(0, lots)), data.draw(st.integers(0, lots))
    accept = data.draw(st.integers(0, 5))
    found = forms.hypergeometric_pass(lots, sampled, bad, accept).value
    exact = sum(Fraction(comb(bad, d) * comb(lots - bad, sampled - d), comb(lots, sampled)) for d in range(accept + 1)
                if d <= sampled)  # fmt: skip
    assert found == pytest.approx(float(exact), rel=1e-12)
    assert found == pytest.approx(float(hypergeom.cdf(accept, lots, bad, sampled)), rel=1e-8, abs=1e-12)


@given(st.integers(0, 400), shares, st.integers(0, 10))
def test_binomial_agrees_with_scipy(sampled: int, rate: float, accept: int) -> None:
    found = forms.binomial_pass(sampled, rate, accept).value
    assert found == pytest.approx(float(binom.cdf(accept, sampled, rate)), rel=1e-9, abs=1e-14)


@given(shares, st.floats(0.001, 1.0), shares)
def test_the_effort_asked_for_brings_the_posterior_to_the_threshold(
    prior: float, rate: float, threshold: float
) -> None:
    effort = forms.effort_to_threshold(prior, rate, threshold)
    searched = forms.allocate_search([prior], [rate], effort.value).further["posteriors"]
    assert isinstance(searched, tuple)
    assert searched[0] == pytest.approx(min(prior, threshold), rel=1e-9)


@given(st.lists(st.tuples(shares, st.floats(0.001, 0.5)), min_size=2, max_size=8), st.floats(0, 500), st.data())
def test_no_shift_of_effort_between_areas_finds_more(
    areas: list[tuple[float, float]], effort: float, data: st.DataObject
) -> None:
    priors, rates = zip(*areas, strict=True)
    spent = forms.allocate_search(priors, rates, effort).further["effort"]
    assert isinstance(spent, tuple)
    assert sum(spent) == pytest.approx(effort, rel=1e-9, abs=1e-9)

    def found(each: list[float]) -> float:
        return fsum(p * (1 - exp(-a * z)) for p, a, z in zip(priors, rates, each, strict=True))

    giver, taker = data.draw(st.permutations(range(len(areas))))[:2]
    moved = list(spent)
    step = data.draw(st.floats(0, 1)) * moved[giver]
    moved[giver], moved[taker] = moved[giver] - step, moved[taker] + step
    assert found(moved) <= found(list(spent)) + 1e-9


def test_a_share_given_as_per_cent_is_refused_with_advice() -> None:
    with pytest.raises(FieldRefused, match=r"share_sampled = 10: is not a share; .* 0\.1 for 10 %"):
        forms.area_sample_pass(5, 10, 0.9)


def test_the_command_prints_inputs_and_assumptions_beside_the_answer() -> None:
    arguments = ["residual", "posterior", "--prior", "0.15", "--ratio", "0.3", "--threshold", "0.05"]
    told = CliRunner().invoke(merestone, arguments).output
    for part in ("0.05028", "passes: no", "prior p: 0.15", "compared unrounded", "lesson 05.7"):
        assert part in told
