"""Which areas to survey or clear first: PROMETHEE II and weighted sum over a programme's own criteria.

No criterion and no weight is shipped: what matters is the programme's to say. The ranking comes with its sensitivity:
how far a weight may move before the first place changes, and which places each area takes when all weights are shaken.
An unknown value counts as the most pressing one that is held, so that no area falls behind for want of a survey.

Priority is for survey and clearance alone.

Sources: Brans and Vincke, A preference ranking organisation method, Management Science 31 (1985), type V preference and
net flows; Lahdelma and others, SMAA, European Journal of Operational Research 106 (1998), rank acceptability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from merestone.terms import FieldRefused

Floats = NDArray[np.float64]


class Method(StrEnum):
    """How criteria become one score."""

    PROMETHEE = "promethee"
    """Net flow of PROMETHEE II, -1 to 1."""
    WEIGHTED_SUM = "weighted-sum"
    """Weighted mean of values scaled between the least and the most pressing one, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """What makes an area more pressing."""

    name: str
    weight: float
    more_is_pressing: bool = True
    """False for what makes an area less pressing the more of it there is, such as cost."""
    indifference: float = 0.0
    """Two values that differ by no more are equal, in the criterion's own unit (PROMETHEE's q)."""
    preference: float | None = None
    """A difference from which one is fully preferred (PROMETHEE's p); None: the range of the values held."""


@dataclass(frozen=True)
class Ranking:
    """The order of the areas, and how firm it is."""

    method: Method
    areas: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    parts: Floats
    """What each criterion says of each area before weighting, shape (areas, criteria)."""
    unknown: tuple[tuple[str, str], ...]
    """Area and criterion of each value that was not known."""

    @property
    def weights(self) -> Floats:
        """The weights as shares that add up to 1, shape (criteria,)."""
        weights = np.array([criterion.weight for criterion in self.criteria], np.float64)
        shares: Floats = weights / weights.sum()
        return shares

    @property
    def scores(self) -> Floats:
        """The score of each area, shape (areas,); larger is more pressing."""
        scores: Floats = self.parts @ self.weights
        return scores

    @property
    def order(self) -> NDArray[np.int64]:
        """The numbers of the areas, the most pressing first; equals in the order they were given."""
        return np.argsort(-np.round(self.scores, 12), kind="stable").astype(np.int64)


@dataclass(frozen=True, slots=True)
class Stability:
    """Between which shares of the total a criterion's weight may lie while the same area stays first."""

    criterion: str
    weight: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Shaken:
    """The places of each area when all weights are shaken."""

    draws: int
    spread: float
    first: Floats
    """Share of draws in which the area came first, shape (areas,)."""
    best: NDArray[np.int64]
    """The place that at least 95 % of the draws do not better, shape (areas,)."""
    worst: NDArray[np.int64]
    """The place that at least 95 % of the draws do not fall below, shape (areas,)."""


def rank(
    areas: Sequence[str],
    criteria: Sequence[Criterion],
    values: Sequence[Sequence[float]] | Floats,
    *,
    method: Method = Method.PROMETHEE,
) -> Ranking:
    """Rank areas for survey or clearance.

    Parameters
    ----------
    values
        One row an area, one column a criterion, in the criterion's own unit. NaN: not known.

    Raises
    ------
    FieldRefused
        Names given twice, shapes that do not fit, weights that are negative or all 0, a criterion of which no value
        is known, or q and p that are not 0 <= q <= p.

    >>> found = rank(["north", "south"], [Criterion("people", 1.0)], [[10.0], [200.0]])
    >>> found.areas[found.order[0]]
    'south'
    """
    matrix = np.array(values, np.float64).reshape(len(areas), -1)
    _refuse_unusable(areas, criteria, matrix)
    unknown = tuple((areas[row], criteria[column].name) for row, column in np.argwhere(np.isnan(matrix)))
    parts = np.zeros(matrix.shape)
    for column, criterion in enumerate(criteria):
        pressing = matrix[:, column] if criterion.more_is_pressing else -matrix[:, column]
        pressing = np.where(np.isnan(pressing), np.nanmax(pressing), pressing)
        parts[:, column] = _net_flow(pressing, criterion) if method is Method.PROMETHEE else _scaled(pressing)
    return Ranking(method, tuple(areas), tuple(criteria), parts, unknown)


def stability(ranking: Ranking) -> tuple[Stability, ...]:
    """For each criterion, the interval of its weight in which the first area stays first.

    The other weights keep their proportions. The score is linear in the weight, so that the ends are exact.
    """
    weights, leader = ranking.weights, int(ranking.order[0])
    results = []
    for column, criterion in enumerate(ranking.criteria):
        own, others = ranking.parts[:, column], np.delete(weights, column)
        rest = np.delete(ranking.parts, column, axis=1)
        if others.sum() == 0.0:
            results.append(Stability(criterion.name, float(weights[column]), float(weights[column]), 1.0))
            continue
        others_score = rest @ (others / others.sum())
        # leader - other as a line in the share t: lead0 + t (lead1 - lead0) >= 0
        lead0, lead1 = others_score[leader] - others_score, own[leader] - own
        slope = lead1 - lead0
        with np.errstate(divide="ignore", invalid="ignore"):
            zero = -lead0 / slope
        tiny = 1e-12
        least = max((float(t) for t in zero[slope > tiny]), default=0.0)
        most = min((float(t) for t in zero[slope < -tiny]), default=1.0)
        weight = float(weights[column])
        results.append(Stability(criterion.name, weight, min(max(least, 0.0), weight), max(min(most, 1.0), weight)))
    return tuple(results)


def shaken(ranking: Ranking, *, spread: float = 0.5, draws: int = 10_000, seed: int = 1) -> Shaken:
    """Shake every weight by up to `spread` of itself, independently and evenly, and count the places.

    Raises
    ------
    FieldRefused
        A spread outside 0 to 1, or no draws.
    """
    if not 0.0 <= spread <= 1.0:
        raise FieldRefused("spread", spread, "is not a share", "give a number from 0 to 1; 0.5 shakes weights by half")
    if draws < 1:
        raise FieldRefused("draws", draws, "are too few", "draw at least one")
    factor = np.random.default_rng(seed).uniform(1.0 - spread, 1.0 + spread, (draws, len(ranking.criteria)))
    weights = ranking.weights * factor
    total = weights.sum(axis=1, keepdims=True)
    weights = np.where(total > 0.0, weights / np.where(total > 0.0, total, 1.0), ranking.weights)
    scores = np.round(weights @ ranking.parts.T, 12)
    places = np.empty(scores.shape, np.int64)
    np.put_along_axis(
        places, np.argsort(-scores, axis=1, kind="stable"), np.arange(1, scores.shape[1] + 1)[None], axis=1
    )
    best = np.percentile(places, 5, axis=0, method="lower").astype(np.int64)
    worst = np.percentile(places, 95, axis=0, method="higher").astype(np.int64)
    return Shaken(draws, spread, np.mean(places == 1, axis=0), best, worst)


def _net_flow(pressing: Floats, criterion: Criterion) -> Floats:
    """Unicriterion net flow: the mean over the other areas of being preferred less being less preferred."""
    count = len(pressing)
    if count == 1:
        return np.zeros(1)
    full = criterion.preference
    if full is None:
        full = max(float(np.ptp(pressing)), criterion.indifference)
    difference = pressing[:, None] - pressing[None, :]
    if full > criterion.indifference:
        preferred = np.clip((difference - criterion.indifference) / (full - criterion.indifference), 0.0, 1.0)
    else:
        preferred = (difference > criterion.indifference).astype(np.float64)
    flow: Floats = (preferred - preferred.T).sum(axis=1) / (count - 1)
    return flow


def _scaled(pressing: Floats) -> Floats:
    reach = float(np.ptp(pressing))
    scaled: Floats = (pressing - pressing.min()) / reach if reach > 0.0 else np.zeros(len(pressing))
    return scaled


def _finite(criterion: Criterion) -> bool:
    return isfinite(criterion.indifference) and isfinite(criterion.preference or 0.0)


def _refuse_unusable(areas: Sequence[str], criteria: Sequence[Criterion], matrix: Floats) -> None:
    if not areas or not criteria:
        raise FieldRefused("areas, criteria", (len(areas), len(criteria)), "are missing", "give at least one of each")
    if matrix.shape != (len(areas), len(criteria)):
        raise FieldRefused(
            "values", matrix.shape, f"are not {len(areas)} x {len(criteria)}", "one row an area, one column a criterion"
        )
    for what, names in (("area", list(areas)), ("criterion", [criterion.name for criterion in criteria])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FieldRefused(what, twice[0], "is named twice", "give each a name of its own")
    for column, criterion in enumerate(criteria):
        if not (isfinite(criterion.weight) and criterion.weight >= 0.0):
            raise FieldRefused(
                f"weight of {criterion.name}", criterion.weight, "is not a number of 0 or more", "give 0 or more"
            )
        if np.isinf(matrix[:, column]).any() or np.isnan(matrix[:, column]).all():
            raise FieldRefused(
                criterion.name, None, "is unknown for every area, or infinite", "fill the column or leave it out"
            )
        full = criterion.preference
        if not (0.0 <= criterion.indifference <= (float("inf") if full is None else full) and _finite(criterion)):
            thresholds = (criterion.indifference, full)
            raise FieldRefused(
                f"thresholds of {criterion.name}", thresholds, "are not 0 <= q <= p", "give q and p in order"
            )
    if sum(criterion.weight for criterion in criteria) == 0.0:
        raise FieldRefused("weights", 0, "are all 0", "give at least one criterion a weight")
