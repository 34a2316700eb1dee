"""Drawings for those who decide: how firm a ranking is, how the area that is left goes down, how long clearing takes.

Nothing is told by colour alone, and every axis has its unit. The same input gives the same bytes.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from merestone.documents.drawing_file import Drawing, of_figure
from merestone.release import ASSUMPTIONS, Burden, Forecast, Ranking, Shaken, percentile_of
from merestone.terms import number_of, renamed_parameters

MOST_AREAS = 40
"""A longer ranking is drawn up to here; the title says so."""


def ranking_drawing(ranking: Ranking, places: Shaken, *, label: str = "") -> Drawing:
    """The areas in order, each with its place and the places it takes when the weights are shaken."""
    rows = [
        (place, ranking.areas[i], int(places.best[i]), int(places.worst[i]), float(places.first[i]))
        for place, i in enumerate(ranking.order, start=1)
    ]
    header = ("place", "area", "best_place", "worst_place", "share_first")
    return Drawing("ranking", header, rows, lambda: _ranking(ranking, places, label), _about(label))


def ranking_svg(ranking: Ranking, places: Shaken, *, label: str = "") -> str:
    """The ranking as the text of an SVG."""
    return of_figure(_ranking(ranking, places, label), ".svg").decode("utf-8")


@renamed_parameters(found="forecast")
def burn_down_drawing(forecast: Forecast, *, label: str = "") -> Drawing:
    """The area that is left, month by month, with the stretch between 10 and 90 % of the plans."""
    rows = [
        (forecast.months.day(int(first)), *(float(value) for value in forecast.remaining_m2[:, month]))
        for month, first in enumerate(forecast.months.first[: _months(forecast)])
    ]
    header = ("on", "left_m2_p10", "left_m2_p50", "left_m2_p90")
    return Drawing("area left", header, rows, lambda: _burn_down(forecast, label), _about(label))


def burn_down_svg(forecast: Forecast, *, label: str = "") -> str:
    """The burn-down as the text of an SVG."""
    return of_figure(_burn_down(forecast, label), ".svg").decode("utf-8")


@renamed_parameters(found="burden")
def burden_drawing(burden: Burden, *, label: str = "", currency: str = "") -> Drawing:
    """How many of the draws are done by which year; as a table the percentiles of time, people and cost."""
    quantities = {
        "to_clear_m2": burden.to_clear_m2, "team_days": burden.team_days, "person_days": burden.person_days,
        "years": burden.years, f"cost {currency}".strip(): burden.cost,
    }  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (name, *(percentile_of(drawn, share) for share in (10, 50, 90)), "drawn from the figures below")
        for name, drawn in quantities.items()
        if drawn is not None
    ]
    rows.append(("ends_on", *(burden.ends_on(share) for share in (10, 50, 90)), f"from {burden.starts_on}"))
    rows += [
        (ASSUMPTIONS[name], assumption.low, assumption.likely, assumption.high, assumption.source)
        for name, assumption in burden.assumptions.items()
    ]
    header = ("what", "p10_or_low", "p50_or_likely", "p90_or_high", "source")
    return Drawing("burden", header, rows, lambda: _burden(burden, label), _about(label))


def _about(label: str) -> dict[str, str]:
    return {"label": label} if label else {}


def _ranking(ranking: Ranking, places: Shaken, label: str) -> Figure:
    order = ranking.order[:MOST_AREAS]
    figure, axes = _axes(1.6 + 0.28 * len(order))
    heights = list(range(len(order)))
    axes.hlines(heights, places.best[order], places.worst[order], color="#8fb3d9", linewidth=6)
    axes.plot([place + 1 for place in heights], heights, "o", color="#1b5e8f")
    axes.set_yticks(heights, [ranking.areas[number] for number in order])
    axes.invert_yaxis()
    axes.set_xlabel("place, 1 is the most pressing")
    shown = (
        f"first {len(order)} of {number_of(len(ranking.areas), 'area')}"
        if len(order) < len(ranking.areas)
        else "all areas"
    )
    axes.set_title(
        f"{_labelled(label)}Ranking by {ranking.method}, {shown}\n"
        f"bar: places in 90 % of {number_of(places.draws, 'draw')}, each weight shaken by up to {places.spread:.0%}",
        fontsize=9,
    )
    return figure


def _months(forecast: Forecast) -> int:
    """How many months to show: until the last of the plans is done."""
    return int((forecast.remaining_m2[2] > 0).sum()) + 1


def _burn_down(forecast: Forecast, label: str) -> Figure:
    figure, axes = _axes(4.0)
    days: Any = [forecast.months.day(int(first)) for first in forecast.months.first]
    left_km2 = forecast.remaining_m2 / 1e6
    done = _months(forecast)
    axes.fill_between(
        days[:done], left_km2[0, :done], left_km2[2, :done], color="#8fb3d9", label="10 to 90 % of the plans"
    )
    axes.plot(days[:done], left_km2[1, :done], color="#1b5e8f", label="half of the plans")
    if forecast.due_on is not None:
        axes.axvline(forecast.due_on, color="#9a5b00", linestyle="--", label=f"due {forecast.due_on}")
    axes.set_ylabel("area left, km2")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    axes.set_title(f"{_labelled(label)}Forecast from {number_of(len(forecast.days), 'drawn plan')}", fontsize=9)
    figure.autofmt_xdate()
    return figure


def _burden(burden: Burden, label: str) -> Figure:
    """The share of the draws that are done, year by year; years beyond 1,000 are not drawn."""
    figure, axes = _axes(4.0)
    years = np.sort(burden.years[np.isfinite(burden.years)])
    begins = burden.starts_on.year + (burden.starts_on.timetuple().tm_yday - 1) / 365.25
    share = 100.0 * np.arange(1, len(years) + 1) / len(burden.years)
    axes.step(begins + np.minimum(years, 1_000.0), share, where="post", color="#1b5e8f")
    for percentile, line in ((10, ":"), (50, "-"), (90, "--")):
        end = min(percentile_of(burden.years, percentile), 1_000.0)
        axes.axvline(begins + end, color="#8fb3d9", linestyle=line, label=f"P{percentile}: {end:,.1f} years")
    if burden.due_on is not None:
        due = burden.due_on.year + (burden.due_on.timetuple().tm_yday - 1) / 365.25
        axes.axvline(due, color="#9a5b00", linestyle="-.", label=f"due {burden.due_on}")
    axes.set_xlabel("year")
    axes.set_ylabel("draws that are done, %")
    axes.set_ylim(0, 100)
    axes.ticklabel_format(axis="x", useOffset=False)
    axes.legend(fontsize=8)
    title = (
        f"{_labelled(label)}Clearing {burden.area_m2:,.0f} m2 with your figures, {number_of(len(burden.years), 'draw')}"
    )
    axes.set_title(title, fontsize=9)
    return figure


def _labelled(label: str) -> str:
    return f"{label}\n" if label else ""


def _axes(height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(7.0, height), layout="constrained")
    return figure, figure.add_subplot()
