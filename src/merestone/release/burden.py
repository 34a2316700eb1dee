"""What clearing an area would take in time, money and people: the price of contamination.

For those who decide, before and after: what lies in the ground is paid for by those who take it out again, and by those
who live beside it meanwhile. Every figure that it rests on is the user's own and carries a source; none is shipped. It
takes no military quantity, ranks no place, and speaks for no use of any weapon.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from merestone.terms import FieldRefused

DRAWS: Final = 10_000
DAYS_IN_YEAR: Final = 365.2425
"""Days in a mean year of the Gregorian calendar."""

Number = TypeVar("Number", float, NDArray[np.float64])


def team_days_of(area_m2: Number, rate_m2_per_day: Number) -> Number:
    """Days of one team: area over what one team clears in a day."""
    return area_m2 / rate_m2_per_day


def years_of(team_days: Number, teams: Number, days_per_year: Number) -> Number:
    """Years with all teams: days of one team, shared among the teams, over their working days in a year."""
    return team_days / teams / days_per_year


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a reader assumes about clearing an area, without a range. None of it is ours."""

    area_m2: float
    rate_m2_per_day: float
    """What one team clears in a day."""
    teams: int
    days_per_year: int
    cost_per_m2: float | None = None
    currency: str = ""

    def __post_init__(self) -> None:
        for name in ("area_m2", "rate_m2_per_day", "teams", "days_per_year"):
            if not getattr(self, name) > 0:
                raise FieldRefused(
                    name, getattr(self, name), "is not greater than 0", "give your programme's own figure"
                )

    @property
    def team_days(self) -> float:
        """Days of one team."""
        return team_days_of(self.area_m2, self.rate_m2_per_day)

    @property
    def years(self) -> float:
        """Years with all teams."""
        return years_of(self.team_days, float(self.teams), float(self.days_per_year))


@dataclass(frozen=True, slots=True)
class Assumed:
    """A figure of the user's own, as a triangle from low over likely to high, and where it comes from."""

    low: float
    likely: float
    high: float
    source: str

    def drawn(self, draws: int, draw: np.random.Generator) -> NDArray[np.float64]:
        """Draws from the triangle, shape (draws,)."""
        if self.low == self.high:
            return np.full(draws, self.low)
        return draw.triangular(self.low, self.likely, self.high, draws)

    def __str__(self) -> str:
        figures = f"{self.likely:g}" if self.low == self.high else f"{self.low:g} / {self.likely:g} / {self.high:g}"
        return f"{figures} ({self.source})"


_BOUNDS: Final[Mapping[str, tuple[float, float, str]]] = {
    "m2_per_team_day": (math.ulp(0.0), math.inf, "m2 that one team clears in a working day"),
    "teams": (1.0, math.inf, "teams at work"),
    "people_per_team": (1.0, math.inf, "people in a team"),
    "days_per_year": (1.0, 366.0, "working days in a year"),
    "released_by_survey": (0.0, 1.0, "share of the area that survey cancels or reduces, 0 to 1"),
    "cost_per_m2": (0.0, math.inf, "cost of clearing a square metre, in your currency"),
    "survey_cost_per_m2": (0.0, math.inf, "cost of surveying a square metre of the whole area, in your currency"),
}
REQUIRED: Final = ("m2_per_team_day", "teams", "people_per_team", "days_per_year")
ASSUMPTIONS: Final = {name: what for name, (_, _, what) in _BOUNDS.items()}
"""Each assumption by its name, with what it is. `REQUIRED` ones have no default; without the others nothing is said of
their subject: no share is released by survey, and no cost is told."""


def read_assumptions(content: Mapping[str, Any], *, origin: str) -> dict[str, Assumed]:
    """Assumptions from a mapping of names to ``{low, likely, high, source}`` or ``{value, source}``.

    Raises
    ------
    FieldRefused
        An unknown name, a missing one, no source, low over likely over high, or a figure that cannot be.
    """
    if unknown := sorted(set(content) - set(_BOUNDS)):
        raise FieldRefused(
            f"{origin}: {unknown[0]}", content[unknown[0]], "is not an assumption", f"use {', '.join(_BOUNDS)}"
        )
    if missing := [name for name in REQUIRED if name not in content]:
        remedy = "give your programme's own figure and its source; nothing is assumed for you"
        raise FieldRefused(f"{origin}: {missing[0]}", None, "is missing", remedy)
    return {name: _assumed(name, figure, origin=origin) for name, figure in content.items()}


def _assumed(name: str, figure: Any, *, origin: str) -> Assumed:
    place = f"{origin}: {name}"
    least, most, what = _BOUNDS[name]
    if not isinstance(figure, Mapping):
        raise FieldRefused(place, figure, "is not a figure with a source", "write {value: ..., source: ...}")
    source = str(figure.get("source") or "").strip()
    if not source:
        raise FieldRefused(place, figure, "has no source", "say where the figure comes from, even if it is a guess")
    try:
        low, likely, high = (float(figure[key]) for key in (("value",) * 3 if "value" in figure else _TRIANGLE))
    except (KeyError, TypeError, ValueError):
        raise FieldRefused(
            place, figure, "is not a figure", "write value, or low, likely and high, as numbers"
        ) from None
    if not least <= low <= likely <= high <= most or not math.isfinite(high):
        remedy = f"{what}: low, likely and high in this order"
        raise FieldRefused(place, (low, likely, high), "cannot be", remedy)
    return Assumed(low, likely, high, source)


_TRIANGLE: Final = ("low", "likely", "high")


@dataclass(frozen=True)
class Burden:
    """What was drawn, one figure a draw, each of shape (draws,)."""

    area_m2: float
    assumptions: Mapping[str, Assumed]
    starts_on: date
    due_on: date | None
    seed: int
    to_clear_m2: NDArray[np.float64]
    team_days: NDArray[np.float64]
    person_days: NDArray[np.float64]
    years: NDArray[np.float64]
    cost: NDArray[np.float64] | None
    """In the user's currency; None: no cost was given."""

    def ends_on(self, percentile: float) -> date | None:
        """The day by which so many per cent of the draws are done, rounded to the later; None: after the year 9999."""
        days = math.ceil(percentile_of(self.years, percentile) * DAYS_IN_YEAR)
        try:
            return self.starts_on + timedelta(days=days)
        except OverflowError:
            return None

    @property
    def on_time(self) -> float | None:
        """Share of the draws that are done by the due day; None if no day was given."""
        if self.due_on is None:
            return None
        return float(np.mean(self.years * DAYS_IN_YEAR <= (self.due_on - self.starts_on).days))


def burden(
    area_m2: float,
    assumptions: Mapping[str, Assumed],
    *,
    starts_on: date,
    due_on: date | None = None,
    draws: int = DRAWS,
    seed: int = 1,
) -> Burden:
    """Draw what clearing an area takes.

    Each assumption is drawn once a draw and apart from the others. Time is that of clearance alone: survey, training,
    procurement and waiting come on top, and are not told.

    Parameters
    ----------
    area_m2
        Geodesic area, above 0.
    assumptions
        As `read_assumptions` gives them.
    due_on
        The day by which the law has it done. None: none is known.
    seed
        The same seed gives the same draws.

    Raises
    ------
    FieldRefused
        No area, or no draws.
    """
    if not (math.isfinite(area_m2) and area_m2 > 0.0):
        raise FieldRefused("area_m2", area_m2, "is not an area", "draw or import an outline that encloses an area")
    if draws < 1:
        raise FieldRefused("draws", draws, "are too few", "draw at least one; 10,000 give steady percentiles")
    draw = np.random.default_rng(seed)
    # In the order of the table, so that the same seed gives the same draws whatever order the user wrote them in.
    drawn = {name: assumptions[name].drawn(draws, draw) for name in _BOUNDS if name in assumptions}
    released = drawn.get("released_by_survey", np.zeros(draws))
    to_clear_m2 = area_m2 * (1.0 - released)
    team_days = team_days_of(to_clear_m2, drawn["m2_per_team_day"])
    cost = None
    if "cost_per_m2" in drawn:
        cost = to_clear_m2 * drawn["cost_per_m2"]
        if "survey_cost_per_m2" in drawn:
            cost = cost + area_m2 * drawn["survey_cost_per_m2"]
    return Burden(
        area_m2=area_m2,
        assumptions=dict(assumptions),
        starts_on=starts_on,
        due_on=due_on,
        seed=seed,
        to_clear_m2=to_clear_m2,
        team_days=team_days,
        person_days=team_days * drawn["people_per_team"],
        years=years_of(team_days, drawn["teams"], drawn["days_per_year"]),
        cost=cost,
    )


def percentile_of(values: NDArray[np.float64], percentile: float) -> float:
    """The figure that so many per cent of the draws do not exceed, rounded to the next draw above."""
    return float(np.percentile(values, percentile, method="higher"))
