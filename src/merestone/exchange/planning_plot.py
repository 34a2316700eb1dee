"""Drawings for those who decide: how firm a ranking is, and how the area that is left goes down. SVG, by Matplotlib.

Nothing is told by colour alone, and every axis has its unit. The same input gives the same bytes.
"""

from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from merestone.release import Forecast, Ranking, Shaken

MOST_AREAS = 40
"""A longer ranking is drawn up to here; the title says so."""


def ranking_svg(ranking: Ranking, places: Shaken, *, label: str = "") -> str:
    """The areas in order, each with its place and the places it takes when the weights are shaken."""
    order = ranking.order[:MOST_AREAS]
    figure, axes = _axes(1.6 + 0.28 * len(order))
    heights = list(range(len(order)))
    axes.hlines(heights, places.best[order], places.worst[order], color="#8fb3d9", linewidth=6)
    axes.plot([place + 1 for place in heights], heights, "o", color="#1b5e8f")
    axes.set_yticks(heights, [ranking.areas[number] for number in order])
    axes.invert_yaxis()
    axes.set_xlabel("place, 1 is the most pressing")
    shown = f"first {len(order)} of {len(ranking.areas)} areas" if len(order) < len(ranking.areas) else "all areas"
    axes.set_title(
        f"{_labelled(label)}Ranking by {ranking.method}, {shown}\n"
        f"bar: places in 90 % of {places.draws:,} draws, each weight shaken by up to {places.spread:.0%}",
        fontsize=9,
    )
    return _svg(figure)


def burn_down_svg(found: Forecast, *, label: str = "") -> str:
    """The area that is left, month by month, with the stretch between 10 and 90 % of the plans."""
    figure, axes = _axes(4.0)
    days: Any = [found.months.day(int(first)) for first in found.months.first]
    left_km2 = found.remaining_m2 / 1e6
    done = int((found.remaining_m2[2] > 0).sum()) + 1
    axes.fill_between(
        days[:done], left_km2[0, :done], left_km2[2, :done], color="#8fb3d9", label="10 to 90 % of the plans"
    )
    axes.plot(days[:done], left_km2[1, :done], color="#1b5e8f", label="half of the plans")
    if found.due_on is not None:
        axes.axvline(found.due_on, color="#9a5b00", linestyle="--", label=f"due {found.due_on}")
    axes.set_ylabel("area left, km2")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    axes.set_title(f"{_labelled(label)}Forecast from {len(found.days):,} drawn plans", fontsize=9)
    figure.autofmt_xdate()
    return _svg(figure)


def _labelled(label: str) -> str:
    return f"{label}\n" if label else ""


def _axes(height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(7.0, height), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    text = StringIO()
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
