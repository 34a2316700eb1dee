"""Rankings against a hand-worked case, against laws that hold for all inputs, and their sensitivity by brute force."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from merestone.cli.main import merestone
from merestone.release import Criterion, Method, Ranking, rank, shaken, stability
from merestone.terms import FieldRefused


def made_up(seed: int, areas: int = 6, criteria: int = 3, method: Method = Method.PROMETHEE) -> Ranking:
    draw = np.random.default_rng(seed)
    names = [f"area {number}" for number in range(areas)]
    asked = [Criterion(f"c{number}", float(draw.uniform(0.1, 1)), bool(draw.integers(2))) for number in range(criteria)]
    return rank(names, asked, draw.uniform(0, 100, (areas, criteria)), method=method)


def test_net_flows_of_a_case_worked_by_hand() -> None:
    """Values 0, 5, 10 with p = 10: a beats b by 0.5, c by none; flows are (-1.5, 0, 1.5) / 2."""
    found = rank(["a", "b", "c"], [Criterion("people", 2.0)], [[0.0], [5.0], [10.0]])
    assert found.scores == pytest.approx([-0.75, 0.0, 0.75], abs=1e-12)
    assert [found.areas[number] for number in found.order] == ["c", "b", "a"]


def test_differences_within_indifference_do_not_count() -> None:
    found = rank(["a", "b"], [Criterion("people", 1.0, indifference=5.0, preference=20.0)], [[10.0], [14.0]])
    assert found.scores == pytest.approx([0.0, 0.0], abs=1e-12)


@given(st.integers(0, 10_000))
def test_net_flows_add_up_to_nothing_and_lie_between_minus_one_and_one(seed: int) -> None:
    found = made_up(seed)
    assert found.scores.sum() == pytest.approx(0.0, abs=1e-9)
    assert (np.abs(found.scores) <= 1.0 + 1e-12).all()


@given(st.integers(0, 10_000), st.sampled_from(Method))
def test_more_of_what_is_pressing_never_lowers_an_area(seed: int, method: Method) -> None:
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 100, (5, 2))
    criteria = [Criterion("people", 1.0, preference=100.0), Criterion("cost", 0.5, False, preference=100.0)]
    before = list(rank("abcde", criteria, values, method=method).order).index(2)
    values[2, 0] += 50.0
    after = list(rank("abcde", criteria, values, method=method).order).index(2)
    assert method is Method.WEIGHTED_SUM or after <= before


@given(st.integers(0, 10_000), st.sampled_from(Method))
def test_the_first_stays_first_within_its_interval_and_not_beyond(seed: int, method: Method) -> None:
    found = made_up(seed, method=method)
    leader = int(found.order[0])
    for column, interval in enumerate(stability(found)):
        rest = np.delete(found.weights, column)

        def lead(share: float, column: int = column, rest: np.ndarray = rest) -> float:
            weights = np.insert(rest / rest.sum() * (1 - share), column, share)
            scores = found.parts @ weights
            return float(scores[leader] - np.delete(scores, leader).max())

        for share in np.linspace(interval.least, interval.most, 7):
            assert lead(float(share)) >= -1e-9
        if interval.most < 1.0 - 1e-6:
            assert lead(interval.most + 1e-6) < 1e-9
        if interval.least > 1e-6:
            assert lead(interval.least - 1e-6) < 1e-9


def test_an_unknown_value_counts_as_the_most_pressing_and_is_told() -> None:
    criteria = [Criterion("people", 1.0), Criterion("cost", 1.0, more_is_pressing=False)]
    found = rank(["a", "b", "c"], criteria, [[1.0, 5.0], [float("nan"), 5.0], [9.0, 5.0]])
    assert found.scores[1] == found.scores[2] > found.scores[0]
    assert found.unknown == (("b", "people"),)


def test_weights_that_are_not_shaken_leave_every_place() -> None:
    found = made_up(3)
    still = shaken(found, spread=0.0, draws=50)
    assert still.first[found.order[0]] == 1.0
    assert list(still.best[found.order]) == list(still.worst[found.order]) == [1, 2, 3, 4, 5, 6]


def test_shares_of_first_places_add_up_to_one() -> None:
    assert shaken(made_up(4), spread=1.0, draws=2_000).first.sum() == pytest.approx(1.0)


def test_negative_weights_are_refused() -> None:
    with pytest.raises(FieldRefused, match="weight of people = -1"):
        rank(["a"], [Criterion("people", -1.0)], [[1.0]])


def test_the_command_tells_order_firmness_and_what_is_unknown(tmp_path: Path) -> None:
    path, drawing = tmp_path / "areas.csv", tmp_path / "ranking.svg"
    path.write_text("area,people,cost\nnorth,120,4\nschool hill,300,\n", encoding="utf-8")
    arguments = ["priority", str(path), "--weights", "people=3,cost=1", "--less", "cost", "--plot", str(drawing)]
    told = CliRunner().invoke(merestone, arguments)
    assert told.exit_code == 0, told.output
    assert "For survey and clearance, by promethee" in told.output
    assert "unknown: cost of school hill; counted as the most pressing value held" in told.output
    assert "school hill" in drawing.read_text(encoding="utf-8")


def test_a_cell_that_is_no_number_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("area,people\nnorth,many\n", encoding="utf-8")
    refused = CliRunner().invoke(merestone, ["priority", str(path), "--weights", "people=1"])
    assert "line 2: people = 'many': is not a number" in str(refused.exception)
