"""The length of borders as drawings and tables: by resolution, and beside each other with their doubt."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from merestone.border import BorderLength, Dimension, LengthAt
from merestone.documents.drawing_file import Drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curve_drawing(title: str, points: Sequence[LengthAt], fit: Dimension, about: Mapping[str, str]) -> Drawing:
    """Length against resolution, both on logarithmic axes."""
    rows = [(point.resolution_m, point.length_m, point.vertices) for point in points]
    fields = {**about, "fractal dimension": f"{fit.dimension:.4f} +- {fit.standard_error:.4f} (standard error)"}
    header = ("resolution_m", "length_m", "vertices")
    return Drawing(f"{title} length by resolution", header, rows, lambda: _curve(title, points, fit, about), fields)


def lengths_drawing(title: str, lengths: Sequence[BorderLength]) -> Drawing:
    """Each border's length, and from the least to the greatest over both sides' outlines and tolerances."""
    rows = [
        (
            each.pair, each.land.length_m, each.land.least_m, each.land.greatest_m, each.land.tolerance_m,
            each.lagoon_m, each.sea_m, each.border.source, each.border.vintage_on,
        )
        for each in lengths
    ]  # fmt: skip
    header = ("border", "length_m", "least_m", "greatest_m", "tolerance_m", "lagoon_m", "sea_m", "source", "vintage_on")
    return Drawing(title, header, rows, lambda: _lengths(title, lengths), {"method": "geodesic on WGS 84"})


def _axes(height: float) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, height), layout="constrained")
    return figure, figure.add_subplot()


def _curve(title: str, points: Sequence[LengthAt], fit: Dimension, about: Mapping[str, str]) -> "Figure":
    figure, axes = _axes(4.4)
    km = [point.length_m / 1000 for point in points]
    axes.plot([point.resolution_m for point in points], km, "o-", color="#1b5e8f")
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = min(km), max(km)
    ticks = [low, (low * high) ** 0.5, high]
    axes.set_yticks(ticks, [f"{value:,.0f}" for value in ticks])
    axes.minorticks_off()
    axes.set_xlabel(f"resolution, m: bends smaller than this are left out\n{about.get('source', '')}", fontsize=8)
    axes.set_ylabel("length, km")
    axes.grid(visible=True, color="#dfe4e7")
    axes.set_title(f"{title}: length by resolution; fractal dimension {fit.dimension:.3f}", fontsize=9)
    return figure


def _lengths(title: str, lengths: Sequence[BorderLength]) -> "Figure":
    figure, axes = _axes(1.6 + 0.35 * len(lengths))
    places = list(range(len(lengths)))
    km = [each.land.length_m / 1000 for each in lengths]
    below = [(each.land.length_m - each.land.least_m) / 1000 for each in lengths]
    above = [(each.land.greatest_m - each.land.length_m) / 1000 for each in lengths]
    axes.barh(places, km, xerr=[below, above], color="#8fb3d9", ecolor="#1b2a33", capsize=3)
    for place, value in zip(places, km, strict=True):
        axes.annotate(f" {value:,.0f} km", (0, place), va="center", fontsize=8)
    axes.set_yticks(places, [each.pair for each in lengths])
    axes.invert_yaxis()
    source = lengths[0].border.source if lengths else ""
    what = "km on land, rivers and lakes included; line: least to greatest over sides and tolerances"
    axes.set_xlabel(f"{what}\n{source}", fontsize=8)
    axes.set_title(title, fontsize=9)
    return figure
