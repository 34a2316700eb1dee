"""Criteria from a file and from options rank alike; thresholds against PROMETHEE's type V written out in fractions."""

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from merestone.cli.main import merestone
from merestone.release import Criterion, rank, read_criteria
from merestone.terms import FieldRefused

AREAS = "area,people,cost\nnorth,120,40\nsouth,15,9\nriver,118,20\n"
FILE = """criteria:
- {name: people, weight: 3, indifference: 10, preference: 200}
- {name: cost, weight: 1, more_is_pressing: false}
"""


def type_v(difference: int, q: int, p: int) -> Fraction:
    """Preference of type V, Brans and Vincke 1985: 0 up to q, 1 beyond p, a straight line between them."""
    if difference <= q:
        return Fraction(0)
    return Fraction(1) if difference > p else Fraction(difference - q, p - q)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=8), st.integers(0, 20), st.integers(0, 40))
def test_net_flows_equal_type_v_in_fractions(values: list[int], q: int, more: int) -> None:
    p = q + more
    found = rank(
        [str(number) for number in range(len(values))],
        [Criterion("people", 1.0, indifference=q, preference=p)],
        [[float(value)] for value in values],
    )
    flows = [Fraction(0) for _ in values]
    for one, other in product(range(len(values)), repeat=2):
        flows[one] += type_v(values[one] - values[other], q, p) - type_v(values[other] - values[one], q, p)
    assert found.scores == pytest.approx([float(flow / (len(values) - 1)) for flow in flows], abs=1e-12)


def asked(tmp_path: Path, *options: str) -> dict[str, object]:
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    (tmp_path / "criteria.yaml").write_text(FILE, encoding="utf-8")
    done = CliRunner().invoke(merestone, ["priority", str(tmp_path / "areas.csv"), *options, "--json"])
    assert done.exit_code == 0, done.output
    content: dict[str, object] = json.loads(done.output)
    return content


def test_the_file_and_the_options_give_one_answer(tmp_path: Path) -> None:
    by_options = ["--weights", "people=3,cost=1", "--less", "cost"]
    thresholds = ["--indifference", "people=10", "--preference", "people=200"]
    by_file = asked(tmp_path, "--criteria", str(tmp_path / "criteria.yaml"))
    assert by_file == asked(tmp_path, *by_options, *thresholds)
    assert by_file["areas"] != asked(tmp_path, *by_options)["areas"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"name": "people"}, r"\(people\): weight = None: is not a finite number"),
        ({"name": "people", "weight": True}, "weight = True: is not a finite number"),
        ({"name": "people", "weight": 1, "indiference": 5}, "indiference = 5: is not known; use name, weight"),
        ({"name": "people", "weight": 1, "preference": float("nan")}, "preference = nan: is not a finite number"),
        ({"name": "people", "weight": 1, "more_is_pressing": "no"}, "more_is_pressing = 'no': is neither"),
        ({"weight": 1}, "criterion 1: name = None: is not a name"),
        ("people", "criterion 1 = 'people': is not a criterion"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(row: object, why: str) -> None:
    with pytest.raises(FieldRefused, match=why):
        read_criteria({"criteria": [row]}, origin="mine.yaml")


@pytest.mark.parametrize("content", [{}, {"criteria": []}, {"criteria": {"name": "people"}}])
def test_a_file_without_criteria_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(FieldRefused, match="is not a list of criteria"):
        read_criteria(content, origin="mine.yaml")


@pytest.mark.parametrize(("q", "p"), [(5.0, 4.0), (-1.0, None), (float("nan"), None), (0.0, float("nan"))])
def test_thresholds_out_of_order_or_not_finite_are_refused(q: float, p: float | None) -> None:
    with pytest.raises(FieldRefused, match="are not 0 <= q <= p"):
        rank(["a", "b"], [Criterion("people", 1.0, indifference=q, preference=p)], [[1.0], [2.0]])


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "give --weights or --criteria"),
        (["--weights", "people=1", "--criteria", "criteria.yaml"], "give --weights or --criteria"),
        (["--criteria", "criteria.yaml", "--less", "cost"], "are written in that file"),
        (["--weights", "people=1", "--indifference", "cost=1"], "'cost' has no weight"),
        (
            ["--weights", "people=1", "--preference", "people=1", "--method", "weighted-sum"],
            "thresholds are PROMETHEE's",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path: Path, options: list[str], why: str) -> None:
    path = tmp_path / "areas.csv"
    path.write_text(AREAS, encoding="utf-8")
    refused = CliRunner().invoke(merestone, ["priority", str(path), *options])
    assert refused.exit_code == 2
    assert why in " ".join(refused.output.split())
